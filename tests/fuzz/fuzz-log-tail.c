/* Any bytes as the end of a log and as a bundle of entries: what is read lies within them, and cut where it ends it reads the
 * same again. The first byte is how many entries the bundle should have. */
#include "recorder/evidence/tiles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t first = 0, again_first = 0;
    size_t end = 0, again_end = 0;
    g_autoptr(GPtrArray) entries = rec_pending_parse(data, size, &first, &end);
    g_autoptr(GPtrArray) bundle = size > 0 ? rec_bundle_parse(data + 1, size - 1, data[0]) : NULL;
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    for (guint i = 0; bundle != NULL && i < bundle->len; i++)
        rec_bundle_add(bytes, bundle->pdata[i]);
    g_assert(bundle == NULL || (bundle->len == data[0] && bytes->len == size - 1));
    if (entries == NULL)
        return 0;
    g_autoptr(GPtrArray) again = rec_pending_parse(data, end, &again_first, &again_end);
    g_assert(end <= size && again != NULL && again->len == entries->len && again_first == first && again_end == end);
    return 0;
}
