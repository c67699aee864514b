"""How long primitives take: nanoseconds of processor time, and bytes, of each copy in a chain of many.

usage: stencil_bench.py [NAME...] [--json FILE] [--runs N]

A chain is a loop of TAKE, which fills all registers from the frame, some hundred copies of one primitive, or of a pair
of them (BOX_INT+DROP_INT), and AGAIN, which goes back while a count in memory lasts. Each chain runs several times;
the best time counts, and the time of a loop without copies, which is the best of as many, is taken off. Columns:

latency  the result of each copy is an operand of the next one, where a primitive allows that
repeat   one variant again and again: the same as the latency of what changes its operand in place. For all others
         this should be as fast as `spread`; if it is not (an asterisk), the primitive waits for what it overwrites
spread   copies with different registers, none of which needs another's result
bytes    of the hot code of one copy

What loses the registers (Primitive.calls) cannot be in a chain.

This is no test: figures depend on the processor, and on what else runs on its other threads. It is how a slow stencil
is seen, one that goes through memory, or has lost what breaks a dependency. Needs Linux on x86-64.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import stencils
from primitive_cases import CASES, number
from primitives import PRIMITIVES, Primitive
from stencil_machine import CONTINUED, NATIVE, TYPE, Frame, Memory, Native, compile_primitives
from support import UserError, main_wrapper

Operand = int | float | Memory

COPIES = 210  # in a loop: a multiple of 2 and of SPREAD
SPREAD = 7  # registers of a primitive's first operand; the second one is in the register behind them
REPEATED = 3  # the register where there is only one
CHAINED = ((3, 4), (4, 3))
WAITS, CERTAIN = 1.5, 0.2  # times, and nanoseconds, that are not by chance
SIZE = 1 << 18  # bytes of code
SECONDS = 0.002  # that a chain runs at least, to be timed
BY_NAME = {primitive.name: primitive for primitive in PRIMITIVES}

# The result of a copy is a good operand of the next.
LIST = Memory(5, TYPE.address, 3, Memory(0, 0, 0).address, 4)
MANY = Memory(1 << 30, 0, 0)  # references
OPERANDS: dict[str, tuple[Operand, ...]] = {
    "INT_MULTIPLY_CHECKED": (3, 1),
    "INT_FLOOR_DIVIDE": (1000003, 1),
    "INT_MODULO": (7, 1000003),
    "LIST_ITEM": (0, LIST),
    "TUPLE_ITEM": (0, Memory(5, TYPE.address, 3, 0, 0, 0)),
    "BYTE_AT": (0, Memory(5, TYPE.address, 8, 0, 0)),
    "FLOAT_MULTIPLY": (1.5, 0.99),
    "FLOAT_DIVIDE": (1.5, 0.99),
    **dict.fromkeys(("DROP", "XDROP", "DROP_INT", "DROP_FLOAT"), (MANY,)),
}
# What only calls C, without another primitive's help, is measured in a pair.
ONLY_IN_PAIRS = {"BOX_FLOAT"}
_CELL = Frame.localsplus.offset + 8
PAIRS: dict[str, tuple[tuple[Operand, ...], dict[str, int]]] = {
    "SPILL+FILL": ((99,), {"DISP": _CELL}),
    "SPILL_NEAR+FILL_NEAR": ((99,), {"NEAR": _CELL}),
    "SPILL_AWAY+FILL_AWAY": ((99,), {"DISP": 8}),
    "SPILL_FLOAT+FILL_FLOAT": ((1.5,), {"DISP": _CELL}),
    "INCREF+DROP": ((Memory(5, 0),), {}),
    "XINCREF+XDROP": ((Memory(5, 0),), {}),
    "BOX_INT+DROP_INT": ((1000,), {"OPERAND": Memory(3, number(1000).address).address}),
    "BOX_FLOAT+DROP_FLOAT": ((2.5,), {"OPERAND": Memory(3, Memory(0, 0, 0).address).address}),
}
# Loads whose result is the address of what they load from: the word that has it may be any.
POINTERS = {"LOAD", "TYPE_OF", "INT64_AT"}
MOVES = {"MOVE", "MOVE_FLOAT"}


@dataclass(frozen=True)
class Subject:
    """What is measured: primitives that follow each other on the same registers, what these hold, and their holes."""

    primitives: tuple[Primitive, ...]
    operands: tuple[Operand, ...]
    holes: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """That of its primitives."""
        return "+".join(primitive.name for primitive in self.primitives)

    def variant(self, first: int, second: int = SPREAD) -> list[str]:
        """The stencils of one copy, by registers."""
        return [f"P_{each.name}_{first}{second if len(each.operands) == 2 else ''}" for each in self.primitives]

    def registers(self, chained: bool) -> tuple[Frame, list[tuple[Memory, list[int]]]]:
        """A frame with the operands in all registers that copies may name, and what memory they are, with its words.

        Copies do not share what the first operand points to.
        """
        frame = Frame()
        letters = self.primitives[0].operands
        read = [letter for letter in letters if letter not in "dD"]
        changed: list[tuple[Memory, list[int]]] = []
        for letter, operand in zip(read, self.operands, strict=True):
            places = range(SPREAD + 1) if chained else range(SPREAD) if letter == letters[0] else (SPREAD,)
            for place in places:
                if isinstance(operand, float):
                    frame.floats[place] = operand
                elif isinstance(operand, Memory):
                    own = Memory(*operand.words)
                    if chained:
                        own.words[:] = [own.address] * len(own.words)
                    changed.append((own, list(own.words)))
                    frame.registers[place] = own.address
                else:
                    frame.registers[place] = operand & (1 << 64) - 1
        return frame, changed


@dataclass(frozen=True)
class Figures:
    """Nanoseconds and bytes of a copy."""

    name: str
    bytes: int
    latency: float | None
    repeat: float
    spread: float
    overwrites: bool  # the register of its result is not that of an operand

    @property
    def waits(self) -> bool:
        """Whether it seems to need what it overwrites."""
        return self.overwrites and self.repeat > WAITS * self.spread and self.repeat - self.spread > CERTAIN


def subject(primitive: Primitive) -> Subject:
    """A primitive with operands that let it go on without a call."""
    case = next(case for case in CASES[primitive.name] if not case.exits)
    return Subject((primitive,), OPERANDS.get(primitive.name, tuple(case.operands)), case.holes)


def pair(name: str) -> Subject:
    """Two primitives, of which the second one undoes what the first did."""
    operands, holes = PAIRS[name]
    return Subject(tuple(BY_NAME[each] for each in name.split("+")), operands, holes)


def subjects(names: Iterable[str] = ()) -> list[Subject]:
    """All that can be measured, or what is named; raises UserError."""
    known = {each.name: each for each in PRIMITIVES if each.name not in ONLY_IN_PAIRS and not each.calls}
    wanted = list(names) or [*known, *PAIRS]
    if unknown := [name for name in wanted if name not in known and name not in PAIRS]:
        raise UserError(f"not known, or not to be measured alone: {', '.join(unknown)}")
    return [pair(name) if name in PAIRS else subject(known[name]) for name in sorted(set(wanted))]


class Bench:
    """A machine with the variants that the subjects' chains are made of."""

    def __init__(self, chosen: Sequence[Subject], runs: int = 7, seconds: float = SECONDS) -> None:
        if not NATIVE:
            raise UserError("stencils can be timed on Linux on x86-64 only")
        self.chosen, self.runs, self.seconds = chosen, runs, seconds
        named = {primitive.name: primitive for each in chosen for primitive in each.primitives}

        def wanted(primitive: Primitive, registers: tuple[int, ...]) -> bool:
            return len(registers) == 1 or registers[1] == SPREAD != registers[0] or registers in CHAINED

        with TemporaryDirectory() as folder:
            compiled = compile_primitives(Path(folder) / "source.c", NATIVE, named.values(), wanted)
        self.machine = Native(compiled, SIZE)
        self.empty = self.time([], Frame(), [], {})

    def measure(self) -> list[Figures]:
        """The figures of all subjects."""
        return [self.figures(each) for each in self.chosen]

    def figures(self, chosen: Subject) -> Figures:
        """Those of one."""
        (first, *others), letters = chosen.primitives, chosen.primitives[0].operands
        repeat = self.per_copy(chosen, [chosen.variant(REPEATED)] * COPIES)
        spread = self.per_copy(chosen, [chosen.variant(index % SPREAD) for index in range(COPIES)])
        latency = None
        if first.name in POINTERS | MOVES:
            latency = self.per_copy(chosen, [chosen.variant(*CHAINED[index % 2]) for index in range(COPIES)], chained=True)
        elif letters[0] in "mM" or others:
            latency = repeat
        size = sum(len(self.machine.image.stencil(f"STENCIL_{name}").hot.code) for name in chosen.variant(REPEATED))
        return Figures(chosen.name, size, latency, repeat, spread, letters[0] in "dD" and not others)

    def per_copy(self, chosen: Subject, copies: Sequence[Sequence[str]], chained: bool = False) -> float:
        """Nanoseconds of one of the copies."""
        frame, changed = chosen.registers(chained)
        whole = self.time([name for copy in copies for name in copy], frame, changed, chosen.holes)
        return max(whole - self.empty, 0.0) / len(copies)

    def time(
        self, names: Sequence[str], frame: Frame, changed: Sequence[tuple[Memory, list[int]]], holes: Mapping[str, int]
    ) -> float:
        """Nanoseconds of one round of a loop with these stencils, at best; raises UserError if one of them does not go on."""
        self.machine.rewind()
        start = self.machine.image.place(b"", 16)
        code = self.machine.load([*names, "AGAIN"], [*[holes] * len(names), {"JUMP": start}])
        rounds, best, left = 100, 0.0, self.runs
        while left:
            for memory, words in changed:
                memory.words[:] = [*words]
            current = Frame.from_buffer_copy(frame)
            current.stacktop = rounds
            before = time.process_time_ns()
            how = self.machine.run_at(current, code[0])
            elapsed = time.process_time_ns() - before
            if how != CONTINUED or self.machine.made or self.machine.freed:
                raise UserError(f"{names[0]} left its chain, or made or freed something")
            if elapsed < self.seconds * 1e9:
                rounds *= 2  # the first runs warm up, too
                continue
            best = min(best or elapsed / rounds, elapsed / rounds)
            left -= 1
        return best


def table(found: Iterable[Figures]) -> str:
    """The figures by name, as text."""
    lines = [f"{'nanoseconds of a copy':26} {'latency':>8} {'repeat':>8}  {'spread':>8} {'bytes':>6}"]
    for each in sorted(found, key=lambda figures: figures.name):
        latency = "" if each.latency is None else f"{each.latency:.2f}"
        mark = "*" if each.waits else " "
        lines.append(f"{each.name:26} {latency:>8} {each.repeat:8.2f}{mark} {each.spread:8.2f} {each.bytes:6}")
    return "\n".join(lines)


def main(argv: Sequence[str]) -> int:
    """The command line; 0, or 1 after one line on stderr."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="primitives, or pairs such as INCREF+DROP (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, too")
    parser.add_argument("--runs", type=int, default=7, metavar="N", help="of each chain, the best of which counts (default: 7)")
    options = parser.parse_args(argv)
    try:
        found = Bench(subjects(options.names), max(options.runs, 1)).measure()
    except stencils.FAILURES as error:
        raise UserError(str(error)) from None
    print(table(found))
    if options.json:
        stencils.replace(options.json, json.dumps([asdict(each) for each in found], indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main_wrapper(main))
