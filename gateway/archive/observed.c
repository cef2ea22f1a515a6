#define G_LOG_DOMAIN "gateway.archive"

#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/archive/spans.h"

/* Proof that what had to be observed was: from the sessions' own events. */

enum { MAX_EVENTS = 100000, AT = 5, TYPE = 6, WHO = 7, DISPLAY = 8, CLASS = 9 };

static void
add_observer(JsonArray *observers, const char *display, const GArray *spans)
{
    for (guint i = 0; i < spans->len; i++) {
        const GwSpan *span = &g_array_index(spans, GwSpan, i);
        JsonObject *observer = gw_object_with_text("by", display);
        json_object_set_int_member(observer, "from_ms", span->from);
        json_object_set_int_member(observer, "to_ms", span->to);
        json_array_add_object_element(observers, observer);
    }
}

/* Of one observer: from "observe" to "unobserve", or to the end. Times from the start of the session. */
static void
collect(const GwRows *rows, const unsigned range[2], const char *who, GArray *spans)
{
    int64_t began_ms = gw_rows_int(rows, range[0], 3), duration_ms = gw_rows_int(rows, range[0], 4);
    int64_t since_ms = -1;

    for (unsigned i = range[0]; i < range[1]; i++) {
        int64_t at_ms = CLAMP(gw_rows_int(rows, i, AT) - began_ms, 0, duration_ms);
        if (g_strcmp0(gw_rows_text(rows, i, WHO), who) != 0)
            continue;
        if (strcmp(gw_rows_text(rows, i, TYPE), "observe") == 0) {
            since_ms = since_ms < 0 ? at_ms : since_ms;
            continue;
        }
        if (since_ms >= 0)
            gw_spans_add(spans, since_ms, at_ms);
        since_ms = -1;
    }
    if (since_ms >= 0)
        gw_spans_add(spans, since_ms, duration_ms);
}

/* range: the rows of one session. */
static JsonObject *
session_to_json(const GwAsk *ask, const GwRows *rows, const unsigned range[2], int needed)
{
    JsonObject *session = json_object_new();
    JsonArray *observers = json_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GArray) all = gw_spans_new();
    int64_t duration_ms = gw_rows_int(rows, range[0], 4);

    for (unsigned i = range[0]; i < range[1]; i++) {
        const char *who = gw_rows_text(rows, i, WHO);
        g_autoptr(GArray) spans = gw_spans_new();
        if (who == NULL || !g_hash_table_add(seen, (char *)who))
            continue;
        collect(rows, range, who, spans);
        for (guint n = 0; n < spans->len; n++)
            gw_spans_add(all, g_array_index(spans, GwSpan, n).from, g_array_index(spans, GwSpan, n).to);
        add_observer(observers, gw_rows_text(rows, i, DISPLAY), spans);
    }
    JsonObject *unit = gw_people_unit_to_json(ask->archive->gateway->people, gw_rows_text(rows, range[0], 2));
    gw_object_set_row_text(session, "session", rows, range[0], 0);
    gw_object_set_row_text(session, "kind", rows, range[0], 1);
    if (unit != NULL)
        json_object_set_object_member(session, "unit", unit);
    gw_object_set_row_int(session, "began_ms", rows, range[0], 3);
    gw_object_set_row_int(session, "duration_ms", rows, range[0], 4);
    gw_object_set_row_text(session, "recording_class", rows, range[0], CLASS);
    json_object_set_boolean_member(session, "required", needed > 0);
    if (needed > 0)
        json_object_set_int_member(session, "needed_percent", needed);
    json_object_set_int_member(session, "observed_ms", gw_spans_get_length(all));
    json_object_set_boolean_member(
        session, "proven", needed > 0 && gw_spans_get_length(all) * 100 >= duration_ms * needed && all->len > 0);
    json_object_set_array_member(session, "observers", observers);
    return session;
}

static void
on_events(GwAsk *ask, const GwRows *rows)
{
    JsonArray *sessions = json_array_new();
    char **rules = ask->archive->gateway->config->archive.observe;
    unsigned n = gw_rows_get_count(rows);
    int64_t total = 0, required = 0, proven = 0;

    for (unsigned i = 0, next = 0; i < n; i = next) {
        const char *id = gw_rows_text(rows, i, 0);
        int needed =
            strcmp(gw_rows_text(rows, i, CLASS), "privileged") != 0 ? gw_rules_get(rules, gw_rows_text(rows, i, 1)) : 0;
        for (next = i; next < n && strcmp(gw_rows_text(rows, next, 0), id) == 0; next++)
            continue;
        const unsigned range[] = { i, next };
        JsonObject *session = session_to_json(ask, rows, range, needed);
        json_array_add_object_element(sessions, session);
        total++;
        required += needed > 0;
        proven += json_object_get_boolean_member(session, "proven");
    }
    json_object_set_array_member(ask->result, "sessions", sessions);
    json_object_set_int_member(ask->result, "total", total);
    json_object_set_int_member(ask->result, "required", required);
    json_object_set_int_member(ask->result, "proven", proven);
    json_object_set_boolean_member(ask->result, "complete", n < MAX_EVENTS);
    gw_ask_reply(ask);
}

static void
observed(GwAsk *ask)
{
    GwStatement *statement = gw_statement_new(
        "WITH RECURSIVE mine (id) AS (SELECT ?1 UNION SELECT unit.id FROM unit JOIN mine ON unit.parent = mine.id),"
        " wanted (id) AS (SELECT ?2 UNION SELECT unit.id FROM unit JOIN wanted ON unit.parent = wanted.id)"
        " SELECT r.session, r.kind, r.unit, r.began_ms, r.duration_ms, e.at_ms, e.type, e.who, e.display, r.class"
        " FROM recording r LEFT JOIN session_event e ON e.session = r.session AND e.type IN ('observe', 'unobserve')"
        " WHERE (?1 IS NULL OR r.unit IN mine) AND (?2 IS NULL OR r.unit IN wanted) AND r.began_ms >= ?3"
        " AND r.began_ms < ?4 ORDER BY r.began_ms, r.session, e.id LIMIT ?5");

    gw_statement_text(statement, ask->asker.is_owner ? NULL : ask->asker.unit != NULL ? ask->asker.unit : "");
    gw_statement_text(statement, gw_ask_get(ask, "unit"));
    gw_statement_int(statement, gw_ask_get_int(ask, "from_ms"));
    gw_statement_int(statement, gw_ask_get_int(ask, "to_ms"));
    gw_statement_int(statement, MAX_EVENTS);
    gw_ask_query(ask, statement, on_events);
}

const GwArchiveMethod gw_observed_methods[] = {
    { { .name = "archive.observed",
        .access = GW_ACCESS_OFFICER | GW_ACCESS_SECURITY | GW_ACCESS_AUDITOR,
        .params =
            (const SigParam[]){ { .name = "from_ms", .type = SIG_TYPE_INTEGER },
                                { .name = "to_ms", .type = SIG_TYPE_INTEGER },
                                { .name = "unit", .type = SIG_TYPE_STRING, .optional = true, .max = GW_ARCHIVE_MAX_ID },
                                { NULL } },
        .summary = "Which sessions had to be observed, who observed them, and for how long.",
        .result = "{sessions, total, required, proven, complete}",
        .handle = gw_ask_on_request },
      observed },
    { { NULL }, NULL },
};
