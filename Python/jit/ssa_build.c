/* ssa_build.c - one pass over the micro-ops of a trace, or another one (see ssa.c).
 *
 * Takes:  a trace from translate.c.
 * Gives:  its SSA form. Each micro-op is looked at in turn (ssa_micro_ops.c), in its frame: that begins with what is
 *         known of its arguments, or of the stack where an exit left.
 *
 * A loop is built again with a plan (ssa_loops.c), from the same micro-ops.
 */
#include "ssa.h"

#ifdef _Py_TIER2

#include "pycore_jit_tables.h"

/* ---- frames ------------------------------------------------------------ */

/* An item of the operand stack at the start of a bridge: as its exit has it. */
static jref
inherit(struct builder *b, int i)
{
    struct jit_exit *x = b->trace->rec->exit;
    struct jit_recover *all = jit_exit_owner(x)->recovers + x->recover;
    assert(!x->boxes);
    int cell_index = b->frames[b->frame].locals + i;
    for (int k = 0; k < x->recover_count; k++) {
        if (all[k].cell != cell_index) {
            continue;
        }
        if (all[k].kind == JIT_FROM_CONSTANT && all[k].bits == 0) {
            return ssa_null(b);
        }
        if (all[k].kind == JIT_FROM_CONSTANT) {
            PyObject *object = (PyObject *)(uintptr_t)all[k].bits;
            jref v = ssa_new_constant(b, object, false);
            if (!_Py_IsImmortal(object)) {
                *ssa_fact(b, v) = (struct fact){.not_null = true};
            }
            return v;
        }
        jref v = ssa_emit(b, JIR_INHERIT, 0, 0, (uint64_t)i);
        ssa_ins(b, v)->kind = all[k].new_reference ? JIR_BORROWED : JIR_OWNED;
        for (int j = 0; j < k; j++) {
            int earlier = all[j].cell - b->frames[b->frame].locals;
            if (all[j].kind == all[k].kind && all[j].source == all[k].source && earlier < i) {
                ssa_ins(b, v)->b = *ssa_cell(b, earlier);       // the same object
                break;
            }
        }
        return v;
    }
    return ssa_emit(b, JIR_INHERIT, 0, 0, (uint64_t)i);
}

/* What is in the operand stack of a frame that was not seen before is in its cells. */
static void
start_frame(struct builder *b, int depth)
{
    struct frame_state *f = &b->frames[b->frame];
    f->started = true;
    for (int i = 0; i < b->argument_count && i < f->locals; i++) {
        if (b->arg_values[i] == 0) {
            continue;               // not known
        }
        jref v = ssa_emit(b, JIR_ARGUMENT, b->arg_values[i], 0, (uint64_t)i);
        *ssa_local_cell(b, (uint32_t)i) = v;
        b->loaded[f->base + i] = v;
    }
    b->argument_count = 0;
    if (b->function != NULL) {
        // (They are never others.)
        f->globals_guarded = b->function->func_globals == b->trace->frames[b->frame].globals;
        f->builtins_guarded = b->function->func_builtins == b->trace->frames[b->frame].builtins;
        b->function = NULL;
    }
    f->made = b->pushed ? b->ir->count : 0;
    b->pushed = false;
    struct jit_exit *from = b->trace->rec->exit;
    bool inherits = from != NULL && !from->boxes && b->ir->count == 1;
    for (int i = 0; i < depth; i++) {
        jref v = inherits ? inherit(b, i) : ssa_emit(b, JIR_ENTRY, 0, 0, (uint64_t)i);
        *ssa_cell(b, i) = v;
    }
    for (int i = 0; i < depth && inherits; i++) {
        ssa_own(b, ssa_cell(b, i));         // what it is borrowed from is not known here
    }
}

/* Before the first micro-op of another frame than the last one's. */
static void
change_frame(struct builder *b)
{
    b->frame = b->u->frame;
    int depth = b->u->stack - b->has_returned;
    if (!b->frames[b->frame].started) {
        start_frame(b, depth);
    }
    b->depth = depth;
    if (b->has_returned) {
        ssa_push(b, b->returned);
    }
    b->has_returned = false;
}

static void
run(struct builder *b)
{
    struct jit_trace *trace = b->trace;
    b->frame = -1;
    for (int i = 0; i < trace->count && b->abort == JIT_ABORT_NONE; i++) {
        b->u = &trace->uops[i];
        if (b->u->frame != b->frame) {
            change_frame(b);
        }
        else if (b->has_returned) {
            // An indirect jump follows: whichever frame it is that goes on.
            ssa_push(b, b->returned);
            b->has_returned = false;
        }
        assert(b->depth == b->u->stack);
        if (b->u->op == U_JUMP_TO_TOP && b->loop != NULL) {
            ssa_end_loop(b);
        }
        if (!ssa_describe(b)) {
            ssa_generic(b);
        }
        if (i == 1 && ssa_begins_loop(b->loop)) {
            assert(b->u->op == U_CHECK_PERIODIC);
            ssa_begin_loop(b);
        }
        i = (int)(b->u - trace->uops);      // (it may have taken others with it)
    }
}

static enum jit_abort
build(struct jit *jit, struct jit_trace *trace, struct loop_plan *plan)
{
    struct builder b = {.jit = jit, .trace = trace, .loop = plan, .fact_capacity = 512};
    int cells = 0;
    b.frames = jit_calloc((size_t)trace->frame_count, sizeof(struct frame_state));
    if (b.frames != NULL) {
        for (int i = 0; i < trace->frame_count; i++) {
            PyCodeObject *code = trace->frames[i].code;
            b.frames[i].base = cells;
            b.frames[i].locals = code->co_nlocalsplus;
            int size = code->co_nlocalsplus + code->co_stacksize + 2;
            cells += size;
            b.max_cells = Py_MAX(b.max_cells, size);
        }
    }
    b.cells = jit_calloc((size_t)cells, sizeof(jref));
    b.loaded = jit_calloc((size_t)cells, sizeof(int));
    b.letters = jit_malloc((size_t)b.max_cells + 8);
    b.args = jit_malloc(((size_t)b.max_cells + 8) * sizeof(jref));
    b.facts = jit_malloc((size_t)b.fact_capacity * sizeof(struct fact));
    b.ir = trace->ir = jir_new(jit, trace);
    if (b.frames == NULL || b.cells == NULL || b.loaded == NULL || b.letters == NULL ||
        b.args == NULL || b.facts == NULL || b.ir == NULL)
    {
        b.abort = JIT_ABORT_NO_MEMORY;
    }
    else {
        b.facts[0] = (struct fact){0};      // ssa_append() sets the others
        run(&b);
    }
    jit_free(b.frames);
    jit_free(b.cells);
    jit_free(b.loaded);
    jit_free(b.letters);
    jit_free(b.args);
    jit_free(b.facts);
    return b.abort;
}

/* What building changes of its input. */
struct input {
    struct jit_uop *uops;           // owned: a copy
    int exit_count, dep_count;
};

static bool
keep_input(const struct jit_trace *trace, struct input *input)
{
    size_t size = (size_t)trace->count * sizeof(struct jit_uop);
    *input = (struct input){jit_malloc(size), trace->exit_count, trace->dep_count};
    if (input->uops != NULL) {
        memcpy(input->uops, trace->uops, size);
    }
    return input->uops != NULL;
}

/* The trace as it was before it was built. */
static void
restore_input(struct jit_trace *trace, const struct input *input)
{
    memcpy(trace->uops, input->uops, (size_t)trace->count * sizeof(struct jit_uop));
    trace->exit_count = input->exit_count;
    trace->dep_count = input->dep_count;
    jit_free_calls(trace->calls);
    trace->calls = NULL;
    jir_free(trace->ir);
    trace->ir = NULL;
}

/* A loop is built again, once it is known what its iterations hand on (ssa_loops.c). */
enum jit_abort
jit_build(struct jit *jit, struct jit_trace *trace)
{
    struct input input = {0};
    struct loop_plan *plan = ssa_new_plan(jit, trace);
    if (plan != NULL && !keep_input(trace, &input)) {
        jit_free(plan);
        plan = NULL;
    }
    enum jit_abort abort = build(jit, trace, plan);
    while (plan != NULL && abort != JIT_ABORT_NO_MEMORY && ssa_plan_again(plan, abort != JIT_ABORT_NONE)) {
        restore_input(trace, &input);
        abort = build(jit, trace, plan);
    }
    jit_free(plan);
    jit_free(input.uops);
    return abort;
}

#endif  // _Py_TIER2
