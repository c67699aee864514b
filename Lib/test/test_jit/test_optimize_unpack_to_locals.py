"""UNPACK_TO_LOCALS: UNPACK_SEQUENCE of five items or more, with its stores, as one micro-op (ssa_unpack_to_locals() in ssa_locals.c)."""

import textwrap
import unittest

from .support import requires_jit
from .traces import TraceTests, dump_of, parse


@requires_jit
class UnpackToLocalsTest(TraceTests):
    """It is one for five items or more in a row of locals, and only then."""

    stage = "build"

    def check_count(self, count, statement, setup="row = (1, 2, 3, 4, 5)"):
        """How many UNPACK_TO_LOCALS the statement becomes in a loop."""
        variables = ", ".join(f"v{i} = 0" for i in range(40))
        dump = dump_of(textwrap.dedent(f"""
            class A:
                pass
            def f(n, o, {variables}):
                {setup}
                for i in range(n):
                    i + i
                    {statement}
                return v4
            f(60, A())
            """), self.stage)
        traces = [t for t in parse(dump) if (t.function, t.kind) == ("f", "loop")]
        self.assertEqual(len(traces), 1, dump)
        found = [uop for uop in traces[0].uops if uop.text.startswith("UNPACK_TO_LOCALS")]
        self.assertEqual(len(found), count, dump)

    def test_tuple(self):
        self.check("""
            def f(n):
                row = (1, 2, 3, 4, 5)
                for i in range(n):
                    i + i
                    a, b, c, d, e = row  # here
                return a, b, c, d, e
            f(60)
            """, """
            b v1 = LOCAL 1 row
            o v2 = NEWREF v1
            SET_IP @44
            UNPACK_TO_LOCALS 5 3 v2
            b v3 = LOCAL 3 a
            b v4 = LOCAL 4 b
            b v5 = LOCAL 5 c
            b v6 = LOCAL 6 d
            b v7 = LOCAL 7 e
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_list(self):
        self.check("""
            def f(n):
                row = [1, 2, 3, 4, 5]
                for i in range(n):
                    i + i
                    a, b, c, d, e = row  # here
                return a, b, c, d, e
            f(60)
            """, """
            b v1 = LOCAL 1 row
            o v2 = NEWREF v1
            SET_IP @48
            UNPACK_TO_LOCALS 5 3 v2
            b v3 = LOCAL 3 a
            b v4 = LOCAL 4 b
            b v5 = LOCAL 5 c
            b v6 = LOCAL 6 d
            b v7 = LOCAL 7 e
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_what_was_stored_is_set(self):
        self.check("""
            def f(n):
                row = [1, 2, 3, 4, 5]
                for i in range(n):
                    i + i
                    a, b, c, d, e = row
                    b = None  # here
                return a, b, c, d, e
            f(60)
            """, """
            GUARD_TYPE b, int
            o v1 = TAKE_LOCAL b, 4 b
            p v2 = SET_LOCAL None, 4 b
            DROP v1, int
            CHECK_VALID
            JUMP_TO_TOP
            """)

    def test_thirty(self):
        names = ", ".join(f"v{i}" for i in range(30))
        self.check_count(1, f"{names} = row", "row = list(range(30))")

    def test_not_more_than_thirty(self):
        names = ", ".join(f"v{i}" for i in range(31))
        self.check_count(0, f"{names} = row", "row = list(range(31))")

    def test_not_four(self):
        self.check_count(0, "v0, v1, v2, v3 = row", "row = (1, 2, 3, 4)")

    def test_not_in_another_order(self):
        self.check_count(0, "v1, v0, v2, v3, v4 = row")

    def test_not_with_a_gap(self):
        self.check_count(0, "v0, v1, v2, v3, v5 = row")

    def test_not_to_an_attribute(self):
        self.check_count(0, "v0, v1, v2, v3, o.c = row")

    def test_not_of_a_string(self):
        self.check_count(0, "v0, v1, v2, v3, v4 = row", "row = 'abcde'")

    def test_not_of_an_instance_of_a_subclass(self):
        self.check_count(0, "v0, v1, v2, v3, v4 = row", "row = type('Row', (tuple,), {})('abcde')")

    def test_not_with_a_star(self):
        self.check_count(0, "v0, v1, v2, v3, *v4 = row")

    def test_inner_of_nested(self):
        self.check_count(1, "v0, (v1, v2, v3, v4, v5) = row", "row = (1, (2, 3, 4, 5, 6))")

    def test_with_a_store_of_another_value_in_the_last_pair(self):
        self.check_count(1, "(v0, v1, v2, v3, v4), v5 = row", "row = ((2, 3, 4, 5, 6), 1)")

    def test_with_a_load_in_the_last_pair(self):
        self.check_count(1, "v0, v1, v2, v3, v4 = row; v5 = v4 + 1")


if __name__ == "__main__":
    unittest.main()
