"""What was compiled is found again as long as its inputs are the same, and only then."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
import stencil_cache
from stencil_cache import AGE, Cache


@dataclass(frozen=True)
class Thing:
    """Something to keep."""

    text: str
    needs: list[str]


def get(folder: Path | None, made: list[str], parts: list[str], *needs: Path) -> str:
    """What the cache gives for the parts; notes in `made` what had to be made."""

    def make() -> Thing:
        made.append(parts[-1])
        return Thing(f"{parts[-1]} {len(made)}", [str(each) for each in needs])

    return Cache[Thing](folder).get(parts, Path("/"), make).text


def test_is_found_again(tmp_path: Path) -> None:
    made: list[str] = []
    assert [get(tmp_path, made, ["a", "b"]) for _ in range(3)] == ["b 1"] * 3
    assert get(tmp_path, made, ["ab"]) == "ab 2"  # (other parts, of the same letters)
    assert made == ["b", "ab"]


def test_nothing_is_kept_without_a_folder(tmp_path: Path) -> None:
    made: list[str] = []
    assert [get(None, made, ["a"]) for _ in range(2)] == ["a 1", "a 2"]


def test_a_file_that_changed_or_went_counts(tmp_path: Path) -> None:
    header, folder = tmp_path / "header.h", tmp_path / "cache"
    header.write_text("one")
    made: list[str] = []
    assert [get(folder, made, ["a"], header) for _ in range(2)] == ["a 1"] * 2
    header.write_text("three")
    assert [get(folder, made, ["a"], header) for _ in range(2)] == ["a 2"] * 2
    header.unlink()
    assert [get(folder, made, ["a"], header) for _ in range(2)] == ["a 3", "a 4"]


def test_tools_and_variables_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    get(tmp_path, made, ["a"])
    monkeypatch.setenv("CPATH", "/somewhere")
    get(tmp_path, made, ["a"])
    monkeypatch.setattr(stencil_cache, "tools_digest", lambda: "others")
    get(tmp_path, made, ["a"])
    assert len(made) == 3


def test_a_damaged_entry_is_made_again(tmp_path: Path) -> None:
    made: list[str] = []
    get(tmp_path, made, ["a"])
    (entry,) = tmp_path.iterdir()
    for damaged in (entry.read_bytes()[:20], b"", b"\x80\x04N."):
        entry.write_bytes(damaged)
        get(tmp_path, made, ["a"])
    assert len(made) == 4
    assert get(tmp_path, made, ["a"]) == "a 4"


def test_what_is_old_goes(tmp_path: Path) -> None:
    made: list[str] = []
    get(tmp_path, made, ["a"])
    (entry,) = tmp_path.iterdir()
    os.utime(entry, (time.time() - AGE - 60,) * 2)
    get(tmp_path, made, ["b"])
    assert not entry.exists() and len(list(tmp_path.iterdir())) == 1


def test_a_folder_that_cannot_be_made_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    made: list[str] = []
    assert [get(tmp_path / "file" / "cache", made, ["a"]) for _ in range(2)] == ["a 1", "a 2"]
