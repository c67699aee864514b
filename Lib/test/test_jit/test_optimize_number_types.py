"""int(), float() and len() as numbers: ssa_math.c (functions: test_optimize_math.py).

Each rule has a test that it fires, and beside it one that it does not where its condition does not hold. A test
compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class TypeTest(TraceTests):
    """ssa_call_number_type(): int() and float()."""

    stage = "build"

    def test_int_of_float(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    int(x) + i  # here
            f(60, 2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_TO_INT v2
            o v4 = BOX_INT v3
            p v5 = INT_ADD v3, v6
            DROP v4, int
            o v7 = BOX_INT v5
            DROP v7, int
            JUMP_TO_TOP
            """)

    def test_int_of_int(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    int(x) is x  # here
            f(60, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            JUMP_TO_TOP
            """)

    def test_int_of_a_large_int(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    int(x) is x  # here
            f(60, 1 << 70)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            JUMP_TO_TOP
            """)

    def test_float_of_int(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    float(i) + x  # here
            f(60, 2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            p v1 = INT_TO_FLOAT v2
            o v3 = BOX_FLOAT v1
            b v4 = LOCAL 1 x
            GUARD_TYPE v4, float
            p v5 = UNBOX_FLOAT v4
            p v6 = FLOAT_ADD v1, v5
            DROP v3, float
            o v7 = BOX_FLOAT v6
            DROP v7, float
            JUMP_TO_TOP
            """)

    def test_float_of_float(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    float(x) is x  # here
            f(60, 2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            JUMP_TO_TOP
            """)

    def test_not_int_of_bool(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    int(x)  # here
            f(60, True)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @42
            CALL_BUILTIN_CLASS 1 <type int>, NULL, v2
            o v3 = RESULT 0
            CHECK_VALID
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_int_of_str(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    int(x)  # here
            f(60, "7")
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @42
            CALL_BUILTIN_CLASS 1 <type int>, NULL, v2
            o v3 = RESULT 0
            CHECK_VALID
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_int_of_a_base(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    int(x, 16)  # here
            f(60, "7")
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @44
            CALL_BUILTIN_CLASS 2 <type int>, NULL, v2, 16
            o v3 = RESULT 0
            CHECK_VALID
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_float_of_a_large_int(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    float(x)  # here
            f(60, 1 << 70)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @42
            CALL_BUILTIN_CLASS 1 <type float>, NULL, v2
            o v3 = RESULT 0
            CHECK_VALID
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_another_type(self):
        self.check("""
            class A(float): pass
            def f(n, x, y=None, z=None):
                for i in range(n):
                    A(x)  # here
            f(60, 2.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            CHECK_IS_NOT_PY_CALLABLE 1 <type A>, NULL, v1
            o v2 = NEWREF <type A>
            o v3 = NEWREF v1
            SET_IP @42
            CALL_NON_PY_GENERAL 1 v2, NULL, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)


@requires_jit
class SizeTest(TraceTests):
    """ssa_call_size(): len()."""

    stage = "build"

    def test_list(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[0]; len(x) + i  # here
            f(60, [1, 2])
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, list
            GUARD_INDEX 0, v1
            b v2 = LIST_ITEM 0, v1
            GUARD_GLOBALS
            GUARD_BUILTINS
            p v3 = SIZE v1
            o v4 = BOX_INT v3
            p v5 = INT_ADD v3, v6
            DROP v4, int
            o v7 = BOX_INT v5
            DROP v7, int
            JUMP_TO_TOP
            """)

    def test_comparison(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[0]
                    if len(x) > y: pass  # here
            f(60, [1, 2], 1)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            p v1 = SIZE x
            o v2 = BOX_INT v1
            b v3 = LOCAL 2 y
            GUARD_TYPE v3, int
            p v4 = UNBOX_INT v3
            p v5 = INT_GT v1, v4
            p v6 = BOOL v5
            DROP v2, int
            GUARD_INT_GT v1, v4
            JUMP_TO_TOP
            """)

    def test_not_of_a_set(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    isinstance(x, set) and len(x)  # here
            f(60, {1, 2})
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, set
            o v2 = NEWREF <builtin len>
            o v3 = NEWREF v1
            SET_IP @88
            CALL_LEN 1 v2, NULL, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4, int
            JUMP_TO_TOP
            """)

    def test_not_without_ints(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[0]; len(x)  # here
            f(60, [1, 2])
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, list
            GUARD_INDEX 0, v1
            b v2 = LIST_ITEM 0, v1
            GUARD_GLOBALS
            GUARD_BUILTINS
            LEN_BUILTIN_B v1
            o v3 = RESULT 0
            DROP v3, int
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-ints")


if __name__ == "__main__":
    unittest.main()
