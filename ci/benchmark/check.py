"""Compares what programs compute on several interpreters: values, output, exceptions."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmark.interpreters import Interpreter
from benchmark.measure import Primed
from benchmark.programs import Program
from benchmark.running import Answer, Place, Task, ask


@dataclass
class Verdict:
    """A program: how many values were compared, and one line for each interpreter that differs from the first or fails."""

    values: int = 0
    loops: int = 0
    problems: dict[str, str] = field(default_factory=dict)
    jit: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def same(self) -> bool:
        """Whether every interpreter ran the program and computed the same."""
        return not self.problems


def strip(text: str) -> str:
    """What a program printed, without addresses and names of temporary folders."""
    return re.sub(r"0x[0-9a-fA-F]{5,}|/tmp[a-z0-9_]{8}", "...", text)


def difference(expected: Answer, found: Answer, same_version: bool) -> str | None:
    """What differs first between two runs of a program, in one line; None if nothing does.

    What is printed only counts between equal versions: it includes warnings.
    """
    ours, theirs = expected.result["observations"], found.result["observations"]
    for (place, digest, preview), (place2, digest2, preview2) in zip(ours, theirs, strict=False):
        if place != place2:
            return f"went another way: {place2} where {place} was expected"
        if digest != digest2:
            if preview == preview2:
                return f"at {place}: differs after {preview!r}"
            return f"at {place}: {mark(preview, preview2)}"
    if len(ours) != len(theirs):
        return f"{len(theirs)} values instead of {len(ours)}"
    if same_version and strip(expected.output) != strip(found.output):
        return f"printed something else: {mark(strip(expected.output), strip(found.output))}"
    return None


def mark(expected: str, found: str) -> str:
    """Both texts from a little before the place where they differ."""
    same = next((i for i, (a, b) in enumerate(zip(expected, found, strict=False)) if a != b), min(len(expected), len(found)))
    start = max(0, same - 20)
    return f"{found[start : same + 40]!r} instead of {expected[start : same + 40]!r}"


def compare(interpreters: Sequence[Interpreter], program: Program, seconds: float, place: Place, primed: Primed) -> Verdict:
    """Run a program on all interpreters, equally often, for about `seconds` on the first one."""
    versions = {(interpreter.implementation, interpreter.version) for interpreter in interpreters}
    variables = {"BENCH_SAME_VERSION": "1" if len(versions) == 1 else "0"}
    verdict = Verdict()
    first: Answer | None = None
    for interpreter in interpreters:
        if error := primed(interpreter, program):  # else compiling would print its warnings the first time only
            verdict.problems[interpreter.label] = error
            continue
        loops, calls = (first.result["loops"], first.result["calls"]) if first is not None else (0, 0)
        answer = ask(interpreter, Task(program, "check", seconds=seconds, loops=loops, calls=calls), place, variables)
        if answer.error is not None:
            verdict.problems[interpreter.label] = answer.error
            continue
        verdict.jit[interpreter.label] = answer.result["jit"]
        if first is None:
            first = answer
            verdict.values, verdict.loops = len(answer.result["observations"]), answer.result["loops"]
            if not verdict.values:
                verdict.problems[interpreter.label] = "nothing was observed"
        elif problem := difference(first, answer, len(versions) == 1):
            verdict.problems[interpreter.label] = problem
    return verdict


def check(
    interpreters: Sequence[Interpreter], programs: Sequence[Program], seconds: float, place: Place,
    progress: Callable[[str, Verdict], None],
) -> dict[str, Verdict]:  # fmt: skip
    """Compare every program; `progress` is called with each verdict."""
    primed = Primed(place)
    verdicts = {}
    for program in programs:
        verdict = compare(interpreters, program, seconds, place, primed)
        verdicts[program.name] = verdict
        progress(program.name, verdict)
    return verdicts


def describe(name: str, verdict: Verdict) -> str:
    """One line for the user, more for each problem."""
    if verdict.same:
        return f"same    {name}: {verdict.values} values, {verdict.loops} loops"
    return "\n".join(f"DIFFERS {name} on {label}: {problem}" for label, problem in verdict.problems.items())


def to_json(interpreters: Sequence[Interpreter], verdicts: dict[str, Verdict]) -> bytes:
    """All verdicts and what was compared."""
    document = {
        "format": 1,
        "interpreters": {interpreter.label: interpreter.description() for interpreter in interpreters},
        "programs": {
            name: {"same": v.same, "values": v.values, "loops": v.loops, "problems": v.problems, "jit": v.jit}
            for name, v in verdicts.items()
        },
    }
    return (json.dumps(document, indent=1) + "\n").encode()
