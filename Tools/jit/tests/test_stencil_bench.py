"""The micro-benchmarks of primitives: what they measure is so, and a bad stencil would be seen in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import stencil_bench
from primitive_cases import CASES
from primitives import PRIMITIVES, Primitive
from stencil_bench import BY_NAME, Bench, Figures, Subject, subject, subjects, table
from stencil_machine import NATIVE
from support import UserError

native = pytest.mark.skipif(not NATIVE, reason="times code for Linux on x86-64")
RUNS, SECONDS = 3, 0.0005
ATTEMPTS = 5  # something else may run on the same core


def measured(*chosen: Subject) -> dict[str, Figures]:
    """The figures by name."""
    return {each.name: each for each in Bench(chosen, RUNS, SECONDS).measure()}


def sooner_or_later(chosen: list[Subject], holds: Callable[[dict[str, Figures]], bool]) -> None:
    """Measure until it holds, a few times at most."""
    seen = []
    for _ in range(ATTEMPTS):
        seen.append(measured(*chosen))
        if holds(seen[-1]):
            return
    raise AssertionError(seen)


def test_all_primitives_are_measured() -> None:
    found = {primitive.name for each in subjects() for primitive in each.primitives}
    assert found == {primitive.name for primitive in PRIMITIVES if not primitive.calls}
    assert set(CASES) == set(BY_NAME)
    assert [each.name for each in subjects()] == sorted(each.name for each in subjects())
    assert not stencil_bench.OPERANDS.keys() - BY_NAME.keys()


def test_what_is_not_known_is_an_error() -> None:
    with pytest.raises(UserError, match="NONSENSE"):
        subjects(["MOVE", "NONSENSE"])
    with pytest.raises(UserError, match="BOX_FLOAT"):
        subjects(["BOX_FLOAT"])
    with pytest.raises(UserError, match="FLOAT_POWER"):
        subjects(["FLOAT_POWER"])


def test_what_waits_has_a_mark() -> None:
    bad, good = Figures("BAD", 3, None, 1.0, 0.2, True), Figures("GOOD", 12, 1.0, 1.0, 0.2, False)
    assert bad.waits and not good.waits
    lines = table([good, bad]).splitlines()
    assert lines[1].split() == ["BAD", "1.00*", "0.20", "3"]
    assert lines[2].split() == ["GOOD", "1.00", "1.00", "0.20", "12"]


@native
def test_a_chain_of_loads_takes_longer_than_loads() -> None:
    sooner_or_later(subjects(["LOAD"]), lambda found: (found["LOAD"].latency or 0.0) > 2 * found["LOAD"].repeat > 0.0)


@native
def test_a_dependency_shows() -> None:
    """Processors know that `xor` of a register with itself needs no value of it, but not that `and` with zero does not."""
    copies = {"GOOD": "xorq %0, %0", "BAD": "andq $0, %0"}
    chosen = [
        Subject((Primitive(name, "da", f'__asm__("{clear}\\n\\taddq %1, %0" : "+&r"({{d}}) : "r"({{a}}));'),), (7,))
        for name, clear in copies.items()
    ]

    def holds(found: dict[str, Figures]) -> bool:
        good, bad = found["GOOD"], found["BAD"]
        return bad.repeat > 1.5 * good.repeat and bad.waits and not good.waits

    sooner_or_later(chosen, holds)


@native
def test_a_way_through_memory_shows() -> None:
    slow = Primitive("SLOW_ADD", "mb", "volatile uintptr_t kept = {m}; {m} = kept + {b};")
    chosen = [subject(BY_NAME["INT_ADD"]), Subject((slow,), (-2, 3))]

    def holds(found: dict[str, Figures]) -> bool:
        good, bad = found["INT_ADD"], found["SLOW_ADD"]
        return bad.repeat > 1.5 * good.repeat and bad.spread > 1.5 * good.spread and bad.bytes > good.bytes

    sooner_or_later(chosen, holds)


@native
def test_a_chain_that_is_left_is_an_error() -> None:
    with pytest.raises(UserError, match="P_GUARD_NULL_3 left its chain"):
        measured(Subject((BY_NAME["GUARD_NULL"],), (1,)))


@native
def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stencil_bench, "SECONDS", SECONDS)
    output = tmp_path / "figures.json"
    assert stencil_bench.main(["MOVE", "BOX_INT+DROP_INT", "--runs", "1", "--json", str(output)]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["nanoseconds", "BOX_INT+DROP_INT", "MOVE"]
    found = json.loads(output.read_text())
    assert [each["name"] for each in found] == ["BOX_INT+DROP_INT", "MOVE"]
    assert found[0]["latency"] == found[0]["repeat"] > found[1]["repeat"] >= 0
    assert found[0]["bytes"] > found[1]["bytes"] == 3
