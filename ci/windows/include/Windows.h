// The base says <Windows.h>; see Rpc.h.
#include <windows.h>
