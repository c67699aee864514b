"""What ci/windows/meson.build runs beside compilers: the layout of an installation, resources."""

import json
import re
from pathlib import Path

import drive
import pytest
import windows_build
import windows_resources
from support import UserError
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
    root = Path(__file__).resolve().parents[3]
    files = sorted((root / "Python" / "jit").glob("*.[ch]"))
    assert files
    macros = re.compile(r"\b(?:near|far|small|hyper|interface|pascal|cdecl|IN|OUT|OPTIONAL)\b")
    elsewhere = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", re.DOTALL)
    for path in files:
        found = macros.findall(elsewhere.sub(" ", path.read_text()))
        assert not found, f"{path.name}: {found}"
