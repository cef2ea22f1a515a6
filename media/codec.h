/* media/codec.h - the codecs that pass through, and what must be known of each to forward it
 *
 * Pure: constant tables, any thread. Nothing here decodes: a payload is looked at only to find key frames. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef enum {
    MEDIA_KIND_AUDIO,
    MEDIA_KIND_VIDEO,
} MediaKind;

typedef enum {
    MEDIA_CODEC_NONE,
    MEDIA_CODEC_OPUS, /* RFC 7587 */
    MEDIA_CODEC_VP8,  /* RFC 7741 */
    MEDIA_CODEC_H264, /* RFC 6184, packetization-mode 1 */
    MEDIA_CODEC_VP9,  /* RFC 9628, profile 0 */
    MEDIA_CODEC_AV1,  /* AV1 RTP payload format 1.0, profile 0 */
    MEDIA_N_CODECS,
} MediaCodec;

/* The encoding name of RFC 4855 ("opus", "VP8" ...); "none" for MEDIA_CODEC_NONE. */
const char *media_codec_get_name(MediaCodec codec);
MediaKind media_codec_get_kind(MediaCodec codec);
uint32_t media_codec_get_clock_rate(MediaCodec codec); /* Hz */

/* MEDIA_CODEC_NONE when the name is unknown. Case does not matter (RFC 4855). */
MediaCodec media_codec_from_name(const char *name);

/* Whether an RTP payload begins a key frame (for H.264: holds SPS, or IDR without one; for Opus: always).
 * Any bytes are safe; a truncated descriptor is not a key frame. */
bool media_codec_is_keyframe(MediaCodec codec, const uint8_t *payload, size_t size);

const char *media_kind_to_string(MediaKind kind); /* "audio", "video" */

G_END_DECLS
