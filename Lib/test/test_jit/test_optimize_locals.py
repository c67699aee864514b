"""Variables of new frames, and how frames end: UNSET in ssa_local() of ssa_locals.c, RETURN in ssa_pop_frame() of ssa_frames.c.

A variable that nothing has set since the trace made its frame is known to be NULL, so the first
store drops nothing. Beside each test that it is, there is one where something else could have set it,
or where it is not the trace that made the frame.
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class UnsetTest(TraceTests):
    """UNSET, and no DROP of what was there before."""

    stage = "build"

    def test_variable_of_a_function(self):
        self.check("""
            def g(a):
                b = a  # here
                return b
            def f(n):
                for i in range(n):
                    i + i
                    g(i)
            f(60)
            """, """
            p v1 = UNSET 1 b
            o v2 = NEWREF a
            p v3 = TAKE_LOCAL v1, 1 b
            b v4 = SET_LOCAL v2, 1 b
            """)

    def test_only_the_first_store(self):
        self.check("""
            def g(a):
                b = a
                b = None  # here
                return b
            def f(n):
                for i in range(n):
                    i + i
                    g(i)
            f(60)
            """, """
            o v1 = TAKE_LOCAL b, 1 b
            p v2 = SET_LOCAL None, 1 b
            DROP v1, int
            """)

    def test_variable_of_a_method(self):
        self.check("""
            class A:
                __slots__ = ()
                def m(self, a):
                    b = a  # here
                    return b
            def f(n, x):
                for i in range(n):
                    i + i
                    x.m(i)
            f(60, A())
            """, """
            p v1 = UNSET 2 b
            o v2 = NEWREF a
            p v3 = TAKE_LOCAL v1, 2 b
            b v4 = SET_LOCAL v2, 2 b
            """)

    def test_variable_of_a_bound_method(self):
        self.check("""
            class A:
                def m(self, a):
                    b = a  # here
                    return b
            def f(n, m):
                for i in range(n):
                    i + i
                    m(i)
            f(60, A().m)
            """, """
            p v1 = UNSET 2 b
            o v2 = NEWREF a
            p v3 = TAKE_LOCAL v1, 2 b
            b v4 = SET_LOCAL v2, 2 b
            """)

    def test_variable_of_init(self):
        self.check("""
            class A:
                def __init__(self, a):
                    b = a  # here
            def f(n):
                for i in range(n):
                    i + i
                    A(i)
            f(60)
            """, """
            b v1 = LOCAL 1 a
            p v2 = UNSET 2 b
            o v3 = NEWREF v1
            p v4 = TAKE_LOCAL v2, 2 b
            b v5 = SET_LOCAL v3, 2 b
            RETURN @6 None
            o v6 = RESULT 0, same as None
            """)

    def test_variable_of_a_callee_of_a_callee(self):
        self.check("""
            def h(a):
                c = a  # here
                return c
            def g(a):
                return h(a)
            def f(n):
                for i in range(n):
                    i + i
                    g(i)
            f(60)
            """, """
            p v1 = UNSET 1 c
            o v2 = NEWREF a
            p v3 = TAKE_LOCAL v1, 1 c
            b v4 = SET_LOCAL v2, 1 c
            """)

    def test_not_after_a_return(self):
        # The end of a frame drops its variables, which may have finalizers.
        self.check("""
            def h(a):
                return a
            def g(a):
                b = h(a)  # here
                return b
            def f(n):
                for i in range(n):
                    i + i
                    g(i)
            f(60)
            """, """
            o v1 = NEWREF a
            CALL_KNOWN 1 h v1
            b v2 = LOCAL 1 b
            o v3 = TAKE_LOCAL v2, 1 b
            b v4 = SET_LOCAL v5, 1 b
            DROP_NULLABLE v3
            """)

    def test_not_the_variable_of_a_comprehension(self):
        # GET_ITER is before LOAD_FAST_AND_CLEAR, and may run any code.
        self.check("""
            def g(x):
                return [k for k in x]  # here
            def f(n):
                x = ()
                for i in range(n):
                    i + i
                    g(x)
            f(60)
            """, """
            o v1 = NEWREF x
            SET_IP @4
            GET_ITER v1
            o v2 = RESULT 0
            CHECK_VALID
            b v3 = LOCAL 1 k
            o v4 = TAKE_LOCAL v3, 1 k
            p v5 = SET_LOCAL NULL, 1 k
            BUILD_LIST_0
            o v6 = RESULT 0
            SET_IP @14
            GET_ITER v2
            o v7 = RESULT 0
            CHECK_VALID
            GUARD_TYPE v7, tuple_iterator
            GUARD_EXHAUSTED_TUPLE v7
            DROP v7, tuple_iterator
            b v8 = LOCAL 1 k
            o v9 = TAKE_LOCAL v8, 1 k
            b v10 = SET_LOCAL v4, 1 k
            DROP_NULLABLE v9
            RETURN @36 v6
            o v11 = RESULT 0, same as v6
            """)

    def test_comprehension_variable_that_is_set(self):
        self.check("""
            def g(x, a):
                k = a
                return [k for k in x]  # here
            def f(n):
                x = ()
                for i in range(n):
                    i + i
                    g(x, i)
            f(60)
            """, """
            o v1 = NEWREF x
            SET_IP @8
            GET_ITER v1
            o v2 = RESULT 0
            CHECK_VALID
            o v3 = TAKE_LOCAL k, 2 k
            p v4 = SET_LOCAL NULL, 2 k
            BUILD_LIST_0
            o v5 = RESULT 0
            SET_IP @18
            GET_ITER v2
            o v6 = RESULT 0
            CHECK_VALID
            GUARD_TYPE v6, tuple_iterator
            GUARD_EXHAUSTED_TUPLE v6
            DROP v6, tuple_iterator
            b v7 = LOCAL 2 k
            o v8 = TAKE_LOCAL v7, 2 k
            b v9 = SET_LOCAL v3, 2 k
            DROP_NULLABLE v8
            RETURN @40 v5
            o v10 = RESULT 0, same as v5
            """)

    def test_not_an_argument(self):
        self.check("""
            def g(a):
                a = None  # here
                return a
            def f(n):
                for i in range(n):
                    i + i
                    g(i)
            f(60)
            """, """
            o v1 = TAKE_LOCAL a, 0 a
            p v2 = SET_LOCAL None, 0 a
            DROP v1, int
            """)

    def test_not_an_argument_that_is_no_operand(self):
        # Of PY_FRAME_KW it is not known which arguments they are.
        self.check("""
            def g(*, a=5, **b):
                c = None  # here
                b = None  # here
                a = None  # here
            def f(n):
                for i in range(n):
                    i + i
                    g(a=i)
            f(60)
            """, """
            p v1 = UNSET 2 c
            p v2 = TAKE_LOCAL v1, 2 c
            p v3 = SET_LOCAL None, 2 c
            b v4 = LOCAL 1 b
            o v5 = TAKE_LOCAL v4, 1 b
            p v6 = SET_LOCAL None, 1 b
            DROP_NULLABLE v5
            b v7 = LOCAL 0 a
            GUARD_NOT_NULL v7
            GUARD_TYPE v7, int
            o v8 = TAKE_LOCAL v7, 0 a
            p v9 = SET_LOCAL None, 0 a
            DROP v8, int
            RETURN @14 None
            o v10 = RESULT 0, same as None
            """)

    def test_not_more_arguments(self):
        self.check("""
            def g(a, *b):
                c = None  # here
                b = None  # here
            def f(n):
                for i in range(n):
                    i + i
                    g(i, i)
            f(60)
            """, """
            p v1 = UNSET 2 c
            p v2 = TAKE_LOCAL v1, 2 c
            p v3 = SET_LOCAL None, 2 c
            b v4 = LOCAL 1 b
            o v5 = TAKE_LOCAL v4, 1 b
            p v6 = SET_LOCAL None, 1 b
            DROP_NULLABLE v5
            RETURN @10 None
            o v7 = RESULT 0, same as None
            """)

    def test_not_a_cell(self):
        self.check("""
            def g(a):
                c = a  # here
                b = a  # here
                return lambda: b
            def f(n):
                for i in range(n):
                    i + i
                    g(i)
            f(60)
            """, """
            b v1 = LOCAL 0 a
            b v2 = LOCAL 1 c
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 1 c
            b v5 = SET_LOCAL v3, 1 c
            DROP_NULLABLE v4
            b v6 = LOCAL 0 a
            o v7 = NEWREF v6
            SET_IP @10
            STORE_DEREF 2 b v7
            """)

    def test_not_in_the_first_frame(self):
        self.check("""
            def f(n):
                for i in range(n):
                    i + i
                    a = i  # here
            f(60)
            """, """
            b v1 = LOCAL 2 a
            GUARD_NOT_NULL v1
            GUARD_TYPE v1, int
            o v2 = NEWREF v3
            o v4 = TAKE_LOCAL v1, 2 a
            b v5 = SET_LOCAL v2, 2 a
            DROP v4, int
            JUMP_TO_TOP
            """)

    def test_not_in_the_frame_of_a_function_trace(self):
        self.check("""
            def g(a):
                b = a  # here
                return b
            for i in range(200):
                g(i)
            """, """
            b v1 = LOCAL 0 a
            b v2 = LOCAL 1 b
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 1 b
            b v5 = SET_LOCAL v3, 1 b
            DROP_NULLABLE v4
            """, function="g", kind="function", PYTHON_JIT_RESUME_INITIAL_VALUE="20",
            PYTHON_JIT_JUMP_BACKWARD_INITIAL_VALUE="4095")

    def test_not_after_any_code(self):
        # What runs there could write to the frame's variables.
        self.check("""
            def g(a, x):
                x + x  # here
                b = a  # here
                return b
            def f(n, x):
                for i in range(n):
                    i + i
                    g(i, x)
            f(60, 1j)
            """, """
            o v1 = NEWREF x
            o v2 = NEWREF x
            SET_IP @4
            BINARY_OP 0 v1, v2
            o v3 = RESULT 0
            CHECK_VALID
            DROP v3
            b v4 = LOCAL 0 a
            b v5 = LOCAL 2 b
            o v6 = NEWREF v4
            o v7 = TAKE_LOCAL v5, 2 b
            b v8 = SET_LOCAL v6, 2 b
            DROP_NULLABLE v7
            """)

    def test_not_after_a_finalizer(self):
        # The argument may be the last that holds an object.
        self.check("""
            def g(a, x):
                x = None  # here
                b = a  # here
                return b
            def f(n, x):
                for i in range(n):
                    i + i
                    g(i, x)
            f(60, [])
            """, """
            o v1 = TAKE_LOCAL x, 1 x
            p v2 = SET_LOCAL None, 1 x
            DROP v1
            b v3 = LOCAL 0 a
            b v4 = LOCAL 2 b
            o v5 = NEWREF v3
            o v6 = TAKE_LOCAL v4, 2 b
            b v7 = SET_LOCAL v5, 2 b
            DROP_NULLABLE v6
            """)

    def test_not_in_a_caller_after_any_code_of_its_callee(self):
        self.check("""
            def h(x):
                return x + x
            def g(x):
                b = h(x)  # here
                return b
            def f(n, x):
                for i in range(n):
                    i + i
                    g(x)
            f(60, 1j)
            """, """
            o v1 = NEWREF x
            CALL_KNOWN 1 h v1
            b v2 = LOCAL 1 b
            o v3 = TAKE_LOCAL v2, 1 b
            b v4 = SET_LOCAL v5, 1 b
            DROP_NULLABLE v3
            """)

    def test_in_a_frame_that_is_made_after_any_code(self):
        self.check("""
            def g(a):
                b = a  # here
                return b
            def f(n, x):
                for i in range(n):
                    x + x
                    g(i)
            f(60, 1j)
            """, """
            p v1 = UNSET 1 b
            o v2 = NEWREF a
            p v3 = TAKE_LOCAL v1, 1 b
            b v4 = SET_LOCAL v2, 1 b
            """)

    def test_not_after_delete(self):
        # Nor any other variable of the frame.
        self.check("""
            def g(a):
                b = a
                del b
                b = a  # here
                c = a  # here
                return c
            def f(n):
                for i in range(n):
                    i + i
                    g(i)
            f(60)
            """, """
            b v1 = LOCAL 0 a
            b v2 = LOCAL 1 b
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 1 b
            b v5 = SET_LOCAL v3, 1 b
            DROP_NULLABLE v4
            b v6 = LOCAL 0 a
            b v7 = LOCAL 2 c
            o v8 = NEWREF v6
            o v9 = TAKE_LOCAL v7, 2 c
            b v10 = SET_LOCAL v8, 2 c
            DROP_NULLABLE v9
            """)

    def test_not_in_a_generator_that_is_resumed(self):
        self.check("""
            def g(n):
                for k in range(n):
                    yield k
                    b = k  # here
            def f(n):
                for i in g(n):
                    i + i
            f(60)
            """, """
            b v1 = LOCAL 1 k
            b v2 = LOCAL 2 b
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, int
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 2 b
            b v5 = SET_LOCAL v3, 2 b
            DROP v4, int
            CHECK_PERIODIC
            """)

    def test_not_at_the_start_of_a_generator(self):
        # Its frame moves, and is another one when it is resumed.
        self.check("""
            def g(a):
                b = a  # here
                yield b
            def f(n):
                for i in range(n):
                    i + i
                    for j in g(i):
                        break
            f(60)
            """, """
            b v1 = LOCAL 0 a
            b v2 = LOCAL 1 b
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 1 b
            b v5 = SET_LOCAL v3, 1 b
            DROP_NULLABLE v4
            """)

    def test_not_in_a_frame_of_a_bridge(self):
        # The trace that the bridge belongs to made it.
        self.check("""
            def g(a):
                if a & 1:
                    return a
                b = a  # here
                c = b  # here
            def f(n):
                for i in range(n):
                    i + i
                    g(i)
            f(200)
            """, """
            ENTER
            b v1 = LOCAL 0 a
            b v2 = LOCAL 1 b
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 1 b
            b v5 = SET_LOCAL v3, 1 b
            DROP_NULLABLE v4
            b v6 = LOCAL 1 b
            b v7 = LOCAL 2 c
            o v8 = NEWREF v6
            o v9 = TAKE_LOCAL v7, 2 c
            b v10 = SET_LOCAL v8, 2 c
            DROP_NULLABLE v9
            GUARD_CALLER @58 of f
            RETURN @34 None
            o v11 = RESULT 0, same as None
            """, function="g", kind="bridge")

    def test_in_a_frame_that_a_bridge_makes(self):
        self.check("""
            def g(a):
                b = a  # here
                return b
            def f(n, x):
                for i in range(n):
                    if x[i % 10]:
                        g(i)
            f(2000, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
            """, """
            p v1 = UNSET 1 b
            o v2 = NEWREF a
            p v3 = TAKE_LOCAL v1, 1 b
            b v4 = SET_LOCAL v2, 1 b
            """, kind="bridge")

    def test_not_what_star_args_fill(self):
        self.check("""
            def g(*a):
                b = a  # here
                return b
            def f(n, x):
                for i in range(n):
                    i + i
                    g(*x)
            f(60, (1, 2))
            """, """
            b v1 = LOCAL 0 a
            p v2 = UNSET 1 b
            o v3 = NEWREF v1
            p v4 = TAKE_LOCAL v2, 1 b
            b v5 = SET_LOCAL v3, 1 b
            """)

    def test_not_unoptimized(self):
        self.check("""
            def g(a):
                b = a  # here
                return b
            def f(n):
                for i in range(n):
                    g(i)
            f(60)
            """, """
            LOAD_FAST 0 a
            o v1 = RESULT 0
            STORE_FAST 1 b v1
            """, PYTHON_JIT_OPTIMIZE="0")


@requires_jit
class ReturnTest(TraceTests):
    """RETURN sets instr_ptr and ends the frame."""

    stage = "build"

    def test_return(self):
        self.check("""
            def g(a):
                return a  # here
            def f(n, x):
                for i in range(n):
                    x + x
                    g(i)
            f(60, 1j)
            """, """
            o v1 = NEWREF a
            RETURN @4 v1
            o v2 = RESULT 0, same as v1
            """)

    def test_return_of_a_constant(self):
        self.check("""
            def g(a):
                return None  # here
            def f(n, x):
                for i in range(n):
                    x + x
                    g(i)
            f(60, 1j)
            """, """
            RETURN @2 None
            o v1 = RESULT 0, same as None
            """)

    def test_arguments_may_have_finalizers(self):
        self.check("""
            def g(a):
                return 5  # here
            def f(n, x):
                for i in range(n):
                    i + i
                    g(x)
            f(60, [])
            """, """
            RETURN @2 5 []
            o v1 = RESULT 0, same as 5
            """, exits=True)

    def test_not_unoptimized(self):
        self.check("""
            def g(a):
                return a  # here
            def f(n):
                for i in range(n):
                    g(i)
            f(60)
            """, """
            LOAD_FAST 0 a
            o v1 = RESULT 0
            SET_IP @4
            POP_FRAME v1
            o v2 = RESULT 0, same as v1
            """, PYTHON_JIT_OPTIMIZE="0")

    def test_what_waits(self):
        self.check("""
            def g(a):
                return a  # here
            def f(n, x):
                for i in range(n):
                    y = [x, i, g(i)]
            f(60, 1j)
            """, """
            o v1 = NEWREF a
            RETURN @4 v1 []
            o v2 = RESULT 0, same as v1
            """, exits=True)

    def test_return_in_a_callee_of_a_callee(self):
        self.check("""
            def h(x):
                return x  # here
            def g(x):
                return h(x)  # here
            def f(n, x):
                for i in range(n):
                    i + i
                    g(x)
            f(60, [])
            """, """
            o v1 = NEWREF x
            CALL_KNOWN 1 h v1
            o v2 = NEWREF x.2
            RETURN @4 v2
            o v3 = RESULT 0, same as v2
            RETURN @22 v3
            o v4 = RESULT 0, same as v3
            """)

    def test_generator_is_made(self):
        self.check("""
            def g(a):  # here
                yield a
            def f(n):
                for i in range(n):
                    i + i
                    g(i)
            f(60)
            """, """
            b v1 = ARGUMENT v2, 0 a
            SET_IP @0
            RETURN_GENERATOR
            o v3 = RESULT 0
            """, prologue=True)

    def test_not_in_the_first_frame(self):
        # An indirect jump follows, which finds the caller.
        self.check("""
            def g(a):
                return a  # here
            for i in range(200):
                g(i)
            """, """
            b v1 = LOCAL 0 a
            GUARD_CALLER @44 of <module>
            o v2 = NEWREF v1
            RETURN @4 v2
            o v3 = RESULT 0, same as v2
            """, function="g", kind="function", PYTHON_JIT_RESUME_INITIAL_VALUE="20",
            PYTHON_JIT_JUMP_BACKWARD_INITIAL_VALUE="4095")


if __name__ == "__main__":
    unittest.main()
