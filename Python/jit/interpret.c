/* interpret.c - runs micro-ops one by one, for builds without machine code
 * (--enable-experimental-jit=interpreter).
 *
 * Takes and gives what machine code does: enters at a trace's first micro-op,
 * and returns the exit that it left by, or NULL with an exception set. Traces
 * pass control to each other without returning to C.
 *
 * The operand stack is in memory throughout. As in tier 1, `stack_pointer` is
 * its end, and frame->stacktop is -1 while the frame runs (the garbage
 * collector must not look at the stack then). stacktop is right in frames that
 * wait for another, in the current one before an indirect jump, and when an
 * exception is set; where an exit leaves, run.c sets it.
 *
 * Why this way: the micro-ops are those of the stencils, from the same text, so
 * this tells a wrong trace from wrong machine code, and runs on any platform.
 * It is slower than tier 1.
 */
#include "jit.h"

#if defined(_Py_TIER2) && !defined(_Py_JIT)

#include "bodies.h"

#undef STAT_INC
#define STAT_INC(OPNAME, NAME) ((void)0)
#undef STAT_DEC
#define STAT_DEC(OPNAME, NAME) ((void)0)
#undef CALL_STAT_INC
#define CALL_STAT_INC(NAME) ((void)0)

#define JIT_UNLIKELY(X) (X)
#define CURRENT_OPARG() ((int)uop->oparg)
#define CURRENT_OPERAND() ((uintptr_t)uop->operand)
#define JUMP_TO_EXIT() goto leave
#define JUMP_TO_ERROR() goto error
#define JUMP_TO_TOP() (next_uop = running->uops + 1)    // after ENTER
#define JUMP_INDIRECT(JIT, VALUE, OFFSET) \
    do { \
        left_by = ((struct _Py_jit *)(JIT))->indirect_exit; \
        frame->return_offset = (uint16_t)(OFFSET); \
        _PyFrame_StackPush(frame, VALUE); \
        goto indirect; \
    } while (0)
// (Of micro-ops that only the optimizer emits.)
#define JIT_ENTER_FRAME(FRAME) Py_UNREACHABLE()
#define JIT_RETURN_TO(FRAME) do { frame = (FRAME); LOAD_SP(); } while (0)
// Other than LOAD_SP(), this leaves the frame's stacktop as it is.
#define JIT_OTHER_STACK() (stack_pointer = frame->localsplus + frame->stacktop)
#define JIT_MARK_USED(EXECUTOR) (((_PyExecutorObject *)(EXECUTOR))->recently_used = 1)
#define JIT_TRACE_IS_VALID() (running->vm_data.valid)

struct jit_exit *
jit_interpret(_PyExecutorObject *running, struct _PyInterpreterFrame *frame,
              PyThreadState *tstate)
{
    PyObject **stack_pointer = _PyFrame_GetStackPointer(frame);
    const struct jit_uop *uop, *next_uop;
    struct jit_exit *left_by;

enter:
    next_uop = running->uops;
    for (;;) {
        uop = next_uop++;
        switch (uop->op) {
// Bodies do not use all that is set up for them.
#if defined(__GNUC__)
#  pragma GCC diagnostic push
#  pragma GCC diagnostic ignored "-Wunused-variable"
#  pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#endif
#include "pycore_jit_cases.h"
#if defined(__GNUC__)
#  pragma GCC diagnostic pop
#endif
            default:
                Py_UNREACHABLE();
        }
    }

leave:
    left_by = &running->exits[uop->exit];
    assert(frame == tstate->current_frame);
    assert(stack_pointer == _PyFrame_Stackbase(frame) + left_by->stack);
    if (left_by->linked == NULL) {
        return left_by;
    }
    running = left_by->linked;
    goto enter;

indirect:;
    _PyExecutorObject *target = jit_indirect_target(jit_get(tstate->interp), frame);
    if (target == NULL) {
        return left_by;
    }
    stack_pointer = _PyFrame_GetStackPointer(frame);
    running = target;
    goto enter;

error:
    _PyFrame_SetStackPointer(frame, stack_pointer);
    return NULL;
}

/* There is no code to make; the executor keeps the micro-ops. */
enum jit_abort
jit_emit(struct jit *jit, struct jit_trace *trace, _PyExecutorObject *executor)
{
    size_t size = (size_t)trace->count * sizeof(struct jit_uop);
    if (jit->memory + size > jit->config.max_memory) {
        jit_free_retired(jit);
    }
    if (jit->memory + size > jit->config.max_memory && jit->executors != NULL) {
        jit_evict(jit, size);
    }
    if (jit->memory + size > jit->config.max_memory) {
        jit->stats.no_memory_reason = "PYTHON_JIT_MAXMEM reached";
        return JIT_ABORT_CODE_FULL;
    }
    struct jit_exit *exits = jit_malloc(((size_t)trace->exit_count + 1) * sizeof(*exits));
    for (int i = 0; exits != NULL && i < trace->exit_count; i++) {
        struct jit_exit_site *site = &trace->exits[i];
        exits[i] = (struct jit_exit){.target = site->target, .stack = site->stack, .kind = site->kind};
    }
    bool has_exits = exits != NULL && jit_exits_new(jit, executor, exits, trace->exit_count);
    jit_free(exits);
    executor->uops = has_exits ? jit_malloc(size) : NULL;
    if (executor->uops == NULL) {
        return JIT_ABORT_NO_MEMORY;
    }
    memcpy(executor->uops, trace->uops, size);
    assert(executor->uops[0].op == U_ENTER);
    executor->uops[0].operand = (uintptr_t)executor;
    executor->entry = executor->register_entry = executor->uops;
    executor->code_size = size;
    jit->memory += size;
    return JIT_ABORT_NONE;
}

int
jit_emit_prologue(struct jit *jit)
{
    return 0;
}

#endif  // _Py_TIER2 && !_Py_JIT
