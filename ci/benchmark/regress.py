"""Runs CPython's test suite, file by file, with two interpreters or environments and reports what differs.

Each test file runs in a process of its own on each side, with a timeout, one
side after the other.  Verdicts are appended to a journal as they come, so an
interrupted run goes on where it stopped.  A file whose verdicts differ is run
once more on both sides; only if it differs again it counts as a difference,
else as flaky.
"""

import argparse
import json
import os
import re
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmark.interpreters import Interpreter
from benchmark.measure import save
from benchmark.report import columns
from benchmark.running import how_it_ended, last_line, run_limited
from benchmark.sides import Journal, compare_all, side_key, two_sides
from support import REPOSITORY, UserError, heed_interrupts

RESOURCES = "all,-gui,-network,-largefile"
DESCRIPTION = f"""
Runs CPython's test suite (python -m test -u {RESOURCES}) on two
sides and reports the test files whose verdict differs.

  ci/regress --python off=build/python,PYTHON_JIT=0 --python on=build/python,PYTHON_JIT=1
  ci/regress --tests 'test_dict test_json' --python base=base/python --python ours=build/python
"""
# What one file can say, from libregrtest's summary; the first that matches counts.
SUMMARIES = (
    ("failed", re.compile(r"^\d+ tests? failed", re.M)),
    ("env changed", re.compile(r"^\d+ tests? altered the execution environment", re.M)),
    ("resource denied", re.compile(r"^\d+ tests? skipped \(resource denied\)", re.M)),
    ("skipped", re.compile(r"^\d+ tests? skipped", re.M)),
    ("no tests", re.compile(r"^\d+ tests? (?:file )?run no tests|^Result: NO TESTS RAN", re.M)),
    ("ok", re.compile(r"^Result: SUCCESS|^1 test OK\.", re.M)),
)

# Lines that say why a file failed; the first pattern that is found counts.
REASONS = (
    r"^(?:Fatal Python error|Assertion failed|.*Assertion .* failed).*",
    r"^\w*(?:Error|Exception)\b.*",
    r"^Warning -- .*",
)
QUIET = frozenset({"ok", "skipped", "resource denied", "no tests"})


@dataclass(frozen=True)
class Outcome:
    """A test file on one side: verdict, failed tests, tests run, seconds, one line of explanation."""

    verdict: str
    failed: tuple[str, ...] = ()
    run: int = 0
    seconds: float = 0.0
    detail: str = ""

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """What has to be equal on both sides."""
        return self.verdict, self.failed

    @classmethod
    def load(cls, fields: dict[str, Any]) -> "Outcome":
        """From what the journal holds."""
        return cls(**(fields | {"failed": tuple(fields["failed"])}))


def read_failures(path: Path) -> tuple[tuple[str, ...], int]:
    """The names of the failed tests in a junit file, sorted, and how many tests ran."""
    try:
        cases = list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return (), 0
    failed = {case.get("name", "?") for case in cases if case.find("failure") is not None or case.find("error") is not None}
    return tuple(sorted(failed)), len(cases)


def verdict_of(status: int | None, output: str) -> str:
    """The verdict on one test file from how its process ended (None: timeout) and what it printed."""
    if status is None:
        return "timeout"
    if status < 0:
        return how_it_ended(status)
    for verdict, pattern in SUMMARIES:
        if pattern.search(output):
            return verdict
    return how_it_ended(status)


def run_file(interpreter: Interpreter, test: str, timeout: float) -> Outcome:
    """Run one test file in a process of its own, in an empty folder."""
    with tempfile.TemporaryDirectory(prefix="regress-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        junit, output = folder / "junit.xml", folder / "output"
        command = [
            str(interpreter.path), "-m", "test", "-u", RESOURCES, "--tempdir", name, "--junit-xml", str(junit), test,
        ]  # fmt: skip
        begin = os.times().elapsed
        status = run_limited(command, interpreter.environment({"PYTHONHASHSEED": "0"}), output, timeout)
        seconds = os.times().elapsed - begin
        printed = output.read_text("utf-8", "replace")
        verdict = verdict_of(status, printed)
        failed, count = read_failures(junit)
        detail = "" if verdict in QUIET else explain(printed)
        return Outcome(verdict, failed, count, round(seconds, 2), detail)


def explain(printed: str) -> str:
    """The line of a test's output that says most about why it failed."""
    for pattern in REASONS:
        if found := re.findall(pattern, printed, re.M):
            return str(found[-1])[:200]
    return last_line(printed)[:200]


def list_tests(interpreter: Interpreter) -> list[str]:
    """The names of all test files; UserError if the interpreter has no test suite."""
    with tempfile.TemporaryDirectory() as name:
        output = Path(name) / "output"
        command = [str(interpreter.path), "-m", "test", "-u", RESOURCES, "--list-tests"]
        status = run_limited(command, interpreter.environment(), output, 120)
        lines = output.read_text("utf-8", "replace").split()
    if status != 0:
        ended = "does not end" if status is None else how_it_ended(status)
        raise UserError(f"{interpreter.label}: python -m test --list-tests {ended}; has it CPython's test suite?")
    return [line for line in lines if re.fullmatch(r"(?:test\.)?test_[\w.]+", line)]


class Comparison:
    """Two sides, the journal, and how a file is compared."""

    def __init__(self, sides: Sequence[Interpreter], journal: Journal[Outcome], timeout: float) -> None:
        self.sides = sides
        self.keys = [side_key(side) for side in sides]
        self.journal = journal
        self.timeout = timeout

    def outcome(self, index: int, test: str, turn: str = "") -> Outcome:
        """The journal's outcome, else a fresh one."""
        key = f"{self.keys[index]} {test}{turn}"
        return self.journal.outcome(key, lambda: run_file(self.sides[index], test, self.timeout))

    def compare(self, test: str) -> "Row":
        """Run a test file on both sides, and once more if they differ."""
        first = [self.outcome(index, test) for index in (0, 1)]
        if first[0].key == first[1].key:
            return Row(test, first, "same")
        again = [self.outcome(index, test, " again") for index in (0, 1)]
        if again[0].key == again[1].key:
            return Row(test, first, "flaky")
        return Row(test, again, "differs")


@dataclass(frozen=True)
class Row:
    """A test file, its outcome on both sides, and "same", "flaky" or "differs"."""

    test: str
    outcomes: Sequence[Outcome]
    kind: str


def render(labels: Sequence[str], rows: Sequence[Row]) -> str:
    """The files that differ or are flaky, with the tests that fail on one side only, and a summary."""
    table = [["test file", "", *labels]]
    notes = []
    for row in rows:
        if row.kind == "same":
            continue
        table.append([row.test, row.kind, *(outcome.verdict for outcome in row.outcomes)])
        for label, outcome, other in zip(labels, row.outcomes, reversed(row.outcomes), strict=True):
            only = sorted(set(outcome.failed) - set(other.failed))
            if only:
                notes.append(f"{row.test}: only {label} fails {', '.join(only[:8])}" + (" ..." if only[8:] else ""))
            if outcome.detail and outcome.key != other.key:
                notes.append(f"{row.test}: {label}: {outcome.detail}")
    counts = {kind: sum(row.kind == kind for row in rows) for kind in ("same", "flaky", "differs")}
    bad = sum(row.kind == "same" and row.outcomes[0].verdict not in QUIET for row in rows)
    summary = (
        f"{counts['same']} files the same ({bad} of them not ok on either side), "
        f"{counts['flaky']} flaky, {counts['differs']} differ"
    )
    return "\n".join([*([columns(table), ""] if len(table) > 1 else []), *notes, summary])


def to_json(sides: Sequence[Interpreter], rows: Sequence[Row]) -> bytes:
    """All rows; seconds are wall time."""
    document = {
        "format": 1,
        "sides": {side.label: side.description() for side in sides},
        "files": {
            row.test: {"kind": row.kind} | {side.label: asdict(o) for side, o in zip(sides, row.outcomes, strict=True)}
            for row in rows
        },
    }
    return (json.dumps(document, indent=1) + "\n").encode()


def main(argv: Sequence[str]) -> int:
    """Run ci/regress; 0 if no file differs."""
    options = argparse.ArgumentParser(
        "ci/regress", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--python", action="append", metavar="LABEL=PATH[,NAME=VALUE...]", default=[], help="a side; give two")
    options.add_argument("--tests", metavar="NAMES", help="only these test files, separated by spaces or commas")
    options.add_argument("--exclude", metavar="NAMES", default="", help="not these test files")
    options.add_argument(
        "--timeout", type=float, default=900.0, metavar="S", help="longest that a file may take (default: 900)"
    )
    options.add_argument("--jobs", "-j", type=int, default=1, metavar="N", help="files at a time (default: 1)")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the results there as well")
    options.add_argument("--fresh", action="store_true", help="forget what an earlier run found")
    options.add_argument(
        "--journal", type=Path, default=REPOSITORY / "build" / "regress" / "journal.jsonl", metavar="FILE",
        help="where outcomes are kept (default: build/regress/journal.jsonl)",
    )  # fmt: skip
    arguments = options.parse_args(argv)
    sides = two_sides(arguments.python, "ci/regress")
    heed_interrupts()
    if arguments.fresh:
        arguments.journal.unlink(missing_ok=True)
    known = list_tests(sides[0])
    wanted = (arguments.tests or "").replace(",", " ").split() or known
    if missing := [test for test in wanted if test not in known]:
        raise UserError(f"there is no test file {missing[0]}")
    excluded = set(arguments.exclude.replace(",", " ").split())
    tests = [test for test in wanted if test not in excluded]
    done = 0

    def progress(row: Row) -> None:
        nonlocal done
        done += 1
        verdicts = " / ".join(outcome.verdict for outcome in row.outcomes)
        if row.kind != "same" or done % 25 == 0:
            print(f"[{done}/{len(tests)}] {row.test}: {row.kind} ({verdicts})", file=sys.stderr, flush=True)

    comparison = Comparison(sides, Journal(arguments.journal, Outcome.load).read(), arguments.timeout)
    rows = compare_all(comparison.compare, tests, max(1, arguments.jobs), progress)
    if arguments.json:
        save(arguments.json, to_json(sides, rows))
    print(render([side.label for side in sides], rows))
    return 1 if any(row.kind == "differs" for row in rows) else 0
