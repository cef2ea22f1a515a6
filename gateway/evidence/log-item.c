#include "gateway/evidence/log-item.h"

void
gw_log_item_free(void *data)
{
    GwLogItem *item = data;

    g_clear_pointer(&item->entry, g_bytes_unref);
    g_clear_error(&item->error);
    g_clear_pointer(&item->keys, rec_keys_unref);
    g_free(item->note);
    g_free(item);
}

GwLogItem *
gw_log_item_new(GwLogItemKind kind)
{
    GwLogItem *item = g_new0(GwLogItem, 1);

    item->kind = kind;
    return item;
}

void
gw_log_item_hand_over(GAsyncQueue *queue, GwLogItem *item)
{
    atomic_store_explicit(&item->handed, true, memory_order_release);
    g_async_queue_push(queue, item);
}

GwLogItem *
gw_log_item_take(GwLogItem *item)
{
    if (item != NULL)
        g_assert(atomic_load_explicit(&item->handed, memory_order_acquire));
    return item;
}
