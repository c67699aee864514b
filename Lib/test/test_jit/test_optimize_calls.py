"""Calls whose function the optimizer knows: check_function(), check_stack_space()
and note_arguments() of ssa.c.

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
class FunctionTest(TraceTests):
    """check_function() and note_arguments()."""

    stage = "build"

    def test_global_function(self):
        self.check("""
            def g(a):
                return a + a
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    g(i)  # here
            f(60)
            """, """
            GUARD_GLOBALS
            o v1 = NEWREF v2
            CALL_KNOWN 1 g v1
            DROP v3, int
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_a_local_function(self):
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

    def test_not_a_global_that_changes_often(self):
        self.check("""
            def make():
                def g(a):
                    return a + a
                return g
            g = make()
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    g(i)  # here
                    if i % 40 == 0:
                        globals()['g'] = make()
            f(600)
            """, """
            GUARD_GLOBALS_VERSION #
            LOAD_GLOBAL_MODULE_1 g
            o v1 = RESULT 0
            p v2 = RESULT 1
            o v3 = NEWREF v4
            CALL_FUNCTION 1 make.<locals>.g v1, v3
            DROP v5, int
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF="2")

    def test_global_function_with_defaults(self):
        self.check("""
            def g(a, *, b=1):
                return a + b
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    g(i)  # here
            f(60)
            """, """
            GUARD_GLOBALS
            CHECK_RECURSION_REMAINING
            o v1 = NEWREF <function g>
            o v2 = NEWREF v3
            SET_IP @50
            PY_FRAME_GENERAL 1 v1, NULL, v2
            p v4 = RESULT 0
            SAVE_RETURN_OFFSET 4
            PUSH_FRAME v4
            CHECK_VALID
            DROP v5, int
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_a_local_function_with_defaults(self):
        self.check("""
            def g(a, *, b=1):
                return a + b
            def f(n, x=None, y=None, z=None):
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
            DROP v6, int
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_method(self):
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

    def test_not_a_bound_method(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1
                def m(self):
                    return self.v
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x()  # here
            f(60, A().m)
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            CALL_BOUND_METHOD 0 A.m v2
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_argument_is_known_in_the_callee(self):
        self.check("""
            def g(a):
                return a + a  # here
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    g(i)
            f(60)
            """, """
            p v1 = UNBOX_INT a
            p v2 = INT_ADD v1, v1
            o v3 = BOX_INT v2
            RETURN @8 v3
            o v4 = RESULT 0, same as v3
            """)

    def test_not_an_argument_of_which_nothing_is_known(self):
        self.check("""
            def g(a):
                return a + a  # here
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    g(x)
            f(60, 1)
            """, """
            GUARD_TYPE a, int
            p v1 = UNBOX_INT a
            p v2 = INT_ADD v1, v1
            o v3 = BOX_INT v2
            RETURN @8 v3
            o v4 = RESULT 0, same as v3
            """)

    def test_not_after_the_callee_has_overwritten_it(self):
        self.check("""
            def g(a):
                a = h[0]
                return a + a  # here
            h = [1]
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    g(i)
            f(60)
            """, """
            GUARD_TYPE a, int
            p v1 = UNBOX_INT a
            p v2 = INT_ADD v1, v1
            o v3 = BOX_INT v2
            RETURN @26 v3
            o v4 = RESULT 0, same as v3
            """)

    def test_argument_of_a_global_that_is_not_folded(self):
        # Which function it is is not known, but that there is no self.
        self.check("""
            def make():
                def g(a):
                    return a + a  # here
                return g
            g = make()
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    g(i)
                    if i % 40 == 0:
                        globals()['g'] = make()
            f(600)
            """, """
            p v1 = UNBOX_INT a
            p v2 = INT_ADD v1, v1
            o v3 = BOX_INT v2
            RETURN @8 v3
            o v4 = RESULT 0, same as v3
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF="2")

    def test_not_when_self_may_be_null(self):
        # A generic LOAD_ATTR pushes a method and self, or NULL.
        self.check("""
            class A:
                def m(a):
                    return a + a  # here
                def __init__(self):
                    self.m = A.m
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.m(i)
            f(60, A())
            """, """
            b v1 = LOCAL 0 a
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_ADD v2, v2
            o v4 = BOX_INT v3
            RETURN @8 v4
            o v5 = RESULT 0, same as v4
            """)

    def test_self_is_known_in_a_method(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1
                def m(self):
                    return self.v  # here
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.m()
            f(60, A())
            """, """
            b v1 = LOAD self, +24
            GUARD_NOT_NULL v1
            o v2 = NEWREF v1
            RETURN @24 v2
            o v3 = RESULT 0, same as v2
            """)

    def test_caller_keeps_what_it_knows(self):
        self.check("""
            def g(a):
                return a + a
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    g(i)
                    i - i  # here
            f(60)
            """, """
            b v1 = LOCAL 4 i
            CHECK_VALID
            p v2 = UNBOX_INT v1
            p v3 = INT_SUBTRACT v2, v2
            o v4 = BOX_INT v3
            DROP v4, int
            JUMP_TO_TOP
            """)

    def test_not_what_was_returned(self):
        self.check("""
            def g(a):
                return h[a]
            h = [5, 6]
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    g(x) + i  # here
            f(60, 1)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            CALL_KNOWN 1 g v2
            b v3 = LOCAL 4 i
            GUARD_TYPE v4, int
            CHECK_VALID
            p v5 = UNBOX_INT v4
            p v6 = UNBOX_INT v3
            p v7 = INT_ADD v5, v6
            DROP v4, int
            o v8 = BOX_INT v7
            DROP v8, int
            JUMP_TO_TOP
            """)

    def test_cell_is_no_argument(self):
        self.check("""
            def g(a):
                a + a  # here
                return lambda: a
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    g(i)
            f(60)
            """, """
            LOAD_DEREF 0 a
            o v1 = RESULT 0
            LOAD_DEREF 0 a
            o v2 = RESULT 0
            GUARD_TYPE v1, int
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v1
            p v4 = UNBOX_INT v2
            p v5 = INT_ADD v3, v4
            DROP v2, int
            DROP v1, int
            o v6 = BOX_INT v5
            DROP v6, int
            """)


@requires_jit
class CFunctionTest(TraceTests):
    """Functions in C that are constants: ssa_call_method() and ssa_call_builtin()."""

    stage = "build"

    def test_method_without_arguments(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    x.reverse()  # here
            f(60, [1])
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            CHECK_C_RECURSION
            o v2 = NEWREF v1
            SET_IP @52
            METHOD_NOARGS v2
            o v3 = RESULT 0
            CHECK_VALID
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_method_with_one(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x.extend(y)  # here
            f(60, [1], ())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            b v2 = LOCAL 2 y
            CHECK_C_RECURSION
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            SET_IP @54
            METHOD_O v3, v4
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_method_with_several(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    x.get(i, 7)  # here
            f(60, {})
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            o v2 = NEWREF v1
            o v3 = NEWREF v4
            SET_IP @56
            METHOD_FAST 2 v2, v3, 7
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_arguments_that_run_code(self):
        # The method that waits below them is released after the call.
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    x.get(y + i)  # here
            f(60, {}, 1.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            b v2 = LOCAL 2 y
            o v3 = NEWREF <method_descriptor>
            o v4 = NEWREF v1
            o v5 = NEWREF v2
            o v6 = NEWREF v7
            SET_IP @54
            BINARY_OP 0 v5, v6
            o v8 = RESULT 0
            CHECK_VALID
            SET_IP @58
            METHOD_FAST 1 v4, v8
            o v9 = RESULT 0
            DROP v3, method_descriptor
            CHECK_VALID
            DROP v9
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-floats")

    def test_method_of_a_subclass(self):
        self.check("""
            class L(list):
                pass
            def f(n, x):
                for i in range(n):
                    x.reverse()  # here
            f(60, L())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            CHECK_ATTR_METHOD_LAZY_DICT 0 v1
            o v2 = NEWREF <method_descriptor>
            o v3 = NEWREF v1
            SET_IP @52
            CALL 0 v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_method_with_keywords(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    x.split("b")  # here
            f(60, "abc")
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            o v2 = NEWREF <method_descriptor>
            o v3 = NEWREF v1
            SET_IP @54
            CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS 1 v2, v3, 'b'
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_builtin_with_one(self):
        self.check("""
            def f(n):
                for i in range(n):
                    callable(i)  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            CHECK_C_RECURSION
            o v1 = NEWREF <builtin callable>
            o v2 = NEWREF v3
            SET_IP @42
            BUILTIN_O v1, v2
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_builtin_with_several(self):
        self.check("""
            def f(n):
                for i in range(n):
                    divmod(i, 7)  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            o v1 = NEWREF <builtin divmod>
            o v2 = NEWREF v3
            SET_IP @44
            BUILTIN_FAST 2 v1, v2, 7
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_builtin_in_a_local(self):
        self.check("""
            def f(n, g):
                for i in range(n):
                    g(i)  # here
            f(60, abs)
            """, """
            b v1 = LOCAL 1 g
            o v2 = NEWREF v1
            o v3 = NEWREF v4
            SET_IP @36
            CALL_BUILTIN_O 1 v2, NULL, v3
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)


@requires_jit
class PropertyTest(TraceTests):
    """The function of a property: ssa_guard_function_version() and ssa_property_frame()."""

    stage = "build"

    def test_known(self):
        self.check("""
            class C:
                @property
                def p(self):
                    return 1
            def f(n, x):
                for i in range(n):
                    x.p  # here
            f(60, C())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            o v2 = NEWREF v1
            CALL_KNOWN 1 C.p v2
            FORGET v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_code_assigned_before(self):
        # It has no version any more: nothing says when it changes again.
        self.check("""
            class C:
                @property
                def p(self):
                    return 1
            def f(n, x):
                for i in range(n):
                    x.p  # here
            C.p.fget.__code__ = C.p.fget.__code__.replace(co_name="q")
            f(60, C())
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @32
            LOAD_ATTR_0 p v2
            o v3 = RESULT 0
            CHECK_VALID
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
