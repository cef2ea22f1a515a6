#include "gateway/store/migrations.h"

/* spotcheck: head and items are JSON (what is drawn, from what frozen list), closed while state is 'sealed' (gateway/closed-text.h);
 * seed is closed until the draw. spotcheck_item: who was drawn, in the order of the lots, and what came of it: one outcome, never changed.
 * photo_request: hash and ticket are SHA-256 of what the phone has; place is the JSON of the phone. */
const char gw_spotchecks_schema_1[] =
    "ALTER TABLE subject ADD COLUMN picture TEXT;"
    "ALTER TABLE subject ADD COLUMN picture_ms INTEGER;"
    "CREATE TABLE spotcheck ("
    " row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, from_unit TEXT NOT NULL, who TEXT NOT NULL, display TEXT NOT"
    " NULL, client TEXT NOT NULL, state TEXT NOT NULL, made_ms INTEGER NOT NULL, opens_ms INTEGER NOT NULL, opened_ms"
    " INTEGER NOT NULL, drawn_ms INTEGER NOT NULL, published TEXT NOT NULL, head TEXT NOT NULL, items TEXT NOT NULL,"
    " seed TEXT NOT NULL, reason TEXT, UNIQUE (who, client));"
    "CREATE INDEX spotcheck_opens ON spotcheck (opens_ms) WHERE state = 'sealed';"
    "CREATE TRIGGER spotcheck_no_delete BEFORE DELETE ON spotcheck BEGIN SELECT raise(ABORT, 'spot checks stay'); END;"
    "CREATE TRIGGER spotcheck_stays BEFORE UPDATE ON spotcheck WHEN NEW.published <> OLD.published OR NEW.id <> OLD.id"
    " OR (OLD.state <> 'sealed' AND (NEW.head <> OLD.head OR NEW.items <> OLD.items))"
    " BEGIN SELECT raise(ABORT, 'what was published stays'); END;"
    "CREATE TABLE spotcheck_item ("
    " spotcheck TEXT NOT NULL, item TEXT NOT NULL, kind TEXT NOT NULL, unit TEXT NOT NULL, rank INTEGER NOT NULL,"
    " outcome TEXT, text TEXT, photo TEXT, who TEXT, display TEXT, at_ms INTEGER, PRIMARY KEY (spotcheck, item));"
    "CREATE INDEX spotcheck_item_item ON spotcheck_item (kind, item, at_ms);"
    "CREATE TRIGGER spotcheck_item_no_delete BEFORE DELETE ON spotcheck_item"
    " BEGIN SELECT raise(ABORT, 'spot checks stay'); END;"
    "CREATE TRIGGER spotcheck_item_stays BEFORE UPDATE ON spotcheck_item WHEN OLD.outcome IS NOT NULL OR NEW.rank <>"
    " OLD.rank BEGIN SELECT raise(ABORT, 'an outcome stays'); END;"
    "CREATE TABLE photo_request ("
    " row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, subject TEXT NOT NULL, unit TEXT NOT NULL, who TEXT NOT NULL,"
    " display TEXT NOT NULL, reason TEXT NOT NULL, hash TEXT NOT NULL UNIQUE, made_ms INTEGER NOT NULL, expires_ms"
    " INTEGER NOT NULL, ticket TEXT, mark TEXT, opened_ms INTEGER, withdrawn_ms INTEGER, sha256 TEXT, bytes INTEGER,"
    " place TEXT, taken_ms INTEGER, received_ms INTEGER, address TEXT, verdict TEXT, note TEXT, judge TEXT, judged_ms"
    " INTEGER);"
    "CREATE INDEX photo_request_ticket ON photo_request (ticket) WHERE ticket IS NOT NULL;"
    "CREATE INDEX photo_request_subject ON photo_request (subject, row);"
    "CREATE TRIGGER photo_request_no_delete BEFORE DELETE ON photo_request"
    " BEGIN SELECT raise(ABORT, 'requests stay'); END;"
    "CREATE TRIGGER photo_request_stays BEFORE UPDATE ON photo_request WHEN OLD.received_ms IS NOT NULL AND"
    " (NEW.sha256 <> OLD.sha256 OR NEW.received_ms <> OLD.received_ms OR NEW.place <> OLD.place)"
    " BEGIN SELECT raise(ABORT, 'an answer stays'); END;";

/* A phone's picture went; what it was stays. */
const char gw_spotchecks_schema_2[] = "ALTER TABLE photo_request ADD COLUMN picture_gone INTEGER NOT NULL DEFAULT 0;";
