/* What the files ssa*.c share: the builder of a trace's SSA form, see ssa.c. */
#ifndef Py_JIT_SSA_H
#define Py_JIT_SSA_H

#include "ir.h"

#ifdef _Py_TIER2

#define MAX_LOADS 32                // remembered, to be done once

struct interval {
    int64_t lo, hi;                 // both included
};

/* What is known of a value. */
struct fact {
    PyTypeObject *type;             // exact, or NULL
    PyObject *constant;             // or NULL
    uint32_t version;               // of its type, which is watched; or 0
    int unsure;                     // the ref of when the trace's validity was last in doubt; or 0
    bool is_null;
    bool not_null;
    bool bounded;                   // it is a number, in the interval
    struct interval interval;
    bool character;                 // it is a str of one ASCII character
    int held;                       // when a list or tuple gave it, which keeps it while nothing changes that: a ref; or 0
    bool bound;                     // what a local holds that is not unset again by code that the trace does not see
};

struct frame_state {
    int base;                       // its first cell
    int locals;
    bool started;
    int made;                       // the ref since when variables that were not set yet are NULL; or 0
    bool globals_guarded;           // a guard has said which dict its globals are
    bool builtins_guarded;
};

struct load {
    jref base, value;
    uint64_t offset;
};

struct builder {
    struct jit *jit;
    struct jit_trace *trace;
    struct jir *ir;
    struct fact *facts;             // by root ref
    int fact_capacity;
    struct frame_state *frames;     // by frame
    jref *cells;                    // by frame and cell
    int *loaded;                    // by the same: when the local was read, see `escaped`
    int max_cells;                  // of one frame
    char *letters;                  // of the micro-op's operands, max_cells + 8
    jref *args;
    struct jit_uop *u;              // the one being looked at
    int depth;                      // of the operand stack now
    int frame;                      // whose cells are looked at
    jref returned;                  // what stands on top in the frame that is entered or returned to
    bool has_returned;
    bool stale;
    int validated;                  // when the trace was last known to be valid: a ref
    int escaped;                    // when code that the trace does not see ran last: a ref
    int items_set;                  // when an item of a list was overwritten last: a ref
    bool ip_pending;                // a SET_IP, to pending_ip, has not been needed yet
    uint64_t pending_ip;
    PyObject *folded;               // the constant that the load gives that the guards at hand are for, or NULL
    PyFunctionObject *getter;       // what the property calls that comes, if it is known
    struct jit_call *call;          // what stands for the micro-ops of a call, until its frame is entered; or NULL
    int call_op;                    // the micro-op that it becomes
    int call_depth;                 // of the operand stack before it,
    int call_base, call_first;      // of that, what goes with it, and the first argument
    uint16_t call_site;             // its exit
    struct jit_uop *shared_store;   // the STORE_FAST for which a guard before it has said that it frees nothing; or NULL
    uint16_t exit_snap;             // the exit of a micro-op that stands for several; or JIR_NO_SNAP
    struct jit_uop *entered;        // the first micro-op in the frame that a call made,
    PyFunctionObject *function;     // whose that is, if it is known; until the frame starts
    bool resumes;                   // the frame that is pushed next is a generator's
    bool pushed;                    // a new frame starts
    int framed;                     // when another frame went on last, where no value is in a register: a ref
    struct load loads[MAX_LOADS];
    int load_count;
    jref arg_values[16];            // of the frame that is about to be entered
    int argument_count;
    struct loop_plan *loop;         // what is to be known where the loop begins; or NULL
    enum jit_abort abort;
};

static inline struct jir_ins *
ssa_ins(struct builder *b, jref v)
{
    return &b->ir->ins[v];
}

/* Is that wanted? */
static inline bool
ssa_may(const struct builder *b, enum jit_optimization what)
{
    return b->jit->config.optimize & (1U << what);
}

/* What is remembered of an object beside its fields (whose offsets are below these numbers):
 * checks, and its value. */
#define VALID_VALUES ((uint64_t)1 << 40)
#define UNBOXED ((uint64_t)1 << 41)
#define NO_DICT ((uint64_t)1 << 42)
#define KEYS_VERSION ((uint64_t)1 << 43)
#define UNBOXED_FLOAT ((uint64_t)1 << 44)
#define TYPECODE ((uint64_t)1 << 45)
#define INDEX ((uint64_t)1 << 46)   // plus a number: it is less than the size
#define ASCII ((uint64_t)1 << 47)
#define ORDINAL ((uint64_t)1 << 48) // the number of a character

/* ssa_fold.c */
jref ssa_fold(struct builder *b, int op, jref first, jref second);

/* ssa.c */
jref ssa_subject(struct builder *b, jref v);
struct fact *ssa_fact(struct builder *b, jref v);
jref ssa_append(struct builder *b, struct jir_ins i);
jref ssa_emit(struct builder *b, int op, jref a, jref second, uint64_t imm);
PyCodeObject *ssa_code_of(struct builder *b, int frame);
jref *ssa_cell(struct builder *b, int depth);
jref ssa_top(struct builder *b, int n);
void ssa_push(struct builder *b, jref v);
jref ssa_pop(struct builder *b);
jref ssa_new_constant(struct builder *b, PyObject *object, bool stable);
jref ssa_null(struct builder *b);
jref ssa_typed(struct builder *b, jref v, PyTypeObject *type);
bool ssa_is_sure(struct builder *b, jref v);
bool ssa_is_not_null(struct builder *b, jref v);
PyObject *ssa_constant(struct builder *b, jref v);
bool ssa_has_type(struct builder *b, jref v, PyTypeObject *type);
uint16_t ssa_snapshot(struct builder *b, uint16_t site, int count);
uint16_t ssa_exit_snapshot(struct builder *b);
jref ssa_plain_uop(struct builder *b, int uop, uint64_t operand, uint16_t snap);
void ssa_need_ip(struct builder *b);
uint16_t ssa_start_site(struct builder *b);
bool ssa_leave_to_start(struct builder *b);
void ssa_stress_guard(struct builder *b);
void ssa_check_valid(struct builder *b);
jref ssa_guard(struct builder *b, int op, jref a, jref second, uint64_t imm);
void ssa_guard_uop(struct builder *b, int uop, uint64_t operand);
void ssa_validated(struct builder *b);
void ssa_known(struct builder *b);
bool ssa_depends(struct builder *b, void *key);
bool ssa_is_in_local(struct builder *b, jref v);
void ssa_own_all(struct builder *b, int keep);
void ssa_escaped(struct builder *b);
jref ssa_new_reference(struct builder *b, jref v);
void ssa_own(struct builder *b, jref *item);
void ssa_own_in_place(struct builder *b, jref *item);
void ssa_drop(struct builder *b, jref v);
void ssa_drop_overwritten(struct builder *b, jref v, bool shared);
bool ssa_is_held(struct builder *b, jref v);
bool ssa_was_shared(struct builder *b, const struct jit_lost *lost);
bool ssa_guard_shared(struct builder *b, jref v, const struct jit_lost *lost);
bool ssa_loaded_before(struct builder *b, jref base, uint64_t what, jref *value);
void ssa_remember_load(struct builder *b, jref base, uint64_t what, jref value);

/* ssa_generic.c */
void ssa_forget_loads(struct builder *b, bool (*keeps)(struct builder *, const struct load *));
void ssa_called(struct builder *b);
void ssa_generic_as(struct builder *b, int op);
void ssa_generic(struct builder *b);
struct jir_ins *ssa_just_made(struct builder *b, int op);
void ssa_take_back(struct builder *b, struct jir_ins *made);

/* ssa_locals.c */
jref *ssa_local_cell(struct builder *b, uint32_t i);
jref ssa_local(struct builder *b, uint32_t i);
void ssa_set_local(struct builder *b, uint32_t i, jref v);
void ssa_own_borrowed_from(struct builder *b, jref value);
void ssa_forget_local(struct builder *b, uint32_t i);
void ssa_forget_locals(struct builder *b);
void ssa_store_fast(struct builder *b, uint32_t i);
bool ssa_unpack_to_locals(struct builder *b);

/* ssa_micro_ops.c */
bool ssa_describe(struct builder *b);
void ssa_guard_type(struct builder *b, jref v, PyTypeObject *type);

uint64_t ssa_inline_value_offset(PyTypeObject *type, uint64_t index);

/* ssa_fields.c */
bool ssa_store_field(struct builder *b);

/* ssa_calls.c */
bool ssa_call_type(struct builder *b);
bool ssa_call_isinstance(struct builder *b);
bool ssa_call_len(struct builder *b);
bool ssa_call_builtin(struct builder *b, int flags, int op);
bool ssa_call_method(struct builder *b, int flags, int op);

/* ssa_math.c */
bool ssa_is_builtin(PyObject *function, const char *name);
bool ssa_call_number_function(struct builder *b);
bool ssa_call_logarithm(struct builder *b);
bool ssa_call_number_type(struct builder *b);
bool ssa_call_size(struct builder *b);

/* ssa_extremes.c */
bool ssa_call_extreme(struct builder *b);

/* ssa_characters.c */
bool ssa_load_character(struct builder *b);
bool ssa_call_ord(struct builder *b);
bool ssa_call_chr(struct builder *b);
bool ssa_compare_characters(struct builder *b);

/* ssa_frames.c */
bool ssa_check_bound_method(struct builder *b);
bool ssa_check_function(struct builder *b);
bool ssa_check_stack_space(struct builder *b);
bool ssa_init_call(struct builder *b);
bool ssa_save_return_offset(struct builder *b);
bool ssa_push_frame(struct builder *b);
bool ssa_pop_frame(struct builder *b);
bool ssa_copy_free_vars(struct builder *b);
bool ssa_guard_function_version(struct builder *b);
bool ssa_property_frame(struct builder *b);

/* ssa_numbers.c */
bool ssa_is_new(struct builder *b, jref v, int box);
void ssa_remember_value(struct builder *b, jref v, uint64_t what, jref value);
void ssa_replace_by_number(struct builder *b, int operands, int box, jref value);
bool ssa_is_copied(struct builder *b, jref box);
const struct jit_lost *ssa_lost(struct builder *b, uint32_t i);
bool ssa_guard_lost(struct builder *b, uint32_t i, jref old, PyTypeObject *type);
bool ssa_renew_local(struct builder *b, uint32_t i);
void ssa_number_stored(struct builder *b, jref stored, jref v);

/* ssa_ints.c */
struct interval ssa_interval(struct builder *b, jref v);
jref ssa_bounded(struct builder *b, jref v, struct interval in);
jref ssa_of_digits(struct builder *b, jref v, int digits);
jref ssa_int_arithmetic(struct builder *b, int op, jref left, jref right);
jref ssa_int_absolute(struct builder *b, jref v);
void ssa_narrow(struct builder *b, jref v, int64_t lo, int64_t hi);
void ssa_guard_within(struct builder *b, jref v, int64_t lo, int64_t hi);
bool ssa_was_int(struct builder *b, int n);
jref ssa_int_value(struct builder *b, int n);
void ssa_guard_fits_float(struct builder *b, jref v);
bool ssa_int_operation(struct builder *b, int op);
bool ssa_int_compare_op(struct builder *b);
bool ssa_int_binary_op(struct builder *b);
bool ssa_int_unary(struct builder *b, int op, int64_t left);

/* ssa_loops.c */
struct loop_plan *ssa_new_plan(struct jit *jit, const struct jit_trace *trace);
bool ssa_begins_loop(const struct loop_plan *plan);
bool ssa_plan_again(struct loop_plan *plan, bool failed);
void ssa_begin_loop(struct builder *b);
void ssa_end_loop(struct builder *b);

/* ssa_items.c */
bool ssa_was_indexed(struct builder *b, PyTypeObject *type);
jref ssa_checked_index(struct builder *b, PyTypeObject *type);
bool ssa_load_item(struct builder *b, PyTypeObject *type, int op);
bool ssa_binary_slice(struct builder *b);
bool ssa_binary_subscr(struct builder *b);
bool ssa_store_subscr(struct builder *b);
void ssa_set_float(struct builder *b, jref old, jref box);
bool ssa_store_item(struct builder *b);
bool ssa_guard_range_left(struct builder *b);
bool ssa_unpack(struct builder *b, PyTypeObject *type);
bool ssa_next_of_range(struct builder *b);
bool ssa_next_of_enumerate(struct builder *b);

/* ssa_floats.c */
jref ssa_float_value(struct builder *b, int n);
bool ssa_was_number(struct builder *b, int n);
bool ssa_float_operation(struct builder *b, int op);
bool ssa_compare_float(struct builder *b);
bool ssa_binary_op(struct builder *b);
bool ssa_unary_negative(struct builder *b);

/* ssa_conditions.c */
jref ssa_unbox_int(struct builder *b, jref v, int digits);
void ssa_compare_values(struct builder *b, jref left, jref right);
jref ssa_truth_of_int(struct builder *b, jref v);
void ssa_replace_by_truth(struct builder *b, jref bit);
void ssa_compare_int(struct builder *b);
void ssa_is_op(struct builder *b);
void ssa_unary_not(struct builder *b);
void ssa_guard_truth(struct builder *b, bool wanted);
void ssa_guard_none(struct builder *b, bool wanted);

#endif  // _Py_TIER2

#endif  /* !Py_JIT_SSA_H */
