"""Turns measurements into what a person reads: tables of speed, of starting and memory, of what the JIT did."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.figures import activity, first, geometric_mean, mean_speed, memory_ratio, quotient, ratio, speeds, to_peak
from benchmark.measure import Table

UNDISTURBED = 0.95  # share of its time that a run must have had a processor to be trusted
SLOW = 0.9  # a program below this speed is worth a word


@dataclass(frozen=True)
class Grid:
    """A table: the first row of `rows` is its head; columns in `left` hold words; notes explain and sum up."""

    title: str
    rows: list[list[str]]
    left: frozenset[int] = frozenset({0})
    notes: list[str] = field(default_factory=list)


def format_time(seconds: float) -> str:
    """A duration with a unit that suits it, three digits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns" if seconds else "0 s"


def format_size(size: float) -> str:
    """A number of bytes in MiB or KiB."""
    return f"{size / 2**20:.1f} MiB" if size >= 2**20 else f"{size / 2**10:.1f} KiB"


def count(number: int, noun: str) -> str:
    """A number of things, with the plural's s."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def optional(value: float | None, form: str) -> str:
    """A formatted number, "-" for None."""
    return "-" if value is None else format(value, form)


def columns(rows: Sequence[Sequence[str]], left: frozenset[int] = frozenset({0})) -> str:
    """Rows as aligned columns, those in `left` to the left."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if index in left else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def speed_grid(labels: Sequence[str], table: Table) -> Grid:
    """Per program the first interpreter's time, and of the others speed relative to it, with its spread."""
    base, *others = labels
    rows = [["program", base, *(text for label in others for text in (label, "spread"))]]
    for name, row in table.items():
        cells = [name, format_time(row[base].best) if row[base].ran else "-"]
        for label in others:
            speed = ratio(row[base], row[label])
            cells += [
                optional(speed.best if speed else None, ".2f"),
                f"{speed.low:.2f}-{speed.high:.2f}" if speed else "-",
            ]
        rows.append(cells)
    explanation = f"speed relative to {base}, higher is faster; spread: least and most over rounds and parts of them"
    notes = [explanation] if others else []
    return Grid("Speed, as a table", rows, notes=notes + [summary(base, label, table) for label in others])


def start_grid(labels: Sequence[str], table: Table) -> Grid:
    """Per program and interpreter: first iteration, warm iteration, time until 90 % of the warm speed, peak memory."""
    rows = [["program", "interpreter", "first", "warm", "to 90 %", "memory", "relative"]]
    for name, row in table.items():
        for label in labels:
            cell = row[label]
            shown = [format_time(first(cell)), format_time(cell.best), format_time(to_peak(cell))] if cell.ran else ["-"] * 3
            memory = format_size(cell.memory) if cell.ran and cell.memory else "-"
            relative = optional(memory_ratio(row[labels[0]], cell), ".2f")
            rows.append([name if label == labels[0] else "", label, *shown, memory, relative])
    notes = [
        "first, warm: time of the first iteration, and of one in the second half of a run; "
        "to 90 %: time until an iteration took no longer than warm / 0.9; "
        f"memory: peak resident size, and relative to {labels[0]}, lower is better"
    ]
    for label in labels:
        cells = [row[label] for row in table.values() if row[label].ran]
        if cells:
            text = f"{label}: 90 % of the warm speed after {format_time(statistics.median(map(to_peak, cells)))} on the median"
            firsts = [q for row in table.values() if (q := quotient(row[label], row[labels[0]], first)) is not None]
            if label != labels[0] and firsts:
                text += f"; first iteration {geometric_mean(firsts):.3f} times as fast as {labels[0]}'s (geometric mean)"
            notes.append(text)
    return Grid("First iteration, warming up, memory", rows, frozenset({0, 1}), notes)


def jit_grid(labels: Sequence[str], table: Table) -> Grid | None:
    """Per program and interpreter what its JIT did; None if none of them tells."""
    rows = [["program", "interpreter", "in traces", "exits", "traces", "aborted", "evicted", "code", "compiling", "aborts"]]
    shares: dict[str, list[float]] = {}
    for name, row in table.items():
        for label in labels:
            done = activity(row[label].counters)
            if done is None:
                continue
            shares.setdefault(label, []).extend([] if done.share is None else [done.share])
            reasons = ", ".join(f"{reason} {count}" for reason, count in done.aborts.items())
            rows.append([
                name, label, optional(done.share, ".1%"), optional(done.exits, ".2f"), str(done.traces),
                str(sum(done.aborts.values())), str(done.evicted), format_size(done.code), format_time(done.compiling), reasons,
            ])  # fmt: skip
    if len(rows) == 1:
        return None
    notes = ["counted in a run of its own; exits: from traces, per thousand bytecodes; aborts: why records became no trace"]
    for label, found in shares.items():
        if found:
            notes.append(f"{label}: {statistics.median(found):.1%} of bytecodes in traces on the median")
    return Grid("What the JIT did", rows, frozenset({0, 1, 9}), notes)


def grids(labels: Sequence[str], table: Table) -> list[Grid]:
    """All tables of a report."""
    jit = jit_grid(labels, table)
    return [speed_grid(labels, table), start_grid(labels, table), *([jit] if jit else [])]


def warnings(table: Table) -> list[str]:
    """What a reader must know of runs that went wrong or were disturbed."""
    return disturbances(table) + failures(table)


def render(labels: Sequence[str], table: Table) -> str:
    """All tables with their notes, and one line for each program that failed, as text."""
    blocks = [[columns(grid.rows, grid.left), "", *grid.notes] for grid in grids(labels, table)]
    blocks.append(warnings(table))
    return "\n\n\n".join("\n".join(block).rstrip() for block in blocks if block)


def summary(base: str, label: str, table: Table) -> str:
    """One line about an interpreter over all programs."""
    mean, found = mean_speed(base, label, table), speeds(base, label, table)
    if mean is None:
        return f"{label}: no program ran on both"
    memories = [value for row in table.values() if (value := memory_ratio(row[base], row[label])) is not None]
    slowest = min(found, key=lambda name: found[name].best)
    text = (
        f"{label}: geometric mean {mean.best:.3f} ({mean.low:.2f}-{mean.high:.2f}) over {count(len(found), 'program')}, "
        f"slowest {slowest} {found[slowest].best:.2f}, {sum(speed.best < SLOW for speed in found.values())} below {SLOW:.2f}"
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
