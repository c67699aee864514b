"""What is overwritten but not freed, because something else refers to it: ssa_guard_shared() of ssa.c, and ssa_is_held().

Each rule has a test that it fires, and beside it one that it does not where its condition does not hold. A test
compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


class SharedTests(TraceTests):
    """Base of the tests here."""

    stage = "build"
    left_out = "-loops"


@requires_jit
class GuardTest(SharedTests):
    """What the recording saw shared is guarded to be, and nothing is forgotten when it is given up."""

    def test_local(self):
        self.check("""
            def f(n, x):
                y = x
                for i in range(n):
                    y = x  # here
                    i + i  # here
            f(60, [])
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_NOT_NULL v2
            GUARD_SHARED v2
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 2 y
            b v5 = SET_LOCAL v3, 2 y
            DROP_SHARED v4
            p v6 = INT_ADD v7, v7
            o v8 = BOX_INT v6
            DROP v8, int
            JUMP_TO_TOP
            """)

    def test_local_that_may_be_unset(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    y = x  # here
            f(60, [])
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 3 y
            GUARD_NOT_NULL v2
            GUARD_SHARED v2
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 3 y
            b v5 = SET_LOCAL v3, 3 y
            DROP_SHARED v4
            JUMP_TO_TOP
            """)

    def test_field(self):
        self.check("""
            class A:
                __slots__ = ("v",)
            def f(n, x, y):
                for i in range(n):
                    i + i
                    x.v = y  # here
                    i + i  # here
            a = A()
            a.v = y = []
            f(60, a, y)
            """, """
            b v1 = LOCAL 2 y
            b v2 = LOCAL 1 x
            GUARD_VERSION v2, #
            b v3 = LOAD v2, +16
            GUARD_NOT_NULL v3
            GUARD_SHARED v3
            o v4 = NEWREF v1
            o v5 = TAKE v3
            STORE v2, v4, +16
            b v6 = LOAD v2, +16
            DROP_SHARED v5
            p v7 = INT_ADD v8, v8
            o v9 = BOX_INT v7
            DROP v9, int
            JUMP_TO_TOP
            """)

    def test_item(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    i + i
                    x[0] = y  # here
                    i + i  # here
            y = []
            f(60, [y], y)
            """, """
            b v1 = LOCAL 2 y
            b v2 = LOCAL 1 x
            GUARD_TYPE v2, list
            GUARD_INDEX 0, v2
            p v3 = LIST_PLACE 0, v2
            b v4 = ITEM_AT v3, +0
            GUARD_SHARED v4
            o v5 = NEWREF v1
            o v6 = TAKE v4
            SET_ITEM v3, v5
            DROP_SHARED v6
            p v7 = INT_ADD v8, v8
            o v9 = BOX_INT v7
            DROP v9, int
            JUMP_TO_TOP
            """)

    def test_not_what_had_one_reference(self):
        self.check("""
            def f(n):
                y = []
                for i in range(n):
                    i + i
                    y = [i]  # here
            f(60)
            """, """
            o v1 = NEWREF v2
            BUILD_LIST 1 v1
            o v3 = RESULT 0
            b v4 = LOCAL 1 y
            o v5 = TAKE_LOCAL v4, 1 y
            b v6 = SET_LOCAL v3, 1 y
            DROP_NULLABLE v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_in_a_field_what_had_one_reference(self):
        self.check("""
            class A:
                __slots__ = ("v",)
            def f(n, x):
                for i in range(n):
                    i + i
                    x.v = [i]  # here
            a = A()
            a.v = []
            f(60, a)
            """, """
            o v1 = NEWREF v2
            BUILD_LIST 1 v1
            o v3 = RESULT 0
            b v4 = LOCAL 1 x
            GUARD_VERSION v4, #
            STORE_ATTR_SLOT_B v v3, v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_in_a_list_what_had_one_reference(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    i + i
                    x[0] = [i]  # here
            f(60, [[]])
            """, """
            o v1 = NEWREF v2
            BUILD_LIST 1 v1
            o v3 = RESULT 0
            b v4 = LOCAL 1 x
            GUARD_TYPE v4, list
            GUARD_INDEX 0, v4
            p v5 = LIST_PLACE 0, v4
            b v6 = ITEM_AT v5, +0
            o v7 = TAKE v6
            SET_ITEM v5, v3
            DROP v7
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_a_quiet_type(self):
        # Its release runs no finalizer, whether it is the last reference or not.
        self.check("""
            def f(n, x):
                y = x
                for i in range(n):
                    i + i
                    y = x  # here
            f(60, 1.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, float
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 2 y
            b v5 = SET_LOCAL v3, 2 y
            DROP v4, float
            JUMP_TO_TOP
            """)

    def test_not_where_everything_escapes(self):
        self.check("""
            def f(n, x):
                y = x
                for i in range(n):
                    y = x  # here
            f(60, [])
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 2 y
            b v5 = SET_LOCAL v3, 2 y
            DROP_NULLABLE v4
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_STRESS="escapes")

    def test_not_without(self):
        self.check("""
            def f(n, x):
                y = x
                for i in range(n):
                    y = x  # here
            f(60, [])
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 2 y
            b v5 = SET_LOCAL v3, 2 y
            DROP_NULLABLE v4
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-shared")


@requires_jit
class PairTest(SharedTests):
    """Two stores that are one instruction, which cannot leave between them: look_ahead() of ssa_locals.c."""

    def test_second_of_two_types(self):
        # The first one's type is guarded, so nothing that its release does is in the way.
        self.check("""
            def f(n, x, y):
                a = y
                b = x
                for i in range(n):
                    i + i
                    a, b = (x, y)[0], y  # here
                    a = y
                    b = x
            f(60, 1.5, [])
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            BUILD_TUPLE 2 v3, v4
            o v5 = RESULT 0
            GUARD_INDEX 0, v5
            b v6 = TUPLE_ITEM 0, v5
            o v7 = NEWREF v6
            DROP v5, tuple
            b v8 = LOCAL 2 y
            b v9 = LOCAL 4 b
            GUARD_NOT_NULL v9
            GUARD_TYPE v9, float
            b v10 = LOCAL 3 a
            GUARD_NOT_NULL v10
            GUARD_SHARED v10
            GUARD_NOT_SAME v9, v10
            o v11 = NEWREF v8
            o v12 = TAKE_LOCAL v9, 4 b
            b v13 = SET_LOCAL v11, 4 b
            DROP v12, float
            o v14 = TAKE_LOCAL v10, 3 a
            b v15 = SET_LOCAL v7, 3 a
            DROP_SHARED v14
            """)

    def test_not_both(self):
        # The first release might be of the same object, of which no reference would be left.
        self.check("""
            def f(n, p):
                a = b = p[0]
                for i in range(n):
                    i + i
                    a, b = p  # here
            f(60, ([], []))
            """, """
            b v1 = LOCAL 1 p
            GUARD_TYPE v1, tuple
            p v2 = SIZE v1
            GUARD_INT_EQ v2, 2
            b v3 = LOAD v1, +24
            b v4 = LOAD v1, +32
            b v5 = LOCAL 2 a
            GUARD_NOT_NULL v5
            GUARD_SHARED v5
            o v6 = NEWREF v3
            o v7 = TAKE_LOCAL v5, 2 a
            b v8 = SET_LOCAL v6, 2 a
            DROP_SHARED v7
            b v9 = LOCAL 3 b
            o v10 = NEWREF v4
            o v11 = TAKE_LOCAL v9, 3 b
            b v12 = SET_LOCAL v10, 3 b
            DROP_NULLABLE v11
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_what_the_first_may_release(self):
        # Of its type it is known that its release may run anything.
        self.check("""
            def f(n, p):
                for i in range(n):
                    y = [i]
                    x = (1, y)
                    x, y = p  # here
            f(60, (1.5, 2.5))
            """, """
            b v1 = LOCAL 1 p
            GUARD_TYPE v1, tuple
            p v2 = SIZE v1
            GUARD_INT_EQ v2, 2
            b v3 = LOAD v1, +24
            b v4 = LOAD v1, +32
            o v5 = NEWREF v3
            o v6 = TAKE_LOCAL x, 4 x
            b v7 = SET_LOCAL v5, 4 x
            o v8 = NEWREF v4
            DROP v6, tuple
            b v9 = LOCAL 3 y
            o v10 = TAKE_LOCAL v9, 3 y
            b v11 = SET_LOCAL v8, 3 y
            DROP v10
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_both_types(self):
        self.check("""
            def f(n, p):
                a, b = p
                for i in range(n):
                    i + i
                    a, b = p  # here
            f(60, (1.5, 1 << 70))
            """, """
            b v1 = LOCAL 1 p
            GUARD_TYPE v1, tuple
            p v2 = SIZE v1
            GUARD_INT_EQ v2, 2
            b v3 = LOAD v1, +24
            b v4 = LOAD v1, +32
            b v5 = LOCAL 2 a
            GUARD_NOT_NULL v5
            GUARD_TYPE v5, float
            b v6 = LOCAL 3 b
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, int
            o v7 = NEWREF v3
            o v8 = TAKE_LOCAL v5, 2 a
            b v9 = SET_LOCAL v7, 2 a
            DROP v8, float
            o v10 = NEWREF v4
            o v11 = TAKE_LOCAL v6, 3 b
            b v12 = SET_LOCAL v10, 3 b
            DROP v11, int
            JUMP_TO_TOP
            """)


@requires_jit
class ElsewhereTest(SharedTests):
    """What is on the stack or in another local too: is_elsewhere() of ssa_locals.c."""

    def test_swapped(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    i + i
                    x, y = y, x  # here
            f(60, [], [])
            """, """
            b v1 = LOCAL 2 y
            b v2 = LOCAL 1 x
            o v3 = NEWREF v2
            o v4 = NEWREF v1
            o v5 = TAKE_LOCAL v1, 2 y
            b v6 = SET_LOCAL v3, 2 y
            DROP_SHARED v5
            o v7 = TAKE_LOCAL v2, 1 x
            b v8 = SET_LOCAL v4, 1 x
            DROP_SHARED v7
            JUMP_TO_TOP
            """)

    def test_itself(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    i + i
                    x = x  # here
            f(60, [], [])
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            o v3 = TAKE_LOCAL v1, 1 x
            b v4 = SET_LOCAL v2, 1 x
            DROP_SHARED v3
            JUMP_TO_TOP
            """)

    def test_in_another_local(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    i + i
                    y = x
                    x = y  # here
            f(60, [], [])
            """, """
            o v1 = NEWREF y
            o v2 = TAKE_LOCAL x, 1 x
            b v3 = SET_LOCAL v1, 1 x
            DROP_SHARED v2
            JUMP_TO_TOP
            """)

    def test_not_after_a_call(self):
        # It may have written to the other local.
        self.check("""
            def f(n, x, y):
                z = x
                for i in range(n):
                    y = x
                    z.count(1)
                    y = z  # here
            f(60, [], [])
            """, """
            b v1 = LOCAL 3 z
            b v2 = LOCAL 2 y
            GUARD_SHARED v2
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 2 y
            b v5 = SET_LOCAL v3, 2 y
            DROP_SHARED v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_without(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    i + i
                    x = x  # here
            f(60, [], [])
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            o v3 = TAKE_LOCAL v1, 1 x
            b v4 = SET_LOCAL v2, 1 x
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-shared")


@requires_jit
class HeldTest(SharedTests):
    """What a list or a tuple has just given is in it still."""

    def test_list(self):
        self.check("""
            def f(n, x):
                for y in x:  # here
                    y = None  # here
            f(60, [[]] * 60)
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            GUARD_TYPE v1, list_iterator
            GUARD_NOT_EXHAUSTED_LIST v1
            ITER_NEXT_LIST v1
            o v2 = RESULT 1
            b v3 = LOCAL 2 y
            GUARD_NOT_NULL v3
            GUARD_TYPE v3, NoneType
            o v4 = TAKE_LOCAL v3, 2 y
            b v5 = SET_LOCAL v2, 2 y
            FORGET v4
            o v6 = TAKE_LOCAL v5, 2 y
            p v7 = SET_LOCAL None, 2 y
            DROP_SHARED v6
            JUMP_TO_TOP
            """)

    def test_tuple(self):
        self.check("""
            def f(n, x):
                for y in x:  # here
                    y = None  # here
            f(60, ([],) * 60)
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            GUARD_TYPE v1, tuple_iterator
            GUARD_NOT_EXHAUSTED_TUPLE v1
            ITER_NEXT_TUPLE v1
            o v2 = RESULT 1
            b v3 = LOCAL 2 y
            GUARD_NOT_NULL v3
            GUARD_TYPE v3, NoneType
            o v4 = TAKE_LOCAL v3, 2 y
            b v5 = SET_LOCAL v2, 2 y
            FORGET v4
            o v6 = TAKE_LOCAL v5, 2 y
            p v7 = SET_LOCAL None, 2 y
            DROP_SHARED v6
            JUMP_TO_TOP
            """)

    def test_not_after_a_call(self):
        self.check("""
            def f(n, x):
                for y in x:
                    x.count(None)
                    y = None  # here
            f(60, [[]] * 60)
            """, """
            b v1 = LOCAL 2 y
            GUARD_SHARED v1
            o v2 = TAKE_LOCAL v1, 2 y
            p v3 = SET_LOCAL None, 2 y
            DROP_SHARED v2
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_after_an_item_was_stored(self):
        # It may have been this one.
        self.check("""
            def f(n, x, z):
                i = 0
                for y in x:
                    i += 1
                    z[0] = 1  # here
                    y = None  # here
            f(60, [[] for k in range(60)], [5])
            """, """
            b v1 = LOCAL 2 z
            GUARD_TYPE v1, list
            GUARD_INDEX 0, v1
            p v2 = LIST_PLACE 0, v1
            b v3 = ITEM_AT v2, +0
            GUARD_TYPE v3, int
            o v4 = TAKE v3
            SET_ITEM v2, 1
            DROP v4, int
            GUARD_SHARED y
            o v5 = TAKE_LOCAL y, 4 y
            p v6 = SET_LOCAL None, 4 y
            DROP_SHARED v5
            JUMP_TO_TOP
            """)

    def test_not_of_a_dict(self):
        self.check("""
            def f(n, x):
                for y in x:
                    y = None  # here
            f(60, {(k,): 1 for k in range(60)})
            """, """
            GUARD_SHARED y
            o v1 = TAKE_LOCAL y, 2 y
            p v2 = SET_LOCAL None, 2 y
            DROP_SHARED v1
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
