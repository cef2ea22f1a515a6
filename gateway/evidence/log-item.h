/* gateway/evidence/log-item.h - what goes to the log's thread and comes back from it
 *
 * Main makes it, the log's thread works on it, main answers and frees it. One thread at a time has it. */
#pragma once

#include <stdatomic.h>

#include "gateway/evidence/log-thread.h"

G_BEGIN_DECLS

typedef enum {
    GW_LOG_ITEM_APPEND,
    GW_LOG_ITEM_PUBLISH,
    GW_LOG_ITEM_SETTLE, /* what was appended before is on the disk, or this fails */
    GW_LOG_ITEM_ROTATE,
    GW_LOG_ITEM_MARK, /* does nothing: whoever waits for it knows that all before it is done */
    GW_LOG_ITEM_END,
    /* On the way back only. */
    GW_LOG_ITEM_FAILED,
    GW_LOG_ITEM_RECOVERED,
    GW_LOG_ITEM_PUBLISHED,
} GwLogItemKind;

typedef struct {
    GwLogItemKind kind;
    GBytes *entry;
    bool must;
    GwLogDone done;
    void *user_data;
    uint64_t index;
    GError *error;
    char *note;
    RecKeys *keys; /* of a rotation: the new ones */
    /* ThreadSanitizer cannot see GLib's queues; a release before each push and an acquire after each pop shows it the
     * hand-over. */
    atomic_bool handed;
} GwLogItem;

GwLogItem *gw_log_item_new(GwLogItemKind kind);
void gw_log_item_free(void *data);
void gw_log_item_hand_over(GAsyncQueue *queue, GwLogItem *item);
GwLogItem *gw_log_item_take(GwLogItem *item); /* what a queue gave; NULL is NULL */

G_END_DECLS
