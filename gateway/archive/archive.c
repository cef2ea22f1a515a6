#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/archive.h"

#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/derivatives.h"
#include "gateway/archive/health.h"
#include "gateway/task.h"

enum { MAX_CACHED = 64, TICK_S = 10 };

GwEntry *
gw_archive_find(GwArchive *self, const char *session)
{
    return g_hash_table_lookup(self->entries, session);
}

GwStatement *
gw_archive_find_statement(const char *session)
{
    GwStatement *statement = gw_statement_new("SELECT " GW_ENTRY_COLUMNS " FROM recording WHERE session = ?1");

    gw_statement_text(statement, session);
    return statement;
}

char *
gw_archive_get_folder(GwArchive *self, const char *session)
{
    return g_build_filename(self->dir, session, NULL);
}

/* Who hears of it. */

enum { KEEPERS = GW_ACCESS_OFFICER | GW_ACCESS_SECURITY | GW_ACCESS_AUDITOR };

typedef struct {
    GwArchive *archive;
    const GwEntry *entry; /* NULL: that something waits */
    const char *unit;
} Telling;

static void
tell_client(SigClient *client, const GwIdentity *identity, void *user_data)
{
    const Telling *telling = user_data;
    GwPeople *people = telling->archive->gateway->people;

    if (identity->seat != GW_SEAT_CONSOLE)
        return;
    if (telling->entry == NULL || !gw_people_reaches(people, identity, GW_ACCESS_WATCH, telling->unit)) {
        /* Whom it concerns without being shown what is recorded. */
        if (gw_people_reaches(people, identity, KEEPERS, telling->unit))
            sig_client_notify(client, "archive.waiting", json_object_new());
        return;
    }
    JsonObject *params = json_object_new();
    json_object_set_object_member(params, "recording", gw_entry_to_json(telling->entry));
    sig_client_notify(client, "archive.changed", params);
}

void
gw_archive_tell(GwArchive *self, const GwEntry *entry)
{
    Telling telling = { self, entry, entry->unit };

    gw_people_foreach_client(self->gateway->people, tell_client, &telling);
}

void
gw_archive_tell_waiting(GwArchive *self, const char *unit)
{
    Telling telling = { self, NULL, unit };

    if (unit != NULL)
        gw_people_foreach_client(self->gateway->people, tell_client, &telling);
}

static void
on_changed(GwRows *rows, const GError *error, void *user_data)
{
    g_autoptr(GwEntry) entry = error == NULL && gw_rows_get_count(rows) > 0 ? gw_entry_from_row(rows, 0) : NULL;

    if (entry != NULL)
        gw_archive_tell(user_data, entry);
}

void
gw_archive_tell_changed(GwArchive *self, const char *session)
{
    gw_store_run(self->gateway->store, gw_archive_find_statement(session), on_changed, self);
}

void
gw_archive_write_entry(GwArchive *self, const GwEntry *entry)
{
    GPtrArray *statements = g_ptr_array_new();

    g_ptr_array_add(statements, gw_entry_to_statement(entry));
    gw_entry_add_person_statements(entry, statements);
    if (entry->state == GW_ENTRY_SEALED || entry->state == GW_ENTRY_NONE)
        gw_retention_add_rule(self, statements, entry);
    gw_store_run_all(self->gateway->store, statements, NULL, NULL);
}

void
gw_archive_write_and_tell(GwArchive *self, const GwEntry *entry)
{
    gw_archive_write_entry(self, entry);
    gw_archive_tell(self, entry);
}

/* What sessions/ says. */

static GwEntry *
ensure_entry(GwArchive *self, GwSession *session)
{
    GwEntry *entry = gw_archive_find(self, gw_session_get_id(session));

    if (entry == NULL) {
        entry = gw_entry_new(gw_session_get_id(session));
        g_hash_table_insert(self->entries, entry->session, entry);
    }
    g_free(entry->unit);
    entry->unit = g_strdup(gw_session_get_unit(session));
    entry->recording_class = gw_session_get_class(session);
    entry->began_ms = gw_session_get_live_since_ms(session);
    g_free(entry->kind);
    entry->kind = g_strdup(gw_session_get_kind(session));
    gw_entry_set_card(entry, gw_session_get_card(session));
    return entry;
}

static void
on_live(GwSession *session, void *user_data)
{
    GwArchive *self = user_data;
    GwEntry *entry = ensure_entry(self, session);

    entry->state = entry->recording_class == GW_CLASS_RECORDED ? GW_ENTRY_RECORDING : GW_ENTRY_NONE;
    gw_archive_write_and_tell(self, entry);
}

static void
on_ended(GwSession *session, bool recorded, void *user_data)
{
    GwArchive *self = user_data;
    GwEntry *entry = NULL;

    if (gw_session_get_live_since_ms(session) == 0)
        return;
    entry = ensure_entry(self, session);
    entry->duration_ms = gw_session_get_ended_ms(session) - entry->began_ms;
    g_free(entry->end_cause);
    entry->end_cause = g_strdup(gw_session_get_end_cause(session));
    entry->state = recorded ? GW_ENTRY_SEALING : GW_ENTRY_NONE;
    gw_archive_write_and_tell(self, entry);
    entry->recovered = recorded && rec_journal_was_cut(self->journal, entry->session);
    if (recorded)
        rec_sealer_add(self->sealer, entry->session, entry->recovered);
    else
        g_hash_table_remove(self->entries, gw_session_get_id(session));
}

static const GwSessionsListener sessions_listener = { .live = on_live, .ended = on_ended };

/* Reading folders. */

typedef struct {
    GwArchive *archive;
    char *session, *folder;
    GwArchiveLoaded loaded;
    void *user_data;
    GDestroyNotify release;
} Loading;

static void
free_loading(void *data)
{
    Loading *loading = data;

    gw_task_take();
    if (loading->release != NULL)
        loading->release(loading->user_data);
    g_free(loading->session);
    g_free(loading->folder);
    g_free(loading);
}

static void
free_recording(void *recording)
{
    rec_recording_free(recording);
}

static void
run_load(GTask *task, void *source, void *task_data, GCancellable *cancellable)
{
    gw_task_take();

    GError *error = NULL;
    RecRecording *recording = rec_recording_load(((Loading *)task_data)->folder, &error);

    (void)source;
    (void)cancellable;
    if (recording == NULL)
        gw_task_return_error(task, error);
    else
        gw_task_return_pointer(task, recording, free_recording);
}

static void
on_loaded(GObject *source, GAsyncResult *result, void *data)
{
    gw_task_take();

    Loading *loading = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;
    RecRecording *recording = g_task_propagate_pointer(G_TASK(result), &error);

    (void)source;
    (void)data;
    if (g_cancellable_is_cancelled(g_task_get_cancellable(G_TASK(result)))) {
        g_clear_pointer(&recording, rec_recording_free);
        gw_task_give();
        return;
    }
    GwArchive *self = loading->archive;
    if (recording != NULL) {
        if (g_hash_table_size(self->cache) >= MAX_CACHED)
            g_hash_table_remove_all(self->cache);
        g_hash_table_replace(self->cache, g_strdup(loading->session), recording);
    }
    loading->loaded(recording, error, loading->user_data);
    gw_task_give();
}

void
gw_archive_load(GwArchive *self, const char *session, GwArchiveLoaded loaded, void *user_data, GDestroyNotify release)
{
    const RecRecording *known = g_hash_table_lookup(self->cache, session);
    g_autoptr(GTask) task = NULL;

    if (known != NULL) {
        loaded(known, NULL, user_data);
        if (release != NULL)
            release(user_data);
        return;
    }
    Loading *loading = g_new(Loading, 1);
    *loading = (Loading){ self, g_strdup(session), gw_archive_get_folder(self, session), loaded, user_data, release };
    task = g_task_new(NULL, self->gone, on_loaded, NULL);
    g_task_set_return_on_cancel(task, FALSE);
    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, loading, free_loading);
    gw_task_run(task, run_load);
}

/* At start. */

typedef struct {
    GwArchive *archive;
    char *session;
} Unknown;

static void
free_unknown(void *data)
{
    Unknown *unknown = data;

    g_free(unknown->session);
    g_free(unknown);
}

static void
on_unknown_loaded(const RecRecording *recording, const GError *error, void *user_data)
{
    const Unknown *unknown = user_data;
    g_autoptr(GwEntry) entry = gw_entry_new(unknown->session);

    if (recording == NULL) {
        g_warning("archive: %s: %s", unknown->session, error->message);
        return;
    }
    gw_entry_set_recording(entry, recording);
    g_message("archive: %s was not in the index: put into it", unknown->session);
    gw_archive_write_entry(unknown->archive, entry);
    /* What the store still knows of the session. */
    GwStatement *statement = gw_statement_new(
        "UPDATE recording SET card = coalesce((SELECT card FROM session WHERE id = ?1), card),"
        " unit = coalesce((SELECT unit FROM session WHERE id = ?1), unit), kind = coalesce((SELECT kind FROM session "
        "WHERE id = ?1), "
        "kind),"
        " search = search || ' ' || coalesce((SELECT card FROM session WHERE id = ?1), '') WHERE session = ?1");
    gw_statement_text(statement, unknown->session);
    gw_store_run(unknown->archive->gateway->store, statement, NULL, NULL);
}

static void
index_folder(GwArchive *self, const char *name)
{
    Unknown *unknown = g_new(Unknown, 1);

    *unknown = (Unknown){ self, g_strdup(name) };
    gw_archive_load(self, name, on_unknown_loaded, unknown, free_unknown);
}

/* Folders that the index does not know: made again from what is on disk. */
static void
index_folders(GwArchive *self)
{
    g_autoptr(GwRows) rows =
        gw_store_query(self->gateway->store, gw_statement_new("SELECT session FROM recording"), NULL);
    g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GDir) dir = g_dir_open(self->dir, 0, NULL);
    const char *name = NULL;

    if (rows == NULL || dir == NULL)
        return;
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        g_hash_table_add(known, (char *)gw_rows_text(rows, i, 0));
    while ((name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(self->dir, name, "recording.json", NULL);
        if (!g_hash_table_contains(known, name) && g_file_test(path, G_FILE_TEST_IS_REGULAR))
            index_folder(self, name);
    }
}

/* Entries that were not sealed when the service last stopped; returns those whose session had ended by itself. */
static GHashTable *
load_unsealed(GwArchive *self)
{
    GHashTable *ended = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GwRows) rows =
        gw_store_query(self->gateway->store,
                       gw_statement_new("SELECT " GW_ENTRY_COLUMNS ", (SELECT s.state FROM session s WHERE s.id ="
                                        " recording.session AND s.kind <> 'meeting') FROM recording"
                                        " WHERE state IN ('recording', 'sealing')"),
                       NULL);

    for (unsigned i = 0; rows != NULL && i < gw_rows_get_count(rows); i++) {
        GwEntry *entry = gw_entry_from_row(rows, i);
        g_hash_table_replace(self->entries, entry->session, entry);
        if (g_strcmp0(gw_rows_text(rows, i, GW_ENTRY_N_COLUMNS), "ended") == 0)
            g_hash_table_add(ended, g_strdup(entry->session));
    }
    return ended;
}

static void
start_clock(GwArchive *self)
{
    g_autoptr(GwRows) rows =
        gw_store_query(self->gateway->store, gw_statement_new("SELECT at_ms, stepped_ms FROM archive_clock"), NULL);

    if (rows != NULL)
        gw_clock_read_row(&self->clock, rows, gw_sessions_now_ms(self->sessions));
}

void
gw_archive_recover(GwArchive *self)
{
    g_autoptr(GHashTable) ended = load_unsealed(self);
    g_autoptr(GPtrArray) unsealed = rec_journal_list_unsealed(self->journal);

    for (guint i = 0; i < unsealed->len; i++) {
        const char *id = unsealed->pdata[i];
        GwSession *session = gw_sessions_find(self->sessions, id);
        if (session != NULL && gw_session_state_is_running(gw_session_get_state(session)))
            continue;
        GwEntry *entry = gw_archive_find(self, id);
        if (entry == NULL) {
            entry = gw_entry_new(id);
            entry->recording_class = GW_CLASS_RECORDED;
            g_hash_table_insert(self->entries, entry->session, entry);
        }
        entry->state = GW_ENTRY_SEALING;
        entry->recovered = !g_hash_table_contains(ended, id) || rec_journal_was_cut(self->journal, id);
        gw_archive_write_and_tell(self, entry);
        g_message("session %s: its recording is sealed now, %s", id, entry->recovered ? "recovered" : "as it ended");
        rec_sealer_add(self->sealer, id, entry->recovered);
    }
    index_folders(self);
    start_clock(self);
    /* What was being put together when the program ended is asked for anew. */
    gw_store_run(self->gateway->store, gw_statement_new("UPDATE export SET state = 'failed' WHERE state = 'preparing'"),
                 NULL, NULL);
    gw_derivatives_recover(self->jobs.derivatives);
}

/* Building. */

static void
free_entry(void *entry)
{
    gw_entry_free(entry);
}

static const GwArchiveMethod *const methods[] = {
    gw_archive_methods,  gw_views_methods,  gw_retention_methods, gw_holds_methods,       gw_requests_methods,
    gw_purge_methods,    gw_export_methods, gw_review_methods,    gw_draw_methods,        gw_remark_methods,
    gw_observed_methods, gw_verify_methods, gw_health_methods,    gw_derivatives_methods, gw_derive_methods,
};

static void
free_row(void *data)
{
    GwAskRow *row = data;

    g_free(row->params);
    g_free(row);
}

static GwAskRow *
add_row(GwArchive *self, const GwArchiveMethod *method)
{
    GwAskRow *row = g_new0(GwAskRow, 1);

    row->archive = self;
    row->run = method->run;
    row->access = method->method.access;
    g_ptr_array_add(self->rows, row);
    return row;
}

static void
add_to_server(GwArchive *self, SigServer *server)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(methods); i++) {
        for (const GwArchiveMethod *row = methods[i]; row->method.name != NULL; row++) {
            const SigMethod *const list[] = { &row->method, NULL };
            sig_server_add_methods(server, list, add_row(self, row));
        }
    }
    sig_server_add_events(server, gw_archive_events);
    sig_server_add_routes(server, gw_archive_routes, self);
    sig_server_add_routes(server, gw_export_routes, self);
    sig_server_add_routes(server, gw_snapshot_routes, self);
    sig_server_add_routes(server, gw_derivatives_routes, self);
    sig_server_add_routes(server, gw_note_routes, self);
}

const GwArchiveMethod *
gw_archive_find_method(const char *name)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(methods); i++) {
        for (const GwArchiveMethod *row = methods[i]; row->method.name != NULL; row++) {
            if (strcmp(row->method.name, name) == 0)
                return row;
        }
    }
    return NULL;
}

/* Those of the method, and who acts. */
static SigParam *
make_params(const SigParam *params, bool acts)
{
    static const SigParam who[] = {
        { .name = "by", .type = SIG_TYPE_STRING, .min = 1, .max = 64 },
        { .name = "password", .type = SIG_TYPE_STRING, .min = 1, .max = 256 },
    };
    g_autoptr(GArray) all = g_array_new(TRUE, TRUE, sizeof(SigParam));

    for (const SigParam *param = params; param != NULL && param->name != NULL; param++)
        g_array_append_vals(all, param, 1);
    if (acts)
        g_array_append_vals(all, who, G_N_ELEMENTS(who));
    return (SigParam *)g_array_free(g_steal_pointer(&all), FALSE);
}

void
gw_archive_add_commands(GwArchive *self, GwAdmin *admin)
{
    for (const GwArchiveCommand *command = gw_archive_commands; command->name != NULL; command++) {
        const GwArchiveMethod *method = gw_archive_find_method(command->method);
        GwAskRow *row = add_row(self, method);
        row->acts = command->acts;
        row->params = make_params(method->method.params, command->acts);
        row->commands[0] = (GwAdminCommand){ command->name, row->params, gw_ask_on_command };
        gw_admin_add_commands(admin, row->commands, row);
    }
    gw_archive_add_path_command(self, admin);
}

static gboolean
on_tick(void *data)
{
    GwArchive *self = data;

    gw_archive_tick(self);
    return G_SOURCE_CONTINUE;
}

void
gw_archive_tick(GwArchive *self)
{
    g_hash_table_remove_all(self->misses);
    gw_views_tick(self);
    gw_purges_tick(self);
    gw_draws_tick(self);
    gw_health_tick(self);
}

GwArchive *
gw_archive_new(const Gateway *gateway, GwSessions *sessions, RecJournal *journal, const RecSealerConfig *sealer)
{
    GwArchive *self = g_new0(GwArchive, 1);

    self->gateway = gateway;
    self->sessions = sessions;
    self->journal = journal;
    self->keyring = sealer->keyring;
    self->dir = g_strdup(sealer->archive_dir);
    self->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_entry);
    self->cache = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_recording);
    self->misses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    gw_looks_init(&self->looks);
    self->rows = g_ptr_array_new_with_free_func(free_row);
    self->gone = g_cancellable_new();
    self->manifests = gw_manifests_new(gateway, self->dir);
    self->stamps = gw_time_stamps_new(gateway, self->dir);
    gw_manifests_set_covered_func(self->manifests, gw_archive_on_covered, self);
    gw_health_open(self);
    self->sealer = rec_sealer_new(sealer, &gw_archive_sealer_events, self);
    self->jobs.derivatives = gw_derivatives_new(self, sealer);
    gw_sessions_set_listener(sessions, &sessions_listener, self);
    if (gateway->server != NULL)
        add_to_server(self, gateway->server);
    self->tick_source = g_timeout_add_seconds(TICK_S, on_tick, self);
    return self;
}

void
gw_archive_free(GwArchive *self)
{
    if (self == NULL)
        return;
    g_source_remove(self->tick_source);
    gw_views_flush(self);
    gw_sessions_set_listener(self->sessions, NULL, NULL);
    rec_sealer_free(self->sealer);
    gw_derivatives_free(self->jobs.derivatives);
    gw_manifests_free(self->manifests);
    gw_time_stamps_free(self->stamps);
    g_cancellable_cancel(self->gone);
    g_object_unref(self->gone);
    gw_health_close(self);
    gw_looks_clear(&self->looks);
    g_hash_table_unref(self->misses);
    g_hash_table_unref(self->cache);
    g_hash_table_unref(self->entries);
    g_ptr_array_unref(self->rows);
    g_free(self->dir);
    g_free(self);
}
