/* gateway/demo/demo.h - demonstration data: fictional units, people, subjects and a day of visits around now
 *
 * `demo load` goes into an empty node only; run again it refreshes the day's visits. Units, persons and terminals go through
 * people/'s admin row "people.import", what belongs to visits/ through its row "visit.import". All ids begin with "demo-",
 * so that a second import finds what is there: what exists is left alone (a visit's id carries its day, time and room).
 *
 *   visit.import {subjects: [{id, name, number, unit}], visitors: [{id, subject, name, relation}],
 *                 visits: [{id, subject, visitors: [id], terminal, starts_ms, minutes, recording_class,
 *                           privileged_reason?, ended?: {cause, at_ms, note?}}]}
 *
 * Ownership: main. Thread: main. */
#pragma once

#include "gateway/admin/admin.h"
#include "gateway/people/people.h"

G_BEGIN_DECLS

typedef struct GwDemo GwDemo;

/* Adds the rows "demo.load" and "demo.links", which both answer {officer, administrator, terminal, terminal_id,
 * terminal_code, family, family_code, visit}: one-time links, and the family's link of the visit that can be joined now. */
GwDemo *gw_demo_new(GwAdmin *admin, GwPeople *people);
void gw_demo_free(GwDemo *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwDemo, gw_demo_free)

/* The parameters of "people.import"; of "visit.import" without visits. Owned by the caller. */
JsonObject *gw_demo_make_people(void);
JsonObject *gw_demo_make_subjects(void);

/* The parameters of "spotcheck.import": a plan that can be drawn (now_ms 0), or one that is sealed for three days. Owned. */
JsonObject *gw_demo_make_check(int64_t now_ms);

/* The visits that are missing at now_ms, given those that are there (Visit objects of docs/protocol.md). */
JsonArray *gw_demo_make_visits(JsonArray *existing, int64_t now_ms);
/* The id of the visit in the first room that can be joined at now_ms; NULL: none. Borrowed from visits. */
const char *gw_demo_find_joinable(JsonArray *visits, int64_t now_ms);

/* Where the units are (of "place.import"); an alarm that came some minutes before now_ms, one a day (of "alarm.post"). Owned. */
JsonArray *gw_demo_make_places(void);
JsonObject *gw_demo_make_alarm(int64_t now_ms);

#define GW_DEMO_UNIT     "demo-ministry"
#define GW_DEMO_TERMINAL "demo-room-1"

G_END_DECLS
