"""The other targets, as a part of ci/test: a chosen part is run in emulators, the rest is built when its inputs changed.

All there is of a target: ci/test --target TARGET (check_target.py).

That a target was built and found right is kept beside the cache of stencils, where fresh clones find it too: an empty
file whose name has the digest of the inputs. Without one the target is built if there is time for it. So a machine without
any records, or one that is slow, still ends within its hour, and what was left out comes first the next time.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import base as bases
import toolchain
from stencil_cache import AGE
from support import REPOSITORY, UserError, digest

RUN = ("aarch64-linux", "x86_64-windows")  # by qemu and wine
BUILT = ("aarch64-darwin", "x86_64-darwin", "aarch64-windows")  # looked at, and not run
CANNOT_BE_TRIED = 77  # what ci/test says where packages cannot be installed, or nothing runs the target's programs
TOGETHER = 2  # targets at a time: what each runs has the machine's cores as well, and takes memory

# No target is begun later than so many seconds after ci/test was: a build may take ten minutes (without any cache, of two
# that share two cores), and the limit is an hour.
LAST_BEGIN = 45 * 60
LAST_END = 70 * 60  # what is not at its end by then hangs, and is ended
GRACE = 30  # seconds that a target has for ending what it runs, once it was told to
SOONER = {"aarch64-windows": 8 * 60}  # by how much a build must begin sooner, because it takes longer: OpenSSL is compiled as well

# What a build reads beside the base, which cpython/pin.toml names.
INPUTS = ("Include", "Python", "Tools/jit", "cpython", "ci/build", "ci/targets", "ci/cross", "ci/windows", "meson.build", "meson.options")
NO_INPUTS = re.compile(r"\.rst$|\.pyc$|^Tools/jit/(?:tests/|check|fuzz|other_targets|parts|requirements)|^ci/targets/.*-(?:run|hardened|smoke)$")


@dataclass
class Outcome:
    """What became of a target; `lines` are to be shown, `remark` says why something was not done."""

    target: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    lines: Sequence[str] = ()
    remark: str = ""


def missing() -> str:
    """Why other targets cannot be built and run here; '' if they can."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return "only Linux on x86-64 builds and runs them"
    if shutil.which("apt-get") is None:
        return "there is no apt-get to install what that takes"
    if os.geteuid() != 0 and shutil.which("sudo") is None:
        return "this is neither root nor is there sudo, to install what that takes"
    return ""


def input_files(repository: Path, target: str) -> Iterator[Path]:
    """The files of the repository that a build of a target reads."""
    system = target.partition("-")[2]
    for name in INPUTS:
        top = repository / name
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            relative = path.relative_to(repository).as_posix()
            folder = relative.rpartition("/")[0]
            if not path.is_file() or NO_INPUTS.search(relative):
                continue
            if name == "ci/windows" and system != "windows":
                continue
            if folder in ("ci/targets", "ci/cross") and not path.name.startswith((f"{target}.", f"{system}.", f"{system}-")):
                continue
            yield path


def inputs_digest(repository: Path, target: str) -> str:
    """The digest of all that decides what a build of a target is."""
    parts = {str(path.relative_to(repository)): path.read_bytes() for path in input_files(repository, target)}
    return digest({**parts, "clang-19": (toolchain.version_text("clang-19") or "").encode()})


@dataclass(frozen=True)
class Records:
    """Which inputs were built and found right, as empty files in a folder; what was not asked for during a month goes."""

    folder: Path

    def path(self, target: str, inputs: str) -> Path:
        """The file that says so."""
        return self.folder / f"{target}-{inputs}"

    def have(self, target: str, inputs: str) -> bool:
        """Were they?"""
        try:
            os.utime(self.path(target, inputs))
        except OSError:
            return False
        return True

    def add(self, target: str, inputs: str) -> None:
        """They were; a folder that cannot be written to keeps nothing."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path(target, inputs).touch()
            for old in self.folder.iterdir():
                if old.stat().st_mtime < time.time() - AGE:
                    old.unlink()
        except OSError:
            pass

    def last(self, target: str) -> float:
        """When any inputs of the target were found right, 0 if never."""
        return max((path.stat().st_mtime for path in self.folder.glob(f"{target}-*")), default=0)


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Let a process that leads a group end as by Ctrl-C, with the groups that it made; kill what does not."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def run(target: str, log: Path, end: float = float("inf")) -> Outcome:
    """Build a target and run the chosen part of its checks; what is not at its end at `end` (time.time()) has failed."""
    command = [str(REPOSITORY / "ci" / "test"), "--target", target, "--quick"]
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, process_group=0)
        try:
            status = process.wait(None if end == float("inf") else max(end - time.time(), 0))
        except subprocess.TimeoutExpired:
            interrupt(process)
            status = None
        except BaseException:
            interrupt(process)
            raise
    lines = log.read_text("utf-8", "replace").splitlines()
    if status is None:
        return Outcome(target, failed=1, lines=[*lines, f"error: no end by the time at which all targets are to be done ({log})"])
    if status == CANNOT_BE_TRIED:
        reasons = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        return Outcome(target, skipped=1, remark=f"skipped: {reasons[0] if reasons else 'it cannot be tried here'}")
    match = re.fullmatch(r"(\d+) passed, (\d+) failed", lines[-1]) if lines else None
    passed, failed = (int(match[1]), int(match[2])) if match else (0, 1)
    if status and not failed:
        failed = 1
    # All of it where something failed, else the counts and the row of the table.
    return Outcome(target, passed, failed, lines=lines if failed else lines[-13:])


@dataclass(frozen=True)
class Work:
    """How the targets are gone through: where logs go, what is known, when (time.time()) none is begun any more, or goes on."""

    reports: Path
    records: Records
    last_begin: float = float("inf")
    end: float = float("inf")

    def run(self, target: str) -> Outcome:
        """Build a target and run the chosen part of its checks, if there is time."""
        if time.time() > self.last_begin:
            return Outcome(target, skipped=1, remark=f"not run: too late for this run; ci/test --target {target} --quick does")
        return run(target, self.reports / f"{target}.log", self.end)

    def build(self, target: str) -> Outcome:
        """Build and look at a target that cannot be run, if its inputs changed and there is time."""
        inputs = inputs_digest(REPOSITORY, target)
        if self.records.have(target, inputs):
            return Outcome(target, skipped=1, remark=f"not built: its inputs are those of a build that was found right ({self.records.folder})")
        if time.time() > self.last_begin - SOONER.get(target, 0):
            return Outcome(target, skipped=1, remark=f"not built: too late for this run; ci/test --target {target} does")
        outcome = run(target, self.reports / f"{target}.log", self.end)
        if not outcome.failed and not outcome.skipped:
            self.records.add(target, inputs)
        return outcome

    def timed(self, step: Callable[[str], Outcome], target: str) -> Outcome:
        """One step, with how long it took."""
        began = time.monotonic()
        try:
            outcome = step(target)
        except UserError as error:
            outcome = Outcome(target, failed=1, lines=[f"error: {error}"])
        seconds = time.monotonic() - began
        done = outcome.remark or f"{outcome.passed} passed, {outcome.failed} failed in {seconds:.0f} s"
        print("\n".join([f"-- {target}: {done}", *outcome.lines]), flush=True)
        return outcome

    def all(self) -> list[Outcome]:
        """All targets, some at a time: those that run first, then those whose last build is the longest ago."""
        steps: list[tuple[Callable[[str], Outcome], str]] = [(self.run, target) for target in RUN]
        steps += [(self.build, target) for target in sorted(BUILT, key=self.records.last)]
        with ThreadPoolExecutor(TOGETHER) as pool:
            return list(pool.map(lambda step: self.timed(*step), steps))


def check(reports: Path, began: float | None) -> list[Outcome]:
    """What became of each; without the time at which ci/test was begun, time does not matter."""
    if reason := missing():
        return [Outcome(target, skipped=1, remark=f"skipped: {reason}") for target in (*RUN, *BUILT)]
    limits = () if began is None else (began + LAST_BEGIN, began + LAST_END)
    return Work(reports, Records(bases.default_cache() / "built"), *limits).all()
