#include "media/bitrate.h"

#include <string.h>

void
media_bitrate_add(MediaBitrate *self, size_t bytes, int64_t now_us)
{
    int64_t bucket = now_us / MEDIA_BITRATE_BUCKET_US;

    if (bucket - self->newest >= MEDIA_BITRATE_BUCKETS) {
        memset(self->bytes, 0, sizeof self->bytes);
        self->newest = bucket;
    }
    while (self->newest < bucket)
        self->bytes[++self->newest % MEDIA_BITRATE_BUCKETS] = 0;
    self->bytes[self->newest % MEDIA_BITRATE_BUCKETS] += (uint32_t)bytes;
}

uint32_t
media_bitrate_get(const MediaBitrate *self, int64_t now_us)
{
    int64_t bucket = now_us / MEDIA_BITRATE_BUCKET_US;
    uint64_t bytes = 0;

    for (int64_t i = 0; i < MEDIA_BITRATE_BUCKETS; i++) {
        int64_t number = self->newest - i;
        if (number >= 0 && bucket - number < MEDIA_BITRATE_BUCKETS)
            bytes += self->bytes[number % MEDIA_BITRATE_BUCKETS];
    }
    return (uint32_t)(bytes * 8);
}
