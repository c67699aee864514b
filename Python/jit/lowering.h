/* What the files lower*.c share, see lower.c. */
#ifndef Py_JIT_LOWERING_H
#define Py_JIT_LOWERING_H

#include "lower.h"

#if defined(_Py_TIER2) && defined(_Py_JIT)

#include "jit_stencils.h"
#define JIT_WITH_STENCILS
#include "pycore_jit_tables.h"

#define NEVER INT32_MAX

/* Registers are numbered through: from here on they are floating-point registers. */
#define FLOATS JIT_REGISTERS
#define ALL_REGISTERS (JIT_REGISTERS + JIT_FLOAT_REGISTERS)

/* So are cells: from here on they are no frame's, but places for what has none there (JIT_SPILLS). */
#define AWAY 0x6000

/* The lowering's view of a value, by root ref. */
struct value {
    int next;                       // the instruction that uses it next, or NEVER
    int16_t position;               // the stack item that it is to be next, or -1
    int8_t reg;                     // or -1
    int8_t wanted;                  // the register that its next use would like it in, or -1
};

/* A use, found by the backward scan, of what instruction `at` uses `nth`. */
struct use {
    jref root;
    int next;                       // after this one
    int16_t position;
    int8_t wanted;
};

struct lowering {
    struct jit *jit;
    struct jir *ir;
    struct jit_code *code;
    struct value *values;
    struct use *uses;               // of all instructions, in order
    int use_count, use_capacity;
    int *first_use;                 // by instruction
    jref *contents;                 // by frame and cell: the root of what is in memory there, or 0
    int *bases;                     // by frame
    jref regs[ALL_REGISTERS];       // roots, or 0
    jref spills[JIT_SPILLS];        // what is there, likewise
    jref carried[ALL_REGISTERS];    // the CARRYs that are in registers where the loop begins
    bool *sunk;                     // by ref: an object of a number that is not made, where the number is enough
    int busy, busy_end;             // the cells that the micro-op at hand reads or writes
    int at;                         // the instruction
    int frame;
    enum jit_abort abort;
};

/* lower_uses.c */
jref lower_root(struct lowering *l, jref v);
bool lower_fail(struct lowering *l, enum jit_abort abort);
bool lower_grow(struct lowering *l, void **items, int count, int *capacity, int more, size_t size);
bool lower_find_uses(struct lowering *l);
void lower_advance(struct lowering *l);
bool lower_is_live(struct lowering *l, jref root);
bool lower_is_needed(struct lowering *l, jref root);

/* lower_places.c */
struct jit_piece *lower_add_piece(struct lowering *l, int stencil);
struct jit_piece *lower_add_primitive(struct lowering *l, int primitive, int first, int second);
int32_t lower_cell_offset(int cell);
void lower_add_cell_primitive(struct lowering *l, int primitive, int reg, int cell);
int lower_locals_of(struct lowering *l, int frame);
jref *lower_content(struct lowering *l, int cell);
int lower_home_of(struct lowering *l, jref root);
bool lower_is_constant(struct lowering *l, jref root);
uint64_t lower_constant_bits(struct lowering *l, jref root);
void lower_set_reg(struct lowering *l, int r, jref root);
void lower_spill_to(struct lowering *l, int reg, int cell);
bool lower_save(struct lowering *l, int reg);
int lower_take_reg(struct lowering *l, int wanted, unsigned avoid);
int lower_take_float(struct lowering *l, unsigned avoid);
void lower_lose_floats(struct lowering *l);
void lower_fill(struct lowering *l, jref root, int reg);
int lower_use_reg(struct lowering *l, jref v, unsigned avoid);
void lower_vacate(struct lowering *l, int cell, jref by, unsigned avoid);
void lower_store_item(struct lowering *l, jref v, int cell, unsigned avoid);
uint16_t lower_add_exit(struct lowering *l, uint16_t snap);

/* lower_numbers.c */
void lower_to_float(struct lowering *l, int primitive, struct jir_ins *i);
void lower_float_operation(struct lowering *l, int primitive, struct jir_ins *i);
void lower_float_call(struct lowering *l, int primitive, struct jir_ins *i);
void lower_box_float(struct lowering *l, struct jir_ins *i);
void lower_box_int(struct lowering *l, struct jir_ins *i);
void lower_renew_local(struct lowering *l, struct jir_ins *i);
void lower_drop(struct lowering *l, struct jir_ins *i);

/* lower_loops.c */
void lower_carry(struct lowering *l, struct jir_ins *i);
void lower_loop(struct lowering *l, struct jir_ins *i);
void lower_go_round(struct lowering *l);

/* lower_micro_ops.c */
void lower_flush(struct lowering *l, uint16_t snap);
bool lower_needs_memory(struct lowering *l, const struct jir_ins *i);
void lower_generic(struct lowering *l);

#endif  // _Py_TIER2 && _Py_JIT

#endif  /* !Py_JIT_LOWERING_H */
