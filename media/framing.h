/* media/framing.h - RFC 4571: packets in a TCP stream, each behind its length in two bytes
 *
 * Pure; a value, zeroed is a stream at its beginning. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/transport.h"

G_BEGIN_DECLS

enum { MEDIA_FRAMING_HEADER = 2 };

typedef struct {
    uint8_t partial[MEDIA_FRAMING_HEADER + MEDIA_MAX_PACKET]; /* of the frame that has not come whole */
    size_t used;
} MediaFraming;

/* false: the receiver does not want more of this stream. */
typedef bool (*MediaFramingFunc)(void *data, uint8_t *packet, size_t size);

/* Takes the next bytes of the stream and calls func per whole packet. false: a length of 0 or above MEDIA_MAX_PACKET
 * (nothing that ICE, DTLS or SRTP sends), or func said so; the stream is of no use any more. */
bool media_framing_push(MediaFraming *self, const uint8_t *bytes, size_t size, MediaFramingFunc func, void *data);

G_END_DECLS
