/* gateway/reports/period.h - a month, a week or a quarter as people write it, and the instants between which it lies
 *
 * "2026-03", "2026-W13" (ISO 8601: weeks begin on Monday), "2026-Q1". It begins and ends at midnight on the clock of the zone,
 * whatever that clock does in between. Pure. Thread: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef enum {
    GW_PERIOD_MONTH,
    GW_PERIOD_WEEK,
    GW_PERIOD_QUARTER,
} GwPeriodKind;

enum { GW_PERIOD_MIN_TEXT = 7, GW_PERIOD_MAX_TEXT = 8 };

typedef struct {
    GwPeriodKind kind;
    unsigned year; /* of its name */
    int64_t from_ms, until_ms;
} GwPeriod;

/* False: it is none. Any text is safe. */
bool gw_period_parse(const char *text, GTimeZone *zone, GwPeriod *ret_period);

G_END_DECLS
