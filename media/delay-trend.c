#include "media/delay-trend.h"

#include <glib.h>
#include <math.h>
#include <string.h>

/* Section 5.4 has K_u = 0.01 and K_d = 0.00018 for its Kalman filter; with a fitted line, deployed senders come back to a
 * low threshold sooner. */
#define GAIN_UP            0.0087
#define GAIN_DOWN          0.039
#define FIRST_THRESHOLD_MS 12.5 /* section 5.4: del_var_th(0) */
#define MIN_THRESHOLD_MS   6.0  /* section 5.4 */
#define MAX_THRESHOLD_MS   600.0
#define OUTLIER_MS         15.0 /* section 5.4: so far above, the threshold does not follow */
#define OVERUSE_TIME_MS    10.0 /* section 5.4: overuse_time_th */
#define MAX_ADAPT_MS       100.0
#define SMOOTHING          0.9
#define SLOPE_GAIN         4.0 /* brings slopes to the scale of the threshold */
#define MAX_GAIN_DELTAS    60

enum {
    MAX_BURST_US = 100 * 1000, /* a burst is no longer than this */
    STEP_US = 3 * 1000 * 1000, /* a change of delay that no queue makes: the peer's clock was set, or a path changed */
    SILENCE_US = 2 * 1000 * 1000, /* after it, what the queue was does not matter */
    MAX_DISORDERED = 3,
    MAX_DELTAS = 1000,
};

static void
restart(MediaDelayTrend *self)
{
    MediaDelayTrend fresh = { .threshold_ms = self->threshold_ms };

    *self = fresh;
}

/* Least squares over the window; false when all points lie at one moment. */
static bool
fit(const MediaDelayTrend *self, double *ret_slope)
{
    double mean_x = 0, mean_y = 0, sxy = 0, sxx = 0;

    for (unsigned i = 0; i < self->n_points; i++) {
        mean_x += self->points[i].at_ms / self->n_points;
        mean_y += self->points[i].delay_ms / self->n_points;
    }
    for (unsigned i = 0; i < self->n_points; i++) {
        double dx = self->points[i].at_ms - mean_x;
        sxy += dx * (self->points[i].delay_ms - mean_y);
        sxx += dx * dx;
    }
    if (sxx <= 0)
        return false;
    *ret_slope = sxy / sxx;
    return true;
}

/* Section 5.4: the threshold follows the trend, so that a flow that shares its queue with TCP is not starved. */
static void
adapt(MediaDelayTrend *self, double trend, int64_t arrival_us)
{
    double size = fabs(trend);
    double since_ms = self->adapted_us == 0 ? 0 : (double)(arrival_us - self->adapted_us) / 1000;

    self->adapted_us = arrival_us;
    if (size > self->threshold_ms + OUTLIER_MS)
        return;
    double gain = size < self->threshold_ms ? GAIN_DOWN : GAIN_UP;
    self->threshold_ms += gain * (size - self->threshold_ms) * CLAMP(since_ms, 0, MAX_ADAPT_MS);
    self->threshold_ms = CLAMP(self->threshold_ms, MIN_THRESHOLD_MS, MAX_THRESHOLD_MS);
}

static void
detect(MediaDelayTrend *self, double slope, double sent_delta_ms, int64_t arrival_us)
{
    double trend = MIN(self->n_deltas, MAX_GAIN_DELTAS) * slope * SLOPE_GAIN;

    if (trend > self->threshold_ms) {
        self->over_ms += self->n_over == 0 ? sent_delta_ms / 2 : sent_delta_ms;
        self->n_over++;
        if (self->over_ms > OVERUSE_TIME_MS && self->n_over > 1 && slope >= self->last_slope) {
            self->over_ms = 0;
            self->n_over = 0;
            self->state = MEDIA_DELAY_OVERUSE;
        }
    } else {
        self->over_ms = 0;
        self->n_over = 0;
        self->state = trend < -self->threshold_ms ? MEDIA_DELAY_UNDERUSE : MEDIA_DELAY_NORMAL;
    }
    self->last_slope = slope;
    adapt(self, trend, arrival_us);
}

static void
on_delta(MediaDelayTrend *self, double sent_ms, double arrival_ms, int64_t arrival_us)
{
    double slope;

    if (self->n_deltas == 0)
        self->origin_us = arrival_us;
    if (self->threshold_ms <= 0)
        self->threshold_ms = FIRST_THRESHOLD_MS;
    self->n_deltas = MIN(self->n_deltas + 1, MAX_DELTAS);
    self->accumulated_ms += arrival_ms - sent_ms;
    self->smoothed_ms = SMOOTHING * self->smoothed_ms + (1 - SMOOTHING) * self->accumulated_ms;
    self->points[self->next_point].at_ms = (double)(arrival_us - self->origin_us) / 1000;
    self->points[self->next_point].delay_ms = self->smoothed_ms;
    self->next_point = (self->next_point + 1) % MEDIA_TREND_WINDOW;
    self->n_points = MIN(self->n_points + 1, MEDIA_TREND_WINDOW);
    if (self->n_points >= MEDIA_TREND_MIN_POINTS && fit(self, &slope))
        detect(self, slope, sent_ms, arrival_us);
}

/* Section 5.2: packets that left together, or that a queue let go together. */
static bool
belongs(const MediaDelayGroup *group, int64_t sent_us, int64_t arrival_us)
{
    int64_t sent_delta = sent_us - group->last_sent_us;
    int64_t arrival_delta = arrival_us - group->last_arrival_us;

    if (sent_us - group->first_sent_us <= MEDIA_TREND_BURST_US)
        return true;
    return arrival_delta - sent_delta < 0 && arrival_delta <= MEDIA_TREND_BURST_US &&
           arrival_us - group->first_arrival_us < MAX_BURST_US;
}

/* The group is whole. Section 5.1 compares the last packets of groups; then a large frame looks like a queue, for as long as
 * it takes to get through. The first ones see what stands before them. */
static void
finish_group(MediaDelayTrend *self)
{
    const MediaDelayGroup *current = &self->current, *previous = &self->previous;
    int64_t sent_delta = current->first_sent_us - previous->first_sent_us;
    int64_t arrival_delta = current->first_arrival_us - previous->first_arrival_us;

    if (!previous->used) {
        self->previous = *current;
        return;
    }
    if (arrival_delta < 0 && ++self->n_disordered < MAX_DISORDERED)
        return;
    if (arrival_delta < 0 || ABS(arrival_delta - sent_delta) > STEP_US || sent_delta > SILENCE_US) {
        MediaDelayGroup kept = *current;
        restart(self);
        self->previous = kept;
        return;
    }
    self->n_disordered = 0;
    on_delta(self, (double)sent_delta / 1000, (double)arrival_delta / 1000, current->first_arrival_us);
    self->previous = *current;
}

MediaDelayState
media_delay_trend_add(MediaDelayTrend *self, int64_t sent_us, int64_t arrival_us)
{
    MediaDelayGroup *current = &self->current;

    if (current->used && sent_us < current->first_sent_us)
        return self->state; /* late: its group is over */
    if (current->used && !belongs(current, sent_us, arrival_us)) {
        finish_group(self);
        current->used = false;
    }
    if (!current->used)
        *current = (MediaDelayGroup){ true, sent_us, sent_us, arrival_us, arrival_us };
    current->last_sent_us = MAX(current->last_sent_us, sent_us);
    current->last_arrival_us = MAX(current->last_arrival_us, arrival_us);
    return self->state;
}
