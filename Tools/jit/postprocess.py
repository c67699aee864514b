"""Puts the blocks of each stencil in their final order: hot code that falls through to what follows, then cold code.

Takes the functions of one unit; gives assembly text with two code sections
(hot and cold), in which the labels `jit_hot_N` and `jit_cold_N` open the parts
of stencil N.  Invariants given: no hot part jumps to _JIT_CONTINUE (its end is
the continuation); nothing enters a stencil but at the start of its hot part;
functions that a stencil calls and that are local to the source are copied
behind its cold blocks.

Why on text: the assembler then chooses short jumps within a part and writes
relocations between parts, and no instruction decoder is needed.

    testq %rax, %rax        testq %rax, %rax        (hot)
    je    .L1               je    .L1
    jmp   _JIT_CONTINUE
    .L1:                    .L1:                    (cold)
    jmp   _JIT_ERROR        jmp   _JIT_ERROR
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import stencil_frame
from assembly import Block, Branch, Dialect, Frame, Function, Holes, Stats, StencilError, Unit, references, rename
from targets import Target

CONTINUE = "_JIT_CONTINUE"
STENCIL = re.compile(r"_JIT_(STENCIL_|SHIM)")


@dataclass
class Piece:
    """One stencil's text in two parts, and what the check found."""

    name: str  # without the _JIT_ prefix
    hot: list[str]
    cold: list[str]
    stats: Stats
    helpers: list[str] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)  # of the shim: number M holds from the label `jit_frame_N_M` on


@dataclass
class Layout:
    """All stencils of a unit and the text to assemble."""

    pieces: list[Piece]
    text: str


SECTIONS = {
    "elf": ('.section .text.jit_hot,"ax",@progbits', '.section .text.jit_cold,"ax",@progbits'),
    "macho": (".section __TEXT,__jit_hot,regular,pure_instructions", ".section __TEXT,__jit_cold,regular,pure_instructions"),
    "coff": ('.section .text$jit_hot,"xr"', '.section .text$jit_cold,"xr"'),
}


def process(unit: Unit, target: Target, dialect: Dialect, holes: Holes) -> Layout:
    """Lay out all stencils of a unit; raises StencilError naming the first bad one."""
    prefix = "_" if target.underscore else ""
    stencils = [each for each in unit.functions if STENCIL.match(each.name.removeprefix(prefix))]
    helpers = {each.name: each for each in unit.functions if not STENCIL.match(each.name.removeprefix(prefix))}
    for function in unit.functions:
        dialect.rewrite(function, holes)
    pieces: list[Piece] = []
    text = list(unit.data)
    hot_section, cold_section = SECTIONS[target.format]
    hot_text, cold_text = [hot_section], [cold_section]
    for number, function in enumerate(stencils):
        piece = lay_out(function, helpers, number, target, dialect)
        pieces.append(piece)
        hot_text += [f"jit_hot_{number}:", *piece.hot]
        cold_text += [f"jit_cold_{number}:", *piece.cold]
    text += [*hot_text, f"jit_hot_{len(pieces)}:", *cold_text, f"jit_cold_{len(pieces)}:"]
    return Layout(pieces, "\n".join(text) + "\n")


def lay_out(function: Function, helpers: dict[str, Function], number: int, target: Target, dialect: Dialect) -> Piece:
    """Hot and cold text of one stencil, its local functions included."""
    prefix, local = "_" if target.underscore else "", target.local
    plain = function.name.removeprefix(prefix)
    shim = plain.startswith("_JIT_SHIM")
    stats = dialect.check(function)
    lines = list(function.instructions())
    stats.clobbers = any(dialect.callee(line) is not None or dialect.floating.search(line) for line in lines)
    thread(function)
    frames = mark(function, dialect.frames(function), number) if shim else []
    end = f"{local}jit_end_{number}"
    next_symbol = prefix + CONTINUE
    hot, cold = function.blocks, list[Block]()
    if not shim:
        invert_exits(function, next_symbol, dialect)
        hot, cold = split(function, next_symbol)
        if (sunk := stencil_frame.sink(hot, cold, dialect, f"{local}jit_sunk_{number}_")) is not None:
            cold = sunk
            function.blocks = [*hot, *cold]
            dialect.check(function)
    stats.calls_hot = any(dialect.callee(line) is not None for block in hot for line in block.body)
    used = local_functions(function, helpers)
    names = {function.blocks[0].label: f"{local}jit_entry_{number}"}
    # A COFF relocation cannot add to an address, so what the other part refers to needs a symbol of its own there.
    shared = "" if target.format == "coff" else local
    for index, label in enumerate(sorted(crossing(hot, cold) | crossing(cold, hot))):
        names[label] = f"{shared}jit_at_{number}_{index}"
    fresh = (f"{local}jit_hop_{number}_{count}" for count in itertools.count())
    inner = function.labels()
    hot_lines = emit(hot, next_symbol, end, names, inner, fresh, dialect)
    cold_lines = emit(cold, None, next_symbol, names, inner, fresh, dialect)
    for index, helper in enumerate(used):
        dialect.check(helper)
        own = {
            block.label: f"{local if position else shared}jit_local_{number}_{index}_{position}"
            for position, block in enumerate(helper.blocks)
        }
        cold_lines += emit(helper.blocks, None, next_symbol, own, helper.labels(), fresh, dialect)
        names[helper.name] = own[helper.name]
    calls = {helper.name: names[helper.name] for helper in used}
    if calls:
        hot_lines = [rename(line, calls) for line in hot_lines]
        cold_lines = [rename(line, calls) for line in cold_lines]
    return Piece(plain.removeprefix("_JIT_"), hot_lines, cold_lines, stats, [helper.name for helper in used], frames)


def mark(function: Function, frames: list[Frame], number: int) -> list[Frame]:
    """Put labels where the frame becomes another one; gives the frame from each label on."""
    changes: list[Frame] = []
    if frames:
        block = function.blocks[0]
        body, block.body = block.body, []
        for line, frame in zip(body, frames, strict=True):
            if not changes or frame != changes[-1]:
                block.body.append(f"jit_frame_{number}_{len(changes)}:")
                changes.append(frame)
            block.body.append(line)
    return changes


def thread(function: Function) -> None:
    """Blocks that do nothing but jump are skipped; those that nothing reaches any more go."""
    empty = {
        block.label: block.target
        for block in function.blocks
        if not block.body and block.branch is None and block.target is not None
    }

    def goal(target: str) -> str:
        seen: set[str] = set()
        while target in empty and target not in seen:
            seen.add(target)
            target = empty[target] or target
        return target

    for block in function.blocks:
        if block.branch:
            block.branch = Branch(block.branch.head, goal(block.branch.target))
        if block.target is not None:
            block.target = goal(block.target)
        if block.branch and block.branch.target == block.target:
            block.branch = None
    reached = {function.blocks[0].label}
    pending = [function.blocks[0]]
    by_label = {block.label: block for block in function.blocks}
    while pending:
        for label in pending.pop().successors():
            if label in by_label and label not in reached:
                reached.add(label)
                pending.append(by_label[label])
    function.blocks = [block for block in function.blocks if block.label in reached]


def crossing(part: list[Block], other: list[Block]) -> set[str]:
    """Labels in `other` that blocks of `part` go to."""
    return {each for block in part for each in block.successors()} & {block.label for block in other}


def invert_exits(function: Function, next_symbol: str, dialect: Dialect) -> None:
    """`jcc CONTINUE; jmp elsewhere` becomes `jncc elsewhere; jmp CONTINUE` where elsewhere never continues, or calls first."""
    good = reaching(function, {next_symbol}) - calling(function, dialect)
    for block in function.blocks:
        if block.branch and block.branch.target == next_symbol and block.target is not None and block.target not in good:
            inverted = dialect.invert(block.branch, block.target)
            if inverted is not None:
                block.branch, block.target = inverted, next_symbol


def calling(function: Function, dialect: Dialect) -> set[str]:
    """Labels from which every way out of the function makes a call."""
    found = {block.label for block in function.blocks if any(dialect.callee(line) is not None for line in block.body)}
    changed = True
    while changed:
        changed = False
        for block in function.blocks:
            ends = block.successors()
            if block.label not in found and ends and all(each in found for each in ends):
                found.add(block.label)
                changed = True
    return found


def reaching(function: Function, goals: set[str]) -> set[str]:
    """The goals and all labels from which one of them can be reached."""
    found = set(goals)
    changed = True
    while changed:
        changed = False
        for block in function.blocks:
            if block.label not in found and any(each in found for each in block.successors()):
                found.add(block.label)
                changed = True
    return found


def split(function: Function, next_symbol: str) -> tuple[list[Block], list[Block]]:
    """Hot blocks (clang's order, up to the first way out to the continuation) and the others."""
    targets = {each for block in function.blocks for each in block.successors()}
    if next_symbol in targets:
        good = reaching(function, {next_symbol})
        last = next((block for block in function.blocks if block.target == next_symbol), None)
        if last is None:
            return list(function.blocks), []
    else:
        jump = next_symbol.replace(CONTINUE, "_JIT_JUMP")
        leaving = {block.label for block in function.blocks if block.target is None or block.target == jump}
        if not leaving:
            return list(function.blocks), []
        good = reaching(function, leaving)
        last = next(block for block in function.blocks if block.label in leaving)
    position = function.blocks.index(last)
    hot = [block for block in function.blocks[: position + 1] if block.label in good or block is function.blocks[0]]
    chosen = {block.label for block in hot}
    return hot, [block for block in function.blocks if block.label not in chosen]


def local_functions(function: Function, helpers: dict[str, Function]) -> list[Function]:
    """Functions of the source itself that the stencil needs, in order of first use."""
    found: dict[str, Function] = {}
    pending = [function]
    while pending:
        current = pending.pop(0)
        lines = [*current.instructions(), *(each for block in current.blocks for each in block.successors())]
        for line in lines:
            for name in sorted(references(line) & helpers.keys()):
                if name not in found:
                    found[name] = helpers[name]
                    pending.append(helpers[name])
    return list(found.values())


def emit(
    blocks: list[Block],
    end_symbol: str | None,
    end: str,
    names: dict[str, str],
    inner: set[str],
    fresh: Iterator[str],
    dialect: Dialect,
) -> list[str]:
    """Text of blocks in the given order, with the jumps that this order needs.

    With `end_symbol`, the text falls through to it: jumps there go to the
    label `end`, which is put last.  `inner` are the labels of both parts.
    """
    lines: list[str] = []
    here = {block.label for block in blocks} | {end_symbol}
    ended = False

    def place(target: str) -> str:
        nonlocal ended
        ended = ended or target == end_symbol
        return end if target == end_symbol else names.get(target, target)

    for position, block in enumerate(blocks):
        following = blocks[position + 1].label if position + 1 < len(blocks) else end_symbol
        branch, target = block.branch, block.target
        if branch and branch.target == following and target is not None and target != following:
            inverted = dialect.invert(branch, target)
            if inverted is not None:
                branch, target = inverted, following
        lines.append(f"{names.get(block.label, block.label)}:")
        lines += block.body
        if branch and branch.target != target:
            placed = Branch(branch.head, place(branch.target))
            lines += (
                [dialect.branch(placed)] if branch.target in here else dialect.cross(placed, branch.target in inner, next(fresh))
            )
        if target is not None and target != following:
            lines.append(dialect.jump(place(target)))
    if ended:
        lines.append(f"{end}:")
    return lines


def check_pieces(pieces: list[Piece]) -> None:
    """Names must be unique; raises StencilError."""
    seen: set[str] = set()
    for piece in pieces:
        if piece.name in seen:
            raise StencilError(f"{piece.name}: defined twice")
        seen.add(piece.name)
