"""isinstance() of a tuple of classes that has just been made for it: is_instance_of_several() of ssa_calls.c (others:
test_optimize_isinstance.py).

A test that it fires, and beside it one that it does not where its condition does not hold. A test compares the lines
marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class SeveralClassesTest(TraceTests):
    """The tuple is not made where the type says the answer."""

    stage = "build"

    def test_several_classes(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(i, (int, str)) is y  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 2 y
            p v2 = SAME True, v1
            p v3 = BOOL v2
            JUMP_TO_TOP
            """)

    def test_none_of_several_classes(self):
        self.check("""
            class A: pass
            class B:
                def __init__(self): self.v = 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    isinstance(x, (A, str)) is y  # here
            f(60, B())
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 2 y
            p v2 = SAME False, v1
            p v3 = BOOL v2
            JUMP_TO_TOP
            """)

    def test_not_of_several_with_an_unknown_type(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(x, (float, str)) is y  # here
            f(60, 2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            BUILD_TUPLE 2 <type float>, <type str>
            o v2 = RESULT 0
            o v3 = NEWREF v1
            SET_IP @72
            ISINSTANCE v3, v2
            p v4 = RESULT 0
            CHECK_VALID
            b v5 = LOCAL 2 y
            p v6 = SAME v4, v5
            p v7 = BOOL v6
            JUMP_TO_TOP
            """)

    def test_not_of_several_with_an_unknown_class(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(i, (str, x)) is y  # here
            f(60, int)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            BUILD_TUPLE 2 <type str>, v2
            o v3 = RESULT 0
            o v4 = NEWREF v5
            SET_IP @64
            ISINSTANCE v4, v3
            p v6 = RESULT 0
            CHECK_VALID
            b v7 = LOCAL 2 y
            p v8 = SAME v6, v7
            p v9 = BOOL v8
            JUMP_TO_TOP
            """)

    def test_not_of_several_with_an_abc(self):
        self.check("""
            import abc
            class A(abc.ABC): pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(i, (str, A)) is y  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            o v1 = NEWREF <type A>
            BUILD_TUPLE 2 <type str>, v1
            o v2 = RESULT 0
            o v3 = NEWREF v4
            SET_IP @72
            ISINSTANCE v3, v2
            p v5 = RESULT 0
            CHECK_VALID
            b v6 = LOCAL 2 y
            p v7 = SAME v5, v6
            p v8 = BOOL v7
            JUMP_TO_TOP
            """)

    def test_not_of_several_that_are_kept(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(i, (z := (int, str))) is y  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            BUILD_TUPLE 2 <type int>, <type str>
            o v1 = RESULT 0
            o v2 = NEWREF v1
            b v3 = LOCAL 3 z
            o v4 = TAKE_LOCAL v3, 3 z
            b v5 = SET_LOCAL v2, 3 z
            o v6 = NEWREF <builtin isinstance>
            o v7 = NEWREF v8
            DROP_NULLABLE v4
            SET_IP @76
            ISINSTANCE v7, v1
            p v9 = RESULT 0
            DROP v6, builtin_function_or_method
            CHECK_VALID
            b v10 = LOCAL 2 y
            p v11 = SAME v9, v10
            p v12 = BOOL v11
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
