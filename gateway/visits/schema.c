#include "gateway/store/migrations.h"

/* visitors: JSON array of visitor ids. hand and since_ms: see clock.h. alive: when the service last ran, for the clocks
 * of visits that it dropped by going. */
const char gw_visits_schema_1[] =
    "CREATE TABLE subject (id TEXT PRIMARY KEY, name TEXT NOT NULL, number TEXT NOT NULL, unit TEXT NOT NULL);"
    "CREATE TABLE visitor ("
    " id TEXT PRIMARY KEY, subject TEXT NOT NULL REFERENCES subject (id), name TEXT NOT NULL, relation TEXT NOT NULL);"
    "CREATE TABLE visit ("
    " id TEXT PRIMARY KEY, session TEXT NOT NULL UNIQUE, subject TEXT NOT NULL, visitors TEXT NOT NULL,"
    " terminal TEXT NOT NULL, unit TEXT NOT NULL, starts_ms INTEGER NOT NULL, minutes INTEGER NOT NULL,"
    " class TEXT NOT NULL, reason TEXT, state TEXT NOT NULL, live_ms INTEGER NOT NULL, paused_ms INTEGER NOT NULL,"
    " lost_ms INTEGER NOT NULL, hand INTEGER NOT NULL, since_ms INTEGER NOT NULL, warned INTEGER NOT NULL,"
    " subject_here INTEGER NOT NULL, consent INTEGER NOT NULL, end_cause TEXT, end_ms INTEGER NOT NULL, end_by TEXT,"
    " end_note TEXT);"
    "CREATE INDEX visit_starts ON visit (starts_ms);"
    "CREATE INDEX visit_state ON visit (state);"
    "CREATE TABLE visit_alive (id INTEGER PRIMARY KEY CHECK (id = 1), at_ms INTEGER NOT NULL);";

const char gw_visits_schema_2[] = "ALTER TABLE visitor ADD COLUMN phone TEXT;"
                                  "ALTER TABLE visitor ADD COLUMN id_number TEXT;";
