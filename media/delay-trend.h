/* media/delay-trend.h - whether a queue builds up on the way, from when packets left and when they arrived
 *
 * draft-ietf-rmcat-gcc-02 sections 5.1 to 5.4, with a line fitted to the delay (the trendline filter of later practice)
 * in place of the Kalman filter of section 5.3: it needs no noise model and settles in fewer groups.
 * The two clocks need not agree, only run at about the same speed. Pure. A zeroed one is ready to use. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    MEDIA_TREND_WINDOW = 20,         /* groups that the line is fitted to */
    MEDIA_TREND_MIN_POINTS = 8,      /* fewer say nothing */
    MEDIA_TREND_BURST_US = 5 * 1000, /* section 5.2: what leaves within this is one group */
};

typedef enum {
    MEDIA_DELAY_NORMAL,
    MEDIA_DELAY_OVERUSE,
    MEDIA_DELAY_UNDERUSE,
} MediaDelayState;

typedef struct {
    bool used;
    int64_t first_sent_us, last_sent_us;
    int64_t first_arrival_us, last_arrival_us;
} MediaDelayGroup;

typedef struct {
    MediaDelayGroup current, previous;
    unsigned n_disordered;
    unsigned n_deltas; /* since the restart, up to a limit */
    double accumulated_ms, smoothed_ms;
    int64_t origin_us; /* arrival of the first group */
    unsigned n_points, next_point;
    struct {
        double at_ms, delay_ms;
    } points[MEDIA_TREND_WINDOW];

    double threshold_ms; /* 0: the first one */
    int64_t adapted_us;
    double over_ms; /* for how long the trend has been above it */
    unsigned n_over;
    double last_slope;
    MediaDelayState state;
} MediaDelayTrend;

/* In order of arrival. sent_us on our clock, arrival_us on the peer's. */
MediaDelayState media_delay_trend_add(MediaDelayTrend *self, int64_t sent_us, int64_t arrival_us);
