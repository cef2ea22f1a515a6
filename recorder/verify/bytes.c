#include "recorder/verify/bytes.h"

#include <inttypes.h>
#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char digits[] = "0123456789abcdef";

static void *
check(void *memory)
{
    if (memory)
        return memory;
    fputs("内存不足 out of memory\n", stderr);
    exit(VER_EXIT_UNKNOWN);
}

void *
ver_alloc(size_t n, size_t size)
{
    return check(calloc(n ? n : 1, size ? size : 1));
}

void *
ver_grow(void *memory, size_t n, size_t size)
{
    return check(reallocarray(memory, n ? n : 1, size));
}

char *
ver_copy(const char *text, size_t size)
{
    char *copy = ver_alloc(size + 1, 1);

    if (size > 0)
        memcpy(copy, text, size);
    return copy;
}

void
ver_hex(const uint8_t hash[VER_HASH_BYTES], char ret_hex[VER_HEX_SIZE])
{
    for (unsigned i = 0; i < VER_HASH_BYTES; i++) {
        ret_hex[2 * i] = digits[hash[i] >> 4];
        ret_hex[2 * i + 1] = digits[hash[i] & 15];
    }
    ret_hex[2 * VER_HASH_BYTES] = '\0';
}

bool
ver_unhex(const char *hex, uint8_t ret_hash[VER_HASH_BYTES])
{
    if (!hex || strlen(hex) != 2 * VER_HASH_BYTES || strspn(hex, digits) != 2 * VER_HASH_BYTES)
        return false;
    for (unsigned i = 0; i < VER_HASH_BYTES; i++)
        ret_hash[i] = (uint8_t)((strchr(digits, hex[2 * i]) - digits) << 4 | (strchr(digits, hex[2 * i + 1]) - digits));
    return true;
}

/* libcrypto is generous: what it reads must be written again as it was. */
bool
ver_base64(const char *text, size_t size, uint8_t *ret_data, size_t max, size_t *ret_size)
{
    size_t padding = size < 4 || text[size - 1] != '=' ? 0 : text[size - 2] != '=' ? 1 : 2;
    size_t whole = size / 4 * 3, n = whole - padding;

    if (size == 0 || size % 4 != 0 || size > INT_MAX / 4 || n > max)
        return false;
    uint8_t *data = ver_alloc(whole, 1), *again = ver_alloc(size + 1, 1);
    bool same = EVP_DecodeBlock(data, (const uint8_t *)text, (int)size) == (int)whole &&
                EVP_EncodeBlock(again, data, (int)n) == (int)size && memcmp(again, text, size) == 0;
    if (same) {
        memcpy(ret_data, data, n);
        *ret_size = n;
    }
    free(data);
    free(again);
    return same;
}

bool
ver_number(const char *text, size_t size, int64_t *ret_number)
{
    int64_t number = 0;

    if (size == 0 || size > 18 || (text[0] == '0' && size > 1))
        return false;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (text[i] - '0');
    }
    *ret_number = number;
    return true;
}

uint32_t
ver_crc32(uint32_t crc32, const void *data, size_t size)
{
    static uint32_t table[256];
    const uint8_t *bytes = data;

    for (uint32_t i = 0; i < 256 && table[255] == 0; i++) {
        table[i] = i;
        for (unsigned k = 0; k < 8; k++)
            table[i] = table[i] & 1 ? table[i] >> 1 ^ 0xedb88320 : table[i] >> 1;
    }
    crc32 = ~crc32;
    for (size_t i = 0; i < size; i++)
        crc32 = table[(crc32 ^ bytes[i]) & 0xff] ^ crc32 >> 8;
    return ~crc32;
}

void
ver_time(int64_t us, char ret_text[VER_TIME_SIZE])
{
    time_t seconds = (time_t)(us / 1000000);
    struct tm tm;

    if (us < 0 || !gmtime_r(&seconds, &tm) || strftime(ret_text, VER_TIME_SIZE, "%Y-%m-%d %H:%M:%S UTC", &tm) == 0)
        snprintf(ret_text, VER_TIME_SIZE, "%" PRId64 " us", us);
}

void
ver_span(int64_t us, char ret_text[VER_TIME_SIZE])
{
    int64_t tenths = us / 100000;

    snprintf(ret_text, VER_TIME_SIZE, "%" PRId64 ":%02d:%02d.%d", tenths / 36000, (int)(tenths / 600 % 60),
             (int)(tenths / 10 % 60), (int)(tenths % 10));
}
