"""Primitives: which variants there are, and that each does its work and leaves all other registers alone."""

from __future__ import annotations

import ctypes
import platform
import re
import struct
import sys
from collections.abc import Iterator, Sequence
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
typedef struct { PyObject ob_base; struct { uintptr_t lv_tag; uint32_t ob_digit[1]; } long_value; } PyLongObject;
typedef struct {
    uintptr_t registers[8]; _Py_CODEUNIT *instr_ptr; long stacktop; PyObject *localsplus[4]; double floats[8];
} _PyInterpreterFrame;
typedef struct { int x; } PyThreadState;
enum { NON_SIZE_BITS = 3, SIGN_MASK = 3, SIGN_ZERO = 1 };
extern PyObject _Py_TrueStruct, _Py_FalseStruct;
extern PyTypeObject PyFloat_Type;
extern PyObject *PyFloat_FromDouble(double);
#define Py_True (&_Py_TrueStruct)
#define Py_False (&_Py_FalseStruct)
#define Py_TYPE(OP) ((OP)->ob_type)
#define Py_INCREF(OP) ((void)(OP)->ob_refcnt++)
#define _Py_IsImmortal(OP) ((int32_t)(OP)->ob_refcnt < 0)
extern void _Py_Dealloc(PyObject *), PyObject_Free(void *), _PyFloat_ExactDealloc(PyObject *);
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
Made = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_double)
Leave = ctypes.CFUNCTYPE(
    ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64, ctypes.POINTER(ctypes.c_uint64), ctypes.POINTER(ctypes.c_double)
)
DEALLOCATORS = ("_Py_Dealloc", "PyObject_Free", "_PyFloat_ExactDealloc")
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


NAN, INFINITY = float("nan"), float("inf")
FLOAT = Memory(2, FLOAT_TYPE, bits(2.5))
NEW_FLOAT = Memory(1, FLOAT_TYPE, 0)  # what C makes
NO_FLOATS = Memory(0, 0)  # a free list
FULL_LIST = Memory(100, 0x1111_2222_6660)


def number(tag: int, digit: int) -> Memory:
    """An int object."""
    return Memory(5, TYPE.address, tag, digit)


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
    "MOVE": [Case([99], result=99)],
    "IMM": [Case([], {"OPERAND": 0x1234_5678_9ABC_DEF0}, result=0x1234_5678_9ABC_DEF0), Case([], {"OPERAND": 0}, result=0)],
    "IMM32": [Case([], {"OPERAND32": 0xFFFF_FFF0}, result=0xFFFF_FFF0), Case([], {"OPERAND32": 0}, result=0)],
    "INCREF": [Case([Memory(5, 0)], after=[6, 0])],
    "XINCREF": [Case([Memory(5, 0)], after=[6, 0]), Case([0])],
    "DROP": [Case([Memory(5, 0)], after=[4, 0]), Case([Memory(IMMORTAL, 0)], after=[IMMORTAL, 0])],
    "DROP_INT": [Case([Memory(5, 0)], after=[4, 0]), Case([Memory(IMMORTAL, 0)], after=[IMMORTAL, 0])],
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
        Case([number(1 << 3, 7)], result=7),
        Case([number(1 << 3 | 2, 7)], result=-7),
        Case([number(1, 0)], result=0),
        Case([number(2 << 3, 7)], exits=True),
        Case([number(2 << 3 | 2, 7)], exits=True),
    ],
    "SAME": [Case([1 << 40, 1 << 40], result=1), Case([1 << 40, 1], result=0)],
    "INT_TRUTH": [Case([number(1 << 3 | 2, 7)], result=1), Case([number(1, 0)], result=0)],
    "SIZE_TRUTH": [Case([Memory(5, 0, 1 << 40)], result=1), Case([Memory(5, 1, 0)], result=0)],
    "NOT": [Case([0], result=1), Case([1], result=0)],
    "BOOL": [Case([1], result=TRUE), Case([0], result=FALSE)],
    "TYPE_OF": [Case([TYPED], result=TYPE.address)],
    "LOAD": [
        Case([Memory(1, 2, 3)], {"DISP": 16}, result=3),
        Case([TYPED.address + 16], {"DISP": -8}, result=TYPE.address),
    ],
    "STORE": [Case([Memory(1, 2, 3), 99], {"DISP": 8}, after=[1, 99, 3])],
    "SPILL_FLOAT": [Case([struct.unpack("<d", (99).to_bytes(8, "little"))[0]], {"DISP": Frame.localsplus.offset + 8})],
    "FILL_FLOAT": [Case([], {"DISP": Frame.localsplus.offset + 16}, result=struct.unpack("<d", (1002).to_bytes(8, "little"))[0])],
    "MOVE_FLOAT": [Case([-0.0], result=-0.0)],
    "UNBOX_FLOAT": [Case([FLOAT], result=2.5)],
    "FLOAT_AT": [Case([], {"OPERAND": FLOAT.address + 16}, result=2.5)],
    "INT_TO_FLOAT": [Case([(1 << 53) - 1], result=2.0**53 - 1), Case([-7], result=-7.0), Case([0], result=0.0)],
    "BOX_FLOAT": [Case([2.5], {"OPERAND": NO_FLOATS.address}, result=NEW_FLOAT.address)],
    "RENEW_FLOAT": [Case([Memory(1, FLOAT_TYPE, 0), 2.5], {"DISP": 0, "OPERAND": 0}, after=[1, FLOAT_TYPE, bits(2.5)])],
    "FLOAT_ADD": [Case([1.5, 2.25], result=3.75), Case([-0.0, -0.0], result=-0.0)],
    "FLOAT_SUBTRACT": [Case([1.5, 2.25], result=-0.75), Case([INFINITY, 1.0], result=INFINITY)],
    "FLOAT_MULTIPLY": [Case([1.5, 2.5], result=3.75), Case([-1.0, 0.0], result=-0.0)],
    "FLOAT_DIVIDE": [Case([1.0, 3.0], result=1 / 3), Case([-1.0, INFINITY], result=-0.0)],
    "FLOAT_NEGATE": [Case([1.5], result=-1.5), Case([0.0], result=-0.0), Case([-INFINITY], result=INFINITY)],
    "GUARD_FLOAT_NOT_ZERO": [*guard([5e-324], [0.0]), *guard([NAN], [-0.0])],
    **compare_floats("LT:10000001 LE:11010001 EQ:01010000 NE:10101111"),
}


CALLING = {"DROP", "DROP_INT", "DROP_FLOAT", "XDROP", "BOX_FLOAT", "RENEW_FLOAT"}


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
        self.new_float = NEW_FLOAT.address
        self.after_leave = 0
        self.callbacks = [Freed(lambda op, name=name: self.freed.append((name, op))) for name in DEALLOCATORS]
        self.leave, self.make = Leave(self._leave), Made(self._make)
        symbols = {"_Py_TrueStruct": TRUE, "_Py_FalseStruct": FALSE, "PyFloat_Type": FLOAT_TYPE}
        symbols |= {"_PyJIT_Leave": self._address(self.leave), "PyFloat_FromDouble": self._address(self.make)}
        symbols |= {name: self._address(each) for name, each in zip(DEALLOCATORS, self.callbacks, strict=True)}
        self.image = stencil_loader.executable_image(compiled, "x86_64", symbols)
        self.shim = self.image.load(["SHIM"], [{}])[0]
        self.holes = {"EXIT": self.image.load(["STENCIL_GIVE"], [{"OPERAND": LEFT}])[0], "IP": IP}
        self.holes["ERROR"] = self.holes["EXIT"]
        for name in ("DEALLOC", "DEALLOC_INT", "DEALLOC_FLOAT", "NEW_FLOAT"):
            self.holes[name] = self.image.load([f"STENCIL_{name}"], [{}])[0]
        self.start = self.image.used

    @staticmethod
    def _address(function: object) -> int:
        return ctypes.cast(function, ctypes.c_void_p).value or 0  # type: ignore[arg-type]

    def _leave(self, exit: int, frame: int, registers: Sequence[int], floats: Sequence[float]) -> int:
        self.left.append((exit, [registers[i] for i in range(REGISTERS)], [floats[i] for i in range(FLOAT_REGISTERS)]))
        return self.after_leave

    def _make(self, value: float) -> int:
        self.made.append(value)
        return self.new_float

    def run(self, frame: Frame, name: str, holes: dict[str, int]) -> int:
        """Run one stencil between TAKE and GIVE; CONTINUED or LEFT."""
        self.image.used = self.start
        names = ["STENCIL_TAKE", f"STENCIL_{name}", "STENCIL_GIVE"]
        code = self.image.load(names, [{}, self.holes | holes, {"OPERAND": CONTINUED}])
        return stencil_loader.run(self.image, self.shim, code[0], ctypes.addressof(frame))


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
                elif letter in "dm" and not case.exits and name != "RENEW_FLOAT":
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
                assert list(memory.words) == (words if case.after is None else case.after), (case, registers)
            case.restore()
            ran += 1
        assert ran >= (REGISTERS if len(primitive.operands) == 1 else REGISTERS * (REGISTERS - 1))
    assert machine.freed == []


@native
@pytest.mark.parametrize(
    ("name", "function"),
    [("DROP", "_Py_Dealloc"), ("XDROP", "_Py_Dealloc"), ("DROP_INT", "PyObject_Free"), ("DROP_FLOAT", "_PyFloat_ExactDealloc")],
)
def test_the_last_reference_frees_and_keeps_all_registers(machine: Machine, name: str, function: str) -> None:
    for register in range(REGISTERS):
        op = Memory(1, 0)
        frame = fresh_frame()
        frame.registers[register] = op.address
        before, floats = list(frame.registers), list(frame.floats)
        machine.freed.clear()
        assert machine.run(frame, f"P_{name}_{register}", {"OPERAND": FULL_LIST.address}) == CONTINUED
        assert machine.freed == [(function, op.address)]
        assert (list(frame.registers), list(frame.floats)) == (before, floats)
        assert frame.instr_ptr == (0 if name == "DROP_FLOAT" else IP)  # (a float's end runs nothing that looks)


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
def test_a_float_that_is_shared_is_not_renewed(machine: Machine) -> None:
    for count in (2, IMMORTAL):
        for register in range(REGISTERS):
            op, frame = Memory(count, FLOAT_TYPE, bits(7.5)), fresh_frame()
            frame.registers[register] = op.address
            holes = {"OPERAND": NO_FLOATS.address, "DISP": Frame.localsplus.offset + 8}
            assert machine.run(frame, f"P_RENEW_FLOAT_{register}2", holes) == CONTINUED
            assert list(op.words) == [1 if count == 2 else IMMORTAL, FLOAT_TYPE, bits(7.5)]
            assert list(NEW_FLOAT.words) == [1, FLOAT_TYPE, bits(3002.0)]
            assert frame.registers[register] == frame.localsplus[1] == NEW_FLOAT.address
            assert list(frame.floats) == list(fresh_frame().floats)


@native
def test_no_memory_for_a_float(machine: Machine) -> None:
    machine.new_float = 0
    frame = fresh_frame()
    assert machine.run(frame, "P_BOX_FLOAT_42", {"OPERAND": NO_FLOATS.address}) == LEFT
    assert (list(frame.registers), list(frame.floats)) == (list(fresh_frame().registers), list(fresh_frame().floats))
    op = Memory(2, FLOAT_TYPE, bits(7.5))
    frame.registers[4] = op.address
    assert machine.run(frame, "P_RENEW_FLOAT_42", {"OPERAND": NO_FLOATS.address, "DISP": Frame.localsplus.offset}) == LEFT
    assert (frame.registers[4], list(op.words), frame.localsplus[0]) == (op.address, [2, FLOAT_TYPE, bits(7.5)], 1000)


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


@pytest.mark.parametrize("name", ["LOAD", "STORE", "GUARD_BYTE", "GUARD_ZERO", "GUARD_INT_LT_IMM", "GUARD_INT_EQ_IMM"])
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
