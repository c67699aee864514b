"""Which of the other targets ci/test runs, builds, or leaves out, and what it says of that."""

import os
import platform
import threading
import time
from pathlib import Path

import check
import drive
import other_targets
import pytest
import toolchain
from other_targets import Outcome, Records, Work
from support import REPOSITORY

TEST = """\
#!/bin/bash
[ "$1 $3" = "--target --quick" ] || exit 2
echo "$2" >>"${0%/*}/asked"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with some files, in which all targets are well."""
    for name in ("meson.build", "meson.options", "Include/a.h", "Python/jit/emit.c", "Python/jit/README.rst", "Tools/jit/build.py"):
        write(tmp_path / name, name)
    for name in ("Tools/jit/tests/test_a.py", "Tools/jit/check_target.py", "cpython/pin.toml", "ci/build", "ci/windows/meson.build"):
        write(tmp_path / name, name)
    for target in (*other_targets.RUN, *other_targets.BUILT):
        write(tmp_path / "ci" / "cross" / f"{target}.ini", target)
        write(tmp_path / "ci" / "targets" / f"{target}.sh", target)
    for name in ("darwin.bash", "windows.bash", "windows-libraries", "darwin-hardened", "x86_64-windows-run", "aarch64-windows-smoke"):
        write(tmp_path / "ci" / "targets" / name, name)
    say(tmp_path, "echo 12 passed, 0 failed")
    (tmp_path / "reports").mkdir()
    monkeypatch.setattr(other_targets, "REPOSITORY", tmp_path)
    monkeypatch.setattr(other_targets, "missing", lambda: "")
    monkeypatch.setattr(toolchain, "version_text", lambda _: "clang version 19.1.7")
    return tmp_path


def write(path: Path, text: str) -> None:
    """Make a file and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def say(project: Path, last: str) -> None:
    """Let ci/test of the project end so."""
    write(project / "ci" / "test", f"{TEST}{last}\n")
    (project / "ci" / "test").chmod(0o755)


def asked(project: Path) -> list[str]:
    """For which targets ci/test was run since the last time that this was asked."""
    path = project / "ci" / "asked"
    found = path.read_text().split() if path.exists() else []
    path.unlink(missing_ok=True)
    return found


def work(project: Path, last_begin: float = float("inf"), end: float = float("inf")) -> Work:
    """What goes through the targets, with records of its own."""
    return Work(project / "reports", Records(project / "built"), last_begin, end)


def test_targets_are_those_that_there_are() -> None:
    for target in (*other_targets.RUN, *other_targets.BUILT):
        assert (REPOSITORY / "ci" / "targets" / f"{target}.sh").exists()
        assert (REPOSITORY / "ci" / "targets" / f"{target}-run").exists() == (target in other_targets.RUN)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("echo 12 passed, 0 failed", (12, 0, 0)),
        ("echo 12 passed, 3 failed; exit 1", (12, 3, 0)),
        ("echo 12 passed, 0 failed; exit 1", (12, 1, 0)),
        ("echo broken", (0, 1, 0)),
        ("exit 1", (0, 1, 0)),
        ("echo 'error: apt-get could not install qemu'; echo 0 passed, 1 failed; exit 77", (0, 0, 1)),
    ],
)
def test_what_they_say_is_counted(project: Path, last: str, expected: tuple[int, int, int]) -> None:
    say(project, last)
    found = other_targets.run("aarch64-linux", project / "reports" / "log")
    assert (found.passed, found.failed, found.skipped) == expected
    assert found.remark == ("skipped: apt-get could not install qemu" if found.skipped else "")
    assert asked(project) == ["aarch64-linux"]


def test_all_is_shown_of_what_fails(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    say(project, "seq 20; echo 3 passed, 1 failed; exit 1")
    assert [each.failed for each in work(project).all()] == [1] * len((*other_targets.RUN, *other_targets.BUILT))
    assert "\n1\n2\n" in capsys.readouterr().out
    say(project, "seq 20; echo 3 passed, 0 failed")
    work(project).all()
    shown = capsys.readouterr().out
    assert "\n1\n2\n" not in shown and "\n19\n20\n3 passed, 0 failed\n" in shown


def test_what_was_found_right_is_not_built_again(project: Path) -> None:
    everything = sorted((*other_targets.RUN, *other_targets.BUILT))
    work(project).all()
    assert sorted(asked(project)) == everything
    found = work(project).all()
    # What can be run is run each time.
    assert sorted(asked(project)) == sorted(other_targets.RUN)
    assert {each.target: each.skipped for each in found} == {target: int(target in other_targets.BUILT) for target in everything}
    assert all(each.remark.startswith("not built: its inputs are those of a build") for each in found if each.skipped)
    write(project / "Python/jit/emit.c", "another")
    work(project).all()
    assert sorted(asked(project)) == everything
    # A clone of its own finds the records too: they are by what is built, not by where.
    assert work(project).build("x86_64-darwin").skipped


@pytest.mark.parametrize("last", ["echo 2 passed, 1 failed; exit 1", "echo 0 passed, 1 failed; exit 77"])
def test_what_failed_or_was_skipped_is_tried_again(project: Path, last: str) -> None:
    say(project, last)
    for _ in range(2):
        work(project).build("aarch64-darwin")
        assert asked(project) == ["aarch64-darwin"]


def test_nothing_is_begun_too_late(project: Path) -> None:
    found = work(project, last_begin=time.time() - 1).all()
    assert asked(project) == []
    assert {each.target: each.remark for each in found if each.skipped} == {
        **{name: f"not run: too late for this run; ci/test --target {name} --quick does" for name in other_targets.RUN},
        **{name: f"not built: too late for this run; ci/test --target {name} does" for name in other_targets.BUILT},
    }
    # Nor is it taken for built.
    assert work(project).build("aarch64-darwin").passed == 12


@pytest.mark.parametrize("ends", ["trap 'echo interrupted; exit 130' INT", "trap '' INT"])
def test_what_has_no_end_is_ended(project: Path, monkeypatch: pytest.MonkeyPatch, ends: str) -> None:
    monkeypatch.setattr(other_targets, "GRACE", 2)
    say(project, f"{ends}; echo $$ >pid; echo begun; while :; do sleep 0.1; done")
    began = time.time()
    found = work(project, end=began + 1).run("aarch64-linux")
    assert began + 1 <= time.time() < began + 60
    assert (found.passed, found.failed, found.remark) == (0, 1, "")
    assert found.lines[0] == "begun" and found.lines[-1].startswith("error: no end by the time")
    assert ("interrupted" in found.lines) == ("exit" in ends)
    with pytest.raises(ProcessLookupError):
        os.kill(int((project / "pid").read_text()), 0)
    # What was to be built only is not taken for built.
    assert work(project, end=time.time()).build("aarch64-darwin").failed == 1
    assert not list((project / "built").glob("*"))


def test_an_interruption_reaches_what_runs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    say(project, "trap 'echo interrupted >>ended; exit 130' INT; kill -INT $PPID; while :; do sleep 0.1; done")
    with pytest.raises(KeyboardInterrupt):
        other_targets.run("aarch64-linux", project / "log")
    assert (project / "ended").read_text() == "interrupted\n"


def test_what_takes_longer_must_begin_sooner(project: Path) -> None:
    assert set(other_targets.SOONER) <= set(other_targets.BUILT)
    for target, sooner in other_targets.SOONER.items():
        assert work(project, last_begin=time.time() + sooner - 5).build(target).skipped == 1
        assert work(project, last_begin=time.time() + sooner + 60).build(target).passed == 12


def test_what_was_left_out_longest_comes_first(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(other_targets, "TOGETHER", 1)
    records = Records(project / "built")
    for target, when in (("aarch64-windows", 300.0), ("aarch64-darwin", 200.0), ("x86_64-darwin", 100.0)):
        records.add(target, "other")
        now = time.time()
        os.utime(records.path(target, "other"), (now, now - 1000 + when))
    work(project).all()
    assert asked(project) == [*other_targets.RUN, "x86_64-darwin", "aarch64-darwin", "aarch64-windows"]


def test_two_are_gone_through_side_by_side(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meeting = threading.Barrier(2, timeout=60)
    met: list[str] = []

    def run(target: str, log: Path, end: float) -> Outcome:
        if target in other_targets.RUN:
            meeting.wait()
            met.append(target)
        return Outcome(target, passed=1)

    monkeypatch.setattr(other_targets, "run", run)
    assert [each.target for each in work(project).all()][:2] == list(other_targets.RUN)
    assert sorted(met) == sorted(other_targets.RUN)


@pytest.mark.parametrize(
    ("name", "targets"),
    [
        ("Include/a.h", "aarch64-darwin x86_64-darwin aarch64-windows x86_64-windows"),
        ("Tools/jit/build.py", "aarch64-darwin x86_64-darwin aarch64-windows x86_64-windows"),
        ("cpython/pin.toml", "aarch64-darwin x86_64-darwin aarch64-windows x86_64-windows"),
        ("meson.options", "aarch64-darwin x86_64-darwin aarch64-windows x86_64-windows"),
        ("ci/build", "aarch64-darwin x86_64-darwin aarch64-windows x86_64-windows"),
        ("ci/cross/x86_64-darwin.ini", "x86_64-darwin"),
        ("ci/targets/aarch64-darwin.sh", "aarch64-darwin"),
        ("ci/targets/darwin.bash", "aarch64-darwin x86_64-darwin"),
        ("ci/targets/windows-libraries", "aarch64-windows x86_64-windows"),
        ("ci/windows/meson.build", "aarch64-windows x86_64-windows"),
        ("Python/jit/README.rst", ""),
        ("Tools/jit/tests/test_a.py", ""),
        ("Tools/jit/check_target.py", ""),
        ("Tools/jit/parts.py", ""),
        ("ci/targets/darwin-hardened", ""),
        ("ci/targets/x86_64-windows-run", ""),
        ("ci/targets/aarch64-windows-smoke", ""),
        ("ci/test", ""),
    ],
)
def test_inputs_of_a_build(project: Path, name: str, targets: str) -> None:
    names = ("aarch64-darwin", "x86_64-darwin", "aarch64-windows", "x86_64-windows")
    before = {each: other_targets.inputs_digest(project, each) for each in names}
    assert {each: other_targets.inputs_digest(project, each) for each in names} == before
    write(project / name, "something else")
    assert " ".join(each for each in names if other_targets.inputs_digest(project, each) != before[each]) == targets


def test_the_compiler_is_an_input(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = other_targets.inputs_digest(project, "aarch64-darwin")
    monkeypatch.setattr(toolchain, "version_text", lambda _: "clang version 19.1.8")
    assert other_targets.inputs_digest(project, "aarch64-darwin") != before


def test_the_real_inputs_are_there() -> None:
    found = {path.relative_to(REPOSITORY).as_posix() for path in other_targets.input_files(REPOSITORY, "aarch64-darwin")}
    assert {"ci/cross/aarch64-darwin.ini", "ci/cross/aarch64-darwin.site", "ci/targets/darwin.bash", "Python/jit/pages.c"} <= found
    assert {"Tools/jit/stencils.py", "Tools/jit/macos_image.py", "cpython/pin.toml", "meson.build"} <= found
    assert not [name for name in found if "x86_64" in name and name.startswith("ci/")]


def test_old_records_go(tmp_path: Path) -> None:
    records = Records(tmp_path / "built")
    assert not records.have("x86_64-darwin", "1") and records.last("x86_64-darwin") == 0
    records.add("x86_64-darwin", "1")
    os.utime(records.path("x86_64-darwin", "1"), (0, 0))
    records.add("x86_64-darwin", "2")
    assert [path.name for path in records.folder.iterdir()] == ["x86_64-darwin-2"]
    assert records.have("x86_64-darwin", "2") and not records.have("x86_64-darwin", "1")


def test_records_that_cannot_be_kept_are_no_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    records = Records(tmp_path / "file" / "built")
    records.add("x86_64-darwin", "1")
    assert not records.have("x86_64-darwin", "1")


def test_elsewhere_all_are_skipped_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    found = other_targets.check(tmp_path, None)
    assert [(each.target, each.skipped) for each in found] == [(name, 1) for name in (*other_targets.RUN, *other_targets.BUILT)]
    assert {each.remark for each in found} == {"skipped: only Linux on x86-64 builds and runs them"}


def test_what_was_not_done_is_said_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    times: list[float | None] = []

    def found(_: Path, began: float | None) -> list[Outcome]:
        times.append(began)
        return [Outcome("aarch64-linux", passed=5), Outcome("x86_64-darwin", skipped=1, remark="not built: too late")]

    monkeypatch.setattr(other_targets, "check", found)
    monkeypatch.setattr(check, "CHECKS", {"targets": check.run_targets})
    monkeypatch.setattr(check, "LONG_CHECKS", {})
    monkeypatch.setattr(drive, "read_settings", lambda _: None)
    arguments = ["--build", str(tmp_path), "--began", "7"]
    assert check.main(arguments) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["x86_64-darwin not built: too late", "5 passed, 0 failed"]
    # Whoever asks for them, or has hours, has the time.
    assert check.main([*arguments, "--only", "targets"]) == check.main([*arguments, "--long"]) == 0
    assert times == [7, None, None]
    assert check.main([*arguments, "--quick"]) == 0
    assert len(times) == 3


def test_plain_runs_have_them() -> None:
    assert list(check.CHECKS)[-1] == "targets" and "targets" not in check.LONG_CHECKS
