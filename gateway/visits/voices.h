/* gateway/visits/voices.h - the spoken notices as clips, read once at start
 *
 * A clip that is missing or damaged is told once in the log; whoever wants it spoken gets NULL and says so to the officer.
 * Ownership: visits/. Thread: main. */
#pragma once

#include "media/playout.h"

G_BEGIN_DECLS

typedef struct GwVoices GwVoices;

GwVoices *gw_voices_new(const char *dir); /* NULL: none */
void gw_voices_free(GwVoices *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwVoices, gw_voices_free)

/* language: "zh" or "en"; borrowed. */
MediaClip *gw_voices_get(GwVoices *self, const char *language, const char *name);

G_END_DECLS
