"""Guards that the optimizer removes: operands, truth, iterators, validity.

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
            STORE_FAST 1 i
            CHECK_VALID
            GUARD_NOT_EXHAUSTED_LIST
            ITER_NEXT_LIST
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
            STORE_FAST 1 i
            CHECK_VALID
            GUARD_NOT_EXHAUSTED_TUPLE
            ITER_NEXT_TUPLE
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
            GUARD_EXHAUSTED_TUPLE
            POP_TOP
            LOAD_FAST 1 x
            SET_IP @58
            GET_ITER
            CHECK_VALID
            ITER_CHECK_TUPLE
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
            STORE_FAST 2 y
            CHECK_VALID
            CHECK_FUNCTION_EXACT_ARGS 1 #
            CHECK_STACK_SPACE 1
            INIT_CALL_PY_EXACT_ARGS_1
            SAVE_RETURN_OFFSET 4
            SET_IP @48
            PUSH_FRAME
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
            POP_TOP
            CHECK_VALID
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
