/* gateway/store/statement.h - the insides of statements and rows, for the engine behind the store
 *
 * Ownership: built on main, handed over with the job; one thread at a time. */
#pragma once

#include "gateway/store/store.h"

G_BEGIN_DECLS

typedef enum {
    GW_VALUE_NULL,
    GW_VALUE_INT,
    GW_VALUE_TEXT,
} GwValueType;

typedef struct {
    GwValueType type;
    int64_t number;
    char *text; /* owned */
} GwValue;

struct GwStatement {
    const char *sql; /* a literal */
    GArray *values;  /* GwValue */
};

struct GwRows {
    unsigned n_rows, n_columns;
    GArray *values; /* GwValue, row by row */
};

GwRows *gw_rows_new(unsigned n_columns);
void gw_rows_add_value(GwRows *self, GwValue value); /* takes value.text */

G_END_DECLS
