/* What the rest of CPython knows of the JIT (Python/jit/): its entries from
 * the interpreter loop, its hooks, and the head of an executor object.
 *
 * The header keeps the name that the base's own sources include. */
#ifndef Py_INTERNAL_OPTIMIZER_H
#define Py_INTERNAL_OPTIMIZER_H
#ifdef __cplusplus
extern "C" {
#endif

#ifndef Py_BUILD_CORE
#  error "this header requires Py_BUILD_CORE define"
#endif

#include <stdbool.h>

struct _PyInterpreterFrame;
struct jit_exit;
struct jit_recover;
struct jit_uop;

/* How an executor is tied to the bytecode: where ENTER_EXECUTOR stands and
 * which instruction it replaced. */
typedef struct {
    uint8_t opcode;         // the replaced instruction
    uint8_t oparg;
    uint8_t valid;          // cleared for good when an assumption breaks
    uint8_t is_root;        // entered from bytecode, not from a side exit
    int index;              // of ENTER_EXECUTOR in the code, in code units
    PyCodeObject *code;     // borrowed; NULL once detached
} _PyVMData;

/* A compiled trace. */
typedef struct _PyExecutorObject {
    PyObject_HEAD
    _PyVMData vm_data;
    void *entry;                    // machine code, or the first micro-op
    void *register_entry;           // of a continuation: for indirect jumps
    struct jit_exit *exits;         // exit_count items
    uint32_t exit_count;
    struct jit_recover *recovers;   // what the exits do, see there
    struct jit_call *calls;         // what its code calls, a list
    uint32_t id;                    // the trace's number, for dumps
    int bytecodes;                  // instructions in it
    struct jit_exit *parent_exit;   // the exits that lead here, a list
    _Py_CODEUNIT *start;            // its first instruction,
    int start_stacktop;             // and the frame's stacktop there
    uint8_t repeats;                // bridges in a row that start at this instruction
    bool is_continuation;           // indirect jumps find it by `start` (indirect.c)
    struct _PyExecutorObject *root; // of the tree that this trace is in; may be itself
    uint32_t side_traces;           // in the tree of this root
    bool published;                 // bytecode or an exit has led here
    uint8_t recently_used;          // set when it is entered, cleared by jit_evict()
    uint64_t runs;                  // entries from tier 1
    size_t code_size;               // bytes
    void *code_block;               // the arena's own record of the code
    uint8_t *valid_byte;            // what the code reads of vm_data.valid, near it
    struct jit_uop *uops;           // the trace itself (interpreter builds); code_size bytes
    void **dependencies;            // keys in the dependency map
    uint32_t dependency_count;
    struct _PyExecutorObject *prev; // list of all living executors
    struct _PyExecutorObject *next;
} _PyExecutorObject;

PyAPI_FUNC(_PyExecutorObject *) _Py_GetExecutor(PyCodeObject *code, int offset);

PyObject *_PyJIT_NewModule(void);       // sys._jit; new reference

#ifdef _Py_TIER2

extern PyTypeObject _PyExecutor_Type;

/* Where indirect jumps lead: a direct-mapped cache in front of the table of
 * continuations (Python/jit/indirect.c). */
struct _PyJIT_target {
    _Py_CODEUNIT *instr;            // the frame's next instruction
    void *entry;                    // code that continues there, the stack's top in a register
};

#define _PyJIT_TARGETS 2048         // at most; a power of two, as is how many are in use
#define _PyJIT_TARGET(JIT, INSTR) \
    ((struct _PyJIT_target *)((char *)(JIT)->targets + ((uintptr_t)(INSTR) * 8 & (JIT)->target_mask)))

/* Guards that are made to fail (PYTHON_JIT_STRESS=guards:K, Python/jit/stress.c). */
struct _PyJIT_stress_guards {
    uint32_t left;                  // that hold until the next one that fails
    uint32_t every;
    uint64_t failed;
};

/* What the interpreter loop and machine code read of the JIT's state; the
 * whole is `struct jit` in Python/jit/jit.h. */
struct _Py_jit {
    bool enabled;                   // counters may start recordings
    bool recording;                 // the recorder is in use
    bool wants_recording;           // set by _PyJIT_Run(): the exit was hot
    bool counting;                  // tier 1 runs in the recorder's loop, to count
    bool full;                      // there is no room for another activation: nothing is entered
    _Py_CODEUNIT *recorder_instr;   // where the recorder stopped, or a trace was left
    uint16_t function_counters[256];
    struct jit_exit *indirect_exit; // what an indirect jump leaves by
    uintptr_t target_mask;          // of offsets in `targets`
    struct _PyJIT_target targets[_PyJIT_TARGETS];
    struct _PyJIT_stress_guards stress_guards;
};

enum {
    JIT_RECORD_DONE,                // go on in tier 1
    JIT_RECORD_ERROR,               // at the label `error`
    JIT_RECORD_UNWIND,              // at the label `exception_unwind`
    JIT_RECORD_EXIT_UNWIND,         // at the label `exit_unwind`
};

/* For _PyEval_EvalFrameDefault() in the place of `throwflag`: a trace was left, go on in
 * tier 1, in tstate->current_frame and at _PyJIT_RECORDER_INSTR(), or NULL for an error. */
#define _PyJIT_LEFT 2

#define _PyJIT_WANTS_RECORDING(TSTATE) ((TSTATE)->interp->jit->wants_recording)
#define _PyJIT_RECORDER_INSTR(TSTATE) ((TSTATE)->interp->jit->recorder_instr)

#define _PyJIT_IS_FULL(TSTATE) ((TSTATE)->interp->jit->full)
#define _PyJIT_IS_RECORDING(TSTATE) ((TSTATE)->interp->jit->recording)
#define _PyJIT_IS_COUNTING(TSTATE) \
    ((TSTATE)->interp->jit != NULL && (TSTATE)->interp->jit->counting)

/* Does a function's RESUME count its calls? */
#define _PyJIT_COUNTS_CALLS(TSTATE, OPARG) \
    ((TSTATE)->interp->jit != NULL && \
     ((OPARG) & RESUME_OPARG_LOCATION_MASK) <= RESUME_AFTER_YIELD)

/* The hashed counter of a function (LuaJIT's lj_dispatch.h has the like):
 * RESUME has no inline cache to count in. */
#define _PyJIT_FUNCTION_COUNTER(TSTATE, INSTR) \
    ((TSTATE)->interp->jit->function_counters[ \
        (((uintptr_t)(INSTR) >> 4) ^ ((uintptr_t)(INSTR) >> 12)) & 255])

/* Counts it down; true when the function is hot. */
#define _PyJIT_FUNCTION_TICK(TSTATE, INSTR) \
    (--_PyJIT_FUNCTION_COUNTER(TSTATE, INSTR) == 0)

void _PyJIT_SpecializeJump(PyThreadState *tstate, _Py_CODEUNIT *instr);
bool _PyJIT_LoopIsHot(PyThreadState *tstate, struct _PyInterpreterFrame *frame,
                      _Py_CODEUNIT *instr, int oparg);
bool _PyJIT_FunctionIsHot(PyThreadState *tstate,
                          struct _PyInterpreterFrame *frame,
                          _Py_CODEUNIT *instr);

/* Runs machine code from the executor's start until it leaves the JIT.
 * Returns the next instruction for tier 1, or NULL with an exception set.
 * tstate->current_frame and its stack pointer are up to date then. */
_Py_CODEUNIT *_PyJIT_Run(PyThreadState *tstate,
                         struct _PyInterpreterFrame *frame,
                         _PyExecutorObject *executor);

/* Puts the frame in order that a trace leaves, from what is in its registers;
 * returns where to go on in machine code. */
void *_PyJIT_Leave(
    struct jit_exit *exit, struct _PyInterpreterFrame *frame, uintptr_t *registers, const double *floats);

/* After a trace's last instruction, which made another frame the current one:
 * the machine code that continues there, or else that of jit->indirect_exit,
 * with its target set. Called where the cache of targets does not know. */
void *_PyJIT_Indirect(PyThreadState *tstate, struct _PyInterpreterFrame *frame);

/* isinstance() of operands that the caller may only have borrowed: 1, 0, or -1 with an exception. */
int _PyJIT_IsInstance(PyObject *instance, PyObject *cls);

/* container[start:stop:step] (of a list, tuple, str or bytes with ints for bounds, or of anything), a new reference, or NULL with an exception; and container[start:stop] = value:
 * 0, or -1 with an exception. If the caller has the only reference to the value, that may be empty afterwards. */
PyObject *_PyJIT_GetBuiltinSlice(PyObject *container, PyObject *start, PyObject *stop, PyObject *step);
PyObject *_PyJIT_GetSlice(PyObject *container, PyObject *start, PyObject *stop, PyObject *step);
int _PyJIT_SetSlice(PyObject *container, PyObject *start, PyObject *stop, PyObject *value);

/* base ** exponent; a NaN where that raises an exception or is no float, and perhaps where it is rare. */
double _PyJIT_FloatPower(double base, double exponent);

/* The next index and item of an enumerate() of a list or tuple (Python/jit/pairs.c), new references: 1; 0, and nothing
 * has changed: it is not said whether there are any; or -1 with an exception. Without the index: or NULL, with an
 * exception or not. */
int _PyJIT_NextPair(PyObject *iterator, PyObject **two);
PyObject *_PyJIT_NextOfEnumerate(PyObject *iterator);

/* Calls and returns in traces (Python/jit/frames.c). Of a call, the frame of the function, which is now the
 * current one, or NULL, and then nothing has changed. */
struct jit_call;
struct _PyInterpreterFrame *_PyJIT_CallKnown(
    PyThreadState *tstate, struct _PyInterpreterFrame *frame, const struct jit_call *call);
struct _PyInterpreterFrame *_PyJIT_CallFunction(
    PyThreadState *tstate, struct _PyInterpreterFrame *frame, const struct jit_call *call);
struct _PyInterpreterFrame *_PyJIT_CallMethod(
    PyThreadState *tstate, struct _PyInterpreterFrame *frame, const struct jit_call *call);
PyObject *_PyJIT_ReturnGenerator(PyThreadState *tstate, struct _PyInterpreterFrame *frame);
struct _PyInterpreterFrame *_PyJIT_Return(
    PyThreadState *tstate, struct _PyInterpreterFrame *frame, _Py_CODEUNIT *instr);

/* Stores items, which it steals, to the frame's locals from `first` on, in this order, as the STORE_FASTs after the
 * UNPACK_SEQUENCE that the frame is at. */
#define JIT_MAX_UNPACKED 30
void _PyJIT_StoreItems(struct _PyInterpreterFrame *frame, int first, PyObject **items, int count);

/* Where traces may become invalid, with PYTHON_JIT_STRESS=evict:K. */
void _PyJIT_StressInvalidate(PyThreadState *tstate);

/* Is tier 1 to go on from `instr` in the recorder's loop, to be counted? */
bool _PyJIT_CountsFrom(PyThreadState *tstate, _Py_CODEUNIT *instr);

/* Before each instruction in the recorder; false: stop. */
bool _PyJIT_RecordStep(PyThreadState *tstate, struct _PyInterpreterFrame *frame,
                       _Py_CODEUNIT *next_instr, PyObject **stack_pointer,
                       uint8_t *opcode, int *oparg);
void _PyJIT_RecordMiss(PyThreadState *tstate, int opcode);
void _PyJIT_RecordStop(PyThreadState *tstate, _Py_CODEUNIT *next_instr);

/* array.array, once the module is there; traces work on items by the layout below. */
PyAPI_FUNC(void) _PyJIT_KnowArrays(PyTypeObject *type);

struct _PyJIT_Array {
    PyObject_VAR_HEAD
    char *items;
    Py_ssize_t allocated;
    const char *typecode;   // one character
};

/* What enumerate() gives. Its file checks that the layout is this one. */
struct _PyJIT_Enumerate {
    PyObject_HEAD
    Py_ssize_t index;
    PyObject *iterator;
    PyObject *result;
};

/* The functions of math, once the module is there; of some, traces know what they compute. */
PyAPI_FUNC(void) _PyJIT_KnowMath(const PyMethodDef *methods);

/* Life of the JIT of an interpreter. */
PyStatus _PyJIT_Init(PyInterpreterState *interp);
void _PyJIT_Stop(PyInterpreterState *interp);
void _PyJIT_Fini(PyInterpreterState *interp);
void _PyJIT_AfterFork(PyInterpreterState *interp);      // in the child
void _PyJIT_DropOtherThreads(PyInterpreterState *interp);
void _PyJIT_AllocationChanges(void);    // an allocator or a tracer is about to be replaced

/* Lets counters start recordings (1), or not (0), or asks (-1); executors are
 * invalidated by 0. Returns what was before. For tests. */
PyAPI_FUNC(int) _PyJIT_SetEnabled(int enabled);

/* Invalidation. */
void _Py_ExecutorDetach(_PyExecutorObject *executor);
PyAPI_FUNC(void) _Py_Executors_InvalidateDependency(
    PyInterpreterState *interp, void *obj, int is_invalidation);
PyAPI_FUNC(void) _Py_Executors_InvalidateAll(
    PyInterpreterState *interp, int is_invalidation);
void _PyJIT_DictChanged(PyInterpreterState *interp, PyObject *dict, PyObject *key);

#else
#  define _Py_Executors_InvalidateDependency(A, B, C) ((void)0)
#  define _Py_Executors_InvalidateAll(A, B) ((void)0)
#  define _PyJIT_AfterFork(INTERP) ((void)0)
#  define _PyJIT_DropOtherThreads(INTERP) ((void)0)
#  define _PyJIT_AllocationChanges() ((void)0)
#  define _PyJIT_KnowArrays(TYPE) ((void)0)
#  define _PyJIT_KnowMath(METHODS) ((void)0)
#  define _PyJIT_DictChanged(INTERP, DICT, KEY) ((void)0)
#endif

#ifdef __cplusplus
}
#endif
#endif /* !Py_INTERNAL_OPTIMIZER_H */
