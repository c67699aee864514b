/* record.c - the trace recorder.
 *
 * Takes:  one call for each instruction, before it runs, from the second
 *         instantiation of the interpreter loop (ceval.c, eval_record()).
 * Gives:  a struct jit_record_entry for each, then compiles (compile.c).
 *
 * Why this way: upstream's 3.13 projects a trace from the bytecode and guesses
 * at calls and branches; its successor swaps the interpreter's jump table,
 * which costs every handler a register. A cold second loop costs the first
 * one nothing, and sees the operands.
 *
 * An entry describes the state *before* its instruction; what the instruction
 * did (the branch it took, the frame it entered) is what the next entry says.
 * One entry past the last describes where the trace ends.
 *
 * A trace ends: back at its start (LOOP); at the start of another executor's
 * loop or longer function (LINK); at an instruction that it cannot contain, at
 * an inner loop that has no executor yet, at an exception, or when it is too
 * long (EXIT: the rest grows from that exit as a side trace, when it is hot);
 * or with an instruction that goes on in a frame of which the trace knows
 * nothing (INDIRECT, indirect.c).
 */
#include "jit.h"

#ifdef _Py_TIER2

#include "opcode.h"
#include "pycore_dict.h"
#include "pycore_genobject.h"
#include "pycore_long.h"
#include "pycore_object.h"
#include "pycore_opcode_metadata.h"
#include "pycore_pystate.h"
#include "pycore_range.h"
#include "pycore_runtime.h"
#include "pycore_time.h"

extern const struct _PyCode_DEF(8) _Py_InitCleanup;  // specialize.c

#define MAX_RECURSION 1             // of a function inside a trace
#define MAX_INLINED 16              // instructions, of a function that has a trace itself

int64_t
jit_now_ns(void)
{
    PyTime_t t;
    (void)PyTime_PerfCounterRaw(&t);
    return t;
}

/* Notes an object that entries refer to; -1 if out of memory. The recorder
 * owns nothing: programs may see when a class or function dies. */
static int
name_object(struct jit_recorder *rec, PyObject *object)
{
    if (rec->named_count > 0 && rec->named[rec->named_count - 1] == object) {
        return 0;
    }
    if (rec->named_count == rec->named_capacity) {
        int capacity = rec->named_capacity ? rec->named_capacity * 2 : 64;
        PyObject **more = jit_realloc(rec->named, (size_t)capacity * sizeof(*more));
        if (more == NULL) {
            rec->abort = JIT_ABORT_NO_MEMORY;
            return -1;
        }
        rec->named = more;
        rec->named_capacity = capacity;
    }
    rec->named[rec->named_count++] = object;
    return 0;
}

/* The frame that checks what __init__ returns has neither function nor
 * globals; its fields are not even initialized. */
static bool
has_function(struct _PyInterpreterFrame *frame)
{
    return frame->f_executable != (PyObject *)&_Py_InitCleanup;
}

static int
name_frame(struct jit_recorder *rec, struct _PyInterpreterFrame *frame)
{
    if (!has_function(frame)) {
        return 0;
    }
    for (int i = 0; i < rec->globals_count; i++) {
        if (rec->globals[i] == frame->f_globals) {
            return name_object(rec, frame->f_executable);
        }
    }
    if (rec->globals_count == JIT_MAX_GLOBALS) {
        rec->abort = JIT_ABORT_GLOBALS;
        return -1;
    }
    rec->globals[rec->globals_count++] = Py_NewRef(frame->f_globals);
    return name_object(rec, frame->f_executable);
}

/* Is this the thread and the interpreter loop that the recording is about? */
static bool
records_here(struct jit_recorder *rec, PyThreadState *tstate)
{
    return rec->tstate == tstate && rec->c_recursion == tstate->c_recursion_remaining;
}

void
jit_record_clear(struct jit_recorder *rec)
{
    rec->named_count = 0;
    while (rec->globals_count > 0) {
        Py_DECREF(rec->globals[--rec->globals_count]);
    }
    Py_CLEAR(rec->exit_owner);
    Py_CLEAR(rec->link);
    rec->tstate = NULL;
}

/* May a recording start now? One that waits for a C call makes room: the call
 * may be an event loop that never returns. Its own loop finds out later.
 * (What dies with it may run any code before this returns.) */
bool
jit_record_may_start(struct jit *jit, PyThreadState *tstate)
{
    struct jit_recorder *rec = &jit->recorder;
    if (!jit->head.enabled) {
        return false;
    }
    if (jit->head.recording && !records_here(rec, tstate)) {
        jit->stats.aborts[JIT_ABORT_NESTED]++;
        jit->head.recording = false;
        jit_record_clear(rec);
    }
    return !jit->head.recording;
}

/* Readies the recorder: for a root (`anchor`, after `prefixes` EXTENDED_ARGs;
 * NULL exit), or for a bridge from `exit`. False: not now. */
bool
jit_record_start(PyThreadState *tstate, struct _PyInterpreterFrame *frame,
                 _Py_CODEUNIT *anchor, int prefixes,
                 _Py_CODEUNIT *start, struct jit_exit *exit)
{
    struct jit *jit = jit_get(tstate->interp);
    struct jit_recorder *rec = &jit->recorder;
    // Stencils do not tell reference tracers, nor is the frame's instr_ptr,
    // which tracemalloc reads, right wherever they allocate.
    if (tstate->interp->eval_frame != NULL || tstate->tracing ||
        _PyRuntime.ref_tracer.tracer_func != NULL || _PyRuntime.tracemalloc.config.tracing)
    {
        return false;
    }
    PyCodeObject *code = _PyFrame_GetCode(frame);
    rec->abort = JIT_ABORT_NONE;
    assert(rec->named_count == 0 && rec->globals_count == 0);
    if (name_frame(rec, frame) < 0) {
        jit_record_clear(rec);
        return false;
    }
    rec->count = 0;
    rec->end = JIT_END_NONE;
    rec->is_loop = anchor != NULL && anchor != start;
    rec->is_continuation = false;
    rec->pending_prefix = false;
    rec->anchor = anchor;
    rec->anchor_instr = anchor == NULL ? NULL : anchor - prefixes;
    rec->anchor_code = code;
    rec->start = start;
    rec->exit = exit;
    rec->exit_owner = exit == NULL ? NULL : (_PyExecutorObject *)Py_NewRef(jit_exit_owner(exit));
    rec->last_frame = frame;
    rec->root_frame = frame;
    rec->depth = rec->returns = 0;
    rec->tstate = tstate;
    rec->c_recursion = tstate->c_recursion_remaining;
    rec->began_ns = jit_now_ns();
    jit->head.recording = true;
    return true;
}

/* No trace: what the recording began with is left alone for a while. */
static void
failed(struct jit *jit, struct jit_recorder *rec)
{
    if (rec->is_continuation) {
        jit_target_is_cold(jit, rec->start);
    }
    // (What is named in CHANGED may be gone.)
    if (rec->abort != JIT_ABORT_CHANGED && rec->anchor != NULL && !rec->is_loop) {
        jit_function_failed(jit, rec->tstate, rec->anchor, rec->abort);
    }
    if (jit_dump_wants(jit, "abort")) {
        jit_dump_abort(jit, rec);
    }
}

/* Compiles what was recorded and publishes it, or counts why not. */
static void
finish(struct jit *jit)
{
    struct jit_recorder *rec = &jit->recorder;
    PyObject *exc = PyErr_GetRaisedException();
    int64_t compile_start = jit_now_ns();
    jit->stats.record_ns += (uint64_t)(compile_start - rec->began_ns);
    jit->stats.recorded_bytecodes += (uint64_t)rec->count;
    if (rec->abort == JIT_ABORT_NONE) {
        jit_compile(jit, rec);
    }
    if (rec->abort != JIT_ABORT_NONE) {
        failed(jit, rec);
    }
    jit->stats.aborts[rec->abort]++;
    uint64_t took = (uint64_t)(jit_now_ns() - compile_start);
    jit->stats.compile_ns += took;
    if (rec->abort == JIT_ABORT_NONE) {
        jit->stats.times[Py_MIN(took / JIT_TIME_STEP_NS, JIT_TIME_STEPS - 1)]++;
    }
    jit_record_clear(rec);
    jit->head.recording = false;
    PyErr_SetRaisedException(exc);
}

static bool
stop(struct jit *jit, _Py_CODEUNIT *instr, enum jit_record_end end,
     enum jit_abort abort)
{
    struct jit_recorder *rec = &jit->recorder;
    rec->end = end;
    if (rec->abort == JIT_ABORT_NONE) {
        rec->abort = abort;
    }
    finish(jit);
    jit->head.recorder_instr = instr;
    return false;
}

/* How many frames of `code` the trace is in. */
static int
activations_of(struct jit_recorder *rec, struct _PyInterpreterFrame *frame,
               PyCodeObject *code)
{
    int n = 0;
    for (int i = 0; i <= rec->depth; i++, frame = frame->previous) {
        n += _PyFrame_GetCode(frame) == code;
    }
    return n;
}

/* Follows calls and returns; -1 if the trace cannot. */
static int
follow_frame(struct jit_recorder *rec, struct _PyInterpreterFrame *frame)
{
    if (frame == rec->last_frame) {
        return 0;
    }
    if (frame->previous == rec->last_frame) {
        rec->depth++;
    }
    else if (frame->previous->previous == rec->last_frame) {
        // __init__, above the frame that checks what it returns.
        rec->depth += 2;
        if (name_object(rec, frame->previous->f_executable) < 0) {
            return -1;
        }
    }
    else {
        if (--rec->depth < 0) {
            rec->depth = 0;
            rec->returns++;
            rec->root_frame = frame;
        }
    }
    rec->last_frame = frame;
    return name_frame(rec, frame);
}

/* Has the trace been here before, in this frame? */
static bool
seen(struct jit_recorder *rec, _Py_CODEUNIT *op_instr, struct _PyInterpreterFrame *frame)
{
    for (int i = rec->count - 1; i >= 0; i--) {
        if (rec->entries[i].op_instr == op_instr && rec->entries[i].frame == frame) {
            return true;
        }
    }
    return false;
}

/* Does the trace end with this instruction, by an indirect jump?
 *
 * Returns: the trace follows the first ones out of its outermost frame, but
 * not where a guess of the caller has failed, nor to C.
 * Generators: it follows one that is started, or that a `for` resumes, and back
 * by its yield. It does not follow `yield from` and `await` into one that is
 * suspended, nor a yield out of its own outermost frame: who is there changes
 * from time to time. */
static bool
jumps_indirectly(struct jit_recorder *rec, struct _PyInterpreterFrame *frame,
                 PyObject **stack_pointer, int opcode)
{
    bool guess_failed = rec->exit != NULL && rec->count == 0;
    switch (opcode) {
        case RETURN_VALUE:
        case RETURN_CONST:
            return rec->depth == 0 && (guess_failed || rec->returns == JIT_MAX_RETURNS ||
                                       frame->previous->owner == FRAME_OWNED_BY_CSTACK);
        case YIELD_VALUE:
            return rec->depth == 0;
        case FOR_ITER_GEN:
            return guess_failed;
        case SEND_GEN: {
            PyObject *receiver = stack_pointer[-2];
            return guess_failed || !(PyGen_CheckExact(receiver) || PyCoro_CheckExact(receiver)) ||
                   ((PyGenObject *)receiver)->gi_frame_state != FRAME_CREATED;
        }
        default:
            return false;
    }
}

/* A jump backward, or an executor's start. True: the trace ends here. */
static bool
ends_here(struct jit *jit, struct _PyInterpreterFrame *frame,
          _Py_CODEUNIT *next_instr, uint8_t *opcode, int *oparg)
{
    struct jit_recorder *rec = &jit->recorder;
    _PyExecutorObject *executor = NULL;
    PyCodeObject *code = _PyFrame_GetCode(frame);
    if (*opcode == ENTER_EXECUTOR) {
        executor = code->co_executors->executors[*oparg & 255];
        *opcode = executor->vm_data.opcode;
        *oparg = (*oparg & ~255) | executor->vm_data.oparg;
    }
    if (_PyOpcode_Deopt[*opcode] == JUMP_BACKWARD) {
        _Py_CODEUNIT *top = next_instr + 1 + JUMP_CACHES - *oparg;
        if (rec->is_loop && top == rec->start && rec->depth == 0 && rec->returns == 0) {
            rec->end = JIT_END_LOOP;
        }
        else if (rec->depth > 0 && (code->co_flags & CO_GENERATOR) &&
                 !seen(rec, next_instr, frame))
        {
            // The body of a generator that the trace resumed: on to its yield.
            return false;
        }
        else if (executor != NULL) {
            rec->end = JIT_END_LINK;
            rec->link = (_PyExecutorObject *)Py_NewRef(executor);
        }
        else {
            rec->end = JIT_END_EXIT;
        }
        return true;
    }
    if (_PyOpcode_Deopt[*opcode] == RESUME && rec->count > 0) {
        if (rec->anchor == next_instr) {
            rec->end = JIT_END_LOOP;    // recursion: from the start, in a new frame
            return true;
        }
        // Copies of long functions would drive each other out of the caches.
        if (executor != NULL && (executor->bytecodes > MAX_INLINED ||
                                 activations_of(rec, frame, code) > MAX_RECURSION)) {
            rec->end = JIT_END_LINK;
            rec->link = (_PyExecutorObject *)Py_NewRef(executor);
            return true;
        }
    }
    return false;
}

/* The inline cache may change before the trace is compiled. */
static void
note_cache(struct jit_record_entry *e)
{
    int caches = _PyOpcode_Caches[_PyOpcode_Deopt[e->opcode]];
    assert(caches <= JIT_MAX_CACHE);
    memcpy(e->cache, e->op_instr + 1, (size_t)caches * sizeof(_Py_CODEUNIT));
}

static bool
is_left_to_tier1(int opcode)
{
    return opcode == ENTER_EXECUTOR || opcode == INTERPRETER_EXIT ||
           opcode >= MIN_INSTRUMENTED_OPCODE;
}

/* A step of the recorder's loop while nothing is recorded: only counts. */
static bool
count(struct jit *jit, _Py_CODEUNIT *next_instr, int opcode)
{
    if (jit->count_prefix == NULL) {
        jit->count_prefix = next_instr;
    }
    if (opcode == EXTENDED_ARG && jit->head.counting) {
        return true;
    }
    jit->head.recorder_instr = jit->count_prefix;
    jit->count_prefix = NULL;
    if (!jit->head.counting || is_left_to_tier1(opcode)) {
        return false;
    }
    jit->stats.tier1_bytecodes++;
    return true;
}

bool
_PyJIT_CountsFrom(PyThreadState *tstate, _Py_CODEUNIT *instr)
{
    while (instr->op.code == EXTENDED_ARG) {
        instr++;
    }
    return _PyJIT_IS_COUNTING(tstate) && !is_left_to_tier1(instr->op.code);
}

/* Of an int of no more than two; else 0. */
static uint8_t
digits_of(PyObject *o)
{
    if (o == NULL || !PyLong_CheckExact(o)) {
        return 0;
    }
    Py_ssize_t n = _PyLong_DigitCount((PyLongObject *)o);
    return (uint8_t)(n <= 1 ? 1 : n == 2 ? 2 : 0);
}

/* Is it a str of ASCII characters, or the number of one? */
static bool
is_ascii(PyObject *o)
{
    if (o != NULL && PyUnicode_CheckExact(o)) {
        return PyUnicode_IS_ASCII(o);
    }
    return digits_of(o) == 1 && (size_t)_PyLong_CompactValue((PyLongObject *)o) < 128;
}

/* Of what it overwrites: the type, if it is one whose release runs no finalizer; or whether it is shared. */
static struct jit_lost
lost(PyObject *o, int local)
{
    PyTypeObject *type = o == NULL ? NULL : Py_TYPE(o);
    bool is_quiet = type != NULL && jit_is_quiet(type), is_shared = o != NULL && Py_REFCNT(o) != 1;
    return (struct jit_lost){
        .type = is_quiet ? type : NULL,
        .local = (int16_t)local,
        .unshared = o != NULL && !is_shared,
        .shared = is_shared && !is_quiet,
    };
}

/* Of a STORE_SUBSCR. */
static struct jit_lost
item_lost(PyObject *list, PyObject *index)
{
    if (list == NULL || !PyList_CheckExact(list) || digits_of(index) != 1) {
        return lost(NULL, 0);
    }
    Py_ssize_t i = _PyLong_CompactValue((PyLongObject *)index);
    i += i < 0 ? PyList_GET_SIZE(list) : 0;
    return lost(i >= 0 && i < PyList_GET_SIZE(list) ? PyList_GET_ITEM(list, i) : NULL, 0);
}

/* Of an array.array; of other objects 0. */
static char
typecode_of(PyObject *o)
{
    struct jit *jit = jit_get(_PyInterpreterState_GET());
    bool is_array = o != NULL && Py_IS_TYPE(o, jit->array_type);
    return is_array ? *((struct _PyJIT_Array *)o)->typecode : 0;
}

/* Of a STORE_ATTR to a slot or an inline value, if the object has the layout that the instruction expects. */
static struct jit_lost
field_lost(struct jit_record_entry *e, PyObject *owner)
{
    uint32_t version = e->cache[1].cache | (uint32_t)e->cache[2].cache << 16;
    PyTypeObject *type = Py_TYPE(owner);
    if (type->tp_version_tag != version) {
        return lost(NULL, 0);
    }
    if (e->opcode == STORE_ATTR_SLOT) {
        return lost(*(PyObject **)((char *)owner + e->cache[3].cache), 0);
    }
    if (e->opcode != STORE_ATTR_INSTANCE_VALUE || !_PyType_HasFeature(type, Py_TPFLAGS_INLINE_VALUES) ||
        !_PyObject_InlineValues(owner)->valid)
    {
        return lost(NULL, 0);
    }
    return lost(_PyObject_InlineValues(owner)->values[e->cache[3].cache], 0);
}

/* Of a FOR_ITER: has the number that comes next, of a range or an enumerate(), one digit? */
static void
note_iterator(struct jit_record_entry *e, PyObject *iterator)
{
    e->gives_pair = jit_gives_pair(iterator);
    if (Py_IS_TYPE(iterator, &PyRangeIter_Type)) {
        long start = ((_PyRangeIterObject *)iterator)->start;
        e->digits[0] = start >= -(long)PyLong_MASK && start <= (long)PyLong_MASK;
    }
    if (Py_IS_TYPE(iterator, &PyEnum_Type)) {
        Py_ssize_t index = ((struct _PyJIT_Enumerate *)iterator)->index;
        e->digits[0] = index >= -(Py_ssize_t)PyLong_MASK && index <= (Py_ssize_t)PyLong_MASK;
    }
}

/* Types of what the instruction works on. */
static void
note_operands(struct jit_recorder *rec, struct jit_record_entry *e, struct _PyInterpreterFrame *frame,
              PyObject **stack_pointer, int opcode, int oparg)
{
    memset(e->lost, 0, sizeof(e->lost));
    e->typecode = 0;
    switch (opcode) {
        case STORE_FAST:
            e->lost[0] = lost(frame->localsplus[oparg], oparg);
            break;
        case STORE_FAST_LOAD_FAST:
            e->lost[0] = lost(frame->localsplus[oparg >> 4], oparg >> 4);
            break;
        case STORE_FAST_STORE_FAST:
            e->lost[0] = lost(frame->localsplus[oparg >> 4], oparg >> 4);
            e->lost[1] = lost(frame->localsplus[oparg & 15], oparg & 15);
            break;
        case STORE_ATTR:
            e->lost[0] = field_lost(e, stack_pointer[-1]);
            break;
        case BINARY_SUBSCR:
            e->typecode = typecode_of(stack_pointer[-2]);
            break;
        case STORE_SUBSCR:
            e->typecode = typecode_of(stack_pointer[-2]);
            e->lost[0] = item_lost(stack_pointer[-2], stack_pointer[-1]);
            break;
        case CALL:
            e->callable = Py_TYPE(stack_pointer[-2 - oparg]);
            break;
        case CALL_KW:
            e->callable = Py_TYPE(stack_pointer[-3 - oparg]);
            break;
        case CALL_FUNCTION_EX:
            e->callable = Py_TYPE(stack_pointer[-3 - (oparg & 1)]);
            break;
    }
    PyObject **base = _PyFrame_Stackbase(frame);
    for (int i = 0; i < 3; i++) {
        PyObject *o = stack_pointer - 1 - i >= base ? stack_pointer[-1 - i] : NULL;
        e->top[i] = o == NULL ? NULL : Py_TYPE(o);
        e->digits[i] = digits_of(o);
        e->ascii[i] = is_ascii(o);
    }
    e->negative = e->digits[0] != 0 && _PyLong_IsNegative((PyLongObject *)stack_pointer[-1]);
    if (opcode == FOR_ITER) {
        note_iterator(e, stack_pointer[-1]);
    }
    if (e->top[0] != NULL && e->top[0]->tp_flags & Py_TPFLAGS_HEAPTYPE) {
        (void)name_object(rec, (PyObject *)e->top[0]);
    }
}

bool
_PyJIT_RecordStep(PyThreadState *tstate, struct _PyInterpreterFrame *frame,
                  _Py_CODEUNIT *next_instr, PyObject **stack_pointer,
                  uint8_t *opcode, int *oparg)
{
    struct jit *jit = jit_get(tstate->interp);
    struct jit_recorder *rec = &jit->recorder;
    jit->head.wants_recording = false;
    if (!records_here(rec, tstate)) {
        return count(jit, next_instr, *opcode);
    }
    jit->stats.tier1_bytecodes += jit->head.counting;
    if (rec->abort != JIT_ABORT_NONE) {
        _Py_CODEUNIT *here = rec->pending_prefix ? rec->prefix : next_instr;
        return stop(jit, here, JIT_END_EXIT, rec->abort);
    }
    if (*opcode == EXTENDED_ARG) {
        if (!rec->pending_prefix) {
            rec->pending_prefix = true;
            rec->prefix = next_instr;
        }
        return true;
    }
    _Py_CODEUNIT *instr = rec->pending_prefix ? rec->prefix : next_instr;
    rec->pending_prefix = false;

    if (rec->count > 0) {
        struct jit_record_entry *last = &rec->entries[rec->count - 1];
        if (last->op_instr == next_instr && last->frame == frame) {
            // Dispatched again, after it has specialized itself.
            last->opcode = *opcode;
            note_cache(last);
            return true;
        }
    }
    if (*opcode == INTERPRETER_EXIT) {
        // The return to C has happened; the trace leaves before it.
        rec->count--;
        return stop(jit, instr, JIT_END_EXIT, JIT_ABORT_NONE);
    }
    if (follow_frame(rec, frame) < 0) {
        return stop(jit, instr, JIT_END_EXIT, rec->abort);
    }
    struct jit_record_entry *e = &rec->entries[rec->count];
    *e = (struct jit_record_entry){
        .instr = instr,
        .op_instr = next_instr,
        .code = _PyFrame_GetCode(frame),
        .frame = frame,
        .stack = (int16_t)(stack_pointer - _PyFrame_Stackbase(frame)),
        .depth = (int16_t)(rec->depth - rec->returns),
    };
    if (has_function(frame)) {
        e->func = frame->f_funcobj;
        e->globals = frame->f_globals;
        e->builtins = frame->f_builtins;
    }
    if (e->func != NULL && PyFunction_Check(e->func)) {
        e->func_version = ((PyFunctionObject *)e->func)->func_version;
    }
    if (ends_here(jit, frame, next_instr, opcode, oparg)) {
        return stop(jit, instr, rec->end, JIT_ABORT_NONE);
    }
    e->opcode = *opcode;
    e->oparg = (uint32_t)*oparg;
    note_cache(e);
    note_operands(rec, e, frame, stack_pointer, _PyOpcode_Deopt[*opcode], *oparg);
    if (*opcode >= MIN_INSTRUMENTED_OPCODE || tstate->interp->eval_frame != NULL) {
        return stop(jit, instr, JIT_END_EXIT, JIT_ABORT_INSTRUMENTED);
    }
    if (*opcode == SEND) {
        return stop(jit, instr, JIT_END_TIER1, JIT_ABORT_NONE);
    }
    if (jumps_indirectly(rec, frame, stack_pointer, *opcode)) {
        rec->count++;
        return stop(jit, instr, JIT_END_INDIRECT, JIT_ABORT_NONE);
    }
    if (rec->count == JIT_MAX_RECORD || rec->depth > JIT_MAX_FRAMES ||
        rec->returns > JIT_MAX_RETURNS || !jit_can_translate(*opcode))
    {
        return stop(jit, instr, JIT_END_EXIT, JIT_ABORT_NONE);
    }
    rec->count++;
    return true;
}

/* The specialized instruction that was dispatched last runs as the generic
 * one instead, which is made to specialize itself anew for what it sees now:
 * this is what the trace will be about. (Once: it may do so wrongly again.) */
void
_PyJIT_RecordMiss(PyThreadState *tstate, int opcode)
{
    struct jit_recorder *rec = &jit_get(tstate->interp)->recorder;
    if (rec->count > 0 && records_here(rec, tstate)) {
        struct jit_record_entry *last = &rec->entries[rec->count - 1];
        last->opcode = (uint8_t)opcode;
        if (_PyOpcode_Caches[opcode] > 0 && !last->missed) {
            last->op_instr[1].counter.value = 0;
        }
        last->missed = true;
    }
}

/* The instruction dispatched last raised: the trace leaves before it. */
void
_PyJIT_RecordStop(PyThreadState *tstate, _Py_CODEUNIT *next_instr)
{
    struct jit *jit = jit_get(tstate->interp);
    struct jit_recorder *rec = &jit->recorder;
    if (!records_here(rec, tstate)) {
        jit->head.recorder_instr = next_instr;
        return;
    }
    if (rec->count > 0) {
        rec->count--;
    }
    stop(jit, next_instr, JIT_END_EXIT,
         rec->count > 0 ? JIT_ABORT_NONE : JIT_ABORT_ERROR);
}

#endif  // _Py_TIER2
