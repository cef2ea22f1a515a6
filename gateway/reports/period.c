#include "gateway/reports/period.h"

#include <string.h>

enum { YEAR_MIN = 2000, YEAR_MAX = 2999, YEAR_DIGITS = 4 };

static bool
read_digits(const char *text, unsigned length, unsigned *ret_number)
{
    unsigned number = 0;

    for (unsigned i = 0; i < length; i++) {
        if (!g_ascii_isdigit(text[i]))
            return false;
        number = number * 10 + (unsigned)(text[i] - '0');
    }
    *ret_number = number;
    return true;
}

/* Midnight of a day. */
static int64_t
get_ms(GTimeZone *zone, const GDate *day)
{
    g_autoptr(GDateTime) at =
        g_date_time_new(zone, g_date_get_year(day), (int)g_date_get_month(day), g_date_get_day(day), 0, 0, 0);

    return at != NULL ? g_date_time_to_unix(at) * 1000 : 0;
}

static void
set_days(GwPeriod *period, GTimeZone *zone, const GDate *first, const GDate *last)
{
    period->from_ms = get_ms(zone, first);
    period->until_ms = get_ms(zone, last);
}

static void
set_months(GwPeriod *period, GTimeZone *zone, unsigned month, unsigned n)
{
    GDate first, last;

    g_date_clear(&first, 1);
    g_date_set_dmy(&first, 1, (GDateMonth)month, (GDateYear)period->year);
    last = first;
    g_date_add_months(&last, n);
    set_days(period, zone, &first, &last);
}

static bool
set_week(GwPeriod *period, GTimeZone *zone, unsigned week)
{
    GDate first, last;

    /* The week with the year's first Thursday: the one of January 4. */
    g_date_clear(&first, 1);
    g_date_set_dmy(&first, 4, G_DATE_JANUARY, (GDateYear)period->year);
    g_date_subtract_days(&first, g_date_get_weekday(&first) - G_DATE_MONDAY);
    g_date_add_days(&first, (week - 1) * 7);
    if (g_date_get_iso8601_week_of_year(&first) != week)
        return false;
    last = first;
    g_date_add_days(&last, 7);
    set_days(period, zone, &first, &last);
    return true;
}

bool
gw_period_parse(const char *text, GTimeZone *zone, GwPeriod *ret_period)
{
    size_t length = strnlen(text, GW_PERIOD_MAX_TEXT + 1);
    GwPeriod period = { 0 };
    unsigned number = 0;

    if (length < GW_PERIOD_MIN_TEXT || length > GW_PERIOD_MAX_TEXT || !read_digits(text, YEAR_DIGITS, &period.year) ||
        text[4] != '-' || period.year < YEAR_MIN || period.year > YEAR_MAX)
        return false;
    if (text[5] == 'Q' && length == 7 && read_digits(text + 6, 1, &number) && number >= 1 && number <= 4) {
        period.kind = GW_PERIOD_QUARTER;
        set_months(&period, zone, (number - 1) * 3 + 1, 3);
    } else if (text[5] == 'W' && length == 8 && read_digits(text + 6, 2, &number) && number >= 1 && number <= 53) {
        period.kind = GW_PERIOD_WEEK;
        if (!set_week(&period, zone, number))
            return false;
    } else if (length == 7 && read_digits(text + 5, 2, &number) && number >= 1 && number <= 12) {
        period.kind = GW_PERIOD_MONTH;
        set_months(&period, zone, number, 1);
    } else {
        return false;
    }
    *ret_period = period;
    return true;
}
