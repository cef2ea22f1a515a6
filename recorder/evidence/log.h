/* recorder/evidence/log.h - a log that only grows: C2SP tlog-tiles on plain files, as docs/evidence.md lays them out
 *
 * DIR/tile/..., DIR/checkpoint, DIR/pending. RecLog writes: one per folder, on one thread, blocking. An entry counts when
 * rec_log_append() has returned: it is in DIR/pending, and synced. Full bundles and tiles are written whole and synced
 * before DIR/pending lets go of their entries, so a crash at any moment leaves every entry in one of the two.
 * rec_log_publish() makes DIR/checkpoint and the tiles that are not full: what others see, and RecLogReader (below) reads.
 * Ownership: the caller. */
#pragma once

#include "recorder/evidence/keys.h"
#include "recorder/evidence/tiles.h"

G_BEGIN_DECLS

typedef struct RecLog RecLog;

/* Makes the folder when it is missing. INVALID: entries that were signed for are not there, or are not what they were:
 * the log was cut, altered or put back from an old copy. */
RecLog *rec_log_open(const char *dir, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rec_log_free(RecLog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecLog, rec_log_free)

uint64_t rec_log_get_size(const RecLog *self);
uint64_t rec_log_get_published(const RecLog *self); /* entries under DIR/checkpoint; 0: none */
uint64_t rec_log_get_cut(const RecLog *self);       /* bytes of a torn entry that were cut off when it was opened */
void rec_log_get_root(const RecLog *self, uint8_t ret_root[REC_HASH_SIZE]);

/* Entries of 1 to REC_LOG_MAX_ENTRY bytes (LIMIT). Synced once, all or none; ret_first: the index of the first. After IO
 * it may be tried again. */
enum { REC_LOG_MAX_GROUP = REC_LOG_TILE };
bool rec_log_append(RecLog *self, GBytes *const *entries, unsigned n, uint64_t *ret_first,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Signs the whole log. ret_note (may be NULL): the checkpoint's bytes; owned. */
typedef struct {
    const RecKeys *keys;
    const char *origin;
    int64_t at_ms;
} RecLogSigning;

bool rec_log_publish(RecLog *self, const RecLogSigning *signing, char **ret_note,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What was published, as it is in the files when this is opened: it does not move when the log grows. Any number, each on
 * one thread, beside the writer. */
typedef struct RecLogReader RecLogReader;

RecLogReader *rec_log_reader_new(const char *dir, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rec_log_reader_free(RecLogReader *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecLogReader, rec_log_reader_free)

uint64_t rec_log_reader_get_size(const RecLogReader *self);
const char *rec_log_reader_get_note(const RecLogReader *self); /* the checkpoint's bytes; borrowed */
/* The bytes of entry index; NULL with LIMIT when it is not under the checkpoint. Owned. */
GBytes *rec_log_reader_get_entry(RecLogReader *self, uint64_t index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Hashes one after the other; size: at most the checkpoint's. Owned. */
GByteArray *rec_log_reader_prove(RecLogReader *self, uint64_t index, uint64_t size,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
GByteArray *rec_log_reader_prove_consistency(RecLogReader *self, uint64_t older, uint64_t newer,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same as text: base64, a hash a line. Owned. */
char *rec_log_reader_print_consistency(RecLogReader *self, uint64_t older, uint64_t newer,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The text of a C2SP tlog-proof of this entry under this checkpoint. Owned. */
char *rec_log_reader_make_proof(RecLogReader *self, uint64_t index, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same under a checkpoint of before, whose bytes these are (INVALID: it is none, or of another log). Owned. */
char *rec_log_reader_make_older_proof(RecLogReader *self, uint64_t index, const char *note,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Reads every entry and compares it with the tiles and the checkpoint; names the first that is wrong. entry (may be NULL)
 * sees each; false stops. */
typedef bool (*RecLogEach)(uint64_t index, GBytes *entry, void *user_data, GError **error);
bool rec_log_reader_verify(RecLogReader *self, RecLogEach each, void *user_data,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
