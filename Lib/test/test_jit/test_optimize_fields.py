"""Stores to attributes by primitives: ssa_fields.c.

Each rule has a test that it fires, and beside it one that it does not where its condition does not hold. A test
compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class StoreTest(TraceTests):
    """ssa_store_field()."""

    stage = "build"

    def test_inline_value(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 5; self.w = 2.5
            def f(n, x, y):
                for i in range(n):
                    x.v = y  # here
            f(60, A(), 7)
            """, """
            b v1 = LOCAL 2 y
            b v2 = LOCAL 1 x
            GUARD_VERSION v2, #
            GUARD_ZERO v2, -24
            GUARD_BYTE v2, +19
            b v3 = LOAD v2, +24
            GUARD_NOT_NULL v3
            GUARD_TYPE v3, int
            o v4 = NEWREF v1
            o v5 = TAKE v3
            STORE v2, v4, +24
            b v6 = LOAD v2, +24
            DROP v5, int
            JUMP_TO_TOP
            """)

    def test_slot(self):
        self.check("""
            class A:
                __slots__ = ("v", "w")
                def __init__(self):
                    self.v = 5; self.w = 2.5
            def f(n, x, y):
                for i in range(n):
                    x.v = y  # here
            f(60, A(), 7)
            """, """
            b v1 = LOCAL 2 y
            b v2 = LOCAL 1 x
            GUARD_VERSION v2, #
            b v3 = LOAD v2, +16
            GUARD_NOT_NULL v3
            GUARD_TYPE v3, int
            o v4 = NEWREF v1
            o v5 = TAKE v3
            STORE v2, v4, +16
            b v6 = LOAD v2, +16
            DROP v5, int
            JUMP_TO_TOP
            """)

    def test_none(self):
        # It needs no release.
        self.check("""
            class A:
                __slots__ = ("v", "w")
                def __init__(self):
                    self.v = None; self.w = 2.5
            def f(n, x, y):
                for i in range(n):
                    x.v = None  # here
            f(60, A(), 7)
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            b v2 = LOAD v1, +16
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, NoneType
            o v3 = TAKE v2
            STORE v1, None, +16
            b v4 = LOAD v1, +16
            FORGET v3
            JUMP_TO_TOP
            """)

    def test_not_over_what_may_have_a_finalizer(self):
        self.check("""
            class A:
                __slots__ = ("v", "w")
                def __init__(self):
                    self.v = []; self.w = 2.5
            def f(n, x, y):
                for i in range(n):
                    x.v = []  # here
            f(60, A(), 7)
            """, """
            BUILD_LIST_0
            o v1 = RESULT 0
            b v2 = LOCAL 1 x
            GUARD_VERSION v2, #
            STORE_ATTR_SLOT_B v v1, v2
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_over_nothing(self):
        # The order of the names in the instance changes.
        self.check("""
            class A:
                def __init__(self):
                    self.v = 5; self.w = 2.5
            def g(a):
                a.u = 1
            def f(n):
                for i in range(n):
                    a = A(); a.u = i  # here
            f(60)
            """, """
            GUARD_GLOBALS
            CHECK_ALLOC_AND_ENTER_INIT 0 # <type A>, NULL
            GUARD_INIT_CODE 0 <code A.__init__> <type A>, NULL
            o v1 = NEWREF <type A>
            SET_IP @40
            CREATE_INIT_FRAME 0 v1, NULL
            p v2 = RESULT 0
            SAVE_RETURN_OFFSET 4
            PUSH_INIT_FRAME v2
            b v3 = LOCAL 2 a
            o v4 = TAKE_LOCAL v3, 2 a
            b v5 = SET_LOCAL v6, 2 a
            DROP_NULLABLE v4
            b v7 = LOCAL 1 i
            b v8 = LOCAL 2 a
            GUARD_VERSION v8, #
            GUARD_ZERO v8, -24
            GUARD_BYTE v8, +19
            o v9 = NEWREF v7
            STORE_ATTR_INSTANCE_VALUE_B u v9, v8
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_without_attributes(self):
        self.check("""
            class A:
                __slots__ = ("v", "w")
                def __init__(self):
                    self.v = 5; self.w = 2.5
            def f(n, x, y):
                for i in range(n):
                    x.v = y  # here
            f(60, A(), 7)
            """, """
            b v1 = LOCAL 2 y
            b v2 = LOCAL 1 x
            GUARD_VERSION v2, #
            o v3 = NEWREF v1
            STORE_ATTR_SLOT_B v v3, v2
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-attributes")

    def test_value_is_known_after_it(self):
        self.check("""
            class A:
                __slots__ = ("v", "w")
                def __init__(self):
                    self.v = 5; self.w = 2.5
            def f(n, x, y):
                for i in range(n):
                    x.v = y + 1; x.v + 2  # here
            f(60, A(), 7)
            """, """
            b v1 = LOCAL 2 y
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_ADD v2, 1
            o v4 = BOX_INT v3
            b v5 = LOCAL 1 x
            GUARD_VERSION v5, #
            b v6 = LOAD v5, +16
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, int
            o v7 = TAKE v6
            STORE v5, v4, +16
            b v8 = LOAD v5, +16
            DROP v7, int
            p v9 = INT_ADD v3, 2
            o v10 = BOX_INT v9
            DROP v10, int
            JUMP_TO_TOP
            """)

    def test_not_of_another_object(self):
        # Both may be one.
        self.check("""
            class A:
                __slots__ = ("v", "w")
                def __init__(self):
                    self.v = 5; self.w = 2.5
            def f(n, x, y):
                for i in range(n):
                    x.v + y.v
                    x.v = i; y.v  # here
            f(60, A(), A())
            """, """
            o v1 = NEWREF v2
            o v3 = TAKE v4
            STORE x, v1, +16
            b v5 = LOAD x, +16
            DROP v3, int
            b v6 = LOAD y, +16
            GUARD_NOT_NULL v6
            JUMP_TO_TOP
            """)

    def test_of_what_is_owned(self):
        # Nothing is known of its field after it.
        self.check("""
            class A:
                __slots__ = ("v", "w")
                def __init__(self):
                    self.v = 5; self.w = 2.5
            def f(n, x, y):
                for i in range(n):
                    (x, y)[0].v = y  # here
            f(60, A(), 7)
            """, """
            b v1 = LOCAL 2 y
            b v2 = LOCAL 1 x
            o v3 = NEWREF v2
            o v4 = NEWREF v1
            BUILD_TUPLE 2 v3, v4
            o v5 = RESULT 0
            o v6 = NEWREF v1
            BINARY_SUBSCR_TUPLE_INT v5, 0
            o v7 = RESULT 0
            GUARD_VERSION v7, #
            b v8 = LOAD v7, +16
            GUARD_NOT_NULL v8
            GUARD_TYPE v8, int
            o v9 = TAKE v8
            STORE v7, v6, +16
            DROP v9, int
            DROP v7, A
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-items")

@requires_jit
class FloatTest(TraceTests):
    """ssa_store_field(), of floats."""

    stage = "build"

    def test_in_place(self):
        self.check("""
            class A:
                __slots__ = ("v", "w")
                def __init__(self):
                    self.v = 1.5; self.w = 2.5
            def f(n, x, y):
                for i in range(n):
                    x.v = x.v * y  # here
            f(60, A(), 0.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            b v2 = LOAD v1, +16
            GUARD_NOT_NULL v2
            b v3 = LOCAL 2 y
            GUARD_TYPE v2, float
            GUARD_TYPE v3, float
            p v4 = UNBOX_FLOAT v2
            p v5 = UNBOX_FLOAT v3
            p v6 = FLOAT_MULTIPLY v4, v5
            o v7 = BOX_FLOAT v6
            GUARD_UNSHARED v2
            SET_FLOAT v2, v6
            DROP v7, float
            JUMP_TO_TOP
            """)

    def test_in_place_of_an_inline_value(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1.5; self.w = 2.5
            def f(n, x, y):
                for i in range(n):
                    x.v = x.v * y  # here
            f(60, A(), 0.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            GUARD_BYTE v1, +19
            b v2 = LOAD v1, +24
            GUARD_NOT_NULL v2
            b v3 = LOCAL 2 y
            GUARD_TYPE v2, float
            GUARD_TYPE v3, float
            p v4 = UNBOX_FLOAT v2
            p v5 = UNBOX_FLOAT v3
            p v6 = FLOAT_MULTIPLY v4, v5
            o v7 = BOX_FLOAT v6
            GUARD_ZERO v1, -24
            GUARD_UNSHARED v2
            SET_FLOAT v2, v6
            DROP v7, float
            JUMP_TO_TOP
            """)

    def test_value_is_known_after_it(self):
        self.check("""
            class A:
                __slots__ = ("v", "w")
                def __init__(self):
                    self.v = 1.5; self.w = 2.5
            def f(n, x, y):
                for i in range(n):
                    x.v = x.v * y; x.v * y  # here
            f(60, A(), 0.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            b v2 = LOAD v1, +16
            GUARD_NOT_NULL v2
            b v3 = LOCAL 2 y
            GUARD_TYPE v2, float
            GUARD_TYPE v3, float
            p v4 = UNBOX_FLOAT v2
            p v5 = UNBOX_FLOAT v3
            p v6 = FLOAT_MULTIPLY v4, v5
            o v7 = BOX_FLOAT v6
            GUARD_UNSHARED v2
            SET_FLOAT v2, v6
            DROP v7, float
            p v8 = FLOAT_MULTIPLY v6, v5
            o v9 = BOX_FLOAT v8
            DROP v9, float
            JUMP_TO_TOP
            """)

    def test_not_in_place_of_another_type(self):
        self.check("""
            class A:
                __slots__ = ("v", "w")
                def __init__(self):
                    self.v = 5; self.w = 2.5
            def f(n, x, y):
                for i in range(n):
                    x.v = y * y  # here
                    x.v = 5
            f(60, A(), 0.5)
            """, """
            b v1 = LOCAL 2 y
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_MULTIPLY v2, v2
            o v4 = BOX_FLOAT v3
            b v5 = LOCAL 1 x
            GUARD_VERSION v5, #
            b v6 = LOAD v5, +16
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, int
            o v7 = TAKE v6
            STORE v5, v4, +16
            b v8 = LOAD v5, +16
            DROP v7, int
            """)

    def test_not_in_place_of_what_is_shared(self):
        # Not if it was when it was recorded: it mostly is again.
        self.check("""
            class A:
                __slots__ = ("v", "w")
                def __init__(self):
                    self.v = 1.5; self.w = 2.5
            def f(n, x, y):
                for i in range(n):
                    k = x.v
                    x.v = y * y  # here
            f(60, A(), 0.5)
            """, """
            b v1 = LOCAL 2 y
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_MULTIPLY v2, v2
            o v4 = BOX_FLOAT v3
            GUARD_TYPE v5, float
            o v6 = TAKE v5
            STORE x, v4, +16
            b v7 = LOAD x, +16
            DROP v6, float
            JUMP_TO_TOP
            """)

    def test_not_in_place_what_is_kept(self):
        self.check("""
            class A:
                __slots__ = ("v", "w")
                def __init__(self):
                    self.v = 1.5; self.w = 2.5
            def f(n, x, y):
                for i in range(n):
                    x.v = x.w = y * y  # here
            f(60, A(), 0.5)
            """, """
            b v1 = LOCAL 2 y
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_MULTIPLY v2, v2
            o v4 = BOX_FLOAT v3
            o v5 = NEWREF v4
            b v6 = LOCAL 1 x
            GUARD_VERSION v6, #
            b v7 = LOAD v6, +16
            GUARD_NOT_NULL v7
            GUARD_TYPE v7, float
            o v8 = TAKE v7
            STORE v6, v5, +16
            b v9 = LOAD v6, +16
            DROP v8, float
            b v10 = LOAD v6, +24
            GUARD_NOT_NULL v10
            GUARD_TYPE v10, float
            o v11 = TAKE v10
            STORE v6, v4, +24
            b v12 = LOAD v6, +24
            DROP v11, float
            JUMP_TO_TOP
            """)

    def test_not_in_place_what_is_no_new_float(self):
        self.check("""
            class A:
                __slots__ = ("v", "w")
                def __init__(self):
                    self.v = 1.5; self.w = 2.5
            def f(n, x, y):
                for i in range(n):
                    x.v = y  # here
            f(60, A(), 0.5)
            """, """
            b v1 = LOCAL 2 y
            b v2 = LOCAL 1 x
            GUARD_VERSION v2, #
            b v3 = LOAD v2, +16
            GUARD_NOT_NULL v3
            GUARD_TYPE v3, float
            o v4 = NEWREF v1
            o v5 = TAKE v3
            STORE v2, v4, +16
            b v6 = LOAD v2, +16
            DROP v5, float
            JUMP_TO_TOP
            """)

    def test_float_of_another_object_is_not_known(self):
        # It may be the object that got a new value.
        self.check("""
            class A:
                __slots__ = ("v", "w")
                def __init__(self):
                    self.v = 1.5; self.w = 2.5
            def f(n, x, y):
                for i in range(n):
                    x.v * y.v
                    x.v = 2.0 * x.w
                    y.v * y.w  # here
            f(60, A(), A())
            """, """
            b v1 = LOAD y, +24
            GUARD_NOT_NULL v1
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v3
            p v4 = UNBOX_FLOAT v1
            p v5 = FLOAT_MULTIPLY v2, v4
            o v6 = BOX_FLOAT v5
            DROP v6, float
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
