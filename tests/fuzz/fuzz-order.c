/* Any bytes as the order of a derivative: what is taken is the same when it is written again and read again. */
#include <string.h>

#include "recorder/order.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    g_autoptr(RecOrder) order = rec_order_from_json((const char *)bytes, size, NULL);

    if (!order)
        return 0;
    g_autofree char *text = rec_order_to_json(order);
    g_autoptr(RecOrder) again = rec_order_from_json(text, strlen(text), NULL);
    g_assert_nonnull(again);
    g_autofree char *same = rec_order_to_json(again);
    g_assert_cmpstr(text, ==, same);
    return 0;
}
