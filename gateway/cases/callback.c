#define G_LOG_DOMAIN "gateway.cases"

#include <string.h>

#include "gateway/cases/cases-priv.h"
#include "gateway/cases/post.h"
#include "gateway/task.h"
#include "recorder/evidence/manifest.h"
#include "signaling/json.h"

/* What came of a case goes back to its platform, until it says that it has it: the waits double up to an hour. A recording that is
 * being sealed is waited for, so that its sum goes along; not for ever. */

enum {
    FIRST_WAIT_MS = 2000,
    LONGEST_WAIT_MS = 3600 * 1000,
    SEAL_WAIT_MS = 15 * 60 * 1000,
    SEAL_LOOK_MS = 2000,
    MAX_POSTING = 4,
};

void
gw_callback_free(void *data)
{
    GwCallback *self = data;

    g_free(self->case_id);
    g_free(self->platform);
    g_free(self->message);
    g_free(self);
}

/* A name of the machine's owner, from the configuration: an administrator of the pages cannot make this node talk to others. */
bool
gw_callback_check_url(const GwCases *self, const char *url, GError **error)
{
    g_autofree char *host = gw_post_get_host(url);
    char **hosts = self->gateway->config->cases.callback_hosts;

    if (host != NULL && hosts != NULL && g_strv_contains((const char *const *)hosts, host))
        return true;
    g_set_error_literal(
        error, SIG_ERROR, SIG_ERROR_BAD_PARAMS,
        "Results go to http:// or https:// addresses whose host (and port, where it is said) is in [cases] "
        "callback-hosts of the configuration.");
    return false;
}

JsonObject *
gw_callback_to_json(const GwCallback *self)
{
    JsonObject *object = gw_object_with_text("state", self->done ? "done" : "pending");

    json_object_set_int_member(object, "tries", self->tries);
    if (!self->done)
        json_object_set_int_member(object, "next_ms", self->next_ms);
    gw_object_set_text(object, "message", self->message);
    return object;
}

static void
write_state(GwCases *self, const GwCallback *callback)
{
    GwStatement *statement = gw_statement_new(
        "INSERT INTO location_callback (case_id, platform, state, tries, next_ms, made_ms, message)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (case_id) DO UPDATE SET state = excluded.state,"
        " tries = excluded.tries, next_ms = excluded.next_ms, message = excluded.message");

    gw_statement_text(statement, callback->case_id);
    gw_statement_text(statement, callback->platform);
    gw_statement_text(statement, callback->done ? "done" : "pending");
    gw_statement_int(statement, callback->tries);
    gw_statement_int(statement, callback->next_ms);
    gw_statement_int(statement, callback->made_ms);
    gw_statement_text(statement, callback->message);
    gw_store_run(self->gateway->store, statement, NULL, NULL);
}

bool
gw_callbacks_load(GwCases *self, GError **error)
{
    g_autoptr(GwRows) rows = gw_store_query(
        self->gateway->store,
        gw_statement_new("SELECT case_id, platform, state, tries, next_ms, made_ms, message FROM location_callback"),
        error);

    if (rows == NULL)
        return false;
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        GwCallback *callback = NULL;
        if (!g_hash_table_contains(self->by_id, gw_rows_text(rows, i, 0)))
            continue;
        callback = g_new0(GwCallback, 1);
        callback->case_id = g_strdup(gw_rows_text(rows, i, 0));
        callback->platform = g_strdup(gw_rows_text(rows, i, 1));
        callback->done = strcmp(gw_rows_text(rows, i, 2), "done") == 0;
        callback->tries = (unsigned)gw_rows_int(rows, i, 3);
        callback->next_ms = gw_rows_int(rows, i, 4);
        callback->made_ms = gw_rows_int(rows, i, 5);
        callback->message = g_strdup(gw_rows_text(rows, i, 6));
        g_hash_table_insert(self->callbacks, callback->case_id, callback);
    }
    return true;
}

void
gw_callbacks_add(GwCases *self, const GwCase *one)
{
    const GwPlatform *platform = g_hash_table_lookup(self->platforms, one->platform);
    GwCallback *callback = NULL;

    if (platform == NULL || platform->callback == NULL)
        return;
    callback = g_new0(GwCallback, 1);
    callback->case_id = g_strdup(one->id);
    callback->platform = g_strdup(platform->id);
    callback->made_ms = gw_cases_now_ms(self);
    callback->next_ms = callback->made_ms;
    g_hash_table_replace(self->callbacks, callback->case_id, callback);
    write_state(self, callback);
}

/* What is posted: IF1's fields of the action that closed the case, and all actions. */

static void
set_time(JsonObject *object, const char *name, int64_t ms)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(ms / 1000);
    g_autofree char *text = g_date_time_format_iso8601(time);

    if (ms != 0)
        json_object_set_string_member(object, name, text);
}

static void
set_outcome(JsonObject *object, const GwCaseAction *action)
{
    g_autofree char *result = g_strdelimit(g_strdup(action->result != NULL ? action->result : ""), "-", ' ');

    json_object_set_string_member(object, "action", action->action);
    gw_object_set_text(object, "result", result);
    set_time(object, "began", action->began_ms);
    set_time(object, "ended", action->ended_ms);
    gw_object_set_text(object, "recording_id", action->session);
    json_object_set_string_member(object, "officer", action->display);
}

static JsonObject *
make_body(const GwCase *one)
{
    JsonObject *body = gw_object_with_text("case_id", one->id);
    JsonArray *alarms = json_array_new(), *actions = json_array_new();

    for (guint i = 0; i < one->alarms->len; i++)
        json_array_add_string_element(alarms, ((GwCaseAlarm *)one->alarms->pdata[i])->alarm.id);
    for (guint i = 0; i < one->actions->len; i++) {
        const GwCaseAction *action = one->actions->pdata[i];
        JsonObject *row = json_object_new();
        set_outcome(row, action);
        json_array_add_object_element(actions, row);
    }
    json_object_set_array_member(body, "alarm_ids", alarms);
    json_object_set_string_member(body, "person_ref", one->person);
    set_outcome(body, gw_case_find_action(one, one->decided));
    json_object_set_string_member(body, "officer", one->display);
    gw_object_set_text(body, "note", one->note);
    set_time(body, "closed_at", one->closed_ms);
    json_object_set_array_member(body, "actions", actions);
    return body;
}

/* On a thread. */

typedef struct {
    char *case_id, *url, *key, *archive_dir;
    JsonObject *body;
    bool must_go; /* without sums that are not there yet */
    bool early;   /* nothing was sent: a recording is being sealed */
} Posting;

static void
free_posting(void *data)
{
    Posting *posting = data;

    gw_task_take();
    g_free(posting->case_id);
    g_free(posting->url);
    g_free(posting->key);
    g_free(posting->archive_dir);
    json_object_unref(posting->body);
    g_free(posting);
}

/* The sum of a recording's manifest, which covers all of it. False: it is not there. */
static bool
add_sum(const Posting *posting, JsonObject *object)
{
    const char *session = json_object_get_string_member_with_default(object, "recording_id", NULL);
    g_autofree char *path =
        session != NULL ? g_build_filename(posting->archive_dir, session, "manifest.json", NULL) : NULL;
    g_autofree char *text = NULL, *sum = NULL;
    gsize size = 0;

    if (path == NULL)
        return true;
    if (!g_file_get_contents(path, &text, &size, NULL) || size > REC_MANIFEST_MAX_BYTES)
        return false;
    sum = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)text, size);
    json_object_set_string_member(object, "sha256", sum);
    return true;
}

static bool
add_sums(const Posting *posting)
{
    JsonArray *actions = json_object_get_array_member(posting->body, "actions");
    bool all = add_sum(posting, posting->body);

    for (guint i = 0; i < json_array_get_length(actions); i++)
        all = add_sum(posting, json_array_get_object_element(actions, i)) && all;
    return all;
}

static void
run_posting(GTask *task, void *source, void *task_data, GCancellable *cancellable)
{
    gw_task_take();

    Posting *posting = task_data;
    g_autoptr(JsonNode) node = NULL;
    g_autofree char *text = NULL, *signature = NULL;
    GError *error = NULL;

    (void)source;
    (void)cancellable;
    posting->early = !add_sums(posting) && !posting->must_go;
    if (posting->early) {
        gw_task_return_true(task);
        return;
    }
    node = json_node_init_object(json_node_alloc(), posting->body);
    text = sig_json_to_text(node);
    signature =
        g_compute_hmac_for_string(G_CHECKSUM_SHA256, (const guchar *)posting->key, strlen(posting->key), text, -1);
    if (gw_post_json(posting->url, text, signature, &error))
        gw_task_return_true(task);
    else
        gw_task_return_error(task, error);
}

/* Main again. */

static void
note_delivered(GwCases *self, const GwCase *one, const GwCallback *callback)
{
    g_autofree char *object = g_strconcat("case:", one->id, NULL);
    JsonObject *detail = gw_object_with_text("platform", callback->platform);

    json_object_set_int_member(detail, "tries", callback->tries);
    gw_cases_note(self, &gw_actor_system, "case.delivered", object, detail);
}

static int64_t
get_wait_ms(unsigned tries)
{
    int64_t wait_ms = FIRST_WAIT_MS;

    for (unsigned i = 1; i < tries && wait_ms < LONGEST_WAIT_MS; i++)
        wait_ms *= 2;
    return MIN(wait_ms, LONGEST_WAIT_MS);
}

static void
take_outcome(GwCases *self, GwCallback *callback, const Posting *posting, const GError *error)
{
    const GwCase *one = g_hash_table_lookup(self->by_id, callback->case_id);

    callback->running = false;
    if (posting->early) {
        callback->next_ms = gw_cases_now_ms(self) + SEAL_LOOK_MS;
        return;
    }
    callback->tries++;
    callback->done = error == NULL;
    g_free(callback->message);
    callback->message = error != NULL ? g_strdup(error->message) : NULL;
    callback->next_ms = gw_cases_now_ms(self) + get_wait_ms(callback->tries);
    if (error != NULL && callback->tries == 1)
        g_warning("case %s: its result is not delivered yet: %s", callback->case_id, error->message);
    write_state(self, callback);
    if (callback->done)
        note_delivered(self, one, callback);
    gw_cases_tell(self, one);
}

static void
on_posted(GObject *source, GAsyncResult *result, void *data)
{
    gw_task_take();

    GTask *task = G_TASK(result);
    const Posting *posting = g_task_get_task_data(task);
    g_autoptr(GError) error = NULL;

    (void)source;
    g_task_propagate_boolean(task, &error);
    if (!g_cancellable_is_cancelled(g_task_get_cancellable(task))) {
        GwCases *self = data;
        GwCallback *callback = g_hash_table_lookup(self->callbacks, posting->case_id);
        self->n_posting--;
        if (callback != NULL)
            take_outcome(self, callback, posting, error);
    }
    gw_task_give();
}

static void
begin(GwCases *self, GwCallback *callback, const GwPlatform *platform)
{
    const GwCase *one = g_hash_table_lookup(self->by_id, callback->case_id);
    g_autoptr(GTask) task = NULL;
    Posting *posting = g_new0(Posting, 1);

    posting->case_id = g_strdup(callback->case_id);
    posting->url = g_strdup(platform->callback);
    posting->key = g_strdup(platform->token);
    posting->archive_dir = g_build_filename(self->gateway->config->data_dir, "archive", NULL);
    posting->body = make_body(one);
    posting->must_go = gw_cases_now_ms(self) - callback->made_ms >= SEAL_WAIT_MS;
    callback->running = true;
    self->n_posting++;
    task = g_task_new(NULL, self->gone, on_posted, self);
    g_task_set_return_on_cancel(task, FALSE);
    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, posting, free_posting);
    gw_task_run(task, run_posting);
}

void
gw_callbacks_tick(GwCases *self)
{
    int64_t now_ms = gw_cases_now_ms(self);
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->callbacks);
    while (self->n_posting < MAX_POSTING && g_hash_table_iter_next(&iter, NULL, &value)) {
        GwCallback *callback = value;
        const GwPlatform *platform = g_hash_table_lookup(self->platforms, callback->platform);
        bool due = !callback->done && !callback->running &&
                   (now_ms >= callback->next_ms || callback->next_ms - now_ms > LONGEST_WAIT_MS);
        if (due && platform != NULL && gw_callback_check_url(self, platform->callback, NULL))
            begin(self, callback, platform);
    }
}
