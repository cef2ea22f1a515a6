/* From a publisher's packets to those of viewers. */
#include "forwarding-fixture.h"

#include <string.h>

#include "media/ntp.h"
#include "media/wire.h"

static void
assert_follows(Fixture *self, unsigned first, unsigned n)
{
    MediaRtp before, rtp;

    for (unsigned i = first + 1; i < first + n; i++) {
        fixture_get_rtp(self, i - 1, &before);
        fixture_get_rtp(self, i, &rtp);
        g_assert_cmpuint(rtp.sequence, ==, (uint16_t)(before.sequence + 1));
        g_assert_cmpuint(rtp.ssrc, ==, before.ssrc);
        g_assert_cmpint((int32_t)(rtp.timestamp - before.timestamp), >=, 0);
    }
}

static void
test_only_the_header_changes(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaRtp rtp;
    size_t size;

    fixture_view(self, self->video);
    fixture_publish_vp8(self, 500, 9000, true, 1000);
    fixture_publish_vp8(self, 501, 9000, false, 1000);
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 0); /* not before the end of the pass */
    fake_worker_end_pass();
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 2);
    g_assert_cmpuint(fake_transport_get_n_flushes(self->to), ==, 1);
    const FakePacket *packet = fixture_get_rtp(self, 1, &rtp);
    g_assert_cmpuint(rtp.ssrc, ==, VIEW_SSRC);
    g_assert_cmpuint(rtp.payload_type, ==, VIEW_VP8_TYPE);
    g_assert_cmpuint(packet->payload_size, ==, 1000);
    g_assert_cmpuint(packet->payload[999], ==, 501 & 0xff);
    g_assert_cmpmem(media_rtp_find_extension(&rtp, 5, &size), 2, "\0\1", 2); /* the second over this transport */
    assert_follows(self, 0, 2);
}

static void
test_picture_starts_at_a_key_frame(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_publish_vp8(self, 500, 9000, false, 100);
    fake_worker_end_pass();
    fixture_view(self, self->video);
    fixture_publish_vp8(self, 501, 9000, false, 100);
    fake_worker_end_pass();
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 0);
    g_assert_cmpuint(fixture_count_rtcp(self->from, MEDIA_RTCP_PSFB, MEDIA_RTCP_FMT_PLI), ==, 1);
    fixture_publish_vp8(self, 502, 12000, true, 100);
    fake_worker_end_pass();
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 1);
}

static void
test_key_frame_requests_are_merged_and_repeated(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_publish_vp8(self, 500, 9000, false, 100);
    for (int i = 0; i < MAX_VIEWERS; i++)
        fixture_view(self, self->video);
    for (unsigned i = 1; i < 100; i++) { /* 2.5 s without a key frame */
        fixture_publish_vp8(self, (uint16_t)(500 + i), 9000 + i, false, 100);
        fake_worker_advance(25000);
    }
    unsigned n = fixture_count_rtcp(self->from, MEDIA_RTCP_PSFB, MEDIA_RTCP_FMT_PLI);
    g_assert_cmpuint(n, >=, 4);
    g_assert_cmpuint(n, <=, 5);
    fixture_publish_vp8(self, 600, 20000, true, 100);
    fake_worker_advance(100000);
    fixture_forget(self);
    fake_worker_advance(1000000);
    g_assert_cmpuint(fixture_count_rtcp(self->from, MEDIA_RTCP_PSFB, MEDIA_RTCP_FMT_PLI), ==, 0);
}

static void
test_flood_of_pli_reaches_the_source_twice_a_second(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaRtcpWriter pli = { 0 };

    media_rtcp_write_pli(&pli, 1, VIEW_SSRC);
    media_rtcp_write_fir(&pli, 1, VIEW_SSRC, 1);
    fixture_view(self, self->video);
    for (unsigned i = 0; i < 990; i++) {
        fixture_publish_vp8(self, (uint16_t)i, i, true, 100);
        media_sender_on_rtcp(self->sender, pli.bytes, pli.size, media_worker_now_us(self->worker));
        fake_worker_advance(1000);
    }
    g_assert_cmpuint(fixture_count_rtcp(self->from, MEDIA_RTCP_PSFB, MEDIA_RTCP_FMT_PLI), <=, 2);
}

static void
test_late_viewer_gets_the_stored_picture(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaRtp first, last;

    for (unsigned i = 0; i < 100; i++) {
        fixture_publish_vp8(self, (uint16_t)(65500 + i), 3000 * i, i == 20, 1000);
        fake_worker_advance(5000);
    }
    fixture_view(self, self->video);
    g_assert_cmpuint(fixture_get_n_rtp(self), >, 0); /* at once, but not all at once */
    g_assert_cmpuint(fixture_get_n_rtp(self), <, 80);
    for (unsigned i = 100; i < 120; i++) {
        fixture_publish_vp8(self, (uint16_t)(65500 + i), 3000 * i, false, 1000);
        fake_worker_advance(5000);
    }
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 100);
    assert_follows(self, 0, 100);
    fixture_get_rtp(self, 0, &first);
    fixture_get_rtp(self, 79, &last);
    g_assert_cmpuint(last.timestamp - first.timestamp, ==, 79 * 3000 / 16); /* squeezed */
    fixture_get_rtp(self, 99, &first);
    g_assert_cmpuint(first.timestamp - last.timestamp, ==, 20 * 3000); /* as it came */
    g_assert_cmpuint(fixture_count_rtcp(self->from, MEDIA_RTCP_PSFB, MEDIA_RTCP_FMT_PLI), ==, 0);
}

static void
test_nack_is_answered_by_rtx(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaRtp rtp;

    fixture_view(self, self->video);
    for (unsigned i = 0; i < 10; i++)
        fixture_publish_vp8(self, (uint16_t)(500 + i), 9000, i == 0, 1000);
    fake_worker_end_pass();
    fixture_get_rtp(self, 4, &rtp);
    uint16_t lost = rtp.sequence;
    uint32_t timestamp = rtp.timestamp;

    fixture_forget(self);
    fixture_viewer_nacks(self, VIEW_SSRC, lost);
    fixture_viewer_nacks(self, VIEW_SSRC, lost); /* too soon */
    fixture_viewer_nacks(self, VIEW_SSRC, (uint16_t)(lost + 100));
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 1);
    const FakePacket *packet = fixture_get_rtp(self, 0, &rtp);
    g_assert_cmpuint(rtp.ssrc, ==, VIEW_SSRC + 1);
    g_assert_cmpuint(rtp.payload_type, ==, VIEW_VP8_RTX_TYPE);
    g_assert_cmpuint(rtp.timestamp, ==, timestamp);
    g_assert_cmpuint(packet->payload_size, ==, 1002);
    g_assert_cmpuint(media_wire_get_16(packet->payload), ==, lost);
    g_assert_cmpuint(packet->payload[1001], ==, 504 & 0xff);
}

static void
test_nack_for_all_numbers_is_bounded(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_view(self, self->video);
    for (unsigned i = 0; i < 200; i++)
        fixture_publish_vp8(self, (uint16_t)i, 9000, i == 0, 1000);
    fake_worker_end_pass();
    fixture_forget(self);
    for (unsigned i = 0; i < 65536; i++)
        fixture_viewer_nacks(self, VIEW_SSRC, (uint16_t)i);
    g_assert_cmpuint(fixture_get_n_rtp(self), >, 10);
    g_assert_cmpuint(fixture_get_n_rtp(self), <=, 65);
}

static void
test_switching_leaves_no_hole(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaStream second = fixture_make_video_stream("w", 0x7777);
    MediaTrack *other = media_receiver_add_stream(self->receiver, &second);
    uint8_t payload[40] = { 0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a };
    MediaViewer *viewer = fixture_view(self, self->video);
    MediaRtp before, after;

    fixture_publish_vp8(self, 500, 9000, true, 100);
    fixture_publish_vp8(self, 501, 9000, false, 100);
    fake_worker_advance(500000);
    media_viewer_set_track(viewer, NULL);
    fixture_publish_vp8(self, 502, 9000, true, 100);
    fake_worker_advance(500000);
    media_viewer_set_track(viewer, other);
    fixture_publish(self, &(Sent){ 0x7777, VP8_TYPE, 30000, 0xffffff00, NULL, 0, payload, sizeof payload });
    fake_worker_end_pass();
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 3);
    assert_follows(self, 0, 3);
    fixture_get_rtp(self, 1, &before);
    fixture_get_rtp(self, 2, &after);
    g_assert_cmpuint(after.timestamp - before.timestamp, ==, 90000); /* the second that passed */
}

static void
test_pause_and_resume_leave_no_hole(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_view(self, self->audio);
    for (uint16_t i = 0; i < 100; i++) {
        if (i == 20 || i == 60)
            media_track_set_paused(self->audio, i == 20);
        fixture_publish_opus(self, (uint16_t)(65500 + i), 960u * i);
        fake_worker_advance(20000);
    }
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 60);
    assert_follows(self, 0, 60);

    MediaRtp before, after;
    fixture_get_rtp(self, 19, &before);
    fixture_get_rtp(self, 20, &after);
    g_assert_cmpuint(after.timestamp - before.timestamp, ==, 41 * 960);
}

static void
test_nothing_of_a_pause_is_shown_later(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_publish_vp8(self, 500, 9000, true, 100);
    fake_worker_end_pass();
    media_track_set_paused(self->video, true);
    fixture_publish_vp8(self, 501, 12000, true, 100);
    fixture_view(self, self->video);
    fake_worker_advance(100000);
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 0);
    media_track_set_paused(self->video, false);
    g_assert_cmpuint(fixture_count_rtcp(self->from, MEDIA_RTCP_PSFB, MEDIA_RTCP_FMT_PLI), ==, 1);
    fixture_publish_vp8(self, 502, 15000, false, 100);
    fake_worker_advance(100000);
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 0);
    fixture_publish_vp8(self, 503, 18000, true, 100);
    fake_worker_advance(100000);
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 1);
}

static void
test_codec_that_was_not_agreed(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    static const uint8_t sps[] = { 0x67, 0x42, 0, 1 };
    MediaViewer *viewer = fixture_view(self, self->video);
    MediaViewerStats stats;

    fixture_publish(self, &(Sent){ VIDEO_SSRC, H264_TYPE, 500, 9000, NULL, 0, sps, sizeof sps });
    fake_worker_end_pass();
    media_viewer_get_stats(viewer, &stats);
    g_assert_true(stats.codec_refused);
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 0);
    fixture_publish_vp8(self, 501, 12000, true, 100); /* the codec changes in mid stream */
    fake_worker_end_pass();
    media_viewer_get_stats(viewer, &stats);
    g_assert_false(stats.codec_refused);
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 1);
}

static void
test_near_sizes_are_padded_to_one(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    static const struct {
        size_t size;
        uint8_t padding;
    } table[] = { { 1000, 12 }, { 1012, 0 }, { 1011, 1 }, { 600, 0 }, { 300, 10 }, { 310, 0 } };
    MediaRtp rtp;

    fixture_view(self, self->video);
    for (unsigned i = 0; i < G_N_ELEMENTS(table); i++)
        fixture_publish_vp8(self, (uint16_t)i, 9000, i == 0, table[i].size);
    fake_worker_end_pass();
    for (unsigned i = 0; i < G_N_ELEMENTS(table); i++)
        g_assert_cmpuint(fixture_get_rtp(self, i, &rtp)->padding, ==, table[i].padding);
}

static void
test_nothing_leaves_before_the_transport_is_ready(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fake_transport_set_state(self->to, MEDIA_TRANSPORT_CONNECTING);
    fixture_view(self, self->video);
    fixture_publish_vp8(self, 500, 9000, true, 100);
    fixture_publish_vp8(self, 501, 9000, false, 100);
    fake_worker_end_pass();
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 0);
    fake_transport_set_state(self->to, MEDIA_TRANSPORT_READY);
    media_sender_on_ready(self->sender);
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 2);
}

/* A source's report says: this timestamp was taken at this moment of mine. */
static void
publish_report(Fixture *self, uint32_t ssrc, uint32_t timestamp, int64_t their_us)
{
    MediaRtcpWriter writer = { 0 };
    const MediaRtcpSenderInfo info = { .ntp = media_ntp_from_us(their_us), .timestamp = timestamp };

    media_rtcp_write_sender_report(&writer, ssrc, &info);
    media_receiver_on_rtcp(self->receiver, writer.bytes, writer.size, media_worker_now_us(self->worker));
}

/* The viewer's timestamp that its newest sender report gives for the first packet sent, as time before the report. */
static int64_t
get_age_by_report(Fixture *self, uint32_t ssrc, int64_t *ret_ntp_us)
{
    GArray *compounds = fake_transport_get_rtcp(self->to);
    const FakePacket *compound = &g_array_index(compounds, FakePacket, compounds->len - 1);
    MediaRtcpReader reader;
    MediaRtcpPacket packet;
    MediaRtcpSenderInfo info = { 0 };
    MediaRtp rtp = { 0 };

    g_assert_true(media_rtcp_reader_init(&reader, compound->payload, compound->payload_size));
    while (media_rtcp_reader_next(&reader, &packet)) {
        if (packet.type == MEDIA_RTCP_SR && media_rtcp_get_sender_ssrc(&packet) == ssrc)
            media_rtcp_get_sender_info(&packet, &info);
    }
    for (unsigned i = fixture_get_n_rtp(self); i-- > 0 && rtp.ssrc != ssrc;)
        fixture_get_rtp(self, i, &rtp);
    g_assert_cmpuint(info.ntp, !=, 0);
    *ret_ntp_us = media_ntp_to_us(info.ntp);
    return (int64_t)(info.timestamp - rtp.timestamp) * G_USEC_PER_SEC / (ssrc == VIEW_SSRC ? 90000 : 48000);
}

static void
test_sound_and_picture_stay_in_step(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    const int64_t their_us = INT64_C(3900000000000000);
    int64_t video_ntp_us, audio_ntp_us;

    fixture_view(self, self->video);
    fixture_view(self, self->audio);
    /* both were taken at their_us; the picture took 60 ms longer on its way */
    fixture_publish_opus(self, 1, 5000);
    fake_worker_advance(60000);
    fixture_publish_vp8(self, 1, 700000, true, 100);
    publish_report(self, AUDIO_SSRC, 5000, their_us);
    publish_report(self, VIDEO_SSRC, 700000, their_us);
    fake_worker_advance(100000);
    int64_t video_age_us = get_age_by_report(self, VIEW_SSRC, &video_ntp_us);
    int64_t audio_age_us = get_age_by_report(self, VIEW_SSRC + 10, &audio_ntp_us);
    int64_t apart_us = (video_ntp_us - video_age_us) - (audio_ntp_us - audio_age_us);
    g_assert_cmpint(ABS(apart_us), <, 1000);
    g_assert_cmpuint(fixture_count_rtcp(self->to, MEDIA_RTCP_SDES, -1), ==, 1); /* one compound for both */
}

static void
test_round_trip_and_loss_by_report(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaViewer *viewer = fixture_view(self, self->audio);
    MediaRtcpWriter writer = { 0 };
    MediaViewerStats stats;
    MediaRtcpPacket sr;
    MediaRtcpSenderInfo info;

    fixture_publish_opus(self, 1, 5000);
    fake_worker_advance(100000);
    g_assert_true(fixture_find_rtcp(self->to, MEDIA_RTCP_SR, -1, &sr));
    media_rtcp_get_sender_info(&sr, &info);
    fake_worker_advance(75000); /* of which the peer held it for 25 ms */
    const MediaRtcpReportBlock block = {
        .ssrc = VIEW_SSRC,
        .fraction_lost = 128,
        .last_sr = media_ntp_middle(info.ntp),
        .since_last_sr = 65536 / 40,
    };
    media_rtcp_write_receiver_report(&writer, 1, &block, 1);
    media_sender_on_rtcp(self->sender, writer.bytes, writer.size, media_worker_now_us(self->worker));
    media_viewer_get_stats(viewer, &stats);
    g_assert_cmpint(ABS(stats.rtt_us - 50000), <, 1000);
    g_assert_cmpuint(stats.loss_percent, ==, 50);
}

static void
test_reports_end_with_the_packets(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_view(self, self->audio);
    fixture_publish_opus(self, 1, 5000);
    fake_worker_advance(10000000);
    g_assert_cmpuint(fixture_count_rtcp(self->to, MEDIA_RTCP_SR, -1), ==, 1);
    g_assert_cmpuint(fake_worker_get_n_timers(), ==, 0); /* nobody wakes for a silent room */
}

static void
test_audio_level_is_passed_on(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    uint8_t bytes[] = { 0x90, AUDIO_TYPE, 0,    1, 0, 0,    0,         1, 0, 0,   0x11,
                        0x11, 0xbe,       0xde, 0, 1, 0x10, 0x80 | 33, 0, 0, 0xfc };
    MediaTrackStats stats;
    MediaRtp rtp;
    size_t size;

    fixture_view(self, self->audio);
    media_receiver_on_rtp(self->receiver, bytes, sizeof bytes, START_US);
    fake_worker_end_pass();
    fixture_get_rtp(self, 0, &rtp);
    g_assert_cmpuint(*media_rtp_find_extension(&rtp, 7, &size), ==, 33);
    media_track_get_stats(self->audio, &stats);
    g_assert_cmpint(stats.audio_level, ==, 33);
}

static void
test_track_that_goes_is_forgotten(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaViewer *viewer = fixture_view(self, self->video);

    fixture_publish_vp8(self, 500, 9000, true, 100);
    media_receiver_remove_stream(self->receiver, "v");
    g_assert_null(media_viewer_get_track(viewer));
    fixture_viewer_nacks(self, VIEW_SSRC, 1);
    fake_worker_advance(3000000);
}

static void
test_viewers_are_bounded(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    for (unsigned i = 0; i < MEDIA_MAX_SENDER_VIEWERS; i++)
        fixture_view(self, NULL);
    MediaStream stream = fixture_make_video_stream("", 1);
    g_assert_null(media_sender_add_viewer(self->sender, &stream));
}

#define ADD(name, func)                                                                                                \
    g_test_add("/media/sender/" name, Fixture, NULL, fixture_set_up_test, func, fixture_tear_down_test)

static void
fixture_set_up_test(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_set_up(self);
}

static void
fixture_tear_down_test(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_tear_down(self);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("only-the-header-changes", test_only_the_header_changes);
    ADD("picture-starts-at-a-key-frame", test_picture_starts_at_a_key_frame);
    ADD("key-frame-requests-are-merged-and-repeated", test_key_frame_requests_are_merged_and_repeated);
    ADD("flood-of-pli-reaches-the-source-twice-a-second", test_flood_of_pli_reaches_the_source_twice_a_second);
    ADD("late-viewer-gets-the-stored-picture", test_late_viewer_gets_the_stored_picture);
    ADD("nack-is-answered-by-rtx", test_nack_is_answered_by_rtx);
    ADD("nack-for-all-numbers-is-bounded", test_nack_for_all_numbers_is_bounded);
    ADD("switching-leaves-no-hole", test_switching_leaves_no_hole);
    ADD("pause-and-resume-leave-no-hole", test_pause_and_resume_leave_no_hole);
    ADD("nothing-of-a-pause-is-shown-later", test_nothing_of_a_pause_is_shown_later);
    ADD("codec-that-was-not-agreed", test_codec_that_was_not_agreed);
    ADD("near-sizes-are-padded-to-one", test_near_sizes_are_padded_to_one);
    ADD("nothing-leaves-before-the-transport-is-ready", test_nothing_leaves_before_the_transport_is_ready);
    ADD("sound-and-picture-stay-in-step", test_sound_and_picture_stay_in_step);
    ADD("round-trip-and-loss-by-report", test_round_trip_and_loss_by_report);
    ADD("reports-end-with-the-packets", test_reports_end_with_the_packets);
    ADD("audio-level-is-passed-on", test_audio_level_is_passed_on);
    ADD("track-that-goes-is-forgotten", test_track_that_goes_is_forgotten);
    ADD("viewers-are-bounded", test_viewers_are_bounded);
    return g_test_run();
}
