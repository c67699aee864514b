"""What primitives know of the interpreter's data: it is measured, and what does not fit together does not compile."""

from __future__ import annotations

import re
from pathlib import Path

import primitives
import pytest
import stencil_machine
import toolchain
import uop_layout


def test_primitives_know_what_was_measured() -> None:
    """Both halves of their source name the same numbers, and the machine of the tests has all of them."""
    source = primitives.primitive_source(["a.c"])
    named = re.findall(r"JIT_MEASURED\((JIT_\w+), ", source)
    assert sorted(named) == sorted({*uop_layout.MEASURED, *uop_layout.MEASURED_LISTS})
    assert {*named} - {"JIT_MS_ABI"} == {*stencil_machine.NUMBERS}
    listing = '\t.ascii\t"jit_measured JIT_A 12"\n\tnop\n\t.ascii "jit_measured JIT_B -1"\n'
    assert uop_layout.measured(listing) == {"JIT_A": 12, "JIT_B": -1}
    assert uop_layout.definitions({"JIT_B": -1, "JIT_A": 12}) == "#define JIT_A 12\n#define JIT_B -1\n"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("JIT_AT_PyListObject_ob_item", 32, "PyListObject.ob_item is elsewhere"),
        ("JIT_AT__PyInterpreterFrame_localsplus", 88, "_PyInterpreterFrame.localsplus is elsewhere"),
        ("JIT_SIZE_PyLongObject", 40, "ints have another size"),
        ("JIT_AT__PyRangeIterObject_len", 24, "_PyRangeIterObject.len is elsewhere"),
    ],
)
def test_data_of_another_shape_is_refused(tmp_path: Path, name: str, value: int, message: str) -> None:
    chosen = [each for each in primitives.PRIMITIVES if each.name == "MOVE"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(stencil_machine.NUMBERS, name, value)
        with pytest.raises(toolchain.ToolchainError) as caught:
            stencil_machine.compile_primitives(tmp_path / "source.c", "x86_64-pc-linux-gnu", chosen, lambda each, registers: registers == (3, 4))
    assert message in caught.value.messages


def test_ranges_of_systems_with_a_short_long(tmp_path: Path) -> None:
    """As Windows is: fields of 32 bits are read with their sign."""
    chosen = [each for each in primitives.PRIMITIVES if each.name == "RANGE_START"]
    with pytest.MonkeyPatch.context() as patch:
        for place, field in enumerate(("start", "step", "len")):
            patch.setitem(stencil_machine.NUMBERS, f"JIT_AT__PyRangeIterObject_{field}", 16 + 4 * place)
        patch.setitem(stencil_machine.NUMBERS, "JIT_SIZE_long", 4)
        tables = stencil_machine.compile_primitives(tmp_path / "source.c", "x86_64-pc-linux-gnu", chosen, lambda each, registers: True)
    stencil = next(each for each in tables.stencils if each.name == "STENCIL_P_RANGE_START_34")
    assert stencil.text[1:] == ["movslq 16(%rdx), %rsi"]
