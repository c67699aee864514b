"""Slices without slice objects: ssa_binary_subscr() of ssa_items.c, and slices.c.

Each rule has a test that it fires, and beside it one that it does not where its condition does not hold. A test
compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class SliceTest(TraceTests):
    """ssa_binary_subscr(): BUILD_SLICE is taken back."""

    stage = "build"

    def test_three_bounds(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[i::-1]  # here
            f(60, [1] * 99)
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            o v3 = NEWREF v4
            SET_IP @38
            SUBSCR_SLICE v2, v3, None, -1
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_three_bounds_of_anything(self):
        self.check("""
            class A:
                def __getitem__(self, key): return key
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[y:z:2]  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            b v3 = LOCAL 3 z
            o v4 = NEWREF v1
            o v5 = NEWREF v2
            o v6 = NEWREF v3
            BUILD_SLICE 3 v5, v6, 2
            o v7 = RESULT 0
            CHECK_VALID
            BINARY_SUBSCR_CHECK_FUNC v4, v7
            GUARD_GETITEM_CODE <code A.__getitem__> v4, v7
            BINARY_SUBSCR_INIT_CALL v4, v7
            p v8 = RESULT 0
            SAVE_RETURN_OFFSET 2
            SET_IP @38
            PUSH_FRAME v8
            DROP v9
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_a_slice_that_is_kept(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[z := slice(y, i, 2)]  # here
            f(60, [1] * 99)
            """, """
            b v1 = LOCAL 1 x
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            o v5 = NEWREF v6
            SET_IP @46
            CALL 3 <type slice>, NULL, v4, v5, 2
            o v7 = RESULT 0
            CHECK_VALID
            o v8 = NEWREF v7
            b v9 = LOCAL 3 z
            o v10 = TAKE_LOCAL v9, 3 z
            b v11 = SET_LOCAL v8, 3 z
            DROP_NULLABLE v10
            SET_IP @58
            BINARY_SUBSCR v3, v7
            o v12 = RESULT 0
            CHECK_VALID
            DROP v12
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_in_a_tuple(self):
        self.check("""
            class A:
                def __class_getitem__(cls, key): return key
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[y:z:2, 1]  # here
            f(60, A)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            b v3 = LOCAL 3 z
            o v4 = NEWREF v1
            o v5 = NEWREF v2
            o v6 = NEWREF v3
            BUILD_SLICE 3 v5, v6, 2
            o v7 = RESULT 0
            BUILD_TUPLE 2 v7, 1
            o v8 = RESULT 0
            SET_IP @42
            BINARY_SUBSCR v4, v8
            o v9 = RESULT 0
            CHECK_VALID
            DROP v9
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_without_items(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[i::-1]  # here
            f(60, [1] * 99)
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            o v3 = NEWREF i
            BUILD_SLICE 3 v3, None, -1
            o v4 = RESULT 0
            SET_IP @38
            BINARY_SUBSCR v2, v4
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-items")


@requires_jit
class QuietSliceTest(TraceTests):
    """ssa_binary_slice(), and slices of what is known."""

    stage = "build"

    def test_list(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[i:y]  # here
            f(60, [1] * 9, 5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, list
            GUARD_TYPE v2, int
            BINARY_SLICE_BUILTIN_B v1, v3, v2
            o v4 = RESULT 0
            DROP v4, list
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_str_without_bounds(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[:]  # here
            f(60, "abc")
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            BINARY_SLICE_BUILTIN_B v1, None, None
            o v2 = RESULT 0
            DROP v2, str
            JUMP_TO_TOP
            """)

    def test_tuple_and_bytes(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[i:], y[:i]  # here
            f(60, (1, 2, 3), b"abc")
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, tuple
            BINARY_SLICE_BUILTIN_B v1, v2, None
            o v3 = RESULT 0
            b v4 = LOCAL 2 y
            GUARD_TYPE v4, bytes
            BINARY_SLICE_BUILTIN_B v4, None, v2
            o v5 = RESULT 0
            BUILD_TUPLE 2 v3, v5
            o v6 = RESULT 0
            DROP v6, tuple
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_the_type_is_known_afterwards(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[i:][::-1][y:]  # here
            f(60, [1, 2, 3], 5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, list
            BINARY_SLICE_BUILTIN_B v1, v2, None
            o v3 = RESULT 0
            SET_IP @44
            SUBSCR_SLICE_BUILTIN v3, None, None, -1
            o v4 = RESULT 0
            CHECK_VALID
            b v5 = LOCAL 2 y
            GUARD_TYPE v5, int
            o v6 = NEWREF v5
            SET_IP @52
            BINARY_SLICE_BUILTIN v4, v6, None
            o v7 = RESULT 0
            CHECK_VALID
            DROP v7, list
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_a_constant_slice_of_what_is_known(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[y:][5:0:-2]  # here
            f(60, "abcdefgh", 0)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, str
            GUARD_TYPE v2, int
            BINARY_SLICE_BUILTIN_B v1, v2, None
            o v3 = RESULT 0
            SET_IP @44
            SUBSCR_SLICE_BUILTIN v3, 5, 0, -2
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4, str
            JUMP_TO_TOP
            """)

    def test_not_with_other_bounds(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[y:]  # here
            f(60, [1] * 9, True)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            SET_IP @34
            BINARY_SLICE v3, v4, None
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_with_none_in_a_local(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[y:i]  # here
            f(60, [1] * 9)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            o v5 = NEWREF v6
            SET_IP @34
            BINARY_SLICE v3, v4, v5
            o v7 = RESULT 0
            CHECK_VALID
            DROP v7
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_another_type(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[i:5]  # here
            f(60, range(9))
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            o v3 = NEWREF v4
            SET_IP @34
            BINARY_SLICE v2, v3, 5
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_a_subclass(self):
        self.check("""
            class A(list): pass
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[i:5]  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            o v3 = NEWREF v4
            SET_IP @34
            BINARY_SLICE v2, v3, 5
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_a_step_that_is_not_known(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[i:][::y]  # here
            f(60, "abcdefgh", 2)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            BINARY_SLICE_BUILTIN_B v1, v2, None
            o v3 = RESULT 0
            b v4 = LOCAL 2 y
            o v5 = NEWREF v4
            SET_IP @44
            SUBSCR_SLICE v3, None, None, v5
            o v6 = RESULT 0
            CHECK_VALID
            DROP v6, str
            JUMP_TO_TOP
            """)

    def test_not_without_items(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[i:y]  # here
            f(60, [1] * 9, 5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF i
            o v5 = NEWREF v2
            SET_IP @34
            BINARY_SLICE v3, v4, v5
            o v6 = RESULT 0
            CHECK_VALID
            DROP v6
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-items")


if __name__ == "__main__":
    unittest.main()
