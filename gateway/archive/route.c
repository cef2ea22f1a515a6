#define G_LOG_DOMAIN "gateway.archive"

#include <string.h>

#include "gateway/archive/archive-priv.h"

/* GET /api/v1/archive/{session}/{file}: only files that the recording names, only for whom its unit is below, and every look
 * is an audit entry with the range that was asked for. */

typedef struct {
    GwArchive *archive;
    SigHttp *http;
    GwAsker asker;
    char *session;
} Pending;

static void
pending_free(void *data)
{
    Pending *pending = data;

    gw_asker_clear(&pending->asker);
    g_free(pending->session);
    g_free(pending);
}

static void
not_found(Pending *pending)
{
    sig_http_fail(pending->http, SIG_ERROR_NOT_FOUND, "There is no such recording.");
    pending->http = NULL;
}

static const RecFile *
find_file(const RecRecording *recording, const char *name)
{
    for (guint i = 0; i < recording->files->len; i++) {
        const RecFile *file = recording->files->pdata[i];
        if (strcmp(file->file, name) == 0 && strchr(name, '/') == NULL)
            return file;
    }
    return NULL;
}

static void
audit(const Pending *pending, const RecFile *file)
{
    g_autofree char *object = g_strconcat("session:", pending->session, NULL);
    const char *range = sig_http_get_header(pending->http, "range");
    JsonObject *detail = json_object_new();
    GwAuditEntry entry = {
        .who = pending->asker.audit,
        .action = "archive.view",
        .object = object,
        .address = pending->asker.address,
    };

    json_object_set_string_member(detail, "file", file->file);
    if (range != NULL)
        json_object_set_string_member(detail, "range", range);
    gw_audit_add(pending->archive->gateway->audit, &entry, detail);
}

static void
on_recording(const RecRecording *recording, const GError *error, void *user_data)
{
    Pending *pending = user_data;
    const RecFile *file = NULL;

    if (recording == NULL) {
        g_warning("archive: %s: %s", pending->session, error->message);
        sig_http_fail(pending->http, SIG_ERROR_UNAVAILABLE, "The recording cannot be read from the archive.");
        return;
    }
    file = find_file(recording, sig_http_get_param(pending->http, "file"));
    if (file == NULL) {
        not_found(pending);
        return;
    }
    audit(pending, file);
    /* It never changes; only whom it was shown to may keep it. */
    sig_http_add_header(pending->http, "Cache-Control", "private, max-age=3600");
    gw_archive_reply_file(pending->archive, pending->http, pending->session, file);
}

static void
on_row(GwRows *rows, const GError *error, void *user_data)
{
    Pending *pending = user_data;
    g_autoptr(GwEntry) entry = NULL;

    if (error != NULL) {
        sig_http_fail(pending->http, SIG_ERROR_UNAVAILABLE, "The index cannot be read now: try again.");
        pending_free(pending);
        return;
    }
    if (gw_rows_get_count(rows) > 0)
        entry = gw_entry_from_row(rows, 0);
    if (entry == NULL || entry->state != GW_ENTRY_SEALED ||
        !gw_asker_covers(&pending->asker, pending->archive->gateway->people, entry->unit)) {
        not_found(pending);
        pending_free(pending);
        return;
    }
    gw_archive_load(pending->archive, pending->session, on_recording, pending, pending_free);
}

static void
handle_get(SigHttp *http, void *user_data)
{
    GwArchive *self = user_data;
    const GwIdentity *identity = gw_identity_of_http(http);
    Pending *pending = g_new0(Pending, 1);

    pending->archive = self;
    pending->http = http;
    pending->session = g_strdup(sig_http_get_param(http, "session"));
    if (identity != NULL)
        pending->asker = gw_asker_copy(identity, sig_http_get_address(http));
    gw_store_run(self->gateway->store, gw_archive_find_statement(pending->session), on_row, pending);
}

const SigRoute gw_archive_routes[] = {
    { "GET", "/api/v1/archive/{session}/{file}", GW_ACCESS_WATCH, 0, "A file of a recording, with Range.", handle_get },
    { NULL },
};
