/* gateway/archive/health.h - what is not well with what is kept: damage that was found, the log, time stamps
 *
 * Damage stays in the index, over restarts, until the recording was read again and is whole. Who may do something about it hears
 * "archive.health" when anything changes.
 * Ownership: the archive. Thread: main. */
#pragma once

#include "gateway/archive/archive.h"
#include "gateway/scrub/scrub.h"

G_BEGIN_DECLS

void gw_health_open(GwArchive *archive); /* loads; blocks, for start-up */
void gw_health_close(GwArchive *archive);
void gw_health_tick(GwArchive *archive); /* tells of the log */

/* A recording was read again: damages (RecDamage *) is all that is wrong with it, none: it is whole. */
void gw_health_on_read(const char *session, const GPtrArray *damages, void *archive);
void gw_health_forget(GwArchive *archive, const char *session); /* it was lawfully destroyed */

G_END_DECLS
