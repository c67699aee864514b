/* dump.c - traces as text, for people and tests: PYTHON_JIT_DUMP=stage,stage[:file].
 *
 * Stages: translate, optimize, stress, abort, all; `help` lists them. A `%p` in the
 * file's name is the process id. Without a file the text goes to stderr.
 *
 *     == trace 3  f (/tmp/bench.py:12)  after optimize  ops 41->29  0.08 ms  loop
 *     ; bench.py:13  BINARY_OP_ADD_INT @22
 *       > GUARD_NOS_INT  exit=2 -> @22
 *         BINARY_OP_ADD_INT
 *     ; bench.py:13  STORE_FAST @26
 *         STORE_FAST 1 total
 *     == abort  g (/tmp/bench.py:40)  ERROR  record: an exception was raised
 *
 * A comment says which instruction the micro-ops under it are of; `; in g ...`
 * that they run in another frame. `>` marks what may leave. Offsets are those
 * that dis shows. Nothing depends on addresses: objects have names, and a
 * version, which may differ from run to run, has a # before it.
 */
#include "jit.h"

#ifdef _Py_TIER2

#include "opcode.h"
#include "pycore_function.h"
#include "pycore_opcode_metadata.h"
#include "pycore_jit_tables.h"

static const char *const stages[] = {"translate", "optimize", "stress", "abort"};

static const char *const abort_reasons[] = {
#define X(NAME, TEXT) [JIT_ABORT_##NAME] = #NAME "  " TEXT,
    JIT_ABORT_REASONS(X)
#undef X
};

static bool
names(const char *dump, const char *stage)
{
    size_t n = strlen(stage);
    for (const char *p = dump; *p != '\0' && *p != ':';) {
        size_t len = strcspn(p, ",:");
        if (len == n && strncmp(p, stage, n) == 0) {
            return true;
        }
        p += len;
        p += *p == ',';
    }
    return false;
}

/* Is this a stage that can be dumped, and shall it be? */
bool
jit_dump_wants(struct jit *jit, const char *stage)
{
    const char *dump = jit->config.dump;
    if (dump == NULL) {
        return false;
    }
    if (names(dump, "help")) {
        fprintf(stderr, "PYTHON_JIT_DUMP stages:");
        for (size_t i = 0; i < Py_ARRAY_LENGTH(stages); i++) {
            fprintf(stderr, " %s", stages[i]);
        }
        fprintf(stderr, " all\n");
        jit->config.dump = NULL;
        return false;
    }
    for (size_t i = 0; i < Py_ARRAY_LENGTH(stages); i++) {
        if (strcmp(stages[i], stage) == 0) {
            return names(dump, stage) || names(dump, "all");
        }
    }
    return false;
}

static FILE *
open_dump(struct jit *jit)
{
    const char *colon = strchr(jit->config.dump, ':');
    if (colon == NULL) {
        return stderr;
    }
    char name[1024];
    size_t n = 0;
    for (const char *p = colon + 1; *p != '\0' && n < sizeof(name) - 24; p++) {
        if (p[0] == '%' && p[1] == 'p') {
            n += (size_t)sprintf(name + n, "%ld", (long)getpid());
            p++;
        }
        else {
            name[n++] = *p;
        }
    }
    name[n] = '\0';
    FILE *file = fopen(name, "a");
    return file != NULL ? file : stderr;
}

static void
close_dump(FILE *file)
{
    if (file != stderr) {
        fclose(file);
    }
}

static const char *
utf8(PyObject *s)
{
    const char *text = PyUnicode_AsUTF8(s);
    PyErr_Clear();
    return text == NULL ? "?" : text;
}

static void
print_code(FILE *file, PyCodeObject *code)
{
    fprintf(file, "%s (%s:%d)", utf8(code->co_qualname), utf8(code->co_filename), code->co_firstlineno);
}

static long
offset_of(PyCodeObject *code, _Py_CODEUNIT *instr)
{
    return (long)(instr - _PyCode_CODE(code)) * (long)sizeof(_Py_CODEUNIT);
}

/* After a space, a name for an object that is the same in every run. */
static void
print_object(FILE *file, PyObject *o)
{
    if (o == Py_None || PyBool_Check(o) || PyLong_CheckExact(o) || PyFloat_CheckExact(o) ||
        PyUnicode_CheckExact(o) || PyBytes_CheckExact(o))
    {
        PyObject *repr = PyObject_Repr(o);
        PyErr_Clear();
        fprintf(file, " %.40s", repr == NULL ? "?" : utf8(repr));
        Py_XDECREF(repr);
    }
    else if (PyFunction_Check(o)) {
        fprintf(file, " <function %s>", utf8(((PyFunctionObject *)o)->func_qualname));
    }
    else if (PyCFunction_Check(o)) {
        fprintf(file, " <builtin %s>", ((PyCFunctionObject *)o)->m_ml->ml_name);
    }
    else if (PyCode_Check(o)) {
        fprintf(file, " <code %s>", utf8(((PyCodeObject *)o)->co_qualname));
    }
    else if (PyType_Check(o)) {
        fprintf(file, " <type %s>", ((PyTypeObject *)o)->tp_name);
    }
    else {
        fprintf(file, " <%s>", Py_TYPE(o)->tp_name);
    }
}

/* oparg and operand, as far as they mean something to a reader. The operands
 * of LOAD_ATTR_* are left out: the comment says the name, and before
 * optimize.c the attribute may be gone. */
static void
print_operands(FILE *file, struct jit_trace *trace, struct jit_uop *u)
{
    const struct jit_uop_info *info = &jit_uop_info[u->op];
    PyCodeObject *code = trace->frames[u->frame].code;
    struct jit_record_entry *e = &trace->rec->entries[u->line];
    if (info->flags & JIT_UOP_OPARG && u->op != U_GUARD_FUNCTION_VERSION) {
        fprintf(file, " %u", (unsigned)u->oparg);
    }
    if (info->flags & (JIT_UOP_LOCAL_READ | JIT_UOP_LOCAL_WRITE)) {
        fprintf(file, " %s", utf8(PyTuple_GET_ITEM(code->co_localsplusnames, u->oparg)));
    }
    switch (u->op) {
        case U_LOAD_CONST:
            print_object(file, PyTuple_GET_ITEM(code->co_consts, u->oparg));
            return;
        case U_LOAD_CONST_INLINE:
        case U_LOAD_CONST_INLINE_BORROW:
        case U_LOAD_CONST_INLINE_WITH_NULL:
        case U_LOAD_CONST_INLINE_BORROW_WITH_NULL:
        case U_GUARD_INIT_CODE:
        case U_GUARD_GETITEM_CODE:
            print_object(file, (PyObject *)(uintptr_t)u->operand);
            return;
        case U_GUARD_FUNCTION_VERSION:          // the function itself may be gone
            print_object(file, (PyObject *)e[1].code);
            return;
        case U_SET_IP:
            fprintf(file, " @%ld", offset_of(code, (_Py_CODEUNIT *)(uintptr_t)u->operand));
            return;
        case U_GUARD_CALLER:
        case U_GUARD_CALLER_YIELD:
        case U_GUARD_GEN_FRAME:
        case U_GUARD_SEND_FRAME:
            fprintf(file, " @%ld of %s", offset_of(e[1].code, (_Py_CODEUNIT *)(uintptr_t)u->operand),
                    utf8(e[1].code->co_qualname));
            return;
        case U_SEND_GEN_FRAME_INDIRECT:
            fprintf(file, " %s", ((PyTypeObject *)(uintptr_t)u->operand)->tp_name);
            return;
        case U_GUARD_TYPE_VERSION:
            fprintf(file, " #%u", (unsigned)u->operand);
            if (e->top[0] != NULL && e->top[0]->tp_version_tag == u->operand) {
                fprintf(file, " %s", e->top[0]->tp_name);
            }
            return;
    }
    if (info->operand_size == 1 || info->operand_size == 2) {
        bool version = info->operand_size == 2 || strstr(info->name, "VERSION") != NULL;
        fprintf(file, version ? " #%u" : " %u", (unsigned)u->operand);
    }
}

static void
print_uop(FILE *file, struct jit_trace *trace, struct jit_uop *u)
{
    static const char *const kinds[] = {
        [JIT_EXIT_SIDE] = "",
        [JIT_EXIT_TIER1] = " tier 1",
        [JIT_EXIT_LINK] = " link",
        [JIT_EXIT_INDIRECT] = " indirect",
    };
    fprintf(file, "  %c %s", u->exit == JIT_NO_EXIT ? ' ' : '>', jit_uop_info[u->op].name);
    print_operands(file, trace, u);
    if (u->exit != JIT_NO_EXIT) {
        struct jit_exit_site *x = &trace->exits[u->exit];
        fprintf(file, "  exit=%u -> @%ld%s", (unsigned)u->exit,
                offset_of(trace->frames[x->frame].code, x->target), kinds[x->kind]);
    }
    fprintf(file, "\n");
}

/* The comment on an instruction, or on where the trace ends. */
static void
print_instruction(FILE *file, struct jit_record_entry *e)
{
    PyCodeObject *code = e->code;
    const char *path = utf8(code->co_filename);
    const char *slash = strrchr(path, '/');
    long offset = offset_of(code, e->op_instr);
    int opcode = e->opcode != 0 ? e->opcode : _Py_GetBaseOpcode(code, (int)(e->op_instr - _PyCode_CODE(code)));
    fprintf(file, "; %s:%d  %s", slash == NULL ? path : slash + 1, PyCode_Addr2Line(code, (int)offset),
            _PyOpcode_OpName[opcode]);
    int base = _PyOpcode_Deopt[opcode];
    if (e->opcode != 0 && OPCODE_HAS_NAME(base)) {
        int shift = base == LOAD_GLOBAL || base == LOAD_ATTR ? 1 : base == LOAD_SUPER_ATTR ? 2 : 0;
        fprintf(file, " %s", utf8(PyTuple_GET_ITEM(code->co_names, e->oparg >> shift)));
    }
    fprintf(file, " @%ld\n", offset);
}

/* The trace after a stage that began with `before` micro-ops and took `ns`. */
void
jit_dump_trace(struct jit *jit, struct jit_trace *trace, const char *stage, int before, int64_t ns)
{
    FILE *file = open_dump(jit);
    fprintf(file, "== trace %u  ", (unsigned)jit->next_id);
    print_code(file, trace->code);
    fprintf(file, "  after %s  ops %d->%d  %.2f ms  ", stage, before, trace->count, (double)ns * 1e-6);
    struct jit_recorder *rec = trace->rec;
    if (rec->exit != NULL) {
        fprintf(file, "bridge of %u\n", (unsigned)rec->exit_owner->id);
    }
    else {
        fprintf(file, "%s\n", rec->is_continuation ? "continuation" : rec->is_loop ? "loop" : "function");
    }
    int line = -1, frame = 0;
    for (int i = 0; i < trace->count; i++) {
        struct jit_uop *u = &trace->uops[i];
        if (u->frame != frame) {
            frame = u->frame;
            fprintf(file, "; in ");
            print_code(file, trace->frames[frame].code);
            fprintf(file, "\n");
        }
        if (u->line != line) {
            line = u->line;
            print_instruction(file, &rec->entries[line]);
        }
        print_uop(file, trace, u);
    }
    close_dump(file);
}

/* A record that became no trace, and why. */
void
jit_dump_abort(struct jit *jit, struct jit_recorder *rec)
{
    FILE *file = open_dump(jit);
    fprintf(file, "== abort  ");
    if (rec->abort != JIT_ABORT_CHANGED) {      // then the code may be gone
        print_code(file, rec->anchor_code);
    }
    fprintf(file, "  %s\n", abort_reasons[rec->abort]);
    close_dump(file);
}

#endif  // _Py_TIER2
