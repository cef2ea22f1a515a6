/* media/gather.h - when a worker waits a moment before it looks again, so that one pass serves what several would
 *
 * A wake-up costs more than what it forwards (design: 60 to 100 us against 1 us a packet). A worker that is woken more
 * often than MEDIA_GATHER_WAKES times in a window lets MEDIA_GATHER_US pass between passes, until too many of them find
 * nothing. One that is woken by the frames of a single publisher never waits.
 * A value, pure: times in, a time out. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

enum {
    MEDIA_GATHER_US = 1000,
    MEDIA_GATHER_WINDOW_US = 20 * 1000,
    MEDIA_GATHER_WAKES = 40, /* in a window: 2,000 a second */
    MEDIA_GATHER_EMPTY = 8,  /* in a window, of at most 20 passes: then it does not pay */
};

typedef struct {
    bool gathering;
    int64_t window_us; /* when it began */
    int64_t pass_us;   /* the last pass */
    unsigned n_passes, n_empty;
} MediaGather;

/* A pass begins: had it anything to do? */
void media_gather_pass(MediaGather *self, bool empty, int64_t now_us);

/* When the next pass may begin; 0: at once. */
int64_t media_gather_get_next_us(const MediaGather *self);

G_END_DECLS
