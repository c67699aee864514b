"""Micro-ops as data: read from the DSL files, split into fixed stack effects, given a register shape."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from support import UserError

# Top-of-stack registers r0 (deepest) .. r2 (top of stack).
CACHE_REGISTERS = 3

# The most that one operand hole holds, in code units of inline cache.
CACHE_SIZES = (1, 2, 4)

# Bodies that need so many registers that only the fewest may be cached: what
# clang has left without the frame pointer would not do.
MANY_REGISTERS = ("COPY_FREE_VARS",)

# How many of a micro-op's inputs, counted from the bottom, it finds in memory,
# where they stay: what it needs of them is not worth a register.
INPUTS_IN_MEMORY = {"SEND_GEN_FRAME_INDIRECT": 1, "FOR_ITER_GEN_FRAME_INDIRECT": 1}

# Replicas that the DSL does not ask for: with oparg known, all their operands
# are in registers. The number is one more than the greatest oparg.
REGISTER_REPLICAS = {"COPY": 4, "SWAP": 4, "LIST_APPEND": 3, "SET_ADD": 3, "MAP_ADD": 2, "BUILD_LIST": 1}

# Conditions and sizes that fix a replica when oparg's low bit is known.
_LOW_BIT = re.compile(r"^\(*\s*oparg\s*&\s*1\s*\)*$")

# Micro-ops that also exist, with the suffix _B, in a form that looks at its operands without releasing them: for
# operands that something else keeps alive. Their bodies must not touch such an operand after its release, nor
# let code of the program run before it, nor hand it to C code that might take a reference count of 1 for its own.
BORROWING = (
    *(f"BINARY_OP_{op}_{kind}" for op in ("ADD", "SUBTRACT", "MULTIPLY") for kind in ("INT", "FLOAT")),
    *("BINARY_OP_ADD_UNICODE", "COMPARE_OP_FLOAT", "COMPARE_OP_STR"),
    *("BINARY_SUBSCR_LIST_INT", "BINARY_SUBSCR_TUPLE_INT", "BINARY_SUBSCR_STR_INT", "STORE_SUBSCR_LIST_INT"),
    *("LOAD_ATTR_MODULE_0", "LOAD_ATTR_MODULE_1", "LOAD_ATTR_WITH_HINT_0", "LOAD_ATTR_WITH_HINT_1"),
    *("STORE_ATTR_INSTANCE_VALUE", "STORE_ATTR_SLOT", "STORE_ATTR_WITH_HINT", "UNPACK_SEQUENCE_TWO_TUPLE"),
    *("ISINSTANCE", "LEN_BUILTIN", "BINARY_SLICE_BUILTIN"),
)
_RELEASES = ("Py_DECREF", "_Py_DECREF_SPECIALIZED")

# Micro-ops that are a call of a function of ours in a trace (uop_functions.py): what is long, and calls C anyway.
CALLED = (
    *("CALL", "CALL_KW", "CALL_NON_PY_GENERAL", "CALL_FUNCTION_EX_0", "CALL_FUNCTION_EX_1", "PY_FRAME_GENERAL", "PY_FRAME_KW"),
    *("PY_FRAME_EX_0", "PY_FRAME_EX_1", "INIT_CALL_PY_EXACT_ARGS", "CREATE_INIT_FRAME", "BINARY_SUBSCR_INIT_CALL"),
    *("CALL_BUILTIN_CLASS", "CALL_BUILTIN_O", "CALL_BUILTIN_FAST", "CALL_BUILTIN_FAST_WITH_KEYWORDS"),
    *("CALL_METHOD_DESCRIPTOR_O", "CALL_METHOD_DESCRIPTOR_NOARGS", "CALL_METHOD_DESCRIPTOR_FAST"),
    *("CALL_METHOD_DESCRIPTOR_FAST_WITH_KEYWORDS", "CALL_LEN", "CALL_ISINSTANCE", "CALL_STR_1", "CALL_TUPLE_1"),
    *("METHOD_FAST", "BUILTIN_FAST", "LOAD_ATTR_0", "STORE_ATTR", "LOAD_SUPER_ATTR_ATTR"),
    *("BINARY_OP", "COMPARE_OP", "CONTAINS_OP", "CONTAINS_OP_DICT", "CONTAINS_OP_SET", "BINARY_SUBSCR", "STORE_SUBSCR"),
    *("BINARY_SLICE", "SUBSCR_SLICE", "BINARY_SLICE_BUILTIN", "SUBSCR_SLICE_BUILTIN", "STORE_SLICE", "DELETE_SUBSCR", "BUILD_MAP", "BUILD_SET", "BUILD_STRING"),
    *("GET_ITER", "TO_BOOL", "MAKE_CELL", "MAKE_FUNCTION", "CALL_LIST_APPEND", "BINARY_SUBSCR_STR_INT", "SET_FUNCTION_ATTRIBUTE"),
    *(f"INIT_CALL_PY_EXACT_ARGS_{n}" for n in range(5)),
    *("IMPORT_NAME", "FORMAT_WITH_SPEC", "UNPACK_TO_LOCALS"),
)

# A micro-op of a macro that is another one in a trace. Jumps on a condition
# are absent: which guard they become depends on the recorded direction.
REPLACED = {
    "FOR_ITER": "FOR_ITER_TIER_TWO",
    "ITER_JUMP_LIST": "GUARD_NOT_EXHAUSTED_LIST",
    "ITER_JUMP_TUPLE": "GUARD_NOT_EXHAUSTED_TUPLE",
    "ITER_JUMP_RANGE": "GUARD_NOT_EXHAUSTED_RANGE",
}
BRANCHES = ("POP_JUMP_IF_TRUE", "POP_JUMP_IF_FALSE")

# Bodies that name these cannot run in a trace; the value says why.
_TIER1_WORDS = {
    "this_instr": "uses this_instr",
    "next_instr": "uses next_instr",
    "opcode": "depends on the opcode that runs it",
    "throwflag": "uses throwflag",
    "entry_frame": "uses the entry frame",
    "JUMPBY": "jumps",
    "SKIP_OVER": "jumps",
    "INSTRUMENTED_JUMP": "jumps",
    "DISPATCH": "dispatches",
    "DISPATCH_GOTO": "dispatches",
    "DISPATCH_SAME_OPARG": "dispatches",
    "DISPATCH_INLINED": "enters a frame itself",
    "GO_TO_INSTRUCTION": "jumps to another instruction",
    "STACK_SHRINK": "moves the stack pointer",
    "STACK_GROW": "moves the stack pointer",
    "PUSH": "moves the stack pointer",
    "POP": "moves the stack pointer",
}
_FOREIGN_WORDS = (
    "current_executor",
    "_PyExecutorObject",
    "_PyCounterOptimizerObject",
    "GOTO_TIER_ONE",
    "GOTO_TIER_TWO",
    "GOTO_UNWIND",
    "Py_FatalError",
    "EXIT_TO_TIER1",
    "EXIT_TO_TRACE",
    "JIT_GOTO_EXECUTOR",
    "JIT_GOTO_RECORDER",
    "next_uop",
)


@dataclass(frozen=True)
class Token:
    """One C token with its place (line and columns count from one file's start)."""

    kind: str
    text: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Item:
    """One stack effect: `size` cells named `name`; `size` is a C expression, "1" mostly."""

    name: str
    ctype: str
    size: str
    array: bool
    peek: bool
    condition: str = ""

    @property
    def count(self) -> int | None:
        """The number of cells, or None if it depends on oparg."""
        return int(self.size) if self.size.isdigit() else None


@dataclass(frozen=True)
class Cache:
    """A named inline cache operand, `size` code units wide."""

    name: str
    size: int


@dataclass(frozen=True)
class Shape:
    """Where inputs and outputs are: cells in memory below cells in registers.

    `depths` maps each supported number of cached registers on entry to the
    number on exit.
    """

    memory_in: tuple[Item, ...]
    register_in: tuple[Item, ...]
    memory_out: tuple[Item, ...]
    register_out: tuple[Item, ...]
    depths: dict[int, int]


@dataclass(frozen=True)
class Uop:
    """A micro-op. `children` are replicas for a known oparg or its low bit.

    `absent` names the parent's operands that a replica does not have: NULL.
    `borrowed` names the inputs that it pops without releasing them.
    """

    name: str
    inputs: tuple[Item, ...]
    outputs: tuple[Item, ...]
    caches: tuple[Cache, ...]
    body: tuple[Token, ...]
    annotations: tuple[str, ...]
    origin: str
    oparg: int | None = None
    low_bit: int | None = None
    parent: str | None = None
    children: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    borrowed: tuple[str, ...] = ()

    def words(self) -> set[str]:
        """The identifiers of the body, those in assertions left out."""
        return {t.text for t in strip_asserts(self.body) if t.kind == "IDENTIFIER"}

    @property
    def split(self) -> bool:
        """Does it only stand for two replicas, one per low bit of oparg?"""
        return bool(self.children) and self.children[0].endswith("_0") and self.low_bit_dependent

    @property
    def low_bit_dependent(self) -> bool:
        """Does the stack effect depend on oparg's low bit?"""
        return any(_LOW_BIT.match(i.condition) for i in (*self.inputs, *self.outputs))

    @property
    def cache(self) -> Cache | None:
        """The operand that is read from the inline cache, if any."""
        return self.caches[0] if self.caches else None


@dataclass(frozen=True)
class Part:
    """One step of an opcode's expansion; `offset` counts code units after the opcode's own."""

    uop: str
    size: int
    offset: int


@dataclass
class Program:
    """All micro-ops by name (in order of the enum), and what each opcode expands to."""

    uops: dict[str, Uop]
    expansions: dict[str, list[Part]]
    unexpandable: dict[str, str]
    opcodes: dict[str, int]
    sources: list[str] = field(default_factory=list)


def strip_asserts(tokens: Sequence[Token]) -> list[Token]:
    """Without `assert(...);`, comments, preprocessor lines and branches that are dead in a trace."""
    result: list[Token] = []
    index = 0
    live = live_tokens(tokens)
    while index < len(live):
        token = live[index]
        if token.kind == "COMMENT":
            index += 1
        elif token.kind == "CMACRO":
            index = _end_of_line(live, index)
        elif token.text == "assert" and index + 1 < len(live) and live[index + 1].text == "(":
            index = close_paren(live, index + 1) + 1
            if index < len(live) and live[index].text == ";":
                index += 1
        else:
            result.append(token)
            index += 1
    return result


def close_paren(tokens: Sequence[Token], start: int) -> int:
    """The index of the parenthesis that closes the one at `start`."""
    depth = 0
    for index in range(start, len(tokens)):
        if tokens[index].text == "(":
            depth += 1
        elif tokens[index].text == ")":
            depth -= 1
            if depth == 0:
                return index
    raise UserError(f"line {tokens[start].line}: parenthesis is never closed")


def live_tokens(tokens: Sequence[Token]) -> list[Token]:
    """The tokens that remain once TIER_ONE, TIER_TWO and ENABLE_SPECIALIZATION are known.

    Other preprocessor conditions stay as they are.
    """
    known = {"TIER_ONE": False, "TIER_TWO": True, "ENABLE_SPECIALIZATION": False, "_Py_TIER2": True}
    result: list[Token] = []
    stack: list[bool | None] = []
    index = 0
    while index < len(tokens):
        end = index + 1
        keep = True
        if tokens[index].kind == "CMACRO":
            end = _end_of_line(tokens, index)
            words = [t.text for t in tokens[index + 1 : end]]
            directive = tokens[index].text.lstrip("# ")
            if directive in ("if", "ifdef", "ifndef"):
                value = known.get(words[0]) if len(words) == 1 else None
                if value is not None and directive == "ifndef":
                    value = not value
                stack.append(value)
                keep = value is None
            elif directive in ("else", "endif"):
                value = stack[-1]
                keep = value is None
                if directive == "endif":
                    stack.pop()
                elif value is not None:
                    stack[-1] = not value
        if keep and all(value is not False for value in stack):
            result.extend(tokens[index:end])
        index = end
    return result


def _end_of_line(tokens: Sequence[Token], start: int) -> int:
    """The index after the last token on the line of `start`."""
    end = start + 1
    while end < len(tokens) and tokens[end].line == tokens[start].line:
        end += 1
    return end


def load_generator_modules(directory: Path) -> Any:
    """The base's `analyzer` module; UserError if `directory` does not hold it."""
    if not (directory / "analyzer.py").is_file():
        raise UserError(f"{directory} has no analyzer.py; name the base's Tools/cases_generator with --cases-generator")
    sys.path.insert(0, str(directory))
    try:
        return importlib.import_module("analyzer")
    finally:
        sys.path.remove(str(directory))


def _token(token: Any) -> Token:
    return Token(token.kind, token.text, token.line, token.column, token.end_line, token.end_column)


def _item(item: Any) -> Item:
    ctype = (item.type or "PyObject *").strip()
    array = item.size != "1"
    return Item(item.name, ctype, item.size, array, item.peek, item.condition or "")


def convert_uop(uop: Any, origin: str) -> Uop:
    """The base generator's Uop as one of ours; `origin` is the file that defines it."""
    return Uop(
        name=uop.name.removeprefix("_"),
        inputs=tuple(_item(i) for i in uop.stack.inputs),
        outputs=tuple(_item(i) for i in uop.stack.outputs),
        caches=tuple(Cache(c.name, c.size) for c in uop.caches),
        body=tuple(_token(t) for t in uop.body[1:-1]),
        annotations=tuple(uop.annotations),
        origin=origin,
    )


def _resolve(items: Iterable[Item], low_bit: int | None, oparg: int | None) -> tuple[Item, ...]:
    """The stack effect once the low bit or all of oparg is known; absent items go."""
    result: list[Item] = []
    for item in items:
        condition, size = item.condition, item.size
        if low_bit is not None and _LOW_BIT.match(condition):
            condition = str(low_bit)
        if condition == "0":
            continue
        if condition == "1":
            condition = ""
        if oparg is not None:
            size = _evaluate(size, oparg)
            if condition:
                raise UserError(f"a replica of a conditional operand: {item.name} if ({condition})")
        if condition:
            size = f"(({condition}) ? {size} : 0)"
        if item.name == "unused" and size.isdigit():
            result.extend([replace(item, condition="", size="1", array=False)] * int(size))
        else:
            result.append(replace(item, condition=condition, size=size))
    return tuple(result)


def _absent(parent: Uop, inputs: Iterable[Item], outputs: Iterable[Item]) -> tuple[str, ...]:
    """The names in the parent's stack effect that are in neither list."""
    present = {i.name for i in (*inputs, *outputs)}
    return tuple(sorted({i.name for i in (*parent.inputs, *parent.outputs)} - present - {"unused"}))


def _evaluate(expression: str, oparg: int) -> str:
    """A size expression with oparg known (only integers and `+ - * & >>`); ValueError if negative."""
    text = re.sub(r"\boparg\b", str(oparg), expression)
    if not re.fullmatch(r"[0-9xXA-Fa-f\s+*&()<>-]+", text):
        raise UserError(f"cannot evaluate the stack effect size {expression!r}")
    value = int(eval(text))  # the characters are checked above
    if value < 0:
        raise ValueError(expression)
    return str(value)


def why_not_viable(uop: Uop) -> str | None:
    """Why a micro-op cannot be part of a trace, or None if it can."""
    if "tier1" in uop.annotations:
        return "is marked tier1"
    if "specializing" in uop.annotations:
        return "specializes"
    if "replaced" in uop.annotations:
        return "is replaced by a guard"
    if "INSTRUMENTED" in uop.name:
        return "is instrumented"
    words = uop.words()
    for word in _FOREIGN_WORDS:
        if word in words:
            return "belongs to the base's own tier 2"
    for word, reason in _TIER1_WORDS.items():
        if word in words:
            return reason
    if any(t.kind in ("GOTO", "RETURN") for t in strip_asserts(uop.body)):
        return "leaves by goto or return"
    named = [c for c in uop.caches if c.name != "unused"]
    if len(named) > 1:
        return "has more than one cache operand"
    if named and named[0].size not in CACHE_SIZES:
        return f"has a cache operand of {named[0].size} code units"
    return None


def is_super(uop: Uop) -> bool:
    """Is it two instructions in one, with half of oparg each?"""
    return "oparg1" in uop.words()


def make_replicas(uop: Uop) -> list[Uop]:
    """The micro-op itself (with `children` set) followed by its replicas, in enum order."""
    replicas: list[Uop] = []
    if uop.low_bit_dependent:
        for bit in (0, 1):
            inputs, outputs = _resolve(uop.inputs, bit, None), _resolve(uop.outputs, bit, None)
            replicas.append(
                replace(
                    uop,
                    name=f"{uop.name}_{bit}",
                    inputs=inputs,
                    outputs=outputs,
                    low_bit=bit,
                    parent=uop.name,
                    absent=_absent(uop, inputs, outputs),
                )
            )
        parent = replace(uop, children=tuple(r.name for r in replicas))
        return [parent, *replicas]
    general = replace(uop, inputs=_resolve(uop.inputs, None, None), outputs=_resolve(uop.outputs, None, None))
    annotated = next((int(a[10:-1]) for a in uop.annotations if a.startswith("replicate(")), 0)
    # Only stack effects profit: a hole is as good as a constant elsewhere.
    has_array = any(i.array for i in (*uop.inputs, *uop.outputs))
    count = REGISTER_REPLICAS.get(uop.name, annotated) if has_array else 0
    for oparg in range(count):
        name = f"{uop.name}_{oparg}"
        try:
            inputs, outputs = _resolve(uop.inputs, None, oparg), _resolve(uop.outputs, None, oparg)
        except ValueError:  # a negative size: there is no such oparg
            replicas.append(replace(general, name=name, parent=uop.name))
            continue
        replicas.append(
            replace(
                uop,
                name=name,
                inputs=inputs,
                outputs=outputs,
                oparg=oparg,
                parent=uop.name,
                absent=_absent(uop, inputs, outputs),
            )
        )
    return [replace(general, children=tuple(r.name for r in replicas)), *replicas]


def borrowing(uop: Uop) -> Uop:
    """The form of a micro-op that leaves its operands' references alone; UserError if it has no such form.

    Only statements that release an input as a whole go: `Py_DECREF(owner->x);` stays.
    """
    consumed = [i.name for i in uop.inputs if not i.peek]
    released: list[str] = []
    body: list[Token] = []
    tokens = strip_asserts(uop.body)
    index = 0
    while index < len(tokens):
        token = tokens[index]
        end = close_paren(tokens, index + 1) if index + 1 < len(tokens) and tokens[index + 1].text == "(" else index
        if token.text == "DECREF_INPUTS":
            released += consumed
        elif token.text in _RELEASES and tokens[index + 2].text in consumed and tokens[index + 3].text in (",", ")"):
            released.append(tokens[index + 2].text)
        elif token.text == "DECREF_INPUTS_AND_REUSE_FLOAT":
            released += [tokens[index + 2].text, tokens[index + 4].text]
            body += [replace(token, text="JIT_NEW_FLOAT"), *tokens[index + 1 : end + 1]]
        else:
            body.append(token)
            end = index
        index = end + 1  # (the semicolon stays)
    if not released or any(i.array for i in uop.inputs):
        raise UserError(f"{uop.name}: no form of it can leave its operands' references alone")
    return replace(uop, name=f"{uop.name}_B", body=tuple(body), children=(), borrowed=tuple(dict.fromkeys(released)))


def total(items: Iterable[Item]) -> int | None:
    """The number of cells of all items, or None if it depends on oparg."""
    result = 0
    for item in items:
        if item.count is None:
            return None
        result += item.count
    return result


def size_expression(items: Iterable[Item]) -> str:
    """The number of cells of all items as a C expression."""
    constant = 0
    terms: list[str] = []
    for item in items:
        if item.count is None:
            terms.append(item.size if re.fullmatch(r"\w+|\(\(.*\)", item.size) else f"({item.size})")
        else:
            constant += item.count
    if constant or not terms:
        terms.insert(0, str(constant))
    return " + ".join(terms)


def touches_stack_memory(uop: Uop) -> bool:
    """Does the body name the stack pointer or change the frame, so that memory must be in order?"""
    words = uop.words()
    return bool(
        words & {"stack_pointer", "LOAD_SP", "_PyFrame_SetStackPointer", "PEEK", "STACK_LEVEL", "EMPTY", "TOP", "JIT_JUMP_INDIRECT"}
    )


def shape_of(uop: Uop) -> Shape:
    """Registers and memory cells of a micro-op (see Shape)."""
    inputs = tuple(i for i in uop.inputs if i.count != 0)
    outputs = tuple(i for i in uop.outputs if i.count != 0)
    n_in, n_out = total(inputs), total(outputs)
    in_registers = all(not i.array for i in outputs) and uop.name not in INPUTS_IN_MEMORY
    if n_in is not None and n_out is not None and in_registers and n_in <= CACHE_REGISTERS and n_out <= CACHE_REGISTERS:
        depths = {
            depth: depth - n_in + n_out for depth in range(n_in, CACHE_REGISTERS + 1) if depth - n_in + n_out <= CACHE_REGISTERS
        }
        if touches_stack_memory(uop) or uop.name in MANY_REGISTERS:
            depths = {n_in: n_out}
        return Shape((), inputs, (), outputs, depths)
    cut_in = max(_last_memory_item(inputs), INPUTS_IN_MEMORY.get(uop.name, 0))
    cut_out = _last_memory_item(outputs)
    # A peeked cell stays where it is: the same cells are in memory before and after.
    peeked = sum(1 for i in inputs[:cut_in] if i.peek)
    cut_out = max(cut_out, min(peeked, len(outputs)))
    register_in, register_out = inputs[cut_in:], outputs[cut_out:]
    return Shape(inputs[:cut_in], register_in, outputs[:cut_out], register_out, {len(register_in): len(register_out)})


def _last_memory_item(items: Sequence[Item]) -> int:
    """How many items, counted from the bottom, must be in memory."""
    cut = 0
    for index, item in enumerate(items):
        if item.array or item.count is None:
            cut = index + 1
    return max(cut, len(items) - CACHE_REGISTERS)
