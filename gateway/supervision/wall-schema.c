#include "gateway/store/migrations.h"

/* sources: JSON array of "terminal:ID", "camera:ID" or "". owner: a person. */
const char gw_wall_schema_1[] = "CREATE TABLE wall_plan ("
                                " id TEXT PRIMARY KEY, name TEXT NOT NULL, shared INTEGER NOT NULL, tiles INTEGER NOT "
                                "NULL, seconds INTEGER NOT NULL,"
                                " sources TEXT NOT NULL, owner TEXT NOT NULL, unit TEXT NOT NULL);"
                                "CREATE INDEX wall_plan_owner ON wall_plan (owner);"
                                "CREATE INDEX wall_plan_unit ON wall_plan (unit, shared);";
