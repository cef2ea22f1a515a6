/* recorder/files.h - the folder of the journal: its lock, its files, which sessions they hold, what is sealed
 *
 * DIR/journal-NNNNNNNN.pcapng, DIR/lock (held while the service runs), DIR/sealed (a session per line; "!SESSION":
 * records came after it was sealed). Ownership: the caller. Thread: one at a time: main at start, then the writer. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/chain.h"
#include "recorder/error.h"

G_BEGIN_DECLS

typedef struct RecFiles RecFiles;

/* Makes the folder, locks it (REC_ERROR_LOCKED), reads what is there and cuts torn tails. */
RecFiles *rec_files_new(const char *dir, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rec_files_free(RecFiles *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecFiles, rec_files_free)

/* The link on which the next file goes on; NULL: there was none. */
const uint8_t *rec_files_get_link(const RecFiles *self);
GPtrArray *rec_files_list_unsealed(const RecFiles *self); /* of char *, owned, sorted */
/* A file that holds records of it was not closed in order: the service was killed, or the power went. */
bool rec_files_was_cut(const RecFiles *self, const char *session);

/* A number for a new file, never used before. It becomes the current one with rec_files_begin(). */
uint64_t rec_files_take_number(RecFiles *self);
void rec_files_begin(RecFiles *self, uint64_t number);

/* The current file holds a record of this session. */
void rec_files_note(RecFiles *self, const char *session);
char *rec_files_list_current(const RecFiles *self);     /* separated by spaces; owned by the caller */
bool rec_files_current_is_sealed(const RecFiles *self); /* it holds sessions, and all are sealed */

/* Remembers that on disk. */
bool rec_files_seal(RecFiles *self, const char *session, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Removes files, except the current one, that hold nothing unsealed. */
void rec_files_sweep(RecFiles *self);

G_END_DECLS
