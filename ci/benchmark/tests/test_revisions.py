"""--vs, with a builder that only pretends."""

import json
from pathlib import Path

import pytest

from benchmark import revisions
from benchmark.revisions import Setup
from support import UserError, git

SETUP = Setup({"jit": "yes-off"}, {"CC": "cc"})


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    for number in (1, 2):
        (folder / "meson.build").write_text(f"# {number}\n")
        git(folder, "add", "--all")
        author = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@localhost"}
        git(folder, "commit", "--quiet", "--message", f"number {number}", env=author)
    return folder


class Fake:
    """A builder: makes a python that holds what it was given; fails if told to."""

    def __init__(self, error: BaseException | None = None, python: bool = True) -> None:
        self.calls: list[Path] = []
        self.error = error
        self.python = python

    def __call__(self, checkout: Path, setup: Setup, log: Path) -> None:
        self.calls.append(checkout)
        log.write_text("words\n")
        (checkout / "build" / "cpython").mkdir(parents=True)
        if self.error is not None:
            raise self.error
        if self.python:
            (checkout / "build" / "cpython" / "python").write_text((checkout / "meson.build").read_text())


def left(kept: Path) -> list[str]:
    return sorted(path.name for path in kept.iterdir() if not path.name.startswith(".") and path.suffix != ".log")


def test_forms() -> None:
    assert revisions.split("HEAD~3") == ("HEAD~3", "HEAD~3", {})
    assert revisions.split("old=HEAD~3,PYTHON_JIT=1,X=a,b") == ("old", "HEAD~3", {"PYTHON_JIT": "1", "X": "a,b"})
    for text in ("", "=x", "a=", "--help", "HEAD,oops"):
        with pytest.raises(UserError, match="--vs"):
            revisions.split(text)


def test_a_revision_is_built_once(repository: Path, tmp_path: Path) -> None:
    builder, kept = Fake(), tmp_path / "vs"
    python = revisions.build(repository, "HEAD~1", SETUP, kept, builder)
    assert python.read_text() == "# 1\n"
    assert revisions.build(repository, "main~1", SETUP, kept, builder) == python
    assert revisions.build(repository, "main", SETUP, kept, builder).read_text() == "# 2\n"
    assert len(builder.calls) == 2 and len(left(kept)) == 2
    assert not git(repository, "status", "--porcelain").stdout and b"vs" not in git(repository, "worktree", "list").stdout


def test_other_options_build_anew(repository: Path, tmp_path: Path) -> None:
    builder, kept = Fake(), tmp_path / "vs"
    revisions.build(repository, "main", SETUP, kept, builder)
    revisions.build(repository, "main", Setup({"jit": "no"}, {"CC": "cc"}), kept, builder)
    assert len(builder.calls) == 2 and len(left(kept)) == 1


@pytest.mark.parametrize("error", [UserError("meson compile failed (exit status 1)"), KeyboardInterrupt(), OSError("full")])
def test_a_failed_build_leaves_nothing_but_its_log(repository: Path, tmp_path: Path, error: BaseException) -> None:
    kept = tmp_path / "vs"
    with pytest.raises(type(error)) as caught:
        revisions.build(repository, "main", SETUP, kept, Fake(error))
    assert left(kept) == [] and len(list(kept.glob("*.log"))) == 1
    if isinstance(error, UserError):
        words = str(caught.value)
        assert words.startswith("--vs main cannot be built: meson compile failed") and ".log" in words and "\n" not in words
    assert revisions.build(repository, "main", SETUP, kept, Fake()).exists()


def test_a_build_without_a_python_failed(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="made no python"):
        revisions.build(repository, "main", SETUP, tmp_path / "vs", Fake(python=False))
    assert left(tmp_path / "vs") == []


def test_what_an_interruption_left_is_built_anew(repository: Path, tmp_path: Path) -> None:
    builder, kept = Fake(), tmp_path / "vs"
    python = revisions.build(repository, "main", SETUP, kept, builder)
    (python.parents[2] / revisions.FINISHED).unlink()
    revisions.build(repository, "main", SETUP, kept, builder)
    assert len(builder.calls) == 2


def test_unknown_revisions_and_builds(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="knows no such revision"):
        revisions.build(repository, "nonsense", SETUP, tmp_path / "vs", Fake())
    with pytest.raises(UserError, match="no Meson build folder"):
        revisions.add("main", repository, tmp_path, tmp_path / "vs", Fake())
    assert not (tmp_path / "vs").exists()


def test_options_of_the_build_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = [
        ("user", "jit", "yes"), ("user", "pgo", True), ("user", "tree", "tree2"), ("user", "llvm", "20"),
        ("user", "cpython-source", "../x.tar"), ("user", "sanitize", ["address"]), ("core", "optimization", "2"),
        ("core", "werror", False), ("compiler", "c_args", ["-DX=a b"]), ("directory", "prefix", "/usr"),
    ]  # fmt: skip
    text = json.dumps([{"section": section, "name": name, "value": value} for section, name, value in options])
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "meson"
    program.write_text(f"#!/bin/sh\ncat <<'END'\n{text}\nEND\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    (tmp_path / "build" / "meson-private").mkdir(parents=True)
    (tmp_path / "build" / "settings.json").write_text('{"compiler": ["ccache", "cc"]}')
    setup = revisions.setup_of(tmp_path / "build", Path("/r"))
    assert setup.variables == {"CC": "ccache cc"}
    assert setup.options == {
        "jit": "yes", "pgo": "true", "llvm": "20", "cpython-source": "/r/../x.tar", "sanitize": "['address']",
        "optimization": "2", "c_args": "['-DX=a b']", "prefix": "/usr",
    }  # fmt: skip


def test_meson_gets_only_options_that_the_revision_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "meson_options.txt").write_text("option('jit', type: 'combo')\n")
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "meson"
    program.write_text('#!/bin/sh\necho "$@ CC=$CC CFLAGS=$CFLAGS"\ntest "$1" = setup\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("CFLAGS", "-O0")
    with pytest.raises(UserError, match=r"meson compile failed \(exit status 1\)"):
        revisions.meson(tmp_path, Setup({"jit": "no", "fancy": "1", "prefix": "/p"}, {"CC": "gcc"}), tmp_path / "log")
    assert (tmp_path / "log").read_text().splitlines() == [
        "setup build -Djit=no -Dprefix=/p CC=gcc CFLAGS=", "compile -C build CC=gcc CFLAGS=",
    ]  # fmt: skip
