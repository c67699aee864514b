/* frames.c - the frames of the Python functions that traces call.
 *
 * Takes:  a call site's struct jit_call, and the caller's frame, with the arguments in
 *         its cells.
 * Gives:  the frame of what is called, with its arguments and closure, as the
 *         current one; or NULL, and then nothing has changed. For a return, the
 *         caller's frame. For an unpacking, new contents of the frame's locals.
 *
 * Why this way: in machine code, at the place of each call, the same is 340 bytes for
 * a function that is known and 800 for a bound method, against 40 for a call of these.
 * Programs with much code, most of it calls, are slowed by nothing as much as by code
 * that does not fit in the processor's caches.
 */
#include "jit.h"

#ifdef _Py_TIER2

#include "pycore_code.h"
#include "pycore_ceval.h"
#include "pycore_frame.h"
#include "pycore_function.h"
#include "pycore_genobject.h"
#include "pycore_pystate.h"

static bool
has_room(PyThreadState *tstate, const struct jit_call *c)
{
    return _PyThreadState_HasStackSpace(tstate, c->code->co_framesize) &&
           tstate->py_recursion_remaining > 1;
}

/* Is it a function that the trace can go on in, with so many arguments? */
static bool
is_recorded(PyObject *callable, const struct jit_call *c, int arguments)
{
    return PyFunction_Check(callable) &&
           ((PyFunctionObject *)callable)->func_version == c->version &&
           c->code->co_argcount == arguments;
}

/* Steals the function, the object and the arguments. */
static _PyInterpreterFrame *
enter(PyThreadState *tstate, _PyInterpreterFrame *frame, const struct jit_call *c,
      PyFunctionObject *function, PyObject *self)
{
    assert(function->func_code == (PyObject *)c->code);
    _PyInterpreterFrame *new = _PyFrame_PushUnchecked(tstate, function, c->arguments + (self != NULL));
    PyObject **from = frame->localsplus + c->first, **to = new->localsplus;
    if (self != NULL) {
        *to++ = self;
    }
    for (int i = 0; i < c->arguments; i++) {
        *to++ = from[i];
    }
    if (c->copies_closure) {
        int n = c->code->co_nfreevars;
        PyObject **free = new->localsplus + c->code->co_nlocalsplus - n;
        for (int i = 0; i < n; i++) {
            free[i] = Py_NewRef(PyTuple_GET_ITEM(function->func_closure, i));
        }
    }
    new->previous = frame;
    new->stacktop = -1;             // as of any frame that runs in a trace
    frame->instr_ptr = c->instr;
    frame->return_offset = c->return_offset;
    frame->stacktop = c->stacktop;
    tstate->py_recursion_remaining--;
    tstate->current_frame = new;
    return new;
}

_PyInterpreterFrame *
_PyJIT_CallKnown(PyThreadState *tstate, _PyInterpreterFrame *frame, const struct jit_call *c)
{
    if (!has_room(tstate, c)) {
        return NULL;
    }
    return enter(tstate, frame, c, (PyFunctionObject *)Py_NewRef(c->function), NULL);
}

/* Right below the arguments is the function. */
_PyInterpreterFrame *
_PyJIT_CallFunction(PyThreadState *tstate, _PyInterpreterFrame *frame, const struct jit_call *c)
{
    PyObject *callable = frame->localsplus[c->first - 1];
    if ((c->function == NULL && !is_recorded(callable, c, c->arguments)) || !has_room(tstate, c)) {
        return NULL;
    }
    return enter(tstate, frame, c, (PyFunctionObject *)callable, NULL);
}

/* Right below the arguments is the method. If its end would run code, tier 1 sees to that. */
_PyInterpreterFrame *
_PyJIT_CallMethod(PyThreadState *tstate, _PyInterpreterFrame *frame, const struct jit_call *c)
{
    PyObject *callable = frame->localsplus[c->first - 1];
    if (!Py_IS_TYPE(callable, &PyMethod_Type)) {
        return NULL;
    }
    PyMethodObject *method = (PyMethodObject *)callable;
    bool runs_callbacks = method->im_weakreflist != NULL && Py_REFCNT(method) == 1;
    if (!is_recorded(method->im_func, c, c->arguments + 1) || runs_callbacks || !has_room(tstate, c)) {
        return NULL;
    }
    _PyInterpreterFrame *new = enter(tstate, frame, c, (PyFunctionObject *)Py_NewRef(method->im_func),
                                     Py_NewRef(method->im_self));
    Py_DECREF(method);
    return new;
}

/* The frame's end drops its locals; whoever sees the caller meanwhile finds its stack as
 * the call left it. What is not the usual case, the interpreter does. */
_PyInterpreterFrame *
_PyJIT_Return(PyThreadState *tstate, _PyInterpreterFrame *frame, _Py_CODEUNIT *instr)
{
    int locals = _PyFrame_GetCode(frame)->co_nlocalsplus;
    frame->instr_ptr = instr;
    frame->stacktop = locals;
    tstate->py_recursion_remaining++;
    _PyInterpreterFrame *caller = tstate->current_frame = frame->previous;
    PyObject **base = (PyObject **)frame;
    if (frame->owner != FRAME_OWNED_BY_THREAD || frame->frame_obj != NULL || frame->f_locals != NULL ||
        base == tstate->datastack_chunk->data)
    {
        _PyEval_FrameClearAndPop(tstate, frame);
    }
    else {
        assert(base + _PyFrame_GetCode(frame)->co_framesize == tstate->datastack_top);
        tstate->c_recursion_remaining--;
        for (int i = 0; i < locals; i++) {
            Py_XDECREF(frame->localsplus[i]);
        }
        Py_DECREF(frame->f_funcobj);
        Py_DECREF(frame->f_executable);
        tstate->c_recursion_remaining++;
        tstate->datastack_top = base;
    }
    caller->stacktop = -1;
    return caller;
}

/* What the call of a generator's or coroutine's function returns: it takes the frame's
 * contents, up to instr_ptr. NULL with an exception, the frame as it was. */
PyObject *
_PyJIT_ReturnGenerator(PyThreadState *tstate, _PyInterpreterFrame *frame)
{
    PyGenObject *gen = (PyGenObject *)_Py_MakeCoro((PyFunctionObject *)frame->f_funcobj);
    if (gen == NULL) {
        return NULL;
    }
    _PyInterpreterFrame *caller = frame->previous, *copy = (_PyInterpreterFrame *)gen->gi_iframe;
    frame->stacktop = _PyFrame_GetCode(frame)->co_nlocalsplus;
    frame->instr_ptr++;
    _PyFrame_Copy(frame, copy);
    assert(frame->frame_obj == NULL);
    gen->gi_frame_state = FRAME_CREATED;
    copy->owner = FRAME_OWNED_BY_GENERATOR;
    tstate->py_recursion_remaining++;
    _PyThreadState_PopFrame(tstate, frame);
    tstate->current_frame = caller;
#ifdef _Py_JIT
    caller->stacktop = -1;          // (where micro-ops are interpreted, they still need it)
#endif
    return (PyObject *)gen;
}

/* Where the STORE_FAST of the n-th item is that the UNPACK_SEQUENCE at `instr` gives. */
static _Py_CODEUNIT *
store_of(PyCodeObject *code, _Py_CODEUNIT *instr, int n)
{
    instr += 1 + INLINE_CACHE_ENTRIES_UNPACK_SEQUENCE;
    for (int i = 0; ; instr++) {
        i += _Py_GetBaseOpcode(code, (int)(instr - _PyCode_CODE(code))) == STORE_FAST_STORE_FAST ? 2 : 1;
        if (i > n) {
            return instr;
        }
    }
}

void
_PyJIT_StoreItems(_PyInterpreterFrame *frame, int first, PyObject **items, int count)
{
    _Py_CODEUNIT *unpack = frame->instr_ptr;
    PyObject **locals = frame->localsplus + first;
    for (int i = 0; i < count; i++) {
        PyObject *old = locals[i];
        locals[i] = items[i];
        if (old == NULL || _Py_IsImmortal(old)) {
            continue;
        }
        if (Py_REFCNT(old) == 1) {
            // Whatever its end runs may look where the frame is.
            frame->instr_ptr = store_of(_PyFrame_GetCode(frame), unpack, i);
        }
        Py_DECREF(old);
    }
}

/* Frees a list of them. */
void
jit_free_calls(struct jit_call *calls)
{
    while (calls != NULL) {
        struct jit_call *next = calls->next;
        jit_free(calls);
        calls = next;
    }
}

#endif  // _Py_TIER2
