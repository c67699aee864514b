/* memory.c - executable memory.
 *
 * Gives:  blocks of executable memory within reach of a 32-bit branch from
 *         the interpreter's own code, never writable and executable at once.
 * Takes:  the GIL, for all of it. Code runs only under the GIL, so nobody
 *         executes a page while jit_memory_write() has it writable.
 *
 * Why this way: an arena is private memory that is switched between RW and RX, a
 * few pages at a time (pages.c). The alternative, one file mapped twice
 * (RW here, RX there), needs no switching, but a mapping that is shared
 * survives fork(): parent and child would write over each other's code.
 *
 * Each block has a flag behind the code, in memory that is never executable:
 * the byte that says whether a trace is valid is read often, and has a short
 * address there.
 *
 * Blocks are runs of 64-byte granules, found first-fit in a bitmap; freeing
 * clears the bits, so neighbours coalesce by themselves. What the allocator
 * knows of a block lies behind the code as well: the system gives these pages
 * as zeros when they are first written to, and most never are.
 */
#include "jit.h"

#ifdef _Py_TIER2

#define GRANULE 64
#define GRANULES (JIT_ARENA_SIZE / GRANULE)

/* Behind the code of the arena and the page to try things on. */
struct jit_arena {
    struct jit_arena *next;
    struct jit_pages pages;
    struct jit_unwind *unwind;      // NULL: nobody was told of it
    bool described;                 // nobody needs to be told any more
    uint64_t unwind_room[JIT_UNWIND_ROOM / 8];
    size_t used;                    // granules
    size_t hint;                    // no free granule below this one
    uint8_t taken[GRANULES / 8];
    uint8_t flags[GRANULES];        // one for each block's owner
    uint16_t run[GRANULES];         // length of the block that starts here
};

#if defined(__x86_64__) || defined(_M_X64)
#  define REACH ((uintptr_t)1900 << 20)     // +-2 GB, less some room
#else
#  define REACH ((uintptr_t)60 << 20)       // +-128 MB, also from one arena to any other: see patch.h
#endif

static bool
refused(const char **reason)
{
    if (jit_executable_refused()) {
        *reason = "PYTHON_JIT_STRESS";
        return true;
    }
    return false;
}

/* Of the code and the page to try things on. */
static size_t
code_size(void)
{
    return JIT_ARENA_SIZE + jit_page_size();
}

static void
release(struct jit_pages pages)
{
    if (!jit_unwind_give_arena_back(pages.code)) {
        jit_pages_unmap(&pages, code_size(), sizeof(struct jit_arena));
    }
}

static bool
within_reach(const void *a, const void *b)
{
    uintptr_t low = Py_MIN((uintptr_t)a, (uintptr_t)b);
    return Py_MAX((uintptr_t)a, (uintptr_t)b) - low < REACH;
}

/* The arena that is part of the program, if there is one, and nobody has it. */
static bool
take_known(struct jit_pages *pages)
{
    size_t page = jit_page_size();
    if (code_size() + sizeof(struct jit_arena) > JIT_ARENA_SIZE + JIT_ARENA_REST ||
        (uintptr_t)jit_unwind_rules.arena % page != 0)
    {
        return false;               // the program was linked for smaller pages
    }
    uint8_t *base = jit_unwind_take_arena();
    *pages = (struct jit_pages){.code = base, .data = base == NULL ? NULL : base + code_size()};
    return base != NULL;
}

/* New memory for one. Below the interpreter first: its heap tends to grow above it. */
static bool
find_room(struct jit_pages *pages)
{
    uintptr_t self = (uintptr_t)&jit_memory_alloc & ~(uintptr_t)(JIT_ARENA_SIZE - 1);
    for (uintptr_t off = JIT_ARENA_SIZE * 16; off < REACH; off += JIT_ARENA_SIZE) {
        for (int above = 0; above < 2; above++) {
            uintptr_t where = above ? self + off : self - off;
            if ((!above && where > self) || !jit_pages_map(pages, where, code_size(), sizeof(struct jit_arena))) {
                continue;
            }
            if (within_reach(pages->code, (void *)self) && within_reach(pages->data, pages->code)) {
                return true;
            }
            jit_pages_unmap(pages, code_size(), sizeof(struct jit_arena));
        }
    }
    return false;
}

static struct jit_arena *
new_arena(struct jit *jit, const char **reason)
{
    struct jit_pages pages;
    bool known = take_known(&pages);
    if (!known && !find_room(&pages)) {
        *reason = "no address space near the interpreter";
        return NULL;
    }
    // Ask now whether this system lets memory become executable at all.
    if (refused(reason) || jit_pages_protect(&pages, pages.code, code_size(), true, reason) < 0) {
        release(pages);
        return NULL;
    }
    struct jit_arena *arena = pages.data;
    arena->pages = pages;
    arena->described = known;
    arena->next = jit->arenas;
    jit->arenas = arena;
    return arena;
}

static bool
is_taken(struct jit_arena *arena, size_t i)
{
    return arena->taken[i / 8] >> (i % 8) & 1;
}

static void *
alloc_in(struct jit_arena *arena, size_t granules)
{
    if (GRANULES - arena->used < granules) {
        return NULL;
    }
    size_t run = 0;
    bool first = true;
    for (size_t i = arena->hint; i < GRANULES; i++) {
        if (is_taken(arena, i)) {
            run = 0;
            continue;
        }
        if (first) {
            arena->hint = i;
            first = false;
        }
        if (++run == granules) {
            size_t start = i + 1 - granules;
            for (size_t j = start; j <= i; j++) {
                arena->taken[j / 8] |= (uint8_t)(1 << (j % 8));
            }
            arena->run[start] = (uint16_t)granules;
            arena->used += granules;
            return arena->pages.code + start * GRANULE;
        }
    }
    return NULL;
}

/* Before code of a trace is in the arena. Not when it is made: it costs the time
 * to load a library, and many a program gets no further than to the shim. 0, or
 * -1 if out of memory: what cannot be unwound must not run. */
static int
describe(struct jit *jit, struct jit_arena *arena)
{
    if (!arena->described && jit->shim != NULL) {
        bool here = (uintptr_t)jit->shim - (uintptr_t)arena->pages.code < JIT_ARENA_SIZE;
        if (jit_unwind_add(arena->pages.code, JIT_ARENA_SIZE, here ? jit->shim : NULL, arena->unwind_room,
                           &arena->unwind) < 0) {
            return -1;
        }
        arena->described = true;
    }
    return 0;
}

/* A block of at least `size` bytes, or NULL with the reason. */
void *
jit_memory_alloc(struct jit *jit, size_t size, const char **reason)
{
    size_t granules = (size + GRANULE - 1) / GRANULE;
    if (granules >= GRANULES) {
        *reason = "trace too large";
        return NULL;
    }
    if (jit->memory + granules * GRANULE > jit->config.max_memory) {
        *reason = "PYTHON_JIT_MAXMEM reached";
        return NULL;
    }
    void *block = NULL;
    struct jit_arena *arena = NULL;
    for (struct jit_arena *a = jit->arenas; a != NULL && block == NULL; a = a->next) {
        arena = a;
        block = alloc_in(a, granules);
    }
    if (block == NULL) {
        arena = new_arena(jit, reason);
        if (arena == NULL) {
            return NULL;
        }
        block = alloc_in(arena, granules);
    }
    jit->memory += granules * GRANULE;
    if (describe(jit, arena) < 0) {
        jit_memory_free(jit, block);
        *reason = "out of memory";
        return NULL;
    }
    return block;
}

static struct jit_arena *
arena_of(struct jit *jit, void *block)
{
    struct jit_arena *arena = jit->arenas;
    while ((uintptr_t)block - (uintptr_t)arena->pages.code >= JIT_ARENA_SIZE) {
        arena = arena->next;
    }
    return arena;
}

/* A byte for the block's owner, writable, and in reach of the block's code. */
uint8_t *
jit_memory_flag(struct jit *jit, void *block)
{
    struct jit_arena *arena = arena_of(jit, block);
    return &arena->flags[(size_t)((uint8_t *)block - arena->pages.code) / GRANULE];
}

/* Copies code into a block; 0, or -1 if the memory cannot be switched. A program
 * may forbid itself executable memory while it runs (seccomp, PR_SET_MDWE), and
 * then a page with other code that was made writable would never be executable
 * again. So the arena's spare page goes there and back first. */
int
jit_memory_write(struct jit *jit, void *block, const void *code, size_t size)
{
    size_t page = jit_page_size();
    uintptr_t start = (uintptr_t)block & ~(page - 1);
    uintptr_t end = ((uintptr_t)block + size + page - 1) & ~(page - 1);
    const char *reason;
    struct jit_pages *pages = &arena_of(jit, block)->pages;
    uint8_t *spare = pages->code + JIT_ARENA_SIZE;
    if (refused(&reason) || jit_pages_protect(pages, spare, page, false, &reason) < 0 ||
        jit_pages_protect(pages, spare, page, true, &reason) < 0 ||
        jit_pages_protect(pages, (void *)start, end - start, false, &reason) < 0)
    {
        jit->stats.no_memory_reason = reason;
        return -1;
    }
    memcpy(block, code, size);
    if (jit_pages_protect(pages, (void *)start, end - start, true, &reason) < 0) {
        jit->stats.no_memory_reason = reason;
        return -1;
    }
    jit_pages_flush(block, size);
    return 0;
}

/* Leaves a block its first `size` bytes. */
void
jit_memory_shrink(struct jit *jit, void *block, size_t size)
{
    struct jit_arena *arena = arena_of(jit, block);
    size_t start = (size_t)((uint8_t *)block - arena->pages.code) / GRANULE;
    size_t end = start + arena->run[start];
    size_t kept = (size + GRANULE - 1) / GRANULE;
    for (size_t j = start + kept; j < end; j++) {
        arena->taken[j / 8] &= (uint8_t)~(1 << (j % 8));
    }
    size_t freed = end - (start + kept);
    arena->run[start] = (uint16_t)kept;
    arena->used -= freed;
    jit->memory -= freed * GRANULE;
    if (start + kept < arena->hint) {
        arena->hint = start + kept;
    }
}

void
jit_memory_free(struct jit *jit, void *block)
{
    jit_memory_shrink(jit, block, 0);
}

void
jit_memory_fini(struct jit *jit)
{
    while (jit->arenas != NULL) {
        struct jit_arena *arena = jit->arenas;
        jit->arenas = arena->next;
        jit_unwind_remove(arena->unwind);
        release(arena->pages);
    }
    jit->memory = 0;
}

#endif  // _Py_TIER2
