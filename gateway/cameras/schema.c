#include "gateway/store/migrations.h"

/* login is encrypted, see login.h. */
const char gw_cameras_schema_1[] =
    "CREATE TABLE camera ("
    " id TEXT PRIMARY KEY, name TEXT NOT NULL, unit TEXT NOT NULL, url TEXT NOT NULL, transport TEXT NOT NULL,"
    " login TEXT, UNIQUE (unit, name));";

/* onvif: address of its device service; profile: which of its streams. */
const char gw_cameras_schema_2[] = "ALTER TABLE camera ADD COLUMN onvif TEXT;"
                                   "ALTER TABLE camera ADD COLUMN profile TEXT;";
