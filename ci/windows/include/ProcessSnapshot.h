// See Rpc.h.
#include <processsnapshot.h>
