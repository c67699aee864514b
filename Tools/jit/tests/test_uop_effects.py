"""Effects: what a body may do, by what it calls and stores."""

import pytest
from uop_effects import MAY_DEALLOC, MAY_RUN_PYTHON, READS_HEAP, WRITES_HEAP, calls_nothing, deallocates_in_place, effects_of
from uop_samples import make_uop

RUN = {READS_HEAP, WRITES_HEAP, MAY_DEALLOC, MAY_RUN_PYTHON}


def effects(body: str, effect: str = "a, b -- c", annotations: tuple[str, ...] = ()) -> set[str]:
    return set(effects_of(make_uop("X", effect, body, annotations)))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("c = a;", set()),
        ("EXIT_IF(!PyLong_CheckExact(a));", set()),
        ("c = _PyLong_Add((PyLongObject *)a, (PyLongObject *)b);", set()),
        ("_Py_DECREF_SPECIALIZED(a, _PyLong_ExactDealloc);", set()),
        ("_Py_DECREF_SPECIALIZED(a, _PyFloat_ExactDealloc);", set()),
        ("_Py_DECREF_SPECIALIZED(a, other_dealloc);", {MAY_DEALLOC}),
        ("Py_DECREF(a);", {MAY_DEALLOC}),
        ("DECREF_INPUTS();", {MAY_DEALLOC}),
        ("SETLOCAL(oparg, a);", {MAY_DEALLOC}),
        ("c = PyObject_GetItem(a, b);", RUN),
        ("c = something_new(a);", RUN),
        ("c = tp->tp_vectorcall(a);", RUN),
        ("c = (*Py_TYPE(a)->tp_iternext)(a);", RUN),
        ("c = table[oparg](a, b);", RUN),
        ("c = ((PyFloatObject *)a)->ob_fval;", {READS_HEAP}),
        ("((PyFloatObject *)a)->ob_fval = 1.0;", {READS_HEAP, WRITES_HEAP}),
        ("it->it_index++;", {READS_HEAP, WRITES_HEAP}),
        ("values->values[index] = a;", {READS_HEAP, WRITES_HEAP}),
        ("c = *(PyObject **)addr;", {READS_HEAP}),
        ("x = 1;\n*(PyObject **)addr = a;", {READS_HEAP, WRITES_HEAP}),
        ("frame->instr_ptr = a;", set()),
        ("new_frame->localsplus[0] = a;", set()),
        ("stack_pointer[-1] = a;", set()),
        ("assert(PyObject_IsTrue(a));", set()),
        ("#if TIER_ONE\ncall(a);\n#endif", set()),
        ("#if defined(OTHER)\nx = 1;\n#endif", set()),
    ],
)
def test_effects(body: str, expected: set[str]) -> None:
    assert effects(body) == expected


def test_cells_of_the_stack_are_not_the_heap() -> None:
    assert effects("x = 1;\n*values++ = a;", "a -- values[oparg]") == set()
    assert effects("x = 1;\n*other++ = a;", "a -- values[oparg]") == {READS_HEAP, WRITES_HEAP}


def test_pure_does_not_hide_finalizers() -> None:
    assert effects("Py_DECREF(a);", annotations=("pure",)) == {MAY_DEALLOC}
    assert effects("a->x = 1;", annotations=("pure",)) == {READS_HEAP}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Py_DECREF(a);", True),
        ("c = a;\nDECREF_INPUTS();", True),
        ("SETLOCAL(oparg, a);", True),
        ("_Py_DECREF_SPECIALIZED(a, other_dealloc);", True),
        ("c = a;", False),
        ("_Py_DECREF_SPECIALIZED(a, _PyFloat_ExactDealloc);", False),
        ("PyCell_SetTakeRef(a, b);", False),
        ("PyCell_SetTakeRef(a, b);\nPy_DECREF(a);", False),
        ("c = PyObject_GetItem(a, b);\nDECREF_INPUTS();", False),
        ("frame->instr_ptr = a;\nPy_DECREF(a);", False),
        ("frame = tstate->current_frame = b;\nPy_DECREF(a);", False),
    ],
)
def test_deallocates_in_place(body: str, expected: bool) -> None:
    assert deallocates_in_place(make_uop("X", "a, b -- c", body)) is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("c = a;", True),
        ("c = Py_NewRef(GETLOCAL(oparg));", True),
        ("EXIT_IF(!PyLong_CheckExact(a));\nc = a;", True),
        ("c = (PyObject *)(((PyModuleObject *)(a))->md_dict);", True),
        ("assert(PyObject_IsTrue(a));", True),
        ("#if TIER_ONE\ncall(a);\n#endif", True),
        ("c = call(a);", False),
        ("Py_DECREF(a);", False),
        ("c = a;\nERROR_IF(c == NULL, error);", False),
        ("c = tp->tp_iternext(a);", False),
        ("c = table[oparg](a, b);", False),
        ("c = (*tp->tp_iternext)(a);", False),
        ("c = stack_pointer[-1];", False),
        ("tstate->current_frame = frame;", False),
        ("c = entries[hint];", False),
    ],
)
def test_calls_nothing(body: str, expected: bool) -> None:
    assert calls_nothing(make_uop("X", "a, b -- c", body)) is expected
