/* ssa_fold.c - local rewrites: an operation that is simpler than it looks (see ssa.c).
 *
 * Takes:  an operation on values, about to be emitted.
 * Gives:  the value of a simpler one, emitted or there already.
 *
 * A rule is an equation and a function. The equation is what Tools/jit/prove.py
 * proves, with Z3, for all values of its variables: a, b are values of 64 bits,
 * p, q are bits, k, m are constants; CMP stands for each of the six comparisons,
 * INVERSE for the one that holds where it does not. The function sees whether the left side is there and makes it the right
 * one. Rules are tried in the order of the table until none applies; each makes
 * the operation smaller, or a guard of a bit into one of what the bit says.
 *
 *     INT_LT v3, v3               0
 *     BOOL 0                      False
 *     GUARD_FALSE (NOT v7)        GUARD_TRUE v7
 *
 * Why this way: what a table names can be counted and proved (sys._jit.stats()
 * tells how often each rule applied, a test that each does, and the build's tests
 * that each is true), which code in the middle of a case cannot.
 *
 * Rules for whoever adds one: a row in JIT_RULES (jit.h), a function here, a
 * test that it applies and one that it does not where its left side is not there.
 * An equation says nothing of references: that operands are still alive where
 * the right side uses them is the function's business.
 */
#include "ssa.h"

#ifdef _Py_TIER2

#include "pycore_long.h"

struct term {
    int op;                         // enum jir_op, or VALUE
    jref a, b;
    uint64_t imm;
};

enum {VALUE = JIR_OP_COUNT};

typedef bool (*rule_function)(struct builder *b, struct term *t);

/* ---- helpers ----------------------------------------------------------- */

static void
become_value(struct term *t, jref v)
{
    *t = (struct term){.op = VALUE, .a = v};
}

static void
become_int(struct term *t, uint64_t k)
{
    *t = (struct term){.op = JIR_INT, .imm = k};
}

static bool
int_constant(struct builder *b, jref v, int64_t *k)
{
    struct jir_ins *i = ssa_ins(b, jir_root(b->ir, v));
    *k = (int64_t)i->imm;
    return i->op == JIR_INT;
}

static bool
is_guard_of_bit(int op)
{
    return op == JIR_GUARD_TRUE || op == JIR_GUARD_FALSE;
}

static bool
is_comparison(int op)
{
    return op >= JIR_INT_LT && op <= JIR_INT_GE;
}

/* The comparison that holds where this one does not. */
static int
inverse(int op)
{
    static const uint8_t inverses[] = {
        [JIR_INT_LT - JIR_INT_LT] = JIR_INT_GE, [JIR_INT_LE - JIR_INT_LT] = JIR_INT_GT,
        [JIR_INT_EQ - JIR_INT_LT] = JIR_INT_NE, [JIR_INT_NE - JIR_INT_LT] = JIR_INT_EQ,
        [JIR_INT_GT - JIR_INT_LT] = JIR_INT_LE, [JIR_INT_GE - JIR_INT_LT] = JIR_INT_LT,
    };
    return inverses[op - JIR_INT_LT];
}

static bool
compare(int op, int64_t a, int64_t b)
{
    switch (op) {
        case JIR_INT_LT: return a < b;
        case JIR_INT_LE: return a <= b;
        case JIR_INT_EQ: return a == b;
        case JIR_INT_NE: return a != b;
        case JIR_INT_GT: return a > b;
        default: return a >= b;
    }
}

/* Are objects that were compared just now still alive: has nothing been done since? */
static bool
nothing_since(struct builder *b, jref v)
{
    for (int at = v + 1; at < b->ir->count; at++) {
        int op = b->ir->ins[at].op;
        if (op != JIR_NOT && op != JIR_BOOL && op != JIR_CONST) {
            return false;
        }
    }
    return true;
}

/* ---- bits -------------------------------------------------------------- */

static bool
rule_NOT_CONSTANT(struct builder *b, struct term *t)
{
    int64_t k;
    if (t->op != JIR_NOT || !int_constant(b, t->a, &k)) {
        return false;
    }
    become_int(t, k == 0);
    return true;
}

static bool
rule_NOT_NOT(struct builder *b, struct term *t)
{
    if (t->op != JIR_NOT || ssa_ins(b, t->a)->op != JIR_NOT) {
        return false;
    }
    become_value(t, ssa_ins(b, t->a)->a);
    return true;
}

static bool
rule_BOOL_CONSTANT(struct builder *b, struct term *t)
{
    int64_t k;
    if (t->op != JIR_BOOL || !int_constant(b, t->a, &k)) {
        return false;
    }
    become_value(t, ssa_new_constant(b, k ? Py_True : Py_False, true));
    return true;
}

/* ---- comparisons --------------------------------------------------------- */

static bool
rule_SAME_ITSELF(struct builder *b, struct term *t)
{
    if (t->op != JIR_SAME || ssa_subject(b, t->a) != ssa_subject(b, t->b)) {
        return false;
    }
    become_int(t, 1);
    return true;
}

static bool
rule_SAME_CONSTANTS(struct builder *b, struct term *t)
{
    if (t->op != JIR_SAME) {
        return false;
    }
    PyObject *k = ssa_constant(b, t->a), *m = ssa_constant(b, t->b);
    if (k == NULL || m == NULL) {
        return false;
    }
    become_int(t, k == m);
    return true;
}

static bool
rule_SAME_TYPES_DIFFER(struct builder *b, struct term *t)
{
    if (t->op != JIR_SAME) {
        return false;
    }
    PyTypeObject *of_a = ssa_fact(b, t->a)->type, *of_b = ssa_fact(b, t->b)->type;
    if (of_a == NULL || of_b == NULL || of_a == of_b ||
        !ssa_has_type(b, t->a, of_a) || !ssa_has_type(b, t->b, of_b))
    {
        return false;
    }
    become_int(t, 0);
    return true;
}

static bool
rule_COMPARE_CONSTANTS(struct builder *b, struct term *t)
{
    int64_t k, m;
    if (!is_comparison(t->op) || !int_constant(b, t->a, &k) || !int_constant(b, t->b, &m)) {
        return false;
    }
    become_int(t, compare(t->op, k, m));
    return true;
}

static bool
rule_COMPARE_ITSELF(struct builder *b, struct term *t)
{
    if (!is_comparison(t->op) || jir_root(b->ir, t->a) != jir_root(b->ir, t->b)) {
        return false;
    }
    become_int(t, compare(t->op, 0, 0));
    return true;
}

/* ---- guards -------------------------------------------------------------- */

static bool
rule_GUARD_NOT(struct builder *b, struct term *t)
{
    if (!is_guard_of_bit(t->op) || ssa_ins(b, t->a)->op != JIR_NOT) {
        return false;
    }
    t->op = t->op == JIR_GUARD_TRUE ? JIR_GUARD_FALSE : JIR_GUARD_TRUE;
    t->a = ssa_ins(b, t->a)->a;
    return true;
}

static bool
rule_GUARD_COMPARE(struct builder *b, struct term *t)
{
    static const uint8_t guards[] = {
        [JIR_INT_LT - JIR_INT_LT] = JIR_GUARD_INT_LT, [JIR_INT_LE - JIR_INT_LT] = JIR_GUARD_INT_LE,
        [JIR_INT_EQ - JIR_INT_LT] = JIR_GUARD_INT_EQ, [JIR_INT_NE - JIR_INT_LT] = JIR_GUARD_INT_NE,
        [JIR_INT_GT - JIR_INT_LT] = JIR_GUARD_INT_GT, [JIR_INT_GE - JIR_INT_LT] = JIR_GUARD_INT_GE,
    };
    struct jir_ins *bit = ssa_ins(b, t->a);
    if (!is_guard_of_bit(t->op) || !is_comparison(bit->op)) {
        return false;
    }
    int holds = t->op == JIR_GUARD_TRUE ? bit->op : inverse(bit->op);
    *t = (struct term){.op = guards[holds - JIR_INT_LT], .a = bit->a, .b = bit->b};
    return true;
}

static bool
rule_GUARD_SAME(struct builder *b, struct term *t)
{
    struct jir_ins *bit = ssa_ins(b, t->a);
    if (!is_guard_of_bit(t->op) || bit->op != JIR_SAME ||
        !nothing_since(b, t->a))
    {
        return false;
    }
    *t = (struct term){
        .op = t->op == JIR_GUARD_TRUE ? JIR_GUARD_SAME : JIR_GUARD_NOT_SAME,
        .a = bit->a, .b = bit->b,
    };
    return true;
}

/* ---- the table ------------------------------------------------------------- */

static const rule_function rules[] = {
#define X(NAME, EQUATION) [JIT_RULE_##NAME] = rule_##NAME,
    JIT_RULES(X)
#undef X
};

/* Emits the operation, or what is simpler. */
jref
ssa_fold(struct builder *b, int op, jref first, jref second)
{
    struct term t = {.op = op, .a = first, .b = second};
    int count = ssa_may(b, JIT_OPTIMIZE_RULES) ? JIT_RULE_COUNT : 0;
    for (int i = 0; i < count; i++) {
        if (rules[i](b, &t)) {
            b->jit->stats.rules[i]++;
            i = -1;                 // what it is now may be simpler still
        }
    }
    if (t.op == VALUE) {
        return t.a;
    }
    return ssa_emit(b, t.op, t.a, t.b, t.imm);
}

#endif  // _Py_TIER2
