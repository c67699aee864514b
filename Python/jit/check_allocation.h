/* What the files check_*.c share: the state of the checker, see check_allocation.c. */
#ifndef Py_JIT_CHECK_ALLOCATION_H
#define Py_JIT_CHECK_ALLOCATION_H

#include "lower.h"

#if defined(_Py_TIER2) && defined(_Py_JIT)

#include "jit_stencils.h"
#define JIT_WITH_STENCILS
#include "pycore_jit_tables.h"

/* What is in a place, as far as it is known: a constant's bits, or a value, by root. It is also
 * whatever was made from that value later than instruction `since` without changing the bits. */
struct content {
    jref root;                      // or 0
    bool constant;
    int since;
    uint64_t bits;
};

#define FOR_EVER INT32_MAX          // `since` of a local: what is in it is called by one name only

enum place_kind {
    IN_REGISTER,
    IN_FLOAT_REGISTER,
    IN_CELL,                        // of the current frame, counted from its first local
    IN_SPILL,
};

struct place {
    enum place_kind kind;
    int index;
};

/* The registers that have their contents still when a piece leaves, and the cells that have not. */
struct survivors {
    int registers;                  // the first so many
    bool floats;
    int dead, dead_end;             // cells
};

/* The primitive that a stencil is, and the registers of its operands. */
struct variant {
    uint8_t primitive, first, second;
    bool is_primitive;
};

struct checker {
    const struct jir *ir;
    const struct jit_code *code;
    struct variant *variants;       // by stencil
    struct content registers[JIT_REGISTERS], floats[JIT_FLOAT_REGISTERS], spills[JIT_SPILLS];
    struct content *cells;          // by frame and cell
    int *bases;                     // by frame
    jref carried[JIT_REGISTERS], carried_floats[JIT_FLOAT_REGISTERS];   // where a LOOP begins; or 0
    bool loops;                     // it has begun
    bool *made;                     // by ref: the object of a number that there was a piece for
    char *inputs, *outputs;         // letters of the micro-op at hand
    int at;                         // the instruction
    int piece;                      // being looked at
    bool done;                      // the instruction at hand has had its piece
    char *complaint;                // JIT_COMPLAINT_SIZE bytes; empty: nothing is wrong
};

static inline const struct jir_ins *
check_ins(const struct checker *c)
{
    return &c->ir->ins[c->at];
}

/* check_allocation.c */
const char *check_name(const struct checker *c);
void check_complain(struct checker *c, const char *rule, const char *format, ...);
bool check_is_wrong(const struct checker *c);
int check_locals(const struct checker *c, int frame);
bool check_is_place(const struct checker *c, struct place place);
struct content *check_content(struct checker *c, struct place place);
struct content check_named(const struct checker *c, jref root, int since);
bool check_holds(const struct checker *c, const struct content *content, jref root);
void check_want(struct checker *c, const char *rule, struct place place, jref v);
void check_holes(struct checker *c, const struct jit_piece *p);
void check_goes_round(struct checker *c);

/* check_primitives.c */
struct variant *check_find_variants(void);
const char *check_operands(int primitive);
int check_stencil(const struct variant *v);
void check_primitive(struct checker *c, const struct jit_piece *p);

/* check_micro_ops.c */
int check_other_depth(int uop, int stencil);
void check_micro_op(struct checker *c, const struct jit_piece *p);

/* check_exits.c */
void check_exit(struct checker *c, uint16_t exit, uint16_t snap, const struct survivors *left);

#endif  // _Py_TIER2 && _Py_JIT

#endif  /* !Py_JIT_CHECK_ALLOCATION_H */
