"""Object files of all formats are read the same way: sections, symbols, relocations with ELF's addends."""

import struct
from pathlib import Path

import pytest
from objects import ObjectError, ObjectFile, Relocation
from objects_read import read_object
from targets import TARGETS, Target
from toolchain import find_clang

X86_64 = """
here:
    nop
    call far
    jmp far
    leaq data + 16(%rip), %rax
    cmpb $1, data(%rip)
    movabsq $data + 24, %rcx
"""
AARCH64 = {
    "elf": """
here:
    nop
    bl far
    adrp x0, data + 16
    add x0, x0, :lo12:data + 16
    ldr x1, [x0, :lo12:data]
    ldrb w1, [x0, :lo12:data]
    ldr q1, [x0, :lo12:data]
""",
    "macho": """
here:
    nop
    bl far
    adrp x0, data@PAGE + 16
    add x0, x0, data@PAGEOFF + 16
    ldr x1, [x0, data@PAGEOFF]
    ldrb w1, [x0, data@PAGEOFF]
    ldr q1, [x0, data@PAGEOFF]
""",
}
AARCH64["coff"] = AARCH64["elf"]
TEXT = {"elf": ".text", "macho": "__text", "coff": ".text"}


def assemble(folder: Path, target: Target, text: str) -> ObjectFile:
    """The object file made from assembly text."""
    (folder / "a.s").write_text(text)
    find_clang().run([f"--target={target.triple}", "-c", "a.s", "-o", "a.o"], folder)
    return read_object((folder / "a.o").read_bytes())


def described(target: Target, relocation: Relocation) -> tuple[int, str, str, int]:
    """Offset, kind, symbol and addend."""
    return relocation.offset, target.kind(relocation.number).name, relocation.symbol.name, relocation.addend


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_relocations(tmp_path: Path, target: Target) -> None:
    x86 = target.arch == "x86_64"
    file = assemble(tmp_path, target, ".text\n" + (X86_64 if x86 else AARCH64[target.format]))
    assert (file.format, file.machine) == (target.format, target.arch)
    section = file.sections[file.section(TEXT[target.format])]
    assert section.kind == "code"
    here = next(symbol for symbol in file.symbols if symbol.name == "here")
    assert here.section == file.section(TEXT[target.format])
    branch = "X86_64_PC32" if target.format == "coff" else "X86_64_BRANCH32"
    found = [described(target, each) for each in sorted(section.relocations, key=lambda each: each.offset)]
    if x86:
        assert found == [
            (2, branch, "far", -4),
            (7, branch, "far", -4),
            (14, "X86_64_PC32", "data", 12),
            (20, "X86_64_PC32", "data", -5),
            (27, "X86_64_64", "data", 24),
        ]
        assert section.data.hex() == "90e800000000e900000000488d0500000000803d000000000148b90000000000000000"
    else:
        assert found == [
            (4, "AARCH64_BRANCH26", "far", 0),
            (8, "AARCH64_PAGE21", "data", 16),
            (12, "AARCH64_ADD12", "data", 16),
            (16, "AARCH64_LDST64", "data", 0),
            (20, "AARCH64_LDST8", "data", 0),
            (24, "AARCH64_LDST128", "data", 0),
        ]
        words = struct.unpack("<7I", section.data)
        assert [f"{word:08x}" for word in words[1:4]] == ["94000000", "90000000", "91000000"]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_read_only_and_writable_data(tmp_path: Path, target: Target) -> None:
    rodata = {"elf": ".section .rodata", "macho": ".section __TEXT,__const", "coff": '.section .rdata,"dr"'}
    file = assemble(tmp_path, target, f"{rodata[target.format]}\n.p2align 3\n.quad 7\n.data\n.quad 8\n")
    by_contents = {section.data[:8]: section for section in file.sections if len(section.data) >= 8}
    constant = by_contents[struct.pack("<Q", 7)]
    assert (constant.kind, constant.align) == ("rodata", 8)
    assert by_contents[struct.pack("<Q", 8)].kind == "data"


@pytest.mark.parametrize("target", [each for each in TARGETS if each.format != "coff"], ids=lambda target: target.name)
def test_mergeable_data(tmp_path: Path, target: Target) -> None:
    text = {
        "elf": '.section .rodata.str1.1,"aMS",@progbits,1\n.asciz "text"\n.section .rodata.cst8,"aM",@progbits,8\n.quad 5\n',
        "macho": '.section __TEXT,__cstring,cstring_literals\n.asciz "text"\n.section __TEXT,__literal8,8byte_literals\n.quad 5\n',
    }
    file = assemble(tmp_path, target, text[target.format])
    found = {section.data: (section.strings, section.entry) for section in file.sections if section.kind == "rodata"}
    assert found == {b"text\0": (True, 1), struct.pack("<Q", 5): (False, 8)}


def test_many_coff_relocations(tmp_path: Path) -> None:
    """Past 65,535 the count moves into the first relocation."""
    target = next(each for each in TARGETS if each.name == "x86_64-windows")
    file = assemble(tmp_path, target, ".text\n.rept 65600\ncall far\n.endr\n")
    assert len(file.sections[file.section(".text")].relocations) == 65600


def test_many_elf_sections(tmp_path: Path) -> None:
    """Past 65,279 the counts move into the first section header; symbols of such sections are refused."""
    target = TARGETS[0]
    lines = "".join(f'.section .text.s{index},"ax",@progbits\nnop\n' for index in range(65400))
    file = assemble(tmp_path, target, lines)
    assert sum(section.name.startswith(".text.s") for section in file.sections) == 65400


@pytest.mark.parametrize("data", [b"", b"\x7fELF\x01\x01", b"#!/bin/sh\n"])
def test_unknown_format(data: bytes) -> None:
    with pytest.raises(ObjectError, match="unknown object file format"):
        read_object(data)


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_cut_off_file(tmp_path: Path, target: Target) -> None:
    assemble(tmp_path, target, ".text\n" + (X86_64 if target.arch == "x86_64" else AARCH64[target.format]))
    data = (tmp_path / "a.o").read_bytes()
    for size in (24, 100, len(data) // 2):
        with pytest.raises(ObjectError):
            read_object(data[:size])


def test_foreign_machine() -> None:
    header = b"\x7fELF\x02\x01" + bytes(12) + struct.pack("<H", 8) + bytes(44)
    with pytest.raises(ObjectError, match="ELF machine 8 is not supported"):
        read_object(header)
