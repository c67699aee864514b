"""The search: runs programs over all modes, confirms and saves what differs, counts what was done."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fuzzing import failures
from fuzzing.comparing import BASE, Difference, differences
from fuzzing.failures import Failure
from fuzzing.generating.choices import RandomChoices
from fuzzing.generating.program import Program, generate
from fuzzing.reducing import reduce
from fuzzing.workers import Crew, Outcome, ask_fresh

RENEW = 250  # programs until all processes are replaced
SAME_KIND = 3  # reproducers saved of differences that look alike
SHRINK_SECONDS = 40.0  # for hypothesis to make a program smaller
REDUCE_SECONDS = 100.0  # and then for reducing.py
MEMORY = 64 << 20  # bytes that a mode may grow more than "off" does

Modes = Mapping[str, Mapping[str, str]]


@dataclass
class Counts:
    """What was done: programs, differences by kind, programs of which traces ran by mode, features."""

    programs: int = 0
    unusable: int = 0  # did not come to an end in "off", or not always to the same
    kinds: Counter[str] = field(default_factory=Counter)
    traced: Counter[str] = field(default_factory=Counter)
    traces: int = 0
    features: Counter[str] = field(default_factory=Counter)
    saved: list[Path] = field(default_factory=list)
    sample: list[str] = field(default_factory=list)  # some of the programs


class Hunt:
    """Runs programs over all modes, confirms what differs, makes it small and saves it."""

    def __init__(
        self, python: Path, version: str, modes: Modes, folder: Path, timeout: float, say: Callable[[str], None]
    ) -> None:
        self.python = python
        self.version = version
        self.modes = modes
        self.folder = folder
        self.timeout = timeout
        self.say = say
        self.crew = Crew(python, modes, timeout)
        self.counts = Counts()
        self.known = Counter(failures.saved(folder).values())
        self.seen: set[int] = set()
        self.seed = 0

    def hunt(self, seed: int) -> None:
        """Generate the program of a seed, run it, and save it, small, if it differs in a way not known yet."""
        self.seed = seed
        choices = RandomChoices(seed)
        program = generate(choices)
        found = self.examine(program)
        if not found:
            return
        kind = found[0].kind
        self.counts.kinds[kind] += 1
        self.known[kind] += 1
        if self.known[kind] > SAME_KIND:
            return
        path = failures.save(self.folder, Failure([program.source], found, seed, self.version))
        self.say(f"seed {seed} differs: {kind}; making it smaller")
        source = self.smaller(program.source, choices.made, found[0])
        found = self.fresh([source], [difference.mode for difference in found]) or found
        path.unlink()
        self.report(Failure([source], found, seed, self.version))

    def smaller(self, source: str, decisions: Sequence[int], difference: Difference) -> str:
        """A small program that shows a difference of the same kind in the same mode, by itself."""
        from fuzzing.shrinking import shrink  # needs the installed packages

        def shows(text: str) -> bool:
            return any(other.kind == difference.kind for other in self.fresh([text], [difference.mode]))

        source = shrink(decisions, shows, SHRINK_SECONDS) or source
        stop = time.monotonic() + REDUCE_SECONDS
        return reduce(source, shows, lambda: time.monotonic() > stop)

    def fresh(self, sources: Sequence[str], modes: Sequence[str]) -> list[Difference]:
        """What differs when the programs run alone, each mode in a new process."""
        wanted = {name: self.modes[name] for name in (BASE, *modes)}
        return differences(ask_fresh(self.python, wanted, sources, self.timeout))

    def count(self, program: Program, outcomes: Mapping[str, Outcome]) -> None:
        """Note what a program did."""
        key = hash(program.source)
        if key in self.seen:
            return
        self.seen.add(key)
        self.counts.programs += 1
        self.counts.features.update(program.features)
        if self.counts.programs % 37 == 1 and len(self.counts.sample) < 400:
            self.counts.sample.append(program.source)
        for mode, outcome in outcomes.items():
            self.counts.traces += outcome.jit.get("traces", 0)
            self.counts.traced[mode] += outcome.jit.get("entries", 0) > 0

    def examine(self, program: Program) -> list[Difference]:
        """Run a program in all modes; the differences, confirmed in processes of their own."""
        outcomes = self.crew.ask(program.source)
        self.count(program, outcomes)
        found = differences(outcomes)
        if outcomes[BASE].ended:
            self.unusable(program.source, f"mode {BASE}: {outcomes[BASE].ended}")
            self.crew.renew()
            return []
        if not found:
            if self.counts.programs % RENEW == 0:
                self.renew(outcomes)
            return []
        histories = {name: list(worker.history) for name, worker in self.crew.workers.items()}
        self.crew.renew()
        confirmed = self.confirm(program.source, outcomes[BASE], [difference.mode for difference in found])
        if confirmed is None:
            self.without_confirmation(found, histories)
            return []
        return confirmed

    def confirm(self, source: str, off: Outcome, modes: Sequence[str]) -> list[Difference] | None:
        """The differences that show again; [] if "off" is not the same each time, None if nothing shows again."""
        for _ in range(2):
            again = ask_fresh(self.python, {BASE: self.modes[BASE]}, [source], self.timeout)[BASE]
            if not again.same(off):
                self.unusable(source, f"mode {BASE} is not the same twice")
                return []
            if confirmed := self.fresh([source], modes):
                return confirmed
        return None

    def unusable(self, source: str, why: str) -> None:
        """Note a program that cannot be compared, which is the generator's fault."""
        self.counts.unusable += 1
        self.say(f"unusable: seed {self.seed}: {why}")
        failure = Failure([source], [Difference(BASE, "unusable", why)], self.seed, self.version)
        failures.save(self.folder.parent / "unusable", failure)

    def without_confirmation(self, found: Sequence[Difference], histories: Mapping[str, list[str]]) -> None:
        """A difference that needs what ran before in the same process: save that much of it."""
        mode = found[0].mode
        sources = histories[mode]
        kind = f"after others: {found[0].kind}"
        self.counts.kinds[kind] += 1
        if self.known[kind] >= SAME_KIND:
            return
        self.known[kind] += 1
        length = 2
        while length < len(sources) and not self.fresh(sources[-length:], [mode]):
            length *= 2
        again = self.fresh(sources[-length:], [mode])
        note = "" if again else "not seen again, even after the same programs\n"
        self.report(Failure(sources[-length:], [Difference(mode, kind, note + found[0].text)], self.seed, self.version))

    def renew(self, outcomes: Mapping[str, Outcome]) -> None:
        """Replace all processes, after a look at how much each has grown."""
        grown = {name: outcomes[name].memory - worker.first_memory for name, worker in self.crew.workers.items()}
        for name, worker in self.crew.workers.items():
            if grown[name] - grown[BASE] > MEMORY and self.known[f"memory {name}"] < 1:
                kind = f"memory {name}"
                self.known[kind] += 1
                self.counts.kinds[kind] += 1
                text = f"grew by {grown[name] >> 20} MiB, {BASE} by {grown[BASE] >> 20} MiB"
                self.report(Failure(worker.history, [Difference(name, kind, text)], self.seed, self.version))
        self.crew.renew()

    def report(self, failure: Failure) -> None:
        """Save a failure and say so."""
        path = failures.save(self.folder, failure)
        self.counts.saved.append(path)
        modes = ", ".join(difference.mode for difference in failure.found)
        self.say(f"difference: {failure.kind}\n  seed {self.seed}, modes {modes}, saved as {path}\n{failure.found[0].text}")

    def close(self) -> None:
        """End all processes."""
        self.crew.renew()
