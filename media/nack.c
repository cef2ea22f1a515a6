#include "media/nack.h"

#include <glib.h>
#include <string.h>

static void
remove_at(MediaNack *self, size_t i)
{
    self->n_missing--;
    memmove(&self->missing[i], &self->missing[i + 1], (self->n_missing - i) * sizeof self->missing[0]);
}

/* Only the answer to a single request says how long it took (Karn's rule). */
static void
learn_rtt(MediaNack *self, const MediaNackEntry *entry, int64_t now_us)
{
    if (entry->tries != 1)
        return;
    int64_t sample_us = now_us - entry->asked_us;
    if (sample_us <= 0)
        return;
    self->rtt_us = self->rtt_us == 0 ? sample_us : self->rtt_us + (sample_us - self->rtt_us) / 8;
}

static bool
forget(MediaNack *self, uint64_t sequence, int64_t now_us)
{
    for (size_t i = self->n_missing; i-- > 0;) {
        if (self->missing[i].sequence != sequence)
            continue;
        bool asked = self->missing[i].tries > 0;
        learn_rtt(self, &self->missing[i], now_us);
        remove_at(self, i);
        return asked;
    }
    return false;
}

static void
remember(MediaNack *self, uint64_t sequence, int64_t now_us)
{
    if (self->n_missing == MEDIA_NACK_MAX_MISSING)
        remove_at(self, 0);
    self->missing[self->n_missing++] = (MediaNackEntry){
        .sequence = sequence,
        .missed_us = now_us,
        .due_us = now_us + MEDIA_NACK_REORDER_US,
    };
}

bool
media_nack_received(MediaNack *self, uint64_t sequence, int64_t now_us)
{
    self->spent_percent -= MIN(self->spent_percent, (unsigned)MEDIA_NACK_EARNED_PERCENT);
    if (!self->started) {
        self->started = true;
        self->highest = sequence;
        return false;
    }
    if (sequence <= self->highest)
        return forget(self, sequence, now_us);

    /* only the newest holes can still be repaired in time */
    uint64_t first = self->highest + 1;
    if (sequence - first > MEDIA_NACK_MAX_MISSING)
        first = sequence - MEDIA_NACK_MAX_MISSING;
    for (uint64_t missing = first; missing < sequence; missing++)
        remember(self, missing, now_us);
    self->highest = sequence;
    return false;
}

void
media_nack_restart(MediaNack *self)
{
    self->started = false;
    self->n_missing = 0;
}

static int64_t
get_spacing_us(const MediaNack *self, unsigned tries)
{
    int64_t spacing_us = self->rtt_us == 0 ? MEDIA_NACK_RETRY_US : MAX(self->rtt_us, (int64_t)MEDIA_NACK_MIN_RETRY_US);

    return tries > MEDIA_NACK_QUICK_TRIES ? spacing_us << (tries - MEDIA_NACK_QUICK_TRIES) : spacing_us;
}

static bool
may_ask(const MediaNack *self)
{
    return self->spent_percent <= 100 * (MEDIA_NACK_MAX_CREDIT - 1);
}

size_t
media_nack_collect(MediaNack *self, int64_t now_us, uint16_t *sequences, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < self->n_missing && n < max;) {
        MediaNackEntry *entry = &self->missing[i];

        if (now_us - entry->missed_us >= MEDIA_NACK_DEADLINE_US ||
            (entry->tries == MEDIA_NACK_MAX_TRIES && entry->due_us <= now_us)) {
            remove_at(self, i);
            continue;
        }
        if (entry->due_us <= now_us && !may_ask(self)) {
            entry->due_us = now_us + MEDIA_NACK_REORDER_US;
        } else if (entry->due_us <= now_us) {
            self->spent_percent += 100;
            entry->tries++;
            entry->asked_us = now_us;
            entry->due_us = now_us + get_spacing_us(self, entry->tries);
            sequences[n++] = (uint16_t)entry->sequence;
        }
        i++;
    }
    return n;
}

int64_t
media_nack_get_due_us(const MediaNack *self)
{
    int64_t due_us = INT64_MAX;

    for (size_t i = 0; i < self->n_missing; i++) {
        if (self->missing[i].due_us < due_us)
            due_us = self->missing[i].due_us;
    }
    return due_us;
}
