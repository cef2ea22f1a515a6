/* recorder/output.h - the journal file that is being written
 *
 * Blocks are gathered in a buffer, flushed to the file and synced; every sync closes a link of the hash chain.
 * After any failure the output is done for: it is freed and another one begun (a failed fsync is never tried again).
 * Ownership: the caller. Thread: the writer's (the first one is begun before it). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/chain.h"
#include "recorder/error.h"

G_BEGIN_DECLS

typedef struct RecOutput RecOutput;

char *rec_output_get_path(const char *dir, uint64_t number);

/* Creates the file, writes its head and syncs it and its folder. link: of the file before; NULL: none. */
RecOutput *rec_output_new(const char *dir, uint64_t number, const uint8_t link[REC_CHAIN_SIZE],
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* What was not flushed is dropped, what was written in part is cut. */
void rec_output_free(RecOutput *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecOutput, rec_output_free)

GByteArray *rec_output_get_buffer(RecOutput *self);  /* append whole blocks here */
uint64_t rec_output_get_size(const RecOutput *self); /* the buffer included */
bool rec_output_is_dirty(const RecOutput *self);     /* holds what is not synced */
void rec_output_get_link(const RecOutput *self, uint8_t ret_link[REC_CHAIN_SIZE]);

bool rec_output_flush(RecOutput *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool rec_output_sync(RecOutput *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The last record says which sessions (separated by spaces) are in the file, so that it need not be read at start. */
bool rec_output_finish(RecOutput *self, const char *sessions, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
