"""The bodies of micro-ops as C text: the DSL's own statements replaced, the rest left as written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from support import UserError
from uop_model import Token, Uop, close_paren, live_tokens, size_expression, strip_asserts

# Words after which the inputs or the stack are no longer those of the entry.
_CONSUMING = (
    "DECREF_INPUTS",
    "Py_DECREF",
    "Py_XDECREF",
    "Py_CLEAR",
    "Py_SETREF",
    "_Py_DECREF_SPECIALIZED",
    "SETLOCAL",
    "LOAD_SP",
    "STACK_SHRINK",
    "_PyFrame_SetStackPointer",
)


@dataclass
class Hooks:
    """What the statements of the DSL turn into.

    `exit` and the error texts are statements; `synced` says whether SYNC_SP()
    came before. `text` renders a token that is none of these.
    """

    exit: Callable[[bool], str]
    error_pop: Callable[[], str]
    error_no_pop: Callable[[bool], str]
    sync_sp: Callable[[], str]
    set_stack_pointer: Callable[[bool], str]
    jump: Callable[[], str]
    jump_indirect: Callable[[str], str]
    text: Callable[[Sequence[Token], int], str | None] = lambda tokens, index: None


class Renderer:
    """Renders one body; `used` collects the DSL statements that it met."""

    def __init__(self, uop: Uop, hooks: Hooks) -> None:
        self.uop = uop
        self.hooks = hooks
        self.synced = False
        self.used: set[str] = set()

    def body(self) -> str:
        """The whole body as indented C lines, each ending in a newline."""
        tokens = [t for t in live_tokens(self.uop.body) if t.kind != "COMMENT"]
        if not tokens:
            return ""
        text = self._render(tokens)
        lines = [line.rstrip() for line in text.split("\n")]
        margin = min((len(s) - len(s.lstrip()) for s in lines if s.strip() and not s.startswith("#")), default=0)
        shifted = [s if s.startswith("#") else "    " + s[margin:] for s in lines if s.strip()]
        return "".join(s + "\n" for s in shifted)

    def _render(self, tokens: Sequence[Token]) -> str:
        out: list[str] = [" " * tokens[0].column]
        index = 0
        last: Token | None = None
        while index < len(tokens):
            token = tokens[index]
            if last is not None:
                if token.line > last.end_line:
                    out.append("\n" + ("" if token.kind == "CMACRO" else " " * token.column))
                else:
                    out.append(" " * max(0, token.column - last.end_column))
            elif token.kind == "CMACRO":
                out = []
            end, text = self._one(tokens, index)
            out.append(text)
            last = tokens[end]
            index = end + 1
        return "".join(out)

    def _inline(self, tokens: Sequence[Token]) -> str:
        return " ".join(self._render(tokens).split())

    def _one(self, tokens: Sequence[Token], index: int) -> tuple[int, str]:
        """The text of what starts at `index` and the index of its last token."""
        token = tokens[index]
        if token.kind == "CMACRO":
            return index, token.text
        if token.text == "oparg" and self.uop.low_bit is not None:
            if index + 2 < len(tokens) and tokens[index + 1].text == "&" and tokens[index + 2].text == "1":
                return index + 2, str(self.uop.low_bit)
        if token.kind == "IDENTIFIER" and index + 1 < len(tokens) and tokens[index + 1].text == "(":
            close = close_paren(tokens, index + 1)
            text = self._statement(token.text, tokens[index + 2 : close])
            if text is not None:
                self.used.add(token.text)
                if close + 1 < len(tokens) and tokens[close + 1].text == ";":
                    close += 1
                return close, text
        special = self.hooks.text(tokens, index)
        return index, token.text if special is None else special

    def _statement(self, name: str, arguments: Sequence[Token]) -> str | None:
        if name in ("EXIT_IF", "DEOPT_IF"):
            return f"if (JIT_UNLIKELY({self._inline(arguments)})) {self.hooks.exit(self.synced)}"
        if name == "ERROR_IF":
            comma = max(i for i, t in enumerate(arguments) if t.text == ",")
            condition = self._inline(arguments[:comma])
            text = self.hooks.error_no_pop(True) if self.synced else self.hooks.error_pop()
            return f"if (JIT_UNLIKELY({condition})) {text}"
        if name in ("ERROR_NO_POP", "GOTO_ERROR"):
            return self.hooks.error_no_pop(self.synced)
        if name == "DECREF_INPUTS":
            return self._decref_inputs()
        if name == "SYNC_SP":
            self.synced = True
            return self.hooks.sync_sp()
        if name == "_PyFrame_SetStackPointer" and [t.text for t in arguments] == ["frame", ",", "stack_pointer"]:
            return self.hooks.set_stack_pointer(self.synced)
        if name == "JIT_JUMP":
            return self.hooks.jump()
        if name == "JIT_JUMP_INDIRECT":
            return self.hooks.jump_indirect(self._inline(arguments))
        if name == "CHECK_EVAL_BREAKER":
            self.used.add("GOTO_ERROR")
            return "CHECK_EVAL_BREAKER();"
        return None

    def _decref_inputs(self) -> str:
        statements: list[str] = []
        for item in self.uop.inputs:
            if item.name in ("unused", "null") or item.peek:
                continue
            if item.array:
                statements.append(f"for (int _i = {item.size}; --_i >= 0;) {{ Py_DECREF({item.name}[_i]); }}")
            elif item.condition:
                statements.append(f"Py_XDECREF({item.name});")
            else:
                statements.append(f"Py_DECREF({item.name});")
        # A block: the statement may stand alone after an if.
        return "{ " + " ".join(statements) + " }" if statements else ";"


def popped_on_error(uop: Uop) -> str:
    """How many cells ERROR_IF pops, as a C expression: all inputs above the peeked ones."""
    return size_expression(i for i in uop.inputs if not i.peek)


def check_exits(uop: Uop) -> int:
    """The number of cells that are gone at an exit (see jit_uop_info.exit_pops).

    UserError if an exit comes after something that consumes an input and
    SYNC_SP() did not say so.
    """
    tokens = strip_asserts(uop.body)
    names = [t.text for t in tokens]
    last = max((i for i, n in enumerate(names) if n in ("EXIT_IF", "DEOPT_IF")), default=-1)
    if last < 0:
        return 0
    if "SYNC_SP" in names[:last]:
        if any(i.count is None for i in uop.inputs):
            raise UserError(f"{uop.name}: exits after SYNC_SP() with a number of inputs that depends on oparg")
        return sum(i.count or 0 for i in uop.inputs)
    for index, name in enumerate(names[:last]):
        stored = name == "stack_pointer" and index + 1 < last and names[index + 1] == "["
        if name in _CONSUMING or stored:
            raise UserError(f"{uop.name}: {name} comes before its last exit; an exit must find the inputs as they were")
    return 0
