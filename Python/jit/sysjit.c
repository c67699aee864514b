/* sysjit.c - sys._jit: what a program can ask of the JIT.
 *
 * is_available(), is_enabled() and is_active() are those of CPython 3.14, in
 * every build; stats() is ours, and parse_ir(), which is for tests of the
 * optimizer and only in builds that have it.
 */
#include "ir.h"
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

#ifdef _Py_JIT

/* What has been written to a file, as a str. */
static PyObject *
contents(FILE *file)
{
    long size = ftell(file);
    if (size < 0) {
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    char *text = PyMem_Malloc((size_t)size + 1);
    if (text == NULL) {
        return PyErr_NoMemory();
    }
    rewind(file);
    size_t n = fread(text, 1, (size_t)size, file);
    rewind(file);
    PyObject *result = PyUnicode_DecodeUTF8(text, (Py_ssize_t)n, "replace");
    PyMem_Free(text);
    return result;
}

/* A parsed trace, and what is wrong with it, as text. */
static PyObject *
describe(FILE *file, struct jit_trace *trace)
{
    jref where = 0;
    const char *broken = jir_verify(trace->ir, &where);
    fprintf(file, "%s\n", jir_text(trace->ir, JIR_TEXT_HEADER, 0));
    jit_dump_ir(file, trace);
    PyObject *printed = contents(file);
    if (printed == NULL || broken == NULL) {
        return printed == NULL ? NULL : Py_BuildValue("NO", printed, Py_None);
    }
    fprintf(file, "%s at v%u: ", broken, (unsigned)where);
    jir_print_operation(file, trace->ir, where);
    return Py_BuildValue("NN", printed, contents(file));
}

static PyObject *
sysjit_parse_ir(PyObject *module, PyObject *text)
{
    Py_ssize_t size;
    const char *utf8 = PyUnicode_AsUTF8AndSize(text, &size);
    if (utf8 == NULL) {
        return NULL;
    }
    if (strlen(utf8) != (size_t)size) {
        PyErr_SetString(PyExc_ValueError, "embedded null character");
        return NULL;
    }
    struct jit_trace trace = {0};
    char error[JIR_ERROR_SIZE];
    PyObject *result = NULL;
    if (jir_parse(utf8, &trace, error)) {
        FILE *file = tmpfile();
        if (file == NULL) {
            PyErr_SetFromErrno(PyExc_OSError);
        }
        else {
            result = describe(file, &trace);
            fclose(file);
        }
    }
    else if (error[0] != '\0') {
        PyErr_SetString(PyExc_ValueError, error);
    }
    else {
        PyErr_NoMemory();
    }
    jir_parsed_free(&trace);
    return result;
}

#endif  // _Py_JIT

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
#ifdef _Py_JIT
    {"parse_ir", sysjit_parse_ir, METH_O,
     PyDoc_STR("parse_ir($module, text, /)\n--\n\n"
               "For tests: read a trace as PYTHON_JIT_DUMP=build prints it.\n\n"
               "Return it printed again, and None, or which invariant of ir_verify.c\n"
               "it breaks, and where. ValueError says what cannot be read.")},
#endif
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
