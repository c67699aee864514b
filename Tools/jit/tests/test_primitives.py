"""Primitives: which variants there are, and that each does its work and leaves all other registers alone."""

from __future__ import annotations

import ctypes
import operator
import platform
import re
import struct
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import stencil_loader
import stencils
from primitives import FLOAT_REGISTERS, PRIMITIVES, REGISTERS, Primitive, source, tables
from stencil_link import Tables
from uop_stencils import MACROS, _plumbing

BY_NAME = {primitive.name: primitive for primitive in PRIMITIVES}
# As much of Python.h as primitives use, without headers, which may be missing for another platform.
PRELUDE = """
typedef __UINTPTR_TYPE__ uintptr_t;
typedef __INTPTR_TYPE__ intptr_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __INT64_TYPE__ int64_t;
typedef __INT32_TYPE__ int32_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT8_TYPE__ uint8_t;
#define NULL ((void *)0)
typedef intptr_t Py_ssize_t;
typedef uint16_t _Py_CODEUNIT;
typedef struct _typeobject PyTypeObject;
typedef struct { Py_ssize_t ob_refcnt; PyTypeObject *ob_type; } PyObject;
typedef struct { PyObject ob_base; Py_ssize_t ob_size; } PyVarObject;
struct _typeobject { uint32_t filler, tp_version_tag; };
typedef struct { PyObject ob_base; double ob_fval; } PyFloatObject;
struct _Py_float_freelist { int numfree; PyFloatObject *items; };
#define WITH_FREELISTS 1
#define PyFloat_MAXFREELIST 100
#define PyLong_MAXFREELIST 100
typedef uint32_t digit;
#define PyLong_SHIFT 30
#define PyLong_MASK ((digit)((1 << PyLong_SHIFT) - 1))
#define _PY_NSMALLPOSINTS 257
#define _PY_NSMALLNEGINTS 5
typedef struct { PyObject ob_base; struct { uintptr_t lv_tag; digit ob_digit[1]; } long_value; } PyLongObject;
struct _Py_int_freelist { int numfree; PyLongObject *items; };
extern PyLongObject _PyLong_SMALL_INTS[];
typedef struct { PyVarObject ob_base; PyObject **ob_item; Py_ssize_t allocated; } PyListObject;
typedef struct { PyVarObject ob_base; PyObject *ob_item[1]; } PyTupleObject;
typedef struct { PyVarObject ob_base; Py_ssize_t ob_shash; char ob_sval[1]; } PyBytesObject;
struct _PyJIT_Array { PyVarObject ob_base; char *items; Py_ssize_t allocated; const char *typecode; };
typedef struct { PyObject ob_base; long start, step, len; } _PyRangeIterObject;
typedef struct {
    uintptr_t registers[8]; _Py_CODEUNIT *instr_ptr; long stacktop; PyObject *localsplus[4]; double floats[8];
} _PyInterpreterFrame;
typedef struct { int x; } PyThreadState;
typedef struct { PyThreadState base; uintptr_t *jit_spills; } _PyThreadStateImpl;
enum { NON_SIZE_BITS = 3, SIGN_MASK = 3, SIGN_ZERO = 1, SIGN_NEGATIVE = 2 };
extern PyObject _Py_TrueStruct, _Py_FalseStruct;
extern PyTypeObject PyFloat_Type, PyLong_Type;
extern PyObject *PyFloat_FromDouble(double), *PyLong_FromSsize_t(Py_ssize_t);
#define Py_True (&_Py_TrueStruct)
#define Py_False (&_Py_FalseStruct)
#define Py_TYPE(OP) ((OP)->ob_type)
#define Py_INCREF(OP) ((void)(OP)->ob_refcnt++)
#define _Py_IsImmortal(OP) ((int32_t)(OP)->ob_refcnt < 0)
extern void _Py_Dealloc(PyObject *), _PyLong_ExactDealloc(PyObject *), _PyFloat_ExactDealloc(PyObject *);
"""


def _frame_stencil(name: str, body: str) -> str:
    return f"JIT_CODE _JIT_STENCIL_{name}(JIT_ARGUMENTS_FLOATS) {{ PyObject *deadx; {body} }}\n"


# All registers from the frame; all registers to the frame, and a number to C.
ENDS = _frame_stencil(
    "TAKE",
    f"JIT_TAIL(_JIT_CONTINUE_FLOATS, {', '.join(f'(PyObject *)frame->registers[{i}]' for i in range(REGISTERS))}, deadx, "
    + f"{', '.join(f'frame->floats[{i}]' for i in range(FLOAT_REGISTERS))});",
) + _frame_stencil(
    "GIVE",
    "".join(f"frame->registers[{i}] = (uintptr_t)r{i}; " for i in range(REGISTERS))
    + "".join(f"frame->floats[{i}] = f{i}; " for i in range(FLOAT_REGISTERS))
    + "return (uintptr_t)_JIT_OPERAND;",
)


class Frame(ctypes.Structure):
    """The frame of PRELUDE: the registers come first."""

    _fields_ = (
        ("registers", ctypes.c_uint64 * REGISTERS),
        ("instr_ptr", ctypes.c_uint64),
        ("stacktop", ctypes.c_long),
        ("localsplus", ctypes.c_uint64 * 4),
        ("floats", ctypes.c_double * FLOAT_REGISTERS),
    )


Freed = ctypes.CFUNCTYPE(None, ctypes.c_uint64)
MadeFloat = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_double)
MadeInt = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_int64)
Leave = ctypes.CFUNCTYPE(
    ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64, ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(ctypes.c_double)
)
DEALLOCATORS = ("_Py_Dealloc", "_PyLong_ExactDealloc", "_PyFloat_ExactDealloc")
TRUE, FALSE, FLOAT_TYPE = 0x1111_2222_3330, 0x1111_2222_4440, 0x1111_2222_5550
CONTINUED, LEFT = 1, 2
IP = 0x7777_0000_1111


def test_variants_in_order() -> None:
    assert list(Primitive("X", "a", "").variants()) == [(i,) for i in range(REGISTERS)]
    pairs = list(Primitive("X", "da", "").variants())
    assert len(pairs) == REGISTERS**2
    assert all(pair == divmod(index, REGISTERS) for index, pair in enumerate(pairs))


def test_the_source_has_each_variant_once() -> None:
    expected = [f"{p.name}_{''.join(map(str, registers))}" for p in PRIMITIVES for registers in p.variants()]
    assert re.findall(r"\n_JIT_STENCIL_P_(\w+)\(", source()) == expected


def test_the_table_has_the_variants_at_their_registers() -> None:
    text = tables()
    assert re.findall(r"^    JIT_P_(\w+),", text, re.MULTILINE) == list(BY_NAME)
    rows = {name: row.split(", ") for name, row in re.findall(r"\[JIT_P_(\w+)\] = {(.*)},", text)}
    assert list(rows) == list(BY_NAME)
    assert rows["SPILL"] == [f"JIT_STENCIL_P_SPILL_{i}" for i in range(REGISTERS)]
    assert len(rows["MOVE"]) == REGISTERS**2
    assert rows["MOVE"][REGISTERS * 3 + 5] == "JIT_STENCIL_P_MOVE_35"


def test_comparisons_with_a_constant_are_in_the_order_of_the_others() -> None:
    """As lower.c counts on."""
    names = list(BY_NAME)
    general = [name for name in names if re.fullmatch(r"GUARD_INT_..", name)]
    first = names.index("GUARD_INT_LT_IMM")
    assert names[first : first + 6] == [f"{name}_IMM" for name in general]


class Memory:
    """Words that the primitives' operands point to."""

    def __init__(self, *words: int) -> None:
        self.words = (ctypes.c_uint64 * len(words))(*words)
        self.address = ctypes.addressof(self.words)


TYPE = Memory(77 << 32)  # its version is 77
OTHER_TYPE = Memory(78 << 32)
TYPED = Memory(5, TYPE.address, 0)
IMMORTAL = 0xFFFF_FFFF


def bits(value: float) -> int:
    """Those of a double."""
    return int.from_bytes(struct.pack("<d", value), "little")


def of_bits(number: int) -> float:
    """The double that has them."""
    (value,) = struct.unpack("<d", number.to_bytes(8, "little"))
    assert isinstance(value, float)
    return value


NAN, INFINITY = float("nan"), float("inf")
FLOAT = Memory(2, FLOAT_TYPE, bits(2.5))
NEW_FLOAT = Memory(1, FLOAT_TYPE, 0)  # what C makes
NONE_FREE = Memory(0, 0)  # a free list
FULL_LIST = Memory(100, 0x1111_2222_6660)
MASK = (1 << 30) - 1  # the largest digit
LOW, HIGH = -(1 << 63), (1 << 63) - 1  # of a register


def number(value: int, count: int = 5) -> Memory:
    """An int object, of up to four digits; `count` refer to it."""
    digits = [abs(value) >> shift & MASK for shift in (0, 30, 60, 90)]
    tag = -(-value.bit_length() // 30) << 3 | (1 if value == 0 else 2 if value < 0 else 0)
    return Memory(count, TYPE.address, tag, digits[0] | digits[1] << 32, digits[2] | digits[3] << 32)


LONG = 32  # bytes of an int object of one digit
SMALL = 0x1111_3333_0000  # where the small ints lie, from -5 on
NEW_INT = Memory(1, TYPE.address, 0)  # what C makes
BOXING = {"OPERAND": NONE_FREE.address}
RENEWING = {"DISP": Frame.localsplus.offset + 8}
NARROWED = Memory(1, TYPE.address, 1 << 3, 8 << 32 | 7)  # renewed, it had two digits
WORDS = Memory(0x1000, 0x1001, 0x1002)
LIST = Memory(5, TYPE.address, 3, WORDS.address, 4)
TUPLE = Memory(5, TYPE.address, 3, 0x1000, 0x1001, 0x1002)
BYTES = Memory(5, TYPE.address, 8, 0, 0xFF80_0000_0000_7F41)
DOUBLES, INTS = Memory(ord("d")), Memory(ord("i"))  # typecodes
ARRAY = Memory(5, TYPE.address, 3, WORDS.address, 4, DOUBLES.address)


def small(value: int) -> int:
    """Address of a small int."""
    return SMALL + (5 + value) * LONG


def range_iterator(start: int, step: int, left: int) -> Memory:
    """An iterator over a range."""
    return Memory(5, TYPE.address, start, step, left)


@dataclass
class Case:
    """A primitive's operands (values or memory to point to), its holes, and what comes of it.

    `result` is the value of the register that it writes; `exits` says that it
    leaves instead; `after` are the words of the last memory operand then.
    """

    operands: Sequence[int | float | Memory]
    holes: dict[str, int] = field(default_factory=dict)
    result: int | float | None = None
    exits: bool = False
    after: list[int] | None = None

    def __post_init__(self) -> None:
        self.before = [(each, list(each.words)) for each in self.operands if isinstance(each, Memory)]

    def restore(self) -> None:
        """Undo what a run did to the memory."""
        for memory, words in self.before:
            memory.words[:] = words


def guard(
    good: Sequence[int | float | Memory], bad: Sequence[int | float | Memory], holes: dict[str, int] | None = None
) -> list[Case]:
    """A guard that lets the first operands pass and exits with the others."""
    return [Case(good, holes or {}), Case(bad, holes or {}, exits=True)]


def calculate() -> dict[str, list[Case]]:
    """For each operation: what Python makes of these pairs, cut to a register, or an exit of what is checked."""
    checked: dict[str, Callable[[int, int], int]] = {"ADD": operator.add, "SUBTRACT": operator.sub, "MULTIPLY": operator.mul}
    operations = checked | {"AND": operator.and_, "OR": operator.or_, "XOR": operator.xor}
    pairs = [(-2, 3), (3, 3), (0, -1), (HIGH, 1), (1, LOW), (LOW, -1), (LOW, LOW), (1 << 31, 1 << 32), (-(3 << 31), 3 << 31)]
    found: dict[str, list[Case]] = {}
    for name, operation in operations.items():
        for left, right in pairs:
            result = operation(left, right)
            found.setdefault(f"INT_{name}", []).append(Case([left, right], result=result))
            if name in checked:
                case = Case([left, right], result=result, exits=not LOW <= result <= HIGH)
                found.setdefault(f"INT_{name}_CHECKED", []).append(case)
        if name in ("ADD", "MULTIPLY", "AND"):
            found[f"INT_{name}_IMM"] = [
                Case([left], {"OPERAND32": right}, result=operation(left, right))
                for left in (-7, 1 << 40, HIGH)
                for right in (0, 3, -1, -(1 << 31), (1 << 31) - 1)
            ]
    return found


def divide() -> dict[str, list[Case]]:
    """Operands of all signs, some of which divide without rest, of 32 bits and of more."""
    sizes = [(7, 2), (6, 3), (0, 5), (2, 7), ((1 << 32) - 1, 1 << 31), (1 << 32, 3), (HIGH, 10), (3, 1 << 40), (1 << 40, 1 << 20)]
    pairs = [(left * sign, right * other) for left, right in sizes for sign in (1, -1) for other in (1, -1)]
    pairs += [(LOW, 1), (LOW, 3), (LOW, -3), (LOW, LOW), (HIGH, LOW)]
    return {
        "INT_FLOOR_DIVIDE": [Case(pair, result=pair[0] // pair[1]) for pair in pairs],
        "INT_MODULO": [Case(pair, result=pair[0] % pair[1]) for pair in pairs],
    }


def renew(old: int, value: int) -> Case:
    """An int that is renewed in place (if it gets shorter, the digits behind the first stay)."""
    before, after = number(old, 1), number(value, 1)
    words = [*after.words[:3], before.words[3] >> 32 << 32 | after.words[3], before.words[4]]
    return Case([before, value], RENEWING, after=words if value <= MASK else list(after.words))


def compare(outcomes: str) -> dict[str, list[Case]]:
    """For each comparison: whether it holds for -2 and 3, 3 and 3, 3 and -2."""
    pairs = [(-2, 3), (3, 3), (3, -2)]
    found: dict[str, list[Case]] = {}
    for line in outcomes.split():
        name, _, bits = line.partition(":")
        for (left, right), bit in zip(pairs, bits, strict=True):
            found.setdefault(f"INT_{name}", []).append(Case([left, right], result=int(bit)))
            found.setdefault(f"GUARD_INT_{name}", []).append(Case([left, right], exits=bit == "0"))
            found.setdefault(f"GUARD_INT_{name}_IMM", []).append(Case([left], {"OPERAND32": right}, exits=bit == "0"))
    return found


def compare_floats(outcomes: str) -> dict[str, list[Case]]:
    """For each comparison: whether it holds for these pairs."""
    pairs = [(-2.0, 3.5), (3.5, 3.5), (3.5, -2.0), (0.0, -0.0), (NAN, 1.0), (1.0, NAN), (NAN, NAN), (-INFINITY, INFINITY)]
    found: dict[str, list[Case]] = {}
    for line in outcomes.split():
        name, _, holds = line.partition(":")
        for pair, bit in zip(pairs, holds, strict=True):
            found.setdefault(f"GUARD_FLOAT_{name}", []).append(Case(pair, exits=bit == "0"))
            if name in ("LT", "LE"):
                found.setdefault(f"GUARD_FLOAT_NOT_{name}", []).append(Case(pair, exits=bit == "1"))
    return found


CASES: dict[str, list[Case]] = {
    "SPILL": [Case([99], {"DISP": Frame.localsplus.offset + 8})],
    "FILL": [Case([], {"DISP": Frame.localsplus.offset + 16}, result=1002)],
    "SPILL_NEAR": [Case([99], {"NEAR": Frame.localsplus.offset + 8})],
    "FILL_NEAR": [Case([], {"NEAR": Frame.localsplus.offset + 16}, result=1002)],
    "SPILL_AWAY": [Case([99], {"DISP": 8})],
    "FILL_AWAY": [Case([], {"DISP": 16}, result=1002)],
    "MOVE": [Case([99], result=99)],
    "IMM": [Case([], {"OPERAND": 0x1234_5678_9ABC_DEF0}, result=0x1234_5678_9ABC_DEF0), Case([], {"OPERAND": 0}, result=0)],
    "IMM32": [Case([], {"OPERAND32": 0xFFFF_FFF0}, result=0xFFFF_FFF0), Case([], {"OPERAND32": 0}, result=0)],
    "INCREF": [Case([Memory(5, 0)], after=[6, 0])],
    "XINCREF": [Case([Memory(5, 0)], after=[6, 0]), Case([0])],
    "DROP": [Case([Memory(5, 0)], after=[4, 0]), Case([Memory(IMMORTAL, 0)], after=[IMMORTAL, 0])],
    "DROP_INT": [
        Case([Memory(5, 0)], {"OPERAND": 0}, after=[4, 0]),
        Case([Memory(IMMORTAL, 0)], {"OPERAND": 0}, after=[IMMORTAL, 0]),
    ],
    "DROP_FLOAT": [
        Case([Memory(5, 0)], {"OPERAND": 0}, after=[4, 0]),
        Case([Memory(IMMORTAL, 0)], {"OPERAND": 0}, after=[IMMORTAL, 0]),
    ],
    "XDROP": [Case([Memory(5, 0)], after=[4, 0]), Case([0])],
    "GUARD_TYPE": guard([TYPED], [Memory(5, OTHER_TYPE.address)], {"OPERAND": TYPE.address}),
    "GUARD_VERSION": guard([TYPED], [Memory(5, OTHER_TYPE.address)], {"OPERAND32": 77}),
    "GUARD_IS": guard([TRUE], [FALSE], {"OPERAND": TRUE}),
    "GUARD_IS_NOT": guard([FALSE], [TRUE], {"OPERAND": TRUE}),
    "GUARD_NULL": guard([0], [1 << 40]),
    "GUARD_NOT_NULL": guard([1 << 40], [0]),
    "GUARD_SAME": guard([1 << 40, 1 << 40], [1 << 40, 1]),
    "GUARD_NOT_SAME": guard([1 << 40, 1], [1 << 40, 1 << 40]),
    "GUARD_BYTE": guard([Memory(1, 1 << 40)], [Memory(1, 0xFFFF_00FF_FFFF_FFFF)], {"DISP": 13}),
    "GUARD_ZERO": guard([Memory(1, 0)], [Memory(0, 1 << 40)], {"DISP": 8}),
    "GUARD_TRUE": guard([1], [0]),
    "GUARD_FALSE": guard([0], [1]),
    **compare("LT:100 LE:110 EQ:010 NE:101 GT:001 GE:011"),
    "UNBOX_INT": [
        *(Case([number(value)], result=value) for value in (0, 7, -7, MASK, -MASK)),
        Case([NARROWED], result=7),
        *(Case([number(value)], exits=True) for value in (MASK + 1, -MASK - 1)),
    ],
    "UNBOX_WIDE": [
        *(Case([number(value * sign)], result=value * sign) for value in (0, 7, MASK, MASK + 1, (1 << 60) - 1) for sign in (1, -1)),
        Case([NARROWED], result=7),
        *(Case([number(value)], exits=True) for value in (1 << 60, -(1 << 60), 1 << 90)),
    ],
    **calculate(),
    "INT_SHIFT_LEFT": [Case(pair, result=pair[0] << pair[1]) for pair in ((3, 0), (3, 40), (-3, 5), (3, 63), (5, 5))],
    "INT_SHIFT_RIGHT": [
        Case(pair, result=pair[0] >> pair[1]) for pair in ((3, 0), (3, 1), (-3, 1), (-1, 63), (HIGH, 62), (LOW, 63))
    ],
    **divide(),
    "GUARD_COMPACT": [*guard([MASK], [MASK + 1]), *guard([-MASK], [-MASK - 1]), *guard([0], [HIGH]), *guard([1], [LOW])],
    "BOX_INT": [
        *(Case([value], BOXING, result=small(value)) for value in (-5, -1, 0, 256)),
        *(Case([value], BOXING, result=NEW_INT.address) for value in (-6, 257, LOW, HIGH)),
    ],
    "RENEW_INT": [
        *(renew(old, value) for old in (1000, -1000) for value in (257, MASK)),
        *(renew(MASK + 1, value) for value in (257, MASK, MASK + 1, (1 << 60) - 1)),
        *(renew(old, MASK) for old in (-MASK - 1, 1 - (1 << 60))),
    ],
    "GUARD_INDEX": [
        *guard([0, LIST], [3, LIST]),
        *guard([2, LIST], [-1, LIST]),
        *guard([0, TUPLE], [0, Memory(5, TYPE.address, 0)]),
    ],
    "LIST_ITEM": [Case([i, LIST], result=0x1000 + i) for i in (0, 2)],
    "LIST_PLACE": [Case([i, LIST], result=WORDS.address + 8 * i) for i in (0, 2)],
    "TUPLE_ITEM": [Case([i, TUPLE], result=0x1000 + i) for i in (0, 2)],
    "SIZE": [Case([LIST], result=3), Case([Memory(5, TYPE.address, 0)], result=0)],
    "BYTE_AT": [Case([i, BYTES], result=byte) for i, byte in ((0, 0x41), (1, 0x7F), (6, 0x80), (7, 0xFF))],
    "GUARD_TYPECODE": guard([ARRAY], [Memory(*ARRAY.words[:5], INTS.address)], {"OPERAND32": ord("d")}),
    **{f"ARRAY_PLACE_{size}": [Case([i, ARRAY], result=WORDS.address + i * size) for i in (0, 2, 1 << 33)] for size in (1, 4, 8)},
    "UINT8_AT": [Case([Memory(word)], result=word & 0xFF) for word in (-1, 0x107F)],
    "INT32_AT": [Case([Memory(word, 0)], result=result) for word, result in ((0x1_8000_0000, -(1 << 31)), (-1 << 32 | 7, 7))],
    "INT64_AT": [Case([Memory(word)], result=word) for word in (LOW, HIGH)],
    "SET_UINT8": [Case([Memory(-1), 0x1_23], after=[-1 ^ 0xDC]), Case([Memory(0), 255], after=[255])],
    "SET_INT32": [Case([Memory(0), -2], after=[0xFFFF_FFFE]), Case([Memory(-1), 5 << 32], after=[-1 << 32])],
    "SET_INT64": [Case([Memory(0, 1), LOW], after=[LOW, 1])],
    "GUARD_UNSHARED": [*guard([Memory(1, 0)], [Memory(2, 0)]), Case([Memory(IMMORTAL, 0)], exits=True)],
    "GUARD_RANGE_LEFT": guard([range_iterator(7, 2, 1)], [range_iterator(7, 2, 0)]),
    "RANGE_START": [Case([range_iterator(start, 2, 1)], result=start) for start in (7, -7)],
    "RANGE_ADVANCE": [
        Case([range_iterator(7, 2, 3)], after=[5, TYPE.address, 9, 2, 2]),
        Case([range_iterator(1, -2, 1)], after=[5, TYPE.address, -1, -2, 0]),
    ],
    "SAME": [Case([1 << 40, 1 << 40], result=1), Case([1 << 40, 1], result=0)],
    "INT_TRUTH": [Case([number(-7)], result=1), Case([number(0)], result=0)],
    "SIZE_TRUTH": [Case([Memory(5, 0, 1 << 40)], result=1), Case([Memory(5, 1, 0)], result=0)],
    "NOT": [Case([0], result=1), Case([1], result=0)],
    "BOOL": [Case([1], result=TRUE), Case([0], result=FALSE)],
    "TYPE_OF": [Case([TYPED], result=TYPE.address)],
    "LOAD": [
        Case([Memory(1, 2, 3)], {"DISP": 16}, result=3),
        Case([TYPED.address + 16], {"DISP": -8}, result=TYPE.address),
    ],
    "STORE": [Case([Memory(1, 2, 3), 99], {"DISP": 8}, after=[1, 99, 3])],
    "SPILL_FLOAT": [Case([of_bits(99)], {"DISP": Frame.localsplus.offset + 8})],
    "FILL_FLOAT": [Case([], {"DISP": Frame.localsplus.offset + 16}, result=of_bits(1002))],
    "SPILL_FLOAT_AWAY": [Case([of_bits(99)], {"DISP": 8})],
    "FILL_FLOAT_AWAY": [Case([], {"DISP": 16}, result=of_bits(1002))],
    "MOVE_FLOAT": [Case([-0.0], result=-0.0)],
    "UNBOX_FLOAT": [Case([FLOAT], result=2.5)],
    "FLOAT_AT": [Case([], {"OPERAND": FLOAT.address + 16}, result=2.5)],
    "INT_TO_FLOAT": [Case([(1 << 53) - 1], result=2.0**53 - 1), Case([-7], result=-7.0), Case([0], result=0.0)],
    "BOX_FLOAT": [Case([2.5], {"OPERAND": NONE_FREE.address}, result=NEW_FLOAT.address)],
    "RENEW_FLOAT": [Case([Memory(1, FLOAT_TYPE, 0), 2.5], {"DISP": 0, "OPERAND": 0}, after=[1, FLOAT_TYPE, bits(2.5)])],
    "DOUBLE_AT": [Case([Memory(bits(-0.0))], result=-0.0), Case([FLOAT.address + 16], result=2.5)],
    "SET_DOUBLE": [Case([Memory(7, 8), -0.0], after=[bits(-0.0), 8])],
    "SET_FLOAT": [Case([Memory(2, FLOAT_TYPE, bits(2.5)), INFINITY], after=[2, FLOAT_TYPE, bits(INFINITY)])],
    "FLOAT_ADD": [Case([1.5, 2.25], result=3.75), Case([-0.0, -0.0], result=-0.0)],
    "FLOAT_SUBTRACT": [Case([1.5, 2.25], result=-0.75), Case([INFINITY, 1.0], result=INFINITY)],
    "FLOAT_MULTIPLY": [Case([1.5, 2.5], result=3.75), Case([-1.0, 0.0], result=-0.0)],
    "FLOAT_DIVIDE": [Case([1.0, 3.0], result=1 / 3), Case([-1.0, INFINITY], result=-0.0)],
    "FLOAT_NEGATE": [Case([1.5], result=-1.5), Case([0.0], result=-0.0), Case([-INFINITY], result=INFINITY)],
    "GUARD_FLOAT_NOT_ZERO": [*guard([5e-324], [0.0]), *guard([NAN], [-0.0])],
    **compare_floats("LT:10000001 LE:11010001 EQ:01010000 NE:10101111"),
}


CALLING = {"DROP", "DROP_INT", "DROP_FLOAT", "XDROP", "BOX_FLOAT", "RENEW_FLOAT", "BOX_INT", "RENEW_INT"}


def test_each_primitive_has_cases() -> None:
    assert set(CASES) == set(BY_NAME)


def compile_text(path: Path, text: str, host: str) -> Tables:
    """The stencils of a source text, which is written to `path`."""
    path.write_text(text)
    return stencils.build(stencils.Options(host, path, (), ("-Wno-unused-variable", "-Wno-uninitialized")))[0]


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """All primitives for x86-64 Linux, with the plumbing and the ends."""
    text = PRELUDE + MACROS + source() + ENDS + _plumbing()
    return compile_text(tmp_path_factory.mktemp("primitives") / "source.c", text, "x86_64-pc-linux-gnu")


class Machine:
    """Executable memory for the tables; `freed` notes what was deallocated, and by which function."""

    def __init__(self, compiled: Tables) -> None:
        self.freed: list[tuple[str, int]] = []
        self.left: list[tuple[int, list[int], list[float]]] = []
        self.made: list[float] = []
        self.new_float, self.new_int = NEW_FLOAT.address, NEW_INT.address
        self.after_leave = 0
        self.callbacks = [Freed(lambda op, name=name: self.freed.append((name, op))) for name in DEALLOCATORS]
        self.leave = Leave(self._leave)
        self.make_float, self.make_int = MadeFloat(self._make_float), MadeInt(self._make_int)
        symbols = {"_Py_TrueStruct": TRUE, "_Py_FalseStruct": FALSE, "PyFloat_Type": FLOAT_TYPE}
        symbols |= {"PyLong_Type": TYPE.address, "_PyLong_SMALL_INTS": SMALL}
        symbols |= {"_PyJIT_Leave": self._address(self.leave), "PyFloat_FromDouble": self._address(self.make_float)}
        symbols["PyLong_FromSsize_t"] = self._address(self.make_int)
        symbols |= {name: self._address(each) for name, each in zip(DEALLOCATORS, self.callbacks, strict=True)}
        self.image = stencil_loader.executable_image(compiled, "x86_64", symbols)
        self.shim = self.image.load(["SHIM"], [{}])[0]
        self.holes = {"EXIT": self.image.load(["STENCIL_GIVE"], [{"OPERAND": LEFT}])[0], "IP": IP}
        self.holes["ERROR"] = self.holes["EXIT"]
        for name in ("DEALLOC", "DEALLOC_INT", "DEALLOC_FLOAT", "NEW_FLOAT", "NEW_INT"):
            self.holes[name] = self.image.load([f"STENCIL_{name}"], [{}])[0]
        self.start = self.image.used

    @staticmethod
    def _address(function: object) -> int:
        return ctypes.cast(function, ctypes.c_void_p).value or 0  # type: ignore[arg-type]

    def _leave(self, exit: int, frame: int, registers: Sequence[int], floats: Sequence[float]) -> int:
        self.left.append((exit, [registers[i] for i in range(REGISTERS)], [floats[i] for i in range(FLOAT_REGISTERS)]))
        return self.after_leave

    def _make_float(self, value: float) -> int:
        self.made.append(value)
        return self.new_float

    def _make_int(self, value: int) -> int:
        self.made.append(value)
        return self.new_int

    def run(self, frame: Frame, name: str, holes: dict[str, int]) -> int:
        """Run one stencil between TAKE and GIVE; CONTINUED or LEFT. What has no place in the frame is in its cells here."""
        thread = Memory(0, ctypes.addressof(frame) + Frame.localsplus.offset)
        self.image.used = self.start
        names = ["STENCIL_TAKE", f"STENCIL_{name}", "STENCIL_GIVE"]
        code = self.image.load(names, [{}, self.holes | holes, {"OPERAND": CONTINUED}])
        return stencil_loader.run(self.image, self.shim, code[0], ctypes.addressof(frame), thread.address)


@pytest.fixture
def machine(compiled: Tables) -> Machine:
    """A machine in which nothing has run."""
    return Machine(compiled)


native = pytest.mark.skipif(sys.platform != "linux" or platform.machine() != "x86_64", reason="runs x86-64 Linux code")


def fresh_frame() -> Frame:
    """A frame whose registers hold 2000, 2001 .., and 3000.0 .., and whose cells 1000, 1001 .."""
    frame = Frame()
    frame.floats[:] = [3000.0 + i for i in range(FLOAT_REGISTERS)]
    frame.registers[:] = range(2000, 2000 + REGISTERS)
    frame.localsplus[:] = range(1000, 1004)
    return frame


def runs(primitive: Primitive, case: Case) -> Iterator[tuple[tuple[int, ...], Frame]]:
    """Each variant that can take the operands (in one register only if both are the same), with its frame."""
    read = [letter for letter in primitive.operands if letter not in "dD"]
    values = dict(zip(read, case.operands, strict=True))
    for registers in primitive.variants():
        frame = fresh_frame()
        taken: dict[int, int] = {}
        for letter, register in zip(primitive.operands, registers, strict=True):
            operand = values.get(letter)
            if isinstance(operand, float):
                if bits(operand) != taken.setdefault(-1 - register, bits(operand)):
                    break
                frame.floats[register] = operand
            elif operand is not None:
                value = (operand.address if isinstance(operand, Memory) else operand) & (1 << 64) - 1
                if taken.setdefault(register, value) != value:
                    break
                frame.registers[register] = value
        else:
            yield registers, frame


@native
@pytest.mark.parametrize("name", BY_NAME)
def test_does_its_work_and_nothing_else(machine: Machine, name: str) -> None:
    primitive = BY_NAME[name]
    for case in CASES[name]:
        ran = 0
        for registers, frame in runs(primitive, case):
            expected, floats = list(frame.registers), [bits(each) for each in frame.floats]
            for letter, register in zip(primitive.operands, registers, strict=True):
                if letter in "DM" and not case.exits:
                    assert isinstance(case.result, float)
                    floats[register] = bits(case.result)
                elif letter in "dm" and not case.exits and not name.startswith("RENEW"):
                    assert isinstance(case.result, int)
                    expected[register] = case.result & (1 << 64) - 1
            how = machine.run(frame, f"P_{name}_{''.join(map(str, registers))}", case.holes)
            assert how == (LEFT if case.exits else CONTINUED), (case, registers)
            assert list(frame.registers) == expected, (case, registers)
            assert [bits(each) for each in frame.floats] == floats, (case, registers)
            cells = [1000, 99, 1002, 1003] if name.startswith("SPILL") else [1000, 1001, 1002, 1003]
            assert list(frame.localsplus) == cells, (case, registers)
            assert frame.instr_ptr == frame.stacktop == 0
            for memory, words in case.before:
                assert list(memory.words) == (words if case.after is None else list(Memory(*case.after).words)), (case, registers)
            case.restore()
            ran += 1
        assert ran >= (REGISTERS if len(primitive.operands) == 1 else REGISTERS * (REGISTERS - 1))
    assert machine.freed == []


@native
@pytest.mark.parametrize(
    ("name", "function"),
    [("DROP", "_Py_Dealloc"), ("XDROP", "_Py_Dealloc"), ("DROP_INT", "_PyLong_ExactDealloc"), ("DROP_FLOAT", "_PyFloat_ExactDealloc")],
)
def test_the_last_reference_frees_and_keeps_all_registers(machine: Machine, name: str, function: str) -> None:
    for register in range(REGISTERS):
        op = Memory(1, 0, 1 << 3)
        frame = fresh_frame()
        frame.registers[register] = op.address
        before, floats = list(frame.registers), list(frame.floats)
        machine.freed.clear()
        assert machine.run(frame, f"P_{name}_{register}", {"OPERAND": FULL_LIST.address}) == CONTINUED
        assert machine.freed == [(function, op.address)]
        assert (list(frame.registers), list(frame.floats)) == (before, floats)
        assert frame.instr_ptr == (0 if name in {"DROP_INT", "DROP_FLOAT"} else IP)  # (a number's end runs nothing that looks)


@native
def test_a_float_goes_to_the_free_list_and_comes_from_there(machine: Machine) -> None:
    free, next_free = Memory(3, 0), Memory(0, 0x1111_2222_6660, 0)
    free.words[1] = next_free.address
    for register in range(REGISTERS):
        op, frame = Memory(1, FLOAT_TYPE, 0), fresh_frame()
        frame.registers[register] = op.address
        assert machine.run(frame, f"P_DROP_FLOAT_{register}", {"OPERAND": free.address}) == CONTINUED
        assert (list(free.words), list(op.words[:2])) == ([4, op.address], [0, next_free.address])
        frame.registers[register] = 0
        holes = {"OPERAND": free.address}
        assert machine.run(frame, f"P_BOX_FLOAT_{register}3", holes) == CONTINUED
        assert frame.registers[register] == op.address
        assert (list(free.words), list(op.words)) == ([3, next_free.address], [1, FLOAT_TYPE, bits(3003.0)])
    assert not machine.freed and not machine.made


@native
@pytest.mark.parametrize("value", [257, -6, MASK, -MASK, MASK + 1, -MASK - 1, (1 << 60) - 1, 1 - (1 << 60)])
def test_an_int_goes_to_the_free_list_and_comes_from_there(machine: Machine, value: int) -> None:
    free, next_free = Memory(3, 0), Memory(0, 0x1111_2222_6660, 0)
    free.words[1] = next_free.address
    for register in range(REGISTERS):
        op, frame = number(value // 3, 1), fresh_frame()
        frame.registers[register] = op.address
        assert machine.run(frame, f"P_DROP_INT_{register}", {"OPERAND": free.address}) == CONTINUED
        assert (list(free.words), list(op.words[:2])) == ([4, op.address], [0, next_free.address])
        other = (register + 3) % REGISTERS
        frame.registers[register], frame.registers[other] = 0, value & (1 << 64) - 1
        assert machine.run(frame, f"P_BOX_INT_{register}{other}", {"OPERAND": free.address}) == CONTINUED
        assert frame.registers[register] == op.address
        assert (list(free.words), list(op.words)) == ([3, next_free.address], list(number(value, 1).words))
    assert not machine.freed and not machine.made


@native
@pytest.mark.parametrize("value", [1 << 60, -(1 << 60), 1 << 90])
def test_an_int_of_three_digits_does_not_go_to_the_free_list(machine: Machine, value: int) -> None:
    for register in range(REGISTERS):
        free, op, frame = Memory(3, 0), number(value, 1), fresh_frame()
        frame.registers[register] = op.address
        assert machine.run(frame, f"P_DROP_INT_{register}", {"OPERAND": free.address}) == CONTINUED
        assert machine.freed.pop() == ("_PyLong_ExactDealloc", op.address)
        assert list(free.words) == [3, 0]


@native
def test_c_makes_ints_that_the_free_list_is_not_for(machine: Machine) -> None:
    free = Memory(1, Memory(0, 0, 0, 0).address)
    for value in (0, 256, -5, 1 << 60, -(1 << 60), HIGH, LOW):
        frame = fresh_frame()
        frame.registers[3] = value & (1 << 64) - 1
        assert machine.run(frame, "P_BOX_INT_43", {"OPERAND": free.address}) == CONTINUED
        assert free.words[0] == 1
    assert machine.made == [1 << 60, -(1 << 60), HIGH, LOW]


@native
def test_a_float_that_is_shared_is_not_renewed(machine: Machine) -> None:
    for count in (2, IMMORTAL):
        for register in range(REGISTERS):
            op, frame = Memory(count, FLOAT_TYPE, bits(7.5)), fresh_frame()
            frame.registers[register] = op.address
            holes = {"OPERAND": NONE_FREE.address, "DISP": Frame.localsplus.offset + 8}
            assert machine.run(frame, f"P_RENEW_FLOAT_{register}2", holes) == CONTINUED
            assert list(op.words) == [1 if count == 2 else IMMORTAL, FLOAT_TYPE, bits(7.5)]
            assert list(NEW_FLOAT.words) == [1, FLOAT_TYPE, bits(3002.0)]
            assert frame.registers[register] == frame.localsplus[1] == NEW_FLOAT.address
            assert list(frame.floats) == list(fresh_frame().floats)


@native
def test_no_memory_for_a_float(machine: Machine) -> None:
    machine.new_float = 0
    frame = fresh_frame()
    assert machine.run(frame, "P_BOX_FLOAT_42", {"OPERAND": NONE_FREE.address}) == LEFT
    assert (list(frame.registers), list(frame.floats)) == (list(fresh_frame().registers), list(fresh_frame().floats))
    op = Memory(2, FLOAT_TYPE, bits(7.5))
    frame.registers[4] = op.address
    assert machine.run(frame, "P_RENEW_FLOAT_42", {"OPERAND": NONE_FREE.address, "DISP": Frame.localsplus.offset}) == LEFT
    assert (frame.registers[4], list(op.words), frame.localsplus[0]) == (op.address, [2, FLOAT_TYPE, bits(7.5)], 1000)


@native
def test_c_makes_ints_that_are_not_small(machine: Machine) -> None:
    for value in (-5, 256, -6, 257, LOW, HIGH):
        frame = fresh_frame()
        frame.registers[3] = value & (1 << 64) - 1
        assert machine.run(frame, "P_BOX_INT_43", BOXING) == CONTINUED
    assert machine.made == [-6, 257, LOW, HIGH]


def run_renew_int(machine: Machine, op: Memory, value: int, register: int) -> tuple[int, Frame]:
    """Run RENEW_INT on an object in a register and a value in the next one: how it went on, and the frame.

    All other registers, and the cells but one, are as before.
    """
    frame, other = fresh_frame(), (register + 1) % REGISTERS
    frame.registers[register], frame.registers[other] = op.address, value & (1 << 64) - 1
    before, floats = list(frame.registers), list(frame.floats)
    machine.made.clear()
    machine.freed.clear()
    how = machine.run(frame, f"P_RENEW_INT_{register}{other}", RENEWING)
    before[register] = frame.registers[register]
    assert (list(frame.registers), list(frame.floats)) == (before, floats)
    assert [frame.localsplus[i] for i in (0, 2, 3)] == [1000, 1002, 1003]
    return how, frame


@native
@pytest.mark.parametrize("value", [0, 300, MASK + 1])
@pytest.mark.parametrize("old", [1000, MASK + 1])
@pytest.mark.parametrize("count", [2, IMMORTAL])
def test_an_int_that_is_shared_is_not_renewed(machine: Machine, count: int, old: int, value: int) -> None:
    for register in range(REGISTERS):
        op = number(old, count)
        how, frame = run_renew_int(machine, op, value, register)
        assert how == CONTINUED and not machine.freed
        assert list(op.words) == list(number(old, 1 if count == 2 else IMMORTAL).words)
        assert frame.registers[register] == frame.localsplus[1] == (NEW_INT.address if value else small(0))
        assert machine.made == ([value] if value else [])


@native
@pytest.mark.parametrize(
    ("old", "value"),
    [
        *((1000, value) for value in (256, 0, -5, -6, -MASK, MASK + 1, -MASK - 1, HIGH, LOW)),
        *((MASK + 1, value) for value in (256, -1, -1000, -MASK - 1, 1 << 60, HIGH, LOW)),
        *((old, MASK + 1) for old in (-1000, -MASK - 1, 1 << 60, -(1 << 60))),
        *((old, 1000) for old in (1 << 60, -(1 << 60))),  # (it would be larger than it looks)
    ],
)
def test_an_int_that_has_no_place_for_the_value_is_freed(machine: Machine, old: int, value: int) -> None:
    is_small = -5 <= value <= 256
    for register in range(REGISTERS):
        op = number(old, 1)
        how, frame = run_renew_int(machine, op, value, register)
        assert how == CONTINUED
        assert machine.freed == [("_PyLong_ExactDealloc", op.address)]
        assert list(op.words) == list(number(old, 0).words)
        assert frame.registers[register] == frame.localsplus[1] == (small(value) if is_small else NEW_INT.address)
        assert machine.made == ([] if is_small else [value])


@native
def test_no_memory_for_an_int(machine: Machine) -> None:
    machine.new_int = 0
    frame = fresh_frame()
    assert machine.run(frame, "P_BOX_INT_42", BOXING) == LEFT
    assert (list(frame.registers), list(frame.floats)) == (list(fresh_frame().registers), list(fresh_frame().floats))
    for count in (1, 2, IMMORTAL):
        op = number(1000, count)
        how, frame = run_renew_int(machine, op, 1 << 40, 4)
        assert how == LEFT and not machine.freed
        assert (frame.registers[4], list(op.words)) == (op.address, list(number(1000, count).words))
        assert (frame.localsplus[1], frame.instr_ptr) == (1001, 0)


@native
def test_an_exit_takes_the_registers_to_where_its_record_says(machine: Machine) -> None:
    record = Memory(machine.holes["EXIT"])
    frame = fresh_frame()
    assert machine.run(frame, "EXIT", {"OPERAND": record.address}) == LEFT
    assert list(frame.registers) == list(range(2000, 2000 + REGISTERS))


@native
def test_leaving_shows_all_registers_to_c(machine: Machine) -> None:
    leave = machine.image.load(["STENCIL_LEAVE"], [{}])[0]
    end = machine.image.load(["STENCIL_EXIT_RETURN"], [{}])[0]
    machine.start = machine.image.used
    machine.after_leave = end
    record = Memory(leave)
    assert machine.run(fresh_frame(), "EXIT", {"OPERAND": record.address}) == record.address
    assert machine.left == [(record.address, list(range(2000, 2000 + REGISTERS)), list(fresh_frame().floats))]


@pytest.mark.parametrize(
    "name",
    [
        *("LOAD", "STORE", "GUARD_BYTE", "GUARD_ZERO", "GUARD_INT_LT_IMM", "GUARD_INT_EQ_IMM"),
        *("INT_ADD_IMM", "INT_MULTIPLY_IMM", "INT_AND_IMM"),
    ],
)
def test_aarch64_extends_the_sign_of_holes(tmp_path: Path, name: str) -> None:
    """The instructions that make an immediate of 32 bits there leave the upper half zero."""
    registers = "34"[: len(BY_NAME[name].operands)]
    chosen = [each for each in source().split("JIT_CODE\n") if f"_JIT_STENCIL_P_{name}_{registers}(" in each]
    plain = [each for each in source().split("JIT_CODE\n") if "_JIT_STENCIL_P_IMM32_3(" in each]
    text = PRELUDE + MACROS + "".join(f"JIT_CODE\n{each}" for each in chosen + plain)
    found = compile_text(tmp_path / "source.c", text, "aarch64-unknown-linux-gnu")
    extends = {each.name.split("_")[2]: any("sxtw" in line for line in each.text) for each in found.stencils}
    assert extends == {name.split("_")[0]: True, "IMM32": False}


@pytest.mark.parametrize("primitive", PRIMITIVES, ids=list(BY_NAME))
def test_calls_only_on_the_cold_path(compiled: Tables, primitive: Primitive) -> None:
    found = [each for each in compiled.stencils if re.fullmatch(rf"STENCIL_P_{primitive.name}_\d+", each.name)]
    assert len(found) == REGISTERS ** len(primitive.operands)
    assert not any(each.stats.calls_hot for each in found)
    assert {bool(each.stats.calls) for each in found} == {primitive.name in CALLING}


def test_what_may_change_floats_is_seen(compiled: Tables) -> None:
    by_name = {each.name: each.stats.clobbers for each in compiled.stencils}
    assert by_name["STENCIL_P_FLOAT_ADD_12"] and by_name["STENCIL_LEAVE"] and by_name["STENCIL_P_DROP_1"]
    assert not by_name["STENCIL_EXIT"] and not by_name["STENCIL_P_MOVE_12"]
