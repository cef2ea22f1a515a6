#include "gateway/archive/archive-priv.h"
#include "recorder/vault.h"

/* archive.* of the owner's command line. */

typedef struct {
    GwArchive *archive;
    GwAdminRequest *request;
    char *session;
} Pending;

static Pending *
pending_new(GwArchive *self, GwAdminRequest *request, const char *session)
{
    Pending *pending = g_new(Pending, 1);

    *pending = (Pending){ self, request, g_strdup(session) };
    return pending;
}

static void
pending_free(void *data)
{
    Pending *pending = data;

    g_free(pending->session);
    g_free(pending);
}

static void
on_recording(const RecRecording *recording, const GError *error, void *user_data)
{
    Pending *pending = user_data;
    g_autofree char *folder = gw_archive_get_folder(pending->archive, pending->session);
    JsonArray *files = NULL;
    JsonObject *result = NULL;

    if (recording == NULL) {
        gw_admin_fail(pending->request, SIG_ERROR_NOT_FOUND, "There is no sealed recording of this session: %s",
                      error->message);
        return;
    }
    files = json_array_new();
    for (guint i = 0; i < recording->files->len; i++) {
        const RecFile *file = recording->files->pdata[i];
        g_autofree char *path = rec_vault_find(folder, file->file);
        json_array_add_string_element(files, path);
    }
    result = json_object_new();
    json_object_set_array_member(result, "files", files);
    gw_admin_reply_object(pending->request, result);
}

static void
on_session(GwRows *rows, const GError *error, void *user_data)
{
    Pending *pending = user_data;

    if (error != NULL || gw_rows_get_count(rows) == 0) {
        gw_admin_fail(pending->request, error != NULL ? SIG_ERROR_UNAVAILABLE : SIG_ERROR_NOT_FOUND,
                      error != NULL ? "The index cannot be read." : "There is no such session: see \"archive list\".");
        pending_free(pending);
        return;
    }
    g_free(pending->session);
    pending->session = g_strdup(gw_rows_text(rows, 0, 0));
    gw_archive_load(pending->archive, pending->session, on_recording, pending, pending_free);
}

/* By id, or by the name of the last session that had it. */
static void
handle_path(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwArchive *self = user_data;
    const char *session = json_object_get_string_member(params, "session");
    GwStatement *statement =
        gw_statement_new("SELECT recording.session FROM recording LEFT JOIN session ON session.id = recording.session"
                         " WHERE recording.session = ?1 OR session.slug = ?1 ORDER BY began_ms DESC LIMIT 1");

    gw_statement_text(statement, session);
    gw_store_run(self->gateway->store, statement, on_session, pending_new(self, request, session));
}

static const SigParam path_params[] = { { .name = "session", .type = SIG_TYPE_STRING, .min = 1, .max = 64 }, { NULL } };

static const SigParam extract_params[] = { { .name = "session", .type = SIG_TYPE_STRING, .min = 1, .max = 64 },
                                           { .name = "folder", .type = SIG_TYPE_STRING, .min = 1, .max = 4000 },
                                           { .name = "reason", .type = SIG_TYPE_STRING, .min = 1, .max = 1000 },
                                           { NULL } };

static const SigParam rebuild_params[] = { { .name = "dry_run", .type = SIG_TYPE_BOOLEAN, .optional = true },
                                           { NULL } };

static const GwAdminCommand rows[] = {
    { .name = "archive.extract", .params = extract_params, .handle = gw_archive_handle_extract },
    { .name = "archive.rebuild", .params = rebuild_params, .handle = gw_archive_handle_rebuild },
    { .name = "archive.path", .params = path_params, .handle = handle_path },
    { NULL },
};

void
gw_archive_add_path_command(GwArchive *self, GwAdmin *admin)
{
    gw_admin_add_commands(admin, rows, self);
}

const GwArchiveCommand gw_archive_commands[] = {
    { "archive.list", "archive.list", false },
    { "archive.show", "archive.get", false },
    { "archive.views", "archive.views", false },
    { "archive.verify", "archive.verify", false },
    { "archive.classes", "archive.classes", false },
    { "archive.holds", "archive.holds", false },
    { "archive.health", "archive.health", false },
    { "archive.requests", "archive.requests", false },
    { "archive.purges", "archive.purges", false },
    { "archive.purge", "archive.purge-get", false },
    { "archive.exports", "archive.exports", false },
    { "archive.reviews", "archive.reviews", false },
    { "archive.draws", "archive.draws", false },
    { "archive.draw-replay", "archive.draw-replay", false },
    { "archive.observed", "archive.observed", false },
    { "archive.remarks", "archive.remarks", false },
    { "archive.hold", "archive.hold", true },
    { "archive.lift-hold", "archive.lift-hold", true },
    { "archive.retention", "archive.retention", true },
    { "archive.approve", "archive.approve", true },
    { "archive.refuse", "archive.refuse", true },
    { "archive.purge-plan", "archive.purge-plan", true },
    { "archive.purge-approve", "archive.purge-approve", true },
    { "archive.purge-undo", "archive.purge-undo", true },
    { "archive.derivatives", "archive.derivatives", false },
    { "archive.composite", "archive.composite", true },
    { "archive.redact", "archive.redact", true },
    { "archive.derivative-cancel", "archive.derivative-cancel", true },
    { "archive.derivative-remove", "archive.derivative-remove", true },
    { "archive.export", "archive.export", true },
    { "archive.review-take", "archive.review-take", true },
    { "archive.review-finish", "archive.review-finish", true },
    { "archive.draw", "archive.review-draw", true },
    { "archive.remark", "archive.remark", true },
    { "archive.remark-reply", "archive.remark-reply", true },
    { NULL },
};
