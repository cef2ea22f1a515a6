/* Packets of a simulcast publisher as they come out of SRTP, each a kind, a length and the bytes, and a viewer whose line
 * changes all the time. What goes out to it has its SSRCs and whole headers. */
#include "forwarding-fixture.h"
#include "media/encodings.h"
#include "media/viewer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
take(Fixture *fixture, MediaViewer *viewer, uint8_t kind, const uint8_t *bytes, size_t size)
{
    g_autofree uint8_t *exact = g_memdup2(bytes, size);

    if (size >= MEDIA_RTP_HEADER_SIZE)
        media_receiver_on_rtp(fixture->receiver, exact, size, media_worker_now_us(fixture->worker));
    if (kind % 4 == 1 && size > 0)
        media_viewer_set_budget(viewer, (uint32_t)bytes[0] << (kind % 16));
    if (kind % 4 == 2 && size > 1)
        media_viewer_set_wanted_size(viewer, (uint16_t)(bytes[0] * 8), (uint16_t)(bytes[1] * 8));
    if (kind % 4 == 3 && size > 1)
        fixture_viewer_nacks(fixture, VIEW_SSRC, (uint16_t)(bytes[0] << 8 | bytes[1]));
    if (kind >= 128)
        fake_worker_advance((kind & 0x7c) * 1000);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MediaStream stream = fixture_make_video_stream("c", 0);
    Fixture fixture;
    MediaRtp rtp;

    fixture_set_up(&fixture);
    media_receiver_remove_stream(fixture.receiver, "v");
    stream.codecs[1] = (MediaStreamCodec){ MEDIA_CODEC_AV1, H264_TYPE, 0, .nack = true, .pli = true };
    stream.ext_rid = 6;
    stream.ext_repaired_rid = 7;
    stream.ext_dependency = 8;
    stream.n_encodings = 2;
    stream.encodings[0] = (MediaStreamEncoding){ .rid = "f" };
    stream.encodings[1] = (MediaStreamEncoding){ .rid = "q", .ssrc = VIDEO_SSRC };
    MediaTrack *track = media_receiver_add_stream(fixture.receiver, &stream);
    MediaViewer *viewer = fixture_view(&fixture, track);
    for (size_t at = 0; at + 2 <= size && at < 65536;) {
        size_t length = MIN((size_t)data[at + 1], size - at - 2);
        take(&fixture, viewer, data[at], data + at + 2, length);
        at += 2 + length;
    }
    fake_worker_advance(100000);
    for (unsigned i = 0; i < fixture_get_n_rtp(&fixture); i++) {
        fixture_get_rtp(&fixture, i, &rtp);
        g_assert_true(rtp.ssrc == VIEW_SSRC || rtp.ssrc == VIEW_SSRC + 1);
    }
    fixture_tear_down(&fixture);
    return 0;
}
