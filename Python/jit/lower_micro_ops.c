/* lower_micro_ops.c - micro-ops: operands where their stencils want them (see lower.c).
 *
 * Takes:  a GENERIC instruction.
 * Gives:  its cheapest stencil, its topmost operands in the first registers,
 *         the others in their cells, and what would be lost, saved.
 */
#include "lowering.h"

#if defined(_Py_TIER2) && defined(_Py_JIT)

struct call {
    struct jir_ins *i;
    const struct jit_uop_info *info;
    jref *args;                     // refs
    int n;
    int base;                       // cell of the first operand
    bool leaf;
};

/* Is it an operand that the micro-op leaves where it is? */
static bool
stays(struct lowering *l, struct call *c, jref root)
{
    for (int k = 0; k < c->n && k < JIT_CACHE_REGISTERS; k++) {
        if (jir_root(l->ir, c->args[k]) == root) {
            return c->info->inputs[k] == 'b';
        }
    }
    return false;
}

/* How many instructions the variant costs that takes `d` registers. */
static int
variant_cost(struct lowering *l, struct call *c, int d)
{
    int in_registers = Py_MIN(d, c->n), kept = d - in_registers, cost = 0;
    for (int k = 0; k < c->n; k++) {
        jref root = jir_root(l->ir, c->args[k]);
        int wanted = k - (c->n - in_registers);
        if (wanted >= 0) {
            cost += l->values[root].reg == kept + wanted ? 0 : 2;
        }
        else if (*lower_content(l, c->base + k) != root) {
            cost += l->values[root].reg >= 0 ? 2 : 4;
        }
    }
    for (int r = 0; r < JIT_REGISTERS; r++) {
        bool lost = r >= kept && (!c->leaf || r < d);
        if (lost && lower_is_needed(l, l->regs[r]) && !stays(l, c, l->regs[r])) {
            cost += lower_home_of(l, l->regs[r]) >= 0 || lower_is_constant(l, l->regs[r]) ? 1 : 3;
        }
    }
    return cost;
}

static int
choose_variant(struct lowering *l, struct call *c)
{
    int best = -1, cheapest = 0;
    for (int d = 0; d <= JIT_CACHE_REGISTERS; d++) {
        if (c->info->depth_after[d] >= 0) {
            int cost = variant_cost(l, c, d);
            if (best < 0 || cost < cheapest) {
                best = d;
                cheapest = cost;
            }
        }
    }
    return best;
}

/* Brings values into registers `first` and following, whatever is in these. */
static void
parallel_moves(struct lowering *l, jref *refs, int first, int count)
{
    unsigned targets = ((1u << count) - 1) << first;
    // What is in their way, and is used, moves out of it.
    for (int r = first; r < first + count; r++) {
        jref there = l->regs[r];
        if (there == 0 || there == jir_root(l->ir, refs[r - first])) {
            continue;
        }
        if (lower_is_live(l, there)) {
            int to = lower_take_reg(l, -1, targets);
            lower_add_primitive(l, JIT_P_MOVE, to, r);
            lower_set_reg(l, to, there);
        }
        else {
            lower_set_reg(l, r, 0);
        }
    }
    for (int k = 0; k < count; k++) {
        jref root = jir_root(l->ir, refs[k]);
        if (l->regs[first + k] != root) {
            lower_fill(l, root, first + k);
        }
    }
    // (Only now: a value may be wanted in several.)
    for (int k = 0; k < count; k++) {
        lower_set_reg(l, first + k, jir_root(l->ir, refs[k]));
    }
}

/* Before a micro-op: what is used later and would be lost goes to memory. */
static void
save_lost(struct lowering *l, struct call *c, int d)
{
    int in_registers = Py_MIN(d, c->n), kept = d - in_registers;
    int outputs = jit_uop_pushes(c->i->uop, (int)c->i->oparg);
    int in_memory = outputs - (c->info->depth_after[d] - kept);
    if (!(c->info->flags & JIT_UOP_FRAME)) {
        for (int k = c->n - in_registers; k < in_memory; k++) {
            lower_vacate(l, c->base + k, 0, 0);
            *lower_content(l, c->base + k) = 0;
        }
        l->busy_end = Py_MAX(l->busy_end, c->base + in_memory);
    }
    if (!c->leaf || jit_stencil_clobbers(jit_uop_stencils[c->i->uop][d])) {
        lower_lose_floats(l);
    }
    int first = c->leaf ? d : kept, end = c->leaf ? c->info->depth_after[d] : JIT_REGISTERS;
    for (int r = first; r < end; r++) {
        if (lower_is_needed(l, l->regs[r]) && !(c->info->flags & JIT_UOP_FRAME)) {
            lower_save(l, r);
        }
    }
}

/* Operands that are used later, though the micro-op takes them: one that is copied from
 * a register that it does not change is there after it (kept), the others go to memory. */
static void
keep_operands(struct lowering *l, struct call *c, int d, jref *kept)
{
    memset(kept, 0, JIT_REGISTERS * sizeof(jref));
    if (c->info->flags & JIT_UOP_FRAME) {
        return;
    }
    int in_registers = Py_MIN(d, c->n), below = d - in_registers;
    int changed = c->leaf ? Py_MAX(d, c->info->depth_after[d]) : JIT_REGISTERS;
    for (int k = c->n - in_registers; k < c->n; k++) {
        jref root = jir_root(l->ir, c->args[k]);
        int r = l->values[root].reg;
        if (r < 0 || stays(l, c, root) || !lower_is_needed(l, root)) {
            continue;
        }
        if (r < below || r >= changed) {
            kept[r] = root;
        }
        else {
            lower_save(l, r);
        }
    }
}

/* Where operands that were copied are, once their copies are gone. */
static void
find_kept(struct lowering *l, jref *kept)
{
    for (int r = 0; r < JIT_REGISTERS; r++) {
        if (kept[r] != 0 && l->regs[r] == 0) {
            lower_set_reg(l, r, kept[r]);
        }
    }
}

/* The registers that do not survive a micro-op's call, other than its operands'. */
static void
forget_registers(struct lowering *l, struct call *c, int d)
{
    int kept = d - Py_MIN(d, c->n);
    for (int r = kept; r < JIT_REGISTERS && !c->leaf; r++) {
        bool operand = false;
        for (int k = 0; k < c->n; k++) {
            operand |= jir_root(l->ir, c->args[k]) == l->regs[r];
        }
        if (!operand) {
            lower_set_reg(l, r, 0);
        }
    }
}

/* The root of what a micro-op leaves as its k-th output: a RESULT follows it for what
 * is new, the others are operands that stay. */
static jref
output(struct lowering *l, struct call *c, int k)
{
    for (int at = l->at + 1; at < l->ir->count; at++) {
        struct jir_ins *i = &l->ir->ins[at];
        if (i->op != JIR_RESULT || i->a != (jref)l->at) {
            break;
        }
        if (i->imm == (uint64_t)k) {
            return jir_root(l->ir, (jref)at);
        }
    }
    return k < c->n ? jir_root(l->ir, c->args[k]) : 0;
}

static void
place_results(struct lowering *l, struct call *c, int d)
{
    int kept = d - Py_MIN(d, c->n), after = c->info->depth_after[d];
    for (int r = kept; r < (c->leaf ? Py_MAX(d, after) : JIT_REGISTERS); r++) {
        lower_set_reg(l, r, 0);
    }
    if (c->info->flags & JIT_UOP_FRAME) {
        for (int r = 0; r < JIT_REGISTERS; r++) {
            lower_set_reg(l, r, 0);
        }
    }
    uint32_t first, written = jir_locals_written(c->i->uop, c->i->oparg, c->i->imm, &first);
    if (written == JIR_ANY_LOCALS) {
        first = 0;
        written = (uint32_t)lower_locals_of(l, l->frame);
    }
    if (written > 0) {
        memset(lower_content(l, (int)first), 0, written * sizeof(jref));
    }
    int outputs = jit_uop_pushes(c->i->uop, (int)c->i->oparg);
    int in_memory = outputs - (after - kept);
    for (int k = 0; k < Py_MAX(c->n - d, in_memory); k++) {
        *lower_content(l, c->base + k) = 0;       // what was read there may have changed
    }
    for (int k = 0; k < outputs; k++) {
        jref root = output(l, c, k);
        if (k >= in_memory) {
            lower_set_reg(l, kept + k - in_memory, root);
        }
        else {
            *lower_content(l, c->base + k) = root;
        }
    }
}

/* All of a frame's operand stack in memory. */
void
lower_flush(struct lowering *l, uint16_t snap)
{
    struct jir_snap *s = &l->ir->snaps[snap];
    int locals = lower_locals_of(l, l->frame);
    for (int k = 0; k < s->count; k++) {
        lower_store_item(l, l->ir->items[s->first + (uint32_t)k], locals + k, 0);
    }
}

/* Must all of the frame's operand stack be in its cells for what comes after it? */
bool
lower_needs_memory(struct lowering *l, const struct jir_ins *i)
{
    bool links = i->uop == U_EXIT_TRACE && l->ir->trace->exits[l->ir->snaps[i->snap].site].kind == JIT_EXIT_LINK;
    return jit_uop_info[i->uop].flags & JIT_UOP_FRAME || i->uop == U_JUMP_TO_TOP || links;
}

void
lower_generic(struct lowering *l)
{
    struct jir_ins *i = &l->ir->ins[l->at];
    struct call c = {
        .i = i,
        .info = &jit_uop_info[i->uop],
        .args = l->ir->args + i->args,
        .n = i->arg_count,
        .base = lower_locals_of(l, l->frame) + i->stack - i->arg_count,
    };
    c.leaf = c.info->flags & JIT_UOP_LEAF;
#ifndef NDEBUG
    if (i->waits != JIR_NO_SNAP) {
        const struct jit_call *call = (const struct jit_call *)(uintptr_t)i->imm;
        int called = i->uop != U_CALL_KNOWN;
        assert(call->stacktop == c.base && call->first == c.base + called && call->arguments == c.n - called);
    }
#endif
    if (lower_needs_memory(l, i)) {
        lower_flush(l, jir_waits(i));
    }
    int d = choose_variant(l, &c);
    int in_registers = Py_MIN(d, c.n), kept = d - in_registers;
    l->busy = l->busy_end = c.base;
    for (int k = 0; k < c.n - in_registers; k++) {
        lower_store_item(l, c.args[k], c.base + k, 0);
        l->busy_end = c.base + k + 1;
    }
    save_lost(l, &c, d);
    jref kept_in[JIT_REGISTERS];
    keep_operands(l, &c, d, kept_in);
    forget_registers(l, &c, d);
    parallel_moves(l, c.args + c.n - in_registers, kept, in_registers);
    for (int r = d; r < JIT_REGISTERS && !c.leaf; r++) {
        lower_set_reg(l, r, 0);
    }
    uint16_t exit = JIT_NO_EXIT, error = JIT_NO_EXIT, popped = JIT_NO_EXIT;
    if (i->snap != JIR_NO_SNAP && l->ir->snaps[i->snap].site != JIT_NO_EXIT) {
        exit = lower_add_exit(l, i->snap);
    }
    if (i->error != JIR_NO_SNAP) {
        error = lower_add_exit(l, i->error);
    }
    if (i->popped != JIR_NO_SNAP) {
        // Of what it has consumed by then, the registers are lost too.
        int left = l->ir->snaps[i->popped].count - (i->stack - c.n);
        for (int k = Py_MAX(left, c.n - in_registers); k < c.n; k++) {
            lower_set_reg(l, kept + k - (c.n - in_registers), 0);
        }
        find_kept(l, kept_in);
        popped = lower_add_exit(l, i->popped);
    }
    if (i->uop == U_JUMP_TO_TOP) {
        lower_go_round(l);
    }
    struct jit_piece *p = lower_add_piece(l, jit_uop_stencils[i->uop][d]);
    p->exit = exit;
    p->error = error;
    p->popped = popped;
    p->oparg = i->oparg;
    p->operand = i->imm;
    p->place = lower_cell_offset(lower_locals_of(l, l->frame) + i->stack - d);
    l->busy = l->busy_end = 0;
    place_results(l, &c, d);
    find_kept(l, kept_in);
}

#endif  // _Py_TIER2 && _Py_JIT
