#include "recorder/evidence/merkle.h"

#include <string.h>

/* The inputs and roots that the implementations of RFC 6962 share. */
static const char *const inputs[] = {
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"
};
static const char *const roots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

enum { MAX_LEAVES = 70 };

static void
assert_hex(const uint8_t hash[REC_HASH_SIZE], const char *expected)
{
    g_autofree char *hex = rec_hash_to_hex(hash);

    g_assert_cmpstr(hex, ==, expected);
}

static void
rfc_6962_roots(void)
{
    uint8_t root[REC_HASH_SIZE];
    RecMerkle tree;

    rec_merkle_init(&tree, REC_HASH_SHA256);
    for (unsigned n = 0;; n++) {
        rec_merkle_get_root(&tree, root);
        assert_hex(root, roots[n]);
        if (n == G_N_ELEMENTS(inputs))
            break;
        uint8_t leaf[16];
        size_t size = strlen(inputs[n]) / 2;
        for (size_t i = 0; i < size; i++)
            leaf[i] =
                (uint8_t)(g_ascii_xdigit_value(inputs[n][2 * i]) << 4 | g_ascii_xdigit_value(inputs[n][2 * i + 1]));
        rec_merkle_add(&tree, leaf, size);
    }
}

/* MTH of RFC 6962, word by word. */
static void
naive_root(RecHashKind kind, uint64_t from, uint64_t n, uint8_t ret_root[REC_HASH_SIZE])
{
    uint8_t left[REC_HASH_SIZE], right[REC_HASH_SIZE];
    uint64_t k = 1;

    if (n == 1) {
        rec_merkle_hash_leaf(kind, &from, sizeof from, ret_root);
        return;
    }
    while (2 * k < n)
        k *= 2;
    naive_root(kind, from, k, left);
    naive_root(kind, from + k, n - k, right);
    rec_merkle_hash_node(kind, left, right, ret_root);
}

static bool
read_node(unsigned level, uint64_t index, uint8_t ret_hash[REC_HASH_SIZE], void *user_data, GError **error)
{
    (void)error;
    naive_root(*(RecHashKind *)user_data, index << level, UINT64_C(1) << level, ret_hash);
    return true;
}

static void
grown_is_the_same_as_computed(void)
{
    for (RecHashKind kind = REC_HASH_SHA256; kind <= REC_HASH_SM3; kind++) {
        RecMerkle tree;

        rec_merkle_init(&tree, kind);
        for (uint64_t n = 1; n <= MAX_LEAVES; n++) {
            uint8_t grown[REC_HASH_SIZE], naive[REC_HASH_SIZE];
            uint64_t leaf = n - 1;

            rec_merkle_add(&tree, &leaf, sizeof leaf);
            rec_merkle_get_root(&tree, grown);
            naive_root(kind, 0, n, naive);
            g_assert_cmpmem(grown, REC_HASH_SIZE, naive, REC_HASH_SIZE);
        }
    }
}

static RecMerkleProof
get_proof(RecHashKind kind, const GByteArray *hashes)
{
    return (RecMerkleProof){ kind, hashes->data, hashes->len / REC_HASH_SIZE };
}

static void
every_leaf_is_proven(void)
{
    for (RecHashKind kind = REC_HASH_SHA256; kind <= REC_HASH_SM3; kind++) {
        const RecMerkleSource source = { kind, read_node, &kind };

        for (uint64_t size = 1; size <= MAX_LEAVES; size++) {
            uint8_t root[REC_HASH_SIZE];

            naive_root(kind, 0, size, root);
            for (uint64_t index = 0; index < size; index++) {
                g_autoptr(GByteArray) hashes = rec_merkle_prove_inclusion(&source, index, size, NULL);
                RecMerkleProof proof = get_proof(kind, hashes);
                uint8_t leaf[REC_HASH_SIZE];

                rec_merkle_hash_leaf(kind, &index, sizeof index, leaf);
                g_assert_true(rec_merkle_check_inclusion(&proof, index, size, leaf, root));
                g_assert_false(rec_merkle_check_inclusion(&proof, index + 1, size, leaf, root));
                leaf[0] ^= 1;
                g_assert_false(rec_merkle_check_inclusion(&proof, index, size, leaf, root));
            }
        }
    }
}

static void
every_growth_is_proven(void)
{
    RecHashKind kind = REC_HASH_SHA256;
    const RecMerkleSource source = { kind, read_node, &kind };

    for (uint64_t newer = 1; newer <= MAX_LEAVES; newer++) {
        uint8_t older_root[REC_HASH_SIZE], newer_root[REC_HASH_SIZE];

        naive_root(kind, 0, newer, newer_root);
        for (uint64_t older = 1; older <= newer; older++) {
            g_autoptr(GByteArray) hashes = rec_merkle_prove_consistency(&source, older, newer, NULL);
            RecMerkleProof proof = get_proof(kind, hashes);

            naive_root(kind, 0, older, older_root);
            g_assert_true(rec_merkle_check_consistency(&proof, older, newer, older_root, newer_root));
            older_root[0] ^= 1;
            g_assert_false(rec_merkle_check_consistency(&proof, older, newer, older_root, newer_root));
            older_root[0] ^= 1;
            newer_root[31] ^= 1;
            g_assert_false(rec_merkle_check_consistency(&proof, older, newer, older_root, newer_root));
            newer_root[31] ^= 1;
        }
    }
}

static void
a_proof_that_is_too_long_or_too_short_is_refused(void)
{
    RecHashKind kind = REC_HASH_SHA256;
    const RecMerkleSource source = { kind, read_node, &kind };
    g_autoptr(GByteArray) hashes = rec_merkle_prove_inclusion(&source, 5, 11, NULL);
    RecMerkleProof proof = get_proof(kind, hashes);
    uint8_t root[REC_HASH_SIZE], leaf[REC_HASH_SIZE];
    uint64_t index = 5;

    naive_root(kind, 0, 11, root);
    rec_merkle_hash_leaf(kind, &index, sizeof index, leaf);
    proof.n_hashes--;
    g_assert_false(rec_merkle_check_inclusion(&proof, 5, 11, leaf, root));
    g_byte_array_append(hashes, root, sizeof root);
    proof = get_proof(kind, hashes);
    g_assert_false(rec_merkle_check_inclusion(&proof, 5, 11, leaf, root));
    proof.n_hashes = REC_MERKLE_MAX_PROOF + 1;
    g_assert_false(rec_merkle_check_inclusion(&proof, 5, 11, leaf, root));
}

static void
what_is_not_there_has_no_proof(void)
{
    RecHashKind kind = REC_HASH_SHA256;
    const RecMerkleSource source = { kind, read_node, &kind };
    const uint64_t cases[][2] = { { 0, 0 }, { 5, 5 }, { G_MAXUINT64, 5 } };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_null(rec_merkle_prove_inclusion(&source, cases[i][0], cases[i][1], &error));
        g_assert_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_LIMIT);
    }
    g_assert_null(rec_merkle_prove_consistency(&source, 0, 5, NULL));
    g_assert_null(rec_merkle_prove_consistency(&source, 6, 5, NULL));
}

static void
both_hashes_are_what_the_standards_say(void)
{
    RecHashes hashes;

    rec_hash_bytes("abc", 3, &hashes);
    assert_hex(hashes.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_hex(hashes.sm3, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    g_assert_cmpuint(hashes.bytes, ==, 3);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/evidence/hash/both-hashes-are-what-the-standards-say", both_hashes_are_what_the_standards_say);
    g_test_add_func("/evidence/merkle/rfc-6962-roots", rfc_6962_roots);
    g_test_add_func("/evidence/merkle/grown-is-the-same-as-computed", grown_is_the_same_as_computed);
    g_test_add_func("/evidence/merkle/every-leaf-is-proven", every_leaf_is_proven);
    g_test_add_func("/evidence/merkle/every-growth-is-proven", every_growth_is_proven);
    g_test_add_func("/evidence/merkle/a-proof-that-is-too-long-or-too-short-is-refused",
                    a_proof_that_is_too_long_or_too_short_is_refused);
    g_test_add_func("/evidence/merkle/what-is-not-there-has-no-proof", what_is_not_there_has_no_proof);
    return g_test_run();
}
