"""Stencils move the stack as their micro-ops say: each is compiled, run, and compared with the stack effect."""

import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
import toolchain
from uop_model import Item, Uop, make_replicas, shape_of
from uop_samples import make_uop
from uop_stencils import MACROS, StencilWriter

OPARG = 2
LOCALSPLUS = 64  # bytes from the frame to its cells
BASE = 3  # cells below the stack

PRELUDE = """
#include <stdint.h>
#include <stdio.h>
#include <stddef.h>
typedef intptr_t PyObject;
typedef uint16_t _Py_CODEUNIT;
typedef struct { long filler[5]; _Py_CODEUNIT *instr_ptr; long stacktop; PyObject *more; PyObject *localsplus[32]; } _PyInterpreterFrame;
typedef struct { int x; } PyThreadState;
"""

FINISH = """
static uintptr_t state[4];
static JIT_CODE finish(int how, JIT_ARGUMENTS) {
    state[0] = how; state[1] = (uintptr_t)r0; state[2] = (uintptr_t)r1; state[3] = (uintptr_t)r2;
    return 0;
}
JIT_CODE _JIT_CONTINUE(JIT_ARGUMENTS) { return finish(0, frame, tstate, r0, r1, r2); }
JIT_CODE _JIT_EXIT(JIT_ARGUMENTS) { return finish(1, frame, tstate, r0, r1, r2); }
JIT_CODE _JIT_ERROR(JIT_ARGUMENTS) { return finish(2, frame, tstate, r0, r1, r2); }
JIT_CODE _JIT_JUMP(JIT_ARGUMENTS) { return finish(3, frame, tstate, r0, r1, r2); }
static void run(jit_code_function code) {
    _PyInterpreterFrame frame = {0};
    for (int i = 0; i < 32; i++) frame.localsplus[i] = (PyObject *)(intptr_t)(100 + i);
    int cells = (int)(((uintptr_t)&_JIT_SP - 64) / 8);
    code(&frame, NULL, frame.localsplus[cells], frame.localsplus[cells + 1], frame.localsplus[cells + 2]);
    printf("%d %d %d", (int)state[0], (int)(uintptr_t)frame.instr_ptr, (int)frame.stacktop);
    for (int i = 1; i < 4; i++) printf(" %ld", (long)state[i]);
    for (int i = 0; i < 32; i++) printf(" %ld", (long)frame.localsplus[i]);
    printf("\\n");
}
"""


class Outcome:
    """How a stencil ended: 0 continue, 1 exit, 2 error; and the stack as it is then."""

    def __init__(self, line: str, memory: int, registers: int) -> None:
        words = [int(w) for w in line.split()]
        self.how, self.instruction, self.stacktop = words[:3]
        cells = words[6:]
        if self.how == 2:
            self.stack = cells[BASE : self.stacktop]
        else:
            self.stack = cells[BASE : BASE + memory] + words[3 : 3 + registers]


def run(folder: Path, uop: Uop, depth: int, total: int) -> Outcome:
    """Runs the stencil with `total` cells on the stack (values 103, 104 ..), the top `depth` in registers."""
    memory = total - depth
    source = folder / "stencil.c"
    text = StencilWriter(uop, depth, shape_of(uop)).write()
    main = f"int main(void) {{ run(_JIT_STENCIL_{uop.name}_{depth}); return 0; }}\n"
    source.write_text(PRELUDE + MACROS + text + FINISH + main)
    sp = LOCALSPLUS + 8 * (BASE + memory)
    values = {"OPARG": OPARG, "LOCAL": LOCALSPLUS + 8 * OPARG, "OPERAND32": 7, "SP": sp, "STACKTOP": BASE + memory}
    values |= {"OPERAND": 9, "VALID": 0, "IP": 11}
    symbols = [f"-Wl,--defsym=_JIT_{name}={value}" for name, value in values.items()]
    clang = toolchain.find_clang()
    command = [
        str(clang.path),
        "-O2",
        "-w",
        "-fno-pic",
        "-no-pie",
        *symbols,
        str(source),
        "-o",
        str(folder / "a.out"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    line = subprocess.run([str(folder / "a.out")], capture_output=True, text=True, check=True).stdout
    registers = shape_of(uop).depths[depth] if line.startswith("0") else depth
    delta = 0
    if line.startswith("0"):
        delta = size(uop.outputs) - size(uop.inputs)
    return Outcome(line, total + delta - registers, registers)


def size(items: Iterable[Item]) -> int:
    """The number of cells; a conditional one of the samples is absent."""
    return sum(0 if i.condition else int(eval(i.size, {"oparg": OPARG})) for i in items)


STACK = [103, 104, 105, 106, 107, 108]
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
        outcome = run(tmp_path, uop, depth, len(STACK))
        assert (outcome.how, outcome.stack) == (0, expected(STACK)), depth


def test_replicas_take_arrays_from_registers(tmp_path: Path) -> None:
    body = "r = (PyObject *)((intptr_t)f * 1000 + (intptr_t)x[oparg - 1]);"
    family = make_replicas(make_uop("X", "f, x[oparg] -- r", body, ("replicate(3)",)))
    assert shape_of(family[-1]).depths == {3: 1}
    outcome = run(tmp_path, family[-1], 3, len(STACK))
    assert outcome.stack == [103, 104, 105, 106 * 1000 + 108]


def test_low_bit_replicas_know_the_bit(tmp_path: Path) -> None:
    body = "a = v;\nif (oparg & 1) {\nn = (PyObject *)1;\n}"
    _, zero, one = make_replicas(make_uop("X", "v -- a, n if (oparg & 1)", body))
    assert run(tmp_path, zero, 2, 4).stack == STACK[:4]
    assert run(tmp_path, one, 2, 4).stack == [*STACK[:4], 1]


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
def test_an_error_leaves_the_stack_in_memory(tmp_path: Path, effect: str, body: str, popped: int) -> None:
    uop = make_replicas(make_uop("X", effect, body))[0]
    for depth in shape_of(uop).depths:
        outcome = run(tmp_path, uop, depth, len(STACK))
        assert (outcome.how, outcome.instruction, outcome.stack) == (2, 11, STACK[: len(STACK) - popped]), depth


@pytest.mark.parametrize("effect", ["a, b -- c", "a, b, c, d -- e", "f, x[oparg], n -- r", "q -- v[oparg]"])
def test_an_exit_leaves_everything(tmp_path: Path, effect: str) -> None:
    uop = make_replicas(make_uop("X", effect, "EXIT_IF(oparg == 2);"))[0]
    for depth in shape_of(uop).depths:
        outcome = run(tmp_path, uop, depth, len(STACK))
        assert (outcome.how, outcome.stack) == (1, STACK), depth
