/* lower_numbers.c - numbers and their objects (see lower.c).
 *
 * Takes:  an instruction that computes with floats, makes the object of a number,
 *         or gives up an object.
 * Gives:  its primitives. Objects of floats come from the interpreter's free list, and go there.
 */
#include "lowering.h"

#if defined(_Py_TIER2) && defined(_Py_JIT)

#include "pycore_long.h"

/* ---- values ---------------------------------------------------------------- */

/* A float's value in a register, from the object or an int. */
void
lower_to_float(struct lowering *l, int primitive, struct jir_ins *i)
{
    jref root = jir_root(l->ir, i->a);
    if (i->op == JIR_UNBOX_FLOAT && l->ir->ins[root].op == JIR_CONST && l->values[root].reg < 0) {
        int d = lower_take_float(l, 0);
        PyFloatObject *constant = (PyFloatObject *)(uintptr_t)lower_constant_bits(l, root);
        lower_add_primitive(l, JIT_P_FLOAT_AT, d, -1)->operand = (uintptr_t)&constant->ob_fval;
        lower_set_reg(l, d, (jref)l->at);
        return;
    }
    int a = lower_use_reg(l, i->a, 0), d = lower_take_float(l, 0);
    lower_add_primitive(l, primitive, d, a);
    lower_set_reg(l, d, (jref)l->at);
}

/* The result takes the place of an operand that is not needed any more, or of a copy. */
void
lower_float_operation(struct lowering *l, int primitive, struct jir_ins *i)
{
    bool two = jir_info(i)->operands[1] != '\0';
    int a = lower_use_reg(l, i->a, 0), b = two ? lower_use_reg(l, i->b, 1u << a) : a;
    bool commutes = i->op == JIR_FLOAT_ADD || i->op == JIR_FLOAT_MULTIPLY;
    if (lower_is_needed(l, lower_root(l, i->a))) {
        if (commutes && !lower_is_needed(l, lower_root(l, i->b))) {
            int other = a;
            a = b;
            b = other;
        }
        else {
            int d = lower_take_float(l, 1u << a | 1u << b);
            lower_add_primitive(l, JIT_P_MOVE_FLOAT, d, a);
            a = d;
        }
    }
    lower_add_primitive(l, primitive, a, two ? b : -1);
    lower_set_reg(l, a, (jref)l->at);
}

/* A call of C: what is needed after it, or where it leaves, goes to memory. The result is in the first operand's
 * register. */
void
lower_float_call(struct lowering *l, int primitive, struct jir_ins *i)
{
    bool two = jir_info(i)->operands[1] != '\0';
    int a = lower_use_reg(l, i->a, 0), b = two ? lower_use_reg(l, i->b, 1u << a) : -1;
    for (int r = 0; r < ALL_REGISTERS; r++) {
        if (lower_is_needed(l, l->regs[r])) {
            lower_save(l, r);
        }
    }
    for (int r = 0; r < ALL_REGISTERS; r++) {
        lower_set_reg(l, r, 0);
    }
    uint16_t exit = lower_add_exit(l, i->snap);
    struct jit_piece *p = lower_add_primitive(l, primitive, a, b);
    p->exit = exit;
    if (i->op == JIR_FLOAT_FUNCTION) {
        p->operand = (uintptr_t)_PyJIT_FloatFunctions[i->imm].call;
    }
    lower_set_reg(l, a, (jref)l->at);
}

/* ---- objects --------------------------------------------------------------- */

/* Where the interpreter keeps floats, and ints, for another use. */
static uint64_t
float_freelist(struct lowering *l)
{
    return (uintptr_t)&l->jit->interp->object_state.freelists.floats;
}

static uint64_t
int_freelist(struct lowering *l)
{
    return (uintptr_t)&l->jit->interp->object_state.freelists.ints;
}

void
lower_box_float(struct lowering *l, struct jir_ins *i)
{
    if (l->sunk[l->at]) {
        return;
    }
    int a = lower_use_reg(l, i->a, 0), d = lower_take_reg(l, l->values[l->at].wanted, 0);
    uint16_t error = lower_add_exit(l, i->error);
    struct jit_piece *p = lower_add_primitive(l, JIT_P_BOX_FLOAT, d, a);
    p->error = error;
    p->operand = float_freelist(l);
    lower_set_reg(l, d, (jref)l->at);
}

void
lower_box_int(struct lowering *l, struct jir_ins *i)
{
    if (l->sunk[l->at]) {
        return;
    }
    int a = lower_use_reg(l, i->a, 0), d = lower_take_reg(l, l->values[l->at].wanted, 1u << a);
    uint16_t error = lower_add_exit(l, i->error);
    struct jit_piece *p = lower_add_primitive(l, JIT_P_BOX_INT, d, a);
    p->error = error;
    p->operand = int_freelist(l);
    lower_set_reg(l, d, (jref)l->at);
}

void
lower_renew_local(struct lowering *l, struct jir_ins *i)
{
    bool is_int = i->op == JIR_RENEW_LOCAL_INT;
    int cell = (int)i->imm;
    jref root = jir_root(l->ir, i->b);
    int value = lower_use_reg(l, i->a, 0), m = lower_use_reg(l, i->b, 1u << value);
    lower_vacate(l, cell, root, 1u << m | 1u << value);
    if (lower_is_needed(l, root)) {
        int copy = lower_take_reg(l, -1, 1u << m | 1u << value);
        lower_add_primitive(l, JIT_P_MOVE, copy, m);
        m = copy;
    }
    uint16_t error = lower_add_exit(l, i->error);
    struct jit_piece *p = lower_add_primitive(l, is_int ? JIT_P_RENEW_INT : JIT_P_RENEW_FLOAT, m, value);
    p->error = error;
    p->place = lower_cell_offset(cell);
    p->operand = is_int ? 0 : float_freelist(l);
    *lower_content(l, cell) = (jref)l->at;
    lower_set_reg(l, m, (jref)l->at);
}

/* Gives up a reference. */
void
lower_drop(struct lowering *l, struct jir_ins *i)
{
    if (l->sunk[jir_root(l->ir, i->a)]) {
        return;
    }
    int a = lower_use_reg(l, i->a, 0);
    PyTypeObject *type = (PyTypeObject *)(uintptr_t)i->imm;
    int primitive = i->op == JIR_DROP_NULLABLE ? JIT_P_XDROP :
                    type == &PyLong_Type ? JIT_P_DROP_INT :
                    type == &PyFloat_Type ? JIT_P_DROP_FLOAT : JIT_P_DROP;
    struct jit_piece *p = lower_add_primitive(l, primitive, a, -1);
    p->operand = primitive == JIT_P_DROP_FLOAT ? float_freelist(l) : primitive == JIT_P_DROP_INT ? int_freelist(l) : 0;
}

#endif  // _Py_TIER2 && _Py_JIT
