#include "media/rate-control.h"

#include <glib.h>
#include <math.h>

#define BETA                  0.85 /* section 5.5 */
#define ETA                   1.08 /* section 5.5: growth per second */
#define CAPACITY_SMOOTHING    0.05
#define CAPACITY_SIGMAS       3.0 /* section 5.5: "close to convergence" */
#define MIN_CAPACITY_VARIANCE 0.4 /* of the capacity in kbit/s */
#define MAX_CAPACITY_VARIANCE 2.5

enum {
    RESPONSE_US = 100 * 1000, /* section 5.5: response_time_ms = 100 + rtt */
    DEFAULT_RTT_US = 200 * 1000,
    PROOF_US = 5 * 1000 * 1000, /* since the last queue */
    MIN_CUT_SPACING_US = 10 * 1000,
    MAX_CUT_SPACING_US = 200 * 1000,
    FRAMES_PER_S = 30, /* section 5.5: expected_packet_size_bits */
    PACKET_BITS = 1200 * 8,
    MIN_STEP = 1000,             /* bit/s, section 5.5 */
    MORE_THAN_DELIVERED = 10000, /* bit/s: so that very low rates can grow */
};

void
media_rate_control_init(MediaRateControl *self, uint32_t rate)
{
    *self = (MediaRateControl){ .rate = CLAMP(rate, MEDIA_RATE_MIN, MEDIA_RATE_MAX) };
}

static bool
is_near_capacity(const MediaRateControl *self, uint32_t delivered)
{
    double sigma = sqrt(self->capacity_variance * self->capacity);

    return self->capacity > 0 && fabs(delivered / 1000.0 - self->capacity) <= CAPACITY_SIGMAS * sigma;
}

static void
learn_capacity(MediaRateControl *self, uint32_t delivered)
{
    double sample = delivered / 1000.0;

    if (!is_near_capacity(self, delivered)) {
        self->capacity = sample;
        self->capacity_variance = MIN_CAPACITY_VARIANCE;
        return;
    }
    self->capacity += CAPACITY_SMOOTHING * (sample - self->capacity);
    double error = self->capacity - sample;
    double norm = MAX(self->capacity, 1);
    self->capacity_variance =
        (1 - CAPACITY_SMOOTHING) * self->capacity_variance + CAPACITY_SMOOTHING * error * error / norm;
    self->capacity_variance = CLAMP(self->capacity_variance, MIN_CAPACITY_VARIANCE, MAX_CAPACITY_VARIANCE);
}

/* What the line carried while its queue grew. Frames come in bursts with pauses between them, in which the line was not asked. */
static uint32_t
get_throughput(const MediaRateInput *input)
{
    return MAX(input->delivered, input->latest);
}

/* Once per round trip, and at once when half of it is gone. */
static bool
may_cut(const MediaRateControl *self, const MediaRateInput *input)
{
    int64_t spacing_us = CLAMP(input->rtt_us, MIN_CUT_SPACING_US, MAX_CUT_SPACING_US);

    if (self->decreased_us == 0 || input->now_us - self->decreased_us >= spacing_us)
        return true;
    return input->delivered > 0 && get_throughput(input) < self->rate / 2;
}

static bool
cut(MediaRateControl *self, const MediaRateInput *input)
{
    if (!may_cut(self, input))
        return false;
    uint32_t rate = (uint32_t)(BETA * (input->delivered > 0 ? get_throughput(input) : self->rate));

    self->state = MEDIA_RATE_HOLD;
    self->decreased_us = input->now_us;
    if (input->delivered > 0)
        learn_capacity(self, get_throughput(input));
    if (rate >= self->rate)
        return false;
    self->rate = MAX(rate, (uint32_t)MEDIA_RATE_MIN);
    return true;
}

static double
get_additive_step(const MediaRateControl *self, const MediaRateInput *input, int64_t since_us)
{
    int64_t response_us = RESPONSE_US + (input->rtt_us > 0 ? input->rtt_us : DEFAULT_RTT_US);
    double frame_bits = (double)self->rate / FRAMES_PER_S;
    double packet_bits = frame_bits / ceil(frame_bits / PACKET_BITS);

    return MAX(MIN_STEP * (double)since_us / G_USEC_PER_SEC,
               0.5 * MIN((double)since_us / (double)response_us, 1.0) * packet_bits);
}

static void
grow(MediaRateControl *self, const MediaRateInput *input)
{
    int64_t since_us = CLAMP(input->now_us - self->updated_us, 0, G_USEC_PER_SEC);
    double rate = self->rate;

    if (self->updated_us == 0 || input->delivered == 0)
        return;
    if (self->capacity > 0 && input->delivered / 1000.0 > self->capacity && !is_near_capacity(self, input->delivered))
        self->capacity = 0; /* there is more than there was */
    if (self->capacity > 0)
        rate += get_additive_step(self, input, since_us);
    else
        rate *= pow(ETA, (double)since_us / G_USEC_PER_SEC);

    /* section 5.5 has 1.5 throughout; near a limit that was seen, only a probe may look further ahead */
    double most = (self->capacity > 0 ? 1.2 : 1.5) * input->delivered + MORE_THAN_DELIVERED;
    rate = MIN(rate, MAX(most, self->rate));
    /* what gets through is proof, however it came to be sent, unless it is a queue that empties */
    if (self->decreased_us == 0 || input->now_us - self->decreased_us > PROOF_US)
        rate = MAX(rate, MAX(input->delivered, input->carried));
    self->rate = (uint32_t)CLAMP(rate, MEDIA_RATE_MIN, MEDIA_RATE_MAX);
}

bool
media_rate_control_update(MediaRateControl *self, const MediaRateInput *input)
{
    bool was_cut = false;

    switch (input->delay) {
    case MEDIA_DELAY_OVERUSE:
        self->state = MEDIA_RATE_DECREASE;
        was_cut = cut(self, input);
        break;
    case MEDIA_DELAY_UNDERUSE: /* a queue empties: let it */
        self->state = MEDIA_RATE_HOLD;
        break;
    case MEDIA_DELAY_NORMAL:
        self->state = self->state == MEDIA_RATE_DECREASE ? MEDIA_RATE_HOLD : MEDIA_RATE_INCREASE;
        if (self->state == MEDIA_RATE_INCREASE)
            grow(self, input);
        break;
    }
    self->updated_us = input->now_us;
    return was_cut;
}

void
media_rate_control_set(MediaRateControl *self, uint32_t rate, int64_t now_us)
{
    self->rate = CLAMP(rate, MEDIA_RATE_MIN, MEDIA_RATE_MAX);
    self->updated_us = now_us;
    if (rate / 1000.0 > self->capacity && !is_near_capacity(self, rate))
        self->capacity = 0;
}
