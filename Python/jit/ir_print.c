/* ir_print.c - the intermediate representation as text (see ir.h for a sample).
 *
 * Takes:  instructions, those of a trace or those that ir_parse.c read.
 * Gives:  one line an instruction: its ref, what its result is (o owned, b
 *         borrowed, p plain, - none), > if it may leave and ! if it may raise,
 *         its operands, and what its snapshots hold: that of its exit, that of
 *         an error with its operands still on the stack (`error`), and that of
 *         one with those gone that it consumes (`popped`).
 *
 * Constants are shown in the place of their refs, and have no line.
 *
 * Why this way: whatever the verifier looks at can be read off the line, so
 * that a test can state a trace, well formed or not, as text. What only the
 * lowering needs (the objects themselves, whether a constant is immortal, a
 * micro-op's depth) is not shown.
 *
 * Rules for whoever adds a case: one thing is printed in one way, with no
 * space, comma or bracket in it (jit_dump_name()), and ir_parse.c reads it
 * again; an IR that was parsed has a text in the place of anything that is
 * found by a pointer (jir_text()).
 */
#include "ir.h"

#ifdef _Py_TIER2

#include "pycore_jit_tables.h"
#include "opcode.h"

/* The object that the instruction names. */
static void
print_object(FILE *file, const struct jir *ir, jref v)
{
    const char *text = jir_text(ir, JIR_TEXT_INS, v);
    if (text != NULL) {
        fprintf(file, "%s", text);
    }
    else {
        jit_dump_object(file, (PyObject *)(uintptr_t)ir->ins[v].imm);
    }
}

static void
print_ref(FILE *file, const struct jir *ir, jref v)
{
    const struct jir_ins *i = &ir->ins[v];
    switch (i->op) {
        case JIR_CONST:
            print_object(file, ir, v);
            return;
        case JIR_NULL:
            fprintf(file, "NULL");
            return;
        case JIR_INT:
            fprintf(file, "%lld", (long long)i->imm);
            return;
        default:
            fprintf(file, "v%u", (unsigned)v);
    }
}

static void
print_snap(FILE *file, const struct jir *ir, uint16_t snap)
{
    const struct jir_snap *s = &ir->snaps[snap];
    if (s->site != JIT_NO_EXIT) {
        const char *text = jir_text(ir, JIR_TEXT_EXIT, s->site);
        fprintf(file, "  exit %u -> ", (unsigned)s->site);
        if (text != NULL) {
            fprintf(file, "%s", text);
        }
        else {
            jit_dump_site(file, ir->trace, s->site);
        }
    }
    fprintf(file, "  [");
    for (int i = 0; i < s->count; i++) {
        fprintf(file, i == 0 ? "" : ", ");
        print_ref(file, ir, ir->items[s->first + (uint32_t)i]);
    }
    fprintf(file, "]");
}

static const char *
local_name(const struct jir *ir, jref v)
{
    const char *text = jir_text(ir, JIR_TEXT_INS, v);
    if (text != NULL) {
        return text;
    }
    const struct jir_ins *i = &ir->ins[v];
    PyObject *names = ir->trace->frames[i->frame].code->co_localsplusnames;
    if (i->imm >= (uint64_t)PyTuple_GET_SIZE(names)) {
        return "?";
    }
    text = PyUnicode_AsUTF8(PyTuple_GET_ITEM(names, (Py_ssize_t)i->imm));
    PyErr_Clear();
    return text == NULL ? "?" : text;
}

static const char *
type_name(const struct jir *ir, jref v)
{
    const char *text = jir_text(ir, JIR_TEXT_INS, v);
    return text != NULL ? text : ((PyTypeObject *)(uintptr_t)ir->ins[v].imm)->tp_name;
}

static void
print_imm(FILE *file, const struct jir *ir, jref v, const char *before)
{
    const struct jir_ins *i = &ir->ins[v];
    switch (jir_info(i)->imm) {
        case JIR_NO_IMM:
            return;
        case JIR_IMM_OBJECT:
            fprintf(file, "%s", before);
            print_object(file, ir, v);
            return;
        case JIR_IMM_TYPE:
            if (i->imm != 0) {
                fprintf(file, "%s", before);
                jit_dump_name(file, type_name(ir, v));
            }
            return;
        case JIR_IMM_VERSION:
            fprintf(file, "%s#%u", before, (unsigned)i->imm);
            return;
        case JIR_IMM_LOCAL:
            fprintf(file, "%s%u ", before, (unsigned)i->imm);
            jit_dump_name(file, local_name(ir, v));
            return;
        case JIR_IMM_OFFSET:
            fprintf(file, "%s%+lld", before, (long long)i->imm);
            return;
        case JIR_IMM_FUNCTION:
            fprintf(file, "%s%s", before, _PyJIT_FloatFunctions[i->imm].name);
            return;
        default:
            fprintf(file, "%s%lld", before, (long long)i->imm);
    }
}

/* What a micro-op has beside its operands. */
static void
print_words(FILE *file, const struct jir *ir, jref v)
{
    const struct jir_ins *i = &ir->ins[v];
    const char *text = jir_text(ir, JIR_TEXT_INS, v);
    if (text != NULL) {
        fprintf(file, "%s", text);
    }
    else {
        jit_dump_operands(file, ir->trace, i->uop, i->frame, i->line, i->oparg, i->imm);
    }
}

static void
print_operands(FILE *file, const struct jir *ir, jref v)
{
    const struct jir_ins *i = &ir->ins[v];
    const char *separator = " ";
    if (i->op == JIR_GENERIC) {
        print_words(file, ir, v);
        for (int k = 0; k < i->arg_count; k++) {
            fprintf(file, "%s", separator);
            print_ref(file, ir, ir->args[i->args + (uint32_t)k]);
            separator = ", ";
        }
        return;
    }
    int n = i->op == JIR_RESULT ? 1 : (int)strlen(jir_info(i)->operands);
    for (int k = 0; k < n; k++) {
        fprintf(file, "%s", separator);
        print_ref(file, ir, jir_operand(i, k));
        separator = ", ";
    }
    print_imm(file, ir, v, separator);
    if ((i->op == JIR_RESULT || i->op == JIR_INHERIT) && i->b != 0) {
        fprintf(file, " = ");
        print_ref(file, ir, i->b);
    }
}

/* What it does, and what its snapshots hold: the line without what stands in the first columns. */
void
jir_print_operation(FILE *file, const struct jir *ir, jref v)
{
    const struct jir_ins *i = &ir->ins[v];
    fprintf(file, "%s", i->op == JIR_GENERIC ? jit_uop_names[i->uop] : jir_info(i)->name);
    print_operands(file, ir, v);
    if (i->snap != JIR_NO_SNAP) {
        print_snap(file, ir, i->snap);
    }
    if (i->error != JIR_NO_SNAP) {
        fprintf(file, "  error");
        print_snap(file, ir, i->error);
    }
    if (i->popped != JIR_NO_SNAP) {
        fprintf(file, "  popped");
        print_snap(file, ir, i->popped);
    }
    if (i->waits != JIR_NO_SNAP) {
        fprintf(file, "  waits");
        print_snap(file, ir, i->waits);
    }
}

void
jir_print_ins(FILE *file, const struct jir *ir, jref v)
{
    const struct jir_ins *i = &ir->ins[v];
    bool exits = i->snap != JIR_NO_SNAP && ir->snaps[i->snap].site != JIT_NO_EXIT;
    fprintf(file, "  v%-4u %c %c%c ", (unsigned)v, "-obp"[i->kind], exits ? '>' : ' ',
            i->error != JIR_NO_SNAP || i->popped != JIR_NO_SNAP ? '!' : ' ');
    jir_print_operation(file, ir, v);
    fprintf(file, "\n");
}

/* Is it shown where it is used, and nowhere else? */
bool
jir_is_shown_inline(const struct jir_ins *i)
{
    return i->op == JIR_CONST || i->op == JIR_NULL || i->op == JIR_INT || i->op == JIR_NOP;
}

#endif  // _Py_TIER2
