"""What the build tools share: one-line errors, atomic files, running git with a fixed identity."""

import difflib
import fnmatch
import hashlib
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

REPOSITORY = Path(__file__).absolute().parents[2]

# Whoever commits to a prepared tree in the name of the tools.  Fixed, so that
# the same base and the same patches give the same commit ids everywhere.
IDENTITY = ("CPython JIT fork", "cpython-jit@localhost")


class UserError(Exception):
    """Something the user can put right: one line saying what is wrong and what to do."""


def main_wrapper(main: Callable[[Sequence[str]], int]) -> int:
    """Run `main(argv)`; a UserError becomes one line on stderr and exit status 1."""
    try:
        return main(sys.argv[1:])
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def write_if_changed(path: Path, data: bytes) -> bool:
    """Replace `path` atomically by `data` unless it already holds it; True if it was written."""
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


def heed_interrupts() -> None:
    """Stop ignoring SIGINT, in this process and those that it starts.

    nohup, `&` in scripts and some CI runners start us with it ignored, but CPython's
    profile run and its test suite interrupt themselves.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def last_words(done: subprocess.CompletedProcess[str]) -> str:
    """The last line of what a program said before it failed, or its exit status if it said nothing."""
    return (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}").splitlines()[-1]


def read_list(path: Path) -> list[str]:
    """The lines of a list file, without comments, blank lines and surrounding spaces."""
    lines = (line.split("#", 1)[0].strip() for line in path.read_text("utf-8").splitlines())
    return [line for line in lines if line]


def matching(names: Sequence[str], patterns: Iterable[str], noun: str) -> set[str]:
    """The names that match one of the patterns (* and ?); UserError for a pattern that matches none of these `noun`s."""
    chosen: set[str] = set()
    for pattern in patterns:
        matches = fnmatch.filter(names, pattern)
        if not matches:
            close = difflib.get_close_matches(pattern, names, 3)
            raise UserError(f"no {noun} is called {pattern}" + (f"; did you mean {', '.join(close)}?" if close else ""))
        chosen.update(matches)
    return chosen


def jit_modes() -> dict[str, dict[str, str]]:
    """Name and variables of each mode of the JIT that programs are compared in (Lib/test/test_jit/modes.py)."""
    modes: dict[str, dict[str, str]] = runpy.run_path(str(REPOSITORY / "Lib/test/test_jit/modes.py"))["MODES"]
    return modes


def sha256_of_file(path: Path) -> str:
    """Lower-case hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest(parts: Mapping[str, bytes]) -> str:
    """One SHA-256 over named pieces of data, independent of their order."""
    total = hashlib.sha256()
    for name in sorted(parts):
        total.update(f"{name}\0{len(parts[name])}\0".encode())
        total.update(parts[name])
    return total.hexdigest()


def git(
    tree: Path, *arguments: str, input: bytes | None = None, env: Mapping[str, str] | None = None, check: bool = True
) -> subprocess.CompletedProcess[bytes]:
    """Run git in `tree` with no outside configuration; a failure is a UserError with git's first words."""
    name, email = IDENTITY
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment |= {
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": email,
        **(env or {}),
    }
    # safe.directory: the tree may belong to another user than root runs as.
    settings = ["safe.directory=*", "core.autocrlf=false", "core.quotePath=false", "core.fileMode=true", "gc.auto=0"]
    command = ["git", *(part for setting in settings for part in ("-c", setting)), *arguments]
    try:
        done = subprocess.run(command, cwd=tree, input=input, capture_output=True, env=environment)
    except FileNotFoundError:
        raise UserError("git is not installed; install it and try again") from None
    if check and done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"exit status {done.returncode}"]
        raise UserError(f"git {arguments[0]} failed in {tree}: {words[0]}")
    return done


def git_text(tree: Path, *arguments: str) -> str:
    """What a git command prints, as text without the last newline."""
    return git(tree, *arguments).stdout.decode("utf-8").rstrip("\n")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold an advisory lock on an existing folder, waiting for whoever has it."""
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
