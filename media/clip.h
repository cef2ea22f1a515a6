/* media/clip.h - a clip's frames, for whoever plays it; see playout.h for making and sharing one
 *
 * Thread: any; a clip never changes. */
#pragma once

#include "media/playout.h"

G_BEGIN_DECLS

typedef struct {
    const uint8_t *bytes; /* borrowed from the clip */
    size_t size;
    int64_t duration_us;
} MediaClipFrame;

size_t media_clip_get_n_frames(const MediaClip *self);
MediaClipFrame media_clip_get_frame(const MediaClip *self, size_t i);

G_END_DECLS
