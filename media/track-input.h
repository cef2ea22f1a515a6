/* media/track-input.h - a track from the side of those who feed it (receiver, playout) and of viewers
 *
 * Thread: the track's worker. */
#pragma once

#include "media/ntp.h"
#include "media/rtcp.h"
#include "media/rtp.h"
#include "media/track.h"

G_BEGIN_DECLS

enum {
    MEDIA_TRACK_MAX_BURST = 64, /* packets handed to a sink at once */
    MEDIA_TRACK_MAX_PACKET = 1500,
    MEDIA_TRACK_STOPPED_US = 2 * 1000 * 1000, /* silent for so long, a source that stumbled has stopped */
    MEDIA_KEYFRAME_SPACING_US = 500 * 1000,   /* between two requests to the source */
};

typedef struct {
    MediaKind kind;
    const MediaClockOffset *clock;                                /* borrowed; of the publisher's reports */
    void (*request_keyframe)(MediaTrack *track, void *user_data); /* NULL: cannot be asked */
    void *user_data;
    bool sparse_keyframes; /* they come when they come: more is kept, see packet-store.h */
} MediaTrackOwner;

MediaTrack *media_track_new(MediaWorker *worker, const MediaTrackOwner *owner);
void media_track_free(MediaTrack *self); /* sinks hear track_gone */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaTrack, media_track_free)

typedef struct {
    const uint8_t *data;
    size_t size;
    const MediaRtp *rtp; /* parsed from data */
    MediaCodec codec;    /* of the track's kind */
    int8_t audio_level;
    bool recovered;            /* it came as RTX */
    bool may_nack;             /* holes may be asked for */
    const uint8_t *dependency; /* dependency descriptor, a header extension; NULL: none */
    size_t dependency_size;
    const MediaDescriptor *layer; /* read already, on another worker; NULL: it is not */
    int64_t arrival_us;
} MediaTrackInput;

/* False when it was dropped: seen before, too old, too large, or the first after a jump. */
bool media_track_accept(MediaTrack *self, const MediaTrackInput *input);

/* The stream begins anew under another SSRC. */
void media_track_restart(MediaTrack *self);

/* NULL: it is the only one of its source. */
void media_track_set_encodings(MediaTrack *self, MediaEncodings *encodings);

void media_track_set_sender_report(MediaTrack *self, const MediaSenderReport *report);

/* The block since the last call, without the SSRC; false before the first packet. */
bool media_track_report(MediaTrack *self, MediaRtcpReportBlock *ret_block);

/* What to ask for again, see nack.h. */
size_t media_track_collect_nacks(MediaTrack *self, uint16_t *sequences, size_t max);
int64_t media_track_get_nack_due_us(const MediaTrack *self); /* INT64_MAX: nothing is missing */
int64_t media_track_get_rtt_us(const MediaTrack *self);      /* as retransmissions show it; 0 unknown */

/* Changes whenever packets cannot be told to follow on those before: after a pause, a jump or another SSRC. */
uint32_t media_track_get_epoch(const MediaTrack *self);

/* Of the first stored packet of the newest key frame; 0 when there is none. */
uint64_t media_track_get_keyframe_sequence(const MediaTrack *self);
uint64_t media_track_get_newest_sequence(const MediaTrack *self); /* stored; 0: none */

/* A pair of the source's timestamp and the moment on the worker's clock at which it was taken: from its sender report,
 * else from the newest packet's arrival. False before the first packet. */
bool media_track_get_clock(const MediaTrack *self, uint32_t *ret_timestamp, int64_t *ret_local_us);

/* Of the publisher's reports. */
MediaClockOffset media_track_get_clock_offset(const MediaTrack *self);

G_END_DECLS
