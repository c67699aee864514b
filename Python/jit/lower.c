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
#include "lower.h"

#ifdef _Py_TIER2

#include "pycore_object.h"
#ifdef _Py_JIT
#include "jit_stencils.h"
#define JIT_WITH_STENCILS
#endif
#include "pycore_jit_tables.h"

#ifdef _Py_JIT

#define NEVER INT32_MAX

/* The lowering's view of a value, by root ref. */
struct value {
    int next;                       // the instruction that uses it next, or NEVER
    int16_t position;               // the stack item that it is to be next, or -1
    int8_t reg;                     // or -1
    int8_t wanted;                  // the register that its next use would like it in, or -1
};

/* A use, found by the backward scan, of what instruction `at` uses `nth`. */
struct use {
    jref root;
    int next;                       // after this one
    int16_t position;
    int8_t wanted;
};

struct lowering {
    struct jit *jit;
    struct jir *ir;
    struct jit_code *code;
    struct value *values;
    struct use *uses;               // of all instructions, in order
    int use_count, use_capacity;
    int *first_use;                 // by instruction
    jref *contents;                 // by frame and cell: the root of what is in memory there, or 0
    int *bases;                     // by frame
    jref regs[JIT_REGISTERS];       // roots, or 0
    int busy, busy_end;             // the cells that the micro-op at hand reads or writes
    int at;                         // the instruction
    int frame;
    enum jit_abort abort;
};

static bool
fail(struct lowering *l, enum jit_abort abort)
{
    if (l->abort == JIT_ABORT_NONE) {
        l->abort = abort;
    }
    return false;
}

static bool
grow(struct lowering *l, void **items, int count, int *capacity, int more, size_t size)
{
    return jit_grow(items, capacity, count + more, size) || fail(l, JIT_ABORT_NO_MEMORY);
}

/* ---- uses --------------------------------------------------------------- */

static void
add_use(struct lowering *l, jref v, int position, int wanted)
{
    if (v == 0) {
        return;
    }
    if (!grow(l, (void **)&l->uses, l->use_count, &l->use_capacity, 1, sizeof(struct use))) {
        return;
    }
    l->uses[l->use_count++] = (struct use){
        .root = jir_root(l->ir, v), .position = (int16_t)position, .wanted = (int8_t)wanted,
    };
}

static void
add_snap_uses(struct lowering *l, uint16_t snap, bool in_place)
{
    if (snap == JIR_NO_SNAP) {
        return;
    }
    struct jir_snap *s = &l->ir->snaps[snap];
    for (int i = 0; i < s->count; i++) {
        add_use(l, l->ir->items[s->first + (uint32_t)i], in_place ? i : -1, -1);
    }
}

/* What an instruction uses. Of what takes part in a snapshot, where it stands on the stack. */
static void
collect_uses(struct lowering *l, int at)
{
    struct jir_ins *i = &l->ir->ins[at];
    const struct jir_op_info *info = jir_info(i);
    if (i->op == JIR_GENERIC) {
        int base = i->stack - i->arg_count;
        for (int k = 0; k < i->arg_count; k++) {
            int left = i->arg_count - k;
            int wanted = i->arg_count <= JIT_CACHE_REGISTERS ? k :
                         left <= JIT_CACHE_REGISTERS ? JIT_CACHE_REGISTERS - left : -1;
            add_use(l, l->ir->args[i->args + (uint32_t)k], base + k, wanted);
        }
    }
    else if (i->op == JIR_ARGUMENT) {
        add_use(l, i->a, -1, -1);   // as a definition: find_uses()
    }
    else if (i->op != JIR_RESULT && i->op != JIR_FORGET && (!(info->flags & JIR_ALIAS) || i->op == JIR_SET_LOCAL)) {
        for (int k = 0; info->operands[k] != '\0'; k++) {
            add_use(l, jir_operand(i, k), -1, -1);
        }
    }
    // (What a call takes is closer together than its exit has it.)
    add_snap_uses(l, i->snap, i->waits == JIR_NO_SNAP);
    add_snap_uses(l, i->error, true);
    add_snap_uses(l, i->popped, true);
    add_snap_uses(l, i->waits, true);
}

/* Fills in when what each instruction uses is used next, and of each value, when first. */
static bool
find_uses(struct lowering *l)
{
    int n = l->ir->count;
    for (int at = 1; at < n; at++) {
        l->first_use[at] = l->use_count;
        collect_uses(l, at);
    }
    l->first_use[n] = l->use_count;
    if (l->abort != JIT_ABORT_NONE) {
        return false;
    }
    for (int v = 0; v < n; v++) {
        l->values[v] = (struct value){NEVER, -1, -1, -1};
    }
    for (int at = n - 1; at >= 1; at--) {
        struct jir_ins *i = &l->ir->ins[at];
        bool dead = jir_info(i)->flags & JIR_PURE && !(jir_info(i)->flags & JIR_ALIAS) && l->values[at].next == NEVER;
        if (dead) {
            i->op = JIR_NOP;        // nobody wants to know
        }
        for (int k = l->first_use[at]; k < l->first_use[at + 1] && dead; k++) {
            l->uses[k] = (struct use){.next = NEVER, .position = -1, .wanted = -1};
        }
        for (int k = l->first_use[at]; k < l->first_use[at + 1] && !dead; k++) {
            struct use *u = &l->uses[k];
            struct value *v = &l->values[u->root];
            struct use now = *u;
            u->next = v->next;
            u->position = v->position;
            u->wanted = v->wanted;
            if (l->ir->ins[at].op == JIR_ARGUMENT) {
                // From here on it is in a cell of this frame; whatever it was in before is done with.
                *v = (struct value){NEVER, -1, -1, -1};
                continue;
            }
            v->next = at;
            if (now.position >= 0) {
                v->position = now.position;
            }
            if (now.wanted >= 0) {
                v->wanted = now.wanted;
            }
        }
    }
    return true;
}

/* The instruction's uses are behind: when each value is used next now. */
static void
advance(struct lowering *l)
{
    for (int k = l->first_use[l->at + 1] - 1; k >= l->first_use[l->at]; k--) {
        struct use *u = &l->uses[k];
        struct value *v = &l->values[u->root];
        // (The last of several has what comes after the instruction.)
        if (u->next != l->at) {
            v->next = u->next;
            v->position = u->position;
            v->wanted = u->wanted;
        }
    }
    for (int r = 0; r < JIT_REGISTERS; r++) {
        if (l->regs[r] != 0 && l->values[l->regs[r]].next == NEVER) {
            l->values[l->regs[r]].reg = -1;
            l->regs[r] = 0;
        }
    }
}

static bool
is_live(struct lowering *l, jref root)
{
    return root != 0 && l->values[root].next != NEVER;
}

static bool
is_in_snap(struct lowering *l, uint16_t snap, jref root)
{
    struct jir_snap *s = &l->ir->snaps[snap];
    for (int k = 0; k < s->count; k++) {
        if (jir_root(l->ir, l->ir->items[s->first + (uint32_t)k]) == root) {
            return true;
        }
    }
    return false;
}

/* Is it used after this instruction, or by its exits though it is no operand, or by the
 * one that finds the operands gone? */
static bool
is_needed(struct lowering *l, jref root)
{
    if (!is_live(l, root) || l->values[root].next > l->at) {
        return is_live(l, root);
    }
    struct jir_ins *i = &l->ir->ins[l->at];
    if (is_in_snap(l, i->popped, root)) {
        return true;
    }
    bool operand = false;
    int operands = i->op == JIR_GENERIC ? i->arg_count : (int)strlen(jir_info(i)->operands);
    for (int k = 0; k < l->first_use[l->at + 1] - l->first_use[l->at]; k++) {
        struct use *u = &l->uses[l->first_use[l->at] + k];
        if (u->root == root) {
            operand |= k < operands;
            if (u->next != l->at && u->next != NEVER) {
                return true;
            }
        }
    }
    return !operand;
}

/* ---- pieces --------------------------------------------------------------- */

static struct jit_piece *
add_piece(struct lowering *l, int stencil)
{
    static struct jit_piece nowhere;
    struct jit_code *c = l->code;
    if (!grow(l, (void **)&c->pieces, c->count, &c->capacity, 1, sizeof(struct jit_piece))) {
        return &nowhere;
    }
    struct jit_piece *p = &c->pieces[c->count++];
    *p = (struct jit_piece){
        .stencil = (uint16_t)stencil,
        .exit = JIT_NO_EXIT, .error = JIT_NO_EXIT, .popped = JIT_NO_EXIT,
    };
    struct jir_ins *i = &l->ir->ins[l->at];
    p->ip = l->ir->trace->rec->entries[i->line].op_instr;
    return p;
}

static struct jit_piece *
add_primitive(struct lowering *l, int primitive, int first, int second)
{
    return add_piece(l, jit_primitives[primitive][second < 0 ? first : first * JIT_REGISTERS + second]);
}

/* Bytes from the frame to one of its cells. */
static int32_t
cell_offset(int cell)
{
    return (int32_t)(offsetof(_PyInterpreterFrame, localsplus) + (size_t)cell * sizeof(PyObject *));
}

/* SPILL or FILL. */
static void
add_cell_primitive(struct lowering *l, int primitive, int reg, int cell)
{
    // (What is near takes fewer bytes; it is most of them.)
    int32_t place = cell_offset(cell);
    int near = primitive == JIT_P_SPILL ? JIT_P_SPILL_NEAR : JIT_P_FILL_NEAR;
    add_primitive(l, place <= INT8_MAX ? near : primitive, reg, -1)->place = place;
}

/* ---- places --------------------------------------------------------------- */

static int
locals_of(struct lowering *l, int frame)
{
    return l->ir->trace->frames[frame].code->co_nlocalsplus;
}

static int
cells_of(struct lowering *l, int frame)
{
    return locals_of(l, frame) + l->ir->trace->frames[frame].code->co_stacksize;
}

static jref *
content(struct lowering *l, int cell)
{
    return &l->contents[l->bases[l->frame] + cell];
}

/* A cell of the current frame that holds the value, or -1. */
static int
home_of(struct lowering *l, jref root)
{
    int n = cells_of(l, l->frame);
    for (int c = 0; c < n; c++) {
        if (*content(l, c) == root) {
            return c;
        }
    }
    return -1;
}

static bool
is_busy(struct lowering *l, int cell)
{
    return cell >= l->busy && cell < l->busy_end;
}

/* Is it in a cell that the micro-op at hand leaves alone, other than this one? */
static bool
is_elsewhere(struct lowering *l, jref root, int cell)
{
    int n = cells_of(l, l->frame);
    for (int c = 0; c < n; c++) {
        if (c != cell && *content(l, c) == root && !is_busy(l, c)) {
            return true;
        }
    }
    return false;
}

/* Can it be made again from nothing? */
static bool
is_constant(struct lowering *l, jref root)
{
    int op = l->ir->ins[root].op;
    return op == JIR_CONST || op == JIR_NULL || op == JIR_INT;
}

static uint64_t
constant_bits(struct lowering *l, jref root)
{
    struct jir_ins *i = &l->ir->ins[root];
    return i->op == JIR_NULL ? 0 : i->imm;
}

static void
set_reg(struct lowering *l, int r, jref root)
{
    jref before = l->regs[r];
    if (before != 0 && l->values[before].reg == r) {
        l->values[before].reg = -1;
    }
    l->regs[r] = root;
    if (root != 0) {
        int other = l->values[root].reg;
        if (other >= 0 && other != r && l->regs[other] == root) {
            l->regs[other] = 0;
        }
        l->values[root].reg = (int8_t)r;
    }
}

static void
spill_to(struct lowering *l, int reg, int cell)
{
    add_cell_primitive(l, JIT_P_SPILL, reg, cell);
    *content(l, cell) = l->regs[reg];
}

/* May the cell be overwritten: is what is in memory there not used, or elsewhere in memory too? */
static bool
is_free(struct lowering *l, int cell)
{
    jref there = *content(l, cell);
    if (is_busy(l, cell)) {
        return false;
    }
    return !is_live(l, there) || is_constant(l, there) || is_elsewhere(l, there, cell);
}

/* Sees to it that the value is in memory, or can be made again. (What is only in a cell of
 * the micro-op's operands is gone after it.) */
static bool
save(struct lowering *l, int reg)
{
    jref root = l->regs[reg];
    if (is_constant(l, root) || is_elsewhere(l, root, -1) || (home_of(l, root) >= 0 && !is_needed(l, root))) {
        return true;
    }
    int locals = locals_of(l, l->frame);
    int position = l->values[root].position;
    if (position >= 0 && locals + position < cells_of(l, l->frame) && is_free(l, locals + position)) {
        spill_to(l, reg, locals + position);
        return true;
    }
    for (int c = cells_of(l, l->frame) - 1; c >= locals; c--) {
        if (is_free(l, c)) {
            spill_to(l, reg, c);
            return true;
        }
    }
    return fail(l, JIT_ABORT_NO_REGISTER);
}

/* A register for something new; none of those in `avoid` (a set of bits). */
static int
take_reg(struct lowering *l, int wanted, unsigned avoid)
{
    if (wanted >= 0 && l->regs[wanted] == 0 && !(avoid >> wanted & 1)) {
        return wanted;
    }
    // From the last down: micro-ops want the first.
    int worst = -1;
    for (int r = JIT_REGISTERS - 1; r >= 0; r--) {
        if (avoid >> r & 1) {
            continue;
        }
        if (l->regs[r] == 0) {
            return r;
        }
        if (worst < 0 || l->values[l->regs[r]].next > l->values[l->regs[worst]].next) {
            worst = r;
        }
    }
    if (worst < 0) {
        fail(l, JIT_ABORT_NO_REGISTER);
        return 0;
    }
    save(l, worst);
    set_reg(l, worst, 0);
    return worst;
}

/* Emits what brings a value into a register that is free. */
static void
fill(struct lowering *l, jref root, int reg)
{
    int from = l->values[root].reg;
    if (from >= 0) {
        add_primitive(l, JIT_P_MOVE, reg, from);
    }
    else if (is_constant(l, root)) {
        uint64_t bits = constant_bits(l, root);
        struct jit_piece *p = add_primitive(l, bits <= UINT32_MAX ? JIT_P_IMM32 : JIT_P_IMM, reg, -1);
        p->operand = bits;
    }
    else {
        int home = home_of(l, root);
        if (home < 0) {
            fail(l, JIT_ABORT_NO_REGISTER);
            return;
        }
        add_cell_primitive(l, JIT_P_FILL, reg, home);
    }
}

/* The register that the value is in, now at the latest. */
static int
use_reg(struct lowering *l, jref v, unsigned avoid)
{
    jref root = jir_root(l->ir, v);
    int reg = l->values[root].reg;
    if (reg >= 0) {
        return reg;
    }
    reg = take_reg(l, l->values[root].wanted, avoid);
    fill(l, root, reg);
    set_reg(l, reg, root);
    return reg;
}

/* Before a cell is overwritten: what is only there gets a register. */
static void
vacate(struct lowering *l, int cell, jref by, unsigned avoid)
{
    jref there = *content(l, cell);
    if (there != by && !is_free(l, cell)) {
        use_reg(l, there, avoid);
        *content(l, cell) = 0;
    }
}

/* Sees to it that a stack item is in its cell. */
static void
store_item(struct lowering *l, jref v, int cell, unsigned avoid)
{
    jref root = jir_root(l->ir, v);
    if (*content(l, cell) == root) {
        return;
    }
    vacate(l, cell, root, avoid);
    int reg = use_reg(l, v, avoid);
    spill_to(l, reg, cell);
}

/* ---- exits ---------------------------------------------------------------- */

static bool
add_recover(struct lowering *l, struct jit_recover r)
{
    struct jit_code *c = l->code;
    if (!grow(l, (void **)&c->recovers, c->recover_count, &c->recover_capacity, 1, sizeof(r))) {
        return false;
    }
    c->recovers[c->recover_count++] = r;
    return true;
}

/* How a stack item gets to its cell, from where things are now. */
static bool
recover_item(struct lowering *l, jref v, int cell)
{
    struct jir_ins *i = &l->ir->ins[v];
    jref root = jir_root(l->ir, v);
    bool borrowed = i->kind == JIR_BORROWED;
    struct jit_recover r;
    memset(&r, 0, sizeof(r));       // (they are compared as bytes)
    r.cell = (int16_t)cell;
    r.new_reference = borrowed;
    if (*content(l, cell) == root) {
        if (!borrowed) {
            return true;
        }
        r.kind = JIT_FROM_CELL;
        r.source = (int16_t)cell;
    }
    else if (l->values[root].reg >= 0) {
        r.kind = JIT_FROM_REGISTER;
        r.source = l->values[root].reg;
    }
    else if (is_constant(l, root)) {
        r.kind = JIT_FROM_CONSTANT;
        r.bits = constant_bits(l, root);
    }
    else {
        int home = home_of(l, root);
        if (home < 0) {
            return fail(l, JIT_ABORT_NO_REGISTER);
        }
        r.kind = JIT_FROM_CELL;
        r.source = (int16_t)home;
    }
    return add_recover(l, r);
}

/* The index of an exit by a snapshot; `kind` is that of the site, or JIT_EXIT_ERROR. */
static uint16_t
add_exit(struct lowering *l, uint16_t snap)
{
    struct jir *ir = l->ir;
    struct jit_code *c = l->code;
    struct jir_snap *s = &ir->snaps[snap];
    struct jit_exit x = {.stack = (int16_t)s->count, .recover = c->recover_count};
    if (s->site == JIT_NO_EXIT) {
        x.kind = JIT_EXIT_ERROR;
        x.target = ir->trace->rec->entries[ir->ins[l->at].line].op_instr;
    }
    else {
        struct jit_exit_site *site = &ir->trace->exits[s->site];
        x.kind = site->kind;
        x.target = site->target;
    }
    int locals = locals_of(l, s->frame);
    for (int i = 0; i < s->count; i++) {
        if (!recover_item(l, ir->items[s->first + (uint32_t)i], locals + i)) {
            return JIT_NO_EXIT;
        }
    }
    x.recover_count = (uint16_t)(c->recover_count - x.recover);
    if (c->exit_count > 0) {
        struct jit_exit *last = &c->exits[c->exit_count - 1];
        if (last->target == x.target && last->kind == x.kind && last->stack == x.stack &&
            last->recover_count == x.recover_count &&
            memcmp(&c->recovers[last->recover], &c->recovers[x.recover],
                   x.recover_count * sizeof(struct jit_recover)) == 0)
        {
            c->recover_count = x.recover;
            return (uint16_t)(c->exit_count - 1);
        }
    }
    if (c->exit_count == JIT_MAX_EXITS) {
        fail(l, JIT_ABORT_EXITS_FULL);
        return JIT_NO_EXIT;
    }
    if (!grow(l, (void **)&c->exits, c->exit_count, &c->exit_capacity, 1, sizeof(x))) {
        return JIT_NO_EXIT;
    }
    c->exits[c->exit_count] = x;
    return (uint16_t)c->exit_count++;
}

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
    int a = use_reg(l, i->a, 0), second = -1;
    if (operands == 2) {
        jref other = jir_root(l->ir, i->b);
        if (i->op >= JIR_GUARD_INT_LT && i->op <= JIR_GUARD_INT_GE &&
            l->ir->ins[other].op == JIR_INT && fits_32(constant_bits(l, other)))
        {
            uint16_t exit = add_exit(l, i->snap);
            struct jit_piece *p = add_primitive(l, compare_immediate(i->op), a, -1);
            p->operand = constant_bits(l, other);
            p->exit = exit;
            return;
        }
        second = use_reg(l, i->b, 1u << a);
    }
    uint16_t exit = add_exit(l, i->snap);
    struct jit_piece *p = add_primitive(l, primitive, a, second);
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
    int a = use_reg(l, i->a, 0);
    uint16_t exit = i->snap != JIR_NO_SNAP ? add_exit(l, i->snap) : JIT_NO_EXIT;
    int d = take_reg(l, l->values[l->at].wanted, 1u << a);
    struct jit_piece *p = add_primitive(l, primitive, d, a);
    p->exit = exit;
    p->place = (int32_t)(int64_t)i->imm;
    set_reg(l, d, (jref)l->at);
}

/* A result in the place of the first operand. */
static void
lower_two_address(struct lowering *l, int primitive, struct jir_ins *i)
{
    bool two = jir_info(i)->operands[1] != '\0';
    int a = use_reg(l, i->a, 0);
    int other = two ? use_reg(l, i->b, 1u << a) : a;
    int d = take_reg(l, -1, 1u << a | 1u << other);
    add_primitive(l, JIT_P_MOVE, d, a);
    add_primitive(l, primitive, d, two ? other : -1);
    set_reg(l, d, (jref)l->at);
}

static void
lower_drop(struct lowering *l, struct jir_ins *i)
{
    int a = use_reg(l, i->a, 0);
    PyTypeObject *type = (PyTypeObject *)(uintptr_t)i->imm;
    int primitive = i->op == JIR_DROP_NULLABLE ? JIT_P_XDROP :
                    type == &PyLong_Type ? JIT_P_DROP_INT :
                    type == &PyFloat_Type ? JIT_P_DROP_FLOAT : JIT_P_DROP;
    add_primitive(l, primitive, a, -1);
}

/* The result takes the operand's register, if that is not needed there any more. */
static void
lower_newref(struct lowering *l, int primitive, struct jir_ins *i)
{
    jref root = jir_root(l->ir, i->a);
    int a = use_reg(l, i->a, 0), d = a;
    add_primitive(l, primitive, a, -1);
    if (is_needed(l, root) && !is_constant(l, root) && home_of(l, root) < 0) {
        d = take_reg(l, l->values[l->at].wanted, 1u << a);
        add_primitive(l, JIT_P_MOVE, d, a);
    }
    set_reg(l, d, (jref)l->at);
}

static void
lower_set_local(struct lowering *l, struct jir_ins *i)
{
    int cell = (int)i->imm;
    jref root = jir_root(l->ir, i->a);
    if (*content(l, cell) == root) {
        return;
    }
    vacate(l, cell, root, 0);
    int reg = use_reg(l, i->a, 0);
    spill_to(l, reg, cell);
}

/* ---- micro-ops -------------------------------------------------------------- */

struct call {
    struct jir_ins *i;
    const struct jit_uop_info *info;
    jref *args;                     // refs
    int n;
    int base;                       // cell of the first operand
    bool leaf;
};

/* Is it an operand that the micro-op leaves where it is? */
static bool
stays(struct lowering *l, struct call *c, jref root)
{
    for (int k = 0; k < c->n && k < JIT_CACHE_REGISTERS; k++) {
        if (jir_root(l->ir, c->args[k]) == root) {
            return c->info->inputs != NULL && c->info->inputs[k] == 'b';
        }
    }
    return false;
}

/* How many instructions the variant costs that takes `d` registers. */
static int
variant_cost(struct lowering *l, struct call *c, int d)
{
    int in_registers = Py_MIN(d, c->n), kept = d - in_registers, cost = 0;
    for (int k = 0; k < c->n; k++) {
        jref root = jir_root(l->ir, c->args[k]);
        int wanted = k - (c->n - in_registers);
        if (wanted >= 0) {
            cost += l->values[root].reg == kept + wanted ? 0 : 2;
        }
        else if (*content(l, c->base + k) != root) {
            cost += l->values[root].reg >= 0 ? 2 : 4;
        }
    }
    for (int r = 0; r < JIT_REGISTERS; r++) {
        bool lost = r >= kept && (!c->leaf || r < d);
        if (lost && is_needed(l, l->regs[r]) && !stays(l, c, l->regs[r])) {
            cost += home_of(l, l->regs[r]) >= 0 || is_constant(l, l->regs[r]) ? 1 : 3;
        }
    }
    return cost;
}

static int
choose_variant(struct lowering *l, struct call *c)
{
    int best = -1, cheapest = 0;
    for (int d = 0; d <= JIT_CACHE_REGISTERS; d++) {
        if (c->info->depth_after[d] >= 0) {
            int cost = variant_cost(l, c, d);
            if (best < 0 || cost < cheapest) {
                best = d;
                cheapest = cost;
            }
        }
    }
    return best;
}

/* Brings values into registers `first` and following, whatever is in these. */
static void
parallel_moves(struct lowering *l, jref *refs, int first, int count)
{
    unsigned targets = ((1u << count) - 1) << first;
    // What is in their way, and is used, moves out of it.
    for (int r = first; r < first + count; r++) {
        jref there = l->regs[r];
        if (there == 0 || there == jir_root(l->ir, refs[r - first])) {
            continue;
        }
        if (is_live(l, there)) {
            int to = take_reg(l, -1, targets);
            add_primitive(l, JIT_P_MOVE, to, r);
            set_reg(l, to, there);
        }
        else {
            set_reg(l, r, 0);
        }
    }
    for (int k = 0; k < count; k++) {
        jref root = jir_root(l->ir, refs[k]);
        if (l->regs[first + k] != root) {
            fill(l, root, first + k);
        }
    }
    // (Only now: a value may be wanted in several.)
    for (int k = 0; k < count; k++) {
        set_reg(l, first + k, jir_root(l->ir, refs[k]));
    }
}

/* Before a micro-op: what is used later and would be lost goes to memory. */
static void
save_lost(struct lowering *l, struct call *c, int d)
{
    int in_registers = Py_MIN(d, c->n), kept = d - in_registers;
    int outputs = jit_uop_pushes(c->i->uop, (int)c->i->oparg);
    int in_memory = outputs - (c->info->depth_after[d] - kept);
    if (!(c->info->flags & JIT_UOP_FRAME)) {
        for (int k = c->n - in_registers; k < in_memory; k++) {
            vacate(l, c->base + k, 0, 0);
            *content(l, c->base + k) = 0;
        }
        l->busy_end = Py_MAX(l->busy_end, c->base + in_memory);
    }
    int first = c->leaf ? d : kept, end = c->leaf ? c->info->depth_after[d] : JIT_REGISTERS;
    for (int r = first; r < end; r++) {
        if (is_needed(l, l->regs[r]) && !(c->info->flags & JIT_UOP_FRAME)) {
            save(l, r);
        }
    }
}

/* Operands that are used later, though the micro-op takes them: one that is copied from
 * a register that it does not change is there after it (kept), the others go to memory. */
static void
keep_operands(struct lowering *l, struct call *c, int d, jref *kept)
{
    memset(kept, 0, JIT_REGISTERS * sizeof(jref));
    if (c->info->flags & JIT_UOP_FRAME) {
        return;
    }
    int in_registers = Py_MIN(d, c->n), below = d - in_registers;
    int changed = c->leaf ? Py_MAX(d, c->info->depth_after[d]) : JIT_REGISTERS;
    for (int k = c->n - in_registers; k < c->n; k++) {
        jref root = jir_root(l->ir, c->args[k]);
        int r = l->values[root].reg;
        if (r < 0 || stays(l, c, root) || !is_needed(l, root)) {
            continue;
        }
        if (r < below || r >= changed) {
            kept[r] = root;
        }
        else {
            save(l, r);
        }
    }
}

/* Where operands that were copied are, once their copies are gone. */
static void
find_kept(struct lowering *l, jref *kept)
{
    for (int r = 0; r < JIT_REGISTERS; r++) {
        if (kept[r] != 0 && l->regs[r] == 0) {
            set_reg(l, r, kept[r]);
        }
    }
}

/* The registers that do not survive a micro-op's call, other than its operands'. */
static void
forget_registers(struct lowering *l, struct call *c, int d)
{
    int kept = d - Py_MIN(d, c->n);
    for (int r = kept; r < JIT_REGISTERS && !c->leaf; r++) {
        bool operand = false;
        for (int k = 0; k < c->n; k++) {
            operand |= jir_root(l->ir, c->args[k]) == l->regs[r];
        }
        if (!operand) {
            set_reg(l, r, 0);
        }
    }
}

/* The root of what a micro-op leaves as its k-th output: a RESULT follows it for what
 * is new, the others are operands that stay. */
static jref
output(struct lowering *l, struct call *c, int k)
{
    for (int at = l->at + 1; at < l->ir->count; at++) {
        struct jir_ins *i = &l->ir->ins[at];
        if (i->op != JIR_RESULT || i->a != (jref)l->at) {
            break;
        }
        if (i->imm == (uint64_t)k) {
            return jir_root(l->ir, (jref)at);
        }
    }
    return k < c->n ? jir_root(l->ir, c->args[k]) : 0;
}

static void
place_results(struct lowering *l, struct call *c, int d)
{
    int kept = d - Py_MIN(d, c->n), after = c->info->depth_after[d];
    for (int r = kept; r < (c->leaf ? Py_MAX(d, after) : JIT_REGISTERS); r++) {
        set_reg(l, r, 0);
    }
    if (c->info->flags & JIT_UOP_FRAME) {
        for (int r = 0; r < JIT_REGISTERS; r++) {
            set_reg(l, r, 0);
        }
    }
    if (c->info->flags & JIT_UOP_LOCALS) {
        memset(content(l, 0), 0, (size_t)locals_of(l, l->frame) * sizeof(jref));
    }
    else if (c->info->flags & JIT_UOP_LOCAL_WRITE) {
        *content(l, (int)c->i->oparg) = 0;
    }
    int outputs = jit_uop_pushes(c->i->uop, (int)c->i->oparg);
    int in_memory = outputs - (after - kept);
    for (int k = 0; k < Py_MAX(c->n - d, in_memory); k++) {
        *content(l, c->base + k) = 0;       // what was read there may have changed
    }
    for (int k = 0; k < outputs; k++) {
        jref root = output(l, c, k);
        if (k >= in_memory) {
            set_reg(l, kept + k - in_memory, root);
        }
        else {
            *content(l, c->base + k) = root;
        }
    }
}

/* All of a frame's operand stack in memory. */
static void
flush(struct lowering *l, uint16_t snap)
{
    struct jir_snap *s = &l->ir->snaps[snap];
    int locals = locals_of(l, l->frame);
    for (int k = 0; k < s->count; k++) {
        store_item(l, l->ir->items[s->first + (uint32_t)k], locals + k, 0);
    }
}

static void
lower_generic(struct lowering *l)
{
    struct jir_ins *i = &l->ir->ins[l->at];
    struct call c = {
        .i = i,
        .info = &jit_uop_info[i->uop],
        .args = l->ir->args + i->args,
        .n = i->arg_count,
        .base = locals_of(l, l->frame) + i->stack - i->arg_count,
    };
    c.leaf = c.info->flags & JIT_UOP_LEAF;
#ifndef NDEBUG
    if (i->waits != JIR_NO_SNAP) {
        const struct jit_call *call = (const struct jit_call *)(uintptr_t)i->imm;
        int called = i->uop != U_CALL_KNOWN;
        assert(call->stacktop == c.base && call->first == c.base + called && call->arguments == c.n - called);
    }
#endif
    bool links = i->uop == U_EXIT_TRACE && l->ir->trace->exits[l->ir->snaps[i->snap].site].kind == JIT_EXIT_LINK;
    if (c.info->flags & JIT_UOP_FRAME || i->uop == U_JUMP_TO_TOP || links) {
        flush(l, jir_waits(i));
    }
    int d = choose_variant(l, &c);
    int in_registers = Py_MIN(d, c.n), kept = d - in_registers;
    l->busy = l->busy_end = c.base;
    for (int k = 0; k < c.n - in_registers; k++) {
        store_item(l, c.args[k], c.base + k, 0);
        l->busy_end = c.base + k + 1;
    }
    save_lost(l, &c, d);
    jref kept_in[JIT_REGISTERS];
    keep_operands(l, &c, d, kept_in);
    forget_registers(l, &c, d);
    parallel_moves(l, c.args + c.n - in_registers, kept, in_registers);
    for (int r = d; r < JIT_REGISTERS && !c.leaf; r++) {
        set_reg(l, r, 0);
    }
    uint16_t exit = JIT_NO_EXIT, error = JIT_NO_EXIT, popped = JIT_NO_EXIT;
    if (i->snap != JIR_NO_SNAP && l->ir->snaps[i->snap].site != JIT_NO_EXIT) {
        exit = add_exit(l, i->snap);
    }
    if (i->error != JIR_NO_SNAP) {
        error = add_exit(l, i->error);
    }
    if (i->popped != JIR_NO_SNAP) {
        // Of what it has consumed by then, the registers are lost too.
        int left = l->ir->snaps[i->popped].count - (i->stack - c.n);
        for (int k = Py_MAX(left, c.n - in_registers); k < c.n; k++) {
            set_reg(l, kept + k - (c.n - in_registers), 0);
        }
        find_kept(l, kept_in);
        popped = add_exit(l, i->popped);
    }
    struct jit_piece *p = add_piece(l, jit_uop_stencils[i->uop][d]);
    p->exit = exit;
    p->error = error;
    p->popped = popped;
    p->oparg = i->oparg;
    p->operand = i->imm;
    p->place = cell_offset(locals_of(l, l->frame) + i->stack - d);
    l->busy = l->busy_end = 0;
    place_results(l, &c, d);
    find_kept(l, kept_in);
}

/* ---- the trace ---------------------------------------------------------------- */

/* Where a bridge finds what its exit left in a register or elsewhere. */
static void
inherit(struct lowering *l, struct jir_ins *i)
{
    struct jit_exit *x = l->ir->trace->rec->exit;
    int cell = locals_of(l, l->frame) + (int)i->imm;
    jref root = jir_root(l->ir, (jref)l->at);
    for (int k = 0; k < x->recover_count; k++) {
        struct jit_recover *r = &x->owner->recovers[x->recover + (uint32_t)k];
        if (r->cell == cell) {
            if (r->kind == JIT_FROM_REGISTER) {
                set_reg(l, r->source, root);
            }
            else {
                *content(l, r->source) = root;
            }
            return;
        }
    }
    *content(l, cell) = root;
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
            *content(l, locals_of(l, l->frame) + (int)i->imm) = (jref)l->at;
            return;
        case JIR_INHERIT:
            inherit(l, i);
            return;
        case JIR_LOCAL:
        case JIR_UNSET:
            *content(l, (int)i->imm) = (jref)l->at;
            return;
        case JIR_ARGUMENT:
            *content(l, (int)i->imm) = jir_root(l->ir, (jref)l->at);
            return;
        case JIR_SET_LOCAL:
            lower_set_local(l, i);
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
        case JIR_STORE: {
            int a = use_reg(l, i->a, 0);
            int value = use_reg(l, i->b, 1u << a);
            add_primitive(l, JIT_P_STORE, a, value)->place = (int32_t)(int64_t)i->imm;
            return;
        }
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
#undef GUARD
#define LOAD(NAME) case JIR_##NAME: lower_load(l, JIT_P_##NAME, i); return
        LOAD(UNBOX_INT);
        LOAD(INT_TRUTH);
        LOAD(SIZE_TRUTH);
        LOAD(TYPE_OF);
        LOAD(LOAD);
#undef LOAD
#define TWO_ADDRESS(NAME) case JIR_##NAME: lower_two_address(l, JIT_P_##NAME, i); return
        TWO_ADDRESS(INT_LT);
        TWO_ADDRESS(INT_LE);
        TWO_ADDRESS(INT_EQ);
        TWO_ADDRESS(INT_NE);
        TWO_ADDRESS(INT_GT);
        TWO_ADDRESS(INT_GE);
        TWO_ADDRESS(SAME);
        TWO_ADDRESS(NOT);
        TWO_ADDRESS(BOOL);
#undef TWO_ADDRESS
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
    if (l->bases == NULL || l->values == NULL || l->first_use == NULL) {
        return fail(l, JIT_ABORT_NO_MEMORY);
    }
    for (int f = 0; f < trace->frame_count; f++) {
        l->bases[f] = cells;
        cells += trace->frames[f].code->co_nlocalsplus + trace->frames[f].code->co_stacksize + 2;
    }
    l->contents = jit_calloc((size_t)cells + 1, sizeof(jref));
    if (l->contents == NULL) {
        return fail(l, JIT_ABORT_NO_MEMORY);
    }
    return find_uses(l);
}

/* The start of a trace: an indirect jump hands over the top of the stack in a register,
 * whoever else comes has it in memory. */
static void
begin(struct lowering *l)
{
    struct jit_trace *trace = l->ir->trace;
    if (trace->rec->is_continuation) {
        int cell = locals_of(l, 0) + trace->rec->entries[0].stack - 1;
        l->at = 1;
        add_cell_primitive(l, JIT_P_FILL, 0, cell);
        l->code->register_entry = l->code->count;
    }
}

enum jit_abort
jit_lower(struct jit *jit, struct jir *ir, struct jit_code *code)
{
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
                *content(&l, locals_of(&l, 0) + (int)i->imm) = 0;
                set_reg(&l, 0, (jref)at);
                in_register = false;
            }
            if (i->op == JIR_GENERIC && i->uop == U_ENTER) {
                code->enter = code->count - 1;
                // (A continuation's loop goes back to the very start, which fills the register.)
                code->top = ir->trace->rec->is_continuation ? 0 : code->count;
            }
            advance(&l);
        }
    }
    jit_free(l.values);
    jit_free(l.uses);
    jit_free(l.first_use);
    jit_free(l.contents);
    jit_free(l.bases);
    return l.abort;
}

#endif  // _Py_JIT

void
jit_code_clear(struct jit_code *code)
{
    jit_free(code->pieces);
    jit_free(code->exits);
    jit_free(code->recovers);
}

#endif  // _Py_TIER2
