/* ssa.c - from a trace of micro-ops to its SSA form, optimized on the way.
 *
 * Takes:  a trace from translate.c.
 * Gives:  its instructions (ir.h), without guards that cannot fail, with
 *         globals and constants folded, and with references taken only where
 *         nothing else keeps an object alive. What this relies on is named as
 *         a dependency of the trace.
 *
 * One pass over the micro-ops, which executes them on refs: each cell of a frame
 * (a local, a stack item) holds the ref of what it contains, and facts belong
 * to refs, so that what a guard proves of a local is known of every copy of it.
 *
 * References. What a LOAD_FAST pushes is borrowed from the local, what is
 * loaded from an object's field from that field, a constant from what holds
 * it. It gets a reference of its own (NEWREF) only when an instruction consumes
 * it, or right before its owner might let go of it: a store to the local, or
 * anything that may run a finalizer. So destructors run when they ran.
 *
 * What may make a fact untrue: only code that the trace does not see, that is
 * a finalizer (MAY_DEALLOC) or anything at all (MAY_RUN_PYTHON). Either can
 * write to a frame's locals, assign __class__ or change a class. All of these
 * invalidate the trace (deps.c), so a fact from before is good once the
 * trace's validity has been checked after: `stale` says that it has not, and
 * the guard that would be removed becomes that check, which is cheaper. A
 * local is loaded anew then: what was known to be in it may be gone.
 *
 *     LOAD_FAST 0                    v1 b  LOCAL 0
 *     LOAD_FAST 1                    v2 b  LOCAL 1
 *     GUARD_BOTH_FLOAT               GUARD_TYPE v1, float; GUARD_TYPE v2, float
 *     BINARY_OP_MULTIPLY_FLOAT       v5 o  BINARY_OP_MULTIPLY_FLOAT_B v1, v2
 *     LOAD_FAST 1
 *     GUARD_BOTH_FLOAT               (nothing)
 *     BINARY_OP_ADD_FLOAT            v6 o  BINARY_OP_ADD_FLOAT v5, NEWREF v2
 *
 * Why this way: the alternative is to translate first and then let one pass
 * after another remove what the first made. Guards, references and facts depend
 * on one another at every step (a reference is not needed because an operand's
 * type is known because a guard came before), so in one go each sees the
 * others' best, and the trace is never larger than its result (as in LuaJIT,
 * where recording, folding and forwarding are one pass too).
 *
 * Rules for whoever adds a case: an exit finds the operand stack as it was at
 * the start of its bytecode, so take a guard's snapshot before popping; state
 * facts about a result only if they are true on the path that goes on.
 */
#include "ir.h"

#ifdef _Py_TIER2

#include "opcode.h"
#include "pycore_dict.h"
#include "pycore_function.h"
#include "pycore_list.h"
#include "pycore_object.h"
#include "pycore_opcode_utils.h"
#include "pycore_tuple.h"
#include "pycore_jit_tables.h"

#define MAX_LOADS 32                // remembered, to be done once

/* What is known of a value. */
struct fact {
    PyTypeObject *type;             // exact, or NULL
    PyObject *constant;             // or NULL
    uint32_t version;               // of its type, which is watched; or 0
    int unsure;                     // it was so before the trace's validity was last in doubt: the ref then; or 0
    bool is_null;
    bool not_null;
};

struct frame_state {
    int base;                       // its first cell
    int locals;
    bool started;
    bool globals_guarded;           // a guard has said which dict its globals are
    bool builtins_guarded;
};

struct load {
    jref base, value;
    uint64_t offset;
};

struct builder {
    struct jit *jit;
    struct jit_trace *trace;
    struct jir *ir;
    struct fact *facts;             // by root ref
    int fact_capacity;
    struct frame_state *frames;     // by frame
    jref *cells;                    // by frame and cell
    int *loaded;                    // by the same: when the local was read, see `escaped`
    int max_cells;                  // of one frame
    char *letters;                  // of the micro-op's operands, max_cells + 8
    jref *args;
    struct jit_uop *u;              // the one being looked at
    int depth;                      // of the operand stack now
    int frame;                      // whose cells are looked at
    jref returned;                  // what stands on top in the frame that is entered or returned to
    bool has_returned;
    bool stale;
    int validated;                  // when the trace was last known to be valid: a ref
    int escaped;                    // when code that the trace does not see ran last: a ref
    bool ip_pending;                // a SET_IP, to pending_ip, has not been needed yet
    uint64_t pending_ip;
    bool fold_global;               // the LOAD_GLOBAL that comes is a constant
    struct load loads[MAX_LOADS];
    int load_count;
    jref arg_values[16];            // of the frame that is about to be entered
    int argument_count;
    enum jit_abort abort;
};

/* ---- values ----------------------------------------------------------- */

static inline struct jir_ins *
ins(struct builder *b, jref v)
{
    return &b->ir->ins[v];
}

/* The value that facts about the object belong to: references to it share them. */
static jref
subject(struct builder *b, jref v)
{
    v = jir_root(b->ir, v);
    while (ins(b, v)->op == JIR_NEWREF || ins(b, v)->op == JIR_NEWREF_NULLABLE) {
        v = jir_root(b->ir, ins(b, v)->a);
    }
    return v;
}

static struct fact *
fact(struct builder *b, jref v)
{
    return &b->facts[subject(b, v)];
}

static jref
append(struct builder *b, struct jir_ins i)
{
    if (b->ir->count >= b->fact_capacity) {
        int capacity = b->fact_capacity * 2 + 512;
        struct fact *more = jit_realloc(b->facts, (size_t)capacity * sizeof(struct fact));
        if (more == NULL) {
            b->abort = JIT_ABORT_NO_MEMORY;
            return 0;
        }
        b->facts = more;
        b->fact_capacity = capacity;
    }
    i.frame = (uint16_t)b->frame;
    i.line = b->u->line;
    jref v = jir_append(b->ir, i);
    if (v == 0) {
        b->abort = b->ir->abort;
        return 0;
    }
    b->facts[v] = (struct fact){0};
    return v;
}

static jref
emit(struct builder *b, int op, jref a, jref second, uint64_t imm)
{
    return append(b, (struct jir_ins){
        .op = (uint8_t)op, .kind = jir_op_info[op].kind, .a = a, .b = second, .imm = imm,
    });
}

static PyCodeObject *
code_of(struct builder *b, int frame)
{
    return b->trace->frames[frame].code;
}

/* The cell of stack item `depth`, from the bottom. */
static jref *
cell(struct builder *b, int depth)
{
    assert(depth >= 0);
    return &b->cells[b->frames[b->frame].base + b->frames[b->frame].locals + depth];
}

/* The stack item that is `n` below the top. */
static jref
top(struct builder *b, int n)
{
    return *cell(b, b->depth - 1 - n);
}

static void
push(struct builder *b, jref v)
{
    *cell(b, b->depth++) = v;
}

static jref
pop(struct builder *b)
{
    return *cell(b, --b->depth);
}

/* An object that never dies needs no references. */
static jref
new_constant(struct builder *b, PyObject *object, bool stable)
{
    jref v = emit(b, JIR_CONST, 0, 0, (uintptr_t)object);
    if (v != 0) {
        if (_Py_IsImmortal(object)) {
            ins(b, v)->kind = JIR_PLAIN;
        }
        ins(b, v)->stable = stable;
        *fact(b, v) = (struct fact){.type = Py_TYPE(object), .constant = object, .not_null = true};
    }
    return v;
}

static jref
null(struct builder *b)
{
    jref v = emit(b, JIR_NULL, 0, 0, 0);
    fact(b, v)->is_null = true;
    return v;
}

static jref
typed(struct builder *b, jref v, PyTypeObject *type)
{
    struct fact *f = fact(b, v);
    f->type = type;
    f->not_null = true;
    if (type == &PyBool_Type && ins(b, v)->op == JIR_RESULT) {
        ins(b, v)->kind = JIR_PLAIN;
    }
    return v;
}

/* May what is known of it be relied on without a check that the trace is valid? */
static bool
is_sure(struct builder *b, jref v)
{
    int unsure = fact(b, v)->unsure;
    return unsure == 0 || unsure < b->validated;
}

/* Is it an object that lives as long as the interpreter, as far as is known? */
static bool
is_immortal(struct builder *b, jref v)
{
    struct fact *f = fact(b, v);
    if (!is_sure(b, v)) {
        return ins(b, v)->kind == JIR_PLAIN;
    }
    return f->is_null || ins(b, v)->kind == JIR_PLAIN ||
           (f->constant != NULL && _Py_IsImmortal(f->constant)) ||
           (f->not_null && (f->type == &PyBool_Type || f->type == &_PyNone_Type));
}

/* ---- exits ------------------------------------------------------------ */

static uint16_t
snapshot(struct builder *b, uint16_t site, int count)
{
    uint16_t snap = jir_add_snap(b->ir, b->frame, site, cell(b, 0), count);
    if (snap == JIR_NO_SNAP) {
        b->abort = b->ir->abort;
    }
    return snap;
}

/* The snapshot of the micro-op's exit. */
static uint16_t
exit_snapshot(struct builder *b)
{
    assert(b->u->exit != JIT_NO_EXIT);
    struct jit_exit_site *site = &b->trace->exits[b->u->exit];
    assert(site->frame == b->frame);
    return snapshot(b, b->u->exit, site->stack);
}

/* A micro-op without operands. */
static jref
plain_uop(struct builder *b, int uop, uint64_t operand, uint16_t snap)
{
    return append(b, (struct jir_ins){
        .op = JIR_GENERIC, .uop = (uint16_t)uop, .stack = (int16_t)b->depth,
        .imm = operand, .snap = snap,
    });
}

/* The frame's instr_ptr, if the next instruction is one that others can see it in. */
static void
need_ip(struct builder *b)
{
    if (b->ip_pending) {
        b->ip_pending = false;
        plain_uop(b, U_SET_IP, b->pending_ip, 0);
    }
}

/* The site of an exit to the start of the current bytecode; JIT_NO_EXIT if there is no room. */
static uint16_t
start_site(struct builder *b)
{
    struct jit_record_entry *e = &b->trace->rec->entries[b->u->line];
    struct jit_trace *trace = b->trace;
    if (b->u->exit != JIT_NO_EXIT && trace->exits[b->u->exit].target == e->instr) {
        return b->u->exit;
    }
    if (b->depth != e->stack || trace->exit_count == JIT_MAX_EXITS) {
        return JIT_NO_EXIT;
    }
    trace->exits[trace->exit_count] = (struct jit_exit_site){
        .target = e->instr,
        .stack = e->stack,
        .kind = JIT_EXIT_SIDE,
        .frame = (uint16_t)b->frame,
    };
    return (uint16_t)trace->exit_count++;
}

/* Under stress, something before the guard that comes that leaves as if it had failed: to
 * the start of its bytecode, which is where most guards leave to. A branch that goes the
 * other way leaves elsewhere, and would be wrong to go there. */
static void
stress_guard(struct builder *b)
{
    if (b->jit->config.guards == 0) {
        return;
    }
    uint16_t site = b->u->op == U_CHECK_VALID ? b->u->exit : start_site(b);
    if (site != JIT_NO_EXIT) {
        plain_uop(b, U_STRESS_GUARD, (uintptr_t)&b->jit->head.stress_guards,
                  snapshot(b, site, b->trace->exits[site].stack));
    }
}

static void
check_valid(struct builder *b)
{
    uint16_t snap = exit_snapshot(b);
    if (b->jit->config.evict != 0) {
        plain_uop(b, U_STRESS_INVALIDATE, 0, 0);
    }
    stress_guard(b);
    plain_uop(b, U_CHECK_VALID, 0, snap);
    b->stale = false;
    b->validated = b->ir->count;
}

static void
guard(struct builder *b, int op, jref a, jref second, uint64_t imm)
{
    uint16_t snap = exit_snapshot(b);
    stress_guard(b);
    jref v = emit(b, op, a, second, imm);
    ins(b, v)->snap = snap;
}

/* A guard that facts have answered: gone, or a cheaper check while stale. */
static void
known(struct builder *b)
{
    if (b->stale) {
        check_valid(b);
    }
}

static bool
depends(struct builder *b, void *key)
{
    if (jit_trace_depends(b->trace, key) < 0) {
        b->abort = JIT_ABORT_NO_MEMORY;
    }
    return b->abort == JIT_ABORT_NONE;
}

/* ---- references -------------------------------------------------------- */

static bool
is_borrowed(struct builder *b, jref v)
{
    return ins(b, v)->kind == JIR_BORROWED;
}

static jref
new_reference(struct builder *b, jref v)
{
    int op = fact(b, v)->not_null && is_sure(b, v) ? JIR_NEWREF : JIR_NEWREF_NULLABLE;
    return emit(b, op, v, 0, 0);
}

/* A reference of its own for a borrowed stack item; what has one is left alone. */
static void
own(struct builder *b, jref *item)
{
    jref v = *item;
    if (!is_borrowed(b, v)) {
        return;
    }
    if (is_immortal(b, v)) {
        *item = emit(b, JIR_IMMORTAL, v, 0, 0);
        return;
    }
    *item = new_reference(b, v);
}

/* Before what might free what stack items are borrowed from; not those from `keep` on. */
static void
own_all(struct builder *b, int keep)
{
    for (int i = 0; i < keep; i++) {
        jref *item = cell(b, i);
        if (!ins(b, *item)->stable) {
            own(b, item);
        }
    }
}

/* After it. */
static void
escaped(struct builder *b)
{
    b->stale = true;
    b->escaped = b->ir->count;
    b->load_count = 0;
}

/* Is it sure that releasing the value runs no finalizer? */
static bool
is_simple(struct builder *b, jref v)
{
    PyTypeObject *type = fact(b, v)->type;
    return !b->jit->config.escapes && is_sure(b, v) &&
           (type == &PyLong_Type || type == &PyFloat_Type || type == &PyUnicode_Type ||
            type == &PyBytes_Type || type == &PyRangeIter_Type || type == &PySlice_Type);
}

/* Gives up what was popped, if there is a reference to give up. */
static void
drop(struct builder *b, jref v)
{
    if (ins(b, v)->kind != JIR_OWNED) {
        return;
    }
    if (is_immortal(b, v)) {
        emit(b, JIR_FORGET, v, 0, 0);
        return;
    }
    struct fact f = *fact(b, v);
    bool simple = is_simple(b, v);
    if (!simple) {
        own_all(b, b->depth);
    }
    bool sure = is_sure(b, v);
    emit(b, f.not_null && sure ? JIR_DROP : JIR_DROP_NULLABLE, v, 0, sure ? (uintptr_t)f.type : 0);
    if (!simple) {
        escaped(b);
    }
}

/* ---- locals ------------------------------------------------------------ */

static jref *
local_cell(struct builder *b, uint32_t i)
{
    return &b->cells[b->frames[b->frame].base + (int)i];
}

/* What is in a local. */
static jref
local(struct builder *b, uint32_t i)
{
    jref *c = local_cell(b, i);
    int *loaded = &b->loaded[c - b->cells];
    if (*c != 0 && (!b->stale || *loaded >= b->escaped)) {
        return *c;
    }
    jref old = *c;
    jref v = emit(b, JIR_LOCAL, 0, 0, i);
    ins(b, v)->nullable = true;
    if (old != 0) {
        *fact(b, v) = *fact(b, old);
        fact(b, v)->unsure = v;
    }
    *c = v;
    *loaded = v;
    return v;
}

static void
set_local(struct builder *b, uint32_t i, jref v)
{
    jref *c = local_cell(b, i);
    jref new = emit(b, JIR_SET_LOCAL, v, 0, i);
    if (ins(b, v)->kind == JIR_PLAIN) {
        ins(b, new)->kind = JIR_PLAIN;
    }
    *c = new;
    b->loaded[c - b->cells] = new;
}

/* What stack items are borrowed from a local that is about to lose it get references. */
static void
own_borrowed_from(struct builder *b, jref value)
{
    jref root = jir_root(b->ir, value);
    for (int i = 0; i < b->depth; i++) {
        if (jir_root(b->ir, *cell(b, i)) == root) {
            own(b, cell(b, i));
        }
    }
}

static void
forget_local(struct builder *b, uint32_t i)
{
    jref *c = local_cell(b, i);
    if (*c != 0) {
        own_borrowed_from(b, *c);
    }
    *c = 0;
}

static void
forget_locals(struct builder *b)
{
    for (int i = 0; i < b->frames[b->frame].locals; i++) {
        forget_local(b, (uint32_t)i);
    }
}

static void
store_fast(struct builder *b, uint32_t i)
{
    own(b, cell(b, b->depth - 1));
    jref v = pop(b);
    jref old = local(b, i);
    own_borrowed_from(b, old);
    jref taken = emit(b, JIR_TAKE_LOCAL, old, 0, i);
    if (ins(b, old)->kind == JIR_PLAIN) {
        ins(b, taken)->kind = JIR_PLAIN;
    }
    set_local(b, i, v);
    drop(b, taken);
}

/* ---- micro-ops that are not described ---------------------------------- */

static PyTypeObject *
result_type(int uop)
{
    switch (uop) {
        case U_BINARY_OP_ADD_INT:
        case U_BINARY_OP_SUBTRACT_INT:
        case U_BINARY_OP_MULTIPLY_INT:
        case U_ITER_NEXT_RANGE:
        case U_GET_LEN:
        case U_CALL_LEN:
            return &PyLong_Type;
        case U_BINARY_OP_ADD_FLOAT:
        case U_BINARY_OP_SUBTRACT_FLOAT:
        case U_BINARY_OP_MULTIPLY_FLOAT:
            return &PyFloat_Type;
        case U_BINARY_OP_ADD_UNICODE:
        case U_BINARY_SUBSCR_STR_INT:
        case U_FORMAT_SIMPLE:
        case U_BUILD_STRING:
            return &PyUnicode_Type;
        case U_BUILD_LIST:
        case U_BUILD_LIST_0:
            return &PyList_Type;
        case U_BUILD_TUPLE:
            return &PyTuple_Type;
        case U_BUILD_MAP:
        case U_BUILD_CONST_KEY_MAP:
            return &PyDict_Type;
        case U_COMPARE_OP_INT:
        case U_COMPARE_OP_FLOAT:
        case U_COMPARE_OP_STR:
        case U_CONTAINS_OP:
        case U_CONTAINS_OP_DICT:
        case U_CONTAINS_OP_SET:
        case U_IS_OP:
        case U_UNARY_NOT:
        case U_CALL_ISINSTANCE:
        case U_TO_BOOL:
        case U_TO_BOOL_INT:
        case U_TO_BOOL_LIST:
        case U_TO_BOOL_NONE:
        case U_TO_BOOL_STR:
        case U_REPLACE_WITH_TRUE:
            return &PyBool_Type;
        default:
            return NULL;
    }
}

/* May the form be used that does not release its operands? If one of them has a
 * reference of its own, the other form saves a micro-op. */
static bool
only_borrowed(struct builder *b, int borrowing)
{
    int n = jit_uop_inputs(borrowing, (int)b->u->oparg, b->letters);
    for (int i = 0; i < n; i++) {
        jref v = *cell(b, b->depth - n + i);
        if (b->letters[i] == 'x' && ins(b, v)->kind == JIR_OWNED) {
            return false;
        }
    }
    return true;
}

/* The results of the GENERIC that `v` is, in the place of its operands. */
static void
push_results(struct builder *b, jref v, int uop, int inputs)
{
    int base = b->depth - inputs;
    int n = jit_uop_outputs(uop, (int)b->u->oparg, b->letters);
    for (int i = 0; i < n; i++) {
        char letter = b->letters[i];
        if (letter == '=') {
            continue;
        }
        jref r = emit(b, JIR_RESULT, v, 0, (uint64_t)i);
        if (letter == 'n' || letter == 'p') {
            ins(b, r)->kind = JIR_PLAIN;
            fact(b, r)->is_null = letter == 'n';
        }
        fact(b, r)->not_null = letter == 'o';
        ins(b, r)->nullable = letter != 'o';
        b->args[i] = r;
    }
    for (int i = 0; i < n; i++) {
        if (b->letters[i] != '=') {
            *cell(b, base + i) = b->args[i];
        }
    }
    b->depth = base + n;
}

/* What is remembered of an object beside its fields (whose offsets are below these numbers):
 * checks, and its value. */
#define VALID_VALUES ((uint64_t)1 << 40)
#define UNBOXED ((uint64_t)1 << 41)
#define NO_DICT ((uint64_t)1 << 42)
#define KEYS_VERSION ((uint64_t)1 << 43)

/* Before what needs all registers: what is cheap to load again is not kept in one. */
static void
forget_values(struct builder *b)
{
    int n = 0;
    for (int i = 0; i < b->load_count; i++) {
        if (b->loads[i].offset >= VALID_VALUES && b->loads[i].offset != UNBOXED) {
            b->loads[n++] = b->loads[i];    // a check, not a value
        }
    }
    b->load_count = n;
}

static void
generic(struct builder *b)
{
    struct jit_uop *u = b->u;
    PyTypeObject *type = result_type(u->op);
    int uop = u->op;
    if (jit_uop_info[uop].borrowing != 0 && b->jit->config.optimize && only_borrowed(b, jit_uop_info[uop].borrowing)) {
        uop = jit_uop_info[uop].borrowing;
    }
    uint32_t flags = jit_uop_flags(b->jit, uop);
    int n = jit_uop_inputs(uop, (int)u->oparg, b->letters);
    int base = b->depth - n;
    if (flags & JIT_UOP_LOCALS) {
        forget_locals(b);
    }
    else if (flags & JIT_UOP_LOCAL_WRITE) {
        forget_local(b, u->oparg);
    }
    bool escapes = flags & (JIT_UOP_MAY_RUN_PYTHON | JIT_UOP_MAY_DEALLOC);
    bool releases_last = n > 0 && strchr(jit_uop_info[uop].inputs == NULL ? "" : jit_uop_info[uop].inputs, 'x') != NULL;
    if (escapes || flags & JIT_UOP_WRITES_HEAP) {
        own_all(b, releases_last ? base : b->depth);
    }
    if (flags & JIT_UOP_FRAME || uop == U_JUMP_TO_TOP || uop == U_EXIT_TRACE) {
        // What stays on this stack is out of sight from here on.
        for (int i = 0; i < base; i++) {
            own(b, cell(b, i));
        }
    }
    for (int i = 0; i < n; i++) {
        if (b->letters[i] == 's') {
            own(b, cell(b, base + i));
        }
    }
    if (jit_needs_ip(flags)) {
        need_ip(b);
    }
    struct jir_ins g = {
        .op = JIR_GENERIC, .uop = (uint16_t)uop, .stack = (int16_t)b->depth,
        .oparg = u->oparg, .imm = u->operand,
    };
    if (u->exit != JIT_NO_EXIT) {
        g.snap = exit_snapshot(b);
        if (uop != U_EXIT_TRACE && uop != U_CHECK_PERIODIC && uop != U_RESUME_CHECK) {
            stress_guard(b);
        }
    }
    int kept = base;
    while (kept - base < n && b->letters[kept - base] == 'b') {
        kept++;
    }
    if (flags & JIT_UOP_FRAME || uop == U_JUMP_TO_TOP) {
        g.snap = snapshot(b, JIT_NO_EXIT, kept);
    }
    if (flags & JIT_UOP_ERROR_NO_POP) {
        g.error = snapshot(b, JIT_NO_EXIT, b->depth);
    }
    if (flags & (JIT_UOP_ERROR | JIT_UOP_ERROR_SYNCED)) {
        g.popped = snapshot(b, JIT_NO_EXIT, flags & JIT_UOP_ERROR ? kept : base);
    }
    if (!jir_add_args(b->ir, &g, cell(b, base), n)) {
        b->abort = b->ir->abort;
        return;
    }
    jref v = append(b, g);
    push_results(b, v, uop, n);
    if (uop == U_POP_FRAME || uop == U_YIELD_VALUE) {
        ins(b, top(b, 0))->b = b->ir->args[g.args];     // the same object
    }
    if (type != NULL && b->depth > 0) {
        typed(b, top(b, 0), type);
    }
    if (flags & JIT_UOP_FRAME) {
        if (b->depth > base) {
            b->returned = pop(b);
            b->has_returned = true;
        }
    }
    if (flags & JIT_UOP_WRITES_HEAP) {
        b->load_count = 0;
    }
    else if (!(flags & JIT_UOP_LEAF)) {
        forget_values(b);
    }
    if (escapes) {
        escaped(b);
    }
}

/* ---- guards ------------------------------------------------------------ */

static void
guard_type(struct builder *b, jref v, PyTypeObject *type)
{
    struct fact *f = fact(b, v);
    if (f->type == type && f->not_null) {
        known(b);
        return;
    }
    guard(b, JIR_GUARD_TYPE, v, 0, (uintptr_t)type);
    if (!is_sure(b, v)) {
        *fact(b, v) = (struct fact){0};
    }
    typed(b, v, type);
}

static void
guard_both(struct builder *b, PyTypeObject *type)
{
    guard_type(b, top(b, 1), type);
    guard_type(b, top(b, 0), type);
}

static void
guard_type_version(struct builder *b)
{
    jref owner = top(b, 0);
    uint32_t version = (uint32_t)b->u->operand;
    if (fact(b, owner)->version == version) {
        known(b);
        return;
    }
    guard(b, JIR_GUARD_VERSION, owner, 0, version);
    struct fact *f = fact(b, owner);
    f->version = 0;
    f->not_null = true;
    PyTypeObject *type = b->trace->rec->entries[b->u->line].top[0];
    if (type != NULL && type->tp_version_tag == version && depends(b, type)) {
        f = fact(b, owner);
        f->version = version;
        f->type = type;
    }
}

/* Is this check of `base`, told apart by `what`, known from before? */
static bool
loaded_before(struct builder *b, jref base, uint64_t what, jref *value)
{
    base = subject(b, base);
    for (int i = 0; i < b->load_count; i++) {
        if (b->loads[i].base == base && b->loads[i].offset == what) {
            *value = b->loads[i].value;
            return true;
        }
    }
    return false;
}

static void
remember_load(struct builder *b, jref base, uint64_t what, jref value)
{
    struct load *slot = &b->loads[b->load_count < MAX_LOADS ? b->load_count++ : base % MAX_LOADS];
    *slot = (struct load){subject(b, base), value, what};
}

/* ---- attributes -------------------------------------------------------- */

/* Where the inline values of the type's instances are. */
static int64_t
values_offset(PyTypeObject *type, size_t field)
{
    return (int64_t)type->tp_basicsize + (int64_t)field;
}

static bool
check_values(struct builder *b, bool no_dict)
{
    jref owner = top(b, 0), seen;
    PyTypeObject *type = fact(b, owner)->type;
    if (type == NULL || fact(b, owner)->version == 0) {
        return false;
    }
    if (no_dict && !loaded_before(b, owner, NO_DICT, &seen)) {
        guard(b, JIR_GUARD_ZERO, owner, 0, (uint64_t)(int64_t)MANAGED_DICT_OFFSET);
        remember_load(b, owner, NO_DICT, owner);
    }
    if (!loaded_before(b, owner, VALID_VALUES, &seen)) {
        guard(b, JIR_GUARD_BYTE, owner, 0, (uint64_t)values_offset(type, offsetof(PyDictValues, valid)));
        remember_load(b, owner, VALID_VALUES, owner);
    }
    return true;
}

/* Replaces the owner on top by an attribute, and perhaps a NULL. */
static void
replace_owner(struct builder *b, jref value, bool with_null)
{
    jref owner = pop(b);
    push(b, value);
    if (ins(b, owner)->kind == JIR_OWNED) {
        own(b, cell(b, b->depth - 1));
        drop(b, owner);
    }
    if (with_null) {
        push(b, null(b));
    }
}

/* A field of the object on top, which must not be NULL. */
static void
load_field(struct builder *b, int64_t offset, bool with_null)
{
    jref owner = top(b, 0), value;
    if (!loaded_before(b, owner, (uint64_t)offset, &value)) {
        value = emit(b, JIR_LOAD, owner, 0, (uint64_t)offset);
        ins(b, value)->nullable = true;
        remember_load(b, owner, (uint64_t)offset, value);
    }
    if (!fact(b, value)->not_null) {
        guard(b, JIR_GUARD_NOT_NULL, value, 0, 0);
        fact(b, value)->not_null = true;
    }
    replace_owner(b, value, with_null);
}

static bool
load_instance_value(struct builder *b)
{
    PyTypeObject *type = fact(b, top(b, 0))->type;
    if (type == NULL || fact(b, top(b, 0))->version == 0) {
        return false;
    }
    size_t field = offsetof(PyDictValues, values) + (size_t)b->u->operand * sizeof(PyObject *);
    load_field(b, values_offset(type, field), b->u->op == U_LOAD_ATTR_INSTANCE_VALUE_1);
    return true;
}

/* What the instruction's cache names, which its guards have found to be right: it is as
 * immutable as the type is, if that is watched. */
static jref
cached_constant(struct builder *b, bool watched)
{
    jref v = new_constant(b, (PyObject *)(uintptr_t)b->u->operand, false);
    if (!watched) {
        fact(b, v)->constant = NULL;
    }
    return v;
}

static void
load_method(struct builder *b)
{
    jref self = pop(b);
    push(b, cached_constant(b, fact(b, self)->version != 0));
    push(b, self);
}

/* ---- globals ----------------------------------------------------------- */

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
can_watch(struct builder *b, PyObject *dict, PyObject *name)
{
    return PyDict_CheckExact(dict) && DK_IS_UNICODE(((PyDictObject *)dict)->ma_keys) &&
           !jit_changes_often(b->jit, dict, name) &&
           jit_watch_dict(b->jit, dict) == 0 &&
           depends(b, jit_dict_key(dict, name)) && depends(b, dict);
}

/* The constant that a LOAD_GLOBAL gives, borrowed from the dict that a change
 * of is told; NULL: it cannot be folded. */
static PyObject *
global_constant(struct builder *b, struct jit_uop *load)
{
    struct jit_frame *frame = &b->trace->frames[load->frame];
    PyObject *builtins = b->jit->interp->builtins;
    PyObject *name = PyTuple_GET_ITEM(frame->code->co_names, load->oparg >> 1);
    if (frame->globals == NULL || frame->builtins != builtins ||
        !can_watch(b, frame->globals, name))
    {
        return NULL;
    }
    PyObject *value = watched_value(frame->globals, name);
    if (load->op == U_LOAD_GLOBAL_BUILTINS_0 || load->op == U_LOAD_GLOBAL_BUILTINS_1) {
        if (value != NULL || !can_watch(b, builtins, name)) {
            return NULL;
        }
        value = watched_value(builtins, name);
    }
    return value;
}

/* What is folded is a constant of one dict. That the frame's globals are this
 * dict (versions do not tell: a copy has the same) is guarded once in each
 * frame; the other guards go if what follows them is folded. */
static bool
guard_globals(struct builder *b)
{
    struct frame_state *frame = &b->frames[b->frame];
    struct jit_uop *load = b->u + 1;
    if (load->op == U_GUARD_BUILTINS_VERSION) {
        load++;
    }
    b->fold_global = global_constant(b, load) != NULL;
    if (!b->fold_global) {
        return false;
    }
    if (frame->globals_guarded) {
        known(b);
        return true;
    }
    uint16_t snap = exit_snapshot(b);
    stress_guard(b);
    plain_uop(b, b->stale ? U_GUARD_GLOBALS_AND_VALID : U_GUARD_GLOBALS,
              (uintptr_t)b->trace->frames[b->frame].globals, snap);
    b->stale = false;
    b->validated = b->ir->count;
    frame->globals_guarded = true;
    return true;
}

static bool
guard_builtins(struct builder *b)
{
    struct frame_state *frame = &b->frames[b->frame];
    if (!b->fold_global) {
        return false;
    }
    if (frame->builtins_guarded) {
        known(b);
        return true;
    }
    uint16_t snap = exit_snapshot(b);
    stress_guard(b);
    plain_uop(b, U_GUARD_BUILTINS, (uintptr_t)b->trace->frames[b->frame].builtins, snap);
    frame->builtins_guarded = true;
    return true;
}

/* LOAD_GLOBAL_MODULE and _BUILTINS; false: as any other micro-op. */
static bool
load_global(struct builder *b)
{
    PyObject *value = b->fold_global ? global_constant(b, b->u) : NULL;
    b->fold_global = false;
    if (value == NULL) {
        return false;
    }
    push(b, new_constant(b, value, false));
    if (b->u->oparg & 1) {
        push(b, null(b));
    }
    return true;
}

/* ---- calls ------------------------------------------------------------- */

/* A constant that is a function with this version, which is watched; or NULL. */
static PyFunctionObject *
watched_function(struct builder *b, jref callable, uint32_t version)
{
    PyObject *f = fact(b, callable)->constant;
    if (f == NULL || !PyFunction_Check(f) ||
        ((PyFunctionObject *)f)->func_version != version || version == 0 ||
        b->jit->function_watcher < 0 || !depends(b, f))
    {
        return NULL;
    }
    return (PyFunctionObject *)f;
}

/* The function is a constant, watched; its version and arity are as recorded. */
static bool
check_function(struct builder *b)
{
    int n = (int)b->u->oparg;
    PyFunctionObject *f = watched_function(b, top(b, n + 1), (uint32_t)b->u->operand);
    if (f == NULL) {
        return false;
    }
    struct fact *self = fact(b, top(b, n));
    PyCodeObject *code = (PyCodeObject *)f->func_code;
    bool known_self = self->is_null || self->not_null;
    if (b->u->op == U_CHECK_FUNCTION_EXACT_ARGS &&
        (!known_self || code->co_argcount != n + !self->is_null))
    {
        return false;
    }
    known(b);
    return true;
}

static bool
check_stack_space(struct builder *b)
{
    PyObject *f = fact(b, top(b, (int)b->u->oparg + 1))->constant;
    if (f == NULL || !PyFunction_Check(f) || b->stale) {
        return false;
    }
    uint16_t snap = exit_snapshot(b);
    stress_guard(b);
    plain_uop(b, U_CHECK_STACK_SPACE_OPERAND,
              (uint64_t)((PyCodeObject *)((PyFunctionObject *)f)->func_code)->co_framesize, snap);
    return true;
}

/* Remembers the arguments for the frame that is about to be entered. */
static void
note_arguments(struct builder *b)
{
    int n = (int)b->u->oparg;
    struct fact *self = fact(b, top(b, n));
    b->argument_count = 0;
    if ((!self->is_null && !self->not_null) || n + 1 > (int)Py_ARRAY_LENGTH(b->arg_values)) {
        return;
    }
    if (!self->is_null) {
        b->arg_values[b->argument_count++] = top(b, n);
    }
    for (int i = n - 1; i >= 0; i--) {
        b->arg_values[b->argument_count++] = top(b, i);
    }
}

/* ---- conditions -------------------------------------------------------- */

static jref
truth(struct builder *b, jref bit, bool inverted)
{
    if (inverted) {
        bit = emit(b, JIR_NOT, bit, 0, 0);
    }
    return typed(b, emit(b, JIR_BOOL, bit, 0, 0), &PyBool_Type);
}

static void
replace_by_truth(struct builder *b, jref bit, bool inverted)
{
    jref v = pop(b);
    push(b, truth(b, bit, inverted));
    drop(b, v);
}

static jref
unbox(struct builder *b, jref v)
{
    jref unboxed;
    PyObject *k = fact(b, v)->constant;
    if (k != NULL && _PyLong_IsCompact((PyLongObject *)k)) {
        return emit(b, JIR_INT, 0, 0, (uint64_t)_PyLong_CompactValue((PyLongObject *)k));
    }
    if (!loaded_before(b, v, UNBOXED, &unboxed)) {
        uint16_t snap = exit_snapshot(b);
        stress_guard(b);
        unboxed = emit(b, JIR_UNBOX_INT, v, 0, 0);
        ins(b, unboxed)->snap = snap;
        remember_load(b, v, UNBOXED, unboxed);
    }
    return unboxed;
}

static const uint8_t int_comparisons[] = {
    [Py_LT] = JIR_INT_LT, [Py_LE] = JIR_INT_LE, [Py_EQ] = JIR_INT_EQ,
    [Py_NE] = JIR_INT_NE, [Py_GT] = JIR_INT_GT, [Py_GE] = JIR_INT_GE,
};

/* Of ints whose values take one digit each. */
static void
compare_int(struct builder *b)
{
    jref left = unbox(b, top(b, 1)), right = unbox(b, top(b, 0));
    jref bit = emit(b, int_comparisons[b->u->oparg >> 5], left, right, 0);
    jref r = pop(b), l = pop(b);
    push(b, truth(b, bit, false));
    drop(b, l);
    drop(b, r);
}

static void
is_op(struct builder *b)
{
    jref r = top(b, 0), l = top(b, 1);
    struct fact *fl = fact(b, l), *fr = fact(b, r);
    bool same = subject(b, l) == subject(b, r);
    bool is_known = same;
    if (!b->stale && fl->constant != NULL && fr->constant != NULL) {
        same = fl->constant == fr->constant;
        is_known = true;
    }
    else if (!b->stale && fl->type != NULL && fr->type != NULL && fl->type != fr->type) {
        is_known = true;
    }
    jref result;
    if (is_known) {
        result = new_constant(b, same != (bool)b->u->oparg ? Py_True : Py_False, true);
    }
    else {
        result = truth(b, emit(b, JIR_SAME, l, r, 0), b->u->oparg);
    }
    b->depth -= 2;
    push(b, result);
    drop(b, l);
    drop(b, r);
}

static jref
bit_of(struct builder *b, jref v, bool *inverted)
{
    *inverted = false;
    if (ins(b, v)->op != JIR_BOOL) {
        return 0;
    }
    jref bit = ins(b, v)->a;
    while (ins(b, bit)->op == JIR_NOT) {
        bit = ins(b, bit)->a;
        *inverted = !*inverted;
    }
    return bit;
}

static void
unary_not(struct builder *b)
{
    jref v = top(b, 0);
    PyObject *k = fact(b, v)->constant;
    if (k != NULL && !b->stale) {
        pop(b);
        push(b, new_constant(b, k == Py_True ? Py_False : Py_True, true));
        drop(b, v);
    }
    else if (ins(b, v)->op == JIR_BOOL) {
        replace_by_truth(b, ins(b, v)->a, true);
    }
    else {
        replace_by_truth(b, emit(b, JIR_SAME, v, new_constant(b, Py_False, true), 0), false);
    }
}

/* A comparison of ints and the guard on it are one. */
static int
fused(int op, bool wanted)
{
    static const uint8_t guards[][2] = {
        [JIR_INT_LT] = {JIR_GUARD_INT_GE, JIR_GUARD_INT_LT},
        [JIR_INT_LE] = {JIR_GUARD_INT_GT, JIR_GUARD_INT_LE},
        [JIR_INT_EQ] = {JIR_GUARD_INT_NE, JIR_GUARD_INT_EQ},
        [JIR_INT_NE] = {JIR_GUARD_INT_EQ, JIR_GUARD_INT_NE},
        [JIR_INT_GT] = {JIR_GUARD_INT_LE, JIR_GUARD_INT_GT},
        [JIR_INT_GE] = {JIR_GUARD_INT_LT, JIR_GUARD_INT_GE},
        [JIR_SAME] = {JIR_GUARD_NOT_SAME, JIR_GUARD_SAME},
    };
    return op < (int)Py_ARRAY_LENGTH(guards) ? guards[op][wanted] : 0;
}

/* Are the objects that were compared still alive: has nothing but the comparison been done? */
static bool
nothing_since(struct builder *b, jref bit)
{
    for (int at = bit + 1; at < b->ir->count; at++) {
        int op = b->ir->ins[at].op;
        if (op != JIR_NOT && op != JIR_BOOL && op != JIR_CONST) {
            return false;
        }
    }
    return true;
}

/* A branch: the bool on top is `wanted`, or else the trace leaves the other way. */
static void
guard_truth(struct builder *b, bool wanted)
{
    jref v = top(b, 0);
    PyObject *k = fact(b, v)->constant;
    if (k == (wanted ? Py_True : Py_False) && !b->stale) {
        drop(b, pop(b));
        return;
    }
    stress_guard(b);
    pop(b);
    uint16_t snap = exit_snapshot(b);
    bool inverted;
    jref bit = bit_of(b, v, &inverted), g;
    if (bit != 0) {
        struct jir_ins *i = ins(b, bit);
        jref left = i->a, right = i->b;
        int op = fused(i->op, wanted != inverted);
        if (op != 0 && (i->op != JIR_SAME || nothing_since(b, bit))) {
            g = emit(b, op, left, right, 0);
        }
        else {
            g = emit(b, wanted != inverted ? JIR_GUARD_TRUE : JIR_GUARD_FALSE, bit, 0, 0);
        }
    }
    else {
        g = emit(b, JIR_GUARD_IS, v, 0, (uintptr_t)(wanted ? Py_True : Py_False));
        if (!is_sure(b, v)) {
            *fact(b, v) = (struct fact){0};     // it is known anew
        }
    }
    ins(b, g)->snap = snap;
    typed(b, v, &PyBool_Type);
    if (is_sure(b, v)) {
        fact(b, v)->constant = wanted ? Py_True : Py_False;
    }
    drop(b, v);
}

static void
guard_none(struct builder *b, bool wanted)
{
    jref v = top(b, 0);
    struct fact *f = fact(b, v);
    if (!b->stale && (wanted ? f->constant == Py_None
                             : f->not_null && f->type != NULL && f->type != &_PyNone_Type))
    {
        pop(b);
        drop(b, v);
        return;
    }
    stress_guard(b);
    uint16_t site = b->u->exit;
    int count = b->trace->exits[site].stack;
    if (wanted && ins(b, v)->kind == JIR_OWNED) {
        // What is on top would have to be released on the way out: the branch is done again there.
        site = start_site(b);
        if (site == JIT_NO_EXIT) {
            b->abort = JIT_ABORT_EXITS_FULL;
            return;
        }
        count = b->depth;
    }
    uint16_t snap = snapshot(b, site, count);
    pop(b);
    jref g = emit(b, wanted ? JIR_GUARD_IS : JIR_GUARD_IS_NOT, v, 0, (uintptr_t)Py_None);
    ins(b, g)->snap = snap;
    if (wanted) {
        f = fact(b, v);
        *f = (struct fact){.type = &_PyNone_Type, .constant = Py_None, .not_null = true};
    }
    drop(b, v);
}

/* ---- the micro-ops ------------------------------------------------------ */

static void
push_local(struct builder *b, uint32_t i)
{
    jref v = local(b, i);
    fact(b, v)->not_null = true;
    push(b, v);
}

/* Describes the micro-op; false: as what it is, generic(). */
static bool
describe(struct builder *b)
{
    struct jit_uop *u = b->u;
    if (!b->jit->config.optimize && u->op != U_SET_IP) {
        return false;
    }
    switch (u->op) {
        case U_NOP:
            return true;
        case U_LOAD_FAST:
            push_local(b, u->oparg);
            return true;
        case U_LOAD_FAST_CHECK: {
            jref v = local(b, u->oparg);
            if (!fact(b, v)->not_null) {
                uint16_t site = start_site(b);
                if (site == JIT_NO_EXIT) {
                    return false;
                }
                stress_guard(b);
                uint16_t snap = snapshot(b, site, b->depth);
                jref g = emit(b, JIR_GUARD_NOT_NULL, v, 0, 0);
                ins(b, g)->snap = snap;
            }
            push_local(b, u->oparg);
            return true;
        }
        case U_LOAD_FAST_AND_CLEAR: {
            jref v = local(b, u->oparg);
            own_borrowed_from(b, v);
            if (ins(b, v)->kind != JIR_PLAIN) {
                v = emit(b, JIR_TAKE_LOCAL, v, 0, u->oparg);
                ins(b, v)->nullable = true;
            }
            set_local(b, u->oparg, null(b));
            push(b, v);
            return true;
        }
        case U_STORE_FAST:
            store_fast(b, u->oparg);
            return true;
        case U_LOAD_CONST:
            push(b, new_constant(b, PyTuple_GET_ITEM(code_of(b, b->frame)->co_consts, u->oparg), true));
            return true;
        case U_POP_TOP:
            drop(b, pop(b));
            return true;
        case U_PUSH_NULL:
            push(b, null(b));
            return true;
        case U_COPY:
        case U_COPY_0:
        case U_COPY_1:
        case U_COPY_2:
        case U_COPY_3: {
            jref v = top(b, (int)u->oparg - 1);
            if (ins(b, v)->kind == JIR_OWNED) {
                v = new_reference(b, v);
            }
            push(b, v);
            return true;
        }
        case U_SWAP:
        case U_SWAP_0:
        case U_SWAP_1:
        case U_SWAP_2:
        case U_SWAP_3: {
            jref *low = cell(b, b->depth - (int)u->oparg), *high = cell(b, b->depth - 1);
            jref v = *low;
            *low = *high;
            *high = v;
            return true;
        }
        case U_SET_IP:
            b->ip_pending = true;
            b->pending_ip = u->operand;
            if (!b->jit->config.optimize) {
                need_ip(b);
            }
            return true;
        case U_YIELD_VALUE_INDIRECT:
            b->ip_pending = false;  // sets it itself
            return false;
        case U_CHECK_VALID:
            if (b->stale) {
                check_valid(b);
            }
            return true;
        case U_CHECK_PEP_523:
            // Setting an eval_frame function invalidates all executors.
            known(b);
            return true;
        case U_GUARD_BOTH_INT:
            guard_both(b, &PyLong_Type);
            return true;
        case U_GUARD_BOTH_FLOAT:
            guard_both(b, &PyFloat_Type);
            return true;
        case U_GUARD_BOTH_UNICODE:
            guard_both(b, &PyUnicode_Type);
            return true;
        case U_GUARD_TYPE_VERSION:
            guard_type_version(b);
            return true;
        case U_ITER_CHECK_RANGE:
            guard_type(b, top(b, 0), &PyRangeIter_Type);
            return true;
        case U_ITER_CHECK_LIST:
            guard_type(b, top(b, 0), &PyListIter_Type);
            return true;
        case U_ITER_CHECK_TUPLE:
            guard_type(b, top(b, 0), &PyTupleIter_Type);
            return true;
        case U_CHECK_MANAGED_OBJECT_HAS_VALUES:
        case U_GUARD_DORV_VALUES_INST_ATTR_FROM_DICT:
            return check_values(b, false);
        case U_GUARD_DORV_NO_DICT:
            return check_values(b, true);
        case U_GUARD_KEYS_VERSION: {
            jref seen, owner = top(b, 0);
            if (!loaded_before(b, owner, KEYS_VERSION + u->operand, &seen)) {
                generic(b);
                remember_load(b, owner, KEYS_VERSION + u->operand, owner);
            }
            return true;
        }
        case U_LOAD_ATTR_INSTANCE_VALUE_0:
        case U_LOAD_ATTR_INSTANCE_VALUE_1:
            return load_instance_value(b);
        case U_LOAD_ATTR_SLOT_0:
        case U_LOAD_ATTR_SLOT_1:
            load_field(b, (int64_t)u->operand, u->op == U_LOAD_ATTR_SLOT_1);
            return true;
        case U_LOAD_ATTR_METHOD_NO_DICT:
        case U_LOAD_ATTR_METHOD_WITH_VALUES:
        case U_LOAD_ATTR_METHOD_LAZY_DICT:
            load_method(b);
            return true;
        case U_LOAD_ATTR_NONDESCRIPTOR_NO_DICT:
        case U_LOAD_ATTR_NONDESCRIPTOR_WITH_VALUES:
            replace_owner(b, cached_constant(b, fact(b, top(b, 0))->version != 0), false);
            return true;
        case U_GUARD_GLOBALS_VERSION:
            return guard_globals(b);
        case U_GUARD_BUILTINS_VERSION:
            return guard_builtins(b);
        case U_LOAD_GLOBAL_MODULE_0:
        case U_LOAD_GLOBAL_MODULE_1:
        case U_LOAD_GLOBAL_BUILTINS_0:
        case U_LOAD_GLOBAL_BUILTINS_1:
            return load_global(b);
        case U_CHECK_FUNCTION_EXACT_ARGS:
        case U_CHECK_FUNCTION_VERSION:
            return check_function(b);
        case U_CHECK_STACK_SPACE:
            return check_stack_space(b);
        case U_INIT_CALL_PY_EXACT_ARGS:
        case U_INIT_CALL_PY_EXACT_ARGS_0:
        case U_INIT_CALL_PY_EXACT_ARGS_1:
        case U_INIT_CALL_PY_EXACT_ARGS_2:
        case U_INIT_CALL_PY_EXACT_ARGS_3:
        case U_INIT_CALL_PY_EXACT_ARGS_4:
            note_arguments(b);
            return false;
        case U_TO_BOOL_BOOL:
            guard_type(b, top(b, 0), &PyBool_Type);
            return true;
        case U_TO_BOOL_INT:
            guard_type(b, top(b, 0), &PyLong_Type);
            replace_by_truth(b, emit(b, JIR_INT_TRUTH, top(b, 0), 0, 0), false);
            return true;
        case U_TO_BOOL_LIST:
            guard_type(b, top(b, 0), &PyList_Type);
            replace_by_truth(b, emit(b, JIR_SIZE_TRUTH, top(b, 0), 0, 0), false);
            return true;
        case U_TO_BOOL_STR: {
            guard_type(b, top(b, 0), &PyUnicode_Type);
            jref empty = new_constant(b, (PyObject *)&_Py_STR(empty), true);
            replace_by_truth(b, emit(b, JIR_SAME, top(b, 0), empty, 0), true);
            return true;
        }
        case U_REPLACE_WITH_TRUE: {
            jref v = pop(b);
            push(b, new_constant(b, Py_True, true));
            drop(b, v);
            return true;
        }
        case U_UNARY_NOT:
            unary_not(b);
            return true;
        case U_IS_OP:
            is_op(b);
            return true;
        case U_COMPARE_OP_INT:
            compare_int(b);
            return true;
        case U_GUARD_IS_TRUE_POP:
            guard_truth(b, true);
            return true;
        case U_GUARD_IS_FALSE_POP:
            guard_truth(b, false);
            return true;
        case U_GUARD_IS_NONE_POP:
            guard_none(b, true);
            return true;
        case U_GUARD_IS_NOT_NONE_POP:
            guard_none(b, false);
            return true;
        default:
            return false;
    }
}

/* ---- frames ------------------------------------------------------------ */

/* An item of the operand stack at the start of a bridge: as its exit has it. */
static jref
inherit(struct builder *b, int i)
{
    struct jit_exit *x = b->trace->rec->exit;
    struct jit_recover *all = x->owner->recovers + x->recover;
    int cell_index = b->frames[b->frame].locals + i;
    for (int k = 0; k < x->recover_count; k++) {
        if (all[k].cell != cell_index) {
            continue;
        }
        if (all[k].kind == JIT_FROM_CONSTANT && all[k].bits == 0) {
            return null(b);
        }
        if (all[k].kind == JIT_FROM_CONSTANT) {
            PyObject *object = (PyObject *)(uintptr_t)all[k].bits;
            jref v = new_constant(b, object, false);
            if (!_Py_IsImmortal(object)) {
                *fact(b, v) = (struct fact){.not_null = true};
            }
            return v;
        }
        jref v = emit(b, JIR_INHERIT, 0, 0, (uint64_t)i);
        ins(b, v)->kind = all[k].new_reference ? JIR_BORROWED : JIR_OWNED;
        for (int j = 0; j < k; j++) {
            int earlier = all[j].cell - b->frames[b->frame].locals;
            if (all[j].kind == all[k].kind && all[j].source == all[k].source && earlier < i) {
                ins(b, v)->b = *cell(b, earlier);       // the same object
                break;
            }
        }
        return v;
    }
    return emit(b, JIR_INHERIT, 0, 0, (uint64_t)i);
}

/* What is in the operand stack of a frame that was not seen before is in its cells. */
static void
start_frame(struct builder *b, int depth)
{
    struct frame_state *f = &b->frames[b->frame];
    f->started = true;
    for (int i = 0; i < b->argument_count && i < f->locals; i++) {
        jref v = emit(b, JIR_ARGUMENT, b->arg_values[i], 0, (uint64_t)i);
        *local_cell(b, (uint32_t)i) = v;
        b->loaded[f->base + i] = v;
    }
    b->argument_count = 0;
    bool inherits = b->trace->rec->exit != NULL && b->ir->count == 1;
    for (int i = 0; i < depth; i++) {
        jref v = inherits ? inherit(b, i) : emit(b, JIR_ENTRY, 0, 0, (uint64_t)i);
        ins(b, v)->nullable = true;
        *cell(b, i) = v;
    }
    for (int i = 0; i < depth && inherits; i++) {
        own(b, cell(b, i));         // what it is borrowed from is not known here
    }
}

/* Before the first micro-op of another frame than the last one's. */
static void
change_frame(struct builder *b)
{
    b->frame = b->u->frame;
    int depth = b->u->stack - b->has_returned;
    if (!b->frames[b->frame].started) {
        start_frame(b, depth);
    }
    b->depth = depth;
    if (b->has_returned) {
        push(b, b->returned);
    }
    b->has_returned = false;
}

static void
run(struct builder *b)
{
    struct jit_trace *trace = b->trace;
    b->frame = -1;
    for (int i = 0; i < trace->count && b->abort == JIT_ABORT_NONE; i++) {
        b->u = &trace->uops[i];
        if (b->u->frame != b->frame) {
            change_frame(b);
        }
        else if (b->has_returned) {
            // An indirect jump follows: whichever frame it is that goes on.
            push(b, b->returned);
            b->has_returned = false;
        }
        assert(b->depth == b->u->stack);
        if (!describe(b)) {
            generic(b);
        }
    }
}

enum jit_abort
jit_build(struct jit *jit, struct jit_trace *trace)
{
    struct builder b = {.jit = jit, .trace = trace, .fact_capacity = 512};
    int cells = 0;
    b.frames = jit_calloc((size_t)trace->frame_count, sizeof(struct frame_state));
    if (b.frames != NULL) {
        for (int i = 0; i < trace->frame_count; i++) {
            PyCodeObject *code = trace->frames[i].code;
            b.frames[i].base = cells;
            b.frames[i].locals = code->co_nlocalsplus;
            int size = code->co_nlocalsplus + code->co_stacksize + 2;
            cells += size;
            b.max_cells = Py_MAX(b.max_cells, size);
        }
    }
    b.cells = jit_calloc((size_t)cells, sizeof(jref));
    b.loaded = jit_calloc((size_t)cells, sizeof(int));
    b.letters = jit_malloc((size_t)b.max_cells + 8);
    b.args = jit_malloc(((size_t)b.max_cells + 8) * sizeof(jref));
    b.facts = jit_calloc((size_t)b.fact_capacity, sizeof(struct fact));
    b.ir = trace->ir = jir_new(jit, trace);
    if (b.frames == NULL || b.cells == NULL || b.loaded == NULL || b.letters == NULL ||
        b.args == NULL || b.facts == NULL || b.ir == NULL)
    {
        b.abort = JIT_ABORT_NO_MEMORY;
    }
    else {
        run(&b);
    }
    jit_free(b.frames);
    jit_free(b.cells);
    jit_free(b.loaded);
    jit_free(b.letters);
    jit_free(b.args);
    jit_free(b.facts);
    return b.abort;
}

#endif  // _Py_TIER2
