"""UNPACK_SEQUENCE of up to four items, as loads (ssa_unpack() in ssa_items.c)."""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class LoadsTest(TraceTests):
    """In place of each item."""

    stage = "build"
    left_out = "-loops"

    def test_two_of_a_tuple(self):
        # The tuple is the local's, and the items are borrowed until something might take them away.
        self.check("""
            def f(n, x):
                for i in range(n):
                    i + i
                    a, b = x  # here
            f(60, (1, 2))
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, tuple
            p v2 = SIZE v1
            GUARD_INT_EQ v2, 2
            b v3 = LOAD v1, +24
            b v4 = LOAD v1, +32
            b v5 = LOCAL 3 a
            GUARD_NOT_NULL v5
            GUARD_TYPE v5, int
            b v6 = LOCAL 4 b
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, int
            o v7 = NEWREF v3
            o v8 = TAKE_LOCAL v5, 3 a
            b v9 = SET_LOCAL v7, 3 a
            DROP v8, int
            o v10 = NEWREF v4
            o v11 = TAKE_LOCAL v6, 4 b
            b v12 = SET_LOCAL v10, 4 b
            DROP v11, int
            JUMP_TO_TOP
            """)

    def test_three_of_a_tuple(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    i + i
                    a, b, c = x  # here
            f(60, (1, 2, 3))
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, tuple
            p v2 = SIZE v1
            GUARD_INT_EQ v2, 3
            b v3 = LOAD v1, +24
            b v4 = LOAD v1, +32
            b v5 = LOAD v1, +40
            b v6 = LOCAL 3 a
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, int
            b v7 = LOCAL 4 b
            GUARD_NOT_NULL v7
            GUARD_TYPE v7, int
            o v8 = NEWREF v3
            o v9 = TAKE_LOCAL v6, 3 a
            b v10 = SET_LOCAL v8, 3 a
            DROP v9, int
            o v11 = NEWREF v4
            o v12 = TAKE_LOCAL v7, 4 b
            b v13 = SET_LOCAL v11, 4 b
            DROP v12, int
            b v14 = LOCAL 5 c
            GUARD_NOT_NULL v14
            GUARD_TYPE v14, int
            o v15 = NEWREF v5
            o v16 = TAKE_LOCAL v14, 5 c
            b v17 = SET_LOCAL v15, 5 c
            DROP v16, int
            JUMP_TO_TOP
            """)

    def test_four_of_a_tuple(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    i + i
                    a, b, c, d = x  # here
            f(60, (1, 2, 3, 4))
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, tuple
            p v2 = SIZE v1
            GUARD_INT_EQ v2, 4
            b v3 = LOAD v1, +24
            b v4 = LOAD v1, +32
            b v5 = LOAD v1, +40
            b v6 = LOAD v1, +48
            b v7 = LOCAL 3 a
            GUARD_NOT_NULL v7
            GUARD_TYPE v7, int
            b v8 = LOCAL 4 b
            GUARD_NOT_NULL v8
            GUARD_TYPE v8, int
            o v9 = NEWREF v3
            o v10 = TAKE_LOCAL v7, 3 a
            b v11 = SET_LOCAL v9, 3 a
            DROP v10, int
            o v12 = NEWREF v4
            o v13 = TAKE_LOCAL v8, 4 b
            b v14 = SET_LOCAL v12, 4 b
            DROP v13, int
            b v15 = LOCAL 5 c
            GUARD_NOT_NULL v15
            GUARD_TYPE v15, int
            b v16 = LOCAL 6 d
            GUARD_NOT_NULL v16
            GUARD_TYPE v16, int
            o v17 = NEWREF v5
            o v18 = TAKE_LOCAL v15, 5 c
            b v19 = SET_LOCAL v17, 5 c
            DROP v18, int
            o v20 = NEWREF v6
            o v21 = TAKE_LOCAL v16, 6 d
            b v22 = SET_LOCAL v20, 6 d
            DROP v21, int
            JUMP_TO_TOP
            """)

    def test_two_of_a_list(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    i + i
                    a, b = x  # here
            f(60, [1, 2])
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, list
            p v2 = SIZE v1
            GUARD_INT_EQ v2, 2
            p v3 = LIST_PLACE 0, v1
            b v4 = ITEM_AT v3, +0
            b v5 = ITEM_AT v3, +8
            b v6 = LOCAL 3 a
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, int
            b v7 = LOCAL 4 b
            GUARD_NOT_NULL v7
            GUARD_TYPE v7, int
            o v8 = NEWREF v4
            o v9 = TAKE_LOCAL v6, 3 a
            b v10 = SET_LOCAL v8, 3 a
            DROP v9, int
            o v11 = NEWREF v5
            o v12 = TAKE_LOCAL v7, 4 b
            b v13 = SET_LOCAL v11, 4 b
            DROP v12, int
            JUMP_TO_TOP
            """)

    def test_four_of_a_list(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    i + i
                    a, b, c, d = x  # here
            f(60, [1, 2, 3, 4])
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, list
            p v2 = SIZE v1
            GUARD_INT_EQ v2, 4
            p v3 = LIST_PLACE 0, v1
            b v4 = ITEM_AT v3, +0
            b v5 = ITEM_AT v3, +8
            b v6 = ITEM_AT v3, +16
            b v7 = ITEM_AT v3, +24
            b v8 = LOCAL 3 a
            GUARD_NOT_NULL v8
            GUARD_TYPE v8, int
            b v9 = LOCAL 4 b
            GUARD_NOT_NULL v9
            GUARD_TYPE v9, int
            o v10 = NEWREF v4
            o v11 = TAKE_LOCAL v8, 3 a
            b v12 = SET_LOCAL v10, 3 a
            DROP v11, int
            o v13 = NEWREF v5
            o v14 = TAKE_LOCAL v9, 4 b
            b v15 = SET_LOCAL v13, 4 b
            DROP v14, int
            b v16 = LOCAL 5 c
            GUARD_NOT_NULL v16
            GUARD_TYPE v16, int
            b v17 = LOCAL 6 d
            GUARD_NOT_NULL v17
            GUARD_TYPE v17, int
            o v18 = NEWREF v6
            o v19 = TAKE_LOCAL v16, 5 c
            b v20 = SET_LOCAL v18, 5 c
            DROP v19, int
            o v21 = NEWREF v7
            o v22 = TAKE_LOCAL v17, 6 d
            b v23 = SET_LOCAL v21, 6 d
            DROP v22, int
            JUMP_TO_TOP
            """)

    def test_not_five(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    i + i
                    _, (a, b, x[0], c, d) = x  # here
            f(60, [1, (2, 3, 1, 4, 5)])
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, list
            p v2 = SIZE v1
            GUARD_INT_EQ v2, 2
            p v3 = LIST_PLACE 0, v1
            b v4 = ITEM_AT v3, +0
            b v5 = ITEM_AT v3, +8
            b v6 = LOCAL 3 _
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, int
            o v7 = NEWREF v4
            o v8 = TAKE_LOCAL v6, 3 _
            b v9 = SET_LOCAL v7, 3 _
            DROP v8, int
            o v10 = NEWREF v5
            UNPACK_SEQUENCE_TUPLE 5 v10
            o v11 = RESULT 0
            o v12 = RESULT 1
            o v13 = RESULT 2
            o v14 = RESULT 3
            o v15 = RESULT 4
            b v16 = LOCAL 4 a
            GUARD_NOT_NULL v16
            GUARD_TYPE v16, int
            b v17 = LOCAL 5 b
            GUARD_NOT_NULL v17
            GUARD_TYPE v17, int
            o v18 = TAKE_LOCAL v16, 4 a
            b v19 = SET_LOCAL v15, 4 a
            DROP v18, int
            o v20 = TAKE_LOCAL v17, 5 b
            b v21 = SET_LOCAL v14, 5 b
            DROP v20, int
            b v22 = LOCAL 1 x
            CHECK_VALID
            GUARD_INDEX 0, v22
            p v23 = LIST_PLACE 0, v22
            b v24 = ITEM_AT v23, +0
            GUARD_TYPE v24, int
            o v25 = TAKE v24
            SET_ITEM v23, v13
            DROP v25, int
            b v26 = LOCAL 6 c
            GUARD_NOT_NULL v26
            GUARD_TYPE v26, int
            b v27 = LOCAL 7 d
            GUARD_NOT_NULL v27
            GUARD_TYPE v27, int
            o v28 = TAKE_LOCAL v26, 6 c
            b v29 = SET_LOCAL v12, 6 c
            DROP v28, int
            o v30 = TAKE_LOCAL v27, 7 d
            b v31 = SET_LOCAL v11, 7 d
            DROP v30, int
            JUMP_TO_TOP
            """)

    def test_owned_tuple(self):
        # Nothing else is known to hold it: the items get references before it goes.
        self.check("""
            def f(n, x):
                for i in range(n):
                    i + i
                    a, b = x[0](x[1:])  # here
            f(60, [tuple, 1, 2])
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, list
            GUARD_INDEX 0, v1
            b v2 = LIST_ITEM 0, v1
            BINARY_SLICE_BUILTIN_B v1, 1, None
            o v3 = RESULT 0
            o v4 = NEWREF v2
            SET_IP @56
            CALL_TUPLE_1 v4, NULL, v3
            o v5 = RESULT 0
            CHECK_VALID
            GUARD_TYPE v5, tuple
            p v6 = SIZE v5
            GUARD_INT_EQ v6, 2
            b v7 = LOAD v5, +24
            b v8 = LOAD v5, +32
            o v9 = NEWREF v8
            o v10 = NEWREF v7
            DROP v5, tuple
            b v11 = LOCAL 3 a
            GUARD_NOT_NULL v11
            GUARD_TYPE v11, int
            b v12 = LOCAL 4 b
            GUARD_NOT_NULL v12
            GUARD_TYPE v12, int
            o v13 = TAKE_LOCAL v11, 3 a
            b v14 = SET_LOCAL v10, 3 a
            DROP v13, int
            o v15 = TAKE_LOCAL v12, 4 b
            b v16 = SET_LOCAL v9, 4 b
            DROP v15, int
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_tuple_that_a_list_holds(self):
        # It goes at once, and is not freed.
        self.check("""
            def f(n, x):
                for a, b in x:  # here
                    pass
            f(60, [(1, 2)] * 60)
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            GUARD_TYPE v1, list_iterator
            GUARD_NOT_EXHAUSTED_LIST v1
            ITER_NEXT_LIST v1
            o v2 = RESULT 1
            GUARD_TYPE v2, tuple
            p v3 = SIZE v2
            GUARD_INT_EQ v3, 2
            b v4 = LOAD v2, +24
            b v5 = LOAD v2, +32
            DROP_SHARED v2
            b v6 = LOCAL 2 a
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, int
            b v7 = LOCAL 3 b
            GUARD_NOT_NULL v7
            GUARD_TYPE v7, int
            o v8 = NEWREF v4
            o v9 = TAKE_LOCAL v6, 2 a
            b v10 = SET_LOCAL v8, 2 a
            DROP v9, int
            o v11 = NEWREF v5
            o v12 = TAKE_LOCAL v7, 3 b
            b v13 = SET_LOCAL v11, 3 b
            DROP v12, int
            """)

    def test_list_that_a_tuple_holds(self):
        self.check("""
            def f(n, x):
                for a, b, c in x:  # here
                    pass
            f(60, ([1, 2, 3],) * 60)
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            GUARD_TYPE v1, tuple_iterator
            GUARD_NOT_EXHAUSTED_TUPLE v1
            ITER_NEXT_TUPLE v1
            o v2 = RESULT 1
            GUARD_TYPE v2, list
            p v3 = SIZE v2
            GUARD_INT_EQ v3, 3
            p v4 = LIST_PLACE 0, v2
            b v5 = ITEM_AT v4, +0
            b v6 = ITEM_AT v4, +8
            b v7 = ITEM_AT v4, +16
            DROP_SHARED v2
            b v8 = LOCAL 2 a
            GUARD_NOT_NULL v8
            GUARD_TYPE v8, int
            b v9 = LOCAL 3 b
            GUARD_NOT_NULL v9
            GUARD_TYPE v9, int
            o v10 = NEWREF v5
            o v11 = TAKE_LOCAL v8, 2 a
            b v12 = SET_LOCAL v10, 2 a
            DROP v11, int
            o v13 = NEWREF v6
            o v14 = TAKE_LOCAL v9, 3 b
            b v15 = SET_LOCAL v13, 3 b
            DROP v14, int
            b v16 = LOCAL 4 c
            GUARD_NOT_NULL v16
            GUARD_TYPE v16, int
            o v17 = NEWREF v7
            o v18 = TAKE_LOCAL v16, 4 c
            b v19 = SET_LOCAL v17, 4 c
            DROP v18, int
            """)

    def test_nested(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    i + i
                    a, (b, c) = x  # here
            f(60, (1, (2, 3)))
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, tuple
            p v2 = SIZE v1
            GUARD_INT_EQ v2, 2
            b v3 = LOAD v1, +24
            b v4 = LOAD v1, +32
            b v5 = LOCAL 3 a
            GUARD_NOT_NULL v5
            GUARD_TYPE v5, int
            o v6 = NEWREF v3
            o v7 = TAKE_LOCAL v5, 3 a
            b v8 = SET_LOCAL v6, 3 a
            DROP v7, int
            GUARD_TYPE v4, tuple
            p v9 = SIZE v4
            GUARD_INT_EQ v9, 2
            b v10 = LOAD v4, +24
            b v11 = LOAD v4, +32
            b v12 = LOCAL 4 b
            GUARD_NOT_NULL v12
            GUARD_TYPE v12, int
            b v13 = LOCAL 5 c
            GUARD_NOT_NULL v13
            GUARD_TYPE v13, int
            o v14 = NEWREF v10
            o v15 = TAKE_LOCAL v12, 4 b
            b v16 = SET_LOCAL v14, 4 b
            DROP v15, int
            o v17 = NEWREF v11
            o v18 = TAKE_LOCAL v13, 5 c
            b v19 = SET_LOCAL v17, 5 c
            DROP v18, int
            JUMP_TO_TOP
            """)

    def test_to_its_own_variable(self):
        self.check("""
            def f(n, x):
                y = x
                for i in range(n):
                    i + i
                    x = y
                    a, x = x  # here
            f(60, (1, 2))
            """, """
            GUARD_TYPE x, tuple
            p v1 = SIZE x
            GUARD_INT_EQ v1, 2
            b v2 = LOAD x, +24
            b v3 = LOAD x, +32
            b v4 = LOCAL 4 a
            GUARD_NOT_NULL v4
            GUARD_TYPE v4, int
            o v5 = NEWREF v2
            o v6 = TAKE_LOCAL v4, 4 a
            b v7 = SET_LOCAL v5, 4 a
            DROP v6, int
            o v8 = NEWREF v3
            o v9 = TAKE_LOCAL x, 1 x
            b v10 = SET_LOCAL v8, 1 x
            DROP_SHARED v9
            JUMP_TO_TOP
            """)

    def test_not_of_a_string(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    i + i
                    a, b = x  # here
            f(60, "ab")
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @40
            UNPACK_SEQUENCE 2 v2
            o v3 = RESULT 0
            o v4 = RESULT 1
            CHECK_VALID
            b v5 = LOCAL 3 a
            GUARD_NOT_NULL v5
            GUARD_TYPE v5, str
            b v6 = LOCAL 4 b
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, str
            o v7 = TAKE_LOCAL v5, 3 a
            b v8 = SET_LOCAL v4, 3 a
            DROP v7, str
            o v9 = TAKE_LOCAL v6, 4 b
            b v10 = SET_LOCAL v3, 4 b
            DROP v9, str
            JUMP_TO_TOP
            """)

    def test_not_of_a_subclass(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    i + i
                    a, b = x  # here
            f(60, type("T", (tuple,), {})("ab"))
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @40
            UNPACK_SEQUENCE 2 v2
            o v3 = RESULT 0
            o v4 = RESULT 1
            CHECK_VALID
            b v5 = LOCAL 3 a
            GUARD_NOT_NULL v5
            GUARD_TYPE v5, str
            b v6 = LOCAL 4 b
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, str
            o v7 = TAKE_LOCAL v5, 3 a
            b v8 = SET_LOCAL v4, 3 a
            DROP v7, str
            o v9 = TAKE_LOCAL v6, 4 b
            b v10 = SET_LOCAL v3, 4 b
            DROP v9, str
            JUMP_TO_TOP
            """)

    def test_not_without(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    i + i
                    a, b, c = x  # here
            f(60, (1, 2, 3))
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            UNPACK_SEQUENCE_TUPLE 3 v2
            o v3 = RESULT 0
            o v4 = RESULT 1
            o v5 = RESULT 2
            b v6 = LOCAL 3 a
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, int
            b v7 = LOCAL 4 b
            GUARD_NOT_NULL v7
            GUARD_TYPE v7, int
            o v8 = TAKE_LOCAL v6, 3 a
            b v9 = SET_LOCAL v5, 3 a
            DROP v8, int
            o v10 = TAKE_LOCAL v7, 4 b
            b v11 = SET_LOCAL v4, 4 b
            DROP v10, int
            b v12 = LOCAL 5 c
            GUARD_NOT_NULL v12
            GUARD_TYPE v12, int
            o v13 = TAKE_LOCAL v12, 5 c
            b v14 = SET_LOCAL v3, 5 c
            DROP v13, int
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-unpacking")


if __name__ == "__main__":
    unittest.main()
