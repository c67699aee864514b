/* check_primitives.c - primitives: what moves values about, and what computes (see check_allocation.c).
 *
 * Takes:  a piece that is a primitive (Tools/jit/primitives.py), and what each place holds.
 * Gives:  what each place holds after it; or a complaint.
 *
 * What does an operation is in `done_by`, with the form for a constant as its second operand in
 * `immediate`. The letters of the primitive's operands say the rest: a and b are read, d is written, m
 * is both; in this order they are the operands of the instruction.
 */
#include "check_allocation.h"

#if defined(_Py_TIER2) && defined(_Py_JIT)

#include "pycore_long.h"

/* ---- stencils ------------------------------------------------------------------ */

const char *
check_operands(int primitive)
{
    return jit_primitive_operands[primitive];
}

/* What each stencil is, by its number; NULL: there is no memory. */
struct variant *
check_find_variants(void)
{
    struct variant *variants = PyMem_RawCalloc(JIT_STENCIL_COUNT, sizeof(struct variant));
    for (int p = 0; p < JIT_P_COUNT && variants != NULL; p++) {
        bool two = check_operands(p)[1] != '\0';
        for (int k = 0; k < JIT_REGISTERS * (two ? JIT_REGISTERS : 1); k++) {
            variants[jit_primitives[p] + k] = (struct variant){
                .primitive = (uint8_t)p,
                .first = (uint8_t)(two ? k / JIT_REGISTERS : k),
                .second = (uint8_t)(two ? k % JIT_REGISTERS : 0),
                .is_primitive = true,
            };
        }
    }
    return variants;
}

int
check_stencil(const struct variant *v)
{
    bool two = check_operands(v->primitive)[1] != '\0';
    return jit_primitives[v->primitive] + (two ? v->first * JIT_REGISTERS + v->second : v->first);
}

/* The place of an operand, by its letter. */
static struct place
place_of(char letter, int number)
{
    return (struct place){Py_ISUPPER(letter) ? IN_FLOAT_REGISTER : IN_REGISTER, number};
}

/* ---- moves --------------------------------------------------------------------- */

/* The cell of the current frame that a piece names. */
static struct place
cell_of(const struct jit_piece *p)
{
    int64_t bytes = p->place - (int64_t)offsetof(_PyInterpreterFrame, localsplus);
    int size = (int)sizeof(PyObject *);
    return (struct place){IN_CELL, bytes >= 0 && bytes % size == 0 ? (int)(bytes / size) : -1};
}

static struct place
spill_of(const struct jit_piece *p)
{
    int size = (int)sizeof(uintptr_t);
    return (struct place){IN_SPILL, p->place >= 0 && p->place % size == 0 ? p->place / size : -1};
}

static bool
is_local(const struct checker *c, struct place place)
{
    return place.kind == IN_CELL && place.index < check_locals(c, check_ins(c)->frame);
}

static void
move(struct checker *c, struct place to, struct place from)
{
    const struct jir_ins *i = check_ins(c);
    if (!check_is_place(c, to) || !check_is_place(c, from)) {
        check_complain(c, "PLACE", "there is none with number %d", check_is_place(c, to) ? from.index : to.index);
        return;
    }
    struct content moved = *check_content(c, from);
    if (moved.root == 0 && !moved.constant) {
        check_complain(c, "PLACE", "it moves nothing that is known");
    }
    if (is_local(c, to)) {
        if (i->op != JIR_SET_LOCAL || i->imm != (uint64_t)to.index) {
            check_complain(c, "PLACE", "it overwrites local %d", to.index);
            return;
        }
        check_want(c, "PLACE", from, i->a);
        moved = check_named(c, jir_root(c->ir, i->a), FOR_EVER);
    }
    else if (is_local(c, from)) {
        moved.since = c->at - 1;
    }
    *check_content(c, to) = moved;
}

/* Is it a primitive that only moves something? Then it is done. */
static bool
check_move(struct checker *c, const struct jit_piece *p, const struct variant *v)
{
    struct place first = place_of(check_operands(v->primitive)[0], v->first);
    switch (v->primitive) {
        case JIT_P_SPILL_NEAR:
        case JIT_P_FILL_NEAR:
            if (p->place > INT8_MAX) {
                check_complain(c, "HOLE", "%d is not near", p->place);
            }
            break;
        case JIT_P_IMM32:
            if (p->operand > UINT32_MAX) {
                check_complain(c, "HOLE", "%#llx does not fit", (unsigned long long)p->operand);
            }
            break;
    }
    switch (v->primitive) {
        case JIT_P_SPILL:
        case JIT_P_SPILL_NEAR:
        case JIT_P_SPILL_FLOAT:
            move(c, cell_of(p), first);
            return true;
        case JIT_P_FILL:
        case JIT_P_FILL_NEAR:
        case JIT_P_FILL_FLOAT:
            move(c, first, cell_of(p));
            return true;
        case JIT_P_SPILL_AWAY:
        case JIT_P_SPILL_FLOAT_AWAY:
            move(c, spill_of(p), first);
            return true;
        case JIT_P_FILL_AWAY:
        case JIT_P_FILL_FLOAT_AWAY:
            move(c, first, spill_of(p));
            return true;
        case JIT_P_MOVE:
        case JIT_P_MOVE_FLOAT:
            move(c, first, place_of(check_operands(v->primitive)[1], v->second));
            return true;
        case JIT_P_IMM:
        case JIT_P_IMM32:
            *check_content(c, first) = (struct content){.constant = true, .bits = p->operand, .since = c->at - 1};
            return true;
    }
    return false;
}

/* ---- what computes ---------------------------------------------------------------- */

#define NONE JIT_P_COUNT

struct choice {
    uint8_t op, primitive, immediate;   // enum jir_op; JIT_P_*, of which NONE is none
};

/* What does each operation. */
static const struct choice choices[] = {
#define SAME(NAME) {JIR_##NAME, JIT_P_##NAME, NONE}
#define IMMEDIATE(NAME) {JIR_##NAME, JIT_P_##NAME, JIT_P_##NAME##_IMM}
    {JIR_RENEW_LOCAL, JIT_P_RENEW_FLOAT, NONE},
    {JIR_RENEW_LOCAL_INT, JIT_P_RENEW_INT, NONE},
    {JIR_NEWREF, JIT_P_INCREF, NONE},
    {JIR_NEWREF_NULLABLE, JIT_P_XINCREF, NONE},
    {JIR_DROP, JIT_P_DROP, NONE},
    {JIR_DROP_NULLABLE, JIT_P_XDROP, NONE},
    {JIR_ITEM_AT, JIT_P_LOAD, NONE},
    {JIR_LOAD_INT, JIT_P_LOAD, NONE},
    {JIR_SET_ITEM, JIT_P_STORE, NONE},
    {JIR_INT_SUBTRACT, JIT_P_INT_SUBTRACT, JIT_P_INT_ADD_IMM},
    IMMEDIATE(GUARD_INT_LT), IMMEDIATE(GUARD_INT_LE), IMMEDIATE(GUARD_INT_EQ),
    IMMEDIATE(GUARD_INT_NE), IMMEDIATE(GUARD_INT_GT), IMMEDIATE(GUARD_INT_GE),
    IMMEDIATE(INT_ADD), IMMEDIATE(INT_MULTIPLY), IMMEDIATE(INT_AND),
    SAME(GUARD_TYPE), SAME(GUARD_VERSION), SAME(GUARD_IS), SAME(GUARD_IS_NOT), SAME(GUARD_NULL),
    SAME(GUARD_NOT_NULL), SAME(GUARD_SAME), SAME(GUARD_NOT_SAME), SAME(GUARD_BYTE), SAME(GUARD_ZERO),
    SAME(GUARD_TRUE), SAME(GUARD_FALSE), SAME(GUARD_FLOAT_NOT_ZERO), SAME(GUARD_FLOAT_NOT_NEGATIVE),
    SAME(GUARD_FLOAT_LT),
    SAME(GUARD_FLOAT_LE), SAME(GUARD_FLOAT_EQ), SAME(GUARD_FLOAT_NE), SAME(GUARD_FLOAT_NOT_LT),
    SAME(GUARD_FLOAT_NOT_LE), SAME(GUARD_COMPACT), SAME(GUARD_INDEX), SAME(GUARD_TYPECODE),
    SAME(GUARD_UNSHARED), SAME(GUARD_SHARED), SAME(DROP_SHARED), SAME(GUARD_RANGE_LEFT),
    SAME(UNBOX_FLOAT), SAME(INT_TO_FLOAT), SAME(FLOAT_ADD), SAME(FLOAT_SUBTRACT), SAME(FLOAT_MULTIPLY),
    SAME(FLOAT_DIVIDE), SAME(FLOAT_NEGATE), SAME(FLOAT_ABSOLUTE), SAME(FLOAT_SQRT), SAME(FLOAT_TO_INT),
    SAME(FLOAT_POWER), SAME(FLOAT_FUNCTION),
    SAME(BOX_FLOAT), SAME(SET_FLOAT),
    SAME(UNBOX_INT), SAME(UNBOX_WIDE), SAME(INT_ADD_CHECKED), SAME(INT_SUBTRACT_CHECKED),
    SAME(INT_MULTIPLY_CHECKED), SAME(INT_OR), SAME(INT_XOR), SAME(INT_SHIFT_LEFT), SAME(INT_SHIFT_RIGHT),
    SAME(INT_FLOOR_DIVIDE), SAME(INT_MODULO), SAME(BOX_INT), SAME(INT_LT), SAME(INT_LE), SAME(INT_EQ),
    SAME(INT_NE), SAME(INT_GT), SAME(INT_GE), SAME(SAME), SAME(NOT), SAME(BOOL),
    SAME(LIST_ITEM), SAME(TUPLE_ITEM), SAME(LIST_PLACE), SAME(SIZE), SAME(BYTE_AT), SAME(ARRAY_PLACE_1),
    SAME(INT_LEAST), SAME(INT_GREATEST), SAME(FLOAT_LEAST), SAME(FLOAT_GREATEST), SAME(LESSER_INT),
    SAME(GREATER_INT), SAME(LESSER_FLOAT), SAME(GREATER_FLOAT),
    SAME(GUARD_ASCII), SAME(GUARD_CHARACTER), SAME(ASCII_AT), SAME(ORDINAL), SAME(CHARACTER),
    SAME(ARRAY_PLACE_4), SAME(ARRAY_PLACE_8), SAME(UINT8_AT), SAME(INT32_AT), SAME(INT64_AT),
    SAME(DOUBLE_AT), SAME(SET_UINT8), SAME(SET_INT32), SAME(SET_INT64), SAME(SET_DOUBLE),
    SAME(RANGE_START), SAME(RANGE_ADVANCE), SAME(INT_TRUTH), SAME(SIZE_TRUTH), SAME(TYPE_OF),
    SAME(LOAD), SAME(STORE),
#undef SAME
#undef IMMEDIATE
};

static const struct choice *
done_by(const struct jir_ins *i)
{
    for (size_t k = 0; k < Py_ARRAY_LENGTH(choices); k++) {
        if (choices[k].op == i->op) {
            return &choices[k];
        }
    }
    return NULL;
}

/* Of an object that is known to be an int or a float, the release is shorter. */
static bool
releases(const struct jir_ins *i, int primitive)
{
    const PyTypeObject *type = (const PyTypeObject *)(uintptr_t)i->imm;
    return i->op == JIR_DROP && ((primitive == JIT_P_DROP_INT && type == &PyLong_Type) ||
                                 (primitive == JIT_P_DROP_FLOAT && type == &PyFloat_Type));
}

/* The float in a constant. */
static bool
is_float_constant(const struct checker *c, const struct jir_ins *i, const struct jit_piece *p)
{
    const struct jir_ins *constant = &c->ir->ins[jir_root(c->ir, i->a)];
    const PyFloatObject *object = (const PyFloatObject *)(uintptr_t)constant->imm;
    return i->op == JIR_UNBOX_FLOAT && constant->op == JIR_CONST && p->operand == (uintptr_t)&object->ob_fval;
}

/* Is the second operand the constant in the piece? */
static bool
is_immediate(const struct checker *c, const struct jir_ins *i, uint64_t bits)
{
    const struct jir_ins *second = &c->ir->ins[jir_root(c->ir, i->b)];
    uint64_t value = i->op == JIR_INT_SUBTRACT ? 0 - bits : bits;
    return second->op == JIR_INT && second->imm == value && (int64_t)bits == (int32_t)bits;
}

/* The address or the bits that a stencil needs of its instruction. */
static void
check_operand_hole(struct checker *c, const struct jit_piece *p, int primitive)
{
    const struct jir_ins *i = check_ins(c);
    uint64_t wanted = i->imm;
    int imm = jir_info(i)->imm;
    switch (primitive) {
        case JIT_P_BOX_FLOAT:
        case JIT_P_RENEW_FLOAT:
        case JIT_P_DROP_FLOAT:
            wanted = (uintptr_t)&c->ir->jit->interp->object_state.freelists.floats;
            break;
        case JIT_P_BOX_INT:
        case JIT_P_DROP_INT:
            wanted = (uintptr_t)&c->ir->jit->interp->object_state.freelists.ints;
            break;
        case JIT_P_FLOAT_FUNCTION:
            wanted = (uintptr_t)_PyJIT_FloatFunctions[i->imm].call;
            break;
        default:
            if (!(jir_info(i)->flags & JIR_GUARD) || imm == JIR_NO_IMM || imm == JIR_IMM_OFFSET) {
                return;
            }
    }
    if (p->operand != wanted) {
        check_complain(c, "HOLE", "the operand is %#llx, not %#llx", (unsigned long long)p->operand,
                       (unsigned long long)wanted);
    }
}

static void
check_place_hole(struct checker *c, const struct jit_piece *p, int primitive)
{
    const struct jir_ins *i = check_ins(c);
    if (i->op == JIR_RENEW_LOCAL || i->op == JIR_RENEW_LOCAL_INT) {
        check_want(c, "LOCAL", cell_of(p), i->b);
        if (cell_of(p).index != (int)i->imm) {
            check_complain(c, "HOLE", "cell %d is not that of local %d", cell_of(p).index, (int)i->imm);
        }
    }
    else if ((primitive == JIT_P_LOAD || primitive == JIT_P_STORE || jir_info(i)->imm == JIR_IMM_OFFSET) &&
             p->place != (int64_t)i->imm)
    {
        check_complain(c, "HOLE", "the offset is %d, not %d", p->place, (int)i->imm);
    }
}

/* Which operand of the instruction the primitive's n-th is. */
static jref
operand(const struct jir_ins *i, int n)
{
    bool renews = i->op == JIR_RENEW_LOCAL || i->op == JIR_RENEW_LOCAL_INT;
    return jir_operand(i, renews ? 1 - n : n);
}

/* Are the operands in the registers that are read, in this order or the other? */
static bool
reads(struct checker *c, const struct variant *v, bool swapped, bool complains)
{
    const struct jir_ins *i = check_ins(c);
    const char *letters = check_operands(v->primitive);
    bool all = true;
    for (int k = 0, n = 0; letters[k] != '\0'; k++) {
        if (Py_TOLOWER(letters[k]) == 'd') {
            continue;
        }
        jref wanted = operand(i, swapped ? 1 - n : n);
        struct place place = place_of(letters[k], k == 0 ? v->first : v->second);
        if (complains) {
            check_want(c, "OPERAND", place, wanted);
        }
        all &= check_holds(c, check_content(c, place), jir_root(c->ir, wanted));
        n++;
    }
    return all;
}

/* The result is what the primitive writes; a local that is given another number holds it too. */
static void
write_result(struct checker *c, const struct variant *v)
{
    const struct jir_ins *i = check_ins(c);
    char letter = check_operands(v->primitive)[0];
    if (Py_TOLOWER(letter) == 'd' || Py_TOLOWER(letter) == 'm') {
        *check_content(c, place_of(letter, v->first)) = check_named(c, (jref)c->at, c->at);
    }
    if (i->op == JIR_RENEW_LOCAL || i->op == JIR_RENEW_LOCAL_INT) {
        *check_content(c, (struct place){IN_CELL, (int)i->imm}) = check_named(c, (jref)c->at, FOR_EVER);
    }
    c->made[c->at] = true;
}

void
check_primitive(struct checker *c, const struct jit_piece *p)
{
    const struct variant *v = &c->variants[p->stencil];
    const struct jir_ins *i = check_ins(c);
    if (check_move(c, p, v)) {
        return;
    }
    const struct choice *choice = done_by(i);
    bool constant = v->primitive == JIT_P_FLOAT_AT && is_float_constant(c, i, p);
    bool immediate = choice != NULL && choice->immediate != NONE && v->primitive == choice->immediate;
    bool right = constant || immediate || releases(i, v->primitive) ||
                 (choice != NULL && v->primitive == choice->primitive);
    if (c->done || !right) {
        check_complain(c, "PIECE", "it does not do %s", check_name(c));
        return;
    }
    c->done = true;
    bool commutes = i->op == JIR_FLOAT_ADD || i->op == JIR_FLOAT_MULTIPLY;
    if (!constant && !(commutes && reads(c, v, true, false))) {
        reads(c, v, false, true);
    }
    if (immediate && !is_immediate(c, i, p->operand)) {
        check_complain(c, "HOLE", "%#llx is not the second operand", (unsigned long long)p->operand);
    }
    check_operand_hole(c, p, v->primitive);
    check_place_hole(c, p, v->primitive);
    bool calls = jir_info(i)->flags & JIR_CALLS;
    const struct survivors left = {.registers = calls ? 0 : JIT_REGISTERS, .floats = !calls};
    check_exit(c, p->exit, i->snap, &left);
    check_exit(c, p->error, i->error, &left);
    check_exit(c, p->popped, i->popped, &left);
    if (calls) {
        memset(c->registers, 0, sizeof(c->registers));
        memset(c->floats, 0, sizeof(c->floats));
    }
    write_result(c, v);
}

#endif  // _Py_TIER2 && _Py_JIT
