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
 *     GUARD_BOTH_INT                 GUARD_TYPE v1, int; GUARD_TYPE v2, int
 *     BINARY_OP_MULTIPLY_INT         v5 o  BINARY_OP_MULTIPLY_INT_B v1, v2
 *     LOAD_FAST 1
 *     GUARD_BOTH_INT                 (nothing)
 *     BINARY_OP_ADD_INT              v6 o  BINARY_OP_ADD_INT v5, NEWREF v2
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
#include "ssa.h"

#ifdef _Py_TIER2

#include "opcode.h"
#include "pycore_dict.h"
#include "pycore_function.h"
#include "pycore_list.h"
#include "pycore_object.h"
#include "pycore_opcode_utils.h"
#include "pycore_tuple.h"
#include "pycore_jit_tables.h"

/* ---- values ----------------------------------------------------------- */

/* The value that facts about the object belong to: references to it share them. */
jref
ssa_subject(struct builder *b, jref v)
{
    return jir_subject(b->ir, v);
}

struct fact *
ssa_fact(struct builder *b, jref v)
{
    return &b->facts[ssa_subject(b, v)];
}

jref
ssa_append(struct builder *b, struct jir_ins i)
{
    if (!jit_grow((void **)&b->facts, &b->fact_capacity, b->ir->count + 1, sizeof(struct fact))) {
        b->abort = JIT_ABORT_NO_MEMORY;
        return 0;
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

jref
ssa_emit(struct builder *b, int op, jref a, jref second, uint64_t imm)
{
    return ssa_append(b, (struct jir_ins){
        .op = (uint8_t)op, .kind = jir_op_info[op].kind, .a = a, .b = second, .imm = imm,
    });
}

PyCodeObject *
ssa_code_of(struct builder *b, int frame)
{
    return b->trace->frames[frame].code;
}

/* The cell of stack item `depth`, from the bottom. */
jref *
ssa_cell(struct builder *b, int depth)
{
    assert(depth >= 0);
    return &b->cells[b->frames[b->frame].base + b->frames[b->frame].locals + depth];
}

/* The stack item that is `n` below the top. */
jref
ssa_top(struct builder *b, int n)
{
    return *ssa_cell(b, b->depth - 1 - n);
}

void
ssa_push(struct builder *b, jref v)
{
    *ssa_cell(b, b->depth++) = v;
}

jref
ssa_pop(struct builder *b)
{
    return *ssa_cell(b, --b->depth);
}

/* Nothing can assign __class__ to an instance of an immutable type, other than a module. */
static bool
is_lasting(PyTypeObject *type)
{
    return type != &PyModule_Type && _PyType_HasFeature(type, Py_TPFLAGS_IMMUTABLETYPE);
}

/* An object that never dies needs no references. */
jref
ssa_new_constant(struct builder *b, PyObject *object, bool stable)
{
    jref v = ssa_emit(b, JIR_CONST, 0, 0, (uintptr_t)object);
    if (v != 0) {
        if (_Py_IsImmortal(object)) {
            ssa_ins(b, v)->kind = JIR_PLAIN;
        }
        ssa_ins(b, v)->stable = stable;
        // (What can be assigned another class is no longer known to be of the one it has now.)
        PyTypeObject *type = is_lasting(Py_TYPE(object)) ? Py_TYPE(object) : NULL;
        *ssa_fact(b, v) = (struct fact){.type = type, .constant = object, .not_null = true};
    }
    return v;
}

jref
ssa_null(struct builder *b)
{
    jref v = ssa_emit(b, JIR_NULL, 0, 0, 0);
    ssa_fact(b, v)->is_null = true;
    return v;
}

jref
ssa_typed(struct builder *b, jref v, PyTypeObject *type)
{
    struct fact *f = ssa_fact(b, v);
    f->type = type;
    f->not_null = true;
    if (type == &PyBool_Type && ssa_ins(b, v)->op == JIR_RESULT) {
        ssa_ins(b, v)->kind = JIR_PLAIN;
    }
    return v;
}

/* May what is known of it be relied on without a check that the trace is valid? */
bool
ssa_is_sure(struct builder *b, jref v)
{
    int unsure = ssa_fact(b, v)->unsure;
    return unsure == 0 || unsure < b->validated;
}

/* Is it without a doubt an object? */
bool
ssa_is_not_null(struct builder *b, jref v)
{
    struct fact *f = ssa_fact(b, v);
    return f->bound || (f->not_null && ssa_is_sure(b, v));
}

/* The constant that a value is without a doubt, borrowed, or NULL. What an instruction
 * names is what it is, even if the trace should not have come there. */
PyObject *
ssa_constant(struct builder *b, jref v)
{
    bool certain = !b->stale || ssa_ins(b, ssa_subject(b, v))->op == JIR_CONST;
    return certain ? ssa_fact(b, v)->constant : NULL;
}

/* Is it without a doubt an object of exactly this type? */
bool
ssa_has_type(struct builder *b, jref v, PyTypeObject *type)
{
    struct fact *f = ssa_fact(b, v);
    return f->type == type && f->not_null && (!b->stale || (ssa_is_sure(b, v) && is_lasting(type)));
}

/* Is it an object that lives as long as the interpreter, as far as is known? */
static bool
is_immortal(struct builder *b, jref v)
{
    struct fact *f = ssa_fact(b, v);
    if (!ssa_is_sure(b, v)) {
        return ssa_ins(b, v)->kind == JIR_PLAIN;
    }
    return f->is_null || ssa_ins(b, v)->kind == JIR_PLAIN ||
           (f->constant != NULL && _Py_IsImmortal(f->constant)) ||
           (f->not_null && (f->type == &PyBool_Type || f->type == &_PyNone_Type));
}

/* ---- exits ------------------------------------------------------------ */

uint16_t
ssa_snapshot(struct builder *b, uint16_t site, int count)
{
    uint16_t snap = jir_add_snap(b->ir, b->frame, site, ssa_cell(b, 0), count);
    if (snap == JIR_NO_SNAP) {
        b->abort = b->ir->abort;
    }
    return snap;
}

/* The snapshot of the micro-op's exit. */
uint16_t
ssa_exit_snapshot(struct builder *b)
{
    assert(b->u->exit != JIT_NO_EXIT);
    struct jit_exit_site *site = &b->trace->exits[b->u->exit];
    assert(site->frame == b->frame);
    return ssa_snapshot(b, b->u->exit, site->stack);
}

/* A micro-op without operands. */
jref
ssa_plain_uop(struct builder *b, int uop, uint64_t operand, uint16_t snap)
{
    return ssa_append(b, (struct jir_ins){
        .op = JIR_GENERIC, .uop = (uint16_t)uop, .stack = (int16_t)b->depth,
        .imm = operand, .snap = snap,
    });
}

/* The frame's instr_ptr, if the next instruction is one that others can see it in. */
void
ssa_need_ip(struct builder *b)
{
    if (b->ip_pending) {
        b->ip_pending = false;
        ssa_plain_uop(b, U_SET_IP, b->pending_ip, 0);
    }
}

/* The site of an exit to the start of the current bytecode; JIT_NO_EXIT if there is no room. */
uint16_t
ssa_start_site(struct builder *b)
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

/* Lets the micro-op at hand leave to the start of its bytecode; false: there is no room for that. */
bool
ssa_leave_to_start(struct builder *b)
{
    uint16_t site = ssa_start_site(b);
    if (site != JIT_NO_EXIT) {
        b->u->exit = site;
    }
    return site != JIT_NO_EXIT;
}

/* Under stress, something before the guard that comes that leaves as if it had failed: to
 * the start of its bytecode, which is where most guards leave to. A branch that goes the
 * other way leaves elsewhere, and would be wrong to go there. */
void
ssa_stress_guard(struct builder *b)
{
    if (b->jit->config.guards == 0) {
        return;
    }
    uint16_t site = b->u->op == U_CHECK_VALID ? b->u->exit : ssa_start_site(b);
    if (site != JIT_NO_EXIT) {
        ssa_plain_uop(b, U_STRESS_GUARD, (uintptr_t)&b->jit->head.stress_guards,
                  ssa_snapshot(b, site, b->trace->exits[site].stack));
    }
}

void
ssa_check_valid(struct builder *b)
{
    if (b->jit->config.evict != 0) {
        ssa_plain_uop(b, U_STRESS_INVALIDATE, 0, 0);
    }
    ssa_guard_uop(b, U_CHECK_VALID, 0);
    ssa_validated(b);
}

jref
ssa_guard(struct builder *b, int op, jref a, jref second, uint64_t imm)
{
    uint16_t snap = ssa_exit_snapshot(b);
    ssa_stress_guard(b);
    jref v = ssa_emit(b, op, a, second, imm);
    ssa_ins(b, v)->snap = snap;
    return v;
}

/* A guard that is a micro-op without operands. */
void
ssa_guard_uop(struct builder *b, int uop, uint64_t operand)
{
    uint16_t snap = ssa_exit_snapshot(b);
    ssa_stress_guard(b);
    ssa_plain_uop(b, uop, operand, snap);
}

/* The trace has been found to be valid. */
void
ssa_validated(struct builder *b)
{
    b->stale = false;
    b->validated = b->ir->count;
}

/* A guard that facts have answered: gone, or a cheaper check while stale. */
void
ssa_known(struct builder *b)
{
    if (b->stale) {
        ssa_check_valid(b);
    }
}

bool
ssa_depends(struct builder *b, void *key)
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
    return ssa_ins(b, v)->kind == JIR_BORROWED;
}

jref
ssa_new_reference(struct builder *b, jref v)
{
    int op = ssa_is_not_null(b, v) ? JIR_NEWREF : JIR_NEWREF_NULLABLE;
    return ssa_emit(b, op, v, 0, 0);
}

/* A reference of its own for a borrowed stack item; what has one is left alone. */
void
ssa_own(struct builder *b, jref *item)
{
    jref v = *item;
    if (!is_borrowed(b, v)) {
        return;
    }
    if (is_immortal(b, v)) {
        *item = ssa_emit(b, JIR_IMMORTAL, v, 0, 0);
        return;
    }
    *item = ssa_new_reference(b, v);
}

/* Is it in a local of the frame at hand too? */
bool
ssa_is_in_local(struct builder *b, jref v)
{
    jref root = jir_root(b->ir, v);
    for (int i = 0; i < b->frames[b->frame].locals; i++) {
        jref c = *ssa_local_cell(b, (uint32_t)i);
        if (c != 0 && jir_root(b->ir, c) == root) {
            return true;
        }
    }
    return false;
}

/* A stack item that does not need the local that it is in or borrowed from. */
void
ssa_own_in_place(struct builder *b, jref *item)
{
    ssa_own(b, item);
    if (ssa_ins(b, *item)->kind == JIR_PLAIN && ssa_is_in_local(b, *item)) {
        *item = ssa_emit(b, JIR_COPY, *item, 0, 0);
    }
}

/* Before what might free what stack items are borrowed from, or write to the locals that they
 * are in; not those from `keep` on. */
void
ssa_own_all(struct builder *b, int keep)
{
    for (int i = 0; i < keep; i++) {
        if (!ssa_ins(b, *ssa_cell(b, i))->stable) {
            ssa_own_in_place(b, ssa_cell(b, i));
        }
    }
}

/* After it. */
void
ssa_escaped(struct builder *b)
{
    b->stale = true;
    b->escaped = b->ir->count;
    b->load_count = 0;
}

/* Is it sure that releasing the value runs no finalizer? */
static bool
is_simple(struct builder *b, jref v)
{
    PyTypeObject *type = ssa_fact(b, v)->type;
    return !b->jit->config.escapes && ssa_is_sure(b, v) &&
           (jit_is_quiet(type) || type == &PyRangeIter_Type || type == &PySlice_Type);
}

/* Does something keep the object that is none of the trace's references, so that giving up one of these frees nothing? */
bool
ssa_is_held(struct builder *b, jref v)
{
    int held = ssa_fact(b, v)->held;
    return held != 0 && held >= b->escaped && held >= b->items_set && !b->jit->config.escapes;
}

/* Has the recording seen that what is overwritten is not freed, so that it is worth a guard? */
bool
ssa_was_shared(struct builder *b, const struct jit_lost *lost)
{
    return ssa_may(b, JIT_OPTIMIZE_SHARED) && lost != NULL && lost->shared && !b->jit->config.escapes;
}

/* That guard. False: it may be freed. */
bool
ssa_guard_shared(struct builder *b, jref v, const struct jit_lost *lost)
{
    if (!ssa_was_shared(b, lost) || !ssa_leave_to_start(b)) {
        return false;
    }
    if (!ssa_is_not_null(b, v)) {
        ssa_guard(b, JIR_GUARD_NOT_NULL, v, 0, 0);
    }
    ssa_guard(b, JIR_GUARD_SHARED, v, 0, 0);
    return true;
}

/* Gives up what was overwritten. */
void
ssa_drop_overwritten(struct builder *b, jref v, bool shared)
{
    if (!shared) {
        ssa_drop(b, v);
    }
    else if (ssa_ins(b, v)->kind == JIR_OWNED) {
        ssa_emit(b, JIR_DROP_SHARED, v, 0, 0);
    }
}

/* Gives up what was popped, if there is a reference to give up. */
void
ssa_drop(struct builder *b, jref v)
{
    if (ssa_ins(b, v)->kind != JIR_OWNED) {
        return;
    }
    if (is_immortal(b, v)) {
        ssa_emit(b, JIR_FORGET, v, 0, 0);
        return;
    }
    if (ssa_is_held(b, v)) {
        ssa_emit(b, JIR_DROP_SHARED, v, 0, 0);
        return;
    }
    struct fact f = *ssa_fact(b, v);
    bool simple = is_simple(b, v);
    if (!simple) {
        ssa_own_all(b, b->depth);
    }
    bool sure = ssa_is_sure(b, v);
    ssa_emit(b, ssa_is_not_null(b, v) ? JIR_DROP : JIR_DROP_NULLABLE, v, 0, sure ? (uintptr_t)f.type : 0);
    if (!simple) {
        ssa_escaped(b);
    }
}

/* ---- what is known of fields -------------------------------------------- */

/* Is this check of `base`, told apart by `what`, known from before? */
bool
ssa_loaded_before(struct builder *b, jref base, uint64_t what, jref *value)
{
    if (!ssa_may(b, JIT_OPTIMIZE_LOADS)) {
        return false;
    }
    base = ssa_subject(b, base);
    for (int i = 0; i < b->load_count; i++) {
        if (b->loads[i].base == base && b->loads[i].offset == what) {
            *value = b->loads[i].value;
            return true;
        }
    }
    return false;
}

void
ssa_remember_load(struct builder *b, jref base, uint64_t what, jref value)
{
    struct load *slot = &b->loads[b->load_count < MAX_LOADS ? b->load_count++ : base % MAX_LOADS];
    *slot = (struct load){ssa_subject(b, base), value, what};
}

#endif  // _Py_TIER2
