#include "media/ntp.h"

#include <glib.h>

#define UNIX_EPOCH_S 2208988800 /* 1970 in NTP's seconds */

enum {
    CLOCK_STEP_US = 2 * 1000 * 1000, /* more is a step of their clock, not a delay */
    CLOCK_CREEP_SHIFT = 6,           /* follows a drift, hardly a queue */
};

int64_t
media_ntp_to_us(uint64_t ntp)
{
    return (int64_t)((ntp >> 32) * G_USEC_PER_SEC + (((ntp & UINT32_MAX) * G_USEC_PER_SEC) >> 32));
}

uint64_t
media_ntp_from_us(int64_t us)
{
    uint64_t seconds = (uint64_t)us / G_USEC_PER_SEC;
    uint64_t rest = (uint64_t)us % G_USEC_PER_SEC;

    return seconds << 32 |
           ((rest << 32) + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC; /* up, so that it reads back the same */
}

uint64_t
media_ntp_from_monotonic(int64_t monotonic_us)
{
    static gsize offset_us = 0;

    if (g_once_init_enter(&offset_us))
        g_once_init_leave(&offset_us, (gsize)(g_get_real_time() - g_get_monotonic_time()));
    return media_ntp_from_us(monotonic_us + (int64_t)offset_us + UNIX_EPOCH_S * G_USEC_PER_SEC);
}

uint32_t
media_ntp_middle(uint64_t ntp)
{
    return (uint32_t)(ntp >> 16);
}

void
media_clock_offset_learn(MediaClockOffset *self, uint64_t ntp, int64_t arrival_us)
{
    int64_t sample_us = arrival_us - media_ntp_to_us(ntp);
    int64_t later_us = sample_us - self->offset_us;

    if (!self->known || later_us < 0 || later_us > CLOCK_STEP_US) {
        self->known = true;
        self->offset_us = sample_us;
        return;
    }
    self->offset_us += later_us >> CLOCK_CREEP_SHIFT;
}

int64_t
media_clock_offset_to_local_us(const MediaClockOffset *self, uint64_t ntp)
{
    return media_ntp_to_us(ntp) + self->offset_us;
}
