/* media/srtp-streams.h - the SSRCs of one direction of SRTP, each with the indices that were used
 *
 * Open addressing; most packets come in bursts of one SSRC, which is found at once. SSRCs that a peer chooses can at worst
 * slow a table of its own, which is small.
 * Ownership: a value in MediaSrtpIn or MediaSrtpOut; clear frees what it holds. Thread: theirs. */
#pragma once

#include "media/replay.h"

G_BEGIN_DECLS

typedef struct {
    bool used;
    uint32_t ssrc;
    MediaReplay rtp, rtcp;
} MediaSrtpStream;

typedef struct {
    MediaSrtpStream *slots; /* owned */
    unsigned n_slots, n_streams;
    MediaSrtpStream *last; /* of the packet before */
} MediaSrtpStreams;

void media_srtp_streams_init(MediaSrtpStreams *self);
void media_srtp_streams_clear(MediaSrtpStreams *self);

/* NULL: it is new, and there are max already. One that is new has no place yet: see keep. */
MediaSrtpStream *media_srtp_streams_find(MediaSrtpStreams *self, uint32_t ssrc, unsigned max);

/* It will be looked for soon, see prefetch.h. */
void media_srtp_streams_prefetch(const MediaSrtpStreams *self, uint32_t ssrc);

/* What find gave gets its place; returns it where it stands now. */
MediaSrtpStream *media_srtp_streams_keep(MediaSrtpStreams *self, MediaSrtpStream *stream, uint32_t ssrc);

G_END_DECLS
