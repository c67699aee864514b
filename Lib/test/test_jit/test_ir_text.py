"""The optimizer's IR as text: what PYTHON_JIT_DUMP prints can be read again, and is verified.

The cases of VerifierTest are traces in which an invariant of ir_verify.c is broken. Of their
lines, those that begin with < are in the broken trace only, those with > in the valid one only.
"""

import os
import random
import re
import sys
import tempfile
import textwrap
import unittest

from test.support import REPO_ROOT

from .support import HAS_MACHINE_CODE, drive, program_path
from .traces import WARM, dump_of

HEADER = "== trace 1  f (f.py:1)  after build  ops 5->9  0.01 ms  loop\n"
ERROR = re.compile(r"line \d+, column \d+: [^\n]+")
VERIFIER = os.path.join(REPO_ROOT, "Python", "jit", "ir_verify.c")
ENDS = ("JUMP_TO_TOP", "EXIT_TRACE", "JUMP_RETURN")

needs_parser = unittest.skipUnless(HAS_MACHINE_CODE, "micro-ops are interpreted as they are")

# A trace with something of everything that can be printed.
SAMPLE = HEADER + """\
; f.py:3  FOR_ITER_LIST @6
  v1    o    ENTRY 0
  v2    -    ENTER
  v3    - >  GUARD_TYPE v1, list_iterator  exit 0 -> @6  [v1]
  v4    - >  GUARD_NOT_EXHAUSTED_LIST v1  exit 0 -> @6  [v1]
  v5    -    ITER_NEXT_LIST v1
  v6    o    RESULT v5, 1
; f.py:3  STORE_FAST @10
  v7    b    LOCAL 1 x
  v8    o    TAKE_LOCAL v7, 1 x
  v9    b    SET_LOCAL v6, 1 x
  v10   -    DROP_NULLABLE v8
; f.py:4  COMPARE_OP_INT @12
  v11   b    LOCAL 1 x
  v14   - >  GUARD_TYPE v11, int  exit 1 -> @12  [v1, v11, 'a, \\'b] "c']
  v15   p >  UNBOX_INT v11  exit 1 -> @12  [v1, v11, 'a, \\'b] "c']
  v16   - >  GUARD_INT_LT v15, -5  exit 2 -> @34 tier 1  [v1]
; f.py:5  CALL_PY_EXACT_ARGS g @24
  v17   - >  GUARD_GLOBALS_AND_VALID  exit 3 -> @24 link  [v1]
  v20   o    NEWREF <function f.<locals>.<lambda>>
  v21   -    INIT_CALL_PY_EXACT_ARGS_0 v20, NULL
  v22   p    RESULT v21, 0
  v23   -    PUSH_FRAME v22  [v1]
; in frame 1: g (/home/me/g.py:2)
  v24   b    LOCAL 0 a
  v26   -  ! BINARY_OP_MULTIPLY_FLOAT_B v24, 2.5  error  [v24, 2.5]
  v27   o    RESULT v26, 0
  v28   -  ! BINARY_OP 13 v27, 2.5  popped  []
  v29   o    RESULT v28, 0
  v30   - >  CHECK_VALID  exit 4 -> @8 indirect  [v29]
  v31   -    POP_FRAME v29  []
  v32   o    RESULT v31, 0 = v29
; in frame 0: f (f.py:1)
; f.py:6  CALL_PY_EXACT_ARGS @32
  v33   b    LOCAL 2 h
  v34   o    NEWREF v33
  v35   - >  CALL_FUNCTION 1 f.<locals>.h v34, v32  exit 5 -> @32  [v1, v34, NULL, v32]  waits  [v1]
; in frame 2: f.<locals>.h (f.py:9)
  v36   b    LOCAL 0 a
  v37   o    NEWREF v36
  v38   p    UNSET 1 b
  v39   p    TAKE_LOCAL v38, 1 b
  v40   b    SET_LOCAL v37, 1 b
  v41   o    NEWREF v40
  v42   -    RETURN @8 v41  []
  v43   o    RESULT v42, 0 = v41
; in frame 0: f (f.py:1)
; f.py:6  POP_TOP @40
  v44   -    DROP v43, float
  v45   -    JUMP_TO_TOP  [v1]
"""


def parse(text):
    """The text of a trace, printed again, and the broken invariant or None."""
    return sys._jit.parse_ir(text)


def traces(dump):
    """The texts of the traces of a dump."""
    return ["== trace" + text for text in re.split(r"(?m)^== trace", dump)[1:]]


@needs_parser
class RoundTripTest(unittest.TestCase):
    """A trace that was printed, read and printed again is the same, and valid."""

    maxDiff = None

    def check(self, dump, least):
        """Checks the traces of a dump, which has at least so many."""
        found = traces(dump)
        self.assertGreaterEqual(len(found), least)
        for text in found:
            self.assertEqual(parse(text), (text, None))

    def program(self, program, mode, least):
        """Checks the traces of a program of programs/."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "dump")
            result = drive(["cases", program_path(program)], mode, extra_env={"PYTHON_JIT_DUMP": f"build:{path}"})
            self.assertEqual(result.returncode, 0, result.describe())
            with open(path, encoding="utf-8", newline="\n") as file:
                self.check(file.read(), least)

    def test_sample(self):
        self.check(SAMPLE, 1)

    def test_objects(self):
        self.program("objects", "warm", 200)

    def test_generating(self):
        self.program("generating", "guards", 100)

    def test_invoking(self):
        self.program("invoking", "warm", 200)

    def test_returning(self):
        self.program("returning", "warm", 200)

    def test_unoptimized(self):
        self.program("calling", "unoptimized", 100)

    def test_names_and_constants(self):
        # Whatever could be taken for something else.
        self.check(dump_of("""
            def call(f, *args):
                return f(*args)
            def rename(f, code_name):
                f.__code__ = f.__code__.replace(co_qualname=code_name)
                f.__qualname__ = code_name
                return f
            class A: pass
            class B(A):
                def m(self, x, y): return (self, x, y)
            A.__qualname__ = A.__name__ = "a, [v1] 'exit"
            B.__name__ = B.__qualname__ = "exit"
            odd = rename(lambda a, v2: (a, v2), "x>y, [<z\\n")
            def f(n, v1, error):
                for i in range(n):
                    x = ('a, [v1] "b" ', "it's, v2", b"v3, [", 1e300, -5, 10**50, 1e999, -1e999, None, True)
                    call(odd, "v1", '\\\\')
                    call(odd, "\\n", "\\u20ac" * 60)
                    call(odd, "'" * 30 + '"' * 30 + "\\\\" * 30, b"'" * 50)
                    call(odd, 10**60, 1e999 - 1e999)
                    error.m(v1, 2.5)
                    y = i == 5 or i + 5
                    z = v1.a
                    z = lambda: x
                    y = i + -7 if i > -7 else i < 3
            v = A()
            v.a = 5
            f(100, v, B())
            """, "build"), 3)

    def test_recursion(self):
        self.check(dump_of("""
            def f(n):
                return 1 if n < 1 else f(n - 1) + n
            for i in range(200):
                f(4)
            """, "build", PYTHON_JIT_RESUME_INITIAL_VALUE="20"), 1)

    def test_spaces_do_not_matter(self):
        lines = [line if line[0] in "=;" else re.sub(" +", " ", line).strip().replace("v1, v", "v1,v")
                 for line in SAMPLE.splitlines()]
        self.assertEqual(parse("\n".join(lines)), (SAMPLE, None))

    def test_end_of_last_line(self):
        self.assertEqual(parse(SAMPLE.rstrip("\n")), (SAMPLE, None))
        self.assertEqual(parse(HEADER), (HEADER, "END at v0: NOP"))


def variants(text):
    """The broken and the valid trace of a case's text; both get an end if the text has none."""
    lines = textwrap.dedent(text).strip("\n").splitlines()
    end = [] if any(name in text for name in ENDS) else ["v99 - JUMP_TO_TOP []"]
    return [HEADER + "\n".join([line[1:].lstrip() for line in lines if line[0] != other] + end) + "\n"
            for other in "><"]


# What is said of the broken trace, and the text of both; by where ir_verify*.c checks it.
CASES = [
    # An operand is not there yet.
    ("DEFINED at v1: DROP v2", """
        < v1 - DROP v2
          v2 o ENTRY 0
        > v3 - DROP v2
        """),
    ("DEFINED at v2: NEWREF v2", """
          v1 o ENTRY 0
        < v2 o NEWREF v2
        > v2 o NEWREF v1
          v3 - DROP v1
          v4 - DROP v2
        """),
    ("DEFINED at v2: DROP v1", """
        > v1 o ENTRY 0
          v2 - DROP v1
        """),
    ("DEFINED at v2: ARGUMENT v7, 0 a", """
          v1 b LOCAL 0 a
        < v2 b ARGUMENT v7, 0 a
        > v2 b ARGUMENT v1, 0 a
        """),
    # A snapshot names what is not there yet.
    ("DEFINED at v2: GUARD_TYPE v1, int  exit 0 -> @4  [v1, v3]", """
          v1 o ENTRY 0
        < v2 - > GUARD_TYPE v1, int  exit 0 -> @4  [v1, v3]
          v3 b LOCAL 0 a
        > v4 - > GUARD_TYPE v1, int  exit 0 -> @4  [v1, v3]
          v5 - DROP v1
        """),
    ("DEFINED at v2: UNARY_NEGATIVE v1  popped  [v3]", """
          v1 o ENTRY 0
        < v2 - ! UNARY_NEGATIVE v1  popped  [v3]
        > v2 - ! UNARY_NEGATIVE v1  popped  []
          v3 o RESULT v2, 0
          v4 - DROP v3
        """),
    # A micro-op has too few operands, or too many.
    ("DEFINED at v2: ITER_NEXT_LIST", """
          v1 o ENTRY 0
        < v2 - ITER_NEXT_LIST
        > v2 - ITER_NEXT_LIST v1
          v3 o RESULT v2, 1
          v4 - DROP v3
          v5 - DROP v1
        """),
    ("DEFINED at v3: BUILD_TUPLE 1 v1, v2  popped  []", """
          v1 o ENTRY 0
          v2 o ENTRY 1
        < v3 - ! BUILD_TUPLE 1 v1, v2  popped []
        > v3 - ! BUILD_TUPLE 2 v1, v2  popped []
          v4 o RESULT v3, 0
          v5 - DROP v4
        """),
    # A RESULT is of no micro-op, or not right behind it.
    ("DEFINED at v2: RESULT v1, 0", """
          v1 o ENTRY 0
        < v2 o RESULT v1, 0
        > v2 o NEWREF v1
          v3 - DROP v2
          v4 - DROP v1
        """),
    ("DEFINED at v2: RESULT v3, 1", """
          v1 o ENTRY 0
        < v2 o RESULT v3, 1
          v3 - ITER_NEXT_LIST v1
        > v4 o RESULT v3, 1
        < v5 - DROP v2
        > v5 - DROP v4
          v6 - DROP v1
        """),
    ("DEFINED at v5: RESULT v2, 1", """
          v1 o ENTRY 0
          v2 - ITER_NEXT_LIST v1
          v3 o RESULT v2, 1
          v4 b LOCAL 0 a
        < v5 o RESULT v2, 1
        > v5 o NEWREF v4
          v6 - DROP v3
        > v7 b LOCAL 0 a
          v8 - DROP v5
          v9 - DROP v1
        """),
    # What a micro-op gives has no RESULT, or one with the number of something else.
    ("DEFINED at v2: ITER_NEXT_LIST v1", """
          v1 o ENTRY 0
          v2 - ITER_NEXT_LIST v1
        < v3 b LOCAL 0 a
        > v3 o RESULT v2, 1
        > v4 - DROP v3
          v5 - DROP v1
        """),
    ("DEFINED at v2: LOAD_ATTR_1 1 v1  popped  []", """
          v1 o ENTRY 0
          v2 - ! LOAD_ATTR_1 1 v1  popped []
          v3 o RESULT v2, 0
        > v4 o RESULT v2, 1
          v5 - DROP v3
        > v6 - DROP_NULLABLE v4
        """),
    ("DEFINED at v3: RESULT v2, 0", """
          v1 o ENTRY 0
          v2 - ITER_NEXT_LIST v1
        < v3 o RESULT v2, 0
        > v3 o RESULT v2, 1
          v4 - DROP v3
          v5 - DROP v1
        """),
    ("DEFINED at v3: RESULT v2, 2", """
          v1 o ENTRY 0
          v2 - ITER_NEXT_LIST v1
        < v3 o RESULT v2, 2
        > v3 o RESULT v2, 1
          v4 - DROP v3
          v5 - DROP v1
        """),
    ("DEFINED at v4: RESULT v2, 0", """
          v1 o ENTRY 0
          v2 - ! LOAD_ATTR_1 1 v1  popped []
          v3 o RESULT v2, 0
        < v4 o RESULT v2, 0
        > v4 o RESULT v2, 1
          v5 - DROP v3
          v6 - DROP_NULLABLE v4
        """),
    # What it is the same as is not what the micro-op passes on.
    ("DEFINED at v3: RESULT v2, 1 = v1", """
          v1 o ENTRY 0
          v2 - ITER_NEXT_LIST v1
        < v3 o RESULT v2, 1 = v1
        > v3 o RESULT v2, 1
          v4 - DROP v3
          v5 - DROP v1
        """),
    ("DEFINED at v4: RESULT v3, 0 = v1", """
          v1 b LOCAL 0 a
          v2 o NEWREF v1
          v3 - POP_FRAME v2  []
        < v4 o RESULT v3, 0 = v1
        > v4 o RESULT v3, 0 = v2
          v5 - DROP v4
        """),
    ("DEFINED at v3: INHERIT 1 = v2", """
          v1 o INHERIT 0
          v2 o NEWREF v1
        < v3 o INHERIT 1 = v2
        > v3 o INHERIT 1 = v1
          v4 - JUMP_TO_TOP [v1, v3, v2]
        """),

    # A result is not what the tables say.
    ("KIND at v1: ENTRY 0", """
        < v1 b ENTRY 0
        > v1 o ENTRY 0
          v2 - JUMP_TO_TOP [v1]
        """),
    ("KIND at v1: INHERIT 0", """
        < v1 p INHERIT 0
        > v1 o INHERIT 0
          v2 - JUMP_TO_TOP [v1]
        """),
    ("KIND at v2: LOAD v1, +16", """
          v1 b LOCAL 0 a
        < v2 o LOAD v1, +16
        > v2 b LOAD v1, +16
        < v3 - DROP v2
        """),
    ("KIND at v2: GUARD_TYPE v1, int  exit 0 -> @4  []", """
          v1 b LOCAL 0 a
        < v2 p > GUARD_TYPE v1, int  exit 0 -> @4  []
        > v2 - > GUARD_TYPE v1, int  exit 0 -> @4  []
        """),
    ("KIND at v1: ENTER", """
        < v1 p ENTER
        > v1 - ENTER
        """),
    ("KIND at v5: SET_LOCAL 5, 0 a", """
          v2 b LOCAL 0 a
          v3 o TAKE_LOCAL v2, 0 a
        < v5 b SET_LOCAL 5, 0 a
        > v5 p SET_LOCAL 5, 0 a
          v6 - DROP v3
        """),
    ("KIND at v7: TAKE_LOCAL v5, 0 a", """
          v2 b LOCAL 0 a
          v3 o TAKE_LOCAL v2, 0 a
          v5 p SET_LOCAL 5, 0 a
          v6 - DROP v3
        < v7 o TAKE_LOCAL v5, 0 a
        > v7 p TAKE_LOCAL v5, 0 a
          v8 p SET_LOCAL 5, 0 a
        < v9 - DROP v7
        """),
    ("KIND at v3: UNSET 1 b", """
          v1 o ENTRY 0
          v2 - > CALL_KNOWN 1 g v1  exit 0 -> @4  [v1]  waits []
          ; in frame 1: g (g.py:1)
        < v3 b UNSET 1 b
        > v3 p UNSET 1 b
        """),
    ("KIND at v4: NEWREF v3", """
          v1 o ENTRY 0
          v2 - > CALL_KNOWN 1 g v1  exit 0 -> @4  [v1]  waits []
          ; in frame 1: g (g.py:1)
        < v3 p UNSET 1 b
        > v3 b LOCAL 1 b
          v4 o NEWREF v3
          v5 - DROP v4
        """),
    # A RESULT is not what its micro-op gives: an owned object,
    ("KIND at v3: RESULT v2, 1", """
          v1 o ENTRY 0
          v2 - ITER_NEXT_LIST v1
        < v3 p RESULT v2, 1
        > v3 o RESULT v2, 1
        > v4 - DROP v3
          v5 - DROP v1
        """),
    # a bool, which needs no reference,
    ("KIND at v4: RESULT v3, 0", """
          v1 b LOCAL 0 a
        < v3 - ! BINARY_OP_MULTIPLY_FLOAT_B v1, v1  error [v1, v1]
        > v3 - COMPARE_OP_FLOAT_B 2 v1, v1
          v4 p RESULT v3, 0
        """),
    ("KIND at v3: RESULT v2, 1", """
          v1 o ENTRY 0
          v2 - ITER_NEXT_LIST v1
          v3 p RESULT v2, 1
        < v4 - > GUARD_TYPE v3, int  exit 0 -> @4  [v1, v3]
        > v4 - > GUARD_TYPE v3, bool  exit 0 -> @4  [v1, v3]
          v5 - DROP v1
        """),
    # what may be NULL, NULL itself,
    ("KIND at v4: RESULT v2, 1", """
          v1 o ENTRY 0
          v2 - ! LOAD_ATTR_1 1 v1  popped []
          v3 o RESULT v2, 0
        < v4 p RESULT v2, 1
        > v4 o RESULT v2, 1
          v5 - DROP v3
        > v6 - DROP_NULLABLE v4
        """),
    ("KIND at v4: RESULT v2, 1", """
          v1 b LOCAL 0 a
          v2 - > LOAD_ATTR_MODULE_1_B 3 v1  exit 0 -> @4  [v1]
          v3 o RESULT v2, 0
        < v4 o RESULT v2, 1
        > v4 p RESULT v2, 1
          v5 - DROP v3
        < v6 - DROP_NULLABLE v4
        """),
    # or a frame.
    ("KIND at v5: RESULT v4, 0", """
          v1 b LOCAL 0 a
          v3 o NEWREF v1
          v4 - INIT_CALL_PY_EXACT_ARGS_0 v3, NULL
        < v5 o RESULT v4, 0
        > v5 p RESULT v4, 0
          v6 - PUSH_FRAME v5  []
        """),
    # What is used is no value at all,
    ("KIND at v3: DROP v2", """
          v1 o ENTRY 0
          v2 - ENTER
        < v3 - DROP v2
          v4 - DROP v1
        """),
    # or an object is wanted, or none.
    ("KIND at v4: GUARD_INT_LT v1, v2  exit 1 -> @8  []", """
          v1 b LOCAL 0 a
          v2 p > UNBOX_INT v1  exit 0 -> @4  []
        < v4 - > GUARD_INT_LT v1, v2  exit 1 -> @8  []
        > v4 - > GUARD_INT_LT v2, v2  exit 1 -> @8  []
        """),
    ("KIND at v4: GUARD_INT_LT v3, None  exit 1 -> @8  []", """
          v2 b LOCAL 0 a
          v3 p > UNBOX_INT v2  exit 0 -> @4  []
        < v4 - > GUARD_INT_LT v3, None  exit 1 -> @8  []
        > v4 - > GUARD_INT_LT v3, 5  exit 1 -> @8  []
        """),
    ("KIND at v3: GUARD_TYPE v2, int  exit 0 -> @4  []", """
          v1 b LOCAL 0 a
          v2 p > UNBOX_INT v1  exit 0 -> @4  []
        < v3 - > GUARD_TYPE v2, int  exit 0 -> @4  []
        > v3 - > GUARD_TYPE v1, int  exit 0 -> @4  []
        """),
    ("KIND at v3: GUARD_TRUE v2  exit 0 -> @4  [v2]", """
          v1 b LOCAL 0 a
          v2 p INT_TRUTH v1
        < v3 - > GUARD_TRUE v2  exit 0 -> @4  [v2]
        > v3 - > GUARD_TRUE v2  exit 0 -> @4  [v1]
        """),
    ("KIND at v3: BINARY_OP_MULTIPLY_FLOAT_B v2, v1  error  [v2, v1]", """
          v1 b LOCAL 0 a
          v2 p SAME v1, v1
        < v3 - ! BINARY_OP_MULTIPLY_FLOAT_B v2, v1  error [v2, v1]
        > v3 - ! BINARY_OP_MULTIPLY_FLOAT_B v1, v1  error [v1, v1]
          v4 o RESULT v3, 0
          v5 - DROP v4
        """),
    # It is NULL, or a frame, where there must be an object.
    ("KIND at v3: LOAD NULL, +8", """
          v1 b LOCAL 0 a
        < v3 b LOAD NULL, +8
        > v3 b LOAD v1, +8
        """),
    ("KIND at v5: LOAD v4, +8", """
          v1 b LOCAL 0 a
          v2 - > LOAD_ATTR_MODULE_1_B 3 v1  exit 0 -> @4  [v1]
          v3 o RESULT v2, 0
          v4 p RESULT v2, 1
        < v5 b LOAD v4, +8
        > v5 b LOAD v3, +8
          v6 - DROP v3
        """),
    ("KIND at v6: CHECK_VALID  exit 0 -> @4  [v5]", """
          v1 b LOCAL 0 a
          v3 o NEWREF v1
          v4 - INIT_CALL_PY_EXACT_ARGS_0 v3, NULL
          v5 p RESULT v4, 0
        < v6 - > CHECK_VALID  exit 0 -> @4  [v5]
        > v6 - > CHECK_VALID  exit 0 -> @4  [v1]
          v7 - PUSH_FRAME v5  []
        """),
    # What is consumed is borrowed.
    ("KIND at v3: DROP v1", """
          v1 b LOCAL 0 a
        > v2 o NEWREF v1
        < v3 - DROP v1
        > v3 - DROP v2
        """),
    ("KIND at v3: UNARY_NEGATIVE v1  popped  []", """
          v1 b LOCAL 0 a
        > v2 o NEWREF v1
        < v3 - ! UNARY_NEGATIVE v1  popped []
        > v3 - ! UNARY_NEGATIVE v2  popped []
          v4 o RESULT v3, 0
          v5 - DROP v4
        """),

    # What has been consumed is used again: it is consumed again,
    ("ALIVE at v3: DROP v1", """
          v1 o ENTRY 0
          v2 - DROP v1
        < v3 - DROP v1
        """),
    ("ALIVE at v4: BINARY_OP_ADD_INT v1, v1  popped  []", """
          v1 o ENTRY 0
        > v3 o NEWREF v1
        < v4 - ! BINARY_OP_ADD_INT v1, v1  popped []
        > v4 - ! BINARY_OP_ADD_INT v1, v3  popped []
          v5 o RESULT v4, 0
          v6 - DROP v5
        """),
    # looked at,
    ("ALIVE at v4: LOAD v1, +16", """
          v1 o ENTRY 0
        > v2 b LOAD v1, +16
          v3 - DROP v1
        < v4 b LOAD v1, +16
        """),
    # or in a snapshot, also in that for what has been consumed by then.
    ("ALIVE at v3: CHECK_VALID  exit 0 -> @4  [v1]", """
          v1 o ENTRY 0
          v2 - DROP v1
        < v3 - > CHECK_VALID  exit 0 -> @4  [v1]
        > v3 - > CHECK_VALID  exit 0 -> @4  []
        """),
    ("ALIVE at v2: UNARY_NEGATIVE v1  popped  [v1]", """
          v1 o ENTRY 0
        < v2 - ! UNARY_NEGATIVE v1  popped [v1]
        > v2 - ! UNARY_NEGATIVE v1  popped []
          v3 o RESULT v2, 0
          v4 - DROP v3
        """),
    # A micro-op that enters a frame has consumed its arguments by the time that the other one waits.
    ("DEPTH at v2: CALL_KNOWN 1 g v1  exit 0 -> @4  [v1]  waits  [v1]", """
          v1 o ENTRY 0
        < v2 - > CALL_KNOWN 1 g v1  exit 0 -> @4  [v1]  waits [v1]
        > v2 - > CALL_KNOWN 1 g v1  exit 0 -> @4  [v1]  waits []
          ; in frame 1: g (g.py:1)
          v3 b LOCAL 0 a
        """),
    # It is on the stack of another frame, which waits.
    ("ALIVE at v4: LOAD v1, +16", """
          v1 o ENTRY 0
          v2 o ENTRY 1
          v3 - > CALL_KNOWN 1 g v2  exit 0 -> @4  [v1, v2]  waits [v1]
          ; in frame 1: g (g.py:1)
        < v4 b LOAD v1, +16
        > v4 b LOCAL 0 a
        """),
    ("ALIVE at v8: LOAD v1, +16", """
          v1 o ENTRY 0
          v2 b LOCAL 0 a
          v4 o NEWREF v2
          v5 - INIT_CALL_PY_EXACT_ARGS_0 v4, NULL
          v6 p RESULT v5, 0
          v7 - PUSH_FRAME v6  [v1]
          ; in frame 1: g (g.py:1)
        < v8 b LOAD v1, +16
        > v8 b LOCAL 0 b
        """),
    # What a local held was released, overwritten, or went away with its frame.
    ("ALIVE at v7: LOAD v1, +16", """
          v1 b LOCAL 0 a
          v2 o TAKE_LOCAL v1, 0 a
          v4 p SET_LOCAL None, 0 a
        > v5 b LOAD v1, +16
          v6 - DROP v2, int
        < v7 b LOAD v1, +16
        """),
    ("ALIVE at v6: LOAD v1, +16", """
          v1 b LOCAL 3 d
          v2 b LOCAL 0 a
          v3 o NEWREF v2
        < v4 - > UNPACK_TO_LOCALS 3 1 v3  exit 0 -> @4  [v3]
        > v4 - > UNPACK_TO_LOCALS 3 4 v3  exit 0 -> @4  [v3]
          v5 - > CHECK_VALID  exit 1 -> @6  []
          v6 b LOAD v1, +16
        """),
    ("ALIVE at v6: LOAD v1, +16", """
          v1 b LOCAL 1 b
          v2 b LOCAL 0 a
          v3 o NEWREF v2
          v4 - STORE_FAST 1 b v3
        > v5 b LOCAL 1 b
        < v6 b LOAD v1, +16
        > v6 b LOAD v5, +16
        """),
    ("ALIVE at v5: LOAD v1, +16", """
          v1 b LOCAL 0 a
          v2 o NEWREF v1
          v3 - POP_FRAME v2  []
          v4 o RESULT v3, 0 = v2
          ; in frame 1: g (g.py:1)
        < v5 b LOAD v1, +16
        > v5 b LOAD v4, +16
          v6 - DROP v4
        """),

    # A finalizer may have written to the local, as long as nothing says that it did not;
    ("BORROWED at v5: LOAD v2, +16", """
          v1 o ENTRY 0
          v2 b LOCAL 0 a
          v3 - DROP v1
        > v4 - > CHECK_VALID  exit 0 -> @4  []
          v5 b LOAD v2, +16
        """),
    ("BORROWED at v5: LOAD v2, +16", """
          v1 o ENTRY 0
          v2 b LOCAL 0 a
          v3 - DROP v1
        > v4 b LOCAL 0 a
        < v5 b LOAD v2, +16
        > v5 b LOAD v4, +16
        """),
    ("BORROWED at v6: CHECK_VALID  exit 0 -> @4  [v1, v5]", """
          v1 b LOCAL 0 a
        > v2 o NEWREF v1
          v3 o ENTRY 1
        < v4 - ! UNARY_NEGATIVE v3  popped [v1]
        > v4 - ! UNARY_NEGATIVE v3  popped [v2]
          v5 o RESULT v4, 0
        < v6 - > CHECK_VALID  exit 0 -> @4  [v1, v5]
        > v6 - > CHECK_VALID  exit 0 -> @4  [v2, v5]
          v7 - DROP v5
        > v8 - DROP v2
        """),
    # whatever writes to an object, to the field that is borrowed from, also if the trace is valid then.
    ("BORROWED at v5: LOAD v2, +8", """
          v1 b LOCAL 0 a
          v2 b LOAD v1, +16
          v3 o NEWREF v1
        < v4 - STORE v1, v3, +24
          v5 b LOAD v2, +8
        > v6 - STORE v1, v3, +24
        """),
    ("BORROWED at v6: LOAD v3, +8", """
          v1 o ENTRY 0
          v2 b LOCAL 0 a
          v3 b LOAD v2, +16
          v4 - DROP v1
          v5 - > CHECK_VALID  exit 0 -> @4  []
        < v6 b LOAD v3, +8
        > v6 b LOAD v2, +8
        """),
    ("BORROWED at v5: TYPE_OF v2", """
          v1 o ENTRY 0
          v2 b LOAD v1, +16
        < v3 - ITER_NEXT_LIST v1
        < v4 o RESULT v3, 1
          v5 b TYPE_OF v2
        < v6 - DROP v4
          v7 - DROP v1
        """),
    # What a bridge inherits is borrowed from nothing that it knows of.
    ("BORROWED at v3: CHECK_VALID  exit 0 -> @4  [v1]", """
          v1 b INHERIT 0
        > v2 o NEWREF v1
        < v3 - > CHECK_VALID  exit 0 -> @4  [v1]
        > v3 - > CHECK_VALID  exit 0 -> @4  [v2]
        > v4 - DROP v2
        """),

    # A local is set and was not taken before, not since it was set last, or not since a micro-op did that.
    ("LOCAL at v4: SET_LOCAL v1, 0 a", """
          v1 o ENTRY 0
        > v2 b LOCAL 0 a
        > v3 o TAKE_LOCAL v2, 0 a
          v4 b SET_LOCAL v1, 0 a
        > v5 - DROP v3
        """),
    ("LOCAL at v8: SET_LOCAL v6, 0 a", """
          v1 o ENTRY 0
          v2 b LOCAL 0 a
          v3 o TAKE_LOCAL v2, 0 a
          v4 b SET_LOCAL v1, 0 a
          v5 - DROP v3, int
          v6 o NEWREF v4
        > v7 o TAKE_LOCAL v4, 0 a
          v8 b SET_LOCAL v6, 0 a
        > v9 - DROP v7
        """),
    ("LOCAL at v7: SET_LOCAL v3, 0 a", """
          v1 b LOCAL 1 b
          v2 o NEWREF v1
          v3 o NEWREF v1
          v4 - STORE_FAST 0 a v2
        > v5 b LOCAL 0 a
        > v6 o TAKE_LOCAL v5, 0 a
          v7 b SET_LOCAL v3, 0 a
        > v8 - DROP v6
        """),
    # What is taken is what another local holds, or what this one held.
    ("LOCAL at v3: TAKE_LOCAL v2, 0 a", """
          v1 b LOCAL 0 a
          v2 b LOCAL 1 b
        < v3 o TAKE_LOCAL v2, 0 a
        > v3 o TAKE_LOCAL v1, 0 a
          v5 p SET_LOCAL None, 0 a
          v6 - DROP v3
        """),
    ("LOCAL at v5: TAKE_LOCAL v2, 0 a", """
          v1 o ENTRY 0
          v2 b LOCAL 0 a
          v3 o TAKE_LOCAL v2, 0 a
          v4 b SET_LOCAL v1, 0 a
        < v5 o TAKE_LOCAL v2, 0 a
        > v5 o TAKE_LOCAL v4, 0 a
          v7 p SET_LOCAL None, 0 a
          v8 - DROP v5
          v9 - DROP v3
        """),
    # It was never set, they say: in a frame that is older than the trace,
    ("LOCAL at v1: UNSET 1 b", """
        < v1 p UNSET 1 b
        > v1 b LOCAL 1 b
        """),
    # after what may have seen the frame, in it,
    ("LOCAL at v7: UNSET 1 b", """
          v1 o ENTRY 0
          v2 - > CALL_KNOWN 1 g v1  exit 0 -> @4  [v1]  waits []
          ; in frame 1: g (g.py:1)
          v3 b LOCAL 0 a
          v4 o NEWREF v3
        > v5 p UNSET 1 b
          v6 - DROP v4
        < v7 p UNSET 1 b
        """),
    ("LOCAL at v8: UNSET 1 b", """
          v1 o ENTRY 0
          v2 - > CALL_KNOWN 1 g v1  exit 0 -> @4  [v1]  waits []
          ; in frame 1: g (g.py:1)
          v3 b LOCAL 0 a
          v4 o NEWREF v3
        > v5 p UNSET 1 b
          v6 - ! UNARY_NEGATIVE v4  popped []
          v7 o RESULT v6, 0
        < v8 p UNSET 1 b
          v9 - DROP v7
        """),
    # or in a frame that it called,
    ("LOCAL at v11: UNSET 1 b", """
          v1 o ENTRY 0
          v2 - > CALL_KNOWN 1 g v1  exit 0 -> @4  [v1]  waits []
          ; in frame 1: g (g.py:1)
          v3 b LOCAL 0 a
          v4 o NEWREF v3
        > v5 p UNSET 1 b
          v6 - > CALL_KNOWN 1 h v4  exit 1 -> @8  [v4]  waits []
          ; in frame 2: h (h.py:1)
          v7 b LOCAL 0 a
          v8 o NEWREF v7
          v9 - POP_FRAME v8  []
          ; in frame 1: g (g.py:1)
          v10 o RESULT v9, 0 = v8
        < v11 p UNSET 1 b
          v12 - DROP v10
        """),
    # after it was read, or set.
    ("LOCAL at v4: UNSET 1 b", """
          v1 o ENTRY 0
          v2 - > CALL_KNOWN 1 g v1  exit 0 -> @4  [v1]  waits []
          ; in frame 1: g (g.py:1)
          v3 b LOCAL 1 b
        < v4 p UNSET 1 b
        > v4 p UNSET 2 c
        """),
    ("LOCAL at v5: UNSET 0 a", """
          v1 o ENTRY 0
          v2 - > CALL_KNOWN 1 g v1  exit 0 -> @4  [v1]  waits []
          ; in frame 1: g (g.py:1)
          v4 b ARGUMENT None, 0 a
        < v5 p UNSET 0 a
        > v5 p UNSET 1 b
        """),
    ("LOCAL at v7: UNSET 1 b", """
          v1 o ENTRY 0
          v2 - > CALL_KNOWN 1 g v1  exit 0 -> @4  [v1]  waits []
          ; in frame 1: g (g.py:1)
          v3 p UNSET 1 b
          v4 p TAKE_LOCAL v3, 1 b
          v6 p SET_LOCAL NULL, 1 b
        < v7 p UNSET 1 b
        > v7 p UNSET 2 c
        """),
    ("LOCAL at v7: UNSET 1 b", """
          v1 o ENTRY 0
          v2 - > CALL_KNOWN 1 g v1  exit 0 -> @4  [v1]  waits []
          ; in frame 1: g (g.py:1)
          v3 b LOCAL 0 a
          v4 o NEWREF v3
        < v6 - STORE_FAST 1 b v4
        < v7 p UNSET 1 b
        > v8 p UNSET 1 b
        > v9 - STORE_FAST 1 b v4
        """),
    # Many are written to at once.
    ("ALIVE at v5: TAKE_LOCAL v2, 3 d", """
          v1 o ENTRY 0
          v2 b LOCAL 3 d
          v3 - > UNPACK_TO_LOCALS 3 1 v1  exit 0 -> @4  [v1]
        > v4 b LOCAL 3 d
        < v5 o TAKE_LOCAL v2, 3 d
        > v5 o TAKE_LOCAL v4, 3 d
          v7 p SET_LOCAL None, 3 d
          v8 - DROP_NULLABLE v5
        """),
    # It is taken, and not set then.
    ("LOCAL at v2: TAKE_LOCAL v1, 0 a", """
          v1 b LOCAL 0 a
          v2 o TAKE_LOCAL v1, 0 a
        > v4 p SET_LOCAL NULL, 0 a
          v5 - DROP v2
        """),

    # Nothing gets what is owned,
    ("CONSUMED at v99: JUMP_TO_TOP  []", """
          v1 o ENTRY 0
        > v2 - DROP v1
        """),
    ("CONSUMED at v4: RESULT v3, 0", """
          v1 o ENTRY 0
          v3 - POP_FRAME_INDIRECT v1  []
          v4 o RESULT v3, 0
        < v5 - JUMP_RETURN None
        > v5 - JUMP_RETURN v4
        """),
    # or not where the trace is left,
    ("CONSUMED at v2: CHECK_VALID  exit 0 -> @4  []", """
          v1 o ENTRY 0
        < v2 - > CHECK_VALID  exit 0 -> @4  []
        > v2 - > CHECK_VALID  exit 0 -> @4  [v1]
          v3 - DROP v1
        """),
    ("CONSUMED at v3: GUARD_TYPE v1, int  exit 0 -> @4  [v1]", """
          v1 b LOCAL 0 a
          v2 o NEWREF v1
        < v3 - > GUARD_TYPE v1, int  exit 0 -> @4  [v1]
        > v3 - > GUARD_TYPE v1, int  exit 0 -> @4  [v2]
          v4 - DROP v2
        """),
    # where it raises,
    ("CONSUMED at v4: BINARY_OP_MULTIPLY_FLOAT_B v1, v1  error  [v1, v1]", """
          v1 b LOCAL 0 a
          v2 o ENTRY 0
        < v4 - ! BINARY_OP_MULTIPLY_FLOAT_B v1, v1  error [v1, v1]
        > v4 - ! BINARY_OP_MULTIPLY_FLOAT_B v1, v1  error [v2, v1, v1]
          v5 o RESULT v4, 0
          v6 - DROP v5
          v7 - DROP v2
        """),
    ("CONSUMED at v3: UNARY_NEGATIVE v2  popped  []", """
          v1 o ENTRY 0
          v2 o ENTRY 1
        < v3 - ! UNARY_NEGATIVE v2  popped []
        > v3 - ! UNARY_NEGATIVE v2  popped [v1]
          v4 o RESULT v3, 0
          v5 - DROP v4
          v6 - DROP v1
        """),
    # where its frame waits, or goes on,
    ("CONSUMED at v7: PUSH_FRAME v6  []", """
          v1 o ENTRY 0
          v2 b LOCAL 0 a
          v4 o NEWREF v2
          v5 - INIT_CALL_PY_EXACT_ARGS_0 v4, NULL
          v6 p RESULT v5, 0
        < v7 - PUSH_FRAME v6  []
        > v7 - PUSH_FRAME v6  [v1]
          ; in frame 1: g (g.py:1)
          v8 b LOCAL 0 b
        """),
    ("CONSUMED at v3: CALL_KNOWN 1 g v2  exit 0 -> @4  [v1, v2]  waits  []", """
          v1 o ENTRY 0
          v2 o ENTRY 1
        < v3 - > CALL_KNOWN 1 g v2  exit 0 -> @4  [v1, v2]  waits []
        > v3 - > CALL_KNOWN 1 g v2  exit 0 -> @4  [v1, v2]  waits [v1]
          ; in frame 1: g (g.py:1)
          v4 b LOCAL 0 a
        """),
    ("DEPTH at v3: CALL_KNOWN 1 g v2  exit 0 -> @4  [v1]  waits  [v1]", """
          v1 o ENTRY 0
          v2 o ENTRY 1
        < v3 - > CALL_KNOWN 1 g v2  exit 0 -> @4  [v1]      waits [v1]
        > v3 - > CALL_KNOWN 1 g v2  exit 0 -> @4  [v1, v2]  waits [v1]
          ; in frame 1: g (g.py:1)
          v4 b LOCAL 0 a
        """),
    ("CONSUMED at v12: CHECK_VALID  exit 0 -> @4  [v11]", """
          v1 o ENTRY 0
          v2 b LOCAL 0 a
          v4 o NEWREF v2
          v5 - INIT_CALL_PY_EXACT_ARGS_0 v4, NULL
          v6 p RESULT v5, 0
          v7 - PUSH_FRAME v6  [v1]
          ; in frame 1: g (g.py:1)
          v10 - POP_FRAME None  []
          v11 o RESULT v10, 0 = None
          ; in frame 0: f (f.py:1)
        < v12 - > CHECK_VALID  exit 0 -> @4  [v11]
        > v12 - > CHECK_VALID  exit 0 -> @4  [v1, v11]
          v13 - DROP v11
          v14 - DROP v1
        """),
    # or a snapshot hands it over twice.
    ("CONSUMED at v3: CHECK_VALID  exit 0 -> @4  [v1, v1]", """
          v1 o ENTRY 0
        > v2 o NEWREF v1
        < v3 - > CHECK_VALID  exit 0 -> @4  [v1, v1]
        > v3 - > CHECK_VALID  exit 0 -> @4  [v1, v2]
          v4 - DROP v1
        > v5 - DROP v2
        """),
    # It need not be in an exit's snapshot if it is immortal, as is found out, or is known there,
    ("CONSUMED at v2: GUARD_IS v1, True  exit 0 -> @4  []", """
          v1 o ENTRY 0
          v2 - > GUARD_IS v1, True  exit 0 -> @4  []
        < v3 - DROP v1
        > v3 - FORGET v1
        """),
    ("CONSUMED at v2: GUARD_IS v1, None  exit 0 -> @4  []", """
          v1 o ENTRY 0
        < v2 - > GUARD_IS v1, None  exit 0 -> @4  []
        > v2 - > GUARD_IS_NOT v1, None  exit 0 -> @4  []
          v3 - DROP v1
        """),
    # nor if the micro-op leaves without it.
    ("CONSUMED at v3: FOR_ITER_TIER_TWO v2  exit 0 -> @40  []  error  [v1, v2]", """
          v1 o ENTRY 0
          v2 o ENTRY 1
        < v3 - >! FOR_ITER_TIER_TWO v2  exit 0 -> @40  []    error [v1, v2]
        > v3 - >! FOR_ITER_TIER_TWO v2  exit 0 -> @40  [v1]  error [v1, v2]
          v4 o RESULT v3, 1
          v5 - JUMP_TO_TOP [v1, v2, v4]
        """),

    # What may leave or raise has no snapshot for it,
    ("SNAPSHOT at v2: GUARD_TYPE v1, int", """
          v1 b LOCAL 0 a
        < v2 -   GUARD_TYPE v1, int
        > v2 - > GUARD_TYPE v1, int  exit 0 -> @4  []
        """),
    ("SNAPSHOT at v1: CHECK_VALID", """
        < v1 -   CHECK_VALID
        > v1 - > CHECK_VALID  exit 0 -> @4  []
        """),
    ("SNAPSHOT at v2: BINARY_OP_MULTIPLY_FLOAT_B v1, v1", """
          v1 b LOCAL 0 a
        < v2 -   BINARY_OP_MULTIPLY_FLOAT_B v1, v1
        > v2 - ! BINARY_OP_MULTIPLY_FLOAT_B v1, v1  error [v1, v1]
          v3 o RESULT v2, 0
          v4 - DROP v3
        """),
    ("SNAPSHOT at v2: UNARY_NEGATIVE v1", """
          v1 o ENTRY 0
        < v2 -   UNARY_NEGATIVE v1
        > v2 - ! UNARY_NEGATIVE v1  popped []
          v3 o RESULT v2, 0
          v4 - DROP v3
        """),
    ("SNAPSHOT at v6: PUSH_FRAME v5", """
          v1 b LOCAL 0 a
          v3 o NEWREF v1
          v4 - INIT_CALL_PY_EXACT_ARGS_0 v3, NULL
          v5 p RESULT v4, 0
        < v6 - PUSH_FRAME v5
        > v6 - PUSH_FRAME v5  []
        """),
    ("SNAPSHOT at v1: CALL_KNOWN 0 g  exit 0 -> @4  []", """
        < v1 - > CALL_KNOWN 0 g  exit 0 -> @4  []
        > v1 - > CALL_KNOWN 0 g  exit 0 -> @4  []  waits []
          ; in frame 1: g (g.py:1)
          v2 b LOCAL 0 a
        """),
    ("SNAPSHOT at v1: CALL_KNOWN 0 g  waits  []", """
        < v1 -   CALL_KNOWN 0 g  waits []
        > v1 - > CALL_KNOWN 0 g  exit 0 -> @4  []  waits []
          ; in frame 1: g (g.py:1)
          v2 b LOCAL 0 a
        """),
    # or one of another sort,
    ("SNAPSHOT at v2: GUARD_TYPE v1, int  []", """
          v1 b LOCAL 0 a
        < v2 -   GUARD_TYPE v1, int  []
        > v2 - > GUARD_TYPE v1, int  exit 0 -> @4  []
        """),
    ("SNAPSHOT at v1: CHECK_VALID  []", """
        < v1 -   CHECK_VALID  []
        > v1 - > CHECK_VALID  exit 0 -> @4  []
        """),
    ("SNAPSHOT at v6: PUSH_FRAME v5  exit 0 -> @4  []", """
          v1 b LOCAL 0 a
          v3 o NEWREF v1
          v4 - INIT_CALL_PY_EXACT_ARGS_0 v3, NULL
          v5 p RESULT v4, 0
        < v6 - > PUSH_FRAME v5  exit 0 -> @4  []
        > v6 -   PUSH_FRAME v5  []
        """),
    ("SNAPSHOT at v2: UNARY_NEGATIVE v1  error  [v1]", """
          v1 o ENTRY 0
        < v2 - ! UNARY_NEGATIVE v1  error [v1]
        > v2 - ! UNARY_NEGATIVE v1  popped []
          v3 o RESULT v2, 0
          v4 - DROP v3
        """),
    # and what may not has one.
    ("SNAPSHOT at v2: DROP v1  exit 0 -> @4  [v1]", """
          v1 o ENTRY 0
        < v2 - > DROP v1  exit 0 -> @4  [v1]
        > v2 -   DROP v1
        """),
    ("SNAPSHOT at v2: LOAD v1, +16  error  []", """
          v1 b LOCAL 0 a
        < v2 b ! LOAD v1, +16  error []
        > v2 b   LOAD v1, +16
        """),
    ("SNAPSHOT at v1: ENTER  []", """
        < v1 - ENTER  []
        > v1 - ENTER
        """),
    ("SNAPSHOT at v1: ENTER  popped  []", """
        < v1 - ! ENTER  popped []
        > v1 -   ENTER
        """),
    ("SNAPSHOT at v1: ENTER  waits  []", """
        < v1 - ENTER  waits []
        > v1 - ENTER
        """),
    ("SNAPSHOT at v1: CHECK_VALID  exit 0 -> @4  []  waits  []", """
        < v1 - > CHECK_VALID  exit 0 -> @4  []  waits []
        > v1 - > CHECK_VALID  exit 0 -> @4  []
        """),
    ("SNAPSHOT at v2: GUARD_TYPE v1, int  exit 0 -> @4  []  waits  []", """
          v1 b LOCAL 0 a
        < v2 - > GUARD_TYPE v1, int  exit 0 -> @4  []  waits []
        > v2 - > GUARD_TYPE v1, int  exit 0 -> @4  []
        """),
    ("SNAPSHOT at v6: PUSH_FRAME v5  []  waits  []", """
          v1 b LOCAL 0 a
          v3 o NEWREF v1
          v4 - INIT_CALL_PY_EXACT_ARGS_0 v3, NULL
          v5 p RESULT v4, 0
        < v6 - PUSH_FRAME v5  []  waits []
        > v6 - PUSH_FRAME v5  []
        """),
    ("SNAPSHOT at v3: RESULT v2, 1  waits  [v1]", """
          v1 o ENTRY 0
          v2 - ITER_NEXT_LIST v1
        < v3 o RESULT v2, 1  waits [v1]
        > v3 o RESULT v2, 1
          v4 - DROP v3
          v5 - DROP v1
        """),
    ("SNAPSHOT at v3: RESULT v2, 1  popped  [v1]", """
          v1 o ENTRY 0
          v2 - ITER_NEXT_LIST v1
        < v3 o ! RESULT v2, 1  popped [v1]
        > v3 o   RESULT v2, 1
          v4 - DROP v3
          v5 - DROP v1
        """),
    # What is to wait is of another sort.
    ("SNAPSHOT at v1: CALL_KNOWN 0 g  []  waits  []", """
        < v1 -   CALL_KNOWN 0 g  []  waits []
        > v1 - > CALL_KNOWN 0 g  exit 0 -> @4  []  waits []
          ; in frame 1: g (g.py:1)
          v2 b LOCAL 0 a
        """),
    # An exit is of another frame.
    ("SNAPSHOT at v5: CHECK_VALID  exit 0 -> @4  [v4]", """
          v2 - > CHECK_VALID  exit 0 -> @4  []
          v3 - POP_FRAME None  []
          v4 o RESULT v3, 0
          ; in frame 1: g (g.py:1)
        < v5 - > CHECK_VALID  exit 0 -> @4  [v4]
        > v5 - > CHECK_VALID  exit 1 -> @4  [v4]
          v6 - DROP v4
        """),

    # An exit wants another number of items.
    ("DEPTH at v3: GUARD_TYPE v1, str  exit 0 -> @4  [v1, v2]", """
          v1 b LOCAL 0 a
          v2 - > GUARD_TYPE v1, int  exit 0 -> @4  [v1]
        < v3 - > GUARD_TYPE v1, str  exit 0 -> @4  [v1, v2]
        > v3 - > GUARD_TYPE v1, str  exit 0 -> @4  [v1]
        """),
    # Where a micro-op raises, there is more or less on the stack, or something else.
    ("DEPTH at v3: LIST_APPEND_1 v1, v2  popped  []", """
          v1 o ENTRY 0
          v2 o ENTRY 1
        < v3 - ! LIST_APPEND_1 v1, v2  popped []
        > v3 - ! LIST_APPEND_1 v1, v2  popped [v1]
          v4 - DROP v1
        """),
    ("DEPTH at v2: BINARY_OP_MULTIPLY_FLOAT_B v1, v1  error  [v1]", """
          v1 b LOCAL 0 a
        < v2 - ! BINARY_OP_MULTIPLY_FLOAT_B v1, v1  error [v1]
        > v2 - ! BINARY_OP_MULTIPLY_FLOAT_B v1, v1  error [v1, v1]
          v3 o RESULT v2, 0
          v4 - DROP v3
        """),
    ("DEPTH at v3: BINARY_OP_MULTIPLY_FLOAT_B v1, v2  error  [v2, v1]", """
          v1 b LOCAL 0 a
          v2 b LOCAL 1 b
        < v3 - ! BINARY_OP_MULTIPLY_FLOAT_B v1, v2  error [v2, v1]
        > v3 - ! BINARY_OP_MULTIPLY_FLOAT_B v1, v2  error [v1, v2]
          v4 o RESULT v3, 0
          v5 - DROP v4
        """),
    ("DEPTH at v5: PY_FRAME_EX_0 v1, NULL, v2  error  [v1, NULL, v2]  popped  [v3]", """
          v1 o ENTRY 0
          v2 o ENTRY 1
          v3 b LOCAL 0 a
        < v5 - ! PY_FRAME_EX_0 v1, NULL, v2  error [v1, NULL, v2]  popped [v3]
        > v5 - ! PY_FRAME_EX_0 v1, NULL, v2  error [v1, NULL, v2]  popped []
          v6 p RESULT v5, 0
          v7 - PUSH_FRAME v6  []
        """),
    # An exit wants fewer items than there are with those that the call consumes.
    ("DEPTH at v3: CALL_KNOWN 1 g v1  exit 0 -> @4  [v1, v1]  waits  []", """
          v1 b LOCAL 0 a
          v2 - > CHECK_VALID  exit 0 -> @4  [v1]
        < v3 - > CALL_KNOWN 1 g v1  exit 0 -> @4  [v1, v1]  waits []
        > v4 o NEWREF v1
        > v5 - > CALL_KNOWN 1 g v4  exit 0 -> @4  [v4]  waits []
          ; in frame 1: g (g.py:1)
          v6 b LOCAL 0 a
        """),
    # The exit of a call has its operands in another order, at another place, or above something else.
    ("DEPTH at v9: CALL_KNOWN 2 g v2, v3  exit 0 -> @4  [v1, v3, v2]  waits  [v1]", """
          v1 o ENTRY 0
          v2 o ENTRY 1
          v3 o ENTRY 2
        < v9 - > CALL_KNOWN 2 g v2, v3  exit 0 -> @4  [v1, v3, v2]  waits [v1]
        > v9 - > CALL_KNOWN 2 g v2, v3  exit 0 -> @4  [v1, v2, v3]  waits [v1]
          ; in frame 1: g (g.py:1)
          v20 b LOCAL 0 a
        """),
    ("DEPTH at v9: CALL_KNOWN 2 g v2, v3  exit 0 -> @4  [v1, v2, v3, None, NULL]  waits  [v1]", """
          v1 o ENTRY 0
          v2 o ENTRY 1
          v3 o ENTRY 2
        < v9 - > CALL_KNOWN 2 g v2, v3  exit 0 -> @4  [v1, v2, v3, None, NULL]  waits [v1]
        > v9 - > CALL_KNOWN 2 g v2, v3  exit 0 -> @4  [v1, None, NULL, v2, v3]  waits [v1]
          ; in frame 1: g (g.py:1)
          v20 b LOCAL 0 a
        """),
    ("DEPTH at v9: CALL_FUNCTION 1 g v2, v3  exit 0 -> @4  [v1, NULL, v2, v3]  waits  [v1]", """
          v1 o ENTRY 0
          v2 o ENTRY 1
          v3 o ENTRY 2
        < v9 - > CALL_FUNCTION 1 g v2, v3  exit 0 -> @4  [v1, NULL, v2, v3]  waits [v1]
        > v9 - > CALL_FUNCTION 1 g v2, v3  exit 0 -> @4  [v1, v2, NULL, v3]  waits [v1]
          ; in frame 1: g (g.py:1)
          v20 b LOCAL 0 a
        """),
    ("DEPTH at v9: CALL_FUNCTION 1 g v2, v3  exit 0 -> @4  [v1, v3, NULL, v2]  waits  [v1]", """
          v1 o ENTRY 0
          v2 o ENTRY 1
          v3 o ENTRY 2
        < v9 - > CALL_FUNCTION 1 g v2, v3  exit 0 -> @4  [v1, v3, NULL, v2]  waits [v1]
        > v9 - > CALL_FUNCTION 1 g v2, v3  exit 0 -> @4  [v1, v2, NULL, v3]  waits [v1]
          ; in frame 1: g (g.py:1)
          v20 b LOCAL 0 a
        """),
    ("DEPTH at v9: CALL_KNOWN 1 g v3  exit 0 -> @4  [v1, v2, v3]  waits  [v2, v1]", """
          v1 o ENTRY 0
          v2 o ENTRY 1
          v3 o ENTRY 2
        < v9 - > CALL_KNOWN 1 g v3  exit 0 -> @4  [v1, v2, v3]  waits [v2, v1]
        > v9 - > CALL_KNOWN 1 g v3  exit 0 -> @4  [v1, v2, v3]  waits [v1, v2]
          ; in frame 1: g (g.py:1)
          v20 b LOCAL 0 a
        """),

    # Another frame goes on for no reason.
    ("FRAME at v5: LOCAL 0 b", """
          v1 b LOCAL 0 a
        > v2 o NEWREF v1
        > v3 - POP_FRAME v2  []
        > v4 o RESULT v3, 0
          ; in frame 1: g (g.py:1)
          v5 b LOCAL 0 b
        > v6 - DROP v4
        """),

    # The trace has no end, or goes on behind it.
    ("END at v1: ENTER", """
          v1 - ENTER
        > v2 - > EXIT_TRACE  exit 0 -> @8  []
        """),
    ("END at v2: ENTER", """
          v1 - JUMP_TO_TOP []
        < v2 - ENTER
        """),
]


@needs_parser
class VerifierTest(unittest.TestCase):
    """Each invariant of the verifier, broken, and the same trace without that."""

    def test_cases(self):
        for said, text in CASES:
            broken, valid = variants(text)
            with self.subTest(text=broken):
                self.assertEqual(parse(broken)[1], said)
            with self.subTest(text=valid):
                self.assertIsNone(parse(valid)[1])

    def test_cases_round_trip(self):
        for said, text in CASES:
            for variant in variants(text):
                printed = parse(variant)[0]
                self.assertEqual(printed.split(), variant.split())
                self.assertEqual(parse(printed)[0], printed)

    @unittest.skipUnless(os.path.exists(VERIFIER), "needs the source")
    def test_each_invariant_has_a_case(self):
        with open(VERIFIER, encoding="utf-8") as file:
            head = file.read().partition("*/")[0]
        stated = re.findall(r"(?m)^ \*   ([A-Z]+)  ", head)
        self.assertEqual(len(stated), len(set(stated)))
        self.assertEqual({said.split()[0] for said, _ in CASES}, set(stated))


# What ValueError says, and the lines behind the header.
MALFORMED = [
    ("line 2, column 1: a ref is expected", "ENTER"),
    ("line 2, column 1: a ref is expected", "\n"),
    ("line 2, column 2: a number is out of range", "v0 - ENTER"),
    ("line 2, column 2: a number is out of range", "v30000 - ENTER"),
    ("line 2, column 2: a number is out of range", "v99999999999999999999 - ENTER"),
    ("line 3, column 3: refs must ascend", "v2 - ENTER\nv2 - ENTER"),
    ("line 3, column 3: refs must ascend", "v3 - ENTER\nv2 - ENTER"),
    ("line 2, column 4: what the result is is expected: o, b, p or -", "v1 x ENTRY 0"),
    ("line 2, column 4: what the result is is expected: o, b, p or -", "v1 oENTRY 0"),
    ("line 2, column 3: what the result is is expected: o, b, p or -", "v1"),
    ("line 2, column 6: an operation is expected", "v1 o "),
    ("line 2, column 6: there is no such operation", "v1 o ENTRIES 0"),
    ("line 2, column 6: there is no such operation", "v1 b CONST 5"),
    ("line 2, column 6: there is no such operation", "v1 - GENERIC ENTER"),
    ("line 2, column 6: there is no such operation", "v1 - LOAD_ATTR 1 v2"),
    ("line 2, column 11: a value is expected", "v2 - DROP "),
    ("line 2, column 11: a value is expected", "v2 - DROP name"),
    ("line 2, column 11: a value is expected", "v2 - DROP 'no end"),
    ("line 2, column 11: a value is expected", "v2 - DROP [v1]"),
    ("line 2, column 12: a number is out of range", "v2 - DROP v0"),
    ("line 2, column 13: the end of the line is expected", "v2 - DROP v1.5"),
    ("line 2, column 14: a type is expected", "v2 - DROP v1,"),
    ("line 2, column 20: a comma is expected", "v3 - GUARD_SAME v1 v2"),
    ("line 2, column 19: a comma is expected", "v3 - GUARD_TYPE v1"),
    ("line 2, column 21: a type is expected", "v3 - GUARD_TYPE v1, "),
    ("line 2, column 24: a version is expected", "v3 - GUARD_VERSION v1, 5"),
    ("line 2, column 25: a number is out of range", "v3 - GUARD_VERSION v1, #4294967296"),
    ("line 2, column 23: an object is expected", "v3 - GUARD_IS v1, name"),
    ("line 2, column 12: a number is expected", "v1 b LOCAL x"),
    ("line 2, column 13: a name is expected", "v1 b LOCAL 0"),
    ("line 2, column 12: a number is out of range", "v1 b LOCAL -1 x"),
    ("line 2, column 12: a number is out of range", "v1 b LOCAL 2147483648 x"),
    ("line 2, column 15: a number is expected", "v2 b LOAD v1, x"),
    ("line 2, column 15: a number is out of range", "v2 b LOAD v1, +9223372036854775808"),
    ("line 2, column 12: a number is out of range", "v1 o ENTRY 10001"),
    ("line 2, column 15: a comma is expected", "v2 o RESULT v1"),
    ("line 2, column 20: a value is expected", "v2 o RESULT v1, 0 ="),
    ("line 2, column 21: a value is expected", "v2 o RESULT v1, 0 = x"),
    ("line 2, column 18: a number is expected", "v1 - BUILD_TUPLE v2"),
    ("line 2, column 18: a number is out of range", "v1 - BUILD_TUPLE 10001"),
    ("line 2, column 18: a number is out of range", "v1 - BUILD_TUPLE 99999999999"),
    ("line 2, column 20: too many values", "v1 - BUILD_MAP 9999"),
    ("line 2, column 18: an operand of the micro-op is expected", "v1 - STORE_FAST 0"),
    ("line 2, column 24: an operand of the micro-op is expected", "v1 - GUARD_CALLER @4 of"),
    ("line 2, column 23: the end of the line is expected", "v3 - BUILD_TUPLE 2 v1 v2"),
    ("line 2, column 24: a value is expected", "v3 - BUILD_TUPLE 2 v1, "),
    ("line 2, column 26: the end of the line is expected", "v2 - GUARD_TYPE v1, int  exit"),
    ("line 2, column 33: a number is expected", "v2 - > GUARD_TYPE v1, int  exit x"),
    ("line 2, column 33: a number is out of range", "v2 - > GUARD_TYPE v1, int  exit 4000 -> @4 []"),
    ("line 2, column 34: where the exit leads to is expected", "v2 - > GUARD_TYPE v1, int  exit 0"),
    ("line 2, column 38: where the exit leads to is expected", "v2 - > GUARD_TYPE v1, int  exit 0 -> 4 []"),
    ("line 2, column 39: a number is expected", "v2 - > GUARD_TYPE v1, int  exit 0 -> @x []"),
    ("line 2, column 40: the items of a snapshot are expected", "v2 - > GUARD_TYPE v1, int  exit 0 -> @4"),
    ("line 2, column 41: the items of a snapshot are expected", "v2 - > GUARD_TYPE v1, int  exit 0 -> @4 tier 2  []"),
    ("line 2, column 42: a value is expected", "v2 - > GUARD_TYPE v1, int  exit 0 -> @4 ["),
    ("line 2, column 44: a comma or the end of the items is expected", "v2 - > GUARD_TYPE v1, int  exit 0 -> @4 [v1"),
    ("line 2, column 45: a comma or the end of the items is expected",
     "v2 - > GUARD_TYPE v1, int  exit 0 -> @4 [v1 v1]"),
    ("line 2, column 45: a value is expected", "v2 - > GUARD_TYPE v1, int  exit 0 -> @4 [v1,]"),
    ("line 2, column 44: the end of the line is expected", "v2 - > GUARD_TYPE v1, int  exit 0 -> @4 [] []"),
    ("line 3, column 33: this exit led elsewhere before",
     "v2 - > CHECK_VALID  exit 0 -> @4 []\nv3 - > CHECK_VALID  exit 0 -> @6 []"),
    ("line 3, column 38: this exit led elsewhere before",
     "v2 - > CHECK_VALID  exit 0 -> @4 []\nv3 - > CHECK_VALID  exit 0 -> @4 link []"),
    ("line 2, column 41: > and ! do not say what the snapshots do", "v2 - GUARD_TYPE v1, int  exit 0 -> @4 []"),
    ("line 2, column 26: > and ! do not say what the snapshots do", "v2 - > GUARD_TYPE v1, int"),
    ("line 2, column 34: > and ! do not say what the snapshots do", "v2 - UNARY_NEGATIVE v1  popped []"),
    ("line 2, column 25: > and ! do not say what the snapshots do", "v2 - ! UNARY_NEGATIVE v1"),
    ("line 2, column 27: the end of the line is expected", "v2 - ! UNARY_NEGATIVE v1  error"),
    ("line 2, column 38: the end of the line is expected", "v2 - ! UNARY_NEGATIVE v1  popped []  error []"),
    ("line 2, column 41: the end of the line is expected", "v2 - > CALL_KNOWN 0 g  exit 0 -> @4 []  waits"),
    ("line 2, column 37: the end of the line is expected", "v2 - ! UNARY_NEGATIVE v1  waits []  popped []"),
    ("line 2, column 34: the end of the line is expected", "v2 - > CALL_KNOWN 0 g  waits []  exit 0 -> @4 []"),
    ("line 2, column 18: an operand of the micro-op is expected", "v2 - CALL_KNOWN 0"),
    ("line 2, column 17: an instruction is expected", "; f.py:1  NOP @0"),
    ("line 3, column 3: an instruction is expected", "; f.py:1  NOP @0\n; f.py:1  NOP @2\nv1 - ENTER"),
    ("line 2, column 25: an instruction is expected", "; in frame 1: g (g.py:1)"),
    ("line 3, column 12: an instruction is expected",
     "; in frame 1: g (g.py:1)\n; in frame 2: g (g.py:1)\nv1 - ENTER"),
    ("line 2, column 13: this is the current frame", "; in frame 0: f (f.py:1)\nv1 - ENTER"),
    ("line 2, column 12: a number is expected", "; in frame x: g (g.py:1)\nv1 - ENTER"),
    ("line 2, column 12: a number is out of range", "; in frame 2000: g (g.py:1)\nv1 - ENTER"),
    ("line 6, column 15: this frame was another before",
     "; in frame 1: g (g.py:1)\nv1 - ENTER\n; in frame 0: f (f.py:1)\nv2 - ENTER\n; in frame 1: g (g.py:2)\nv3 - ENTER"),
    ("line 2, column 14: a frame's code is expected", "; in frame 1 g (g.py:1)\nv1 - ENTER"),
    ("line 2, column 1: a ref is expected", ";\nv1 - ENTER"),
    ("line 2, column 1: the trace ends where another begins",
     "== trace 2  f (f.py:1)  after build  ops 5->9  0.01 ms  loop"),
    ("line 2, column 1: a constant is used that needs a ref which is free before this one", "v1 - DROP None"),
    ("line 4, column 1: a constant is used that needs a ref which is free before this one",
     "v3 - DROP v2\nv4 - DROP v1\nv5 - DROP 5"),
]

NO_HEADER = [
    "",
    "v1 - ENTER\n",
    "== trace 1  f (f.py:1)  after lower\n",
    "== abort  f (f.py:1)  TOO_SHORT  record: too few instructions\n",
    "== trace 1  f (f.py:1)\n  after build  ",
]


@needs_parser
class MalformedTest(unittest.TestCase):
    """Whatever the text is, it is refused with one line, or there is a trace."""

    def test_messages(self):
        for said, text in MALFORMED:
            with self.subTest(text=text), self.assertRaises(ValueError) as caught:
                parse(HEADER + text)
            self.assertEqual(str(caught.exception), said)

    def test_header(self):
        for text in NO_HEADER:
            with self.subTest(text=text), self.assertRaises(ValueError) as caught:
                parse(text)
            self.assertEqual(str(caught.exception), "line 1, column 1: the header of a trace after build is expected")

    def test_no_text(self):
        self.assertRaises(TypeError, parse, SAMPLE.encode())
        self.assertRaises(TypeError, parse, None)
        self.assertRaises(ValueError, parse, SAMPLE + "\0")
        self.assertRaises(ValueError, parse, SAMPLE.replace("list_iterator", "\udc80"))

    def survive(self, text):
        """Parses a text that may be a trace or not."""
        try:
            printed, broken = parse(text)
        except ValueError as error:
            self.assertRegex(str(error), ERROR)
            self.assertNotIn("\n", str(error))
        else:
            self.assertEqual(parse(printed), (printed, broken))

    def test_truncated(self):
        for end in range(len(SAMPLE)):
            self.survive(SAMPLE[:end])

    def test_without_a_line(self):
        lines = SAMPLE.splitlines(keepends=True)
        for k in range(len(lines)):
            self.survive("".join(lines[:k] + lines[k + 1:]))
            self.survive("".join(lines[:k] + lines[k:k + 1] * 2 + lines[k + 1:]))

    def test_changed(self):
        chance = random.Random(1)
        for at in range(len(SAMPLE)):
            for new in chance.sample("v09-+>!=<,[]'\"\\ \n;@#obpNbAz\xe9\u20ac\x7f", 5):
                self.survive(SAMPLE[:at] + new + SAMPLE[at + 1:])
            self.survive(SAMPLE[:at] + SAMPLE[at + 1:])

    def test_other_refs(self):
        chance = random.Random(2)
        refs = [match.span() for match in re.finditer(r"\bv\d+\b", SAMPLE)]
        for start, end in refs:
            for new in ("v1", "v29999", "NULL", "7", f"v{chance.randrange(1, 40)}", f"v{chance.randrange(1, 40)}"):
                self.survive(SAMPLE[:start] + new + SAMPLE[end:])

    def test_other_operations(self):
        # Each operation that occurs in the place of each other.
        names = set(re.findall(r"(?m)^  v\d+ +[-obp] [> ][! ] (\w+)", SAMPLE))
        for match in re.finditer(r"(?m)^  v\d+ +[-obp] [> ][! ] (\w+)", SAMPLE):
            for new in names:
                self.survive(SAMPLE[:match.start(1)] + new + SAMPLE[match.end(1):])

    def test_large(self):
        self.survive(HEADER + "".join(f"v{n} - ENTER\n" for n in range(1, 30000)))
        self.survive(HEADER + "v1 o ENTRY 0\nv2 - > CHECK_VALID  exit 3999 -> @4  [" + "v1, " * 9999 + "v1]\n")
        self.survive(HEADER + "v1 o ENTRY 0\nv2 - > CHECK_VALID  exit 3999 -> @4  [" + "v1, " * 10000 + "v1]\n")
        self.survive(HEADER + "v29999 - ! BUILD_TUPLE 9999 " + ", ".join(map(str, range(9999))) + " popped []\n")
        self.survive(HEADER + "v1 b LOCAL 0 " + "<" * 100000 + "\n")
        self.survive(HEADER + "v2 - FORGET '" + "\\'" * 100000 + "'\n")


if __name__ == "__main__":
    unittest.main()
