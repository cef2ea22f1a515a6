#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/archive.h"

#include <string.h>

#include "gateway/archive/archive-priv.h"

enum { MAX_CACHED = 64 };

#define PROGRESS_STEP 0.1 /* people are told in tenths */

GwAsker
gw_asker_copy(const GwIdentity *identity, const char *address)
{
    return (GwAsker){
        .unit = g_strdup(identity->unit),
        .audit = g_strdup(identity->audit),
        .display = g_strdup(identity->display),
        .address = g_strdup(address),
    };
}

void
gw_asker_clear(GwAsker *asker)
{
    g_clear_pointer(&asker->unit, g_free);
    g_clear_pointer(&asker->audit, g_free);
    g_clear_pointer(&asker->display, g_free);
    g_clear_pointer(&asker->address, g_free);
}

/* What belongs to no unit (meetings) is the owner's alone. */
bool
gw_archive_covers(GwArchive *self, const GwAsker *asker, const char *unit)
{
    return asker->unit != NULL && unit != NULL && gw_people_covers(self->gateway->people, asker->unit, unit);
}

GwEntry *
gw_archive_find(GwArchive *self, const char *session)
{
    return g_hash_table_lookup(self->entries, session);
}

char *
gw_archive_get_folder(GwArchive *self, const char *session)
{
    return g_build_filename(self->dir, session, NULL);
}

/* Who hears of it. */

typedef struct {
    GwArchive *archive;
    const GwEntry *entry;
} Telling;

static void
tell_client(SigClient *client, const GwIdentity *identity, void *user_data)
{
    const Telling *telling = user_data;

    if (identity->seat != GW_SEAT_CONSOLE || (identity->access & GW_ACCESS_OFFICER) == 0 ||
        telling->entry->unit == NULL || identity->unit == NULL ||
        !gw_people_covers(telling->archive->gateway->people, identity->unit, telling->entry->unit))
        return;
    JsonObject *params = json_object_new();
    json_object_set_object_member(params, "recording", gw_entry_to_json(telling->entry));
    sig_client_notify(client, "archive.changed", params);
}

static void
tell(GwArchive *self, const GwEntry *entry)
{
    Telling telling = { self, entry };

    gw_people_foreach_client(self->gateway->people, tell_client, &telling);
}

static void
write_and_tell(GwArchive *self, const GwEntry *entry)
{
    gw_store_run(self->gateway->store, gw_entry_to_statement(entry), NULL, NULL);
    tell(self, entry);
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
    gw_entry_set_card(entry, gw_session_get_card(session));
    return entry;
}

static void
on_live(GwSession *session, void *user_data)
{
    GwArchive *self = user_data;
    GwEntry *entry = ensure_entry(self, session);

    entry->state = entry->recording_class == GW_CLASS_RECORDED ? GW_ENTRY_RECORDING : GW_ENTRY_NONE;
    write_and_tell(self, entry);
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
    write_and_tell(self, entry);
    entry->recovered = recorded && rec_journal_was_cut(self->journal, entry->session);
    if (recorded)
        rec_sealer_add(self->sealer, entry->session, entry->recovered);
    else
        g_hash_table_remove(self->entries, gw_session_get_id(session));
}

static const GwSessionsListener sessions_listener = { .live = on_live, .ended = on_ended };

/* What the sealer says. */

static void
on_progress(const char *session, double fraction, void *user_data)
{
    GwArchive *self = user_data;
    GwEntry *entry = gw_archive_find(self, session);

    if (entry == NULL || fraction - entry->progress < PROGRESS_STEP)
        return;
    entry->progress = fraction;
    gw_sessions_set_sealing(self->sessions, session, GW_RECORDING_SEALING, fraction);
    tell(self, entry);
}

typedef struct {
    GwArchive *archive;
    char *session;
} Sealed;

static void
free_sealed(void *data)
{
    Sealed *sealed = data;

    g_free(sealed->session);
    g_free(sealed);
}

static void
on_sealed_loaded(const RecRecording *recording, const GError *error, void *user_data)
{
    const Sealed *sealed = user_data;
    GwArchive *self = sealed->archive;
    GwEntry *entry = gw_archive_find(self, sealed->session);

    if (recording == NULL) {
        g_warning("session %s: its sealed recording cannot be read: %s", sealed->session, error->message);
        return;
    }
    rec_journal_set_sealed(self->journal, sealed->session);
    if (entry == NULL)
        return;
    gw_entry_set_recording(entry, recording);
    write_and_tell(self, entry);
    gw_sessions_set_sealing(self->sessions, sealed->session, GW_RECORDING_SEALED, 1);
    g_hash_table_remove(self->entries, sealed->session);
}

static void
on_sealed(const char *session, const char *path, void *user_data)
{
    Sealed *sealed = g_new(Sealed, 1);

    (void)path;
    *sealed = (Sealed){ user_data, g_strdup(session) };
    gw_archive_load(user_data, session, on_sealed_loaded, sealed, free_sealed);
}

static void
on_failed(const char *session, const GError *error, void *user_data)
{
    GwArchive *self = user_data;
    GwEntry *entry = gw_archive_find(self, session);

    g_critical("session %s: sealing has failed: %s", session, error->message);
    gw_sessions_set_sealing(self->sessions, session, GW_RECORDING_FAILED, 0);
    if (entry == NULL)
        return;
    entry->state = GW_ENTRY_FAILED;
    write_and_tell(self, entry);
}

static const RecSealerEvents sealer_events = { .progress = on_progress, .sealed = on_sealed, .failed = on_failed };

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
    GError *error = NULL;
    RecRecording *recording = rec_recording_load(((Loading *)task_data)->folder, &error);

    (void)source;
    (void)cancellable;
    if (recording == NULL)
        g_task_return_error(task, error);
    else
        g_task_return_pointer(task, recording, free_recording);
}

static void
on_loaded(GObject *source, GAsyncResult *result, void *data)
{
    Loading *loading = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;
    RecRecording *recording = g_task_propagate_pointer(G_TASK(result), &error);

    (void)source;
    (void)data;
    if (g_cancellable_is_cancelled(g_task_get_cancellable(G_TASK(result)))) {
        g_clear_pointer(&recording, rec_recording_free);
        return;
    }
    GwArchive *self = loading->archive;
    if (recording != NULL) {
        if (g_hash_table_size(self->cache) >= MAX_CACHED)
            g_hash_table_remove_all(self->cache);
        g_hash_table_replace(self->cache, g_strdup(loading->session), recording);
    }
    loading->loaded(recording, error, loading->user_data);
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
    g_task_run_in_thread(task, run_load);
}

/* At start. */

static void
on_unknown_loaded(const RecRecording *recording, const GError *error, void *user_data)
{
    const Sealed *unknown = user_data;
    g_autoptr(GwEntry) entry = gw_entry_new(unknown->session);

    if (recording == NULL) {
        g_warning("archive: %s: %s", unknown->session, error->message);
        return;
    }
    gw_entry_set_recording(entry, recording);
    g_message("archive: %s was not in the index: put into it", unknown->session);
    gw_store_run(unknown->archive->gateway->store, gw_entry_to_statement(entry), NULL, NULL);
    /* What the store still knows of the session. */
    GwStatement *statement = gw_statement_new(
        "UPDATE recording SET card = (SELECT card FROM session WHERE id = ?1),"
        " unit = (SELECT unit FROM session WHERE id = ?1),"
        " search = search || ' ' || coalesce((SELECT card FROM session WHERE id = ?1), '') WHERE session = ?1");
    gw_statement_text(statement, unknown->session);
    gw_store_run(unknown->archive->gateway->store, statement, NULL, NULL);
}

static void
index_folder(GwArchive *self, const char *name)
{
    Sealed *unknown = g_new(Sealed, 1);

    *unknown = (Sealed){ self, g_strdup(name) };
    gw_archive_load(self, name, on_unknown_loaded, unknown, free_sealed);
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
        if (g_strcmp0(gw_rows_text(rows, i, 9), "ended") == 0)
            g_hash_table_add(ended, g_strdup(entry->session));
    }
    return ended;
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
        write_and_tell(self, entry);
        g_message("session %s: its recording is sealed now, %s", id, entry->recovered ? "recovered" : "as it ended");
        rec_sealer_add(self->sealer, id, entry->recovered);
    }
    index_folders(self);
}

/* Building. */

static void
free_entry(void *entry)
{
    gw_entry_free(entry);
}

GwArchive *
gw_archive_new(const Gateway *gateway, GwSessions *sessions, RecJournal *journal, const RecSealerConfig *sealer)
{
    GwArchive *self = g_new0(GwArchive, 1);

    self->gateway = gateway;
    self->sessions = sessions;
    self->journal = journal;
    self->dir = g_strdup(sealer->archive_dir);
    self->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_entry);
    self->cache = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_recording);
    self->gone = g_cancellable_new();
    self->sealer = rec_sealer_new(sealer, &sealer_events, self);
    gw_sessions_set_listener(sessions, &sessions_listener, self);
    if (gateway->server != NULL) {
        sig_server_add_methods(gateway->server, gw_archive_methods, self);
        sig_server_add_events(gateway->server, gw_archive_events);
        sig_server_add_routes(gateway->server, gw_archive_routes, self);
    }
    return self;
}

void
gw_archive_free(GwArchive *self)
{
    if (self == NULL)
        return;
    gw_sessions_set_listener(self->sessions, NULL, NULL);
    rec_sealer_free(self->sealer);
    g_cancellable_cancel(self->gone);
    g_object_unref(self->gone);
    g_hash_table_unref(self->cache);
    g_hash_table_unref(self->entries);
    g_free(self->dir);
    g_free(self);
}
