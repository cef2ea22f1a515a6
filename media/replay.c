#include "media/replay.h"

#include <string.h>

enum { WORDS = MEDIA_SRTP_WINDOW / 64 };

bool
media_replay_extend(const MediaReplay *self, uint16_t sequence, uint64_t *ret_index)
{
    if (!self->started) {
        *ret_index = sequence;
        return true;
    }
    int64_t delta = (int16_t)(uint16_t)(sequence - (uint16_t)self->highest);

    if (delta < 0 && self->highest < (uint64_t)-delta)
        return false;
    *ret_index = self->highest + (uint64_t)delta;
    return true;
}

bool
media_replay_may_be_new(const MediaReplay *self, uint64_t index)
{
    if (!self->started || index > self->highest)
        return true;
    if (self->highest - index >= MEDIA_SRTP_WINDOW)
        return false;
    return (self->window[index / 64 % WORDS] >> (index % 64) & 1) == 0;
}

void
media_replay_add(MediaReplay *self, uint64_t index)
{
    if (!self->started || (index > self->highest && index - self->highest >= MEDIA_SRTP_WINDOW))
        memset(self->window, 0, sizeof self->window);
    else
        for (uint64_t i = self->highest + 1; i <= index; i++)
            self->window[i / 64 % WORDS] &= ~(UINT64_C(1) << (i % 64));
    self->window[index / 64 % WORDS] |= UINT64_C(1) << (index % 64);
    self->highest = self->started ? MAX(self->highest, index) : index;
    self->started = true;
}
