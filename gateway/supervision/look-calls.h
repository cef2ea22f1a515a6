/* gateway/supervision/look-calls.h - looks ring terminals by the calls of this node
 *
 * Thread: main. */
#pragma once

#include "gateway/calls/calls.h"
#include "gateway/supervision/look.h"

G_BEGIN_DECLS

/* calls outlives looks. */
void gw_look_calls_attach(GwLooks *looks, GwCalls *calls);

G_END_DECLS
