/* recorder/evidence/hash.h - SHA-256 and SM3 of the same bytes, in one pass
 *
 * Ownership: the caller. Thread: any, one at a time. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/evidence/error.h"

G_BEGIN_DECLS

enum { REC_HASH_SIZE = 32 }; /* of either */

typedef enum {
    REC_HASH_SHA256,
    REC_HASH_SM3,
} RecHashKind;

typedef struct {
    uint8_t sha256[REC_HASH_SIZE], sm3[REC_HASH_SIZE];
    uint64_t bytes;
} RecHashes;

typedef struct {
    const void *data;
    size_t size;
} RecSlice; /* borrowed */

typedef struct RecHasher RecHasher;

RecHasher *rec_hasher_new(void);
void rec_hasher_free(RecHasher *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecHasher, rec_hasher_free)
void rec_hasher_add(RecHasher *self, const void *data, size_t size);
void rec_hasher_finish(RecHasher *self, RecHashes *ret_hashes); /* starts again at nothing */

void rec_hash_bytes(const void *data, size_t size, RecHashes *ret_hashes);
/* One hash over slices, one after the other. */
void rec_hash_slices(RecHashKind kind, const RecSlice *slices, unsigned n, uint8_t ret_hash[REC_HASH_SIZE]);
bool rec_hash_file(const char *path, RecHashes *ret_hashes, GError **error) G_GNUC_WARN_UNUSED_RESULT;

char *rec_hash_to_hex(const uint8_t hash[REC_HASH_SIZE]); /* lower case */
bool rec_hash_from_hex(const char *hex, uint8_t ret_hash[REC_HASH_SIZE]);

G_END_DECLS
