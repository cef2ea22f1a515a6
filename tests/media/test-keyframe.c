#include <glib.h>

#include "media/keyframe.h"

typedef struct {
    const char *name;
    MediaCodec codec;
    uint8_t payload[40];
    size_t size;
    size_t needed; /* bytes from which on it is seen as a key frame; 0: it is none */
    uint16_t width, height;
} Row;

#define VP8_KEY   0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01
#define VP8_DELTA 0x11, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01

static const Row rows[] = {
    { "VP8", MEDIA_CODEC_VP8, { 0x10, VP8_KEY, 1 }, 12, 11, 640, 480 },
    { "VP8 with all of its descriptor", MEDIA_CODEC_VP8, { 0x90, 0xf0, 0x80, 1, 2, 3, VP8_KEY }, 16, 16, 640, 480 },
    { "VP8 with a short picture id", MEDIA_CODEC_VP8, { 0x90, 0x80, 0x01, VP8_KEY }, 13, 13, 640, 480 },
    { "VP8 delta", MEDIA_CODEC_VP8, { 0x10, VP8_DELTA }, 11, 0, 0, 0 },
    { "VP8, not the start of the partition", MEDIA_CODEC_VP8, { 0x00, VP8_KEY }, 11, 0, 0, 0 },
    { "VP8, second partition", MEDIA_CODEC_VP8, { 0x11, VP8_KEY }, 11, 0, 0, 0 },
    { "VP8 without its start code", MEDIA_CODEC_VP8, { 0x10, 0x10, 0, 0, 1, 2, 3, 4, 5, 6, 7 }, 11, 0, 0, 0 },
    { "VP8, scaled", MEDIA_CODEC_VP8, { 0x10, 0x10, 0, 0, 0x9d, 1, 0x2a, 0x80, 0x42, 0xe0, 0x81 }, 11, 11, 640, 480 },
    { "VP9", MEDIA_CODEC_VP9, { 0x08, 1 }, 2, 2, 0, 0 },
    { "VP9 delta", MEDIA_CODEC_VP9, { 0x48, 1 }, 2, 0, 0, 0 },
    { "VP9, not the start of a frame", MEDIA_CODEC_VP9, { 0x00, 1 }, 2, 0, 0, 0 },
    { "VP9 with picture id and layers", MEDIA_CODEC_VP9, { 0xa8, 0x81, 2, 0x00, 7, 1 }, 6, 6, 0, 0 },
    { "VP9, higher spatial layer", MEDIA_CODEC_VP9, { 0xa8, 0x81, 2, 0x02, 7, 1 }, 6, 0, 0, 0 },
    { "VP9, depends on a lower layer", MEDIA_CODEC_VP9, { 0xa8, 0x81, 2, 0x01, 7, 1 }, 6, 0, 0, 0 },
    { "VP9 flexible", MEDIA_CODEC_VP9, { 0xb8, 0x01, 0x00, 1 }, 4, 4, 0, 0 },
    { "VP9 with a structure of two layers",
      MEDIA_CODEC_VP9,
      { 0x0a, 0x30, 0x01, 0x40, 0, 0xf0, 0x02, 0x80, 1, 0xe0, 9 },
      11,
      10,
      640,
      480 },
    { "VP9 with a structure without sizes", MEDIA_CODEC_VP9, { 0x0a, 0x08, 1 }, 3, 2, 0, 0 },
    { "VP9 with eight layers promised", MEDIA_CODEC_VP9, { 0x0a, 0xf0, 1, 2, 3, 4 }, 6, 0, 0, 0 },
    { "H.264 SPS", MEDIA_CODEC_H264, { 0x67, 0x42 }, 2, 2, 0, 0 },
    { "H.264 IDR", MEDIA_CODEC_H264, { 0x65, 0x88 }, 2, 2, 0, 0 },
    { "H.264 slice", MEDIA_CODEC_H264, { 0x61, 0x88 }, 2, 0, 0, 0 },
    { "H.264 PPS", MEDIA_CODEC_H264, { 0x68, 0x88 }, 2, 0, 0, 0 },
    { "H.264 STAP-A with SPS", MEDIA_CODEC_H264, { 0x78, 0, 2, 0x67, 0x42, 0, 1, 0x68 }, 8, 5, 0, 0 },
    { "H.264 STAP-A, IDR second", MEDIA_CODEC_H264, { 0x78, 0, 1, 0x68, 0, 1, 0x65 }, 7, 7, 0, 0 },
    { "H.264 STAP-A beyond its end", MEDIA_CODEC_H264, { 0x78, 0xff, 0xff, 0x67 }, 4, 0, 0, 0 },
    { "H.264 STAP-A of an empty unit", MEDIA_CODEC_H264, { 0x78, 0, 0, 0, 1, 0x67 }, 6, 0, 0, 0 },
    { "H.264 FU-A, first of an IDR", MEDIA_CODEC_H264, { 0x7c, 0x85, 1 }, 3, 2, 0, 0 },
    { "H.264 FU-A, second of an IDR", MEDIA_CODEC_H264, { 0x7c, 0x05, 1 }, 3, 0, 0, 0 },
    { "H.264 FU-A, first of a slice", MEDIA_CODEC_H264, { 0x7c, 0x81, 1 }, 3, 0, 0, 0 },
    { "AV1, a sequence begins", MEDIA_CODEC_AV1, { 0x18, 0x0a, 1 }, 3, 2, 0, 0 },
    { "AV1 delta", MEDIA_CODEC_AV1, { 0x10, 0x32, 1 }, 3, 0, 0, 0 },
    { "AV1, both begins and continues", MEDIA_CODEC_AV1, { 0x98, 0x0a, 1 }, 3, 0, 0, 0 },
    { "nothing known", MEDIA_CODEC_NONE, { 0x67, 0x42 }, 2, 0, 0, 0 },
};

static void
test_every_truncation(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const Row *row = &rows[i];

        g_test_message("%s", row->name);
        for (size_t size = 0; size <= row->size; size++) {
            g_autofree uint8_t *exact = g_memdup2(row->payload, size); /* so that reading on is seen */
            MediaKeyframe keyframe = { 0 };
            bool found = media_keyframe_parse(row->codec, exact, size, &keyframe);

            g_assert_cmpint(found, ==, row->needed != 0 && size >= row->needed);
            if (!found)
                continue;
            g_assert_cmpuint(keyframe.width, ==, row->width);
            g_assert_cmpuint(keyframe.height, ==, row->height);
        }
    }
}

static void
test_sound_is_always_a_beginning(void)
{
    g_assert_true(media_codec_is_keyframe(MEDIA_CODEC_OPUS, NULL, 0));
}

static void
test_names(void)
{
    for (int codec = MEDIA_CODEC_NONE + 1; codec < MEDIA_N_CODECS; codec++)
        g_assert_cmpint(media_codec_from_name(media_codec_get_name(codec)), ==, codec);
    g_assert_cmpint(media_codec_from_name("h264"), ==, MEDIA_CODEC_H264);
    g_assert_cmpint(media_codec_from_name("none"), ==, MEDIA_CODEC_NONE);
    g_assert_cmpint(media_codec_from_name("H265"), ==, MEDIA_CODEC_NONE);
    g_assert_cmpuint(media_codec_get_clock_rate(MEDIA_CODEC_OPUS), ==, 48000);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/media/keyframe/every-truncation", test_every_truncation);
    g_test_add_func("/media/keyframe/sound-is-always-a-beginning", test_sound_is_always_a_beginning);
    g_test_add_func("/media/codec/names", test_names);
    return g_test_run();
}
