/* What the files ir_verify*.c share: the state of the verifier, see ir_verify.c. */
#ifndef Py_JIT_IR_VERIFY_H
#define Py_JIT_IR_VERIFY_H

#include "ir.h"

#ifdef _Py_TIER2

/* What has become of a value. */
enum verifier_state {
    UNDEFINED,
    ALIVE,
    CONSUMED,
    STORED,                         // owned, on the stack of a frame that waits
    RELEASED,                       // borrowed from a local that was let go of
};

struct verifier {
    const struct jir *ir;
    uint8_t *states;                // enum verifier_state, by ref
    uint8_t *marks;                 // by ref, while a snapshot is looked at
    bool *forgotten;                // by ref: it turns out to be immortal
    uint16_t *stored_in;            // by ref: the frame that waits
    jref *live;                     // what is owned, and nothing has got yet
    int live_count;
    char *inputs, *outputs;         // letters of the micro-op at hand
    jref at;
    int frame;
    jref last;                      // the instruction before, RESULTs and constants apart
    jref escaped;                   // the last one that ran code that the trace does not see,
    jref changed;                   // that wrote to an object,
    jref items_changed;             // to an item of a sequence,
    jref validated;                 // that found the trace valid
    jref loop;                      // the LOOP, or 0
    const char *broken;
};

static inline void
verify_that(struct verifier *v, bool condition, const char *invariant)
{
    if (!condition && v->broken == NULL) {
        v->broken = invariant;
    }
}

static inline const struct jir_ins *
verify_ins(const struct verifier *v, int r)
{
    return &v->ir->ins[r];
}

/* What an operand may be. */
enum verify_wanted {NUMBER, FLOATING, OBJECT, NULLABLE, ANYTHING};

/* ir_verify.c */
void verify_snap(struct verifier *v, uint16_t snap, bool ends);

/* ir_verify_loops.c */
void verify_loop(struct verifier *v, const struct jir_ins *i);
void verify_loop_end(struct verifier *v, const struct jir_ins *jump);

/* ir_verify_values.c */
void verify_kind(struct verifier *v, const struct jir_ins *i);
void verify_result(struct verifier *v, const struct jir_ins *i);
void verify_outputs(struct verifier *v, const struct jir_ins *i);
void verify_defined(struct verifier *v, jref r);
void verify_use(struct verifier *v, jref r, enum verify_wanted wanted);
void verify_local(struct verifier *v, const struct jir_ins *i);
void verify_item(struct verifier *v, const struct jir_ins *i);
void verify_shared(struct verifier *v, const struct jir_ins *drop);
void verify_release(struct verifier *v, int frame, uint64_t local, bool all, jref until);

#endif  // _Py_TIER2

#endif  /* !Py_JIT_IR_VERIFY_H */
