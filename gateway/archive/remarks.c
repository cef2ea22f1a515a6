#define G_LOG_DOMAIN "gateway.archive"

#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/people/secret.h"

/* The procurator's remarks beside a recording, and the office's replies. Nothing of it is ever changed. */

#define DAY_MS (INT64_C(24) * 3600 * 1000)

enum { MAX_REMARK = 4000, MAX_AT_MS = 86400000, MAX_DAYS = 365, LOG_ROWS = 100, MAX_LOG_ROWS = 1000, N_COLUMNS = 12 };

#define COLUMNS                                                                                                        \
    "k.id, k.session, k.at_ms, k.text, k.display, k.made_ms, k.due_ms, k.reply, k.reply_display, k.reply_ms, k.who,"   \
    " k.reply_who"
enum { DUE = 6, REPLY = 7 };

static const char *
get_state(const GwAsk *ask, const GwRows *rows, unsigned row)
{
    if (!gw_rows_is_null(rows, row, REPLY))
        return "answered";
    return gw_rows_int(rows, row, DUE) < gw_ask_now_ms(ask) ? "overdue" : "open";
}

static JsonObject *
row_to_json(const GwAsk *ask, const GwRows *rows, unsigned row)
{
    JsonObject *remark = gw_object_with_text("state", get_state(ask, rows, row));

    gw_object_set_row_text(remark, "id", rows, row, 0);
    gw_object_set_row_text(remark, "session", rows, row, 1);
    gw_object_set_row_int(remark, "at_ms", rows, row, 2);
    gw_object_set_row_text(remark, "text", rows, row, 3);
    gw_object_set_row_text(remark, "by", rows, row, 4);
    gw_object_set_row_int(remark, "made_ms", rows, row, 5);
    gw_object_set_row_int(remark, "due_ms", rows, row, DUE);
    if (gw_rows_is_null(rows, row, REPLY))
        return remark;
    JsonObject *reply = json_object_new();
    gw_object_set_row_text(reply, "text", rows, row, REPLY);
    gw_object_set_row_text(reply, "by", rows, row, REPLY + 1);
    gw_object_set_row_int(reply, "at_ms", rows, row, REPLY + 2);
    json_object_set_object_member(remark, "reply", reply);
    return remark;
}

void
gw_remarks_show(GwAsk *ask, GwAskFunc next)
{
    static const GwAskShown shown = {
        .member = "remarks",
        .select = "SELECT " COLUMNS " FROM remark k WHERE session = ?1 ORDER BY made_ms LIMIT ?2",
        .to_json = row_to_json,
    };

    gw_ask_show(ask, &shown, next);
}

/* The remark of ask->id is the answer. */

static void
on_answer(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) > 0)
        json_object_set_object_member(ask->result, "remark", row_to_json(ask, rows, 0));
    gw_archive_tell_changed(ask->archive, ask->entry->session);
    gw_ask_reply(ask);
}

static GwStatement *
make_find(const char *id)
{
    GwStatement *statement = gw_statement_new("SELECT " COLUMNS " FROM remark k WHERE id = ?1");

    gw_statement_text(statement, id);
    return statement;
}

static void
answer(GwAsk *ask)
{
    gw_ask_query(ask, make_find(ask->id), on_answer);
}

/* archive.remark */

static int64_t
get_due_ms(const GwAsk *ask)
{
    int64_t days = json_object_get_int_member_with_default(ask->params, "days",
                                                           ask->archive->gateway->config->archive.remark_days);

    return gw_ask_now_ms(ask) + days * DAY_MS;
}

static void
write_remark(GwAsk *ask)
{
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement =
        gw_statement_new("INSERT INTO remark (id, session, at_ms, text, who, display, made_ms, due_ms)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");

    gw_statement_text(statement, ask->id);
    gw_statement_text(statement, ask->entry->session);
    if (json_object_has_member(ask->params, "at_ms"))
        gw_statement_int(statement, gw_ask_get_int(ask, "at_ms"));
    else
        gw_statement_null(statement);
    gw_statement_text(statement, gw_ask_get(ask, "text"));
    gw_statement_text(statement, ask->asker.audit);
    gw_statement_text(statement, ask->asker.display);
    gw_statement_int(statement, gw_ask_now_ms(ask));
    gw_statement_int(statement, get_due_ms(ask));
    g_ptr_array_add(statements, statement);
    gw_ask_write(ask, statements, answer);
}

static void
remark_found(GwAsk *ask)
{
    JsonObject *detail = gw_object_with_text("text", gw_ask_get(ask, "text"));

    ask->id = gw_secret_new_id("remark");
    json_object_set_string_member(detail, "remark", ask->id);
    json_object_set_int_member(detail, "due_ms", get_due_ms(ask));
    if (json_object_has_member(ask->params, "at_ms"))
        json_object_set_int_member(detail, "at_ms", gw_ask_get_int(ask, "at_ms"));
    gw_ask_log(ask, "archive.remark", NULL, detail, write_remark);
}

static void
remark(GwAsk *ask)
{
    gw_ask_find(ask, gw_ask_get(ask, "session"), remark_found);
}

/* archive.remark-reply */

static void
on_replied(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) == 0) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "This remark has been answered.");
        return;
    }
    answer(ask);
}

static void
write_reply(GwAsk *ask)
{
    GwStatement *statement = gw_statement_new("UPDATE remark SET reply = ?2, reply_who = ?3, reply_display = ?4,"
                                              " reply_ms = ?5 WHERE id = ?1 AND reply IS NULL RETURNING id");

    gw_statement_text(statement, ask->id);
    gw_statement_text(statement, gw_ask_get(ask, "text"));
    gw_statement_text(statement, ask->asker.audit);
    gw_statement_text(statement, ask->asker.display);
    gw_statement_int(statement, gw_ask_now_ms(ask));
    gw_ask_query(ask, statement, on_replied);
}

static void
reply_found(GwAsk *ask)
{
    JsonObject *detail = gw_object_with_text("text", gw_ask_get(ask, "text"));

    json_object_set_string_member(detail, "remark", ask->id);
    gw_ask_log(ask, "archive.remark-reply", NULL, detail, write_reply);
}

static void
on_remark(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) == 0)
        gw_ask_fail(ask, SIG_ERROR_NOT_FOUND, "There is no such remark.");
    else if (!gw_rows_is_null(rows, 0, REPLY))
        gw_ask_fail(ask, SIG_ERROR_STATE, "This remark has been answered.");
    else
        gw_ask_find(ask, gw_rows_text(rows, 0, 1), reply_found);
}

static void
reply(GwAsk *ask)
{
    ask->id = g_strdup(gw_ask_get(ask, "remark"));
    gw_ask_query(ask, make_find(ask->id), on_remark);
}

/* archive.remarks */

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
    gw_ask_list_covered(ask, rows, N_COLUMNS, "remarks", wanted_to_json);
    gw_ask_reply(ask);
}

static void
remarks(GwAsk *ask)
{
    GwStatement *statement =
        gw_statement_new("SELECT " COLUMNS ", recording.unit FROM remark k JOIN recording USING (session)"
                         " ORDER BY made_ms DESC LIMIT ?1");

    gw_statement_int(statement, GW_ARCHIVE_MAX_ROWS * 4);
    gw_ask_query(ask, statement, on_all);
}

/* archive.own-log */

/* The log has ids; who reads it wants to know which recording that was. As audit.list has it. */
static void
name_recording(const GwAsk *ask, const GwRows *rows, unsigned row, JsonObject *named)
{
    const char *unit = gw_rows_text(rows, row, 7);
    const GwUnit *known = unit != NULL ? gw_people_get_unit(ask->archive->gateway->people, unit) : NULL;

    if (known == NULL || json_object_has_member(named, gw_rows_text(rows, row, 4)))
        return;
    JsonObject *recording = gw_object_with_text("name", known->name);
    json_object_set_int_member(recording, "at_ms", gw_rows_int(rows, row, 8));
    json_object_set_object_member(named, gw_rows_text(rows, row, 4), recording);
}

static void
on_log(GwAsk *ask, const GwRows *rows)
{
    static const char *const names[] = { "id", "at_ms", "who", "action", "object", NULL, "address" };
    JsonArray *entries = json_array_new();
    JsonObject *named = json_object_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        JsonObject *entry = json_object_new();
        JsonNode *detail = gw_rows_is_null(rows, i, 5) ? NULL : json_from_string(gw_rows_text(rows, i, 5), NULL);
        for (unsigned n = 0; n < G_N_ELEMENTS(names); n++) {
            if (n < 2)
                gw_object_set_row_int(entry, names[n], rows, i, n);
            else if (names[n] != NULL)
                gw_object_set_row_text(entry, names[n], rows, i, n);
        }
        if (detail != NULL)
            json_object_set_member(entry, "detail", detail);
        json_array_add_object_element(entries, entry);
        name_recording(ask, rows, i, named);
    }
    json_object_set_array_member(ask->result, "entries", entries);
    json_object_set_object_member(ask->result, "names", named);
    gw_ask_reply(ask);
}

static void
own_log(GwAsk *ask)
{
    GwStatement *statement = gw_statement_new(
        "SELECT id, at_ms, who, action, object, detail, address, recording.unit, recording.began_ms FROM audit"
        " LEFT JOIN recording ON object LIKE 'session:%' AND recording.session = substr(object, 9)"
        " WHERE who = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
    int64_t before = gw_ask_get_int(ask, "before");

    gw_statement_text(statement, ask->asker.audit);
    gw_statement_int(statement, before > 0 ? before : INT64_MAX);
    gw_statement_int(statement, json_object_get_int_member_with_default(ask->params, "limit", LOG_ROWS));
    gw_ask_query(ask, statement, on_log);
}

static const char *const states[] = { "open", "overdue", "answered", NULL };

const GwArchiveMethod gw_remark_methods[] = {
    { { .name = "archive.remark",
        .access = GW_ACCESS_PROCURATOR,
        .params =
            (const SigParam[]){
                GW_PARAM_ID("session"),
                { .name = "at_ms", .type = SIG_TYPE_INTEGER, .optional = true, .min = 0, .max = MAX_AT_MS },
                { .name = "text", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_REMARK },
                { .name = "days", .type = SIG_TYPE_INTEGER, .optional = true, .min = 1, .max = MAX_DAYS },
                { NULL } },
        .summary = "A remark that stays with the recording, to be answered by the office.",
        .result = "{remark}",
        .handle = gw_ask_on_request },
      remark },
    { { .name = "archive.remarks",
        .access = GW_ACCESS_WATCH,
        .params = (const SigParam[]){ { .name = "state", .type = SIG_TYPE_STRING, .optional = true, .values = states },
                                      { NULL } },
        .summary = "Remarks, newest first.",
        .result = "{remarks}",
        .handle = gw_ask_on_request },
      remarks },
    { { .name = "archive.remark-reply",
        .access = GW_ACCESS_OFFICER,
        .params = (const SigParam[]){ GW_PARAM_ID("remark"),
                                      { .name = "text", .type = SIG_TYPE_STRING, .min = 1, .max = MAX_REMARK },
                                      { NULL } },
        .summary = "The office's answer; once.",
        .result = "{remark}",
        .handle = gw_ask_on_request },
      reply },
    { { .name = "archive.own-log",
        .access = GW_ACCESS_WATCH,
        .params =
            (const SigParam[]){
                { .name = "before", .type = SIG_TYPE_INTEGER, .optional = true, .min = 1, .max = INT64_MAX },
                { .name = "limit", .type = SIG_TYPE_INTEGER, .optional = true, .min = 1, .max = MAX_LOG_ROWS },
                { NULL } },
        .summary = "What the audit log says that one has done oneself, newest first.",
        .result = "{entries, names}",
        .handle = gw_ask_on_request },
      own_log },
    { { NULL }, NULL },
};
