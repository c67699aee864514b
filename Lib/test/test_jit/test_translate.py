"""What the translator makes of branches, loops, returns and generators.

Each rule has a test that it fires, and beside it one that it does not where
its condition does not hold. A test compares the lines marked `# here` of one
trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import textwrap
import unittest

from .support import requires_jit
from .traces import TraceTests, dump_of, parse


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
            GUARD_IS_NOT_NONE_POP -> JUMP_BACKWARD @36
            LOAD_FAST 4 i
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
            GUARD_IS_NONE_POP -> JUMP_BACKWARD @36
            LOAD_FAST 4 i
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
            GUARD_NOT_EXHAUSTED_LIST -> FOR_ITER @6
            ITER_NEXT_LIST
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
            GUARD_EXHAUSTED_TUPLE -> FOR_ITER @34
            POP_TOP
            CHECK_VALID -> JUMP_BACKWARD @48 tier 1
            JUMP_TO_TOP
            """, exits=True)

    def test_exhausted_other(self):
        # Another item goes on in the body of the loop, with one more on the stack.
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
            SET_IP @34
            FOR_ITER_LAST
            GUARD_ENDED -> STORE_FAST @38
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
            GUARD_NOT_EXHAUSTED_TUPLE -> FOR_ITER @6
            ITER_NEXT_TUPLE
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
            FOR_ITER_TIER_TWO -> RETURN_CONST @24
            CHECK_VALID -> STORE_FAST @10 tier 1
            STORE_FAST 1 i
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
            STORE_FAST 3 k
            LOAD_FAST 3 k
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
                b = [a, a, a, a, a, a, a, a, a, a, a, a]
                return a  # here
            for _ in range(60):
                exec("def f(): g(1)\\nf()", globals())
            """, """
            LOAD_FAST 0 a
            GUARD_CALLER @22 of f -> RETURN_VALUE @20
            SET_IP @20
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
                b = [a, a, a, a, a, a, a, a, a, a, a, a]
                return a  # here
            list(map(g, range(3000)))
            """, """
            LOAD_FAST 0 a
            SET_IP @20
            POP_FRAME_INDIRECT
            JUMP_RETURN
            """, function="g", kind="function", exits=True, PYTHON_JIT_RESUME_INITIAL_VALUE="20")

    def test_constant_returned_to_c(self):
        self.check("""
            def g(a):
                b = [a, a, a, a, a, a, a, a, a, a, a, a]
                return 5  # here
            list(map(g, range(3000)))
            """, """
            LOAD_CONST 1 5
            SET_IP @18
            POP_FRAME_INDIRECT
            JUMP_RETURN
            """, function="g", kind="function", exits=True, PYTHON_JIT_RESUME_INITIAL_VALUE="20")

    def test_no_trace_of_a_short_function_that_c_calls(self):
        dump = dump_of(textwrap.dedent("""
            def g(a):
                b = a
                return b
            list(map(g, range(3000)))
            """), self.stage, PYTHON_JIT_RESUME_INITIAL_VALUE="20")
        self.assertNotIn("g", [trace.function for trace in parse(dump)])

    def test_call_of_a_long_function_that_has_a_trace(self):
        self.check("""
            def g(a):  # here
                b = [a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a,
                     a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a]
                return a
            list(map(g, range(3000)))
            def f(n):
                for i in range(n):
                    g(i)  # here
            f(60)
            """, """
            GUARD_GLOBALS_VERSION # -> LOAD_GLOBAL @30
            LOAD_GLOBAL_MODULE_1 g -> LOAD_GLOBAL @30
            LOAD_FAST 1 i
            CHECK_PEP_523 -> CALL @42
            CHECK_FUNCTION_EXACT_ARGS 1 # -> CALL @42
            CHECK_STACK_SPACE 1 -> CALL @42
            INIT_CALL_PY_EXACT_ARGS_1
            SAVE_RETURN_OFFSET 4
            SET_IP @42
            PUSH_FRAME
            EXIT_TRACE -> RESUME @0 link
            """, kind="loop", exits=True, PYTHON_JIT_RESUME_INITIAL_VALUE="20")

    def test_call_of_a_short_function_that_has_a_trace(self):
        self.check("""
            def g(a):
                b = [a, a, a, a, a, a, a, a, a, a, a, a]
                return a  # here
            list(map(g, range(3000)))
            def f(n):
                for i in range(n):
                    g(i)
            f(60)
            """, """
            LOAD_FAST 0 a
            SET_IP @20
            POP_FRAME
            """, kind="loop", exits=True, PYTHON_JIT_RESUME_INITIAL_VALUE="20")

    def test_yield_of_a_root(self):
        self.check("""
            def g(n):
                for i in range(n):
                    yield i  # here
            list(g(60))
            """, """
            LOAD_FAST 1 i
            YIELD_VALUE_INDIRECT 0
            JUMP_YIELD
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
            FOR_ITER_GEN_FRAME_INDIRECT 5 -> FOR_ITER @24
            SET_IP @24
            PUSH_FRAME_SEND_NONE
            JUMP_ENTER
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
            SEND_GEN_FRAME_INDIRECT 3 generator -> SEND @30
            SET_IP @30
            PUSH_FRAME_INDIRECT
            JUMP_ENTER
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
            LOAD_FAST 1 i
            LOAD_FAST 1 i
            GUARD_BOTH_INT -> BINARY_OP @14
            BINARY_OP_ADD_INT
            POP_TOP
            EXIT_TRACE -> JUMP_BACKWARD @20 link
            """, kind="bridge", exits=True)

    def test_generic_at_last(self):
        # (One type after the other: which exit is hot first does not depend on the thresholds, which grow with the code.)
        self.check("""
            def f(x):
                for i in x:
                    i + i  # here
            f([1] * 400 + [2.5] * 400 + ['a'] * 400 + [[]] * 400 + [()] * 400)
            """, """
            LOAD_FAST 1 i
            LOAD_FAST 1 i
            SET_IP @14
            BINARY_OP 0
            CHECK_VALID -> POP_TOP @18 tier 1
            POP_TOP
            EXIT_TRACE -> JUMP_BACKWARD @20 link
            """, kind="bridge", which=-1, exits=True)


if __name__ == "__main__":
    unittest.main()
