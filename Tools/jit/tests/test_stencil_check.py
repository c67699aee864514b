"""What is said about the stencils of a target, by those of another one; where headers are looked for."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path

import machines
import pytest
import stencil_check
import test_drive
from stencil_check import Places, complaints, configuration, find_zig, header_flags
from stencil_link import Tables
from support import UserError
from targets import TARGETS, find_target


@pytest.fixture(scope="module")
def reference() -> Tables:
    """Some real stencils."""
    return machines.compiled(machines.LINUX[0])


@pytest.fixture
def tables(reference: Tables) -> Tables:
    """A copy, to be spoiled."""
    return copy.deepcopy(reference)


def places(folder: Path, zig: Path | None = None) -> Places:
    """Everything in one folder."""
    return Places(folder / "tree", folder / "build", zig, None, None)


def test_all_targets_have_hosts() -> None:
    found = {name: find_target(host).name for name, host in stencil_check.HOSTS.items()}
    assert found == {each.name: each.name for each in TARGETS}


def test_nothing_is_said_about_the_same(reference: Tables, tables: Tables) -> None:
    assert list(complaints(tables, reference)) == []


@pytest.mark.parametrize("how", ["missing", "order", "calls", "stack", "clobbers", "foreign", "size"])
def test_what_is_wrong_is_seen(reference: Tables, tables: Tables, how: str) -> None:
    index = next(i for i, each in enumerate(tables.stencils) if each.name == "STENCIL_P_MOVE_34")
    stencil = tables.stencils[index]
    expected = "STENCIL_P_MOVE_34"
    if how == "missing":
        del tables.stencils[index]
    elif how == "order":
        tables.stencils[index : index + 2] = reversed(tables.stencils[index : index + 2])
        expected = "in another order"
    elif how == "calls":
        stencil.stats = replace(stencil.stats, calls=True, calls_hot=True)
    elif how == "stack":
        stencil.stats = replace(stencil.stats, stack=16)
    elif how == "clobbers":
        stencil.stats = replace(stencil.stats, clobbers=True)
    elif how == "foreign":
        tables.symbol("__chkstk", 0)
        expected = "refers to __chkstk"
    else:
        stencil.hot = replace(stencil.hot, code=bytes(1 << 20))
        expected = "bytes of hot code"
    found = list(complaints(tables, reference))
    assert len(found) == 1 and expected in found[0]


def test_headers(tmp_path: Path) -> None:
    zig = tmp_path / "repository" / ".cache" / "ziglang-1" / "ziglang"
    (zig / "lib" / "libc" / "include" / "any-windows-any").mkdir(parents=True)
    assert find_zig(tmp_path) is None
    assert find_zig(tmp_path / "repository") == zig
    assert header_flags("x86_64-linux", places(tmp_path)) == []
    assert str(zig / "lib/libc/include/any-windows-any") in header_flags("x86_64-windows", places(tmp_path, zig))
    assert "-nostdlibinc" in header_flags("aarch64-darwin", places(tmp_path, zig))
    with pytest.raises(UserError, match=r"aarch64-windows: no headers; run ci/build --target aarch64-windows"):
        header_flags("aarch64-windows", places(tmp_path))


def test_configurations(tmp_path: Path) -> None:
    (tmp_path / "tree" / "PC").mkdir(parents=True)
    (tmp_path / "tree" / "PC" / "pyconfig.h.in").write_text("windows")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    where = places(tmp_path)
    assert configuration("aarch64-darwin", where, scratch) == tmp_path / "build" / "cpython"
    assert configuration("x86_64-windows", where, scratch) == scratch
    assert (scratch / "pyconfig.h").read_text() == "windows"
    for name, folder in (("aarch64-darwin", "cpython"), ("x86_64-windows", "ci/windows")):
        build = tmp_path / f"build-{name}"
        build.mkdir()
        (build / "settings.json").write_text(json.dumps(test_drive.DEFAULTS | test_drive.CROSS | {"target": name}))
        # Set up, not built.
        assert configuration(name, where, scratch) != build / folder
        (build / folder).mkdir(parents=True)
        (build / folder / "pyconfig.h").write_text("")
        assert configuration(name, where, scratch) == build / folder


def test_a_target_without_headers_counts_only_if_it_was_asked_for(
    tmp_path: Path, reference: Tables, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stencil_check, "make", lambda name, where: header_flags(name, where) and reference or reference)
    names = ["x86_64-linux", "aarch64-windows"]
    assert stencil_check.check(names, places(tmp_path), asked=False) == (1, 0)
    assert "not checked: aarch64-windows: no headers" in capsys.readouterr().err
    assert stencil_check.check(names, places(tmp_path), asked=True) == (1, 1)
