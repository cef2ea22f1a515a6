/* gateway/archive/search.h - filters of archive.list to SQL
 *
 * Whatever somebody typed is a bound value, never text of the statement; what he may see is a part of every statement.
 * The statements differ only in which of a few parts they have, so that each can use an index. Thread: main. */
#pragma once

#include <json-glib/json-glib.h>

#include "gateway/store/store.h"

G_BEGIN_DECLS

typedef struct {
    const char *asker_unit; /* only this unit and below; "" nothing; NULL everything (the owner) */
    JsonObject *filters;    /* parameters of archive.list */
} GwSearch;

enum { GW_SEARCH_DEFAULT_ROWS = 50, GW_SEARCH_MAX_ROWS = 500 };

GwStatement *gw_search_to_rows(const GwSearch *self);  /* columns GW_ENTRY_COLUMNS */
GwStatement *gw_search_to_count(const GwSearch *self); /* one number */

/* For tests: the SQL of either, constant. */
const char *gw_search_get_sql(const GwSearch *self, bool count);

G_END_DECLS
