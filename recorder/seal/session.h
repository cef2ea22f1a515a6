/* recorder/seal/session.h - everything a journal holds of one session, packets by reference
 *
 * Times are CLOCK_REALTIME us as the clock was at the session's first record: later steps of it are undone.
 * Ownership: the caller. Thread: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/codec.h"
#include "recorder/error.h"
#include "recorder/recording.h"

G_BEGIN_DECLS

typedef struct {
    uint64_t sequence; /* extended */
    int64_t arrival_us;
    uint64_t offset; /* of its bytes in the file */
    uint32_t timestamp, ssrc;
    uint32_t file; /* index */
    uint16_t size;
    uint8_t codec;
    bool recovered;
} SealPacket;

/* A sender report. */
typedef struct {
    int64_t arrival_us, ntp_us;
    uint32_t timestamp, ssrc;
} SealReport;

/* Somebody set the wall clock. */
typedef struct {
    int64_t at_us, step_us;
} SealStep;

/* Packets that arrived but could not be recorded. */
typedef struct {
    int64_t from_us, to_us;
} SealLoss;

typedef struct {
    char *id, *party, *label;
    MediaKind kind;
    GArray *packets; /* SealPacket, by SSRC in order of appearance, then by sequence, without doubles */
    GArray *reports; /* SealReport */
    GArray *losses;  /* SealLoss */
} SealTrack;

typedef struct {
    char *id;
    GPtrArray *tracks;       /* SealTrack *, owned; one that is opened anew is another */
    RecRecording *recording; /* owned; so far its events, at absolute times */
    int64_t first_us, last_us;
    uint64_t n_bytes; /* of all packets */
    GArray *steps;    /* SealStep, since the first record */
    GArray *fds;      /* int */
} SealSession;

/* Fails when the folder cannot be read or holds nothing of the session. */
SealSession *seal_session_read(const char *journal_dir, const char *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void seal_session_free(SealSession *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SealSession, seal_session_free)

/* bytes has room for UINT16_MAX. */
bool seal_session_get_data(const SealSession *self, const SealPacket *packet, uint8_t *bytes,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
