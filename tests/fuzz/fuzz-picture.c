/* Any bytes as a picture: what is taken begins as one, and a PNG or WebP without its last byte is none. */
#include <stdint.h>
#include <string.h>

#include "gateway/archive/picture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, size);
    g_autoptr(GBytes) cut = g_bytes_new(data, size > 0 ? size - 1 : 0);
    const char *kind = gw_picture_check(bytes);

    if (kind == NULL)
        return 0;
    g_assert_cmpuint(size, >=, 20);
    g_assert_true(data[0] == 0x89 || data[0] == 0xff || data[0] == 'R');
    if (strcmp(kind, "image/jpeg") != 0)
        g_assert_null(gw_picture_check(cut));
    return 0;
}
