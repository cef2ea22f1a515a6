/* media/udp.h - a worker's UDP sockets: many datagrams per call in both directions
 *
 * Ownership: MediaNet creates and frees it.
 * Thread:    new and free on main while the worker does not run, the rest on the worker. */
#pragma once

#include "media/path.h"

G_BEGIN_DECLS

typedef struct MediaUdp MediaUdp;

/* bytes is writable: what is decrypted is decrypted in place. */
typedef void (*MediaUdpFunc)(void *data, const MediaPath *path, uint8_t *bytes, size_t size);

MediaUdp *media_udp_new(const MediaAddress *bind_address, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* A second socket at the address of the first: from now on RTCP comes to it (told by its first bytes, RFC 5761 section 4) and all
 * else to the first, so that nobody has to wake for every report. NULL where the kernel cannot: all comes to the first. */
MediaUdp *media_udp_new_for_reports(MediaUdp *first) G_GNUC_WARN_UNUSED_RESULT;
/* A third, that sends from the address of the first and that nothing comes to; wants that for reports, which tells the kernel what
 * comes where. Of a socket that somebody waits for, each datagram sent is told to whoever waits: 0.14 µs of 3. NULL: see above. */
MediaUdp *media_udp_new_for_sending(MediaUdp *first) G_GNUC_WARN_UNUSED_RESULT;
void media_udp_free(MediaUdp *self);
int media_udp_get_fd(const MediaUdp *self);
uint16_t media_udp_get_port(const MediaUdp *self);

/* Reads what is there, bounded per call (the socket stays readable), and calls func per datagram. Datagrams above
 * MEDIA_MAX_PACKET are dropped. Whether there was anything. */
bool media_udp_drain(MediaUdp *self, MediaUdpFunc func, void *data);

typedef enum {
    MEDIA_SEND_OK,
    MEDIA_SEND_DROPPED,     /* the socket is full, or the way is gone */
    MEDIA_SEND_GSO_REFUSED, /* try again one by one */
} MediaSendResult;

/* source: from where (its port is not used); NULL: the kernel chooses. segment_size 0 or size: one datagram; else segments of that
 * size, the last may be shorter (UDP_SEGMENT). */
MediaSendResult media_udp_send(MediaUdp *self, const MediaAddress *source, const MediaAddress *remote,
                               const uint8_t *bytes, size_t size, uint16_t segment_size);

G_END_DECLS
