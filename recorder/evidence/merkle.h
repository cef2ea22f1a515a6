/* recorder/evidence/merkle.h - Merkle trees of RFC 6962, over SHA-256 or SM3: roots, proofs and their checks
 *
 * RecMerkle is a value that grows leaf by leaf and keeps the roots of its complete subtrees only (at most 64). Proofs
 * ask for roots of complete subtrees through a function: they may lie in memory or in tiles. Thread: any, one at a
 * time. */
#pragma once

#include "recorder/evidence/hash.h"

G_BEGIN_DECLS

enum { REC_MERKLE_MAX_LEVELS = 64, REC_MERKLE_MAX_PROOF = 128 }; /* hashes in a proof */

typedef struct {
    RecHashKind kind;
    uint64_t size; /* bit n set: nodes[n] is the root of a complete subtree of 2^n leaves */
    uint8_t nodes[REC_MERKLE_MAX_LEVELS][REC_HASH_SIZE];
} RecMerkle;

void rec_merkle_init(RecMerkle *self, RecHashKind kind);
void rec_merkle_add(RecMerkle *self, const void *leaf, size_t size);
void rec_merkle_add_hash(RecMerkle *self, const uint8_t leaf_hash[REC_HASH_SIZE]);
void rec_merkle_get_root(const RecMerkle *self, uint8_t ret_root[REC_HASH_SIZE]);

void rec_merkle_hash_leaf(RecHashKind kind, const void *leaf, size_t size, uint8_t ret_hash[REC_HASH_SIZE]);
void rec_merkle_hash_node(RecHashKind kind, const uint8_t left[REC_HASH_SIZE], const uint8_t right[REC_HASH_SIZE],
                          uint8_t ret_hash[REC_HASH_SIZE]);

/* The root of the complete subtree over leaves [index << level, (index + 1) << level). */
typedef struct {
    RecHashKind kind;
    bool (*read)(unsigned level, uint64_t index, uint8_t ret_hash[REC_HASH_SIZE], void *user_data, GError **error);
    void *user_data;
} RecMerkleSource;

/* The root over leaves [0, size). */
bool rec_merkle_read_root(const RecMerkleSource *source, uint64_t size, uint8_t ret_root[REC_HASH_SIZE],
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Hashes one after the other, lowest first. Owned. LIMIT: there is no such leaf or size. */
GByteArray *rec_merkle_prove_inclusion(const RecMerkleSource *source, uint64_t index, uint64_t size,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;
GByteArray *rec_merkle_prove_consistency(const RecMerkleSource *source, uint64_t older, uint64_t newer,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A proof that somebody else made. */
typedef struct {
    RecHashKind kind;
    const uint8_t *hashes; /* borrowed, n_hashes * REC_HASH_SIZE */
    size_t n_hashes;
} RecMerkleProof;

bool rec_merkle_check_inclusion(const RecMerkleProof *proof, uint64_t index, uint64_t size,
                                const uint8_t leaf_hash[REC_HASH_SIZE], const uint8_t root[REC_HASH_SIZE]);
bool rec_merkle_check_consistency(const RecMerkleProof *proof, uint64_t older, uint64_t newer,
                                  const uint8_t older_root[REC_HASH_SIZE], const uint8_t newer_root[REC_HASH_SIZE]);

G_END_DECLS
