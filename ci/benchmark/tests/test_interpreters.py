"""How interpreters are named, and what is refused."""

import sys
from pathlib import Path

import pytest

from benchmark.interpreters import parse, resolve
from support import UserError


def test_label_path_and_variables() -> None:
    named = parse("on=/bin/python,PYTHON_JIT=1,PYTHON_JIT_DUMP=unbox,asm:/tmp/log,A=")
    assert (named.label, named.path) == ("on", Path("/bin/python"))
    assert named.variables == {"PYTHON_JIT": "1", "PYTHON_JIT_DUMP": "unbox,asm:/tmp/log", "A": ""}


@pytest.mark.parametrize("text", ["python", "=python", "a=", "a=python,oops"])
def test_malformed(text: str) -> None:
    with pytest.raises(UserError, match="--python"):
        parse(text)


def test_probe_tells_version_and_variables_reach_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    (found,) = resolve([f"here={sys.executable},PYTHONUTF8=1"])
    assert found.version == ".".join(map(str, sys.version_info[:3]))
    environment = found.environment({"PYTHONUTF8": "0", "OTHER": "x"})
    assert "PYTHONOPTIMIZE" not in environment
    assert (environment["PYTHONUTF8"], environment["OTHER"]) == ("1", "x")


def test_what_cannot_run_is_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no such luck >&2\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(UserError, match="fails with status 3: no such luck"):
        resolve([f"a={broken}"])
    with pytest.raises(UserError, match="cannot be run"):
        resolve([f"a={tmp_path}/missing"])


def test_two_of_one_label() -> None:
    with pytest.raises(UserError, match="two interpreters are called a"):
        resolve([f"a={sys.executable}", f"a={sys.executable}"])


def test_description_has_no_paths() -> None:
    (found,) = resolve([f"here={sys.executable}"])
    assert str(Path(sys.executable).parent) not in str(found.description())
