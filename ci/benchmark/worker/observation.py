"""Collects the values a program computes, so that two interpreters can be compared by more than "it ran".

Most programs throw their results away.  So that nothing that is worth
comparing gets lost, three things are looked at, none of which traces or
profiles the program (either would switch a JIT off):

- what is passed through `__observe__`, which `rewrite` puts around values that
  timed functions discard (`tomli.loads(data)`, `for _ in tree: pass`,
  `except StopIteration: pass`), and around the locals of functions named in
  programs.toml when they return;
- local variables of whoever asks for the time: at the end of a timed loop they
  hold the results of its last iteration;
- what a benchmarked function returns, and the program's globals at the end.

A place that is passed often is looked at the first few times and then every
time its count doubles, so late iterations, those that a JIT runs, are covered.
Of numbers each one counts, by a running hash.
"""

import ast
import sys
import time
from dataclasses import dataclass

from canonical import canonical, digest

ALWAYS = 4  # times that a place is looked at before only doublings count
PREVIEW = 160  # characters kept for the message about a difference
# Types whose hash is the same in every process and implementation.
SMALL = frozenset({bool, int, float})
# Names that hold times, or names of temporary folders.
VOLATILE = frozenset({"t0", "t1", "dt", "start", "elapsed", "runs_total", "tmp_path"})


@dataclass
class Observation:
    """A value seen at `place` (function:line#count): digest and first characters of its canonical text."""

    place: str
    digest: str
    preview: str


class Observer:
    """Records the values it is shown, sampled per place."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.running: dict[str, int] = {}  # of all small values at a place, whether recorded or not
        self.seen: list[Observation] = []

    def __call__(self, place: str, value: object) -> object:
        """Look at `value` if it is this place's turn; returns it."""
        count = self.counts.get(place, 0) + 1
        self.counts[place] = count
        if type(value) in SMALL:
            self.running[place] = (self.running.get(place, 0) * 1000003 ^ hash(value)) & 0xFFFF_FFFF
        if count <= ALWAYS or count & (count - 1) == 0:
            self.record(f"{place}#{count}", value)
        return value

    def record(self, place: str, value: object) -> None:
        """Record `value` unconditionally."""
        text = canonical(value)
        self.seen.append(Observation(place, digest(text), text[:PREVIEW]))

    def locals(self, place: str, variables: dict[str, object]) -> None:
        """Look at a function's local variables, except those that hold times."""
        kept = {name: variables[name] for name in sorted(variables) if name not in VOLATILE}
        self(place, {name: value for name, value in kept.items() if not is_running(value)})

    def clock(self) -> float:
        """A perf_counter that first looks at its caller's local variables."""
        frame = sys._getframe(1)
        if frame.f_code.co_name != "<module>":
            self.locals(f"{frame.f_code.co_name}:{frame.f_lineno}", dict(frame.f_locals))
        return time.perf_counter()

    def finish(self, variables: dict[str, object]) -> None:
        """Record the program's globals that are data, how often each place was passed, and all small values together."""
        data = {
            name: value
            for name, value in sorted(variables.items())
            if not name.startswith("__") and not callable(value) and name not in VOLATILE and name != "runner"
        }
        for name, value in data.items():
            self.record(f"global {name}", value)
        self.record("counts", self.counts)
        self.record("small values", self.running)


def is_running(value: object) -> bool:
    """Whether a value is an iterator, whose text would say nothing."""
    return hasattr(value, "__next__")


class _Rewriter(ast.NodeTransformer):
    """Passes values that the functions in `wanted` (or named bench*, or timing) discard through __observe__."""

    def __init__(self, wanted: frozenset[str]) -> None:
        self.wanted = wanted
        self.function = ""  # the observed function that is being rewritten, "" outside
        self.returns = False  # whether its locals are observed when it returns

    def place(self, node: ast.AST) -> ast.expr:
        return ast.Constant(f"{self.function}:{getattr(node, 'lineno', 0)}")

    def call(self, function: str, node: ast.AST, value: ast.expr) -> ast.Expr:
        return ast.Expr(ast.Call(ast.Name(function, ast.Load()), [self.place(node), value], []))

    def visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        outer = self.function, self.returns
        explicit = node.name in self.wanted
        self.function = node.name if explicit or node.name.startswith("bench") or asks_time(node) else ""
        self.returns = explicit
        self.generic_visit(node)
        if explicit:
            node.body.append(self.locals_of(node))
        self.function, self.returns = outer
        return node

    visit_FunctionDef = visit_function
    visit_AsyncFunctionDef = visit_function

    def locals_of(self, node: ast.AST) -> ast.Expr:
        return self.call("__observe_locals__", node, ast.Call(ast.Name("locals", ast.Load()), [], []))

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if self.function and isinstance(node.value, ast.Call | ast.Await):
            return self.call("__observe__", node, node.value)
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST | list[ast.AST]:
        return [self.locals_of(node), node] if self.returns else node

    def visit_For(self, node: ast.For | ast.AsyncFor) -> ast.AST:
        self.generic_visit(node)
        if self.function and isinstance(node.target, ast.Name) and isinstance(node.body[0], ast.Pass):
            node.body = [self.call("__observe__", node, ast.Name(node.target.id, ast.Load()))]
        return node

    visit_AsyncFor = visit_For

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        self.generic_visit(node)
        if self.function and node.type is not None and isinstance(node.body[0], ast.Pass):
            node.name = node.name or "observed_exception"
            node.body = [self.call("__observe__", node, ast.Name(node.name, ast.Load()))]
        return node


def asks_time(node: ast.AST) -> bool:
    """Whether a piece of code mentions perf_counter."""
    return any(isinstance(part, ast.Attribute) and part.attr == "perf_counter" for part in ast.walk(node))


def rewrite(source: str, filename: str, wanted: frozenset[str]) -> ast.Module:
    """The program's tree with discarded values observed; `wanted` names functions whose locals matter too."""
    tree = ast.parse(source, filename)
    _Rewriter(wanted).visit(tree)
    return ast.fix_missing_locations(tree)
