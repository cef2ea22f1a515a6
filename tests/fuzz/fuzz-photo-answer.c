/* Any bytes as what a phone sends: what is taken is a line within its limit, and the picture is the rest, byte by byte. */
#include <stdint.h>
#include <string.h>

#include "gateway/photos/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GBytes) body = g_bytes_new(data, size);
    GwPhotoAnswer answer = { 0 };

    if (!gw_photo_answer_parse(body, &answer, NULL))
        return 0;
    const size_t rest = g_bytes_get_size(answer.picture), head = size - rest;
    g_assert_cmpuint(head, <=, GW_PHOTO_ANSWER_MAX_HEAD);
    g_assert_true(data[head - 1] == '\n' && answer.mark != NULL && answer.place != NULL);
    g_assert_true(rest == 0 || memcmp(g_bytes_get_data(answer.picture, NULL), data + head, rest) == 0);
    gw_photo_answer_clear(&answer);
    return 0;
}
