#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/derivatives.h"

#include <string.h>

char *
gw_derivative_get_file(const char *id)
{
    return g_strconcat(id, ".webm", NULL);
}

GwStatement *
gw_derivative_find_statement(const char *id)
{
    GwStatement *statement = gw_statement_new("SELECT " GW_DERIVATIVE_COLUMNS " FROM derivative WHERE id = ?1");

    gw_statement_text(statement, id);
    return statement;
}

GwStatement *
gw_derivative_to_statement(const char *id, const GwNewDerivative *derivative)
{
    GwStatement *statement = gw_statement_new(
        "INSERT INTO derivative (id, session, kind, layout, state, who, display, at_ms, reason, request, edits, "
        "watermark,"
        " export) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) RETURNING " GW_DERIVATIVE_COLUMNS);

    gw_statement_text(statement, id);
    gw_statement_text(statement, derivative->session);
    gw_statement_text(statement, derivative->kind);
    gw_statement_text(statement, derivative->layout);
    gw_statement_text(statement, derivative->state);
    gw_statement_text(statement, derivative->who);
    gw_statement_text(statement, derivative->display);
    gw_statement_int(statement, derivative->at_ms);
    gw_statement_text(statement, derivative->reason);
    gw_statement_text(statement, derivative->request);
    gw_statement_text(statement, derivative->edits);
    gw_statement_text(statement, derivative->watermark);
    gw_statement_text(statement, derivative->export);
    return statement;
}

bool
gw_derivative_add_to_package(const GwFolder *folder, RecPackageDraft *draft, GError **error)
{
    g_autofree char *file = gw_derivative_get_file(folder->name);
    g_autofree char *dir = g_build_filename(folder->path, GW_DERIVATIVES_DIR, NULL);
    g_autofree char *path = g_strconcat(dir, "/", folder->name, ".json", NULL);
    g_autofree char *entry = g_strconcat(GW_DERIVATIVES_DIR "/", file, NULL);
    g_autofree char *record = g_strconcat(GW_DERIVATIVES_DIR "/", folder->name, ".json", NULL);
    g_autoptr(RecVault) vault = rec_keyring_open_file(folder->keyring, folder->session, dir, file, error);
    char *text = NULL;
    size_t size = 0;

    if (vault == NULL || !g_file_get_contents(path, &text, &size, error))
        return false;
    g_autoptr(GBytes) bytes = g_bytes_new_take(text, size);
    return rec_package_draft_add(draft, record, bytes, error) &&
           rec_package_draft_add_file(draft, entry, rec_vault_get_size(vault), error);
}

/* As JSON. */

static void
set_texts(JsonObject *object, const GwRows *rows, unsigned row)
{
    static const struct {
        const char *name;
        unsigned column;
    } texts[] = {
        { "id", GW_DERIVATIVE_ID },           { "session", GW_DERIVATIVE_SESSION },
        { "kind", GW_DERIVATIVE_KIND },       { "layout", GW_DERIVATIVE_LAYOUT },
        { "state", GW_DERIVATIVE_STATE },     { "by", GW_DERIVATIVE_DISPLAY },
        { "reason", GW_DERIVATIVE_REASON },   { "approved_by", GW_DERIVATIVE_APPROVER_DISPLAY },
        { "request", GW_DERIVATIVE_REQUEST }, { "watermark", GW_DERIVATIVE_WATERMARK },
        { "export", GW_DERIVATIVE_EXPORT },   { "parent", GW_DERIVATIVE_PARENT },
        { "sha256", GW_DERIVATIVE_SHA256 },   { "sm3", GW_DERIVATIVE_SM3 },
        { "message", GW_DERIVATIVE_MESSAGE },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        gw_object_set_row_text(object, texts[i].name, rows, row, texts[i].column);
}

static void
set_numbers(JsonObject *object, const GwRows *rows, unsigned row)
{
    static const struct {
        const char *name;
        unsigned column;
    } numbers[] = {
        { "at_ms", GW_DERIVATIVE_AT_MS },
        { "made_ms", GW_DERIVATIVE_MADE_MS },
        { "duration_ms", GW_DERIVATIVE_DURATION_MS },
        { "width", GW_DERIVATIVE_WIDTH },
        { "height", GW_DERIVATIVE_HEIGHT },
        { "bytes", GW_DERIVATIVE_BYTES },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++) {
        if (!gw_rows_is_null(rows, row, numbers[i].column))
            gw_object_set_row_int(object, numbers[i].name, rows, row, numbers[i].column);
    }
}

static void
set_edits(JsonObject *object, const char *text)
{
    g_autoptr(JsonNode) node = text != NULL ? json_from_string(text, NULL) : NULL;

    if (node != NULL && JSON_NODE_HOLDS_ARRAY(node))
        json_object_set_array_member(object, "edits", json_node_dup_array(node));
}

JsonObject *
gw_derivative_to_json(const GwAsk *ask, const GwRows *rows, unsigned row)
{
    JsonObject *object = json_object_new();
    const char *id = gw_rows_text(rows, row, GW_DERIVATIVE_ID), *state = gw_rows_text(rows, row, GW_DERIVATIVE_STATE);
    bool is_ready = strcmp(state, "ready") == 0;
    bool is_mine = g_strcmp0(gw_rows_text(rows, row, GW_DERIVATIVE_WHO), ask->asker.audit) == 0;
    bool is_coming = strcmp(state, "waiting") == 0 || strcmp(state, "making") == 0;

    set_texts(object, rows, row);
    set_numbers(object, rows, row);
    set_edits(object, gw_rows_text(rows, row, GW_DERIVATIVE_EDITS));
    if (is_coming)
        json_object_set_double_member(object, "progress",
                                      MAX(gw_derivatives_get_progress(ask->archive->jobs.derivatives, id), 0));
    if (is_ready) {
        g_autofree char *url = g_strconcat("/api/v1/derivatives/", id, NULL);
        json_object_set_string_member(object, "url", url);
        json_object_set_string_member(object, "content_type", GW_DERIVATIVE_CONTENT_TYPE);
    }
    json_object_set_boolean_member(object, "mine", is_mine);
    json_object_set_boolean_member(object, "may_cancel", is_coming && is_mine);
    json_object_set_boolean_member(object, "may_remove",
                                   is_ready && (ask->asker.access & GW_ACCESS_OFFICER) != 0 &&
                                       gw_rows_is_null(rows, row, GW_DERIVATIVE_EXPORT) &&
                                       strcmp(gw_rows_text(rows, row, GW_DERIVATIVE_KIND), "composite") == 0);
    return object;
}

void
gw_derivatives_show(GwAsk *ask, GwAskFunc next)
{
    static const GwAskShown shown = {
        .member = "derivatives",
        .select = "SELECT " GW_DERIVATIVE_COLUMNS " FROM derivative WHERE session = ?1 AND state NOT IN"
                  " ('removed', 'refused', 'cancelled') ORDER BY at_ms DESC, id LIMIT ?2",
        .to_json = gw_derivative_to_json,
    };

    gw_ask_show(ask, &shown, next);
}

/* archive.derivatives */

static void
on_all(GwAsk *ask, const GwRows *rows)
{
    gw_ask_list_covered(ask, rows, GW_DERIVATIVE_N_COLUMNS, "derivatives", gw_derivative_to_json);
    gw_ask_reply(ask);
}

static void
derivatives(GwAsk *ask)
{
    GwStatement *statement =
        gw_statement_new("SELECT " GW_DERIVATIVE_COLUMNS ", (SELECT unit FROM recording WHERE recording.session ="
                         " derivative.session) FROM derivative WHERE ?1 IS NULL OR session = ?1"
                         " ORDER BY at_ms DESC, id LIMIT ?2");

    gw_statement_text(statement, gw_ask_get(ask, "session"));
    gw_statement_int(statement, GW_ARCHIVE_MAX_ROWS * 4);
    gw_ask_query(ask, statement, on_all);
}

const GwArchiveMethod gw_derivatives_methods[] = {
    { { .name = "archive.derivatives",
        .access = GW_ACCESS_WATCH | GW_ACCESS_SECURITY | GW_ACCESS_AUDITOR,
        .params =
            (const SigParam[]){
                { .name = "session", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = GW_ARCHIVE_MAX_ID },
                { NULL } },
        .summary = "What was made of recordings: composites and redactions, newest first.",
        .result = "{derivatives}",
        .handle = gw_ask_on_request },
      derivatives },
    { { NULL }, NULL },
};

/* GET: every look is on record. ask->params gets the SHA-256. */

static void
send_found(GwAsk *ask)
{
    g_autofree char *file = gw_derivative_get_file(gw_ask_get(ask, "derivative"));
    const GwArchiveFile sent = {
        .session = ask->entry->session,
        .dir = GW_DERIVATIVES_DIR,
        .file = file,
        .tag = gw_ask_get(ask, "sha256"),
        .content_type = GW_DERIVATIVE_CONTENT_TYPE,
    };
    JsonObject *detail = gw_object_with_text("derivative", gw_ask_get(ask, "derivative"));
    SigHttp *http = NULL;

    gw_object_set_text(detail, "range", gw_ask_get(ask, "range"));
    if (ask->entry->state != GW_ENTRY_SEALED) {
        json_object_unref(detail);
        gw_ask_fail(ask, SIG_ERROR_NOT_FOUND, "The recording has been destroyed.");
        return;
    }
    gw_ask_note(ask, "archive.view", NULL, detail);
    http = gw_ask_take_http(ask);
    sig_http_add_header(http, "Cache-Control", "private, no-store");
    gw_archive_reply_content(ask->archive, http, &sent);
    gw_ask_reply(ask);
}

static void
on_file(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) == 0 || strcmp(gw_rows_text(rows, 0, GW_DERIVATIVE_STATE), "ready") != 0) {
        gw_archive_count_miss(ask->archive, &ask->asker);
        gw_ask_fail(ask, SIG_ERROR_NOT_FOUND, "There is no such derivative.");
        return;
    }
    gw_object_set_row_text(ask->params, "sha256", rows, 0, GW_DERIVATIVE_SHA256);
    gw_ask_find(ask, gw_rows_text(rows, 0, GW_DERIVATIVE_SESSION), send_found);
}

static void
get(GwAsk *ask)
{
    gw_ask_query(ask, gw_derivative_find_statement(gw_ask_get(ask, "derivative")), on_file);
}

static void
handle_get(SigHttp *http, void *user_data)
{
    gw_ask_on_http_item(http, user_data, "derivative", get);
}

const SigRoute gw_derivatives_routes[] = {
    { "GET", "/api/v1/derivatives/{derivative}", GW_ACCESS_WATCH, 0, "A composite or redaction, with Range.",
      handle_get },
    { NULL },
};
