"""The source release."""

import tarfile
from pathlib import Path

import dist
import pytest
import tree as trees
from fake_project import Fake, make_fake
from support import UserError

TOP = "cpython-jit-3.13.5+jit1"


def release(fake: Fake, tree: Path, folder: Path) -> Path:
    """Make the release of a prepared tree."""
    names = dist.files(tree, trees.require(tree).links)
    return dist.write_release(tree, names, dist.release_name(fake.pin, "3.13.5"), dist.time_stamp(fake.pin), folder)


def test_two_folders_give_the_same_bytes(tmp_path: Path) -> None:
    made: list[bytes] = []
    for name in ("one", "another/deeper"):
        fake = make_fake(tmp_path / name)
        fake.prepare(tmp_path / name / "tree")
        made.append(release(fake, tmp_path / name / "tree", tmp_path / name / "out").read_bytes())
    assert made[0] == made[1]


def test_contents(fake: Fake, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    fake.prepare(tree)
    path = release(fake, tree, tmp_path / "out")
    assert [child.name for child in path.parent.iterdir()] == [f"{TOP}.tar.xz"]
    with tarfile.open(path) as archive:
        members = archive.getmembers()
        names = [member.name.removeprefix(f"{TOP}/") for member in members]
        assert names == sorted(names)
        assert all(member.isfile() for member in members)
        assert {member.mode for member in members} == {0o644, 0o755}
        assert {(member.uid, member.uname, member.mtime) for member in members} == {(0, "", 1749600000)}
        ours = archive.extractfile(f"{TOP}/Python/jit/emit.c")
        assert ours is not None
        assert ours.read() == b"ours\n"
        made = archive.extractfile(f"{TOP}/Python/generated_cases.c.h")
        assert made is not None
        assert made.read().startswith(b"// made by tier1_generator.py")
    assert "Python/jit.c" not in names
    assert not [name for name in names if ".git" in name or "__pycache__" in name]


def test_source_date_epoch(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert dist.time_stamp(fake.pin) == 1700000000
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(UserError, match="SOURCE_DATE_EPOCH is 'yesterday'"):
        dist.time_stamp(fake.pin)


def test_uncommitted_edits_are_refused(fake: Fake, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    fake.prepare(tree)
    (tree / "configure").write_text("edited\n")
    with pytest.raises(UserError, match=r"uncommitted edits \(configure\)"):
        dist.main(["--tree", str(tree), "--output", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()
