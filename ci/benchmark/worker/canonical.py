"""Turns a value into text that is the same in every process and interpreter if the value is.

Addresses, temporary folders and the order of sets do not show; types, bit
patterns of floats, the order of dicts and which mutable objects are shared do.
Objects of the program's own classes are taken apart.  Those of other classes
show what their own `__str__` or `__repr__` says, because attributes of library
classes hold caches and change between versions.
"""

import array
import collections
import enum
import functools
import hashlib
import io
import os
import re
import struct
import tempfile
import types
from collections.abc import Iterator
from xml.etree import ElementTree

LIMIT = 100_000  # values in one canonical text; the rest is cut off at the same place everywhere
_ADDRESS = re.compile(r"\b(?:0x[0-9a-fA-F]{5,}|at 0x[0-9a-fA-F]+)\b")
_TEMPORARY = re.compile(re.escape(tempfile.gettempdir()) + r"/tmp[a-z0-9_]+")
_NAMED = (type, types.FunctionType, types.BuiltinFunctionType, types.ModuleType, types.MethodDescriptorType,
          types.WrapperDescriptorType)  # fmt: skip


def strip(text: str) -> str:
    """`text` with addresses and the names of temporary folders replaced."""
    return _TEMPORARY.sub("<temporary>", _ADDRESS.sub("<address>", text))


class _Writer:
    """Walks one value; `parts` is its canonical text in pieces."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.seen: dict[int, int] = {}
        self.alive: list[object] = []  # what `seen` names by id must not be freed
        self.left = LIMIT

    def shared(self, value: object) -> bool:
        """Write a back reference if `value` was met before, else remember it."""
        number = self.seen.setdefault(id(value), len(self.seen))
        if number < len(self.alive):
            self.parts.append(f"#{number}")
            return True
        self.alive.append(value)
        return False

    def write(self, value: object, depth: int = 0) -> None:
        self.left -= 1
        if self.left < 0 or depth > 150:
            self.parts.append("…")
            return
        if not self.atom(value) and not self.container(value, depth):
            self.instance(value, depth)

    def atom(self, value: object) -> bool:
        kind = type(value)
        if value is None or kind in (bool, int, bytes, range, complex):
            # hex(): str() of a huge int is slow and limited.
            text = hex(value) if isinstance(value, int) and abs(value) >> 64 else repr(value)
        elif kind is float:
            assert isinstance(value, float)
            text = f"{value!r}/{struct.pack('>d', value).hex()}" if value != value else repr(value)
        elif isinstance(value, str) and not isinstance(value, enum.Enum):
            text = f"{kind.__name__}:{strip(str.__str__(value))!r}"
        elif isinstance(value, _NAMED):
            text = f"<{getattr(value, '__qualname__', value.__name__)}>"
        elif isinstance(value, types.MethodType):
            text = f"<{value.__func__.__qualname__}>"
        elif isinstance(value, os.stat_result):
            text = f"stat:{value.st_mode}:{value.st_size}"
        elif isinstance(value, re.Pattern):
            text = f"pattern:{value.pattern!r}:{value.flags}:{value.groups}:{dict(value.groupindex)}:{pattern_code(value)}"
        elif isinstance(value, ElementTree.Element):
            text = ElementTree.tostring(value, "unicode")
        elif isinstance(value, io.StringIO | io.BytesIO):
            text = "closed" if value.closed else f"{kind.__name__}:{value.getvalue()!r}"
        else:
            return False
        self.parts.append(text)
        return True

    def container(self, value: object, depth: int) -> bool:
        name = type(value).__name__
        if isinstance(value, tuple):
            self.sequence(name, iter(value), depth)
        elif isinstance(value, list | collections.deque | array.array | bytearray):
            if not self.shared(value):
                self.sequence(name, iter(value), depth)
        elif isinstance(value, dict | types.MappingProxyType):
            if not self.shared(value):
                self.sequence(name, (part for item in list(value.items()) for part in item), depth)
        elif isinstance(value, set | frozenset):
            self.sequence(name, iter(sorted(canonical(item, self.left) for item in value)), depth)
        else:
            return False
        return True

    def sequence(self, name: str, items: Iterator[object], depth: int) -> None:
        self.parts.append(f"{name}(")
        for item in items:
            self.write(item, depth + 1)
            self.parts.append(",")
            if self.left < 0:
                break
        self.parts.append(")")

    def instance(self, value: object, depth: int) -> None:
        kind = type(value)
        if self.shared(value):
            return
        if isinstance(value, BaseException):
            self.sequence(kind.__name__, iter(value.args), depth)
        elif isinstance(value, functools.partial):
            self.sequence("partial", iter((value.func, value.args, value.keywords)), depth)
        elif kind.__module__ == "__main__" and not isinstance(value, enum.Enum):
            self.sequence(kind.__name__, iter(attributes(value)), depth)
        elif (text := own_text(value)) is not None:
            self.parts.append(f"{kind.__name__}:{strip(text)}")
        else:
            self.parts.append(f"<{kind.__qualname__}>")


def attributes(value: object) -> list[object]:
    """Names and values of an object's instance dict and slots, one after the other."""
    found: list[object] = []
    for name, item in getattr(value, "__dict__", {}).items():
        found += (name, item)
    for kind in type(value).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else tuple(slots):
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                found += (name, getattr(value, name))
    return found


def own_text(value: object) -> str | None:
    """What the class of `value` says about it, None if it only says what `object` does."""
    for method in ("__str__", "__repr__"):
        if getattr(type(value), method) is not getattr(object, method):
            try:
                return str(getattr(type(value), method)(value))
            except Exception as error:
                return f"{method} raised {type(error).__name__}"
    return None


def pattern_code(pattern: re.Pattern[str]) -> str:
    """A fingerprint of the compiled code where the implementation's hash covers it and PYTHONHASHSEED is fixed."""
    return hex(hash(pattern)) if os.environ.get("BENCH_SAME_VERSION") == "1" else ""


def canonical(value: object, limit: int = LIMIT) -> str:
    """The canonical text of any value, at most `limit` values long."""
    writer = _Writer()
    writer.left = limit
    writer.write(value)
    return "".join(writer.parts)


def digest(text: str) -> str:
    """16 hexadecimal digits that stand for a canonical text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
