/* A file is refused with a reason, or is a clip whose frames are all there and within the limits. */
#include "media/clip.h"
#include "media/opus-toc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(MediaClip) clip = media_clip_new(data, size, &error);
    int64_t duration_us = 0;

    g_assert_true((clip == NULL) == (error != NULL));
    for (size_t i = 0; clip != NULL && i < media_clip_get_n_frames(clip); i++) {
        MediaClipFrame frame = media_clip_get_frame(clip, i);
        g_assert_cmpint(media_opus_get_duration_us(frame.bytes, frame.size), ==, frame.duration_us);
        duration_us += frame.duration_us;
    }
    g_assert_cmpint(duration_us, ==, clip != NULL ? media_clip_get_duration_us(clip) : 0);
    g_assert_cmpint(duration_us, <=, (int64_t)MEDIA_CLIP_MAX_SECONDS * G_USEC_PER_SEC);
    return 0;
}
