/* ir_verify.c - is a trace in SSA form what ir.h says it is?
 *
 * Takes:  instructions, from ssa.c or, in tests, from text (ir_parse.c).
 * Gives:  the name of the first invariant that does not hold, and where; or NULL.
 *
 * Invariants:
 *   DEFINED     operands, and what snapshots name, come before their use; a
 *               micro-op has as many operands as it reads, and right behind it
 *               a RESULT for each item that it pushes
 *   KIND        results are what the tables say; operands are objects or not,
 *               and perhaps NULL, as the operation wants; what is consumed is
 *               owned, or needs no reference
 *   ALIVE       what is used has not been consumed; if it is borrowed from a
 *               local, the local's content has not been released
 *   BORROWED    between the place where something is borrowed and its use,
 *               nothing happened that may have taken it away: for a field, a
 *               write to an object; for a local or a global, code that the
 *               trace does not see, unless the trace was found valid after it
 *   LOCAL       what is taken from a local is what it holds; a local is set
 *               right after that, and not otherwise, unless what it holds
 *               needs no reference; what has not been set was nothing's before,
 *               in a frame that began in the trace, unseen by others
 *   ITEM        the place of an item is used only until something is written to
 *               an object or the trace does not see what is; an item or a field
 *               is taken right before another one gets its place
 *   SHARED      what is given up unchecked is not the last reference: that was guarded, and
 *               none was given up since but of what was guarded to be another object; or there is one
 *               that the trace owns, or in another local; or a list or tuple has just given it, and is as it was
 *   CONSUMED    what is owned is consumed exactly once, on each path: by an
 *               instruction, by a snapshot that names it where the trace is
 *               left or ends, or by one where its frame waits for another
 *   SNAPSHOT    what may leave or raise has a snapshot for it, nothing else has
 *               one; it and its exit are of the frame that the instruction is in
 *   DEPTH       a snapshot has as many items as its exit wants, or as are left
 *               of the stack where a micro-op raises or goes to another frame;
 *               those of the micro-op's operands that are left are on top
 *   LOOP        a loop begins once, in the first frame, right behind its CARRYs; it goes
 *               round with as many items on the stack, with a number for each CARRY, and,
 *               if code has run that the trace does not see, found valid after that
 *   FRAME       only behind a micro-op that goes to another frame is one
 *   END         the last instruction, and no other, never goes on to the next
 *
 * One forward pass, which follows the references: `live` has what is owned and
 * that nothing has got yet. At each exit these must be in its snapshot, but for
 * what the exit itself tells to be immortal.
 *
 *     v3  o    NEWREF v2
 *     v4  - >  GUARD_TYPE v2, int  exit 0 -> @6  []       CONSUMED: where is v3?
 *     v5  -    DROP v3
 *     v6  -    DROP v3                                    ALIVE: v3 is gone
 *
 * Runs after the trace is built in debug builds, and with PYTHON_JIT_VERIFY=1. What is
 * wrong is printed with the trace, and the trace is not used.
 *
 * Why this way: nothing here is taken from what the builder knows (its facts,
 * its cells) but from the instructions and the tables alone, so that a wrong
 * belief of the builder is not believed here too.
 *
 * Rules for whoever adds a case: a new invariant gets a line above and a broken
 * trace in Lib/test/test_jit/test_ir_*.py, which compares the two. A ref
 * that was not found to be DEFINED yet must not be followed, by jir_root()
 * neither: traces from text have any.
 */
#include "ir_verify.h"

#ifdef _Py_TIER2

#include "pycore_jit_tables.h"

/* Why an owned value need not be in the snapshot at hand, or that it is: verifier.marks. */
enum {
    EXCUSED = 1,
    NAMED = 2,
};

/* ---- references ----------------------------------------------------------- */

static void
get_live(struct verifier *v, jref r)
{
    v->states[r] = ALIVE;
    if (verify_ins(v, r)->kind == JIR_OWNED) {
        v->live[v->live_count++] = r;
    }
}

static void
stop_living(struct verifier *v, jref r, enum verifier_state state)
{
    v->states[r] = (uint8_t)state;
    for (int k = 0; k < v->live_count; k++) {
        if (v->live[k] == r) {
            v->live[k] = v->live[--v->live_count];
            return;
        }
    }
}

static void
consume(struct verifier *v, jref r, int op)
{
    if (v->broken != NULL || verify_ins(v, r)->kind == JIR_PLAIN) {
        return;
    }
    verify_that(v, verify_ins(v, r)->kind == JIR_OWNED, "KIND");
    verify_that(v, v->states[r] == ALIVE, "ALIVE");     // (it may be an operand twice)
    stop_living(v, r, CONSUMED);
    const struct jir_ins *i = verify_ins(v, r);
    if (i->op == JIR_TAKE_LOCAL && op != JIR_SET_LOCAL && op != JIR_FORGET) {
        verify_release(v, i->frame, i->imm, false, r);
    }
}

/* Another frame goes on: what is on its stack is in sight again. */
static void
enter_frame(struct verifier *v, int frame)
{
    const struct jir_ins *last = verify_ins(v, v->last);
    verify_that(v, v->last == 0 || (last->op == JIR_GENERIC && jit_uop_info[last->uop].flags & JIT_UOP_FRAME),
                "FRAME");
    v->frame = frame;
    for (jref r = 1; r < v->at; r++) {
        if (v->states[r] == STORED && v->stored_in[r] == frame) {
            get_live(v, r);
        }
    }
}

/* ---- snapshots ------------------------------------------------------------- */

/* What is live is in the snapshot, once, unless it has been excused. If the frame waits, or the
 * trace ends, that is where it belongs from now on. */
void
verify_snap(struct verifier *v, uint16_t snap, bool ends)
{
    const struct jir_ins *i = verify_ins(v, v->at);
    const struct jir_snap *s = &v->ir->snaps[snap];
    const jref *items = v->ir->items + s->first;
    verify_that(v, s->frame == i->frame, "SNAPSHOT");
    if (v->ir->texts == NULL) {
        verify_that(v, s->count <= v->ir->trace->frames[i->frame].code->co_stacksize, "DEPTH");
    }
    if (s->site != JIT_NO_EXIT) {
        const struct jit_exit_site *site = &v->ir->trace->exits[s->site];
        verify_that(v, site->frame == i->frame, "SNAPSHOT");
        verify_that(v, site->stack == s->count, "DEPTH");
    }
    for (int k = 0; k < s->count && v->broken == NULL; k++) {
        verify_use(v, items[k], NULLABLE);
        if (v->broken == NULL && verify_ins(v, items[k])->kind == JIR_OWNED) {
            verify_that(v, v->marks[items[k]] != NAMED, "CONSUMED");
            v->marks[items[k]] = NAMED;
        }
    }
    for (int k = 0; k < v->live_count && v->broken == NULL; k++) {
        verify_that(v, v->marks[v->live[k]] != 0 || v->forgotten[v->live[k]], "CONSUMED");
    }
    for (int k = 0; k < s->count && v->broken == NULL; k++) {
        v->marks[items[k]] = 0;
        if (ends && verify_ins(v, items[k])->kind == JIR_OWNED) {
            stop_living(v, items[k], STORED);
            v->stored_in[items[k]] = i->frame;
        }
    }
}

/* Is it, if there is one, as deep as this, with the micro-op's first operands above `base`? */
static void
verify_depth(struct verifier *v, const struct jir_ins *i, uint16_t snap, int base, int depth)
{
    const struct jir_snap *s = &v->ir->snaps[snap];
    verify_that(v, snap == JIR_NO_SNAP || s->count == depth, "DEPTH");
    for (int k = base; k < depth && snap != JIR_NO_SNAP && v->broken == NULL; k++) {
        jref operand = v->ir->args[i->args + (uint32_t)(k - base)];
        verify_that(v, v->ir->items[s->first + (uint32_t)k] == operand, "DEPTH");
    }
}

/* Of a call with n operands, which leaves with what it takes still in its place: above what
 * waits come what is called and the arguments, in this order. */
static void
verify_call(struct verifier *v, const struct jir_ins *i, int n)
{
    const struct jir_snap *leaves = &v->ir->snaps[i->snap], *waits = &v->ir->snaps[i->waits];
    const jref *items = v->ir->items + leaves->first, *below = v->ir->items + waits->first;
    const jref *args = v->ir->args + i->args;
    int called = n - (int)i->oparg;
    verify_that(v, leaves->count >= waits->count + n, "DEPTH");
    for (int k = 0; k < waits->count && v->broken == NULL; k++) {
        verify_that(v, items[k] == below[k], "DEPTH");
    }
    for (int k = 0; k < n && v->broken == NULL; k++) {
        int place = k < called ? waits->count + k : leaves->count - n + k;
        verify_that(v, items[place] == args[k], "DEPTH");
    }
}

/* Of a micro-op with n operands: which snapshots it has, and how deep they are. */
static void
verify_snap_shapes(struct verifier *v, const struct jir_ins *i, int n)
{
    const struct jir_snap *snaps = v->ir->snaps;
    uint32_t flags = jit_uop_info[i->uop].flags;
    bool waits = flags & JIT_UOP_FRAME || i->uop == U_JUMP_TO_TOP;
    bool leaves = flags & (JIT_UOP_DEOPT | JIT_UOP_EXIT);
    bool raises = flags & (JIT_UOP_ERROR | JIT_UOP_ERROR_SYNCED);
    verify_that(v, (i->snap != JIR_NO_SNAP) == (leaves || waits), "SNAPSHOT");
    verify_that(v, (i->waits != JIR_NO_SNAP) == (leaves && waits), "SNAPSHOT");
    verify_that(v, i->snap == JIR_NO_SNAP || (snaps[i->snap].site != JIT_NO_EXIT) == leaves, "SNAPSHOT");
    verify_that(v, (i->error != JIR_NO_SNAP) == ((flags & JIT_UOP_ERROR_NO_POP) != 0), "SNAPSHOT");
    verify_that(v, (i->popped != JIR_NO_SNAP) == raises, "SNAPSHOT");
    int base = i->stack - n, kept = base + jir_kept(v->inputs, n);
    verify_that(v, base >= 0, "DEPTH");
    if (v->broken == NULL) {
        verify_depth(v, i, waits ? jir_waits(i) : JIR_NO_SNAP, base, kept);
        verify_depth(v, i, i->error, base, i->stack);
        verify_depth(v, i, i->popped, base, flags & JIT_UOP_ERROR ? kept : base);
        if (i->waits != JIR_NO_SNAP) {
            verify_call(v, i, n);
        }
    }
}

/* ---- micro-ops --------------------------------------------------------------- */

/* Marks operands that are no concern of the snapshot that comes, or takes the marks away. */
static void
excuse(struct verifier *v, const struct jir_ins *i, int first, int n, int mark)
{
    for (int k = first; k < n; k++) {
        v->marks[v->ir->args[i->args + (uint32_t)k]] = (uint8_t)mark;
    }
}

/* The micro-op's snapshots, and what it consumes, in the order in which it may leave by them. */
static void
verify_paths(struct verifier *v, const struct jir_ins *i, int n)
{
    const jref *args = v->ir->args + i->args;
    const struct jit_uop_info *info = &jit_uop_info[i->uop];
    bool leaves = info->flags & (JIT_UOP_DEOPT | JIT_UOP_EXIT);
    if (i->error != JIR_NO_SNAP && v->broken == NULL) {
        verify_snap(v, i->error, false);
    }
    if (leaves && v->broken == NULL) {
        int gone = Py_MAX(n - info->exit_pops, 0);
        excuse(v, i, gone, n, EXCUSED);
        verify_snap(v, i->snap, info->flags & JIT_UOP_JUMP);
        excuse(v, i, gone, n, 0);
    }
    for (int k = 0; k < n; k++) {
        if (v->inputs[k] == 's') {
            consume(v, args[k], JIR_GENERIC);
        }
    }
    if (i->popped != JIR_NO_SNAP && v->broken == NULL) {
        int gone = info->flags & JIT_UOP_ERROR_SYNCED ? n : 0;
        excuse(v, i, 0, gone, EXCUSED);
        verify_snap(v, i->popped, false);
        excuse(v, i, 0, gone, 0);
    }
    if (jir_waits(i) != JIR_NO_SNAP && (!leaves || i->waits != JIR_NO_SNAP) && v->broken == NULL) {
        verify_snap(v, jir_waits(i), true);
    }
}

/* What borrowed values are worth after the micro-op. */
static void
note_effects(struct verifier *v, const struct jir_ins *i)
{
    uint32_t flags = jit_uop_info[i->uop].flags;
    uint32_t first, written = jir_locals_written(i->uop, i->oparg, i->imm, &first);
    if (written == JIR_ANY_LOCALS || flags & JIT_UOP_POPS_FRAME) {
        verify_release(v, i->frame, 0, true, v->at);
        written = 0;
    }
    for (uint32_t k = 0; k < written; k++) {
        verify_release(v, i->frame, first + k, false, v->at);
    }
    if (i->uop == U_STRESS_GUARD || i->uop == U_STRESS_INVALIDATE) {
        return;                     // what they write to is no program's
    }
    if (flags & (JIT_UOP_MAY_DEALLOC | JIT_UOP_MAY_RUN_PYTHON)) {
        v->escaped = v->at;
    }
    if (flags & (JIT_UOP_MAY_DEALLOC | JIT_UOP_MAY_RUN_PYTHON | JIT_UOP_WRITES_HEAP)) {
        v->changed = v->at;
    }
    if (i->uop == U_CHECK_VALID || i->uop == U_GUARD_GLOBALS_AND_VALID) {
        v->validated = v->at;
    }
}

static void
verify_generic(struct verifier *v, const struct jir_ins *i)
{
    int n = i->arg_count;
    verify_that(v, i->kind == JIR_NONE, "KIND");
    verify_that(v, n == jit_uop_pops(i->uop, (int)i->oparg), "DEFINED");
    if (v->broken != NULL) {
        return;
    }
    jit_uop_inputs(i->uop, (int)i->oparg, v->inputs);
    for (int k = 0; k < n; k++) {
        verify_use(v, v->ir->args[i->args + (uint32_t)k], ANYTHING);
    }
    verify_snap_shapes(v, i, n);
    if (v->broken == NULL) {
        verify_paths(v, i, n);
        if (i->uop == U_JUMP_TO_TOP && v->broken == NULL) {
            verify_loop_end(v, i);
        }
        note_effects(v, i);
        verify_outputs(v, i);
    }
}

/* ---- primitives --------------------------------------------------------------- */

/* Does its release run no finalizer? */
static bool
is_quiet(const struct jir_ins *drop)
{
    PyTypeObject *type = (PyTypeObject *)(uintptr_t)drop->imm;
    return type == &PyLong_Type || type == &PyFloat_Type || type == &PyUnicode_Type ||
           type == &PyBytes_Type || type == &PyRangeIter_Type || type == &PySlice_Type ||
           type == &PyBool_Type || type == Py_TYPE(Py_None);
}

static void
verify_operands(struct verifier *v, const struct jir_ins *i)
{
    const struct jir_op_info *info = jir_info(i);
    int n = jir_is_carry(i) ? 1 : (int)strlen(info->operands);      // (the second one: verify_loop_end())
    for (int k = 0; k < n; k++) {
        jref r = jir_operand(i, k);
        if (info->flags & JIR_UNTRACKED) {
            verify_defined(v, r);
        }
        else {
            enum verify_wanted object = info->flags & JIR_NULLABLE ? NULLABLE : OBJECT;
            char letter = info->operands[k];
            verify_use(v, r, letter == 'i' ? NUMBER : letter == 'f' ? FLOATING : object);
        }
    }
}

static void
verify_primitive(struct verifier *v, const struct jir_ins *i)
{
    const struct jir_op_info *info = jir_info(i);
    verify_operands(v, i);
    bool leaves = i->snap != JIR_NO_SNAP && v->ir->snaps[i->snap].site != JIT_NO_EXIT;
    verify_that(v, info->flags & JIR_GUARD ? leaves : i->snap == JIR_NO_SNAP, "SNAPSHOT");
    verify_that(v, (i->error != JIR_NO_SNAP) == ((info->flags & JIR_RAISES) != 0), "SNAPSHOT");
    verify_that(v, i->popped == JIR_NO_SNAP && i->waits == JIR_NO_SNAP, "SNAPSHOT");
    if (v->broken != NULL) {
        return;
    }
    if (i->error != JIR_NO_SNAP) {
        verify_that(v, v->ir->snaps[i->error].site == JIT_NO_EXIT, "SNAPSHOT");
        verify_snap(v, i->error, false);
    }
    if (leaves) {
        // What is, for example, not None must be released, but then this does not leave.
        v->marks[i->a] = i->op == JIR_GUARD_IS_NOT ? EXCUSED : 0;
        verify_snap(v, i->snap, false);
        v->marks[i->a] = 0;
    }
    verify_local(v, i);
    verify_item(v, i);
    if (i->op == JIR_DROP_SHARED) {
        verify_shared(v, i);
    }
    for (int k = 0; info->operands[k] != '\0'; k++) {
        if (info->operands[k] == 's') {
            consume(v, jir_operand(i, k), i->op);
        }
    }
    if (jir_is_drop(i) && !is_quiet(i)) {
        v->escaped = v->changed = v->at;
    }
    if (info->flags & JIR_STORES) {
        v->changed = v->at;
    }
    if (info->flags & JIR_STORES_ITEM) {
        v->items_changed = v->at;
    }
    if (v->broken == NULL) {
        verify_kind(v, i);
    }
}

/* ---- the trace ------------------------------------------------------------------ */

static bool
never_goes_on(const struct jir_ins *i)
{
    return i->op == JIR_GENERIC && jit_uop_info[i->uop].flags & JIT_UOP_JUMP;
}

static void
verify_instruction(struct verifier *v)
{
    const struct jir_ins *i = verify_ins(v, v->at);
    if (i->op == JIR_NOP) {
        return;
    }
    if (i->op == JIR_RESULT) {
        verify_result(v, i);
        verify_that(v, i->snap == JIR_NO_SNAP, "SNAPSHOT");
        verify_that(v, i->error == JIR_NO_SNAP && i->popped == JIR_NO_SNAP && i->waits == JIR_NO_SNAP, "SNAPSHOT");
    }
    else if (jir_is_shown_inline(i)) {
        verify_kind(v, i);
    }
    else {
        if (i->frame != v->frame) {
            enter_frame(v, i->frame);
        }
        verify_that(v, !never_goes_on(verify_ins(v, v->last)), "END");
        if (i->op == JIR_GENERIC) {
            verify_generic(v, i);
        }
        else if (i->op == JIR_LOOP) {
            verify_loop(v, i);
        }
        else {
            verify_primitive(v, i);
        }
        v->last = v->at;
    }
    get_live(v, v->at);
}

static void
verify_trace(struct verifier *v, jref *where)
{
    for (v->at = 1; v->at < v->ir->count && v->broken == NULL; v->at++) {
        *where = v->at;
        verify_instruction(v);
    }
    if (v->broken == NULL && v->live_count > 0) {
        *where = v->live[0];
        v->broken = "CONSUMED";
    }
    if (v->broken == NULL && !never_goes_on(verify_ins(v, v->last))) {
        *where = v->last;
        v->broken = "END";
    }
}

/* Finds what is forgotten, and how many letters any of the trace's micro-ops has. */
static int
prepare(struct verifier *v)
{
    int most = 0;
    for (int at = 1; at < v->ir->count; at++) {
        const struct jir_ins *i = verify_ins(v, at);
        if (i->op == JIR_GENERIC) {
            most = Py_MAX(most, jit_uop_pops(i->uop, (int)i->oparg));
            most = Py_MAX(most, jit_uop_pushes(i->uop, (int)i->oparg));
        }
        else if (i->op == JIR_FORGET) {
            v->forgotten[i->a] = true;
        }
    }
    return most;
}

/* The name of a broken invariant and the instruction that breaks it, or NULL. */
const char *
jir_verify(const struct jir *ir, jref *where)
{
    size_t n = (size_t)ir->count;
    struct verifier v = {
        .ir = ir,
        .states = PyMem_RawCalloc(n, 1),
        .marks = PyMem_RawCalloc(n, 1),
        .forgotten = PyMem_RawCalloc(n, sizeof(bool)),
        .stored_in = PyMem_RawCalloc(n, sizeof(uint16_t)),
        .live = PyMem_RawCalloc(n, sizeof(jref)),
    };
    if (v.states != NULL && v.marks != NULL && v.forgotten != NULL && v.stored_in != NULL && v.live != NULL) {
        size_t most = (size_t)prepare(&v);
        v.inputs = PyMem_RawMalloc(most + 1);
        v.outputs = PyMem_RawMalloc(most + 1);
    }
    if (v.inputs != NULL && v.outputs != NULL) {
        verify_trace(&v, where);
    }
    PyMem_RawFree(v.states);
    PyMem_RawFree(v.marks);
    PyMem_RawFree(v.forgotten);
    PyMem_RawFree(v.stored_in);
    PyMem_RawFree(v.live);
    PyMem_RawFree(v.inputs);
    PyMem_RawFree(v.outputs);
    return v.broken;
}

#endif  // _Py_TIER2
