/* media/nack.h - which packets of one stream to ask for again (RFC 4585 section 6.2.1)
 *
 * Pure: no clock, no I/O, no allocation. Works on extended sequence numbers (sequence.h). A hole is first given the
 * reorder window to close by itself, then asked for once per round trip, more slowly after a few tries, until its playout
 * deadline. What arrives earns what may be asked for: when packets are late because a machine or a line is full, requests
 * must not fill it further. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MEDIA_NACK_MAX_MISSING = 128, /* older holes are given up */
    MEDIA_NACK_MAX_TRIES = 10,
    MEDIA_NACK_REORDER_US = 15 * 1000,
    MEDIA_NACK_DEADLINE_US = 500 * 1000, /* later, nobody could play it */
    MEDIA_NACK_RETRY_US = 50 * 1000,     /* while the round trip is not known */
    MEDIA_NACK_MIN_RETRY_US = 10 * 1000,
    MEDIA_NACK_QUICK_TRIES = 5,     /* after these each wait is twice the one before */
    MEDIA_NACK_EARNED_PERCENT = 50, /* requests per packet that arrived */
    MEDIA_NACK_MAX_CREDIT = 128,    /* requests: a burst may lose this much at once */
};

typedef struct {
    uint64_t sequence;
    int64_t missed_us, due_us;
    int64_t asked_us; /* last */
    uint8_t tries;
} MediaNackEntry;

typedef struct {
    bool started;
    uint64_t highest;
    unsigned spent_percent; /* of a request; of what was earned, how much is used up: at most MAX_CREDIT requests */
    int64_t rtt_us;         /* smoothed over answers to first requests; 0 unknown */
    size_t n_missing;
    MediaNackEntry missing[MEDIA_NACK_MAX_MISSING]; /* rising */
} MediaNack;

/* A zeroed MediaNack is ready to use; there is nothing to free. */

/* True when it had been asked for. */
bool media_nack_received(MediaNack *self, uint64_t sequence, int64_t now_us);

/* The stream begins anew: nothing is missing. The round trip is kept. */
void media_nack_restart(MediaNack *self);

/* Writes the sequence numbers to ask for now; returns how many (at most max). Gives up what is too late. */
size_t media_nack_collect(MediaNack *self, int64_t now_us, uint16_t *sequences, size_t max);

/* When to collect next; INT64_MAX when nothing is missing. */
int64_t media_nack_get_due_us(const MediaNack *self);
