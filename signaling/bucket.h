/* signaling/bucket.h - a token bucket: so many a second, so many at once
 *
 * Thread: whoever owns it; zeroed memory is a full bucket. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    unsigned per_second, burst;
} SigRate;

typedef struct {
    int64_t full_at_us; /* when it would be full again */
} SigBucket;

static inline bool
sig_bucket_take(SigBucket *self, const SigRate *rate, int64_t now_us)
{
    int64_t cost = INT64_C(1000000) / rate->per_second;
    int64_t from = self->full_at_us > now_us ? self->full_at_us : now_us;

    if (from + cost - now_us > cost * rate->burst)
        return false;
    self->full_at_us = from + cost;
    return true;
}
