/* lower_loops.c - where a loop begins and goes round (see lower.c).
 *
 * Takes:  a LOOP, with the CARRYs before it, and the JUMP_TO_TOP that leads to it.
 * Gives:  a register for each CARRY, which has its value whenever the loop begins, and the moves that
 *         see to that.
 *
 * The moves are parallel: a register is written when no other move has it to read any more. What is left then are
 * cycles (x, y = y, x), of which one value takes the way through memory.
 */
#include "lowering.h"

#if defined(_Py_TIER2) && defined(_Py_JIT)

/* A value of before the loop gives its register to the CARRY. */
void
lower_carry(struct lowering *l, struct jir_ins *i)
{
    lower_set_reg(l, lower_use_reg(l, i->a, 0), (jref)l->at);
}

/* JUMP_TO_TOP leads here: stack items are in their cells, CARRYs in their registers, and nothing else is known. */
void
lower_loop(struct lowering *l, struct jir_ins *i)
{
    lower_flush(l, i->snap);
    for (int r = 0; r < ALL_REGISTERS; r++) {
        l->carried[r] = l->regs[r] != 0 && jir_is_carry(&l->ir->ins[l->regs[r]]) ? l->regs[r] : 0;
        lower_set_reg(l, r, l->carried[r]);
    }
    int cells = lower_locals_of(l, 0) + l->ir->trace->frames[0].code->co_stacksize;
    memset(lower_content(l, 0), 0, (size_t)cells * sizeof(jref));
    memset(l->spills, 0, sizeof(l->spills));
    l->code->top = l->code->count;
}

enum {MEMORY = -1, DONE = -2};      // of a move: it comes from there, or is not to be done any more

/* Is there a move that reads the register, other than those that are in it already? */
static bool
is_read(const int8_t *from, int reg)
{
    for (int r = 0; r < ALL_REGISTERS; r++) {
        if (from[r] == reg && r != reg) {
            return true;
        }
    }
    return false;
}

/* Lets the moves that read the register read what it holds elsewhere, in memory. */
static void
break_cycle(struct lowering *l, int8_t *from, int reg)
{
    jref root = l->regs[reg];
    if (!lower_save(l, reg)) {
        return;
    }
    l->values[root].reg = -1;       // (for lower_fill())
    for (int r = 0; r < ALL_REGISTERS; r++) {
        if (from[r] == reg && r != reg) {
            from[r] = MEMORY;
        }
    }
}

static jref
next_value(struct lowering *l, int reg)
{
    return lower_root(l, l->ir->ins[l->carried[reg]].b);
}

/* Does the moves into registers that no other reads; true: there were any. */
static bool
do_moves(struct lowering *l, int8_t *from)
{
    bool found = false;
    for (int r = 0; r < ALL_REGISTERS; r++) {
        if (from[r] == DONE || is_read(from, r)) {
            continue;
        }
        if (from[r] != r) {
            lower_fill(l, next_value(l, r), r);
        }
        from[r] = DONE;
        found = true;
    }
    return found;
}

/* Before JUMP_TO_TOP: each CARRY's register gets what it is when the loop goes round. */
void
lower_go_round(struct lowering *l)
{
    int8_t from[ALL_REGISTERS];
    for (int r = 0; r < ALL_REGISTERS; r++) {
        from[r] = l->carried[r] != 0 ? l->values[next_value(l, r)].reg : DONE;
    }
    for (int r = 0; r < ALL_REGISTERS && l->abort == JIT_ABORT_NONE; r++) {
        while (do_moves(l, from)) {
        }
        if (from[r] != DONE) {
            break_cycle(l, from, r);
        }
    }
}

#endif  // _Py_TIER2 && _Py_JIT
