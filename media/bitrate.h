/* media/bitrate.h - bits per second over the last second
 *
 * Pure. A zeroed MediaBitrate is ready to use. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    MEDIA_BITRATE_BUCKETS = 10,
    MEDIA_BITRATE_BUCKET_US = 100 * 1000,
};

typedef struct {
    int64_t newest; /* number of the newest bucket */
    uint32_t bytes[MEDIA_BITRATE_BUCKETS];
} MediaBitrate;

void media_bitrate_add(MediaBitrate *self, size_t bytes, int64_t now_us);
uint32_t media_bitrate_get(const MediaBitrate *self, int64_t now_us); /* bit/s */
