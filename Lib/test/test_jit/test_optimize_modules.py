"""Attributes of modules that are constants: guard_module() and load_module_attribute() of
ssa_micro_ops.c.

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
class ModuleTest(TraceTests):
    """guard_module() and load_module_attribute()."""

    stage = "build"

    def test_attribute(self):
        self.check("""
            import math
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    math.pi is y  # here
            f(60)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 2 y
            p v2 = SAME 3.141592653589793, v1
            p v3 = BOOL v2
            JUMP_TO_TOP
            """)

    def test_method_call(self):
        self.check("""
            import math
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    math.floor(x)  # here
            f(60, 2.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            CHECK_C_RECURSION
            o v2 = NEWREF <builtin floor>
            o v3 = NEWREF v1
            SET_IP @72
            BUILTIN_O v2, v3
            o v4 = RESULT 0
            CHECK_VALID
            DROP v4
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_function(self):
        self.check("""
            import types
            m = types.ModuleType('m')
            def g(x): return x
            m.g = g
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    m.g(i)  # here
            f(60)
            """, """
            GUARD_GLOBALS
            o v1 = NEWREF v2
            CALL_KNOWN 1 g v1
            DROP v3, int
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_type_of_the_constant(self):
        self.check("""
            import math
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    math.pi + math.e  # here
            f(60)
            """, """
            GUARD_GLOBALS
            p v1 = UNBOX_FLOAT 3.141592653589793
            p v2 = UNBOX_FLOAT 2.718281828459045
            p v3 = FLOAT_ADD v1, v2
            o v4 = BOX_FLOAT v3
            DROP v4, float
            JUMP_TO_TOP
            """)

    def test_isinstance_of_a_modules_class(self):
        self.check("""
            import types
            m = types.ModuleType('m')
            class A: pass
            m.A = A
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(x, m.A) is y  # here
            f(60, A())
            """, """
            GUARD_GLOBALS
            GUARD_BUILTINS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, A
            b v2 = LOCAL 2 y
            p v3 = SAME True, v2
            p v4 = BOOL v3
            JUMP_TO_TOP
            """)

    def test_one_that_has_changed_once(self):
        self.check("""
            import types
            m = types.ModuleType('m')
            m.v = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    m.v is y  # here
                    if i == 40:
                        m.v = 6
            f(600)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 2 y
            p v2 = SAME 6, v1
            p v3 = BOOL v2
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF="2")

    def test_not_one_that_changes_often(self):
        self.check("""
            import types
            m = types.ModuleType('m')
            m.v = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    m.v is y  # here
                    if i % 40 == 0:
                        m.v = m.v + 1
            f(600)
            """, """
            GUARD_GLOBALS
            CHECK_ATTR_MODULE # <module>
            LOAD_ATTR_MODULE_0_B v <module>
            o v1 = RESULT 0
            b v2 = LOCAL 2 y
            p v3 = SAME v1, v2
            p v4 = BOOL v3
            DROP v1
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF="2")

    def test_although_another_changes_often(self):
        self.check("""
            import types
            m = types.ModuleType('m')
            m.v = 5
            m.w = 6
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    m.w is y  # here
                    if i % 40 == 0:
                        m.v = i
            f(600)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 2 y
            p v2 = SAME 6, v1
            p v3 = BOOL v2
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF="2")

    def test_not_of_a_local(self):
        self.check("""
            import math
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.pi is y  # here
            f(60, math)
            """, """
            b v1 = LOCAL 1 x
            CHECK_ATTR_MODULE # v1
            LOAD_ATTR_MODULE_0_B pi v1
            o v2 = RESULT 0
            b v3 = LOCAL 2 y
            p v4 = SAME v2, v3
            p v5 = BOOL v4
            DROP v2
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_a_subclass(self):
        self.check("""
            import types
            class M(types.ModuleType): pass
            m = M('m')
            m.v = 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    m.v is y  # here
            f(60)
            """, """
            GUARD_GLOBALS
            o v1 = NEWREF <M>
            SET_IP @48
            LOAD_ATTR_0 v v1
            o v2 = RESULT 0
            CHECK_VALID
            b v3 = LOCAL 2 y
            p v4 = SAME v2, v3
            p v5 = BOOL v4
            DROP v2
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_a_missing_attribute(self):
        self.check("""
            import types
            m = types.ModuleType('m')
            m.__getattr__ = lambda name: 5
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    m.v is y  # here
            f(60)
            """, """
            GUARD_GLOBALS
            o v1 = NEWREF <module>
            SET_IP @48
            LOAD_ATTR_0 v v1
            o v2 = RESULT 0
            CHECK_VALID
            b v3 = LOCAL 2 y
            p v4 = SAME v2, v3
            p v5 = BOOL v4
            DROP v2
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_a_module_that_changes_often(self):
        self.check("""
            import math, types
            m = math
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    m.pi is y  # here
                    if i % 40 == 0:
                        globals()['m'] = x
                        globals()['m'] = math
            f(600)
            """, """
            GUARD_GLOBALS_VERSION #
            LOAD_GLOBAL_MODULE_0 m
            o v1 = RESULT 0
            CHECK_ATTR_MODULE # v1
            LOAD_ATTR_MODULE_0 pi v1
            o v2 = RESULT 0
            b v3 = LOCAL 2 y
            p v4 = SAME v2, v3
            p v5 = BOOL v4
            DROP v2
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF="2")


if __name__ == "__main__":
    unittest.main()
