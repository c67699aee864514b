"""References that are taken only where they are needed: own(), own_all(),
own_borrowed_from() and replace_owner() of ssa.c.

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
class LocalTest(TraceTests):
    """own(), own_all() and own_borrowed_from(): when what a local holds gets a reference."""

    stage = "build"

    def test_looked_at_twice(self):
        # The bool that the first IS_OP gives is known.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x is x is z  # here
            f(60, [], [], [])
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 3 z
            p v3 = SAME v1, v2
            p v4 = BOOL v3
            JUMP_TO_TOP
            """)

    def test_operand_twice(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x * x  # here
            f(60, 1.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            BINARY_OP_MULTIPLY_FLOAT_B v1, v1
            o v2 = RESULT 0
            DROP v2, float
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-floats")

    def test_not_where_it_is_consumed(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    [x, x]  # here
            f(60, 1.5)
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            o v3 = NEWREF v1
            BUILD_LIST 2 v2, v3
            o v4 = RESULT 0
            DROP v4, list
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_overwritten_while_on_the_stack(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x is (x := z)  # here
            f(60, [], [], [])
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 3 z
            o v3 = NEWREF v2
            o v4 = NEWREF v1
            o v5 = TAKE_LOCAL v1, 1 x
            b v6 = SET_LOCAL v3, 1 x
            o v7 = NEWREF v2
            DROP v5
            p v8 = SAME v4, v7
            p v9 = BOOL v8
            DROP v4
            DROP v7
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_when_another_is_overwritten(self):
        # To release the int that y holds runs no finalizer.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = i
                    i + i
                    x is (y := i)  # here
            f(60, [], [], [])
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v3
            o v4 = TAKE_LOCAL y, 2 y
            b v5 = SET_LOCAL v2, 2 y
            DROP v4, int
            p v6 = SAME v1, v3
            p v7 = BOOL v6
            JUMP_TO_TOP
            """)

    def test_before_a_finalizer_may_run(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x is (y := z)  # here
            f(60, [], [], [])
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 3 z
            b v3 = LOCAL 2 y
            o v4 = NEWREF v2
            o v5 = TAKE_LOCAL v3, 2 y
            b v6 = SET_LOCAL v4, 2 y
            o v7 = NEWREF v1
            o v8 = NEWREF v2
            DROP_NULLABLE v5
            p v9 = SAME v7, v8
            p v10 = BOOL v9
            DROP v7
            DROP v8
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_before_python_may_run(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x is z[i]  # here
            f(60, [], [], dict.fromkeys(range(60)))
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 3 z
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            o v5 = NEWREF v6
            SET_IP @42
            BINARY_SUBSCR_DICT v4, v5
            o v7 = RESULT 0
            CHECK_VALID
            p v8 = SAME v3, v7
            p v9 = BOOL v8
            DROP v3
            DROP v7
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_before_what_runs_no_code(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x is i + i  # here
            f(60, [])
            """, """
            b v1 = LOCAL 1 x
            p v2 = INT_ADD v3, v3
            o v4 = BOX_INT v2
            p v5 = SAME v1, v4
            p v6 = BOOL v5
            DROP v4, int
            JUMP_TO_TOP
            """)

    def test_before_a_frame_is_entered(self):
        self.check("""
            def g(a): return a
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x is g(z)  # here
            f(60, [], [], [])
            """, """
            b v1 = LOCAL 1 x
            GUARD_GLOBALS
            b v2 = LOCAL 3 z
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            CALL_KNOWN 1 g v4
            p v5 = SAME v3, v6
            p v7 = BOOL v5
            DROP v3
            DROP v6
            CHECK_VALID
            JUMP_TO_TOP
            """)


@requires_jit
class ConstantTest(TraceTests):
    """new_constant(): what keeps a constant alive."""

    stage = "build"

    def test_of_the_code_lives_on(self):
        # The frame has the code, and that its constants: only COMPARE_OP needs a reference.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    1.5 < (y := z)  # here
            f(60, 0, 0, 2.5)
            """, """
            b v1 = LOCAL 3 z
            b v2 = LOCAL 2 y
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, float
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 2 y
            b v5 = SET_LOCAL v3, 2 y
            DROP v4, float
            GUARD_TYPE v1, float
            COMPARE_OP_FLOAT_B 2 1.5, v1
            p v6 = RESULT 0
            JUMP_TO_TOP
            """)

    def test_of_the_code_consumed(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    [1.5]  # here
            f(60)
            """, """
            o v1 = NEWREF 1.5
            BUILD_LIST 1 v1
            o v2 = RESULT 0
            DROP v2, list
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_global_before_a_finalizer_may_run(self):
        self.check("""
            K = 1000000
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    K is (y := z)  # here
            f(60, [], [], [])
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 3 z
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 2 y
            b v5 = SET_LOCAL v3, 2 y
            o v6 = NEWREF 1000000
            o v7 = NEWREF v1
            DROP_NULLABLE v4
            p v8 = SAME v6, v7
            p v9 = BOOL v8
            DROP v6, int
            DROP v7
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_immortal_global(self):
        self.check("""
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    K is (y := z)  # here
            f(60, [], [], [])
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 3 z
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 2 y
            b v5 = SET_LOCAL v3, 2 y
            o v6 = NEWREF v1
            DROP_NULLABLE v4
            p v7 = SAME 5, v6
            p v8 = BOOL v7
            DROP v6
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_immortal_in_a_local_that_may_be_overwritten(self):
        # What is called could write to it.
        self.check("""
            def f(n, flag, o):
                for i in range(n):
                    i + i
                    if flag:
                        t = (flag, len(o))  # here
            f(60, True, b"")
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 2 o
            p v2 = IMMORTAL flag
            p v3 = COPY v2
            o v4 = NEWREF <builtin len>
            o v5 = NEWREF v1
            SET_IP @70
            CALL_LEN 1 v4, NULL, v5
            o v6 = RESULT 0
            CHECK_VALID
            BUILD_TUPLE 2 v3, v6
            o v7 = RESULT 0
            b v8 = LOCAL 4 t
            o v9 = TAKE_LOCAL v8, 4 t
            b v10 = SET_LOCAL v7, 4 t
            DROP_NULLABLE v9
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_copied_where_nothing_is_called(self):
        self.check("""
            def f(n, flag):
                for i in range(n):
                    i + i
                    if flag:
                        t = (flag, i + i)  # here
            f(60, True)
            """, """
            p v1 = INT_ADD v2, v2
            o v3 = BOX_INT v1
            p v4 = IMMORTAL flag
            BUILD_TUPLE 2 v4, v3
            o v5 = RESULT 0
            b v6 = LOCAL 3 t
            o v7 = TAKE_LOCAL v6, 3 t
            b v8 = SET_LOCAL v5, 3 t
            DROP_NULLABLE v7
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_copied_from_no_local(self):
        self.check("""
            def f(n, x, o):
                for i in range(n):
                    i + i
                    t = (x is None, None, len(o))  # here
            f(60, None, b"")
            """, """
            b v1 = LOCAL 1 x
            p v2 = SAME v1, None
            p v3 = BOOL v2
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v4 = LOCAL 2 o
            o v5 = NEWREF <builtin len>
            o v6 = NEWREF v4
            SET_IP @58
            CALL_LEN 1 v5, NULL, v6
            o v7 = RESULT 0
            CHECK_VALID
            BUILD_TUPLE 3 v3, None, v7
            o v8 = RESULT 0
            b v9 = LOCAL 4 t
            o v10 = TAKE_LOCAL v9, 4 t
            b v11 = SET_LOCAL v8, 4 t
            DROP_NULLABLE v10
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_comparison_in_a_local_that_may_be_overwritten(self):
        self.check("""
            def f(n, x, o):
                for i in range(n):
                    i + i
                    t = ((y := x is None), len(o))  # here
            f(60, None, b"")
            """, """
            b v1 = LOCAL 1 x
            p v2 = SAME v1, None
            p v3 = BOOL v2
            b v4 = LOCAL 4 y
            GUARD_NOT_NULL v4
            GUARD_TYPE v4, bool
            o v5 = TAKE_LOCAL v4, 4 y
            p v6 = SET_LOCAL v3, 4 y
            FORGET v5
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v7 = LOCAL 2 o
            p v8 = COPY v3
            o v9 = NEWREF <builtin len>
            o v10 = NEWREF v7
            SET_IP @60
            CALL_LEN 1 v9, NULL, v10
            o v11 = RESULT 0
            CHECK_VALID
            BUILD_TUPLE 2 v8, v11
            o v12 = RESULT 0
            b v13 = LOCAL 5 t
            o v14 = TAKE_LOCAL v13, 5 t
            b v15 = SET_LOCAL v12, 5 t
            DROP_NULLABLE v14
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_immortal_consumed(self):
        self.check("""
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    [K, 'abc', None]  # here
            f(60)
            """, """
            GUARD_GLOBALS
            BUILD_LIST 3 5, 'abc', None
            o v1 = RESULT 0
            DROP v1, list
            CHECK_VALID
            JUMP_TO_TOP
            """)


@requires_jit
class FieldTest(TraceTests):
    """load_field() and replace_owner(): what a field holds."""

    stage = "build"

    def test_looked_at(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v + i  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            GUARD_BYTE v1, +19
            b v2 = LOAD v1, +24
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v2
            p v4 = INT_ADD v3, v5
            o v6 = BOX_INT v4
            DROP v6, int
            JUMP_TO_TOP
            """)

    def test_consumed(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    [x.v]  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            GUARD_BYTE v1, +19
            b v2 = LOAD v1, +24
            GUARD_NOT_NULL v2
            o v3 = NEWREF v2
            BUILD_LIST 1 v3
            o v4 = RESULT 0
            DROP v4, list
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_of_a_field(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
            class B:
                def __init__(self):
                    self.v = A()
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v.v + i  # here
            f(60, B())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            GUARD_BYTE v1, +19
            b v2 = LOAD v1, +24
            GUARD_NOT_NULL v2
            GUARD_VERSION v2, #
            GUARD_BYTE v2, +19
            b v3 = LOAD v2, +24
            GUARD_NOT_NULL v3
            GUARD_TYPE v3, int
            p v4 = UNBOX_INT v3
            p v5 = INT_ADD v4, v6
            o v7 = BOX_INT v5
            DROP v7, int
            JUMP_TO_TOP
            """)

    def test_of_an_object_that_is_released(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x[0].v + i  # here
            f(60, [A()])
            """, """
            b v1 = LOCAL 1 x
            BINARY_SUBSCR_LIST_INT_B v1, 0
            o v2 = RESULT 0
            GUARD_VERSION v2, #
            GUARD_BYTE v2, +19
            b v3 = LOAD v2, +24
            GUARD_NOT_NULL v3
            o v4 = NEWREF v3
            DROP v2, A
            b v5 = LOCAL 4 i
            GUARD_TYPE v4, int
            CHECK_VALID
            o v6 = NEWREF v5
            BINARY_OP_ADD_INT v4, v6
            o v7 = RESULT 0
            DROP v7, int
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-ints,-items")

    def test_before_a_frame_that_may_write_the_field(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
            def g(a):
                a.v = 7
                return a
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v is g(x)  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            GUARD_BYTE v1, +19
            b v2 = LOAD v1, +24
            GUARD_NOT_NULL v2
            GUARD_GLOBALS
            o v3 = NEWREF v2
            o v4 = NEWREF v1
            CALL_KNOWN 1 g v4
            p v5 = SAME v3, v6
            p v7 = BOOL v5
            DROP v3
            DROP v6, A
            CHECK_VALID
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
