/* gateway/sessions/gate.h - what stands between admission and the first word of a recorded session
 *
 * Closed: the session is not in the node's log yet. Nothing is recorded, nobody sees or hears anybody.
 * Proving: it is. All that flows goes into the journal, still nobody sees anybody but hears the notices.
 * Open: something of every track that flows is on disk.
 * So nobody talks unrecorded: when that has not come after two seconds, it is told, and the gate stays where it is until it
 * comes or the session ends. A session that is not recorded, or was brought back after a restart, has no gate.
 * Ownership: the session. Thread: main. */
#pragma once

#include "gateway/sessions/session-priv.h"

G_BEGIN_DECLS

void gw_gate_begin(GwSession *session);    /* it goes live for the first time: it is announced, recorded or not */
void gw_gate_announce(GwSession *session); /* again: its class has changed */
void gw_gate_end(GwSession *session);      /* it ends, goes, or is not recorded any more */
/* Why people wait although the session is live: "log", "no-bytes"; NULL: they do not, or not for long. */
const char *gw_gate_get_reason(const GwSession *session);

G_END_DECLS
