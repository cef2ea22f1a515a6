#include "gateway/store/migrations.h"

/* Of secrets only the SHA-256 is kept (hex), of passwords the Argon2id string. */
const char gw_people_schema_1[] =
    "CREATE TABLE unit ("
    " id TEXT PRIMARY KEY, name TEXT NOT NULL, name_en TEXT, tier TEXT NOT NULL, parent TEXT REFERENCES unit (id));"
    "CREATE TABLE person ("
    " id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, display TEXT NOT NULL,"
    " unit TEXT NOT NULL REFERENCES unit (id), role TEXT NOT NULL CHECK (role IN ('officer', 'administrator')),"
    " password TEXT, disabled INTEGER NOT NULL DEFAULT 0, last_seen_ms INTEGER);"
    "CREATE TABLE terminal ("
    " id TEXT PRIMARY KEY, name TEXT NOT NULL, unit TEXT NOT NULL REFERENCES unit (id), version TEXT,"
    " last_seen_ms INTEGER, UNIQUE (unit, name));"
    "CREATE TABLE token ("
    " hash TEXT PRIMARY KEY, seat TEXT NOT NULL, owner TEXT NOT NULL, made_ms INTEGER NOT NULL,"
    " used_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL);"
    "CREATE INDEX token_owner ON token (seat, owner);"
    "CREATE TABLE link ("
    " hash TEXT PRIMARY KEY, seat TEXT NOT NULL, owner TEXT NOT NULL, expires_ms INTEGER NOT NULL, used_ms INTEGER);"
    "CREATE TABLE visit_code ("
    " hash TEXT PRIMARY KEY, visit TEXT NOT NULL, expires_ms INTEGER NOT NULL);"
    "CREATE INDEX visit_code_visit ON visit_code (visit);";

/* More roles; SQLite cannot change a CHECK. */
const char gw_people_schema_2[] =
    "CREATE TABLE person_2 ("
    " id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, display TEXT NOT NULL,"
    " unit TEXT NOT NULL REFERENCES unit (id), role TEXT NOT NULL"
    " CHECK (role IN ('officer', 'administrator', 'security', 'auditor', 'procurator')),"
    " password TEXT, disabled INTEGER NOT NULL DEFAULT 0, last_seen_ms INTEGER, fresh_ms INTEGER NOT NULL DEFAULT 0);"
    "INSERT INTO person_2 (id, name, display, unit, role, password, disabled, last_seen_ms)"
    " SELECT id, name, display, unit, role, password, disabled, last_seen_ms FROM person ORDER BY rowid;"
    "DROP TABLE person;"
    "ALTER TABLE person_2 RENAME TO person;";

/* Which roles there are is known to access.h alone. */
const char gw_people_schema_3[] =
    "CREATE TABLE person_3 ("
    " id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, display TEXT NOT NULL,"
    " unit TEXT NOT NULL REFERENCES unit (id), role TEXT NOT NULL,"
    " password TEXT, disabled INTEGER NOT NULL DEFAULT 0, last_seen_ms INTEGER, fresh_ms INTEGER NOT NULL DEFAULT 0);"
    "INSERT INTO person_3 (id, name, display, unit, role, password, disabled, last_seen_ms, fresh_ms)"
    " SELECT id, name, display, unit, role, password, disabled, last_seen_ms, fresh_ms FROM person ORDER BY rowid;"
    "DROP TABLE person;"
    "ALTER TABLE person_3 RENAME TO person;";

/* Posts beside the main one; where a unit was before; second factors; whence a session came; pairs of units. */
const char gw_people_schema_4[] =
    "ALTER TABLE person ADD COLUMN until_ms INTEGER NOT NULL DEFAULT 0;"
    "CREATE TABLE post ("
    " id TEXT PRIMARY KEY, person TEXT NOT NULL REFERENCES person (id), unit TEXT NOT NULL REFERENCES unit (id),"
    " role TEXT NOT NULL, from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL);"
    "CREATE INDEX post_person ON post (person);"
    "ALTER TABLE unit ADD COLUMN closed_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE unit ADD COLUMN areas TEXT;"
    "CREATE TABLE unit_history ("
    " unit TEXT NOT NULL REFERENCES unit (id), parent TEXT, name TEXT NOT NULL, from_ms INTEGER NOT NULL,"
    " until_ms INTEGER NOT NULL);"
    "CREATE TABLE second_factor ("
    " person TEXT PRIMARY KEY REFERENCES person (id), key TEXT NOT NULL, since_ms INTEGER NOT NULL,"
    " used_step INTEGER NOT NULL, codes TEXT NOT NULL);"
    "ALTER TABLE token ADD COLUMN address TEXT;"
    "ALTER TABLE token ADD COLUMN device TEXT;"
    "CREATE TABLE unit_pair ("
    " id TEXT PRIMARY KEY, one TEXT NOT NULL REFERENCES unit (id), other TEXT NOT NULL REFERENCES unit (id),"
    " purpose TEXT NOT NULL, from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL);";
