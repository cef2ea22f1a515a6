#include "gateway/store/migrations.h"

static const GwMigration migrations[] = {
    { 1, "audit", gw_audit_schema_1 },
    { 2, "people", gw_people_schema_1 },
    { 3, "sessions", gw_sessions_schema_1 },
    { 4, "visits", gw_visits_schema_1 },
    { 5, "archive", gw_archive_schema_1 },
    { 6, "evidence", gw_evidence_schema_1 },
    { 7, "people-roles", gw_people_schema_2 },
    { 8, "archive-keeping", gw_archive_schema_2 },
    { 9, "people-more-roles", gw_people_schema_3 },
    { 10, "people-posts", gw_people_schema_4 },
    { 11, "calls", gw_calls_schema_1 },
    { 12, "wall", gw_wall_schema_1 },
    { 13, "cameras", gw_cameras_schema_1 },
    { 14, "tickets", gw_tickets_schema_1 },
    { 15, "archive-derivatives", gw_archive_schema_4 },
    { 16, "archive-damage", gw_archive_schema_3 },
    { 17, "spotchecks", gw_spotchecks_schema_1 },
    { 18, "location-cases", gw_cases_schema_1 },
    { 19, "emergency", gw_cases_schema_2 },
    { 20, "duty", gw_duty_schema_1 },
    { 21, "reports", gw_reports_schema_1 },
    { 22, "lessons", gw_lessons_schema_1 },
    { 23, "visitors-numbers", gw_visits_schema_2 },
    { 24, "cameras-onvif", gw_cameras_schema_2 },
    { 25, "call-pictures", gw_calls_schema_2 },
    { 27, "rooms-and-platforms", gw_cases_schema_3 },
    { 28, "ranking-weights", gw_reports_schema_2 },
    { 29, "photos-go", gw_spotchecks_schema_2 },
    { 30, "platform-files", gw_cases_schema_4 },
    { 0 },
};

const GwMigration *
gw_migrations_get(void)
{
    return migrations;
}
