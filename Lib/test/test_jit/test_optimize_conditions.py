"""Truth, and branches on it: replace_by_truth(), guard_truth() and
guard_none() of ssa.c.

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
class BoolTest(TraceTests):
    """TO_BOOL_BOOL: guard_type() of a bool."""

    stage = "build"

    def test_result_of_a_comparison(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = i < 5
                    i + i
                    if y: pass  # here
            f(60)
            """, """
            GUARD_IS y, False
            JUMP_TO_TOP
            """)

    def test_result_of_not(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = not x
                    i + i
                    if y: pass  # here
            f(60, 5)
            """, """
            GUARD_IS y, False
            JUMP_TO_TOP
            """)

    def test_type_is_known_after_a_guard(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x: i
                    if x: i  # here
            f(60, True)
            """, """
            JUMP_TO_TOP
            """)

    def test_not_of_what_is_not_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x: i  # here
            f(60, True)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, bool
            GUARD_IS v1, True
            JUMP_TO_TOP
            """)

    def test_not_after_overwriting(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x: i
                    x = z
                    if x: i  # here
            f(60, True, 1, True)
            """, """
            GUARD_TYPE x, bool
            GUARD_IS x, True
            JUMP_TO_TOP
            """)

    def test_becomes_check_valid_while_stale(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = i < 5
                    z = x
                    if y: pass  # here
            f(60, [], True, [])
            """, """
            b v1 = LOCAL 2 y
            CHECK_VALID
            GUARD_IS v1, False
            JUMP_TO_TOP
            """)


@requires_jit
class TruthTest(TraceTests):
    """replace_by_truth(): TO_BOOL_*, and the branch on them, guard_truth()."""

    stage = "build"

    def test_int(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x: i  # here
            f(60, 5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = INT_TRUTH v1
            p v3 = BOOL v2
            GUARD_TRUE v2
            JUMP_TO_TOP
            """)

    def test_int_stored(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = not x  # here
            f(60, 5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = INT_TRUTH v1
            p v3 = BOOL v2
            p v4 = NOT v2
            p v5 = BOOL v4
            b v6 = LOCAL 2 y
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, bool
            o v7 = TAKE_LOCAL v6, 2 y
            p v8 = SET_LOCAL v5, 2 y
            FORGET v7
            JUMP_TO_TOP
            """)

    def test_int_type_known(self):
        # In the first iteration it is 0.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if i: x  # here
            f(60, 5)
            """, """
            p v1 = INT_TRUTH v2
            p v3 = BOOL v1
            GUARD_TRUE v1
            b v4 = LOCAL 1 x
            JUMP_TO_TOP
            """)

    def test_list(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x: i  # here
            f(60, [5])
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, list
            p v2 = SIZE_TRUTH v1
            p v3 = BOOL v2
            GUARD_TRUE v2
            JUMP_TO_TOP
            """)

    def test_empty_list(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x: i  # here
            f(60, [])
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, list
            p v2 = SIZE_TRUTH v1
            p v3 = BOOL v2
            GUARD_FALSE v2
            JUMP_TO_TOP
            """)

    def test_str(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x: i  # here
            f(60, 'a')
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            p v2 = SAME v1, ''
            p v3 = NOT v2
            p v4 = BOOL v3
            GUARD_NOT_SAME v1, ''
            JUMP_TO_TOP
            """)

    def test_empty_str(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x: i  # here
            f(60, '')
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            p v2 = SAME v1, ''
            p v3 = NOT v2
            p v4 = BOOL v3
            GUARD_SAME v1, ''
            JUMP_TO_TOP
            """)

    def test_always_true(self):
        self.check("""
            class A: pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x: i  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            JUMP_TO_TOP
            """)

    def test_not_an_object_that_has_a_length(self):
        self.check("""
            class A:
                def __len__(self): return 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x: i  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @40
            TO_BOOL v2
            p v3 = RESULT 0
            CHECK_VALID
            GUARD_IS v3, True
            JUMP_TO_TOP
            """)

    def test_none(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x: i  # here
            f(60)
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            TO_BOOL_NONE v2
            p v3 = RESULT 0
            GUARD_IS v3, False
            JUMP_TO_TOP
            """)


@requires_jit
class NoneTest(TraceTests):
    """guard_none(): POP_JUMP_IF_NONE and POP_JUMP_IF_NOT_NONE."""

    stage = "build"

    def test_is_none(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x is None: i  # here
            f(60)
            """, """
            b v1 = LOCAL 1 x
            GUARD_IS v1, None
            JUMP_TO_TOP
            """)

    def test_is_not_none(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x is not None: i  # here
            f(60, 5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_IS_NOT v1, None
            JUMP_TO_TOP
            """)

    def test_second_is_gone(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x is None: i
                    if x is None: i  # here
            f(60)
            """, """
            JUMP_TO_TOP
            """)

    def test_not_after_overwriting(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x is None: i
                    x = z
                    if x is None: i  # here
            f(60)
            """, """
            GUARD_IS x, None
            JUMP_TO_TOP
            """)

    def test_second_of_another_type_is_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + x
                    if x is not None: i  # here
            f(60, 5)
            """, """
            JUMP_TO_TOP
            """)

    def test_not_known_only_not_to_be_none(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x is not None: i
                    if x is not None: i  # here
            f(60, 5)
            """, """
            GUARD_IS_NOT x, None
            JUMP_TO_TOP
            """)

    def test_not_while_stale(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x is None: i
                    z = y
                    if x is None: i  # here
            f(60, None, [], [])
            """, """
            b v1 = LOCAL 1 x
            GUARD_IS v1, None
            b v2 = LOCAL 4 i
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_owned(self):
        # The exit does the branch again, which releases what is on top.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x[0] is None: i  # here
            f(60, [None])
            """, """
            b v1 = LOCAL 1 x
            BINARY_SUBSCR_LIST_INT_B v1, 0 -> BINARY_SUBSCR @42 [v2, v1, 0]
            o v3 = RESULT 0
            GUARD_IS v3, None -> POP_JUMP_IF_NONE @46 [v2, v3]
            FORGET v3
            JUMP_TO_TOP [v2]
            """, exits=True, PYTHON_JIT_OPTIMIZE="-ints,-items")

    def test_owned_not_none(self):
        # None needs no release: the exit is where the branch leads.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x[0] is not None: i  # here
            f(60, [5])
            """, """
            b v1 = LOCAL 1 x
            BINARY_SUBSCR_LIST_INT_B v1, 0 -> BINARY_SUBSCR @42 [v2, v1, 0]
            o v3 = RESULT 0
            GUARD_IS_NOT v3, None -> JUMP_BACKWARD @50 [v2]
            DROP v3
            b v4 = LOCAL 4 i
            CHECK_VALID -> JUMP_BACKWARD @58 tier 1 [v2]
            JUMP_TO_TOP [v2]
            """, exits=True, PYTHON_JIT_OPTIMIZE="-ints,-items")


@requires_jit
class EndedTest(TraceTests):
    """GUARD_ENDED: the NULL that ended a loop is a constant afterwards, and not a reference."""

    stage = "build"

    def test_ended(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    for k in x:  # here
                        pass
            f(60, {})
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @40
            GET_ITER v2
            o v3 = RESULT 0
            CHECK_VALID
            SET_IP @42
            FOR_ITER_LAST v3
            o v4 = RESULT 1
            GUARD_NULL v4
            FORGET v4
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_ended(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    for k in x:  # here
                        break
            f(60, {1: 2})
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @40
            GET_ITER v2
            o v3 = RESULT 0
            CHECK_VALID
            SET_IP @42
            FOR_ITER_TIER_TWO v3
            o v4 = RESULT 1
            CHECK_VALID
            b v5 = LOCAL 5 k
            GUARD_NOT_NULL v5
            GUARD_TYPE v5, int
            o v6 = TAKE_LOCAL v5, 5 k
            b v7 = SET_LOCAL v4, 5 k
            DROP v6, int
            """)


if __name__ == "__main__":
    unittest.main()
