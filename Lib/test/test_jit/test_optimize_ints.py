"""Arithmetic on ints without objects: ssa_ints.c (objects in locals: test_optimize_boxes.py).

Each rule has a test that it fires, and beside it one that it does not where its condition does not hold. A test
compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class OperationTest(TraceTests):
    """ssa_int_operation(): the operators."""

    stage = "build"

    def test_chain(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x * y + x - y  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v1
            p v4 = UNBOX_INT v2
            p v5 = INT_MULTIPLY v3, v4
            o v6 = BOX_INT v5
            p v7 = INT_ADD v5, v3
            DROP v6, int
            o v8 = BOX_INT v7
            p v9 = INT_SUBTRACT v7, v4
            DROP v8, int
            o v10 = BOX_INT v9
            DROP v10, int
            JUMP_TO_TOP
            """)

    def test_not_of_large_ints(self):
        # They have three digits each.
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x * y  # here
            f(60, 1 << 60, 1 << 60)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            GUARD_TYPE v2, int
            BINARY_OP_MULTIPLY_INT_B v1, v2
            o v3 = RESULT 0
            DROP v3, int
            JUMP_TO_TOP
            """)

    def test_of_two_digits(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x + y  # here
            f(60, 1 << 40, 1 << 50)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            GUARD_TYPE v2, int
            p v3 = UNBOX_WIDE v1
            p v4 = UNBOX_WIDE v2
            p v5 = INT_ADD v3, v4
            o v6 = BOX_INT v5
            DROP v6, int
            JUMP_TO_TOP
            """)

    def test_not_without_ints(self):
        # On objects.
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x * y + x  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            GUARD_TYPE v2, int
            BINARY_OP_MULTIPLY_INT_B v1, v2
            o v3 = RESULT 0
            o v4 = NEWREF v1
            BINARY_OP_ADD_INT v3, v4
            o v5 = RESULT 0
            DROP v5, int
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-ints")

    def test_bits(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    (x & y) | (x ^ y)  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            p v3 = UNBOX_INT v1
            GUARD_TYPE v2, int
            p v4 = UNBOX_INT v2
            p v5 = INT_AND v3, v4
            o v6 = BOX_INT v5
            p v7 = INT_XOR v3, v4
            o v8 = BOX_INT v7
            p v9 = INT_OR v5, v7
            DROP v8, int
            DROP v6, int
            o v10 = BOX_INT v9
            DROP v10, int
            JUMP_TO_TOP
            """)

    def test_not_of_bools(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x & y  # here
            f(60, True, False)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            SET_IP @32
            BINARY_OP 1 v3, v4
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_shifts_by_constants(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    (x << 3) + (y >> 2)  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_SHIFT_LEFT v2, 3
            o v4 = BOX_INT v3
            b v5 = LOCAL 2 y
            GUARD_TYPE v5, int
            p v6 = UNBOX_INT v5
            p v7 = INT_SHIFT_RIGHT v6, 2
            o v8 = BOX_INT v7
            p v9 = INT_ADD v3, v7
            DROP v8, int
            DROP v4, int
            o v10 = BOX_INT v9
            DROP v10, int
            JUMP_TO_TOP
            """)

    def test_shifts_by_variables(self):
        # What is shifted out of 64 bits, tier 1 has to see.
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    (x << y) + (x >> y)  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            p v3 = UNBOX_INT v1
            GUARD_TYPE v2, int
            p v4 = UNBOX_INT v2
            GUARD_INT_GE v4, 0
            GUARD_INT_LE v4, 32
            p v5 = INT_SHIFT_LEFT v3, v4
            o v6 = BOX_INT v5
            p v7 = INT_SHIFT_RIGHT v3, v4
            o v8 = BOX_INT v7
            p v9 = INT_ADD v5, v7
            DROP v8, int
            DROP v6, int
            o v10 = BOX_INT v9
            DROP v10, int
            JUMP_TO_TOP
            """)

    def test_not_shifted_by_too_much(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x << 70  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            o v3 = NEWREF v1
            SET_IP @34
            BINARY_OP 3 v3, 70
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_divided_by_a_power_of_two(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x // 8 + y % 16  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_SHIFT_RIGHT v2, 3
            o v4 = BOX_INT v3
            b v5 = LOCAL 2 y
            GUARD_TYPE v5, int
            p v6 = UNBOX_INT v5
            p v7 = INT_AND v6, 15
            o v8 = BOX_INT v7
            p v9 = INT_ADD v3, v7
            DROP v8, int
            DROP v4, int
            o v10 = BOX_INT v9
            DROP v10, int
            JUMP_TO_TOP
            """)

    def test_divided_by_a_constant(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x // 10 + y % 10  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_FLOOR_DIVIDE v2, 10
            o v4 = BOX_INT v3
            b v5 = LOCAL 2 y
            GUARD_TYPE v5, int
            p v6 = UNBOX_INT v5
            p v7 = INT_MODULO v6, 10
            o v8 = BOX_INT v7
            p v9 = INT_ADD v3, v7
            DROP v8, int
            DROP v4, int
            o v10 = BOX_INT v9
            DROP v10, int
            JUMP_TO_TOP
            """)

    def test_divided_by_a_variable(self):
        # There is a check for zero, once.
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x // y + x % y  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            p v3 = UNBOX_INT v1
            GUARD_TYPE v2, int
            p v4 = UNBOX_INT v2
            GUARD_INT_NE v4, 0
            p v5 = INT_FLOOR_DIVIDE v3, v4
            o v6 = BOX_INT v5
            GUARD_INT_NE v4, 0
            p v7 = INT_MODULO v3, v4
            o v8 = BOX_INT v7
            p v9 = INT_ADD v5, v7
            DROP v8, int
            DROP v6, int
            o v10 = BOX_INT v9
            DROP v10, int
            JUMP_TO_TOP
            """)

    def test_negative_and_inverted(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    -x + ~y  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_SUBTRACT 0, v2
            o v4 = BOX_INT v3
            b v5 = LOCAL 2 y
            GUARD_TYPE v5, int
            p v6 = UNBOX_INT v5
            p v7 = INT_XOR -1, v6
            o v8 = BOX_INT v7
            p v9 = INT_ADD v3, v7
            DROP v8, int
            DROP v4, int
            o v10 = BOX_INT v9
            DROP v10, int
            JUMP_TO_TOP
            """)

    def test_not_negative_of_a_bool(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    -x  # here
            f(60, True, 0)
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @32
            UNARY_NEGATIVE v2
            o v3 = RESULT 0
            CHECK_VALID
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

if __name__ == "__main__":
    unittest.main()
