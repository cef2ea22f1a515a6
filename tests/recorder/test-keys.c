#include "recorder/evidence/keys.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "recorder/evidence/key-pair.h"
#include "tests/recorder/test-folder.h"

static const char text[] = "what is signed\n";

static void
assert_refused(const char *dir, const char *named)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RecKeys) keys = rec_keys_open(dir, "node", true, &error);

    g_assert_null(keys);
    g_assert_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_KEYS);
    g_assert_nonnull(strstr(error->message, named));
}

static RecKeys *
open_keys(const char *dir)
{
    g_autoptr(GError) error = NULL;
    RecKeys *keys = rec_keys_open(dir, "node", true, &error);

    g_assert_no_error(error);
    return keys;
}

static void
make_keys(const char *dir)
{
    rec_keys_unref(open_keys(dir));
}

static bool
verifies(const RecKeys *keys, const RecSignatures *signatures, RecKeyKind kind)
{
    const RecSlice data = { text, strlen(text) };
    const RecSlice ed25519 = { signatures->ed25519, sizeof signatures->ed25519 };
    const RecSlice sm2 = { signatures->sm2, signatures->sm2_size };

    for (unsigned i = 0; i < rec_keys_get_n(keys); i++) {
        if (rec_keys_get(keys, i)->kind == kind &&
            rec_keys_verify(keys, i, &data, kind == REC_KEY_SM2 ? &sm2 : &ed25519))
            return true;
    }
    return false;
}

static void
are_made_at_the_first_start_and_stay(void)
{
    g_autoptr(TestFolder) folder = test_folder_new();
    g_autofree char *dir = test_folder_get(folder, "keys");
    g_autofree char *key = test_folder_get(folder, "keys/sm2-1.key");
    g_autoptr(RecKeys) keys = open_keys(dir);
    g_autoptr(RecKeys) again = open_keys(dir);
    struct stat status;

    g_assert_cmpuint(rec_keys_get_n(keys), ==, 2);
    for (int kind = 0; kind < REC_KEY_KINDS; kind++)
        g_assert_cmpstr(rec_keys_get_current(keys, kind)->sha256, ==, rec_keys_get_current(again, kind)->sha256);
    g_assert_cmpint(g_stat(key, &status), ==, 0);
    g_assert_cmpuint(status.st_mode & 07777, ==, 0600);
    g_assert_cmpint(g_stat(dir, &status), ==, 0);
    g_assert_cmpuint(status.st_mode & 07777, ==, 0700);
}

static void
sign_with_both_algorithms(void)
{
    g_autoptr(TestFolder) folder = test_folder_new();
    g_autofree char *dir = test_folder_get(folder, "keys");
    g_autoptr(RecKeys) keys = open_keys(dir);
    RecSignatures signatures;

    g_assert_true(rec_keys_sign(keys, text, strlen(text), &signatures, NULL));
    g_assert_true(verifies(keys, &signatures, REC_KEY_ED25519));
    g_assert_true(verifies(keys, &signatures, REC_KEY_SM2));
    signatures.ed25519[7] ^= 1;
    signatures.sm2[signatures.sm2_size - 1] ^= 1;
    g_assert_false(verifies(keys, &signatures, REC_KEY_ED25519));
    g_assert_false(verifies(keys, &signatures, REC_KEY_SM2));
}

/* By the command line alone, as VERIFY.txt says. */
static void
openssl_verifies_what_is_signed(void)
{
    g_autoptr(TestFolder) folder = test_folder_new();
    g_autofree char *dir = test_folder_get(folder, "keys");
    g_autoptr(RecKeys) keys = open_keys(dir);
    g_autofree char *script = g_strdup_printf(
        "cd '%s' && openssl x509 -in keys/ed25519-1.crt -noout -pubkey >e.pub && openssl x509 -in keys/sm2-1.crt "
        "-noout -pubkey "
        ">s.pub && openssl pkeyutl -verify -pubin -inkey e.pub -rawin -in text -sigfile e.sig && openssl pkeyutl "
        "-verify "
        "-pubin -inkey s.pub -rawin -digest sm3 -pkeyopt distid:1234567812345678 -in text -sigfile s.sig && openssl "
        "verify "
        "-vfyopt distid:1234567812345678 -CAfile keys/sm2-1.crt keys/sm2-1.crt && openssl verify -CAfile "
        "keys/ed25519-1.crt keys/ed25519-1.crt",
        test_folder_get_path(folder));
    const char *const argv[] = { "sh", "-c", script, NULL };
    RecSignatures signatures;
    int status = 0;

    g_assert_true(rec_keys_sign(keys, text, strlen(text), &signatures, NULL));
    test_folder_write(folder, "text", text, strlen(text));
    test_folder_write(folder, "e.sig", signatures.ed25519, sizeof signatures.ed25519);
    test_folder_write(folder, "s.sig", signatures.sm2, signatures.sm2_size);
    g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL,
                               NULL, NULL, &status, NULL));
    g_assert_cmpint(status, ==, 0);
}

static void
what_was_signed_before_a_rotation_verifies(void)
{
    g_autoptr(TestFolder) folder = test_folder_new();
    g_autofree char *dir = test_folder_get(folder, "keys");
    g_autoptr(RecKeys) before = open_keys(dir);
    RecSignatures signatures, later;

    g_assert_true(rec_keys_sign(before, text, strlen(text), &signatures, NULL));
    g_assert_true(rec_keys_rotate(dir, "node", NULL));
    g_autoptr(RecKeys) after = open_keys(dir);
    g_assert_cmpuint(rec_keys_get_n(after), ==, 4);
    g_assert_cmpuint(rec_keys_get_current(after, REC_KEY_SM2)->generation, ==, 2);
    g_assert_true(verifies(after, &signatures, REC_KEY_ED25519));
    g_assert_true(verifies(after, &signatures, REC_KEY_SM2));
    g_assert_true(rec_keys_sign(after, text, strlen(text), &later, NULL));
    g_assert_true(verifies(after, &later, REC_KEY_SM2));
    g_assert_false(verifies(before, &later, REC_KEY_SM2));
}

static void
a_rotation_that_a_crash_cut_off_is_completed(void)
{
    g_autoptr(TestFolder) folder = test_folder_new();
    g_autofree char *dir = test_folder_get(folder, "keys");
    g_autofree char *certificate = test_folder_get(folder, "keys/ed25519-2.crt");
    g_autofree char *key = test_folder_get(folder, "keys/sm2-2.key");
    g_autofree char *other = test_folder_get(folder, "keys/sm2-2.crt");

    make_keys(dir);
    g_assert_true(rec_keys_rotate(dir, "node", NULL));
    g_assert_cmpint(g_unlink(certificate), ==, 0);
    g_assert_cmpint(g_unlink(key), ==, 0);
    g_assert_cmpint(g_unlink(other), ==, 0);
    g_autoptr(RecKeys) keys = open_keys(dir);
    g_assert_cmpuint(rec_keys_get_n(keys), ==, 4);
}

static void
a_key_that_others_can_read_is_refused(void)
{
    static const char *const names[] = { "ed25519-1.key", "sm2-1.key" };
    static const unsigned modes[] = { 0644, 0640, 0606 };

    for (unsigned i = 0; i < G_N_ELEMENTS(names) * G_N_ELEMENTS(modes); i++) {
        g_autoptr(TestFolder) folder = test_folder_new();
        g_autofree char *dir = test_folder_get(folder, "keys");
        g_autofree char *path = g_build_filename(dir, names[i % 2], NULL);

        make_keys(dir);
        g_assert_cmpint(g_chmod(path, (int)modes[i / 2]), ==, 0);
        assert_refused(dir, names[i % 2]);
    }
}

static void
a_folder_that_others_can_enter_is_refused(void)
{
    g_autoptr(TestFolder) folder = test_folder_new();
    g_autofree char *dir = test_folder_get(folder, "keys");

    make_keys(dir);
    g_assert_cmpint(g_chmod(dir, 0755), ==, 0);
    assert_refused(dir, "chmod 700");
}

static void
a_key_that_is_gone_is_not_made_again(void)
{
    static const char *const names[] = { "ed25519-1.key", "sm2-1.key" };

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(TestFolder) folder = test_folder_new();
        g_autofree char *dir = test_folder_get(folder, "keys");
        g_autofree char *path = g_build_filename(dir, names[i], NULL);

        make_keys(dir);
        g_assert_cmpint(g_unlink(path), ==, 0);
        assert_refused(dir, names[i]);
        g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
    }
}

static void
no_keys_are_made_for_a_log_that_has_begun(void)
{
    g_autoptr(TestFolder) folder = test_folder_new();
    g_autofree char *dir = test_folder_get(folder, "keys");
    g_autoptr(GError) error = NULL;

    g_assert_null(rec_keys_open(dir, "node", false, &error));
    g_assert_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_KEYS);
    g_clear_error(&error);
    g_assert_cmpint(g_mkdir(dir, 0700), ==, 0);
    g_assert_null(rec_keys_open(dir, "node", false, &error));
    g_assert_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_KEYS);
}

static void
what_is_no_key_of_its_certificate_is_refused(void)
{
    g_autoptr(TestFolder) folder = test_folder_new();
    g_autofree char *dir = test_folder_get(folder, "keys");
    g_autofree char *path = test_folder_get(folder, "keys/sm2-1.key");
    g_autoptr(EVP_PKEY) foreign = rec_key_pair_make_key(REC_KEY_SM2, NULL);

    make_keys(dir);
    g_assert_true(rec_key_pair_write_key(path, foreign, NULL));
    assert_refused(dir, "is not the key of its certificate");
    g_assert_true(
        g_file_set_contents(path, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", -1, NULL));
    g_assert_cmpint(g_chmod(path, 0600), ==, 0);
    assert_refused(dir, "is not a private key");
}

static void
a_certificate_that_has_expired_is_noticed(void)
{
    g_autoptr(TestFolder) folder = test_folder_new();
    g_autofree char *dir = test_folder_get(folder, "keys");
    g_autoptr(RecKeys) keys = open_keys(dir);
    int64_t now_s = g_get_real_time() / G_USEC_PER_SEC, day = 24 * 3600;

    g_assert_true(rec_keys_are_valid_at(keys, now_s));
    g_assert_true(rec_keys_are_valid_at(keys, now_s + (REC_KEYS_DAYS - 1) * day));
    g_assert_false(rec_keys_are_valid_at(keys, now_s + (REC_KEYS_DAYS + 1) * day));
    g_assert_false(rec_keys_are_valid_at(keys, now_s - day));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/evidence/keys/are-made-at-the-first-start-and-stay", are_made_at_the_first_start_and_stay);
    g_test_add_func("/evidence/keys/sign-with-both-algorithms", sign_with_both_algorithms);
    g_test_add_func("/evidence/keys/openssl-verifies-what-is-signed", openssl_verifies_what_is_signed);
    g_test_add_func("/evidence/keys/what-was-signed-before-a-rotation-verifies",
                    what_was_signed_before_a_rotation_verifies);
    g_test_add_func("/evidence/keys/a-rotation-that-a-crash-cut-off-is-completed",
                    a_rotation_that_a_crash_cut_off_is_completed);
    g_test_add_func("/evidence/keys/a-key-that-others-can-read-is-refused", a_key_that_others_can_read_is_refused);
    g_test_add_func("/evidence/keys/a-folder-that-others-can-enter-is-refused",
                    a_folder_that_others_can_enter_is_refused);
    g_test_add_func("/evidence/keys/a-key-that-is-gone-is-not-made-again", a_key_that_is_gone_is_not_made_again);
    g_test_add_func("/evidence/keys/no-keys-are-made-for-a-log-that-has-begun",
                    no_keys_are_made_for_a_log_that_has_begun);
    g_test_add_func("/evidence/keys/what-is-no-key-of-its-certificate-is-refused",
                    what_is_no_key_of_its_certificate_is_refused);
    g_test_add_func("/evidence/keys/a-certificate-that-has-expired-is-noticed",
                    a_certificate_that_has_expired_is_noticed);
    return g_test_run();
}
