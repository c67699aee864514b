"""What the optimizer knows of types, functions and methods.

Each rule has a test that it fires, and beside it one that it does not where
its condition does not hold. A test compares the lines marked `# here` of one
trace; JIT_BLESS=1 writes the expected text (traces.py).

Most loops begin with `i + i`: to store the loop's variable releases what it
held, which might have a finalizer, so that the first guard that facts answer
becomes CHECK_VALID. After that, guards go.
"""

import unittest

from .support import requires_jit
from .traces import TraceTests, dump_of


@requires_jit
class TypeVersionTest(TraceTests):
    """guard_type_version()."""

    stage = "optimize"

    def test_second_guard_on_one_object(self):
        self.check("""
            class A:
                __slots__ = ()
                def m(self, a):
                    return a
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.m(x.m(i))  # here
            f(60, A())
            """, """
            LOAD_FAST 1 x
            GUARD_TYPE_VERSION # A
            LOAD_ATTR_METHOD_NO_DICT m
            LOAD_FAST 1 x
            LOAD_ATTR_METHOD_NO_DICT m
            LOAD_FAST 4 i
            CHECK_STACK_SPACE 1
            INIT_CALL_PY_EXACT_ARGS_1
            SAVE_RETURN_OFFSET 4
            SET_IP @84
            PUSH_FRAME
            CHECK_VALID
            CHECK_STACK_SPACE 1
            INIT_CALL_PY_EXACT_ARGS_1
            SAVE_RETURN_OFFSET 4
            SET_IP @92
            PUSH_FRAME
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_another_object(self):
        self.check("""
            class A:
                __slots__ = ()
                def m(self, a):
                    return a
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.m(z.m(i))  # here
            f(60, A(), 0, A())
            """, """
            LOAD_FAST 1 x
            GUARD_TYPE_VERSION # A
            LOAD_ATTR_METHOD_NO_DICT m
            LOAD_FAST 3 z
            GUARD_TYPE_VERSION # A
            LOAD_ATTR_METHOD_NO_DICT m
            LOAD_FAST 4 i
            CHECK_STACK_SPACE 1
            INIT_CALL_PY_EXACT_ARGS_1
            SAVE_RETURN_OFFSET 4
            SET_IP @84
            PUSH_FRAME
            CHECK_VALID
            CHECK_STACK_SPACE 1
            INIT_CALL_PY_EXACT_ARGS_1
            SAVE_RETURN_OFFSET 4
            SET_IP @92
            PUSH_FRAME
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_after_overwriting(self):
        self.check("""
            class A:
                __slots__ = ()
                def m(self, a):
                    return a
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.m(i)
                    x = z
                    x.m(i)  # here
            f(60, A(), 0, A())
            """, """
            LOAD_FAST 1 x
            GUARD_TYPE_VERSION # A
            LOAD_ATTR_METHOD_NO_DICT m
            LOAD_FAST 4 i
            CHECK_VALID
            CHECK_STACK_SPACE 1
            INIT_CALL_PY_EXACT_ARGS_1
            SAVE_RETURN_OFFSET 4
            SET_IP @100
            PUSH_FRAME
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_becomes_check_valid_while_stale(self):
        # LOAD_ATTR_INSTANCE_VALUE gives back the object that it looks at.
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1
                def m(self):
                    return self.v
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v + x.v  # here
            f(60, A())
            """, """
            LOAD_FAST 1 x
            GUARD_TYPE_VERSION # A
            CHECK_MANAGED_OBJECT_HAS_VALUES
            LOAD_ATTR_INSTANCE_VALUE_0 v
            LOAD_FAST 1 x
            CHECK_VALID
            CHECK_MANAGED_OBJECT_HAS_VALUES
            LOAD_ATTR_INSTANCE_VALUE_0 v
            GUARD_BOTH_INT
            BINARY_OP_ADD_INT
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_known_by_another_name(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1
                def m(self):
                    return self.v
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    z = x
                    z.v  # here
            f(60, A(), 0, A())
            """, """
            LOAD_FAST 3 z
            CHECK_VALID
            CHECK_MANAGED_OBJECT_HAS_VALUES
            LOAD_ATTR_INSTANCE_VALUE_0 v
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_also_a_type_for_arithmetic(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.bit_length()
                    x + i  # here
            f(60, 1)
            """, """
            LOAD_FAST 1 x
            LOAD_FAST 4 i
            CHECK_VALID
            BINARY_OP_ADD_INT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_no_trace_when_the_type_has_changed_meanwhile(self):
        # The recording ends; so a version that a trace guards is the type's.
        text = dump_of("""
            class A:
                def m(self):
                    return 1
            def f(n, x):
                for i in range(n):
                    x.m()
                    A.changed = i
            f(60, A())
            """, "all")
        self.assertNotIn("  f (", text)
        self.assertRegex(text, "== abort +CHANGED")


@requires_jit
class FunctionTest(TraceTests):
    """check_function() and note_arguments()."""

    stage = "optimize"

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
            LOAD_CONST_INLINE_WITH_NULL <function g>
            LOAD_FAST 4 i
            CHECK_STACK_SPACE 1
            INIT_CALL_PY_EXACT_ARGS_1
            SAVE_RETURN_OFFSET 4
            SET_IP @50
            PUSH_FRAME
            POP_TOP
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
            LOAD_FAST 1 x
            PUSH_NULL
            LOAD_FAST 4 i
            CHECK_FUNCTION_EXACT_ARGS 1 #
            CHECK_STACK_SPACE 1
            INIT_CALL_PY_EXACT_ARGS_1
            SAVE_RETURN_OFFSET 4
            SET_IP @44
            PUSH_FRAME
            POP_TOP
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
            LOAD_FAST 4 i
            CHECK_FUNCTION_EXACT_ARGS 1 #
            CHECK_STACK_SPACE 1
            INIT_CALL_PY_EXACT_ARGS_1
            SAVE_RETURN_OFFSET 4
            SET_IP @50
            PUSH_FRAME
            POP_TOP
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
            LOAD_CONST_INLINE_WITH_NULL <function g>
            LOAD_FAST 4 i
            CHECK_RECURSION_REMAINING
            SET_IP @50
            PY_FRAME_GENERAL 1
            SAVE_RETURN_OFFSET 4
            PUSH_FRAME
            CHECK_VALID
            POP_TOP
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
            LOAD_FAST 1 x
            PUSH_NULL
            LOAD_FAST 4 i
            CHECK_FUNCTION_VERSION 1 #
            CHECK_RECURSION_REMAINING
            SET_IP @44
            PY_FRAME_GENERAL 1
            SAVE_RETURN_OFFSET 4
            PUSH_FRAME
            CHECK_VALID
            POP_TOP
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
            LOAD_FAST 1 x
            GUARD_TYPE_VERSION # A
            GUARD_DORV_VALUES_INST_ATTR_FROM_DICT
            GUARD_KEYS_VERSION #
            LOAD_ATTR_METHOD_WITH_VALUES m
            CHECK_STACK_SPACE 0
            INIT_CALL_PY_EXACT_ARGS_0
            SAVE_RETURN_OFFSET 4
            SET_IP @60
            PUSH_FRAME
            POP_TOP
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
            LOAD_FAST 1 x
            PUSH_NULL
            CHECK_CALL_BOUND_METHOD_EXACT_ARGS 0
            INIT_CALL_BOUND_METHOD_EXACT_ARGS 0
            CHECK_FUNCTION_EXACT_ARGS 0 #
            CHECK_STACK_SPACE 0
            INIT_CALL_PY_EXACT_ARGS_0
            SAVE_RETURN_OFFSET 4
            SET_IP @42
            PUSH_FRAME
            POP_TOP
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
            LOAD_FAST 0 a
            LOAD_FAST 0 a
            BINARY_OP_ADD_INT
            SET_IP @8
            POP_FRAME
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
            LOAD_FAST 0 a
            LOAD_FAST 0 a
            GUARD_BOTH_INT
            BINARY_OP_ADD_INT
            SET_IP @8
            POP_FRAME
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
            LOAD_FAST 0 a
            LOAD_FAST 0 a
            GUARD_BOTH_INT
            BINARY_OP_ADD_INT
            SET_IP @26
            POP_FRAME
            """)

    def test_not_when_self_may_be_null(self):
        # That there is no self is only known of a global that is folded.
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
            LOAD_FAST 0 a
            LOAD_FAST 0 a
            GUARD_BOTH_INT
            BINARY_OP_ADD_INT
            SET_IP @8
            POP_FRAME
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF="2")

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
            LOAD_FAST 0 self
            CHECK_MANAGED_OBJECT_HAS_VALUES
            LOAD_ATTR_INSTANCE_VALUE_0 v
            SET_IP @24
            POP_FRAME
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
            LOAD_FAST 4 i
            LOAD_FAST 4 i
            CHECK_VALID
            BINARY_OP_SUBTRACT_INT
            POP_TOP
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
            LOAD_CONST_INLINE_WITH_NULL <function g>
            LOAD_FAST 1 x
            CHECK_STACK_SPACE 1
            INIT_CALL_PY_EXACT_ARGS_1
            SAVE_RETURN_OFFSET 4
            SET_IP @50
            PUSH_FRAME
            LOAD_FAST 4 i
            GUARD_BOTH_INT
            BINARY_OP_ADD_INT
            POP_TOP
            CHECK_VALID
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
            LOAD_DEREF 0 a
            GUARD_BOTH_INT
            BINARY_OP_ADD_INT
            POP_TOP
            """)


@requires_jit
class MethodTest(TraceTests):
    """LOAD_ATTR_METHOD_* give constants."""

    stage = "optimize"

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
            LOAD_FAST 1 x
            GUARD_TYPE_VERSION # A
            GUARD_DORV_VALUES_INST_ATTR_FROM_DICT
            GUARD_KEYS_VERSION #
            LOAD_ATTR_METHOD_WITH_VALUES m
            CHECK_STACK_SPACE 0
            INIT_CALL_PY_EXACT_ARGS_0
            SAVE_RETURN_OFFSET 4
            SET_IP @60
            PUSH_FRAME
            POP_TOP
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
            LOAD_FAST 1 x
            GUARD_TYPE_VERSION # A
            LOAD_ATTR_METHOD_NO_DICT m
            LOAD_FAST 4 i
            CHECK_STACK_SPACE 1
            INIT_CALL_PY_EXACT_ARGS_1
            SAVE_RETURN_OFFSET 4
            SET_IP @62
            PUSH_FRAME
            POP_TOP
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
            LOAD_FAST 1 x
            GUARD_TYPE_VERSION # A
            CHECK_ATTR_METHOD_LAZY_DICT 40
            LOAD_ATTR_METHOD_LAZY_DICT m
            CHECK_STACK_SPACE 0
            INIT_CALL_PY_EXACT_ARGS_0
            SAVE_RETURN_OFFSET 4
            SET_IP @60
            PUSH_FRAME
            POP_TOP
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
            LOAD_FAST 1 x
            SET_IP @40
            LOAD_ATTR_1 m
            CHECK_VALID
            LOAD_FAST 1 x
            CHECK_FUNCTION_EXACT_ARGS 1 #
            CHECK_STACK_SPACE 1
            INIT_CALL_PY_EXACT_ARGS_1
            SAVE_RETURN_OFFSET 4
            SET_IP @62
            PUSH_FRAME
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
