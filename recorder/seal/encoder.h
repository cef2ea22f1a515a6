/* recorder/seal/encoder.h - pictures and sound of a derivative become WebM (VP8, Opus) that can be sought in
 *
 * Ownership: the caller. Thread: one (GStreamer's own are behind it). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/error.h"

G_BEGIN_DECLS

/* A picture and the sound that belongs to it, together. */
enum {
    SEAL_ENCODER_FPS = 15,
    SEAL_ENCODER_RATE = 48000,
    SEAL_ENCODER_SAMPLES = SEAL_ENCODER_RATE / SEAL_ENCODER_FPS,
};

#define SEAL_ENCODER_CONTENT_TYPE "video/webm"

typedef struct SealEncoder SealEncoder;

/* Once, after seal_source_init() and before the sandbox. */
bool seal_encoder_init(GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* fd: borrowed, an empty file. */
SealEncoder *seal_encoder_new(int fd, unsigned width, unsigned height, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void seal_encoder_free(SealEncoder *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SealEncoder, seal_encoder_free)

/* picture: rows of width * 4 bytes, blue first. Both are copied. */
bool seal_encoder_add(SealEncoder *self, const uint8_t *picture, const int16_t samples[SEAL_ENCODER_SAMPLES],
                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool seal_encoder_finish(SealEncoder *self, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
