"""What is known where a loop goes round: ssa_loops.c.

Each rule has a test that it fires, and beside it one that it does not where its condition does not hold. A test
compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py). What stands before
LOOP belongs to the first line.
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


class LoopTests(TraceTests):
    """Base of the tests here."""

    stage = "build"
    left_out = "-shared"


@requires_jit
class CarryTest(LoopTests):
    """Numbers in registers."""

    def test_float(self):
        self.check("""
            def f(x, limit):
                while x < limit:
                    x = x + 1.5  # here
            f(0.5, 100.0)
            """, """
            ENTER
            CHECK_PERIODIC
            b v1 = LOCAL 0 x
            GUARD_NOT_NULL v1
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            b v3 = LOCAL 1 limit
            GUARD_NOT_NULL v3
            GUARD_TYPE v3, float
            p v4 = UNBOX_FLOAT v3
            p v5 = CARRY_FLOAT v2, v6
            p v7 = CARRY_FLOAT v4, v7
            LOOP
            b v8 = LOCAL 0 x
            b v9 = LOCAL 1 limit
            CHECK_PERIODIC
            p v10 = UNBOX_FLOAT 1.5
            p v6 = FLOAT_ADD v5, v10
            o v11 = BOX_FLOAT v6
            DROP v11, float
            b v12 = RENEW_LOCAL v6, v8, 0 x
            """)

    def test_int_that_grows(self):
        # Of what it is after many iterations, nothing is known.
        self.check("""
            def f(n):
                x = 0
                for i in range(n):  # here
                    x += i  # here
            f(60)
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            b v2 = LOCAL 1 x
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v2
            b v4 = LOCAL 2 i
            GUARD_NOT_NULL v4
            GUARD_TYPE v4, int
            GUARD_TYPE v1, range_iterator
            p v5 = CARRY v3, v6
            LOOP
            o v7 = ENTRY 0
            b v8 = LOCAL 1 x
            b v9 = LOCAL 2 i
            CHECK_PERIODIC
            GUARD_RANGE_LEFT v7
            p v10 = RANGE_START v7
            GUARD_COMPACT v10
            RANGE_ADVANCE v7
            o v11 = BOX_INT v10
            DROP v11, int
            b v12 = RENEW_LOCAL_INT v10, v9, 2 i
            p v6 = INT_ADD_CHECKED v5, v10
            o v13 = BOX_INT v6
            DROP v13, int
            b v14 = RENEW_LOCAL_INT v6, v8, 1 x
            JUMP_TO_TOP
            """)

    def test_int_in_an_interval(self):
        self.check("""
            def f(n):
                x = 1
                for i in range(n):  # here
                    x = x * 5 & 255  # here
            f(60)
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            b v2 = LOCAL 1 x
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v2
            b v4 = LOCAL 2 i
            GUARD_NOT_NULL v4
            GUARD_TYPE v4, int
            GUARD_TYPE v1, range_iterator
            p v5 = CARRY v3, v6
            LOOP
            o v7 = ENTRY 0
            b v8 = LOCAL 1 x
            b v9 = LOCAL 2 i
            CHECK_PERIODIC
            GUARD_RANGE_LEFT v7
            p v10 = RANGE_START v7
            GUARD_COMPACT v10
            RANGE_ADVANCE v7
            o v11 = BOX_INT v10
            DROP v11, int
            b v12 = RENEW_LOCAL_INT v10, v9, 2 i
            p v13 = INT_MULTIPLY v5, 5
            o v14 = BOX_INT v13
            p v6 = INT_AND v13, 255
            DROP v14, int
            o v15 = BOX_INT v6
            DROP v15, int
            b v16 = RENEW_LOCAL_INT v6, v8, 1 x
            JUMP_TO_TOP
            """)

    def test_int_of_two_digits(self):
        self.check("""
            def f(n):
                x = 1 << 40
                for i in range(n):  # here
                    x = x ^ 5  # here
            f(60)
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            b v2 = LOCAL 1 x
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, int
            p v3 = UNBOX_WIDE v2
            b v4 = LOCAL 2 i
            GUARD_NOT_NULL v4
            GUARD_TYPE v4, int
            GUARD_TYPE v1, range_iterator
            p v5 = CARRY v3, v6
            LOOP
            o v7 = ENTRY 0
            b v8 = LOCAL 1 x
            b v9 = LOCAL 2 i
            CHECK_PERIODIC
            GUARD_RANGE_LEFT v7
            p v10 = RANGE_START v7
            GUARD_COMPACT v10
            RANGE_ADVANCE v7
            o v11 = BOX_INT v10
            DROP v11, int
            b v12 = RENEW_LOCAL_INT v10, v9, 2 i
            p v6 = INT_XOR v5, 5
            o v13 = BOX_INT v6
            DROP v13, int
            b v14 = RENEW_LOCAL_INT v6, v8, 1 x
            JUMP_TO_TOP
            """)

    def test_what_does_not_change(self):
        self.check("""
            def f(n, x, k):
                while x < k:
                    x = x + k * 0.015625  # here
            f(60, 0.5, 8.0)
            """, """
            ENTER
            CHECK_PERIODIC
            b v1 = LOCAL 1 x
            GUARD_NOT_NULL v1
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            b v3 = LOCAL 2 k
            GUARD_NOT_NULL v3
            GUARD_TYPE v3, float
            p v4 = UNBOX_FLOAT v3
            p v5 = CARRY_FLOAT v2, v6
            p v7 = CARRY_FLOAT v4, v7
            LOOP
            b v8 = LOCAL 1 x
            b v9 = LOCAL 2 k
            CHECK_PERIODIC
            p v10 = UNBOX_FLOAT 0.015625
            p v11 = FLOAT_MULTIPLY v7, v10
            o v12 = BOX_FLOAT v11
            p v6 = FLOAT_ADD v5, v11
            DROP v12, float
            o v13 = BOX_FLOAT v6
            DROP v13, float
            b v14 = RENEW_LOCAL v6, v8, 1 x
            """)

    def test_swapped(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):  # here
                    x, y = y + 1.0, x + 2.0  # here
            f(60, 0.5, 1.5)
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            b v2 = LOCAL 1 x
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, float
            p v3 = UNBOX_FLOAT v2
            b v4 = LOCAL 2 y
            GUARD_NOT_NULL v4
            GUARD_TYPE v4, float
            p v5 = UNBOX_FLOAT v4
            b v6 = LOCAL 3 i
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, int
            GUARD_TYPE v1, range_iterator
            p v7 = CARRY_FLOAT v3, v8
            p v9 = CARRY_FLOAT v5, v10
            LOOP
            o v11 = ENTRY 0
            b v12 = LOCAL 1 x
            b v13 = LOCAL 2 y
            b v14 = LOCAL 3 i
            CHECK_PERIODIC
            GUARD_RANGE_LEFT v11
            p v15 = RANGE_START v11
            GUARD_COMPACT v15
            RANGE_ADVANCE v11
            o v16 = BOX_INT v15
            DROP v16, int
            b v17 = RENEW_LOCAL_INT v15, v14, 3 i
            p v18 = UNBOX_FLOAT 1.0
            p v8 = FLOAT_ADD v9, v18
            o v19 = BOX_FLOAT v8
            p v20 = UNBOX_FLOAT 2.0
            p v10 = FLOAT_ADD v7, v20
            o v21 = BOX_FLOAT v10
            DROP v21, float
            b v22 = RENEW_LOCAL v10, v13, 2 y
            DROP v19, float
            b v23 = RENEW_LOCAL v8, v12, 1 x
            JUMP_TO_TOP
            """)

    def test_not_what_is_not_computed_with(self):
        # Its type is guarded where another float takes its place, its value is not used.
        self.check("""
            def f(n, x):
                y = 0.5
                for i in range(n):  # here
                    y = x * 2.0  # here
            f(60, 0.5)
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            b v2 = LOCAL 1 x
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, float
            p v3 = UNBOX_FLOAT v2
            b v4 = LOCAL 2 y
            GUARD_NOT_NULL v4
            GUARD_TYPE v4, float
            b v5 = LOCAL 3 i
            GUARD_NOT_NULL v5
            GUARD_TYPE v5, int
            GUARD_TYPE v1, range_iterator
            p v6 = CARRY_FLOAT v3, v6
            LOOP
            o v7 = ENTRY 0
            b v8 = LOCAL 1 x
            b v9 = LOCAL 2 y
            b v10 = LOCAL 3 i
            CHECK_PERIODIC
            GUARD_RANGE_LEFT v7
            p v11 = RANGE_START v7
            GUARD_COMPACT v11
            RANGE_ADVANCE v7
            o v12 = BOX_INT v11
            DROP v12, int
            b v13 = RENEW_LOCAL_INT v11, v10, 3 i
            p v14 = UNBOX_FLOAT 2.0
            p v15 = FLOAT_MULTIPLY v6, v14
            o v16 = BOX_FLOAT v15
            DROP v16, float
            b v17 = RENEW_LOCAL v15, v9, 2 y
            JUMP_TO_TOP
            """)

    def test_not_what_a_call_may_lose(self):
        self.check("""
            def f(n, x, items):
                for i in range(n):  # here
                    x = x * 1.5  # here
                    items.append(None)
            f(60, 0.5, [])
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            b v2 = LOCAL 1 x
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, float
            b v3 = LOCAL 3 i
            GUARD_NOT_NULL v3
            GUARD_TYPE v3, int
            GUARD_TYPE v1, range_iterator
            LOOP
            o v4 = ENTRY 0
            b v5 = LOCAL 1 x
            b v6 = LOCAL 3 i
            CHECK_PERIODIC
            GUARD_RANGE_LEFT v4
            p v7 = RANGE_START v4
            GUARD_COMPACT v7
            RANGE_ADVANCE v4
            o v8 = BOX_INT v7
            DROP v8, int
            b v9 = RENEW_LOCAL_INT v7, v6, 3 i
            p v10 = UNBOX_FLOAT v5
            p v11 = UNBOX_FLOAT 1.5
            p v12 = FLOAT_MULTIPLY v10, v11
            o v13 = BOX_FLOAT v12
            DROP v13, float
            b v14 = RENEW_LOCAL v12, v5, 1 x
            """)

    def test_not_another_type(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):  # here
                    x + 1  # here
                    x, y = y, x  # here
            f(60, 1, 1.5)
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            b v2 = LOCAL 3 i
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, int
            GUARD_TYPE v1, range_iterator
            LOOP
            o v3 = ENTRY 0
            b v4 = LOCAL 3 i
            CHECK_PERIODIC
            GUARD_RANGE_LEFT v3
            p v5 = RANGE_START v3
            GUARD_COMPACT v5
            RANGE_ADVANCE v3
            o v6 = BOX_INT v5
            DROP v6, int
            b v7 = RENEW_LOCAL_INT v5, v4, 3 i
            b v8 = LOCAL 1 x
            GUARD_TYPE v8, float
            p v9 = UNBOX_FLOAT v8
            p v10 = INT_TO_FLOAT 1
            p v11 = FLOAT_ADD v9, v10
            o v12 = BOX_FLOAT v11
            DROP v12, float
            b v13 = LOCAL 2 y
            GUARD_TYPE v13, int
            o v14 = NEWREF v8
            o v15 = NEWREF v13
            o v16 = TAKE_LOCAL v13, 2 y
            b v17 = SET_LOCAL v14, 2 y
            DROP v16, int
            o v18 = TAKE_LOCAL v8, 1 x
            b v19 = SET_LOCAL v15, 1 x
            DROP v18, float
            JUMP_TO_TOP
            """)


@requires_jit
class TypeTest(LoopTests):
    """What is guarded before the loop."""

    def test_list(self):
        self.check("""
            def f(n, a):
                for i in range(n):  # here
                    a[i]  # here
            f(60, list(range(60)))
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            b v2 = LOCAL 1 a
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, list
            b v3 = LOCAL 2 i
            GUARD_NOT_NULL v3
            GUARD_TYPE v3, int
            GUARD_TYPE v1, range_iterator
            LOOP
            o v4 = ENTRY 0
            b v5 = LOCAL 1 a
            b v6 = LOCAL 2 i
            CHECK_PERIODIC
            GUARD_RANGE_LEFT v4
            p v7 = RANGE_START v4
            GUARD_COMPACT v7
            RANGE_ADVANCE v4
            o v8 = BOX_INT v7
            DROP v8, int
            b v9 = RENEW_LOCAL_INT v7, v6, 2 i
            GUARD_INDEX v7, v5
            b v10 = LIST_ITEM v7, v5
            JUMP_TO_TOP
            """)

    def test_range(self):
        self.check("""
            def f(n):
                for i in range(n):  # here
                    pass
            f(60)
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            b v2 = LOCAL 1 i
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, int
            GUARD_TYPE v1, range_iterator
            LOOP
            o v3 = ENTRY 0
            b v4 = LOCAL 1 i
            CHECK_PERIODIC
            GUARD_RANGE_LEFT v3
            p v5 = RANGE_START v3
            GUARD_COMPACT v5
            RANGE_ADVANCE v3
            o v6 = BOX_INT v5
            DROP v6, int
            b v7 = RENEW_LOCAL_INT v5, v4, 1 i
            """)

    def test_not_what_gets_another_object(self):
        self.check("""
            def f(n, rows):
                for row in rows:  # here
                    row[0]  # here
            f(60, [[k] for k in range(60)])
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            GUARD_TYPE v1, list_iterator
            LOOP
            o v2 = ENTRY 0
            CHECK_PERIODIC
            GUARD_NOT_EXHAUSTED_LIST v2
            ITER_NEXT_LIST v2
            o v3 = RESULT 1
            b v4 = LOCAL 2 row
            o v5 = TAKE_LOCAL v4, 2 row
            b v6 = SET_LOCAL v3, 2 row
            DROP_NULLABLE v5
            b v7 = LOCAL 2 row
            GUARD_TYPE v7, list
            GUARD_INDEX 0, v7
            b v8 = LIST_ITEM 0, v7
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_where_the_trace_may_be_invalid(self):
        # What an object's release may have done is not checked for the loop's sake.
        self.check("""
            def f(n, a, items):
                for i in range(n):  # here
                    a[i]  # here
                    items.pop()
            f(60, list(range(60)), [object() for k in range(60)])
            """, """
            o v1 = ENTRY 0
            ENTER
            CHECK_PERIODIC
            b v2 = LOCAL 1 a
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, list
            b v3 = LOCAL 3 i
            GUARD_NOT_NULL v3
            GUARD_TYPE v3, int
            GUARD_TYPE v1, range_iterator
            LOOP
            o v4 = ENTRY 0
            b v5 = LOCAL 1 a
            b v6 = LOCAL 3 i
            CHECK_PERIODIC
            GUARD_RANGE_LEFT v4
            p v7 = RANGE_START v4
            GUARD_COMPACT v7
            RANGE_ADVANCE v4
            o v8 = BOX_INT v7
            DROP v8, int
            b v9 = RENEW_LOCAL_INT v7, v6, 3 i
            GUARD_INDEX v7, v5
            b v10 = LIST_ITEM v7, v5
            """)

    def test_not_in_a_function(self):
        self.check("""
            def f(x):
                return x * 1.5 + x  # here
            list(map(f, [k + 0.5 for k in range(200)]))
            """, """
            b v1 = LOCAL 0 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = UNBOX_FLOAT 1.5
            p v4 = FLOAT_MULTIPLY v2, v3
            o v5 = BOX_FLOAT v4
            p v6 = FLOAT_ADD v4, v2
            DROP v5, float
            o v7 = BOX_FLOAT v6
            SET_IP @16
            POP_FRAME_INDIRECT v7
            o v8 = RESULT 0
            JUMP_RETURN v8
            """, kind="function", PYTHON_JIT_RESUME_INITIAL_VALUE="40")


@requires_jit
class OrderTest(LoopTests):
    """What comparisons say of intervals: learn_order()."""

    def test_below(self):
        # No overflow: it is less than n, which has one digit.
        self.check("""
            def f(n):
                i = 0
                while i < n:
                    i += 1  # here
            f(200)
            """, """
            ENTER
            CHECK_PERIODIC
            b v1 = LOCAL 0 n
            GUARD_NOT_NULL v1
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            b v3 = LOCAL 1 i
            GUARD_NOT_NULL v3
            GUARD_TYPE v3, int
            p v4 = UNBOX_INT v3
            p v5 = CARRY v2, v5
            p v6 = CARRY v4, v7
            LOOP
            b v8 = LOCAL 0 n
            b v9 = LOCAL 1 i
            CHECK_PERIODIC
            p v7 = INT_ADD v6, 1
            o v10 = BOX_INT v7
            DROP v10, int
            b v11 = RENEW_LOCAL_INT v7, v9, 1 i
            """)


if __name__ == "__main__":
    unittest.main()
