"""Small programs over everything that the interpreter can do."""

import unittest

from .support import ProgramTests, requires_jit


@requires_jit
class FloatingTest(ProgramTests, program="floating"):
    """Floats in registers, and what may leave in the middle of an expression."""


@requires_jit
class PoweringTest(ProgramTests, program="powering"):
    """Powers of floats, which are calls."""


@requires_jit
class MathFunctionsTest(ProgramTests, program="transcending"):
    """Functions of math, which are calls."""


@requires_jit
class SharingTest(ProgramTests, program="sharing"):
    """What is overwritten while others refer to it, or do not any more."""


@requires_jit
class StoringTest(ProgramTests, program="storing"):
    """Attributes that are stored over what was there."""


@requires_jit
class CrowdingTest(ProgramTests, program="crowding"):
    """More values than registers."""


@requires_jit
class ArithmeticTest(ProgramTests, program="arithmetic"):
    """Ints over every digit boundary, floats, bools, complex, mixtures."""


@requires_jit
class CountingTest(ProgramTests, program="counting"):
    """Ints in registers, over every edge."""


@requires_jit
class RenewingTest(ProgramTests, program="renewing"):
    """Objects of numbers that get new values."""


@requires_jit
class IndexingTest(ProgramTests, program="indexing"):
    """Items of lists and other sequences."""


@requires_jit
class SlicingTest(ProgramTests, program="slicing"):
    """Slices, and stores to them."""


@requires_jit
class ConstructingTest(ProgramTests, program="constructing"):
    """Calls of classes."""


@requires_jit
class ComputingTest(ProgramTests, program="computing"):
    """Functions that compute numbers."""


@requires_jit
class CharactersTest(ProgramTests, program="characters"):
    """Characters of strings."""


@requires_jit
class ExtremesTest(ProgramTests, program="extremes"):
    """min() and max()."""


@requires_jit
class InstancesTest(ProgramTests, program="instances"):
    """isinstance(), and who says what he is."""


@requires_jit
class ArraysTest(ProgramTests, program="arrays"):
    """Items of arrays and bytes."""


@requires_jit
class TextsTest(ProgramTests, program="texts"):
    """Strings, bytes, formatting."""


@requires_jit
class ContainersTest(ProgramTests, program="containers"):
    """Tuples, lists, dicts, sets, slices, unpacking, comprehensions."""


@requires_jit
class UnpackingTest(ProgramTests, program="unpacking"):
    """Sequences unpacked into locals, and who sees it."""


@requires_jit
class PairingTest(ProgramTests, program="pairing"):
    """enumerate(), zip() and dict.items() in for loops, and what keeps the items alive."""


@requires_jit
class OverwritingTest(ProgramTests, program="overwriting"):
    """Variables that others write to."""


@requires_jit
class LoopingTest(ProgramTests, program="looping"):
    """Loops and branches."""


@requires_jit
class CarryingTest(ProgramTests, program="carrying"):
    """What loops hand from one iteration to the next."""


@requires_jit
class CallingTest(ProgramTests, program="calling"):
    """Calls, closures, globals."""


@requires_jit
class ObjectsTest(ProgramTests, program="objects"):
    """Classes, attributes, special methods, with statements."""


@requires_jit
class RaisingTest(ProgramTests, program="raising"):
    """Exceptions, their handlers and tracebacks."""


@requires_jit
class GeneratingTest(ProgramTests, program="generating"):
    """Generators."""


@requires_jit
class ContinuingTest(ProgramTests, program="continuing"):
    """Returns, yields and awaits that lead to ever other places."""


@requires_jit
class EnteringTest(ProgramTests, program="entering"):
    """What C calls, and generators that C consumes."""


@requires_jit
class InvokingTest(ProgramTests, program="invoking"):
    """Calls whose callee changes, is known or not, or is a bound method."""


@requires_jit
class NestingTest(ProgramTests, program="nesting"):
    """The frames that such calls make."""


@requires_jit
class ReturningTest(ProgramTests, program="returning"):
    """How frames end, and variables that nothing has set."""


@requires_jit
class FailingTest(ProgramTests, program="failing"):
    """Errors of what traces call: their lines, and what they leave."""


@requires_jit
class EndingTest(ProgramTests, program="ending"):
    """Loops that end where they are traced."""


@requires_jit
class AwaitingTest(ProgramTests, program="awaiting"):
    """Coroutines, asynchronous generators, asyncio."""


@requires_jit
class MatchingTest(ProgramTests, program="matching"):
    """Match statements."""


@requires_jit
class RecursingTest(ProgramTests, program="recursing"):
    """Recursion, up to RecursionError."""


@requires_jit
class LargeTest(ProgramTests, program="large"):
    """Code objects that need EXTENDED_ARG."""


if __name__ == "__main__":
    unittest.main()
