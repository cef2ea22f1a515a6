#include "media/gather.h"

void
media_gather_pass(MediaGather *self, unsigned n_datagrams, int64_t now_us)
{
    self->pass_us = now_us;
    self->n_datagrams += n_datagrams;
    if (now_us - self->window_us < MEDIA_GATHER_WINDOW_US)
        return;
    bool late = now_us - self->window_us >= 2 * MEDIA_GATHER_WINDOW_US; /* nothing came for long: it says nothing */
    self->gathering = !late && self->n_datagrams >= (self->gathering ? MEDIA_GATHER_OFF : MEDIA_GATHER_ON);
    self->window_us = now_us;
    self->n_datagrams = 0;
}

int64_t
media_gather_get_next_us(const MediaGather *self)
{
    return self->gathering ? self->pass_us + MEDIA_GATHER_US : 0;
}
