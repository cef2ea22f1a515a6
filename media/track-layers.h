/* media/track-layers.h - what a track knows of its picture's layers: what each packet belongs to, what each layer takes, how
 * steadily it comes
 *
 * Owned by its track (embedded, zeroed is empty), used on the track's worker. Temporal layers as in the codecs' RTP formats
 * (RFC 7741 section 4.2, RFC 9628 section 4.2), or as the dependency descriptor tells, which is AV1's but comes with others too. */
#pragma once

#include "media/bitrate.h"
#include "media/dependency.h"
#include "media/encodings.h"
#include "media/track-input.h"

typedef struct {
    MediaEncodings *encodings; /* borrowed; NULL: the track is the only one of its source */
    MediaDependency dependency;
    MediaBitrate bitrates[MEDIA_MAX_TEMPORAL_LAYERS]; /* each by itself, the lowest not counted */
    int64_t last_us;                                  /* packet; 0: none yet */
    int64_t pause_us; /* the longest between two packets of the last ten seconds or so, in which it had not stopped */
} MediaTrackLayers;

/* Sets packet->layer; packet->data, codec and keyframe are set. */
void media_track_layers_read(MediaTrackLayers *self, const MediaTrackInput *input, MediaPacket *packet);

/* For every accepted packet. */
void media_track_layers_count(MediaTrackLayers *self, const MediaPacket *packet);

/* Bit/s of each temporal layer with those below it, of total bit/s; returns how many flow. */
size_t media_track_layers_get_bitrates(const MediaTrackLayers *self, uint32_t total, int64_t now_us,
                                       uint32_t bitrates[MEDIA_MAX_TEMPORAL_LAYERS]);
