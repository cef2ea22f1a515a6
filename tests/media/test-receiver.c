/* From a publisher's datagrams to tracks, and what it is told. */
#include "forwarding-fixture.h"

#include <string.h>

#include "media/ntp.h"
#include "media/twcc.h"
#include "media/wire.h"

static MediaTrackStats
get_stats(MediaTrack *track)
{
    MediaTrackStats stats;

    media_track_get_stats(track, &stats);
    return stats;
}

static void
publish_rtx(Fixture *self, uint16_t number, uint16_t lost, size_t size)
{
    uint8_t payload[64] = { (uint8_t)(lost >> 8), (uint8_t)lost, 0x10, 0x11 };

    fixture_publish(self, &(Sent){ VIDEO_RTX_SSRC, VP8_RTX_TYPE, number, 9000, NULL, 0, payload, size });
}

static void
test_lost_packet_is_asked_for_once(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaRtcpPacket packet;
    uint16_t sequences[MEDIA_RTCP_NACK_SEQUENCES];

    for (int i = 0; i < 3; i++)
        fixture_view(self, self->video);
    for (uint16_t i = 0; i < 10; i++) {
        if (i != 4)
            fixture_publish_vp8(self, (uint16_t)(65533 + i), 9000, i == 0, 100);
    }
    fake_worker_advance(10000);
    g_assert_cmpuint(fixture_count_rtcp(self->from, MEDIA_RTCP_RTPFB, MEDIA_RTCP_FMT_NACK), ==, 0);
    fake_worker_advance(10000);
    g_assert_cmpuint(fixture_count_rtcp(self->from, MEDIA_RTCP_RTPFB, MEDIA_RTCP_FMT_NACK), ==, 1);
    g_assert_true(fixture_find_rtcp(self->from, MEDIA_RTCP_RTPFB, MEDIA_RTCP_FMT_NACK, &packet));
    g_assert_cmphex(media_rtcp_get_media_ssrc(&packet), ==, VIDEO_SSRC);
    g_assert_cmpuint(media_rtcp_get_nack(&packet, 0, sequences), ==, 1);
    g_assert_cmpuint(sequences[0], ==, 1);

    for (unsigned viewer = 0; viewer < 3; viewer++) /* what they ask for meanwhile changes nothing */
        fixture_viewer_nacks(self, VIEW_SSRC + 10 * viewer, 1);
    g_assert_cmpuint(fixture_count_rtcp(self->from, MEDIA_RTCP_RTPFB, MEDIA_RTCP_FMT_NACK), ==, 1);
}

static void
test_rtx_fills_the_hole_for_all(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaRtp first, rtp;

    fixture_view(self, self->video);
    fixture_publish_vp8(self, 500, 9000, true, 100);
    fixture_publish_vp8(self, 502, 9000, false, 100);
    fake_worker_advance(20000);
    publish_rtx(self, 1, 501, 40);
    publish_rtx(self, 2, 501, 40); /* once is enough */
    fake_worker_advance(600000);
    g_assert_cmpuint(fixture_get_n_rtp(self), ==, 3);
    fixture_get_rtp(self, 0, &first);
    const FakePacket *packet = fixture_get_rtp(self, 2, &rtp);
    g_assert_cmpuint(rtp.sequence, ==, (uint16_t)(first.sequence + 1));
    g_assert_cmpuint(packet->payload_size, ==, 38);
    g_assert_cmpuint(get_stats(self->video).recovered, ==, 1);
    g_assert_cmpuint(get_stats(self->video).lost, ==, 0);
    g_assert_cmpuint(fixture_count_rtcp(self->from, MEDIA_RTCP_RTPFB, MEDIA_RTCP_FMT_NACK), ==, 1);
    g_assert_cmpint(media_receiver_get_rtt_us(self->receiver), >, 0);
}

static void
test_what_never_comes_is_given_up(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_publish_vp8(self, 500, 9000, true, 100);
    fixture_publish_vp8(self, 502, 9000, false, 100);
    g_assert_cmpuint(get_stats(self->video).lost, ==, 0);
    fake_worker_advance(600000);
    g_assert_cmpuint(get_stats(self->video).lost, ==, 1);
    unsigned n = fixture_count_rtcp(self->from, MEDIA_RTCP_RTPFB, MEDIA_RTCP_FMT_NACK);
    g_assert_cmpuint(n, >=, 6); /* the later ones wait longer */
    g_assert_cmpuint(n, <=, 10);
}

static void
test_sound_is_not_asked_for_unless_agreed(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_publish_opus(self, 500, 9000);
    fixture_publish_opus(self, 502, 9000);
    fake_worker_advance(600000);
    g_assert_cmpuint(fixture_count_rtcp(self->from, MEDIA_RTCP_RTPFB, MEDIA_RTCP_FMT_NACK), ==, 0);
    g_assert_cmpuint(get_stats(self->audio).lost, ==, 1);
}

static void
test_useless_rtx_is_dropped(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    publish_rtx(self, 1, 500, 40); /* nothing came before */
    fixture_publish_vp8(self, 500, 9000, true, 100);
    for (size_t size = 0; size <= 2; size++)
        publish_rtx(self, (uint16_t)(2 + size), 499, size);
    publish_rtx(self, 5, 500, 40);   /* not lost */
    publish_rtx(self, 6, 501, 40);   /* of the future */
    publish_rtx(self, 7, 30000, 40); /* of another world */
    g_assert_cmpuint(get_stats(self->video).packets, ==, 1);
    publish_rtx(self, 8, 499, 40);
    g_assert_cmpuint(get_stats(self->video).packets, ==, 2);
}

static void
test_duplicates_and_strays_are_dropped(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_publish_vp8(self, 500, 9000, true, 100);
    fixture_publish_vp8(self, 500, 9000, true, 100);
    fixture_publish_vp8(self, 40000, 9000, true, 100);
    g_assert_cmpuint(get_stats(self->video).packets, ==, 1);
    fixture_publish_vp8(self, 40001, 9000, true, 100); /* it has jumped for good */
    g_assert_cmpuint(get_stats(self->video).packets, ==, 2);
    g_assert_cmpuint(get_stats(self->video).lost, ==, 0);
}

static void
test_payload_type_that_was_not_agreed(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    for (unsigned type = 0; type < 128; type++) {
        if (type != VP8_TYPE && type != H264_TYPE)
            fixture_publish(self, &(Sent){ VIDEO_SSRC, (uint8_t)type, (uint16_t)type, 0, NULL, 0, "ab", 2 });
    }
    g_assert_cmpuint(get_stats(self->video).packets, ==, 0);
    g_assert_cmpuint(get_stats(self->audio).packets, ==, 0);
}

/* Two more pictures, nothing said of their SSRCs. */
static void
add_unsignalled(Fixture *self, MediaTrack *tracks[2])
{
    MediaStream first = fixture_make_video_stream("x", 0);
    MediaStream second = fixture_make_video_stream("y", 0);

    media_receiver_remove_stream(self->receiver, "v");
    tracks[0] = media_receiver_add_stream(self->receiver, &first);
    tracks[1] = media_receiver_add_stream(self->receiver, &second);
}

static void
test_stream_is_found_by_mid(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaTrack *tracks[2];

    add_unsignalled(self, tracks);
    fixture_publish(self, &(Sent){ 70, VP8_TYPE, 1, 0, NULL, 0, "ab", 2 }); /* either could be meant */
    fixture_publish(self, &(Sent){ 71, VP8_TYPE, 1, 0, "y", 0, "ab", 2 });
    fixture_publish(self, &(Sent){ 71, VP8_TYPE, 2, 0, NULL, 0, "ab", 2 }); /* from then on by SSRC */
    fixture_publish(self, &(Sent){ 72, VP8_TYPE, 1, 0, "nobody", 0, "ab", 2 });
    fixture_publish(self, &(Sent){ 73, VP8_RTX_TYPE, 1, 0, "y", 0, "\0\1cd", 4 });
    g_assert_cmpuint(get_stats(tracks[0]).packets, ==, 0);
    g_assert_cmpuint(get_stats(tracks[1]).packets, ==, 2);
    fixture_publish(self, &(Sent){ 71, VP8_TYPE, 4, 0, NULL, 0, "ab", 2 });
    fixture_publish(self, &(Sent){ 73, VP8_RTX_TYPE, 2, 0, NULL, 0, "\0\3cd", 4 });
    g_assert_cmpuint(get_stats(tracks[1]).recovered, ==, 1);
}

static void
test_stream_is_found_by_payload_type(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaStream stream = fixture_make_video_stream("x", 0);

    media_receiver_remove_stream(self->receiver, "v");
    MediaTrack *track = media_receiver_add_stream(self->receiver, &stream);
    fixture_publish(self, &(Sent){ 70, VP8_TYPE, 1, 0, NULL, 0, "ab", 2 });
    g_assert_cmpuint(get_stats(track).packets, ==, 1);
    fixture_publish(self,
                    &(Sent){ 71, VP8_TYPE, 1, 0, NULL, 0, "ab", 2 }); /* a second one with the first still there */
    g_assert_cmpuint(get_stats(track).packets, ==, 1);
    fake_worker_advance(2000000);
    fixture_publish(self, &(Sent){ 71, VP8_TYPE, 1, 0, NULL, 0, "ab", 2 });
    g_assert_cmpuint(get_stats(track).packets, ==, 2);
}

static void
test_ten_thousand_ssrcs(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaTrack *tracks[2];

    add_unsignalled(self, tracks);
    for (uint32_t i = 0; i < 10000; i++)
        fixture_publish(self, &(Sent){ 100000 + i, VP8_TYPE, 1, 0, i % 2 ? "x" : NULL, 0, "ab", 2 });
    g_assert_cmpuint(get_stats(tracks[0]).packets, ==, 1);
    fake_worker_advance(1000000);
    fixture_publish(self, &(Sent){ 5, VP8_TYPE, 1, 0, "x", 0, "ab", 2 }); /* a new one in good time */
    g_assert_cmpuint(get_stats(tracks[0]).packets, ==, 2);
}

static void
test_streams_are_bounded(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    for (unsigned i = 2; i <= MEDIA_MAX_RECEIVER_STREAMS; i++) {
        g_autofree char *mid = g_strdup_printf("m%u", i);
        MediaStream stream = fixture_make_audio_stream(mid, 1000 + i);
        g_assert_cmpint(media_receiver_add_stream(self->receiver, &stream) != NULL, ==, i < MEDIA_MAX_RECEIVER_STREAMS);
    }
    MediaStream again = fixture_make_video_stream("v", VIDEO_SSRC);
    g_assert_true(media_receiver_add_stream(self->receiver, &again) == self->video);
}

static void
test_report_answers_the_senders(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    const MediaRtcpSenderInfo info = { .ntp = UINT64_C(0x1122334455667788), .timestamp = 9000 };
    MediaRtcpWriter writer = { 0 };
    MediaRtcpPacket packet;
    MediaRtcpReportBlock block;
    MediaSenderReport report;

    fixture_publish_vp8(self, 500, 9000, true, 100);
    fixture_publish_vp8(self, 503, 9000, false, 100);
    fake_worker_advance(500000);
    g_assert_false(media_track_get_sender_report(self->video, &report));
    media_rtcp_write_sender_report(&writer, VIDEO_SSRC, &info);
    media_rtcp_write_sender_report(&writer, 0x9999, &info); /* nobody's */
    media_receiver_on_rtcp(self->receiver, writer.bytes, writer.size, media_worker_now_us(self->worker));
    g_assert_true(media_track_get_sender_report(self->video, &report));
    g_assert_cmphex(report.ntp, ==, info.ntp);

    fixture_forget(self);
    fake_worker_advance(500000);
    g_assert_true(fixture_find_rtcp(self->from, MEDIA_RTCP_RR, 1, &packet));
    media_rtcp_get_report_block(&packet, 0, &block);
    g_assert_cmphex(block.ssrc, ==, VIDEO_SSRC);
    g_assert_cmpint(block.lost, ==, 2);
    g_assert_cmpuint(block.fraction_lost, ==, 128);
    g_assert_cmpuint(block.highest & 0xffff, ==, 503);
    g_assert_cmphex(block.last_sr, ==, 0x33445566);
    g_assert_cmpuint(block.since_last_sr, ==, 65536 / 2);
    g_assert_cmpuint(get_stats(self->video).loss_percent, ==, 50);
}

static void
test_silent_publisher_costs_no_timers(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_publish_vp8(self, 500, 9000, true, 100);
    fixture_publish(self, &(Sent){ VIDEO_SSRC, VP8_TYPE, 501, 9000, NULL, 1, "ab", 2 });
    fake_worker_advance(10000000);
    g_assert_cmpuint(fake_worker_get_n_timers(), ==, 0);
}

static void
test_transport_wide_feedback(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaTwccStatus statuses[MEDIA_TWCC_WINDOW];
    MediaRtcpPacket packet;

    for (int i = 1; i <= 20; i++) {
        if (i != 7)
            fixture_publish(self, &(Sent){ VIDEO_SSRC, VP8_TYPE, (uint16_t)i, 0, NULL, i, "ab", 2 });
        fake_worker_advance(1000);
    }
    fake_worker_advance(60000);
    g_assert_true(fixture_find_rtcp(self->from, MEDIA_RTCP_RTPFB, MEDIA_RTCP_FMT_TWCC, &packet));
    g_assert_cmpuint(media_twcc_read(&packet, statuses, G_N_ELEMENTS(statuses)), ==, 20);
    for (int i = 1; i <= 20; i++)
        g_assert_cmpint(statuses[i - 1].arrived, ==, i != 7);
}

static void
test_fir_where_pli_was_not_agreed(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    static const uint8_t slice[] = { 0x61, 0x42, 0, 1 };
    MediaRtcpPacket packet;

    fixture_publish(self, &(Sent){ VIDEO_SSRC, H264_TYPE, 500, 9000, NULL, 0, slice, sizeof slice });
    media_track_request_keyframe(self->video);
    g_assert_true(fixture_find_rtcp(self->from, MEDIA_RTCP_PSFB, MEDIA_RTCP_FMT_FIR, &packet));
    g_assert_true(media_rtcp_fir_names(&packet, VIDEO_SSRC));
}

static void
test_picture_size_is_known(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_publish_vp8(self, 500, 9000, true, 100);
    g_assert_cmpuint(get_stats(self->video).width, ==, 640);
    g_assert_cmpuint(get_stats(self->video).height, ==, 480);
    g_assert_cmpuint(get_stats(self->video).keyframes, ==, 1);
    g_assert_cmpint(media_track_get_codec(self->video), ==, MEDIA_CODEC_VP8);
}

/* A sink that wants a key frame every two seconds. */
typedef struct {
    MediaSink sink;
    unsigned n_packets, n_gone;
    uint64_t last;
} Journal;

static void
on_packets(MediaSink *sink, MediaTrack *track G_GNUC_UNUSED, const MediaPacket *packets, size_t n_packets)
{
    Journal *journal = (Journal *)sink;

    journal->n_packets += (unsigned)n_packets;
    journal->last = packets[n_packets - 1].sequence;
}

static void
on_gone(MediaSink *sink, MediaTrack *track G_GNUC_UNUSED)
{
    ((Journal *)sink)->n_gone++;
}

static const MediaSinkClass journal_class = { .packets = on_packets, .track_gone = on_gone };

static void
test_sink_sees_each_packet_once(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    Journal journal = { .sink = { .klass = &journal_class } };

    fixture_publish_vp8(self, 499, 9000, true, 100);
    media_track_add_sink(self->video, &journal.sink); /* what came before is not for it */
    for (uint16_t i = 0; i < 300; i++)                /* more than a burst in one pass */
        fixture_publish_vp8(self, (uint16_t)(500 + i), 9000, false, 1000);
    fake_worker_end_pass();
    g_assert_cmpuint(journal.n_packets, ==, 300);
    g_assert_cmpuint(journal.last & 0xffff, ==, 799);
    media_receiver_remove_stream(self->receiver, "v");
    g_assert_cmpuint(journal.n_gone, ==, 1);
}

static void
test_sink_gets_key_frames_as_often_as_it_wants(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    Journal journal = { .sink = { .klass = &journal_class, .keyframe_interval_us = 2000000 } };

    fixture_publish_vp8(self, 0, 9000, true, 100);
    media_track_add_sink(self->video, &journal.sink);
    for (uint16_t i = 1; i < 200; i++) {
        bool asked = fixture_count_rtcp(self->from, MEDIA_RTCP_PSFB, MEDIA_RTCP_FMT_PLI) > 0;
        g_assert_cmpint(asked, ==, i > 52); /* 40 ms each: two seconds and a bit */
        fixture_publish_vp8(self, i, 9000, false, 100);
        fake_worker_advance(40000);
    }
    media_track_remove_sink(self->video, &journal.sink);
}

static void
set_up(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_set_up(self);
}

static void
tear_down(Fixture *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_tear_down(self);
}

#define ADD(name, func) g_test_add("/media/receiver/" name, Fixture, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("lost-packet-is-asked-for-once", test_lost_packet_is_asked_for_once);
    ADD("rtx-fills-the-hole-for-all", test_rtx_fills_the_hole_for_all);
    ADD("what-never-comes-is-given-up", test_what_never_comes_is_given_up);
    ADD("sound-is-not-asked-for-unless-agreed", test_sound_is_not_asked_for_unless_agreed);
    ADD("useless-rtx-is-dropped", test_useless_rtx_is_dropped);
    ADD("duplicates-and-strays-are-dropped", test_duplicates_and_strays_are_dropped);
    ADD("payload-type-that-was-not-agreed", test_payload_type_that_was_not_agreed);
    ADD("stream-is-found-by-mid", test_stream_is_found_by_mid);
    ADD("stream-is-found-by-payload-type", test_stream_is_found_by_payload_type);
    ADD("ten-thousand-ssrcs", test_ten_thousand_ssrcs);
    ADD("streams-are-bounded", test_streams_are_bounded);
    ADD("report-answers-the-senders", test_report_answers_the_senders);
    ADD("silent-publisher-costs-no-timers", test_silent_publisher_costs_no_timers);
    ADD("transport-wide-feedback", test_transport_wide_feedback);
    ADD("fir-where-pli-was-not-agreed", test_fir_where_pli_was_not_agreed);
    ADD("picture-size-is-known", test_picture_size_is_known);
    ADD("sink-sees-each-packet-once", test_sink_sees_each_packet_once);
    ADD("sink-gets-key-frames-as-often-as-it-wants", test_sink_gets_key_frames_as_often_as_it_wants);
    return g_test_run();
}
