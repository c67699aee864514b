"""Tests for stencil_header.py: what stencils share, and what its fields hold."""

import pytest
from assembly import Stats, StencilError
from stencil_header import code, hole_lists, holes, names, stencils
from stencil_link import Hole, Part, Stencil
from targets import Kind, find_target

TARGET = find_target("x86_64-linux-gnu")
ABSOLUTE = Kind("X86_64_64", 8)


def stencil(name: str, hot: bytes, cold: bytes = b"", at: tuple[int, ...] = (), cold_at: tuple[int, ...] = ()) -> Stencil:
    parts = [Part(data, [Hole(each, ABSOLUTE, "OPARG", 0) for each in places]) for data, places in ((hot, at), (cold, cold_at))]
    return Stencil(f"STENCIL_{name}", parts[0], parts[1], Stats(), [], [], [])


def test_equal_code_and_equal_holes_are_shared() -> None:
    found = [stencil("A", b"\1\2", b"\3", (1,)), stencil("B", b"\1", b"\2\3", (1,)), stencil("C", b"\4", b"", (), (1,))]
    assert code(found, TARGET, debug=False) == "static const uint8_t jit_code[] = {\n    1,2,3,\n    4,\n    0\n};\n"
    assert holes(found).count("JIT_HV_OPARG") == 2
    assert hole_lists(found) == "static const struct jit_hole_list jit_hole_lists[] = {\n    {0,1,0},\n    {1,0,1},\n};\n"
    assert stencils(found).splitlines()[1:-1] == [
        "    {0,2,1,0,0}, /* STENCIL_A */",
        "    {0,1,2,0,0}, /* STENCIL_B */",
        "    {3,1,0,1,0}, /* STENCIL_C */",
    ]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(StencilError, match="longer than 1048576 bytes"):
        stencils([stencil(f"N{i}", i.to_bytes(4095, "little")) for i in range(258)])
    with pytest.raises(StencilError, match="1 lists of holes, up to 256 long"):
        hole_lists([stencil("A", b"\0" * 300, at=tuple(range(256)))])


def test_names_are_no_pointers() -> None:
    assert names([stencil("A", b"\1")], ["LONGER", "B"]) == (
        'static const char jit_stencil_names[1][2] = {\n    "A",\n};\n\n'
        'static const char jit_hv_names[2][7] = {\n    "LONGER",\n    "B",\n};\n'
    )
