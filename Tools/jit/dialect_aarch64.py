"""AArch64: branches and their reach, stack discipline, and how a hole's value gets into a register.

Conditional branches reach 1 MiB (tbz 32 KiB), so between the parts of a
trace only those with the longer reach are used; the others hop over an
unconditional branch, and so do all on Mach-O, which has no relocation for
them.
"""

import re

from assembly import Branch, Frame, Function, Holes, Stats, StencilError
from targets import Target

INVERSE = {"eq": "ne", "cs": "cc", "hs": "lo", "mi": "pl", "vs": "vc", "hi": "ls", "ge": "lt", "gt": "le"}
INVERSE |= {value: key for key, value in INVERSE.items()}
CONDITION = re.compile(r"(b\.(?P<cc>\w\w)|(?P<z>cbn?z) [wx]\d+,|(?P<t>tbn?z) [wx]\d+, #\d+,) (\S+)$")
WIDE_MOVE = re.compile(r"mov[zk] \w+, #:abs_g([0-3])(?:_nc)?:(\w+)([+-]\d+)?$")
# On Windows, clang itself makes slots for holes, and may read only the low part of one.
NARROW_LOAD = re.compile(r"(ldr(?=\s+w)|ldrs?[hb]|ldrsw) ([xw])(\d+), (\[x\d+, :lo12:\.refptr\.\w+\])$")
EXTEND = {"ldr": "mov", "ldrsw": "sxtw", "ldrh": "uxth", "ldrb": "uxtb", "ldrsh": "sxth", "ldrsb": "sxtb"}
SP = re.compile(r"\b(w?sp)\b")
FRAME = re.compile(r"\b(x29|w29|fp)\b")
NEGATIVE = re.compile(r"\[sp, #-\d+\](?!!)")
CLOSE = ("_JIT_EXIT", "_JIT_JUMP")  # always in the same trace as the branch


class AArch64:
    """The dialect object that assembly.py asks for."""

    def __init__(self, target: Target) -> None:
        self.macho = target.format == "macho"
        self.comment = ";" if self.macho else "//"
        self.floating = re.compile(r"\b[bhsdqv]\d+\b")
        self.stack = re.compile(r"\b(w?sp|[xw](29|30)|fp|lr)\b")
        self.frame_enter: tuple[str, ...] = ("stp x29, x30, [sp, #-16]!", "mov x29, sp")
        self.frame_leave = "ldp x29, x30, [sp], #16"

    def parse_branch(self, line: str) -> Branch | None:
        """`b.cc target`, `cbz reg, target`, `tbz reg, #bit, target`."""
        match = CONDITION.match(line)
        return Branch(match[1], match[5]) if match else None

    def parse_jump(self, line: str) -> str | None:
        """`b target`."""
        match = re.match(r"b (\S+)$", line)
        return match[1] if match else None

    def leaves(self, line: str) -> bool:
        """Returns, indirect jumps and traps."""
        return bool(re.match(r"(ret\b|br x|brk\b|udf\b|hlt\b)", line))

    def invert(self, branch: Branch, target: str) -> Branch | None:
        """The opposite condition, bit or zero test."""
        head = branch.head
        if head.startswith("b."):
            return Branch(f"b.{INVERSE[head[2:]]}", target) if head[2:] in INVERSE else None
        new = head.replace("bnz ", "bz ", 1) if "bnz " in head else head.replace("bz ", "bnz ", 1)
        return Branch(new, target)

    def branch(self, branch: Branch) -> str:
        """A conditional branch."""
        return f"{branch.head} {branch.target}"

    def jump(self, target: str) -> str:
        """`b target`."""
        return f"b {target}"

    def cross(self, branch: Branch, inner: bool, label: str) -> list[str]:
        """A conditional branch to another part (`inner`) or to a symbol, within the reach of the relocations."""
        if not self.macho and not branch.head.startswith("tb") and (inner or branch.target in CLOSE):
            return [self.branch(branch)]
        opposite = self.invert(branch, label)
        if opposite is None:
            raise StencilError(f"no opposite of {branch.head}")
        return [self.branch(opposite), self.jump(branch.target), f"{label}:"]

    def callee(self, line: str) -> str | None:
        """`bl symbol`, or '*' for a call through a register."""
        match = re.match(r"bl (\S+)$", line)
        return match[1] if match else "*" if line.startswith("blr ") else None

    def rewrite(self, function: Function, holes: Holes) -> None:
        """Two instead of four moves for small holes; slots are read as a whole."""
        for block in function.blocks:
            body: list[str] = []
            for line in block.body:
                if (move := WIDE_MOVE.match(line)) and holes.small_value(move[2]):
                    if move[1] in "23":
                        continue
                    line = line.replace("#:abs_g1:", "#:abs_g1_nc:")
                if narrow := NARROW_LOAD.match(line):
                    mnemonic, size, number, address = narrow.groups()
                    body.append(f"ldr x{number}, {address}")
                    line = f"{EXTEND[mnemonic]} {size}{number}, w{number}"
                body.append(line)
            block.body = body

    def check(self, function: Function) -> Stats:
        """Follow the stack pointer through every block: balanced, never below it, x29 only as frame pointer."""
        stats = Stats()
        start: dict[str, int] = {}
        blocks = {block.label: block for block in function.blocks}
        pending = [(function.blocks[0].label, 0)]
        frame: int | None = None
        calls = any(self.callee(line) is not None for line in function.instructions())
        saved = any(re.match(r"(stp|str) .*\bx29, .*\[sp", line) for line in function.instructions())
        for line in function.instructions():
            # Saved, x29 may hold anything until it is restored, but not across a call.
            if FRAME.search(line) and not self.frame_use(line) and (calls or not saved):
                raise StencilError(f"{function.name}: uses x29 as a general register ({line})")
        while pending:
            label, depth = pending.pop()
            if label not in blocks:
                if depth:
                    raise StencilError(f"{function.name}: jumps to {label} with {depth} bytes left on the stack")
                continue
            if label in start:
                if start[label] != depth:
                    raise StencilError(f"{function.name}: stack depth differs between the ways to {label}")
                continue
            start[label] = depth
            block = blocks[label]
            for line in block.body:
                depth, frame = self.step(function.name, line, depth, frame)
                stats.stack = max(stats.stack, depth)
                if self.callee(line) is not None:
                    stats.calls = True
                elif re.match(r"(ret\b|br x)", line) and depth:
                    raise StencilError(f"{function.name}: leaves with {depth} bytes left on the stack ({line})")
            pending += [(each, depth) for each in block.successors()]
        return stats

    def frames(self, function: Function) -> list[Frame]:
        """Not yet: nothing unwinds here."""
        return []

    def frame_use(self, line: str) -> bool:
        """Whether x29 is used as a frame pointer is: saved, restored, set from sp, or a base."""
        return bool(
            re.match(r"(str|ldr|stp|ldp) (x\d+, )?x29, (x\d+, )?\[sp", line)
            or re.match(r"mov x29, sp$|add x29, sp, #\d+$|mov sp, x29$|sub sp, x29, #\d+$", line)
            or re.match(r"(sub|add) x(?!29)\d+, x29, #\d+$|mov x(?!29)\d+, x29$", line)
            or re.match(r"(ld|st)u?[rp]\w* [^\[]*\[x29(, #-?\d+)?\]$", line)
        )

    def step(self, name: str, line: str, depth: int, frame: int | None) -> tuple[int, int | None]:
        """Stack depth in bytes and the depth that x29 points at, after one instruction."""
        if not SP.search(line):
            return depth, frame
        if NEGATIVE.search(line):
            raise StencilError(f"{name}: reaches below the stack pointer ({line})")
        if match := re.search(r"\[sp, #(-?\d+)\]!$", line):
            return self.moved(name, line, depth - int(match[1])), frame
        if match := re.search(r"\[sp\], #(-?\d+)$", line):
            return self.moved(name, line, depth - int(match[1])), frame
        if match := re.match(r"(sub|add) sp, sp, #(\d+)(, lsl #12)?$", line):
            size = int(match[2]) << (12 if match[3] else 0)
            return self.moved(name, line, depth + (size if match[1] == "sub" else -size)), frame
        if line == "mov x29, sp":
            return depth, depth
        if match := re.match(r"add x29, sp, #(\d+)$", line):
            return depth, depth - int(match[1])
        if line == "mov sp, x29" and frame is not None:
            return frame, frame
        if (match := re.match(r"sub sp, x29, #(\d+)$", line)) and frame is not None:
            return frame + int(match[1]), frame
        if re.search(r"\[sp(, #\d+)?\]$", line) or re.match(r"(mov|add) x\d+, sp(, #\d+)?$", line):
            return depth, frame
        raise StencilError(f"{name}: unknown use of the stack pointer ({line})")

    def moved(self, name: str, line: str, depth: int) -> int:
        """A new stack depth, which must not be above the start nor misaligned."""
        if depth < 0 or depth % 16:
            raise StencilError(f"{name}: stack depth {depth} after {line}")
        return depth
