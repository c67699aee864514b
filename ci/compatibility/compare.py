"""Compares a suite on two sides, and once more where they differ, to know what is flaky."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.interpreters import Interpreter
from benchmark.sides import Journal, side_key
from compatibility.environment import prepare
from compatibility.running import Outcome, run_suite
from compatibility.suites import Suite
from support import UserError

RUNS = 3  # so often two sides must differ in the same way
WHOLE = "(the suite)"  # stands for how the whole ended, among the names of tests

Verdicts = tuple[str, str]


@dataclass(frozen=True)
class Row:
    """A suite, its first outcome on both sides, what differs for good, what did so once; or why it could not be run."""

    suite: Suite
    outcomes: Sequence[Outcome] = ()
    differs: dict[str, Verdicts] = field(default_factory=dict)
    flaky: dict[str, Verdicts] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    problem: str = ""


def differences(first: Outcome, second: Outcome) -> dict[str, Verdicts]:
    """Verdicts that differ.  If a side did not get to its end, that counts, and not what it could not run."""
    ends = [f"{outcome.end} in {outcome.running}" if outcome.running else outcome.end for outcome in (first, second)]
    found = {WHOLE: (ends[0], ends[1])} if ends[0] != ends[1] else {}
    complete = first.end == second.end == "ok"
    for test in sorted({*first.tests, *second.tests}):
        pair = first.tests.get(test, "not run"), second.tests.get(test, "not run")
        if pair[0] != pair[1] and (complete or "not run" not in pair):
            found[test] = pair
    return found


class Comparison:
    """Two sides, where their environments lie, and what is known already."""

    def __init__(self, sides: Sequence[Interpreter], journal: Journal[Outcome], work: Path, slowness: float) -> None:
        self.sides = sides
        self.keys = [side_key(side) for side in sides]
        self.journal = journal
        self.work = work
        self.slowness = slowness

    def outcome(self, suite: Suite, index: int, turn: int) -> Outcome:
        """The journal's outcome, else a fresh one; UserError if the suite cannot be installed."""
        key = f"{self.keys[index]} {suite.name} {suite.key} {turn}"
        side = self.sides[index]
        return self.journal.outcome(key, lambda: run_suite(suite, side, prepare(suite, side, self.work), self.slowness))

    def compare(self, suite: Suite) -> Row:
        """Run a suite on both sides; as often as `RUNS` while anything differs each time in the same way.

        All of it each time: a test alone may not get hot.
        """
        try:
            outcomes = [self.outcome(suite, index, 0) for index in (0, 1)]
            ever = differs = differences(*outcomes)
            for turn in range(1, RUNS):
                if not differs:
                    break
                again = differences(*(self.outcome(suite, index, turn) for index in (0, 1)))
                differs = {test: pair for test, pair in differs.items() if again.get(test) == pair}
        except UserError as error:
            return Row(suite, problem=str(error))
        flaky = {test: pair for test, pair in ever.items() if test not in differs}
        return Row(suite, outcomes, differs, flaky, explanations(outcomes, ever))


def explanations(outcomes: Sequence[Outcome], tests: dict[str, Verdicts]) -> dict[str, str]:
    """What the failing side said, for those that differ."""
    found: dict[str, str] = {}
    for outcome in outcomes:
        if outcome.last and WHOLE in tests:
            found[WHOLE] = outcome.last
        found |= {test: detail for test, detail in outcome.details.items() if test in tests}
    return found
