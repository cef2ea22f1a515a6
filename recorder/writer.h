/* recorder/writer.h - the thread that drains the rings of the workers into journal files
 *
 * Ownership: the journal. new and free on main; free writes and syncs what is queued.
 * Thread:    commands may come from main only; events are called on the writer's thread. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/files.h"
#include "recorder/track.h"

G_BEGIN_DECLS

typedef struct RecWriter RecWriter;

/* As in RecJournalEvents; strings and errors are borrowed. */
typedef struct {
    void (*synced)(int64_t up_to_us, void *user_data);
    void (*lost)(const RecTrack *track, uint64_t packets, const char *cause, void *user_data);
    void (*failed)(const GError *error, void *user_data);
    void (*recovered)(void *user_data);
    void (*closed)(void *token, void *user_data); /* of rec_writer_close_session() */
} RecWriterEvents;

typedef struct {
    const char *dir;
    uint64_t file_bytes;
    RecFiles *files; /* taken */
    RecRings *rings; /* taken */
} RecWriterConfig;

/* Begins the first file, then starts the thread. */
RecWriter *rec_writer_new(const RecWriterConfig *config, const RecWriterEvents *events, void *user_data,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rec_writer_free(RecWriter *self);
/* Any thread: what the disk of the folder had left a second ago; 0 when no file can be made any more. */
uint64_t rec_writer_get_free_bytes(const RecWriter *self);

void rec_writer_add_track(RecWriter *self, RecTrack *track); /* taken */
void rec_writer_close_track(RecWriter *self, RecTrack *track);
/* text: the lines of an entry that belongs to a session. Taken. */
void rec_writer_add_entry(RecWriter *self, const char *session, char *text);
/* closed(token) follows when everything so far is on disk. */
void rec_writer_close_session(RecWriter *self, void *token);
void rec_writer_set_sealed(RecWriter *self, const char *session);

G_END_DECLS
