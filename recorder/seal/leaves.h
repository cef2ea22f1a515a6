/* recorder/seal/leaves.h - leaves.jsonl: one line per chunk of each file, with its hashes and what came and what is missing in it
 *
 * A pure function of the journal. The bytes of a line (without its end) are a leaf of the manifest's trees (docs/journal.md).
 * Ownership: the caller; runs and files are borrowed. Thread: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "recorder/cipher.h"
#include "recorder/recording.h"
#include "recorder/seal/run.h"

G_BEGIN_DECLS

typedef struct SealLeaves SealLeaves;

SealLeaves *seal_leaves_new(void);
void seal_leaves_free(SealLeaves *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SealLeaves, seal_leaves_free)

/* Of the file that was just written into the folder (its times are absolute): reads it once, and completes its description with
 * bytes, hashes and chunks. Files are added in the order of recording.json. */
bool seal_leaves_add(SealLeaves *self, const SealRun *run, const SealRunContents *contents, const char *folder,
                     RecFile *file, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All lines; times now count from recording->began_us. */
bool seal_leaves_write(const SealLeaves *self, const SealSession *session, const char *folder,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Reads every chunk back out of the encrypted files. */
bool seal_leaves_check(const SealLeaves *self, const char *folder, const RecKey *key,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
