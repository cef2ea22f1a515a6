/* media/rate-control.h - the rate that the delay allows (draft-ietf-rmcat-gcc-02 section 5.5)
 *
 * More and more while no queue builds up, 0.85 times of what arrives when one does. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "media/delay-trend.h"

enum {
    MEDIA_RATE_MIN = 10 * 1000, /* bit/s; with less than this nothing is of use */
    MEDIA_RATE_MAX = 1000 * 1000 * 1000,
};

typedef enum {
    MEDIA_RATE_HOLD,
    MEDIA_RATE_INCREASE,
    MEDIA_RATE_DECREASE,
} MediaRateState;

typedef struct {
    MediaRateState state;
    uint32_t rate;
    int64_t updated_us, decreased_us;   /* 0: never */
    double capacity, capacity_variance; /* kbit/s: what arrived when a queue built up; 0: not known */
} MediaRateControl;

typedef struct {
    MediaDelayState delay;
    uint32_t delivered; /* bit/s; 0: not known */
    uint32_t latest;    /* the same, of a shorter time */
    uint32_t carried;   /* with what was lost on the way, as far as that was no queue's doing */
    int64_t rtt_us;     /* 0: not known */
    int64_t now_us;
} MediaRateInput;

void media_rate_control_init(MediaRateControl *self, uint32_t rate);

/* After each feedback. True when the rate was cut. */
bool media_rate_control_update(MediaRateControl *self, const MediaRateInput *input);

/* A probe has shown what there is. */
void media_rate_control_set(MediaRateControl *self, uint32_t rate, int64_t now_us);
