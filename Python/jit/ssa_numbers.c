/* ssa_numbers.c - where numbers become objects, and where they are stored (see ssa.c).
 *
 * Takes:  the value that an operation of ssa_ints.c or ssa_floats.c gave.
 * Gives:  an object of that value on the stack (BOX_INT, BOX_FLOAT), which the
 *         next operation looks through; the lowering makes it only if something
 *         else than exits has a use for it.
 *
 * Where such an object is stored in the place of another number that nothing else
 * refers to, that object stays, and gets the new value (RENEW_LOCAL, SET_FLOAT).
 */
#include "ssa.h"

#ifdef _Py_TIER2

#include "pycore_jit_tables.h"

#define MAX_VALUES 6                // of a kind that are remembered, of eight registers

/* Remembers the value of an int (UNBOXED) or a float (UNBOXED_FLOAT) that is in a local or elsewhere. */
void
ssa_remember_value(struct builder *b, jref v, uint64_t what, jref value)
{
    int found = 0, oldest = -1;
    for (int i = 0; i < b->load_count; i++) {
        if (b->loads[i].offset == what) {
            oldest = oldest < 0 ? i : oldest;
            found++;
        }
    }
    if (found == MAX_VALUES) {
        memmove(b->loads + oldest, b->loads + oldest + 1,
                (size_t)(b->load_count - oldest - 1) * sizeof(struct load));
        b->load_count--;
    }
    ssa_remember_load(b, v, what, value);
}

/* Is it an object that may not have to be made: that of a number? (In another frame, the stack is
 * in memory.) */
bool
ssa_is_new(struct builder *b, jref v, int box)
{
    return ssa_ins(b, v)->op == box && v > b->framed;
}

/* Pops operands, and pushes the object of a number. */
void
ssa_replace_by_number(struct builder *b, int operands, int box, jref value)
{
    jref popped[5];
    assert(operands <= (int)Py_ARRAY_LENGTH(popped));
    for (int i = 0; i < operands; i++) {
        popped[i] = ssa_pop(b);
    }
    for (int i = 0; i < operands; i++) {
        ssa_drop(b, popped[i]);
    }
    uint16_t snap = ssa_snapshot(b, JIT_NO_EXIT, b->depth);
    jref object = ssa_emit(b, box, value, 0, 0);
    ssa_ins(b, object)->error = snap;
    ssa_push(b, ssa_typed(b, object, box == JIR_BOX_INT ? &PyLong_Type : &PyFloat_Type));
}

/* Has the object that is on the stack been copied, so that it matters which one it is? */
bool
ssa_is_copied(struct builder *b, jref box)
{
    for (int at = box + 1; at < b->ir->count; at++) {
        struct jir_ins *i = ssa_ins(b, (jref)at);
        if (i->op == JIR_NEWREF && i->a == box) {
            return true;
        }
    }
    return false;
}

/* What the recording has seen of what the instruction overwrites in a local, or NULL. */
const struct jit_lost *
ssa_lost(struct builder *b, uint32_t i)
{
    const struct jit_lost *found = NULL;
    for (int k = 0; k < 2; k++) {
        const struct jit_lost *lost = &b->trace->rec->entries[b->u->line].lost[k];
        found = (lost->type != NULL || lost->shared) && lost->local == (int)i ? lost : found;
    }
    return found;
}

/* What the local holds is of this type, as the recording has seen, or else the trace leaves; NULL: of any whose
 * release runs no finalizer. False: that was not seen. */
bool
ssa_guard_lost(struct builder *b, uint32_t i, jref old, PyTypeObject *type)
{
    PyTypeObject *known = ssa_fact(b, old)->type;
    bool fits = known != NULL && (type == NULL ? jit_is_quiet(known) : known == type);
    if (fits && ssa_is_not_null(b, old) && ssa_has_type(b, old, known)) {
        return true;
    }
    const struct jit_lost *lost = ssa_lost(b, i);
    PyTypeObject *seen = lost != NULL ? lost->type : NULL;
    if (seen == NULL || (type != NULL && seen != type) || (type == NULL && known != NULL && !fits) ||
        !ssa_leave_to_start(b))
    {
        return false;
    }
    if (!ssa_is_not_null(b, old)) {
        ssa_guard(b, JIR_GUARD_NOT_NULL, old, 0, 0);
    }
    ssa_guard_type(b, old, seen);
    return true;
}

/* A number is stored that was computed just now, in the place of another one. Both may be one
 * object; and nothing is released that might have a finalizer. */
bool
ssa_renew_local(struct builder *b, uint32_t i)
{
    jref box = ssa_top(b, 0);
    bool is_int = ssa_is_new(b, box, JIR_BOX_INT);
    if (!(is_int || ssa_is_new(b, box, JIR_BOX_FLOAT)) || ssa_is_copied(b, box)) {
        return false;
    }
    jref old = ssa_local(b, i);
    PyTypeObject *type = is_int ? &PyLong_Type : &PyFloat_Type;
    if (!ssa_guard_lost(b, i, old, type)) {
        return false;
    }
    ssa_own_borrowed_from(b, old);
    jref value = ssa_ins(b, ssa_pop(b))->a;
    ssa_drop(b, box);
    uint16_t snap = ssa_snapshot(b, JIT_NO_EXIT, b->depth);
    jref new = ssa_emit(b, is_int ? JIR_RENEW_LOCAL_INT : JIR_RENEW_LOCAL, value, old, i);
    ssa_ins(b, new)->error = snap;
    ssa_typed(b, new, type);
    ssa_remember_value(b, new, is_int ? UNBOXED : UNBOXED_FLOAT, value);
    jref *cell = ssa_local_cell(b, i);
    *cell = b->loaded[cell - b->cells] = new;
    return true;
}

/* A number that was computed is stored as it is: its value is known while it is there. */
void
ssa_number_stored(struct builder *b, jref stored, jref v)
{
    if (ssa_is_new(b, v, JIR_BOX_INT) || ssa_is_new(b, v, JIR_BOX_FLOAT)) {
        ssa_remember_value(b, stored, ssa_ins(b, v)->op == JIR_BOX_INT ? UNBOXED : UNBOXED_FLOAT, ssa_ins(b, v)->a);
    }
}

#endif  // _Py_TIER2
