"""Where floats become objects: locals that keep theirs (ssa_renew_local()), and what the lowering makes (sink_boxes()).

Each rule has a test that it fires, and beside it one that it does not where its condition does not hold. A test
compares the lines marked `# here` of one trace; JIT_BLESS=1 writes the expected text (traces.py).
"""

import re
import unittest

from .support import HAS_MACHINE_CODE, requires_jit
from .traces import TraceTests, dump_of


@requires_jit
class RenewTest(TraceTests):
    """ssa_renew_local(): the object that a local holds gets the new value."""

    stage = "build"

    def test_guarded(self):
        self.check("""
            def f(n, x):
                y = 0.5
                for i in range(n):
                    y = x * x  # here
            f(60, 1.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float -> BINARY_OP @36 [v2, v1, v1]
            p v3 = UNBOX_FLOAT v1
            p v4 = FLOAT_MULTIPLY v3, v3
            o v5 = BOX_FLOAT v4 error [v2]
            b v6 = LOCAL 2 y
            GUARD_NOT_NULL v6 -> STORE_FAST @40 [v2, v5]
            GUARD_TYPE v6, float -> STORE_FAST @40 [v2, v5]
            DROP v5, float
            b v7 = RENEW_LOCAL v4, v6, 2 y error [v2]
            JUMP_TO_TOP [v2]
            """, exits=True)

    def test_known(self):
        self.check("""
            def f(n, x):
                y = 0.5
                for i in range(n):
                    y = y * x
                    y = y + x  # here
            f(60, 1.001)
            """, """
            p v1 = FLOAT_ADD v2, v3
            o v4 = BOX_FLOAT v1
            DROP v4, float
            b v5 = RENEW_LOCAL v1, v6, 2 y
            JUMP_TO_TOP
            """)

    def test_on_the_stack_too(self):
        self.check("""
            def f(n, x):
                y = 0.5
                for i in range(n):
                    y - (y := x * y)  # here
            f(60, 1.001)
            """, """
            b v1 = LOCAL 2 y
            b v2 = LOCAL 1 x
            GUARD_TYPE v2, float
            GUARD_TYPE v1, float
            p v3 = UNBOX_FLOAT v2
            p v4 = UNBOX_FLOAT v1
            p v5 = FLOAT_MULTIPLY v3, v4
            o v6 = BOX_FLOAT v5
            o v7 = NEWREF v6
            o v8 = NEWREF v1
            o v9 = TAKE_LOCAL v1, 2 y
            b v10 = SET_LOCAL v7, 2 y
            DROP v9, float
            p v11 = FLOAT_SUBTRACT v4, v5
            DROP v6, float
            DROP v8, float
            o v12 = BOX_FLOAT v11
            DROP v12, float
            JUMP_TO_TOP
            """)

    def test_two_at_once(self):
        self.check("""
            def f(n, x):
                y = z = 0.5
                for i in range(n):
                    y, z = x * z, x + y  # here
            f(60, 0.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 3 z
            GUARD_TYPE v1, float
            GUARD_TYPE v2, float
            p v3 = UNBOX_FLOAT v1
            p v4 = UNBOX_FLOAT v2
            p v5 = FLOAT_MULTIPLY v3, v4
            o v6 = BOX_FLOAT v5
            b v7 = LOCAL 2 y
            GUARD_TYPE v7, float
            p v8 = UNBOX_FLOAT v7
            p v9 = FLOAT_ADD v3, v8
            o v10 = BOX_FLOAT v9
            DROP v10, float
            b v11 = RENEW_LOCAL v9, v2, 3 z
            DROP v6, float
            b v12 = RENEW_LOCAL v5, v7, 2 y
            JUMP_TO_TOP
            """)

    def test_not_what_is_somewhere_else_too(self):
        self.check("""
            def f(n, x, t):
                y = 0.5
                for i in range(n):
                    t[0] = y = x * x  # here
            f(60, 1.5, [0.5])
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_MULTIPLY v2, v2
            o v4 = BOX_FLOAT v3
            o v5 = NEWREF v4
            b v6 = LOCAL 2 t
            GUARD_TYPE v6, list
            GUARD_INDEX 0, v6
            p v7 = LIST_PLACE 0, v6
            b v8 = ITEM_AT v7, +0
            GUARD_TYPE v8, float
            o v9 = TAKE v8
            SET_ITEM v7, v5
            DROP v9, float
            b v10 = LOCAL 3 y
            GUARD_NOT_NULL v10
            GUARD_TYPE v10, float
            o v11 = TAKE_LOCAL v10, 3 y
            b v12 = SET_LOCAL v4, 3 y
            DROP v11, float
            JUMP_TO_TOP
            """)

    def test_not_in_the_place_of_an_int(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    y = 1
                    y = x * x  # here
            f(60, 1.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_MULTIPLY v2, v2
            o v4 = BOX_FLOAT v3
            p v5 = TAKE_LOCAL y, 3 y
            b v6 = SET_LOCAL v4, 3 y
            JUMP_TO_TOP
            """)

    def test_not_in_the_place_of_nothing(self):
        self.check("""
            def f(n, x):
                for i in range(n):
                    y = x * x  # here
                    del y
            f(60, 1.5)
            """, """
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_MULTIPLY v2, v2
            o v4 = BOX_FLOAT v3
            b v5 = LOCAL 3 y
            o v6 = TAKE_LOCAL v5, 3 y
            b v7 = SET_LOCAL v4, 3 y
            DROP_NULLABLE v6
            """)

    def test_not_what_was_not_computed(self):
        self.check("""
            def f(n, x):
                y = 0.5
                for i in range(n):
                    y = x  # here
            f(60, 1.5)
            """, """
            b v1 = LOCAL 1 x
            b v2 = LOCAL 2 y
            GUARD_NOT_NULL v2
            GUARD_TYPE v2, float
            o v3 = NEWREF v1
            o v4 = TAKE_LOCAL v2, 2 y
            b v5 = SET_LOCAL v3, 2 y
            DROP v4, float
            JUMP_TO_TOP
            """)

    def test_not_after_a_frame(self):
        self.check("""
            def g(x):
                return x
            def f(n, x):
                y = 0.5
                for i in range(n):
                    y = g(x * x)  # here
            f(60, 1.5)
            """, """
            GUARD_GLOBALS
            b v1 = LOCAL 1 x
            GUARD_TYPE v1, float
            p v2 = UNBOX_FLOAT v1
            p v3 = FLOAT_MULTIPLY v2, v2
            o v4 = BOX_FLOAT v3
            CALL_KNOWN 1 g v4
            b v5 = LOCAL 2 y
            GUARD_NOT_NULL v5
            GUARD_TYPE v5, float
            o v6 = TAKE_LOCAL v5, 2 y
            b v7 = SET_LOCAL v8, 2 y
            DROP v6, float
            CHECK_VALID
            JUMP_TO_TOP
            """)


@requires_jit
@unittest.skipUnless(HAS_MACHINE_CODE, "there is nothing to lower without machine code")
class SinkTest(unittest.TestCase):
    """Which floats become objects: sink_boxes()."""

    def count(self, line, pattern, before="pass"):
        """How often there is such a stencil in the loop of a function with this line."""
        script = (f"def g(x, y): return y\ndef f(n, x, y, t):\n    for i in range(n):\n        {before}\n"
                  f"        {line}\nf(60, 1.5, 2.5, [1.5])\n")
        traces = re.split(r"(?m)^(?=== )", dump_of(script, "lower"))
        loop, = (t for t in traces if re.match(r"== trace \d+  f .* loop\n", t))
        return len(re.findall(pattern, loop))

    def test_not_what_the_next_operation_takes(self):
        self.assertEqual(self.count("x * y + x - y * x", "P_BOX_FLOAT"), 0)
        self.assertEqual(self.count("x * y + x - y * x", "P_FLOAT_"), 0)      # (nobody wants the result either)

    def test_what_is_stored(self):
        self.assertEqual(self.count("[x * y + x - y * x]", "P_BOX_FLOAT"), 1)
        self.assertEqual(self.count("z = x * y + x - y * x", "P_BOX_FLOAT"), 0)
        self.assertEqual(self.count("z = x * y + x - y * x", "P_RENEW_FLOAT"), 1)
        self.assertEqual(self.count("z = x * y + x - y * x", "P_FLOAT_"), 4)

    def test_what_is_an_operand_of_something_else(self):
        self.assertEqual(self.count("[x * y + x]", "P_BOX_FLOAT"), 1)
        self.assertEqual(self.count("(x * y, x + y)", "P_BOX_FLOAT"), 2)

    def test_what_is_below_a_call_of_python(self):
        self.assertEqual(self.count("x * y + g(x, y)", "P_BOX_FLOAT"), 1)

    def test_not_what_exits_have_a_use_for(self):
        self.assertEqual(self.count("z = x * y + (x if i < 1000 else y)", "P_BOX_FLOAT"), 0)
        self.assertGreater(self.count("z = x * y + (x if i < 1000 else y)", r"GUARD.*exit.*=f\d"), 0)

    def test_not_what_waits_for_a_function_in_c(self):
        self.assertEqual(self.count("z = x * y + t[0] * len(t).real.__abs__()", "P_BOX_FLOAT"), 0)
        self.assertEqual(self.count("z = x * y + t[0] * len(t).real.__abs__()", "P_SPILL_FLOAT"), 1)


if __name__ == "__main__":
    unittest.main()
