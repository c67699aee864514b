"""Object files as sections, symbols and relocations, whatever the format; the formats have their own modules."""

from dataclasses import dataclass, field


class ObjectError(Exception):
    """Bytes that are not the object file that was expected."""


@dataclass(frozen=True)
class Symbol:
    """A name; `section` is an index into ObjectFile.sections (None: defined elsewhere), `value` an offset in it."""

    name: str
    section: int | None
    value: int = 0


@dataclass(frozen=True)
class Relocation:
    """At `offset` of its section belongs symbol + addend (addend as in ELF: counted from the hole itself)."""

    offset: int
    number: int  # the format's own relocation number
    symbol: Symbol
    addend: int


@dataclass
class Section:
    """One section: `kind` is code, rodata, data or other; `entry` is the element size of mergeable constants."""

    name: str
    kind: str
    data: bytes
    align: int = 1  # bytes
    strings: bool = False
    entry: int = 0
    relocations: list[Relocation] = field(default_factory=list)


@dataclass
class ObjectFile:
    """Everything that stencils need from an object file."""

    format: str
    machine: str
    sections: list[Section]
    symbols: list[Symbol]

    def section(self, name: str) -> int:
        """Index of the only section of that name; raises ObjectError."""
        found = [index for index, section in enumerate(self.sections) if section.name == name]
        if len(found) != 1:
            raise ObjectError(f"{len(found)} sections {name} in the object file")
        return found[0]


def cstring(data: bytes, offset: int) -> str:
    """The NUL-terminated string at `offset`."""
    return data[offset : data.index(b"\0", offset)].decode()
