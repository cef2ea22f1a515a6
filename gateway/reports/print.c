#define G_LOG_DOMAIN "gateway.reports"

#include <string.h>

#include "gateway/reports/paper.h"
#include "gateway/reports/reports-priv.h"
#include "gateway/task.h"

/* GET /api/v1/reports/{report}/page and .../pdf: a report to print, sign and send. The PDF is drawn on a thread of its own. */

typedef struct {
    const char *zh, *en;
} Words;

static const char *
say(const GwReport *report, const char *zh, const char *en)
{
    return strcmp(report->language, "en") == 0 ? en : zh;
}

static const Words parts[GW_REPORT_N_PARTS] = {
    { "涉及单位", "Units named" }, { "工作成效", "What was good" },   { "发现的问题", "Problems" },
    { "整改要求", "Orders" },      { "移交与提请事项", "Passed on" }, { "督查人员", "Inspectors" },
};

static const struct {
    const char *kind;
    Words words;
} figures[] = {
    { "rollcall", { "组织点名", "Roll-calls" } },
    { "answered", { "点名应答", "Calls answered" } },
    { "absent", { "点名未应答", "Calls not answered" } },
    { "look", { "视频巡查", "Looks by video" } },
    { "spot-checked", { "抽查", "Spot checks" } },
    { "ticket-issued", { "下发督查单", "Tickets issued" } },
    { "ticket-closed", { "整改销号", "Tickets closed" } },
    { "ticket-reopened", { "退回重改", "Tickets sent back" } },
    { "ticket-overdue", { "逾期上报", "Tickets overdue" } },
    { "case-opened", { "位置报警案件", "Location cases" } },
    { "visit", { "会见", "Visits" } },
    { "cut", { "中止会见", "Visits cut off" } },
    { "warning", { "会见提醒", "Warnings" } },
    { "lesson", { "集中教育", "Lessons" } },
};

static char *
format_day(const GwReports *self, int64_t at_ms)
{
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at_ms / 1000);
    g_autoptr(GDateTime) at = utc != NULL ? g_date_time_to_timezone(utc, self->zone) : NULL;

    return at != NULL ? g_date_time_format(at, "%Y-%m-%d") : g_strdup("");
}

static int64_t
get_count(const GwReportAsk *ask, const char *kind)
{
    for (unsigned i = 0; i < json_array_get_length(ask->figures); i++) {
        JsonObject *figure = json_array_get_object_element(ask->figures, i);
        if (strcmp(json_object_get_string_member(figure, "kind"), kind) == 0)
            return json_object_get_int_member(figure, "count");
    }
    return 0;
}

static void
add_figures(GwDocument *document, const GwReportAsk *ask)
{
    int64_t most = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(figures); i++)
        most = MAX(most, get_count(ask, figures[i].kind));
    gw_document_add(document, GW_BLOCK_HEAD, NULL, say(ask->report, "数据", "Figures"));
    for (unsigned i = 0; i < G_N_ELEMENTS(figures); i++) {
        int64_t count = get_count(ask, figures[i].kind);
        if (count > 0)
            gw_document_add_bar(document, say(ask->report, figures[i].words.zh, figures[i].words.en), count, most);
    }
    if (most == 0)
        gw_document_add(document, GW_BLOCK_TEXT, NULL, say(ask->report, "本期没有记录。", "Nothing was recorded."));
}

static char *
make_number(const GwReport *report)
{
    if (report->number == 0)
        return g_strdup(say(report, "草稿", "Draft"));
    if (strcmp(report->language, "en") == 0)
        return g_strdup_printf("%u, no. %u", report->year, report->number);
    return g_strdup_printf("%u 年第 %u 期", report->year, report->number);
}

static void
add_head(GwDocument *document, GwQuestion *question, const GwReport *report)
{
    const GwReports *self = question->row.subject;
    const GwUnit *unit = gw_people_get_unit(question->row.gateway->people, report->unit);
    g_autofree char *first = format_day(self, report->from_ms), *last = format_day(self, report->until_ms - 1);
    g_autofree char *number = make_number(report);
    bool english = strcmp(report->language, "en") == 0;
    const char *name = unit == NULL ? report->unit : english && unit->name_en != NULL ? unit->name_en : unit->name;
    g_autofree char *under = g_strdup_printf("%s · %s", number, name);
    g_autofree char *span = g_strdup_printf("%s – %s", first, last);

    gw_document_add(document, GW_BLOCK_TITLE, NULL, report->title);
    gw_document_add(document, GW_BLOCK_UNDER, NULL, under);
    gw_document_add(document, GW_BLOCK_PAIR, say(report, "时段", "Period"), span);
}

GwDocument *
gw_report_to_document(GwQuestion *question)
{
    const GwReportAsk *ask = question->data;
    const GwReport *report = ask->report;
    GwDocument *document = gw_document_new(report->language);
    g_autoptr(JsonNode) node = json_from_string(report->body, NULL);
    JsonObject *body = node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;

    add_head(document, question, report);
    for (unsigned i = 0; body != NULL && i < GW_REPORT_N_PARTS; i++) {
        const char *text = json_object_get_string_member_with_default(body, gw_report_parts[i], "");
        bool is_pair = i == 0 || i + 1 == GW_REPORT_N_PARTS; /* units, inspectors */
        if (*text == '\0')
            continue;
        gw_document_add(document, is_pair ? GW_BLOCK_PAIR : GW_BLOCK_HEAD, say(report, parts[i].zh, parts[i].en),
                        is_pair ? text : say(report, parts[i].zh, parts[i].en));
        if (!is_pair)
            gw_document_add(document, GW_BLOCK_TEXT, NULL, text);
    }
    add_figures(document, ask);
    gw_document_add(document, GW_BLOCK_SIGN, say(report, "签发", "Approved"), NULL);
    gw_document_add(document, GW_BLOCK_PAIR, say(report, "拟稿", "Written by"), report->display);
    gw_document_add(document, GW_BLOCK_PAIR, say(report, "签发", "Approved by"),
                    report->approver != NULL ? report->approver : say(report, "未签发", "not approved"));
    if (report->sha256 != NULL) {
        g_autofree char *sum = g_strdup_printf("SHA-256 %s", report->sha256);
        gw_document_add(document, GW_BLOCK_NOTE, NULL, sum);
    }
    return document;
}

static void
send_page(GwQuestion *question)
{
    g_autoptr(GwDocument) document = gw_report_to_document(question);
    g_autofree char *page = gw_document_to_html(document);
    SigHttp *http = g_steal_pointer(&question->http);

    sig_http_add_header(http, "Cache-Control", "no-store");
    sig_http_reply_text(http, 200, "text/html; charset=utf-8", page);
    gw_question_reply(question);
}

/* The PDF. */

static void
document_release(void *document)
{
    gw_task_take();
    gw_document_free(document);
}

static void
run(GTask *task, void *source, void *data, GCancellable *gone)
{
    g_autoptr(GError) error = NULL;
    GBytes *bytes = NULL;

    (void)source;
    (void)gone;
    gw_task_take();
    bytes = gw_paper_make(data, &error);
    if (bytes == NULL)
        gw_task_return_error(task, g_steal_pointer(&error));
    else
        gw_task_return_pointer(task, bytes, (GDestroyNotify)g_bytes_unref);
}

static void
on_drawn(GObject *source, GAsyncResult *result, void *user_data)
{
    GwQuestion *question = user_data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = NULL;

    (void)source;
    gw_task_take();
    bytes = g_task_propagate_pointer(G_TASK(result), &error);
    gw_task_give();
    if (bytes == NULL) {
        g_warning("%s", error->message);
        gw_question_fail(question, SIG_ERROR_UNAVAILABLE, "The PDF cannot be drawn now.");
        return;
    }
    SigHttp *http = g_steal_pointer(&question->http);
    sig_http_add_header(http, "Cache-Control", "no-store");
    sig_http_add_header(http, "Content-Disposition", "inline; filename=\"report.pdf\"");
    sig_http_reply(http, 200, "application/pdf", bytes);
    gw_question_reply(question);
}

static void
send_pdf(GwQuestion *question)
{
    g_autoptr(GTask) task = g_task_new(NULL, NULL, on_drawn, question);

    g_task_set_task_data(task, gw_report_to_document(question), document_release);
    gw_task_run(task, run);
}

static void
page_found(GwQuestion *question)
{
    gw_report_read_figures(question, send_page);
}

static void
pdf_found(GwQuestion *question)
{
    gw_report_read_figures(question, send_pdf);
}

static void
page(GwQuestion *question)
{
    gw_report_find(question, page_found);
}

static void
pdf(GwQuestion *question)
{
    gw_report_find(question, pdf_found);
}

static void
begin(SigHttp *http, GwReports *self, GwQuestionStep func)
{
    const GwQuestionRow row = { self->gateway, self, func };
    g_autoptr(JsonObject) params = gw_object_with_text("report", sig_http_get_param(http, "report"));

    gw_question_on_http(http, &row, params, NULL);
}

static void
handle_page(SigHttp *http, void *user_data)
{
    begin(http, user_data, page);
}

static void
handle_pdf(SigHttp *http, void *user_data)
{
    begin(http, user_data, pdf);
}

const SigRoute gw_report_print_routes[] = {
    { "GET", "/api/v1/reports/{report}/page", GW_ACCESS_INSPECTOR, 0, "A brief or bulletin as a page to print.",
      handle_page },
    { "GET", "/api/v1/reports/{report}/pdf", GW_ACCESS_INSPECTOR, 0, "The same as PDF.", handle_pdf },
    { NULL },
};
