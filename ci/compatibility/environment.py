"""Makes what a suite runs in: a virtual environment of the interpreter, and the unpacked source distribution."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.interpreters import Interpreter
from benchmark.sides import binary_key
from compatibility.suites import CONSTRAINTS, Suite
from support import UserError

FETCHER = "unearth==0.19.0"
_fetcher_lock = threading.Lock()


@dataclass(frozen=True)
class Environment:
    """A folder with `venv` and, if the tests come from there, the unpacked `source`."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "venv" / "bin" / "python"

    @property
    def packages(self) -> Path:
        """Where packages are installed."""
        return next(self.folder.glob("venv/lib/*/site-packages"), self.folder)

    @property
    def source(self) -> Path:
        return self.folder / "source"


def prepare(suite: Suite, interpreter: Interpreter, work: Path) -> Environment:
    """The suite's environment for that binary, made if it is not there yet; UserError if that fails, and nothing is left."""
    folder = work / f"{suite.name}-{suite.environment_key}-{binary_key(interpreter)[:8]}"
    ready = folder / "ready"
    if ready.is_file():
        return Environment(folder)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        environment = Environment(folder)
        install(suite, interpreter, environment)
        environment.source.mkdir()
        if suite.tests == "sdist":
            unpack(fetch(suite, interpreter, work), environment.source)
        for name in suite.remove:
            remove(environment.source / name)
        # Else pytest takes settings from further up if the package has none: ours.
        (folder / "pytest.ini").write_text("[pytest]\n")
        ready.touch()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return environment


def install(suite: Suite, interpreter: Interpreter, environment: Environment) -> None:
    """Make the virtual environment and install the package and what its tests need.

    A venv finds its interpreter by a link, so it cannot be made elsewhere and moved here.
    """
    make_venv(interpreter, environment.folder / "venv")
    wanted = [f"{suite.name}=={suite.version}", *suite.requires]
    pins = environment.folder / "constraints.txt"
    pins.write_text(constraints_for(wanted, CONSTRAINTS.read_text("utf-8")))
    source = ["--no-binary", suite.name] if suite.source else []
    pip(interpreter, environment.python, [*source, "--constraint", str(pins), *wanted], suite)


def constraints_for(wanted: Sequence[str], pins: str) -> str:
    """The pins without those of what is wanted in a version of its own."""
    own = {canonical(requirement) for requirement in wanted}
    return "".join(line + "\n" for line in pins.splitlines() if "==" in line and canonical(line) not in own)


def canonical(requirement: str) -> str:
    """A requirement's name as the index spells it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\[=<>~! ]", requirement, maxsplit=1)[0]).lower()


def make_venv(interpreter: Interpreter, target: Path) -> None:
    """python -m venv, with the JIT as the interpreter has it by default."""
    run([str(interpreter.path), "-m", "venv", str(target)], quiet(interpreter), f"{interpreter.label}: no venv")


def pip(interpreter: Interpreter, python: Path, arguments: Sequence[str], suite: Suite | None = None) -> None:
    """pip install; UserError with pip's own reason if it fails."""
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    extra = dict(suite.variables) if suite else {}
    run(command, quiet(interpreter) | extra, "pip")


def quiet(interpreter: Interpreter) -> dict[str, str]:
    """The interpreter's variables without those of the JIT: what is installed must not depend on it."""
    return {name: value for name, value in interpreter.environment().items() if not name.startswith("PYTHON_JIT")}


def run(command: list[str], environment: dict[str, str], what: str) -> None:
    """Run a command; UserError with its last words if it fails."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        lines = (done.stderr + done.stdout).strip().splitlines() or ["no message"]
        reasons = [line for line in lines if line.upper().startswith("ERROR")] or lines
        raise UserError(f"{what}: {reasons[-1].strip()[:300]}")


def fetch(suite: Suite, interpreter: Interpreter, work: Path) -> Path:
    """The source distribution, fetched if it is not there yet.

    Not by `pip download`: that runs the package's build, which may need compilers and libraries.
    """
    folder = work / "sdists"
    known = folder / f"{suite.name}-{suite.version}.tar.gz"
    if known.is_file():
        return known
    with _fetcher_lock:
        tool = work / f"fetcher-{binary_key(interpreter)[:8]}"
        program = tool / "bin" / "unearth"
        if not program.is_file():
            make_venv(interpreter, tool)
            pip(interpreter, tool / "bin" / "python", [FETCHER])
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as name:
        index = [part for url in [index_url()] if url for part in ("--index-url", url)]
        command = [str(program), "--no-binary", *index, "--download", name, f"{suite.name}=={suite.version}"]
        run(command, quiet(interpreter), "the source distribution")
        files = list(Path(name).glob("*.tar.gz"))
        if not files:
            raise UserError(f"{suite.name} {suite.version} has no source distribution")
        os.replace(files[0], known)
    return known


def index_url() -> str:
    """The package index that pip is set up for, "" for its default."""
    command = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    configured = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return os.environ.get("PIP_INDEX_URL") or configured


def unpack(archive: Path, target: Path) -> None:
    """Unpack a source distribution without the one folder that holds it all."""
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        with tarfile.open(archive) as stream:
            if hasattr(tarfile, "data_filter"):     # (Debian 12's Python has none)
                stream.extraction_filter = tarfile.data_filter
            stream.extractall(name)
        (top,) = Path(name).iterdir()
        for path in list(top.iterdir()):
            shutil.move(path, target / path.name)


def remove(path: Path) -> None:
    """Remove a file or a folder of the source distribution; UserError if there is none."""
    if path.is_dir():
        shutil.rmtree(path)
    elif path.is_file():
        path.unlink()
    else:
        raise UserError(f"there is no {path.name} to remove in the source distribution")
