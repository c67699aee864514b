"""Times programs over interpreters, interleaved, and says what a run's samples mean.

Per program the order is A, B, A, B: a machine that gets slower or faster over
minutes changes all interpreters alike.  One that does so from second to second
does if they run at once, see time_round().
"""

import json
import os
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmark.interpreters import Interpreter
from benchmark.programs import Program
from benchmark.running import Answer, Place, Task, ask
from support import write_if_changed

LEAST = 1e-9  # seconds: what a coarse clock sees as zero, which nothing can be divided by
NEAR_PEAK = 0.9  # share of the warm speed from which on a program counts as being near its peak


@dataclass(frozen=True)
class Settings:
    """How much is measured: rounds, seconds per run, samples per run at least, clock ("wall" or "cpu"), and whether all
    interpreters run a program at once, on one processor.
    """

    rounds: int = 2
    seconds: float = 1.2
    samples: int = 3
    clock: str = "wall"
    together: bool = False


@dataclass
class Run:
    """One process: of each sample seconds per iteration, seconds from the beginning to its end, iterations;
    share of the time that it had a processor, bytes.
    """

    values: list[float]
    ends: list[float]
    loops: list[int]
    busy: float
    peak_memory: int

    @property
    def first(self) -> float:
        """Seconds of the very first iteration."""
        return self.values[0]

    @property
    def warmups(self) -> int:
        """How many samples ended in the first half of the time."""
        return sum(end <= self.ends[-1] / 2 for end in self.ends)

    @property
    def late(self) -> list[float]:
        """The samples of the second half of the time; never empty."""
        return self.values[self.warmups :]

    @property
    def warm(self) -> float:
        """Seconds per iteration once warm: median of the samples of the second half of the time."""
        return statistics.median(self.late)

    @property
    def to_peak(self) -> float:
        """Seconds until 90 % of the warm speed was reached, and not by one sample alone: that may be chance."""
        slowest = self.warm / NEAR_PEAK
        for number, value in enumerate(self.values):
            if value <= slowest and statistics.median(self.values[number : number + 3]) <= slowest:
                return self.ends[number - 1] if number else 0.0
        return self.ends[-1]


@dataclass
class Cell:
    """A program on an interpreter: its runs, or why there are none; the JIT's counters from a run of their own."""

    runs: list[Run] = field(default_factory=list)
    error: str | None = None
    counters: dict[str, Any] = field(default_factory=dict)

    @property
    def ran(self) -> bool:
        """Whether there is something to compare."""
        return self.error is None and bool(self.runs)

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
        [max(significant(value), LEAST) for value in result["values"]], [significant(end) for end in result["ends"]],
        result["loops"], significant(result["busy"]), result["peak_memory"],
    )  # fmt: skip


def count(interpreter: Interpreter, program: Program, seconds: float, place: Place) -> tuple[dict[str, Any], str | None]:
    """What the JIT counts in a run of its own, since counting costs time; or the error."""
    task = Task(program, "count" if program.whole else "time", seconds=seconds, samples=1)
    answer = ask(interpreter, task, place, {"PYTHON_JIT_STATS": "1"})
    return (answer.result["jit"], None) if answer.error is None else ({}, f"{answer.error} (while counting)")


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
        if self.place.packages is None:  # a script of the user's, which may change any time
            return ask(interpreter, Task(program, seconds=0, samples=1), self.place).error
        key = f"{interpreter.cache} {self.place.packages.name} {program.name}"
        if key in self.known:
            return None
        answer = ask(interpreter, Task(program, seconds=0, samples=1), self.place)
        if answer.error is None:
            self.known.add(key)
            write_if_changed(self.path, json.dumps(sorted(self.known), indent=0).encode())
        return answer.error


def time_round(
    interpreters: Sequence[Interpreter], program: Program, turn: int, settings: Settings, place: Place
) -> list[Answer]:
    """Time the program once on each interpreter: one after the other, or all at once.

    At once on one processor, they take turns of some milliseconds, so whatever makes the machine slow for a second
    makes all of them slow; what one leaves in the caches is in the way of the others, though.  Each gets its share
    of the processor, so `seconds` of it take as many times as long.
    """
    share = len(interpreters) if settings.together else 1
    task = Task(program, seconds=settings.seconds * share, samples=settings.samples, clock=settings.clock)
    # Another seed each round: the layout of dicts and sets is part of the noise.
    variables = {"PYTHONHASHSEED": str(turn)}
    if not settings.together:
        return [ask(interpreter, task, place, variables) for interpreter in interpreters]
    with ThreadPoolExecutor(max(share, 1)) as pool:
        return list(pool.map(lambda interpreter: ask(interpreter, task, place, variables), interpreters))


@contextmanager
def one_processor() -> Iterator[None]:
    """Keep this thread, and the processes that it starts, on the last of the processors that it may use."""
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(everywhere)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, everywhere)


def measure(
    interpreters: Sequence[Interpreter], programs: Sequence[Program], settings: Settings, place: Place,
    progress: Callable[[Program, dict[str, Cell]], None] = lambda program, row: None,
) -> Table:  # fmt: skip
    """Time every program on every interpreter and count what its JIT does; `progress` is called with each finished row."""
    primed = Primed(place)
    table: Table = {}
    for number, program in enumerate(programs, 1):
        if sys.stderr.isatty():
            print(f"\r\033[K[{number}/{len(programs)}] {program.name}", end="", file=sys.stderr, flush=True)
        with one_processor() if settings.together else nullcontext():
            row = {interpreter.label: Cell(error=primed(interpreter, program)) for interpreter in interpreters}
            for turn in range(settings.rounds):
                able = [interpreter for interpreter in interpreters if row[interpreter.label].error is None]
                for interpreter, answer in zip(able, time_round(able, program, turn, settings, place), strict=True):
                    cell = row[interpreter.label]
                    if answer.error is None:
                        cell.runs.append(to_run(answer))
                    else:
                        cell.error = answer.error
            for interpreter in interpreters:
                cell = row[interpreter.label]
                if interpreter.counts and cell.ran:
                    cell.counters, cell.error = count(interpreter, program, settings.seconds, place)
        table[program.name] = row
        progress(program, row)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    return table


def save(path: Path, data: bytes) -> None:
    """Write a report atomically."""
    write_if_changed(path, data)
