/* media/red.h - redundant sound (RFC 2198), as browsers agree it for Opus: "red/48000/2", fmtp "111/111"
 *
 * A packet carries the one or two before it again, so a lost one is played from its successor without being asked for.
 * Pure: bytes in, bytes out; any bytes are safe. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/rtp.h"

G_BEGIN_DECLS

enum {
    MEDIA_RED_MAX_OLDER = 4,      /* blocks that are read beside the newest; more are not looked at */
    MEDIA_RED_GENERATIONS = 2,    /* that we send */
    MEDIA_RED_MAX_BLOCK = 1023,   /* bytes: 10 bits */
    MEDIA_RED_MAX_OFFSET = 16383, /* of the timestamp: 14 bits */
    MEDIA_RED_MAX_OVERHEAD = 1 + MEDIA_RED_GENERATIONS * 4,
    MEDIA_RED_MAX_PACKET = 1500,
};

typedef struct {
    uint8_t payload_type;
    uint32_t timestamp_offset; /* before the packet's own timestamp; 0: the newest */
    uint16_t size;
    const uint8_t *data; /* borrowed */
} MediaRedBlock;

/* The blocks, oldest first, the newest last; of older ones the MEDIA_RED_MAX_OLDER nearest. False when a header runs past
 * the end, or blocks are longer than the payload. */
bool media_red_parse(const uint8_t *payload, size_t size, MediaRedBlock blocks[MEDIA_RED_MAX_OLDER + 1],
                     size_t *ret_n_blocks);

/* The payload of newest with older (oldest first, at most MEDIA_RED_GENERATIONS) before it. What cannot be said (too long, too
 * old, empty) is left out with all that is older still: receivers count back. Returns its size; 0 when it does not fit. */
size_t media_red_build(const MediaRedBlock *newest, const MediaRedBlock *older, size_t n_older, uint8_t *buffer,
                       size_t capacity);

/* A RED packet as the plain ones that are in it: the newest first, with its extensions, then older ones without. Numbers
 * count back from the newest. Blocks of another payload type are left out. */
typedef struct {
    size_t n;
    size_t sizes[MEDIA_RED_MAX_OLDER + 1];
    uint8_t packets[MEDIA_RED_MAX_OLDER + 1][MEDIA_RED_MAX_PACKET];
} MediaRedUnwrapped;

bool media_red_unwrap(const MediaRtp *rtp, const uint8_t *packet, uint8_t payload_type,
                      MediaRedUnwrapped *ret_unwrapped);

/* Whether a receiver should be sent RED, by the loss that it reports: from 3 % on, from 10 % on twice; until it was below 1 %
 * for 10 s. A zeroed one is off. */
typedef struct {
    uint8_t generations;   /* 0: off */
    int64_t calm_since_us; /* 0: not calm */
} MediaRedSwitch;

/* fraction: of RFC 3550, in 256ths. */
void media_red_switch_update(MediaRedSwitch *self, uint8_t fraction_lost, int64_t now_us);

G_END_DECLS
