/* media/delivery.h - how much arrives, by the peer's clock (draft-ietf-rmcat-gcc-02 section 5.5: R_hat)
 *
 * Pure. A zeroed one is ready to use. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum {
    MEDIA_DELIVERY_BUCKETS = 10,
    MEDIA_DELIVERY_BUCKET_US = 50 * 1000, /* together the 0.5 s of section 5.5 */
};

typedef struct {
    int64_t first, newest; /* buckets; both 0 before the first packet */
    uint32_t bytes[MEDIA_DELIVERY_BUCKETS];
} MediaDelivery;

/* arrival_us only rises by more than the window or falls by less than it; anything else begins anew. */
void media_delivery_add(MediaDelivery *self, size_t bytes, int64_t arrival_us);

/* bit/s; 0 while less than half a window has been seen. */
uint32_t media_delivery_get(const MediaDelivery *self);
/* Of the latter half of the window. */
uint32_t media_delivery_get_latest(const MediaDelivery *self);
