/* The JIT's own header: the data that its stages hand to one another.
 *
 *     record.c     bytecodes, as they run           -> struct jit_record
 *     translate.c  a record                         -> struct jit_trace (micro-ops)
 *     ssa*.c       micro-ops                        -> SSA instructions, optimized (ir.h)
 *     ir*.c        these as text, from text, and whether they are well formed
 *     lower.c      SSA instructions                 -> stencils in order (lower.h)
 *     check_*.c    whether these do what the instructions say;  misallocate.c  whether that would be seen
 *     emit.c       stencils                         -> machine code
 *     executor.c   machine code and exits           -> a _PyExecutorObject
 *     run.c        enters executors, follows exits
 *     indirect.c   goes on where a return, a yield or a generator leads to
 *     deps.c       what executors assume, and who breaks it
 *     memory.c     executable memory;  pages.c  what the system gives of it
 *     unwind.c     how unwinders and debuggers get through it
 *     config.c     options;  stats.c  statistics;  sysjit.c  sys._jit
 *     stress.c     deliberate failures, for tests
 */
#ifndef Py_JIT_H
#define Py_JIT_H

#include "Python.h"
#include <time.h>
#include "pycore_code.h"
#include "pycore_frame.h"
#include "pycore_hashtable.h"
#include "pycore_interp.h"
#include "pycore_optimizer.h"
#include "pycore_jit_uops.h"

#ifdef _Py_TIER2

/* ---- options ------------------------------------------------------- */

#define JIT_MAX_LOOP_COUNT 4095     // what a loop's inline counter holds

/* What the optimizer does (ssa*.c), each of which PYTHON_JIT_OPTIMIZE can leave out: name, what. */
#define JIT_OPTIMIZATIONS(X) \
    X(GUARDS,     "guards")         /* what is known of a type is not checked again */ \
    X(BORROWING,  "borrowing")      /* operands have no references of their own if they can do without */ \
    X(GLOBALS,    "globals")        /* globals, builtins and attributes of modules are constants */ \
    X(ATTRIBUTES, "attributes")     /* fields of objects are loaded by primitives */ \
    X(LOADS,      "loads")          /* what was loaded or checked is not again, until it may have changed */ \
    X(BUILTINS,   "builtins")       /* calls of what is known not to be Python are direct, or folded */ \
    X(FRAMES,     "frames")         /* calls of Python functions and returns are one micro-op */ \
    X(CONDITIONS, "conditions")     /* comparisons and truth are bits, not objects */ \
    X(RULES,      "rules")          /* JIT_RULES */ \
    X(UNSET,      "unset")          /* variables of new frames are known to be NULL */ \
    X(UNPACKING,  "unpacking")      /* unpacking is loads, or one micro-op with its stores */ \
    X(SHARED,     "shared")         /* the release of what something else holds frees nothing */ \
    X(FLOATS,     "floats")         /* floats are numbers in registers, and objects only where they must be */ \
    X(INTS,       "ints")           /* so are ints, of up to 64 bits */ \
    X(ITEMS,      "items")          /* items of lists and tuples are loaded and stored by primitives, and ranges counted */ \
    X(LOOPS,      "loops")          /* what a loop keeps as it is, is checked before it; numbers go round in registers */ \
    X(CHARACTERS, "characters")     /* characters of strings are numbers */ \
    X(PAIRS,      "pairs")          /* what a for loop takes apart at once is not made a tuple */

enum jit_optimization {
#define X(NAME, TEXT) JIT_OPTIMIZE_##NAME,
    JIT_OPTIMIZATIONS(X)
#undef X
    JIT_OPTIMIZE_COUNT
};

struct jit_config {
    uint16_t jump_backward;         // loop iterations before a trace
    uint16_t jump_backward_backoff; // log2 of the first retry interval
    uint16_t resume;                // calls before a trace
    uint16_t resume_backoff;
    uint16_t side_exit;             // exits before a side trace
    uint16_t side_exit_backoff;
    uint32_t rate;                  // PYTHON_JIT_RATE: times a second, see jit_pays()
    // PYTHON_JIT_STRESS, see stress.c; 0: not so
    uint8_t hot;                    // everything is compiled at once
    uint8_t escapes;                // what may free anything may do anything
    uint32_t guards;                // each K-th guard fails
    uint32_t evict;                 // one in K chances to invalidate is taken
    uint32_t fail_alloc;            // each K-th allocation fails
    uint32_t refuse_executable;     // from this request on, memory does not become executable
    uint32_t misallocate;           // each K-th way to allocate registers wrongly is tried, see misallocate.c
    uint8_t stats;                  // PYTHON_JIT_STATS: 1 count, 2 and print
    uint32_t optimize;              // PYTHON_JIT_OPTIMIZE: bits by enum jit_optimization; 0: nothing at all
    uint8_t verify;                 // PYTHON_JIT_VERIFY: check traces
    uint32_t traces;                // PYTHON_JIT_TRACES: no more than so many, to find the one that is wrong
    size_t max_memory;              // bytes, PYTHON_JIT_MAXMEM
    const char *dump;               // PYTHON_JIT_DUMP: stages, or NULL
};

/* Reads the environment (unless -E); returns whether the JIT starts enabled. */
bool jit_config_read(struct jit_config *config);

/* ---- memory of the ordinary heap ----------------------------------- */

/* stress.c: shall this allocation fail? */
bool jit_allocation_fails(void);

static inline void *
jit_malloc(size_t size)
{
    return jit_allocation_fails() ? NULL : PyMem_RawMalloc(size);
}

static inline void *
jit_calloc(size_t count, size_t size)
{
    return jit_allocation_fails() ? NULL : PyMem_RawCalloc(count, size);
}

static inline void *
jit_realloc(void *block, size_t size)
{
    return jit_allocation_fails() ? NULL : PyMem_RawRealloc(block, size);
}

static inline void
jit_free(void *block)
{
    PyMem_RawFree(block);
}

/* Makes room for `needed` items of `size` bytes, by doubling; false: there is none. */
static inline bool
jit_grow(void **items, int *capacity, int needed, size_t size)
{
    if (needed <= *capacity) {
        return true;
    }
    int wanted = Py_MAX(*capacity * 2, needed + 256);
    void *new = jit_realloc(*items, (size_t)wanted * size);
    if (new != NULL) {
        *items = new;
        *capacity = wanted;
    }
    return new != NULL;
}

/* ---- statistics ---------------------------------------------------- */

/* Why a trace was not made; counted, printed by name. */
#define JIT_ABORT_REASONS(X) \
    X(NONE, "") \
    X(UNSUPPORTED, "record: an instruction that cannot be recorded") \
    X(LIMIT, "record: PYTHON_JIT_TRACES reached") \
    X(TOO_SHORT, "record: too few instructions") \
    X(INSTRUMENTED, "record: instrumented code or another eval_frame") \
    X(ERROR, "record: an exception was raised") \
    X(NESTED, "record: a loop that a recorded call runs got hot") \
    X(GLOBALS, "record: too many modules") \
    X(STUCK, "translate: the first instruction cannot be compiled") \
    X(BAD_STACK, "translate: the stack's depth is not as recorded") \
    X(BAD_EXIT, "translate: a guard after a change of the stack") \
    X(UOPS_FULL, "translate: too many micro-ops") \
    X(EXITS_FULL, "translate: too many exits") \
    X(NO_MEMORY, "out of memory") \
    X(INVALID, "verify: the trace is not well formed") \
    X(NO_REGISTER, "lower: a value has no place") \
    X(CODE_FULL, "emit: JIT memory is full") \
    X(OUT_OF_RANGE, "emit: a value does not fit its hole") \
    X(EXECUTORS_FULL, "install: 256 executors in one code object") \
    X(CHANGED, "install: the code changed meanwhile")

enum jit_abort {
#define X(NAME, TEXT) JIT_ABORT_##NAME,
    JIT_ABORT_REASONS(X)
#undef X
    JIT_ABORT_COUNT
};

/* Local rewrites (ssa_fold.c): name, equation. */
#define JIT_RULES(X) \
    X(NOT_CONSTANT,      "NOT(0) = 1, NOT(1) = 0") \
    X(NOT_NOT,           "NOT(NOT(p)) = p") \
    X(BOOL_CONSTANT,     "BOOL(0) = False, BOOL(1) = True") \
    X(SAME_ITSELF,       "SAME(a, a) = 1") \
    X(SAME_CONSTANTS,    "SAME(k, m) = k == m") \
    X(SAME_TYPES_DIFFER, "SAME(a, b) = 0, if type(a) != type(b)") \
    X(COMPARE_CONSTANTS, "CMP(k, m) = k CMP m") \
    X(COMPARE_ITSELF,    "CMP(a, a) = 0 CMP 0") \
    X(GUARD_NOT,         "GUARD_TRUE(NOT(p)) = GUARD_FALSE(p), GUARD_FALSE(NOT(p)) = GUARD_TRUE(p)") \
    X(GUARD_COMPARE,     "GUARD_TRUE(CMP(a, b)) = GUARD_CMP(a, b), GUARD_FALSE(CMP(a, b)) = GUARD_INVERSE(a, b)") \
    X(GUARD_SAME,        "GUARD_TRUE(SAME(a, b)) = GUARD_SAME(a, b), GUARD_FALSE(SAME(a, b)) = GUARD_NOT_SAME(a, b)")

enum jit_rule {
#define X(NAME, EQUATION) JIT_RULE_##NAME,
    JIT_RULES(X)
#undef X
    JIT_RULE_COUNT
};

/* The stages of the pipeline (compile.c). */
#define JIT_STAGES(X) X(TRANSLATE, "translate") X(BUILD, "build") X(LOWER, "lower") X(EMIT, "emit") X(PUBLISH, "publish")

enum jit_stage {
#define X(NAME, TEXT) JIT_STAGE_##NAME,
    JIT_STAGES(X)
#undef X
    JIT_STAGE_COUNT
};

#define JIT_TIME_STEP_NS 5000       // the resolution of the median time to compile
#define JIT_TIME_STEPS 256

struct jit_stats {
    uint64_t traces;                // executors made
    uint64_t bridges;               // of these, side traces
    uint64_t entries;               // from tier 1
    uint64_t exits;                 // back to tier 1
    uint64_t invalidated;
    uint64_t freed;
    uint64_t evicted;               // of the invalidated, to make room
    uint64_t trace_bytecodes;       // executed inside traces (stats on)
    uint64_t tier1_bytecodes;       // executed by the interpreter (stats on)
    uint64_t recorded_bytecodes;
    uint64_t compile_ns;
    uint64_t record_ns;
    uint64_t stage_ns[JIT_STAGE_COUNT];
    uint32_t times[JIT_TIME_STEPS]; // traces, by the time it took to compile them; the last: or longer
    uint64_t uops;                  // micro-ops emitted
    uint64_t aborts[JIT_ABORT_COUNT];
    uint64_t rules[JIT_RULE_COUNT]; // how often each rewrite applied
    const char *no_memory_reason;   // executable memory was refused, or NULL
};

#define JUMP_CACHES 1               // code units of cache of a JUMP_BACKWARD

/* ---- record -------------------------------------------------------- */

#define JIT_MAX_RECORD 1200         // bytecodes
#define JIT_MAX_FRAMES 16           // inlined frames below the root
#define JIT_MAX_CACHE 10            // code units of the longest inline cache
#define JIT_MAX_GLOBALS 8           // different globals() in a trace
#define JIT_MAX_RETURNS 4           // returns out of the root
#define JIT_MEMORY_STEP (32 * 1024) // bytes of code; each adds the initial thresholds once more
#define JIT_MEMORY_CACHED (256 * 1024)  // bytes of code that the processor's caches hold beside all else

/* One executed instruction. */
struct jit_record_entry {
    _Py_CODEUNIT *instr;            // its first code unit, EXTENDED_ARGs included
    _Py_CODEUNIT *op_instr;         // the opcode itself
    PyCodeObject *code;
    PyObject *func;                 // the frame's function, an identity
    uint32_t func_version;          // its version then; 0: none, or no function
    PyObject *globals, *builtins;   // of the frame; the recorder owns the globals
    struct _PyInterpreterFrame *frame;  // an identity, never followed
    PyTypeObject *callable;         // type of what a call calls, or NULL
    PyTypeObject *top[3];           // types of the stack's top items, [0] topmost (or NULL)
    char typecode;                  // of the array.array that it indexes, or 0
    uint8_t digits[3];              // how many they have, those that are ints of one or two
    bool ascii[3];                  // they are str of ASCII characters, or the numbers of such
    bool negative;                  // the topmost is such an int, and less than 0
    struct jit_lost {
        PyTypeObject *type;         // if its release runs no finalizer; or NULL
        int16_t local;              // in which local, if it was in one
        bool unshared;              // nothing else referred to it
        bool shared;                // something else did, and its release might run a finalizer
    } lost[2];                      // what it overwrites
    _Py_CODEUNIT cache[JIT_MAX_CACHE];  // its inline cache, as it was then
    uint32_t oparg;
    int16_t stack;                  // operand stack depth before it
    int16_t depth;                  // frames pushed above the root's, may be negative
    uint8_t opcode;                 // as executed: specialized, or generic if it missed
    bool missed;                    // a specialization of it did not hold
    bool gives_pair;                // the topmost is an enumerate() of a list or tuple
};

enum jit_record_end {
    JIT_END_NONE,
    JIT_END_LOOP,                   // back at the start
    JIT_END_LINK,                   // at another executor
    JIT_END_INDIRECT,               // with an instruction that goes on in any frame
    JIT_END_EXIT,                   // leaves to tier 1, until a side trace grows there
    JIT_END_TIER1,                  // leaves to tier 1 for good
};

struct jit_recorder {
    struct jit_record_entry *entries;   // JIT_MAX_RECORD + 1: one past the end
    int count;
    enum jit_record_end end;
    bool is_loop;                   // the root starts at a JUMP_BACKWARD
    bool is_continuation;           // starts where indirect jumps lead
    bool pending_prefix;            // EXTENDED_ARG executed, its opcode not yet
    _Py_CODEUNIT *prefix;
    _Py_CODEUNIT *anchor;           // JUMP_BACKWARD or RESUME of a root; NULL in a bridge
    _Py_CODEUNIT *anchor_instr;     // the same, with its EXTENDED_ARGs
    _Py_CODEUNIT *start;            // the first instruction recorded
    PyCodeObject *anchor_code;
    struct jit_exit *exit;          // the hot exit of a bridge
    _PyExecutorObject *exit_owner;  // owned
    _PyExecutorObject *link;        // owned; for JIT_END_LINK
    struct _PyInterpreterFrame *root_frame; // the outermost frame seen so far
    struct _PyInterpreterFrame *last_frame;
    int depth;                      // of last_frame above root_frame
    int returns;                    // times that root_frame returned
    PyThreadState *tstate;          // who records,
    int c_recursion;                // and in which activation of the eval loop
    PyObject *globals[JIT_MAX_GLOBALS]; // owned
    int globals_count;
    PyObject **named;               // borrowed: what the entries name; the death
    int named_count, named_capacity;    // of one ends the recording (deps.c)
    enum jit_abort abort;
    int64_t began_ns;
};

/* ---- trace --------------------------------------------------------- */

#define JIT_MAX_UOPS 6000
#define JIT_MAX_EXITS 4000
#define JIT_NO_EXIT UINT16_MAX

/* A micro-op. `stack` is the operand stack's depth on entry, the items that
 * the back end caches in registers included. */
struct jit_uop {
    uint16_t op;
    uint16_t exit;                  // index of its exit, or JIT_NO_EXIT
    uint16_t frame;                 // index of its frame in jit_trace.frames
    int16_t stack;
    int16_t line;                   // index of its instruction in the record
    bool quiet;                     // what it releases runs no finalizer
    uint32_t oparg;
    uint64_t operand;
};

/* Where a guard leaves to. */
struct jit_exit_site {
    _Py_CODEUNIT *target;
    int16_t stack;                  // operand stack depth at the target
    uint8_t kind;
    uint8_t pops;                   // items that the failing op has consumed
    uint16_t frame;                 // index in jit_trace.frames
};

struct jit_frame {
    PyCodeObject *code;
    PyObject *globals, *builtins;
};

struct jit_trace {
    struct jit_recorder *rec;
    struct jit_uop *uops;
    int count;
    struct jit_exit_site *exits;
    int exit_count;
    struct jit_frame *frames;
    int frame_count;
    int bytecodes;                  // instructions translated
    PyCodeObject *code;             // where it starts
    void **deps;                    // keys in the dependency map
    int dep_count, dep_capacity;
    struct jir *ir;                 // owned; from build on
    struct jit_code *lowered;       // owned; from lower on (lower.h)
    struct jit_call *calls;         // owned; the executor's from emit on
    _PyExecutorObject *executor;    // owned; from emit on
};

struct jir;
void jir_free(struct jir *ir);

/* A call of a Python function in a trace, see frames.c. */
struct jit_call {
    struct jit_call *next;          // of the same trace
    PyFunctionObject *function;     // borrowed, see deps.c; NULL: it is checked
    PyCodeObject *code;             // likewise
    _Py_CODEUNIT *instr;            // that calls
    uint32_t version;               // the function's, where it is checked
    uint16_t return_offset;         // code units from there to where the caller goes on
    bool copies_closure;            // COPY_FREE_VARS is done too
    int first;                      // the caller's cell of the first argument, counted from its first local
    int arguments;                  // from there on
    int stacktop;                   // the caller's, while it waits
};

void jit_free_calls(struct jit_call *calls);

/* ---- exits and executors ------------------------------------------- */

/* How an exit puts one item of the operand stack in its cell. What is not
 * mentioned is there. */
struct jit_recover {
    int16_t cell;                   // counted from the frame's first local
    int16_t source;                 // a register's number, a cell, or a spill's number
    uint8_t kind;
    uint8_t makes;                  // enum jit_number: the object of the number that is there
    uint16_t new_reference;         // (no bool: there must be no padding, they are compared as bytes)
    uint64_t bits;
};

enum jit_recover_kind {
    JIT_FROM_REGISTER,
    JIT_FROM_CELL,
    JIT_FROM_CONSTANT,              // `bits`
    JIT_FROM_FLOAT_REGISTER,
    JIT_FROM_SPILL,
};

enum jit_number {
    JIT_NO_NUMBER,
    JIT_INT,
    JIT_FLOAT,
};

/* Places for what has none in a frame (_PyThreadStateImpl.jit_spills). */
#define JIT_SPILLS 24

enum jit_exit_kind {
    JIT_EXIT_SIDE,                  // may grow a side trace
    JIT_EXIT_TIER1,                 // always back to the interpreter
    JIT_EXIT_LINK,                  // to another root executor, for as long as it lives
    JIT_EXIT_INDIRECT,              // after an indirect jump to where no trace starts
    JIT_EXIT_ERROR,                 // with an exception set; `target` is the instruction that raised it
};

/* (Small: there are many, and most are never taken.) */
struct jit_exit {
    void *code;                     // first: the stub jumps through it
    _PyExecutorObject *linked;      // owned: where it leads, or NULL
    struct jit_exit *next_incoming; // other exits linked to the same executor
    _Py_CODEUNIT *target;
    uint32_t recover;               // index in the owner's recovers
    uint16_t recover_count;
    uint16_t index;                 // in the owner's exits
    int16_t stack;
    uint16_t counter;               // exits left until it is hot; 0: never
    uint8_t kind;
    uint8_t attempts;
    bool boxes;                     // makes objects: what it is linked to starts with the stack in memory
};

/* Borrowed: the executor that an exit belongs to. A pointer to it is in front of its exits. */
static inline _PyExecutorObject *
jit_exit_owner(const struct jit_exit *exit)
{
    return ((_PyExecutorObject **)(exit - exit->index))[-1];
}

/* A thread's run inside machine code: the executors that it can return to. Not on
 * the stack: a thread that ends in a function that a trace calls leaves it here. */
struct jit_activation {
    struct jit_activation *prev, *next; // prev is NULL in `no_activation` only
    PyThreadState *tstate;
    PyObject *saved;                // what tstate->previous_executor held
};

struct jit_arena;

/* How often recordings from a function's start have failed. */
struct jit_penalty {
    _Py_CODEUNIT *anchor;
    int failures;
};

#define JIT_PENALTIES 64

/* What became hot when there was much compiled code already, see jit_pays(). */
struct jit_candidate {
    void *key;
    clock_t since;                  // processor time
    unsigned times;                 // that it is reached from then on until it is hot again
};

#define JIT_CANDIDATES 256          // sets of them, which share a place
#define JIT_CANDIDATE_WAYS 4

#define JIT_KEY_BITS 32768          // a power of two

struct jit {
    struct _Py_jit head;
    PyInterpreterState *interp;
    struct jit_config config;
    struct jit_stats stats;
    struct jit_recorder recorder;
    struct jit_activation *activations; // the last one, or `no_activation`;
    struct jit_activation no_activation;    // what follows is spare
    _PyExecutorObject *executors;   // all living ones
    _PyExecutorObject *retired;     // dead, perhaps still running; a list by `next`
    struct _Py_hashtable_t *dependents; // key -> struct jit_dependents
    uint64_t depended_on[JIT_KEY_BITS / 64];    // a bit for each key that ever was in there, by its hash
    struct _Py_hashtable_t *changes;    // key -> how often it invalidated something
    int function_watcher;           // its id, or -1
    struct jit_arena *arenas;
    int64_t evicted_ns;             // when memory was full last
    size_t memory;                  // bytes of executable memory in use, or of micro-ops
    bool usable;                    // the system did not refuse executable memory
    bool unwinding;                 // other threads exit out of machine code
    void *leave;                    // machine code: puts a frame in order, then goes where its exit says
    void *exit_return;              // leaves to C with an exit
    void *dealloc, *dealloc_int, *dealloc_float;    // keep all registers
    void *new_float, *new_int;      // likewise
    void *incref, *decref;          // likewise, where references are counted and checked
    PyTypeObject *array_type;       // array.array, or NULL
    const PyMethodDef *math_methods;    // of the module math, or NULL
    PyObject **spare_items;         // of a list that died, for the next slice (slices.c); or NULL
    Py_ssize_t spare_count;         // for how many there is room
    void *error_return;             // leaves to C with an exception
    void *return_to_c;              // leaves with return_exit: where an indirect jump returns to C
    void *shim;
    uint32_t next_id;
    struct _Py_hashtable_t *left_at;    // where traces leave to tier 1 (stats.c)
    struct _Py_hashtable_t *continuations;  // first instruction -> executor, owned
    uint16_t target_counters[_PyJIT_TARGETS];  // indirect jumps left until one is hot
    struct jit_penalty penalties[JIT_PENALTIES];
    struct jit_candidate candidates[JIT_CANDIDATES][JIT_CANDIDATE_WAYS];
    struct jit_exit indirect_exit;  // what an indirect jump leaves by
    struct jit_exit return_exit;    // what one leaves by that returns to C
    _Py_CODEUNIT *count_prefix;     // EXTENDED_ARGs before the instruction to count
    uint32_t stress_seed;
    uint64_t stress_evictions;
    uint64_t stress_ways;           // to allocate registers wrongly, see misallocate.c
    uint64_t stress_misallocations; // that the checker has seen
};

static inline struct jit *
jit_get(PyInterpreterState *interp)
{
    return (struct jit *)interp->jit;
}

/* record.c */
int64_t jit_now_ns(void);
bool jit_record_start(PyThreadState *tstate, struct _PyInterpreterFrame *frame,
                      _Py_CODEUNIT *anchor, int prefixes,
                      _Py_CODEUNIT *start, struct jit_exit *exit);
void jit_record_clear(struct jit_recorder *rec);
bool jit_record_may_start(struct jit *jit, PyThreadState *tstate);

/* run.c */
uint16_t jit_threshold(struct jit *jit, uint16_t initial);
bool jit_pays(struct jit *jit, void *key, unsigned times);
bool jit_gives_pair(PyObject *iterator);        // as pairs.c does, now
bool jit_is_quiet(PyTypeObject *type);          // releasing an instance runs no code of the program
bool jit_is_sliced_quietly(PyTypeObject *type); // nor does a slice of one, with ints for bounds
bool jit_has_plain_class(PyTypeObject *type);   // no instance says that it is one of another
int jit_is_instance_of(PyTypeObject *type, PyTypeObject *class);   // 1: its instances are; 0: are not; -1: not known
void jit_function_failed(struct jit *jit, PyThreadState *tstate, _Py_CODEUNIT *anchor,
                         enum jit_abort abort);

/* compile.c: the pipeline, from a record to a published executor, or to
 * rec->abort. */
void jit_compile(struct jit *jit, struct jit_recorder *rec);
int jit_trace_size(const struct jit_trace *trace);

/* translate.c */
bool jit_can_translate(int opcode);
uint32_t jit_uop_flags(struct jit *jit, int op);    // jit_uop_info.flags, or worse under stress
bool jit_needs_ip(uint32_t flags);     // a micro-op with these
enum jit_abort jit_translate(struct jit *jit, struct jit_trace *trace);
enum jit_abort jit_build(struct jit *jit, struct jit_trace *trace);     // ssa.c
enum jit_abort jit_lower(struct jit *jit, struct jit_trace *trace);     // lower.c
enum jit_abort jit_stress(struct jit *jit, struct jit_trace *trace);    // where there is no machine code
int jit_trace_depends(struct jit_trace *trace, void *key);

/* emit.c */
enum jit_abort jit_emit(struct jit *jit, struct jit_trace *trace,
                        _PyExecutorObject *executor);
int jit_emit_prologue(struct jit *jit);

/* run.c */
int jit_activation_reserve(struct jit *jit);
void jit_activation_end(struct jit *jit, struct jit_activation *self);

/* interpret.c */
struct jit_exit *jit_interpret(_PyExecutorObject *executor,
                               struct _PyInterpreterFrame *frame,
                               PyThreadState *tstate);

/* indirect.c */
int jit_indirect_init(struct jit *jit);
void jit_indirect_fini(struct jit *jit);
_PyExecutorObject *jit_continuation_at(struct jit *jit, _Py_CODEUNIT *instr, int stacktop);
_PyExecutorObject *jit_indirect_target(struct jit *jit, struct _PyInterpreterFrame *frame);
int jit_continuation_add(struct jit *jit, _PyExecutorObject *executor);
void jit_continuation_remove(struct jit *jit, _PyExecutorObject *executor);
void jit_target_is_cold(struct jit *jit, _Py_CODEUNIT *instr);
bool jit_indirect_missed(struct jit *jit, PyThreadState *tstate, struct _PyInterpreterFrame *frame);

/* executor.c */
_PyExecutorObject *jit_executor_new(struct jit *jit, struct jit_trace *trace);
enum jit_abort jit_executor_install(struct jit *jit, _PyExecutorObject *executor,
                                    _Py_CODEUNIT *anchor, PyCodeObject *code);
bool jit_exits_new(struct jit *jit, _PyExecutorObject *owner, const struct jit_exit *exits, int count);
void jit_exit_link(struct jit_exit *exit, _PyExecutorObject *target);
void jit_exit_unlink(struct jit *jit, struct jit_exit *exit);
void jit_executor_invalidate(struct jit *jit, _PyExecutorObject *executor);
void jit_free_retired(struct jit *jit);
void jit_evict(struct jit *jit, size_t size);

/* deps.c */
_Py_hashtable_t *jit_table_new(void (*free_value)(void *));
int jit_depends_init(struct jit *jit);
void jit_depends_fini(struct jit *jit);
int jit_depends_add(struct jit *jit, _PyExecutorObject *executor);
void jit_depends_remove(struct jit *jit, _PyExecutorObject *executor);
void jit_invalidate_key(struct jit *jit, void *key);
void *jit_dict_key(PyObject *dict, PyObject *key);
bool jit_changes_often(struct jit *jit, PyObject *dict, PyObject *key);
int jit_watch_dict(struct jit *jit, PyObject *dict);

/* stress.c */
void jit_stress_init(struct jit_config *config);
bool jit_executable_refused(void);
void jit_stress_invalidate(struct jit *jit);
uint64_t jit_stress_count(struct jit *jit);

/* pages.c: what the system gives */
struct jit_pages {
    uint8_t *code;
    void *data;                     // zeros; never executable, in reach of the code
    bool by_thread;                 // all code changes at once, for one thread
};

size_t jit_page_size(void);
bool jit_pages_map(struct jit_pages *pages, uintptr_t where, size_t code, size_t data);
void jit_pages_unmap(struct jit_pages *pages, size_t code, size_t data);
int jit_pages_protect(struct jit_pages *pages, void *start, size_t size, bool executable, const char **reason);
void jit_pages_flush(void *start, size_t size);

/* memory.c: blocks of executable memory, near the interpreter's own code */
uint8_t *jit_memory_flag(struct jit *jit, void *block);
void *jit_memory_alloc(struct jit *jit, size_t size, const char **reason);
int jit_memory_write(struct jit *jit, void *block, const void *code, size_t size);
void jit_memory_shrink(struct jit *jit, void *block, size_t size);
void jit_memory_free(struct jit *jit, void *block);
void jit_memory_fini(struct jit *jit);

/* An arena: so many bytes of code, and room for a page to try things on and what memory.c knows. */
#define JIT_ARENA_SIZE 0x100000
#define JIT_ARENA_REST 0x20000

/* unwind.c, unwind_windows.c */
#define JIT_MAX_UNWIND_RULES 192     // ARM preserves 20 registers
#define JIT_UNWIND_ROOM 256         // bytes behind each arena's code, where Windows wants what it reads

/* For the shim and for all other code: DWARF call frame instructions, or what Windows has in their place. */
struct jit_unwind_rules {
    const uint8_t *shim, *trace;
    size_t shim_size, trace_size;   // bytes; 0: nothing can unwind here
    size_t shim_code_size;
    uint8_t return_column;
    uint8_t *arena;                 // memory of JIT_ARENA_SIZE + JIT_ARENA_REST that they hold for already, or NULL
};

extern const struct jit_unwind_rules jit_unwind_rules;  // emit.c
struct jit_unwind;
uint8_t *jit_unwind_take_arena(void);
bool jit_unwind_give_arena_back(uint8_t *base);
int jit_unwind_add(const uint8_t *base, size_t size, const uint8_t *shim,
                   void *room, struct jit_unwind **result);
void jit_unwind_remove(struct jit_unwind *unwind);
void jit_unwind_after_fork(void);

/* stats.c */
PyObject *jit_stats_dict(struct jit *jit);
void jit_stats_print(struct jit *jit, FILE *file);
void jit_stats_left_at(struct jit *jit, struct _PyInterpreterFrame *frame, struct jit_exit *exit);
void jit_stats_fini(struct jit *jit);

/* dump.c */
FILE *jit_dump_open(struct jit *jit);
void jit_dump_close(FILE *file);
void jit_dump_object(FILE *file, PyObject *o);
void jit_dump_name(FILE *file, const char *name);
bool jit_dump_has_oparg(int uop);
int jit_dump_word_count(int uop);
#define JIT_DUMP_EXIT_KINDS (JIT_EXIT_INDIRECT + 1)
extern const char *const jit_dump_exit_kinds[JIT_DUMP_EXIT_KINDS];
void jit_dump_site(FILE *file, struct jit_trace *trace, int site);
void jit_dump_operands(FILE *file, struct jit_trace *trace, int uop, int frame, int line, uint32_t oparg, uint64_t operand);
bool jit_dump_wants(struct jit *jit, const char *stage);
void jit_dump_trace(struct jit *jit, struct jit_trace *trace, const char *stage, int before, int64_t ns);
void jit_dump_ir(FILE *file, struct jit_trace *trace);
void jit_dump_abort(struct jit *jit, struct jit_recorder *rec);

#endif  // _Py_TIER2

#endif /* !Py_JIT_H */
