/* Whatever frames come, a message stays bounded and is UTF-8, and reading ends. */
#include "signaling/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SigFrames frames = { 0 };
    SigFramesEvent event;

    do {
        size_t before = size;

        event = sig_frames_next(&frames, &data, &size);
        g_assert_true(event == SIG_FRAMES_MORE || size < before);
        if (frames.message != NULL)
            g_assert_cmpuint(frames.message->len, <=, SIG_FRAMES_MAX_MESSAGE);
        if (event == SIG_FRAMES_BAD)
            g_assert_cmpuint(frames.code, >=, 1002);
    } while (event != SIG_FRAMES_MORE && event != SIG_FRAMES_BAD && event != SIG_FRAMES_CLOSE);
    sig_frames_clear(&frames);
    return 0;
}
