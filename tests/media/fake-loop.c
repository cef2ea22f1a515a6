#include "fake-loop.h"

#include <string.h>

struct MediaTransport {
    MediaTransportState state;
    GArray *rtp, *rtcp;
    unsigned n_flushes;
};

MediaTransport *
fake_transport_new(void)
{
    MediaTransport *self = g_new0(MediaTransport, 1);

    self->state = MEDIA_TRANSPORT_READY;
    self->rtp = g_array_new(FALSE, FALSE, sizeof(FakePacket));
    self->rtcp = g_array_new(FALSE, FALSE, sizeof(FakePacket));
    return self;
}

void
fake_transport_free(MediaTransport *self)
{
    g_array_unref(self->rtp);
    g_array_unref(self->rtcp);
    g_free(self);
}

void
fake_transport_set_state(MediaTransport *self, MediaTransportState state)
{
    self->state = state;
}

GArray *
fake_transport_get_rtp(MediaTransport *self)
{
    return self->rtp;
}

GArray *
fake_transport_get_rtcp(MediaTransport *self)
{
    return self->rtcp;
}

unsigned
fake_transport_get_n_flushes(const MediaTransport *self)
{
    return self->n_flushes;
}

MediaTransportState
media_transport_get_state(const MediaTransport *self)
{
    return self->state;
}

MediaWorker *
media_transport_get_worker(const MediaTransport *self G_GNUC_UNUSED)
{
    return fake_worker_get();
}

void
media_transport_prefetch(const MediaTransport *self G_GNUC_UNUSED, uint32_t ssrc G_GNUC_UNUSED,
                         unsigned ahead G_GNUC_UNUSED)
{
}

void
media_transport_send_rtp(MediaTransport *self, const uint8_t *header, size_t header_size, const uint8_t *payload,
                         size_t payload_size, uint8_t padding)
{
    FakePacket packet = {
        .header_size = header_size,
        .payload_size = payload_size,
        .padding = padding,
        .sent_us = media_worker_now_us(fake_worker_get()),
    };

    g_assert_cmpuint(header_size, <=, sizeof packet.header);
    g_assert_cmpuint(payload_size, <=, sizeof packet.payload);
    memcpy(packet.header, header, header_size);
    memcpy(packet.payload, payload, payload_size);
    g_array_append_val(self->rtp, packet);
}

void
media_transport_send_rtcp(MediaTransport *self, const uint8_t *bytes, size_t size)
{
    FakePacket packet = { .payload_size = size, .sent_us = media_worker_now_us(fake_worker_get()) };

    g_assert_cmpuint(size, <=, sizeof packet.payload);
    memcpy(packet.payload, bytes, size);
    g_array_append_val(self->rtcp, packet);
}

void
media_transport_flush(MediaTransport *self)
{
    self->n_flushes++;
}
