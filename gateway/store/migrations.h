/* gateway/store/migrations.h - the schema, as numbered steps
 *
 * Each subject keeps its own steps beside its rules (people/schema.c, visits/schema.c ...) and declares them below;
 * migrations.c lists them in one order for good: a step that has been landed is never changed, only followed by
 * another. */
#pragma once

#include <glib.h>

typedef struct {
    unsigned number; /* ascending over all subjects */
    const char *name;
    const char *sql; /* several statements are fine; runs in one transaction */
} GwMigration;

/* Ends with { 0 }. Constant. */
const GwMigration *gw_migrations_get(void);

/* The steps: SQL text. */
extern const char gw_audit_schema_1[];
extern const char gw_people_schema_1[];
extern const char gw_sessions_schema_1[];
extern const char gw_visits_schema_1[];
extern const char gw_visits_schema_2[];
extern const char gw_archive_schema_1[];
extern const char gw_evidence_schema_1[];
extern const char gw_people_schema_2[];
extern const char gw_people_schema_3[];
extern const char gw_people_schema_4[];
extern const char gw_archive_schema_2[];
extern const char gw_archive_schema_4[];
extern const char gw_calls_schema_1[];
extern const char gw_calls_schema_2[];
extern const char gw_archive_schema_3[];
extern const char gw_lessons_schema_1[];
extern const char gw_tickets_schema_1[];
extern const char gw_spotchecks_schema_1[], gw_spotchecks_schema_2[];
extern const char gw_cameras_schema_1[];
extern const char gw_cameras_schema_2[];
extern const char gw_wall_schema_1[];
extern const char gw_duty_schema_1[];
extern const char gw_reports_schema_1[], gw_reports_schema_2[];
extern const char gw_cases_schema_1[];
extern const char gw_cases_schema_2[], gw_cases_schema_3[], gw_cases_schema_4[];
