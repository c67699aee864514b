"""The optimizer's local rewrites: the table JIT_RULES of jit.h, ssa_fold.c.

That a rule is true is proved by Tools/jit/prove.py; here, that it applies where it
should, and not where its left side is not there.
"""

import unittest

from .support import HAS_MACHINE_CODE, requires_jit, run_script
from .traces import WARM, TraceTests

# Applies each rule: what an iteration computes says which.
APPLY = {
    "NOT_CONSTANT": "not (x is x)",
    "NOT_NOT": "not (y := not (i < n))",
    "BOOL_CONSTANT": "x is x",
    "SAME_ITSELF": "x is x",
    "SAME_CONSTANTS": "f is f",
    "SAME_TYPES_DIFFER": "(i + i) is (d * d)",
    "COMPARE_CONSTANTS": "1 < 2",
    "COMPARE_ITSELF": "i <= i",
    "GUARD_NOT": "1 if s else 2",
    "GUARD_COMPARE": "1 if i < n else 2",
    "GUARD_SAME": "1 if x is y else 2",
}

SCRIPT = """
def f(n, x, y, d, s):
    z = None
    for i in range(n):
        z = EXPRESSION
    return z
f(60, [], [], 1.5, "text")
"""


@requires_jit
@unittest.skipUnless(HAS_MACHINE_CODE, "micro-ops are interpreted as they are")
class RulesTest(unittest.TestCase):
    """Every rule of the table applies to a program."""

    def rules(self, expression):
        """How often each rule applied to a loop that computes this."""
        result = run_script(SCRIPT.replace("EXPRESSION", expression), extra_env=WARM)
        self.assertEqual(result.returncode, 0, result.describe())
        return result.stats["rules"]

    def test_each_applies(self):
        before = self.rules("i")
        for name, expression in APPLY.items():
            with self.subTest(rule=name):
                self.assertGreater(self.rules(expression)[name], before[name])

    def test_table(self):
        self.assertEqual(set(self.rules("i")), set(APPLY))


@requires_jit
class FoldTest(TraceTests):
    """What is left of an operation, and where a rule must not apply."""

    stage = "build"

    def test_not_of_not(self):
        self.check("""
            def f(n, y=None, z=None):
                for i in range(n):
                    i + i
                    z = not (y := not (i < n))  # here
            f(60)
            """, """
            b v1 = LOCAL 0 n
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_LT v4, v2
            p v5 = BOOL v3
            p v6 = NOT v3
            p v7 = BOOL v6
            b v8 = LOCAL 1 y
            GUARD_NOT_NULL v8
            GUARD_TYPE v8, bool
            o v9 = TAKE_LOCAL v8, 1 y
            p v10 = SET_LOCAL v7, 1 y
            FORGET v9
            p v11 = BOOL v3
            b v12 = LOCAL 2 z
            GUARD_NOT_NULL v12
            GUARD_TYPE v12, bool
            o v13 = TAKE_LOCAL v12, 2 z
            p v14 = SET_LOCAL v11, 2 z
            FORGET v13
            JUMP_TO_TOP
            """)

    def test_not_once(self):
        self.check("""
            def f(n, z=None):
                for i in range(n):
                    i + i
                    z = not (i < n)  # here
            f(60)
            """, """
            b v1 = LOCAL 0 n
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_LT v4, v2
            p v5 = BOOL v3
            p v6 = NOT v3
            p v7 = BOOL v6
            b v8 = LOCAL 1 z
            GUARD_NOT_NULL v8
            GUARD_TYPE v8, bool
            o v9 = TAKE_LOCAL v8, 1 z
            p v10 = SET_LOCAL v7, 1 z
            FORGET v9
            JUMP_TO_TOP
            """)

    def test_comparison_with_itself(self):
        self.check("""
            def f(n, z=None):
                for i in range(n):
                    i + i
                    z = i >= i  # here
            f(60)
            """, """
            b v1 = LOCAL 1 z
            GUARD_NOT_NULL v1
            GUARD_TYPE v1, bool
            o v2 = TAKE_LOCAL v1, 1 z
            p v3 = SET_LOCAL True, 1 z
            FORGET v2
            JUMP_TO_TOP
            """)

    def test_comparison_with_an_equal(self):
        self.check("""
            def f(n, z=None, k=0):
                for i in range(n):
                    i + i
                    z = i >= k  # here
            f(60)
            """, """
            b v1 = LOCAL 2 k
            GUARD_TYPE v1, int
            p v2 = UNBOX_INT v1
            p v3 = INT_GE v4, v2
            p v5 = BOOL v3
            b v6 = LOCAL 1 z
            GUARD_NOT_NULL v6
            GUARD_TYPE v6, bool
            o v7 = TAKE_LOCAL v6, 1 z
            p v8 = SET_LOCAL v5, 1 z
            FORGET v7
            JUMP_TO_TOP
            """)

    def test_comparison_of_constants(self):
        self.check("""
            def f(n, z=None):
                for i in range(n):
                    i + i
                    z = 3 > 2  # here
            f(60)
            """, """
            b v1 = LOCAL 1 z
            GUARD_NOT_NULL v1
            GUARD_TYPE v1, bool
            o v2 = TAKE_LOCAL v1, 1 z
            p v3 = SET_LOCAL True, 1 z
            FORGET v2
            JUMP_TO_TOP
            """)

    def test_comparison_with_a_large_constant(self):
        # It has more than one digit: nothing of it is known here.
        self.check("""
            def f(n, z=None):
                for i in range(n):
                    i + i
                    z = i > 2**70  # here
            f(60)
            """, """
            o v1 = NEWREF v2
            SET_IP @44
            BINARY_OP 8 2, 70
            o v3 = RESULT 0
            CHECK_VALID
            SET_IP @48
            COMPARE_OP 132 v1, v3
            o v4 = RESULT 0
            CHECK_VALID
            b v5 = LOCAL 1 z
            GUARD_NOT_NULL v5
            GUARD_TYPE v5, bool
            o v6 = TAKE_LOCAL v5, 1 z
            b v7 = SET_LOCAL v4, 1 z
            FORGET v6
            JUMP_TO_TOP
            """)

    def test_guard_of_not(self):
        self.check("""
            def f(n, s, z=None):
                for i in range(n):
                    i + i
                    if s:  # here
                        pass
            f(60, "text")
            """, """
            b v1 = LOCAL 1 s
            GUARD_TYPE v1, str
            p v2 = SAME v1, ''
            p v3 = NOT v2
            p v4 = BOOL v3
            GUARD_NOT_SAME v1, ''
            """)

    def test_guard_of_an_object(self):
        # A bool that is no comparison's result is compared with what it should be.
        self.check("""
            def f(n, t, z=None):
                for i in range(n):
                    i + i
                    if t:  # here
                        pass
            f(60, True)
            """, """
            b v1 = LOCAL 1 t
            GUARD_TYPE v1, bool
            GUARD_IS v1, True
            """)

    def test_same_as_another(self):
        self.check("""
            def f(n, x, y, z=None):
                for i in range(n):
                    i + i
                    z = x is y  # here
            f(60, [], [])
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            p v3 = SAME v1, v2
            p v4 = BOOL v3
            b v5 = LOCAL 3 z
            GUARD_NOT_NULL v5
            GUARD_TYPE v5, bool
            o v6 = TAKE_LOCAL v5, 3 z
            p v7 = SET_LOCAL v4, 3 z
            FORGET v6
            JUMP_TO_TOP
            """)

    def test_same_after_a_release(self):
        # What was compared may be gone when the branch comes: its addresses are not used again.
        self.check("""
            class C:
                pass
            def f(n, x, z=None):
                for i in range(n):
                    i + i
                    if C() is x:  # here
                        pass
            f(60, [])
            """, """
            GUARD_GLOBALS
            CHECK_IS_NOT_PY_CALLABLE 0 <type C>, NULL
            o v1 = NEWREF <type C>
            SET_IP @48
            CALL_NON_PY_GENERAL 0 v1, NULL
            o v2 = RESULT 0
            CHECK_VALID
            b v3 = LOCAL 1 x
            p v4 = SAME v2, v3
            p v5 = BOOL v4
            DROP v2
            GUARD_FALSE v4
            CHECK_VALID
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
