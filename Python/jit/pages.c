/* pages.c - what the system does for executable memory.
 *
 * Takes:  a wish where to lie, sizes of code and of data.
 * Gives:  pages of both, close to each other; the code's are writable or
 *         executable, never both at once for the thread that asks.
 *
 *             how pages change          who may not, and what happens then
 *     Linux   mprotect()                SELinux, seccomp, PR_SET_MDWE: errno
 *     macOS   MAP_JIT: per thread on    the hardened runtime without the
 *             ARM, mprotect() on Intel  entitlement allow-jit: errno
 *     Windows VirtualProtect()          processes that forbid dynamic code
 *
 * Why this way: macOS gives a process that was signed for it only memory that
 * was mapped with MAP_JIT, and on ARM all of that memory is switched at once,
 * for one thread (which costs no system call). Data that is written while code
 * runs must lie in other memory then, so code and data are two mappings there,
 * and one elsewhere. A process without the hardened runtime may use MAP_JIT as
 * well; where it is refused, ordinary memory is tried. The file mapped twice,
 * which needs no switching, is shared after fork() (memory.c).
 *
 * Windows marks all of a page as valid targets of indirect calls when
 * VirtualProtect() makes it executable, so Control Flow Guard asks for no call
 * of SetProcessValidCallTargets(): that is only needed to allow less.
 */
#ifdef __linux__
#  ifndef _GNU_SOURCE
#    define _GNU_SOURCE
#  endif
#endif
#include "jit.h"

#ifdef _Py_TIER2

#include <errno.h>
#ifdef MS_WINDOWS
#  include <windows.h>
#  ifndef ERROR_DYNAMIC_CODE_BLOCKED    // mingw-w64 10 has no name for it
#    define ERROR_DYNAMIC_CODE_BLOCKED 1655L
#  endif
#else
#  include <sys/mman.h>
#  include <unistd.h>
#endif
#ifdef __APPLE__
#  include <libkern/OSCacheControl.h>
#  include <pthread.h>
#endif

/* What protection is given to: 4, 16 or 64 KiB. */
size_t
jit_page_size(void)
{
#ifdef MS_WINDOWS
    SYSTEM_INFO info;
    GetSystemInfo(&info);
    return info.dwPageSize;
#else
    return (size_t)sysconf(_SC_PAGESIZE);
#endif
}

#ifdef MS_WINDOWS

/* `where` is a multiple of the granularity of allocations, 64 KiB, which is more than a page. */
bool
jit_pages_map(struct jit_pages *pages, uintptr_t where, size_t code, size_t data)
{
    uint8_t *got = VirtualAlloc((void *)where, code + data, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    if (got == NULL) {
        return false;
    }
    *pages = (struct jit_pages){.code = got, .data = got + code};
    return true;
}

void
jit_pages_unmap(struct jit_pages *pages, size_t Py_UNUSED(code), size_t Py_UNUSED(data))
{
    VirtualFree(pages->code, 0, MEM_RELEASE);
}

/* RW or RX for whole pages; 0, or -1 with the reason. */
int
jit_pages_protect(struct jit_pages *Py_UNUSED(pages), void *start, size_t size, bool executable,
                  const char **reason)
{
    DWORD old;
    if (!VirtualProtect(start, size, executable ? PAGE_EXECUTE_READ : PAGE_READWRITE, &old)) {
        *reason = GetLastError() == ERROR_DYNAMIC_CODE_BLOCKED ? "the process forbids dynamic code"
                                                               : "VirtualProtect() refused";
        return -1;
    }
    return 0;
}

#else  // POSIX

static void *
map(uintptr_t where, size_t size, int protection, int more_flags)
{
    void *got = mmap((void *)where, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | more_flags, -1, 0);
    return got == MAP_FAILED ? NULL : got;
}

#ifdef __APPLE__

bool
jit_pages_map(struct jit_pages *pages, uintptr_t where, size_t code, size_t data)
{
    const int writable = PROT_READ | PROT_WRITE;
    bool by_thread = pthread_jit_write_protect_supported_np();
    uint8_t *got = map(where, code, by_thread ? writable | PROT_EXEC : writable, MAP_JIT);
    if (got == NULL) {
        by_thread = false;
        got = map(where, code, writable, 0);
    }
    if (got == NULL) {
        return false;
    }
    *pages = (struct jit_pages){.code = got, .by_thread = by_thread};
    pages->data = map((uintptr_t)got + code, data, writable, 0);
    if (pages->data == NULL) {
        munmap(got, code);
        return false;
    }
    return true;
}

void
jit_pages_unmap(struct jit_pages *pages, size_t code, size_t data)
{
    munmap(pages->data, data);
    munmap(pages->code, code);
}

#else

bool
jit_pages_map(struct jit_pages *pages, uintptr_t where, size_t code, size_t data)
{
#ifdef MAP_FIXED_NOREPLACE
    uint8_t *got = map(where, code + data, PROT_READ | PROT_WRITE, MAP_FIXED_NOREPLACE);
#else
    uint8_t *got = map(where, code + data, PROT_READ | PROT_WRITE, 0);
#endif
    if (got == NULL) {
        return false;
    }
    *pages = (struct jit_pages){.code = got, .data = got + code};
    return true;
}

void
jit_pages_unmap(struct jit_pages *pages, size_t code, size_t data)
{
    munmap(pages->code, code + data);
}

#endif

/* RW or RX for whole pages; 0, or -1 with the reason. */
int
jit_pages_protect(struct jit_pages *pages, void *start, size_t size, bool executable, const char **reason)
{
#ifdef __APPLE__
    if (pages->by_thread) {
        pthread_jit_write_protect_np(executable);
        return 0;
    }
#endif
    (void)pages;
    if (mprotect(start, size, PROT_READ | (executable ? PROT_EXEC : PROT_WRITE)) < 0) {
        *reason = strerror(errno);
        return -1;
    }
    return 0;
}

#endif

/* After code was written, so that no processor runs what was there before. */
void
jit_pages_flush(void *start, size_t size)
{
#ifdef MS_WINDOWS
    FlushInstructionCache(GetCurrentProcess(), start, size);
#elif defined(__APPLE__)
    // Not __builtin___clear_cache(): that is a function of a library that the linker may not have.
    sys_icache_invalidate(start, size);
#else
    __builtin___clear_cache((char *)start, (char *)start + size);
#endif
}

#endif  // _Py_TIER2
