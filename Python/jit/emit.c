/* emit.c - copy and patch: from stencils in order to machine code.
 *
 * Takes:  the pieces that lower.c chose, and their exits.
 * Gives:  the executor's entry point, code block and exits.
 *
 * A stencil is code that clang compiled when Python was built (Tools/jit/); here
 * it is copied and its holes are filled in: operands, the addresses of the
 * interpreter's functions, where to go on. The method is Xu and Kjolstad's
 * ("Copy-and-patch compilation", OOPSLA 2021).
 *
 *     hot code                 cold code              exit stubs
 *     GUARD_TYPE 3 --------------------------------->  jump *exit->code
 *     INCREF 3
 *     BINARY_OP_ADD_INT 2 -->  error, slow path --->
 *
 * Nothing in a block is patched after it is written: what can change (where an
 * exit leads, whether the trace is valid) is read from data.
 */
#include "lower.h"
#include "opcode.h"
#include "pycore_opcode_metadata.h"

#if defined(_Py_TIER2) && defined(_Py_JIT)

#include "jit_stencils.h"
#include "patch.h"

struct emitter {
    struct jit *jit;
    struct jit_trace *trace;
    _PyExecutorObject *executor;
    struct jit_code *code;
    struct jit_piece *pieces;
    int count;
    int *stubs;                     // by exit: the piece that is its stub, or -1
    uint8_t *base;                  // where the block will run
    uint8_t *bytes;                 // where it is put together
    uint32_t size;
    struct jit_pool pool;
    enum jit_abort abort;
};

bool
jit_stencil_clobbers(int stencil)
{
    return jit_stencil(stencil)->clobbers;
}

/* The stubs of all exits that a piece leaves by, after all other pieces. */
static bool
add_stubs(struct emitter *em)
{
    struct jit_code *c = em->code;
    em->stubs = jit_malloc(((size_t)c->exit_count + 1) * sizeof(int));
    struct jit_piece *more = jit_realloc(c->pieces, ((size_t)c->count + (size_t)c->exit_count + 1) * sizeof(*more));
    if (more != NULL) {
        c->pieces = more;
    }
    if (em->stubs == NULL || more == NULL) {
        em->abort = JIT_ABORT_NO_MEMORY;
        return false;
    }
    em->pieces = c->pieces;
    em->count = c->count;
    for (int i = 0; i < c->exit_count; i++) {
        em->stubs[i] = em->count;
        em->pieces[em->count++] = (struct jit_piece){
            .stencil = JIT_STENCIL_EXIT,
            .exit = JIT_NO_EXIT, .error = JIT_NO_EXIT, .popped = JIT_NO_EXIT,
            .operand = (uintptr_t)&em->executor->exits[i],
        };
    }
    return true;
}

/* How many slots the block needs at most. (None on Linux, at no cost.) */
static uint32_t
count_slots(struct emitter *em)
{
    uint32_t count = 0;
#ifdef JIT_STENCILS_HAVE_SLOTS
    for (int i = 0; i < em->count; i++) {
        const struct jit_hole_list *list = &jit_hole_lists[jit_stencil(em->pieces[i].stencil)->holes];
        for (int k = 0; k < list->hot + list->cold; k++) {
            count += jit_is_slot(jit_holes[list->first + k].kind);
        }
    }
#else
    (void)em;
#endif
    return count;
}

/* Where everything lies; false if out of memory. */
static bool
layout(struct emitter *em)
{
    uint32_t place = 0;
    for (int i = 0; i < em->count; i++) {
        em->pieces[i].hot = place;
        place += jit_stencil(em->pieces[i].stencil)->hot_size;
    }
    for (int i = 0; i < em->count; i++) {
        em->pieces[i].cold = place;
        place += jit_stencil(em->pieces[i].stencil)->cold_size;
    }
    struct jit_pool *pool = &em->pool;
    uint32_t slots = count_slots(em);
    pool->used = (place + 15) & ~(uint32_t)15;
    pool->end = em->size = pool->used + JIT_VENEER_SIZE * JIT_MAX_VENEERS + JIT_SLOT_SIZE * slots;
    if (slots > 0) {
        uint32_t size = 16;
        while (size < 2 * slots) {
            size *= 2;
        }
        pool->slots = jit_malloc(size * sizeof(*pool->slots));
        if (pool->slots == NULL) {
            return false;
        }
        memset(pool->slots, 0, size * sizeof(*pool->slots));
        pool->slot_mask = size - 1;
    }
    return true;
}

/* The address of the stub of an exit. */
static uintptr_t
stub(struct emitter *em, uint16_t exit)
{
    assert(exit != JIT_NO_EXIT);
    return (uintptr_t)em->base + em->pieces[em->stubs[exit]].hot;
}

/* What fills a hole, without its argument. */
static uintptr_t
hole_value(struct emitter *em, int index, const struct jit_hole *hole)
{
    struct jit_piece *p = &em->pieces[index];
    const struct jit_stencil *s = jit_stencil(p->stencil);
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
            value = stub(em, p->exit);
            break;
        case JIT_HV_ERROR:
            value = stub(em, p->error);
            break;
        case JIT_HV_ERROR_POPPED:
            value = stub(em, p->popped);
            break;
        case JIT_HV_DEALLOC:
            value = (uintptr_t)em->jit->dealloc;
            break;
        case JIT_HV_DEALLOC_INT:
            value = (uintptr_t)em->jit->dealloc_int;
            break;
        case JIT_HV_DEALLOC_FLOAT:
            value = (uintptr_t)em->jit->dealloc_float;
            break;
        case JIT_HV_INCREF:
            value = (uintptr_t)em->jit->incref;
            break;
        case JIT_HV_DECREF:
            value = (uintptr_t)em->jit->decref;
            break;
        case JIT_HV_NEW_FLOAT:
            value = (uintptr_t)em->jit->new_float;
            break;
        case JIT_HV_NEW_INT:
            value = (uintptr_t)em->jit->new_int;
            break;
        case JIT_HV_JUMP:
            value = base + em->pieces[em->code->top].hot;
            break;
        case JIT_HV_OPARG:
            value = p->oparg;
            break;
        case JIT_HV_OPERAND:
        case JIT_HV_OPERAND32:
            value = p->operand;
            break;
        case JIT_HV_SP:
        case JIT_HV_DISP:
        case JIT_HV_NEAR:
            value = (uintptr_t)(intptr_t)p->place;
            break;
        case JIT_HV_LOCAL:
            value = offsetof(_PyInterpreterFrame, localsplus) +
                    p->oparg * sizeof(PyObject *);
            break;
        case JIT_HV_STACKTOP:
            value = ((uintptr_t)(intptr_t)p->place - offsetof(_PyInterpreterFrame, localsplus)) /
                    sizeof(PyObject *);
            break;
        case JIT_HV_IP:
            value = (uintptr_t)p->ip;
            break;
        case JIT_HV_VALID:
        case JIT_HV_VALID_NEAR:
            value = (uintptr_t)em->executor->valid_byte;
            break;
        default:
            Py_UNREACHABLE();
    }
    return value;
}

static void
fill_holes(struct emitter *em, int index, uint32_t place, const struct jit_hole *holes, int hole_count)
{
    for (int i = 0; i < hole_count; i++) {
        uint32_t at = place + holes[i].offset;
        intptr_t argument = holes[i].value == JIT_HV_SYMBOL ? 0 : holes[i].argument;
        if (!jit_patch(&em->pool, em->bytes + at, (uintptr_t)em->base + at, holes[i].kind,
                       hole_value(em, index, &holes[i]), argument))
        {
            em->abort = JIT_ABORT_OUT_OF_RANGE;
        }
    }
}

/* Copies and patches all pieces into a new block. */
static void *
assemble(struct emitter *em)
{
    if (!layout(em)) {
        em->abort = JIT_ABORT_NO_MEMORY;
        return NULL;
    }
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
    if (em->executor != NULL) {
        em->executor->valid_byte = jit_memory_flag(em->jit, em->base);
    }
    em->bytes = jit_malloc(em->size);
    if (em->bytes == NULL) {
        em->abort = JIT_ABORT_NO_MEMORY;
        goto error;
    }
    em->pool.bytes = em->bytes;
    em->pool.base = (uintptr_t)em->base;
    memset(em->bytes, JIT_TRAP, em->size);
    for (int i = 0; i < em->count && em->abort == JIT_ABORT_NONE; i++) {
        struct jit_piece *p = &em->pieces[i];
        const struct jit_stencil *s = jit_stencil(p->stencil);
        const struct jit_hole_list *list = &jit_hole_lists[s->holes];
        const struct jit_hole *holes = &jit_holes[list->first];
        jit_stencil_copy(p->stencil, em->bytes + p->hot, em->bytes + p->cold);
        fill_holes(em, i, p->hot, holes, list->hot);
        fill_holes(em, i, p->cold, holes + list->hot, list->cold);
    }
    if (em->pool.full) {
        em->abort = JIT_ABORT_CODE_FULL;
    }
    em->size = em->pool.used;
    jit_memory_shrink(em->jit, em->base, em->size);
    if (em->abort == JIT_ABORT_NONE &&
        jit_memory_write(em->jit, em->base, em->bytes, em->size) < 0)
    {
        em->abort = JIT_ABORT_CODE_FULL;
        em->jit->head.enabled = false;
    }
    jit_free(em->bytes);
    if (em->abort == JIT_ABORT_NONE) {
        return em->base;
    }
error:
    if (em->executor != NULL) {
        em->executor->valid_byte = NULL;
    }
    jit_memory_free(em->jit, em->base);
    return NULL;
}

/* The executor's own copies of the exits. */
static bool
set_exits(struct emitter *em)
{
    struct jit_code *c = em->code;
    _PyExecutorObject *e = em->executor;
    e->recovers = jit_malloc(((size_t)c->recover_count + 1) * sizeof(struct jit_recover));
    if (e->recovers == NULL || !jit_exits_new(em->jit, e, c->exits, c->exit_count)) {
        em->abort = JIT_ABORT_NO_MEMORY;
        return false;
    }
    if (c->recover_count > 0) {
        memcpy(e->recovers, c->recovers, (size_t)c->recover_count * sizeof(struct jit_recover));
    }
    return true;
}

/* Is there a hole in it for the piece's operand? */
bool
jit_stencil_takes_operand(int stencil)
{
    const struct jit_hole_list *list = &jit_hole_lists[jit_stencil(stencil)->holes];
    for (int k = 0; k < list->hot + list->cold; k++) {
        int value = jit_holes[list->first + k].value;
        if (value == JIT_HV_OPERAND || value == JIT_HV_OPERAND32) {
            return true;
        }
    }
    return false;
}

/* The name of a stencil, for dumps, in `name`. */
const char *
jit_stencil_name(int stencil, char name[JIT_STENCIL_NAME_SIZE])
{
    static_assert(JIT_STENCIL_NAME_SIZE >= sizeof(jit_stencil_runs[0].name), "names are longer");
    const struct jit_stencil_run *run = jit_stencil_runs;
    while (run[1].first <= stencil) {
        run++;
    }
    strcpy(name, run->name);
    for (int i = run->first; i < stencil; i++) {
        char *digit = name + strlen(name) - 1;
        while (++*digit == '8') {
            *digit-- = '0';
        }
    }
    return name;
}

/* The stencils that were chosen, by name, with what fills their holes. */
void
jit_dump_code(FILE *file, const struct jit_code *c)
{
    static const char *const kinds[] = {
        [JIT_FROM_REGISTER] = "r", [JIT_FROM_CELL] = "c", [JIT_FROM_CONSTANT] = "k",
        [JIT_FROM_FLOAT_REGISTER] = "f", [JIT_FROM_SPILL] = "s",
    };
    _Py_CODEUNIT *ip = NULL;
    for (int i = 0; i < c->count; i++) {
        struct jit_piece *p = &c->pieces[i];
        if (p->ip != ip) {
            ip = p->ip;
            fprintf(file, "; %s\n", _PyOpcode_OpName[ip->op.code]);
        }
        char name[JIT_STENCIL_NAME_SIZE];
        fprintf(file, "  %-36s %5d", jit_stencil_name(p->stencil, name), (int)p->place);
        const uint16_t leaves[] = {p->exit, p->error};
        for (int k = 0; k < 2; k++) {
            if (leaves[k] == JIT_NO_EXIT) {
                continue;
            }
            struct jit_exit *x = &c->exits[leaves[k]];
            fprintf(file, "  %s %u [%d:", k == 0 ? "exit" : "error", (unsigned)leaves[k], x->stack);
            for (int j = 0; j < x->recover_count; j++) {
                struct jit_recover *r = &c->recovers[x->recover + (uint32_t)j];
                fprintf(file, " %d=%s%d%s", r->cell, kinds[r->kind], r->source, r->new_reference ? "+" : "");
            }
            fprintf(file, "]");
        }
        fprintf(file, "\n");
    }
}

enum jit_abort
jit_emit(struct jit *jit, struct jit_trace *trace, _PyExecutorObject *executor)
{
    struct jit_code *code = trace->lowered;
    struct emitter em = {.jit = jit, .trace = trace, .executor = executor, .code = code};
    code->pieces[code->enter].operand = (uintptr_t)executor;
    if (set_exits(&em) && add_stubs(&em)) {
        executor->code_block = assemble(&em);
        executor->entry = executor->code_block;
        if (trace->rec->is_continuation && executor->code_block != NULL) {
            executor->register_entry = (char *)executor->code_block + em.pieces[code->register_entry].hot;
        }
        executor->code_size = em.size;
    }
    jit_free(em.stubs);
    jit_free(em.pool.slots);
    return em.abort;
}

/* How to unwind from the code that is made here. */
#ifdef JIT_UNWIND_RETURN
static const uint8_t shim_rules[] = JIT_UNWIND_SHIM;
static const uint8_t trace_rules[] = JIT_UNWIND_TRACE;
static_assert(sizeof(shim_rules) <= JIT_MAX_UNWIND_RULES &&
              sizeof(trace_rules) <= JIT_MAX_UNWIND_RULES, "no room for them in unwind.c");

/* (Assemblers differ in the factors that rules of AArch64 are scaled by, so these bytes would be wrong with one of
 * them: there, unwind.c tells of all arenas.) */
#if defined(__ELF__) && !defined(JIT_STENCILS_AARCH64)
#  define JIT_ARENA_IN_PROGRAM
#endif
#ifdef JIT_ARENA_IN_PROGRAM
/* An arena in the program itself (where data is that starts as zeros), the shim first: unwinders find these
 * rules in the program's own .eh_frame, gdb finds names in its symbol table, and nothing has to be told or loaded. */
#define TEXT(X) #X
#define TEXT_OF(X) TEXT(X)
__asm__ (
    ".pushsection .bss.jit_arena, \"aw\", @nobits\n"
    ".balign 0x1000\n"
    ".globl jit_shim\n"
    ".hidden jit_shim\n"
    ".type jit_shim, @object\n"
    "jit_shim:\n"
    ".cfi_startproc simple\n"
    ".cfi_escape " JIT_UNWIND_SHIM_TEXT "\n"
    ".zero " TEXT_OF(JIT_SHIM_SIZE) "\n"
    ".cfi_endproc\n"
    ".size jit_shim, . - jit_shim\n"
    ".type jit_trace, @object\n"
    "jit_trace:\n"
    ".cfi_startproc simple\n"
    ".cfi_escape " JIT_UNWIND_TRACE_TEXT "\n"
    ".zero " TEXT_OF(JIT_ARENA_SIZE) " - " TEXT_OF(JIT_SHIM_SIZE) "\n"
    ".cfi_endproc\n"
    ".size jit_trace, . - jit_trace\n"
    ".zero " TEXT_OF(JIT_ARENA_REST) "\n"
    ".popsection\n"
);
extern __attribute__((visibility("hidden"))) uint8_t jit_shim[];
#endif

const struct jit_unwind_rules jit_unwind_rules = {
#ifdef JIT_ARENA_IN_PROGRAM
    .arena = jit_shim,
#endif
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
    static const uint16_t stencils[] = {
        JIT_STENCIL_SHIM, JIT_STENCIL_LEAVE, JIT_STENCIL_EXIT_RETURN, JIT_STENCIL_RETURN_ERROR,
        JIT_STENCIL_RETURN_TO_C, JIT_STENCIL_DEALLOC, JIT_STENCIL_DEALLOC_INT, JIT_STENCIL_DEALLOC_FLOAT,
        JIT_STENCIL_INCREF, JIT_STENCIL_DECREF, JIT_STENCIL_NEW_FLOAT, JIT_STENCIL_NEW_INT,
    };
    void **places[] = {
        &jit->shim, &jit->leave, &jit->exit_return, &jit->error_return,
        &jit->return_to_c, &jit->dealloc, &jit->dealloc_int, &jit->dealloc_float,
        &jit->incref, &jit->decref, &jit->new_float, &jit->new_int,
    };
    struct jit_piece pieces[Py_ARRAY_LENGTH(stencils)];
    struct jit_trace trace = {0};
    struct emitter em = {.jit = jit, .trace = &trace, .pieces = pieces, .count = Py_ARRAY_LENGTH(stencils)};
    for (size_t i = 0; i < Py_ARRAY_LENGTH(stencils); i++) {
        pieces[i] = (struct jit_piece){.stencil = stencils[i], .operand = (uintptr_t)&jit->return_exit};
    }
    uint8_t *block = assemble(&em);
    for (size_t i = 0; i < Py_ARRAY_LENGTH(stencils) && block != NULL; i++) {
        *places[i] = block + pieces[i].hot;
    }
    jit_free(em.pool.slots);
    return block == NULL ? -1 : 0;
}

#endif  // _Py_TIER2 && _Py_JIT
