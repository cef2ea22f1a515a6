#include <string.h>

#include "gateway/archive/archive-priv.h"

/* archive.* of the owner's command line. */

enum { MAX_LIST = 10000 };

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
on_list(GwRows *rows, const GError *error, void *user_data)
{
    Pending *pending = user_data;

    if (error != NULL)
        gw_admin_fail(pending->request, SIG_ERROR_UNAVAILABLE, "The index cannot be read: %s", error->message);
    else
        gw_admin_reply_object(pending->request, gw_archive_rows_to_json(pending->archive, rows));
    pending_free(pending);
}

static void
handle_list(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    GwArchive *self = user_data;
    GwArchiveQuery query = { .limit = MAX_LIST };

    (void)params;
    gw_store_run(self->gateway->store, gw_archive_query_to_statement(&query), on_list,
                 pending_new(self, request, NULL));
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
        g_autofree char *path = g_build_filename(folder, file->file, NULL);
        json_array_add_string_element(files, path);
    }
    result = json_object_new();
    json_object_set_array_member(result, "files", files);
    gw_admin_reply_object(pending->request, result);
}

static bool
is_id(const char *session)
{
    return session[0] != '.' &&
           strspn(session, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == strlen(session);
}

static void
handle_path(GwAdminRequest *request, JsonObject *params, void *user_data)
{
    const char *session = json_object_get_string_member(params, "session");

    if (!is_id(session)) {
        gw_admin_fail(request, SIG_ERROR_NOT_FOUND, "There is no such session: see \"archive list\".");
        return;
    }
    gw_archive_load(user_data, session, on_recording, pending_new(user_data, request, session), pending_free);
}

static const SigParam path_params[] = { { .name = "session", .type = SIG_TYPE_STRING, .min = 1, .max = 64 }, { NULL } };

static const GwAdminCommand rows[] = {
    { .name = "archive.list", .handle = handle_list },
    { .name = "archive.path", .params = path_params, .handle = handle_path },
    { NULL },
};

void
gw_archive_add_commands(GwArchive *self, GwAdmin *admin)
{
    gw_admin_add_commands(admin, rows, self);
}
