/* pairs.c - the next pair of enumerate(), without the tuple.
 *
 * Takes:  the iterator of a FOR_ITER that an UNPACK_SEQUENCE of two follows.
 * Gives:  the index and the item, if there is another one and it is in a list or tuple; or nothing
 *         at all: then nothing has changed, and the trace leaves to the FOR_ITER.
 *
 * Programs can see what keeps an item alive, and when it dies. So the tuple that the iterator
 * uses again and again, while nothing else refers to it, gets the item too, as ever, and lets
 * go of the old one when it did. Where something else does refer to it, the base makes another
 * tuple, which dies at the UNPACK_SEQUENCE; here there is none.
 *
 * Why this way: the alternative is primitives in the trace. These would be about 25, most of
 * which keep the tuple up to date; a call is smaller, and as fast. The same was done for zip() and
 * dict.items(), of which no item is a number afterwards: loops were 1.25 and 1.16 times as fast,
 * those over enumerate() of a zip() slower. They go the interpreter's way.
 *
 * Rules for whoever adds an iterator: what is asked of it before anything has changed says that it
 * gives an item, whatever happens until then. The only code that may run is that of the finalizers of
 * old items, when the new ones are there.
 */
#include "jit.h"

#ifdef _Py_TIER2

#include "pycore_list.h"
#include "pycore_long.h"
#include "pycore_object.h"
#include "pycore_tuple.h"

/* ---- the iterator of the items -------------------------------------------------- */

/* The next item, of a list or a tuple, borrowed; or NULL. These two go on by the same field. */
static inline PyObject *
peek(PyObject *iterator)
{
    if (Py_IS_TYPE(iterator, &PyListIter_Type)) {
        _PyListIterObject *it = (_PyListIterObject *)iterator;
        PyListObject *list = it->it_seq;
        return list != NULL && (size_t)it->it_index < (size_t)Py_SIZE(list) ? list->ob_item[it->it_index] : NULL;
    }
    if (Py_IS_TYPE(iterator, &PyTupleIter_Type)) {
        _PyTupleIterObject *it = (_PyTupleIterObject *)iterator;
        PyTupleObject *tuple = it->it_seq;
        return tuple != NULL && it->it_index < Py_SIZE(tuple) ? tuple->ob_item[it->it_index] : NULL;
    }
    return NULL;
}

static inline void
go_on(PyObject *iterator)
{
    static_assert(offsetof(_PyListIterObject, it_index) == offsetof(_PyTupleIterObject, it_index), "they go on otherwise");
    ((_PyListIterObject *)iterator)->it_index++;
}

/* The next item of an enumerate() that has one in a list or tuple, borrowed; or NULL. */
static inline PyObject *
next_of(struct _PyJIT_Enumerate *e)
{
    return e->index < PY_SSIZE_T_MAX ? peek(e->iterator) : NULL;
}

bool
jit_gives_pair(PyObject *iterator)
{
    return Py_IS_TYPE(iterator, &PyEnum_Type) && next_of((struct _PyJIT_Enumerate *)iterator) != NULL;
}

/* ---- the tuple ------------------------------------------------------------------ */

static inline bool
is_reused(PyObject *tuple)
{
    return Py_REFCNT(tuple) == 1;
}

/* Two references: for the tuple that is used again, and for the caller. (All 64 bits are written, other than by Py_INCREF():
 * the processor waits where more of a count is read than was written just before.) */
static inline PyObject *
hold_twice(PyObject *o)
{
#ifdef Py_REF_DEBUG
    return Py_NewRef(Py_NewRef(o));
#else
    if (!_Py_IsImmortal(o)) {
        o->ob_refcnt += 2;
    }
    return o;
#endif
}

/* Lets go of an old item, where that may take calls: apart, so that what mostly happens saves no registers. A
 * finalizer finds the tuple in use. Collections may have untracked it because of what was in it (bpo-42536). */
static Py_NO_INLINE void
release_slowly(PyObject *tuple, PyObject *old)
{
    Py_INCREF(tuple);
    Py_DECREF(old);
    if (!_PyObject_GC_IS_TRACKED(tuple)) {
        _PyObject_GC_TRACK(tuple);
    }
    Py_DECREF(tuple);
}

/* The item to the tuple, which takes it over. */
static inline void
set_item(PyObject *tuple, PyObject *item)
{
    PyObject *old = PyTuple_GET_ITEM(tuple, 1);
    PyTuple_SET_ITEM(tuple, 1, item);
    if (Py_REFCNT(old) > 1 && _PyObject_GC_IS_TRACKED(tuple)) {
        _Py_DECREF_NO_DEALLOC(old);
    }
    else {
        release_slowly(tuple, old);
    }
}

/* Sets the first item of the tuple to the number, in the object that is there, if only the tuple refers to it, or to an int that
 * is always there. False: that would take more. */
static inline bool
set_index(PyObject *tuple, Py_ssize_t number)
{
    PyObject *old = PyTuple_GET_ITEM(tuple, 0);
    if (Py_REFCNT(old) == 1 && PyLong_CheckExact(old) && _PyLong_IsCompact((PyLongObject *)old) &&
        number >= _PY_NSMALLPOSINTS && number <= (Py_ssize_t)PyLong_MASK)
    {
        _PyLong_SetSignAndDigitCount((PyLongObject *)old, 1, 1);
        ((PyLongObject *)old)->long_value.ob_digit[0] = (digit)number;
        return true;
    }
    if (_Py_IsImmortal(old) && number >= 0 && number < _PY_NSMALLPOSINTS) {
        PyTuple_SET_ITEM(tuple, 0, (PyObject *)&_PyLong_SMALL_INTS[_PY_NSMALLNEGINTS + number]);
        return true;
    }
    return false;
}

/* ---- pairs ------------------------------------------------------------------------ */

/* 1: the index and the item are in `two`; 0: that is not known, and nothing has changed; -1: there is no memory. */
int
_PyJIT_NextPair(PyObject *iterator, PyObject **two)
{
    struct _PyJIT_Enumerate *e = (struct _PyJIT_Enumerate *)iterator;
    PyObject *item = Py_IS_TYPE(iterator, &PyEnum_Type) ? next_of(e) : NULL;
    if (item == NULL) {
        return 0;
    }
    // (The base takes the item before it finds that there is no memory.)
    Py_INCREF(item);
    go_on(e->iterator);
    PyObject *tuple = e->result, *index = PyLong_FromSsize_t(e->index);
    if (index == NULL) {
        Py_DECREF(item);
        return -1;
    }
    e->index++;
    two[0] = index;
    two[1] = item;
    if (is_reused(tuple)) {
        PyObject *old = PyTuple_GET_ITEM(tuple, 0);
        PyTuple_SET_ITEM(tuple, 0, Py_NewRef(index));
        Py_DECREF(old);
        set_item(tuple, Py_NewRef(item));
    }
    return 1;
}

/* The item of a pair whose index takes an object, or where the tuple is not used again. */
static Py_NO_INLINE PyObject *
next_enumerated_slowly(PyObject *iterator)
{
    PyObject *two[2];
    if (_PyJIT_NextPair(iterator, two) <= 0) {
        return NULL;
    }
    Py_DECREF(two[0]);
    return two[1];
}

/* The item, where the trace has the index as a number: it makes an object of it if it needs one. That in the tuple,
 * which hardly anything can see, is another one. NULL: as 0, or, with an exception, as -1. */
PyObject *
_PyJIT_NextOfEnumerate(PyObject *iterator)
{
    struct _PyJIT_Enumerate *e = (struct _PyJIT_Enumerate *)iterator;
    PyObject *tuple = e->result, *item = next_of(e);
    if (item == NULL || !is_reused(tuple) || !set_index(tuple, e->index)) {
        return next_enumerated_slowly(iterator);
    }
    e->index++;
    go_on(e->iterator);
    set_item(tuple, hold_twice(item));
    return item;
}

#endif  // _Py_TIER2
