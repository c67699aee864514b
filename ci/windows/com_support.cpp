// What _wmi needs of the run-time libraries of C++ and COM (Microsoft's is comsuppw.lib), so that it needs no such library.
#include <windows.h>
#include <comutil.h>
#include <stdlib.h>

// There are no exceptions that could say that there is no memory.
void *operator new(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

void operator delete(void *memory) noexcept
{
    free(memory);
}

void operator delete(void *memory, size_t) noexcept
{
    free(memory);
}

void operator delete[](void *memory) noexcept
{
    free(memory);
}

namespace _com_util {

BSTR WINAPI ConvertStringToBSTR(const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    int size = MultiByteToWideChar(CP_ACP, 0, text, -1, NULL, 0);  // with the zero at the end
    BSTR result = size > 0 ? SysAllocStringLen(NULL, (UINT)size - 1) : NULL;
    if (result != NULL) {
        MultiByteToWideChar(CP_ACP, 0, text, -1, result, size);
    }
    return result;
}

}
