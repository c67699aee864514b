"""Generates everything about micro-ops from Python/bytecodes.c and Python/jit/jit_bytecodes.c.

    python3 Tools/jit/uops.py --tree TREE [--out-dir DIR] [--stencil-source FILE] [--cases-generator DIR]

writes into TREE (or DIR, with the same relative paths):
    Include/internal/pycore_jit_uops.h   the enum of micro-ops
    Include/internal/pycore_jit_tables.h              metadata, stack effects, stencils, expansions
    Include/internal/pycore_jit_cases.h             the cases of the interpreter mode
    Include/internal/pycore_jit_functions.h         micro-ops that stencils call
    jit_stencil_source.c                 the C source of the stencils of micro-ops
    jit_primitive_source.c               that of the primitives
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from primitives import primitive_source
from support import UserError, main_wrapper, write_if_changed
from uop_functions import called_stencils, functions
from uop_model import (
    BORROWING,
    BRANCHES,
    CALLED,
    REPLACED,
    Part,
    Program,
    Uop,
    borrowing,
    convert_uop,
    is_super,
    load_generator_modules,
    make_replicas,
    why_not_viable,
)
from uop_stencils import stencil_source
from uop_tables import (
    OPARG_BOTTOM,
    OPARG_LENGTH,
    OPARG_NEXT,
    OPARG_TOP,
    check_bodies,
    interpreter_cases,
    uop_header,
    uop_tables,
)

BYTECODES = "Python/bytecodes.c"
JIT_BYTECODES = "Python/jit/jit_bytecodes.c"
UNEXPANDABLE = Path(__file__).with_name("unexpandable.toml")

# Micro-ops whose oparg is not the instruction's.
_OPARG_KINDS = {"SAVE_RETURN_OFFSET": OPARG_LENGTH, "BINARY_OP_INPLACE_ADD_UNICODE": OPARG_NEXT}


def read_program(tree: Path, generator: Path, unexpandable: Path = UNEXPANDABLE) -> Program:
    """Parses both DSL files, and decides for every opcode what it expands to.

    UserError for a syntax error, and for an opcode that is neither expandable
    nor listed in `unexpandable`, or both.
    """
    analyzer = load_generator_modules(generator)
    try:
        analysis = analyzer.analyze_files([str(tree / BYTECODES)])
        ours = _read_ours(analyzer, tree / JIT_BYTECODES)
    except SyntaxError as error:
        raise UserError(f"{error.filename}:{error.lineno}: {error.msg}") from None
    except OSError as error:
        raise UserError(f"cannot read {error.filename}: {error.strerror}") from None
    all_uops: dict[str, Uop] = {}
    for raw in analysis.uops.values():
        if raw.replicates is None:
            uop = convert_uop(raw, BYTECODES)
            all_uops[uop.name] = uop
    for uop in ours:
        all_uops[uop.name] = uop
    program = Program({}, {}, {}, {}, [BYTECODES, JIT_BYTECODES])
    for uop in all_uops.values():
        if why_not_viable(uop) is None and not is_super(uop) and uop.name not in program.uops:
            for member in make_replicas(uop):
                program.uops[member.name] = member
    for name in CALLED:
        if name not in program.uops:
            raise UserError(f"micro-op {name} is to be a function, but does not exist")
    for name in BORROWING:
        if name not in program.uops:
            raise UserError(f"micro-op {name} is to have a form that borrows, but does not exist")
        form = borrowing(program.uops[name])
        program.uops[form.name] = form
    for name, instruction in analysis.instructions.items():
        program.opcodes[name] = instruction.opcode
        expansion = _expand(instruction, all_uops, analysis)
        if isinstance(expansion, str):
            program.unexpandable[name] = expansion
        else:
            program.expansions[name] = expansion
    program.opcodes.setdefault("INSTRUMENTED_LINE", 254)
    program.unexpandable.setdefault("INSTRUMENTED_LINE", "is instrumented")
    _check_list(program, unexpandable)
    _check_steps(program)
    check_bodies(program)
    return program


def _read_ours(analyzer: Any, path: Path) -> list[Uop]:
    """The op()s of our own DSL file; they replace the base's of the same name."""
    uops: dict[str, Any] = {}
    for node in analyzer.parser.parse_files([str(path)]):
        if getattr(node, "kind", None) != "op":
            raise UserError(f"{path.name}: only op() definitions may stand here")
        analyzer.add_op(node, uops)
    return [convert_uop(raw, JIT_BYTECODES) for raw in uops.values() if raw.replicates is None]


def _expand(instruction: Any, uops: dict[str, Uop], analysis: Any) -> list[Part] | str:
    """The steps of an instruction, or why it has none."""
    parts: list[Part] = []
    offset = 0
    for raw in instruction.parts:
        if not hasattr(raw, "stack"):
            offset += raw.size
            continue
        uop = uops[raw.name.removeprefix("_")]
        if is_super(uop):
            return _expand_super(instruction.name, analysis)
        if "specializing" in uop.annotations:
            offset += raw.size
            continue
        uop = uops[REPLACED.get(uop.name, uop.name)]
        if uop.name in BRANCHES:
            parts.append(Part(uop.name, 0, 0))
            continue
        reason = why_not_viable(uop)
        if reason is not None:
            return f"{uop.name} {reason}"
        cache = uop.cache
        if cache is not None:
            parts.append(Part(uop.name, cache.size, offset))
        else:
            parts.append(Part(uop.name, _OPARG_KINDS.get(uop.name, 0), 0))
        offset += raw.size
    return parts


def _expand_super(name: str, analysis: Any) -> list[Part] | str:
    """A_B with A and B instructions becomes A with the top half of oparg, then B with the rest."""
    for first in analysis.instructions:
        second = name.removeprefix(first + "_")
        if second != name and second in analysis.instructions:
            return [Part(first, OPARG_TOP, 0), Part(second, OPARG_BOTTOM, 0)]
    return "has two opargs but is not named after two instructions"


def _check_list(program: Program, path: Path) -> None:
    """Compares what cannot be expanded with the list of what may not be."""
    try:
        listed = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{path.name}: {error}") from None
    opcodes: dict[str, str] = listed.get("opcodes", {})
    classes: dict[str, str] = listed.get("prefixes", {})
    for name, reason in program.unexpandable.items():
        if name not in opcodes and not any(name.startswith(prefix) for prefix in classes):
            raise UserError(
                f"opcode {name} cannot be expanded ({reason}): split it into micro-ops, or list it with a reason in {path.name}"
            )
    for name in opcodes:
        if name in program.expansions:
            raise UserError(f"opcode {name} is in {path.name} but can be expanded: take it off the list")
        if name not in program.unexpandable:
            raise UserError(f"opcode {name} is in {path.name} but does not exist")


def _check_steps(program: Program) -> None:
    """Makes sure that every step of an expansion names a micro-op that exists."""
    for name, parts in program.expansions.items():
        for part in parts:
            if part.uop not in program.uops and part.uop not in BRANCHES:
                raise UserError(f"opcode {name} expands to {part.uop}, which is no micro-op")


def generate(program: Program) -> dict[str, str]:
    """Relative path -> text of every output."""
    stencils = [replace(u) for u in program.uops.values() if not u.split]
    return {
        "Include/internal/pycore_jit_uops.h": uop_header(program),
        "Include/internal/pycore_jit_tables.h": uop_tables(program),
        "Include/internal/pycore_jit_cases.h": interpreter_cases(program),
        "Include/internal/pycore_jit_functions.h": functions(stencils, program.sources),
        "jit_stencil_source.c": stencil_source(stencils, program.sources, called_stencils(stencils)),
        "jit_primitive_source.c": primitive_source(program.sources),
    }


def main(argv: Sequence[str]) -> int:
    """The command line; 0, or 1 after one line on stderr."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--tree", type=Path, required=True, help="prepared tree that holds Python/bytecodes.c")
    parser.add_argument("--out-dir", type=Path, help="where the outputs go (default: the tree)")
    parser.add_argument(
        "--stencil-source", type=Path, help="where the stencils' C source goes (default: OUT-DIR/jit_stencil_source.c)"
    )
    parser.add_argument("--cases-generator", type=Path, help="the base's Tools/cases_generator (default: the tree's)")
    parser.add_argument("--list-unexpandable", action="store_true", help="also print opcodes that cannot be expanded, and why")
    options = parser.parse_args(argv)
    generator = options.cases_generator or options.tree / "Tools" / "cases_generator"
    program = read_program(options.tree, generator)
    out = options.out_dir or options.tree
    for relative, text in generate(program).items():
        path = out / relative
        if relative == "jit_stencil_source.c" and options.stencil_source:
            path = options.stencil_source
        write_if_changed(path, text.encode())
    if options.list_unexpandable:
        for name, reason in sorted(program.unexpandable.items()):
            print(f"{name}: {reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main_wrapper(main))
