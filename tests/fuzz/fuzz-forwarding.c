/* Packets of both peers in any order and at any time, as they come out of SRTP: each record is a kind, a length and the
 * bytes. What goes out to the viewer has its SSRCs and whole headers. */
#include "forwarding-fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
take(Fixture *fixture, uint8_t kind, const uint8_t *bytes, size_t size)
{
    g_autofree uint8_t *exact = g_memdup2(bytes, size);
    int64_t now_us = media_worker_now_us(fixture->worker);

    if (kind % 4 < 2 && size >= MEDIA_RTP_HEADER_SIZE)
        media_receiver_on_rtp(fixture->receiver, exact, size, now_us);
    if (kind % 4 == 2)
        media_receiver_on_rtcp(fixture->receiver, exact, size, now_us);
    if (kind % 4 == 3)
        media_sender_on_rtcp(fixture->sender, exact, size, now_us);
    if (kind >= 128)
        fake_worker_advance((kind & 0x7c) * 1000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Fixture fixture;
    MediaRtp rtp;

    fixture_set_up(&fixture);
    fixture_view(&fixture, fixture.video);
    fixture_view(&fixture, fixture.audio);
    for (size_t at = 0; at + 2 <= size && at < 65536;) {
        size_t length = MIN((size_t)data[at + 1], size - at - 2);
        take(&fixture, data[at], data + at + 2, length);
        at += 2 + length;
    }
    fake_worker_advance(100000);
    for (unsigned i = 0; i < fixture_get_n_rtp(&fixture); i++) {
        fixture_get_rtp(&fixture, i, &rtp);
        g_assert_true(rtp.ssrc == VIEW_SSRC || rtp.ssrc == VIEW_SSRC + 1 || rtp.ssrc == VIEW_SSRC + 10);
    }
    fixture_tear_down(&fixture);
    return 0;
}
