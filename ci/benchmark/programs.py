"""The set of programs: reads programs.toml, selects by name."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from support import UserError, matching

TABLE = Path(__file__).with_name("programs.toml")
FIELDS = {"folder", "args", "observe"}


@dataclass(frozen=True)
class Program:
    """A benchmark: the name that it reports, its folder, its command line, functions whose locals --check compares."""

    name: str
    folder: str
    args: tuple[str, ...] = ()
    observe: tuple[str, ...] = ()
    file: Path | None = None  # a script of the user's instead of one of the set
    whole: bool = False  # timed as whole runs, since it says nothing of what in it is to be timed

    def script(self, packages: Path | None) -> Path:
        """Where the program is: below the folder of installed packages, if it is one of the set."""
        if self.file is not None:
            return self.file
        assert packages is not None, "a program of the set needs the set's packages"
        return packages / "pyperformance" / "data-files" / "benchmarks" / f"bm_{self.folder}" / "run_benchmark.py"


def read_set(table: Path = TABLE) -> list[Program]:
    """All programs in the table's order; UserError for a field that means nothing."""
    programs = []
    for name, entry in tomllib.loads(table.read_text("utf-8")).items():
        if unknown := set(entry) - FIELDS:
            raise UserError(f"{table.name}: {name} has the unknown field {sorted(unknown)[0]}")
        programs.append(Program(name, entry.get("folder", name), tuple(entry.get("args", ())), tuple(entry.get("observe", ()))))
    return programs


def select(programs: Sequence[Program], wanted: str | None) -> list[Program]:
    """Those whose names match one of the comma-separated patterns; UserError for one that matches nothing."""
    if not wanted:
        return list(programs)
    patterns = filter(None, (part.strip() for part in wanted.split(",")))
    chosen = matching([program.name for program in programs], patterns, "program")
    return [program for program in programs if program.name in chosen]
