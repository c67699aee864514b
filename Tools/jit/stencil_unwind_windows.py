"""How Windows gets through machine code: of a frame, its UNWIND_INFO (x86-64) or the codes of its .xdata record (ARM64).

The formats are Microsoft's ("x64 exception handling", "ARM64 exception handling").  Both describe prologues; here the
frame is described as it is at calls, behind an empty prologue: where registers lie, counted from the frame register, and
how much above these places the caller's stack begins.  Python/jit/unwind_windows.c writes the tables that hold them.
"""

from collections.abc import Callable, Sequence

from assembly import Frame, StencilError

# DWARF's number of a general register -> Windows' number; vector registers: 17 + number.
GENERAL = {3: 3, 4: 6, 5: 7, 6: 5, 12: 12, 13: 13, 14: 14, 15: 15}
RETURN_ADDRESS, VECTOR = 16, 17
RBP = 6
ALLOC_LARGE, ALLOC_SMALL, SET_FPREG, SAVE_NONVOL, SAVE_XMM128 = 1, 2, 3, 4, 8

X19, X29, X30, D8, D15 = 19, 29, 30, 72, 79
END, END_C, SET_FP, ADD_FP, SAVE_FPLR = 0xE4, 0xE5, 0xE1, 0xE2, 0x40


def deepest(rows: Sequence[tuple[int, Frame]]) -> Frame:
    """The shim's frame at its call, where it has saved most."""
    return max((frame for _, frame in reversed(rows)), key=lambda frame: len(frame.saved))


def places(frame: Frame, unit: int) -> tuple[int, dict[int, int]]:
    """How far below the frame register the lowest register lies, up to a multiple of `unit`, and where the others lie above."""
    lowest = frame.offset - max(place for _, place in frame.saved)
    below = max(0, -lowest + unit - 1) // unit * unit
    return below, {register: frame.offset + below - place for register, place in frame.saved}


def x86_64(frame: Frame) -> bytes:
    """An UNWIND_INFO; raises StencilError for a frame that it cannot describe."""
    if frame.register != RBP:
        raise StencilError(f"a frame by register {frame.register}, where Windows expects rbp")
    below, found = places(frame, 16)
    if found.pop(RETURN_ADDRESS, None) != frame.offset + below - 8 or below > 240:
        raise StencilError(f"a frame that Windows cannot describe: {frame}")
    slots: list[int] = []
    for register, place in sorted(found.items(), key=lambda each: each[1]):
        operation, number, scale = (
            (SAVE_XMM128, register - VECTOR, 16) if register >= VECTOR else (SAVE_NONVOL, GENERAL.get(register, -1), 8)
        )
        if number < 0 or place % scale or place // scale > 0xFFFF:
            raise StencilError(f"register {register} is saved where Windows does not find it: {frame}")
        slots += [(operation | number << 4) << 8, place // scale]
    slots.append(SET_FPREG << 8)
    size = frame.offset + below - 8
    if size <= 128:
        slots.append((ALLOC_SMALL | (size // 8 - 1) << 4) << 8)
    else:
        slots += [ALLOC_LARGE << 8, size // 8]
    head = bytes([1, 0, len(slots), 5 | below // 16 << 4])  # version, length of the prologue, ..., rbp and its distance
    slots += [0] * (len(slots) % 2)
    return head + b"".join(slot.to_bytes(2, "little") for slot in slots)


def aarch64(frame: Frame) -> bytes:
    """The codes of an .xdata record; raises StencilError for a frame that they cannot describe."""
    if frame.register != X29:
        raise StencilError(f"a frame by register {frame.register}, where Windows expects x29")
    below, found = places(frame, 16)
    codes = [END_C, *([ADD_FP, below // 8] if below else [SET_FP])]
    if {X29, X30} <= found.keys() and found[X30] == found[X29] + 8 <= 512:
        codes.append(SAVE_FPLR | found.pop(X29) // 8)
        del found[X30]
    for register, place in sorted(found.items(), key=lambda each: each[1]):
        if X19 <= register <= X30:
            code = 0xD000 | (register - X19) << 6
        elif D8 <= register <= D15:
            code = 0xDC00 | (register - D8) << 6
        else:
            raise StencilError(f"register {register} is saved, of which Windows does not know: {frame}")
        if place % 8 or place > 504:
            raise StencilError(f"register {register} is saved where Windows does not find it: {frame}")
        codes += [*(code | place // 8).to_bytes(2, "big")]
    size = frame.offset + below
    if size % 16 or size >= 512 or below > 255 * 8:
        raise StencilError(f"a frame that Windows cannot describe: {frame}")
    codes += [size // 16, END]  # alloc_s
    return bytes(codes)


WRITERS: dict[str, Callable[[Frame], bytes]] = {"x86_64": x86_64, "aarch64": aarch64}
