/* recorder/seal/mux.h - a playable file out of RTP packets (or frames) of one codec, by GStreamer, without transcoding
 *
 * Opus, VP8, VP9 and AV1 become WebM with Cues, H.264 a faststart MP4 (avc3: its parameter sets may change). The same input
 * gives the same bytes: muxers take no time and no chance from outside. Everything runs on the thread that pushes.
 * Ownership: the caller. Thread: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/codec.h"
#include "recorder/error.h"

G_BEGIN_DECLS

typedef struct SealMux SealMux;

typedef struct {
    MediaCodec codec;
    const char *path;
    int64_t made_us; /* CLOCK_REALTIME us: goes into the file */
    uint32_t seed;   /* of the identifiers in the file */
} SealMuxConfig;

typedef struct {
    int64_t first_us; /* time (as pushed) of the first frame in the file, where the file's time is 0 */
    int64_t duration_us;
    uint64_t n_frames;
    uint16_t width, height; /* the largest */
} SealMuxResult;

/* Loads GStreamer and the plugins that are needed, and no others. Once, before anything else. */
bool seal_mux_init(GError **error) G_GNUC_WARN_UNUSED_RESULT;

const char *seal_mux_get_suffix(MediaCodec codec);       /* "webm", "mp4" */
const char *seal_mux_get_content_type(MediaCodec codec); /* "video/webm" ... */
/* Whether seal_mux_push() takes RTP packets; else whole frames. */
bool seal_mux_takes_rtp(MediaCodec codec);

SealMux *seal_mux_new(const SealMuxConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void seal_mux_free(SealMux *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SealMux, seal_mux_free)

/* bytes are copied. time_us never goes back. duration_us: 0 when it is not known. */
bool seal_mux_push(SealMux *self, const uint8_t *bytes, size_t size, int64_t time_us, int64_t duration_us,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Closes the file. n_frames is 0 when nothing decodable came: then there is no file. */
bool seal_mux_finish(SealMux *self, SealMuxResult *ret_result, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
