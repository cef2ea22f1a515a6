/* Which layer a viewer gets, and that it decodes. */
#include "simulcast-model.h"

enum { SECOND_US = 1000 * 1000 };

static void
test_all_there_is_without_a_limit(Model *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaViewerLayer layers[MEDIA_MAX_LAYERS];

    model_run(self, SECOND_US);
    media_viewer_set_track(self->viewer, self->track);
    model_run(self, 5 * SECOND_US);
    ModelView view = model_watch(self);
    g_assert_cmpint(view.encoding, ==, 0);
    g_assert_cmpint(view.temporal, ==, 2);
    size_t n = media_viewer_get_layers(self->viewer, layers);
    g_assert_cmpuint(n, ==, 7); /* three, and twice two: a quarter of the frames of a larger picture is not offered */
    for (size_t i = 1; i < n; i++)
        g_assert_cmpuint(layers[i].bitrate, >=, layers[i - 1].bitrate);
    model_assert_whole(self);
}

static void
test_a_budget_is_kept(Model *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaViewerLayer layers[MEDIA_MAX_LAYERS];
    MediaViewerStats stats;

    model_run(self, SECOND_US);
    media_viewer_set_track(self->viewer, self->track);
    model_run(self, 2 * SECOND_US);
    size_t n = media_viewer_get_layers(self->viewer, layers);
    for (size_t i = n; i-- > 0;) {
        media_viewer_set_budget(self->viewer, layers[i].bitrate + layers[i].bitrate / 8);
        model_run(self, 4 * SECOND_US);
        media_viewer_get_stats(self->viewer, &stats);
        g_assert_cmpuint(stats.bitrate, <=, layers[i].bitrate + layers[i].bitrate / 4);
        g_assert_cmpuint(stats.bitrate, >=, layers[i].bitrate - layers[i].bitrate / 3);
    }
    model_assert_whole(self);
    g_assert_cmpint(model_watch(self).longest_us, <, SECOND_US);
    media_viewer_set_budget(self->viewer, UINT32_MAX);
    model_run(self, 4 * SECOND_US);
    g_assert_cmpint(model_watch(self).encoding, ==, 0);
    model_assert_whole(self);
}

static void
test_a_small_tile_gets_a_small_picture(Model *self, gconstpointer data G_GNUC_UNUSED)
{
    model_run(self, SECOND_US);
    media_viewer_set_wanted_size(self->viewer, 300, 170);
    media_viewer_set_track(self->viewer, self->track);
    model_run(self, 3 * SECOND_US);
    g_assert_cmpint(model_watch(self).encoding, ==, 2);
    media_viewer_set_wanted_size(self->viewer, 360, 640); /* upright, and more than the smallest */
    model_run(self, 3 * SECOND_US);
    g_assert_cmpint(model_watch(self).encoding, ==, 1);
    media_viewer_set_wanted_size(self->viewer, 0, 0);
    model_run(self, 3 * SECOND_US);
    g_assert_cmpint(model_watch(self).encoding, ==, 0);
    model_assert_whole(self);
}

static void
test_an_encoding_that_stops_is_left(Model *self, gconstpointer data G_GNUC_UNUSED)
{
    model_run(self, SECOND_US);
    media_viewer_set_track(self->viewer, self->track);
    model_run(self, 3 * SECOND_US);
    self->encodings[0].stopped = true;
    model_run(self, 3 * SECOND_US);
    ModelView view = model_watch(self);
    g_assert_cmpint(view.encoding, ==, 1);
    g_assert_cmpint(view.longest_us, <, SECOND_US);
    self->encodings[0].stopped = false;
    model_run(self, 5 * SECOND_US);
    g_assert_cmpint(model_watch(self).encoding, ==, 0);
    model_assert_whole(self);
}

/* As that of a browser whose encoder lets frames go to keep to a small rate. */
static void
test_an_encoding_that_stumbles_is_not_left_each_time(Model *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaViewerStats stats;

    model_run(self, SECOND_US);
    media_viewer_set_wanted_size(self->viewer, 300, 170);
    media_viewer_set_track(self->viewer, self->track);
    model_run(self, 3 * SECOND_US);
    for (unsigned i = 0; i < 40; i++) {
        self->encodings[2].stopped = true;
        model_run(self, SECOND_US * 2 / 5);
        self->encodings[2].stopped = false;
        model_run(self, SECOND_US / 10);
    }
    media_viewer_get_stats(self->viewer, &stats);
    g_assert_cmpuint(stats.switches, <=, 2); /* the first time, and back */
    g_assert_cmpuint(self->encodings[0].n_keys_asked + self->encodings[1].n_keys_asked, <=, 1);
    g_assert_cmpint(model_watch(self).encoding, ==, 2);
    self->encodings[2].stopped = true;
    model_run(self, 3 * SECOND_US);
    g_assert_cmpint(model_watch(self).encoding, ==, 1); /* it has stopped indeed */
    model_assert_whole(self);
}

static void
test_key_frames_are_asked_of_the_encoding_that_needs_one(Model *self, gconstpointer data G_GNUC_UNUSED)
{
    model_run(self, SECOND_US);
    media_viewer_set_track(self->viewer, self->track);
    model_run(self, 3 * SECOND_US);
    unsigned before = self->encodings[0].n_keys_asked;
    media_viewer_set_wanted_size(self->viewer, 320, 180);
    model_run(self, 3 * SECOND_US);
    g_assert_cmpuint(self->encodings[0].n_keys_asked, ==, before);
    g_assert_cmpuint(self->encodings[1].n_keys_asked, ==, 0);
    g_assert_cmpuint(self->encodings[2].n_keys_asked, ==, 1);
}

static void
test_stills_are_few(Model *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaViewerStats stats;

    model_run(self, SECOND_US);
    media_viewer_set_track(self->viewer, self->track);
    model_run(self, 2 * SECOND_US);
    ModelView before = model_watch(self);
    media_viewer_set_budget(self->viewer, 0);
    model_run(self, 60 * SECOND_US);
    for (unsigned i = 0; i < 50; i++)
        media_viewer_on_keyframe_request(self->viewer); /* a browser that waits says so all the time */
    ModelView after = model_watch(self);
    g_assert_cmpuint(after.n_frames - before.n_frames, >=, 3);
    g_assert_cmpuint(after.n_frames - before.n_frames, <=, 8);
    g_assert_cmpuint(after.n_keys - before.n_keys, ==, after.n_frames - before.n_frames);
    g_assert_cmpint(after.encoding, ==, 2);
    g_assert_cmpuint(self->encodings[2].n_keys_asked, <=, 8);
    media_viewer_get_stats(self->viewer, &stats);
    g_assert_true(stats.suspended);
    media_viewer_set_budget(self->viewer, UINT32_MAX);
    model_run(self, 4 * SECOND_US);
    media_viewer_get_stats(self->viewer, &stats);
    g_assert_false(stats.suspended);
    g_assert_cmpint(model_watch(self).encoding, ==, 0);
    g_assert_cmpuint(model_watch(self).n_frames, >, after.n_frames + 80);
    model_assert_whole(self);
}

static void
test_stills_may_be_all_that_is_wanted(Model *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaViewerStats stats;
    MediaViewerLayer layers[MEDIA_MAX_LAYERS];

    model_run(self, SECOND_US);
    media_viewer_set_stills(self->viewer, true);
    media_viewer_set_track(self->viewer, self->track);
    model_run(self, SECOND_US);
    g_assert_cmpuint(model_watch(self).n_frames, ==, 1); /* at once */
    model_run(self, 60 * SECOND_US);
    ModelView stills = model_watch(self);
    g_assert_cmpuint(stills.n_frames, >=, 6);
    g_assert_cmpuint(stills.n_frames, <=, 14);
    g_assert_cmpuint(stills.n_keys, ==, stills.n_frames);
    g_assert_cmpint(stills.encoding, ==, 2);
    g_assert_cmpuint(media_viewer_get_layers(self->viewer, layers), ==, 0); /* it takes no part of the line */
    media_viewer_get_stats(self->viewer, &stats);
    g_assert_false(stats.suspended); /* nobody's line is too thin */
    media_viewer_set_stills(self->viewer, false);
    model_run(self, 4 * SECOND_US);
    g_assert_cmpint(model_watch(self).encoding, ==, 0);
    g_assert_cmpuint(model_watch(self).n_frames, >, stills.n_frames + 80);
    model_assert_whole(self);
}

/* A journal's side of things: what it was given, and how long it was given nothing. */
typedef struct {
    MediaSink sink;
    unsigned n_packets, n_reports;
    uint32_t ssrc, timestamp;
    uint64_t sequence;
    int64_t arrival_us, longest_us;
    size_t size;
    bool gone;
} Journal;

static void
on_journal_packets(MediaSink *sink, MediaTrack *track G_GNUC_UNUSED, const MediaPacket *packets, size_t n_packets)
{
    Journal *self = (Journal *)sink;

    for (size_t i = 0; i < n_packets; i++) {
        const MediaPacket *packet = &packets[i];
        MediaRtp rtp;

        g_assert_true(media_rtp_parse(packet->data, packet->size, &rtp));
        g_assert_cmpuint(rtp.timestamp, ==, packet->timestamp);
        g_assert_cmpuint(rtp.sequence, ==, (uint16_t)packet->sequence);
        if (self->n_packets++ > 0) {
            g_assert_cmpuint(rtp.ssrc, ==, self->ssrc);
            g_assert_cmpuint(packet->sequence, ==, self->sequence + 1);
            g_assert_cmpint((int32_t)(packet->timestamp - self->timestamp), >=, 0);
            self->longest_us = MAX(self->longest_us, packet->arrival_us - self->arrival_us);
        } else {
            g_assert_true(packet->keyframe);
        }
        self->ssrc = rtp.ssrc;
        self->timestamp = packet->timestamp;
        self->sequence = packet->sequence;
        self->arrival_us = packet->arrival_us;
        self->size = packet->payload_size;
    }
}

static void
on_journal_report(MediaSink *sink, MediaTrack *track G_GNUC_UNUSED, const MediaSenderReport *report)
{
    Journal *self = (Journal *)sink;

    self->n_reports++;
    g_assert_true(self->n_packets == 0 || report->ssrc == self->ssrc);
}

static void
on_journal_gone(MediaSink *sink, MediaTrack *track G_GNUC_UNUSED)
{
    ((Journal *)sink)->gone = true;
}

static void
test_the_journal_gets_the_best_as_one_stream(void)
{
    static const MediaSinkClass klass = { on_journal_packets, on_journal_report, on_journal_gone, .for_people = false };
    Journal journal = { .sink.klass = &klass, .sink.keyframe_interval_us = 4 * SECOND_US };
    Model model;
    uint32_t began;

    model_set_up(&model, 1);
    media_encodings_add_sink(media_track_get_encodings(model.track), &journal.sink);
    model_run(&model, 4 * SECOND_US);
    g_assert_cmpuint(journal.size, >, 300); /* of the largest */
    began = journal.timestamp;
    model.encodings[0].stopped = true;
    model_run(&model, 2 * SECOND_US);
    model.encodings[1].stopped = true;
    model_run(&model, 2 * SECOND_US);
    g_assert_cmpint(journal.longest_us, <, SECOND_US);
    model.encodings[0].stopped = model.encodings[1].stopped = false;
    model_run(&model, 12 * SECOND_US);
    g_assert_cmpuint(journal.size, >, 300);
    g_assert_cmpuint(journal.timestamp - began, >, 16 * 90000 - 20000); /* as time passed */
    g_assert_cmpuint(journal.timestamp - began, <, 16 * 90000 + 20000);
    g_assert_cmpuint(model.encodings[0].n_keys_asked, >=, 3); /* one to come back, then every four seconds */
    model_tear_down(&model);
    g_assert_true(journal.gone);
}

/* Anything at any time. */
static void
disturb(Model *self)
{
    switch (g_rand_int_range(self->rand, 0, 60)) {
    case 0:
        media_viewer_set_budget(self->viewer, UINT32_MAX);
        break;
    case 1:
    case 2:
    case 3:
        media_viewer_set_budget(self->viewer, (uint32_t)g_rand_int_range(self->rand, 0, 1200000));
        break;
    case 4:
        media_viewer_set_budget(self->viewer, 0);
        break;
    case 5:
        media_viewer_set_wanted_size(self->viewer, (uint16_t)g_rand_int_range(self->rand, 0, 1300), 100);
        break;
    case 6:
        self->encodings[g_rand_int_range(self->rand, 0, 2)].stopped ^= true;
        break;
    case 7:
        media_viewer_on_keyframe_request(self->viewer);
        break;
    case 8:
        self->encodings[g_rand_int_range(self->rand, 0, MODEL_ENCODINGS)].key_wanted = true;
        break;
    default:
        break;
    }
}

static void
run_at_random(unsigned loss_percent)
{
    for (guint32 seed = 1; seed <= 40; seed++) {
        Model model;

        model_set_up(&model, seed);
        model.loss_percent = loss_percent;
        model_run(&model, (int64_t)seed * 100 * 1000 % SECOND_US);
        media_viewer_set_track(model.viewer, model.track);
        for (unsigned i = 0; i < 900; i++) {
            disturb(&model);
            model_step(&model);
        }
        model.loss_percent = 0;
        media_viewer_set_budget(model.viewer, UINT32_MAX);
        model_run(&model, SECOND_US); /* what is late comes */
        g_assert_cmpuint(model_watch(&model).n_frames, >, 100);
        model_assert_whole(&model);
        model_tear_down(&model);
    }
}

static void
test_what_is_sent_decodes(void)
{
    run_at_random(0);
}

static void
test_what_is_sent_decodes_on_a_bad_line(void)
{
    run_at_random(5);
}

static void
set_up(Model *self, gconstpointer data G_GNUC_UNUSED)
{
    model_set_up(self, 1);
}

static void
tear_down(Model *self, gconstpointer data G_GNUC_UNUSED)
{
    model_tear_down(self);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*func)(Model *model, gconstpointer data);
    } tests[] = {
        { "all-there-is-without-a-limit", test_all_there_is_without_a_limit },
        { "a-budget-is-kept", test_a_budget_is_kept },
        { "a-small-tile-gets-a-small-picture", test_a_small_tile_gets_a_small_picture },
        { "an-encoding-that-stops-is-left", test_an_encoding_that_stops_is_left },
        { "an-encoding-that-stumbles-is-not-left-each-time", test_an_encoding_that_stumbles_is_not_left_each_time },
        { "key-frames-are-asked-of-the-encoding-that-needs-one",
          test_key_frames_are_asked_of_the_encoding_that_needs_one },
        { "stills-are-few", test_stills_are_few },
        { "stills-may-be-all-that-is-wanted", test_stills_may_be_all_that_is_wanted },
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/media/viewer-layers/", tests[i].name, NULL);
        g_test_add(path, Model, NULL, set_up, tests[i].func, tear_down);
    }
    g_test_add_func("/media/viewer-layers/the-journal-gets-the-best-as-one-stream",
                    test_the_journal_gets_the_best_as_one_stream);
    g_test_add_func("/media/viewer-layers/what-is-sent-decodes", test_what_is_sent_decodes);
    g_test_add_func("/media/viewer-layers/what-is-sent-decodes-on-a-bad-line", test_what_is_sent_decodes_on_a_bad_line);
    return g_test_run();
}
