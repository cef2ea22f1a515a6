/* media/sink.h - whatever takes a track's packets: a viewer, the journal, later a relay
 *
 * Ownership: a sink belongs to whoever made it and must be removed from its track before it is freed.
 * Thread:    every function is called on the track's worker. It must not wait, lock or allocate.
 * A sink sees every accepted packet once, in order of arrival (late and retransmitted ones included), in bursts. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/descriptor.h"

G_BEGIN_DECLS

typedef struct MediaTrack MediaTrack;
typedef struct MediaSink MediaSink;

/* One RTP packet in its track's store. All pointers stay valid until the call that showed it returns. */
typedef struct {
    const uint8_t *data; /* the whole packet as the sender made it, after SRTP; RTX already unwrapped */
    uint16_t size;
    uint16_t payload_offset;
    uint16_t payload_size; /* without padding; may be 0 */
    uint8_t payload_type;
    bool marker;
    bool keyframe;      /* a key frame begins in this packet */
    bool recovered;     /* came as a retransmission */
    int8_t audio_level; /* RFC 6464: 0 ... 127 -dBov; -1 unknown */
    MediaDescriptor layer;
    MediaCodec codec;
    uint64_t sequence; /* extended: seq + 65536 * roll-over, starting near 2^32 so that it never goes below 0 */
    uint32_t timestamp;
    int64_t arrival_us; /* the worker's clock */
} MediaPacket;

/* The last sender report of the track's source (RFC 3550 section 6.4.1). */
typedef struct {
    uint64_t ntp;       /* 32.32 */
    uint32_t timestamp; /* RTP */
    uint32_t ssrc;
    int64_t arrival_us;
} MediaSenderReport;

typedef struct {
    /* mandatory */
    void (*packets)(MediaSink *sink, MediaTrack *track, const MediaPacket *packets, size_t n_packets);
    /* optional: a sender report of the source arrived */
    void (*sender_report)(MediaSink *sink, MediaTrack *track, const MediaSenderReport *report);
    /* optional: the track goes away; it has already forgotten the sink */
    void (*track_gone)(MediaSink *sink, MediaTrack *track);
    /* optional: the sink will see packets after so many others (MEDIA_PREFETCH_AHEAD - 1 ... 1), see prefetch.h */
    void (*prefetch)(const MediaSink *sink, unsigned ahead);
    bool for_people; /* sees nothing while the track is suppressed, see track.h */
} MediaSinkClass;

struct MediaSink {
    const MediaSinkClass *klass;
    int64_t keyframe_interval_us; /* > 0: ask the source for a key frame when the last is older than this */
    bool active_in_pause;         /* reserved for sinks that see packets while the track is paused: none so far */
};

/* While the sink of this turn is served: what those behind it will touch comes into the cache, see prefetch.h. */
void media_sinks_prefetch(const GPtrArray *sinks, guint turn);

G_END_DECLS
