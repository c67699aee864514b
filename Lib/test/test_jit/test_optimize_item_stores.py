"""Stores to items of lists by primitives: ssa_items.c.

Each rule has a test that it fires, and beside it one that it does not where its condition does not hold. A test
compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class StoreTest(TraceTests):
    """ssa_store_item()."""

    stage = "build"

    def test_int(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[y] = i  # here
            f(60, [1, 2], 1)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, list
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v2
            GUARD_INDEX v3, v1
            p v4 = LIST_PLACE v3, v1
            b v5 = ITEM_AT v4, +0
            GUARD_TYPE v5, int
            o v6 = NEWREF v7
            o v8 = TAKE v5
            SET_ITEM v4, v6
            DROP v8, int
            JUMP_TO_TOP
            """)

    def test_object(self):
        # What it replaces may have a finalizer.
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[0] = y  # here
            f(60, [[], []], ())
            """, """
            b v1 = LOCAL 2 y
            b v2 = LOCAL 1 x
            GUARD_TYPE v2, list
            GUARD_INDEX 0, v2
            p v3 = LIST_PLACE 0, v2
            b v4 = ITEM_AT v3, +0
            o v5 = NEWREF v1
            o v6 = TAKE v4
            SET_ITEM v3, v5
            DROP v6
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_from_the_end_by_a_variable(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[y] = i  # here
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
            p v6 = LIST_PLACE v5, v1
            b v7 = ITEM_AT v6, +0
            GUARD_TYPE v7, int
            o v8 = NEWREF v9
            o v10 = TAKE v7
            SET_ITEM v6, v8
            DROP v10, int
            JUMP_TO_TOP
            """)

    def test_from_the_end(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[-1] = y  # here
            f(60, [1, 2], 1)
            """, """
            b v1 = LOCAL 2 y
            b v2 = LOCAL 1 x
            GUARD_TYPE v2, list
            p v3 = SIZE v2
            p v4 = INT_ADD v3, -1
            GUARD_INDEX v4, v2
            p v5 = LIST_PLACE v4, v2
            b v6 = ITEM_AT v5, +0
            GUARD_TYPE v6, int
            o v7 = NEWREF v1
            o v8 = TAKE v6
            SET_ITEM v5, v7
            DROP v8, int
            JUMP_TO_TOP
            """)

    def test_float_in_place(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[0] = x[0] * y  # here
            f(60, [1.5, 2.5], 0.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, list
            GUARD_INDEX 0, v1
            b v2 = LIST_ITEM 0, v1
            b v3 = LOCAL 2 y
            GUARD_TYPE v2, float
            GUARD_TYPE v3, float
            p v4 = UNBOX_FLOAT v2
            p v5 = UNBOX_FLOAT v3
            p v6 = FLOAT_MULTIPLY v4, v5
            o v7 = BOX_FLOAT v6
            b v8 = LIST_ITEM 0, v1
            GUARD_TYPE v8, float
            GUARD_UNSHARED v8
            SET_FLOAT v8, v6
            DROP v7, float
            JUMP_TO_TOP
            """)

    def test_not_in_place_of_another_type(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[0] = y * y  # here
                    x[0] = 3
            f(60, [1, 2], 0.5)
            """, """
            b v1 = LOCAL 2 y
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_MULTIPLY v2, v2
            o v4 = BOX_FLOAT v3
            b v5 = LOCAL 1 x
            GUARD_TYPE v5, list
            GUARD_INDEX 0, v5
            p v6 = LIST_PLACE 0, v5
            b v7 = ITEM_AT v6, +0
            GUARD_TYPE v7, int
            o v8 = TAKE v7
            SET_ITEM v6, v4
            DROP v8, int
            """)

    def test_not_in_place_what_is_no_new_float(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[0] = y  # here
            f(60, [1.5, 2.5], 0.5)
            """, """
            b v1 = LOCAL 2 y
            b v2 = LOCAL 1 x
            GUARD_TYPE v2, list
            GUARD_INDEX 0, v2
            p v3 = LIST_PLACE 0, v2
            b v4 = ITEM_AT v3, +0
            GUARD_TYPE v4, float
            o v5 = NEWREF v1
            o v6 = TAKE v4
            SET_ITEM v3, v5
            DROP v6, float
            JUMP_TO_TOP
            """)

    def test_not_in_place_of_what_is_shared(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    k = x[0]
                    x[0] = y * y  # here
            f(60, [1.5, 2.5], 0.5)
            """, """
            b v1 = LOCAL 2 y
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_MULTIPLY v2, v2
            o v4 = BOX_FLOAT v3
            p v5 = LIST_PLACE 0, x
            b v6 = ITEM_AT v5, +0
            GUARD_TYPE v6, float
            o v7 = TAKE v6
            SET_ITEM v5, v4
            DROP v7, float
            JUMP_TO_TOP
            """)

    def test_not_in_place_what_is_kept(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x[0] = x[1] = y * y  # here
            f(60, [1.5, 2.5], 0.5)
            """, """
            b v1 = LOCAL 2 y
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_MULTIPLY v2, v2
            o v4 = BOX_FLOAT v3
            o v5 = NEWREF v4
            b v6 = LOCAL 1 x
            GUARD_TYPE v6, list
            GUARD_INDEX 0, v6
            p v7 = LIST_PLACE 0, v6
            b v8 = ITEM_AT v7, +0
            GUARD_TYPE v8, float
            o v9 = TAKE v8
            SET_ITEM v7, v5
            DROP v9, float
            GUARD_INDEX 1, v6
            p v10 = LIST_PLACE 1, v6
            b v11 = ITEM_AT v10, +0
            GUARD_TYPE v11, float
            o v12 = TAKE v11
            SET_ITEM v10, v4
            DROP v12, float
            JUMP_TO_TOP
            """)

    def test_value_in_a_local_is_still_known(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    y * y
                    x[0] = x[1] * y
                    y * y  # here
            f(60, [1.5, 2.5], 0.5)
            """, """
            p v1 = FLOAT_MULTIPLY v2, v2
            o v3 = BOX_FLOAT v1
            DROP v3, float
            JUMP_TO_TOP
            """)

if __name__ == "__main__":
    unittest.main()
