#include "gateway/store/migrations.h"

const char gw_audit_schema_1[] =
    "CREATE TABLE audit ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,"
    " object TEXT, detail TEXT, address TEXT);"
    "CREATE INDEX audit_object ON audit (object, id);"
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'audit is append only'); END;"
    /* REPLACE deletes without asking the trigger below. */
    "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)"
    " BEGIN SELECT raise(ABORT, 'audit is append only'); END;"
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'audit is append only'); END;";
