#include "recorder/vault.h"

#include <glib/gstdio.h>
#include <string.h>

#include "tests/recorder/folder.h"

enum {
    BLOCK = REC_VAULT_BLOCK_BYTES,
    HEADER = REC_CIPHER_HEADER_BYTES,
    GCM_TAG = 16,
};

typedef struct {
    char *dir;
    RecKey key;
    RecCipherKind cipher;
    uint8_t *bytes;
    size_t size;
} Safe;

static void
write_file(Safe *self)
{
    RecVaultConfig config = { self->dir, "a.webm", &self->key, self->size, self->cipher };
    g_autoptr(GError) error = NULL;
    g_autoptr(RecVaultWriter) writer = rec_vault_writer_new(&config, &error);

    g_assert_no_error(error);
    for (size_t done = 0; done < self->size;) {
        size_t n = MIN(self->size - done, 1000 + done % 70000);
        g_assert_true(rec_vault_writer_add(writer, self->bytes + done, n, &error));
        done += n;
    }
    g_assert_true(rec_vault_writer_finish(writer, &error));
    g_assert_no_error(error);
}

static void
safe_init(Safe *self, size_t size, RecCipherKind cipher)
{
    *self = (Safe){ .dir = folder_new(), .cipher = cipher, .bytes = g_malloc0(size + 1), .size = size };
    for (size_t i = 0; i < size; i++)
        self->bytes[i] = (uint8_t)(i * 7 + i / 251);
    for (unsigned i = 0; i < REC_KEY_BYTES; i++)
        self->key.bytes[i] = (uint8_t)i;
    write_file(self);
}

static void
safe_clear(Safe *self)
{
    g_free(self->bytes);
    folder_free(self->dir);
}

/* NULL, or the whole plain text. */
static uint8_t *
read_all(const Safe *self, const RecKey *key, GError **error)
{
    g_autoptr(RecVault) vault = rec_vault_open(self->dir, "a.webm", key, error);

    if (!vault)
        return NULL;
    g_assert_cmpuint(rec_vault_get_size(vault), ==, self->size);
    uint8_t *bytes = g_malloc0(self->size + 1);
    ssize_t n = rec_vault_pread(vault, bytes, self->size + 1, 0, error);
    if (n < 0) {
        g_free(bytes);
        return NULL;
    }
    g_assert_cmpint(n, ==, self->size);
    return bytes;
}

static void
assert_reads(const Safe *self)
{
    g_autoptr(GError) error = NULL;
    g_autofree uint8_t *bytes = read_all(self, &self->key, &error);

    g_assert_no_error(error);
    g_assert_cmpmem(bytes, self->size, self->bytes, self->size);
}

static void
assert_refused(const Safe *self)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(read_all(self, &self->key, &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, "a.webm"));
}

static char *
get_path(const Safe *self)
{
    return g_build_filename(self->dir, "a.webm" REC_VAULT_SUFFIX, NULL);
}

static char *
load_file(const Safe *self, size_t *ret_size)
{
    g_autofree char *path = get_path(self);
    char *bytes;

    g_assert_true(g_file_get_contents(path, &bytes, ret_size, NULL));
    return bytes;
}

static void
store_file(const Safe *self, const char *bytes, size_t size)
{
    g_autofree char *path = get_path(self);

    g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
}

static void
ciphers_have_names(void)
{
    static const char *const names[] = { "aes-256-gcm", "sm4-ctr-hmac-sm3" };

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        RecCipherKind kind = rec_cipher_kind_from_string(names[i]);
        g_assert_cmpstr(rec_cipher_kind_to_string(kind), ==, names[i]);
        g_assert_true(rec_cipher_is_there(kind));
    }
    g_assert_cmpuint(rec_cipher_kind_from_string("sm4-gcm"), ==, 0);
    g_assert_null(rec_cipher_kind_to_string(0));
    g_assert_null(rec_cipher_kind_to_string(3));
    g_assert_false(rec_cipher_is_there(3));
}

static const RecCipherKind ciphers[] = { REC_CIPHER_AES_256_GCM, REC_CIPHER_SM4_CTR_HMAC_SM3 };

static void
what_is_written_is_read(void)
{
    static const size_t sizes[] = { 0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK, 3 * BLOCK + 17 };

    for (unsigned c = 0; c < G_N_ELEMENTS(ciphers); c++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
            Safe safe;
            size_t size;
            safe_init(&safe, sizes[i], ciphers[c]);
            assert_reads(&safe);
            g_autofree char *bytes = load_file(&safe, &size);
            g_assert_true(size >= HEADER + sizes[i] + GCM_TAG);
            if (sizes[i] > 100)
                g_assert_null(memmem(bytes, size, safe.bytes + 50, 20));
            safe_clear(&safe);
        }
    }
}

static void
any_part_can_be_read(void)
{
    static const struct {
        uint64_t offset;
        size_t size, expected;
    } cases[] = {
        { 0, 1, 1 },
        { 10, BLOCK, BLOCK },
        { BLOCK - 1, 2, 2 },
        { BLOCK, 5, 5 },
        { 5, 2 * BLOCK, 2 * BLOCK },
        { 2 * BLOCK + 99, 10, 1 },
        { 2 * BLOCK + 100, 10, 0 },
        { UINT64_MAX, 10, 0 },
        { 7, 0, 0 },
        { 0, 3 * BLOCK, 2 * BLOCK + 100 },
    };
    Safe safe;

    safe_init(&safe, 2 * BLOCK + 100, REC_CIPHER_AES_256_GCM);
    g_autoptr(RecVault) vault = rec_vault_open(safe.dir, "a.webm", &safe.key, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree uint8_t *bytes = g_malloc(3 * BLOCK);
        ssize_t n = rec_vault_pread(vault, bytes, cases[i].size, cases[i].offset, NULL);
        g_assert_cmpint(n, ==, cases[i].expected);
        if (n > 0)
            g_assert_cmpmem(bytes, n, safe.bytes + cases[i].offset, n);
    }
    safe_clear(&safe);
}

/* Made by another program, with another library, from the description in docs/journal.md. */
static void
format_is_as_described(void)
{
    static const char *const files[] = {
        "594a5641554c5431000001000500000000000000c8c9cacbcccdcecfd0d1d2d3d4d5d6d7bbed0051"
        "59e9513d25294579d0718dbd590479d978",
        "594a5641554c5432000001000500000000000000c8c9cacbcccdcecfd0d1d2d3d4d5d6d72e0bf80f"
        "d88ab2e098a78a4d2332293d8f0d4d3cbe336e8c5126407bf51e0e144e947d755e",
    };

    for (unsigned c = 0; c < G_N_ELEMENTS(files); c++) {
        g_autofree char *bytes = g_malloc0(strlen(files[c]) / 2);
        Safe safe;
        safe_init(&safe, 5, ciphers[c]);
        for (size_t i = 0; i < strlen(files[c]) / 2; i++)
            bytes[i] = (char)(g_ascii_xdigit_value(files[c][2 * i]) << 4 | g_ascii_xdigit_value(files[c][2 * i + 1]));
        store_file(&safe, bytes, strlen(files[c]) / 2);
        assert_reads(&safe);
        safe_clear(&safe);
    }
}

/* So the same bytes under the same name and key lie there in another way, and no nonce is used twice. */
static void
no_file_is_written_in_the_same_way_twice(void)
{
    Safe safe;
    size_t size;

    safe_init(&safe, 100, REC_CIPHER_AES_256_GCM);
    g_autofree char *first = load_file(&safe, &size), *path = g_build_filename(safe.dir, "a.webm.enc", NULL);
    g_assert_cmpint(g_unlink(path), ==, 0);
    write_file(&safe);
    g_autofree char *second = load_file(&safe, &size);
    g_assert_cmpmem(first, HEADER - REC_CIPHER_SALT_BYTES, second, HEADER - REC_CIPHER_SALT_BYTES);
    g_assert_cmpint(memcmp(first + HEADER, second + HEADER, 100), !=, 0);
    assert_reads(&safe);
    safe_clear(&safe);
}

static void
every_flipped_bit_is_noticed(void)
{
    for (unsigned c = 0; c < G_N_ELEMENTS(ciphers); c++) {
        Safe safe;
        size_t size;
        safe_init(&safe, BLOCK + 40, ciphers[c]);
        g_autofree char *bytes = load_file(&safe, &size);
        for (size_t i = 0; i < size; i += i < HEADER || i > BLOCK + HEADER - 2 ? 1 : 4099) {
            bytes[i] ^= (char)(1 << i % 8);
            store_file(&safe, bytes, size);
            assert_refused(&safe);
            bytes[i] ^= (char)(1 << i % 8);
        }
        store_file(&safe, bytes, size);
        assert_reads(&safe);
        safe_clear(&safe);
    }
}

static void
a_cut_or_grown_file_is_noticed(void)
{
    static const size_t cuts[] = { 1, GCM_TAG, 40 + GCM_TAG, 40 + GCM_TAG + 1, BLOCK + 40 + 2 * GCM_TAG, BLOCK + 80 };
    Safe safe;
    size_t size;

    safe_init(&safe, BLOCK + 40, REC_CIPHER_AES_256_GCM);
    g_autofree char *bytes = load_file(&safe, &size);
    for (unsigned i = 0; i < G_N_ELEMENTS(cuts); i++) {
        store_file(&safe, bytes, size - cuts[i]);
        assert_refused(&safe);
    }
    store_file(&safe, bytes, 0);
    assert_refused(&safe);
    bytes = g_realloc(bytes, size + 1);
    store_file(&safe, bytes, size + 1);
    assert_refused(&safe);
    safe_clear(&safe);
}

/* A shorter file, with the size in its header set to fit. */
static void
a_cut_with_a_new_header_is_noticed(void)
{
    Safe safe;
    size_t size;

    safe_init(&safe, 2 * BLOCK, REC_CIPHER_AES_256_GCM);
    g_autofree char *bytes = load_file(&safe, &size);
    uint64_t less = GUINT64_TO_LE(BLOCK);
    memcpy(bytes + 12, &less, sizeof less);
    safe.size = BLOCK;
    store_file(&safe, bytes, HEADER + BLOCK + GCM_TAG);
    assert_refused(&safe);
    less = 0;
    memcpy(bytes + 12, &less, sizeof less);
    safe.size = 0;
    store_file(&safe, bytes, HEADER + GCM_TAG);
    assert_refused(&safe);
    safe_clear(&safe);
}

static void
swapped_blocks_are_noticed(void)
{
    for (unsigned c = 0; c < G_N_ELEMENTS(ciphers); c++) {
        Safe safe;
        size_t size, step = BLOCK + rec_cipher_get_tag_bytes(ciphers[c]);
        safe_init(&safe, 3 * BLOCK, ciphers[c]);
        g_autofree char *bytes = load_file(&safe, &size), *other = g_malloc(size);
        memcpy(other, bytes, size);
        memcpy(other + HEADER, bytes + HEADER + step, step);
        memcpy(other + HEADER + step, bytes + HEADER, step);
        store_file(&safe, other, size);
        assert_refused(&safe);
        memcpy(other, bytes, size);
        memcpy(other + HEADER + 2 * step, bytes + HEADER, step);
        store_file(&safe, other, size);
        assert_refused(&safe);
        safe_clear(&safe);
    }
}

static void
damage_is_named_and_the_rest_can_be_read(void)
{
    g_autoptr(GError) error = NULL;
    Safe safe;
    size_t size;
    uint8_t byte;

    safe_init(&safe, 3 * BLOCK, REC_CIPHER_AES_256_GCM);
    g_autofree char *bytes = load_file(&safe, &size);
    bytes[HEADER + BLOCK + GCM_TAG + 5] ^= 1;
    store_file(&safe, bytes, size);
    g_autoptr(RecVault) vault = rec_vault_open(safe.dir, "a.webm", &safe.key, NULL);
    g_assert_cmpint(rec_vault_pread(vault, &byte, 1, BLOCK + 9, &error), ==, -1);
    g_assert_error(error, REC_ERROR, REC_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, "bytes 65536 to 131072"));
    g_assert_cmpint(rec_vault_pread(vault, &byte, 1, BLOCK - 1, NULL), ==, 1);
    g_assert_cmpint(rec_vault_pread(vault, &byte, 1, 2 * BLOCK, NULL), ==, 1);
    safe_clear(&safe);
}

static void
another_key_or_name_opens_nothing(void)
{
    g_autoptr(GError) error = NULL;
    Safe safe;

    safe_init(&safe, 100, REC_CIPHER_AES_256_GCM);
    g_autofree char *path = get_path(&safe);
    g_autofree char *other = g_build_filename(safe.dir, "b.webm" REC_VAULT_SUFFIX, NULL);
    safe.key.bytes[31] ^= 1;
    assert_refused(&safe);
    safe.key.bytes[31] ^= 1;
    g_assert_null(rec_vault_open(safe.dir, "a.webm", NULL, &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_NO_KEY);
    g_clear_error(&error);
    g_assert_cmpint(g_rename(path, other), ==, 0);
    g_autoptr(RecVault) vault = rec_vault_open(safe.dir, "b.webm", &safe.key, &error);
    uint8_t byte;
    g_assert_cmpint(rec_vault_pread(vault, &byte, 1, 0, &error), ==, -1);
    g_assert_error(error, REC_ERROR, REC_ERROR_INVALID);
    safe_clear(&safe);
}

static void
unknown_ciphers_and_sizes_are_refused(void)
{
    static const struct {
        unsigned offset;
        uint8_t value;
    } edits[] = { { 0, 'X' }, { 7, '3' }, { 7, 0 }, { 10, 2 }, { 19, 0xFF }, { 17, 1 } };
    Safe safe;
    size_t size;

    safe_init(&safe, 100, REC_CIPHER_AES_256_GCM);
    for (unsigned i = 0; i < G_N_ELEMENTS(edits); i++) {
        g_autofree char *bytes = load_file(&safe, &size);
        uint8_t before = (uint8_t)bytes[edits[i].offset];
        bytes[edits[i].offset] = (char)edits[i].value;
        store_file(&safe, bytes, size);
        assert_refused(&safe);
        bytes[edits[i].offset] = (char)before;
        store_file(&safe, bytes, size);
    }
    assert_reads(&safe);
    safe_clear(&safe);
}

static void
an_unfinished_file_does_not_stay(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = folder_new();
    g_autofree char *path = g_build_filename(dir, "a.webm" REC_VAULT_SUFFIX, NULL);
    RecKey key = { { 0 } };
    RecVaultConfig config = { dir, "a.webm", &key, 10, 0 };

    RecVaultWriter *writer = rec_vault_writer_new(&config, &error);
    g_assert_no_error(error);
    g_assert_true(rec_vault_writer_add(writer, "123456", 6, NULL));
    g_assert_false(rec_vault_writer_add(writer, "123456", 6, &error));
    g_clear_error(&error);
    g_assert_false(rec_vault_writer_finish(writer, &error));
    g_clear_error(&error);
    rec_vault_writer_free(writer);
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));

    g_assert_true(g_file_set_contents(path, "other", 5, NULL));
    g_assert_null(rec_vault_writer_new(&config, &error)); /* never over another file */
    g_assert_error(error, REC_ERROR, REC_ERROR_IO);
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
    folder_free(g_steal_pointer(&dir));
}

static void
a_file_is_encrypted_and_comes_back(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = folder_new(), *plain = g_build_filename(dir, "n.txt", NULL), *text = NULL;
    g_autofree char *out = g_build_filename(dir, "out", NULL);
    RecKey key = { { 1 } };

    g_assert_true(g_file_set_contents(plain, "of a session", -1, NULL));
    g_autoptr(RecVault) before = rec_vault_open(dir, "n.txt", NULL, &error); /* a recording of before */
    g_assert_no_error(error);
    g_assert_false(rec_vault_get_cipher(before));
    g_assert_true(rec_vault_encrypt_file(dir, "n.txt", &key, 0, &error));
    g_assert_no_error(error);
    g_assert_false(g_file_test(plain, G_FILE_TEST_EXISTS));
    g_autoptr(RecVault) vault = rec_vault_open(dir, "n.txt", &key, &error);
    g_assert_true(rec_vault_get_cipher(vault));
    g_autofree char *hash = rec_vault_hash(vault, NULL), *hash_before = rec_vault_hash(before, NULL);
    g_assert_cmpstr(hash, ==, hash_before);
    g_assert_true(rec_vault_extract(vault, out, &error));
    g_assert_no_error(error);
    g_assert_true(g_file_get_contents(out, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "of a session");
    g_assert_false(rec_vault_extract(vault, out, &error)); /* there is one already */
    folder_free(g_steal_pointer(&dir));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recorder/vault/ciphers-have-names", ciphers_have_names);
    g_test_add_func("/recorder/vault/what-is-written-is-read", what_is_written_is_read);
    g_test_add_func("/recorder/vault/any-part-can-be-read", any_part_can_be_read);
    g_test_add_func("/recorder/vault/format-is-as-described", format_is_as_described);
    g_test_add_func("/recorder/vault/no-file-is-written-in-the-same-way-twice",
                    no_file_is_written_in_the_same_way_twice);
    g_test_add_func("/recorder/vault/every-flipped-bit-is-noticed", every_flipped_bit_is_noticed);
    g_test_add_func("/recorder/vault/a-cut-or-grown-file-is-noticed", a_cut_or_grown_file_is_noticed);
    g_test_add_func("/recorder/vault/a-cut-with-a-new-header-is-noticed", a_cut_with_a_new_header_is_noticed);
    g_test_add_func("/recorder/vault/swapped-blocks-are-noticed", swapped_blocks_are_noticed);
    g_test_add_func("/recorder/vault/damage-is-named-and-the-rest-can-be-read",
                    damage_is_named_and_the_rest_can_be_read);
    g_test_add_func("/recorder/vault/another-key-or-name-opens-nothing", another_key_or_name_opens_nothing);
    g_test_add_func("/recorder/vault/unknown-ciphers-and-sizes-are-refused", unknown_ciphers_and_sizes_are_refused);
    g_test_add_func("/recorder/vault/an-unfinished-file-does-not-stay", an_unfinished_file_does_not_stay);
    g_test_add_func("/recorder/vault/a-file-is-encrypted-and-comes-back", a_file_is_encrypted_and_comes_back);
    return g_test_run();
}
