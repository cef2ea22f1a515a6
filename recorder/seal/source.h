/* recorder/seal/source.h - one file of a recording on its way back to pictures or sound, by GStreamer
 *
 * Read through the vault, decoded in step with who asks: not more than a few frames lie in memory. What cannot be
 * decoded ends where it cannot; that is no error of ours. Times are those of the file.
 * Ownership: the caller. Thread: one (GStreamer's own are behind it). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/codec.h"
#include "recorder/vault.h"

G_BEGIN_DECLS

enum { SEAL_SOURCE_RATE = 48000 }; /* of sound: one channel */

typedef struct SealSource SealSource;

typedef struct {
    MediaCodec codec;
    RecVault *vault;                /* taken */
    uint16_t max_width, max_height; /* of pictures */
} SealSourceConfig;

/* Rows of 32 bits, blue first. */
typedef struct {
    const uint8_t *bytes; /* borrowed, until the next is asked for */
    unsigned width, height, stride;
    int64_t time_us;
} SealPicture;

/* Once, after seal_mux_init() and before the sandbox. */
bool seal_source_init(GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether there is a way back from this. */
bool seal_source_can(MediaCodec codec);
SealSource *seal_source_new(const SealSourceConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void seal_source_free(SealSource *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SealSource, seal_source_free)

/* The last picture that is not later than that; false: there is none. at_us never goes back. */
bool seal_source_show(SealSource *self, int64_t at_us, SealPicture *ret_picture);
/* Adds its sound from that sample on; what is missing adds nothing. from never goes back. */
void seal_source_mix(SealSource *self, int64_t from, int32_t *sum, unsigned n);

G_END_DECLS
