"""type(), isinstance() and len() of which the optimizer knows what they are called with, and
attributes of modules: ssa_call_type(), ssa_call_isinstance() and ssa_call_len() of
ssa_calls.c, learn_type() of ssa_conditions.c, guard_module() and load_module_attribute()
of ssa_micro_ops.c.

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
            """)

    def test_unknown(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    type(x) is y  # here
            f(60, 2.5)
            """, """
            """)

    def test_unknown_after_a_call(self):
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
            """)

    def test_of_what_is_owned(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    type(x[0]) is y  # here
            f(60, (2.5,))
            """, """
            """)

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
            """)

    def test_not_another_type(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    str(x) is y  # here
            f(60, 2.5)
            """, """
            """)

    def test_not_of_a_local(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    z(x) is y  # here
            f(60, 2.5, None, type)
            """, """
            """)

    def test_not_with_three_arguments(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    type('C', (), x)  # here
            f(60, {})
            """, """
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
            """)


@requires_jit
class IsinstanceTest(TraceTests):
    """ssa_call_isinstance()."""

    stage = "build"

    def test_true_of_a_builtin_type(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(i, int) is y  # here
            f(60)
            """, """
            """)

    def test_false_of_a_builtin_type(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(i, str) is y  # here
            f(60)
            """, """
            """)

    def test_true_of_a_base(self):
        self.check("""
            class A: pass
            class B(A):
                def __init__(self): self.v = 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    isinstance(x, A) is y  # here
            f(60, B())
            """, """
            """)

    def test_false_of_a_class(self):
        self.check("""
            class A: pass
            class B:
                def __init__(self): self.v = 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    isinstance(x, A) is y  # here
            f(60, B())
            """, """
            """)

    def test_not_of_a_type_that_is_not_watched(self):
        # What `type(x) is B` says of B is not whether its bases are the same.
        self.check("""
            class A: pass
            class B(A): pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if type(x) is B:
                        isinstance(x, A) is y  # here
            f(60, B())
            """, """
            """)

    def test_branch(self):
        self.check("""
            class A: pass
            class B(A):
                def __init__(self): self.v = 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    if isinstance(x, A):  # here
                        pass
            f(60, B())
            """, """
            """)

    def test_guard_of_the_exact_class(self):
        self.check("""
            class A: pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(x, A) is y  # here
            f(60, A())
            """, """
            """, exits=True)

    def test_guard_of_a_builtin_type_teaches(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if isinstance(x, float):  # here
                        x + x  # here
            f(60, 2.5)
            """, """
            """)

    def test_not_a_guard_of_a_subclass(self):
        self.check("""
            class A: pass
            class B(A): pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(x, A) is y  # here
            f(60, B())
            """, """
            """)

    def test_not_a_guard_where_false(self):
        self.check("""
            class A: pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(x, A) is y  # here
            f(60, 2.5)
            """, """
            """)

    def test_not_with_a_metaclass(self):
        self.check("""
            class M(type): pass
            class A(metaclass=M): pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(x, A) is y  # here
            f(60, A())
            """, """
            """)

    def test_not_with_an_abc(self):
        self.check("""
            import abc
            class A(abc.ABC): pass
            class B(A):
                def __init__(self): self.v = 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    isinstance(x, A) is y  # here
            f(60, B())
            """, """
            """)

    def test_not_with_a_tuple(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(i, (int, str)) is y  # here
            f(60)
            """, """
            """)

    def test_not_with_a_union(self):
        self.check("""
            U = int | str
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(i, U) is y  # here
            f(60)
            """, """
            """)

    def test_not_with_an_unknown_class(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(i, x) is y  # here
            f(60, int)
            """, """
            """)

    def test_not_false_with_a_class_attribute(self):
        self.check("""
            class A: pass
            class B:
                def __init__(self): self.v = 1
                __class__ = property(lambda self: A)
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    isinstance(x, A) is y  # here
            f(60, B())
            """, """
            """)

    def test_not_false_with_a_getattribute(self):
        self.check("""
            class A: pass
            class B:
                def g(self): pass
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if type(x) is B:
                        isinstance(x, A) is y  # here
            B.__getattribute__ = lambda self, name: object.__getattribute__(self, name)
            f(60, B())
            """, """
            """)

    def test_not_false_of_a_builtin_type_with_a_getattribute(self):
        self.check("""
            class A: pass
            s = super(int, 5)
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    if type(x) is super:
                        isinstance(x, A) is y  # here
            f(60, s)
            """, """
            """)

    def test_true_with_a_class_attribute(self):
        self.check("""
            class A: pass
            class B(A):
                def __init__(self): self.v = 1
                __class__ = property(lambda self: int)
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    isinstance(x, A) is y  # here
            f(60, B())
            """, """
            """)

    def test_not_shadowed(self):
        self.check("""
            def isinstance(x, y): return 1
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    isinstance(i, int) is y  # here
            f(60)
            """, """
            """)

    def test_not_of_a_local(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    z(i, int) is y  # here
            f(60, None, None, isinstance)
            """, """
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
            """)

    def test_of_a_tuple(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    len((i, i))  # here
            f(60)
            """, """
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
            """)

    def test_of_bytes(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    len(b'abc')  # here
            f(60)
            """, """
            """)

    def test_result_is_an_int(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    len(b'abc') + i  # here
            f(60)
            """, """
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
            """)

    def test_not_of_an_unknown_type(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    len(x)  # here
            f(60, [])
            """, """
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
            """)

    def test_not_of_a_local(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    z(b'abc')  # here
            f(60, None, None, len)
            """, """
            """)


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
            """, which=-1, PYTHON_JIT_JUMP_BACKWARD_INITIAL_BACKOFF="2")


if __name__ == "__main__":
    unittest.main()
