/* media/layer-choice.h - which layer of a picture one viewer gets
 *
 * Down at once, up only when it has fitted for a while, and later if the last time went wrong: an estimate that swings
 * must not make the picture swing. Pure. A zeroed MediaLayerChoice has chosen nothing. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MEDIA_LAYER_HOLD_US = 1000 * 1000,         /* before going up */
    MEDIA_LAYER_MAX_HOLD_US = 8 * 1000 * 1000, /* when going up failed */
    MEDIA_LAYER_TRIAL_US = 5 * 1000 * 1000,    /* going down so soon after going up: it failed */
};

/* One way of sending the picture. */
typedef struct {
    uint8_t encoding; /* which one of the source's: its name here */
    uint8_t spatial;  /* rank of the encoding, 0 the smallest */
    uint8_t temporal;
    uint32_t bitrate; /* cumulative */
} MediaLayerOption;

typedef struct {
    bool chosen;
    uint8_t encoding, temporal;
    int64_t fits_since_us; /* something better does; 0: nothing */
    int64_t up_us;         /* when it last went up; 0: never */
    int64_t hold_us;
} MediaLayerChoice;

/* The index of what is to be sent: options (at least one), worst first, of which the best that fits, or the cheapest.
 * budget in bit/s; UINT32_MAX: no limit. */
size_t media_layer_choice_pick(MediaLayerChoice *self, const MediaLayerOption *options, size_t n_options,
                               uint32_t budget, int64_t now_us);
