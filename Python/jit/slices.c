/* slices.c - slices of builtin types, without slice objects.
 *
 * Takes:  a container and the bounds, as BINARY_SLICE, STORE_SLICE and BINARY_SUBSCR of a
 *         slice have them.
 * Gives:  what they give. Of lists, tuples, str and bytes with bounds that are None or ints
 *         of one digit it is made here; all else goes the interpreter's way.
 *
 *     a[k::-1]                    _PyJIT_GetSlice(a, k, None, -1)
 *     a[:k] = [...]               the items are moved out of the list, if nothing else refers
 *                                 to that, it is as long, and what is replaced has no
 *                                 finalizers that could see it
 */
#include "jit.h"

#ifdef _Py_TIER2

#include "pycore_long.h"
#include "pycore_pystate.h"

#define MOST_SPARE 64               // items, the memory for which is kept

struct bounds {
    Py_ssize_t start, stop, step;
    Py_ssize_t length;              // how many items they choose
};

/* The number that `bound` is, or, if it is None, `missing`. False: it is neither. */
static bool
get_bound(PyObject *bound, Py_ssize_t missing, Py_ssize_t *number)
{
    if (bound == Py_None) {
        *number = missing;
        return true;
    }
    if (!PyLong_CheckExact(bound) || !_PyLong_IsCompact((PyLongObject *)bound)) {
        return false;
    }
    *number = _PyLong_CompactValue((PyLongObject *)bound);
    return true;
}

/* What PySlice_AdjustIndices() does to one of them. */
static Py_ssize_t
clip(Py_ssize_t bound, Py_ssize_t size, Py_ssize_t step)
{
    if (bound < 0) {
        bound += size;
        return bound >= 0 ? bound : step < 0 ? -1 : 0;
    }
    return bound < size ? bound : step < 0 ? size - 1 : size;
}

/* The bounds for a container of `size` items (as PySlice_Unpack() and PySlice_AdjustIndices() say; the latter divides,
 * which takes longer than all the rest here). */
static bool
get_bounds(PyObject *start, PyObject *stop, PyObject *step, Py_ssize_t size, struct bounds *s)
{
    if (!get_bound(step, 1, &s->step) || s->step == 0 ||
        !get_bound(start, s->step < 0 ? PY_SSIZE_T_MAX : 0, &s->start) ||
        !get_bound(stop, s->step < 0 ? PY_SSIZE_T_MIN : PY_SSIZE_T_MAX, &s->stop))
    {
        return false;
    }
    if (s->step == 1 || s->step == -1) {
        s->start = clip(s->start, size, s->step);
        s->stop = clip(s->stop, size, s->step);
        s->length = Py_MAX((s->stop - s->start) * s->step, 0);
    }
    else {
        s->length = PySlice_AdjustIndices(size, &s->start, &s->stop, s->step);
    }
    return true;
}

/* A list that nothing else knows of yet, with room for `count` items, which are not set. (PyList_New() would set them, and
 * ask for memory.) */
static PyListObject *
new_list(Py_ssize_t count)
{
    struct jit *jit = jit_get(_PyInterpreterState_GET());
    PyListObject *list = (PyListObject *)PyList_New(0);
    if (list == NULL || count == 0) {
        return list;
    }
    if (jit != NULL && count <= jit->spare_count) {
        list->ob_item = jit->spare_items;
        list->allocated = jit->spare_count;
        jit->spare_items = NULL;
        jit->spare_count = 0;
        return list;
    }
    list->ob_item = PyMem_New(PyObject *, count);
    if (list->ob_item == NULL) {
        Py_DECREF(list);
        PyErr_NoMemory();
        return NULL;
    }
    list->allocated = count;
    return list;
}

/* Keeps the memory for the items of a list that has none, and dies. */
static void
keep_room(PyListObject *list)
{
    struct jit *jit = jit_get(_PyInterpreterState_GET());
    if (jit != NULL && jit->spare_items == NULL && list->allocated <= MOST_SPARE) {
        jit->spare_items = list->ob_item;
        jit->spare_count = list->allocated;
        list->ob_item = NULL;
        list->allocated = 0;
    }
}

static PyObject *
slice_of_list(PyObject *list, struct bounds *s)
{
    PyListObject *result = new_list(s->length);
    if (result == NULL) {
        return NULL;
    }
    for (Py_ssize_t i = 0, at = s->start; i < s->length; i++, at += s->step) {
        result->ob_item[i] = Py_NewRef(PyList_GET_ITEM(list, at));
    }
    Py_SET_SIZE(result, s->length);
    return (PyObject *)result;
}

/* A slice of a container of one of these types, or NULL: `*made` says whether that is an error. */
static PyObject *
slice_of_builtin(PyObject *container, PyObject *start, PyObject *stop, PyObject *step, bool *made)
{
    struct bounds s;
    PyTypeObject *type = Py_TYPE(container);
    *made = jit_is_sliced_quietly(type) &&
            get_bounds(start, stop, step,
                       type == &PyUnicode_Type ? PyUnicode_GET_LENGTH(container) : Py_SIZE(container), &s) &&
            (s.step == 1 || type == &PyList_Type);
    if (!*made) {
        return NULL;
    }
    if (type == &PyList_Type) {
        return slice_of_list(container, &s);
    }
    if (type == &PyTuple_Type) {
        return PyTuple_GetSlice(container, s.start, s.start + s.length);
    }
    if (type == &PyUnicode_Type) {
        return PyUnicode_Substring(container, s.start, s.start + s.length);
    }
    if (s.length == PyBytes_GET_SIZE(container)) {
        return Py_NewRef(container);
    }
    return PyBytes_FromStringAndSize(PyBytes_AS_STRING(container) + s.start, s.length);
}

static PyObject *
slice_of_anything(PyObject *container, PyObject *start, PyObject *stop, PyObject *step)
{
    PyObject *slice = PySlice_New(start, stop, step);
    if (slice == NULL) {
        return NULL;
    }
    PyObject *result = PyObject_GetItem(container, slice);
    Py_DECREF(slice);
    return result;
}

PyObject *
_PyJIT_GetSlice(PyObject *container, PyObject *start, PyObject *stop, PyObject *step)
{
    bool made;
    PyObject *result = slice_of_builtin(container, start, stop, step, &made);
    return made ? result : slice_of_anything(container, start, stop, step);
}

/* The same, of which the tables know that it runs no code (uop_effects.py). */
PyObject *
_PyJIT_GetBuiltinSlice(PyObject *container, PyObject *start, PyObject *stop, PyObject *step)
{
    return _PyJIT_GetSlice(container, start, stop, step);
}

/* Does the release of none of the items run code? */
static bool
are_quiet(PyObject *list, Py_ssize_t start, Py_ssize_t count)
{
    PyTypeObject *last = NULL;      // (most are of one type)
    for (Py_ssize_t i = start; i < start + count; i++) {
        PyTypeObject *type = Py_TYPE(PyList_GET_ITEM(list, i));
        if (type != last && !jit_is_quiet(type)) {
            return false;
        }
        last = type;
    }
    return true;
}

/* The items of `from`, which dies after this, take the place of others. */
static void
move_items(PyObject *list, Py_ssize_t start, PyObject *from)
{
    PyObject **items = ((PyListObject *)list)->ob_item + start, **others = ((PyListObject *)from)->ob_item;
    Py_ssize_t n = Py_SIZE(from);
    Py_SET_SIZE(from, 0);
    for (Py_ssize_t i = 0; i < n; i++) {
        PyObject *item = items[i];
        items[i] = others[i];
        Py_DECREF(item);
    }
    keep_room((PyListObject *)from);
}

int
_PyJIT_SetSlice(PyObject *container, PyObject *start, PyObject *stop, PyObject *value)
{
    struct bounds s;
    // (What is made of another iterable may change the container.)
    if (PyList_CheckExact(container) && (PyList_CheckExact(value) || PyTuple_CheckExact(value)) &&
        get_bounds(start, stop, Py_None, Py_SIZE(container), &s))
    {
        if (PyList_CheckExact(value) && Py_REFCNT(value) == 1 && value != container && Py_SIZE(value) == s.length &&
            are_quiet(container, s.start, s.length))
        {
            move_items(container, s.start, value);
            return 0;
        }
        return PyList_SetSlice(container, s.start, s.stop, value);
    }
    PyObject *slice = PySlice_New(start, stop, NULL);
    if (slice == NULL) {
        return -1;
    }
    int result = PyObject_SetItem(container, slice, value);
    Py_DECREF(slice);
    return result;
}

#endif  // _Py_TIER2
