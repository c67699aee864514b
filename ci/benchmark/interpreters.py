"""The interpreters to compare: what the user named, and what they say about themselves."""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from support import UserError

_PROBE = """
import importlib.util, json, platform, sys, sysconfig
try:
    from opcode import opmap
except ImportError:
    opmap = {}
jit = getattr(sys, "_jit", None)
print(json.dumps({
    "implementation": sys.implementation.name,
    "version": platform.python_version(),
    "build": sys.version,
    "cache": [sys.implementation.cache_tag, importlib.util.MAGIC_NUMBER.hex(), sorted(opmap.items())],
    "jit": jit.is_enabled() if hasattr(jit, "is_available") and jit.is_available() else None,
    "counts": hasattr(jit, "stats") and jit.is_enabled(),
    "arguments": sysconfig.get_config_var("CONFIG_ARGS") or "",
}))
"""


@dataclass(frozen=True)
class Interpreter:
    """An interpreter under a label: its program, variables of its environment, what it says about itself."""

    label: str
    path: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    implementation: str = ""
    version: str = ""
    build: str = ""
    jit: bool | None = None
    counts: bool = False  # whether sys._jit.stats() has something to tell
    arguments: str = ""
    cache: str = ""  # equal for interpreters that may share .pyc files
    launcher: tuple[str, ...] = ()  # what comes before the path in a command, such as another dynamic loader
    peer: bool = False  # a program that does not run on it is no failure

    @property
    def command(self) -> list[str]:
        """How to start it."""
        return [*self.launcher, str(self.path)]

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The caller's environment without its Python settings, `extra`, then this interpreter's own."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYPY"))}
        fixed = {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONNOUSERSITE": "1"}
        return inherited | fixed | dict(extra or {}) | dict(self.variables)

    def description(self) -> dict[str, object]:
        """What of this interpreter goes into reports: no paths."""
        return {
            "implementation": self.implementation,
            "version": self.version,
            "build": self.build,
            "variables": dict(self.variables),
            "jit": self.jit,
            "arguments": re.sub(r"(=\S*)?/[^\s'\"]*/", r"\1", self.arguments),
        }


def parse(text: str) -> Interpreter:
    """`LABEL=PATH[,NAME=VALUE...]`; a value may hold commas.  UserError if it has another form."""
    label, separator, rest = text.partition("=")
    path, *parts = rest.split(",")
    if not separator or not label or not path:
        raise UserError(f"--python {text}: write it as LABEL=PATH or LABEL=PATH,NAME=VALUE,...")
    return Interpreter(label, Path(path), parse_variables(parts, f"--python {text}"))


def parse_variables(parts: Sequence[str], where: str) -> dict[str, str]:
    """NAME=VALUE items that were separated by commas, which values may hold too; UserError naming `where`."""
    variables: dict[str, str] = {}
    name = ""
    for part in parts:
        if re.match(r"[A-Za-z_]\w*=", part):
            name, _, variables[name] = part.partition("=")
        elif name:
            variables[name] += "," + part
        else:
            raise UserError(f"{where}: {part!r} is not NAME=VALUE")
    return variables


def probe(named: Interpreter) -> Interpreter:
    """The interpreter with what it says about itself; UserError if it does not run."""
    path = Path(os.path.abspath(named.path))
    try:
        answer = subprocess.run(
            [*replace(named, path=path).command, "-c", _PROBE],
            env=named.environment(), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        facts: dict[str, Any] = json.loads(answer.stdout) if answer.returncode == 0 else {}
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise UserError(f"{named.label}: {named.path} cannot be run as a Python ({error})") from None
    if not facts:
        last = (answer.stderr.strip().splitlines() or ["no message"])[-1]
        raise UserError(f"{named.label}: {named.path} fails with status {answer.returncode}: {last}")
    major, minor = (int(part) for part in facts["version"].split(".")[:2])
    if (major, minor) < (3, 11):
        raise UserError(f"{named.label}: {named.path} is Python {facts['version']}; 3.11 or later is needed")
    cache = hashlib.sha256(json.dumps(facts["cache"]).encode()).hexdigest()[:12]
    return replace(
        named, path=path, implementation=facts["implementation"], version=facts["version"], build=facts["build"],
        jit=facts["jit"], counts=facts["counts"], arguments=facts["arguments"], cache=cache,
    )  # fmt: skip


def resolve(texts: Sequence[str]) -> list[Interpreter]:
    """Parse and probe what the user named; UserError for a label given twice."""
    return examine([parse(text) for text in texts])


def examine(named: Sequence[Interpreter]) -> list[Interpreter]:
    """Probe them all; UserError for a label given twice."""
    check_labels([interpreter.label for interpreter in named])
    return [probe(interpreter) for interpreter in named]


def check_labels(labels: Sequence[str]) -> None:
    """UserError for a label given twice."""
    for label in labels:
        if labels.count(label) > 1:
            raise UserError(f"two interpreters are called {label}; give each its own label")
