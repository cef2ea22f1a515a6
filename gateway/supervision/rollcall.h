/* gateway/supervision/rollcall.h - roll-calls of offices (F64): every terminal of a subtree rings at once
 *
 * A roll-call is a session of kind "roll-call" whose parties are the offices that answer. Each office has its own answer clock;
 * who does not answer is called again or excused; who answers can be pointed at and talked to. At its end a sheet is made, which
 * is in the node's log with its SHA-256. Running ones are kept in memory, written through, and go on after a restart.
 * service.c builds it after calls/. Ownership: main. Thread: main. */
#pragma once

#include "gateway/calls/calls.h"

G_BEGIN_DECLS

enum {
    GW_ROLLCALL_CLOCK_S = 60,
    GW_ROLLCALL_MAX_CLOCK_S = 600,
    GW_ROLLCALL_MAX_RUNNING = 50,
};

typedef struct GwRollcalls GwRollcalls;

/* Loads running ones (blocking: start-up) and rings again where a clock still runs. pictures_dir: of what terminals send when
 * they answer; made when missing. */
GwRollcalls *gw_rollcalls_new(const Gateway *gateway, GwSessions *sessions, GwCalls *calls, const char *pictures_dir,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_rollcalls_free(GwRollcalls *self); /* running ones are not ended by that */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwRollcalls, gw_rollcalls_free)

/* Once a second by itself; tests call it with their own time. */
void gw_rollcalls_tick(GwRollcalls *self);

G_END_DECLS
