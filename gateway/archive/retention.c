#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/archive-priv.h"

/* How long: rules beside each recording, of which the longest that was not dropped wins. */

#define DAY_MS (INT64_C(24) * 3600 * 1000)

enum { MAX_YEARS = 100 };

static const char refresh_sql[] =
    "UPDATE recording SET until_ms = coalesce((SELECT max(k.until_ms) FROM keep_rule k WHERE k.session = ?1 AND"
    " k.dropped = 0), 0), keep_class = (SELECT k.class FROM keep_rule k WHERE k.session = ?1 AND k.dropped = 0"
    " ORDER BY k.until_ms DESC, k.id LIMIT 1) WHERE session = ?1";

static GwStatement *
make_refresh(const char *session)
{
    GwStatement *statement = gw_statement_new(refresh_sql);

    gw_statement_text(statement, session);
    return statement;
}

int64_t
gw_retention_get_default_ms(const GwArchive *self, const GwEntry *entry)
{
    int days = gw_rules_get(self->gateway->config->archive.keep, entry->kind);

    /* What no rule names is kept for good. */
    return days < 0 ? INT64_MAX : entry->began_ms + entry->duration_ms + days * DAY_MS;
}

void
gw_retention_add_rule(GwArchive *self, GPtrArray *statements, const GwEntry *entry)
{
    int64_t until_ms = gw_retention_get_default_ms(self, entry);
    GwStatement *statement = NULL;

    if (until_ms == INT64_MAX)
        return;
    statement = gw_statement_new("INSERT INTO keep_rule (session, class, until_ms, at_ms) SELECT ?1, ?2, ?3, ?4"
                                 " WHERE NOT EXISTS (SELECT 1 FROM keep_rule WHERE session = ?1 AND who IS NULL)");
    gw_statement_text(statement, entry->session);
    gw_statement_text(statement, entry->kind);
    gw_statement_int(statement, until_ms);
    gw_statement_int(statement, gw_sessions_now_ms(self->sessions));
    g_ptr_array_add(statements, statement);
    g_ptr_array_add(statements, make_refresh(entry->session));
}

/* Shown. */

static void
on_rules(GwAsk *ask, const GwRows *rows)
{
    JsonObject *retention = json_object_new();
    JsonArray *rules = json_array_new();
    int64_t until_ms = 0;
    const char *class = "";

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        JsonObject *rule = json_object_new();
        bool dropped = gw_rows_int(rows, i, 5) != 0;
        gw_object_set_row_text(rule, "class", rows, i, 0);
        gw_object_set_row_int(rule, "until_ms", rows, i, 1);
        gw_object_set_row_text(rule, "by", rows, i, 2);
        gw_object_set_row_text(rule, "reason", rows, i, 3);
        gw_object_set_row_int(rule, "at_ms", rows, i, 4);
        json_object_set_boolean_member(rule, "dropped", dropped);
        json_array_add_object_element(rules, rule);
        if (!dropped && gw_rows_int(rows, i, 1) > until_ms) {
            until_ms = gw_rows_int(rows, i, 1);
            class = gw_rows_text(rows, i, 0);
        }
    }
    json_object_set_string_member(retention, "class", class);
    json_object_set_int_member(retention, "until_ms", until_ms);
    json_object_set_array_member(retention, "rules", rules);
    json_object_set_object_member(ask->result, "retention", retention);
    ask->next(ask);
}

void
gw_retention_show(GwAsk *ask, GwAskFunc next)
{
    GwStatement *statement = gw_statement_new("SELECT class, until_ms, display, reason, at_ms, dropped FROM keep_rule"
                                              " WHERE session = ?1 ORDER BY id LIMIT ?2");

    gw_statement_text(statement, ask->entry->session);
    gw_statement_int(statement, GW_ARCHIVE_MAX_ROWS);
    ask->next = next;
    gw_ask_query(ask, statement, on_rules);
}

/* archive.retention */

static void
reply_changed(GwAsk *ask)
{
    gw_archive_tell_changed(ask->archive, ask->entry->session);
    gw_retention_show(ask, gw_ask_reply);
}

static void
write_extension(GwAsk *ask)
{
    GPtrArray *statements = g_ptr_array_new();
    const char *class = gw_ask_get(ask, "class");
    GwStatement *statement =
        gw_statement_new("INSERT INTO keep_rule (session, class, until_ms, who, display, reason, at_ms)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");

    gw_statement_text(statement, ask->entry->session);
    gw_statement_text(statement, class != NULL ? class : "until");
    gw_statement_int(statement, ask->number);
    gw_statement_text(statement, ask->asker.audit);
    gw_statement_text(statement, ask->asker.display);
    gw_statement_text(statement, gw_ask_get(ask, "reason"));
    gw_statement_int(statement, gw_ask_now_ms(ask));
    g_ptr_array_add(statements, statement);
    g_ptr_array_add(statements, make_refresh(ask->entry->session));
    gw_ask_write(ask, statements, reply_changed);
}

static void
ask_to_shorten(GwAsk *ask)
{
    const GwNewRequest request = {
        .what = "shorten",
        .session = ask->entry->session,
        .reason = gw_ask_get(ask, "reason"),
        .until_ms = ask->number,
    };

    gw_requests_add(ask, &request);
}

/* Rules that people have made end at the time that was asked for; that of the recording's kind does not. */
void
gw_retention_apply_shorten(GwAsk *ask, const char *session, int64_t until_ms, GPtrArray *statements)
{
    static const char *const steps[] = {
        "INSERT INTO keep_rule (session, class, until_ms, who, display, reason, at_ms) SELECT session, class, ?2, who,"
        " display, reason, ?3 FROM keep_rule WHERE session = ?1 AND who IS NOT NULL AND dropped = 0 AND until_ms > ?2"
        " ORDER BY until_ms DESC LIMIT 1",
        "UPDATE keep_rule SET dropped = 1 WHERE session = ?1 AND who IS NOT NULL AND until_ms > ?2 AND ?3 > 0",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(steps); i++) {
        GwStatement *statement = gw_statement_new(steps[i]);
        gw_statement_text(statement, session);
        gw_statement_int(statement, until_ms);
        gw_statement_int(statement, gw_ask_now_ms(ask));
        g_ptr_array_add(statements, statement);
    }
    g_ptr_array_add(statements, make_refresh(session));
}

static JsonObject *
make_detail(const GwAsk *ask)
{
    JsonObject *detail = gw_object_with_text("reason", gw_ask_get(ask, "reason"));

    gw_object_set_text(detail, "class", gw_ask_get(ask, "class"));
    json_object_set_int_member(detail, "until_ms", ask->number);
    json_object_set_int_member(detail, "was_ms", ask->entry->until_ms);
    return detail;
}

/* Until when it is kept now. A kind that no rule names is kept for good, and to say any time is then to keep it less long. */
static int64_t
get_current_ms(const GwAsk *ask)
{
    return ask->entry->until_ms != 0 ? ask->entry->until_ms : gw_retention_get_default_ms(ask->archive, ask->entry);
}

static void
retention_found(GwAsk *ask)
{
    const char *class = gw_ask_get(ask, "class");
    int64_t ended_ms = ask->entry->began_ms + ask->entry->duration_ms;
    int days = class != NULL ? gw_rules_get(ask->archive->gateway->config->archive.keep, class) : 0;

    if (ask->entry->state == GW_ENTRY_DESTROYED) {
        gw_ask_fail(ask, SIG_ERROR_STATE, "This recording has been destroyed: see its note.");
        return;
    }
    if ((class != NULL) == json_object_has_member(ask->params, "until_ms") || days < 0) {
        gw_ask_fail(ask, SIG_ERROR_BAD_PARAMS, "Say either until_ms or one of the classes of archive.classes.");
        return;
    }
    ask->number = class != NULL ? ended_ms + days * DAY_MS : gw_ask_get_int(ask, "until_ms");
    if (ask->number > ended_ms + MAX_YEARS * 366 * DAY_MS || ask->number < 0) {
        gw_ask_fail(ask, SIG_ERROR_BAD_PARAMS, "Nothing is kept for more than %d years: use a hold instead.",
                    MAX_YEARS);
        return;
    }
    bool shorter = ask->number < get_current_ms(ask);
    gw_ask_log(ask, shorter ? "archive.shorten-asked" : "archive.retention", NULL, make_detail(ask),
               shorter ? ask_to_shorten : write_extension);
}

static void
retention(GwAsk *ask)
{
    gw_ask_find(ask, gw_ask_get(ask, "session"), retention_found);
}

/* archive.classes */

static void
classes(GwAsk *ask)
{
    const GwArchiveConfig *config = &ask->archive->gateway->config->archive;

    json_object_set_array_member(ask->result, "classes", gw_rules_to_json(config->keep, "class", "days"));
    json_object_set_array_member(ask->result, "review", gw_rules_to_json(config->review, "kind", "percent"));
    json_object_set_int_member(ask->result, "undo_days", config->undo_days);
    json_object_set_int_member(ask->result, "purge_percent", config->purge_percent);
    json_object_set_int_member(ask->result, "exports_a_day", config->exports_a_day);
    json_object_set_int_member(ask->result, "watch_percent", config->watch_percent);
    gw_ask_reply(ask);
}

const GwArchiveMethod gw_retention_methods[] = {
    { { .name = "archive.retention",
        .access = GW_ACCESS_OFFICER,
        .params =
            (const SigParam[]){ GW_PARAM_ID("session"),
                                { .name = "until_ms", .type = SIG_TYPE_INTEGER, .optional = true },
                                { .name = "class", .type = SIG_TYPE_STRING, .optional = true, .min = 1, .max = 32 },
                                GW_PARAM_REASON,
                                { NULL } },
        .summary = "Keeps a recording longer, at once; or asks a second person to let it be kept shorter.",
        .result = "{retention, request?}",
        .handle = gw_ask_on_request },
      retention },
    { { .name = "archive.classes",
        .access = GW_ACCESS_WATCH | GW_ACCESS_SECURITY | GW_ACCESS_AUDITOR,
        .summary = "How long what is kept, and what needs a second person.",
        .result = "{classes, review, undo_days, purge_percent, exports_a_day, watch_percent}",
        .handle = gw_ask_on_request },
      classes },
    { { NULL }, NULL },
};
