/* ir_verify.c - is a trace in SSA form what ir.h says it is?
 *
 * Invariants:
 *   DEFINED     operands, and what snapshots name, come before their use
 *   KIND        operands are objects or not, as the operation wants
 *   ALIVE       what is used has not been consumed
 *   CONSUMED    what is owned is consumed, or in the trace's last snapshot, or
 *               on the stack of a frame that waits for another one
 *   SNAPSHOT    every guard has one, of the frame that it is in
 *   DEPTH       a snapshot has as many items as its site wants
 *
 * Runs after each stage in debug builds, and with PYTHON_JIT_VERIFY=1. What is
 * wrong is printed with the trace, and the trace is not used.
 */
#include "ir.h"

#ifdef _Py_TIER2

#include "pycore_jit_tables.h"

enum state {UNDEFINED, ALIVE, CONSUMED, STORED};

struct verifier {
    const struct jir *ir;
    uint8_t *states;
    char *letters;
    const char *broken;
};

static void
check(struct verifier *v, bool condition, const char *invariant)
{
    if (!condition && v->broken == NULL) {
        v->broken = invariant;
    }
}

static void
check_use(struct verifier *v, jref at, jref used, bool object)
{
    check(v, used != 0 && used < at, "DEFINED");
    if (v->broken == NULL) {
        const struct jir_ins *i = &v->ir->ins[used];
        check(v, i->kind != JIR_NONE && (!object || i->op != JIR_INT), "KIND");
        check(v, v->states[used] == ALIVE || (v->states[used] == STORED && i->kind == JIR_OWNED), "ALIVE");
    }
}

static void
consume(struct verifier *v, jref used)
{
    if (v->broken == NULL && v->ir->ins[used].kind != JIR_PLAIN) {
        check(v, v->ir->ins[used].kind == JIR_OWNED, "KIND");
        v->states[used] = CONSUMED;
    }
}

static void
check_snap(struct verifier *v, jref at, uint16_t snap, bool store)
{
    const struct jir_ins *i = &v->ir->ins[at];
    const struct jir_snap *s = &v->ir->snaps[snap];
    check(v, s->frame == i->frame, "SNAPSHOT");
    check(v, s->site == JIT_NO_EXIT || v->ir->trace->exits[s->site].stack == s->count, "DEPTH");
    for (int k = 0; k < s->count && v->broken == NULL; k++) {
        jref item = v->ir->items[s->first + (uint32_t)k];
        check_use(v, at, item, true);
        if (store && v->broken == NULL && v->ir->ins[item].kind == JIR_OWNED) {
            v->states[item] = STORED;
        }
    }
}

static void
verify_ins(struct verifier *v, jref at)
{
    const struct jir_ins *i = &v->ir->ins[at];
    const struct jir_op_info *info = jir_info(i);
    check(v, !(info->flags & JIR_GUARD) || i->snap != JIR_NO_SNAP, "SNAPSHOT");
    if (i->op == JIR_GENERIC) {
        uint32_t flags = jit_uop_info[i->uop].flags;
        int n = jit_uop_inputs(i->uop, (int)i->oparg, v->letters);
        check(v, n == i->arg_count, "DEFINED");
        for (int k = 0; k < n && v->broken == NULL; k++) {
            check_use(v, at, v->ir->args[i->args + (uint32_t)k], false);
        }
        bool site = i->snap != JIR_NO_SNAP && v->ir->snaps[i->snap].site != JIT_NO_EXIT;
        check(v, !(flags & (JIT_UOP_DEOPT | JIT_UOP_EXIT)) || site, "SNAPSHOT");
        check(v, !(flags & JIT_UOP_ERROR_NO_POP) || i->error != JIR_NO_SNAP, "SNAPSHOT");
        check(v, !(flags & (JIT_UOP_ERROR | JIT_UOP_ERROR_SYNCED)) || i->popped != JIR_NO_SNAP, "SNAPSHOT");
        if (i->error != JIR_NO_SNAP) {
            check_snap(v, at, i->error, false);
        }
        if (i->popped != JIR_NO_SNAP) {
            check_snap(v, at, i->popped, false);
        }
        if (i->snap != JIR_NO_SNAP) {
            check_snap(v, at, i->snap, flags & JIT_UOP_FRAME || flags & JIT_UOP_JUMP);
        }
        for (int k = 0; k < n && v->broken == NULL; k++) {
            if (v->letters[k] == 's') {
                consume(v, v->ir->args[i->args + (uint32_t)k]);
            }
        }
    }
    else if (i->op == JIR_RESULT) {
        check(v, v->ir->ins[i->a].op == JIR_GENERIC, "DEFINED");
    }
    else {
        for (int k = 0; info->operands[k] != '\0' && v->broken == NULL; k++) {
            if (!(info->flags & JIR_UNTRACKED)) {
                check_use(v, at, jir_operand(i, k), info->operands[k] != 'i');
            }
        }
        if (i->snap != JIR_NO_SNAP) {
            check_snap(v, at, i->snap, false);
        }
        for (int k = 0; info->operands[k] != '\0' && v->broken == NULL; k++) {
            if (info->operands[k] == 's') {
                consume(v, jir_operand(i, k));
            }
        }
    }
    v->states[at] = ALIVE;
}

/* The name of a broken invariant and the instruction that breaks it, or NULL. */
const char *
jir_verify(const struct jir *ir, jref *where)
{
    int most = 0;
    for (int f = 0; f < ir->trace->frame_count; f++) {
        most = Py_MAX(most, ir->trace->frames[f].code->co_stacksize);
    }
    struct verifier v = {
        .ir = ir,
        .states = PyMem_RawCalloc((size_t)ir->count, 1),
        .letters = PyMem_RawMalloc((size_t)most + 8),
    };
    if (v.states != NULL && v.letters != NULL) {
        int at;
        for (at = 1; at < ir->count && v.broken == NULL; at++) {
            *where = (jref)at;
            verify_ins(&v, (jref)at);
        }
        for (at = 1; at < ir->count && v.broken == NULL; at++) {
            *where = (jref)at;
            check(&v, ir->ins[at].kind != JIR_OWNED || v.states[at] != ALIVE, "CONSUMED");
        }
    }
    PyMem_RawFree(v.states);
    PyMem_RawFree(v.letters);
    return v.broken;
}

#endif  // _Py_TIER2
