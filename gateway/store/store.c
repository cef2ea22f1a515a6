#define G_LOG_DOMAIN "gateway.store"

#include "gateway/store/store.h"

#include <stdatomic.h>

#include "gateway/store/sqlite.h"

/* Jobs that share one transaction, and so one fdatasync. */
#define MAX_GROUP 256
/* How often what could not be written is tried again. */
#define RETRY_US (2 * G_USEC_PER_SEC)

G_DEFINE_QUARK(gw_store_error, gw_store_error)

/* One gw_store_run, _run_all or _query. Main builds it, the store thread runs it, main answers and frees it. */
typedef struct {
    GPtrArray *statements; /* GwStatement, owned */
    bool wants_rows;
    GwStoreDone done;
    void *user_data;
    GAsyncQueue *waiter; /* of gw_store_query; borrowed */
    GwRows *rows;
    GError *error;
    /* ThreadSanitizer cannot see GLib's queues; a release before each push and an acquire after each pop shows it the
     * hand-over. */
    atomic_bool published;
} Job;

/* Answers on their way to main; outlives the store when an idle source still holds it. */
typedef struct {
    GAsyncQueue *jobs;
    bool closed; /* main only */
} Outbox;

struct GwStore {
    /* constant after new */
    GMainContext *context;
    GAsyncQueue *jobs;
    Outbox *outbox;
    GThread *thread;
    Job end; /* pushed last: the thread leaves */
    /* store thread */
    GwSqlite *sqlite;
    GQueue kept; /* Job: writes that nobody waits for and the disk did not take, oldest first */
    bool gave_up;
    /* atomic */
    atomic_uint queued, n_kept;
    atomic_ullong run, failed;
    atomic_bool healthy;
};

static void
job_free(void *data)
{
    Job *job = data;

    g_ptr_array_unref(job->statements);
    gw_rows_free(job->rows);
    g_clear_error(&job->error);
    g_free(job);
}

static void
publish(GAsyncQueue *queue, Job *job)
{
    atomic_store_explicit(&job->published, true, memory_order_release);
    g_async_queue_push(queue, job);
}

static Job *
take(Job *job)
{
    if (job != NULL)
        g_assert(atomic_load_explicit(&job->published, memory_order_acquire));
    return job;
}

static void
outbox_clear(void *data)
{
    Outbox *outbox = data;

    g_async_queue_unref(outbox->jobs);
}

static void
outbox_unref(void *data)
{
    g_atomic_rc_box_release_full(data, outbox_clear);
}

static void
answer(Job *job)
{
    if (job->done != NULL)
        job->done(job->rows, job->error, job->user_data);
    else if (job->error != NULL)
        g_warning("a write failed: %s", job->error->message);
}

static gboolean
on_answers(void *data)
{
    Outbox *outbox = data;

    for (Job *job = take(g_async_queue_try_pop(outbox->jobs)); job != NULL;
         job = take(g_async_queue_try_pop(outbox->jobs))) {
        if (!outbox->closed)
            answer(job);
        job_free(job);
    }
    return G_SOURCE_REMOVE;
}

static void
wake_main(GwStore *self)
{
    g_autoptr(GSource) source = g_idle_source_new();

    g_source_set_priority(source, G_PRIORITY_DEFAULT);
    g_source_set_static_name(source, "store answers");
    g_source_set_callback(source, on_answers, g_atomic_rc_box_acquire(self->outbox), outbox_unref);
    g_source_attach(source, self->context);
}

static bool
run_statements(GwStore *self, Job *job)
{
    g_clear_pointer(&job->rows, gw_rows_free);
    g_clear_error(&job->error);
    for (unsigned i = 0; i < job->statements->len; i++) {
        if (!gw_sqlite_run(self->sqlite, job->statements->pdata[i], job->wants_rows ? &job->rows : NULL, &job->error))
            return false;
    }
    return true;
}

static void
roll_back(GwStore *self)
{
    g_autoptr(GError) error = NULL;

    if (gw_sqlite_in_transaction(self->sqlite) && !gw_sqlite_exec(self->sqlite, "ROLLBACK", &error))
        g_debug("roll back: %s", error->message);
}

/* In a transaction of its own; a single statement is one already. */
static void
run_alone(GwStore *self, Job *job)
{
    if (job->statements->len == 1) {
        if (!run_statements(self, job))
            roll_back(self);
        return;
    }
    if (!gw_sqlite_exec(self->sqlite, "BEGIN IMMEDIATE", &job->error) || !run_statements(self, job) ||
        !gw_sqlite_exec(self->sqlite, "COMMIT", &job->error)) {
        g_clear_pointer(&job->rows, gw_rows_free);
        roll_back(self);
    }
}

/* Inside the group's transaction. False: the engine is in trouble and the whole group must be run again, one by one. */
static bool
run_in_group(GwStore *self, Job *job)
{
    if (job->statements->len > 1 && !gw_sqlite_exec(self->sqlite, "SAVEPOINT job", NULL))
        return false;

    bool ran = run_statements(self, job);
    if (!ran && g_error_matches(job->error, GW_STORE_ERROR, GW_STORE_ERROR_UNAVAILABLE))
        return false;
    if (!gw_sqlite_in_transaction(self->sqlite))
        return false;
    if (job->statements->len == 1)
        return true;
    return gw_sqlite_exec(self->sqlite, ran ? "RELEASE job" : "ROLLBACK TO job; RELEASE job", NULL);
}

static bool
run_group(GwStore *self, GPtrArray *group)
{
    if (!gw_sqlite_exec(self->sqlite, "BEGIN IMMEDIATE", NULL))
        return false;
    for (unsigned i = 0; i < group->len; i++) {
        if (!run_in_group(self, group->pdata[i]))
            return false;
    }
    return gw_sqlite_exec(self->sqlite, "COMMIT", NULL);
}

static bool
is_unavailable(const Job *job)
{
    return g_error_matches(job->error, GW_STORE_ERROR, GW_STORE_ERROR_UNAVAILABLE);
}

/* A write of which nobody hears how it went: nobody else could repeat it. */
static bool
is_keepable(const Job *job)
{
    return job->done == NULL && job->waiter == NULL;
}

static void
keep(GwStore *self, Job *job)
{
    if (self->kept.length == 0)
        g_warning("what changes is kept and written later: %s", job->error->message);
    g_queue_push_tail(&self->kept, job);
    if (self->kept.length <= GW_STORE_MAX_QUEUED)
        return;
    job_free(g_queue_pop_head(&self->kept));
    atomic_fetch_add(&self->failed, 1);
    if (!self->gave_up)
        g_warning("more than %d writes wait for the disk: the oldest are given up", GW_STORE_MAX_QUEUED);
    self->gave_up = true;
}

static void
publish_answer(GwStore *self, Job *job)
{
    atomic_fetch_add(job->error == NULL ? &self->run : &self->failed, 1);
    publish(job->waiter != NULL ? job->waiter : self->outbox->jobs, job);
}

static void
finish(GwStore *self, Job *job)
{
    bool unavailable = is_unavailable(job), kept = unavailable && is_keepable(job);

    if (kept)
        keep(self, job);
    atomic_store(&self->n_kept, self->kept.length);
    atomic_store(&self->healthy, !unavailable && self->kept.length == 0);
    atomic_fetch_sub(&self->queued, 1);
    if (!kept)
        publish_answer(self, job);
}

static void
finish_group(GwStore *self, GPtrArray *group)
{
    for (unsigned i = 0; i < group->len; i++)
        finish(self, group->pdata[i]);
    if (group->len > 0)
        wake_main(self);
}

static void
run_jobs(GwStore *self, GPtrArray *group)
{
    if (group->len == 1) {
        run_alone(self, group->pdata[0]);
    } else if (group->len > 1 && !run_group(self, group)) {
        roll_back(self);
        for (unsigned i = 0; i < group->len; i++)
            run_alone(self, group->pdata[i]);
    }
}

/* The oldest ones, in order; false: the disk still takes nothing. */
static bool
retry_some(GwStore *self)
{
    g_autoptr(GPtrArray) group = g_ptr_array_new();

    for (GList *item = self->kept.head; item != NULL && group->len < MAX_GROUP; item = item->next)
        g_ptr_array_add(group, item->data);
    if (!run_group(self, group)) {
        roll_back(self);
        g_ptr_array_set_size(group, 1);
        run_alone(self, group->pdata[0]);
        if (is_unavailable(group->pdata[0]))
            return false;
    }
    for (unsigned i = 0; i < group->len; i++)
        publish_answer(self, g_queue_pop_head(&self->kept));
    wake_main(self);
    return true;
}

static void
retry(GwStore *self)
{
    if (self->kept.length == 0)
        return;
    while (self->kept.length > 0) {
        if (!retry_some(self))
            break;
    }
    atomic_store(&self->n_kept, self->kept.length);
    if (self->kept.length > 0)
        return;
    self->gave_up = false;
    atomic_store(&self->healthy, true);
    g_message("the index is written again");
}

/* What was kept comes before what is new. */
static void
run_in_turn(GwStore *self, GPtrArray *group)
{
    for (unsigned i = 0; self->kept.length > 0 && i < group->len;) {
        Job *job = group->pdata[i];

        if (!is_keepable(job)) {
            i++;
            continue;
        }
        g_ptr_array_remove_index(group, i);
        atomic_fetch_sub(&self->queued, 1);
        keep(self, job);
    }
    atomic_store(&self->n_kept, self->kept.length);
    run_jobs(self, group);
    finish_group(self, group);
}

/* Fills group with what waits; true: that was all, for good. */
static bool
take_group(GwStore *self, GPtrArray *group)
{
    Job *job =
        take(self->kept.length > 0 ? g_async_queue_timeout_pop(self->jobs, RETRY_US) : g_async_queue_pop(self->jobs));

    g_ptr_array_set_size(group, 0);
    while (job != NULL && job != &self->end && group->len < MAX_GROUP) {
        g_ptr_array_add(group, job);
        job = group->len < MAX_GROUP ? take(g_async_queue_try_pop(self->jobs)) : NULL;
    }
    return job == &self->end;
}

static void *
store_main(void *data)
{
    GwStore *self = data;
    g_autoptr(GPtrArray) group = g_ptr_array_new();
    int64_t tried_us = 0;
    bool ending = false;

    while (!ending) {
        ending = take_group(self, group);
        run_in_turn(self, group);
        if (ending || g_get_monotonic_time() - tried_us >= RETRY_US) {
            retry(self);
            tried_us = g_get_monotonic_time();
        }
    }
    if (self->kept.length > 0)
        g_warning("%u writes to the index could not be made before the end", self->kept.length);
    g_queue_clear_full(&self->kept, job_free);
    return NULL;
}

GwStore *
gw_store_new(const char *path, GError **error)
{
    g_autoptr(GwSqlite) sqlite = gw_sqlite_new(path, error);

    if (sqlite == NULL || !gw_sqlite_migrate(sqlite, gw_migrations_get(), error))
        return NULL;

    GwStore *self = g_new0(GwStore, 1);
    self->context = g_main_context_ref_thread_default();
    self->jobs = g_async_queue_new();
    self->outbox = g_atomic_rc_box_new0(Outbox);
    self->outbox->jobs = g_async_queue_new_full(job_free);
    self->sqlite = g_steal_pointer(&sqlite);
    atomic_init(&self->healthy, true);
    self->thread = g_thread_new("store", store_main, self);
    return self;
}

void
gw_store_free(GwStore *self)
{
    if (self == NULL)
        return;
    publish(self->jobs, &self->end);
    g_thread_join(self->thread);
    self->outbox->closed = true;
    outbox_unref(self->outbox);
    g_async_queue_unref(self->jobs);
    g_main_context_unref(self->context);
    gw_sqlite_free(self->sqlite);
    g_free(self);
}

static Job *
job_new(GPtrArray *statements, GwStoreDone done, void *user_data)
{
    Job *job = g_new0(Job, 1);

    job->statements = statements;
    job->done = done;
    job->user_data = user_data;
    return job;
}

static void
submit(GwStore *self, Job *job)
{
    if (atomic_load(&self->queued) < GW_STORE_MAX_QUEUED) {
        atomic_fetch_add(&self->queued, 1);
        publish(self->jobs, job);
        return;
    }
    g_set_error(&job->error, GW_STORE_ERROR, GW_STORE_ERROR_UNAVAILABLE, "the store is behind by %u statements",
                GW_STORE_MAX_QUEUED);
    atomic_fetch_add(&self->failed, 1);
    publish(self->outbox->jobs, job);
    wake_main(self);
}

static GPtrArray *
only(GwStatement *statement)
{
    GPtrArray *statements = g_ptr_array_new_with_free_func((GDestroyNotify)gw_statement_free);

    g_ptr_array_add(statements, statement);
    return statements;
}

void
gw_store_run(GwStore *self, GwStatement *statement, GwStoreDone done, void *user_data)
{
    Job *job = job_new(only(statement), done, user_data);

    job->wants_rows = done != NULL;
    submit(self, job);
}

void
gw_store_run_all(GwStore *self, GPtrArray *statements, GwStoreDone done, void *user_data)
{
    g_ptr_array_set_free_func(statements, (GDestroyNotify)gw_statement_free);
    submit(self, job_new(statements, done, user_data));
}

GwRows *
gw_store_query(GwStore *self, GwStatement *statement, GError **error)
{
    g_autoptr(GAsyncQueue) waiter = g_async_queue_new();
    Job *job = job_new(only(statement), NULL, NULL);

    job->wants_rows = true;
    job->waiter = waiter;
    atomic_fetch_add(&self->queued, 1);
    publish(self->jobs, job);
    take(g_async_queue_pop(waiter));

    GwRows *rows = g_steal_pointer(&job->rows);
    if (job->error != NULL)
        g_propagate_error(error, g_steal_pointer(&job->error));
    job_free(job);
    return rows;
}

void
gw_store_flush(GwStore *self)
{
    do {
        g_autoptr(GError) error = NULL;
        g_autoptr(GwRows) rows = gw_store_query(self, gw_statement_new("SELECT 1"), &error);

        if (rows == NULL)
            g_debug("flush: %s", error->message);
        on_answers(self->outbox);
    } while (atomic_load(&self->queued) > 0);
}

void
gw_store_get_stats(GwStore *self, GwStoreStats *ret_stats)
{
    ret_stats->queued = atomic_load(&self->queued);
    ret_stats->kept = atomic_load(&self->n_kept);
    ret_stats->run = atomic_load(&self->run);
    ret_stats->failed = atomic_load(&self->failed);
    ret_stats->healthy = atomic_load(&self->healthy);
}
