"""The format of PYTHON_JIT_DUMP."""

import re
import textwrap
import unittest

from .support import HAS_MACHINE_CODE, requires_jit
from .traces import dump_of


@requires_jit
class DumpTest(unittest.TestCase):
    """The format of PYTHON_JIT_DUMP, which users read."""

    def dump(self, source, stage):
        """What a dump says of a script; with numbers that differ from run to run replaced by N."""
        parts = re.findall(r"^== .*\n(?:[^=].*\n)*", dump_of(source, stage), re.MULTILINE)
        text = "".join(part for part in parts if "/script.py:" in part.partition("\n")[0])
        for pattern, stable in ((r"/\S*/script", "script"), (r"#\d+", "#N"), (r"trace \d+", "trace N"),
                                (r"[\d.]+ ms", "N ms")):
            text = re.sub(pattern, stable, text)
        return text

    @unittest.skipUnless(HAS_MACHINE_CODE, "the expected micro-ops are those before machine code")
    def test_trace(self):
        text = self.dump("""
            def g(a):
                return a.v
            def f(x):
                for i in x:
                    g(i)
            class A:
                def __init__(self):
                    self.v = 5
            f([A()] * 60)
            """, "optimize")
        self.assertIn(textwrap.dedent("""\
            == trace N  f (script.py:4)  after optimize  ops 26->24  N ms  loop
            ; script.py:5  FOR_ITER_LIST @6
                ENTER
              > CHECK_PERIODIC  exit=0 -> @34 tier 1
              > ITER_CHECK_LIST  exit=1 -> @6
              > GUARD_NOT_EXHAUSTED_LIST  exit=1 -> @6
                ITER_NEXT_LIST
            ; script.py:5  STORE_FAST @10
                STORE_FAST 1 i
            ; script.py:6  LOAD_GLOBAL_MODULE g @12
              > GUARD_GLOBALS_AND_VALID  exit=2 -> @12
                LOAD_CONST_INLINE_WITH_NULL <function g>
            ; script.py:6  LOAD_FAST @22
                LOAD_FAST 1 i
            ; script.py:6  CALL_PY_EXACT_ARGS @24
              > CHECK_STACK_SPACE 1  exit=3 -> @24
                INIT_CALL_PY_EXACT_ARGS_1
                SAVE_RETURN_OFFSET 4
                SET_IP @24
                PUSH_FRAME
            ; in g (script.py:2)
            ; script.py:2  RESUME_CHECK_JIT @0
              > RESUME_CHECK  exit=4 -> @0 tier 1
            ; script.py:3  LOAD_FAST @2
                LOAD_FAST 0 a
            ; script.py:3  LOAD_ATTR_INSTANCE_VALUE v @4
              > GUARD_TYPE_VERSION #N A  exit=5 -> @4
            """), text)

    def test_abort(self):
        text = self.dump("""
            def f(n):
                for i in range(n):
                    try:
                        raise ValueError
                    except ValueError:
                        pass
            f(200)
            """, "abort")
        self.assertIn("== abort  f (script.py:2)  TOO_SHORT  record: too few instructions\n", text)
        self.assertNotIn("== trace", text)

    @unittest.skipUnless(HAS_MACHINE_CODE, "the expected micro-ops are those before machine code")
    def test_two_stages(self):
        text = self.dump("def f(n):\n    for i in range(n): pass\nf(60)\n", "translate,optimize")
        self.assertIn("  f (script.py:1)  after translate  ops 0->8  N ms  loop\n", text)
        self.assertIn("  f (script.py:1)  after optimize  ops 8->8  N ms  loop\n", text)


if __name__ == "__main__":
    unittest.main()
