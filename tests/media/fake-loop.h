/* tests/media/fake-loop.h - a worker and a transport of the test's own: virtual time, packets kept instead of sent
 *
 * Linked, with fake-worker.c, instead of worker.c and transport.c, whose functions it defines. */
#pragma once

#include "fake-worker.h"
#include "media/transport.h"

/* One packet that was given to the transport. */
typedef struct {
    uint8_t header[MEDIA_MAX_RTP_HEADER]; /* of RTP */
    size_t header_size;
    uint8_t payload[2048]; /* or all of the RTCP compound */
    size_t payload_size;
    uint8_t padding;
    int64_t sent_us;
} FakePacket;

MediaTransport *fake_transport_new(void);
void fake_transport_free(MediaTransport *self);
void fake_transport_set_state(MediaTransport *self, MediaTransportState state);

GArray *fake_transport_get_rtp(MediaTransport *self);  /* FakePacket; borrowed, the test may empty it */
GArray *fake_transport_get_rtcp(MediaTransport *self); /* FakePacket */
unsigned fake_transport_get_n_flushes(const MediaTransport *self);
