/* ir_print.c - the intermediate representation as text (see ir.h for a sample).
 *
 * One line an instruction: its ref, what its result is (o owned, b borrowed,
 * p plain, - none), > if it may leave and ! if it may raise, its operands, and
 * what its snapshot holds. Constants are shown in the place of their refs.
 */
#include "ir.h"

#ifdef _Py_TIER2

#include "pycore_jit_tables.h"
#include "opcode.h"

static void
print_ref(FILE *file, const struct jir *ir, jref v)
{
    const struct jir_ins *i = &ir->ins[v];
    switch (i->op) {
        case JIR_CONST:
            jit_dump_object(file, (PyObject *)(uintptr_t)i->imm);
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
        fprintf(file, "  exit %u -> ", (unsigned)s->site);
        jit_dump_site(file, ir->trace, s->site);
    }
    fprintf(file, "  [");
    for (int i = 0; i < s->count; i++) {
        fprintf(file, i == 0 ? "" : ", ");
        print_ref(file, ir, ir->items[s->first + (uint32_t)i]);
    }
    fprintf(file, "]");
}

static const char *
local_name(const struct jir *ir, const struct jir_ins *i)
{
    PyObject *names = ir->trace->frames[i->frame].code->co_localsplusnames;
    if (i->imm >= (uint64_t)PyTuple_GET_SIZE(names)) {
        return "?";
    }
    const char *text = PyUnicode_AsUTF8(PyTuple_GET_ITEM(names, (Py_ssize_t)i->imm));
    PyErr_Clear();
    return text == NULL ? "?" : text;
}

static void
print_imm(FILE *file, const struct jir *ir, const struct jir_ins *i, const char *before)
{
    switch (jir_info(i)->imm) {
        case JIR_NO_IMM:
            return;
        case JIR_IMM_OBJECT:
            fprintf(file, "%s", before);
            jit_dump_object(file, (PyObject *)(uintptr_t)i->imm);
            return;
        case JIR_IMM_TYPE:
            if (i->imm != 0) {
                fprintf(file, "%s%s", before, ((PyTypeObject *)(uintptr_t)i->imm)->tp_name);
            }
            return;
        case JIR_IMM_VERSION:
            fprintf(file, "%s#%u", before, (unsigned)i->imm);
            return;
        case JIR_IMM_LOCAL:
            fprintf(file, "%s%u %s", before, (unsigned)i->imm, local_name(ir, i));
            return;
        case JIR_IMM_OFFSET:
            fprintf(file, "%s%+lld", before, (long long)i->imm);
            return;
        default:
            fprintf(file, "%s%lld", before, (long long)i->imm);
    }
}

static void
print_operands(FILE *file, const struct jir *ir, const struct jir_ins *i)
{
    const char *separator = " ";
    if (i->op == JIR_GENERIC) {
        jit_dump_operands(file, ir->trace, i->uop, i->frame, i->line, i->oparg, i->imm);
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
    print_imm(file, ir, i, separator);
    if ((i->op == JIR_RESULT || i->op == JIR_INHERIT) && i->b != 0) {
        fprintf(file, " = v%u", (unsigned)i->b);
    }
}

void
jir_print_ins(FILE *file, const struct jir *ir, jref v)
{
    const struct jir_ins *i = &ir->ins[v];
    bool exits = i->snap != JIR_NO_SNAP && ir->snaps[i->snap].site != JIT_NO_EXIT;
    fprintf(file, "  v%-4u %c %c%c %s", (unsigned)v, "-obp"[i->kind], exits ? '>' : ' ',
            i->error != JIR_NO_SNAP || i->popped != JIR_NO_SNAP ? '!' : ' ',
            i->op == JIR_GENERIC ? jit_uop_info[i->uop].name : jir_info(i)->name);
    print_operands(file, ir, i);
    if (i->snap != JIR_NO_SNAP) {
        print_snap(file, ir, i->snap);
    }
    if (i->error != JIR_NO_SNAP) {
        fprintf(file, "  error");
        print_snap(file, ir, i->error);
    }
    if (i->popped != JIR_NO_SNAP) {
        fprintf(file, "  error");
        print_snap(file, ir, i->popped);
    }
    fprintf(file, "\n");
}

/* Is it shown where it is used, and nowhere else? */
bool
jir_is_shown_inline(const struct jir_ins *i)
{
    return i->op == JIR_CONST || i->op == JIR_NULL || i->op == JIR_INT || i->op == JIR_NOP;
}

#endif  // _Py_TIER2
