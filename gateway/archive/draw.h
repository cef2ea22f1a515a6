/* gateway/archive/draw.h - lots, so that anybody can draw them again
 *
 * A list with one session a line, sorted by its bytes; a seed, made after the list was frozen. A session's lot is SHA-256 of
 * "SEED:SESSION" in hex; the lowest lots are drawn, as many as percent of the list, rounded up.
 * Pure. Thread: any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

enum { GW_DRAW_MAX_LISTED = 20000 };

/* sessions: NULL-terminated. How many of n. */
unsigned gw_draw_count(unsigned n, unsigned percent);
char *gw_draw_get_lot(const char *seed, const char *session); /* hex, owned */
/* The drawn ones, sorted by their lots; owned strings. sessions is sorted by this. */
GPtrArray *gw_draw(const char *seed, GPtrArray *sessions, unsigned percent);
char *gw_draw_hash_list(const GPtrArray *sessions); /* SHA-256 of the lines, each with its end; hex, owned */

G_END_DECLS
