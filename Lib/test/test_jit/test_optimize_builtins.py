"""type() and len() of which the optimizer knows what they are called with: ssa_call_type()
and ssa_call_len() of ssa_calls.c, learn_type() of ssa_conditions.c.

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
class TypeTest(TraceTests):
    """ssa_call_type() and learn_type()."""

    stage = "build"

    def test_known(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    type(i)  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            JUMP_TO_TOP
            """)

    def test_known_of_a_class(self):
        self.check("""
            class A:
                def __init__(self): self.v = 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    type(x) is y  # here
            f(60, A())
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 2 y
            p v2 = SAME <type A>, v1
            p v3 = BOOL v2
            JUMP_TO_TOP
            """)

    def test_unknown(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    type(x) is y  # here
            f(60, 2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = TYPE_OF v1
            b v3 = LOCAL 2 y
            p v4 = SAME v2, v3
            p v5 = BOOL v4
            JUMP_TO_TOP
            """)

    def test_known_after_a_call(self):
        self.check("""
            class A:
                def __init__(self): self.v = 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    z()
                    type(x) is y  # here
            f(60, A(), None, dict)
            """, """
            GUARD_GLOBALS_AND_VALID
            GUARD_BUILTINS
            b v1 = LOCAL 2 y
            p v2 = SAME <type A>, v1
            p v3 = BOOL v2
            JUMP_TO_TOP
            """)

    def test_of_what_is_owned(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    type(x[0]) is y  # here
            f(60, (2.5,))
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            BINARY_SUBSCR_TUPLE_INT_B v1, 0
            o v2 = RESULT 0
            b v3 = TYPE_OF v2
            o v4 = NEWREF v3
            DROP v2
            b v5 = LOCAL 2 y
            p v6 = SAME v4, v5
            p v7 = BOOL v6
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """, PYTHON_JIT_OPTIMIZE="-ints,-items")

    def test_not_shadowed(self):
        self.check("""
            class type:
                def __init__(self, x): pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    type(x) is y  # here
            f(60)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            CHECK_ALLOC_AND_ENTER_INIT 1 # <type type>, NULL, v1
            GUARD_INIT_CODE 1 <code type.__init__> <type type>, NULL, v1
            o v2 = NEWREF <type type>
            o v3 = NEWREF v1
            SET_IP @50
            CREATE_INIT_FRAME 1 v2, NULL, v3
            p v4 = RESULT 0
            SAVE_RETURN_OFFSET 4
            PUSH_INIT_FRAME v4
            b v5 = LOCAL 2 y
            p v6 = SAME v7, v5
            p v8 = BOOL v6
            DROP_NULLABLE v7
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_another_type(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    str(x) is y  # here
            f(60, 2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @50
            CALL_STR_1 <type str>, NULL, v2
            o v3 = RESULT 0
            CHECK_VALID
            b v4 = LOCAL 2 y
            p v5 = SAME v3, v4
            p v6 = BOOL v5
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_a_local(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    z(x) is y  # here
            f(60, 2.5, None, type)
            """, """
            b v1 = LOCAL 3 z
            b v2 = LOCAL 1 x
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            CALL_TYPE_1 v3, NULL, v4
            o v5 = RESULT 0
            b v6 = LOCAL 2 y
            p v7 = SAME v5, v6
            p v8 = BOOL v7
            DROP v5
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_with_three_arguments(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    type('C', (), x)  # here
            f(60, {})
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @54
            CALL_BUILTIN_CLASS 3 <type type>, NULL, 'C', <tuple>, v2
            o v3 = RESULT 0
            CHECK_VALID
            DROP v3
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_teaches(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if type(x) is float:  # here
                        x + x  # here
            f(60, 2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = TYPE_OF v1
            p v3 = SAME v2, <type float>
            p v4 = BOOL v3
            GUARD_SAME v2, <type float>
            p v5 = UNBOX_FLOAT v1
            p v6 = FLOAT_ADD v5, v5
            o v7 = BOX_FLOAT v6
            DROP v7, float
            JUMP_TO_TOP
            """)

    def test_not_the_other_way(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if type(x) is not int:  # here
                        x + x  # here
            f(60, 2.5)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = TYPE_OF v1
            p v3 = SAME v2, <type int>
            p v4 = NOT v3
            p v5 = BOOL v4
            GUARD_NOT_SAME v2, <type int>
            GUARD_TYPE v1, float
            p v6 = UNBOX_FLOAT v1
            p v7 = FLOAT_ADD v6, v6
            o v8 = BOX_FLOAT v7
            DROP v8, float
            JUMP_TO_TOP
            """)

    def test_not_from_an_unknown_class(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if type(x) is y:  # here
                        x + x  # here
            f(60, 2.5, float)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = TYPE_OF v1
            b v3 = LOCAL 2 y
            p v4 = SAME v2, v3
            p v5 = BOOL v4
            GUARD_SAME v2, v3
            GUARD_TYPE v1, float
            p v6 = UNBOX_FLOAT v1
            p v7 = FLOAT_ADD v6, v6
            o v8 = BOX_FLOAT v7
            DROP v8, float
            JUMP_TO_TOP
            """)

    def test_teaches_a_class(self):
        self.check("""
            class A:
                pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if type(x) is A:  # here
                        type(x) is z  # here
            f(60, A())
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = TYPE_OF v1
            p v3 = SAME v2, <type A>
            p v4 = BOOL v3
            GUARD_SAME v2, <type A>
            b v5 = LOCAL 3 z
            p v6 = SAME <type A>, v5
            p v7 = BOOL v6
            JUMP_TO_TOP
            """)

    def test_does_not_teach_the_version(self):
        self.check("""
            class A:
                def __init__(self): self.v = 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if type(x) is A:  # here
                        x.v  # here
            f(60, A())
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = TYPE_OF v1
            p v3 = SAME v2, <type A>
            p v4 = BOOL v3
            GUARD_SAME v2, <type A>
            GUARD_VERSION v1, #
            GUARD_BYTE v1, +19
            b v5 = LOAD v1, +24
            GUARD_NOT_NULL v5
            JUMP_TO_TOP
            """)


@requires_jit
class LenTest(TraceTests):
    """ssa_call_len()."""

    stage = "build"

    def test_of_a_list(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    len([i, i])  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            o v1 = NEWREF v2
            o v3 = NEWREF v2
            BUILD_LIST 2 v1, v3
            o v4 = RESULT 0
            p v5 = SIZE v4
            DROP v4, list
            o v6 = BOX_INT v5
            CHECK_VALID
            DROP v6, int
            JUMP_TO_TOP
            """)

    def test_of_a_tuple(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    len((i, i))  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            o v1 = NEWREF v2
            o v3 = NEWREF v2
            BUILD_TUPLE 2 v1, v3
            o v4 = RESULT 0
            p v5 = SIZE v4
            DROP v4, tuple
            o v6 = BOX_INT v5
            CHECK_VALID
            DROP v6, int
            JUMP_TO_TOP
            """)

    def test_of_a_str(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if isinstance(x, str):  # here
                        len(x)  # here
            f(60, 'abc')
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, str
            p v2 = SIZE v1
            o v3 = BOX_INT v2
            DROP v3, int
            JUMP_TO_TOP
            """)

    def test_of_a_dict(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if type(x) is dict:  # here
                        len(x)  # here
            f(60, {})
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            b v2 = TYPE_OF v1
            p v3 = SAME v2, <type dict>
            p v4 = BOOL v3
            GUARD_SAME v2, <type dict>
            p v5 = SIZE v1
            o v6 = BOX_INT v5
            DROP v6, int
            JUMP_TO_TOP
            """)

    def test_of_bytes(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    len(b'abc')  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            p v1 = SIZE b'abc'
            o v2 = BOX_INT v1
            DROP v2, int
            JUMP_TO_TOP
            """)

    def test_result_is_an_int(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    len(b'abc') + i  # here
            f(60)
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            p v1 = SIZE b'abc'
            o v2 = BOX_INT v1
            p v3 = INT_ADD v1, v4
            DROP v2, int
            o v5 = BOX_INT v3
            DROP v5, int
            JUMP_TO_TOP
            """)

    def test_not_of_another_type(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if type(x) is set:
                        len(x)  # here
            f(60, set())
            """, """
            o v1 = NEWREF <builtin len>
            o v2 = NEWREF x
            SET_IP @90
            CALL_LEN 1 v1, NULL, v2
            o v3 = RESULT 0
            CHECK_VALID
            DROP v3, int
            JUMP_TO_TOP
            """)

    def test_not_of_an_unknown_type(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    len(x)  # here
            f(60, [])
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

    def test_not_of_a_subclass(self):
        self.check("""
            class L(list):
                def __init__(self): self.v = 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if type(x) is L:
                        len(x)  # here
            f(60, L())
            """, """
            o v1 = NEWREF <builtin len>
            o v2 = NEWREF x
            SET_IP @90
            CALL_LEN 1 v1, NULL, v2
            o v3 = RESULT 0
            CHECK_VALID
            DROP v3, int
            JUMP_TO_TOP
            """)

    def test_not_shadowed(self):
        self.check("""
            def len(x): return 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    len(b'abc')  # here
            f(60)
            """, """
            GUARD_GLOBALS
            o v1 = NEWREF b'abc'
            CALL_KNOWN 1 len v1
            FORGET v2
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_a_local(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    z(b'abc')  # here
            f(60, None, None, len)
            """, """
            b v1 = LOCAL 3 z
            o v2 = NEWREF v1
            o v3 = NEWREF b'abc'
            SET_IP @44
            CALL_LEN 1 v2, NULL, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4, int
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
