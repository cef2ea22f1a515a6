#include "gateway/store/migrations.h"

/* The index of the node's log: one row an entry, made again from the log where it is missing. leaf: where the log has the
 * audit entry; NULL of entries from before there was a log. evidence_time: tokens over checkpoints. */
const char gw_evidence_schema_1[] =
    "CREATE TABLE evidence_leaf ("
    " idx INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, type TEXT NOT NULL, session TEXT, object TEXT);"
    "CREATE INDEX evidence_leaf_session ON evidence_leaf (session, idx);"
    "CREATE INDEX evidence_leaf_type ON evidence_leaf (type, idx);"
    "CREATE TABLE evidence_time ("
    " size INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, session TEXT, state TEXT NOT NULL, url TEXT, message TEXT);"
    "ALTER TABLE audit ADD COLUMN leaf INTEGER;"
    "CREATE UNIQUE INDEX audit_leaf ON audit (leaf);";
