/* Any bytes as an Opus packet: it plays for some time that packets can play; cut or lengthened in a frame of its own size, it does not. */
#include <glib.h>

#include "media/opus-toc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t duration_us = media_opus_get_duration_us(data, size);

    g_assert(duration_us >= 0 && duration_us <= MEDIA_OPUS_MAX_DURATION_US && duration_us % 2500 == 0);
    if (size > 1 && (data[0] & 3) == 1) /* two frames of one size */
        g_assert(duration_us == 0 || media_opus_get_duration_us(data, size - 1) == 0);
    return 0;
}
