"""ci/regress with a made-up `test` package in the place of CPython's."""

import json
import os
import sys
from pathlib import Path

import pytest

from benchmark import regress
from benchmark.regress import Outcome, verdict_of
from benchmark.sides import Journal
from support import UserError

# Behaves as `python -m test` does, as far as ci/regress looks at it.
FAKE = """
import os, signal, sys, time
name, log = sys.argv[-1], os.environ["REGRESS_LOG"]
if name == "--list-tests":
    print("test_good\\ntest_bad\\ntest_dies\\ntest_flaky\\ntest_hangs\\ntest_skipped")
    sys.exit()
with open(log, "a") as stream:
    print(name, file=stream)
on = os.environ["SIDE"] == "on"
junit = sys.argv[sys.argv.index("--junit-xml") + 1]
def end(failed, text, status):
    cases = "".join(f'<testcase name="{case}"><failure/></testcase>' for case in failed)
    open(junit, "w").write(f'<testsuites><testsuite><testcase name="t.ok"/>{cases}</testsuite></testsuites>')
    print(text)
    sys.exit(status)
if name == "test_good":
    end([], "1 test OK.\\nResult: SUCCESS", 0)
if name == "test_skipped":
    end([], "1 test skipped:\\n    test_skipped\\nResult: NO TESTS RAN", 0)
if name == "test_bad" and on:
    end(["t.b", "t.a"], "AssertionError: 1 != 2\\n1 test failed:\\n    test_bad\\nResult: FAILURE", 2)
if name == "test_dies" and on:
    os.kill(os.getpid(), signal.SIGSEGV)
if name == "test_hangs" and on:
    time.sleep(60)
if name == "test_flaky" and on and open(log).read().count("test_flaky") < 3:
    end(["t.f"], "1 test failed:\\n    test_flaky\\nResult: FAILURE", 2)
end([], "1 test OK.\\nResult: SUCCESS", 0)
"""


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    library = tmp_path / "library"
    (library / "test").mkdir(parents=True)
    (library / "test" / "__init__.py").write_text("")
    (library / "test" / "__main__.py").write_text(FAKE)
    common = f"{sys.executable},PYTHONPATH={library},REGRESS_LOG={tmp_path / 'log'}"
    return [
        "--python", f"off={common},SIDE=off", "--python", f"on={common},SIDE=on", "--journal", str(tmp_path / "journal"),
        "--json", str(tmp_path / "out.json"), "--timeout", "3",
    ]  # fmt: skip


def started(arguments: list[str]) -> list[str]:
    return Path(arguments[5]).with_name("log").read_text().split()


def test_only_differences_are_printed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert regress.main(arguments) == 1
    printed = capsys.readouterr().out
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in printed.splitlines() if line.startswith("test_")}
    assert "test_good" not in rows and "test_skipped" not in rows
    assert "test_bad: only on fails t.a, t.b" in printed and "test_bad: on: AssertionError: 1 != 2" in printed
    assert "differs ok failed" in " ".join(printed.split()) and "differs ok killed by SIGSEGV" in " ".join(printed.split())
    assert rows["test_hangs"] == "differs ok timeout" and rows["test_flaky"] == "flaky ok failed"
    assert "2 files the same (0 of them not ok on either side), 1 flaky, 3 differ" in printed
    files = json.loads(Path(arguments[7]).read_text())["files"]
    assert files["test_bad"]["on"]["failed"] == ["t.a", "t.b"] and files["test_skipped"]["on"]["verdict"] == "skipped"


def test_a_second_run_goes_on_from_the_journal(arguments: list[str]) -> None:
    tests = ["--tests", "test_good test_bad"]
    assert regress.main(arguments + tests) == 1
    before = started(arguments)
    assert before == ["test_good", "test_good", "test_bad", "test_bad", "test_bad", "test_bad"]
    journal = Path(arguments[5])
    lines = journal.read_text().splitlines()
    journal.write_text("\n".join(lines[:-1]) + "\n" + lines[-1][:20])  # as if stopped while writing
    assert regress.main(arguments + tests) == 1
    assert started(arguments) == [*before, "test_bad"]
    assert regress.main([*arguments, *tests, "--fresh"]) == 1
    assert started(arguments) == [*before, "test_bad", *before]


def test_another_environment_is_not_taken_from_the_journal(arguments: list[str]) -> None:
    tests = ["--tests", "test_good"]
    assert regress.main(arguments + tests) == 0
    other = [argument + ",MORE=1" if "SIDE=on" in argument else argument for argument in arguments]
    assert regress.main(other + tests) == 0
    assert len(started(arguments)) == 3


def test_unknown_file_and_missing_side(arguments: list[str]) -> None:
    with pytest.raises(UserError, match="there is no test file test_nothing"):
        regress.main([*arguments, "--tests", "test_nothing"])
    with pytest.raises(UserError, match="name two sides"):
        regress.main(arguments[2:])


@pytest.mark.parametrize(
    ("status", "output", "verdict"),
    [(None, "", "timeout"), (-11, "Result: SUCCESS", "killed by SIGSEGV"), (0, "1 test OK.\nResult: SUCCESS", "ok"),
     (2, "1 test failed:\n    test_x\nResult: FAILURE", "failed"),
     (0, "1 test skipped (resource denied):\n", "resource denied"),
     (3, "1 test altered the execution environment (env changed):\n", "env changed"), (7, "nothing", "ended with status 7")],
)  # fmt: skip
def test_verdicts(status: int | None, output: str, verdict: str) -> None:
    assert verdict_of(status, output) == verdict


def test_journal_of_nothing(tmp_path: Path) -> None:
    assert Journal(tmp_path / "none", Outcome.load).read().outcomes == {}
    assert not os.path.exists(tmp_path / "none")
