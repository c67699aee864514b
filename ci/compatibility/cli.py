"""ci/compat: command line, table and JSON."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmark.interpreters import Interpreter
from benchmark.measure import save
from benchmark.report import columns
from benchmark.sides import Journal, compare_all, two_sides
from compatibility.compare import Comparison, Row
from compatibility.running import Outcome
from compatibility.suites import TABLE, Suite, read_suites, select
from support import REPOSITORY, heed_interrupts

DESCRIPTION = """
Runs test suites of PyPI packages (ci/compatibility/suites.toml) on two sides,
one test suite at a time, and reports the tests whose verdict differs.

  ci/compat --python off=build/python,PYTHON_JIT=0 --python on=build/python,PYTHON_JIT=1
  ci/compat --packages attrs,click --python base=base/python --python ours=build/python

Packages are installed below build/compat.  A suite that differs is run three
times on both sides; only what differs each time in the same way counts.
"""
SHOWN = 20  # differing tests of one package that the text names; JSON has all


def render(labels: Sequence[str], rows: Sequence[Row]) -> str:
    """A line per package, then what differs, and a summary."""
    header = ["package", "version"]
    for label in labels:
        header += [f"{label}: pass/fail/skip", "seconds"]
    table = [[*header, "differs"]]
    notes = []
    for row in rows:
        cells = [row.suite.name, row.suite.version]
        for outcome in row.outcomes:
            cells += [outcome.counts() + ("" if outcome.end == "ok" else f" ({outcome.end})"), f"{outcome.seconds:.1f}"]
        if row.problem:
            cells += ["-"] * 2 * len(labels)
            notes.append(f"{row.suite.name} cannot be run: {row.problem}")
        table.append([*cells, verdict(row)])
        notes += differing(row)
        if row.outcomes and all(outcome.end != "ok" for outcome in row.outcomes):
            notes.append(f"{row.suite.name} does not get to its end on either side: {row.outcomes[0].last}")
    return "\n".join([columns(table), "", *notes, *traces(labels, rows), summary(rows)])


def verdict(row: Row) -> str:
    """A row's last column: how many tests differ."""
    if row.problem:
        return "cannot be run"
    return f"{len(row.differs)}" + (f" ({len(row.flaky)} flaky)" if row.flaky else "")


def differing(row: Row) -> list[str]:
    """A line for each test that differs, two for one with an explanation."""
    lines = []
    for kind, tests in (("differs", row.differs), ("flaky", row.flaky)):
        for test, (first, second) in list(tests.items())[:SHOWN]:
            lines.append(f"{row.suite.name}: {kind}: {test}: {first} / {second}")
            if test in row.details:
                lines.append(f"    {row.details[test]}")
        if len(tests) > SHOWN:
            lines.append(f"{row.suite.name}: {kind}: {len(tests) - SHOWN} more")
    return lines


def traces(labels: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """A line for each side that has a JIT: did it have work?"""
    lines = []
    for index, label in enumerate(labels):
        made = {row.suite.name: row.outcomes[index].traces for row in rows if row.outcomes}
        if any(made.values()):
            least = min(made, key=lambda name: made[name])
            lines.append(f"{label}: {sum(made.values())} traces, fewest in {least} ({made[least]})")
    return lines


def summary(rows: Sequence[Row]) -> str:
    """One line about all packages."""
    ran = [row for row in rows if not row.problem]
    tests = sum(len(row.outcomes[0].tests) for row in ran)
    seconds = sum(outcome.seconds for row in ran for outcome in row.outcomes)
    return (
        f"{len(ran)} packages with {tests} tests ran ({seconds / 60:.0f} min), {len(rows) - len(ran)} could not; "
        f"{sum(bool(row.differs) for row in ran)} differ, in {sum(len(row.differs) for row in ran)} tests; "
        f"{sum(len(row.flaky) for row in ran)} tests are flaky"
    )


def to_json(sides: Sequence[Interpreter], rows: Sequence[Row]) -> bytes:
    """All rows; seconds are wall time, of the first run."""
    document = {
        "format": 1,
        "sides": {side.label: side.description() for side in sides},
        "packages": {row.suite.name: describe(sides, row) for row in rows},
    }
    return (json.dumps(document, indent=1) + "\n").encode()


def describe(sides: Sequence[Interpreter], row: Row) -> dict[str, object]:
    """A row as JSON: counts on each side, and the tests that differ."""
    if row.problem:
        return {"version": row.suite.version, "problem": row.problem}
    labels = [side.label for side in sides]
    changed = {
        kind: {
            test: dict(zip(labels, pair, strict=True)) | {"detail": row.details.get(test, "")}
            for test, pair in tests.items()
        }
        for kind, tests in (("differs", row.differs), ("flaky", row.flaky))
    }
    return {
        "version": row.suite.version,
        **changed,
        **{label: figures(outcome) for label, outcome in zip(labels, row.outcomes, strict=True)},
    }


def figures(outcome: Outcome) -> dict[str, object]:
    """How a side ended, and how many tests had which verdict."""
    verdicts = sorted(set(outcome.tests.values()))
    return {
        "end": outcome.end,
        "running": outcome.running,
        "last": outcome.last,
        "seconds": outcome.seconds,
        "traces": outcome.traces,
        "tests": {verdict: outcome.count(verdict) for verdict in verdicts},
        "failed": sorted(test for test in outcome.tests if outcome.tests[test] in ("failed", "error")),
    }


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    options = argparse.ArgumentParser(
        "ci/compat", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--python", action="append", metavar="LABEL=PATH[,NAME=VALUE...]", default=[], help="a side; give two")
    options.add_argument("--packages", metavar="NAMES", help="only these, separated by commas; patterns are allowed")
    options.add_argument("--exclude", metavar="NAMES", help="not these")
    options.add_argument("--list", action="store_true", help="name the packages and stop")
    options.add_argument("--jobs", "-j", type=int, default=1, metavar="N", help="packages at a time (default: 1)")
    options.add_argument(
        "--slowness", type=float, default=1.0, metavar="N", help="multiply all timeouts, on a slow or busy machine"
    )
    options.add_argument("--json", type=Path, metavar="FILE", help="write the results there as well")
    options.add_argument("--fresh", action="store_true", help="forget what an earlier run found")
    options.add_argument("--table", type=Path, default=TABLE, metavar="FILE", help="another table of packages")
    options.add_argument(
        "--work", type=Path, default=REPOSITORY / "build" / "compat", metavar="FOLDER",
        help="where packages are installed (default: build/compat)",
    )  # fmt: skip
    options.add_argument("--journal", type=Path, metavar="FILE", help="where outcomes are kept (default: journal.jsonl there)")
    return options.parse_args(argv)


def chosen(arguments: argparse.Namespace) -> list[Suite]:
    """The suites to run."""
    suites = read_suites(arguments.table)
    excluded = select(suites, arguments.exclude) if arguments.exclude else []
    return [suite for suite in select(suites, arguments.packages) if suite not in excluded]


def main(argv: Sequence[str]) -> int:
    """Run ci/compat; 0 if nothing differs and every package could be run."""
    arguments = parse(argv)
    suites = chosen(arguments)
    if arguments.list:
        print("\n".join(f"{suite.name} {suite.version}" for suite in suites))
        return 0
    sides = two_sides(arguments.python, "ci/compat")
    heed_interrupts()
    work = arguments.work.absolute()
    journal_path = arguments.journal or work / "journal.jsonl"
    if arguments.fresh:
        journal_path.unlink(missing_ok=True)
    done = 0

    def progress(row: Row) -> None:
        nonlocal done
        done += 1
        sides_said = " / ".join(f"{outcome.counts()} {outcome.seconds:.0f} s" for outcome in row.outcomes)
        said = row.problem or f"{sides_said}; differ: {verdict(row)}"
        print(f"[{done}/{len(suites)}] {row.suite.name}: {said}", file=sys.stderr, flush=True)

    comparison = Comparison(sides, Journal(journal_path, Outcome.load).read(), work, arguments.slowness)
    rows = compare_all(comparison.compare, suites, max(1, arguments.jobs), progress)
    if arguments.json:
        save(arguments.json, to_json(sides, rows))
    print(render([side.label for side in sides], rows))
    return 1 if any(row.differs or row.problem for row in rows) else 0
