/* recorder/evidence/pending.h - the entries of a log that do not fill a tile yet: DIR/pending
 *
 * "YJPEND1\n", the index of the first entry (8 bytes), then per entry its length (4), the CRC-32 (4) of its index (8
 * bytes) and bytes, and the bytes; numbers big-endian. An entry counts when it is whole: a torn tail is cut off.
 * Ownership: the log. Thread: the log's; it blocks. */
#pragma once

#include "recorder/evidence/hash.h"

G_BEGIN_DECLS

enum {
    REC_LOG_MAX_ENTRY = 60000, /* bytes */
    REC_LOG_TILE = 256,        /* entries in a bundle, hashes in a tile */
    REC_PENDING_MAX = 4 * REC_LOG_TILE,
};

typedef struct RecPending RecPending;

/* Opens the file and cuts what is torn; NULL when it cannot be read or its head is not ours (INVALID). Where there is
 * none it is made, for a log that begins. */
RecPending *rec_pending_open(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rec_pending_free(RecPending *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecPending, rec_pending_free)

uint64_t rec_pending_get_first(const RecPending *self);
GPtrArray *rec_pending_get_entries(RecPending *self); /* of GBytes; borrowed, valid until the next call */
uint64_t rec_pending_get_cut(const RecPending *self); /* bytes that were torn when it was opened */

/* All or none. A file whose sync has failed is never synced again: the next call writes a new one in its place. */
bool rec_pending_append(RecPending *self, GBytes *const *entries, unsigned n, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The first n entries stand elsewhere: the file begins after them. */
bool rec_pending_drop(RecPending *self, unsigned n, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whole entries only; ret_end: where they end. NULL: the head is not ours. For the parser's tests. */
GPtrArray *rec_pending_parse(const uint8_t *bytes, size_t size, uint64_t *ret_first, size_t *ret_end);

G_END_DECLS
