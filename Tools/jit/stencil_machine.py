"""A machine for single primitives: what of Python.h they use, the memory that they work on, and a way to run them.

Between the stencils TAKE and GIVE, which fill all registers from a frame and empty them into it, any primitives run.
Functions of the interpreter are Python's here, and note what they were asked for. Means of the tests and of
stencil_bench.py; nothing that is installed uses it.
"""

from __future__ import annotations

import ctypes
import inspect
import mmap
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
from primitives import FLOAT_REGISTERS, REGISTERS, Primitive
from stencil_link import Tables
from uop_macros import MACROS
from uop_stencils import plumbing

# As much of Python.h as primitives use, without headers, which may be missing for another platform.
PRELUDE = """
typedef __UINTPTR_TYPE__ uintptr_t;
typedef __INTPTR_TYPE__ intptr_t;
typedef __UINT64_TYPE__ uint64_t;
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
typedef struct {
    PyObject ob_base; Py_ssize_t length, hash;
    struct { unsigned int interned:2, kind:3, compact:1, ascii:1, statically_allocated:1, :24; } state;
} PyASCIIObject;
#define _Py_SINGLETON(NAME) _Py_##NAME
extern struct { struct { PyASCIIObject _ascii; uint8_t _data[2]; } ascii[128]; } _Py_strings;
struct _PyJIT_Array { PyVarObject ob_base; char *items; Py_ssize_t allocated; const char *typecode; };
typedef struct { PyObject ob_base; int64_t start, step, len; } _PyRangeIterObject;
typedef struct {
    uintptr_t registers[8]; _Py_CODEUNIT *instr_ptr; int64_t stacktop; PyObject *localsplus[4]; double floats[8];
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


_ALL = ", ".join(f"r{i}" for i in range(REGISTERS))
_ALL_FLOATS = ", ".join(f"f{i}" for i in range(FLOAT_REGISTERS))
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
# All the way back while a count in the frame lasts.
AGAIN = 'extern JIT_CODE _JIT_JUMP_FLOATS(JIT_ARGUMENTS_FLOATS) JIT_SYMBOL("_JIT_JUMP");\n' + _frame_stencil(
    "AGAIN",
    f"if (--frame->stacktop != 0) {{ JIT_TAIL(_JIT_JUMP_FLOATS, {_ALL}, deadx, {_ALL_FLOATS}); }} "
    f"JIT_TAIL(_JIT_CONTINUE_FLOATS, {_ALL}, deadx, {_ALL_FLOATS});",
)


class Frame(ctypes.Structure):
    """The frame of PRELUDE: the registers come first."""

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
SMALL = Memory(*[0] * (262 * LONG // 8)).address  # where the small ints lie, from -5 on
CHARACTERS = Memory(*[0] * (128 * TEXT // 8)).address
NEW_FLOAT, NEW_INT = Memory(1, FLOAT_TYPE, 0), Memory(1, TYPE.address, 0)  # what C makes
CONTINUED, LEFT = 1, 2
IP = 0x7777_0000_1111
DATA = {
    "_Py_TrueStruct": TRUE,
    "_Py_FalseStruct": FALSE,
    "PyFloat_Type": FLOAT_TYPE,
    "PyLong_Type": TYPE.address,
    "_PyLong_SMALL_INTS": SMALL,
    "_Py_strings": CHARACTERS,
}
DEALLOCATORS = ("_Py_Dealloc", "_PyLong_ExactDealloc", "_PyFloat_ExactDealloc")
PLUMBING = ("DEALLOC", "DEALLOC_INT", "DEALLOC_FLOAT", "NEW_FLOAT", "NEW_INT")


def small(value: int) -> int:
    """Address of a small int."""
    return SMALL + (5 + value) * LONG


def character(ordinal: int) -> int:
    """Address of the str of one ASCII character."""
    return CHARACTERS + ordinal * TEXT


def compile_text(path: Path, text: str, host: str) -> Tables:
    """The stencils of a source text, which is written to `path`; raises one of stencils.FAILURES."""
    path.write_text(text)
    return stencils.build(stencils.Options(host, path, (), ("-Wno-unused-variable", "-Wno-uninitialized")))[0]


def compile_primitives(
    path: Path,
    host: str,
    chosen: Iterable[Primitive] = primitives.PRIMITIVES,
    wanted: Callable[[Primitive, tuple[int, ...]], bool] = lambda primitive, registers: True,
) -> Tables:
    """The stencils of primitives with all that a machine needs beside them."""
    return compile_text(path, PRELUDE + MACROS + primitives.source(chosen, wanted) + ENDS + AGAIN + plumbing(), host)


@dataclass(frozen=True)
class Callee:
    """A function of the interpreter, of four words (or of one double): what it does here."""

    does: Callable[..., int]
    of_double: bool = False


def _first_arguments(function: Callable[..., int]) -> Callable[..., int]:
    """The function of four words, of which it takes as many as it has parameters."""
    count = len(inspect.signature(function).parameters)
    return lambda *words: function(*words[:count])


class Machine(ABC):
    """Memory for code, and what C functions did: `freed` by which of them, values `made` into objects, registers `left`."""

    def __init__(self, compiled: Tables) -> None:
        self.freed: list[tuple[str, int]] = []
        self.left: list[tuple[int, list[int], list[float]]] = []
        self.made: list[float] = []
        self.new_float, self.new_int = NEW_FLOAT.address, NEW_INT.address
        self.after_leave = 0
        self.frame = ARENA.take(ctypes.sizeof(Frame))
        self.thread = Memory(0, ARENA.address + self.frame + Frame.localsplus.offset)
        words: dict[str, Callable[..., int]] = {name: self._free(name) for name in DEALLOCATORS}
        words |= {"_PyJIT_Leave": self._leave, "PyLong_FromSsize_t": self._make_int}
        callees = {name: Callee(_first_arguments(does)) for name, does in words.items()}
        callees["PyFloat_FromDouble"] = Callee(self._make_float, of_double=True)
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
        return self.new_float

    def _make_int(self, value: int) -> int:
        self.made.append(value - (value >> 63 << 64))
        return self.new_int

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
        return self.run_at(frame, self.load([name], [holes])[0])

    def run_at(self, frame: Frame, code: int) -> int:
        """Run loaded code."""
        place = Frame.from_buffer(ARENA.memory, self.frame)
        ctypes.pointer(place)[0] = frame
        result = self.enter(code, ARENA.address + self.frame, self.thread.address)
        ctypes.pointer(frame)[0] = place
        return result


NATIVE = "x86_64-pc-linux-gnu" if sys.platform == "linux" and platform.machine() == "x86_64" else ""  # what runs without emulation


class Native(Machine):
    """This processor."""

    def __init__(self, compiled: Tables, size: int = stencil_loader.SIZE) -> None:
        self.size = size
        super().__init__(compiled)

    def make_image(self, compiled: Tables, callees: Mapping[str, Callee]) -> stencil_loader.Image:
        """Executable memory of this process."""
        of_double = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_double)
        of_words = ctypes.CFUNCTYPE(ctypes.c_uint64, *[ctypes.c_uint64] * 4)
        self.callbacks = {name: of_double(each.does) if each.of_double else of_words(each.does) for name, each in callees.items()}
        functions = {name: ctypes.cast(each, ctypes.c_void_p).value or 0 for name, each in self.callbacks.items()}
        return stencil_loader.executable_image(compiled, "x86_64", DATA | functions, self.size)

    def enter(self, code: int, frame: int, thread: int) -> int:
        """Call the shim."""
        return stencil_loader.run(self.image, self.shim, code, frame, thread)
