#include "media/red.h"

#include <string.h>

#include "media/wire.h"

enum {
    MORE = 0x80, /* another header follows */
    OLDER_HEADER = 4,
    NEWEST_HEADER = 1,
    MAX_HEADERS = 32, /* nobody sends so many */

    ON_FRACTION = 8,     /* 3 % of 256 */
    TWICE_FRACTION = 26, /* 10 % */
    CALM_FRACTION = 3,   /* 1 % */
    CALM_US = 10 * G_USEC_PER_SEC,
};

bool
media_red_parse(const uint8_t *payload, size_t size, MediaRedBlock blocks[MEDIA_RED_MAX_OLDER + 1],
                size_t *ret_n_blocks)
{
    size_t at = 0, n = 0, skipped = 0, total = 0;
    MediaRedBlock all[MAX_HEADERS];

    for (; at < size && (payload[at] & MORE) != 0; at += OLDER_HEADER) {
        if (n == MAX_HEADERS - 1 || size - at < OLDER_HEADER)
            return false;
        uint32_t word = media_wire_get_32(payload + at);
        all[n] = (MediaRedBlock){
            .payload_type = (uint8_t)(word >> 24 & 0x7f),
            .timestamp_offset = word >> 10 & MEDIA_RED_MAX_OFFSET,
            .size = (uint16_t)(word & MEDIA_RED_MAX_BLOCK),
        };
        total += all[n++].size;
    }
    if (at == size || size - at - NEWEST_HEADER < total || size - at - NEWEST_HEADER - total > UINT16_MAX)
        return false;
    all[n++] = (MediaRedBlock){
        .payload_type = payload[at] & 0x7f,
        .size = (uint16_t)(size - at - NEWEST_HEADER - total),
    };
    const uint8_t *data = payload + at + NEWEST_HEADER;
    for (size_t i = 0; i < n; i++) {
        all[i].data = data;
        data += all[i].size;
    }
    skipped = n > MEDIA_RED_MAX_OLDER + 1 ? n - MEDIA_RED_MAX_OLDER - 1 : 0;
    *ret_n_blocks = n - skipped;
    memcpy(blocks, all + skipped, *ret_n_blocks * sizeof *blocks);
    return true;
}

static bool
is_sayable(const MediaRedBlock *block)
{
    return block->size > 0 && block->size <= MEDIA_RED_MAX_BLOCK && block->timestamp_offset > 0 &&
           block->timestamp_offset <= MEDIA_RED_MAX_OFFSET;
}

size_t
media_red_build(const MediaRedBlock *newest, const MediaRedBlock *older, size_t n_older, uint8_t *buffer,
                size_t capacity)
{
    size_t first = n_older, size = NEWEST_HEADER + newest->size, at = 0;

    while (first > 0 && n_older - first < MEDIA_RED_GENERATIONS && is_sayable(&older[first - 1]) &&
           size + OLDER_HEADER + older[first - 1].size <= capacity)
        size += OLDER_HEADER + older[--first].size;
    if (size > capacity)
        return 0;
    for (size_t i = first; i < n_older; i++, at += OLDER_HEADER)
        media_wire_put_32(buffer + at, (uint32_t)(MORE | older[i].payload_type) << 24 |
                                           older[i].timestamp_offset << 10 | older[i].size);
    buffer[at++] = newest->payload_type;
    for (size_t i = first; i < n_older; at += older[i++].size)
        memcpy(buffer + at, older[i].data, older[i].size);
    if (newest->size > 0)
        memcpy(buffer + at, newest->data, newest->size);
    return size;
}

static void
add_packet(MediaRedUnwrapped *unwrapped, const uint8_t *header, size_t header_size, const MediaRedBlock *block)
{
    uint8_t *packet = unwrapped->packets[unwrapped->n];

    if (header_size + block->size > MEDIA_RED_MAX_PACKET)
        return;
    memcpy(packet, header, header_size);
    if (block->size > 0)
        memcpy(packet + header_size, block->data, block->size);
    unwrapped->sizes[unwrapped->n++] = header_size + block->size;
}

bool
media_red_unwrap(const MediaRtp *rtp, const uint8_t *packet, uint8_t payload_type, MediaRedUnwrapped *ret_unwrapped)
{
    MediaRedBlock blocks[MEDIA_RED_MAX_OLDER + 1];
    uint8_t header[MEDIA_RED_MAX_PACKET];
    size_t n;

    ret_unwrapped->n = 0;
    if (rtp->header_size > sizeof header ||
        !media_red_parse(packet + rtp->header_size, rtp->payload_size, blocks, &n) ||
        blocks[n - 1].payload_type != payload_type)
        return false;
    memcpy(header, packet, rtp->header_size);
    header[0] &= (uint8_t)~0x20; /* padding stayed behind */
    header[1] = (uint8_t)((header[1] & 0x80) | payload_type);
    add_packet(ret_unwrapped, header, rtp->header_size, &blocks[n - 1]);
    header[0] = 0x80;
    header[1] = payload_type;
    for (size_t back = 1; back < n && ret_unwrapped->n > 0; back++) {
        const MediaRedBlock *block = &blocks[n - 1 - back];

        if (block->payload_type != payload_type || block->size == 0 || block->timestamp_offset == 0)
            continue;
        media_wire_put_16(header + 2, (uint16_t)(rtp->sequence - back));
        media_wire_put_32(header + 4, rtp->timestamp - block->timestamp_offset);
        add_packet(ret_unwrapped, header, MEDIA_RTP_HEADER_SIZE, block);
    }
    return ret_unwrapped->n > 0;
}

void
media_red_switch_update(MediaRedSwitch *self, uint8_t fraction_lost, int64_t now_us)
{
    uint8_t wanted = fraction_lost >= TWICE_FRACTION ? 2 : fraction_lost >= ON_FRACTION ? 1 : 0;

    self->generations = MAX(self->generations, wanted);
    if (fraction_lost >= CALM_FRACTION)
        self->calm_since_us = 0;
    else if (self->calm_since_us == 0)
        self->calm_since_us = now_us;
    else if (now_us - self->calm_since_us >= CALM_US)
        self->generations = 0;
}
