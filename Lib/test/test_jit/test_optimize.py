"""What the translator and the optimizer make of programs: micro-ops as text.

Each rule has a test that it fires, and beside it one that it does not where
its condition does not hold. A test compares the lines marked `# here` of one
trace; JIT_BLESS=1 writes the expected text (traces.py).

Most loops begin with `i + i`: to store the loop's variable releases what it
held, which might have a finalizer, so that the first guard that facts answer
becomes CHECK_VALID. After that, guards go.
"""

import re
import textwrap
import unittest

from .support import requires_jit
from .traces import TraceTests, dump_of


@requires_jit
class GuardBothTest(TraceTests):
    """guard_both(): GUARD_BOTH_INT, _FLOAT and _UNICODE."""

    stage = "optimize"

    def test_int_both_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    i - i  # here
            f(60)
            """, """
            LOAD_FAST 4 i
            LOAD_FAST 4 i
            BINARY_OP_SUBTRACT_INT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_int_tos_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + i  # here
            f(60, 1)
            """, """
            LOAD_FAST 1 x
            LOAD_FAST 4 i
            GUARD_NOS_INT
            BINARY_OP_ADD_INT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_int_nos_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    i + x  # here
            f(60, 1)
            """, """
            LOAD_FAST 4 i
            LOAD_FAST 1 x
            GUARD_TOS_INT
            BINARY_OP_ADD_INT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_int_none_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + z  # here
            f(60, 1, 0, 2)
            """, """
            LOAD_FAST 1 x
            LOAD_FAST 3 z
            GUARD_BOTH_INT
            BINARY_OP_ADD_INT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_int_known_after_a_guard(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + z
                    z - x  # here
            f(60, 1, 0, 2)
            """, """
            LOAD_FAST 3 z
            LOAD_FAST 1 x
            BINARY_OP_SUBTRACT_INT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_int_results(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    (i + i) * (i - i)  # here
            f(60)
            """, """
            LOAD_FAST 4 i
            LOAD_FAST 4 i
            BINARY_OP_ADD_INT
            LOAD_FAST 4 i
            LOAD_FAST 4 i
            BINARY_OP_SUBTRACT_INT
            BINARY_OP_MULTIPLY_INT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_int_overwritten_in_between(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + x
                    x = z
                    x + x  # here
            f(60, 1, 0, 2)
            """, """
            LOAD_FAST 1 x
            LOAD_FAST 1 x
            GUARD_BOTH_INT
            BINARY_OP_ADD_INT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_int_copy_of_a_local(self):
        # Known, but what y held before may have had a finalizer.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + x
                    y = x
                    y + x  # here
            f(60, 1, 0, 2)
            """, """
            LOAD_FAST 2 y
            LOAD_FAST 1 x
            CHECK_VALID
            BINARY_OP_ADD_INT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_int_after_another_type(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + i
                    z * z  # here
            f(60, 1, 0, 1.5)
            """, """
            LOAD_FAST 3 z
            LOAD_FAST 3 z
            GUARD_BOTH_FLOAT
            BINARY_OP_MULTIPLY_FLOAT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_float_both_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x * x + x  # here
            f(60, 1.5)
            """, """
            LOAD_FAST 1 x
            LOAD_FAST 1 x
            GUARD_BOTH_FLOAT
            BINARY_OP_MULTIPLY_FLOAT
            LOAD_FAST 1 x
            BINARY_OP_ADD_FLOAT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_float_tos_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x * x
                    z - x  # here
            f(60, 1.5, 0.5, 2.5)
            """, """
            LOAD_FAST 3 z
            LOAD_FAST 1 x
            GUARD_NOS_FLOAT
            BINARY_OP_SUBTRACT_FLOAT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_float_nos_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x * x
                    x - z  # here
            f(60, 1.5, 0.5, 2.5)
            """, """
            LOAD_FAST 1 x
            LOAD_FAST 3 z
            GUARD_TOS_FLOAT
            BINARY_OP_SUBTRACT_FLOAT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_float_none_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x - z  # here
            f(60, 1.5, 0.5, 2.5)
            """, """
            LOAD_FAST 1 x
            LOAD_FAST 3 z
            GUARD_BOTH_FLOAT
            BINARY_OP_SUBTRACT_FLOAT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_str_both_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + z
                    z + x  # here
            f(60, 'a', 'b', 'c')
            """, """
            LOAD_FAST 3 z
            LOAD_FAST 1 x
            BINARY_OP_ADD_UNICODE
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_str_one_known_is_not_enough(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + x
                    x + z  # here
            f(60, 'a', 'b', 'c')
            """, """
            LOAD_FAST 1 x
            LOAD_FAST 3 z
            GUARD_BOTH_UNICODE
            BINARY_OP_ADD_UNICODE
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_str_result(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + z == x  # here
            f(60, 'a', 'b', 'c')
            """, """
            LOAD_FAST 1 x
            LOAD_FAST 3 z
            GUARD_BOTH_UNICODE
            BINARY_OP_ADD_UNICODE
            LOAD_FAST 1 x
            COMPARE_OP_STR 72
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_becomes_check_valid_while_stale(self):
        # The local that is written held an object of which nothing is known: a
        # finalizer may have run.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    z = x
                    i - i  # here
            f(60, [], 2)
            """, """
            LOAD_FAST 4 i
            LOAD_FAST 4 i
            CHECK_VALID
            BINARY_OP_SUBTRACT_INT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_one_known_while_stale(self):
        # What is known of i must not be relied on before the trace's validity is
        # checked, and GUARD_TOS_INT does not.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    z = x
                    i + y  # here
            f(60, [], 1, [])
            """, """
            LOAD_FAST 4 i
            LOAD_FAST 2 y
            GUARD_BOTH_INT
            BINARY_OP_ADD_INT
            SET_IP @48
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_stale_after_simple_values(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = i * 2
                    i * 3
                    y = i * 5
                    i - i  # here
            f(60)
            """, """
            LOAD_FAST 4 i
            LOAD_FAST 4 i
            BINARY_OP_SUBTRACT_INT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_known_after_python_may_have_run(self):
        # The first CHECK_VALID is the translator's, the last one was GUARD_BOTH_INT.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x[i]  # here
                    i - i  # here
            f(60, dict.fromkeys(range(60)))
            """, """
            LOAD_FAST 1 x
            LOAD_FAST 4 i
            SET_IP @40
            BINARY_SUBSCR_DICT
            CHECK_VALID
            SET_IP @44
            POP_TOP
            LOAD_FAST 4 i
            LOAD_FAST 4 i
            CHECK_VALID
            BINARY_OP_SUBTRACT_INT
            POP_TOP
            JUMP_TO_TOP
            """)


@requires_jit
class ToBoolTest(TraceTests):
    """TO_BOOL_BOOL."""

    stage = "optimize"

    def test_result_of_a_comparison(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = i < 5
                    i + i
                    if y: pass  # here
            f(60)
            """, """
            LOAD_FAST 2 y
            GUARD_IS_FALSE_POP
            JUMP_TO_TOP
            """)

    def test_result_of_not(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = not x
                    i + i
                    if y: pass  # here
            f(60, 5)
            """, """
            LOAD_FAST 2 y
            GUARD_IS_FALSE_POP
            JUMP_TO_TOP
            """)

    def test_known_after_a_guard(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x: i
                    if x: i  # here
            f(60, True)
            """, """
            LOAD_FAST 1 x
            GUARD_IS_TRUE_POP
            LOAD_FAST 4 i
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_not_of_what_is_not_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x: i  # here
            f(60, True)
            """, """
            LOAD_FAST 1 x
            TO_BOOL_BOOL
            GUARD_IS_TRUE_POP
            LOAD_FAST 4 i
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_not_after_overwriting(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if x: i
                    x = z
                    if x: i  # here
            f(60, True, 1, True)
            """, """
            LOAD_FAST 1 x
            TO_BOOL_BOOL
            GUARD_IS_TRUE_POP
            LOAD_FAST 4 i
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_becomes_check_valid_while_stale(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = i < 5
                    z = x
                    if y: pass  # here
            f(60, [], True, [])
            """, """
            LOAD_FAST 2 y
            CHECK_VALID
            GUARD_IS_FALSE_POP
            JUMP_TO_TOP
            """)


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
            SET_IP @100
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
            SET_IP @100
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
            SET_IP @108
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
            SET_IP @40
            LOAD_ATTR_INSTANCE_VALUE_0 v
            LOAD_FAST 1 x
            CHECK_VALID
            CHECK_MANAGED_OBJECT_HAS_VALUES
            SET_IP @62
            LOAD_ATTR_INSTANCE_VALUE_0 v
            GUARD_BOTH_INT
            BINARY_OP_ADD_INT
            SET_IP @86
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
            SET_IP @68
            LOAD_ATTR_INSTANCE_VALUE_0 v
            SET_IP @88
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
            SET_IP @58
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
            SET_IP @52
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
            SET_IP @58
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
            SET_IP @58
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
            SET_IP @52
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
            SET_IP @68
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
            SET_IP @42
            INIT_CALL_BOUND_METHOD_EXACT_ARGS 0
            CHECK_FUNCTION_EXACT_ARGS 0 #
            CHECK_STACK_SPACE 0
            INIT_CALL_PY_EXACT_ARGS_0
            SAVE_RETURN_OFFSET 4
            PUSH_FRAME
            SET_IP @50
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
            SET_IP @4
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
            SET_IP @64
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
            SET_IP @12
            POP_TOP
            """)


@requires_jit
class GlobalTest(TraceTests):
    """GUARD_GLOBALS_VERSION, GUARD_BUILTINS_VERSION and LOAD_GLOBAL_*."""

    stage = "optimize"

    def test_immortal(self):
        self.check("""
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    K  # here
            f(60)
            """, """
            GUARD_GLOBALS
            LOAD_CONST_INLINE_BORROW 5
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_mortal(self):
        self.check("""
            K = 1000000
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    K  # here
            f(60)
            """, """
            GUARD_GLOBALS
            LOAD_CONST_INLINE 1000000
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_called(self):
        self.check("""
            def g(): return 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    g()  # here
            f(60)
            """, """
            GUARD_GLOBALS
            LOAD_CONST_INLINE_WITH_NULL <function g>
            CHECK_STACK_SPACE 0
            INIT_CALL_PY_EXACT_ARGS_0
            SAVE_RETURN_OFFSET 4
            SET_IP @48
            PUSH_FRAME
            SET_IP @56
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_builtin(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    len  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            LOAD_CONST_INLINE <builtin len>
            SET_IP @48
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_builtin_called(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    len(x)  # here
            f(60, 'abc')
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            LOAD_CONST_INLINE_WITH_NULL <builtin len>
            LOAD_FAST 1 x
            SET_IP @50
            CALL_LEN 1
            CHECK_VALID
            SET_IP @58
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_second_in_a_frame(self):
        self.check("""
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    K
                    K  # here
            f(60)
            """, """
            LOAD_CONST_INLINE_BORROW 5
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_second_builtin_in_a_frame(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    len is abs  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            LOAD_CONST_INLINE <builtin len>
            LOAD_CONST_INLINE <builtin abs>
            SET_IP @58
            IS_OP 0
            SET_IP @60
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_builtin_after_a_global(self):
        self.check("""
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    K is len  # here
            f(60)
            """, """
            GUARD_GLOBALS
            LOAD_CONST_INLINE_BORROW 5
            GUARD_BUILTINS
            LOAD_CONST_INLINE <builtin len>
            SET_IP @58
            IS_OP 0
            SET_IP @60
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_one_guard_in_each_frame(self):
        self.check("""
            K = 5
            def g():
                return K  # here
            def f(n):
                for i in range(n):
                    g()
                    g()
                    K  # here
            f(60)
            """, """
            GUARD_GLOBALS
            LOAD_CONST_INLINE_BORROW 5
            SET_IP @12
            POP_FRAME
            GUARD_GLOBALS
            LOAD_CONST_INLINE_BORROW 5
            SET_IP @12
            POP_FRAME
            CHECK_VALID
            LOAD_CONST_INLINE_BORROW 5
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_not_one_that_changes_often(self):
        self.check("""
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    K  # here
                    if i % 40 == 0:
                        globals()['K'] = K + 1
            f(600)
            """, """
            GUARD_GLOBALS_VERSION #
            LOAD_GLOBAL_MODULE_0 K
            SET_IP @48
            POP_TOP
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF="2")

    def test_one_that_has_changed_once(self):
        self.check("""
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    K  # here
                    if i == 40:
                        globals()['K'] += 1
            f(600)
            """, """
            GUARD_GLOBALS
            LOAD_CONST_INLINE_BORROW 6
            POP_TOP
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF="2")

    def test_not_with_builtins_of_its_own(self):
        self.check("""
            import builtins, types
            def f(n):
                for i in range(n):
                    len  # here
            types.FunctionType(f.__code__, {"__builtins__": dict(vars(builtins))})(60)
            """, """
            GUARD_GLOBALS_VERSION #
            GUARD_BUILTINS_VERSION #
            LOAD_GLOBAL_BUILTINS_0 len
            SET_IP @40
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_first_while_stale(self):
        self.check("""
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    z = x
                    K  # here
            f(60, [], [], [])
            """, """
            GUARD_GLOBALS_AND_VALID
            LOAD_CONST_INLINE_BORROW 5
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_second_becomes_check_valid_while_stale(self):
        self.check("""
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    K
                    z = x
                    K  # here
            f(60, [], [], [])
            """, """
            CHECK_VALID
            LOAD_CONST_INLINE_BORROW 5
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_not_removed_where_nothing_is_folded(self):
        self.check("""
            C = 1
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    C
                    K  # here
                    if i % 40 == 0:
                        globals()['K'] = K + 1
            f(600)
            """, """
            GUARD_GLOBALS_VERSION #
            LOAD_GLOBAL_MODULE_0 K
            SET_IP @60
            POP_TOP
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF="2")

    def test_folded_although_another_changes_often(self):
        self.check("""
            C = 1
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    K
                    C  # here
                    if i % 40 == 0:
                        globals()['K'] = K + 1
            f(600)
            """, """
            GUARD_GLOBALS_AND_VALID
            LOAD_CONST_INLINE_BORROW 1
            POP_TOP
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF="2")


@requires_jit
class ConstantTest(TraceTests):
    """LOAD_CONST."""

    stage = "optimize"

    def test_immortal(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x == 'abc'  # here
            f(60, 'abc')
            """, """
            LOAD_FAST 1 x
            LOAD_CONST_INLINE_BORROW 'abc'
            GUARD_BOTH_UNICODE
            COMPARE_OP_STR 72
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_mortal(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x + 1.5  # here
            f(60, 2.5)
            """, """
            LOAD_FAST 1 x
            LOAD_CONST_INLINE 1.5
            GUARD_NOS_FLOAT
            BINARY_OP_ADD_FLOAT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_type_is_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    i + 1  # here
            f(60)
            """, """
            LOAD_FAST 4 i
            LOAD_CONST_INLINE_BORROW 1
            BINARY_OP_ADD_INT
            POP_TOP
            JUMP_TO_TOP
            """)


@requires_jit
class IteratorTest(TraceTests):
    """ITER_CHECK_RANGE, ITER_CHECK_LIST and ITER_CHECK_TUPLE."""

    stage = "optimize"

    def test_second_check_of_a_range(self):
        # The generator's loop runs twice in the trace.
        self.check("""
            def g(x):
                for i in x:  # here
                    if i & 1:
                        yield i
            def f(n):
                for k in range(n):
                    for i in g(range(10)):
                        break
            f(60)
            """, """
            LOAD_FAST 0 x
            SET_IP @8
            GET_ITER
            CHECK_VALID
            ITER_CHECK_RANGE
            GUARD_NOT_EXHAUSTED_RANGE
            ITER_NEXT_RANGE
            SET_IP @14
            STORE_FAST 1 i
            CHECK_VALID
            GUARD_NOT_EXHAUSTED_RANGE
            ITER_NEXT_RANGE
            STORE_FAST 1 i
            """)

    def test_second_check_of_a_list(self):
        # The generator's loop runs twice in the trace.
        self.check("""
            def g(x):
                for i in x:  # here
                    if i & 1:
                        yield i
            def f(n):
                for k in range(n):
                    for i in g([2, 1, 3]):
                        break
            f(60)
            """, """
            LOAD_FAST 0 x
            SET_IP @8
            GET_ITER
            CHECK_VALID
            ITER_CHECK_LIST
            GUARD_NOT_EXHAUSTED_LIST
            ITER_NEXT_LIST
            SET_IP @14
            STORE_FAST 1 i
            CHECK_VALID
            GUARD_NOT_EXHAUSTED_LIST
            ITER_NEXT_LIST
            SET_IP @14
            STORE_FAST 1 i
            """)

    def test_second_check_of_a_tuple(self):
        # The generator's loop runs twice in the trace.
        self.check("""
            def g(x):
                for i in x:  # here
                    if i & 1:
                        yield i
            def f(n):
                for k in range(n):
                    for i in g((2, 1, 3)):
                        break
            f(60)
            """, """
            LOAD_FAST 0 x
            SET_IP @8
            GET_ITER
            CHECK_VALID
            ITER_CHECK_TUPLE
            GUARD_NOT_EXHAUSTED_TUPLE
            ITER_NEXT_TUPLE
            SET_IP @14
            STORE_FAST 1 i
            CHECK_VALID
            GUARD_NOT_EXHAUSTED_TUPLE
            ITER_NEXT_TUPLE
            SET_IP @14
            STORE_FAST 1 i
            """)

    def test_not_of_a_new_iterator(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    for k in x:  # here
                        pass
                    for k in x:  # here
                        pass
            f(60, ())
            """, """
            LOAD_FAST 1 x
            SET_IP @40
            GET_ITER
            CHECK_VALID
            ITER_CHECK_TUPLE
            SET_IP @42
            GUARD_EXHAUSTED_TUPLE
            POP_TOP
            LOAD_FAST 1 x
            SET_IP @58
            GET_ITER
            CHECK_VALID
            ITER_CHECK_TUPLE
            SET_IP @60
            GUARD_EXHAUSTED_TUPLE
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)


@requires_jit
class ValidityTest(TraceTests):
    """CHECK_PEP_523 and CHECK_VALID."""

    stage = "optimize"

    def test_check_pep_523_is_gone(self):
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
            SET_IP @52
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_check_pep_523_becomes_check_valid_while_stale(self):
        self.check("""
            def g(a): return a
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x(y := x)  # here
            f(60, g, 1)
            """, """
            LOAD_FAST 1 x
            PUSH_NULL
            LOAD_FAST 1 x
            COPY_1
            SET_IP @46
            STORE_FAST 2 y
            CHECK_VALID
            CHECK_FUNCTION_EXACT_ARGS 1 #
            CHECK_STACK_SPACE 1
            INIT_CALL_PY_EXACT_ARGS_1
            SAVE_RETURN_OFFSET 4
            SET_IP @48
            PUSH_FRAME
            SET_IP @56
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_valid_while_nothing_is_stale(self):
        # The translator checks before the loop's jump; nothing can have changed.
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    i + 1  # here
            f(60)
            """, """
            LOAD_FAST 4 i
            LOAD_CONST_INLINE_BORROW 1
            BINARY_OP_ADD_INT
            POP_TOP
            JUMP_TO_TOP
            """)

    def test_not_when_a_finalizer_may_have_run(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = x  # here
            f(60, [], [])
            """, """
            LOAD_FAST 1 x
            SET_IP @40
            STORE_FAST 2 y
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_when_python_may_have_run(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x[i]  # here
            f(60, dict.fromkeys(range(60)))
            """, """
            LOAD_FAST 1 x
            LOAD_FAST 4 i
            SET_IP @40
            BINARY_SUBSCR_DICT
            CHECK_VALID
            SET_IP @44
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
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
            SET_IP @68
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
            SET_IP @70
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
            SET_IP @68
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
            SET_IP @70
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)


@requires_jit
class BranchTest(TraceTests):
    """Branches become guards."""

    stage = "translate"

    def test_jump_if_false_of_true(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    if x: i  # here
            f(60, True)
            """, """
            LOAD_FAST 1 x
            TO_BOOL_BOOL -> TO_BOOL @32
            GUARD_IS_TRUE_POP -> JUMP_BACKWARD @44
            LOAD_FAST 4 i
            SET_IP @50
            POP_TOP
            CHECK_VALID -> JUMP_BACKWARD @52 tier 1
            JUMP_TO_TOP
            """, exits=True)

    def test_jump_if_false_of_false(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    if x: i  # here
            f(60, False)
            """, """
            LOAD_FAST 1 x
            TO_BOOL_BOOL -> TO_BOOL @32
            GUARD_IS_FALSE_POP -> LOAD_FAST @48
            CHECK_VALID -> JUMP_BACKWARD @44 tier 1
            JUMP_TO_TOP
            """, exits=True)

    def test_jump_if_true_of_true(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    if not x: i  # here
            f(60, True)
            """, """
            LOAD_FAST 1 x
            TO_BOOL_BOOL -> TO_BOOL @32
            GUARD_IS_TRUE_POP -> LOAD_FAST @48
            CHECK_VALID -> JUMP_BACKWARD @44 tier 1
            JUMP_TO_TOP
            """, exits=True)

    def test_jump_if_true_of_false(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    if not x: i  # here
            f(60, False)
            """, """
            LOAD_FAST 1 x
            TO_BOOL_BOOL -> TO_BOOL @32
            GUARD_IS_FALSE_POP -> JUMP_BACKWARD @44
            LOAD_FAST 4 i
            SET_IP @50
            POP_TOP
            CHECK_VALID -> JUMP_BACKWARD @52 tier 1
            JUMP_TO_TOP
            """, exits=True)

    def test_jump_if_none_of_1(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    if x is not None: i  # here
            f(60, 1)
            """, """
            LOAD_FAST 1 x
            SET_IP @32
            GUARD_IS_NOT_NONE_POP -> JUMP_BACKWARD @36
            LOAD_FAST 4 i
            SET_IP @42
            POP_TOP
            CHECK_VALID -> JUMP_BACKWARD @44 tier 1
            JUMP_TO_TOP
            """, exits=True)

    def test_jump_if_none_of_none(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    if x is not None: i  # here
            f(60, None)
            """, """
            LOAD_FAST 1 x
            SET_IP @32
            GUARD_IS_NONE_POP -> LOAD_FAST @40
            CHECK_VALID -> JUMP_BACKWARD @36 tier 1
            JUMP_TO_TOP
            """, exits=True)

    def test_jump_if_not_none_of_1(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    if x is None: i  # here
            f(60, 1)
            """, """
            LOAD_FAST 1 x
            SET_IP @32
            GUARD_IS_NOT_NONE_POP -> LOAD_FAST @40
            CHECK_VALID -> JUMP_BACKWARD @36 tier 1
            JUMP_TO_TOP
            """, exits=True)

    def test_jump_if_not_none_of_none(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    if x is None: i  # here
            f(60, None)
            """, """
            LOAD_FAST 1 x
            SET_IP @32
            GUARD_IS_NONE_POP -> JUMP_BACKWARD @36
            LOAD_FAST 4 i
            SET_IP @42
            POP_TOP
            CHECK_VALID -> JUMP_BACKWARD @44 tier 1
            JUMP_TO_TOP
            """, exits=True)

    def test_comparison(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    if i < 1000: y = i  # here
            f(60)
            """, """
            LOAD_FAST 4 i
            LOAD_CONST 1 1000
            GUARD_BOTH_INT -> COMPARE_OP @34
            COMPARE_OP_INT 18 -> COMPARE_OP @34
            GUARD_IS_TRUE_POP -> JUMP_BACKWARD @42
            LOAD_FAST 4 i
            SET_IP @48
            STORE_FAST 2 y
            CHECK_VALID -> JUMP_BACKWARD @50 tier 1
            JUMP_TO_TOP
            """, exits=True)


@requires_jit
class LoopTest(TraceTests):
    """Iterators become guards that they are, or are not, exhausted."""

    stage = "translate"

    def test_exhausted_list(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    for k in x:  # here
                        pass
            f(60, [])
            """, """
            LOAD_FAST 1 x
            SET_IP @32
            GET_ITER
            CHECK_VALID -> FOR_ITER @34 tier 1
            ITER_CHECK_LIST -> FOR_ITER @34
            SET_IP @34
            GUARD_EXHAUSTED_LIST -> FOR_ITER @34
            POP_TOP
            CHECK_VALID -> JUMP_BACKWARD @48 tier 1
            JUMP_TO_TOP
            """, exits=True)

    def test_list(self):
        self.check("""
            def f(x):
                for i in x:  # here
                    y = i
            f([1] * 60)
            """, """
            ENTER
            CHECK_PERIODIC -> JUMP_BACKWARD @16 tier 1
            ITER_CHECK_LIST -> FOR_ITER @6
            GUARD_NOT_EXHAUSTED_LIST -> POP_TOP @22
            ITER_NEXT_LIST
            SET_IP @10
            STORE_FAST 1 i
            """, exits=True)

    def test_exhausted_tuple(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    for k in x:  # here
                        pass
            f(60, ())
            """, """
            LOAD_FAST 1 x
            SET_IP @32
            GET_ITER
            CHECK_VALID -> FOR_ITER @34 tier 1
            ITER_CHECK_TUPLE -> FOR_ITER @34
            SET_IP @34
            GUARD_EXHAUSTED_TUPLE -> FOR_ITER @34
            POP_TOP
            CHECK_VALID -> JUMP_BACKWARD @48 tier 1
            JUMP_TO_TOP
            """, exits=True)

    def test_tuple(self):
        self.check("""
            def f(x):
                for i in x:  # here
                    y = i
            f((1,) * 60)
            """, """
            ENTER
            CHECK_PERIODIC -> JUMP_BACKWARD @16 tier 1
            ITER_CHECK_TUPLE -> FOR_ITER @6
            GUARD_NOT_EXHAUSTED_TUPLE -> POP_TOP @22
            ITER_NEXT_TUPLE
            SET_IP @10
            STORE_FAST 1 i
            """, exits=True)

    def test_exhausted_range(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    for k in x:  # here
                        pass
            f(60, range(0))
            """, """
            LOAD_FAST 1 x
            SET_IP @32
            GET_ITER
            CHECK_VALID -> FOR_ITER @34 tier 1
            ITER_CHECK_RANGE -> FOR_ITER @34
            GUARD_EXHAUSTED_RANGE -> FOR_ITER @34
            SET_IP @34
            POP_TOP
            CHECK_VALID -> JUMP_BACKWARD @48 tier 1
            JUMP_TO_TOP
            """, exits=True)

    def test_range(self):
        self.check("""
            def f(x):
                for i in x:  # here
                    y = i
            f(range(60))
            """, """
            ENTER
            CHECK_PERIODIC -> JUMP_BACKWARD @16 tier 1
            ITER_CHECK_RANGE -> FOR_ITER @6
            GUARD_NOT_EXHAUSTED_RANGE -> POP_TOP @22
            ITER_NEXT_RANGE
            SET_IP @10
            STORE_FAST 1 i
            """, exits=True)

    def test_any_iterator(self):
        self.check("""
            def f(x):
                for i in x:  # here
                    y = i
            f(dict.fromkeys(range(60)))
            """, """
            ENTER
            CHECK_PERIODIC -> JUMP_BACKWARD @16 tier 1
            SET_IP @6
            FOR_ITER_TIER_TWO -> POP_TOP @22
            CHECK_VALID -> STORE_FAST @10 tier 1
            SET_IP @10
            STORE_FAST 1 i
            """, exits=True)

    def test_end_of_any_iterator_ends_the_trace(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    for k in x:  # here
                        pass
            f(60, {})
            """, """
            LOAD_FAST 1 x
            SET_IP @32
            GET_ITER
            CHECK_VALID -> FOR_ITER @34 tier 1
            EXIT_TRACE -> FOR_ITER @34
            """, exits=True)

    def test_link_to_an_inner_loop(self):
        self.check("""
            def f(n):
                for i in range(n):
                    y = i
                    for k in range(30):  # here
                        y = k  # here
            f(60)
            """, """
            GUARD_GLOBALS_VERSION # -> LOAD_GLOBAL @34
            GUARD_BUILTINS_VERSION # -> LOAD_GLOBAL @34
            LOAD_GLOBAL_BUILTINS_1 range -> LOAD_GLOBAL @34
            LOAD_CONST 1 30
            SET_IP @46
            CALL_BUILTIN_CLASS 1 -> CALL @46
            CHECK_VALID -> GET_ITER @54 tier 1
            SET_IP @54
            GET_ITER
            CHECK_VALID -> FOR_ITER @56 tier 1
            ITER_CHECK_RANGE -> FOR_ITER @56
            GUARD_NOT_EXHAUSTED_RANGE -> POP_TOP @72
            ITER_NEXT_RANGE
            SET_IP @60
            STORE_FAST 3 k
            LOAD_FAST 3 k
            SET_IP @64
            STORE_FAST 2 y
            EXIT_TRACE -> JUMP_BACKWARD @66 link
            """, exits=True, which=1)

    def test_no_link_without_inner_loop(self):
        self.check("""
            def f(n):
                for i in range(n):
                    y = i  # here
            f(60)
            """, """
            LOAD_FAST 1 i
            SET_IP @32
            STORE_FAST 2 y
            CHECK_VALID -> JUMP_BACKWARD @34 tier 1
            JUMP_TO_TOP
            """, exits=True)


@requires_jit
class ReturnTest(TraceTests):
    """Returns, yields, and the frames that they lead to."""

    stage = "translate"

    def test_return_of_a_root(self):
        # Functions share counters, so which call is hot is not known; all of them
        # are made by the same code, which is new each time.
        self.check("""
            def g(a):
                return a  # here
            for _ in range(9):
                exec("def f(): g(1)\\nf()", globals())
            """, """
            LOAD_FAST 0 a
            GUARD_CALLER @22 of f -> RETURN_VALUE @4
            SET_IP @4
            POP_FRAME
            """, function="g", kind="function", exits=True, PYTHON_JIT_RESUME_INITIAL_VALUE="4")

    def test_return_of_an_inlined_call(self):
        self.check("""
            def g(a):
                return a  # here
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    g(i)
            f(60)
            """, """
            LOAD_FAST 0 a
            SET_IP @4
            POP_FRAME
            """, exits=True)

    def test_return_to_c(self):
        self.check("""
            def g(a):
                return a  # here
            list(map(g, range(60)))
            """, """
            LOAD_FAST 0 a
            SET_IP @4
            POP_FRAME_INDIRECT
            JUMP_INDIRECT return
            """, function="g", kind="function", exits=True, PYTHON_JIT_RESUME_INITIAL_VALUE="20")

    def test_constant_returned_to_c(self):
        self.check("""
            def g(a):
                a
                return 5  # here
            list(map(g, range(60)))
            """, """
            LOAD_CONST 1 5
            SET_IP @6
            POP_FRAME_INDIRECT
            JUMP_INDIRECT return
            """, function="g", kind="function", exits=True, PYTHON_JIT_RESUME_INITIAL_VALUE="20")

    def test_yield_of_a_root(self):
        self.check("""
            def g(n):
                for i in range(n):
                    yield i  # here
            list(g(60))
            """, """
            LOAD_FAST 1 i
            SET_IP @36
            YIELD_VALUE_INDIRECT 0
            JUMP_INDIRECT yield
            """, function="g", kind="loop", exits=True)

    def test_yield_of_an_inlined_generator(self):
        self.check("""
            def g():
                yield 1  # here
            def f(n):
                for i in range(n):
                    for k in g():
                        break
            f(60)
            """, """
            LOAD_CONST 1 1
            SET_IP @8
            YIELD_VALUE 0
            """, exits=True)

    def test_generator_that_a_for_resumes(self):
        self.check("""
            def g(n):
                for i in range(n):
                    yield i
            def f(n):
                for i in g(n):  # here
                    y = i
            f(60)
            """, """
            ENTER
            CHECK_PERIODIC -> JUMP_BACKWARD @34 tier 1
            CHECK_PEP_523 -> FOR_ITER @24
            GUARD_GEN_FRAME @38 of g -> FOR_ITER @24
            FOR_ITER_GEN_FRAME 5 -> FOR_ITER @24
            SET_IP @24
            PUSH_FRAME
            SET_IP @28
            STORE_FAST 1 i
            """, exits=True)

    def test_generator_entered_where_a_guess_failed(self):
        self.check("""
            def g(n):
                yield 0
                for k in range(n):
                    yield 1
                    yield 2
                    yield 3
            def f(n):
                for i in g(n):  # here
                    y = i
            f(60)
            """, """
            ENTER
            CHECK_PEP_523 -> FOR_ITER @24
            FOR_ITER_GEN_FRAME 5 -> FOR_ITER @24
            SET_IP @24
            PUSH_FRAME_INDIRECT
            JUMP_INDIRECT enter
            """, kind="bridge", exits=True)

    def test_generator_that_yield_from_resumes(self):
        self.check("""
            def g(n):
                for i in range(n):
                    yield i
            def h(n):
                yield from g(n)  # here
            def f(n):
                for i in h(n):
                    y = i
            f(60)
            """, """
            RESUME_CHECK -> RESUME @36 tier 1
            CHECK_PEP_523 -> SEND @30
            SEND_GEN_FRAME 3 -> SEND @30
            SET_IP @30
            PUSH_FRAME_INDIRECT
            JUMP_INDIRECT enter
            """, exits=True)

    def test_generator_that_yield_from_starts(self):
        self.check("""
            def g():
                yield 1
            def h():
                yield from g()  # here
            def f(n):
                for i in range(n):
                    for k in h():
                        break
            f(60)
            """, """
            GUARD_GLOBALS_VERSION # -> LOAD_GLOBAL @6
            LOAD_GLOBAL_MODULE_1 g -> LOAD_GLOBAL @6
            CHECK_PEP_523 -> CALL @16
            CHECK_FUNCTION_EXACT_ARGS 0 # -> CALL @16
            CHECK_STACK_SPACE 0 -> CALL @16
            INIT_CALL_PY_EXACT_ARGS_0
            SAVE_RETURN_OFFSET 4
            SET_IP @16
            PUSH_FRAME
            SET_IP @24
            GET_YIELD_FROM_ITER
            CHECK_VALID -> LOAD_CONST @26 tier 1
            LOAD_CONST 0 None
            CHECK_PEP_523 -> SEND @28
            GUARD_SEND_FRAME @2 of g -> SEND @28
            SEND_GEN_FRAME 3 -> SEND @28
            SET_IP @28
            PUSH_FRAME
            SET_IP @32
            YIELD_VALUE 1
            """, exits=True)


@requires_jit
class GeneralizeTest(TraceTests):
    """generalize(): the third bridge in a row from one instruction."""

    stage = "translate"

    def test_specialized_at_first(self):
        self.check("""
            def f(x):
                for i in x:
                    i + i  # here
            f([1, 2.5] * 60)
            """, """
            ENTER
            GUARD_BOTH_INT -> BINARY_OP @14
            BINARY_OP_ADD_INT
            SET_IP @18
            POP_TOP
            EXIT_TRACE -> JUMP_BACKWARD @20 link
            """, kind="bridge", exits=True)

    def test_generic_at_last(self):
        self.check("""
            def f(x):
                for i in x:
                    i + i  # here
            f([1] * 40 + [1, 2.5, 'a', [], ()] * 60)
            """, """
            ENTER
            SET_IP @14
            BINARY_OP 0
            CHECK_VALID -> POP_TOP @18 tier 1
            SET_IP @18
            POP_TOP
            EXIT_TRACE -> JUMP_BACKWARD @20 link
            """, kind="bridge", which=-1, exits=True)


@requires_jit
class DumpTest(unittest.TestCase):
    """The format of PYTHON_JIT_DUMP, which users read."""

    def dump(self, source, stage):
        """What a dump says of a script; with numbers that differ from run to run replaced by N."""
        parts = re.findall(r"^== .*\n(?:[^=].*\n)*", dump_of(source, stage), re.MULTILINE)
        text = "".join(part for part in parts if "/script.py:" in part.partition("\n")[0])
        for pattern, stable in ((r"/\S*/script", "script"), (r"#\d+", "#N"), (r"trace \d+", "trace N"),
                                (r"[\d.]+ ms", "N ms")):
            text = re.sub(pattern, stable, text)
        return text

    def test_trace(self):
        text = self.dump("""
            def g(a):
                return a.v
            def f(x):
                for i in x:
                    g(i)
            class A:
                def __init__(self):
                    self.v = 5
            f([A()] * 60)
            """, "optimize")
        self.assertIn(textwrap.dedent("""\
            == trace N  f (script.py:4)  after optimize  ops 29->27  N ms  loop
            ; script.py:5  FOR_ITER_LIST @6
                ENTER
              > CHECK_PERIODIC  exit=0 -> @34 tier 1
              > ITER_CHECK_LIST  exit=1 -> @6
              > GUARD_NOT_EXHAUSTED_LIST  exit=2 -> @40
                ITER_NEXT_LIST
            ; script.py:5  STORE_FAST @10
                SET_IP @10
                STORE_FAST 1 i
            ; script.py:6  LOAD_GLOBAL_MODULE g @12
              > GUARD_GLOBALS_AND_VALID  exit=3 -> @12
                LOAD_CONST_INLINE_WITH_NULL <function g>
            ; script.py:6  LOAD_FAST @22
                LOAD_FAST 1 i
            ; script.py:6  CALL_PY_EXACT_ARGS @24
              > CHECK_STACK_SPACE 1  exit=4 -> @24
                INIT_CALL_PY_EXACT_ARGS_1
                SAVE_RETURN_OFFSET 4
                SET_IP @24
                PUSH_FRAME
            ; in g (script.py:2)
            ; script.py:2  RESUME_CHECK_JIT @0
              > RESUME_CHECK  exit=5 -> @0 tier 1
            ; script.py:3  LOAD_FAST @2
                LOAD_FAST 0 a
            ; script.py:3  LOAD_ATTR_INSTANCE_VALUE v @4
              > GUARD_TYPE_VERSION #N A  exit=6 -> @4
            """), text)

    def test_abort(self):
        text = self.dump("""
            def f(n):
                for i in range(n):
                    try:
                        raise ValueError
                    except ValueError:
                        pass
            f(200)
            """, "abort")
        self.assertIn("== abort  f (script.py:2)  TOO_SHORT  record: too few instructions\n", text)
        self.assertNotIn("== trace", text)

    def test_two_stages(self):
        text = self.dump("def f(n):\n    for i in range(n): pass\nf(60)\n", "translate,optimize")
        self.assertIn("  f (script.py:1)  after translate  ops 0->9  N ms  loop\n", text)
        self.assertIn("  f (script.py:1)  after optimize  ops 9->9  N ms  loop\n", text)


if __name__ == "__main__":
    unittest.main()
