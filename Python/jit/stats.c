/* stats.c - the JIT's counters, as a dict and as text.
 *
 * Everything here is counted in release builds. Counts of executed bytecodes
 * need PYTHON_JIT_STATS=1: then traces carry counting micro-ops, and tier 1
 * runs in the recorder's loop, which counts each instruction.
 */
#include "jit.h"

#ifdef _Py_TIER2

#include "opcode.h"
#include "pycore_opcode_metadata.h"

#define TOP_EXITS 20                // places printed, of where traces are left
#define WHERE_SIZE 100

/* A place where traces leave to tier 1. */
struct left_at {
    uint64_t times;
    char where[WHERE_SIZE];
};

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

/* Of the traces that were made, to within JIT_TIME_STEP_NS; 0 if there are none. */
static uint64_t
median_compile_ns(struct jit_stats *s)
{
    uint64_t all = 0, below = 0;
    for (int i = 0; i < JIT_TIME_STEPS; i++) {
        all += s->times[i];
    }
    for (int i = 0; i < JIT_TIME_STEPS && all > 0; i++) {
        below += s->times[i];
        if (2 * below >= all) {
            return (uint64_t)i * JIT_TIME_STEP_NS + JIT_TIME_STEP_NS / 2;
        }
    }
    return 0;
}

static PyObject *
stages_dict(struct jit_stats *s)
{
    PyObject *dict = PyDict_New();
#define X(NAME, TEXT) \
    if (dict != NULL && set_count(dict, TEXT, s->stage_ns[JIT_STAGE_##NAME]) < 0) { \
        Py_CLEAR(dict); \
    }
    JIT_STAGES(X)
#undef X
    return dict;
}

static PyObject *
rules_dict(struct jit_stats *s)
{
    PyObject *dict = PyDict_New();
#define X(NAME, EQUATION) \
    if (dict != NULL && set_count(dict, #NAME, s->rules[JIT_RULE_##NAME]) < 0) { \
        Py_CLEAR(dict); \
    }
    JIT_RULES(X)
#undef X
    return dict;
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
        {"evicted", s->evicted},
        {"code_bytes", jit->memory},
        {"trace_bytecodes", s->trace_bytecodes},
        {"tier1_bytecodes", s->tier1_bytecodes},
        {"recorded_bytecodes", s->recorded_bytecodes},
        {"micro_ops", s->uops},
        {"compile_ns", s->compile_ns},
        {"median_compile_ns", median_compile_ns(s)},
        {"record_ns", s->record_ns},
        {"stressed", jit_stress_count(jit)},
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(counts); i++) {
        if (set_count(dict, counts[i].name, counts[i].n) < 0) {
            goto error;
        }
    }
    if (set_item(dict, "coverage_percent", PyFloat_FromDouble(coverage(s))) < 0 ||
        set_item(dict, "aborts", aborts_dict(s)) < 0 ||
        set_item(dict, "rules", rules_dict(s)) < 0 ||
        set_item(dict, "stage_ns", stages_dict(s)) < 0)
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

/* Counts an exit to tier 1 at `target` (PYTHON_JIT_STATS=2). */
void
jit_stats_left_at(struct jit *jit, struct _PyInterpreterFrame *frame, struct jit_exit *exit)
{
    if (jit->left_at == NULL) {
        jit->left_at = jit_table_new(jit_free);
        if (jit->left_at == NULL) {
            return;
        }
    }
    // Executors come and go; the place in the bytecode stays.
    void *key = (char *)exit->target + (exit->kind == JIT_EXIT_TIER1);
    struct left_at *place = _Py_hashtable_get(jit->left_at, key);
    if (place == NULL) {
        place = jit_calloc(1, sizeof(*place));
        if (place == NULL || _Py_hashtable_set(jit->left_at, key, place) < 0) {
            jit_free(place);
            return;
        }
        if (frame->owner == FRAME_OWNED_BY_CSTACK) {
            PyOS_snprintf(place->where, sizeof(place->where), "a return to C");
            place->times++;
            return;
        }
        PyCodeObject *code = _PyFrame_GetCode(frame);
        int offset = (int)(exit->target - _PyCode_CODE(code)) * (int)sizeof(_Py_CODEUNIT);
        _Py_CODEUNIT *instr = exit->target;
        while (instr->op.code == EXTENDED_ARG) {
            instr++;
        }
        static const char *const kinds[] = {"side exit", "for good", "link", "indirect"};
        PyOS_snprintf(place->where, sizeof(place->where), "%.40s:%d @%d %s (%s)",
                      PyUnicode_AsUTF8(code->co_qualname),
                      PyCode_Addr2Line(code, offset), offset,
                      _PyOpcode_OpName[_PyOpcode_Deopt[instr->op.code]], kinds[exit->kind]);
    }
    place->times++;
}

struct top_exits {
    const struct left_at *places[TOP_EXITS];
    int count;
};

static int
keep_top(_Py_hashtable_t *Py_UNUSED(table), const void *Py_UNUSED(key), const void *value, void *arg)
{
    struct top_exits *top = arg;
    const struct left_at *place = value;
    int i = top->count < TOP_EXITS ? top->count++ : TOP_EXITS - 1;
    if (i == TOP_EXITS - 1 && top->places[i] != NULL && top->places[i]->times >= place->times) {
        return 0;
    }
    for (; i > 0 && top->places[i - 1]->times < place->times; i--) {
        top->places[i] = top->places[i - 1];
    }
    top->places[i] = place;
    return 0;
}

static void
print_left_at(struct jit *jit, FILE *file)
{
    struct top_exits top = {0};
    if (jit->left_at != NULL) {
        (void)_Py_hashtable_foreach(jit->left_at, keep_top, &top);
    }
    for (int i = 0; i < top.count; i++) {
        fprintf(file, "jit: left %10llu times at %s\n",
                (unsigned long long)top.places[i]->times, top.places[i]->where);
    }
}

void
jit_stats_fini(struct jit *jit)
{
    if (jit->left_at != NULL) {
        _Py_hashtable_destroy(jit->left_at);
        jit->left_at = NULL;
    }
}

void
jit_stats_print(struct jit *jit, FILE *file)
{
    struct jit_stats *s = &jit->stats;
    fprintf(file, "jit: traces %llu (bridges %llu), invalidated %llu, evicted %llu, freed %llu, "
            "entries %llu, exits %llu, code %zu bytes\n",
            (unsigned long long)s->traces, (unsigned long long)s->bridges,
            (unsigned long long)s->invalidated,
            (unsigned long long)s->evicted, (unsigned long long)s->freed,
            (unsigned long long)s->entries, (unsigned long long)s->exits,
            jit->memory);
    fprintf(file, "jit: bytecodes in traces %llu of %llu (%.1f %%), "
            "recording %.2f ms, compiling %.2f ms (median %.3f)\n",
            (unsigned long long)s->trace_bytecodes,
            (unsigned long long)(s->trace_bytecodes + s->tier1_bytecodes),
            coverage(s), (double)s->record_ns * 1e-6, (double)s->compile_ns * 1e-6,
            (double)median_compile_ns(s) * 1e-6);
    if (s->no_memory_reason != NULL) {
        fprintf(file, "jit: executable memory refused: %s\n", s->no_memory_reason);
    }
    for (int i = 1; i < JIT_ABORT_COUNT; i++) {
        if (s->aborts[i] != 0) {
            fprintf(file, "jit: aborted %6llu  %s\n",
                    (unsigned long long)s->aborts[i], abort_texts[i]);
        }
    }
    print_left_at(jit, file);
}

#endif  // _Py_TIER2
