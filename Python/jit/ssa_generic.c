/* ssa_generic.c - micro-ops that are not described (see ssa.c).
 *
 * Takes:  a micro-op of which the builder knows no more than its stack effect and the tables' flags.
 * Gives:  a GENERIC instruction with its operands, snapshots and RESULTs. What it may release gets
 *         references before, and what it may change is forgotten after it.
 */
#include "ssa.h"

#ifdef _Py_TIER2

#include "pycore_list.h"
#include "pycore_tuple.h"
#include "pycore_jit_tables.h"

/* The exact type of what a micro-op gives, or NULL. */
PyTypeObject *
jit_result_type(int uop)
{
    switch (uop) {
        case U_BINARY_OP_ADD_INT:
        case U_BINARY_OP_SUBTRACT_INT:
        case U_BINARY_OP_MULTIPLY_INT:
        case U_ITER_NEXT_RANGE:
        case U_GET_LEN:
        case U_CALL_LEN:
        case U_LEN_BUILTIN:
            return &PyLong_Type;
        case U_BINARY_OP_ADD_FLOAT:
        case U_BINARY_OP_SUBTRACT_FLOAT:
        case U_BINARY_OP_MULTIPLY_FLOAT:
            return &PyFloat_Type;
        case U_BINARY_OP_ADD_UNICODE:
        case U_BINARY_SUBSCR_STR_INT:
        case U_BUILD_STRING:            // (FORMAT_SIMPLE may give an instance of a subclass)
            return &PyUnicode_Type;
        case U_BUILD_LIST:
        case U_BUILD_LIST_0:
            return &PyList_Type;
        case U_BUILD_TUPLE:
            return &PyTuple_Type;
        case U_BUILD_MAP:
        case U_BUILD_CONST_KEY_MAP:
            return &PyDict_Type;
        case U_COMPARE_OP_INT:
        case U_COMPARE_OP_FLOAT:
        case U_COMPARE_OP_STR:
        case U_CONTAINS_OP:
        case U_CONTAINS_OP_DICT:
        case U_CONTAINS_OP_SET:
        case U_IS_OP:
        case U_UNARY_NOT:
        case U_CALL_ISINSTANCE:
        case U_ISINSTANCE:
        case U_TO_BOOL:
        case U_TO_BOOL_INT:
        case U_TO_BOOL_LIST:
        case U_TO_BOOL_NONE:
        case U_TO_BOOL_STR:
        case U_REPLACE_WITH_TRUE:
            return &PyBool_Type;
        default:
            return NULL;
    }
}

/* May the form be used that does not release its operands? If one of them has a
 * reference of its own, the other form saves a micro-op. */
static bool
only_borrowed(struct builder *b, int borrowing)
{
    int n = jit_uop_inputs(borrowing, (int)b->u->oparg, b->letters);
    for (int i = 0; i < n; i++) {
        jref v = *ssa_cell(b, b->depth - n + i);
        if (b->letters[i] == 'x' && ssa_ins(b, v)->kind == JIR_OWNED) {
            return false;
        }
    }
    return true;
}

/* The results of the GENERIC that `v` is, in the place of its operands. */
static void
push_results(struct builder *b, jref v, int uop, int inputs)
{
    int base = b->depth - inputs;
    int n = jit_uop_outputs(uop, (int)b->u->oparg, b->letters);
    for (int i = 0; i < n; i++) {
        char letter = b->letters[i];
        if (letter == '=') {
            continue;
        }
        jref r = ssa_emit(b, JIR_RESULT, v, 0, (uint64_t)i);
        if (letter == 'n' || letter == 'p') {
            ssa_ins(b, r)->kind = JIR_PLAIN;
            ssa_fact(b, r)->is_null = letter == 'n';
        }
        ssa_fact(b, r)->not_null = letter == 'o';
        b->args[i] = r;
    }
    for (int i = 0; i < n; i++) {
        if (b->letters[i] != '=') {
            *ssa_cell(b, base + i) = b->args[i];
        }
    }
    b->depth = base + n;
}

/* Is that a check, not a value? */
static bool
is_check(uint64_t what)
{
    return what >= VALID_VALUES && what != UNBOXED && what != UNBOXED_FLOAT && what != ORDINAL;
}

/* Only what `keeps` says true of is known from here on. */
void
ssa_forget_loads(struct builder *b, bool (*keeps)(struct builder *, const struct load *))
{
    int n = 0;
    for (int i = 0; i < b->load_count; i++) {
        if (keeps(b, &b->loads[i])) {
            b->loads[n++] = b->loads[i];
        }
    }
    b->load_count = n;
}

/* Before what needs registers of a kind, what is cheap to load again is not kept in one: all values
 * before what calls, those of floats before what does not, but may need such registers (that is not
 * known here). */
static bool
lasts_over_call(struct builder *b, const struct load *load)
{
    return is_check(load->offset);
}

static bool
lasts_over_leaf(struct builder *b, const struct load *load)
{
    return load->offset != UNBOXED_FLOAT;
}

/* After a primitive that calls. */
void
ssa_called(struct builder *b)
{
    ssa_forget_loads(b, lasts_over_call);
}

/* Emits the micro-op at hand as `op`: as itself, or in the place of it as another one, for
 * the operands that are on the stack now, with the exit exit_snap or none. */
void
ssa_generic_as(struct builder *b, int op)
{
    struct jit_uop *u = b->u;
    PyTypeObject *type = jit_result_type(op);
    int uop = op;
    if (jit_uop_info[uop].borrowing != 0 && ssa_may(b, JIT_OPTIMIZE_BORROWING) &&
        only_borrowed(b, jit_uop_info[uop].borrowing))
    {
        uop = jit_uop_info[uop].borrowing;
    }
    uint32_t flags = jit_uop_flags(b->jit, uop);
    int n = jit_uop_inputs(uop, (int)u->oparg, b->letters);
    int base = b->depth - n;
    uint32_t first, written = jir_locals_written(uop, u->oparg, u->operand, &first);
    if (written == JIR_ANY_LOCALS) {
        ssa_forget_locals(b);
        written = 0;
    }
    for (uint32_t i = 0; i < written; i++) {
        ssa_forget_local(b, first + i);
    }
    bool escapes = flags & (JIT_UOP_MAY_RUN_PYTHON | JIT_UOP_MAY_DEALLOC);
    bool releases_last = strchr(jit_uop_info[uop].inputs, 'x') != NULL;
    if (escapes || flags & JIT_UOP_WRITES_HEAP) {
        ssa_own_all(b, releases_last ? base : b->depth);
    }
    if (flags & JIT_UOP_FRAME || uop == U_JUMP_TO_TOP || uop == U_EXIT_TRACE) {
        // What stays on this stack is out of sight from here on.
        for (int i = 0; i < base; i++) {
            ssa_own_in_place(b, ssa_cell(b, i));
        }
    }
    for (int i = 0; i < n; i++) {
        if (b->letters[i] == 's') {
            ssa_own(b, ssa_cell(b, base + i));
        }
    }
    if (jit_needs_ip(flags)) {
        ssa_need_ip(b);
    }
    struct jir_ins g = {
        .op = JIR_GENERIC, .uop = (uint16_t)uop, .stack = (int16_t)b->depth,
        .oparg = u->oparg, .imm = u->operand,
    };
    if (b->exit_snap != JIR_NO_SNAP) {
        g.snap = b->exit_snap;
        b->exit_snap = JIR_NO_SNAP;
    }
    else if (op == u->op && u->exit != JIT_NO_EXIT) {
        g.snap = ssa_exit_snapshot(b);
        if (uop != U_EXIT_TRACE && uop != U_CHECK_PERIODIC && uop != U_RESUME_CHECK) {
            ssa_stress_guard(b);
        }
    }
    int kept = base + jir_kept(b->letters, n);
    if (flags & JIT_UOP_FRAME || uop == U_JUMP_TO_TOP) {
        uint16_t *waits = g.snap == JIR_NO_SNAP ? &g.snap : &g.waits;
        *waits = ssa_snapshot(b, JIT_NO_EXIT, kept);
    }
    if (flags & JIT_UOP_ERROR_NO_POP) {
        g.error = ssa_snapshot(b, JIT_NO_EXIT, b->depth);
    }
    if (flags & (JIT_UOP_ERROR | JIT_UOP_ERROR_SYNCED)) {
        g.popped = ssa_snapshot(b, JIT_NO_EXIT, flags & JIT_UOP_ERROR ? kept : base);
    }
    if (!jir_add_args(b->ir, &g, ssa_cell(b, base), n)) {
        b->abort = b->ir->abort;
        return;
    }
    jref v = ssa_append(b, g);
    push_results(b, v, uop, n);
    if (uop == U_POP_FRAME || uop == U_RETURN || uop == U_YIELD_VALUE) {
        ssa_ins(b, ssa_top(b, 0))->b = b->ir->args[g.args];     // the same object
    }
    if (type != NULL && b->depth > 0) {
        ssa_typed(b, ssa_top(b, 0), type);
    }
    b->resumes |= uop == U_FOR_ITER_GEN_FRAME || uop == U_SEND_GEN_FRAME;
    if (flags & JIT_UOP_FRAME) {
        b->pushed = flags & JIT_UOP_PUSHES_FRAME && !b->resumes;
        b->resumes = false;
        if (b->depth > base) {
            b->returned = ssa_pop(b);
            b->has_returned = true;
        }
    }
    if (flags & JIT_UOP_WRITES_HEAP) {
        b->load_count = 0;
    }
    else if (uop != U_CHECK_PERIODIC) {     // (which only looks at a word, and stands where a loop begins)
        ssa_forget_loads(b, flags & JIT_UOP_LEAF ? lasts_over_leaf : lasts_over_call);
    }
    if (flags & JIT_UOP_FRAME) {
        b->framed = b->ir->count;
    }
    if (escapes) {
        ssa_escaped(b);
    }
}

void
ssa_generic(struct builder *b)
{
    ssa_generic_as(b, b->u->op);
}

/* The micro-op that has just made what is on top of the stack, if it is this one; or NULL. */
struct jir_ins *
ssa_just_made(struct builder *b, int op)
{
    jref result = ssa_top(b, 0), v = result - 1;
    if (result + 1 != b->ir->count || v <= 0 || ssa_ins(b, result)->op != JIR_RESULT || ssa_ins(b, result)->a != v ||
        ssa_ins(b, v)->op != JIR_GENERIC || ssa_ins(b, v)->uop != op)
    {
        return NULL;
    }
    return ssa_ins(b, v);
}

/* That did not happen: its operands are on the stack again, without the references that were made for it. */
void
ssa_take_back(struct builder *b, struct jir_ins *made)
{
    int n = made->arg_count;
    jref v = (jref)(made - b->ir->ins);
    b->depth--;
    for (int i = 0; i < n; i++) {
        ssa_push(b, b->ir->args[made->args + i]);
    }
    for (int i = n - 1; i >= 0; i--) {
        jref *operand = ssa_cell(b, b->depth - n + i);
        if (*operand == v - 1 && ssa_ins(b, *operand)->op == JIR_NEWREF) {
            *operand = ssa_ins(b, *operand)->a;
            v--;
        }
    }
    b->ir->count = (int)v;
}

#endif  // _Py_TIER2
