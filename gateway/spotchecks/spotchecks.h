/* gateway/spotchecks/spotchecks.h - spot checks (突击检查): who is looked at is drawn by lot, and anybody can draw again
 *
 * An inspector plans: out of which units, terminals or supervisees below, how many, with what weights. The list is frozen, a seed
 * made, and SHA-256 of both published in the node's log before anybody knows who is drawn; the draw reveals the seed (the rules
 * of it: gateway/archive/draw.h). Nobody is left out of the list, or skipped after the draw, without a reason on record.
 * A sealed plan says nothing but that it is there, until it opens by itself at its time.
 * Ownership: main (service.c), after supervisees and photos. Thread: main. */
#pragma once

#include "gateway/admin/admin.h"
#include "gateway/gateway.h"
#include "gateway/visits/subjects.h"

G_BEGIN_DECLS

typedef struct GwSpotchecks GwSpotchecks;

/* Registers methods. Gateway.server may be NULL (tests). */
GwSpotchecks *gw_spotchecks_new(const Gateway *gateway, GwSubjects *subjects);
void gw_spotchecks_free(GwSpotchecks *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwSpotchecks, gw_spotchecks_free)

/* The row "spotcheck.import" of the owner's socket. */
void gw_spotchecks_add_commands(GwSpotchecks *self, GwAdmin *admin);

/* Every 5 s by itself: sealed plans whose time has come are opened. */
void gw_spotchecks_tick(GwSpotchecks *self);

G_END_DECLS
