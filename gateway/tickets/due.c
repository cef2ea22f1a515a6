#include "gateway/tickets/due.h"

#include <string.h>

enum { DATE_LENGTH = 10, TIME_LENGTH = 16 };

static bool
read_digits(const char *text, unsigned length, int *ret_number)
{
    int number = 0;

    for (unsigned i = 0; i < length; i++) {
        if (!g_ascii_isdigit(text[i]))
            return false;
        number = number * 10 + (text[i] - '0');
    }
    *ret_number = number;
    return true;
}

bool
gw_due_parse(const char *text, GTimeZone *zone, int64_t *ret_ms)
{
    size_t length = strnlen(text, TIME_LENGTH + 1);
    bool is_day = length == DATE_LENGTH;
    int year = 0, month = 0, day = 0, hour = 0, minute = 0;

    if ((!is_day && length != TIME_LENGTH) || !read_digits(text, 4, &year) || text[4] != '-' ||
        !read_digits(text + 5, 2, &month) || text[7] != '-' || !read_digits(text + 8, 2, &day))
        return false;
    if (!is_day && (text[10] != 'T' || !read_digits(text + 11, 2, &hour) || text[13] != ':' ||
                    !read_digits(text + 14, 2, &minute)))
        return false;
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > g_date_get_days_in_month(month, (GDateYear)year) ||
        hour > 23 || minute > 59)
        return false;
    g_autoptr(GDateTime) at = g_date_time_new(zone, year, month, day, hour, minute, 0);
    g_autoptr(GDateTime) end = at != NULL && is_day ? g_date_time_add_days(at, 1) : NULL;
    if (at == NULL || (is_day && end == NULL))
        return false;
    *ret_ms = g_date_time_to_unix(is_day ? end : at) * 1000;
    return true;
}

static GDateTime *
get_local(GTimeZone *zone, int64_t now_ms)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(now_ms / 1000);

    return utc != NULL ? g_date_time_to_timezone(utc, zone) : NULL;
}

char *
gw_due_in_days(unsigned days, GTimeZone *zone, int64_t now_ms)
{
    g_autoptr(GDateTime) now = get_local(zone, now_ms);
    g_autoptr(GDateTime) then = now != NULL ? g_date_time_add_days(now, (int)days) : NULL;

    return then != NULL ? g_date_time_format(then, "%Y-%m-%d") : g_strdup("");
}

unsigned
gw_due_get_year(GTimeZone *zone, int64_t now_ms)
{
    g_autoptr(GDateTime) now = get_local(zone, now_ms);

    return now != NULL ? (unsigned)g_date_time_get_year(now) : 0;
}
