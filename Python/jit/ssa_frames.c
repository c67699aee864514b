/* ssa_frames.c - calls of Python functions, up to where their frames go on (see ssa.c).
 *
 * Takes:  the micro-ops of a call, which one by one check what is called, make
 *         its frame, and make that the current one.
 * Gives:  one micro-op for all of them (frames.c), without a check where the
 *         function is a constant; and what is known of the arguments, for the
 *         function's own instructions.
 *
 *     CHECK_FUNCTION_EXACT_ARGS #7 2            (nothing: a constant, watched)
 *     CHECK_STACK_SPACE 2
 *     INIT_CALL_PY_EXACT_ARGS 2
 *     SAVE_RETURN_OFFSET 4
 *     SET_IP @58
 *     PUSH_FRAME                      v25 - >  CALL_KNOWN 2 f, v23, v24  exit 4 -> @58 [...]  waits [v1]
 *     COPY_FREE_VARS 1                          (nothing)
 *
 * The instruction is emitted at the PUSH_FRAME. Its exit is that of the first of them,
 * which is why nothing is popped before: `call_depth` is the operand stack's depth there.
 */
#include "ssa.h"

#ifdef _Py_TIER2

#include "pycore_function.h"
#include "pycore_jit_tables.h"

/* ---- what is called ---------------------------------------------------------- */

/* The object as a function, if it is one with this version, and watched; or NULL. */
static PyFunctionObject *
watched_function(struct builder *b, PyObject *f, uint32_t version)
{
    if (f == NULL || !PyFunction_Check(f) ||
        ((PyFunctionObject *)f)->func_version != version || version == 0 ||
        b->jit->function_watcher < 0 || !ssa_depends(b, f))
    {
        return NULL;
    }
    return (PyFunctionObject *)f;
}

static bool
makes_frame(const struct jit_uop *u)
{
    return u->op >= U_INIT_CALL_PY_EXACT_ARGS && u->op <= U_INIT_CALL_PY_EXACT_ARGS_4;
}

/* The micro-op at hand, and those behind it up to PUSH_FRAME, are one: `op`, which leaves
 * where this one does. NULL: what is entered is not known, or there is no memory. */
static struct jit_call *
begin_call(struct builder *b, int op, PyFunctionObject *function, uint32_t version)
{
    struct jit_record_entry *callee = &b->trace->rec->entries[b->u->line + 1];
    if (function != NULL ? function->func_code != (PyObject *)callee->code : callee->func_version != version) {
        return NULL;
    }
    struct jit_call *c = jit_calloc(1, sizeof(*c));
    if (c == NULL) {
        b->abort = JIT_ABORT_NO_MEMORY;
        return NULL;
    }
    c->next = b->trace->calls;
    b->trace->calls = c;
    c->function = function;
    c->code = callee->code;
    c->version = version;
    c->instr = callee[-1].op_instr;
    ssa_stress_guard(b);
    b->call = c;
    b->call_op = op;
    b->call_site = b->u->exit;
    b->call_depth = b->depth;
    return c;
}

/* The callable and the object that it is a method of, or NULL, are below the arguments. */
static bool
begin_plain_call(struct builder *b, int op, PyFunctionObject *function, uint32_t version)
{
    int n = (int)b->u->oparg;
    struct fact *self = ssa_fact(b, ssa_top(b, n));
    bool has_self = !self->is_null;
    if (has_self && (op == U_CALL_BOUND_METHOD || !self->not_null)) {
        return false;
    }
    if (begin_call(b, op, function, version) == NULL) {     // (may move the facts)
        return false;
    }
    b->call_base = b->depth - n - 2;
    b->call_first = b->depth - n - has_self;
    return true;
}

bool
ssa_check_bound_method(struct builder *b)
{
    struct jit_uop *check = b->u + 2;
    return check->op == U_CHECK_FUNCTION_EXACT_ARGS && makes_frame(check + 2) &&
           begin_plain_call(b, U_CALL_BOUND_METHOD, NULL, (uint32_t)check->operand);
}

/* The function is a constant, watched; its version and arity are as recorded. */
bool
ssa_check_function(struct builder *b)
{
    int n = (int)b->u->oparg;
    uint32_t version = (uint32_t)b->u->operand;
    if (b->call != NULL) {
        return true;
    }
    bool exact = b->u->op == U_CHECK_FUNCTION_EXACT_ARGS;
    struct fact *self = ssa_fact(b, ssa_top(b, n));
    bool known_self = self->is_null || self->not_null;
    PyFunctionObject *f = watched_function(b, ssa_fact(b, ssa_top(b, n + 1))->constant, version);
    if (f != NULL && (!exact || (known_self && ((PyCodeObject *)f->func_code)->co_argcount == n + !self->is_null))) {
        ssa_known(b);
        return true;
    }
    return exact && ssa_may(b, JIT_OPTIMIZE_FRAMES) && makes_frame(b->u + 2) &&
           begin_plain_call(b, U_CALL_FUNCTION, NULL, version);
}

bool
ssa_check_stack_space(struct builder *b)
{
    if (b->call != NULL) {
        return true;
    }
    PyObject *f = ssa_fact(b, ssa_top(b, (int)b->u->oparg + 1))->constant;
    if (f == NULL || !PyFunction_Check(f) || b->stale) {
        return false;
    }
    return makes_frame(b->u + 1) && begin_plain_call(b, U_CALL_KNOWN, (PyFunctionObject *)f, 0);
}

/* ---- the frame ----------------------------------------------------------------- */

/* Remembers the arguments for the frame that is about to be entered. */
static void
note_arguments(struct builder *b, bool method)
{
    b->argument_count = 0;
    int n = (int)b->u->oparg;
    struct fact *self = ssa_fact(b, ssa_top(b, n));
    if ((!self->is_null && !self->not_null) || n + 1 > (int)Py_ARRAY_LENGTH(b->arg_values)) {
        return;
    }
    if (!self->is_null) {
        b->arg_values[b->argument_count++] = ssa_top(b, n);
    }
    else if (method) {
        b->arg_values[b->argument_count++] = 0;
    }
    for (int i = n - 1; i >= 0; i--) {
        b->arg_values[b->argument_count++] = ssa_top(b, i);
    }
}

bool
ssa_init_call(struct builder *b)
{
    note_arguments(b, b->call != NULL && b->call_op == U_CALL_BOUND_METHOD);
    if (b->call == NULL) {
        return false;
    }
    b->depth = b->call_base + 1;    // (the cells keep what they hold)
    return true;
}

bool
ssa_save_return_offset(struct builder *b)
{
    if (b->call == NULL) {
        return false;
    }
    b->call->return_offset = (uint16_t)b->u->oparg;
    return true;
}

/* References for everything that the micro-op takes, or that stays on the stack. What it
 * does not take, the exit only needs as the constant that it is: no place is kept for it. */
static void
prepare_operands(struct builder *b)
{
    jref *base = ssa_cell(b, b->call_base);
    int unused = b->call_first - b->call_base;
    if (unused > 0 && b->call_op == U_CALL_KNOWN) {
        if (ssa_ins(b, *base)->kind == JIR_OWNED) {
            b->call_op = U_CALL_FUNCTION;
        }
        else if (ssa_ins(b, *base)->op != JIR_CONST) {
            *base = ssa_new_constant(b, (PyObject *)b->call->function, false);
        }
    }
    if (unused == 2 && ssa_ins(b, base[1])->op != JIR_NULL) {
        base[1] = ssa_null(b);
    }
    for (int i = 0; i < b->depth; i++) {
        if (i < b->call_base) {
            ssa_own_in_place(b, ssa_cell(b, i));
        }
        else if (i >= b->call_first || (i == b->call_base && b->call_op != U_CALL_KNOWN)) {
            ssa_own(b, ssa_cell(b, i));
        }
    }
}

bool
ssa_push_frame(struct builder *b)
{
    struct jit_call *c = b->call;
    if (c == NULL) {
        return false;
    }
    b->depth = b->call_depth;
    b->ip_pending = false;          // the frame's instr_ptr is set by the call
    prepare_operands(b);
    b->call = NULL;
    b->exit_snap = ssa_snapshot(b, b->call_site, b->depth);
    int to = b->call_base + (b->call_op != U_CALL_KNOWN);
    c->stacktop = b->frames[b->frame].locals + b->call_base;
    c->first = b->frames[b->frame].locals + to;
    c->arguments = b->depth - b->call_first;
    for (int i = b->call_first; i < b->depth; i++) {
        *ssa_cell(b, to++) = *ssa_cell(b, i);
    }
    b->depth = to;
    b->u->oparg = (uint32_t)c->arguments;
    b->u->operand = (uintptr_t)c;
    if (b->abort == JIT_ABORT_NONE) {
        ssa_generic_as(b, b->call_op);
    }
    b->function = c->function;
    b->entered = b->u + 1 + (b->u[1].op == U_COUNT_BYTECODE);
    return true;
}

/* A return sets the frame's instr_ptr itself. */
bool
ssa_pop_frame(struct builder *b)
{
    if (!b->ip_pending) {
        return false;
    }
    b->ip_pending = false;
    b->u->operand = b->pending_ip;
    ssa_generic_as(b, U_RETURN);
    return true;
}

/* The first instruction of a function with a closure: its call has done that. */
bool
ssa_copy_free_vars(struct builder *b)
{
    if (b->u != b->entered) {
        return false;
    }
    assert(b->trace->calls->code->co_nfreevars == (int)b->u->oparg);
    b->trace->calls->copies_closure = true;
    return true;
}

/* ---- properties ----------------------------------------------------------------- */

/* Does the function take one argument, in the plainest way? */
static bool
is_getter(PyFunctionObject *f)
{
    PyCodeObject *code = (PyCodeObject *)f->func_code;
    return (code->co_flags & (CO_VARKEYWORDS | CO_VARARGS | CO_OPTIMIZED)) == CO_OPTIMIZED &&
           code->co_kwonlyargcount == 0 && code->co_argcount == 1;
}

/* The owner's type has been guarded, so the function is the one in the inline cache. */
bool
ssa_guard_function_version(struct builder *b)
{
    b->getter = NULL;
    if (b->u[1].op != U_LOAD_ATTR_PROPERTY_FRAME || ssa_fact(b, ssa_top(b, 0))->version == 0) {
        return false;
    }
    PyFunctionObject *f = watched_function(b, (PyObject *)(uintptr_t)b->u->operand, b->u->oparg);
    if (f == NULL || !is_getter(f)) {
        return false;
    }
    ssa_known(b);
    b->getter = f;
    return true;
}

bool
ssa_property_frame(struct builder *b)
{
    PyFunctionObject *f = b->getter;
    b->getter = NULL;
    if (f == NULL || begin_call(b, U_CALL_KNOWN, f, 0) == NULL) {
        return false;
    }
    b->call_base = b->call_first = b->depth - 1;
    b->arg_values[0] = ssa_top(b, 0);
    b->argument_count = 1;
    return true;
}

#endif  // _Py_TIER2
