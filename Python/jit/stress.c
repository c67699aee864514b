/* stress.c - deliberate failures, for those who test the JIT (PYTHON_JIT_STRESS).
 *
 * What decides that an allocation fails (alloc:K), that memory does not become
 * executable (noexec:N), and which executors are invalidated (evict:K). ssa.c
 * puts into the trace what asks for that wherever code that the trace called
 * could have done it, and before guards what leaves now and then as if the
 * guard had failed (guards:K). Where micro-ops are interpreted, that is done here.
 *
 * A program must not notice any of this. Nothing is random but the choice of
 * victims, whose seed is fixed: a failure happens again in the next run.
 *
 * Why this way: the micro-ops are added to the trace, so they work in release
 * builds, where they cost nothing unless they are asked for. The alternative,
 * a test in each guard's stencil, would cost every program, or need every
 * stencil twice.
 *
 *     GUARD_TYPE v4, int  exit 2    STRESS_GUARD        exit 2
 *                                   GUARD_TYPE v4, int  exit 2
 *     CHECK_VALID         exit 3    STRESS_INVALIDATE
 *                                   STRESS_GUARD        exit 3
 *                                   CHECK_VALID         exit 3
 */
#include "jit.h"

#ifdef _Py_TIER2

#ifndef _Py_JIT
#include "pycore_jit_tables.h"
#endif

#define ALL_ONE_IN 8                // of the evictions: everything goes

/* ---- allocation ------------------------------------------------------ */

/* Of the process: allocations belong to no trace, some to no interpreter. */
static struct {
    uint32_t every;                 // 0: none fails
    uint32_t left;
    uint64_t failed;
} allocations;

static struct {
    uint32_t from;                  // the first request that is refused; 0: none is
    uint32_t made;
    uint64_t refused;
} executable;

void
jit_stress_init(struct jit_config *config)
{
    if (config->fail_alloc != allocations.every) {
        allocations.every = allocations.left = config->fail_alloc;
    }
    executable.from = config->refuse_executable;
}

bool
jit_allocation_fails(void)
{
    if (allocations.every == 0 || --allocations.left != 0) {
        return false;
    }
    allocations.left = allocations.every;
    allocations.failed++;
    return true;
}

bool
jit_executable_refused(void)
{
    if (executable.from == 0 || ++executable.made < executable.from) {
        return false;
    }
    executable.refused++;
    return true;
}

/* How often something was made to fail. */
uint64_t
jit_stress_count(struct jit *jit)
{
    return allocations.failed + executable.refused + jit->head.stress_guards.failed + jit->stress_evictions +
           jit->stress_misallocations;
}

/* ---- invalidation ---------------------------------------------------- */

/* Xorshift (Marsaglia, "Xorshift RNGs", Journal of Statistical Software, 2003). */
static uint32_t
next_random(struct jit *jit)
{
    uint32_t x = jit->stress_seed;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return jit->stress_seed = x;
}

/* At a point where any executor may become invalid: every K times or so, one or
 * all do. */
void
jit_stress_invalidate(struct jit *jit)
{
    uint32_t every = jit->config.evict;
    if (every == 0 || next_random(jit) % every != 0 || jit->executors == NULL) {
        return;
    }
    jit->stress_evictions++;
    if (next_random(jit) % ALL_ONE_IN == 0) {
        _Py_Executors_InvalidateAll(jit->interp, 0);
        return;
    }
    _PyExecutorObject *victim = jit->executors;
    for (uint32_t n = next_random(jit) % 64; n > 0; n--) {
        victim = victim->next != NULL ? victim->next : jit->executors;
    }
    jit_executor_invalidate(jit, victim);
}

void
_PyJIT_StressInvalidate(PyThreadState *tstate)
{
    jit_stress_invalidate(jit_get(tstate->interp));
}

#ifndef _Py_JIT

/* ---- micro-ops --------------------------------------------------------- */

/* The exit of a guard that is made to fail: to the start of its instruction,
 * which is where most guards leave to. A branch that goes the other way leaves
 * elsewhere, and would be wrong to go there. JIT_NO_EXIT: it cannot be made to
 * fail. */
static uint16_t
forced_exit(struct jit_trace *trace, struct jit_uop *u)
{
    struct jit_record_entry *e = &trace->rec->entries[u->line];
    switch (u->op) {
        case U_CHECK_VALID:
            return u->exit;
        case U_EXIT_TRACE:
        case U_CHECK_PERIODIC:      // their exits lead to what enters the trace
        case U_RESUME_CHECK:
            return JIT_NO_EXIT;
    }
    if (u->exit == JIT_NO_EXIT || trace->exits[u->exit].target == e->instr) {
        return u->exit;
    }
    if (u->stack != e->stack || trace->exit_count == JIT_MAX_EXITS) {
        return JIT_NO_EXIT;
    }
    trace->exits[trace->exit_count] = (struct jit_exit_site){
        .target = e->instr,
        .stack = e->stack,
        .kind = JIT_EXIT_SIDE,
        .frame = u->frame,
    };
    return (uint16_t)trace->exit_count++;
}

static void
insert(struct jit_uop **end, int op, struct jit_uop *before, uint16_t exit, void *operand)
{
    struct jit_uop *u = (*end)++;
    *u = (struct jit_uop){
        .op = (uint16_t)op,
        .exit = exit,
        .frame = before->frame,
        .stack = before->stack,
        .line = before->line,
        .operand = (uintptr_t)operand,
    };
}

enum jit_abort
jit_stress(struct jit *jit, struct jit_trace *trace)
{
    if (jit->config.guards == 0 && jit->config.evict == 0) {
        return JIT_ABORT_NONE;
    }
    struct jit_uop *uops = jit_malloc((size_t)trace->count * 3 * sizeof(*uops));
    if (uops == NULL) {
        return JIT_ABORT_NO_MEMORY;
    }
    struct jit_uop *end = uops;
    for (int i = 0; i < trace->count; i++) {
        struct jit_uop *u = &trace->uops[i];
        if (jit->config.evict != 0 && u->op == U_CHECK_VALID) {
            insert(&end, U_STRESS_INVALIDATE, u, JIT_NO_EXIT, NULL);
        }
        uint16_t exit = jit->config.guards == 0 ? JIT_NO_EXIT : forced_exit(trace, u);
        if (exit != JIT_NO_EXIT) {
            insert(&end, U_STRESS_GUARD, u, exit, &jit->head.stress_guards);
        }
        *end++ = *u;
    }
    jit_free(trace->uops);
    trace->uops = uops;
    trace->count = (int)(end - uops);
    return JIT_ABORT_NONE;
}

#endif  // !_Py_JIT

#endif  // _Py_TIER2
