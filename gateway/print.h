/* gateway/print.h - pages that are printed, signed and filed: destruction notes, tickets, sheets of roll-calls, reports
 *
 * Thread: any; every function only writes into what it is given. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* As text, whatever is in it; nothing for NULL. */
void gw_print_add_text(GString *page, const char *text);
/* A row of a table of two columns; none when text is NULL. label is markup. */
void gw_print_add_row(GString *page, const char *label, const char *text);
/* "2026-11-22 10:45:00 +08:00", owned; "" for 0 and before. zone NULL: the machine's. */
char *gw_print_format_time(GTimeZone *zone, int64_t at_ms);

G_END_DECLS
