/* Any text as a deadline: what is taken is a day of four-digit years, and never an instant outside them. */
#include <stdint.h>
#include <string.h>

#include "gateway/tickets/due.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier("CET-1CEST,M3.5.0,M10.5.0/3");
    int64_t ms = 0;

    if (!gw_due_parse(text, zone, &ms))
        return 0;
    g_assert_true(strlen(text) == 10 || strlen(text) == 16);
    g_assert_cmpint(ms, >=, INT64_C(-62135683200000));
    g_assert_cmpint(ms, <=, INT64_C(253402300800000));
    return 0;
}
