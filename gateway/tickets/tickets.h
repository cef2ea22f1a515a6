/* gateway/tickets/tickets.h - what was found, by when it is to be put right, and what came of it (督查单)
 *
 * An inspector issues a ticket to a unit below; the unit reads it, replies with a picture; the inspector looks again and closes
 * it, or opens it once more with a new deadline. What is overdue climbs a tier at a time. Nothing is deleted: every step is an
 * event of the ticket, and an entry of the audit log. A task is the same without a problem, for many units at once.
 * Ownership: main (service.c), after the archive. Thread: main; pictures are written on GTask threads. */
#pragma once

#include "gateway/gateway.h"

G_BEGIN_DECLS

typedef struct GwTickets GwTickets;

/* Loads types and deadlines; blocks, for start-up. Registers methods and routes. Gateway.server may be NULL (tests). */
GwTickets *gw_tickets_new(const Gateway *gateway, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_tickets_free(GwTickets *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwTickets, gw_tickets_free)

/* Every 10 s by itself: what is overdue climbs. */
void gw_tickets_tick(GwTickets *self);

G_END_DECLS
