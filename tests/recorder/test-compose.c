#include <glib/gstdio.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>
#include <sysexits.h>

#include "recorder/composer.h"
#include "recorder/recording.h"
#include "tests/recorder/folder.h"

/* Two parties for six seconds: the family is green, from the beginning; the terminal red, from the second second on. The family's
 * line is down from 2 s to 4 s. Each says a tone of its own. */

#define SECOND ((int64_t)G_USEC_PER_SEC)
static const int64_t DURATION_US = 6 * G_USEC_PER_SEC;
enum { TILE = 640, TILE_HEIGHT = 360, BAND = 56, RATE = 48000 };

typedef struct {
    char *dir, *folder, *out;
    RecKeyring *keyring;
    RecComposer *composer;
    char *sha256, *message;
    unsigned n_progress, width, height;
    bool ended;
} Stage;

static void
on_progress(const char *id, double fraction, void *data)
{
    Stage *self = data;

    g_assert_cmpstr(id, ==, "d1");
    g_assert_cmpfloat(fraction, <=, 1);
    self->n_progress++;
}

static void
on_made(const char *id, const RecComposed *composed, void *data)
{
    Stage *self = data;

    g_assert_cmpstr(id, ==, "d1");
    self->sha256 = g_strdup(composed->sha256);
    self->width = composed->width;
    self->height = composed->height;
    g_assert_cmpint(composed->duration_us, ==, DURATION_US);
    self->ended = true;
}

static void
on_failed(const char *id, const GError *error, void *data)
{
    Stage *self = data;

    g_assert_cmpstr(id, ==, "d1");
    self->message = g_strdup(error->message);
    self->ended = true;
}

static const RecComposerEvents events = { on_progress, on_made, on_failed };

static void
run_pipeline(const char *launch)
{
    g_autoptr(GError) error = NULL;
    GstElement *pipeline = gst_parse_launch(launch, &error);

    g_assert_no_error(error);
    g_autoptr(GstBus) bus = gst_element_get_bus(pipeline);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    g_autoptr(GstMessage) message =
        gst_bus_timed_pop_filtered(bus, 60 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    g_assert_nonnull(message);
    g_assert_cmpint(GST_MESSAGE_TYPE(message), ==, GST_MESSAGE_EOS);
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(pipeline);
}

static RecFile *
add_file(Stage *self, RecRecording *recording, const char *track, const char *party)
{
    RecFile *file = rec_recording_add_file(recording);
    g_autofree char *path = NULL;

    file->track = g_strdup(track);
    file->party = g_strdup(party);
    file->label = g_strdup(party);
    file->file = g_strconcat(track, ".webm", NULL);
    file->content_type = g_strdup("video/webm");
    path = g_build_filename(self->folder, file->file, NULL);
    file->sha256 = g_strnfill(64, '0');
    file->bytes = 1;
    return file;
}

static void
add_picture(Stage *self, RecRecording *recording, const char *party, const char *pattern, int64_t start_us)
{
    g_autofree char *track = g_strconcat(party, "-video-1", NULL);
    RecFile *file = add_file(self, recording, track, party);

    file->kind = MEDIA_KIND_VIDEO;
    file->codec = MEDIA_CODEC_VP8;
    file->start_us = start_us;
    file->duration_us = DURATION_US - start_us;
    file->width = 320;
    file->height = 180;
    g_autofree char *launch = g_strdup_printf("videotestsrc pattern=%s num-buffers=%d ! "
                                              "video/x-raw,width=320,height=180,framerate=25/1 ! vp8enc deadline=1 ! "
                                              "webmmux ! filesink location=%s/%s",
                                              pattern, (int)(file->duration_us / 40000), self->folder, file->file);
    run_pipeline(launch);
}

static void
add_sound(Stage *self, RecRecording *recording, const char *party, int frequency)
{
    g_autofree char *track = g_strconcat(party, "-audio-1", NULL);
    RecFile *file = add_file(self, recording, track, party);

    file->kind = MEDIA_KIND_AUDIO;
    file->codec = MEDIA_CODEC_OPUS;
    file->duration_us = DURATION_US;
    g_autofree char *launch = g_strdup_printf("audiotestsrc freq=%d volume=0.3 samplesperbuffer=960 num-buffers=300 ! "
                                              "audio/x-raw,rate=48000,channels=1 ! opusenc ! webmmux ! filesink "
                                              "location=%s/%s",
                                              frequency, self->folder, file->file);
    run_pipeline(launch);
}

static void
encrypt(Stage *self, const RecRecording *recording)
{
    RecKey key;
    g_autoptr(GError) error = NULL;

    g_assert_true(rec_keyring_ensure(self->keyring, "s", &key, &error));
    for (unsigned i = 0; i < recording->files->len; i++)
        g_assert_true(
            rec_vault_encrypt_file(self->folder, ((const RecFile *)recording->files->pdata[i])->file, &key, 0, &error));
    g_assert_no_error(error);
}

static void
stage_init(Stage *self)
{
    g_autoptr(RecRecording) recording = rec_recording_new("s");
    g_autoptr(GError) error = NULL;

    *self = (Stage){ .dir = folder_new() };
    g_autofree char *keys = g_build_filename(self->dir, "keys", NULL);
    self->folder = g_build_filename(self->dir, "s", NULL);
    self->out = g_build_filename(self->folder, "derivatives", NULL);
    g_assert_cmpint(g_mkdir(self->folder, 0700), ==, 0);
    self->keyring = rec_keyring_new(keys, &error);
    g_assert_no_error(error);
    recording->began_us = INT64_C(1790000000) * SECOND;
    recording->duration_us = DURATION_US;
    add_picture(self, recording, "family", "green", 0);
    add_picture(self, recording, "terminal", "red", SECOND);
    add_sound(self, recording, "family", 440);
    add_sound(self, recording, "terminal", 1000);
    RecParty *family = rec_recording_add_party(recording);
    const RecGap gap = { 2 * SECOND, 4 * SECOND, g_strdup("network"), g_strdup("family-video-1") };
    family->party = g_strdup("family");
    g_array_append_val(family->gaps, gap);
    encrypt(self, recording);
    g_autofree char *text = rec_recording_to_json(recording);
    g_autofree char *path = g_build_filename(self->folder, REC_RECORDING_JSON, NULL);
    g_assert_true(g_file_set_contents(path, text, -1, &error));
    self->composer = rec_composer_new(YUANJIAN_SEAL, self->keyring, &events, self);
}

static void
stage_clear(Stage *self)
{
    rec_composer_free(self->composer);
    rec_keyring_free(self->keyring);
    g_free(self->sha256);
    g_free(self->message);
    g_free(self->folder);
    g_free(self->out);
    folder_free(self->dir);
}

static void
begin(Stage *self, const char *order)
{
    const RecComposerJob job = {
        .id = "d1", .session = "s", .folder = self->folder, .dir = self->out, .name = "d1.webm", .order = order
    };

    rec_composer_add(self->composer, &job);
}

/* The plain file; freed by the caller. */
static char *
make(Stage *self, const char *order)
{
    g_autoptr(GError) error = NULL;
    char *path = g_build_filename(self->dir, "plain.webm", NULL);

    begin(self, order);
    while (!self->ended)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpstr(self->message, ==, NULL);
    g_autoptr(RecVault) vault = rec_keyring_open_file(self->keyring, "s", self->out, "d1.webm", &error);
    g_assert_no_error(error);
    g_assert_cmpint(rec_vault_get_cipher(vault), ==, REC_CIPHER_AES_256_GCM);
    g_autofree char *sha256 = rec_vault_hash(vault, &error);
    g_assert_cmpstr(sha256, ==, self->sha256);
    g_assert_true(rec_vault_extract(vault, path, &error));
    g_assert_no_error(error);
    return path;
}

/* What somebody who plays it sees and hears. */

static GstElement *
play(const char *path, const char *chain, GstElement **ret_exit)
{
    g_autofree char *launch = g_strdup_printf("filesrc location=%s ! matroskademux name=d d.%s ! appsink name=exit "
                                              "sync=false",
                                              path, chain);
    g_autoptr(GError) error = NULL;
    GstElement *pipeline = gst_parse_launch(launch, &error);

    g_assert_no_error(error);
    *ret_exit = gst_bin_get_by_name(GST_BIN(pipeline), "exit");
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    return pipeline;
}

static GstSample *
pull(GstElement *exit)
{
    return gst_app_sink_try_pull_sample(GST_APP_SINK(exit), 20 * GST_SECOND);
}

static void
stop(GstElement *pipeline, GstElement *exit)
{
    gst_element_set_state(pipeline, GST_STATE_NULL);
    gst_object_unref(exit);
    gst_object_unref(pipeline);
}

/* RGB of the picture that is shown then. */
static GBytes *
see(const char *path, int64_t at_us)
{
    GstElement *exit, *pipeline = play(path, "video_0 ! vp8dec ! videoconvert ! video/x-raw,format=RGB", &exit);
    GBytes *seen = NULL;
    GstSample *sample;

    while ((sample = pull(exit))) {
        GstBuffer *buffer = gst_sample_get_buffer(sample);
        GstMapInfo map;
        bool is_later = (int64_t)(GST_BUFFER_PTS(buffer) / 1000) > at_us;
        if (!is_later) {
            g_assert_true(gst_buffer_map(buffer, &map, GST_MAP_READ));
            g_clear_pointer(&seen, g_bytes_unref);
            seen = g_bytes_new(map.data, map.size);
            gst_buffer_unmap(buffer, &map);
        }
        gst_sample_unref(sample);
        if (is_later)
            break;
    }
    stop(pipeline, exit);
    g_assert_nonnull(seen);
    return seen;
}

static void
assert_pixel(GBytes *picture, unsigned width, unsigned x, unsigned y, uint32_t rgb)
{
    const uint8_t *pixel = (const uint8_t *)g_bytes_get_data(picture, NULL) + ((size_t)y * width + x) * 3;

    for (unsigned i = 0; i < 3; i++)
        g_assert_cmpint(ABS((int)pixel[i] - (int)(rgb >> (16 - 8 * i) & 0xff)), <, 40);
}

/* How much of a tone is in the sound between. */
static double
hear(const char *path, double frequency, int64_t from_us, int64_t to_us)
{
    GstElement *exit,
        *pipeline = play(path, "audio_0 ! opusdec ! audioconvert ! audio/x-raw,format=S16LE,channels=1", &exit);
    double re = 0, im = 0;
    int64_t n = 0, heard = 0;
    GstSample *sample;

    while ((sample = pull(exit))) {
        GstMapInfo map;
        g_assert_true(gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ));
        const int16_t *samples = (const int16_t *)(const void *)map.data;
        for (size_t i = 0; i < map.size / 2; i++, n++) {
            if (n < from_us * RATE / SECOND || n >= to_us * RATE / SECOND)
                continue;
            double angle = 2 * G_PI * frequency * (double)n / RATE;
            re += samples[i] * cos(angle);
            im += samples[i] * sin(angle);
            heard++;
        }
        gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
        gst_sample_unref(sample);
    }
    stop(pipeline, exit);
    g_assert_cmpint(heard, >, 0);
    return sqrt(re * re + im * im) / (double)heard;
}

static JsonNode *
probe(const char *path)
{
    const char *argv[] = { "ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", path, NULL };
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &text, NULL, NULL, &error);
    g_assert_no_error(error);
    return json_from_string(text, &error);
}

static void
side_by_side_is_one_picture_and_one_sound(void)
{
    Stage stage;

    stage_init(&stage);
    g_autofree char *path = make(&stage, "{\"layout\":\"side-by-side\",\"title\":\"会见 0042\",\"note\":\"合成件\","
                                         "\"names\":{\"family\":\"家属\",\"terminal\":\"监区\"},\"edits\":[]}");
    g_autoptr(JsonNode) node = probe(path);
    JsonObject *root = json_node_get_object(node);
    JsonArray *streams = json_object_get_array_member(root, "streams");
    g_assert_cmpuint(json_array_get_length(streams), ==, 2);
    g_assert_cmpstr(json_object_get_string_member(json_array_get_object_element(streams, 0), "codec_name"), ==, "vp8");
    g_assert_cmpstr(json_object_get_string_member(json_array_get_object_element(streams, 1), "codec_name"), ==, "opus");
    double duration =
        g_ascii_strtod(json_object_get_string_member(json_object_get_object_member(root, "format"), "duration"), NULL);
    g_assert_cmpfloat(ABS(duration - 6), <, 0.1);
    g_assert_cmpuint(stage.width, ==, 2 * TILE);
    g_assert_cmpuint(stage.height, ==, TILE_HEIGHT + BAND);
    g_assert_cmpuint(stage.n_progress, >, 3);

    g_autoptr(GBytes) early = see(path, SECOND / 2), middle = see(path, 3 * SECOND), late = see(path, 5 * SECOND);
    assert_pixel(early, 2 * TILE, TILE / 2, 60, 0x00ff00);
    assert_pixel(early, 2 * TILE, TILE + TILE / 2, 40, 0x292e38); /* nobody there yet: a card */
    assert_pixel(middle, 2 * TILE, TILE / 2, 40, 0x292e38);       /* the line is down: a card, not the last picture */
    assert_pixel(middle, 2 * TILE, TILE + TILE / 2, 60, 0xff0000);
    assert_pixel(late, 2 * TILE, TILE / 2, 60, 0x00ff00);
    size_t band = (size_t)TILE_HEIGHT * 2 * TILE * 3;
    const uint8_t *one = (const uint8_t *)g_bytes_get_data(early, NULL) + band;
    const uint8_t *other = (const uint8_t *)g_bytes_get_data(late, NULL) + band;
    unsigned different = 0;
    for (size_t i = 0; i < (size_t)BAND / 2 * 2 * TILE * 3; i++)
        different += ABS((int)one[i] - (int)other[i]) > 100;
    g_assert_cmpuint(different, >, 20); /* the clock */
    g_assert_cmpfloat(hear(path, 440, 0, DURATION_US), >, 500);
    g_assert_cmpfloat(hear(path, 1000, 0, DURATION_US), >, 500);
    g_remove(path);
    stage_clear(&stage);
}

static void
who_speaks_is_large(void)
{
    Stage stage;

    stage_init(&stage);
    /* the terminal is the only one that is heard after the first second */
    g_autofree char *path = make(&stage, "{\"layout\":\"speaker\",\"edits\":[{\"what\":\"mute\",\"party\":\"family\","
                                         "\"from_ms\":0,\"to_ms\":6000}]}");
    g_autoptr(GBytes) late = see(path, 5 * SECOND);
    g_assert_cmpuint(stage.width, ==, 1200);
    assert_pixel(late, 1200, 480, 270, 0xff0000);
    assert_pixel(late, 1200, 960 + 120, 60, 0x00ff00);
    g_remove(path);
    stage_clear(&stage);
}

static void
what_is_taken_out_is_not_there(void)
{
    Stage stage;

    stage_init(&stage);
    g_autofree char *path = make(&stage, "{\"layout\":\"side-by-side\",\"watermark\":\"第三人 → 法院\",\"edits\":["
                                         "{\"what\":\"mute\",\"party\":\"family\",\"from_ms\":1000,\"to_ms\":3000},"
                                         "{\"what\":\"black\",\"party\":\"terminal\",\"from_ms\":2000,\"to_ms\":4000},"
                                         "{\"what\":\"black\",\"party\":\"family\",\"from_ms\":4000,\"to_ms\":6000,"
                                         "\"area\":{\"x\":0,\"y\":0,\"width\":500,\"height\":1000}}]}");
    g_autoptr(GBytes) middle = see(path, 3 * SECOND), after = see(path, 4 * SECOND + SECOND / 2);
    assert_pixel(middle, 2 * TILE, TILE + 200, 150, 0x000000);
    assert_pixel(after, 2 * TILE, TILE / 4, 60, 0x000000);
    assert_pixel(after, 2 * TILE, TILE - 100, 200, 0x00ff00);
    g_assert_cmpfloat(hear(path, 440, SECOND, 3 * SECOND), <, 20);
    g_assert_cmpfloat(hear(path, 1000, SECOND, 3 * SECOND), >, 500);
    g_assert_cmpfloat(hear(path, 440, 4 * SECOND, 5 * SECOND), >, 500);
    g_remove(path);
    stage_clear(&stage);
}

static gboolean
is_empty(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

    return !dir || !g_dir_read_name(dir);
}

static void
cancelled_leaves_nothing(void)
{
    Stage stage;

    stage_init(&stage);
    begin(&stage, "{\"layout\":\"side-by-side\",\"edits\":[]}");
    while (stage.n_progress < 2 && !stage.ended)
        g_main_context_iteration(NULL, TRUE);
    g_assert_true(rec_composer_cancel(stage.composer, "d1"));
    g_assert_false(rec_composer_cancel(stage.composer, "d1"));
    for (unsigned i = 0; i < 200; i++) { /* its end */
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    g_assert_false(stage.ended);
    g_assert_true(is_empty(stage.out));
    stage_clear(&stage);
}

static void
an_order_that_is_none_is_refused(void)
{
    Stage stage;

    stage_init(&stage);
    begin(&stage, "{\"layout\":\"round\"}");
    while (!stage.ended)
        g_main_context_iteration(NULL, TRUE);
    g_assert_nonnull(strstr(stage.message, "no layout"));
    g_assert_true(is_empty(stage.out));
    stage_clear(&stage);
}

int
main(int argc, char **argv)
{
    gst_init(NULL, NULL);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recorder/compose/side-by-side-is-one-picture-and-one-sound",
                    side_by_side_is_one_picture_and_one_sound);
    g_test_add_func("/recorder/compose/who-speaks-is-large", who_speaks_is_large);
    g_test_add_func("/recorder/compose/what-is-taken-out-is-not-there", what_is_taken_out_is_not_there);
    g_test_add_func("/recorder/compose/cancelled-leaves-nothing", cancelled_leaves_nothing);
    g_test_add_func("/recorder/compose/an-order-that-is-none-is-refused", an_order_that_is_none_is_refused);
    return g_test_run();
}
