/* Only what is authentic is answered; what is answered stays within its bounds and names lie within the datagram. */
#include <string.h>

#include "media/stun.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static MediaStun stun;
    MediaAddress from = { .port = 4000 };
    uint8_t reply[MEDIA_STUN_MAX_REPLY];
    MediaStunCheck check;
    size_t reply_size = 0;

    if (!media_stun_parse(data, size, &check))
        return 0;
    g_assert_true((const uint8_t *)check.local >= data && check.local_size + check.remote_size < size);
    g_assert_true((const uint8_t *)check.remote + check.remote_size <= data + size);
    media_stun_init(&stun);
    if (media_stun_answer(&stun, &check, "abcdefghijklmnopqrstuvwx", &from, reply, &reply_size) != MEDIA_STUN_DROP)
        g_assert_true(reply_size >= 20 && reply_size <= sizeof(reply));
    return 0;
}
