#include "recorder/verify/hash.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct VerHash {
    EVP_MD_CTX *context;
    const EVP_MD *digest;
};

static void
require(bool worked)
{
    if (worked)
        return;
    fputs("libcrypto 不能计算杂凑 cannot compute a hash\n", stderr);
    exit(VER_EXIT_UNKNOWN);
}

VerHash *
ver_hash_new(VerHashKind kind)
{
    VerHash *self = ver_alloc(1, sizeof *self);

    self->context = EVP_MD_CTX_new();
    self->digest = kind == VER_SHA256 ? EVP_sha256() : EVP_sm3();
    require(self->context && EVP_DigestInit_ex(self->context, self->digest, NULL) == 1);
    return self;
}

void
ver_hash_free(VerHash *self)
{
    if (!self)
        return;
    EVP_MD_CTX_free(self->context);
    free(self);
}

void
ver_hash_add(VerHash *self, const void *data, size_t size)
{
    require(EVP_DigestUpdate(self->context, data, size) == 1);
}

void
ver_hash_finish(VerHash *self, uint8_t ret_hash[VER_HASH_BYTES])
{
    unsigned size = 0;

    require(EVP_DigestFinal_ex(self->context, ret_hash, &size) == 1 && size == VER_HASH_BYTES);
    require(EVP_DigestInit_ex(self->context, self->digest, NULL) == 1);
}

void
ver_hash_of(VerHashKind kind, const void *data, size_t size, uint8_t ret_hash[VER_HASH_BYTES])
{
    VerHash *hash = ver_hash_new(kind);

    ver_hash_add(hash, data, size);
    ver_hash_finish(hash, ret_hash);
    ver_hash_free(hash);
}

static void
hash_leaf(VerHash *hash, const void *leaf, size_t size, uint8_t ret_hash[VER_HASH_BYTES])
{
    ver_hash_add(hash, "\0", 1);
    ver_hash_add(hash, leaf, size);
    ver_hash_finish(hash, ret_hash);
}

static void
hash_node(VerHash *hash, const uint8_t *left, const uint8_t *right, uint8_t ret_hash[VER_HASH_BYTES])
{
    ver_hash_add(hash, "\1", 1);
    ver_hash_add(hash, left, VER_HASH_BYTES);
    ver_hash_add(hash, right, VER_HASH_BYTES);
    ver_hash_finish(hash, ret_hash);
}

void
ver_tree_add(VerTree *self, const void *leaf, size_t size)
{
    uint8_t hash[VER_HASH_BYTES];
    unsigned height = 0;

    hash_leaf(self->hash, leaf, size, hash);
    /* a one in the count is a full tree that waits for its right neighbour */
    for (uint64_t n = self->n_leaves; (n & 1) && height < VER_TREE_MAX_HEIGHT - 1; n >>= 1)
        hash_node(self->hash, self->edge[height++], hash, hash);
    memcpy(self->edge[height], hash, sizeof hash);
    self->n_leaves++;
}

void
ver_tree_root(const VerTree *self, uint8_t ret_root[VER_HASH_BYTES])
{
    bool any = false;

    if (self->n_leaves == 0)
        ver_hash_finish(self->hash, ret_root); /* of nothing */
    for (unsigned height = 0; height < VER_TREE_MAX_HEIGHT; height++) {
        if (!(self->n_leaves >> height & 1))
            continue;
        if (any)
            hash_node(self->hash, self->edge[height], ret_root, ret_root);
        else
            memcpy(ret_root, self->edge[height], VER_HASH_BYTES);
        any = true;
    }
}

void
ver_leaf_hash(const void *leaf, size_t size, uint8_t ret_hash[VER_HASH_BYTES])
{
    VerHash *hash = ver_hash_new(VER_SHA256);

    hash_leaf(hash, leaf, size, ret_hash);
    ver_hash_free(hash);
}

/* From a leaf, or the root of a full subtree, up to the roots of two trees. */
typedef struct {
    uint64_t first, last;
    uint8_t older[VER_HASH_BYTES], newer[VER_HASH_BYTES];
} Walk;

static bool
step(Walk *walk, VerHash *hash, const uint8_t *next)
{
    if (walk->last == 0)
        return false;
    if ((walk->first & 1) || walk->first == walk->last) {
        hash_node(hash, next, walk->older, walk->older);
        hash_node(hash, next, walk->newer, walk->newer);
        while (!(walk->first & 1) && walk->first != 0) {
            walk->first >>= 1;
            walk->last >>= 1;
        }
    } else {
        hash_node(hash, walk->newer, next, walk->newer);
    }
    walk->first >>= 1;
    walk->last >>= 1;
    return true;
}

/* All of the proof from this hash on leads to the newer root. */
static bool
climb(Walk *walk, const VerProof *proof, size_t used, const VerTreeHead *newer)
{
    VerHash *hash = ver_hash_new(VER_SHA256);
    bool fits = true;

    while (fits && used < proof->n)
        fits = step(walk, hash, proof->hashes[used++]);
    ver_hash_free(hash);
    return fits && walk->last == 0 && memcmp(walk->newer, newer->root, VER_HASH_BYTES) == 0;
}

/* RFC 9162, 2.1.3.2 */
bool
ver_proof_includes(const VerProof *proof, uint64_t index, const uint8_t leaf[VER_HASH_BYTES], const VerTreeHead *head)
{
    Walk walk = { index, head->size - 1, { 0 }, { 0 } };

    memcpy(walk.newer, leaf, VER_HASH_BYTES);
    return index < head->size && climb(&walk, proof, 0, head);
}

/* RFC 9162, 2.1.4.2 */
bool
ver_proof_is_consistent(const VerProof *proof, const VerTreeHead *older, const VerTreeHead *newer)
{
    Walk walk = { older->size - 1, newer->size - 1, { 0 }, { 0 } };
    size_t used = 0;

    if (older->size == newer->size)
        return proof->n == 0 && memcmp(older->root, newer->root, VER_HASH_BYTES) == 0;
    if (older->size == 0)
        return proof->n == 0;
    if (older->size > newer->size || proof->n == 0)
        return false;
    while (walk.first & 1) {
        walk.first >>= 1;
        walk.last >>= 1;
    }
    const uint8_t *begin = walk.first == 0 ? older->root : proof->hashes[used++];
    memcpy(walk.older, begin, VER_HASH_BYTES);
    memcpy(walk.newer, begin, VER_HASH_BYTES);
    return climb(&walk, proof, used, newer) && memcmp(walk.older, older->root, VER_HASH_BYTES) == 0;
}
