#include "gateway/store/migrations.h"

/* Times are UTC; members: JSON array of persons. A shift is a plan until it is published; then two of one unit never overlap, drafts
 * neither. duty_act is what was done to a shift, each once: whoever comes second is refused. upto: the last fact of its log; what
 * is recorded later is the next shift's. items: what was handed over, as JSON. The lines of a log are append only, an edit is
 * another n of the same line, and nothing can be added once the shift is handed over. */
const char gw_duty_schema_1[] =
    "CREATE TABLE duty_shift ("
    " id TEXT PRIMARY KEY, unit TEXT NOT NULL, from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, leader TEXT NOT "
    "NULL,"
    " members TEXT NOT NULL, published INTEGER NOT NULL, who TEXT NOT NULL, made_ms INTEGER NOT NULL);"
    "CREATE INDEX duty_shift_unit ON duty_shift (unit, from_ms);"
    "CREATE TRIGGER duty_shift_overlap BEFORE INSERT ON duty_shift WHEN EXISTS (SELECT 1 FROM duty_shift o"
    " WHERE o.unit = NEW.unit AND o.from_ms < NEW.until_ms AND NEW.from_ms < o.until_ms)"
    " BEGIN SELECT raise(ABORT, 'shifts of one unit do not overlap'); END;"
    "CREATE TRIGGER duty_shift_no_delete BEFORE DELETE ON duty_shift WHEN OLD.published = 1"
    " BEGIN SELECT raise(ABORT, 'a published shift stays'); END;"
    "CREATE TABLE duty_act (shift TEXT NOT NULL, type TEXT NOT NULL, at_ms INTEGER NOT NULL, who TEXT NOT NULL,"
    " display TEXT NOT NULL, text TEXT, next TEXT, upto INTEGER NOT NULL, items TEXT, PRIMARY KEY (shift, type));"
    "CREATE TRIGGER duty_act_no_update BEFORE UPDATE ON duty_act BEGIN SELECT raise(ABORT, 'signed for'); END;"
    "CREATE TRIGGER duty_act_no_delete BEFORE DELETE ON duty_act BEGIN SELECT raise(ABORT, 'signed for'); END;"
    "CREATE TABLE duty_line (id TEXT NOT NULL, n INTEGER NOT NULL, shift TEXT NOT NULL, at_ms INTEGER NOT NULL,"
    " who TEXT NOT NULL, display TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (id, n));"
    "CREATE INDEX duty_line_shift ON duty_line (shift, at_ms);"
    "CREATE TRIGGER duty_line_frozen BEFORE INSERT ON duty_line WHEN EXISTS (SELECT 1 FROM duty_act"
    " WHERE shift = NEW.shift) BEGIN SELECT raise(ABORT, 'the log is closed'); END;"
    "CREATE TRIGGER duty_line_no_update BEFORE UPDATE ON duty_line BEGIN SELECT raise(ABORT, 'old text stays'); END;"
    "CREATE TRIGGER duty_line_no_delete BEFORE DELETE ON duty_line BEGIN SELECT raise(ABORT, 'old text stays'); END;"
    "CREATE TABLE duty_note (id TEXT PRIMARY KEY, unit TEXT NOT NULL, at_ms INTEGER NOT NULL, who TEXT NOT NULL,"
    " display TEXT NOT NULL, text TEXT NOT NULL);"
    "CREATE INDEX duty_note_unit ON duty_note (unit, at_ms);"
    "CREATE TABLE duty_settled (unit TEXT NOT NULL, item TEXT NOT NULL, at_ms INTEGER NOT NULL, who TEXT NOT NULL,"
    " display TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (unit, item, at_ms));";
