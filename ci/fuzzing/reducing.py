"""Makes a program smaller while something stays true of it, by taking pieces out of its syntax tree.

hypothesis shrinks the generator's decisions; what the templates themselves hold goes here.
"""

import ast
import copy
from collections.abc import Callable, Iterator

PLAIN = (ast.Constant, ast.Name)
Edit = Callable[[], None]


def blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """All lists of statements, outer ones first."""
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            value = getattr(node, name, None)
            if isinstance(value, list) and value:
                yield value


def statement_edits(tree: ast.AST, size: int) -> Iterator[Edit]:
    """Removals of so many adjacent statements; a block that must not be empty gets `pass`."""
    for block in blocks(tree):
        for start in range(0, len(block), size):

            def remove(block: list[ast.stmt] = block, start: int = start) -> None:
                del block[start : start + size]
                if not block:
                    block.append(ast.Pass())

            if not (len(block) == 1 and isinstance(block[0], ast.Pass)):
                yield remove


def flattening_edits(tree: ast.AST) -> Iterator[Edit]:
    """Compound statements replaced by what is in them."""
    for block in blocks(tree):
        for index, node in enumerate(block):
            body = getattr(node, "body", None)
            if isinstance(body, list) and not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):

                def flatten(block: list[ast.stmt] = block, index: int = index, body: list[ast.stmt] = body) -> None:
                    block[index : index + 1] = body

                yield flatten


def expression_edits(tree: ast.AST) -> Iterator[Edit]:
    """Expressions replaced by one of their parts, or by 1; items taken out of displays and calls."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if isinstance(value, ast.expr) and not isinstance(value, PLAIN) and name not in ("target", "func"):
                parts = [part for part in ast.iter_child_nodes(value) if isinstance(part, ast.expr)]
                for part in [*parts, ast.Constant(1)]:

                    def replace(parent: ast.AST = parent, name: str = name, part: ast.expr = part) -> None:
                        setattr(parent, name, part)

                    yield replace
            elif isinstance(value, list) and name in ("elts", "args", "keywords", "names", "decorator_list", "values"):
                for index in range(len(value)):

                    def drop(items: list[ast.AST] = value, index: int = index) -> None:
                        del items[index]

                    yield drop


def attempts() -> Iterator[Callable[[ast.AST], Iterator[Edit]]]:
    """The kinds of edits, coarse ones first."""
    for size in (16, 8, 4, 2, 1):
        yield lambda tree, size=size: statement_edits(tree, size)  # type: ignore[misc]
    yield flattening_edits
    yield lambda tree: statement_edits(tree, 1)
    yield expression_edits


def edited(source: str, edits: Callable[[ast.AST], Iterator[Edit]], number: int) -> str | None:
    """The program after the edit of that number; "" if the edit makes no program, None if there are fewer."""
    tree = copy.deepcopy(ast.parse(source))
    edit = next((edit for index, edit in enumerate(edits(tree)) if index == number), None)
    if edit is None:
        return None
    edit()
    try:
        text = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
        ast.parse(text)
    except (SyntaxError, ValueError, AttributeError, IndexError, TypeError):
        return ""
    return text


def reduce(source: str, holds: Callable[[str], bool], over: Callable[[], bool]) -> str:
    """The smallest program that was found for which `holds` is true; stops when `over`."""
    plain = ast.unparse(ast.parse(source)) + "\n"
    if not holds(plain):
        return source
    source = plain
    for edits in attempts():
        number = 0
        while not over():
            text = edited(source, edits, number)
            if text is None:
                break
            if text and len(text) < len(source) and holds(text):
                source = text
            else:
                number += 1
    return source
