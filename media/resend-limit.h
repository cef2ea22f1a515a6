/* media/resend-limit.h - how much of what a peer asks for again it gets
 *
 * A packet goes out again at most once per MEDIA_RESEND_SPACING_US, and all of them together within a budget of
 * bytes, so that no NACK makes us send more than the stream itself.
 * Pure. A zeroed MediaResendLimit is ready to use. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MEDIA_RESEND_SPACING_US = 10 * 1000,
    MEDIA_RESEND_RECENT = 64,
    MEDIA_RESEND_BURST = 64 * 1024, /* bytes */
    MEDIA_RESEND_MIN_RATE = 500000, /* bit/s, however slow the stream */
};

typedef struct {
    bool started;
    int64_t last_us;
    int64_t budget; /* bytes */
    struct {
        uint16_t sequence;
        int64_t sent_us; /* 0: never */
    } recent[MEDIA_RESEND_RECENT];
} MediaResendLimit;

/* True: send it, it is accounted for. rate: of the stream, bit/s. */
bool media_resend_limit_take(MediaResendLimit *self, uint16_t sequence, size_t size, uint32_t rate, int64_t now_us);
