/* Any bytes as the answer of a time-stamp server: none is taken without an authority that is believed. */
#include "recorder/evidence/timestamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const RecTimestampQuery query = { .nonce = { 0x40 } };
    const RecTimestampTrust trust = { .ca_path = "/dev/null", .now_us = INT64_C(1795315200000000) };
    const RecSlice response = { data, size };
    int64_t at_us = 0;

    g_assert(!rec_timestamp_check(&response, &query, &trust, &at_us, NULL) && at_us == 0);
    return 0;
}
