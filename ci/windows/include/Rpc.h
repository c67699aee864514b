// The base says <Rpc.h>, mingw has the header in lower case, and file systems tell these apart.
#include <rpc.h>
