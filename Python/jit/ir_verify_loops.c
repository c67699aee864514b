/* ir_verify_loops.c - where a loop begins and goes round (see ir_verify.c).
 *
 * Takes:  a LOOP, with the CARRYs before it, and the JUMP_TO_TOP that leads to it.
 * Gives:  whether what the loop relies on holds each time that it begins.
 */
#include "ir_verify.h"

#ifdef _Py_TIER2

/* The first of the CARRYs that stand right before the LOOP, or the LOOP. */
static jref
first_carry(struct verifier *v, jref loop)
{
    jref r = loop;
    while (r > 1 && (jir_is_carry(verify_ins(v, r - 1)) || jir_is_shown_inline(verify_ins(v, r - 1)))) {
        r--;
    }
    return r;
}

/* From here on, nothing is known but what is carried. */
void
verify_loop(struct verifier *v, const struct jir_ins *i)
{
    verify_that(v, i->kind == JIR_NONE, "KIND");
    verify_that(v, i->error == JIR_NO_SNAP && i->popped == JIR_NO_SNAP && i->waits == JIR_NO_SNAP, "SNAPSHOT");
    verify_that(v, i->snap != JIR_NO_SNAP && v->ir->snaps[i->snap].site == JIT_NO_EXIT, "SNAPSHOT");
    verify_that(v, v->loop == 0 && i->frame == 0, "LOOP");
    if (v->broken != NULL) {
        return;
    }
    verify_snap(v, i->snap, true);
    jref carries = first_carry(v, v->at);
    for (jref r = 1; r < v->at; r++) {
        if (!jir_is_carry(verify_ins(v, r))) {
            v->states[r] = RELEASED;
        }
        verify_that(v, r >= carries || !jir_is_carry(verify_ins(v, r)), "LOOP");
    }
    v->loop = v->changed = v->items_changed = v->at;
}

/* The trace goes back to where it began, or to its LOOP. */
void
verify_loop_end(struct verifier *v, const struct jir_ins *jump)
{
    for (jref r = 1; r < v->at && v->broken == NULL; r++) {
        const struct jir_ins *carry = verify_ins(v, r);
        if (jir_is_carry(carry)) {
            verify_that(v, r < v->loop, "LOOP");
            verify_use(v, carry->b, carry->op == JIR_CARRY ? NUMBER : FLOATING);
        }
    }
    if (v->loop != 0) {
        const struct jir_snap *begin = &v->ir->snaps[verify_ins(v, v->loop)->snap];
        verify_that(v, begin->count == v->ir->snaps[jump->snap].count, "DEPTH");
        verify_that(v, jump->frame == 0 && (v->escaped < v->loop || v->validated > v->escaped), "LOOP");
    }
}

#endif  // _Py_TIER2
