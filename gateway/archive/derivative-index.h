/* gateway/archive/derivative-index.h - rows of derivatives, made again from the ID.json beside each
 *
 * What was being made, removed or refused has no record and no row comes of it. */
#pragma once

#include <json-glib/json-glib.h>

#include "gateway/store/store.h"
#include "recorder/evidence/log.h"

G_BEGIN_DECLS

/* Adds a JsonObject (owned) per record whose file is there. log, where who asked for it is found: NULL when there is none.
 * Any thread. */
void gw_derivative_index_read(GPtrArray *records, const char *folder, const char *session, RecLogReader *log);
const char *gw_derivative_index_get_id(JsonObject *record);
/* Of a record that was read so; what is in the table stays as it is. */
GwStatement *gw_derivative_index_add_statement(JsonObject *record);

G_END_DECLS
