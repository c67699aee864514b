"""The JIT's environment variables, and sys._jit."""

import re
import sys
import unittest

from .support import ScriptTests, jit_is_available, requires_jit, run_script, spawn

HOT = """
    import _opcode, sys
    def f(n):
        total = 0
        for i in range(n):
            total += i
        return total
    result = f({n})
    made = 0
    for offset in range(0, len(f.__code__.co_code), 2):
        try:
            made += _opcode.get_executor(f.__code__, offset).is_valid()
        except (ValueError, RuntimeError):
            pass
    print(result, sys._jit.is_enabled(), made)
"""


def loop(n):
    """A script with a loop of n iterations that prints: sum, enabled, executors."""
    return HOT.format(n=n)


class ApiTest(ScriptTests):
    """sys._jit, which every build has."""

    def test_module(self):
        self.assertIn("is_available", dir(sys._jit))
        self.assertIsInstance(sys._jit.is_available(), bool)
        self.assertIsInstance(sys._jit.is_enabled(), bool)
        self.assertIsInstance(sys._jit.is_active(), bool)
        self.assertIsInstance(sys._jit.stats(), dict)
        if not sys._jit.is_available():
            self.assertFalse(sys._jit.is_enabled())
            self.assertFalse(sys._jit.is_active())
            self.assertEqual(sys._jit.stats(), {})

    def test_no_arguments(self):
        for name in ("is_available", "is_enabled", "is_active", "stats"):
            self.assertRaises(TypeError, getattr(sys._jit, name), 1)
            self.assertIsNotNone(getattr(sys._jit, name).__doc__)

    def test_not_an_importable_module(self):
        result = run_script("import sys\nassert type(sys._jit) is type(sys)\n", "off")
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_python_jit_in_any_build(self):
        result = run_script("import sys\nprint(sys._jit.is_enabled())\n", "on")
        self.assertEqual(result.stdout.strip(), str(jit_is_available()))


@requires_jit
class OnOffTest(ScriptTests):
    """PYTHON_JIT, -E and -I."""

    def outcome(self, env, options=()):
        """(is_enabled(), stats() is empty) of a Python started so."""
        done = spawn(["-c", "import sys; print(sys._jit.is_enabled(), not sys._jit.stats())"],
                     None, extra_env=env, options=options)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.describe())
        return tuple(word == "True" for word in done.stdout.split())

    def test_on_and_off(self):
        self.assertEqual(self.outcome({"PYTHON_JIT": "1"}), (True, False))
        self.assertEqual(self.outcome({"PYTHON_JIT": "0"}), (False, True))

    def test_unset_and_empty_are_the_default(self):
        default = self.outcome({})
        self.assertEqual(self.outcome({"PYTHON_JIT": ""}), default)
        self.assertIn(default, [(True, False), (False, True)])

    def test_ignored_with_e_and_i(self):
        default = self.outcome({})
        for option in ("-E", "-I"):
            for value in ("0", "1", "nonsense"):
                with self.subTest(option=option, value=value):
                    self.assertEqual(self.outcome({"PYTHON_JIT": value}, [option]), default)

    def test_other_options_are_ignored_with_e_and_i(self):
        env = {"PYTHON_JIT": "1", "PYTHON_JIT_STRESS": "bad", "PYTHON_JIT_STATS": "2",
               "PYTHON_JIT_DUMP": "all", "PYTHON_JIT_MAXMEM": "-1",
               "PYTHON_JIT_JUMP_BACKWARD_INITIAL_VALUE": "x"}
        for option in ("-E", "-I"):
            with self.subTest(option=option):
                self.run_ok(loop(3000), None, extra_env=env, options=[option])

    def test_off_makes_nothing(self):
        result = self.run_ok(loop(100000), "off")
        self.assertEqual(result.stdout.split(), ["4999950000", "False", "0"])
        self.assertEqual(result.stats, {})

    def test_other_options_do_not_switch_it_on(self):
        result = self.run_ok(loop(1000), "off", extra_env={"PYTHON_JIT_STRESS": "1",
                                                           "PYTHON_JIT_STATS": "1"})
        self.assertEqual(result.stdout.split(), ["499500", "False", "0"])

    def test_stats_have_all_their_keys(self):
        stats = self.run_ok(loop(1000)).stats
        for key in ("traces", "bridges", "entries", "exits", "invalidated", "freed",
                    "code_bytes", "trace_bytecodes", "tier1_bytecodes", "compile_ns",
                    "median_compile_ns"):
            self.assertIsInstance(stats[key], int)
        self.assertIsInstance(stats["aborts"], dict)
        self.assertIsInstance(stats["coverage_percent"], float)
        self.assertIsNone(stats["memory_refused"])
        self.assertGreaterEqual(stats["traces"], 1)
        self.assertGreaterEqual(stats["entries"], 1)

    def test_time_of_stages(self):
        stats = self.run_ok(loop(1000)).stats
        stages = stats["stage_ns"]
        self.assertEqual(list(stages), ["translate", "build", "lower", "emit", "publish"])
        self.assertGreater(stages["translate"], 0)
        self.assertLessEqual(sum(stages.values()), stats["compile_ns"])
        # (The median is that of traces, the total includes what was given up.)
        self.assertGreater(stats["median_compile_ns"], 0)
        self.assertLessEqual(stats["median_compile_ns"], stats["compile_ns"] + 5000)

    def test_is_active(self):
        result = self.run_ok("""
            import sys
            def f(n):
                seen = []
                active = sys._jit.is_active
                for i in range(n):
                    seen.append(active())
                return seen
            seen = f(2000)
            print(seen[0], seen[-1], seen.index(True) < 400, sys._jit.is_active())
        """)
        self.assertEqual(result.stdout.split(), ["False", "True", "True", "False"])


@requires_jit
class ThresholdTest(ScriptTests):
    """When code is hot."""

    def made(self, source, **env):
        """The number that a script prints last: of executors or traces."""
        env = {"PYTHON_JIT_RATE": "0"} | {"PYTHON_JIT_" + name: str(value) for name, value in env.items()}
        return int(self.run_ok(source, extra_env=env).stdout.split()[-1])

    def test_loops(self):
        self.assertEqual(self.made(loop(150)), 0)
        self.assertEqual(self.made(loop(300)), 1)
        for value in (1, 2, 50, 1000, 4095):
            with self.subTest(value=value):
                self.assertEqual(self.made(
                    loop(value - 1), JUMP_BACKWARD_INITIAL_VALUE=value), 0)
                self.assertEqual(self.made(
                    loop(value + 10), JUMP_BACKWARD_INITIAL_VALUE=value), 1)

    CALLS = """
        import _opcode
        def f(x):
            y = x * 3
            z = y - x
            return z
        def calls():
            {calls}
        calls()
        made = 0
        for offset in range(0, len(f.__code__.co_code), 2):
            try:
                made += _opcode.get_executor(f.__code__, offset).is_valid()
            except ValueError:
                pass
        print(made)
    """

    def test_functions(self):
        def calls(n):
            return self.CALLS.format(calls="; ".join(["f(1)"] * n))
        # Functions share counters, so only well below and well above is sure.
        high = {"RESUME_INITIAL_VALUE": 3000}
        self.assertEqual(self.made(calls(300), **high), 0)
        self.assertEqual(self.made(calls(3500), **high), 1)
        self.assertEqual(self.made(calls(900)), 1)
        # (A recording may be interrupted, and the next one comes later.)
        self.assertEqual(self.made(calls(300), RESUME_INITIAL_VALUE=10), 1)

    SIDE = """
        import sys
        def f(n):
            total = 0
            for i in range(n):
                if i % 4 == 0:
                    total -= i
                else:
                    total += i
            return total
        before = sys._jit.stats()["bridges"]
        f({n})
        print(sys._jit.stats()["bridges"] - before)
    """

    def test_side_exits(self):
        side = self.SIDE.format(n=600)
        self.assertEqual(self.made(side, SIDE_EXIT_INITIAL_VALUE=4000), 0)
        self.assertGreater(self.made(side), 0)
        few = {"JUMP_BACKWARD_INITIAL_VALUE": 20}
        self.assertEqual(self.made(self.SIDE.format(n=55), **few), 0)
        self.assertGreater(self.made(self.SIDE.format(n=155), SIDE_EXIT_INITIAL_VALUE=2, **few), 0)

    def test_number_of_traces(self):
        source = """
            import sys
            def f(n):
                for i in range(n):
                    n - i
            def g(n):
                for i in range(n):
                    n + i
            f(1000); g(1000)
            stats = sys._jit.stats()
            print(stats["aborts"].get("LIMIT", 0) > 0, stats["traces"])
        """
        self.assertEqual(self.run_ok(source, extra_env={"PYTHON_JIT_TRACES": "1"}).stdout, "True 1\n")
        self.assertEqual(self.run_ok(source).stdout.split()[0], "False")

    def test_verified(self):
        # The verifier finds nothing wrong in what is made, and nothing is printed.
        source = self.SIDE.format(n=3000)
        self.assertEqual(self.run_ok(source, extra_env={"PYTHON_JIT_VERIFY": "1"}).stderr, "")

    def test_backoff_after_a_failure(self):
        # A loop whose traces end in an exception is retried the less often,
        # the larger the back-off.
        source = """
            import sys
            def f(n):
                for i in range(n):
                    try:
                        raise ValueError
                    except ValueError:
                        pass
            def tried():
                s = sys._jit.stats()
                return s["traces"] + sum(s["aborts"].values())
            before = tried()
            f(4000)
            print(tried() - before)
        """
        few = self.made(source, JUMP_BACKWARD_INITIAL_BACKOFF=12, SIDE_EXIT_INITIAL_BACKOFF=12)
        many = self.made(source, JUMP_BACKWARD_INITIAL_BACKOFF=0, SIDE_EXIT_INITIAL_BACKOFF=0)
        self.assertGreater(few, 0)
        self.assertGreaterEqual(many, few)

    def test_stress(self):
        self.assertEqual(self.made(loop(10)), 0)
        self.assertEqual(self.made(loop(10), STRESS=1), 1)
        # An explicit value still wins.
        self.assertEqual(self.made(loop(100), STRESS=1, RESUME_INITIAL_VALUE=60000,
                                     JUMP_BACKWARD_INITIAL_VALUE=4000), 0)

    def test_without_passes(self):
        self.assertEqual(self.made(loop(3000), OPTIMIZE=0), 1)
        self.assertEqual(self.made(loop(3000), OPTIMIZE=1), 1)


NUMBERS = {
    "PYTHON_JIT_JUMP_BACKWARD_INITIAL_VALUE": (1, 4095),
    "PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF": (0, 12),
    "PYTHON_JIT_RESUME_INITIAL_VALUE": (1, 65535),
    "PYTHON_JIT_RESUME_INITIAL_BACKOFF": (0, 12),
    "PYTHON_JIT_SIDE_EXIT_INITIAL_VALUE": (1, 4095),
    "PYTHON_JIT_SIDE_EXIT_INITIAL_BACKOFF": (0, 12),
    "PYTHON_JIT_RATE": (0, (1 << 32) - 1),
    "PYTHON_JIT_STATS": (0, 1),
    "PYTHON_JIT_MAXMEM": (0, 1 << 40),
}
FLAGS = ("PYTHON_JIT", "PYTHON_JIT_STRESS", "PYTHON_JIT_OPTIMIZE")


@requires_jit
class NonsenseTest(ScriptTests):
    """Values that make no sense: one line of warning, and the default."""

    def stderr_of(self, name, value, **extra):
        env = {"PYTHON_JIT": "1", **extra, name: value}
        done = spawn(["-c", "import sys; print('ran', sys._jit.is_enabled())"], None, extra_env=env)
        self.assertEqual(done.returncode, 0, done.describe())
        self.assertTrue(done.stdout.startswith("ran"), done.describe())
        return done.stderr

    def check_warning(self, name, value):
        with self.subTest(name=name, value=value):
            text = self.stderr_of(name, value)
            self.assertEqual(len(text.splitlines()), 1, text)
            self.assertIn(name, text)
            self.assertIn(value[:40], text)
            self.assertIn("default", text)

    def test_numbers(self):
        for name, (low, high) in NUMBERS.items():
            top = 2 if name.endswith("STATS") else high
            for value in ("x", "-1", "1.5", "12x", str(top + 1), "9" * 30):
                self.check_warning(name, value)
            if low == 1:
                self.check_warning(name, "0")

    def test_flags(self):
        for name in FLAGS:
            for value in ("2", "yes", "-1", "01", "true", " "):
                self.check_warning(name, value)

    def test_stress(self):
        for value in ("guards", "guards:", "guards:0", "guards:x", "guards:1x", "guards: 1", "alloc:-1", "noexec:+1", "misallocate",
                      "evict:9999999999", "hot:2", "hot,", ",hot", "hot,,escapes", "HOT", "hot escapes"):
            self.check_warning("PYTHON_JIT_STRESS", value)

    def test_optimizations(self):
        for value in ("-guards,", ",-guards", "guards", "1,-guards", "-guards,0", "-guards,,-loads", "-Guards", "-guard", "-guards "):
            self.check_warning("PYTHON_JIT_OPTIMIZE", value)
        self.assertEqual(self.stderr_of("PYTHON_JIT_OPTIMIZE", "-guards,-loads,-guards"), "")

    def test_limits_are_allowed(self):
        for name, (low, high) in NUMBERS.items():
            for value in (str(low), str(high), ""):
                with self.subTest(name=name, value=value):
                    self.assertEqual(self.stderr_of(name, value), "")

    def test_warning_is_short(self):
        text = self.stderr_of("PYTHON_JIT_STRESS", "x" * 10000)
        self.assertEqual(len(text.splitlines()), 1)
        self.assertLess(len(text), 300)

    def test_the_default_is_used(self):
        env = {"PYTHON_JIT_JUMP_BACKWARD_INITIAL_VALUE": "many"}
        for n, traces in ((150, "0"), (400, "1")):
            result = run_script(loop(n), extra_env=env)
            self.assertEqual(result.stdout.split()[-1], traces)
            self.assertIn("many", result.stderr)

    def test_nonsense_for_python_jit_is_the_default(self):
        def enabled(env):
            done = spawn(["-c", "import sys; print(sys._jit.is_enabled())"], None, extra_env=env)
            return done.stdout
        self.assertEqual(enabled({"PYTHON_JIT": "perhaps"}), enabled({}))

    def test_subinterpreters_do_not_warn_again(self):
        done = spawn(["-c", "import _interpreters as i\nx = i.create()\ni.run_string(x, 'pass')\n"
                      "i.destroy(x)"], None,
                     extra_env={"PYTHON_JIT": "1", "PYTHON_JIT_STRESS": "bad"})
        self.assertEqual(done.returncode, 0, done.describe())
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)


@requires_jit
class OutputTest(ScriptTests):
    """PYTHON_JIT_STATS and PYTHON_JIT_DUMP."""

    def test_stats_are_printed_at_exit(self):
        result = run_script(loop(5000), extra_env={"PYTHON_JIT_STATS": "2"})
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stderr, r"(?m)^jit: traces [1-9]")
        self.assertTrue(all(line.startswith("jit: ") for line in result.stderr.splitlines()),
                        result.stderr)

    def test_stats_1_counts_but_prints_nothing(self):
        result = self.run_ok(loop(20000), extra_env={"PYTHON_JIT_STATS": "1"})
        self.assertEqual(result.stdout.split()[0], "199990000")

    def test_bytecodes_are_counted(self):
        # The loop is 6 instructions or so, 50,000 times; nearly all in traces.
        stats = self.run_ok(loop(50000), extra_env={"PYTHON_JIT_STATS": "1"}).stats
        self.assertGreater(stats["trace_bytecodes"], 100000)
        self.assertLess(stats["trace_bytecodes"], 1000000)
        self.assertGreater(stats["tier1_bytecodes"], 0)
        self.assertGreater(stats["coverage_percent"], 50)
        self.assertLess(stats["coverage_percent"], 100)

    def test_nothing_is_counted_by_default(self):
        stats = self.run_ok(loop(50000)).stats
        self.assertEqual((stats["trace_bytecodes"], stats["tier1_bytecodes"]), (0, 0))

    def test_dump(self):
        result = run_script(loop(1000), extra_env={"PYTHON_JIT_DUMP": "translate"})
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stderr, r"== trace \d+  f \(.*script\.py:\d+\)  after translate")
        self.assertNotIn("after optimize", result.stderr)

    def test_dump_help(self):
        result = run_script(loop(1000), extra_env={"PYTHON_JIT_DUMP": "help"})
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stderr, r"^PYTHON_JIT_DUMP stages:.* translate")
        self.assertEqual(len(result.stderr.splitlines()), 1)

    def test_dump_to_a_file(self):
        result = self.run_ok("""
            import glob, os, subprocess, sys, tempfile
            with tempfile.TemporaryDirectory() as folder:
                env = dict(os.environ, PYTHON_JIT_DUMP="all:" + os.path.join(folder, "x%p.log"))
                code = "t = 0\\nfor i in range(1000): t += i\\nimport os; print(os.getpid())"
                done = subprocess.run([sys.executable, "-c", code], env=env, check=True,
                                      capture_output=True, text=True)
                assert done.stderr == "", done.stderr
                name, = os.listdir(folder)
                assert name == f"x{done.stdout.strip()}.log", name
                with open(os.path.join(folder, name)) as file:
                    print(file.readline())
        """)
        self.assertRegex(result.stdout, r"== trace \d+  <module> \(<string>:1\)")

    def test_dump_of_aborts(self):
        text = run_script(loop(1000), extra_env={
            "PYTHON_JIT_DUMP": "abort", "PYTHON_JIT_MAXMEM": "0"}).stderr
        for line in text.splitlines():
            self.assertTrue(re.match(r"== abort |PYTHON_JIT_DUMP|python: ", line), text)


if __name__ == "__main__":
    unittest.main()
