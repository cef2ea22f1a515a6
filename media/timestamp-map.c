#include "media/timestamp-map.h"

#include <glib.h>

enum { MAX_SWITCH_STEP_MS = 500 }; /* two clocks that are said to differ from the time that passed by more: wrong */

void
media_timestamp_map_init(MediaTimestampMap *self, uint32_t clock_rate, uint32_t first)
{
    *self = (MediaTimestampMap){ .clock_rate = clock_rate, .last_out = first };
}

/* Where the viewer's line stands now. */
static uint32_t
get_next(const MediaTimestampMap *self, int64_t now_us)
{
    if (self->last_us == 0)
        return self->last_out;
    int64_t elapsed_us = MAX(now_us - self->last_us, 0);

    return self->last_out + MAX((uint32_t)(elapsed_us * self->clock_rate / G_USEC_PER_SEC), 1);
}

void
media_timestamp_map_restart(MediaTimestampMap *self, uint32_t first, int64_t now_us)
{
    media_timestamp_map_restart_ahead(self, first, 0, now_us);
}

void
media_timestamp_map_restart_ahead(MediaTimestampMap *self, uint32_t first, uint32_t ahead_us, int64_t now_us)
{
    self->squeezed_until = 0;
    self->ahead_us = ahead_us;
    self->offset = get_next(self, now_us + ahead_us) - first;
}

void
media_timestamp_map_restart_squeezed(MediaTimestampMap *self, uint32_t first, uint32_t live, uint64_t live_sequence,
                                     int64_t now_us)
{
    uint32_t age = (int32_t)(live - first) > 0 ? live - first : 0;

    self->squeezed_until = live_sequence;
    self->ahead_us = 0;
    self->live = live;
    self->offset = get_next(self, now_us) + age / MEDIA_TIMESTAMP_SQUEEZE - live;
}

void
media_timestamp_map_switch(MediaTimestampMap *self, uint32_t first, uint32_t offset, int64_t now_us)
{
    int32_t step = (int32_t)(first + offset - get_next(self, now_us));
    int32_t max_step = (int32_t)(self->clock_rate / 1000 * MAX_SWITCH_STEP_MS);

    if (self->last_us == 0 || step > max_step || step < -max_step) {
        media_timestamp_map_restart(self, first, now_us);
        return;
    }
    self->squeezed_until = 0;
    self->ahead_us = 0;
    self->offset = offset;
    if ((int32_t)(first + offset - self->last_out) <= 0)
        self->offset = self->last_out + 1 - first;
}

uint32_t
media_timestamp_map_get(const MediaTimestampMap *self, uint32_t timestamp, uint64_t sequence)
{
    int32_t age = (int32_t)(self->live - timestamp);

    if (sequence > self->squeezed_until || age <= 0)
        return timestamp + self->offset;
    return self->live + self->offset - (uint32_t)age / MEDIA_TIMESTAMP_SQUEEZE;
}

void
media_timestamp_map_sent(MediaTimestampMap *self, uint32_t out, int64_t now_us)
{
    if (self->last_us != 0 && (int32_t)(out - self->last_out) <= 0)
        return;
    self->last_out = out;
    self->last_us = now_us + self->ahead_us;
}

uint32_t
media_timestamp_map_at(const MediaTimestampMap *self, int64_t now_us)
{
    return self->last_out + (uint32_t)((now_us - self->last_us) * self->clock_rate / G_USEC_PER_SEC);
}
