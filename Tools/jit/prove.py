"""Proves the optimizer's local rewrites (JIT_RULES in Python/jit/jit.h) with Z3.

    prove.py

Each rule is a list of equations, `LEFT = RIGHT, LEFT = RIGHT, if CONDITION`.  a and b are
any values of 64 bits, k and m constants of 64 bits, p and q bits (0 or 1); True and
False are the objects.  CMP stands for each of the six comparisons in turn, INVERSE for
the one that it is false where the other is true.  A guard is the condition under which it
holds; `nothing` is a guard that always does.
"""

import ast
import operator
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import z3
from support import REPOSITORY, UserError, main_wrapper

HEADER = REPOSITORY / "Python" / "jit" / "jit.h"
COMPARISONS = {"LT": ("<", "GE"), "LE": ("<=", "GT"), "EQ": ("==", "NE"), "NE": ("!=", "EQ"), "GT": (">", "LE"), "GE": (">=", "LT")}
RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "LT": operator.lt,
    "LE": operator.le,
    "EQ": operator.eq,
    "NE": operator.ne,
    "GT": operator.gt,
    "GE": operator.ge,
}
SYMBOLS: dict[type, str] = {
    ast.Lt: "LT",
    ast.LtE: "LE",
    ast.Eq: "EQ",
    ast.NotEq: "NE",
    ast.Gt: "GT",
    ast.GtE: "GE",
}
WIDTH = 64  # bits of a value


def read_rules(header: Path = HEADER) -> dict[str, str]:
    """Name -> equations, in the table's order; UserError where there is no table."""
    found = re.search(r"#define JIT_RULES\(X\)(.*?[^\\])\n", header.read_text("utf-8"), re.DOTALL)
    if not found:
        raise UserError(f"{header} has no JIT_RULES")
    return dict(re.findall(r'X\((\w+), +"([^"]*)"\)', found[1]))


def _split(text: str) -> list[str]:
    """The parts between the commas that are not in parentheses."""
    parts, depth, start = [], 0, 0
    for i, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    return [*parts, text[start:].strip()]


def variants(equations: str) -> list[str]:
    """The same without CMP and INVERSE: once for each comparison."""
    if "CMP" not in equations:
        return [equations]
    out = []
    for name, (symbol, inverse) in COMPARISONS.items():
        text = equations.replace("GUARD_CMP(", f"GUARD_INT_{name}(").replace("GUARD_INVERSE(", f"GUARD_INT_{inverse}(")
        out.append(text.replace(" CMP ", f" {symbol} ").replace("CMP(", f"INT_{name}("))
    return out


class Term:
    """Values of one equation: its variables, and what operations on them give."""

    def __init__(self) -> None:
        self.assumed: list[Any] = []
        self.variables: dict[str, Any] = {}
        self.true, self.false = z3.BitVecs("True False", WIDTH)
        self.assumed.append(self.true != self.false)
        self.type_of = z3.Function("type", z3.BitVecSort(WIDTH), z3.IntSort())

    def variable(self, name: str) -> Any:
        """The variable of that name; bits are assumed to be 0 or 1."""
        if name not in self.variables:
            made = self.variables[name] = z3.BitVec(name, WIDTH)
            if name in "pq":
                self.assumed.append(z3.ULE(made, 1))
        return self.variables[name]

    def name(self, name: str) -> Any:
        """What a name stands for."""
        if name == "nothing":
            return z3.BoolVal(True)
        if name in ("True", "False"):
            return self.true if name == "True" else self.false
        if len(name) == 1 and name in "abkmpq":
            return self.variable(name)
        raise UserError(f"unknown name {name}")

    def call(self, name: str, args: list[Any]) -> Any:
        """What an operation gives: a value, or of a guard, when it holds."""
        kind, _, relation = name.rpartition("_")
        if kind in ("INT", "GUARD_INT") and relation in RELATIONS:
            holds = RELATIONS[relation](*args)
            return holds if kind == "GUARD_INT" else bit(holds)
        match name:
            case "NOT":
                return args[0] ^ 1
            case "BOOL":
                return z3.If(args[0] != 0, self.true, self.false)
            case "SAME":
                return bit(args[0] == args[1])
            case "type":
                return self.type_of(args[0])
            case "GUARD_TRUE":
                return args[0] != 0
            case "GUARD_FALSE":
                return args[0] == 0
            case "GUARD_SAME":
                return args[0] == args[1]
            case "GUARD_NOT_SAME":
                return args[0] != args[1]
        raise UserError(f"unknown operation {name}")

    def evaluate(self, node: ast.expr) -> Any:
        """What an expression is; UserError for what the language of equations has not."""
        match node:
            case ast.Constant(value=bool() as truth):
                return self.name(str(truth))
            case ast.Constant(value=int() as number):
                return z3.BitVecVal(number, WIDTH)
            case ast.Name(id=name):
                return self.name(name)
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.call(name, [self.evaluate(arg) for arg in args])
            case ast.BinOp(left=left, op=ast.Sub(), right=right):
                return self.evaluate(left) - self.evaluate(right)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self.evaluate(left) + self.evaluate(right)
            case ast.Compare(left=left, ops=[symbol], comparators=[right]):
                return RELATIONS[SYMBOLS[type(symbol)]](self.evaluate(left), self.evaluate(right))
        raise UserError(f"not part of an equation: {ast.unparse(node)}")


def bit(condition: Any) -> Any:
    """A condition as a value."""
    return z3.If(condition, z3.BitVecVal(1, WIDTH), z3.BitVecVal(0, WIDTH))


def counterexample(equation: str, condition: str | None) -> str | None:
    """For which values the equation is wrong, or None if it is true."""
    left, right = (ast.parse(side.strip(), mode="eval").body for side in equation.split(" = "))
    term = Term()
    a, b = term.evaluate(left), term.evaluate(right)
    if z3.is_bool(a) != z3.is_bool(b):  # the value of a comparison is a bit
        a, b = (bit(side) if z3.is_bool(side) else side for side in (a, b))
    solver = z3.Solver()
    if condition:
        solver.add(term.evaluate(ast.parse(condition, mode="eval").body))
    solver.add(*term.assumed, a != b)
    verdict = solver.check()
    if verdict == z3.unsat:
        return None
    return str(solver.model()) if verdict == z3.sat else "not proved"


def prove(equations: str) -> list[str]:
    """Proves a rule; a line for each equation that is wrong."""
    wrong = []
    for text in variants(equations):
        parts = _split(text)
        condition = parts.pop().removeprefix("if ") if parts[-1].startswith("if ") else None
        for equation in parts:
            found = counterexample(equation, condition)
            if found is not None:
                wrong.append(f"{equation}: wrong for {found}")
    return wrong


def main(arguments: Sequence[str]) -> int:
    """Proves all rules; the exit status."""
    if arguments:
        raise UserError("prove.py takes no arguments")
    failed = 0
    rules = read_rules()
    for name, equations in rules.items():
        for line in prove(equations):
            failed += 1
            print(f"{name}: {line}", file=sys.stderr)
    print(f"{len(rules)} rules, {failed} wrong")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main_wrapper(main))
