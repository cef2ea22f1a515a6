#include "media/sequence-map.h"

#include <string.h>

#include "media/prefetch.h"

void
media_sequence_map_init(MediaSequenceMap *self, uint16_t first)
{
    *self = (MediaSequenceMap){ .highest_out = (UINT64_C(1) << 32 | first) - 1 };
}

void
media_sequence_map_prefetch(const MediaSequenceMap *self)
{
    if (self->n_runs > 0)
        media_prefetch(&self->runs[self->n_runs - 1], sizeof *self->runs);
}

static void
forget_oldest(MediaSequenceMap *self, size_t n)
{
    self->n_runs -= n;
    memmove(&self->runs[0], &self->runs[n], self->n_runs * sizeof self->runs[0]);
}

static void
begin_run(MediaSequenceMap *self, uint64_t source, uint64_t out)
{
    MediaSequenceRun run = { .source = source, .out = out, .generation = self->generation, .mark = self->mark };

    if (self->n_runs > 0 && self->runs[self->n_runs - 1].out == out) { /* nothing was sent in it */
        self->runs[self->n_runs - 1] = run;
        return;
    }
    if (self->n_runs == MEDIA_SEQUENCE_MAP_RUNS)
        forget_oldest(self, 1);
    self->runs[self->n_runs++] = run;
}

void
media_sequence_map_restart(MediaSequenceMap *self, uint64_t source)
{
    self->n_runs = 0;
    self->generation++;
    self->highest_source = source - 1;
    begin_run(self, source, self->highest_out + 1);
}

void
media_sequence_map_switch(MediaSequenceMap *self, uint64_t source)
{
    size_t n_older = 0;

    while (n_older < self->n_runs && self->runs[n_older].generation != self->generation)
        n_older++;
    forget_oldest(self, n_older);
    self->generation++;
    self->highest_source = source - 1;
    begin_run(self, source, self->highest_out + 1);
}

const MediaSequenceRun *
media_sequence_map_forward(MediaSequenceMap *self, uint64_t source, uint16_t *ret_out)
{
    for (size_t i = self->n_runs; i-- > 0 && self->runs[i].generation == self->generation;) {
        const MediaSequenceRun *run = &self->runs[i];

        if (source < run->source)
            continue;
        uint64_t out = run->out + (source - run->source);
        if (i + 1 < self->n_runs && out >= self->runs[i + 1].out)
            return NULL; /* between two runs */
        if (source > self->highest_source) {
            self->highest_source = source;
            self->highest_out = out;
        }
        *ret_out = (uint16_t)out;
        return run;
    }
    return NULL;
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
    begin_run(self, source + 1, self->highest_out + 1);
}

void
media_sequence_map_set_mark(MediaSequenceMap *self, uint64_t source, const MediaSequenceMark *mark)
{
    self->mark = *mark;
    if (self->n_runs == 0 || source <= self->highest_source)
        return;
    const MediaSequenceRun *run = &self->runs[self->n_runs - 1];

    begin_run(self, source, run->out + (source - run->source));
}

const MediaSequenceRun *
media_sequence_map_backward(const MediaSequenceMap *self, uint16_t out, uint64_t *ret_source)
{
    int16_t ahead = (int16_t)(out - (uint16_t)self->highest_out);

    if (ahead > 0)
        return NULL;
    uint64_t extended = self->highest_out + (uint64_t)(int64_t)ahead;
    for (size_t i = self->n_runs; i-- > 0;) {
        if (extended < self->runs[i].out)
            continue;
        *ret_source = self->runs[i].source + (extended - self->runs[i].out);
        return &self->runs[i];
    }
    return NULL;
}
