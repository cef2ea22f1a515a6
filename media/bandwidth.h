/* media/bandwidth.h - how much the way to one peer carries: Google congestion control at the sender
 *
 * draft-ietf-rmcat-gcc-02: the least of what delay (rate-control.h), losses (loss-control.h) and the peer's REMB allow,
 * raised by probes (probe.h). Where it departs from the draft stands in those headers.
 * Pure: packets, feedback and times in, a rate out. Any feedback is safe. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/twcc.h"

G_BEGIN_DECLS

enum {
    MEDIA_BANDWIDTH_START = 1000 * 1000,        /* bit/s, until the line has shown what it can do */
    MEDIA_BANDWIDTH_REMB_US = 10 * 1000 * 1000, /* how long a REMB holds (they come about once a second) */
    MEDIA_BANDWIDTH_FEEDBACKS_PER_S = 100,      /* of one peer that are looked at; browsers send 4 to 20 */
};

typedef struct MediaBandwidth MediaBandwidth;

MediaBandwidth *media_bandwidth_new(void);
void media_bandwidth_free(MediaBandwidth *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaBandwidth, media_bandwidth_free)

/* A packet of size bytes (on the wire, with all headers) leaves now. Returns its transport-wide number. */
uint16_t media_bandwidth_sent(MediaBandwidth *self, size_t size, int64_t now_us);

/* A packet will be sent in so many turns (3 ... 1), see prefetch.h. */
void media_bandwidth_prefetch(const MediaBandwidth *self, unsigned ahead);

void media_bandwidth_on_feedback(MediaBandwidth *self, const MediaTwccStatus *statuses, size_t n, int64_t now_us);
void media_bandwidth_on_rtt(MediaBandwidth *self, int64_t rtt_us);
void media_bandwidth_on_remb(MediaBandwidth *self, uint32_t bitrate, int64_t now_us);

/* bit/s on the wire; UINT32_MAX before the first feedback: nobody knows. */
uint32_t media_bandwidth_get(const MediaBandwidth *self, int64_t now_us);
/* The same without what losses alone say, as long as no more is lost than can be sent again (MEDIA_LOSS_MAX_INHERENT percent): a
 * line without a queue that loses a fifth still carries a picture, and a small policer is met by the next feedbacks. */
uint32_t media_bandwidth_get_repairable(const MediaBandwidth *self, int64_t now_us);

/* The line has shown its limit, or as much as was asked of it: the estimate is more than a guess. */
bool media_bandwidth_is_known(const MediaBandwidth *self);

/* A queue builds up, or empties. */
bool media_bandwidth_is_congested(const MediaBandwidth *self);

/* And the queue is a long one. */
bool media_bandwidth_is_pressed(const MediaBandwidth *self);

/* Share of packets lost lately, 0 ... 1. */
double media_bandwidth_get_loss(const MediaBandwidth *self);

/* Starts a probe if more is wanted than there is (bit/s on the wire) and it is time for one. True: one is under way. */
bool media_bandwidth_probe(MediaBandwidth *self, uint32_t wanted, int64_t now_us);

/* Padding that a probe wants sent now, in bytes; 0: none, or it is over. */
size_t media_bandwidth_get_padding(const MediaBandwidth *self, int64_t now_us);
bool media_bandwidth_is_probing(const MediaBandwidth *self); /* more padding will be wanted */

G_END_DECLS
