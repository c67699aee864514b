"""The verifier of the IR: where a loop begins, and goes round.

The cases are traces in which an invariant of ir_verify.c is broken. Of their lines, those that
begin with < are in the broken trace only, those with > in the valid one only; by where it is checked.
"""

import unittest

from .ir_texts import Cases, needs_parser

CASES = [
    # What was before the loop is used in it.
    ("ALIVE at v6: FLOAT_ADD v2, v2", """
          v1 b LOCAL 0 x
          v2 p UNBOX_FLOAT v1
          v3 p CARRY_FLOAT v2, v7
          v4 - LOOP []
          v5 b LOCAL 0 x
        < v6 p FLOAT_ADD v2, v2
        > v6 p FLOAT_ADD v3, v3
          v7 p FLOAT_ADD v3, v6
          v8 - JUMP_TO_TOP []
        """),
    ("ALIVE at v5: DROP v1, float", """
          v1 o ENTRY 0
          v2 - LOOP [v1]
          v3 o ENTRY 0
        < v5 - DROP v1, float
        > v5 - DROP v3, float
          v6 o ENTRY 0
          v7 - JUMP_TO_TOP [v6]
        """),
    # A stack item is lost where the loop begins.
    ("CONSUMED at v2: LOOP  []", """
          v1 o ENTRY 0
        < v2 - LOOP []
        > v2 - LOOP [v1]
          v3 o ENTRY 0
          v4 - JUMP_TO_TOP [v3]
        """),
    # What is carried is no number, of another kind, not there, or not known any more.
    ("KIND at v3: CARRY v2, v3", """
          v1 b LOCAL 0 x
          v2 p UNBOX_FLOAT v1
        < v3 p CARRY v2, v3
        > v3 p CARRY_FLOAT v2, v3
          v4 - LOOP []
          v5 - JUMP_TO_TOP []
        """),
    ("KIND at v6: JUMP_TO_TOP  []", """
          v1 b LOCAL 0 x
          v2 p UNBOX_FLOAT v1
        < v3 p CARRY_FLOAT v2, v5
        > v3 p CARRY_FLOAT v2, v3
          v4 - LOOP []
          v5 b LOCAL 0 x
          v6 - JUMP_TO_TOP []
        """),
    ("DEFINED at v5: JUMP_TO_TOP  []", """
          v1 b LOCAL 0 x
          v2 p UNBOX_FLOAT v1
        < v3 p CARRY_FLOAT v2, v9
        > v3 p CARRY_FLOAT v2, v3
          v4 - LOOP []
          v5 - JUMP_TO_TOP []
        """),
    ("ALIVE at v5: JUMP_TO_TOP  []", """
          v1 b LOCAL 0 x
          v2 p UNBOX_FLOAT v1
        < v3 p CARRY_FLOAT v2, v2
        > v3 p CARRY_FLOAT v2, v3
          v4 - LOOP []
          v5 - JUMP_TO_TOP []
        """),
    # It is carried into no loop.
    ("LOOP at v5: JUMP_TO_TOP  []", """
          v1 b LOCAL 0 x
          v2 p UNBOX_FLOAT v1
          v3 p CARRY_FLOAT v2, v3
        > v4 - LOOP []
          v5 - JUMP_TO_TOP []
        """),
    ("LOOP at v5: LOOP  []", """
          v1 b LOCAL 0 x
          v2 p UNBOX_FLOAT v1
          v3 p CARRY_FLOAT v2, v3
        < v4 b LOCAL 1 y
          v5 - LOOP []
          v6 - JUMP_TO_TOP []
        """),
    # A loop begins twice.
    ("LOOP at v2: LOOP  []", """
          v1 - LOOP []
        < v2 - LOOP []
          v3 - JUMP_TO_TOP []
        """),
    # It goes round with more items than it began with.
    ("DEPTH at v4: JUMP_TO_TOP  [v2, v3]", """
          v1 - LOOP []
        < v2 o ENTRY 0
        < v3 o ENTRY 1
        < v4 - JUMP_TO_TOP [v2, v3]
        > v4 - JUMP_TO_TOP []
        """),
    # It goes round though the trace may not be valid.
    ("LOOP at v6: JUMP_TO_TOP  []", """
          v1 - LOOP []
          v2 b LOCAL 0 x
          v3 o NEWREF v2
          v4 - DROP v3
        > v5 - > CHECK_VALID  exit 0 -> @4  []
          v6 - JUMP_TO_TOP []
        """),
    # Its snapshot is an exit's.
    ("SNAPSHOT at v1: LOOP  exit 0 -> @4  []", """
        < v1 - > LOOP  exit 0 -> @4  []
        > v1 - LOOP []
          v2 - JUMP_TO_TOP []
        """),
]


@needs_parser
class LoopTest(Cases, unittest.TestCase):
    """LOOP and CARRY."""

    CASES = CASES


if __name__ == "__main__":
    unittest.main()
