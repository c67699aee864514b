"""Tests of looking for names that a target's modules lack (check_names.py), with a program in the python's place."""

import sys
from pathlib import Path

import check_names
import pytest
from support import UserError

SAID = """\
nt.O_ACCMODE is not present in stub
socket.AF_LINK is not present at runtime
os._wrap_close.read is not present at runtime
hashlib.md5 is inconsistent, stub argument "string" differs from runtime argument "data"
"""


def python(folder: Path, text: str) -> list[str]:
    """The command of a python that runs a program, whatever it is told."""
    path = folder / "python.py"
    path.write_text(f"import pathlib, sys\npathlib.Path('arguments').write_text(repr(sys.argv[1:]))\n{text}\n")
    return [sys.executable, str(path)]


def test_names_that_are_not_there(tmp_path: Path) -> None:
    command = python(tmp_path, f"print({SAID!r}, end=''); sys.exit(1)")
    assert check_names.lacking(command, tmp_path / "packages", tmp_path) == {"socket.AF_LINK", "os._wrap_close.read"}
    told = (tmp_path / "arguments").read_text()
    assert told.startswith("['-c', 'import sys; ") and f"'{(tmp_path / 'packages').as_posix()}', '--concise'" in told
    assert "'select', " in told and "'nt', " in told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("print('Traceback (most recent call last):', 'ImportError: no mypy', sep='\\n', file=sys.stderr); sys.exit(1)", "ImportError: no mypy"),
        ("print('a.b is not present at runtime'); sys.exit(3)", "a.b is not present at runtime"),
        ("sys.exit(0)", "exit status 0"),  # it always has something to say: an end without a word is none
    ],
)
def test_a_run_that_does_not_end_well_is_no_result(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError, match="did not come to its end: ") as caught:
        check_names.lacking(python(tmp_path, text), tmp_path, tmp_path)
    assert str(caught.value).endswith(message)


def test_what_the_machine_lacks_too_is_no_finding() -> None:
    absent = next(iter(check_names.ABSENT))
    found = check_names.found({"os.pipe", "sys.ps1", absent}, {"sys.ps1", "socket.SO_X"})
    assert found == {"os.pipe": "", absent: check_names.ABSENT[absent]}


def test_packages_are_installed_once(tmp_path: Path) -> None:
    pip = tmp_path / "pip"
    pip.write_text('#!/bin/sh\necho "$@" >>"${0%/*}/asked"\nmkdir -p "${0%/*}/packages"\n')
    pip.chmod(0o755)
    for _ in range(2):
        check_names.install(str(pip), tmp_path / "packages")
    (asked,) = (tmp_path / "asked").read_text().splitlines()
    assert "--only-binary=:all: --platform=any" in asked and str(check_names.REQUIREMENTS) in asked
    pip.write_text("#!/bin/sh\necho no such package >&2\nexit 1\n")
    (tmp_path / "packages" / "requirements.txt").unlink()
    with pytest.raises(UserError, match="no such package"):
        check_names.install(str(pip), tmp_path / "packages")
