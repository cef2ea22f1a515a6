#include "media/codec.h"

#include "media/keyframe.h"

typedef struct {
    const char *name;
    MediaKind kind;
    uint32_t clock_rate;
} CodecRow;

static const CodecRow codecs[MEDIA_N_CODECS] = {
    [MEDIA_CODEC_NONE] = { "none", MEDIA_KIND_VIDEO, 90000 }, [MEDIA_CODEC_OPUS] = { "opus", MEDIA_KIND_AUDIO, 48000 },
    [MEDIA_CODEC_VP8] = { "VP8", MEDIA_KIND_VIDEO, 90000 },   [MEDIA_CODEC_H264] = { "H264", MEDIA_KIND_VIDEO, 90000 },
    [MEDIA_CODEC_VP9] = { "VP9", MEDIA_KIND_VIDEO, 90000 },   [MEDIA_CODEC_AV1] = { "AV1", MEDIA_KIND_VIDEO, 90000 },
};

static const char *const kind_names[] = {
    [MEDIA_KIND_AUDIO] = "audio",
    [MEDIA_KIND_VIDEO] = "video",
};

const char *
media_codec_get_name(MediaCodec codec)
{
    g_return_val_if_fail((size_t)codec < MEDIA_N_CODECS, "none");
    return codecs[codec].name;
}

MediaKind
media_codec_get_kind(MediaCodec codec)
{
    g_return_val_if_fail((size_t)codec < MEDIA_N_CODECS, MEDIA_KIND_VIDEO);
    return codecs[codec].kind;
}

uint32_t
media_codec_get_clock_rate(MediaCodec codec)
{
    g_return_val_if_fail((size_t)codec < MEDIA_N_CODECS, 90000);
    return codecs[codec].clock_rate;
}

MediaCodec
media_codec_from_name(const char *name)
{
    for (int codec = MEDIA_CODEC_NONE + 1; codec < MEDIA_N_CODECS; codec++) {
        if (g_ascii_strcasecmp(name, codecs[codec].name) == 0)
            return codec;
    }
    return MEDIA_CODEC_NONE;
}

bool
media_codec_is_keyframe(MediaCodec codec, const uint8_t *payload, size_t size)
{
    MediaKeyframe keyframe;

    return media_keyframe_parse(codec, payload, size, &keyframe);
}

const char *
media_kind_to_string(MediaKind kind)
{
    g_return_val_if_fail((size_t)kind < G_N_ELEMENTS(kind_names), "?");
    return kind_names[kind];
}
