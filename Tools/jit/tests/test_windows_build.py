"""What ci/windows/meson.build runs beside compilers: the layout of an installation, resources."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import drive
import pytest
import windows_build
import windows_resources
from support import REPOSITORY, UserError
from test_drive import CROSS, DEFAULTS


def settings(folder: Path) -> drive.Settings:
    """Settings of a Windows build with a small tree and a few files that Meson could have made."""
    tree = folder / "tree"
    for name in ("Lib/os.py", "Lib/venv/__init__.py", "Lib/__pycache__/os.cpython-313.pyc", "Include/Python.h"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(name)
    made = folder / "ci" / "windows"
    made.mkdir(parents=True)
    for name in ("python.exe", "python313.dll", "_socket.pyd", "venvlauncher.exe", "libpython313.dll.a", "pyconfig.h", "x.obj"):
        (made / name).write_text(name)
    changes: dict[str, object] = {"target": "x86_64-windows", "tree": str(tree)}
    (folder / "settings.json").write_text(json.dumps(DEFAULTS | CROSS | changes))
    return drive.read_settings(folder / "settings.json")


def test_python_is_in_the_layout(tmp_path: Path) -> None:
    assert settings(tmp_path).python == tmp_path / "python" / "python.exe"


def test_layout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = settings(tmp_path)
    goal = tmp_path / "python"
    windows_build.lay_out(chosen, goal)
    found = sorted(path.relative_to(goal).as_posix() for path in goal.rglob("*") if path.is_file())
    assert found == [
        "DLLs/_socket.pyd",
        "Lib/os.py",
        "Lib/venv/__init__.py",
        "Lib/venv/scripts/nt/venvlauncher.exe",
        "include/Python.h",
        "include/pyconfig.h",
        "libs/libpython313.dll.a",
        "python.exe",
        "python313.dll",
    ]
    assert (goal / "Lib/venv/scripts/nt/venvlauncher.exe").read_text() == "venvlauncher.exe"
    (tmp_path / "tree" / "Lib" / "os.py").write_text("changed")
    capsys.readouterr()
    windows_build.lay_out(chosen, goal)
    assert capsys.readouterr().out == f"{goal}: 1 files copied\n"
    assert (goal / "Lib" / "os.py").read_text() == "changed"


def test_install_needs_meson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MESON_INSTALL_DESTDIR_PREFIX", raising=False)
    with pytest.raises(UserError, match="meson install"):
        windows_build.install(settings(tmp_path))
    monkeypatch.setenv("MESON_INSTALL_DESTDIR_PREFIX", str(tmp_path / "there"))
    windows_build.install(settings(tmp_path / "other"))
    assert (tmp_path / "there" / "python.exe").exists()


def test_stencils_are_of_the_abi_of_the_compiler(tmp_path: Path) -> None:
    arguments = windows_build.stencil_arguments(settings(tmp_path), tmp_path / "o", tmp_path / "d")
    assert arguments[arguments.index("--host") + 1] == "x86_64-pc-windows-gnu"
    assert "-isysroot '/a b'" in arguments[-1]


def test_files_of_resources_have_slashes() -> None:
    text = '1 ICON DISCARDABLE "icons\\python.ico" \n2 RT_MANIFEST "a\\b.manifest"\nVALUE "x", "a\\0"\n'
    assert windows_resources.with_slashes(text) == (
        '1 ICON DISCARDABLE "icons/python.ico" \n2 RT_MANIFEST "a/b.manifest"\nVALUE "x", "a\\0"\n'
    )


def test_a_compiler_of_resources_that_fails_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.rc").write_text("")
    with pytest.raises(UserError, match="false could not compile"):
        windows_resources.main([str(tmp_path / "x.res"), str(tmp_path / "x.rc"), "false"])


def test_no_name_in_c_is_a_macro_of_windows_h() -> None:
    """near and far are for 16 bits and expand to nothing; small and hyper are types of remote calls."""
    files = sorted((REPOSITORY / "Python" / "jit").glob("*.[ch]"))
    assert files
    macros = re.compile(r"\b(?:near|far|small|hyper|interface|pascal|cdecl|IN|OUT|OPTIONAL)\b")
    elsewhere = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", re.DOTALL)
    for path in files:
        found = macros.findall(elsewhere.sub(" ", path.read_text()))
        assert not found, f"{path.name}: {found}"


# Says of what sort its standard streams are; echoes arguments and input.
FAKE_WINE = """#!{python}
import os, stat, sys
kinds = ["pipe" if stat.S_ISFIFO(os.fstat(fd).st_mode) else os.ttyname(fd) if os.isatty(fd) else
         "null" if os.path.sameopenfile(fd, os.open(os.devnull, os.O_RDWR)) else "other" for fd in range(3)]
print(sys.argv[2:], sys.stdin.read(), *kinds)
print("a message", file=sys.stderr)
sys.exit(int(sys.argv[1]))
"""


# The first program starts services, which keep its streams open; a server that runs is not started again.
FAKE_SERVICES = """#!/bin/bash
case ${0##*/} in
    wineserver) mkdir "$WINEPREFIX/server" ;;
    wine) if mkdir "$WINEPREFIX/services"; then sleep 600 & echo $! >>"$WINEPREFIX/pids"; fi ;;
esac 2>/dev/null
"""


def programs(folder: Path, monkeypatch: pytest.MonkeyPatch, **texts: str) -> None:
    """Let programs with these texts be found first; the prefix of wine, in `folder`, is ready."""
    (folder / "bin").mkdir()
    for name, text in texts.items():
        (folder / "bin" / name).write_text(text)
        (folder / "bin" / name).chmod(0o755)
    (folder / "ready").touch()
    monkeypatch.setenv("PATH", f"{folder}/bin:/usr/bin:/bin")
    monkeypatch.setenv("WINEPREFIX", str(folder))


@pytest.mark.parametrize(
    ("given", "stdin"), [("file", "text pipe"), ("pipe", "text pipe"), ("null", " null"), ("closed", " null")]
)
def test_streams_below_wine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, stdin: str) -> None:
    programs(tmp_path, monkeypatch, wine=FAKE_WINE.format(python=sys.executable), wineserver="#!/bin/sh\nexit 2\n")
    (tmp_path / "text").write_text("text")
    redirection = {"file": f"<'{tmp_path}/text'", "pipe": "", "null": "</dev/null", "closed": "<&-"}[given]
    arguments = ['a "b', ""]
    runner = shlex.join([f"{REPOSITORY}/ci/targets/x86_64-windows-run", "7", *arguments])
    command = f"{runner} {redirection} >'{tmp_path}/out' 2>'{tmp_path}/err'"
    done = subprocess.run(["bash", "-c", command], input="text", text=True, timeout=60)
    assert (tmp_path / "out").read_text() == f"{arguments} {stdin} pipe pipe\n"
    assert (tmp_path / "err").read_text() == "a message\n"
    assert done.returncode == 7


def test_services_of_wine_do_not_keep_a_program_from_ending(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs(tmp_path, monkeypatch, wine=FAKE_SERVICES, wineserver=FAKE_SERVICES)
    try:
        for _ in range(2):
            subprocess.run([f"{REPOSITORY}/ci/targets/x86_64-windows-run", "a.exe"], capture_output=True, check=True, timeout=60)
        (pid,) = (tmp_path / "pids").read_text().split()
        os.kill(int(pid), 0)  # they run still
    finally:
        for line in (tmp_path / "pids").read_text().split():
            os.kill(int(line), signal.SIGKILL)
