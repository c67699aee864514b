"""What the code of every target must do, whatever runs it: each primitive, what makes and frees objects, ways out to C.

A test class inherits from Conformance and names a target (test_conformance.py). Whole traces: trace_conformance.py.
"""

from __future__ import annotations

import machines
import pytest
from primitive_cases import BOXING, CASES, FULL_LIST, HIGH, IMMORTAL, LOW, MASK, NONE_FREE, RENEWING, fresh_frame, number, runs
from primitives import PRIMITIVES, REGISTERS
from stencil_machine import CONTINUED, FLOAT_TYPE, IP, LEFT, NEW_FLOAT, NEW_INT, Frame, Machine, Memory, bits, small

BY_NAME = {primitive.name: primitive for primitive in PRIMITIVES}


def run_renew_int(machine: Machine, op: Memory, value: int, register: int) -> tuple[int, Frame]:
    """Run RENEW_INT on an object in a register and a value in the next one: how it went on, and the frame.

    All other registers, and the cells but one, are as before.
    """
    frame, other = fresh_frame(), (register + 1) % REGISTERS
    frame.registers[register], frame.registers[other] = op.address, value & (1 << 64) - 1
    before, floats = list(frame.registers), list(frame.floats)
    machine.made.clear()
    machine.freed.clear()
    how = machine.run(frame, f"P_RENEW_INT_{register}{other}", RENEWING)
    before[register] = frame.registers[register]
    assert (list(frame.registers), list(frame.floats)) == (before, floats)
    assert [frame.localsplus[i] for i in (0, 2, 3)] == [1000, 1002, 1003]
    return how, frame


class Conformance:
    """A target's host triple; the tests."""

    host: str

    @pytest.fixture
    def machine(self) -> Machine:
        """A machine in which nothing has run."""
        return machines.machine_for(self.host)

    @pytest.mark.parametrize("name", BY_NAME)
    def test_does_its_work_and_nothing_else(self, machine: Machine, name: str) -> None:
        primitive = BY_NAME[name]
        for case in CASES[name]:
            ran = 0
            for registers, frame in runs(primitive, case):
                if not machines.wanted(self.host, primitive, registers):
                    continue
                expected, floats = list(frame.registers), [bits(each) for each in frame.floats]
                for letter, register in zip(primitive.operands, registers, strict=True):
                    if letter in "DM" and not case.exits:
                        assert isinstance(case.result, float)
                        floats[register] = bits(case.result)
                    elif letter in "dm" and not case.exits and not name.startswith("RENEW"):
                        assert isinstance(case.result, int)
                        expected[register] = case.result & (1 << 64) - 1
                how = machine.run(frame, f"P_{name}_{''.join(map(str, registers))}", case.holes)
                assert how == (LEFT if case.exits else CONTINUED), (case, registers)
                if primitive.calls:  # (nothing else is promised)
                    result = registers[0]
                    assert case.exits or bits(frame.floats[result]) == floats[result], (case, registers)
                    assert repr([machine.computed.pop()]) == repr([tuple(case.operands)]), (case, registers)
                else:
                    assert list(frame.registers) == expected, (case, registers)
                    assert [bits(each) for each in frame.floats] == floats, (case, registers)
                cells = [1000, 99, 1002, 1003] if name.startswith("SPILL") else [1000, 1001, 1002, 1003]
                assert list(frame.localsplus) == cells, (case, registers)
                assert frame.instr_ptr == frame.stacktop == 0
                for memory, words in case.before:
                    assert list(memory.words) == (words if case.after is None else list(Memory(*case.after).words)), (case, registers)
                case.restore()
                ran += 1
            least = REGISTERS if len(primitive.operands) == 1 else REGISTERS * (REGISTERS - 1)
            assert ran >= (least if self.host in machines.LINUX else 2)
        assert machine.freed == []

    def test_a_call_keeps_the_frame_and_the_thread(self, machine: Machine) -> None:
        """What is spilled after it, to either, gets there; and the same before it is found again."""
        steps = ["P_SPILL_AWAY_5", "P_SPILL_FLOAT_6", "P_FLOAT_POWER_34", "P_SPILL_FLOAT_AWAY_3", "P_FILL_AWAY_5", "P_FILL_FLOAT_6"]
        cell = Frame.localsplus.offset
        holes = [{"DISP": 8}, {"DISP": cell + 16}, {}, {"DISP": 24}, {"DISP": 8}, {"DISP": cell + 16}]
        frame = fresh_frame()
        frame.floats[3:5] = [2.0, 5.0]
        assert machine.run_at(frame, machine.load(steps, holes)[0]) == CONTINUED
        assert machine.computed == [(2.0, 5.0)]
        assert list(frame.localsplus) == [1000, 2005, bits(3006.0), bits(32.0)]
        assert (frame.registers[5], frame.floats[6], frame.floats[3]) == (2005, 3006.0, 32.0)

    @pytest.mark.parametrize(
        ("name", "function"),
        [
            ("DROP", "_Py_Dealloc"),
            ("XDROP", "_Py_Dealloc"),
            ("DROP_INT", "_PyLong_ExactDealloc"),
            ("DROP_FLOAT", "_PyFloat_ExactDealloc"),
        ],
    )
    def test_the_last_reference_frees_and_keeps_all_registers(self, machine: Machine, name: str, function: str) -> None:
        for register in range(REGISTERS):
            if f"STENCIL_P_{name}_{register}" not in machine.image.by_name:
                continue
            op = Memory(1, 0, 1 << 3)
            frame = fresh_frame()
            frame.registers[register] = op.address
            before, floats = list(frame.registers), list(frame.floats)
            machine.freed.clear()
            assert machine.run(frame, f"P_{name}_{register}", {"OPERAND": FULL_LIST.address}) == CONTINUED
            assert machine.freed == [(function, op.address)]
            assert (list(frame.registers), list(frame.floats)) == (before, floats)
            assert frame.instr_ptr == (0 if name in {"DROP_INT", "DROP_FLOAT"} else IP)  # (a number's end runs nothing that looks)

    def test_a_float_goes_to_the_free_list_and_comes_from_there(self, machine: Machine) -> None:
        free, next_free = Memory(3, 0), Memory(0, 0x1111_2222_6660, 0)
        free.words[1] = next_free.address
        for register in range(REGISTERS):
            op, frame = Memory(1, FLOAT_TYPE, 0), fresh_frame()
            frame.registers[register] = op.address
            assert machine.run(frame, f"P_DROP_FLOAT_{register}", {"OPERAND": free.address}) == CONTINUED
            assert (list(free.words), list(op.words[:2])) == ([4, op.address], [0, next_free.address])
            frame.registers[register] = 0
            holes = {"OPERAND": free.address}
            assert machine.run(frame, f"P_BOX_FLOAT_{register}3", holes) == CONTINUED
            assert frame.registers[register] == op.address
            assert (list(free.words), list(op.words)) == ([3, next_free.address], [1, FLOAT_TYPE, bits(3003.0)])
        assert not machine.freed and not machine.made

    @pytest.mark.parametrize("value", [257, -6, MASK, -MASK, MASK + 1, -MASK - 1, (1 << 60) - 1, 1 - (1 << 60)])
    def test_an_int_goes_to_the_free_list_and_comes_from_there(self, machine: Machine, value: int) -> None:
        free, next_free = Memory(3, 0), Memory(0, 0x1111_2222_6660, 0)
        free.words[1] = next_free.address
        for register in range(REGISTERS):
            op, frame = number(value // 3, 1), fresh_frame()
            frame.registers[register] = op.address
            assert machine.run(frame, f"P_DROP_INT_{register}", {"OPERAND": free.address}) == CONTINUED
            assert (list(free.words), list(op.words[:2])) == ([4, op.address], [0, next_free.address])
            other = (register + 3) % REGISTERS
            frame.registers[register], frame.registers[other] = 0, value & (1 << 64) - 1
            assert machine.run(frame, f"P_BOX_INT_{register}{other}", {"OPERAND": free.address}) == CONTINUED
            assert frame.registers[register] == op.address
            assert (list(free.words), list(op.words)) == ([3, next_free.address], list(number(value, 1).words))
        assert not machine.freed and not machine.made

    @pytest.mark.parametrize("value", [1 << 60, -(1 << 60), 1 << 90])
    def test_an_int_of_three_digits_does_not_go_to_the_free_list(self, machine: Machine, value: int) -> None:
        for register in range(REGISTERS):
            free, op, frame = Memory(3, 0), number(value, 1), fresh_frame()
            frame.registers[register] = op.address
            assert machine.run(frame, f"P_DROP_INT_{register}", {"OPERAND": free.address}) == CONTINUED
            assert machine.freed.pop() == ("_PyLong_ExactDealloc", op.address)
            assert list(free.words) == [3, 0]

    def test_c_makes_ints_that_the_free_list_is_not_for(self, machine: Machine) -> None:
        free = Memory(1, Memory(0, 0, 0, 0).address)
        for value in (0, 256, -5, 1 << 60, -(1 << 60), HIGH, LOW):
            frame = fresh_frame()
            frame.registers[3] = value & (1 << 64) - 1
            assert machine.run(frame, "P_BOX_INT_43", {"OPERAND": free.address}) == CONTINUED
            assert free.words[0] == 1
        assert machine.made == [1 << 60, -(1 << 60), HIGH, LOW]

    def test_a_float_that_is_shared_is_not_renewed(self, machine: Machine) -> None:
        for count in (2, IMMORTAL):
            for register in range(REGISTERS):
                op, frame = Memory(count, FLOAT_TYPE, bits(7.5)), fresh_frame()
                frame.registers[register] = op.address
                holes = {"OPERAND": NONE_FREE.address, "DISP": Frame.localsplus.offset + 8}
                assert machine.run(frame, f"P_RENEW_FLOAT_{register}2", holes) == CONTINUED
                assert list(op.words) == [1 if count == 2 else IMMORTAL, FLOAT_TYPE, bits(7.5)]
                assert list(NEW_FLOAT.words) == [1, FLOAT_TYPE, bits(3002.0)]
                assert frame.registers[register] == frame.localsplus[1] == NEW_FLOAT.address
                assert list(frame.floats) == list(fresh_frame().floats)

    def test_no_memory_for_a_float(self, machine: Machine) -> None:
        machine.new_float = 0
        frame = fresh_frame()
        assert machine.run(frame, "P_BOX_FLOAT_42", {"OPERAND": NONE_FREE.address}) == LEFT
        assert (list(frame.registers), list(frame.floats)) == (list(fresh_frame().registers), list(fresh_frame().floats))
        op = Memory(2, FLOAT_TYPE, bits(7.5))
        frame.registers[4] = op.address
        assert machine.run(frame, "P_RENEW_FLOAT_42", {"OPERAND": NONE_FREE.address, "DISP": Frame.localsplus.offset}) == LEFT
        assert (frame.registers[4], list(op.words), frame.localsplus[0]) == (op.address, [2, FLOAT_TYPE, bits(7.5)], 1000)

    def test_c_makes_ints_that_are_not_small(self, machine: Machine) -> None:
        for value in (-5, 256, -6, 257, LOW, HIGH):
            frame = fresh_frame()
            frame.registers[3] = value & (1 << 64) - 1
            assert machine.run(frame, "P_BOX_INT_43", BOXING) == CONTINUED
        assert machine.made == [-6, 257, LOW, HIGH]

    @pytest.mark.parametrize("value", [0, 300, MASK + 1])
    @pytest.mark.parametrize("old", [1000, MASK + 1])
    @pytest.mark.parametrize("count", [2, IMMORTAL])
    def test_an_int_that_is_shared_is_not_renewed(self, machine: Machine, count: int, old: int, value: int) -> None:
        for register in range(REGISTERS):
            op = number(old, count)
            how, frame = run_renew_int(machine, op, value, register)
            assert how == CONTINUED and not machine.freed
            assert list(op.words) == list(number(old, 1 if count == 2 else IMMORTAL).words)
            assert frame.registers[register] == frame.localsplus[1] == (NEW_INT.address if value else small(0))
            assert machine.made == ([value] if value else [])

    @pytest.mark.parametrize(
        ("old", "value"),
        [
            *((1000, value) for value in (256, 0, -5, -6, -MASK, MASK + 1, -MASK - 1, HIGH, LOW)),
            *((MASK + 1, value) for value in (256, -1, -1000, -MASK - 1, 1 << 60, HIGH, LOW)),
            *((old, MASK + 1) for old in (-1000, -MASK - 1, 1 << 60, -(1 << 60))),
            *((old, 1000) for old in (1 << 60, -(1 << 60))),  # (it would be larger than it looks)
        ],
    )
    def test_an_int_that_has_no_place_for_the_value_is_freed(self, machine: Machine, old: int, value: int) -> None:
        is_small = -5 <= value <= 256
        for register in range(REGISTERS):
            op = number(old, 1)
            how, frame = run_renew_int(machine, op, value, register)
            assert how == CONTINUED
            assert machine.freed == [("_PyLong_ExactDealloc", op.address)]
            assert list(op.words) == list(number(old, 0).words)
            assert frame.registers[register] == frame.localsplus[1] == (small(value) if is_small else NEW_INT.address)
            assert machine.made == ([] if is_small else [value])

    def test_no_memory_for_an_int(self, machine: Machine) -> None:
        machine.new_int = 0
        frame = fresh_frame()
        assert machine.run(frame, "P_BOX_INT_42", BOXING) == LEFT
        assert (list(frame.registers), list(frame.floats)) == (list(fresh_frame().registers), list(fresh_frame().floats))
        for count in (1, 2, IMMORTAL):
            op = number(1000, count)
            how, frame = run_renew_int(machine, op, 1 << 40, 4)
            assert how == LEFT and not machine.freed
            assert (frame.registers[4], list(op.words)) == (op.address, list(number(1000, count).words))
            assert (frame.localsplus[1], frame.instr_ptr) == (1001, 0)

    def test_an_exit_takes_the_registers_to_where_its_record_says(self, machine: Machine) -> None:
        record = Memory(machine.holes["EXIT"])
        frame = fresh_frame()
        assert machine.run(frame, "EXIT", {"OPERAND": record.address}) == LEFT
        assert list(frame.registers) == list(range(2000, 2000 + REGISTERS))

    def test_leaving_shows_all_registers_to_c(self, machine: Machine) -> None:
        leave = machine.image.load(["STENCIL_LEAVE"], [{}])[0]
        end = machine.image.load(["STENCIL_EXIT_RETURN"], [{}])[0]
        machine.start = machine.image.used
        machine.after_leave = end
        record = Memory(leave)
        assert machine.run(fresh_frame(), "EXIT", {"OPERAND": record.address}) == record.address
        assert machine.left == [(record.address, list(range(2000, 2000 + REGISTERS)), list(fresh_frame().floats))]
