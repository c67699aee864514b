"""Getting and checking the base."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import base as bases
import pytest
from fake_project import Fake, base_files, make_tarball
from support import UserError


def everything_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_cached_tarball_needs_no_network(fake: Fake) -> None:
    assert bases.fetch(fake.pin, fake.cache) == fake.tarball


def test_corrupt_cache_is_named(fake: Fake) -> None:
    fake.tarball.write_bytes(b"damaged")
    with pytest.raises(UserError, match="wrong sha256.*delete it"):
        bases.fetch(fake.pin, fake.cache)


def test_download_is_checked_and_kept(fake: Fake, tmp_path: Path) -> None:
    pin = dataclasses.replace(fake.pin, url=fake.tarball.as_uri())
    kept = bases.fetch(pin, tmp_path / "new")
    assert kept.read_bytes() == fake.tarball.read_bytes()
    assert everything_below(tmp_path / "new") == [pin.tarball]


def test_wrong_download_leaves_nothing_behind(fake: Fake, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.tar.xz"
    wrong.write_bytes(b"a captive portal's page")
    pin = dataclasses.replace(fake.pin, url=wrong.as_uri())
    with pytest.raises(UserError, match=f"python.org has the sha256 .* expected {pin.sha256}"):
        bases.fetch(pin, tmp_path / "new")
    assert everything_below(tmp_path / "new") == []


def test_debian_is_tried_when_python_org_fails(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def from_debian(pin: bases.Pin, mirror: str, work: Path) -> Path:
        asked.append(mirror)
        if mirror == "http://first/debian":
            raise OSError("no such suite")
        work.mkdir()
        (work / "orig").write_bytes(fake.tarball.read_bytes())
        return work / "orig"

    monkeypatch.setattr(bases, "apt_mirrors", lambda: ["http://first/debian", "http://second/debian"])
    monkeypatch.setattr(bases, "from_debian", from_debian)
    kept = bases.fetch(fake.pin, tmp_path / "new")
    assert asked == ["http://first/debian", "http://second/debian"]
    assert kept.read_bytes() == fake.tarball.read_bytes()


def test_error_names_every_way_that_failed(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bases, "apt_mirrors", list)
    with pytest.raises(UserError, match=r"could not be had \(python.org: .*name it with --source"):
        bases.fetch(fake.pin, tmp_path / "new")
    assert everything_below(tmp_path / "new") == []


def test_apt_mirrors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "apt-get"
    script.write_text(
        "#!/bin/sh\n"
        "echo 'Debian|http://mirror.example/debian/'\n"
        "echo 'Debian|http://mirror.example/debian/'\n"
        "echo 'Debian|http://mirror.example/debian-security/'\n"
        "echo 'Other|http://other.example/debian-like/'\n"
        "echo '|mirror+file:/etc/apt/mirrors/debian.list'\n"
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert bases.apt_mirrors() == ["http://mirror.example/debian/", "mirror+file:/etc/apt/mirrors/debian.list"]


def test_apt_gets_a_configuration_of_its_own(fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    script = tmp_path / "apt-get"
    script.write_text(f'#!/bin/sh\necho "$@" >> {log}\ncase "$*" in *source*) touch {fake.pin.debian_orig};; esac\n')
    script.chmod(0o755)
    keyring = tmp_path / "keyring.gpg"
    keyring.touch()
    monkeypatch.setattr(bases, "KEYRING", keyring)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    work = tmp_path / "work"
    got = bases.from_debian(fake.pin, "http://mirror.example/debian", work)
    assert got.name == fake.pin.debian_orig
    update, source = log.read_text().splitlines()
    for line in (update, source):
        for name in ("Dir::State=", "Dir::State::lists=", "Dir::Cache=", "Dir::Etc::sourcelist=", "Dir::Etc::sourceparts="):
            assert f"{name}{work}" in line
    assert source.endswith("source --download-only --only-source python3.13/trixie")
    assert "URIs: http://mirror.example/debian\nSuites: trixie\n" in (work / "apt.sources").read_text()
    assert f"Signed-By: {keyring}\n" in (work / "apt.sources").read_text()


def test_named_tarball_with_wrong_sum_is_refused(fake: Fake, tmp_path: Path) -> None:
    files = base_files("3.13.5") | {"Python/bytecodes.c": "tampered\n"}
    other = make_tarball(tmp_path / "other.tar.xz", files, "Python-3.13.5")
    with pytest.raises(UserError, match=f"expected {fake.pin.sha256}"):
        bases.find(fake.pin, other, fake.cache)


def test_later_tarball_is_announced(fake: Fake, tmp_path: Path) -> None:
    later = make_tarball(tmp_path / "later.tar.xz", base_files("3.13.99"), "Python-3.13.99")
    base = bases.find(fake.pin, later, fake.cache)
    assert base.version == "3.13.99"
    assert "not the pinned 3.13.5" in base.remark


@pytest.mark.parametrize("version", ["3.14.0", "3.1.3", "3.130.1"])
def test_other_feature_release_is_refused(fake: Fake, tmp_path: Path, version: str) -> None:
    other = make_tarball(tmp_path / "other.tar.xz", base_files(version), "Python")
    with pytest.raises(UserError, match=f"is CPython {version}; this fork needs 3.13.x"):
        bases.find(fake.pin, other, fake.cache)


def test_named_folder_is_taken_and_announced(fake: Fake, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for name, text in base_files("3.13.5").items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    assert "cannot be checked" in bases.find(fake.pin, folder, fake.cache).remark
    (folder / "Makefile").touch()
    with pytest.raises(UserError, match="make distclean"):
        bases.find(fake.pin, folder, fake.cache)


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (None, "does not exist"),
        (b"no archive", "cannot be read as a tarball"),
        (b"\xfd7zXZ\x00\x00\x04cut off", "cannot be read as a tarball"),
    ],
)
def test_unusable_source_is_one_line(fake: Fake, tmp_path: Path, contents: bytes | None, message: str) -> None:
    path = tmp_path / "source.tar.xz"
    if contents is not None:
        path.write_bytes(contents)
    with pytest.raises(UserError, match=message) as caught:
        bases.find(fake.pin, path, fake.cache)
    assert "\n" not in str(caught.value)


def test_unpack_refuses_to_leave_its_folder(tmp_path: Path) -> None:
    bad = make_tarball(tmp_path / "bad.tar.xz", {"../../outside": "x"}, "Python")
    with pytest.raises(UserError, match="leaves its folder"):
        bases.unpack(bases.Base(bad, "3.13.5", "", ""), tmp_path / "deep" / "er" / "target")
    assert not (tmp_path / "outside").exists()


def test_command_line_error_is_one_line(tmp_path: Path) -> None:
    script = Path(bases.__file__).with_name("tree.py")
    command = [sys.executable, str(script), "prepare", "--tree", str(tmp_path / "t"), "--source", str(tmp_path / "no")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == f"error: {tmp_path / 'no'} does not exist; name a CPython 3.13 tarball or source folder\n"
    assert everything_below(tmp_path) == []
