"""Mach-O 64-bit objects of x86-64 and arm64 (<mach-o/reloc.h>, <mach-o/x86_64/reloc.h>, <mach-o/arm64/reloc.h>)."""

import struct

from objects import ObjectError, ObjectFile, Relocation, Section, Symbol, cstring
from objects_coff import load_store_scale, signed

MACHINES = {0x01000007: "x86_64", 0x0100000C: "aarch64"}
SEGMENT, SYMTAB = 0x19, 0x2
CSTRINGS, LITERAL4, LITERAL8, ZEROFILL, LITERAL16 = 2, 3, 4, 1, 14
STAB, TYPE, DEFINED = 0xE0, 0x0E, 0x0E
ARM64_ADDEND = 10
PAGEOFF12 = 4


def recognise(data: bytes) -> bool:
    """Whether the bytes are a little-endian 64-bit Mach-O file."""
    return data[:4] == b"\xcf\xfa\xed\xfe"


def parse(data: bytes) -> ObjectFile:
    """Parse one object; raises ObjectError."""
    _, cpu, _, _, commands, _, _, _ = struct.unpack_from("<8I", data)
    if cpu not in MACHINES:
        raise ObjectError(f"Mach-O processor {cpu:#x} is not supported")
    machine = MACHINES[cpu]
    sections: list[Section] = []
    places: list[tuple[int, int, int]] = []  # address, first relocation, count
    symbols: list[Symbol] = []
    at = 32
    for _ in range(commands):
        command, size = struct.unpack_from("<II", data, at)
        if command == SEGMENT:
            (count,) = struct.unpack_from("<I", data, at + 64)
            for index in range(count):
                section, place = parse_section(data, at + 72 + 80 * index)
                sections.append(section)
                places.append(place)
        elif command == SYMTAB:
            table, many, strings, _ = struct.unpack_from("<4I", data, at + 8)
            for index in range(many):
                name, kind, ordinal, _, value = struct.unpack_from("<IBBHQ", data, table + 16 * index)
                defined = not kind & STAB and kind & TYPE == DEFINED
                place_of = ordinal - 1 if defined else None
                symbols.append(
                    Symbol(cstring(data, strings + name), place_of, value - places[ordinal - 1][0] if defined else value)
                )
        at += size
    for section, place in zip(sections, places, strict=True):
        relocations(data, machine, section, place, sections, places, symbols)
    return ObjectFile("macho", machine, sections, symbols)


def parse_section(data: bytes, at: int) -> tuple[Section, tuple[int, int, int]]:
    """One section header: the section, and where its relocations are."""
    raw_name, raw_segment, address, size, offset, align, first, count, flags, *_ = struct.unpack_from("<16s16sQQIIIIIIII", data, at)
    name = raw_name.rstrip(b"\0").decode()
    segment = raw_segment.rstrip(b"\0").decode()
    kind = flags & 0xFF
    if flags & 0x80000400:
        what = "code"
    elif segment == "__TEXT":
        what = "rodata"
    elif segment == "__DATA":
        what = "rodata" if name == "__const" else "data"
    else:
        what = "other"
    contents = bytes(size) if kind == ZEROFILL else data[offset : offset + size]
    entry = {CSTRINGS: 1, LITERAL4: 4, LITERAL8: 8, LITERAL16: 16}.get(kind, 0)
    return Section(name, what, contents, 1 << align, kind == CSTRINGS, entry), (address, first, count)


def relocations(
    data: bytes,
    machine: str,
    section: Section,
    place: tuple[int, int, int],
    sections: list[Section],
    places: list[tuple[int, int, int]],
    symbols: list[Symbol],
) -> None:
    """Add a section's relocations; addends are taken out of its contents."""
    address, first, count = place
    contents = bytearray(section.data)
    explicit = 0
    for index in range(count):
        offset, info = struct.unpack_from("<iI", data, first + 8 * index)
        target, pc_relative, length, external, number = info & 0xFFFFFF, info >> 24 & 1, info >> 25 & 3, info >> 27 & 1, info >> 28
        if machine == "aarch64" and number == ARM64_ADDEND:
            explicit = signed(target, 24)
            continue
        size = 1 << length
        if machine == "x86_64" or number == 0:
            if machine == "x86_64" and number == 0 and length == 2:
                raise ObjectError(f"32-bit absolute relocation in {section.name}")
            addend = int.from_bytes(contents[offset : offset + size], "little", signed=True)
            contents[offset : offset + size] = bytes(size)
            if pc_relative:
                # What lies in the file counts from 4 bytes on, whatever SIGNED_n says about the instruction's end.
                addend -= 4
        else:
            (word,) = struct.unpack_from("<I", contents, offset)
            if number == PAGEOFF12:
                number = 64 if word & 0x1F000000 == 0x11000000 else 65 + load_store_scale(word)
            addend, explicit = explicit, 0
        if external:
            symbol = symbols[target]
        else:
            goal = target - 1
            symbol = Symbol(sections[goal].name, goal, 0)
            # Without a symbol, the file holds the target's address, not an offset.
            addend -= places[goal][0]
            if pc_relative and machine == "x86_64":
                addend += address + offset + 4
        section.relocations.append(Relocation(offset, number, symbol, addend))
    section.data = bytes(contents)
