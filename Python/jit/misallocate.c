/* misallocate.c - would the checker of allocations see what is wrong (PYTHON_JIT_STRESS=misallocate:K)?
 *
 * Takes:  a trace that was lowered, and found to be right (check_allocation.c).
 * Gives:  the same. In between it is made wrong, in each K-th of all ways that are known here,
 *         one after the other, and the checker is asked each time.
 *
 * What it said stands below the trace in a dump of the stage lower, and what it saw is counted in "stressed".
 * Nothing that is wrong is run. Some of it is not wrong: the other register may hold the same value, and what
 * is saved may not be used again.
 *
 *     no piece at 7 (P_FILL_NEAR_7): OPERAND at piece 7 (P_INCREF_7), of v3: register 7 holds nothing ...
 *     other register at 9 (P_DROP_6): not seen
 *
 * This is mutation testing (DeMillo, Lipton and Sayward, "Hints on test data selection", Computer,
 * 1978), with lowered traces in the place of programs: a checker that says nothing is right most of the time.
 */
#include "check_allocation.h"

#if defined(_Py_TIER2) && defined(_Py_JIT)

/* Of pieces, then of an exit's records. */
#define WAYS(X) \
    X(FIRST,     "other register")          /* of the first operand, or the result */ \
    X(SECOND,    "other second register") \
    X(MISSING,   "no piece") \
    X(PLACE,     "other place") \
    X(OPERAND,   "other constant") \
    X(DEPTH,     "other depth")             /* of the registers that a micro-op takes */ \
    X(EXIT,      "other exit") \
    X(SOURCE,    "other source") \
    X(BITS,      "other constant there") \
    X(REFERENCE, "other reference")         /* a new one, or none */ \
    X(NUMBER,    "other number")            /* made of it, or none */ \
    X(RECORD,    "no record")

enum way {
#define X(NAME, TEXT) NAME,
    WAYS(X)
#undef X
    WAY_COUNT
};

static const char *const way_names[WAY_COUNT] = {
#define X(NAME, TEXT) TEXT,
    WAYS(X)
#undef X
};

struct misallocator {
    struct jit *jit;
    struct jit_trace *trace;
    struct jit_code *code;
    struct variant *variants;       // by stencil
    FILE *file;                     // or NULL
};

/* ---- pieces ------------------------------------------------------------------- */

/* A primitive of the next register. */
static bool
change_register(struct misallocator *m, struct jit_piece *p, enum way way)
{
    struct variant v = m->variants[p->stencil];
    if (!v.is_primitive || (way == SECOND && check_operands(v.primitive)[1] == '\0')) {
        return false;
    }
    uint8_t *number = way == FIRST ? &v.first : &v.second;
    *number = (uint8_t)((*number + 1) % JIT_REGISTERS);
    p->stencil = (uint16_t)check_stencil(&v);
    return true;
}

/* A spill or a fill of the next place. */
static bool
change_place(struct misallocator *m, struct jit_piece *p)
{
    const struct variant *v = &m->variants[p->stencil];
    switch (v->is_primitive ? v->primitive : JIT_P_COUNT) {
        case JIT_P_SPILL:
        case JIT_P_FILL:
        case JIT_P_SPILL_NEAR:
        case JIT_P_FILL_NEAR:
        case JIT_P_SPILL_AWAY:
        case JIT_P_FILL_AWAY:
        case JIT_P_SPILL_FLOAT:
        case JIT_P_FILL_FLOAT:
        case JIT_P_SPILL_FLOAT_AWAY:
        case JIT_P_FILL_FLOAT_AWAY:
            p->place += (int32_t)sizeof(uintptr_t);
            return true;
    }
    return false;
}

static bool
change_operand(struct jit_piece *p)
{
    p->operand ^= 1;
    return jit_stencil_takes_operand(p->stencil);
}

/* The next variant of a micro-op that there is. */
static bool
change_depth(struct misallocator *m, struct jit_piece *p)
{
    if (m->variants[p->stencil].is_primitive) {
        return false;
    }
    int stencil = check_other_depth(m->trace->ir->ins[p->at].uop, p->stencil);
    p->stencil = (uint16_t)stencil;
    return stencil >= 0;
}

static bool
change_exit_of(struct misallocator *m, struct jit_piece *p)
{
    uint16_t *exit = p->exit != JIT_NO_EXIT ? &p->exit : p->error != JIT_NO_EXIT ? &p->error : &p->popped;
    if (*exit == JIT_NO_EXIT || m->code->exit_count == 1) {
        return false;
    }
    *exit = (uint16_t)((*exit + 1) % m->code->exit_count);
    return true;
}

static bool
change_piece(struct misallocator *m, struct jit_piece *p, enum way way)
{
    switch (way) {
        case FIRST:
        case SECOND:
            return change_register(m, p, way);
        case PLACE:
            return change_place(m, p);
        case DEPTH:
            return change_depth(m, p);
        case EXIT:
            return change_exit_of(m, p);
        default:
            return change_operand(p);
    }
}

/* ---- records of exits ------------------------------------------------------------ */

static bool
change_record(struct jit_recover *r, enum way way)
{
    switch (way) {
        case SOURCE:
            r->source = (int16_t)((r->source + 1) % (r->kind == JIT_FROM_CELL ? INT16_MAX : JIT_REGISTERS));
            return r->kind != JIT_FROM_CONSTANT;
        case BITS:
            r->bits ^= 16;
            return r->kind == JIT_FROM_CONSTANT;
        case REFERENCE:
            r->new_reference = !r->new_reference;
            return true;
        default:
            r->makes = r->makes == JIT_INT ? JIT_FLOAT : r->makes == JIT_FLOAT ? JIT_NO_NUMBER : JIT_INT;
            return true;
    }
}

/* ---- what the checker says ---------------------------------------------------------- */

/* Is it the turn of the next way? */
static bool
is_next(struct misallocator *m)
{
    return ++m->jit->stress_ways % m->jit->config.misallocate == 0;
}

/* Asks it about the trace as it is now. */
static void
ask(struct misallocator *m, enum way way, const char *what, int index, const char *name)
{
    char complaint[JIT_COMPLAINT_SIZE];
    bool seen = !jit_check_allocation(m->trace->ir, m->code, complaint);
    m->jit->stress_misallocations += seen;
    if (m->file != NULL) {
        fprintf(m->file, "  %s at %s%d (%s): %s\n", way_names[way], what, index, name, seen ? complaint : "not seen");
    }
}

static void
change_pieces(struct misallocator *m, int index)
{
    struct jit_piece *p = &m->code->pieces[index];
    const struct jit_piece before = *p;
    char name[JIT_STENCIL_NAME_SIZE];
    jit_stencil_name(p->stencil, name);
    for (enum way way = FIRST; way < SOURCE; way++) {
        if (way != MISSING && change_piece(m, p, way) && is_next(m)) {
            ask(m, way, "", index, name);
        }
        *p = before;
    }
    if (is_next(m)) {
        struct jit_code *code = m->code;
        const struct jit_code whole = *code;
        size_t behind = (size_t)(code->count - index - 1) * sizeof(*p);
        code->count--;
        code->top -= index < code->top;
        code->register_entry -= index < code->register_entry;
        memmove(p, p + 1, behind);
        ask(m, MISSING, "", index, name);
        memmove(p + 1, p, behind);
        *p = before;
        *code = whole;
    }
}

static void
change_exit(struct misallocator *m, int index)
{
    struct jit_exit *x = &m->code->exits[index];
    for (int k = 0; k < x->recover_count; k++) {
        struct jit_recover *r = &m->code->recovers[x->recover + (uint32_t)k];
        struct jit_recover *last = &m->code->recovers[x->recover + x->recover_count - 1];
        const struct jit_recover before = *r, before_last = *last;
        char name[24];
        PyOS_snprintf(name, sizeof(name), "cell %d", r->cell);
        for (enum way way = SOURCE; way < RECORD; way++) {
            if (change_record(r, way) && is_next(m)) {
                ask(m, way, "exit ", index, name);
            }
            *r = before;
        }
        if (is_next(m)) {
            *r = before_last;
            x->recover_count--;
            ask(m, RECORD, "exit ", index, name);
            x->recover_count++;
            *last = before_last;
            *r = before;
        }
    }
}

/* Makes the trace wrong in all ways that are asked for, and right again. */
void
jit_misallocate(struct jit *jit, struct jit_trace *trace)
{
    struct misallocator m = {.jit = jit, .trace = trace, .code = trace->lowered};
    m.variants = jit->config.misallocate != 0 ? check_find_variants() : NULL;
    if (m.variants == NULL) {
        return;
    }
    m.file = jit_dump_wants(jit, "lower") ? jit_dump_open(jit) : NULL;
    for (int k = 0; k < m.code->count; k++) {
        change_pieces(&m, k);
    }
    for (int k = 0; k < m.code->exit_count; k++) {
        change_exit(&m, k);
    }
    if (m.file != NULL) {
        jit_dump_close(m.file);
    }
    PyMem_RawFree(m.variants);
}

#endif  // _Py_TIER2 && _Py_JIT
