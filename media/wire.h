/* media/wire.h - big-endian integers as they stand in packets
 *
 * Pure. The caller has checked that the bytes are there. */
#pragma once

#include <stdint.h>

static inline uint16_t
media_wire_get_16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t
media_wire_get_24(const uint8_t *at)
{
    return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
}

static inline uint32_t
media_wire_get_32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | media_wire_get_24(at + 1);
}

static inline uint64_t
media_wire_get_64(const uint8_t *at)
{
    return (uint64_t)media_wire_get_32(at) << 32 | media_wire_get_32(at + 4);
}

static inline void
media_wire_put_16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void
media_wire_put_24(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 16);
    media_wire_put_16(at + 1, (uint16_t)value);
}

static inline void
media_wire_put_32(uint8_t *at, uint32_t value)
{
    media_wire_put_16(at, (uint16_t)(value >> 16));
    media_wire_put_16(at + 2, (uint16_t)value);
}

static inline void
media_wire_put_64(uint8_t *at, uint64_t value)
{
    media_wire_put_32(at, (uint32_t)(value >> 32));
    media_wire_put_32(at + 4, (uint32_t)value);
}
