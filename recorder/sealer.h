/* recorder/sealer.h - makes playable files out of the journal, in a process of its own
 *
 * Starts yuanjian-seal (sandboxed; hostile media is parsed only there), one at a time by default, lowest CPU priority;
 * reads its progress; checks its result by reading it back.
 * Result: ARCHIVE_DIR/SESSION/ with recording.json (see recording.h) and one file per track and codec run; written
 * under a temporary name, synced and renamed at the end, so that a half-made recording is never seen; what an earlier process
 * left half-made, in the plain, is removed at once. Ownership: main.
 * Thread: main. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/error.h"
#include "recorder/journal.h"
#include "recorder/keyring.h"

G_BEGIN_DECLS

typedef struct RecSealer RecSealer;

typedef struct {
    const char *program; /* path of yuanjian-seal */
    const char *journal_dir, *archive_dir;
    const RecKeyring *keyring; /* borrowed; of the sessions' keys, made here; NULL: files stay plain */
    unsigned max_processes;    /* 0: 1 */
    int64_t retry_us;          /* before the second try, then six times as long; 0: 5 s */
} RecSealerConfig;

typedef struct {
    void (*progress)(const char *session, double fraction, void *user_data); /* 0 ... 1 */
    void (*sealed)(const char *session, const char *path, void *user_data);  /* the folder */
    /* retries: tried again by the sealer itself after a while, three times, before this is final */
    void (*failed)(const char *session, const GError *error, void *user_data);
} RecSealerEvents;

RecSealer *rec_sealer_new(const RecSealerConfig *config, const RecSealerEvents *events, void *user_data);
void rec_sealer_free(RecSealer *self); /* ends its processes; unfinished ones are done again at next start */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecSealer, rec_sealer_free)

/* recovered: the service did not end the session itself; goes into recording.json. */
void rec_sealer_add(RecSealer *self, const char *session, bool recovered);

G_END_DECLS
