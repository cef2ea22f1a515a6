/* gateway/archive/draw.h - lots, so that anybody can draw them again
 *
 * A list with one session a line, sorted by its bytes; a seed, made after the list was frozen. A session's lot is SHA-256 of
 * "SEED:SESSION" in hex; the lowest lots are drawn, as many as percent of the list, rounded up.
 * With weights a line is "NAME WEIGHT", and who has a weight of three has three lots in the drum: "SEED:NAME", "SEED:NAME:2" and
 * "SEED:NAME:3"; the lowest of them is his. Weight 0: none, he is listed and cannot be drawn. No arithmetic but comparing.
 * Pure. Thread: any. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

enum {
    GW_DRAW_MAX_LISTED = 20000,
    GW_DRAW_MAX_WEIGHT = 20,
};

typedef struct {
    const char *name;
    unsigned weight;
    char *lot; /* owned by the array once it is drawn; NULL: weight 0 */
} GwDrawEntry;

/* sessions: NULL-terminated. How many of n. */
unsigned gw_draw_count(unsigned n, unsigned percent);
char *gw_draw_get_lot(const char *seed, const char *session); /* hex, owned */
/* The drawn ones, sorted by their lots; owned strings. sessions is sorted by this. */
GPtrArray *gw_draw(const char *seed, GPtrArray *sessions, unsigned percent);
char *gw_draw_hash_list(const GPtrArray *sessions); /* SHA-256 of the lines, each with its end; hex, owned */

/* With weights. The array holds GwDrawEntry; names are borrowed. */
GArray *gw_draw_entries_new(void);
void gw_draw_entries_add(GArray *entries, const char *name, unsigned weight);
/* As above of the lines "NAME WEIGHT"; sorts the entries by their names. */
char *gw_draw_entries_hash(GArray *entries);
/* Gives everybody his lot and sorts by them, the lowest first; without a lot last. */
void gw_draw_entries(const char *seed, GArray *entries);
/* What is published before: SHA-256 of "SEED:LIST_SHA256"; hex, owned. */
char *gw_draw_commit(const char *seed, const char *list_sha256);
char *gw_draw_new_seed(void); /* 32 random bytes; hex, owned */

G_END_DECLS
