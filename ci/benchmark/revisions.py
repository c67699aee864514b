"""Builds another revision of this repository, once, to compare with it."""

import fcntl
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.interpreters import Interpreter, parse_variables
from support import UserError, git, git_text, write_if_changed

COPIED = ("prefix", "optimization", "c_args", "c_link_args")  # of Meson's own options
PATHS = ("cpython-source", "llvm")  # ours that may hold a path, which counts from the repository
NEVER = ("tree",)  # a revision has a tree of its own
FINISHED = "finished.json"  # written last: without it a build is none


@dataclass(frozen=True)
class Setup:
    """How to set up a build: options for meson setup, by name, and variables of the environment."""

    options: Mapping[str, str]
    variables: Mapping[str, str]


# Builds the checkout (first argument) and writes what it prints to the log (third); UserError if it cannot.
Builder = Callable[[Path, Setup, Path], None]


def split(text: str) -> tuple[str, str, dict[str, str]]:
    """`[LABEL=]REV[,NAME=VALUE...]` as label, revision and variables; UserError if it has another form."""
    name, *rest = text.split(",")
    label, separator, revision = name.partition("=")
    if not separator:
        revision = label
    if not label or not revision or revision.startswith("-"):
        raise UserError(f"--vs {text}: write it as REV, LABEL=REV or REV,NAME=VALUE,...")
    return label, revision, parse_variables(rest, f"--vs {text}")


def commit_of(repository: Path, revision: str) -> str:
    """The full hash of a revision; UserError if there is none."""
    done = git(repository, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}", check=False)
    if done.returncode:
        raise UserError(f"--vs {revision}: git knows no such revision")
    return done.stdout.decode().strip()


def value_text(value: Any) -> str:
    """An option's value as meson setup takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join("'" + str(item).replace("\\", "\\\\").replace("'", "\\'") + "'" for item in value) + "]"
    return str(value)


def setup_of(build: Path, repository: Path) -> Setup:
    """How the build at hand was set up; UserError if it is no Meson build folder."""
    if not (build / "meson-private").is_dir():
        raise UserError(
            f"{build} is no Meson build folder; --vs uses its options: run `meson setup {build}`, or name it by --build"
        )
    command = ["meson", "introspect", "--buildoptions", str(build)]
    try:
        known = json.loads(subprocess.run(command, capture_output=True, text=True, check=False).stdout)
        compiler = json.loads((build / "settings.json").read_text("utf-8"))["compiler"]
    except (OSError, ValueError, KeyError) as error:
        raise UserError(f"the options of {build} cannot be read ({error}); set it up with Meson and try again") from None
    options: dict[str, str] = {}
    for option in known:
        name, value = option["name"], option["value"]
        if name in COPIED or (option["section"] == "user" and name not in NEVER):
            looks_like_path = name in PATHS and value and not re.fullmatch(r"\d+(\.\d+)*", value)
            options[name] = str(repository / value) if looks_like_path else value_text(value)
    return Setup(options, {"CC": shlex.join(compiler)})


def known_options(checkout: Path) -> set[str]:
    """The names of the options that a checkout's meson.build has."""
    names: set[str] = set()
    for file in ("meson.options", "meson_options.txt"):
        path = checkout / file
        if path.is_file():
            names |= set(re.findall(r"option\(\s*'([^']+)'", path.read_text("utf-8")))
    return names


def meson(checkout: Path, setup: Setup, log: Path) -> None:
    """Build a checkout in its own build/ with Meson; options that it does not have are left out."""
    usable = known_options(checkout) | set(COPIED)
    options = [f"-D{name}={value}" for name, value in setup.options.items() if name in usable]
    # What belongs to a make or a virtual environment that called us is not for this build.
    unwanted = ("MAKEFLAGS", "MAKELEVEL", "PYTHONHOME", "PYTHONPATH", "PYTHON_JIT", "CFLAGS", "LDFLAGS")
    environment = {name: value for name, value in os.environ.items() if name not in unwanted} | dict(setup.variables)
    steps: list[tuple[str, list[str]]] = [
        ("meson setup", ["meson", "setup", "build", *options]),
        ("meson compile", ["meson", "compile", "-C", "build"]),
    ]
    for what, command in steps:
        with log.open("ab") as stream:
            try:
                done = subprocess.run(command, cwd=checkout, env=environment, stdout=stream, stderr=stream, check=False)
            except OSError as error:
                raise UserError(f"{command[0]} cannot be started: {error}") from None
        if done.returncode:
            raise UserError(f"{what} failed (exit status {done.returncode})")


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock file, waiting for whoever builds there."""
    with path.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def build(repository: Path, revision: str, setup: Setup, kept: Path, builder: Builder = meson) -> Path:
    """The python of a revision below `kept`, built there unless it was before; UserError, and only a log left, if it fails."""
    commit = commit_of(repository, revision)
    kept.mkdir(parents=True, exist_ok=True)
    folder, log = kept / commit, kept / f"{commit}.log"
    python = folder / "build" / "cpython" / "python"
    wanted = json.dumps({"options": dict(setup.options), "variables": dict(setup.variables)}, sort_keys=True, indent=1)
    with held(kept / ".lock"):
        finished = folder / FINISHED
        if finished.is_file() and finished.read_text("utf-8") == wanted and python.exists():
            return python
        shutil.rmtree(folder, ignore_errors=True)  # interrupted, or with other options
        log.unlink(missing_ok=True)
        print(f"building {revision} ({commit[:12]}); log: {log}", flush=True)
        try:
            # Not a worktree: nothing of it must show in the repository.  Its objects are shared.
            git(kept, "clone", "--quiet", "--shared", "--no-checkout", str(repository), str(folder))
            git(folder, "checkout", "--quiet", "--detach", commit)
            if git_text(folder, "ls-files", "meson.build") != "meson.build":
                raise UserError("that revision has no meson.build")
            builder(folder, setup, log)
            if not python.exists():
                raise UserError("the build made no python")
            write_if_changed(finished, wanted.encode())
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, UserError):
                place = f"; see {log}" if log.exists() else ""
                raise UserError(f"--vs {revision} cannot be built: {error}{place}") from None
            raise
    return python


def add(text: str, repository: Path, at_hand: Path, kept: Path, builder: Builder = meson) -> Interpreter:
    """The interpreter that --vs names, built with the options of the build at hand."""
    label, revision, variables = split(text)
    return Interpreter(label, build(repository, revision, setup_of(at_hand, repository), kept, builder), variables)
