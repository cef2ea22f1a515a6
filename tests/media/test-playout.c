#include <glib.h>

#include "forwarding-fixture.h"
#include "media/clip.h"
#include "media/ntp.h"
#include "ogg-file.h"

typedef struct {
    Fixture forwarding;
    MediaPlayout *playout;
    MediaClip *clip; /* ten frames of 20 ms */
    unsigned n_finished;
} Speaker;

static MediaClip *
make_clip(unsigned n_frames, uint8_t toc)
{
    g_autoptr(GByteArray) file = ogg_file_new(n_frames, 30, toc);
    g_autoptr(GError) error = NULL;
    MediaClip *clip = media_clip_new(file->data, file->len, &error);

    g_assert_no_error(error);
    return clip;
}

static void
set_up(Speaker *self, gconstpointer data G_GNUC_UNUSED)
{
    fixture_set_up(&self->forwarding);
    self->playout = media_playout_new(self->forwarding.worker);
    self->clip = make_clip(10, 0xfc);
    fixture_view(&self->forwarding, media_playout_get_track(self->playout));
}

static void
tear_down(Speaker *self, gconstpointer data G_GNUC_UNUSED)
{
    media_playout_free(self->playout);
    media_clip_unref(self->clip);
    fixture_tear_down(&self->forwarding);
}

static void
on_finished(void *data)
{
    ((Speaker *)data)->n_finished++;
}

static void
test_frames_go_out_in_time(Speaker *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaRtp first, rtp;

    media_playout_play(self->playout, self->clip, on_finished, self);
    g_assert_cmpuint(fixture_get_n_rtp(&self->forwarding), ==, 0);
    fake_worker_advance(300000);
    g_assert_cmpuint(fixture_get_n_rtp(&self->forwarding), ==, 10);
    g_assert_cmpuint(self->n_finished, ==, 1);

    int64_t first_us = fixture_get_rtp(&self->forwarding, 0, &first)->sent_us;
    g_assert_true(first.marker);
    for (unsigned i = 1; i < 10; i++) {
        const FakePacket *packet = fixture_get_rtp(&self->forwarding, i, &rtp);
        g_assert_false(rtp.marker);
        g_assert_cmpuint(rtp.sequence, ==, (uint16_t)(first.sequence + i));
        g_assert_cmpuint(rtp.timestamp, ==, first.timestamp + 960 * i);
        g_assert_cmpint(ABS(packet->sent_us - first_us - 20000 * i), <=, MEDIA_TIMER_TICK_US);
        g_assert_cmpuint(packet->payload[1], ==, i);
    }
}

static void
test_line_goes_on_between_clips(Speaker *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaRtp before, after;

    media_playout_play(self->playout, self->clip, NULL, NULL);
    fake_worker_advance(1000000);
    g_assert_cmpuint(fixture_get_n_rtp(&self->forwarding), ==, 10); /* silence is nothing */
    media_playout_play(self->playout, self->clip, NULL, NULL);
    fake_worker_advance(1000000);
    g_assert_cmpuint(fixture_get_n_rtp(&self->forwarding), ==, 20);
    int64_t before_us = fixture_get_rtp(&self->forwarding, 9, &before)->sent_us;
    int64_t after_us = fixture_get_rtp(&self->forwarding, 10, &after)->sent_us;
    g_assert_true(after.marker);
    g_assert_cmpuint(after.sequence, ==, (uint16_t)(before.sequence + 1));
    int64_t apart_us = (int64_t)(after.timestamp - before.timestamp) * 1000 / 48;
    g_assert_cmpint(ABS(apart_us - (after_us - before_us)), <=, MEDIA_TIMER_TICK_US);
}

static void
test_a_clip_replaces_another(Speaker *self, gconstpointer data G_GNUC_UNUSED)
{
    media_playout_play(self->playout, self->clip, on_finished, self);
    fake_worker_advance(50000);
    media_playout_play(self->playout, self->clip, on_finished, self);
    g_assert_cmpuint(self->n_finished, ==, 0); /* from the loop only */
    fake_worker_advance(5000);
    g_assert_cmpuint(self->n_finished, ==, 1);
    fake_worker_advance(500000);
    g_assert_cmpuint(self->n_finished, ==, 2);
}

static void
test_stopped(Speaker *self, gconstpointer data G_GNUC_UNUSED)
{
    media_playout_play(self->playout, self->clip, on_finished, self);
    fake_worker_advance(50000);
    unsigned n = fixture_get_n_rtp(&self->forwarding);
    media_playout_stop(self->playout);
    media_playout_stop(self->playout);
    fake_worker_advance(500000);
    g_assert_cmpuint(fixture_get_n_rtp(&self->forwarding), ==, n);
    g_assert_cmpuint(self->n_finished, ==, 1);
}

static void
free_playout(void *data)
{
    Speaker *self = data;

    self->n_finished++;
    g_clear_pointer(&self->playout, media_playout_free);
}

static void
test_finished_may_free_the_playout(Speaker *self, gconstpointer data G_GNUC_UNUSED)
{
    for (int i = 0; i < 3; i++)
        media_playout_play(self->playout, self->clip, free_playout, self);
    fake_worker_advance(500000);
    g_assert_cmpuint(self->n_finished, ==, 1);
}

static void
test_frames_of_sixty_milliseconds(Speaker *self, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(MediaClip) clip = make_clip(3, 0x18);
    MediaRtp first, rtp;

    media_playout_play(self->playout, clip, NULL, NULL);
    fake_worker_advance(500000);
    int64_t first_us = fixture_get_rtp(&self->forwarding, 0, &first)->sent_us;
    int64_t third_us = fixture_get_rtp(&self->forwarding, 2, &rtp)->sent_us;
    g_assert_cmpint(ABS(third_us - first_us - 120000), <=, MEDIA_TIMER_TICK_US);
    g_assert_cmpuint(rtp.timestamp - first.timestamp, ==, 2 * 2880);
}

static void
test_report_places_it_on_our_clock(Speaker *self, gconstpointer data G_GNUC_UNUSED)
{
    MediaRtcpPacket packet;
    MediaRtcpSenderInfo info;
    MediaRtp rtp;

    media_playout_play(self->playout, self->clip, NULL, NULL);
    fake_worker_advance(200000);
    g_assert_true(fixture_find_rtcp(self->forwarding.to, MEDIA_RTCP_SR, -1, &packet));
    media_rtcp_get_sender_info(&packet, &info);
    int64_t sent_us = fixture_get_rtp(&self->forwarding, 0, &rtp)->sent_us;
    int64_t by_report_us = media_ntp_to_us(info.ntp) - (int64_t)(info.timestamp - rtp.timestamp) * 1000 / 48;
    int64_t by_clock_us = media_ntp_to_us(media_ntp_from_monotonic(sent_us));
    g_assert_cmpint(ABS(by_report_us - by_clock_us), <=, MEDIA_TIMER_TICK_US);
}

#define ADD(name, func) g_test_add("/media/playout/" name, Speaker, NULL, set_up, func, tear_down)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("frames-go-out-in-time", test_frames_go_out_in_time);
    ADD("line-goes-on-between-clips", test_line_goes_on_between_clips);
    ADD("a-clip-replaces-another", test_a_clip_replaces_another);
    ADD("stopped", test_stopped);
    ADD("finished-may-free-the-playout", test_finished_may_free_the_playout);
    ADD("frames-of-sixty-milliseconds", test_frames_of_sixty_milliseconds);
    ADD("report-places-it-on-our-clock", test_report_places_it_on_our_clock);
    return g_test_run();
}
