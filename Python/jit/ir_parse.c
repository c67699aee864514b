/* ir_parse.c - from the text of a trace (PYTHON_JIT_DUMP=build) to its instructions again.
 *
 * Takes:  one trace as dump.c and ir_print.c print it: a header, comments, lines.
 * Gives:  its SSA form (ir.h), with as much of a jit_trace as the printer and
 *         the verifier ask for: printed again it is the same text. Or what is
 *         wrong with the text, and where. Whatever the text says, nothing that
 *         is given breaks the printer or the verifier.
 *
 * Refs keep their numbers. Constants have no line of their own, so they are put
 * into the gaps that theirs left, each before its first use; which gap was
 * whose, nobody can tell. What else is in a gap is a NOP.
 *
 * What text cannot give back is kept as text (jir_text()): objects, types,
 * names, what a micro-op has beside its operands, where exits lead to. An exit
 * belongs to the frame that names it first, and its site wants as many items as
 * it has there. A constant is taken to be immortal.
 *
 *     v4    - >  GUARD_TYPE v2, int  exit 0 -> @6  [v2, None]
 *
 *     ins[1]   {CONST, PLAIN}                 text "None"
 *     ins[4]   {GUARD_TYPE, a = 2, snap = 1}  text "int"
 *     snaps[1] {items 2 and 1, site 0}        text "@6"
 *
 * Why this way: the verifier is tested with traces that no program would ever
 * give, and a rule of the optimizer can be shown to be wrong without the
 * program that it was found with. The alternative, instructions that a test
 * puts together by calls, would be a second notation for what people read in
 * dumps anyway.
 *
 * Rules for whoever adds a case: read exactly what the printer prints, in the
 * same order, and leave it to the verifier whether it makes sense; but bound
 * every number that becomes an index or a size.
 */
#include "ir_parse.h"

#ifdef _Py_JIT

#include "pycore_jit_tables.h"

#define MAX_LIST 10000              // operands, or items of a snapshot
#define MAX_FRAMES 2000             // a record is shorter

static bool
add_line(struct parser *p, enum jir_text_kind kind, int index)
{
    const char *text = p->p;
    while (!parse_is_end(p->p)) {
        p->p++;
    }
    return parse_add_text(p, kind, index, text, (size_t)(p->p - text));
}

/* One more value of the list. */
static bool
listed(struct parser *p, char letter)
{
    if (p->list_count == MAX_LIST) {
        return parse_fail(p, "too many values");
    }
    return parse_value(p, letter, &p->list[p->list_count]) && ++p->list_count;
}

/* ---- snapshots ------------------------------------------------------------- */

static bool
items(struct parser *p)
{
    p->list_count = 0;
    if (!parse_expect(p, "[", "the items of a snapshot are expected")) {
        return false;
    }
    if (parse_accept(p, "]")) {
        return true;
    }
    do {
        if (!listed(p, 'b')) {
            return false;
        }
    } while (parse_accept(p, ","));
    return parse_expect(p, "]", "a comma or the end of the items is expected");
}

static bool
snapshot(struct parser *p, uint16_t site, uint16_t *snap)
{
    if (!items(p)) {
        return false;
    }
    int frame = p->frame;
    if (site != JIT_NO_EXIT) {
        struct jit_exit_site *x = &p->trace->exits[site];
        if (x->stack < 0) {
            x->stack = (int16_t)p->list_count;
        }
        frame = x->frame;
    }
    *snap = jir_add_snap(p->ir, frame, site, p->list, p->list_count);
    return parse_appended(p);
}

static bool
new_exit(struct parser *p, int site, uint8_t kind, const char *text, size_t length)
{
    struct jit_trace *trace = p->trace;
    if (!jit_grow((void **)&trace->exits, &p->exit_capacity, site + 1, sizeof(struct jit_exit_site))) {
        return parse_no_memory(p);
    }
    while (trace->exit_count <= site) {
        trace->exits[trace->exit_count++] = (struct jit_exit_site){.stack = -1};
    }
    trace->exits[site].kind = kind;
    trace->exits[site].frame = (uint16_t)p->frame;
    return parse_add_text(p, JIR_TEXT_EXIT, site, text, length);
}

/* "exit 2 -> @22 tier 1", with the first word behind. */
static bool
exit_site(struct parser *p, uint16_t *site)
{
    static const char missing[] = "where the exit leads to is expected";
    long long n, offset;
    if (!parse_number(p, 0, JIT_MAX_EXITS - 1, &n) || !parse_expect(p, "->", missing)) {
        return false;
    }
    parse_skip(p);
    const char *text = p->p;
    if (!parse_expect(p, "@", missing) || !parse_number(p, 0, INT_MAX, &offset)) {
        return false;
    }
    uint8_t kind = JIT_EXIT_SIDE;
    for (int k = 0; k < JIT_DUMP_EXIT_KINDS; k++) {
        size_t size = strlen(jit_dump_exit_kinds[k]);
        if (size > 0 && strncmp(p->p, jit_dump_exit_kinds[k], size) == 0) {
            kind = (uint8_t)k;
            p->p += size;
        }
    }
    *site = (uint16_t)n;
    const char *before = jir_text(p->ir, JIR_TEXT_EXIT, (int)n);
    size_t length = (size_t)(p->p - text);
    if (*before == '\0') {
        return new_exit(p, (int)n, kind, text, length);
    }
    return parse_is_word(text, length, before) || parse_fail(p, "this exit led elsewhere before");
}

/* What stands behind an instruction's operands, if anything does. */
static bool
snapshots(struct parser *p, struct jir_ins *i)
{
    uint16_t site = JIT_NO_EXIT;
    if (parse_accept(p, "exit ")) {
        if (!exit_site(p, &site) || !snapshot(p, site, &i->snap)) {
            return false;
        }
    }
    else if (parse_skip(p), *p->p == '[') {
        if (!snapshot(p, site, &i->snap)) {
            return false;
        }
    }
    if (parse_accept(p, "error ") && !snapshot(p, JIT_NO_EXIT, &i->error)) {
        return false;
    }
    if (parse_accept(p, "popped ") && !snapshot(p, JIT_NO_EXIT, &i->popped)) {
        return false;
    }
    if (parse_accept(p, "waits ") && !snapshot(p, JIT_NO_EXIT, &i->waits)) {
        return false;
    }
    parse_skip(p);
    return parse_is_end(p->p) || parse_fail(p, "the end of the line is expected");
}

/* ---- instructions ------------------------------------------------------------ */

static int
find_op(const char *name, size_t length)
{
    for (int op = 0; op < JIR_OP_COUNT; op++) {
        bool has_line = op != JIR_GENERIC && !jir_is_shown_inline(&(struct jir_ins){.op = (uint8_t)op});
        if (has_line && parse_is_word(name, length, jir_op_info[op].name)) {
            return op;
        }
    }
    return -1;
}

static bool
has_stencil(int uop)
{
    int d = 0;
    while (d <= JIT_CACHE_REGISTERS && jit_uop_info[uop].depth_after[d] < 0) {
        d++;
    }
    return d <= JIT_CACHE_REGISTERS;
}

static int
find_uop(const char *name, size_t length)
{
    for (int uop = 0; uop < U_COUNT; uop++) {
        if (parse_is_word(name, length, jit_uop_names[uop]) && has_stencil(uop)) {
            return uop;
        }
    }
    return -1;
}

/* The types that the verifier knows; of others there is only the name. */
static uint64_t
type_by_name(const char *text, size_t length)
{
    PyTypeObject *const types[] = {&PyBool_Type, &PyBytes_Type, &PyFloat_Type, &PyLong_Type,
                                   &PyRangeIter_Type, &PySlice_Type, &PyUnicode_Type};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(types); i++) {
        if (parse_is_word(text, length, types[i]->tp_name)) {
            return (uintptr_t)types[i];
        }
    }
    return 1;
}

static bool
function_by_name(struct parser *p, const char *text, size_t length, long long *index)
{
    *index = _PyJIT_FindFloatFunction(text, length);
    return *index >= 0 || parse_fail(p, "a function of floats is expected");
}

static bool
parse_imm(struct parser *p, struct jir_ins *i)
{
    const struct jir_op_info *info = jir_info(i);
    const char *text = "";
    size_t length = 0;
    long long n = 0;
    bool optional = info->imm == JIR_IMM_TYPE && !(info->flags & JIR_GUARD);
    if (info->imm == JIR_NO_IMM) {
        return true;
    }
    if ((info->operands[0] != '\0' || i->op == JIR_RESULT) && !parse_accept(p, ",")) {
        return optional || parse_fail(p, "a comma is expected");
    }
    bool ok = true;
    switch (info->imm) {
        case JIR_IMM_OBJECT:
            ok = parse_word(p, &text, &length, "an object is expected") &&
                 (parse_is_object(text, length) || parse_fail(p, "an object is expected"));
            break;
        case JIR_IMM_TYPE:
            ok = parse_word(p, &text, &length, "a type is expected");
            n = (long long)type_by_name(text, length);
            break;
        case JIR_IMM_VERSION:
            ok = parse_expect(p, "#", "a version is expected") && parse_number(p, 0, UINT32_MAX, &n);
            break;
        case JIR_IMM_LOCAL:
            ok = parse_number(p, 0, INT_MAX, &n) && parse_word(p, &text, &length, "a name is expected");
            break;
        case JIR_IMM_OFFSET:
            ok = parse_number(p, LLONG_MIN, LLONG_MAX, &n);
            break;
        case JIR_IMM_FUNCTION:
            ok = parse_word(p, &text, &length, "a function is expected") && function_by_name(p, text, length, &n);
            text = "";
            length = 0;
            break;
        default:
            ok = parse_number(p, 0, MAX_LIST, &n);
    }
    i->imm = (uint64_t)n;
    return ok && parse_add_text(p, JIR_TEXT_INS, p->ir->count, text, length);
}

/* The operands of what is no micro-op. */
static bool
primitive(struct parser *p, struct jir_ins *i)
{
    const char *letters = i->op == JIR_RESULT ? "b" : jir_info(i)->operands;
    for (int k = 0; letters[k] != '\0'; k++) {
        if (k > 0 && !parse_expect(p, ",", "a comma is expected")) {
            return false;
        }
        if (!parse_value(p, letters[k], k == 0 ? &i->a : &i->b)) {
            return false;
        }
    }
    if (!parse_imm(p, i)) {
        return false;
    }
    bool same = (i->op == JIR_RESULT || i->op == JIR_INHERIT) && parse_accept(p, "=");
    return !same || parse_value(p, 'b', &i->b);
}

/* What a micro-op has beside its operands. */
static bool
words(struct parser *p, struct jir_ins *i)
{
    const struct jit_uop_info *info = &jit_uop_info[i->uop];
    const char *start = p->p, *text;
    size_t length;
    long long oparg = 0, first;
    bool has_oparg = jit_dump_has_oparg(i->uop), counts = info->n_in < 0 || info->n_out < 0;
    bool is_range = info->flags & JIT_UOP_LOCALS_RANGE;
    int most = is_range ? JIT_MAX_UNPACKED : counts ? MAX_LIST : INT_MAX;
    if (has_oparg && !parse_number(p, 0, most, &oparg)) {
        return false;
    }
    i->oparg = (uint32_t)oparg;
    if (jit_uop_pops(i->uop, (int)oparg) > MAX_LIST || jit_uop_pushes(i->uop, (int)oparg) > MAX_LIST) {
        return parse_fail(p, "too many values");
    }
    int count = jit_dump_word_count(i->uop);
    if (is_range) {             // (which locals it writes to matters)
        if (!parse_number(p, 0, UINT8_MAX, &first)) {
            return false;
        }
        i->imm = (uint64_t)first;
        count = 0;
    }
    for (int k = count; k > 0; k--) {
        if (!parse_word(p, &text, &length, "an operand of the micro-op is expected")) {
            return false;
        }
    }
    return parse_add_text(p, JIR_TEXT_INS, p->ir->count, start, (size_t)(p->p - start));
}

/* The operand stack's depth before a micro-op, as far as its snapshots tell. */
static void
infer_stack(struct parser *p, struct jir_ins *i)
{
    uint32_t flags = jit_uop_info[i->uop].flags;
    int n = jit_uop_inputs(i->uop, (int)i->oparg, p->letters);
    int kept = jir_kept(p->letters, n), base = 0;
    if (i->error != JIR_NO_SNAP) {
        base = p->ir->snaps[i->error].count - n;
    }
    else if (i->popped != JIR_NO_SNAP) {
        base = p->ir->snaps[i->popped].count - (flags & JIT_UOP_ERROR ? kept : 0);
    }
    else if (jir_waits(i) != JIR_NO_SNAP && p->ir->snaps[jir_waits(i)].site == JIT_NO_EXIT) {
        base = p->ir->snaps[jir_waits(i)].count - kept;
    }
    i->stack = (int16_t)(Py_MAX(base, 0) + n);
}

static bool
generic(struct parser *p, struct jir_ins *i)
{
    if (!words(p, i)) {
        return false;
    }
    p->list_count = 0;
    parse_skip(p);
    const char *text = p->p;
    size_t length = (size_t)(parse_end_of_word(text) - text);
    bool any = length > 0 && !parse_is_word(text, length, "exit") && !parse_is_word(text, length, "error") &&
               !parse_is_word(text, length, "popped") && !parse_is_word(text, length, "waits");
    while (any) {
        if (!listed(p, 'b')) {
            return false;
        }
        any = parse_accept(p, ",");
    }
    return jir_add_args(p->ir, i, p->list, p->list_count) || parse_appended(p);
}

/* The ref in front, with NOPs in the gap before it. */
static bool
definition(struct parser *p)
{
    jref v;
    if (!parse_ref(p, &v)) {
        return false;
    }
    if (v < p->ir->count) {
        return parse_fail(p, "refs must ascend");
    }
    while (p->ir->count < v) {
        jir_append(p->ir, (struct jir_ins){.op = JIR_NOP});
        if (!parse_appended(p)) {
            return false;
        }
    }
    return true;
}

static bool
instruction(struct parser *p)
{
    static const char kinds[] = "-obp";     // by enum jir_kind
    struct jir_ins i = {.frame = (uint16_t)p->frame, .line = (int16_t)p->line};
    if (!definition(p)) {
        return false;
    }
    parse_skip(p);
    const char *kind = parse_is_end(p->p) ? NULL : strchr(kinds, *p->p);
    if (kind == NULL || p->p[1] != ' ') {
        return parse_fail(p, "what the result is is expected: o, b, p or -");
    }
    i.kind = (uint8_t)(kind - kinds);
    p->p++;
    bool leaves = parse_accept(p, ">"), raises = parse_accept(p, "!");
    const char *name;
    size_t length;
    if (!parse_word(p, &name, &length, "an operation is expected")) {
        return false;
    }
    int op = find_op(name, length), uop = op < 0 ? find_uop(name, length) : 0;
    if (uop < 0) {
        p->p = name;
        return parse_fail(p, "there is no such operation");
    }
    i.op = (uint8_t)(op < 0 ? JIR_GENERIC : op);
    i.uop = (uint16_t)uop;
    if (!(op < 0 ? generic(p, &i) : primitive(p, &i)) || !snapshots(p, &i)) {
        return false;
    }
    if (leaves != (i.snap != JIR_NO_SNAP && p->ir->snaps[i.snap].site != JIT_NO_EXIT) ||
        raises != (i.error != JIR_NO_SNAP || i.popped != JIR_NO_SNAP))
    {
        return parse_fail(p, "> and ! do not say what the snapshots do");
    }
    if (op < 0) {
        infer_stack(p, &i);
    }
    jir_append(p->ir, i);
    p->frame_said = p->line_said = false;
    return parse_appended(p);
}

/* ---- the trace ----------------------------------------------------------------- */

/* "; in frame 1: g (g.py:2)", with the first words behind. */
static bool
frame(struct parser *p)
{
    long long n;
    if (!parse_number(p, 0, MAX_FRAMES - 1, &n)) {
        return false;
    }
    if (n == p->frame) {
        return parse_fail(p, "this is the current frame");
    }
    if (!parse_expect(p, ": ", "a frame's code is expected")) {
        return false;
    }
    const char *before = jir_text(p->ir, JIR_TEXT_FRAME, (int)n);
    if (*before != '\0' && !parse_is_word(p->p, strcspn(p->p, "\n"), before)) {
        return parse_fail(p, "this frame was another before");
    }
    p->frame = (int)n;
    p->frame_said = true;
    return add_line(p, JIR_TEXT_FRAME, p->frame);
}

static bool
comment(struct parser *p)
{
    bool of_frame = parse_accept(p, "in frame ");
    if (p->line_said || (p->frame_said && of_frame)) {
        return parse_fail(p, "an instruction is expected");
    }
    if (of_frame) {
        return frame(p);
    }
    p->line_said = true;
    return add_line(p, JIR_TEXT_LINE, ++p->line);
}

static bool
line(struct parser *p)
{
    if (strncmp(p->p, "== ", 3) == 0) {
        return parse_fail(p, "the trace ends where another begins");
    }
    return parse_accept(p, "; ") ? comment(p) : instruction(p);
}

static bool
header(struct parser *p)
{
    static const char stage[] = "  after build  ";
    const char *found = strstr(p->p, stage), *end = strchr(p->p, '\n');
    if (strncmp(p->p, "== trace ", 9) != 0 || found == NULL || (end != NULL && found > end)) {
        return parse_fail(p, "the header of a trace after build is expected");
    }
    return add_line(p, JIR_TEXT_HEADER, 0);
}

static bool
parse(struct parser *p)
{
    bool ok = header(p);
    while (ok && *p->p == '\n' && p->p[1] != '\0') {
        p->start = ++p->p;
        p->line_number++;
        ok = line(p);
    }
    if (ok && (p->frame_said || p->line_said)) {
        return parse_fail(p, "an instruction is expected");
    }
    return ok && parse_place_constants(p);
}

/* Puts what a text says into a trace that is empty; or what is wrong with the text into `error`, which
 * has room for JIR_ERROR_SIZE bytes and is empty if there was not enough memory. */
bool
jir_parse(const char *text, struct jit_trace *trace, char *error)
{
    struct parser p = {
        .trace = trace, .start = text, .p = text, .line_number = 1, .error = error, .line = -1,
        .ir = trace->ir = jir_new(NULL, trace),
        .list = jit_malloc(MAX_LIST * sizeof(jref)),
        .letters = jit_malloc(MAX_LIST + 8),
    };
    error[0] = '\0';
    bool ok = p.ir != NULL && p.list != NULL && p.letters != NULL && parse(&p);
    jit_free(p.constants);
    jit_free(p.list);
    jit_free(p.letters);
    return ok;
}

void
jir_parsed_free(struct jit_trace *trace)
{
    jir_free(trace->ir);
    jit_free(trace->exits);
}

#endif  // _Py_JIT
