#include "gateway/store/migrations.h"

/* An index: recording.json in each folder of the archive is the truth. card: see sessions/schema.c; search: its words. */
const char gw_archive_schema_1[] =
    "CREATE TABLE recording ("
    " session TEXT PRIMARY KEY, unit TEXT, class TEXT NOT NULL, state TEXT NOT NULL, card TEXT, search TEXT NOT NULL,"
    " began_ms INTEGER NOT NULL, duration_ms INTEGER NOT NULL, end_cause TEXT, recovered INTEGER NOT NULL);"
    "CREATE INDEX recording_began ON recording (began_ms);"
    "CREATE INDEX recording_unit ON recording (unit, began_ms);"
    "CREATE INDEX recording_state ON recording (state);";
