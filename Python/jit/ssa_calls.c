/* ssa_calls.c - functions and types in C that are called, as far as they are known (see ssa.c;
 * Python functions are in ssa_frames.c).
 *
 * Takes:  a micro-op of a call, its operands on the stack: the callable, the object
 *         it is a method of or NULL, the arguments.
 * Gives:  of type(), isinstance() and len(), their results where the types say them (isinstance() may guard
 *         the type for that, so that what follows knows it too), or
 *         the call without what every call has.
 *
 *     LOAD_GLOBAL isinstance      v4 <builtin isinstance>, NULL
 *     LOAD_FAST x                 v5 b  LOCAL 0 x         (an int, as a guard has said)
 *     LOAD_GLOBAL int             v6 <type int>
 *     CALL_ISINSTANCE             True
 */
#include "ssa.h"

#ifdef _Py_TIER2

#include "pycore_function.h"
#include "pycore_interp.h"
#include "pycore_object.h"
#include "pycore_typeobject.h"
#include "pycore_jit_tables.h"

/* ---- builtins ---------------------------------------------------------------- */

/* Is it a call of this constant, with so many arguments and nothing else? */
static bool
calls_builtin(struct builder *b, PyObject *callable, int n)
{
    return callable != NULL && (int)b->u->oparg == n && ssa_constant(b, ssa_top(b, n + 1)) == callable &&
           ssa_fact(b, ssa_top(b, n))->is_null;
}

/* The exact type of an object, or NULL; checked to be valid still. That of a constant may be
 * looked at now, if it is told when it changes. */
static PyTypeObject *
known_type(struct builder *b, jref v)
{
    PyObject *constant = ssa_constant(b, v);
    PyTypeObject *type = ssa_fact(b, v)->type;
    if (type == NULL && constant != NULL && ssa_depends(b, Py_TYPE(constant))) {
        ssa_known(b);
        return Py_TYPE(constant);
    }
    if (type == NULL || !ssa_fact(b, v)->not_null) {
        return NULL;
    }
    if (!ssa_has_type(b, v, type)) {
        ssa_known(b);
    }
    return ssa_is_sure(b, v) ? ssa_fact(b, v)->type : NULL;
}

/* Replaces the callable, NULL and arguments by the result, which may be borrowed
 * from one of them. */
static void
replace_call(struct builder *b, jref result)
{
    int n = (int)b->u->oparg + 2;
    jref popped[4];
    assert(n <= (int)Py_ARRAY_LENGTH(popped));
    bool owned = false;
    for (int i = 0; i < n; i++) {
        popped[i] = ssa_pop(b);
        owned |= ssa_ins(b, popped[i])->kind == JIR_OWNED;
    }
    ssa_push(b, result);
    if (owned) {
        ssa_own(b, ssa_cell(b, b->depth - 1));
    }
    for (int i = 0; i < n; i++) {
        ssa_drop(b, popped[i]);
    }
}

bool
ssa_call_type(struct builder *b)
{
    if (!calls_builtin(b, (PyObject *)&PyType_Type, 1)) {
        return false;
    }
    jref arg = ssa_top(b, 0);
    PyTypeObject *type = known_type(b, arg);
    jref result;
    if (type != NULL) {
        result = ssa_new_constant(b, (PyObject *)type, false);
    }
    else {
        result = ssa_emit(b, JIR_TYPE_OF, arg, 0, 0);
        ssa_fact(b, result)->not_null = true;
    }
    replace_call(b, result);
    return true;
}

/* The call as `op`, which takes the `n` items on top. It does not need the `unused` ones below
 * these (a callable, NULL): what has a reference stays until after the call. */
static void
call_as(struct builder *b, int op, int n, int unused)
{
    int base = b->depth - n - unused, kept = 0;
    for (int i = 0; i < unused; i++) {
        jref v = *ssa_cell(b, base + i);
        if (ssa_ins(b, v)->kind == JIR_OWNED) {
            *ssa_cell(b, base + kept++) = v;
        }
    }
    for (int i = 0; i < n; i++) {
        *ssa_cell(b, base + kept + i) = *ssa_cell(b, base + unused + i);
    }
    b->depth = base + kept + n;
    ssa_generic_as(b, op);
    if (b->abort != JIT_ABORT_NONE) {
        return;
    }
    jref result = ssa_pop(b), popped[2];
    assert(kept <= (int)Py_ARRAY_LENGTH(popped));
    for (int i = 0; i < kept; i++) {
        popped[i] = ssa_pop(b);
    }
    ssa_push(b, result);
    for (int i = 0; i < kept; i++) {
        ssa_drop(b, popped[i]);
    }
}

/* What isinstance() says of all objects of the type, for good; or -1. */
static int
always_instance_of(struct builder *b, jref instance, PyTypeObject *type, PyTypeObject *class)
{
    // The bases of a type that is not watched may change.
    if (!_PyType_HasFeature(type, Py_TPFLAGS_IMMUTABLETYPE) && ssa_fact(b, instance)->version == 0) {
        return -1;
    }
    return jit_is_instance_of(type, class);
}

/* Of a tuple that has just been made for it of classes that are known, and an object whose type is:
 * it is not made. */
static bool
is_instance_of_several(struct builder *b, jref instance)
{
    if (ssa_just_made(b, U_BUILD_TUPLE) == NULL) {
        return false;
    }
    PyTypeObject *type = known_type(b, instance);
    struct jir_ins *tuple = ssa_just_made(b, U_BUILD_TUPLE);
    if (type == NULL || tuple == NULL) {
        return false;
    }
    int result = 0, n = tuple->arg_count;
    for (int i = 0; i < n && result == 0; i++) {
        PyObject *class = ssa_constant(b, b->ir->args[tuple->args + i]);
        result = class != NULL && PyType_CheckExact(class) ?
                 always_instance_of(b, instance, type, (PyTypeObject *)class) : -1;
    }
    if (result < 0) {
        return false;
    }
    ssa_take_back(b, tuple);
    for (int i = 0; i < n; i++) {
        ssa_drop(b, ssa_pop(b));
    }
    ssa_push(b, ssa_new_constant(b, Py_None, true));            // in its place
    replace_call(b, ssa_new_constant(b, result ? Py_True : Py_False, true));
    return true;
}

bool
ssa_call_isinstance(struct builder *b)
{
    if (!calls_builtin(b, b->jit->interp->callable_cache.isinstance, 2)) {
        return false;
    }
    jref instance = ssa_top(b, 1);
    PyObject *class = ssa_constant(b, ssa_top(b, 0));
    if (class == NULL || !PyType_CheckExact(class)) {
        if (!is_instance_of_several(b, instance)) {
            call_as(b, U_ISINSTANCE, 2, 2);
        }
        return true;
    }
    PyTypeObject *type = known_type(b, instance), *was = b->trace->rec->entries[b->u->line].top[1];
    if (type == NULL && was != NULL &&
        ((PyObject *)was == class || (_PyType_HasFeature(was, Py_TPFLAGS_IMMUTABLETYPE) && jit_has_plain_class(was))))
    {
        // A guard costs less than the question, and says more.
        type = was;
        ssa_guard_type(b, instance, type);
    }
    if ((PyObject *)type == class) {
        replace_call(b, ssa_new_constant(b, Py_True, true));
        return true;
    }
    int result = type != NULL ? always_instance_of(b, instance, type, (PyTypeObject *)class) : -1;
    if (result < 0) {
        call_as(b, U_ISINSTANCE, 2, 2);
        return true;
    }
    replace_call(b, ssa_new_constant(b, result ? Py_True : Py_False, true));
    return true;
}

bool
ssa_call_len(struct builder *b)
{
    if (!calls_builtin(b, b->jit->interp->callable_cache.len, 1)) {
        return false;
    }
    PyTypeObject *type = known_type(b, ssa_top(b, 0));
    if (type != &PyList_Type && type != &PyTuple_Type && type != &PyUnicode_Type &&
        type != &PyBytes_Type && type != &PyDict_Type)
    {
        return false;
    }
    if (!ssa_call_size(b)) {
        call_as(b, U_LEN_BUILTIN, 1, 2);
    }
    return true;
}

/* ---- functions in C ---------------------------------------------------------- */

/* A builtin that is a constant, other than as a method. */
bool
ssa_call_builtin(struct builder *b, int flags, int op)
{
    int n = (int)b->u->oparg;
    PyObject *callable = ssa_constant(b, ssa_top(b, n + 1));
    if (callable == NULL || !PyCFunction_CheckExact(callable) || !ssa_fact(b, ssa_top(b, n))->is_null ||
        PyCFunction_GET_FLAGS(callable) != flags)
    {
        return false;
    }
    if (flags != METH_FASTCALL) {
        if (n != 1) {
            return false;
        }
        ssa_guard_uop(b, U_CHECK_C_RECURSION, 0);
    }
    // NULL goes under the callable.
    jref null = ssa_top(b, n);
    *ssa_cell(b, b->depth - 1 - n) = ssa_top(b, n + 1);
    *ssa_cell(b, b->depth - 2 - n) = null;
    call_as(b, op, n + 1, 1);
    return true;
}

/* A method of a builtin type, of an object that is of exactly this type. */
bool
ssa_call_method(struct builder *b, int flags, int op)
{
    int n = (int)b->u->oparg;
    PyObject *callable = ssa_constant(b, ssa_top(b, n + 1));
    if (callable == NULL || !Py_IS_TYPE(callable, &PyMethodDescr_Type) ||
        n != (flags == METH_NOARGS ? 0 : flags == METH_O ? 1 : n))
    {
        return false;
    }
    PyMethodDescrObject *method = (PyMethodDescrObject *)callable;
    jref self = ssa_top(b, n);
    if (method->d_method->ml_flags != flags || known_type(b, self) != method->d_common.d_type) {
        return false;
    }
    if (flags != METH_FASTCALL) {
        ssa_guard_uop(b, U_CHECK_C_RECURSION, 0);
    }
    b->u->operand = (uintptr_t)method->d_method->ml_meth;
    call_as(b, op, n + 1, 1);
    return true;
}

#endif  // _Py_TIER2
