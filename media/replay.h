/* media/replay.h - which of the newest indices of one SSRC have come (RFC 3711 section 3.3.2)
 *
 * A value: all zero knows nothing. Pure. An index is looked up before the packet is authentic, and added after. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/srtp-keys.h"

G_BEGIN_DECLS

typedef struct {
    bool started;
    uint64_t highest;
    uint64_t window[MEDIA_SRTP_WINDOW / 64]; /* a ring of bits by index modulo its size */
} MediaReplay;

/* The 48-bit index that a sequence number stands for, nearest to the highest (section 3.3.1); false: it lies before the
 * first there can be. */
bool media_replay_extend(const MediaReplay *self, uint16_t sequence, uint64_t *ret_index);

/* False: it has come, or is too old to tell. */
bool media_replay_may_be_new(const MediaReplay *self, uint64_t index);

void media_replay_add(MediaReplay *self, uint64_t index);

G_END_DECLS
