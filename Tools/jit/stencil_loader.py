"""The loader's work in Python: fills holes as the docstring of stencils.py says; runs code where the host can.

Reference for the loaders in C and the means of the tests; nothing that is
installed uses it.
"""

import ctypes
import mmap
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from stencil_link import HOT, RODATA, SYMBOL, Hole, Part, Stencil, Tables

SIZE = 1 << 16  # bytes of a code memory
TRAP = {"x86_64": b"\x0f\x0b", "aarch64": b"\0\0\0\0"}
Entry = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64)


class RangeError(Exception):
    """A value that does not fit into its hole."""


@dataclass(frozen=True)
class At:
    """The start of the stencil with that number in a trace."""

    index: int


@dataclass
class Image:
    """Memory for traces of one architecture, as if it lay at `base`, and what their code may refer to."""

    tables: Tables
    arch: str
    symbols: Mapping[str, int]
    base: int
    memory: bytearray | mmap.mmap
    used: int = 0
    slots: dict[int, int] = field(default_factory=dict)  # value -> address of its slot
    veneers: dict[int, int] = field(default_factory=dict)  # target -> address of its veneer
    rodata: int = 0

    def __post_init__(self) -> None:
        self.by_name = {each.name: each for each in self.tables.stencils}
        self.by_index = {index: key for key, index in self.tables.symbols.items()}
        self.rodata = self.place(bytes(self.tables.rodata), self.tables.rodata_align)

    def place(self, data: bytes, align: int = 1) -> int:
        """Copy bytes into the memory; their address."""
        self.used += -self.used % align
        address = self.base + self.used
        self.memory[self.used : self.used + len(data)] = data
        self.used += len(data)
        return address

    def rewind(self, used: int) -> None:
        """Give up what was placed since `used` was that."""
        self.used = used
        for found in (self.slots, self.veneers):
            for value in [value for value, address in found.items() if address >= self.base + used]:
                del found[value]

    def stencil(self, name: str) -> Stencil:
        """The stencil of that name; raises KeyError."""
        return self.by_name[name]

    def load(self, names: Sequence[str], holes: Sequence[Mapping[str, "int | At"]]) -> list[int]:
        """Copy a trace: the addresses of its stencils' hot parts and of the end, where a trap lies.

        As emit.c does: all hot parts, then all cold ones, then the pool.
        """
        chosen = [self.stencil(name) for name in names]
        self.place(b"", 16)
        hot = [self.place(stencil.hot.code) for stencil in chosen]
        hot.append(self.place(TRAP[self.arch]))
        self.place(b"", 16)
        cold = [self.place(stencil.cold.code) for stencil in chosen]
        for index, stencil in enumerate(chosen):
            given = {name: hot[value.index] if isinstance(value, At) else value for name, value in holes[index].items()}
            named = {"CONTINUE": hot[index + 1], **given}
            self.fill(stencil.hot, hot[index], hot[index], cold[index], named)
            self.fill(stencil.cold, cold[index], hot[index], cold[index], named)
        return hot

    def fill(self, part: Part, start: int, hot: int, cold: int, named: Mapping[str, int]) -> None:
        """Fill the holes of one part, which was copied to `start`."""
        for hole in part.holes:
            offset = 0
            if hole.value == SYMBOL:
                name, addend = self.by_index[hole.argument]
                value = self.symbols[name] + addend
            else:
                value = {RODATA: self.rodata, HOT: hot, "COLD": cold, **named}[hole.value]
                offset = hole.argument
            self.write(start + hole.offset, hole, value, offset)

    def write(self, place: int, hole: Hole, value: int, offset: int) -> None:
        """Fill one hole; raises RangeError."""
        kind = hole.kind.name
        if hole.kind.slot:
            if value not in self.slots:
                self.slots[value] = self.place(struct.pack("<Q", value & (1 << 64) - 1), 8)
            value = self.slots[value]
        value += offset
        try:
            if self.arch == "x86_64":
                self.write_x86_64(place, kind, value)
            else:
                self.write_aarch64(place, kind, value)
        except struct.error as error:
            raise RangeError(f"{kind}: {value:#x} at {place:#x}") from error

    def write_x86_64(self, place: int, kind: str, value: int) -> None:
        """Fill a hole in code of x86-64."""
        at = place - self.base
        if kind == "X86_64_64":
            struct.pack_into("<Q", self.memory, at, value & (1 << 64) - 1)
        elif kind == "X86_64_32":
            struct.pack_into("<I", self.memory, at, value)
        elif kind == "X86_64_32S":
            struct.pack_into("<i", self.memory, at, value)
        elif kind == "X86_64_8":
            if value > 127:
                raise RangeError(f"{kind}: {value:#x} at {place:#x}")
            struct.pack_into("<B", self.memory, at, value)
        else:
            if kind == "X86_64_BRANCH32" and not -(2**31) <= value - place - 4 < 2**31:
                value = self.veneer(value, b"\xff\x25\2\0\0\0\xcc\xcc")  # jmp *[rip + 2]
            struct.pack_into("<i", self.memory, at, value - place - 4)

    def veneer(self, target: int, code: bytes) -> int:
        """Address of code that jumps to a far target, whose address lies behind it."""
        if target not in self.veneers:
            self.veneers[target] = self.place(code + struct.pack("<Q", target & (1 << 64) - 1), 8)
        return self.veneers[target]

    def write_aarch64(self, place: int, kind: str, value: int) -> None:
        """Fill a hole in code of AArch64."""
        kind = kind.removeprefix("AARCH64_")
        if kind == "64":
            struct.pack_into("<Q", self.memory, place - self.base, value & (1 << 64) - 1)
        elif kind == "BRANCH26":
            if not -(2**27) <= value - place < 2**27:
                value = self.veneer(value, struct.pack("<II", 0x58000050, 0xD61F0200))  # ldr x16, .+8; br x16
            self.insert(place, self.instructions(place, value), 26, 0)
        elif kind in ("BRANCH19", "BRANCH14"):
            self.insert(place, self.instructions(place, value), int(kind[-2:]), 5)
        elif kind in ("PAGE21", "GOTPAGE21"):
            pages = (value >> 12) - (place >> 12)
            self.insert(place, pages >> 2, 19, 5)
            self.insert(place, pages & 3, 2, 29, signed=False)
        elif kind == "ADD12":
            self.insert(place, value & 0xFFF, 12, 10, signed=False)
        elif kind.startswith("LDST") or kind == "GOTLO12":
            size = 8 if kind == "GOTLO12" else int(kind[4:]) // 8
            if value % size:
                raise RangeError(f"{kind}: {value:#x} is not aligned")
            self.insert(place, (value & 0xFFF) // size, 12, 10, signed=False)
        else:
            self.insert(place, value >> 16 * int(kind.removeprefix("G")) & 0xFFFF, 16, 5, signed=False)

    def instructions(self, place: int, value: int) -> int:
        """How many instructions lie between; raises RangeError."""
        if (value - place) % 4:
            raise RangeError(f"{value:#x} is between two instructions")
        return (value - place) // 4

    def insert(self, place: int, number: int, bits: int, shift: int, *, signed: bool = True) -> None:
        """Put a number into a field of an instruction, which is zero there; raises RangeError."""
        if signed and not -(1 << bits - 1) <= number < 1 << bits - 1:
            raise RangeError(f"{number} in {bits} bits at {place:#x}")
        at = place - self.base
        (word,) = struct.unpack_from("<I", self.memory, at)
        struct.pack_into("<I", self.memory, at, word | (number & (1 << bits) - 1) << shift)


def executable_image(tables: Tables, arch: str, symbols: Mapping[str, int], size: int = SIZE) -> Image:
    """An image in executable memory of this process."""
    memory = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    return Image(tables, arch, symbols, ctypes.addressof(ctypes.c_char.from_buffer(memory)), memory)


def run(image: Image, shim: int, code: int, frame: int, tstate: int = 0) -> int:
    """Enter code of an executable image through the shim stencil at `shim`; what the trace returns."""
    entry: Callable[[int, int, int], int] = Entry(shim)
    return entry(code, frame, tstate)
