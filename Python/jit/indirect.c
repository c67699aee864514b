/* indirect.c - jumps from a trace to a frame that it did not foresee.
 *
 * Takes:  the frame that a return, a yield, or the resumption of a generator
 *         made the current one; its operand stack in memory but for the top.
 * Gives:  the machine code of the *continuation* that starts at the frame's
 *         next instruction, or the way to tier 1 and, when an instruction is
 *         often reached so, a recording that makes a continuation.
 *
 * Why this way: a trace that returns out of its outermost frame first guesses
 * the caller (a guard and the rest of the trace). Where that fails, and always
 * for generators, whose resumer and suspension point change from one time to
 * the next, one more guess after another is a chain of bridges as long as there
 * are callers. A look-up by address takes the same time for all. (Dynamic
 * binary translators handle indirect branches so: Bala, Duesterwald, Banerjia,
 * "Dynamo", PLDI 2000, section 5.)
 *
 *     def f(x): return x + 1     ...  RETURN_VALUE   GUARD_CALLER     exit 1
 *     f(1); f(2)                                     POP_FRAME, the rest of the caller
 *     exit 1, when hot           POP_FRAME_INDIRECT, JUMP_RETURN
 *     after f(2), when hot       a continuation: POP_TOP, ...
 *
 * The value that is returned, yielded or sent is handed over in a register:
 * a continuation begins with the top of its stack there, and the code before
 * that (`entry`) fetches it from memory for all others who come.
 *
 * Continuations are owned by the table and die like all executors (deps.c).
 * They are not found from bytecode: tier 1 does not enter them.
 */
#include "jit.h"

#ifdef _Py_TIER2

#include "opcode.h"
#include "pycore_opcode_metadata.h"

#define FIRST_TARGETS 256           // in use at the start
#define COUNTER(JIT, INSTR) (&(JIT)->target_counters[((uintptr_t)(INSTR) >> 1) % _PyJIT_TARGETS])

static_assert(sizeof(struct _PyJIT_target) == 8 * sizeof(_Py_CODEUNIT), "_PyJIT_TARGET counts on it");

static void
forget_target(void *executor)
{
    Py_DECREF(executor);
}

int
jit_indirect_init(struct jit *jit)
{
    for (int i = 0; i < _PyJIT_TARGETS; i++) {
        jit->target_counters[i] = jit->config.side_exit;
    }
    jit->head.target_mask = (FIRST_TARGETS - 1) * sizeof(struct _PyJIT_target);
    jit->indirect_exit = (struct jit_exit){.kind = JIT_EXIT_INDIRECT};
    jit->head.indirect_exit = &jit->indirect_exit;
    jit->return_exit = jit->indirect_exit;
    jit->continuations = jit_table_new(forget_target);
    return jit->continuations == NULL ? -1 : 0;
}

void
jit_indirect_fini(struct jit *jit)
{
    if (jit->continuations != NULL) {
        _Py_hashtable_destroy(jit->continuations);
        jit->continuations = NULL;
    }
}

/* Puts a target in the cache. Where it takes another one's place, the cache begins anew, twice as large: programs
 * have 10 to 100 targets, each page that has one is memory, and two that drive out each other cost time. */
static void
cache_target(struct jit *jit, _Py_CODEUNIT *instr, void *entry)
{
    struct _Py_jit *head = &jit->head;
    struct _PyJIT_target *target = _PyJIT_TARGET(head, instr);
    if (target->instr != NULL && target->instr != instr && head->target_mask < sizeof(head->targets) - sizeof(*target)) {
        memset(head->targets, 0, head->target_mask + sizeof(*target));
        head->target_mask = 2 * head->target_mask + sizeof(*target);
        target = _PyJIT_TARGET(head, instr);
    }
    *target = (struct _PyJIT_target){instr, entry};
}

/* The continuation that starts at `instr`, where the frame's stacktop is
 * that; borrowed, or NULL. */
_PyExecutorObject *
jit_continuation_at(struct jit *jit, _Py_CODEUNIT *instr, int stacktop)
{
    _PyExecutorObject *found = _Py_hashtable_get(jit->continuations, instr);
    if (found == NULL) {
        return NULL;
    }
    cache_target(jit, instr, found->register_entry);
    // The compiler knows how deep the operand stack is at each instruction.
    assert(found->start_stacktop == stacktop);
    return found;
}

/* Publishes a continuation; 0, or -1 if out of memory or there is one. */
int
jit_continuation_add(struct jit *jit, _PyExecutorObject *executor)
{
    if (_Py_hashtable_get(jit->continuations, executor->start) != NULL ||
        _Py_hashtable_set(jit->continuations, executor->start, executor) < 0)
    {
        return -1;
    }
    Py_INCREF(executor);
    executor->is_continuation = true;
    return 0;
}

void
jit_continuation_remove(struct jit *jit, _PyExecutorObject *executor)
{
    struct _PyJIT_target *target = _PyJIT_TARGET(&jit->head, executor->start);
    if (target->instr == executor->start) {
        *target = (struct _PyJIT_target){0};
    }
    (void)_Py_hashtable_steal(jit->continuations, executor->start);
    executor->is_continuation = false;
    Py_DECREF(executor);
}

/* A recording that began at `instr` made no trace: not again so soon. */
void
jit_target_is_cold(struct jit *jit, _Py_CODEUNIT *instr)
{
    *COUNTER(jit, instr) = UINT16_MAX;
}

/* What continues in `frame`, or NULL; indirect_exit's target is where. */
_PyExecutorObject *
jit_indirect_target(struct jit *jit, struct _PyInterpreterFrame *frame)
{
    _Py_CODEUNIT *target = frame->instr_ptr + frame->return_offset;
    jit->indirect_exit.target = target;
    if (frame->owner == FRAME_OWNED_BY_CSTACK) {
#ifdef _Py_JIT
        // Back to C: one place after returns, one after yields, with the same
        // instruction. The next time without coming here.
        jit->return_exit.target = target;
        cache_target(jit, target, jit->return_to_c);
#endif
        return NULL;
    }
    return jit_continuation_at(jit, target, frame->stacktop);
}

#ifdef _Py_JIT
void *
_PyJIT_Indirect(PyThreadState *tstate, struct _PyInterpreterFrame *frame)
{
    struct jit *jit = jit_get(tstate->interp);
    _PyExecutorObject *executor = jit_indirect_target(jit, frame);
    if (executor == NULL) {
        return jit->indirect_exit.code;
    }
    frame->stacktop = -1;           // as for every frame that runs in a trace
    return executor->entry;
}
#endif

/* Counts an indirect jump that ended in tier 1; true: record from there. */
bool
jit_indirect_missed(struct jit *jit, PyThreadState *tstate, struct _PyInterpreterFrame *frame)
{
    _Py_CODEUNIT *start = jit->indirect_exit.target, *instr = start;
    uint16_t *counter = COUNTER(jit, instr);
    if (--*counter != 0) {
        return false;
    }
    *counter = jit_threshold(jit, jit->config.side_exit);
    // (Finalizers may run, and other indirect jumps with them.)
    if (!jit_record_may_start(jit, tstate)) {
        return false;
    }
    while (instr->op.code == EXTENDED_ARG) {
        instr++;
    }
    if (instr->op.code == ENTER_EXECUTOR ||
        _PyOpcode_Deopt[instr->op.code] == JUMP_BACKWARD ||
        _Py_hashtable_get(jit->continuations, start) != NULL ||
        !jit_pays(jit, start, *counter) ||
        !jit_record_start(tstate, frame, NULL, 0, start, NULL))
    {
        return false;
    }
    jit->recorder.is_continuation = true;
    return true;
}

#endif  // _Py_TIER2
