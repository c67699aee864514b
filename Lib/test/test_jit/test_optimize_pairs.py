"""Pairs of enumerate() that a for loop takes apart at once: pairs.c, for_iter_pair() of translate.c and ssa_next_of_enumerate().

A test compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class TranslateTest(TraceTests):
    """One micro-op for two instructions."""

    stage = "translate"

    def test_list(self):
        self.check("""
            def f(x):
                for i, a in enumerate(x):  # here
                    pass
            f([1] * 60)
            """, """
            ENTER
            CHECK_PERIODIC
            SET_IP @24
            FOR_ITER_PAIR
            STORE_FAST 1 i
            STORE_FAST 2 a
            """)

    def test_not_kept(self):
        self.check("""
            def f(x):
                for a in enumerate(x):  # here
                    pass
            f([1] * 60)
            """, """
            ENTER
            CHECK_PERIODIC
            SET_IP @24
            FOR_ITER_TIER_TWO
            CHECK_VALID
            STORE_FAST 1 a
            """)

    def test_not_of_others(self):
        self.check("""
            def f(x):
                for i, a in enumerate(x):  # here
                    pass
            f({k: 2 for k in range(60)})
            """, """
            ENTER
            CHECK_PERIODIC
            SET_IP @24
            FOR_ITER_TIER_TWO
            CHECK_VALID
            UNPACK_SEQUENCE_TWO_TUPLE
            STORE_FAST 1 i
            STORE_FAST 2 a
            """)

    def test_not_of_subclasses(self):
        self.check("""
            class E(enumerate):
                pass
            def f(x):
                for i, a in E(x):  # here
                    pass
            f([1] * 60)
            """, """
            ENTER
            CHECK_PERIODIC
            SET_IP @24
            FOR_ITER_TIER_TWO
            CHECK_VALID
            UNPACK_SEQUENCE_TWO_TUPLE
            STORE_FAST 1 i
            STORE_FAST 2 a
            """)


@requires_jit
class BuildTest(TraceTests):
    """The index is a number."""

    stage = "build"

    def test_tuple(self):
        self.check("""
            def f(x):
                for i, a in enumerate(x):  # here
                    i + i  # here
            f((1,) * 60)
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            GUARD_TYPE v1, enumerate
            p v2 = LOAD_INT v1, +16
            GUARD_COMPACT v2
            SET_IP @24
            FOR_ITER_ENUMERATE v1
            o v3 = RESULT 1
            o v4 = BOX_INT v2
            b v5 = LOCAL 1 i
            GUARD_NOT_NULL v5
            GUARD_TYPE v5, int
            b v6 = LOCAL 2 a
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, int
            DROP v4, int
            b v7 = RENEW_LOCAL_INT v2, v5, 1 i
            o v8 = TAKE_LOCAL v6, 2 a
            b v9 = SET_LOCAL v3, 2 a
            DROP v8, int
            p v10 = INT_ADD v2, v2
            o v11 = BOX_INT v10
            DROP v11, int
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_many_digits(self):
        self.check("""
            def f(x):
                for i, a in enumerate(x, 2 ** 40):  # here
                    pass
            f([1] * 60)
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            SET_IP @26
            FOR_ITER_PAIR v1
            o v2 = RESULT 1
            o v3 = RESULT 2
            b v4 = LOCAL 1 i
            GUARD_NOT_NULL v4
            GUARD_TYPE v4, int
            b v5 = LOCAL 2 a
            GUARD_NOT_NULL v5
            GUARD_TYPE v5, int
            o v6 = TAKE_LOCAL v4, 1 i
            b v7 = SET_LOCAL v3, 1 i
            DROP v6, int
            o v8 = TAKE_LOCAL v5, 2 a
            b v9 = SET_LOCAL v2, 2 a
            DROP v8, int
            """)


if __name__ == "__main__":
    unittest.main()
