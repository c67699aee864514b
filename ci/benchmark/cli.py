"""The command line of ci/bench."""

import argparse
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from benchmark import check, measure, output, peers, report, revisions, scripts
from benchmark.interpreters import Interpreter, check_labels, examine, parse
from benchmark.packages import install
from benchmark.programs import Program, read_set, select
from benchmark.running import Place
from support import REPOSITORY, UserError

DESCRIPTION = f"""
Runs the set of benchmark programs, or a script of yours, over interpreters and
compares their speed and memory, or with --check what they compute.  The first
interpreter is the one the others are compared with.

  ci/bench --python off=build/python,PYTHON_JIT=0 --python on=build/python,PYTHON_JIT=1
  ci/bench --fast --programs 'nbody,scimark_*' --python base=/usr/bin/python3 --python ours=build/python
  ci/bench --output report --python on=build/python,PYTHON_JIT=1 --vs HEAD~3,PYTHON_JIT=1 --peers sid
  ci/bench --script mine.py --python old=/usr/bin/python3 --python new=build/python -- argument
  ci/bench --check --python off=build/python,PYTHON_JIT=0 --python on=build/python,PYTHON_JIT=1

--script times whole runs, starting included.  A script that hands benchmarks to
pyperf's Runner (bench_func, bench_time_func, bench_async_func) is timed like the
programs of the set instead.  What follows -- are the script's arguments.

--vs builds a revision of this repository with the options of the build at hand
(--build), below build/vs, and keeps it for the next time.

--peers takes a folder with another Debian system and runs its python3.14,
python3.15, ... (with the JIT off and on) and pypy3.  To make it, as root:
  {peers.HOW}

--output writes LABEL.json for each interpreter, which `python -m pyperf show`,
compare_to, stats and hist read; results.json with all that is known; table.txt;
report.html with a plot.
"""


def parser() -> argparse.ArgumentParser:
    """The options."""
    options = argparse.ArgumentParser("ci/bench", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(
        "--python", action="append", metavar="LABEL=PATH[,NAME=VALUE...]", default=[],
        help="an interpreter, and variables of its environment; give one or more",
    )  # fmt: skip
    options.add_argument(
        "--vs", action="append", metavar="[LABEL=]REV[,NAME=VALUE...]", default=[],
        help="a git revision of this repository as a further interpreter",
    )  # fmt: skip
    options.add_argument("--peers", type=Path, metavar="FOLDER", help="further interpreters from another Debian system")
    options.add_argument("--programs", metavar="NAMES", help="only these, separated by commas; * and ? match")
    options.add_argument("--script", type=Path, metavar="FILE", help="a Python script instead of the set")
    options.add_argument("--list", action="store_true", help="print the names of the programs")
    options.add_argument("--check", action="store_true", help="compare what the programs compute instead of timing them")
    options.add_argument("--fast", action="store_true", help="short runs: five minutes for the set on two interpreters")
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
    options.add_argument(
        "--together",
        action="store_true",
        help="run all interpreters of a program at once, on one processor: where speed changes from second to second, ratios"
        " do not (implies --clock cpu; Linux)",
    )
    options.add_argument("--output", type=Path, metavar="DIR", help="write a report there")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the results there as well")
    options.add_argument(
        "--build", type=Path, default=REPOSITORY / "build", metavar="DIR", help="its options are for --vs (default: build)"
    )
    options.add_argument(
        "--work",
        type=Path,
        default=REPOSITORY / "build" / "bench",
        metavar="DIR",
        help="packages and caches (default: build/bench)",
    )
    return options


def read_arguments(argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """The options and, from behind --, the script's arguments; UserError for what does not go together."""
    options = list(argv)
    behind: list[str] = []
    if "--" in options:
        place = options.index("--")
        options, behind = options[:place], options[place + 1 :]
    arguments = parser().parse_args(options)
    if arguments.rounds is not None and arguments.rounds < 1:
        raise UserError("--rounds must be at least 1")
    if arguments.script and (arguments.programs or arguments.list):
        raise UserError("--script replaces the set of programs; leave out --programs and --list")
    if arguments.script and not arguments.script.is_file():
        raise UserError(f"--script {arguments.script}: there is no such file")
    if behind and not arguments.script:
        raise UserError("arguments behind -- are for a script; name it with --script FILE")
    if arguments.together and not hasattr(os, "sched_setaffinity"):
        raise UserError("--together needs a system that runs a process on one processor, as Linux does")
    if arguments.check and arguments.output:
        raise UserError("--check has no report; use --json FILE for its results")
    return arguments, behind


def find_interpreters(arguments: argparse.Namespace) -> list[Interpreter]:
    """What --python, --vs and --peers name, in this order; UserError if that is nothing or one of them does not run."""
    if not arguments.python and not arguments.vs and not arguments.peers:
        raise UserError("name an interpreter: --python LABEL=PATH (ci/bench --help shows how)")
    named = [parse(text) for text in arguments.python]
    others = peers.find(arguments.peers) if arguments.peers else []
    # Whatever can be wrong is looked at before anything is built.
    check_labels([interpreter.label for interpreter in named + others] + [revisions.split(text)[0] for text in arguments.vs])
    for text in arguments.vs:
        revisions.commit_of(REPOSITORY, revisions.split(text)[1])
    named, others = examine(named), examine(others)
    built = [revisions.add(text, REPOSITORY, arguments.build, REPOSITORY / "build" / "vs") for text in arguments.vs]
    return named + examine(built) + others


def main(argv: Sequence[str]) -> int:
    """Run ci/bench; 0 if every program ran (and, with --check, computed the same) everywhere but on peers."""
    # As for an interruption: the worker that runs, and its files, must not stay behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    arguments, behind = read_arguments(argv)
    programs = select(read_set(), arguments.programs)
    if arguments.list:
        print("\n".join(program.name for program in programs))
        return 0
    interpreters = find_interpreters(arguments)
    work = arguments.work.resolve()
    if arguments.script:
        work.mkdir(parents=True, exist_ok=True)
        # Nothing is put in a script's way: what it imports must be there for each interpreter.
        place = Place(None, work, arguments.timeout)
        programs = scripts.from_file(arguments.script, behind, interpreters[0], place)
    else:
        place = Place(install(work), work, arguments.timeout)
    for interpreter in interpreters:
        settings = ",".join(f"{name}={value}" for name, value in interpreter.variables.items())
        print(f"{interpreter.label}: {interpreter.implementation} {interpreter.version} {settings}".rstrip(), flush=True)
    if arguments.check:
        return compare(arguments, interpreters, programs, place)
    return time(arguments, interpreters, programs, place)


def compare(
    arguments: argparse.Namespace, interpreters: Sequence[Interpreter], programs: Sequence[Program], place: Place
) -> int:
    """What --check does; the exit status."""
    if programs[0].whole:
        raise UserError("--check compares benchmarks; a script that hands none to pyperf's Runner has none")
    verdicts = check.check(
        interpreters, programs, arguments.seconds or 1.2, place,
        lambda name, verdict: print(check.describe(name, verdict), flush=True),
    )  # fmt: skip
    if arguments.json:
        measure.save(arguments.json, check.to_json(interpreters, verdicts))
    different = [name for name, verdict in verdicts.items() if not verdict.same]
    print(f"{len(verdicts) - len(different)} programs compute the same, {len(different)} do not")
    return 1 if different else 0


def time(arguments: argparse.Namespace, interpreters: Sequence[Interpreter], programs: Sequence[Program], place: Place) -> int:
    """Measure, show and write; the exit status."""
    base = measure.Settings(2, 0.25, 1) if arguments.fast else measure.Settings()
    settings = measure.Settings(
        arguments.rounds or base.rounds, arguments.seconds or base.seconds, base.samples,
        "cpu" if arguments.together else arguments.clock, arguments.together,
    )  # fmt: skip
    table: measure.Table = {}
    measured = output.Measured(interpreters, settings, table, report.machine())

    def progress(program: Program, row: dict[str, measure.Cell]) -> None:
        table[program.name] = row
        if arguments.json:  # after each program: an interrupted run keeps what it has
            measure.save(arguments.json, output.to_json(measured))
        if arguments.output:
            output.write(arguments.output, measured)

    measure.measure(interpreters, programs, settings, place, progress)
    print(report.render(measured.labels, table))
    if arguments.output:
        print(f"the report is in {arguments.output}")
    peer = {interpreter.label for interpreter in interpreters if interpreter.peer}
    ours = {name: {label: cell for label, cell in row.items() if label not in peer} for name, row in table.items()}
    return 1 if report.failures(ours) else 0
