/* ssa_conditions.c - comparisons, truth and the branches on them (see ssa.c).
 *
 * A condition is a *bit*, 0 or 1, that is no object. BOOL makes one of it; the
 * branch that follows mostly takes the bit instead, or leaves by the comparison
 * itself, and then nobody wants the object.
 *
 *     COMPARE_OP_INT          v3 UNBOX_INT v1;  v4 UNBOX_INT v2
 *                             v5 INT_LT v3, v4; v6 BOOL v5         (not used: they go)
 *     POP_JUMP_IF_FALSE       GUARD_INT_LT v3, v4
 */
#include "ssa.h"

#ifdef _Py_TIER2

#include "pycore_long.h"
#include "pycore_object.h"
#include "pycore_jit_tables.h"

static jref
truth(struct builder *b, jref bit, bool inverted)
{
    if (inverted) {
        bit = ssa_emit(b, JIR_NOT, bit, 0, 0);
    }
    return ssa_typed(b, ssa_emit(b, JIR_BOOL, bit, 0, 0), &PyBool_Type);
}

void
ssa_replace_by_truth(struct builder *b, jref bit, bool inverted)
{
    jref v = ssa_pop(b);
    ssa_push(b, truth(b, bit, inverted));
    ssa_drop(b, v);
}

static jref
unbox(struct builder *b, jref v)
{
    jref unboxed;
    PyObject *k = ssa_fact(b, v)->constant;
    if (k != NULL && _PyLong_IsCompact((PyLongObject *)k)) {
        return ssa_emit(b, JIR_INT, 0, 0, (uint64_t)_PyLong_CompactValue((PyLongObject *)k));
    }
    if (!ssa_loaded_before(b, v, UNBOXED, &unboxed)) {
        unboxed = ssa_guard(b, JIR_UNBOX_INT, v, 0, 0);
        ssa_remember_load(b, v, UNBOXED, unboxed);
    }
    return unboxed;
}

static const uint8_t int_comparisons[] = {
    [Py_LT] = JIR_INT_LT, [Py_LE] = JIR_INT_LE, [Py_EQ] = JIR_INT_EQ,
    [Py_NE] = JIR_INT_NE, [Py_GT] = JIR_INT_GT, [Py_GE] = JIR_INT_GE,
};

/* Of ints whose values take one digit each. */
void
ssa_compare_int(struct builder *b)
{
    jref left = unbox(b, ssa_top(b, 1)), right = unbox(b, ssa_top(b, 0));
    jref bit = ssa_emit(b, int_comparisons[b->u->oparg >> 5], left, right, 0);
    jref r = ssa_pop(b), l = ssa_pop(b);
    ssa_push(b, truth(b, bit, false));
    ssa_drop(b, l);
    ssa_drop(b, r);
}

void
ssa_is_op(struct builder *b)
{
    jref r = ssa_top(b, 0), l = ssa_top(b, 1);
    struct fact *fl = ssa_fact(b, l), *fr = ssa_fact(b, r);
    bool same = ssa_subject(b, l) == ssa_subject(b, r);
    bool is_known = same;
    if (!b->stale && fl->constant != NULL && fr->constant != NULL) {
        same = fl->constant == fr->constant;
        is_known = true;
    }
    else if (!b->stale && fl->type != NULL && fr->type != NULL && fl->type != fr->type) {
        is_known = true;
    }
    jref result;
    if (is_known) {
        result = ssa_new_constant(b, same != (bool)b->u->oparg ? Py_True : Py_False, true);
    }
    else {
        result = truth(b, ssa_emit(b, JIR_SAME, l, r, 0), b->u->oparg);
    }
    b->depth -= 2;
    ssa_push(b, result);
    ssa_drop(b, l);
    ssa_drop(b, r);
}

static jref
bit_of(struct builder *b, jref v, bool *inverted)
{
    *inverted = false;
    if (ssa_ins(b, v)->op != JIR_BOOL) {
        return 0;
    }
    jref bit = ssa_ins(b, v)->a;
    while (ssa_ins(b, bit)->op == JIR_NOT) {
        bit = ssa_ins(b, bit)->a;
        *inverted = !*inverted;
    }
    return bit;
}

void
ssa_unary_not(struct builder *b)
{
    jref v = ssa_top(b, 0);
    PyObject *k = ssa_fact(b, v)->constant;
    if (k != NULL && !b->stale) {
        ssa_pop(b);
        ssa_push(b, ssa_new_constant(b, k == Py_True ? Py_False : Py_True, true));
        ssa_drop(b, v);
    }
    else if (ssa_ins(b, v)->op == JIR_BOOL) {
        ssa_replace_by_truth(b, ssa_ins(b, v)->a, true);
    }
    else {
        ssa_replace_by_truth(b, ssa_emit(b, JIR_SAME, v, ssa_new_constant(b, Py_False, true), 0), false);
    }
}

/* A comparison of ints and the guard on it are one. */
static int
fused(int op, bool wanted)
{
    static const uint8_t guards[][2] = {
        [JIR_INT_LT] = {JIR_GUARD_INT_GE, JIR_GUARD_INT_LT},
        [JIR_INT_LE] = {JIR_GUARD_INT_GT, JIR_GUARD_INT_LE},
        [JIR_INT_EQ] = {JIR_GUARD_INT_NE, JIR_GUARD_INT_EQ},
        [JIR_INT_NE] = {JIR_GUARD_INT_EQ, JIR_GUARD_INT_NE},
        [JIR_INT_GT] = {JIR_GUARD_INT_LE, JIR_GUARD_INT_GT},
        [JIR_INT_GE] = {JIR_GUARD_INT_LT, JIR_GUARD_INT_GE},
        [JIR_SAME] = {JIR_GUARD_NOT_SAME, JIR_GUARD_SAME},
    };
    return op < (int)Py_ARRAY_LENGTH(guards) ? guards[op][wanted] : 0;
}

/* Are the objects that were compared still alive: has nothing but the comparison been done? */
static bool
nothing_since(struct builder *b, jref bit)
{
    for (int at = bit + 1; at < b->ir->count; at++) {
        int op = b->ir->ins[at].op;
        if (op != JIR_NOT && op != JIR_BOOL && op != JIR_CONST) {
            return false;
        }
    }
    return true;
}

/* A branch: the bool on top is `wanted`, or else the trace leaves the other way. */
void
ssa_guard_truth(struct builder *b, bool wanted)
{
    jref v = ssa_top(b, 0);
    PyObject *k = ssa_fact(b, v)->constant;
    if (k == (wanted ? Py_True : Py_False) && !b->stale) {
        ssa_drop(b, ssa_pop(b));
        return;
    }
    ssa_stress_guard(b);
    ssa_pop(b);
    uint16_t snap = ssa_exit_snapshot(b);
    bool inverted;
    jref bit = bit_of(b, v, &inverted), g;
    if (bit != 0) {
        struct jir_ins *i = ssa_ins(b, bit);
        jref left = i->a, right = i->b;
        int op = fused(i->op, wanted != inverted);
        if (op != 0 && (i->op != JIR_SAME || nothing_since(b, bit))) {
            g = ssa_emit(b, op, left, right, 0);
        }
        else {
            g = ssa_emit(b, wanted != inverted ? JIR_GUARD_TRUE : JIR_GUARD_FALSE, bit, 0, 0);
        }
    }
    else {
        g = ssa_emit(b, JIR_GUARD_IS, v, 0, (uintptr_t)(wanted ? Py_True : Py_False));
        if (!ssa_is_sure(b, v)) {
            *ssa_fact(b, v) = (struct fact){0};     // it is known anew
        }
    }
    ssa_ins(b, g)->snap = snap;
    ssa_typed(b, v, &PyBool_Type);
    if (ssa_is_sure(b, v)) {
        ssa_fact(b, v)->constant = wanted ? Py_True : Py_False;
    }
    ssa_drop(b, v);
}

void
ssa_guard_none(struct builder *b, bool wanted)
{
    jref v = ssa_top(b, 0);
    struct fact *f = ssa_fact(b, v);
    if (!b->stale && (wanted ? f->constant == Py_None
                             : f->not_null && f->type != NULL && f->type != &_PyNone_Type))
    {
        ssa_pop(b);
        ssa_drop(b, v);
        return;
    }
    ssa_stress_guard(b);
    uint16_t site = b->u->exit;
    int count = b->trace->exits[site].stack;
    if (wanted && ssa_ins(b, v)->kind == JIR_OWNED) {
        // What is on top would have to be released on the way out: the branch is done again there.
        site = ssa_start_site(b);
        if (site == JIT_NO_EXIT) {
            b->abort = JIT_ABORT_EXITS_FULL;
            return;
        }
        count = b->depth;
    }
    uint16_t snap = ssa_snapshot(b, site, count);
    ssa_pop(b);
    jref g = ssa_emit(b, wanted ? JIR_GUARD_IS : JIR_GUARD_IS_NOT, v, 0, (uintptr_t)Py_None);
    ssa_ins(b, g)->snap = snap;
    if (wanted) {
        f = ssa_fact(b, v);
        *f = (struct fact){.type = &_PyNone_Type, .constant = Py_None, .not_null = true};
    }
    ssa_drop(b, v);
}

#endif  // _Py_TIER2
