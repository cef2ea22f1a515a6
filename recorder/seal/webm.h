/* recorder/seal/webm.h - where the clusters of a WebM file begin
 *
 * Pure; any bytes are safe. Thread: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Offers each cluster as a cut, and stops where there is nothing it knows. False: not one cluster was found. */
bool seal_webm_find_cuts(const uint8_t *bytes, size_t size, GArray *cuts);

G_END_DECLS
