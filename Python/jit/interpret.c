/* interpret.c - runs micro-ops one by one, for builds without machine code
 * (--enable-experimental-jit=interpreter).
 *
 * Takes and gives what machine code does: enters at a trace's first micro-op,
 * and returns the exit that it left by, or NULL with an exception set. The
 * operand stack is in memory throughout.
 */
#include "jit.h"

#if defined(_Py_TIER2) && !defined(_Py_JIT)

#include "opcode.h"
#include "pycore_abstract.h"
#include "pycore_backoff.h"
#include "pycore_call.h"
#include "pycore_cell.h"
#include "pycore_ceval.h"
#include "pycore_descrobject.h"
#include "pycore_dict.h"
#include "pycore_emscripten_signal.h"
#include "pycore_function.h"
#include "pycore_genobject.h"
#include "pycore_instruments.h"
#include "pycore_intrinsics.h"
#include "pycore_list.h"
#include "pycore_long.h"
#include "pycore_moduleobject.h"
#include "pycore_object.h"
#include "pycore_opcode_metadata.h"
#include "pycore_opcode_utils.h"
#include "pycore_pyatomic_ft_wrappers.h"
#include "pycore_pyerrors.h"
#include "pycore_pystate.h"
#include "pycore_range.h"
#include "pycore_setobject.h"
#include "pycore_sliceobject.h"
#include "pycore_tuple.h"
#include "pycore_typeobject.h"

#include "ceval_macros.h"

#undef ENABLE_SPECIALIZATION
#define ENABLE_SPECIALIZATION 0
#undef STAT_INC
#define STAT_INC(OPNAME, NAME) ((void)0)
#undef STAT_DEC
#define STAT_DEC(OPNAME, NAME) ((void)0)
#undef CALL_STAT_INC
#define CALL_STAT_INC(NAME) ((void)0)
#undef LOAD_IP
#define LOAD_IP(OFFSET) ((void)0)

#define CURRENT_OPARG() ((int)u->oparg)
#define CURRENT_OPERAND() ((uintptr_t)u->operand)
#define JUMP_TO_EXIT() goto leave
#define JUMP_TO_ERROR() goto error
#define JUMP_TO_TOP() do { next = top + 1; } while (0)
#define JIT_MARK_USED(EXECUTOR) (((_PyExecutorObject *)(EXECUTOR))->recently_used = 1)
#define JIT_TRACE_IS_VALID() (executor->vm_data.valid)

struct jit_exit *
jit_interpret(_PyExecutorObject *executor, struct _PyInterpreterFrame *frame,
              PyThreadState *tstate)
{
    PyObject **stack_pointer = _PyFrame_GetStackPointer(frame);
    const struct jit_uop *top = executor->uops;
    const struct jit_uop *next = top;
    const struct jit_uop *u;
    for (;;) {
        u = next++;
        switch (u->op) {
#include "pycore_jit_cases.h"
            default:
                Py_UNREACHABLE();
        }
        continue;
leave:;
        struct jit_exit *exit = &executor->exits[u->exit];
        if (exit->linked == NULL) {
            return exit;
        }
        executor = exit->linked;
        top = next = executor->uops;
    }
error:
    _PyFrame_SetStackPointer(frame, stack_pointer);
    return NULL;
}

/* There is no code to make; the executor keeps the micro-ops. */
enum jit_abort
jit_emit(struct jit *jit, struct jit_trace *trace, _PyExecutorObject *executor)
{
    size_t size = (size_t)trace->count * sizeof(struct jit_uop);
    executor->uops = PyMem_Malloc(size);
    if (executor->uops == NULL) {
        return JIT_ABORT_NO_MEMORY;
    }
    memcpy(executor->uops, trace->uops, size);
    executor->uops[0].operand = (uintptr_t)executor;    // of ENTER
    return JIT_ABORT_NONE;
}

int
jit_emit_prologue(struct jit *jit)
{
    return 0;
}

#endif  // _Py_TIER2 && !_Py_JIT
