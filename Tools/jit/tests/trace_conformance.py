"""Whole traces of primitives, put together as emit.c does: guards and exits, loops, spills, calls of C in between.

Programs are written by hand, with what must come of them, or made by chance; then a model in Python says that. The model
knows each primitive by what Python computes.
"""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import machines
import pytest
from primitive_cases import NONE_FREE, fresh_frame, number
from primitives import FLOAT_REGISTERS, PRIMITIVES, REGISTERS
from stencil_loader import At
from stencil_machine import CONTINUED, FLOAT_TYPE, NEW_FLOAT, TYPE, Frame, Machine, Memory, bits, of_bits

OPERANDS = {primitive.name: primitive.operands for primitive in PRIMITIVES}
CELL = Frame.localsplus.offset
CELLS = 4
WORD = (1 << 64) - 1


def signed(value: int) -> int:
    """A register as a number."""
    value &= WORD
    return value - (1 << 64) if value >> 63 else value


@dataclass(frozen=True)
class Step:
    """A primitive, its registers, its holes, and where it leaves to if it does."""

    name: str
    registers: tuple[int, ...] = ()
    holes: Mapping[str, int] = field(default_factory=dict)
    exit: int | None = None

    @property
    def stencil(self) -> str:
        """The variant's name."""
        return f"P_{self.name}_{''.join(map(str, self.registers))}" if self.name in OPERANDS else self.name


def step(name: str, *registers: int, exit: int | None = None, **holes: int) -> Step:
    """A step, in a line."""
    return Step(name, registers, holes, exit)


JUMP = step("JUMP")


class Trace:
    """Code in a machine, which starts with all registers from a frame; exits have records, as in struct jit_exit."""

    def __init__(self, machine: Machine, steps: Sequence[Step], exits: int, top: int = 0) -> None:
        self.machine = machine
        image = machine.image
        leave = image.load(["STENCIL_LEAVE"], [{}])[0]
        machine.after_leave = image.load(["STENCIL_EXIT_RETURN"], [{}])[0]
        self.records = [Memory(leave) for _ in range(exits)]
        names = ["STENCIL_TAKE", *(f"STENCIL_{each.stencil}" for each in steps), "STENCIL_GIVE"]
        stubs = len(names)
        holes: list[Mapping[str, int | At]] = [{}]
        for each in steps:
            leaves = {} if each.exit is None else {"EXIT": At(stubs + each.exit)}
            holes.append({**machine.holes, "JUMP": At(1 + top), **each.holes, **leaves})
        holes.append({"OPERAND": CONTINUED})
        holes += [{"OPERAND": record.address} for record in self.records]
        self.code = image.load([*names, *["STENCIL_EXIT"] * exits], holes)[0]

    def run(self, frame: Frame) -> int | None:
        """Run it: the exit that it left by, or None where it ended; the frame then has all registers."""
        self.machine.left.clear()
        found = self.machine.run_at(frame, self.code)
        if found == CONTINUED:
            return None
        ((record, registers, floats),) = self.machine.left
        assert record == found
        frame.registers[:] = registers
        frame.floats[:] = floats
        return [each.address for each in self.records].index(record)


class Leave(Exception):
    """A guard that failed, in the model."""


def _guard(holds: bool) -> None:
    if not holds:
        raise Leave


@dataclass
class Model:
    """What a trace works on: registers as words, floats, cells."""

    registers: list[int]
    floats: list[float]
    cells: list[int]

    def run(self, steps: Sequence[Step]) -> int | None:
        """What Trace.run() must do."""
        for each in steps:
            try:
                self.do(each)
            except Leave:
                return each.exit
        return None

    def do(self, each: Step) -> None:
        """One primitive; nothing changes if it raises Leave."""
        letters = OPERANDS[each.name]
        values: list[int | float] = [
            self.floats[register] if letter.isupper() else self.registers[register]
            for letter, register in zip(letters, each.registers, strict=True)
            if letter not in "dD"
        ]
        if each.name in ("SPILL", "SPILL_NEAR", "SPILL_AWAY", "SPILL_FLOAT", "SPILL_FLOAT_AWAY"):
            value = values[0]
            self.cells[cell_of(each)] = bits(value) if isinstance(value, float) else value
            return
        if each.name.startswith("FILL"):
            word = self.cells[cell_of(each)]
            result: int | float = of_bits(word) if "FLOAT" in each.name else word
        else:
            constant = each.holes.get("OPERAND", each.holes.get("OPERAND32"))
            outcome = PURE[each.name](*values) if constant is None else PURE[each.name](*values, constant)
            if outcome is None:
                return
            result = outcome
        if isinstance(result, float):
            self.floats[each.registers[0]] = result
        else:
            self.registers[each.registers[0]] = result & WORD


def cell_of(each: Step) -> int:
    """Which of the frame's cells is meant; what has no place in the frame has it there as well in these machines."""
    displacement = each.holes.get("DISP", each.holes.get("NEAR", 0))
    return displacement // 8 if "AWAY" in each.name else (displacement - CELL) // 8


def _checked(operation: Callable[[int, int], int]) -> Callable[[int, int], int]:
    def check(left: int, right: int) -> int:
        result = operation(signed(left), signed(right))
        _guard(-(1 << 63) <= result < 1 << 63)
        return result

    return check


def _compare(operation: Callable[[int, int], bool]) -> Callable[[int, int], int]:
    return lambda left, right: int(operation(signed(left), signed(right)))


def _guard_ints(operation: Callable[[int, int], bool]) -> Callable[[int, int], None]:
    return lambda left, right: _guard(operation(signed(left), signed(right)))


_COMPARE = {"LT": operator.lt, "LE": operator.le, "EQ": operator.eq, "NE": operator.ne, "GT": operator.gt, "GE": operator.ge}
_CHECKED = {"ADD": operator.add, "SUBTRACT": operator.sub, "MULTIPLY": operator.mul}
_INT = {**_CHECKED, "AND": operator.and_, "OR": operator.or_, "XOR": operator.xor}
PURE: dict[str, Callable[..., int | float | None]] = {
    "MOVE": lambda a: a,
    "IMM": lambda constant: constant,
    "IMM32": lambda constant: constant,
    **{f"INT_{name}": operation for name, operation in _INT.items()},
    **{f"INT_{name}_CHECKED": _checked(operation) for name, operation in _CHECKED.items()},
    **{f"INT_{name}_IMM": _INT[name] for name in ("ADD", "MULTIPLY", "AND")},
    **{f"INT_{name}": _compare(operation) for name, operation in _COMPARE.items()},
    **{f"GUARD_INT_{name}": _guard_ints(operation) for name, operation in _COMPARE.items()},
    **{f"GUARD_INT_{name}_IMM": _guard_ints(operation) for name, operation in _COMPARE.items()},
    "INT_SHIFT_LEFT": lambda a, b: a << (b & 63),
    "INT_SHIFT_RIGHT": lambda a, b: signed(a) >> (b & 63),
    "INT_LEAST": lambda a, b: min(signed(a), signed(b)),
    "INT_GREATEST": lambda a, b: max(signed(a), signed(b)),
    "GUARD_COMPACT": lambda a: _guard(-(1 << 30) < signed(a) < 1 << 30),
    "GUARD_NOT_NULL": lambda a: _guard(a != 0),
    "GUARD_NOT_SAME": lambda a, b: _guard(a != b),
    "SAME": lambda a, b: int(a == b),
    "NOT": lambda a: int(a == 0),
    "MOVE_FLOAT": lambda a: a,
    "INT_TO_FLOAT": lambda a: float(signed(a)),
    "FLOAT_ADD": operator.add,
    "FLOAT_SUBTRACT": operator.sub,
    "FLOAT_MULTIPLY": operator.mul,
    "FLOAT_NEGATE": operator.neg,
    "FLOAT_ABSOLUTE": abs,
    "FLOAT_SQRT": lambda a: math.sqrt(a),
    "FLOAT_LEAST": lambda a, b: a if a < b else b,
    "FLOAT_GREATEST": lambda a, b: a if a > b else b,
    "GUARD_FLOAT_LT": lambda a, b: _guard(a < b),
    "GUARD_FLOAT_NOT_LE": lambda a, b: _guard(not a <= b),
    "GUARD_FLOAT_NE": lambda a, b: _guard(a != b),
}
MOVING = ("SPILL", "FILL", "SPILL_NEAR", "FILL_NEAR", "SPILL_AWAY", "FILL_AWAY")
MOVING_FLOATS = ("SPILL_FLOAT", "FILL_FLOAT", "SPILL_FLOAT_AWAY", "FILL_FLOAT_AWAY")
LARGE = 1e150  # what is larger is not multiplied by chance: infinities make NaNs, whose bits processors choose


def by_chance(dice: random.Random, model: Model, count: int) -> list[Step]:
    """A program that runs through, or leaves by one of its guards: each step is run in the model, too."""
    steps: list[Step] = []
    names = sorted(PURE)
    while len(steps) < count:
        name = dice.choice([*names, *MOVING, *MOVING_FLOATS])
        letters = OPERANDS[name]
        registers = tuple(dice.randrange(FLOAT_REGISTERS if letter.isupper() else REGISTERS) for letter in letters)
        holes: dict[str, int] = {}
        if "AWAY" in name or name in MOVING_FLOATS or name in MOVING:
            place = 8 * dice.randrange(CELLS) + (0 if "AWAY" in name else CELL)
            holes["NEAR" if "NEAR" in name else "DISP"] = place
        elif name == "IMM":
            holes["OPERAND"] = dice.choice((dice.getrandbits(64), dice.getrandbits(12), 0))
        elif name == "IMM32":
            holes["OPERAND32"] = dice.getrandbits(31)
        elif name.endswith("_IMM"):
            holes["OPERAND32"] = dice.choice((dice.randrange(-9, 9), dice.randrange(-(1 << 31), 1 << 31)))
        each = Step(name, registers, holes, len(steps) if "GUARD" in name or "CHECKED" in name else None)
        read = [model.floats[r] for letter, r in zip(letters, registers, strict=True) if letter in "ABM"]
        if any(abs(value) > LARGE for value in read) or (name == "FLOAT_SQRT" and read[0] < 0.0):
            continue
        if name == "FILL_FLOAT" or name == "FILL_FLOAT_AWAY":
            word = model.cells[cell_of(each)]
            if not math.isfinite(of_bits(word)):
                continue
        try:
            model.do(each)
        except Leave:
            if dice.random() < 0.9:
                continue  # most programs get further
            steps.append(each)
            return steps
        steps.append(each)
    return steps


class TraceConformance:
    """For a class that has a target's host triple."""

    host: str

    @pytest.fixture
    def tracing(self) -> Machine:
        """A machine in which nothing has run."""
        return machines.machine_for(self.host)

    def test_programs_by_chance(self, tracing: Machine) -> None:
        dice = random.Random("traces")
        start = tracing.image.used
        left = 0
        for _ in range(80):
            frame = fresh_frame()
            frame.registers[:] = [dice.choice((dice.getrandbits(64), dice.getrandbits(8), 0)) for _ in range(REGISTERS)]
            frame.floats[:] = [dice.uniform(-9.0, 9.0) for _ in range(FLOAT_REGISTERS)]
            model = Model(list(frame.registers), list(frame.floats), list(frame.localsplus))
            steps = by_chance(dice, model, dice.randrange(1, 120))
            expected = Model(list(frame.registers), list(frame.floats), list(frame.localsplus))
            leaves = expected.run(steps)
            tracing.rewind()
            assert Trace(tracing, steps, len(steps)).run(frame) == leaves, steps
            left += leaves is not None
            assert list(frame.registers) == expected.registers, steps
            assert [bits(value) for value in frame.floats] == [bits(value) for value in expected.floats], steps
            assert list(frame.localsplus) == expected.cells, steps
        assert 0 < left < 80 and tracing.image.used > start

    def test_a_loop_over_ints_leaves_when_it_is_done_or_when_a_sum_is_too_large(self, tracing: Machine) -> None:
        steps = [
            step("IMM", 4, OPERAND=0),
            step("GUARD_INT_LT", 2, 7, exit=0),  # the loop begins
            step("INT_ADD_CHECKED", 5, 2, exit=1),
            step("INT_ADD_IMM", 2, OPERAND32=3),
            step("INT_ADD_IMM", 4, OPERAND32=1),
            JUMP,
        ]
        trace = Trace(tracing, steps, 2, top=1)
        frame = fresh_frame()
        frame.registers[2], frame.registers[5], frame.registers[7] = -50 & WORD, 0, 1000
        assert trace.run(frame) == 0
        assert (frame.registers[5], frame.registers[2], frame.registers[4]) == (sum(range(-50, 1000, 3)), 1000, 350)
        assert [frame.registers[i] for i in (0, 1, 3, 6, 7)] == [2000, 2001, 2003, 2006, 1000]
        assert list(frame.floats) == list(fresh_frame().floats)
        frame.registers[2], frame.registers[5] = 10, (1 << 63) - 24
        assert trace.run(frame) == 1
        assert (frame.registers[5], frame.registers[2], frame.registers[4]) == ((1 << 63) - 1, 16, 2)

    def test_a_loop_over_floats_with_more_values_than_registers(self, tracing: Machine) -> None:
        """x = x * x + c, where c is in a cell, counted in a float, and x is spilled each time."""
        steps = [
            step("SPILL_FLOAT", 3, DISP=CELL + 8),
            step("SPILL_FLOAT_AWAY", 1, DISP=16),  # the loop begins
            step("FILL_FLOAT", 6, DISP=CELL + 8),
            step("FLOAT_MULTIPLY", 1, 1),
            step("FLOAT_ADD", 1, 6),
            step("FILL_FLOAT_AWAY", 5, DISP=16),
            step("FLOAT_ADD", 4, 0),
            step("GUARD_FLOAT_LT", 4, 7, exit=0),
            JUMP,
        ]
        frame = fresh_frame()
        frame.floats[0], frame.floats[1], frame.floats[3], frame.floats[4], frame.floats[7] = 1.0, 0.25, -0.7, 0.0, 30.0
        x = before = 0.25
        for _ in range(30):
            before, x = x, x * x + -0.7
        assert Trace(tracing, steps, 1, top=1).run(frame) == 0
        assert (frame.floats[1], frame.floats[5], frame.floats[4], frame.floats[6]) == (x, before, 30.0, -0.7)
        assert [frame.floats[i] for i in (2,)] == [3002.0] and list(frame.registers) == list(fresh_frame().registers)

    def test_calls_of_c_in_a_loop_keep_all_registers(self, tracing: Machine) -> None:
        """A list of ints: each is added up as a float, which is boxed, and the box is given up again."""
        items = [number(value) for value in (5, -7, 1 << 20, 0)]
        words = Memory(*(item.address for item in items))
        values = Memory(5, TYPE.address, len(items), words.address, len(items))
        full = Memory(100, 0)
        steps = [
            step("GUARD_INDEX", 0, 1, exit=0),
            step("MOVE", 2, 0),
            step("LIST_ITEM", 2, 1),
            step("GUARD_TYPE", 2, OPERAND=TYPE.address, exit=1),
            step("UNBOX_INT", 3, 2, exit=1),
            step("INT_TO_FLOAT", 2, 3),
            step("FLOAT_ADD", 7, 2),
            step("BOX_FLOAT", 4, 7, OPERAND=NONE_FREE.address),
            step("DROP_FLOAT", 4, OPERAND=full.address),
            step("INT_ADD_IMM", 0, OPERAND32=1),
            JUMP,
        ]
        trace = Trace(tracing, steps, 2)
        frame = fresh_frame()
        frame.registers[0], frame.registers[1], frame.floats[7] = 0, values.address, 0.5
        assert trace.run(frame) == 0
        assert frame.floats[7] == 0.5 + 5 - 7 + (1 << 20) and frame.registers[0] == 4
        assert tracing.freed == [("_PyFloat_ExactDealloc", NEW_FLOAT.address)] * 4
        assert len(tracing.made) == 4 and list(NEW_FLOAT.words[:2]) == [0, FLOAT_TYPE]
        assert [frame.registers[i] for i in (5, 6, 7)] == [2005, 2006, 2007]
        assert [frame.floats[i] for i in (0, 1, 3, 4, 5, 6)] == [3000.0, 3001.0, 3003.0, 3004.0, 3005.0, 3006.0]
        # Another type: the guard leaves with everything as it was.
        words.words[2] = Memory(5, FLOAT_TYPE, bits(1.0)).address
        frame = fresh_frame()
        frame.registers[0], frame.registers[1], frame.floats[7] = 0, values.address, 0.0
        NEW_FLOAT.words[0] = 1
        assert trace.run(frame) == 1
        assert (frame.registers[0], frame.registers[2], frame.floats[7]) == (2, words.words[2], -2.0)

    def test_a_long_trace_reaches_its_stubs(self, tracing: Machine) -> None:
        count = 1200
        steps = [step("GUARD_INT_NE_IMM", 3, exit=i, OPERAND32=i) for i in range(count)]
        trace = Trace(tracing, steps, count)
        for value in (0, 1, count // 2, count - 1, count):
            frame = fresh_frame()
            frame.registers[3] = value
            assert trace.run(frame) == (value if value < count else None)
