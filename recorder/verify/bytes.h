/* recorder/verify/bytes.h - memory, hex, base64 and time as the verifier needs them
 *
 * The verifier reads the formats a second time: it shares no code with what writes them, and uses neither GLib nor
 * anything but libc and OpenSSL's libcrypto. One thread. Without memory the program ends: it cannot tell (2). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VER_EXIT_PASS = 0, VER_EXIT_FAIL = 1, VER_EXIT_UNKNOWN = 2 };

/* Zeroed; never NULL; to be freed with free(). */
void *ver_alloc(size_t n, size_t size);
void *ver_grow(void *memory, size_t n, size_t size);
char *ver_copy(const char *text, size_t size); /* with a NUL behind it */

enum { VER_HASH_BYTES = 32, VER_HEX_SIZE = 65 };

void ver_hex(const uint8_t hash[VER_HASH_BYTES], char ret_hex[VER_HEX_SIZE]);
bool ver_unhex(const char *hex, uint8_t ret_hash[VER_HASH_BYTES]); /* exactly 64 lower-case digits */

/* Strict (RFC 4648, padded). False: it is not base64, or more than max bytes. */
bool ver_base64(const char *text, size_t size, uint8_t *ret_data, size_t max, size_t *ret_size);

/* A decimal number without sign, leading zeros or anything around it. */
bool ver_number(const char *text, size_t size, int64_t *ret_number);

/* CRC-32 of ZIP; begins with 0. */
uint32_t ver_crc32(uint32_t crc32, const void *data, size_t size);

enum { VER_TIME_SIZE = 48 };
void ver_time(int64_t us, char ret_text[VER_TIME_SIZE]); /* UTC */
void ver_span(int64_t us, char ret_text[VER_TIME_SIZE]); /* h:mm:ss.t since the recording's start */
