"""The verifier of the IR: whether what a value is borrowed from is still there, and locals; see test_ir_values.py."""

import unittest

from .ir_texts import Cases, needs_parser

CASES = [
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
    ("BORROWED at v7: LOAD v2, +8", """
          v1 b LOCAL 0 a
          v2 b LOAD v1, +16
          v3 o NEWREF v1
          v4 b LOAD v1, +24
        < v5 o TAKE v4
        < v6 - STORE v1, v3, +24
          v7 b LOAD v2, +8
        > v8 o TAKE v4
        > v9 - STORE v1, v3, +24
        < v10 - DROP v5
        > v10 - DROP v8
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
    # It holds another object, which what was borrowed from it is not.
    ("ALIVE at v4: UNBOX_FLOAT v1", """
          v1 b LOCAL 0 a
          v2 p UNBOX_FLOAT v1
          v3 b ! RENEW_LOCAL v2, v1, 0 a  error  []
        < v4 p UNBOX_FLOAT v1
        > v4 p UNBOX_FLOAT v3
        """),
    ("ALIVE at v5: RENEW_LOCAL v2, v1, 0 a  error  []", """
          v1 b LOCAL 0 a
          v2 p UNBOX_FLOAT v1
        < v4 - STORE_FAST 0 a NULL
          v5 b ! RENEW_LOCAL v2, v1, 0 a  error  []
        """),
    ("LOCAL at v4: RENEW_LOCAL v3, v1, 1 b  error  []", """
          v1 b LOCAL 0 a
          v2 b LOCAL 1 b
          v3 p UNBOX_FLOAT v1
        < v4 b ! RENEW_LOCAL v3, v1, 1 b  error  []
        > v4 b ! RENEW_LOCAL v3, v2, 1 b  error  []
        """),
    # It is taken, and not set then.
    ("LOCAL at v2: TAKE_LOCAL v1, 0 a", """
          v1 b LOCAL 0 a
          v2 o TAKE_LOCAL v1, 0 a
        > v4 p SET_LOCAL NULL, 0 a
          v5 - DROP v2
        """),
    # The place of an item may be another's by now, or is none.
    ("ITEM at v8: ITEM_AT v4, +0", """
          v1 b LOCAL 0 a
          v2 o ENTRY 0
          v4 p LIST_PLACE 0, v1
          v5 b LOAD v1, +8
          v6 o TAKE v5
          v7 - STORE v1, v2, +8
        < v8 b ITEM_AT v4, +0
        > v10 p LIST_PLACE 0, v1
        > v11 b ITEM_AT v10, +0
          v12 - DROP v6
        """),
    ("ITEM at v5: ITEM_AT v4, +0", """
          v1 b LOCAL 0 a
        < v4 p INT_ADD 1, 2
        > v4 p LIST_PLACE 0, v1
          v5 b ITEM_AT v4, +0
        """),
    ("ITEM at v5: SET_DOUBLE v2, v4", """
          v1 b LOCAL 0 a
        < v2 p INT_TRUTH v1
        > v3 p ARRAY_PLACE_8 0, v1
          v4 p UNBOX_FLOAT v1
        < v5 - SET_DOUBLE v2, v4
        > v5 - SET_DOUBLE v3, v4
        """),
    # It is taken, and nothing takes its place; or the other way round.
    ("ITEM at v6: TAKE v5", """
          v1 o ENTRY 0
          v2 b LOCAL 0 a
          v4 p LIST_PLACE 0, v2
          v5 b ITEM_AT v4, +0
          v6 o TAKE v5
        < v7 - DROP v1
        > v7 - SET_ITEM v4, v1
          v8 - DROP v6
        """),
    # What never dies may wait, if it is in no cell that something else gets.
    ("BORROWED at v8: SAME v3, v3", """
          v1 o ENTRY 0
          v2 b LOCAL 0 a
          v3 b LOAD v2, +16
          v4 b LOAD v2, +24
        > v5 p IMMORTAL v3
          v6 o TAKE v4
          v7 - STORE v2, v1, +24
        < v8 p SAME v3, v3
        > v8 p SAME v5, v5
          v9 - DROP v6
        """),
    ("ITEM at v7: TAKE v5", """
          v1 o ENTRY 0
          v2 b LOCAL 0 a
          v3 b LOCAL 1 b
          v4 o NEWREF v2
          v5 b LOAD v2, +24
          v7 o TAKE v5
        < v8 - STORE v3, v1, +24
        > v8 - STORE v4, v1, +24
          v9 - DROP v7
          v10 - DROP v4
        """),
    ("ITEM at v4: TAKE v3", """
          v1 o ENTRY 0
          v2 b LOCAL 0 a
          v3 b LOAD v2, +24
          v4 o TAKE v3
        < v5 - STORE v2, v1, +32
        > v5 - STORE v2, v1, +24
          v6 - DROP v4
        """),
    ("ITEM at v4: STORE v2, v1, +24", """
          v1 o ENTRY 0
          v2 b LOCAL 0 a
        > v3 b LOAD v2, +24
        > v5 o TAKE v3
        < v4 - STORE v2, v1, +24
        > v6 - STORE v2, v1, +24
        > v7 - DROP v5
        """),
    ("ITEM at v7: SET_ITEM v4, v1", """
          v1 o ENTRY 0
          v2 b LOCAL 0 a
          v4 p LIST_PLACE 0, v2
          v5 b ITEM_AT v4, +0
        > v6 o TAKE v5
          v7 - SET_ITEM v4, v1
        > v8 - DROP v6
        """),

    # What is given up unchecked may be the last reference: nothing says that it is not;
    ("SHARED at v3: DROP_SHARED v1", """
          v1 o ENTRY 0
        > v2 - > GUARD_SHARED v1  exit 0 -> @4  [v1]
          v3 - DROP_SHARED v1
        """),
    # or not of this object;
    ("SHARED at v4: DROP_SHARED v2", """
          v1 o ENTRY 0
          v2 o ENTRY 1
        < v3 - > GUARD_SHARED v1  exit 0 -> @4  [v1, v2]
        > v3 - > GUARD_SHARED v2  exit 0 -> @4  [v1, v2]
          v4 - DROP_SHARED v2
          v5 - DROP v1
        """),
    # or others may have gone since, which something released,
    ("SHARED at v5: DROP_SHARED v2", """
          v1 o ENTRY 0
          v2 o ENTRY 1
          v3 - > GUARD_SHARED v2  exit 0 -> @4  [v1, v2]
        < v4 - DROP v1
          v5 - DROP_SHARED v2
        > v6 - DROP v1
        """),
    # or were given up in the same way: both may be of one object.
    ("SHARED at v7: DROP_SHARED v2", """
          v1 o ENTRY 0
          v2 o ENTRY 1
          v3 - > GUARD_SHARED v1  exit 0 -> @4  [v1, v2]
          v4 - > GUARD_SHARED v2  exit 1 -> @4  [v1, v2]
          v5 - DROP_SHARED v1
        > v6 - > GUARD_SHARED v2  exit 2 -> @6  [v2]
          v7 - DROP_SHARED v2
        """),
    ("SHARED at v7: DROP_SHARED v2", """
          v1 o ENTRY 0
          v2 o ENTRY 1
          v3 - > GUARD_TYPE v1, float  exit 0 -> @4  [v1, v2]
          v4 - > GUARD_SHARED v2  exit 1 -> @4  [v1, v2]
        > v5 - > GUARD_NOT_SAME v1, v2  exit 2 -> @4  [v1, v2]
          v6 - DROP v1, float
          v7 - DROP_SHARED v2
        """),
    # Another local may have another reference, unless it lost it.
    ("SHARED at v14: DROP_SHARED v12", """
          v1 o ENTRY 0
          v2 b LOCAL 0 a
          v3 b LOCAL 1 b
          v4 o NEWREF v2
          v5 o TAKE_LOCAL v3, 1 b
          v6 b SET_LOCAL v4, 1 b
          v7 - DROP v5, int
        < v8 o TAKE_LOCAL v6, 1 b
        < v10 p SET_LOCAL None, 1 b
        < v11 - DROP v8, int
          v12 o TAKE_LOCAL v2, 0 a
          v13 b SET_LOCAL v1, 0 a
          v14 - DROP_SHARED v12
        """),
    # So may the stack, as long as it is there.
    ("SHARED at v7: DROP_SHARED v5", """
          v1 o ENTRY 0
          v2 b LOCAL 0 a
        > v4 o NEWREF v2
          v5 o TAKE_LOCAL v2, 0 a
          v6 b SET_LOCAL v1, 0 a
          v7 - DROP_SHARED v5
        > v8 - DROP v4
        """),
    # An iterator that keeps nothing gave it,
    ("SHARED at v4: DROP_SHARED v3", """
          v1 o ENTRY 0
        < v2 - ! ITER_NEXT_RANGE v1  popped [v1]
        > v2 - ITER_NEXT_LIST v1
          v3 o RESULT v2, 1
          v4 - DROP_SHARED v3
          v5 - DROP v1
        """),
    # or what keeps it may have been changed: by code that the trace does not see, or by the trace.
    ("SHARED at v7: DROP_SHARED v4", """
          v1 o ENTRY 0
          v2 o ENTRY 1
          v3 - ITER_NEXT_TUPLE v1
          v4 o RESULT v3, 1
        > v5 - DROP_SHARED v4
          v6 - DROP v2
        < v7 - DROP_SHARED v4
          v8 - DROP v1
        """),
    ("SHARED at v12: DROP_SHARED v5", """
          v1 o ENTRY 0
          v2 o ENTRY 1
          v3 b LOCAL 0 a
          v4 - ITER_NEXT_LIST v1
          v5 o RESULT v4, 1
        > v6 - DROP_SHARED v5
          v8 p LIST_PLACE 0, v3
          v9 b ITEM_AT v8, +0
          v10 o TAKE v9
          v11 - SET_ITEM v8, v2
        < v12 - DROP_SHARED v5
          v13 - DROP v10
          v14 - DROP v1
        """),
]


@needs_parser
class LifetimesTest(Cases, unittest.TestCase):
    """What is used is alive."""

    CASES = CASES


if __name__ == "__main__":
    unittest.main()
