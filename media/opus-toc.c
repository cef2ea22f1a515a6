#include "media/opus-toc.h"

#include <stdbool.h>

enum {
    MAX_FRAME = 1275,  /* bytes */
    LONG_LENGTH = 252, /* from here on a length has a second byte */
    COUNT_MASK = 0x3f,
    HAS_PADDING = 0x40,
    IS_VBR = 0x80,
    MORE_PADDING = 255,
};

/* What is left of a packet. */
typedef struct {
    const uint8_t *bytes;
    size_t size;
} Rest;

/* Duration of one frame by the upper five bits of the first byte (table 2). */
static int64_t
get_frame_us(uint8_t toc)
{
    static const int64_t silk_us[] = { 10000, 20000, 40000, 60000 };
    unsigned config = toc >> 3;

    if (config < 12) /* SILK */
        return silk_us[config % 4];
    if (config < 16) /* hybrid */
        return config % 2 == 0 ? 10000 : 20000;
    return INT64_C(2500) << (config % 4); /* CELT */
}

static bool
take(Rest *rest, size_t size)
{
    if (size > rest->size)
        return false;
    rest->bytes += size;
    rest->size -= size;
    return true;
}

/* The length of a frame in front of the frames (section 3.2.1). */
static bool
take_length(Rest *rest, size_t *ret_length)
{
    const uint8_t *at = rest->bytes;
    size_t n = rest->size > 0 && at[0] >= LONG_LENGTH ? 2 : 1;

    if (!take(rest, n))
        return false;
    *ret_length = n == 1 ? at[0] : at[0] + (size_t)at[1] * 4;
    return true;
}

/* Padding stands at the end, its length at the beginning. */
static bool
cut_padding(Rest *rest)
{
    size_t padding = 0;
    uint8_t byte;

    do {
        if (rest->size == 0)
            return false;
        byte = rest->bytes[0];
        take(rest, 1);
        padding += byte == MORE_PADDING ? MORE_PADDING - 1 : byte;
    } while (byte == MORE_PADDING);
    if (padding > rest->size)
        return false;
    rest->size -= padding;
    return true;
}

/* All but the last have a length in front, the last is what is left. */
static bool
fits_with_lengths(Rest rest, unsigned n_frames)
{
    size_t sum = 0;

    for (unsigned i = 0; i + 1 < n_frames; i++) {
        size_t length;
        if (!take_length(&rest, &length))
            return false;
        sum += length;
    }
    return sum <= rest.size && rest.size - sum <= MAX_FRAME;
}

static bool
fits_evenly(const Rest *rest, unsigned n_frames)
{
    return rest->size % n_frames == 0 && rest->size / n_frames <= MAX_FRAME;
}

/* Frames of a packet that is as section 3.4 demands; 0: it is not, and no decoder takes it. */
static unsigned
count_frames(const uint8_t *packet, size_t size)
{
    Rest rest = { packet + 1, size - 1 };

    switch (packet[0] & 3) {
    case 0:
        return rest.size <= MAX_FRAME ? 1 : 0;
    case 1:
        return fits_evenly(&rest, 2) ? 2 : 0;
    case 2:
        return fits_with_lengths(rest, 2) ? 2 : 0;
    default:
        break;
    }
    uint8_t count = rest.size > 0 ? rest.bytes[0] : 0;
    unsigned n_frames = count & COUNT_MASK;
    if (n_frames == 0 || !take(&rest, 1) || ((count & HAS_PADDING) != 0 && !cut_padding(&rest)))
        return 0;
    if ((count & IS_VBR) != 0)
        return fits_with_lengths(rest, n_frames) ? n_frames : 0;
    return fits_evenly(&rest, n_frames) ? n_frames : 0;
}

int64_t
media_opus_get_duration_us(const uint8_t *packet, size_t size)
{
    if (size == 0)
        return 0;
    int64_t duration_us = count_frames(packet, size) * get_frame_us(packet[0]);
    return duration_us <= MEDIA_OPUS_MAX_DURATION_US ? duration_us : 0;
}
