/* The first byte chooses the codec; any payload is answered, and a longer one never hides a key frame. */
#include "media/keyframe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MediaKeyframe keyframe;

    if (size < 2)
        return 0;
    MediaCodec codec = data[0] % MEDIA_N_CODECS;
    if (media_keyframe_parse(codec, data + 1, size - 2, &keyframe))
        g_assert_true(media_keyframe_parse(codec, data + 1, size - 1, &keyframe));
    return 0;
}
