#define G_LOG_DOMAIN "gateway.archive"

#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/derivative-index.h"
#include "gateway/evidence/evidence.h"
#include "gateway/task.h"
#include "recorder/track.h"

/* rebuild-index of the owner's command line: the table of recordings is made again from their folders, and that of derivatives
 * from their records. What is in no folder (holds, reviews, remarks) is not touched; nothing is ever removed from the table. */

enum { MAX_SESSIONS = 1000000 };

typedef struct {
    GwArchive *archive; /* borrowed; gone when the task is cancelled */
    GwAdminRequest *request;
    char *dir, *log_dir; /* log_dir NULL: there is no log */
    bool dry_run;
    GPtrArray *entries;     /* GwEntry, owned: as the folders say */
    GPtrArray *derivatives; /* JsonObject, owned: as their records say */
    JsonArray *changes;     /* owned */
} Rebuild;

static void
rebuild_free(Rebuild *self)
{
    g_clear_pointer(&self->entries, g_ptr_array_unref);
    g_clear_pointer(&self->derivatives, g_ptr_array_unref);
    g_clear_pointer(&self->changes, json_array_unref);
    g_free(self->dir);
    g_free(self->log_dir);
    g_free(self);
}

static void
free_entry(void *entry)
{
    gw_entry_free(entry);
}

static void
add_change(Rebuild *self, const char *session, const char *what)
{
    JsonObject *change = json_object_new();

    json_object_set_string_member(change, "session", session);
    json_object_set_string_member(change, "change", what);
    json_array_add_object_element(self->changes, change);
}

/* On another thread. */
static void
run(GTask *task, void *source, void *task_data, GCancellable *cancellable)
{
    gw_task_take();

    Rebuild *self = task_data;
    g_autoptr(GDir) dir = g_dir_open(self->dir, 0, NULL);
    g_autoptr(RecLogReader) log = self->log_dir != NULL ? rec_log_reader_new(self->log_dir, NULL) : NULL;
    const char *name = NULL;

    (void)source;
    while (dir != NULL && self->entries->len < MAX_SESSIONS && !g_cancellable_is_cancelled(cancellable) &&
           (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *folder = g_build_filename(self->dir, name, NULL);
        g_autoptr(GError) error = NULL;
        if (!rec_id_is_valid(name))
            continue;
        g_autoptr(RecRecording) recording = rec_recording_load(folder, &error);
        if (recording == NULL) {
            add_change(self, name, error->message);
            continue;
        }
        GwEntry *entry = gw_entry_new(name);
        gw_entry_set_recording(entry, recording);
        g_ptr_array_add(self->entries, entry);
        gw_derivative_index_read(self->derivatives, folder, name, log);
    }
    gw_task_return_true(task);
}

/* What of an entry comes from its folder, as one text. */
static char *
describe(const GwEntry *entry)
{
    g_autoptr(JsonNode) node = entry->card != NULL ? json_node_init_object(json_node_alloc(), entry->card) : NULL;
    g_autofree char *card = node != NULL ? json_to_string(node, FALSE) : NULL;

    return g_strdup_printf("%s|%s|%d|%" G_GINT64_FORMAT "|%" G_GINT64_FORMAT "|%s|%d|%" G_GINT64_FORMAT "|%s",
                           entry->unit != NULL ? entry->unit : "", entry->kind, entry->state, entry->began_ms,
                           entry->duration_ms, entry->end_cause != NULL ? entry->end_cause : "", entry->recovered,
                           entry->bytes, card != NULL ? card : "");
}

/* Recordings of before say less of themselves: what the table knows is not forgotten. */
static void
keep_known(GwEntry *entry, const GwEntry *known)
{
    if (entry->card == NULL)
        gw_entry_set_card(entry, known->card);
    if (entry->unit == NULL)
        entry->unit = g_strdup(known->unit);
    if (entry->end_cause == NULL)
        entry->end_cause = g_strdup(known->end_cause);
    if (!entry->described) {
        g_free(entry->kind);
        entry->kind = g_strdup(known->kind);
    }
}

/* Whether the table has to be told. */
static bool
compare(Rebuild *self, GwEntry *entry, const GwEntry *known)
{
    if (known == NULL) {
        add_change(self, entry->session, "is not in the table");
        return true;
    }
    if (known->state != GW_ENTRY_SEALED && known->state != GW_ENTRY_FAILED)
        return false; /* it runs, is being sealed, or is about to be destroyed */
    keep_known(entry, known);
    g_autofree char *one = describe(entry), *other = describe(known);
    if (strcmp(one, other) == 0)
        return false;
    add_change(self, entry->session, "is not in the table as its folder says");
    return true;
}

static void
reply(Rebuild *self)
{
    GwAuditEntry entry = { .who = "owner", .action = "archive.rebuild-index" };
    JsonObject *answer = json_object_new(), *detail = json_object_new();

    if (!self->dry_run) {
        json_object_set_int_member(detail, "recordings", self->entries->len);
        json_object_set_int_member(detail, "changes", json_array_get_length(self->changes));
        gw_audit_add(self->archive->gateway->audit, &entry, detail);
    } else {
        json_object_unref(detail);
    }
    json_object_set_int_member(answer, "recordings", self->entries->len);
    json_object_set_array_member(answer, "changes", g_steal_pointer(&self->changes));
    gw_admin_reply_object(self->request, answer);
}

static void
on_derivatives(GwRows *rows, const GError *error, void *user_data)
{
    Rebuild *self = user_data;
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    if (error != NULL) {
        gw_admin_fail(self->request, SIG_ERROR_UNAVAILABLE, "The index cannot be read: %s", error->message);
        rebuild_free(self);
        return;
    }
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        g_hash_table_add(known, g_strdup(gw_rows_text(rows, i, 0)));
    for (guint i = 0; i < self->derivatives->len; i++) {
        JsonObject *record = self->derivatives->pdata[i];
        const char *id = gw_derivative_index_get_id(record);
        g_autofree char *change = g_strdup_printf("its derivative %s is not in the table", id);
        if (g_hash_table_contains(known, id))
            continue;
        add_change(self, json_object_get_string_member(record, "session"), change);
        if (!self->dry_run)
            gw_store_run(self->archive->gateway->store, gw_derivative_index_add_statement(record), NULL, NULL);
    }
    reply(self);
    rebuild_free(self);
}

static void
on_rows(GwRows *rows, const GError *error, void *user_data)
{
    Rebuild *self = user_data;
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_entry);

    if (error != NULL) {
        gw_admin_fail(self->request, SIG_ERROR_UNAVAILABLE, "The index cannot be read: %s", error->message);
        rebuild_free(self);
        return;
    }
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        GwEntry *entry = gw_entry_from_row(rows, i);
        g_hash_table_replace(known, entry->session, entry);
    }
    for (guint i = 0; i < self->entries->len; i++) {
        GwEntry *entry = self->entries->pdata[i];
        if (compare(self, entry, g_hash_table_lookup(known, entry->session)) && !self->dry_run)
            gw_archive_write_entry(self->archive, entry);
        g_hash_table_remove(known, entry->session);
    }
    GHashTableIter iter;
    void *left = NULL;
    g_hash_table_iter_init(&iter, known);
    while (g_hash_table_iter_next(&iter, NULL, &left)) {
        if (((GwEntry *)left)->state == GW_ENTRY_SEALED)
            add_change(self, ((GwEntry *)left)->session, "is in the table, and its folder is not there");
    }
    gw_store_run(self->archive->gateway->store, gw_statement_new("SELECT id FROM derivative"), on_derivatives, self);
}

static void
on_read(GObject *source, GAsyncResult *result, void *data)
{
    gw_task_take();

    Rebuild *self = data;

    (void)source;
    if (g_cancellable_is_cancelled(g_task_get_cancellable(G_TASK(result)))) {
        rebuild_free(self);
        return;
    }
    gw_store_run(self->archive->gateway->store, gw_statement_new("SELECT " GW_ENTRY_COLUMNS " FROM recording"), on_rows,
                 self);
}

void
gw_archive_handle_rebuild(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwArchive *archive = user_data;
    Rebuild *self = g_new0(Rebuild, 1);
    g_autoptr(GTask) task = g_task_new(NULL, archive->gone, on_read, self);

    self->archive = archive;
    self->request = request;
    self->dir = g_strdup(archive->dir);
    if (archive->gateway->evidence != NULL)
        self->log_dir = g_strdup(gw_evidence_get_log_dir(archive->gateway->evidence));
    self->dry_run = json_object_get_boolean_member_with_default(params, "dry_run", FALSE);
    self->entries = g_ptr_array_new_with_free_func(free_entry);
    self->derivatives = g_ptr_array_new_with_free_func((GDestroyNotify)json_object_unref);
    self->changes = json_array_new();
    g_task_set_return_on_cancel(task, FALSE);
    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, self, NULL);
    gw_task_run(task, run);
}
