/* gateway/store/sqlite.h - the engine behind the store: one SQLite connection
 *
 * Ownership: the store. Thread: opened on main before the store thread starts, then that thread only; it blocks. */
#pragma once

#include "gateway/store/migrations.h"
#include "gateway/store/statement.h"

G_BEGIN_DECLS

typedef struct GwSqlite GwSqlite;

enum {
    GW_SQLITE_MAX_ROWS = 200000, /* of one answer: it is held in memory */
    GW_SQLITE_MAX_PREPARED = 512,
};

/* Fails with GW_STORE_ERROR_UNAVAILABLE (names the file) when it cannot be opened, is locked by another program or is
 * damaged. */
GwSqlite *gw_sqlite_new(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void gw_sqlite_free(GwSqlite *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwSqlite, gw_sqlite_free)

/* Runs the steps that have not been run here, each in a transaction. GW_STORE_ERROR_SCHEMA when the file has steps that
 * this program does not know. */
bool gw_sqlite_migrate(GwSqlite *self, const GwMigration *steps, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ret_rows may be NULL. */
bool gw_sqlite_run(GwSqlite *self, const GwStatement *statement, GwRows **ret_rows,
                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* BEGIN, COMMIT, ROLLBACK, SAVEPOINT ...; several statements, no values. */
bool gw_sqlite_exec(GwSqlite *self, const char *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;
bool gw_sqlite_in_transaction(const GwSqlite *self);

G_END_DECLS
