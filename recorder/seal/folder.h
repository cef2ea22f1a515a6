/* recorder/seal/folder.h - the folder of a recording while it is made: seen by nobody until it is whole
 *
 * OUT/.SESSION.tmp, synced and renamed to OUT/SESSION at the end. What an earlier run left there is removed.
 * Thread: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "recorder/recording.h"

G_BEGIN_DECLS

/* Makes OUT and the empty folder; returns its path. */
char *seal_folder_begin(const char *out, const char *session, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* key: with which the files were encrypted; NULL: they are plain. Writes recording.json, syncs everything and gives the folder its name. A recording that is already there stays when it
 * is the same; another one is never replaced: that fails. */
bool seal_folder_finish(const char *out, const RecRecording *recording, const RecKey *key,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
