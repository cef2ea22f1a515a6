#include "gateway/store/migrations.h"

/* Nothing of a case is deleted; an alarm never changes, an action gets its result once. Positions are degrees times ten million,
 * lat and lon in WGS84 beside what was sent. place: where units and cameras are ("unit:ID", "camera:ID"). */
const char gw_cases_schema_1[] =
    "CREATE TABLE platform (id TEXT PRIMARY KEY, name TEXT NOT NULL, unit TEXT NOT NULL, token TEXT NOT NULL "
    "UNIQUE,"
    " callback TEXT, made_ms INTEGER NOT NULL, revoked_ms INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE location_case (id TEXT PRIMARY KEY, platform TEXT NOT NULL, person TEXT NOT NULL, name TEXT,"
    " unit TEXT NOT NULL, unit_known INTEGER NOT NULL, opened_ms INTEGER NOT NULL, closed_ms INTEGER NOT NULL DEFAULT "
    "0,"
    " decided INTEGER NOT NULL DEFAULT 0, who TEXT, display TEXT, note TEXT);"
    "CREATE INDEX location_case_open ON location_case (closed_ms, opened_ms);"
    "CREATE TRIGGER location_case_no_delete BEFORE DELETE ON location_case"
    " BEGIN SELECT raise(ABORT, 'cases stay'); END;"
    "CREATE TRIGGER location_case_closed BEFORE UPDATE ON location_case WHEN OLD.closed_ms <> 0"
    " BEGIN SELECT raise(ABORT, 'a closed case stays as it is'); END;"
    "CREATE TABLE location_alarm (row INTEGER PRIMARY KEY, platform TEXT NOT NULL, id TEXT NOT NULL, case_id TEXT NOT "
    "NULL,"
    " person TEXT NOT NULL, unit_code TEXT NOT NULL, kind TEXT NOT NULL, device TEXT, occurred_ms INTEGER NOT NULL,"
    " received_ms INTEGER NOT NULL, arrived_ms INTEGER NOT NULL, datum TEXT, sent_lat INTEGER, sent_lon INTEGER,"
    " lat INTEGER, lon INTEGER, accuracy INTEGER, UNIQUE (platform, id));"
    "CREATE INDEX location_alarm_case ON location_alarm (case_id, row);"
    "CREATE TRIGGER location_alarm_no_update BEFORE UPDATE ON location_alarm"
    " BEGIN SELECT raise(ABORT, 'alarms stay'); END;"
    "CREATE TRIGGER location_alarm_no_delete BEFORE DELETE ON location_alarm"
    " BEGIN SELECT raise(ABORT, 'alarms stay'); END;"
    "CREATE TABLE location_action (case_id TEXT NOT NULL, n INTEGER NOT NULL, action TEXT NOT NULL, result TEXT,"
    " began_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL, session TEXT, request TEXT, note TEXT, who TEXT NOT NULL,"
    " display TEXT NOT NULL, PRIMARY KEY (case_id, n));"
    "CREATE TRIGGER location_action_stays BEFORE UPDATE ON location_action WHEN OLD.result IS NOT NULL"
    " BEGIN SELECT raise(ABORT, 'a result stays'); END;"
    "CREATE TRIGGER location_action_no_delete BEFORE DELETE ON location_action"
    " BEGIN SELECT raise(ABORT, 'actions stay'); END;"
    "CREATE TABLE location_callback (case_id TEXT PRIMARY KEY, platform TEXT NOT NULL, state TEXT NOT NULL,"
    " tries INTEGER NOT NULL, next_ms INTEGER NOT NULL, made_ms INTEGER NOT NULL, message TEXT);"
    "CREATE INDEX location_callback_pending ON location_callback (state, next_ms);"
    "CREATE TABLE place (object TEXT PRIMARY KEY, lat INTEGER NOT NULL, lon INTEGER NOT NULL);";

/* What is opened in an emergency, made beforehand. body: units, terminals, people, cameras as JSON. */
const char gw_cases_schema_2[] =
    "CREATE TABLE emergency_plan (id TEXT PRIMARY KEY, name TEXT NOT NULL, unit TEXT NOT NULL, body TEXT NOT NULL,"
    " changed_ms INTEGER NOT NULL, display TEXT NOT NULL);"
    "CREATE TABLE emergency_room (id TEXT PRIMARY KEY, session TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,"
    " unit TEXT NOT NULL, plan TEXT, case_id TEXT, who TEXT NOT NULL, display TEXT NOT NULL, opened_ms INTEGER NOT "
    "NULL,"
    " ended_ms INTEGER NOT NULL DEFAULT 0, members INTEGER NOT NULL, answered INTEGER NOT NULL DEFAULT 0);";

/* body: what a room needs to go on after a restart, as room-store.c has it. may: bits of access.h; those that were there posted alarms
 * (1 << 11). */
const char gw_cases_schema_3[] = "ALTER TABLE emergency_room ADD COLUMN body TEXT;"
                                 "ALTER TABLE platform ADD COLUMN may INTEGER NOT NULL DEFAULT 2048;"
                                 "ALTER TABLE platform ADD COLUMN heard_ms INTEGER NOT NULL DEFAULT 0;";

/* The last file of each platform, and how many of its rows came in. */
const char gw_cases_schema_4[] =
    "CREATE TABLE platform_file (platform TEXT PRIMARY KEY, name TEXT NOT NULL, at_ms INTEGER NOT NULL,"
    " taken INTEGER NOT NULL, known INTEGER NOT NULL, refused INTEGER NOT NULL, message TEXT);";
