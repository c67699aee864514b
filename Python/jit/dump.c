/* dump.c - traces as text, for people and tests: PYTHON_JIT_DUMP=stage,stage[:file].
 *
 * Stages: translate, build, lower, abort, all; `help` lists them. A `%p` in the
 * file's name is the process id. Without a file the text goes to stderr.
 *
 *     == trace 3  f (/tmp/bench.py:12)  after translate  ops 0->41  0.08 ms  loop
 *     ; bench.py:13  BINARY_OP_ADD_INT @22
 *       > GUARD_BOTH_INT  exit=2 -> @22
 *         BINARY_OP_ADD_INT
 *     ; bench.py:13  STORE_FAST @26
 *         STORE_FAST 1 total
 *     == abort  g (/tmp/bench.py:40)  ERROR  record: an exception was raised
 *
 * A comment says which instruction the micro-ops under it are of (or, after
 * `build`, the instructions of ir.h, see ir_print.c); `; in frame 1: g ...`
 * that they run in another frame. `>` marks what may leave. Offsets are those
 * that dis shows. Nothing depends on addresses: objects have names, and a
 * version, which may differ from run to run, has a # before it.
 *
 * ir_parse.c reads the text after `build` again. For that, an object, a name and
 * whatever else jit_dump_operands() prints is one *word*: it ends at a space, a
 * comma or a bracket, unless these are within quotes or < >. What has such
 * characters in its name is shown with a ? for each.
 */
#include "lower.h"

#ifdef _Py_TIER2

#include "opcode.h"
#include "pycore_function.h"
#include "pycore_opcode_metadata.h"
#include "pycore_jit_tables.h"

#define MAX_LITERAL 40              // bytes

static const char *const stages[] = {"translate", "build", "lower", "abort"};

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

FILE *
jit_dump_open(struct jit *jit)
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
    FILE *file = fopen(name, "ab");         // lines end by \n on Windows, too
    return file != NULL ? file : stderr;
}

void
jit_dump_close(FILE *file)
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

/* Text on one line, without the characters in `unwanted`. */
static void
print_clean(FILE *file, const char *text, const char *unwanted)
{
    for (const char *p = text; *p != '\0'; p++) {
        bool control = (unsigned char)*p < ' ' || *p == 127;
        putc(control || strchr(unwanted, *p) != NULL ? '?' : *p, file);
    }
}

/* A name as one word. */
void
jit_dump_name(FILE *file, const char *name)
{
    int open = 0;
    bool pairs = true;
    for (const char *p = name; *p != '\0'; p++) {
        open += *p == '<' ? 1 : *p == '>' ? -1 : 0;
        pairs &= open >= 0;
    }
    print_clean(file, *name == '\0' ? "?" : name, pairs && open == 0 ? " ,[]'\"" : " ,[]'\"<>");
}

static void
print_code(FILE *file, PyCodeObject *code)
{
    print_clean(file, utf8(code->co_qualname), "");
    fprintf(file, " (");
    print_clean(file, utf8(code->co_filename), "");
    fprintf(file, ":%d)", code->co_firstlineno);
}

/* A literal; what is left out of a long one stands behind its quotes as "...". */
static void
print_literal(FILE *file, const char *repr)
{
    size_t n = 0;
    while (repr[n] != '\0') {
        size_t step = repr[n] == '\\' ? 2 : 1;
        while (((unsigned char)repr[n + step] & 0xC0) == 0x80) {
            step++;                 // the rest of a character in UTF-8
        }
        if (n + step > MAX_LITERAL) {
            const char *quote = repr[0] == 'b' ? repr + 1 : repr;
            bool quoted = *quote == '\'' || *quote == '"';
            fprintf(file, "%.*s%.*s...", (int)n, repr, quoted, quote);
            return;
        }
        n += step;
    }
    fprintf(file, "%s", repr);
}

static long
offset_of(PyCodeObject *code, _Py_CODEUNIT *instr)
{
    return (long)(instr - _PyCode_CODE(code)) * (long)sizeof(_Py_CODEUNIT);
}

/* A name for an object that is the same in every run. */
void
jit_dump_object(FILE *file, PyObject *o)
{
    if (o == Py_None || PyBool_Check(o) || PyLong_CheckExact(o) || PyFloat_CheckExact(o) ||
        PyUnicode_CheckExact(o) || PyBytes_CheckExact(o))
    {
        PyObject *repr = Py_TYPE(o)->tp_repr(o);    // (PyObject_Repr() runs handlers of signals)
        PyErr_Clear();
        print_literal(file, repr == NULL ? "?" : utf8(repr));
        Py_XDECREF(repr);
        return;
    }
    const char *what = "", *name = Py_TYPE(o)->tp_name;
    if (PyFunction_Check(o)) {
        what = "function ";
        name = utf8(((PyFunctionObject *)o)->func_qualname);
    }
    else if (PyCFunction_Check(o)) {
        what = "builtin ";
        name = ((PyCFunctionObject *)o)->m_ml->ml_name;
    }
    else if (PyCode_Check(o)) {
        what = "code ";
        name = utf8(((PyCodeObject *)o)->co_qualname);
    }
    else if (PyType_Check(o)) {
        what = "type ";
        name = ((PyTypeObject *)o)->tp_name;
    }
    fprintf(file, "<%s", what);
    jit_dump_name(file, name);
    fprintf(file, ">");
}

/* oparg and operand, as far as they mean something to a reader. The operands
 * of LOAD_ATTR_* are left out: the comment says the name, and before
 * ssa.c the attribute may be gone. */
void
jit_dump_operands(FILE *file, struct jit_trace *trace, int uop, int frame, int line, uint32_t oparg, uint64_t operand)
{
    const struct jit_uop_info *info = &jit_uop_info[uop];
    PyCodeObject *code = trace->frames[frame].code;
    struct jit_record_entry *e = &trace->rec->entries[line];
    if (jit_dump_has_oparg(uop)) {
        fprintf(file, " %u", (unsigned)oparg);
    }
    if (info->flags & (JIT_UOP_LOCAL_READ | JIT_UOP_LOCAL_WRITE)) {
        fprintf(file, " ");
        jit_dump_name(file, utf8(PyTuple_GET_ITEM(code->co_localsplusnames, oparg)));
    }
    switch (uop) {
        case U_LOAD_CONST:
            fprintf(file, " ");
            jit_dump_object(file, PyTuple_GET_ITEM(code->co_consts, oparg));
            return;
        case U_GUARD_INIT_CODE:
        case U_GUARD_GETITEM_CODE:
            fprintf(file, " ");
            jit_dump_object(file, (PyObject *)(uintptr_t)operand);
            return;
        case U_GUARD_FUNCTION_VERSION:          // the function itself may be gone
            fprintf(file, " ");
            jit_dump_object(file, (PyObject *)e[1].code);
            return;
        case U_SET_IP:
        case U_RETURN:
            fprintf(file, " @%ld", offset_of(code, (_Py_CODEUNIT *)(uintptr_t)operand));
            return;
        case U_CALL_KNOWN:
        case U_CALL_FUNCTION:
        case U_CALL_BOUND_METHOD:
            fprintf(file, " ");
            jit_dump_name(file, utf8(((struct jit_call *)(uintptr_t)operand)->code->co_qualname));
            return;
        case U_GUARD_CALLER:
        case U_GUARD_CALLER_YIELD:
        case U_GUARD_GEN_FRAME:
        case U_GUARD_SEND_FRAME:
            fprintf(file, " @%ld of ", offset_of(e[1].code, (_Py_CODEUNIT *)(uintptr_t)operand));
            jit_dump_name(file, utf8(e[1].code->co_qualname));
            return;
        case U_SEND_GEN_FRAME_INDIRECT:
            fprintf(file, " ");
            jit_dump_name(file, ((PyTypeObject *)(uintptr_t)operand)->tp_name);
            return;
        case U_GUARD_TYPE_VERSION: {
            bool known = e->top[0] != NULL && e->top[0]->tp_version_tag == operand;
            fprintf(file, " #%u ", (unsigned)operand);
            jit_dump_name(file, known ? e->top[0]->tp_name : "?");
            return;
        }
    }
    if (info->operand_size == 1 || info->operand_size == 2) {
        bool version = info->operand_size == 2 || strstr(jit_uop_names[uop], "VERSION") != NULL;
        fprintf(file, version ? " #%u" : " %u", (unsigned)operand);
    }
}

/* Does jit_dump_operands() begin with oparg? */
bool
jit_dump_has_oparg(int uop)
{
    return jit_uop_info[uop].flags & JIT_UOP_OPARG && uop != U_GUARD_FUNCTION_VERSION;
}

/* The number of words that it prints after oparg. */
int
jit_dump_word_count(int uop)
{
    const struct jit_uop_info *info = &jit_uop_info[uop];
    int name = (info->flags & (JIT_UOP_LOCAL_READ | JIT_UOP_LOCAL_WRITE)) != 0;
    switch (uop) {
        case U_LOAD_CONST:
        case U_GUARD_INIT_CODE:
        case U_GUARD_GETITEM_CODE:
        case U_GUARD_FUNCTION_VERSION:
        case U_SET_IP:
        case U_RETURN:
        case U_SEND_GEN_FRAME_INDIRECT:
        case U_CALL_KNOWN:
        case U_CALL_FUNCTION:
        case U_CALL_BOUND_METHOD:
            return name + 1;
        case U_GUARD_TYPE_VERSION:
            return name + 2;
        case U_GUARD_CALLER:
        case U_GUARD_CALLER_YIELD:
        case U_GUARD_GEN_FRAME:
        case U_GUARD_SEND_FRAME:
            return name + 3;
        default:
            return name + (info->operand_size == 1 || info->operand_size == 2);
    }
}

/* By enum jit_exit_kind; of what leads to tier 1. */
const char *const jit_dump_exit_kinds[JIT_DUMP_EXIT_KINDS] = {
    [JIT_EXIT_SIDE] = "",
    [JIT_EXIT_TIER1] = " tier 1",
    [JIT_EXIT_LINK] = " link",
    [JIT_EXIT_INDIRECT] = " indirect",
};

/* Where an exit leads to. */
void
jit_dump_site(FILE *file, struct jit_trace *trace, int site)
{
    struct jit_exit_site *x = &trace->exits[site];
    fprintf(file, "@%ld%s", offset_of(trace->frames[x->frame].code, x->target), jit_dump_exit_kinds[x->kind]);
}

static void
print_uop(FILE *file, struct jit_trace *trace, struct jit_uop *u)
{
    fprintf(file, "  %c %s", u->exit == JIT_NO_EXIT ? ' ' : '>', jit_uop_names[u->op]);
    jit_dump_operands(file, trace, u->op, u->frame, u->line, u->oparg, u->operand);
    if (u->exit != JIT_NO_EXIT) {
        fprintf(file, "  exit=%u -> ", (unsigned)u->exit);
        jit_dump_site(file, trace, u->exit);
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
    print_clean(file, slash == NULL ? path : slash + 1, "");
    fprintf(file, ":%d  %s", PyCode_Addr2Line(code, (int)offset), _PyOpcode_OpName[opcode]);
    int base = _PyOpcode_Deopt[opcode];
    if (e->opcode != 0 && OPCODE_HAS_NAME(base)) {
        int shift = base == LOAD_GLOBAL || base == LOAD_ATTR ? 1 : base == LOAD_SUPER_ATTR ? 2 : 0;
        fprintf(file, " ");
        jit_dump_name(file, utf8(PyTuple_GET_ITEM(code->co_names, e->oparg >> shift)));
    }
    fprintf(file, " @%ld", offset);
}

/* The comments before what is of another frame, or of another entry of the record, than what is before it. */
static void
print_comments(FILE *file, struct jit_trace *trace, int frame, int line, int frame_before, int line_before)
{
    const char *text;
    if (frame != frame_before) {
        fprintf(file, "; in frame %d: ", frame);
        text = jir_text(trace->ir, JIR_TEXT_FRAME, frame);
        if (text != NULL) {
            fprintf(file, "%s", text);
        }
        else {
            print_code(file, trace->frames[frame].code);
        }
        fprintf(file, "\n");
    }
    if (line != line_before) {
        fprintf(file, "; ");
        text = jir_text(trace->ir, JIR_TEXT_LINE, line);
        if (text != NULL) {
            fprintf(file, "%s", text);
        }
        else {
            print_instruction(file, &trace->rec->entries[line]);
        }
        fprintf(file, "\n");
    }
}

/* The trace's instructions, or its micro-ops as long as it has no others. */
void
jit_dump_ir(FILE *file, struct jit_trace *trace)
{
    int line = -1, frame = 0;
    struct jir *ir = trace->ir;
    int count = ir != NULL ? ir->count : trace->count;
    for (int i = ir != NULL; i < count; i++) {
        if (ir != NULL && jir_is_shown_inline(&ir->ins[i])) {
            continue;
        }
        int in = ir != NULL ? ir->ins[i].frame : trace->uops[i].frame;
        int of = ir != NULL ? ir->ins[i].line : trace->uops[i].line;
        print_comments(file, trace, in, of, frame, line);
        frame = in;
        line = of;
        if (ir != NULL) {
            jir_print_ins(file, ir, (jref)i);
        }
        else {
            print_uop(file, trace, &trace->uops[i]);
        }
    }
}

/* The trace after a stage that began with `before` micro-ops and took `ns`. */
void
jit_dump_trace(struct jit *jit, struct jit_trace *trace, const char *stage, int before, int64_t ns)
{
    FILE *file = jit_dump_open(jit);
    fprintf(file, "== trace %u  ", (unsigned)jit->next_id);
    print_code(file, trace->code);
    fprintf(file, "  after %s  ops %d->%d  %.2f ms  ", stage, before, jit_trace_size(trace), (double)ns * 1e-6);
    struct jit_recorder *rec = trace->rec;
    if (rec->exit != NULL) {
        fprintf(file, "bridge of %u\n", (unsigned)rec->exit_owner->id);
    }
    else {
        fprintf(file, "%s\n", rec->is_continuation ? "continuation" : rec->is_loop ? "loop" : "function");
    }
#ifdef _Py_JIT
    if (trace->lowered != NULL) {
        jit_dump_code(file, trace->lowered);
        jit_dump_close(file);
        return;
    }
#endif
    jit_dump_ir(file, trace);
    jit_dump_close(file);
}

/* A record that became no trace, and why. */
void
jit_dump_abort(struct jit *jit, struct jit_recorder *rec)
{
    FILE *file = jit_dump_open(jit);
    fprintf(file, "== abort  ");
    if (rec->abort != JIT_ABORT_CHANGED) {      // then the code may be gone
        print_code(file, rec->anchor_code);
    }
    fprintf(file, "  %s\n", abort_reasons[rec->abort]);
    jit_dump_close(file);
}

#endif  // _Py_TIER2
