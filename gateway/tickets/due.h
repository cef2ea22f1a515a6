/* gateway/tickets/due.h - a deadline as people write it, and the instant at which it has passed
 *
 * "2026-03-29" is the whole day, on the clock of the zone: it has passed at the next midnight, whether that day has 23, 24 or 25
 * hours. "2026-03-29T17:00" is that minute. Pure. Thread: any. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

enum { GW_DUE_MAX_DAYS = 366, GW_DUE_MAX_TEXT = 16 };

/* False: it is neither, or no such day. Any text is safe. */
bool gw_due_parse(const char *text, GTimeZone *zone, int64_t *ret_ms);
/* The day that is so many days from now, as text; owned. */
char *gw_due_in_days(unsigned days, GTimeZone *zone, int64_t now_ms);
unsigned gw_due_get_year(GTimeZone *zone, int64_t now_ms);

G_END_DECLS
