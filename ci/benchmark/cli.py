"""The command line of ci/bench."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmark import check, measure, report
from benchmark.interpreters import resolve
from benchmark.packages import install
from benchmark.programs import Program, read_set, select
from benchmark.running import Place
from support import REPOSITORY, UserError

DESCRIPTION = """
Runs the set of benchmark programs over interpreters and compares their speed
and memory, or with --check what they compute.  The first interpreter is the
one the others are compared with.

  ci/bench --python off=build/python,PYTHON_JIT=0 --python on=build/python,PYTHON_JIT=1
  ci/bench --fast --programs 'nbody,scimark_*' --python base=/usr/bin/python3 --python ours=build/python
  ci/bench --check --python off=build/python,PYTHON_JIT=0 --python on=build/python,PYTHON_JIT=1
"""


def parser() -> argparse.ArgumentParser:
    """The options."""
    options = argparse.ArgumentParser("ci/bench", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(
        "--python", action="append", metavar="LABEL=PATH[,NAME=VALUE...]", default=[],
        help="an interpreter, and variables of its environment; give one or more",
    )  # fmt: skip
    options.add_argument("--programs", metavar="NAMES", help="only these, separated by commas; * and ? match")
    options.add_argument("--list", action="store_true", help="print the names of the programs")
    options.add_argument("--check", action="store_true", help="compare what the programs compute instead of timing them")
    options.add_argument("--fast", action="store_true", help="short runs: a few minutes for the whole set")
    options.add_argument("--rounds", type=int, metavar="N", help="processes per program and interpreter (default: 2)")
    options.add_argument("--seconds", type=float, metavar="S", help="how long each runs (default: 1.2)")
    options.add_argument(
        "--timeout", type=float, default=300.0, metavar="S", help="longest that a process may take (default: 300)"
    )
    options.add_argument(
        "--clock",
        choices=("wall", "cpu"),
        default="wall",
        help="cpu: count processor time, for a machine that others use too (default: wall)",
    )
    options.add_argument("--json", type=Path, metavar="FILE", help="write the results there as well")
    options.add_argument(
        "--work",
        type=Path,
        default=REPOSITORY / "build" / "bench",
        metavar="DIR",
        help="packages and caches (default: build/bench)",
    )
    return options


def main(argv: Sequence[str]) -> int:
    """Run ci/bench; 0 if every program ran (and, with --check, computed the same) everywhere."""
    arguments = parser().parse_args(argv)
    programs = select(read_set(), arguments.programs)
    if arguments.list:
        print("\n".join(program.name for program in programs))
        return 0
    if not arguments.python:
        raise UserError("name an interpreter: --python LABEL=PATH (ci/bench --help shows how)")
    if arguments.rounds is not None and arguments.rounds < 1:
        raise UserError("--rounds must be at least 1")
    interpreters = resolve(arguments.python)
    work = arguments.work.resolve()
    place = Place(install(work), work, arguments.timeout)
    for interpreter in interpreters:
        settings = ",".join(f"{name}={value}" for name, value in interpreter.variables.items())
        print(f"{interpreter.label}: {interpreter.implementation} {interpreter.version} {settings}".rstrip(), flush=True)
    if arguments.check:
        verdicts = check.check(
            interpreters, programs, arguments.seconds or 1.2, place,
            lambda name, verdict: print(check.describe(name, verdict), flush=True),
        )  # fmt: skip
        if arguments.json:
            measure.save(arguments.json, check.to_json(interpreters, verdicts))
        different = [name for name, verdict in verdicts.items() if not verdict.same]
        print(f"{len(verdicts) - len(different)} programs compute the same, {len(different)} do not")
        return 1 if different else 0

    base = measure.Settings(2, 0.25, 1) if arguments.fast else measure.Settings()
    settings_used = measure.Settings(
        arguments.rounds or base.rounds, arguments.seconds or base.seconds, base.samples, arguments.clock
    )
    table: measure.Table = {}

    def progress(program: Program, row: dict[str, measure.Cell]) -> None:
        table[program.name] = row
        if arguments.json:  # after each program: an interrupted run keeps what it has
            measure.save(arguments.json, measure.to_json(interpreters, settings_used, table, report.machine()))

    measure.measure(interpreters, programs, settings_used, place, progress)
    print(report.render([interpreter.label for interpreter in interpreters], table))
    return 1 if report.failures(table) else 0
