/* ssa_locals.c - what is in a frame's local variables (see ssa.c).
 *
 * Takes:  the index of a local, in the frame at hand.
 * Gives:  the value that it holds, or the instructions that give it another one.
 *
 * A local is read again where code that the trace does not see may have
 * written to it; what nothing has set, in a frame that the trace made, is NULL.
 */
#include "ssa.h"

#ifdef _Py_TIER2

#include "opcode.h"
#include "pycore_jit_tables.h"

jref *
ssa_local_cell(struct builder *b, uint32_t i)
{
    return &b->cells[b->frames[b->frame].base + (int)i];
}

/* Is it a variable that nothing has set since the trace made the frame? */
static bool
is_unset(struct builder *b, uint32_t i)
{
    int made = b->frames[b->frame].made;
    return ssa_may(b, JIT_OPTIMIZE_UNSET) && made > 0 && made >= b->escaped &&
           jir_is_plain_variable(ssa_code_of(b, b->frame), i);
}

/* What is in a local. */
jref
ssa_local(struct builder *b, uint32_t i)
{
    jref *c = ssa_local_cell(b, i);
    int *loaded = &b->loaded[c - b->cells];
    if (*c != 0 && (!b->stale || *loaded >= b->escaped)) {
        return *c;
    }
    jref old = *c;
    if (old == 0 && is_unset(b, i)) {
        *c = *loaded = ssa_emit(b, JIR_UNSET, 0, 0, i);
        ssa_fact(b, *c)->is_null = true;
        return *c;
    }
    jref v = ssa_emit(b, JIR_LOCAL, 0, 0, i);
    if (old != 0) {
        // (Others may write to a frame's locals, but nothing can unset one.)
        struct fact f = *ssa_fact(b, old);
        f.bound = ssa_is_not_null(b, old);
        f.unsure = v;
        *ssa_fact(b, v) = f;
    }
    *c = v;
    *loaded = v;
    return v;
}

void
ssa_set_local(struct builder *b, uint32_t i, jref v)
{
    jref *c = ssa_local_cell(b, i);
    jref new = ssa_emit(b, JIR_SET_LOCAL, v, 0, i);
    if (ssa_ins(b, v)->kind == JIR_PLAIN) {
        ssa_ins(b, new)->kind = JIR_PLAIN;
    }
    *c = new;
    b->loaded[c - b->cells] = new;
}

/* What stack items are borrowed from a local that is about to lose it get references, and what needs none,
 * and is in the local too, a place of its own. */
void
ssa_own_borrowed_from(struct builder *b, jref value)
{
    jref root = jir_root(b->ir, value);
    for (int i = 0; i < b->depth; i++) {
        if (jir_root(b->ir, *ssa_cell(b, i)) == root) {
            ssa_own_in_place(b, ssa_cell(b, i));
        }
    }
}

void
ssa_forget_local(struct builder *b, uint32_t i)
{
    jref *c = ssa_local_cell(b, i);
    if (*c != 0) {
        ssa_own_borrowed_from(b, *c);
    }
    *c = 0;
    if (jir_is_plain_variable(ssa_code_of(b, b->frame), i)) {
        b->frames[b->frame].made = 0;   // (one, or all of them)
    }
}

void
ssa_forget_locals(struct builder *b)
{
    for (int i = 0; i < b->frames[b->frame].locals; i++) {
        ssa_forget_local(b, (uint32_t)i);
    }
}

/* Guards that what is overwritten has a type as the recording has seen it. */
static bool
guard_overwritten(struct builder *b, uint32_t i)
{
    jref old = ssa_local(b, i);
    return ssa_may(b, JIT_OPTIMIZE_GUARDS) && ssa_ins(b, old)->kind != JIR_PLAIN && ssa_guard_lost(b, i, old, NULL);
}

/* Guards that a store to the local frees nothing, if it might and the recording has seen that it did not. */
static bool
guard_shared(struct builder *b, uint32_t i)
{
    jref old = ssa_local(b, i);
    return ssa_ins(b, old)->kind != JIR_PLAIN && !ssa_is_held(b, old) && ssa_guard_shared(b, old, ssa_lost(b, i));
}

/* Is what the local holds on the stack too, where it has a reference of its own or gets one before the local loses it,
 * or in another local? (The recording has counted the stack's; here it might have none yet, and a guard would fail.) */
static bool
is_elsewhere(struct builder *b, uint32_t i)
{
    jref old = ssa_local(b, i), root = jir_root(b->ir, old), object = ssa_subject(b, old);
    if (!ssa_may(b, JIT_OPTIMIZE_SHARED) || b->jit->config.escapes || ssa_ins(b, old)->kind == JIR_PLAIN ||
        !ssa_is_not_null(b, old) || ssa_constant(b, old) != NULL)
    {
        return false;
    }
    for (int k = 0; k < b->depth; k++) {
        jref item = *ssa_cell(b, k);
        if (jir_root(b->ir, item) == root || (ssa_ins(b, item)->kind == JIR_OWNED && ssa_subject(b, item) == object)) {
            return true;
        }
    }
    for (uint32_t k = 0; k < (uint32_t)b->frames[b->frame].locals; k++) {
        const jref *c = ssa_local_cell(b, k);
        if (k != i && *c != 0 && b->loaded[c - b->cells] >= b->escaped && ssa_subject(b, *c) == object &&
            ssa_ins(b, *c)->kind != JIR_PLAIN)
        {
            return true;
        }
    }
    return false;
}

/* Of two stores that are one instruction, what is to be known for the second, from which the trace cannot leave any
 * more, is found out before the first: if that one's release changes nothing about it. (Another time, both may
 * be about the same object.) */
static void
look_ahead(struct builder *b, uint32_t i)
{
    struct jit_uop *next = b->u + 1;
    if (next->op != U_STORE_FAST || next->line != b->u->line || !ssa_leave_to_start(b) || !guard_overwritten(b, i)) {
        return;
    }
    jref first = ssa_local(b, i), second = ssa_local(b, next->oparg);
    if (!guard_overwritten(b, next->oparg) && !is_elsewhere(b, next->oparg) && ssa_subject(b, first) != ssa_subject(b, second) &&
        guard_shared(b, next->oparg))
    {
        ssa_guard(b, JIR_GUARD_NOT_SAME, first, second, 0);
        b->shared_store = next;
    }
}

void
ssa_store_fast(struct builder *b, uint32_t i)
{
    look_ahead(b, i);
    if (ssa_renew_local(b, i)) {
        return;
    }
    jref old = ssa_local(b, i);
    bool shared = b->shared_store == b->u || (!guard_overwritten(b, i) && (is_elsewhere(b, i) || guard_shared(b, i)));
    ssa_own(b, ssa_cell(b, b->depth - 1));
    jref v = ssa_pop(b);
    ssa_own_borrowed_from(b, old);
    jref taken = ssa_emit(b, JIR_TAKE_LOCAL, old, 0, i);
    if (ssa_ins(b, old)->kind == JIR_PLAIN) {
        ssa_ins(b, taken)->kind = JIR_PLAIN;
    }
    ssa_set_local(b, i, v);
    ssa_drop_overwritten(b, taken, shared);
    ssa_number_stored(b, *ssa_local_cell(b, i), v);
}

/* The stores of the items that the UNPACK_SEQUENCE at `u` gives: the last one's micro-op, if they are to
 * locals in a row, and their instructions follow without a gap (_PyJIT_StoreItems() counts them); or NULL. */
static struct jit_uop *
last_store(struct builder *b, struct jit_uop *u, uint32_t *first)
{
    struct jit_record_entry *entries = b->trace->rec->entries;
    struct jit_uop *end = b->trace->uops + b->trace->count, *store = u;
    _Py_CODEUNIT *here = entries[u->line].op_instr, *next = here + 1 + INLINE_CACHE_ENTRIES_UNPACK_SEQUENCE;
    for (uint32_t i = 0; i < u->oparg; i++) {
        do {
            store++;
        } while (store < end && store->op == U_COUNT_BYTECODE);
        if (store == end || store->op != U_STORE_FAST || store->frame != u->frame || store->oparg > UINT8_MAX) {
            return NULL;
        }
        *first = i == 0 ? store->oparg : *first;
        _Py_CODEUNIT *instr = entries[store->line].op_instr;
        if (store->oparg != *first + i || (instr != next && instr != here)) {
            return NULL;
        }
        here = instr;               // (of two stores that are one instruction, twice)
        next = instr + 1;
    }
    return store;
}

/* An unpacking, all of whose items are stored to locals in a row, is one micro-op with the stores: they
 * are little work, and for each there would be 40 bytes of code. false: it is not such a one. (Under
 * stress, with `escapes`, there are checks between the stores, and it never is.) */
bool
ssa_unpack_to_locals(struct builder *b)
{
    struct jit_uop *u = b->u, fused = *u;
    struct jit_record_entry *entry = &b->trace->rec->entries[u->line];
    uint32_t n = u->oparg, first = 0;
    if (!ssa_may(b, JIT_OPTIMIZE_UNPACKING) || n < 3 || n > JIT_MAX_UNPACKED) {
        return false;
    }
    struct jit_uop *last = last_store(b, u, &first);
    uint16_t site = last == NULL ? JIT_NO_EXIT : ssa_start_site(b);
    if (site == JIT_NO_EXIT) {
        return false;
    }
    for (b->u = u + 1; b->u < last; b->u++) {
        if (b->u->op == U_COUNT_BYTECODE) {
            ssa_plain_uop(b, U_COUNT_BYTECODE, b->u->operand, 0);
        }
    }
    fused.op = U_UNPACK_TO_LOCALS;
    fused.exit = site;
    fused.operand = first;
    b->u = &fused;
    b->ip_pending = true;           // (the stores count from there)
    b->pending_ip = (uintptr_t)entry->op_instr;
    ssa_generic(b);
    for (uint32_t i = 0; i < n && b->abort == JIT_ABORT_NONE; i++) {
        jref v = ssa_local(b, first + i);
        ssa_fact(b, v)->not_null = ssa_fact(b, v)->bound = true;
    }
    b->u = last;
    return true;
}

#endif  // _Py_TIER2
