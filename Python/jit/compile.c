/* compile.c - the pipeline: from a record to a published executor.
 *
 * Takes:  a finished record.
 * Gives:  an executor that the bytecode at the record's anchor, or the hot
 *         exit that it started from, leads to; or rec->abort.
 *
 * Nothing is published before it is complete. Each stage writes to the trace
 * only, and an abort throws the trace away.
 */
#include "lower.h"

#ifdef _Py_TIER2

#include "opcode.h"
#include "pycore_pystate.h"

#define MIN_BYTECODES 3             // in a trace that leaves where it could not go on
#define MIN_FUNCTION 6             // in one from a function's start to its return to C: to enter takes time

static void
free_trace(struct jit_trace *trace)
{
    jit_free(trace->uops);
    jit_free(trace->exits);
    jit_free(trace->frames);
    jit_free(trace->deps);
    jir_free(trace->ir);
    jit_code_free(trace->lowered);
    jit_free_calls(trace->calls);
    Py_XDECREF(trace->executor);
}

/* Adds a key to what the trace depends on; 0, or -1 if out of memory. */
int
jit_trace_depends(struct jit_trace *trace, void *key)
{
    for (int i = 0; i < trace->dep_count; i++) {
        if (trace->deps[i] == key) {
            return 0;
        }
    }
    if (trace->dep_count == trace->dep_capacity) {
        int capacity = trace->dep_capacity ? trace->dep_capacity * 2 : 16;
        void **more = jit_realloc(trace->deps, (size_t)capacity * sizeof(void *));
        if (more == NULL) {
            return -1;
        }
        trace->deps = more;
        trace->dep_capacity = capacity;
    }
    trace->deps[trace->dep_count++] = key;
    return 0;
}

/* Machine code, in an executor that nothing leads to yet. */
static enum jit_abort
emit(struct jit *jit, struct jit_trace *trace)
{
    jit_stress_invalidate(jit);     // as when memory is full
    trace->executor = jit_executor_new(jit, trace);
    return trace->executor == NULL ? JIT_ABORT_NO_MEMORY : jit_emit(jit, trace, trace->executor);
}

/* Makes a bridge part of its root's tree, and leads its exit to it. */
static enum jit_abort
publish_bridge(struct jit *jit, struct jit_recorder *rec, _PyExecutorObject *executor)
{
    _PyExecutorObject *owner = rec->exit_owner;
    if (!owner->vm_data.valid) {
        jit_executor_invalidate(jit, executor);     // evicted meanwhile
        return JIT_ABORT_CHANGED;
    }
    jit->stats.bridges++;
    if (owner->start == executor->start) {
        executor->repeats = (uint8_t)Py_MIN(owner->repeats + 1, UINT8_MAX);
    }
    executor->root = owner->root;
    executor->root->side_traces++;
    jit_exit_link(rec->exit, executor);
    return JIT_ABORT_NONE;
}

static enum jit_abort
publish(struct jit *jit, struct jit_trace *trace)
{
    struct jit_recorder *rec = trace->rec;
    _PyExecutorObject *executor = trace->executor;
    enum jit_abort abort = jit_executor_install(jit, executor, rec->anchor, rec->anchor_code);
    if (abort != JIT_ABORT_NONE) {
        return abort;
    }
    if (rec->is_continuation && jit_continuation_add(jit, executor) < 0) {
        jit_executor_invalidate(jit, executor);
        return JIT_ABORT_NO_MEMORY;
    }
    jit->stats.uops += (uint64_t)trace->count;
    if (rec->end == JIT_END_LINK) {
        struct jit_exit *last = executor->exits;
        while (last->kind != JIT_EXIT_LINK) {
            last++;
        }
        assert(last->recover_count == 0);
        if (rec->link->vm_data.valid) {
            jit_exit_link(last, rec->link);
        }
        else {
            // It died meanwhile. Another one there is found when the exit is hot.
            last->counter = jit_threshold(jit, jit->config.side_exit);
        }
    }
    return rec->exit == NULL ? JIT_ABORT_NONE : publish_bridge(jit, rec, executor);
}

/* In this order. What each takes and gives is said at the top of its file. */
static const struct stage {
    enum jit_stage id;
    const char *name;
    enum jit_abort (*run)(struct jit *jit, struct jit_trace *trace);
} stages[] = {
    {JIT_STAGE_TRANSLATE, "translate", jit_translate},
#ifdef _Py_JIT
    {JIT_STAGE_BUILD, "build", jit_build},
    {JIT_STAGE_LOWER, "lower", jit_lower},
#else
    {JIT_STAGE_BUILD, "stress", jit_stress},    // the micro-ops are interpreted as they are
#endif
    {JIT_STAGE_EMIT, "emit", emit},
    {JIT_STAGE_PUBLISH, "publish", publish},
};

/* Micro-ops, instructions or stencils, whatever it consists of. */
int
jit_trace_size(const struct jit_trace *trace)
{
    return trace->lowered != NULL ? trace->lowered->count : trace->ir != NULL ? trace->ir->count : trace->count;
}

static enum jit_abort
verify(struct jit *jit, struct jit_trace *trace, const char *stage)
{
    jref where = 0;
    const char *broken = jir_verify(trace->ir, &where);
    if (broken == NULL) {
        return JIT_ABORT_NONE;
    }
    fprintf(stderr, "python: the JIT's trace is wrong after %s: %s at v%u\n", stage, broken, (unsigned)where);
    jit_dump_ir(stderr, trace);
    return JIT_ABORT_INVALID;
}

#ifdef _Py_JIT
static enum jit_abort
check(struct jit_trace *trace, const char *stage)
{
    char complaint[JIT_COMPLAINT_SIZE];
    if (jit_check_allocation(trace->ir, trace->lowered, complaint)) {
        return JIT_ABORT_NONE;
    }
    fprintf(stderr, "python: the JIT's trace is wrong after %s: %s\n", stage, complaint);
    jit_dump_ir(stderr, trace);
    jit_dump_code(stderr, trace->lowered);
    return JIT_ABORT_INVALID;
}
#endif

/* What later stages do not look at makes room for what they make. */
static void
drop_input(struct jit_trace *trace)
{
    if (trace->ir != NULL) {
        jit_free(trace->uops);
        trace->uops = NULL;
    }
    if (trace->lowered != NULL) {
        jit_free(trace->exits);
        trace->exits = NULL;
        jir_free(trace->ir);
        trace->ir = NULL;
    }
}

/* Runs a stage, and dumps the trace after it if that is wished. */
static enum jit_abort
run_stage(struct jit *jit, struct jit_trace *trace, const struct stage *stage)
{
    int before = jit_trace_size(trace);
    int64_t start = jit_now_ns();
    enum jit_abort abort = stage->run(jit, trace);
    int64_t took = jit_now_ns() - start;
    jit->stats.stage_ns[stage->id] += (uint64_t)took;
    if (abort == JIT_ABORT_NONE && jit_dump_wants(jit, stage->name)) {
        jit_dump_trace(jit, trace, stage->name, before, took);
    }
    if (abort == JIT_ABORT_NONE && stage->id == JIT_STAGE_BUILD && trace->ir != NULL && jit->config.verify) {
        abort = verify(jit, trace, stage->name);
    }
#ifdef _Py_JIT
    if (abort == JIT_ABORT_NONE && stage->id == JIT_STAGE_LOWER && jit->config.verify) {
        abort = check(trace, stage->name);
        jit_misallocate(jit, trace);
    }
#endif
    drop_input(trace);
    return abort;
}

/* Is it a function's, from its start to the return to C? */
static bool
returns_to_c(struct jit_recorder *rec)
{
    if (rec->exit != NULL || rec->is_loop || rec->is_continuation || rec->end != JIT_END_INDIRECT) {
        return false;
    }
    int last = rec->entries[rec->count - 1].opcode;
    return rec->returns == 0 && (last == RETURN_VALUE || last == RETURN_CONST);
}

void
jit_compile(struct jit *jit, struct jit_recorder *rec)
{
    if (rec->exit != NULL &&
        (!rec->exit_owner->vm_data.valid || rec->exit->linked != NULL))
    {
        rec->abort = JIT_ABORT_CHANGED;
        return;
    }
    // A bridge that would only lead to another executor needs no code, unless it is to
    // put the operand stack where the other expects it.
    if (rec->count == 0 && rec->end == JIT_END_LINK && rec->exit != NULL && rec->exit->recover_count == 0) {
        if (rec->link->vm_data.valid) {
            jit_exit_link(rec->exit, rec->link);
        }
        return;
    }
    bool ends_early = rec->end >= JIT_END_EXIT;
    if (rec->count < (ends_early ? MIN_BYTECODES : rec->exit != NULL ? 0 : 1) ||
        (rec->count < MIN_FUNCTION && returns_to_c(rec) && !jit->config.hot))
    {
        rec->abort = JIT_ABORT_TOO_SHORT;
        return;
    }
    if (jit->next_id >= jit->config.traces) {
        rec->abort = JIT_ABORT_LIMIT;
        return;
    }
    struct jit_trace trace = {.rec = rec};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(stages) && rec->abort == JIT_ABORT_NONE; i++) {
        rec->abort = run_stage(jit, &trace, &stages[i]);
    }
    free_trace(&trace);
}

#endif  // _Py_TIER2
