"""What is compiled once there is more code than the processor's caches hold: jit_pays() in run.c."""

import textwrap
import unittest

from .support import requires_jit
from .traces import HAS_MACHINE_CODE, dump_of, parse

SCRIPT = """
    import collections, itertools, sys

    def fill(limit):
        '''Calls ever new functions, often, until there is that much code.'''
        lines = "\\n".join(f"    v{i} = x + {i}" for i in range(100))
        made = []
        while sys._jit.stats()["code_bytes"] < limit:
            assert len(made) < 1000
            space = {}
            exec(f"def f(x):\\n{lines}\\n    return v0", space)
            collections.deque(map(space["f"], [1] * 1500), 0)
            made.append(space)
        return made

    def rare(x):
        y = x + 1
        z = x + y + 2
        return x + y + z

    def frequent(x):
        y = x + 3
        z = x + y + 4
        return x + y + z

    def call(function, times, busy):
        # (By C: the trace of a loop would have the function in it. Between two calls, so many numbers are added.)
        between = map(sum, itertools.repeat(range(busy)))
        collections.deque(zip(map(function, [1] * times), between), 0)

    filled = fill({limit})
    {what}
    """


@requires_jit
@unittest.skipUnless(HAS_MACHINE_CODE, "how much memory micro-ops take is another matter")
class HotnessTest(unittest.TestCase):
    """What is reached rarely is compiled as long as there is little code, and then no more."""

    def traces(self, what, limit, **env):
        """[(function, kind)] of the traces of the script that does that, with so many bytes of code before."""
        script = textwrap.dedent(SCRIPT).replace("{limit}", str(limit)).replace("{what}", what)
        return [(t.function, t.kind) for t in parse(dump_of(script, "build", PYTHON_JIT_RESUME_INITIAL_VALUE="20", **{"PYTHON_JIT_RATE": "1000", **env}))]

    def test_rare_with_little_code(self):
        self.assertIn(("rare", "function"), self.traces("call(rare, 1500, 100_000)", 0))

    def test_rare_with_much_code(self):
        self.assertNotIn(("rare", "function"), self.traces("call(rare, 1500, 100_000)", 900_000))

    def test_rare_where_the_rate_is_nothing(self):
        self.assertIn(("rare", "function"), self.traces("call(rare, 1500, 100_000)", 900_000, PYTHON_JIT_RATE="0"))

    def test_loops_that_become_hot_together(self):
        # None is forgotten because of another one: there are about as many as without the limit.
        lines = [f"            if x == {k}: continue" for k in range(8)]
        text = "\n".join(["def f(n):", "    for i in range(n):", "        for x in range(9):", *lines, "            pass"])
        what = f"space = {{}}; exec({text!r}, space); space['f'](5000)"
        found, all_of_them = self.traces(what, 600_000), self.traces(what, 600_000, PYTHON_JIT_RATE="0")
        count, most = (sum(function == "f" for function, _ in traces) for traces in (found, all_of_them))
        self.assertGreater(most, 3)
        self.assertGreater(count, most // 2)

    def test_frequent_with_much_code(self):
        self.assertIn(("frequent", "function"), self.traces("call(frequent, 3000, 0)", 900_000))


if __name__ == "__main__":
    unittest.main()
