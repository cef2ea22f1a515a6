#include "media/gather.h"

static void
begin_window(MediaGather *self, int64_t now_us)
{
    self->window_us = now_us;
    self->n_passes = 0;
    self->n_empty = 0;
}

void
media_gather_pass(MediaGather *self, bool empty, int64_t now_us)
{
    self->pass_us = now_us;
    if (now_us - self->window_us >= MEDIA_GATHER_WINDOW_US) {
        if (self->n_passes - self->n_empty < MEDIA_GATHER_EMPTY) /* it became quiet */
            self->gathering = false;
        begin_window(self, now_us);
    }
    self->n_passes++;
    self->n_empty += empty ? 1 : 0;
    if (self->gathering && self->n_empty >= MEDIA_GATHER_EMPTY) {
        self->gathering = false;
        begin_window(self, now_us);
    } else if (!self->gathering && self->n_passes - self->n_empty >= MEDIA_GATHER_WAKES) {
        self->gathering = true;
        begin_window(self, now_us);
    }
}

int64_t
media_gather_get_next_us(const MediaGather *self)
{
    return self->gathering ? self->pass_us + MEDIA_GATHER_US : 0;
}
