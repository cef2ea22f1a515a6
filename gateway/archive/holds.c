#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/archive-priv.h"
#include "gateway/people/secret.h"

/* A hold beats every rule of retention until two persons have lifted it. */

#define COLUMNS                                                                                                        \
    "hold.id, hold.session, hold.reason, hold.display, hold.at_ms, hold.lifted_ms, hold.lifted_by, hold.approved_by,"  \
    " hold.lift_reason"

static JsonObject *
row_to_json(const GwAsk *ask, const GwRows *rows, unsigned row)
{
    JsonObject *hold = json_object_new();

    (void)ask;
    gw_object_set_row_text(hold, "id", rows, row, 0);
    gw_object_set_row_text(hold, "session", rows, row, 1);
    gw_object_set_row_text(hold, "reason", rows, row, 2);
    gw_object_set_row_text(hold, "by", rows, row, 3);
    gw_object_set_row_int(hold, "at_ms", rows, row, 4);
    if (gw_rows_int(rows, row, 5) == 0)
        return hold;
    JsonObject *lifted = json_object_new();
    gw_object_set_row_int(lifted, "at_ms", rows, row, 5);
    gw_object_set_row_text(lifted, "by", rows, row, 6);
    gw_object_set_row_text(lifted, "approved_by", rows, row, 7);
    gw_object_set_row_text(lifted, "reason", rows, row, 8);
    json_object_set_object_member(hold, "lifted", lifted);
    return hold;
}

void
gw_holds_show(GwAsk *ask, GwAskFunc next)
{
    static const GwAskShown shown = {
        .member = "holds",
        .select = "SELECT " COLUMNS " FROM hold WHERE session = ?1 ORDER BY at_ms DESC LIMIT ?2",
        .to_json = row_to_json,
    };

    gw_ask_show(ask, &shown, next);
}

/* archive.hold */

static void
on_hold_written(GwAsk *ask, const GwRows *rows)
{
    /* The purge takes what it destroys by one statement, and so does this: whichever was first has won. */
    if (gw_rows_get_count(rows) == 0) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "This recording is being destroyed, or has been: it cannot be held.");
        return;
    }
    json_object_set_object_member(ask->result, "hold", row_to_json(ask, rows, 0));
    gw_archive_tell_changed(ask->archive, ask->entry->session);
    gw_ask_reply(ask);
}

static void
write_hold(GwAsk *ask)
{
    g_autofree char *id = gw_secret_new_id("hold");
    GwStatement *statement = gw_statement_new(
        "INSERT INTO hold (id, session, reason, who, display, at_ms) SELECT ?1, ?2, ?3, ?4, ?5, ?6 FROM recording"
        " WHERE session = ?2 AND state <> 'destroyed' AND NOT EXISTS (SELECT 1 FROM purge_item i WHERE i.session = ?2"
        " AND i.state = 'destroying') RETURNING id, session, reason, display, at_ms, lifted_ms, lifted_by, approved_by,"
        " lift_reason");
    GwStatement *mark = gw_statement_new("UPDATE recording SET held = (SELECT count(*) FROM hold WHERE session = ?1 AND"
                                         " lifted_ms = 0) WHERE session = ?1");

    gw_statement_text(statement, id);
    gw_statement_text(statement, ask->entry->session);
    gw_statement_text(statement, gw_ask_get(ask, "reason"));
    gw_statement_text(statement, ask->asker.audit);
    gw_statement_text(statement, ask->asker.display);
    gw_statement_int(statement, gw_ask_now_ms(ask));
    gw_statement_text(mark, ask->entry->session);
    gw_ask_query(ask, statement, on_hold_written);
    gw_store_run(ask->archive->gateway->store, mark, NULL, NULL);
}

static void
hold_found(GwAsk *ask)
{
    if (ask->entry->state == GW_ENTRY_DESTROYED || ask->entry->state == GW_ENTRY_NONE) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "There is nothing of this session that could be held.");
        return;
    }
    gw_ask_log(ask, "archive.hold", NULL, gw_object_with_text("reason", gw_ask_get(ask, "reason")), write_hold);
}

static void
hold(GwAsk *ask)
{
    gw_ask_find(ask, gw_ask_get(ask, "session"), hold_found);
}

/* archive.lift-hold */

static void
add_request(GwAsk *ask)
{
    const GwNewRequest request = {
        .what = "lift-hold",
        .session = ask->entry->session,
        .hold = gw_ask_get(ask, "hold"),
        .reason = gw_ask_get(ask, "reason"),
    };

    gw_requests_add(ask, &request);
}

static void
lift_found(GwAsk *ask)
{
    JsonObject *detail = gw_object_with_text("reason", gw_ask_get(ask, "reason"));

    json_object_set_string_member(detail, "hold", gw_ask_get(ask, "hold"));
    gw_ask_log(ask, "archive.lift-hold-asked", NULL, detail, add_request);
}

static void
on_hold(GwAsk *ask, const GwRows *rows)
{
    if (gw_rows_get_count(rows) == 0) {
        gw_ask_fail(ask, SIG_ERROR_NOT_FOUND, "There is no such hold in force.");
        return;
    }
    gw_ask_find(ask, gw_rows_text(rows, 0, 0), lift_found);
}

static void
lift_hold(GwAsk *ask)
{
    GwStatement *statement = gw_statement_new("SELECT session FROM hold WHERE id = ?1 AND lifted_ms = 0");

    gw_statement_text(statement, gw_ask_get(ask, "hold"));
    gw_ask_query(ask, statement, on_hold);
}

/* archive.holds */

static JsonObject *
listed_to_json(const GwAsk *ask, const GwRows *rows, unsigned row)
{
    JsonObject *hold = row_to_json(ask, rows, row);
    JsonObject *unit = gw_people_unit_to_json(ask->archive->gateway->people, gw_rows_text(rows, row, 9));

    if (unit != NULL)
        json_object_set_object_member(hold, "unit", unit);
    gw_object_set_row_text(hold, "kind", rows, row, 10);
    gw_object_set_row_int(hold, "began_ms", rows, row, 11);
    if (!gw_rows_is_null(rows, row, 12)) {
        JsonObject *asked = json_object_new();
        gw_object_set_row_text(asked, "by", rows, row, 12);
        gw_object_set_row_int(asked, "at_ms", rows, row, 13);
        json_object_set_object_member(hold, "lift_asked", asked);
    }
    return hold;
}

static void
on_all(GwAsk *ask, const GwRows *rows)
{
    gw_ask_list_covered(ask, rows, 9, "holds", listed_to_json);
    gw_ask_reply(ask);
}

static void
holds(GwAsk *ask)
{
    GwStatement *statement =
        gw_statement_new("SELECT " COLUMNS ", recording.unit, recording.kind, recording.began_ms, request.display,"
                         " request.at_ms FROM hold JOIN recording USING (session) LEFT JOIN request ON request.hold ="
                         " hold.id AND request.state = 'pending' WHERE hold.lifted_ms = 0 GROUP BY hold.id"
                         " ORDER BY hold.at_ms DESC LIMIT ?1");

    gw_statement_int(statement, GW_ARCHIVE_MAX_ROWS * 10);
    gw_ask_query(ask, statement, on_all);
}

const GwArchiveMethod gw_holds_methods[] = {
    { { .name = "archive.hold",
        .access = GW_ACCESS_OFFICER,
        .params = (const SigParam[]){ GW_PARAM_ID("session"), GW_PARAM_REASON, { NULL } },
        .summary = "Nothing destroys this recording until two persons have lifted the hold.",
        .result = "{hold}",
        .handle = gw_ask_on_request },
      hold },
    { { .name = "archive.holds",
        .access = GW_ACCESS_WATCH | GW_ACCESS_SECURITY | GW_ACCESS_AUDITOR,
        .summary = "The holds in force, newest first.",
        .result = "{holds}",
        .handle = gw_ask_on_request },
      holds },
    { { .name = "archive.lift-hold",
        .access = GW_ACCESS_OFFICER,
        .params = (const SigParam[]){ GW_PARAM_ID("hold"), GW_PARAM_REASON, { NULL } },
        .summary = "Asks a second person to lift a hold.",
        .result = "{request}",
        .handle = gw_ask_on_request },
      lift_hold },
    { { NULL }, NULL },
};
