/* media/gather.h - when a worker waits a moment before it looks again, so that one pass serves what several would
 *
 * A wake-up costs more than what it forwards (design: 60 to 100 us against 1 us a packet). A worker to which many
 * publishers send lets MEDIA_GATHER_US pass between passes, which then find several packets each. One that serves a few
 * publishers, however many watch, never waits: there the first packet of a frame would be late for nothing.
 * A value, pure: times in, a time out. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

enum {
    MEDIA_GATHER_US = 1000,
    MEDIA_GATHER_WINDOW_US = 20 * 1000,
    MEDIA_GATHER_ON = 100, /* datagrams in a window: 5,000 a second */
    MEDIA_GATHER_OFF = 60,
};

typedef struct {
    bool gathering;
    int64_t window_us; /* when it began */
    int64_t pass_us;   /* the last pass */
    unsigned n_datagrams;
} MediaGather;

/* A pass begins; so many datagrams came in the one before. */
void media_gather_pass(MediaGather *self, unsigned n_datagrams, int64_t now_us);

/* When the next pass may begin; 0: at once. */
int64_t media_gather_get_next_us(const MediaGather *self);

G_END_DECLS
