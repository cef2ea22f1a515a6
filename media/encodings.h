/* media/encodings.h - the encodings of one source (simulcast, RFC 8853): tracks that show the same picture
 *
 * Encoders stop and start their encodings as their line allows, without a word: an encoding flows while packets of it
 * come. Which is larger is seen from what comes, too: names and order in SDP promise nothing.
 * Ownership: the MediaReceiver's; freed before its tracks.
 * Thread:    the worker of its tracks. */
#pragma once

#include "media/stream.h"
#include "media/track.h"

G_BEGIN_DECLS

enum { MEDIA_ENCODINGS_TICK_US = 100 * 1000 };

/* Whoever watches one of the encodings and may want to change to another. */
typedef struct MediaEncodingsWatch MediaEncodingsWatch;
struct MediaEncodingsWatch {
    void (*tick)(MediaEncodingsWatch *watch); /* every MEDIA_ENCODINGS_TICK_US; may end its own watch */
};

MediaEncodings *media_encodings_new(MediaTrack *const *tracks, unsigned n_tracks); /* 1 ... MEDIA_MAX_ENCODINGS */
void media_encodings_free(MediaEncodings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaEncodings, media_encodings_free)

unsigned media_encodings_get_n_tracks(const MediaEncodings *self);
MediaTrack *media_encodings_get_track(const MediaEncodings *self, unsigned i); /* as SDP orders them */

/* Those that flow, smallest first; returns how many. */
unsigned media_encodings_get_flowing(const MediaEncodings *self, MediaTrack *tracks[MEDIA_MAX_ENCODINGS]);

/* The largest that flows; the first while none does. */
MediaTrack *media_encodings_get_best(const MediaEncodings *self);

void media_encodings_add_watch(MediaEncodings *self, MediaEncodingsWatch *watch);
void media_encodings_remove_watch(MediaEncodings *self, MediaEncodingsWatch *watch); /* one that is not there is fine */

/* For a sink that wants the picture once, whichever encoding shows it: see follower.h. Hears track_gone when they go. */
void media_encodings_add_sink(MediaEncodings *self, MediaSink *sink);
void media_encodings_remove_sink(MediaEncodings *self, MediaSink *sink); /* one that is not there is fine */

void media_encodings_set_paused(MediaEncodings *self, bool paused);

/* Of a source, by any of its tracks: as the best encoding is now; what is counted, of all. Returns bit/s of all. */
uint32_t media_encodings_get_stats(const MediaTrack *track, MediaTrackStats *ret_stats);

G_END_DECLS
