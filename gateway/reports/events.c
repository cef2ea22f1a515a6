#include <string.h>

#include "gateway/people/csv.h"
#include "gateway/reports/reports-priv.h"

/* The facts behind a figure; and all of them, in their order, as CSV for others to count (IF6). */

/* ",look,answered,"; owned. NULL: all. */
static char *
read_kinds(const GwQuestion *question)
{
    JsonArray *kinds = json_object_has_member(question->params, "kinds")
                           ? json_object_get_array_member(question->params, "kinds")
                           : NULL;
    g_autoptr(GString) text = g_string_new(",");

    for (unsigned i = 0; kinds != NULL && i < json_array_get_length(kinds); i++) {
        JsonNode *node = json_array_get_element(kinds, i);
        const char *kind = json_node_get_value_type(node) == G_TYPE_STRING ? json_node_get_string(node) : NULL;
        if (kind != NULL && g_strv_contains(gw_fact_kinds, kind))
            g_string_append_printf(text, "%s,", kind);
    }
    return kinds != NULL ? g_strdup(text->str) : NULL;
}

static void
on_events(GwQuestion *question, const GwRows *rows)
{
    JsonArray *events = json_array_new();
    unsigned n = gw_rows_get_count(rows);

    for (unsigned i = 0; i < n; i++)
        json_array_add_object_element(events, gw_fact_log_row_to_json(question->row.gateway, rows, i));
    json_object_set_array_member(question->result, "events", events);
    if (n == GW_REPORTS_MAX_ROWS)
        json_object_set_int_member(question->result, "after", gw_rows_int(rows, n - 1, 0));
    gw_question_reply(question);
}

static void
read_events(void *user_data)
{
    GwQuestion *question = user_data;
    g_autofree char *kinds = read_kinds(question);
    GwStatement *statement = gw_statement_new("SELECT " GW_FACT_COLUMNS " FROM fact WHERE" GW_FACT_LOG_WHERE
                                              "AND id > ?9 ORDER BY id LIMIT ?10");
    const GwFactFilter filter = {
        .unit = gw_question_get(question, "unit"),
        .kinds = kinds,
        .who = gw_question_get(question, "who"),
        .at = gw_question_get(question, "at"),
        .below = gw_question_get(question, "below"),
        .from_ms = gw_question_get_int(question, "from_ms"),
        .until_ms = gw_question_get_int(question, "until_ms"),
        .upto = gw_question_get_int(question, "upto"),
    };

    gw_fact_log_bind_filter(statement, &filter);
    gw_statement_int(statement, gw_question_get_int(question, "after"));
    gw_statement_int(statement, GW_REPORTS_MAX_ROWS);
    gw_question_query(question, statement, on_events);
}

static void
events(GwQuestion *question)
{
    const GwReports *self = question->row.subject;
    GwFactFilter filter = { 0 };

    if (gw_reports_read_span(question, &filter))
        gw_fact_log_catch_up(self->facts, read_events, question);
}

/* CSV. */

static const char head[] = "event_id,unit,person,kind,time,value,evidence_ids,formula_version\r\n";

static void
append_row(GString *text, const GwRows *rows, unsigned row, unsigned version)
{
    int64_t at_ms = gw_rows_int(rows, row, 1);
    g_autoptr(GDateTime) at = g_date_time_new_from_unix_utc(at_ms / 1000);
    g_autofree char *time = at != NULL ? g_date_time_format(at, "%Y-%m-%dT%H:%M:%S") : g_strdup("");

    g_string_append_printf(text, "%" G_GINT64_FORMAT ",", gw_rows_int(rows, row, 0));
    gw_csv_append(text, gw_rows_text(rows, row, 3));
    g_string_append_c(text, ',');
    gw_csv_append(text, gw_rows_text(rows, row, 5));
    g_string_append_printf(text, ",%s,%s.%03dZ,%" G_GINT64_FORMAT ",", gw_rows_text(rows, row, 2), time,
                           (int)(at_ms % 1000), gw_rows_int(rows, row, 7));
    gw_csv_append(text, gw_rows_is_null(rows, row, 6) ? "" : gw_rows_text(rows, row, 6));
    g_string_append_printf(text, ",%u\r\n", version);
}

static void
on_csv(GwQuestion *question, const GwRows *rows)
{
    g_autoptr(GString) text = g_string_new(head);
    SigHttp *http = g_steal_pointer(&question->http);
    const char *unit = gw_question_get(question, "unit");

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        append_row(text, rows, i, gw_weights_find(question->row.subject, unit, gw_rows_int(rows, i, 1)).version);
    sig_http_add_header(http, "Cache-Control", "no-store");
    sig_http_add_header(http, "Content-Disposition", "attachment; filename=\"events.csv\"");
    sig_http_reply_text(http, 200, "text/csv; charset=utf-8", text->str);
    gw_question_reply(question);
}

static void
read_csv(void *user_data)
{
    GwQuestion *question = user_data;
    g_autofree char *within = g_strconcat("/", gw_question_get(question, "unit"), "/", NULL);
    GwStatement *statement = gw_statement_new("SELECT " GW_FACT_COLUMNS " FROM fact WHERE instr(place, ?1) > 0"
                                              " AND id > ?2 ORDER BY id LIMIT ?3");

    gw_statement_text(statement, within);
    gw_statement_int(statement, gw_question_get_int(question, "after"));
    gw_statement_int(statement, GW_REPORTS_MAX_CSV);
    gw_question_query(question, statement, on_csv);
}

static void
csv(GwQuestion *question)
{
    const GwReports *self = question->row.subject;
    const char *unit = gw_question_get(question, "unit");

    if (gw_people_get_unit(question->row.gateway->people, unit) != NULL &&
        gw_question_reaches(question, GW_ACCESS_INSPECTOR | GW_ACCESS_FETCHER, unit))
        gw_fact_log_catch_up(self->facts, read_csv, question);
    else
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such unit.");
}

static void
handle_csv(SigHttp *http, void *user_data)
{
    GwReports *self = user_data;
    const GwQuestionRow row = { self->gateway, self, csv };
    const char *unit = sig_http_get_query(http, "unit"), *after = sig_http_get_query(http, "after");
    g_autoptr(JsonObject) params = gw_object_with_text("unit", unit);
    uint64_t number = 0;

    if (unit == NULL || (after != NULL && !g_ascii_string_to_unsigned(after, 10, 0, INT64_MAX, &number, NULL))) {
        sig_http_fail(http, SIG_ERROR_BAD_PARAMS, "say ?unit=ID and, for what is new, &after=EVENT_ID");
        return;
    }
    json_object_set_int_member(params, "after", (int64_t)number);
    gw_question_on_http(http, &row, params, NULL);
}

const GwQuestionMethod gw_report_event_methods[] = {
    { { .name = "reports.events",
        .access = GW_ACCESS_INSPECTOR,
        .params =
            (const SigParam[]){
                GW_REPORT_PARAM_ID("unit"),
                GW_REPORT_PARAM_TIME("from_ms"),
                GW_REPORT_PARAM_TIME("until_ms"),
                { .name = "kinds", .type = SIG_TYPE_ARRAY, .optional = true, .max = GW_REPORTS_MAX_KINDS },
                { .name = "who", .type = SIG_TYPE_STRING, .optional = true, .max = 100, .summary = "person:ID" },
                { .name = "at",
                  .type = SIG_TYPE_STRING,
                  .optional = true,
                  .max = GW_REPORTS_MAX_ID,
                  .summary = "of this very unit" },
                { .name = "below",
                  .type = SIG_TYPE_STRING,
                  .optional = true,
                  .max = GW_REPORTS_MAX_ID,
                  .summary = "also of what was below this one then" },
                { .name = "upto", .type = SIG_TYPE_INTEGER, .optional = true, .min = 0, .max = INT64_MAX },
                { .name = "after", .type = SIG_TYPE_INTEGER, .optional = true, .min = 0, .max = INT64_MAX },
                { NULL } },
        .summary = "The events behind a figure, as they were recorded; unit: of it and of what was below it then.",
        .result = "{events, after?}",
        .handle = gw_question_on_request },
      events },
    { { NULL }, NULL },
};

const SigRoute gw_report_event_routes[] = {
    { "GET", "/api/v1/reports/events.csv", GW_ACCESS_INSPECTOR | GW_ACCESS_FETCHER, 0,
      "What was recorded, as CSV that only grows (IF6).", handle_csv },
    { NULL },
};
