"""Takes the stack frame of a stencil that only calls on its cold path off the hot one.

Takes and gives the blocks of both parts (postprocess.py). Why here: clang sets up the frame at the function's entry
wherever hot and cold code meet again, or the cold path has several ways out.

    pushq %rbp              cmpq  $1, (%rsi)
    movq  %rsp, %rbp        jne   .Lenter
    cmpq  $1, (%rsi)        movq  %rdx, 16(%rsi)
    jne   .L1
    movq  %rdx, 16(%rsi)                                  (cold)
    popq  %rbp              .Lenter:
                            pushq %rbp
    (cold)                  movq  %rsp, %rbp
    .L1:                    .L1:
    callq f                 callq f
    popq  %rbp              popq  %rbp
    jmp   _JIT_CONTINUE     jmp   _JIT_CONTINUE

The instructions that move do not change flags, nor registers but those of the frame. Whatever else in hot code
knows of the stack, it stays as it is.
"""

from collections.abc import Callable

from assembly import Block, Branch, Dialect


def sink(hot: list[Block], cold: list[Block], dialect: Dialect, prefix: str) -> list[Block] | None:
    """Change the hot blocks; gives the cold ones, or None if the frame has to stay. Labels made here begin with `prefix`."""
    entry, known = hot[0], (*dialect.frame_enter, dialect.frame_leave)
    used = [line for block in hot for line in block.body if dialect.stack.search(line)]
    if any(entry.body.count(line) != 1 or used.count(line) != 1 for line in dialect.frame_enter):
        return None
    if any(line not in known for line in used) or any(dialect.callee(line) is not None for block in hot for line in block.body):
        return None
    inside = framed(hot, dialect)
    if len(inside) < len(hot):
        return None
    into = {block.label for block in cold}
    enter: dict[str, Block] = {}
    leave: dict[str, Block] = {}

    def entering(label: str) -> str:
        if label not in into:
            return label
        return enter.setdefault(label, Block(f"{prefix}enter_{len(enter)}", list(dialect.frame_enter), None, label)).label

    def leaving(label: str) -> str:
        if not inside.get(label):  # that of a cold block, or what needs no frame
            return label
        return leave.setdefault(label, Block(f"{prefix}leave_{len(leave)}", [dialect.frame_leave], None, label)).label

    for block in hot:
        within = (inside[block.label] or block is entry) and dialect.frame_leave not in block.body
        block.body = [line for line in block.body if line not in known]
        if within:
            redirect(block, entering)
    for block in cold:
        redirect(block, leaving)
    # What enters the frame falls through to where it goes.
    placed = [each for block in cold for each in ((enter[block.label], block) if block.label in enter else (block,))]
    return [*placed, *leave.values()]


def framed(hot: list[Block], dialect: Dialect) -> dict[str, bool]:
    """Whether the frame is there at the start of each hot block (but the entry) that hot code reaches."""
    blocks = {block.label: block for block in hot}
    found: dict[str, bool] = {hot[0].label: False}
    pending = [hot[0]]
    while pending:
        block = pending.pop()
        within = (found[block.label] or block is hot[0]) and dialect.frame_leave not in block.body
        for label in block.successors():
            if label in blocks and label not in found:
                found[label] = within
                pending.append(blocks[label])
    return found


def redirect(block: Block, change: Callable[[str], str]) -> None:
    """Change where a block goes."""
    if block.branch:
        block.branch = Branch(block.branch.head, change(block.branch.target))
    if block.target is not None:
        block.target = change(block.target)
