/* Whatever payloads say, what comes out is a temporal unit: it begins with a delimiter and keeps to its limit. */
#include <glib.h>
#include <string.h>

#include "recorder/seal/av1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    SealAv1 av1;
    size_t unit_size;

    seal_av1_init(&av1);
    for (const uint8_t *end = data + size; data <= end;) { /* payloads, each ended by 0xFF */
        const uint8_t *stop = data < end ? memchr(data, 0xFF, end - data) : NULL;
        seal_av1_add(&av1, data, (stop ? stop : end) - data, false);
        data = stop ? stop + 1 : end + 1;
    }
    g_autofree uint8_t *unit = seal_av1_take(&av1, &unit_size);
    g_assert(!unit || (unit_size >= 4 && unit_size <= 2 * SEAL_AV1_MAX_UNIT && unit[0] == 0x12 && unit[1] == 0));
    seal_av1_clear(&av1);
    return 0;
}
