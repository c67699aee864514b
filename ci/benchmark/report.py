"""Turns measurements into what a person reads: ratios with their spread, geometric means, memory, statistics."""

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.measure import Cell, Table

# Keys of sys._jit.stats(): bytecodes executed inside traces, and by the interpreter.
IN_TRACES, IN_TIER1 = "trace_bytecodes", "tier1_bytecodes"
UNDISTURBED = 0.95  # share of its time that a run must have had a processor to be trusted


@dataclass(frozen=True)
class Ratio:
    """Speed relative to the first interpreter, higher is faster: of the best runs, and least and most over rounds."""

    best: float
    low: float
    high: float


def ratio(base: Cell, other: Cell) -> Ratio | None:
    """How fast `other` is relative to `base`; None unless both ran."""
    if base.error is not None or other.error is not None or not base.runs or not other.runs:
        return None
    rounds = [a.warm / b.warm for a, b in zip(base.runs, other.runs, strict=True)]
    return Ratio(base.best / other.best, min(rounds), max(rounds))


def memory_ratio(base: Cell, other: Cell) -> float | None:
    """Peak memory relative to `base`, lower is better; None unless both ran and the system told."""
    if base.error is not None or other.error is not None or not base.runs or not other.runs or not base.memory:
        return None
    return other.memory / base.memory


def trace_share(cell: Cell) -> float | None:
    """Share (0 to 1) of bytecodes executed inside traces in the last run; None if the interpreter does not tell."""
    if cell.error is not None or not cell.runs:
        return None
    counts = cell.runs[-1].jit
    inside, outside = counts.get(IN_TRACES), counts.get(IN_TIER1)
    if not isinstance(inside, int | float) or not isinstance(outside, int | float) or not inside + outside:
        return None
    return inside / (inside + outside)


def geometric_mean(values: Iterable[float]) -> float | None:
    """Geometric mean, None of nothing."""
    found = list(values)
    return statistics.geometric_mean(found) if found else None


def format_time(seconds: float) -> str:
    """A duration with a unit that suits it, three digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def optional(value: float | None, form: str) -> str:
    """A formatted number, "-" for None."""
    return "-" if value is None else format(value, form)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows as aligned columns, the first left-aligned."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index == 0 else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def render(labels: Sequence[str], table: Table) -> str:
    """The table, the summary below it, and one line for each program that failed."""
    base, *others = labels
    with_shares = {label for label in labels if any(trace_share(row[label]) is not None for row in table.values())}
    header = ["program", base]
    for label in labels:
        if label != base:
            header += [label, "spread", "memory"]
        if label in with_shares:
            header.append("traces")
    rows = [header]
    for name, row in table.items():
        cells = [name, format_time(row[base].best) if row[base].error is None and row[base].runs else "-"]
        for label in labels:
            if label != base:
                speed = ratio(row[base], row[label])
                cells += [
                    optional(speed.best if speed else None, ".2f"),
                    f"{speed.low:.2f}-{speed.high:.2f}" if speed else "-",
                    optional(memory_ratio(row[base], row[label]), ".2f"),
                ]
            if label in with_shares:
                cells.append(optional(trace_share(row[label]), ".0%"))
        rows.append(cells)
    lines = [columns(rows), "", f"speed relative to {base}, higher is faster; memory: peak resident size, lower is better"]
    lines += [summary(base, label, table) for label in others]
    for label in labels:
        if label in with_shares:
            shares = [share for row in table.values() if (share := trace_share(row[label])) is not None]
            lines.append(f"{label}: {statistics.median(shares):.1%} of bytecodes in traces on the median")
    lines += disturbances(table)
    lines += failures(table)
    return "\n".join(lines)


def summary(base: str, label: str, table: Table) -> str:
    """One line about an interpreter over all programs."""
    speeds = {name: speed.best for name, row in table.items() if (speed := ratio(row[base], row[label])) is not None}
    memories = [value for row in table.values() if (value := memory_ratio(row[base], row[label])) is not None]
    if not speeds:
        return f"{label}: no program ran on both"
    slowest = min(speeds, key=lambda name: speeds[name])
    text = (
        f"{label}: geometric mean {geometric_mean(speeds.values()):.3f} over {len(speeds)} programs, "
        f"slowest {slowest} {speeds[slowest]:.2f}, {sum(speed < 0.9 for speed in speeds.values())} below 0.90"
    )
    return text + (f"; memory median {statistics.median(memories):.3f}" if memories else "")


def disturbances(table: Table) -> list[str]:
    """A line of warning if other processes took the processor away from a part of the runs."""
    shares = [run.busy for row in table.values() for cell in row.values() for run in cell.runs]
    disturbed = sum(share < UNDISTURBED for share in shares)
    if not disturbed:
        return []
    return [
        f"the machine was busy: {disturbed} of {len(shares)} runs had a processor for less than {UNDISTURBED:.0%} of their time"
    ]


def failures(table: Table) -> list[str]:
    """One line per program and interpreter that did not run."""
    return [
        f"failed: {name} on {label}: {cell.error}"
        for name, row in table.items()
        for label, cell in row.items()
        if cell.error is not None
    ]


def machine() -> dict[str, Any]:
    """What of this machine a reader of figures wants to know."""
    model = ""
    try:
        information = Path("/proc/cpuinfo").read_text("utf-8")
        model = next((line.partition(":")[2].strip() for line in information.splitlines() if line.startswith("model name")), "")
    except OSError:
        pass
    return {"system": platform.system(), "architecture": platform.machine(), "processor": model, "cpus": os.cpu_count()}
