"""Micro-ops that are called: each is compiled, as a function and a stencil in two files, and run."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import build
import pytest
import stencils
import uop_functions
import uops
from stencil_link import SYMBOL, Tables
from support import REPOSITORY, UserError
from uop_effects import deallocates_in_place
from uop_functions import FunctionWriter, called_stencils, functions
from uop_macros import CODES
from uop_model import CALLED, Uop, make_replicas, shape_of
from uop_runner import CONTINUE, ERROR, ERROR_POPPED, EXIT, OPARG, OPERAND, OPERAND32, STACK, Outcome, execute, size
from uop_samples import make_uop
from uop_stencils import stencil_source

# What functions.c has for the bodies, and what the samples call.
FUNCTION_PRELUDE = f"""
#define JIT_UNLIKELY(X) __builtin_expect(!!(X), 0)
#define GETLOCAL(I) (frame->localsplus[I])
__attribute__((noinline)) static PyObject *times_ten(intptr_t x) {{ return (PyObject *)(x * 10); }}
#define call(X) times_ten((intptr_t)(X))
{CODES}
"""


def sample(effect: str, body: str, annotations: tuple[str, ...] = ()) -> Uop:
    """A micro-op without replicas."""
    return make_replicas(make_uop("X", effect, body, annotations))[0]


def writer(uop: Uop) -> FunctionWriter:
    """Its writer, whether it is in CALLED or not."""
    shape = shape_of(uop)
    return FunctionWriter(uop, min(shape.depths), shape)


def run_called(folder: Path, uop: Uop, depth: int, total: int = len(STACK)) -> Outcome:
    """Runs the stencil that calls the function, see execute()."""
    found = writer(uop)
    text = f"{CODES}\nextern {found.prototype()};\n{found.stencil(depth)}"
    function = FUNCTION_PRELUDE + found.function()
    return execute(folder, text, f"_JIT_STENCIL_{uop.name}_{depth}", depth, total, function)


Effect = Callable[[list[int]], list[int]]

CASES: list[tuple[str, str, Effect]] = [
    ("--", "call(0);", lambda s: s),
    ("-- a", "a = call(7);", lambda s: [*s, 70]),
    ("a --", "call(a);", lambda s: s[:-1]),
    ("a -- b", "b = call(a);", lambda s: [*s[:-1], s[-1] * 10]),
    ("a, b --", "call(b);", lambda s: s[:-2]),
    ("a, b -- c", "c = call((intptr_t)a * 1000 + (intptr_t)b);", lambda s: [*s[:-2], (s[-2] * 1000 + s[-1]) * 10]),
    ("a, b, c -- d", "d = call((intptr_t)a * 1000 + (intptr_t)c);", lambda s: [*s[:-3], (s[-3] * 1000 + s[-1]) * 10]),
    ("a, unused, c -- d", "d = call((intptr_t)a * 1000 + (intptr_t)c);", lambda s: [*s[:-3], (s[-3] * 1000 + s[-1]) * 10]),
    ("a, b, c --", "call(b);", lambda s: s[:-3]),
    # More than registers hold, or so many as oparg says:
    ("a, b, c, d -- e", "e = call((intptr_t)a * 1000 + (intptr_t)d);", lambda s: [*s[:-4], (s[-4] * 1000 + s[-1]) * 10]),
    ("f, x[oparg] -- r", "r = call((intptr_t)f * 1000 + (intptr_t)x[oparg - 1]);", lambda s: [*s[:-3], (s[-3] * 1000 + s[-1]) * 10]),
    ("f, x[oparg], n -- r", "r = call((intptr_t)x[0] * 1000 + (intptr_t)n);", lambda s: [*s[:-4], (s[-3] * 1000 + s[-1]) * 10]),
    ("x[oparg] -- r", "r = call(x[0]);", lambda s: [*s[:-2], s[-2] * 10]),
    ("f, x[oparg], n --", "call(n);", lambda s: s[:-4]),
    ("f, x[oparg*2] -- r", "r = call((intptr_t)f * 1000 + (intptr_t)x[3]);", lambda s: [*s[:-5], (s[-5] * 1000 + s[-1]) * 10]),
    # Results in memory.
    ("q -- v[oparg]", "v[0] = call(q);\nv[1] = (PyObject *)5;", lambda s: [*s[:-1], s[-1] * 10, 5]),
    ("q -- f, v[oparg]", "f = call(q);\nv[0] = (PyObject *)4;\nv[1] = (PyObject *)5;", lambda s: [*s[:-1], s[-1] * 10, 4, 5]),
    ("q -- v[oparg], f", "f = call(q);\nv[0] = (PyObject *)4;\nv[1] = (PyObject *)5;", lambda s: [*s[:-1], 4, 5, s[-1] * 10]),
    ("a, b, c if (oparg == 3) -- r", "r = call(c ? c : a);", lambda s: [*s[:-2], s[-2] * 10]),
    # Oparg, the cache operand, the frame.
    ("a -- b", "b = call(oparg);", lambda s: [*s[:-1], OPARG * 10]),
    ("x/1 -- r", "r = call(x);", lambda s: [*s, OPERAND32 * 10]),
    ("x/2, a -- r", "r = call(x);", lambda s: [*s[:-1], OPERAND32 * 10]),
    ("x/4, a -- r", "r = call((intptr_t)x * 1000 + (intptr_t)a);", lambda s: [*s[:-1], (OPERAND * 1000 + s[-1]) * 10]),
    ("x/2, f, v[oparg] -- r", "r = call((intptr_t)f * 1000 + x);", lambda s: [*s[:-3], (s[-3] * 1000 + OPERAND32) * 10]),
    ("-- r", "r = call(GETLOCAL(oparg));", lambda s: [*s, 1020]),
]


@pytest.mark.parametrize(("effect", "body", "expected"), CASES, ids=[f"{c[0]} {c[1][:12]}" for c in CASES])
def test_moves_the_stack(tmp_path: Path, effect: str, body: str, expected: Effect) -> None:
    uop = sample(effect, body)
    change = size(uop.outputs) - size(uop.inputs)
    for depth, after in shape_of(uop).depths.items():
        outcome = run_called(tmp_path, uop, depth)
        assert outcome.how == CONTINUE, depth
        assert outcome.stack(len(STACK) + change, after) == expected(STACK), depth
        assert (outcome.instruction, outcome.stacktop, outcome.locals) == (0, 0, [100, 101, 102]), depth


def test_what_a_function_stores_is_stored(tmp_path: Path) -> None:
    for depth in (1, 2, 3):
        outcome = run_called(tmp_path, sample("a --", "GETLOCAL(1) = call(a);"), depth)
        assert outcome.locals == [100, STACK[-1] * 10, 102]
        assert outcome.stack(len(STACK) - 1, depth - 1) == STACK[:-1]


def test_replicas_know_oparg(tmp_path: Path) -> None:
    body = "r = call((intptr_t)f * 1000 + (intptr_t)x[oparg - 1]);"
    family = make_replicas(make_uop("X", "f, x[oparg] -- r", body, ("replicate(3)",)))
    replica = family[-1]
    assert "oparg" not in writer(replica).prototype()
    outcome = run_called(tmp_path, replica, 3)
    assert outcome.stack(len(STACK) - 2, 1) == [103, 104, 105, (106 * 1000 + 108) * 10]


def test_low_bit_replicas_know_the_bit(tmp_path: Path) -> None:
    body = "r = call(oparg & 1);"
    _, zero, one = make_replicas(make_uop("X", "v, n if (oparg & 1) -- r", body))
    for uop, inputs in ((zero, 1), (one, 2)):
        assert "oparg" not in writer(uop).prototype()
        for depth, after in shape_of(uop).depths.items():
            outcome = run_called(tmp_path, uop, depth)
            assert outcome.stack(len(STACK) + 1 - inputs, after) == [*STACK[:-inputs], (inputs - 1) * 10], (inputs, depth)


EXITS = "EXIT_IF(which == 1);"
RAISES = "if (which == 2) {\nERROR_NO_POP();\n}"
RAISES_POPPED = "ERROR_IF(which == 3, error);"
CODE_BODIES = {
    "exit": (EXITS, (0, 1)),
    "raise": (RAISES, (0, 2)),
    "popped": (RAISES_POPPED, (0, 3)),
    "exit and raise": (EXITS + "\n" + RAISES, (0, 1, 2)),
    "exit and popped": (EXITS + "\n" + RAISES_POPPED, (0, 1, 3)),
    "raise and popped": (RAISES + "\n" + RAISES_POPPED, (0, 2, 3)),
    "all": (EXITS + "\n" + RAISES + "\n" + RAISES_POPPED, (0, 1, 2, 3)),
}
CODE_EFFECTS = ["a, b, c -- d", "a --", "a, b, c, d -- e", "f, x[oparg] -- r", "f, x[oparg], n --", "q -- v[oparg]"]


@pytest.mark.parametrize(("effect", "name"), [*[("a, b -- c", name) for name in CODE_BODIES], *[(effect, "all") for effect in CODE_EFFECTS]])
def test_codes(tmp_path: Path, effect: str, name: str) -> None:
    """Each leads where it is to, with the operands or without them; no result is taken for one."""
    body, ways = CODE_BODIES[name]
    left, _, right = effect.partition("--")
    result = right.strip()
    first = left.strip()[0]
    fills = f"v[0] = v[1] = call({first});" if "[" in result else f"{result} = call({first});" if result else f"call({first});"
    for way in ways:
        uop = sample(effect, f"int which = {way};\n{body}\n{fills}")
        removed = size(uop.inputs)
        for depth, after in shape_of(uop).depths.items():
            outcome = run_called(tmp_path, uop, depth)
            assert outcome.how == (CONTINUE, EXIT, ERROR, ERROR_POPPED)[way], (way, depth)
            if way in (1, 2):
                assert outcome.stack(len(STACK), depth) == STACK, (way, depth)
            elif way == 3:
                assert outcome.stack(len(STACK) - removed, max(depth - removed, 0)) == STACK[:-removed], (way, depth)
            else:
                value = STACK[-removed] * 10
                expected = [*STACK[:-removed], *[value] * size(uop.outputs)]
                assert outcome.stack(len(expected), after) == expected, (way, depth)
            assert (outcome.instruction, outcome.stacktop) == (0, 0)


@pytest.mark.parametrize(
    ("body", "how"),
    [
        ("call(a);\nGOTO_ERROR(error);", ERROR),
        ("call(a);\nSYNC_SP();\nERROR_NO_POP();", ERROR_POPPED),
        ("call(a);\nSYNC_SP();\nERROR_IF(oparg == 2, error);", ERROR_POPPED),
        ("call(a);\nDEOPT_IF(oparg == 2);", EXIT),
    ],
)
def test_other_ways_to_a_code(tmp_path: Path, body: str, how: int) -> None:
    uop = sample("a, b -- c", f"c = (PyObject *)a;\n{body}")
    left = len(STACK) - 2 if how == ERROR_POPPED else len(STACK)
    for depth in (2, 3):
        outcome = run_called(tmp_path, uop, depth)
        assert (outcome.how, outcome.stack(left, max(depth - len(STACK) + left, 0))) == (how, STACK[:left]), depth


def test_no_code_no_comparison() -> None:
    assert "JIT_DID_" not in writer(sample("a -- b", "b = call(a);")).stencil(1)
    assert "JIT_DID_EXIT" not in writer(sample("a -- b", "b = call(a);\nERROR_IF(b == NULL, error);")).stencil(1)


def test_registers_whose_operands_are_gone_are_dead() -> None:
    text = writer(sample("a -- b", "b = call(a);\nif (b == a) {\nERROR_NO_POP();\n}\nERROR_IF(b == NULL, error);")).stencil(2)
    assert "JIT_TAIL(_JIT_ERROR_POPPED, r0, dead1, dead2," in text
    assert "JIT_TAIL(_JIT_ERROR, r0, r1, dead2," in text
    assert "JIT_TAIL(_JIT_CONTINUE, r0, (PyObject *)did, dead2," in text


def test_codes_are_no_objects() -> None:
    values = [int(value) for value in re.findall(r"JIT_DID\w* \(\(uintptr_t\)(\d+)\)", CODES)]
    assert len(values) == len(set(values)) == 4
    assert max(values) == values[-1] <= 8  # the others are less than JIT_DID, which no object's address is


@pytest.mark.parametrize(
    ("effect", "body", "parameters"),
    [
        ("--", "call(0);", "void"),
        ("a -- b", "b = call(a);", "PyObject *r0"),
        ("unused, a -- b", "b = call(a);", "PyObject *r1"),
        ("a, b --", "call(tstate, oparg, frame, b, a);", "_PyInterpreterFrame *frame, PyThreadState *tstate, PyObject *r0, PyObject *r1, int oparg"),
        ("a -- b", "b = call(LOCALS(), a);", "_PyInterpreterFrame *frame, PyObject *r0"),
        ("a -- b", "b = call(FRAME_CO_NAMES, a);", "_PyInterpreterFrame *frame, PyObject *r0"),
        ("x/1, a -- b", "b = call(x);", "PyObject *r0, uint16_t x"),
        ("x/2, f, v[oparg] -- b", "b = call(f);", "PyObject **stack_pointer, int oparg, uint32_t x"),
        ("x/4 -- b", "b = call(x);", "PyObject *x"),
        ("a -- b", "b = call(a);\nassert(EMPTY());", "PyObject *r0, PyObject **stack_pointer"),
    ],
)
def test_parameters(effect: str, body: str, parameters: str) -> None:
    """Those that are named, in this order."""
    head = writer(sample(effect, body)).prototype()
    assert head == f"uintptr_t\n_PyJIT_Do_X({parameters})"


@pytest.mark.parametrize(
    ("effect", "body"),
    [
        ("a, b -- a, c", "c = call(b);"),  # leaves an operand
        ("a, unused -- a, unused, c", "c = call(a);"),
        ("a --", "call(a);\ntstate->current_frame = frame;"),  # changes the frame
        ("a -- b, c", "b = c = call(a);"),  # two results
        ("-- a, b", "a = b = call(1);"),
        ("a -- b", "b = a;"),  # calls nothing
        ("a, b -- c", "EXIT_IF(a == b);\nc = a;"),
    ],
)
def test_what_cannot_be_called(effect: str, body: str) -> None:
    with pytest.raises(UserError) as caught:
        writer(sample(effect, body))
    assert str(caught.value) == "X cannot be called: it leaves operands, changes the frame, has two results, or calls nothing"


def test_a_result_in_memory_that_depends_on_oparg_cannot_be_called() -> None:
    with pytest.raises(UserError) as caught:
        writer(sample("q -- v[oparg], n if (oparg == 2)", "n = v[0] = call(q);"))
    assert str(caught.value) == "X cannot be called: whether there is n depends on oparg"


def test_only_what_is_listed_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uop_functions, "CALLED", ("X", "Z"))
    members = [make_uop(name, "a -- b", "b = call(a);") for name in "XYZ"]
    called = called_stencils(members)
    assert list(called) == ["X", "Z"]
    assert called["X"].startswith("extern uintptr_t\n_PyJIT_Do_X(PyObject *r0);\n")
    assert re.findall(r"\n_JIT_STENCIL_(\w+)\(", called["X"]) == ["X_1", "X_2", "X_3"]
    text = functions(members, ["a.c", "b.c"])
    assert text.startswith("// Generated by Tools/jit/uops.py from a.c and b.c. Do not edit.\n")
    assert re.findall(r"^_PyJIT_Do_(\w)\(.*?\)$", text, re.MULTILINE) == ["X", "Z"]
    assert re.findall(r"^_PyJIT_Do_(\w)\(.*?\);$", text, re.MULTILINE) == ["X", "Z"]
    assert CODES in text
    source = stencil_source(members, ["a.c"], called)
    names = re.findall(r"\n_JIT_STENCIL_(\w+)\(", source)
    assert names[:9] == [f"{name}_{depth}" for name in "XYZ" for depth in (1, 2, 3)]
    assert called["X"] in source and called["Z"] in source
    assert re.findall(r"= _PyJIT_Do_(\w)\(", source) == ["X"] * 3 + ["Z"] * 3


def test_what_is_called_does_not_deallocate_in_place() -> None:
    """Its stencil sets no instr_ptr where that is free, and so the trace must."""
    body = "Py_DECREF(a);\nb = NULL;"
    assert deallocates_in_place(make_uop("X", "a -- b", body))
    assert not deallocates_in_place(make_uop(CALLED[0], "a -- b", body))


TREE = REPOSITORY / "tree"
GENERATOR = TREE / "Tools" / "cases_generator"
BUILDS = sorted(
    path.parent
    for path in REPOSITORY.glob("build*/cpython/pyconfig.h")
    if not re.search(r"^#define (Py_DEBUG|Py_TRACE_REFS|Py_GIL_DISABLED)\b", path.read_text(), re.MULTILINE)
)
SHORT = 64  # bytes on the way that is usual
needs_tree = pytest.mark.skipif(not (TREE / uops.BYTECODES).exists(), reason="needs a prepared tree")


@needs_tree
def test_names_that_do_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uops, "CALLED", (*CALLED, "GONE"))
    with pytest.raises(UserError) as caught:
        uops.read_program(TREE, GENERATOR)
    assert str(caught.value) == "micro-op GONE is to be a function, but does not exist"


@needs_tree
def test_what_is_named_is_called() -> None:
    program = uops.read_program(TREE, GENERATOR)
    assert len(set(CALLED)) == len(CALLED)
    assert set(called_stencils(program.uops.values())) == set(CALLED)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    """The stencils of what is called, for x86-64 Linux."""
    if not BUILDS or not (TREE / uops.BYTECODES).exists():
        pytest.skip("needs a prepared tree and a release build of it")
    program = uops.read_program(TREE, GENERATOR)
    members = [program.uops[name] for name in CALLED]
    source = tmp_path_factory.mktemp("called") / "source.c"
    source.write_text(stencil_source(members, program.sources, called_stencils(members)))
    command = build.arguments_for(TREE, BUILDS[0], "x86_64-pc-linux-gnu", debug=False)
    include = tuple(Path(path) for option, path in pairwise(command) if option == "--include")
    cflags = command[command.index("--cflags") + 1].split()
    return stencils.build(stencils.Options("x86_64-pc-linux-gnu", source, include, tuple(cflags)))[0]


def test_stencils_are_short_and_only_call(real: Tables) -> None:
    by_index = {index: name for (name, _), index in real.symbols.items()}
    seen = set()
    for stencil in real.stencils:
        found = re.fullmatch(r"STENCIL_(\w+)_\d", stencil.name)
        if found is None or found[1] not in CALLED:
            continue
        seen.add(found[1])
        assert len(stencil.hot.code) <= SHORT, stencil.name
        symbols = [by_index[hole.argument] for part in (stencil.hot, stencil.cold) for hole in part.holes if hole.value == SYMBOL]
        assert symbols == [f"_PyJIT_Do_{found[1]}"], stencil.name
    assert seen == set(CALLED)
