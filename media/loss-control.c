#include "media/loss-control.h"

#include <glib.h>

#include "media/rate-control.h"

#define HIGH          0.10 /* section 6 */
#define LOW           0.02
#define GROWTH        1.05 /* per second, section 6 */
#define INHERENT_DROP 0.8  /* a cut that took this much off what is sent ... */
#define SMOOTHING     0.4  /* weight of the newest window */
#define INHERENT_SAME 0.75 /* ... and left this much of the loss did not help */

enum {
    INHERENT_US = 30 * 1000 * 1000, /* how long that is believed */
    ENOUGH = 2,                     /* times the current estimate: no limit worth keeping */
};

/* bit/s of a window */
typedef struct {
    double sent, delivered;
} Flow;

void
media_loss_control_init(MediaLossControl *self)
{
    *self = (MediaLossControl){ .rate = UINT32_MAX };
}

void
media_loss_control_add(MediaLossControl *self, bool arrived, bool was_lost, unsigned size)
{
    if (was_lost) {
        self->n_lost -= self->n_lost > 0;
        return;
    }
    self->n_sent++;
    self->n_lost += !arrived;
    self->bytes += size;
    self->arrived += arrived ? size : 0;
}

static bool
is_inherent(const MediaLossControl *self, double loss, double sent)
{
    return self->cut_loss > 0 && sent < INHERENT_DROP * self->cut_sent && loss > INHERENT_SAME * self->cut_loss &&
           loss <= MEDIA_LOSS_MAX_INHERENT / 100.0;
}

static bool
cut(MediaLossControl *self, double loss, const Flow *flow, uint32_t current)
{
    if (self->cut_loss <= 0) {
        self->cut_loss = loss;
        self->cut_sent = flow->sent;
    }
    double from = MIN(self->rate, current);
    double to = MIN(from, MAX(from * (1 - 0.5 * loss), flow->delivered));
    self->rate = (uint32_t)MAX(to, MEDIA_RATE_MIN);
    return to < from;
}

static void
grow(MediaLossControl *self, uint32_t current, int64_t since_us)
{
    self->cut_loss = self->cut_sent = 0;
    if (self->rate == UINT32_MAX)
        return;
    double rate = self->rate * (1 + (GROWTH - 1) * (double)MIN(since_us, G_USEC_PER_SEC) / G_USEC_PER_SEC);
    self->rate = rate > (double)ENOUGH * current ? UINT32_MAX : (uint32_t)MIN(rate, MEDIA_RATE_MAX);
}

bool
media_loss_control_update(MediaLossControl *self, uint32_t current, int64_t now_us)
{
    int64_t since_us = now_us - self->began_us;
    bool was_cut = false;

    if (self->began_us == 0) {
        self->began_us = now_us;
        return false;
    }
    bool whole = since_us >= MEDIA_LOSS_WINDOW_US && self->n_sent >= MEDIA_LOSS_WINDOW_PACKETS;
    if (!whole && (since_us < MEDIA_LOSS_LONG_WINDOW_US || self->n_sent == 0))
        return false;
    const double scale = 8.0 * G_USEC_PER_SEC / (double)since_us;
    const Flow flow = { self->bytes * scale, self->arrived * scale };
    self->loss = (double)self->n_lost / self->n_sent;
    self->smooth += SMOOTHING * (self->loss - self->smooth);
    self->n_sent = self->n_lost = self->bytes = self->arrived = 0;
    self->began_us = now_us;

    if (is_inherent(self, self->loss, flow.sent)) {
        self->inherent = self->loss;
        self->inherent_us = now_us;
        self->rate = (uint32_t)MIN(MAX((double)self->rate, self->cut_sent), MEDIA_RATE_MAX);
        self->cut_loss = self->cut_sent = 0;
    } else if (now_us - self->inherent_us > INHERENT_US) {
        self->inherent = 0;
    }
    if (self->inherent > 0 && self->loss >= INHERENT_SAME * self->inherent)
        self->inherent_us = now_us;
    double excess = self->loss - self->inherent;
    if (excess > HIGH)
        was_cut = cut(self, excess, &flow, current);
    else if (excess < LOW || self->inherent > 0)
        grow(self, current, since_us);
    return was_cut;
}

void
media_loss_control_raise(MediaLossControl *self, uint32_t rate)
{
    if (self->rate != UINT32_MAX)
        self->rate = MAX(self->rate, rate);
}
