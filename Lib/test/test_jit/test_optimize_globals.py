"""Globals, builtins and constants that the optimizer folds.

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
            IS_OP 0
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
            IS_OP 0
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


if __name__ == "__main__":
    unittest.main()
