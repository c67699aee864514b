"""Guards of operands that the optimizer removes: guard_type(), guard_both() and
result_type() of ssa.c.

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
class GuardTypeTest(TraceTests):
    """guard_type() and guard_both(): of both operands, of one, of none."""

    stage = "build"

    def test_int_both_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    i - i  # here
            f(60)
            """, """
            p v1 = INT_SUBTRACT v2, v2
            o v3 = BOX_INT v1
            DROP v3, int
            JUMP_TO_TOP
            """)

    def test_int_tos_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + i  # here
            f(60, 1)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_ADD v2, v4
            o v5 = BOX_INT v3
            DROP v5, int
            JUMP_TO_TOP
            """)

    def test_int_nos_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    i + x  # here
            f(60, 1)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_ADD v4, v2
            o v5 = BOX_INT v3
            DROP v5, int
            JUMP_TO_TOP
            """)

    def test_int_none_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + z  # here
            f(60, 1, 0, 2)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 3 z
            GUARD_TYPE v1, int
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v1
            p v4 = UNBOX_INT v2
            p v5 = INT_ADD v3, v4
            o v6 = BOX_INT v5
            DROP v6, int
            JUMP_TO_TOP
            """)

    def test_int_known_after_a_guard(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + z
                    z - x  # here
            f(60, 1, 0, 2)
            """, """
            p v1 = INT_SUBTRACT v2, v3
            o v4 = BOX_INT v1
            DROP v4, int
            JUMP_TO_TOP
            """)

    def test_int_results(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    (i + i) * (i - i)  # here
            f(60)
            """, """
            p v1 = INT_ADD v2, v2
            o v3 = BOX_INT v1
            p v4 = INT_SUBTRACT v2, v2
            o v5 = BOX_INT v4
            p v6 = INT_MULTIPLY v1, v4
            DROP v5, int
            DROP v3, int
            o v7 = BOX_INT v6
            DROP v7, int
            JUMP_TO_TOP
            """)

    def test_int_overwritten_in_between(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + x
                    x = z
                    x + x  # here
            f(60, 1, 0, 2)
            """, """
            GUARD_TYPE x, int
            p v1 = UNBOX_INT x
            p v2 = INT_ADD v1, v1
            o v3 = BOX_INT v2
            DROP v3, int
            JUMP_TO_TOP
            """)

    def test_int_copy_of_a_local(self):
        # Known, but what y held before may have had a finalizer.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + x
                    y = x
                    y + x  # here
            f(60, 1, 0, 2)
            """, """
            p v1 = INT_ADD v2, v2
            o v3 = BOX_INT v1
            DROP v3, int
            JUMP_TO_TOP
            """)

    def test_int_after_another_type(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + i
                    z * z  # here
            f(60, 1, 0, 1.5)
            """, """
            b v1 = LOCAL 3 z
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_MULTIPLY v2, v2
            o v4 = BOX_FLOAT v3
            DROP v4, float
            JUMP_TO_TOP
            """)

    def test_float_both_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x * x + x  # here
            f(60, 1.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_MULTIPLY v2, v2
            o v4 = BOX_FLOAT v3
            p v5 = FLOAT_ADD v3, v2
            DROP v4, float
            o v6 = BOX_FLOAT v5
            DROP v6, float
            JUMP_TO_TOP
            """)

    def test_float_tos_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x * x
                    z - x  # here
            f(60, 1.5, 0.5, 2.5)
            """, """
            b v1 = LOCAL 3 z
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_SUBTRACT v2, v4
            o v5 = BOX_FLOAT v3
            DROP v5, float
            JUMP_TO_TOP
            """)

    def test_float_nos_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x * x
                    x - z  # here
            f(60, 1.5, 0.5, 2.5)
            """, """
            b v1 = LOCAL 3 z
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_SUBTRACT v4, v2
            o v5 = BOX_FLOAT v3
            DROP v5, float
            JUMP_TO_TOP
            """)

    def test_float_none_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x - z  # here
            f(60, 1.5, 0.5, 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 3 z
            GUARD_TYPE v1, float
            GUARD_TYPE v2, float
            p v3 = UNBOX_FLOAT v1
            p v4 = UNBOX_FLOAT v2
            p v5 = FLOAT_SUBTRACT v3, v4
            o v6 = BOX_FLOAT v5
            DROP v6, float
            JUMP_TO_TOP
            """)

    def test_str_both_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + z
                    z + x  # here
            f(60, 'a', 'b', 'c')
            """, """
            BINARY_OP_ADD_UNICODE_B z, x
            o v1 = RESULT 0
            DROP v1, str
            JUMP_TO_TOP
            """)

    def test_str_nos_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + x
                    x + z  # here
            f(60, 'a', 'b', 'c')
            """, """
            b v1 = LOCAL 3 z
            GUARD_TYPE v1, str
            BINARY_OP_ADD_UNICODE_B x, v1
            o v2 = RESULT 0
            DROP v2, str
            JUMP_TO_TOP
            """)

    def test_str_none_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + z  # here
            f(60, 'a', 'b', 'c')
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 3 z
            GUARD_TYPE v1, str
            GUARD_TYPE v2, str
            BINARY_OP_ADD_UNICODE_B v1, v2
            o v3 = RESULT 0
            DROP v3, str
            JUMP_TO_TOP
            """)

    def test_str_result(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + z == x  # here
            f(60, 'a', 'b', 'c')
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 3 z
            GUARD_TYPE v1, str
            GUARD_TYPE v2, str
            BINARY_OP_ADD_UNICODE_B v1, v2
            o v3 = RESULT 0
            o v4 = NEWREF v1
            COMPARE_OP_STR 72 v3, v4
            p v5 = RESULT 0
            JUMP_TO_TOP
            """)

    def test_becomes_check_valid_while_stale(self):
        # The local that is written held an object of which nothing is known: a
        # finalizer may have run.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    z = x
                    i - i  # here
            f(60, [], 2)
            """, """
            b v1 = LOCAL 4 i
            CHECK_VALID
            p v2 = UNBOX_INT v1
            p v3 = INT_SUBTRACT v2, v2
            o v4 = BOX_INT v3
            DROP v4, int
            JUMP_TO_TOP
            """)

    def test_one_known_while_stale(self):
        # What is known of i must not be relied on before the trace's validity is
        # checked, and a guard of y does not do that.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    z = x
                    i + y  # here
            f(60, [], 1, [])
            """, """
            b v1 = LOCAL 4 i
            b v2 = LOCAL 2 y
            CHECK_VALID
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v1
            p v4 = UNBOX_INT v2
            p v5 = INT_ADD v3, v4
            o v6 = BOX_INT v5
            DROP v6, int
            JUMP_TO_TOP
            """)

    def test_not_stale_after_simple_values(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = i * 2
                    i * 3
                    y = i * 5
                    i - i  # here
            f(60)
            """, """
            p v1 = INT_SUBTRACT v2, v2
            o v3 = BOX_INT v1
            DROP v3, int
            JUMP_TO_TOP
            """)

    def test_known_after_python_may_have_run(self):
        # The first CHECK_VALID is the translator's, the last one was the guard of i.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x[i]  # here
                    i - i  # here
            f(60, dict.fromkeys(range(60)))
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            o v3 = NEWREF v4
            SET_IP @40
            BINARY_SUBSCR_DICT v2, v3
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            b v6 = LOCAL 4 i
            CHECK_VALID
            p v7 = UNBOX_INT v6
            p v8 = INT_SUBTRACT v7, v7
            o v9 = BOX_INT v8
            DROP v9, int
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
