"""Turns assembled stencils into code bytes and holes: what a linker would do, but for tables.

Takes object files whose two code sections hold the parts of all stencils (see
postprocess.py); gives stencils whose holes name a value, a symbol, read-only
data or a place in the stencil itself.  Everything that the run-time loader
could not get right fails here and names the stencil.
"""

import bisect
import re
from dataclasses import dataclass, field, replace

from assembly import Frame, Stats, StencilError
from objects import ObjectFile, Relocation, Section, Symbol
from postprocess import Piece
from targets import Kind, Target, TargetError

# Order of the named hole values; any other _JIT_* name follows, sorted.
CODE_VALUES = (
    *("CONTINUE", "EXIT", "ERROR", "ERROR_POPPED", "JUMP"),
    *("DEALLOC", "DEALLOC_INT", "DEALLOC_FLOAT", "INCREF", "DECREF", "NEW_FLOAT", "NEW_INT"),
)
NEAR_VALUES = ("VALID_NEAR",)  # places in reach of the code
FIXED_VALUES = (*CODE_VALUES, "OPARG", "OPERAND", "OPERAND1", "SP", "TARGET", "EXECUTOR", "VALID", *NEAR_VALUES)
SYMBOL, RODATA, HOT, COLD = "SYMBOL", "RODATA", "HOT", "COLD"
NEAR = "NEAR"
# On Windows, clang reads a weak symbol's address from such an object of its own making.
SLOT_NAME = ".refptr._JIT_"
THROUGH_SLOT = {
    "X86_64_PC32": "X86_64_GOTPC32",
    "AARCH64_PAGE21": "AARCH64_GOTPAGE21",
    "AARCH64_LDST64": "AARCH64_GOTLO12",
}
JUMPS = re.compile(rb"(\xe8|\xe9|\x0f[\x80-\x8f])$", re.DOTALL)  # opcodes before a relative code address
BRANCH = re.compile(r"j\w+\s+\.?L")  # to a label of the stencil itself, which the assembler may have resolved
LABELS = ("jit_hot_", "jit_cold_", "jit_frame_")
PART_LIMIT = 1 << 12  # bytes in one part of a stencil: see stencil_header.py


@dataclass(frozen=True)
class Hole:
    """At `offset` of its part: `kind` of relocation, `value` by name, `argument` as the header documents it."""

    offset: int
    kind: Kind
    value: str
    argument: int


@dataclass
class Part:
    """Code of one part; the bytes at the holes are those of the assembler with the hole at zero."""

    code: bytes = b""
    holes: list[Hole] = field(default_factory=list)


@dataclass
class Stencil:
    """One stencil, ready to be written out."""

    name: str
    hot: Part
    cold: Part
    stats: Stats
    text: list[str]  # assembly of both parts
    copied: list[str]  # functions of the source that are part of it
    frames: list[tuple[int, Frame]]  # of the shim: how to unwind, from each of these offsets on


@dataclass
class Tables:
    """All stencils and what they share."""

    stencils: list[Stencil] = field(default_factory=list)
    rodata: bytearray = field(default_factory=bytearray)
    rodata_align: int = 16
    symbols: dict[tuple[str, int], int] = field(default_factory=dict)  # (name, addend) -> index
    functions: set[str] = field(default_factory=set)  # symbols that are functions
    constants: dict[tuple[bytes, int], int] = field(default_factory=dict)  # (bytes, alignment) -> offset

    def symbol(self, name: str, addend: int) -> int:
        """Index of symbol + addend in the table of addresses."""
        return self.symbols.setdefault((name, addend), len(self.symbols))

    def constant(self, data: bytes, align: int) -> int:
        """Offset of `data` in the read-only blob, which grows when no equal constant is there."""
        key = (data, align)
        if key not in self.constants:
            self.rodata_align = max(self.rodata_align, align)
            self.rodata += bytes(-len(self.rodata) % align)
            self.constants[key] = len(self.rodata)
            self.rodata += data
        return self.constants[key]

    def called(self) -> set[str]:
        """Names of the symbols that code calls or jumps to."""
        by_index = {index: name for (name, _), index in self.symbols.items()}
        return {
            by_index[hole.argument]
            for stencil in self.stencils
            for part in (stencil.hot, stencil.cold)
            for hole in part.holes
            if hole.value == SYMBOL and hole.kind.branch
        }

    def values(self) -> list[str]:
        """Names of all named hole values, in the order of the generated enum."""
        found = {hole.value for stencil in self.stencils for part in (stencil.hot, stencil.cold) for hole in part.holes}
        return [*FIXED_VALUES, *sorted(found - {*FIXED_VALUES, SYMBOL, RODATA, HOT, COLD})]


@dataclass
class Linker:
    """Links one object file into the tables; `where` is the stencil that errors name."""

    target: Target
    tables: Tables
    file: ObjectFile
    declared: frozenset[str]  # holes that the source itself declares
    where: str = ""

    def fail(self, message: str) -> StencilError:
        """The error about the current stencil."""
        return StencilError(f"{self.where}: {message}")

    def link(self, pieces: list[Piece]) -> None:
        """Add all stencils of the object file; raises StencilError."""
        marks = {symbol.name: symbol for symbol in self.file.symbols if symbol.name.startswith(LABELS)}
        parts: dict[str, list[Part]] = {}
        bounds: dict[str, list[int]] = {}
        for kind, section_index in zip(("hot", "cold"), self.code_sections(), strict=True):
            ends = [marks[f"jit_{kind}_{number}"].value for number in range(len(pieces) + 1)]
            bounds[kind] = ends
            section = self.file.sections[section_index]
            parts[kind] = [Part(section.data[start:end]) for start, end in zip(ends, ends[1:], strict=False)]
        for kind, section_index in zip(("hot", "cold"), self.code_sections(), strict=True):
            starts = bounds[kind][:-1]
            for relocation in sorted(self.file.sections[section_index].relocations, key=lambda each: each.offset):
                number = bisect.bisect_right(starts, relocation.offset) - 1
                self.where = pieces[number].name
                own = {part: (bounds[part][number], bounds[part][number + 1]) for part in ("hot", "cold")}
                part = parts[kind][number]
                part.holes.append(self.hole(part, starts[number], relocation, own))
        for piece, hot, cold in zip(pieces, parts["hot"], parts["cold"], strict=True):
            self.where = piece.name
            self.shorten(hot, branches=bool(cold.code) or any(BRANCH.match(line) for line in piece.hot))
        for number, (piece, hot, cold) in enumerate(zip(pieces, parts["hot"], parts["cold"], strict=True)):
            for part in (hot, cold):
                if len(part.code) >= PART_LIMIT:
                    raise StencilError(f"{piece.name}: {len(part.code)} bytes of code; the limit is {PART_LIMIT - 1}")
            text = [*piece.hot, "(cold)", *piece.cold] if piece.cold else list(piece.hot)
            starts = [marks[f"jit_frame_{number}_{index}"].value - bounds["hot"][number] for index in range(len(piece.frames))]
            frames = list(zip(starts, piece.frames, strict=True))
            self.tables.stencils.append(Stencil(piece.name, hot, cold, piece.stats, text, piece.helpers, frames))

    def shorten(self, part: Part, branches: bool) -> None:
        """On x86-64, a displacement _JIT_NEAR takes one byte, which no assembler does for what it does not know."""
        near = [index for index, hole in enumerate(part.holes) if hole.value == NEAR and hole.kind.name == "X86_64_32S"]
        for index in near:
            hole = part.holes[index]
            code = bytearray(part.code)
            mode = hole.offset - (2 if code[hole.offset - 2] & 0xC7 == 0x84 else 1)  # a SIB byte follows, or not
            if branches or code[mode] & 0xC0 != 0x80:
                raise self.fail("_JIT_NEAR is for a displacement in code without branches")
            code[mode] ^= 0xC0  # of 32 bits -> of 8
            del code[hole.offset + 1 : hole.offset + 4]
            part.code = bytes(code)
            byte = next(kind for kind in self.target.kinds if kind.name == "X86_64_8")
            part.holes[index] = replace(hole, kind=byte)
            part.holes[index + 1 :] = [replace(other, offset=other.offset - 3) for other in part.holes[index + 1 :]]

    def code_sections(self) -> tuple[int, int]:
        """Indices of the hot and the cold section."""
        names = {
            "elf": (".text.jit_hot", ".text.jit_cold"),
            "macho": ("__jit_hot", "__jit_cold"),
            "coff": (".text$jit_hot", ".text$jit_cold"),
        }
        hot, cold = names[self.target.format]
        return self.file.section(hot), self.file.section(cold)

    def hole(self, part: Part, start: int, relocation: Relocation, own: dict[str, tuple[int, int]]) -> Hole:
        """The hole that stands for one relocation."""
        try:
            kind = self.target.kind(relocation.number)
        except TargetError as error:
            raise self.fail(f"{error} against {relocation.symbol.name}") from None
        offset = relocation.offset - start
        if offset + kind.size > len(part.code):
            raise self.fail("a relocation reaches beyond the stencil's code")
        if kind.name == "X86_64_PC32" and JUMPS.search(part.code[max(offset - 2, 0) : offset]):
            kind = next(each for each in self.target.kinds if each.name == "X86_64_BRANCH32")
        addend = relocation.addend + kind.pc_bias
        symbol = relocation.symbol
        if symbol.name.startswith(SLOT_NAME) and kind.name in THROUGH_SLOT:
            kind = next(each for each in self.target.kinds if each.name == THROUGH_SLOT[kind.name])
            return self.named(offset, kind, symbol.name.removeprefix(SLOT_NAME), addend)
        if symbol.section is not None:
            return self.inner(offset, kind, symbol, addend, own)
        name = symbol.name.removeprefix("_") if self.target.underscore else symbol.name
        if name.startswith("_JIT_"):
            return self.named(offset, kind, name.removeprefix("_JIT_"), addend)
        if kind.absolute32:
            raise self.fail(f"32-bit absolute address of {name}")
        if kind.slot and addend:
            raise self.fail(f"offset {addend} from the slot of {name}")
        return Hole(offset, kind, SYMBOL, self.tables.symbol(name, addend))

    def named(self, offset: int, kind: Kind, value: str, addend: int) -> Hole:
        """A hole for a named value, which, unlike code, is nowhere near: its address means nothing."""
        if value not in (*CODE_VALUES, *NEAR_VALUES) and not kind.branch:
            if f"_JIT_{value}" not in self.declared:
                raise self.fail(f"hole _JIT_{value} must be declared as extern char in the source file itself")
            if not kind.absolute and not kind.slot:
                raise self.fail(f"_JIT_{value} is a value, but the code takes its address ({kind.name})")
        if kind.slot and addend > 0:
            raise self.fail(f"offset {addend} from the slot of _JIT_{value}")
        return Hole(offset, kind, value, addend)

    def inner(self, offset: int, kind: Kind, symbol: Symbol, addend: int, own: dict[str, tuple[int, int]]) -> Hole:
        """A hole for something that the object file itself defines."""
        assert symbol.section is not None
        section = self.file.sections[symbol.section]
        position = symbol.value + addend
        if kind.absolute32:
            raise self.fail(f"32-bit absolute address in section {section.name}")
        hot, cold = self.code_sections()
        for index, part, value in ((hot, "hot", HOT), (cold, "cold", COLD)):
            if symbol.section == index:
                start, end = own[part]
                if kind.absolute:
                    raise self.fail("takes the address of a function that is local to the source")
                if not start <= position <= end:
                    raise self.fail("jumps into another stencil")
                return Hole(offset, kind, value, position - start)
        if section.kind == "data":
            raise self.fail(f"refers to writable data ({section.name}, {symbol.name})")
        if section.kind != "rodata":
            raise self.fail(f"refers to section {section.name} ({section.kind})")
        if section.relocations:
            raise self.fail(f"refers to read-only data that holds addresses ({section.name})")
        # ELF names a constant's own symbol where an offset follows, else the section: then the offset is the constant's.
        whole = symbol.name == section.name
        start = position if whole else symbol.value
        return Hole(offset, kind, RODATA, self.constant(section, start) + (0 if whole else addend))

    def constant(self, section: Section, position: int) -> int:
        """Offset in the read-only blob of the constant at `position` of a read-only section."""
        data = section.data
        if not 0 <= position <= len(data):
            raise self.fail(f"address outside of {section.name}")
        start, end = 0, len(data)
        if self.target.format == "elf":  # the others may fold offsets into addresses
            if section.strings and section.entry == 1:
                start, end = data.rfind(b"\0", 0, position) + 1, data.index(b"\0", position) + 1
            elif section.entry > 1 and not section.strings:
                start = position - position % section.entry
                end = start + section.entry
        return self.tables.constant(data[start:end], section.align) + position - start
