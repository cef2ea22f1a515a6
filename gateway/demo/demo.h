/* gateway/demo/demo.h - demonstration data: fictional units, people, subjects and a day of visits around now
 *
 * Loaded by the command `demo load` into an empty node only; loaded again it refreshes the day's visits. Units, persons
 * and terminals go to people/; what belongs to visits/ is handed over through its admin row "visit.import", whose ids
 * are given (they begin with "demo-"), so that a second import finds what is there: subjects and visitors that exist
 * are left alone, visits that exist are left alone too (ids carry the day and the time).
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

/* Adds the row "demo.load" {} -> {officer, administrator, terminal, family: {url, code, visit}} (one-time links). */
void gw_demo_add_commands(GwAdmin *admin, GwPeople *people);

G_END_DECLS
