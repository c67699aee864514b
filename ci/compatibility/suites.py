"""The table of packages: reads suites.toml, selects by name."""

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from support import UserError, matching

TABLE = Path(__file__).with_name("suites.toml")
CONSTRAINTS = Path(__file__).with_name("constraints.txt")


@dataclass(frozen=True)
class Suite:
    """A package and how its tests are run; suites.toml says what the fields mean."""

    name: str
    version: str
    tests: str = "sdist"
    source: bool = False
    requires: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    folder: str = "."
    files: tuple[str, ...] = ()
    deselect: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    script: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 400.0

    @property
    def key(self) -> str:
        """Equal only for the same tests of the same packages."""
        return digest(asdict(self) | {"constraints": CONSTRAINTS.read_text("utf-8")})

    @property
    def environment_key(self) -> str:
        """Equal only if the same is to be installed and unpacked."""
        parts = [self.name, self.version, self.tests, self.source, self.requires, self.remove]
        return digest([*parts, CONSTRAINTS.read_text("utf-8")])


def digest(value: object) -> str:
    """A short hash of anything that JSON can hold."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:12]


def read_suites(table: Path = TABLE) -> list[Suite]:
    """All suites in the table's order; UserError for what means nothing."""
    suites = []
    known = {field.name for field in fields(Suite)} - {"name"}
    for name, entry in tomllib.loads(table.read_text("utf-8")).items():
        if unknown := set(entry) - known:
            raise UserError(f"{table.name}: {name} has the unknown field {sorted(unknown)[0]}")
        if "version" not in entry:
            raise UserError(f"{table.name}: {name} has no version")
        if entry.get("tests", "sdist") not in ("sdist", "wheel"):
            raise UserError(f"{table.name}: the tests of {name} come from {entry['tests']!r}; it must be sdist or wheel")
        for requirement in entry.get("requires", ()):
            if "==" not in requirement:
                raise UserError(f"{table.name}: {name} requires {requirement}, which is not pinned")
        values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
        suites.append(Suite(name, **values))
    return suites


def select(suites: Sequence[Suite], wanted: str | None) -> list[Suite]:
    """Those whose names match one of the comma-separated patterns; UserError for one that matches nothing."""
    patterns = re.split(r"[,\s]+", (wanted or "*").strip())
    chosen = matching([suite.name for suite in suites], patterns, "package")
    return [suite for suite in suites if suite.name in chosen]
