/* emit.c - copy and patch: from a trace of micro-ops to machine code.
 *
 * Takes:  a trace.
 * Gives:  the executor's entry point and code block.
 *
 * The code of a micro-op is a stencil that clang compiled when Python was
 * built (Tools/jit/); here it is copied and its holes are filled in: operands,
 * the addresses of the interpreter's functions, where to go on. The method is
 * Xu and Kjolstad's ("Copy-and-patch compilation", OOPSLA 2021).
 *
 * The top of the operand stack lives in up to three registers. How many is
 * known at each point of the trace, so each micro-op has one stencil for each
 * number that it can start with, and nothing says at run time where the stack
 * ends: `_JIT_SP` is the place in the frame where the part in memory ends.
 *
 *     hot code                cold code              exit stubs
 *     GUARD_BOTH_INT ----------------------------->  store the registers,
 *     BINARY_OP_ADD_INT --->  error, slow path       jump *exit->code
 *     STORE_FAST
 *
 * Nothing in a block is patched after it is written: what can change (where an
 * exit leads, whether the trace is valid) is read from data.
 */
#include "jit.h"

#if defined(_Py_TIER2) && defined(_Py_JIT)

#include "jit_stencils.h"
#define JIT_WITH_STENCILS
#include "pycore_jit_tables.h"

#define VENEER_SIZE 16

/* One copied stencil. */
struct piece {
    uint16_t stencil;
    uint16_t stub;                  // its exit's index, then the piece of the exit's stub; JIT_NO_EXIT: none
    uint32_t oparg;
    uint64_t operand;
    _Py_CODEUNIT *ip;               // of its instruction; NULL in what no instruction stands for
    int32_t sp;                     // bytes from the frame to the end of the stack in memory
    uint32_t hot, cold;             // offsets in the block
};

struct emitter {
    struct jit *jit;
    struct jit_trace *trace;
    _PyExecutorObject *executor;
    struct piece *pieces;
    int count, capacity;
    int cached;                     // stack items in registers now
    uint32_t jump_target;           // piece that JUMP_TO_TOP leads to
    uint8_t *base;                  // where the block will run
    uint8_t *code;                  // where it is put together
    uint32_t size;
    uint32_t veneers;               // offset of the next one
    uintptr_t veneer_targets[64];
    int veneer_count;
    uint32_t veneer_start;
    enum jit_abort abort;
};

static struct piece *
add_piece(struct emitter *em, int stencil)
{
    if (em->count == em->capacity) {
        int capacity = em->capacity ? em->capacity * 2 : 512;
        struct piece *more = jit_realloc(em->pieces, (size_t)capacity * sizeof(*more));
        if (more == NULL) {
            em->abort = JIT_ABORT_NO_MEMORY;
            em->count = 0;
            if (em->capacity == 0) {
                return NULL;
            }
        }
        else {
            em->pieces = more;
            em->capacity = capacity;
        }
    }
    struct piece *p = &em->pieces[em->count++];
    *p = (struct piece){.stencil = (uint16_t)stencil, .stub = JIT_NO_EXIT};
    return p;
}

/* Bytes from a frame to the cell of operand `depth`. */
static int32_t
stack_offset(struct emitter *em, int frame, int depth)
{
    PyCodeObject *code = em->trace->frames[frame].code;
    return (int32_t)(offsetof(_PyInterpreterFrame, localsplus) +
                     (size_t)(code->co_nlocalsplus + depth) * sizeof(PyObject *));
}

static bool
add_move(struct emitter *em, struct jit_uop *u, int stencil, int stack_in_memory)
{
    struct piece *p = add_piece(em, stencil);
    if (p == NULL) {
        return false;
    }
    p->sp = stack_offset(em, u->frame, stack_in_memory);
    return true;
}

static const uint16_t spill_stencils[] = {
    0, JIT_STENCIL_SPILL_1, JIT_STENCIL_SPILL_2, JIT_STENCIL_SPILL_3,
};
static const uint16_t fill_stencils[] = {
    JIT_STENCIL_FILL_0, JIT_STENCIL_FILL_1, JIT_STENCIL_FILL_2,
};
static const uint16_t exit_stencils[] = {
    JIT_STENCIL_EXIT_0, JIT_STENCIL_EXIT_1, JIT_STENCIL_EXIT_2, JIT_STENCIL_EXIT_3,
};

/* Moves stack items between registers and memory until the micro-op has a
 * stencil for the number cached. */
static bool
adjust_cache(struct emitter *em, struct jit_uop *u)
{
    const int8_t *after = jit_uop_info[u->op].depth_after;
    int wanted = em->cached;
    while (wanted >= 0 && after[wanted] < 0) {
        wanted--;                   // fewer, by spilling
    }
    if (wanted < 0) {
        for (wanted = em->cached; after[wanted] < 0; wanted++) {
            assert(wanted < JIT_CACHE_REGISTERS);
        }
    }
    for (; em->cached > wanted; em->cached--) {
        if (!add_move(em, u, spill_stencils[em->cached], u->stack - em->cached)) {
            return false;
        }
    }
    for (; em->cached < wanted; em->cached++) {
        if (!add_move(em, u, fill_stencils[em->cached], u->stack - em->cached)) {
            return false;
        }
    }
    return true;
}

/* The pieces of one micro-op, and of the stub that its guard leaves by. */
static bool
select_stencil(struct emitter *em, struct jit_uop *u)
{
    if (!adjust_cache(em, u)) {
        return false;
    }
    struct piece *p = add_piece(em, jit_uop_stencils[u->op][em->cached]);
    if (p == NULL) {
        return false;
    }
    p->oparg = u->oparg;
    p->operand = u->operand;
    p->ip = em->trace->rec->entries[u->line].op_instr;
    p->sp = stack_offset(em, u->frame, u->stack - em->cached);
    if (u->op == U_ENTER) {
        p->operand = (uintptr_t)em->executor;
    }
    if (u->exit != JIT_NO_EXIT) {
        p->stub = u->exit;
        p->cold = (uint32_t)em->cached;     // until layout: for the stub
    }
    em->cached = jit_uop_info[u->op].depth_after[em->cached];
    return true;
}

/* The stubs, after all micro-ops: one for each exit and number of registers
 * that are in use where it is taken. */
static bool
select_stubs(struct emitter *em)
{
    size_t size = (size_t)em->trace->exit_count * (JIT_CACHE_REGISTERS + 1) * sizeof(uint16_t);
    uint16_t *stubs = jit_malloc(size + 1);
    if (stubs == NULL) {
        em->abort = JIT_ABORT_NO_MEMORY;
        return false;
    }
    memset(stubs, 0xff, size);
    int ops = em->count;
    for (int i = 0; i < ops; i++) {
        struct piece op = em->pieces[i];
        if (op.stub == JIT_NO_EXIT) {
            continue;
        }
        uint16_t *stub = &stubs[op.stub * (JIT_CACHE_REGISTERS + 1) + op.cold];
        if (*stub == JIT_NO_EXIT) {
            *stub = (uint16_t)em->count;
            int stored = Py_MAX((int)op.cold - em->trace->exits[op.stub].pops, 0);
            struct piece *p = add_piece(em, exit_stencils[stored]);
            if (p == NULL) {
                break;
            }
            p->sp = op.sp;
            p->operand = (uintptr_t)&em->executor->exits[op.stub];
        }
        em->pieces[i].stub = *stub;
    }
    jit_free(stubs);
    return em->abort == JIT_ABORT_NONE;
}

static void
layout(struct emitter *em)
{
    uint32_t place = 0;
    for (int i = 0; i < em->count; i++) {
        em->pieces[i].hot = place;
        place += jit_stencils[em->pieces[i].stencil].hot_size;
    }
    for (int i = 0; i < em->count; i++) {
        em->pieces[i].cold = place;
        place += jit_stencils[em->pieces[i].stencil].cold_size;
    }
    em->veneer_start = (place + 15) & ~(uint32_t)15;
    em->size = em->veneer_start + VENEER_SIZE * (uint32_t)Py_ARRAY_LENGTH(em->veneer_targets);
}

/* Where a call out of reach goes instead: `jmp *[rip]` and the address. */
static uintptr_t
veneer(struct emitter *em, uintptr_t target)
{
    int i;
    for (i = 0; i < em->veneer_count; i++) {
        if (em->veneer_targets[i] == target) {
            break;
        }
    }
    uint32_t at = em->veneer_start + VENEER_SIZE * (uint32_t)i;
    if (i == em->veneer_count) {
        if (i == (int)Py_ARRAY_LENGTH(em->veneer_targets)) {
            em->abort = JIT_ABORT_CODE_FULL;
            return target;
        }
        em->veneer_targets[em->veneer_count++] = target;
        static const uint8_t jump[8] = {0xff, 0x25, 2, 0, 0, 0, 0xcc, 0xcc};
        memcpy(em->code + at, jump, sizeof(jump));
        memcpy(em->code + at + 8, &target, 8);
    }
    return (uintptr_t)em->base + at;
}

static uintptr_t
hole_value(struct emitter *em, int index, const struct jit_hole *hole)
{
    struct piece *p = &em->pieces[index];
    const struct jit_stencil *s = &jit_stencils[p->stencil];
    uintptr_t base = (uintptr_t)em->base;
    uintptr_t value;
    switch (hole->value) {
        case JIT_HV_SYMBOL:
            return (uintptr_t)jit_symbols[hole->argument];
        case JIT_HV_RODATA:
            value = (uintptr_t)jit_rodata;
            break;
        case JIT_HV_HOT:
            value = base + p->hot;
            break;
        case JIT_HV_COLD:
            value = base + p->cold;
            break;
        case JIT_HV_CONTINUE:
            value = base + p->hot + s->hot_size;
            break;
        case JIT_HV_EXIT:
            assert(p->stub != JIT_NO_EXIT);
            value = base + em->pieces[p->stub].hot;
            break;
        case JIT_HV_ERROR:
            value = (uintptr_t)em->jit->error_return;
            break;
        case JIT_HV_JUMP:
            value = base + em->pieces[em->jump_target].hot;
            break;
        case JIT_HV_OPARG:
            value = p->oparg;
            break;
        case JIT_HV_OPERAND:
        case JIT_HV_OPERAND32:
            value = p->operand;
            break;
        case JIT_HV_SP:
            value = (uintptr_t)(intptr_t)p->sp;
            break;
        case JIT_HV_LOCAL:
            value = offsetof(_PyInterpreterFrame, localsplus) +
                    p->oparg * sizeof(PyObject *);
            break;
        case JIT_HV_STACKTOP:
            value = ((uintptr_t)p->sp - offsetof(_PyInterpreterFrame, localsplus)) /
                    sizeof(PyObject *);
            break;
        case JIT_HV_IP:
            value = (uintptr_t)p->ip;
            break;
        case JIT_HV_VALID:
            value = (uintptr_t)&em->executor->vm_data.valid;
            break;
        default:
            Py_UNREACHABLE();
    }
    return value + (uintptr_t)(intptr_t)hole->argument;
}

#ifdef JIT_STENCILS_X86_64
/* Fills in one hole; see Tools/jit/stencils.py for the kinds. */
static void
patch(struct emitter *em, uint8_t *where, uintptr_t run_at, int kind, uintptr_t value)
{
    int32_t low = (int32_t)(uint32_t)value;
    switch (kind) {
        case JIT_REL_X86_64_64:
            memcpy(where, &value, 8);
            return;
        case JIT_REL_X86_64_32:
            if (value > UINT32_MAX) {
                em->abort = JIT_ABORT_OUT_OF_RANGE;
            }
            break;
        case JIT_REL_X86_64_32S:
            if ((intptr_t)value != low) {
                em->abort = JIT_ABORT_OUT_OF_RANGE;
            }
            break;
        case JIT_REL_X86_64_BRANCH32:
        case JIT_REL_X86_64_PC32: {
            intptr_t far = (intptr_t)(value - (run_at + 4));
            if (far != (int32_t)far && kind == JIT_REL_X86_64_BRANCH32) {
                far = (intptr_t)(veneer(em, value) - (run_at + 4));
            }
            if (far != (int32_t)far) {
                em->abort = JIT_ABORT_OUT_OF_RANGE;
            }
            low = (int32_t)far;
            break;
        }
        default:
            em->abort = JIT_ABORT_OUT_OF_RANGE;
            return;
    }
    memcpy(where, &low, 4);
}
#endif

static void
copy_part(struct emitter *em, int index, const uint8_t *code, uint32_t size,
          uint32_t place, const struct jit_hole *holes, int hole_count)
{
    memcpy(em->code + place, code, size);
    for (int i = 0; i < hole_count; i++) {
        uint32_t at = place + holes[i].offset;
        patch(em, em->code + at, (uintptr_t)em->base + at, holes[i].kind,
              hole_value(em, index, &holes[i]));
    }
}

/* Copies and patches all pieces into a new block. */
static void *
assemble(struct emitter *em)
{
    layout(em);
    const char *reason = NULL;
    em->base = jit_memory_alloc(em->jit, em->size, &reason);
    if (em->base == NULL && em->jit->retired != NULL) {
        jit_free_retired(em->jit);
        em->base = jit_memory_alloc(em->jit, em->size, &reason);
    }
    if (em->base == NULL && em->jit->executors != NULL) {
        jit_evict(em->jit, em->size);
        em->base = jit_memory_alloc(em->jit, em->size, &reason);
    }
    if (em->base == NULL) {
        em->jit->stats.no_memory_reason = reason;
        em->abort = JIT_ABORT_CODE_FULL;
        return NULL;
    }
    em->code = jit_malloc(em->size);
    if (em->code == NULL) {
        em->abort = JIT_ABORT_NO_MEMORY;
        goto error;
    }
    memset(em->code, 0xcc, em->size);
    for (int i = 0; i < em->count && em->abort == JIT_ABORT_NONE; i++) {
        struct piece *p = &em->pieces[i];
        const struct jit_stencil *s = &jit_stencils[p->stencil];
        const struct jit_hole *holes = &jit_holes[s->holes];
        copy_part(em, i, jit_code + s->code, s->hot_size, p->hot, holes, s->hot_holes);
        copy_part(em, i, jit_code + s->code + s->hot_size, s->cold_size, p->cold,
                  holes + s->hot_holes, s->cold_holes);
    }
    em->size = em->veneer_start + VENEER_SIZE * (uint32_t)em->veneer_count;
    jit_memory_shrink(em->jit, em->base, em->size);
    if (em->abort == JIT_ABORT_NONE &&
        jit_memory_write(em->jit, em->base, em->code, em->size) < 0)
    {
        em->abort = JIT_ABORT_CODE_FULL;
        em->jit->head.enabled = false;
    }
    jit_free(em->code);
    if (em->abort == JIT_ABORT_NONE) {
        return em->base;
    }
error:
    jit_memory_free(em->jit, em->base);
    return NULL;
}

enum jit_abort
jit_emit(struct jit *jit, struct jit_trace *trace, _PyExecutorObject *executor)
{
    struct emitter em = {
        .jit = jit,
        .trace = trace,
        .executor = executor,
    };
    bool ok = true;
    // An indirect jump hands over the top of the stack in a register.
    bool in_register = trace->rec->is_continuation;
    if (in_register) {
        assert(trace->uops[0].op == U_ENTER && trace->uops[0].stack > 0);
        ok = add_move(&em, &trace->uops[0], JIT_STENCIL_FILL_0, trace->uops[0].stack);
        em.cached = 1;
    }
    for (int i = 0; i < trace->count && ok; i++) {
        struct jit_uop *u = &trace->uops[i];
        ok = select_stencil(&em, u);
        // (A continuation's loop goes back to the very start, which fills the register.)
        if (u->op == U_ENTER && !in_register) {
            em.jump_target = (uint32_t)em.count;
        }
    }
    if (ok && select_stubs(&em)) {
        executor->code_block = assemble(&em);
        executor->entry = executor->code_block;
        if (in_register && executor->code_block != NULL) {
            executor->register_entry = (char *)executor->code_block + em.pieces[1].hot;
        }
        executor->code_size = em.size;
    }
    jit_free(em.pieces);
    return em.abort;
}

/* How to unwind from the code that is made here. */
#ifdef JIT_UNWIND_RETURN
static const uint8_t shim_rules[] = JIT_UNWIND_SHIM;
static const uint8_t trace_rules[] = JIT_UNWIND_TRACE;
static_assert(sizeof(shim_rules) <= JIT_MAX_UNWIND_RULES &&
              sizeof(trace_rules) <= JIT_MAX_UNWIND_RULES, "no room for them in unwind.c");
const struct jit_unwind_rules jit_unwind_rules = {
    .shim = shim_rules,
    .shim_size = sizeof(shim_rules),
    .shim_code_size = JIT_SHIM_SIZE,
    .trace = trace_rules,
    .trace_size = sizeof(trace_rules),
    .return_column = JIT_UNWIND_RETURN,
};
#else
const struct jit_unwind_rules jit_unwind_rules = {0};
#endif

/* The code that all traces share: the entry from C, and the ways back. */
int
jit_emit_prologue(struct jit *jit)
{
    struct jit_trace trace = {0};
    struct emitter em = {.jit = jit, .trace = &trace};
    static const int stencils[] = {
        JIT_STENCIL_SHIM, JIT_STENCIL_EXIT_RETURN, JIT_STENCIL_RETURN_ERROR, JIT_STENCIL_RETURN_TO_C,
    };
    for (size_t i = 0; i < Py_ARRAY_LENGTH(stencils); i++) {
        struct piece *p = add_piece(&em, stencils[i]);
        if (p == NULL) {
            jit->stats.no_memory_reason = "out of memory";
            return -1;
        }
        p->operand = (uintptr_t)&jit->return_exit;
    }
    uint8_t *block = assemble(&em);
    if (block != NULL) {
        jit->shim = block + em.pieces[0].hot;
        jit->exit_return = block + em.pieces[1].hot;
        jit->error_return = block + em.pieces[2].hot;
        jit->return_to_c = block + em.pieces[3].hot;
    }
    jit_free(em.pieces);
    return block == NULL ? -1 : 0;
}

#endif  // _Py_TIER2 && _Py_JIT
