/* optimize.c - one forward pass that removes what a trace already knows.
 *
 * Takes:  a trace from translate.c.
 * Gives:  the same trace with guards that cannot fail removed, globals and
 *         constants folded, and everything the removal relies on named as a
 *         dependency of the trace.
 *
 * Each cell of a frame (a local, a stack item) holds a value number, and facts
 * belong to values, so that what a guard proves of a local is known of every
 * copy of it. A micro-op that is not described below gives new values of which
 * nothing is known.
 *
 * What may make a fact untrue: only code that the trace does not see, that is
 * a finalizer (MAY_DEALLOC) or anything at all (MAY_RUN_PYTHON). Either can
 * write to a frame's locals, assign __class__ or change a class. All of these
 * invalidate the trace (deps.c), so a fact from before is good once the
 * trace's validity has been checked after: `stale` says that it has not, and
 * the guard that would be removed becomes that check, which is cheaper.
 *
 *     LOAD_FAST 0                    LOAD_FAST 0
 *     LOAD_FAST 1                    LOAD_FAST 1
 *     GUARD_BOTH_FLOAT               GUARD_BOTH_FLOAT
 *     BINARY_OP_MULTIPLY_FLOAT       BINARY_OP_MULTIPLY_FLOAT
 *     LOAD_FAST 1                    LOAD_FAST 1
 *     GUARD_BOTH_FLOAT               (gone)
 *     BINARY_OP_ADD_FLOAT            BINARY_OP_ADD_FLOAT
 *
 * Rules for whoever adds a case: pop and push exactly what jit_uop_pops() and
 * jit_uop_pushes() say; state facts about results only if the micro-op makes
 * them true on the path that goes on.
 */
#include "jit.h"

#ifdef _Py_TIER2

#include "opcode.h"
#include "pycore_dict.h"
#include "pycore_function.h"
#include "pycore_jit_tables.h"

#define MAX_VALUES 20000

/* What is known of a value. */
struct fact {
    PyTypeObject *type;             // exact, or NULL
    PyObject *constant;             // or NULL
    uint32_t version;               // of its type, or 0
    bool is_null;
};

struct frame_state {
    int base;                       // its first cell
    bool started;
    bool globals_guarded;           // a guard has said which dict its globals are
    bool builtins_guarded;
};

struct optimizer {
    struct jit *jit;
    struct jit_trace *trace;
    struct fact *values;
    uint16_t *cells;                // value numbers, by frame and cell
    int value_count;
    struct frame_state *frames;     // by frame
    bool stale;
    bool fold_global;               // the LOAD_GLOBAL that comes is a constant
    struct jit_uop *u;              // the one being looked at
    int arg_values[16];             // of the frame that is about to be entered
    int arg_count;
    bool failed;
};

static int
new_value(struct optimizer *o)
{
    if (o->value_count == MAX_VALUES) {
        return 0;
    }
    o->values[o->value_count] = (struct fact){0};
    return o->value_count++;
}

static int
typed(struct optimizer *o, PyTypeObject *type)
{
    int v = new_value(o);
    o->values[v].type = type;
    return v;
}

static int
constant_value(struct optimizer *o, PyObject *object)
{
    int v = typed(o, Py_TYPE(object));
    o->values[v].constant = object;
    return v;
}

static PyCodeObject *
code_of(struct optimizer *o, int frame)
{
    return o->trace->frames[frame].code;
}

static uint16_t *
local(struct optimizer *o, uint32_t i)
{
    return &o->cells[o->frames[o->u->frame].base + (int)i];
}

/* The cell of stack item `depth`. */
static uint16_t *
item(struct optimizer *o, int depth)
{
    return &o->cells[o->frames[o->u->frame].base + code_of(o, o->u->frame)->co_nlocalsplus + depth];
}

/* The fact about the stack item that is `n` below the top. */
static struct fact *
top(struct optimizer *o, int n)
{
    return &o->values[*item(o, o->u->stack - 1 - n)];
}

static void
remove_op(struct optimizer *o)
{
    o->u->op = U_NOP;
    o->u->exit = JIT_NO_EXIT;
}

/* A guard that facts have answered: gone, or a cheaper check while stale. */
static void
remove_guard(struct optimizer *o)
{
    if (o->stale) {
        o->u->op = U_CHECK_VALID;
        o->stale = false;
    }
    else {
        remove_op(o);
    }
}

static bool
depends(struct optimizer *o, void *key)
{
    if (jit_trace_depends(o->trace, key) < 0) {
        o->failed = true;
    }
    return !o->failed;
}

/* A guard that the top of the stack is of this type. */
static void
guard_type(struct optimizer *o, PyTypeObject *type)
{
    if (top(o, 0)->type == type) {
        remove_guard(o);
    }
    top(o, 0)->type = type;
}

/* A guard of both operands, or of the one that is not known. The latter does
 * not replace a check of validity, so it must not be relied on while stale. */
static void
guard_both(struct optimizer *o, PyTypeObject *type, int only_nos, int only_tos)
{
    struct fact *tos = top(o, 0), *nos = top(o, 1);
    if (tos->type == type && nos->type == type) {
        remove_guard(o);
    }
    else if (!o->stale && tos->type == type && only_nos >= 0) {
        o->u->op = (uint16_t)only_nos;
        nos->type = type;
    }
    else if (!o->stale && nos->type == type && only_tos >= 0) {
        o->u->op = (uint16_t)only_tos;
        tos->type = type;
    }
    else {
        tos->type = nos->type = type;
    }
}

static void
guard_type_version(struct optimizer *o)
{
    struct fact *owner = top(o, 0);
    uint32_t version = (uint32_t)o->u->operand;
    if (owner->version == version) {
        remove_guard(o);
        return;
    }
    owner->version = 0;
    PyTypeObject *type = o->trace->rec->entries[o->u->line].top[0];
    if (type != NULL && type->tp_version_tag == version && depends(o, type)) {
        owner->version = version;
        owner->type = type;
    }
}

static PyFunctionObject *
watched_function(struct optimizer *o, struct fact *callable, uint32_t version)
{
    PyObject *f = callable->constant;
    if (f == NULL || !PyFunction_Check(f) ||
        ((PyFunctionObject *)f)->func_version != version || version == 0 ||
        o->jit->function_watcher < 0 || !depends(o, f))
    {
        return NULL;
    }
    return (PyFunctionObject *)f;
}

/* The function is a constant, watched; its version and arity are as recorded. */
static void
check_function(struct optimizer *o)
{
    struct fact *callable = top(o, (int)o->u->oparg + 1);
    struct fact *self_or_null = top(o, (int)o->u->oparg);
    PyFunctionObject *f = watched_function(o, callable, (uint32_t)o->u->operand);
    if (f == NULL) {
        return;
    }
    PyCodeObject *code = (PyCodeObject *)f->func_code;
    int args = (int)o->u->oparg;
    bool known_self = self_or_null->is_null || self_or_null->type != NULL;
    args += !self_or_null->is_null;
    if (o->u->op == U_CHECK_FUNCTION_VERSION || (known_self && code->co_argcount == args)) {
        remove_guard(o);
    }
}

/* Borrowed, or NULL. */
static PyObject *
watched_value(PyObject *dict, PyObject *name)
{
    PyObject *value = PyDict_GetItemWithError(dict, name);
    PyErr_Clear();
    return value;
}

/* Will the JIT be told of a change to this key, and is that rare? (A look-up
 * among keys that are not all str may run code.) */
static bool
can_watch(struct optimizer *o, PyObject *dict, PyObject *name)
{
    return PyDict_CheckExact(dict) && DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys) &&
           !jit_changes_often(o->jit, dict, name) &&
           jit_watch_dict(o->jit, dict) == 0 &&
           depends(o, jit_dict_key(dict, name)) && depends(o, dict);
}

/* The constant that a LOAD_GLOBAL gives, borrowed from the dict that a change
 * of is told; NULL: it cannot be folded. */
static PyObject *
global_constant(struct optimizer *o, struct jit_uop *load)
{
    struct jit_frame *frame = &o->trace->frames[load->frame];
    PyObject *builtins = o->jit->interp->builtins;
    PyObject *name = PyTuple_GET_ITEM(frame->code->co_names, load->oparg >> 1);
    if (frame->globals == NULL || frame->builtins != builtins ||
        !can_watch(o, frame->globals, name))
    {
        return NULL;
    }
    PyObject *value = watched_value(frame->globals, name);
    if (load->op == U_LOAD_GLOBAL_BUILTINS_0 || load->op == U_LOAD_GLOBAL_BUILTINS_1) {
        if (value != NULL || !can_watch(o, builtins, name)) {
            return NULL;
        }
        value = watched_value(builtins, name);
    }
    return value;
}

/* What is folded is a constant of one dict. That the frame's globals are this
 * dict (versions do not tell: a copy has the same) is guarded once in each
 * frame; the other guards go if what follows them is folded. */
static void
guard_globals(struct optimizer *o)
{
    struct frame_state *frame = &o->frames[o->u->frame];
    struct jit_uop *load = o->u + 1;
    if (load->op == U_GUARD_BUILTINS_VERSION) {
        load++;
    }
    o->fold_global = global_constant(o, load) != NULL;
    if (!o->fold_global) {
        return;
    }
    if (frame->globals_guarded) {
        remove_guard(o);
        return;
    }
    o->u->op = o->stale ? U_GUARD_GLOBALS_AND_VALID : U_GUARD_GLOBALS;
    o->u->operand = (uintptr_t)o->trace->frames[o->u->frame].globals;
    o->stale = false;
    frame->globals_guarded = true;
}

static void
guard_builtins(struct optimizer *o)
{
    struct frame_state *frame = &o->frames[o->u->frame];
    if (!o->fold_global) {
        return;
    }
    if (frame->builtins_guarded) {
        remove_guard(o);
        return;
    }
    o->u->op = U_GUARD_BUILTINS;
    o->u->operand = (uintptr_t)o->trace->frames[o->u->frame].builtins;
    frame->builtins_guarded = true;
}

/* The micro-op pushes a constant, which lives as long as the trace is valid. */
static void
inline_constant(struct optimizer *o, PyObject *value, bool with_null)
{
    struct jit_uop *u = o->u;
    bool immortal = _Py_IsImmortal(value);
    u->op = with_null ? (immortal ? U_LOAD_CONST_INLINE_BORROW_WITH_NULL
                                  : U_LOAD_CONST_INLINE_WITH_NULL)
                      : (immortal ? U_LOAD_CONST_INLINE_BORROW : U_LOAD_CONST_INLINE);
    u->operand = (uintptr_t)value;
    u->exit = JIT_NO_EXIT;
    *item(o, u->stack) = (uint16_t)constant_value(o, value);
    if (with_null) {
        int v = new_value(o);
        o->values[v].is_null = true;
        *item(o, u->stack + 1) = (uint16_t)v;
    }
}

/* LOAD_GLOBAL_MODULE and _BUILTINS; false: as any other micro-op. */
static bool
load_global(struct optimizer *o)
{
    PyObject *value = o->fold_global ? global_constant(o, o->u) : NULL;
    o->fold_global = false;
    if (value == NULL) {
        return false;
    }
    inline_constant(o, value, o->u->oparg & 1);
    return true;
}

/* A type that is not watched may have lost the attribute by now. */
static void
push_method(struct optimizer *o)
{
    int at = o->u->stack - 1;
    uint16_t self = *item(o, at);
    bool watched = o->values[self].version != 0;
    *item(o, at) = (uint16_t)(watched ? constant_value(o, (PyObject *)(uintptr_t)o->u->operand) : new_value(o));
    *item(o, at + 1) = self;
}

/* Remembers the arguments for the frame that is about to be entered. */
static void
note_arguments(struct optimizer *o)
{
    struct jit_uop *u = o->u;
    int n = (int)u->oparg;
    struct fact *self = top(o, n);
    o->arg_count = -1;
    if ((!self->is_null && self->type == NULL) || n + 1 > (int)Py_ARRAY_LENGTH(o->arg_values)) {
        return;
    }
    o->arg_count = 0;
    if (!self->is_null) {
        o->arg_values[o->arg_count++] = *item(o, u->stack - n - 1);
    }
    for (int i = n; i > 0; i--) {
        o->arg_values[o->arg_count++] = *item(o, u->stack - i);
    }
}

/* A frame that starts: nothing is known but its arguments. */
static void
start_frame(struct optimizer *o, int frame)
{
    PyCodeObject *code = code_of(o, frame);
    for (int i = 0; i < code->co_nlocalsplus; i++) {
        o->cells[o->frames[frame].base + i] = (uint16_t)new_value(o);
    }
    for (int i = 0; i < o->arg_count && i < code->co_nlocalsplus; i++) {
        o->cells[o->frames[frame].base + i] = (uint16_t)o->arg_values[i];
    }
    o->arg_count = 0;
}

/* Is it sure that releasing the value runs no finalizer? */
static bool
is_simple(struct optimizer *o, struct fact *f)
{
    if (o->jit->config.escapes) {
        return false;
    }
    return f->is_null || (f->constant != NULL && _Py_IsImmortal(f->constant)) ||
           f->type == &PyLong_Type || f->type == &PyFloat_Type ||
           f->type == &PyUnicode_Type || f->type == &PyBool_Type ||
           f->type == &_PyNone_Type;
}

/* Describes the micro-op; false: it gives unknown values. */
static bool
describe(struct optimizer *o)
{
    struct jit_uop *u = o->u;
    int at = u->stack;
    switch (u->op) {
        case U_NOP:
            return true;
        case U_LOAD_FAST:
            *item(o, at) = *local(o, u->oparg);
            return true;
        case U_STORE_FAST: {
            uint16_t old = *local(o, u->oparg);
            *local(o, u->oparg) = *item(o, at - 1);
            u->quiet = !o->stale && is_simple(o, &o->values[old]);
            o->stale |= !u->quiet;
            return true;
        }
        case U_LOAD_CONST:
            inline_constant(o, PyTuple_GET_ITEM(code_of(o, u->frame)->co_consts, u->oparg), false);
            return true;
        case U_POP_TOP:
            u->quiet = !o->stale && is_simple(o, top(o, 0));
            o->stale |= !u->quiet;
            return true;
        case U_PUSH_NULL: {
            int v = new_value(o);
            o->values[v].is_null = true;
            *item(o, at) = (uint16_t)v;
            return true;
        }
        case U_COPY_1:
        case U_COPY_2:
            *item(o, at) = *item(o, at - (u->op == U_COPY_1 ? 1 : 2));
            return true;
        case U_SWAP_2:
        case U_SWAP_3: {
            int below = at - (u->op == U_SWAP_2 ? 2 : 3);
            uint16_t v = *item(o, at - 1);
            *item(o, at - 1) = *item(o, below);
            *item(o, below) = v;
            return true;
        }
        case U_GUARD_BOTH_INT:
            guard_both(o, &PyLong_Type, U_GUARD_NOS_INT, U_GUARD_TOS_INT);
            return true;
        case U_GUARD_BOTH_FLOAT:
            guard_both(o, &PyFloat_Type, U_GUARD_NOS_FLOAT, U_GUARD_TOS_FLOAT);
            return true;
        case U_GUARD_BOTH_UNICODE:
            guard_both(o, &PyUnicode_Type, -1, -1);
            return true;
        case U_GUARD_TYPE_VERSION:
            guard_type_version(o);
            return true;
        case U_BINARY_OP_ADD_INT:
        case U_BINARY_OP_SUBTRACT_INT:
        case U_BINARY_OP_MULTIPLY_INT:
            *item(o, at - 2) = (uint16_t)typed(o, &PyLong_Type);
            return true;
        case U_BINARY_OP_ADD_FLOAT:
        case U_BINARY_OP_SUBTRACT_FLOAT:
        case U_BINARY_OP_MULTIPLY_FLOAT:
            *item(o, at - 2) = (uint16_t)typed(o, &PyFloat_Type);
            return true;
        case U_BINARY_OP_ADD_UNICODE:
            *item(o, at - 2) = (uint16_t)typed(o, &PyUnicode_Type);
            return true;
        case U_COMPARE_OP_INT:
        case U_COMPARE_OP_FLOAT:
        case U_COMPARE_OP_STR:
            *item(o, at - 2) = (uint16_t)typed(o, &PyBool_Type);
            return true;
        case U_UNARY_NOT:
            *item(o, at - 1) = (uint16_t)typed(o, &PyBool_Type);
            return true;
        case U_TO_BOOL_BOOL:
            guard_type(o, &PyBool_Type);
            return true;
        case U_ITER_NEXT_RANGE:
            *item(o, at) = (uint16_t)typed(o, &PyLong_Type);
            return true;
        case U_ITER_NEXT_LIST:
        case U_ITER_NEXT_TUPLE:
            *item(o, at) = (uint16_t)new_value(o);
            return true;
        case U_ITER_CHECK_RANGE:
            guard_type(o, &PyRangeIter_Type);
            return true;
        case U_ITER_CHECK_LIST:
            guard_type(o, &PyListIter_Type);
            return true;
        case U_ITER_CHECK_TUPLE:
            guard_type(o, &PyTupleIter_Type);
            return true;
        case U_CHECK_PEP_523:
            // Setting an eval_frame function invalidates all executors.
            remove_guard(o);
            return true;
        case U_GUARD_GLOBALS_VERSION:
            guard_globals(o);
            return true;
        case U_GUARD_BUILTINS_VERSION:
            guard_builtins(o);
            return true;
        case U_LOAD_GLOBAL_MODULE_0:
        case U_LOAD_GLOBAL_MODULE_1:
        case U_LOAD_GLOBAL_BUILTINS_0:
        case U_LOAD_GLOBAL_BUILTINS_1:
            return load_global(o);
        case U_LOAD_ATTR_METHOD_NO_DICT:
        case U_LOAD_ATTR_METHOD_WITH_VALUES:
        case U_LOAD_ATTR_METHOD_LAZY_DICT:
            push_method(o);
            return true;
        case U_CHECK_FUNCTION_EXACT_ARGS:
        case U_CHECK_FUNCTION_VERSION:
            check_function(o);
            return true;
        case U_INIT_CALL_PY_EXACT_ARGS:
        case U_INIT_CALL_PY_EXACT_ARGS_0:
        case U_INIT_CALL_PY_EXACT_ARGS_1:
        case U_INIT_CALL_PY_EXACT_ARGS_2:
        case U_INIT_CALL_PY_EXACT_ARGS_3:
        case U_INIT_CALL_PY_EXACT_ARGS_4:
            note_arguments(o);
            return false;
        case U_CHECK_VALID:
            if (!o->stale) {
                remove_op(o);
            }
            o->stale = false;
            return true;
        default:
            return false;
    }
}

/* A micro-op of which only the stack effect is known. */
static void
forget(struct optimizer *o, int op, int stack)
{
    struct jit_uop *u = o->u;
    uint32_t flags = jit_uop_info[op].flags;
    int pops = jit_uop_pops(op, (int)u->oparg);
    int pushes = jit_uop_pushes(op, (int)u->oparg);
    if (flags & JIT_UOP_FRAME) {
        return;                     // the next micro-op is in another frame
    }
    const char *name = jit_uop_info[op].name;
    if (pops == pushes && flags & (JIT_UOP_DEOPT | JIT_UOP_EXIT) &&
        (strncmp(name, "GUARD_", 6) == 0 || strncmp(name, "CHECK_", 6) == 0 ||
         strncmp(name, "ITER_CHECK_", 11) == 0))
    {
        return;                     // looks at the stack only
    }
    for (int i = 0; i < pushes; i++) {
        *item(o, stack - pops + i) = (uint16_t)new_value(o);
    }
    if (flags & JIT_UOP_LOCALS) {
        PyCodeObject *code = code_of(o, u->frame);
        for (int i = 0; i < code->co_nlocalsplus; i++) {
            *local(o, (uint32_t)i) = (uint16_t)new_value(o);
        }
    }
    else if (flags & JIT_UOP_LOCAL_WRITE) {
        *local(o, u->oparg) = (uint16_t)new_value(o);
    }
}

static void
run(struct optimizer *o)
{
    struct jit_trace *trace = o->trace;
    int frame = -1;
    for (int i = 0; i < trace->count && !o->failed; i++) {
        o->u = &trace->uops[i];
        o->values[0] = (struct fact){0};
        int op = o->u->op, stack = o->u->stack;
        if (o->u->frame != frame) {
            int previous = frame;
            frame = o->u->frame;
            if (!o->frames[frame].started) {
                o->frames[frame].started = true;
                start_frame(o, frame);
            }
            else if (previous >= 0 && stack > 0) {
                *item(o, stack - 1) = (uint16_t)new_value(o);   // what was returned
            }
        }
        bool described = describe(o);
        if (!described) {
            forget(o, op, stack);
        }
        uint32_t flags = jit_uop_flags(o->jit, op);
        if (op != U_STORE_FAST && op != U_POP_TOP &&    // (which say so themselves)
            flags & (JIT_UOP_MAY_RUN_PYTHON | JIT_UOP_MAY_DEALLOC))
        {
            o->stale = true;
        }
    }
}

/* Closes the gaps. SET_IP moves down to what needs it, and goes where that is
 * nothing before the next one. */
static void
compact(struct jit *jit, struct jit_trace *trace)
{
    int n = 0;
    struct jit_uop set_ip = {.op = U_NOP};
    for (int i = 0; i < trace->count; i++) {
        struct jit_uop u = trace->uops[i];
        if (u.op == U_NOP) {
            continue;
        }
        if (u.op == U_SET_IP) {
            set_ip = u;
            continue;
        }
        if (u.op == U_YIELD_VALUE_INDIRECT) {
            set_ip.op = U_NOP;      // sets it itself
        }
        if (set_ip.op != U_NOP && !u.quiet && jit_needs_ip(jit_uop_flags(jit, u.op))) {
            // There is room: at least the SET_IP's own place.
            set_ip.stack = u.stack;
            trace->uops[n++] = set_ip;
            set_ip.op = U_NOP;
        }
        trace->uops[n++] = u;
    }
    trace->count = n;
}

enum jit_abort
jit_optimize(struct jit *jit, struct jit_trace *trace)
{
    struct optimizer o = {.jit = jit, .trace = trace};
    int cells = 0;
    o.frames = jit_calloc((size_t)trace->frame_count, sizeof(struct frame_state));
    o.values = jit_malloc(MAX_VALUES * sizeof(struct fact));
    if (o.frames != NULL) {
        for (int i = 0; i < trace->frame_count; i++) {
            PyCodeObject *code = trace->frames[i].code;
            o.frames[i].base = cells;
            cells += code->co_nlocalsplus + code->co_stacksize + 2;
        }
    }
    o.cells = jit_calloc((size_t)cells, sizeof(uint16_t));
    o.failed = o.frames == NULL || o.values == NULL || o.cells == NULL;
    if (!o.failed) {
        (void)new_value(&o);        // number 0: of which nothing is ever known
        run(&o);
        compact(jit, trace);
    }
    jit_free(o.frames);
    jit_free(o.values);
    jit_free(o.cells);
    return o.failed ? JIT_ABORT_NO_MEMORY : JIT_ABORT_NONE;
}

#endif  // _Py_TIER2
