/* recorder/evidence/chunks.h - leaves.jsonl as it was read: the chunks of every file, and the roots of both trees over its lines
 *
 * Strict: every line is an object of this session; lines of a file stand together, its chunks cover it from 0 without holes.
 * Ownership: the caller. Thread: any; reading media blocks. */
#pragma once

#include "recorder/evidence/merkle.h"

G_BEGIN_DECLS

enum { REC_CHUNKS_MAX_LINES = 1000000, REC_CHUNKS_MAX_LINE_BYTES = 4096 };

typedef struct RecChunks RecChunks;

RecChunks *rec_chunks_parse(const char *text, size_t size, const char *session,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
void rec_chunks_free(RecChunks *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecChunks, rec_chunks_free)

unsigned rec_chunks_get_count(const RecChunks *self);
void rec_chunks_get_root(const RecChunks *self, RecHashKind kind, uint8_t ret_root[REC_HASH_SIZE]);
/* ret_first: number of its first line; 0 chunks: there are none of it. */
unsigned rec_chunks_find(const RecChunks *self, const char *file, unsigned *ret_first);

/* Where the plain bytes of a recording's files come from. read is of the file that was opened last. */
typedef struct {
    bool (*open)(const char *file, uint64_t *ret_bytes, void *user_data, GError **error);
    bool (*read)(uint64_t offset, void *buffer, size_t size, void *user_data, GError **error);
    void *user_data;
} RecMedia;

/* Reads the whole file once: every chunk against its two hashes. INVALID names file and chunk. */
bool rec_chunks_check_file(const RecChunks *self, const char *file, const RecMedia *media, RecHashes *ret_hashes,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
