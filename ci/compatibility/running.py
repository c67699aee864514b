"""Runs a suite once on one side, and reads what its tests said."""

import json
import os
import re
import tempfile
from dataclasses import dataclass, field
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


def read_record(path: Path) -> tuple[dict[str, str], dict[str, str], str]:
    """Verdicts and explanations by test, and the test that was running at the end if there was one."""
    tests: dict[str, str] = {}
    details: dict[str, str] = {}
    running = ""
    lines = path.read_text("utf-8", "replace").splitlines() if path.is_file() else []
    for line in lines:
        try:
            kind, raw, *rest = json.loads(line)
        except ValueError:
            continue
        # Addresses in the names of parametrized tests are never the same.
        test = re.sub(r"0x[0-9a-fA-F]{6,}", "0x...", raw)
        if kind == "start":
            running = test
            continue
        running = ""
        verdict, detail = rest
        if test not in tests or RANK.index(verdict) > RANK.index(tests[test]):
            tests[test] = verdict
            if detail:
                details[test] = detail
    return tests, details, running


def command_of(suite: Suite, environment: Environment) -> list[str]:
    """What to start: the suite's script, or pytest on its files."""
    python = str(environment.python)
    if suite.script:
        return [python, "-X", "faulthandler", str(WORKER), suite.script, *suite.arguments, *suite.files]
    # A package's own options want plugins that change which tests run where, such as xdist.
    options = ["-p", "compat_recorder", "-p", "no:cacheprovider", "-o", "addopts=", "-q", "--no-header", "--tb=short"]
    options += ["--rootdir", "."]
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
        tests, details, running = read_record(record)
        for test in suite.deselect:  # unittest runs them all the same
            tests.pop(test, None)
        printed = output.read_text("utf-8", "replace")
    # Status 1 says that tests failed, which the verdicts say better.
    if status == 0 or (status == 1 and set(BAD) & set(tests.values())):
        return Outcome("ok", "", tests, details, seconds)
    if status is None:
        return Outcome("timeout", running, tests, details, seconds, f"no end after {timeout:.0f} s")
    # pytest's dots may come before it on its line.
    fatal = re.findall(r"Fatal Python error.*|^(?:E? *\w*Error|ERROR|Assertion failed).*", printed, re.M)
    last = fatal[-1] if fatal else last_line(printed)
    return Outcome(how_it_ended(status), running, tests, details, seconds, last[:300])
