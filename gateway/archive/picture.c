#include "gateway/archive/picture.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static uint32_t
read_32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static uint16_t
read_16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static bool
is_side(uint32_t n)
{
    return n > 0 && n <= GW_PICTURE_MAX_SIDE;
}

/* Chunks of length, type, data, CRC, from IHDR to IEND, which is the last byte. */
static bool
is_png(const uint8_t *bytes, size_t size)
{
    static const uint8_t magic[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
    size_t at = sizeof(magic);

    if (size < sizeof(magic) + 25 || memcmp(bytes, magic, sizeof(magic)) != 0 || read_32(bytes + at) != 13 ||
        memcmp(bytes + at + 4, "IHDR", 4) != 0 || !is_side(read_32(bytes + at + 8)) ||
        !is_side(read_32(bytes + at + 12)))
        return false;
    while (size - at >= 12) {
        uint32_t length = read_32(bytes + at);
        if (length > size - at - 12)
            return false;
        if (memcmp(bytes + at + 4, "IEND", 4) == 0)
            return length == 0 && at + 12 == size;
        at += 12 + (size_t)length;
    }
    return false;
}

static bool
is_frame_header(uint8_t marker)
{
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

/* Segments up to the first scan, one of them with the size; EOI at the end. */
static bool
is_jpeg(const uint8_t *bytes, size_t size)
{
    size_t at = 2;
    bool has_size = false;

    if (size < 20 || read_16(bytes) != 0xffd8 || read_16(bytes + size - 2) != 0xffd9)
        return false;
    while (size - at >= 4 && bytes[at] == 0xff) {
        uint8_t marker = bytes[at + 1];
        uint16_t length = read_16(bytes + at + 2);
        if (length < 2 || (size_t)length + 2 > size - at)
            return false;
        if (is_frame_header(marker)) {
            if (length < 8 || !is_side(read_16(bytes + at + 5)) || !is_side(read_16(bytes + at + 7)))
                return false;
            has_size = true;
        }
        if (marker == 0xda)
            return has_size;
        at += 2 + (size_t)length;
    }
    return false;
}

static uint32_t
read_little(const uint8_t *at, unsigned n)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < n; i++)
        value |= (uint32_t)at[i] << (8 * i);
    return value;
}

/* The first chunk has the size: VP8X for what has more parts, VP8L without loss, VP8 of a key frame. */
static bool
is_webp_head(const uint8_t *chunk, size_t length)
{
    const uint8_t *at = chunk + 8;

    if (memcmp(chunk, "VP8X", 4) == 0)
        return length >= 10 && is_side(read_little(at + 4, 3) + 1) && is_side(read_little(at + 7, 3) + 1);
    if (memcmp(chunk, "VP8L", 4) == 0)
        return length >= 5 && at[0] == 0x2f; /* 14 bits each: never too large */
    return memcmp(chunk, "VP8 ", 4) == 0 && length >= 10 && memcmp(at + 3, "\x9d\x01\x2a", 3) == 0 &&
           is_side(read_little(at + 6, 2) & 0x3fff) && is_side(read_little(at + 8, 2) & 0x3fff);
}

/* RIFF to the last byte: chunks of type, length, data, each padded to an even length. */
static bool
is_webp(const uint8_t *bytes, size_t size)
{
    size_t at = 12;

    if (size < 12 + 8 || memcmp(bytes, "RIFF", 4) != 0 || memcmp(bytes + 8, "WEBP", 4) != 0 ||
        (size_t)read_little(bytes + 4, 4) + 8 != size)
        return false;
    while (size - at >= 8) {
        size_t length = read_little(bytes + at + 4, 4), padded = length + (length & 1);
        if (padded > size - at - 8 || (at == 12 && !is_webp_head(bytes + at, length)))
            return false;
        at += 8 + padded;
    }
    return at == size;
}

const char *
gw_picture_get_suffix(const char *content_type)
{
    if (strcmp(content_type, "image/png") == 0)
        return "png";
    return strcmp(content_type, "image/webp") == 0 ? "webp" : "jpg";
}

const char *
gw_picture_check(GBytes *bytes)
{
    size_t size = 0;
    const uint8_t *data = g_bytes_get_data(bytes, &size);

    if (is_png(data, size))
        return "image/png";
    if (is_webp(data, size))
        return "image/webp";
    return is_jpeg(data, size) ? "image/jpeg" : NULL;
}
