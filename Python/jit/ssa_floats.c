/* ssa_floats.c - arithmetic on floats, as numbers in registers (see ssa.c).
 *
 * Takes:  a micro-op that adds, subtracts, multiplies, divides, negates or
 *         compares numbers, or raises one to the power of another, of types that guards or the recording have told.
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

/* ---- values -------------------------------------------------------------- */

/* The value of a float. That of an object on the stack, which then need not be made, waits in
 * the object's cell where registers are lost; that of another is loaded again. */
static jref
float_value(struct builder *b, jref v)
{
    jref value;
    if (ssa_is_new(b, v, JIR_BOX_FLOAT)) {
        return ssa_ins(b, v)->a;
    }
    if (!ssa_loaded_before(b, v, UNBOXED_FLOAT, &value)) {
        value = ssa_emit(b, JIR_UNBOX_FLOAT, v, 0, 0);
        ssa_remember_value(b, v, UNBOXED_FLOAT, value);
    }
    return value;
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
    ssa_replace_by_number(b, 2, JIR_BOX_FLOAT, ssa_emit(b, op, left, right, 0));
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

/* Did the recording see a float there, or an int? */
bool
ssa_was_number(struct builder *b, int n)
{
    struct jit_record_entry *e = &b->trace->rec->entries[b->u->line];
    return e->top[n] == &PyFloat_Type || e->digits[n] != 0;
}

/* The value of the item that is `n` below the top, as a float, or else the trace leaves. */
jref
ssa_float_value(struct builder *b, int n)
{
    if (b->trace->rec->entries[b->u->line].top[n] == &PyFloat_Type) {
        ssa_guard_type(b, ssa_top(b, n), &PyFloat_Type);
        return float_value(b, ssa_top(b, n));
    }
    return ssa_emit(b, JIR_INT_TO_FLOAT, ssa_int_value(b, n), 0, 0);
}

/* Numbers that the interpreter does not specialize for: of two types, or in a division. */
bool
ssa_binary_op(struct builder *b)
{
    struct jit_record_entry *e = &b->trace->rec->entries[b->u->line];
    bool gives_float = e->top[0] == &PyFloat_Type || e->top[1] == &PyFloat_Type;
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
        case NB_POWER:
        case NB_INPLACE_POWER:
            op = JIR_FLOAT_POWER;
            break;
        case NB_TRUE_DIVIDE:
        case NB_INPLACE_TRUE_DIVIDE:
            op = JIR_FLOAT_DIVIDE;
            gives_float = true;
            break;
        default:
            return false;
    }
    if (!ssa_may(b, JIT_OPTIMIZE_FLOATS) || !gives_float || !ssa_was_number(b, 0) || !ssa_was_number(b, 1) || !ssa_leave_to_start(b)) {
        return false;
    }
    jref left = ssa_float_value(b, 1), right = ssa_float_value(b, 0);
    if (e->top[0] != &PyFloat_Type && e->top[1] != &PyFloat_Type) {
        // (Rounded once, if the operands are exact.)
        ssa_guard_fits_float(b, ssa_ins(b, left)->a);
        ssa_guard_fits_float(b, ssa_ins(b, right)->a);
    }
    if (op == JIR_FLOAT_DIVIDE) {
        ssa_guard(b, JIR_GUARD_FLOAT_NOT_ZERO, right, 0, 0);
    }
    jref result = op == JIR_FLOAT_POWER ? ssa_guard(b, op, left, right, 0) : ssa_emit(b, op, left, right, 0);
    if (op == JIR_FLOAT_POWER) {
        ssa_called(b);
    }
    ssa_replace_by_number(b, 2, JIR_BOX_FLOAT, result);
    return true;
}

bool
ssa_unary_negative(struct builder *b)
{
    struct jit_record_entry *e = &b->trace->rec->entries[b->u->line];
    if (!ssa_may(b, JIT_OPTIMIZE_FLOATS) || e->top[0] != &PyFloat_Type || !ssa_leave_to_start(b)) {
        return false;
    }
    ssa_guard_type(b, ssa_top(b, 0), &PyFloat_Type);
    ssa_replace_by_number(b, 1, JIR_BOX_FLOAT, ssa_emit(b, JIR_FLOAT_NEGATE, float_value(b, ssa_top(b, 0)), 0, 0));
    return true;
}

#endif  // _Py_TIER2
