#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/purge.h"

#include <string.h>

#include "gateway/people/secret.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static const char lately_sql[] =
    "SELECT count(*), coalesce(sum(bytes), 0), coalesce(max(began_ms + duration_ms), 0),"
    " (SELECT coalesce(sum(recordings), 0) FROM purge WHERE state IN ('approved', 'running',"
    " 'done') AND approved_ms > ?1 AND id <> ?2), (SELECT coalesce(sum(bytes), 0) FROM purge"
    " WHERE state IN ('approved', 'running', 'done') AND approved_ms > ?1 AND id <> ?2)"
    " FROM recording WHERE state = 'sealed'";

char *
gw_purge_check_amount(const GwPurgeAmount *amount, const GwPurgeAmount *lately, const GwPurgeAmount *archive,
                      unsigned percent)
{
    int64_t recordings = amount->recordings + lately->recordings;

    if (recordings <= 1)
        return NULL;
    if (recordings * 100 <= archive->recordings * percent &&
        (amount->bytes + lately->bytes) / 100 <= archive->bytes / 10000 * percent)
        return NULL;
    return g_strdup_printf("this is more than %u %% of the archive in a day", percent);
}

/* Shown. */

static void
add_decision(JsonObject *purge, const GwRows *rows, unsigned row, const unsigned columns[3], const char *name)
{
    JsonObject *decision = NULL;

    if (gw_rows_is_null(rows, row, columns[0]))
        return;
    decision = json_object_new();
    gw_object_set_row_text(decision, "by", rows, row, columns[0]);
    gw_object_set_row_int(decision, "at_ms", rows, row, columns[1]);
    gw_object_set_row_text(decision, "reason", rows, row, columns[2]);
    json_object_set_object_member(purge, name, decision);
}

static double
percent_of(const GwRows *rows, unsigned row)
{
    double recordings = (double)gw_rows_int(rows, row, GW_PURGE_ARCHIVE_RECORDINGS);

    return recordings > 0 ? 100 * (double)gw_rows_int(rows, row, GW_PURGE_RECORDINGS) / recordings : 0;
}

static const char *
get_state(const GwAsk *ask, const GwRows *rows, unsigned row)
{
    const char *state = gw_rows_text(rows, row, GW_PURGE_STATE);
    int64_t expires_ms = gw_rows_int(rows, row, GW_PURGE_AT) + GW_PURGE_EXPIRES_DAYS * DAY_MS;

    return strcmp(state, "planned") == 0 && expires_ms < gw_ask_now_ms(ask) ? "expired" : state;
}

JsonObject *
gw_purge_to_json(const GwAsk *ask, const GwRows *rows, unsigned row)
{
    static const struct {
        const char *name;
        unsigned column;
        bool is_text;
    } members[] = {
        { "id", GW_PURGE_ID, true },
        { "rule", GW_PURGE_RULE, true },
        { "reason", GW_PURGE_REASON, true },
        { "by", GW_PURGE_DISPLAY, true },
        { "at_ms", GW_PURGE_AT, false },
        { "recordings", GW_PURGE_RECORDINGS, false },
        { "bytes", GW_PURGE_BYTES, false },
        { "archive_recordings", GW_PURGE_ARCHIVE_RECORDINGS, false },
        { "archive_bytes", GW_PURGE_ARCHIVE_BYTES, false },
        { "held", GW_PURGE_HELD, false },
        { "executes_ms", GW_PURGE_EXECUTES_MS, false },
        { "stopped", GW_PURGE_STOPPED, true },
        { "done_ms", GW_PURGE_DONE_MS, false },
    };
    static const unsigned approved[] = { GW_PURGE_APPROVER_DISPLAY, GW_PURGE_APPROVED_MS, GW_PURGE_APPROVE_REASON };
    static const unsigned undone[] = { GW_PURGE_UNDONE_BY, GW_PURGE_UNDONE_MS, GW_PURGE_UNDO_REASON };
    const char *state = get_state(ask, rows, row);
    JsonObject *purge = gw_object_with_text("state", state);

    for (unsigned i = 0; i < G_N_ELEMENTS(members); i++) {
        if (members[i].is_text)
            gw_object_set_row_text(purge, members[i].name, rows, row, members[i].column);
        else
            gw_object_set_row_int(purge, members[i].name, rows, row, members[i].column);
    }
    json_object_set_double_member(purge, "percent", percent_of(rows, row));
    add_decision(purge, rows, row, approved, "approved");
    add_decision(purge, rows, row, undone, "undone");
    gw_ask_tell_second(ask, purge, "may_approve",
                       strcmp(state, "planned") == 0 ? gw_rows_text(rows, row, GW_PURGE_WHO) : NULL);
    g_autofree char *note = g_strdup_printf("/api/v1/purges/%s/note", gw_rows_text(rows, row, GW_PURGE_ID));
    json_object_set_string_member(purge, "note", note);
    return purge;
}

GwStatement *
gw_purge_find_statement(const char *id)
{
    GwStatement *statement = gw_statement_new("SELECT " GW_PURGE_COLUMNS " FROM purge WHERE id = ?1");

    gw_statement_text(statement, id);
    return statement;
}

GwStatement *
gw_purge_items_statement(const char *id)
{
    GwStatement *statement = gw_statement_new(
        "SELECT i.session, r.unit, r.kind, r.began_ms, r.duration_ms, i.bytes, i.until_ms, i.state,"
        " CASE WHEN i.state = 'planned' AND r.held > 0 THEN 'held' ELSE i.why END, i.leaf"
        " FROM purge_item i LEFT JOIN recording r ON r.session = i.session WHERE i.purge = ?1 ORDER BY i.session");

    gw_statement_text(statement, id);
    return statement;
}

JsonArray *
gw_purge_items_to_json(const GwAsk *ask, const GwRows *rows)
{
    JsonArray *items = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        JsonObject *item = json_object_new();
        JsonObject *unit = gw_people_unit_to_json(ask->archive->gateway->people, gw_rows_text(rows, i, 1));
        gw_object_set_row_text(item, "session", rows, i, 0);
        if (unit != NULL)
            json_object_set_object_member(item, "unit", unit);
        gw_object_set_row_text(item, "kind", rows, i, 2);
        gw_object_set_row_int(item, "began_ms", rows, i, 3);
        gw_object_set_row_int(item, "duration_ms", rows, i, 4);
        gw_object_set_row_int(item, "bytes", rows, i, 5);
        gw_object_set_row_int(item, "until_ms", rows, i, 6);
        gw_object_set_row_text(item, "state", rows, i, 7);
        gw_object_set_row_text(item, "why", rows, i, 8);
        gw_object_set_row_int(item, "log", rows, i, 9);
        json_array_add_object_element(items, item);
    }
    return items;
}

/* A purge that the asker may not see is not there. */
static bool
take_purge(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) > 0 &&
        gw_asker_covers(&ask->asker, ask->archive->gateway->people, gw_rows_text(rows, 0, GW_PURGE_UNIT)))
        return true;
    gw_ask_fail(ask, SIG_ERROR_NOT_FOUND, "There is no such purge.");
    return false;
}

static void
on_items(GwAsk *ask, const GwRows *rows)
{
    json_object_set_array_member(json_object_get_object_member(ask->result, "purge"), "items",
                                 gw_purge_items_to_json(ask, rows));
    gw_ask_reply(ask);
}

static void
on_purge(GwAsk *ask, const GwRows *rows)
{
    if (!take_purge(ask, rows))
        return;
    json_object_set_object_member(ask->result, "purge", gw_purge_to_json(ask, rows, 0));
    gw_ask_query(ask, gw_purge_items_statement(ask->id), on_items);
}

static void
get(GwAsk *ask)
{
    ask->id = g_strdup(gw_ask_get(ask, "purge"));
    gw_ask_query(ask, gw_purge_find_statement(ask->id), on_purge);
}

/* It is another than before: the answer, and others hear of it. */

static void
on_changed(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) > 0)
        gw_archive_tell_waiting(ask->archive, gw_rows_text(rows, 0, GW_PURGE_UNIT));
    on_purge(ask, rows);
}

static void
answer(GwAsk *ask)
{
    gw_ask_query(ask, gw_purge_find_statement(ask->id), on_changed);
}

static void
on_all(GwAsk *ask, const GwRows *rows)
{
    gw_ask_list_covered(ask, rows, GW_PURGE_UNIT, "purges", gw_purge_to_json);
    gw_ask_reply(ask);
}

static void
purges(GwAsk *ask)
{
    GwStatement *statement = gw_statement_new("SELECT " GW_PURGE_COLUMNS " FROM purge ORDER BY at_ms DESC LIMIT ?1");

    gw_statement_int(statement, GW_ARCHIVE_MAX_ROWS);
    gw_ask_query(ask, statement, on_all);
}

/* archive.purge-plan: candidates, then the whole archive for its share, then frozen. ask->detail: {held, recordings,
 * bytes, items: [{session, bytes, until_ms}]}. */

static void
write_plan(GwAsk *ask)
{
    JsonArray *items = json_object_get_array_member(ask->detail, "items");
    GPtrArray *statements = g_ptr_array_new();
    GwStatement *statement = gw_statement_new(
        "INSERT INTO purge (id, state, unit, rule, reason, who, display, at_ms, recordings, bytes, archive_recordings,"
        " archive_bytes, held, stopped) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");
    const char *stopped = json_object_get_string_member_with_default(ask->detail, "stopped", NULL);

    gw_statement_text(statement, ask->id);
    gw_statement_text(statement, stopped != NULL ? "stopped" : "planned");
    gw_statement_text(statement, ask->asker.unit);
    gw_statement_text(statement, json_object_get_string_member(ask->detail, "rule"));
    gw_statement_text(statement, gw_ask_get(ask, "reason"));
    gw_statement_text(statement, ask->asker.audit);
    gw_statement_text(statement, ask->asker.display);
    gw_statement_int(statement, gw_ask_now_ms(ask));
    gw_statement_int(statement, json_object_get_int_member(ask->detail, "recordings"));
    gw_statement_int(statement, json_object_get_int_member(ask->detail, "bytes"));
    gw_statement_int(statement, json_object_get_int_member(ask->detail, "archive_recordings"));
    gw_statement_int(statement, json_object_get_int_member(ask->detail, "archive_bytes"));
    gw_statement_int(statement, json_object_get_int_member(ask->detail, "held"));
    gw_statement_text(statement, stopped);
    g_ptr_array_add(statements, statement);
    for (unsigned i = 0; i < json_array_get_length(items); i++) {
        JsonObject *item = json_array_get_object_element(items, i);
        statement = gw_statement_new("INSERT INTO purge_item (purge, session, bytes, until_ms, state)"
                                     " VALUES (?1, ?2, ?3, ?4, 'planned')");
        gw_statement_text(statement, ask->id);
        gw_statement_text(statement, json_object_get_string_member(item, "session"));
        gw_statement_int(statement, json_object_get_int_member(item, "bytes"));
        gw_statement_int(statement, json_object_get_int_member(item, "until_ms"));
        g_ptr_array_add(statements, statement);
    }
    gw_ask_write(ask, statements, answer);
}

static void
on_amounts(GwAsk *ask, const GwRows *rows)
{
    const GwPurgeAmount archive = { gw_rows_int(rows, 0, 0), gw_rows_int(rows, 0, 1) };
    const GwPurgeAmount lately = { gw_rows_int(rows, 0, 3), gw_rows_int(rows, 0, 4) };
    const GwPurgeAmount amount = { json_object_get_int_member(ask->detail, "recordings"),
                                   json_object_get_int_member(ask->detail, "bytes") };
    GwArchive *self = ask->archive;
    JsonObject *detail = NULL;
    g_autofree char *too_much =
        gw_purge_check_amount(&amount, &lately, &archive, self->gateway->config->archive.purge_percent);
    const char *doubt = NULL;

    if (amount.recordings == 0) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "No recording is past its time, or what is past it is on hold.");
        return;
    }
    self->clock.newest_ms = gw_rows_int(rows, 0, 2);
    doubt = gw_clock_get_doubt(&self->clock, gw_ask_now_ms(ask));
    json_object_set_int_member(ask->detail, "archive_recordings", archive.recordings);
    json_object_set_int_member(ask->detail, "archive_bytes", archive.bytes);
    gw_object_set_text(ask->detail, "stopped", doubt != NULL ? doubt : too_much);
    detail = gw_object_with_text("reason", gw_ask_get(ask, "reason"));
    json_object_set_string_member(detail, "rule", json_object_get_string_member(ask->detail, "rule"));
    json_object_set_int_member(detail, "recordings", amount.recordings);
    json_object_set_int_member(detail, "bytes", amount.bytes);
    gw_object_set_text(detail, "stopped", doubt != NULL ? doubt : too_much);
    g_autofree char *object = g_strconcat("purge:", ask->id, NULL);
    gw_ask_log(ask, "archive.purge-planned", object, detail, write_plan);
}

static GwStatement *
make_lately(const GwAsk *ask)
{
    GwStatement *statement = gw_statement_new(lately_sql);

    gw_statement_int(statement, gw_ask_now_ms(ask) - DAY_MS);
    gw_statement_text(statement, ask->id);
    return statement;
}

static void
on_candidates(GwAsk *ask, const GwRows *rows)
{
    int64_t before_ms = ask->number, bytes = 0, held = 0;
    JsonArray *items = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        g_autoptr(GwEntry) entry = gw_entry_from_row(rows, i);
        if (gw_retention_get_default_ms(ask->archive, entry) >= before_ms)
            continue;
        if (entry->held) {
            held++;
            continue;
        }
        JsonObject *item = gw_object_with_text("session", entry->session);
        json_object_set_int_member(item, "bytes", entry->bytes);
        json_object_set_int_member(item, "until_ms", entry->until_ms);
        json_array_add_object_element(items, item);
        bytes += entry->bytes;
    }
    json_object_set_int_member(ask->detail, "recordings", json_array_get_length(items));
    json_object_set_int_member(ask->detail, "bytes", bytes);
    json_object_set_int_member(ask->detail, "held", held);
    json_object_set_array_member(ask->detail, "items", items);
    gw_ask_query(ask, make_lately(ask), on_amounts);
}

static char *
describe_rule(const GwAsk *ask)
{
    g_autoptr(GDateTime) before = g_date_time_new_from_unix_utc(ask->number / 1000);
    g_autofree char *text = before != NULL ? g_date_time_format_iso8601(before) : g_strdup("?");
    const char *kind = gw_ask_get(ask, "kind"), *unit = gw_ask_get(ask, "unit");

    return g_strdup_printf("kept until before %s%s%s%s%s", text, kind != NULL ? ", kind " : "",
                           kind != NULL ? kind : "", unit != NULL ? ", unit " : "", unit != NULL ? unit : "");
}

static void
plan(GwAsk *ask)
{
    GwStatement *statement = gw_statement_new(
        "WITH RECURSIVE mine (id) AS (SELECT ?1 UNION SELECT unit.id FROM unit JOIN mine ON unit.parent = mine.id),"
        " wanted (id) AS (SELECT ?2 UNION SELECT unit.id FROM unit JOIN wanted ON unit.parent = wanted.id)"
        " SELECT " GW_ENTRY_COLUMNS " FROM recording WHERE recording.unit IN mine AND (?2 IS NULL OR recording.unit IN"
        " wanted) AND (?3 IS NULL OR kind = ?3) AND state = 'sealed' AND until_ms > 0 AND until_ms < ?4 AND NOT EXISTS"
        " (SELECT 1 FROM purge_item i JOIN purge p ON p.id = i.purge WHERE i.session = recording.session"
        " AND p.state IN ('approved', 'running')) ORDER BY until_ms, session LIMIT ?5");
    int64_t now_ms = gw_ask_now_ms(ask), before_ms = gw_ask_get_int(ask, "before_ms");

    ask->number = before_ms > 0 ? MIN(before_ms, now_ms) : now_ms;
    ask->id = gw_secret_new_id("purge");
    ask->detail = json_object_new();
    g_autofree char *rule = describe_rule(ask);
    json_object_set_string_member(ask->detail, "rule", rule);
    gw_statement_text(statement, ask->asker.unit != NULL ? ask->asker.unit : "");
    gw_statement_text(statement, gw_ask_get(ask, "unit"));
    gw_statement_text(statement, gw_ask_get(ask, "kind"));
    gw_statement_int(statement, ask->number);
    gw_statement_int(statement, GW_PURGE_MAX_ITEMS);
    gw_ask_query(ask, statement, on_candidates);
}

/* archive.purge-approve */

static void
on_approved(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) == 0) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "Somebody has decided this already.");
        return;
    }
    answer(ask);
}

static void
write_approval(GwAsk *ask)
{
    GwStatement *statement = gw_statement_new("UPDATE purge SET state = 'approved', approver = ?2, approver_display = "
                                              "?3, approved_ms = ?4, approve_reason = ?5,"
                                              " executes_ms = ?6 WHERE id = ?1 AND state = 'planned' RETURNING id");
    int64_t now_ms = gw_ask_now_ms(ask);

    gw_statement_text(statement, ask->id);
    gw_statement_text(statement, ask->asker.audit);
    gw_statement_text(statement, ask->asker.display);
    gw_statement_int(statement, now_ms);
    gw_statement_text(statement, gw_ask_get(ask, "reason"));
    gw_statement_int(statement, now_ms + ask->archive->gateway->config->archive.undo_days * DAY_MS);
    gw_ask_query(ask, statement, on_approved);
}

static void
on_approve_amounts(GwAsk *ask, const GwRows *rows)
{
    const GwPurgeAmount archive = { gw_rows_int(rows, 0, 0), gw_rows_int(rows, 0, 1) };
    const GwPurgeAmount lately = { gw_rows_int(rows, 0, 3), gw_rows_int(rows, 0, 4) };
    const GwPurgeAmount amount = { json_object_get_int_member(ask->detail, "recordings"),
                                   json_object_get_int_member(ask->detail, "bytes") };
    GwArchive *self = ask->archive;
    g_autofree char *too_much =
        gw_purge_check_amount(&amount, &lately, &archive, self->gateway->config->archive.purge_percent);
    const char *doubt = NULL;

    self->clock.newest_ms = gw_rows_int(rows, 0, 2);
    doubt = gw_clock_get_doubt(&self->clock, gw_ask_now_ms(ask));
    if (doubt != NULL || too_much != NULL) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "Nothing is destroyed now: %s.", doubt != NULL ? doubt : too_much);
        return;
    }
    JsonObject *detail = gw_object_with_text("planned_by", json_object_get_string_member(ask->detail, "who"));
    gw_object_set_text(detail, "reason", gw_ask_get(ask, "reason"));
    json_object_set_int_member(detail, "recordings", amount.recordings);
    json_object_set_int_member(detail, "bytes", amount.bytes);
    g_autofree char *object = g_strconcat("purge:", ask->id, NULL);
    gw_ask_log(ask, "archive.purge-approved", object, detail, write_approval);
}

static void
on_approve(GwAsk *ask, const GwRows *rows)
{
    if (!take_purge(ask, rows))
        return;
    if (strcmp(get_state(ask, rows, 0), "planned") != 0) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "This purge was decided already, was stopped, or is too old: plan again.");
        return;
    }
    ask->detail = gw_purge_to_json(ask, rows, 0);
    json_object_set_string_member(ask->detail, "who", gw_rows_text(rows, 0, GW_PURGE_WHO));
    if (gw_ask_is_second(ask, gw_rows_text(rows, 0, GW_PURGE_WHO)))
        gw_ask_query(ask, make_lately(ask), on_approve_amounts);
}

static void
approve(GwAsk *ask)
{
    ask->id = g_strdup(gw_ask_get(ask, "purge"));
    gw_ask_query(ask, gw_purge_find_statement(ask->id), on_approve);
}

/* archive.purge-undo */

static void
on_undone(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) == 0) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "This purge has been carried out, or is not planned any more.");
        return;
    }
    answer(ask);
}

static void
write_undo(GwAsk *ask)
{
    GwStatement *statement =
        gw_statement_new("UPDATE purge SET state = 'undone', undone_by = ?2, undone_ms = ?3, undo_reason = ?4"
                         " WHERE id = ?1 AND state IN ('planned', 'approved', 'running') RETURNING id");

    gw_statement_text(statement, ask->id);
    gw_statement_text(statement, ask->asker.display);
    gw_statement_int(statement, gw_ask_now_ms(ask));
    gw_statement_text(statement, gw_ask_get(ask, "reason"));
    gw_ask_query(ask, statement, on_undone);
}

static void
on_undo(GwAsk *ask, const GwRows *rows)
{
    g_autofree char *object = g_strconcat("purge:", ask->id, NULL);

    if (take_purge(ask, rows))
        gw_ask_log(ask, "archive.purge-undone", object, gw_object_with_text("reason", gw_ask_get(ask, "reason")),
                   write_undo);
}

static void
undo(GwAsk *ask)
{
    ask->id = g_strdup(gw_ask_get(ask, "purge"));
    gw_ask_query(ask, gw_purge_find_statement(ask->id), on_undo);
}

static const SigParam purge_params[] = { GW_PARAM_ID("purge"), { NULL } };

const GwArchiveMethod gw_purge_methods[] = {
    { { .name = "archive.purge-plan",
        .access = GW_ACCESS_OFFICER,
        .params =
            (const SigParam[]){ { .name = "before_ms", .type = SIG_TYPE_INTEGER, .optional = true },
                                { .name = "kind", .type = SIG_TYPE_STRING, .optional = true, .max = 32 },
                                { .name = "unit", .type = SIG_TYPE_STRING, .optional = true, .max = GW_ARCHIVE_MAX_ID },
                                GW_PARAM_REASON,
                                { NULL } },
        .summary = "Lists what is past its time, frozen, and asks a second person; nothing is destroyed.",
        .result = "{purge}",
        .handle = gw_ask_on_request },
      plan },
    { { .name = "archive.purges",
        .access = GW_ACCESS_OFFICER | GW_ACCESS_SECURITY | GW_ACCESS_AUDITOR,
        .summary = "Purges of the asker's unit and below, newest first.",
        .result = "{purges}",
        .handle = gw_ask_on_request },
      purges },
    { { .name = "archive.purge-get",
        .access = GW_ACCESS_OFFICER | GW_ACCESS_SECURITY | GW_ACCESS_AUDITOR,
        .params = purge_params,
        .summary = "A purge with its frozen list.",
        .result = "{purge}",
        .handle = gw_ask_on_request },
      get },
    { { .name = "archive.purge-approve",
        .access = GW_ACCESS_OFFICER | GW_ACCESS_SECURITY,
        .params =
            (const SigParam[]){
                GW_PARAM_ID("purge"),
                { .name = "reason", .type = SIG_TYPE_STRING, .optional = true, .max = GW_ARCHIVE_MAX_REASON },
                { NULL } },
        .summary = "The second person agrees; it is carried out after the days in which it can be undone.",
        .result = "{purge}",
        .handle = gw_ask_on_request },
      approve },
    { { .name = "archive.purge-undo",
        .access = GW_ACCESS_OFFICER | GW_ACCESS_SECURITY,
        .params = (const SigParam[]){ GW_PARAM_ID("purge"), GW_PARAM_REASON, { NULL } },
        .summary = "Nothing of it that is still there will be destroyed.",
        .result = "{purge}",
        .handle = gw_ask_on_request },
      undo },
    { { NULL }, NULL },
};
