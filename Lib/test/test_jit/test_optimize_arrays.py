"""Items of arrays by primitives: ssa_items.c.

Each rule has a test that it fires, and beside it one that it does not where its condition does not hold. A test
compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class ArrayTest(TraceTests):
    """load_array_item() and store_array_item()."""

    stage = "build"

    def test_doubles(self):
        self.check("""
            from array import array
            def f(n, x, y):
                for i in range(n):
                    x[1] = x[0] * y  # here
            f(60, array("d", [1.5, 2.5]), 0.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, array.array
            GUARD_INDEX 0, v1
            GUARD_TYPECODE v1, 100
            p v2 = ARRAY_PLACE_8 0, v1
            p v3 = DOUBLE_AT v2
            o v4 = BOX_FLOAT v3
            b v5 = LOCAL 2 y
            GUARD_TYPE v5, float
            p v6 = UNBOX_FLOAT v5
            p v7 = FLOAT_MULTIPLY v3, v6
            DROP v4, float
            o v8 = BOX_FLOAT v7
            GUARD_INDEX 1, v1
            p v9 = ARRAY_PLACE_8 1, v1
            SET_DOUBLE v9, v7
            DROP v8, float
            JUMP_TO_TOP
            """)

    def test_ints(self):
        self.check("""
            from array import array
            def f(n, x, y):
                for i in range(n):
                    x[1] = x[0] & y  # here
            f(60, array("i", [1, 2]), 5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, array.array
            GUARD_INDEX 0, v1
            GUARD_TYPECODE v1, 105
            p v2 = ARRAY_PLACE_4 0, v1
            p v3 = INT32_AT v2
            o v4 = BOX_INT v3
            b v5 = LOCAL 2 y
            GUARD_TYPE v5, int
            p v6 = UNBOX_INT v5
            p v7 = INT_AND v3, v6
            DROP v4, int
            o v8 = BOX_INT v7
            GUARD_INDEX 1, v1
            p v9 = ARRAY_PLACE_4 1, v1
            SET_INT32 v9, v7
            DROP v8, int
            JUMP_TO_TOP
            """)

    def test_ints_that_may_not_fit(self):
        self.check("""
            from array import array
            def f(n, x, y):
                for i in range(n):
                    x[1] = x[0] + y  # here
            f(60, array("i", [1, 2]), 5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, array.array
            GUARD_INDEX 0, v1
            GUARD_TYPECODE v1, 105
            p v2 = ARRAY_PLACE_4 0, v1
            p v3 = INT32_AT v2
            o v4 = BOX_INT v3
            b v5 = LOCAL 2 y
            GUARD_TYPE v5, int
            p v6 = UNBOX_INT v5
            p v7 = INT_ADD v3, v6
            DROP v4, int
            o v8 = BOX_INT v7
            GUARD_INT_GE v7, -2147483648
            GUARD_INT_LE v7, 2147483647
            GUARD_INDEX 1, v1
            p v9 = ARRAY_PLACE_4 1, v1
            SET_INT32 v9, v7
            DROP v8, int
            JUMP_TO_TOP
            """)

    def test_bytes(self):
        self.check("""
            from array import array
            def f(n, x, y):
                for i in range(n):
                    x[1] = x[0]  # here
            f(60, array("B", [1, 2]), 5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, array.array
            GUARD_INDEX 0, v1
            GUARD_TYPECODE v1, 66
            p v2 = ARRAY_PLACE_1 0, v1
            p v3 = UINT8_AT v2
            o v4 = BOX_INT v3
            GUARD_INDEX 1, v1
            p v5 = ARRAY_PLACE_1 1, v1
            SET_UINT8 v5, v3
            DROP v4, int
            JUMP_TO_TOP
            """)

    def test_long_ints(self):
        self.check("""
            from array import array
            def f(n, x, y):
                for i in range(n):
                    x[1] = x[0] + y  # here
            f(60, array("q", [1, 2]), 5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, array.array
            GUARD_INDEX 0, v1
            GUARD_TYPECODE v1, 113
            p v2 = ARRAY_PLACE_8 0, v1
            p v3 = INT64_AT v2
            o v4 = BOX_INT v3
            b v5 = LOCAL 2 y
            GUARD_TYPE v5, int
            p v6 = UNBOX_INT v5
            p v7 = INT_ADD_CHECKED v3, v6
            DROP v4, int
            o v8 = BOX_INT v7
            GUARD_INDEX 1, v1
            p v9 = ARRAY_PLACE_8 1, v1
            SET_INT64 v9, v7
            DROP v8, int
            JUMP_TO_TOP
            """)

    def test_int_as_a_double(self):
        self.check("""
            from array import array
            def f(n, x, y):
                for i in range(n):
                    x[1] = y  # here
            f(60, array("d", [1, 2]), 5)
            """, """
            b v1 = LOCAL 2 y
            b v2 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v3 = UNBOX_INT v1
            p v4 = INT_TO_FLOAT v3
            GUARD_TYPE v2, array.array
            GUARD_INDEX 1, v2
            GUARD_TYPECODE v2, 100
            p v5 = ARRAY_PLACE_8 1, v2
            SET_DOUBLE v5, v4
            JUMP_TO_TOP
            """)

    def test_not_of_another_typecode(self):
        self.check("""
            from array import array
            def f(n, x, y):
                for i in range(n):
                    x[1] = x[0]  # here
            f(60, array("f", [1, 2]), 5)
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @34
            BINARY_SUBSCR v2, 0
            o v3 = RESULT 0
            CHECK_VALID
            o v4 = NEWREF v1
            SET_IP @42
            STORE_SUBSCR v3, v4, 1
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_a_subclass(self):
        self.check("""
            from array import array
            class A(array):
                pass
            def f(n, x, y):
                for i in range(n):
                    x[1] = x[0]  # here
            f(60, A("d", [1, 2]), 5)
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @34
            BINARY_SUBSCR v2, 0
            o v3 = RESULT 0
            CHECK_VALID
            o v4 = NEWREF v1
            SET_IP @42
            STORE_SUBSCR v3, v4, 1
            CHECK_VALID
            JUMP_TO_TOP
            """)

if __name__ == "__main__":
    unittest.main()
