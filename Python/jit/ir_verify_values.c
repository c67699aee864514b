/* ir_verify_values.c - is a value what the tables say, and may it be used here? (See ir_verify.c.)
 *
 * Takes:  an instruction, or a ref that it uses, and the verifier's state before it.
 * Gives:  v->broken, if one of these does not hold: DEFINED, KIND, ALIVE,
 *         BORROWED, LOCAL, ITEM, SHARED.
 *
 * What a local holds is found by looking back. That makes the verifier's time
 * quadratic in the worst case, but it then depends on nothing but the
 * instructions.
 */
#include "ir_verify.h"

#ifdef _Py_TIER2

#include "pycore_jit_tables.h"

/* ---- results ---------------------------------------------------------- */

/* What a RESULT is, as a letter (jit_uop_outputs()); 0: there is no such output. */
static char
output(struct verifier *v, const struct jir_ins *i)
{
    const struct jir_ins *g = verify_ins(v, i->a);
    int n = jit_uop_outputs(g->uop, (int)g->oparg, v->outputs);
    return i->imm < (uint64_t)n && v->outputs[i->imm] != '=' ? v->outputs[i->imm] : 0;
}

/* Does the micro-op, or the one that it is a form of which releases nothing, give a bool? */
static bool
gives_bool(int uop)
{
    bool found = jit_result_type(uop) == &PyBool_Type;
    for (int u = 0; u < U_COUNT && !found; u++) {
        found = jit_uop_info[u].borrowing == uop && jit_result_type(u) == &PyBool_Type;
    }
    return found;
}

/* Is an object that a micro-op gives a bool, because that is what it gives, or by a guard? */
static bool
is_bool(struct verifier *v, jref r)
{
    bool found = gives_bool(verify_ins(v, verify_ins(v, r)->a)->uop);
    for (int k = r + 1; k < v->ir->count && !found; k++) {
        const struct jir_ins *i = verify_ins(v, k);
        found = i->a == r && (i->op == JIR_GUARD_IS ||
                              (i->op == JIR_GUARD_TYPE && i->imm == (uintptr_t)&PyBool_Type));
    }
    return found;
}

/* A RESULT is right behind its micro-op, or behind another one of it. */
void
verify_result(struct verifier *v, const struct jir_ins *i)
{
    verify_that(v, i->a < v->at && verify_ins(v, i->a)->op == JIR_GENERIC, "DEFINED");
    if (v->broken != NULL) {
        return;
    }
    const struct jir_ins *before = verify_ins(v, v->at - 1), *g = verify_ins(v, i->a);
    verify_that(v, v->at - 1 == i->a ||
                   (before->op == JIR_RESULT && before->a == i->a && before->imm < i->imm), "DEFINED");
    char letter = output(v, i);
    verify_that(v, letter != 0, "DEFINED");
    switch (letter) {
        case 'n':
        case 'p':
            verify_that(v, i->kind == JIR_PLAIN, "KIND");
            break;
        case 'm':
            verify_that(v, i->kind == JIR_OWNED, "KIND");
            break;
        default:
            verify_that(v, i->kind == JIR_OWNED || (i->kind == JIR_PLAIN && is_bool(v, v->at)), "KIND");
    }
    if (i->b != 0) {
        bool passes = g->arg_count > 0 && jit_uop_info[g->uop].flags & JIT_UOP_POPS_FRAME;
        verify_that(v, passes && i->b == v->ir->args[g->args], "DEFINED");
    }
}

/* Each item that the micro-op pushes has a RESULT. */
void
verify_outputs(struct verifier *v, const struct jir_ins *i)
{
    int n = jit_uop_outputs(i->uop, (int)i->oparg, v->outputs), next = v->at + 1;
    for (int k = 0; k < n; k++) {
        if (v->outputs[k] != '=') {
            verify_that(v, next < v->ir->count && verify_ins(v, next)->op == JIR_RESULT &&
                           verify_ins(v, next)->a == v->at, "DEFINED");
            next++;
        }
    }
}

/* What the instruction, no RESULT, is said to give. */
void
verify_kind(struct verifier *v, const struct jir_ins *i)
{
    int kind = jir_info(i)->kind;
    switch (i->op) {
        case JIR_CONST:
            verify_that(v, i->kind == JIR_BORROWED || i->kind == JIR_PLAIN, "KIND");
            return;
        case JIR_INHERIT:
            verify_that(v, i->kind == JIR_BORROWED || i->kind == JIR_OWNED, "KIND");
            verify_that(v, i->b == 0 || (i->b < v->at && verify_ins(v, i->b)->op == JIR_INHERIT), "DEFINED");
            return;
        case JIR_TAKE_LOCAL:
        case JIR_SET_LOCAL:
            kind = verify_ins(v, i->a)->kind == JIR_PLAIN ? JIR_PLAIN : kind;
            break;
    }
    verify_that(v, i->kind == kind, "KIND");
}

/* ---- uses -------------------------------------------------------------- */

/* Is it surely what an output with this letter is? */
static bool
is_output(struct verifier *v, jref r, char letter)
{
    const struct jir_ins *i = verify_ins(v, jir_root(v->ir, r));
    return i->op == JIR_NULL || i->op == JIR_UNSET ? letter == 'n' : i->op == JIR_RESULT && output(v, i) == letter;
}

/* Does it say what is in the local? */
static bool
holds(const struct jir_ins *i, int frame, uint64_t local)
{
    return (i->op == JIR_LOCAL || i->op == JIR_UNSET || i->op == JIR_ARGUMENT || i->op == JIR_SET_LOCAL ||
            i->op == JIR_RENEW_LOCAL || i->op == JIR_RENEW_LOCAL_INT) && i->frame == frame && i->imm == local;
}

/* The last instruction that says what is in the local, or takes it; 0: none does, or
 * a micro-op has written to it since. */
static jref
holder(struct verifier *v, int frame, uint64_t local)
{
    for (jref r = v->at - 1; r > 0; r--) {
        const struct jir_ins *i = verify_ins(v, r);
        if (holds(i, frame, local) || (i->op == JIR_TAKE_LOCAL && i->frame == frame && i->imm == local)) {
            return r;
        }
        if (i->op == JIR_GENERIC && i->frame == frame && jir_writes_local(i, local)) {
            return 0;
        }
    }
    return 0;
}

/* What is borrowed: can it be relied on that it is still there? */
static bool
is_current(struct verifier *v, jref r)
{
    const struct jir_ins *i = verify_ins(v, r);
    int by = verify_ins(v, v->at)->op;
    // (What is immortal is not freed, but it is in the local as well.)
    bool immortal = i->op == JIR_IMMORTAL;
    while (i->op == JIR_IMMORTAL) {
        r = i->a;
        i = verify_ins(v, r);
    }
    if (immortal && jir_info(i)->flags & JIR_LOADS) {
        return true;                // it is in no cell that something else might get
    }
    int root = verify_ins(v, jir_root(v->ir, r))->op;
    bool constant = root == JIR_CONST || root == JIR_NULL || root == JIR_UNSET;
    bool in_local = i->op == JIR_SET_LOCAL && i->kind == JIR_PLAIN && by != JIR_TAKE_LOCAL && !constant &&
                    holder(v, i->frame, i->imm) == r;
    if ((i->kind != JIR_BORROWED && !in_local) || i->stable) {
        return true;
    }
    switch (i->op) {
        case JIR_LOCAL:
        case JIR_ARGUMENT:
        case JIR_SET_LOCAL:
        case JIR_RENEW_LOCAL:
        case JIR_RENEW_LOCAL_INT:
        case JIR_CONST:
            return r > v->escaped || v->validated > v->escaped;
        case JIR_INHERIT:           // from what, is not known
            return by == JIR_NEWREF || by == JIR_NEWREF_NULLABLE || by == JIR_IMMORTAL || by == JIR_COPY;
        case JIR_LIST_ITEM:
        case JIR_ITEM_AT:
            return r > v->changed && r > v->items_changed;
        default:
            return r > v->changed;
    }
}

void
verify_defined(struct verifier *v, jref r)
{
    verify_that(v, r != 0 && r < v->at && v->states[r] != UNDEFINED, "DEFINED");
    verify_that(v, v->broken != NULL || verify_ins(v, r)->kind != JIR_NONE, "KIND");
}

void
verify_use(struct verifier *v, jref r, enum verify_wanted wanted)
{
    verify_defined(v, r);
    if (v->broken != NULL) {
        return;
    }
    int is = jir_info(verify_ins(v, r))->flags & (JIR_NUMBER | JIR_FLOATING);
    verify_that(v, is == (wanted == NUMBER ? JIR_NUMBER : wanted == FLOATING ? JIR_NUMBER | JIR_FLOATING : 0), "KIND");
    verify_that(v, wanted == ANYTHING || !is_output(v, r, 'p'), "KIND");
    verify_that(v, wanted != OBJECT || !is_output(v, r, 'n'), "KIND");
    verify_that(v, v->states[r] == ALIVE, "ALIVE");
    verify_that(v, is_current(v, r), "BORROWED");
}

/* ---- locals ------------------------------------------------------------- */

/* What was borrowed from a local, or from all of the frame's, until now is gone. */
void
verify_release(struct verifier *v, int frame, uint64_t local, bool all, jref until)
{
    for (jref r = 1; r < until; r++) {
        const struct jir_ins *i = verify_ins(v, r);
        if (v->states[r] == ALIVE && i->kind == JIR_BORROWED && holds(i, frame, all ? i->imm : local)) {
            v->states[r] = RELEASED;
        }
    }
}

/* The first instruction in the frame. */
static jref
start_of(struct verifier *v, int frame)
{
    jref r = 1;
    while (verify_ins(v, r)->frame != frame) {
        r++;
    }
    return r;
}

/* Did the micro-op make a new frame, which goes on? */
static bool
makes_frame(struct verifier *v, const struct jir_ins *g)
{
    if (!(jit_uop_info[g->uop].flags & JIT_UOP_PUSHES_FRAME)) {
        return false;
    }
    if (g->uop != U_PUSH_FRAME) {
        return true;
    }
    const struct jir_ins *frame = verify_ins(v, v->ir->args[g->args]);
    int by = frame->op == JIR_RESULT ? verify_ins(v, frame->a)->uop : U_PUSH_FRAME;
    return by != U_PUSH_FRAME && by != U_FOR_ITER_GEN_FRAME && by != U_SEND_GEN_FRAME;
}

/* A variable that is not set never was, in a frame that the trace made, unseen by others. */
static void
verify_unset(struct verifier *v, const struct jir_ins *i)
{
    jref start = start_of(v, i->frame), before = start - 1;
    while (before > 0 && verify_ins(v, before)->op != JIR_GENERIC) {
        before--;
    }
    const struct jir_ins *g = verify_ins(v, before);
    verify_that(v, i->frame > 0 && before > 0 && makes_frame(v, g), "LOCAL");
    verify_that(v, start > v->escaped && holder(v, i->frame, i->imm) == 0, "LOCAL");
    bool is_call = before > 0 && g->waits != JIR_NO_SNAP;
    verify_that(v, !is_call || i->imm >= g->oparg, "LOCAL");
    for (jref r = start; r < v->at && v->broken == NULL; r++) {
        const struct jir_ins *between = verify_ins(v, r);
        bool written = between->op == JIR_GENERIC && between->frame == i->frame && jir_writes_local(between, i->imm);
        verify_that(v, !written, "LOCAL");
    }
    if (v->ir->texts == NULL) {
        PyCodeObject *code = v->ir->trace->frames[i->frame].code;
        verify_that(v, jir_is_plain_variable(code, (uint32_t)i->imm), "LOCAL");
    }
}

/* The next instruction that is more than a constant. */
static const struct jir_ins *
next_ins(struct verifier *v)
{
    int next = v->at + 1;
    while (next < v->ir->count && jir_is_shown_inline(verify_ins(v, next))) {
        next++;
    }
    return verify_ins(v, next < v->ir->count ? next : 0);
}

/* A local loses what it holds, and gets something else at once. */
void
verify_local(struct verifier *v, const struct jir_ins *i)
{
    if (i->op == JIR_UNSET) {
        verify_unset(v, i);
    }
    if (i->op == JIR_RENEW_LOCAL || i->op == JIR_RENEW_LOCAL_INT) {
        verify_that(v, i->b != 0 && holder(v, i->frame, i->imm) == i->b, "LOCAL");
        verify_release(v, i->frame, i->imm, false, v->at);
    }
    if (i->op != JIR_TAKE_LOCAL && i->op != JIR_SET_LOCAL) {
        return;
    }
    jref r = holder(v, i->frame, i->imm);
    if (i->op == JIR_SET_LOCAL) {
        const struct jir_ins *before = verify_ins(v, r);
        verify_that(v, r != 0 && (before->op == JIR_TAKE_LOCAL || before->kind == JIR_PLAIN), "LOCAL");
        return;
    }
    verify_that(v, r == i->a, "LOCAL");
    const struct jir_ins *after = next_ins(v);
    verify_that(v, after->op == JIR_SET_LOCAL && holds(after, i->frame, i->imm), "LOCAL");
}

/* ---- items --------------------------------------------------------------- */

static bool
is_place(int op)
{
    return op == JIR_LIST_PLACE || op == JIR_ARRAY_PLACE_1 || op == JIR_ARRAY_PLACE_4 || op == JIR_ARRAY_PLACE_8;
}

/* Does a TAKE take what is where the other instruction stores something? */
static bool
makes_room(const struct jir_ins *take, struct verifier *v, const struct jir_ins *store)
{
    if (take->op != JIR_TAKE) {
        return false;
    }
    const struct jir_ins *taken = verify_ins(v, take->a);
    bool is_item = taken->op == JIR_ITEM_AT && store->op == JIR_SET_ITEM;
    bool is_field = taken->op == JIR_LOAD && store->op == JIR_STORE && taken->imm == store->imm;
    return (is_item || is_field) && jir_subject(v->ir, taken->a) == jir_subject(v->ir, store->a);
}

/* An item is where it is said to be; one that is taken makes room for another at once. */
void
verify_item(struct verifier *v, const struct jir_ins *i)
{
    switch (i->op) {
        case JIR_ITEM_AT:
        case JIR_UINT8_AT:
        case JIR_INT32_AT:
        case JIR_INT64_AT:
        case JIR_DOUBLE_AT:
        case JIR_SET_UINT8:
        case JIR_SET_INT32:
        case JIR_SET_INT64:
        case JIR_SET_DOUBLE:
        case JIR_SET_ITEM: {
            jref place = jir_root(v->ir, i->a);
            verify_that(v, is_place(verify_ins(v, place)->op) && place > v->changed, "ITEM");
            verify_that(v, i->op != JIR_SET_ITEM || makes_room(verify_ins(v, v->last), v, i), "ITEM");
            return;
        }
        case JIR_STORE:
            verify_that(v, makes_room(verify_ins(v, v->last), v, i), "ITEM");
            return;
        case JIR_TAKE:
            verify_that(v, makes_room(i, v, next_ins(v)), "ITEM");
            return;
    }
}

/* ---- references that are not the last -------------------------------------- */

/* Did a list or tuple give the object, which it keeps? */
static bool
is_next_item(struct verifier *v, jref r)
{
    const struct jir_ins *i = verify_ins(v, r);
    if (i->op != JIR_RESULT) {
        return false;
    }
    int by = verify_ins(v, i->a)->uop;
    return by == U_ITER_NEXT_LIST || by == U_ITER_NEXT_TUPLE;
}

/* Is it the only reference to a new object? */
static bool
is_new(struct verifier *v, jref r)
{
    bool found = verify_ins(v, r)->op == JIR_BOX_FLOAT || verify_ins(v, r)->op == JIR_BOX_INT;
    for (jref k = r + 1; k < v->at && found; k++) {
        found = verify_ins(v, k)->op != JIR_NEWREF || jir_subject(v->ir, k) != r;
    }
    return found;
}

/* What else loses a reference by the instruction, or 0. */
static jref
loses_reference(struct verifier *v, const struct jir_ins *i)
{
    if (i->op == JIR_RENEW_LOCAL || i->op == JIR_RENEW_LOCAL_INT) {
        return i->b;
    }
    bool drops = (jir_is_drop(i) || i->op == JIR_DROP_SHARED) && !is_new(v, i->a);
    return drops ? i->a : 0;
}

/* Does a guard say that these are not the same object? */
static bool
are_different(struct verifier *v, jref a, jref b)
{
    for (jref r = 1; r < v->at; r++) {
        const struct jir_ins *i = verify_ins(v, r);
        if (i->op == JIR_GUARD_NOT_SAME) {
            jref first = jir_subject(v->ir, i->a), second = jir_subject(v->ir, i->b);
            if ((first == a && second == b) || (first == b && second == a)) {
                return true;
            }
        }
    }
    return false;
}

/* Was it guarded that the reference is not the last one, and is that so still? */
static bool
is_shared(struct verifier *v, jref object)
{
    for (jref r = v->at - 1; r > v->escaped; r--) {
        const struct jir_ins *i = verify_ins(v, r);
        if (i->op == JIR_GUARD_SHARED && jir_subject(v->ir, i->a) == object) {
            return true;
        }
        jref other = loses_reference(v, i);
        if (other != 0 && !are_different(v, jir_subject(v->ir, other), object)) {
            return false;
        }
    }
    return false;
}

/* Is there another reference, of the trace's own or in a local of the frame? */
static bool
is_elsewhere(struct verifier *v, const struct jir_ins *drop, jref object)
{
    for (int k = 0; k < v->live_count; k++) {
        if (v->live[k] != drop->a && jir_subject(v->ir, v->live[k]) == object) {
            return true;
        }
    }
    for (jref r = v->escaped + 1; r < v->at; r++) {
        const struct jir_ins *i = verify_ins(v, r);
        if (holds(i, drop->frame, i->imm) && i->kind == JIR_BORROWED && jir_subject(v->ir, r) == object &&
            holder(v, i->frame, i->imm) == r)
        {
            return true;
        }
    }
    return false;
}

/* What DROP_SHARED gives up. */
void
verify_shared(struct verifier *v, const struct jir_ins *drop)
{
    jref object = jir_subject(v->ir, drop->a);
    bool kept = is_next_item(v, object) && object > v->escaped && object > v->items_changed;
    verify_that(v, kept || is_shared(v, object) || is_elsewhere(v, drop, object), "SHARED");
}

#endif  // _Py_TIER2
