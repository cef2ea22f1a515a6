/* media/source.h - main's handle on one published track, or on a local playout
 *
 * Ownership: reference counted on main, because the gateway, slots of peers and pending removals share it. When the
 *            publishing peer is freed the source is "ended": it stays a valid handle and nothing comes from it.
 * Thread:    main, also for every callback. */
#pragma once

#include "media/node.h"
#include "media/playout.h"
#include "media/sink.h"
#include "media/track.h"

G_BEGIN_DECLS

typedef struct MediaSource MediaSource;

MediaSource *media_source_ref(MediaSource *self);
void media_source_unref(MediaSource *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaSource, media_source_unref)

MediaKind media_source_get_kind(const MediaSource *self);
const char *media_source_get_mid(const MediaSource *self); /* "" for a playout */
MediaRoom *media_source_get_room(const MediaSource *self);
bool media_source_get_ended(const MediaSource *self);

/* It is a microphone, and somebody speaks into it. */
bool media_source_get_speaking(const MediaSource *self);

/* Whose sound is always forwarded in a large room, see speakers.h; NULL: nobody's. The source is of the room. */
void media_room_set_floor(MediaRoom *room, MediaSource *source);

/* Paused: nobody gets its packets, neither people nor the journal. Takes effect within one pass of the worker. */
void media_source_set_paused(MediaSource *self, bool paused);

/* A sink of the owner's (the journal), which sees the picture once: of a simulcast source the best encoding that flows
 * (media/follower.h). Until removed has been called (on main), the worker may still use it. If the
 * source ends first, the sink hears track_gone on the worker and remove_sink is still due; it then answers at once. */
void media_source_add_sink(MediaSource *self, MediaSink *sink);
void media_source_remove_sink(MediaSource *self, MediaSink *sink, MediaWorkerFunc removed, void *data);

/* A local source of sound in a room. Free it with media_source_end(), then unref. */
MediaSource *media_source_new_playout(MediaRoom *room);
void media_source_play(MediaSource *self, MediaClip *clip, MediaWorkerFunc finished, void *data);
void media_source_stop(MediaSource *self);
void media_source_end(MediaSource *self);

G_END_DECLS
