"""Writes verdicts to the file $COMPAT_RECORD, test by test, so that a crash loses none.

A plugin of pytest (-p compat_recorder), and a front for unittest: `compat_recorder.py SCRIPT ARGUMENTS`.
Each line is JSON: ["start", test], ["end", test, verdict, one line of explanation], or at the end ["traces", how many
the JIT made].  Runs in the Python under test.
"""

import atexit
import functools
import json
import os
import runpy
import sys
import unittest
from pathlib import Path
from typing import Any

PROCESS = os.getpid()
RECORD = os.open(os.environ["COMPAT_RECORD"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)


def write(*parts: str) -> None:
    """One line in one call; nothing in children that tests fork."""
    if os.getpid() == PROCESS:
        os.write(RECORD, (json.dumps(parts) + "\n").encode())


@atexit.register
def write_traces() -> None:
    jit: Any = getattr(sys, "_jit", None)
    if hasattr(jit, "stats"):
        counts = jit.stats()
        write("traces", str(counts.get("traces", 0) + counts.get("bridges", 0)))


def pytest_runtest_logstart(nodeid: str) -> None:
    write("start", nodeid)


def pytest_runtest_logreport(report: Any) -> None:
    """The call counts; setup and teardown only if they do not pass."""
    if report.when == "call" or not report.passed:
        write("end", report.nodeid, verdict_of(report), explain(report) if report.failed else "")


def pytest_collectreport(report: Any) -> None:
    if report.failed:
        write("end", report.nodeid or "collection", "error", explain(report))


def verdict_of(report: Any) -> str:
    """passed, failed, error (outside the test's body), skipped, xfailed or xpassed."""
    if hasattr(report, "wasxfail"):
        return "xfailed" if report.skipped else "xpassed"
    if report.failed and report.when != "call":
        return "error"
    return str(report.outcome)


def explain(report: Any) -> str:
    """The message of the exception, its first line."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash else str(report.longrepr).strip()
    return str(text).strip().partition("\n")[0][:300] if crash else str(text).rpartition("\n")[2][:300]


def patch(method: str, verdict: str) -> None:
    """Make a method of unittest's results write that verdict as well."""
    original = getattr(unittest.TestResult, method)

    @functools.wraps(original)
    def wrapper(self: unittest.TestResult, test: Any, *rest: Any) -> Any:
        if method == "startTest":
            write("start", test.id())
        elif method == "addSubTest":
            # (test, subtest, error or None): only failures matter, a success of the whole is added anyway.
            if rest[1] is not None:
                write("end", test.id(), verdict, f"{rest[0]}: {rest[1][1]!r}"[:300])
        else:
            text = repr(rest[0][1])[:300] if verdict in ("failed", "error") else ""
            write("end", test.id(), verdict, text)
        return original(self, test, *rest)

    setattr(unittest.TestResult, method, wrapper)


def main() -> None:
    """Run a script as if it had been started itself, recording what unittest finds."""
    for method, verdict in {
        "startTest": "", "addSuccess": "passed", "addFailure": "failed", "addError": "error", "addSkip": "skipped",
        "addExpectedFailure": "xfailed", "addUnexpectedSuccess": "xpassed", "addSubTest": "failed",
    }.items():  # fmt: skip
        patch(method, verdict)
    del sys.argv[0]
    sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    main()
