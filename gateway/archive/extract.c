#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/task.h"
#include "recorder/keyring.h"
#include "recorder/recording.h"
#include "recorder/track.h"

/* archive.extract of the owner's command line: a recording in the clear, for programs that know nothing of us. Why, and who, is
 * written down before anything is given out. */

typedef struct {
    GwAdminRequest *request;
    char *session, *from, *to;
    bool has_key;
    RecKey key;
} Extraction;

static void
extraction_free(void *data)
{
    Extraction *self = data;

    gw_task_take();
    rec_key_clear(&self->key);
    g_free(self->session);
    g_free(self->from);
    g_free(self->to);
    g_free(self);
}

static bool
copy_plain(const Extraction *self, const char *name, GError **error)
{
    g_autofree char *path = g_build_filename(self->to, name, NULL);
    g_autoptr(RecVault) file = rec_vault_open(self->from, name, NULL, error);

    return file != NULL && rec_vault_extract(file, path, error);
}

static bool
extract_all(const Extraction *self, JsonArray *paths, GError **error)
{
    g_autoptr(RecRecording) recording = rec_recording_load(self->from, error);
    g_autofree char *leaves = g_build_filename(self->from, REC_LEAVES_JSONL, NULL);

    if (recording == NULL || !copy_plain(self, REC_RECORDING_JSON, error) ||
        (g_file_test(leaves, G_FILE_TEST_EXISTS) && !copy_plain(self, REC_LEAVES_JSONL, error)))
        return false;
    for (guint i = 0; i < recording->files->len; i++) {
        const RecFile *file = recording->files->pdata[i];
        g_autofree char *path = g_build_filename(self->to, file->file, NULL);
        g_autoptr(RecVault) vault = rec_vault_open(self->from, file->file, self->has_key ? &self->key : NULL, error);
        if (vault == NULL || !rec_vault_extract(vault, path, error))
            return false;
        json_array_add_string_element(paths, path);
    }
    return true;
}

static void
run(GTask *task, void *source, void *task_data, GCancellable *cancellable)
{
    gw_task_take();

    const Extraction *self = task_data;
    g_autoptr(JsonArray) paths = json_array_new();
    GError *error = NULL;

    (void)source;
    (void)cancellable;
    if (g_mkdir_with_parents(self->to, 0700) != 0) {
        int code = errno;
        g_task_return_new_error(task, G_FILE_ERROR, (int)g_file_error_from_errno(code), "cannot make the folder %s: %s",
                                self->to, g_strerror(code));
        return;
    }
    if (extract_all(self, paths, &error))
        gw_task_return_pointer(task, g_steal_pointer(&paths), (GDestroyNotify)json_array_unref);
    else
        gw_task_return_error(task, error);
}

static void
on_done(GObject *source, GAsyncResult *result, void *data)
{
    gw_task_take();

    Extraction *self = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;
    JsonArray *paths = g_task_propagate_pointer(G_TASK(result), &error);

    (void)source;
    (void)data;
    if (g_cancellable_is_cancelled(g_task_get_cancellable(G_TASK(result)))) {
        g_clear_pointer(&paths, json_array_unref);
        return;
    }
    if (paths == NULL) {
        gw_admin_fail(self->request, SIG_ERROR_UNAVAILABLE, "Nothing complete was extracted: %s", error->message);
        gw_task_give();
        return;
    }
    JsonObject *answer = json_object_new();
    json_object_set_array_member(answer, "files", paths);
    gw_admin_reply_object(self->request, answer);
    gw_task_give();
}

static void
on_audited(const GError *error, void *user_data)
{
    g_autoptr(GTask) task = user_data;
    Extraction *extraction = g_task_get_task_data(task);

    if (g_cancellable_is_cancelled(g_task_get_cancellable(task)))
        return;
    if (error == NULL) {
        gw_task_run(task, run);
        return;
    }
    gw_admin_fail(extraction->request, SIG_ERROR_UNAVAILABLE,
                  "Nothing was extracted, because it cannot be put on record: %s", error->message);
}

static void
audit(GwArchive *self, GTask *task, const char *reason)
{
    const Extraction *extraction = g_task_get_task_data(task);
    g_autofree char *object = g_strconcat("session:", extraction->session, NULL);
    GwAuditEntry entry = { .who = "owner", .action = "archive.extract", .object = object };
    JsonObject *detail = json_object_new();

    json_object_set_string_member(detail, "reason", reason);
    json_object_set_string_member(detail, "folder", extraction->to);
    gw_audit_add_then(self->gateway->audit, &entry, detail, on_audited, g_object_ref(task));
}

void
gw_archive_handle_extract(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwArchive *self = user_data;
    const char *session = json_object_get_string_member(params, "session");

    if (!rec_id_is_valid(session) || !g_path_is_absolute(json_object_get_string_member(params, "folder"))) {
        gw_admin_fail(request, SIG_ERROR_BAD_PARAMS, "SESSION is the id of a session, and DIR a folder.");
        return;
    }
    g_autoptr(GTask) task = g_task_new(NULL, self->gone, on_done, NULL);
    Extraction *extraction = g_new0(Extraction, 1);
    extraction->request = request;
    extraction->session = g_strdup(session);
    extraction->from = gw_archive_get_folder(self, session);
    extraction->to = g_strdup(json_object_get_string_member(params, "folder"));
    extraction->has_key = rec_keyring_get(self->gateway->keyring, session, &extraction->key, NULL);
    g_task_set_return_on_cancel(task, FALSE);
    g_task_set_check_cancellable(task, FALSE);
    g_task_set_task_data(task, extraction, extraction_free);
    audit(self, task, json_object_get_string_member(params, "reason"));
}
