"""What primitives know of the interpreter's data, without a header of the interpreter or of a C library.

Primitives are compiled once for a processor, as code for Linux, and run on all its systems (targets.Target.portable):
what they need of Python.h is a few structures, whose numbers the build measures. The source of the primitives has two
halves. With JIT_MEASURE defined it includes the headers, is compiled for the target itself, and its assembly text names
numbers (MEASURED, read by measured()); the other half begins with these as macros (definitions()) and with structures
made from them (PRELUDE), which checks itself against them: a structure that is not what PRELUDE takes it for does not
compile.

Rejected: the target's headers in code for Linux. Types such as long differ, and headers of Windows do not compile.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

# Macro -> a C expression; what is measured may depend on the optimizer, as the place of a bit field does.
_FIELDS = {
    "PyObject": ("ob_refcnt", "ob_type"),
    "PyVarObject": ("ob_size",),
    "PyTypeObject": ("tp_version_tag",),
    "PyFloatObject": ("ob_fval",),
    "PyLongObject": ("long_value.lv_tag", "long_value.ob_digit"),
    "PyListObject": ("ob_item",),
    "PyTupleObject": ("ob_item",),
    "PyBytesObject": ("ob_sval",),
    "PyASCIIObject": ("length", "state"),
    "struct _PyJIT_Array": ("items", "typecode"),
    "_PyRangeIterObject": ("start", "step", "len"),
    "_PyInterpreterFrame": ("instr_ptr", "stacktop", "localsplus"),
    "_PyThreadStateImpl": ("jit_spills",),
}
_LISTS = {"struct _Py_float_freelist": ("numfree", "items"), "struct _Py_int_freelist": ("numfree", "items")}
_SIZES = ("long", "digit", "void *", "PyLongObject", "PyASCIIObject")
_NUMBERS = (
    *("PyLong_SHIFT", "_PY_NSMALLPOSINTS", "_PY_NSMALLNEGINTS", "NON_SIZE_BITS", "SIGN_MASK", "SIGN_ZERO", "SIGN_NEGATIVE"),
    *("PyFloat_MAXFREELIST", "PyLong_MAXFREELIST"),
)


def _macro(kind: str, name: str, field: str = "") -> str:
    """A macro's name from those of a type and of a field."""
    return "_".join(["JIT", kind, *re.findall(r"\w+", f"{name.removeprefix('struct ').replace('*', 'pointer')} {field}")])


def _at(fields: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, str]]:
    return {_macro("AT", name, field): (name, field) for name, names in fields.items() for field in names}


_OFFSETS, _LIST_OFFSETS = _at(_FIELDS), _at(_LISTS)
_SINGLETONS = "offsetof(_PyRuntimeState, static_objects.singletons"
MEASURED: dict[str, str] = (
    {macro: f"offsetof({name}, {field})" for macro, (name, field) in _OFFSETS.items()}
    | {_macro("SIZE", name): f"sizeof({name})" for name in _SIZES}
    | {f"JIT_{name}": name for name in _NUMBERS}
    | {
        "JIT_SMALL_INTS": f"{_SINGLETONS}.small_ints)",
        "JIT_CHARACTERS": f"{_SINGLETONS}.strings.ascii)",
        "JIT_CHARACTER_SIZE": "sizeof(_Py_SINGLETON(strings).ascii[0])",
        "JIT_ASCII_BIT": "jit_ascii_bit()",
        "JIT_RELEASE": "JIT_IS_RELEASE",
        "JIT_FREELISTS": "JIT_HAS_FREELISTS",
        "JIT_MS_ABI": "JIT_HAS_MS_ABI",
    }
)
MEASURED_LISTS = {macro: f"offsetof({name}, {field})" for macro, (name, field) in _LIST_OFFSETS.items()}
LINE = re.compile(r'\.ascii\s+"jit_measured (\w+) (-?\d+)"')


def _measure(macros: Mapping[str, str]) -> str:
    return "".join(f"    JIT_MEASURED({macro}, {value});\n" for macro, value in macros.items())


# The half that is compiled with the headers.
MEASURING = f"""\
#if !defined(Py_DEBUG) && !defined(Py_TRACE_REFS) && !defined(Py_GIL_DISABLED)
#define JIT_IS_RELEASE 1
#else
#define JIT_IS_RELEASE 0    // references are counted and checked: by C
#endif
#if defined(WITH_FREELISTS) && !defined(Py_STATS)
#define JIT_HAS_FREELISTS 1
#else
#define JIT_HAS_FREELISTS 0
#endif
#if defined(_WIN32) && defined(__x86_64__)
#define JIT_HAS_MS_ABI 1
#else
#define JIT_HAS_MS_ABI 0
#endif

static inline uint32_t
jit_ascii_bit(void)
{{
    PyASCIIObject probe;
    memset(&probe, 0, sizeof(probe));
    probe.state.ascii = 1;
    uint32_t bits;
    memcpy(&bits, &probe.state, sizeof(bits));
    return (uint32_t)__builtin_ctz(bits);
}}

// (The text is for the build, which reads it in the assembly.)
#define JIT_MEASURED(NAME, VALUE) \\
    __asm__ volatile(".ascii \\"jit_measured " #NAME " %c0\\"" : : "i"((long long)(VALUE)))
void
jit_measure(void)
{{
{_measure(MEASURED)}#if JIT_HAS_FREELISTS
{_measure(MEASURED_LISTS)}#endif
}}
"""


def measured(listing: str) -> dict[str, int]:
    """The numbers that are named in the assembly text of the first half."""
    return {name: int(value) for name, value in LINE.findall(listing)}


def definitions(numbers: Mapping[str, int]) -> str:
    """The numbers as macros, for the second half."""
    return "".join(f"#define {name} {value}\n" for name, value in sorted(numbers.items()))


def _checks(offsets: Mapping[str, tuple[str, str]]) -> str:
    return "".join(
        f'_Static_assert(__builtin_offsetof({name}, {field}) == {macro}, "{name}.{field} is elsewhere");\n'
        for macro, (name, field) in offsets.items()
    )


# The half that is compiled without: as much of Python.h as primitives use, under the same names.
PRELUDE = f"""\
typedef __UINTPTR_TYPE__ uintptr_t;
typedef __INTPTR_TYPE__ intptr_t;
typedef __UINT64_TYPE__ uint64_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __INT64_TYPE__ int64_t;
typedef __INT32_TYPE__ int32_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __UINT8_TYPE__ uint8_t;
#define NULL ((void *)0)
typedef intptr_t Py_ssize_t;
typedef uint16_t _Py_CODEUNIT;
#if JIT_SIZE_digit == 4
typedef uint32_t digit;
#else
typedef uint16_t digit;
#endif
#if JIT_SIZE_long == 8
typedef int64_t jit_long;
#else
typedef int32_t jit_long;
#endif

// (What follows JIT_BEFORE lies where it was measured; the checks below tell.)
#define JIT_BEFORE(PLACE) char before[PLACE];
typedef struct _typeobject {{ JIT_BEFORE(JIT_AT_PyTypeObject_tp_version_tag) uint32_t tp_version_tag; }} PyTypeObject;
typedef struct {{ JIT_BEFORE(JIT_AT_PyObject_ob_refcnt) Py_ssize_t ob_refcnt; PyTypeObject *ob_type; }} PyObject;
typedef struct {{ PyObject ob_base; Py_ssize_t ob_size; }} PyVarObject;
typedef struct {{ PyObject ob_base; double ob_fval; }} PyFloatObject;
typedef struct {{ PyObject ob_base; struct {{ uintptr_t lv_tag; digit ob_digit[1]; }} long_value; }} PyLongObject;
typedef struct {{ PyVarObject ob_base; PyObject **ob_item; }} PyListObject;
typedef struct {{ PyVarObject ob_base; PyObject *ob_item[1]; }} PyTupleObject;
typedef struct {{ JIT_BEFORE(JIT_AT_PyBytesObject_ob_sval) char ob_sval[1]; }} PyBytesObject;
typedef struct {{
    PyObject ob_base;
    Py_ssize_t length, hash;
    struct {{ unsigned int before:JIT_ASCII_BIT, ascii:1; }} state;
    char after[JIT_SIZE_PyASCIIObject - JIT_AT_PyASCIIObject_state - sizeof(unsigned int)];
}} PyASCIIObject;
struct _PyJIT_Array {{ PyVarObject ob_base; char *items; Py_ssize_t allocated; const char *typecode; }};
typedef struct {{ PyObject ob_base; jit_long start, step, len; }} _PyRangeIterObject;
typedef struct {{
    JIT_BEFORE(JIT_AT__PyInterpreterFrame_instr_ptr)
    _Py_CODEUNIT *instr_ptr;
    char between[JIT_AT__PyInterpreterFrame_stacktop - JIT_AT__PyInterpreterFrame_instr_ptr - sizeof(void *)];
    int stacktop;
    uint16_t return_offset;
    char owner;
    PyObject *localsplus[1];
}} _PyInterpreterFrame;
typedef struct _ts PyThreadState;
typedef struct {{ JIT_BEFORE(JIT_AT__PyThreadStateImpl_jit_spills) uintptr_t *jit_spills; }} _PyThreadStateImpl;
#if JIT_FREELISTS
struct _Py_float_freelist {{ int numfree; PyFloatObject *items; }};
struct _Py_int_freelist {{ int numfree; PyLongObject *items; }};
{_checks(_LIST_OFFSETS)}#endif
{_checks(_OFFSETS)}_Static_assert(sizeof(void *) == JIT_SIZE_void_pointer, "another processor");
_Static_assert(sizeof(PyLongObject) == JIT_SIZE_PyLongObject, "ints have another size");
_Static_assert(sizeof(PyASCIIObject) == JIT_SIZE_PyASCIIObject, "strings have another size");

{"".join(f"#define {name} JIT_{name}{chr(10)}" for name in _NUMBERS)}\
#define PyLong_MASK ((digit)((1 << PyLong_SHIFT) - 1))
extern char _PyRuntime[];
#define _PyLong_SMALL_INTS ((PyLongObject *)(_PyRuntime + JIT_SMALL_INTS))
#define JIT_CHARACTER(ORDINAL) (_PyRuntime + JIT_CHARACTERS + (ORDINAL) * JIT_CHARACTER_SIZE)
extern PyObject _Py_TrueStruct, _Py_FalseStruct;
extern PyTypeObject PyFloat_Type, PyLong_Type;
#define Py_True (&_Py_TrueStruct)
#define Py_False (&_Py_FalseStruct)
#define Py_TYPE(OP) ((OP)->ob_type)
#define _Py_IsImmortal(OP) ((int32_t)(OP)->ob_refcnt < 0)
#if JIT_RELEASE
#define Py_INCREF(OP) do {{ PyObject *_op = (OP); if (!_Py_IsImmortal(_op)) _op->ob_refcnt++; }} while (0)
#else
#define Py_INCREF(OP) _JIT_INCREF(OP)
#endif

"""
