#include "recorder/evidence/merkle.h"

#include <string.h>

void
rec_merkle_hash_leaf(RecHashKind kind, const void *leaf, size_t size, uint8_t ret_hash[REC_HASH_SIZE])
{
    const RecSlice slices[] = { { "\x00", 1 }, { leaf, size } };

    rec_hash_slices(kind, slices, G_N_ELEMENTS(slices), ret_hash);
}

void
rec_merkle_hash_node(RecHashKind kind, const uint8_t left[REC_HASH_SIZE], const uint8_t right[REC_HASH_SIZE],
                     uint8_t ret_hash[REC_HASH_SIZE])
{
    const RecSlice slices[] = { { "\x01", 1 }, { left, REC_HASH_SIZE }, { right, REC_HASH_SIZE } };

    rec_hash_slices(kind, slices, G_N_ELEMENTS(slices), ret_hash);
}

void
rec_merkle_init(RecMerkle *self, RecHashKind kind)
{
    *self = (RecMerkle){ .kind = kind };
}

void
rec_merkle_add(RecMerkle *self, const void *leaf, size_t size)
{
    uint8_t hash[REC_HASH_SIZE];

    rec_merkle_hash_leaf(self->kind, leaf, size, hash);
    rec_merkle_add_hash(self, hash);
}

/* As a binary counter: two subtrees of one size become one of the next. */
void
rec_merkle_add_hash(RecMerkle *self, const uint8_t leaf_hash[REC_HASH_SIZE])
{
    uint8_t hash[REC_HASH_SIZE];
    unsigned level = 0;

    memcpy(hash, leaf_hash, REC_HASH_SIZE);
    for (; (self->size >> level & 1) != 0; level++)
        rec_merkle_hash_node(self->kind, self->nodes[level], hash, hash);
    memcpy(self->nodes[level], hash, REC_HASH_SIZE);
    self->size++;
}

void
rec_merkle_get_root(const RecMerkle *self, uint8_t ret_root[REC_HASH_SIZE])
{
    bool found = false;

    if (self->size == 0) {
        rec_hash_slices(self->kind, NULL, 0, ret_root);
        return;
    }
    for (unsigned level = 0; level < REC_MERKLE_MAX_LEVELS; level++) {
        if ((self->size >> level & 1) == 0)
            continue;
        if (found)
            rec_merkle_hash_node(self->kind, self->nodes[level], ret_root, ret_root);
        else
            memcpy(ret_root, self->nodes[level], REC_HASH_SIZE);
        found = true;
    }
}

/* The largest power of two below n; n > 1. */
static unsigned
get_split(uint64_t n)
{
    return 63 - (unsigned)__builtin_clzll(n - 1);
}

/* The root over leaves [from, from + n); from is a multiple of the power of two at or above n. */
static bool
read_range(const RecMerkleSource *source, uint64_t from, uint64_t n, uint8_t ret_hash[REC_HASH_SIZE], GError **error)
{
    uint8_t left[REC_HASH_SIZE], right[REC_HASH_SIZE];

    if ((n & (n - 1)) == 0) {
        unsigned level = (unsigned)__builtin_ctzll(n);
        return source->read(level, from >> level, ret_hash, source->user_data, error);
    }
    uint64_t k = UINT64_C(1) << get_split(n);
    if (!read_range(source, from, k, left, error) || !read_range(source, from + k, n - k, right, error))
        return false;
    rec_merkle_hash_node(source->kind, left, right, ret_hash);
    return true;
}

bool
rec_merkle_read_root(const RecMerkleSource *source, uint64_t size, uint8_t ret_root[REC_HASH_SIZE], GError **error)
{
    if (size > 0)
        return read_range(source, 0, size, ret_root, error);
    rec_hash_slices(source->kind, NULL, 0, ret_root);
    return true;
}

/* What a proof consists of, outermost first: gathered on the way down, handed out the other way round. */
typedef struct {
    const RecMerkleSource *source;
    uint8_t hashes[REC_MERKLE_MAX_PROOF][REC_HASH_SIZE];
    unsigned n;
} Path;

static bool
path_add(Path *path, uint64_t from, uint64_t n, GError **error)
{
    g_assert(path->n < REC_MERKLE_MAX_PROOF);
    if (!read_range(path->source, from, n, path->hashes[path->n], error))
        return false;
    path->n++;
    return true;
}

static GByteArray *
path_finish(const Path *path)
{
    GByteArray *proof = g_byte_array_new();

    for (unsigned i = path->n; i > 0; i--)
        g_byte_array_append(proof, path->hashes[i - 1], REC_HASH_SIZE);
    return proof;
}

static GByteArray *
refuse(GError **error, uint64_t asked, uint64_t size)
{
    g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_LIMIT,
                "there is no proof of %" G_GUINT64_FORMAT " in a tree of %" G_GUINT64_FORMAT, asked, size);
    return NULL;
}

GByteArray *
rec_merkle_prove_inclusion(const RecMerkleSource *source, uint64_t index, uint64_t size, GError **error)
{
    Path path = { .source = source };
    uint64_t from = 0, n = size;

    if (index >= size)
        return refuse(error, index, size);
    while (n > 1) {
        uint64_t k = UINT64_C(1) << get_split(n);
        bool left = index - from < k;

        if (!path_add(&path, left ? from + k : from, left ? n - k : k, error))
            return NULL;
        from += left ? 0 : k;
        n = left ? k : n - k;
    }
    return path_finish(&path);
}

GByteArray *
rec_merkle_prove_consistency(const RecMerkleSource *source, uint64_t older, uint64_t newer, GError **error)
{
    Path path = { .source = source };
    uint64_t from = 0, m = older, n = newer;
    bool whole = true; /* what is left of the older tree is all of it: its root is known */

    if (older == 0 || older > newer)
        return refuse(error, older, newer);
    while (m < n) {
        uint64_t k = UINT64_C(1) << get_split(n);
        bool left = m <= k;

        if (!path_add(&path, left ? from + k : from, left ? n - k : k, error))
            return NULL;
        whole = whole && left;
        from += left ? 0 : k;
        m -= left ? 0 : k;
        n = left ? k : n - k;
    }
    if (!whole && !path_add(&path, from, m, error))
        return NULL;
    return path_finish(&path);
}

static const uint8_t *
proof_get(const RecMerkleProof *proof, size_t i)
{
    return proof->hashes + i * REC_HASH_SIZE;
}

/* RFC 9162, 2.1.3.2. */
bool
rec_merkle_check_inclusion(const RecMerkleProof *proof, uint64_t index, uint64_t size,
                           const uint8_t leaf_hash[REC_HASH_SIZE], const uint8_t root[REC_HASH_SIZE])
{
    uint64_t fn = index, sn = size - 1;
    uint8_t hash[REC_HASH_SIZE];

    if (index >= size || proof->n_hashes > REC_MERKLE_MAX_PROOF)
        return false;
    memcpy(hash, leaf_hash, REC_HASH_SIZE);
    for (size_t i = 0; i < proof->n_hashes; i++) {
        if (sn == 0)
            return false;
        if ((fn & 1) != 0 || fn == sn) {
            rec_merkle_hash_node(proof->kind, proof_get(proof, i), hash, hash);
            for (; (fn & 1) == 0 && fn != 0; fn >>= 1)
                sn >>= 1;
        } else {
            rec_merkle_hash_node(proof->kind, hash, proof_get(proof, i), hash);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && memcmp(hash, root, REC_HASH_SIZE) == 0;
}

/* RFC 9162, 2.1.4.2. */
bool
rec_merkle_check_consistency(const RecMerkleProof *proof, uint64_t older, uint64_t newer,
                             const uint8_t older_root[REC_HASH_SIZE], const uint8_t newer_root[REC_HASH_SIZE])
{
    uint64_t fn = older - 1, sn = newer - 1;
    uint8_t fr[REC_HASH_SIZE], sr[REC_HASH_SIZE];
    bool power = (older & (older - 1)) == 0;
    size_t i = power ? 0 : 1;

    if (older == 0 || older > newer || proof->n_hashes > REC_MERKLE_MAX_PROOF)
        return false;
    if (older == newer)
        return proof->n_hashes == 0 && memcmp(older_root, newer_root, REC_HASH_SIZE) == 0;
    if (proof->n_hashes == 0)
        return false;
    for (; (fn & 1) != 0; fn >>= 1)
        sn >>= 1;
    memcpy(fr, power ? older_root : proof_get(proof, 0), REC_HASH_SIZE);
    memcpy(sr, fr, REC_HASH_SIZE);
    for (; i < proof->n_hashes; i++) {
        if (sn == 0)
            return false;
        if ((fn & 1) != 0 || fn == sn) {
            rec_merkle_hash_node(proof->kind, proof_get(proof, i), fr, fr);
            rec_merkle_hash_node(proof->kind, proof_get(proof, i), sr, sr);
            for (; (fn & 1) == 0 && fn != 0; fn >>= 1)
                sn >>= 1;
        } else {
            rec_merkle_hash_node(proof->kind, sr, proof_get(proof, i), sr);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && memcmp(fr, older_root, REC_HASH_SIZE) == 0 && memcmp(sr, newer_root, REC_HASH_SIZE) == 0;
}
