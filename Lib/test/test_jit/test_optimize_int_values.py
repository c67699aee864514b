"""What is known of the values of ints, and where they are stored: ssa_ints.c, ssa_numbers.c.

Each rule has a test that it fires, and beside it one that it does not where its condition does not hold. A test
compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class IntervalTest(TraceTests):
    """Intervals: which results need no check."""

    stage = "build"

    def test_no_check_of_sums_of_products(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x * y + x * y  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v1
            p v4 = UNBOX_INT v2
            p v5 = INT_MULTIPLY v3, v4
            o v6 = BOX_INT v5
            p v7 = INT_MULTIPLY v3, v4
            o v8 = BOX_INT v7
            p v9 = INT_ADD v5, v7
            DROP v8, int
            DROP v6, int
            o v10 = BOX_INT v9
            DROP v10, int
            JUMP_TO_TOP
            """)

    def test_check_where_64_bits_may_be_exceeded(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x * y * x  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v1
            p v4 = UNBOX_INT v2
            p v5 = INT_MULTIPLY v3, v4
            o v6 = BOX_INT v5
            p v7 = INT_MULTIPLY_CHECKED v5, v3
            DROP v6, int
            o v8 = BOX_INT v7
            DROP v8, int
            JUMP_TO_TOP
            """)

    def test_not_after_a_mask(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    (x * y & 0xffff) * (x * y & 0xffff) * x  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v1
            p v4 = UNBOX_INT v2
            p v5 = INT_MULTIPLY v3, v4
            o v6 = BOX_INT v5
            p v7 = INT_AND v5, 65535
            DROP v6, int
            o v8 = BOX_INT v7
            p v9 = INT_MULTIPLY v3, v4
            o v10 = BOX_INT v9
            p v11 = INT_AND v9, 65535
            DROP v10, int
            o v12 = BOX_INT v11
            p v13 = INT_MULTIPLY v7, v11
            DROP v12, int
            DROP v8, int
            o v14 = BOX_INT v13
            p v15 = INT_MULTIPLY v13, v3
            DROP v14, int
            o v16 = BOX_INT v15
            DROP v16, int
            JUMP_TO_TOP
            """)

    def test_constants_are_folded(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x & 0 | 6 & 5  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            o v3 = BOX_INT 0
            DROP v3, int
            o v4 = BOX_INT 4
            DROP v4, int
            JUMP_TO_TOP
            """)

    def test_remainders_are_small(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    (x % 1000) * (y % 1000) * (x % 1000)  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_MODULO v2, 1000
            o v4 = BOX_INT v3
            b v5 = LOCAL 2 y
            GUARD_TYPE v5, int
            p v6 = UNBOX_INT v5
            p v7 = INT_MODULO v6, 1000
            o v8 = BOX_INT v7
            p v9 = INT_MULTIPLY v3, v7
            DROP v8, int
            DROP v4, int
            o v10 = BOX_INT v9
            p v11 = INT_MODULO v2, 1000
            o v12 = BOX_INT v11
            p v13 = INT_MULTIPLY v9, v11
            DROP v12, int
            DROP v10, int
            o v14 = BOX_INT v13
            DROP v14, int
            JUMP_TO_TOP
            """)


@requires_jit
class ComparisonTest(TraceTests):
    """ssa_int_compare_op(): ints that the interpreter does not specialize for."""

    stage = "build"

    def test_of_two_digits(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    if x < y: pass  # here
            f(60, 1 << 40, 1 << 50)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            p v3 = UNBOX_WIDE v1
            GUARD_TYPE v2, int
            p v4 = UNBOX_WIDE v2
            p v5 = INT_LT v3, v4
            p v6 = BOOL v5
            GUARD_INT_LT v3, v4
            JUMP_TO_TOP
            """)

    def test_of_what_was_computed(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    if x * y > 100000: pass  # here
            f(60, 1 << 20, 1 << 20)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v1
            p v4 = UNBOX_INT v2
            p v5 = INT_MULTIPLY v3, v4
            o v6 = BOX_INT v5
            p v7 = INT_GT v5, 100000
            p v8 = BOOL v7
            DROP v6, int
            GUARD_INT_GT v5, 100000
            JUMP_TO_TOP
            """)

    def test_not_of_large_ints(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    if x < y: pass  # here
            f(60, 1 << 70, 1 << 71)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            SET_IP @32
            COMPARE_OP 18 v3, v4
            p v5 = RESULT 0
            CHECK_VALID
            GUARD_IS v5, True
            JUMP_TO_TOP
            """)

    def test_truth_of_what_was_computed(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    if x & y: pass  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            p v3 = UNBOX_INT v1
            GUARD_TYPE v2, int
            p v4 = UNBOX_INT v2
            p v5 = INT_AND v3, v4
            o v6 = BOX_INT v5
            p v7 = INT_NE v5, 0
            p v8 = BOOL v7
            DROP v6, int
            GUARD_INT_NE v5, 0
            JUMP_TO_TOP
            """)


@requires_jit
class RenewTest(TraceTests):
    """ssa_renew_local(), of ints."""

    stage = "build"

    def test_counter(self):
        self.check("""
            def f(n, x):
                k = 0
                while k < n:
                    k += 1  # here
            f(60, 5)
            """, """
            ENTER
            CHECK_PERIODIC
            b v1 = LOCAL 2 k
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_ADD v2, 1
            o v4 = BOX_INT v3
            DROP v4, int
            b v5 = RENEW_LOCAL_INT v3, v1, 2 k
            """)

    def test_value_is_known(self):
        self.check("""
            def f(n, x):
                k = 0
                for i in range(n):
                    k = i + x
                    k * k  # here
            f(60, 5)
            """, """
            p v1 = INT_MULTIPLY v2, v2
            o v3 = BOX_INT v1
            DROP v3, int
            JUMP_TO_TOP
            """)

    def test_not_what_is_on_the_stack_too(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    y = x = x + 1  # here
            f(60, 5, 7)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_ADD v2, 1
            o v4 = BOX_INT v3
            o v5 = NEWREF v4
            b v6 = LOCAL 2 y
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, int
            o v7 = TAKE_LOCAL v6, 2 y
            b v8 = SET_LOCAL v5, 2 y
            DROP v7, int
            o v9 = TAKE_LOCAL v1, 1 x
            b v10 = SET_LOCAL v4, 1 x
            DROP v9, int
            JUMP_TO_TOP
            """)

    def test_not_over_another_type(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    k = ()
                    k = i + x  # here
            f(60, 5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_ADD v4, v2
            o v5 = BOX_INT v3
            p v6 = TAKE_LOCAL k, 3 k
            b v7 = SET_LOCAL v5, 3 k
            JUMP_TO_TOP
            """)

if __name__ == "__main__":
    unittest.main()
