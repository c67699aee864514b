"""The C source of the primitives: stencils with one variant for each register of each operand.

Convention of every function `_JIT_STENCIL_P_<name>_<registers>`: `frame` and
`tstate` are pinned, r0 .. r7 hold whatever values the lowering put there, and
all but the result's register are passed on as they are; an exit finds all of
them as on entry. So a primitive calls nothing, but for functions that preserve
all registers (JIT_KEEPS_ALL), on its cold path. Those with `calls` are the exception: they call C, by its convention, and
all registers are lost but the result's.

The source includes no header but to measure the interpreter's data (uop_layout.py), so that the code is the same on
all systems that a processor has.

It also passes on f0 .. f7, the floating-point registers in which calls pass the first arguments. (Whether a micro-op
leaves these alone is seen in its machine code: `clobbers` of struct jit_stencil.)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from primitive_macros import PRIMITIVE_MACROS
from uop_layout import MEASURING, PRELUDE
from uop_macros import COMMON, INCLUDES

REGISTERS = 8
FLOAT_REGISTERS = 8
assert FLOAT_REGISTERS == REGISTERS  # the tables of variants count on it


@dataclass(frozen=True)
class Primitive:
    """`operands` are the registers it names, in the order of the variants: d is written, a and b are read, m is both.

    Capital letters are those of floats. A primitive has no more than two operands in all.
    """

    name: str
    operands: str
    body: str  # C; {d} and so on are the registers
    calls: bool = False  # a function that keeps no registers

    def variants(self) -> Iterator[tuple[int, ...]]:
        """The registers of each variant, in the order of the table."""
        return product(range(REGISTERS), repeat=len(self.operands))


_ARITHMETIC = {"ADD": "+", "SUBTRACT": "-", "MULTIPLY": "*", "DIVIDE": "/"}
_EXTREMES = {"LEAST": "<", "GREATEST": ">"}
_COMPARISONS = {"LT": "<", "LE": "<=", "EQ": "==", "NE": "!=", "GT": ">", "GE": ">="}

_ALL = ", ".join(f"r{i}" for i in range(REGISTERS))
_ALL_FLOATS = ", ".join(f"f{i}" for i in range(FLOAT_REGISTERS))
_LOST = ", ".join(["deadx"] * REGISTERS)
_LOST_FLOATS = ", ".join(["deadf"] * FLOAT_REGISTERS)


def _object(operand: str) -> str:
    return f"((PyObject *){{{operand}}})"


def _leave_unless(condition: str) -> str:
    return f"if (JIT_UNLIKELY(!({condition}))) {{{{ JIT_TAIL(_JIT_EXIT_FLOATS, {_ALL}, deadx, {_ALL_FLOATS}); }}}}"


def _leave_without_registers_unless(condition: str) -> str:
    return f"if (JIT_UNLIKELY(!({condition}))) {{{{ JIT_TAIL(_JIT_EXIT_FLOATS, {_LOST}, deadx, {_LOST_FLOATS}); }}}}"


def _drop(function: str) -> str:
    return f"JIT_P_DROP((PyObject *){{a}}, _JIT_{function});"


# An int's only digit, and its sign, which is 1 - (tag & 3); see _PyLong_CompactValue().
_COMPACT = "((PyLongObject *){a})->long_value"
_COMPACT_VALUE = (
    "(1 - (intptr_t)(((PyLongObject *){{{operand}}})->long_value.lv_tag & SIGN_MASK))"
    " * (intptr_t)((PyLongObject *){{{operand}}})->long_value.ob_digit[0]"
)
_FIELD = "*({type} *)({{{base}}} + JIT_SIGNED(_JIT_DISP))"
# A place of what has none in the frame.
_AWAY = "*({type} *)((char *)((_PyThreadStateImpl *)tstate)->jit_spills + (uintptr_t)&_JIT_DISP)"
_LIST = "((PyListObject *){b})"
_TEXT = "((PyASCIIObject *){{{operand}}})"
_RANGE = "((_PyRangeIterObject *){a})"
_IS_IMM = {"EQ": "JIT_P_IS_IMM({a})", "NE": "!JIT_P_IS_IMM({a})"}
_INT_OPERATIONS = {"ADD": "+", "SUBTRACT": "-", "MULTIPLY": "*", "AND": "&", "OR": "|", "XOR": "^"}
_CHECKED = {"ADD": "add", "SUBTRACT": "sub", "MULTIPLY": "mul"}
# Rounded down, as Python does; the processor divides 32 bits faster than 64.
_FLOOR_DIVIDE = """if ((({m} | {b}) >> 32) == 0) {{
        {m} = (uint32_t){m} / (uint32_t){b};
    }}
    else {{
        intptr_t left = (intptr_t){m}, right = (intptr_t){b}, rest = left % right;
        {m} = (uintptr_t)(left / right - (rest != 0 && (rest ^ right) < 0));
    }}"""
_MODULO = """if ((({m} | {b}) >> 32) == 0) {{
        {m} = (uint32_t){m} % (uint32_t){b};
    }}
    else {{
        intptr_t right = (intptr_t){b}, rest = (intptr_t){m} % right;
        {m} = (uintptr_t)(rest + (rest != 0 && (rest ^ right) < 0 ? right : 0));
    }}"""

PRIMITIVES = (
    Primitive("SPILL", "a", "*(uintptr_t *)((char *)frame + (uintptr_t)&_JIT_DISP) = {a};"),
    Primitive("FILL", "d", "{d} = *(uintptr_t *)((char *)frame + (uintptr_t)&_JIT_DISP);"),
    Primitive("SPILL_NEAR", "a", "*(uintptr_t *)((char *)frame + (uintptr_t)&_JIT_NEAR) = {a};"),
    Primitive("FILL_NEAR", "d", "{d} = *(uintptr_t *)((char *)frame + (uintptr_t)&_JIT_NEAR);"),
    Primitive("SPILL_AWAY", "a", _AWAY.format(type="uintptr_t") + " = {a};"),
    Primitive("FILL_AWAY", "d", "{d} = " + _AWAY.format(type="uintptr_t") + ";"),
    Primitive("MOVE", "da", "{d} = {a};"),
    Primitive("IMM", "d", "{d} = (uintptr_t)_JIT_OPERAND;"),
    Primitive("IMM32", "d", "{d} = (uintptr_t)&_JIT_OPERAND32;"),
    Primitive("INCREF", "a", "Py_INCREF((PyObject *){a});"),
    Primitive("XINCREF", "a", "if ({a} != 0) {{ Py_INCREF((PyObject *){a}); }}"),
    Primitive("DROP", "a", _drop("DEALLOC")),
    Primitive("DROP_SHARED", "a", "JIT_P_DECREF_SHARED((PyObject *){a});"),
    Primitive("DROP_INT", "a", "JIT_P_DROP_INT((PyObject *){a});"),
    Primitive("DROP_FLOAT", "a", "JIT_P_DROP_FLOAT((PyObject *){a});"),
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
        Primitive(f"GUARD_INT_{name}_IMM", "a", _leave_unless(condition))
        for name, condition in (
            (name, _IS_IMM.get(name, f"(intptr_t){{a}} {op} JIT_SIGNED(_JIT_OPERAND32)")) for name, op in _COMPARISONS.items()
        )
    ),
    Primitive(
        "UNBOX_INT",
        "da",
        f"uintptr_t tag = {_COMPACT}.lv_tag; "
        + _leave_unless("tag < (2 << NON_SIZE_BITS)")
        + f" {{d}} = (uintptr_t)((1 - (intptr_t)(tag & SIGN_MASK)) * (intptr_t){_COMPACT}.ob_digit[0]);",
    ),
    Primitive(
        "UNBOX_WIDE",
        "da",
        f"uintptr_t tag = {_COMPACT}.lv_tag; "
        + _leave_unless("tag < (3 << NON_SIZE_BITS)")
        + f" uintptr_t value = {_COMPACT}.ob_digit[0]; "
        f"if (tag >= (2 << NON_SIZE_BITS)) {{{{ value |= (uintptr_t){_COMPACT}.ob_digit[1] << PyLong_SHIFT; }}}} "
        "{d} = (uintptr_t)((1 - (intptr_t)(tag & SIGN_MASK)) * (intptr_t)value);",
    ),
    *(Primitive(f"INT_{name}", "mb", f"{{m}} = (intptr_t){{m}} {op} (intptr_t){{b}};") for name, op in _COMPARISONS.items()),
    *(Primitive(f"INT_{name}", "mb", f"{{m}} = {{m}} {op} {{b}};") for name, op in _INT_OPERATIONS.items()),
    *(
        Primitive(f"INT_{name}_IMM", "m", f"JIT_P_{name}_IMM({{m}});") for name in ("ADD", "MULTIPLY", "AND")
    ),
    *(
        Primitive(
            f"INT_{name}_CHECKED",
            "mb",
            f"intptr_t result; {_leave_unless(f'!__builtin_{function}_overflow((intptr_t){{m}}, (intptr_t){{b}}, &result)')}"
            " {m} = (uintptr_t)result;",
        )
        for name, function in _CHECKED.items()
    ),
    Primitive("INT_SHIFT_LEFT", "mb", "{m} = {m} << ({b} & 63);"),
    Primitive("INT_SHIFT_RIGHT", "mb", "{m} = (uintptr_t)((intptr_t){m} >> ({b} & 63));"),
    Primitive("INT_FLOOR_DIVIDE", "mb", _FLOOR_DIVIDE),
    Primitive("INT_MODULO", "mb", _MODULO),
    # Of a number and the best so far: the number, if it is better. Of objects, the same; ints have one digit.
    *(
        Primitive(f"INT_{name}", "mb", f"{{m}} = (intptr_t){{m}} {op} (intptr_t){{b}} ? {{m}} : {{b}};")
        for name, op in _EXTREMES.items()
    ),
    *(Primitive(f"FLOAT_{name}", "MB", f"{{M}} = {{M}} {op} {{B}} ? {{M}} : {{B}};") for name, op in _EXTREMES.items()),
    *(
        Primitive(
            f"{name}_{kind}",
            "mb",
            f"{{m}} = __builtin_unpredictable({value.format(operand='m')} {op} {value.format(operand='b')}) ? {{m}} : {{b}};",
        )
        for kind, value in (("INT", _COMPACT_VALUE), ("FLOAT", "((PyFloatObject *){{{operand}}})->ob_fval"))
        for name, op in (("LESSER", "<"), ("GREATER", ">"))
    ),
    Primitive("GUARD_COMPACT", "a", _leave_unless("{a} + PyLong_MASK <= 2 * (uintptr_t)PyLong_MASK")),
    Primitive("BOX_INT", "da", f"JIT_P_BOX_INT({{d}}, {{a}}, JIT_TAIL(_JIT_ERROR_FLOATS, {_ALL}, deadx, {_ALL_FLOATS}));"),
    Primitive(
        "RENEW_INT",
        "ma",
        "PyObject *old = (PyObject *){m};\n"
        "    uintptr_t value = (uintptr_t){a};\n"
        "    if (JIT_LIKELY(old->ob_refcnt == 1 && ((PyLongObject *)old)->long_value.lv_tag < (3 << NON_SIZE_BITS) &&\n"
        "                   value - _PY_NSMALLPOSINTS <= PyLong_MASK - _PY_NSMALLPOSINTS)) {{\n"
        "        ((PyLongObject *)old)->long_value.lv_tag = 1 << NON_SIZE_BITS;\n"
        "        ((PyLongObject *)old)->long_value.ob_digit[0] = (digit)value;\n    }}\n"
        "    else if (JIT_IS_WIDE(old) && value - (PyLong_MASK + 1ULL) < (1ULL << 2 * PyLong_SHIFT) - PyLong_MASK - 1) {{\n"
        "        ((PyLongObject *)old)->long_value.ob_digit[0] = (digit)(value & PyLong_MASK);\n"
        "        ((PyLongObject *)old)->long_value.ob_digit[1] = (digit)(value >> PyLong_SHIFT);\n    }}\n"
        "    else {{\n"
        f"        JIT_P_MAKE_INT({{m}}, {{a}}, JIT_TAIL(_JIT_ERROR_FLOATS, {_ALL}, deadx, {_ALL_FLOATS}));\n"
        "        *(uintptr_t *)((char *)frame + (uintptr_t)&_JIT_DISP) = {m};\n"
        "        JIT_P_DROP(old, _JIT_DEALLOC_INT);\n"
        "    }}",
    ),
    Primitive("GUARD_INDEX", "ab", _leave_unless("{a} < (uintptr_t)((PyVarObject *){b})->ob_size")),
    Primitive("LIST_ITEM", "mb", f"{{m}} = (uintptr_t){_LIST}->ob_item[{{m}}];"),
    Primitive("LIST_PLACE", "mb", f"{{m}} = (uintptr_t)&{_LIST}->ob_item[{{m}}];"),
    Primitive("TUPLE_ITEM", "mb", "{m} = (uintptr_t)((PyTupleObject *){b})->ob_item[{m}];"),
    Primitive("SIZE", "da", "{d} = (uintptr_t)((PyVarObject *){a})->ob_size;"),
    Primitive("BYTE_AT", "mb", "{m} = (uint8_t)((PyBytesObject *){b})->ob_sval[{m}];"),
    # (What is of type str itself has its characters behind it: those of a subclass are elsewhere.)
    Primitive("GUARD_ASCII", "a", _leave_unless(_TEXT.format(operand="a") + "->state.ascii")),
    Primitive(
        "GUARD_CHARACTER",
        "a",
        _leave_unless(_TEXT.format(operand="a") + "->state.ascii && " + _TEXT.format(operand="a") + "->length == 1"),
    ),
    Primitive("ASCII_AT", "mb", "{m} = ((uint8_t *)(" + _TEXT.format(operand="b") + " + 1))[{m}];"),
    Primitive("ORDINAL", "da", "{d} = *(uint8_t *)(" + _TEXT.format(operand="a") + " + 1);"),
    Primitive("CHARACTER", "m", "{m} = (uintptr_t)JIT_CHARACTER({m});"),
    Primitive("GUARD_TYPECODE", "a", _leave_unless("*((struct _PyJIT_Array *){a})->typecode == (int)(uintptr_t)&_JIT_OPERAND32")),
    *(
        Primitive(f"ARRAY_PLACE_{size}", "mb", f"{{m}} = (uintptr_t)((struct _PyJIT_Array *){{b}})->items + {{m}} * {size};")
        for size in (1, 4, 8)
    ),
    *(
        Primitive(f"{name}_AT", "da", f"{{d}} = (uintptr_t)(intptr_t)*({name.lower()}_t *){{a}};")
        for name in ("UINT8", "INT32", "INT64")
    ),
    *(
        Primitive(f"SET_{name}", "ab", f"*({name.lower()}_t *){{a}} = ({name.lower()}_t){{b}};")
        for name in ("UINT8", "INT32", "INT64")
    ),
    Primitive("GUARD_UNSHARED", "a", _leave_unless(f"{_object('a')}->ob_refcnt == 1")),
    Primitive("GUARD_SHARED", "a", _leave_unless(f"{_object('a')}->ob_refcnt != 1")),
    Primitive("GUARD_RANGE_LEFT", "a", _leave_unless(f"{_RANGE}->len > 0")),
    Primitive("RANGE_START", "da", f"{{d}} = (uintptr_t)(intptr_t){_RANGE}->start;"),
    Primitive("RANGE_ADVANCE", "a", f"{_RANGE}->start += {_RANGE}->step; {_RANGE}->len--;"),
    Primitive("SAME", "mb", "{m} = {m} == {b};"),
    Primitive("INT_TRUTH", "da", f"{{d}} = ({_COMPACT}.lv_tag & SIGN_MASK) != SIGN_ZERO;"),
    Primitive("SIZE_TRUTH", "da", "{d} = ((PyVarObject *){a})->ob_size != 0;"),
    Primitive("NOT", "m", "{m} = !{m};"),
    Primitive("BOOL", "m", "{m} = {m} ? (uintptr_t)Py_True : (uintptr_t)Py_False;"),
    Primitive("TYPE_OF", "da", f"{{d}} = (uintptr_t)Py_TYPE({_object('a')});"),
    Primitive("LOAD", "da", "{d} = " + _FIELD.format(type="uintptr_t", base="a") + ";"),
    Primitive("STORE", "ab", _FIELD.format(type="uintptr_t", base="a") + " = {b};"),
    Primitive("SPILL_FLOAT", "A", "*(double *)((char *)frame + (uintptr_t)&_JIT_DISP) = {A};"),
    Primitive("FILL_FLOAT", "D", "{D} = *(double *)((char *)frame + (uintptr_t)&_JIT_DISP);"),
    Primitive("SPILL_FLOAT_AWAY", "A", _AWAY.format(type="double") + " = {A};"),
    Primitive("FILL_FLOAT_AWAY", "D", "{D} = " + _AWAY.format(type="double") + ";"),
    Primitive("MOVE_FLOAT", "DA", "{D} = {A};"),
    Primitive("UNBOX_FLOAT", "Da", "{D} = ((PyFloatObject *){a})->ob_fval;"),
    Primitive("FLOAT_AT", "D", "{D} = *(const double *)_JIT_OPERAND;"),
    Primitive("INT_TO_FLOAT", "Da", "JIT_P_TO_FLOAT({D}, {a});"),
    Primitive("BOX_FLOAT", "dA", f"JIT_P_BOX_FLOAT({{d}}, {{A}}, JIT_TAIL(_JIT_ERROR_FLOATS, {_ALL}, deadx, {_ALL_FLOATS}));"),
    Primitive(
        "RENEW_FLOAT",
        "mA",
        "if (JIT_UNLIKELY(((PyObject *){m})->ob_refcnt != 1)) {{\n"
        "        PyObject *old = (PyObject *){m};\n"
        f"        JIT_P_BOX_FLOAT({{m}}, {{A}}, JIT_TAIL(_JIT_ERROR_FLOATS, {_ALL}, deadx, {_ALL_FLOATS}));\n"
        "        JIT_P_DECREF_SHARED(old);\n"
        "        *(uintptr_t *)((char *)frame + (uintptr_t)&_JIT_DISP) = {m};\n"
        "    }}\n    else {{\n        ((PyFloatObject *){m})->ob_fval = {A};\n    }}",
    ),
    Primitive("DOUBLE_AT", "Da", "{D} = *(double *){a};"),
    Primitive("SET_DOUBLE", "aB", "*(double *){a} = {B};"),
    Primitive("SET_FLOAT", "aB", "((PyFloatObject *){a})->ob_fval = {B};"),
    *(Primitive(f"FLOAT_{name}", "MB", f"{{M}} = {{M}} {op} {{B}};") for name, op in _ARITHMETIC.items()),
    Primitive("FLOAT_NEGATE", "M", "JIT_P_NEGATE({M});"),
    Primitive("FLOAT_ABSOLUTE", "M", "JIT_P_ABSOLUTE({M});"),
    Primitive("FLOAT_SQRT", "M", "{M} = __builtin_elementwise_sqrt({M});"),
    # Towards zero; of what has at most 60 bits.
    Primitive(
        "FLOAT_TO_INT",
        "dA",
        "uint64_t bits; __builtin_memcpy(&bits, &{A}, sizeof(bits)); "
        + _leave_unless("(bits >> 52 & 0x7FF) < 1023 + 60")
        + " {d} = (uintptr_t)(intptr_t){A};",
    ),
    Primitive(
        "FLOAT_POWER",
        "MB",
        "{M} = _PyJIT_FloatPower({M}, {B}); " + _leave_without_registers_unless("{M} == {M}"),
        calls=True,
    ),
    # A function of C, to which the operand is the way; the result is finite.
    Primitive(
        "FLOAT_FUNCTION",
        "M",
        "{M} = ((jit_double_function)_JIT_OPERAND)({M}); " + _leave_without_registers_unless("{M} - {M} == 0.0"),
        calls=True,
    ),
    Primitive("GUARD_FLOAT_NOT_NEGATIVE", "A", _leave_unless("!({A} < 0.0)")),
    Primitive("GUARD_FLOAT_NOT_ZERO", "A", _leave_unless("{A} != 0.0")),
    *(Primitive(f"GUARD_FLOAT_{name}", "AB", _leave_unless(f"{{A}} {_COMPARISONS[name]} {{B}}")) for name in ("LT", "LE", "EQ", "NE")),
    *(Primitive(f"GUARD_FLOAT_NOT_{name}", "AB", _leave_unless(f"!({{A}} {_COMPARISONS[name]} {{B}})")) for name in ("LT", "LE")),
)


def _function(primitive: Primitive, registers: tuple[int, ...]) -> str:
    names = dict(zip(primitive.operands, registers, strict=True))
    suffix = "".join(map(str, registers))
    values = {letter: f"v{register}" if letter.islower() else f"w{register}" for letter, register in names.items()}
    plain = sorted({register for letter, register in names.items() if letter.islower()})
    floating = sorted({register for letter, register in names.items() if letter.isupper()})
    loads = "".join(f"    uintptr_t v{register} = (uintptr_t)r{register};\n" for register in plain)
    loads += "".join(f"    double w{register} = f{register};\n" for register in floating)
    written = {(letter.isupper(), register) for letter, register in names.items() if letter in "dmDM"}
    other, other_float = ("deadx", "deadf") if primitive.calls else ("r{i}", "f{i}")
    after = ", ".join(f"(PyObject *)v{i}" if (False, i) in written else other.format(i=i) for i in range(REGISTERS))
    floats_after = ", ".join(f"w{i}" if (True, i) in written else other_float.format(i=i) for i in range(FLOAT_REGISTERS))
    dead = "    PyObject *deadx;\n" + ("    double deadf;\n" if primitive.calls else "")
    body = primitive.body.format(**values)
    return (
        f"JIT_CODE\n_JIT_STENCIL_P_{primitive.name}_{suffix}(JIT_ARGUMENTS_FLOATS)\n{{\n{dead}{loads}"
        f"    {body}\n    JIT_TAIL(_JIT_CONTINUE_FLOATS, {after}, deadx, {floats_after});\n}}\n\n"
    )


def source(
    chosen: Iterable[Primitive] = PRIMITIVES, wanted: Callable[[Primitive, tuple[int, ...]], bool] = lambda primitive, registers: True
) -> str:
    """The functions' text: of the chosen primitives, all wanted variants."""
    return "".join(
        _function(primitive, registers) for primitive in chosen for registers in primitive.variants() if wanted(primitive, registers)
    )


# What stands above the functions, where there are no headers.
SHARED = PRELUDE + COMMON + PRIMITIVE_MACROS


# What frees an object whose last reference a primitive gives up, or counts references; all registers are kept.
_OF_OBJECTS = {
    "DEALLOC": "_Py_Dealloc",
    "DEALLOC_INT": "_PyLong_ExactDealloc",
    "DEALLOC_FLOAT": "_PyFloat_ExactDealloc",
    "INCREF": "_Py_IncRef",
    "DECREF": "_Py_DecRef",
}


def plumbing() -> str:
    """Stencils that no primitive stands for: exits, and what primitives call."""
    names = ("deadx", *(f"dead{i}" for i in range(REGISTERS)))
    dead = f"    PyObject {', '.join(f'*{name}' for name in names)};\n"
    out: list[str] = []

    def stencil(name: str, body: str, arguments: str = "JIT_ARGUMENTS") -> None:
        out.append(f"JIT_CODE\n_JIT_STENCIL_{name}({arguments})\n{{\n{body}}}\n\n")

    # struct jit_exit begins with the address of the code that it leads to: LEAVE, or a
    # bridge, which knows what is in the registers.
    stencil(
        "EXIT",
        "    PyObject *exit = (PyObject *)_JIT_OPERAND;\n"
        "    jit_code_function code = *(jit_code_function *)exit;\n"
        f"    __attribute__((musttail)) return code(frame, tstate, {_ALL}, exit);\n",
    )
    # To C, with what is in the registers, to put the frame in order.
    floats = ", ".join(f"deadf{i}" for i in range(FLOAT_REGISTERS))
    stencil(
        "LEAVE",
        f"{dead}    double {floats};\n"
        f"    uintptr_t registers[] = {{{', '.join(f'(uintptr_t)r{i}' for i in range(REGISTERS))}}};\n"
        f"    double floats[] = {{{', '.join(f'f{i}' for i in range(FLOAT_REGISTERS))}}};\n"
        "    void *code = _PyJIT_Leave((struct jit_exit *)rx, frame, registers, floats);\n"
        "    __attribute__((musttail)) return ((jit_float_function)code)"
        f"(frame, tstate, rx, {', '.join(names[2:])}, deadx, {floats});\n",
        "JIT_ARGUMENTS_FLOATS",
    )
    stencil("EXIT_RETURN", "    return (uintptr_t)r0;\n")
    # The target of an indirect jump from a function that C called: the frame there
    # has no locals, and an empty stack.
    stencil("RETURN_TO_C", "    frame->localsplus[0] = r0;\n    frame->stacktop = 1;\n    return (uintptr_t)_JIT_OPERAND;\n")
    stencil("RETURN_ERROR", "    return 0;\n")
    out.extend(
        f"JIT_KEEPS_ALL void\n_JIT_STENCIL_{name}(PyObject *op)\n{{\n    {function}(op);\n}}\n\n"
        for name, function in _OF_OBJECTS.items()
    )
    out.append(
        "JIT_KEEPS_ALL PyFloatObject *\n_JIT_STENCIL_NEW_FLOAT(void)\n{\n"
        "    return (PyFloatObject *)PyFloat_FromDouble(0.0);\n}\n\n"
        "JIT_KEEPS_ALL PyObject *\n_JIT_STENCIL_NEW_INT(intptr_t value)\n{\n"
        "    return PyLong_FromSsize_t(value);\n}\n\n"
    )
    return "".join(out)


def primitive_source(sources: Sequence[str]) -> str:
    """The whole C file: with JIT_MEASURE what measures the interpreter's data, without it what calls for those numbers."""
    return (
        "#ifdef JIT_MEASURE\n"
        + INCLUDES.format(sources=" and ".join(sources))
        + MEASURING
        + "#else\n"
        + SHARED
        + "#endif\n\n"
        + source()
        + plumbing()
    )


def tables() -> str:
    """C: the enum of primitives, and the stencil of the first variant of each."""
    out = [
        "/* Primitives (Tools/jit/primitives.py). The variant of one with an operand in the register i\n"
        " * is the i-th from its first on; with operands in i and j, the JIT_REGISTERS * i + j-th. */\nenum {\n"
    ]
    out.extend(f"    JIT_P_{primitive.name},\n" for primitive in PRIMITIVES)
    out.append(f"    JIT_P_COUNT\n}};\n\n#define JIT_REGISTERS {REGISTERS}\n#define JIT_FLOAT_REGISTERS {FLOAT_REGISTERS}\n\n")
    out.append("#ifdef JIT_WITH_STENCILS\n")
    out.append("static const uint16_t jit_primitives[JIT_P_COUNT] = {\n")
    ends = []
    for primitive in PRIMITIVES:
        suffixes = ["".join(map(str, registers)) for registers in primitive.variants()]
        first, last = (f"JIT_STENCIL_P_{primitive.name}_{suffix}" for suffix in (suffixes[0], suffixes[-1]))
        out.append(f"    [JIT_P_{primitive.name}] = {first},\n")
        ends.append(f"    {last} == {first} + {len(suffixes) - 1}")
    out.append("};\nstatic_assert(\n" + " &&\n".join(ends) + ',\n    "variants in another order");\n')
    out.append("\n/* The letters of their operands, see class Primitive. */\n")
    out.append("static const char jit_primitive_operands[JIT_P_COUNT][3] = {\n")
    out.extend(f'    [JIT_P_{primitive.name}] = "{primitive.operands}",\n' for primitive in PRIMITIVES)
    out.append("};\n#endif\n")
    return "".join(out)
