"""Ints of one or two digits are kept for another use, as floats are; see Objects/longobject.c."""

import re
import textwrap
import unittest

from test import support
from test.support.script_helper import assert_python_ok

from .support import requires_jit

MOST = 100  # that are kept


def free_ints(code):
    """How many ints are kept after `code`, which begins when none are."""
    code = "import gc, sys\ngc.collect()\n" + textwrap.dedent(code) + "\nsys._debugmallocstats()\n"
    err = assert_python_ok("-c", code, PYTHON_JIT="1").err.decode()
    return int(re.search(r"(\d+) free PyLongObjects", err)[1])


@requires_jit
@unittest.skipUnless(support.with_pymalloc(), "looks at the statistics of pymalloc")
class FreeListTest(unittest.TestCase):
    def test_what_is_kept(self):
        few = free_ints("")
        self.assertLess(few, MOST // 2)
        for bits, kept in (20, True), (30, True), (31, True), (60, True), (61, False), (200, False):
            for sign in "+-":
                with self.subTest(bits=bits, sign=sign):
                    count = free_ints(f"""
                        numbers = [{sign}((1 << {bits}) - 1 - i) for i in range(300)]
                        del numbers
                    """)
                    self.assertEqual(count > MOST // 2, kept)
                    self.assertLessEqual(count, MOST)

    def test_a_collection_gives_them_back(self):
        few = free_ints("numbers = [1000 + i for i in range(300)]; del numbers; gc.collect()")
        self.assertLess(few, MOST // 2)

    def test_what_shrank(self):
        """An object that was made for more digits than it has serves for less, or for as many as it was made for."""
        free_ints("""
            for i in range(1000):
                small = (1 << 90 + i % 7) // ((1 << 70) + 1)
                assert small == (1 << 20 + i % 7) - 1, small
                large = small << 30
                assert large >> 30 == small
                assert -(large | 5) % 8 == 3
        """)

    def test_what_shrank_much_is_not_kept(self):
        """Small ints do not hold the memory of large ones."""
        assert_python_ok("-c", textwrap.dedent("""
            import tracemalloc
            tracemalloc.start()
            numbers, large = [], 1 << 8_000_000
            less = large - 1000
            for i in range(40):
                a, b = large - less - i, large - less
                del a, b
                numbers.append(70000 + i)
            size = tracemalloc.get_traced_memory()[0]
            assert size < 10_000_000, size
            """), PYTHON_JIT="1")

    def test_subclasses_are_not_kept(self):
        count = free_ints("""
            class Number(int):
                __slots__ = ()
            numbers = [Number(-1) for i in range(300)]
            del numbers
        """)
        self.assertLess(count, MOST // 2)


if __name__ == "__main__":
    unittest.main()
