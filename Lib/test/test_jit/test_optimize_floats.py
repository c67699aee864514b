"""Arithmetic on floats without objects: ssa_floats.c (objects in locals and elsewhere: test_optimize_boxes.py).

Each rule has a test that it fires, and beside it one that it does not where its condition does not hold. A test
compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class OperationTest(TraceTests):
    """float_value(), replace_by_float() and ssa_float_operation()."""

    stage = "build"

    def test_chain(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x * y + x - y  # here
            f(60, 1.5, 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, float
            GUARD_TYPE v2, float
            p v3 = UNBOX_FLOAT v1
            p v4 = UNBOX_FLOAT v2
            p v5 = FLOAT_MULTIPLY v3, v4
            o v6 = BOX_FLOAT v5
            p v7 = FLOAT_ADD v5, v3
            DROP v6, float
            o v8 = BOX_FLOAT v7
            p v9 = FLOAT_SUBTRACT v7, v4
            DROP v8, float
            o v10 = BOX_FLOAT v9
            DROP v10, float
            JUMP_TO_TOP
            """)

    def test_constants(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    2.0 * x - 0.5  # here
            f(60, 1.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT 2.0
            p v3 = UNBOX_FLOAT v1
            p v4 = FLOAT_MULTIPLY v2, v3
            o v5 = BOX_FLOAT v4
            p v6 = UNBOX_FLOAT 0.5
            p v7 = FLOAT_SUBTRACT v4, v6
            DROP v5, float
            o v8 = BOX_FLOAT v7
            DROP v8, float
            JUMP_TO_TOP
            """)

    def test_same_operand_twice(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    x * x * x  # here
            f(60, 1.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_MULTIPLY v2, v2
            o v4 = BOX_FLOAT v3
            p v5 = FLOAT_MULTIPLY v3, v2
            DROP v4, float
            o v6 = BOX_FLOAT v5
            DROP v6, float
            JUMP_TO_TOP
            """)

    def test_through_a_local(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    y = x * x
                    y + y  # here
            f(60, 1.5)
            """, """
            p v1 = FLOAT_ADD v2, v2
            o v3 = BOX_FLOAT v1
            DROP v3, float
            JUMP_TO_TOP
            """)

    def test_loaded_again_after_a_call(self):
        self.check("""
            def f(n, x, t):
                for i in range(n):
                    x * x + t["a"] * x  # here
            f(60, 1.5, {"a": 2.5})
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_MULTIPLY v2, v2
            o v4 = BOX_FLOAT v3
            b v5 = LOCAL 2 t
            o v6 = NEWREF v5
            SET_IP @40
            BINARY_SUBSCR_DICT v6, 'a'
            o v7 = RESULT 0
            CHECK_VALID
            GUARD_TYPE v7, float
            p v8 = UNBOX_FLOAT v7
            p v9 = UNBOX_FLOAT v1
            p v10 = FLOAT_MULTIPLY v8, v9
            DROP v7, float
            o v11 = BOX_FLOAT v10
            p v12 = FLOAT_ADD v3, v10
            DROP v11, float
            DROP v4, float
            o v13 = BOX_FLOAT v12
            DROP v13, float
            JUMP_TO_TOP
            """)

    def test_error_leaves_what_is_below(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    (i, x * x)  # here
            f(60, 1.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float -> BINARY_OP @34 [v2, v3, v1, v1]
            p v4 = UNBOX_FLOAT v1
            p v5 = FLOAT_MULTIPLY v4, v4
            o v6 = BOX_FLOAT v5 error [v2, v3]
            o v7 = NEWREF v3
            BUILD_TUPLE 2 v7, v6 popped [v2]
            o v8 = RESULT 0
            DROP v8, tuple
            CHECK_VALID -> JUMP_BACKWARD @42 tier 1 [v2]
            JUMP_TO_TOP [v2]
            """, exits=True)

    def test_not_unoptimized(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    x * x  # here
            f(60, 1.5)
            """, """
            LOAD_FAST 1 x
            o v1 = RESULT 0
            LOAD_FAST 1 x
            o v2 = RESULT 0
            GUARD_BOTH_FLOAT v1, v2
            BINARY_OP_MULTIPLY_FLOAT v1, v2
            o v3 = RESULT 0
            POP_TOP v3
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="0")

    def test_not_of_a_subclass(self):
        self.check("""
            class Half(float):
                pass
            def f(n, x):
                for i in range(n):
                    x * x  # here
            f(60, Half(1.5))
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            o v3 = NEWREF v1
            SET_IP @32
            BINARY_OP 5 v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)


@requires_jit
class ComparisonTest(TraceTests):
    """ssa_compare_float()."""

    stage = "build"

    def test_fused(self):
        self.check("""
            def f(n, x, y, z=None):
                for i in range(n):
                    if x < y: z  # here
            f(60, 1.5, 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, float -> COMPARE_OP @32 [v3, v1, v2]
            GUARD_TYPE v2, float -> COMPARE_OP @32 [v3, v1, v2]
            p v4 = UNBOX_FLOAT v1
            p v5 = UNBOX_FLOAT v2
            GUARD_FLOAT_LT v4, v5 -> JUMP_BACKWARD @40 [v3]
            b v6 = LOCAL 3 z
            JUMP_TO_TOP [v3]
            """, exits=True)

    def test_fused_other_way(self):
        self.check("""
            def f(n, x, y, z=None):
                for i in range(n):
                    if x >= y: z  # here
            f(60, 1.5, 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, float -> COMPARE_OP @32 [v3, v1, v2]
            GUARD_TYPE v2, float -> COMPARE_OP @32 [v3, v1, v2]
            p v4 = UNBOX_FLOAT v1
            p v5 = UNBOX_FLOAT v2
            GUARD_FLOAT_NOT_LE v5, v4 -> LOAD_FAST @44 [v3]
            JUMP_TO_TOP [v3]
            """, exits=True)

    def test_of_what_was_computed(self):
        self.check("""
            def f(n, x, y, z=None):
                for i in range(n):
                    if x * x + 1.0 < y * 4.0: z  # here
            f(60, 1.5, 2.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_MULTIPLY v2, v2
            o v4 = BOX_FLOAT v3
            p v5 = UNBOX_FLOAT 1.0
            p v6 = FLOAT_ADD v3, v5
            DROP v4, float
            o v7 = BOX_FLOAT v6
            b v8 = LOCAL 2 y
            GUARD_TYPE v8, float
            p v9 = UNBOX_FLOAT v8
            p v10 = UNBOX_FLOAT 4.0
            p v11 = FLOAT_MULTIPLY v9, v10
            o v12 = BOX_FLOAT v11
            DROP v7, float
            DROP v12, float
            GUARD_FLOAT_LT v6, v11
            b v13 = LOCAL 3 z
            JUMP_TO_TOP
            """)

    def test_not_where_it_is_stored(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    z = x < y  # here
            f(60, 1.5, 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, float
            GUARD_TYPE v2, float
            COMPARE_OP_FLOAT_B 2 v1, v2
            p v3 = RESULT 0
            b v4 = LOCAL 4 z
            GUARD_NOT_NULL v4
            GUARD_TYPE v4, bool
            o v5 = TAKE_LOCAL v4, 4 z
            p v6 = SET_LOCAL v3, 4 z
            FORGET v5
            JUMP_TO_TOP
            """)

    def test_not_of_ints(self):
        self.check("""
            def f(n, x, y, z=None):
                for i in range(n):
                    if x < y: z  # here
            f(60, 1, 2)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v1
            p v4 = UNBOX_INT v2
            p v5 = INT_LT v3, v4
            p v6 = BOOL v5
            GUARD_INT_LT v3, v4
            b v7 = LOCAL 3 z
            JUMP_TO_TOP
            """)


@requires_jit
class RecordedTest(TraceTests):
    """ssa_binary_op() and ssa_unary_negative(): of what the recording has seen."""

    stage = "build"

    def test_division(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x / y  # here
            f(60, 1.5, 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, float -> BINARY_OP @32 [v3, v1, v2]
            p v4 = UNBOX_FLOAT v1
            GUARD_TYPE v2, float -> BINARY_OP @32 [v3, v1, v2]
            p v5 = UNBOX_FLOAT v2
            GUARD_FLOAT_NOT_ZERO v5 -> BINARY_OP @32 [v3, v1, v2]
            p v6 = FLOAT_DIVIDE v4, v5
            o v7 = BOX_FLOAT v6 error [v3]
            DROP v7, float
            JUMP_TO_TOP [v3]
            """, exits=True)

    def test_division_of_ints(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x / y  # here
            f(60, 1, 2)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            p v3 = UNBOX_INT v1
            p v4 = INT_TO_FLOAT v3
            GUARD_TYPE v2, int
            p v5 = UNBOX_INT v2
            p v6 = INT_TO_FLOAT v5
            GUARD_FLOAT_NOT_ZERO v6
            p v7 = FLOAT_DIVIDE v4, v6
            o v8 = BOX_FLOAT v7
            DROP v8, float
            JUMP_TO_TOP
            """)

    def test_int_and_float(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x * y + x  # here
            f(60, 3, 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            p v3 = UNBOX_INT v1
            p v4 = INT_TO_FLOAT v3
            GUARD_TYPE v2, float
            p v5 = UNBOX_FLOAT v2
            p v6 = FLOAT_MULTIPLY v4, v5
            o v7 = BOX_FLOAT v6
            p v8 = INT_TO_FLOAT v3
            p v9 = FLOAT_ADD v6, v8
            DROP v7, float
            o v10 = BOX_FLOAT v9
            DROP v10, float
            JUMP_TO_TOP
            """)

    def test_negative(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    -x  # here
            f(60, 1.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_NEGATE v2
            o v4 = BOX_FLOAT v3
            DROP v4, float
            JUMP_TO_TOP
            """)

    def test_not_of_a_large_int(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x * y  # here
            f(60, 2 ** 30, 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            p v3 = UNBOX_WIDE v1
            p v4 = INT_TO_FLOAT v3
            GUARD_TYPE v2, float
            p v5 = UNBOX_FLOAT v2
            p v6 = FLOAT_MULTIPLY v4, v5
            o v7 = BOX_FLOAT v6
            DROP v7, float
            JUMP_TO_TOP
            """)

    def test_not_of_a_bool(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x * y  # here
            f(60, True, 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            SET_IP @32
            BINARY_OP 5 v3, v4
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_another_operation(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x // y  # here
            f(60, 1.5, 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            SET_IP @32
            BINARY_OP 2 v3, v4
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_ints_other_than_divided(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x << y  # here
            f(60, 1, 2)
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
            DROP v6, int
            JUMP_TO_TOP
            """)

    def test_not_negative_of_an_int(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    -x  # here
            f(60, 1)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_SUBTRACT 0, v2
            o v4 = BOX_INT v3
            DROP v4, int
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
