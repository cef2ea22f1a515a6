/* signaling/openrpc.h - the rows as an OpenRPC document, from which the pages' types are generated
 *
 * Beside the standard: "x-access" (bits) on each method, "x-events" and "x-errors" at the top.
 * Thread: main. */
#pragma once

#include "signaling/methods.h"

G_BEGIN_DECLS

JsonNode *sig_openrpc_new(const SigMethods *methods, const char *title, const char *version);

G_END_DECLS
