"""What a class holds, as constants: cached_constant() and load_method() of ssa.c.

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
class ClassAttributeTest(TraceTests):
    """cached_constant(): what a class holds is a constant."""

    stage = "build"

    def test_with_values(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
                c = 1.5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.c is y  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            GUARD_BYTE v1, +19
            GUARD_KEYS_VERSION # v1
            b v2 = LOCAL 2 y
            p v3 = SAME 1.5, v2
            p v4 = BOOL v3
            JUMP_TO_TOP
            """)

    def test_no_dict(self):
        self.check("""
            class A:
                __slots__ = ('v',)
                def __init__(self):
                    self.v = 1
                c = 1.5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.c is y  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            b v2 = LOCAL 2 y
            p v3 = SAME 1.5, v2
            p v4 = BOOL v3
            JUMP_TO_TOP
            """)

    def test_not_what_the_instance_holds(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
                w = 1.5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.w is y  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @40
            LOAD_ATTR_0 w v2
            o v3 = RESULT 0
            CHECK_VALID
            b v4 = LOCAL 2 y
            p v5 = SAME v3, v4
            p v6 = BOOL v5
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """)


@requires_jit
class MethodTest(TraceTests):
    """LOAD_ATTR_METHOD_* give constants."""

    stage = "build"

    def test_with_values(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1
                def m(self):
                    return self.v
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.m()  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            GUARD_BYTE v1, +19
            GUARD_KEYS_VERSION # v1
            o v2 = NEWREF v1
            CALL_KNOWN 1 A.m v2
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_no_dict(self):
        self.check("""
            class A:
                __slots__ = ()
                def m(self, a):
                    return a
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.m(i)  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            o v2 = NEWREF v1
            o v3 = NEWREF v4
            CALL_KNOWN 2 A.m v2, v3
            DROP v5, int
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_lazy_dict(self):
        self.check("""
            class A(Exception):
                def m(self):
                    return 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.m()  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            CHECK_ATTR_METHOD_LAZY_DICT 40 v1
            o v2 = NEWREF v1
            CALL_KNOWN 1 A.m v2
            FORGET v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_a_function_in_the_instance(self):
        self.check("""
            class A:
                def __init__(self):
                    self.m = A.m; self.v = 1
                def m(self):
                    return self.v
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.m(x)  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @40
            LOAD_ATTR_1 m v2
            o v3 = RESULT 0
            o v4 = RESULT 1
            CHECK_VALID
            CHECK_FUNCTION_EXACT_ARGS 1 # v3, v4, v1
            CHECK_STACK_SPACE 1 v3, v4, v1
            o v5 = NEWREF v1
            INIT_CALL_PY_EXACT_ARGS_1 v3, v4, v5
            p v6 = RESULT 0
            SAVE_RETURN_OFFSET 4
            SET_IP @62
            PUSH_FRAME v6
            DROP v7
            CHECK_VALID
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
