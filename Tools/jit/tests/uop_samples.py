"""Micro-ops for tests, written down in the DSL's own notation, without the base's parser."""

import re

from uop_model import Cache, Item, Token, Uop

_TOKEN = re.compile(r"(?P<space>\s+)|(?P<word>[A-Za-z_]\w*)|(?P<number>\d\w*)|(?P<op>->|\+\+|--|[-+&|]=|==|!=|<=|>=|&&|\|\||.)")


def tokens(text: str) -> tuple[Token, ...]:
    """C text as tokens, one line after another."""
    result: list[Token] = []
    for number, line in enumerate(text.strip("\n").split("\n"), 1):
        if line.lstrip().startswith("#"):
            directive, _, rest = line.strip().partition(" ")
            column = len(line) - len(line.lstrip())
            result.append(Token("CMACRO", directive, number, column, number, column + len(directive)))
            for found in re.finditer(r"\w+", rest):
                start = column + len(directive) + 1 + found.start()
                result.append(Token("IDENTIFIER", found[0], number, start, number, start + len(found[0])))
            continue
        for found in _TOKEN.finditer(line):
            kind = found.lastgroup
            assert kind is not None
            if kind == "space":
                continue
            if found[0] in ("goto", "return"):
                name = found[0].upper()
            else:
                name = {"word": "IDENTIFIER", "number": "NUMBER", "op": "OP"}[kind]
            result.append(Token(name, found[0], number, found.start(), number, found.end()))
    return tuple(result)


def _items(text: str) -> list[Item]:
    result: list[Item] = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        found = re.fullmatch(r"(\w+)(?:\s*:\s*([^\[]+?))?(?:\[(.*)\])?(?:\s+if\s+\((.*)\))?", part)
        assert found, part
        name, ctype, size, condition = found.groups()
        result.append(Item(name, ctype or "PyObject *", size or "1", size is not None, False, condition or ""))
    return result


def make_uop(name: str, effect: str, body: str, annotations: tuple[str, ...] = ()) -> Uop:
    """`make_uop("ADD", "a, b -- sum", "sum = a;")`; cache operands are written `name/size`."""
    left, _, right = effect.partition("--")
    caches = tuple(Cache(n, int(s)) for n, s in re.findall(r"(\w+)/(\d)", left))
    inputs = _items(re.sub(r"\w+/\d\s*,?", "", left))
    outputs = _items(right)
    for before, after in enumerate(zip(inputs, outputs, strict=False)):
        if after[0].name != after[1].name:
            break
        inputs[before] = outputs[before] = Item(**{**vars(inputs[before]), "peek": True})
    return Uop(name, tuple(inputs), tuple(outputs), caches, tokens(body), annotations, "test")
