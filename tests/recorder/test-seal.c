#include <glib/gstdio.h>
#include <string.h>
#include <sysexits.h>

#include "recorder/journal.h"
#include "recorder/recording.h"
#include "tests/recorder/folder.h"
#include "tests/recorder/studio.h"

#define PICTURE(n, size, encoder) "videotestsrc num-buffers=" n " ! video/x-raw," size ",framerate=25/1 ! " encoder
#define SMALL                     "width=160,height=120"
#define LARGE                     "width=320,height=240"
#define VP8(n)                    PICTURE(n, SMALL, "vp8enc deadline=1 keyframe-max-dist=25")
#define VP9(n)                    PICTURE(n, SMALL, "vp9enc deadline=1 cpu-used=8 keyframe-max-dist=25")
#define AV1(n)                    PICTURE(n, SMALL, "av1enc cpu-used=8 usage-profile=realtime keyframe-max-dist=25")
#define H264(n, size)                                                                                                  \
    PICTURE(n, size, "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 ! video/x-h264,profile=baseline")
#define SOUND(n) "audiotestsrc samplesperbuffer=960 num-buffers=" n " ! audio/x-raw,rate=48000 ! opusenc"

static const int64_t FRAME_US = 40000;
static const int64_t SECOND_US = G_USEC_PER_SEC;

typedef struct {
    char *dir, *journal_dir, *out;
    RecJournal *journal;
    GPtrArray *tracks;
    int64_t base_us; /* CLOCK_MONOTONIC of time 0 */
    int64_t wall_us; /* CLOCK_REALTIME of it */
    bool closed;
} Stage;

static const RecJournalEvents no_events = { NULL };

static void
stage_init(Stage *self)
{
    g_autoptr(GError) error = NULL;

    *self = (Stage){ .dir = folder_new(), .tracks = g_ptr_array_new() };
    self->journal_dir = g_build_filename(self->dir, "journal", NULL);
    self->out = g_build_filename(self->dir, "archive", NULL);
    RecJournalConfig config = { .dir = self->journal_dir, .n_workers = 1 };
    self->journal = rec_journal_new(&config, &no_events, NULL, &error);
    g_assert_no_error(error);
    self->base_us = g_get_monotonic_time() - 60 * SECOND_US;
    self->wall_us = g_get_real_time() - 60 * SECOND_US;
}

static RecTrack *
add_track(Stage *self, const char *id, MediaKind kind)
{
    RecTrackInfo info = { .session = "v1", .track = id, .party = "family", .label = "Family", .kind = kind };
    RecTrack *track = rec_journal_add_track(self->journal, &info);

    g_ptr_array_add(self->tracks, track);
    return track;
}

static void
on_closed(void *session, void *data)
{
    g_assert_cmpstr(session, ==, "v1");
    *(bool *)data = true;
}

static void
end_journal(Stage *self)
{
    if (!self->journal)
        return;
    for (unsigned i = 0; i < self->tracks->len; i++)
        rec_track_close(self->tracks->pdata[i]);
    rec_journal_close_session(self->journal, "v1", on_closed, &self->closed);
    while (!self->closed)
        g_main_context_iteration(NULL, TRUE);
    g_clear_pointer(&self->journal, rec_journal_free);
}

static int
run_sealer(Stage *self, const char *out)
{
    const char *argv[] = { YUANJIAN_SEAL, "--journal", self->journal_dir, "--session", "v1", "--out", out, NULL };
    g_autoptr(GError) error = NULL;
    int status;

    g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, &error);
    g_assert_no_error(error);
    g_assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static char *
get_path(Stage *self, const char *name)
{
    return g_build_filename(self->out, "v1", name, NULL);
}

static RecRecording *
seal(Stage *self)
{
    g_autofree char *folder = get_path(self, NULL);
    g_autoptr(GError) error = NULL;

    end_journal(self);
    g_assert_cmpint(run_sealer(self, self->out), ==, EX_OK);
    RecRecording *recording = rec_recording_load(folder, &error);
    g_assert_no_error(error);
    g_assert_true(rec_recording_verify(recording, folder, NULL, &error));
    g_assert_no_error(error);
    return recording;
}

static const RecFile *
get_file(const RecRecording *recording, unsigned i)
{
    g_assert_cmpuint(recording->files->len, >, i);
    return recording->files->pdata[i];
}

static void
stage_clear(Stage *self)
{
    end_journal(self);
    g_ptr_array_unref(self->tracks);
    g_free(self->journal_dir);
    g_free(self->out);
    folder_free(self->dir);
}

static void
assert_near(int64_t value_us, int64_t expected_us, int64_t tolerance_us)
{
    g_assert_cmpint(value_us, >=, expected_us - tolerance_us);
    g_assert_cmpint(value_us, <=, expected_us + tolerance_us);
}

/* The file holds the very frames of the encoder. */
static void
assert_frames(Stage *self, const RecFile *file, const StudioTake *take)
{
    g_autofree char *path = get_path(self, file->file);
    g_autoptr(GArray) frames = studio_read_file(path);

    g_assert_cmpuint(frames->len, ==, take->frames->len);
    for (unsigned i = 0; i < frames->len; i++)
        g_assert_true(g_bytes_equal(g_array_index(frames, StudioFrame, i).bytes, take->frames->pdata[i]));
}

static unsigned
decode(Stage *self, const RecFile *file)
{
    g_autofree char *path = get_path(self, file->file);

    return studio_decode_file(path);
}

static void
sound_and_picture(void)
{
    Stage stage;
    g_autoptr(StudioTake) picture = studio_take_new(MEDIA_CODEC_VP8, VP8("100"));
    g_autoptr(StudioTake) sound = studio_take_new(MEDIA_CODEC_OPUS, SOUND("200"));

    stage_init(&stage);
    rec_journal_add_event(stage.journal, "v1", "open", "{\"kind\":\"visit\"}", stage.wall_us - SECOND_US);
    studio_take_play(picture, add_track(&stage, "family-video-1", MEDIA_KIND_VIDEO), stage.base_us);
    studio_take_play(sound, add_track(&stage, "family-audio-1", MEDIA_KIND_AUDIO), stage.base_us + 20000);
    rec_journal_add_event(stage.journal, "v1", "close", NULL, stage.wall_us + 5 * SECOND_US);
    g_autoptr(RecRecording) recording = seal(&stage);

    g_assert_cmpuint(recording->files->len, ==, 2);
    assert_near(recording->began_us, stage.wall_us - SECOND_US, 0);
    assert_near(recording->duration_us, 6 * SECOND_US, 0);
    g_assert_false(recording->recovered);
    const RecFile *video = get_file(recording, 0), *audio = get_file(recording, 1);
    g_assert_cmpstr(video->file, ==, "family-video-1.webm");
    g_assert_cmpstr(video->content_type, ==, "video/webm");
    g_assert_cmpint(video->codec, ==, MEDIA_CODEC_VP8);
    g_assert_cmpuint(video->width, ==, 160);
    g_assert_cmpuint(video->height, ==, 120);
    g_assert_cmpuint(video->packets, ==, picture->packets->len);
    assert_near(video->start_us, SECOND_US, 2000);
    assert_near(video->duration_us, 4 * SECOND_US, 2000);
    g_assert_cmpstr(audio->content_type, ==, "audio/webm");
    assert_near(audio->start_us, SECOND_US + 20000, 2000);
    assert_near(audio->duration_us, 4 * SECOND_US, 40000);
    g_assert_cmpuint(video->lost + audio->lost + video->gaps->len + audio->gaps->len, ==, 0);
    g_assert_cmpuint(recording->events->len, ==, 2);
    const RecEvent *event = recording->events->pdata[0];
    g_assert_cmpstr(event->type, ==, "open");
    g_assert_cmpstr(event->detail, ==, "{\"kind\":\"visit\"}");
    g_assert_cmpint(event->at_us, ==, 0);
    assert_frames(&stage, video, picture);
    assert_frames(&stage, audio, sound);
    g_assert_cmpuint(decode(&stage, video), ==, 100);
    g_assert_cmpuint(decode(&stage, audio), >, 0);
    stage_clear(&stage);
}

/* Sound is held up for 150 ms on its way; the reports of both tracks tell when it was made. The sender's clock is
 * an hour off. */
static void
late_sound_is_put_in_step_by_reports(void)
{
    Stage stage;
    g_autoptr(StudioTake) picture = studio_take_new(MEDIA_CODEC_VP8, VP8("250"));
    g_autoptr(StudioTake) sound = studio_take_new(MEDIA_CODEC_OPUS, SOUND("500"));

    stage_init(&stage);
    int64_t ntp_us = stage.wall_us - 3600 * SECOND_US;
    RecTrack *video = add_track(&stage, "family-video-1", MEDIA_KIND_VIDEO);
    RecTrack *audio = add_track(&stage, "family-audio-1", MEDIA_KIND_AUDIO);
    for (unsigned i = 0; i < sound->packets->len; i++)
        studio_take_get(sound, i)->delay_us = 150000 + i * 7919 % 13000;
    for (unsigned i = 0; i < picture->packets->len; i++)
        studio_take_get(picture, i)->delay_us = i * 6841 % 17000;
    studio_take_play(picture, video, stage.base_us);
    studio_take_play(sound, audio, stage.base_us);
    for (int64_t at_us = SECOND_US / 2; at_us < 10 * SECOND_US; at_us += SECOND_US) {
        studio_take_report(picture, video, stage.base_us, at_us, ntp_us + at_us, 3000);
        studio_take_report(sound, audio, stage.base_us, at_us, ntp_us + at_us, 150000);
    }
    g_autoptr(RecRecording) recording = seal(&stage);

    assert_near(get_file(recording, 1)->start_us - get_file(recording, 0)->start_us, 0, 5000);
    stage_clear(&stage);
}

/* One track says nothing usable about its clock: arrival has to do. */
static void
lying_reports_are_not_believed(void)
{
    Stage stage;
    g_autoptr(StudioTake) picture = studio_take_new(MEDIA_CODEC_VP8, VP8("100"));
    g_autoptr(StudioTake) sound = studio_take_new(MEDIA_CODEC_OPUS, SOUND("200"));

    stage_init(&stage);
    RecTrack *video = add_track(&stage, "family-video-1", MEDIA_KIND_VIDEO);
    RecTrack *audio = add_track(&stage, "family-audio-1", MEDIA_KIND_AUDIO);
    studio_take_play(picture, video, stage.base_us);
    studio_take_play(sound, audio, stage.base_us);
    for (int64_t at_us = SECOND_US / 2; at_us < 4 * SECOND_US; at_us += SECOND_US) {
        studio_take_report(picture, video, stage.base_us, at_us, stage.wall_us + at_us, 0);
        studio_take_report(sound, audio, stage.base_us, at_us, at_us * 3, 0);
    }
    g_autoptr(RecRecording) recording = seal(&stage);

    assert_near(get_file(recording, 1)->start_us - get_file(recording, 0)->start_us, 0, 5000);
    assert_near(get_file(recording, 1)->duration_us, 4 * SECOND_US, 40000);
    stage_clear(&stage);
}

static void
same_journal_gives_same_bytes(void)
{
    Stage stage;
    g_autoptr(StudioTake) picture = studio_take_new(MEDIA_CODEC_VP8, VP8("50"));
    g_autoptr(StudioTake) sound = studio_take_new(MEDIA_CODEC_OPUS, SOUND("100"));
    g_autoptr(StudioTake) other = studio_take_new(MEDIA_CODEC_H264, H264("50", SMALL));
    g_autofree char *json = NULL, *other_json = NULL;
    size_t size, other_size;

    stage_init(&stage);
    studio_take_play(picture, add_track(&stage, "family-video-1", MEDIA_KIND_VIDEO), stage.base_us);
    studio_take_play(sound, add_track(&stage, "family-audio-1", MEDIA_KIND_AUDIO), stage.base_us);
    studio_take_play(other, add_track(&stage, "terminal-video-1", MEDIA_KIND_VIDEO), stage.base_us);
    g_autoptr(RecRecording) recording = seal(&stage);
    g_assert_cmpuint(recording->files->len, ==, 3);

    g_usleep(1100 * 1000); /* times in files have seconds: let the clock show another one */
    g_autofree char *again = g_build_filename(stage.dir, "again", NULL);
    g_autofree char *half = g_build_filename(again, ".v1.tmp", NULL), *rest = g_build_filename(half, "rest", NULL);
    g_assert_cmpint(g_mkdir_with_parents(half, 0700), ==, 0); /* as a sealer leaves it that was killed */
    g_assert_true(g_file_set_contents(rest, "half", 4, NULL));
    g_assert_cmpint(run_sealer(&stage, again), ==, EX_OK);
    g_assert_false(g_file_test(half, G_FILE_TEST_EXISTS));
    g_autofree char *path = get_path(&stage, REC_RECORDING_JSON);
    g_autofree char *other_path = g_build_filename(again, "v1", REC_RECORDING_JSON, NULL);
    g_assert_true(g_file_get_contents(path, &json, &size, NULL));
    g_assert_true(g_file_get_contents(other_path, &other_json, &other_size, NULL));
    g_assert_cmpmem(json, size, other_json, other_size); /* with the hashes of all files */
    stage_clear(&stage);
}

static void
sealed_twice_stays_as_it_is(void)
{
    Stage stage;
    g_autoptr(StudioTake) sound = studio_take_new(MEDIA_CODEC_OPUS, SOUND("50"));

    stage_init(&stage);
    studio_take_play(sound, add_track(&stage, "family-audio-1", MEDIA_KIND_AUDIO), stage.base_us);
    g_autoptr(RecRecording) recording = seal(&stage);
    g_assert_cmpint(run_sealer(&stage, stage.out), ==, EX_OK);

    g_autofree char *path = get_path(&stage, get_file(recording, 0)->file);
    g_assert_true(g_file_set_contents(path, "something else", -1, NULL));
    g_assert_cmpint(run_sealer(&stage, stage.out), !=, EX_OK);
    stage_clear(&stage);
}

static void
parameter_sets_may_change(void)
{
    Stage stage;
    g_autoptr(StudioTake) small = studio_take_new(MEDIA_CODEC_H264, H264("50", SMALL));
    g_autoptr(StudioTake) large = studio_take_new(MEDIA_CODEC_H264, H264("50", LARGE));

    stage_init(&stage);
    studio_take_follow(large, small, 50 * FRAME_US);
    RecTrack *track = add_track(&stage, "terminal-video-1", MEDIA_KIND_VIDEO);
    studio_take_play(small, track, stage.base_us);
    studio_take_play(large, track, stage.base_us);
    g_autoptr(RecRecording) recording = seal(&stage);

    g_assert_cmpuint(recording->files->len, ==, 1);
    const RecFile *file = get_file(recording, 0);
    g_assert_cmpstr(file->file, ==, "terminal-video-1.mp4");
    g_assert_cmpstr(file->content_type, ==, "video/mp4");
    g_assert_cmpuint(file->width, ==, 320);
    assert_near(file->duration_us, 4 * SECOND_US, 2000);
    g_autofree char *path = get_path(&stage, file->file), *bytes = NULL;
    size_t size;
    g_assert_true(g_file_get_contents(path, &bytes, &size, NULL));
    const char *head = memmem(bytes, size, "moov", 4), *data = memmem(bytes, size, "mdat", 4);
    g_assert_nonnull(memmem(bytes, size, "avc3", 4));
    g_assert_true(head && data && head < data); /* plays before all of it is there */
    g_assert_cmpuint(decode(&stage, file), ==, 100);
    stage_clear(&stage);
}

static void
hole_in_sound_is_filled(void)
{
    Stage stage;
    g_autoptr(StudioTake) sound = studio_take_new(MEDIA_CODEC_OPUS, SOUND("500"));

    stage_init(&stage);
    for (unsigned i = 100; i < 350; i++)
        studio_take_get(sound, i)->lost = true;
    studio_take_play(sound, add_track(&stage, "family-audio-1", MEDIA_KIND_AUDIO), stage.base_us);
    g_autoptr(RecRecording) recording = seal(&stage);

    const RecFile *file = get_file(recording, 0);
    g_autofree char *path = get_path(&stage, file->file);
    g_autoptr(GArray) frames = studio_read_file(path);
    g_assert_cmpuint(frames->len, ==, sound->frames->len);
    for (unsigned i = 0; i < frames->len; i++) {
        const StudioFrame *frame = &g_array_index(frames, StudioFrame, i);
        assert_near(frame->time_us, studio_take_get(sound, i)->time_us, 2000);
        if (i >= 100 && i < 350)
            g_assert_cmpuint(g_bytes_get_size(frame->bytes), ==, 3);
        else
            g_assert_true(g_bytes_equal(frame->bytes, sound->frames->pdata[i]));
    }
    g_assert_cmpuint(file->lost, ==, 250);
    g_assert_cmpuint(file->gaps->len, ==, 1);
    const RecGap *gap = &g_array_index(file->gaps, RecGap, 0);
    g_assert_cmpstr(gap->cause, ==, "network");
    assert_near(gap->to_us - gap->from_us, 5 * SECOND_US, 25000);
    g_assert_cmpuint(decode(&stage, file), >=, 500);
    stage_clear(&stage);
}

static void
pause_explains_a_gap(void)
{
    Stage stage;
    g_autoptr(StudioTake) picture = studio_take_new(MEDIA_CODEC_VP8, VP8("200"));

    stage_init(&stage);
    for (unsigned i = 0; i < picture->packets->len; i++) {
        StudioPacket *packet = studio_take_get(picture, i);
        packet->lost = packet->time_us >= 2 * SECOND_US && packet->time_us < 5 * SECOND_US;
    }
    rec_journal_add_event(stage.journal, "v1", "pause", NULL, stage.wall_us + 2 * SECOND_US);
    rec_journal_add_event(stage.journal, "v1", "resume", NULL, stage.wall_us + 5 * SECOND_US);
    studio_take_play(picture, add_track(&stage, "family-video-1", MEDIA_KIND_VIDEO), stage.base_us);
    g_autoptr(RecRecording) recording = seal(&stage);

    const RecFile *file = get_file(recording, 0);
    g_assert_cmpuint(file->lost, ==, 0);
    g_assert_cmpuint(file->gaps->len, ==, 1);
    g_assert_cmpstr(g_array_index(file->gaps, RecGap, 0).cause, ==, "paused");
    assert_near(file->duration_us, 8 * SECOND_US, 2000);
    g_assert_cmpuint(decode(&stage, file), ==, 125);
    stage_clear(&stage);
}

/* Late, doubled and recovered packets come into their place; lost ones leave a gap and no error. */
static void
disorder_is_put_right(void)
{
    Stage stage;
    g_autoptr(StudioTake) picture = studio_take_new(MEDIA_CODEC_VP8, VP8("100"));

    stage_init(&stage);
    RecTrack *track = add_track(&stage, "family-video-1", MEDIA_KIND_VIDEO);
    for (unsigned i = 1; i < picture->packets->len; i += 7) {
        studio_take_get(picture, i)->delay_us = 300000 + i * 1000;
        studio_take_get(picture, i)->recovered = true;
    }
    studio_take_play(picture, track, stage.base_us);
    studio_take_play(picture, track, stage.base_us + 1000);
    g_autoptr(RecRecording) recording = seal(&stage);

    const RecFile *file = get_file(recording, 0);
    g_assert_cmpuint(file->packets, ==, picture->packets->len);
    g_assert_cmpuint(file->lost, ==, 0);
    assert_near(file->duration_us, 4 * SECOND_US, 2000);
    assert_frames(&stage, file, picture);
    stage_clear(&stage);
}

static void
begins_at_the_first_whole_key_frame(void)
{
    Stage stage;
    g_autoptr(StudioTake) picture = studio_take_new(MEDIA_CODEC_VP8, VP8("100"));

    stage_init(&stage);
    studio_take_get(picture, 1)->lost = true; /* of the first key frame; the next is at 1 s */
    studio_take_play(picture, add_track(&stage, "family-video-1", MEDIA_KIND_VIDEO), stage.base_us);
    g_autoptr(RecRecording) recording = seal(&stage);

    assert_near(recording->began_us, stage.wall_us, 5000);
    assert_near(get_file(recording, 0)->start_us, SECOND_US, 2000);
    g_assert_cmpuint(decode(&stage, get_file(recording, 0)), ==, 75);
    stage_clear(&stage);
}

static void
another_codec_is_another_file(void)
{
    Stage stage;
    g_autoptr(StudioTake) first = studio_take_new(MEDIA_CODEC_VP8, VP8("50"));
    g_autoptr(StudioTake) second = studio_take_new(MEDIA_CODEC_H264, H264("50", SMALL));

    stage_init(&stage);
    studio_take_follow(second, first, 50 * FRAME_US);
    RecTrack *track = add_track(&stage, "family-video-1", MEDIA_KIND_VIDEO);
    studio_take_play(first, track, stage.base_us);
    studio_take_play(second, track, stage.base_us);
    g_autoptr(RecRecording) recording = seal(&stage);

    g_assert_cmpuint(recording->files->len, ==, 2);
    g_assert_cmpstr(get_file(recording, 0)->file, ==, "family-video-1.webm");
    g_assert_cmpstr(get_file(recording, 1)->file, ==, "family-video-1~2.mp4");
    assert_near(get_file(recording, 1)->start_us - get_file(recording, 0)->start_us, 2 * SECOND_US, 2000);
    g_assert_cmpuint(decode(&stage, get_file(recording, 0)) + decode(&stage, get_file(recording, 1)), ==, 100);
    stage_clear(&stage);
}

/* The same party comes back with a new stream under the same name. */
static void
track_opened_again_is_another_file(void)
{
    Stage stage;
    g_autoptr(StudioTake) first = studio_take_new(MEDIA_CODEC_OPUS, SOUND("50"));
    g_autoptr(StudioTake) second = studio_take_new(MEDIA_CODEC_OPUS, SOUND("50"));

    stage_init(&stage);
    studio_take_play(first, add_track(&stage, "family-audio-1", MEDIA_KIND_AUDIO), stage.base_us);
    studio_take_play(second, add_track(&stage, "family-audio-1", MEDIA_KIND_AUDIO), stage.base_us + 3 * SECOND_US);
    g_autoptr(RecRecording) recording = seal(&stage);

    g_assert_cmpuint(recording->files->len, ==, 2);
    g_assert_cmpstr(get_file(recording, 1)->file, ==, "family-audio-1~2.webm");
    assert_near(get_file(recording, 1)->start_us - get_file(recording, 0)->start_us, 3 * SECOND_US, 2000);
    stage_clear(&stage);
}

/* In mid stream another SSRC goes on, with other numbers and an unrelated clock. */
static void
another_ssrc_goes_on_in_the_same_file(void)
{
    Stage stage;
    g_autoptr(StudioTake) first = studio_take_new(MEDIA_CODEC_OPUS, SOUND("50"));
    g_autoptr(StudioTake) second = studio_take_new(MEDIA_CODEC_OPUS, SOUND("50"));

    stage_init(&stage);
    RecTrack *track = add_track(&stage, "family-audio-1", MEDIA_KIND_AUDIO);
    studio_take_play(first, track, stage.base_us);
    studio_take_play(second, track, stage.base_us + 3 * SECOND_US);
    g_autoptr(RecRecording) recording = seal(&stage);

    g_assert_cmpuint(recording->files->len, ==, 1);
    assert_near(get_file(recording, 0)->duration_us, 4 * SECOND_US, 40000);
    stage_clear(&stage);
}

static void
vp9_and_av1(void)
{
    Stage stage;
    g_autoptr(StudioTake) vp9 = studio_take_new(MEDIA_CODEC_VP9, VP9("50"));
    g_autoptr(StudioTake) av1 = studio_take_new(MEDIA_CODEC_AV1, AV1("50"));

    stage_init(&stage);
    studio_take_play(vp9, add_track(&stage, "family-video-1", MEDIA_KIND_VIDEO), stage.base_us);
    studio_take_play(av1, add_track(&stage, "family-video-2", MEDIA_KIND_VIDEO), stage.base_us);
    g_autoptr(RecRecording) recording = seal(&stage);

    g_assert_cmpuint(recording->files->len, ==, 2);
    g_assert_cmpint(get_file(recording, 0)->codec, ==, MEDIA_CODEC_VP9);
    g_assert_cmpint(get_file(recording, 1)->codec, ==, MEDIA_CODEC_AV1);
    for (unsigned i = 0; i < 2; i++) {
        g_assert_cmpuint(get_file(recording, i)->width, ==, 160);
        assert_near(get_file(recording, i)->duration_us, 2 * SECOND_US, 2000);
        g_assert_cmpuint(decode(&stage, get_file(recording, i)), ==, 50);
    }
    stage_clear(&stage);
}

/* Whatever a peer sends as its media, sealing ends, and the other tracks are there. */
static void
hostile_media(void)
{
    Stage stage;
    g_autoptr(StudioTake) sound = studio_take_new(MEDIA_CODEC_OPUS, SOUND("50"));
    g_autoptr(GRand) random = g_rand_new_with_seed(7);

    stage_init(&stage);
    for (MediaCodec codec = MEDIA_CODEC_OPUS; codec < MEDIA_N_CODECS; codec++) {
        g_autofree char *id = g_strdup_printf("family-bad-%d", codec);
        MediaSink *sink = rec_track_get_sink(add_track(&stage, id, media_codec_get_kind(codec)));
        for (unsigned i = 0; i < 2000; i++) {
            uint8_t bytes[200];
            for (unsigned k = 0; k < sizeof bytes; k++)
                bytes[k] = (uint8_t)g_rand_int(random);
            if (i % 4)
                bytes[0] = 0x80;
            MediaPacket packet = {
                .data = bytes,
                .size = g_rand_int_range(random, 0, sizeof bytes),
                .codec = codec,
                .sequence = (1ull << 32) + i,
                .arrival_us = stage.base_us + i * 1000,
            };
            sink->klass->packets(sink, NULL, &packet, 1);
        }
    }
    studio_take_play(sound, add_track(&stage, "terminal-audio-1", MEDIA_KIND_AUDIO), stage.base_us);
    g_autoptr(RecRecording) recording = seal(&stage);
    g_assert_cmpuint(recording->files->len, >=, MEDIA_N_CODECS);
    const RecFile *last = get_file(recording, recording->files->len - 1);
    g_assert_cmpstr(last->track, ==, "terminal-audio-1");
    assert_frames(&stage, last, sound);
    stage_clear(&stage);
}

static void
unknown_session(void)
{
    Stage stage;

    stage_init(&stage);
    end_journal(&stage);
    g_assert_cmpint(run_sealer(&stage, stage.out), ==, EX_NOINPUT);
    stage_clear(&stage);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    studio_init();
    g_test_add_func("/recorder/seal/sound-and-picture", sound_and_picture);
    g_test_add_func("/recorder/seal/late-sound-is-put-in-step-by-reports", late_sound_is_put_in_step_by_reports);
    g_test_add_func("/recorder/seal/lying-reports-are-not-believed", lying_reports_are_not_believed);
    g_test_add_func("/recorder/seal/same-journal-gives-same-bytes", same_journal_gives_same_bytes);
    g_test_add_func("/recorder/seal/sealed-twice-stays-as-it-is", sealed_twice_stays_as_it_is);
    g_test_add_func("/recorder/seal/parameter-sets-may-change", parameter_sets_may_change);
    g_test_add_func("/recorder/seal/hole-in-sound-is-filled", hole_in_sound_is_filled);
    g_test_add_func("/recorder/seal/pause-explains-a-gap", pause_explains_a_gap);
    g_test_add_func("/recorder/seal/disorder-is-put-right", disorder_is_put_right);
    g_test_add_func("/recorder/seal/begins-at-the-first-whole-key-frame", begins_at_the_first_whole_key_frame);
    g_test_add_func("/recorder/seal/another-codec-is-another-file", another_codec_is_another_file);
    g_test_add_func("/recorder/seal/track-opened-again-is-another-file", track_opened_again_is_another_file);
    g_test_add_func("/recorder/seal/another-ssrc-goes-on-in-the-same-file", another_ssrc_goes_on_in_the_same_file);
    g_test_add_func("/recorder/seal/vp9-and-av1", vp9_and_av1);
    g_test_add_func("/recorder/seal/hostile-media", hostile_media);
    g_test_add_func("/recorder/seal/unknown-session", unknown_session);
    return g_test_run();
}
