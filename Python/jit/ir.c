/* ir.c - the containers of the intermediate representation (ir.h).
 *
 * Everything grows by doubling and is freed at once: a trace is compiled in
 * one go, and an abort throws all of it away.
 */
#include "ir.h"

#ifdef _Py_TIER2

#include "pycore_jit_tables.h"

const struct jir_op_info jir_op_info[JIR_OP_COUNT] = {
#define X(NAME, OPERANDS, RESULT, IMM, FLAGS) \
    [JIR_##NAME] = {#NAME, OPERANDS, JIR_##RESULT, JIR_##IMM, FLAGS},
    JIR_OPS(X)
#undef X
};

struct jir *
jir_new(struct jit *jit, struct jit_trace *trace)
{
    struct jir *ir = jit_calloc(1, sizeof(*ir));
    if (ir == NULL) {
        return NULL;
    }
    ir->jit = jit;
    ir->trace = trace;
    jir_append(ir, (struct jir_ins){.op = JIR_NOP});
    jir_add_snap(ir, 0, JIT_NO_EXIT, NULL, 0);
    if (ir->abort != JIT_ABORT_NONE) {
        jir_free(ir);
        return NULL;
    }
    return ir;
}

void
jir_free(struct jir *ir)
{
    if (ir != NULL) {
        jit_free(ir->ins);
        jit_free(ir->args);
        jit_free(ir->snaps);
        jit_free(ir->items);
        if (ir->texts != NULL) {
            for (int k = 0; k < JIR_TEXT_COUNT; k++) {
                jit_free(ir->texts->starts[k]);
            }
            jit_free(ir->texts->chars);
            jit_free(ir->texts);
        }
        jit_free(ir);
    }
}

static bool
reserve(struct jir *ir, void **items, int count, int *capacity, int more, size_t size)
{
    if (!jit_grow(items, capacity, count + more, size)) {
        ir->abort = JIT_ABORT_NO_MEMORY;
        return false;
    }
    return true;
}

jref
jir_append(struct jir *ir, struct jir_ins ins)
{
    if (ir->count == JIR_MAX_INS) {
        ir->abort = JIT_ABORT_UOPS_FULL;
        return 0;
    }
    if (!reserve(ir, (void **)&ir->ins, ir->count, &ir->capacity, 1, sizeof(ins))) {
        return 0;
    }
    ir->ins[ir->count] = ins;
    return (jref)ir->count++;
}

bool
jir_add_args(struct jir *ir, struct jir_ins *generic, const jref *args, int count)
{
    if (!reserve(ir, (void **)&ir->args, ir->arg_count, &ir->arg_capacity, count, sizeof(jref))) {
        return false;
    }
    generic->args = (uint32_t)ir->arg_count;
    generic->arg_count = (uint16_t)count;
    if (count > 0) {
        memcpy(ir->args + ir->arg_count, args, (size_t)count * sizeof(jref));
    }
    ir->arg_count += count;
    return true;
}

/* How many of a micro-op's inputs (jit_uop_inputs()) are on the stack still when it has popped the others. */
int
jir_kept(const char *letters, int count)
{
    int kept = 0;
    while (kept < count && letters[kept] == 'b') {
        kept++;
    }
    return kept;
}

uint16_t
jir_add_snap(struct jir *ir, int frame, uint16_t site, const jref *items, int count)
{
    if (ir->snap_count == UINT16_MAX) {
        ir->abort = JIT_ABORT_EXITS_FULL;
        return JIR_NO_SNAP;
    }
    if (!reserve(ir, (void **)&ir->snaps, ir->snap_count, &ir->snap_capacity, 1, sizeof(struct jir_snap)) ||
        !reserve(ir, (void **)&ir->items, ir->item_count, &ir->item_capacity, count, sizeof(jref)))
    {
        return JIR_NO_SNAP;
    }
    uint32_t first = (uint32_t)ir->item_count;
    struct jir_snap *last = &ir->snaps[ir->snap_count - 1];
    if (ir->snap_count > 0 && last->count >= count &&
        (count == 0 || memcmp(ir->items + last->first, items, (size_t)count * sizeof(jref)) == 0))
    {
        first = last->first;        // the same items, or the first of them
    }
    else if (count > 0) {
        memcpy(ir->items + first, items, (size_t)count * sizeof(jref));
        ir->item_count += count;
    }
    ir->snaps[ir->snap_count] = (struct jir_snap){
        .first = first,
        .count = (uint16_t)count,
        .frame = (uint16_t)frame,
        .site = site,
    };
    return (uint16_t)ir->snap_count++;
}

/* Says what stands for something that an IR does not have. */
bool
jir_add_text(struct jir *ir, enum jir_text_kind kind, int index, const char *text, size_t length)
{
    if (ir->texts == NULL) {
        ir->texts = jit_calloc(1, sizeof(struct jir_texts));
        if (ir->texts == NULL) {
            ir->abort = JIT_ABORT_NO_MEMORY;
            return false;
        }
        ir->texts->char_count = 1;  // (chars[0] is set below)
    }
    struct jir_texts *t = ir->texts;
    int before = t->capacities[kind];
    if (length > INT_MAX / 4 || t->char_count > INT_MAX / 4 ||
        !reserve(ir, (void **)&t->chars, t->char_count, &t->char_capacity, (int)length + 1, 1) ||
        !reserve(ir, (void **)&t->starts[kind], index, &t->capacities[kind], 1, sizeof(int)))
    {
        ir->abort = JIT_ABORT_NO_MEMORY;
        return false;
    }
    memset(t->starts[kind] + before, 0, (size_t)(t->capacities[kind] - before) * sizeof(int));
    t->starts[kind][index] = t->char_count;
    t->chars[0] = '\0';
    memcpy(t->chars + t->char_count, text, length);
    t->chars[t->char_count + (int)length] = '\0';
    t->char_count += (int)length + 1;
    return true;
}

/* That, or "" if nothing was said of it. NULL: the IR was not parsed, and has the thing itself. */
const char *
jir_text(const struct jir *ir, enum jir_text_kind kind, int index)
{
    if (ir == NULL || ir->texts == NULL) {
        return NULL;
    }
    const struct jir_texts *t = ir->texts;
    return t->chars + (index < t->capacities[kind] ? t->starts[kind][index] : 0);
}

/* Is it neither an argument nor a cell? */
bool
jir_is_plain_variable(PyCodeObject *code, uint32_t i)
{
    int arguments = code->co_argcount + code->co_kwonlyargcount +
                    ((code->co_flags & CO_VARARGS) != 0) + ((code->co_flags & CO_VARKEYWORDS) != 0);
    int kind = PyBytes_AS_STRING(code->co_localspluskinds)[i];
    return (int)i >= arguments && !(kind & (CO_FAST_CELL | CO_FAST_FREE));
}

/* How many locals of its frame the micro-op writes to, and the first of them, or JIR_ANY_LOCALS. */
uint32_t
jir_locals_written(int uop, uint32_t oparg, uint64_t operand, uint32_t *first)
{
    uint32_t flags = jit_uop_info[uop].flags;
    *first = flags & JIT_UOP_LOCALS_RANGE ? (uint32_t)operand : oparg;
    return flags & JIT_UOP_LOCALS ? JIR_ANY_LOCALS
         : flags & JIT_UOP_LOCALS_RANGE ? oparg
         : (flags & JIT_UOP_LOCAL_WRITE) != 0;
}

/* Does the GENERIC, of the local's frame, write to it otherwise than by TAKE_LOCAL and SET_LOCAL? */
bool
jir_writes_local(const struct jir_ins *i, uint64_t local)
{
    uint32_t first, n = jir_locals_written(i->uop, i->oparg, i->imm, &first);
    return n == JIR_ANY_LOCALS || (local >= first && local - first < n);
}

#endif  // _Py_TIER2
