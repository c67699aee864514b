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
            p v1 = INT_LT v2, 1000
            p v3 = BOOL v1
            GUARD_INT_LT v2, 1000
            b v4 = LOCAL 1 x
            JUMP_TO_TOP
            """)

    def test_constant_first(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if -1 < i <= x: y  # here
            f(60, 100)
            """, """
            p v1 = INT_GT v2, -1
            p v3 = BOOL v1
            GUARD_INT_GT v2, -1
            b v4 = LOCAL 1 x
            GUARD_TYPE v4, int
            p v5 = UNBOX_INT v4
            p v6 = INT_LE v2, v5
            p v7 = BOOL v6
            GUARD_INT_LE v2, v5
            b v8 = LOCAL 2 y
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
            p v1 = INT_LT v2, 0
            p v3 = BOOL v1
            GUARD_INT_GE v2, 0
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
            p v1 = INT_LT v2, 1000
            p v3 = BOOL v1
            b v4 = LOCAL 2 y
            GUARD_NOT_NULL v4
            GUARD_TYPE v4, bool
            o v5 = TAKE_LOCAL v4, 2 y
            p v6 = SET_LOCAL v3, 2 y
            FORGET v5
            GUARD_IS v6, True
            b v7 = LOCAL 1 x
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
            p v1 = INT_LT v2, 1000
            p v3 = BOOL v1
            b v4 = LOCAL 2 y
            GUARD_NOT_NULL v4
            GUARD_TYPE v4, bool
            o v5 = TAKE_LOCAL v4, 2 y
            p v6 = SET_LOCAL v3, 2 y
            FORGET v5
            GUARD_INT_LT v2, 1000
            b v7 = LOCAL 1 x
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
            p v1 = INT_LT v2, 1000
            p v3 = BOOL v1
            b v4 = LOCAL 1 x
            GUARD_TYPE v4, int
            p v5 = UNBOX_INT v4
            p v6 = INT_GT v2, v5
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
            p v1 = INT_LT v2, 1000
            p v3 = BOOL v1
            p v4 = INT_LT v5, 1000
            p v6 = BOOL v4
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
            p v1 = INT_EQ v2, 1000
            p v3 = BOOL v1
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
            p v1 = INT_ADD v2, v2
            o v3 = BOX_INT v1
            p v4 = INT_LT v1, 1000
            p v5 = BOOL v4
            DROP v3, int
            GUARD_INT_LT v1, 1000
            b v6 = LOCAL 1 x
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
            p v1 = SAME x, v2
            p v3 = BOOL v1
            GUARD_NOT_SAME x, v2
            b v4 = LOCAL 2 y
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
            """, PYTHON_JIT_OPTIMIZE="-ints,-items")


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
            p v1 = INT_LT v2, 1000
            p v3 = BOOL v1
            p v4 = NOT v1
            p v5 = BOOL v4
            b v6 = LOCAL 2 y
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, bool
            o v7 = TAKE_LOCAL v6, 2 y
            p v8 = SET_LOCAL v5, 2 y
            FORGET v7
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
            p v1 = INT_LT v2, 1000
            p v3 = BOOL v1
            p v4 = NOT v1
            p v5 = BOOL v4
            b v6 = LOCAL 3 z
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, bool
            o v7 = TAKE_LOCAL v6, 3 z
            p v8 = SET_LOCAL v5, 3 z
            FORGET v7
            p v9 = BOOL v1
            b v10 = LOCAL 2 y
            GUARD_NOT_NULL v10
            GUARD_TYPE v10, bool
            o v11 = TAKE_LOCAL v10, 2 y
            p v12 = SET_LOCAL v9, 2 y
            FORGET v11
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
            GUARD_NOT_NULL v4
            GUARD_TYPE v4, bool
            o v5 = TAKE_LOCAL v4, 2 y
            p v6 = SET_LOCAL v3, 2 y
            FORGET v5
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
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, bool
            o v3 = TAKE_LOCAL v2, 3 z
            p v4 = SET_LOCAL True, 3 z
            FORGET v3
            b v5 = LOCAL 2 y
            GUARD_NOT_NULL v5
            GUARD_TYPE v5, bool
            o v6 = TAKE_LOCAL v5, 2 y
            p v7 = SET_LOCAL False, 2 y
            FORGET v6
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
            GUARD_NOT_NULL v5
            GUARD_TYPE v5, bool
            o v6 = TAKE_LOCAL v5, 3 z
            p v7 = SET_LOCAL v4, 3 z
            FORGET v6
            p v8 = NOT v3
            p v9 = BOOL v8
            GUARD_TYPE v2, bool
            o v10 = TAKE_LOCAL v2, 2 y
            p v11 = SET_LOCAL v9, 2 y
            FORGET v10
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
