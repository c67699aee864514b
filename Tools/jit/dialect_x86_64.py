"""x86-64 in AT&T syntax: branches, stack discipline, and immediates that could not hold an address.

Takes the interpreter's position as unknown: the address of a function in a
32-bit immediate, which clang writes because functions lie low in the medium
code model, becomes a 64-bit load into a register that the function does not
use otherwise.

Unwinding knows one rule for all stencils: at every call rbp points at the
caller's rbp, right above which the return address lies.  check() makes sure of
it.  The shim, which saves the registers that stencils do not, has a rule for
each of its instructions; frames() takes them from its code.
"""

import re
from dataclasses import dataclass, replace

from assembly import Branch, Frame, Function, Holes, Stats, StencilError
from targets import Target

INVERSE = {"o": "no", "b": "ae", "e": "ne", "be": "a", "s": "ns", "p": "np", "l": "ge", "le": "g"}
INVERSE |= {value: key for key, value in INVERSE.items()}
CONDITION = re.compile(r"(?:\{\w+\} )?j(n?o|n?s|n?p|n?e|ae|a|be|b|ge|g|le|l) ([^*%][^ ]*)$")
JUMP = re.compile(r"jmp ([^*%][^ ]*)$")
CALL = re.compile(r"callq? (.*)$")
TOUCHES_RSP = re.compile(r"%(rsp|esp|spl|sp)\b")
TOUCHES_RBP = re.compile(r"%(rbp|ebp|bpl|bp)\b")
MEMORY = re.compile(r"(-?(?:0x)?[0-9a-f]+)?\(%(rsp|rbp)(?:,[^)]*)?\)")
VECTOR = re.compile(r"%([xyz])mm(\d+)")
VECTOR_SIZE = {"x": 16, "y": 32, "z": 64}
SAVE_VECTOR = re.compile(r"movaps %(xmm\d+), (-?\d+)?\(%(rsp|rbp)\)")
LOAD_VECTOR = re.compile(r"movaps (-?\d+)?\(%(rsp|rbp)\), %(xmm\d+)")
SYMBOL_IMMEDIATE = re.compile(r"^(\w+) \$([A-Za-z_.][\w.$]*(?:[+-]\d+)?), (.*)$")
SLOT = re.compile(r"(\w+[bwlq]) (\S+, )?(\.refptr\.\w+|\w+@GOTPCREL)\(%rip\)(, \S+)?$")
# Registers that carry no value from one stencil to the next, tried in this order.
SCRATCH = {"r10": r"%r10[dwb]?\b", "r11": r"%r11[dwb]?\b"}
RETURNS = re.compile(r"(rep )?ret[ql]?\b|(rex64 )?jmpq? \*")
LEGACY = ("ax", "bx", "cx", "dx", "si", "di", "bp")
DWARF = {"rbx": 3, "rsi": 4, "rdi": 5, "rbp": 6, "rsp": 7, "r12": 12, "r13": 13, "r14": 14, "r15": 15}
DWARF |= {f"xmm{n}": 17 + n for n in range(16)}
RETURN_ADDRESS = 16
PRESERVED = ("rbx", "rbp", "r12", "r13", "r14", "r15")  # what C expects of the shim
PRESERVED_WINDOWS = (*PRESERVED, "rdi", "rsi", *(f"xmm{n}" for n in range(6, 16)))
FRAME = 8  # depth at which a stencil that makes calls has saved rbp
# Any register name -> its 64-bit register; (64-bit register, operand size letter) -> name.
FULL = {name: f"r{n}" for n in range(8, 16) for name in (f"r{n}", f"r{n}d", f"r{n}w", f"r{n}b")}
FULL |= {name: f"r{old}" for old in LEGACY for name in (f"r{old}", f"e{old}", old, f"{old[0]}l" if old[1] == "x" else f"{old}l")}
SIZED = {(f"r{n}", letter): f"r{n}{letter.replace('l', 'd').replace('q', '')}" for n in range(8, 16) for letter in "bwlq"}
SIZED |= {(f"r{old}", letter): f"{head}{old}" for old in LEGACY for letter, head in (("w", ""), ("l", "e"), ("q", "r"))}
SIZED |= {(f"r{old}", "b"): f"{old[0]}l" if old[1] == "x" else f"{old}l" for old in LEGACY}


@dataclass(frozen=True)
class Stack:
    """Depth in bytes; the depth that rbp points at (None: not ours); the depth at which rbp was saved; rbp holds just anything."""

    depth: int = 0
    frame: int | None = None
    saved: int | None = None
    general: bool = False


def slot_of(operand: str) -> str:
    """The symbol whose address a slot holds, from the slot's name."""
    return operand.removeprefix(".refptr.").removesuffix("@GOTPCREL")


class X86_64:
    """The dialect object that assembly.py asks for."""

    def __init__(self, target: Target) -> None:
        self.preserved = PRESERVED_WINDOWS if target.format == "coff" else PRESERVED
        self.comment = "##" if target.format == "macho" else "#"
        self.floating = re.compile(r"%[xyz]mm\d")
        self.stack = re.compile(r"%(r|e)?(s|b)pl?\b|\b(push|pop|call)")
        self.frame_enter: tuple[str, ...] = ("pushq %rbp", "movq %rsp, %rbp")
        self.frame_leave = "popq %rbp"

    def parse_branch(self, line: str) -> Branch | None:
        """`jcc target`."""
        match = CONDITION.match(line)
        return Branch(match[1], match[2]) if match else None

    def parse_jump(self, line: str) -> str | None:
        """`jmp target`."""
        match = JUMP.match(line)
        return match[1] if match else None

    def leaves(self, line: str) -> bool:
        """Returns, indirect jumps and traps."""
        return bool(RETURNS.match(line) or re.match(r"(ud2|int3|hlt)\b", line))

    def invert(self, branch: Branch, target: str) -> Branch:
        """Every condition of x86 has an opposite."""
        return Branch(INVERSE[branch.head], target)

    def branch(self, branch: Branch) -> str:
        """`jcc target`."""
        return f"j{branch.head} {branch.target}"

    def jump(self, target: str) -> str:
        """`jmp target`."""
        return f"jmp {target}"

    def cross(self, branch: Branch, inner: bool, label: str) -> list[str]:
        """Conditional jumps reach as far as others."""
        return [self.branch(branch)]

    def callee(self, line: str) -> str | None:
        """`call symbol`, or '*' for a call through a register or memory."""
        match = CALL.match(line)
        if match is None:
            return None
        return "*" if match[1].startswith("*") else match[1].removesuffix("@PLT")

    def rewrite(self, function: Function, holes: Holes) -> None:
        """Turn 32-bit immediates that hold addresses into 64-bit ones."""
        text = "\n".join(function.instructions())
        free = next((name for name, pattern in SCRATCH.items() if not re.search(pattern, text)), None)
        for block in function.blocks:
            block.body = [new for line in block.body for new in self.widen(function.name, line, holes, free)]

    def widen(self, name: str, line: str, holes: Holes, free: str | None) -> list[str]:
        """The instructions that do the same as `line` without an address in a 32-bit field."""
        if (slot := SLOT.match(line)) and holes.data(symbol := slot_of(slot[3])):
            return self.without_slot(slot, symbol, free)
        match = SYMBOL_IMMEDIATE.match(line)
        if match is None or match[1] == "movabsq" or holes.data(match[2]):
            return [line]
        mnemonic, symbol, rest = match.groups()
        if mnemonic == "movl" and rest[1:] in FULL:
            return [f"movabsq ${symbol}, %{FULL[rest[1:]]}"]
        if mnemonic == "movq" and re.fullmatch(r"%r\w+", rest):
            return [f"movabsq ${symbol}, {rest}"]
        if mnemonic in ("cmpq", "movq") and free:
            return [f"movabsq ${symbol}, %{free}", f"{mnemonic} %{free}, {rest}"]
        raise StencilError(f"{name}: address of {symbol} in a 32-bit immediate ({line}); launder it in the source")

    def without_slot(self, slot: re.Match[str], symbol: str, free: str | None) -> list[str]:
        """The same instruction with the hole's value from a register: on Darwin and Windows, clang loads it from a slot."""
        mnemonic, before, after = slot[1], slot[2] or "", slot[4] or ""
        extends = re.match(r"mov[sz]([bwl])[wlq]$", mnemonic)
        letter = extends[1] if extends else mnemonic[-1]
        register = FULL.get(after.removeprefix(", %")) if mnemonic.startswith("mov") else free
        if register is None:
            return [slot[0]]  # a slot it is
        load = f"movabsq ${symbol}, %{register}"
        if mnemonic == "movq":
            return [load]
        return [load, f"{mnemonic} {before}%{SIZED[register, letter]}{after}"]

    def check(self, function: Function) -> Stats:
        """Follow the stack pointer through every block: balanced, never below it, rbp only as frame pointer."""
        stats = Stats()
        start: dict[str, Stack] = {}
        blocks = {block.label: block for block in function.blocks}
        pending = [(function.blocks[0].label, Stack())]
        while pending:
            label, stack = pending.pop()
            if label not in blocks:
                if stack.depth:
                    raise StencilError(f"{function.name}: jumps to {label} with {stack.depth} bytes left on the stack")
                continue
            if label in start:
                if replace(start[label], general=stack.general) == stack:
                    if start[label].general or not stack.general:
                        continue
                else:
                    raise StencilError(f"{function.name}: stack depth differs between the ways to {label}")
            start[label] = stack
            block = blocks[label]
            for line in block.body:
                stack = self.step(function.name, line, stack)
                if stack.depth < 0:
                    raise StencilError(f"{function.name}: pops more than it pushed ({line})")
                stats.stack = max(stats.stack, stack.depth)
                if self.callee(line) is not None:
                    stats.calls = True
                    if stack.general:
                        raise StencilError(f"{function.name}: calls while rbp is a general register ({line})")
                    if (stack.depth + 8) % 16:
                        raise StencilError(f"{function.name}: stack not aligned at {line}")
                    # (The shim has rules of its own.)
                    if (stack.frame != FRAME or stack.saved != FRAME) and "_JIT_SHIM" not in function.name:
                        raise StencilError(f"{function.name}: calls without the frame that unwinding relies on ({line})")
                elif RETURNS.match(line) and stack.depth:
                    raise StencilError(f"{function.name}: leaves with {stack.depth} bytes left on the stack ({line})")
            pending += [(each, stack) for each in block.successors()]
        return stats

    def frames(self, function: Function) -> list[Frame]:
        """Follow the shim's code; every register that C wants back must be in memory at its call, and stay there."""
        name = function.name
        if len(function.blocks) != 1:
            raise StencilError(f"{name}: has branches, where its frame cannot be described")
        stack = Stack()
        saved: dict[str, int] = {}  # register -> depth at which it lies
        seen: set[str] = set()
        found = []
        for line in function.instructions():
            found.append(self.frame(stack, saved))
            before, stack = stack, self.step(name, line, stack)
            mentioned = {FULL[word] for word in re.findall(r"%(\w+)", line) if word in FULL}
            mentioned |= {f"xmm{match[2]}" for match in VECTOR.finditer(line)}
            clash = any(low < depth < high for low, high in self.accesses(line, before) for depth in saved.values())
            if (match := re.fullmatch(r"pushq %(\w+)", line)) and match[1] in self.preserved and match[1] not in seen:
                saved[match[1]] = stack.depth
            elif not clash and (place := self.saved_vector(line, before)) and place[0] not in seen:
                saved[place[0]] = place[1]
            elif (match := LOAD_VECTOR.fullmatch(line)) and saved.get(match[3]) == self.depth_of(match[1], match[2], before):
                del saved[match[3]]
            elif (match := re.fullmatch(r"popq %(\w+)", line)) and saved.get(match[1]) == before.depth:
                del saved[match[1]]
            elif lost := sorted(mentioned & {*self.preserved} - seen - {"rbp"}):
                raise StencilError(f"{name}: changes {', '.join(lost)} before saving it ({line})")
            elif clash:
                raise StencilError(f"{name}: may change a register that it saved ({line})")
            elif lost := [each for each, depth in saved.items() if depth > stack.depth]:
                raise StencilError(f"{name}: drops {', '.join(lost)}, which it saved ({line})")
            elif self.callee(line) is not None and (lost := [each for each in self.preserved if each not in saved]):
                raise StencilError(f"{name}: calls a trace without saving {', '.join(lost)}")
            seen |= mentioned
        return found

    def saved_vector(self, line: str, stack: Stack) -> tuple[str, int] | None:
        """The vector register that C wants back and that an instruction puts on the stack, and the depth at which."""
        match = SAVE_VECTOR.fullmatch(line)
        if match is None or match[1] not in self.preserved or (depth := self.depth_of(match[2], match[3], stack)) is None:
            return None
        return match[1], depth

    def depth_of(self, offset: str | None, base: str, stack: Stack) -> int | None:
        """The depth at which a memory operand lies, None if that is not known."""
        depth = stack.depth if base == "rsp" else stack.frame
        return None if depth is None else depth - int(offset or "0", 0)

    def frame(self, stack: Stack, saved: dict[str, int]) -> Frame:
        """The frame's end lies 8 bytes above depth 0, where the return address is."""
        places = {RETURN_ADDRESS: 8} | {DWARF[name]: depth + 8 for name, depth in saved.items()}
        base, depth = ("rsp", stack.depth) if stack.frame is None else ("rbp", stack.frame)
        return Frame(DWARF[base], depth + 8, tuple(sorted(places.items())))

    def accesses(self, line: str, stack: Stack) -> list[tuple[int, int]]:
        """The depths between which the memory operands of an instruction lie, at most."""
        if line.startswith("lea"):
            return []
        size = max((VECTOR_SIZE[match[1]] for match in VECTOR.finditer(line)), default=8)
        bases = {"rsp": stack.depth, "rbp": stack.frame}
        operands = [(bases[memory[2]], int(memory[1] or "0", 0)) for memory in MEMORY.finditer(line)]
        return [(base - offset - size, base - offset + 8) for base, offset in operands if base is not None]

    def step(self, name: str, line: str, stack: Stack) -> Stack:
        """The state of the stack after one instruction."""
        depth, frame, saved = stack.depth, stack.frame, stack.saved
        for memory in MEMORY.finditer(line):
            offset = int(memory[1] or "0", 0)
            base = depth if memory[2] == "rsp" else frame
            if base is not None and base - offset > depth and not line.startswith("lea"):
                raise StencilError(f"{name}: reaches below the stack pointer ({line})")
            if base is not None and base - offset <= 0 and not line.startswith("lea"):
                # Another stencil's, which may come from code for another system: nobody has made room there.
                raise StencilError(f"{name}: reaches into the caller's frame ({line})")
        if line == "pushq %rbp" and saved is None:
            return Stack(depth + 8, None, depth + 8)
        if line == "popq %rbp":
            if depth != saved:
                raise StencilError(f"{name}: pops rbp from the wrong place")
            return Stack(depth - 8)
        if line.startswith("pushq "):
            return replace(stack, depth=depth + 8)
        if line.startswith("popq "):
            return replace(stack, depth=depth - 8)
        if line == "movq %rsp, %rbp" and saved is not None:
            return Stack(depth, depth, saved)
        if (match := re.fullmatch(r"leaq (-?\d+)\(%rsp\), %rbp", line)) and saved is not None:
            return Stack(depth, depth - int(match[1]), saved)
        if match := re.fullmatch(r"(add|sub)q \$(-?\d+), %rsp", line):
            return replace(stack, depth=depth + int(match[2]) * (1 if match[1] == "sub" else -1))
        if match := re.fullmatch(r"leaq (-?\d+)\(%rsp\), %rsp", line):
            return replace(stack, depth=depth - int(match[1]))
        if (match := re.fullmatch(r"leaq (-?\d+)\(%rbp\), %rsp", line)) and frame is not None:
            return replace(stack, depth=frame - int(match[1]))
        if line == "movq %rbp, %rsp" and frame is not None:
            return replace(stack, depth=frame)
        if TOUCHES_RSP.search(MEMORY.sub("", line)) and not re.fullmatch(r"movq %rsp, %r(?!bp|sp)\w+", line):
            raise StencilError(f"{name}: unknown use of the stack pointer ({line})")
        if TOUCHES_RBP.search(line if frame is None else MEMORY.sub("", line)):
            # Without a frame, a saved rbp may hold anything until it is restored, but not across a call.
            if saved is None or frame is not None:
                raise StencilError(f"{name}: uses rbp as a general register ({line})")
            return replace(stack, general=True)
        return stack
