"""Writes measurements in pyperf's file format, so that `python -m pyperf` shows and compares them."""

import datetime
import json
import platform
from collections.abc import Mapping
from typing import Any

from benchmark.interpreters import Interpreter
from benchmark.measure import Run, Table

VERSION = "1.0"  # of the file format


def to_run(run: Run) -> dict[str, Any]:
    """One process; the samples of the first half of its time are warm-ups."""
    metadata = {"loops": run.loops[-1], "duration": run.ends[-1]}
    if run.peak_memory:
        metadata["mem_max_rss"] = run.peak_memory
    warmups = [list(pair) for pair in zip(run.loops[: run.warmups], run.values[: run.warmups], strict=True)]
    return {"metadata": metadata, "values": run.late, **({"warmups": warmups} if warmups else {})}


def metadata(interpreter: Interpreter, machine: Mapping[str, Any]) -> dict[str, Any]:
    """What all benchmarks of one interpreter have in common."""
    facts = {
        "python_implementation": interpreter.implementation,
        "python_version": interpreter.version,
        "python_compiler": interpreter.build.replace("\n", " "),
        "python_config_args": str(interpreter.description()["arguments"]),
        "python_environment": ",".join(f"{name}={value}" for name, value in interpreter.variables.items()),
        "platform": f"{platform.system()}-{platform.machine()}",
        "cpu_model_name": str(machine.get("processor") or ""),
        "cpu_count": machine.get("cpus") or 0,
        "interpreter": interpreter.label,
    }
    return {"unit": "second", **{name: value for name, value in facts.items() if value}}


def suite(interpreter: Interpreter, table: Table, machine: Mapping[str, Any]) -> bytes | None:
    """The file for one interpreter; None if no program ran on it, which the format cannot express."""
    date = datetime.datetime.now().isoformat(" ", "seconds")
    benchmarks = []
    for name, row in table.items():
        cell = row[interpreter.label]
        if cell.ran:
            runs = [to_run(run) for run in cell.runs]
            for run in runs:
                run["metadata"]["date"] = date
            benchmarks.append({"metadata": {"name": name}, "runs": runs})
    if not benchmarks:
        return None
    document = {"version": VERSION, "metadata": metadata(interpreter, machine), "benchmarks": benchmarks}
    return (json.dumps(document, indent=1) + "\n").encode()
