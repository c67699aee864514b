// See Rpc.h.
#include <wbemidl.h>
