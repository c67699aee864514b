"""Items of sequences, and ranges, by primitives: ssa_items.c.

Each rule has a test that it fires, and beside it one that it does not where its condition does not hold. A test
compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class LoadTest(TraceTests):
    """ssa_load_item() and ssa_binary_subscr()."""

    stage = "build"

    def test_list(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[y]  # here
            f(60, [1, 2], 1)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, list
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v2
            GUARD_INDEX v3, v1
            b v4 = LIST_ITEM v3, v1
            JUMP_TO_TOP
            """)

    def test_tuple(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[y]  # here
            f(60, (1, 2), 1)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, tuple
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v2
            GUARD_INDEX v3, v1
            b v4 = TUPLE_ITEM v3, v1
            JUMP_TO_TOP
            """)

    def test_constant_index(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[0]  # here
            f(60, (1, 2), 1)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, tuple
            GUARD_INDEX 0, v1
            b v2 = TUPLE_ITEM 0, v1
            JUMP_TO_TOP
            """)

    def test_from_the_end(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[-1]  # here
            f(60, [1, 2], 1)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, list
            p v2 = SIZE v1
            p v3 = INT_ADD v2, -1
            GUARD_INDEX v3, v1
            b v4 = LIST_ITEM v3, v1
            JUMP_TO_TOP
            """)

    def test_from_the_end_by_a_variable(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[y]  # here
            f(60, [1, 2], -1)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, list
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v2
            GUARD_INT_LE v3, -1
            p v4 = SIZE v1
            p v5 = INT_ADD v4, v3
            GUARD_INDEX v5, v1
            b v6 = LIST_ITEM v5, v1
            JUMP_TO_TOP
            """)

    def test_not_from_the_end_of_others(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[y]  # here
            f(60, range(2), -1)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            SET_IP @32
            BINARY_SUBSCR v3, v4
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_negative_is_known(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[~y], x[~y + 1]  # here
            f(60, [1, 2], 1)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v2
            p v4 = INT_XOR -1, v3
            o v5 = BOX_INT v4
            GUARD_TYPE v1, list
            GUARD_INT_LE v4, -1
            p v6 = SIZE v1
            p v7 = INT_ADD v6, v4
            GUARD_INDEX v7, v1
            b v8 = LIST_ITEM v7, v1
            DROP v5, int
            p v9 = INT_XOR -1, v3
            o v10 = BOX_INT v9
            p v11 = INT_ADD v9, 1
            DROP v10, int
            o v12 = BOX_INT v11
            GUARD_INT_LE v11, -1
            p v13 = SIZE v1
            p v14 = INT_ADD v13, v11
            GUARD_INDEX v14, v1
            b v15 = LIST_ITEM v14, v1
            DROP v12, int
            o v16 = NEWREF v8
            o v17 = NEWREF v15
            BUILD_TUPLE 2 v16, v17
            o v18 = RESULT 0
            DROP v18, tuple
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_checked_once(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[y], x[y]  # here
            f(60, [1, 2], 1)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, list
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v2
            GUARD_INDEX v3, v1
            b v4 = LIST_ITEM v3, v1
            b v5 = LIST_ITEM v3, v1
            o v6 = NEWREF v4
            o v7 = NEWREF v5
            BUILD_TUPLE 2 v6, v7
            o v8 = RESULT 0
            DROP v8, tuple
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_another_index_once(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[0], x[1]  # here
            f(60, [1, 2], 1)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, list
            GUARD_INDEX 0, v1
            b v2 = LIST_ITEM 0, v1
            GUARD_INDEX 1, v1
            b v3 = LIST_ITEM 1, v1
            o v4 = NEWREF v2
            o v5 = NEWREF v3
            BUILD_TUPLE 2 v4, v5
            o v6 = RESULT 0
            DROP v6, tuple
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_once_after_what_may_change_it(self):
        self.check("""
            def f(n, x, g):
                for i in range(n):
                    x[1]; g(x); x[1]  # here
            f(60, [1, 2], repr)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, list
            GUARD_INDEX 1, v1
            b v2 = LIST_ITEM 1, v1
            b v3 = LOCAL 2 g
            o v4 = NEWREF v3
            o v5 = NEWREF v1
            SET_IP @46
            CALL_BUILTIN_O 1 v4, NULL, v5
            o v6 = RESULT 0
            CHECK_VALID
            DROP v6
            b v7 = LOCAL 1 x
            CHECK_VALID
            GUARD_INDEX 1, v7
            b v8 = LIST_ITEM 1, v7
            JUMP_TO_TOP
            """)

    def test_by_what_was_computed(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[i & 1]  # here
            f(60, [1, 2], 1)
            """, """
            b v1 = LOCAL 1 x
            p v2 = INT_AND v3, 1
            o v4 = BOX_INT v2
            GUARD_TYPE v1, list
            GUARD_INDEX v2, v1
            b v5 = LIST_ITEM v2, v1
            DROP v4, int
            JUMP_TO_TOP
            """)

    def test_of_what_is_owned(self):
        # The item gets a reference before the list is released.
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    [x, y][0]  # here
            f(60, [1, 2], 1)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            BUILD_LIST 2 v3, v4
            o v5 = RESULT 0
            GUARD_INDEX 0, v5
            b v6 = LIST_ITEM 0, v5
            o v7 = NEWREF v6
            DROP v5, list
            DROP v7
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_bytes(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[y] + 1  # here
            f(60, b"ab", 1)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, bytes
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v2
            GUARD_INDEX v3, v1
            p v4 = BYTE_AT v3, v1
            o v5 = BOX_INT v4
            p v6 = INT_ADD v4, 1
            DROP v5, int
            o v7 = BOX_INT v6
            DROP v7, int
            JUMP_TO_TOP
            """)

    def test_not_of_a_subclass(self):
        self.check("""
            class L(list):
                pass
            def f(n, x, y):
                for i in range(n):
                    x[y]  # here
            f(60, L([1, 2]), 1)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            SET_IP @32
            BINARY_SUBSCR v3, v4
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_by_a_bool(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[y]  # here
            f(60, [1, 2], True)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            SET_IP @32
            BINARY_SUBSCR v3, v4
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_without_items(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[y]  # here
            f(60, [1, 2], 1)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            BINARY_SUBSCR_LIST_INT_B v1, v2
            o v3 = RESULT 0
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-items")


@requires_jit
class RangeTest(TraceTests):
    """ssa_next_of_range()."""

    stage = "build"

    def test_counted(self):
        self.check("""
            def f(n):
                for i in range(n):  # here
                    pass
            f(60)
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            GUARD_TYPE v1, range_iterator
            GUARD_RANGE_LEFT v1
            p v2 = RANGE_START v1
            GUARD_COMPACT v2
            RANGE_ADVANCE v1
            o v3 = BOX_INT v2
            b v4 = LOCAL 1 i
            GUARD_NOT_NULL v4
            GUARD_TYPE v4, int
            DROP v3, int
            b v5 = RENEW_LOCAL_INT v2, v4, 1 i
            """)

    def test_not_beyond_one_digit(self):
        self.check("""
            def f(n):
                for i in range(1 << 30, (1 << 30) + n):  # here
                    pass
            f(60)
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            GUARD_TYPE v1, range_iterator
            GUARD_RANGE_LEFT v1
            ITER_NEXT_RANGE v1
            o v2 = RESULT 1
            b v3 = LOCAL 1 i
            GUARD_NOT_NULL v3
            GUARD_TYPE v3, int
            o v4 = TAKE_LOCAL v3, 1 i
            b v5 = SET_LOCAL v2, 1 i
            DROP v4, int
            """)

    def test_not_without_items(self):
        self.check("""
            def f(n):
                for i in range(n):  # here
                    pass
            f(60)
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            GUARD_TYPE v1, range_iterator
            GUARD_NOT_EXHAUSTED_RANGE v1
            ITER_NEXT_RANGE v1
            o v2 = RESULT 1
            b v3 = LOCAL 1 i
            GUARD_NOT_NULL v3
            GUARD_TYPE v3, int
            o v4 = TAKE_LOCAL v3, 1 i
            b v5 = SET_LOCAL v2, 1 i
            DROP v4, int
            """, PYTHON_JIT_OPTIMIZE="-items")

if __name__ == "__main__":
    unittest.main()
