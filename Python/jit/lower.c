/* lower.c - from SSA form to stencils: register allocation and selection.
 *
 * Takes:  a trace's instructions (ir.h).
 * Gives:  stencils in order, with what fills their holes, and for each exit
 *         how to put the operand stack in order from where its items are.
 *
 * One forward pass. A value is in a register, or in a cell of the frame, or in
 * both: a local is always in its cell, and a stack item that must give up its
 * register goes to its own cell, where tier 1 would have it. When registers
 * run out, the one goes whose next use is farthest (Belady, "A study of
 * replacement algorithms", IBM Systems Journal 1966; on a straight line that
 * is the best choice).
 *
 * Values of floats are in floating-point registers, which most micro-ops change; then they
 * wait in cells that are free, or in the area for what has none (AWAY). The object of a number
 * that is only released, and named by exits, is not made at all ("sunk", see lower_uses.c): the
 * number stands for it, and exits make it.
 *
 * An exit says where things are when its guard is reached: registers are taken before it is
 * written down, since what is in their way is saved, and might be saved over what the exit names.
 *
 * A primitive has a stencil for each choice of registers. A micro-op wants its
 * topmost operands in the first registers, the others in their cells, and when
 * it calls C all registers are lost but those that it passes on; it has a
 * stencil for each number of registers that it takes, and the cheapest is
 * chosen.
 *
 *     v4 b    LOCAL 0              FILL 3 <- local 0
 *     v5    > GUARD_TYPE v4, int   GUARD_TYPE 3          exit 0: cell 0 = register 3, new reference
 *     v6 -    ADD_INT_B v4, v4     MOVE 0 <- 3, MOVE 1 <- 3, BINARY_OP_ADD_INT_B 2
 *     v7 o    RESULT               (in register 0)
 *
 * Why this way: on a straight line, what a graph-colouring or linear-scan
 * allocator finds out beforehand can be decided on the way, with next uses from
 * one backward scan; and exits then know where everything is without a second
 * table of live ranges.
 */
#include "lowering.h"

#ifdef _Py_TIER2

#ifdef _Py_JIT

/* ---- primitives ------------------------------------------------------------ */

static int
compare_immediate(int op)
{
    return JIT_P_GUARD_INT_LT_IMM + (op - JIR_GUARD_INT_LT);
}

static bool
fits_32(uint64_t bits)
{
    return (int64_t)bits == (int32_t)bits;
}

/* Operands in registers, a guard's exit, and the stencil. */
static void
lower_guard(struct lowering *l, int primitive, struct jir_ins *i)
{
    int operands = (int)strlen(jir_info(i)->operands);
    int a = lower_use_reg(l, i->a, 0), second = -1;
    if (operands == 2) {
        jref other = lower_root(l, i->b);
        if (i->op >= JIR_GUARD_INT_LT && i->op <= JIR_GUARD_INT_GE &&
            l->ir->ins[other].op == JIR_INT && fits_32(lower_constant_bits(l, other)))
        {
            uint16_t exit = lower_add_exit(l, i->snap);
            struct jit_piece *p = lower_add_primitive(l, compare_immediate(i->op), a, -1);
            p->operand = lower_constant_bits(l, other);
            p->exit = exit;
            return;
        }
        second = lower_use_reg(l, i->b, 1u << a);
    }
    uint16_t exit = lower_add_exit(l, i->snap);
    struct jit_piece *p = lower_add_primitive(l, primitive, a, second);
    p->exit = exit;
    p->operand = i->imm;
    if (jir_info(i)->imm == JIR_IMM_OFFSET) {
        p->place = (int32_t)(int64_t)i->imm;
    }
}

/* A result in a register of its own, from one operand. */
static void
lower_load(struct lowering *l, int primitive, struct jir_ins *i)
{
    int a = lower_use_reg(l, i->a, 0);
    int d = lower_take_reg(l, l->values[l->at].wanted, 1u << a);
    uint16_t exit = i->snap != JIR_NO_SNAP ? lower_add_exit(l, i->snap) : JIT_NO_EXIT;
    struct jit_piece *p = lower_add_primitive(l, primitive, d, a);
    p->exit = exit;
    p->place = (int32_t)(int64_t)i->imm;
    lower_set_reg(l, d, (jref)l->at);
}

/* The primitive for a constant in the place of the second operand, or -1, and the constant. */
static int
immediate_form(struct lowering *l, struct jir_ins *i, uint64_t *bits)
{
    jref root = lower_root(l, i->b);
    if (l->ir->ins[root].op != JIR_INT) {
        return -1;
    }
    *bits = lower_constant_bits(l, root);
    int primitive = -1;
    switch (i->op) {
        case JIR_INT_SUBTRACT:
            *bits = 0 - *bits;
            primitive = JIT_P_INT_ADD_IMM;
            break;
        case JIR_INT_ADD:
            primitive = JIT_P_INT_ADD_IMM;
            break;
        case JIR_INT_MULTIPLY:
            primitive = JIT_P_INT_MULTIPLY_IMM;
            break;
        case JIR_INT_AND:
            primitive = JIT_P_INT_AND_IMM;
            break;
    }
    return fits_32(*bits) ? primitive : -1;
}

/* A register for a result that takes the first operand's place, with that operand in it: the operand's, if that is
 * not needed there any more, or a copy. */
static int
take_place(struct lowering *l, jref operand, int a, int other)
{
    jref root = lower_root(l, operand);
    if (!lower_is_needed(l, root)) {
        return a;
    }
    int d = lower_take_reg(l, -1, 1u << a | 1u << other);
    lower_add_primitive(l, JIT_P_MOVE, d, a);
    return d;
}

/* A result in the place of the first operand. */
static void
lower_two_address(struct lowering *l, int primitive, struct jir_ins *i)
{
    bool two = jir_info(i)->operands[1] != '\0';
    uint64_t bits = 0;
    int immediate = two ? immediate_form(l, i, &bits) : -1;
    int a = lower_use_reg(l, i->a, 0);
    int other = two && immediate < 0 ? lower_use_reg(l, i->b, 1u << a) : a;
    int d = take_place(l, i->a, a, other);      // (before the exit, which finds what is saved where it is)
    uint16_t exit = i->snap != JIR_NO_SNAP ? lower_add_exit(l, i->snap) : JIT_NO_EXIT;
    struct jit_piece *p = lower_add_primitive(l, immediate >= 0 ? immediate : primitive, d, two && immediate < 0 ? other : -1);
    p->operand = bits;
    p->exit = exit;
    lower_set_reg(l, d, (jref)l->at);
}

/* The second operand to where the first is, or points to. */
static void
lower_store(struct lowering *l, int primitive, struct jir_ins *i)
{
    int a = lower_use_reg(l, i->a, 0);
    int value = lower_use_reg(l, i->b, 1u << a);
    lower_add_primitive(l, primitive, a, value)->place = (int32_t)(int64_t)i->imm;
}

/* Is the value needed later, and nowhere but in its register? */
static bool
is_only_copy(struct lowering *l, jref root)
{
    return lower_is_needed(l, root) && !lower_is_constant(l, root) && lower_home_of(l, root) < 0;
}

/* The result takes the operand's register, if that is not needed there any more. */
static void
lower_newref(struct lowering *l, int primitive, struct jir_ins *i)
{
    jref root = jir_root(l->ir, i->a);
    int a = lower_use_reg(l, i->a, 0), d = a;
    lower_add_primitive(l, primitive, a, -1);
    if (is_only_copy(l, root)) {
        d = lower_take_reg(l, l->values[l->at].wanted, 1u << a);
        lower_add_primitive(l, JIT_P_MOVE, d, a);
    }
    lower_set_reg(l, d, (jref)l->at);
}

/* The value in a register that is only the result's. */
static void
lower_copy(struct lowering *l, struct jir_ins *i)
{
    jref root = jir_root(l->ir, i->a);
    int a = l->values[root].reg, d = a;
    if (a < 0 || is_only_copy(l, root)) {
        d = lower_take_reg(l, l->values[l->at].wanted, a < 0 ? 0 : 1u << a);
        lower_fill(l, root, d);
    }
    lower_set_reg(l, d, (jref)l->at);
}

static void
lower_set_local(struct lowering *l, struct jir_ins *i)
{
    int cell = (int)i->imm;
    jref root = jir_root(l->ir, i->a);
    if (*lower_content(l, cell) == root) {
        return;
    }
    lower_vacate(l, cell, root, 0);
    int reg = lower_use_reg(l, i->a, 0);
    lower_spill_to(l, reg, cell);
}

/* ---- the trace ---------------------------------------------------------------- */

/* Where a bridge finds what its exit left in a register or elsewhere. */
static void
inherit(struct lowering *l, struct jir_ins *i)
{
    struct jit_exit *x = l->ir->trace->rec->exit;
    assert(!x->boxes);
    int cell = lower_locals_of(l, l->frame) + (int)i->imm;
    jref root = jir_root(l->ir, (jref)l->at);
    for (int k = 0; k < x->recover_count; k++) {
        struct jit_recover *r = &jit_exit_owner(x)->recovers[x->recover + (uint32_t)k];
        if (r->cell == cell) {
            if (r->kind == JIT_FROM_REGISTER) {
                lower_set_reg(l, r->source, root);
            }
            else {
                *lower_content(l, r->kind == JIT_FROM_SPILL ? AWAY + r->source : r->source) = root;
            }
            return;
        }
    }
    *lower_content(l, cell) = root;
}

static void
lower_ins(struct lowering *l)
{
    struct jir_ins *i = &l->ir->ins[l->at];
    switch (i->op) {
        case JIR_NOP:
        case JIR_CONST:
        case JIR_NULL:
        case JIR_INT:
        case JIR_TAKE_LOCAL:
        case JIR_RESULT:
        case JIR_FORGET:
        case JIR_IMMORTAL:
            return;
        case JIR_ENTRY:
            *lower_content(l, lower_locals_of(l, l->frame) + (int)i->imm) = (jref)l->at;
            return;
        case JIR_INHERIT:
            inherit(l, i);
            return;
        case JIR_LOCAL:
        case JIR_UNSET:
            *lower_content(l, (int)i->imm) = (jref)l->at;
            return;
        case JIR_ARGUMENT:
            *lower_content(l, (int)i->imm) = jir_root(l->ir, (jref)l->at);
            return;
        case JIR_SET_LOCAL:
            lower_set_local(l, i);
            return;
        case JIR_COPY:
            lower_copy(l, i);
            return;
        case JIR_NEWREF:
            lower_newref(l, JIT_P_INCREF, i);
            return;
        case JIR_NEWREF_NULLABLE:
            lower_newref(l, JIT_P_XINCREF, i);
            return;
        case JIR_DROP:
        case JIR_DROP_NULLABLE:
            lower_drop(l, i);
            return;
        case JIR_TAKE:
            return;
#define GUARD(NAME) case JIR_##NAME: lower_guard(l, JIT_P_##NAME, i); return
        GUARD(GUARD_TYPE);
        GUARD(GUARD_VERSION);
        GUARD(GUARD_IS);
        GUARD(GUARD_IS_NOT);
        GUARD(GUARD_NULL);
        GUARD(GUARD_NOT_NULL);
        GUARD(GUARD_SAME);
        GUARD(GUARD_NOT_SAME);
        GUARD(GUARD_BYTE);
        GUARD(GUARD_ZERO);
        GUARD(GUARD_TRUE);
        GUARD(GUARD_FALSE);
        GUARD(GUARD_INT_LT);
        GUARD(GUARD_INT_LE);
        GUARD(GUARD_INT_EQ);
        GUARD(GUARD_INT_NE);
        GUARD(GUARD_INT_GT);
        GUARD(GUARD_INT_GE);
        GUARD(GUARD_COMPACT);
        GUARD(GUARD_INDEX);
        GUARD(GUARD_TYPECODE);
        GUARD(GUARD_ASCII);
        GUARD(GUARD_CHARACTER);
        GUARD(GUARD_UNSHARED);
        GUARD(GUARD_SHARED);
        GUARD(GUARD_RANGE_LEFT);
        GUARD(GUARD_FLOAT_NOT_ZERO);
        GUARD(GUARD_FLOAT_NOT_NEGATIVE);
        GUARD(GUARD_FLOAT_LT);
        GUARD(GUARD_FLOAT_LE);
        GUARD(GUARD_FLOAT_EQ);
        GUARD(GUARD_FLOAT_NE);
        GUARD(GUARD_FLOAT_NOT_LT);
        GUARD(GUARD_FLOAT_NOT_LE);
#undef GUARD
#define LOAD(NAME) case JIR_##NAME: lower_load(l, JIT_P_##NAME, i); return
        LOAD(UNBOX_INT);
        LOAD(UNBOX_WIDE);
        LOAD(FLOAT_TO_INT);
        LOAD(INT_TRUTH);
        LOAD(SIZE_TRUTH);
        LOAD(TYPE_OF);
        LOAD(LOAD);
        LOAD(RANGE_START);
        LOAD(SIZE);
        LOAD(ORDINAL);
        LOAD(UINT8_AT);
        LOAD(INT32_AT);
        LOAD(INT64_AT);
        case JIR_LOAD_INT:
        case JIR_ITEM_AT:
            lower_load(l, JIT_P_LOAD, i);
            return;
#undef LOAD
#define TWO_ADDRESS(NAME) case JIR_##NAME: lower_two_address(l, JIT_P_##NAME, i); return
        TWO_ADDRESS(INT_LT);
        TWO_ADDRESS(INT_LE);
        TWO_ADDRESS(INT_EQ);
        TWO_ADDRESS(INT_NE);
        TWO_ADDRESS(INT_GT);
        TWO_ADDRESS(INT_GE);
        TWO_ADDRESS(INT_ADD);
        TWO_ADDRESS(INT_SUBTRACT);
        TWO_ADDRESS(INT_MULTIPLY);
        TWO_ADDRESS(INT_ADD_CHECKED);
        TWO_ADDRESS(INT_SUBTRACT_CHECKED);
        TWO_ADDRESS(INT_MULTIPLY_CHECKED);
        TWO_ADDRESS(INT_AND);
        TWO_ADDRESS(INT_OR);
        TWO_ADDRESS(INT_XOR);
        TWO_ADDRESS(INT_SHIFT_LEFT);
        TWO_ADDRESS(INT_SHIFT_RIGHT);
        TWO_ADDRESS(INT_FLOOR_DIVIDE);
        TWO_ADDRESS(INT_MODULO);
        TWO_ADDRESS(INT_LEAST);
        TWO_ADDRESS(INT_GREATEST);
        TWO_ADDRESS(LESSER_INT);
        TWO_ADDRESS(GREATER_INT);
        TWO_ADDRESS(LESSER_FLOAT);
        TWO_ADDRESS(GREATER_FLOAT);
        TWO_ADDRESS(LIST_ITEM);
        TWO_ADDRESS(LIST_PLACE);
        TWO_ADDRESS(TUPLE_ITEM);
        TWO_ADDRESS(BYTE_AT);
        TWO_ADDRESS(ASCII_AT);
        TWO_ADDRESS(CHARACTER);
        TWO_ADDRESS(ARRAY_PLACE_1);
        TWO_ADDRESS(ARRAY_PLACE_4);
        TWO_ADDRESS(ARRAY_PLACE_8);
        TWO_ADDRESS(SAME);
        TWO_ADDRESS(NOT);
        TWO_ADDRESS(BOOL);
#undef TWO_ADDRESS
#define FLOAT(NAME) case JIR_##NAME: lower_float_operation(l, JIT_P_##NAME, i); return
        FLOAT(FLOAT_ADD);
        FLOAT(FLOAT_SUBTRACT);
        FLOAT(FLOAT_MULTIPLY);
        FLOAT(FLOAT_DIVIDE);
        FLOAT(FLOAT_NEGATE);
        FLOAT(FLOAT_ABSOLUTE);
        FLOAT(FLOAT_SQRT);
        FLOAT(FLOAT_LEAST);
        FLOAT(FLOAT_GREATEST);
#undef FLOAT
        case JIR_FLOAT_POWER:
            lower_float_call(l, JIT_P_FLOAT_POWER, i);
            return;
        case JIR_FLOAT_FUNCTION:
            lower_float_call(l, JIT_P_FLOAT_FUNCTION, i);
            return;
        case JIR_UNBOX_FLOAT:
            lower_to_float(l, JIT_P_UNBOX_FLOAT, i);
            return;
        case JIR_INT_TO_FLOAT:
            lower_to_float(l, JIT_P_INT_TO_FLOAT, i);
            return;
        case JIR_BOX_FLOAT:
            lower_box_float(l, i);
            return;
        case JIR_BOX_INT:
            lower_box_int(l, i);
            return;
#define STORE(NAME) case JIR_##NAME: lower_store(l, JIT_P_##NAME, i); return
        STORE(SET_FLOAT);
        STORE(SET_DOUBLE);
        STORE(SET_UINT8);
        STORE(SET_INT32);
        STORE(SET_INT64);
        STORE(STORE);
        case JIR_SET_ITEM:
            lower_store(l, JIT_P_STORE, i);
            return;
#undef STORE
        case JIR_DOUBLE_AT:
            lower_to_float(l, JIT_P_DOUBLE_AT, i);
            return;
        case JIR_DROP_SHARED:
            lower_add_primitive(l, JIT_P_DROP_SHARED, lower_use_reg(l, i->a, 0), -1);
            return;
        case JIR_RANGE_ADVANCE:
            lower_add_primitive(l, JIT_P_RANGE_ADVANCE, lower_use_reg(l, i->a, 0), -1);
            return;
        case JIR_RENEW_LOCAL:
        case JIR_RENEW_LOCAL_INT:
            lower_renew_local(l, i);
            return;
        case JIR_CARRY:
        case JIR_CARRY_FLOAT:
            lower_carry(l, i);
            return;
        case JIR_LOOP:
            lower_loop(l, i);
            return;
        case JIR_GENERIC:
            lower_generic(l);
            return;
        default:
            Py_UNREACHABLE();
    }
}

static bool
prepare(struct lowering *l)
{
    struct jit_trace *trace = l->ir->trace;
    int cells = 0;
    l->bases = jit_malloc(((size_t)trace->frame_count + 1) * sizeof(int));
    l->values = jit_malloc((size_t)l->ir->count * sizeof(struct value));
    l->first_use = jit_malloc(((size_t)l->ir->count + 1) * sizeof(int));
    l->sunk = jit_calloc((size_t)l->ir->count, sizeof(bool));
    if (l->bases == NULL || l->values == NULL || l->first_use == NULL || l->sunk == NULL) {
        return lower_fail(l, JIT_ABORT_NO_MEMORY);
    }
    for (int f = 0; f < trace->frame_count; f++) {
        l->bases[f] = cells;
        int size = trace->frames[f].code->co_nlocalsplus + trace->frames[f].code->co_stacksize + 2;
        if (size > AWAY) {
            return lower_fail(l, JIT_ABORT_NO_REGISTER);
        }
        cells += size;
    }
    l->contents = jit_calloc((size_t)cells + 1, sizeof(jref));
    if (l->contents == NULL) {
        return lower_fail(l, JIT_ABORT_NO_MEMORY);
    }
    return lower_find_uses(l);
}

/* The start of a trace: an indirect jump hands over the top of the stack in a register,
 * whoever else comes has it in memory. */
static void
begin(struct lowering *l)
{
    struct jit_trace *trace = l->ir->trace;
    if (trace->rec->is_continuation) {
        int cell = lower_locals_of(l, 0) + trace->rec->entries[0].stack - 1;
        l->at = 1;
        lower_add_cell_primitive(l, JIT_P_FILL, 0, cell);
        l->code->register_entry = l->code->count;
    }
}

enum jit_abort
jit_lower(struct jit *jit, struct jit_trace *trace)
{
    struct jir *ir = trace->ir;
    struct jit_code *code = trace->lowered = jit_calloc(1, sizeof(struct jit_code));
    if (code == NULL) {
        return JIT_ABORT_NO_MEMORY;
    }
    struct lowering l = {.jit = jit, .ir = ir, .code = code};
    if (prepare(&l)) {
        begin(&l);
        bool in_register = ir->trace->rec->is_continuation;
        for (int at = 1; at < ir->count && l.abort == JIT_ABORT_NONE; at++) {
            struct jir_ins *i = &ir->ins[at];
            l.at = at;
            l.frame = i->frame;
            lower_ins(&l);
            if (i->op == JIR_ENTRY && in_register && l.frame == 0 &&
                (int)i->imm == ir->trace->rec->entries[0].stack - 1)
            {
                *lower_content(&l, lower_locals_of(&l, 0) + (int)i->imm) = 0;
                lower_set_reg(&l, 0, (jref)at);
                in_register = false;
            }
            if (i->op == JIR_GENERIC && i->uop == U_ENTER) {
                code->enter = code->count - 1;
                // (A continuation's loop goes back to the very start, which fills the register.)
                code->top = ir->trace->rec->is_continuation ? 0 : code->count;
            }
            lower_advance(&l);
        }
    }
    jit_free(l.values);
    jit_free(l.uses);
    jit_free(l.first_use);
    jit_free(l.sunk);
    jit_free(l.contents);
    jit_free(l.bases);
    return l.abort;
}

#endif  // _Py_JIT

void
jit_code_free(struct jit_code *code)
{
    if (code == NULL) {
        return;
    }
    jit_free(code->pieces);
    jit_free(code->exits);
    jit_free(code->recovers);
    jit_free(code);
}

#endif  // _Py_TIER2
