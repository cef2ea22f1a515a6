/* recorder/track.h - one recorded track: the sink that copies its packets into the ring of its worker
 *
 * Ownership: made by the journal on main; freed by the writer, after everything that is in a ring.
 * Thread:    its fields are grouped by thread; the sink runs on the media worker of its track. */
#pragma once

#include <glib.h>
#include <stdatomic.h>

#include "recorder/journal.h"
#include "recorder/ring.h"

G_BEGIN_DECLS

enum {
    REC_PACKET_MAX_BYTES = 65535,
    REC_LABEL_MAX_BYTES = 200, /* longer ones are cut */
};

/* One ring per media thread: a thread takes the next free one with its first packet. */
typedef struct {
    uint64_t id; /* of this set, in the process */
    unsigned n_rings;
    RecRing **rings; /* owned */
    _Atomic unsigned n_taken;
} RecRings;

RecRings *rec_rings_new(unsigned n_rings, size_t bytes);
void rec_rings_free(RecRings *self);

/* What is in a ring: the header, then the bytes of the packet. */
typedef struct {
    RecTrack *track;
    int64_t arrival_us; /* the worker's clock */
    uint64_t sequence;
    uint32_t size;
    uint8_t codec;
    bool recovered;
    bool is_report; /* a sender report: the bytes are RTCP */
} RecRingRecord;

typedef enum {
    REC_LOSS_RING, /* the writer did not keep up */
    REC_LOSS_DISK, /* the disk failed */
    REC_N_LOSSES,
} RecLoss;

const char *rec_loss_to_string(RecLoss loss); /* "ring", "disk" */

typedef struct {
    bool begun; /* that is written, or held back for a working disk */
    /* a file has an interface per track and codec: only those of this file count */
    uint64_t file;
    bool known[MEDIA_N_CODECS];
    uint32_t interfaces[MEDIA_N_CODECS];
    MediaCodec codec;                /* of the newest packet */
    uint64_t unflushed;              /* packets in the buffer of the output */
    uint64_t lost[REC_N_LOSSES];     /* not yet looked at */
    uint64_t to_tell[REC_N_LOSSES];  /* not yet told */
    uint64_t to_write[REC_N_LOSSES]; /* not yet written as a gap */
    int64_t told_us;                 /* when (the monotonic clock); 0: never */
    int64_t lost_from_us;            /* since when (CLOCK_REALTIME); 0: nothing lost */
} RecTrackWriting;

struct RecTrack {
    MediaSink sink;
    /* constant */
    RecJournal *journal; /* borrowed; for main */
    RecRings *rings;     /* borrowed */
    char *session, *id, *party, *label;
    MediaKind kind;
    /* atomic */
    _Atomic uint64_t packets; /* accepted */
    _Atomic uint64_t lost;    /* did not fit, not yet collected by the writer */
    /* writer */
    RecTrackWriting writing;
};

bool rec_id_is_valid(const char *id);

RecTrack *rec_track_new(RecRings *rings, const RecTrackInfo *info);
void rec_track_free(RecTrack *self);

G_END_DECLS
