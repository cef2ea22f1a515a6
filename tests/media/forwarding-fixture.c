#include "forwarding-fixture.h"

#include <string.h>

#include "media/wire.h"

void
fixture_set_up(Fixture *self)
{
    MediaStream audio = fixture_make_audio_stream("a", AUDIO_SSRC);
    MediaStream video = fixture_make_video_stream("v", VIDEO_SSRC);

    *self = (Fixture){ .worker = fake_worker_reset(START_US) };
    self->from = fake_transport_new();
    self->to = fake_transport_new();
    self->receiver = media_receiver_new(self->from);
    self->sender = media_sender_new(self->to, "party@example");
    self->audio = media_receiver_add_stream(self->receiver, &audio);
    self->video = media_receiver_add_stream(self->receiver, &video);
}

void
fixture_tear_down(Fixture *self)
{
    media_receiver_free(self->receiver);
    media_sender_free(self->sender);
    g_assert_cmpuint(fake_worker_get_n_timers(), ==, 0);
    fake_transport_free(self->from);
    fake_transport_free(self->to);
}

MediaStream
fixture_make_video_stream(const char *mid, uint32_t ssrc)
{
    MediaStream stream = {
        .kind = MEDIA_KIND_VIDEO,
        .n_codecs = 2,
        .codecs = { { MEDIA_CODEC_VP8, VP8_TYPE, VP8_RTX_TYPE, .nack = true, .pli = true },
                    { MEDIA_CODEC_H264, H264_TYPE, 0, .nack = true, .fir = true } },
        .ext_mid = EXT_MID,
        .ext_transport_cc = EXT_TWCC,
        .ssrc = ssrc,
        .rtx_ssrc = ssrc != 0 ? ssrc + 1 : 0,
    };

    g_strlcpy(stream.mid, mid, sizeof stream.mid);
    return stream;
}

MediaStream
fixture_make_audio_stream(const char *mid, uint32_t ssrc)
{
    MediaStream stream = {
        .kind = MEDIA_KIND_AUDIO,
        .n_codecs = 1,
        .codecs = { { MEDIA_CODEC_OPUS, AUDIO_TYPE } },
        .ext_mid = EXT_MID,
        .ext_audio_level = EXT_LEVEL,
        .ssrc = ssrc,
    };

    g_strlcpy(stream.mid, mid, sizeof stream.mid);
    return stream;
}

MediaViewer *
fixture_view(Fixture *self, MediaTrack *track)
{
    uint32_t ssrc = VIEW_SSRC + 10 * self->n_viewers++;
    MediaStream video = {
        .kind = MEDIA_KIND_VIDEO,
        .n_codecs = 1,
        .codecs = { { MEDIA_CODEC_VP8, VIEW_VP8_TYPE, VIEW_VP8_RTX_TYPE, .nack = true, .pli = true } },
        .ext_transport_cc = 5,
        .ssrc = ssrc,
        .rtx_ssrc = ssrc + 1,
    };
    MediaStream audio = {
        .kind = MEDIA_KIND_AUDIO,
        .n_codecs = 1,
        .codecs = { { MEDIA_CODEC_OPUS, VIEW_OPUS_TYPE } },
        .ext_audio_level = 7,
        .ssrc = ssrc,
    };
    bool is_video = track == NULL || media_track_get_kind(track) == MEDIA_KIND_VIDEO;
    MediaViewer *viewer = media_sender_add_viewer(self->sender, is_video ? &video : &audio);

    media_viewer_set_track(viewer, track);
    return viewer;
}

void
fixture_publish(Fixture *self, const Sent *sent)
{
    uint8_t bytes[1500];
    MediaRtpWriter writer;
    uint8_t value[2];
    const MediaRtp rtp = {
        .payload_type = sent->payload_type,
        .sequence = sent->sequence,
        .timestamp = sent->timestamp,
        .ssrc = sent->ssrc,
    };

    media_rtp_writer_init(&writer, bytes, sizeof bytes, &rtp, false);
    if (sent->mid != NULL)
        media_rtp_writer_add(&writer, EXT_MID, sent->mid, strlen(sent->mid));
    if (sent->transport_number != 0) {
        media_wire_put_16(value, (uint16_t)sent->transport_number);
        media_rtp_writer_add(&writer, EXT_TWCC, value, 2);
    }
    size_t header_size = media_rtp_writer_finish(&writer);
    if (sent->size > 0)
        memcpy(bytes + header_size, sent->payload, sent->size);
    g_autofree uint8_t *exact = g_memdup2(bytes, header_size + sent->size);
    media_receiver_on_rtp(self->receiver, exact, header_size + sent->size, media_worker_now_us(self->worker));
}

void
fixture_publish_vp8(Fixture *self, uint16_t sequence, uint32_t timestamp, bool key, size_t size)
{
    uint8_t payload[1400] = { 0x10, key ? 0x10 : 0x11, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01 };

    memset(payload + 11, sequence & 0xff, sizeof payload - 11);
    fixture_publish(self, &(Sent){ VIDEO_SSRC, VP8_TYPE, sequence, timestamp, NULL, 0, payload, size });
}

void
fixture_publish_opus(Fixture *self, uint16_t sequence, uint32_t timestamp)
{
    uint8_t payload[60] = { 0xfc, (uint8_t)sequence };

    fixture_publish(self, &(Sent){ AUDIO_SSRC, AUDIO_TYPE, sequence, timestamp, NULL, 0, payload, sizeof payload });
}

unsigned
fixture_get_n_rtp(Fixture *self)
{
    return fake_transport_get_rtp(self->to)->len;
}

const FakePacket *
fixture_get_rtp(Fixture *self, unsigned i, MediaRtp *ret_rtp)
{
    g_assert_cmpuint(i, <, fixture_get_n_rtp(self));
    const FakePacket *packet = &g_array_index(fake_transport_get_rtp(self->to), FakePacket, i);

    g_assert_true(media_rtp_parse(packet->header, packet->header_size, ret_rtp));
    return packet;
}

void
fixture_forget(Fixture *self)
{
    g_array_set_size(fake_transport_get_rtp(self->to), 0);
    g_array_set_size(fake_transport_get_rtcp(self->to), 0);
    g_array_set_size(fake_transport_get_rtcp(self->from), 0);
}

static unsigned
visit_rtcp(MediaTransport *transport, MediaRtcpType type, int count, MediaRtcpPacket *ret_packet)
{
    GArray *compounds = fake_transport_get_rtcp(transport);
    unsigned n = 0;

    for (guint i = 0; i < compounds->len; i++) {
        const FakePacket *compound = &g_array_index(compounds, FakePacket, i);
        MediaRtcpReader reader;
        MediaRtcpPacket packet;

        g_assert_true(media_rtcp_reader_init(&reader, compound->payload, compound->payload_size));
        while (media_rtcp_reader_next(&reader, &packet)) {
            if (packet.type != type || (count >= 0 && packet.count != count))
                continue;
            n++;
            *ret_packet = packet;
        }
    }
    return n;
}

unsigned
fixture_count_rtcp(MediaTransport *transport, MediaRtcpType type, int count)
{
    MediaRtcpPacket packet;

    return visit_rtcp(transport, type, count, &packet);
}

bool
fixture_find_rtcp(MediaTransport *transport, MediaRtcpType type, int count, MediaRtcpPacket *ret_packet)
{
    return visit_rtcp(transport, type, count, ret_packet) > 0;
}

void
fixture_viewer_nacks(Fixture *self, uint32_t ssrc, uint16_t sequence)
{
    MediaRtcpWriter writer = { 0 };

    g_assert_true(media_rtcp_write_nack(&writer, 1, ssrc, &sequence, 1));
    media_sender_on_rtcp(self->sender, writer.bytes, writer.size, media_worker_now_us(self->worker));
}
