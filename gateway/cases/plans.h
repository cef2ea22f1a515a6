/* gateway/cases/plans.h - plans for emergencies
 *
 * Ownership: GwCases. Thread: main. */
#pragma once

#include "gateway/cases/room.h"

G_BEGIN_DECLS

typedef struct {
    char *id, *name, *unit, *display;
    JsonObject *body; /* {tiers, units, people, cameras: [text], sentence?} */
    int64_t changed_ms;
} GwPlan;

GwPlan *gw_plans_find_for(GwCases *self, const GwIdentity *identity, const char *id, GError **error);
/* One act: the room is there, its terminals ring, its people are called in. one: of a case; may be NULL. */
GwRoom *gw_plans_open(GwCases *self, const GwPlan *plan, const GwCase *one, const GwIdentity *identity,
                      const GwActor *actor, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
