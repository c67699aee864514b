"""isinstance() of which the optimizer knows what it is called with: ssa_call_isinstance() of
ssa_calls.c.

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
class IsinstanceTest(TraceTests):
    """ssa_call_isinstance()."""

    stage = "build"

    def test_true_of_a_builtin_type(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(i, int) is y  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 2 y
            p v2 = SAME True, v1
            p v3 = BOOL v2
            JUMP_TO_TOP
            """)

    def test_false_of_a_builtin_type(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(i, str) is y  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 2 y
            p v2 = SAME False, v1
            p v3 = BOOL v2
            JUMP_TO_TOP
            """)

    def test_true_of_a_base(self):
        self.check("""
            class A: pass
            class B(A):
                def __init__(self): self.v = 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    isinstance(x, A) is y  # here
            f(60, B())
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 2 y
            p v2 = SAME True, v1
            p v3 = BOOL v2
            JUMP_TO_TOP
            """)

    def test_false_of_a_class(self):
        self.check("""
            class A: pass
            class B:
                def __init__(self): self.v = 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    isinstance(x, A) is y  # here
            f(60, B())
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 2 y
            p v2 = SAME False, v1
            p v3 = BOOL v2
            JUMP_TO_TOP
            """)

    def test_not_of_a_type_that_is_not_watched(self):
        # What `type(x) is B` says of B is not whether its bases are the same.
        self.check("""
            class A: pass
            class B(A): pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if type(x) is B:
                        isinstance(x, A) is y  # here
            f(60, B())
            """, """
            SET_IP @100
            ISINSTANCE_B x, <type A>
            p v1 = RESULT 0
            CHECK_VALID
            b v2 = LOCAL 2 y
            p v3 = SAME v1, v2
            p v4 = BOOL v3
            JUMP_TO_TOP
            """)

    def test_branch(self):
        self.check("""
            class A: pass
            class B(A):
                def __init__(self): self.v = 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    if isinstance(x, A):  # here
                        pass
            f(60, B())
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            """)

    def test_guard_of_the_exact_class(self):
        self.check("""
            class A: pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(x, A) is y  # here
            f(60, A())
            """, """
            GUARD_GLOBALS -> LOAD_GLOBAL @38 [v1]
            GUARD_BUILTINS -> LOAD_GLOBAL @38 [v1]
            b v2 = LOCAL 1 x
            GUARD_TYPE v2, A -> CALL @60 [v1, <builtin isinstance>, NULL, v2, <type A>]
            b v3 = LOCAL 2 y
            p v4 = SAME True, v3
            p v5 = BOOL v4
            JUMP_TO_TOP [v1]
            """, exits=True)

    def test_guard_of_a_builtin_type_teaches(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if isinstance(x, float):  # here
                        x + x  # here
            f(60, 2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_ADD v2, v2
            o v4 = BOX_FLOAT v3
            DROP v4, float
            JUMP_TO_TOP
            """)

    def test_not_a_guard_of_a_subclass(self):
        self.check("""
            class A: pass
            class B(A): pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(x, A) is y  # here
            f(60, B())
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            SET_IP @60
            ISINSTANCE_B v1, <type A>
            p v2 = RESULT 0
            CHECK_VALID
            b v3 = LOCAL 2 y
            p v4 = SAME v2, v3
            p v5 = BOOL v4
            JUMP_TO_TOP
            """)

    def test_guard_of_another_builtin_type(self):
        self.check("""
            class A: pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(x, A) is y  # here
            f(60, 2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            b v2 = LOCAL 2 y
            p v3 = SAME False, v2
            p v4 = BOOL v3
            JUMP_TO_TOP
            """)

    def test_guard_of_a_base_of_a_builtin_type(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(x, int) is y  # here
            f(60, True)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, bool
            b v2 = LOCAL 2 y
            p v3 = SAME True, v2
            p v4 = BOOL v3
            JUMP_TO_TOP
            """)

    def test_not_a_guard_of_another_class(self):
        self.check("""
            class A: pass
            class B: pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(x, A) is y  # here
            f(60, B())
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            SET_IP @60
            ISINSTANCE_B v1, <type A>
            p v2 = RESULT 0
            CHECK_VALID
            b v3 = LOCAL 2 y
            p v4 = SAME v2, v3
            p v5 = BOOL v4
            JUMP_TO_TOP
            """)

    def test_not_with_a_metaclass(self):
        self.check("""
            class M(type): pass
            class A(metaclass=M): pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(x, A) is y  # here
            f(60, A())
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            SET_IP @60
            ISINSTANCE_B v1, <type A>
            p v2 = RESULT 0
            CHECK_VALID
            b v3 = LOCAL 2 y
            p v4 = SAME v2, v3
            p v5 = BOOL v4
            JUMP_TO_TOP
            """)

    def test_not_with_an_abc(self):
        self.check("""
            import abc
            class A(abc.ABC): pass
            class B(A):
                def __init__(self): self.v = 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    isinstance(x, A) is y  # here
            f(60, B())
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            SET_IP @84
            ISINSTANCE_B x, <type A>
            p v1 = RESULT 0
            CHECK_VALID
            b v2 = LOCAL 2 y
            p v3 = SAME v1, v2
            p v4 = BOOL v3
            JUMP_TO_TOP
            """)

    def test_not_with_a_union(self):
        self.check("""
            U = int | str
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(i, U) is y  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            SET_IP @60
            ISINSTANCE_B v1, <types.UnionType>
            p v2 = RESULT 0
            CHECK_VALID
            b v3 = LOCAL 2 y
            p v4 = SAME v2, v3
            p v5 = BOOL v4
            JUMP_TO_TOP
            """)

    def test_not_with_an_unknown_class(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(i, x) is y  # here
            f(60, int)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            SET_IP @50
            ISINSTANCE_B v2, v1
            p v3 = RESULT 0
            CHECK_VALID
            b v4 = LOCAL 2 y
            p v5 = SAME v3, v4
            p v6 = BOOL v5
            JUMP_TO_TOP
            """)

    def test_not_false_with_a_class_attribute(self):
        self.check("""
            class A: pass
            class B:
                def __init__(self): self.v = 1
                __class__ = property(lambda self: A)
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    isinstance(x, A) is y  # here
            f(60, B())
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            SET_IP @84
            ISINSTANCE_B x, <type A>
            p v1 = RESULT 0
            CHECK_VALID
            b v2 = LOCAL 2 y
            p v3 = SAME v1, v2
            p v4 = BOOL v3
            JUMP_TO_TOP
            """)

    def test_not_false_with_a_getattribute(self):
        # The type is watched, as storing an attribute does not ask for it.
        self.check("""
            class A: pass
            class B:
                def __init__(self): self.v = 1
                def __getattribute__(self, name): return object.__getattribute__(self, name)
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v = None  # here
                    isinstance(x, A) is y  # here
            f(60, B())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            GUARD_ZERO v1, -24
            GUARD_BYTE v1, +19
            b v2 = LOAD v1, +24
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, NoneType
            o v3 = TAKE v2
            STORE v1, None, +24
            b v4 = LOAD v1, +24
            FORGET v3
            GUARD_GLOBALS
            GUARD_BUILTINS
            SET_IP @74
            ISINSTANCE_B v1, <type A>
            p v5 = RESULT 0
            CHECK_VALID
            b v6 = LOCAL 2 y
            p v7 = SAME v5, v6
            p v8 = BOOL v7
            JUMP_TO_TOP
            """)

    def test_false_after_storing(self):
        self.check("""
            class A: pass
            class B:
                def __init__(self): self.v = 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v = None  # here
                    isinstance(x, A) is y  # here
            f(60, B())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            GUARD_ZERO v1, -24
            GUARD_BYTE v1, +19
            b v2 = LOAD v1, +24
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, NoneType
            o v3 = TAKE v2
            STORE v1, None, +24
            b v4 = LOAD v1, +24
            FORGET v3
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v5 = LOCAL 2 y
            p v6 = SAME False, v5
            p v7 = BOOL v6
            JUMP_TO_TOP
            """)

    def test_false_of_what_has_been_compared(self):
        self.check("""
            class A: pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if type(x) is float:
                        isinstance(x, A) is y  # here
            f(60, 2.5)
            """, """
            b v1 = LOCAL 2 y
            p v2 = SAME False, v1
            p v3 = BOOL v2
            JUMP_TO_TOP
            """)

    def test_not_false_of_a_builtin_type_with_a_getattribute(self):
        self.check("""
            class A: pass
            s = super(int, 5)
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if type(x) is super:
                        isinstance(x, A) is y  # here
            f(60, s)
            """, """
            SET_IP @100
            ISINSTANCE_B x, <type A>
            p v1 = RESULT 0
            CHECK_VALID
            b v2 = LOCAL 2 y
            p v3 = SAME v1, v2
            p v4 = BOOL v3
            JUMP_TO_TOP
            """)

    def test_true_with_a_class_attribute(self):
        self.check("""
            class A: pass
            class B(A):
                def __init__(self): self.v = 1
                __class__ = property(lambda self: int)
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    isinstance(x, A) is y  # here
            f(60, B())
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 2 y
            p v2 = SAME True, v1
            p v3 = BOOL v2
            JUMP_TO_TOP
            """)

    def test_not_shadowed(self):
        self.check("""
            def isinstance(x, y): return 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(i, int) is y  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            o v1 = NEWREF v2
            CALL_KNOWN 2 isinstance v1, <type int>
            b v3 = LOCAL 2 y
            p v4 = SAME v5, v3
            p v6 = BOOL v4
            FORGET v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_a_local(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    z(i, int) is y  # here
            f(60, None, None, isinstance)
            """, """
            b v1 = LOCAL 3 z
            GUARD_GLOBALS
            GUARD_BUILTINS
            o v2 = NEWREF v1
            o v3 = NEWREF v4
            SET_IP @54
            CALL_ISINSTANCE 2 v2, NULL, v3, <type int>
            p v5 = RESULT 0
            CHECK_VALID
            b v6 = LOCAL 2 y
            p v7 = SAME v5, v6
            p v8 = BOOL v7
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
