/* ssa_math.c - functions and types in C that compute numbers (see ssa.c).
 *
 * Takes:  a call of len(), abs(), int(), float(), or a function of math with one argument,
 *         of a type that guards or the recording have told.
 * Gives:  the same on its value. What they raise an exception for leaves the trace before it.
 *
 *     LOAD_GLOBAL math, LOAD_ATTR_MODULE sqrt    v1 <builtin sqrt>, NULL
 *     LOAD_FAST x                                v2 b  LOCAL 0 x
 *     CALL_BUILTIN_O                             v3 p  UNBOX_FLOAT v2
 *                                                     GUARD_FLOAT_NOT_NEGATIVE v3
 *                                                v4 p  FLOAT_SQRT v3
 *                                                v5 o  BOX_FLOAT v4             (not made)
 */
#include "ssa.h"

#ifdef _Py_TIER2

/* Is the constant this function of the module builtins? */
bool
ssa_is_builtin(PyObject *function, const char *name)
{
    PyObject *self = PyCFunction_GET_SELF(function);
    PyModuleDef *module = self != NULL && PyModule_CheckExact(self) ? PyModule_GetDef(self) : NULL;
    return module != NULL && strcmp(module->m_name, "builtins") == 0 &&
           strcmp(((PyCFunctionObject *)function)->m_ml->ml_name, name) == 0;
}

/* The name of a function of math, which has told where its functions are, or NULL. */
static const char *
name_in_math(struct builder *b, PyObject *function)
{
    const PyMethodDef *method = b->jit->math_methods;
    while (method != NULL && method->ml_name != NULL && method != ((PyCFunctionObject *)function)->m_ml) {
        method++;
    }
    return method != NULL ? method->ml_name : NULL;
}

/* The number takes the place of the callable, NULL and the argument. */
static bool
replace_call(struct builder *b, int box, jref value)
{
    ssa_replace_by_number(b, 3, box, value);
    return true;
}

static bool
was_float(struct builder *b)
{
    return ssa_may(b, JIT_OPTIMIZE_FLOATS) && b->trace->rec->entries[b->u->line].top[0] == &PyFloat_Type;
}

static bool
was_int(struct builder *b)
{
    return ssa_may(b, JIT_OPTIMIZE_INTS) && ssa_was_int(b, 0);
}

/* The argument itself is what the call gives. */
static bool
give_argument(struct builder *b)
{
    jref argument = ssa_pop(b), null = ssa_pop(b), callable = ssa_pop(b);
    ssa_push(b, argument);
    ssa_drop(b, null);
    ssa_drop(b, callable);
    return true;
}

/* abs() gives a new object only for what is negative. */
static bool
call_abs_of_int(struct builder *b)
{
    jref value = ssa_int_value(b, 0), argument = ssa_top(b, 0);
    if (!ssa_is_new(b, argument, JIR_BOX_INT) || ssa_is_copied(b, argument)) {
        bool negative = b->trace->rec->entries[b->u->line].negative;
        ssa_guard_within(b, value, negative ? INT64_MIN : 0, negative ? -1 : INT64_MAX);
        if (!negative) {
            return give_argument(b);
        }
    }
    return replace_call(b, JIR_BOX_INT, ssa_int_absolute(b, value));
}

static bool
call_abs(struct builder *b)
{
    if (was_float(b) && ssa_leave_to_start(b)) {
        return replace_call(b, JIR_BOX_FLOAT, ssa_emit(b, JIR_FLOAT_ABSOLUTE, ssa_float_value(b, 0), 0, 0));
    }
    return was_int(b) && ssa_leave_to_start(b) && call_abs_of_int(b);
}

/* A function of math, of a float or what becomes one. */
static bool
call_math(struct builder *b, const char *name)
{
    int index = _PyJIT_FindFloatFunction(name, strlen(name));
    bool is_root = strcmp(name, "sqrt") == 0, is_absolute = strcmp(name, "fabs") == 0;
    if (!(index >= 0 || is_root || is_absolute) || !ssa_may(b, JIT_OPTIMIZE_FLOATS) || !ssa_was_number(b, 0) ||
        !ssa_leave_to_start(b))
    {
        return false;
    }
    jref value = ssa_float_value(b, 0);
    if (is_root) {
        ssa_guard(b, JIR_GUARD_FLOAT_NOT_NEGATIVE, value, 0, 0);
        return replace_call(b, JIR_BOX_FLOAT, ssa_emit(b, JIR_FLOAT_SQRT, value, 0, 0));
    }
    if (is_absolute) {
        return replace_call(b, JIR_BOX_FLOAT, ssa_emit(b, JIR_FLOAT_ABSOLUTE, value, 0, 0));
    }
    jref result = ssa_guard(b, JIR_FLOAT_FUNCTION, value, 0, (uint64_t)index);
    ssa_called(b);
    return replace_call(b, JIR_BOX_FLOAT, result);
}

/* The function, a constant, of a call with one argument, or NULL. */
static PyObject *
called_function(struct builder *b)
{
    PyObject *function = b->u->oparg == 1 ? ssa_constant(b, ssa_top(b, 2)) : NULL;
    bool is_plain = function != NULL && PyCFunction_CheckExact(function) && ssa_fact(b, ssa_top(b, 1))->is_null;
    return is_plain ? function : NULL;
}

/* CALL_BUILTIN_O. */
bool
ssa_call_number_function(struct builder *b)
{
    PyObject *function = called_function(b);
    if (function == NULL) {
        return false;
    }
    if (ssa_is_builtin(function, "abs")) {
        return call_abs(b);
    }
    if (ssa_is_builtin(function, "ord")) {
        return ssa_call_ord(b);
    }
    if (ssa_is_builtin(function, "chr")) {
        return ssa_call_chr(b);
    }
    const char *name = name_in_math(b, function);
    return name != NULL && call_math(b, name);
}

/* CALL_BUILTIN_FAST: math.log(), which may have a base. */
bool
ssa_call_logarithm(struct builder *b)
{
    PyObject *function = called_function(b);
    const char *name = function != NULL ? name_in_math(b, function) : NULL;
    return name != NULL && strcmp(name, "log") == 0 && call_math(b, name);
}

/* CALL_BUILTIN_CLASS: int() and float(). */
bool
ssa_call_number_type(struct builder *b)
{
    PyObject *type = b->u->oparg == 1 ? ssa_constant(b, ssa_top(b, 2)) : NULL;
    PyTypeObject *seen = b->trace->rec->entries[b->u->line].top[0];
    bool to_int = type == (PyObject *)&PyLong_Type;
    if (!(to_int || type == (PyObject *)&PyFloat_Type) || !ssa_fact(b, ssa_top(b, 1))->is_null) {
        return false;
    }
    if ((PyObject *)seen == type) {
        // What is exactly of the type already is what comes back.
        if (!ssa_leave_to_start(b)) {
            return false;
        }
        ssa_guard_type(b, ssa_top(b, 0), seen);
        return give_argument(b);
    }
    if (to_int && was_float(b) && ssa_leave_to_start(b)) {
        jref value = ssa_guard(b, JIR_FLOAT_TO_INT, ssa_float_value(b, 0), 0, 0);
        return replace_call(b, JIR_BOX_INT, ssa_of_digits(b, value, 2));
    }
    if (!to_int && was_int(b) && ssa_may(b, JIT_OPTIMIZE_FLOATS) && ssa_leave_to_start(b)) {
        return replace_call(b, JIR_BOX_FLOAT, ssa_emit(b, JIR_INT_TO_FLOAT, ssa_int_value(b, 0), 0, 0));
    }
    return false;
}

/* len(), of what has its size where it is known to be (str and dict, as objects with items do). */
bool
ssa_call_size(struct builder *b)
{
    static_assert(offsetof(PyASCIIObject, length) == offsetof(PyVarObject, ob_size) &&
                  offsetof(PyDictObject, ma_used) == offsetof(PyVarObject, ob_size), "sizes are elsewhere");
    if (!ssa_may(b, JIT_OPTIMIZE_INTS)) {
        return false;
    }
    // (No address space has more than 60 bits.)
    jref size = ssa_emit(b, JIR_SIZE, ssa_top(b, 0), 0, 0);
    return replace_call(b, JIR_BOX_INT, ssa_bounded(b, size, (struct interval){0, (int64_t)1 << 60}));
}

#endif  // _Py_TIER2
