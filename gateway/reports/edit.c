#include <string.h>

#include "gateway/reports/reports-priv.h"

/* What people do to a report that was drafted. Each act is the event that follows the last one that was read: of two at the same time
 * the second is told to look again. */

const char *const gw_report_parts[] = { "units", "good", "problems", "orders", "passed", "inspectors", NULL };

static void
ask_free(void *data)
{
    GwReportAsk *ask = data;

    g_clear_pointer(&ask->report, gw_report_free);
    g_clear_pointer(&ask->figures, json_array_unref);
    g_clear_pointer(&ask->body, json_object_unref);
    for (unsigned i = 0; i < G_N_ELEMENTS(ask->parts); i++) {
        if (ask->parts[i] != NULL)
            g_string_free(ask->parts[i], TRUE);
    }
    g_free(ask);
}

GwReportAsk *
gw_report_ask_new(GwQuestion *question)
{
    if (question->data == NULL)
        gw_question_set_data(question, g_new0(GwReportAsk, 1), ask_free);
    return question->data;
}

static bool
may_see(const GwQuestion *question, const char *unit)
{
    return gw_people_reaches(question->row.gateway->people, &question->identity, GW_ACCESS_INSPECTOR, unit);
}

static void
on_report(GwQuestion *question, const GwRows *rows)
{
    GwReportAsk *ask = question->data;
    g_autoptr(GwReport) report = gw_rows_get_count(rows) > 0 ? gw_report_from_row(rows, 0) : NULL;

    if (report == NULL || !may_see(question, report->unit)) {
        gw_question_fail(question, SIG_ERROR_NOT_FOUND, "There is no such report.");
        return;
    }
    g_clear_pointer(&ask->report, gw_report_free);
    ask->report = g_steal_pointer(&report);
    ask->next(question);
}

static void
find_by_id(GwQuestion *question, const char *id, GwQuestionStep next)
{
    GwStatement *statement = gw_statement_new("SELECT " GW_REPORT_COLUMNS " FROM report WHERE id = ?2");

    gw_report_ask_new(question)->next = next;
    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, id);
    gw_question_query(question, statement, on_report);
}

void
gw_report_find(GwQuestion *question, GwQuestionStep next)
{
    find_by_id(question, gw_question_get(question, "report"), next);
}

/* Figures: counts of facts by kind. */

static void
on_figures(GwQuestion *question, const GwRows *rows)
{
    GwReportAsk *ask = question->data;

    g_clear_pointer(&ask->figures, json_array_unref);
    ask->figures = json_array_new();
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        JsonObject *figure = json_object_new();
        gw_object_set_row_text(figure, "kind", rows, i, 0);
        gw_object_set_row_int(figure, "count", rows, i, 1);
        gw_object_set_row_int(figure, "value", rows, i, 2);
        gw_object_set_row_int(figure, "units", rows, i, 3);
        json_array_add_object_element(ask->figures, figure);
    }
    ask->next(question);
}

static void
query_figures(void *user_data)
{
    GwQuestion *question = user_data;
    const GwReport *report = ((GwReportAsk *)question->data)->report;
    const GwFactFilter filter = {
        .unit = report->unit, .from_ms = report->from_ms, .until_ms = report->until_ms, .upto = report->upto
    };
    GwStatement *statement = gw_statement_new("SELECT kind, count(*), sum(value), count(DISTINCT unit) FROM fact"
                                              " WHERE" GW_FACT_LOG_WHERE "GROUP BY kind ORDER BY kind");

    gw_fact_log_bind_filter(statement, &filter);
    gw_question_query(question, statement, on_figures);
}

void
gw_report_read_figures(GwQuestion *question, GwQuestionStep next)
{
    GwReportAsk *ask = question->data;
    const GwReports *self = question->row.subject;

    ask->next = next;
    gw_fact_log_catch_up(self->facts, query_figures, question);
}

/* As pages have it. */

static JsonArray *
list_acts(const GwReport *report)
{
    JsonArray *may = json_array_new();

    for (GwReportAct act = 0; act < GW_REPORT_N_ACTS; act++) {
        bool theirs = false;
        if (gw_report_refuse(report, act, &theirs) == NULL)
            json_array_add_string_element(may, gw_report_act_to_string(act));
    }
    return may;
}

static JsonObject *
head_to_json(const GwQuestion *question, const GwReport *report)
{
    JsonObject *object = gw_object_with_text("id", report->id);
    JsonObject *unit = gw_people_unit_to_json(question->row.gateway->people, report->unit);

    gw_object_set_text(object, "kind", report->kind);
    if (unit != NULL)
        json_object_set_object_member(object, "unit", unit);
    gw_object_set_text(object, "period", report->period);
    gw_object_set_text(object, "language", report->language);
    gw_object_set_text(object, "title", report->title);
    json_object_set_string_member(object, "state", gw_report_state_to_string(report->state));
    json_object_set_int_member(object, "year", report->year);
    if (report->number != 0)
        json_object_set_int_member(object, "number", report->number);
    gw_object_set_text(object, "by", report->display);
    gw_object_set_text(object, "approver", report->approver);
    gw_object_set_text(object, "sha256", report->sha256);
    json_object_set_int_member(object, "n", report->n);
    json_object_set_int_member(object, "from_ms", report->from_ms);
    json_object_set_int_member(object, "until_ms", report->until_ms);
    json_object_set_int_member(object, "made_ms", report->made_ms);
    json_object_set_int_member(object, "upto", report->upto);
    json_object_set_array_member(object, "may", list_acts(report));
    return object;
}

static void
on_history(GwQuestion *question, const GwRows *rows)
{
    GwReportAsk *ask = question->data;
    JsonObject *object = head_to_json(question, ask->report);
    JsonArray *events = json_array_new();

    json_object_set_member(object, "body", json_from_string(ask->report->body, NULL));
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        JsonObject *event = json_object_new();
        gw_object_set_row_int(event, "n", rows, i, 0);
        gw_object_set_row_int(event, "at_ms", rows, i, 1);
        gw_object_set_row_text(event, "type", rows, i, 2);
        gw_object_set_row_text(event, "by", rows, i, 3);
        gw_object_set_row_text(event, "text", rows, i, 4);
        json_array_add_object_element(events, event);
    }
    json_object_set_object_member(question->result, "report", object);
    json_object_set_array_member(question->result, "figures", json_array_ref(ask->figures));
    json_object_set_array_member(question->result, "events", events);
    gw_question_reply(question);
}

static void
read_history(GwQuestion *question)
{
    GwStatement *statement = gw_statement_new("SELECT n, at_ms, type, display, text FROM report_event WHERE report = ?1"
                                              " ORDER BY n DESC LIMIT ?2");

    gw_statement_text(statement, ((GwReportAsk *)question->data)->report->id);
    gw_statement_int(statement, GW_REPORTS_MAX_ROWS);
    gw_question_query(question, statement, on_history);
}

static void
answer_found(GwQuestion *question)
{
    gw_report_read_figures(question, read_history);
}

void
gw_report_answer(GwQuestion *question)
{
    GwReportAsk *ask = question->data;
    g_autofree char *id = g_strdup(ask->report->id);

    find_by_id(question, id, answer_found);
}

static void
get(GwQuestion *question)
{
    gw_report_find(question, answer_found);
}

static void
on_list(GwQuestion *question, const GwRows *rows)
{
    JsonArray *reports = json_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        g_autoptr(GwReport) report = gw_report_from_row(rows, i);
        if (may_see(question, report->unit))
            json_array_add_object_element(reports, head_to_json(question, report));
    }
    json_object_set_array_member(question->result, "reports", reports);
    gw_question_reply(question);
}

static void
list(GwQuestion *question)
{
    const char *unit = gw_question_get(question, "unit");
    GwStatement *statement = NULL;

    if (unit != NULL && !gw_fact_log_check_unit(question, unit))
        return;
    statement = gw_statement_new("SELECT " GW_REPORT_COLUMNS " FROM report WHERE ?2 IS NULL OR unit = ?2"
                                 " ORDER BY made_ms DESC LIMIT ?3");
    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, unit);
    gw_statement_int(statement, GW_REPORTS_MAX_ROWS);
    gw_question_query(question, statement, on_list);
}

/* Acts. */

static void
on_conflict(GwQuestion *question)
{
    gw_question_fail(question, SIG_ERROR_STATE, "Somebody has changed this report since: look again.");
}

static GwStatement *
make_event(const GwQuestion *question, const GwReport *report, const char *type)
{
    GwStatement *statement =
        gw_statement_new("INSERT INTO report_event (report, n, at_ms, type, who, display, text, body)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");

    gw_statement_text(statement, report->id);
    gw_statement_int(statement, report->n + 1);
    gw_statement_int(statement, gw_reports_now_ms(question->row.subject));
    gw_statement_text(statement, type);
    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, question->identity.display);
    gw_statement_text(statement, gw_question_get(question, "reason"));
    gw_statement_text(statement, g_str_equal(type, "save") ? report->body : NULL); /* what it said before */
    return statement;
}

static GwStatement *
make_save(const GwQuestion *question, const GwReport *report)
{
    GwStatement *statement =
        gw_statement_new("UPDATE report SET state = 'draft', n = ?2, title = ?3, body = ?4 WHERE id = ?1");
    g_autoptr(JsonObject) body = json_object_new();
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), body);
    g_autofree char *text = NULL;

    for (unsigned i = 0; i < GW_REPORT_N_PARTS; i++)
        json_object_set_string_member(body, gw_report_parts[i], gw_question_get(question, gw_report_parts[i]));
    text = json_to_string(node, FALSE);
    gw_statement_text(statement, report->id);
    gw_statement_int(statement, report->n + 1);
    gw_statement_text(statement, gw_question_get(question, "title"));
    gw_statement_text(statement, text);
    return statement;
}

/* The number comes with the lock, in one statement: no two have the same, and none is left out. */
static GwStatement *
make_approval(const GwQuestion *question, const GwReport *report)
{
    GwStatement *statement = gw_statement_new(
        "UPDATE report SET state = 'approved', n = ?2, approver = ?3, sha256 = ?4, upto = (SELECT coalesce(max(id), 0)"
        " FROM fact), number = (SELECT coalesce(max(o.number), 0) + 1 FROM report o WHERE o.kind = report.kind"
        " AND o.unit = report.unit AND o.year = report.year) WHERE id = ?1");
    g_autofree char *text = g_strconcat(report->title, "\n", report->body, NULL);
    g_autofree char *sha256 = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);

    gw_statement_text(statement, report->id);
    gw_statement_int(statement, report->n + 1);
    gw_statement_text(statement, question->identity.display);
    gw_statement_text(statement, sha256);
    return statement;
}

static GwStatement *
make_change(const GwQuestion *question)
{
    const GwReportAsk *ask = question->data;
    GwStatement *statement = NULL;

    if (ask->act == GW_REPORT_SAVE)
        return make_save(question, ask->report);
    if (ask->act == GW_REPORT_APPROVE)
        return make_approval(question, ask->report);
    statement = gw_statement_new("UPDATE report SET state = ?2, n = ?3 WHERE id = ?1");
    gw_statement_text(statement, ask->report->id);
    gw_statement_text(statement, gw_report_state_to_string(gw_report_get_next(ask->act)));
    gw_statement_int(statement, ask->report->n + 1);
    return statement;
}

static void
write_act(GwQuestion *question)
{
    const GwReportAsk *ask = question->data;
    GPtrArray *statements = g_ptr_array_new();

    g_ptr_array_add(statements, make_event(question, ask->report, gw_report_act_to_string(ask->act)));
    g_ptr_array_add(statements, make_change(question));
    gw_question_write(question, statements, gw_report_answer, on_conflict);
}

static void
log_act(GwQuestion *question)
{
    const GwReportAsk *ask = question->data;
    gw_question_set_object(question, "report", ask->report->id);
    g_autofree char *action = g_strconcat("report.", gw_report_act_to_string(ask->act), NULL);
    JsonObject *detail = gw_object_with_text("unit", ask->report->unit);

    gw_object_set_text(detail, "period", ask->report->period);
    gw_object_set_text(detail, "reason", gw_question_get(question, "reason"));
    gw_question_log(question, action, detail, write_act);
}

static void
act_figures(GwQuestion *question)
{
    log_act(question);
}

static void
act_found(GwQuestion *question)
{
    const GwReportAsk *ask = question->data;
    bool theirs = false;
    const char *why = gw_report_refuse(ask->report, ask->act, &theirs);

    if (why == NULL && gw_question_get_int(question, "n") != ask->report->n) {
        on_conflict(question);
        return;
    }
    if (why != NULL) {
        gw_question_fail(question, theirs ? SIG_ERROR_FORBIDDEN : SIG_ERROR_STATE, "%s", why);
        return;
    }
    gw_report_read_figures(question, act_figures); /* what was recorded so far belongs to it */
}

static void
begin(GwQuestion *question, GwReportAct act)
{
    gw_report_ask_new(question)->act = act;
    gw_report_find(question, act_found);
}

static void
save(GwQuestion *question)
{
    begin(question, GW_REPORT_SAVE);
}

static void
submit(GwQuestion *question)
{
    begin(question, GW_REPORT_SUBMIT);
}

static void
refuse(GwQuestion *question)
{
    begin(question, GW_REPORT_REFUSE);
}

static void
approve(GwQuestion *question)
{
    begin(question, GW_REPORT_APPROVE);
}

#define PARAM_N                                                                                                        \
    {                                                                                                                  \
        .name = "n", .type = SIG_TYPE_INTEGER, .min = 1, .max = INT32_MAX, .summary = "of the report as it was read"   \
    }
#define PARAM_PART(member)                                                                                             \
    {                                                                                                                  \
        .name = member, .type = SIG_TYPE_STRING, .max = GW_REPORTS_MAX_PART                                            \
    }

static const char result[] = "{report, figures, events}";
static const SigParam only_report[] = { GW_REPORT_PARAM_ID("report"), { NULL } };
static const SigParam report_and_n[] = { GW_REPORT_PARAM_ID("report"), PARAM_N, { NULL } };

const GwQuestionMethod gw_report_edit_methods[] = {
    { { .name = "reports.list",
        .access = GW_ACCESS_INSPECTOR,
        .params =
            (const SigParam[]){ { .name = "unit", .type = SIG_TYPE_STRING, .optional = true, .max = GW_REPORTS_MAX_ID },
                                { NULL } },
        .summary = "Briefs and bulletins that the asker may see, newest first.",
        .result = "{reports}",
        .handle = gw_question_on_request },
      list },
    { { .name = "reports.get",
        .access = GW_ACCESS_INSPECTOR,
        .params = only_report,
        .summary = "One report with its figures and its history.",
        .result = result,
        .handle = gw_question_on_request },
      get },
    { { .name = "reports.save",
        .access = GW_ACCESS_INSPECTOR,
        .params =
            (const SigParam[]){ GW_REPORT_PARAM_ID("report"),
                                PARAM_N,
                                { .name = "title", .type = SIG_TYPE_STRING, .min = 1, .max = GW_REPORTS_MAX_TITLE },
                                PARAM_PART("units"),
                                PARAM_PART("good"),
                                PARAM_PART("problems"),
                                PARAM_PART("orders"),
                                PARAM_PART("passed"),
                                PARAM_PART("inspectors"),
                                { NULL } },
        .summary = "What a person makes of the draft; what it said before is kept.",
        .result = result,
        .handle = gw_question_on_request },
      save },
    { { .name = "reports.submit",
        .access = GW_ACCESS_INSPECTOR,
        .params = report_and_n,
        .summary = "Sends a draft to review.",
        .result = result,
        .handle = gw_question_on_request },
      submit },
    { { .name = "reports.refuse",
        .access = GW_ACCESS_INSPECTOR,
        .params =
            (const SigParam[]){ GW_REPORT_PARAM_ID("report"),
                                PARAM_N,
                                { .name = "reason", .type = SIG_TYPE_STRING, .min = 1, .max = GW_REPORTS_MAX_REASON },
                                { NULL } },
        .summary = "Sends it back, with a reason. Not by who has written on it.",
        .result = result,
        .handle = gw_question_on_request },
      refuse },
    { { .name = "reports.approve",
        .access = GW_ACCESS_INSPECTOR,
        .params = report_and_n,
        .summary = "Locks it and gives it the next number of its unit and year. Not by who has written on it.",
        .result = result,
        .handle = gw_question_on_request },
      approve },
    { { NULL }, NULL },
};
