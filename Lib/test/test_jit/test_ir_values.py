"""The verifier of the IR: values, what they are and where they come from.

The cases are traces in which an invariant of ir_verify.c is broken. Of their lines, those that
begin with < are in the broken trace only, those with > in the valid one only; by where it is checked.
"""

import unittest

from .ir_texts import Cases, needs_parser

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
    # It is a float's value where there must be an object, an object, or an int.
    ("KIND at v3: UNBOX_FLOAT v2", """
          v1 b LOCAL 0 a
          v2 p UNBOX_FLOAT v1
        < v3 p UNBOX_FLOAT v2
        > v3 p UNBOX_FLOAT v1
        """),
    ("KIND at v3: FLOAT_ADD v2, v1", """
          v1 b LOCAL 0 a
          v2 p UNBOX_FLOAT v1
        < v3 p FLOAT_ADD v2, v1
        > v3 p FLOAT_ADD v2, v2
        """),
    ("KIND at v4: FLOAT_ADD v2, v3", """
          v1 b LOCAL 0 a
          v2 p UNBOX_FLOAT v1
          v3 p > UNBOX_INT v1  exit 0 -> @4  []
        < v4 p FLOAT_ADD v2, v3
        > v4 p FLOAT_ADD v2, v2
        """),
    ("KIND at v4: GUARD_INT_LT v3, v2  exit 0 -> @4  []", """
          v1 b LOCAL 0 a
          v2 p UNBOX_FLOAT v1
          v3 p > UNBOX_INT v1  exit 0 -> @4  []
        < v4 - > GUARD_INT_LT v3, v2  exit 0 -> @4  []
        > v4 - > GUARD_INT_LT v3, v3  exit 0 -> @4  []
        """),
    ("KIND at v3: GUARD_TYPE v1, float  exit 0 -> @4  [v2]", """
          v1 b LOCAL 0 a
          v2 p UNBOX_FLOAT v1
        < v3 - > GUARD_TYPE v1, float  exit 0 -> @4  [v2]
        > v3 - > GUARD_TYPE v1, float  exit 0 -> @4  [v1]
        """),
    # A float that is made is owned, and it may not be made.
    ("KIND at v3: BOX_FLOAT v2  error  []", """
          v1 b LOCAL 0 a
          v2 p UNBOX_FLOAT v1
        < v3 b ! BOX_FLOAT v2  error  []
        > v3 o ! BOX_FLOAT v2  error  []
        > v4 - DROP v3, float
        """),
    ("SNAPSHOT at v3: BOX_FLOAT v2", """
          v1 b LOCAL 0 a
          v2 p UNBOX_FLOAT v1
        < v3 o BOX_FLOAT v2
        > v3 o ! BOX_FLOAT v2  error  []
          v4 - DROP v3, float
        """),
    ("CONSUMED at v4: BOX_FLOAT v2  error  []", """
          v1 o ENTRY 0
          v2 p UNBOX_FLOAT v1
        < v4 o ! BOX_FLOAT v2  error  []
        > v4 o ! BOX_FLOAT v2  error  [v1]
          v5 - DROP v4, float
          v6 - DROP v1, float
        """),
]


@needs_parser
class ValuesTest(Cases, unittest.TestCase):
    """Operands and results."""

    CASES = CASES


if __name__ == "__main__":
    unittest.main()
