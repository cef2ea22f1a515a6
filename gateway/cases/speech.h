/* gateway/cases/speech.h - a sentence that somebody wrote, spoken by a program of its own ([cases] speaker)
 *
 * The program reads the sentence and writes Ogg Opus; it gets a few seconds. Where it cannot be run, or fails, there is no clip and
 * the sentence is only shown: nobody waits for it.
 * Ownership: whoever makes it frees it, at any time. Thread: main; the program runs beside it. */
#pragma once

#include <stdbool.h>

#include "media/playout.h"

G_BEGIN_DECLS

typedef struct GwSpeech GwSpeech;

GwSpeech *gw_speech_new(const char *program, const char *sentence);
void gw_speech_free(GwSpeech *self);
bool gw_speech_is_running(const GwSpeech *self);
MediaClip *gw_speech_get_clip(const GwSpeech *self); /* borrowed; NULL: not yet, or never */

G_END_DECLS
