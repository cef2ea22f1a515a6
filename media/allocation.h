/* media/allocation.h - how a line's rate is shared among the pictures that go over it
 *
 * From the cheapest layer of each upwards, in rounds, so that nobody's second layer costs another its first. Whoever
 * would be given less than its cheapest layer is suspended, the last added first. Going down is quick; going up needs
 * room to spare and some time since the last time it went down, more each time that going up was followed by going down
 * (unless there is plenty: another line, then).
 * Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MEDIA_ALLOCATION_ROOM   1.12 /* times what would be sent, there must be to go up */
#define MEDIA_ALLOCATION_PLENTY 2.0  /* with so much, what failed before is no reason to wait */

enum {
    MEDIA_ALLOCATION_LAYERS = 12,
    MEDIA_ALLOCATION_SUSPENDED = -1,
    MEDIA_ALLOCATION_PATIENCE_US = 400 * 1000,       /* too little is borne for so long, unless a queue builds up */
    MEDIA_ALLOCATION_LAST_PATIENCE_US = 1000 * 1000, /* and for the cheapest layers, unless the queue is long */
    MEDIA_ALLOCATION_MIN_HOLD_US = 1000 * 1000,      /* before going up again */
    MEDIA_ALLOCATION_MAX_HOLD_US = 6 * 1000 * 1000,
    MEDIA_ALLOCATION_PROVED_US = 10 * 1000 * 1000, /* having stayed up so long, going up was right */
};

/* What one picture wants and gets. A zeroed one starts at the top. */
typedef struct {
    unsigned n_layers;                          /* 0: nothing flows */
    uint32_t bitrates[MEDIA_ALLOCATION_LAYERS]; /* cumulative, cheapest first */

    uint32_t budget; /* the result: UINT32_MAX no limit, 0 suspended */

    bool started;
    int level;                     /* index of its layer, or MEDIA_ALLOCATION_SUSPENDED */
    int64_t lowered_us, raised_us; /* last; 0: never */
    int64_t hold_us;
} MediaShare;

typedef struct {
    int64_t short_us;      /* since when what is sent has been more than there is; 0: it is not */
    int64_t last_short_us; /* likewise of the cheapest layers alone */
} MediaAllocation;

typedef struct {
    uint32_t rate;          /* for all pictures, in the unit of the bitrates; UINT32_MAX: no limit */
    uint32_t cheapest_rate; /* for their cheapest layers, when that is more: nobody is suspended below it */
    bool congested;         /* a queue builds up: nothing is borne, */
    bool pressed;           /* and a long one: not even the cheapest layers */
    bool guess;             /* the rate is not known yet: nobody is suspended */
    int64_t now_us;
} MediaAllocationInput;

/* Returns what all of them want: the sum of their best layers. */
uint64_t media_allocation_update(MediaAllocation *self, MediaShare *const *shares, size_t n,
                                 const MediaAllocationInput *input);
