"""Runs a suite once on one side, and reads what its tests said."""

import json
import os
import re
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmark.interpreters import Interpreter
from benchmark.running import how_it_ended, last_line, run_limited
from compatibility.environment import Environment
from compatibility.suites import Suite

WORKER = Path(__file__).with_name("worker") / "compat_recorder.py"
# The worst of what a test says in its phases counts.
RANK = ("passed", "xfailed", "xpassed", "skipped", "failed", "error")
BAD = ("failed", "error")


@dataclass(frozen=True)
class Outcome:
    """A suite on one side: how it ended ("ok": to the end), in which test if not, verdicts, explanations, seconds."""

    end: str
    running: str = ""
    tests: dict[str, str] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    last: str = ""  # the last words of a suite that did not get to its end
    traces: int = 0  # that the JIT made, in the process that ran the tests

    @classmethod
    def load(cls, fields: dict[str, Any]) -> "Outcome":
        """From what the journal holds."""
        return cls(**fields)

    def count(self, *verdicts: str) -> int:
        """Tests with one of these verdicts."""
        return sum(verdict in verdicts for verdict in self.tests.values())

    def counts(self) -> str:
        """Passed, failed and skipped in short."""
        return f"{self.count('passed', 'xfailed', 'xpassed')}/{self.count(*BAD)}/{self.count('skipped')}"


@dataclass
class Record:
    """What the recorder wrote: verdicts and explanations by test, the test that was running at the end, traces."""

    tests: dict[str, str] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)
    running: str = ""
    traces: int = 0

    def add(self, kind: str, test: str, verdict: str = "", detail: str = "") -> None:
        """One line of it."""
        if kind == "traces":
            self.traces = int(test)
            return
        # Addresses in the names of parametrized tests are never the same.
        test = re.sub(r"0x[0-9a-fA-F]{6,}", "0x...", test)
        self.running = test if kind == "start" else ""
        if kind == "end" and (test not in self.tests or RANK.index(verdict) > RANK.index(self.tests[test])):
            self.tests[test] = verdict
            if detail:
                self.details[test] = detail


def read_record(path: Path) -> Record:
    """Read it as far as it goes; a process that died may have left half a line."""
    record = Record()
    for line in path.read_text("utf-8", "replace").splitlines() if path.is_file() else ():
        try:
            parts = json.loads(line)
        except ValueError:
            continue
        record.add(*parts)
    return record


def command_of(suite: Suite, environment: Environment) -> list[str]:
    """What to start: the suite's script, or pytest on its files."""
    python = str(environment.python)
    if suite.script:
        return [python, "-X", "faulthandler", str(WORKER), suite.script, *suite.arguments, *suite.files]
    # A package's own options want plugins that change which tests run where, such as xdist.
    options = ["-p", "compat_recorder", "-p", "no:cacheprovider", "-o", "addopts=", "-q", "--no-header", "--tb=short"]
    options += ["--rootdir", str(environment.packages if suite.tests == "wheel" else ".")]  # names of tests start there
    deselect = [f"--deselect={test}" for test in suite.deselect]
    packages = ["--pyargs"] if suite.tests == "wheel" else []
    return [python, "-m", "pytest", *options, *suite.arguments, *deselect, *packages, *suite.files]


def run_suite(suite: Suite, interpreter: Interpreter, environment: Environment, slowness: float = 1.0) -> Outcome:
    """Run all of a suite's tests in one process (and what they start); `slowness` multiplies its timeout."""
    timeout = suite.timeout * slowness
    with tempfile.TemporaryDirectory(prefix="compat-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        record, output, temporary = folder / "record", folder / "output", folder / "tmp"
        temporary.mkdir()
        extra = {
            "COMPAT_RECORD": str(record),
            "HOME": name,
            "PATH": os.pathsep.join([str(environment.python.parent), os.environ.get("PATH", os.defpath)]),
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(WORKER.parent),
            "TMPDIR": str(temporary),
            **suite.variables,
        }
        begin = os.times().elapsed
        status = run_limited(
            command_of(suite, environment), interpreter.environment(extra), output, timeout,
            environment.source / suite.folder,
        )  # fmt: skip
        seconds = round(os.times().elapsed - begin, 2)
        said = read_record(record)
        printed = output.read_text("utf-8", "replace")
    for test in suite.deselect:  # unittest runs them all the same
        said.tests.pop(test, None)
    outcome = Outcome("ok", "", said.tests, said.details, seconds, "", said.traces)
    # Status 1 says that tests failed, which the verdicts say better.
    if status == 0 or (status == 1 and set(BAD) & set(said.tests.values())):
        return outcome
    if status is None:
        return replace(outcome, end="timeout", running=said.running, last=f"no end after {timeout:.0f} s")
    # pytest's dots may come before it on its line.
    fatal = re.findall(r"Fatal Python error.*|^(?:E? *\w*Error|ERROR|Assertion failed).*", printed, re.M)
    last = fatal[-1] if fatal else last_line(printed)
    return replace(outcome, end=how_it_ended(status), running=said.running, last=last[:300])
