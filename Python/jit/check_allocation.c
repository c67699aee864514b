/* check_allocation.c - do the stencils compute what the SSA form says?
 *
 * Takes:  a trace's instructions (ir.h), and what the lowering made of them (lower.h).
 * Gives:  the first thing that is wrong, as text; or nothing.
 *
 * Rules, by which complaints begin:
 *   ORDER       pieces come in the order of the instructions that they are for
 *   PIECE       an instruction has the stencil that does it, once, but for those that
 *               need none; and no other, but for what moves values about
 *   OPERAND     each operand is in the register or the cell where the stencil takes it from
 *   PLACE       what is moved is a value that is known, to a cell of the frame's operand
 *               stack; to a local's, only what that local is set to
 *   HOLE        what fills the stencil's holes is what the instruction says
 *   LOCAL       when a local has been set, the value is in its cell
 *   MEMORY      where the frame waits for another one, or the trace goes back to its
 *               start, each stack item is in its cell
 *   CARRY       what a loop carries is in a register where it begins, and what it is to be
 *               next in the same one where the loop goes round
 *   EXIT        an exit leads where the snapshot's does, and is deep as that is
 *   RECOVER     at an exit, each item of the snapshot is in its cell, or can be put there
 *               from a place that holds it, made of a number if that is all there is, with
 *               a new reference if, and only if, it is borrowed
 *
 * One forward pass, which keeps for each place (register, floating-point register, cell,
 * spill) what it holds. At the start of a trace that is known: stack items are in their
 * cells, or where the exit left them that a bridge starts from. Then each piece is looked at:
 * a move copies what is known of one place to another, others want what they read in its
 * place, and change what they write. A result is whatever its piece writes; what a call
 * overwrites is not known after it.
 *
 *     v4 b  LOCAL 0               cell 0 holds v4
 *           FILL 3 <- local 0     register 3 holds v4
 *     v5    GUARD_TYPE v4, int    GUARD_TYPE 3: wants v4 in register 3
 *     v7 o  RESULT v6, 0          register 0 holds v7, registers 1 .. 7 nothing that is known
 *
 * NEWREF and COPY move nothing: what they make is wherever their operand is. But in the cell of a
 * local it is not, since code that the trace does not see may give the local another value. So a
 * place knows since when it has held its value, and a local's cell has one name only.
 *
 * The object of a number that no piece makes is the number, and exits make it.
 *
 * What is not checked: the SSA form itself, such as what it says of a new frame's arguments, of a local
 * that is read, or of where exits lead (ir_verify.c); what stencils do (Tools/jit/tests); and how good it is.
 *
 * Runs after the trace is lowered wherever the verifier of the SSA form runs (ir_verify.c); what is
 * wrong is printed, and the trace is not used. misallocate.c sees to it that it would be found.
 *
 * Why this way: nothing here comes from the lowering's own tables (which register holds what, which
 * box is sunk), but from its output, so that what it believes wrongly is not believed here too. It is
 * what regalloc2's checker does (Fallin, "Cranelift, Part 4: A New Register Allocator", 2022;
 * after Rideau and Leroy, "Validating register allocation and spilling", CC 2010). Traces are straight
 * lines, so it needs no iteration; the only join is the loop's head, where nothing but the cells and what is carried is relied on.
 *
 * Rules for whoever adds a case: a new primitive gets a row in check_primitives.c. What the
 * lowering may do now that it could not gets a way to be wrong in misallocate.c.
 */
#include "check_allocation.h"

#if defined(_Py_TIER2) && defined(_Py_JIT)

#include <stdarg.h>

/* ---- complaints -------------------------------------------------------------- */

bool
check_is_wrong(const struct checker *c)
{
    return c->complaint[0] != '\0';
}

/* Of the instruction at hand. */
const char *
check_name(const struct checker *c)
{
    const struct jir_ins *i = check_ins(c);
    return i->op == JIR_GENERIC ? jit_uop_names[i->uop] : jir_info(i)->name;
}

/* Only the first one is of use. */
void
check_complain(struct checker *c, const char *rule, const char *format, ...)
{
    if (check_is_wrong(c)) {
        return;
    }
    bool at_piece = c->piece < c->code->count;
    char name[JIT_STENCIL_NAME_SIZE];
    int n = PyOS_snprintf(c->complaint, JIT_COMPLAINT_SIZE, "%s at piece %d (%s), of v%d: ", rule, c->piece,
                          at_piece ? jit_stencil_name(c->code->pieces[c->piece].stencil, name) : "the end", c->at);
    va_list arguments;
    va_start(arguments, format);
    PyOS_vsnprintf(c->complaint + n, (size_t)(JIT_COMPLAINT_SIZE - n), format, arguments);
    va_end(arguments);
}

/* ---- places -------------------------------------------------------------------- */

int
check_locals(const struct checker *c, int frame)
{
    return c->ir->trace->frames[frame].code->co_nlocalsplus;
}

static int
cells_of(const struct checker *c, int frame)
{
    return check_locals(c, frame) + c->ir->trace->frames[frame].code->co_stacksize;
}

bool
check_is_place(const struct checker *c, struct place place)
{
    int ends[] = {
        [IN_REGISTER] = JIT_REGISTERS, [IN_FLOAT_REGISTER] = JIT_FLOAT_REGISTERS,
        [IN_CELL] = cells_of(c, check_ins(c)->frame), [IN_SPILL] = JIT_SPILLS,
    };
    return place.index >= 0 && place.index < ends[place.kind];
}

struct content *
check_content(struct checker *c, struct place place)
{
    assert(check_is_place(c, place));
    switch (place.kind) {
        case IN_REGISTER:
            return &c->registers[place.index];
        case IN_FLOAT_REGISTER:
            return &c->floats[place.index];
        case IN_SPILL:
            return &c->spills[place.index];
        default:
            return &c->cells[c->bases[check_ins(c)->frame] + place.index];
    }
}

/* ---- values ---------------------------------------------------------------------- */

/* Is it the same bits wherever it is? */
static bool
is_constant(const struct jir_ins *i, uint64_t *bits)
{
    *bits = i->op == JIR_CONST || i->op == JIR_INT ? i->imm : 0;
    return i->op == JIR_CONST || i->op == JIR_INT || i->op == JIR_NULL || i->op == JIR_UNSET;
}

/* The content of a place that the value has come to. */
struct content
check_named(const struct checker *c, jref root, int since)
{
    struct content content = {.root = root, .since = since};
    content.constant = is_constant(&c->ir->ins[root], &content.bits);
    return content;
}

/* Is the value there? */
bool
check_holds(const struct checker *c, const struct content *content, jref root)
{
    for (;;) {
        const struct jir_ins *i = &c->ir->ins[root];
        uint64_t bits;
        if (is_constant(i, &bits)) {
            return content->constant && content->bits == bits;
        }
        if (root == content->root) {
            return true;
        }
        bool moves = i->op == JIR_NEWREF || i->op == JIR_NEWREF_NULLABLE || i->op == JIR_COPY;
        if (!moves || root <= content->since) {
            return false;
        }
        root = jir_root(c->ir, i->a);
    }
}

/* Complains if the value is not in the place. */
void
check_want(struct checker *c, const char *rule, struct place place, jref v)
{
    static const char *const kinds[] = {
        [IN_REGISTER] = "register", [IN_FLOAT_REGISTER] = "floating-point register",
        [IN_CELL] = "cell", [IN_SPILL] = "spill",
    };
    jref root = jir_root(c->ir, v);
    if (!check_is_place(c, place)) {
        check_complain(c, rule, "there is no %s %d, v%d is wanted there", kinds[place.kind], place.index, root);
        return;
    }
    const struct content *there = check_content(c, place);
    if (check_holds(c, there, root)) {
        return;
    }
    char what[40] = "nothing that is known";
    if (there->root != 0) {
        PyOS_snprintf(what, sizeof(what), "v%d", there->root);
    }
    else if (there->constant) {
        PyOS_snprintf(what, sizeof(what), "the constant %#llx", (unsigned long long)there->bits);
    }
    check_complain(c, rule, "%s %d holds %s, v%d is wanted", kinds[place.kind], place.index, what, root);
}

/* ---- pieces ---------------------------------------------------------------------- */

/* Of any piece: the instruction that it is thought to be in. */
void
check_holes(struct checker *c, const struct jit_piece *p)
{
    if (p->ip != c->ir->trace->rec->entries[check_ins(c)->line].op_instr) {
        check_complain(c, "HOLE", "it is of another bytecode");
    }
}

/* What is known where a loop begins, however it is come to: that the items of the stack are in their cells. */
static void
start(struct checker *c)
{
    memset(c->registers, 0, sizeof(c->registers));
    memset(c->floats, 0, sizeof(c->floats));
    memset(c->spills, 0, sizeof(c->spills));
    int locals = check_locals(c, 0);
    memset(c->cells, 0, (size_t)c->bases[1] * sizeof(struct content));
    for (int at = 1; at < c->ir->count; at++) {
        const struct jir_ins *i = &c->ir->ins[at];
        if (i->op == JIR_LOOP) {
            return;
        }
        if (i->op == JIR_ENTRY && i->frame == 0) {
            c->cells[locals + (int)i->imm] = (struct content){.root = (jref)at, .since = 0};
        }
    }
}

/* Where an indirect jump enters a continuation: the top of the stack is in a register, and not in its cell. */
static void
enter_by_register(struct checker *c)
{
    const struct jit_record_entry *first = &c->ir->trace->rec->entries[0];
    struct content *cell = &c->cells[check_locals(c, 0) + first->stack - 1];
    check_want(c, "MEMORY", (struct place){IN_REGISTER, 0}, cell->root);
    struct content top = *cell;
    start(c);
    c->registers[0] = top;
    *cell = (struct content){0};
}

static void
check_piece(struct checker *c, const struct jit_piece *p)
{
    const struct jit_recorder *rec = c->ir->trace->rec;
    if (rec->is_continuation && c->piece == c->code->register_entry) {
        enter_by_register(c);
    }
    else if (c->piece == c->code->top && rec->end == JIT_END_LOOP && !c->loops) {
        start(c);
    }
    check_holes(c, p);
    if (c->variants[p->stencil].is_primitive) {
        check_primitive(c, p);
    }
    else {
        check_micro_op(c, p);
    }
}

/* ---- instructions ------------------------------------------------------------------- */

/* Must there be a piece that does it? */
static bool
needs_piece(const struct checker *c, const struct jir_ins *i)
{
    switch (i->op) {
        case JIR_NOP:
        case JIR_CONST:
        case JIR_NULL:
        case JIR_INT:
        case JIR_ENTRY:
        case JIR_INHERIT:
        case JIR_LOCAL:
        case JIR_UNSET:
        case JIR_ARGUMENT:
        case JIR_TAKE_LOCAL:
        case JIR_SET_LOCAL:
        case JIR_RESULT:
        case JIR_FORGET:
        case JIR_IMMORTAL:
        case JIR_COPY:
        case JIR_TAKE:
        case JIR_BOX_FLOAT:         // exits may do it
        case JIR_BOX_INT:
        case JIR_CARRY:
        case JIR_CARRY_FLOAT:
        case JIR_LOOP:
            return false;
    }
    jref root = jir_is_drop(i) ? jir_root(c->ir, i->a) : 0;
    return root == 0 || !(jir_info(&c->ir->ins[root])->flags & JIR_BOXES) || c->made[root];
}

/* Where the exit that a bridge starts from left an item of the stack. */
static struct place
inherited(const struct checker *c, const struct jir_ins *i)
{
    const struct jit_exit *x = c->ir->trace->rec->exit;
    int cell = check_locals(c, i->frame) + (int)i->imm;
    for (int k = 0; k < x->recover_count; k++) {
        const struct jit_recover *r = &jit_exit_owner(x)->recovers[x->recover + (uint32_t)k];
        if (r->cell == cell) {
            enum place_kind kind = r->kind == JIT_FROM_REGISTER ? IN_REGISTER :
                                   r->kind == JIT_FROM_SPILL ? IN_SPILL : IN_CELL;
            return (struct place){kind, r->source};
        }
    }
    return (struct place){IN_CELL, cell};
}

/* The register with the value that a loop begins with becomes the CARRY's. */
static void
carry(struct checker *c, const struct jir_ins *i)
{
    bool floating = i->op == JIR_CARRY_FLOAT;
    struct content *registers = floating ? c->floats : c->registers;
    jref *carried = floating ? c->carried_floats : c->carried;
    for (int r = 0; r < (floating ? JIT_FLOAT_REGISTERS : JIT_REGISTERS); r++) {
        if (registers[r].root == jir_root(c->ir, i->a)) {
            registers[r] = check_named(c, (jref)c->at, 0);
            carried[r] = (jref)c->at;
            return;
        }
    }
    check_complain(c, "CARRY", "v%d is in no register", i->a);
}

/* A loop begins: of what was before it, nothing is known but what is carried. */
static void
begin_loop(struct checker *c, const struct jir_ins *i)
{
    const struct jir_snap *snap = &c->ir->snaps[i->snap];
    int locals = check_locals(c, 0);
    for (int k = 0; k < snap->count; k++) {
        check_want(c, "MEMORY", (struct place){IN_CELL, locals + k}, c->ir->items[snap->first + (uint32_t)k]);
    }
    if (c->code->top != c->piece) {
        check_complain(c, "PIECE", "the loop goes back to piece %d", c->code->top);
    }
    c->loops = true;
    start(c);
    memset(c->cells, 0, (size_t)c->bases[1] * sizeof(struct content));
    for (int r = 0; r < JIT_REGISTERS; r++) {
        if (c->carried[r] != 0) {
            c->registers[r] = check_named(c, c->carried[r], 0);
        }
    }
    for (int r = 0; r < JIT_FLOAT_REGISTERS; r++) {
        if (c->carried_floats[r] != 0) {
            c->floats[r] = check_named(c, c->carried_floats[r], 0);
        }
    }
}

/* JUMP_TO_TOP: what is carried is where the loop began with it. */
void
check_goes_round(struct checker *c)
{
    for (int r = 0; r < JIT_REGISTERS; r++) {
        if (c->carried[r] != 0) {
            check_want(c, "CARRY", (struct place){IN_REGISTER, r}, c->ir->ins[c->carried[r]].b);
        }
    }
    for (int r = 0; r < JIT_FLOAT_REGISTERS; r++) {
        if (c->carried_floats[r] != 0) {
            check_want(c, "CARRY", (struct place){IN_FLOAT_REGISTER, r}, c->ir->ins[c->carried_floats[r]].b);
        }
    }
}

/* What comes to a place without a piece that brings it there. */
static void
define(struct checker *c)
{
    const struct jir_ins *i = check_ins(c);
    int locals = check_locals(c, i->frame);
    struct place place = {IN_CELL, (int)i->imm};
    jref root = jir_root(c->ir, (jref)c->at);
    switch (i->op) {
        case JIR_ENTRY:
            place.index += locals;
            if (i->frame != 0 || c->loops) {
                *check_content(c, place) = check_named(c, root, 0);
            }
            return;
        case JIR_INHERIT:
            place = inherited(c, i);
            bool is_local = place.kind == IN_CELL && place.index < locals;
            *check_content(c, place) = check_named(c, root, is_local ? FOR_EVER : 0);
            return;
        case JIR_CARRY:
        case JIR_CARRY_FLOAT:
            carry(c, i);
            return;
        case JIR_LOOP:
            begin_loop(c, i);
            return;
        case JIR_SET_LOCAL:
            check_want(c, "LOCAL", place, i->a);
            // fall through
        case JIR_LOCAL:
        case JIR_UNSET:
        case JIR_ARGUMENT:
            *check_content(c, place) = check_named(c, root, FOR_EVER);
            return;
    }
}

static void
check_instruction(struct checker *c)
{
    const struct jit_code *code = c->code;
    c->done = false;
    for (; c->piece < code->count && code->pieces[c->piece].at == (uint32_t)c->at && !check_is_wrong(c); c->piece++) {
        check_piece(c, &code->pieces[c->piece]);
    }
    if (needs_piece(c, check_ins(c)) && !c->done) {
        check_complain(c, "PIECE", "nothing does %s", check_name(c));
    }
    if (!check_is_wrong(c)) {
        define(c);
    }
}

/* ---- the trace ------------------------------------------------------------------------ */

static bool
prepare(struct checker *c)
{
    const struct jit_trace *trace = c->ir->trace;
    int cells = 0, most = 0;
    for (int at = 1; at < c->ir->count; at++) {
        const struct jir_ins *i = &c->ir->ins[at];
        if (i->op == JIR_GENERIC) {
            most = Py_MAX(most, Py_MAX(jit_uop_pops(i->uop, (int)i->oparg), jit_uop_pushes(i->uop, (int)i->oparg)));
        }
    }
    c->bases = PyMem_RawMalloc(((size_t)trace->frame_count + 1) * sizeof(int));
    for (int f = 0; f < trace->frame_count && c->bases != NULL; f++) {
        c->bases[f] = cells;
        cells += cells_of(c, f);
        c->bases[f + 1] = cells;
    }
    c->cells = PyMem_RawCalloc((size_t)cells + 1, sizeof(struct content));
    c->made = PyMem_RawCalloc((size_t)c->ir->count, sizeof(bool));
    c->inputs = PyMem_RawMalloc((size_t)most + 1);
    c->outputs = PyMem_RawMalloc((size_t)most + 1);
    c->variants = check_find_variants();
    return c->bases != NULL && c->cells != NULL && c->made != NULL && c->inputs != NULL && c->outputs != NULL &&
           c->variants != NULL;
}

/* Is it allocated rightly? If not, `complaint` (of JIT_COMPLAINT_SIZE) says what is wrong. (Where there is no
 * memory to find that out, nothing is.) */
bool
jit_check_allocation(const struct jir *ir, const struct jit_code *code, char *complaint)
{
    struct checker c = {.ir = ir, .code = code, .complaint = complaint};
    complaint[0] = '\0';
    if (prepare(&c)) {
        c.at = 1;
        start(&c);
        for (; c.at < ir->count && !check_is_wrong(&c); c.at++) {
            check_instruction(&c);
        }
        c.at = ir->count - 1;
        if (c.piece < code->count) {
            check_complain(&c, "ORDER", "it is for v%d", (int)code->pieces[c.piece].at);
        }
    }
    PyMem_RawFree(c.bases);
    PyMem_RawFree(c.cells);
    PyMem_RawFree(c.made);
    PyMem_RawFree(c.inputs);
    PyMem_RawFree(c.outputs);
    PyMem_RawFree(c.variants);
    return complaint[0] == '\0';
}

#endif  // _Py_TIER2 && _Py_JIT
