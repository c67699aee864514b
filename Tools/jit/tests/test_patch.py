"""Python/jit/patch.h and stencil_loader.py fill holes with the same bytes and refuse the same values."""

from __future__ import annotations

import ctypes
import random
import shutil
import subprocess
from pathlib import Path

import pytest
import stencil_loader
import targets
from stencil_link import Hole, Tables
from support import REPOSITORY
from targets import Kind

HARNESS = """
enum jit_rel { %s };
#define JIT_STENCILS_%s 1
#include "patch.h"
struct hole { uint32_t at; int32_t kind; uint64_t value; int64_t argument; };
int fill(uint8_t *bytes, uint64_t base, uint32_t *used, uint32_t end, int count, const struct hole *holes,
         struct jit_pool_item *slots, uint32_t slot_mask, uint8_t *fits)
{
    struct jit_pool pool = {.bytes = bytes, .base = base, .used = *used, .end = end, .slots = slots, .slot_mask = slot_mask};
    for (int i = 0; i < count; i++) {
        uint32_t at = holes[i].at;
        fits[i] = jit_patch(&pool, bytes + at, base + at, holes[i].kind, holes[i].value, holes[i].argument);
    }
    *used = pool.used;
    return pool.full;
}
"""
BASE = 1 << 40
COUNT, SIZE = 3000, 1 << 17
HOLE_SPACE = 16  # bytes from one hole to the next
# What takes any value, cut to fit, or by way of the pool.
ALWAYS = {"X86_64_64", "X86_64_BRANCH32", "X86_64_GOTPC32", "AARCH64_64", "AARCH64_ADD12", "AARCH64_LDST8", "AARCH64_GOTPAGE21"}
ALWAYS |= {f"AARCH64_G{number}" for number in range(4)}
LIMITS = (7, 8, 16, 20, 21, 27, 28, 31, 32, 33, 47, 63)


class CHole(ctypes.Structure):
    """The hole of HARNESS."""

    _fields_ = (("at", ctypes.c_uint32), ("kind", ctypes.c_int32), ("value", ctypes.c_uint64), ("argument", ctypes.c_int64))


def library(folder: Path, arch: str) -> ctypes.CDLL:
    """patch.h for a processor, as a library for this one."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler")
    source, made = folder / "patch.c", folder / "patch.so"
    source.write_text(HARNESS % (", ".join(f"JIT_REL_{kind.name}" for kind in targets.KINDS[arch]), arch.upper()))
    include = REPOSITORY / "Python" / "jit"
    warnings = ["-Wall", "-Wextra", "-Wsign-compare", "-Werror"]
    subprocess.run(
        [compiler, "-std=c11", "-O1", "-shared", "-fPIC", *warnings, f"-I{include}", str(source), "-o", str(made)], check=True
    )
    return ctypes.CDLL(str(made))


def values(dice: random.Random, kind: Kind, place: int) -> int:
    """What may just fit, or just not: near a power of two, from zero or from the hole, as a multiple of 1 to 16."""
    near = 1 << dice.choice(LIMITS)
    offset = dice.choice((near, -near, 0)) + dice.randrange(-40, 40)
    value = offset if kind.absolute or dice.random() < 0.1 else place + offset
    value -= value % dice.choice((1, 4, 4, 16))
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_c_and_python_fill_holes_alike(tmp_path: Path, arch: str) -> None:
    c = library(tmp_path, arch)
    dice = random.Random(arch)
    kinds = targets.KINDS[arch]
    start = COUNT * HOLE_SPACE
    image = stencil_loader.Image(Tables(), arch, {}, BASE, bytearray(SIZE))
    image.used = start
    holes = (CHole * COUNT)()
    fits: list[bool] = []
    for index in range(COUNT):
        at = index * HOLE_SPACE
        number = dice.randrange(len(kinds))
        value, argument = values(dice, kinds[number], BASE + at), dice.choice((0, 0, -1, -4, 24))
        if kinds[number].branch:
            argument = 0
            if len(image.veneers) > 50:  # there is room for no more
                value = dice.choice([BASE + 4 * at, *image.veneers])
        holes[index] = CHole(at, number, value, argument)
        try:
            image.write(BASE + at, Hole(at, kinds[number], "OPERAND", argument), value, argument)
            fits.append(True)
        except stencil_loader.RangeError:
            fits.append(False)
    found = (ctypes.c_uint8 * SIZE)()
    used, good = ctypes.c_uint32(start), (ctypes.c_uint8 * COUNT)()
    slots = (ctypes.c_uint8 * (16 * 8192))()
    full = c.fill(found, ctypes.c_uint64(BASE), ctypes.byref(used), SIZE, COUNT, holes, slots, 8191, good)
    assert not full
    for index, hole in enumerate(holes):
        name, at = kinds[hole.kind].name, hole.at
        assert bool(good[index]) == fits[index], (name, hex(hole.value), hole.argument)
        if fits[index]:
            assert bytes(found[at : at + HOLE_SPACE]) == image.memory[at : at + HOLE_SPACE], (name, hex(hole.value))
    assert bytes(found[start:]) == bytes(image.memory[start:])
    assert used.value == image.used
    for kind in kinds:
        seen = {fits[index] for index, hole in enumerate(holes) if kinds[hole.kind] is kind}
        assert seen == ({True} if kind.name in ALWAYS else {True, False}), kind
    assert len(image.veneers) > 10 and bool(image.slots)


@pytest.mark.parametrize("arch", ["x86_64", "aarch64"])
def test_a_full_pool_is_noticed(tmp_path: Path, arch: str) -> None:
    c = library(tmp_path, arch)
    kinds = targets.KINDS[arch]
    branch = next(index for index, kind in enumerate(kinds) if kind.branch)
    slot = next(index for index, kind in enumerate(kinds) if kind.slot)
    for number, count, room, expected in ((branch, 2, 32, 0), (branch, 3, 32, 1), (slot, 4, 32, 0), (slot, 5, 32, 1), (branch, 65, 4096, 1)):
        holes = (CHole * count)(*(CHole(HOLE_SPACE * i, number, (1 << 50) + 64 * i, 0) for i in range(count)))
        start = count * HOLE_SPACE
        used, good = ctypes.c_uint32(start), (ctypes.c_uint8 * count)()
        memory, slots = (ctypes.c_uint8 * (start + room))(), (ctypes.c_uint8 * (16 * 256))()
        assert c.fill(memory, ctypes.c_uint64(BASE), ctypes.byref(used), start + room, count, holes, slots, 255, good) == expected
        assert used.value <= start + room
