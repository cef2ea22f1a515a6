/* media/keyframe.h - where a key frame begins, seen from RTP payloads alone
 *
 * Pure: any bytes are safe, any thread. Payload descriptors are read, pictures are not decoded. */
#pragma once

#include "media/codec.h"

G_BEGIN_DECLS

typedef struct {
    uint16_t width, height; /* 0: the payload does not say (H.264, AV1, VP9 without a scalability structure) */
} MediaKeyframe;

/* True when a key frame begins in this payload; see media_codec_is_keyframe(). */
bool media_keyframe_parse(MediaCodec codec, const uint8_t *payload, size_t size, MediaKeyframe *ret_keyframe);

G_END_DECLS
