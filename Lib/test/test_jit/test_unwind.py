"""Unwinders and debuggers get from what a trace calls to the program's start."""

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

from .support import HAS_MACHINE_CODE, ExecutorTests, environment, requires_jit

try:
    import ctypes
    HAS_BACKTRACE = hasattr(ctypes.CDLL(None), "backtrace_symbols")     # glibc has it
    # Without it, glibc cannot unwind, nor can a C++ library be loaded.
    HAS_UNWINDER = bool(ctypes.CDLL("libgcc_s.so.1"))
except (ImportError, OSError, TypeError):
    HAS_BACKTRACE = HAS_UNWINDER = False

UNWINDS = (HAS_MACHINE_CODE and HAS_UNWINDER and sys.platform == "linux"
           and platform.machine() in ("x86_64", "aarch64"))

# names() gives the functions on the C stack, innermost first; "": no name; None: in executable memory that is no file's.
BACKTRACE = """
import ctypes, re
libc = ctypes.CDLL(None)
libc.backtrace_symbols.restype = ctypes.POINTER(ctypes.c_char_p)
addresses = (ctypes.c_void_p * 500)()
backtrace = libc.backtrace

def names(n):
    texts = libc.backtrace_symbols(addresses, n)[:n]
    with open("/proc/self/maps", encoding="utf-8") as file:
        made = re.findall(r"^(\\w+)-(\\w+) r-xp \\w+ \\S+ 0 *$", file.read(), re.MULTILINE)
    found = []
    for address, text in zip(addresses, texts):
        if any(int(start, 16) <= address < int(end, 16) for start, end in made):
            found.append(None)
        else:
            name = re.search(rb"\\((\\w*)", text)
            found.append(name[1].decode() if name else "")
    return found

def check(n, activations):
    found = names(n)
    assert "Py_RunMain" in found or "Py_BytesMain" in found, found
    # A trace and the shim each.
    expected = 2 * activations if sys._jit.is_enabled() else 0
    assert found.count(None) == expected, found
"""

CXX_SOURCE = r"""
#include <cstdio>
#include <pthread.h>
#include <unistd.h>

extern "C" void throws(int really)
{
    if (really) {
        throw really;
    }
}

extern "C" void leaves(int really)
{
    if (really) {
        pthread_exit(0);
    }
}

extern "C" void is_cancelled(int really)
{
    if (really) {
        pthread_cancel(pthread_self());
        pthread_testcancel();
    }
}

/* Nothing of Python's is in order after an exception went through it. */
extern "C" void catches(void (*function)(void))
{
    try {
        function();
    }
    catch (int value) {
        std::printf("caught %d\n", value);
        std::fflush(stdout);
        _exit(0);
    }
}

struct Guard {
    ~Guard() {
        std::puts("cleaned up");
        std::fflush(stdout);
    }
};

extern "C" void cleans_up(void (*function)(void))
{
    Guard guard;
    function();
}
"""


@requires_jit
@unittest.skipUnless(UNWINDS, "nothing unwinds here")
@unittest.skipUnless(HAS_BACKTRACE, "needs backtrace()")
class BacktraceTest(ExecutorTests):
    """glibc's backtrace()."""

    def check(self, source, **kwargs):
        for mode in ("off", "on", "hot"):
            with self.subTest(mode=mode):
                super().check(BACKTRACE + textwrap.dedent(source), mode, **kwargs)

    def test_from_a_loop(self):
        self.check("""
            def f(n):
                for i in range(n):
                    found = backtrace(addresses, 500)
                return found
            check(f(5000), 1)
        """)

    def test_from_an_inlined_function(self):
        self.check("""
            def g(k):
                return backtrace(addresses, k)
            def f(n):
                for i in range(n):
                    found = g(500)
                return found
            check(f(5000), 1)
        """)

    def test_from_a_bridge(self):
        self.check("""
            def f(n):
                for i in range(n):
                    if i % 3 == 0:
                        found = backtrace(addresses, 500)
                    elif i % 3 == 1:
                        found = backtrace(addresses, 499)
                    else:
                        found = backtrace(addresses, 498)
                return found
            for n in 9001, 9002, 9003:
                check(f(n), 1)
        """)

    def test_through_several_runs(self):
        # C calls back, and what it calls runs as a trace of its own.
        self.check("""
            sizes = [0] * 299 + [500]
            class Key:
                def __init__(self, value):
                    self.value = value
                def __lt__(self, other):
                    for size in sizes:
                        self.found = backtrace(addresses, size)
                    return self.value < other.value
            a, b = Key(1), Key(2)
            def f(n):
                for i in range(n):
                    min(a, b)
                return b.found
            check(f(1000), 2)
        """)

    def test_from_later_arenas(self):
        # Each arena has a megabyte.
        self.check("""
            sizes = [0] * 250 + [500]
            def f(sizes):
                for size in sizes:
                    found = backtrace(addresses, size)
                return found
            kept = []
            for k, g in enumerate(copies(f, 3000)):
                kept.append(g)
                g(sizes)
                if sys._jit.is_enabled() and stats("code_bytes")[0] > 3 << 19:
                    break
                if not sys._jit.is_enabled() and k == 50:
                    break
            else:
                raise AssertionError(stats("code_bytes"))
            for g in kept[::50] + kept[-1:]:
                check(g(sizes), 1)
        """, extra_env={"PYTHON_JIT_RATE": "0"})

    def test_after_an_interpreter_ended(self):
        self.check("""
            import _interpreters
            work = "t = 0\\nfor i in range(20000): t += i\\n"
            for _ in range(3):
                i = _interpreters.create()
                assert _interpreters.exec(i, work) is None
                _interpreters.destroy(i)
            def f(n):
                for i in range(n):
                    found = backtrace(addresses, 500)
                return found
            check(f(5000), 1)
        """)

    def test_in_a_child(self):
        self.check("""
            import os
            def f(n):
                for i in range(n):
                    found = backtrace(addresses, 500)
                return found
            f(5000)
            child = os.fork()
            check(f(5000), 1)
            for g in copies(f, 5):
                check(g(5000), 1)
            if child:
                assert os.waitpid(child, 0)[1] == 0
        """)


@requires_jit
@unittest.skipUnless(UNWINDS, "nothing unwinds here")
@unittest.skipIf(platform.machine() == "aarch64", "no arena is part of the program there")
class LibraryTest(ExecutorTests):
    """Loading the unwinder costs memory."""

    def test_the_first_arena_needs_none(self):
        self.assertEqual(self.check("""
            for f in copies(loop, 5):
                f(5000)
            assert stats("traces")[0] > 0
            with open("/proc/self/maps", encoding="utf-8") as file:
                print("libgcc_s" in file.read())
        """).stdout, "False\n")


@requires_jit
@unittest.skipUnless(UNWINDS, "nothing unwinds here")
class CxxTest(ExecutorTests):
    """C++ exceptions, and the end of threads, which is much the same."""

    @classmethod
    def setUpClass(cls):
        # In an emulator, the first is that of the machine around it.
        names = f"{platform.machine()}-linux-gnu-g++", "c++", "g++", "clang++"
        compiler = next(filter(None, map(shutil.which, names)), None)
        if compiler is None:
            raise unittest.SkipTest("needs a C++ compiler")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        source = os.path.join(folder.name, "throws.cpp")
        cls.library = os.path.join(folder.name, "throws.so")
        with open(source, "w", encoding="utf-8") as file:
            file.write(CXX_SOURCE)
        done = subprocess.run([compiler, "-O2", "-fPIC", "-shared", source, "-o", cls.library],
                              capture_output=True, text=True)
        if done.returncode:
            raise unittest.SkipTest(f"cannot make a C++ library: {done.stderr[-300:]}")
        try:
            ctypes.CDLL(cls.library)
        except OSError as exc:          # in an emulator, the compiler may be that of the machine around it
            raise unittest.SkipTest(f"the C++ compiler makes libraries that do not load: {exc}")

    def check(self, source, expected, first=""):
        begin = f"""
            {first}
            import ctypes, os, threading
            library = ctypes.CDLL({self.library!r})
            callback = ctypes.CFUNCTYPE(None)
            def loop_of(function, n=5000):
                def f():
                    for i in range(n):
                        function(i == n - 1)
                return callback(f)
        """
        for mode in ("off", "on", "hot"):
            with self.subTest(mode=mode):
                result = super().check(textwrap.dedent(begin) + textwrap.dedent(source), mode, ends=False)
                self.assertEqual(result.stdout, expected)

    def test_exception(self):
        self.check("""
            library.catches(loop_of(library.throws))
            raise AssertionError("not caught")
        """, "caught 1\n")

    def test_library_loaded_late(self):
        # After the first traces, it brings the C++ runtime along.
        self.check("""
            library.catches(loop_of(library.throws))
        """, "caught 1\n", first="for f in copies(loop, 20): f(1000)")

    def test_exception_through_several_runs(self):
        self.check("""
            throws = library.throws
            def inner():
                for i in range(1000):
                    throws(i == 999)
            class Key:
                def __lt__(self, other):
                    if other.value == 1999:
                        inner()
                    return False
            keys = [Key() for _ in range(2000)]
            for i, key in enumerate(keys):
                key.value = i
            def f():
                for a in keys:
                    for b in keys[-3:]:
                        min(b, a)
            library.catches(callback(f))
        """, "caught 1\n")

    def test_end_of_a_thread(self):
        # What Python knows of the thread stays as it was.
        for way in ("leaves", "is_cancelled"):
            with self.subTest(way=way):
                self.check_end_of_a_thread(way)

    def check_end_of_a_thread(self, way):
        self.check(f"""
            thread = threading.Thread(target=lambda: library.cleans_up(loop_of(library.{way})),
                                      daemon=True)
            thread.start()
            while os.path.exists("/proc/self/task/%d" % thread.native_id):
                pass
            for f in copies(loop, 20):
                assert f(1000) == 499500
            del f
            gc.collect()
            assert loop(3000) == sum(range(3000))
            os._exit(0)
        """, "cleaned up\n")


@requires_jit
@unittest.skipUnless(UNWINDS, "nothing unwinds here")
class GdbTest(unittest.TestCase):
    """gdb's backtrace."""

    SCRIPT = """
        import os
        def f(n):
            for i in range(n):
                os.getppid()
        f(5000)
    """

    def setUp(self):
        self.gdb = shutil.which("gdb")
        if self.gdb is None:
            self.skipTest("needs gdb")

    def run_gdb(self, mode, *commands):
        """What gdb prints, stopped in the loop's 4000th call."""
        with tempfile.TemporaryDirectory() as folder:
            script = os.path.join(folder, "script.py")
            with open(script, "w", encoding="utf-8") as file:
                file.write(textwrap.dedent(self.SCRIPT))
            commands = ("set breakpoint pending on", "set confirm off", "set width 0",
                        "info symbol __jit_debug_register_code",
                        "break getppid", "ignore 1 4000", "run", *commands, "kill")
            command = [self.gdb, "-nx", "-batch", "-iex", "set auto-load no",
                       "-iex", "set debuginfod enabled off"]
            for each in commands:
                command += ["-ex", each]
            done = subprocess.run([*command, "--args", sys.executable, script],
                                  env=environment(mode), stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, timeout=300)
        if not re.search(r"^#0 .*getppid", done.stdout, re.MULTILINE):
            self.skipTest(f"gdb does not work here: {done.stdout[-500:]} {done.stderr[-500:]}")
        if "__jit_debug_register_code in section" not in done.stdout:
            self.skipTest("this Python is stripped")
        return done.stdout

    def test_backtrace(self):
        frames = re.compile(r"^#\d+ +(?:0x\w+ in )?([\w?]+)", re.MULTILINE)
        for mode in ("off", "on", "hot"):
            with self.subTest(mode=mode):
                output = self.run_gdb(mode, "backtrace")
                found = frames.findall(output)
                self.assertTrue({"Py_RunMain", "Py_BytesMain"} & {*found}, output)
                if mode != "off":
                    at = found.index("jit_trace")
                    self.assertEqual(found[at:at + 3], ["jit_trace", "jit_shim", "_PyJIT_Run"])

    def test_registers(self):
        # Above the shim, registers have their values from before it.
        output = self.run_gdb("on", "backtrace 1", "frame function _PyJIT_Run",
                              "print tstate == _PyRuntime.main_tstate",
                              "print (void *)tstate->interp->jit == (void *)jit",
                              "print jit->activations == self")
        answers = re.findall(r"^\$\d+ = (.*)", output, re.MULTILINE)
        if "<optimized out>" in answers or len(answers) != 3:
            self.skipTest("needs debug information")
        self.assertEqual(answers, ["1", "1", "1"], output)


if __name__ == "__main__":
    unittest.main()
