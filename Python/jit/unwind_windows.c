/* unwind_windows.c - tells Windows the way through machine code.
 *
 * Takes:  an arena, the place of the shim if it lies there, and room behind the
 *         arena's code.
 * Gives:  exceptions, longjmp(), RtlCaptureStackBackTrace() and debuggers get from
 *         a function that a trace calls to the caller of the shim, with the
 *         registers that C expects to be preserved.
 *
 * What is described is in unwind.c: one rule for all code but the shim's. Windows
 * reads a table of functions, sorted by address, in whose rows all places are
 * offsets from one base and have 32 bits; so the table and what it refers to lie
 * behind the code, in the same piece of memory.
 *
 *     x86-64   begin, end, UNWIND_INFO      its operations are for code behind the
 *                                           prologue, which is said to be empty
 *     ARM64    begin, .xdata                its codes begin with end_c, which says
 *                                           that the prologue is elsewhere
 *
 * Tools/jit/stencil_unwind_windows.py made the UNWIND_INFOs and codes; a record of
 * .xdata also says how long the code is, so its head is written here.
 *
 * Why not one row for each trace: it would say the same each time, and cost time.
 * On x86-64 Windows first looks whether the instructions ahead are an epilogue,
 * and if so does what they do; those of stencils end as it expects.
 */
#include "jit.h"

#if defined(_Py_TIER2) && defined(_Py_JIT) && defined(MS_WINDOWS)

#include <windows.h>

#if defined(_M_ARM64) || defined(__aarch64__)
#  define ARM64 1
#endif

#ifdef ARM64
// The length of a function is counted in instructions, by 18 bits.
#  define LONGEST ((size_t)0x80000)
#else
#  define LONGEST ((size_t)JIT_ARENA_SIZE)
#endif

#define MAX_ROWS 5      // two halves, one of which has the shim in it

struct jit_unwind {
    RUNTIME_FUNCTION rows[MAX_ROWS];
    DWORD count;
    size_t used;                    // bytes of `data`, which Windows wants at a multiple of four
    uint8_t data[JIT_UNWIND_ROOM - MAX_ROWS * sizeof(RUNTIME_FUNCTION) - 16];
};

static_assert(offsetof(struct jit_unwind, data) % 4 == 0, "not where Windows expects it");
static_assert(sizeof(struct jit_unwind) <= JIT_UNWIND_ROOM, "no room behind an arena's code");

/* Places of `data` and code as offsets from the arena's start. */
static DWORD
offset(const uint8_t *base, const void *place)
{
    return (DWORD)((const uint8_t *)place - base);
}

/* The head of a record in .xdata, where there are such, and the rules; its offset. */
static DWORD
put_rules(struct jit_unwind *self, const uint8_t *base, const uint8_t *rules, size_t size, size_t code_size)
{
    uint8_t *start = self->data + self->used;
    uint8_t *end = start;
#ifdef ARM64
    size_t words = (size + 3) / 4;
    uint32_t head = (uint32_t)(code_size / 4) | (uint32_t)(words << 27);    // no epilogue, no handler
    memcpy(end, &head, 4);
    end += 4;
#else
    (void)code_size;
#endif
    memcpy(end, rules, size);
    end += size;
    self->used = (size_t)(end - self->data + 3) & ~(size_t)3;
    assert(self->used <= sizeof(self->data));
    return offset(base, start);
}

static void
put_code(struct jit_unwind *self, const uint8_t *base, const uint8_t *from, const uint8_t *to,
         const uint8_t *rules, size_t size)
{
    while (from != to) {
        size_t part = Py_MIN((size_t)(to - from), LONGEST);
        assert(self->count < MAX_ROWS);
        self->rows[self->count++] = (RUNTIME_FUNCTION){
            .BeginAddress = offset(base, from),
#ifndef ARM64
            .EndAddress = offset(base, from + part),
#endif
            .UnwindData = put_rules(self, base, rules, size, part),
        };
        from += part;
    }
}

/* See unwind.c. `room` are JIT_UNWIND_ROOM bytes behind the arena's code. */
int
jit_unwind_add(const uint8_t *base, size_t size, const uint8_t *shim, void *room, struct jit_unwind **result)
{
    const struct jit_unwind_rules *rules = &jit_unwind_rules;
    *result = NULL;
    if (rules->trace_size == 0) {
        return 0;
    }
    struct jit_unwind *self = room;
    memset(self, 0, sizeof(*self));
    const uint8_t *rest = base;
    if (shim != NULL) {
        rest = shim + rules->shim_code_size;
        put_code(self, base, base, shim, rules->trace, rules->trace_size);
        put_code(self, base, shim, rest, rules->shim, rules->shim_size);
    }
    put_code(self, base, rest, base + size, rules->trace, rules->trace_size);
    if (!RtlAddFunctionTable(self->rows, self->count, (uintptr_t)base)) {
        return -1;
    }
    *result = self;
    return 0;
}

/* Before the arena is unmapped. */
void
jit_unwind_remove(struct jit_unwind *self)
{
    if (self != NULL) {
        RtlDeleteFunctionTable(self->rows);
    }
}

void
jit_unwind_after_fork(void)
{
}

#endif
