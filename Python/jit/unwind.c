/* unwind.c - tells unwinders and debuggers the way through machine code
 *            (unwind_windows.c does so on Windows).
 *
 * Takes:  an arena and the place of the shim, if the shim lies in it.
 * Gives:  C++ exceptions, pthread_cancel(), pthread_exit(), backtrace() and gdb
 *         get from a function that a trace calls to the caller of the shim,
 *         with the registers that C expects to be preserved.
 *
 * When a trace calls a function, the stack looks like this, and Tools/jit
 * refuses stencils with which it would not (dialect_*.py; rbp is x29 on ARM):
 *
 *     return address into _PyJIT_Run()
 *     its rbp                         the shim's frame: its rules come from its
 *     the other preserved registers   own code, since clang chooses the order
 *     return address into the shim
 *     the shim's rbp                  <- rbp: the same in every trace
 *     whatever the trace has saved
 *     return address into the trace
 *
 * So one rule holds for all code of an arena but the shim's, also for code that
 * is not written yet. Why this way: telling unwinders of each trace would take
 * time for each trace, and say the same every time.
 *
 * Between calls (in a signal's handler) rbp is mostly the shim's. The rule then
 * leads past the shim: to the right callers, but with the trace's values in the
 * preserved registers. Nothing that the rule is for unwinds from there.
 *
 * On Linux on x86-64, the first arena is part of the program, and so are its
 * rules and its frames' names (emit.c). Most programs need no other. What
 * follows is for the others.
 *
 * On Linux, the unwinder is libgcc_s, which Python is not linked with. C++ libraries
 * bring it along, glibc loads it when it has to unwind: always by this name, so
 * whoever comes later gets the copy that was told. A program that has an
 * unwinder linked in statically has a copy that nobody can tell. On macOS, it is
 * part of the system's library, and wants each entry by itself.
 *
 * gdb reads a list of object files in memory, of which each arena is one. It
 * stops whenever the list changes; with a few arenas that takes no time, so
 * there is no option for it, and a debugger that comes later finds the list.
 * (lldb on macOS does not look at it unless told to, and would want Mach-O.)
 */
#include "jit.h"

#ifdef _Py_TIER2

#if defined(_Py_JIT) && ((defined(__ELF__) && defined(HAVE_DLOPEN)) || defined(__APPLE__))

#define FRAMES_SIZE 512


/* ---- .eh_frame ------------------------------------------------------- */

struct writer {
    uint8_t *start, *end;
};

static void
put(struct writer *w, const void *data, size_t size)
{
    memcpy(w->end, data, size);
    w->end += size;
}

static void
put32(struct writer *w, uint32_t value)
{
    put(w, &value, 4);
}

static void
put64(struct writer *w, uint64_t value)
{
    put(w, &value, 8);
}

/* Fills an entry up with DW_CFA_nop, which is 0, and sets its length. */
static void
end_entry(struct writer *w, uint8_t *entry)
{
    while ((w->end - entry) % 8 != 0) {
        *w->end++ = 0;
    }
    uint32_t length = (uint32_t)(w->end - entry) - 4;
    memcpy(entry, &length, 4);
}

/* What the entries have in common; it is at the start. */
static void
put_common_entry(struct writer *w)
{
    uint8_t *entry = w->end;
    put32(w, 0);                    // length
    put32(w, 0);                    // no other entry to refer to
    uint8_t rest[] = {
        1,                          // version
        '\0',                       // no augmentation: addresses have 8 bytes
        1, 0x78,                    // factors: 1, and -8 as a signed LEB128
        jit_unwind_rules.return_column,
    };
    put(w, rest, sizeof(rest));
    end_entry(w, entry);
}

static void
put_entry(struct writer *w, const uint8_t *from, const uint8_t *to,
          const uint8_t *rules, size_t size)
{
    if (from == to) {
        return;
    }
    uint8_t *entry = w->end;
    put32(w, 0);                    // length
    put32(w, (uint32_t)(w->end - w->start));    // back to the common entry
    put64(w, (uintptr_t)from);
    put64(w, (uintptr_t)(to - from));
    put(w, rules, size);
    end_entry(w, entry);
}

/* Returns the size. */
static size_t
write_frames(uint8_t *frames, const uint8_t *base, size_t size, const uint8_t *shim)
{
    const struct jit_unwind_rules *rules = &jit_unwind_rules;
    struct writer w = {frames, frames};
    put_common_entry(&w);
    const uint8_t *rest = base;
    if (shim != NULL) {
        rest = shim + rules->shim_code_size;
        put_entry(&w, base, shim, rules->trace, rules->trace_size);
        put_entry(&w, shim, rest, rules->shim, rules->shim_size);
    }
    put_entry(&w, rest, base + size, rules->trace, rules->trace_size);
    put32(&w, 0);                   // end
    return (size_t)(w.end - frames);
}

/* ---- macOS ------------------------------------------------------------- */

#ifdef __APPLE__

// The system's libunwind has no header for them. They take an entry for some code, not all of .eh_frame.
extern void __register_frame(const void *);
extern void __deregister_frame(const void *);

struct jit_unwind {
    _Alignas(8) uint8_t frames[FRAMES_SIZE];
};

static void
tell_of_each(struct jit_unwind *self, void (*tell)(const void *))
{
    uint32_t length;
    for (uint8_t *entry = self->frames; memcpy(&length, entry, 4), length != 0; entry += 4 + length) {
        if (entry != self->frames) {    // the first one is what the others have in common
            tell(entry);
        }
    }
}

static void
announce(struct jit_unwind *self, const uint8_t *base, size_t size, const uint8_t *shim)
{
    write_frames(self->frames, base, size, shim);
    tell_of_each(self, __register_frame);
}

static void
withdraw(struct jit_unwind *self)
{
    tell_of_each(self, __deregister_frame);
}

void
jit_unwind_after_fork(void)
{
}

#else  // ELF

#include "pycore_lock.h"
#include <dlfcn.h>
#include <elf.h>
#include <sys/mman.h>

/* ---- Linux ------------------------------------------------------------- */

enum {SECTION_NONE, SECTION_CODE, SECTION_FRAMES, SECTION_SYMBOLS, SECTION_STRINGS, SECTIONS};

static const char strings[] =
    "\0.text\0.eh_frame\0.symtab\0.strtab\0jit_trace\0jit_shim";
enum {NAME_CODE = 1, NAME_FRAMES = 7, NAME_SYMBOLS = 17, NAME_STRINGS = 25,
      NAME_TRACE = 33, NAME_SHIM = 43};

/* An object file: the arena is its code, which lies elsewhere. */
struct object_file {
    Elf64_Ehdr header;
    Elf64_Shdr sections[SECTIONS];
    Elf64_Sym symbols[4];
    char strings[sizeof(strings)];
    _Alignas(8) uint8_t frames[FRAMES_SIZE];    // .eh_frame; libgcc_s reads it as well
};

/* gdb knows these two structures, and the names below. */
struct jit_code_entry {
    struct jit_code_entry *next_entry;
    struct jit_code_entry *prev_entry;
    const void *symfile_addr;
    uint64_t symfile_size;
};

struct jit_descriptor {
    uint32_t version;
    uint32_t action_flag;
    struct jit_code_entry *relevant_entry;
    struct jit_code_entry *first_entry;
};

enum {GDB_NOTHING, GDB_REGISTER, GDB_UNREGISTER};

// Weak: a program that embeds Python may have another compiler with them.
__attribute__((weak, used)) struct jit_descriptor __jit_debug_descriptor = {.version = 1};

/* gdb has a breakpoint here. */
__attribute__((weak, used, noinline)) void
__jit_debug_register_code(void)
{
    __asm__ volatile ("" ::: "memory");
}

struct jit_unwind {
    struct jit_code_entry entry;
    struct object_file file;
};

// Each interpreter has arenas of its own; this is the process's.
static struct {
    PyMutex mutex;
    int arena_taken;
    bool looked_up;
    void (*add)(void *);            // of libgcc_s, or NULL
    void (*remove)(void *);
} unwinder;

static void
find_unwinder(void)
{
    if (unwinder.looked_up) {
        return;
    }
    unwinder.looked_up = true;
    void *library = dlopen("libgcc_s.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (library == NULL) {
        return;                     // then nobody else has it, either
    }
    unwinder.add = (void (*)(void *))dlsym(library, "__register_frame");
    unwinder.remove = (void (*)(void *))dlsym(library, "__deregister_frame");
    if (unwinder.remove == NULL) {
        unwinder.add = NULL;
    }
}

/* ---- the object file ------------------------------------------------- */

static Elf64_Sym
symbol(uint32_t name, uint64_t offset, uint64_t size)
{
    return (Elf64_Sym){
        .st_name = name,
        .st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC),
        .st_shndx = SECTION_CODE,
        .st_value = offset,
        .st_size = size,
    };
}

static Elf64_Shdr
section(uint32_t name, uint32_t type, uint64_t flags, size_t offset, size_t size)
{
    return (Elf64_Shdr){
        .sh_name = name,
        .sh_type = type,
        .sh_flags = flags,
        .sh_offset = offset,
        .sh_size = size,
        .sh_addralign = 1,
    };
}

#define PLACE(FIELD) offsetof(struct object_file, FIELD), sizeof(((struct object_file *)0)->FIELD)

static void
write_object_file(struct object_file *file, const uint8_t *base, size_t size,
                  const uint8_t *shim)
{
    memset(file, 0, sizeof(*file));
    memcpy(file->header.e_ident, ELFMAG, SELFMAG);
    file->header.e_ident[EI_CLASS] = ELFCLASS64;
    file->header.e_ident[EI_DATA] = ELFDATA2LSB;
    file->header.e_ident[EI_VERSION] = EV_CURRENT;
    file->header.e_type = ET_REL;
#ifdef __x86_64__
    file->header.e_machine = EM_X86_64;
#elif defined(__aarch64__)
    file->header.e_machine = EM_AARCH64;
#endif
    file->header.e_version = EV_CURRENT;
    file->header.e_ehsize = sizeof(Elf64_Ehdr);
    file->header.e_shoff = offsetof(struct object_file, sections);
    file->header.e_shentsize = sizeof(Elf64_Shdr);
    file->header.e_shnum = SECTIONS;
    file->header.e_shstrndx = SECTION_STRINGS;

    memcpy(file->strings, strings, sizeof(strings));
    size_t frames = write_frames(file->frames, base, size, shim);
    assert(frames <= sizeof(file->frames));

    int symbols = 1;                // the first one is none
    uint64_t rest = 0;
    if (shim != NULL) {
        uint64_t start = (uint64_t)(shim - base);
        rest = start + jit_unwind_rules.shim_code_size;
        if (start != 0) {
            file->symbols[symbols++] = symbol(NAME_TRACE, 0, start);
        }
        file->symbols[symbols++] = symbol(NAME_SHIM, start, rest - start);
    }
    file->symbols[symbols++] = symbol(NAME_TRACE, rest, size - rest);

    Elf64_Shdr *s = file->sections;
    s[SECTION_CODE] = section(NAME_CODE, SHT_NOBITS, SHF_ALLOC | SHF_EXECINSTR, 0, size);
    s[SECTION_CODE].sh_addr = (uintptr_t)base;
    s[SECTION_FRAMES] = section(NAME_FRAMES, SHT_PROGBITS, SHF_ALLOC,
                                offsetof(struct object_file, frames), frames);
    s[SECTION_FRAMES].sh_addr = (uintptr_t)file->frames;
    s[SECTION_SYMBOLS] = section(NAME_SYMBOLS, SHT_SYMTAB, 0, PLACE(symbols));
    s[SECTION_SYMBOLS].sh_size = (size_t)symbols * sizeof(Elf64_Sym);
    s[SECTION_SYMBOLS].sh_entsize = sizeof(Elf64_Sym);
    s[SECTION_SYMBOLS].sh_link = SECTION_STRINGS;
    s[SECTION_SYMBOLS].sh_info = (uint32_t)symbols;     // all are local
    s[SECTION_STRINGS] = section(NAME_STRINGS, SHT_STRTAB, 0, PLACE(strings));
}

static void
tell_gdb(struct jit_code_entry *entry, uint32_t action)
{
    struct jit_descriptor *all = &__jit_debug_descriptor;
    if (action == GDB_REGISTER) {
        entry->next_entry = all->first_entry;
        if (entry->next_entry != NULL) {
            entry->next_entry->prev_entry = entry;
        }
        all->first_entry = entry;
    }
    else {
        if (entry->next_entry != NULL) {
            entry->next_entry->prev_entry = entry->prev_entry;
        }
        if (entry->prev_entry != NULL) {
            entry->prev_entry->next_entry = entry->next_entry;
        }
        else {
            all->first_entry = entry->next_entry;
        }
    }
    all->relevant_entry = entry;
    all->action_flag = action;
    __jit_debug_register_code();
    all->action_flag = GDB_NOTHING;
    all->relevant_entry = NULL;
}

/* ---- who is told ------------------------------------------------------ */

static void
announce(struct jit_unwind *self, const uint8_t *base, size_t size, const uint8_t *shim)
{
    write_object_file(&self->file, base, size, shim);
    self->entry.symfile_addr = &self->file;
    self->entry.symfile_size = sizeof(self->file);
    PyMutex_LockFlags(&unwinder.mutex, _Py_LOCK_DONT_DETACH);
    find_unwinder();
    if (unwinder.add != NULL) {
        unwinder.add(self->file.frames);
    }
    tell_gdb(&self->entry, GDB_REGISTER);
    PyMutex_Unlock(&unwinder.mutex);
}

static void
withdraw(struct jit_unwind *self)
{
    PyMutex_LockFlags(&unwinder.mutex, _Py_LOCK_DONT_DETACH);
    if (unwinder.add != NULL) {
        unwinder.remove(self->file.frames);
    }
    tell_gdb(&self->entry, GDB_UNREGISTER);
    PyMutex_Unlock(&unwinder.mutex);
}

/* In the child: another thread may have held the mutex. */
void
jit_unwind_after_fork(void)
{
    _PyMutex_at_fork_reinit(&unwinder.mutex);
}

/* ---- the arena in the program ----------------------------------------- */

#define ARENA_IN_PROGRAM

/* Memory for an arena that unwinders and gdb know, or NULL: there is none, or another interpreter has it. The shim
 * is to be its first block. */
uint8_t *
jit_unwind_take_arena(void)
{
    int taken = 0;
    return jit_unwind_rules.arena != NULL && _Py_atomic_compare_exchange_int(&unwinder.arena_taken, &taken, 1)
           ? jit_unwind_rules.arena : NULL;
}

/* False: it is not that one. */
bool
jit_unwind_give_arena_back(uint8_t *base)
{
    if (base != jit_unwind_rules.arena) {
        return false;
    }
    // For the next one, zeros that take no memory. Without them, nobody gets it.
    if (mmap(base, JIT_ARENA_SIZE + JIT_ARENA_REST, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
             -1, 0) != MAP_FAILED)
    {
        _Py_atomic_store_int(&unwinder.arena_taken, 0);
    }
    return true;
}

#endif  // ELF

/* ---- the interface --------------------------------------------------- */

/* Describes an arena; `shim` is the place of the shim in it, or NULL. The result
 * is what jit_unwind_remove() takes, NULL if there is nobody to tell. 0, or -1 if
 * out of memory. (`room` is for Windows.) */
int
jit_unwind_add(const uint8_t *base, size_t size, const uint8_t *shim, void *Py_UNUSED(room), struct jit_unwind **result)
{
    *result = NULL;
    if (jit_unwind_rules.trace_size == 0) {
        return 0;
    }
    struct jit_unwind *self = jit_calloc(1, sizeof(*self));
    if (self == NULL) {
        return -1;
    }
    announce(self, base, size, shim);
    *result = self;
    return 0;
}

/* Before the arena is unmapped. */
void
jit_unwind_remove(struct jit_unwind *self)
{
    if (self != NULL) {
        withdraw(self);
        jit_free(self);
    }
}

#elif !defined(_Py_JIT) || !defined(MS_WINDOWS)     // no unwinder, or none that is known

int
jit_unwind_add(const uint8_t *Py_UNUSED(base), size_t Py_UNUSED(size),
               const uint8_t *Py_UNUSED(shim), void *Py_UNUSED(room), struct jit_unwind **result)
{
    *result = NULL;
    return 0;
}

void
jit_unwind_remove(struct jit_unwind *Py_UNUSED(self))
{
}

void
jit_unwind_after_fork(void)
{
}

#endif

#ifndef ARENA_IN_PROGRAM

/* The linkers of macOS and Windows describe code only. */
uint8_t *
jit_unwind_take_arena(void)
{
    return NULL;
}

bool
jit_unwind_give_arena_back(uint8_t *Py_UNUSED(base))
{
    return false;
}

#endif

#endif  // _Py_TIER2
