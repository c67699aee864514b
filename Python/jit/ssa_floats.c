/* ssa_floats.c - arithmetic on floats, as numbers in registers (see ssa.c).
 *
 * Takes:  a micro-op that adds, subtracts, multiplies, divides, negates or
 *         compares numbers, of types that guards or the recording have told.
 * Gives:  the same on their values. A float that results is a BOX_FLOAT, which
 *         the next operation looks through; the lowering makes the object
 *         only if something else than exits has a use for it.
 *
 *     BINARY_OP_MULTIPLY_FLOAT       v3 p  UNBOX_FLOAT v1
 *                                    v4 p  UNBOX_FLOAT v2
 *                                    v5 p  FLOAT_MULTIPLY v3, v4
 *                                    v6 o  BOX_FLOAT v5             (not made)
 *     BINARY_OP_ADD_FLOAT            v7 p  FLOAT_ADD v5, v3
 *                                    v8   DROP v6, float
 *                                    v9 o  BOX_FLOAT v7
 *
 * An operation is exact where CPython's is: both are IEEE 754's on doubles, and
 * an int of one digit is a double without rounding (so also true division of two
 * such ints: the quotient is rounded once).
 */
#include "ssa.h"

#ifdef _Py_TIER2

#include "opcode.h"

#define MAX_FLOATS 5                // remembered, of eight registers

/* ---- values -------------------------------------------------------------- */

/* Remembers the value of a float that is in a local or elsewhere. Not of many: there is no place
 * in memory for what is not on the stack, when registers run out. */
static void
remember_value(struct builder *b, jref v, jref value)
{
    int found = 0, oldest = -1;
    for (int i = 0; i < b->load_count; i++) {
        if (b->loads[i].offset == UNBOXED_FLOAT) {
            oldest = oldest < 0 ? i : oldest;
            found++;
        }
    }
    if (found == MAX_FLOATS) {
        memmove(b->loads + oldest, b->loads + oldest + 1,
                (size_t)(b->load_count - oldest - 1) * sizeof(struct load));
        b->load_count--;
    }
    ssa_remember_load(b, v, UNBOXED_FLOAT, value);
}

/* The value of a float. That of an object on the stack, which then need not be made, waits in
 * the object's cell where registers are lost; that of another is loaded again. */
static jref
float_value(struct builder *b, jref v)
{
    jref value;
    if (ssa_ins(b, v)->op == JIR_BOX_FLOAT && v > b->framed) {
        return ssa_ins(b, v)->a;
    }
    if (!ssa_loaded_before(b, v, UNBOXED_FLOAT, &value)) {
        value = ssa_emit(b, JIR_UNBOX_FLOAT, v, 0, 0);
        remember_value(b, v, value);
    }
    return value;
}

/* Pops operands, and pushes a float of that value. */
static void
replace_by_float(struct builder *b, int operands, jref value)
{
    jref popped[2];
    for (int i = 0; i < operands; i++) {
        popped[i] = ssa_pop(b);
    }
    for (int i = 0; i < operands; i++) {
        ssa_drop(b, popped[i]);
    }
    uint16_t snap = ssa_snapshot(b, JIT_NO_EXIT, b->depth);
    jref box = ssa_emit(b, JIR_BOX_FLOAT, value, 0, 0);
    ssa_ins(b, box)->error = snap;
    ssa_push(b, ssa_typed(b, box, &PyFloat_Type));
}

/* ---- of floats ------------------------------------------------------------ */

/* Both operands are floats. */
bool
ssa_float_operation(struct builder *b, int op)
{
    if (!ssa_may(b, JIT_OPTIMIZE_FLOATS)) {
        return false;
    }
    jref left = float_value(b, ssa_top(b, 1)), right = float_value(b, ssa_top(b, 0));
    replace_by_float(b, 2, ssa_emit(b, op, left, right, 0));
    return true;
}

/* The guard that `left CMP right` holds, or does not: x > y is y < x, but, for there are NaNs,
 * that x < y does not hold is not that x >= y does. */
static jref
guard_comparison(struct builder *b, int comparison, bool holds, jref left, jref right)
{
    static const struct { uint8_t holds, fails; bool swap; } guards[] = {
        [Py_LT] = {JIR_GUARD_FLOAT_LT, JIR_GUARD_FLOAT_NOT_LT, false},
        [Py_LE] = {JIR_GUARD_FLOAT_LE, JIR_GUARD_FLOAT_NOT_LE, false},
        [Py_EQ] = {JIR_GUARD_FLOAT_EQ, JIR_GUARD_FLOAT_NE, false},
        [Py_NE] = {JIR_GUARD_FLOAT_NE, JIR_GUARD_FLOAT_EQ, false},
        [Py_GT] = {JIR_GUARD_FLOAT_LT, JIR_GUARD_FLOAT_NOT_LT, true},
        [Py_GE] = {JIR_GUARD_FLOAT_LE, JIR_GUARD_FLOAT_NOT_LE, true},
    };
    int op = holds ? guards[comparison].holds : guards[comparison].fails;
    bool swap = guards[comparison].swap;
    return ssa_emit(b, op, swap ? right : left, swap ? left : right, 0);
}

/* A comparison of floats, and the branch by it: it is no object in between. */
bool
ssa_compare_float(struct builder *b)
{
    struct jit_uop *branch = b->u + 1;
    bool wanted = branch->op == U_GUARD_IS_TRUE_POP;
    if (!ssa_may(b, JIT_OPTIMIZE_FLOATS) || !(wanted || branch->op == U_GUARD_IS_FALSE_POP)) {
        return false;
    }
    int comparison = (int)b->u->oparg >> 5;
    ssa_stress_guard(b);
    jref left = float_value(b, ssa_top(b, 1)), right = float_value(b, ssa_top(b, 0));
    jref r = ssa_pop(b), l = ssa_pop(b);
    ssa_drop(b, l);
    ssa_drop(b, r);
    b->u = branch;
    uint16_t snap = ssa_exit_snapshot(b);
    jref guard = guard_comparison(b, comparison, wanted, left, right);
    ssa_ins(b, guard)->snap = snap;
    return true;
}

/* ---- of what the recording has seen ---------------------------------------- */

/* Did the recording see a float there, or an int of one digit? */
static bool
was_number(struct jit_record_entry *e, int n)
{
    return e->top[n] == &PyFloat_Type || e->compact[n];
}

/* Lets the micro-op at hand leave to the start of its bytecode; false: there is no room for that. */
static bool
leave_to_start(struct builder *b)
{
    b->u->exit = ssa_start_site(b);
    return b->u->exit != JIT_NO_EXIT;
}

/* The value of the item that is `n` below the top, or else the trace leaves. */
static jref
number_value(struct builder *b, int n)
{
    jref v = ssa_top(b, n);
    if (b->trace->rec->entries[b->u->line].top[n] == &PyFloat_Type) {
        ssa_guard_type(b, v, &PyFloat_Type);
        return float_value(b, v);
    }
    ssa_guard_type(b, v, &PyLong_Type);
    return ssa_emit(b, JIR_INT_TO_FLOAT, ssa_unbox_int(b, v), 0, 0);
}

/* Numbers that the interpreter does not specialize for: of two types, or in a division. */
bool
ssa_binary_op(struct builder *b)
{
    struct jit_record_entry *e = &b->trace->rec->entries[b->u->line];
    bool floats = e->top[0] == &PyFloat_Type || e->top[1] == &PyFloat_Type;
    int op;
    switch (b->u->oparg) {
        case NB_ADD:
        case NB_INPLACE_ADD:
            op = JIR_FLOAT_ADD;
            break;
        case NB_SUBTRACT:
        case NB_INPLACE_SUBTRACT:
            op = JIR_FLOAT_SUBTRACT;
            break;
        case NB_MULTIPLY:
        case NB_INPLACE_MULTIPLY:
            op = JIR_FLOAT_MULTIPLY;
            break;
        case NB_TRUE_DIVIDE:
        case NB_INPLACE_TRUE_DIVIDE:
            op = JIR_FLOAT_DIVIDE;
            floats = true;          // what it gives
            break;
        default:
            return false;
    }
    if (!ssa_may(b, JIT_OPTIMIZE_FLOATS) || !floats || !was_number(e, 0) || !was_number(e, 1) || !leave_to_start(b)) {
        return false;
    }
    jref left = number_value(b, 1), right = number_value(b, 0);
    if (op == JIR_FLOAT_DIVIDE) {
        ssa_guard(b, JIR_GUARD_FLOAT_NOT_ZERO, right, 0, 0);
    }
    replace_by_float(b, 2, ssa_emit(b, op, left, right, 0));
    return true;
}

bool
ssa_unary_negative(struct builder *b)
{
    struct jit_record_entry *e = &b->trace->rec->entries[b->u->line];
    if (!ssa_may(b, JIT_OPTIMIZE_FLOATS) || e->top[0] != &PyFloat_Type || !leave_to_start(b)) {
        return false;
    }
    ssa_guard_type(b, ssa_top(b, 0), &PyFloat_Type);
    replace_by_float(b, 1, ssa_emit(b, JIR_FLOAT_NEGATE, float_value(b, ssa_top(b, 0)), 0, 0));
    return true;
}

/* ---- in locals -------------------------------------------------------------- */

/* Has the float that is on the stack been copied, so that it matters which object it is? */
static bool
is_copied(struct builder *b, jref box)
{
    for (int at = box + 1; at < b->ir->count; at++) {
        struct jir_ins *i = ssa_ins(b, (jref)at);
        if (i->op == JIR_NEWREF && i->a == box) {
            return true;
        }
    }
    return false;
}

/* A float is stored that was computed just now, in the place of another float. Both may be one
 * object; and nothing is released that might have a finalizer. */
bool
ssa_renew_local(struct builder *b, uint32_t i)
{
    jref box = ssa_top(b, 0);
    struct jit_record_entry *e = &b->trace->rec->entries[b->u->line];
    if (!ssa_may(b, JIT_OPTIMIZE_FLOATS) || ssa_ins(b, box)->op != JIR_BOX_FLOAT || box <= b->framed ||
        is_copied(b, box))
    {
        return false;
    }
    jref old = ssa_local(b, i);
    bool is_known = ssa_is_not_null(b, old) && ssa_has_type(b, old, &PyFloat_Type);
    bool was_seen = e->floats_lost[0] == (int)i || e->floats_lost[1] == (int)i;
    if (!is_known) {
        if (!was_seen || !leave_to_start(b)) {
            return false;
        }
        if (!ssa_is_not_null(b, old)) {
            ssa_guard(b, JIR_GUARD_NOT_NULL, old, 0, 0);
        }
        ssa_guard_type(b, old, &PyFloat_Type);
    }
    ssa_own_borrowed_from(b, old);
    jref value = ssa_ins(b, ssa_pop(b))->a;
    ssa_drop(b, box);
    uint16_t snap = ssa_snapshot(b, JIT_NO_EXIT, b->depth);
    jref new = ssa_emit(b, JIR_RENEW_LOCAL, value, old, i);
    ssa_ins(b, new)->error = snap;
    ssa_typed(b, new, &PyFloat_Type);
    remember_value(b, new, value);
    jref *cell = ssa_local_cell(b, i);
    *cell = b->loaded[cell - b->cells] = new;
    return true;
}

/* A float that was computed is stored as it is: its value is known while it is there. */
void
ssa_float_stored(struct builder *b, jref stored, jref v)
{
    if (ssa_ins(b, v)->op == JIR_BOX_FLOAT && v > b->framed) {
        remember_value(b, stored, ssa_ins(b, v)->a);
    }
}

#endif  // _Py_TIER2
