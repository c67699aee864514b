/* ssa_ints.c - arithmetic on ints, as numbers in registers (see ssa.c).
 *
 * Takes:  a micro-op that computes with ints, which have one digit or two as far as the
 *         recording has seen.
 * Gives:  the same on their values, which have 64 bits. An int that results is
 *         a BOX_INT, which the next operation looks through; as with floats, the
 *         lowering makes the object only if something else than exits wants it.
 *
 *     BINARY_OP_MULTIPLY_INT         v3 p> UNBOX_INT v1
 *                                    v4 p> UNBOX_INT v2
 *                                    v5 p  INT_MULTIPLY v3, v4
 *                                    v6 o  BOX_INT v5               (not made)
 *     BINARY_OP_ADD_INT              v7 p  INT_ADD v5, v3
 *
 * Of each value an interval is known. Where it shows that a result has no more than
 * 64 bits, nothing is checked; elsewhere the trace leaves before the operation,
 * which tier 1 does again, and exactly.
 */
#include "ssa.h"

#ifdef _Py_TIER2

#include "opcode.h"
#include "pycore_long.h"

#if defined(_MSC_VER) && !defined(__clang__)
#  include <intrin.h>

static bool
add_overflows(int64_t a, int64_t b, int64_t *sum)
{
    *sum = (int64_t)((uint64_t)a + (uint64_t)b);
    return b < 0 ? *sum >= a : *sum < a;
}

static bool
subtract_overflows(int64_t a, int64_t b, int64_t *difference)
{
    *difference = (int64_t)((uint64_t)a - (uint64_t)b);
    return b < 0 ? *difference <= a : *difference > a;
}

static bool
multiply_overflows(int64_t a, int64_t b, int64_t *product)
{
    *product = (int64_t)((uint64_t)a * (uint64_t)b);
    return __mulh(a, b) != (*product < 0 ? -1 : 0);
}
#else
#  define add_overflows __builtin_add_overflow
#  define subtract_overflows __builtin_sub_overflow
#  define multiply_overflows __builtin_mul_overflow
#endif

static const struct interval everything = {INT64_MIN, INT64_MAX};

/* ---- intervals ------------------------------------------------------------- */

struct interval
ssa_interval(struct builder *b, jref v)
{
    jref root = jir_root(b->ir, v);
    struct jir_ins *i = ssa_ins(b, root);
    if (i->op == JIR_INT) {
        return (struct interval){(int64_t)i->imm, (int64_t)i->imm};
    }
    return b->facts[root].bounded ? b->facts[root].interval : everything;
}

jref
ssa_bounded(struct builder *b, jref v, struct interval in)
{
    struct fact *f = &b->facts[jir_root(b->ir, v)];
    f->bounded = true;
    f->interval = in;
    return v;
}

/* What an int of so many digits is, at most. */
jref
ssa_of_digits(struct builder *b, jref v, int digits)
{
    int64_t most = ((int64_t)1 << (digits * PyLong_SHIFT)) - 1;
    return ssa_bounded(b, v, (struct interval){-most, most});
}

/* The smallest k for which all values are from -2**k to 2**k - 1. */
static int
bits_of(struct interval in)
{
    uint64_t all = (uint64_t)(in.lo < 0 ? ~in.lo : in.lo) | (uint64_t)(in.hi < 0 ? ~in.hi : in.hi);
    int k = 0;
    while (k < 63 && all >> k != 0) {
        k++;
    }
    return k;
}

static bool
add_intervals(struct interval a, struct interval b, struct interval *sum)
{
    return !add_overflows(a.lo, b.lo, &sum->lo) && !add_overflows(a.hi, b.hi, &sum->hi);
}

static bool
subtract_intervals(struct interval a, struct interval b, struct interval *difference)
{
    return !subtract_overflows(a.lo, b.hi, &difference->lo) && !subtract_overflows(a.hi, b.lo, &difference->hi);
}

static bool
multiply_intervals(struct interval a, struct interval b, struct interval *product)
{
    int64_t ends[4];
    if (multiply_overflows(a.lo, b.lo, &ends[0]) || multiply_overflows(a.lo, b.hi, &ends[1]) ||
        multiply_overflows(a.hi, b.lo, &ends[2]) || multiply_overflows(a.hi, b.hi, &ends[3]))
    {
        return false;
    }
    *product = (struct interval){ends[0], ends[0]};
    for (int i = 1; i < 4; i++) {
        product->lo = Py_MIN(product->lo, ends[i]);
        product->hi = Py_MAX(product->hi, ends[i]);
    }
    return true;
}

/* ---- operations ------------------------------------------------------------ */

static jref
int_constant(struct builder *b, int64_t k)
{
    return ssa_emit(b, JIR_INT, 0, 0, (uint64_t)k);
}

/* A result, or the constant that it is. */
static jref
emit_in(struct builder *b, int op, jref left, jref right, struct interval in)
{
    if (in.lo == in.hi) {
        return int_constant(b, in.lo);
    }
    return ssa_bounded(b, ssa_emit(b, op, left, right, 0), in);
}

/* Sums, differences, products. */
jref
ssa_int_arithmetic(struct builder *b, int op, jref left, jref right)
{
    struct interval l = ssa_interval(b, left), r = ssa_interval(b, right), in;
    bool fits = op == JIR_INT_ADD ? add_intervals(l, r, &in) :
                op == JIR_INT_SUBTRACT ? subtract_intervals(l, r, &in) : multiply_intervals(l, r, &in);
    if (fits) {
        return emit_in(b, op, left, right, in);
    }
    int checked = op == JIR_INT_ADD ? JIR_INT_ADD_CHECKED :
                  op == JIR_INT_SUBTRACT ? JIR_INT_SUBTRACT_CHECKED : JIR_INT_MULTIPLY_CHECKED;
    return ssa_guard(b, checked, left, right, 0);
}

static jref
logic(struct builder *b, int op, jref left, jref right)
{
    struct interval l = ssa_interval(b, left), r = ssa_interval(b, right);
    int k = Py_MAX(bits_of(l), bits_of(r));
    int64_t top = k == 63 ? INT64_MAX : ((int64_t)1 << k) - 1;
    struct interval in = {-top - 1, top};
    if (l.lo >= 0 && r.lo >= 0) {
        in.lo = 0;
    }
    if (op == JIR_INT_AND && (l.lo >= 0 || r.lo >= 0)) {
        // (What is not negative is not exceeded.)
        in = (struct interval){0, l.lo < 0 ? r.hi : r.lo < 0 ? l.hi : Py_MIN(l.hi, r.hi)};
    }
    if (l.lo == l.hi && r.lo == r.hi) {
        int64_t value = op == JIR_INT_AND ? l.lo & r.lo : op == JIR_INT_OR ? l.lo | r.lo : l.lo ^ r.lo;
        in = (struct interval){value, value};
    }
    return emit_in(b, op, left, right, in);
}

/* It is known now that a value is from lo to hi. */
void
ssa_narrow(struct builder *b, jref v, int64_t lo, int64_t hi)
{
    struct interval in = ssa_interval(b, v);
    if (ssa_ins(b, jir_root(b->ir, v))->op != JIR_INT) {
        ssa_bounded(b, v, (struct interval){Py_MAX(in.lo, lo), Py_MIN(in.hi, hi)});
    }
}

/* Guards that a value is from lo to hi, as far as its interval does not say so. */
void
ssa_guard_within(struct builder *b, jref v, int64_t lo, int64_t hi)
{
    struct interval in = ssa_interval(b, v);
    if (in.lo < lo) {
        ssa_guard(b, JIR_GUARD_INT_GE, v, int_constant(b, lo), 0);
    }
    if (in.hi > hi) {
        ssa_guard(b, JIR_GUARD_INT_LE, v, int_constant(b, hi), 0);
    }
    ssa_narrow(b, v, lo, hi);
}

/* Its distance from 0: with s = v >> 63, (v ^ s) - s (Warren, Hacker's Delight, section 2-4). */
jref
ssa_int_absolute(struct builder *b, jref v)
{
    ssa_guard_within(b, v, -INT64_MAX, INT64_MAX);
    struct interval in = ssa_interval(b, v);
    if (in.lo >= 0) {
        return v;
    }
    if (in.hi <= 0) {
        return ssa_int_arithmetic(b, JIR_INT_SUBTRACT, int_constant(b, 0), v);
    }
    jref sign = ssa_emit(b, JIR_INT_SHIFT_RIGHT, v, int_constant(b, 63), 0);
    jref size = ssa_emit(b, JIR_INT_SUBTRACT, ssa_emit(b, JIR_INT_XOR, v, sign, 0), sign, 0);
    return ssa_bounded(b, size, (struct interval){0, Py_MAX(-in.lo, in.hi)});
}

/* That a float of the value is exact. */
void
ssa_guard_fits_float(struct builder *b, jref v)
{
    ssa_guard_within(b, v, -((int64_t)1 << 53), (int64_t)1 << 53);
}

/* 0: it is left to the micro-op. */
static jref
shift_left(struct builder *b, jref left, jref right)
{
    struct interval l = ssa_interval(b, left), r = ssa_interval(b, right);
    int room = 62 - bits_of(l);
    if (room < 0 || r.lo > room || r.hi < 0) {
        return 0;
    }
    ssa_guard_within(b, right, 0, room);
    r = ssa_interval(b, right);
    int64_t most = (int64_t)1 << r.hi, least = (int64_t)1 << r.lo;
    struct interval in = {l.lo * (l.lo < 0 ? most : least), l.hi * (l.hi < 0 ? least : most)};
    return emit_in(b, JIR_INT_SHIFT_LEFT, left, right, in);
}

static jref
shift_right(struct builder *b, jref left, jref right)
{
    struct interval l = ssa_interval(b, left), r = ssa_interval(b, right);
    if (r.lo > 63 || r.hi < 0) {
        return 0;
    }
    ssa_guard_within(b, right, 0, 63);
    r = ssa_interval(b, right);
    struct interval in = {l.lo >> (l.lo < 0 ? r.lo : r.hi), l.hi >> (l.hi < 0 ? r.hi : r.lo)};
    return emit_in(b, JIR_INT_SHIFT_RIGHT, left, right, in);
}

/* Of a positive power of two, its logarithm; or -1. */
static int
logarithm(struct interval in)
{
    if (in.lo != in.hi || in.lo <= 0 || (in.lo & (in.lo - 1)) != 0) {
        return -1;
    }
    int k = 0;
    while (in.lo >> k != 1) {
        k++;
    }
    return k;
}

/* // and %, which round down. */
static jref
divide(struct builder *b, int op, jref left, jref right)
{
    struct interval l = ssa_interval(b, left), r = ssa_interval(b, right);
    int k = logarithm(r);
    if (k >= 0 && op == JIR_INT_FLOOR_DIVIDE) {
        return shift_right(b, left, int_constant(b, k));
    }
    if (k >= 0) {
        return logic(b, JIR_INT_AND, left, int_constant(b, r.lo - 1));
    }
    if (l.lo == INT64_MIN || r.hi == INT64_MIN || (r.lo == 0 && r.hi == 0)) {
        return 0;                   // (INT64_MIN // -1 does not fit)
    }
    if (r.lo <= 0 && r.hi >= 0) {
        ssa_guard(b, JIR_GUARD_INT_NE, right, int_constant(b, 0), 0);
    }
    // A remainder has the divisor's sign; a quotient is not further from 0 than the dividend.
    struct interval in = {Py_MIN(r.lo + 1, 0), Py_MAX(r.hi - 1, 0)};
    if (op == JIR_INT_FLOOR_DIVIDE) {
        int64_t most = Py_MAX(Py_ABS(l.lo), Py_ABS(l.hi));
        in = (struct interval){l.lo >= 0 && r.lo >= 0 ? 0 : -most, most};
    }
    return ssa_bounded(b, ssa_emit(b, op, left, right, 0), in);
}

/* ---- micro-ops ------------------------------------------------------------- */

/* Is the item that is `n` below the top a value already, or an int of few digits in the recording? */
bool
ssa_was_int(struct builder *b, int n)
{
    return b->trace->rec->entries[b->u->line].digits[n] != 0 || ssa_is_new(b, ssa_top(b, n), JIR_BOX_INT);
}

/* Its value, or else the trace leaves. */
jref
ssa_int_value(struct builder *b, int n)
{
    ssa_guard_type(b, ssa_top(b, n), &PyLong_Type);
    return ssa_unbox_int(b, ssa_top(b, n), b->trace->rec->entries[b->u->line].digits[n]);
}

/* The operation on the two values, or 0. */
static jref
operate(struct builder *b, int op, jref left, jref right)
{
    switch (op) {
        case JIR_INT_AND:
        case JIR_INT_OR:
        case JIR_INT_XOR:
            return logic(b, op, left, right);
        case JIR_INT_SHIFT_LEFT:
            return shift_left(b, left, right);
        case JIR_INT_SHIFT_RIGHT:
            return shift_right(b, left, right);
        case JIR_INT_FLOOR_DIVIDE:
        case JIR_INT_MODULO:
            return divide(b, op, left, right);
        default:
            return ssa_int_arithmetic(b, op, left, right);
    }
}

/* Both operands are ints; false: the micro-op does it on objects. */
bool
ssa_int_operation(struct builder *b, int op)
{
    uint16_t exit = b->u->exit;
    if (!ssa_may(b, JIT_OPTIMIZE_INTS) || !ssa_was_int(b, 0) || !ssa_was_int(b, 1) || !ssa_leave_to_start(b)) {
        return false;
    }
    jref left = ssa_int_value(b, 1), right = ssa_int_value(b, 0);
    jref value = operate(b, op, left, right);
    if (value == 0) {
        b->u->exit = exit;
        return false;
    }
    ssa_replace_by_number(b, 2, JIR_BOX_INT, value);
    return true;
}

/* The operation of a BINARY_OP, or -1. */
static int
operation_of(uint32_t oparg)
{
    static const int16_t operations[NB_INPLACE_XOR + 1] = {
        [NB_ADD] = JIR_INT_ADD, [NB_INPLACE_ADD] = JIR_INT_ADD,
        [NB_SUBTRACT] = JIR_INT_SUBTRACT, [NB_INPLACE_SUBTRACT] = JIR_INT_SUBTRACT,
        [NB_MULTIPLY] = JIR_INT_MULTIPLY, [NB_INPLACE_MULTIPLY] = JIR_INT_MULTIPLY,
        [NB_AND] = JIR_INT_AND, [NB_INPLACE_AND] = JIR_INT_AND,
        [NB_OR] = JIR_INT_OR, [NB_INPLACE_OR] = JIR_INT_OR,
        [NB_XOR] = JIR_INT_XOR, [NB_INPLACE_XOR] = JIR_INT_XOR,
        [NB_LSHIFT] = JIR_INT_SHIFT_LEFT, [NB_INPLACE_LSHIFT] = JIR_INT_SHIFT_LEFT,
        [NB_RSHIFT] = JIR_INT_SHIFT_RIGHT, [NB_INPLACE_RSHIFT] = JIR_INT_SHIFT_RIGHT,
        [NB_FLOOR_DIVIDE] = JIR_INT_FLOOR_DIVIDE, [NB_INPLACE_FLOOR_DIVIDE] = JIR_INT_FLOOR_DIVIDE,
        [NB_REMAINDER] = JIR_INT_MODULO, [NB_INPLACE_REMAINDER] = JIR_INT_MODULO,
    };
    return operations[oparg] == JIR_NOP ? -1 : operations[oparg];
}

/* Operators that the interpreter does not specialize. */
bool
ssa_int_binary_op(struct builder *b)
{
    int op = operation_of(b->u->oparg);
    return op >= 0 && ssa_int_operation(b, op);
}

/* - and ~. */
bool
ssa_int_unary(struct builder *b, int op, int64_t left)
{
    if (!ssa_may(b, JIT_OPTIMIZE_INTS) || !ssa_was_int(b, 0) || !ssa_leave_to_start(b)) {
        return false;
    }
    jref value = operate(b, op, int_constant(b, left), ssa_int_value(b, 0));
    ssa_replace_by_number(b, 1, JIR_BOX_INT, value);
    return true;
}

/* A comparison that is not of ints of one digit each, or not always. */
bool
ssa_int_compare_op(struct builder *b)
{
    if (!ssa_may(b, JIT_OPTIMIZE_INTS) || !ssa_may(b, JIT_OPTIMIZE_CONDITIONS) || !ssa_was_int(b, 0) || !ssa_was_int(b, 1) ||
        !ssa_leave_to_start(b))
    {
        return false;
    }
    jref left = ssa_int_value(b, 1), right = ssa_int_value(b, 0);
    ssa_compare_values(b, left, right);
    return true;
}

#endif  // _Py_TIER2
