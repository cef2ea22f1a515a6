#define G_LOG_DOMAIN "gateway.archive"

#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/folder.h"
#include "gateway/archive/picture.h"
#include "gateway/people/secret.h"

/* A picture of a moment, kept as evidence in the recording's folder: evidence/ID.png. It is on record, with its SHA-256, before
 * its row is there. */

enum { MAX_BYTES = 8 * 1024 * 1024, MAX_TRACK = 64, MAX_AT_MS = 86400000 };

static const char folder_name[] = "evidence";

#define COLUMNS "id, session, at_ms, track, display, made_ms, content_type, bytes, sha256, file"

static JsonObject *
row_to_json(const GwAsk *ask, const GwRows *rows, unsigned row)
{
    JsonObject *snapshot = json_object_new();
    g_autofree char *url = g_strconcat("/api/v1/snapshots/", gw_rows_text(rows, row, 0), NULL);

    (void)ask;
    gw_object_set_row_text(snapshot, "id", rows, row, 0);
    gw_object_set_row_text(snapshot, "session", rows, row, 1);
    gw_object_set_row_int(snapshot, "at_ms", rows, row, 2);
    gw_object_set_row_text(snapshot, "track", rows, row, 3);
    gw_object_set_row_text(snapshot, "by", rows, row, 4);
    gw_object_set_row_int(snapshot, "made_ms", rows, row, 5);
    gw_object_set_row_text(snapshot, "content_type", rows, row, 6);
    gw_object_set_row_int(snapshot, "bytes", rows, row, 7);
    gw_object_set_row_text(snapshot, "sha256", rows, row, 8);
    json_object_set_string_member(snapshot, "url", url);
    return snapshot;
}

void
gw_snapshots_show(GwAsk *ask, GwAskFunc next)
{
    static const GwAskShown shown = {
        .member = "snapshots",
        .select = "SELECT " COLUMNS " FROM snapshot WHERE session = ?1 ORDER BY at_ms, id LIMIT ?2",
        .to_json = row_to_json,
    };

    gw_ask_show(ask, &shown, next);
}

/* POST. ask->data: the GwFolder with the bytes, freed with the work. ask->detail: {content_type, sha256, file}. */

static void
on_written(GwAsk *ask, const GwRows *rows)
{
    json_object_set_object_member(ask->result, "snapshot", row_to_json(ask, rows, 0));
    gw_archive_tell_changed(ask->archive, ask->entry->session);
    gw_ask_reply(ask);
}

static void
write_row(GwAsk *ask)
{
    GwStatement *statement =
        gw_statement_new("INSERT INTO snapshot (id, session, at_ms, track, who, display, made_ms, content_type, bytes,"
                         " sha256, file) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) RETURNING " COLUMNS);

    gw_statement_text(statement, ask->id);
    gw_statement_text(statement, ask->entry->session);
    gw_statement_int(statement, gw_ask_get_int(ask, "at_ms"));
    gw_statement_text(statement, gw_ask_get(ask, "track"));
    gw_statement_text(statement, ask->asker.audit);
    gw_statement_text(statement, ask->asker.display);
    gw_statement_int(statement, gw_ask_now_ms(ask));
    gw_statement_text(statement, json_object_get_string_member(ask->detail, "content_type"));
    gw_statement_int(statement, json_object_get_int_member(ask->detail, "bytes"));
    gw_statement_text(statement, json_object_get_string_member(ask->detail, "sha256"));
    gw_statement_text(statement, json_object_get_string_member(ask->detail, "file"));
    gw_ask_query(ask, statement, on_written);
}

static void
on_added(GwAsk *ask, void *data, const GError *error)
{
    (void)data;
    if (error != NULL) {
        g_warning("archive: %s", error->message);
        gw_ask_fail(ask, SIG_ERROR_UNAVAILABLE, "The picture could not be written: try again.");
        return;
    }
    gw_ask_log(ask, "archive.snapshot", NULL, json_object_ref(ask->detail), write_row);
}

static void
snapshot_found(GwAsk *ask)
{
    GBytes *bytes = ask->data;
    GwFolder *folder = NULL;

    if (ask->entry->state != GW_ENTRY_SEALED || gw_ask_get_int(ask, "at_ms") > ask->entry->duration_ms) {
        g_bytes_unref(bytes);
        gw_ask_fail(ask, SIG_ERROR_STATE, "There is no such moment in a sealed recording.");
        return;
    }
    folder = gw_folder_new(ask->archive, ask->entry->session);
    folder->dir = g_strdup(folder_name);
    folder->name = g_strdup(json_object_get_string_member(ask->detail, "file"));
    folder->bytes = bytes;
    gw_work_run(ask, gw_folder_add_file, folder, gw_folder_free, on_added);
}

static void
post(GwAsk *ask)
{
    GBytes *bytes = ask->data;
    const char *content_type = gw_picture_check(bytes);
    g_autofree char *sum = NULL;
    g_autofree char *file = NULL;

    if (content_type == NULL || g_strcmp0(gw_ask_get(ask, "content_type"), content_type) != 0) {
        g_bytes_unref(bytes);
        gw_ask_fail(ask, SIG_ERROR_INVALID, "This is not a whole PNG, JPEG or WebP of its content type.");
        return;
    }
    ask->id = gw_secret_new_id("snapshot");
    sum = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, bytes);
    file = g_strdup_printf("%s.%s", ask->id, gw_picture_get_suffix(content_type));
    ask->detail = gw_object_with_text("snapshot", ask->id);
    json_object_set_string_member(ask->detail, "content_type", content_type);
    json_object_set_string_member(ask->detail, "sha256", sum);
    json_object_set_string_member(ask->detail, "file", file);
    json_object_set_int_member(ask->detail, "bytes", (int64_t)g_bytes_get_size(bytes));
    json_object_set_int_member(ask->detail, "at_ms", gw_ask_get_int(ask, "at_ms"));
    gw_ask_find(ask, gw_ask_get(ask, "session"), snapshot_found);
}

static void
handle_post(SigHttp *http, void *user_data)
{
    const GwAskRow row = { .archive = user_data, .run = post };
    const char *at = sig_http_get_query(http, "at_ms"), *track = sig_http_get_query(http, "track");
    g_autoptr(JsonObject) params = gw_object_with_text("session", sig_http_get_param(http, "session"));
    uint64_t at_ms = 0;

    if (at == NULL || !g_ascii_string_to_unsigned(at, 10, 0, MAX_AT_MS, &at_ms, NULL) ||
        (track != NULL && strlen(track) > MAX_TRACK)) {
        sig_http_fail(http, SIG_ERROR_BAD_PARAMS,
                      "at_ms is a moment of the recording, track the name of one of its tracks.");
        return;
    }
    json_object_set_int_member(params, "at_ms", (int64_t)at_ms);
    gw_object_set_text(params, "track", track);
    gw_object_set_text(params, "content_type", sig_http_get_header(http, "content-type"));
    gw_ask_on_http(http, &row, params, g_bytes_ref(sig_http_get_body(http)));
}

/* GET */

static void
on_read(GwAsk *ask, void *data, const GError *error)
{
    const GwFolder *folder = data;
    SigHttp *http = gw_ask_take_http(ask);

    if (error != NULL) {
        g_warning("archive: %s", error->message);
        sig_http_fail(http, SIG_ERROR_UNAVAILABLE, "The picture cannot be read from the archive.");
    } else {
        sig_http_add_header(http, "Cache-Control", "private, max-age=3600");
        sig_http_add_header(http, "X-Content-Type-Options", "nosniff");
        sig_http_reply(http, 200, gw_ask_get(ask, "content_type"), folder->bytes);
    }
    gw_ask_reply(ask);
}

static void
show(GwAsk *ask)
{
    GwFolder *folder = gw_folder_new(ask->archive, ask->entry->session);

    folder->dir = g_strdup(folder_name);
    folder->name = g_strdup(gw_ask_get(ask, "file"));
    gw_ask_note(ask, "archive.snapshot-view", NULL, gw_object_with_text("snapshot", gw_ask_get(ask, "snapshot")));
    gw_work_run(ask, gw_folder_read_file, folder, gw_folder_free, on_read);
}

static void
on_file(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) == 0) {
        gw_ask_fail(ask, SIG_ERROR_NOT_FOUND, "There is no such picture.");
        return;
    }
    gw_object_set_row_text(ask->params, "content_type", rows, 0, 6);
    gw_object_set_row_text(ask->params, "file", rows, 0, 9);
    gw_ask_find(ask, gw_rows_text(rows, 0, 1), show);
}

static void
get(GwAsk *ask)
{
    GwStatement *statement = gw_statement_new("SELECT " COLUMNS " FROM snapshot WHERE id = ?1");

    gw_statement_text(statement, gw_ask_get(ask, "snapshot"));
    gw_ask_query(ask, statement, on_file);
}

static void
handle_get(SigHttp *http, void *user_data)
{
    gw_ask_on_http_item(http, user_data, "snapshot", get);
}

const SigRoute gw_snapshot_routes[] = {
    { "POST", "/api/v1/archive/{session}/snapshots", GW_ACCESS_OFFICER, MAX_BYTES,
      "Keeps a picture of a moment as evidence.", handle_post },
    { "GET", "/api/v1/snapshots/{snapshot}", GW_ACCESS_WATCH, 0, "A picture that was kept as evidence.", handle_get },
    { NULL },
};
