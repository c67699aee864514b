"""min() and max() of numbers: ssa_extremes.c.

Each rule has a test that it fires, and beside it one that it does not where its condition does not hold. A test
compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class IntTest(TraceTests):
    """Ints."""

    stage = "build"

    def test_min_of_variables(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    min(x, y)  # here
            f(60, 5, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            p v3 = UNBOX_INT v1
            GUARD_TYPE v2, int
            p v4 = UNBOX_INT v2
            p v5 = INT_LEAST v4, v3
            b v6 = LESSER_INT v2, v1
            o v7 = NEWREF v6
            DROP v7, int
            JUMP_TO_TOP
            """)

    def test_max_is_stored(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x = max(x, y)  # here
            f(60, 5, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, int
            p v3 = UNBOX_INT v1
            GUARD_TYPE v2, int
            p v4 = UNBOX_INT v2
            p v5 = INT_GREATEST v4, v3
            b v6 = GREATER_INT v2, v1
            o v7 = NEWREF v6
            o v8 = TAKE_LOCAL v1, 1 x
            b v9 = SET_LOCAL v7, 1 x
            DROP v8, int
            JUMP_TO_TOP
            """)

    def test_max_of_an_item_and_its_value(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x = max(x, z[i & 1])
                    y = x + 1  # here
            f(60, 5, 7, [3, 9])
            """, """
            p v1 = INT_ADD v2, 1
            o v3 = BOX_INT v1
            b v4 = LOCAL 2 y
            GUARD_NOT_NULL v4
            GUARD_TYPE v4, int
            DROP v3, int
            b v5 = RENEW_LOCAL_INT v1, v4, 2 y
            JUMP_TO_TOP
            """)

    def test_min_of_what_is_computed(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    y = min(x + i, x - i)  # here
            f(60, 5, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_ADD v2, v4
            o v5 = BOX_INT v3
            p v6 = INT_SUBTRACT v2, v4
            o v7 = BOX_INT v6
            p v8 = INT_LEAST v6, v3
            DROP v7, int
            DROP v5, int
            o v9 = BOX_INT v8
            b v10 = LOCAL 2 y
            GUARD_NOT_NULL v10
            GUARD_TYPE v10, int
            DROP v9, int
            b v11 = RENEW_LOCAL_INT v8, v10, 2 y
            JUMP_TO_TOP
            """)

    def test_min_of_three(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    y = min(x + 1, i + 2, x + i)  # here
            f(60, 5, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_ADD v2, 1
            o v4 = BOX_INT v3
            p v5 = INT_ADD v6, 2
            o v7 = BOX_INT v5
            p v8 = INT_ADD v2, v6
            o v9 = BOX_INT v8
            p v10 = INT_LEAST v5, v3
            p v11 = INT_LEAST v8, v10
            DROP v9, int
            DROP v7, int
            DROP v4, int
            o v12 = BOX_INT v11
            b v13 = LOCAL 2 y
            GUARD_NOT_NULL v13
            GUARD_TYPE v13, int
            DROP v12, int
            b v14 = RENEW_LOCAL_INT v11, v13, 2 y
            JUMP_TO_TOP
            """)

    def test_max_with_a_small_constant(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    y = max(0, x - i)  # here
            f(60, 5, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_SUBTRACT v2, v4
            o v5 = BOX_INT v3
            p v6 = INT_GREATEST v3, 0
            DROP v5, int
            o v7 = BOX_INT v6
            b v8 = LOCAL 2 y
            GUARD_NOT_NULL v8
            GUARD_TYPE v8, int
            DROP v7, int
            b v9 = RENEW_LOCAL_INT v6, v8, 2 y
            JUMP_TO_TOP
            """)

    def test_max_with_a_constant_that_is_an_object(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    y = max(1000, x - i)  # here
            f(60, 5, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_SUBTRACT v2, v4
            o v5 = BOX_INT v3
            GUARD_COMPACT v3
            p v6 = INT_GREATEST v3, 1000
            b v7 = GREATER_INT v5, 1000
            o v8 = NEWREF v7
            DROP v5, int
            b v9 = LOCAL 2 y
            GUARD_NOT_NULL v9
            GUARD_TYPE v9, int
            o v10 = TAKE_LOCAL v9, 2 y
            b v11 = SET_LOCAL v8, 2 y
            DROP v10, int
            JUMP_TO_TOP
            """)

    def test_max_of_an_object_and_a_number(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    y = max(x, i + 1)  # here
            f(60, 5, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            p v2 = INT_ADD v3, 1
            o v4 = BOX_INT v2
            GUARD_TYPE v1, int
            p v5 = UNBOX_INT v1
            GUARD_COMPACT v2
            p v6 = INT_GREATEST v2, v5
            b v7 = GREATER_INT v4, v1
            o v8 = NEWREF v7
            DROP v4, int
            b v9 = LOCAL 2 y
            GUARD_NOT_NULL v9
            GUARD_TYPE v9, int
            o v10 = TAKE_LOCAL v9, 2 y
            b v11 = SET_LOCAL v8, 2 y
            DROP v10, int
            JUMP_TO_TOP
            """)

    def test_min_of_what_may_be_wide(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    z = x * y
                    min(z, x)  # here
            f(60, 5, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            GUARD_COMPACT v1
            p v2 = INT_LEAST v3, v1
            b v4 = LESSER_INT x, v5
            o v6 = NEWREF v4
            DROP v6, int
            JUMP_TO_TOP
            """)

    def test_not_where_it_is_elsewhere_too(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    min((y := x + 1000), x - i)  # here
            f(60, 5, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_ADD v2, 1000
            o v4 = BOX_INT v3
            o v5 = NEWREF v4
            b v6 = LOCAL 2 y
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, int
            o v7 = TAKE_LOCAL v6, 2 y
            b v8 = SET_LOCAL v5, 2 y
            DROP v7, int
            p v9 = INT_SUBTRACT v2, v10
            o v11 = BOX_INT v9
            GUARD_COMPACT v3
            GUARD_COMPACT v9
            p v12 = INT_LEAST v9, v3
            b v13 = LESSER_INT v11, v4
            o v14 = NEWREF v13
            DROP v11, int
            DROP v4, int
            DROP v14, int
            JUMP_TO_TOP
            """)

    def test_not_of_wide_objects(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    min(x, y)  # here
            f(60, 1 << 40, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF <builtin min>
            o v4 = NEWREF v1
            o v5 = NEWREF v2
            SET_IP @42
            CALL_BUILTIN_FAST_WITH_KEYWORDS 2 v3, NULL, v4, v5
            o v6 = RESULT 0
            CHECK_VALID
            DROP v6
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_bool(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    min(x, y)  # here
            f(60, True, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF <builtin min>
            o v4 = NEWREF v1
            o v5 = NEWREF v2
            SET_IP @42
            CALL_BUILTIN_FAST_WITH_KEYWORDS 2 v3, NULL, v4, v5
            o v6 = RESULT 0
            CHECK_VALID
            DROP v6
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_an_int_and_a_float(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    min(x, y)  # here
            f(60, 1, 7.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF <builtin min>
            o v4 = NEWREF v1
            o v5 = NEWREF v2
            SET_IP @42
            CALL_BUILTIN_FAST_WITH_KEYWORDS 2 v3, NULL, v4, v5
            o v6 = RESULT 0
            CHECK_VALID
            DROP v6
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_four(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    min(x, y, x, y)  # here
            f(60, 1, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF <builtin min>
            o v4 = NEWREF v1
            o v5 = NEWREF v2
            o v6 = NEWREF v1
            o v7 = NEWREF v2
            SET_IP @44
            CALL_BUILTIN_FAST_WITH_KEYWORDS 4 v3, NULL, v4, v5, v6, v7
            o v8 = RESULT 0
            CHECK_VALID
            DROP v8
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_one(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    min(x)  # here
            f(60, (1, 7))
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            o v2 = NEWREF <builtin min>
            o v3 = NEWREF v1
            SET_IP @42
            CALL_BUILTIN_FAST_WITH_KEYWORDS 1 v2, NULL, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_another_min(self):
        self.check("""
            def min(x, y): return x
            def f(n, x, y=None, z=None):
                for i in range(n):
                    min(x, y)  # here
            f(60, 1, 7)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            CALL_KNOWN 2 min v3, v4
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_without_ints(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    min(x, y)  # here
            f(60, 1, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF <builtin min>
            o v4 = NEWREF v1
            o v5 = NEWREF v2
            SET_IP @42
            CALL_BUILTIN_FAST_WITH_KEYWORDS 2 v3, NULL, v4, v5
            o v6 = RESULT 0
            CHECK_VALID
            DROP v6
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-ints")

    def test_not_without_builtins(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    min(x, y)  # here
            f(60, 1, 7)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF <builtin min>
            o v4 = NEWREF v1
            o v5 = NEWREF v2
            SET_IP @42
            CALL_BUILTIN_FAST_WITH_KEYWORDS 2 v3, NULL, v4, v5
            o v6 = RESULT 0
            CHECK_VALID
            DROP v6
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-builtins")


@requires_jit
class FloatTest(TraceTests):
    """Floats."""

    stage = "build"

    def test_max_of_variables(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    max(x, y)  # here
            f(60, 1.5, 2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, float
            p v3 = UNBOX_FLOAT v1
            GUARD_TYPE v2, float
            p v4 = UNBOX_FLOAT v2
            p v5 = FLOAT_GREATEST v4, v3
            b v6 = GREATER_FLOAT v2, v1
            o v7 = NEWREF v6
            DROP v7, float
            JUMP_TO_TOP
            """)

    def test_min_of_three_variables(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    z = min(x, y, 0.5)  # here
            f(60, 1.5, 2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, float
            p v3 = UNBOX_FLOAT v1
            GUARD_TYPE v2, float
            p v4 = UNBOX_FLOAT v2
            p v5 = UNBOX_FLOAT 0.5
            p v6 = FLOAT_LEAST v4, v3
            b v7 = LESSER_FLOAT v2, v1
            p v8 = FLOAT_LEAST v5, v6
            b v9 = LESSER_FLOAT 0.5, v7
            o v10 = NEWREF v9
            b v11 = LOCAL 3 z
            GUARD_NOT_NULL v11
            GUARD_TYPE v11, float
            o v12 = TAKE_LOCAL v11, 3 z
            b v13 = SET_LOCAL v10, 3 z
            DROP v12, float
            JUMP_TO_TOP
            """)

    def test_min_of_what_is_computed(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    z = min(x + 1.0, y * 2.0)  # here
            f(60, 1.5, 2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = UNBOX_FLOAT 1.0
            p v4 = FLOAT_ADD v2, v3
            o v5 = BOX_FLOAT v4
            b v6 = LOCAL 2 y
            GUARD_TYPE v6, float
            p v7 = UNBOX_FLOAT v6
            p v8 = UNBOX_FLOAT 2.0
            p v9 = FLOAT_MULTIPLY v7, v8
            o v10 = BOX_FLOAT v9
            p v11 = FLOAT_LEAST v9, v4
            DROP v10, float
            DROP v5, float
            o v12 = BOX_FLOAT v11
            b v13 = LOCAL 3 z
            GUARD_NOT_NULL v13
            GUARD_TYPE v13, float
            DROP v12, float
            b v14 = RENEW_LOCAL v11, v13, 3 z
            JUMP_TO_TOP
            """)

    def test_max_with_a_constant(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    z = max(0.0, y - x)  # here
            f(60, 1.5, 2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 2 y
            b v2 = LOCAL 1 x
            GUARD_TYPE v1, float
            GUARD_TYPE v2, float
            p v3 = UNBOX_FLOAT v1
            p v4 = UNBOX_FLOAT v2
            p v5 = FLOAT_SUBTRACT v3, v4
            o v6 = BOX_FLOAT v5
            p v7 = UNBOX_FLOAT 0.0
            p v8 = FLOAT_GREATEST v5, v7
            b v9 = GREATER_FLOAT v6, 0.0
            o v10 = NEWREF v9
            DROP v6, float
            b v11 = LOCAL 3 z
            GUARD_NOT_NULL v11
            GUARD_TYPE v11, float
            o v12 = TAKE_LOCAL v11, 3 z
            b v13 = SET_LOCAL v10, 3 z
            DROP v12, float
            JUMP_TO_TOP
            """)

    def test_not_without_floats(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    max(x, y)  # here
            f(60, 1.5, 2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            o v3 = NEWREF <builtin max>
            o v4 = NEWREF v1
            o v5 = NEWREF v2
            SET_IP @42
            CALL_BUILTIN_FAST_WITH_KEYWORDS 2 v3, NULL, v4, v5
            o v6 = RESULT 0
            CHECK_VALID
            DROP v6
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-floats")


if __name__ == "__main__":
    unittest.main()
