/* ssa_conditions.c - comparisons, truth and the branches on them (see ssa.c).
 *
 * A condition is a *bit*, 0 or 1, that is no object. BOOL makes one of it; the
 * branch that follows mostly takes the bit instead, or leaves by the comparison
 * itself (ssa_fold.c), and then nobody wants the object.
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
truth(struct builder *b, jref bit)
{
    return ssa_typed(b, ssa_fold(b, JIR_BOOL, bit, 0), &PyBool_Type);
}

/* What the value is a copy of, or itself. */
static jref
original(struct builder *b, jref v)
{
    return ssa_ins(b, v)->op == JIR_COPY ? ssa_ins(b, v)->a : v;
}

void
ssa_replace_by_truth(struct builder *b, jref bit)
{
    jref v = ssa_pop(b);
    ssa_push(b, truth(b, bit));
    ssa_drop(b, v);
}

/* The value of an int, which has been computed or has no more than so many digits (1 or 2), or else
 * the trace leaves. */
jref
ssa_unbox_int(struct builder *b, jref v, int digits)
{
    jref unboxed;
    if (ssa_is_new(b, v, JIR_BOX_INT)) {
        return ssa_ins(b, v)->a;
    }
    PyObject *k = ssa_fact(b, v)->constant;
    if (k != NULL && PyLong_CheckExact(k) && _PyLong_DigitCount((PyLongObject *)k) <= 2) {
        return ssa_emit(b, JIR_INT, 0, 0, (uint64_t)PyLong_AsLongLong(k));
    }
    if (!ssa_loaded_before(b, v, UNBOXED, &unboxed)) {
        unboxed = ssa_guard(b, digits == 2 ? JIR_UNBOX_WIDE : JIR_UNBOX_INT, v, 0, 0);
        ssa_of_digits(b, unboxed, digits == 2 ? 2 : 1);
        ssa_remember_value(b, v, UNBOXED, unboxed);
    }
    return unboxed;
}

jref
ssa_truth_of_int(struct builder *b, jref v)
{
    if (ssa_is_new(b, v, JIR_BOX_INT)) {
        return ssa_fold(b, JIR_INT_NE, ssa_ins(b, v)->a, ssa_emit(b, JIR_INT, 0, 0, 0));
    }
    return ssa_emit(b, JIR_INT_TRUTH, v, 0, 0);
}

static const uint8_t int_comparisons[] = {
    [Py_LT] = JIR_INT_LT, [Py_LE] = JIR_INT_LE, [Py_EQ] = JIR_INT_EQ,
    [Py_NE] = JIR_INT_NE, [Py_GT] = JIR_INT_GT, [Py_GE] = JIR_INT_GE,
};

/* The same with the operands in the other order. */
static const uint8_t mirrored[] = {
    [Py_LT] = Py_GT, [Py_LE] = Py_GE, [Py_EQ] = Py_EQ, [Py_NE] = Py_NE, [Py_GT] = Py_LT, [Py_GE] = Py_LE,
};

static bool
is_int_constant(struct builder *b, jref v)
{
    return ssa_ins(b, jir_root(b->ir, v))->op == JIR_INT;
}

/* Of ints, whose values are compared. (A constant comes second: it needs no register there.) */
void
ssa_compare_values(struct builder *b, jref left, jref right)
{
    int comparison = (int)b->u->oparg >> 5;
    bool swap = is_int_constant(b, left) && !is_int_constant(b, right);
    jref bit = swap ? ssa_fold(b, int_comparisons[mirrored[comparison]], right, left) :
               ssa_fold(b, int_comparisons[comparison], left, right);
    jref r = ssa_pop(b), l = ssa_pop(b);
    ssa_push(b, truth(b, bit));
    ssa_drop(b, l);
    ssa_drop(b, r);
}

/* Of ints whose values take one digit each. */
void
ssa_compare_int(struct builder *b)
{
    jref left = ssa_unbox_int(b, ssa_top(b, 1), 1);
    ssa_compare_values(b, left, ssa_unbox_int(b, ssa_top(b, 0), 1));
}

void
ssa_is_op(struct builder *b)
{
    jref r = ssa_top(b, 0), l = ssa_top(b, 1);
    jref bit = ssa_fold(b, JIR_SAME, l, r);
    if (b->u->oparg) {
        bit = ssa_fold(b, JIR_NOT, bit, 0);
    }
    b->depth -= 2;
    ssa_push(b, truth(b, bit));
    ssa_drop(b, l);
    ssa_drop(b, r);
}

void
ssa_unary_not(struct builder *b)
{
    jref v = ssa_top(b, 0), bit;
    jref from = original(b, v);
    if (ssa_ins(b, from)->op == JIR_BOOL) {
        bit = ssa_fold(b, JIR_NOT, ssa_ins(b, from)->a, 0);
    }
    else {
        bit = ssa_fold(b, JIR_SAME, v, ssa_new_constant(b, Py_False, true));
    }
    ssa_replace_by_truth(b, bit);
}

/* The type of an object was compared with a constant, and is that. */
static void
learn_type(struct builder *b, jref guard)
{
    struct jir_ins *g = ssa_ins(b, guard);
    if (g->op != JIR_GUARD_SAME || ssa_ins(b, g->a)->op != JIR_TYPE_OF) {
        return;
    }
    jref object = ssa_ins(b, g->a)->a;
    PyObject *type = ssa_constant(b, g->b);
    if (type != NULL && PyType_Check(type) && ssa_fact(b, object)->type == NULL && ssa_depends(b, type)) {
        ssa_typed(b, object, (PyTypeObject *)type);
    }
}

/* Ints were compared: less <= more, or less < more. */
static void
learn_order(struct builder *b, jref less, jref more, bool strictly)
{
    struct interval l = ssa_interval(b, less), m = ssa_interval(b, more);
    if (m.hi > INT64_MIN && l.lo < INT64_MAX && l.lo <= m.hi - strictly) {
        ssa_narrow(b, less, INT64_MIN, m.hi - strictly);
        ssa_narrow(b, more, l.lo + strictly, INT64_MAX);
    }
}

/* What the guard of a comparison says of the ints. */
static void
learn_interval(struct builder *b, jref guard)
{
    struct jir_ins g = *ssa_ins(b, guard);
    switch (g.op) {
        case JIR_GUARD_INT_LT:
        case JIR_GUARD_INT_LE:
            learn_order(b, g.a, g.b, g.op == JIR_GUARD_INT_LT);
            return;
        case JIR_GUARD_INT_GT:
        case JIR_GUARD_INT_GE:
            learn_order(b, g.b, g.a, g.op == JIR_GUARD_INT_GT);
            return;
        case JIR_GUARD_INT_EQ:
            learn_order(b, g.a, g.b, false);
            learn_order(b, g.b, g.a, false);
            return;
    }
}

/* A branch: the bool on top is `wanted`, or else the trace leaves the other way. */
void
ssa_guard_truth(struct builder *b, bool wanted)
{
    jref v = ssa_top(b, 0);
    if (ssa_constant(b, v) == (wanted ? Py_True : Py_False)) {
        ssa_drop(b, ssa_pop(b));
        return;
    }
    ssa_stress_guard(b);
    ssa_pop(b);
    uint16_t snap = ssa_exit_snapshot(b);
    jref g, from = original(b, v);
    if (ssa_ins(b, from)->op == JIR_BOOL) {
        g = ssa_fold(b, wanted ? JIR_GUARD_TRUE : JIR_GUARD_FALSE, ssa_ins(b, from)->a, 0);
    }
    else {
        g = ssa_emit(b, JIR_GUARD_IS, v, 0, (uintptr_t)(wanted ? Py_True : Py_False));
        if (!ssa_is_sure(b, v)) {
            *ssa_fact(b, v) = (struct fact){0};     // it is known anew
        }
    }
    ssa_ins(b, g)->snap = snap;
    learn_type(b, g);
    learn_interval(b, g);
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
    bool is_none = ssa_constant(b, v) == Py_None;
    bool is_other = f->type != NULL && f->type != &_PyNone_Type && ssa_has_type(b, v, f->type);
    if (wanted ? is_none : is_other) {
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
