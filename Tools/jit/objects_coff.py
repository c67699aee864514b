"""COFF objects of x64 and ARM64 Windows (Microsoft's PE/COFF specification); addends lie in the code itself."""

import struct

from objects import ObjectError, ObjectFile, Relocation, Section, Symbol, cstring

MACHINES = {0x8664: "x86_64", 0xAA64: "aarch64"}
CODE, DATA, BSS, EXECUTE, READ, WRITE, MANY = 0x20, 0x40, 0x80, 0x20000000, 0x40000000, 0x80000000, 0x01000000
DISCARD, REMOVE = 0x02000000, 0x800
EXTERNAL = 2


def recognise(data: bytes) -> bool:
    """Whether the bytes start like an object for a machine that we know."""
    return len(data) >= 20 and struct.unpack_from("<H", data)[0] in MACHINES


def parse(data: bytes) -> ObjectFile:
    """Parse one object; raises ObjectError."""
    number, count, _, symbol_table, symbol_count, optional, _ = struct.unpack_from("<HHIIIHH", data)
    machine = MACHINES[number]
    strings = symbol_table + 18 * symbol_count

    def name_of(raw: bytes) -> str:
        if raw[:4] == b"\0\0\0\0":
            return cstring(data, strings + int(struct.unpack("<I", raw[4:])[0]))
        text = raw.rstrip(b"\0").decode()
        return cstring(data, strings + int(text[1:])) if text.startswith("/") else text

    sections: list[Section] = []
    places: list[tuple[int, int]] = []
    for index in range(count):
        at = 20 + optional + 40 * index
        raw, _, _, size, start, relocations, _, relocation_count, _, flags = struct.unpack_from("<8sIIIIIIHHI", data, at)
        if flags & MANY and relocation_count == 0xFFFF:  # the first entry holds the true count
            (relocation_count,) = struct.unpack_from("<I", data, relocations)
            relocations, relocation_count = relocations + 10, relocation_count - 1
        contents = bytes(size) if flags & BSS else data[start : start + size]
        align = (flags >> 20) & 15
        name = name_of(raw)
        sections.append(Section(name, classify(flags), contents, 1 << (align - 1) if align else 1))
        places.append((relocations, relocation_count))
    symbols: dict[int, Symbol] = {}
    index = 0
    while index < symbol_count:
        raw, value, section, _, storage, extra = struct.unpack_from("<8sIhHBB", data, symbol_table + 18 * index)
        symbols[index] = Symbol(name_of(raw), section - 1 if section > 0 else None, value)
        index += 1 + extra
    for section, (start, many) in zip(sections, places, strict=True):
        for at in range(start, start + 10 * many, 10):
            offset, symbol, kind = struct.unpack_from("<IIH", data, at)
            kind, addend = addend_at(machine, section.data, offset, kind)
            section.relocations.append(Relocation(offset, kind, symbols[symbol], addend))
        section.data = without_addends(machine, section)
    return ObjectFile("coff", machine, sections, list(symbols.values()))


def classify(flags: int) -> str:
    """What a section is to a stencil."""
    if flags & (DISCARD | REMOVE):
        return "other"
    if flags & (CODE | EXECUTE):
        return "code"
    if flags & (WRITE | BSS):
        return "data"
    return "rodata" if flags & DATA else "other"


def addend_at(machine: str, data: bytes, offset: int, kind: int) -> tuple[int, int]:
    """Relocation number (made more specific where the instruction decides) and addend as ELF counts it."""
    if machine == "x86_64":
        if kind == 1:
            return kind, int(struct.unpack_from("<q", data, offset)[0])
        if kind in (2, 3):
            return kind, int(struct.unpack_from("<i", data, offset)[0])
        if 4 <= kind <= 9:  # relative to the end of the instruction: 4 + (kind - 4) bytes on
            return kind, int(struct.unpack_from("<i", data, offset)[0]) - kind
        return kind, 0
    if kind == 14:
        return kind, int(struct.unpack_from("<q", data, offset)[0])
    (word,) = struct.unpack_from("<I", data, offset)
    return aarch64_addend(kind, word)


def aarch64_addend(kind: int, word: int) -> tuple[int, int]:
    """Likewise for an instruction of AArch64."""
    if kind == 3:
        return kind, signed(word & 0x3FFFFFF, 26) * 4
    if kind == 4:
        return kind, signed((word >> 29 & 3) | (word >> 5 & 0x7FFFF) << 2, 21)
    if kind == 6:
        return kind, word >> 10 & 0xFFF
    if kind == 7:
        scale = load_store_scale(word)
        return 65 + scale, (word >> 10 & 0xFFF) << scale
    if kind == 15:
        return kind, signed(word >> 5 & 0x7FFFF, 19) * 4
    if kind == 16:
        return kind, signed(word >> 5 & 0x3FFF, 14) * 4
    return kind, 0


def load_store_scale(word: int) -> int:
    """log2 of the access size of a load or store with a 12-bit immediate."""
    if word & 0x3B000000 != 0x39000000:
        raise ObjectError(f"instruction {word:08x} has no 12-bit page offset")
    return 4 if word & 0x04800000 == 0x04800000 else word >> 30


def signed(value: int, bits: int) -> int:
    """The value of a two's complement field."""
    return value - (1 << bits) if value >> (bits - 1) else value


FIELDS = {3: 0x03FFFFFF, 4: 0x60FFFFE0, 6: 0x003FFC00, 15: 0x00FFFFE0, 16: 0x0007FFE0} | dict.fromkeys(range(65, 70), 4193280)


def without_addends(machine: str, section: Section) -> bytes:
    """The contents with zeros where addends were."""
    data = bytearray(section.data)
    for relocation in section.relocations:
        size = 8 if (machine, relocation.number) in (("x86_64", 1), ("aarch64", 14)) else 4
        keep = 0
        if machine == "aarch64" and size == 4:
            keep = struct.unpack_from("<I", data, relocation.offset)[0] & ~FIELDS.get(relocation.number, 0xFFFFFFFF)
        data[relocation.offset : relocation.offset + size] = keep.to_bytes(size, "little")
    return bytes(data)
