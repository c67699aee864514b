// See Rpc.h.
#include <unknwn.h>
