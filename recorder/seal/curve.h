/* recorder/seal/curve.h - how far a clock is from another, from samples that are at times delayed but never early
 *
 * The lower envelope of the samples in windows of time, with no more slope than clocks have: delays of the network do not
 * bend it, drift does. A jump (somebody set a clock) stays a jump.
 * Ownership: the caller. Thread: one. */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct SealCurve SealCurve;

SealCurve *seal_curve_new(void);
void seal_curve_free(SealCurve *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SealCurve, seal_curve_free)

/* At x_us the difference was y_us or less. */
void seal_curve_add(SealCurve *self, int64_t x_us, int64_t y_us);
/* After the last sample. */
void seal_curve_finish(SealCurve *self);
unsigned seal_curve_get_size(const SealCurve *self);
/* The difference at x_us; there must be samples. */
int64_t seal_curve_get(const SealCurve *self, int64_t x_us);

G_END_DECLS
