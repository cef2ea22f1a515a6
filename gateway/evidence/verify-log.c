#define G_LOG_DOMAIN "gateway.evidence"

#include "gateway/evidence/verify-log.h"

#include <string.h>

#include "gateway/evidence/index.h"
#include "gateway/evidence/leaf.h"
#include "gateway/task.h"
#include "recorder/evidence/checkpoint.h"

enum { STEP = 5000 }; /* entries whose rows are in memory at once */

typedef struct {
    const Gateway *gateway; /* borrowed; not touched on the other thread */
    char *dir;
    RecKeys *keys;
    GwVerifyLogDone done;
    void *user_data;
    RecLogReader *reader;
    uint64_t at, size;
    GHashTable *rows; /* leaf -> row as text, of [at, at + STEP) */
} Verifying;

static void
finish(Verifying *self, const GError *error)
{
    self->done(self->at, error, self->user_data);
    g_clear_pointer(&self->reader, rec_log_reader_free);
    g_clear_pointer(&self->keys, rec_keys_unref);
    g_clear_pointer(&self->rows, g_hash_table_unref);
    g_free(self->dir);
    g_free(self);
}

static void
start(Verifying *self, GTaskThreadFunc run, GAsyncReadyCallback done)
{
    g_autoptr(GTask) task = g_task_new(NULL, NULL, done, self);

    g_task_set_task_data(task, self, NULL);
    gw_task_run(task, run);
}

static void
give(GTask *task, bool good, GError *error)
{
    if (good)
        gw_task_return_true(task);
    else
        gw_task_return_error(task, error);
}

/* Step by step: rows of the table on main, entries of the log on a thread. */

static bool
compare_entry(const Verifying *self, uint64_t index, GBytes *entry, GError **error)
{
    g_autofree char *expected = gw_index_describe_entry(entry);
    int64_t key = (int64_t)index;
    const char *row = g_hash_table_lookup(self->rows, &key);

    if (g_strcmp0(expected, row) == 0)
        return true;
    if (expected == NULL)
        g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID,
                    "the audit table has a row of entry %" G_GUINT64_FORMAT ", which is no audit entry", index);
    else if (row == NULL)
        g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID,
                    "the audit entry %" G_GUINT64_FORMAT " of the log is missing in the audit table", index);
    else
        g_set_error(error, REC_EVIDENCE_ERROR, REC_EVIDENCE_ERROR_INVALID,
                    "the audit table's row of entry %" G_GUINT64_FORMAT " is not what the log says", index);
    return false;
}

static void
run_compare(GTask *task, void *source, void *task_data, GCancellable *cancellable)
{
    gw_task_take();

    const Verifying *self = task_data;
    GError *error = NULL;
    bool good = true;

    (void)source;
    (void)cancellable;
    for (uint64_t i = self->at; good && i < MIN(self->at + STEP, self->size); i++) {
        g_autoptr(GBytes) entry = rec_log_reader_get_entry(self->reader, i, &error);
        good = entry != NULL && compare_entry(self, i, entry, &error);
    }
    give(task, good, error);
}

static void ask_rows(Verifying *self);

static void
on_compared(GObject *source, GAsyncResult *result, void *data)
{
    gw_task_take();

    Verifying *self = data;
    g_autoptr(GError) error = NULL;

    (void)source;
    if (!g_task_propagate_boolean(G_TASK(result), &error)) {
        finish(self, error);
        return;
    }
    self->at = MIN(self->at + STEP, self->size);
    if (self->at == self->size)
        finish(self, NULL);
    else
        ask_rows(self);
}

static void
on_rows(GwRows *rows, const GError *error, void *user_data)
{
    Verifying *self = user_data;

    if (error != NULL) {
        finish(self, error);
        return;
    }
    g_hash_table_remove_all(self->rows);
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        int64_t leaf = gw_rows_int(rows, i, 0);
        g_hash_table_insert(self->rows, g_memdup2(&leaf, sizeof leaf), gw_index_describe_row(rows, i));
    }
    start(self, run_compare, on_compared);
}

static void
ask_rows(Verifying *self)
{
    GwStatement *statement = gw_statement_new("SELECT leaf, at_ms, who, action, object, detail, address FROM audit"
                                              " WHERE leaf >= ?1 AND leaf < ?2");

    gw_statement_int(statement, (int64_t)self->at);
    gw_statement_int(statement, (int64_t)MIN(self->at + STEP, self->size));
    gw_store_run(self->gateway->store, statement, on_rows, self);
}

/* First the log by itself. */
static void
run_log(GTask *task, void *source, void *task_data, GCancellable *cancellable)
{
    gw_task_take();

    Verifying *self = task_data;
    GError *error = NULL;

    (void)source;
    (void)cancellable;
    self->reader = rec_log_reader_new(self->dir, &error);
    const char *note = self->reader != NULL ? rec_log_reader_get_note(self->reader) : NULL;
    bool good = note != NULL && rec_checkpoint_verify(note, strlen(note), self->keys, &error) &&
                rec_log_reader_verify(self->reader, NULL, NULL, &error);
    give(task, good, error);
}

static void
on_log(GObject *source, GAsyncResult *result, void *data)
{
    gw_task_take();

    Verifying *self = data;
    g_autoptr(GError) error = NULL;

    (void)source;
    if (!g_task_propagate_boolean(G_TASK(result), &error)) {
        finish(self, error);
        return;
    }
    self->size = rec_log_reader_get_size(self->reader);
    ask_rows(self);
}

static void
on_published(uint64_t size, const GError *error, void *user_data)
{
    (void)size;
    if (error != NULL)
        finish(user_data, error);
    else
        start(user_data, run_log, on_log);
}

void
gw_verify_log(const Gateway *gateway, GwVerifyLogDone done, void *user_data)
{
    Verifying *self = g_new0(Verifying, 1);

    self->gateway = gateway;
    self->dir = g_strdup(gw_evidence_get_log_dir(gateway->evidence));
    self->keys = gw_evidence_get_keys(gateway->evidence);
    self->done = done;
    self->user_data = user_data;
    self->rows = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    gw_evidence_publish(gateway->evidence, on_published, self);
}
