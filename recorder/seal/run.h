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

/* Writes the file and describes it in ret_file (times of it are still absolute). Where nothing can be decoded, or the
 * muxer refuses what the peer sent, the packets are kept in a pcapng file. */
bool seal_run_write(const SealRun *self, const SealRunTarget *target, RecFile *ret_file,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
