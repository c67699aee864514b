"""Calls of C on floats without objects: powers (ssa_floats.c) and functions of math (ssa_math.c).

Each rule has a test that it fires, and beside it one that it does not where its condition does not hold. A test
compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class PowerTest(TraceTests):
    """FLOAT_POWER."""

    stage = "build"

    def test_float_to_a_float(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    i + i
                    x ** y  # here
            f(60, 1.5, 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, float
            p v3 = UNBOX_FLOAT v1
            GUARD_TYPE v2, float
            p v4 = UNBOX_FLOAT v2
            p v5 = FLOAT_POWER v3, v4
            o v6 = BOX_FLOAT v5
            DROP v6, float
            JUMP_TO_TOP
            """)

    def test_float_to_a_constant(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    i + i
                    x ** 2  # here
            f(60, 1.5, 2.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = INT_TO_FLOAT 2
            p v4 = FLOAT_POWER v2, v3
            o v5 = BOX_FLOAT v4
            DROP v5, float
            JUMP_TO_TOP
            """)

    def test_int_to_a_float(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    i + i
                    x ** y  # here
            f(60, 3, 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            p v3 = UNBOX_INT v1
            p v4 = INT_TO_FLOAT v3
            GUARD_TYPE v2, float
            p v5 = UNBOX_FLOAT v2
            p v6 = FLOAT_POWER v4, v5
            o v7 = BOX_FLOAT v6
            DROP v7, float
            JUMP_TO_TOP
            """)

    def test_in_place(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    i + i
                    x **= 1.0  # here
            f(60, 1.5, 2.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = UNBOX_FLOAT 1.0
            p v4 = FLOAT_POWER v2, v3
            o v5 = BOX_FLOAT v4
            DROP v5, float
            b v6 = RENEW_LOCAL v4, v1, 1 x
            JUMP_TO_TOP
            """)

    def test_values_are_unboxed_again_after_it(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    i + i
                    x * y + x ** y * x  # here
            f(60, 1.5, 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, float
            GUARD_TYPE v2, float
            p v3 = UNBOX_FLOAT v1
            p v4 = UNBOX_FLOAT v2
            p v5 = FLOAT_MULTIPLY v3, v4
            o v6 = BOX_FLOAT v5
            p v7 = FLOAT_POWER v3, v4
            o v8 = BOX_FLOAT v7
            p v9 = UNBOX_FLOAT v1
            p v10 = FLOAT_MULTIPLY v7, v9
            DROP v8, float
            o v11 = BOX_FLOAT v10
            p v12 = FLOAT_ADD v5, v10
            DROP v11, float
            DROP v6, float
            o v13 = BOX_FLOAT v12
            DROP v13, float
            JUMP_TO_TOP
            """)

    def test_not_of_ints(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    i + i
                    x ** y  # here
            f(60, 3, 2)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            SET_IP @40
            BINARY_OP 8 v3, v4
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_to_a_negative_int_of_an_int(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    i + i
                    x ** y  # here
            f(60, 3, -2)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            SET_IP @40
            BINARY_OP 8 v3, v4
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_the_function(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    i + i
                    pow(x, y)  # here
            f(60, 1.5, 2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF <builtin pow>
            o v4 = NEWREF v1
            o v5 = NEWREF v2
            SET_IP @50
            CALL_BUILTIN_FAST_WITH_KEYWORDS 2 v3, NULL, v4, v5
            o v6 = RESULT 0
            CHECK_VALID
            DROP v6
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_a_subclass(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    i + i
                    x ** y  # here
            f(60, type("F", (float,), {})(1.5), 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            SET_IP @40
            BINARY_OP 8 v3, v4
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_without(self):
        self.check("""
            def f(n, x, y):
                for i in range(n):
                    i + i
                    x ** y  # here
            f(60, 1.5, 2.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            SET_IP @40
            BINARY_OP 8 v3, v4
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-floats")


@requires_jit
class FunctionTest(TraceTests):
    """FLOAT_FUNCTION."""

    stage = "build"

    def test_sine(self):
        self.check("""
            from math import sin
            def f(n, x):
                for i in range(n):
                    sin(x)  # here
            f(60, 1.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_FUNCTION v2, sin
            o v4 = BOX_FLOAT v3
            DROP v4, float
            JUMP_TO_TOP
            """)

    def test_attribute_of_the_module(self):
        self.check("""
            import math
            def f(n, x):
                for i in range(n):
                    math.exp(x)  # here
            f(60, 1.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_FUNCTION v2, exp
            o v4 = BOX_FLOAT v3
            DROP v4, float
            JUMP_TO_TOP
            """)

    def test_of_an_int(self):
        self.check("""
            import math
            def f(n, x):
                for i in range(n):
                    math.cos(x)  # here
            f(60, 3)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_TO_FLOAT v2
            p v4 = FLOAT_FUNCTION v3, cos
            o v5 = BOX_FLOAT v4
            DROP v5, float
            JUMP_TO_TOP
            """)

    def test_logarithm(self):
        self.check("""
            import math
            def f(n, x):
                for i in range(n):
                    math.log(x)  # here
            f(60, 1.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_FUNCTION v2, log
            o v4 = BOX_FLOAT v3
            DROP v4, float
            JUMP_TO_TOP
            """)

    def test_result_in_an_expression(self):
        self.check("""
            import math
            def f(n, x):
                for i in range(n):
                    math.tanh(x) * x + x  # here
            f(60, 1.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_FUNCTION v2, tanh
            o v4 = BOX_FLOAT v3
            p v5 = UNBOX_FLOAT v1
            p v6 = FLOAT_MULTIPLY v3, v5
            DROP v4, float
            o v7 = BOX_FLOAT v6
            p v8 = FLOAT_ADD v6, v5
            DROP v7, float
            o v9 = BOX_FLOAT v8
            DROP v9, float
            JUMP_TO_TOP
            """)

    def test_argument_is_computed(self):
        self.check("""
            import math
            def f(n, x):
                for i in range(n):
                    math.log2(x * x + 1.0)  # here
            f(60, 1.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_MULTIPLY v2, v2
            o v4 = BOX_FLOAT v3
            p v5 = UNBOX_FLOAT 1.0
            p v6 = FLOAT_ADD v3, v5
            DROP v4, float
            o v7 = BOX_FLOAT v6
            p v8 = FLOAT_FUNCTION v6, log2
            DROP v7, float
            o v9 = BOX_FLOAT v8
            DROP v9, float
            JUMP_TO_TOP
            """)

    def test_not_with_a_base(self):
        self.check("""
            import math
            def f(n, x):
                for i in range(n):
                    math.log(x, x)  # here
            f(60, 1.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            o v2 = NEWREF <builtin log>
            o v3 = NEWREF v1
            o v4 = NEWREF v1
            SET_IP @64
            BUILTIN_FAST 2 v2, v3, v4
            o v5 = RESULT 0
            CHECK_VALID
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_what_math_computes_itself(self):
        self.check("""
            import math
            def f(n, x):
                for i in range(n):
                    math.gamma(x)  # here
            f(60, 1.5)
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

    def test_not_of_a_subclass(self):
        self.check("""
            import math
            def f(n, x):
                for i in range(n):
                    math.sin(x)  # here
            f(60, type("F", (float,), {})(1.5))
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin sin>
            o v3 = NEWREF v1
            SET_IP @64
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_cmath(self):
        self.check("""
            import cmath
            def f(n, x):
                for i in range(n):
                    cmath.sin(x)  # here
            f(60, 1.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin sin>
            o v3 = NEWREF v1
            SET_IP @64
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_what_has_another_name(self):
        self.check("""
            import math
            sin = lambda x: x
            def f(n, x):
                for i in range(n):
                    sin(x)  # here
            f(60, 1.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            CALL_KNOWN 1 <lambda> v2
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_without(self):
        self.check("""
            import math
            def f(n, x):
                for i in range(n):
                    math.sin(x)  # here
            f(60, 1.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin sin>
            o v3 = NEWREF v1
            SET_IP @64
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-floats")


if __name__ == "__main__":
    unittest.main()
