#define G_LOG_DOMAIN "gateway.store"

#include "gateway/store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

/* A full check reads the whole file: done at start only while that takes no time worth telling. */
#define CHECK_MAX_BYTES (64 * 1024 * 1024)

struct GwSqlite {
    sqlite3 *db;
    char *path;
    GHashTable *prepared; /* SQL literal (by pointer) -> sqlite3_stmt */
};

/* synchronous=FULL: what was answered is on disk, also after a power cut; the store commits in groups, so that the
 * price is one fdatasync per group. locking_mode=EXCLUSIVE: SQLite 3.40 has a WAL bug with two connections, and nobody
 * else has business in the file while the service runs. temp_store=MEMORY: what is sorted is never written to /var/tmp, where
 * names would lie outside of the data directory, in a file more. */
static const char setup_sql[] = "PRAGMA locking_mode=EXCLUSIVE;"
                                "PRAGMA journal_mode=WAL;"
                                "PRAGMA synchronous=FULL;"
                                "PRAGMA foreign_keys=ON;"
                                "PRAGMA trusted_schema=OFF;"
                                "PRAGMA secure_delete=ON;"
                                "PRAGMA temp_store=MEMORY;"
                                "PRAGMA journal_size_limit=67108864;"
                                "CREATE TABLE IF NOT EXISTS schema_step ("
                                " number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_ms INTEGER NOT NULL);";

static GwStoreError
classify(int code)
{
    switch (code & 0xff) {
    case SQLITE_CONSTRAINT:
        return GW_STORE_ERROR_CONFLICT;
    case SQLITE_ERROR:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
        return GW_STORE_ERROR_BUG;
    default: /* full, I/O, read-only, damaged, no memory, locked */
        return GW_STORE_ERROR_UNAVAILABLE;
    }
}

static bool
fail(GwSqlite *self, int code, GError **error)
{
    const char *message = sqlite3_errmsg(self->db);

    g_set_error(error, GW_STORE_ERROR, classify(code), "%s: %s", self->path, message);
    return false;
}

static bool
check_damage(GwSqlite *self, GError **error)
{
    g_autoptr(GwStatement) check = gw_statement_new("PRAGMA quick_check(1)");
    g_autoptr(GwRows) rows = NULL;
    struct stat info;

    if (stat(self->path, &info) == 0 && info.st_size > CHECK_MAX_BYTES)
        return true;
    if (!gw_sqlite_run(self, check, &rows, error))
        return false;
    if (gw_rows_get_count(rows) == 1 && g_strcmp0(gw_rows_text(rows, 0, 0), "ok") == 0)
        return true;
    g_set_error(error, GW_STORE_ERROR, GW_STORE_ERROR_UNAVAILABLE, "%s: damaged: %s", self->path,
                gw_rows_get_count(rows) > 0 ? gw_rows_text(rows, 0, 0) : "no answer");
    return false;
}

/* The file must be private before SQLite puts a byte into it; its -wal takes the same mode. */
static bool
make_private(const char *path, GError **error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int saved = errno;

    if (fd >= 0 && fchmod(fd, 0600) == 0) {
        close(fd);
        return true;
    }
    if (fd >= 0)
        close(fd);
    g_set_error(error, GW_STORE_ERROR, GW_STORE_ERROR_UNAVAILABLE, "%s: %s", path, g_strerror(saved));
    return false;
}

static void
finalize(void *statement)
{
    sqlite3_finalize(statement);
}

GwSqlite *
gw_sqlite_new(const char *path, GError **error)
{
    g_autoptr(GwSqlite) self = g_new0(GwSqlite, 1);

    self->path = g_strdup(path);
    self->prepared = g_hash_table_new_full(NULL, NULL, NULL, finalize);
    if (!make_private(path, error))
        return NULL;

    int code =
        sqlite3_open_v2(path, &self->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);
    if (code != SQLITE_OK) {
        fail(self, code, error);
        return NULL;
    }
    sqlite3_busy_timeout(self->db, 2000);
    sqlite3_db_config(self->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (!gw_sqlite_exec(self, setup_sql, error) || !check_damage(self, error)) {
        g_prefix_error(error, "the index cannot be opened (if it is damaged, put it aside and restore a copy): ");
        return NULL;
    }
    return g_steal_pointer(&self);
}

void
gw_sqlite_free(GwSqlite *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->prepared);
    sqlite3_close(self->db);
    g_free(self->path);
    g_free(self);
}

bool
gw_sqlite_exec(GwSqlite *self, const char *sql, GError **error)
{
    int code = sqlite3_exec(self->db, sql, NULL, NULL, NULL);

    return code == SQLITE_OK || fail(self, code, error);
}

bool
gw_sqlite_in_transaction(const GwSqlite *self)
{
    return sqlite3_get_autocommit(self->db) == 0;
}

static bool
run_step(GwSqlite *self, const GwMigration *step, GError **error)
{
    g_autoptr(GwStatement) note =
        gw_statement_new("INSERT INTO schema_step (number, name, applied_ms) VALUES (?1, ?2, ?3)");

    gw_statement_int(note, step->number);
    gw_statement_text(note, step->name);
    gw_statement_int(note, g_get_real_time() / 1000);
    if (gw_sqlite_exec(self, "BEGIN IMMEDIATE", error) && gw_sqlite_exec(self, step->sql, error) &&
        gw_sqlite_run(self, note, NULL, error) && gw_sqlite_exec(self, "COMMIT", error))
        return true;
    g_prefix_error(error, "schema step %u (%s): ", step->number, step->name);
    if (gw_sqlite_in_transaction(self) && !gw_sqlite_exec(self, "ROLLBACK", NULL))
        g_debug("%s: a failed step could not be rolled back", self->path);
    return false;
}

/* A step may be younger than one of a higher number: subjects grow side by side. */
static bool
has_step(GwSqlite *self, const GwMigration *step, bool *ret_has, GError **error)
{
    g_autoptr(GwStatement) query = gw_statement_new("SELECT count(*) FROM schema_step WHERE number = ?1");
    g_autoptr(GwRows) rows = NULL;

    gw_statement_int(query, step->number);
    if (!gw_sqlite_run(self, query, &rows, error))
        return false;
    *ret_has = gw_rows_int(rows, 0, 0) > 0;
    return true;
}

bool
gw_sqlite_migrate(GwSqlite *self, const GwMigration *steps, GError **error)
{
    g_autoptr(GwStatement) query = gw_statement_new("SELECT coalesce(max(number), 0) FROM schema_step");
    g_autoptr(GwRows) rows = NULL;
    unsigned newest = 0;

    if (!gw_sqlite_run(self, query, &rows, error))
        return false;
    unsigned applied = (unsigned)gw_rows_int(rows, 0, 0);
    for (const GwMigration *step = steps; step->number != 0; step++) {
        bool has = false;
        g_assert(step->number > newest);
        newest = step->number;
        if (!has_step(self, step, &has, error) || (!has && !run_step(self, step, error)))
            return false;
    }
    if (applied <= newest)
        return true;
    g_set_error(error, GW_STORE_ERROR, GW_STORE_ERROR_SCHEMA,
                "%s: made by a newer version of this program (schema %u, this one knows %u); start that version again",
                self->path, applied, newest);
    return false;
}

static sqlite3_stmt *
prepare(GwSqlite *self, const char *sql, GError **error)
{
    sqlite3_stmt *prepared = g_hash_table_lookup(self->prepared, sql);

    if (prepared != NULL)
        return prepared;
    int code = sqlite3_prepare_v3(self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &prepared, NULL);
    if (code != SQLITE_OK) {
        fail(self, code, error);
        return NULL;
    }
    if (g_hash_table_size(self->prepared) >= GW_SQLITE_MAX_PREPARED)
        g_hash_table_remove_all(self->prepared);
    g_hash_table_insert(self->prepared, (void *)sql, prepared);
    return prepared;
}

static int
bind(sqlite3_stmt *prepared, const GwStatement *statement)
{
    if (sqlite3_bind_parameter_count(prepared) != (int)statement->values->len)
        return SQLITE_RANGE;
    for (unsigned i = 0; i < statement->values->len; i++) {
        const GwValue *value = &g_array_index(statement->values, GwValue, i);
        int code = SQLITE_OK;

        if (value->type == GW_VALUE_INT)
            code = sqlite3_bind_int64(prepared, (int)i + 1, value->number);
        else if (value->type == GW_VALUE_TEXT)
            code = sqlite3_bind_text(prepared, (int)i + 1, value->text, -1, SQLITE_STATIC);
        else
            code = sqlite3_bind_null(prepared, (int)i + 1);
        if (code != SQLITE_OK)
            return code;
    }
    return SQLITE_OK;
}

static void
take_row(sqlite3_stmt *prepared, GwRows *rows)
{
    for (unsigned i = 0; i < rows->n_columns; i++) {
        int type = sqlite3_column_type(prepared, (int)i);
        GwValue value = { .type = type == SQLITE_NULL ? GW_VALUE_NULL : GW_VALUE_TEXT };

        if (type == SQLITE_INTEGER) {
            value.type = GW_VALUE_INT;
            value.number = sqlite3_column_int64(prepared, (int)i);
        } else if (type != SQLITE_NULL) {
            value.text = g_strdup((const char *)sqlite3_column_text(prepared, (int)i));
        }
        gw_rows_add_value(rows, value);
    }
}

static int
step_through(sqlite3_stmt *prepared, GwRows *rows)
{
    int code = sqlite3_step(prepared);

    for (unsigned n = 0; code == SQLITE_ROW; n++) {
        if (n == GW_SQLITE_MAX_ROWS)
            return SQLITE_TOOBIG;
        take_row(prepared, rows);
        code = sqlite3_step(prepared);
    }
    return code;
}

bool
gw_sqlite_run(GwSqlite *self, const GwStatement *statement, GwRows **ret_rows, GError **error)
{
    sqlite3_stmt *prepared = prepare(self, statement->sql, error);

    if (prepared == NULL)
        return false;

    g_autoptr(GwRows) rows = gw_rows_new((unsigned)sqlite3_column_count(prepared));
    int code = bind(prepared, statement);
    if (code == SQLITE_OK)
        code = step_through(prepared, rows);
    if (code != SQLITE_DONE) {
        g_set_error(error, GW_STORE_ERROR, classify(code), "%s: %s (%.80s)", self->path,
                    code == SQLITE_RANGE || code == SQLITE_TOOBIG ? sqlite3_errstr(code) : sqlite3_errmsg(self->db),
                    statement->sql);
    }
    sqlite3_reset(prepared);
    sqlite3_clear_bindings(prepared);
    if (code != SQLITE_DONE)
        return false;
    if (ret_rows != NULL)
        *ret_rows = g_steal_pointer(&rows);
    return true;
}
