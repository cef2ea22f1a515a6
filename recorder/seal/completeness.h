/* recorder/seal/completeness.h - of each party: how long something should have come, how long it did not, and why
 *
 * Of the two sides of a visit sound and picture are expected from their admission to the end; of everybody else from their first
 * packet to the last. Only kinds that ever came are expected. Spoken notices, and who talks into a visit, come at will: of them
 * only what the recorder lost is missing.
 * Pure. Thread: any. */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "recorder/seal/run.h"

G_BEGIN_DECLS

#define SEAL_MISSING_US ((int64_t)2 * G_USEC_PER_SEC) /* a shorter silence is none */

/* Fills session->recording->parties; times are absolute. runs: SealRun *. */
void seal_completeness_find(const SealSession *session, const GPtrArray *runs);

G_END_DECLS
