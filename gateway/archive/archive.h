/* gateway/archive/archive.h - what was recorded: sealing, index, playback, notes
 *
 * recording.json in each folder of DIR/archive is the truth; the table in the store is an index of it and can be made
 * again. service.c builds it as gateway/sessions/sessions.h says.
 * Ownership: main. Thread: main; folders are read on GTask threads. */
#pragma once

#include "gateway/admin/admin.h"
#include "gateway/evidence/time-stamps.h"
#include "gateway/scrub/scrub.h"
#include "gateway/sessions/sessions.h"
#include "recorder/sealer.h"

G_BEGIN_DECLS

typedef struct GwArchive GwArchive;

/* Makes the sealer and registers methods and the media route. */
GwArchive *gw_archive_new(const Gateway *gateway, GwSessions *sessions, RecJournal *journal,
                          const RecSealerConfig *sealer);
void gw_archive_free(GwArchive *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwArchive, gw_archive_free)

/* At start, after visits were brought back: what is in the journal, not sealed and not running is sealed as recovered;
 * folders that the index does not know are put into it. */
void gw_archive_recover(GwArchive *self);

/* Every 10 s by itself: what is watched is written down, lots are drawn at night, approved purges are carried out. */
void gw_archive_tick(GwArchive *self);

/* Who reads the archive again; outlives it. What it finds goes to gw_health_on_read() (health.h). */
void gw_archive_set_scrub(GwArchive *self, const GwScrub *scrub);
unsigned gw_archive_get_n_damaged(const GwArchive *self); /* recordings that are known to be damaged */
const GwTimeStamps *gw_archive_get_time_stamps(const GwArchive *self);

/* Rows "archive.*". */
void gw_archive_add_commands(GwArchive *self, GwAdmin *admin);

G_END_DECLS
