#include "recorder/scrub.h"

#include <glib/gstdio.h>
#include <string.h>

#include "recorder/recording.h"
#include "recorder/vault.h"
#include "tests/recorder/folder.h"

enum { SIZE = 200000, CHUNK = 50000 };
static const RecKey key = { { 9 } };

/* A recording of one file in four chunks, as the sealer leaves it. */
typedef struct {
    char *dir;
    uint8_t *bytes;
    uint64_t read, read_limit; /* 0: no limit */
} Stage;

static char *
sum(const void *bytes, size_t size)
{
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, size);
}

static void
put(const Stage *self, const char *name, const void *bytes, size_t size)
{
    g_autofree char *path = g_build_filename(self->dir, name, NULL);

    g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
}

static void
put_documents(const Stage *self)
{
    g_autoptr(RecRecording) recording = rec_recording_new("v1");
    g_autoptr(GString) leaves = g_string_new(NULL);
    RecFile *file = rec_recording_add_file(recording);

    file->track = g_strdup("a");
    file->party = g_strdup("family");
    file->label = g_strdup("A");
    file->kind = MEDIA_KIND_AUDIO;
    file->codec = MEDIA_CODEC_OPUS;
    file->file = g_strdup("a.webm");
    file->content_type = g_strdup("audio/webm");
    file->sha256 = sum(self->bytes, SIZE);
    file->bytes = SIZE;
    file->chunks = SIZE / CHUNK;
    g_autofree char *json = rec_recording_to_json(recording), *json_sum = sum(json, strlen(json));
    put(self, REC_RECORDING_JSON, json, strlen(json));
    for (unsigned i = 0; i < SIZE / CHUNK; i++) {
        g_autofree char *hash = sum(self->bytes + i * CHUNK, CHUNK);
        g_string_append_printf(leaves,
                               "{\"file\":\"a.webm\",\"chunk\":%u,\"offset\":%u,\"bytes\":%d,\"pts_from_us\":%u,"
                               "\"pts_to_us\":%u,\"sha256\":\"%s\"}\n",
                               i, i * CHUNK, CHUNK, i * 10000000, (i + 1) * 10000000, hash);
    }
    put(self, REC_LEAVES_JSONL, leaves->str, leaves->len);
    g_autofree char *leaves_sum = sum(leaves->str, leaves->len);
    g_autofree char *text = g_strdup_printf("{\"documents\":[{\"file\":\"recording.json\",\"sha256\":\"%s\"},"
                                            "{\"file\":\"leaves.jsonl\",\"sha256\":\"%s\"}]}",
                                            json_sum, leaves_sum);
    put(self, "manifest.json", text, strlen(text));
}

static void
stage_init(Stage *self, RecCipherKind cipher)
{
    g_autoptr(GError) error = NULL;

    *self = (Stage){ .dir = folder_new(), .bytes = g_malloc(SIZE) };
    for (unsigned i = 0; i < SIZE; i++)
        self->bytes[i] = (uint8_t)(i * 7 + i / 251);
    put_documents(self);
    put(self, "a.webm", self->bytes, SIZE);
    if (cipher != 0)
        g_assert_true(rec_vault_encrypt_file(self->dir, "a.webm", &key, cipher, &error));
    g_assert_no_error(error);
}

static void
stage_clear(Stage *self)
{
    g_free(self->bytes);
    folder_free(self->dir);
}

static bool
on_go_on(uint64_t bytes, void *data)
{
    Stage *self = data;

    self->read += bytes;
    return self->read_limit == 0 || self->read < self->read_limit;
}

static GPtrArray *
scrub(Stage *self, GError **error)
{
    RecScrubConfig config = { on_go_on, self, &key };

    return rec_scrub(self->dir, &config, error);
}

static void
flip(const Stage *self, const char *name, size_t at)
{
    g_autofree char *path = g_build_filename(self->dir, name, NULL), *bytes = NULL;
    size_t size;

    g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    g_assert_cmpuint(at, <, size);
    bytes[at] ^= 4;
    g_assert_true(g_file_set_contents(path, bytes, (gssize)size, NULL));
}

static void
assert_first(Stage *self, const char *file, int chunk, int64_t from_us)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) damages = scrub(self, &error);

    g_assert_no_error(error);
    g_assert_cmpuint(damages->len, >, 0);
    const RecDamage *damage = damages->pdata[0];
    g_test_message("%s %d: %s", damage->file, damage->chunk, damage->what);
    g_assert_cmpstr(damage->file, ==, file);
    g_assert_cmpint(damage->chunk, ==, chunk);
    g_assert_cmpint(damage->from_us, ==, from_us);
}

static void
a_whole_recording_is_well(void)
{
    for (RecCipherKind cipher = 0; cipher <= REC_CIPHER_SM4_CTR_HMAC_SM3; cipher++) {
        Stage stage;
        stage_init(&stage, cipher);
        g_autoptr(GPtrArray) damages = scrub(&stage, NULL);
        g_assert_cmpuint(damages->len, ==, 0);
        g_assert_cmpuint(stage.read, ==, SIZE);
        stage_clear(&stage);
    }
}

static void
a_flipped_bit_is_found_where_it_is(void)
{
    Stage stage;

    stage_init(&stage, 0);
    flip(&stage, "a.webm", 120000);
    assert_first(&stage, "a.webm", 2, 20000000);
    g_autoptr(GPtrArray) damages = scrub(&stage, NULL);
    g_assert_cmpuint(damages->len, ==, 1);
    stage_clear(&stage);

    for (RecCipherKind cipher = REC_CIPHER_AES_256_GCM; cipher <= REC_CIPHER_SM4_CTR_HMAC_SM3; cipher++) {
        stage_init(&stage, cipher);
        flip(&stage, "a.webm.enc", 36 + 120000 + 32);
        assert_first(&stage, "a.webm", 1,
                     10000000); /* blocks are larger than these chunks: two of them cannot be read */
        stage_clear(&stage);
    }
}

static void
documents_are_checked_against_the_manifest(void)
{
    static const char *const names[] = { REC_RECORDING_JSON, REC_LEAVES_JSONL };

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        Stage stage;
        stage_init(&stage, REC_CIPHER_AES_256_GCM);
        flip(&stage, names[i], 60);
        g_autoptr(GPtrArray) damages = scrub(&stage, NULL);
        g_assert_cmpuint(damages->len, >, 0);
        g_assert_cmpstr(((RecDamage *)damages->pdata[0])->file, ==, names[i]);
        stage_clear(&stage);
    }
}

static void
what_is_gone_is_found(void)
{
    Stage stage;
    g_autofree char *path = NULL;

    stage_init(&stage, REC_CIPHER_AES_256_GCM);
    path = g_build_filename(stage.dir, "a.webm.enc", NULL);
    g_assert_cmpint(g_unlink(path), ==, 0);
    assert_first(&stage, "a.webm", -1, 0);
    stage_clear(&stage);

    stage_init(&stage, REC_CIPHER_AES_256_GCM);
    g_autofree char *leaves = g_build_filename(stage.dir, REC_LEAVES_JSONL, NULL);
    g_assert_cmpint(g_unlink(leaves), ==, 0);
    assert_first(&stage, REC_LEAVES_JSONL, -1, 0);
    stage_clear(&stage);
}

/* A line that is not there any more, with no manifest to tell. */
static void
leaves_must_cover_the_file(void)
{
    Stage stage;
    g_autofree char *text = NULL;

    stage_init(&stage, REC_CIPHER_AES_256_GCM);
    g_autofree char *path = g_build_filename(stage.dir, REC_LEAVES_JSONL, NULL);
    g_autofree char *manifest = g_build_filename(stage.dir, "manifest.json", NULL);
    g_assert_cmpint(g_unlink(manifest), ==, 0);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    put(&stage, REC_LEAVES_JSONL, strchr(text, '\n') + 1, strlen(strchr(text, '\n') + 1));
    assert_first(&stage, REC_LEAVES_JSONL, -1, 0);
    stage_clear(&stage);
}

static void
put_derivative(Stage *self, const char *id, const char *bytes)
{
    g_autofree char *dir = g_build_filename(self->dir, "derivatives", NULL);
    g_autofree char *name = g_strconcat(id, ".webm", NULL), *record = g_strconcat("derivatives/", id, ".json", NULL);
    g_autofree char *path = g_build_filename(dir, name, NULL), *hash = sum(bytes, strlen(bytes));
    g_autofree char *text = g_strdup_printf("{\"id\":\"%s\",\"file\":{\"sha256\":\"%s\"}}", id, hash);

    g_mkdir(dir, 0700);
    g_assert_true(g_file_set_contents(path, bytes, -1, NULL));
    g_assert_true(rec_vault_encrypt_file(dir, name, &key, REC_CIPHER_AES_256_GCM, NULL));
    put(self, record, text, strlen(text));
}

static void
a_damaged_derivative_is_named(void)
{
    Stage stage;

    stage_init(&stage, 0);
    put_derivative(&stage, "d1", "a picture that was made of it");
    put_derivative(&stage, "d2", "another");
    g_autoptr(GPtrArray) damages = scrub(&stage, NULL);
    g_assert_cmpuint(damages->len, ==, 0);
    flip(&stage, "derivatives/d1.webm.enc", 70);
    assert_first(&stage, "derivatives/d1.webm", -1, 0);
    flip(&stage, "derivatives/d1.webm.enc", 70);
    put(&stage, "derivatives/d2.json", "{\"file\":{\"sha256\":\"0\"}}", 24);
    assert_first(&stage, "derivatives/d2.webm", -1, 0);
    put(&stage, "derivatives/d2.json", "{}", 2);
    assert_first(&stage, "derivatives/d2.json", -1, 0);
    g_autofree char *record = g_build_filename(stage.dir, "derivatives", "d2.json", NULL);
    g_unlink(record); /* without a record it is being made */
    g_autoptr(GPtrArray) last = scrub(&stage, NULL);
    g_assert_cmpuint(last->len, ==, 0);
    stage_clear(&stage);
}

static void
it_can_be_ended(void)
{
    Stage stage;
    g_autoptr(GError) error = NULL;

    stage_init(&stage, REC_CIPHER_AES_256_GCM);
    stage.read_limit = 60000;
    g_assert_null(scrub(&stage, &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_LOCKED);
    g_assert_cmpuint(stage.read, <, SIZE);
    stage_clear(&stage);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recorder/scrub/a-whole-recording-is-well", a_whole_recording_is_well);
    g_test_add_func("/recorder/scrub/a-flipped-bit-is-found-where-it-is", a_flipped_bit_is_found_where_it_is);
    g_test_add_func("/recorder/scrub/documents-are-checked-against-the-manifest",
                    documents_are_checked_against_the_manifest);
    g_test_add_func("/recorder/scrub/what-is-gone-is-found", what_is_gone_is_found);
    g_test_add_func("/recorder/scrub/leaves-must-cover-the-file", leaves_must_cover_the_file);
    g_test_add_func("/recorder/scrub/a-damaged-derivative-is-named", a_damaged_derivative_is_named);
    g_test_add_func("/recorder/scrub/it-can-be-ended", it_can_be_ended);
    return g_test_run();
}
