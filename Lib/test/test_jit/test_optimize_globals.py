"""Globals, builtins and constants that the optimizer folds: guard_globals(),
guard_builtins(), load_global() and new_constant() of ssa.c.

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

    stage = "build"

    def test_immortal(self):
        self.check("""
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = K  # here
            f(60)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 2 y
            GUARD_NOT_NULL v1
            GUARD_TYPE v1, int
            o v2 = TAKE_LOCAL v1, 2 y
            p v3 = SET_LOCAL 5, 2 y
            DROP v2, int
            JUMP_TO_TOP
            """)

    def test_mortal(self):
        self.check("""
            K = 1000000
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = K  # here
            f(60)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 2 y
            GUARD_NOT_NULL v1
            GUARD_TYPE v1, int
            o v2 = NEWREF 1000000
            o v3 = TAKE_LOCAL v1, 2 y
            b v4 = SET_LOCAL v2, 2 y
            DROP v3, int
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
            CALL_KNOWN 0 g
            FORGET v1
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_builtin(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    len is n  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 0 n
            p v2 = SAME <builtin len>, v1
            p v3 = BOOL v2
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
            b v1 = LOCAL 1 x
            o v2 = NEWREF <builtin len>
            o v3 = NEWREF v1
            SET_IP @50
            CALL_LEN 1 v2, NULL, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4, int
            JUMP_TO_TOP
            """)

    def test_second_in_a_frame(self):
        self.check("""
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    K
                    K is x  # here
            f(60)
            """, """
            b v1 = LOCAL 1 x
            p v2 = SAME 5, v1
            p v3 = BOOL v2
            JUMP_TO_TOP
            """)

    def test_second_builtin_in_a_frame(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    (len, abs)  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            o v1 = NEWREF <builtin len>
            o v2 = NEWREF <builtin abs>
            BUILD_TUPLE 2 v1, v2
            o v3 = RESULT 0
            DROP v3, tuple
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_builtin_after_a_global(self):
        self.check("""
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    (K, len)  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            o v1 = NEWREF <builtin len>
            BUILD_TUPLE 2 5, v1
            o v2 = RESULT 0
            DROP v2, tuple
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_frame_of_a_function_that_is_checked(self):
        self.check("""
            K = 5
            def make():
                def g():
                    return K  # here
                return g
            def f(n, g):
                for i in range(n):
                    g()
                    g()
            f(60, make())
            """, """
            GUARD_GLOBALS
            RETURN @12 5
            o v1 = RESULT 0, same as 5
            GUARD_GLOBALS
            RETURN @12 5
            o v2 = RESULT 0, same as 5
            """)

    def test_not_in_the_frame_of_a_known_function(self):
        self.check("""
            K = 5
            def g():
                return K  # here
            def f(n):
                for i in range(n):
                    g()
                    g()
                    K is n  # here
            f(60)
            """, """
            RETURN @12 5
            o v1 = RESULT 0, same as 5
            RETURN @12 5
            o v2 = RESULT 0, same as 5
            CHECK_VALID
            b v3 = LOCAL 0 n
            p v4 = SAME 5, v3
            p v5 = BOOL v4
            JUMP_TO_TOP
            """)

    def test_not_one_that_changes_often(self):
        self.check("""
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    K is x  # here
                    if i % 40 == 0:
                        globals()['K'] = K + 1
            f(600)
            """, """
            GUARD_GLOBALS_VERSION #
            LOAD_GLOBAL_MODULE_0 K
            o v1 = RESULT 0
            b v2 = LOCAL 1 x
            p v3 = SAME v1, v2
            p v4 = BOOL v3
            DROP v1
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF="2")

    def test_one_that_has_changed_once(self):
        self.check("""
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    K is x  # here
                    if i == 40:
                        globals()['K'] += 1
            f(600)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            p v2 = SAME 6, v1
            p v3 = BOOL v2
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF="2")

    def test_not_with_builtins_of_its_own(self):
        self.check("""
            import builtins, types
            def f(n):
                for i in range(n):
                    len is n  # here
            types.FunctionType(f.__code__, {"__builtins__": dict(vars(builtins))})(60)
            """, """
            GUARD_GLOBALS_VERSION #
            GUARD_BUILTINS_VERSION #
            LOAD_GLOBAL_BUILTINS_0 len
            o v1 = RESULT 0
            b v2 = LOCAL 0 n
            p v3 = SAME v1, v2
            p v4 = BOOL v3
            DROP v1
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
                    K is x  # here
            f(60, [], [], [])
            """, """
            GUARD_GLOBALS_AND_VALID
            p v1 = SAME 5, x
            p v2 = BOOL v1
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
                    K is x  # here
            f(60, [], [], [])
            """, """
            CHECK_VALID
            p v1 = SAME 5, x
            p v2 = BOOL v1
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
                    K is x  # here
                    if i % 40 == 0:
                        globals()['K'] = K + 1
            f(600)
            """, """
            GUARD_GLOBALS_VERSION #
            LOAD_GLOBAL_MODULE_0 K
            o v1 = RESULT 0
            b v2 = LOCAL 1 x
            p v3 = SAME v1, v2
            p v4 = BOOL v3
            DROP v1
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF="2")

    def test_folded_although_another_changes_often(self):
        self.check("""
            C = 1
            K = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    K
                    C is x  # here
                    if i % 40 == 0:
                        globals()['K'] = K + 1
            f(600)
            """, """
            GUARD_GLOBALS_AND_VALID
            b v1 = LOCAL 1 x
            p v2 = SAME 1, v1
            p v3 = BOOL v2
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF="2")


@requires_jit
class ConstantTest(TraceTests):
    """LOAD_CONST."""

    stage = "build"

    def test_immortal(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = 'abc'  # here
            f(60)
            """, """
            b v1 = LOCAL 2 y
            GUARD_NOT_NULL v1
            GUARD_TYPE v1, str
            o v2 = TAKE_LOCAL v1, 2 y
            p v3 = SET_LOCAL 'abc', 2 y
            DROP v2, str
            JUMP_TO_TOP
            """)

    def test_mortal(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    y = 1.5  # here
            f(60)
            """, """
            b v1 = LOCAL 2 y
            GUARD_NOT_NULL v1
            GUARD_TYPE v1, float
            o v2 = NEWREF 1.5
            o v3 = TAKE_LOCAL v1, 2 y
            b v4 = SET_LOCAL v2, 2 y
            DROP v3, float
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
            p v1 = INT_ADD v2, 1
            o v3 = BOX_INT v1
            DROP v3, int
            JUMP_TO_TOP
            """)

    def test_type_is_known_of_a_global(self):
        self.check("""
            K = 1000000
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    i + K  # here
            f(60)
            """, """
            GUARD_GLOBALS
            p v1 = INT_ADD v2, 1000000
            o v3 = BOX_INT v1
            DROP v3, int
            JUMP_TO_TOP
            """)

    def test_not_of_a_global_that_is_not_folded(self):
        self.check("""
            K = 1000000
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    i + K  # here
                    if i % 40 == 0:
                        globals()['K'] = K + 1
            f(600)
            """, """
            GUARD_GLOBALS_VERSION #
            LOAD_GLOBAL_MODULE_0 K
            o v1 = RESULT 0
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_ADD v4, v2
            DROP v1, int
            o v5 = BOX_INT v3
            DROP v5, int
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF='2')


if __name__ == "__main__":
    unittest.main()
