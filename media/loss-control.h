/* media/loss-control.h - the rate that losses allow (draft-ietf-rmcat-gcc-02 section 6)
 *
 * Above 10 % lost it falls, below 2 % it rises. Section 6 takes every loss for congestion; a radio line that always loses
 * a fifth would then go down to nothing. So: when a cut made no difference to the loss, the line is taken to be one that
 * loses, and only what is lost beyond that counts. And what arrives is proof: nothing is cut below it. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
    MEDIA_LOSS_WINDOW_US = 500 * 1000, /* a verdict at most this often */
    MEDIA_LOSS_WINDOW_PACKETS = 50,    /* and on no fewer packets, so that chance does not look like a full line, */
    MEDIA_LOSS_LONG_WINDOW_US = 2 * 1000 * 1000, /* or after this long on what there is */
    MEDIA_LOSS_MAX_INHERENT = 30, /* percent: a line that loses more is not believed to do so by nature */
};

typedef struct {
    uint32_t rate;             /* UINT32_MAX: losses set no limit */
    unsigned n_sent, n_lost;   /* of the window */
    unsigned bytes, arrived;   /* sent, and of them arrived */
    int64_t began_us;          /* 0: no window yet */
    double inherent;           /* share of packets that the line loses whatever the rate */
    int64_t inherent_us;       /* when that was last seen */
    double cut_loss, cut_sent; /* loss and bit/s when the rate was first cut; 0: it is not */
    double loss, smooth;       /* of the last window; of the last few */
} MediaLossControl;

void media_loss_control_init(MediaLossControl *self);

/* One packet's fate. Told lost and arriving after all: lost is taken back. */
void media_loss_control_add(MediaLossControl *self, bool arrived, bool was_lost, unsigned size);

/* After each feedback. current: the estimate so far. True when the rate was cut. */
bool media_loss_control_update(MediaLossControl *self, uint32_t current, int64_t now_us);

/* A probe got through at this rate. */
void media_loss_control_raise(MediaLossControl *self, uint32_t rate);
