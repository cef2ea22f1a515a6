/* media/rtp.h - RTP headers (RFC 3550 section 5) and their extensions (RFC 8285), read and written
 *
 * Pure: bytes in, values out, any thread. What is read points into the packet; any bytes are safe. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

enum { MEDIA_RTP_HEADER_SIZE = 12 };

typedef struct {
    uint8_t payload_type; /* 7 bits */
    bool marker;
    uint16_t sequence;
    uint32_t timestamp, ssrc;
    uint16_t header_size;  /* with CSRCs and extension: where the payload begins */
    uint16_t payload_size; /* without padding */

    uint16_t extension_profile; /* 0xBEDE: one-byte elements; 0x100x: two-byte */
    uint16_t extension_size;
    const uint8_t *extension; /* borrowed from the packet; NULL: none */
} MediaRtp;

/* False when it is not RTP version 2, or counts in it run past its end, or padding is 0 or more than the payload. */
bool media_rtp_parse(const uint8_t *packet, size_t size, MediaRtp *ret_rtp);

/* The first element with this id (1 ... 255); NULL when it is not there. Malformed elements end the search. */
const uint8_t *media_rtp_find_extension(const MediaRtp *self, uint8_t id, size_t *ret_size);

/* RFC 6464: 0 (loudest) ... 127; -1 when the packet does not say. */
int8_t media_rtp_get_audio_level(const MediaRtp *self, uint8_t id);

/* Writes a header, element by element, into a buffer of the caller. */
typedef struct {
    uint8_t *buffer; /* borrowed */
    size_t capacity;
    size_t size;
    bool two_byte;
} MediaRtpWriter;

/* The fixed header; capacity must be at least MEDIA_RTP_HEADER_SIZE. two_byte: elements have ids above 14. */
void media_rtp_writer_init(MediaRtpWriter *self, uint8_t *buffer, size_t capacity, const MediaRtp *rtp, bool two_byte);

/* An element that does not fit (or is empty, or too long for its form) is left out. */
void media_rtp_writer_add(MediaRtpWriter *self, uint8_t id, const void *value, size_t size);

/* Pads the extension to whole words; returns the size of the header. */
size_t media_rtp_writer_finish(MediaRtpWriter *self);

G_END_DECLS
