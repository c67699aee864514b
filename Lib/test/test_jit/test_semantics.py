"""What hot code must keep to: when things die, what frames show, who looks on,
what changes under it, and who interrupts it."""

import unittest

from .support import ProgramTests, requires_jit


@requires_jit
class FinalizingTest(ProgramTests, program="finalizing"):
    """Order of finalizers, weak references, reference counts, gc."""


@requires_jit
class FramesTest(ProgramTests, program="frames"):
    """Line numbers and locals seen and written from callees."""


@requires_jit
class TracingTest(ProgramTests, program="tracing"):
    """settrace, setprofile, sys.monitoring in the middle of a hot loop."""


@requires_jit
class MutatingTest(ProgramTests, program="mutating"):
    """Functions, classes, globals, builtins changed while hot."""


@requires_jit
class IntrospectingTest(ProgramTests, program="introspecting"):
    """isinstance(), type(), len() and modules, of which everything changes while hot."""


@requires_jit
class InterruptingTest(ProgramTests, program="interrupting"):
    """Signals, threads, asynchronous exceptions."""


@requires_jit
class IntrudingTest(ProgramTests, program="intruding"):
    """All of these in generators, coroutines and their callers."""


if __name__ == "__main__":
    unittest.main()
