#include "gateway/store/migrations.h"

/* What a terminal does by itself when it is called; roll-calls and their offices (supervision/). Of an office: until_ms is the
 * end of its answer clock, calls how often it was called, reason why it was excused, declined or could not be called, who by
 * whom, picture the SHA-256 of the picture that it sent when it answered. */
const char gw_calls_schema_1[] =
    "CREATE TABLE terminal_policy ("
    " terminal TEXT NOT NULL, kind TEXT NOT NULL, automatic INTEGER NOT NULL, after_s INTEGER NOT NULL,"
    " PRIMARY KEY (terminal, kind));"
    "CREATE TABLE rollcall ("
    " id TEXT PRIMARY KEY, session TEXT NOT NULL UNIQUE, name TEXT NOT NULL, unit TEXT NOT NULL, person TEXT NOT NULL,"
    " display TEXT NOT NULL, clock_s INTEGER NOT NULL, class TEXT NOT NULL, state TEXT NOT NULL,"
    " started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL, total INTEGER NOT NULL, answered INTEGER NOT NULL,"
    " sheet TEXT, sha256 TEXT, entry INTEGER);"
    "CREATE INDEX rollcall_started ON rollcall (started_ms);"
    "CREATE INDEX rollcall_state ON rollcall (state);"
    "CREATE TABLE rollcall_office ("
    " rollcall TEXT NOT NULL REFERENCES rollcall (id), number INTEGER NOT NULL, unit TEXT NOT NULL, name TEXT NOT NULL,"
    " terminal TEXT, state TEXT NOT NULL, called_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,"
    " answered_ms INTEGER NOT NULL, calls INTEGER NOT NULL, signer TEXT, reason TEXT, who TEXT, picture TEXT,"
    " PRIMARY KEY (rollcall, number));";

/* Of pictures.h. */
const char gw_calls_schema_2[] = "ALTER TABLE rollcall ADD COLUMN pictures_gone INTEGER NOT NULL DEFAULT 0;";
