"""Fields of objects that the optimizer loads once: check_values() and load_field()
of ssa.c.

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
class FieldTest(TraceTests):
    """load_field() and check_values(): what is loaded or checked once."""

    stage = "build"

    def test_loaded_once(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v + x.v  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            GUARD_BYTE v1, +19
            b v2 = LOAD v1, +24
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v2
            p v4 = INT_ADD v3, v3
            o v5 = BOX_INT v4
            DROP v5, int
            JUMP_TO_TOP
            """)

    def test_not_of_another_object(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v + z.v  # here
            f(60, A(), 0, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            GUARD_BYTE v1, +19
            b v2 = LOAD v1, +24
            GUARD_NOT_NULL v2
            b v3 = LOCAL 3 z
            GUARD_VERSION v3, #
            GUARD_BYTE v3, +19
            b v4 = LOAD v3, +24
            GUARD_NOT_NULL v4
            GUARD_TYPE v2, int
            GUARD_TYPE v4, int
            p v5 = UNBOX_INT v2
            p v6 = UNBOX_INT v4
            p v7 = INT_ADD v5, v6
            o v8 = BOX_INT v7
            DROP v8, int
            JUMP_TO_TOP
            """)

    def test_not_another_field(self):
        # What is checked of the object holds for both.
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v + x.w  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            GUARD_BYTE v1, +19
            b v2 = LOAD v1, +24
            GUARD_NOT_NULL v2
            b v3 = LOAD v1, +32
            GUARD_NOT_NULL v3
            GUARD_TYPE v2, int
            GUARD_TYPE v3, int
            p v4 = UNBOX_INT v2
            p v5 = UNBOX_INT v3
            p v6 = INT_ADD v4, v5
            o v7 = BOX_INT v6
            DROP v7, int
            JUMP_TO_TOP
            """)

    def test_of_a_copy(self):
        # It has a reference of its own, but is the same object.
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = i
                    i + i
                    y = x
                    y.v + x.v  # here
            f(60, A())
            """, """
            GUARD_VERSION y, #
            GUARD_BYTE y, +19
            b v1 = LOAD y, +24
            GUARD_NOT_NULL v1
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_ADD v2, v2
            o v4 = BOX_INT v3
            DROP v4, int
            JUMP_TO_TOP
            """)

    def test_not_after_a_store(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    x.w = i
                    x.v  # here
            f(60, A())
            """, """
            b v1 = LOAD x, +24
            GUARD_NOT_NULL v1
            JUMP_TO_TOP
            """)

    def test_not_after_a_call(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
            def g(): return 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    g()
                    x.v  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            CHECK_VALID
            GUARD_BYTE v1, +19
            b v2 = LOAD v1, +24
            GUARD_NOT_NULL v2
            JUMP_TO_TOP
            """)

    def test_not_after_a_finalizer_may_have_run(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    z = y
                    x.v  # here
            f(60, A(), [], [])
            """, """
            b v1 = LOCAL 1 x
            CHECK_VALID
            GUARD_BYTE v1, +19
            b v2 = LOAD v1, +24
            GUARD_NOT_NULL v2
            JUMP_TO_TOP
            """)

    def test_slot_loaded_once(self):
        self.check("""
            class A:
                __slots__ = ('v',)
                def __init__(self):
                    self.v = 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v + x.v  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            b v2 = LOAD v1, +16
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v2
            p v4 = INT_ADD v3, v3
            o v5 = BOX_INT v4
            DROP v5, int
            JUMP_TO_TOP
            """)

    def test_slot_not_of_another_object(self):
        self.check("""
            class A:
                __slots__ = ('v',)
                def __init__(self):
                    self.v = 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v + z.v  # here
            f(60, A(), 0, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            b v2 = LOAD v1, +16
            GUARD_NOT_NULL v2
            b v3 = LOCAL 3 z
            GUARD_VERSION v3, #
            b v4 = LOAD v3, +16
            GUARD_NOT_NULL v4
            GUARD_TYPE v2, int
            GUARD_TYPE v4, int
            p v5 = UNBOX_INT v2
            p v6 = UNBOX_INT v4
            p v7 = INT_ADD v5, v6
            o v8 = BOX_INT v7
            DROP v8, int
            JUMP_TO_TOP
            """)

    def test_store_checks_that_there_is_no_dict(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v = i  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            GUARD_ZERO v1, -24
            GUARD_BYTE v1, +19
            b v2 = LOAD v1, +24
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, int
            o v3 = NEWREF v4
            o v5 = TAKE v2
            STORE v1, v3, +24
            b v6 = LOAD v1, +24
            DROP v5, int
            JUMP_TO_TOP
            """)

    def test_load_has_checked_for_the_store(self):
        # Only that there is no dict is left to check.
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v = x.w  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            GUARD_BYTE v1, +19
            b v2 = LOAD v1, +32
            GUARD_NOT_NULL v2
            GUARD_ZERO v1, -24
            b v3 = LOAD v1, +24
            GUARD_NOT_NULL v3
            GUARD_TYPE v3, int
            o v4 = NEWREF v2
            o v5 = TAKE v3
            STORE v1, v4, +24
            b v6 = LOAD v1, +24
            DROP v5, int
            JUMP_TO_TOP
            """)

    def test_not_of_an_object_with_a_dict(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
            a = A()
            a.__dict__
            for k in range(40): setattr(a, f'a{k}', k)
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v  # here
            f(60, a)
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            CHECK_ATTR_WITH_HINT v1
            LOAD_ATTR_WITH_HINT_0_B v v1
            o v2 = RESULT 0
            DROP v2
            CHECK_VALID
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
