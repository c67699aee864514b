"""What each primitive does: operands, holes, and what comes of them, for the tests, and for stencil_bench.py to have operands."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from primitives import FLOAT_REGISTERS, REGISTERS, Primitive
from stencil_machine import FALSE, FLOAT_TYPE, NEW_FLOAT, NEW_INT, TRUE, TYPE, Frame, Memory, bits, character, of_bits, small

OTHER_TYPE = Memory(78 << 32)
TYPED = Memory(5, TYPE.address, 0)
IMMORTAL = 0xFFFF_FFFF


NAN, INFINITY = float("nan"), float("inf")
FLOAT = Memory(2, FLOAT_TYPE, bits(2.5))
NONE_FREE = Memory(0, 0)  # a free list
FULL_LIST = Memory(100, 0x1111_2222_6660)
MASK = (1 << 30) - 1  # the largest digit
LOW, HIGH = -(1 << 63), (1 << 63) - 1  # of a register


def number(value: int, count: int = 5) -> Memory:
    """An int object, of up to four digits; `count` refer to it."""
    digits = [abs(value) >> shift & MASK for shift in (0, 30, 60, 90)]
    tag = -(-value.bit_length() // 30) << 3 | (1 if value == 0 else 2 if value < 0 else 0)
    return Memory(count, TYPE.address, tag, digits[0] | digits[1] << 32, digits[2] | digits[3] << 32)


BOXING = {"OPERAND": NONE_FREE.address}
RENEWING = {"DISP": Frame.localsplus.offset + 8}
NARROWED = Memory(1, TYPE.address, 1 << 3, 8 << 32 | 7)  # renewed, it had two digits
WORDS = Memory(0x1000, 0x1001, 0x1002)
LIST = Memory(5, TYPE.address, 3, WORDS.address, 4)
TUPLE = Memory(5, TYPE.address, 3, 0x1000, 0x1001, 0x1002)
BYTES = Memory(5, TYPE.address, 8, 0, 0xFF80_0000_0000_7F41)
ASCII, OTHER_STATE = 0b1110_0101, 0b1010_0111  # interned, of one byte each, compact, statically allocated
DOUBLES, INTS = Memory(ord("d")), Memory(ord("i"))  # typecodes
ARRAY = Memory(5, TYPE.address, 3, WORDS.address, 4, DOUBLES.address)


def text(characters: bytes, state: int = ASCII) -> Memory:
    """A str of so many characters, and what is at the place of those of ASCII."""
    words = [int.from_bytes(characters[at : at + 8], "little") for at in range(0, len(characters), 8)]
    return Memory(5, TYPE.address, len(characters), -1, state, *words, -1)


def range_iterator(start: int, step: int, left: int) -> Memory:
    """An iterator over a range."""
    return Memory(5, TYPE.address, start, step, left)


@dataclass
class Case:
    """A primitive's operands (values or memory to point to), its holes, and what comes of it.

    `result` is the value of the register that it writes; `exits` says that it
    leaves instead; `after` are the words of the last memory operand then.
    """

    operands: Sequence[int | float | Memory]
    holes: dict[str, int] = field(default_factory=dict)
    result: int | float | None = None
    exits: bool = False
    after: list[int] | None = None

    def __post_init__(self) -> None:
        self.before = [(each, list(each.words)) for each in self.operands if isinstance(each, Memory)]

    def restore(self) -> None:
        """Undo what a run did to the memory."""
        for memory, words in self.before:
            memory.words[:] = words


def guard(
    good: Sequence[int | float | Memory], bad: Sequence[int | float | Memory], holes: dict[str, int] | None = None
) -> list[Case]:
    """A guard that lets the first operands pass and exits with the others."""
    return [Case(good, holes or {}), Case(bad, holes or {}, exits=True)]


def calculate() -> dict[str, list[Case]]:
    """For each operation: what Python makes of these pairs, cut to a register, or an exit of what is checked."""
    checked: dict[str, Callable[[int, int], int]] = {"ADD": operator.add, "SUBTRACT": operator.sub, "MULTIPLY": operator.mul}
    operations = checked | {"AND": operator.and_, "OR": operator.or_, "XOR": operator.xor}
    pairs = [(-2, 3), (3, 3), (0, -1), (HIGH, 1), (1, LOW), (LOW, -1), (LOW, LOW), (1 << 31, 1 << 32), (-(3 << 31), 3 << 31)]
    found: dict[str, list[Case]] = {}
    for name, operation in operations.items():
        for left, right in pairs:
            result = operation(left, right)
            found.setdefault(f"INT_{name}", []).append(Case([left, right], result=result))
            if name in checked:
                case = Case([left, right], result=result, exits=not LOW <= result <= HIGH)
                found.setdefault(f"INT_{name}_CHECKED", []).append(case)
        if name in ("ADD", "MULTIPLY", "AND"):
            found[f"INT_{name}_IMM"] = [
                Case([left], {"OPERAND32": right}, result=operation(left, right))
                for left in (-7, 1 << 40, HIGH)
                for right in (0, 3, -1, -(1 << 31), (1 << 31) - 1)
            ]
    return found


def divide() -> dict[str, list[Case]]:
    """Operands of all signs, some of which divide without rest, of 32 bits and of more."""
    sizes = [(7, 2), (6, 3), (0, 5), (2, 7), ((1 << 32) - 1, 1 << 31), (1 << 32, 3), (HIGH, 10), (3, 1 << 40), (1 << 40, 1 << 20)]
    pairs = [(left * sign, right * other) for left, right in sizes for sign in (1, -1) for other in (1, -1)]
    pairs += [(LOW, 1), (LOW, 3), (LOW, -3), (LOW, LOW), (HIGH, LOW)]
    return {
        "INT_FLOOR_DIVIDE": [Case(pair, result=pair[0] // pair[1]) for pair in pairs],
        "INT_MODULO": [Case(pair, result=pair[0] % pair[1]) for pair in pairs],
    }


def renew(old: int, value: int) -> Case:
    """An int that is renewed in place (if it gets shorter, the digits behind the first stay)."""
    before, after = number(old, 1), number(value, 1)
    words = [*after.words[:3], before.words[3] >> 32 << 32 | after.words[3], before.words[4]]
    return Case([before, value], RENEWING, after=words if value <= MASK else list(after.words))


def compare(outcomes: str) -> dict[str, list[Case]]:
    """For each comparison: whether it holds for -2 and 3, 3 and 3, 3 and -2."""
    pairs = [(-2, 3), (3, 3), (3, -2)]
    found: dict[str, list[Case]] = {}
    for line in outcomes.split():
        name, _, bits = line.partition(":")
        for (left, right), bit in zip(pairs, bits, strict=True):
            found.setdefault(f"INT_{name}", []).append(Case([left, right], result=int(bit)))
            found.setdefault(f"GUARD_INT_{name}", []).append(Case([left, right], exits=bit == "0"))
            found.setdefault(f"GUARD_INT_{name}_IMM", []).append(Case([left], {"OPERAND32": right}, exits=bit == "0"))
    return found


def compare_floats(outcomes: str) -> dict[str, list[Case]]:
    """For each comparison: whether it holds for these pairs."""
    pairs = [(-2.0, 3.5), (3.5, 3.5), (3.5, -2.0), (0.0, -0.0), (NAN, 1.0), (1.0, NAN), (NAN, NAN), (-INFINITY, INFINITY)]
    found: dict[str, list[Case]] = {}
    for line in outcomes.split():
        name, _, holds = line.partition(":")
        for pair, bit in zip(pairs, holds, strict=True):
            found.setdefault(f"GUARD_FLOAT_{name}", []).append(Case(pair, exits=bit == "0"))
            if name in ("LT", "LE"):
                found.setdefault(f"GUARD_FLOAT_NOT_{name}", []).append(Case(pair, exits=bit == "1"))
    return found


def extremes() -> dict[str, list[Case]]:
    """A number and the best so far, and which of the two is the better one (of equals the best so far)."""
    ints = [(-2, 3), (3, -2), (3, 3), (0, -1), (MASK, -MASK), (-MASK, MASK), (0, 0), (-1, 0)]
    wide = [(LOW, HIGH), (HIGH, LOW), (1 << 40, -(1 << 40))]
    floats = [(-2.0, 3.5), (3.5, -2.0), (0.0, -0.0), (-0.0, 0.0), (NAN, 1.0), (1.0, NAN), (-INFINITY, INFINITY), (5e-324, 0.0)]
    found: dict[str, list[Case]] = {}
    for most, more, better in (("LEAST", "LESSER", operator.lt), ("GREATEST", "GREATER", operator.gt)):
        found[f"INT_{most}"] = [Case(pair, result=pair[0] if better(*pair) else pair[1]) for pair in ints + wide]
        found[f"FLOAT_{most}"] = [Case(pair, result=pair[0] if better(*pair) else pair[1]) for pair in floats]
        for kind, pairs in (("INT", ints), ("FLOAT", floats)):
            cases = found[f"{more}_{kind}"] = []
            for pair in pairs:
                objects = [number(each) if isinstance(each, int) else Memory(2, FLOAT_TYPE, bits(each)) for each in pair]
                cases.append(Case(objects, result=objects[0 if better(*pair) else 1].address))
    found["LESSER_INT"].append(Case([NARROWED, number(8)], result=NARROWED.address))
    return found


CASES: dict[str, list[Case]] = {
    "SPILL": [Case([99], {"DISP": Frame.localsplus.offset + 8})],
    "FILL": [Case([], {"DISP": Frame.localsplus.offset + 16}, result=1002)],
    "SPILL_NEAR": [Case([99], {"NEAR": Frame.localsplus.offset + 8})],
    "FILL_NEAR": [Case([], {"NEAR": Frame.localsplus.offset + 16}, result=1002)],
    "SPILL_AWAY": [Case([99], {"DISP": 8})],
    "FILL_AWAY": [Case([], {"DISP": 16}, result=1002)],
    "MOVE": [Case([99], result=99)],
    "IMM": [Case([], {"OPERAND": 0x1234_5678_9ABC_DEF0}, result=0x1234_5678_9ABC_DEF0), Case([], {"OPERAND": 0}, result=0)],
    "IMM32": [Case([], {"OPERAND32": 0xFFFF_FFF0}, result=0xFFFF_FFF0), Case([], {"OPERAND32": 0}, result=0)],
    "INCREF": [Case([Memory(5, 0)], after=[6, 0])],
    "XINCREF": [Case([Memory(5, 0)], after=[6, 0]), Case([0])],
    "DROP": [Case([Memory(5, 0)], after=[4, 0]), Case([Memory(IMMORTAL, 0)], after=[IMMORTAL, 0])],
    "DROP_SHARED": [Case([Memory(5, 0)], after=[4, 0]), Case([Memory(IMMORTAL, 0)], after=[IMMORTAL, 0])],
    "DROP_INT": [
        Case([Memory(5, 0)], {"OPERAND": 0}, after=[4, 0]),
        Case([Memory(IMMORTAL, 0)], {"OPERAND": 0}, after=[IMMORTAL, 0]),
    ],
    "DROP_FLOAT": [
        Case([Memory(5, 0)], {"OPERAND": 0}, after=[4, 0]),
        Case([Memory(IMMORTAL, 0)], {"OPERAND": 0}, after=[IMMORTAL, 0]),
    ],
    "XDROP": [Case([Memory(5, 0)], after=[4, 0]), Case([0])],
    "GUARD_TYPE": guard([TYPED], [Memory(5, OTHER_TYPE.address)], {"OPERAND": TYPE.address}),
    "GUARD_VERSION": guard([TYPED], [Memory(5, OTHER_TYPE.address)], {"OPERAND32": 77}),
    "GUARD_IS": guard([TRUE], [FALSE], {"OPERAND": TRUE}),
    "GUARD_IS_NOT": guard([FALSE], [TRUE], {"OPERAND": TRUE}),
    "GUARD_NULL": guard([0], [1 << 40]),
    "GUARD_NOT_NULL": guard([1 << 40], [0]),
    "GUARD_SAME": guard([1 << 40, 1 << 40], [1 << 40, 1]),
    "GUARD_NOT_SAME": guard([1 << 40, 1], [1 << 40, 1 << 40]),
    "GUARD_BYTE": guard([Memory(1, 1 << 40)], [Memory(1, 0xFFFF_00FF_FFFF_FFFF)], {"DISP": 13}),
    "GUARD_ZERO": guard([Memory(1, 0)], [Memory(0, 1 << 40)], {"DISP": 8}),
    "GUARD_TRUE": guard([1], [0]),
    "GUARD_FALSE": guard([0], [1]),
    **compare("LT:100 LE:110 EQ:010 NE:101 GT:001 GE:011"),
    "UNBOX_INT": [
        *(Case([number(value)], result=value) for value in (0, 7, -7, MASK, -MASK)),
        Case([NARROWED], result=7),
        *(Case([number(value)], exits=True) for value in (MASK + 1, -MASK - 1)),
    ],
    "UNBOX_WIDE": [
        *(Case([number(value * sign)], result=value * sign) for value in (0, 7, MASK, MASK + 1, (1 << 60) - 1) for sign in (1, -1)),
        Case([NARROWED], result=7),
        *(Case([number(value)], exits=True) for value in (1 << 60, -(1 << 60), 1 << 90)),
    ],
    **calculate(),
    "INT_SHIFT_LEFT": [Case(pair, result=pair[0] << pair[1]) for pair in ((3, 0), (3, 40), (-3, 5), (3, 63), (5, 5))],
    "INT_SHIFT_RIGHT": [
        Case(pair, result=pair[0] >> pair[1]) for pair in ((3, 0), (3, 1), (-3, 1), (-1, 63), (HIGH, 62), (LOW, 63))
    ],
    **divide(),
    **extremes(),
    "GUARD_COMPACT": [*guard([MASK], [MASK + 1]), *guard([-MASK], [-MASK - 1]), *guard([0], [HIGH]), *guard([1], [LOW])],
    "BOX_INT": [
        *(Case([value], BOXING, result=small(value)) for value in (-5, -1, 0, 256)),
        *(Case([value], BOXING, result=NEW_INT.address) for value in (-6, 257, LOW, HIGH)),
    ],
    "RENEW_INT": [
        *(renew(old, value) for old in (1000, -1000) for value in (257, MASK)),
        *(renew(MASK + 1, value) for value in (257, MASK, MASK + 1, (1 << 60) - 1)),
        *(renew(old, MASK) for old in (-MASK - 1, 1 - (1 << 60))),
    ],
    "GUARD_INDEX": [
        *guard([0, LIST], [3, LIST]),
        *guard([2, LIST], [-1, LIST]),
        *guard([0, TUPLE], [0, Memory(5, TYPE.address, 0)]),
    ],
    "LIST_ITEM": [Case([i, LIST], result=0x1000 + i) for i in (0, 2)],
    "LIST_PLACE": [Case([i, LIST], result=WORDS.address + 8 * i) for i in (0, 2)],
    "TUPLE_ITEM": [Case([i, TUPLE], result=0x1000 + i) for i in (0, 2)],
    "SIZE": [Case([LIST], result=3), Case([Memory(5, TYPE.address, 0)], result=0)],
    "BYTE_AT": [Case([i, BYTES], result=byte) for i, byte in ((0, 0x41), (1, 0x7F), (6, 0x80), (7, 0xFF))],
    "GUARD_ASCII": guard([text(b"ab")], [text(b"ab", OTHER_STATE)]),
    "GUARD_CHARACTER": [
        *guard([text(b"a")], [text(b"a", OTHER_STATE)]),
        *guard([text(b"\0")], [text(b"ab")]),
        Case([text(b"")], exits=True),
        Case([Memory(5, TYPE.address, 1 << 32 | 1, -1, ASCII, 0)], exits=True),
    ],
    "ASCII_AT": [Case([i, text(b"ab\0defghij\x7f")], result=byte) for i, byte in ((0, 0x61), (2, 0), (9, 0x6A), (10, 0x7F))],
    "ORDINAL": [Case([text(each)], result=each[0]) for each in (b"a", b"\0", b"\x7f", b"ab")],
    "CHARACTER": [Case([ordinal], result=character(ordinal)) for ordinal in (0, 1, 97, 127)],
    "GUARD_TYPECODE": guard([ARRAY], [Memory(*ARRAY.words[:5], INTS.address)], {"OPERAND32": ord("d")}),
    **{f"ARRAY_PLACE_{size}": [Case([i, ARRAY], result=WORDS.address + i * size) for i in (0, 2, 1 << 33)] for size in (1, 4, 8)},
    "UINT8_AT": [Case([Memory(word)], result=word & 0xFF) for word in (-1, 0x107F)],
    "INT32_AT": [Case([Memory(word, 0)], result=result) for word, result in ((0x1_8000_0000, -(1 << 31)), (-1 << 32 | 7, 7))],
    "INT64_AT": [Case([Memory(word)], result=word) for word in (LOW, HIGH)],
    "SET_UINT8": [Case([Memory(-1), 0x1_23], after=[-1 ^ 0xDC]), Case([Memory(0), 255], after=[255])],
    "SET_INT32": [Case([Memory(0), -2], after=[0xFFFF_FFFE]), Case([Memory(-1), 5 << 32], after=[-1 << 32])],
    "SET_INT64": [Case([Memory(0, 1), LOW], after=[LOW, 1])],
    "GUARD_UNSHARED": [*guard([Memory(1, 0)], [Memory(2, 0)]), Case([Memory(IMMORTAL, 0)], exits=True)],
    "GUARD_SHARED": [*guard([Memory(2, 0)], [Memory(1, 0)]), Case([Memory(IMMORTAL, 0)])],
    "GUARD_RANGE_LEFT": guard([range_iterator(7, 2, 1)], [range_iterator(7, 2, 0)]),
    "RANGE_START": [Case([range_iterator(start, 2, 1)], result=start) for start in (7, -7)],
    "RANGE_ADVANCE": [
        Case([range_iterator(7, 2, 3)], after=[5, TYPE.address, 9, 2, 2]),
        Case([range_iterator(1, -2, 1)], after=[5, TYPE.address, -1, -2, 0]),
    ],
    "SAME": [Case([1 << 40, 1 << 40], result=1), Case([1 << 40, 1], result=0)],
    "INT_TRUTH": [Case([number(-7)], result=1), Case([number(0)], result=0)],
    "SIZE_TRUTH": [Case([Memory(5, 0, 1 << 40)], result=1), Case([Memory(5, 1, 0)], result=0)],
    "NOT": [Case([0], result=1), Case([1], result=0)],
    "BOOL": [Case([1], result=TRUE), Case([0], result=FALSE)],
    "TYPE_OF": [Case([TYPED], result=TYPE.address)],
    "LOAD": [
        Case([Memory(1, 2, 3)], {"DISP": 16}, result=3),
        Case([TYPED.address + 16], {"DISP": -8}, result=TYPE.address),
    ],
    "STORE": [Case([Memory(1, 2, 3), 99], {"DISP": 8}, after=[1, 99, 3])],
    "SPILL_FLOAT": [Case([of_bits(99)], {"DISP": Frame.localsplus.offset + 8})],
    "FILL_FLOAT": [Case([], {"DISP": Frame.localsplus.offset + 16}, result=of_bits(1002))],
    "SPILL_FLOAT_AWAY": [Case([of_bits(99)], {"DISP": 8})],
    "FILL_FLOAT_AWAY": [Case([], {"DISP": 16}, result=of_bits(1002))],
    "MOVE_FLOAT": [Case([-0.0], result=-0.0)],
    "UNBOX_FLOAT": [Case([FLOAT], result=2.5)],
    "FLOAT_AT": [Case([], {"OPERAND": FLOAT.address + 16}, result=2.5)],
    "INT_TO_FLOAT": [Case([(1 << 53) - 1], result=2.0**53 - 1), Case([-7], result=-7.0), Case([0], result=0.0)],
    "BOX_FLOAT": [Case([2.5], {"OPERAND": NONE_FREE.address}, result=NEW_FLOAT.address)],
    "RENEW_FLOAT": [Case([Memory(1, FLOAT_TYPE, 0), 2.5], {"DISP": 0, "OPERAND": 0}, after=[1, FLOAT_TYPE, bits(2.5)])],
    "DOUBLE_AT": [Case([Memory(bits(-0.0))], result=-0.0), Case([FLOAT.address + 16], result=2.5)],
    "SET_DOUBLE": [Case([Memory(7, 8), -0.0], after=[bits(-0.0), 8])],
    "SET_FLOAT": [Case([Memory(2, FLOAT_TYPE, bits(2.5)), INFINITY], after=[2, FLOAT_TYPE, bits(INFINITY)])],
    "FLOAT_ADD": [Case([1.5, 2.25], result=3.75), Case([-0.0, -0.0], result=-0.0)],
    "FLOAT_SUBTRACT": [Case([1.5, 2.25], result=-0.75), Case([INFINITY, 1.0], result=INFINITY)],
    "FLOAT_MULTIPLY": [Case([1.5, 2.5], result=3.75), Case([-1.0, 0.0], result=-0.0)],
    "FLOAT_DIVIDE": [Case([1.0, 3.0], result=1 / 3), Case([-1.0, INFINITY], result=-0.0)],
    "FLOAT_NEGATE": [Case([1.5], result=-1.5), Case([0.0], result=-0.0), Case([-INFINITY], result=INFINITY)],
    "FLOAT_ABSOLUTE": [Case([x], result=abs(x)) for x in (1.5, -1.5, 0.0, -0.0, INFINITY, -INFINITY, -5e-324)],
    "FLOAT_SQRT": [Case([x], result=math.sqrt(x)) for x in (2.0, 0.0, -0.0, 5e-324, INFINITY, 1.7e308)],
    "FLOAT_POWER": [
        *(Case(pair, result=math.pow(*pair)) for pair in ((2.0, 10.0), (10.0, 2.0), (9.0, 0.5), (-2.0, 3.0), (1.5, 1.5), (-0.0, 3.0))),
        *(Case(pair, exits=True) for pair in ((-8.0, 0.5), (0.0, -1.0), (1e300, 2.0), (NAN, 1.0))),
    ],
    "FLOAT_FUNCTION": [
        *(Case([x], result=math.sqrt(x)) for x in (2.0, 0.0, -0.0, 5e-324, 1.7e308)),
        *(Case([x], exits=True) for x in (-1.0, INFINITY, NAN)),
    ],
    "FLOAT_TO_INT": [
        *(Case([x], result=int(x)) for x in (0.0, -0.0, 0.99, -0.99, 2.5, -2.5, 5e-324, 2.0**53 + 2, 2.0**60 - 128, 128 - 2.0**60)),
        *(Case([x], exits=True) for x in (2.0**60, -(2.0**60), 2.0**63, 1e300, -INFINITY, INFINITY, NAN)),
    ],
    "GUARD_FLOAT_NOT_NEGATIVE": [*guard([0.0], [-5e-324]), *guard([-0.0], [-INFINITY]), *guard([NAN], [-1.0])],
    "GUARD_FLOAT_NOT_ZERO": [*guard([5e-324], [0.0]), *guard([NAN], [-0.0])],
    **compare_floats("LT:10000001 LE:11010001 EQ:01010000 NE:10101111"),
}

# Those that may call.
CALLING = {"DROP", "DROP_INT", "DROP_FLOAT", "XDROP", "BOX_FLOAT", "RENEW_FLOAT", "BOX_INT", "RENEW_INT"}


def fresh_frame() -> Frame:
    """A frame whose registers hold 2000, 2001 .., and 3000.0 .., and whose cells 1000, 1001 .."""
    frame = Frame()
    frame.floats[:] = [3000.0 + i for i in range(FLOAT_REGISTERS)]
    frame.registers[:] = range(2000, 2000 + REGISTERS)
    frame.localsplus[:] = range(1000, 1004)
    return frame


def runs(primitive: Primitive, case: Case) -> Iterator[tuple[tuple[int, ...], Frame]]:
    """Each variant that can take the operands (in one register only if both are the same), with its frame."""
    read = [letter for letter in primitive.operands if letter not in "dD"]
    values = dict(zip(read, case.operands, strict=True))
    for registers in primitive.variants():
        frame = fresh_frame()
        taken: dict[int, int] = {}
        for letter, register in zip(primitive.operands, registers, strict=True):
            operand = values.get(letter)
            if isinstance(operand, float):
                if bits(operand) != taken.setdefault(-1 - register, bits(operand)):
                    break
                frame.floats[register] = operand
            elif operand is not None:
                value = (operand.address if isinstance(operand, Memory) else operand) & (1 << 64) - 1
                if taken.setdefault(register, value) != value:
                    break
                frame.registers[register] = value
        else:
            yield registers, frame
