/* ssa_extremes.c - min() and max() of numbers (see ssa.c).
 *
 * Takes:  a call of min() or max() with two or three arguments, which are ints or floats as far as the
 *         recording has seen.
 * Gives:  the argument that the call gives: of equals the first, and where a NaN is one, whatever
 *         `argument < best` says.
 *
 *     max(m, x)                v3 b  LOCAL 0 m;  v4 b  LOCAL 1 x
 *     CALL_..._WITH_KEYWORDS   v5 b  GREATER_INT v4, v3      one of the two objects
 *                              v6 o  NEWREF v5
 *
 *     min(i + 1, j + 1)        v9 p  INT_LEAST v8, v7        of what was only computed for it
 *                              v10 o BOX_INT v9              (not made)
 *
 * Why this way: the alternative is to guard which argument it was. Where that is hard to foresee, as in most
 * searches for a best, half of the calls would leave, and numbers on the stack be made objects for that.
 */
#include "ssa.h"

#ifdef _Py_TIER2

#include "pycore_long.h"

#define MAX_ARGUMENTS 3             // of which the recording tells the types

/* What takes an argument, and the best one before it: their numbers, or the objects. */
struct extreme {
    int numbers, objects;           // enum jir_op
    int box;                        // the op that makes an object of the number
    PyTypeObject *type;
    uint64_t what;                  // remembered of objects
};

static const struct extreme extremes[2][2] = {
    {{JIR_INT_LEAST, JIR_LESSER_INT, JIR_BOX_INT, &PyLong_Type, UNBOXED},
     {JIR_INT_GREATEST, JIR_GREATER_INT, JIR_BOX_INT, &PyLong_Type, UNBOXED}},
    {{JIR_FLOAT_LEAST, JIR_LESSER_FLOAT, JIR_BOX_FLOAT, &PyFloat_Type, UNBOXED_FLOAT},
     {JIR_FLOAT_GREATEST, JIR_GREATER_FLOAT, JIR_BOX_FLOAT, &PyFloat_Type, UNBOXED_FLOAT}},
};

static bool
were_ints(struct builder *b, int n)
{
    for (int i = 0; i < n; i++) {
        if (!ssa_was_int(b, i)) {
            return false;
        }
    }
    return ssa_may(b, JIT_OPTIMIZE_INTS);
}

static bool
were_floats(struct builder *b, int n)
{
    for (int i = 0; i < n; i++) {
        if (b->trace->rec->entries[b->u->line].top[i] != &PyFloat_Type) {
            return false;
        }
    }
    return ssa_may(b, JIT_OPTIMIZE_FLOATS);
}

/* Is it one of the ints that there is one object of only? */
static bool
is_small(PyObject *k)
{
    if (k == NULL || !PyLong_CheckExact(k) || !_PyLong_IsCompact((PyLongObject *)k)) {
        return false;
    }
    Py_ssize_t value = _PyLong_CompactValue((PyLongObject *)k);
    return -_PY_NSMALLNEGINTS <= value && value < _PY_NSMALLPOSINTS &&
           k == (PyObject *)&_PyLong_SMALL_INTS[_PY_NSMALLNEGINTS + value];
}

/* Does it make no difference which object of its number each of the arguments is? */
static bool
are_only_numbers(struct builder *b, int n, int box)
{
    for (int i = 0; i < n; i++) {
        jref v = ssa_top(b, i);
        if (!(ssa_is_new(b, v, box) && !ssa_is_copied(b, v)) && !(box == JIR_BOX_INT && is_small(ssa_constant(b, v)))) {
            return false;
        }
    }
    return true;
}

/* Are they ints that probably have one digit each? */
static bool
were_compact(struct builder *b, int n)
{
    for (int i = 0; i < n; i++) {
        if (b->trace->rec->entries[b->u->line].digits[i] != 1) {
            return false;
        }
    }
    return true;
}

/* The better one of two numbers. */
static jref
better_number(struct builder *b, const struct extreme *of, jref number, jref best)
{
    jref v = ssa_emit(b, of->numbers, number, best, 0);
    if (of->box == JIR_BOX_INT) {
        struct interval x = ssa_interval(b, number), y = ssa_interval(b, best);
        ssa_bounded(b, v, of->numbers == JIR_INT_LEAST ?
                    (struct interval){Py_MIN(x.lo, y.lo), Py_MIN(x.hi, y.hi)} :
                    (struct interval){Py_MAX(x.lo, y.lo), Py_MAX(x.hi, y.hi)});
    }
    return v;
}

/* One of the objects takes the place of the callable, NULL and the arguments. */
static void
replace_by_argument(struct builder *b, jref result)
{
    int operands = (int)b->u->oparg + 2;
    jref popped[MAX_ARGUMENTS + 2];
    for (int i = 0; i < operands; i++) {
        popped[i] = ssa_pop(b);
    }
    ssa_push(b, result);
    ssa_own(b, ssa_cell(b, b->depth - 1));      // (it is unknown which one keeps it alive)
    for (int i = 0; i < operands; i++) {
        ssa_drop(b, popped[i]);
    }
}

static void
choose(struct builder *b, const struct extreme *of, bool objects)
{
    int n = (int)b->u->oparg;
    jref numbers[MAX_ARGUMENTS], number = 0, object = 0;
    for (int i = 0; i < n; i++) {
        bool is_int = of->box == JIR_BOX_INT;
        numbers[i] = is_int ? ssa_int_value(b, n - 1 - i) : ssa_float_value(b, n - 1 - i);
        struct interval in = ssa_interval(b, numbers[i]);
        if (objects && is_int && (in.lo < -(int64_t)PyLong_MASK || in.hi > (int64_t)PyLong_MASK)) {
            ssa_guard(b, JIR_GUARD_COMPACT, numbers[i], 0, 0);
        }
    }
    for (int i = 0; i < n; i++) {
        jref v = ssa_top(b, n - 1 - i);
        number = i == 0 ? numbers[i] : better_number(b, of, numbers[i], number);
        object = !objects ? 0 : i == 0 ? v : ssa_emit(b, of->objects, v, object, 0);
    }
    if (objects) {
        ssa_remember_value(b, ssa_typed(b, object, of->type), of->what, number);
        replace_by_argument(b, object);
    }
    else {
        ssa_replace_by_number(b, n + 2, of->box, number);
    }
}

/* CALL_BUILTIN_FAST_WITH_KEYWORDS. */
bool
ssa_call_extreme(struct builder *b)
{
    int n = (int)b->u->oparg;
    PyObject *function = n == 2 || n == MAX_ARGUMENTS ? ssa_constant(b, ssa_top(b, n + 1)) : NULL;
    if (function == NULL || !PyCFunction_CheckExact(function) || !ssa_fact(b, ssa_top(b, n))->is_null) {
        return false;
    }
    bool is_max = ssa_is_builtin(function, "max");
    bool ints = were_ints(b, n);
    if ((!is_max && !ssa_is_builtin(function, "min")) || (!ints && !were_floats(b, n))) {
        return false;
    }
    const struct extreme *of = &extremes[!ints][is_max];
    bool objects = !are_only_numbers(b, n, of->box);
    if ((objects && ints && !were_compact(b, n)) || !ssa_leave_to_start(b)) {
        return false;
    }
    choose(b, of, objects);
    return true;
}

#endif  // _Py_TIER2
