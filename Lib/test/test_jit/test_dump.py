"""The format of PYTHON_JIT_DUMP."""

import os
import re
import textwrap
import unittest

from .support import HAS_MACHINE_CODE, requires_jit
from .traces import dump_of

needs_build = unittest.skipUnless(HAS_MACHINE_CODE, "micro-ops are interpreted as they are")

SCRIPT = """
    def g(a):
        return a.v
    def f(x):
        for i in x:
            g(i)
    class A:
        def __init__(self):
            self.v = 5
    f([A()] * 60)
    """


@requires_jit
class DumpTest(unittest.TestCase):
    """The format of PYTHON_JIT_DUMP, which users read."""

    def parts(self, source, stage):
        """What a dump says of each trace after each stage; with slashes in names of files."""
        text = dump_of(source, stage, PYTHON_JIT_OPTIMIZE="-loops").replace(os.sep, "/")
        return re.findall(r"^== .*\n(?:[^=].*\n)*", text, re.MULTILINE)

    def dump(self, source, stage):
        """What a dump says of a script; with numbers that differ from run to run replaced by N."""
        text = "".join(part for part in self.parts(source, stage) if "/script.py:" in part.partition("\n")[0])
        for pattern, stable in ((r"[^\s(]*/script", "script"), (r"#\d+", "#N"), (r"trace \d+", "trace N"),
                                (r"[\d.]+ ms", "N ms")):
            text = re.sub(pattern, stable, text)
        return text

    @needs_build                        # (where there is none, SET_IP stands before more)
    def test_translate(self):
        text = self.dump(SCRIPT, "translate")
        self.assertIn(textwrap.dedent("""\
            == trace N  f (script.py:4)  after translate  ops 0->26  N ms  loop
            ; script.py:5  FOR_ITER_LIST @6
                ENTER
              > CHECK_PERIODIC  exit=0 -> @34 tier 1
              > ITER_CHECK_LIST  exit=1 -> @6
              > GUARD_NOT_EXHAUSTED_LIST  exit=1 -> @6
                ITER_NEXT_LIST
            ; script.py:5  STORE_FAST @10
                STORE_FAST 1 i
            ; script.py:6  LOAD_GLOBAL_MODULE g @12
              > GUARD_GLOBALS_VERSION #N  exit=2 -> @12
            """), text)
        self.assertIn(textwrap.dedent("""\
            ; script.py:6  LOAD_FAST @22
                LOAD_FAST 1 i
            ; script.py:6  CALL_PY_EXACT_ARGS @24
              > CHECK_PEP_523  exit=3 -> @24
              > CHECK_FUNCTION_EXACT_ARGS 1 #N  exit=3 -> @24
              > CHECK_STACK_SPACE 1  exit=3 -> @24
                INIT_CALL_PY_EXACT_ARGS_1
                SAVE_RETURN_OFFSET 4
                SET_IP @24
                PUSH_FRAME
            ; in frame 1: g (script.py:2)
            ; script.py:2  RESUME_CHECK_JIT @0
              > RESUME_CHECK  exit=4 -> @0 tier 1
            ; script.py:3  LOAD_FAST @2
                LOAD_FAST 0 a
            ; script.py:3  LOAD_ATTR_INSTANCE_VALUE v @4
              > GUARD_TYPE_VERSION #N A  exit=5 -> @4
            """), text)

    @needs_build
    def test_build(self):
        text = self.dump(SCRIPT, "build")
        self.assertIn(textwrap.dedent("""\
            == trace N  f (script.py:4)  after build  ops 26->31  N ms  loop
            ; script.py:5  FOR_ITER_LIST @6
              v1    o    ENTRY 0
              v2    -    ENTER
              v3    - >  CHECK_PERIODIC  exit 0 -> @34 tier 1  [v1]
              v4    - >  GUARD_TYPE v1, list_iterator  exit 1 -> @6  [v1]
              v5    - >  GUARD_NOT_EXHAUSTED_LIST v1  exit 1 -> @6  [v1]
              v6    -    ITER_NEXT_LIST v1
              v7    o    RESULT v6, 1
            ; script.py:5  STORE_FAST @10
              v8    b    LOCAL 1 i
              v9    - >  GUARD_NOT_NULL v8  exit 7 -> @10  [v1, v7]
              v10   - >  GUARD_SHARED v8  exit 7 -> @10  [v1, v7]
              v11   o    TAKE_LOCAL v8, 1 i
              v12   b    SET_LOCAL v7, 1 i
              v13   -    DROP_SHARED v11
            ; script.py:6  LOAD_GLOBAL_MODULE g @12
              v14   - >  GUARD_GLOBALS  exit 2 -> @12  [v1]
            ; script.py:6  CALL_PY_EXACT_ARGS @24
              v17   o    NEWREF v12
              v18   - >  CALL_KNOWN 1 g v17  exit 3 -> @24  [v1, <function g>, NULL, v17]  waits  [v1]
            ; in frame 1: g (script.py:2)
            ; script.py:2  RESUME_CHECK_JIT @0
              v19   b    ARGUMENT v12, 0 a
              v20   - >  RESUME_CHECK  exit 4 -> @0 tier 1  []
            ; script.py:3  LOAD_ATTR_INSTANCE_VALUE v @4
              v21   - >  GUARD_VERSION v19, #N  exit 5 -> @4  [v19]
              v22   - >  GUARD_BYTE v19, +19  exit 5 -> @4  [v19]
              v23   b    LOAD v19, +24
              v24   - >  GUARD_NOT_NULL v23  exit 5 -> @4  [v19]
            ; script.py:3  RETURN_VALUE @24
              v25   o    NEWREF v23
              v26   -    RETURN @24 v25  []
              v27   o    RESULT v26, 0 = v25
            ; in frame 0: f (script.py:4)
            ; script.py:6  POP_TOP @32
              v28   -    DROP v27
            ; script.py:6  JUMP_BACKWARD @34
              v29   - >  CHECK_VALID  exit 6 -> @34 tier 1  [v1]
              v30   -    JUMP_TO_TOP  [v1]
            """), text)

    @needs_build
    def test_lower(self):
        # Of the trace that the build before it has; which registers it chooses is not looked at.
        parts = self.parts(SCRIPT, "build,lower")
        at, = (i for i, part in enumerate(parts) if re.match(r"== trace \d+  f \(\S*/script.py:\d+\)  after build", part))
        trace = re.match(r"== trace (\d+)", parts[at])[1]
        head, *lines = parts[at + 1].splitlines()
        self.assertRegex(head, rf"^== trace {trace}  f \(\S*/script.py:\d+\)  after lower  ops \d+->{len(lines) - sum(line[0] == ';' for line in lines)}  \d+\.\d\d ms  loop$")
        self.assertRegex(lines[0], r"^; [A-Z_]+$")
        leaves = r"(exit|error) \d+ \[\d+:( \d+=[rck]\d+\+?)*\]"
        for line in lines:
            self.assertRegex(line, rf"^(; [A-Z_]+|  [A-Z_]+\w* +-?\d+(  {leaves})?(  {leaves})?)$")
        text = parts[at + 1]
        self.assertRegex(text, r"(?m)^  ENTER_0 ")
        self.assertRegex(text, r"(?m)^  ITER_NEXT_LIST_1 ")
        self.assertRegex(text, r"(?m)^; CALL_PY_EXACT_ARGS\n")
        self.assertRegex(text, r"(?m)^  P_GUARD_VERSION_\d .*  exit \d+ \[\d+: ")

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

    @needs_build
    def test_two_stages(self):
        text = self.dump("def f(n):\n    for i in range(n): pass\nf(60)\n", "translate,build")
        self.assertIn("  f (script.py:1)  after translate  ops 0->8  N ms  loop\n", text)
        self.assertRegex(text, r"  f \(script.py:1\)  after build  ops 8->\d+  N ms  loop\n")


if __name__ == "__main__":
    unittest.main()
