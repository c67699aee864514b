"""CPython's test runner in parts: one process for each file of tests, with a report and a log of its own.

Under an emulator the checks of a target take hours.  In parts, they can be cut off and gone on with, and a part that
crashes or hangs takes no other with it.  FOLDER/CHECK/PART.xml is a JUnit file and is there for each part that came to
its end, PART.log is what the part said.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from support import heed_interrupts

VERDICTS = ("passed", "failed", "skipped")

# A file whose classes are parts, since it takes as long as all others: each class is a program in all modes.
DIVIDED = Path("Lib/test/test_jit/test_execution.py")

# Tests of the import system and of the command line expect the defaults.
NOT_FOR_TESTS = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "PYTHONUNBUFFERED")

# The runner ends a file after its own timeout and says where it was; a process that cannot do that any more is killed.
LATER = 1.5


@dataclass(frozen=True)
class Part:
    """A file of tests (test_re, test_jit.test_dump) or one of its classes (test_jit.test_dump.DumpTest)."""

    name: str

    @property
    def arguments(self) -> list[str]:
        """What the test runner is told."""
        *_, last = words = self.name.split(".")
        if last.startswith("test_"):
            return [self.name]
        return [".".join(words[:-1]), f"--match=*.{last}.*"]


def jit_parts(repository: Path) -> list[Part]:
    """All of test_jit."""
    names: list[str] = []
    for path in sorted((repository / DIVIDED.parent).glob("test_*.py")):
        name = f"test_jit.{path.stem}"
        classes = re.findall(r"^class (\w+)\(", path.read_text("utf-8"), re.MULTILINE) if path.name == DIVIDED.name else []
        names += [f"{name}.{found}" for found in classes] or [name]
    return [Part(name) for name in names]


def verdict(case: ElementTree.Element) -> str:
    """What became of a case of a JUnit file: passed, failed or skipped."""
    tags = {child.tag for child in case}
    return "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"


def outcomes(report: Path) -> dict[str, str]:
    """What became of each test case of a JUnit file: passed, failed or skipped."""
    result: dict[str, str] = {}
    if not report.is_file():
        return result
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        # A subtest that fails is a case of its own, of the same name. Addresses in names are others in each run.
        name = re.sub(r"\b0x[0-9a-fA-F]{6,}", "0x...", case.get("name", ""))
        if result.get(name) != "failed":
            result[name] = verdict(case)
    return result


def summary(verdicts: Mapping[str, str]) -> str:
    """How many cases passed, failed and were skipped."""
    found = Counter(verdicts.values())
    return ", ".join(f"{found[name]} {name}" for name in VERDICTS if found[name]) or "no cases"


@dataclass
class Result:
    """What became of the cases of parts; and the files of which any case was not skipped."""

    verdicts: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    def add(self, part: Part, verdicts: Mapping[str, str]) -> None:
        """Add those of a part."""
        self.verdicts.update(verdicts)
        if set(verdicts.values()) - {"skipped"}:
            self.files.add(part.arguments[0])

    def number(self, wanted: str) -> int:
        """How many cases have a verdict."""
        return sum(found == wanted for found in self.verdicts.values())


def stop(process: subprocess.Popen[str]) -> None:
    """End a process that leads a group, with all of the group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


@dataclass(frozen=True)
class Runner:
    """How parts are run: the program with what runs it, in which folder, where reports go, with which arguments of the test runner."""

    command: Sequence[str]
    program: Path
    folder: Path
    reports: Path
    arguments: Sequence[str]
    timeout: float  # seconds for a part, then the test runner says where it was
    jobs: int  # parts at a time
    resume: bool  # parts that passed with this very program are not run again
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def run(self, check: str, parts: Sequence[Part], mode: Mapping[str, str]) -> Result:
        """Run parts in a mode; a line for each tells what became of it, after all that it said if anything failed."""
        heed_interrupts()
        (self.reports / check).mkdir(parents=True, exist_ok=True)
        self.folder.mkdir(exist_ok=True)
        result = Result()
        pool = ThreadPoolExecutor(self.jobs)
        try:
            steps = pool.map(lambda part: (part, *self.step(self.reports / check / part.name, part, mode)), parts)
            for number, (part, verdicts, text) in enumerate(steps, 1):
                print(f"[{number}/{len(parts)}] {text}", flush=True)
                result.add(part, verdicts)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(self.running):
                stop(process)
            pool.shutdown()
        return result

    def step(self, base: Path, part: Part, mode: Mapping[str, str]) -> tuple[dict[str, str], str]:
        """Run one part, if that is to be done: its cases, and what to say of it."""
        report, log = base.with_name(f"{base.name}.xml"), base.with_name(f"{base.name}.log")
        if self.resume and report.is_file() and report.stat().st_mtime > self.program.stat().st_mtime:
            verdicts = outcomes(report)
            if "failed" not in verdicts.values():
                return verdicts, f"{part.name}: {summary(verdicts)} before"
        report.unlink(missing_ok=True)
        began = time.monotonic()
        # (Of what the test runner is told of cases, the last that fits one counts, and the first says what becomes of all others.)
        status = self.call([f"--junit-xml={report}", *part.arguments, *self.arguments], mode, log)
        seconds = time.monotonic() - began
        verdicts = outcomes(report)
        if status and "failed" not in verdicts.values():
            report.unlink(missing_ok=True)
            verdicts[f"{part.name} ends with status {status}"] = "failed"
        text = f"{part.name}: {summary(verdicts)} in {seconds:.0f} s"
        if "failed" in verdicts.values():
            text = f"{log.read_text('utf-8', 'replace')}\n{text}"
        return verdicts, text

    def call(self, arguments: Sequence[str], mode: Mapping[str, str], log: Path) -> int:
        """Run the test runner and give its exit status."""
        environment = {**{key: value for key, value in os.environ.items() if key not in NOT_FOR_TESTS}, **mode}
        command = [*self.command, str(self.program), "-m", "test", "-W", f"--timeout={self.timeout}", *arguments]
        with log.open("w", encoding="utf-8") as stream:
            process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, process_group=0, text=True
            )
            self.running.append(process)
            try:
                return process.wait(self.timeout * LATER)
            except subprocess.TimeoutExpired:
                stop(process)
                return process.wait()
            finally:
                self.running.remove(process)
