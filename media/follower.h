/* media/follower.h - a sink that wants one picture of a simulcast source: the best that flows, as one stream
 *
 * For the journal. When the largest encoding stops, the next one goes on within half a second, from its key frame;
 * when it comes back for good, so does the follower. The sink sees one SSRC (that of the encoding it began with) whose
 * numbers and times go on; only these are changed in what it gets. Sender reports fit.
 * Ownership: its MediaEncodings.
 * Thread:    their worker. */
#pragma once

#include "media/encodings.h"

G_BEGIN_DECLS

typedef struct MediaFollower MediaFollower;

MediaFollower *media_follower_new(MediaEncodings *encodings, MediaSink *sink); /* sink is borrowed */
void media_follower_free(MediaFollower *self);                                 /* the sink hears nothing */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaFollower, media_follower_free)

MediaSink *media_follower_get_sink(const MediaFollower *self);

G_END_DECLS
