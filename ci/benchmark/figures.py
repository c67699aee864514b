"""What measurements mean: ratios with their spread, geometric means, what a JIT's counters say."""

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from benchmark.measure import Cell, Run, Table

PARTS = 4  # a run's warm samples are cut into this many pieces to see how much they vary


@dataclass(frozen=True)
class Ratio:
    """Speed relative to another interpreter, higher is faster: of the best runs, and least and most over parts of runs."""

    best: float
    low: float
    high: float


def parts(run: Run, count: int) -> list[float]:
    """Medians (seconds per iteration) of `count` consecutive pieces of the warm samples; count <= len(run.late)."""
    late = run.late
    return [statistics.median(late[number * len(late) // count : (number + 1) * len(late) // count]) for number in range(count)]


def ratio(base: Cell, other: Cell) -> Ratio | None:
    """How fast `other` is relative to `base`; None unless both ran.

    The spread compares the same part of the same round: those ran next to each other.
    """
    if not base.ran or not other.ran:
        return None
    best = base.best / other.best
    seen = [best]
    for ours, theirs in zip(base.runs, other.runs, strict=True):
        count = min(PARTS, len(ours.late), len(theirs.late))
        seen += [a / b for a, b in zip(parts(ours, count), parts(theirs, count), strict=True)]
    return Ratio(best, min(seen), max(seen))


def first(cell: Cell) -> float:
    """Seconds of the first iteration: least over rounds."""
    return min(run.first for run in cell.runs)


def to_peak(cell: Cell) -> float:
    """Seconds until 90 % of the warm speed: median over rounds."""
    return statistics.median(run.to_peak for run in cell.runs)


def quotient(base: Cell, other: Cell, key: Callable[[Cell], float]) -> float | None:
    """A figure of `other` relative to that of `base`; None unless both ran and both figures are there."""
    if not base.ran or not other.ran or not key(base) or not key(other):
        return None
    return key(other) / key(base)


def memory_ratio(base: Cell, other: Cell) -> float | None:
    """Peak memory relative to `base`, lower is better; None unless both ran and the system told."""
    return quotient(base, other, lambda cell: cell.memory)


def geometric_mean(values: Iterable[float]) -> float | None:
    """Geometric mean, None of nothing."""
    found = list(values)
    return statistics.geometric_mean(found) if found else None


def speeds(base: str, label: str, table: Table) -> dict[str, Ratio]:
    """Per program the speed of `label` relative to `base`, where both ran."""
    return {name: speed for name, row in table.items() if (speed := ratio(row[base], row[label])) is not None}


def mean_speed(base: str, label: str, table: Table) -> Ratio | None:
    """Geometric means over programs: of the best runs, and of the ends of the spreads."""
    found = list(speeds(base, label, table).values())
    if not found:
        return None
    means = (statistics.geometric_mean([getattr(speed, end) for speed in found]) for end in ("best", "low", "high"))
    return Ratio(*means)


@dataclass(frozen=True)
class Activity:
    """What a JIT did in a run: share (0 to 1) of bytecodes executed in traces, exits per thousand bytecodes (both None if
    nothing was counted), traces made, records that became none by reason, traces evicted, bytes of machine code,
    seconds of compiling.
    """

    share: float | None
    exits: float | None
    traces: int
    aborts: dict[str, int]
    evicted: int
    code: int
    compiling: float


def activity(counters: dict[str, Any]) -> Activity | None:
    """The counters of sys._jit.stats() as an Activity; None if there are none."""
    if "traces" not in counters:
        return None
    inside, outside = counters.get("trace_bytecodes", 0), counters.get("tier1_bytecodes", 0)
    total = inside + outside
    aborts = sorted(counters.get("aborts", {}).items(), key=lambda item: (-item[1], item[0]))
    return Activity(
        inside / total if total else None, 1000 * counters.get("exits", 0) / total if total else None,
        counters["traces"], dict(aborts), counters.get("evicted", 0),
        counters.get("code_bytes", 0), counters.get("compile_ns", 0) / 1e9,
    )  # fmt: skip
