#include "media/resend-limit.h"

#include <glib.h>

static void
refill(MediaResendLimit *self, uint32_t rate, int64_t now_us)
{
    if (!self->started) {
        self->started = true;
        self->budget = MEDIA_RESEND_BURST;
    } else {
        int64_t elapsed_us = CLAMP(now_us - self->last_us, 0, G_USEC_PER_SEC);
        self->budget += elapsed_us * (int64_t)MAX(rate, (uint32_t)MEDIA_RESEND_MIN_RATE) / (8 * G_USEC_PER_SEC);
        self->budget = MIN(self->budget, MEDIA_RESEND_BURST);
    }
    self->last_us = now_us;
}

bool
media_resend_limit_take(MediaResendLimit *self, uint16_t sequence, size_t size, uint32_t rate, int64_t now_us)
{
    size_t i = sequence % MEDIA_RESEND_RECENT;

    refill(self, rate, now_us);
    if (self->budget < (int64_t)size)
        return false;
    if (self->recent[i].sent_us != 0 && self->recent[i].sequence == sequence &&
        now_us - self->recent[i].sent_us < MEDIA_RESEND_SPACING_US)
        return false;
    self->budget -= (int64_t)size;
    self->recent[i].sequence = sequence;
    self->recent[i].sent_us = now_us;
    return true;
}
