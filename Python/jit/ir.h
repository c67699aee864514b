/* The optimizer's intermediate representation: a trace in SSA form.
 *
 * An instruction has at most one result, which is named by the instruction's
 * index, a *ref* (0: none). It is defined once, before its uses. A trace is
 * one straight line: what can leave it has a *snapshot*, which says what the
 * frame's operand stack must hold where tier 1 goes on.
 *
 * Ownership is part of the form. A result is
 *
 *     owned      one reference belongs to it. Exactly one instruction consumes
 *                it: on every path, exits included, since a snapshot that
 *                names it hands it to the frame.
 *     borrowed   something else keeps the object alive: a local's cell, a
 *                field of another object, a code object's constants. An exit
 *                whose snapshot names it takes a new reference.
 *     plain      no object, or an immortal one, which counts as both.
 *
 * Instructions whose result has the same bits as their first operand
 * (TAKE_LOCAL, SET_LOCAL, ...) are aliases. Facts and registers belong to the
 * root of such a chain, jir_root(). NEWREF and COPY are none, although their bits
 * are the same too: they have places of their own, because the local that their
 * operand is in may be overwritten by code that the trace does not see.
 *
 * DROP_SHARED gives up a reference that is not the last one: a GUARD_SHARED has said so, the trace or another local has
 * one too, or the object was just found in a list or tuple, which keeps it. Nothing is released.
 *
 * RENEW_LOCAL gives a local that holds a float another one: if nothing but the local refers
 * to the object, the object gets the new value.
 *
 * LOOP is where JUMP_TO_TOP leads to, if that is not the trace's start. The operand stack is in memory there. The results
 * of the CARRYs right before it are the only ones that are known behind it: each is its first operand when the loop
 * begins, and its second, which is defined later, when it goes round.
 *
 * A local is always in its cell; one that is UNSET holds NULL. An item of the operand stack is wherever the
 * lowering (lower.c) has it, a register or its cell; which items there are at
 * each exit is in the snapshots. Of the frames below the current one, the stack
 * is in memory, and owned.
 *
 *     ; f.py:3  LOAD_ATTR_INSTANCE_VALUE a @14
 *     v4  b    LOCAL           0 self
 *     v5  -  > GUARD_VERSION   v4, #120              exit 2 -> @14  [v4]
 *     v6  b    LOAD            v4, +24
 *     v7  -  > GUARD_NOT_NULL  v6                    exit 2 -> @14  [v4]
 *     ; f.py:3  BINARY_OP_ADD_INT @24
 *     v8  -  > GUARD_TYPE      v6, int               exit 3 -> @24  [v6, 1]
 *     v10 -  ! BINARY_OP_ADD_INT_B  v6, v9           popped  []
 *     v11 o    RESULT          v10, 0
 *     ; f.py:3  STORE_FAST x @28
 *     v12 b    LOCAL           1 x
 *     v13 o    TAKE_LOCAL      v12, 1 x
 *     v14 b    SET_LOCAL       v11, 1 x
 *     v15 -    DROP            v13
 */
#ifndef Py_JIT_IR_H
#define Py_JIT_IR_H

#include "jit.h"

#ifdef _Py_TIER2

typedef uint16_t jref;

#define JIR_MAX_INS 30000
#define JIR_NO_SNAP 0

/* What a result is. */
enum jir_kind {
    JIR_NONE,
    JIR_OWNED,
    JIR_BORROWED,
    JIR_PLAIN,                      // an object that needs no reference, or no object
};

/* What `imm` means; for the printer and the parser. */
enum jir_imm {
    JIR_NO_IMM,
    JIR_IMM_OBJECT,                 // borrowed, see deps.c
    JIR_IMM_TYPE,                   // likewise; 0: not known
    JIR_IMM_VERSION,                // of a type
    JIR_IMM_LOCAL,                  // index of a local
    JIR_IMM_CELL,                   // index of a stack item
    JIR_IMM_OFFSET,                 // in an object, bytes
    JIR_IMM_NUMBER,
    JIR_IMM_FUNCTION,               // index into _PyJIT_FloatFunctions
};

/* The functions of C that FLOAT_FUNCTION calls, and after them one without a name (numbers.c). */
struct jit_float_function {
    const char *name;               // in the module math
    double (*call)(double);
};

extern const struct jit_float_function _PyJIT_FloatFunctions[];

/* The index of a name, or -1. */
int _PyJIT_FindFloatFunction(const char *name, size_t length);

/* Properties of an operation. */
enum {
    JIR_GUARD = 1,                  // leaves by its snapshot where it does not hold
    JIR_ALIAS = 2,                  // the result has the bits of the first operand
    JIR_PURE = 4,                   // goes when the result is not used
    JIR_LOADS = 8,                  // reads an object's field
    JIR_STORES = 16,                // writes one
    JIR_NULLABLE = 32,              // its object operands may be NULL
    JIR_UNTRACKED = 64,             // its operand may have been consumed
    JIR_NUMBER = 128,               // the result is no object
    JIR_FLOATING = 256,             // nor is it an integer: a number in a floating-point register
    JIR_RAISES = 512,               // there may be no memory
    JIR_BOXES = 1024,               // makes the object of its operand, a number
    JIR_STORES_ITEM = 2048,         // writes an item, of a list or an array
    JIR_CALLS = 4096,               // calls C: registers are lost
};

/* Operations. Operands: b an object that is looked at, s one that is consumed,
 * i an integer, f a floating-point number. A GENERIC is a micro-op (pycore_jit_uops.h), whose operands are
 * the stack items that it reads; what it pushes are RESULTs. */
#define JIR_OPS(X) \
    /* name            operands result   imm          flags */ \
    X(NOP,             "",   NONE,     NO_IMM,      0) \
    X(CONST,           "",   BORROWED, IMM_OBJECT,  JIR_PURE) \
    X(NULL,            "",   PLAIN,    NO_IMM,      JIR_PURE) \
    X(ENTRY,           "",   OWNED,    IMM_CELL,    0) \
    X(INHERIT,         "",   OWNED,    IMM_CELL,    0) \
    X(LOCAL,           "",   BORROWED, IMM_LOCAL,   JIR_PURE) \
    X(UNSET,           "",   PLAIN,    IMM_LOCAL,   JIR_PURE) \
    X(ARGUMENT,        "b",  BORROWED, IMM_LOCAL,   JIR_ALIAS | JIR_PURE | JIR_NULLABLE | JIR_UNTRACKED) \
    X(TAKE_LOCAL,      "b",  OWNED,    IMM_LOCAL,   JIR_ALIAS | JIR_NULLABLE) \
    X(SET_LOCAL,       "s",  BORROWED, IMM_LOCAL,   JIR_ALIAS | JIR_NULLABLE) \
    X(RENEW_LOCAL,     "fb", BORROWED, IMM_LOCAL,   JIR_RAISES) \
    X(RENEW_LOCAL_INT, "ib", BORROWED, IMM_LOCAL,   JIR_RAISES) \
    X(NEWREF,          "b",  OWNED,    NO_IMM,      0) \
    X(NEWREF_NULLABLE, "b",  OWNED,    NO_IMM,      JIR_NULLABLE) \
    X(IMMORTAL,        "b",  PLAIN,    NO_IMM,      JIR_ALIAS | JIR_NULLABLE) \
    X(COPY,            "b",  PLAIN,    NO_IMM,      JIR_PURE | JIR_NULLABLE) \
    X(DROP,            "s",  NONE,     IMM_TYPE,    0) \
    X(DROP_NULLABLE,   "s",  NONE,     IMM_TYPE,    JIR_NULLABLE) \
    X(DROP_SHARED,     "s",  NONE,     NO_IMM,      0) \
    X(FORGET,          "s",  NONE,     NO_IMM,      JIR_NULLABLE) \
    X(GUARD_TYPE,      "b",  NONE,     IMM_TYPE,    JIR_GUARD) \
    X(GUARD_VERSION,   "b",  NONE,     IMM_VERSION, JIR_GUARD) \
    X(GUARD_IS,        "b",  NONE,     IMM_OBJECT,  JIR_GUARD) \
    X(GUARD_IS_NOT,    "b",  NONE,     IMM_OBJECT,  JIR_GUARD) \
    X(GUARD_NULL,      "b",  NONE,     NO_IMM,      JIR_GUARD | JIR_NULLABLE) \
    X(GUARD_NOT_NULL,  "b",  NONE,     NO_IMM,      JIR_GUARD | JIR_NULLABLE) \
    X(GUARD_SAME,      "bb", NONE,     NO_IMM,      JIR_GUARD) \
    X(GUARD_NOT_SAME,  "bb", NONE,     NO_IMM,      JIR_GUARD) \
    X(GUARD_BYTE,      "b",  NONE,     IMM_OFFSET,  JIR_GUARD | JIR_LOADS) \
    X(GUARD_ZERO,      "b",  NONE,     IMM_OFFSET,  JIR_GUARD | JIR_LOADS) \
    X(GUARD_TRUE,      "i",  NONE,     NO_IMM,      JIR_GUARD) \
    X(GUARD_FALSE,     "i",  NONE,     NO_IMM,      JIR_GUARD) \
    X(GUARD_INT_LT,    "ii", NONE,     NO_IMM,      JIR_GUARD) \
    X(GUARD_INT_LE,    "ii", NONE,     NO_IMM,      JIR_GUARD) \
    X(GUARD_INT_EQ,    "ii", NONE,     NO_IMM,      JIR_GUARD) \
    X(GUARD_INT_NE,    "ii", NONE,     NO_IMM,      JIR_GUARD) \
    X(GUARD_INT_GT,    "ii", NONE,     NO_IMM,      JIR_GUARD) \
    X(GUARD_INT_GE,    "ii", NONE,     NO_IMM,      JIR_GUARD) \
    X(GUARD_FLOAT_NOT_ZERO, "f", NONE, NO_IMM,      JIR_GUARD) \
    X(GUARD_FLOAT_NOT_NEGATIVE, "f", NONE, NO_IMM,  JIR_GUARD) \
    X(GUARD_FLOAT_LT,  "ff", NONE,     NO_IMM,      JIR_GUARD) \
    X(GUARD_FLOAT_LE,  "ff", NONE,     NO_IMM,      JIR_GUARD) \
    X(GUARD_FLOAT_EQ,  "ff", NONE,     NO_IMM,      JIR_GUARD) \
    X(GUARD_FLOAT_NE,  "ff", NONE,     NO_IMM,      JIR_GUARD) \
    X(GUARD_FLOAT_NOT_LT, "ff", NONE,  NO_IMM,      JIR_GUARD) \
    X(GUARD_FLOAT_NOT_LE, "ff", NONE,  NO_IMM,      JIR_GUARD) \
    X(UNBOX_FLOAT,     "b",  PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER | JIR_FLOATING) \
    X(INT_TO_FLOAT,    "i",  PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER | JIR_FLOATING) \
    X(FLOAT_ADD,       "ff", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER | JIR_FLOATING) \
    X(FLOAT_SUBTRACT,  "ff", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER | JIR_FLOATING) \
    X(FLOAT_MULTIPLY,  "ff", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER | JIR_FLOATING) \
    X(FLOAT_DIVIDE,    "ff", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER | JIR_FLOATING) \
    X(FLOAT_NEGATE,    "f",  PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER | JIR_FLOATING) \
    X(FLOAT_ABSOLUTE,  "f",  PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER | JIR_FLOATING) \
    X(FLOAT_SQRT,      "f",  PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER | JIR_FLOATING) \
    X(FLOAT_TO_INT,    "f",  PLAIN,    NO_IMM,      JIR_GUARD | JIR_NUMBER) \
    X(FLOAT_POWER,     "ff", PLAIN,    NO_IMM,      JIR_GUARD | JIR_NUMBER | JIR_FLOATING | JIR_CALLS) \
    X(FLOAT_FUNCTION,  "f",  PLAIN,    IMM_FUNCTION, JIR_GUARD | JIR_NUMBER | JIR_FLOATING | JIR_CALLS) \
    X(BOX_FLOAT,       "f",  OWNED,    NO_IMM,      JIR_RAISES | JIR_BOXES) \
    X(SET_FLOAT,       "bf", NONE,     NO_IMM,      0) \
    X(INT,             "",   PLAIN,    IMM_NUMBER,  JIR_PURE | JIR_NUMBER) \
    X(UNBOX_INT,       "b",  PLAIN,    NO_IMM,      JIR_GUARD | JIR_LOADS | JIR_NUMBER) \
    X(GUARD_COMPACT,   "i",  NONE,     NO_IMM,      JIR_GUARD) \
    X(INT_ADD,         "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_SUBTRACT,    "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_MULTIPLY,    "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_ADD_CHECKED, "ii", PLAIN,    NO_IMM,      JIR_GUARD | JIR_NUMBER) \
    X(INT_SUBTRACT_CHECKED, "ii", PLAIN, NO_IMM,    JIR_GUARD | JIR_NUMBER) \
    X(INT_MULTIPLY_CHECKED, "ii", PLAIN, NO_IMM,    JIR_GUARD | JIR_NUMBER) \
    X(INT_AND,         "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_OR,          "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_XOR,         "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_SHIFT_LEFT,  "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_SHIFT_RIGHT, "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_FLOOR_DIVIDE, "ii", PLAIN,   NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_MODULO,      "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_LEAST,       "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_GREATEST,    "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(FLOAT_LEAST,     "ff", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER | JIR_FLOATING) \
    X(FLOAT_GREATEST,  "ff", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER | JIR_FLOATING) \
    X(LESSER_INT,      "bb", BORROWED, NO_IMM,      JIR_PURE | JIR_LOADS) \
    X(GREATER_INT,     "bb", BORROWED, NO_IMM,      JIR_PURE | JIR_LOADS) \
    X(LESSER_FLOAT,    "bb", BORROWED, NO_IMM,      JIR_PURE | JIR_LOADS) \
    X(GREATER_FLOAT,   "bb", BORROWED, NO_IMM,      JIR_PURE | JIR_LOADS) \
    X(BOX_INT,         "i",  OWNED,    NO_IMM,      JIR_RAISES | JIR_BOXES) \
    X(GUARD_INDEX,     "ib", NONE,     NO_IMM,      JIR_GUARD | JIR_LOADS) \
    X(LIST_ITEM,       "ib", BORROWED, NO_IMM,      JIR_PURE | JIR_LOADS) \
    X(TUPLE_ITEM,      "ib", BORROWED, NO_IMM,      JIR_PURE | JIR_LOADS) \
    X(LIST_PLACE,      "ib", PLAIN,    NO_IMM,      JIR_PURE | JIR_LOADS | JIR_NUMBER) \
    X(ITEM_AT,         "i",  BORROWED, IMM_OFFSET,  JIR_PURE | JIR_LOADS) \
    X(TAKE,            "b",  OWNED,    NO_IMM,      JIR_ALIAS) \
    X(SET_ITEM,        "is", NONE,     NO_IMM,      JIR_STORES_ITEM) \
    X(SIZE,            "b",  PLAIN,    NO_IMM,      JIR_PURE | JIR_LOADS | JIR_NUMBER) \
    X(BYTE_AT,         "ib", PLAIN,    NO_IMM,      JIR_PURE | JIR_LOADS | JIR_NUMBER) \
    X(GUARD_ASCII,     "b",  NONE,     NO_IMM,      JIR_GUARD | JIR_LOADS) \
    X(GUARD_CHARACTER, "b",  NONE,     NO_IMM,      JIR_GUARD | JIR_LOADS) \
    X(ASCII_AT,        "ib", PLAIN,    NO_IMM,      JIR_PURE | JIR_LOADS | JIR_NUMBER) \
    X(ORDINAL,         "b",  PLAIN,    NO_IMM,      JIR_PURE | JIR_LOADS | JIR_NUMBER) \
    X(CHARACTER,       "i",  PLAIN,    NO_IMM,      JIR_PURE) \
    X(GUARD_TYPECODE,  "b",  NONE,     IMM_NUMBER,  JIR_GUARD | JIR_LOADS) \
    X(ARRAY_PLACE_1,   "ib", PLAIN,    NO_IMM,      JIR_PURE | JIR_LOADS | JIR_NUMBER) \
    X(ARRAY_PLACE_4,   "ib", PLAIN,    NO_IMM,      JIR_PURE | JIR_LOADS | JIR_NUMBER) \
    X(ARRAY_PLACE_8,   "ib", PLAIN,    NO_IMM,      JIR_PURE | JIR_LOADS | JIR_NUMBER) \
    X(UINT8_AT,        "i",  PLAIN,    NO_IMM,      JIR_PURE | JIR_LOADS | JIR_NUMBER) \
    X(INT32_AT,        "i",  PLAIN,    NO_IMM,      JIR_PURE | JIR_LOADS | JIR_NUMBER) \
    X(INT64_AT,        "i",  PLAIN,    NO_IMM,      JIR_PURE | JIR_LOADS | JIR_NUMBER) \
    X(DOUBLE_AT,       "i",  PLAIN,    NO_IMM,      JIR_PURE | JIR_LOADS | JIR_NUMBER | JIR_FLOATING) \
    X(SET_UINT8,       "ii", NONE,     NO_IMM,      JIR_STORES_ITEM) \
    X(SET_INT32,       "ii", NONE,     NO_IMM,      JIR_STORES_ITEM) \
    X(SET_INT64,       "ii", NONE,     NO_IMM,      JIR_STORES_ITEM) \
    X(SET_DOUBLE,      "if", NONE,     NO_IMM,      JIR_STORES_ITEM) \
    X(GUARD_UNSHARED,  "b",  NONE,     NO_IMM,      JIR_GUARD) \
    X(GUARD_SHARED,    "b",  NONE,     NO_IMM,      JIR_GUARD) \
    X(GUARD_RANGE_LEFT, "b", NONE,     NO_IMM,      JIR_GUARD | JIR_LOADS) \
    X(RANGE_START,     "b",  PLAIN,    NO_IMM,      JIR_LOADS | JIR_NUMBER) \
    X(RANGE_ADVANCE,   "b",  NONE,     NO_IMM,      0) \
    X(UNBOX_WIDE,      "b",  PLAIN,    NO_IMM,      JIR_GUARD | JIR_LOADS | JIR_NUMBER) \
    X(INT_LT,          "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_LE,          "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_EQ,          "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_NE,          "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_GT,          "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_GE,          "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(SAME,            "bb", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(INT_TRUTH,       "b",  PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(SIZE_TRUTH,      "b",  PLAIN,    NO_IMM,      JIR_PURE | JIR_LOADS | JIR_NUMBER) \
    X(NOT,             "i",  PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(BOOL,            "i",  PLAIN,    NO_IMM,      JIR_PURE) \
    X(TYPE_OF,         "b",  BORROWED, NO_IMM,      JIR_PURE) \
    X(LOAD,            "b",  BORROWED, IMM_OFFSET,  JIR_PURE | JIR_LOADS) \
    X(LOAD_INT,        "b",  PLAIN,    IMM_OFFSET,  JIR_PURE | JIR_LOADS | JIR_NUMBER) \
    X(STORE,           "bs", NONE,     IMM_OFFSET,  JIR_STORES) \
    X(CARRY,           "ii", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER) \
    X(CARRY_FLOAT,     "ff", PLAIN,    NO_IMM,      JIR_PURE | JIR_NUMBER | JIR_FLOATING) \
    X(LOOP,            "",   NONE,     NO_IMM,      0) \
    X(GENERIC,         "",   NONE,     NO_IMM,      0) \
    X(RESULT,          "",   OWNED,    IMM_NUMBER,  0)

enum jir_op {
#define X(NAME, OPERANDS, RESULT, IMM, FLAGS) JIR_##NAME,
    JIR_OPS(X)
#undef X
    JIR_OP_COUNT
};

struct jir_op_info {
    char name[24];                  // (no pointers: they would be relocated whenever Python starts)
    char operands[4];
    uint8_t kind, imm;
    uint16_t flags;
};

extern const struct jir_op_info jir_op_info[JIR_OP_COUNT];

struct jir_ins {
    uint8_t op;                     // enum jir_op
    uint8_t kind;                   // enum jir_kind, of the result
    bool stable;                    // borrowed from what nothing can take away while the frame runs
    jref a, b;                      // operands; of a RESULT, a is its GENERIC, and b what it is the same as, or 0
    uint16_t snap;                  // of the exit, or of what stays on the stack where a frame is entered or left
    uint16_t error;                 // where it raises with its operands still on the stack
    uint16_t popped;                // where it raises with those that it consumes gone
    uint16_t waits;                 // what stays on the stack where a frame is entered, if it may also leave
    uint16_t uop;                   // of a GENERIC
    uint16_t arg_count;
    uint32_t args;                  // its operands: index in jir.args
    uint16_t frame;                 // index in jit_trace.frames
    int16_t line;                   // index of its instruction in the record
    int16_t stack;                  // of a GENERIC: the operand stack's depth before it
    uint32_t oparg;
    uint64_t imm;
};

/* What the operand stack of a frame holds, from its first item on. */
struct jir_snap {
    uint32_t first;                 // index in jir.items
    uint16_t count;
    uint16_t frame;
    uint16_t site;                  // index in jit_trace.exits, or JIT_NO_EXIT
};

/* What an IR that was parsed (ir_parse.c) has only as text, because nothing else of it is there. */
enum jir_text_kind {
    JIR_TEXT_HEADER,                // of the trace; index 0
    JIR_TEXT_FRAME,                 // by index in jit_trace.frames: whose it is
    JIR_TEXT_LINE,                  // by index in the record: the comment on an instruction
    JIR_TEXT_EXIT,                  // by index in jit_trace.exits: where it leads to
    JIR_TEXT_INS,                   // by ref: a constant, a type, a local's name, a micro-op's words
    JIR_TEXT_COUNT
};

struct jir_texts {
    char *chars;                    // a NUL behind each; the first is empty
    int char_count, char_capacity;
    int *starts[JIR_TEXT_COUNT];    // in chars; 0: none
    int capacities[JIR_TEXT_COUNT];
};

struct jir {
    struct jit *jit;
    struct jit_trace *trace;
    struct jir_ins *ins;            // [0] is not used
    int count, capacity;
    jref *args;
    int arg_count, arg_capacity;
    struct jir_snap *snaps;         // [0] is not used
    int snap_count, snap_capacity;
    jref *items;
    int item_count, item_capacity;
    struct jir_texts *texts;        // owned; NULL: it was not parsed, everything is there
    enum jit_abort abort;
};

static inline const struct jir_op_info *
jir_info(const struct jir_ins *i)
{
    return &jir_op_info[i->op];
}

/* The operand `n` of an instruction that is no GENERIC. */
static inline jref
jir_operand(const struct jir_ins *i, int n)
{
    return n == 0 ? i->a : i->b;
}

/* Does it give up a reference? */
static inline bool
jir_is_drop(const struct jir_ins *i)
{
    return i->op == JIR_DROP || i->op == JIR_DROP_NULLABLE;
}

/* The snapshot of what stays on the stack of a frame while another goes on. */
static inline uint16_t
jir_waits(const struct jir_ins *i)
{
    return i->waits != JIR_NO_SNAP ? i->waits : i->snap;
}

/* Is it a number that a loop hands from one iteration to the next? */
static inline bool
jir_is_carry(const struct jir_ins *i)
{
    return i->op == JIR_CARRY || i->op == JIR_CARRY_FLOAT;
}

/* The instruction that a value's bits come from. */
static inline jref
jir_root(const struct jir *ir, jref v)
{
    for (;;) {
        const struct jir_ins *i = &ir->ins[v];
        if (jir_op_info[i->op].flags & JIR_ALIAS) {
            v = i->a;
        }
        else if ((i->op == JIR_RESULT || i->op == JIR_INHERIT) && i->b != 0) {
            v = i->b;
        }
        else {
            return v;
        }
    }
}

/* The object that a value is: references to it, and copies, are the same. */
static inline jref
jir_subject(const struct jir *ir, jref v)
{
    for (;;) {
        v = jir_root(ir, v);
        const struct jir_ins *i = &ir->ins[v];
        if (i->op != JIR_NEWREF && i->op != JIR_NEWREF_NULLABLE && i->op != JIR_COPY) {
            return v;
        }
        v = i->a;
    }
}

/* ir.c: appending; 0 (or JIR_NO_SNAP) and ir->abort when there is no room. */
struct jir *jir_new(struct jit *jit, struct jit_trace *trace);
jref jir_append(struct jir *ir, struct jir_ins ins);
int jir_kept(const char *letters, int count);
#define JIR_ANY_LOCALS UINT32_MAX
uint32_t jir_locals_written(int uop, uint32_t oparg, uint64_t operand, uint32_t *first);
bool jir_writes_local(const struct jir_ins *i, uint64_t local);
bool jir_add_args(struct jir *ir, struct jir_ins *generic, const jref *args, int count);
uint16_t jir_add_snap(struct jir *ir, int frame, uint16_t site, const jref *items, int count);
bool jir_add_text(struct jir *ir, enum jir_text_kind kind, int index, const char *text, size_t length);
bool jir_is_plain_variable(PyCodeObject *code, uint32_t i);
const char *jir_text(const struct jir *ir, enum jir_text_kind kind, int index);

/* ssa_generic.c */
PyTypeObject *jit_result_type(int uop);

/* ir_verify.c */
const char *jir_verify(const struct jir *ir, jref *where);

/* ir_print.c */
void jir_print_ins(FILE *file, const struct jir *ir, jref v);
void jir_print_operation(FILE *file, const struct jir *ir, jref v);
bool jir_is_shown_inline(const struct jir_ins *i);

/* ir_parse.c */
#define JIR_ERROR_SIZE 200
bool jir_parse(const char *text, struct jit_trace *trace, char *error);
void jir_parsed_free(struct jit_trace *trace);

#endif  // _Py_TIER2

#endif  /* !Py_JIT_IR_H */
