/* gateway/cases/cases.h - location alarms and what is done about them, the map, and rooms that are opened in an emergency
 *
 * A platform posts an alarm (IF1): one alarm id makes one case, and alarms of a person whose case is open join it. The person is
 * called, photographed, looked for at the office; each such action gets a coded result, one of them closes the case, and that is
 * posted back to the platform until it says that it has it. Nothing is deleted.
 * A room is a recorded session that rings terminals at once: of a plan in an emergency, or of a case.
 * Ownership: main (service.c), after calls, cameras and wall. Thread: main; what is posted back goes by GTask threads. */
#pragma once

#include "gateway/calls/calls.h"
#include "gateway/cameras/cameras.h"
#include "gateway/gateway.h"
#include "gateway/supervision/wall.h"

G_BEGIN_DECLS

typedef struct GwCases GwCases;

/* Each may be NULL (tests); borrowed. */
typedef struct {
    GwSessions *sessions;
    GwCalls *calls;
    GwCameras *cameras;
    GwWall *wall;
} GwCasesNeeds;

/* Loads; blocks, for start-up. Registers methods, routes and events. Gateway.server may be NULL (tests). */
GwCases *gw_cases_new(const Gateway *gateway, const GwCasesNeeds *needs, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_cases_free(GwCases *self); /* before what it needs */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwCases, gw_cases_free)

/* Rows platform.add, platform.list, platform.revoke, place.import, alarm.post. */
void gw_cases_add_commands(GwCases *self, GwAdmin *admin);

void gw_cases_tick(GwCases *self); /* once a second by itself; tests call it with their own time */

G_END_DECLS
