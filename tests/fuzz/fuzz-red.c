/* Any bytes as the payload of a RED packet: what is in it lies within it, and what is built from it reads back the same. */
#include <string.h>

#include "media/red.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    MediaRedBlock blocks[MEDIA_RED_MAX_OLDER + 1], again[MEDIA_RED_MAX_OLDER + 1];
    uint8_t buffer[4096];
    size_t n, n_again;

    if (!media_red_parse(data, size, blocks, &n))
        return 0;
    g_assert(n >= 1 && n <= MEDIA_RED_MAX_OLDER + 1);
    for (size_t i = 0; i < n; i++)
        g_assert(blocks[i].data >= data && blocks[i].data + blocks[i].size <= data + size);
    size_t built = media_red_build(&blocks[n - 1], blocks, n - 1, buffer, sizeof buffer);
    if (built == 0)
        return 0;
    g_assert(media_red_parse(buffer, built, again, &n_again) && n_again <= n);
    for (size_t i = 0; i < n_again; i++) {
        const MediaRedBlock *block = &blocks[n - n_again + i];
        g_assert(again[i].size == block->size && memcmp(again[i].data, block->data, block->size) == 0);
    }
    return 0;
}
