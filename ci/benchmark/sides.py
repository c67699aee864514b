"""What tools that compare two sides share: keys, a journal of outcomes, work on several things at a time."""

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from benchmark.interpreters import Interpreter, resolve
from support import UserError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Kept = TypeVar("Kept", bound=DataclassInstance)
else:
    Kept = TypeVar("Kept")
Item = TypeVar("Item")
Row = TypeVar("Row")


@dataclass
class Journal(Generic[Kept]):
    """Outcomes on disk, one JSON line each; `load` makes an outcome of its fields, or raises."""

    path: Path
    load: Callable[[dict[str, Any]], Kept]
    outcomes: dict[str, Kept] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> "Journal[Kept]":
        """Read what an earlier run left; a line that it could not finish is ignored."""
        if self.path.is_file():
            for line in self.path.read_text("utf-8").splitlines():
                try:
                    entry = json.loads(line)
                    self.outcomes[entry["key"]] = self.load(entry["outcome"])
                except (ValueError, KeyError, TypeError):
                    continue
        return self

    def outcome(self, key: str, make: Callable[[], Kept]) -> Kept:
        """What an earlier run found under this key, else what `make` finds now."""
        known = self.outcomes.get(key)
        if known is None:
            known = make()
            self.add(key, known)
        return known

    def add(self, key: str, outcome: Kept) -> None:
        """Remember an outcome, on disk at once."""
        with self.lock:
            self.outcomes[key] = outcome
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps({"key": key, "outcome": asdict(outcome)}) + "\n")


def two_sides(texts: Sequence[str], tool: str) -> list[Interpreter]:
    """What the user named by --python; UserError if these are not two interpreters."""
    if len(texts) != 2:
        raise UserError(f"name two sides: --python LABEL=PATH --python LABEL=PATH ({tool} --help shows how)")
    return resolve(texts)


def binary_key(interpreter: Interpreter) -> str:
    """Equal only for the same program, by path, size and time of change."""
    status = interpreter.path.stat()
    text = json.dumps([str(interpreter.path), [status.st_size, status.st_mtime_ns], interpreter.build])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def side_key(interpreter: Interpreter) -> str:
    """Equal only for the same program in the same environment."""
    text = json.dumps([binary_key(interpreter), sorted(interpreter.variables.items())])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def compare_all(
    compare: Callable[[Item], Row], items: Sequence[Item], jobs: int, progress: Callable[[Row], None]
) -> list[Row]:
    """Compare all items, `jobs` at a time; rows come in the order of `items`."""

    def one(item: Item) -> Row:
        row = compare(item)
        progress(row)
        return row

    pool = ThreadPoolExecutor(jobs)
    try:
        return [waiting.result() for waiting in [pool.submit(one, item) for item in items]]
    finally:
        pool.shutdown(cancel_futures=True)
