/* recorder/seal/clock.h - when each packet of a run was made, on one time line for the whole session
 *
 * RTP timestamps count; they say nothing about when. Sender reports do (RFC 3550 section 6.4.1): where they are sane, sound
 * and picture of a sender are put in step by them; else by arrival. A jump of the timestamps, or another SSRC, begins a
 * piece of its own. Times never go back.
 * Ownership: the caller; packets are borrowed. Thread: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/seal/curve.h"
#include "recorder/seal/session.h"

G_BEGIN_DECLS

typedef struct SealClock SealClock;

/* packets: n of one codec, in order. */
SealClock *seal_clock_new(const SealPacket *packets, unsigned n, uint32_t clock_rate);
void seal_clock_free(SealClock *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SealClock, seal_clock_free)

void seal_clock_add_reports(SealClock *self, const GArray *reports); /* SealReport */
/* The least difference between arrival here and the sender's clock; false when no report is sane. */
bool seal_clock_get_offset(const SealClock *self, int64_t *ret_offset_us);
/* Adds its samples of that difference. */
void seal_clock_add_samples(const SealClock *self, SealCurve *curve);
/* Computes the times. curve: from the sender's clock to ours, for all tracks that share it; NULL: by arrival. */
void seal_clock_finish(SealClock *self, const SealCurve *curve);

int64_t seal_clock_get_time(const SealClock *self, unsigned i); /* us */
/* From the packet before to this one by RTP timestamps alone; false where a piece begins. */
bool seal_clock_get_step(const SealClock *self, unsigned i, int64_t *ret_step_us);
/* The same SSRC goes on. */
bool seal_clock_is_contiguous(const SealClock *self, unsigned i);

G_END_DECLS
