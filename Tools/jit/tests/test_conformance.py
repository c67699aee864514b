"""The conformance suite for each target, and that what all systems of a processor share is the same code."""

from __future__ import annotations

import machines
import pytest
from conformance import Conformance
from primitives import PRIMITIVES
from stencil_link import SYMBOL, Hole, Tables
from targets import TARGETS, find_target
from trace_conformance import TraceConformance


class TestX8664Linux(Conformance, TraceConformance):
    """This processor, if it is one of these, else an emulated one."""

    host = "x86_64-pc-linux-gnu"


class TestAArch64Linux(Conformance, TraceConformance):
    """Emulated, as all that follow."""

    host = "aarch64-unknown-linux-gnu"


class TestX8664Darwin(Conformance, TraceConformance):
    """C is called as on Linux."""

    host = "x86_64-apple-darwin23.1.0"


class TestAArch64Darwin(Conformance, TraceConformance):
    """x18 is the system's."""

    host = "aarch64-apple-darwin23.1.0"


class TestX8664Windows(Conformance, TraceConformance):
    """C finds its arguments elsewhere, and keeps other registers."""

    host = "x86_64-pc-windows-msvc"


class TestAArch64Windows(Conformance, TraceConformance):
    """x18 is the system's."""

    host = "aarch64-pc-windows-msvc"


def test_all_targets_are_there() -> None:
    found = [find_target(each.host).name for each in Conformance.__subclasses__()]
    assert sorted(found) == sorted(each.name for each in TARGETS)


def _code(tables: Tables, prefix: str) -> dict[str, tuple[bytes, bytes, list[Hole], list[tuple[str, int]]]]:
    """Of stencils: both parts of their code, their holes, and which symbols are meant."""
    symbols = {index: symbol for symbol, index in tables.symbols.items()}
    found = {}
    for each in tables.stencils:
        if each.name.startswith(prefix):
            holes = [*each.hot.holes, *each.cold.holes]
            named = [symbols[hole.argument] for hole in holes if hole.value == SYMBOL]
            holes = [Hole(hole.offset, hole.kind, hole.value, 0 if hole.value == SYMBOL else hole.argument) for hole in holes]
            found[each.name] = (each.hot.code, each.cold.code, holes, named)
    return found


def _of_primitives(host: str) -> dict[str, tuple[bytes, bytes, list[Hole], list[tuple[str, int]]]]:
    """Of those that call C, there are none: how C is called is different on Windows."""
    calling = {f"STENCIL_P_{each.name}" for each in PRIMITIVES if each.calls}
    found = _code(machines.compiled(host), "STENCIL_P_")
    return {name: code for name, code in found.items() if name.rpartition("_")[0] not in calling}


@pytest.mark.parametrize("host", machines.OTHERS)
def test_primitives_are_the_same_code_on_all_systems(host: str) -> None:
    found = _of_primitives(host)
    assert len(found) > 4000
    assert found == _of_primitives(machines.linux_of(host))
