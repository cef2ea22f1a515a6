/* media/descriptor.h - where one packet of a picture stands among the picture's temporal layers
 *
 * From the payload descriptors of VP8 (RFC 7741) and VP9 (RFC 9628); AV1 says it in a header extension, as others may, see
 * dependency.h. A value; pure: any bytes are safe, any thread. */
#pragma once

#include "media/codec.h"

G_BEGIN_DECLS

enum { MEDIA_MAX_TEMPORAL_LAYERS = 4 }; /* higher ones count as the highest of these */

typedef struct {
    uint8_t temporal; /* 0: the base, and whatever has no layers */
    uint8_t opens;    /* whoever gets this packet may get all layers up to this one from here on */
    bool enters;      /* whoever gets the layer below may get this packet's layer from here on (VP8's Y) */

    /* Numbers that receivers expect without a break. Offsets in the payload; 0: not there. */
    uint8_t picture_at, base_at;
    bool wide_picture; /* 15 bits, else 7 */
    uint8_t base;      /* TL0PICIDX */
    uint16_t picture;  /* PictureID */
} MediaDescriptor;

/* All zero where the payload says nothing, or is truncated. */
void media_descriptor_parse(MediaCodec codec, const uint8_t *payload, size_t size, MediaDescriptor *ret_descriptor);

/* The descriptor in a copy of its payload, with these added to its numbers. */
void media_descriptor_shift(const MediaDescriptor *self, uint8_t *payload, uint16_t picture, uint8_t base);

G_END_DECLS
