#define G_LOG_DOMAIN "gateway.evidence"

#include "gateway/evidence/time-stamps.h"
#include "gateway/task.h"

#include <string.h>

#include "recorder/evidence/checkpoint.h"
#include "recorder/evidence/disk.h"
#include "recorder/evidence/timestamp.h"

enum {
    TIMEOUT_S = 30,
    RETRY_S = 60,
    MAX_RETRY_S = 3600,
};

/* A checkpoint that has no token yet. */
typedef struct {
    uint64_t size;
    char *session; /* NULL: of none */
    int64_t since_ms;
} Wanted;

struct GwTimeStamps {
    const Gateway *gateway; /* borrowed */
    char *archive_dir, *dir;
    GCancellable *gone;
    GQueue pending; /* Wanted, oldest first */
    bool asking, has_good;
    unsigned retry_source, hour_source, retry_s;
    uint64_t stamped, note_size; /* stamped: the largest that was asked for */
    char *note;                  /* the last checkpoint */
};

/* One question on its way: a thread has it. */
typedef struct {
    char **urls, *ca, *policy, *dir, *copy_dir;
    uint64_t size;
    char *answered_by;
    int64_t at_us;
} Asking;

static void
free_wanted(void *data)
{
    Wanted *wanted = data;

    g_free(wanted->session);
    g_free(wanted);
}

static void
free_asking(void *data)
{
    Asking *asking = data;

    gw_task_take();
    g_strfreev(asking->urls);
    g_free(asking->ca);
    g_free(asking->policy);
    g_free(asking->dir);
    g_free(asking->copy_dir);
    g_free(asking->answered_by);
    g_free(asking);
}

const char *
gw_time_stamp_state_to_string(GwTimeStampState state)
{
    static const char *const names[] = { "none", "pending", "good" };

    return names[state];
}

static bool
is_on(const GwTimeStamps *self)
{
    char **urls = self->gateway->config->evidence.tsa;

    return self->gateway->evidence != NULL && urls != NULL && urls[0] != NULL;
}

static char *
get_path(const char *dir, uint64_t size, const char *suffix)
{
    g_autofree char *name = g_strdup_printf("checkpoint-%" G_GUINT64_FORMAT "%s", size, suffix);

    return g_build_filename(dir, name, NULL);
}

/* A task's thread. */

static bool
write_both(const Asking *asking, const char *suffix, const void *bytes, size_t size, GError **error)
{
    const char *const dirs[] = { asking->dir, asking->copy_dir };

    for (unsigned i = 0; i < G_N_ELEMENTS(dirs) && dirs[i] != NULL; i++) {
        g_autofree char *path = get_path(dirs[i], asking->size, suffix);

        if (!rec_disk_make_folder(dirs[i], error) || !rec_disk_replace(path, bytes, size, 0600, error))
            return false;
    }
    return true;
}

static GBytes *
ask_one(const Asking *asking, const char *url, const RecSlice *note, int64_t *ret_at_us, GError **error)
{
    RecTimestampTrust trust = { .ca_path = asking->ca, .policy = asking->policy, .now_us = g_get_real_time() };
    RecTimestampQuery query;
    g_autoptr(GBytes) request = rec_timestamp_ask(note, &trust, &query, error);
    g_autoptr(GBytes) answer = request != NULL ? rec_timestamp_fetch(url, request, TIMEOUT_S, error) : NULL;

    if (answer == NULL)
        return NULL;
    const RecSlice response = { g_bytes_get_data(answer, NULL), g_bytes_get_size(answer) };
    trust.now_us = g_get_real_time();
    return rec_timestamp_check(&response, &query, &trust, ret_at_us, error) ? g_steal_pointer(&answer) : NULL;
}

static bool
ask_all(Asking *asking, GError **error)
{
    g_autofree char *path = get_path(asking->dir, asking->size, "");
    size_t size = 0;
    g_autofree char *note = rec_disk_read(path, REC_NOTE_MAX_BYTES, &size, error);
    const RecSlice slice = { note, size };

    if (note == NULL)
        return false;
    for (char **url = asking->urls; *url != NULL; url++) {
        g_clear_error(error);
        g_autoptr(GBytes) token = ask_one(asking, *url, &slice, &asking->at_us, error);
        if (token == NULL)
            continue;
        asking->answered_by = g_strdup(*url);
        return write_both(asking, "", note, size, error) &&
               write_both(asking, ".tsr", g_bytes_get_data(token, NULL), g_bytes_get_size(token), error);
    }
    return false;
}

static void
run_task(GTask *task, void *source, void *task_data, GCancellable *cancellable)
{
    gw_task_take();

    GError *error = NULL;

    (void)source;
    (void)cancellable;
    if (ask_all(task_data, &error))
        gw_task_return_true(task);
    else
        gw_task_return_error(task, error);
}

/* Main. */

static void
write_state(GwTimeStamps *self, const Wanted *wanted, const char *state, const char *url, const char *message)
{
    GwStatement *statement =
        gw_statement_new("INSERT INTO evidence_time (size, at_ms, session, state, url, message)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (size) DO UPDATE SET at_ms = excluded.at_ms,"
                         " session = coalesce(excluded.session, session), state = excluded.state, url = excluded.url,"
                         " message = excluded.message");

    gw_statement_int(statement, (int64_t)wanted->size);
    gw_statement_int(statement, g_get_real_time() / 1000);
    gw_statement_text(statement, wanted->session);
    gw_statement_text(statement, state);
    gw_statement_text(statement, url);
    gw_statement_text(statement, message);
    gw_store_run(self->gateway->store, statement, NULL, NULL);
}

static void ask_next(GwTimeStamps *self);

static gboolean
on_retry(void *data)
{
    GwTimeStamps *self = data;

    self->retry_source = 0;
    ask_next(self);
    return G_SOURCE_REMOVE;
}

static void
wait_a_while(GwTimeStamps *self)
{
    self->retry_s = self->retry_s == 0 ? RETRY_S : MIN(self->retry_s * 2, MAX_RETRY_S);
    self->retry_source = g_timeout_add_seconds(self->retry_s, on_retry, self);
}

static void
on_asked(GObject *source, GAsyncResult *result, void *data)
{
    gw_task_take();

    GwTimeStamps *self = data;
    const Asking *asking = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;
    bool good = g_task_propagate_boolean(G_TASK(result), &error);

    (void)source;
    if (g_cancellable_is_cancelled(g_task_get_cancellable(G_TASK(result))))
        return;
    self->asking = false;
    Wanted *wanted = g_queue_peek_head(&self->pending);
    write_state(self, wanted, good ? "good" : "pending", asking->answered_by, good ? NULL : error->message);
    gw_task_give();
    if (!good) {
        if (self->retry_s == 0)
            g_warning("no time stamp over the checkpoint of %" G_GUINT64_FORMAT " yet: %s", wanted->size,
                      error->message);
        wait_a_while(self);
        return;
    }
    self->retry_s = 0;
    self->has_good = true;
    free_wanted(g_queue_pop_head(&self->pending));
    ask_next(self);
}

static void
ask_next(GwTimeStamps *self)
{
    const GwEvidenceSettings *settings = &self->gateway->config->evidence;
    const Wanted *wanted = g_queue_peek_head(&self->pending);
    g_autoptr(GTask) task = NULL;
    Asking *asking = NULL;

    if (wanted == NULL || self->asking || self->retry_source != 0)
        return;
    asking = g_new0(Asking, 1);
    asking->urls = g_strdupv(settings->tsa);
    asking->ca = g_strdup(settings->tsa_ca);
    asking->policy = g_strdup(settings->tsa_policy);
    asking->dir = g_strdup(self->dir);
    asking->copy_dir =
        wanted->session != NULL ? g_build_filename(self->archive_dir, wanted->session, "time", NULL) : NULL;
    asking->size = wanted->size;
    self->asking = true;
    task = g_task_new(NULL, self->gone, on_asked, self);
    g_task_set_return_on_cancel(task, FALSE);
    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, asking, free_asking);
    gw_task_run(task, run_task);
}

static void
want(GwTimeStamps *self, const char *session, uint64_t size, int64_t since_ms)
{
    Wanted *wanted = g_new0(Wanted, 1);

    *wanted = (Wanted){ size, g_strdup(session), since_ms };
    self->stamped = MAX(self->stamped, size);
    g_queue_push_tail(&self->pending, wanted);
    if (self->pending.length > GW_TIME_STAMPS_MAX_PENDING)
        free_wanted(g_queue_pop_nth(&self->pending, 1)); /* the first one may be on its way */
}

/* A few hundred bytes; the checkpoint that is stamped must be there when the server answers. */
static bool
keep_checkpoint(GwTimeStamps *self)
{
    g_autofree char *path = get_path(self->dir, self->note_size, "");
    g_autoptr(GError) error = NULL;

    if (rec_disk_make_folder(self->dir, &error) && g_file_set_contents(path, self->note, -1, &error))
        return true;
    g_warning("no time stamp is asked for: %s", error->message);
    return false;
}

void
gw_time_stamps_add(GwTimeStamps *self, const char *session, uint64_t size)
{
    if (!is_on(self) || self->note == NULL || self->note_size < size || !keep_checkpoint(self))
        return;
    want(self, session, self->note_size, g_get_real_time() / 1000);
    write_state(self, g_queue_peek_tail(&self->pending), "pending", NULL, NULL);
    ask_next(self);
}

void
gw_time_stamps_tick(GwTimeStamps *self)
{
    if (self->note != NULL && self->note_size > self->stamped)
        gw_time_stamps_add(self, NULL, self->note_size);
}

static gboolean
on_hour(void *data)
{
    gw_time_stamps_tick(data);
    return G_SOURCE_CONTINUE;
}

static void
on_published(uint64_t size, const char *note, void *user_data)
{
    GwTimeStamps *self = user_data;

    g_free(self->note);
    self->note = g_strdup(note);
    self->note_size = size;
}

/* The store may answer when this has gone. */
typedef struct {
    GwTimeStamps *stamps;
    GCancellable *gone; /* a reference */
} Loading;

static void
on_loaded(GwRows *rows, const GError *error, void *user_data)
{
    g_autofree Loading *loading = user_data;
    g_autoptr(GCancellable) gone = loading->gone;
    GwTimeStamps *self = loading->stamps;

    if (error != NULL || g_cancellable_is_cancelled(gone))
        return;
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        want(self, gw_rows_text(rows, i, 1), (uint64_t)gw_rows_int(rows, i, 0), gw_rows_int(rows, i, 2));
    ask_next(self);
}

GwTimeStamps *
gw_time_stamps_new(const Gateway *gateway, const char *archive_dir)
{
    GwTimeStamps *self = g_new0(GwTimeStamps, 1);

    self->gateway = gateway;
    self->archive_dir = g_strdup(archive_dir);
    self->gone = g_cancellable_new();
    g_queue_init(&self->pending);
    if (!is_on(self))
        return self;
    Loading *loading = g_new(Loading, 1);
    *loading = (Loading){ self, g_object_ref(self->gone) };
    self->dir = g_build_filename(gw_evidence_get_log_dir(gateway->evidence), "time", NULL);
    gw_evidence_set_published_func(gateway->evidence, on_published, self);
    self->hour_source = g_timeout_add_seconds(GW_TIME_STAMPS_HOUR_S, on_hour, self);
    gw_store_run(gateway->store,
                 gw_statement_new(
                     "SELECT size, session, at_ms FROM evidence_time WHERE state = 'pending' ORDER BY size LIMIT 1000"),
                 on_loaded, loading);
    return self;
}

void
gw_time_stamps_free(GwTimeStamps *self)
{
    if (self == NULL)
        return;
    if (is_on(self))
        gw_evidence_set_published_func(self->gateway->evidence, NULL, NULL);
    g_cancellable_cancel(self->gone);
    g_object_unref(self->gone);
    g_clear_handle_id(&self->retry_source, g_source_remove);
    g_clear_handle_id(&self->hour_source, g_source_remove);
    g_queue_clear_full(&self->pending, free_wanted);
    g_free(self->archive_dir);
    g_free(self->dir);
    g_free(self->note);
    g_free(self);
}

GwTimeStampState
gw_time_stamps_get_state(const GwTimeStamps *self)
{
    if (!is_on(self))
        return GW_TIME_STAMP_NONE;
    return self->pending.length > 0 || !self->has_good ? GW_TIME_STAMP_PENDING : GW_TIME_STAMP_GOOD;
}

unsigned
gw_time_stamps_get_n_pending(const GwTimeStamps *self)
{
    return self->pending.length;
}

int64_t
gw_time_stamps_get_since_ms(const GwTimeStamps *self)
{
    const Wanted *oldest = g_queue_peek_head((GQueue *)&self->pending);

    return oldest != NULL ? oldest->since_ms : 0;
}

void
gw_time_stamps_retry(GwTimeStamps *self)
{
    g_clear_handle_id(&self->retry_source, g_source_remove);
    ask_next(self);
}
