#include "gateway/store/migrations.h"

/* card: what the archive says of a session {visit, subject, visitors, terminal}. peers: numbers of tracks given so far.
 */
const char gw_sessions_schema_1[] =
    "CREATE TABLE session ("
    " id TEXT PRIMARY KEY, kind TEXT NOT NULL, slug TEXT, unit TEXT, class TEXT NOT NULL, state TEXT NOT NULL, card "
    "TEXT,"
    " made_ms INTEGER NOT NULL, live_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL, peers INTEGER NOT NULL);"
    "CREATE TABLE session_event ("
    " id INTEGER PRIMARY KEY, session TEXT NOT NULL, at_ms INTEGER NOT NULL, type TEXT NOT NULL, who TEXT NOT NULL,"
    " display TEXT, detail TEXT);"
    "CREATE INDEX session_event_session ON session_event (session, id);"
    "CREATE TABLE note ("
    " id INTEGER PRIMARY KEY, session TEXT NOT NULL, at_ms INTEGER NOT NULL, who TEXT NOT NULL, display TEXT NOT NULL,"
    " text TEXT NOT NULL);"
    "CREATE INDEX note_session ON note (session, at_ms);";
