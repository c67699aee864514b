/* translate.c - from a record of bytecodes to a trace of micro-ops.
 *
 * Takes:  the recorder's entries: what ran, and in which state.
 * Gives:  micro-ops, each with the operand stack's depth on entry, and the
 *         exits that they leave by. Every exit is at a bytecode boundary: the
 *         guards of an instruction stand before its first side effect.
 *
 * Most instructions expand by the generated table (jit_expansions, from
 * Python/bytecodes.c). What decides where execution goes next cannot: a
 * branch becomes a guard that it goes the same way again; a loop's iterator,
 * a guard that it is (or is not) exhausted; a return out of the trace's first
 * frame, a guard on the caller.
 *
 *     COMPARE_OP_INT        GUARD_BOTH_INT          exit -> COMPARE_OP_INT
 *     POP_JUMP_IF_FALSE     COMPARE_OP_INT
 *       (not taken)         GUARD_IS_TRUE_POP       exit -> the jump's target
 *
 * Rules for whoever adds an instruction: if it may run other code, the frame's
 * instr_ptr must be set first, and the trace's validity checked after
 * (check_valid()). emit() sees to instr_ptr by the micro-op's flags; one that
 * others can see only while it frees something sets it itself then.
 */
#include "jit.h"

#ifdef _Py_TIER2

#include "opcode.h"
#include "pycore_opcode_metadata.h"
#include "pycore_opcode_utils.h"
#define JIT_DEFINE_TABLES            // here, and nowhere else
#include "pycore_jit_tables.h"

#define MAX_REPEATS 3               // specialized bridges in a row from one instruction

struct translator {
    struct jit *jit;
    struct jit_recorder *rec;
    struct jit_trace *trace;
    int index;                      // of the entry being translated
    struct jit_record_entry *entry, *next;
    int frame;                      // index in trace->frames
    int frame_stack[JIT_MAX_FRAMES * 2 + 4];
    int frame_depth;                // entries in frame_stack; 0: the outermost
    int stack;                      // operand stack depth now
    _Py_CODEUNIT *ip_set;           // what the frame's instr_ptr holds, or NULL
    bool maybe_invalid;             // something ran since the last check
    enum jit_abort abort;
};

static bool
fail(struct translator *t, enum jit_abort abort)
{
    if (t->abort == JIT_ABORT_NONE) {
        t->abort = abort;
    }
    return false;
}

/* The index of an exit to `target`, with `stack` operands. */
static uint16_t
new_exit(struct translator *t, _Py_CODEUNIT *target, int stack,
         enum jit_exit_kind kind, int pops)
{
    struct jit_trace *trace = t->trace;
    if (trace->exit_count > 0) {
        struct jit_exit_site *last = &trace->exits[trace->exit_count - 1];
        if (last->target == target && last->stack == stack &&
            last->kind == kind && last->pops == pops &&
            last->frame == t->frame)
        {
            return (uint16_t)(trace->exit_count - 1);
        }
    }
    if (trace->exit_count == JIT_MAX_EXITS) {
        fail(t, JIT_ABORT_EXITS_FULL);
        return JIT_NO_EXIT;
    }
    trace->exits[trace->exit_count] = (struct jit_exit_site){
        .target = target,
        .stack = (int16_t)stack,
        .kind = (uint8_t)kind,
        .pops = (uint8_t)pops,
        .frame = (uint16_t)t->frame,
    };
    return (uint16_t)trace->exit_count++;
}

static struct jit_uop *
append(struct translator *t, int op, uint32_t oparg, uint64_t operand, uint16_t exit)
{
    struct jit_trace *trace = t->trace;
    if (trace->count == JIT_MAX_UOPS) {
        fail(t, JIT_ABORT_UOPS_FULL);
        return NULL;
    }
    struct jit_uop *u = &trace->uops[trace->count++];
    *u = (struct jit_uop){
        .op = (uint16_t)op,
        .exit = exit,
        .frame = (uint16_t)t->frame,
        .stack = (int16_t)t->stack,
        .line = (int16_t)t->index,
        .oparg = oparg,
        .operand = operand,
    };
    return u;
}

/* Sets the frame's instr_ptr to the current instruction, unless it is. */
static void
set_ip(struct translator *t)
{
    if (t->ip_set != t->entry->op_instr) {
        append(t, U_SET_IP, 0, (uintptr_t)t->entry->op_instr, JIT_NO_EXIT);
        t->ip_set = t->entry->op_instr;
    }
}

/* The effects of a micro-op; under stress, what may free an object may run any code. */
uint32_t
jit_uop_flags(struct jit *jit, int op)
{
    uint32_t flags = jit_uop_info[op].flags;
    if (jit->config.escapes && flags & JIT_UOP_MAY_DEALLOC) {
        flags |= JIT_UOP_MAY_RUN_PYTHON;
    }
    return flags;
}

/* Does a micro-op with these flags set frame->instr_ptr when it frees something? */
static bool
dealloc_sets_ip(uint32_t flags)
{
#ifdef _Py_JIT
    return flags & JIT_UOP_DEALLOC_SETS_IP;
#else
    return false;
#endif
}

/* Does it need instr_ptr right before it runs? Others can see it. In machine
 * code, one that only raises sets it when it does. */
bool
jit_needs_ip(uint32_t flags)
{
    uint32_t needs = JIT_UOP_MAY_RUN_PYTHON | JIT_UOP_READS_IP | JIT_UOP_FRAME;
#ifndef _Py_JIT
    needs |= JIT_UOP_ERROR | JIT_UOP_ERROR_NO_POP | JIT_UOP_ERROR_SYNCED;
#endif
    if (!dealloc_sets_ip(flags)) {
        needs |= JIT_UOP_MAY_DEALLOC;
    }
    return flags & needs;
}

/* Before a micro-op with these flags. */
static void
observe_ip(struct translator *t, uint32_t flags)
{
    if (jit_needs_ip(flags)) {
        set_ip(t);
    }
    else if (dealloc_sets_ip(flags) && t->ip_set != t->entry->op_instr) {
        t->ip_set = NULL;
    }
}

/* Appends a micro-op; what it leaves by is the start of the instruction. */
static bool
emit(struct translator *t, int op, uint32_t oparg, uint64_t operand)
{
    uint32_t flags = jit_uop_flags(t->jit, op);
    observe_ip(t, flags);
    uint16_t exit = JIT_NO_EXIT;
    if (flags & (JIT_UOP_DEOPT | JIT_UOP_EXIT)) {
        if (t->stack != t->entry->stack) {
            return fail(t, JIT_ABORT_BAD_EXIT);
        }
        exit = new_exit(t, t->entry->instr, t->stack, JIT_EXIT_SIDE, 0);
    }
    append(t, op, oparg, operand, exit);
    t->stack += jit_uop_pushes(op, (int)oparg) - jit_uop_pops(op, (int)oparg);
    if (flags & (JIT_UOP_MAY_DEALLOC | JIT_UOP_MAY_RUN_PYTHON)) {
        t->maybe_invalid = true;
    }
    return t->abort == JIT_ABORT_NONE;
}

/* Like emit(), but leaves to another instruction. */
static bool
emit_guard(struct translator *t, int op, uint32_t oparg, uint64_t operand,
           _Py_CODEUNIT *target)
{
    int pops = jit_uop_info[op].exit_pops;
    uint32_t flags = jit_uop_flags(t->jit, op);
    if (flags & JIT_UOP_MAY_DEALLOC) {
        observe_ip(t, flags);
        t->maybe_invalid = true;
    }
    uint16_t exit = new_exit(t, target, t->stack - pops, JIT_EXIT_SIDE, pops);
    append(t, op, oparg, operand, exit);
    t->stack += jit_uop_pushes(op, (int)oparg) - jit_uop_pops(op, (int)oparg);
    return t->abort == JIT_ABORT_NONE;
}

/* A number from the instruction's inline cache, `size` code units wide. */
static uint64_t
cache_operand(const _Py_CODEUNIT *cache, int size)
{
    switch (size) {
        case 1:
            return cache->cache;
        case 2:
            return read_u32((uint16_t *)&cache->cache);
        default:
            return (uintptr_t)read_obj((uint16_t *)&cache->cache);
    }
}

static _Py_CODEUNIT *
fall_through(struct jit_record_entry *e)
{
    return e->op_instr + 1 + _PyOpcode_Caches[_PyOpcode_Deopt[e->opcode]];
}

/* Before a micro-op that makes a frame for what only the operands say: it
 * must be the recorded code that runs in it. */
static bool
guard_entered(struct translator *t, int op, uint64_t operand)
{
    struct jit_record_entry *n = t->next;
    switch (op) {
        case U_FOR_ITER_GEN_FRAME:
            return emit(t, U_GUARD_GEN_FRAME, 0, (uintptr_t)n->instr);
        case U_SEND_GEN_FRAME:
            return emit(t, U_GUARD_SEND_FRAME, 0, (uintptr_t)n->instr);
        case U_CREATE_INIT_FRAME:
            return emit(t, U_GUARD_INIT_CODE, t->entry->oparg, (uintptr_t)n->code);
        case U_BINARY_SUBSCR_INIT_CALL:
            return emit(t, U_GUARD_GETITEM_CODE, 0, (uintptr_t)n->code);
        case U_LOAD_ATTR_PROPERTY_FRAME:
        case U_LOAD_ATTR_GETATTRIBUTE_FRAME:
            if ((PyObject *)(uintptr_t)operand != n->func || n->func_version == 0) {
                return fail(t, JIT_ABORT_UNSUPPORTED);
            }
            return emit(t, U_GUARD_FUNCTION_VERSION, n->func_version, operand);
        default:
            return true;
    }
}

/* After a method has been taken apart, whose end may have run code: what is called may be
 * another function by now. The exit's instruction finds the function and the object. */
static bool
guard_expanded(struct translator *t, int op, uint32_t oparg)
{
    if (op != U_EXPAND_METHOD && op != U_EXPAND_METHOD_KW) {
        return true;
    }
    uint32_t version = t->next->func_version;
    int check = op == U_EXPAND_METHOD ? U_CHECK_FUNCTION_VERSION : U_CHECK_FUNCTION_VERSION_KW;
    return version != 0 ? emit(t, check, oparg, version) : fail(t, JIT_ABORT_UNSUPPORTED);
}

/* By the generated table; false if the opcode is not in it. */
static bool
expand(struct translator *t)
{
    struct jit_record_entry *e = t->entry;
    const struct jit_expansion *x = &jit_expansions[e->opcode];
    if (x->count < 0) {
        return fail(t, JIT_ABORT_UNSUPPORTED);
    }
    for (int i = 0; i < x->count; i++) {
        const struct jit_expansion_step *step = &x->steps[i];
        uint32_t oparg = e->oparg;
        uint64_t operand = 0;
        int op = step->uop;
        switch (step->kind) {
            case JIT_OPERAND_1:
            case JIT_OPERAND_2:
            case JIT_OPERAND_4:
                operand = cache_operand(&e->cache[step->offset], step->kind);
                break;
            case JIT_OPARG_TOP:
                oparg >>= 4;
                break;
            case JIT_OPARG_BOTTOM:
                oparg &= 15;
                break;
            case JIT_OPARG_LENGTH:
                oparg = (uint32_t)(fall_through(e) - e->op_instr);
                break;
            case JIT_OPARG_NEXT:
                oparg = fall_through(e)->op.arg;
                break;
        }
        if (op == U_CHECK_PERIODIC) {
            // After a call; the trace's own checks are at its back-edges.
            continue;
        }
        uint32_t flags = jit_uop_info[op].flags;
        if (flags & JIT_UOP_SPLIT) {
            op += 1 + (int)(oparg & 1);
        }
        else if ((flags & JIT_UOP_REPLICATED) && oparg < jit_uop_info[op].replicas) {
            op += 1 + (int)oparg;
        }
        if (!guard_entered(t, op, operand) || !emit(t, op, oparg, operand) || !guard_expanded(t, op, oparg)) {
            return false;
        }
    }
    return true;
}

/* A call of a Python function by an instruction that is not specialized for
 * it: as if it were, with the recorded function's version. */
static bool
call_python(struct translator *t)
{
    struct jit_record_entry *e = t->entry;
    uint32_t version = t->next->func_version;
    if (version == 0 || e->callable == NULL) {
        return fail(t, JIT_ABORT_UNSUPPORTED);
    }
    bool is_method = e->callable == &PyMethod_Type;
    int check, expand = -1, make;
    switch (e->opcode) {
        case CALL:
            check = is_method ? U_CHECK_METHOD_VERSION : U_CHECK_FUNCTION_VERSION;
            expand = is_method ? U_EXPAND_METHOD : -1;
            make = U_PY_FRAME_GENERAL;
            break;
        case CALL_KW:
            check = is_method ? U_CHECK_METHOD_VERSION_KW : U_CHECK_FUNCTION_VERSION_KW;
            expand = is_method ? U_EXPAND_METHOD_KW : -1;
            make = U_PY_FRAME_KW;
            break;
        default:
            if (is_method) {
                return fail(t, JIT_ABORT_UNSUPPORTED);
            }
            check = U_CHECK_FUNCTION_VERSION_EX + 1 + (int)(e->oparg & 1);
            make = U_PY_FRAME_EX + 1 + (int)(e->oparg & 1);
            break;
    }
    uint32_t length = (uint32_t)(fall_through(e) - e->op_instr);
    return emit(t, U_CHECK_PEP_523, 0, 0) &&
           emit(t, check, e->oparg, version) &&
           emit(t, U_CHECK_RECURSION_REMAINING, 0, 0) &&
           (expand < 0 || (emit(t, expand, e->oparg, 0) && guard_expanded(t, expand, e->oparg))) &&
           emit(t, make, e->oparg, 0) &&
           emit(t, U_SAVE_RETURN_OFFSET, length, 0) &&
           emit(t, U_PUSH_FRAME, 0, 0);
}

static int
new_frame(struct translator *t, struct jit_record_entry *e)
{
    struct jit_trace *trace = t->trace;
    trace->frames[trace->frame_count] = (struct jit_frame){
        .code = e->code,
        .globals = e->globals,
        .builtins = e->builtins,
    };
    if (jit_trace_depends(trace, e->code) < 0) {
        fail(t, JIT_ABORT_NO_MEMORY);
    }
    return trace->frame_count++;
}

/* After the micro-op that made another frame the current one. */
static void
enter_frame(struct translator *t)
{
    struct jit_record_entry *e = t->entry, *n = t->next;
    if (n->depth > e->depth) {
        for (int d = e->depth; d < n->depth; d++) {
            t->frame_stack[t->frame_depth++] = t->frame;
        }
        t->frame = new_frame(t, n);
    }
    else if (t->frame_depth > 0) {
        t->frame = t->frame_stack[--t->frame_depth];
        if (t->trace->frames[t->frame].code != n->code) {
            t->frame = new_frame(t, n);
        }
    }
    else {
        t->frame = new_frame(t, n);
    }
    t->stack = n->stack;
    t->ip_set = NULL;
}

/* Before a return: out of the outermost frame, only to the recorded caller. */
static bool
guard_caller(struct translator *t, int op)
{
    if (t->frame_depth > 0) {
        return true;
    }
    return emit(t, op, 0, (uintptr_t)t->next->instr);
}

static bool
branch(struct translator *t)
{
    struct jit_record_entry *e = t->entry;
    _Py_CODEUNIT *next = fall_through(e);
    _Py_CODEUNIT *target = next + e->oparg;
    bool taken = t->next->instr == target && e->oparg != 0;
    _Py_CODEUNIT *other = taken ? next : target;
    int op;
    switch (e->opcode) {
        case POP_JUMP_IF_FALSE:
            op = taken ? U_GUARD_IS_FALSE_POP : U_GUARD_IS_TRUE_POP;
            break;
        case POP_JUMP_IF_TRUE:
            op = taken ? U_GUARD_IS_TRUE_POP : U_GUARD_IS_FALSE_POP;
            break;
        case POP_JUMP_IF_NONE:
            op = taken ? U_GUARD_IS_NONE_POP : U_GUARD_IS_NOT_NONE_POP;
            break;
        default:
            op = taken ? U_GUARD_IS_NOT_NONE_POP : U_GUARD_IS_NONE_POP;
            break;
    }
    return emit_guard(t, op, 0, 0, other);
}

/* Where a loop ends, the iterator lets go of what it iterates over at the
 * FOR_ITER. So that is where the guards leave to, but the generic step, which
 * cannot be done twice and drops the iterator itself, and that of a range, with
 * which nothing dies. */
static bool
for_iter(struct translator *t, int check, int guard, int step, int exhausted)
{
    struct jit_record_entry *e = t->entry;
    _Py_CODEUNIT *body = fall_through(e);
    _Py_CODEUNIT *pop_iter = body + e->oparg + 1;   // past END_FOR
    if (check >= 0 && !emit(t, check, e->oparg, 0)) {
        return false;
    }
    if (t->next->instr == body) {
        if (guard == U_GUARD_NOT_EXHAUSTED_RANGE) {
            return emit_guard(t, guard, e->oparg, 0, pop_iter) && emit(t, step, e->oparg, 0);
        }
        if (guard >= 0) {
            return emit(t, guard, e->oparg, 0) && emit(t, step, e->oparg, 0);
        }
        set_ip(t);
        t->maybe_invalid = true;
        return emit_guard(t, step, e->oparg, 0, pop_iter + 1);
    }
    if (exhausted < 0) {
        set_ip(t);
        return emit(t, U_FOR_ITER_LAST, e->oparg, 0) && emit_guard(t, U_GUARD_ENDED, 0, 0, body);
    }
    return emit(t, exhausted, e->oparg, 0) && emit(t, U_POP_TOP, 0, 0);
}

static void
count_bytecode(struct translator *t)
{
    if (t->jit->config.stats) {
        append(t, U_COUNT_BYTECODE, 0, (uintptr_t)&t->jit->stats.trace_bytecodes, JIT_NO_EXIT);
    }
}

/* Does it take pairs that are taken apart at once, and not as they are? */
static bool
takes_pair(struct translator *t)
{
    struct jit_record_entry *e = t->entry, *n = t->next;
    return t->jit->config.optimize & (1U << JIT_OPTIMIZE_PAIRS) && e->gives_pair && n->instr == fall_through(e) &&
           t->index + 1 < t->rec->count && _PyOpcode_Deopt[n->opcode] == UNPACK_SEQUENCE && n->oparg == 2;
}

/* FOR_ITER and UNPACK_SEQUENCE as one micro-op: what does not happen in between cannot be seen. */
static bool
for_iter_pair(struct translator *t)
{
    if (!emit(t, U_FOR_ITER_PAIR, 0, 0)) {
        return false;
    }
    t->index++;
    t->next++;
    t->trace->bytecodes++;
    count_bytecode(t);
    return t->abort == JIT_ABORT_NONE;
}

/* Trace after trace has started here because a specialization did not hold:
 * the generic instruction takes whatever comes. */
static void
generalize(struct translator *t)
{
    struct jit_recorder *rec = t->rec;
    struct jit_record_entry *e = &rec->entries[0];
    uint8_t generic = _PyOpcode_Deopt[e->opcode];
    if (rec->exit != NULL && rec->exit_owner->start == rec->start &&
        rec->exit_owner->repeats + 1 >= MAX_REPEATS && rec->count > 1 &&
        jit_expansions[generic].count > 0 &&
        e[1].frame == e->frame && e[1].instr == fall_through(e))
    {
        e->opcode = generic;
        e->gives_pair = false;
    }
}

/* Can the recorder go on past this instruction? */
bool
jit_can_translate(int opcode)
{
    switch (opcode) {
        case RESUME:
        case RESUME_CHECK:
        case RESUME_CHECK_JIT:
        case JUMP_FORWARD:
        case JUMP_BACKWARD_NO_INTERRUPT:
        case JUMP_BACKWARD:
        case JUMP_BACKWARD_NO_JIT:
        case JUMP_BACKWARD_JIT:
        case POP_JUMP_IF_FALSE:
        case POP_JUMP_IF_TRUE:
        case POP_JUMP_IF_NONE:
        case POP_JUMP_IF_NOT_NONE:
        case FOR_ITER:
            return true;
        default:
            return jit_expansions[opcode].count >= 0;
    }
}

static bool
instruction(struct translator *t)
{
    struct jit_record_entry *e = t->entry;
    switch (e->opcode) {
        case NOP:
        case JUMP_FORWARD:
        case JUMP_BACKWARD_NO_INTERRUPT:
            return true;
        case JUMP_BACKWARD:
        case JUMP_BACKWARD_NO_JIT:
        case JUMP_BACKWARD_JIT:
            append(t, U_CHECK_PERIODIC, 0, 0,
                   new_exit(t, e->instr, t->stack, JIT_EXIT_TIER1, 0));
            return t->abort == JIT_ABORT_NONE;
        case RESUME:
        case RESUME_CHECK:
        case RESUME_CHECK_JIT:
            append(t, U_RESUME_CHECK, e->oparg, 0,
                   new_exit(t, e->instr, t->stack, JIT_EXIT_TIER1, 0));
            return t->abort == JIT_ABORT_NONE;
        case POP_JUMP_IF_FALSE:
        case POP_JUMP_IF_TRUE:
        case POP_JUMP_IF_NONE:
        case POP_JUMP_IF_NOT_NONE:
            return branch(t);
        case FOR_ITER:
            if (takes_pair(t)) {
                return for_iter_pair(t);
            }
            return for_iter(t, -1, -1, U_FOR_ITER_TIER_TWO, -1);
        case FOR_ITER_LIST:
            return for_iter(t, U_ITER_CHECK_LIST, U_GUARD_NOT_EXHAUSTED_LIST,
                            U_ITER_NEXT_LIST, U_GUARD_EXHAUSTED_LIST);
        case FOR_ITER_TUPLE:
            return for_iter(t, U_ITER_CHECK_TUPLE, U_GUARD_NOT_EXHAUSTED_TUPLE,
                            U_ITER_NEXT_TUPLE, U_GUARD_EXHAUSTED_TUPLE);
        case FOR_ITER_RANGE:
            return for_iter(t, U_ITER_CHECK_RANGE, U_GUARD_NOT_EXHAUSTED_RANGE,
                            U_ITER_NEXT_RANGE, U_GUARD_EXHAUSTED_RANGE);
        case RETURN_VALUE:
        case RETURN_CONST:
        case RETURN_GENERATOR:
            if (!guard_caller(t, U_GUARD_CALLER)) {
                return false;
            }
            break;
        case CALL:
        case CALL_KW:
        case CALL_FUNCTION_EX:
            if (t->next->depth > e->depth) {
                return call_python(t);
            }
            break;
        case YIELD_VALUE:
            if (!guard_caller(t, U_GUARD_CALLER_YIELD)) {
                return false;
            }
            break;
    }
    return expand(t);
}

/* Leaves the trace where it is no longer valid, at the start of `next`. */
static bool
check_valid(struct translator *t, struct jit_record_entry *next)
{
    append(t, U_CHECK_VALID, 0, 0,
           new_exit(t, next->instr, t->stack, JIT_EXIT_TIER1, 0));
    t->maybe_invalid = false;
    return t->abort == JIT_ABORT_NONE;
}

/* Takes back what was appended for the current instruction, for the trace to
 * end before it. */
static void
end_before(struct translator *t, int count, int exit_count)
{
    t->trace->count = count;
    t->trace->exit_count = exit_count;
    t->stack = t->entry->stack;
    t->rec->end = JIT_END_EXIT;
    t->abort = JIT_ABORT_NONE;
}

static bool
send_indirect(struct translator *t)
{
    PyTypeObject *receiver = t->entry->top[1];
    if (receiver != &PyGen_Type && receiver != &PyCoro_Type) {
        return fail(t, JIT_ABORT_UNSUPPORTED);
    }
    return emit(t, U_SEND_GEN_FRAME_INDIRECT, t->entry->oparg, (uintptr_t)receiver);
}

/* The last instruction of a trace that ends with it: it makes another frame
 * the current one, and then an indirect jump goes on there. */
static bool
indirect(struct translator *t)
{
    struct jit_record_entry *e = t->entry;
    int jump;
    bool done;
    switch (e->opcode) {
        case RETURN_CONST:
        case RETURN_VALUE:
            jump = U_JUMP_RETURN;
            done = (e->opcode == RETURN_VALUE || emit(t, U_LOAD_CONST, e->oparg, 0)) &&
                   emit(t, U_POP_FRAME_INDIRECT, 0, 0);
            break;
        case YIELD_VALUE:
            jump = U_JUMP_YIELD;
            // (Sets instr_ptr itself; nothing runs before that.)
            append(t, U_YIELD_VALUE_INDIRECT, e->oparg, (uintptr_t)(e->op_instr + 1), JIT_NO_EXIT);
            done = t->abort == JIT_ABORT_NONE;
            break;
        default:
            jump = U_JUMP_ENTER;
            done = emit(t, U_CHECK_PEP_523, 0, 0) &&
                   (e->opcode == SEND_GEN ?
                    send_indirect(t) && emit(t, U_PUSH_FRAME_INDIRECT, 0, 0) :
                    emit(t, U_FOR_ITER_GEN_FRAME_INDIRECT, e->oparg, 0) &&
                    emit(t, U_PUSH_FRAME_SEND_NONE, 0, 0));
            break;
    }
    if (!done) {
        return false;
    }
    append(t, jump, 0, (uintptr_t)&t->jit->head, JIT_NO_EXIT);
    return t->abort == JIT_ABORT_NONE;
}

static bool
translate_one(struct translator *t)
{
    struct jit_record_entry *e = t->entry;
    struct jit_trace *trace = t->trace;
    if (e->stack != t->stack) {
        return fail(t, JIT_ABORT_BAD_STACK);
    }
    int first = trace->count, exits = trace->exit_count;
    bool is_indirect = t->index == t->rec->count - 1 && t->rec->end == JIT_END_INDIRECT;
    count_bytecode(t);
    bool done = is_indirect ? indirect(t) : instruction(t);
    if (!done) {
        if (t->abort == JIT_ABORT_UNSUPPORTED && t->index > 0) {
            end_before(t, first, exits);
        }
        return false;
    }
    trace->bytecodes++;
    struct jit_record_entry *n = t->next;       // (it may have taken another one with it)
    if (is_indirect) {
        return true;                // the frame that goes on may be any
    }
    if (n->frame != e->frame) {
        enter_frame(t);
    }
    if (n->stack != t->stack) {
        return fail(t, JIT_ABORT_BAD_STACK);
    }
    for (int i = first; i < trace->count; i++) {
        if (jit_uop_flags(t->jit, trace->uops[i].op) & JIT_UOP_MAY_RUN_PYTHON) {
            return check_valid(t, n);
        }
    }
    return true;
}

/* What follows the last instruction. */
static bool
end(struct translator *t)
{
    struct jit_recorder *rec = t->rec;
    struct jit_record_entry *last = &rec->entries[t->index];
    t->entry = last;
    if (t->maybe_invalid && rec->end == JIT_END_LOOP && !check_valid(t, last)) {
        return false;
    }
    switch (rec->end) {
        case JIT_END_INDIRECT:
            break;
        case JIT_END_LOOP:
            append(t, U_JUMP_TO_TOP, 0, 0, JIT_NO_EXIT);
            break;
        case JIT_END_LINK:
            append(t, U_EXIT_TRACE, 0, 0,
                   new_exit(t, last->instr, t->stack, JIT_EXIT_LINK, 0));
            break;
        default: {
            int kind = rec->end == JIT_END_TIER1 ? JIT_EXIT_TIER1 : JIT_EXIT_SIDE;
            append(t, U_EXIT_TRACE, 0, 0,
                   new_exit(t, last->instr, t->stack, kind, 0));
            break;
        }
    }
    return t->abort == JIT_ABORT_NONE;
}

enum jit_abort
jit_translate(struct jit *jit, struct jit_trace *trace)
{
    struct jit_recorder *rec = trace->rec;
    trace->uops = jit_malloc(JIT_MAX_UOPS * sizeof(struct jit_uop));
    trace->exits = jit_malloc(JIT_MAX_EXITS * sizeof(struct jit_exit_site));
    trace->frames = jit_malloc((size_t)(rec->count + 2) * sizeof(struct jit_frame));
    if (trace->uops == NULL || trace->exits == NULL || trace->frames == NULL) {
        return JIT_ABORT_NO_MEMORY;
    }
    struct translator t = {
        .jit = jit,
        .rec = rec,
        .trace = trace,
        .entry = &rec->entries[0],
    };
    struct jit_record_entry *first = &rec->entries[0];
    trace->code = first->code;
    t.stack = first->stack;
    t.frame = new_frame(&t, first);
    generalize(&t);
    append(&t, U_ENTER, 0, 0, JIT_NO_EXIT);
    if (rec->is_loop) {
        // Leaves to the JUMP_BACKWARD, which tier 1 then executes itself.
        append(&t, U_CHECK_PERIODIC, 0, 0,
               new_exit(&t, rec->anchor_instr, t.stack, JIT_EXIT_TIER1, 0));
    }
    for (t.index = 0; t.index < rec->count; t.index++) {
        t.entry = &rec->entries[t.index];
        t.next = t.entry + 1;
        if (!translate_one(&t)) {
            break;
        }
    }
    if (t.abort == JIT_ABORT_NONE) {
        end(&t);
    }
    return t.abort;
}

#endif  // _Py_TIER2
