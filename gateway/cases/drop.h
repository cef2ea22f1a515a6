/* gateway/cases/drop.h - alarms that come as files (IF1): for platforms that can write files and no more
 *
 * [cases] drop-folder holds a folder for each platform, named by its id, which the machine's owner makes. A file whose name ends
 * in .csv is taken when it has not changed for a while; its rows go the way of posted alarms, so that a row that comes twice, or
 * again after a crash, is known. Then the file lies in done/ with what came of each row beside it.
 * Ownership: GwCases. Thread: main; the disk is looked at by GTask threads. */
#pragma once

#include "gateway/cases/cases-priv.h"

G_BEGIN_DECLS

enum {
    GW_DROP_LOOK_MS = 5000,
    GW_DROP_SETTLE_MS = 4000,   /* a file that has not changed for so long is whole */
    GW_DROP_UNENDED_MS = 60000, /* one whose last line has no end yet */
    GW_DROP_RETRY_MS = 30000,   /* when disk or store did not take it */
};

GwDrops *gw_drops_new(GwCases *cases, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_drops_free(GwDrops *self); /* what a thread is about is finished there, and forgotten */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwDrops, gw_drops_free)
void gw_drops_tick(GwDrops *self);
bool gw_drops_is_busy(const GwDrops *self); /* for tests: a folder is being looked at */
/* {folder, there, waiting, more?, problem?, last?: {name, at_ms, taken, known, refused, message?}}; NULL: files are not taken from it. Owned. */
JsonObject *gw_drops_to_json(GwDrops *self, const GwPlatform *platform);

G_END_DECLS
