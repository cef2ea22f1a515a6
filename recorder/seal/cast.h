/* recorder/seal/cast.h - who is in a recording, as one sees and hears them at a moment
 *
 * Ownership: the caller; recording, order and key are borrowed while it lives. Thread: one. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "recorder/order.h"
#include "recorder/recording.h"
#include "recorder/seal/source.h"

G_BEGIN_DECLS

enum { SEAL_CAST_MAX = 32 }; /* parties; further ones are not heard */

typedef struct SealCast SealCast;

typedef struct {
    const RecRecording *recording;
    const RecOrder *order;
    const char *folder; /* of the recording */
    const RecKey *key;  /* NULL: its files are plain */
    uint16_t max_width, max_height;
} SealCastConfig;

SealCast *seal_cast_new(const SealCastConfig *config);
void seal_cast_free(SealCast *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SealCast, seal_cast_free)

/* Those that have a picture in the recording; where nobody has one, all. */
unsigned seal_cast_count_shown(const SealCast *self);
void seal_cast_set_size(SealCast *self, uint16_t max_width, uint16_t max_height);
const char *seal_cast_get_name(const SealCast *self, unsigned i); /* of those */
const char *seal_cast_get_party(const SealCast *self, unsigned i);

/* The sound of all from that moment on, without what is taken out; at_us never goes back. */
void seal_cast_listen(SealCast *self, int64_t at_us, int16_t *samples, unsigned n);
/* Who speaks, of those that are shown, as it was heard; -1: nobody yet. */
int seal_cast_get_speaker(const SealCast *self);
/* Whether there is a picture; if not, why (static, or NULL). at_us never goes back. time_us of the picture is of the recording. */
bool seal_cast_look(SealCast *self, unsigned i, int64_t at_us, SealPicture *ret_picture, const char **ret_cause);

G_END_DECLS
