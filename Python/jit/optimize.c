/* optimize.c - passes over a trace. */
#include "jit.h"

#ifdef _Py_TIER2

enum jit_abort
jit_optimize(struct jit *jit, struct jit_trace *trace)
{
    return JIT_ABORT_NONE;
}

#endif  // _Py_TIER2
