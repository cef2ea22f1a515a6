/* media/playout.h - a local source of sound: plays clips of Opus into a track, as if somebody published it
 *
 * A clip is an Ogg Opus file (RFC 7845) read once into memory; it is immutable and shared by reference.
 * Ownership: the MediaSource facade (source.h) creates and frees it.
 * Thread:    a clip is made on any thread and shared; a playout lives on its worker. */
#pragma once

#include "media/track.h"

G_BEGIN_DECLS

typedef struct MediaClip MediaClip;
typedef struct MediaPlayout MediaPlayout;

enum {
    MEDIA_CLIP_MAX_BYTES = 4 * 1024 * 1024,
    MEDIA_CLIP_MAX_SECONDS = 120,
};

/* Fails with MEDIA_ERROR_INVALID (not Ogg Opus, damaged) or MEDIA_ERROR_LIMIT. Any bytes are safe. */
MediaClip *media_clip_new(const uint8_t *bytes, size_t size, GError **error) G_GNUC_WARN_UNUSED_RESULT;
MediaClip *media_clip_new_from_file(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
MediaClip *media_clip_ref(MediaClip *self);
void media_clip_unref(MediaClip *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaClip, media_clip_unref)
int64_t media_clip_get_duration_us(const MediaClip *self);

MediaPlayout *media_playout_new(MediaWorker *worker);
void media_playout_free(MediaPlayout *self);
MediaTrack *media_playout_get_track(MediaPlayout *self); /* borrowed; lives as long as the playout */

/* Starts a clip, replacing one that is still playing. finished (may be NULL) is called from the loop when it has ended
 * or was replaced; nothing is called after free. Frames go out as the clip times them (20 ms as a rule). */
void media_playout_play(MediaPlayout *self, MediaClip *clip, MediaWorkerFunc finished, void *data);
void media_playout_stop(MediaPlayout *self);

G_END_DECLS
