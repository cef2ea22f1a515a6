/* Whatever is read can be written, and reads the same again. */
#include <stdint.h>

#include "gateway/people/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(GwCsv) csv = gw_csv_new((const char *)data, size, NULL);
    g_autoptr(GString) text = g_string_new(NULL);

    for (unsigned row = 0; csv != NULL && row < gw_csv_get_n_rows(csv); row++) {
        for (unsigned i = 0; i < gw_csv_get_n_columns(csv, row); i++) {
            g_string_append(text, i > 0 ? "," : "");
            gw_csv_append(text, gw_csv_plain(gw_csv_get(csv, row, i)));
        }
        g_string_append_c(text, '\n');
    }
    g_autoptr(GwCsv) again =
        csv != NULL && text->len < GW_CSV_MAX_BYTES ? gw_csv_new(text->str, text->len, NULL) : NULL;
    for (unsigned row = 0; again != NULL && row < gw_csv_get_n_rows(csv); row++) {
        for (unsigned i = 0; i < gw_csv_get_n_columns(csv, row); i++)
            g_assert_cmpstr(gw_csv_plain(gw_csv_get(csv, row, i)), ==, gw_csv_plain(gw_csv_get(again, row, i)));
    }
    return 0;
}
