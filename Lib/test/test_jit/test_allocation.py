"""The checker of allocations: it sees each way in which a lowered trace is made wrong (misallocate.c).

What it says is below the traces in a dump; that it says nothing of what is right, all tests show, because they run with
PYTHON_JIT_VERIFY.
"""

import collections
import re
import unittest

from .support import HAS_MACHINE_CODE, ScriptTests, requires_jit
from .traces import dump_of

ALL = {"PYTHON_JIT_STRESS": "misallocate:1"}
LINE = re.compile(r"  (?P<way>other \w+( \w+)*|no piece|no record) at (?P<exit>exit )?\d+ \((?P<what>[^)]*)\): (?P<said>.*)")

# Ints and floats in registers, some of which are objects only at exits; references that are new at exits; more
# values than registers, and calls that lose them, of micro-ops and of a primitive; values that change places when a
# loop goes round.
PROGRAM = """
    from math import cos, log, sin

    class A:
        def __init__(self):
            self.x, self.y, self.f, self.l = 1, 2, 1.5, [1.0, 2.0, 3.0]

    def call(*args):
        return len(args)

    def ints(a, n):
        total = 0
        for i in range(n):
            total += (a.x + i) * (a.y - i) if i & 1 else i
        return total

    def floats(a, n):
        x, y = 0.0, 1.0
        for i in range(n):
            x = x * 0.5 + a.f * y + (y + a.l[i % 3]) / (x + 2.0)
            y = y - a.f * 0.25
        return x, y

    def calls(a, b, n):
        out = None
        for i in range(n):
            out = (a.y, call(a.x, b.y, a.f * 2.0), b.x, b.f + a.f, call(i, n, out is None, b.l, a.l), a.x is b.y)
        return out

    def exits(a, n):
        count = 0
        for i in range(n):
            count += call(a.x, None, "text", a.f if i % 7 else a.f * 3.0, a.l, 1 << (i & 7))
        return count

    def swaps(n):
        x, y, k, m = 0.5, 1.5, 1, 2
        for i in range(n):
            x, y = y + 1.0, x * 0.5
            k, m = m ^ i, k + 3
        return x, y, k, m

    def powers(n):
        x, y, z, k = 0.5, 1.5, 2.5, 1
        for i in range(n):
            a, b, j = x * y, z - 1.0, k * 3
            x = (x * x + a) ** y * 0.5 + a * b + j
            k = j + i & 31
            x, z = x / (x + y), z * 0.5 + b
        return x, z, k

    def functions(n):
        x, y, z, k = 0.5, 1.5, 2.5, 1
        for i in range(n):
            a, b, j = x * y, z - 1.0, k * 3
            x = sin(x * x + a) * 0.5 + a * b + log(j + 2)
            k = j + i & 31
            x, z = x / (2.0 + y), cos(z) * 0.5 + b
        return x, z, k

    print(ints(A(), 60), floats(A(), 60), calls(A(), A(), 60), exits(A(), 60), swaps(60), powers(60), functions(60))
"""


@requires_jit
@unittest.skipUnless(HAS_MACHINE_CODE, "needs machine code")
class MisallocationTest(ScriptTests):
    """Traces that are made wrong."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lines = [match for line in dump_of(PROGRAM, "lower", **ALL).splitlines() if (match := LINE.fullmatch(line))]

    def said(self, way, what=""):
        """What was said, by rule, of all that were wrong in a way, of pieces or cells whose name begins with `what`."""
        said = [line["said"] for line in self.lines if line["way"] == way and line["what"].startswith(what)]
        return collections.Counter(text.split()[0] for text in said)

    def check(self, way, what, *rules):
        """It was done, and seen by each of these rules, and no others."""
        said = self.said(way, what)
        self.assertEqual(set(said), set(rules), said)

    def check_most(self, way, what, *rules):
        """It was done, and seen by these rules, but where it was not wrong: what is stored may be there already."""
        said = self.said(way, what)
        for rule in rules:
            self.assertGreater(said[rule], 0, said)
        self.assertLess(said["not"], said.total() / 10, said)

    def test_operand_in_another_register(self):
        self.check_most("other register", "P_GUARD_TYPE", "OPERAND")
        self.check("other register", "P_DROP", "OPERAND")
        self.check_most("other register", "P_SPILL", "PLACE", "OPERAND", "RECOVER")
        self.check("other second register", "P_FLOAT_MULTIPLY", "OPERAND")

    def test_result_in_another_register(self):
        for what in ("P_UNBOX_INT", "P_UNBOX_FLOAT", "P_LOAD"):
            self.check_most("other register", what, "OPERAND")

    def test_lost_spill(self):
        self.check_most("no piece", "P_SPILL", "LOCAL", "OPERAND", "RECOVER", "MEMORY")

    def test_lost_fill(self):
        self.check_most("no piece", "P_FILL", "OPERAND")

    def test_lost_move(self):
        self.check_most("no piece", "P_MOVE", "OPERAND", "CARRY")
        self.check_most("no piece", "P_IMM", "OPERAND")

    def test_lost_operation(self):
        for what in ("P_INCREF", "P_GUARD_", "P_DROP", "P_LOAD", "P_FLOAT_"):
            self.check("no piece", what, "PIECE")

    def test_other_place(self):
        self.check_most("other place", "P_SPILL", "OPERAND")
        self.check_most("other place", "P_FILL", "OPERAND")

    def test_other_constant(self):
        self.check("other constant", "P_GUARD_TYPE", "HOLE")
        self.check("other constant", "P_INT_AND_IMM", "HOLE")
        self.check_most("other constant", "P_IMM", "OPERAND")

    def test_other_number_of_registers(self):
        for what in ("CHECK_VALID", "ENTER", "GUARD_GLOBALS"):
            said = self.said("other depth", what)
            self.assertGreater(said["HOLE"] + said["OPERAND"], 0, said)
            self.assertEqual(said["not"], 0)

    def test_other_exit(self):
        # (Where what it restores is the same, that is no difference.)
        said = self.said("other exit")
        self.assertGreater(said["EXIT"], 0)
        self.assertGreater(said["RECOVER"], 0)

    def test_other_source_at_an_exit(self):
        self.check_most("other source", "cell", "RECOVER")

    def test_other_constant_at_an_exit(self):
        self.check("other constant there", "cell", "RECOVER")

    def test_reference_at_an_exit(self):
        self.check("other reference", "cell", "RECOVER")

    def test_number_at_an_exit(self):
        self.check("other number", "cell", "RECOVER")

    def test_stale_cell_at_an_exit(self):
        self.check("no record", "cell", "RECOVER")

    def test_what_a_primitive_loses_that_calls(self):
        # Numbers that are needed after a power, or where it leaves, were saved before; what was not is not found there.
        self.assertIn("P_FLOAT_POWER", {line["what"].rstrip("_0123456789") for line in self.lines})
        self.check("no piece", "P_FLOAT_POWER", "PIECE")
        self.check_most("other register", "P_FLOAT_POWER", "OPERAND")
        self.check_most("other second register", "P_FLOAT_POWER", "OPERAND")
        self.check("other exit", "P_FLOAT_POWER", "EXIT")
        self.check("no piece", "P_FLOAT_FUNCTION", "PIECE")
        self.check_most("other register", "P_FLOAT_FUNCTION", "OPERAND")
        self.check("other constant", "P_FLOAT_FUNCTION", "HOLE")
        self.check("other exit", "P_FLOAT_FUNCTION", "EXIT")
        form = r"RECOVER at piece \d+ \(P_FLOAT_POWER_\d\d\), of v\d+: cell \d+ holds nothing that is known, v\d+ is wanted"
        lost = [line["said"] for line in self.lines if line["way"] == "no piece" and line["what"].startswith("P_SPILL_FLOAT")]
        self.assertTrue(any(re.fullmatch(form, text) for text in lost), lost)

    def test_words(self):
        said = [line["said"] for line in self.lines]
        for form in (
            r"OPERAND at piece \d+ \(P_GUARD_TYPE_\d\), of v\d+: register \d holds nothing that is known, v\d+ is wanted",
            r"OPERAND at piece \d+ \(\w+\), of v\d+: register \d holds v\d+, v\d+ is wanted",
            r"OPERAND at piece \d+ \(\w+\), of v\d+: register \d holds the constant 0x[0-9a-f]+, v\d+ is wanted",
            r"PIECE at piece \d+ \(\w+\), of v\d+: nothing does NEWREF",
            r"PIECE at piece \d+ \(\w+\), of v\d+: nothing does GUARD_TYPE",
            r"PIECE at piece \d+ \(\w+\), of v\d+: nothing does CHECK_VALID",
            r"RECOVER at piece \d+ \(\w+\), of v\d+: no new reference for cell \d+, v\d+ is borrowed",
            r"RECOVER at piece \d+ \(\w+\), of v\d+: a new reference for cell \d+, v\d+ is not borrowed",
            r"RECOVER at piece \d+ \(\w+\), of v\d+: what it makes for cell \d+ is 0, not 2",
            r"RECOVER at piece \d+ \(\w+\), of v\d+: floating-point register \d holds .*, v\d+ is wanted",
        ):
            with self.subTest(form=form):
                self.assertTrue(any(re.fullmatch(form, text) for text in said))

    def test_nothing_wrong_is_run(self):
        expected = self.run_ok(PROGRAM, "off").stdout
        result = self.run_ok(PROGRAM, "warm", extra_env={"PYTHON_JIT_STRESS": "misallocate:7"})
        self.assertEqual(result.stdout, expected)
        self.assertGreater(result.stats["stressed"], 100)
        self.assertEqual(result.stats["aborts"].get("INVALID", 0), 0)


if __name__ == "__main__":
    unittest.main()
