"""What a micro-op may do besides computing its outputs, from the identifiers in its body.

The base's own HAS_ESCAPES_FLAG takes decrefs for harmless and is not used.
What is not listed here is taken to run arbitrary Python code.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from uop_model import CALLED, Token, Uop, close_paren, strip_asserts

READS_HEAP = "READS_HEAP"
WRITES_HEAP = "WRITES_HEAP"
MAY_DEALLOC = "MAY_DEALLOC"
MAY_RUN_PYTHON = "MAY_RUN_PYTHON"

_NOTHING: frozenset[str] = frozenset()
_READ = frozenset({READS_HEAP})
_WRITE = frozenset({READS_HEAP, WRITES_HEAP})
_DEALLOC = frozenset({MAY_DEALLOC})
_RUN = frozenset({READS_HEAP, WRITES_HEAP, MAY_DEALLOC, MAY_RUN_PYTHON})


def _table(*groups: tuple[frozenset[str], str]) -> dict[str, frozenset[str]]:
    return {name: effects for effects, names in groups for name in names.split()}


# Callee -> effects. Grouped by the reason why it is safe to say so.
CALLEES = _table(
    # Arithmetic, casts, type tests, constants: no memory but the operand's header.
    (
        _NOTHING,
        """
        COMPARISON_BIT Py_ARRAY_LENGTH Py_Is Py_IsNone Py_IsTrue Py_IsFalse Py_IS_TYPE Py_TYPE Py_REFCNT
        _Py_IsImmortal _Py_STR _Py_ID _Py_SINGLETON _PyObject_CAST _PyLong_GetZero Py_UNREACHABLE
        PyLong_CheckExact PyFloat_CheckExact PyUnicode_CheckExact PyTuple_CheckExact PyList_CheckExact
        PyDict_CheckExact PySet_CheckExact PyFrozenSet_CheckExact PyModule_CheckExact PyBool_Check
        PyCFunction_CheckExact PyCoro_CheckExact PyGen_CheckExact PyAsyncGen_CheckExact PyFunction_Check
        PyMethod_Check PyType_Check PyList_Check PyGen_Check PyLong_Check PyCell_Check PyIter_Check
        PyExceptionInstance_Check PyExceptionInstance_Class PySequence_Check _PyType_HasFeature
        PyType_HasFeature _Py_atomic_load_uintptr_relaxed FT_ATOMIC_LOAD_UINTPTR_ACQUIRE
        _PyThreadState_HasStackSpace Py_MAX Py_MIN sizeof
        """,
    ),
    # Statistics and tracing hooks of debug builds; no effect on the program.
    (_NOTHING, "STAT_INC CALL_STAT_INC EVAL_CALL_STAT_INC EVAL_CALL_STAT_INC_IF_FUNCTION LLTRACE_RESUME_FRAME"),
    # Plain loads out of objects, frames and code.
    (
        _READ,
        """
        GETITEM GLOBALS BUILTINS LOCALS FRAME_CO_NAMES FRAME_CO_CONSTS GETLOCAL Py_SIZE
        PyList_GET_SIZE PyList_GET_ITEM _PyList_ITEMS PyTuple_GET_SIZE PyTuple_GET_ITEM _PyTuple_ITEMS
        PyUnicode_GET_LENGTH PyUnicode_READ_CHAR PyFloat_AS_DOUBLE PyFunction_GET_CODE PyFunction_GET_GLOBALS
        PyCFunction_GET_FLAGS PyCFunction_GET_FUNCTION PyCFunction_GET_SELF
        _PyFrame_GetCode _PyFrame_GetGenerator _PyObject_InlineValues _PyObject_GetManagedDict
        _PyObject_ManagedDictPointer _PyManagedDictPointer_IsValues _PyObject_GC_IS_TRACKED
        _PyObject_GC_MAY_BE_TRACKED DK_UNICODE_ENTRIES DK_ENTRIES DK_IS_UNICODE _PyCode_CODE
        _PyLong_IsZero _PyLong_IsCompact _PyLong_IsNonNegativeCompact _PyLong_CompactValue _PyLong_DigitCount
        _PyUnicode_Equal _PyErr_Occurred PyErr_Occurred read_u32 read_u16 read_obj _PyGen_GetCode
        """,
    ),
    # Makes an exact built-in type's object out of one.
    (_READ, "_PyJIT_GetBuiltinSlice"),
    # New references: the count is not part of the heap's contents.
    (_NOTHING, "Py_INCREF Py_XINCREF Py_NewRef Py_XNewRef _Py_NewRef"),
    # Gives up a reference that is not the last one, or of an exact type
    # whose deallocation runs nothing else.
    (_NOTHING, "_Py_DECREF_NO_DEALLOC"),
    # May run a finalizer, a weak reference callback or a container's clearing.
    (_DEALLOC, "Py_DECREF Py_XDECREF DECREF_INPUTS"),
    (_WRITE | _DEALLOC, "Py_CLEAR Py_SETREF Py_XSETREF"),
    # A store into a frame's local, and the old value's end.
    (_DEALLOC, "SETLOCAL _PyJIT_StoreItems"),
    # The same for a cell.
    (_WRITE | _DEALLOC, "PyCell_SetTakeRef"),
    # Allocation of exact built-in types: the collector only notes it down
    # (3.13 collects at the eval breaker), nothing of the program's runs.
    (
        _NOTHING,
        """
        PyLong_FromLong PyLong_FromSsize_t PyBool_FromLong PyFloat_FromDouble PyCell_New PySlice_New
        _PyTuple_FromArraySteal _PyList_FromArraySteal _PyUnicode_JoinArray PyUnicode_Concat PyDict_New
        """,
    ),
    # Arithmetic on exact ints and floats.
    (_NOTHING, "_PyLong_Add _PyLong_Subtract _PyLong_Multiply"),
    # Reuses one of its exactly-float operands: no one else holds it.
    (_NOTHING, "DECREF_INPUTS_AND_REUSE_FLOAT"),
    (_NOTHING, "JIT_NEW_FLOAT"),
    # Replaces a str in a local by a longer one; the old one is exactly str.
    (_NOTHING, "PyUnicode_Append"),
    # Stores into objects without giving up what they held.
    (
        _WRITE,
        """
        _PyList_AppendTakeRef PyList_SET_ITEM _PyDictValues_AddToInsertionOrder _PyFunction_SetVersion
        PyFunction_New PyCell_SwapTakeRef PyCell_GetRef _PyObject_GC_TRACK _PyType_NewManagedObject
        """,
    ),
    # Frames and the thread's state: nothing that an object's field is in.
    (
        _NOTHING,
        """
        _PyFrame_SetStackPointer _PyFrame_StackPush _PyFrame_GetStackPointer LOAD_SP LOAD_IP SYNC_SP
        _PyFrame_PushUnchecked _PyFrame_PushTrampolineUnchecked _PyFrame_Copy _PyThreadState_PopFrame
        _Py_LeaveRecursiveCallPy _Py_EnterRecursiveCallTstateUnchecked _Py_LeaveRecursiveCallTstate
        _PyJIT_CallKnown _PyJIT_CallFunction _PyJIT_CallMethod
        """,
    ),
    # Goes on with an iterator, whose tuple lets go of what it had.
    (_WRITE | _DEALLOC, "_PyJIT_NextPair _PyJIT_NextOfEnumerate"),
    # The frame moves into a new generator.
    (_WRITE, "_PyJIT_ReturnGenerator"),
    # A frame's end drops its locals.
    (_WRITE | _DEALLOC, "_PyEval_FrameClearAndPop _PyJIT_Return"),
    # Raising an error: the run that does so does not count.
    (_NOTHING, "ERROR_IF ERROR_NO_POP GOTO_ERROR EXIT_IF DEOPT_IF JIT_JUMP JIT_JUMP_INDIRECT JIT_OTHER_STACK JIT_ENTER_FRAME JIT_RETURN_TO JIT_MARK_USED"),
    (
        _NOTHING,
        """
        _PyEval_FormatExcCheckArg _PyEval_FormatExcUnbound PyErr_Format _PyErr_Format _PyErr_SetString
        _PyErr_SetKeyError PyTuple_GetItem
        """,
    ),
    # Watchers may only note what changed; callbacks in C are told not to run code.
    (_WRITE, "_PyDict_NotifyEvent"),
    (_NOTHING, "JIT_TRACE_IS_VALID"),
)

# Deallocators that run nothing but the allocator.
EXACT_DEALLOCATORS = ("_PyFloat_ExactDealloc", "_PyLong_ExactDealloc", "_PyUnicode_ExactDealloc")

# What gives up a reference by a macro that stencils define anew, see MACROS of uop_macros.py.
_DECREFS = frozenset(
    "Py_DECREF Py_XDECREF DECREF_INPUTS Py_CLEAR Py_SETREF Py_XSETREF SETLOCAL _Py_DECREF_SPECIALIZED".split()
)

# Arrays that are part of a frame.
_STACK_CELLS = ("stack_pointer", "localsplus", "first_non_self_local")

# Not calls although a parenthesis follows.
_KEYWORDS = {"if", "while", "for", "switch", "return", "destructor", "sizeof", "do", "else", "case"}

# Variables that point to a frame or the thread's state.
_FRAMES = ("frame", "tstate", "new_frame", "gen_frame", "init_frame", "shim", "dying", "prev", "caller")

_TYPE_NAME = re.compile(r"^(Py\w*Object|_Py\w*(Object|Frame)|PyTypeObject|Py_ssize_t|size_t|u?int\d+_t|char|void)$")


def effects_of(uop: Uop) -> frozenset[str]:
    """The heap effects of one run of `uop` that neither exits nor fails."""
    tokens = strip_asserts(uop.body)
    own = {i.name for i in (*uop.inputs, *uop.outputs) if i.array}
    found: set[str] = set()
    for index, token in enumerate(tokens):
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        if _is_call(tokens, index):
            found |= _call_effects(tokens, index)
        elif token.text == "->":
            if tokens[index - 1].text not in _FRAMES:
                found.add(READS_HEAP)
                if _is_stored(tokens, index + 1):
                    found.add(WRITES_HEAP)
        elif token.text == "*" and _is_dereference(tokens, index, own):
            found.add(READS_HEAP)
            if index == 0 or tokens[index - 1].text in (";", "{", "}"):
                found.add(WRITES_HEAP)
        elif token.text == "]" and _is_assignment(following) and not _is_own_array(tokens, index, own):
            found.add(WRITES_HEAP)
        elif _calls_value(tokens, index):
            found |= _RUN
    if "pure" in uop.annotations and not found & {MAY_DEALLOC, MAY_RUN_PYTHON}:
        found.discard(WRITES_HEAP)
    return frozenset(found)


def deallocates_in_place(uop: Uop) -> bool:
    """Can others only see what `uop` does, and instr_ptr, while its own macros deallocate?"""
    if uop.name in CALLED or MAY_RUN_PYTHON in effects_of(uop) or {"instr_ptr", "current_frame"} & uop.words():
        return False
    tokens = strip_asserts(uop.body)
    calls = [index for index in range(len(tokens)) if _is_call(tokens, index)]
    names = {tokens[index].text for index in calls if MAY_DEALLOC in _call_effects(tokens, index)}
    return bool(names) and names <= _DECREFS


# What compiles to no call: macros and inline functions.
_INLINE = frozenset(
    """
    Py_ARRAY_LENGTH Py_Is Py_IsNone Py_IsTrue Py_IsFalse Py_IS_TYPE Py_TYPE Py_REFCNT Py_SIZE _Py_IsImmortal _Py_STR
    _PyObject_CAST Py_MAX Py_MIN PyLong_CheckExact PyFloat_CheckExact PyUnicode_CheckExact PyTuple_CheckExact
    PyList_CheckExact PyDict_CheckExact PySet_CheckExact PyFrozenSet_CheckExact PyModule_CheckExact PyBool_Check
    PyCFunction_CheckExact PyFunction_Check PyType_Check PyList_Check _PyThreadState_HasStackSpace
    _Py_atomic_load_uintptr_relaxed FT_ATOMIC_LOAD_UINTPTR_ACQUIRE _PyFrame_GetCode GLOBALS BUILTINS GETLOCAL GETITEM FRAME_CO_NAMES
    PyList_GET_SIZE PyList_GET_ITEM PyTuple_GET_SIZE PyTuple_GET_ITEM _PyObject_InlineValues _PyObject_GetManagedDict
    _PyManagedDictPointer_IsValues _PyObject_ManagedDictPointer DK_UNICODE_ENTRIES DK_ENTRIES DK_IS_UNICODE
    _PyLong_IsZero _PyLong_IsCompact _PyLong_IsNonNegativeCompact _PyLong_CompactValue _PyLong_DigitCount
    Py_INCREF Py_XINCREF Py_NewRef Py_XNewRef STAT_INC EXIT_IF DEOPT_IF JIT_JUMP JIT_MARK_USED JIT_TRACE_IS_VALID
    """.split()
)


def calls_nothing(uop: Uop) -> bool:
    """Is its stencil sure to make no call, so that all registers can live across it?

    One that changes the frame, or needs many registers itself (with a hint), is not worth it.
    """
    tokens = strip_asserts(uop.body)
    if {"stack_pointer", "current_frame", "hint"} & uop.words() or any(_calls_value(tokens, i) for i in range(len(tokens))):
        return False
    return all(tokens[index].text in _INLINE for index in range(len(tokens)) if _is_call(tokens, index))


def _is_call(tokens: Sequence[Token], index: int) -> bool:
    token = tokens[index]
    followed = index + 1 < len(tokens) and tokens[index + 1].text == "("
    return followed and token.kind == "IDENTIFIER" and token.text not in _KEYWORDS


def _call_effects(tokens: Sequence[Token], index: int) -> frozenset[str]:
    name = tokens[index].text
    if name == "_Py_DECREF_SPECIALIZED":
        end = close_paren(tokens, index + 1)
        return _NOTHING if tokens[end - 1].text in EXACT_DEALLOCATORS or tokens[end - 2].text in EXACT_DEALLOCATORS else _DEALLOC
    if name in ("ERROR_IF", "EXIT_IF", "DEOPT_IF"):
        return _NOTHING  # what their arguments call is found on its own
    if index and tokens[index - 1].text in ("->", "."):
        return _RUN  # a call through a slot
    if name == "CHECK_EVAL_BREAKER":
        return _RUN
    return CALLEES.get(name, _RUN)


def _is_assignment(text: str) -> bool:
    return text in ("=", "+=", "-=", "|=", "&=", "^=", "++", "--")


def _is_dereference(tokens: Sequence[Token], index: int, own: set[str]) -> bool:
    """Is `*` unary, and its operand not one of the stack's own cells?"""
    before = tokens[index - 1].text if index else ";"
    following = tokens[index + 1]
    if before not in ("=", "(", ";", "{", "}", ",", "return", "!"):
        return False
    return following.text == "(" or (following.kind == "IDENTIFIER" and following.text not in own)


def _is_stored(tokens: Sequence[Token], index: int) -> bool:
    """Is the member access that ends a chain of `->a.b[c]` assigned to?"""
    while index + 1 < len(tokens):
        following = tokens[index + 1].text
        if following in (".", "->"):
            index += 2
        elif following == "[":
            depth = 0
            index += 1
            while index < len(tokens):
                depth += {"[": 1, "]": -1}.get(tokens[index].text, 0)
                if depth == 0:
                    break
                index += 1
        else:
            return _is_assignment(following)
    return False


def _is_own_array(tokens: Sequence[Token], end: int, own: set[str]) -> bool:
    """Is `name[...] =` the definition of a C array, or a store to a frame or the stack?"""
    depth = 0
    for index in range(end, -1, -1):
        depth += {"]": 1, "[": -1}.get(tokens[index].text, 0)
        if depth == 0:
            name = tokens[index - 1].text
            return name in own or name in _STACK_CELLS or (index >= 2 and tokens[index - 2].text in ("*", "PyObject"))
    return False


def _calls_value(tokens: Sequence[Token], index: int) -> bool:
    """Does what ends at `index` hold the address of a function, which is called: `table[i](` or `(*f)(`?"""
    if index + 1 == len(tokens) or tokens[index + 1].text != "(":
        return False
    return tokens[index].text == "]" or (tokens[index].text == ")" and _is_indirect_call(tokens, index))


def _is_indirect_call(tokens: Sequence[Token], index: int) -> bool:
    """Is `(...)(` a call through an expression rather than a cast?"""
    depth = 0
    for start in range(index, -1, -1):
        depth += {")": 1, "(": -1}.get(tokens[start].text, 0)
        if depth == 0:
            inside = tokens[start + 1 : index]
            if start and tokens[start - 1].kind == "IDENTIFIER" and tokens[start - 1].text not in _KEYWORDS:
                return False  # f(...)(: the inner call counts already
            if start and tokens[start - 1].text in _KEYWORDS:
                return False
            if all(
                t.text in ("*", "void", "(", ")")
                or _TYPE_NAME.match(t.text)
                or t.text.startswith("PyCFunction")
                or t.text == "destructor"
                for t in inside
            ):
                return False
            return any(t.text in ("->", "*") or t.kind == "IDENTIFIER" for t in inside)
    return False
