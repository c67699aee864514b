"""What is seen in the stencils of primitives without running them, for all targets."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import machines
import pytest
from primitive_cases import CALLING
from primitives import PRIMITIVES, Primitive, source
from stencil_link import COLD, HOT, RODATA, SYMBOL, Stencil
from stencil_machine import compile_text
from targets import find_target

BY_NAME = {primitive.name: primitive for primitive in PRIMITIVES}
EVERYWHERE = pytest.mark.parametrize("host", machines.HOSTS)


@dataclass(frozen=True)
class Kinds:
    """The relocations that a processor's primitives may have: for values of 32 and of 64 bits, for symbols, and for code."""

    small: str
    wide: str
    symbol: str
    code: str


KINDS = {
    "x86_64": Kinds("X86_64_32 X86_64_32S X86_64_8", "X86_64_64", "X86_64_64", "X86_64_BRANCH32"),
    "aarch64": Kinds(
        "AARCH64_G0 AARCH64_G1",
        "AARCH64_G0 AARCH64_G1 AARCH64_G2 AARCH64_G3",
        "AARCH64_G0 AARCH64_G1 AARCH64_G2 AARCH64_G3",
        "AARCH64_BRANCH19 AARCH64_BRANCH26",
    ),
}
SMALL, WIDE = {"DISP", "NEAR", "OPERAND32"}, {"OPERAND", "IP"}
WAYS_OUT = {"EXIT", "ERROR", COLD}  # of hot code
COLD_WAYS = {"CONTINUE", "EXIT", "ERROR", HOT}
CALLED = {"DEALLOC", "DEALLOC_INT", "DEALLOC_FLOAT", "NEW_INT", "NEW_FLOAT"}
STACK = {"x86_64": re.compile(r"%[re]?[sb]p\b|\bpush|\bpop"), "aarch64": re.compile(r"\bw?sp\b|\bx29\b|\bx30\b")}
# What a primitive may reach through the pinned registers, and in which of its texts that is seen.
PINNED = {"x86_64": {"%r12": "frame", "%r13": "tstate"}, "aarch64": {"x20": "frame", "x21": "tstate"}}
RESERVED = {"x86_64": re.compile(r"%fs|%gs"), "aarch64": re.compile(r"\b[wx]18\b")}
LAST = {"x86_64": re.compile(r"jmp "), "aarch64": re.compile(r"b ")}
# Bytes of hot code, at most: what moves, compares and calculates should be no more than that. (x86-64, AArch64; for Linux)
SIZES = [
    (r"MOVE|MOVE_FLOAT|SIZE|ORDINAL|TYPE_OF|RANGE_START|\w+_AT|UNBOX_FLOAT|SET_\w+", 16, 20),
    (r"(SPILL|FILL)(_FLOAT)?|(SPILL|FILL)_NEAR", 10, 12),
    (r"GUARD_(NULL|NOT_NULL|TRUE|FALSE|SAME|NOT_SAME|INT_..|UNSHARED|RANGE_LEFT|INDEX)", 12, 12),
    (r"GUARD_INT_.._IMM|GUARD_(BYTE|ZERO)", 16, 24),
    (r"GUARD_(FLOAT_.*)", 20, 16),
    (r"INT_(ADD|SUBTRACT|MULTIPLY|AND|OR|XOR|SHIFT_\w+)(_IMM)?", 20, 16),
    (r"FLOAT_TO_INT", 30, 20),
    (r"(LESSER|GREATER)_INT", 56, 56),
    (r"(LESSER|GREATER)_FLOAT", 24, 24),
    (r"GUARD_ASCII", 12, 12),
    (r"GUARD_CHARACTER", 24, 24),
    (r"CHARACTER", 26, 32),
    (r"INT_\w+_CHECKED", 18, 20),
    (r"FLOAT_(POWER|FUNCTION)", 60, 60),
    (r"INT_..|SAME|NOT|SIZE_TRUTH|FLOAT_\w+|INT_TO_FLOAT", 18, 16),
]


def variants(host: str, primitive: Primitive) -> list[Stencil]:
    """All stencils of a primitive for a host."""
    return [each for each in machines.compiled(host).stencils if re.fullmatch(rf"STENCIL_P_{primitive.name}_\d+", each.name)]


def hot_text(stencil: Stencil) -> list[str]:
    """The instructions of the hot part."""
    return stencil.text[: stencil.text.index("(cold)")] if "(cold)" in stencil.text else stencil.text


def all_variants_are_there(host: str, primitive: Primitive) -> None:
    """One for each choice of registers, in order."""
    expected = ["".join(map(str, registers)) for registers in primitive.variants()]
    assert [each.name.rpartition("_")[2] for each in variants(host, primitive)] == expected


def relocations_are_the_expected_ones(host: str, primitive: Primitive) -> None:
    """Of the kinds that the target has for such values; no constants in memory."""
    kinds = KINDS[find_target(host).arch]
    for each in variants(host, primitive):
        for part, ways in ((each.hot, WAYS_OUT), (each.cold, COLD_WAYS | CALLED)):
            for hole in part.holes:
                assert hole.value != RODATA, f"{each.name}: a constant in memory"
                if hole.value == SYMBOL:
                    allowed = f"{kinds.symbol} {kinds.code}" if primitive.calls else kinds.symbol
                elif hole.value in SMALL:
                    allowed = kinds.small
                elif hole.value in WIDE:
                    # (What an operand calls is a branch, if need be to a veneer.)
                    allowed = f"{kinds.wide} {kinds.code}" if primitive.calls else kinds.wide
                else:
                    assert hole.value in ways, each.name
                    allowed = kinds.code
                assert hole.kind.name in allowed.split(), (each.name, hole)


def calls_only_on_the_cold_path(host: str, primitive: Primitive) -> None:
    """And there, only those that may; what loses all registers always calls."""
    found = variants(host, primitive)
    assert found
    assert {each.stats.calls_hot for each in found} == {primitive.calls}
    assert {bool(each.stats.calls) for each in found} == {primitive.name in CALLING or primitive.calls}


def no_stack_on_the_hot_path(host: str, primitive: Primitive) -> None:
    """Not even of what may call, but of what always does."""
    target = find_target(host)
    for each in variants(host, primitive) if not primitive.calls else ():
        used = [line for line in hot_text(each) if STACK[target.arch].search(line)]
        assert not used, (each.name, used)
        assert bool(each.stats.stack) <= each.stats.calls, f"{each.name}: {each.stats.stack} bytes of stack, and no call"


def only_what_has_a_place_there_reaches_into_the_frame(host: str, primitive: Primitive) -> None:
    """A load or store through a pinned register that the primitive does not ask for would be a spill."""
    target = find_target(host)
    for each in variants(host, primitive):
        for register, name in PINNED[target.arch].items():
            used = [line for line in hot_text(each) if re.search(rf"(?<!\w){register}\b", line)]
            assert not used or re.search(rf"\b{name}\b", primitive.body), (each.name, used)


def leaves_alone_what_is_not_its_own(host: str, primitive: Primitive) -> None:
    """Registers of the platform; floating-point registers, if it has no operand there and calls nothing; what lies behind."""
    arch = find_target(host).arch
    touches = primitive.operands != primitive.operands.lower() or primitive.name in ("LESSER_FLOAT", "GREATER_FLOAT")
    for each in variants(host, primitive):
        assert not any(RESERVED[arch].search(line) for line in each.text), each.name
        # (What becomes of a value and itself may be known.)
        same = len(set(each.name.rpartition("_")[2])) < len(primitive.operands)
        assert each.stats.clobbers == (touches or primitive.name in CALLING) or same and not each.stats.clobbers, each.name
        assert not each.cold.code or LAST[arch].match(each.text[-1]), f"{each.name}: runs on behind its cold part"


CHECKS = (
    all_variants_are_there,
    relocations_are_the_expected_ones,
    calls_only_on_the_cold_path,
    no_stack_on_the_hot_path,
    only_what_has_a_place_there_reaches_into_the_frame,
    leaves_alone_what_is_not_its_own,
)


@EVERYWHERE
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_all_primitives(host: str, check: Callable[[str, Primitive], None]) -> None:
    for primitive in PRIMITIVES:
        check(host, primitive)


@pytest.mark.parametrize(("index", "host"), list(enumerate(machines.LINUX)))
def test_simple_primitives_are_small(index: int, host: str) -> None:
    seen = set()
    for primitive in PRIMITIVES:
        limit = next((sizes[index] for pattern, *sizes in SIZES if re.fullmatch(pattern, primitive.name)), None)
        for each in variants(host, primitive) if limit is not None else ():
            seen.add(primitive.name)
            assert limit is not None and len(each.hot.code) <= limit, (each.name, len(each.hot.code), each.text)
    assert len(seen) > len(PRIMITIVES) // 2


@pytest.mark.parametrize("bad", ["stack", "constant", "frame", "call"])
@EVERYWHERE
def test_bad_primitives_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, bad: str) -> None:
    """The checks find what they are for."""
    text, check = {
        "stack": ("volatile uintptr_t kept = {m}; {m} = kept;", no_stack_on_the_hot_path),
        "constant": ('{m} = (uintptr_t)"constant";', relocations_are_the_expected_ones),
        "frame": ("JIT_BAD_SPILL({m});", only_what_has_a_place_there_reaches_into_the_frame),
        "call": ("_JIT_DEALLOC((PyObject *){m});", calls_only_on_the_cold_path),
    }[bad]
    primitive = Primitive("BAD", "m", text)
    spill = "#define JIT_BAD_SPILL(VALUE) (*(volatile uintptr_t *)&frame->stacktop = (VALUE))\n"
    found = compile_text(
        tmp_path / "source.c", spill + source([primitive], lambda each, registers: registers == (3,)), host
    )
    monkeypatch.setattr(machines, "compiled", lambda host: found)
    with pytest.raises(AssertionError):
        check(host, primitive)


@pytest.mark.parametrize(
    "name",
    [
        *("LOAD", "STORE", "GUARD_BYTE", "GUARD_ZERO", "GUARD_INT_LT_IMM", "GUARD_INT_EQ_IMM"),
        *("INT_ADD_IMM", "INT_MULTIPLY_IMM", "INT_AND_IMM"),
    ],
)
@pytest.mark.parametrize("host", [host for host in machines.HOSTS if host.startswith("aarch64")])
def test_aarch64_extends_the_sign_of_holes(host: str, name: str) -> None:
    """The instructions that make an immediate of 32 bits there leave the upper half zero."""
    extends = {each.name: any("sxtw" in line for line in each.text) for each in variants(host, BY_NAME[name])}
    assert extends and all(extends.values()), extends
    assert not any("sxtw" in line for each in variants(host, BY_NAME["IMM32"]) for line in each.text)


@EVERYWHERE
def test_what_may_change_floats_is_seen(host: str) -> None:
    by_name = {each.name: each.stats.clobbers for each in machines.compiled(host).stencils}
    assert by_name["STENCIL_P_FLOAT_ADD_34"] and by_name["STENCIL_LEAVE"] and by_name["STENCIL_P_DROP_3"]
    assert not by_name["STENCIL_EXIT"] and not by_name["STENCIL_P_MOVE_34"]
