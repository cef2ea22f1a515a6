/* gateway/log.h - one line per event: to the journal under systemd, otherwise to stderr
 *
 * "2026-01-31T08:00:00.123Z INFO gateway.people: text"; debug and info of a domain only when G_MESSAGES_DEBUG names it (or
 * "all"). What a peer sent cannot make a second line.
 * Thread: any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void gw_log_init(void); /* once, first */

/* The line, without its end; owned. For gw_log_init() and tests. */
char *gw_log_format(GLogLevelFlags level, const char *domain, const char *message, gint64 at_us);

G_END_DECLS
