"""The stress modes themselves: that they do what they say, and that a program notices nothing."""

import sys
import unittest

from .modes import WARM
from .support import HAS_MACHINE_CODE, ScriptTests, requires_jit
from .traces import TraceTests

# Loops, calls, a bridge, a generator, and a class that changes: every kind of trace, and their end.
PROGRAM = """
    import sys

    class Point:
        def __init__(self, x):
            self.x = x
        def moved(self, n):
            return Point(self.x + n)

    def squares(n):
        for i in range(n):
            yield i * i

    def f(n):
        total = 0
        p = Point(0)
        for i in range(n):
            p = p.moved(i if i % 3 else -i)
            total += p.x
        for k in squares(n):
            total ^= k
        return total

    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    results = [f(120), fib(11)]
    Point.moved = lambda self, n: Point(self.x - n)
    results += [f(120), fib(11)]
    print(results)
"""


SMALL = """
    class Point:
        def __init__(self, x):
            self.x = x
        def moved(self, n):
            return Point(self.x + n)

    def f(n):
        total = 0
        p = Point(0)
        for i in range(n):
            p = p.moved(i if i % 3 else -i)
            total += p.x
        return total
    print(f(2000))
"""


@requires_jit
class FailingTest(ScriptTests):
    """What is made to fail is counted, and the results stay the same."""

    def run_program(self, stress):
        result = self.run_ok(PROGRAM, "warm", extra_env={"PYTHON_JIT_STRESS": stress})
        self.assertEqual(result.stdout, self.expected)
        return result.stats

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.expected = cls().run_ok(PROGRAM, "off").stdout

    def test_nothing(self):
        for stress in ("", "0", "hot", "escapes", "hot,escapes", "1,escapes,0"):
            with self.subTest(stress=stress):
                stats = self.run_program(stress)
                self.assertEqual(stats["stressed"], 0)
                self.assertGreater(stats["traces"], 3)

    def test_hot(self):
        self.assertGreater(self.run_program("hot")["traces"], self.run_program("")["traces"])

    def test_guards(self):
        failed = {}
        for every in (1, 2, 3, 7, 100):
            with self.subTest(every=every):
                stats = self.run_program(f"guards:{every}")
                self.assertGreater(stats["traces"], 3)
                failed[every] = stats["stressed"]
        self.assertGreater(failed[1], failed[100])
        self.assertGreater(failed[100], 0)
        self.assertGreater(self.run_program("guards:7,hot")["stressed"], 0)

    def test_evict(self):
        for every in (1, 2, 5):
            with self.subTest(every=every):
                stats = self.run_program(f"evict:{every}")
                self.assertGreater(stats["stressed"], 0)
                self.assertGreaterEqual(stats["invalidated"], stats["stressed"])
                self.assertGreater(stats["traces"], self.run_program("")["traces"])

    def test_alloc(self):
        # Without the memory that it starts with, there is no JIT.
        self.assertEqual(self.run_program("alloc:1"), {})
        expected = self.run_ok(SMALL, "off").stdout

        def failures(n, **values):
            found = 0
            env = {f"PYTHON_JIT_{name}_INITIAL_VALUE": str(value) for name, value in values.items()}
            with self.subTest(n=n, **values):
                result = self.run_ok(SMALL, "warm", extra_env={**env, "PYTHON_JIT_STRESS": f"alloc:{n}"})
                self.assertEqual(result.stdout, expected)
                found = result.stats.get("stressed", 1)
            return found

        # Each of what the program's loop and its bridge need, which are all that is hot.
        n, found = 1, 1
        while found:
            n += 1
            found = failures(n, JUMP_BACKWARD=1000, RESUME=60000)
        self.assertGreater(n, 50)
        # Some of the thousands that there are with the loops of what is imported.
        self.assertGreater(sum(failures(n) for n in range(100, 2000, 171)), 20)

    def test_alloc_while_hot(self):
        for n in (13, 29, 47, 97):
            with self.subTest(n=n):
                self.run_program(f"hot,alloc:{n}")

    @unittest.skipUnless(HAS_MACHINE_CODE, "needs machine code")
    def test_noexec(self):
        stats = self.run_program("noexec:1")
        self.assertEqual((stats["traces"], stats["memory_refused"]), (0, "PYTHON_JIT_STRESS"))
        n, refused, traces = 1, 1, []
        while refused:
            n += 1
            with self.subTest(n=n):
                stats = self.run_program(f"noexec:{n}")
                refused = stats["stressed"]
                traces.append(stats["traces"])
        # The first request is for the code that all share, and each trace has one of its own.
        for allowed, made in enumerate(traces):
            self.assertLessEqual(made, allowed)
        self.assertGreater(traces[-1], 3)

    def test_all_together(self):
        for stress in ("hot,guards:3,evict:3,escapes,alloc:31", "guards:2,evict:7,escapes,alloc:97"):
            with self.subTest(stress=stress):
                self.assertGreater(self.run_program(stress)["stressed"], 0)

    def test_guards_where_the_builder_grows(self):
        # What is known of 512 values takes new memory at a call's guard, at one of these lengths.
        result = self.run_ok("""
            class C:
                def get(self):
                    return 1

            get = C().get
            for rest in range(6):
                body = "        x = a\\n" * 80 + "        y = 1\\n" * rest
                names = {}
                exec(f"def f(n, a, s, get):\\n    x = y = 0\\n    for i in range(n):\\n{body}"
                     "        if a in s:\\n            get()\\n    return x\\n", names)
                print(names["f"](60, "a", "abc", get))
            """, extra_env=WARM | {"PYTHON_JIT_STRESS": "guards:100000", "PYTHONMALLOC": "debug"})
        self.assertEqual(result.stdout, "a\n" * 6)

    def test_deep_nesting_without_memory(self):
        # Each level calls C, which calls back: one more run inside machine code.
        source = """
            import functools, sys
            def down(n):
                total = 0
                for i in range(n % 30):
                    total += i
                if n:
                    total += functools.reduce(lambda a, b: down(b), [0, n - 1])
                return total
            for _ in range(5):
                print(down(40))
        """
        expected = self.run_ok(source, "off").stdout
        for n in (11, 13, 17, 19, 23, 29, 31, 37):
            with self.subTest(n=n):
                result = self.run_ok(source, "warm", extra_env={"PYTHON_JIT_STRESS": f"alloc:{n}"})
                self.assertEqual(result.stdout, expected)


@requires_jit
@unittest.skipUnless(HAS_MACHINE_CODE, "needs machine code")
class ForbiddenTest(ScriptTests):
    """Programs that forbid themselves new executable memory while they run."""

    @unittest.skipUnless(sys.platform == "linux", "prctl() is Linux's")
    def test_mdwe(self):
        self.run_ok("""
            import ctypes, sys
            def f(n):
                total = 0
                for i in range(n):
                    total += i
                return total
            def g(n):
                total = 0
                for i in range(n):
                    total -= i
                return total
            def inside(n):
                for i in range(n):
                    if i == 900:
                        return prctl(65, 1, 0, 0, 0)    # PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN
            prctl = ctypes.CDLL(None).prctl
            assert f(1000) == 499500
            if inside(1000) == 0:
                before = sys._jit.stats()["traces"]
                assert g(100000) == -4999950000
                assert f(100000) == 4999950000
                stats = sys._jit.stats()
                assert stats["traces"] == before, stats
                assert stats["memory_refused"], stats
                assert not sys._jit.is_enabled()
        """)


@requires_jit
class StageTest(TraceTests):
    """What stress adds to traces."""

    stage = "build"
    LOOP = """
        def f(n):
            for i in range(n):
                if i != 3:  # here
                    n = i  # here
        f(60)
        """

    def test_guards(self):
        # A branch that is made to fail goes back to its start, not the other way.
        self.check(self.LOOP, """
            p v1 = INT_NE v2, 3
            p v3 = BOOL v1
            STRESS_GUARD -> POP_JUMP_IF_TRUE @38 [v4, v3]
            GUARD_INT_NE v2, 3 -> JUMP_BACKWARD @42 [v4]
            b v5 = LOCAL 0 n
            STRESS_GUARD -> STORE_FAST @48 [v4, v6]
            GUARD_NOT_NULL v5 -> STORE_FAST @48 [v4, v6]
            STRESS_GUARD -> STORE_FAST @48 [v4, v6]
            GUARD_TYPE v5, int -> STORE_FAST @48 [v4, v6]
            o v7 = NEWREF v6
            o v8 = TAKE_LOCAL v5, 0 n
            b v9 = SET_LOCAL v7, 0 n
            DROP v8, int
            JUMP_TO_TOP [v4]
            """, exits=True, PYTHON_JIT_STRESS="guards:1000")

    def test_evict(self):
        self.check(self.LOOP, """
            p v1 = INT_NE v2, 3
            p v3 = BOOL v1
            GUARD_INT_NE v2, 3 -> JUMP_BACKWARD @42 [v4]
            b v5 = LOCAL 0 n
            GUARD_NOT_NULL v5 -> STORE_FAST @48 [v4, v6]
            GUARD_TYPE v5, int -> STORE_FAST @48 [v4, v6]
            o v7 = NEWREF v6
            o v8 = TAKE_LOCAL v5, 0 n
            b v9 = SET_LOCAL v7, 0 n
            DROP v8, int
            JUMP_TO_TOP [v4]
            """, exits=True, PYTHON_JIT_STRESS="evict:1000")

    def test_iterators(self):
        self.check("""
            def f(n):
                for i in n:  # here
                    pass
            f(list(range(60)))
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC -> JUMP_BACKWARD @12 tier 1 [v1]
            STRESS_GUARD -> FOR_ITER @6 [v1]
            GUARD_TYPE v1, list_iterator -> FOR_ITER @6 [v1]
            STRESS_GUARD -> FOR_ITER @6 [v1]
            GUARD_NOT_EXHAUSTED_LIST v1 -> FOR_ITER @6 [v1]
            ITER_NEXT_LIST v1
            o v2 = RESULT 1
            b v3 = LOCAL 1 i
            STRESS_GUARD -> STORE_FAST @10 [v1, v2]
            GUARD_NOT_NULL v3 -> STORE_FAST @10 [v1, v2]
            STRESS_GUARD -> STORE_FAST @10 [v1, v2]
            GUARD_TYPE v3, int -> STORE_FAST @10 [v1, v2]
            o v4 = TAKE_LOCAL v3, 1 i
            b v5 = SET_LOCAL v2, 1 i
            DROP v4, int
            """, exits=True, PYTHON_JIT_STRESS="guards:1000")

    def test_nothing_without_stress(self):
        self.check(self.LOOP, """
            p v1 = INT_NE v2, 3
            p v3 = BOOL v1
            GUARD_INT_NE v2, 3 -> JUMP_BACKWARD @42 [v4]
            b v5 = LOCAL 0 n
            GUARD_NOT_NULL v5 -> STORE_FAST @48 [v4, v6]
            GUARD_TYPE v5, int -> STORE_FAST @48 [v4, v6]
            o v7 = NEWREF v6
            o v8 = TAKE_LOCAL v5, 0 n
            b v9 = SET_LOCAL v7, 0 n
            DROP v8, int
            JUMP_TO_TOP [v4]
            """, exits=True)


@requires_jit
class EscapesTest(TraceTests):
    """With `escapes`, what may free an object is thought to run anything."""

    stage = "build"
    STORE = """
        def f(a, n):
            for i in range(n):
                b = a  # here
                a = b  # here
        f(5, 60)
        """

    def test_escapes(self):
        self.check(self.STORE, """
            b v1 = LOCAL 0 a
            b v2 = LOCAL 3 b
            GUARD_NOT_NULL v2 -> STORE_FAST @32 [v3, v1]
            GUARD_TYPE v2, int -> STORE_FAST @32 [v3, v1]
            o v4 = NEWREF v1
            o v5 = TAKE_LOCAL v2, 3 b
            b v6 = SET_LOCAL v4, 3 b
            DROP v5, int
            CHECK_VALID -> LOAD_FAST @34 tier 1 [v3]
            GUARD_TYPE v1, int -> STORE_FAST @36 [v3, v6]
            o v7 = NEWREF v6
            o v8 = TAKE_LOCAL v1, 0 a
            b v9 = SET_LOCAL v7, 0 a
            DROP v8, int
            CHECK_VALID -> JUMP_BACKWARD @38 tier 1 [v3]
            JUMP_TO_TOP [v3]
            """, exits=True, PYTHON_JIT_STRESS="escapes")

    def test_without(self):
        self.check(self.STORE, """
            b v1 = LOCAL 0 a
            b v2 = LOCAL 3 b
            GUARD_NOT_NULL v2 -> STORE_FAST @32 [v3, v1]
            GUARD_TYPE v2, int -> STORE_FAST @32 [v3, v1]
            o v4 = NEWREF v1
            o v5 = TAKE_LOCAL v2, 3 b
            b v6 = SET_LOCAL v4, 3 b
            DROP v5, int
            GUARD_TYPE v1, int -> STORE_FAST @36 [v3, v6]
            o v7 = NEWREF v6
            o v8 = TAKE_LOCAL v1, 0 a
            b v9 = SET_LOCAL v7, 0 a
            DROP v8, int
            JUMP_TO_TOP [v3]
            """, exits=True)


if __name__ == "__main__":
    unittest.main()
