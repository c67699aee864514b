"""Tests of running CPython's test runner in parts (parts.py), with a program in its place."""

import dataclasses
import importlib.util
import os
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import parts
import pytest
from parts import Part, Result, Runner
from support import REPOSITORY

FILTER = REPOSITORY / "tree" / "Lib" / "test" / "libregrtest" / "filter.py"

# Stands for the test runner: writes the part's name and a variable into the log and the report that NAME.xml has, if any.
PROGRAM = """\
import os, pathlib, subprocess, sys, time
report = pathlib.Path(next(word for word in sys.argv if word.startswith("--junit-xml=")).partition("=")[2])
print("arguments", sys.argv[1:], "mode", os.environ.get("MODE"), "kept", os.environ.get("PYTHONPATH"))
source = pathlib.Path(f"{report.stem}.source")
if report.stem == "test_hangs":
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    pathlib.Path("pids").write_text(f"{os.getpid()} {child.pid}")
    time.sleep(600)
if source.exists():
    status, _, text = source.read_text().partition("\\n")
    report.write_text(text)
    sys.exit(int(status))
sys.exit(3)
"""

CASES = {
    "passed": '<testcase name="{}.passes"/>',
    "skipped": '<testcase name="{}.skipped"><skipped/></testcase>',
    "failed": '<testcase name="{}.fails"><error/></testcase>',
}


def runner(folder: Path, timeout: float = 60, resume: bool = False) -> Runner:
    """A runner of PROGRAM in `folder`."""
    program = folder / "program.py"
    if not program.exists():
        program.write_text(PROGRAM)
        os.utime(program, (1, 1))
    work = folder / "work"
    work.mkdir(exist_ok=True)
    return Runner([sys.executable], program, work, folder / "reports", ["--one"], timeout, 2, resume)


@dataclasses.dataclass
class FakeCase:
    """A test case as the runner's rules see it."""

    name: str

    def id(self) -> str:
        """Its name with module and class."""
        return self.name


def give(folder: Path, name: str, *verdicts: str, status: int = 0) -> Part:
    """A part with one case of each verdict."""
    cases = "".join(CASES[verdict].format(name) for verdict in verdicts)
    (folder / "work").mkdir(exist_ok=True)
    (folder / "work" / f"{name}.source").write_text(f"{status}\n<testsuites><testsuite>{cases}</testsuite></testsuites>")
    return Part(name)


def run(work: Runner, *asked: Part, mode: Mapping[str, str] | None = None) -> Result:
    """Run parts as a check named `check`."""
    return work.run("check", asked, mode or {})


def test_parts_are_files_or_classes() -> None:
    assert Part("test_re").arguments == ["test_re"]
    assert Part("test_asyncio.test_tasks").arguments == ["test_asyncio.test_tasks"]
    assert Part("test_jit.test_dump").arguments == ["test_jit.test_dump"]
    assert Part("test_jit.test_dump.DumpTest").arguments == ["test_jit.test_dump", "--match=*.DumpTest.*"]


@pytest.mark.skipif(not FILTER.is_file(), reason="no prepared tree; `meson compile -C build prepare`")
def test_a_part_is_all_that_is_run(tmp_path: Path) -> None:
    """Beside the cases that a check leaves out, the runner's own rules (of its module, loaded alone) choose none but those of a class."""
    spec = importlib.util.spec_from_file_location("regrtest_filter", FILTER)
    assert spec is not None and spec.loader is not None
    rules = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rules)
    work = dataclasses.replace(runner(tmp_path), arguments=["--ignore=*.DumpTest.test_long", "--ignore=test_flaky"])
    chosen = {}
    for name in ("test_jit.test_dump.DumpTest", "test_jit.test_dump"):
        run(work, Part(name))
        said = re.findall(r"'--(match|ignore)=([^']*)'", (tmp_path / "reports" / "check" / f"{name}.log").read_text())
        rules.set_match_tests([(pattern, kind == "match") for kind, pattern in said])
        cases = [f"test.test_jit.test_dump.{case}" for case in ("DumpTest.test_a", "DumpTest.test_long", "DumpTest.test_flaky", "OtherTest.test_a")]
        chosen[name] = [case.removeprefix("test.test_jit.test_dump.") for case in cases if rules.match_test(FakeCase(case))]
    assert chosen == {"test_jit.test_dump.DumpTest": ["DumpTest.test_a"], "test_jit.test_dump": ["DumpTest.test_a", "OtherTest.test_a"]}


def test_all_of_test_jit_is_in_its_parts() -> None:
    found = parts.jit_parts(REPOSITORY)
    files = sorted(path.stem for path in (REPOSITORY / "Lib/test/test_jit").glob("test_*.py"))
    assert list(dict.fromkeys(part.arguments[0] for part in found)) == [f"test_jit.{name}" for name in files]
    divided = {part.name.rpartition(".")[2] for part in found if len(part.arguments) > 1}
    text = (REPOSITORY / parts.DIVIDED).read_text("utf-8")
    assert divided == set(re.findall(r"^class (\w+)\(ProgramTests", text, re.MULTILINE))
    # Nothing but classes of programs is in it.
    assert len(divided) == len(re.findall(r"^(?:class|def) ", text, re.MULTILINE)) > 30


def test_what_became_of_cases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = [give(tmp_path, "test_a", "passed", "skipped"), give(tmp_path, "test_b", "skipped"), give(tmp_path, "test_c", "failed", "passed", status=2)]
    result = run(runner(tmp_path), *asked, mode={"MODE": "hot"})
    assert [result.number(verdict) for verdict in ("passed", "failed", "skipped")] == [2, 1, 2]
    assert result.files == {"test_a", "test_c"}  # all of test_b is skipped
    lines = re.sub(r"in \d+ s", "in N s", capsys.readouterr().out).splitlines()
    assert lines[:2] == ["[1/3] test_a: 1 passed, 1 skipped in N s", "[2/3] test_b: 1 skipped in N s"]
    # What failed shows what it said.
    assert lines[2].startswith("[3/3] arguments ['-m', 'test', '-W', '--timeout=60', '--junit-xml=") and lines[2].endswith("mode hot kept None")
    assert "'test_c', '--one']" in lines[2]
    assert lines[-1] == "test_c: 1 passed, 1 failed in N s"


def test_what_is_not_for_tests_is_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    run(runner(tmp_path), give(tmp_path, "test_a", "passed"))
    assert (tmp_path / "reports/check/test_a.log").read_text().endswith("kept None\n")


def test_a_part_that_does_not_end_fails(tmp_path: Path) -> None:
    crashed = Part("test_crashed")  # leaves no report
    odd = give(tmp_path, "test_odd", "passed", status=3)  # all pass, and yet
    result = run(runner(tmp_path), crashed, odd)
    assert result.verdicts == {"test_crashed ends with status 3": "failed", "test_odd ends with status 3": "failed", "test_odd.passes": "passed"}
    assert list((tmp_path / "reports/check").glob("*.xml")) == []


def exists(pid: int) -> bool:
    """Is there such a process, which has not ended?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc")
def test_a_part_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    began = time.monotonic()
    result = run(runner(tmp_path, timeout=2), Part("test_hangs"), give(tmp_path, "test_a", "passed"))
    assert time.monotonic() - began < 60
    assert result.verdicts == {"test_hangs ends with status -9": "failed", "test_a.passes": "passed"}
    pids = [int(pid) for pid in (tmp_path / "work/pids").read_text().split()]
    deadline = time.monotonic() + 20
    while any(map(exists, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(exists, pids))


def test_what_passed_is_not_run_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = [give(tmp_path, "test_a", "passed"), give(tmp_path, "test_b", "failed", status=2), Part("test_crashed")]
    first = run(runner(tmp_path, resume=True), *asked)
    assert first.number("failed") == 2
    asked = [give(tmp_path, "test_a", "failed", status=2), give(tmp_path, "test_b", "passed"), give(tmp_path, "test_crashed", "passed")]
    capsys.readouterr()
    second = run(runner(tmp_path, resume=True), *asked)
    assert second == Result({f"{part.name}.passes": "passed" for part in asked}, {part.name for part in asked})
    assert capsys.readouterr().out.startswith("[1/3] test_a: 1 passed before\n")
    # Without being asked, or with another program, all is run.
    assert run(runner(tmp_path), asked[0]).verdicts == {"test_a.fails": "failed"}
    give(tmp_path, "test_b", "skipped")
    later = time.time() + 10
    os.utime(tmp_path / "program.py", (later, later))
    assert run(runner(tmp_path, resume=True), asked[1]).verdicts == {"test_b.skipped": "skipped"}


def test_addresses_in_names_are_no_difference(tmp_path: Path) -> None:
    for name, address in (("a.xml", "0x7fdf3e354d50"), ("b.xml", "0x7F5212CD89E0")):
        case = f'<testcase name="test.test_a.T.test_b (f=&lt;function f at {address}&gt;, n=0x10)"/>'
        (tmp_path / name).write_text(f"<testsuites><testsuite>{case}</testsuite></testsuites>")
    expected = {"test.test_a.T.test_b (f=<function f at 0x...>, n=0x10)": "passed"}
    assert parts.outcomes(tmp_path / "a.xml") == parts.outcomes(tmp_path / "b.xml") == expected
