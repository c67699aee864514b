"""Keeps what was compiled: compiled again is only what has other inputs.

An entry is found by the digest of the text, the flags, clang and these tools, and good as long as the files that clang
had read for it are what they were. Whoever can write into the folder decides what code Python runs, as with any cache of
objects. What was not used for a while goes.
"""

import functools
import hashlib
import os
import pickle
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

AGE = 30 * 24 * 3600  # seconds
# What changes clang's mind beside its arguments.
VARIABLES = ("CPATH", "C_INCLUDE_PATH", "SDKROOT", "SOURCE_DATE_EPOCH")


class Made(Protocol):
    """What is kept."""

    @property
    def needs(self) -> list[str]:
        """The files that it was made from."""


Kept = TypeVar("Kept", bound=Made)


@functools.lru_cache(4096)
def _digest_of(path: str, size: int, changed: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def file_digest(path: str) -> str | None:
    """The digest of a file, None if it is not there."""
    try:
        status = os.stat(path)
        return _digest_of(path, status.st_size, status.st_mtime_ns)
    except OSError:
        return None


@functools.cache
def tools_digest() -> str:
    """Of all build tools here: any of them may change what is made."""
    found = hashlib.sha256()
    for path in sorted(Path(__file__).resolve().parent.glob("*.py")):
        found.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def key_of(parts: Iterable[str]) -> str:
    """The digest of texts, one after another."""
    found = hashlib.sha256()
    for part in [tools_digest(), *(os.environ.get(name, "") for name in VARIABLES), *parts]:
        data = part.encode()
        found.update(len(data).to_bytes(8, "little") + data)
    return found.hexdigest()


@dataclass(frozen=True)
class Cache(Generic[Kept]):
    """Entries in a folder, which is made when it is needed; without a folder, nothing is kept."""

    folder: Path | None

    def get(self, parts: Sequence[str], here: Path, make: Callable[[], Kept]) -> Kept:
        """What was kept for these parts, or is made now; `here` is the folder that relative names in `needs` count from."""
        if self.folder is None:
            return make()
        path = self.folder / f"{key_of(parts)}.stencils"
        kept = self.load(path)
        if kept is not None:
            return kept
        made = make()
        self.store(path, made, {name: file_digest(str(here / name)) for name in made.needs})
        return made

    def load(self, path: Path) -> Kept | None:
        """An entry that is still good."""
        try:
            digests, kept = pickle.loads(path.read_bytes())
            if any(digest is None or file_digest(name) != digest for name, digest in digests.items()):
                return None
            os.utime(path)
        except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, IndexError, ValueError, TypeError):
            return None  # not there, or damaged
        found: Kept = kept
        return found

    def store(self, path: Path, made: Kept, digests: dict[str, str | None]) -> None:
        """Put an entry in its place in one step; a folder that cannot be written to keeps nothing."""
        temporary = path.with_suffix(f".{os.getpid()}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError:
            return
        try:
            temporary.write_bytes(pickle.dumps((digests, made)))
            os.replace(temporary, path)
            for old in path.parent.iterdir():
                if old.stat().st_mtime < time.time() - AGE:
                    old.unlink()
        except OSError:
            temporary.unlink(missing_ok=True)
