"""Tests for stencil_header.py: what stencils share, and what its fields hold."""

import re

import pytest
from assembly import Stats, StencilError
from stencil_header import code, hole_lists, holes, names, stencils
from stencil_link import Hole, Part, Stencil
from stencil_variants import entries
from targets import Kind, find_target

TARGET = find_target("x86_64-linux-gnu")
ABSOLUTE = Kind("X86_64_64", 8)


def stencil(name: str, hot: bytes, cold: bytes = b"", at: tuple[int, ...] = (), cold_at: tuple[int, ...] = ()) -> Stencil:
    parts = [Part(data, [Hole(each, ABSOLUTE, "OPARG", 0) for each in places]) for data, places in ((hot, at), (cold, cold_at))]
    return Stencil(f"STENCIL_{name}", parts[0], parts[1], Stats(), [], [], [])


def test_equal_code_and_equal_holes_are_shared() -> None:
    found = [stencil("A", b"\1\2", b"\3", (1,)), stencil("B", b"\1", b"\2\3", (1,)), stencil("C", b"\4", b"", (), (1,))]
    table = entries(found)[0]
    assert code(found, table, TARGET, debug=False) == "static const uint8_t jit_code[] = {\n    1,2,3,\n    4,\n    0\n};\n"
    assert holes(found).count("JIT_HV_OPARG") == 2
    assert hole_lists(found) == "static const struct jit_hole_list jit_hole_lists[] = {\n    {0,1,0},\n    {1,0,1},\n};\n"
    assert stencils(found, table).splitlines()[1:-1] == [
        "    {0,2,1,0,0}, /* STENCIL_A */",
        "    {0,1,2,0,0}, /* STENCIL_B */",
        "    {3,1,0,1,0}, /* STENCIL_C */",
    ]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(StencilError, match="longer than 1048576 bytes"):
        found = [stencil(f"N{i}", i.to_bytes(4095, "little")) for i in range(258)]
        stencils(found, entries(found)[0])
    with pytest.raises(StencilError, match="1 lists of holes, up to 256 long"):
        hole_lists([stencil("A", b"\0" * 300, at=tuple(range(256)))])


def test_names_are_those_of_runs() -> None:
    found = ["A", "GUARD_1", "GUARD_2", "ADD_06", "ADD_07", "ADD_10", "ADD_12", "CALL_8", "CALL_9", "B7", "B10", "B7"]
    text = names([stencil(name, b"\1") for name in found], ["LONGER", "B"])
    assert "    char name[8];\n" in text
    assert re.findall(r'\{(\w+), "(\w*)"\}', text) == [
        ("0", "A"),
        ("1", "GUARD_1"),
        ("3", "ADD_06"),
        ("6", "ADD_12"),
        ("7", "CALL_8"),
        ("8", "CALL_9"),
        ("9", "B7"),
        ("10", "B10"),
        ("11", "B7"),
        ("JIT_STENCIL_COUNT", ""),
    ]
    assert 'jit_hv_names[][7] = {\n    "LONGER",\n    "B",\n};' in text
