/* check_exits.c - exits: does each have what its snapshot names (see check_allocation.c)?
 *
 * Takes:  an exit of a piece, with the records by which C puts the stack in order
 *         (_PyJIT_Leave()), its snapshot, and what each place holds.
 * Gives:  a complaint, or nothing.
 */
#include "check_allocation.h"

#if defined(_Py_TIER2) && defined(_Py_JIT)

/* The record for a cell; NULL: there is none. */
static const struct jit_recover *
find_record(const struct checker *c, const struct jit_exit *x, int cell)
{
    for (int k = 0; k < x->recover_count; k++) {
        const struct jit_recover *r = &c->code->recovers[x->recover + (uint32_t)k];
        if (r->cell == cell) {
            return r;
        }
    }
    return NULL;
}

/* Complains if the value is not in the place, or that place has lost it by then. */
static void
check_survives(struct checker *c, struct place place, jref v, const struct survivors *left)
{
    check_want(c, "RECOVER", place, v);
    bool lost = place.kind == IN_REGISTER ? place.index >= left->registers :
                place.kind == IN_FLOAT_REGISTER ? !left->floats :
                place.kind == IN_CELL && place.index >= left->dead && place.index < left->dead_end;
    if (lost) {
        check_complain(c, "RECOVER", "v%d is not in its place any more when it leaves", jir_root(c->ir, v));
    }
}

/* Complains if what the record names is not the value. */
static void
check_source(struct checker *c, const struct jit_recover *r, jref v, const struct survivors *left)
{
    static const enum place_kind kinds[] = {
        [JIT_FROM_REGISTER] = IN_REGISTER, [JIT_FROM_FLOAT_REGISTER] = IN_FLOAT_REGISTER,
        [JIT_FROM_CELL] = IN_CELL, [JIT_FROM_SPILL] = IN_SPILL,
    };
    if (r->kind == JIT_FROM_CONSTANT) {
        struct content constant = {.constant = true, .bits = r->bits};
        if (!check_holds(c, &constant, jir_root(c->ir, v))) {
            check_complain(c, "RECOVER", "the constant %#llx is for cell %d, v%d is wanted",
                           (unsigned long long)r->bits, r->cell, jir_root(c->ir, v));
        }
        return;
    }
    check_survives(c, (struct place){kinds[r->kind], r->source}, v, left);
}

/* One item of the snapshot. */
static void
check_item(struct checker *c, const struct jit_exit *x, jref v, int cell, const struct survivors *left)
{
    const struct jit_recover *r = find_record(c, x, cell);
    jref root = jir_root(c->ir, v);
    const struct jir_ins *of = &c->ir->ins[root];
    bool borrowed = c->ir->ins[v].kind == JIR_BORROWED;
    bool is_number = jir_info(of)->flags & JIR_BOXES && !c->made[root];
    int makes = !is_number ? JIT_NO_NUMBER : of->op == JIR_BOX_FLOAT ? JIT_FLOAT : JIT_INT;
    if (r == NULL) {
        check_survives(c, (struct place){IN_CELL, cell}, v, left);
        if (borrowed) {
            check_complain(c, "RECOVER", "cell %d needs a reference of its own, v%d is borrowed", cell, v);
        }
        return;
    }
    if (r->makes != makes) {
        check_complain(c, "RECOVER", "what it makes for cell %d is %d, not %d", cell, r->makes, makes);
    }
    if (r->new_reference != borrowed) {
        check_complain(c, "RECOVER", "%s new reference for cell %d, v%d is %s", borrowed ? "no" : "a", cell, v,
                       borrowed ? "borrowed" : "not borrowed");
    }
    check_source(c, r, is_number ? of->a : v, left);
}

/* An exit with this snapshot, or none if there is none. */
void
check_exit(struct checker *c, uint16_t exit, uint16_t snap, const struct survivors *left)
{
    const struct jir *ir = c->ir;
    if (exit == JIT_NO_EXIT || exit >= c->code->exit_count || snap == JIR_NO_SNAP) {
        if (exit != JIT_NO_EXIT || snap != JIR_NO_SNAP) {
            check_complain(c, "EXIT", snap == JIR_NO_SNAP ? "it has none" : "it has another one");
        }
        return;
    }
    const struct jir_snap *s = &ir->snaps[snap];
    const struct jit_exit *x = &c->code->exits[exit];
    bool raises = s->site == JIT_NO_EXIT;
    const struct jit_exit_site *site = raises ? NULL : &ir->trace->exits[s->site];
    _Py_CODEUNIT *target = raises ? ir->trace->rec->entries[check_ins(c)->line].op_instr : site->target;
    if (x->kind != (raises ? JIT_EXIT_ERROR : site->kind) || x->target != target || x->stack != s->count) {
        check_complain(c, "EXIT", "exit %d is of kind %d, with a stack of %d items, or leads elsewhere", exit, x->kind,
                       x->stack);
    }
    int locals = check_locals(c, s->frame), records = 0;
    bool boxes = false;
    for (int k = 0; k < s->count && !check_is_wrong(c); k++) {
        check_item(c, x, ir->items[s->first + (uint32_t)k], locals + k, left);
        const struct jit_recover *r = find_record(c, x, locals + k);
        records += r != NULL;
        boxes |= r != NULL && r->makes != JIT_NO_NUMBER;
    }
    if (records != x->recover_count) {
        check_complain(c, "RECOVER", "exit %d writes to cells that its snapshot does not have", exit);
    }
    if (boxes != x->boxes) {
        check_complain(c, "RECOVER", "exit %d is said to %s", exit, x->boxes ? "make objects" : "make none");
    }
}

#endif  // _Py_TIER2 && _Py_JIT
