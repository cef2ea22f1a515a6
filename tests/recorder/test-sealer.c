#include "recorder/sealer.h"

#include <glib/gstdio.h>
#include <string.h>

#include "recorder/recording.h"
#include "tests/recorder/folder.h"
#include "tests/recorder/studio.h"

typedef struct {
    char *dir, *journal_dir, *out, *program;
    RecSealer *sealer;
    unsigned n_progress, n_sealed, n_failed;
    double fraction;
    char *path, *message;
    RecKeyring *keyring; /* NULL: files stay plain */
} Fixture;

static void
on_progress(const char *session, double fraction, void *user_data)
{
    Fixture *self = user_data;

    g_assert_cmpstr(session, ==, "v1");
    self->n_progress++;
    self->fraction = fraction;
}

static void
on_sealed(const char *session, const char *path, void *user_data)
{
    Fixture *self = user_data;

    g_assert_cmpstr(session, ==, "v1");
    self->n_sealed++;
    g_free(self->path);
    self->path = g_strdup(path);
}

static void
on_failed(const char *session, const GError *error, void *user_data)
{
    Fixture *self = user_data;

    g_assert_cmpstr(session, ==, "v1");
    self->n_failed++;
    self->message = g_strdup(error->message);
}

static const RecSealerEvents events = { .progress = on_progress, .sealed = on_sealed, .failed = on_failed };
static const RecJournalEvents no_events = { NULL };

static void
fill_journal(Fixture *self)
{
    RecJournalConfig config = { .dir = self->journal_dir, .n_workers = 1 };
    RecTrackInfo info = { .session = "v1", .track = "family-audio-1", .party = "family", .kind = MEDIA_KIND_AUDIO };
    g_autoptr(StudioTake) sound =
        studio_take_new(MEDIA_CODEC_OPUS, "audiotestsrc samplesperbuffer=960 num-buffers=50 ! opusenc");
    g_autoptr(GError) error = NULL;
    g_autoptr(RecJournal) journal = rec_journal_new(&config, &no_events, NULL, &error);

    g_assert_no_error(error);
    RecTrack *track = rec_journal_add_track(journal, &info);
    studio_take_play(sound, track, g_get_monotonic_time());
    rec_track_close(track);
}

static void
fixture_init(Fixture *self)
{
    *self = (Fixture){ .dir = folder_new() };
    self->journal_dir = g_build_filename(self->dir, "journal", NULL);
    self->out = g_build_filename(self->dir, "archive", NULL);
    self->program = g_strdup(YUANJIAN_SEAL);
    fill_journal(self);
}

/* A program that stands in for the sealer. */
static void
set_program(Fixture *self, const char *script)
{
    g_free(self->program);
    self->program = g_build_filename(self->dir, "program", NULL);
    g_assert_true(g_file_set_contents(self->program, script, -1, NULL));
    g_assert_cmpint(g_chmod(self->program, 0700), ==, 0);
}

static void
start(Fixture *self)
{
    RecSealerConfig config = {
        .program = self->program,
        .journal_dir = self->journal_dir,
        .archive_dir = self->out,
        .keyring = self->keyring,
        .retry_us = 1000,
    };

    self->sealer = rec_sealer_new(&config, &events, self);
    rec_sealer_add(self->sealer, "v1", true);
    rec_sealer_add(self->sealer, "v1", true); /* is the same */
}

static void
wait_for_end(Fixture *self)
{
    while (self->n_sealed + self->n_failed == 0)
        g_main_context_iteration(NULL, TRUE);
}

static void
fixture_clear(Fixture *self)
{
    g_clear_pointer(&self->sealer, rec_sealer_free);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    g_free(self->journal_dir);
    g_free(self->out);
    g_free(self->program);
    g_free(self->path);
    g_free(self->message);
    rec_keyring_free(self->keyring);
    folder_free(self->dir);
}

static void
seals_and_tells(void)
{
    Fixture fixture;
    g_autoptr(GError) error = NULL;

    fixture_init(&fixture);
    start(&fixture);
    wait_for_end(&fixture);
    g_assert_cmpuint(fixture.n_sealed, ==, 1);
    g_assert_cmpuint(fixture.n_progress, >, 0);
    g_assert_cmpfloat(fixture.fraction, ==, 1.0);
    g_autoptr(RecRecording) recording = rec_recording_load(fixture.path, &error);
    g_assert_no_error(error);
    g_assert_true(recording->recovered);
    g_assert_cmpuint(recording->files->len, ==, 1);
    fixture_clear(&fixture);
}

static void
encrypts_with_the_key_of_the_session(void)
{
    Fixture fixture;
    g_autoptr(GError) error = NULL;
    RecKey key;

    fixture_init(&fixture);
    g_autofree char *keys = g_build_filename(fixture.dir, "keys", NULL);
    fixture.keyring = rec_keyring_new(keys, &error);
    g_assert_no_error(error);
    start(&fixture);
    wait_for_end(&fixture);
    g_assert_cmpuint(fixture.n_sealed, ==, 1);
    g_autoptr(RecRecording) recording = rec_recording_load(fixture.path, &error);
    g_assert_no_error(error);
    g_assert_true(rec_keyring_get(fixture.keyring, "v1", &key, &error));
    g_assert_true(rec_recording_verify(recording, fixture.path, &key, &error));
    g_assert_no_error(error);
    g_autofree char *plain = g_build_filename(fixture.path, ((RecFile *)recording->files->pdata[0])->file, NULL);
    g_assert_false(g_file_test(plain, G_FILE_TEST_EXISTS));
    g_assert_true(rec_keyring_destroy(fixture.keyring, "v1", NULL));
    g_assert_null(rec_keyring_open_file(fixture.keyring, "v1", fixture.path,
                                        ((RecFile *)recording->files->pdata[0])->file, &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_NO_KEY);
    fixture_clear(&fixture);
}

static void
assert_encrypted_with(const Fixture *self, RecCipherKind cipher)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(RecRecording) recording = rec_recording_load(self->path, &error);
    g_autoptr(RecVault) vault =
        rec_keyring_open_file(self->keyring, "v1", self->path, ((RecFile *)recording->files->pdata[0])->file, &error);
    g_autofree char *hash = vault ? rec_vault_hash(vault, &error) : NULL;

    g_assert_no_error(error);
    g_assert_cmpuint(rec_vault_get_cipher(vault), ==, cipher);
    g_assert_cmpstr(hash, ==, ((RecFile *)recording->files->pdata[0])->sha256);
}

static void
encrypts_as_the_setting_says(void)
{
    Fixture fixture;
    g_autoptr(GError) error = NULL;

    fixture_init(&fixture);
    g_autofree char *keys = g_build_filename(fixture.dir, "keys", NULL);
    fixture.keyring = rec_keyring_new(keys, &error);
    g_assert_no_error(error);
    rec_keyring_set_cipher(fixture.keyring, REC_CIPHER_SM4_CTR_HMAC_SM3);
    start(&fixture);
    wait_for_end(&fixture);
    g_assert_cmpuint(fixture.n_sealed, ==, 1);
    assert_encrypted_with(&fixture, REC_CIPHER_SM4_CTR_HMAC_SM3);
    rec_keyring_set_cipher(fixture.keyring, REC_CIPHER_AES_256_GCM); /* what lies there says itself how it was */
    assert_encrypted_with(&fixture, REC_CIPHER_SM4_CTR_HMAC_SM3);
    fixture_clear(&fixture);
}

/* A sealer was killed with plain media in its folder. */
static void
leftovers_are_removed_at_start(void)
{
    Fixture fixture;

    fixture_init(&fixture);
    g_autofree char *half = g_build_filename(fixture.out, ".v7.tmp", NULL),
                    *media = g_build_filename(half, "a.webm", NULL);
    g_autofree char *whole = g_build_filename(fixture.out, "v8", NULL);
    g_assert_cmpint(g_mkdir_with_parents(half, 0700), ==, 0);
    g_assert_cmpint(g_mkdir_with_parents(whole, 0700), ==, 0);
    g_assert_true(g_file_set_contents(media, "plain", 5, NULL));
    start(&fixture);
    g_assert_false(g_file_test(half, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_test(whole, G_FILE_TEST_EXISTS));
    wait_for_end(&fixture);
    fixture_clear(&fixture);
}

static void
tries_again(void)
{
    Fixture fixture;
    g_autofree char *script = NULL;

    fixture_init(&fixture);
    script = g_strdup_printf("#!/bin/sh\n"
                             "echo x >> %s/tries\n"
                             "test $(wc -l < %s/tries) -lt 3 && exit 74\n"
                             "exec %s \"$@\"\n",
                             fixture.dir, fixture.dir, YUANJIAN_SEAL);
    set_program(&fixture, script);
    start(&fixture);
    wait_for_end(&fixture);
    g_assert_cmpuint(fixture.n_sealed, ==, 1);
    fixture_clear(&fixture);
}

static void
gives_up_with_the_reason(void)
{
    Fixture fixture;
    g_autofree char *script = NULL, *path = NULL, *tries = NULL;

    fixture_init(&fixture);
    script = g_strdup_printf("#!/bin/sh\necho x >> %s/tries\necho the disk is on fire >&2\nexit 74\n", fixture.dir);
    set_program(&fixture, script);
    start(&fixture);
    wait_for_end(&fixture);
    g_assert_cmpuint(fixture.n_failed, ==, 1);
    g_assert_nonnull(strstr(fixture.message, "the disk is on fire"));
    path = g_build_filename(fixture.dir, "tries", NULL);
    g_assert_true(g_file_get_contents(path, &tries, NULL, NULL));
    g_assert_cmpstr(tries, ==, "x\nx\nx\nx\n");
    fixture_clear(&fixture);
}

/* A program that says it is done, but what it left does not read back. */
static void
result_is_read_back(void)
{
    Fixture fixture;

    fixture_init(&fixture);
    set_program(&fixture, "#!/bin/sh\nexit 0\n");
    start(&fixture);
    wait_for_end(&fixture);
    g_assert_cmpuint(fixture.n_failed, ==, 1);
    fixture_clear(&fixture);
}

static void
missing_program_is_an_error(void)
{
    Fixture fixture;

    fixture_init(&fixture);
    g_free(fixture.program);
    fixture.program = g_build_filename(fixture.dir, "nothing", NULL);
    start(&fixture);
    wait_for_end(&fixture);
    g_assert_cmpuint(fixture.n_failed, ==, 1);
    fixture_clear(&fixture);
}

static void
freed_in_the_middle(void)
{
    Fixture fixture;

    fixture_init(&fixture);
    set_program(&fixture, "#!/bin/sh\nexec sleep 60\n");
    start(&fixture);
    rec_sealer_add(fixture.sealer, "v2", false); /* waits */
    g_main_context_iteration(NULL, FALSE);
    g_clear_pointer(&fixture.sealer, rec_sealer_free);
    g_assert_cmpuint(fixture.n_sealed + fixture.n_failed, ==, 0);
    fixture_clear(&fixture);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    studio_init();
    g_test_add_func("/recorder/sealer/seals-and-tells", seals_and_tells);
    g_test_add_func("/recorder/sealer/encrypts-with-the-key-of-the-session", encrypts_with_the_key_of_the_session);
    g_test_add_func("/recorder/sealer/encrypts-as-the-setting-says", encrypts_as_the_setting_says);
    g_test_add_func("/recorder/sealer/leftovers-are-removed-at-start", leftovers_are_removed_at_start);
    g_test_add_func("/recorder/sealer/tries-again", tries_again);
    g_test_add_func("/recorder/sealer/gives-up-with-the-reason", gives_up_with_the_reason);
    g_test_add_func("/recorder/sealer/result-is-read-back", result_is_read_back);
    g_test_add_func("/recorder/sealer/missing-program-is-an-error", missing_program_is_an_error);
    g_test_add_func("/recorder/sealer/freed-in-the-middle", freed_in_the_middle);
    return g_test_run();
}
