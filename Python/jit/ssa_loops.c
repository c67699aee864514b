/* ssa_loops.c - what is known where a loop goes round (see ssa.c).
 *
 * Takes:  a loop's trace in SSA form, and what the builder knows at its end.
 * Gives:  a *plan* of what shall be known where the loop begins: types of locals and stack
 *         items, and numbers that are carried round in registers. Built again with it, the trace guards that
 *         once, before the loop, and no more in it.
 *
 *     v1  - >  CHECK_PERIODIC
 *     v2  b    LOCAL 0 x
 *     v3  - >  GUARD_TYPE v2, float
 *     v4  p    UNBOX_FLOAT v2
 *     v5  p    CARRY_FLOAT v4, v9        v4 at first, v9 whenever the loop goes round
 *     v6  -    LOOP  []                  JUMP_TO_TOP leads here; of what is before it, only CARRYs are known after it
 *     v7  b    LOCAL 0 x                 a float; its value is v5
 *     v8  - >  CHECK_PERIODIC
 *     v9  p    FLOAT_MULTIPLY v5, v5
 *     v12 b  ! RENEW_LOCAL v9, v7, 0 x
 *     v14 -    JUMP_TO_TOP  []
 *
 * The first building, without a plan, tells what to plan: what the loop guards of a local as it finds it, if
 * that is known at its end as well. What the next building cannot keep goes from the plan (the interval of an int
 * is given up before its value is, and its value before its type), until nothing has to.
 *
 * Why this way: peeling an iteration off (as LuaJIT and PyPy do: Ardö, Bolz and Fijałkowski, "Loop-aware
 * optimizations in PyPy's tracing JIT", DLS 2012) would also move what loads from objects out of the loop, but makes each
 * loop's code twice as long, and what it moves out of the loop is mostly this: locals are always in their cells.
 */
#include "ssa.h"

#ifdef _Py_TIER2

#include "pycore_long.h"
#include "pycore_jit_tables.h"

/* Of a local, or an item of the stack, where the loop begins. */
struct loop_cell {
    PyTypeObject *type;             // NULL: nothing is known of it
    uint64_t carries;               // UNBOXED, UNBOXED_FLOAT, or 0: not its value
    uint8_t digits;                 // of an int, when the loop is entered
    bool unlimited;                 // its interval is all of 64 bits
    struct interval interval;
    jref entry, carry;              // in the building at hand: its value at first, and in the loop
};

struct loop_plan {
    bool is_made;                   // the first building is over
    bool is_broken;                 // it had to be changed at the end of the last one
    int count, locals;
    struct loop_cell cells[];       // of the trace's first frame
};

static const struct interval everything = {INT64_MIN, INT64_MAX};

/* ---- what to plan ---------------------------------------------------------------- */

/* May the instruction change what is in the local of the loop's frame? */
static bool
writes_local(const struct jir_ins *i, uint64_t local)
{
    bool sets = (i->op == JIR_TAKE_LOCAL || i->op == JIR_SET_LOCAL || i->op == JIR_RENEW_LOCAL ||
                 i->op == JIR_RENEW_LOCAL_INT) && i->imm == local;
    return i->frame == 0 && (sets || (i->op == JIR_GENERIC && jir_writes_local(i, local)));
}

/* What stands for the content of the cell where the loop begins; 0: it is written before it is read. */
static jref
first_of(struct builder *b, int cell)
{
    int locals = b->frames[0].locals;
    for (int at = 1; at < b->ir->count; at++) {
        const struct jir_ins *i = ssa_ins(b, (jref)at);
        if (i->frame != 0) {
            continue;
        }
        if (cell >= locals ? i->op == JIR_ENTRY && (int)i->imm == cell - locals : i->op == JIR_LOCAL && (int)i->imm == cell) {
            return (jref)at;
        }
        if (cell < locals && writes_local(i, (uint64_t)cell)) {
            return 0;
        }
    }
    return 0;
}

/* What the trace guards of a value, and whether it computes with it as a number. */
static void
find_guards(struct builder *b, jref first, struct loop_cell *c)
{
    for (int at = first + 1; at < b->ir->count; at++) {
        const struct jir_ins *i = ssa_ins(b, (jref)at);
        bool looks = i->op == JIR_GUARD_TYPE || i->op == JIR_UNBOX_FLOAT || i->op == JIR_UNBOX_INT || i->op == JIR_UNBOX_WIDE;
        if (!looks || ssa_subject(b, i->a) != first) {
            continue;
        }
        switch (i->op) {
            case JIR_GUARD_TYPE:
                c->type = c->type == NULL ? (PyTypeObject *)(uintptr_t)i->imm : c->type;
                break;
            case JIR_UNBOX_FLOAT:
                c->carries = UNBOXED_FLOAT;
                break;
            default:
                c->carries = UNBOXED;
                c->digits = i->op == JIR_UNBOX_WIDE ? 2 : 1;
        }
    }
}

/* The value of what the cell holds at the end of the loop, or 0. */
static jref
value_of(struct builder *b, jref v, uint64_t what)
{
    jref value;
    return ssa_loaded_before(b, v, what, &value) && value > b->framed ? value : 0;
}

/* What can be planned for a cell, given what it holds at the end. */
static void
plan_cell(struct builder *b, struct loop_cell *c, int cell)
{
    jref first = first_of(b, cell), last = b->cells[b->frames[0].base + cell];
    if (first == 0 || last == 0) {
        return;
    }
    find_guards(b, first, c);
    if (c->type == NULL || !ssa_has_type(b, last, c->type)) {
        *c = (struct loop_cell){0};
        return;
    }
    jref value = c->carries != 0 ? value_of(b, last, c->carries) : 0;
    if (value == 0) {
        c->carries = 0;
    }
    else if (c->carries == UNBOXED) {
        struct interval in = ssa_interval(b, value);
        int64_t most = ((int64_t)1 << (c->digits * PyLong_SHIFT)) - 1;
        c->interval = (struct interval){Py_MIN(in.lo, -most), Py_MAX(in.hi, most)};
    }
}

/* ---- the loop's begin ------------------------------------------------------------- */

/* Guards that a cell is as planned; its value, if it is carried. */
static jref
guard_cell(struct builder *b, const struct loop_cell *c, jref v)
{
    if (!ssa_is_not_null(b, v) && ssa_ins(b, v)->op != JIR_ENTRY) {
        ssa_guard(b, JIR_GUARD_NOT_NULL, v, 0, 0);
        ssa_fact(b, v)->not_null = true;
    }
    ssa_guard_type(b, v, c->type);
    if (c->carries == UNBOXED_FLOAT) {
        return ssa_emit(b, JIR_UNBOX_FLOAT, v, 0, 0);
    }
    return c->carries == UNBOXED ? ssa_unbox_int(b, v, c->digits) : 0;
}

/* What is known of a cell from here on. */
static void
know_cell(struct builder *b, const struct loop_cell *c, jref v)
{
    ssa_typed(b, v, c->type);
    if (c->carries != 0) {
        ssa_remember_value(b, v, c->carries, c->carry);
    }
}

/* Behind the CHECK_PERIODIC at the trace's start: guards what is planned, once; and then is where the loop goes on, with that
 * again. (It has to be before the guards too: what they lead to if they fail may come back here.) */
void
ssa_begin_loop(struct builder *b)
{
    struct loop_plan *plan = b->loop;
    uint16_t periodic = b->u->exit;
    if (!ssa_leave_to_start(b)) {
        b->abort = JIT_ABORT_EXITS_FULL;
        return;
    }
    for (int k = 0; k < plan->count; k++) {
        struct loop_cell *c = &plan->cells[k];
        if (c->type != NULL) {
            jref v = k < plan->locals ? ssa_local(b, (uint32_t)k) : *ssa_cell(b, k - plan->locals);
            c->entry = guard_cell(b, c, v);
        }
    }
    for (int k = 0; k < plan->count; k++) {
        struct loop_cell *c = &plan->cells[k];
        if (c->carries != 0) {
            c->carry = ssa_emit(b, c->carries == UNBOXED ? JIR_CARRY : JIR_CARRY_FLOAT, c->entry, 0, 0);
            if (c->carries == UNBOXED) {
                ssa_bounded(b, c->carry, c->unlimited ? everything : c->interval);
            }
        }
    }
    uint16_t snap = ssa_snapshot(b, JIT_NO_EXIT, b->depth);
    jref loop = ssa_emit(b, JIR_LOOP, 0, 0, 0);
    ssa_ins(b, loop)->snap = snap;
    b->load_count = 0;
    memset(b->cells + b->frames[0].base, 0, (size_t)plan->locals * sizeof(jref));
    for (int k = 0; k < b->depth; k++) {
        *ssa_cell(b, k) = ssa_emit(b, JIR_ENTRY, 0, 0, (uint64_t)k);
    }
    for (int k = 0; k < plan->count; k++) {
        struct loop_cell *c = &plan->cells[k];
        if (c->type != NULL) {
            know_cell(b, c, k < plan->locals ? ssa_local(b, (uint32_t)k) : *ssa_cell(b, k - plan->locals));
        }
    }
    b->u->exit = periodic;
    ssa_generic(b);
}

/* ---- the loop's end --------------------------------------------------------------- */

static bool
is_within(struct interval a, struct interval in)
{
    return a.lo >= in.lo && a.hi <= in.hi;
}

/* Does anything have a use for what is carried, but to carry it on? */
static bool
is_used(struct builder *b, jref carry)
{
    for (int at = carry + 1; at < b->ir->count; at++) {
        const struct jir_ins *i = ssa_ins(b, (jref)at);
        for (int k = 0; i->op != JIR_GENERIC && k < (int)strlen(jir_info(i)->operands); k++) {
            if (!jir_is_carry(i) && jir_operand(i, k) == carry) {
                return true;
            }
        }
    }
    return false;
}

/* Is what a cell holds as planned? If not, the plan wants less. */
static bool
keeps_plan(struct builder *b, struct loop_cell *c, jref last)
{
    if (last == 0 || b->stale || !ssa_has_type(b, last, c->type)) {
        *c = (struct loop_cell){0};
        return false;
    }
    if (c->carries == 0) {
        return true;
    }
    jref value = value_of(b, last, c->carries);
    if (value == 0 || !is_used(b, c->carry)) {
        c->carries = 0;
        return false;
    }
    if (c->carries == UNBOXED && !c->unlimited && !is_within(ssa_interval(b, value), c->interval)) {
        c->unlimited = true;
        return false;
    }
    ssa_ins(b, c->carry)->b = value;
    return true;
}

/* What is planned relies on a trace that is valid. */
static void
validate(struct builder *b)
{
    if (b->stale && ssa_leave_to_start(b)) {
        ssa_check_valid(b);
        b->u->exit = JIT_NO_EXIT;
    }
}

/* Before JUMP_TO_TOP: makes the plan, or sees whether it was kept. (What is not known to be valid at the end of
 * the loop is not planned: to make sure of that each time would cost as much.) */
void
ssa_end_loop(struct builder *b)
{
    struct loop_plan *plan = b->loop;
    if (plan->is_made) {
        validate(b);
    }
    for (int k = 0; k < plan->locals + b->depth; k++) {
        struct loop_cell *c = &plan->cells[k];
        if (!plan->is_made && !b->stale) {
            plan_cell(b, c, k);
        }
        else if (c->type != NULL) {
            plan->is_broken |= !keeps_plan(b, c, b->cells[b->frames[0].base + k]);
        }
    }
}

/* ---- building again ---------------------------------------------------------------- */

/* A plan with nothing in it for the trace; NULL: it is not a loop of one iteration, or there is no memory for it. */
struct loop_plan *
ssa_new_plan(struct jit *jit, const struct jit_trace *trace)
{
    const struct jit_recorder *rec = trace->rec;
    if (!(jit->config.optimize & (1U << JIT_OPTIMIZE_LOOPS)) || !rec->is_loop || rec->end != JIT_END_LOOP ||
        trace->uops[trace->count - 1].op != U_JUMP_TO_TOP)
    {
        return NULL;
    }
    const PyCodeObject *code = trace->frames[0].code;
    int count = code->co_nlocalsplus + code->co_stacksize;
    struct loop_plan *plan = jit_calloc(1, sizeof(struct loop_plan) + (size_t)count * sizeof(struct loop_cell));
    if (plan != NULL) {
        plan->count = count;
        plan->locals = code->co_nlocalsplus;
    }
    return plan;
}

/* Is there anything for which the loop has to begin otherwise than other traces? */
bool
ssa_begins_loop(const struct loop_plan *plan)
{
    bool found = false;
    for (int k = 0; plan != NULL && k < plan->count; k++) {
        found |= plan->cells[k].type != NULL;
    }
    return found;
}

/* After a building: must the trace be built again? If that `failed`, without a plan. */
bool
ssa_plan_again(struct loop_plan *plan, bool failed)
{
    bool again = plan->is_made ? plan->is_broken : ssa_begins_loop(plan);
    if (failed) {
        again = plan->is_made && ssa_begins_loop(plan);
        memset(plan->cells, 0, (size_t)plan->count * sizeof(struct loop_cell));
    }
    plan->is_made = true;
    plan->is_broken = false;
    return again;
}

#endif  // _Py_TIER2
