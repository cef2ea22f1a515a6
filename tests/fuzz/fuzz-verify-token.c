/* Any bytes as a time-stamp token, and as certificates: none is good for bytes that nobody stamped. */
#include <assert.h>

#include "recorder/verify/keys.h"
#include "recorder/verify/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const VerBytes any = { (const char *)data, size }, over = { "never stamped", 13 };
    VerKeys keys = { .n = 0 };
    int64_t at_us = -1;

    assert(ver_token_verify(&any, &over, &any, &any, &at_us) != VER_WORD_NONE && at_us == -1);
    ver_keys_add(&keys, "fuzz", (const char *)data, size);
    assert(keys.n <= VER_KEYS_MAX);
    ver_keys_clear(&keys);
    return 0;
}
