/* recorder/verify/token.h - a time-stamp token (RFC 3161), read and verified by libcrypto
 *
 * Ownership: the caller. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "recorder/verify/words.h"

enum { VER_TOKEN_MAX_BYTES = 256 * 1024 };

typedef struct {
    const char *data;
    size_t size;
} VerBytes;

/* token: the DER of the response; over: what was stamped; roots: PEM of whom to trust; between: PEM of others, may be empty.
 * VER_WORD_NONE: good, made at *ret_at_us. */
VerWord ver_token_verify(const VerBytes *token, const VerBytes *over, const VerBytes *roots, const VerBytes *between,
                         int64_t *ret_at_us);
