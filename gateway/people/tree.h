/* gateway/people/tree.h - changes of the tree of units, and where a unit was at a time
 *
 * A move or a new name keeps what was before, so that old sessions, tickets and rankings are told under the place they had
 * then. Loops are refused. No rights: callers have them. Ownership: people/. Thread: main. No clock: now_ms is given. */
#pragma once

#include "gateway/people/directory.h"

G_BEGIN_DECLS

enum {
    GW_TREE_MAX_DEPTH = 64,   /* deeper is a mistake */
    GW_TREE_MAX_PLACES = 200, /* of one unit, kept; a move beyond is refused */
    GW_UNIT_MAX_AREAS = 64,
    GW_UNIT_MAX_AREA_NAME = 60, /* bytes */
};

/* Loads the former places (blocks: start-up). */
bool gw_tree_load(GwDirectory *directory, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_place_free(void *place);

/* What a unit may become; NULL: stays. */
typedef struct {
    const char *name, *name_en, *tier, *areas;
} GwUnitChange;

/* Fail with SIG_ERROR and change nothing. They write through, and what is written is all or nothing. */
bool gw_tree_change(GwDirectory *directory, const char *unit, const GwUnitChange *change, int64_t now_ms,
                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool gw_tree_move(GwDirectory *directory, const char *unit, const char *parent, int64_t now_ms,
                  GError **error) G_GNUC_WARN_UNUSED_RESULT; /* parent NULL: a root */
/* Closed: nothing can be put into it any more; its past stays. Only without open units below it and without posts that
 * are not over. */
bool gw_tree_close(GwDirectory *directory, const char *unit, bool closed, int64_t now_ms,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* "Province / City / Office" as it was then, root first; NULL: no such unit. Owned. */
char *gw_tree_path_at(GwDirectory *directory, const char *unit, int64_t at_ms);
/* The same by ids: "/province/city/office/"; "/": no such unit. Owned. */
char *gw_tree_place_at(GwDirectory *directory, const char *id, int64_t at_ms);

/* "A;B" or "A、B" -> {"A", "B", NULL}; NULL for none. And back. Owned. */
char **gw_areas_from_string(const char *text);
char *gw_areas_to_string(char *const *areas);

G_END_DECLS
