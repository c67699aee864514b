/* lower_uses.c - when each value is used next (see lower.c).
 *
 * Takes:  a trace's instructions.
 * Gives:  of each value, the next instruction that uses it, and where that
 *         would like to find it. One backward scan finds all uses; the forward
 *         pass takes one after the other (lower_advance()).
 *
 * What is used on no path is removed here: the scan meets each use before the
 * definition.
 */
#include "lowering.h"

#if defined(_Py_TIER2) && defined(_Py_JIT)

bool
lower_fail(struct lowering *l, enum jit_abort abort)
{
    if (l->abort == JIT_ABORT_NONE) {
        l->abort = abort;
    }
    return false;
}

bool
lower_grow(struct lowering *l, void **items, int count, int *capacity, int more, size_t size)
{
    return jit_grow(items, capacity, count + more, size) || lower_fail(l, JIT_ABORT_NO_MEMORY);
}

/* The instruction that a value's bits come from; of an object of a number that is not made, that of the number. */
jref
lower_root(struct lowering *l, jref v)
{
    jref root = jir_root(l->ir, v);
    return l->sunk[root] ? jir_root(l->ir, l->ir->ins[root].a) : root;
}

static void
add_use(struct lowering *l, jref v, int position, int wanted)
{
    if (v == 0) {
        return;
    }
    if (!lower_grow(l, (void **)&l->uses, l->use_count, &l->use_capacity, 1, sizeof(struct use))) {
        return;
    }
    l->uses[l->use_count++] = (struct use){
        .root = lower_root(l, v), .position = (int16_t)position, .wanted = (int8_t)wanted,
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
        add_use(l, i->a, -1, -1);   // as a definition: lower_find_uses()
    }
    else if (l->sunk[at] || (jir_is_drop(i) && l->sunk[jir_root(l->ir, i->a)])) {
        return;
    }
    else if (i->op != JIR_RESULT && i->op != JIR_FORGET && (!(info->flags & JIR_ALIAS) || i->op == JIR_SET_LOCAL)) {
        int n = jir_is_carry(i) ? 1 : (int)strlen(info->operands);
        for (int k = 0; k < n; k++) {
            add_use(l, jir_operand(i, k), -1, -1);
        }
    }
    for (int k = 1; k < at && i->op == JIR_GENERIC && i->uop == U_JUMP_TO_TOP; k++) {
        if (jir_is_carry(&l->ir->ins[k])) {
            add_use(l, l->ir->ins[k].b, -1, -1);
        }
    }
    // (What a call takes is closer together than its exit has it.)
    add_snap_uses(l, i->snap, i->waits == JIR_NO_SNAP);
    add_snap_uses(l, i->error, true);
    add_snap_uses(l, i->popped, true);
    add_snap_uses(l, i->waits, true);
}

/* Something needs the object itself. */
static void
surface(struct lowering *l, jref v)
{
    if (v != 0) {
        l->sunk[jir_root(l->ir, v)] = false;
    }
}

/* Which objects of numbers are made: not those that are only released, or in snapshots of exits, which make them. */
static void
sink_boxes(struct lowering *l)
{
    struct jir *ir = l->ir;
    for (int at = 1; at < ir->count; at++) {
        l->sunk[at] = jir_info(&ir->ins[at])->flags & JIR_BOXES;
    }
    for (int at = 1; at < ir->count; at++) {
        struct jir_ins *i = &ir->ins[at];
        if (i->op != JIR_GENERIC) {
            int operands = jir_is_drop(i) ? 0 : (int)strlen(jir_info(i)->operands);
            for (int k = 0; k < operands; k++) {
                surface(l, jir_operand(i, k));
            }
            continue;
        }
        for (int k = 0; k < i->arg_count; k++) {
            surface(l, ir->args[i->args + (uint32_t)k]);
        }
        struct jir_snap *s = &ir->snaps[lower_needs_memory(l, i) ? jir_waits(i) : JIR_NO_SNAP];
        for (int k = 0; k < s->count; k++) {
            surface(l, ir->items[s->first + (uint32_t)k]);
        }
    }
}

/* Fills in when what each instruction uses is used next, and of each value, when first. */
bool
lower_find_uses(struct lowering *l)
{
    int n = l->ir->count;
    sink_boxes(l);
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
void
lower_advance(struct lowering *l)
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
    for (int r = 0; r < ALL_REGISTERS; r++) {
        if (l->regs[r] != 0 && l->values[l->regs[r]].next == NEVER) {
            l->values[l->regs[r]].reg = -1;
            l->regs[r] = 0;
        }
    }
}

bool
lower_is_live(struct lowering *l, jref root)
{
    return root != 0 && l->values[root].next != NEVER;
}

static bool
is_in_snap(struct lowering *l, uint16_t snap, jref root)
{
    struct jir_snap *s = &l->ir->snaps[snap];
    for (int k = 0; k < s->count; k++) {
        if (lower_root(l, l->ir->items[s->first + (uint32_t)k]) == root) {
            return true;
        }
    }
    return false;
}

/* Is it used after this instruction, or by its exits though it is no operand, or by one that
 * finds the operands gone? */
bool
lower_is_needed(struct lowering *l, jref root)
{
    if (!lower_is_live(l, root) || l->values[root].next > l->at) {
        return lower_is_live(l, root);
    }
    struct jir_ins *i = &l->ir->ins[l->at];
    if (is_in_snap(l, i->popped, root) || (jir_info(i)->flags & JIR_CALLS && is_in_snap(l, i->snap, root))) {
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

#endif  // _Py_TIER2 && _Py_JIT
