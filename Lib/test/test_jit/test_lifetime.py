"""The end of executors: memory, forks, interpreters, the end of the process."""

import os
import re
import signal
import sys
import unittest

from test.support import has_fork_support, requires_resource, skip_if_sanitizer
from test.support.script_helper import assert_python_ok

from .support import HAS_MACHINE_CODE, ExecutorTests, requires_jit, run_script

VENEERS = 64 * 16  # bytes: JIT_MAX_VENEERS, JIT_VENEER_SIZE


@requires_jit
class MemoryTest(ExecutorTests):
    """Executors are freed, and their code stays under its cap."""

    @unittest.skipUnless(HAS_MACHINE_CODE, "it is about code")
    def test_each_trace_has_its_own_flag(self):
        # In two arenas: each trace is made invalid while it runs, notices it at once, and no other one does.
        self.check("""
            import functools, random
            body = "".join(f"        total += value; {name} = total\\n" for name in "abcdefghijklmnopqrstuvwxyz" * 2)
            space = {}
            exec(f"def f(actions):\\n    total = 0\\n    for action in actions:\\n        action()\\n{body}    return total\\n", space)
            code, plain = space["f"].__code__, [int] * 60
            spaces = [{"value": 1} for _ in range(400)]
            functions = [types.FunctionType(code.replace(co_name=f"copy{k}"), spaces[k]) for k in range(400)]
            for function in functions:
                assert function(plain) == function(plain) == 60 * 52
            assert stats("code_bytes")[0] > 3 << 19, stats("code_bytes")
            assert all(len(executors(function.__code__)) == 1 for function in functions)
            order = list(range(400))
            random.Random(5).shuffle(order)
            for done, k in enumerate(order):
                poke = functools.partial(spaces[k].__setitem__, "value", 3)
                before, entries = stats("invalidated", "entries")
                total = functions[k]([*[int] * 30, poke, *[int] * 29])
                assert total == 30 * 52 + 30 * 52 * 3, (k, total)
                after, now = stats("invalidated", "entries")
                assert after == before + 1, (k, after - before)
                assert now > entries
            """, extra_env={"PYTHON_JIT_JUMP_BACKWARD_INITIAL_VALUE": "40", "PYTHON_JIT_RESUME_INITIAL_VALUE": "60000",
                           "PYTHON_JIT_RATE": "0"})

    def test_freed_with_its_code(self):
        self.check("""
            for f in copies(loop, 1):
                f(1000)
                (_, executor), = executors(f.__code__)
            freed, ended = stats("freed", "invalidated")
            del f
            gc.collect()
            assert not executor.is_valid()
            del executor
            assert loop(1000)
            assert stats("invalidated")[0] > ended
            assert stats("freed")[0] > freed
        """)

    def test_executor_outlives_its_code(self):
        self.check("""
            kept = []
            for f in copies(loop, 20):
                f(1000)
                kept += [e for _, e in executors(f.__code__)]
            del f
            gc.collect()
            assert len(kept) == 20 and not any(e.is_valid() for e in kept)
            assert [e.get_opcode() for e in kept] and [e.get_oparg() for e in kept]
            loop(1000)
            del kept
            gc.collect()
            assert loop(1000) == sum(range(1000))
        """)

    def test_ten_thousand_hot_functions(self):
        result = self.check("""
            cap = 2 << 20
            highest = 0
            for k, f in enumerate(copies(loop, 10000)):
                assert f(210) == 21945
                if k % 100 == 0:
                    highest = max(highest, stats("code_bytes")[0])
            made, freed = stats("traces", "freed")
            assert highest <= cap, highest
            assert made > 9900, (made, stats("aborts"))
            assert freed > made - 200, (made, freed)
            print(highest)
        """, extra_env={"PYTHON_JIT_MAXMEM": str(2 << 20)})
        self.assertLess(int(result.stdout), 2 << 20)

    def test_ten_thousand_functions_kept_alive(self):
        self.check("""
            cap = 1 << 20
            kept = []
            for f in copies(loop, 3000):
                assert f(210) == 21945
                kept.append(f)
            assert stats("code_bytes")[0] <= cap, stats("code_bytes")
            assert sum(f(300) for f in kept) == 3000 * sum(range(300))
            full = len(kept)
            kept.clear()
            gc.collect()
            before, = stats("traces")
            for f in copies(loop, 50):
                f(1000)
            assert stats("traces")[0] - before > 40, "no room again after the functions died"
        """, extra_env={"PYTHON_JIT_MAXMEM": str(1 << 20)})

    def test_tiny_memory(self):
        for size in (0, 1, 4096, 65536):
            with self.subTest(size=size):
                result = self.check("""
                    def f(n):
                        total = 0
                        for i in range(n):
                            total += loop(3) + (i if i % 3 else -i)
                        return total
                    for g in copies(loop, 300):
                        assert g(300) == sum(range(300))
                    expected = sum(3 + (i if i % 3 else -i) for i in range(5000))
                    assert f(5000) == expected
                """, extra_env={"PYTHON_JIT_MAXMEM": str(size)})
                self.assertLessEqual(result.stats["code_bytes"], size)

    def test_full_memory_is_counted(self):
        # Room for what all traces share, if anything, but for no trace: each takes some for veneers while it is put together.
        idle = assert_python_ok("-c", "import sys; print(sys._jit.stats()['code_bytes'])", PYTHON_JIT="1")
        shared = int(idle.out)
        room = shared + VENEERS + 128 if HAS_MACHINE_CODE else 256
        result = self.check("""
            kept = list(copies(loop, 500))
            for f in kept:
                f(500)
        """, extra_env={"PYTHON_JIT_MAXMEM": str(room)})
        self.assertGreater(result.stats["aborts"].get("CODE_FULL", 0), 0, result.stats)
        self.assertEqual(result.stats["traces"], 0)

    def test_allocations_that_fail_are_those_of_the_program(self):
        # To set an allocator invalidates all traces, which takes and gives memory.
        result = self.run_ok("""
            import _testcapi
            for _ in range(30):
                namespace = {}
                exec("def f(n):\\n    for i in range(n):\\n        n - i", namespace)
                namespace["f"](1000)
            _testcapi.set_nomemory(0, 1)
            try:
                bytearray(100_000)
            except MemoryError:
                print("refused")
            """)
        self.assertEqual(result.stdout, "refused\n")

    def test_no_memory_for_a_function(self):
        # MAKE_FUNCTION releases the code object once, in tier 1 and in traces.
        script = """
            import _testcapi, sys, types
            def f():
                return lambda: 1
            code = next(c for c in f.__code__.co_consts if isinstance(c, types.CodeType))
            kept = [code] * 100
            for _ in range(3000):
                f()
            before = sys.getrefcount(code)
            for _ in range(20):
                _testcapi.set_nomemory(0, 1)
                try:
                    f()
                except MemoryError:
                    pass
                finally:
                    _testcapi.remove_mem_hooks()
            print(sys.getrefcount(code) - before)
            """
        for mode in ("off", "on"):
            with self.subTest(mode):
                self.assertEqual(self.run_ok(script, mode).stdout, "0\n")

    def test_what_did_not_run_is_evicted_first(self):
        result = self.check("""
            kept = list(copies(loop, 400))
            expected = loop(500)
            hot = kept[0]
            hot(500)
            made = {hot: 0}
            for f in kept[1:]:
                for function in (f, hot):
                    before, = stats("traces")
                    assert function(500) == expected
                    after, = stats("traces")
                    made[function] = made.get(function, 0) + after - before
            evicted, = stats("evicted")
            assert evicted > 20, (evicted, stats("traces"))
            # Had the hot one gone as often as the others, it would have been compiled again as often.
            again = made.pop(hot)
            assert again * 4 < sum(made.values()), (again, made)
        """, extra_env={"PYTHON_JIT_MAXMEM": "16384", "PYTHON_JIT_RATE": "0"})
        # (There is no room while the trace that is to go still runs.)
        self.assertLess(result.stats["aborts"].get("CODE_FULL", 0), 10, result.stats)

    def test_recursion_error_while_recording_leaks_nothing(self):
        source = """
            def down(x):
                return down(x) + 1
            def slowly(x):
                for i in range(3):
                    pass
                return slowly(x)
            marker = object()
            before = sys.getrefcount(marker)
            for limit in range(100, 160):
                sys.setrecursionlimit(limit)
                for f in (down, slowly):
                    try:
                        f(marker)
                    except RecursionError:
                        pass
            sys.setrecursionlimit(1000)
            assert sys.getrefcount(marker) == before, sys.getrefcount(marker) - before
        """
        for mode, extra in (("on", {}), ("hot", {}), ("on", {"PYTHON_JIT_STATS": "1"})):
            with self.subTest(mode=mode, **extra):
                self.check(source, mode, extra_env=extra)

    def test_side_traces_are_freed_with_their_root(self):
        self.check("""
            def branchy(n):
                total = 0
                for i in range(n):
                    if i % 2: total += 1
                    elif i % 3: total += 2
                    elif i % 5: total -= 3
                    else: total ^= i
                return total
            expected = branchy(3000)
            for f in copies(branchy, 50):
                assert f(3000) == expected
            del f
            gc.collect()
            loop(1000)
            made, freed, bridges = stats("traces", "freed", "bridges")
            assert bridges > 50, bridges
            assert made - freed < 40, (made, freed)
        """)

    def test_linked_executors_of_dead_functions(self):
        self.check("""
            def caller(g, n):
                total = 0
                for i in range(n):
                    total += g(i % 3)
                return total
            expected = caller(loop, 3000)
            for g in copies(loop, 60):
                assert caller(g, 3000) == expected
            del g
            gc.collect()
            assert caller(loop, 3000) == expected
        """, "warm")

    def test_function_dies_while_its_trace_runs(self):
        for mode in ("on", "hot"):
            with self.subTest(mode=mode):
                self.check("""
                    source = '''
                    def f(n, box):
                        total = 0
                        for i in range(n):
                            total += i
                            if i == n - 5:
                                box.clear()
                                collect()
                        return total
                    '''
                    import textwrap
                    for k in range(60):
                        space = {"collect": gc.collect}
                        exec(textwrap.dedent(source), space)
                        box = [space.pop("f")]
                        assert box[0](700, box) == sum(range(700))
                        assert not box
                """, mode)

    def test_memory_does_not_grow(self):
        self.check("""
            def used():
                if sys.platform == "win32":
                    import ctypes
                    counters = (ctypes.c_size_t * 9)()          # PROCESS_MEMORY_COUNTERS; the third is what is resident
                    this = ctypes.c_void_p(-1)
                    assert ctypes.windll.kernel32.K32GetProcessMemoryInfo(this, counters, ctypes.sizeof(counters))
                    return counters[2]
                # (What of it is resident would have the memory of an emulator in it.)
                with open("/proc/self/maps") as file:
                    areas = [line.split()[0].split("-") for line in file]
                return sum(int(end, 16) - int(start, 16) for start, end in areas)
            def round(n):
                for f in copies(loop, n):
                    f(250)
                gc.collect()
            try:
                used()
            except FileNotFoundError:
                used = lambda: 0
            round(2000)
            before = used()
            round(4000)
            round(4000)
            grown = used() - before
            assert grown < 2 << 20, grown
        """)

    def test_reference_totals(self):
        self.check("""
            if not hasattr(sys, "gettotalrefcount"):
                sys.gettotalrefcount = sys.getallocatedblocks
            def work():
                for f in copies(loop, 50):
                    f(500)
                del f
                sys._clear_internal_caches()
                gc.collect()
                return sys.gettotalrefcount()
            counts = [work() for _ in range(12)]
            assert counts[-1] - counts[5] < 60, counts
        """)


# Functions, classes, generators and coroutines that are to leave nothing behind.
DROPPED = """
K = 3
class A:
    def __init__(self, x, y=1):
        self.x = x
        self.y = y
    def get(self, z):
        return self.x + z + K
    @property
    def p(self):
        return self.y
    def __iter__(self):
        yield self.x
        yield from (self.y, K)
class B(A):
    def get(self, z):
        return super().get(z) - 1
def gen(n):
    for i in range(n):
        yield i
def through(n):
    for x in gen(n):
        yield x
def endless(n):
    yield n
    for x in endless(n + 1):
        yield x
async def asynchronous(n):
    for i in range(n):
        yield i
async def wait(n):
    return [x async for x in asynchronous(n)]
def deep(n, **kwargs):
    return deep(n + 1, **kwargs) + 1
def run(n):
    global K
    total = 0
    for i in range(n):
        a = (A, B)[i % 2](i)
        total += a.get(1) + a.p + sum(a)
        a.me = a
        for x in through(i % 9):
            if x == 5:
                break
        try:
            if i % 50 == 7:
                K += 1
            if i % 100 == 50:
                deep(0, a=a)
            if i % 100 == 51:
                list(endless(0))
            if i % 3 == 0:
                raise ValueError(a)
            wait(i % 5).send(None)
        except (ValueError, RecursionError, StopIteration) as exc:
            total += bool(exc.args)
        f = [lambda x=x: x + i for x in gen(3)]
        total += f[1]()
    return total
"""


@requires_jit
class LeakTest(ExecutorTests):
    """What ran as machine code holds on to nothing."""

    def test_dropped_programs(self):
        for mode, n in (("on", 800), ("warm", 300), ("hot", 150)):
            with self.subTest(mode=mode):
                self.check(f"""
                    total = getattr(sys, "gettotalrefcount", int)
                    def work():
                        for _ in range(2):
                            space = {{}}
                            exec({DROPPED!r}, space)
                            space["run"]({n})
                            suspended = space["through"](50)
                            for x in suspended:
                                if x == 20:
                                    break
                            space.clear()
                            del suspended
                        gc.collect()
                        sys._clear_internal_caches()
                        gc.collect()
                        return total(), sys.getallocatedblocks()
                    counts = [work() for _ in range(9)]
                    made, freed = stats("traces", "freed")
                    assert made > 50 and made - freed < 10, (made, freed)
                    references, blocks = zip(*counts)
                    # Each round's result is kept: a tuple and up to two ints.
                    assert references[-1] - references[-5] <= 4 * 3, references
                    assert blocks[-1] - blocks[-5] <= 4 * 3 + 2, blocks
                """, mode)

    def test_builtins_that_are_called_directly(self):
        # They have a reference of their own, because code that is not seen runs before the call.
        self.check("""
            class C:
                def __getattr__(self, name):
                    return C
                def __str__(self):
                    return "s"
            def f(n, c, x):
                k = 0
                for i in range(n):
                    if isinstance(x, c.anything):
                        k += 1
                    k += len([x, str(c)])
                return k
            f(100, C(), 3)
            before = [sys.getrefcount(x) for x in (isinstance, len)]
            f(10_000, C(), 3)
            after = [sys.getrefcount(x) for x in (isinstance, len)]
            assert all(abs(x - y) < 10 for x, y in zip(before, after)), (before, after)
        """)

    @unittest.skipUnless(sys.getallocatedblocks(), "needs Python's own allocator")
    def test_code_keeps_nothing_of_its_executors(self):
        self.check("""
            kept = list(copies(loop, 200))
            for f in kept:
                f(3)
            stats("traces")             # the names are interned once
            def blocks():
                sys._clear_internal_caches()
                gc.collect()
                return sys.getallocatedblocks()
            before = blocks()
            for f in kept:
                f(1000)
            made, = stats("traces")
            assert made >= 200 and sys.getallocatedblocks() - before > 400
            left = blocks() - before
            assert left < 10, left
        """)


@requires_jit
class ProcessTest(ExecutorTests):
    """Forks, interpreters, threads, the end of the process."""

    @unittest.skipUnless(has_fork_support, "needs fork")
    def test_fork_in_a_hot_loop(self):
        for mode in ("on", "hot"):
            with self.subTest(mode=mode):
                self.check("""
                    import os
                    def f(n):
                        total = 0
                        for i in range(n):
                            total += i
                            if i % 500 == 499:
                                pid = os.fork()
                                if pid == 0:
                                    for j in range(1000):
                                        total += j
                                    ok = loop(3000) == sum(range(3000))
                                    sys.settrace(lambda *a: None)
                                    sys.settrace(None)
                                    ok = ok and loop(3000) == sum(range(3000))
                                    os._exit(0 if ok else 3)
                                assert os.waitpid(pid, 0)[1] == 0
                        return total
                    assert f(3000) == sum(range(3000))
                    assert loop(1000) == sum(range(1000)) and executors(loop.__code__)
                """, mode)

    @unittest.skipUnless(has_fork_support, "needs fork")
    def test_child_of_a_fork_goes_on_in_the_loop(self):
        self.check("""
            import os
            def f(n):
                total, child = 0, False
                for i in range(n):
                    total += i
                    if i == 2000:
                        child = os.fork() == 0
                return total, child
            total, child = f(6000)
            assert total == sum(range(6000))
            if child:
                before = stats("traces")[0]
                for g in copies(loop, 3):
                    g(1000)
                os._exit(0 if stats("traces")[0] == before + 3 else 5)
            assert os.wait()[1] == 0
        """)

    @unittest.skipUnless(has_fork_support, "needs fork")
    def test_fork_with_hot_threads(self):
        self.check("""
            import os, threading, warnings
            warnings.simplefilter("ignore")
            stop = []
            def spin():
                while not stop:
                    loop(50)
            threads = [threading.Thread(target=spin) for _ in range(2)]
            for t in threads: t.start()
            for _ in range(10):
                pid = os.fork()
                if pid == 0:
                    ok = loop(3000) == sum(range(3000))
                    sys._clear_internal_caches()
                    ok = ok and loop(3000) == sum(range(3000))
                    os._exit(0 if ok else 3)
                assert os.waitpid(pid, 0)[1] == 0
            stop.append(1)
            for t in threads: t.join()
        """)

    def test_subinterpreters(self):
        self.check("""
            import _interpreters
            work = '''
            import sys
            def loop(n):
                total = 0
                for i in range(n):
                    total += i if i % 3 else -1
                return total
            a, b = loop(3000), loop(3000)
            assert a == b
            assert not sys._jit.is_enabled() or sys._jit.stats()["traces"] > 0
            '''
            import textwrap
            work = textwrap.dedent(work)
            ids = [_interpreters.create(c) for c in ("isolated", "legacy", "isolated")]
            for k in range(3):
                for i in ids:
                    failed = _interpreters.exec(i, work)
                    assert failed is None, failed
                assert loop(2000) == sum(range(2000))
            for i in ids:
                _interpreters.destroy(i)
            assert loop(2000) == sum(range(2000)) and executors(loop.__code__)
        """)

    def test_subinterpreters_in_threads(self):
        self.check("""
            import _interpreters, threading
            work = "t = 0\\nfor i in range(20000): t += i\\nassert t == 199990000\\n"
            failures = []
            def run():
                i = _interpreters.create()
                for _ in range(3):
                    failures.append(_interpreters.exec(i, work))
                _interpreters.destroy(i)
            threads = [threading.Thread(target=run) for _ in range(3)]
            for t in threads: t.start()
            loop(20000)
            for t in threads: t.join()
            assert failures == [None] * 9, failures
        """)

    def test_exit_inside_a_trace(self):
        # (On Windows, os.kill() ends a process with the signal's number as exit code.)
        killed = signal.SIGTERM if os.name == "nt" else -signal.SIGTERM
        for ending, code in (("sys.exit(7)", 7), ("import os; os._exit(9)", 9),
                             ("raise SystemExit(3)", 3),
                             ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", killed)):
            with self.subTest(ending=ending):
                result = run_script(f"""
                    import sys
                    for i in range(5000):
                        if i == 4000:
                            {ending}
                """)
                self.assertEqual(result.returncode, code, result.describe())

    @skip_if_sanitizer("a daemon thread reads its freed state at exit, also without a JIT", address=True)
    def test_hot_code_at_shutdown(self):
        result = self.check("""
            import atexit, threading
            class Late:
                def __del__(self):
                    assert loop(1000) == 499500
                    print("late", end=" ")
            late = Late()
            sys.keep = Late()
            cycle = [Late()]
            cycle.append(cycle)
            def at_end():
                assert loop(3000) == sum(range(3000))
                print("atexit", end=" ")
            atexit.register(at_end)
            def daemon():
                while True:
                    loop(100)
            for _ in range(2):
                threading.Thread(target=daemon, daemon=True).start()
            loop(1000)
        """)
        self.assertEqual(result.stdout.split()[0], "atexit")

    @unittest.skipUnless(hasattr(os, "register_at_fork"), "needs os.register_at_fork()")
    def test_hot_code_after_the_modules(self):
        # What os.register_at_fork() holds dies after the JIT has stopped.
        for mode in ("on", "hot"):
            with self.subTest(mode=mode):
                result = self.check("""
                    import os
                    def make(write, collect):
                        class Late:
                            def __call__(self):
                                pass
                            def __del__(self):
                                i = total = 0
                                while i < 3000:
                                    i += 1
                                    total += same(i)
                                collect()
                                write(1, b"late %d" % total)
                        def same(x):
                            return x
                        return Late()
                    os.register_at_fork(before=make(os.write, gc.collect))
                    make(lambda *args: None, gc.collect)
                """, mode)
                self.assertEqual(result.stdout, "late 4501500")

    @skip_if_sanitizer("a daemon thread reads its freed state at exit, also without a JIT", address=True)
    def test_many_daemon_threads_at_shutdown(self):
        self.check("""
            import threading, time
            class Slow:
                def __del__(self):
                    for _ in range(5):
                        time.sleep(0.005)   # others take the GIL, and exit
                        for f in kept:
                            f(50)
            kept = list(copies(loop, 20))
            def daemon():
                slow = Slow()
                while True:
                    loop(100)
                    sum(map(loop, (10, 20, 30)))
            for _ in range(20):
                threading.Thread(target=daemon, daemon=True).start()
            for f in kept:
                f(1000)
            time.sleep(0.05)
        """, "hot")

    def test_error_at_the_top(self):
        texts = set()
        for mode in ("off", "on", "hot"):
            result = run_script("""
                def f(i):
                    return 10 // (3000 - i)
                for i in range(5000):
                    f(i)
            """, mode)
            self.assertEqual(result.returncode, 1)
            texts.add(re.sub(r'File ".*?"', "File", result.stderr))
        self.assertEqual(len(texts), 1, texts)

    @requires_resource("cpu")
    def test_programs_of_the_library(self):
        # Big pure Python programs, everything traced.
        source = """
            import ast, difflib, fractions, inspect, json, random, re, textwrap, tokenize, io
            text = inspect.getsource(textwrap) + inspect.getsource(json.decoder)
            tree = ast.parse(text)
            print(hash(ast.dump(tree)) == hash(ast.dump(ast.parse(ast.unparse(tree)))))
            print(len(list(tokenize.generate_tokens(io.StringIO(text).readline))))
            print(len(textwrap.fill(text, 60)))
            data = {"a": [1, 2.5, None, {"b": "c" * 10}] * 20}
            print(json.loads(json.dumps(data, indent=2)) == data)
            print(len(list(difflib.ndiff(text.splitlines()[:60], text.splitlines()[5:70]))))
            print(sum(fractions.Fraction(1, k) for k in range(1, 60)))
            random.seed(5); print(random.sample(range(100), 10))
            print(len(re.compile(r"(?P<a>[a-z]+)(\\\\d{2,3})?|x*").sub(r"<\\\\g<a>>", text)))
        """
        outputs = {mode: self.run_ok(source, mode).stdout for mode in ("off", "warm", "hot")}
        self.assertEqual(len(set(outputs.values())), 1, outputs)

    @unittest.skipUnless(has_fork_support, "needs fork")
    @unittest.skipUnless(HAS_MACHINE_CODE, "needs machine code")
    def test_executable_memory_refused(self):
        # Linux can refuse to make memory executable, from the next exec on.
        result = self.check("""
            import ctypes, os, subprocess
            PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1
            prctl = getattr(ctypes.CDLL(None), "prctl", None)
            code = "import sys\\nt = 0\\nfor i in range(5000): t += i\\n"
            code += "print(t, sys._jit.is_enabled(), sys._jit.stats()['memory_refused'] is not None)"
            pid = os.fork() if prctl is not None else 1
            if pid == 0:
                if prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0):
                    print("cannot refuse", flush=True)
                    os._exit(0)
                os.execv(sys.executable, [sys.executable, "-c", code])
            if prctl is not None:
                assert os.waitpid(pid, 0)[1] == 0
            else:
                print("cannot refuse")
        """)
        if result.stdout.strip() == "cannot refuse":
            self.skipTest("the system cannot refuse executable memory")
        self.assertEqual(result.stdout.split(), ["12497500", "False", "True"])


if __name__ == "__main__":
    unittest.main()
