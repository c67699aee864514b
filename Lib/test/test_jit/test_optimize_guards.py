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
            BINARY_OP_SUBTRACT_INT_B i, i
            o v1 = RESULT 0
            DROP v1, int
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
            BINARY_OP_ADD_INT_B v1, i
            o v2 = RESULT 0
            DROP v2, int
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
            BINARY_OP_ADD_INT_B i, v1
            o v2 = RESULT 0
            DROP v2, int
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
            BINARY_OP_ADD_INT_B v1, v2
            o v3 = RESULT 0
            DROP v3, int
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
            BINARY_OP_SUBTRACT_INT_B z, x
            o v1 = RESULT 0
            DROP v1, int
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
            BINARY_OP_ADD_INT_B i, i
            o v1 = RESULT 0
            BINARY_OP_SUBTRACT_INT_B i, i
            o v2 = RESULT 0
            BINARY_OP_MULTIPLY_INT v1, v2
            o v3 = RESULT 0
            DROP v3, int
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
            BINARY_OP_ADD_INT_B x, x
            o v1 = RESULT 0
            DROP v1, int
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
            b v1 = LOCAL 2 y
            b v2 = LOCAL 1 x
            CHECK_VALID
            BINARY_OP_ADD_INT_B v1, v2
            o v3 = RESULT 0
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
            BINARY_OP_SUBTRACT_INT_B v1, v1
            o v2 = RESULT 0
            DROP v2, int
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
            BINARY_OP_ADD_INT_B v1, v2
            o v3 = RESULT 0
            DROP v3, int
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
            BINARY_OP_SUBTRACT_INT_B i, i
            o v1 = RESULT 0
            DROP v1, int
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
            o v3 = NEWREF i
            SET_IP @40
            BINARY_SUBSCR_DICT v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            b v5 = LOCAL 4 i
            CHECK_VALID
            BINARY_OP_SUBTRACT_INT_B v5, v5
            o v6 = RESULT 0
            DROP v6, int
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
