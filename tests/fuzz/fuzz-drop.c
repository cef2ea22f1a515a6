/* Any file of a platform: each row is an alarm as it could have been posted, or says why it is none. */
#include <stdint.h>
#include <string.h>

#include "gateway/cases/drop-table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GPtrArray) rows = gw_drop_table_read((const char *)data, size, NULL);
    unsigned line = 1;

    for (guint i = 0; rows != NULL && i < rows->len; i++) {
        const GwDropRow *row = rows->pdata[i];
        g_assert_cmpuint(row->line, >, line);
        g_assert_true(row->fault != NULL ||
                      (*row->alarm.id != '\0' && strlen(row->alarm.id) <= GW_ALARM_MAX_ID && row->alarm.kind != NULL));
        line = row->line;
    }
    g_assert_true(rows == NULL || rows->len <= GW_DROP_MAX_ROWS);
    return 0;
}
