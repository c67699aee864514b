"""Says in which modes a program differs from "off", how, and which differences look alike."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from fuzzing.workers import Outcome

BASE = "off"
MAX_DIFF = 60  # lines


@dataclass(frozen=True)
class Difference:
    """A mode whose outcome is not that of "off": `kind` is alike for what probably has one cause."""

    mode: str
    kind: str
    text: str  # for people


def shape(line: str) -> str:
    """What a line of a record is about, without its values."""
    line = re.sub(r"'(\\.|[^'])*'|\"(\\.|[^\"])*\"", "'", line)
    line = re.sub(r"-?0x[0-9a-f.]+(p[+-]?\d+)?|-?\d+|nan:[0-9a-f]+", "0", line)
    return " ".join(re.split(r"[ :@]", line)[:2])


def crash_kind(outcome: Outcome) -> str:
    """How a process ended, with the words of a failed assertion or fatal error."""
    telling = ("Fatal Python error", "==", "error")
    lines = [line for line in outcome.errors.splitlines() if "Assertion" in line or line.startswith(telling)]
    words = re.sub(r"0x[0-9a-f]+|\d+", "0", lines[0])[:120] if lines else ""
    return f"{outcome.ended} {words}".strip()


def compare(off: Outcome, other: Outcome, mode: str) -> Difference | None:
    """How a mode's outcome differs; None if it does not."""
    if other.same(off):
        return None
    if other.ended != off.ended:
        kind = crash_kind(other)
        return Difference(mode, kind, f"{kind}\n{other.errors}")
    if other.runs == off.runs:
        return Difference(mode, "references", f"references: {off.references} off, {other.references} {mode}")
    number = next(i for i, (a, b) in enumerate(zip(off.runs, other.runs, strict=True)) if a != b)
    expected, found = (outcome.runs[number].split("\n") for outcome in (off, other))
    first = next((pair for pair in zip(expected, found, strict=False) if pair[0] != pair[1]), ("(end)", "(end)"))
    kind = f"{shape(first[0])} | {shape(first[1])}"
    diff = list(difflib.unified_diff(expected, found, f"off, run {number}", f"{mode}, run {number}", n=2, lineterm=""))
    return Difference(mode, kind, "\n".join(line[:500] for line in diff[:MAX_DIFF]))


def differences(outcomes: Mapping[str, Outcome]) -> list[Difference]:
    """All modes that differ."""
    off = outcomes[BASE]
    found = (compare(off, outcome, mode) for mode, outcome in outcomes.items() if mode != BASE)
    return [difference for difference in found if difference]
