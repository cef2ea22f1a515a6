#include "gateway/store/migrations.h"

/* fact: see fact-log.h; id is the audit entry's. place: "/province/city/office/", as it was then. A report's number is given when it is
 * approved, the next one of its unit and year, so that there are no holes; what is approved is locked. upto: the last fact that its
 * figures count. body: JSON of its parts. report_event is what was done to it: two who act at the same time write the same n. */
const char gw_reports_schema_1[] =
    "CREATE TABLE fact (id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, kind TEXT NOT NULL, unit TEXT NOT NULL,"
    " place TEXT NOT NULL, who TEXT NOT NULL, object TEXT, opens TEXT, closes TEXT, value INTEGER NOT NULL, detail "
    "TEXT);"
    "CREATE INDEX fact_at ON fact (at_ms);"
    "CREATE INDEX fact_opens ON fact (opens) WHERE opens IS NOT NULL;"
    "CREATE INDEX fact_closes ON fact (closes) WHERE closes IS NOT NULL;"
    "CREATE TRIGGER fact_no_update BEFORE UPDATE ON fact BEGIN SELECT raise(ABORT, 'facts stay'); END;"
    "CREATE TRIGGER fact_no_delete BEFORE DELETE ON fact BEGIN SELECT raise(ABORT, 'facts stay'); END;"
    "CREATE TABLE fact_cursor (id INTEGER PRIMARY KEY CHECK (id = 1), audit INTEGER NOT NULL);"
    "INSERT INTO fact_cursor (id, audit) VALUES (1, 0);"
    "CREATE TABLE report ("
    " id TEXT PRIMARY KEY, kind TEXT NOT NULL, unit TEXT NOT NULL, period TEXT NOT NULL, from_ms INTEGER NOT NULL,"
    " until_ms INTEGER NOT NULL, year INTEGER NOT NULL, number INTEGER, language TEXT NOT NULL, title TEXT NOT NULL,"
    " body TEXT NOT NULL, state TEXT NOT NULL, who TEXT NOT NULL, display TEXT NOT NULL, approver TEXT, n INTEGER NOT "
    "NULL,"
    " made_ms INTEGER NOT NULL, upto INTEGER NOT NULL, sha256 TEXT,"
    " UNIQUE (kind, unit, period), UNIQUE (kind, unit, year, number));"
    "CREATE INDEX report_unit ON report (unit, from_ms);"
    "CREATE TRIGGER report_locked BEFORE UPDATE ON report WHEN OLD.state = 'approved'"
    " BEGIN SELECT raise(ABORT, 'what is approved is locked'); END;"
    "CREATE TRIGGER report_no_delete BEFORE DELETE ON report BEGIN SELECT raise(ABORT, 'reports stay'); END;"
    "CREATE TABLE report_event (report TEXT NOT NULL, n INTEGER NOT NULL, at_ms INTEGER NOT NULL, type TEXT NOT NULL,"
    " who TEXT NOT NULL, display TEXT NOT NULL, text TEXT, body TEXT, PRIMARY KEY (report, n));"
    "CREATE TRIGGER report_event_no_update BEFORE UPDATE ON report_event"
    " BEGIN SELECT raise(ABORT, 'the history of a report is append only'); END;"
    "CREATE TRIGGER report_event_no_delete BEFORE DELETE ON report_event"
    " BEGIN SELECT raise(ABORT, 'the history of a report is append only'); END;";

/* What the parts of the ranking weigh, as weights.h has it. */
const char gw_reports_schema_2[] =
    "CREATE TABLE ranking_weights (version INTEGER PRIMARY KEY, unit TEXT NOT NULL, quarter TEXT NOT NULL,"
    " who TEXT NOT NULL, display TEXT NOT NULL, reason TEXT NOT NULL, made_ms INTEGER NOT NULL,"
    " response INTEGER NOT NULL, in_time INTEGER NOT NULL, lasting INTEGER NOT NULL, covered INTEGER NOT NULL);"
    "CREATE TRIGGER ranking_weights_no_update BEFORE UPDATE ON ranking_weights"
    " BEGIN SELECT raise(ABORT, 'weights stay'); END;"
    "CREATE TRIGGER ranking_weights_no_delete BEFORE DELETE ON ranking_weights"
    " BEGIN SELECT raise(ABORT, 'weights stay'); END;";
