#include "media/delivery.h"

#include <glib.h>
#include <string.h>

void
media_delivery_add(MediaDelivery *self, size_t bytes, int64_t arrival_us)
{
    int64_t bucket = arrival_us / MEDIA_DELIVERY_BUCKET_US;
    int64_t ahead = bucket - self->newest;

    if (self->newest == 0 || ahead <= -MEDIA_DELIVERY_BUCKETS || ahead >= MEDIA_DELIVERY_BUCKETS) {
        memset(self->bytes, 0, sizeof self->bytes);
        self->first = self->newest = bucket;
    }
    for (; self->newest < bucket; self->newest++)
        self->bytes[(self->newest + 1) % MEDIA_DELIVERY_BUCKETS] = 0;
    uint32_t *sum = &self->bytes[bucket % MEDIA_DELIVERY_BUCKETS];
    *sum = (uint32_t)MIN(*sum + bytes, (size_t)UINT32_MAX / 8 / MEDIA_DELIVERY_BUCKETS);
}

/* The newest bucket is not full yet and does not count. */
static uint32_t
get_rate(const MediaDelivery *self, int64_t n_buckets)
{
    int64_t n = MIN(self->newest - self->first, n_buckets);
    uint64_t bytes = 0;

    if (n < MEDIA_DELIVERY_BUCKETS / 2)
        return 0;
    for (int64_t i = 1; i <= n; i++)
        bytes += self->bytes[(self->newest - i) % MEDIA_DELIVERY_BUCKETS];
    return (uint32_t)MIN(bytes * 8 * G_USEC_PER_SEC / ((uint64_t)n * MEDIA_DELIVERY_BUCKET_US), UINT32_MAX);
}

uint32_t
media_delivery_get(const MediaDelivery *self)
{
    return get_rate(self, MEDIA_DELIVERY_BUCKETS - 1);
}

uint32_t
media_delivery_get_latest(const MediaDelivery *self)
{
    return get_rate(self, MEDIA_DELIVERY_BUCKETS / 2);
}
