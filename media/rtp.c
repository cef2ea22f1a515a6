#include "media/rtp.h"

#include <string.h>

#include "media/wire.h"

enum {
    EXTENSION_HEADER_SIZE = 4,
    ONE_BYTE_PROFILE = 0xbede,
    TWO_BYTE_PROFILE = 0x1000,
    TWO_BYTE_PROFILE_MASK = 0xfff0, /* the low bits are "appbits" */
    ONE_BYTE_STOP_ID = 15,
};

/* Finds the extension; false when the counts run past the end. */
static bool
parse_counts(const uint8_t *packet, size_t size, MediaRtp *rtp)
{
    size_t header_size = MEDIA_RTP_HEADER_SIZE + 4 * (size_t)(packet[0] & 0x0f);

    if ((packet[0] & 0x10) != 0) {
        if (header_size + EXTENSION_HEADER_SIZE > size)
            return false;
        rtp->extension_profile = media_wire_get_16(packet + header_size);
        size_t extension_size = 4 * (size_t)media_wire_get_16(packet + header_size + 2);
        header_size += EXTENSION_HEADER_SIZE;
        if (extension_size > size - header_size)
            return false;
        rtp->extension = packet + header_size;
        rtp->extension_size = (uint16_t)extension_size;
        header_size += extension_size;
    }
    rtp->header_size = (uint16_t)header_size;
    return header_size <= size;
}

bool
media_rtp_parse(const uint8_t *packet, size_t size, MediaRtp *ret_rtp)
{
    MediaRtp rtp = { 0 };
    size_t padding = 0;

    if (size < MEDIA_RTP_HEADER_SIZE || size > UINT16_MAX || packet[0] >> 6 != 2)
        return false;
    if (!parse_counts(packet, size, &rtp))
        return false;
    if ((packet[0] & 0x20) != 0) {
        padding = packet[size - 1];
        if (padding == 0 || padding > size - rtp.header_size)
            return false;
    }
    rtp.marker = (packet[1] & 0x80) != 0;
    rtp.payload_type = packet[1] & 0x7f;
    rtp.sequence = media_wire_get_16(packet + 2);
    rtp.timestamp = media_wire_get_32(packet + 4);
    rtp.ssrc = media_wire_get_32(packet + 8);
    rtp.payload_size = (uint16_t)(size - rtp.header_size - padding);
    *ret_rtp = rtp;
    return true;
}

/* RFC 8285 section 4.2: id 0 is a byte of padding, id 15 ends the list. */
static const uint8_t *
find_one_byte(const MediaRtp *self, uint8_t id, size_t *ret_size)
{
    for (size_t at = 0; at < self->extension_size;) {
        uint8_t element = self->extension[at++];
        size_t size = (size_t)(element & 0x0f) + 1;

        if (element >> 4 == 0)
            continue;
        if (element >> 4 == ONE_BYTE_STOP_ID || size > self->extension_size - at)
            return NULL;
        if (element >> 4 == id) {
            *ret_size = size;
            return self->extension + at;
        }
        at += size;
    }
    return NULL;
}

/* RFC 8285 section 4.3: id 0 is a byte of padding; a length of 0 is an element without a value. */
static const uint8_t *
find_two_byte(const MediaRtp *self, uint8_t id, size_t *ret_size)
{
    for (size_t at = 0; at < self->extension_size;) {
        uint8_t element = self->extension[at++];

        if (element == 0)
            continue;
        if (at == self->extension_size)
            return NULL;
        size_t size = self->extension[at++];
        if (size > self->extension_size - at)
            return NULL;
        if (element == id) {
            *ret_size = size;
            return self->extension + at;
        }
        at += size;
    }
    return NULL;
}

const uint8_t *
media_rtp_find_extension(const MediaRtp *self, uint8_t id, size_t *ret_size)
{
    if (id == 0 || self->extension == NULL)
        return NULL;
    if (self->extension_profile == ONE_BYTE_PROFILE)
        return id < ONE_BYTE_STOP_ID ? find_one_byte(self, id, ret_size) : NULL;
    if ((self->extension_profile & TWO_BYTE_PROFILE_MASK) == TWO_BYTE_PROFILE)
        return find_two_byte(self, id, ret_size);
    return NULL;
}

int8_t
media_rtp_get_audio_level(const MediaRtp *self, uint8_t id)
{
    size_t size;
    const uint8_t *value = media_rtp_find_extension(self, id, &size);

    return value != NULL ? (int8_t)(value[0] & 0x7f) : -1; /* the top bit says voice activity */
}

void
media_rtp_writer_init(MediaRtpWriter *self, uint8_t *buffer, size_t capacity, const MediaRtp *rtp, bool two_byte)
{
    g_assert(capacity >= MEDIA_RTP_HEADER_SIZE);

    *self = (MediaRtpWriter){
        .buffer = buffer,
        .capacity = capacity,
        .size = MEDIA_RTP_HEADER_SIZE,
        .two_byte = two_byte,
    };
    buffer[0] = 0x80;
    buffer[1] = (uint8_t)(rtp->payload_type | (rtp->marker ? 0x80 : 0));
    media_wire_put_16(buffer + 2, rtp->sequence);
    media_wire_put_32(buffer + 4, rtp->timestamp);
    media_wire_put_32(buffer + 8, rtp->ssrc);
}

void
media_rtp_writer_add(MediaRtpWriter *self, uint8_t id, const void *value, size_t size)
{
    size_t at = self->size == MEDIA_RTP_HEADER_SIZE ? self->size + EXTENSION_HEADER_SIZE : self->size;
    size_t overhead = self->two_byte ? 2 : 1;
    size_t end = (at + overhead + size + 3) / 4 * 4; /* room for the padding too */

    if (end > self->capacity || size == 0 || size > (self->two_byte ? 255 : 16) ||
        (!self->two_byte && id >= ONE_BYTE_STOP_ID))
        return;
    if (self->two_byte) {
        self->buffer[at++] = id;
        self->buffer[at++] = (uint8_t)size;
    } else {
        self->buffer[at++] = (uint8_t)(id << 4 | (size - 1));
    }
    memcpy(self->buffer + at, value, size);
    self->size = at + size;
}

size_t
media_rtp_writer_finish(MediaRtpWriter *self)
{
    if (self->size == MEDIA_RTP_HEADER_SIZE)
        return self->size;

    while (self->size % 4 != 0)
        self->buffer[self->size++] = 0;
    self->buffer[0] |= 0x10;
    media_wire_put_16(self->buffer + MEDIA_RTP_HEADER_SIZE, self->two_byte ? TWO_BYTE_PROFILE : ONE_BYTE_PROFILE);
    media_wire_put_16(self->buffer + MEDIA_RTP_HEADER_SIZE + 2,
                      (uint16_t)((self->size - MEDIA_RTP_HEADER_SIZE - EXTENSION_HEADER_SIZE) / 4));
    return self->size;
}
