/* sysjit.c - sys._jit: what a program can ask of the JIT.
 *
 * is_available(), is_enabled() and is_active() are those of CPython 3.14, in
 * every build; stats() is ours.
 */
#include "jit.h"
#include "pycore_frame.h"
#include "pycore_pystate.h"
#include "pycore_sysmodule.h"

static PyObject *
sysjit_is_available(PyObject *module, PyObject *Py_UNUSED(ignored))
{
#ifdef _Py_TIER2
    Py_RETURN_TRUE;
#else
    Py_RETURN_FALSE;
#endif
}

static PyObject *
sysjit_is_enabled(PyObject *module, PyObject *Py_UNUSED(ignored))
{
#ifdef _Py_TIER2
    struct jit *jit = jit_get(_PyInterpreterState_GET());
    return PyBool_FromLong(jit != NULL && jit->head.enabled);
#else
    Py_RETURN_FALSE;
#endif
}

static PyObject *
sysjit_is_active(PyObject *module, PyObject *Py_UNUSED(ignored))
{
#ifdef _Py_TIER2
    // This function is called from the frame that is asked about; its
    // activation, if it has one, is the innermost.
    PyThreadState *tstate = _PyThreadState_GET();
    return PyBool_FromLong(tstate->previous_executor != NULL);
#else
    Py_RETURN_FALSE;
#endif
}

static PyObject *
sysjit_stats(PyObject *module, PyObject *Py_UNUSED(ignored))
{
#ifdef _Py_TIER2
    struct jit *jit = jit_get(_PyInterpreterState_GET());
    if (jit != NULL) {
        return jit_stats_dict(jit);
    }
#endif
    return PyDict_New();
}

static PyMethodDef sysjit_methods[] = {
    {"is_available", sysjit_is_available, METH_NOARGS,
     PyDoc_STR("is_available($module, /)\n--\n\n"
               "Return True if this Python was built with a JIT.")},
    {"is_enabled", sysjit_is_enabled, METH_NOARGS,
     PyDoc_STR("is_enabled($module, /)\n--\n\n"
               "Return True if the JIT is switched on in this process.")},
    {"is_active", sysjit_is_active, METH_NOARGS,
     PyDoc_STR("is_active($module, /)\n--\n\n"
               "Return True if the calling Python frame runs as machine code.")},
    {"stats", sysjit_stats, METH_NOARGS,
     PyDoc_STR("stats($module, /)\n--\n\n"
               "Return a dict of the JIT's counters; empty if it is off.")},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef sysjit_module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "sys._jit",
    .m_doc = PyDoc_STR("State and statistics of the just-in-time compiler."),
    .m_size = 0,
    .m_methods = sysjit_methods,
};

PyObject *
_PyJIT_NewModule(void)
{
    return PyModule_Create(&sysjit_module);
}
