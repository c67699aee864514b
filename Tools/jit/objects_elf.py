"""ELF64 little-endian relocatable objects (gABI chapters 4 and 5), RELA relocations only."""

import struct

from objects import ObjectError, ObjectFile, Relocation, Section, Symbol, cstring

MACHINES = {62: "x86_64", 183: "aarch64"}
PROGBITS, SYMTAB, RELA, NOBITS, REL = 1, 2, 4, 8, 9
WRITE, ALLOC, EXEC, MERGE, STRINGS, TLS = 1, 2, 4, 0x10, 0x20, 0x400
UNDEFINED, ABSOLUTE, COMMON, EXTENDED = 0, 0xFFF1, 0xFFF2, 0xFFFF


def recognise(data: bytes) -> bool:
    """Whether the bytes are a 64-bit little-endian ELF file."""
    return data[:6] == b"\x7fELF\x02\x01"


def parse(data: bytes) -> ObjectFile:
    """Parse one object; raises ObjectError."""
    machine = struct.unpack_from("<H", data, 18)[0]
    if machine not in MACHINES:
        raise ObjectError(f"ELF machine {machine} is not supported")
    (table,) = struct.unpack_from("<Q", data, 40)
    size, count, names_index = struct.unpack_from("<HHH", data, 58)
    first = struct.unpack_from("<IIQQQQIIQQ", data, table)
    count = count or first[5]  # more sections than fit in 16 bits: the first header counts them
    headers: list[tuple[int, ...]] = [struct.unpack_from("<IIQQQQIIQQ", data, table + index * size) for index in range(count)]
    if names_index == EXTENDED:
        names_index = headers[0][6]
    names = headers[names_index][4]

    def contents(header: tuple[int, ...]) -> bytes:
        return data[header[4] : header[4] + header[5]]

    sections = []
    for header in headers:
        name, kind, flags, _, _, size, _, _, align, entry = header
        data_of = bytes(size) if kind == NOBITS else contents(header)
        sections.append(
            Section(
                cstring(data, names + name),
                classify(kind, flags),
                data_of,
                max(align, 1),
                bool(flags & STRINGS),
                entry if flags & MERGE else 0,
            )
        )
    symbols: list[Symbol] = []
    for header in headers:
        if header[1] == SYMTAB:
            symbols = parse_symbols(data, header, headers[header[6]][4], sections)
    for header in headers:
        if header[1] == REL and header[5]:
            raise ObjectError("REL relocations in an ELF object")
        if header[1] != RELA:
            continue
        into = sections[header[7]].relocations
        for offset, info, addend in struct.iter_unpack("<QQq", contents(header)):
            into.append(Relocation(offset, info & 0xFFFFFFFF, symbols[info >> 32], addend))
    return ObjectFile("elf", MACHINES[machine], sections, symbols)


def classify(kind: int, flags: int) -> str:
    """What a section is to a stencil."""
    if not flags & ALLOC:
        return "other"
    if flags & EXEC:
        return "code"
    if flags & (WRITE | TLS):
        return "data"
    return "rodata"


def parse_symbols(data: bytes, header: tuple[int, ...], strings: int, sections: list[Section]) -> list[Symbol]:
    """The symbol table; section symbols get their section's name."""
    symbols = []
    for position in range(header[4], header[4] + header[5], 24):
        name, info, _, index, value, _ = struct.unpack_from("<IBBHQQ", data, position)
        if index == EXTENDED:
            raise ObjectError("too many sections in an ELF object")
        place = None if index in (UNDEFINED, ABSOLUTE, COMMON) else index
        text = cstring(data, strings + name)
        if info & 15 == 3 and place is not None:
            text = sections[place].name
        symbols.append(Symbol(text, place, value))
    return symbols
