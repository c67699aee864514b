"""Finding clang: by default, by version, by path; and what is said when there is none."""

import os
from pathlib import Path

import pytest
import toolchain
from toolchain import MINIMUM, ToolchainError, find_clang


@pytest.fixture(autouse=True)
def only_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's own clang, outside of the PATH of a test, stays out of it."""
    monkeypatch.setattr(toolchain, "FOLDERS", ())


def fake(folder: Path, name: str, version: str, *, vendor: str = "Debian clang") -> Path:
    """A program that reports a version."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text(f"#!/bin/sh\necho '{vendor} version {version}'\n")
    program.chmod(0o755)
    return program


def test_newest_numbered_name_wins(tmp_path: Path) -> None:
    for major in (19, 21, 20):
        fake(tmp_path, f"clang-{major}", f"{major}.1.0")
    assert find_clang(environ={"PATH": str(tmp_path)}).version == 21


def test_plain_name_comes_first(tmp_path: Path) -> None:
    fake(tmp_path, "clang", "19.1.7 (3~deb12u1)")
    fake(tmp_path, "clang-21", "21.0.0")
    found = find_clang(environ={"PATH": str(tmp_path)})
    assert (found.version, Path(found.path).name) == (19, "clang")


def test_old_plain_name_is_passed_over(tmp_path: Path) -> None:
    fake(tmp_path, "clang", "14.0.6")
    fake(tmp_path, "clang-19", "19.1.0")
    assert find_clang(environ={"PATH": str(tmp_path)}).version == 19


@pytest.mark.parametrize("environ", [{"LLVM_VERSION": "20"}, {"LLVM_VERSION": "20.1.2"}])
def test_version_from_the_environment(tmp_path: Path, environ: dict[str, str]) -> None:
    for major in (20, 21):
        fake(tmp_path, f"clang-{major}", f"{major}.1.0")
    assert find_clang(environ={"PATH": str(tmp_path), **environ}).version == 20


def test_option_beats_the_environment(tmp_path: Path) -> None:
    for major in (20, 21):
        fake(tmp_path, f"clang-{major}", f"{major}.1.0")
    assert find_clang("21", {"PATH": str(tmp_path), "LLVM_VERSION": "20"}).version == 21


@pytest.mark.parametrize("sub", ["", "bin"])
def test_install_folder(tmp_path: Path, sub: str) -> None:
    fake(tmp_path / "path", "clang", "21.1.0")
    fake(tmp_path / "llvm" / sub, "clang", "19.1.0")
    environ = {"PATH": str(tmp_path / "path"), "LLVM_TOOLS_INSTALL_DIR": str(tmp_path / "llvm")}
    assert find_clang(environ=environ).version == 19


def test_named_path(tmp_path: Path) -> None:
    program = fake(tmp_path / "bin", "clang", "19.1.0")
    for name in (program, tmp_path):
        assert find_clang(str(name), {"PATH": ""}).path == os.path.abspath(program)


def test_apple_clang_counts_by_its_number(tmp_path: Path) -> None:
    fake(tmp_path, "clang", "17.0.0 (clang-1700.0.13.3)", vendor="Apple clang")
    with pytest.raises(ToolchainError, match=r"clang \(version 17\)"):
        find_clang(environ={"PATH": str(tmp_path)})


def test_error_lists_what_was_looked_for(tmp_path: Path) -> None:
    fake(tmp_path, "clang", "14.0.6")
    fake(tmp_path, "clang-20", "unknown", vendor="something else")
    with pytest.raises(ToolchainError) as caught:
        find_clang(environ={"PATH": str(tmp_path)})
    text = str(caught.value)
    assert text.startswith(f"no clang {MINIMUM} or newer. Looked for: clang (version 14)")
    assert "clang-20 (not a clang)" in text
    assert "LLVM_TOOLS_INSTALL_DIR" in text
    assert "\n" not in text


def test_what_was_asked_for_is_never_replaced(tmp_path: Path) -> None:
    fake(tmp_path, "clang", "21.1.0")
    for wanted, environ in (
        ("19", {}),
        (str(tmp_path / "missing"), {}),
        (None, {"LLVM_TOOLS_INSTALL_DIR": str(tmp_path / "missing")}),
        (None, {"LLVM_VERSION": "19"}),
    ):
        with pytest.raises(ToolchainError, match="no clang 19 or newer"):
            find_clang(wanted, {"PATH": str(tmp_path), **environ})


@pytest.mark.parametrize("wanted", ["18", "3"])
def test_too_old_a_version(wanted: str) -> None:
    with pytest.raises(ToolchainError, match=rf"'{wanted}' asked for: stencils need clang 19"):
        find_clang(wanted, {"PATH": ""})


def test_zig_has_a_clang_inside(tmp_path: Path) -> None:
    zig = fake(tmp_path, "zig", "")
    zig.write_text("#!/bin/sh\n[ \"$1\" = clang ] && echo clang version 20.1.2 || echo 0.15.2\n")
    (tmp_path / "lib" / "include").mkdir(parents=True)
    (tmp_path / "lib" / "include" / "stddef.h").write_text("")
    for wanted in (str(zig), str(tmp_path)):
        found = find_clang(wanted, {"PATH": str(tmp_path)})
        assert (found.path, found.version) == (str(zig), 20)
        assert found.before == ("clang", f"-resource-dir={tmp_path / 'lib'}")
        assert "20.1.2" in found.identity()


def test_two_clangs_of_one_version_are_not_the_same(tmp_path: Path) -> None:
    found = [find_clang(str(fake(tmp_path / name, "clang", "20.1.0"))) for name in ("a", "b")]
    other = find_clang(str(fake(tmp_path / "c", "clang", "20.1.0", vendor="Ubuntu clang")))
    assert len({each.identity() for each in (*found, other)}) == 3
