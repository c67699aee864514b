"""The table of packages, and what is made of it before anything is installed."""

import dataclasses
import io
import tarfile
from pathlib import Path

import pytest

from compatibility.environment import Environment, constraints_for, remove, unpack
from compatibility.running import Record, command_of, read_record
from compatibility.suites import Suite, read_suites
from support import UserError


def test_the_table_is_long_and_says_why() -> None:
    suites = read_suites()
    assert len(suites) >= 25
    for suite in suites:
        assert suite.files or suite.script, suite.name
        assert all(suite.deselect.values()), suite.name


@pytest.mark.parametrize(
    ("text", "message"),
    [("a = {}", "a has no version"), ("a = { version = '1', file = [] }", "unknown field file"),
     ("a = { version = '1', tests = 'git' }", "must be sdist or wheel"),
     ("a = { version = '1', requires = ['b>=1'] }", "b>=1, which is not pinned")],
)  # fmt: skip
def test_wrong_tables(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "suites.toml").write_text(text)
    with pytest.raises(UserError, match=message):
        read_suites(tmp_path / "suites.toml")


def test_other_tests_need_no_other_environment() -> None:
    suite = Suite("a", "1", files=("x",))
    other = dataclasses.replace(suite, files=("y",))
    assert suite.environment_key == other.environment_key and suite.key != other.key
    assert suite.environment_key != dataclasses.replace(suite, version="2").environment_key


def test_own_versions_go_before_common_ones() -> None:
    pins = "# comment\nFoo_Bar==1\nbaz==2\n"
    assert constraints_for(["foo-bar==3", "x[y]==1"], pins) == "baz==2\n"


def test_commands(tmp_path: Path) -> None:
    environment = Environment(tmp_path)
    wheel = Suite("a", "1", tests="wheel", files=("a.tests",), deselect={"a.tests::b": "why"})
    assert command_of(wheel, environment)[-3:] == ["--deselect=a.tests::b", "--pyargs", "a.tests"]
    script = Suite("a", "1", script="run.py", arguments=("-v",), files=("x",))
    assert command_of(script, environment)[-3:] == ["run.py", "-v", "x"]


def test_records_of_what_died(tmp_path: Path) -> None:
    (tmp_path / "record").write_text(
        '["start", "a"]\n["end", "a", "passed", ""]\n["end", "a", "error", "why"]\n["traces", "7"]\n'
        '["start", "b[0x7f0011223344]"]\n["sta'
    )
    assert read_record(tmp_path / "record") == Record({"a": "error"}, {"a": "why"}, "b[0x...]", 7)
    assert read_record(tmp_path / "none") == Record()


def test_unpacking(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a-1.tar.gz", "w:gz") as archive:
        for name in ("a-1/a/__init__.py", "a-1/tests/test_a.py"):
            archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    target = tmp_path / "source"
    target.mkdir()
    unpack(tmp_path / "a-1.tar.gz", target)
    remove(target / "a")
    assert [str(path.relative_to(target)) for path in sorted(target.rglob("*"))] == ["tests", "tests/test_a.py"]
    with pytest.raises(UserError, match="there is no a to remove"):
        remove(target / "a")
