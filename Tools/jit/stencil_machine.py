"""A machine for single primitives: what of Python.h they use, the memory that they work on, and a way to run them.

Between the stencils TAKE and GIVE, which fill all registers from a frame and empty them into it, any primitives run.
Functions of the interpreter are Python's here, and note what they were asked for. Means of the tests and of
stencil_bench.py; nothing that is installed uses it.
"""

from __future__ import annotations

import ctypes
import inspect
import math
import mmap
import os
import platform
import struct
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import primitives
import stencil_loader
import stencils
from primitives import FLOAT_REGISTERS, REGISTERS, SHARED, Primitive, plumbing
from stencil_link import Tables
from targets import find_target
from uop_macros import COMMON
from uop_stencils import shim

# The interpreter's data as it is here (uop_layout.py); in front of the frame, a machine has all registers.
NUMBERS = {
    "JIT_" + pair.partition("=")[0]: int(pair.partition("=")[2])
    for pair in """
        AT_PyObject_ob_refcnt=0 AT_PyObject_ob_type=8 AT_PyVarObject_ob_size=16 AT_PyTypeObject_tp_version_tag=4
        AT_PyFloatObject_ob_fval=16 AT_PyLongObject_long_value_lv_tag=16 AT_PyLongObject_long_value_ob_digit=24
        AT_PyListObject_ob_item=24 AT_PyTupleObject_ob_item=24 AT_PyBytesObject_ob_sval=32
        AT_PyASCIIObject_length=16 AT_PyASCIIObject_state=32 ASCII_BIT=6
        AT__PyJIT_Array_items=24 AT__PyJIT_Array_typecode=40
        AT__PyRangeIterObject_start=16 AT__PyRangeIterObject_step=24 AT__PyRangeIterObject_len=32
        AT__PyInterpreterFrame_instr_ptr=64 AT__PyInterpreterFrame_stacktop=72 AT__PyInterpreterFrame_localsplus=80
        AT__PyThreadStateImpl_jit_spills=8
        AT__Py_int_freelist_numfree=0 AT__Py_int_freelist_items=8 AT__Py_float_freelist_numfree=0 AT__Py_float_freelist_items=8
        SIZE_long=8 SIZE_digit=4 SIZE_void_pointer=8 SIZE_PyLongObject=32 SIZE_PyASCIIObject=40
        PyLong_SHIFT=30 _PY_NSMALLPOSINTS=257 _PY_NSMALLNEGINTS=5 NON_SIZE_BITS=3 SIGN_MASK=3 SIGN_ZERO=1 SIGN_NEGATIVE=2
        PyFloat_MAXFREELIST=100 PyLong_MAXFREELIST=100 SMALL_INTS=0 CHARACTERS=8384 CHARACTER_SIZE=48 RELEASE=1 FREELISTS=1
        """.split()
}
LLVM = os.environ.get("JIT_TEST_LLVM")  # whose clang compiles what runs here (check.py)
# What the shim needs of Python.h.
PRELUDE = """
typedef __UINTPTR_TYPE__ uintptr_t;
typedef struct _object PyObject;
typedef struct _frame _PyInterpreterFrame;
typedef struct _ts PyThreadState;
"""
FRAME = """
typedef struct { uintptr_t registers[8], others[6]; double floats[8]; } machine_frame;
#define FRAME ((machine_frame *)frame)
"""


def _frame_stencil(name: str, body: str) -> str:
    return f"JIT_CODE _JIT_STENCIL_{name}(JIT_ARGUMENTS_FLOATS) {{ PyObject *deadx; {body} }}\n"


_ALL = ", ".join(f"r{i}" for i in range(REGISTERS))
_ALL_FLOATS = ", ".join(f"f{i}" for i in range(FLOAT_REGISTERS))
# All registers from the frame; all registers to the frame, and a number to C.
ENDS = _frame_stencil(
    "TAKE",
    f"JIT_TAIL(_JIT_CONTINUE_FLOATS, {', '.join(f'(PyObject *)FRAME->registers[{i}]' for i in range(REGISTERS))}, deadx, "
    + f"{', '.join(f'FRAME->floats[{i}]' for i in range(FLOAT_REGISTERS))});",
) + _frame_stencil(
    "GIVE",
    "".join(f"FRAME->registers[{i}] = (uintptr_t)r{i}; " for i in range(REGISTERS))
    + "".join(f"FRAME->floats[{i}] = f{i}; " for i in range(FLOAT_REGISTERS))
    + "return (uintptr_t)_JIT_OPERAND;",
)
# All the way back: while a count in the frame lasts, or always.
AGAIN = 'extern JIT_CODE _JIT_JUMP_FLOATS(JIT_ARGUMENTS_FLOATS) JIT_SYMBOL("_JIT_JUMP");\n' + _frame_stencil(
    "AGAIN",
    f"if (--frame->stacktop != 0) {{ JIT_TAIL(_JIT_JUMP_FLOATS, {_ALL}, deadx, {_ALL_FLOATS}); }} "
    f"JIT_TAIL(_JIT_CONTINUE_FLOATS, {_ALL}, deadx, {_ALL_FLOATS});",
)
AGAIN += _frame_stencil("JUMP", f"JIT_TAIL(_JIT_JUMP_FLOATS, {_ALL}, deadx, {_ALL_FLOATS});")


class Frame(ctypes.Structure):
    """That of NUMBERS and FRAME: the registers come first."""

    _fields_ = (
        ("registers", ctypes.c_uint64 * REGISTERS),
        ("instr_ptr", ctypes.c_uint64),
        ("stacktop", ctypes.c_int64),
        ("localsplus", ctypes.c_uint64 * 4),
        ("floats", ctypes.c_double * FLOAT_REGISTERS),
    )


class Arena:
    """Memory of this process that an emulated machine has at the same address."""

    def __init__(self, size: int = 1 << 22) -> None:
        self.memory = mmap.mmap(-1, size)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        self.size, self.used = size, 0

    def take(self, size: int) -> int:
        """Offset of bytes that nothing else has; they stay taken."""
        place, self.used = self.used, self.used + size + -size % 16
        if self.used > self.size:
            raise MemoryError(f"the arena's {self.size} bytes are taken")
        return place


ARENA = Arena()


class Memory:
    """Words that the primitives' operands point to."""

    def __init__(self, *words: int) -> None:
        place = ARENA.take(8 * len(words))
        self.address = ARENA.address + place
        self.words = (ctypes.c_uint64 * len(words)).from_buffer(ARENA.memory, place)
        self.words[:] = list(words)


def bits(value: float) -> int:
    """Those of a double."""
    return int.from_bytes(struct.pack("<d", value), "little")


def of_bits(number: int) -> float:
    """The double that has them."""
    (value,) = struct.unpack("<d", number.to_bytes(8, "little"))
    assert isinstance(value, float)
    return value


# What primitives compare with, and take the address of.
TRUE, FALSE, FLOAT_TYPE = Memory(0).address, Memory(0).address, Memory(0).address
TYPE = Memory(77 << 32)  # its version is 77
LONG = 32  # bytes of an int object of one or two digits
TEXT = 48  # of a str of one ASCII character
RUNTIME = Memory(*[0] * ((262 * LONG + 128 * TEXT) // 8)).address
SMALL = RUNTIME + NUMBERS["JIT_SMALL_INTS"]  # where the small ints lie, from -5 on
CHARACTERS = RUNTIME + NUMBERS["JIT_CHARACTERS"]
NEW_FLOAT, NEW_INT = Memory(1, FLOAT_TYPE, 0), Memory(1, TYPE.address, 0)  # what C makes
CONTINUED, LEFT = 1, 2
IP = 0x7777_0000_1111
# The name of a square root, which FLOAT_FUNCTION calls.
FUNCTION = "a function of a float"
DATA = {
    "_Py_TrueStruct": TRUE,
    "_Py_FalseStruct": FALSE,
    "PyFloat_Type": FLOAT_TYPE,
    "PyLong_Type": TYPE.address,
    "_PyRuntime": RUNTIME,
}
OF_OBJECTS = ("_Py_Dealloc", "_PyLong_ExactDealloc", "_PyFloat_ExactDealloc", "_Py_IncRef", "_Py_DecRef")
PLUMBING = ("DEALLOC", "DEALLOC_INT", "DEALLOC_FLOAT", "INCREF", "DECREF", "NEW_FLOAT", "NEW_INT")


def small(value: int) -> int:
    """Address of a small int."""
    return SMALL + (5 + value) * LONG


def character(ordinal: int) -> int:
    """Address of the str of one ASCII character."""
    return CHARACTERS + ordinal * TEXT


def compile_text(path: Path, text: str, host: str, cache: Path | None = None) -> Tables:
    """The stencils of a source text of primitives, which is written to `path`, and the shim; raises one of stencils.FAILURES."""
    path.write_text(SHARED + FRAME + text)
    other = path.with_name(f"shim_{path.name}")
    other.write_text(PRELUDE + COMMON + shim())
    numbers = NUMBERS | {"JIT_MS_ABI": int(find_target(host).name == "x86_64-windows")}
    options = stencils.Options(host, other, primitives=path, numbers=tuple(numbers.items()), llvm=LLVM, cache=cache)
    return stencils.build(options)[0]


def compile_primitives(
    path: Path,
    host: str,
    chosen: Iterable[Primitive] = primitives.PRIMITIVES,
    wanted: Callable[[Primitive, tuple[int, ...]], bool] = lambda primitive, registers: True,
    cache: Path | None = None,
) -> Tables:
    """The stencils of primitives with all that a machine needs beside them."""
    return compile_text(path, primitives.source(chosen, wanted) + ENDS + AGAIN + plumbing(), host, cache)


@dataclass(frozen=True)
class Callee:
    """A function of the interpreter, of four words (or of so many doubles), which gives a word (or a double): what it does here."""

    does: Callable[..., int | float]
    doubles: int = 0
    gives_double: bool = False


def _first_arguments(function: Callable[..., int]) -> Callable[..., int]:
    """The function of four words, of which it takes as many as it has parameters."""
    count = len(inspect.signature(function).parameters)
    return lambda *words: function(*words[:count])


class Machine(ABC):
    """Memory for code, and what C functions did: `freed` by which of them, values `made` into objects, registers `left`.

    `computed` are the arguments of powers and functions.
    """

    def __init__(self, compiled: Tables) -> None:
        self.freed: list[tuple[str, int]] = []
        self.left: list[tuple[int, list[int], list[float]]] = []
        self.made: list[float] = []
        self.computed: list[tuple[float, ...]] = []
        self.new_float, self.new_int = NEW_FLOAT.address, NEW_INT.address
        self.after_leave = 0
        self.frame = ARENA.take(ctypes.sizeof(Frame))
        self.thread = Memory(0, ARENA.address + self.frame + Frame.localsplus.offset)
        words: dict[str, Callable[..., int]] = {name: self._free(name) for name in OF_OBJECTS}
        words |= {"_PyJIT_Leave": self._leave, "PyLong_FromSsize_t": self._make_int}
        callees = {name: Callee(_first_arguments(does)) for name, does in words.items()}
        callees["PyFloat_FromDouble"] = Callee(self._make_float, doubles=1)
        callees[FUNCTION] = Callee(self._root, doubles=1, gives_double=True)
        callees["_PyJIT_FloatPower"] = Callee(self._power, doubles=2, gives_double=True)
        self.image = self.make_image(compiled, callees)
        self.shim = self.image.load(["SHIM"], [{}])[0]
        self.holes = {"EXIT": self.image.load(["STENCIL_GIVE"], [{"OPERAND": LEFT}])[0], "IP": IP}
        self.holes["ERROR"] = self.holes["EXIT"]
        for name in PLUMBING:
            self.holes[name] = self.image.load([f"STENCIL_{name}"], [{}])[0]
        self.start = self.image.used

    @abstractmethod
    def make_image(self, compiled: Tables, callees: Mapping[str, Callee]) -> stencil_loader.Image:
        """Memory for the code, which may call the functions."""

    @abstractmethod
    def enter(self, code: int, frame: int, thread: int) -> int:
        """Run code from the shim on; what it returns."""

    def _free(self, name: str) -> Callable[..., int]:
        def free(op: int) -> int:
            self.freed.append((name, op))
            return 0

        return free

    def _leave(self, exit: int, frame: int, registers: int, floats: int) -> int:
        values = (ctypes.c_uint64 * REGISTERS).from_address(registers)
        doubles = (ctypes.c_double * FLOAT_REGISTERS).from_address(floats)
        self.left.append((exit, list(values), list(doubles)))
        return self.after_leave

    def _make_float(self, value: float) -> int:
        self.made.append(value)
        NEW_FLOAT.words[0] = 1
        return self.new_float

    def _make_int(self, value: int) -> int:
        self.made.append(value - (value >> 63 << 64))
        return self.new_int

    def _power(self, base: float, exponent: float) -> float:
        self.computed.append((base, exponent))
        try:
            return math.pow(base, exponent)
        except (ValueError, OverflowError):
            return math.nan

    def _root(self, value: float) -> float:
        self.computed.append((value,))
        return math.sqrt(value) if value >= 0.0 else math.nan

    def rewind(self) -> None:
        """Make room for code."""
        self.image.rewind(self.start)

    def load(self, names: Sequence[str], holes: Sequence[Mapping[str, int]]) -> list[int]:
        """Put stencils between TAKE and GIVE: the addresses of all of them."""
        self.rewind()
        names = ["STENCIL_TAKE", *(f"STENCIL_{name}" for name in names), "STENCIL_GIVE"]
        return self.image.load(names, [{}, *({**self.holes, **each} for each in holes), {"OPERAND": CONTINUED}])

    def run(self, frame: Frame, name: str, holes: Mapping[str, int]) -> int:
        """Run one stencil: CONTINUED or LEFT. What has no place in the frame is in its cells here."""
        if name.startswith("P_FLOAT_FUNCTION"):
            holes = {"OPERAND": self.image.symbols[FUNCTION], **holes}
        return self.run_at(frame, self.load([name], [holes])[0])

    def run_at(self, frame: Frame, code: int) -> int:
        """Run loaded code."""
        place = Frame.from_buffer(ARENA.memory, self.frame)
        ctypes.pointer(place)[0] = frame
        result = self.enter(code, ARENA.address + self.frame, self.thread.address)
        ctypes.pointer(frame)[0] = place
        return result


NATIVE = "x86_64-pc-linux-gnu" if sys.platform == "linux" and platform.machine() == "x86_64" else ""  # what runs without emulation


def _prototype(callee: Callee) -> Callable[[Callable[..., int | float]], ctypes._CFunctionType]:
    """The function's type in C."""
    arguments = [ctypes.c_double] * callee.doubles if callee.doubles else [ctypes.c_uint64] * 4
    return ctypes.CFUNCTYPE(ctypes.c_double if callee.gives_double else ctypes.c_uint64, *arguments)


class Native(Machine):
    """This processor."""

    def __init__(self, compiled: Tables, size: int = stencil_loader.SIZE) -> None:
        self.size = size
        super().__init__(compiled)

    def make_image(self, compiled: Tables, callees: Mapping[str, Callee]) -> stencil_loader.Image:
        """Executable memory of this process."""
        self.callbacks = {name: _prototype(each)(each.does) for name, each in callees.items()}
        functions = {name: ctypes.cast(each, ctypes.c_void_p).value or 0 for name, each in self.callbacks.items()}
        return stencil_loader.executable_image(compiled, "x86_64", DATA | functions, self.size)

    def enter(self, code: int, frame: int, thread: int) -> int:
        """Call the shim."""
        return stencil_loader.run(self.image, self.shim, code, frame, thread)
