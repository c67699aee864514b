"""The optimizer's IR as text: what PYTHON_JIT_DUMP prints can be read again, and what is malformed is refused."""

import os
import random
import re
import tempfile
import textwrap
import unittest

from .ir_texts import HEADER, needs_parser, parse, traces
from .support import drive, program_path
from .traces import WARM, dump_of

ERROR = re.compile(r"line \d+, column \d+: [^\n]+")

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

    def test_transcending(self):
        self.program("transcending", "warm", 40)

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
    ("line 2, column 23: a comma is expected", "v2 p FLOAT_FUNCTION v1"),
    ("line 2, column 25: a function is expected", "v2 p FLOAT_FUNCTION v1, "),
    ("line 2, column 33: a function of floats is expected", "v2 p FLOAT_FUNCTION v1, nonsense"),
    ("line 2, column 29: a function of floats is expected", "v2 p FLOAT_FUNCTION v1, sine"),
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
