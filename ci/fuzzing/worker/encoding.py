"""Any value as text that shows its type and its bits, without running a line of the program's code.

Names of builtins are bound here once: programs replace them.
"""

import array
import operator
import struct
import types
import weakref
from builtins import (  # noqa: UP029  -- see above
    BaseException,
    BaseExceptionGroup,
    ascii,
    bool,
    bytearray,
    bytes,
    classmethod,
    complex,
    dict,
    enumerate,
    float,
    frozenset,
    getattr,
    id,
    int,
    isinstance,
    len,
    list,
    object,
    property,
    range,
    set,
    slice,
    sorted,
    staticmethod,
    str,
    tuple,
    type,
)
from collections.abc import Callable, Iterable
from typing import Any

FILENAME = "program.py"  # what programs are compiled as
MAX_NODES = 400  # values shown of one value
MAX_DEPTH = 10
MAX_LOCALS = 40  # shown of a frame, the last ones
PLAIN = (int, float, str, bytes, bool, type(None))
BASES = (int, float, complex, str, bytes, bytearray, tuple, list, dict, set, frozenset)
NAMED = (types.FunctionType, types.BuiltinFunctionType, type)


def bits(value: float) -> str:
    """A float: exact, with the sign of zeros and the bits of NaNs but their sign.

    Which of two NaNs a sum is, C leaves to the compiler, and the interpreter has several ways to add.
    """
    if value != value:
        return f"nan:{struct.unpack('<Q', struct.pack('<d', value))[0] & (1 << 63) - 1:016x}"
    return float.hex(value)


def integer(value: int) -> str:
    """An int, in hexadecimal if it is long."""
    return int.__repr__(value) if int.bit_length(value) < 200 else int.__format__(value, "#x")


class Encoder:
    """Encodes one value (and what it holds); values met again are shown as #N, which also ends cycles."""

    def __init__(self, nodes: int = MAX_NODES) -> None:
        self.seen: dict[int, int] = {}
        self.kept: list[object] = []
        self.nodes = nodes

    def encode(self, value: Any, depth: int = 0) -> str:
        """The value as one line of text."""
        kind = type(value)
        if kind is int:
            return integer(value)
        if kind is str:
            return ascii(value)
        if kind is float:
            return bits(value)
        if kind in (bool, bytes) or value is None or value is Ellipsis or value is NotImplemented:
            return f"{value!r}"
        self.nodes -= 1
        if self.nodes < 0 or depth > MAX_DEPTH:
            return "..."
        if id(value) in self.seen:
            return f"#{self.seen[id(value)]}"
        if kind is not tuple:
            self.seen[id(value)] = len(self.seen)
            self.kept.append(value)
        return self.compound(value, kind, depth + 1)

    def compound(self, value: Any, kind: type, depth: int) -> str:
        """A value that is not a plain scalar."""
        if kind is complex:
            return f"complex({bits(value.real)}, {bits(value.imag)})"
        if issubclass_of(kind, BaseException):
            return self.exception(value, depth)
        if kind in SPECIAL:
            return SPECIAL[kind](self, value, depth)
        if issubclass_of(kind, type):
            return f"<class {type.__getattribute__(value, '__qualname__')}>"
        name = type.__getattribute__(kind, "__qualname__")
        for base in BASES:
            if issubclass_of(kind, base):
                text = self.builtin(value, base, depth)
                return text if kind is base else f"{name}({text}{self.attributes(value, kind, depth)})"
        if type.__getattribute__(kind, "__flags__") & HEAP_TYPE:
            return f"{name}({self.attributes(value, kind, depth)})"
        return f"<{name}>"

    def builtin(self, value: Any, base: type, depth: int) -> str:
        """A value as what one of its bases holds."""
        if base is int:
            return integer(int.__index__(value))
        if base is float:
            return bits(float.__pos__(value))
        if base is complex:
            return f"{complex.__repr__(value)}"
        if base is str:
            return ascii(str.__str__(value))
        if base in (bytes, bytearray):
            return ascii(base.__repr__(value))
        if base is dict:
            pairs = [f"{self.encode(k, depth)}: {self.encode(v, depth)}" for k, v in dict.items(value)]
            return "{" + ", ".join(pairs) + "}"
        items = list(base.__iter__(value))  # type: ignore[attr-defined]
        texts = [self.encode(item, depth) for item in items]
        if base in (set, frozenset):
            # Others have hashes that depend on addresses.
            if any(type(item) not in PLAIN for item in items):
                texts = sorted(texts)
            return f"{base.__name__}{{{', '.join(texts)}}}"
        left, right = "[]" if base is list else "()"
        return left + ", ".join(texts) + right

    def attributes(self, value: object, kind: type, depth: int) -> str:
        """What an instance's dict and slots hold."""
        parts = []
        try:
            names = object.__getattribute__(value, "__dict__")
        except AttributeError:
            names = None
        if type(names) is dict:
            parts += [f" {name}={self.encode(item, depth)}" for name, item in list(names.items())]
        for cls in type.__getattribute__(kind, "__mro__"):
            for name, member in list(type.__getattribute__(cls, "__dict__").items()):
                if type(member) is types.MemberDescriptorType and cls.__flags__ & HEAP_TYPE:
                    try:
                        parts.append(f" {name}={self.encode(member.__get__(value, kind), depth)}")
                    except AttributeError:
                        pass
        return ",".join(parts)

    def exception(self, exc: BaseException, depth: int) -> str:
        """An exception: type, arguments, complete traceback, notes, causes and contexts."""
        parts = [type(exc).__qualname__, self.encode(exc.args, depth)]
        parts.append(traceback_of(exc.__traceback__))
        if isinstance(exc, BaseExceptionGroup):
            parts.append(self.encode(exc.exceptions, depth))
        notes = getattr(exc, "__notes__", None)
        if notes is not None:
            parts.append(f"notes={self.encode(notes, depth)}")
        if exc.__cause__ is not None:
            parts.append(f"cause={self.encode(exc.__cause__, depth)}")
        if exc.__context__ is not None:
            parts.append(f"context={self.encode(exc.__context__, depth)}")
        if exc.__suppress_context__:
            parts.append("suppressed")
        if isinstance(exc, StopIteration):
            parts.append(f"value={self.encode(exc.value, depth)}")
        return f"{{{' '.join(parts)}}}"


def any(values: Iterable[object]) -> bool:
    """As the builtin, which a program may have replaced."""
    for value in values:  # noqa: SIM110
        if value:
            return True
    return False


def issubclass_of(kind: type, base: type) -> bool:
    """Whether a class really has a base, whatever its metaclass says."""
    return base in type.__getattribute__(kind, "__mro__")


def traceback_of(tb: types.TracebackType | None) -> str:
    """A traceback: function, line, instruction and columns of each entry of the program's."""
    entries: list[str] = []
    while tb is not None and len(entries) < 60:
        code = tb.tb_frame.f_code
        if code.co_filename == FILENAME:
            entries.append(f"{code.co_qualname}:{tb.tb_lineno}@{tb.tb_lasti}{columns(code, tb.tb_lasti)}")
        tb = tb.tb_next
    return f"[{' '.join(entries)}]"


def columns(code: types.CodeType, lasti: int) -> str:
    """The source position of an instruction, as (line-line, column-column)."""
    if lasti < 0:
        return ""
    for index, (line, end, start, stop) in enumerate(code.co_positions()):
        if index == lasti // 2:
            return f"({line}-{end},{start}-{stop})"
    return "(?)"


def function(encoder: Encoder, value: Any, depth: int) -> str:
    """A function: its name and its defaults."""
    text = f"<function {value.__qualname__}"
    if value.__defaults__ or value.__kwdefaults__:
        text += f" {encoder.encode(value.__defaults__, depth)} {encoder.encode(value.__kwdefaults__, depth)}"
    return text + ">"


def suspended(encoder: Encoder, value: Any, depth: int) -> str:
    """A generator or coroutine: where it is and its locals."""
    prefix = {types.GeneratorType: "gi", types.CoroutineType: "cr", types.AsyncGeneratorType: "ag"}[type(value)]
    frame = getattr(value, f"{prefix}_frame")
    if frame is None:
        return f"<{type(value).__name__} {value.__qualname__} ended>"
    if getattr(value, f"{prefix}_running"):
        return f"<{type(value).__name__} {value.__qualname__} running>"
    return f"<{type(value).__name__} {value.__qualname__} {frame_of(encoder, frame, depth)}>"


def frame_of(encoder: Encoder, frame: types.FrameType, depth: int = 0) -> str:
    """A frame: function, line, instruction, locals."""
    code = frame.f_code
    text = f"{code.co_qualname}:{frame.f_lineno}@{frame.f_lasti}"
    if code.co_name == "<module>":
        return text
    shown = [f"{name}={encoder.encode(value, depth)}" for name, value in list(frame.f_locals.items())[-MAX_LOCALS:]]
    return f"{text} {{{', '.join(shown)}}}"


def iterator(encoder: Encoder, value: Any, depth: int) -> str:
    """An iterator over a container: how much is left."""
    return f"<{type(value).__name__} {operator.length_hint(value)}>"


def numbers(encoder: Encoder, value: Any, depth: int) -> str:
    """An array: its typecode and its items."""
    return f"array({value.typecode!r}, {encoder.encode(value.tolist(), depth)})"


def reference(encoder: Encoder, value: Any, depth: int) -> str:
    """A weak reference: to what, or dead."""
    target = value()
    return "<dead>" if target is None else f"<ref {type(target).__qualname__}>"


def cell(encoder: Encoder, value: Any, depth: int) -> str:
    """A closure's cell."""
    try:
        return f"<cell {encoder.encode(value.cell_contents, depth)}>"
    except ValueError:
        return "<cell empty>"


def bound(encoder: Encoder, value: Any, depth: int) -> str:
    """A bound method."""
    return f"<method {encoder.encode(value.__func__, depth)} of {encoder.encode(value.__self__, depth)}>"


def wrapper(encoder: Encoder, value: Any, depth: int) -> str:
    """A staticmethod or classmethod."""
    return f"<{type(value).__name__} {encoder.encode(value.__func__, depth)}>"


Special = Callable[[Encoder, Any, int], str]
SPECIAL: dict[type, Special] = {
    types.FunctionType: function,
    types.BuiltinFunctionType: lambda e, v, d: f"<builtin {v.__name__}>",
    types.MethodType: bound,
    types.GeneratorType: suspended,
    types.CoroutineType: suspended,
    types.AsyncGeneratorType: suspended,
    types.FrameType: lambda e, v, d: f"<frame {v.f_code.co_qualname}:{v.f_lineno}@{v.f_lasti}>",
    types.CodeType: lambda e, v, d: f"<code {v.co_qualname}>",
    types.ModuleType: lambda e, v, d: f"<module {v.__name__}>",
    types.CellType: cell,
    types.TracebackType: lambda e, v, d: traceback_of(v),
    array.array: numbers,
    weakref.ref: reference,
    range: lambda e, v, d: range.__repr__(v),
    slice: lambda e, v, d: f"slice({e.encode(v.start, d)}, {e.encode(v.stop, d)}, {e.encode(v.step, d)})",
    staticmethod: wrapper,
    classmethod: wrapper,
    property: lambda e, v, d: "<property>",
    type(iter([])): iterator,
    type(iter(())): iterator,
    type(iter(range(0))): iterator,
    type(iter({})): iterator,
    type(iter("")): iterator,
}

HEAP_TYPE = 1 << 9


def encode(value: object, nodes: int = MAX_NODES) -> str:
    """A value as one line of text."""
    return Encoder(nodes).encode(value)


def stack_of(frame: types.FrameType | None, depth: int) -> Iterable[str]:
    """The program's frames from `frame` outwards, at most `depth`."""
    while frame is not None and depth > 0:
        if frame.f_code.co_filename == FILENAME:
            yield frame_of(Encoder(60), frame)
            depth -= 1
        frame = frame.f_back
