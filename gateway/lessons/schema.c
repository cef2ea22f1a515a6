#include "gateway/store/migrations.h"

/* detail: places, pupils and checks as lesson-json.c writes them. lesson_hours: what is counted of it, for months; a row with the
 * name '' is the office itself. */
const char gw_lessons_schema_1[] =
    "CREATE TABLE lesson ("
    " id TEXT PRIMARY KEY, session TEXT NOT NULL UNIQUE, title TEXT NOT NULL, unit TEXT NOT NULL, person TEXT NOT NULL,"
    " state TEXT NOT NULL, planned_ms INTEGER NOT NULL, started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL,"
    " detail TEXT NOT NULL, sha256 TEXT, pictures_gone INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX lesson_planned ON lesson (planned_ms);"
    "CREATE INDEX lesson_state ON lesson (state);"
    "CREATE TABLE lesson_hours ("
    " lesson TEXT NOT NULL REFERENCES lesson (id), unit TEXT NOT NULL, name TEXT NOT NULL, number TEXT NOT NULL,"
    " present_ms INTEGER NOT NULL, passed INTEGER NOT NULL, failed INTEGER NOT NULL, undecided INTEGER NOT NULL,"
    " PRIMARY KEY (lesson, unit, name, number));";
