"""The verifier of the IR: who gets what is owned, snapshots, and how a trace ends; see test_ir_values.py."""

import os
import re
import unittest

from test.support import REPO_ROOT

from . import test_ir_lifetimes, test_ir_loops, test_ir_values
from .ir_texts import Cases, needs_parser

VERIFIER = os.path.join(REPO_ROOT, "Python", "jit", "ir_verify.c")

CASES = [
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
class SnapshotsTest(Cases, unittest.TestCase):
    """Owners, snapshots, ends."""

    CASES = CASES


class CoverageTest(unittest.TestCase):
    """Of the cases of all four files."""

    @unittest.skipUnless(os.path.exists(VERIFIER), "needs the source")
    def test_each_invariant_has_a_case(self):
        with open(VERIFIER, encoding="utf-8") as file:
            head = file.read().partition("*/")[0]
        stated = re.findall(r"(?m)^ \*   ([A-Z]+)  ", head)
        self.assertEqual(len(stated), len(set(stated)))
        cases = test_ir_values.CASES + test_ir_lifetimes.CASES + test_ir_loops.CASES + CASES
        self.assertEqual({said.split()[0] for said, _ in cases}, set(stated))


if __name__ == "__main__":
    unittest.main()
