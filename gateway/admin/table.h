/* gateway/admin/table.h - answers as people read them in a terminal
 *
 * Thread: main. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* columns: members of each row, NULL-terminated; "subject.name" reaches inside, "..._ms" is shown as local time. Returns
 * lines with a heading; owned. Wide letters count as two. */
char *gw_table_format(JsonArray *rows, const char *const *columns);
/* "name  value" lines of an object; owned. */
char *gw_table_format_object(JsonObject *object);

G_END_DECLS
