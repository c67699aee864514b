"""Assembly text as functions of basic blocks, and back: the shape that postprocess.py works on.

Takes clang's text (one instruction a line); gives functions whose blocks
name their successors explicitly, so that blocks can be put in any order.
What a processor's instructions look like is the business of a dialect
(dialect_x86_64.py, dialect_aarch64.py).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

SYMBOL = re.compile(r"[A-Za-z_.][\w.$]*")
LABEL = re.compile(r'^("?)([A-Za-z_.$?][\w.$?@]*)\1:')
CODE_SECTION = re.compile(r"\.text\b|\.section\s+(\.text|__TEXT,__text\b)")
SECTION = re.compile(r"\.(text|data|bss|section|cstring|literal\d+|const|static_data|subsections_via_symbols)\b")
PASSED_ON = re.compile(r"\.(comm|lcomm|local|zerofill|tbss|weak|set)\b")
DROPPED = (".type", ".size", ".globl", ".ident", ".addrsig", ".file", ".def", ".scl", ".endef", ".build_version")

IGNORED_LABEL = re.compile(r"\.?L(func_end|loh)\d+$")


class StencilError(Exception):
    """A function that cannot become a stencil; the message names it."""


@dataclass(frozen=True)
class Branch:
    """A conditional branch: what stands before the target, and the target (label or symbol)."""

    head: str
    target: str


@dataclass
class Block:
    """Straight code, then at most one conditional branch, then a successor (None: the last instruction leaves)."""

    label: str
    body: list[str] = field(default_factory=list)
    branch: Branch | None = None
    target: str | None = None

    def successors(self) -> list[str]:
        """Labels and symbols that control may reach next."""
        ends = [self.branch.target] if self.branch else []
        return ends + ([self.target] if self.target is not None else [])


@dataclass
class Function:
    """One function: its symbol and its blocks, entry first."""

    name: str
    blocks: list[Block] = field(default_factory=list)

    def labels(self) -> set[str]:
        """Labels of all blocks."""
        return {block.label for block in self.blocks}

    def instructions(self) -> Iterator[str]:
        """All instructions that are not branches or jumps between blocks."""
        for block in self.blocks:
            yield from block.body


@dataclass
class Unit:
    """One translation unit: the functions and everything else (data sections), verbatim."""

    functions: list[Function]
    data: list[str]


@dataclass
class Stats:
    """What a check found out about one function: bytes of stack used, and whether it calls anything."""

    stack: int = 0
    calls: bool = False
    calls_hot: bool = False
    clobbers: bool = False  # floating-point registers, or calls what may


@dataclass(frozen=True)
class Frame:
    """How to get from an instruction to the caller.  The frame's end is register + offset; registers have DWARF's numbers.

    `saved` are the registers that are in memory, the return address included, and the bytes from there to the frame's end.
    """

    register: int
    offset: int
    saved: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Holes:
    """Names of holes in the assembly text: `small` ones take 32 bits; code is what can only be jumped to."""

    prefix: str  # of every C symbol: _ or nothing
    small: frozenset[str]
    code: frozenset[str] = frozenset(
        {"_JIT_CONTINUE", "_JIT_EXIT", "_JIT_ERROR", "_JIT_ERROR_POPPED", "_JIT_JUMP"}
        | {"_JIT_DEALLOC", "_JIT_DEALLOC_INT", "_JIT_DEALLOC_FLOAT", "_JIT_INCREF", "_JIT_DECREF"}
        | {"_JIT_NEW_FLOAT", "_JIT_NEW_INT"}
    )

    def data(self, symbol: str) -> bool:
        """Whether a symbol (an offset may follow) stands for a value."""
        name = re.split(r"[+-]", symbol)[0].removeprefix(self.prefix)
        return name.startswith("_JIT_") and name not in self.code

    def small_value(self, symbol: str) -> bool:
        """Whether a symbol stands for a value of at most 32 bits."""
        return self.data(symbol) and re.split(r"[+-]", symbol)[0].removeprefix(self.prefix) in self.small


class Dialect(Protocol):
    """What the generic code needs to know about a processor."""

    comment: str
    floating: re.Pattern[str]  # a floating-point register
    stack: re.Pattern[str]  # whatever has to do with the stack
    frame_enter: tuple[str, ...]  # the instructions that set up a frame, which hold no more than the caller's place
    frame_leave: str  # the one that gives it up

    def parse_branch(self, line: str) -> Branch | None:
        """The conditional branch on this line, if it is one."""

    def parse_jump(self, line: str) -> str | None:
        """The target of an unconditional direct jump, if the line is one."""

    def leaves(self, line: str) -> bool:
        """Whether control never goes on to the next line (return, indirect jump, trap)."""

    def invert(self, branch: Branch, target: str) -> Branch | None:
        """The branch to `target` on the opposite condition; None when there is none."""

    def branch(self, branch: Branch) -> str:
        """The text of a conditional branch."""

    def jump(self, target: str) -> str:
        """The text of an unconditional jump."""

    def callee(self, line: str) -> str | None:
        """The symbol that a call on this line goes to, '*' for an indirect one, None when it is no call."""

    def cross(self, branch: Branch, inner: bool, label: str) -> list[str]:
        """A conditional branch to the other part (`inner`) or to a symbol; `label` is free to use."""

    def rewrite(self, function: Function, holes: Holes) -> None:
        """Change instructions that could not be relocated at run time; raises StencilError."""

    def check(self, function: Function) -> Stats:
        """Verify use of stack and frame pointer; raises StencilError."""

    def frames(self, function: Function) -> list[Frame]:
        """The frame before each instruction of the shim; empty where nothing unwinds yet.  Raises StencilError."""


NEVER_RETURN = re.compile(
    r"_*(abort|exit|_exit|_Py_FatalErrorFunc|_Py_FatalErrorFormat|assert_fail|assert_rtn|_assert_fail|_wassert|stack_chk_fail)$"
)


def strip_comment(line: str, comment: str) -> str:
    """The line without its comment; string literals do not occur in code."""
    if '"' in line:
        return line.strip()
    position = line.find(comment)
    return (line if position < 0 else line[:position]).strip()


def parse(text: str, dialect: Dialect, local: str) -> Unit:
    """Split a unit's text into functions and data; `local` opens the assembler's own labels (.L or L).

    Raises StencilError on what no stencil may hold.
    """
    functions: list[Function] = []
    data: list[str] = []
    lines: list[str] | None = None
    in_code = False
    name = ""

    def finish() -> None:
        if lines is not None:
            functions.append(build(name, lines, dialect, local))

    for raw in text.splitlines():
        line = raw.strip() if not in_code else strip_comment(raw, dialect.comment)
        if PASSED_ON.match(line):
            data.append(raw)
            continue
        if SECTION.match(line):
            finish()
            lines = None
            in_code = bool(CODE_SECTION.match(line))
            if in_code or line.startswith(".subsections_via_symbols"):
                continue
        if not in_code:
            if not line.startswith(DROPPED):
                data.append(raw)
            continue
        while label := LABEL.match(line):
            if not label[2].startswith(local):
                finish()
                name, lines = label[2], []
            elif lines is not None and not IGNORED_LABEL.match(label[2]):
                lines.append(label[2] + ":")
            line = line[label.end() :].strip()
        if line and not line.startswith(".") and lines is not None:
            separate = [line] if dialect.comment == ";" else line.split(";")
            lines += [re.sub(r"\s+", " ", each.strip()) for each in separate if each.strip()]
        elif line.startswith((".quad", ".long", ".word", ".byte", ".ascii", ".asciz", ".octa")):
            raise StencilError(f"{name}: data between instructions ({line})")
    finish()
    return Unit(functions, data)


def build(name: str, lines: list[str], dialect: Dialect, local: str) -> Function:
    """Basic blocks with explicit successors from the lines of one function."""
    function = Function(name)
    aliases: dict[str, str] = {}
    function.blocks.append(Block(name))
    block: Block | None = function.blocks[0]
    fresh = 0

    def start(label: str) -> Block:
        new = Block(label)
        function.blocks.append(new)
        return new

    for line in lines:
        if line.endswith(":"):
            label = line[:-1]
            if block is not None and not block.body and block.branch is None and block.label.startswith(local):
                aliases[label] = block.label
                continue
            if block is not None:
                block.target = label
            block = start(label)
            continue
        if block is None:
            continue  # unreachable, as after a trap
        if block.branch is not None:
            jump = dialect.parse_jump(line)
            if jump is not None:
                block.target = jump
                block = None
                continue
            label = f"{local}jit_block_{name}_{fresh}"
            fresh += 1
            block.target = label
            block = start(label)
        if branch := dialect.parse_branch(line):
            block.branch = branch
        elif (jump := dialect.parse_jump(line)) is not None:
            block.target = jump
            block = None
        else:
            block.body.append(line)
            callee = dialect.callee(line)
            if dialect.leaves(line) or (callee is not None and NEVER_RETURN.match(callee)):
                block = None
    if block is not None and block.target is None:
        if block.branch is not None or not (block.body and dialect.callee(block.body[-1])):
            raise StencilError(f"{name}: control runs off the end of the function")
    for each in function.blocks:
        if each.target in aliases:
            each.target = aliases[each.target]
        if each.branch and each.branch.target in aliases:
            each.branch = Branch(each.branch.head, aliases[each.branch.target])
    return function


def rename(line: str, names: dict[str, str]) -> str:
    """The line with whole symbols replaced."""
    return SYMBOL.sub(lambda match: names.get(match[0], match[0]), line)


def references(line: str) -> set[str]:
    """Everything on an instruction's line that could be a symbol (mnemonic and registers included)."""
    return set(SYMBOL.findall(line))
