"""Comparisons, and the guards that they become: compare_int(), unbox(), is_op(),
unary_not() and fused() of ssa.c.

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
class CompareIntTest(TraceTests):
    """compare_int(), unbox() and fused()."""

    stage = "build"

    def test_fused(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if i < 1000: x  # here
            f(60)
            """, """
            p v1 = UNBOX_INT i
            p v2 = INT_LT v1, 1000
            p v3 = BOOL v2
            GUARD_INT_LT v1, 1000
            b v4 = LOCAL 1 x
            JUMP_TO_TOP
            """)

    def test_fused_other_way(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if i < 0: x  # here
            f(60)
            """, """
            p v1 = UNBOX_INT i
            p v2 = INT_LT v1, 0
            p v3 = BOOL v2
            GUARD_INT_GE v1, 0
            JUMP_TO_TOP
            """)

    def test_not_fused_where_it_is_stored(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = i < 1000  # here
                    y and x  # here
            f(60)
            """, """
            p v1 = UNBOX_INT i
            p v2 = INT_LT v1, 1000
            p v3 = BOOL v2
            b v4 = LOCAL 2 y
            o v5 = TAKE_LOCAL v4, 2 y
            p v6 = SET_LOCAL v3, 2 y
            DROP_NULLABLE v5
            b v7 = LOCAL 2 y
            CHECK_VALID
            GUARD_IS v7, True
            b v8 = LOCAL 1 x
            JUMP_TO_TOP
            """)

    def test_fused_through_a_copy(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if y := i < 1000: x  # here
            f(60)
            """, """
            p v1 = UNBOX_INT i
            p v2 = INT_LT v1, 1000
            p v3 = BOOL v2
            b v4 = LOCAL 2 y
            o v5 = TAKE_LOCAL v4, 2 y
            p v6 = SET_LOCAL v3, 2 y
            p v7 = COPY v3
            DROP_NULLABLE v5
            GUARD_INT_LT v1, 1000
            b v8 = LOCAL 1 x
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_unboxed_once(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    i < 1000  # here
                    i > x  # here
            f(60, -1)
            """, """
            p v1 = UNBOX_INT i
            p v2 = INT_LT v1, 1000
            p v3 = BOOL v2
            b v4 = LOCAL 1 x
            GUARD_TYPE v4, int
            p v5 = UNBOX_INT v4
            p v6 = INT_GT v1, v5
            p v7 = BOOL v6
            JUMP_TO_TOP
            """)

    def test_not_unboxed_once_in_another_local(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = i + i
                    i < 1000  # here
                    y < 1000  # here
            f(60)
            """, """
            b v1 = LOCAL 4 i
            CHECK_VALID
            p v2 = UNBOX_INT v1
            p v3 = INT_LT v2, 1000
            p v4 = BOOL v3
            p v5 = UNBOX_INT y
            p v6 = INT_LT v5, 1000
            p v7 = BOOL v6
            JUMP_TO_TOP
            """)

    def test_not_unboxed_where_it_is_a_constant(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    i == 1000  # here
            f(60)
            """, """
            p v1 = UNBOX_INT i
            p v2 = INT_EQ v1, 1000
            p v3 = BOOL v2
            JUMP_TO_TOP
            """)

    def test_owned_operands(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if i + i < 1000: x  # here
            f(60)
            """, """
            BINARY_OP_ADD_INT_B i, i
            o v1 = RESULT 0
            p v2 = UNBOX_INT v1
            p v3 = INT_LT v2, 1000
            p v4 = BOOL v3
            DROP v1, int
            GUARD_INT_LT v2, 1000
            b v5 = LOCAL 1 x
            JUMP_TO_TOP
            """)


@requires_jit
class IsOpTest(TraceTests):
    """is_op()."""

    stage = "build"

    def test_same_object(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x is x or y  # here
            f(60, [], [], [])
            """, """
            b v1 = LOCAL 1 x
            JUMP_TO_TOP
            """)

    def test_same_object_not(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x is not x or y  # here
            f(60, [], [], [])
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            JUMP_TO_TOP
            """)

    def test_not_of_different_objects(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x is z: i  # here
            f(60, 1, 2, 1)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 3 z
            p v3 = SAME v1, v2
            p v4 = BOOL v3
            GUARD_SAME v1, v2
            JUMP_TO_TOP
            """)

    def test_other_way(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x is z: i  # here
            f(60, [], [], [])
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 3 z
            p v3 = SAME v1, v2
            p v4 = BOOL v3
            GUARD_NOT_SAME v1, v2
            JUMP_TO_TOP
            """)

    def test_constants(self):
        self.check("""
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    K is None or y  # here
            f(60)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 2 y
            JUMP_TO_TOP
            """)

    def test_not_a_constant(self):
        self.check("""
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    K is x or y  # here
            f(60)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            p v2 = SAME 5, v1
            p v3 = BOOL v2
            GUARD_NOT_SAME 5, v1
            b v4 = LOCAL 2 y
            JUMP_TO_TOP
            """)

    def test_different_types(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x * x
                    x is i or y  # here
            f(60, 1.5)
            """, """
            b v1 = LOCAL 2 y
            JUMP_TO_TOP
            """)

    def test_not_of_the_same_type(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + x
                    x is i or y  # here
            f(60, 1)
            """, """
            p v1 = SAME x, i
            p v2 = BOOL v1
            GUARD_NOT_SAME x, i
            b v3 = LOCAL 2 y
            JUMP_TO_TOP
            """)

    def test_not_different_types_while_stale(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x * x
                    z = y
                    x is i or y  # here
            f(60, 1.5, [], [])
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 4 i
            p v3 = SAME v1, v2
            p v4 = BOOL v3
            GUARD_NOT_SAME v1, v2
            b v5 = LOCAL 2 y
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_of_a_copy(self):
        # What is stored has a reference of its own, but is the same object.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    z = i
                    i + i
                    z = x
                    z is x or y  # here
            f(60, [], [], [])
            """, """
            JUMP_TO_TOP
            """)

    def test_not_fused_with_an_owned_operand(self):
        # Of what is released before the branch, the bits are not looked at again.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x[0] is z: i  # here
            f(60, [5], [], 5)
            """, """
            b v1 = LOCAL 1 x
            BINARY_SUBSCR_LIST_INT_B v1, 0
            o v2 = RESULT 0
            b v3 = LOCAL 3 z
            p v4 = SAME v2, v3
            p v5 = BOOL v4
            DROP v2
            GUARD_TRUE v4
            b v6 = LOCAL 4 i
            CHECK_VALID
            JUMP_TO_TOP
            """)


@requires_jit
class NotTest(TraceTests):
    """unary_not()."""

    stage = "build"

    def test_of_a_comparison(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = not i < 1000  # here
            f(60)
            """, """
            p v1 = UNBOX_INT i
            p v2 = INT_LT v1, 1000
            p v3 = BOOL v2
            p v4 = NOT v2
            p v5 = BOOL v4
            b v6 = LOCAL 2 y
            o v7 = TAKE_LOCAL v6, 2 y
            p v8 = SET_LOCAL v5, 2 y
            DROP_NULLABLE v7
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_of_not(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = not (z := not i < 1000)  # here
            f(60)
            """, """
            p v1 = UNBOX_INT i
            p v2 = INT_LT v1, 1000
            p v3 = BOOL v2
            p v4 = NOT v2
            p v5 = BOOL v4
            b v6 = LOCAL 3 z
            o v7 = TAKE_LOCAL v6, 3 z
            p v8 = SET_LOCAL v5, 3 z
            p v9 = COPY v5
            DROP_NULLABLE v7
            p v10 = BOOL v2
            b v11 = LOCAL 2 y
            o v12 = TAKE_LOCAL v11, 2 y
            p v13 = SET_LOCAL v10, 2 y
            DROP_NULLABLE v12
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_of_an_object(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = not x  # here
            f(60, True)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, bool
            p v2 = SAME v1, False
            p v3 = BOOL v2
            b v4 = LOCAL 2 y
            o v5 = TAKE_LOCAL v4, 2 y
            p v6 = SET_LOCAL v3, 2 y
            DROP_NULLABLE v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_of_a_constant(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = not (z := x is x)  # here
            f(60)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 3 z
            o v3 = TAKE_LOCAL v2, 3 z
            p v4 = SET_LOCAL True, 3 z
            DROP_NULLABLE v3
            b v5 = LOCAL 2 y
            o v6 = TAKE_LOCAL v5, 2 y
            p v7 = SET_LOCAL False, 2 y
            DROP_NULLABLE v6
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_a_constant(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = not (z := x is y)  # here
            f(60)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            p v3 = SAME v1, v2
            p v4 = BOOL v3
            b v5 = LOCAL 3 z
            o v6 = TAKE_LOCAL v5, 3 z
            p v7 = SET_LOCAL v4, 3 z
            p v8 = COPY v4
            DROP_NULLABLE v6
            p v9 = NOT v3
            p v10 = BOOL v9
            b v11 = LOCAL 2 y
            o v12 = TAKE_LOCAL v11, 2 y
            p v13 = SET_LOCAL v10, 2 y
            DROP v12
            CHECK_VALID
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
