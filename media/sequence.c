#include "media/sequence.h"

static uint64_t
begin(MediaSequence *self, uint16_t sequence)
{
    uint64_t cycle = self->highest == 0 ? MEDIA_SEQUENCE_FIRST_CYCLE : ((self->highest >> 16) + 1) << 16;

    self->started = true;
    self->jumped = false;
    self->highest = cycle | sequence;
    return self->highest;
}

MediaSequenceVerdict
media_sequence_receive(MediaSequence *self, uint16_t sequence, uint64_t *ret_extended)
{
    if (!self->started) {
        *ret_extended = begin(self, sequence);
        return MEDIA_SEQUENCE_OK;
    }

    int16_t ahead = (int16_t)(sequence - (uint16_t)self->highest);
    if (ahead > MEDIA_SEQUENCE_MAX_DROPOUT || ahead < -MEDIA_SEQUENCE_MAX_MISORDER) {
        if (self->jumped && sequence == self->expected_after_jump) {
            *ret_extended = begin(self, sequence);
            return MEDIA_SEQUENCE_RESTARTED;
        }
        self->jumped = true;
        self->expected_after_jump = (uint16_t)(sequence + 1);
        return MEDIA_SEQUENCE_JUMPED;
    }

    uint64_t extended = self->highest + (uint64_t)(int64_t)ahead;
    if (ahead > 0) {
        self->highest = extended;
        self->jumped = false;
    }
    *ret_extended = extended;
    return MEDIA_SEQUENCE_OK;
}

bool
media_sequence_extend(const MediaSequence *self, uint16_t sequence, uint64_t *ret_extended)
{
    int16_t ahead = (int16_t)(sequence - (uint16_t)self->highest);

    if (!self->started || ahead > 0 || ahead < -MEDIA_SEQUENCE_MAX_MISORDER)
        return false;
    *ret_extended = self->highest + (uint64_t)(int64_t)ahead;
    return true;
}

void
media_sequence_restart(MediaSequence *self)
{
    self->started = false;
    self->jumped = false;
}
