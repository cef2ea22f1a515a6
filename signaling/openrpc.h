/* signaling/openrpc.h - the rows as an OpenRPC document, from which the pages' types are generated
 *
 * Beside the standard: "x-access" (bits) on each method, "x-events", "x-errors" and "x-routes" (HTTP) at the top.
 * Thread: main. */
#pragma once

#include "signaling/methods.h"
#include "signaling/router.h"

G_BEGIN_DECLS

JsonNode *sig_openrpc_new(const SigMethods *methods, const char *title, const char *version);
void sig_openrpc_add_routes(JsonNode *document, const SigRouter *router);

G_END_DECLS
