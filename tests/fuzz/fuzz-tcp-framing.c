/* A stream gives the same frames, whole or in pieces of any size, and none longer than a packet may be. */
#include <string.h>

#include "media/framing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
add_frame(void *data, uint8_t *packet, size_t size)
{
    g_assert_true(size > 0 && size <= MEDIA_MAX_PACKET);
    g_byte_array_append(data, packet, (guint)size);
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GByteArray) whole = g_byte_array_new();
    g_autoptr(GByteArray) pieces = g_byte_array_new();
    MediaFraming a = { .used = 0 }, b = { .used = 0 };
    bool good = true;

    bool whole_good = media_framing_push(&a, data, size, add_frame, whole);
    for (size_t i = 0, n = 1; good && i < size; i += n, n = n % 7 + 1)
        good = media_framing_push(&b, data + i, MIN(n, size - i), add_frame, pieces);
    g_assert_true(good == whole_good && whole->len == pieces->len);
    g_assert_true(whole->len == 0 || memcmp(whole->data, pieces->data, whole->len) == 0);
    return 0;
}
