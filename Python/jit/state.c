/* state.c - life of an interpreter's JIT.
 *
 * _PyJIT_Init() makes the state when the JIT is to be on; without it
 * interp->jit is NULL, and every hook returns at once. If the system refuses
 * executable memory the state stays (statistics say why), and counters start
 * no recordings.
 */
#include "jit.h"

#ifdef _Py_TIER2

#include "pycore_initconfig.h"
#include "pycore_pystate.h"

/* All that the state owns, executors excepted. */
static void
free_state(struct jit *jit)
{
    jit_depends_fini(jit);
    jit_indirect_fini(jit);
    if (!jit->unwinding) {
        // Else the memory stays, as do the threads' stacks: pthread_exit() looks
        // at the code that it leaves, whenever the thread comes to that.
        jit_memory_fini(jit);
    }
    for (struct jit_activation *a = jit->no_activation.next, *next; a != NULL; a = next) {
        next = a->next;
        jit_free(a);
    }
    jit_stats_fini(jit);
    PyMem_Free(jit->spare_items);
    jit_free(jit->recorder.named);
    jit_free(jit);
}

/* (Without memory for it, Python starts without a JIT.) */
PyStatus
_PyJIT_Init(PyInterpreterState *interp)
{
    struct jit_config config = {0};
    if (!jit_config_read(&config)) {
        return _PyStatus_OK();
    }
    jit_stress_init(&config);
    // One block, so large that malloc() has it from the system: most of it is tables of which few
    // programs use much, and what is never written to takes no memory.
    struct jit *jit = jit_calloc(1, sizeof(*jit) + (JIT_MAX_RECORD + 2) * sizeof(struct jit_record_entry));
    if (jit == NULL) {
        return _PyStatus_OK();      // goes on without
    }
    jit->recorder.entries = (struct jit_record_entry *)(jit + 1);
    jit->interp = interp;
    jit->config = config;
    jit->activations = &jit->no_activation;
    if (jit_depends_init(jit) < 0 || jit_indirect_init(jit) < 0 || jit_activation_reserve(jit) < 0) {
        free_state(jit);
        return _PyStatus_OK();
    }
    for (int i = 0; i < 256; i++) {
        jit->head.function_counters[i] = config.resume;
    }
    jit->stress_seed = 1;
    jit->head.stress_guards.every = jit->head.stress_guards.left = config.guards;
    jit->head.counting = config.stats != 0;
    jit->usable = jit->head.enabled = jit_emit_prologue(jit) == 0;
    jit->indirect_exit.code = jit->exit_return;
    interp->jit = &jit->head;
    return _PyStatus_OK();
}

int
_PyJIT_SetEnabled(int enabled)
{
    PyInterpreterState *interp = _PyInterpreterState_GET();
    struct jit *jit = jit_get(interp);
    int before = jit != NULL && jit->head.enabled;
    if (jit == NULL || enabled < 0 || !jit->usable) {
        return before;
    }
    jit->head.enabled = enabled;
    if (!enabled) {
        _Py_Executors_InvalidateAll(interp, 0);
    }
    return before;
}

/* No new traces, and none of the old ones: modules are about to go. */
void
_PyJIT_Stop(PyInterpreterState *interp)
{
    struct jit *jit = jit_get(interp);
    if (jit == NULL) {
        return;
    }
    if (jit->config.stats == 2) {
        jit_stats_print(jit, stderr);
    }
    jit->head.enabled = false;
    _Py_Executors_InvalidateAll(interp, 0);
    Py_CLEAR(jit->array_type);
}

/* Forgets the activations and the recording of threads that will not run
 * again: in the child of a fork, and before the others are told to exit. (A
 * thread that exits does not return through its activations.) */
void
_PyJIT_DropOtherThreads(PyInterpreterState *interp)
{
    struct jit *jit = jit_get(interp);
    if (jit == NULL) {
        return;
    }
    PyThreadState *tstate = _PyThreadState_GET();
    struct jit_activation *prev;
    for (struct jit_activation *a = jit->activations; a->prev != NULL; a = prev) {
        prev = a->prev;
        if (a->tstate != tstate) {
            jit_activation_end(jit, a);
            jit->unwinding = true;
        }
    }
    if (jit->recorder.tstate != NULL && jit->recorder.tstate != tstate) {
        jit_record_clear(&jit->recorder);
        jit->head.recording = false;
    }
}

void
_PyJIT_Fini(PyInterpreterState *interp)
{
    struct jit *jit = jit_get(interp);
    if (jit == NULL) {
        return;
    }
    jit->head.enabled = false;
    _PyJIT_DropOtherThreads(interp);
    _Py_Executors_InvalidateAll(interp, 0);
    interp->jit = NULL;
    free_state(jit);
}

/* Only the first is known, and as long as there may be traces: another module's type is never
 * where this one was. */
void
_PyJIT_KnowArrays(PyTypeObject *type)
{
    struct jit *jit = jit_get(_PyInterpreterState_GET());
    if (jit != NULL && jit->head.enabled && jit->array_type == NULL) {
        jit->array_type = (PyTypeObject *)Py_NewRef(type);
    }
}

void
_PyJIT_KnowMath(const PyMethodDef *methods)
{
    struct jit *jit = jit_get(_PyInterpreterState_GET());
    if (jit != NULL && jit->math_methods == NULL) {
        jit->math_methods = methods;
    }
}

/* What traces assume of memory management may not hold any more. */
void
_PyJIT_AllocationChanges(void)
{
    PyThreadState *tstate = _PyThreadState_GET();   // none before start-up
    if (tstate != NULL) {
        _Py_Executors_InvalidateAll(tstate->interp, 0);
    }
}

void
_PyJIT_AfterFork(PyInterpreterState *interp)
{
    if (jit_get(interp) != NULL) {
        jit_unwind_after_fork();
        _PyJIT_DropOtherThreads(interp);
        jit_get(interp)->unwinding = false;     // they are not there any more
        // The new process's clock begins anew.
        memset(jit_get(interp)->candidates, 0, sizeof(jit_get(interp)->candidates));
    }
}

#endif  // _Py_TIER2
