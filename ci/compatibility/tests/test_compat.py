"""ci/compat with made-up packages, installed by nobody."""

import json
import os
import sys
from pathlib import Path

import pytest

from benchmark.interpreters import Interpreter
from compatibility import cli, compare
from compatibility.environment import Environment
from compatibility.suites import Suite
from support import UserError

HEAD = "import os, signal, time, unittest\nimport pytest\nON = os.environ['SIDE'] == 'on'\n"
SAME = """
def test_passes(): pass
def test_fails(): assert 0, "everywhere"
def test_skips(): pytest.skip()
@pytest.mark.xfail
def test_expected(): assert 0
@pytest.mark.parametrize("x", [object()], ids=lambda x: hex(id(x) + os.getpid()))
def test_address(x): pass
"""
DIFFERS = """
@pytest.fixture
def broken():
    yield
    assert not ON, "teardown"
def test_worse(): assert not ON, "only there"
def test_teardown(broken): pass
def test_flaky():
    with open(os.environ["LOG"] + ".flaky", "a+") as log:
        log.write("x")
        log.seek(0)
        assert not ON or len(log.read()) > 2
"""
DIES = "def test_good(): pass\ndef test_dies():\n    if ON: os.kill(os.getpid(), signal.SIGSEGV)\ndef test_late(): pass\n"
HANGS = "def test_hangs():\n    if ON: time.sleep(60)\n"
FRONT = """
class Cases(unittest.TestCase):
    def test_good(self): pass
    def test_bad(self): self.assertFalse(ON)
    def test_part(self):
        for n in (1, 2):
            with self.subTest(n=n): self.assertFalse(ON and n == 1)
    @unittest.skip("no")
    def test_skip(self): pass
unittest.main()
"""
TABLE = """
same = { version = "1", files = ["test_it.py"] }
differs = { version = "2", files = ["test_it.py"], deselect = { "test_it.py::test_gone" = "not here" } }
dies = { version = "1", files = ["test_it.py"] }
hangs = { version = "1", files = ["test_it.py"], timeout = 3 }
front = { version = "1", script = "test_it.py" }
absent = { version = "9" }
"""
BODIES = {
    "same": SAME, "differs": DIFFERS + "def test_gone(): assert not ON\n", "dies": DIES, "hangs": HANGS, "front": FRONT,
}  # fmt: skip


@pytest.fixture
def arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    (tmp_path / "suites.toml").write_text(TABLE)
    for name, body in BODIES.items():
        environment = Environment(tmp_path / name)
        environment.python.parent.mkdir(parents=True)
        environment.python.write_text(f'#!/bin/sh\necho {name} >>"$LOG"\nexec {sys.executable} "$@"\n')
        environment.python.chmod(0o755)
        environment.source.mkdir()
        (environment.source / "test_it.py").write_text(HEAD + body)

    def prepare(suite: Suite, interpreter: Interpreter, work: Path) -> Environment:
        if suite.name not in BODIES:
            raise UserError("pip: ERROR: no such package")
        return Environment(tmp_path / suite.name)

    monkeypatch.setattr(compare, "prepare", prepare)
    common = f"{sys.executable},LOG={tmp_path / 'log'}"
    return [
        "--python", f"off={common},SIDE=off", "--python", f"on={common},SIDE=on", "--table", str(tmp_path / "suites.toml"),
        "--work", str(tmp_path), "--json", str(tmp_path / "out.json"), "--packages",
    ]  # fmt: skip


def started(arguments: list[str]) -> list[str]:
    return Path(arguments[5]).with_name("log").read_text().split()


def packages(arguments: list[str]) -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = json.loads(Path(arguments[9]).read_text())["packages"]
    return found


def test_verdicts_that_are_the_same(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*arguments, "same"]) == 0
    printed = capsys.readouterr().out
    assert "3/1/1" in printed and "everywhere" not in printed
    assert "1 packages with 5 tests ran" in printed and "0 differ, in 0 tests" in printed
    assert packages(arguments)["same"]["on"]["failed"] == ["test_it.py::test_fails"]


def test_differences_are_repeated_and_explained(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*arguments, "differs"]) == 1
    printed = capsys.readouterr().out
    assert "differs: differs: test_it.py::test_worse: passed / failed\n    AssertionError: only there" in printed
    assert "differs: differs: test_it.py::test_teardown: passed / error\n    AssertionError: teardown" in printed
    assert "differs: flaky: test_it.py::test_flaky: passed / failed" in printed
    assert "test_gone" not in printed and "1 differ, in 2 tests; 1 tests are flaky" in printed
    assert sorted(packages(arguments)["differs"]["differs"]) == ["test_it.py::test_teardown", "test_it.py::test_worse"]
    assert len(started(arguments)) == 2 * compare.RUNS


def test_crashes_and_timeouts_name_the_test(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare, "RUNS", 1)
    assert cli.main([*arguments, "dies,hangs"]) == 1
    printed = capsys.readouterr().out
    assert "dies: differs: (the suite): ok / killed by SIGSEGV in test_it.py::test_dies" in printed
    assert "Fatal Python error: Segmentation fault" in printed and "test_late" not in printed
    assert "hangs: differs: (the suite): ok / timeout in test_it.py::test_hangs\n    no end after 3 s" in printed


def test_unittest(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*arguments, "front"]) == 1
    printed = capsys.readouterr().out
    assert "3/0/1" in printed and "1/2/1" in printed
    assert "__main__.Cases.test_part: passed / failed" in printed and "__main__.Cases.test_bad: passed / failed" in printed


def test_a_package_that_cannot_be_installed(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*arguments, "absent,same"]) == 1
    printed = capsys.readouterr().out
    assert "absent cannot be run: pip: ERROR: no such package" in printed and "1 packages with 5 tests ran" in printed


def test_a_second_run_goes_on_from_the_journal(arguments: list[str]) -> None:
    assert cli.main([*arguments, "same"]) == 0
    assert cli.main([*arguments, "same,front"]) == 1
    assert started(arguments).count("same") == 2
    assert cli.main([*arguments, "same", "--fresh"]) == 0
    assert started(arguments).count("same") == 4


def test_wrong_arguments(arguments: list[str]) -> None:
    with pytest.raises(UserError, match="no package is called sam; did you mean same"):
        cli.main([*arguments, "sam"])
    with pytest.raises(UserError, match="name two sides"):
        cli.main([*arguments[2:], "same"])
    assert not os.path.exists(arguments[9])


def test_list(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--list", *arguments, "d*", "--exclude", "dies"]) == 0
    assert capsys.readouterr().out == "differs 2\n"
