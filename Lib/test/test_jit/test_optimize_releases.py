"""Who releases what: only_borrowed() and drop(), of ssa.c.

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
class BorrowingFormTest(TraceTests):
    """only_borrowed(): the form of a micro-op that releases nothing."""

    stage = "build"

    def test_arithmetic(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x * z  # here
            f(60, 1.5, 0, 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 3 z
            GUARD_TYPE v1, float
            GUARD_TYPE v2, float
            BINARY_OP_MULTIPLY_FLOAT_B v1, v2
            o v3 = RESULT 0
            DROP v3, float
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-floats")

    def test_not_arithmetic_with_an_owned_operand(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x * x * z  # here
            f(60, 1.5, 0, 2.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            BINARY_OP_MULTIPLY_FLOAT_B v1, v1
            o v2 = RESULT 0
            b v3 = LOCAL 3 z
            GUARD_TYPE v3, float
            o v4 = NEWREF v3
            BINARY_OP_MULTIPLY_FLOAT v2, v4
            o v5 = RESULT 0
            DROP v5, float
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-floats")

    def test_comparison(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x < z  # here
            f(60, 1.5, 0, 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 3 z
            GUARD_TYPE v1, float
            GUARD_TYPE v2, float
            COMPARE_OP_FLOAT_B 2 v1, v2
            p v3 = RESULT 0
            JUMP_TO_TOP
            """)

    def test_not_comparison_with_an_owned_operand(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x * x < z  # here
            f(60, 1.5, 0, 2.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            BINARY_OP_MULTIPLY_FLOAT_B v1, v1
            o v2 = RESULT 0
            b v3 = LOCAL 3 z
            GUARD_TYPE v3, float
            o v4 = NEWREF v3
            COMPARE_OP_FLOAT 2 v2, v4
            p v5 = RESULT 0
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-floats")

    def test_subscript(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x[i]  # here
            f(60, [1.5] * 60)
            """, """
            b v1 = LOCAL 1 x
            BINARY_SUBSCR_LIST_INT_B v1, i
            o v2 = RESULT 0
            DROP v2
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-ints,-items")

    def test_not_subscript_with_an_owned_index(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x[i + i]  # here
            f(60, [1.5] * 120)
            """, """
            b v1 = LOCAL 1 x
            BINARY_OP_ADD_INT_B i, i
            o v2 = RESULT 0
            o v3 = NEWREF v1
            BINARY_SUBSCR_LIST_INT v3, v2
            o v4 = RESULT 0
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-ints,-items")

    def test_store(self):
        # The value is consumed, the list and the index are not.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x[i] = i  # here
            f(60, [1] * 60)
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF i
            STORE_SUBSCR_LIST_INT_B v2, v1, i
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-ints,-items")

    def test_not_store_with_an_owned_index(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x[i + i] = i  # here
            f(60, [1] * 120)
            """, """
            b v1 = LOCAL 1 x
            BINARY_OP_ADD_INT_B i, i
            o v2 = RESULT 0
            o v3 = NEWREF i
            o v4 = NEWREF v1
            STORE_SUBSCR_LIST_INT v3, v4, v2
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-ints,-items")

    def test_unpacking(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y, z = x  # here
            f(60, (1, 2))
            """, """
            b v1 = LOCAL 1 x
            UNPACK_SEQUENCE_TWO_TUPLE_B v1
            o v2 = RESULT 0
            o v3 = RESULT 1
            b v4 = LOCAL 2 y
            GUARD_NOT_NULL v4
            GUARD_TYPE v4, int
            b v5 = LOCAL 3 z
            GUARD_NOT_NULL v5
            GUARD_TYPE v5, int
            o v6 = TAKE_LOCAL v4, 2 y
            b v7 = SET_LOCAL v3, 2 y
            DROP v6, int
            o v8 = TAKE_LOCAL v5, 3 z
            b v9 = SET_LOCAL v2, 3 z
            DROP v8, int
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-unpacking")

    def test_not_unpacking_of_an_owned_tuple(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y, z = x[0]  # here
            f(60, [(1, 2)])
            """, """
            b v1 = LOCAL 1 x
            BINARY_SUBSCR_LIST_INT_B v1, 0
            o v2 = RESULT 0
            UNPACK_SEQUENCE_TWO_TUPLE v2
            o v3 = RESULT 0
            o v4 = RESULT 1
            b v5 = LOCAL 2 y
            GUARD_NOT_NULL v5
            GUARD_TYPE v5, int
            b v6 = LOCAL 3 z
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, int
            o v7 = TAKE_LOCAL v5, 2 y
            b v8 = SET_LOCAL v4, 2 y
            DROP v7, int
            o v9 = TAKE_LOCAL v6, 3 z
            b v10 = SET_LOCAL v3, 3 z
            DROP v9, int
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-ints,-items,-unpacking")


@requires_jit
class DropTest(TraceTests):
    """drop(): how a reference is given up."""

    stage = "build"

    def test_known_type(self):
        # No finalizer can run, so the trace is valid still.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    i + i  # here
            f(60)
            """, """
            p v1 = INT_ADD v2, v2
            o v3 = BOX_INT v1
            DROP v3, int
            JUMP_TO_TOP
            """)

    def test_not_known_type(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x[0]  # here
                    i + i  # here
            f(60, [1])
            """, """
            b v1 = LOCAL 1 x
            BINARY_SUBSCR_LIST_INT_B v1, 0
            o v2 = RESULT 0
            DROP v2
            b v3 = LOCAL 4 i
            CHECK_VALID
            BINARY_OP_ADD_INT_B v3, v3
            o v4 = RESULT 0
            DROP v4, int
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-ints,-items")

    def test_type_with_a_finalizer(self):
        # What a list holds may have one.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    [i]  # here
                    i + i  # here
            f(60)
            """, """
            o v1 = NEWREF v2
            BUILD_LIST 1 v1
            o v3 = RESULT 0
            DROP v3, list
            b v4 = LOCAL 4 i
            CHECK_VALID
            p v5 = UNBOX_INT v4
            p v6 = INT_ADD v5, v5
            o v7 = BOX_INT v6
            DROP v7, int
            JUMP_TO_TOP
            """)

    def test_immortal(self):
        self.check("""
            def g(): return 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    g()  # here
            f(60)
            """, """
            GUARD_GLOBALS
            CALL_KNOWN 0 g
            FORGET v1
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_immortal(self):
        self.check("""
            def g(): return 1.5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    g()  # here
            f(60)
            """, """
            GUARD_GLOBALS
            CALL_KNOWN 0 g
            DROP v1, float
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_local_that_may_be_unset(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    k = i  # here
            f(60)
            """, """
            b v1 = LOCAL 5 k
            GUARD_NOT_NULL v1
            GUARD_TYPE v1, int
            o v2 = NEWREF v3
            o v4 = TAKE_LOCAL v1, 5 k
            b v5 = SET_LOCAL v2, 5 k
            DROP v4, int
            JUMP_TO_TOP
            """)

    def test_local_that_is_set(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    k = i
                    i + i
                    k = i  # here
            f(60)
            """, """
            o v1 = NEWREF v2
            o v3 = TAKE_LOCAL k, 5 k
            b v4 = SET_LOCAL v1, 5 k
            DROP v3, int
            JUMP_TO_TOP
            """)

    def test_local_that_holds_a_bool(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    k = x is y
                    i + i
                    k = i  # here
            f(60)
            """, """
            o v1 = NEWREF v2
            p v3 = TAKE_LOCAL k, 5 k
            b v4 = SET_LOCAL v1, 5 k
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
