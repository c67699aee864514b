/* stats.c - the JIT's counters, as a dict and as text.
 *
 * Everything here is counted in release builds. Counts of executed bytecodes
 * need PYTHON_JIT_STATS=1: then traces carry counting micro-ops, and tier 1
 * runs in the recorder's loop, which counts each instruction.
 */
#include "jit.h"

#ifdef _Py_TIER2

static const char *const abort_names[] = {
#define X(NAME, TEXT) [JIT_ABORT_##NAME] = #NAME,
    JIT_ABORT_REASONS(X)
#undef X
};

static const char *const abort_texts[] = {
#define X(NAME, TEXT) [JIT_ABORT_##NAME] = TEXT,
    JIT_ABORT_REASONS(X)
#undef X
};

static int
set_count(PyObject *dict, const char *name, uint64_t n)
{
    PyObject *value = PyLong_FromUnsignedLongLong(n);
    if (value == NULL) {
        return -1;
    }
    int err = PyDict_SetItemString(dict, name, value);
    Py_DECREF(value);
    return err;
}

static int
set_item(PyObject *dict, const char *name, PyObject *value)
{
    if (value == NULL) {
        return -1;
    }
    int err = PyDict_SetItemString(dict, name, value);
    Py_DECREF(value);
    return err;
}

/* Percentage of executed bytecodes that ran in traces; 0 if not counted. */
static double
coverage(struct jit_stats *s)
{
    uint64_t all = s->trace_bytecodes + s->tier1_bytecodes;
    return all == 0 ? 0.0 : 100.0 * (double)s->trace_bytecodes / (double)all;
}

static PyObject *
aborts_dict(struct jit_stats *s)
{
    PyObject *dict = PyDict_New();
    for (int i = 1; i < JIT_ABORT_COUNT && dict != NULL; i++) {
        if (s->aborts[i] != 0 && set_count(dict, abort_names[i], s->aborts[i]) < 0) {
            Py_CLEAR(dict);
        }
    }
    return dict;
}

PyObject *
jit_stats_dict(struct jit *jit)
{
    struct jit_stats *s = &jit->stats;
    PyObject *dict = PyDict_New();
    if (dict == NULL) {
        return NULL;
    }
    const struct { const char *name; uint64_t n; } counts[] = {
        {"traces", s->traces},
        {"bridges", s->bridges},
        {"entries", s->entries},
        {"exits", s->exits},
        {"invalidated", s->invalidated},
        {"freed", s->freed},
        {"code_bytes", jit->memory},
        {"trace_bytecodes", s->trace_bytecodes},
        {"tier1_bytecodes", s->tier1_bytecodes},
        {"recorded_bytecodes", s->recorded_bytecodes},
        {"micro_ops", s->uops},
        {"compile_ns", s->compile_ns},
        {"record_ns", s->record_ns},
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(counts); i++) {
        if (set_count(dict, counts[i].name, counts[i].n) < 0) {
            goto error;
        }
    }
    if (set_item(dict, "coverage_percent", PyFloat_FromDouble(coverage(s))) < 0 ||
        set_item(dict, "aborts", aborts_dict(s)) < 0)
    {
        goto error;
    }
    PyObject *reason = s->no_memory_reason == NULL
        ? Py_NewRef(Py_None) : PyUnicode_FromString(s->no_memory_reason);
    if (set_item(dict, "memory_refused", reason) < 0) {
        goto error;
    }
    return dict;
error:
    Py_DECREF(dict);
    return NULL;
}

void
jit_stats_print(struct jit *jit, FILE *file)
{
    struct jit_stats *s = &jit->stats;
    fprintf(file, "jit: traces %llu (bridges %llu), invalidated %llu, freed %llu, "
            "entries %llu, exits %llu, code %zu bytes\n",
            (unsigned long long)s->traces, (unsigned long long)s->bridges,
            (unsigned long long)s->invalidated, (unsigned long long)s->freed,
            (unsigned long long)s->entries, (unsigned long long)s->exits,
            jit->memory);
    fprintf(file, "jit: bytecodes in traces %llu of %llu (%.1f %%), "
            "recording %.2f ms, compiling %.2f ms\n",
            (unsigned long long)s->trace_bytecodes,
            (unsigned long long)(s->trace_bytecodes + s->tier1_bytecodes),
            coverage(s), (double)s->record_ns * 1e-6, (double)s->compile_ns * 1e-6);
    if (s->no_memory_reason != NULL) {
        fprintf(file, "jit: executable memory refused: %s\n", s->no_memory_reason);
    }
    for (int i = 1; i < JIT_ABORT_COUNT; i++) {
        if (s->aborts[i] != 0) {
            fprintf(file, "jit: aborted %6llu  %s\n",
                    (unsigned long long)s->aborts[i], abort_texts[i]);
        }
    }
}

#endif  // _Py_TIER2
