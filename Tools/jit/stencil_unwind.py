"""How unwinders get through machine code, as DWARF call frame instructions (DWARF 5, section 6.4.2; the LSB's .eh_frame).

The shim has a rule for each of its instructions, traces have one for all of
theirs (see dialect_x86_64.py).  Python/jit/unwind.c puts both in the form that
unwinders read.
"""

from collections.abc import Sequence

from assembly import Frame, StencilError

DATA_FACTOR = 8  # saved registers lie at multiples of it
ADVANCE, OFFSET, RESTORE = 0x40, 0x80, 0xC0  # with an operand in the low six bits
OFFSET_EXTENDED, RESTORE_EXTENDED = 0x05, 0x06  # for other registers
ADVANCE_1, DEFINE, DEFINE_REGISTER, DEFINE_OFFSET = 0x02, 0x0C, 0x0D, 0x0E

# Architecture -> (column of the return address, the frame of all code but the shim's)
TRACES = {
    "x86_64": (16, Frame(6, 16, ((6, 16), (16, 8)))),
    "aarch64": (30, Frame(29, 16, ((29, 16), (30, 8)))),
}


def leb128(value: int) -> bytes:
    """An unsigned number, seven bits a byte, lowest first."""
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def define(old: Frame | None, new: Frame) -> bytes:
    """Where the frame ends."""
    if old is None or (old.register != new.register and old.offset != new.offset):
        return bytes([DEFINE]) + leb128(new.register) + leb128(new.offset)
    if old.register != new.register:
        return bytes([DEFINE_REGISTER]) + leb128(new.register)
    return bytes([DEFINE_OFFSET]) + leb128(new.offset) if old.offset != new.offset else b""


def save(old: Frame | None, new: Frame) -> bytes:
    """Registers that are in memory now, or no longer."""
    before, after = dict(old.saved) if old else {}, dict(new.saved)
    found = b""
    for register in sorted(before.keys() | after.keys()):
        if after.get(register, 0) % DATA_FACTOR:
            raise StencilError(f"register {register} is saved {after.get(register)} bytes below the frame's end")
        small = register < 0x40
        if register not in after:
            found += bytes([RESTORE | register]) if small else bytes([RESTORE_EXTENDED]) + leb128(register)
        elif before.get(register) != after[register]:
            found += bytes([OFFSET | register]) if small else bytes([OFFSET_EXTENDED]) + leb128(register)
            found += leb128(after[register] // DATA_FACTOR)
    return found


def instructions(rows: Sequence[tuple[int, Frame]]) -> bytes:
    """Frames by the offset of the code from which each holds, in order; the first one from the start."""
    found = b""
    position, frame = 0, None
    for offset, new in rows:
        step = offset - position
        if step:
            found += bytes([ADVANCE | step]) if step < 0x40 else bytes([ADVANCE_1, step])
        found += define(frame, new) + save(frame, new)
        position, frame = offset, new
    return found
