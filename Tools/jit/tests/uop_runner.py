"""Runs stencils of micro-ops on a frame and a stack of small numbers."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import toolchain
from primitives import REGISTERS
from uop_macros import MACROS
from uop_model import Item, Uop, shape_of
from uop_stencils import StencilWriter

OPARG = 2
LOCALSPLUS = 64  # bytes from the frame to its cells
BASE = 3  # cells below the stack
CONTINUE, EXIT, ERROR, ERROR_POPPED, JUMP = range(5)  # how a stencil ends
OPERAND32, OPERAND = 7, 9  # the cache operand, of 1 or 2 code units, and of 4
STACK = [103, 104, 105, 106, 107, 108]  # of that many cells
FREE = 900  # registers above the stack's hold 900 + their number

PRELUDE = """
#include <stdint.h>
#include <stdio.h>
#include <stddef.h>
typedef intptr_t PyObject;
typedef struct { double ob_fval; } PyFloatObject;
typedef uint16_t _Py_CODEUNIT;
typedef struct { long filler[5]; _Py_CODEUNIT *instr_ptr; long stacktop; PyObject *more; PyObject *localsplus[32]; } _PyInterpreterFrame;
typedef struct { int x; } PyThreadState;
"""

FINISH = """
static int how;
static PyObject *state[8];
#define END(NAME, HOW) JIT_CODE NAME(JIT_ARGUMENTS) { \
    how = HOW; \
    state[0] = r0; state[1] = r1; state[2] = r2; state[3] = r3; \
    state[4] = r4; state[5] = r5; state[6] = r6; state[7] = r7; \
    return 0; }
END(_JIT_CONTINUE, 0)
END(_JIT_EXIT, 1)
END(_JIT_ERROR, 2)
END(_JIT_ERROR_POPPED, 3)
END(_JIT_JUMP, 4)
static void run(jit_code_function code, int depth) {
    _PyInterpreterFrame frame = {0};
    for (int i = 0; i < 32; i++) frame.localsplus[i] = (PyObject *)(intptr_t)(100 + i);
    int cells = (int)(((uintptr_t)&_JIT_SP - 64) / 8);
    PyObject *r[8];
    for (int i = 0; i < 8; i++) {
        r[i] = i < depth ? frame.localsplus[cells + i] : (PyObject *)(intptr_t)(900 + i);
    }
    code(&frame, NULL, r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], NULL);
    printf("%d %d %d", how, (int)(uintptr_t)frame.instr_ptr, (int)frame.stacktop);
    for (int i = 0; i < 8; i++) printf(" %ld", (long)state[i]);
    for (int i = 0; i < 32; i++) printf(" %ld", (long)frame.localsplus[i]);
    printf("\\n");
}
"""


class Outcome:
    """How a stencil ended, what it stored in the frame, all registers, the locals, and the cells from the stack's first on."""

    def __init__(self, line: str) -> None:
        words = [int(w) for w in line.split()]
        self.how, self.instruction, self.stacktop = words[:3]
        self.registers, self.locals = words[3 : 3 + REGISTERS], words[3 + REGISTERS : 3 + REGISTERS + BASE]
        self.cells = words[3 + REGISTERS + BASE :]

    def stack(self, total: int, depth: int) -> list[int]:
        """The stack of so many cells, the top `depth` of them in registers."""
        return self.cells[: total - depth] + self.registers[:depth]


def execute(folder: Path, text: str, name: str, depth: int, total: int, function: str = "") -> Outcome:
    """Runs a stencil of `text` with `total` cells on the stack (values 103, 104 ..), the top `depth` in registers.

    `function` is C text of a file of its own.
    """
    memory = total - depth
    source, other = folder / "stencil.c", folder / "function.c"
    main = f"int main(void) {{ run({name}, {depth}); return 0; }}\n"
    source.write_text(PRELUDE + MACROS + text + FINISH + main)
    other.write_text(PRELUDE + function)
    sp = LOCALSPLUS + 8 * (BASE + memory)
    values = {"OPARG": OPARG, "LOCAL": LOCALSPLUS + 8 * OPARG, "OPERAND32": OPERAND32, "SP": sp, "STACKTOP": BASE + memory}
    values |= {"OPERAND": OPERAND, "VALID": 0, "IP": 11}
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
        str(other),
        "-o",
        str(folder / "a.out"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Outcome(subprocess.run([str(folder / "a.out")], capture_output=True, text=True, check=True).stdout)


def run(folder: Path, uop: Uop, depth: int, total: int) -> Outcome:
    """Runs a micro-op's stencil, see execute()."""
    text = StencilWriter(uop, depth, shape_of(uop)).write()
    return execute(folder, text, f"_JIT_STENCIL_{uop.name}_{depth}", depth, total)


def run_on(folder: Path, uop: Uop, depth: int, total: int) -> list[int]:
    """The stack after a stencil that goes on."""
    outcome = run(folder, uop, depth, total)
    assert outcome.how == CONTINUE
    return outcome.stack(total + size(uop.outputs) - size(uop.inputs), shape_of(uop).depths[depth])


def size(items: Iterable[Item]) -> int:
    """The number of cells; a conditional one of the samples is absent."""
    return sum(0 if i.condition else int(eval(i.size, {"oparg": OPARG})) for i in items)
