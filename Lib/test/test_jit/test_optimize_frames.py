"""Calls that are one micro-op, which makes the frame: ssa_frames.c.

As in test_optimize_calls.py, each has a test that it is there, and beside it one that it is
not where its condition does not hold, and most loops begin with `i + i`.
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class KnownTest(TraceTests):
    """CALL_KNOWN: of a function that is a constant."""

    stage = "build"

    def test_exit_and_what_waits(self):
        # The exit has the function and its NULL, which have no place while the frame goes on.
        self.check("""
            def g(a, b):
                return a
            def f(n, x):
                for i in range(n):
                    i + i
                    y = [x, g(i, x)]  # here
            f(60, None)
            """, """
            b v1 = LOCAL 1 x
            GUARD_GLOBALS -> LOAD_GLOBAL @40 [v2, v1]
            o v3 = NEWREF v1
            o v4 = NEWREF v5
            o v6 = NEWREF v1
            CALL_KNOWN 2 g v4, v6 -> CALL @52 [v2, v3, <function g>, NULL, v4, v6]  waits  [v2, v3]
            BUILD_LIST 2 v3, v7 popped [v2]
            o v8 = RESULT 0
            b v9 = LOCAL 3 y
            o v10 = TAKE_LOCAL v9, 3 y
            b v11 = SET_LOCAL v8, 3 y
            DROP_NULLABLE v10
            CHECK_VALID -> JUMP_BACKWARD @64 tier 1 [v2]
            JUMP_TO_TOP [v2]
            """, exits=True)

    def test_method(self):
        self.check("""
            class A:
                __slots__ = ()
                def m(self, a):
                    return a
            def f(n, x):
                for i in range(n):
                    i + i
                    x.m(i)  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, # -> LOAD_ATTR @40 [v2, v1]
            o v3 = NEWREF v1
            o v4 = NEWREF v5
            CALL_KNOWN 2 A.m v3, v4 -> CALL @62 [v2, <function A.m>, v3, v4]  waits  [v2]
            DROP v6, int
            CHECK_VALID -> JUMP_BACKWARD @72 tier 1 [v2]
            JUMP_TO_TOP [v2]
            """, exits=True)

    def test_not_where_arguments_run_code(self):
        # The function that waits below them has its own reference, which the frame gets.
        self.check("""
            def g(a, b):
                return a
            def f(n, x):
                for i in range(n):
                    g(i, x + i)  # here
            f(60, 1.5)
            """, """
            GUARD_GLOBALS -> LOAD_GLOBAL @30 [v1]
            b v2 = LOCAL 1 x
            o v3 = NEWREF <function g>
            o v4 = NEWREF v5
            o v6 = NEWREF v2
            o v7 = NEWREF v5
            SET_IP @44
            BINARY_OP 0 v6, v7 popped [v1, v3, NULL, v4]
            o v8 = RESULT 0
            CHECK_VALID -> CALL @48 tier 1 [v1, v3, NULL, v4, v8]
            CALL_FUNCTION 2 g v3, v4, v8 -> CALL @48 [v1, v3, NULL, v4, v8]  waits  [v1]
            DROP v9, int
            CHECK_VALID -> JUMP_BACKWARD @58 tier 1 [v1]
            JUMP_TO_TOP [v1]
            """, exits=True, PYTHON_JIT_OPTIMIZE="-floats")

    def test_arguments_that_run_no_code(self):
        self.check("""
            def g(a, b):
                return a
            def f(n, x):
                for i in range(n):
                    i + i
                    g(x, i + 1)  # here
            f(60, 1.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            p v2 = INT_ADD v3, 1
            o v4 = BOX_INT v2
            o v5 = NEWREF v1
            CALL_KNOWN 2 g v5, v4
            DROP v6
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_with_keywords(self):
        self.check("""
            def g(a):
                return a
            def f(n, x):
                for i in range(n):
                    i + i
                    g(a=x)  # here
            f(60, 1)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            CHECK_FUNCTION_VERSION_KW 1 # <function g>, NULL, v1, <tuple>
            CHECK_RECURSION_REMAINING
            o v2 = NEWREF <function g>
            o v3 = NEWREF v1
            o v4 = NEWREF <tuple>
            SET_IP @52
            PY_FRAME_KW 1 v2, NULL, v3, v4
            p v5 = RESULT 0
            SAVE_RETURN_OFFSET 1
            PUSH_FRAME v5
            CHECK_VALID
            DROP v6
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_a_class(self):
        # Its frame and the one below it are made as before.
        self.check("""
            class A:
                def __init__(self, a):
                    pass
            def f(n):
                for i in range(n):
                    i + i
                    A(i)  # here
            f(60)
            """, """
            GUARD_GLOBALS
            CHECK_ALLOC_AND_ENTER_INIT 1 # <type A>, NULL, v1
            GUARD_INIT_CODE 1 <code A.__init__> <type A>, NULL, v1
            o v2 = NEWREF <type A>
            o v3 = NEWREF v1
            SET_IP @50
            CREATE_INIT_FRAME 1 v2, NULL, v3
            p v4 = RESULT 0
            SAVE_RETURN_OFFSET 4
            PUSH_INIT_FRAME v4
            DROP_NULLABLE v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_twelve_arguments(self):
        self.check("""
            def g(a, b, c, d, e, f, g, h, i, j, k, l):
                return l
            def f(n, x):
                for i in range(n):
                    i + i
                    g(x, i, x, i, x, i, x, i, x, 5, x, None)  # here
            f(60, 1)
            """, """
            GUARD_GLOBALS -> LOAD_GLOBAL @38 [v1]
            b v2 = LOCAL 1 x
            o v3 = NEWREF v2
            o v4 = NEWREF v5
            o v6 = NEWREF v2
            o v7 = NEWREF v5
            o v8 = NEWREF v2
            o v9 = NEWREF v5
            o v10 = NEWREF v2
            o v11 = NEWREF v5
            o v12 = NEWREF v2
            o v13 = NEWREF v2
            CALL_KNOWN 12 g v3, v4, v6, v7, v8, v9, v10, v11, v12, 5, v13, None -> CALL @64 [v1, <function g>, NULL, v3, v4, v6, v7, v8, v9, v10, v11, v12, 5, v13, None]  waits  [v1]
            FORGET v14
            CHECK_VALID -> JUMP_BACKWARD @74 tier 1 [v1]
            JUMP_TO_TOP [v1]
            """, exits=True)


@requires_jit
class FunctionTest(TraceTests):
    """CALL_FUNCTION: of a function on the stack, which is checked."""

    stage = "build"

    def test_exit_and_what_waits(self):
        self.check("""
            def g(a, b):
                return a
            def f(n, x, y):
                for i in range(n):
                    i + i
                    z = [x, y(i, x)]  # here
            f(60, None, g)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            o v5 = NEWREF v6
            o v7 = NEWREF v1
            CALL_FUNCTION 2 g v4, v5, v7 -> CALL @44 [v8, v3, v4, NULL, v5, v7]  waits  [v8, v3]
            BUILD_LIST 2 v3, v9 popped [v8]
            o v10 = RESULT 0
            b v11 = LOCAL 4 z
            o v12 = TAKE_LOCAL v11, 4 z
            b v13 = SET_LOCAL v10, 4 z
            DROP_NULLABLE v12
            CHECK_VALID -> JUMP_BACKWARD @56 tier 1 [v8]
            JUMP_TO_TOP [v8]
            """, exits=True)

    def test_argument_is_known_in_the_callee(self):
        self.check("""
            def g(a):
                return a + a  # here
            def f(n, x):
                for i in range(n):
                    i + i
                    x(i)
            f(60, g)
            """, """
            p v1 = UNBOX_INT a
            p v2 = INT_ADD v1, v1
            o v3 = BOX_INT v2
            RETURN @8 v3
            o v4 = RESULT 0, same as v3
            """)

    def test_not_when_self_may_be_null(self):
        # A generic LOAD_ATTR pushes a method and self, or the attribute and NULL.
        self.check("""
            class A:
                def m(a):
                    return a
                def __init__(self):
                    self.m = A.m
            def f(n, x):
                for i in range(n):
                    i + i
                    x.m(i)  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @40
            LOAD_ATTR_1 m v2
            o v3 = RESULT 0
            o v4 = RESULT 1
            CHECK_VALID
            CHECK_FUNCTION_EXACT_ARGS 1 # v3, v4, v5
            CHECK_STACK_SPACE 1 v3, v4, v5
            o v6 = NEWREF v5
            INIT_CALL_PY_EXACT_ARGS_1 v3, v4, v6
            p v7 = RESULT 0
            SAVE_RETURN_OFFSET 4
            SET_IP @62
            PUSH_FRAME v7
            DROP v8
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_with_a_default(self):
        self.check("""
            def g(a, b=1):
                return a
            def f(n, x):
                for i in range(n):
                    i + i
                    x(i)  # here
            f(60, g)
            """, """
            b v1 = LOCAL 1 x
            CHECK_FUNCTION_VERSION 1 # v1, NULL, v2
            CHECK_RECURSION_REMAINING
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            SET_IP @44
            PY_FRAME_GENERAL 1 v3, NULL, v4
            p v5 = RESULT 0
            SAVE_RETURN_OFFSET 4
            PUSH_FRAME v5
            CHECK_VALID
            DROP v6
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_a_builtin(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    i + i
                    x(i)  # here
            f(60, abs)
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            o v3 = NEWREF v4
            SET_IP @44
            CALL_BUILTIN_O 1 v2, NULL, v3
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)


@requires_jit
class BoundMethodTest(TraceTests):
    """CALL_BOUND_METHOD: of a method whose function is checked."""

    stage = "build"

    def test_exit_and_what_waits(self):
        self.check("""
            class A:
                def m(self, a, b):
                    return a
            def f(n, x, y):
                for i in range(n):
                    i + i
                    z = [x, y(i, x)]  # here
            f(60, None, A().m)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            o v5 = NEWREF v6
            o v7 = NEWREF v1
            CALL_BOUND_METHOD 2 A.m v4, v5, v7 -> CALL @44 [v8, v3, v4, NULL, v5, v7]  waits  [v8, v3]
            BUILD_LIST 2 v3, v9 popped [v8]
            o v10 = RESULT 0
            b v11 = LOCAL 4 z
            o v12 = TAKE_LOCAL v11, 4 z
            b v13 = SET_LOCAL v10, 4 z
            DROP_NULLABLE v12
            CHECK_VALID -> JUMP_BACKWARD @56 tier 1 [v8]
            JUMP_TO_TOP [v8]
            """, exits=True)

    def test_not_when_self_may_be_null(self):
        # A generic LOAD_ATTR pushes a method and self, or the attribute and NULL.
        self.check("""
            class A:
                def m(self, a):
                    return a
                def __init__(self):
                    self.m = self.m
            def f(n, x):
                for i in range(n):
                    i + i
                    x.m(i)  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @40
            LOAD_ATTR_1 m v2
            o v3 = RESULT 0
            o v4 = RESULT 1
            CHECK_VALID
            CHECK_CALL_BOUND_METHOD_EXACT_ARGS 1 v3, v4, v5
            o v6 = NEWREF v5
            INIT_CALL_BOUND_METHOD_EXACT_ARGS 1 v3, v4, v6
            o v7 = RESULT 0
            o v8 = RESULT 1
            o v9 = RESULT 2
            CALL_FUNCTION 2 A.m v7, v8, v9
            DROP v10
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_a_builtin(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    i + i
                    x(i)  # here
            f(60, [].append)
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            o v3 = NEWREF v4
            SET_IP @44
            CALL_BUILTIN_O 1 v2, NULL, v3
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_with_a_default(self):
        self.check("""
            class A:
                def m(self, a, b=1):
                    return a
            def f(n, x):
                for i in range(n):
                    i + i
                    x(i)  # here
            f(60, A().m)
            """, """
            b v1 = LOCAL 1 x
            CHECK_METHOD_VERSION 1 # v1, NULL, v2
            CHECK_RECURSION_REMAINING
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            EXPAND_METHOD 1 v3, NULL, v4
            o v5 = RESULT 0
            o v6 = RESULT 1
            o v7 = RESULT 2
            CHECK_FUNCTION_VERSION 1 # v5, v6, v7
            SET_IP @44
            PY_FRAME_GENERAL 1 v5, v6, v7
            p v8 = RESULT 0
            SAVE_RETURN_OFFSET 4
            PUSH_FRAME v8
            CHECK_VALID
            DROP v9
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_argument_is_known_in_the_callee(self):
        self.check("""
            class A:
                def m(self, a):
                    return a + a  # here
            def f(n, x):
                for i in range(n):
                    i + i
                    x(i)
            f(60, A().m)
            """, """
            p v1 = UNBOX_INT a
            p v2 = INT_ADD v1, v1
            o v3 = BOX_INT v2
            RETURN @8 v3
            o v4 = RESULT 0, same as v3
            """)

    def test_not_self(self):
        self.check("""
            class A(int):
                def m(self, a):
                    return self + self  # here
            def f(n, x):
                for i in range(n):
                    i + i
                    x(i)
            f(60, A.m.__get__(5))
            """, """
            b v1 = LOCAL 0 self
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_ADD v2, v2
            o v4 = BOX_INT v3
            RETURN @8 v4
            o v5 = RESULT 0, same as v4
            """)


@requires_jit
class PropertyTest(TraceTests):
    """CALL_KNOWN of a property's function."""

    stage = "build"

    def test_exit_and_what_waits(self):
        self.check("""
            class A:
                @property
                def p(self):
                    return 1
            def f(n, x):
                for i in range(n):
                    i + i
                    y = [i, x.p]  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, # -> LOAD_ATTR @40 [v2, v3, v1]
            o v4 = NEWREF v3
            o v5 = NEWREF v1
            CALL_KNOWN 1 A.p v5 -> LOAD_ATTR @40 [v2, v4, v5]  waits  [v2, v4]
            BUILD_LIST 2 v4, v6 popped [v2]
            o v7 = RESULT 0
            b v8 = LOCAL 3 y
            o v9 = TAKE_LOCAL v8, 3 y
            b v10 = SET_LOCAL v7, 3 y
            DROP_NULLABLE v9
            CHECK_VALID -> JUMP_BACKWARD @64 tier 1 [v2]
            JUMP_TO_TOP [v2]
            """, exits=True)

    def test_not_with_arguments(self):
        self.check("""
            class A:
                @property
                def p(self, *rest):
                    return 1
            def f(n, x):
                for i in range(n):
                    i + i
                    y = [i, x.p]  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v3
            o v4 = NEWREF v1
            SET_IP @40
            LOAD_ATTR_0 p v4
            o v5 = RESULT 0
            CHECK_VALID
            BUILD_LIST 2 v2, v5
            o v6 = RESULT 0
            b v7 = LOCAL 3 y
            o v8 = TAKE_LOCAL v7, 3 y
            b v9 = SET_LOCAL v6, 3 y
            DROP_NULLABLE v8
            CHECK_VALID
            JUMP_TO_TOP
            """)


@requires_jit
class ClosureTest(TraceTests):
    """COPY_FREE_VARS is done by the call."""

    stage = "build"

    def test_known(self):
        self.check("""
            def make(v):
                def g(): return v  # here
                return g
            g = make(1)
            def f(n):
                for i in range(n):
                    g()  # here
            f(60)
            """, """
            GUARD_GLOBALS
            CALL_KNOWN 0 make.<locals>.g
            RESUME_CHECK
            LOAD_DEREF 0 v
            o v1 = RESULT 0
            RETURN @6 v1
            o v2 = RESULT 0, same as v1
            DROP v2
            CHECK_VALID
            JUMP_TO_TOP
            """, prologue=True)

    def test_checked(self):
        self.check("""
            def make(v):
                def g(): return v  # here
                return g
            def f(n, x):
                for i in range(n):
                    x()  # here
            f(60, make(1))
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            CALL_FUNCTION 0 make.<locals>.g v2
            RESUME_CHECK
            LOAD_DEREF 0 v
            o v3 = RESULT 0
            RETURN @6 v3
            o v4 = RESULT 0, same as v3
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """, prologue=True)

    def test_bound_method(self):
        self.check("""
            def make(v):
                class A:
                    def m(self): return v  # here
                return A().m
            def f(n, x):
                for i in range(n):
                    x()  # here
            f(60, make(1))
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            CALL_BOUND_METHOD 0 make.<locals>.A.m v2
            RESUME_CHECK
            LOAD_DEREF 1 v
            o v3 = RESULT 0
            RETURN @6 v3
            o v4 = RESULT 0, same as v3
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """, prologue=True)

    def test_property(self):
        self.check("""
            def make(v):
                class A:
                    @property  # here
                    def p(self): return v  # here
                return A()
            def f(n, x):
                for i in range(n):
                    x.p  # here
            f(60, make(1))
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            o v2 = NEWREF v1
            CALL_KNOWN 1 make.<locals>.A.p v2
            b v3 = ARGUMENT v1, 0 self
            RESUME_CHECK
            LOAD_DEREF 1 v
            o v4 = RESULT 0
            RETURN @6 v4
            o v5 = RESULT 0, same as v4
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """, prologue=True)

    def test_with_cells_of_its_own(self):
        self.check("""
            def make(v):
                def g(a): return lambda: (a, v)  # here
                return g
            g = make(1)
            def f(n):
                for i in range(n):
                    g(i)  # here
            f(60)
            """, """
            GUARD_GLOBALS
            o v1 = NEWREF v2
            CALL_KNOWN 1 make.<locals>.g v1
            b v3 = ARGUMENT v2, 0 a
            SET_IP @2
            MAKE_CELL 0 a
            RESUME_CHECK
            b v4 = LOCAL 0 a
            b v5 = LOCAL 1 v
            o v6 = NEWREF v4
            o v7 = NEWREF v5
            BUILD_TUPLE 2 v6, v7
            o v8 = RESULT 0
            o v9 = NEWREF <code make.<locals>.g.<locals>.<lambda>>
            SET_IP @14
            MAKE_FUNCTION v9
            o v10 = RESULT 0
            SET_FUNCTION_ATTRIBUTE 8 v8, v10
            o v11 = RESULT 0
            RETURN @18 v11
            o v12 = RESULT 0, same as v11
            DROP v12
            CHECK_VALID
            JUMP_TO_TOP
            """, prologue=True)

    def test_not_with_a_default(self):
        self.check("""
            def make(v):
                def g(a=1): return v  # here
                return g
            g = make(1)
            def f(n):
                for i in range(n):
                    g()  # here
            f(60)
            """, """
            GUARD_GLOBALS
            CHECK_RECURSION_REMAINING
            o v1 = NEWREF <function make.<locals>.g>
            SET_IP @40
            PY_FRAME_GENERAL 0 v1, NULL
            p v2 = RESULT 0
            SAVE_RETURN_OFFSET 4
            PUSH_FRAME v2
            CHECK_VALID
            COPY_FREE_VARS 1
            RESUME_CHECK
            LOAD_DEREF 1 v
            o v3 = RESULT 0
            RETURN @6 v3
            o v4 = RESULT 0, same as v3
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """, prologue=True)

    def test_not_with_keywords(self):
        self.check("""
            def make(v):
                def g(a): return v  # here
                return g
            g = make(1)
            def f(n):
                for i in range(n):
                    g(a=i)  # here
            f(60)
            """, """
            GUARD_GLOBALS
            CHECK_FUNCTION_VERSION_KW 1 # <function make.<locals>.g>, NULL, v1, <tuple>
            CHECK_RECURSION_REMAINING
            o v2 = NEWREF <function make.<locals>.g>
            o v3 = NEWREF v1
            o v4 = NEWREF <tuple>
            SET_IP @44
            PY_FRAME_KW 1 v2, NULL, v3, v4
            p v5 = RESULT 0
            SAVE_RETURN_OFFSET 1
            PUSH_FRAME v5
            CHECK_VALID
            COPY_FREE_VARS 1
            RESUME_CHECK
            LOAD_DEREF 1 v
            o v6 = RESULT 0
            RETURN @6 v6
            o v7 = RESULT 0, same as v6
            DROP v7
            CHECK_VALID
            JUMP_TO_TOP
            """, prologue=True)

    def test_generator(self):
        self.check("""
            def make(v):
                def g(): yield v  # here
                return g
            g = make(1)
            def f(n):
                for i in range(n):
                    g()  # here
            f(60)
            """, """
            GUARD_GLOBALS
            CALL_KNOWN 0 make.<locals>.g
            SET_IP @2
            RETURN_GENERATOR
            o v1 = RESULT 0
            DROP v1
            CHECK_VALID
            JUMP_TO_TOP
            """, prologue=True)

    def test_not_of_a_class(self):
        self.check("""
            def make(v):
                class A:
                    def __init__(self): v  # here
                return A
            A = make(1)
            def f(n):
                for i in range(n):
                    A()  # here
            f(60)
            """, """
            GUARD_GLOBALS
            CHECK_ALLOC_AND_ENTER_INIT 0 # <type A>, NULL
            GUARD_INIT_CODE 0 <code make.<locals>.A.__init__> <type A>, NULL
            o v1 = NEWREF <type A>
            SET_IP @40
            CREATE_INIT_FRAME 0 v1, NULL
            p v2 = RESULT 0
            SAVE_RETURN_OFFSET 4
            PUSH_INIT_FRAME v2
            COPY_FREE_VARS 1
            RESUME_CHECK
            LOAD_DEREF 1 v
            o v3 = RESULT 0
            DROP v3
            RETURN @8 None
            o v4 = RESULT 0, same as None
            o v5 = ENTRY 0
            EXIT_INIT_CHECK v4
            RETURN @2 v5
            o v6 = RESULT 0, same as v5
            DROP_NULLABLE v6
            CHECK_VALID
            JUMP_TO_TOP
            """, prologue=True)


if __name__ == "__main__":
    unittest.main()
