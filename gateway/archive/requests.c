#define G_LOG_DOMAIN "gateway.archive"

#include <string.h>

#include "gateway/archive/derivatives.h"
#include "gateway/people/secret.h"

/* What takes something away from a recording, or out of the house, waits here for a second person. */

#define EXPIRES_MS (INT64_C(30) * 24 * 3600 * 1000)

#define COLUMNS                                                                                                        \
    "request.id, what, request.session, request.hold, request.until_ms, recipient, reason, display, at_ms,"            \
    " request.state, decider_display, decided_ms, decided_reason, who, options"
enum { STATE = 9, DECIDED = 10, WHO = 13, OPTIONS, N_COLUMNS };

static const char *
get_state(const GwAsk *ask, const GwRows *rows, unsigned row)
{
    const char *state = gw_rows_text(rows, row, STATE);

    if (strcmp(state, "pending") == 0 && gw_rows_int(rows, row, 8) < gw_ask_now_ms(ask) - EXPIRES_MS)
        return "expired";
    return state;
}

/* What is asked for, member by member. */
static void
add_options(JsonObject *request, const char *text)
{
    g_autoptr(JsonNode) node = text != NULL ? json_from_string(text, NULL) : NULL;
    JsonObjectIter iter;
    const char *name = NULL;
    JsonNode *value = NULL;

    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node))
        return;
    json_object_iter_init(&iter, json_node_get_object(node));
    while (json_object_iter_next(&iter, &name, &value))
        json_object_set_member(request, name, json_node_copy(value));
}

static JsonObject *
row_to_json(const GwAsk *ask, const GwRows *rows, unsigned row)
{
    static const char *const names[] = { "id", "what", "session", "hold", NULL, "recipient", "reason", "by" };
    JsonObject *request = json_object_new();
    const char *state = get_state(ask, rows, row);

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        if (names[i] != NULL)
            gw_object_set_row_text(request, names[i], rows, row, i);
    }
    if (gw_rows_int(rows, row, 4) != 0)
        gw_object_set_row_int(request, "until_ms", rows, row, 4);
    gw_object_set_row_int(request, "at_ms", rows, row, 8);
    add_options(request, gw_rows_text(rows, row, OPTIONS));
    json_object_set_string_member(request, "state", state);
    json_object_set_boolean_member(request, "mine", g_strcmp0(gw_rows_text(rows, row, WHO), ask->asker.audit) == 0);
    gw_ask_tell_second(ask, request, "may_decide", strcmp(state, "pending") == 0 ? gw_rows_text(rows, row, WHO) : NULL);
    if (gw_rows_is_null(rows, row, DECIDED))
        return request;
    JsonObject *decided = json_object_new();
    gw_object_set_row_text(decided, "by", rows, row, DECIDED);
    gw_object_set_row_int(decided, "at_ms", rows, row, DECIDED + 1);
    gw_object_set_row_text(decided, "reason", rows, row, DECIDED + 2);
    json_object_set_object_member(request, "decided", decided);
    return request;
}

void
gw_requests_show(GwAsk *ask, GwAskFunc next)
{
    static const GwAskShown shown = {
        .member = "requests",
        .select = "SELECT " COLUMNS " FROM request WHERE session = ?1 ORDER BY at_ms DESC LIMIT ?2",
        .to_json = row_to_json,
    };

    gw_ask_show(ask, &shown, next);
}

/* The request of ask->id, as it is now, is the answer. */

static void
on_answer(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) > 0)
        json_object_set_object_member(ask->result, "request", row_to_json(ask, rows, 0));
    if (ask->entry == NULL) {
        gw_ask_reply(ask);
        return;
    }
    gw_archive_tell_changed(ask->archive, ask->entry->session);
    gw_retention_show(ask, gw_ask_reply);
}

static void
answer(GwAsk *ask)
{
    GwStatement *statement = gw_statement_new("SELECT " COLUMNS " FROM request WHERE id = ?1");

    gw_statement_text(statement, ask->id);
    gw_ask_query(ask, statement, on_answer);
}

void
gw_requests_add(GwAsk *ask, const GwNewRequest *request)
{
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement = gw_statement_new(
        "INSERT INTO request (id, what, session, hold, until_ms, recipient, reason, who, display, at_ms,"
        " state, options) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'pending', ?11)");

    g_free(ask->id);
    ask->id = gw_secret_new_id("request");
    gw_statement_text(statement, ask->id);
    gw_statement_text(statement, request->what);
    gw_statement_text(statement, request->session);
    gw_statement_text(statement, request->hold);
    gw_statement_int(statement, request->until_ms);
    gw_statement_text(statement, request->recipient);
    gw_statement_text(statement, request->reason);
    gw_statement_text(statement, ask->asker.audit);
    gw_statement_text(statement, ask->asker.display);
    gw_statement_int(statement, gw_ask_now_ms(ask));
    gw_statement_text(statement, request->options);
    g_ptr_array_add(statements, statement);
    gw_ask_write(ask, statements, answer);
}

/* archive.requests */

/* NULL: not of the state that was asked for. */
static JsonObject *
wanted_to_json(const GwAsk *ask, const GwRows *rows, unsigned row)
{
    const char *wanted = gw_ask_get(ask, "state");

    return wanted == NULL || strcmp(wanted, get_state(ask, rows, row)) == 0 ? row_to_json(ask, rows, row) : NULL;
}

static void
on_all(GwAsk *ask, const GwRows *rows)
{
    gw_ask_list_covered(ask, rows, N_COLUMNS, "requests", wanted_to_json);
    gw_ask_reply(ask);
}

static void
requests(GwAsk *ask)
{
    GwStatement *statement =
        gw_statement_new("SELECT " COLUMNS ", recording.unit FROM request JOIN recording USING (session)"
                         " ORDER BY at_ms DESC LIMIT ?1");

    gw_statement_int(statement, GW_ARCHIVE_MAX_ROWS * 4);
    gw_ask_query(ask, statement, on_all);
}

/* archive.approve, archive.refuse: find, log, take the request, do it. ask->detail: the request as an object, with who. */

static void
do_nothing(GwAsk *ask)
{
    answer(ask);
}

static void
do_lift_hold(GwAsk *ask)
{
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *lift = gw_statement_new("UPDATE hold SET lifted_ms = ?2, lifted_by = ?3, approved_by = ?4,"
                                         " lift_reason = ?5 WHERE id = ?1 AND lifted_ms = 0");
    GwStatement *mark = gw_statement_new("UPDATE recording SET held = (SELECT count(*) FROM hold WHERE session = ?1 AND"
                                         " lifted_ms = 0) WHERE session = ?1");

    gw_statement_text(lift, json_object_get_string_member(ask->detail, "hold"));
    gw_statement_int(lift, gw_ask_now_ms(ask));
    gw_statement_text(lift, json_object_get_string_member(ask->detail, "by"));
    gw_statement_text(lift, ask->asker.display);
    gw_statement_text(lift, json_object_get_string_member(ask->detail, "reason"));
    gw_statement_text(mark, ask->entry->session);
    g_ptr_array_add(statements, lift);
    g_ptr_array_add(statements, mark);
    gw_ask_write(ask, statements, answer);
}

static void
do_shorten(GwAsk *ask)
{
    GPtrArray *statements = g_ptr_array_new();

    gw_retention_apply_shorten(ask, ask->entry->session, json_object_get_int_member(ask->detail, "until_ms"),
                               statements);
    gw_ask_write(ask, statements, answer);
}

static void
on_exported(GwAsk *ask)
{
    g_free(ask->id);
    ask->id = g_strdup(json_object_get_string_member(ask->detail, "id"));
    answer(ask);
}

static void
do_export(GwAsk *ask)
{
    gw_exports_make_approved(ask, on_exported);
}

static void
do_redact(GwAsk *ask)
{
    gw_redactions_make_approved(ask, answer);
}

static void
do_not_redact(GwAsk *ask)
{
    gw_redactions_refuse(ask, answer);
}

static const struct {
    const char *what;
    GwAskFunc approved, refused;
} effects[] = {
    { "lift-hold", do_lift_hold, do_nothing },
    { "shorten", do_shorten, do_nothing },
    { "export", do_export, do_nothing },
    { "redact", do_redact, do_not_redact },
};

static bool
is_approval(const GwAsk *ask)
{
    return ask->number != 0;
}

static void
on_taken(GwAsk *ask, const GwRows *rows)
{
    const char *what = json_object_get_string_member(ask->detail, "what");
    GwAskFunc run = do_nothing;

    if (gw_rows_get_count(rows) == 0) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "Somebody has decided this already.");
        return;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(effects); i++) {
        if (strcmp(effects[i].what, what) == 0)
            run = is_approval(ask) ? effects[i].approved : effects[i].refused;
    }
    run(ask);
}

static void
take_request(GwAsk *ask)
{
    GwStatement *statement =
        gw_statement_new("UPDATE request SET state = ?2, decider = ?3, decider_display = ?4, decided_ms = ?5,"
                         " decided_reason = ?6 WHERE id = ?1 AND state = 'pending' RETURNING id");

    gw_statement_text(statement, ask->id);
    gw_statement_text(statement, is_approval(ask) ? "approved" : "refused");
    gw_statement_text(statement, ask->asker.audit);
    gw_statement_text(statement, ask->asker.display);
    gw_statement_int(statement, gw_ask_now_ms(ask));
    gw_statement_text(statement, gw_ask_get(ask, "reason"));
    gw_ask_query(ask, statement, on_taken);
}

static void
decide_found(GwAsk *ask)
{
    JsonObject *detail = NULL;
    g_autofree char *action = NULL;

    if (strcmp(json_object_get_string_member(ask->detail, "state"), "pending") != 0) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "Somebody has decided this already, or it is too old.");
        return;
    }
    if (is_approval(ask) && !gw_ask_is_second(ask, json_object_get_string_member(ask->detail, "who")))
        return;
    detail = gw_object_with_text("request", ask->id);
    gw_object_set_text(detail, "asked_by", json_object_get_string_member(ask->detail, "who"));
    gw_object_set_text(detail, "reason", json_object_get_string_member(ask->detail, "reason"));
    gw_object_set_text(detail, "derivative",
                       json_object_get_string_member_with_default(ask->detail, "derivative", NULL));
    gw_object_set_text(detail, "hold", json_object_get_string_member_with_default(ask->detail, "hold", NULL));
    if (json_object_has_member(ask->detail, "until_ms"))
        json_object_set_int_member(detail, "until_ms", json_object_get_int_member(ask->detail, "until_ms"));
    action = g_strdup_printf("archive.%s-%s", json_object_get_string_member(ask->detail, "what"),
                             is_approval(ask) ? "approved" : "refused");
    gw_ask_log(ask, action, NULL, detail, take_request);
}

static void
on_request(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) == 0) {
        gw_ask_fail(ask, SIG_ERROR_NOT_FOUND, "There is no such request.");
        return;
    }
    ask->detail = row_to_json(ask, rows, 0);
    json_object_set_string_member(ask->detail, "who", gw_rows_text(rows, 0, WHO));
    gw_ask_find(ask, gw_rows_text(rows, 0, 2), decide_found);
}

static void
decide(GwAsk *ask, bool approve)
{
    GwStatement *statement = gw_statement_new("SELECT " COLUMNS " FROM request WHERE id = ?1");

    ask->number = approve;
    ask->id = g_strdup(gw_ask_get(ask, "request"));
    gw_statement_text(statement, ask->id);
    gw_ask_query(ask, statement, on_request);
}

static void
approve(GwAsk *ask)
{
    decide(ask, true);
}

static void
refuse(GwAsk *ask)
{
    decide(ask, false);
}

static const SigParam decide_params[] = {
    GW_PARAM_ID("request"),
    { .name = "reason", .type = SIG_TYPE_STRING, .optional = true, .max = GW_ARCHIVE_MAX_REASON },
    { NULL },
};

static const char *const states[] = { "pending", "approved", "refused", "expired", NULL };

const GwArchiveMethod gw_requests_methods[] = {
    { { .name = "archive.requests",
        .access = GW_ACCESS_OFFICER | GW_ACCESS_SECURITY | GW_ACCESS_AUDITOR,
        .params = (const SigParam[]){ { .name = "state", .type = SIG_TYPE_STRING, .optional = true, .values = states },
                                      { NULL } },
        .summary = "What waits for a second person, and what was decided.",
        .result = "{requests}",
        .handle = gw_ask_on_request },
      requests },
    { { .name = "archive.approve",
        .access = GW_ACCESS_OFFICER | GW_ACCESS_SECURITY,
        .params = decide_params,
        .summary = "The second person agrees: it is done now.",
        .result = "{request, retention}",
        .handle = gw_ask_on_request },
      approve },
    { { .name = "archive.refuse",
        .access = GW_ACCESS_OFFICER | GW_ACCESS_SECURITY,
        .params = decide_params,
        .summary = "Refuses what somebody asked for.",
        .result = "{request}",
        .handle = gw_ask_on_request },
      refuse },
    { { NULL }, NULL },
};
