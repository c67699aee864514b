/* What clang calls for __builtin___clear_cache() on ARM: zig's runtime library has it for other systems only. */

#include <windows.h>

void __clear_cache(void *start, void *end)
{
    FlushInstructionCache(GetCurrentProcess(), start, (size_t)((char *)end - (char *)start));
}
