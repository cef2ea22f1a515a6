/* Any text as a period: what is taken ends after it begins, a week, a month or a quarter later, within an hour. */
#include <stdint.h>
#include <string.h>

#include "gateway/reports/period.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_autoptr(GTimeZone) zone = g_time_zone_new_identifier("CET-1CEST,M3.5.0,M10.5.0/3");
    GwPeriod period = { 0 };
    int64_t hours = 0;

    if (!gw_period_parse(text, zone, &period))
        return 0;
    hours = (period.until_ms - period.from_ms) / 3600000;
    g_assert_cmpint(hours, >=, 7 * 24 - 1);
    g_assert_cmpint(hours, <=, 92 * 24 + 1);
    g_assert_cmpuint(period.year, >=, 2000);
    return 0;
}
