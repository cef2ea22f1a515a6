/* recorder/verify/hash.h - SHA-256 and SM3, and the trees of RFC 6962 and RFC 9162 made with them
 *
 * Ownership: the caller. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/verify/bytes.h"

typedef enum { VER_SHA256, VER_SM3 } VerHashKind;

typedef struct VerHash VerHash; /* one running sum */

VerHash *ver_hash_new(VerHashKind kind);
void ver_hash_free(VerHash *self);
void ver_hash_add(VerHash *self, const void *data, size_t size);
void ver_hash_finish(VerHash *self, uint8_t ret_hash[VER_HASH_BYTES]); /* and begins anew */

void ver_hash_of(VerHashKind kind, const void *data, size_t size, uint8_t ret_hash[VER_HASH_BYTES]);

/* A tree that keeps its right edge only. Zeroed: empty. */
enum { VER_TREE_MAX_HEIGHT = 40 };
typedef struct {
    VerHash *hash; /* borrowed */
    uint64_t n_leaves;
    uint8_t edge[VER_TREE_MAX_HEIGHT][VER_HASH_BYTES];
} VerTree;

void ver_tree_add(VerTree *self, const void *leaf, size_t size);
void ver_tree_root(const VerTree *self, uint8_t ret_root[VER_HASH_BYTES]);

/* SHA-256 trees of logs. */
enum { VER_PROOF_MAX = 64 };
typedef struct {
    uint8_t hashes[VER_PROOF_MAX][VER_HASH_BYTES];
    size_t n;
} VerProof;

typedef struct {
    uint64_t size;
    uint8_t root[VER_HASH_BYTES];
} VerTreeHead;

void ver_leaf_hash(const void *leaf, size_t size, uint8_t ret_hash[VER_HASH_BYTES]);
bool ver_proof_includes(const VerProof *proof, uint64_t index, const uint8_t leaf[VER_HASH_BYTES],
                        const VerTreeHead *head);
/* The larger tree begins with all of the smaller one. */
bool ver_proof_is_consistent(const VerProof *proof, const VerTreeHead *older, const VerTreeHead *newer);
