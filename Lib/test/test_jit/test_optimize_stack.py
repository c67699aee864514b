"""Items that only move: COPY, SWAP and LOAD_FAST_AND_CLEAR in describe() of ssa.c.

Each rule has a test that it fires, and beside it one that it does not where
its condition does not hold. A test compares the lines marked `# here` of one
trace; JIT_BLESS=1 writes the expected text (traces.py).

Most loops begin with `i + i`: to store the loop's variable releases what it
held, which might have a finalizer, so that the first guard that facts answer
becomes CHECK_VALID. After that, guards go.
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class StackTest(TraceTests):
    """COPY and SWAP are no instructions."""

    stage = "build"

    def test_exchanged(self):
        # Only the one whose local is overwritten first would need one; both are consumed.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = i; z = i
                    i + i
                    y, z = z, y  # here
            f(60)
            """, """
            o v1 = NEWREF y
            o v2 = NEWREF z
            o v3 = TAKE_LOCAL z, 3 z
            b v4 = SET_LOCAL v1, 3 z
            DROP v3, int
            o v5 = TAKE_LOCAL y, 2 y
            b v6 = SET_LOCAL v2, 2 y
            DROP v5, int
            JUMP_TO_TOP
            """)

    def test_copy_of_what_is_borrowed(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x < x < z  # here
            f(60, 1.5, 0, 2.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            COMPARE_OP_FLOAT_B 2 v1, v1
            p v2 = RESULT 0
            GUARD_IS v2, False
            JUMP_TO_TOP
            """)

    def test_copy_of_what_is_owned(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x < x * x < z  # here
            f(60, 1.5, 0, 2.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            BINARY_OP_MULTIPLY_FLOAT_B v1, v1
            o v2 = RESULT 0
            o v3 = NEWREF v2
            o v4 = NEWREF v1
            COMPARE_OP_FLOAT 2 v4, v3
            p v5 = RESULT 0
            GUARD_IS v5, True
            b v6 = LOCAL 3 z
            GUARD_TYPE v6, float
            o v7 = NEWREF v6
            COMPARE_OP_FLOAT 2 v2, v7
            p v8 = RESULT 0
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-floats")

    def test_swap_of_what_is_borrowed(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    i < x < z  # here
            f(60, 1000, 0, 5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_LT v4, v2
            p v5 = BOOL v3
            GUARD_INT_LT v4, v2
            b v6 = LOCAL 3 z
            GUARD_TYPE v6, int
            p v7 = UNBOX_INT v6
            p v8 = INT_LT v2, v7
            p v9 = BOOL v8
            JUMP_TO_TOP
            """)


@requires_jit
class ComprehensionTest(TraceTests):
    """LOAD_FAST_AND_CLEAR takes over the reference that a local has."""

    stage = "build"

    def test_variable_not_used_before(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    [k for k in x]  # here
            f(60, ())
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @40
            GET_ITER v2
            o v3 = RESULT 0
            CHECK_VALID
            b v4 = LOCAL 5 k
            o v5 = TAKE_LOCAL v4, 5 k
            p v6 = SET_LOCAL NULL, 5 k
            BUILD_LIST_0
            o v7 = RESULT 0
            SET_IP @50
            GET_ITER v3
            o v8 = RESULT 0
            CHECK_VALID
            GUARD_TYPE v8, tuple_iterator
            GUARD_EXHAUSTED_TUPLE v8
            DROP v8, tuple_iterator
            DROP v7, list
            b v9 = LOCAL 5 k
            o v10 = TAKE_LOCAL v9, 5 k
            b v11 = SET_LOCAL v5, 5 k
            DROP_NULLABLE v10
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_variable_used_before(self):
        # It is as it was after that.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    z = i
                    i + i
                    [z for z in x]  # here
                    z + i  # here
            f(60, ())
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @52
            GET_ITER v2
            o v3 = RESULT 0
            CHECK_VALID
            o v4 = TAKE_LOCAL z, 3 z
            p v5 = SET_LOCAL NULL, 3 z
            BUILD_LIST_0
            o v6 = RESULT 0
            SET_IP @62
            GET_ITER v3
            o v7 = RESULT 0
            CHECK_VALID
            GUARD_TYPE v7, tuple_iterator
            GUARD_EXHAUSTED_TUPLE v7
            DROP v7, tuple_iterator
            DROP v6, list
            b v8 = LOCAL 3 z
            o v9 = TAKE_LOCAL v8, 3 z
            b v10 = SET_LOCAL v4, 3 z
            DROP_NULLABLE v9
            b v11 = LOCAL 3 z
            b v12 = LOCAL 4 i
            CHECK_VALID
            p v13 = UNBOX_INT v11
            p v14 = UNBOX_INT v12
            p v15 = INT_ADD v13, v14
            o v16 = BOX_INT v15
            DROP v16, int
            JUMP_TO_TOP
            """)

    def test_variable_that_holds_a_bool(self):
        # A bool needs no reference, so none is taken over.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    z = x is y
                    i + i
                    [z for z in x]  # here
            f(60, ())
            """, """
            o v1 = NEWREF x
            SET_IP @54
            GET_ITER v1
            o v2 = RESULT 0
            CHECK_VALID
            p v3 = SET_LOCAL NULL, 3 z
            BUILD_LIST_0
            o v4 = RESULT 0
            SET_IP @64
            GET_ITER v2
            o v5 = RESULT 0
            CHECK_VALID
            GUARD_TYPE v5, tuple_iterator
            GUARD_EXHAUSTED_TUPLE v5
            DROP v5, tuple_iterator
            DROP v4, list
            b v6 = LOCAL 3 z
            o v7 = TAKE_LOCAL v6, 3 z
            p v8 = SET_LOCAL z, 3 z
            DROP_NULLABLE v7
            CHECK_VALID
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
