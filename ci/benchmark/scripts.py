"""A script of the user's as something to measure."""

import ast
from collections.abc import Sequence
from pathlib import Path

from benchmark.interpreters import Interpreter
from benchmark.programs import Program
from benchmark.running import Place, Task, ask
from support import UserError


def uses_runner(source: str) -> bool:
    """Whether a script imports pyperf and mentions its Runner."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return False  # the interpreters will say what is wrong, if anything is
    imported, mentioned = False, False
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= any(alias.name == "pyperf" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "pyperf":
            imported = True
            mentioned |= any(alias.name == "Runner" for alias in node.names)
        elif isinstance(node, ast.Attribute):
            mentioned |= node.attr == "Runner"
    return imported and mentioned


def from_file(path: Path, arguments: Sequence[str], interpreter: Interpreter, place: Place) -> list[Program]:
    """The benchmarks that a script hands to pyperf's Runner, else the script as a whole; UserError if it cannot be had."""
    try:
        source = path.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise UserError(f"--script {path} cannot be read: {error}") from None
    path = path.absolute()
    if not uses_runner(source):
        return [Program(path.name, "", tuple(arguments), file=path, whole=True)]
    answer = ask(interpreter, Task(Program(path.name, "", tuple(arguments), file=path), "names"), place)
    if answer.error is not None:
        raise UserError(f"--script {path.name} fails on {interpreter.label}: {answer.error}")
    names = list(dict.fromkeys(answer.result["names"]))
    if not names:
        raise UserError(f"--script {path.name} hands no benchmark to pyperf's Runner")
    return [Program(name, "", tuple(arguments), file=path) for name in names]
