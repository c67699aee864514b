/* lower_places.c - where values are: registers, cells, exits (see lower.c).
 *
 * Takes:  values that are wanted in a register or a cell.
 * Gives:  the stencils that bring them there, and save what is in their way.
 *         For an exit, what C has to do to put the operand stack in order
 *         from where everything is at that point.
 */
#include "lowering.h"

#if defined(_Py_TIER2) && defined(_Py_JIT)

/* ---- pieces --------------------------------------------------------------- */

struct jit_piece *
lower_add_piece(struct lowering *l, int stencil)
{
    static struct jit_piece nowhere;
    struct jit_code *c = l->code;
    if (!lower_grow(l, (void **)&c->pieces, c->count, &c->capacity, 1, sizeof(struct jit_piece))) {
        return &nowhere;
    }
    struct jit_piece *p = &c->pieces[c->count++];
    *p = (struct jit_piece){
        .stencil = (uint16_t)stencil,
        .exit = JIT_NO_EXIT, .error = JIT_NO_EXIT, .popped = JIT_NO_EXIT,
        .at = (uint32_t)l->at,
    };
    struct jir_ins *i = &l->ir->ins[l->at];
    p->ip = l->ir->trace->rec->entries[i->line].op_instr;
    return p;
}

static bool
is_floating(int reg)
{
    return reg >= FLOATS;
}

/* A register's number among those of its kind. */
static int
number_of(int reg)
{
    return is_floating(reg) ? reg - FLOATS : reg;
}

/* The primitive of two registers, or of one (then `second` is -1). */
struct jit_piece *
lower_add_primitive(struct lowering *l, int primitive, int first, int second)
{
    int variant = second < 0 ? number_of(first) : number_of(first) * JIT_REGISTERS + number_of(second);
    return lower_add_piece(l, jit_primitives[primitive] + variant);
}

/* Bytes from the frame to one of its cells. */
int32_t
lower_cell_offset(int cell)
{
    return (int32_t)(offsetof(_PyInterpreterFrame, localsplus) + (size_t)cell * sizeof(PyObject *));
}

/* SPILL or FILL of what is no frame's. */
static void
add_away_primitive(struct lowering *l, bool spills, int reg, int spill)
{
    int primitive = is_floating(reg) ? (spills ? JIT_P_SPILL_FLOAT_AWAY : JIT_P_FILL_FLOAT_AWAY) :
                    spills ? JIT_P_SPILL_AWAY : JIT_P_FILL_AWAY;
    lower_add_primitive(l, primitive, reg, -1)->place = spill * (int32_t)sizeof(uintptr_t);
}

/* SPILL or FILL. */
void
lower_add_cell_primitive(struct lowering *l, int primitive, int reg, int cell)
{
    if (cell >= AWAY) {
        add_away_primitive(l, primitive == JIT_P_SPILL, reg, cell - AWAY);
        return;
    }
    int32_t place = lower_cell_offset(cell);
    if (is_floating(reg)) {
        int floating = primitive == JIT_P_SPILL ? JIT_P_SPILL_FLOAT : JIT_P_FILL_FLOAT;
        lower_add_primitive(l, floating, reg, -1)->place = place;
        return;
    }
    // (What is near takes fewer bytes; it is most of them.)
    int short_one = primitive == JIT_P_SPILL ? JIT_P_SPILL_NEAR : JIT_P_FILL_NEAR;
    lower_add_primitive(l, place <= INT8_MAX ? short_one : primitive, reg, -1)->place = place;
}

/* ---- places --------------------------------------------------------------- */

int
lower_locals_of(struct lowering *l, int frame)
{
    return l->ir->trace->frames[frame].code->co_nlocalsplus;
}

static int
cells_of(struct lowering *l, int frame)
{
    return lower_locals_of(l, frame) + l->ir->trace->frames[frame].code->co_stacksize;
}

jref *
lower_content(struct lowering *l, int cell)
{
    return cell >= AWAY ? &l->spills[cell - AWAY] : &l->contents[l->bases[l->frame] + cell];
}

static bool
is_busy(struct lowering *l, int cell)
{
    return cell >= l->busy && cell < l->busy_end;
}

/* A cell of the current frame, or one that is no frame's, that holds the value; or -1. Not `other`, nor, if
 * `lasts`, one that the micro-op at hand reads or writes. */
static int
find_home(struct lowering *l, jref root, int other, bool lasts)
{
    int n = cells_of(l, l->frame);
    for (int c = 0; c < n; c++) {
        if (*lower_content(l, c) == root && c != other && !(lasts && is_busy(l, c))) {
            return c;
        }
    }
    for (int c = AWAY; c < AWAY + JIT_SPILLS; c++) {
        if (*lower_content(l, c) == root && c != other) {
            return c;
        }
    }
    return -1;
}

int
lower_home_of(struct lowering *l, jref root)
{
    return find_home(l, root, -1, false);
}

/* Is it in a cell that the micro-op at hand leaves alone, other than this one? */
static bool
is_elsewhere(struct lowering *l, jref root, int cell)
{
    return find_home(l, root, cell, true) >= 0;
}

/* Can it be made again from nothing? */
bool
lower_is_constant(struct lowering *l, jref root)
{
    int op = l->ir->ins[root].op;
    return op == JIR_CONST || op == JIR_NULL || op == JIR_UNSET || op == JIR_INT;
}

uint64_t
lower_constant_bits(struct lowering *l, jref root)
{
    struct jir_ins *i = &l->ir->ins[root];
    return i->op == JIR_NULL || i->op == JIR_UNSET ? 0 : i->imm;
}

void
lower_set_reg(struct lowering *l, int r, jref root)
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

void
lower_spill_to(struct lowering *l, int reg, int cell)
{
    lower_add_cell_primitive(l, JIT_P_SPILL, reg, cell);
    *lower_content(l, cell) = l->regs[reg];
}

/* May the cell be overwritten: is what is in memory there not used, or elsewhere in memory too? */
static bool
is_free(struct lowering *l, int cell)
{
    jref there = *lower_content(l, cell);
    if (is_busy(l, cell)) {
        return false;
    }
    return !lower_is_live(l, there) || lower_is_constant(l, there) || is_elsewhere(l, there, cell);
}

enum {NO_PLACE = -1, NO_NEED = -2};

/* The cell where the value can be saved that is in the register. NO_NEED: it is in memory, or can
 * be made again. (What is only in a cell of the micro-op's operands is gone after it.) */
static int
place_for(struct lowering *l, int reg)
{
    jref root = l->regs[reg];
    if (lower_is_constant(l, root) || is_elsewhere(l, root, -1) || (lower_home_of(l, root) >= 0 && !lower_is_needed(l, root))) {
        return NO_NEED;
    }
    int locals = lower_locals_of(l, l->frame), end = cells_of(l, l->frame);
    int position = l->values[root].position;
    if (position >= 0 && locals + position < end && is_free(l, locals + position)) {
        return locals + position;
    }
    for (int c = end - 1; c >= locals; c--) {
        if (is_free(l, c)) {
            return c;
        }
    }
    for (int c = AWAY; c < AWAY + JIT_SPILLS; c++) {
        if (is_free(l, c)) {
            return c;
        }
    }
    return NO_PLACE;
}

bool
lower_save(struct lowering *l, int reg)
{
    int cell = place_for(l, reg);
    if (cell == NO_PLACE) {
        return lower_fail(l, JIT_ABORT_NO_REGISTER);
    }
    if (cell != NO_NEED) {
        lower_spill_to(l, reg, cell);
    }
    return true;
}

/* One of the registers from `first` on, before `end`, for something new: the last that is free,
 * since micro-ops want the first, or else, of those that can be saved, that whose value is used last. */
static int
take_one(struct lowering *l, int first, int end, unsigned avoid)
{
    int worst = -1;
    bool can_be_saved = false;
    for (int r = end - 1; r >= first; r--) {
        if (!(avoid >> r & 1) && l->regs[r] == 0) {
            return r;
        }
    }
    for (int r = end - 1; r >= first; r--) {
        if (avoid >> r & 1) {
            continue;
        }
        bool can = place_for(l, r) != NO_PLACE;
        if (worst < 0 || can > can_be_saved ||
            (can == can_be_saved && l->values[l->regs[r]].next > l->values[l->regs[worst]].next))
        {
            worst = r;
            can_be_saved = can;
        }
    }
    if (worst < 0) {
        lower_fail(l, JIT_ABORT_NO_REGISTER);
        return first;
    }
    lower_save(l, worst);
    lower_set_reg(l, worst, 0);
    return worst;
}

/* A general register for something new; none of those in `avoid` (a set of bits). */
int
lower_take_reg(struct lowering *l, int wanted, unsigned avoid)
{
    if (wanted >= 0 && l->regs[wanted] == 0 && !(avoid >> wanted & 1)) {
        return wanted;
    }
    return take_one(l, 0, JIT_REGISTERS, avoid);
}

int
lower_take_float(struct lowering *l, unsigned avoid)
{
    return take_one(l, FLOATS, ALL_REGISTERS, avoid);
}

/* Before the floating-point registers change: what is in them, and used by this instruction
 * or later, goes to memory. */
void
lower_lose_floats(struct lowering *l)
{
    for (int r = FLOATS; r < ALL_REGISTERS; r++) {
        if (lower_is_live(l, l->regs[r])) {
            lower_save(l, r);
        }
        lower_set_reg(l, r, 0);
    }
}

/* Is the value a number that wants a floating-point register? */
static bool
is_float(struct lowering *l, jref root)
{
    return jir_info(&l->ir->ins[root])->flags & JIR_FLOATING;
}

/* Emits what brings a value into a register that is free. */
void
lower_fill(struct lowering *l, jref root, int reg)
{
    int from = l->values[root].reg;
    if (from >= 0) {
        lower_add_primitive(l, is_floating(reg) ? JIT_P_MOVE_FLOAT : JIT_P_MOVE, reg, from);
    }
    else if (lower_is_constant(l, root)) {
        uint64_t bits = lower_constant_bits(l, root);
        struct jit_piece *p = lower_add_primitive(l, bits <= UINT32_MAX ? JIT_P_IMM32 : JIT_P_IMM, reg, -1);
        p->operand = bits;
    }
    else {
        int home = lower_home_of(l, root);
        if (home < 0) {
            lower_fail(l, JIT_ABORT_NO_REGISTER);
            return;
        }
        lower_add_cell_primitive(l, JIT_P_FILL, reg, home);
    }
}

/* The register that the value is in, now at the latest. */
int
lower_use_reg(struct lowering *l, jref v, unsigned avoid)
{
    jref root = lower_root(l, v);
    int reg = l->values[root].reg;
    if (reg >= 0) {
        return reg;
    }
    reg = is_float(l, root) ? lower_take_float(l, avoid) : lower_take_reg(l, l->values[root].wanted, avoid);
    lower_fill(l, root, reg);
    lower_set_reg(l, reg, root);
    return reg;
}

/* Before a cell is overwritten: what is only there gets a register. */
void
lower_vacate(struct lowering *l, int cell, jref by, unsigned avoid)
{
    jref there = *lower_content(l, cell);
    if (there != by && !is_free(l, cell)) {
        lower_use_reg(l, there, avoid);
        *lower_content(l, cell) = 0;
    }
}

/* Sees to it that a stack item is in its cell. */
void
lower_store_item(struct lowering *l, jref v, int cell, unsigned avoid)
{
    jref root = jir_root(l->ir, v);
    if (*lower_content(l, cell) == root) {
        return;
    }
    lower_vacate(l, cell, root, avoid);
    int reg = lower_use_reg(l, v, avoid);
    lower_spill_to(l, reg, cell);
}

/* ---- exits ---------------------------------------------------------------- */

static bool
add_recover(struct lowering *l, struct jit_recover r)
{
    struct jit_code *c = l->code;
    if (!lower_grow(l, (void **)&c->recovers, c->recover_count, &c->recover_capacity, 1, sizeof(r))) {
        return false;
    }
    c->recovers[c->recover_count++] = r;
    return true;
}

/* How a stack item gets to its cell, from where things are now, and whether it is made there. */
static bool
recover_item(struct lowering *l, jref v, int cell, bool *boxes)
{
    struct jir_ins *i = &l->ir->ins[v];
    jref root = lower_root(l, v);
    bool borrowed = i->kind == JIR_BORROWED, made = !l->sunk[jir_root(l->ir, v)];
    int reg = l->values[root].reg;
    struct jit_recover r;
    memset(&r, 0, sizeof(r));       // (they are compared as bytes)
    r.cell = (int16_t)cell;
    r.new_reference = borrowed;
    r.makes = made ? JIT_NO_NUMBER : is_float(l, root) ? JIT_FLOAT : JIT_INT;
    *boxes |= !made;
    if (made && *lower_content(l, cell) == root) {
        if (!borrowed) {
            return true;
        }
        r.kind = JIT_FROM_CELL;
        r.source = (int16_t)cell;
    }
    else if (reg >= 0) {
        r.kind = is_floating(reg) ? JIT_FROM_FLOAT_REGISTER : JIT_FROM_REGISTER;
        r.source = (int16_t)number_of(reg);
    }
    else if (lower_is_constant(l, root)) {
        r.kind = JIT_FROM_CONSTANT;
        r.bits = lower_constant_bits(l, root);
    }
    else {
        int home = lower_home_of(l, root);
        if (home < 0) {
            return lower_fail(l, JIT_ABORT_NO_REGISTER);
        }
        r.kind = home >= AWAY ? JIT_FROM_SPILL : JIT_FROM_CELL;
        r.source = (int16_t)(home >= AWAY ? home - AWAY : home);
    }
    return add_recover(l, r);
}

/* The index of an exit by a snapshot; `kind` is that of the site, or JIT_EXIT_ERROR. */
uint16_t
lower_add_exit(struct lowering *l, uint16_t snap)
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
    int locals = lower_locals_of(l, s->frame);
    for (int i = 0; i < s->count; i++) {
        if (!recover_item(l, ir->items[s->first + (uint32_t)i], locals + i, &x.boxes)) {
            return JIT_NO_EXIT;
        }
    }
    x.recover_count = (uint16_t)(c->recover_count - x.recover);
    if (c->exit_count > 0) {
        struct jit_exit *last = &c->exits[c->exit_count - 1];
        if (last->target == x.target && last->kind == x.kind && last->stack == x.stack &&
            last->recover_count == x.recover_count &&
            (x.recover_count == 0 || memcmp(&c->recovers[last->recover], &c->recovers[x.recover],
                                            x.recover_count * sizeof(struct jit_recover)) == 0))
        {
            c->recover_count = x.recover;
            return (uint16_t)(c->exit_count - 1);
        }
    }
    if (c->exit_count == JIT_MAX_EXITS) {
        lower_fail(l, JIT_ABORT_EXITS_FULL);
        return JIT_NO_EXIT;
    }
    if (!lower_grow(l, (void **)&c->exits, c->exit_count, &c->exit_capacity, 1, sizeof(x))) {
        return JIT_NO_EXIT;
    }
    c->exits[c->exit_count] = x;
    return (uint16_t)c->exit_count++;
}

#endif  // _Py_TIER2 && _Py_JIT
