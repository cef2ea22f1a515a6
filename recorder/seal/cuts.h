/* recorder/seal/cuts.h - where a file is cut into chunks of about 10 s, each of which becomes a leaf
 *
 * Ownership: the caller's. Thread: any. */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

#define SEAL_CHUNK_US ((int64_t)10 * G_USEC_PER_SEC)

typedef struct {
    uint64_t offset;
    int64_t time_us; /* in the file: 0 is its first frame */
} SealCut;

GArray *seal_cuts_new(void); /* SealCut; the first one is there: 0, 0 */
/* The file may be cut here; it is when SEAL_CHUNK_US have passed since the last cut. Offsets only grow. */
void seal_cuts_offer(GArray *cuts, uint64_t offset, int64_t time_us);

G_END_DECLS
