"""The unwinder of each system gets from what a trace calls to where the thread began."""

import os
import sys
import textwrap
import unittest

from .support import HAS_MACHINE_CODE, ExecutorTests, requires_jit

try:
    import ctypes
except ImportError:
    ctypes = None

HAS_UNWINDER = ctypes is not None and sys.platform in ("linux", "darwin", "win32")
if HAS_UNWINDER and sys.platform == "linux":
    try:
        ctypes.CDLL("libgcc_s.so.1")
    except OSError:
        HAS_UNWINDER = False

# walk() gives the return addresses on the C stack, innermost first, as the system's unwinder finds them.
WALK = """
import ctypes, sys

if sys.platform == "win32":
    capture = ctypes.windll.kernel32.RtlCaptureStackBackTrace
    capture.restype = ctypes.c_ushort
    addresses = (ctypes.c_void_p * 1000)()

    def walk():
        return addresses[:capture(0, 1000, addresses, None)]
else:
    library = ctypes.CDLL("libgcc_s.so.1" if sys.platform == "linux" else None)
    address_in = library._Unwind_GetIP
    address_in.restype = ctypes.c_void_p
    address_in.argtypes = [ctypes.c_void_p]
    addresses = []

    @ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    def note(context, _):
        addresses.append(address_in(context))
        return 0

    def walk():
        addresses.clear()
        library._Unwind_Backtrace(note, None)
        return list(addresses)

def check(found, active):
    assert active == sys._jit.is_enabled(), "not in machine code"
    assert len(found) > 8 and found[-3:] == outermost, (found, outermost)

outermost = walk()[-3:]
"""


@requires_jit
@unittest.skipUnless(HAS_MACHINE_CODE or os.name == "nt", "needs machine code")
@unittest.skipUnless(HAS_UNWINDER, "no unwinder that is known")
class WalkTest(ExecutorTests):
    """_Unwind_Backtrace(), which is what C++ exceptions find their way by, and RtlCaptureStackBackTrace()."""

    def check(self, source):
        for mode in ("off", "on"):
            with self.subTest(mode=mode):
                super().check(WALK + textwrap.dedent(source), mode)

    def test_from_a_loop(self):
        self.check("""
            def f(n):
                for i in range(n):
                    found = walk()
                    active = sys._jit.is_active()
                return found, active
            check(*f(2500))
        """)

    def test_from_a_function_that_c_calls(self):
        self.check("""
            def f(x):
                global found, active
                found = walk()
                active = sys._jit.is_active()
                return x
            for i in range(40):
                max(range(100), key=f)
            check(found, active)
        """)


if __name__ == "__main__":
    unittest.main()
