"""Times programs over interpreters, interleaved, and says what a run's samples mean.

Per program the order is A, B, A, B: a machine that gets slower or faster over
minutes changes all interpreters alike.
"""

import json
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmark.interpreters import Interpreter
from benchmark.programs import Program
from benchmark.running import Answer, Place, Task, ask
from support import write_if_changed


@dataclass(frozen=True)
class Settings:
    """How much is measured: rounds, seconds per run, samples per run at least, clock ("wall" or "cpu")."""

    rounds: int = 2
    seconds: float = 1.2
    samples: int = 3
    clock: str = "wall"


@dataclass
class Run:
    """One process: seconds per iteration of each sample and when it ended, iterations per sample, share of the
    time that it had a processor, bytes, what sys._jit.stats() said.
    """

    values: list[float]
    ends: list[float]
    loops: int
    busy: float
    peak_memory: int
    jit: dict[str, Any] = field(default_factory=dict)

    @property
    def first(self) -> float:
        """Seconds of the very first iteration."""
        return self.values[0]

    @property
    def warm(self) -> float:
        """Seconds per iteration once warm: median of the samples of the second half of the time."""
        half = self.ends[-1] / 2
        late = [value for value, end in zip(self.values, self.ends, strict=True) if end > half]
        return statistics.median(late)


@dataclass
class Cell:
    """A program on an interpreter: its runs, or why there are none."""

    runs: list[Run] = field(default_factory=list)
    error: str | None = None

    @property
    def best(self) -> float:
        """Seconds per iteration of the best run."""
        return min(run.warm for run in self.runs)

    @property
    def memory(self) -> int:
        """Peak memory in bytes of the run that needed least."""
        return min(run.peak_memory for run in self.runs)


Table = dict[str, dict[str, Cell]]


def significant(value: float) -> float:
    """Six significant digits: more than any clock is good for."""
    return float(f"{value:.6g}")


def to_run(answer: Answer) -> Run:
    """A worker's result as a Run."""
    result = answer.result
    return Run(
        [significant(value) for value in result["values"]], [significant(end) for end in result["ends"]],
        result["loops"], significant(result["busy"]), result["peak_memory"], result["jit"],
    )  # fmt: skip


class Primed:
    """Remembers which programs already have their byte code cached, so that compiling is in no measurement."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.path = place.work / "primed.json"
        try:
            self.known: set[str] = set(json.loads(self.path.read_text("utf-8")))
        except (OSError, ValueError):
            self.known = set()

    def __call__(self, interpreter: Interpreter, program: Program) -> str | None:
        """Run the program once if need be; the error if it fails."""
        key = f"{interpreter.cache} {self.place.packages.name} {program.name}"
        if key in self.known:
            return None
        answer = ask(interpreter, Task(program, seconds=0, samples=1), self.place)
        if answer.error is None:
            self.known.add(key)
            write_if_changed(self.path, json.dumps(sorted(self.known), indent=0).encode())
        return answer.error


def measure(
    interpreters: Sequence[Interpreter], programs: Sequence[Program], settings: Settings, place: Place,
    progress: Callable[[Program, dict[str, Cell]], None] = lambda program, row: None,
) -> Table:  # fmt: skip
    """Time every program on every interpreter; `progress` is called with each finished row."""
    primed = Primed(place)
    table: Table = {}
    for number, program in enumerate(programs, 1):
        if sys.stderr.isatty():
            print(f"\r\033[K[{number}/{len(programs)}] {program.name}", end="", file=sys.stderr, flush=True)
        row = {interpreter.label: Cell(error=primed(interpreter, program)) for interpreter in interpreters}
        for turn in range(settings.rounds):
            for interpreter in interpreters:
                cell = row[interpreter.label]
                if cell.error is not None:
                    continue
                task = Task(program, seconds=settings.seconds, samples=settings.samples, clock=settings.clock)
                # Another seed each round: the layout of dicts and sets is part of the noise.
                answer = ask(interpreter, task, place, {"PYTHONHASHSEED": str(turn)})
                if answer.error is None:
                    cell.runs.append(to_run(answer))
                else:
                    cell.error = answer.error
        table[program.name] = row
        progress(program, row)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    return table


def to_json(interpreters: Sequence[Interpreter], settings: Settings, table: Table, machine: dict[str, Any]) -> bytes:
    """The whole measurement; times in seconds, memory in bytes."""
    document = {
        "format": 1,
        "machine": machine,
        "settings": asdict(settings),
        "interpreters": {interpreter.label: interpreter.description() for interpreter in interpreters},
        "programs": {
            name: {
                label: {
                    "error": cell.error,
                    "runs": [asdict(run) | {"warm": run.warm, "first": run.first} for run in cell.runs],
                }
                for label, cell in row.items()
            }
            for name, row in table.items()
        },
    }
    return (json.dumps(document, indent=1) + "\n").encode()


def save(path: Path, data: bytes) -> None:
    """Write a report atomically."""
    write_if_changed(path, data)
