"""AArch64: branches and their reach, stack discipline, and how a hole's value gets into a register.

Conditional branches reach 1 MiB (tbz 32 KiB), so between the parts of a
trace only those with the longer reach are used; the others hop over an
unconditional branch, and so do all on Mach-O, which has no relocation for
them.

Unwinders (Python/jit/unwind.c) rely on frame pointers: where a stencil calls, x29 is the address of a pair of its
own in memory, the caller's x29 and x30, which is the return address into the shim. The shim's rules come from its code.
"""

import re
from dataclasses import dataclass, field, replace

from assembly import Branch, Frame, Function, Holes, Stats, StencilError
from targets import Target

INVERSE = {"eq": "ne", "cs": "cc", "hs": "lo", "mi": "pl", "vs": "vc", "hi": "ls", "ge": "lt", "gt": "le"}
INVERSE |= {value: key for key, value in INVERSE.items()}
CONDITION = re.compile(r"(b\.(?P<cc>\w\w)|(?P<z>cbn?z) [wx]\d+,|(?P<t>tbn?z) [wx]\d+, #\d+,) (\S+)$")
WIDE_MOVE = re.compile(r"mov[zk] \w+, #:abs_g([0-3])(?:_nc)?:(\w+)([+-]\d+)?$")
# On Windows, clang itself makes slots for holes, and may read only the low part of one.
NARROW_LOAD = re.compile(r"(ldr(?=\s+w)|ldrs?[hb]|ldrsw) ([xw])(\d+), (\[x\d+, :lo12:\.refptr\.\w+\])$")
EXTEND = {"ldr": "mov", "ldrsw": "sxtw", "ldrh": "uxth", "ldrb": "uxtb", "ldrsh": "sxth", "ldrsb": "sxtb"}
# On Windows, clang has the two in this order where it makes no unwind tables: no chain of frames.
SWAPPED = re.compile(r"(stp|ldp) x30, x29, ")
SP = re.compile(r"\b(w?sp)\b")
FRAME = re.compile(r"\b(x29|w29|fp)\b")
NEGATIVE = re.compile(r"\[sp, #-\d+\](?!!)")
STORE = re.compile(r"(?:stp|str) (?P<first>\w+), (?:(?P<second>\w+), )?\[sp(?:, #(?P<offset>-?\d+))?\](?P<writes>!)?$")
LOAD = re.compile(r"(?:ldp|ldr) (?P<first>\w+), (?:(?P<second>\w+), )?\[sp(?:, #(?P<offset>-?\d+))?\](?:, #-?\d+)?$")
DWARF = {f"x{number}": number for number in range(31)} | {f"d{number}": 64 + number for number in range(32)}
PRESERVED = [*(f"x{number}" for number in range(19, 31)), *(f"d{number}" for number in range(8, 16))]
STACK_POINTER = 31
CLOSE = ("_JIT_EXIT", "_JIT_JUMP")  # always in the same trace as the branch


@dataclass(frozen=True)
class Stack:
    """Bytes below the stack pointer at the start, by which x29 points below it, and where the pair x29, x30 is."""

    depth: int = 0
    frame: int | None = None
    pair: int | None = None


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
        """Two instead of four moves for small holes; slots are read as a whole; x29 lies below x30."""
        for block in function.blocks:
            body: list[str] = []
            for line in block.body:
                line = SWAPPED.sub(r"\1 x29, x30, ", line)
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
        start: dict[str, Stack] = {}
        blocks = {block.label: block for block in function.blocks}
        pending = [(function.blocks[0].label, Stack())]
        calls = any(self.callee(line) is not None for line in function.instructions())
        saved = any(re.match(r"(stp|str) .*\bx29, .*\[sp", line) for line in function.instructions())
        for line in function.instructions():
            # Saved, x29 may hold anything until it is restored, but not across a call.
            if FRAME.search(line) and not self.frame_use(line) and (calls or not saved):
                raise StencilError(f"{function.name}: uses x29 as a general register ({line})")
        while pending:
            label, stack = pending.pop()
            if label not in blocks:
                if stack.depth:
                    raise StencilError(f"{function.name}: jumps to {label} with {stack.depth} bytes left on the stack")
                continue
            if label in start:
                if start[label].depth != stack.depth:
                    raise StencilError(f"{function.name}: stack depth differs between the ways to {label}")
                if start[label] == stack or not calls:
                    continue
                raise StencilError(f"{function.name}: frames differ between the ways to {label}")
            start[label] = stack
            block = blocks[label]
            for line in block.body:
                stack = self.step(function.name, line, stack)
                stats.stack = max(stats.stack, stack.depth)
                if self.callee(line) is not None:
                    stats.calls = True
                    if stack.frame is None or stack.frame != stack.pair:
                        raise StencilError(f"{function.name}: calls without the frame that unwinding relies on ({line})")
                elif re.match(r"(ret\b|br x)", line) and stack.depth:
                    raise StencilError(f"{function.name}: leaves with {stack.depth} bytes left on the stack ({line})")
            pending += [(each, stack) for each in block.successors()]
        return stats

    def frames(self, function: Function) -> list[Frame]:
        """Follow the shim's code; every register that C wants back must be in memory at its call, and stay there."""
        name = function.name
        if len(function.blocks) != 1:
            raise StencilError(f"{name}: has branches, where its frame cannot be described")
        way = Way(name)
        found = []
        for line in function.instructions():
            found.append(way.frame())
            way.go(line, self.step(name, line, way.stack), self.callee(line) is not None)
        return found

    def frame_use(self, line: str) -> bool:
        """Whether x29 is used as a frame pointer is: saved, restored, set from sp, or a base."""
        return bool(
            re.match(r"(str|ldr|stp|ldp) (x\d+, )?x29, (x\d+, )?\[sp", line)
            or re.match(r"mov x29, sp$|add x29, sp, #\d+$|mov sp, x29$|sub sp, x29, #\d+$", line)
            or re.match(r"(sub|add) x(?!29)\d+, x29, #\d+$|mov x(?!29)\d+, x29$", line)
            or re.match(r"(ld|st)u?[rp]\w* [^\[]*\[x29(, #-?\d+)?\]$", line)
        )

    def step(self, name: str, line: str, stack: Stack) -> Stack:
        """The state of the stack after one instruction."""
        if re.match(r"(ldp|ldr) (x\d+, )?x29\b", line):
            stack = replace(stack, frame=None, pair=None)
        if not SP.search(line):
            return stack
        if NEGATIVE.search(line):
            raise StencilError(f"{name}: reaches below the stack pointer ({line})")
        depth = stack.depth
        if (match := re.search(r"\[sp(?:, #(\d+))?\]$", line)) and int(match[1] or "0") >= depth:
            # Another stencil's, which may come from code for another system: nobody has made room there.
            raise StencilError(f"{name}: reaches into the caller's frame ({line})")
        if match := re.search(r"\[sp, #(-?\d+)\]!$", line):
            stack = replace(stack, depth=self.moved(name, line, depth - int(match[1])))
            return replace(stack, pair=stack.depth) if line.startswith("stp x29, x30,") else stack
        if match := re.search(r"\[sp\], #(-?\d+)$", line):
            return replace(stack, depth=self.moved(name, line, depth - int(match[1])))
        if match := re.match(r"(sub|add) sp, sp, #(\d+)(, lsl #12)?$", line):
            size = int(match[2]) << (12 if match[3] else 0)
            return replace(stack, depth=self.moved(name, line, depth + (size if match[1] == "sub" else -size)))
        if line == "mov x29, sp":
            return replace(stack, frame=depth)
        if match := re.match(r"add x29, sp, #(\d+)$", line):
            return replace(stack, frame=depth - int(match[1]))
        if line == "mov sp, x29" and stack.frame is not None:
            return replace(stack, depth=stack.frame)
        if (match := re.match(r"sub sp, x29, #(\d+)$", line)) and stack.frame is not None:
            return replace(stack, depth=stack.frame + int(match[1]))
        if match := re.match(r"stp x29, x30, \[sp(?:, #(\d+))?\]$", line):
            return replace(stack, pair=depth - int(match[1] or 0))
        if re.search(r"\[sp(, #\d+)?\]$", line) or re.match(r"(mov|add) x\d+, sp(, #\d+)?$", line):
            return stack
        raise StencilError(f"{name}: unknown use of the stack pointer ({line})")

    def moved(self, name: str, line: str, depth: int) -> int:
        """A new stack depth, which must not be above the start nor misaligned."""
        if depth < 0 or depth % 16:
            raise StencilError(f"{name}: stack depth {depth} after {line}")
        return depth


@dataclass
class Way:
    """Through the shim: where the registers that C wants back are, as bytes below the stack pointer at the start."""

    name: str
    stack: Stack = Stack()
    saved: dict[str, int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)  # registers that may have changed

    def frame(self) -> Frame:
        """The frame's end is where the stack pointer was at the start."""
        base, depth = (STACK_POINTER, self.stack.depth) if self.stack.frame is None else (DWARF["x29"], self.stack.frame)
        return Frame(base, depth, tuple(sorted((DWARF[name], place) for name, place in self.saved.items())))

    def go(self, line: str, after: Stack, calls: bool) -> None:
        """Behind one more instruction, after which the stack is such; raises StencilError."""
        name, stored, loaded = self.name, STORE.match(line), LOAD.match(line)
        mentioned = {word.replace("w", "x") for word in re.findall(r"\b[xwd]\d+\b", line)}
        if stored:
            places = self.places(stored, after.depth if stored["writes"] else self.stack.depth, after.depth if stored["writes"] else None)
            if any(place - 8 < there < place + 8 for place in places.values() for there in self.saved.values()):
                raise StencilError(f"{name}: may change a register that it saved ({line})")
            self.saved.update({each: place for each, place in places.items() if each in PRESERVED and each not in self.seen})
            mentioned -= places.keys() & self.saved.keys()
        elif loaded:
            places = self.places(loaded, self.stack.depth, None)
            for each, place in places.items():
                if self.saved.get(each) == place:
                    del self.saved[each]
                    self.seen.discard(each)
                    mentioned.discard(each)
        elif "[" in line and not re.search(r"\[x29", line) and re.match(r"st", line):
            raise StencilError(f"{name}: may change a register that it saved ({line})")
        lost = sorted((mentioned & {*PRESERVED}) - self.saved.keys() - self.seen) if not loaded else []
        if lost and not re.match(r"(ret|blr?)\b", line):
            raise StencilError(f"{name}: changes {', '.join(lost)} before saving it ({line})")
        if dropped := [each for each, place in self.saved.items() if place > after.depth]:
            raise StencilError(f"{name}: drops {', '.join(dropped)}, which it saved ({line})")
        if calls and (missing := [each for each in PRESERVED if each not in self.saved]):
            raise StencilError(f"{name}: calls a trace without saving {', '.join(missing)}")
        self.seen |= mentioned
        self.stack = after

    def places(self, match: re.Match[str], depth: int, writes: int | None) -> dict[str, int]:
        """Where the registers of a load or a store are."""
        first = depth if writes is not None else depth - int(match["offset"] or 0)
        return {match["first"]: first} | ({match["second"]: first - 8} if match["second"] else {})
