"""What variants have in common (stencil_variants.py), and the C that puts them together again."""

import ctypes
import subprocess
from pathlib import Path

import machines
import pytest
import stencil_variants
from assembly import Stats
from stencil_header import write_header
from stencil_link import Hole, Part, Stencil, Tables
from stencil_variants import PLACES, UNCHANGED, code_of, entries
from targets import find_target

LIBRARY = """
#include "jit_stencils.h"
int count(void) { return JIT_STENCIL_COUNT; }
int hot_size(int id) { return jit_stencil(id)->hot_size; }
int cold_size(int id) { return jit_stencil(id)->cold_size; }
void copy(int id, uint8_t *hot, uint8_t *cold) { jit_stencil_copy(id, hot, cold); }
"""


def made(name: str, hot: bytes, cold: bytes = b"", holes: list[Hole] | None = None) -> Stencil:
    """A stencil without more."""
    return Stencil(name, Part(hot, holes or []), Part(cold), Stats(), [], [], [])


def family(name: str, digits: int = 2) -> list[Stencil]:
    """Variants whose code names registers in some of its bits."""
    return [
        made(f"STENCIL_P_{name}_{number:0{digits}o}", bytes([0x90, number >> 3, 0x40 | number & 7, number & 4]), bytes([number & 7]))
        for number in range(8**digits)
    ]


def test_variants_are_one_entry() -> None:
    for digits in (1, 2):
        table, index = entries(family("A", digits))
        # With one register for both operands, it might be something else.
        assert len(table) == digits
        assert [table[place].code_at(number) for number, place in enumerate(index)] == [code_of(each) for each in family("A", digits)]


def test_what_is_different_is_another_entry() -> None:
    variants = family("A")
    variants[0o25] = made(variants[0o25].name, b"other")
    variants[0o26] = made(variants[0o26].name, variants[0o26].hot.code[::-1], variants[0o26].cold.code)
    variants[0o31].stats = Stats(clobbers=True)
    table, index = entries(variants)
    assert len(table) == 5
    assert [table[place].code_at(number) for number, place in enumerate(index)] == [code_of(each) for each in variants]
    assert len({index[0o25], index[0o26], index[0o31], index[0o12], index[0o11]}) == 5


def test_others_share_what_is_the_same() -> None:
    table, index = entries([made("NOP_0", b"a"), made("NOP_1", b"a"), made("NOP_2", b"ab"), made("NOP_3", b"a", b"b")])
    assert index == [0, 0, 1, 2]
    assert [each.rows for each in table] == [(UNCHANGED, UNCHANGED)] * 3


def test_names_that_are_not_those_of_variants() -> None:
    incomplete = family("A", 1)[:7]
    table, index = entries([*incomplete, *family("B", 1), made("LOAD_FAST_2", b"x")])
    assert len(table) == 7 + 1 + 1
    assert index[7:15] == [0] * 8


def test_long_code_is_not_shared() -> None:
    long = [made(f"STENCIL_P_A_{number}", bytes(PLACES) + bytes([number])) for number in range(8)]
    assert len(entries(long)[0]) == 8


@pytest.mark.parametrize("host", machines.HOSTS)
def test_all_primitives_come_back(host: str) -> None:
    compiled = machines.compiled(host).stencils
    table, index = entries(compiled)
    assert all(table[place].code_at(number) == code_of(compiled[number]) for number, place in enumerate(index))
    assert sum(len(each.code) for each in table) < sum(len(code_of(each)) for each in compiled) / 2
    assert len(table) < len(compiled) / 4
    assert stencil_variants.REGISTERS == 8


@pytest.mark.parametrize("host", machines.HOSTS)
def test_the_c_copies_them(host: str, tmp_path: Path) -> None:
    compiled = machines.compiled(host)
    tables = Tables(**{**vars(compiled), "symbols": {}})
    header = write_header(tables, find_target(host), False)
    (tmp_path / "jit_stencils.h").write_text(header)
    (tmp_path / "library.c").write_text(LIBRARY)
    command = ["cc", "-shared", "-fPIC", "-w", "-o", "library.so", "library.c"]
    subprocess.run(command, cwd=tmp_path, check=True)
    library = ctypes.CDLL(str(tmp_path / "library.so"))
    assert library.count() == len(compiled.stencils)
    for number, stencil in enumerate(compiled.stencils):
        hot, cold = ctypes.create_string_buffer(library.hot_size(number) + 1), ctypes.create_string_buffer(library.cold_size(number) + 1)
        library.copy(number, hot, cold)
        assert hot.raw[:-1] == stencil.hot.code, stencil.name
        assert cold.raw[:-1] == stencil.cold.code, stencil.name
