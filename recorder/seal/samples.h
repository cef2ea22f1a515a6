/* recorder/seal/samples.h - where the samples of an MP4 file of one track begin
 *
 * Pure; any bytes are safe. Thread: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Offers each sample as a cut, by the sample table (ISO/IEC 14496-12 section 8.6 and 8.7). False: there is none that fits. */
bool seal_samples_find_cuts(const uint8_t *bytes, size_t size, GArray *cuts);

G_END_DECLS
