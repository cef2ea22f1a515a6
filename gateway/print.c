#include "gateway/print.h"

void
gw_print_add_text(GString *page, const char *text)
{
    g_autofree char *escaped = g_markup_escape_text(text != NULL ? text : "", -1);

    g_string_append(page, escaped);
}

void
gw_print_add_row(GString *page, const char *label, const char *text)
{
    if (text == NULL)
        return;
    g_string_append_printf(page, "<tr><th>%s</th><td>", label);
    gw_print_add_text(page, text);
    g_string_append(page, "</td></tr>\n");
}

char *
gw_print_format_time(GTimeZone *zone, int64_t at_ms)
{
    g_autoptr(GTimeZone) local = zone == NULL ? g_time_zone_new_local() : g_time_zone_ref(zone);
    g_autoptr(GDateTime) utc = at_ms > 0 ? g_date_time_new_from_unix_utc(at_ms / 1000) : NULL;
    g_autoptr(GDateTime) at = utc != NULL ? g_date_time_to_timezone(utc, local) : NULL;

    return at != NULL ? g_date_time_format(at, "%Y-%m-%d %H:%M:%S %:z") : g_strdup("");
}
