"""Cuts the stencil source into chunks that compile side by side: shared declarations plus some of the stencils each.

The cut is made on the C text: an item ends at a `;` or `}` outside of all
brackets.  Items that define a stencil go to one chunk; everything else
(declarations, static helpers, preprocessor lines) to all of them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<skip>//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
      | (?P<directive>^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*)
      | (?P<open>[({\[])
      | (?P<close>[)}\]])
      | (?P<end>;)""",
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
DEFINES = re.compile(r"\b_JIT_(STENCIL_\w+|SHIM\w*)\s*\(")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
FUNCTION_HEAD = re.compile(r"\)\s*$")  # what is not a function ends with a semicolon behind its braces
MENTIONS = re.compile(r"\b_JIT_(STENCIL_|SHIM)|##")
FOLLOWED = re.compile(r"\b([A-Za-z_]\w*)\s*\(")
EXTERN_CHAR = re.compile(r"\bextern\s+(?:const\s+)?char\s([^;(]*);")
HOLE = re.compile(r"\b(_JIT_\w+)\s*(\[\s*\])?")
CHUNK = 400  # stencils; a chunk costs the time to parse the headers once more


@dataclass(frozen=True)
class Item:
    """A top-level piece of the source, the 1-based line it starts on, and whether it defines a stencil."""

    text: str
    line: int
    stencil: bool


def items(source: str) -> list[Item]:
    """The source as top-level items, in order; joined they are the source."""
    found: list[Item] = []
    start = 0
    body = 0  # where the item's braces open
    depth = 0
    line = 1

    def cut(end: int) -> None:
        nonlocal start, line
        text = source[start:end]
        head = text.split("{", 1)[0]
        is_stencil = text.endswith("}") and bool(DEFINES.search(head)) and not text.lstrip().startswith("#")
        found.append(Item(text, line, is_stencil))
        line += text.count("\n")
        start = end

    for token in TOKEN.finditer(source):
        if token["open"]:
            if depth == 0 and token[0] == "{":
                body = token.start()
            depth += 1
        elif token["close"]:
            depth -= 1
            if depth == 0 and token[0] == "}" and FUNCTION_HEAD.search(COMMENT.sub(" ", source[start:body])):
                cut(token.end())
        elif token["end"] and depth == 0:
            cut(token.end())
        elif token["directive"] and depth == 0:
            cut(token.start())
            cut(token.end())
    cut(len(source))
    return [item for item in found if item.text]


def chunks(source: str, name: str, size: int) -> list[str]:
    """Texts to compile, each with at most `size` stencils; `name` is the file that messages name.

    The cut depends on the source alone, so the result does not depend on the machine.
    """
    whole = items(source)
    count = sum(item.stencil for item in whole)
    shared = "".join(item.text for item in whole if not item.stencil)
    if count <= size or MENTIONS.search(COMMENT.sub(" ", shared)):
        return [f'#line 1 "{name}"\n{source}']
    number_of_chunks = -(-count // size)
    per_chunk = -(-count // number_of_chunks)
    texts = []
    for first in range(0, count, per_chunk):
        lines = []
        seen = 0
        skipped = True
        for item in whole:
            if item.stencil:
                seen += 1
                if not first < seen <= first + per_chunk:
                    skipped = True
                    continue
            if skipped:
                lines.append(f'\n#line {item.line} "{name}"\n')
                skipped = False
            lines.append(item.text)
        texts.append("".join(lines))
    return texts


def without_stencils(source: str) -> str:
    """Everything that all chunks share."""
    return "".join(item.text for item in items(source) if not item.stencil)


def declared_functions(texts: Iterable[str]) -> set[str]:
    """Every name that a parenthesis follows in C sources: among names of symbols, the functions."""
    return {name for text in texts for name in FOLLOWED.findall(COMMENT.sub(" ", text))}


def declared_holes(source: str) -> dict[str, bool]:
    """Names of all holes that are declared, and whether each is 64 bits wide (an array without size)."""
    found = {name: bool(wide) for declaration in EXTERN_CHAR.findall(source) for name, wide in HOLE.findall(declaration)}
    return dict(sorted(found.items()))


def weaken(source: str) -> str:
    """The source with all holes declared weak: the address of any other object is never zero to the compiler."""
    return "".join(f"#pragma weak {name}\n" for name in declared_holes(source)) + source
