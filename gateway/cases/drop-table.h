/* gateway/cases/drop-table.h - alarms of a location platform as a file (IF1): CSV, an alarm a line
 *
 * The first line names the columns as JSON names the members (gw_alarm_fields); an empty field is one that is not said. A line
 * is a row, whatever its quotes: what is wrong with a line costs that line alone. Ownership: the caller. Thread: any. */
#pragma once

#include "gateway/cases/alarm.h"

G_BEGIN_DECLS

enum {
    GW_DROP_MAX_BYTES = 2 * 1024 * 1024, /* of a file */
    GW_DROP_MAX_ROWS = 5000,
};

typedef struct {
    unsigned line; /* from 1 */
    GwAlarm alarm; /* where fault is NULL */
    char *fault;   /* why the row is refused; NULL: it is not */
} GwDropRow;

/* GwDropRow, owned by the array. NULL, with SIG_ERROR: nothing of the file can be used. */
GPtrArray *gw_drop_table_read(const char *bytes, size_t size, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
