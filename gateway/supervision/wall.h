/* gateway/supervision/wall.h - many pictures on one page: a wall, a patrol, the thumbnails of a roll-call
 *
 * A page opens one watching peer whose slots belong to nobody; which source feeds a slot changes at any moment without a new
 * description, across sessions and workers. Who may see a source is asked again each second, so a right that is taken away ends
 * the picture at once. Every look is on the audit record: who, where, from, until; when it ends and each minute meanwhile.
 * What those who are looked at may know of it, their page says (F36); from SDP nobody can tell.
 * Rows: wall.open, wall.answer, wall.show, wall.listen, wall.talk, wall.hush, wall.close, wall.sources, wall.plans,
 * wall.save-plan, wall.delete-plan; events wall.tile, wall.presence, wall.alarm.
 * Ownership: main. Thread: main. */
#pragma once

#include "gateway/supervision/sources.h"

G_BEGIN_DECLS

typedef struct GwWall GwWall;

GwWall *gw_wall_new(const Gateway *gateway, GwSessions *sessions, GwSources *sources);
void gw_wall_free(GwWall *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwWall, gw_wall_free)

/* Something has happened there: every open wall whose reader reaches the source is told ("wall.alarm") and shows it out of
 * turn. reason: a word that pages translate ("location", "emergency", "help"). */
void gw_wall_alarm(GwWall *self, const char *source, const char *reason);

void gw_wall_tick(GwWall *self); /* once a second by itself; tests call it with their own time */

G_END_DECLS
