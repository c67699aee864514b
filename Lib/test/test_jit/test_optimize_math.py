"""Functions and types in C that compute numbers: ssa_math.c.

Each rule has a test that it fires, and beside it one that it does not where its condition does not hold. A test
compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class FunctionTest(TraceTests):
    """ssa_call_number_function(): abs(), math.sqrt(), math.fabs()."""

    stage = "build"

    def test_abs_of_float(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    abs(x) + x  # here
            f(60, -2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_ABSOLUTE v2
            o v4 = BOX_FLOAT v3
            p v5 = FLOAT_ADD v3, v2
            DROP v4, float
            o v6 = BOX_FLOAT v5
            DROP v6, float
            JUMP_TO_TOP
            """)

    def test_abs_of_a_negative_int(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    abs(x) + x  # here
            f(60, -7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            GUARD_INT_LE v2, -1
            p v3 = INT_SUBTRACT 0, v2
            o v4 = BOX_INT v3
            p v5 = INT_ADD v3, v2
            DROP v4, int
            o v6 = BOX_INT v5
            DROP v6, int
            JUMP_TO_TOP
            """)

    def test_abs_of_an_int_that_was_not_negative(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    abs(x) + x  # here
            f(60, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            GUARD_INT_GE v2, 0
            p v3 = INT_ADD v2, v2
            o v4 = BOX_INT v3
            DROP v4, int
            JUMP_TO_TOP
            """)

    def test_abs_of_what_was_computed(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    abs(x - i) + i  # here
            f(60, 30)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_SUBTRACT v2, v4
            o v5 = BOX_INT v3
            p v6 = INT_SHIFT_RIGHT v3, 63
            p v7 = INT_XOR v3, v6
            p v8 = INT_SUBTRACT v7, v6
            DROP v5, int
            o v9 = BOX_INT v8
            p v10 = INT_ADD v8, v4
            DROP v9, int
            o v11 = BOX_INT v10
            DROP v11, int
            JUMP_TO_TOP
            """)

    def test_abs_of_what_is_not_negative(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    abs(x & 7)  # here
            f(60, -1)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_AND v2, 7
            o v4 = BOX_INT v3
            DROP v4, int
            o v5 = BOX_INT v3
            DROP v5, int
            JUMP_TO_TOP
            """)

    def test_abs_of_what_is_not_positive(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    abs(-(x & 7))  # here
            f(60, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_AND v2, 7
            o v4 = BOX_INT v3
            p v5 = INT_SUBTRACT 0, v3
            DROP v4, int
            o v6 = BOX_INT v5
            p v7 = INT_SUBTRACT 0, v5
            DROP v6, int
            o v8 = BOX_INT v7
            DROP v8, int
            JUMP_TO_TOP
            """)

    def test_not_abs_of_bool(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    abs(x)  # here
            f(60, True)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin abs>
            o v3 = NEWREF v1
            SET_IP @42
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_abs_of_a_large_int(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    abs(x)  # here
            f(60, 1 << 70)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin abs>
            o v3 = NEWREF v1
            SET_IP @42
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_another_abs(self):
        self.check("""
            def abs(x): return 1
            def f(n, x, y=None, z=None):
                for i in range(n):
                    abs(x)  # here
            f(60, -2.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            CALL_KNOWN 1 abs v2
            FORGET v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_abs_without_floats(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    abs(x)  # here
            f(60, -2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin abs>
            o v3 = NEWREF v1
            SET_IP @42
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-floats")

    def test_not_abs_without_ints(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    abs(x)  # here
            f(60, -7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin abs>
            o v3 = NEWREF v1
            SET_IP @42
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-ints")

    def test_sqrt(self):
        self.check("""
            import math
            def f(n, x, y=None, z=None):
                for i in range(n):
                    math.sqrt(x) + x  # here
            f(60, 2.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            GUARD_FLOAT_NOT_NEGATIVEf v2
            p v3 = FLOAT_SQRT v2
            o v4 = BOX_FLOAT v3
            p v5 = FLOAT_ADD v3, v2
            DROP v4, float
            o v6 = BOX_FLOAT v5
            DROP v6, float
            JUMP_TO_TOP
            """)

    def test_sqrt_of_int(self):
        self.check("""
            import math
            def f(n, x, y=None, z=None):
                for i in range(n):
                    math.sqrt(x)  # here
            f(60, 7)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_TO_FLOAT v2
            GUARD_FLOAT_NOT_NEGATIVEf v3
            p v4 = FLOAT_SQRT v3
            o v5 = BOX_FLOAT v4
            DROP v5, float
            JUMP_TO_TOP
            """)

    def test_fabs(self):
        self.check("""
            import math
            def f(n, x, y=None, z=None):
                for i in range(n):
                    math.fabs(x) + x  # here
            f(60, -2.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_ABSOLUTE v2
            o v4 = BOX_FLOAT v3
            p v5 = FLOAT_ADD v3, v2
            DROP v4, float
            o v6 = BOX_FLOAT v5
            DROP v6, float
            JUMP_TO_TOP
            """)

    def test_not_sqrt_of_another_type(self):
        self.check("""
            import math
            def f(n, x, y=None, z=None):
                for i in range(n):
                    math.sqrt(x)  # here
            f(60, True)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin sqrt>
            o v3 = NEWREF v1
            SET_IP @64
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_another_function_of_math(self):
        self.check("""
            import math
            def f(n, x, y=None, z=None):
                for i in range(n):
                    math.gamma(x)  # here
            f(60, 2.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin gamma>
            o v3 = NEWREF v1
            SET_IP @64
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_sqrt_of_cmath(self):
        self.check("""
            import cmath
            def f(n, x, y=None, z=None):
                for i in range(n):
                    cmath.sqrt(x)  # here
            f(60, 2.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin sqrt>
            o v3 = NEWREF v1
            SET_IP @64
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
