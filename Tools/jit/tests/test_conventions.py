"""Stencils for a system and those that are the same on all systems meet in registers: clang must mean the same ones.

Primitives, exits and what keeps all registers are code for Linux (targets.Target.portable); micro-ops and the entry from C
are code for the target. Both pass values on as arguments of functions that preserve none.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import stencil_machine
import toolchain
from primitives import FLOAT_REGISTERS, REGISTERS
from targets import TARGETS, Target

ARGUMENTS = REGISTERS + 3  # frame, tstate, the registers, and one more
PARAMETERS = ", ".join(f"long long a{i}" for i in range(ARGUMENTS))
FLOATS = ", ".join(f"double f{i}" for i in range(FLOAT_REGISTERS))
# Each function returns one of its arguments; the last ones pass other values on, or take what one returns.
SOURCE = (
    "#define PN __attribute__((preserve_none))\n"
    + "".join(f"PN long long take_{i}({PARAMETERS}) {{ return a{i}; }}\n" for i in range(ARGUMENTS))
    + "".join(f"PN double take_f{i}({PARAMETERS}, {FLOATS}) {{ return f{i}; }}\n" for i in range(FLOAT_REGISTERS))
    + f"extern PN long long next({PARAMETERS});\n"
    + f"PN long long pass({PARAMETERS})\n"
    + f"{{ __attribute__((musttail)) return next({', '.join(str(1000 + i) for i in range(ARGUMENTS))}); }}\n"
    + "PN long long give(void) { return 77; }\n"
)
FULL = {
    **{f"e{name}": f"r{name}" for name in ("ax", "bx", "cx", "dx", "si", "di", "bp")},
    **{f"r{number}d": f"r{number}" for number in range(8, 16)},
    **{f"w{number}": f"x{number}" for number in range(31)},
}
EMPTY = {"x86_64": ("rax", "xmm0"), "aarch64": ("x0", "d0")}  # what is returned without an instruction


@cache
def functions(target: Target) -> dict[str, list[str]]:
    """The instructions of each function."""
    clang = toolchain.find_clang(stencil_machine.LLVM)
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "source.c").write_text(SOURCE)
        clang.run([*target.arguments(), "-S", "source.c", "-o", "source.s"], folder)
        text = (folder / "source.s").read_text()
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        line = re.split(r"\s*(##|//|(?<![#:])#(?![\d:-])|;)", line, maxsplit=1)[0].strip()
        if label := re.match(r'"?_?((?:take|pass|give)\w*)"?:', line):
            current = found.setdefault(label[1], [])
        elif line and not line.startswith((".", "L")) and not line.endswith(":"):
            current.append(re.sub(r"\s+", " ", line))
    return found


def place(target: Target, lines: list[str], floating: bool) -> str:
    """The register that a function returns."""
    first = lines[0].split(" ", 1)
    if first[0].startswith("ret"):
        return EMPTY[target.arch][floating]
    # (Some versions move whole vectors.)
    source, destination = (re.sub(r"^v(\d+)(\.\w+)?$", r"d\1", word) for word in first[1].split(", "))
    if target.arch == "aarch64":
        source, destination = destination, source
    assert destination.lstrip("%") == EMPTY[target.arch][floating], lines
    return source.lstrip("%")


def passed(target: Target) -> dict[int, str]:
    """Number of an argument -> the register that it is passed in."""
    found = {}
    for line in functions(target)["pass"]:
        if match := re.match(r"mov\w* [$#](\d+), %(\w+)", line) or re.match(r"mov (\w+), #(\d+)", line):
            number, register = sorted(match.groups(), key=lambda word: not word.isdigit())
            found[int(number) - 1000] = FULL.get(register, register)
    return found


def convention(target: Target) -> list[str]:
    """Where all arguments are found."""
    listing = functions(target)
    places = [place(target, listing[f"take_{i}"], False) for i in range(ARGUMENTS)]
    return places + [place(target, listing[f"take_f{i}"], True) for i in range(FLOAT_REGISTERS)]


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_arguments_are_where_code_for_linux_has_them(target: Target) -> None:
    found = convention(target)
    assert found == convention(target.portable)
    assert len(set(found)) == ARGUMENTS + FLOAT_REGISTERS
    assert passed(target) == dict(enumerate(found[:ARGUMENTS]))
    assert not {"x18", "x29", "x30", "rsp", "rbp", "sp"} & set(found)
    jump = [line for line in functions(target)["pass"] if re.match(r"(jmp|b) ", line)]
    assert len(jump) == 1 and not any(re.search(r"\bsp\b|%rsp", line) for line in functions(target)["pass"])


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_results_are_where_code_for_linux_has_them(target: Target) -> None:
    def result(lines: list[str]) -> set[str]:
        return {FULL.get(word, word) for word in re.findall(r"\w+", lines[0]) if re.fullmatch(r"[rewx]\w?\w", word)}

    assert result(functions(target)["give"]) == {EMPTY[target.arch][0]} == result(functions(target.portable)["give"])
