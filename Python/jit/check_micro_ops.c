/* check_micro_ops.c - micro-ops: where they find their operands, and what they leave (see check_allocation.c).
 *
 * Takes:  a piece that is a GENERIC's stencil, and what each place holds.
 * Gives:  what each place holds after it; or a complaint.
 *
 * The stencil for d registers has its topmost operands in the first of them, above values that it
 * passes on, and the others in their cells (Tools/jit/uop_stencils.py). What it leaves
 * is arranged likewise. It leaves by an exit, or raises, with its registers as they were, but for
 * those of operands that are gone. All others are lost, unless it is a leaf.
 */
#include "check_allocation.h"

#if defined(_Py_TIER2) && defined(_Py_JIT)

/* The micro-op at hand. */
struct shape {
    const struct jir_ins *i;
    const struct jit_uop_info *info;
    int n, outputs;
    int base;                       // cell of the first operand
    int depth, after;               // registers in use before and after it
    int in_registers;               // operands
    int below;                      // registers that it passes on
    bool leaf, floats;              // it leaves the registers alone that it does not use; those of floats
};

/* Another stencil of the micro-op, for the next number of registers; -1: there is none. */
int
check_other_depth(int uop, int stencil)
{
    int d = 0;
    while (jit_uop_stencils[uop][d] != stencil) {
        d++;
    }
    for (int k = 1; k <= JIT_CACHE_REGISTERS; k++) {
        int other = (d + k) % (JIT_CACHE_REGISTERS + 1);
        if (jit_uop_info[uop].depth_after[other] >= 0) {
            return jit_uop_stencils[uop][other];
        }
    }
    return -1;
}

static bool
find_shape(struct checker *c, const struct jit_piece *p, struct shape *s)
{
    const struct jir_ins *i = check_ins(c);
    if (i->op != JIR_GENERIC || c->done) {
        return false;
    }
    s->i = i;
    s->info = &jit_uop_info[i->uop];
    s->n = i->arg_count;
    s->outputs = jit_uop_pushes(i->uop, (int)i->oparg);
    s->base = check_locals(c, i->frame) + i->stack - s->n;
    s->leaf = s->info->flags & JIT_UOP_LEAF;
    s->floats = s->leaf && !jit_stencil_clobbers(p->stencil);
    jit_uop_inputs(i->uop, (int)i->oparg, c->inputs);
    jit_uop_outputs(i->uop, (int)i->oparg, c->outputs);
    for (int d = 0; d <= JIT_CACHE_REGISTERS; d++) {
        if (s->info->depth_after[d] >= 0 && jit_uop_stencils[i->uop][d] == p->stencil) {
            s->depth = d;
            s->after = s->info->depth_after[d];
            s->in_registers = Py_MIN(d, s->n);
            s->below = d - s->in_registers;
            return true;
        }
    }
    return false;
}

static struct place
operand_place(const struct shape *s, int k)
{
    int in_memory = s->n - s->in_registers;
    return k < in_memory ? (struct place){IN_CELL, s->base + k} : (struct place){IN_REGISTER, s->below + k - in_memory};
}

static void
check_micro_op_holes(struct checker *c, const struct jit_piece *p, const struct shape *s)
{
    const struct jir_ins *i = s->i;
    int cell = s->base + s->n - s->depth;
    int64_t place = (int64_t)offsetof(_PyInterpreterFrame, localsplus) + cell * (int64_t)sizeof(PyObject *);
    if (p->oparg != i->oparg || p->operand != i->imm) {
        check_complain(c, "HOLE", "oparg and operand are %u and %#llx", p->oparg, (unsigned long long)p->operand);
    }
    if (p->place != place) {
        check_complain(c, "HOLE", "the stack's end is at %d, not %d", p->place, (int)place);
    }
    if (s->info->flags & JIT_UOP_MEMORY && s->below > 0) {
        check_complain(c, "PIECE", "it passes no registers on");
    }
}

/* Where another frame goes on, and at the start of a loop, what stays on the stack is in its cells. */
static void
check_waits(struct checker *c, const struct shape *s)
{
    if (!(s->info->flags & JIT_UOP_FRAME) && s->i->uop != U_JUMP_TO_TOP) {
        return;
    }
    const struct jir_snap *snap = &c->ir->snaps[jir_waits(s->i)];
    int locals = check_locals(c, s->i->frame);
    for (int k = 0; k < snap->count; k++) {
        check_want(c, "MEMORY", (struct place){IN_CELL, locals + k}, c->ir->items[snap->first + (uint32_t)k]);
    }
    if (s->i->uop == U_JUMP_TO_TOP) {
        check_goes_round(c);
    }
    const struct jit_trace *trace = c->ir->trace;
    if (s->i->uop == U_JUMP_TO_TOP &&
        (snap->count != trace->rec->entries[0].stack || trace->frames[s->i->frame].code != trace->frames[0].code))
    {
        check_complain(c, "MEMORY", "the stack has %d items, the loop begins with %d", snap->count,
                       trace->rec->entries[0].stack);
    }
}

static void
check_exits(struct checker *c, const struct jit_piece *p, const struct shape *s)
{
    const struct jir_ins *i = s->i;
    bool leaves = i->snap != JIR_NO_SNAP && c->ir->snaps[i->snap].site != JIT_NO_EXIT;
    struct survivors left = {.registers = s->leaf ? JIT_REGISTERS : s->depth, .floats = s->floats};
    check_exit(c, p->exit, leaves ? i->snap : JIR_NO_SNAP, &left);
    left.registers = s->depth;
    left.floats = false;
    check_exit(c, p->error, i->error, &left);
    int kept = s->info->flags & JIT_UOP_ERROR ? jir_kept(c->inputs, s->n) : 0;
    left.registers = s->info->inputs[0] != '*' ? Py_MAX(s->depth - (s->n - kept), 0) : 0;
    left.dead = s->base + kept;
    left.dead_end = s->base + s->n - s->in_registers;
    check_exit(c, p->popped, i->popped, &left);
    if (leaves && c->ir->trace->exits[c->ir->snaps[i->snap].site].kind == JIT_EXIT_LINK && p->exit < c->code->exit_count &&
        c->code->exits[p->exit].recover_count != 0)
    {
        check_complain(c, "MEMORY", "what it links to begins with the stack in memory");
    }
}

/* What it leaves as its k-th output, or nothing that is known. */
static struct content
output(struct checker *c, const struct shape *s, int k)
{
    for (int at = c->at + 1; at < c->ir->count; at++) {
        const struct jir_ins *i = &c->ir->ins[at];
        if (i->op != JIR_RESULT || i->a != (jref)c->at) {
            break;
        }
        if (i->imm == (uint64_t)k) {
            return check_named(c, jir_root(c->ir, (jref)at), c->at);
        }
    }
    return c->outputs[k] == '=' && k < s->n ? *check_content(c, operand_place(s, k)) : (struct content){0};
}

static void
lose_registers(struct checker *c, const struct shape *s)
{
    bool all = s->info->flags & JIT_UOP_FRAME;
    int end = s->leaf && !all ? Py_MAX(s->depth, s->after) : JIT_REGISTERS;
    for (int r = all ? 0 : s->below; r < end; r++) {
        c->registers[r] = (struct content){0};
    }
    if (!s->floats) {
        memset(c->floats, 0, sizeof(c->floats));
    }
}

static void
lose_cells(struct checker *c, const struct shape *s, int in_memory)
{
    const struct jir_ins *i = s->i;
    int locals = check_locals(c, i->frame), end = Py_MAX(s->n - s->in_registers, in_memory);
    for (int k = 0; k < end; k++) {
        *check_content(c, (struct place){IN_CELL, s->base + k}) = (struct content){0};
    }
    uint32_t first, written = jir_locals_written(i->uop, i->oparg, i->imm, &first);
    if (written == JIR_ANY_LOCALS) {
        first = 0;
        written = (uint32_t)locals;
    }
    for (uint32_t k = 0; k < written; k++) {
        *check_content(c, (struct place){IN_CELL, (int)(first + k)}) = (struct content){0};
    }
    if (s->info->flags & JIT_UOP_POPS_FRAME) {
        int begin = c->bases[i->frame];
        memset(c->cells + begin, 0, (size_t)(c->bases[i->frame + 1] - begin) * sizeof(struct content));
    }
}

static void
leave_outputs(struct checker *c, const struct shape *s)
{
    int in_memory = s->outputs - (s->after - s->below);
    if (in_memory > 0 && !check_is_place(c, (struct place){IN_CELL, s->base + in_memory - 1})) {
        check_complain(c, "PLACE", "the stack is too small");
        return;
    }
    struct content *made = PyMem_RawCalloc((size_t)s->outputs + 1, sizeof(struct content));
    for (int k = 0; k < s->outputs && made != NULL; k++) {
        made[k] = output(c, s, k);
    }
    lose_registers(c, s);
    lose_cells(c, s, in_memory);
    for (int k = 0; k < s->outputs && made != NULL; k++) {
        bool memory = k < in_memory;
        struct place place = {memory ? IN_CELL : IN_REGISTER, memory ? s->base + k : s->below + k - in_memory};
        *check_content(c, place) = made[k];
    }
    PyMem_RawFree(made);
}

void
check_micro_op(struct checker *c, const struct jit_piece *p)
{
    struct shape s;
    if (!find_shape(c, p, &s)) {
        check_complain(c, "PIECE", "it does not do %s", check_name(c));
        return;
    }
    c->done = true;
    for (int k = 0; k < s.n; k++) {
        check_want(c, "OPERAND", operand_place(&s, k), c->ir->args[s.i->args + (uint32_t)k]);
    }
    check_micro_op_holes(c, p, &s);
    check_waits(c, &s);
    if (!check_is_wrong(c)) {
        check_exits(c, p, &s);
        leave_outputs(c, &s);
    }
}

#endif  // _Py_TIER2 && _Py_JIT
