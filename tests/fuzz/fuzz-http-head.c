/* Whatever bytes come, a head is whole, unfinished or refused; one that is whole leaves a bounded body. */
#include "signaling/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(SigHead) head = NULL;
    size_t used = 0;
    SigHeadState state = sig_head_parse(data, size, &head, &used, &error);
    SigBody body;

    g_assert_true((state == SIG_HEAD_BAD) == (error != NULL));
    g_assert_true(state != SIG_HEAD_MORE || size < SIG_HEAD_MAX_SIZE);
    if (state != SIG_HEAD_DONE)
        return 0;
    g_assert_cmpuint(used, <=, MIN(size, SIG_HEAD_MAX_SIZE));
    g_assert_true(head->path[0] == '/' && !(head->chunked && head->has_length));
    data += used;
    size -= used;
    if (sig_body_init(&body, head, 4096) == SIG_BODY_MORE) {
        sig_body_take(&body, &data, &size);
        g_assert_cmpuint(body.bytes->len, <=, 4096);
    }
    sig_body_clear(&body);
    return 0;
}
