/* recorder/seal/compose.h - one playable picture of a sealed recording, after an order: a derivative, never the original
 *
 * Decoded, put together and encoded anew, in a file that has no name until it is encrypted. Thread: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/order.h"
#include "recorder/recording.h"

G_BEGIN_DECLS

typedef struct {
    const char *folder;     /* of the recording */
    const char *dir, *name; /* where the file goes; one that is there is replaced */
    RecCipherKind cipher;   /* 0: AES-256-GCM */
    const RecKey *key;      /* of the session; NULL: files are plain, and so is this */
    const RecOrder *order;
    void (*progress)(double fraction, void *user_data);
    void *user_data;
} SealComposeConfig;

typedef struct {
    uint64_t bytes;
    char *sha256, *sm3; /* hex, of the plain bytes, as they were read back */
    int64_t duration_us;
    unsigned width, height;
} SealComposition;

void seal_composition_clear(SealComposition *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SealComposition, seal_composition_clear)

/* Once, after seal_mux_init() and before the sandbox. */
bool seal_compose_init(GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool seal_compose(const SealComposeConfig *config, SealComposition *ret_composition,
                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
