#include "media/receiver.h"

struct MediaReceiver {
    MediaTransport *transport; /* borrowed */
};

MediaReceiver *
media_receiver_new(MediaTransport *transport)
{
    MediaReceiver *self = g_new0(MediaReceiver, 1);

    self->transport = transport;
    return self;
}

void
media_receiver_free(MediaReceiver *self)
{
    g_free(self);
}

MediaTrack *
media_receiver_add_stream(MediaReceiver *self, const MediaStream *stream)
{
    (void)self;
    (void)stream;
    return NULL;
}

void
media_receiver_remove_stream(MediaReceiver *self, const char *mid)
{
    (void)self;
    (void)mid;
}

void
media_receiver_on_rtp(MediaReceiver *self, const uint8_t *packet, size_t size, int64_t arrival_us)
{
    (void)self;
    (void)packet;
    (void)size;
    (void)arrival_us;
}

void
media_receiver_on_rtcp(MediaReceiver *self, const uint8_t *packet, size_t size, int64_t arrival_us)
{
    (void)self;
    (void)packet;
    (void)size;
    (void)arrival_us;
}

int64_t
media_receiver_get_rtt_us(const MediaReceiver *self)
{
    (void)self;
    return 0;
}
