"""The command line of ci/fuzz."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark import interpreters
from benchmark.packages import install
from fuzzing import failures
from fuzzing.comparing import BASE, differences
from fuzzing.hunting import Hunt, Modes
from fuzzing.workers import WORKER, ask_fresh, environment
from support import REPOSITORY, UserError, heed_interrupts, jit_modes, write_if_changed

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
PROGRESS = 30.0  # seconds between lines of progress

DESCRIPTION = """
Generates programs, runs each with the JIT off and in other modes (see
Lib/test/test_jit/modes.py), and compares all that can be observed.  What
differs is made small and saved in WORK/failures, and the search goes on.

  ci/fuzz --minutes 60
  ci/fuzz --examples 1000 --seed 7 --modes warm,hot
  ci/fuzz --replay build/fuzz/failures/sigsegv-1.py

A run goes on with new programs where the last one with the same WORK ended,
after a look at whether what was saved still differs.
"""


def parser() -> argparse.ArgumentParser:
    """The options."""
    options = argparse.ArgumentParser("ci/fuzz", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter)
    build = REPOSITORY / "build"
    python = build / "cpython" / "python"
    options.add_argument("--python", type=Path, default=python, metavar="PATH", help="default: the build's one")
    options.add_argument("--minutes", type=float, metavar="N", help="end after this long (default: 2, or none with --examples)")
    options.add_argument("--examples", type=int, metavar="N", help="end after so many programs")
    options.add_argument("--seed", type=int, metavar="S", help="of the first programs (default: where the last run ended)")
    options.add_argument("--modes", metavar="A,B", help=f"compare only these with {BASE}")
    options.add_argument("--replay", type=Path, metavar="FILE", help="run a saved program again")
    options.add_argument("--timeout", type=float, default=20.0, metavar="S", help="what takes longer hangs (default: 20)")
    options.add_argument("--coverage", action="store_true", help="say which features and opcodes occurred")
    options.add_argument("--json", type=Path, metavar="FILE", help="write the counts there as well")
    options.add_argument("--work", type=Path, default=build / "fuzz", metavar="DIR", help="what is found (default: build/fuzz)")
    return options


def chosen_modes(names: str | None) -> Modes:
    """"off" and the named modes (all if None, but "on": its loops get hot too late here); UserError for others."""
    modes = jit_modes()
    wanted = [name for name in modes if name != "on"] if names is None else [BASE, *names.split(",")]
    for name in wanted:
        if name not in modes:
            raise UserError(f"there is no mode {name!r}; there are {', '.join(modes)}")
    return {name: modes[name] for name in wanted}


def check_modes(python: Path, modes: Modes) -> None:
    """UserError for a Python that does not know the options of a mode: it would be compared with itself."""
    for name, variables in modes.items():
        done = subprocess.run([python, "-c", ""], env=environment(variables), capture_output=True, text=True)
        if done.returncode or done.stderr:
            last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
            raise UserError(f"mode {name}: {last}; choose others with --modes")


def replay(python: Path, modes: Modes, path: Path, timeout: float) -> int:
    """Run a saved program again and print what differs; 1 if anything does."""
    found = differences(ask_fresh(python, modes, failures.read(path), timeout))
    for difference in found:
        print(f"{difference.mode}: {difference.kind}\n{difference.text}")
    print(f"1 program, {len(modes)} modes, {len(found)} differences")
    return int(bool(found))


def recheck(hunt: Hunt, say: Callable[[str], None]) -> int:
    """Run again what earlier runs saved; what no longer differs is moved away. How much still does."""
    still = 0
    for path in failures.saved(hunt.folder):
        if hunt.fresh(failures.read(path), [name for name in hunt.modes if name != BASE]):
            say(f"still differs: {path}")
            still += 1
        else:
            fixed = hunt.folder.parent / "fixed"
            fixed.mkdir(parents=True, exist_ok=True)
            path.replace(fixed / path.name)
            say(f"no longer differs: {path.name}, moved to {fixed}")
    hunt.known.clear()
    hunt.known.update(failures.saved(hunt.folder).values())
    return still


def read_state(work: Path) -> dict[str, Any]:
    """What earlier runs noted: {"next_seed", "programs"}."""
    try:
        state: dict[str, Any] = json.loads((work / "state.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {"next_seed": 1, "programs": 0}
    return state


def search(hunt: Hunt, arguments: argparse.Namespace, say: Callable[[str], None]) -> None:
    """Program after program until the time or their number is reached; progress is noted now and then."""
    work: Path = arguments.work
    state = read_state(work)
    seed = state["next_seed"] if arguments.seed is None else arguments.seed
    earlier = state["programs"]
    say(f"seed {seed}")
    minutes = arguments.minutes if arguments.minutes is not None else (None if arguments.examples else 2)
    began = told = time.monotonic()

    def over() -> bool:
        late = minutes is not None and time.monotonic() - began > minutes * 60
        return late or (arguments.examples is not None and hunt.counts.programs >= arguments.examples)

    def note() -> None:
        state = {"next_seed": max(seed, read_state(work)["next_seed"]), "programs": earlier + hunt.counts.programs}
        write_if_changed(work / "state.json", json.dumps(state).encode())

    try:
        while not over():
            hunt.hunt(seed)
            seed += 1
            if time.monotonic() - told > PROGRESS:
                told = time.monotonic()
                rate = hunt.counts.programs / (told - began)
                say(f"{hunt.counts.programs} programs, {rate:.0f}/s, {hunt.counts.kinds.total()} differences, seed {seed}")
                note()
    finally:
        note()


def print_coverage(hunt: Hunt, say: Callable[[str], None]) -> None:
    """Which features and opcodes the programs had."""
    say("features: " + " ".join(f"{name}:{count}" for name, count in hunt.counts.features.most_common()))
    command = [hunt.python, WORKER.with_name("opcodes.py")]
    done = subprocess.run(command, input=json.dumps(hunt.counts.sample), capture_output=True, text=True, check=False)
    say(done.stdout.strip() or done.stderr.strip())


def summary(hunt: Hunt, found: int) -> str:
    """The last line."""
    counts = hunt.counts
    shares = [f"{mode} {100 * counts.traced[mode] // max(counts.programs, 1)} %" for mode in hunt.modes if mode != BASE]
    return (
        f"{counts.programs} programs, {len(hunt.modes)} modes, {found} differences, {counts.unusable} unusable, "
        f"{counts.traces} traces (programs that ran in traces: {', '.join(shares)})"
    )


def main(argv: Sequence[str]) -> int:
    """Run ci/fuzz; 1 if anything differed."""
    arguments = parser().parse_args(argv)
    heed_interrupts()
    modes: Mapping[str, Mapping[str, str]] = chosen_modes(arguments.modes)
    python = interpreters.probe(interpreters.Interpreter("python", arguments.python))
    check_modes(python.path, modes)
    if arguments.replay:
        return replay(python.path, modes, arguments.replay, arguments.timeout)
    arguments.work = arguments.work.resolve()
    sys.path.insert(0, str(install(arguments.work, REQUIREMENTS)))

    def say(text: str) -> None:
        print(text, flush=True)

    hunt = Hunt(python.path, python.build, modes, arguments.work / "failures", arguments.timeout, say)
    try:
        still = recheck(hunt, say)
        search(hunt, arguments, say)
    except KeyboardInterrupt:
        say("interrupted")
        still = 0
    finally:
        hunt.close()
    if arguments.coverage:
        print_coverage(hunt, say)
    found = still + hunt.counts.kinds.total()
    if arguments.json:
        counts = {"programs": hunt.counts.programs, "differences": found, "unusable": hunt.counts.unusable}
        write_if_changed(arguments.json, json.dumps(counts | {"traces": hunt.counts.traces}).encode())
    say(summary(hunt, found))
    return int(found > 0)
