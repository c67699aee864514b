"""Characters of strings: ssa_characters.c.

Each rule has a test that it fires, and beside it one that it does not where its condition does not hold. A test
compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import unittest

from .support import requires_jit
from .traces import TraceTests


@requires_jit
class IndexTest(TraceTests):
    """ssa_load_character()."""

    stage = "build"

    def test_index(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[i & 3]  # here
            f(60, "abcd")
            """, """
            b v1 = LOCAL 1 x
            p v2 = INT_AND v3, 3
            o v4 = BOX_INT v2
            GUARD_TYPE v1, str
            GUARD_INDEX v2, v1
            GUARD_ASCII v1
            p v5 = ASCII_AT v2, v1
            DROP v4, int
            p v6 = CHARACTER v5
            JUMP_TO_TOP
            """)

    def test_index_twice(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[i & 3], x[i & 3]  # here
            f(60, "abcd")
            """, """
            b v1 = LOCAL 1 x
            p v2 = INT_AND v3, 3
            o v4 = BOX_INT v2
            GUARD_TYPE v1, str
            GUARD_INDEX v2, v1
            GUARD_ASCII v1
            p v5 = ASCII_AT v2, v1
            DROP v4, int
            p v6 = CHARACTER v5
            p v7 = INT_AND v3, 3
            o v8 = BOX_INT v7
            GUARD_INDEX v7, v1
            p v9 = ASCII_AT v7, v1
            DROP v8, int
            p v10 = CHARACTER v9
            BUILD_TUPLE 2 v6, v10
            o v11 = RESULT 0
            DROP v11, tuple
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_index_from_the_end(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[-1]  # here
            f(60, "abcd")
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            p v2 = SIZE v1
            p v3 = INT_ADD v2, -1
            GUARD_INDEX v3, v1
            GUARD_ASCII v1
            p v4 = ASCII_AT v3, v1
            p v5 = CHARACTER v4
            JUMP_TO_TOP
            """)

    def test_stored(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    y = x[0]  # here
            f(60, "abcd")
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            GUARD_INDEX 0, v1
            GUARD_ASCII v1
            p v2 = ASCII_AT 0, v1
            p v3 = CHARACTER v2
            b v4 = LOCAL 2 y
            GUARD_NOT_NULL v4
            GUARD_TYPE v4, str
            o v5 = TAKE_LOCAL v4, 2 y
            p v6 = SET_LOCAL v3, 2 y
            DROP v5, str
            JUMP_TO_TOP
            """)

    def test_not_of_other_characters(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[0]  # here
            f(60, "a\\xe9")
            """, """
            b v1 = LOCAL 1 x
            BINARY_SUBSCR_STR_INT_B v1, 0
            o v2 = RESULT 0
            DROP v2, str
            JUMP_TO_TOP
            """)

    def test_not_of_wide_ones(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[0]  # here
            f(60, "a\\u4e2d")
            """, """
            b v1 = LOCAL 1 x
            BINARY_SUBSCR_STR_INT_B v1, 0
            o v2 = RESULT 0
            DROP v2, str
            JUMP_TO_TOP
            """)

    def test_not_of_a_subclass(self):
        self.check("""
            class S(str): pass
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[0]  # here
            f(60, S("ab"))
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @34
            BINARY_SUBSCR v2, 0
            o v3 = RESULT 0
            CHECK_VALID
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_variable_index_from_the_end(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[y]  # here
            f(60, "ab", -1)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_TYPE v1, str
            GUARD_TYPE v2, int
            p v3 = UNBOX_INT v2
            GUARD_INT_LE v3, -1
            p v4 = SIZE v1
            p v5 = INT_ADD v4, v3
            GUARD_INDEX v5, v1
            GUARD_ASCII v1
            p v6 = ASCII_AT v5, v1
            p v7 = CHARACTER v6
            JUMP_TO_TOP
            """)

    def test_not_without_characters(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[0]  # here
            f(60, "ab")
            """, """
            b v1 = LOCAL 1 x
            BINARY_SUBSCR_STR_INT_B v1, 0
            o v2 = RESULT 0
            DROP v2, str
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-characters")

    def test_not_without_ints(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    x[0]  # here
            f(60, "ab")
            """, """
            b v1 = LOCAL 1 x
            BINARY_SUBSCR_STR_INT_B v1, 0
            o v2 = RESULT 0
            DROP v2, str
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-ints")


@requires_jit
class OrdTest(TraceTests):
    """ssa_call_ord()."""

    stage = "build"

    def test_of_an_item(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    ord(x[i & 3]) + i  # here
            f(60, "abcd")
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            p v2 = INT_AND v3, 3
            o v4 = BOX_INT v2
            GUARD_TYPE v1, str
            GUARD_INDEX v2, v1
            GUARD_ASCII v1
            p v5 = ASCII_AT v2, v1
            DROP v4, int
            p v6 = CHARACTER v5
            o v7 = BOX_INT v5
            p v8 = INT_ADD v5, v3
            DROP v7, int
            o v9 = BOX_INT v8
            DROP v9, int
            JUMP_TO_TOP
            """)

    def test_of_a_variable(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    ord(x) + i  # here
            f(60, "a")
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            GUARD_CHARACTER v1
            p v2 = ORDINAL v1
            o v3 = BOX_INT v2
            p v4 = INT_ADD v2, v5
            DROP v3, int
            o v6 = BOX_INT v4
            DROP v6, int
            JUMP_TO_TOP
            """)

    def test_of_a_variable_twice(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    ord(x) + ord(x)  # here
            f(60, "a")
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            GUARD_CHARACTER v1
            p v2 = ORDINAL v1
            o v3 = BOX_INT v2
            o v4 = BOX_INT v2
            p v5 = INT_ADD v2, v2
            DROP v4, int
            DROP v3, int
            o v6 = BOX_INT v5
            DROP v6, int
            JUMP_TO_TOP
            """)

    def test_after_a_call(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    y = x[0]
                    z.append(i)
                    ord(y)  # here
            f(60, "ab", None, [])
            """, """
            GUARD_GLOBALS_AND_VALID
            GUARD_BUILTINS
            p v1 = ORDINAL y
            o v2 = BOX_INT v1
            DROP v2, int
            JUMP_TO_TOP
            """)

    def test_not_of_other_characters(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    ord(x)  # here
            f(60, "\\xe9")
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin ord>
            o v3 = NEWREF v1
            SET_IP @42
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_bytes(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    ord(x)  # here
            f(60, b"a")
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin ord>
            o v3 = NEWREF v1
            SET_IP @42
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_another_ord(self):
        self.check("""
            def ord(x): return 1
            def f(n, x, y=None, z=None):
                for i in range(n):
                    ord(x)  # here
            f(60, "a")
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            CALL_KNOWN 1 ord v2
            FORGET v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_without_characters(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    ord(x)  # here
            f(60, "a")
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin ord>
            o v3 = NEWREF v1
            SET_IP @42
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-characters")


@requires_jit
class ChrTest(TraceTests):
    """ssa_call_chr()."""

    stage = "build"

    def test_of_a_variable(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    chr(x)  # here
            f(60, 65)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            GUARD_INT_GE v2, 0
            GUARD_INT_LE v2, 127
            p v3 = CHARACTER v2
            JUMP_TO_TOP
            """)

    def test_of_what_is_in_bounds(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    y = chr(x & 63)  # here
            f(60, 65)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_AND v2, 63
            o v4 = BOX_INT v3
            DROP v4, int
            p v5 = CHARACTER v3
            b v6 = LOCAL 2 y
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, str
            o v7 = TAKE_LOCAL v6, 2 y
            p v8 = SET_LOCAL v5, 2 y
            DROP v7, str
            JUMP_TO_TOP
            """)

    def test_and_ord(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    ord(chr(x & 63)) + i  # here
            f(60, 65)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_AND v2, 63
            o v4 = BOX_INT v3
            DROP v4, int
            p v5 = CHARACTER v3
            o v6 = BOX_INT v3
            p v7 = INT_ADD v3, v8
            DROP v6, int
            o v9 = BOX_INT v7
            DROP v9, int
            JUMP_TO_TOP
            """)

    def test_not_of_larger_numbers(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    chr(x)  # here
            f(60, 128)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin chr>
            o v3 = NEWREF v1
            SET_IP @42
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_bool(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    chr(x)  # here
            f(60, True)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin chr>
            o v3 = NEWREF v1
            SET_IP @42
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_without_characters(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    chr(x)  # here
            f(60, 65)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin chr>
            o v3 = NEWREF v1
            SET_IP @42
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-characters")


@requires_jit
class ComparisonTest(TraceTests):
    """ssa_compare_characters()."""

    stage = "build"

    def test_of_an_item(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    if x[0] == "a":  # here
                        y = 5
            f(60, "abcd")
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            GUARD_INDEX 0, v1
            GUARD_ASCII v1
            p v2 = ASCII_AT 0, v1
            p v3 = CHARACTER v2
            p v4 = INT_EQ v2, 97
            p v5 = BOOL v4
            GUARD_INT_EQ v2, 97
            """)

    def test_of_an_item_that_differs(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    if x[0] != "b":  # here
                        y = 5
            f(60, "abcd")
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            GUARD_INDEX 0, v1
            GUARD_ASCII v1
            p v2 = ASCII_AT 0, v1
            p v3 = CHARACTER v2
            p v4 = INT_NE v2, 98
            p v5 = BOOL v4
            GUARD_INT_NE v2, 98
            """)

    def test_of_two_items(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    if x[0] == x[1]:  # here
                        y = 5
            f(60, "aacd")
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            GUARD_INDEX 0, v1
            GUARD_ASCII v1
            p v2 = ASCII_AT 0, v1
            p v3 = CHARACTER v2
            GUARD_INDEX 1, v1
            p v4 = ASCII_AT 1, v1
            p v5 = CHARACTER v4
            p v6 = INT_EQ v2, v4
            p v7 = BOOL v6
            GUARD_INT_EQ v2, v4
            """)

    def test_in_order(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    if "a" <= x[0] <= "z":  # here
                        y = 5
            f(60, "abcd")
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            GUARD_INDEX 0, v1
            GUARD_ASCII v1
            p v2 = ASCII_AT 0, v1
            p v3 = CHARACTER v2
            p v4 = INT_GE v2, 97
            p v5 = BOOL v4
            GUARD_INT_GE v2, 97
            p v6 = INT_LE v2, 122
            p v7 = BOOL v6
            GUARD_INT_LE v2, 122
            """)

    def test_of_a_variable(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    y = x[0]
                    z.append(i)
                    if y == "a":  # here
                        y = 5
            f(60, "ab", None, [])
            """, """
            b v1 = LOCAL 2 y
            CHECK_VALID
            p v2 = ORDINAL v1
            p v3 = INT_EQ v2, 97
            p v4 = BOOL v3
            GUARD_INT_EQ v2, 97
            """)

    def test_after_ord(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    ord(x)
                    if x == "a":  # here
                        y = 5
            f(60, "a")
            """, """
            p v1 = INT_EQ v2, 97
            p v3 = BOOL v1
            GUARD_INT_EQ v2, 97
            """)

    def test_not_of_what_is_not_known(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    if x == "a":  # here
                        y = 5
            f(60, "a")
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            COMPARE_OP_STR_B 88 v1, 'a'
            p v2 = RESULT 0
            GUARD_IS v2, True
            """)

    def test_not_with_longer_text(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    if x[0] != "ab":  # here
                        y = 5
            f(60, "abcd")
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            GUARD_INDEX 0, v1
            GUARD_ASCII v1
            p v2 = ASCII_AT 0, v1
            p v3 = CHARACTER v2
            COMPARE_OP_STR_B 119 v3, 'ab'
            p v4 = RESULT 0
            GUARD_IS v4, True
            """)

    def test_not_with_other_characters(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    if x[0] != "\\xe9":  # here
                        y = 5
            f(60, "abcd")
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            GUARD_INDEX 0, v1
            GUARD_ASCII v1
            p v2 = ASCII_AT 0, v1
            p v3 = CHARACTER v2
            COMPARE_OP_STR_B 119 v3, 'é'
            p v4 = RESULT 0
            GUARD_IS v4, True
            """)

    def test_not_without_characters(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    if x[0] == "a":  # here
                        y = 5
            f(60, "abcd")
            """, """
            b v1 = LOCAL 1 x
            BINARY_SUBSCR_STR_INT_B v1, 0
            o v2 = RESULT 0
            COMPARE_OP_STR 88 v2, 'a'
            p v3 = RESULT 0
            GUARD_IS v3, True
            """, PYTHON_JIT_OPTIMIZE="-characters")

    def test_not_without_conditions(self):
        self.check("""
            def f(n, x, y=None, z=None):
                for i in range(n):
                    if x[0] == "a":  # here
                        y = 5
            f(60, "abcd")
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            GUARD_INDEX 0, v1
            GUARD_ASCII v1
            p v2 = ASCII_AT 0, v1
            p v3 = CHARACTER v2
            COMPARE_OP_STR_B 88 v3, 'a'
            p v4 = RESULT 0
            GUARD_IS v4, True
            """, PYTHON_JIT_OPTIMIZE="-conditions")


if __name__ == "__main__":
    unittest.main()
