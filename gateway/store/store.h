/* gateway/store/store.h - the index: SQL behind one small interface, on a thread of its own
 *
 * One SQLite connection, on the store thread (3.40 has a WAL bug with two). Nobody waits for it: what is written is
 * queued in order, what is read is answered later on main. Live sessions go on when SQL is slow or gone: the queue is
 * bounded (GW_STORE_MAX_QUEUED), writes beyond it fail with UNAVAILABLE. Another engine (PostgreSQL) can be put behind
 * these functions; statements use ?1 ?2 ... and the common subset of SQL. Ownership: main. Thread: main, also
 * callbacks. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

#define GW_STORE_ERROR (gw_store_error_quark())

typedef enum {
    GW_STORE_ERROR_UNAVAILABLE, /* disk full, broken, queue full: try again later */
    GW_STORE_ERROR_CONFLICT,    /* a constraint: it is there already */
    GW_STORE_ERROR_SCHEMA,      /* the database is newer than this program */
    GW_STORE_ERROR_BUG,         /* the statement is wrong */
} GwStoreError;

GQuark gw_store_error_quark(void);

typedef struct GwStore GwStore;
typedef struct GwStatement GwStatement; /* SQL text with bound values, built on main, run once on the store thread */
typedef struct GwRows GwRows;           /* the answer: read-only table, complete in memory */

enum { GW_STORE_MAX_QUEUED = 10000 };

/* path: the database file (DIR/index.db), made with mode 0600 when missing; brings the schema up to date (numbered
 * migrations, each in one transaction). A damaged or locked file is UNAVAILABLE, a newer schema SCHEMA; messages name
 * the file. Blocks; for start-up. */
GwStore *gw_store_new(const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Runs what is queued; answers that main has not seen by then are dropped (so: flush first). */
void gw_store_free(GwStore *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwStore, gw_store_free)

/* sql must be a literal: it is kept by pointer and prepared once. */
GwStatement *gw_statement_new(const char *sql);
void gw_statement_free(GwStatement *self); /* only if it was never handed to the store */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwStatement, gw_statement_free)
void gw_statement_text(GwStatement *self, const char *value); /* binds the next parameter; NULL is SQL NULL; copied */
void gw_statement_int(GwStatement *self, int64_t value);
void gw_statement_null(GwStatement *self);

/* rows is NULL when error is set; both borrowed. */
typedef void (*GwStoreDone)(GwRows *rows, const GError *error, void *user_data);

/* Takes statement. done may be NULL: then a failure is logged and counted, and what a full or broken disk did not take is
 * kept (GW_STORE_MAX_QUEUED of them) and written, in order, when it can be. Statements run in order; several that wait
 * share one transaction (and one fdatasync), yet each fails alone. done is called from the loop, after the commit. */
void gw_store_run(GwStore *self, GwStatement *statement, GwStoreDone done, void *user_data);

/* Several statements in one transaction: all or none. Takes the array and its statements. done gets no rows. */
void gw_store_run_all(GwStore *self, GPtrArray *statements, GwStoreDone done, void *user_data);

/* Blocks until the answer is there; only for start-up, the command line and tests. */
GwRows *gw_store_query(GwStore *self, GwStatement *statement, GError **error) G_GNUC_WARN_UNUSED_RESULT;

unsigned gw_rows_get_count(const GwRows *self);
const char *gw_rows_text(const GwRows *self, unsigned row, unsigned column); /* NULL for SQL NULL */
int64_t gw_rows_int(const GwRows *self, unsigned row, unsigned column);
bool gw_rows_is_null(const GwRows *self, unsigned row, unsigned column);
void gw_rows_free(GwRows *self); /* of gw_store_query only */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(GwRows, gw_rows_free)

/* Blocks until everything that was queued, also by the answers themselves, has run and was answered; for the end and
 * for tests. Calls done functions. */
void gw_store_flush(GwStore *self);

typedef struct {
    unsigned queued, kept;
    uint64_t run, failed;
    bool healthy;
} GwStoreStats;

void gw_store_get_stats(GwStore *self, GwStoreStats *ret_stats);

G_END_DECLS
