/* recorder/seal/av1.h - temporal units of AV1 out of RTP payloads (RTP Payload Format For AV1, version 1.0)
 *
 * There is no such element in the GStreamer of Debian 12. OBUs get their size field back; a unit with a hole is dropped.
 * Ownership: the caller. Thread: one. Any bytes are safe. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

enum { SEAL_AV1_MAX_UNIT = 16 * 1024 * 1024 };

typedef struct {
    GByteArray *unit;     /* owned; begins with a temporal delimiter; empty: nothing yet */
    GByteArray *fragment; /* owned; an OBU that goes on in the next packet */
    bool broken;          /* something of this unit is missing */
} SealAv1;

void seal_av1_init(SealAv1 *self);
void seal_av1_clear(SealAv1 *self);

/* lost: packets are missing just before this one. */
void seal_av1_add(SealAv1 *self, const uint8_t *payload, size_t size, bool lost);
/* The unit is over: its bytes (owned by the caller), or NULL when there is no whole one. */
uint8_t *seal_av1_take(SealAv1 *self, size_t *ret_size);

G_END_DECLS
