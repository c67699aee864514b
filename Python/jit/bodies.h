/* What the bodies of micro-ops name, where they are compiled as C with operands in memory
 * (interpret.c) or as functions (functions.c). */
#ifndef Py_JIT_BODIES_H
#define Py_JIT_BODIES_H

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

extern const struct _PyCode_DEF(8) _Py_InitCleanup;  // specialize.c

#undef ENABLE_SPECIALIZATION
#define ENABLE_SPECIALIZATION 0
#undef LOAD_IP
#define LOAD_IP(OFFSET) ((void)0)
#undef LLTRACE_RESUME_FRAME
#define LLTRACE_RESUME_FRAME() ((void)0)

#endif  /* !Py_JIT_BODIES_H */
