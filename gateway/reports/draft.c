#include <string.h>

#include "gateway/people/secret.h"
#include "gateway/reports/reports-priv.h"

/* A brief or a bulletin, drafted from what was recorded in its period: what it says is for a person to put right. */

enum { MAX_TICKETS = 100, MAX_NAMES = 40, MAX_LINE = 300 };
enum { GOOD, PROBLEMS, ORDERS, PASSED };

/* Of a ticket's row. */
enum { UNIT, TYPE_ZH, TYPE_EN, TEXT, STATE, DUE, YEAR, NUMBER, OVERDUE };

static bool
is_english(const GwQuestion *question)
{
    return g_strcmp0(gw_question_get(question, "language"), "en") == 0;
}

static const char *
get_name(const GwQuestion *question, const char *id)
{
    const GwUnit *unit = gw_people_get_unit(question->row.gateway->people, id);

    if (unit == NULL)
        return id;
    return is_english(question) && unit->name_en != NULL ? unit->name_en : unit->name;
}

static void G_GNUC_PRINTF(3, 4) add_line(GwReportAsk *ask, unsigned part, const char *format, ...)
{
    va_list args;

    if (ask->parts[part] == NULL)
        ask->parts[part] = g_string_new(NULL);
    if (ask->parts[part]->len > GW_REPORTS_MAX_PART - 3 * MAX_LINE)
        return;
    if (ask->parts[part]->len > 0)
        g_string_append_c(ask->parts[part], '\n');
    va_start(args, format);
    g_string_append_vprintf(ask->parts[part], format, args);
    va_end(args);
}

static int64_t
get_figure(const GwReportAsk *ask, const char *kind, const char *member)
{
    for (unsigned i = 0; i < json_array_get_length(ask->figures); i++) {
        JsonObject *figure = json_array_get_object_element(ask->figures, i);
        if (strcmp(json_object_get_string_member(figure, "kind"), kind) == 0)
            return json_object_get_int_member(figure, member);
    }
    return 0;
}

static void
add_figures(const GwQuestion *question)
{
    GwReportAsk *ask = question->data;
    bool english = is_english(question);
    int64_t answered = get_figure(ask, "answered", "count"), absent = get_figure(ask, "absent", "count");
    int64_t looked = get_figure(ask, "look", "units"), closed = get_figure(ask, "ticket-closed", "count");

    if (answered + absent > 0)
        add_line(ask, GOOD,
                 english ? "Roll-calls: %" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " calls were answered."
                         : "视频点名:应答 %" G_GINT64_FORMAT " 次,应到 %" G_GINT64_FORMAT " 次。",
                 answered, answered + absent);
    if (looked > 0)
        add_line(ask, GOOD,
                 english ? "Inspectors looked at %" G_GINT64_FORMAT " units by video."
                         : "视频巡查单位 %" G_GINT64_FORMAT " 个。",
                 looked);
    if (closed > 0)
        add_line(ask, GOOD,
                 english ? "%" G_GINT64_FORMAT " tickets were put right and closed."
                         : "整改销号 %" G_GINT64_FORMAT " 件。",
                 closed);
}

static char *
cut_line(const char *text)
{
    g_autofree char *line = g_strdelimit(g_strdup(text != NULL ? text : ""), "\n\t\r", ' ');

    if (strlen(line) <= MAX_LINE)
        return g_steal_pointer(&line);
    *g_utf8_find_prev_char(line, line + MAX_LINE) = '\0';
    return g_strconcat(line, "…", NULL);
}

static const char *
get_state(const GwQuestion *question, const char *state)
{
    bool closed = strcmp(state, "closed") == 0, withdrawn = strcmp(state, "withdrawn") == 0;

    if (is_english(question))
        return closed ? "closed" : withdrawn ? "withdrawn" : "open";
    return closed ? "已销号" : withdrawn ? "已撤回" : "未办结";
}

static void
add_ticket(const GwQuestion *question, const GwRows *rows, unsigned row)
{
    GwReportAsk *ask = question->data;
    bool english = is_english(question);
    const char *unit = get_name(question, gw_rows_text(rows, row, UNIT)), *state = gw_rows_text(rows, row, STATE);
    const char *type = gw_rows_text(rows, row, english ? TYPE_EN : TYPE_ZH), *due = gw_rows_text(rows, row, DUE);
    g_autofree char *text = cut_line(gw_rows_text(rows, row, TEXT));
    g_autofree char *number =
        g_strdup_printf("%04d-%04d", (int)gw_rows_int(rows, row, YEAR), (int)gw_rows_int(rows, row, NUMBER));
    bool open = strcmp(state, "closed") != 0 && strcmp(state, "withdrawn") != 0;

    if (strcmp(state, "withdrawn") == 0)
        return;
    add_line(ask, PROBLEMS, english ? "%s: %s. %s (ticket %s, %s)" : "%s:%s。%s(督查单 %s,%s)", unit,
             type != NULL ? type
             : english    ? "task"
                          : "任务",
             text, number, get_state(question, state));
    if (open)
        add_line(ask, ORDERS, english ? "%s: put right ticket %s by %s." : "%1$s:请于 %3$s 前完成督查单 %2$s 的整改。",
                 unit, number, due);
    if (open && gw_rows_int(rows, row, OVERDUE) > 0)
        add_line(ask, PASSED,
                 english ? "Ticket %s (%s) is overdue and has been passed up." : "督查单 %s(%s)已逾期,提请上级督办。",
                 number, unit);
}

/* The report itself. */

static void
on_exists(GwQuestion *question)
{
    gw_question_fail(question, SIG_ERROR_STATE, "There is a report of this unit and period already.");
}

static void
on_written(GwQuestion *question)
{
    const GwReport *report = ((GwReportAsk *)question->data)->report;
    gw_question_set_object(question, "report", report->id);
    JsonObject *detail = gw_object_with_text("unit", report->unit);

    json_object_set_string_member(detail, "period", report->period);
    gw_question_note(question, "report.draft", detail);
    gw_report_answer(question);
}

static void
set_part(JsonObject *body, const char *name, const GString *text, const char *otherwise)
{
    json_object_set_string_member(body, name, text != NULL ? text->str : otherwise);
}

static GwStatement *
make_report(const GwQuestion *question, const GwReportAsk *ask)
{
    const GwReport *report = ask->report;
    g_autoptr(JsonNode) node = json_node_init_object(json_node_alloc(), ask->body);
    g_autofree char *body = json_to_string(node, FALSE);
    const char *const texts[] = { report->id, report->kind, report->unit, report->period };
    GwStatement *statement = gw_statement_new(
        "INSERT INTO report (id, kind, unit, period, from_ms, until_ms, year, language, title, body, state, who, "
        "display, n,"
        " made_ms, upto) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'draft', ?11, ?12, 1, ?13, 0)");

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        gw_statement_text(statement, texts[i]);
    gw_statement_int(statement, report->from_ms);
    gw_statement_int(statement, report->until_ms);
    gw_statement_int(statement, report->year);
    gw_statement_text(statement, report->language);
    gw_statement_text(statement, report->title);
    gw_statement_text(statement, body);
    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, question->identity.display);
    gw_statement_int(statement, gw_reports_now_ms(question->row.subject));
    return statement;
}

static GwStatement *
make_event(const GwQuestion *question, const GwReport *report)
{
    GwStatement *statement = gw_statement_new("INSERT INTO report_event (report, n, at_ms, type, who, display)"
                                              " VALUES (?1, 1, ?2, 'draft', ?3, ?4)");

    gw_statement_text(statement, report->id);
    gw_statement_int(statement, gw_reports_now_ms(question->row.subject));
    gw_statement_text(statement, question->identity.audit);
    gw_statement_text(statement, question->identity.display);
    return statement;
}

static void
on_people(GwQuestion *question, const GwRows *rows)
{
    GwReportAsk *ask = question->data;
    g_autoptr(GString) names = g_string_new(NULL);
    GPtrArray *statements = g_ptr_array_new();

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        g_autofree char *name = gw_fact_log_name_of(question->row.gateway, gw_rows_text(rows, i, 0));
        g_string_append_printf(names, "%s%s", i > 0 ? (is_english(question) ? ", " : "、") : "", name);
    }
    json_object_set_string_member(ask->body, "inspectors", names->str);
    g_ptr_array_add(statements, make_report(question, ask));
    g_ptr_array_add(statements, make_event(question, ask->report));
    gw_question_write(question, statements, on_written, on_exists);
}

static GwFactFilter
get_filter(const GwReport *report, const char *kinds)
{
    return (
        GwFactFilter){ .unit = report->unit, .kinds = kinds, .from_ms = report->from_ms, .until_ms = report->until_ms };
}

static void
read_people(GwQuestion *question)
{
    const GwFactFilter filter =
        get_filter(((GwReportAsk *)question->data)->report, ",look,rollcall,ticket-issued,spot-checked,");
    GwStatement *statement = gw_statement_new("SELECT who FROM fact WHERE" GW_FACT_LOG_WHERE
                                              "AND who LIKE 'person:%' GROUP BY who ORDER BY min(id) LIMIT ?9");

    gw_fact_log_bind_filter(statement, &filter);
    gw_statement_int(statement, MAX_NAMES);
    gw_question_query(question, statement, on_people);
}

static void
on_tickets(GwQuestion *question, const GwRows *rows)
{
    GwReportAsk *ask = question->data;
    g_autoptr(GHashTable) named = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GString) units = g_string_new(NULL);
    const char *nothing = is_english(question) ? "None." : "无。";

    add_figures(question);
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        const char *name = get_name(question, gw_rows_text(rows, i, UNIT));
        add_ticket(question, rows, i);
        if (units->len < GW_REPORTS_MAX_PART - MAX_LINE && g_hash_table_add(named, (gpointer)name))
            g_string_append_printf(units, "%s%s", units->len > 0 ? (is_english(question) ? ", " : "、") : "", name);
    }
    ask->body = json_object_new();
    json_object_set_string_member(ask->body, "units", units->str);
    set_part(ask->body, "good", ask->parts[GOOD], nothing);
    set_part(ask->body, "problems", ask->parts[PROBLEMS], nothing);
    set_part(ask->body, "orders", ask->parts[ORDERS], nothing);
    set_part(ask->body, "passed", ask->parts[PASSED], nothing);
    read_people(question);
}

/* Tickets to which something happened in the period. */
static void
read_tickets(GwQuestion *question)
{
    const GwFactFilter filter =
        get_filter(((GwReportAsk *)question->data)->report,
                   ",ticket-issued,ticket-closed,ticket-overdue,ticket-reopened,ticket-replied,");
    GwStatement *statement = gw_statement_new(
        "SELECT t.to_unit, y.text_zh, y.text_en, t.text, t.state, t.due, t.year, t.number, t.climbs FROM ticket t"
        " LEFT JOIN ticket_type y ON y.id = t.type WHERE t.id IN (SELECT substr(object, 8) FROM fact "
        "WHERE" GW_FACT_LOG_WHERE ") ORDER BY t.row LIMIT ?9");

    gw_fact_log_bind_filter(statement, &filter);
    gw_statement_int(statement, MAX_TICKETS);
    gw_question_query(question, statement, on_tickets);
}

static char *
make_title(const GwQuestion *question, bool weekly)
{
    const char *unit = get_name(question, gw_question_get(question, "unit"));

    if (is_english(question))
        return g_strdup_printf("%s: %s", unit, weekly ? "weekly inspection brief" : "monthly inspection bulletin");
    return g_strdup_printf("%s%s", unit, weekly ? "视频督查周报" : "视频督查月通报");
}

static void
draft(GwQuestion *question)
{
    const GwReports *self = question->row.subject;
    GwReportAsk *ask = NULL;
    GwPeriod period = { 0 };
    bool weekly = false;

    if (!gw_fact_log_check_unit(question, gw_question_get(question, "unit")))
        return;
    if (!gw_period_parse(gw_question_get(question, "period"), self->zone, &period) ||
        period.kind == GW_PERIOD_QUARTER || period.from_ms > gw_reports_now_ms(self)) {
        gw_question_fail(question, SIG_ERROR_BAD_PARAMS,
                         "The period is a month or a week that has begun: 2026-03 or 2026-W13.");
        return;
    }
    weekly = period.kind == GW_PERIOD_WEEK;
    ask = gw_report_ask_new(question);
    ask->report = g_new0(GwReport, 1);
    *ask->report = (GwReport){
        .id = gw_secret_new_id("r"),
        .kind = g_strdup(weekly ? "brief" : "bulletin"),
        .unit = g_strdup(gw_question_get(question, "unit")),
        .period = g_strdup(gw_question_get(question, "period")),
        .language = g_strdup(is_english(question) ? "en" : "zh"),
        .title = make_title(question, weekly),
        .year = period.year,
        .from_ms = period.from_ms,
        .until_ms = period.until_ms,
    };
    gw_report_read_figures(question, read_tickets);
}

static const char *const languages[] = { "zh", "en", NULL };

const GwQuestionMethod gw_report_draft_methods[] = {
    { { .name = "reports.draft",
        .access = GW_ACCESS_INSPECTOR,
        .params = (const SigParam[]){ GW_REPORT_PARAM_ID("unit"),
                                      { .name = "period",
                                        .type = SIG_TYPE_STRING,
                                        .min = 1,
                                        .max = GW_PERIOD_MAX_TEXT,
                                        .summary = "2026-03: a bulletin; 2026-W13: a brief" },
                                      { .name = "language", .type = SIG_TYPE_STRING, .values = languages },
                                      { NULL } },
        .summary = "Drafts the brief or bulletin of a unit from what was recorded.",
        .result = "{report, figures, events}",
        .handle = gw_question_on_request },
      draft },
    { { NULL }, NULL },
};
