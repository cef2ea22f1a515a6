/* media/track.h - one stream that somebody publishes: its packet store, its losses, its sinks
 *
 * Ownership: the MediaReceiver (or MediaPlayout) that made it frees it.
 * Thread:    its worker. */
#pragma once

#include "media/sink.h"
#include "media/worker.h"

G_BEGIN_DECLS

typedef struct MediaEncodings MediaEncodings;

MediaWorker *media_track_get_worker(const MediaTrack *self);
MediaKind media_track_get_kind(const MediaTrack *self);
MediaCodec media_track_get_codec(const MediaTrack *self); /* of the newest packet; NONE before the first */

/* Sinks may be added and removed at any time except from inside a sink's own call. A new viewer is first shown the
 * packets since the last key frame by media_track_replay(). */
void media_track_add_sink(MediaTrack *self, MediaSink *sink);
void media_track_remove_sink(MediaTrack *self, MediaSink *sink); /* one that is not there is fine */

/* Paused: what arrives is counted and dropped before the store; no sink sees it. Resuming asks for a key frame. */
void media_track_set_paused(MediaTrack *self, bool paused);
bool media_track_get_paused(const MediaTrack *self);

/* Suppressed: sinks for people get nothing, all others everything. When it ends they are first shown the last
 * MEDIA_TRACK_CATCH_UP_US from the store (sound only), as a new epoch. Not from inside a sink's own call. */
enum { MEDIA_TRACK_CATCH_UP_US = 100 * 1000 };
void media_track_set_suppressed(MediaTrack *self, bool suppressed);

/* Asks the source for a key frame: merged, at most one PLI (or FIR) per 500 ms. Nothing for audio. */
void media_track_request_keyframe(MediaTrack *self);

/* Calls func for the stored packets from the last key frame on, in sequence order; returns how many (0: none stored).
 */
size_t media_track_replay(MediaTrack *self, void (*func)(const MediaPacket *packet, void *data), void *data);

/* The stored packet with this extended sequence number, for retransmission; false when it is gone. */
bool media_track_find(MediaTrack *self, uint64_t sequence, MediaPacket *ret_packet);

/* NULL-safe view of the newest sender report; false before the first. */
bool media_track_get_sender_report(const MediaTrack *self, MediaSenderReport *ret_report);

typedef struct {
    uint64_t packets, bytes; /* accepted, retransmissions included */
    uint64_t lost;           /* never arrived and given up */
    uint64_t recovered;      /* arrived because it was asked for again */
    uint64_t keyframes;
    uint64_t nacks;             /* packets that were asked for again; each time counts */
    uint64_t keyframe_requests; /* sent to the source */
    uint32_t jitter;            /* RFC 3550, in clock units */
    uint32_t bitrate;           /* bit/s over the last second or so */
    int64_t last_packet_us;     /* worker clock; 0 before the first */
    int64_t pause_us; /* the longest between two packets of the last ten seconds or so, in which it had not stopped */
    uint8_t loss_percent;   /* of the last second or so, before recovery */
    int8_t audio_level;     /* RFC 6464 of the newest packet; -1 unknown */
    uint16_t width, height; /* of the last key frame where it says (not H.264); 0 unknown */
} MediaTrackStats;

void media_track_get_stats(const MediaTrack *self, MediaTrackStats *ret_stats);

/* Bit/s of each temporal layer with those below it; returns how many flow. */
size_t media_track_get_layer_bitrates(const MediaTrack *self, uint32_t bitrates[MEDIA_MAX_TEMPORAL_LAYERS]);

/* The encodings that it is one of, see encodings.h; NULL: it is the only one of its source. */
MediaEncodings *media_track_get_encodings(const MediaTrack *self);

G_END_DECLS
