"""The C source of the primitives: stencils with one variant for each register of each operand.

Convention of every function `_JIT_STENCIL_P_<name>_<registers>`: `frame` and
`tstate` are pinned, r0 .. r7 hold whatever values the lowering put there, and
all but the result's register are passed on as they are; an exit finds all of
them as on entry. So a primitive calls nothing, but for functions that preserve
all registers (`preserve_most`), on its cold path.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

REGISTERS = 8


@dataclass(frozen=True)
class Primitive:
    """`operands` are the registers it names, in the order of the variants: d is written, a and b are read, m is both."""

    name: str
    operands: str
    body: str  # C; {d} and so on are the registers

    def variants(self) -> Iterator[tuple[int, ...]]:
        """The registers of each variant, in the order of the table."""
        return product(range(REGISTERS), repeat=len(self.operands))


_COMPARISONS = {"LT": "<", "LE": "<=", "EQ": "==", "NE": "!=", "GT": ">", "GE": ">="}

_ALL = ", ".join(f"r{i}" for i in range(REGISTERS))


def _object(operand: str) -> str:
    return f"((PyObject *){{{operand}}})"


def _leave_unless(condition: str) -> str:
    return f"if (JIT_UNLIKELY(!({condition}))) {{{{ JIT_TAIL(_JIT_EXIT, {_ALL}, deadx); }}}}"


def _drop(function: str) -> str:
    return f"JIT_P_DROP((PyObject *){{a}}, _JIT_{function});"


# An int's only digit, and its sign, which is 1 - (tag & 3); see _PyLong_CompactValue().
_COMPACT = "((PyLongObject *){a})->long_value"
_FIELD = "*({type} *)({{{base}}} + JIT_SIGNED(_JIT_DISP))"

PRIMITIVES = (
    Primitive("SPILL", "a", "*(uintptr_t *)((char *)frame + (uintptr_t)&_JIT_DISP) = {a};"),
    Primitive("FILL", "d", "{d} = *(uintptr_t *)((char *)frame + (uintptr_t)&_JIT_DISP);"),
    Primitive("SPILL_NEAR", "a", "*(uintptr_t *)((char *)frame + (uintptr_t)&_JIT_NEAR) = {a};"),
    Primitive("FILL_NEAR", "d", "{d} = *(uintptr_t *)((char *)frame + (uintptr_t)&_JIT_NEAR);"),
    Primitive("MOVE", "da", "{d} = {a};"),
    Primitive("IMM", "d", "{d} = (uintptr_t)_JIT_OPERAND;"),
    Primitive("IMM32", "d", "{d} = (uintptr_t)&_JIT_OPERAND32;"),
    Primitive("INCREF", "a", "Py_INCREF((PyObject *){a});"),
    Primitive("XINCREF", "a", "if ({a} != 0) {{ Py_INCREF((PyObject *){a}); }}"),
    Primitive("DROP", "a", _drop("DEALLOC")),
    Primitive("DROP_INT", "a", _drop("DEALLOC_INT")),
    Primitive("DROP_FLOAT", "a", _drop("DEALLOC_FLOAT")),
    Primitive("XDROP", "a", f"if ({{a}} != 0) {{{{ {_drop('DEALLOC')} }}}}"),
    Primitive("GUARD_TYPE", "a", _leave_unless(f"Py_TYPE({_object('a')}) == (PyTypeObject *)_JIT_OPERAND")),
    Primitive(
        "GUARD_VERSION",
        "a",
        _leave_unless(f"Py_TYPE({_object('a')})->tp_version_tag == (uint32_t)(uintptr_t)&_JIT_OPERAND32"),
    ),
    Primitive("GUARD_IS", "a", _leave_unless("{a} == (uintptr_t)_JIT_OPERAND")),
    Primitive("GUARD_IS_NOT", "a", _leave_unless("{a} != (uintptr_t)_JIT_OPERAND")),
    Primitive("GUARD_NULL", "a", _leave_unless("{a} == 0")),
    Primitive("GUARD_NOT_NULL", "a", _leave_unless("{a} != 0")),
    Primitive("GUARD_SAME", "ab", _leave_unless("{a} == {b}")),
    Primitive("GUARD_NOT_SAME", "ab", _leave_unless("{a} != {b}")),
    Primitive("GUARD_BYTE", "a", _leave_unless(_FIELD.format(type="uint8_t", base="a") + " != 0")),
    Primitive("GUARD_ZERO", "a", _leave_unless(_FIELD.format(type="uintptr_t", base="a") + " == 0")),
    Primitive("GUARD_TRUE", "a", _leave_unless("{a} != 0")),
    Primitive("GUARD_FALSE", "a", _leave_unless("{a} == 0")),
    *(
        Primitive(f"GUARD_INT_{name}", "ab", _leave_unless(f"(intptr_t){{a}} {op} (intptr_t){{b}}"))
        for name, op in _COMPARISONS.items()
    ),
    *(
        Primitive(f"GUARD_INT_{name}_IMM", "a", _leave_unless(f"(intptr_t){{a}} {op} JIT_SIGNED(_JIT_OPERAND32)"))
        for name, op in _COMPARISONS.items()
    ),
    Primitive(
        "UNBOX_INT",
        "da",
        f"uintptr_t tag = {_COMPACT}.lv_tag; "
        + _leave_unless("tag < (2 << NON_SIZE_BITS)")
        + f" {{d}} = (uintptr_t)((1 - (intptr_t)(tag & SIGN_MASK)) * (intptr_t){_COMPACT}.ob_digit[0]);",
    ),
    *(Primitive(f"INT_{name}", "mb", f"{{m}} = (intptr_t){{m}} {op} (intptr_t){{b}};") for name, op in _COMPARISONS.items()),
    Primitive("SAME", "mb", "{m} = {m} == {b};"),
    Primitive("INT_TRUTH", "da", f"{{d}} = ({_COMPACT}.lv_tag & SIGN_MASK) != SIGN_ZERO;"),
    Primitive("SIZE_TRUTH", "da", "{d} = ((PyVarObject *){a})->ob_size != 0;"),
    Primitive("NOT", "m", "{m} = !{m};"),
    Primitive("BOOL", "m", "{m} = {m} ? (uintptr_t)Py_True : (uintptr_t)Py_False;"),
    Primitive("TYPE_OF", "da", f"{{d}} = (uintptr_t)Py_TYPE({_object('a')});"),
    Primitive("LOAD", "da", "{d} = " + _FIELD.format(type="uintptr_t", base="a") + ";"),
    Primitive("STORE", "ab", _FIELD.format(type="uintptr_t", base="a") + " = {b};"),
)


def source() -> str:
    """The functions' text."""
    out: list[str] = []
    for primitive in PRIMITIVES:
        for registers in primitive.variants():
            names = dict(zip(primitive.operands, registers, strict=True))
            suffix = "".join(map(str, registers))
            values = {letter: f"v{register}" for letter, register in names.items()}
            loads = "".join(f"    uintptr_t v{register} = (uintptr_t)r{register};\n" for register in sorted(set(registers)))
            written = {register for letter, register in names.items() if letter in "dm"}
            after = ", ".join(f"(PyObject *)v{i}" if i in written else f"r{i}" for i in range(REGISTERS))
            out.append(
                f"JIT_CODE\n_JIT_STENCIL_P_{primitive.name}_{suffix}(JIT_ARGUMENTS)\n{{\n    PyObject *deadx;\n{loads}"
                f"    {primitive.body.format(**values)}\n    JIT_TAIL(_JIT_CONTINUE, {after}, deadx);\n}}\n\n"
            )
    return "".join(out)


def tables() -> str:
    """C: the enum of primitives, and the stencil of each variant."""
    size = REGISTERS**2
    out = [
        "/* Primitives (Tools/jit/primitives.py). The variant of one with an operand in the\n"
        " * register i is that at i; with operands in i and j, that at JIT_REGISTERS * i + j. */\nenum {\n"
    ]
    out.extend(f"    JIT_P_{primitive.name},\n" for primitive in PRIMITIVES)
    out.append(f"    JIT_P_COUNT\n}};\n\n#define JIT_REGISTERS {REGISTERS}\n\n#ifdef JIT_WITH_STENCILS\n")
    out.append(f"static const uint16_t jit_primitives[JIT_P_COUNT][{size}] = {{\n")
    for primitive in PRIMITIVES:
        suffixes = ("".join(map(str, registers)) for registers in primitive.variants())
        names = [f"JIT_STENCIL_P_{primitive.name}_{suffix}" for suffix in suffixes]
        out.append(f"    [JIT_P_{primitive.name}] = {{{', '.join(names)}}},\n")
    out.append("};\n#endif\n")
    return "".join(out)
