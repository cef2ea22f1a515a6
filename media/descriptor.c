#include "media/descriptor.h"

enum { HIGHEST = MEDIA_MAX_TEMPORAL_LAYERS - 1 };

/* PictureID: 7 bits, or 15 with the first bit set. Returns what follows it; 0: truncated. */
static size_t
read_picture(const uint8_t *payload, size_t size, size_t at, MediaDescriptor *descriptor)
{
    if (at >= size)
        return 0;
    descriptor->picture_at = (uint8_t)at;
    descriptor->wide_picture = (payload[at] & 0x80) != 0;
    descriptor->picture = payload[at] & 0x7f;
    if (!descriptor->wide_picture)
        return at + 1;
    if (at + 1 >= size)
        return 0;
    descriptor->picture = (uint16_t)(descriptor->picture << 8 | payload[at + 1]);
    return at + 2;
}

/* RFC 7741 section 4.2: X|R|N|S|R|PID, then I|L|T|K and what they announce. */
static bool
parse_vp8(const uint8_t *payload, size_t size, MediaDescriptor *descriptor)
{
    bool starts = (payload[0] & 0x17) == 0x10;
    size_t at = 2;

    if ((payload[0] & 0x80) == 0)
        return true;
    if (size < 2)
        return false;
    uint8_t flags = payload[1];
    if ((flags & 0x80) != 0 && (at = read_picture(payload, size, at, descriptor)) == 0)
        return false;
    if ((flags & 0x40) != 0) {
        if (at >= size)
            return false;
        descriptor->base_at = (uint8_t)at;
        descriptor->base = payload[at++];
    }
    if ((flags & 0x30) != 0 && at >= size)
        return false;
    if ((flags & 0x20) != 0) {
        descriptor->temporal = payload[at] >> 6;
        descriptor->enters = starts && (payload[at] & 0x20) != 0;
    }
    return true;
}

/* RFC 9628 section 4.2: I|P|L|F|B|E|V|Z, PictureID, TID|U|SID|D, TL0PICIDX when not flexible. */
static bool
parse_vp9(const uint8_t *payload, size_t size, MediaDescriptor *descriptor)
{
    uint8_t flags = payload[0];
    size_t at = 1;

    if ((flags & 0x80) != 0 && (at = read_picture(payload, size, at, descriptor)) == 0)
        return false;
    if ((flags & 0x20) == 0)
        return true;
    bool flexible = (flags & 0x10) != 0;
    if (at + (flexible ? 0 : 1) >= size)
        return false;
    descriptor->temporal = MIN(payload[at] >> 5, HIGHEST);
    descriptor->opens = (payload[at] & 0x10) != 0 ? HIGHEST : 0; /* nothing later needs what is above, and before */
    if (!flexible) {
        descriptor->base_at = (uint8_t)(at + 1);
        descriptor->base = payload[at + 1];
    }
    return true;
}

void
media_descriptor_parse(MediaCodec codec, const uint8_t *payload, size_t size, MediaDescriptor *ret_descriptor)
{
    MediaDescriptor descriptor = { 0 };
    bool whole = size > 0;

    if (whole && codec == MEDIA_CODEC_VP8)
        whole = parse_vp8(payload, size, &descriptor);
    else if (whole && codec == MEDIA_CODEC_VP9)
        whole = parse_vp9(payload, size, &descriptor);
    *ret_descriptor = whole ? descriptor : (MediaDescriptor){ 0 };
}

void
media_descriptor_shift(const MediaDescriptor *self, uint8_t *payload, uint16_t picture, uint8_t base)
{
    uint16_t value = (uint16_t)(self->picture + picture);

    if (self->picture_at != 0 && self->wide_picture) {
        payload[self->picture_at] = (uint8_t)(0x80 | value >> 8);
        payload[self->picture_at + 1] = (uint8_t)value;
    } else if (self->picture_at != 0) {
        payload[self->picture_at] = value & 0x7f;
    }
    if (self->base_at != 0)
        payload[self->base_at] = (uint8_t)(self->base + base);
}
