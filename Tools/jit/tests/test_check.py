"""Counting of checks, and the scripts in ci/."""

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import check
import check_target
import drive
import parts
import pytest
import test_drive
from support import REPOSITORY, UserError, git

REPORT = """\
<testsuites><testsuite>
<testcase name="a"/><testcase name="b"/>
<testcase name="c"><failure>no</failure></testcase>
<testcase name="d"><system-out>x</system-out><error>no</error></testcase>
<testcase name="e"><skipped/></testcase>
</testsuite></testsuites>
"""


def test_cases_are_counted(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)
    assert check.read_junit(tmp_path / "report.xml", 1) == check.Count(passed=2, failed=2, skipped=1)


def test_failure_without_a_case_counts(tmp_path: Path) -> None:
    assert check.read_junit(tmp_path / "missing.xml", 1) == check.Count(failed=1)
    (tmp_path / "report.xml").write_text('<testsuites><testcase name="a"/></testsuites>')
    assert check.read_junit(tmp_path / "report.xml", 2) == check.Count(passed=1, failed=1)
    assert check.read_junit(tmp_path / "report.xml", 0) == check.Count(passed=1)


def run_main(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outcomes: dict[str, check.Count | None]) -> int:
    """Run the command line with checks whose outcomes are given (None: it cannot run)."""

    def make(count: check.Count | None) -> check.Count:
        if count is None:
            raise UserError("no network")
        return count

    monkeypatch.setattr(check, "CHECKS", {name: lambda _, count=count: make(count) for name, count in outcomes.items()})
    monkeypatch.setattr(drive, "read_settings", lambda _: None)
    return check.main(["--build", str(tmp_path)])


def test_last_line_is_the_total(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(tmp_path, monkeypatch, {"one": check.Count(7, 0, 2), "two": check.Count(5)}) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "12 passed, 0 failed"


def test_check_that_cannot_run_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(tmp_path, monkeypatch, {"one": check.Count(7), "two": None}) == 1
    output = capsys.readouterr()
    assert output.out.splitlines()[-1] == "7 passed, 1 failed"
    assert output.err == "error: no network\n"


def test_requirements_are_pinned() -> None:
    lines = [line for line in check.REQUIREMENTS.read_text().splitlines() if not line.startswith("#")]
    assert lines
    assert [line for line in lines if line.count("==") != 1] == []


@pytest.mark.parametrize("name", ["ci/build", "ci/test", "ci/dist", "ci/platform-lines", ".ci/run"])
def test_scripts_can_be_run(name: str) -> None:
    script = REPOSITORY / name
    assert os.access(script, os.X_OK)
    done = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_cannot_be_installed_is_no_failure_of_the_build(tmp_path: Path) -> None:
    for part in ("build", "test", "targets/aarch64-linux-run"):
        (tmp_path / "ci" / part).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "ci" / part).write_bytes((REPOSITORY / "ci" / part).read_bytes())
        (tmp_path / "ci" / part).chmod(0o755)
    (tmp_path / "ci/targets/aarch64-linux.sh").write_text('install_packages_of_target() { fail "no such packages"; }\n')
    script = (tmp_path / "ci/build").read_text()
    # Everything but installing what all builds need.
    (tmp_path / "ci/build").write_text(script.replace("\n    install_packages\n    find_meson\n", "\n"))
    done = subprocess.run([str(tmp_path / "ci/test"), "--target", "aarch64-linux", "--quick"], capture_output=True, text=True)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (77, "0 passed, 1 failed")
    assert done.stderr.startswith("error: no such packages\n")


def test_dist_refuses_what_it_does_not_know() -> None:
    done = subprocess.run([str(REPOSITORY / "ci/dist"), "--nonsense"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: unknown argument --nonsense; usage: ci/dist ")


def test_lines_of_a_platform_are_counted(tmp_path: Path) -> None:
    block = "#ifdef __APPLE__\n#  if 1\n1\n#  endif\n#elif defined(MS_WINDOWS)\n2\n#else\n3\n#endif\n"
    patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n 1\n-2\n+3\n+4\n"
    texts = {"Python/jit/pages.c": block, "Tools/jit/macos_sdk.py": "1\n2\n", "Tools/jit/tests/test_macos_sdk.py": "1\n2\n3\n"}
    texts |= {"ci/targets/darwin.bash": "1\n", "Tools/jit/images.py": "1\n", "cpython/patches/0001-for-macos.patch": patch}
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    script = tmp_path / "ci" / "platform-lines"
    script.write_bytes((REPOSITORY / "ci" / "platform-lines").read_bytes())
    script.chmod(0o755)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    done = subprocess.run([str(script)], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    rows = {words[0]: words[1:] for words in map(str.split, done.stdout.splitlines())}
    assert rows["macOS"] == ["+2", "-1", "4", "2", "3", "1"]
    assert rows["AArch64"] == ["0", "0", "0", "0", "0"]


def test_the_workflow_names_what_is_there() -> None:
    text = (REPOSITORY / ".github/workflows/systems.yml").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    named = set(re.findall(r"(?<![\w/])(?:ci|Tools)/[\w./-]+", "\n".join(lines)))
    assert {"ci/build", "ci/test", "ci/targets/darwin-hardened", "Tools/jit/check_target.py"} <= named
    assert [name for name in named if not (REPOSITORY / name).is_file()] == []
    targets = set(re.findall(r"target: ([\w-]+)", text))
    assert targets == {path.stem for path in (REPOSITORY / "ci/cross").glob("*.ini")}
    for line in lines:
        known = check_target.CHECKS if "check_target.py" in line else check.CHECKS
        assert set(re.findall(r"--only (\S+)", line)) <= known.keys()


OFF = """\
<testsuites><testsuite>
<testcase name="test.test_a.T.test_same"/><testcase name="test.test_a.T.test_only_off"/>
<testcase name="test.test_a.T.test_both"><failure>no</failure></testcase>
<testcase name="test.test_a.T.test_both"/>
<testcase name="test.test_a.T.test_skipped"><skipped/></testcase>
</testsuite></testsuites>
"""


def target(folder: Path) -> check_target.Target:
    """A target whose build and reports are below `folder`."""
    (folder / "settings.json").write_text(json.dumps(test_drive.DEFAULTS | test_drive.CROSS))
    context = check.Context(folder, drive.read_settings(folder / "settings.json"), quick=True)
    context.reports.mkdir()
    return check_target.Target(context, check_target.Row("aarch64-linux"))


def fake_runs(monkeypatch: pytest.MonkeyPatch, folder: Path, report: Callable[[str], str]) -> list[tuple[str, Mapping[str, str]]]:
    """Let runs of CPython's test runner leave a report, by the name of the check, instead; gives what was run, with which mode."""
    runs: list[tuple[str, Mapping[str, str]]] = []

    def run(_: parts.Runner, name: str, asked: Sequence[parts.Part], mode: Mapping[str, str]) -> parts.Result:
        runs.append((name, mode))
        path = folder / f"{name}.xml"
        path.write_text(report(name))
        result = parts.Result()
        result.add(asked[0], parts.outcomes(path))
        return result

    monkeypatch.setattr(parts.Runner, "run", run)
    return runs


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        (("", ""), 0),
        (('name="test.test_a.T.test_only_off"', 'name="test.test_a.T.test_only_on"'), 2),
        (('<failure>no</failure></testcase>', "</testcase>"), 1),
        (("<skipped/>", "<system-out/>"), 1),
    ],
)
def test_outcomes_of_on_and_off_are_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], failed: int
) -> None:
    fake_runs(monkeypatch, tmp_path, lambda name: OFF if name == "cpython-off" else OFF.replace(*change))
    work = target(tmp_path)
    assert check_target.run_cpython(work).failed == failed
    assert work.row.cells["on = off"] == ("yes" if not failed else f"{failed} differ")
    assert work.row.cells["CPython's files"] == f"1 of {len(check_target.QUICK_TESTS)}"
    assert work.row.cells["fail on and off"] == str(OFF.replace(*change).count("<failure>"))


def test_stress_is_compared_with_one_run_without_the_jit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = fake_runs(monkeypatch, tmp_path, lambda name: OFF if name != "stress-guards" else OFF.replace("<skipped/>", "<system-out/>"))
    work = target(tmp_path)
    assert check_target.run_stress(work) == check.Count()
    assert runs == []
    work = replace(work, context=replace(work.context, quick=False))
    modes = check.stress_modes()
    assert "hot" in modes and not modes.keys() & set(check.EVERYDAY_MODES)
    count = check_target.run_stress(work)
    assert runs == [("stress-off", check_target.JIT_OFF), *((f"stress-{name}", mode) for name, mode in modes.items())]
    # Of each run two cases pass, one is skipped and one fails.
    same = f"{2 * len(modes)} of {2 * len(modes) + 1}"
    assert work.row.cells["stress cases"] == f"{same}, 1 of {len(check_target.WAYS['aarch64-linux'].stress)} files in {len(modes)} modes"
    assert count == check.Count(passed=2 * len(modes), failed=1, skipped=2 * len(modes) - 1)


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [("linux", "x86_64", "x86_64-linux"), ("darwin", "arm64", "aarch64-darwin"), ("linux", "aarch64", "aarch64-linux")],
)
def test_a_native_build_is_of_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, machine: str, name: str
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(sys, "platform", system)
    settings = target(tmp_path).settings
    assert check_target.name_of(settings) == "aarch64-linux"
    assert check_target.name_of(replace(settings, target="")) == name


def test_only_tests_of_stencils_are_counted_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(_: check.Context, name: str, arguments: list[str]) -> check.Count:
        asked.append(arguments)
        return check.Count(passed=7, failed=1)

    monkeypatch.setattr(check_target, "run_pytest", run)
    work = target(tmp_path)
    assert check_target.run_stencils(work) == check.Count(7, 1)
    assert asked[0][:2] == ["-k", "(aarch64 or aarch64) and linux"]
    names = [Path(path).stem for path in asked[0][2:]]
    assert {"test_conformance", "test_stencils", "test_stencil_unwind", "test_unwind_windows"} <= set(names)
    assert len(names) == len(set(names)) and "test_check" not in names
    assert work.row.cells["stencils verified"] == "7 of 8"


def test_a_row_is_a_table() -> None:
    row = check_target.Row("aarch64-linux", {"builds": "yes"})
    assert row.text().splitlines() == [
        "=============  ======",
        "target         builds",
        "=============  ======",
        "aarch64-linux  yes   ",
        "=============  ======",
    ]


@pytest.mark.parametrize(
    ("name", "quick", "expected"),
    [
        ("", False, ["stencils", "programs", "test_jit", "cpython", "stress"]),
        ("aarch64-linux", False, ["stencils", "programs", "test_jit", "cpython", "stress"]),
        ("aarch64-linux", True, ["programs", "test_jit", "cpython", "stress"]),
        ("aarch64-darwin", True, ["images"]),
        ("x86_64-darwin", False, ["stencils", "images"]),
    ],
)
def test_checks_of_targets(name: str, quick: bool, expected: list[str]) -> None:
    assert check_target.checks_of(name, quick) == expected


def test_what_takes_long_in_stress_modes_is_what_is_run_elsewhere() -> None:
    assert set(check_target.LONG_STRESS) < set(check.STRESS_TESTS)
    emulated, elsewhere = check_target.WAYS["aarch64-linux"].stress, check_target.WAYS["x86_64-windows"].stress
    assert sorted([*emulated, *check_target.LONG_STRESS]) == sorted(elsewhere) == sorted(check.STRESS_TESTS)


def test_the_quick_part_names_what_is_there() -> None:
    folder = REPOSITORY / "Lib/test/test_jit"
    texts = {name: (folder / f"test_{name.partition('.')[0]}.py").read_text("utf-8") for name in check_target.QUICK_JIT}
    assert [name for name in texts if "." in name and f"class {name.partition('.')[2]}(" not in texts[name]] == []
    for name in check_target.QUICK_LEFT_OUT:
        case, _, method = name.partition(".")
        assert any(re.search(rf"class {case}\(.*?def {method}\(", text, re.DOTALL) for text in texts.values()), name
    assert set(check_target.QUICK_TESTS) <= set(check.CPYTHON_TESTS)
