"""Another processor than this one, for the stencils of all targets: unicorn's, with the memory of this process.

Code lies at addresses of its own, in reach of the arena that holds the data. Functions of the interpreter are places
that hold a return instruction: when control gets there, Python does their work, and everything that the platform's
calling convention does not promise to keep is overwritten.
"""

from __future__ import annotations

import ctypes
import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
import stencil_loader
from stencil_link import Tables
from stencil_machine import ARENA, DATA, Arena, Callee, Machine, bits, of_bits
from targets import Target, find_target

unicorn = pytest.importorskip("unicorn", reason="no unicorn (Tools/jit/requirements.txt): stencils of other processors are not run")
arm64 = pytest.importorskip("unicorn.arm64_const")
x86 = pytest.importorskip("unicorn.x86_const")

SIZE = 1 << 20
DISTANCE = 1 << 30  # from the arena to the code
JUNK = 0x5A5A_A5A5_DEAD_BEEF
MASK = (1 << 64) - 1


@dataclass(frozen=True)
class Convention:
    """How C calls on a platform: registers by unicorn's numbers; vectors have 128 bits, of which `half` keeps the lower 64."""

    arguments: tuple[int, ...]
    result: int
    doubles: tuple[int, ...]  # floating-point arguments; the first has the result as well
    stack: int
    flags: int
    kept: tuple[int, ...]
    kept_vectors: tuple[int, ...]
    half: bool
    lost: tuple[int, ...]
    lost_vectors: tuple[int, ...]
    ret: bytes


def _x86(names: str) -> tuple[int, ...]:
    return tuple(getattr(x86, f"UC_X86_REG_{name}") for name in names.split())


def _arm(letter: str, *numbers: int) -> tuple[int, ...]:
    return tuple(getattr(arm64, f"UC_ARM64_REG_{letter}{number}") for number in numbers)


_XMM = [f"XMM{i}" for i in range(16)]
SYSTEM_V = Convention(
    arguments=_x86("RDI RSI RDX RCX"),
    result=x86.UC_X86_REG_RAX,
    doubles=_x86("XMM0 XMM1"),
    stack=x86.UC_X86_REG_RSP,
    flags=x86.UC_X86_REG_EFLAGS,
    kept=_x86("RBX RBP R12 R13 R14 R15"),
    kept_vectors=(),
    half=False,
    lost=_x86("RAX RCX RDX RSI RDI R8 R9 R10 R11"),
    lost_vectors=_x86(" ".join(_XMM)),
    ret=b"\xc3",
)
WIN64 = Convention(
    arguments=_x86("RCX RDX R8 R9"),
    result=x86.UC_X86_REG_RAX,
    doubles=_x86("XMM0 XMM1"),
    stack=x86.UC_X86_REG_RSP,
    flags=x86.UC_X86_REG_EFLAGS,
    kept=_x86("RBX RBP RSI RDI R12 R13 R14 R15"),
    kept_vectors=_x86(" ".join(_XMM[6:])),
    half=False,
    lost=_x86("RAX RCX RDX R8 R9 R10 R11"),
    lost_vectors=_x86(" ".join(_XMM[:6])),
    ret=b"\xc3",
)
AAPCS64 = Convention(  # x18, the platform's, counts as kept: no stencil may touch it
    arguments=_arm("X", 0, 1, 2, 3),
    result=arm64.UC_ARM64_REG_X0,
    doubles=_arm("Q", 0, 1),
    stack=arm64.UC_ARM64_REG_SP,
    flags=arm64.UC_ARM64_REG_NZCV,
    kept=_arm("X", *range(18, 30)),
    kept_vectors=_arm("Q", *range(8, 16)),
    half=True,
    lost=_arm("X", *range(18)),
    lost_vectors=_arm("Q", *range(8), *range(16, 32)),
    ret=struct.pack("<I", 0xD65F03C0),
)


def convention(target: Target) -> Convention:
    """How C calls on a target."""
    if target.arch == "aarch64":
        return AAPCS64
    return WIN64 if target.format == "coff" else SYSTEM_V


class Emulated(Machine):
    """A processor of the target's architecture."""

    def __init__(self, compiled: Tables, host: str) -> None:
        self.target = find_target(host)
        self.how = convention(self.target)
        self.base = ARENA.address - DISTANCE & -mmap.PAGESIZE
        self.calls: dict[int, Callee] = {}
        arm = self.target.arch == "aarch64"
        self.uc = unicorn.Uc(*((unicorn.UC_ARCH_ARM64, unicorn.UC_MODE_ARM) if arm else (unicorn.UC_ARCH_X86, unicorn.UC_MODE_64)))
        self.stack = Arena(1 << 16)
        for arena in (ARENA, self.stack):
            self.uc.mem_map_ptr(arena.address, arena.size, unicorn.UC_PROT_READ | unicorn.UC_PROT_WRITE, arena.address)
        super().__init__(compiled)

    def make_image(self, compiled: Tables, callees: Mapping[str, Callee]) -> stencil_loader.Image:
        """Memory for code, at whose start are the places of the functions and, before them, of their caller."""
        memory = mmap.mmap(-1, SIZE)
        address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        self.uc.mem_map_ptr(self.base, SIZE, unicorn.UC_PROT_READ | unicorn.UC_PROT_EXEC, address)
        symbols = dict(DATA)
        image = stencil_loader.Image(compiled, self.target.arch, symbols, self.base, memory)
        self.caller = image.place(self.how.ret, 16)
        for name, callee in callees.items():
            symbols[name] = image.place(self.how.ret, 16)
            self.calls[symbols[name]] = callee
        self.uc.hook_add(unicorn.UC_HOOK_CODE, self.called, None, min(self.calls), max(self.calls))
        return image

    def rewind(self) -> None:
        """Code is written to where none has been, as long as there is room: the emulator keeps what it has translated."""
        if self.image.used > SIZE // 2:
            self.image.rewind(self.start)
            self.uc.ctl_flush_tb()

    def called(self, uc: object, address: int, size: int, data: object) -> None:
        """Do a function's work, when its place is reached."""
        how, callee = self.how, self.calls[address]
        pushed = 0 if self.target.arch == "aarch64" else 8
        assert (self.uc.reg_read(how.stack) + pushed) % 16 == 0, "the stack is not aligned at a call"
        if self.target.name == "x86_64-windows":
            # What is called may use 32 bytes above the address that it returns to.
            words = ctypes.c_uint64 * 4
            words.from_address(self.uc.reg_read(how.stack) + 8)[:] = [JUNK] * 4
        if callee.doubles:
            result = callee.does(*(of_bits(self.uc.reg_read(number) & MASK) for number in how.doubles[: callee.doubles]))
        else:
            result = callee.does(*(self.uc.reg_read(number) for number in how.arguments))
        for number in how.lost:
            self.uc.reg_write(number, JUNK)
        for number in how.lost_vectors:
            self.uc.reg_write(number, JUNK << 64 | JUNK)
        if how.half:
            for number in how.kept_vectors:
                self.uc.reg_write(number, JUNK << 64 | self.uc.reg_read(number) & MASK)
        if callee.gives_double:
            self.uc.reg_write(how.doubles[0], JUNK << 64 | bits(result))
        else:
            self.uc.reg_write(how.result, result)

    def enter(self, code: int, frame: int, thread: int) -> int:
        """Call the shim, which must keep what the convention says."""
        how, uc = self.how, self.uc
        top = self.stack.address + self.stack.size - 256
        if self.target.arch == "aarch64":
            uc.reg_write(arm64.UC_ARM64_REG_LR, self.caller)
            before, after = top, top
        else:
            before, after = top - 8, top
            ctypes.c_uint64.from_address(before).value = self.caller
        uc.reg_write(how.stack, before)
        kept = [*how.kept, *how.kept_vectors]
        for index, number in enumerate(kept):
            uc.reg_write(number, JUNK + index)
        for number, value in zip(how.arguments, (code, frame, thread), strict=False):
            uc.reg_write(number, value)
        uc.emu_start(self.shim, self.caller, count=0)
        assert uc.reg_read(how.stack) == after, "the stack is not as it was"
        assert [uc.reg_read(number) & MASK for number in kept] == [JUNK + index for index in range(len(kept))]
        found = uc.reg_read(how.result)
        assert isinstance(found, int)
        return found
