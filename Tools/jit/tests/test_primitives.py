"""Primitives: which variants there are, and that each does its work and leaves all other registers alone."""

from __future__ import annotations

import re

import machines
import pytest
from primitive_cases import CASES, runs
from primitives import PRIMITIVES, REGISTERS, Primitive, source, tables
from stencil_machine import CONTINUED, LEFT, Memory, bits

BY_NAME = {primitive.name: primitive for primitive in PRIMITIVES}


def test_variants_in_order() -> None:
    assert list(Primitive("X", "a", "").variants()) == [(i,) for i in range(REGISTERS)]
    pairs = list(Primitive("X", "da", "").variants())
    assert len(pairs) == REGISTERS**2
    assert all(pair == divmod(index, REGISTERS) for index, pair in enumerate(pairs))


def test_the_source_has_each_variant_once() -> None:
    expected = [f"{p.name}_{''.join(map(str, registers))}" for p in PRIMITIVES for registers in p.variants()]
    assert re.findall(r"\n_JIT_STENCIL_P_(\w+)\(", source()) == expected


def test_the_table_has_the_first_variants() -> None:
    text = tables()
    assert re.findall(r"^    JIT_P_(\w+),", text, re.MULTILINE) == list(BY_NAME)
    rows = dict(re.findall(r"\[JIT_P_(\w+)\] = (\w+),", text))
    assert list(rows) == list(BY_NAME)
    assert (rows["SPILL"], rows["MOVE"]) == ("JIT_STENCIL_P_SPILL_0", "JIT_STENCIL_P_MOVE_00")
    assert f"JIT_STENCIL_P_SPILL_7 == JIT_STENCIL_P_SPILL_0 + {REGISTERS - 1} &&\n" in text
    assert f"JIT_STENCIL_P_MOVE_77 == JIT_STENCIL_P_MOVE_00 + {REGISTERS**2 - 1} &&\n" in text


def test_comparisons_with_a_constant_are_in_the_order_of_the_others() -> None:
    """As lower.c counts on."""
    names = list(BY_NAME)
    general = [name for name in names if re.fullmatch(r"GUARD_INT_..", name)]
    first = names.index("GUARD_INT_LT_IMM")
    assert names[first : first + 6] == [f"{name}_IMM" for name in general]


def test_each_primitive_has_cases() -> None:
    assert set(CASES) == set(BY_NAME)


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("host", machines.HOSTS)
def test_does_its_work_and_nothing_else(host: str, name: str) -> None:
    primitive, machine = BY_NAME[name], machines.machine_for(host)
    for case in CASES[name]:
        ran = 0
        for registers, frame in runs(primitive, case):
            if not machines.wanted(host, registers):
                continue
            expected, floats = list(frame.registers), [bits(each) for each in frame.floats]
            for letter, register in zip(primitive.operands, registers, strict=True):
                if letter in "DM" and not case.exits:
                    assert isinstance(case.result, float)
                    floats[register] = bits(case.result)
                elif letter in "dm" and not case.exits and not name.startswith("RENEW"):
                    assert isinstance(case.result, int)
                    expected[register] = case.result & (1 << 64) - 1
            how = machine.run(frame, f"P_{name}_{''.join(map(str, registers))}", case.holes)
            assert how == (LEFT if case.exits else CONTINUED), (case, registers)
            assert list(frame.registers) == expected, (case, registers)
            assert [bits(each) for each in frame.floats] == floats, (case, registers)
            cells = [1000, 99, 1002, 1003] if name.startswith("SPILL") else [1000, 1001, 1002, 1003]
            assert list(frame.localsplus) == cells, (case, registers)
            assert frame.instr_ptr == frame.stacktop == 0
            for memory, words in case.before:
                assert list(memory.words) == (words if case.after is None else list(Memory(*case.after).words)), (case, registers)
            case.restore()
            ran += 1
        least = REGISTERS if len(primitive.operands) == 1 else REGISTERS * (REGISTERS - 1)
        assert ran >= (least if host in machines.LINUX else 2)
    assert machine.freed == []
