"""What the variants of a primitive have in common: code that differs in the bits that name registers.

Instructions name each of their registers in bits of their own, so the code of a variant is that of another one, changed
(by exclusive or) in some bits for its first register and in others for its second. Variants whose code has the same
lengths and holes, and for which that is so, are one entry of the table, with the changes for each register; not so are
those whose registers need other instructions (on x86-64, r12 and r13 as addresses), which are entries of their own, as all
other stencils are. Of 154,000 bytes of code, 68,000 are left, and of 6,500 entries 1,000.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from stencil_link import Hole, Stencil

REGISTERS = 8
VARIANT = re.compile(r"(STENCIL_P_\w+)_([0-7]{1,2})")
PLACES = 1 << 8  # where a change may be, which is a byte

# What a register changes: places in the code, the cold part right behind the hot one, and the bits there.
Change = tuple[tuple[int, int], ...]
Row = tuple[Change, ...]  # one for each register
Holes = tuple[tuple[Hole, ...], tuple[Hole, ...]]
UNCHANGED: Row = ((),) * REGISTERS


def code_of(stencil: Stencil) -> bytes:
    """Of both parts."""
    return stencil.hot.code + stencil.cold.code


def holes_of(stencil: Stencil) -> Holes:
    """The list of a stencil's holes: hot and cold ones."""
    return tuple(stencil.hot.holes), tuple(stencil.cold.holes)


@dataclass
class Entry:
    """Stencils with one entry in the table: `code` is that of none of its registers changed, `rows` what each digit changes.

    The registers of a stencil are the octal digits, the last one first, of its number's distance from `first`.
    """

    stencil: Stencil
    code: bytes
    first: int = 0
    rows: tuple[Row, Row] = (UNCHANGED, UNCHANGED)

    @property
    def shared(self) -> bool:
        """Are there changes?"""
        return self.rows != (UNCHANGED, UNCHANGED)

    def code_at(self, number: int) -> bytes:
        """The code of one of its stencils."""
        code = bytearray(self.code)
        for digit, row in enumerate(self.rows):
            for place, bits in row[(number - self.first) >> 3 * digit & REGISTERS - 1] if self.shared else ():
                code[place] ^= bits
        return bytes(code)


@dataclass
class Fit:
    """What is known of the changes, while variants are looked at: by digit and register."""

    base: bytes
    known: list[dict[int, bytes]]
    numbers: list[int] = field(default_factory=list)

    def takes(self, digits: Sequence[int], code: bytes) -> bool | None:
        """Is it one of them? None if that cannot be said yet."""
        change = difference(code, self.base)
        unknown = [digit for digit, register in enumerate(digits) if register not in self.known[digit]]
        for digit, register in enumerate(digits):
            change = difference(change, self.known[digit].get(register, bytes(len(change))))
        if len(unknown) > 1:
            return None
        if unknown:
            self.known[unknown[0]][digits[unknown[0]]] = change
            return True
        return not any(change)


def difference(a: bytes, b: bytes) -> bytes:
    """Bits that differ."""
    return bytes(x ^ y for x, y in zip(a, b, strict=True))


def digits_of(distance: int, count: int) -> list[int]:
    """Octal digits, the last one first."""
    return [distance >> 3 * digit & REGISTERS - 1 for digit in range(count)]


def fit(first: int, members: dict[int, Stencil], count: int) -> tuple[Entry, set[int]]:
    """An entry for as many of some variants of one primitive as one can be for, and their numbers."""
    numbers = list(members)
    base = code_of(members[numbers[0]])
    found = Fit(base, [{register: bytes(len(base))} for register in digits_of(numbers[0] - first, count)])
    waiting, progress = numbers, True
    while waiting and progress:
        answers = {number: found.takes(digits_of(number - first, count), code_of(members[number])) for number in waiting}
        found.numbers += [number for number, answer in answers.items() if answer]
        waiting = [number for number, answer in answers.items() if answer is None]
        progress = any(answer for answer in answers.values())
    rows = [
        tuple(
            tuple((place, bits) for place, bits in enumerate(known.get(register, b"")) if bits) for register in range(REGISTERS)
        )
        for known in found.known
    ]
    entry = Entry(members[numbers[0]], base, first, (rows[0], rows[1] if count == 2 else UNCHANGED))
    return entry, set(found.numbers)


def families(all_stencils: Sequence[Stencil]) -> Iterable[tuple[int, int, list[Stencil]]]:
    """Stencils that are all variants of one primitive, or one by itself: the first number, how many digits, and they."""
    number = 0
    while number < len(all_stencils):
        match = VARIANT.fullmatch(all_stencils[number].name)
        count = len(match[2]) if match else 0
        names = [f"{match[1]}_{k:0{count}o}" for k in range(REGISTERS**count)] if match else []
        family = list(all_stencils[number : number + len(names)])
        if not names or [each.name for each in family] != names:
            count, family = 0, [all_stencils[number]]
        yield number, count, family
        number += len(family)


def entries(all_stencils: Sequence[Stencil]) -> tuple[list[Entry], list[int]]:
    """The table, entries with changes first, and the index in it of each stencil."""
    made: list[tuple[Entry, set[int]]] = []
    alone: dict[tuple[bytes, int, Holes, bool], tuple[Entry, set[int]]] = {}
    for first, count, family in families(all_stencils):
        groups: dict[tuple[int, int, Holes, bool, bool], dict[int, Stencil]] = {}
        for number, stencil in enumerate(family, first):
            # (With one register for both operands, other instructions may do.)
            same = count == 2 and len(set(digits_of(number - first, 2))) == 1
            alike = len(stencil.hot.code), len(code_of(stencil)), holes_of(stencil), stencil.stats.clobbers, same
            groups.setdefault(alike, {})[number] = stencil
        for (_, length, _, _, same), group in groups.items():
            while group:
                fits = count and length <= PLACES
                entry, numbers = fit(first, group, 1 if same else count) if fits else alone_of(group)
                if len(numbers) == 1:
                    number = next(iter(numbers))
                    key = (code_of(group[number]), len(group[number].hot.code), holes_of(group[number]), group[number].stats.clobbers)
                    alone.setdefault(key, (Entry(group[number], code_of(group[number])), set()))[1].add(number)
                else:
                    made.append((entry, numbers))
                group = {number: stencil for number, stencil in group.items() if number not in numbers}
    made.sort(key=lambda each: not each[0].shared)
    table = [*made, *alone.values()]
    index = {number: place for place, (_, numbers) in enumerate(table) for number in numbers}
    return [entry for entry, _ in table], [index[number] for number in range(len(all_stencils))]


def alone_of(group: dict[int, Stencil]) -> tuple[Entry, set[int]]:
    """The first of them by itself."""
    number, stencil = next(iter(group.items()))
    return Entry(stencil, code_of(stencil)), {number}
