"""Micro-ops: shapes, replicas, what is viable, exits, expansions and the list of what does not expand."""

import re
import types
from dataclasses import replace
from pathlib import Path

import pytest
import uops
from support import UserError
from uop_body import check_exits, popped_on_error
from uop_model import Part, Program, Uop, borrowing, make_replicas, shape_of, why_not_viable
from uop_samples import make_uop
from uop_tables import check_bodies, flags_of, interpreter_cases, uop_header, uop_tables


def depths(effect: str, body: str = "") -> dict[int, int]:
    return shape_of(make_replicas(make_uop("X", effect, body))[0]).depths


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        ("--", {0: 0, 1: 1, 2: 2, 3: 3}),
        ("-- a", {0: 1, 1: 2, 2: 3}),
        ("a, b -- c", {2: 1, 3: 2}),
        ("a -- b, c", {1: 2, 2: 3}),
        ("a, b, c -- d", {3: 1}),
        ("a, b, c, d -- e", {3: 1}),
        ("f, x, unused, v -- f, x, unused, v, res", {3: 3}),
        ("args[oparg] -- res", {0: 1}),
        ("args[oparg], names -- res", {1: 1}),
        ("seq -- values[oparg]", {1: 0}),
        ("list, unused[oparg-1], v -- list, unused[oparg-1]", {1: 0}),
    ],
)
def test_depths(effect: str, expected: dict[int, int]) -> None:
    assert depths(effect) == expected


def test_naming_the_stack_pointer_fixes_the_depth() -> None:
    assert depths("a -- b", "b = a; LOAD_SP();") == {1: 1}
    assert depths("a -- b", "b = a; assert(EMPTY());") == {1: 1, 2: 2, 3: 3}


def test_low_bit_replicas_have_fixed_effects() -> None:
    parent, zero, one = make_replicas(make_uop("LOAD", "o -- v, null if (oparg & 1)", "v = o; null = NULL;"))
    assert parent.split
    assert parent.children == ("LOAD_0", "LOAD_1")
    assert [len(zero.outputs), len(one.outputs)] == [1, 2]
    assert zero.absent == ("null",)
    assert shape_of(one).depths == {1: 2, 2: 3}


def test_what_is_resumed_stays_in_memory() -> None:
    shape = shape_of(make_uop("SEND_GEN_FRAME_INDIRECT", "r, v -- r, v, f", "f = r;"))
    assert shape.depths == {1: 2}
    assert [i.name for i in shape.memory_in] == [i.name for i in shape.memory_out] == ["r"]


def test_numbered_replicas_are_in_registers() -> None:
    family = make_replicas(make_uop("SWAP", "b, unused[oparg-2], t -- t, unused[oparg-2], b", ""))
    by_name = {u.name: u for u in family}
    assert shape_of(by_name["SWAP"]).depths == {1: 1}
    assert shape_of(by_name["SWAP_3"]).depths == {3: 3}
    assert by_name["SWAP_1"].oparg is None  # no such oparg: as general as the parent
    many = make_replicas(make_uop("F", "a[oparg] -- r", "", ("replicate(3)",)))
    assert [u.name for u in many] == ["F", "F_0", "F_1", "F_2"]
    few = make_replicas(make_uop("F", "-- r", "r = oparg;", ("replicate(3)",)))
    assert [u.name for u in few] == ["F"]


@pytest.mark.parametrize(
    ("body", "annotations", "reason"),
    [
        ("x = 1;", ("tier1",), "is marked tier1"),
        ("x = this_instr;", (), "uses this_instr"),
        ("JUMPBY(oparg);", (), "jumps"),
        ("goto error;", (), "leaves by goto or return"),
        ("previous = tstate->previous_executor;\nGOTO_TIER_ONE(x);", (), "belongs to the base's own tier 2"),
        ("#if TIER_ONE\nx = this_instr;\n#endif\ny = 1;", (), None),
        ("#if TIER_TWO\ny = 1;\n#else\nx = this_instr;\n#endif", (), None),
        ("#ifdef OTHER\nx = this_instr;\n#endif", (), "uses this_instr"),
        ("assert(this_instr->x);", (), None),
    ],
)
def test_viability(body: str, annotations: tuple[str, ...], reason: str | None) -> None:
    assert why_not_viable(make_uop("X", "--", body, annotations)) == reason


def test_only_one_cache_operand() -> None:
    assert why_not_viable(make_uop("X", "v/2, h/1, a -- a", "")) == "has more than one cache operand"
    assert why_not_viable(make_uop("X", "v/2, a -- a", "")) is None


def test_an_exit_finds_the_inputs() -> None:
    assert check_exits(make_uop("X", "a --", "EXIT_IF(a);\nPy_DECREF(a);")) == 0
    assert check_exits(make_uop("X", "a, b --", "SYNC_SP();\nPy_DECREF(a);\nEXIT_IF(b);")) == 2
    with pytest.raises(UserError, match="X: Py_DECREF comes before its last exit"):
        check_exits(make_uop("X", "a --", "Py_DECREF(a);\nDEOPT_IF(1);"))
    with pytest.raises(UserError, match="X: stack_pointer comes before"):
        check_exits(make_uop("X", "a --", "stack_pointer[-1] = a;\nDEOPT_IF(1);"))


def test_errors_pop_what_is_not_peeked() -> None:
    assert popped_on_error(make_uop("X", "a, b -- c", "")) == "2"
    assert popped_on_error(make_uop("X", "a, b -- a, c", "")) == "1"
    assert popped_on_error(make_uop("X", "f, args[oparg] -- c", "")) == "1 + oparg"


def test_an_error_finds_the_inputs() -> None:
    assert "ERROR_NO_POP" in flags_of(make_uop("X", "a -- b", "b = f(a);\nif (b == NULL) {\nERROR_NO_POP();\n}\nPy_DECREF(a);"))
    assert "ERROR" in flags_of(make_uop("X", "a -- b", "b = f(a);\nPy_DECREF(a);\nERROR_IF(b == NULL, error);"))
    for release in ("Py_DECREF(a);", "DECREF_INPUTS();"):
        with pytest.raises(UserError, match="X: raises with its inputs on the stack after it has released one"):
            flags_of(make_uop("X", "a -- b", f"b = f(a);\n{release}\nif (b == NULL) {{\nERROR_NO_POP();\n}}"))


def program_of(*members: Uop) -> Program:
    program = Program({}, {"NOP": []}, {}, {"NOP": 1}, ["a.c", "b.c"])
    for member in members:
        for replica in make_replicas(member):
            program.uops[replica.name] = replica
    return program


def test_locals_are_those_of_oparg() -> None:
    check_bodies(program_of(make_uop("X", "-- v", "v = GETLOCAL(oparg);")))
    with pytest.raises(UserError, match="X: GETLOCAL"):
        check_bodies(program_of(make_uop("X", "-- v", "v = GETLOCAL(oparg1);")))


def test_tables() -> None:
    program = program_of(
        make_uop("GUARD", "a -- a", "EXIT_IF(a == NULL);"),
        make_uop("CALL", "f, args[oparg] -- res", "res = call(f);\nERROR_IF(res == NULL, error);"),
    )
    program.opcodes = {"ADD": 1, "NOP": 2, "RAISE": 3}
    program.expansions = {"ADD": [Part("GUARD", 2, 1), Part("CALL", 0, 0)], "NOP": []}
    assert "    U_GUARD,\n    U_CALL,\n    U_POP_JUMP_IF_TRUE,\n" in uop_header(program)
    text = uop_tables(program)
    assert '[U_GUARD] = "GUARD",\n' in text
    assert '[U_GUARD] = {JIT_UOP_EXIT | JIT_UOP_LEAF,\n        1, 1, 0, 0, 0, 0, "b", "=", {-1, 1, 2, 3}},' in text
    assert "case U_CALL:\n        return 1 + oparg;" in text
    assert "[1] = {2, {{U_GUARD, 2, 1}, {U_CALL, 0, 0}}},  // ADD" in text
    assert "[2] = {0},  // NOP" in text
    assert "[3] = {-1},  // RAISE" in text
    assert "[U_GUARD] = {JIT_NO_STENCIL, JIT_STENCIL_GUARD_1, JIT_STENCIL_GUARD_2, JIT_STENCIL_GUARD_3}" in text
    cases = interpreter_cases(program)
    assert "if (JIT_UNLIKELY(a == NULL)) { JUMP_TO_EXIT(); }" in cases
    assert "{ stack_pointer += -(1 + oparg); JUMP_TO_ERROR(); }" in cases


def test_interpreter_has_no_forms_for_borrowed_operands() -> None:
    uop = make_uop("LOOK", "a -- res", "res = look(a);")
    borrowing = replace(uop, name="LOOK_B", borrowed=("a",))
    cases = interpreter_cases(program_of(uop, borrowing))
    assert "case U_LOOK: {" in cases
    assert "U_LOOK_B" not in cases


def letters(*members: Uop) -> dict[str, tuple[str, str]]:
    """The letters of inputs and outputs of each micro-op, as the table has them."""
    text = uop_tables(program_of(*members))
    rows = re.findall(r"\[U_(\w+)\] = \{[^{]*?, \"([\w*]*)\", \"([\w=*]*)\", \{", text)
    return {name: (inputs, outputs) for name, inputs, outputs in rows}


@pytest.mark.parametrize(
    ("effect", "inputs", "outputs"),
    [
        ("--", "", ""),
        ("a, b -- c", "ss", "o"),
        ("a, b -- a, c", "bs", "=o"),
        ("a, b -- b, a", "ss", "oo"),
        ("a -- f: _PyInterpreterFrame *", "s", "p"),
        ("a -- attr, null", "s", "on"),
        ("a -- attr, self_or_null", "s", "om"),
        ("null, self_or_null -- a", "ss", "o"),
        ("f, args[2] -- v[3]", "sss", "ooo"),
    ],
)
def test_letters(effect: str, inputs: str, outputs: str) -> None:
    assert letters(make_uop("X", effect, ""))["X"] == (inputs, outputs)


def test_letters_of_a_borrowing_form() -> None:
    uop = make_uop("X", "a, b, c -- d", "d = b;\nPy_DECREF(a);\nPy_DECREF(c);")
    assert letters(uop, borrowing(uop)) == {
        "X": ("sss", "o"),
        "X_B": ("xsx", "o"),
        "POP_JUMP_IF_TRUE": ("s", ""),
        "POP_JUMP_IF_FALSE": ("s", ""),
    }


def test_letters_whose_number_depends_on_oparg() -> None:
    uop = make_uop("X", "f, args[oparg] -- values[oparg], null", "")
    assert letters(uop)["X"] == ("*", "*")
    text = uop_tables(program_of(uop, make_uop("Y", "a -- b", "")))
    loop = "        for (int i = {}; i > 0; i--) {{\n            letters[n++] = '{}';\n        }}\n"
    inputs, outputs = (text.split(f"\njit_uop_{side}(int uop")[1].split("\n}\n")[0] for side in ("inputs", "outputs"))
    assert f"    case U_X:\n{loop.format('1', 's')}{loop.format('oparg', 's')}        return n;\n" in inputs
    assert f"    case U_X:\n{loop.format('oparg', 'o')}{loop.format('1', 'n')}        return n;\n" in outputs
    assert "U_Y" not in inputs + outputs


def test_low_bit_replicas_have_letters_of_their_own() -> None:
    found = letters(make_uop("LOAD", "o -- v, null if (oparg & 1)", "v = o;"))
    assert {name: found[name] for name in ("LOAD", "LOAD_0", "LOAD_1")} == {
        "LOAD": ("", ""),
        "LOAD_0": ("s", "o"),
        "LOAD_1": ("s", "on"),
    }


def test_a_table_row_names_the_borrowing_form() -> None:
    uop = make_uop("X", "a -- b", "b = Py_NewRef(a);\nPy_DECREF(a);")
    text = uop_tables(program_of(uop, borrowing(uop)))
    assert '1, 1, 0, 0, 0, U_X_B, "s", "o", {' in text
    assert '1, 1, 0, 0, 0, 0, "x", "o", {' in text
    assert re.search(r"\[U_X\] = {(?=JIT|0)(?!.*LEAF)", text)
    assert re.search(r"\[U_X_B\] = {.*LEAF", text)


@pytest.mark.parametrize(
    ("effect", "body", "left", "borrowed"),
    [
        ("a, b -- c", "c = f(a, b);\nDECREF_INPUTS();", "c = f ( a , b ) ; ;", ("a", "b")),
        ("a, b -- c", "c = f(a, b);\nPy_DECREF(b);", "c = f ( a , b ) ; ;", ("b",)),
        ("a -- c", "_Py_DECREF_SPECIALIZED(a, _PyLong_ExactDealloc);\nc = f(a);", "; c = f ( a ) ;", ("a",)),
        (
            "a, b --",
            "PyObject *old = a->x;\nPy_DECREF(old);\nPy_DECREF(a);",
            "PyObject * old = a -> x ; Py_DECREF ( old ) ; ;",
            ("a",),
        ),
        ("a, b --", "Py_DECREF(a->x);\nPy_DECREF(b);", "Py_DECREF ( a -> x ) ; ;", ("b",)),
        ("a, b -- a, c", "c = f(b);\nDECREF_INPUTS();", "c = f ( b ) ; ;", ("b",)),
        (
            "a, b -- c",
            "DECREF_INPUTS_AND_REUSE_FLOAT(a, b, d, c);\nx = c;",
            "JIT_NEW_FLOAT ( a , b , d , c ) ; x = c ;",
            ("a", "b"),
        ),
    ],
)
def test_a_borrowing_form_releases_nothing_that_it_reads(effect: str, body: str, left: str, borrowed: tuple[str, ...]) -> None:
    uop = replace(make_uop("X", effect, body), children=("X_0",))
    form = borrowing(uop)
    assert (form.name, form.children, form.borrowed) == ("X_B", (), borrowed)
    assert (form.inputs, form.outputs) == (uop.inputs, uop.outputs)
    assert " ".join(token.text for token in form.body) == left
    assert uop.borrowed == ()


@pytest.mark.parametrize(
    ("effect", "body"),
    [
        ("a -- b", "b = a;"),
        ("a -- b", "b = a;\nPy_DECREF(old);"),
        ("a -- b", "b = a;\nassert(Py_DECREF(a));"),
        ("a -- a, b", "b = a;\nPy_DECREF(a);"),
        ("f, args[oparg] -- b", "b = f;\nDECREF_INPUTS();"),
    ],
)
def test_what_has_no_borrowing_form(effect: str, body: str) -> None:
    with pytest.raises(UserError, match="X: no form of it can leave its operands' references alone"):
        borrowing(make_uop("X", effect, body))


class Raw(types.SimpleNamespace):
    """A part of an instruction as the base's analyzer has it."""


def expand(parts: list[Raw], known: dict[str, Uop]) -> list[Part] | str:
    instruction = types.SimpleNamespace(name="X", parts=parts)
    return uops._expand(instruction, known, types.SimpleNamespace(instructions={}))


def test_expansion_counts_cache_offsets() -> None:
    known = {
        "GUARD": make_uop("GUARD", "v/2, a -- a", ""),
        "LOAD": make_uop("LOAD", "i/1, a -- b", ""),
        "SAVE_RETURN_OFFSET": make_uop("SAVE_RETURN_OFFSET", "--", "x = oparg;"),
    }
    parts = [
        Raw(size=1),
        Raw(name="_GUARD", size=2, stack=()),
        Raw(size=3),
        Raw(name="_LOAD", size=1, stack=()),
        Raw(name="_SAVE_RETURN_OFFSET", size=0, stack=()),
    ]
    assert expand(parts, known) == [Part("GUARD", 2, 1), Part("LOAD", 1, 6), Part("SAVE_RETURN_OFFSET", 7, 0)]


def test_expansion_says_why_not() -> None:
    known = {"JUMP": make_uop("JUMP", "--", "JUMPBY(1);")}
    assert expand([Raw(name="_JUMP", size=0, stack=())], known) == "JUMP jumps"


def test_a_super_instruction_is_two() -> None:
    known = {"A_A": make_uop("A_A", "--", "int oparg1 = oparg >> 4;")}
    instruction = types.SimpleNamespace(name="A_A", parts=[Raw(name="_A_A", size=0, stack=())])
    analysis = types.SimpleNamespace(instructions={"A": None, "A_A": None})
    assert uops._expand(instruction, known, analysis) == [Part("A", 5, 0), Part("A", 6, 0)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[opcodes]\nRAISE = "raises"\n', None),
        ('[prefixes]\nRA = "raises"\n[opcodes]\n', None),
        ("[opcodes]\n", "opcode RAISE cannot be expanded .raises."),
        ('[opcodes]\nRAISE = ""\nADD = ""\n', "opcode ADD is in .* but can be expanded"),
        ('[opcodes]\nRAISE = ""\nGONE = ""\n', "opcode GONE is in .* but does not exist"),
        ("[opcodes\n", "list.toml: "),
    ],
)
def test_the_list_and_the_truth_agree(tmp_path: Path, text: str, message: str | None) -> None:
    path = tmp_path / "list.toml"
    path.write_text(text)
    program = Program({}, {"ADD": []}, {"RAISE": "raises"}, {"ADD": 1, "RAISE": 2})
    if message is None:
        uops._check_list(program, path)
    else:
        with pytest.raises(UserError, match=message):
            uops._check_list(program, path)


def test_a_missing_generator_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match="has no analyzer.py"):
        uops.main(["--tree", str(tmp_path)])
