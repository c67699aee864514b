"""Types of objects and iterators that the optimizer knows: guard_type_version() and
guard_type() of ssa.c.

Each rule has a test that it fires, and beside it one that it does not where
its condition does not hold. A test compares the lines marked `# here` of one
trace; JIT_BLESS=1 writes the expected text (traces.py).

Most loops begin with `i + i`: to store the loop's variable releases what it
held, which might have a finalizer, so that the first guard that facts answer
becomes CHECK_VALID. After that, guards go.
"""

import unittest

from .support import requires_jit
from .traces import TraceTests, dump_of


@requires_jit
class TypeVersionTest(TraceTests):
    """guard_type_version()."""

    stage = "build"

    def test_second_guard_on_one_object(self):
        self.check("""
            class A:
                __slots__ = ()
                def m(self, a):
                    return a
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.m(x.m(i))  # here
            f(60, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            o v2 = NEWREF <function A.m>
            o v3 = NEWREF v1
            o v4 = NEWREF v1
            o v5 = NEWREF v6
            CALL_KNOWN 2 A.m v4, v5
            CHECK_VALID
            CALL_FUNCTION 2 A.m v2, v3, v7
            DROP v8, int
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_of_another_object(self):
        self.check("""
            class A:
                __slots__ = ()
                def m(self, a):
                    return a
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.m(z.m(i))  # here
            f(60, A(), 0, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            b v2 = LOCAL 3 z
            GUARD_VERSION v2, #
            o v3 = NEWREF <function A.m>
            o v4 = NEWREF v1
            o v5 = NEWREF v2
            o v6 = NEWREF v7
            CALL_KNOWN 2 A.m v5, v6
            CHECK_VALID
            CALL_FUNCTION 2 A.m v3, v4, v8
            DROP v9, int
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_not_after_overwriting(self):
        self.check("""
            class A:
                __slots__ = ()
                def m(self, a):
                    return a
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.m(i)
                    x = z
                    x.m(i)  # here
            f(60, A(), 0, A())
            """, """
            b v1 = LOCAL 1 x
            GUARD_VERSION v1, #
            b v2 = LOCAL 4 i
            CHECK_VALID
            o v3 = NEWREF v1
            o v4 = NEWREF v2
            CALL_KNOWN 2 A.m v3, v4
            DROP v5, int
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_becomes_check_valid_while_stale(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1; self.w = 2
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    z = y
                    x.v  # here
            f(60, A(), [], [])
            """, """
            b v1 = LOCAL 1 x
            CHECK_VALID
            GUARD_BYTE v1, +19
            b v2 = LOAD v1, +24
            GUARD_NOT_NULL v2
            JUMP_TO_TOP
            """)

    def test_known_by_another_name(self):
        self.check("""
            class A:
                def __init__(self):
                    self.v = 1
                def m(self):
                    return self.v
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.v
                    z = x
                    z.v  # here
            f(60, A(), 0, A())
            """, """
            b v1 = LOCAL 3 z
            CHECK_VALID
            GUARD_BYTE v1, +19
            b v2 = LOAD v1, +24
            GUARD_NOT_NULL v2
            JUMP_TO_TOP
            """)

    def test_also_a_type_for_arithmetic(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    x.bit_length()
                    x + i  # here
            f(60, 1)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 4 i
            CHECK_VALID
            p v3 = UNBOX_INT v1
            p v4 = UNBOX_INT v2
            p v5 = INT_ADD v3, v4
            o v6 = BOX_INT v5
            DROP v6, int
            JUMP_TO_TOP
            """)

    def test_no_trace_when_the_type_has_changed_meanwhile(self):
        # The recording ends; so a version that a trace guards is the type's.
        text = dump_of("""
            class A:
                def m(self):
                    return 1
            def f(n, x):
                for i in range(n):
                    x.m()
                    A.changed = i
            f(60, A())
            """, "all")
        self.assertNotIn("  f (", text)
        self.assertRegex(text, "== abort +CHANGED")


@requires_jit
class IteratorTest(TraceTests):
    """ITER_CHECK_RANGE, ITER_CHECK_LIST and ITER_CHECK_TUPLE."""

    stage = "build"

    def test_second_check_of_a_range(self):
        # The generator's loop runs twice in the trace.
        self.check("""
            def g(x):
                for i in x:  # here
                    if i & 1:
                        yield i
            def f(n):
                for k in range(n):
                    for i in g(range(10)):
                        break
            f(60)
            """, """
            b v1 = LOCAL 0 x
            o v2 = NEWREF v1
            SET_IP @8
            GET_ITER v2
            o v3 = RESULT 0
            CHECK_VALID
            GUARD_TYPE v3, range_iterator
            GUARD_RANGE_LEFT v3
            p v4 = RANGE_START v3
            GUARD_COMPACT v4
            RANGE_ADVANCE v3
            o v5 = BOX_INT v4
            b v6 = LOCAL 1 i
            o v7 = TAKE_LOCAL v6, 1 i
            b v8 = SET_LOCAL v5, 1 i
            DROP_NULLABLE v7
            GUARD_RANGE_LEFT v3
            p v9 = RANGE_START v3
            GUARD_COMPACT v9
            RANGE_ADVANCE v3
            o v10 = BOX_INT v9
            DROP v10, int
            b v11 = RENEW_LOCAL_INT v9, i, 1 i
            """)

    def test_second_check_of_a_list(self):
        # The generator's loop runs twice in the trace.
        self.check("""
            def g(x):
                for i in x:  # here
                    if i & 1:
                        yield i
            def f(n):
                for k in range(n):
                    for i in g([2, 1, 3]):
                        break
            f(60)
            """, """
            b v1 = LOCAL 0 x
            o v2 = NEWREF v1
            SET_IP @8
            GET_ITER v2
            o v3 = RESULT 0
            CHECK_VALID
            GUARD_TYPE v3, list_iterator
            GUARD_NOT_EXHAUSTED_LIST v3
            ITER_NEXT_LIST v3
            o v4 = RESULT 1
            b v5 = LOCAL 1 i
            o v6 = TAKE_LOCAL v5, 1 i
            b v7 = SET_LOCAL v4, 1 i
            DROP_NULLABLE v6
            GUARD_NOT_EXHAUSTED_LIST v3
            ITER_NEXT_LIST v3
            o v8 = RESULT 1
            o v9 = TAKE_LOCAL i, 1 i
            b v10 = SET_LOCAL v8, 1 i
            DROP v9, int
            """)

    def test_second_check_of_a_tuple(self):
        # The generator's loop runs twice in the trace.
        self.check("""
            def g(x):
                for i in x:  # here
                    if i & 1:
                        yield i
            def f(n):
                for k in range(n):
                    for i in g((2, 1, 3)):
                        break
            f(60)
            """, """
            b v1 = LOCAL 0 x
            o v2 = NEWREF v1
            SET_IP @8
            GET_ITER v2
            o v3 = RESULT 0
            CHECK_VALID
            GUARD_TYPE v3, tuple_iterator
            GUARD_NOT_EXHAUSTED_TUPLE v3
            ITER_NEXT_TUPLE v3
            o v4 = RESULT 1
            b v5 = LOCAL 1 i
            o v6 = TAKE_LOCAL v5, 1 i
            b v7 = SET_LOCAL v4, 1 i
            DROP_NULLABLE v6
            GUARD_NOT_EXHAUSTED_TUPLE v3
            ITER_NEXT_TUPLE v3
            o v8 = RESULT 1
            o v9 = TAKE_LOCAL i, 1 i
            b v10 = SET_LOCAL v8, 1 i
            DROP v9, int
            """)

    def test_not_of_a_new_iterator(self):
        self.check("""
            def f(n, x=None, y=None, z=None):
                for i in range(n):
                    i + i
                    for k in x:  # here
                        pass
                    for k in x:  # here
                        pass
            f(60, ())
            """, """
            b v1 = LOCAL 1 x
            o v2 = NEWREF v1
            SET_IP @40
            GET_ITER v2
            o v3 = RESULT 0
            CHECK_VALID
            GUARD_TYPE v3, tuple_iterator
            GUARD_EXHAUSTED_TUPLE v3
            DROP v3, tuple_iterator
            b v4 = LOCAL 1 x
            o v5 = NEWREF v4
            SET_IP @58
            GET_ITER v5
            o v6 = RESULT 0
            CHECK_VALID
            GUARD_TYPE v6, tuple_iterator
            GUARD_EXHAUSTED_TUPLE v6
            DROP v6, tuple_iterator
            CHECK_VALID
            JUMP_TO_TOP
            """)


if __name__ == "__main__":
    unittest.main()
