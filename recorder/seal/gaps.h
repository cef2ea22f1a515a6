/* recorder/seal/gaps.h - what is missing in a run, and why
 *
 * Pure. Thread: any. */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "recorder/recording.h"
#include "recorder/seal/run.h"

G_BEGIN_DECLS

enum {
    SEAL_MAX_GAPS = 10000,          /* per file; more are counted, not listed */
    SEAL_GAP_JOIN_US = 1000 * 1000, /* gaps of one cause that are nearer than this are told as one */
};

/* Fills gaps (absolute times) and lost of the file, and the losses, from packet contents->begin on. */
void seal_gaps_find(const SealRun *run, const SealSession *session, SealRunContents *contents, RecFile *file);

G_END_DECLS
