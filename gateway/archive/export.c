#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/export.h"

#include "gateway/archive/derivatives.h"
#include "gateway/people/secret.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

enum { MAX_RECIPIENT = 200 };

#define COLUMNS                                                                                                        \
    "export.id, export.session, display, recipient, reason, approver_display, at_ms, export.bytes, sha256, "           \
    "export.state, who, composite, redaction"
enum { WHO = 10, COMPOSITE, REDACTION, N_COLUMNS };

static JsonObject *
row_to_json(const GwAsk *ask, const GwRows *rows, unsigned row)
{
    static const char *const names[] = { "id", "session", "by", "recipient", "reason", "approved_by" };
    JsonObject *export = json_object_new();
    g_autofree char *url = g_strconcat("/api/v1/exports/", gw_rows_text(rows, row, 0), NULL);
    g_autofree char *name = g_strdup_printf("%s-%s.evp", gw_rows_text(rows, row, 1), gw_rows_text(rows, row, 0));

    (void)ask;
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++)
        gw_object_set_row_text(export, names[i], rows, row, i);
    gw_object_set_row_int(export, "at_ms", rows, row, 6);
    gw_object_set_row_int(export, "bytes", rows, row, 7);
    gw_object_set_row_text(export, "sha256_manifest", rows, row, 8);
    gw_object_set_row_text(export, "state", rows, row, 9);
    gw_object_set_row_text(export, "composite", rows, row, COMPOSITE);
    gw_object_set_row_text(export, "redaction", rows, row, REDACTION);
    json_object_set_string_member(export, "url", url);
    json_object_set_string_member(export, "name", name);
    return export;
}

void
gw_exports_show(GwAsk *ask, GwAskFunc next)
{
    static const GwAskShown shown = {
        .member = "exports",
        .select = "SELECT " COLUMNS " FROM export WHERE session = ?1 ORDER BY at_ms DESC LIMIT ?2",
        .to_json = row_to_json,
    };

    gw_ask_show(ask, &shown, next);
}

/* archive.exports */

static void
on_all(GwAsk *ask, const GwRows *rows)
{
    gw_ask_list_covered(ask, rows, N_COLUMNS, "exports", row_to_json);
    gw_ask_reply(ask);
}

static void
exports(GwAsk *ask)
{
    GwStatement *statement =
        gw_statement_new("SELECT " COLUMNS ", recording.unit FROM export JOIN recording USING (session)"
                         " WHERE ?1 IS NULL OR session = ?1 ORDER BY at_ms DESC LIMIT ?2");

    gw_statement_text(statement, gw_ask_get(ask, "session"));
    gw_statement_int(statement, GW_ARCHIVE_MAX_ROWS * 4);
    gw_ask_query(ask, statement, on_all);
}

/* Making one. ask->id is the export's, ask->number when; detail: the request that was approved, or NULL. */

static const char *
get_fact(const GwAsk *ask, const char *name)
{
    return ask->detail != NULL ? json_object_get_string_member_with_default(ask->detail, name, NULL)
                               : gw_ask_get(ask, name);
}

char *
gw_export_make_watermark(const GwExportFacts *facts)
{
    g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(facts->at_ms / 1000);
    g_autofree char *time = at != NULL ? g_date_time_format_iso8601(at) : g_strdup("");

    return g_strdup_printf("%s → %s, %s, %s", facts->by, facts->recipient, time, facts->id);
}

/* Of its row. */
static void
make_row(GwArchive *archive, const GwRows *rows, const char *derivative)
{
    const char *who = gw_rows_text(rows, 0, WHO), *redaction = gw_rows_text(rows, 0, REDACTION);
    const GwExportFacts facts = {
        .id = gw_rows_text(rows, 0, 0),
        .session = gw_rows_text(rows, 0, 1),
        .by = gw_rows_text(rows, 0, 2),
        .recipient = gw_rows_text(rows, 0, 3),
        .reason = gw_rows_text(rows, 0, 4),
        .approved_by = gw_rows_text(rows, 0, 5),
        .at_ms = gw_rows_int(rows, 0, 6),
        .derivative = redaction != NULL ? redaction : derivative,
        .is_redacted = redaction != NULL,
    };

    gw_export_make(archive, &facts, g_str_has_prefix(who, "person:") ? who + 7 : who);
}

static void
finish_made(GwAsk *ask)
{
    if (ask->detail != NULL)
        ask->next(ask);
    else
        gw_ask_reply(ask);
}

static void
on_composite_row(GwAsk *ask, const GwRows *rows)
{
    gw_derivatives_add(ask->archive->jobs.derivatives, gw_rows_text(rows, 0, GW_DERIVATIVE_ID));
    ask->next = ask->then;
    finish_made(ask);
}

/* The package waits for it: gw_exports_on_composite(). */
static void
write_composite(GwAsk *ask, const GwRows *rows)
{
    const GwExportFacts facts = {
        .id = gw_rows_text(rows, 0, 0),
        .by = gw_rows_text(rows, 0, 2),
        .recipient = gw_rows_text(rows, 0, 3),
        .at_ms = gw_rows_int(rows, 0, 6),
    };
    g_autofree char *watermark = gw_export_make_watermark(&facts);
    g_autofree char *id = gw_secret_new_id("derivative");
    const GwNewDerivative derivative = {
        .session = ask->entry->session,
        .kind = "composite",
        .layout = gw_rows_text(rows, 0, COMPOSITE),
        .watermark = watermark,
        .export = facts.id,
        .state = "waiting",
        .who = gw_rows_text(rows, 0, WHO),
        .display = facts.by,
        .at_ms = facts.at_ms,
    };

    ask->then = ask->next;
    gw_ask_query(ask, gw_derivative_to_statement(id, &derivative), on_composite_row);
}

static void
on_made(GwAsk *ask, const GwRows *rows)
{
    json_object_set_object_member(ask->result, "export", row_to_json(ask, rows, 0));
    if (!gw_rows_is_null(rows, 0, COMPOSITE)) {
        write_composite(ask, rows);
        return;
    }
    make_row(ask->archive, rows, NULL);
    finish_made(ask);
}

static void
write_export(GwAsk *ask)
{
    bool approved = ask->detail != NULL;
    GwStatement *statement = gw_statement_new(
        "INSERT INTO export (id, session, who, display, recipient, reason, approver_display, at_ms, bytes, state,"
        " composite, redaction) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 'preparing', ?9, ?10) RETURNING id, session,"
        " display, recipient, reason, approver_display, at_ms, bytes, sha256, state, who, composite, redaction");

    ask->number = gw_ask_now_ms(ask);
    gw_statement_text(statement, ask->id);
    gw_statement_text(statement, ask->entry->session);
    gw_statement_text(statement, approved ? json_object_get_string_member(ask->detail, "who") : ask->asker.audit);
    gw_statement_text(statement, approved ? json_object_get_string_member(ask->detail, "by") : ask->asker.display);
    gw_statement_text(statement, get_fact(ask, "recipient"));
    gw_statement_text(statement, get_fact(ask, "reason"));
    gw_statement_text(statement, approved ? ask->asker.display : NULL);
    gw_statement_int(statement, ask->number);
    gw_statement_text(statement, get_fact(ask, "composite"));
    gw_statement_text(statement, get_fact(ask, "redaction"));
    gw_ask_query(ask, statement, on_made);
}

/* The composite of an export is there. ask->id is the export's; ask->params has "derivative". */

static void
on_composite_made(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) > 0)
        make_row(ask->archive, rows, gw_ask_get(ask, "derivative"));
    gw_ask_reply(ask);
}

static void
go_on_with(GwAsk *ask)
{
    GwStatement *statement =
        gw_statement_new("SELECT " COLUMNS " FROM export WHERE id = ?1 AND export.state = 'preparing'");

    gw_statement_text(statement, gw_ask_get(ask, "export"));
    gw_ask_query(ask, statement, on_composite_made);
}

void
gw_export_on_state(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) > 0)
        gw_archive_tell_changed(ask->archive, gw_rows_text(rows, 0, 0));
    gw_ask_reply(ask);
}

static void
write_failed(GwAsk *ask)
{
    GwStatement *statement =
        gw_statement_new("UPDATE export SET state = 'failed' WHERE id = ?1 AND state = 'preparing' RETURNING session");

    gw_statement_text(statement, gw_ask_get(ask, "export"));
    gw_ask_query(ask, statement, gw_export_on_state);
}

void
gw_exports_on_composite(GwArchive *self, const char *export_id, const char *derivative, const GError *error)
{
    static const GwAsker nobody = { .audit = (char *)"system", .display = (char *)"system", .is_owner = true };
    const GwAskRow row = { .archive = self, .run = error != NULL ? write_failed : go_on_with };
    g_autoptr(JsonObject) params = gw_object_with_text("export", export_id);

    json_object_set_string_member(params, "derivative", derivative);
    gw_ask_run(&row, &nobody, params, NULL, NULL);
}

static JsonObject *
make_detail(const GwAsk *ask)
{
    JsonObject *detail = gw_object_with_text("export", ask->id);

    gw_object_set_text(detail, "recipient", get_fact(ask, "recipient"));
    gw_object_set_text(detail, "reason", get_fact(ask, "reason"));
    gw_object_set_text(detail, "composite", get_fact(ask, "composite"));
    gw_object_set_text(detail, "redaction", get_fact(ask, "redaction"));
    return detail;
}

void
gw_exports_make_approved(GwAsk *ask, GwAskFunc next)
{
    g_free(ask->id);
    ask->id = gw_secret_new_id("export");
    ask->next = next;
    write_export(ask);
}

static void
ask_second(GwAsk *ask)
{
    g_autoptr(JsonObject) asked = json_object_new();
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), asked);
    g_autofree char *options = NULL;

    gw_object_set_text(asked, "composite", gw_ask_get(ask, "composite"));
    gw_object_set_text(asked, "redaction", gw_ask_get(ask, "redaction"));
    options = json_to_string(node, FALSE);
    const GwNewRequest request = {
        .what = "export",
        .session = ask->entry->session,
        .recipient = gw_ask_get(ask, "recipient"),
        .reason = gw_ask_get(ask, "reason"),
        .options = options,
    };
    gw_requests_add(ask, &request);
}

static void
on_quota(GwAsk *ask, const GwRows *rows)
{
    bool is_over = gw_rows_int(rows, 0, 0) >= ask->archive->gateway->config->archive.exports_a_day;

    gw_ask_log(ask, is_over ? "archive.export-asked" : "archive.export", NULL, make_detail(ask),
               is_over ? ask_second : write_export);
}

static void
check_quota(GwAsk *ask)
{
    GwStatement *statement =
        gw_statement_new("SELECT count(*) FROM export WHERE who = ?1 AND at_ms > ?2 AND approver_display IS NULL");

    gw_statement_text(statement, ask->asker.audit);
    gw_statement_int(statement, gw_ask_now_ms(ask) - DAY_MS);
    gw_ask_query(ask, statement, on_quota);
}

static void
on_redaction(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) > 0)
        check_quota(ask);
    else
        gw_ask_fail(ask, SIG_ERROR_NOT_FOUND, "There is no such redaction of this recording.");
}

static void
export_found(GwAsk *ask)
{
    GwStatement *statement = NULL;

    if (ask->entry->state != GW_ENTRY_SEALED) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "Only a sealed recording can be exported.");
        return;
    }
    if (!gw_export_can_make(ask->archive)) {
        gw_ask_fail(ask, SIG_ERROR_UNAVAILABLE, "This node has no log and no keys: it cannot make packages.");
        return;
    }
    if (gw_ask_get(ask, "composite") != NULL && gw_ask_get(ask, "redaction") != NULL) {
        gw_ask_fail(ask, SIG_ERROR_BAD_PARAMS, "A composite is of the original: not with a redaction.");
        return;
    }
    ask->id = gw_secret_new_id("export");
    if (gw_ask_get(ask, "redaction") == NULL) {
        check_quota(ask);
        return;
    }
    statement =
        gw_statement_new("SELECT id FROM derivative WHERE id = ?1 AND session = ?2 AND kind = 'redaction' AND state"
                         " = 'ready'");
    gw_statement_text(statement, gw_ask_get(ask, "redaction"));
    gw_statement_text(statement, ask->entry->session);
    gw_ask_query(ask, statement, on_redaction);
}

static void
make(GwAsk *ask)
{
    gw_ask_find(ask, gw_ask_get(ask, "session"), export_found);
}

static const char *const layouts[] = { "side-by-side", "speaker", NULL };

const GwArchiveMethod gw_export_methods[] = {
    { { .name = "archive.export",
        .access = GW_ACCESS_OFFICER,
        .params =
            (const SigParam[]){ GW_PARAM_ID("session"),
                                GW_PARAM_REASON,
                                { .name = "recipient", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_RECIPIENT },
                                { .name = "composite", .type = SIG_TYPE_STRING, .optional = true, .values = layouts },
                                { .name = "redaction",
                                  .type = SIG_TYPE_STRING,
                                  .optional = true,
                                  .min = 1,
                                  .max = GW_ARCHIVE_MAX_ID,
                                  .summary = "instead of the original" },
                                { NULL } },
        .summary = "Makes a package for somebody, or asks a second person when it is one too many for a day.",
        .result = "{export} or {request}",
        .handle = gw_ask_on_request },
      make },
    { { .name = "archive.exports",
        .access = GW_ACCESS_OFFICER | GW_ACCESS_SECURITY | GW_ACCESS_AUDITOR,
        .params =
            (const SigParam[]){
                { .name = "session", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = GW_ARCHIVE_MAX_ID },
                { NULL } },
        .summary = "Packages that were made, newest first.",
        .result = "{exports}",
        .handle = gw_ask_on_request },
      exports },
    { { NULL }, NULL },
};

/* GET: on record before any byte leaves. Only for who asked for it: others make their own. */

static void
send_found(GwAsk *ask)
{
    SigHttp *http = gw_ask_take_http(ask);

    gw_export_send(ask->archive, http, ask->entry->session, gw_ask_get(ask, "export"));
    gw_ask_reply(ask);
}

static void
log_sending(GwAsk *ask)
{
    JsonObject *detail = gw_object_with_text("export", gw_ask_get(ask, "export"));

    gw_object_set_text(detail, "range", gw_ask_get(ask, "range"));
    if (ask->entry->state == GW_ENTRY_SEALED) {
        gw_ask_log(ask, "archive.export-read", NULL, detail, send_found);
        return;
    }
    json_object_unref(detail);
    gw_ask_fail(ask, SIG_ERROR_NOT_FOUND, "The recording has been destroyed.");
}

static void
on_sendable(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) == 0 || g_strcmp0(gw_rows_text(rows, 0, 1), ask->asker.audit) != 0)
        gw_ask_fail(ask, SIG_ERROR_NOT_FOUND, "There is no such export of yours.");
    else if (g_strcmp0(gw_rows_text(rows, 0, 2), "ready") != 0)
        gw_ask_fail(ask, SIG_ERROR_STATE, "This export is not ready.");
    else
        gw_ask_find(ask, gw_rows_text(rows, 0, 0), log_sending);
}

static void
send_package(GwAsk *ask)
{
    GwStatement *statement = gw_statement_new("SELECT session, who, state FROM export WHERE id = ?1");

    gw_statement_text(statement, gw_ask_get(ask, "export"));
    gw_ask_query(ask, statement, on_sendable);
}

static void
handle_get(SigHttp *http, void *user_data)
{
    gw_ask_on_http_item(http, user_data, "export", send_package);
}

const SigRoute gw_export_routes[] = {
    { "GET", "/api/v1/exports/{export}", GW_ACCESS_OFFICER, 0, "The package of an export, with Range.", handle_get },
    { NULL },
};
