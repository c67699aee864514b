"""Checks of the trace's validity: check_valid(), known() and escaped() of ssa.c.

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
class ValidityTest(TraceTests):
    """CHECK_PEP_523 and CHECK_VALID."""

    stage = "build"

    def test_check_pep_523_is_gone(self):
        self.check("""
            def g(a):
                return a + a
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x(i)  # here
            f(60, g)
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            o v3 = NEWREF v4
            CALL_FUNCTION 1 g v2, v3
            DROP v5, int
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_check_pep_523_becomes_check_valid_while_stale(self):
        self.check("""
            def g(a): return a
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x(y := x)  # here
            f(60, g, 1)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 2 y
            b v5 = SET_LOCAL v3, 2 y
            o v6 = NEWREF v1
            o v7 = NEWREF v1
            DROP_NULLABLE v4
            CHECK_VALID
            CALL_FUNCTION 1 g v6, v7
            DROP v8
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_valid_while_nothing_is_stale(self):
        # The translator checks before the loop's jump; nothing can have changed.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    i + 1  # here
            f(60)
            """, """
            p v1 = INT_ADD v2, 1
            o v3 = BOX_INT v1
            DROP v3, int
            JUMP_TO_TOP
            """)

    def test_not_when_a_finalizer_may_have_run(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = x  # here
            f(60, [], [])
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 2 y
            b v5 = SET_LOCAL v3, 2 y
            DROP_NULLABLE v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_when_python_may_have_run(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x[i]  # here
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
            CHECK_VALID
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
