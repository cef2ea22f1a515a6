/* recorder/seal/run.h - a run: the packets of a track in one codec, which become one file
 *
 * Ownership: the caller; the session is borrowed. Thread: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/recording.h"
#include "recorder/seal/clock.h"
#include "recorder/seal/session.h"

G_BEGIN_DECLS

typedef struct {
    const SealTrack *track;    /* borrowed */
    const SealPacket *packets; /* borrowed; n of them */
    unsigned n;
    MediaCodec codec;
    unsigned number; /* of the run among those of this track id, from 1 */
    SealClock *clock;
} SealRun;

/* All runs of a session, in the order of their tracks, with times. */
GPtrArray *seal_runs_new(const SealSession *session); /* SealRun *, owned */

typedef struct {
    const SealSession *session;
    const char *folder; /* where the file goes */
    void (*progress)(uint64_t bytes, void *data);
    void *data;
} SealRunTarget;

typedef struct {
    unsigned before; /* packet of the run */
    uint64_t packets;
} SealRunLoss;

/* What of the run is in its file. */
typedef struct {
    unsigned begin; /* its first packet */
    GArray *losses; /* SealRunLoss, owned: packets that should have come and did not */
    GArray *cuts;   /* SealCut, owned: where its chunks begin */
} SealRunContents;

void seal_run_contents_init(SealRunContents *self);
void seal_run_contents_clear(SealRunContents *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SealRunContents, seal_run_contents_clear)

/* Writes the file and describes it in file (times of it are still absolute, sizes and hashes still missing) and contents.
 * Where nothing can be decoded, or the muxer refuses what the peer sent, the packets are kept in a pcapng file. */
bool seal_run_write(const SealRun *self, const SealRunTarget *target, RecFile *file, SealRunContents *contents,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
