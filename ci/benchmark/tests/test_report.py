"""The figures in reports, from made-up measurements."""

import pytest

from benchmark.measure import Cell, Run
from benchmark.report import format_time, geometric_mean, ratio, render, trace_share


def run(*values: float, memory: int = 1000, jit: dict[str, int] | None = None) -> Run:
    return Run(list(values), [float(number) for number in range(1, len(values) + 1)], 1, 1.0, memory, jit or {})


def test_warm_is_the_median_of_the_second_half() -> None:
    assert run(9, 9, 9, 1, 2, 30).warm == 2
    assert run(9, 9, 9, 1, 2, 30).first == 9
    assert run(5).warm == 5


def test_ratio_uses_best_runs_and_spread_uses_rounds() -> None:
    speed = ratio(Cell([run(2.0), run(4.0)]), Cell([run(4.0), run(1.0)]))
    assert speed is not None and (speed.best, speed.low, speed.high) == (2.0, 0.5, 4.0)


def test_no_ratio_without_both() -> None:
    assert ratio(Cell([run(1)]), Cell(error="x")) is None
    assert geometric_mean([]) is None
    assert geometric_mean([2.0, 0.5]) == pytest.approx(1.0)


@pytest.mark.parametrize(("seconds", "text"), [(2.5, "2.5 s"), (0.0123, "12.3 ms"), (4.56e-6, "4.56 us"), (7e-8, "70 ns")])
def test_times_have_units(seconds: float, text: str) -> None:
    assert format_time(seconds) == text


def test_a_busy_machine_is_mentioned() -> None:
    quiet, disturbed = run(1.0), run(1.0)
    disturbed.busy = 0.5
    assert "busy" not in render(["off"], {"a": {"off": Cell([quiet])}})
    assert "the machine was busy: 1 of 2 runs" in render(["off"], {"a": {"off": Cell([quiet, disturbed])}})


def test_table_and_summary() -> None:
    jit = {"tier1_bytecodes": 50, "trace_bytecodes": 150}
    table = {
        "a": {"off": Cell([run(2.0)]), "on": Cell([run(1.0, memory=1100, jit=jit)])},
        "b": {"off": Cell([run(1.0)]), "on": Cell([run(1.25, memory=1300, jit=jit)])},
        "c": {"off": Cell([run(1.0)]), "on": Cell(error="killed by SIGSEGV")},
    }
    assert trace_share(table["a"]["on"]) == 0.75
    lines = render(["off", "on"], table).splitlines()
    assert lines[0].split() == ["program", "off", "on", "spread", "memory", "traces"]
    assert lines[1].split() == ["a", "2", "s", "2.00", "2.00-2.00", "1.10", "75%"]
    assert lines[3].split() == ["c", "1", "s", "-", "-", "-", "-"]
    assert "on: geometric mean 1.265 over 2 programs, slowest b 0.80, 1 below 0.90; memory median 1.200" in lines
    assert lines[-1] == "failed: c on on: killed by SIGSEGV"
