#include "recorder/keyring.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/recorder/folder.h"

static RecKeyring *
open_ring(const char *dir)
{
    g_autoptr(GError) error = NULL;
    RecKeyring *ring = rec_keyring_new(dir, &error);

    g_assert_no_error(error);
    return ring;
}

static void
assert_key(const RecKeyring *ring, const char *session, const RecKey *expected)
{
    g_autoptr(GError) error = NULL;
    RecKey key;

    g_assert_true(rec_keyring_get(ring, session, &key, &error));
    g_assert_no_error(error);
    g_assert_cmpmem(key.bytes, REC_KEY_BYTES, expected->bytes, REC_KEY_BYTES);
}

static void
keys_are_made_once_and_found_again(void)
{
    g_autofree char *dir = folder_new(), *master = g_build_filename(dir, "master.key", NULL);
    g_autofree char *file = g_build_filename(dir, "sessions", "v1.key", NULL), *wrapped = NULL;
    g_autoptr(RecKeyring) ring = open_ring(dir);
    RecKey key, again, other;
    struct stat about;
    size_t size;

    g_assert_cmpint(stat(master, &about), ==, 0);
    g_assert_cmpint(about.st_mode & 07777, ==, 0600);
    g_assert_cmpint(about.st_size, ==, 65);
    g_assert_false(rec_keyring_has(ring, "v1"));
    g_assert_true(rec_keyring_ensure(ring, "v1", &key, NULL));
    g_assert_true(rec_keyring_ensure(ring, "v1", &again, NULL));
    g_assert_true(rec_keyring_ensure(ring, "v2", &other, NULL));
    g_assert_cmpmem(key.bytes, REC_KEY_BYTES, again.bytes, REC_KEY_BYTES);
    g_assert_true(memcmp(key.bytes, other.bytes, REC_KEY_BYTES) != 0);
    g_assert_cmpint(stat(file, &about), ==, 0);
    g_assert_cmpint(about.st_mode & 07777, ==, 0600);
    g_assert_true(g_file_get_contents(file, &wrapped, &size, NULL));
    g_assert_cmpuint(size, ==, 40);
    g_assert_null(memmem(wrapped, size, key.bytes, 8));

    g_autoptr(RecKeyring) later = open_ring(dir);
    assert_key(later, "v1", &key);
    folder_free(g_steal_pointer(&dir));
}

static void
put(const char *dir, const char *name, const void *bytes, size_t size)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);

    g_assert_true(g_file_set_contents_full(path, bytes, (gssize)size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

/* RFC 3394 section 4.6 */
static void
wraps_as_the_standard_says(void)
{
    static const char master[] = "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\n";
    static const uint8_t wrapped[] = {
        0x28, 0xC9, 0xF4, 0x04, 0xC4, 0xB8, 0x10, 0xF4, 0xCB, 0xCC, 0xB3, 0x5C, 0xFB, 0x87,
        0xF8, 0x26, 0x3F, 0x57, 0x86, 0xE2, 0xD8, 0x0E, 0xD3, 0x26, 0xCB, 0xC7, 0xF0, 0xE7,
        0x1A, 0x99, 0xF4, 0x3B, 0xFB, 0x98, 0x8B, 0x9B, 0x7A, 0x02, 0xDD, 0x21,
    };
    static const RecKey expected = { { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xAA,
                                       0xBB, 0xCC, 0xDD, 0xEE, 0xFF, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05,
                                       0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F } };
    g_autofree char *dir = folder_new();

    put(dir, "master.key", master, strlen(master));
    g_autoptr(RecKeyring) ring = open_ring(dir);
    put(dir, "sessions/v1.key", wrapped, sizeof wrapped);
    assert_key(ring, "v1", &expected);
    folder_free(g_steal_pointer(&dir));
}

static void
a_destroyed_key_is_gone(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = folder_new(), *file = g_build_filename(dir, "sessions", "v1.key", NULL);
    g_autofree char *copy = g_build_filename(dir, "copy", NULL), *wrapped = NULL, *left = NULL;
    g_autoptr(RecKeyring) ring = open_ring(dir);
    RecKey key, other;

    g_assert_true(rec_keyring_ensure(ring, "v1", &key, NULL));
    g_assert_true(rec_keyring_ensure(ring, "v2", &other, NULL));
    g_assert_true(g_file_get_contents(file, &wrapped, NULL, NULL));
    g_assert_cmpint(link(file, copy), ==, 0); /* shows what happens to the bytes on the disk */
    g_assert_true(rec_keyring_destroy(ring, "v1", &error));
    g_assert_no_error(error);
    g_assert_false(rec_keyring_has(ring, "v1"));
    g_assert_true(g_file_get_contents(copy, &left, NULL, NULL));
    g_assert_true(memcmp(left, wrapped, 40) != 0);
    g_assert_false(rec_keyring_get(ring, "v1", &key, &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_NO_KEY);
    g_clear_error(&error);
    g_assert_true(rec_keyring_destroy(ring, "v1", &error)); /* again */
    g_assert_true(rec_keyring_destroy(ring, "never", &error));
    g_assert_no_error(error);
    assert_key(ring, "v2", &other);
    folder_free(g_steal_pointer(&dir));
}

/* Killed after the key was overwritten and before its file went. */
static void
a_half_destroyed_key_can_be_destroyed_again(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = folder_new();
    g_autoptr(RecKeyring) ring = open_ring(dir);
    uint8_t noise[40] = { 7 };
    RecKey key;

    put(dir, "sessions/v1.key", noise, sizeof noise);
    g_assert_false(rec_keyring_get(ring, "v1", &key, &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_INVALID);
    g_clear_error(&error);
    g_assert_false(rec_keyring_ensure(ring, "v1", &key, NULL)); /* never a new one in its place */
    g_assert_true(rec_keyring_destroy(ring, "v1", &error));
    g_assert_false(rec_keyring_has(ring, "v1"));
    folder_free(g_steal_pointer(&dir));
}

static void
assert_refused(const char *dir, const char *word)
{
    g_autoptr(GError) error = NULL;

    g_assert_null(rec_keyring_new(dir, &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_INVALID);
    g_assert_nonnull(strstr(error->message, word));
}

static void
a_master_key_others_can_read_is_refused(void)
{
    static const int modes[] = { 0640, 0604, 0644, 0660, 0700, 0400 };
    g_autofree char *dir = folder_new(), *master = g_build_filename(dir, "master.key", NULL);
    RecKeyring *ring = open_ring(dir);

    rec_keyring_free(ring);
    for (unsigned i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_assert_cmpint(g_chmod(master, modes[i]), ==, 0);
        assert_refused(dir, "mode");
    }
    g_assert_cmpint(g_chmod(master, 0600), ==, 0);
    rec_keyring_free(open_ring(dir));
    folder_free(g_steal_pointer(&dir));
}

static void
a_damaged_master_key_is_refused(void)
{
    static const char *const texts[] = {
        "",
        "00",
        "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F",
        "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\n\n",
        "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1G\n",
    };
    g_autofree char *dir = folder_new();

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++) {
        put(dir, "master.key", texts[i], strlen(texts[i]));
        assert_refused(dir, "master.key");
    }
    folder_free(g_steal_pointer(&dir));
}

static void
a_lost_master_key_is_not_made_anew(void)
{
    g_autofree char *dir = folder_new(), *master = g_build_filename(dir, "master.key", NULL);
    RecKeyring *ring = open_ring(dir);
    RecKey key;

    g_assert_true(rec_keyring_ensure(ring, "v1", &key, NULL));
    rec_keyring_free(ring);
    g_assert_cmpint(g_unlink(master), ==, 0);
    assert_refused(dir, "backup");
    g_assert_false(g_file_test(master, G_FILE_TEST_EXISTS));
    folder_free(g_steal_pointer(&dir));
}

static void
names_that_are_no_ids_have_no_keys(void)
{
    static const char *const names[] = { "", "..", "../v1", "a/b", ".v1", "a b" };
    g_autofree char *dir = folder_new();
    g_autoptr(RecKeyring) ring = open_ring(dir);
    RecKey key;

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        g_assert_false(rec_keyring_ensure(ring, names[i], &key, NULL));
        g_assert_false(rec_keyring_get(ring, names[i], &key, NULL));
        g_assert_false(rec_keyring_destroy(ring, names[i], NULL));
    }
    folder_free(g_steal_pointer(&dir));
}

static void
a_file_opens_by_its_session(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = folder_new(), *plain = g_build_filename(dir, "a.webm", NULL);
    g_autofree char *old = g_build_filename(dir, "old.webm", NULL);
    g_autoptr(RecKeyring) ring = open_ring(dir);
    RecKey key;

    g_assert_true(g_file_set_contents(plain, "pictures", 8, NULL));
    g_assert_true(g_file_set_contents(old, "older ones", 10, NULL));
    g_assert_true(rec_keyring_ensure(ring, "v1", &key, NULL));
    g_assert_true(rec_vault_encrypt_file(dir, "a.webm", &key, 0, NULL));
    g_autoptr(RecVault) vault = rec_keyring_open_file(ring, "v1", dir, "a.webm", &error);
    g_assert_cmpuint(rec_vault_get_size(vault), ==, 8);
    g_autoptr(RecVault) older = rec_keyring_open_file(ring, "never", dir, "old.webm", &error);
    g_assert_cmpuint(rec_vault_get_size(older), ==, 10);
    g_assert_no_error(error);
    g_assert_true(rec_keyring_destroy(ring, "v1", NULL));
    g_assert_null(rec_keyring_open_file(ring, "v1", dir, "a.webm", &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_NO_KEY);
    folder_free(g_steal_pointer(&dir));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recorder/keyring/keys-are-made-once-and-found-again", keys_are_made_once_and_found_again);
    g_test_add_func("/recorder/keyring/wraps-as-the-standard-says", wraps_as_the_standard_says);
    g_test_add_func("/recorder/keyring/a-destroyed-key-is-gone", a_destroyed_key_is_gone);
    g_test_add_func("/recorder/keyring/a-half-destroyed-key-can-be-destroyed-again",
                    a_half_destroyed_key_can_be_destroyed_again);
    g_test_add_func("/recorder/keyring/a-master-key-others-can-read-is-refused",
                    a_master_key_others_can_read_is_refused);
    g_test_add_func("/recorder/keyring/a-damaged-master-key-is-refused", a_damaged_master_key_is_refused);
    g_test_add_func("/recorder/keyring/a-lost-master-key-is-not-made-anew", a_lost_master_key_is_not_made_anew);
    g_test_add_func("/recorder/keyring/names-that-are-no-ids-have-no-keys", names_that_are_no_ids_have_no_keys);
    g_test_add_func("/recorder/keyring/a-file-opens-by-its-session", a_file_opens_by_its_session);
    return g_test_run();
}
