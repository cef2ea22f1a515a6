#include "recorder/recording.h"

#include <string.h>

#include "tests/recorder/folder.h"

#define HASH "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" /* of "abc" */

static RecRecording *
make(void)
{
    RecRecording *recording = rec_recording_new("v1");
    RecFile *file = rec_recording_add_file(recording);
    RecEvent *event = rec_recording_add_event(recording);
    RecGap gap = { 5, 9, g_strdup("network") };

    recording->began_us = 1700000000000000;
    recording->duration_us = 60000000;
    recording->recovered = true;
    file->track = g_strdup("family-video-1");
    file->party = g_strdup("family");
    file->label = g_strdup("妈妈 \"quoted\"");
    file->kind = MEDIA_KIND_VIDEO;
    file->codec = MEDIA_CODEC_VP8;
    file->file = g_strdup("family-video-1.webm");
    file->content_type = g_strdup("video/webm");
    file->sha256 = g_strdup(HASH);
    file->start_us = 20000;
    file->duration_us = 59000000;
    file->bytes = 3;
    file->packets = 100;
    file->lost = 2;
    file->width = 640;
    file->height = 360;
    g_array_append_val(file->gaps, gap);
    event->type = g_strdup("warn");
    event->detail = g_strdup("{\"text\":\"x\"}");
    event->at_us = 7;
    return recording;
}

static void
written_and_read(void)
{
    g_autoptr(RecRecording) recording = make();
    g_autofree char *json = rec_recording_to_json(recording);
    g_autoptr(RecRecording) read = rec_recording_from_json(json, strlen(json));

    g_assert_nonnull(read);
    g_autofree char *again = rec_recording_to_json(read);
    g_assert_cmpstr(again, ==, json);
    const RecFile *file = read->files->pdata[0];
    g_assert_cmpstr(file->label, ==, "妈妈 \"quoted\"");
    g_assert_cmpstr(g_array_index(file->gaps, RecGap, 0).cause, ==, "network");
    g_assert_cmpstr(((RecEvent *)read->events->pdata[0])->detail, ==, "{\"text\":\"x\"}");
    g_assert_true(read->recovered);
}

/* What is not as it should be is refused: above all names that lead out of the folder. */
static void
spoiled_is_refused(void)
{
    static const struct {
        const char *good, *bad;
    } cases[] = {
        { "\"family-video-1.webm\"", "\"../secret\"" },
        { "\"family-video-1.webm\"", "\"/etc/passwd\"" },
        { "\"family-video-1.webm\"", "\".hidden\"" },
        { "\"family-video-1.webm\"", "\"\"" },
        { "\"family-video-1.webm\"", "null" },
        { "\"session\" : \"v1\"", "\"session\" : \"../v1\"" },
        { "\"VP8\"", "\"VP11\"" },
        { HASH, "abc" },
        { "\"version\" : 1", "\"version\" : 2" },
        { "\"files\" : [", "\"other\" : [" },
        { "\"cause\"", "\"reason\"" },
        { "\"type\"", "\"sort\"" },
    };
    g_autoptr(RecRecording) recording = make();
    g_autofree char *json = rec_recording_to_json(recording);

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) spoiled = g_string_new(json);
        g_assert_cmpuint(g_string_replace(spoiled, cases[i].good, cases[i].bad, 1), ==, 1);
        g_assert_null(rec_recording_from_json(spoiled->str, spoiled->len));
    }
    for (size_t size = 0; size + 2 < strlen(json); size++) /* without the last brace */
        g_assert_null(rec_recording_from_json(json, size));
}

static void
verified_against_its_files(void)
{
    char *dir = folder_new();
    g_autoptr(RecRecording) recording = make();
    g_autofree char *path = g_build_filename(dir, "family-video-1.webm", NULL);
    g_autoptr(GError) error = NULL;

    g_assert_false(rec_recording_verify(recording, dir, NULL, &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_IO);
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(path, "abc", 3, NULL));
    g_assert_true(rec_recording_verify(recording, dir, NULL, &error));
    g_assert_no_error(error);
    g_assert_true(g_file_set_contents(path, "abd", 3, NULL));
    g_assert_false(rec_recording_verify(recording, dir, NULL, &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_INVALID);
    folder_free(dir);
}

static void
loaded_from_a_folder(void)
{
    char *dir = folder_new();
    g_autoptr(RecRecording) recording = make();
    g_autofree char *path = g_build_filename(dir, REC_RECORDING_JSON, NULL), *json = rec_recording_to_json(recording);
    g_autoptr(GError) error = NULL;

    g_assert_null(rec_recording_load(dir, &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_IO);
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(path, "{}", 2, NULL));
    g_assert_null(rec_recording_load(dir, &error));
    g_assert_error(error, REC_ERROR, REC_ERROR_INVALID);
    g_clear_error(&error);
    g_assert_true(g_file_set_contents(path, json, -1, NULL));
    g_autoptr(RecRecording) loaded = rec_recording_load(dir, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(loaded->session, ==, "v1");
    folder_free(dir);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recorder/recording/written-and-read", written_and_read);
    g_test_add_func("/recorder/recording/spoiled-is-refused", spoiled_is_refused);
    g_test_add_func("/recorder/recording/verified-against-its-files", verified_against_its_files);
    g_test_add_func("/recorder/recording/loaded-from-a-folder", loaded_from_a_folder);
    return g_test_run();
}
