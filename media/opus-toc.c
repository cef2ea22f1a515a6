#include "media/opus-toc.h"

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

int64_t
media_opus_get_duration_us(const uint8_t *packet, size_t size)
{
    int64_t n_frames = 2;

    if (size == 0)
        return 0;
    if ((packet[0] & 3) == 0)
        n_frames = 1;
    if ((packet[0] & 3) == 3) {
        if (size < 2)
            return 0;
        n_frames = packet[1] & 0x3f;
    }
    int64_t duration_us = n_frames * get_frame_us(packet[0]);
    return duration_us <= MEDIA_OPUS_MAX_DURATION_US ? duration_us : 0;
}
