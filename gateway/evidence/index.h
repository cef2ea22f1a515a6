/* gateway/evidence/index.h - the store's index of the node's log, and the audit rows that are made of its entries
 *
 * The log is what counts; whatever is missing here is made again from it at start.
 * Thread: main. gw_index_catch_up() blocks, for start-up. */
#pragma once

#include "gateway/store/store.h"
#include "recorder/evidence/log.h"

G_BEGIN_DECLS

/* Queues the rows of one entry. Doing it twice changes nothing. */
void gw_index_add(GwStore *store, uint64_t index, GBytes *entry);

/* Entries of the log that the store does not have: at its end, or lost in between. ret_added: how many. */
bool gw_index_catch_up(GwStore *store, const char *log_dir, uint64_t *ret_added,
                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* An audit entry, and its row, as one text: equal when the row is what the log says. entry: NULL when it is no audit entry.
 * row: columns leaf, at_ms, who, action, object, detail, address. Owned; any thread. */
char *gw_index_describe_entry(GBytes *entry);
char *gw_index_describe_row(const GwRows *rows, unsigned row);

/* Columns: idx, at_us, type, session, object; the entries of one session, oldest first. */
GwStatement *gw_index_find_session(const char *session);

G_END_DECLS
