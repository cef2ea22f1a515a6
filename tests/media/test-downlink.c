/* A publisher, a viewer, and a line between them and the peer, in virtual time: from packets to what is left out. */
#include "forwarding-fixture.h"

#include <string.h>

#include "media/downlink.h"
#include "media/packet-store.h"
#include "media/twcc.h"
#include "media/viewer.h"
#include "media/wire.h"

enum {
    TICK_US = 5000,
    FRAME_US = 40 * 1000,
    SOUND_US = 20 * 1000,
    FEEDBACK_US = 100 * 1000,
    DELAY_US = 25 * 1000,
    PACKET = 1000,
    EXT_VIEW_TWCC = 5,
    WIRE = 68,
    SECOND = G_USEC_PER_SEC,
};

typedef struct {
    Fixture fixture;
    uint32_t rate; /* of the line, bit/s */
    bool no_feedback;
    unsigned loss_percent;               /* of what goes to the peer; it asks for pictures again */
    GRand *rand;                         /* for that */
    unsigned frame_packets, key_packets; /* of a frame, of a key frame; 0: no more than of others */
    uint32_t timestamp;                  /* of the newest picture that left */
    unsigned n_of_picture, n_whole_keys; /* packets of it; key frames that left whole */
    int64_t free_us;
    MediaTwcc received;
    uint16_t video_sequence, audio_sequence;
    uint64_t video_bytes, audio_packets, padding_packets; /* that left */
    int64_t worst_delay_us;
    struct {
        uint32_t timestamp;
        int64_t sent_us; /* 0: none */
    } report;            /* the viewer's newest */
    int64_t earliest_us,
        latest_us;         /* packets of a picture arrived, by their timestamps and the reports; early: below 0 */
    int64_t worst_step_us; /* by which a report says otherwise than the last */
} Scene;

/* As browsers have it: sound has transport-wide numbers too. */
static void
hear(Fixture *fixture)
{
    const MediaStream stream = {
        .kind = MEDIA_KIND_AUDIO,
        .n_codecs = 1,
        .codecs = { { MEDIA_CODEC_OPUS, VIEW_OPUS_TYPE } },
        .ext_transport_cc = EXT_VIEW_TWCC,
        .ssrc = VIEW_SSRC + 10,
    };

    media_viewer_set_track(media_sender_add_viewer(fixture->sender, &stream), fixture->audio);
}

static void
set_up(Scene *self, uint32_t rate)
{
    *self = (Scene){ .rate = rate, .frame_packets = 5 }; /* a megabit */
    fixture_set_up(&self->fixture);
    fixture_view(&self->fixture, self->fixture.video);
    hear(&self->fixture);
}

static bool
is_lost(Scene *self)
{
    return self->loss_percent > 0 && (unsigned)g_rand_int_range(self->rand, 0, 100) < self->loss_percent;
}

static void
on_report(Scene *self, uint32_t timestamp, int64_t sent_us)
{
    if (self->report.sent_us != 0) {
        int64_t passed_us = (int64_t)(timestamp - self->report.timestamp) * SECOND / 90000;
        self->worst_step_us = MAX(self->worst_step_us, ABS(sent_us - self->report.sent_us - passed_us));
    }
    self->report.timestamp = timestamp;
    self->report.sent_us = sent_us;
}

static void
read_reports(Scene *self)
{
    GArray *sent = fake_transport_get_rtcp(self->fixture.to);
    MediaRtcpReader reader;
    MediaRtcpPacket packet;
    MediaRtcpSenderInfo info;

    for (guint i = 0; i < sent->len; i++) {
        const FakePacket *compound = &g_array_index(sent, FakePacket, i);

        if (!media_rtcp_reader_init(&reader, compound->payload, compound->payload_size))
            continue;
        while (media_rtcp_reader_next(&reader, &packet)) {
            if (packet.type != MEDIA_RTCP_SR || media_rtcp_get_sender_ssrc(&packet) != VIEW_SSRC)
                continue;
            media_rtcp_get_sender_info(&packet, &info);
            on_report(self, info.timestamp, compound->sent_us);
        }
    }
    g_array_set_size(sent, 0);
}

static void
note_arrival(Scene *self, uint32_t timestamp, int64_t arrival_us)
{
    if (self->report.sent_us == 0)
        return;
    int64_t late_us =
        arrival_us - self->report.sent_us - (int64_t)(int32_t)(timestamp - self->report.timestamp) * SECOND / 90000;
    self->earliest_us = MIN(self->earliest_us, late_us);
    self->latest_us = MAX(self->latest_us, late_us);
}

/* Everything that was given to the transport goes over the line; what a queue holds up comes late. */
static void
carry(Scene *self)
{
    GArray *sent = fake_transport_get_rtp(self->fixture.to);

    read_reports(self);
    for (guint i = 0; i < sent->len; i++) {
        FakePacket *packet = &g_array_index(sent, FakePacket, i);
        size_t size = packet->payload_size + packet->padding + WIRE, value_size;
        MediaRtp rtp;

        g_assert_true(media_rtp_parse(packet->header, packet->header_size, &rtp));
        if (is_lost(self)) {
            if (rtp.ssrc == VIEW_SSRC)
                fixture_viewer_nacks(&self->fixture, VIEW_SSRC, rtp.sequence);
            continue;
        }
        self->free_us = MAX(self->free_us, packet->sent_us) + (int64_t)size * 8 * SECOND / self->rate;
        self->worst_delay_us = MAX(self->worst_delay_us, self->free_us - packet->sent_us);
        self->video_bytes += rtp.ssrc == VIEW_SSRC ? packet->payload_size : 0;
        if (rtp.ssrc == VIEW_SSRC) {
            note_arrival(self, rtp.timestamp, self->free_us + DELAY_US);
            self->n_of_picture = rtp.timestamp == self->timestamp ? self->n_of_picture + 1 : 1;
            self->timestamp = rtp.timestamp;
            self->n_whole_keys += self->n_of_picture == self->key_packets;
        }
        self->audio_packets += rtp.ssrc == VIEW_SSRC + 10;
        self->padding_packets += rtp.ssrc == VIEW_SSRC + 1 && packet->payload_size == 0;
        const uint8_t *value = media_rtp_find_extension(&rtp, EXT_VIEW_TWCC, &value_size);
        if (value != NULL && value_size == 2)
            media_twcc_received(&self->received, media_wire_get_16(value), self->free_us + DELAY_US);
    }
    g_array_set_size(sent, 0);
}

static void
send_feedback(Scene *self, int64_t now_us)
{
    MediaRtcpWriter writer = { 0 };

    if (!self->no_feedback && media_twcc_write(&self->received, &writer, 1, VIEW_SSRC))
        media_sender_on_rtcp(self->fixture.sender, writer.bytes, writer.size, now_us);
}

static void
run(Scene *self, int64_t us)
{
    Fixture *fixture = &self->fixture;

    for (int64_t end_us = media_worker_now_us(fixture->worker) + us; media_worker_now_us(fixture->worker) < end_us;) {
        int64_t now_us = media_worker_now_us(fixture->worker);

        bool key = now_us % (2 * SECOND) == 0;
        unsigned n = key && self->key_packets > 0 ? self->key_packets : self->frame_packets;
        for (unsigned i = 0; now_us % FRAME_US == 0 && i < n; i++, self->video_sequence++)
            fixture_publish_vp8(fixture, self->video_sequence, (uint32_t)(now_us / 1000 * 90), i == 0 && key, PACKET);
        if (now_us % SOUND_US == 0)
            fixture_publish_opus(fixture, self->audio_sequence++, (uint32_t)(now_us / 1000 * 48));
        fake_worker_advance(TICK_US);
        carry(self);
        if (now_us % FEEDBACK_US == 0)
            send_feedback(self, media_worker_now_us(fixture->worker));
    }
}

static MediaSenderStats
get_stats(const Scene *self)
{
    MediaSenderStats stats;

    media_sender_get_stats(self->fixture.sender, &stats);
    return stats;
}

static void
test_a_free_line_has_no_limit(void)
{
    Scene scene;

    set_up(&scene, 20000000);
    run(&scene, 10 * SECOND);
    MediaSenderStats stats = get_stats(&scene);
    g_assert_cmpuint(stats.estimate, >, 1000000);
    g_assert_false(stats.limited);
    g_assert_cmpuint(scene.video_bytes, ==, 10 * 25 * 5 * PACKET);
    uint64_t padding = scene.padding_packets;
    run(&scene, 10 * SECOND);
    g_assert_cmpuint(scene.padding_packets, ==, padding); /* nobody wants more: nothing is tried */
    fixture_tear_down(&scene.fixture);
}

static void
test_without_feedback_there_is_no_limit(void)
{
    Scene scene;

    set_up(&scene, 300000);
    scene.no_feedback = true;
    run(&scene, 5 * SECOND);
    g_assert_cmpuint(get_stats(&scene).estimate, ==, 0);
    g_assert_cmpuint(scene.video_bytes, ==, 5 * 25 * 5 * PACKET);
    fixture_tear_down(&scene.fixture);
}

static void
test_on_a_thin_line_sound_goes_on_and_the_picture_stands(void)
{
    Scene scene;

    set_up(&scene, 20000000);
    run(&scene, 5 * SECOND);
    scene.rate = 150000;
    run(&scene, 6 * SECOND);
    uint64_t video = scene.video_bytes, audio = scene.audio_packets;
    scene.worst_delay_us = 0;
    run(&scene, 10 * SECOND);
    MediaSenderStats stats = get_stats(&scene);
    g_assert_true(stats.limited);
    g_assert_cmpuint(stats.n_suspended, ==, 1);
    g_assert_cmpuint(scene.audio_packets - audio, ==, 10 * 50);
    g_assert_cmpuint(scene.video_bytes - video, <, 10 * 100000 / 8);
    g_assert_cmpint(scene.worst_delay_us, <, 700000);
    fixture_tear_down(&scene.fixture);
}

/* It takes the line some six seconds: longer than the track's store remembers it. */
static void
test_a_large_still_arrives_whole(void)
{
    Scene scene;

    set_up(&scene, 20000000);
    scene.key_packets = 60;
    run(&scene, 5 * SECOND);
    scene.rate = 150000;
    run(&scene, 12 * SECOND);
    g_assert_cmpuint(get_stats(&scene).n_suspended, ==, 1);
    scene.n_whole_keys = 0;
    scene.worst_delay_us = 0;
    run(&scene, 30 * SECOND);
    g_assert_cmpuint(scene.n_whole_keys, >=, 3);
    g_assert_cmpint(scene.worst_delay_us, <, SECOND / 2);
    fixture_tear_down(&scene.fixture);
}

static void
test_a_still_larger_than_the_store_is_left_out(void)
{
    Scene scene;

    set_up(&scene, 20000000);
    run(&scene, 5 * SECOND);
    scene.rate = 150000;
    run(&scene, 12 * SECOND);
    g_assert_cmpuint(get_stats(&scene).n_suspended, ==, 1);
    scene.key_packets = MEDIA_STORE_MAX_SLOTS + 100;
    run(&scene, 10 * SECOND);
    uint64_t video = scene.video_bytes, audio = scene.audio_packets;
    run(&scene, 10 * SECOND);
    g_assert_cmpuint(scene.video_bytes, ==, video);
    g_assert_cmpuint(scene.audio_packets - audio, ==, 10 * 50);
    scene.key_packets = 20;
    run(&scene, 20 * SECOND);
    g_assert_cmpuint(scene.n_whole_keys, >, 1);
    fixture_tear_down(&scene.fixture);
}

/* One packet of a still takes such a line 60 ms, which is no queue: that the still is on its way lowers no estimate. */
static void
test_stills_are_no_queue(void)
{
    Scene scene;
    uint32_t lowest = UINT32_MAX;

    set_up(&scene, 20000000);
    scene.key_packets = 60;
    run(&scene, 5 * SECOND);
    scene.rate = 150000;
    run(&scene, 20 * SECOND);
    scene.n_whole_keys = 0;
    for (int i = 0; i < 150; i++) {
        run(&scene, SECOND / 5);
        lowest = MIN(lowest, get_stats(&scene).estimate);
    }
    g_test_message("lowest %u, %u stills", lowest, scene.n_whole_keys);
    g_assert_cmpuint(lowest, >, 105000);
    g_assert_cmpuint(scene.n_whole_keys, >=, 4);
    fixture_tear_down(&scene.fixture);
}

/* Its time is that of the middle of its journey, give or take what the pace changes on the way; the reports say so too. */
static void
test_a_still_is_as_much_early_as_late(void)
{
    Scene scene;

    set_up(&scene, 20000000);
    scene.key_packets = 60;
    run(&scene, 5 * SECOND);
    scene.rate = 150000;
    run(&scene, 20 * SECOND);
    scene.earliest_us = scene.latest_us = scene.worst_step_us = 0;
    run(&scene, 30 * SECOND);
    g_test_message("%d us early, %d us late", (int)-scene.earliest_us, (int)scene.latest_us);
    g_assert_cmpint(scene.latest_us - scene.earliest_us, >, 3 * SECOND);
    g_assert_cmpint(scene.latest_us, <, 2 * -scene.earliest_us);
    g_assert_cmpint(-scene.earliest_us, <, 2 * scene.latest_us);
    g_assert_cmpint(scene.worst_step_us, <, 10000);
    fixture_tear_down(&scene.fixture);
}

/* One that is half sent when the line becomes free is given up, and its time with it. */
static void
test_after_a_still_time_goes_on_where_it_was(void)
{
    Scene scene;

    set_up(&scene, 20000000);
    scene.key_packets = 60;
    run(&scene, 5 * SECOND);
    scene.rate = 150000;
    run(&scene, 22 * SECOND);
    scene.rate = 20000000;
    scene.worst_step_us = 0;
    run(&scene, 15 * SECOND);
    g_assert_false(get_stats(&scene).limited);
    g_test_message("%d us", (int)scene.worst_step_us);
    g_assert_cmpint(scene.worst_step_us, <, SECOND / 10);
    fixture_tear_down(&scene.fixture);
}

static void
test_the_picture_is_back_within_fifteen_seconds(void)
{
    Scene scene;

    set_up(&scene, 150000);
    run(&scene, 20 * SECOND);
    g_assert_cmpuint(get_stats(&scene).n_suspended, ==, 1);
    scene.rate = 20000000;
    run(&scene, 12 * SECOND);
    g_assert_cmpuint(get_stats(&scene).n_suspended, ==, 0);
    uint64_t video = scene.video_bytes;
    run(&scene, 3 * SECOND);
    g_assert_cmpuint(scene.video_bytes - video, >=, (3 * 25 - 2) * 5 * PACKET);
    fixture_tear_down(&scene.fixture);
}

/* A key frame of 60 kB on a line that carries 1.5 Mbit/s does not leave at once. */
static void
test_large_frames_leave_at_the_pace_of_the_line(void)
{
    Scene scene;

    set_up(&scene, 1500000);
    run(&scene, 10 * SECOND);
    g_assert_cmpuint(get_stats(&scene).n_suspended, ==, 0);
    g_assert_cmpuint(get_stats(&scene).estimate, <, 4000000);
    for (int i = 0; i < 60; i++)
        fixture_publish_vp8(&scene.fixture, scene.video_sequence++, 77, i == 0, PACKET);
    fake_worker_end_pass();
    g_assert_cmpuint(fixture_get_n_rtp(&scene.fixture), <, 30);
    g_assert_cmpuint(fixture_get_n_rtp(&scene.fixture), >, 0);
    fake_worker_advance(400000);
    g_assert_cmpuint(fixture_get_n_rtp(&scene.fixture), >=, 60);
    fixture_tear_down(&scene.fixture);
}

/* Packets that are sent again, and padding, leave whatever the pace. */
static void
test_what_is_sent_again_holds_pictures_up_for_a_moment(void)
{
    Scene scene;

    set_up(&scene, 1500000);
    MediaDownlink *downlink = media_downlink_new(scene.fixture.to);
    media_downlink_on_remb(downlink, 100000);
    g_assert_true(media_downlink_take(downlink, PACKET));
    for (int i = 0; i < 200; i++) /* six seconds at 2.5 times that */
        media_downlink_number(downlink, PACKET);
    g_assert_false(media_downlink_take(downlink, PACKET));
    fake_worker_advance(SECOND / 2);
    g_assert_true(media_downlink_take(downlink, PACKET));
    media_downlink_free(downlink);
    fixture_tear_down(&scene.fixture);
}

static void
test_losses_that_can_be_repaired_stop_no_picture(void)
{
    Scene scene;

    set_up(&scene, 20000000);
    scene.rand = g_rand_new_with_seed(20);
    scene.loss_percent = 20;
    for (int i = 0; i < 60; i++) {
        run(&scene, SECOND / 2);
        g_assert_cmpuint(get_stats(&scene).n_suspended, ==, 0);
    }
    g_rand_free(scene.rand);
    fixture_tear_down(&scene.fixture);
}

/* With more, what is asked for again would only be lost again. */
static void
test_more_losses_than_that_do(void)
{
    Scene scene;

    set_up(&scene, 20000000);
    scene.rand = g_rand_new_with_seed(50);
    scene.loss_percent = 50;
    run(&scene, 10 * SECOND);
    g_assert_cmpuint(get_stats(&scene).n_suspended, ==, 1);
    g_rand_free(scene.rand);
    fixture_tear_down(&scene.fixture);
}

static void
test_remb_is_heeded(void)
{
    Scene scene;
    /* RFC 4585 feedback with REMB of 262,144 bit/s (mantissa 2^16, exponent 2) for one SSRC */
    uint8_t remb[] = {
        0x8f, 206, 0, 5, 0, 0, 0, 1, 0, 0, 0, 0, 'R', 'E', 'M', 'B', 1, 2 << 2 | 1, 0, 0, 0, 0, 0x90, 0
    };

    set_up(&scene, 20000000);
    run(&scene, 3 * SECOND);
    for (int i = 0; i < 5; i++) {
        media_sender_on_rtcp(scene.fixture.sender, remb, sizeof remb, media_worker_now_us(scene.fixture.worker));
        run(&scene, SECOND);
    }
    g_assert_cmpuint(get_stats(&scene).estimate, ==, 65536 << 2);
    g_assert_cmpuint(get_stats(&scene).n_suspended, ==, 1);
    fixture_tear_down(&scene.fixture);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/downlink/a-free-line-has-no-limit", test_a_free_line_has_no_limit);
    g_test_add_func("/media/downlink/without-feedback-there-is-no-limit", test_without_feedback_there_is_no_limit);
    g_test_add_func("/media/downlink/on-a-thin-line-sound-goes-on-and-the-picture-stands",
                    test_on_a_thin_line_sound_goes_on_and_the_picture_stands);
    g_test_add_func("/media/downlink/a-large-still-arrives-whole", test_a_large_still_arrives_whole);
    g_test_add_func("/media/downlink/a-still-larger-than-the-store-is-left-out",
                    test_a_still_larger_than_the_store_is_left_out);
    g_test_add_func("/media/downlink/stills-are-no-queue", test_stills_are_no_queue);
    g_test_add_func("/media/downlink/a-still-is-as-much-early-as-late", test_a_still_is_as_much_early_as_late);
    g_test_add_func("/media/downlink/after-a-still-time-goes-on-where-it-was",
                    test_after_a_still_time_goes_on_where_it_was);
    g_test_add_func("/media/downlink/the-picture-is-back-within-fifteen-seconds",
                    test_the_picture_is_back_within_fifteen_seconds);
    g_test_add_func("/media/downlink/large-frames-leave-at-the-pace-of-the-line",
                    test_large_frames_leave_at_the_pace_of_the_line);
    g_test_add_func("/media/downlink/what-is-sent-again-holds-pictures-up-for-a-moment",
                    test_what_is_sent_again_holds_pictures_up_for_a_moment);
    g_test_add_func("/media/downlink/losses-that-can-be-repaired-stop-no-picture",
                    test_losses_that_can_be_repaired_stop_no_picture);
    g_test_add_func("/media/downlink/more-losses-than-that-do", test_more_losses_than_that_do);
    g_test_add_func("/media/downlink/remb-is-heeded", test_remb_is_heeded);
    return g_test_run();
}
