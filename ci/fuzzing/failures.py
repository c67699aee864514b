"""Reproducers as files: the program, with what differs and how it was found as a comment before it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fuzzing.comparing import Difference
from support import UserError, write_if_changed

MARK = "# -- program --\n"


@dataclass(frozen=True)
class Failure:
    """A program that differs, and its differences."""

    sources: Sequence[str]  # executed one after the other in one process; the last differs
    found: Sequence[Difference]
    seed: int
    version: str  # of the Python that it was found with

    @property
    def kind(self) -> str:
        """What failures of probably one cause share."""
        return self.found[0].kind

    def text(self) -> str:
        """The reproducer's file."""
        modes = ", ".join(difference.mode for difference in self.found)
        lines = [f"modes: {modes}", f"kind: {self.kind}", f"seed: {self.seed}", f"python: {self.version}"]
        lines += ["again: ci/fuzz --python PYTHON --replay THIS-FILE", "", *self.found[0].text.splitlines()]
        comment = "".join(f"# {line}".rstrip() + "\n" for line in lines)
        return comment + "".join(MARK + source for source in self.sources)


def save(folder: Path, failure: Failure) -> Path:
    """Write a reproducer under a name of its own; its path."""
    words = re.sub(r"[^a-z0-9]+", "-", failure.kind.lower()).strip("-")[:40] or "difference"
    number = 1
    while (path := folder / f"{words}-{number}.py").exists():
        number += 1
    write_if_changed(path, failure.text().encode())
    return path


def read(path: Path) -> list[str]:
    """A reproducer's programs; the whole file if it has no comment of ours."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}") from None
    return text.split(MARK)[1:] or [text]


def saved(folder: Path) -> Mapping[Path, str]:
    """The reproducers in a folder, and the kind of each."""
    found = {}
    for path in sorted(folder.glob("*.py")):
        match = re.search(r"^# kind: (.*)$", path.read_text("utf-8"), re.MULTILINE)
        found[path] = match[1] if match else ""
    return found
