"""Installing packages: once, as pure Python, and nothing half-done after a failure."""

from pathlib import Path

import pytest

from benchmark import packages
from support import UserError


def pretend(requirements: Path, target: Path) -> None:
    (target / "m" / "__pycache__").mkdir(parents=True)
    (target / "bin").mkdir()
    for name in ("m/__init__.py", "m/fast.cpython-311-x86_64-linux-gnu.so", "m/__pycache__/x.pyc", "bin/tool"):
        (target / name).write_text("")


def test_installed_once_and_purified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("m==1\n")
    monkeypatch.setattr(packages, "run_pip", pretend)
    target = packages.install(tmp_path / "work", requirements)
    assert [str(path.relative_to(target)) for path in sorted(target.rglob("*"))] == ["m", "m/__init__.py"]
    monkeypatch.setattr(packages, "run_pip", None)
    assert packages.install(tmp_path / "work", requirements) == target


def test_other_requirements_are_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requirements = tmp_path / "requirements.txt"
    monkeypatch.setattr(packages, "run_pip", pretend)
    requirements.write_text("m==1\n")
    first = packages.install(tmp_path / "work", requirements)
    requirements.write_text("m==2\n")
    assert packages.install(tmp_path / "work", requirements) != first


def test_a_failure_of_pip_is_one_line_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("./no-such-folder\n")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(UserError) as failure:
        packages.install(tmp_path / "work", requirements)
    assert "requirements.txt" in str(failure.value) and "\n" not in str(failure.value)
    assert list((tmp_path / "work").iterdir()) == []
