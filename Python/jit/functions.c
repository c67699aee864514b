/* functions.c - micro-ops that traces call instead of containing.
 *
 * Takes:  a micro-op's operands, see Tools/jit/uop_functions.py.
 * Gives:  its result, or a code for an exit or an error.
 *
 * Why this way: see there. Which ones are called is in CALLED in
 * Tools/jit/uop_model.py.
 */
#include "jit.h"

#if defined(_Py_TIER2) && defined(_Py_JIT)

#include "bodies.h"

#define TIER_TWO 2
#if defined(__GNUC__)
#  define JIT_UNLIKELY(X) __builtin_expect(!!(X), 0)
#else
#  define JIT_UNLIKELY(X) (X)
#endif

// Bodies do not use all that is set up for them.
#if defined(__GNUC__)
#  pragma GCC diagnostic ignored "-Wunused-variable"
#  pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#endif
#include "pycore_jit_functions.h"

#endif  // _Py_TIER2 && _Py_JIT
