"""Primitives: which variants there are, in which order."""

from __future__ import annotations

import re

from primitive_cases import CASES
from primitives import PRIMITIVES, REGISTERS, Primitive, source, tables

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
