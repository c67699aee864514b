"""The figures in reports, from made-up measurements."""

from typing import Any

import pytest

from benchmark.figures import activity, first, geometric_mean, mean_speed, ratio, to_peak
from benchmark.measure import Cell, Run
from benchmark.report import format_size, format_time, jit_grid, render, speed_grid, start_grid

COUNTERS = {
    "traces": 7, "exits": 3, "evicted": 1, "code_bytes": 4096, "compile_ns": 2_500_000,
    "trace_bytecodes": 1500, "tier1_bytecodes": 500, "aborts": {"TOO_LONG": 1, "UNSUPPORTED": 4},
}  # fmt: skip


def run(*values: float, memory: int = 1000) -> Run:
    return Run(list(values), [float(number) for number in range(1, len(values) + 1)], [1] * len(values), 1.0, memory)


def test_warm_is_the_median_of_the_second_half() -> None:
    assert run(9, 9, 9, 1, 2, 30).warm == 2
    assert run(9, 9, 9, 1, 2, 30).first == 9
    assert run(9, 9, 9, 1, 2, 30).warmups == 3
    assert run(5).warm == 5 and run(5).warmups == 0


def test_time_to_peak() -> None:
    assert run(9, 9, 5, 1, 1, 1, 1, 1, 1).to_peak == 3.0  # when the third sample had ended
    assert run(1, 9, 1, 1).to_peak == 0.0  # a single slow sample is no warming up
    assert run(9, 1, 9, 9, 1, 1, 1, 1, 1, 1).to_peak == 4.0  # and a single fast one no peak
    assert run(1.1, 1, 1, 1).to_peak == 0.0 and run(1.2, 1.2, 1, 1, 1).to_peak == 2.0  # 90 %
    assert to_peak(Cell([run(1), run(9, 9, 9, 1, 1, 1, 1)])) == 1.5


def test_ratio_uses_best_runs_and_spread_uses_rounds() -> None:
    speed = ratio(Cell([run(2.0), run(4.0)]), Cell([run(4.0), run(1.0)]))
    assert speed is not None and (speed.best, speed.low, speed.high) == (2.0, 0.5, 4.0)


def test_spread_within_one_round() -> None:
    speed = ratio(Cell([run(9, 9, 2.0, 6.0)]), Cell([run(9, 9, 2.0, 3.0)]))
    assert speed is not None and (speed.best, speed.low, speed.high) == (1.6, 1.0, 2.0)
    speed = ratio(Cell([run(9, 9, 2.0, 6.0)]), Cell([run(2.0)]))  # one sample has no parts
    assert speed is not None and (speed.best, speed.low, speed.high) == (2.0, 2.0, 2.0)


def test_no_ratio_without_both() -> None:
    assert ratio(Cell([run(1)]), Cell(error="x")) is None
    assert geometric_mean([]) is None
    assert geometric_mean([2.0, 0.5]) == pytest.approx(1.0)
    assert mean_speed("a", "b", {"x": {"a": Cell([run(1)]), "b": Cell(error="x")}}) is None
    assert first(Cell([run(3, 1), run(2, 1)])) == 2


@pytest.mark.parametrize(
    ("seconds", "text"), [(2.5, "2.5 s"), (0.0123, "12.3 ms"), (4.56e-6, "4.56 us"), (7e-8, "70 ns"), (0, "0 s")]
)
def test_times_have_units(seconds: float, text: str) -> None:
    assert format_time(seconds) == text


def test_sizes_have_units() -> None:
    assert (format_size(512), format_size(3 << 20)) == ("0.5 KiB", "3.0 MiB")


def test_a_busy_machine_is_mentioned() -> None:
    quiet, disturbed = run(1.0), run(1.0)
    disturbed.busy = 0.5
    assert "busy" not in render(["off"], {"a": {"off": Cell([quiet])}})
    assert "the machine was busy: 1 of 2 runs" in render(["off"], {"a": {"off": Cell([quiet, disturbed])}})


def table() -> dict[str, dict[str, Cell]]:
    return {
        "a": {"off": Cell([run(2.0)]), "on": Cell([run(1.0, memory=1100)], counters=COUNTERS)},
        "b": {"off": Cell([run(1.0)]), "on": Cell([run(1.25, memory=1300)], counters=COUNTERS)},
        "c": {"off": Cell([run(1.0)]), "on": Cell(error="killed by SIGSEGV")},
    }


def test_speeds() -> None:
    grid = speed_grid(["off", "on"], table())
    assert grid.rows[0] == ["program", "off", "on", "spread"]
    assert grid.rows[1] == ["a", "2 s", "2.00", "2.00-2.00"]
    assert grid.rows[3] == ["c", "1 s", "-", "-"]
    means = "geometric mean 1.265 (1.26-1.26) over 2 programs"
    assert grid.notes[-1] == f"on: {means}, slowest b 0.80, 1 below 0.90; memory median 1.200"


def test_starting() -> None:
    rows = start_grid(["off", "on"], {"a": {"off": Cell([run(8, 4, 4, 4)]), "on": Cell(error="no")}}).rows
    assert rows[1:] == [["a", "off", "8 s", "4 s", "1 s", "1.0 KiB", "1.00"], ["", "on", "-", "-", "-", "-", "-"]]
    notes = start_grid(["off", "on"], {"a": {"off": Cell([run(8, 4, 4)]), "on": Cell([run(2, 4, 4)])}}).notes
    assert notes[-1].startswith("on: 90 %") and "first iteration 4.000 times as fast as off's" in notes[-1]


def test_what_the_jit_did() -> None:
    grid = jit_grid(["off", "on"], table())
    assert grid is not None and len(grid.rows) == 3
    shown = ["75.0%", "1.50", "7", "5", "1", "4.0 KiB", "2.5 ms", "UNSUPPORTED 4, TOO_LONG 1"]
    assert grid.rows[1] == ["a", "on", *shown]
    assert jit_grid(["off"], table()) is None


@pytest.mark.parametrize("counters", [{"traces": 0, "aborts": {}}, {"traces": 0, "trace_bytecodes": 0, "tier1_bytecodes": 0}])
def test_counters_of_a_run_without_bytecodes(counters: dict[str, Any]) -> None:
    done = activity(counters)
    assert done is not None and done.share is None and done.exits is None
    assert activity({}) is None


def test_failures_are_told() -> None:
    lines = render(["off", "on"], table()).splitlines()
    assert lines[0].split() == ["program", "off", "on", "spread"]
    assert lines[-1] == "failed: c on on: killed by SIGSEGV"
