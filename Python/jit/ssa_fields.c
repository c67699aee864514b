/* ssa_fields.c - stores to attributes that are fields of an object (see ssa.c).
 *
 * Takes:  a STORE_ATTR to a slot or an inline value, whose guards have been
 *         there, and of which the recording has seen what it overwrites.
 * Gives:  primitives, if the release of that runs no finalizer: then nothing
 *         that the trace knows is in doubt after it.
 *
 *     STORE_ATTR_SLOT        v4 b  LOAD v1, +16
 *                                > GUARD_NOT_NULL v4
 *                                > GUARD_TYPE v4, int
 *                            v5 o  TAKE v4
 *                                  STORE v1, v3, +16
 *                                  DROP v5, int
 *
 * A float that is stored over a float to which nothing else refers is written into that
 * object, as in lists (ssa_items.c).
 */
#include "ssa.h"

#ifdef _Py_TIER2

#include "pycore_jit_tables.h"

/* The field's offset, or 0: it is not known where it is. */
static uint64_t
field_offset(struct builder *b, jref owner)
{
    if (b->u->op == U_STORE_ATTR_SLOT) {
        return b->u->operand;
    }
    struct fact *f = ssa_fact(b, owner);
    return f->type == NULL || f->version == 0 ? 0 : ssa_inline_value_offset(f->type, b->u->operand);
}

/* What is remembered of fields may not be so any more: they may be the one that was written to. */
static bool
is_no_field(struct builder *b, const struct load *load)
{
    return load->offset >= VALID_VALUES;
}

/* Is the object released now, or is it borrowed from a field or an item, which may have been written to? */
static bool
may_be_lost(struct builder *b, jref owner)
{
    int op = ssa_ins(b, jir_root(b->ir, owner))->op;
    return ssa_ins(b, owner)->kind == JIR_OWNED || jir_op_info[op].flags & JIR_LOADS;
}

/* The field's new content, which is known if it is loaded again. */
static void
remember_field(struct builder *b, jref owner, uint64_t offset, jref value)
{
    PyTypeObject *type = ssa_fact(b, value)->type;
    jref field = ssa_emit(b, JIR_LOAD, owner, 0, offset);
    ssa_fact(b, field)->not_null = true;
    if (type != NULL && ssa_has_type(b, value, type)) {
        ssa_typed(b, field, type);
        ssa_number_stored(b, field, value);
    }
    ssa_remember_load(b, owner, offset, field);
}

/* STORE_ATTR_SLOT and STORE_ATTR_INSTANCE_VALUE; false: as any other micro-op. */
bool
ssa_store_field(struct builder *b)
{
    jref owner = ssa_top(b, 0), value = ssa_top(b, 1), old;
    struct jit_lost *lost = &b->trace->rec->entries[b->u->line].lost[0];
    uint64_t offset = field_offset(b, owner);
    if (!ssa_may(b, JIT_OPTIMIZE_ATTRIBUTES) || (lost->type == NULL && !ssa_was_shared(b, lost)) || offset == 0 || !ssa_leave_to_start(b)) {
        return false;
    }
    if (!ssa_loaded_before(b, owner, offset, &old)) {
        old = ssa_emit(b, JIR_LOAD, owner, 0, offset);
        ssa_remember_load(b, owner, offset, old);
    }
    if (!ssa_is_not_null(b, old)) {
        ssa_guard(b, JIR_GUARD_NOT_NULL, old, 0, 0);
        ssa_fact(b, old)->not_null = true;
    }
    bool shared = lost->type == NULL && ssa_guard_shared(b, old, lost);
    if (!shared) {
        ssa_guard_type(b, old, lost->type);
    }
    ssa_own_all(b, b->depth - 2);
    if (lost->unshared && lost->type == &PyFloat_Type && ssa_is_new(b, value, JIR_BOX_FLOAT) && !ssa_is_copied(b, value)) {
        ssa_guard(b, JIR_GUARD_UNSHARED, old, 0, 0);
        b->depth -= 2;
        ssa_set_float(b, old, value);
        ssa_drop(b, value);
        ssa_drop(b, owner);
        return true;
    }
    ssa_own(b, ssa_cell(b, b->depth - 2));
    value = ssa_top(b, 1);
    b->depth -= 2;
    jref taken = ssa_emit(b, JIR_TAKE, old, 0, 0);
    ssa_emit(b, JIR_STORE, owner, value, offset);
    ssa_forget_loads(b, is_no_field);
    if (!may_be_lost(b, owner)) {
        remember_field(b, owner, offset, value);
    }
    ssa_drop_overwritten(b, taken, shared);
    ssa_drop(b, owner);
    return true;
}

#endif  // _Py_TIER2
