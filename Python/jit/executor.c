/* executor.c - executors: the objects that own compiled traces.
 *
 * Takes:  a trace that was emitted (emit.c fills in entry, exits, code block).
 * Gives:  an executor that bytecode (ENTER_EXECUTOR) or another executor's
 *         exit leads to, and that is freed when nobody can return to it.
 *
 * Life: made -> installed (owned by its code object's co_executors) or linked
 * (owned by the exit it is a bridge for) -> invalidated (bytecode restored,
 * exits that lead here reset, `valid` cleared so that a running trace leaves
 * at its next check) -> retired -> freed.
 *
 * Why retire: a trace calls C, C may call anything, and what it calls may
 * invalidate the very trace that it returns to. Machine code runs as one C
 * frame per activation, and traces pass control to each other by jumps, so
 * an activation can return to exactly one executor: the one that stored
 * itself in tstate->previous_executor last. jit_free_retired() frees what no
 * activation names. The alternative, counting epochs, would keep everything
 * alive that died while a program's main loop is itself a trace.
 *
 * An executor holds nothing alive, neither code objects nor the constants in
 * its code (it would be a cycle): it depends on them, or on the dicts that hold
 * them (deps.c), and dies with the first of them.
 */
#include "jit.h"

#ifdef _Py_TIER2

#include "opcode.h"
#include "pycore_opcode_metadata.h"
#include "pycore_object.h"

#define MAX_EXECUTORS 256           // ENTER_EXECUTOR's oparg is one byte
#define EVICTION_INTERVAL_NS 300000000

static void
executor_dealloc(_PyExecutorObject *self)
{
    struct jit *jit = jit_get(_PyInterpreterState_GET());
    if (jit != NULL) {
        jit_depends_remove(jit, self);
        if (self->code_block != NULL) {
            jit_memory_free(jit, self->code_block);
        }
        if (self->uops != NULL) {
            jit->memory -= self->code_size;
        }
        jit->stats.freed += self->published;
    }
    jit_free(self->dependencies);
    if (self->exits != NULL) {
        jit_free((_PyExecutorObject **)self->exits - 1);
    }
    jit_free(self->recovers);
    jit_free_calls(self->calls);
    jit_free(self->uops);
    PyObject_Free(self);
}

static PyObject *
executor_is_valid(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyBool_FromLong(((_PyExecutorObject *)self)->vm_data.valid);
}

static PyObject *
executor_get_opcode(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(((_PyExecutorObject *)self)->vm_data.opcode);
}

static PyObject *
executor_get_oparg(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    return PyLong_FromLong(((_PyExecutorObject *)self)->vm_data.oparg);
}

static PyMethodDef executor_methods[] = {
    {"is_valid", executor_is_valid, METH_NOARGS, NULL},
    {"get_opcode", executor_get_opcode, METH_NOARGS, NULL},
    {"get_oparg", executor_get_oparg, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject _PyExecutor_Type = {
    PyVarObject_HEAD_INIT(&PyType_Type, 0)
    .tp_name = "executor",
    .tp_basicsize = sizeof(_PyExecutorObject),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = (destructor)executor_dealloc,
    .tp_methods = executor_methods,
};

/* An executor for the trace, with its dependencies, but no code and exits yet.
 * NULL without an exception if out of memory. */
_PyExecutorObject *
jit_executor_new(struct jit *jit, struct jit_trace *trace)
{
    _PyExecutorObject *self = jit_allocation_fails() ? NULL : PyObject_Malloc(sizeof(*self));
    if (self == NULL) {
        return NULL;
    }
    memset(self, 0, sizeof(*self));
    _PyObject_Init((PyObject *)self, &_PyExecutor_Type);
    self->id = jit->next_id++;
    self->root = self;
    self->dependencies = jit_malloc(((size_t)trace->dep_count + 1) * sizeof(void *));
    if (self->dependencies == NULL) {
        Py_DECREF(self);
        return NULL;
    }
    self->calls = trace->calls;
    trace->calls = NULL;
    self->bytecodes = trace->bytecodes;
    memcpy(self->dependencies, trace->deps, (size_t)trace->dep_count * sizeof(void *));
    self->dependency_count = (uint32_t)trace->dep_count;
    self->start = trace->rec->start;
    self->start_stacktop = trace->code->co_nlocalsplus + trace->rec->entries[0].stack;
    return self;
}

static void
set_valid(_PyExecutorObject *self, bool valid)
{
    self->vm_data.valid = valid;
    if (self->valid_byte != NULL) {
        *self->valid_byte = valid;
    }
}

/* The slot of co_executors to use at `anchor`, or -1 if there is none. */
static int
free_slot(PyCodeObject *code)
{
    _PyExecutorArray *all = code->co_executors;
    int size = all == NULL ? 0 : all->size;
    for (int i = 0; i < size; i++) {
        if (all->executors[i] == NULL) {
            return i;
        }
    }
    if (size == MAX_EXECUTORS) {
        return -1;
    }
    int capacity = all == NULL ? 0 : all->capacity;
    if (size == capacity) {
        capacity = capacity ? capacity * 2 : 4;
        // (codeobject.c frees it.)
        all = jit_allocation_fails() ? NULL :
            PyMem_Realloc(code->co_executors, offsetof(_PyExecutorArray, executors) +
                                              (size_t)capacity * sizeof(_PyExecutorObject *));
        if (all == NULL) {
            return -1;
        }
        all->capacity = capacity;
        all->size = size;
        code->co_executors = all;
    }
    all->executors[size] = NULL;
    all->size = size + 1;
    return size;
}

/* Empties a slot; the array ends with one that is in use, or goes. */
static void
release_slot(PyCodeObject *code, int slot)
{
    _PyExecutorArray *all = code->co_executors;
    all->executors[slot] = NULL;
    while (all->size > 0 && all->executors[all->size - 1] == NULL) {
        all->size--;
    }
    if (all->size == 0) {
        PyMem_Free(all);
        code->co_executors = NULL;
    }
}

/* Publishes the executor: in the bytecode at `anchor` if that is not NULL.
 * Steals no reference; the code object takes its own. */
enum jit_abort
jit_executor_install(struct jit *jit, _PyExecutorObject *self,
                     _Py_CODEUNIT *anchor, PyCodeObject *code)
{
    if (anchor != NULL) {
        uint8_t opcode = anchor->op.code;
        if (_PyOpcode_Deopt[opcode] != JUMP_BACKWARD &&
            _PyOpcode_Deopt[opcode] != RESUME)
        {
            return JIT_ABORT_CHANGED;
        }
    }
    if (jit_depends_add(jit, self) < 0) {
        jit_depends_remove(jit, self);
        return JIT_ABORT_NO_MEMORY;
    }
    if (anchor != NULL) {
        int slot = free_slot(code);
        if (slot < 0) {
            jit_depends_remove(jit, self);
            return JIT_ABORT_EXECUTORS_FULL;
        }
        self->vm_data.opcode = anchor->op.code;
        self->vm_data.oparg = anchor->op.arg;
        self->vm_data.code = code;
        self->vm_data.index = (int)(anchor - _PyCode_CODE(code));
        self->vm_data.is_root = 1;
        code->co_executors->executors[slot] = (_PyExecutorObject *)Py_NewRef(self);
        anchor->op.code = ENTER_EXECUTOR;
        anchor->op.arg = (uint8_t)slot;
    }
    set_valid(self, true);
    self->published = true;
    self->next = jit->executors;
    if (self->next != NULL) {
        self->next->prev = self;
    }
    jit->executors = self;
    jit->stats.traces++;
    return JIT_ABORT_NONE;
}

/* An executor's own copies of exits, which were not taken yet: they lead to C. False: out of memory. */
bool
jit_exits_new(struct jit *jit, _PyExecutorObject *owner, const struct jit_exit *exits, int count)
{
    _PyExecutorObject **block = jit_malloc(sizeof(*block) + (size_t)count * sizeof(*exits));
    if (block == NULL) {
        return false;
    }
    *block = owner;
    owner->exits = (struct jit_exit *)(block + 1);
    for (int i = 0; i < count; i++) {
        struct jit_exit *exit = &owner->exits[i];
        *exit = exits[i];
        exit->index = (uint16_t)i;
        exit->code = jit->leave;
        exit->counter = exit->kind == JIT_EXIT_SIDE ? jit_threshold(jit, jit->config.side_exit) : 0;
    }
    owner->exit_count = (uint32_t)count;
    return true;
}

/* Lets an exit lead to another executor, which it then owns. */
void
jit_exit_link(struct jit_exit *exit, _PyExecutorObject *target)
{
    assert(exit->linked == NULL && target->vm_data.valid);
    assert(exit->recover_count == 0 || target->root == jit_exit_owner(exit)->root);
    exit->linked = (_PyExecutorObject *)Py_NewRef(target);
    exit->next_incoming = target->parent_exit;
    target->parent_exit = exit;
    if (!exit->boxes) {
        exit->code = target->entry;
    }
}

/* Resets an exit to leave to tier 1. */
void
jit_exit_unlink(struct jit *jit, struct jit_exit *exit)
{
    _PyExecutorObject *target = exit->linked;
    if (target == NULL) {
        return;
    }
    struct jit_exit **p = &target->parent_exit;
    while (*p != exit) {
        p = &(*p)->next_incoming;
    }
    *p = exit->next_incoming;
    exit->next_incoming = NULL;
    exit->linked = NULL;
    exit->code = jit->leave;
    exit->counter = jit_threshold(jit, jit->config.side_exit);
    if (!target->vm_data.is_root && !target->is_continuation && target->parent_exit == NULL) {
        // A bridge that nothing leads to any more.
        jit_executor_invalidate(jit, target);
    }
    Py_DECREF(target);
}

/* Gives the bytecode its instruction back. */
void
_Py_ExecutorDetach(_PyExecutorObject *self)
{
    PyCodeObject *code = self->vm_data.code;
    if (code == NULL) {
        return;
    }
    _Py_CODEUNIT *instr = &_PyCode_CODE(code)[self->vm_data.index];
    assert(instr->op.code == ENTER_EXECUTOR);
    int slot = instr->op.arg;
    assert(code->co_executors->executors[slot] == self);
    instr->op.code = self->vm_data.opcode;
    instr->op.arg = self->vm_data.oparg;
    release_slot(code, slot);
    self->vm_data.code = NULL;
    jit_executor_invalidate(jit_get(_PyInterpreterState_GET()), self);
    Py_DECREF(self);
}

/* Ends an executor's life for good. Harmless when it has ended already. */
void
jit_executor_invalidate(struct jit *jit, _PyExecutorObject *self)
{
    if (!self->vm_data.valid) {
        return;
    }
    set_valid(self, false);
    jit->stats.invalidated++;
    if (self->prev != NULL) {
        self->prev->next = self->next;
    }
    else {
        jit->executors = self->next;
    }
    if (self->next != NULL) {
        self->next->prev = self->prev;
    }
    self->prev = NULL;
    self->next = jit->retired;
    jit->retired = (_PyExecutorObject *)Py_NewRef(self);
    jit_depends_remove(jit, self);
    while (self->parent_exit != NULL) {
        jit_exit_unlink(jit, self->parent_exit);
    }
    for (uint32_t i = 0; i < self->exit_count; i++) {
        jit_exit_unlink(jit, &self->exits[i]);
        self->exits[i].counter = 0;
    }
    if (self->is_continuation) {
        jit_continuation_remove(jit, self);
    }
    _Py_ExecutorDetach(self);
}

static bool
can_return_to(struct jit *jit, _PyExecutorObject *self)
{
    for (struct jit_activation *a = jit->activations; a->prev != NULL; a = a->prev) {
        if (a->saved == (PyObject *)self ||
            a->tstate->previous_executor == (PyObject *)self)
        {
            return true;
        }
    }
    return false;
}

/* Frees the invalidated executors that no activation can return to. */
void
jit_free_retired(struct jit *jit)
{
    _PyExecutorObject **p = &jit->retired;
    while (*p != NULL) {
        _PyExecutorObject *self = *p;
        if (can_return_to(jit, self)) {
            p = &self->next;
        }
        else {
            *p = self->next;
            self->next = NULL;
            Py_DECREF(self);
        }
    }
}

/* Makes room for `size` bytes when the JIT's memory is full: what did not run
 * since the last time goes, and if that is too little, everything (as
 * translators of whole machines do; what is hot comes back soon). Programs
 * whose hot code does not fit would do nothing else, so quick repetition raises
 * the thresholds. */
void
jit_evict(struct jit *jit, size_t size)
{
    int64_t now = jit_now_ns();
    if (now - jit->evicted_ns < EVICTION_INTERVAL_NS && jit->config.evict == 0) {
        struct jit_config *c = &jit->config;
        c->jump_backward = (uint16_t)Py_MIN(c->jump_backward * 2, JIT_MAX_LOOP_COUNT);
        c->resume = (uint16_t)Py_MIN(c->resume * 2, UINT16_MAX);
        c->side_exit = (uint16_t)Py_MIN(c->side_exit * 2, JIT_MAX_LOOP_COUNT);
    }
    jit->evicted_ns = now;
    uint64_t before = jit->stats.invalidated;
    _PyExecutorObject *e = jit->executors;
    while (e != NULL) {
        _PyExecutorObject *next = e->next;
        if (!e->recently_used) {
            Py_XINCREF(next);
            jit_executor_invalidate(jit, e);        // and perhaps others of the list
            if (next != NULL && !next->vm_data.valid) {
                Py_SETREF(next, (_PyExecutorObject *)Py_XNewRef(jit->executors));
            }
            Py_XDECREF(next);
        }
        e = next;
    }
    for (e = jit->executors; e != NULL; e = e->next) {
        e->recently_used = 0;
    }
    jit_free_retired(jit);
    size_t room = Py_MAX(size, jit->config.max_memory / 4);
    if (jit->memory + room > jit->config.max_memory) {
        while (jit->executors != NULL) {
            jit_executor_invalidate(jit, jit->executors);
        }
        jit_free_retired(jit);
    }
    jit->stats.evicted += jit->stats.invalidated - before;
}

/* The executor that stands at a byte offset of a code object, for
 * _opcode.get_executor(). New reference; NULL with ValueError if none. */
_PyExecutorObject *
_Py_GetExecutor(PyCodeObject *code, int offset)
{
    int code_len = (int)Py_SIZE(code);
    for (int i = 0; i < code_len;) {
        _Py_CODEUNIT *instr = &_PyCode_CODE(code)[i];
        if (instr->op.code == ENTER_EXECUTOR && i * 2 == offset) {
            return (_PyExecutorObject *)Py_NewRef(
                code->co_executors->executors[instr->op.arg]);
        }
        i += _PyInstruction_GetLength(code, i);
    }
    PyErr_SetString(PyExc_ValueError, "no executor at given byte offset");
    return NULL;
}

#endif  // _Py_TIER2
