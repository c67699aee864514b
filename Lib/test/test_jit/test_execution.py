"""Small programs over everything that the interpreter can do."""

import unittest

from .support import ProgramTests, requires_jit


@requires_jit
class ArithmeticTest(ProgramTests, program="arithmetic"):
    """Ints over every digit boundary, floats, bools, complex, mixtures."""


@requires_jit
class TextsTest(ProgramTests, program="texts"):
    """Strings, bytes, formatting."""


@requires_jit
class ContainersTest(ProgramTests, program="containers"):
    """Tuples, lists, dicts, sets, slices, unpacking, comprehensions."""


@requires_jit
class LoopingTest(ProgramTests, program="looping"):
    """Loops and branches."""


if __name__ == "__main__":
    unittest.main()
