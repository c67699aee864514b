"""What PYTHON_JIT_OPTIMIZE leaves out is not done, and programs compute the same without it: JIT_OPTIMIZATIONS of jit.h."""

import re
import textwrap
import unittest

from .modes import WARM
from .support import HAS_MACHINE_CODE, case_names, drive, program_path, requires_jit
from .traces import dump_of, parse

# Name: a script whose function f() has a loop, and what its trace then has, or has more often, or else less often.
SCRIPTS = {
    "guards": ("""
        def f(n, x):
            for i in range(n):
                y = x * x
                y = x * y
        f(60, 1.5)
        """, "fewer", r"GUARD_TYPE "),
    "borrowing": ("""
        def f(n, x):
            for i in range(n):
                x < x
        f(60, 1.5)
        """, "more", r"COMPARE_OP_FLOAT_B"),
    "globals": ("""
        k = 5
        def f(n):
            for i in range(n):
                i + k
        f(60)
        """, "fewer", r"LOAD_GLOBAL_MODULE_0"),
    "attributes": ("""
        class A:
            pass
        def f(n, x):
            for i in range(n):
                i + x.a
        a = A()
        a.a = 1
        f(60, a)
        """, "fewer", r"LOAD_ATTR_INSTANCE_VALUE_0"),
    "loads": ("""
        class A:
            pass
        def f(n, x):
            for i in range(n):
                x.a + x.a
        a = A()
        a.a = 1
        f(60, a)
        """, "fewer", r"LOAD v"),
    "builtins": ("""
        def f(n):
            for i in range(n):
                i + abs(i)
        f(60)
        """, "fewer", r"CALL_BUILTIN_O"),
    "frames": ("""
        def g(x):
            return x
        def f(n):
            for i in range(n):
                i + g(i)
        f(60)
        """, "more", r"CALL_KNOWN"),
    "conditions": ("""
        def f(n, m):
            for i in range(n):
                if i < m:
                    i + i
        f(60, 100)
        """, "fewer", r"COMPARE_OP_INT"),
    "rules": ("""
        def f(n, m):
            for i in range(n):
                if i < m:
                    i + i
        f(60, 100)
        """, "more", r"GUARD_INT_LT"),
    "unset": ("""
        def g(x):
            y = x
            return y
        def f(n):
            for i in range(n):
                i + g(i)
        f(60)
        """, "more", r"UNSET"),
    "unpacking": ("""
        def f(n, row):
            for i in range(n):
                a, b, c = row
        f(60, (1, 2, 3))
        """, "fewer", r"UNPACK_SEQUENCE_TUPLE"),
    "shared": ("""
        def f(n, x):
            for i in range(n):
                y = x
        f(60, [5])
        """, "more", r"GUARD_SHARED"),
    "floats": ("""
        def f(n, x):
            for i in range(n):
                x * x
        f(60, 1.5)
        """, "more", r"FLOAT_MULTIPLY"),
    "ints": ("""
        def f(n, x):
            for i in range(n):
                x * x
        f(60, 5)
        """, "more", r"INT_MULTIPLY"),
    "items": ("""
        def f(n, x):
            for i in range(n):
                x[0]
        f(60, [5])
        """, "more", r"LIST_ITEM"),
    "loops": ("""
        def f(n, x):
            for i in range(n):
                x = x + 1.5
        f(60, 0.5)
        """, "more", r"CARRY_FLOAT"),
    "characters": ("""
        def f(n, x):
            for i in range(n):
                ord(x[0])
        f(60, "a")
        """, "more", r"ASCII_AT"),
    "pairs": ("""
        def f(x):
            for a, b in enumerate(x):
                pass
        f([5] * 60)
        """, "more", r"FOR_ITER_ENUMERATE"),
}


@requires_jit
@unittest.skipUnless(HAS_MACHINE_CODE, "there is no optimizer without machine code")
class WithoutTest(unittest.TestCase):
    """Each name, by itself."""

    def count(self, name, **env):
        """How often the name's pattern is in the trace of its script."""
        source, _, pattern = SCRIPTS[name]
        dump = dump_of(textwrap.dedent(source), "build", **env)
        traces = [t for t in parse(dump) if (t.function, t.kind) == ("f", "loop")]
        self.assertEqual(len(traces), 1, dump)
        return sum(re.match(pattern, uop.text) is not None for uop in traces[0].uops)

    def test_it_is_not_done(self):
        for name, (_, change, _) in SCRIPTS.items():
            with self.subTest(name=name):
                usually, without = self.count(name), self.count(name, PYTHON_JIT_OPTIMIZE=f"-{name}")
                if change == "fewer":
                    usually, without = without, usually
                self.assertGreater(usually, without)

    def test_all_left_out(self):
        # Micro-ops are still taken apart, other than with 0.
        source = textwrap.dedent(SCRIPTS["globals"][0])
        everything = ",".join(f"-{name}" for name in SCRIPTS)
        self.assertIn("LOCAL ", dump_of(source, "build", PYTHON_JIT_OPTIMIZE=everything))
        self.assertNotIn("LOCAL ", dump_of(source, "build", PYTHON_JIT_OPTIMIZE="0"))

    def test_names(self):
        result = drive(["cases", program_path("arithmetic")], "on", extra_env={"PYTHON_JIT_OPTIMIZE": "-nothing"})
        names = re.findall(r" -(\w+)", result.stderr.splitlines()[0].partition("some of")[2])
        self.assertEqual(sorted(names), sorted(SCRIPTS), result.stderr)

    def check_programs(self, programs, *values):
        """Compares what the programs print, with the JIT off and with each of these left out."""
        for program in programs:
            off = self.outputs(program, {"PYTHON_JIT": "0"})
            self.assertEqual(set(off), set(case_names(program)))
            for value in values:
                with self.subTest(program=program, optimize=value):
                    env = WARM | {"PYTHON_JIT_OPTIMIZE": value}
                    self.assertEqual(off, self.outputs(program, env))

    def outputs(self, program, env):
        """{case: what it prints}"""
        result = drive(["cases", program_path(program)], None, extra_env=env)
        self.assertEqual(result.returncode, 0, result.describe())
        return {line["case"]: line["output"] for line in result.report if "case" in line}

    def test_programs_without_one(self):
        self.check_programs(("objects", "invoking", "unpacking"), *[f"-{name}" for name in SCRIPTS])

    def test_programs_without_several(self):
        names = sorted(SCRIPTS)
        thirds = [",".join(f"-{name}" for name in names[first::3]) for first in range(3)]
        self.check_programs(("objects", "returning", "arithmetic", "intruding"), *thirds)


if __name__ == "__main__":
    unittest.main()
