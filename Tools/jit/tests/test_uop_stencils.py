"""Stencils move the stack as their micro-ops say: each is compiled, run, and compared with the stack effect."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import build
import primitives
import pytest
import stencil_chunks
import stencils
import uops
from primitives import REGISTERS
from support import REPOSITORY
from uop_effects import calls_nothing
from uop_model import make_replicas, shape_of
from uop_runner import CONTINUE, ERROR, ERROR_POPPED, EXIT, FREE, JUMP, STACK, run, run_on
from uop_samples import make_uop
from uop_stencils import StencilWriter, stencil_source

Effect = Callable[[list[int]], list[int]]

CASES: list[tuple[str, str, Effect]] = [
    ("--", ";", lambda s: s),
    ("-- a", "a = (PyObject *)7;", lambda s: [*s, 7]),
    ("a --", ";", lambda s: s[:-1]),
    ("a, b -- c", "c = (PyObject *)((intptr_t)a * 1000 + (intptr_t)b);", lambda s: [*s[:-2], s[-2] * 1000 + s[-1]]),
    ("a, b -- b, a", ";", lambda s: [*s[:-2], s[-1], s[-2]]),
    ("a, unused -- a, unused, c", "c = a;", lambda s: [*s, s[-2]]),
    ("a, b, c -- d", "d = b;", lambda s: [*s[:-3], s[-2]]),
    ("a, b, c, d -- e", "e = a;", lambda s: [*s[:-4], s[-4]]),
    ("a, b, unused, d -- a, b, unused, d, e", "e = b;", lambda s: [*s, s[-3]]),
    ("f, x[oparg] -- r", "r = (PyObject *)((intptr_t)x[0] * 1000 + (intptr_t)x[1]);", lambda s: [*s[:-3], s[-2] * 1000 + s[-1]]),
    ("f, x[oparg], n -- r", "r = (PyObject *)((intptr_t)x[0] * 1000 + (intptr_t)n);", lambda s: [*s[:-4], s[-3] * 1000 + s[-1]]),
    ("l, unused[oparg-1], v -- l, unused[oparg-1]", ";", lambda s: s[:-1]),
    ("l, unused[oparg-1] -- l, unused[oparg-1], t", "t = l;", lambda s: [*s, s[-2]]),
    ("b, unused[oparg-1], t -- t, unused[oparg-1], b", ";", lambda s: [*s[:-3], s[-1], s[-2], s[-3]]),
    ("q -- v[oparg]", "v[0] = q;\nv[1] = (PyObject *)5;", lambda s: [*s, 5]),
    ("a, b, c if (oparg == 3) -- r", "r = c ? c : a;", lambda s: [*s[:-2], s[-2]]),
    ("x/1 -- r", "r = (PyObject *)(intptr_t)x;", lambda s: [*s, 7]),
    ("x/4 -- r", "r = x;", lambda s: [*s, 9]),
    ("-- r", "r = GETLOCAL(oparg);", lambda s: [*s, 102]),
]


@pytest.mark.parametrize(("effect", "body", "expected"), CASES, ids=[c[0] for c in CASES])
def test_moves_the_stack(tmp_path: Path, effect: str, body: str, expected: Effect) -> None:
    uop = make_replicas(make_uop("X", effect, body))[0]
    for depth in shape_of(uop).depths:
        assert run_on(tmp_path, uop, depth, len(STACK)) == expected(STACK), depth


def test_replicas_take_arrays_from_registers(tmp_path: Path) -> None:
    body = "r = (PyObject *)((intptr_t)f * 1000 + (intptr_t)x[oparg - 1]);"
    family = make_replicas(make_uop("X", "f, x[oparg] -- r", body, ("replicate(3)",)))
    assert shape_of(family[-1]).depths == {3: 1}
    assert run_on(tmp_path, family[-1], 3, len(STACK)) == [103, 104, 105, 106 * 1000 + 108]


def test_low_bit_replicas_know_the_bit(tmp_path: Path) -> None:
    body = "a = v;\nif (oparg & 1) {\nn = (PyObject *)1;\n}"
    _, zero, one = make_replicas(make_uop("X", "v -- a, n if (oparg & 1)", body))
    assert run_on(tmp_path, zero, 2, 4) == STACK[:4]
    assert run_on(tmp_path, one, 2, 4) == [*STACK[:4], 1]


ERRORS = [
    ("a, b -- c", "c = a;\nERROR_IF(oparg == 2, error);", 2),
    ("a, b -- c", "c = a;\nERROR_NO_POP();", 0),
    ("a, b -- c", "c = a;\nGOTO_ERROR(error);", 0),
    ("a, b -- c", "c = a;\nSYNC_SP();\nERROR_NO_POP();", 2),
    ("a, b -- a, c", "c = a;\nERROR_IF(1, error);", 1),
    ("f, x[oparg] -- r", "r = f;\nERROR_IF(1, error);", 3),
    ("f, x[oparg], n -- r", "r = f;\nERROR_IF(1, error);", 4),
    ("f, x[oparg], n -- r", "r = f;\nERROR_NO_POP();", 0),
    ("l, unused[oparg-1], v -- l, unused[oparg-1]", "ERROR_IF(1, error);", 1),
]


@pytest.mark.parametrize(("effect", "body", "popped"), ERRORS)
def test_an_error_leaves_what_it_did_not_pop(tmp_path: Path, effect: str, body: str, popped: int) -> None:
    uop = make_replicas(make_uop("X", effect, body))[0]
    left = len(STACK) - popped
    for depth in shape_of(uop).depths:
        outcome = run(tmp_path, uop, depth, len(STACK))
        assert outcome.how == (ERROR_POPPED if popped else ERROR), depth
        assert outcome.stack(left, max(depth - popped, 0)) == STACK[:left], depth


@pytest.mark.parametrize("body", ["ERROR_NO_POP();", "ERROR_IF(1, error);"])
def test_an_error_stores_nothing_in_the_frame(tmp_path: Path, body: str) -> None:
    outcome = run(tmp_path, make_uop("X", "a, b -- c", f"c = a;\n{body}"), 2, len(STACK))
    assert (outcome.instruction, outcome.stacktop) == (0, 0)


@pytest.mark.parametrize("effect", ["a, b -- c", "a, b, c, d -- e", "f, x[oparg], n -- r", "q -- v[oparg]"])
def test_an_exit_leaves_everything(tmp_path: Path, effect: str) -> None:
    uop = make_replicas(make_uop("X", effect, "EXIT_IF(oparg == 2);"))[0]
    for depth in shape_of(uop).depths:
        outcome = run(tmp_path, uop, depth, len(STACK))
        assert (outcome.how, outcome.stack(len(STACK), depth)) == (EXIT, STACK), depth


def test_a_jump_leaves_the_stack(tmp_path: Path) -> None:
    for depth in (0, 1, 2, 3):
        outcome = run(tmp_path, make_uop("X", "--", "JIT_JUMP();"), depth, len(STACK))
        assert (outcome.how, outcome.stack(len(STACK), depth)) == (JUMP, STACK), depth


@pytest.mark.parametrize(
    ("effect", "body", "how"),
    [
        ("-- a", "a = (PyObject *)7;", CONTINUE),
        ("a, b -- c", "c = b;", CONTINUE),
        ("a, b, c, d -- e", "e = a;", CONTINUE),
        ("q -- v[oparg]", "v[0] = q;\nv[1] = (PyObject *)5;", CONTINUE),
        ("a, b -- c", "EXIT_IF(oparg == 2);\nc = a;", EXIT),
    ],
)
def test_a_leaf_passes_the_other_registers_on(tmp_path: Path, effect: str, body: str, how: int) -> None:
    uop = make_replicas(make_uop("X", effect, body))[0]
    assert calls_nothing(uop)
    for depth, after in shape_of(uop).depths.items():
        outcome = run(tmp_path, uop, depth, len(STACK))
        used = depth if how == EXIT else max(depth, after)
        assert (outcome.how, outcome.registers[used:]) == (how, list(range(FREE + used, FREE + REGISTERS))), depth


def test_what_calls_passes_no_other_register_on() -> None:
    uop = make_uop("X", "a -- b", "b = call(a);")
    text = StencilWriter(uop, 1, shape_of(uop)).write()
    assert "JIT_TAIL(_JIT_CONTINUE, b, dead1, dead2, dead3, dead4, dead5, dead6, dead7, deadx);" in text
    leaf = make_uop("X", "a -- b", "b = a;")
    text = StencilWriter(leaf, 1, shape_of(leaf)).write()
    assert "JIT_TAIL(_JIT_CONTINUE, b, r1, r2, r3, r4, r5, r6, r7, deadx);" in text


def test_the_borrowing_form_of_float_arithmetic_can_fail() -> None:
    uop = make_uop("X", "a, b -- c", "double d = 1.0;\nJIT_NEW_FLOAT(a, b, d, c);")
    assert "error:;\n    JIT_TAIL(_JIT_ERROR, r0, r1, dead2," in StencilWriter(uop, 2, shape_of(uop)).write()


def test_the_source_can_be_cut_into_chunks() -> None:
    """Nothing that all stencils share names one, nor pastes names together, which would keep it whole."""
    source = stencil_source([make_uop("X", "--", "")], ["a.c"])
    assert len(stencil_chunks.chunks(source, "x.c", 1)) == source.count("\n_JIT_STENCIL_X_") + 1  # and the shim
    assert len(stencil_chunks.chunks(primitives.primitive_source(["a.c"]), "x.c", stencil_chunks.CHUNK)) > 10
    pasting = source.replace("#define JIT_CODE", "#define JIT_PASTE(X) _JIT_##X\n#define JIT_CODE")
    assert len(stencil_chunks.chunks(pasting, "x.c", 1)) == 1


TREE = REPOSITORY / "tree"
BUILDS = sorted(
    path.parent
    for path in REPOSITORY.glob("build*/cpython/pyconfig.h")
    if not re.search(r"^#define (Py_DEBUG|Py_TRACE_REFS|Py_GIL_DISABLED)\b", path.read_text(), re.MULTILINE)
)


@pytest.mark.skipif(not BUILDS or not (TREE / uops.BYTECODES).exists(), reason="needs a prepared tree and a release build of it")
def test_no_leaf_calls_on_its_hot_path(tmp_path: Path) -> None:
    program = uops.read_program(TREE, TREE / "Tools" / "cases_generator")
    leaves = [uop for uop in program.uops.values() if not uop.split and calls_nothing(uop)]
    assert {"LOAD_FAST", "GUARD_BOTH_INT", "BINARY_SUBSCR_LIST_INT_B"} <= {uop.name for uop in leaves}
    assert not {"CALL_LEN", "BINARY_SUBSCR_LIST_INT"} & {uop.name for uop in leaves}
    other = program.uops["BINARY_SUBSCR"]
    source = tmp_path / "source.c"
    source.write_text(stencil_source([*leaves, other], program.sources))
    command = build.arguments_for(TREE, BUILDS[0], "x86_64-pc-linux-gnu", debug=False)
    include = tuple(Path(path) for option, path in pairwise(command) if option == "--include")
    cflags = command[command.index("--cflags") + 1].split()
    portable = tmp_path / "primitives.c"
    portable.write_text(primitives.primitive_source(program.sources))
    tables, _, _ = stencils.build(stencils.Options("x86_64-pc-linux-gnu", source, include, tuple(cflags), primitives=portable))
    calling = {stencil.name.removeprefix("STENCIL_") for stencil in tables.stencils if stencil.stats.calls_hot}
    assert f"{other.name}_2" in calling
    assert calling & {f"{uop.name}_{depth}" for uop in leaves for depth in shape_of(uop).depths} == set()
    assert {name.rpartition("_")[0] for name in calling if name.startswith("P_")} == {
        f"P_{each.name}" for each in primitives.PRIMITIVES if each.calls
    }
