/* run.c - enters executors and follows their exits.
 *
 * Takes:  an executor that ENTER_EXECUTOR names, and the frame that it starts
 *         in, its operand stack in memory.
 * Gives:  the instruction where tier 1 goes on. Whatever trace was left, and
 *         however many frames it pushed or popped, tstate->current_frame is
 *         the frame to go on in, and its stack pointer is set.
 *
 * An exit counts how often it was taken. A hot one is linked to the executor
 * that stands at its target, or else the recorder starts there and makes a
 * bridge. Nothing is patched in the code: an exit's stub jumps through
 * jit_exit.code, which is data.
 */
#include "jit.h"

#ifdef _Py_TIER2

#include "opcode.h"
#include "pycore_opcode_metadata.h"
#include "pycore_object.h"
#include "pycore_pystate.h"

#define MAX_ATTEMPTS 4              // recordings from one exit
#define MAX_SIDE_TRACES 64          // in the tree of one root
#define MAX_FAILURES 6              // recordings from one function

#ifdef _Py_JIT
typedef struct jit_exit *(*jit_shim)(void *code, struct _PyInterpreterFrame *,
                                     PyThreadState *);
#endif

/* How often a function or an exit must be reached before it is compiled;
 * `initial` is that of a program without compiled code. The more there is, the
 * hotter what comes must be: a program that runs much code, none of it often,
 * runs faster in the interpreter loop, which stays in the processor's caches. */
uint16_t
jit_threshold(struct jit *jit, uint16_t initial)
{
    if (jit->config.hot) {
        return initial;
    }
    return (uint16_t)Py_MIN(initial * (1 + jit->memory / JIT_MEMORY_STEP), UINT16_MAX);
}

/* Does it pay to compile what has become hot? The counters do not tell: with time, whatever runs
 * at all becomes hot. But code that runs rarely is slower than its bytecode, which is smaller, once
 * the processor's caches are full, and it is in the way of the rest. So where there is more than
 * a cache holds, what becomes hot is noted, and it pays if it becomes hot again within its time.
 * `key` tells apart what is reached; `times`: how often, before it becomes hot again. (Counters that
 * decay do the same in HotSpot; here they need not be visited.) */
bool
jit_pays(struct jit *jit, void *key, unsigned times)
{
    if (jit->config.rate == 0 || jit->memory <= JIT_MEMORY_CACHED) {
        return true;
    }
    uint32_t hash = (uint32_t)((uintptr_t)key >> 1) * 2654435769U;     // (Knuth's multiplicative one)
    struct jit_candidate *set = jit->candidates[hash / (UINT32_MAX / JIT_CANDIDATES + 1)], *c = &set[0];
    clock_t now = clock();
    for (int i = 0; i < JIT_CANDIDATE_WAYS && c->key != key; i++) {
        c = set[i].key == key || set[i].since < c->since ? &set[i] : c;
    }
    double wanted = jit->config.rate * ((double)jit->memory / JIT_MEMORY_CACHED - 1);
    double seconds = ((double)now - (double)c->since) / CLOCKS_PER_SEC;
    bool pays = c->key == key && seconds >= 0 && c->times >= wanted * seconds;
    *c = (struct jit_candidate){.key = key, .since = now, .times = times};
    return pays;
}

/* How often something must be reached before its n-th retry: twice as often
 * each time. */
static uint16_t
retry_after(int backoff, int n)
{
    return (uint16_t)Py_MIN((int64_t)1 << Py_MIN(backoff + n, 20), UINT16_MAX);
}

/* A recording from a function's start made no trace: the function is left
 * alone for longer each time, and then for good, unless that was short: it may
 * go another way. The failures of the latest functions are remembered
 * (LuaJIT's penalty cache, lj_trace.c). */
void
jit_function_failed(struct jit *jit, PyThreadState *tstate, _Py_CODEUNIT *anchor,
                    enum jit_abort abort)
{
    struct jit_penalty *penalty = &jit->penalties[((uintptr_t)anchor >> 4) % JIT_PENALTIES];
    if (penalty->anchor != anchor) {
        *penalty = (struct jit_penalty){.anchor = anchor};
    }
    penalty->failures++;
    if (penalty->failures < MAX_FAILURES || abort == JIT_ABORT_TOO_SHORT) {
        _PyJIT_FUNCTION_COUNTER(tstate, anchor) = Py_MAX(
            retry_after(jit->config.resume_backoff, penalty->failures),
            jit_threshold(jit, jit->config.resume));
    }
    else if (anchor->op.code == RESUME_CHECK_JIT) {
        anchor->op.code = RESUME_CHECK;     // which does not count
    }
}

/* Once counted down: link the exit, or record from its target on. */
static void
exit_is_hot(struct jit *jit, PyThreadState *tstate,
            struct _PyInterpreterFrame *frame, struct jit_exit *exit)
{
    exit->counter = jit_threshold(jit, jit->config.side_exit);
    if (!jit_record_may_start(jit, tstate) || !jit_exit_owner(exit)->vm_data.valid) {
        return;
    }
    _Py_CODEUNIT *instr = exit->target;
    while (instr->op.code == EXTENDED_ARG) {
        instr++;
    }
    PyCodeObject *code = _PyFrame_GetCode(frame);
    // (Other traces start with the operand stack in memory; a bridge puts it there.)
    bool in_order = exit->recover_count == 0;
    if (instr->op.code == ENTER_EXECUTOR && in_order) {
        jit_exit_link(exit, code->co_executors->executors[instr->op.arg]);
        return;
    }
    _PyExecutorObject *continuation = jit_continuation_at(jit, exit->target, code->co_nlocalsplus + exit->stack);
    if (continuation != NULL && in_order && jit_exit_owner(exit)->start != exit->target) {
        // (A trace that starts there too may be left because its first
        // instruction does not hold, and so might the continuation.)
        jit_exit_link(exit, continuation);
        return;
    }
    // A loop or function that is about to get a trace of its own.
    uint8_t base = _PyOpcode_Deopt[instr->op.code];
    if (base == JUMP_BACKWARD) {
        return;
    }
    if (exit->attempts >= MAX_ATTEMPTS ||
        jit_exit_owner(exit)->root->side_traces >= MAX_SIDE_TRACES)
    {
        exit->counter = 0;
        return;
    }
    if (!jit_pays(jit, exit, exit->counter)) {
        return;
    }
    exit->attempts++;
    exit->counter = Py_MAX(retry_after(jit->config.side_exit_backoff, 2 * exit->attempts - 1),
                           jit_threshold(jit, jit->config.side_exit));
    if (jit_record_start(tstate, frame, NULL, 0, exit->target, exit)) {
        jit->head.wants_recording = true;
    }
}

/* Sees to it that there is a spare activation; 0, or -1 if out of memory. */
int
jit_activation_reserve(struct jit *jit)
{
    struct jit_activation *last = jit->activations;
    if (last->next == NULL) {
        struct jit_activation *spare = jit_calloc(1, sizeof(*spare));
        if (spare == NULL) {
            return -1;
        }
        spare->prev = last;
        last->next = spare;
    }
    return 0;
}

/* Takes the spare one. The next is reserved here: without one, tier 1 enters
 * no executor below this one. */
static inline struct jit_activation *
activation_begin(struct jit *jit)
{
    struct jit_activation *self = jit->activations->next;
    jit->activations = self;
    if (self->next == NULL) {
        jit->head.full = jit_activation_reserve(jit) < 0;
    }
    return self;
}

/* Makes an activation a spare one. */
void
jit_activation_end(struct jit *jit, struct jit_activation *self)
{
    struct jit_activation *last = jit->activations;
    jit->head.full = false;
    if (self == last) {
        jit->activations = self->prev;
        return;
    }
    // Another thread has begun one since.
    self->prev->next = self->next;
    self->next->prev = self->prev;
    self->prev = last;
    self->next = last->next;
    if (self->next != NULL) {
        self->next->prev = self;
    }
    last->next = self;
}

#ifdef _Py_JIT
/* The object of the number whose bits these are; None, with an exception, if there is no memory. */
static PyObject *
box(enum jit_number kind, uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof(value));
    PyObject *op = kind == JIT_FLOAT ? PyFloat_FromDouble(value) : PyLong_FromLongLong((long long)bits);
    return op != NULL ? op : Py_None;
}

void *
_PyJIT_Leave(struct jit_exit *exit, struct _PyInterpreterFrame *frame, uintptr_t *registers, const double *floats)
{
    struct jit_recover *all = jit_exit_owner(exit)->recovers + exit->recover;
    // Where an item is may be another one's cell: all are read before any is written.
    for (int k = 0; k < exit->recover_count; k++) {
        struct jit_recover *r = &all[k];
        switch (r->kind) {
            case JIT_FROM_REGISTER:
                r->bits = registers[r->source];
                break;
            case JIT_FROM_CELL:
                r->bits = (uintptr_t)frame->localsplus[r->source];
                break;
            case JIT_FROM_FLOAT_REGISTER:
                memcpy(&r->bits, &floats[r->source], sizeof(r->bits));
                break;
            case JIT_FROM_SPILL:
                r->bits = ((_PyThreadStateImpl *)_PyThreadState_GET())->jit_spills[r->source];
                break;
        }
    }
    bool failed = false;
    for (int k = 0; k < exit->recover_count; k++) {
        struct jit_recover *r = &all[k];
        PyObject *item = (PyObject *)(uintptr_t)r->bits;
        if (r->makes != JIT_NO_NUMBER) {
            item = box(r->makes, r->bits);
            failed |= item == Py_None;
        }
        frame->localsplus[r->cell] = r->new_reference ? Py_XNewRef(item) : item;
    }
    if (exit->kind == JIT_EXIT_ERROR || failed) {
        // (Where an object could not be made, a MemoryError: no handler looks at what is in its place.)
        frame->instr_ptr = exit->target;
        frame->stacktop = _PyFrame_GetCode(frame)->co_nlocalsplus + exit->stack;
    }
    struct jit *jit = jit_get(_PyInterpreterState_GET());
    if (exit->kind == JIT_EXIT_ERROR || failed) {
        return jit->error_return;
    }
    return exit->linked != NULL ? exit->linked->entry : jit->exit_return;
}
#endif

_Py_CODEUNIT *
_PyJIT_Run(PyThreadState *tstate, struct _PyInterpreterFrame *frame,
           _PyExecutorObject *executor)
{
    struct jit *jit = jit_get(tstate->interp);
    struct jit_activation *self = activation_begin(jit);
    self->tstate = tstate;
    self->saved = tstate->previous_executor;
    executor->runs++;
    jit->stats.entries++;

#ifdef _Py_JIT
    // The stack pointer is in the code; while a generator runs, the garbage
    // collector must not look at its stack.
    frame->stacktop = -1;
    uintptr_t spills[JIT_SPILLS], *outer = ((_PyThreadStateImpl *)tstate)->jit_spills;
    ((_PyThreadStateImpl *)tstate)->jit_spills = spills;
    struct jit_exit *exit = ((jit_shim)jit->shim)(executor->entry, frame, tstate);
    ((_PyThreadStateImpl *)tstate)->jit_spills = outer;
#else
    struct jit_exit *exit = jit_interpret(executor, frame, tstate);
#endif

    tstate->previous_executor = self->saved;
    jit_activation_end(jit, self);
    jit->stats.exits++;

    frame = tstate->current_frame;
    _Py_CODEUNIT *target = NULL;
    if (exit == &jit->return_exit || exit == &jit->indirect_exit) {
        target = exit->target;
        if (jit->config.stats == 2) {
            jit_stats_left_at(jit, frame, exit);
        }
        if (frame->owner != FRAME_OWNED_BY_CSTACK &&
            jit_indirect_missed(jit, tstate, frame))
        {
            jit->head.wants_recording = true;
        }
    }
    else if (exit != NULL) {
        target = exit->target;
        frame->stacktop = _PyFrame_GetCode(frame)->co_nlocalsplus + exit->stack;
        if (jit->config.stats == 2) {
            jit_stats_left_at(jit, frame, exit);
        }
        if (exit->counter != 0 && --exit->counter == 0) {
            PyObject *owner = Py_NewRef(jit_exit_owner(exit));   // finalizers may run
            exit_is_hot(jit, tstate, frame, exit);
            Py_DECREF(owner);
        }
    }
    else {
        frame->return_offset = 0;
    }
    if (jit->config.evict != 0) {
        jit_stress_invalidate(jit);
    }
    if (jit->retired != NULL) {
        jit_free_retired(jit);
    }
    if (jit->head.counting && target != NULL && _PyJIT_CountsFrom(tstate, target)) {
        jit->head.wants_recording = true;
    }
    return target;
}

bool
jit_is_quiet(PyTypeObject *type)
{
    return type == &PyLong_Type || type == &PyFloat_Type || type == &PyUnicode_Type || type == &PyBytes_Type ||
           type == &PyBool_Type || type == &_PyNone_Type;
}

bool
jit_is_sliced_quietly(PyTypeObject *type)
{
    return type == &PyList_Type || type == &PyTuple_Type || type == &PyUnicode_Type || type == &PyBytes_Type;
}

bool
jit_has_plain_class(PyTypeObject *type)
{
    if (type->tp_getattro != PyObject_GenericGetAttr) {
        return false;
    }
    PyObject *descriptor = _PyType_Lookup(type, &_Py_ID(__class__));
    return descriptor != NULL && Py_IS_TYPE(descriptor, &PyGetSetDescr_Type) &&
           PyDescr_TYPE(descriptor) == &PyBaseObject_Type;
}

int
jit_is_instance_of(PyTypeObject *type, PyTypeObject *class)
{
    return PyType_IsSubtype(type, class) ? 1 : jit_has_plain_class(type) ? 0 : -1;
}

/* What isinstance() says, or -1 if it takes code to know: where the type is no subtype, the object may
 * still say that it is an instance. */
static int
is_instance_of(PyTypeObject *type, PyObject *cls)
{
    if (PyType_CheckExact(cls)) {
        return jit_is_instance_of(type, (PyTypeObject *)cls);
    }
    if (!PyTuple_CheckExact(cls)) {
        return -1;
    }
    int result = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(cls) && result == 0; i++) {
        PyObject *item = PyTuple_GET_ITEM(cls, i);
        result = PyType_CheckExact(item) ? is_instance_of(type, item) : -1;
    }
    return result;
}

int
_PyJIT_IsInstance(PyObject *instance, PyObject *cls)
{
    int quick = is_instance_of(Py_TYPE(instance), cls);
    if (quick >= 0) {
        return quick;
    }
    // What follows may run any code, which may release what the operands are borrowed from.
    Py_INCREF(instance);
    Py_INCREF(cls);
    int result = PyObject_IsInstance(instance, cls);
    Py_DECREF(instance);
    Py_DECREF(cls);
    return result;
}

/* First execution of a JUMP_BACKWARD: decide whether it counts. */
void
_PyJIT_SpecializeJump(PyThreadState *tstate, _Py_CODEUNIT *instr)
{
    struct jit *jit = jit_get(tstate->interp);
    if (jit == NULL) {
        instr->op.code = JUMP_BACKWARD_NO_JIT;
        return;
    }
    instr->op.code = JUMP_BACKWARD_JIT;
    instr[1].counter = make_backoff_counter(jit->config.jump_backward,
                                            jit->config.jump_backward_backoff);
}

bool
_PyJIT_LoopIsHot(PyThreadState *tstate, struct _PyInterpreterFrame *frame,
                 _Py_CODEUNIT *instr, int oparg)
{
    struct jit *jit = jit_get(tstate->interp);
    instr[1].counter = restart_backoff_counter(instr[1].counter);
    if (!jit_record_may_start(jit, tstate)) {
        return false;
    }
    if (!jit_pays(jit, instr, 1U << instr[1].counter.backoff)) {
        return false;
    }
    _Py_CODEUNIT *start = instr + 1 + JUMP_CACHES - oparg;
    int prefixes = oparg > 0xffffff ? 3 : oparg > 0xffff ? 2 : oparg > 0xff;
    return jit_record_start(tstate, frame, instr, prefixes, start, NULL);
}

bool
_PyJIT_FunctionIsHot(PyThreadState *tstate, struct _PyInterpreterFrame *frame,
                     _Py_CODEUNIT *instr)
{
    struct jit *jit = jit_get(tstate->interp);
    _PyJIT_FUNCTION_COUNTER(tstate, instr) = jit_threshold(jit, jit->config.resume);
    if (!jit_record_may_start(jit, tstate) ||
        !jit_pays(jit, instr, _PyJIT_FUNCTION_COUNTER(tstate, instr)))
    {
        return false;
    }
    return jit_record_start(tstate, frame, instr, 0, instr, NULL);
}

#endif  // _Py_TIER2
