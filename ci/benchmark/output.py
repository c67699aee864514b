"""The files of a report: our own JSON, pyperf's, text, HTML."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmark import figures, page, report, suites
from benchmark.interpreters import Interpreter
from benchmark.measure import Cell, Settings, Table, save


@dataclass(frozen=True)
class Measured:
    """All that is known after (a part of) a measurement."""

    interpreters: Sequence[Interpreter]
    settings: Settings
    table: Table
    machine: dict[str, Any]

    @property
    def labels(self) -> list[str]:
        """Of the interpreters, in order; the first is what others are compared with."""
        return [interpreter.label for interpreter in self.interpreters]


def cell_to_json(base: Cell, cell: Cell) -> dict[str, Any]:
    """A program on an interpreter; times in seconds, memory in bytes, ratios relative to `base`."""
    document: dict[str, Any] = {"error": cell.error}
    if cell.ran:
        speed = figures.ratio(base, cell)
        document |= {
            "speed": asdict(speed) if speed else None,
            "warm": cell.best,
            "first": figures.first(cell),
            "to_peak": figures.to_peak(cell),
            "peak_memory": cell.memory,
        }
    if done := figures.activity(cell.counters):
        document |= {"activity": asdict(done), "counters": cell.counters}
    runs = [asdict(run) | {"warm": run.warm, "first": run.first, "to_peak": run.to_peak} for run in cell.runs]
    return document | {"runs": runs}


def to_json(measured: Measured) -> bytes:
    """The whole measurement."""
    base = measured.labels[0]
    means = {label: figures.mean_speed(base, label, measured.table) for label in measured.labels}
    document = {
        "format": 2,
        "machine": measured.machine,
        "settings": asdict(measured.settings),
        "interpreters": {interpreter.label: interpreter.description() for interpreter in measured.interpreters},
        "geometric_means": {label: asdict(mean) if mean else None for label, mean in means.items()},
        "programs": {
            name: {label: cell_to_json(row[base], cell) for label, cell in row.items()} for name, row in measured.table.items()
        },
    }
    return (json.dumps(document, indent=1) + "\n").encode()


def file_names(labels: Sequence[str]) -> dict[str, str]:
    """A file name without suffix for each label, all different, none of them `results`."""
    names: dict[str, str] = {}
    for label in labels:
        plain = re.sub(r"[^\w.+-]", "_", label).lstrip(".") or "_"
        name, number = plain, 2
        while name.lower() in {"results", *(taken.lower() for taken in names.values())}:
            name, number = f"{plain}-{number}", number + 1
        names[label] = name
    return names


def write(folder: Path, measured: Measured) -> None:
    """Write (again) all files of the report."""
    save(folder / "results.json", to_json(measured))
    names = file_names(measured.labels)
    for interpreter in measured.interpreters:
        data = suites.suite(interpreter, measured.table, measured.machine)
        if data is not None:
            save(folder / f"{names[interpreter.label]}.json", data)
    save(folder / "table.txt", (report.render(measured.labels, measured.table) + "\n").encode())
    save(folder / "report.html", page.page(measured.interpreters, measured.settings, measured.table, measured.machine).encode())
