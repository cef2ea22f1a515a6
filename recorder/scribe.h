/* recorder/scribe.h - turns records into blocks of the current journal file, and lives through a failing disk
 *
 * While the disk fails, packets are counted as lost and entries are held back for the next file.
 * Ownership: the writer. Thread: the writer's (new: main, before it). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/files.h"
#include "recorder/track.h"

G_BEGIN_DECLS

typedef struct RecScribe RecScribe;

/* files is taken. */
RecScribe *rec_scribe_new(const char *dir, uint64_t file_bytes, RecFiles *files,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Ends the file properly when the disk allows. */
void rec_scribe_free(RecScribe *self);

/* Writes that the track begins, before anything else of it; once. */
void rec_scribe_put_track(RecScribe *self, RecTrack *track);
void rec_scribe_put_packet(RecScribe *self, const RecRingRecord *record, const uint8_t *data);
/* session may be NULL. text is taken. */
void rec_scribe_put_entry(RecScribe *self, const char *session, char *text);
/* Writes the losses of the track as a gap, as soon as the disk allows. */
void rec_scribe_put_gaps(RecScribe *self, RecTrack *track);
/* The track is about to be freed. */
void rec_scribe_forget(RecScribe *self, RecTrack *track);

void rec_scribe_flush(RecScribe *self);
bool rec_scribe_is_dirty(const RecScribe *self); /* something is not synced */
/* Also notes a step of the wall clock. False while the disk fails. */
bool rec_scribe_sync(RecScribe *self);
void rec_scribe_seal(RecScribe *self, const char *session);

/* Why the disk has failed since the last call; NULL: it has not. Owned by the caller. */
GError *rec_scribe_take_failure(RecScribe *self);
bool rec_scribe_is_failing(const RecScribe *self);
/* Tries a new file. */
bool rec_scribe_retry(RecScribe *self);

int64_t rec_scribe_to_wall(const RecScribe *self, int64_t monotonic_us);

G_END_DECLS
