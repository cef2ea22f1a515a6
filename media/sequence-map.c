#include "media/sequence-map.h"

#include <string.h>

void
media_sequence_map_init(MediaSequenceMap *self, uint16_t first)
{
    *self = (MediaSequenceMap){ .highest_out = (UINT64_C(1) << 32 | first) - 1 };
}

static void
begin_run(MediaSequenceMap *self, uint64_t source)
{
    uint64_t out = self->highest_out + 1;

    if (self->n_runs > 0 && self->runs[self->n_runs - 1].out == out) { /* nothing was sent in it */
        self->runs[self->n_runs - 1].source = source;
        return;
    }
    if (self->n_runs == MEDIA_SEQUENCE_MAP_RUNS) {
        self->n_runs--;
        memmove(&self->runs[0], &self->runs[1], self->n_runs * sizeof self->runs[0]);
    }
    self->runs[self->n_runs++] = (MediaSequenceRun){ .source = source, .out = out };
}

void
media_sequence_map_restart(MediaSequenceMap *self, uint64_t source)
{
    self->n_runs = 0;
    self->highest_source = source - 1;
    begin_run(self, source);
}

bool
media_sequence_map_forward(MediaSequenceMap *self, uint64_t source, uint16_t *ret_out)
{
    for (size_t i = self->n_runs; i-- > 0;) {
        const MediaSequenceRun *run = &self->runs[i];

        if (source < run->source)
            continue;
        uint64_t out = run->out + (source - run->source);
        if (i + 1 < self->n_runs && out >= self->runs[i + 1].out)
            return false; /* between two runs */
        if (source > self->highest_source) {
            self->highest_source = source;
            self->highest_out = out;
        }
        *ret_out = (uint16_t)out;
        return true;
    }
    return false;
}

void
media_sequence_map_skip(MediaSequenceMap *self, uint64_t source)
{
    if (self->n_runs == 0 || source <= self->highest_source)
        return;
    const MediaSequenceRun *run = &self->runs[self->n_runs - 1];
    uint64_t before = run->out + (source - run->source) - 1; /* holes before it stay */

    self->highest_out = before > self->highest_out ? before : self->highest_out;
    self->highest_source = source;
    begin_run(self, source + 1);
}

bool
media_sequence_map_backward(const MediaSequenceMap *self, uint16_t out, uint64_t *ret_source)
{
    int16_t ahead = (int16_t)(out - (uint16_t)self->highest_out);

    if (ahead > 0)
        return false;
    uint64_t extended = self->highest_out + (uint64_t)(int64_t)ahead;
    for (size_t i = self->n_runs; i-- > 0;) {
        if (extended < self->runs[i].out)
            continue;
        *ret_source = self->runs[i].source + (extended - self->runs[i].out);
        return true;
    }
    return false;
}
