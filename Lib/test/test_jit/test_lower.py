"""Values that keep a place until their last use: no trace is given up for want of one.

What a function returns is compared with tier 1's.
"""

import re
import unittest

from .support import HAS_MACHINE_CODE, ScriptTests, requires_jit
from .traces import WARM, dump_of

PRELUDE = """
import sys

class A:
    def __init__(self):
        self.x, self.y, self.l, self.s, self.f, self.g = 5, 6, [1, 2, 3], "s", 1.5, 2.5

def g4(p, q, r, t):
    return p, q, r, t

def g6(p, q, r, t, u, v):
    return p, q, r, t, u, v

def run(text):
    space = dict(globals())
    exec(f"def loop(a, b, n, x=2, y=3):\\n    for i in range(n):\\n        out = {text}\\n    return out", space)
    exec(f"def f(a, b, n=4, i=59, x=2, y=3):\\n    return {text}", space)
    seen = {repr(space["loop"](A(), A(), 60))}
    for _ in range(60):
        seen.add(repr(space["f"](A(), A(), 60)))
    print(text, *seen)
"""


@requires_jit
@unittest.skipUnless(HAS_MACHINE_CODE, "it is about registers")
class PlaceTest(ScriptTests):
    """Nothing is given up, and everything is right."""

    def check(self, *texts):
        script = PRELUDE + "".join(f"run({text!r})\n" for text in texts)
        off = self.run_ok(script, "off")
        on = self.run_ok(script, "on", extra_env=WARM | {"PYTHON_JIT_RESUME_INITIAL_VALUE": "20"})
        self.assertEqual(on.stdout, off.stdout)
        self.assertGreater(on.stats["traces"], len(texts))
        self.assertNotIn("NO_REGISTER", on.stats["aborts"])

    def test_cells_of_operands_are_no_place(self):
        # is_busy() in is_free(), and in save()
        self.check("(a.y, g4(1, 2, 3, a.y))", "(a.y, g4(a.y, 2, 3, 4))", "(b.x, g6(1, 2, 3, 4, b.x, i))",
                   "(b.x, (1, 2, 3, 4, b.x, i))", "a.l is g6(i, 1, 2, 3, 4, a.y)", "{0: a.y, 1: g6(a.s, 7, n, n, b.s, i)}")

    def test_operand_that_is_used_again(self):
        # keep_operands(): a leaf overwrites its operand, or another copies it
        self.check("(a.l[1], not x < len(a.l))", "(a.s, a.s[0])", "(a.l, a.l[0], a.l[1])", "(a.s, a.s, a.s[0])")

    def test_operand_that_stays_on_the_stack(self):
        # what an error finds with the operands gone is an operand too
        self.check("(a.x, a.x + b.y)", "(a.f, a.f + b.g)", "(a.s, a.s + b.s)", "(a.x, a.f, a.x + b.x, a.f + b.f)",
                   "max(y, a.x, a.x + i, a.x + i)", "a.x < (a.x + i) < a.x", "(1.5 if a.x < (a.x + i) else a.x)")


CELL = re.compile(r"(?m)^  P_(FILL|SPILL)(_NEAR)?_\d +(\d+)$")


@requires_jit
@unittest.skipUnless(HAS_MACHINE_CODE, "it is about cells")
class CellTest(ScriptTests):
    """Cells less than 128 bytes from the frame have shorter code."""

    def script(self, *counts):
        """Functions with so many more variables, all of which are written and read, with calls in between."""
        script = PRELUDE
        for count in counts:
            names = [f"x{k}" for k in range(count)]
            script += f"def f{count}(a, n):\n    total = 0\n"
            script += "".join(f"    {name} = {k}\n" for k, name in enumerate(names))
            script += "    for i in range(n):\n        y = (a.y, [a.x, g4(i, a.l, a.s, a.y)], str(a.x))\n"
            script += "".join(f"        {name} = {name} + i\n" for name in names)
            script += f"    return y, [{', '.join(names)}]\nprint(f{count}(A(), 60))\n"
        return script

    def places(self, count):
        """What fills and spills, whether with the code for what is near, and where."""
        found = CELL.findall(dump_of(self.script(count), "lower"))
        return [(what, near != "", int(place)) for what, near, place in found]

    def test_few_variables(self):
        places = self.places(0)
        for what in ("FILL", "SPILL"):
            self.assertIn((what, True), {place[:2] for place in places})
        self.assertEqual({near for _, near, place in places if place < 128}, {True})

    def test_many_variables(self):
        places = self.places(12)
        for what in ("FILL", "SPILL"):
            for near in (True, False):
                self.assertIn((what, near), {place[:2] for place in places})
        for what, near, place in places:
            self.assertEqual(near, place < 128, (what, place))

    def test_each_number_of_variables(self):
        # The boundary is between each two of them, and the stack, once.
        script = self.script(*range(20))
        self.assertEqual(self.run_ok(script, "on", extra_env=WARM).stdout, self.run_ok(script, "off").stdout)


if __name__ == "__main__":
    unittest.main()
