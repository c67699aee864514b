/* compile.c - the pipeline: from a record to a published executor.
 *
 * Takes:  a finished record.
 * Gives:  an executor that the bytecode at the record's anchor, or the hot
 *         exit that it started from, leads to; or rec->abort.
 *
 * Nothing is published before it is complete. Each stage writes to the trace
 * only, and an abort throws the trace away.
 */
#include "jit.h"

#ifdef _Py_TIER2

#include "opcode.h"
#include "pycore_pystate.h"

static void
free_trace(struct jit_trace *trace)
{
    PyMem_RawFree(trace->uops);
    PyMem_RawFree(trace->exits);
    PyMem_RawFree(trace->frames);
    PyMem_RawFree(trace->deps);
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
        void **more = PyMem_RawRealloc(trace->deps, (size_t)capacity * sizeof(void *));
        if (more == NULL) {
            return -1;
        }
        trace->deps = more;
        trace->dep_capacity = capacity;
    }
    trace->deps[trace->dep_count++] = key;
    return 0;
}

static enum jit_abort
stages(struct jit *jit, struct jit_recorder *rec, struct jit_trace *trace)
{
    enum jit_abort abort = jit_translate(jit, rec, trace);
    if (abort != JIT_ABORT_NONE) {
        return abort;
    }
    uint32_t id = jit->next_id;
    if (jit_dump_wants(jit, "translate")) {
        jit_dump_trace(jit, trace, "translate", id);
    }
    if (jit->config.optimize) {
        abort = jit_optimize(jit, trace);
        if (abort != JIT_ABORT_NONE) {
            return abort;
        }
        if (jit_dump_wants(jit, "optimize")) {
            jit_dump_trace(jit, trace, "optimize", id);
        }
    }
    _PyExecutorObject *executor = jit_executor_new(jit, trace);
    if (executor == NULL) {
        return JIT_ABORT_NO_MEMORY;
    }
    abort = jit_emit(jit, trace, executor);
    if (abort == JIT_ABORT_NONE) {
        abort = jit_executor_install(jit, executor, rec->anchor, rec->anchor_code);
    }
    if (abort == JIT_ABORT_NONE && rec->is_continuation && jit_continuation_add(jit, executor) < 0) {
        jit_executor_invalidate(jit, executor);
        abort = JIT_ABORT_NO_MEMORY;
    }
    if (abort == JIT_ABORT_NONE) {
        jit->stats.uops += (uint64_t)trace->count;
        if (rec->end == JIT_END_LINK && rec->link->vm_data.valid) {
            jit_exit_link(&executor->exits[trace->link_exit], rec->link);
        }
        if (rec->exit != NULL && !rec->exit_owner->vm_data.valid) {
            jit_executor_invalidate(jit, executor);     // evicted meanwhile
            abort = JIT_ABORT_CHANGED;
        }
        else if (rec->exit != NULL) {
            jit->stats.bridges++;
            if (rec->exit_owner->start == executor->start) {
                executor->repeats = (uint8_t)Py_MIN(rec->exit_owner->repeats + 1, UINT8_MAX);
            }
            executor->root = rec->exit_owner->root;
            executor->root->side_traces++;
            jit_exit_link(rec->exit, executor);
        }
    }
    Py_DECREF(executor);
    return abort;
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
    // A bridge that would only lead to another executor needs no code.
    if (rec->count == 0 && rec->end == JIT_END_LINK && rec->exit != NULL) {
        if (rec->link->vm_data.valid) {
            jit_exit_link(rec->exit, rec->link);
        }
        return;
    }
    if (rec->count < (rec->end >= JIT_END_EXIT ? 3 : 1)) {
        rec->abort = JIT_ABORT_TOO_SHORT;
        return;
    }
    struct jit_trace trace = {.rec = rec};
    rec->abort = stages(jit, rec, &trace);
    free_trace(&trace);
}

#endif  // _Py_TIER2
