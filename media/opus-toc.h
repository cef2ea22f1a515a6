/* media/opus-toc.h - how long an Opus packet plays (RFC 6716 section 3)
 *
 * Pure: any bytes are safe. */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum { MEDIA_OPUS_MAX_DURATION_US = 120 * 1000 };

/* 0 when it is not an Opus packet: empty, no frames, more than 120 ms, or frames that do not fit in it (a packet that was cut, most of
 * RFC 2198's). What a single frame is filled with nobody can tell but a decoder. */
int64_t media_opus_get_duration_us(const uint8_t *packet, size_t size);
