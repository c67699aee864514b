/* What lower.c hands to emit.c: stencils in order, and the exits. */
#ifndef Py_JIT_LOWER_H
#define Py_JIT_LOWER_H

#include "ir.h"

#ifdef _Py_TIER2

/* One stencil to copy. */
struct jit_piece {
    uint16_t stencil;
    uint16_t exit, error, popped;   // indices in jit_code.exits, or JIT_NO_EXIT
    uint32_t oparg;
    uint64_t operand;
    _Py_CODEUNIT *ip;               // of its instruction; NULL in what no instruction stands for
    int32_t place;                  // bytes, for _JIT_SP and _JIT_DISP
    uint32_t at;                    // the instruction that it is for
    uint32_t hot, cold;             // offsets in the block; set by emit.c
};

/* A trace, ready to be copied. */
struct jit_code {
    struct jit_piece *pieces;
    int count, capacity;
    int enter;                      // the piece whose operand is the executor
    int top;                        // the piece that a loop goes back to
    int register_entry;             // where an indirect jump enters a continuation
    struct jit_exit *exits;         // templates; `recover` counts from `recovers`
    int exit_count, exit_capacity;
    struct jit_recover *recovers;
    int recover_count, recover_capacity;
};

void jit_code_free(struct jit_code *code);

/* emit.c: of a stencil, by its number */
#define JIT_STENCIL_NAME_SIZE 64
const char *jit_stencil_name(int stencil, char name[JIT_STENCIL_NAME_SIZE]);
bool jit_stencil_clobbers(int stencil);        // floating-point registers
bool jit_stencil_takes_operand(int stencil);
void jit_dump_code(FILE *file, const struct jit_code *c);

/* check_allocation.c */
#define JIT_COMPLAINT_SIZE 200
bool jit_check_allocation(const struct jir *ir, const struct jit_code *code, char *complaint);

/* misallocate.c */
void jit_misallocate(struct jit *jit, struct jit_trace *trace);

#endif  // _Py_TIER2

#endif  /* !Py_JIT_LOWER_H */
