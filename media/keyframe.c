#include "media/keyframe.h"

enum {
    H264_IDR = 5,
    H264_SPS = 7,
    H264_STAP_A = 24,
    H264_FU_A = 28,
    VP9_MAX_SPATIAL_LAYERS = 8,
};

/* RFC 7741 section 4.2: X|R|N|S|R|PID, then I|L|T|K and what they announce. 0: truncated. */
static size_t
vp8_descriptor_size(const uint8_t *payload, size_t size)
{
    size_t at = 1;

    if (size == 0)
        return 0;
    if ((payload[0] & 0x80) == 0)
        return at;
    if (size < 2)
        return 0;

    uint8_t flags = payload[at++];
    if ((flags & 0x80) != 0) {
        if (at >= size)
            return 0;
        at += (payload[at] & 0x80) != 0 ? 2 : 1; /* 15 or 7 bits of PictureID */
    }
    if ((flags & 0x40) != 0)
        at++; /* TL0PICIDX */
    if ((flags & 0x30) != 0)
        at++; /* TID and KEYIDX share a byte */
    return at <= size ? at : 0;
}

static bool
parse_vp8(const uint8_t *payload, size_t size, MediaKeyframe *ret_keyframe)
{
    size_t at = vp8_descriptor_size(payload, size);

    if (at == 0 || (payload[0] & 0x17) != 0x10) /* start of partition 0 */
        return false;
    if (size - at < 10) /* RFC 6386 section 9.1: frame tag, start code, dimensions */
        return false;

    const uint8_t *frame = payload + at;
    if ((frame[0] & 0x01) != 0 || frame[3] != 0x9d || frame[4] != 0x01 || frame[5] != 0x2a)
        return false;
    ret_keyframe->width = (uint16_t)((frame[6] | frame[7] << 8) & 0x3fff);
    ret_keyframe->height = (uint16_t)((frame[8] | frame[9] << 8) & 0x3fff);
    return true;
}

/* The scalability structure of RFC 9628 section 4.2.1: the largest layer's size. False: truncated. */
static bool
parse_vp9_structure(const uint8_t *payload, size_t size, MediaKeyframe *ret_keyframe)
{
    if (size < 1)
        return false;

    size_t n_layers = (size_t)(payload[0] >> 5) + 1;
    if ((payload[0] & 0x10) == 0)
        return true;
    if (size < 1 + 4 * n_layers)
        return false;
    for (size_t i = 0; i < n_layers && i < VP9_MAX_SPATIAL_LAYERS; i++) {
        const uint8_t *layer = payload + 1 + 4 * i;
        uint16_t width = (uint16_t)(layer[0] << 8 | layer[1]);

        if (width >= ret_keyframe->width) {
            ret_keyframe->width = width;
            ret_keyframe->height = (uint16_t)(layer[2] << 8 | layer[3]);
        }
    }
    return true;
}

/* RFC 9628 section 4.2: I|P|L|F|B|E|V|Z. A key frame has no inter-picture prediction and is the lowest layer. */
static bool
parse_vp9(const uint8_t *payload, size_t size, MediaKeyframe *ret_keyframe)
{
    size_t at = 1;

    if (size < 2)
        return false;
    uint8_t flags = payload[0];
    if ((flags & 0x40) != 0 || (flags & 0x08) == 0)
        return false;

    if ((flags & 0x80) != 0)
        at += (payload[at] & 0x80) != 0 ? 2 : 1; /* PictureID */
    if ((flags & 0x20) != 0) {
        if (at >= size || (payload[at] & 0x0f) != 0) /* SID or D: a higher spatial layer */
            return false;
        at += (flags & 0x10) != 0 ? 1 : 2; /* TL0PICIDX in non-flexible mode */
    }
    if (at >= size)
        return false;
    return (flags & 0x02) == 0 || parse_vp9_structure(payload + at, size - at, ret_keyframe);
}

/* RFC 6184 section 5.7.1: 16-bit sizes before each unit; an overrun ends the search. */
static bool
stap_has_keyframe(const uint8_t *payload, size_t size)
{
    for (size_t at = 1; at + 2 < size;) {
        size_t unit_size = (size_t)(payload[at] << 8 | payload[at + 1]);
        uint8_t type = payload[at + 2] & 0x1f;

        if (unit_size == 0 || unit_size > size - at - 2)
            return false;
        if (type == H264_SPS || type == H264_IDR)
            return true;
        at += 2 + unit_size;
    }
    return false;
}

static bool
parse_h264(const uint8_t *payload, size_t size)
{
    if (size < 2)
        return false;
    switch (payload[0] & 0x1f) {
    case H264_SPS:
    case H264_IDR:
        return true;
    case H264_STAP_A:
        return stap_has_keyframe(payload, size);
    case H264_FU_A: /* the first fragment only */
        return (payload[1] & 0x80) != 0 && (payload[1] & 0x1f) == H264_IDR;
    default:
        return false;
    }
}

/* Aggregation header Z|Y|W|N (AV1 RTP section 4.4): N begins a coded video sequence, Z continues an OBU. */
static bool
parse_av1(const uint8_t *payload, size_t size)
{
    return size >= 2 && (payload[0] & 0x88) == 0x08;
}

bool
media_keyframe_parse(MediaCodec codec, const uint8_t *payload, size_t size, MediaKeyframe *ret_keyframe)
{
    MediaKeyframe keyframe = { 0 };
    bool found = false;

    switch (codec) {
    case MEDIA_CODEC_OPUS:
        found = true;
        break;
    case MEDIA_CODEC_VP8:
        found = parse_vp8(payload, size, &keyframe);
        break;
    case MEDIA_CODEC_H264:
        found = parse_h264(payload, size);
        break;
    case MEDIA_CODEC_VP9:
        found = parse_vp9(payload, size, &keyframe);
        break;
    case MEDIA_CODEC_AV1:
        found = parse_av1(payload, size);
        break;
    case MEDIA_CODEC_NONE:
    case MEDIA_N_CODECS:
        break;
    }
    if (found)
        *ret_keyframe = keyframe;
    return found;
}
