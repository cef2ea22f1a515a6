/* media/rate-limit.h - how much of something per second, averaged
 *
 * Pure; a value, zeroed is a fresh one. The generic cell rate algorithm: one number per limit, no timer. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct {
    int64_t spent_until_us; /* what was taken is paid off by then */
} MediaRateLimit;

/* Takes amount unless more than burst_us worth of rate_per_s would be taken ahead. */
static inline bool
media_rate_limit_take(MediaRateLimit *self, unsigned amount, unsigned rate_per_s, int64_t burst_us, int64_t now_us)
{
    int64_t from_us = MAX(self->spent_until_us, now_us);
    int64_t until_us = from_us + (int64_t)amount * G_USEC_PER_SEC / rate_per_s;

    if (until_us - now_us > burst_us)
        return false;
    self->spent_until_us = until_us;
    return true;
}

G_END_DECLS
