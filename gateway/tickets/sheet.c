#include <string.h>

#include "gateway/archive/archive-priv.h"
#include "gateway/print.h"
#include "gateway/tickets/tickets-priv.h"

/* GET /api/v1/tickets/{ticket}/sheet: the ticket with its history and pictures, in both languages, a page to print, sign and stamp. */

static const char style[] =
    "body{font:14px/1.5 sans-serif;margin:2em auto;max-width:50em}h1{font-size:22px;text-align:center}"
    "table{border-collapse:collapse;width:100%}th,td{border:1px solid #888;padding:.3em .6em;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}th{width:11em;font-weight:600}tr,figure{break-inside:avoid}"
    "figure{display:inline-block;width:47%;margin:1em 1% 0 0;vertical-align:top}img{max-width:100%;max-height:9cm}"
    "figcaption{font-size:12px;overflow-wrap:anywhere}.sign{margin-top:3em;display:flex;gap:2em}"
    ".sign p{flex:1;border-top:1px solid #888;padding-top:.4em}@page{size:A4;margin:18mm}@media print{body{margin:0}}";

static const struct {
    const char *type, *text;
} steps[] = {
    { "create", "开单 Written" },      { "issue", "下发 Issued" },       { "read", "签收 Read" },
    { "reply", "整改回复 Replied" },   { "recheck", "复查 Re-check" },   { "close", "销号 Closed" },
    { "reopen", "退回重改 Reopened" }, { "withdraw", "撤回 Withdrawn" }, { "overdue", "逾期上报 Overdue" },
};

static void
add_unit(const GwQuestion *question, GString *page, const char *label, const char *id)
{
    const GwUnit *unit = gw_people_get_unit(gw_tickets_of(question)->gateway->people, id);

    gw_print_add_row(page, label, unit != NULL ? unit->name : id);
}

static void
add_head(const GwQuestion *question, GString *page)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    const GwTicket *ticket = about->ticket;
    const GwTicketType *type = gw_ticket_types_find(gw_tickets_of(question), ticket->type);
    g_autofree char *number = gw_ticket_get_number(ticket);
    g_autofree char *what = type != NULL ? g_strdup_printf("%s / %s", type->text_zh, type->text_en) : NULL;

    g_string_append_printf(page,
                           "<!doctype html>\n<html lang=\"zh\"><head><meta charset=\"utf-8\"><title>督查单 %s</title>"
                           "<style>%s</style></head>\n<body><h1>督查单 · Ticket %s</h1>\n<table>\n",
                           number, style, number);
    add_unit(question, page, "发单单位 From", ticket->from_unit);
    add_unit(question, page, "整改单位 To", ticket->to_unit);
    gw_print_add_row(page, "督查人 Inspector", ticket->display);
    gw_print_add_row(page, "问题类型 Problem", what);
    gw_print_add_row(page, "问题与要求 Text", ticket->text);
    gw_print_add_row(page, "地点 Place", ticket->moment.place);
    gw_print_add_row(page, "会话 Session", ticket->moment.session);
    gw_print_add_row(page, "整改期限 Deadline", ticket->due.text);
    g_string_append(page, "</table>\n<h2>经过 · History</h2>\n<table>\n");
}

static void
add_event(const GwQuestion *question, GString *page, const GwRows *rows, unsigned row)
{
    g_autofree char *time = gw_print_format_time(gw_tickets_of(question)->zone, gw_rows_int(rows, row, 1));
    const char *type = gw_rows_text(rows, row, 2), *label = type;
    const GwUnit *unit = gw_people_get_unit(gw_tickets_of(question)->gateway->people, gw_rows_text(rows, row, 4));

    for (unsigned i = 0; i < G_N_ELEMENTS(steps); i++) {
        if (strcmp(steps[i].type, type) == 0)
            label = steps[i].text;
    }
    g_string_append_printf(page, "<tr><th>%s</th><td>%s · ", label, time);
    gw_print_add_text(page, unit != NULL ? unit->name : "");
    g_string_append(page, " ");
    gw_print_add_text(page, gw_rows_text(rows, row, 3));
    if (!gw_rows_is_null(rows, row, 5) && gw_rows_int(rows, row, 0) > 1) {
        g_string_append(page, "<br>");
        gw_print_add_text(page, gw_rows_text(rows, row, 5));
    }
    g_string_append(page, "</td></tr>\n");
}

static void
add_picture(const GwQuestion *question, GString *page, const GwTicketPicture *picture)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    bool reply = strcmp(picture->side, "reply") == 0, evidence = strcmp(picture->side, "evidence") == 0;
    g_autofree char *time = gw_print_format_time(gw_tickets_of(question)->zone, picture->received_ms);

    g_string_append_printf(page, "<figure><img src=\"/api/v1/tickets/%s/pictures/%s\" alt=\"\"><figcaption>%s · %s · ",
                           about->ticket->id, picture->id,
                           evidence ? "整改前 Before"
                           : reply  ? "整改后 After"
                                    : "复查 Re-check",
                           time);
    gw_print_add_text(page, picture->display);
    g_string_append_printf(page, "<br>SHA-256 %s</figcaption></figure>\n", picture->sha256);
}

static void
on_events(GwQuestion *question, const GwRows *rows)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    g_autoptr(GString) page = g_string_new(NULL);
    SigHttp *http = g_steal_pointer(&question->http);

    add_head(question, page);
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        add_event(question, page, rows, i);
    g_string_append(page, "</table>\n");
    for (unsigned i = 0; i < about->pictures->len; i++) {
        const GwTicketPicture *picture = about->pictures->pdata[i];
        if (picture->event != 0)
            add_picture(question, page, picture);
    }
    g_string_append(page,
                    "<div class=\"sign\"><p>整改单位(盖章) Unit (stamp)</p><p>督查单位(盖章) Issued by (stamp)</p>"
                    "<p>签字、日期 Signature, date</p></div>\n</body></html>\n");
    sig_http_add_header(http, "Cache-Control", "no-store");
    sig_http_reply_text(http, 200, "text/html; charset=utf-8", page->str);
    gw_question_reply(question);
}

static void
on_found(GwQuestion *question)
{
    const GwTicketCase *about = gw_ticket_case_of(question);
    GwStatement *statement = gw_statement_new("SELECT n, at_ms, type, display, unit, text FROM ticket_event"
                                              " WHERE ticket = ?1 ORDER BY n LIMIT ?2");

    gw_statement_text(statement, about->ticket->id);
    gw_statement_int(statement, GW_TICKETS_MAX_ROWS);
    gw_question_query(question, statement, on_events);
}

static void
show(GwQuestion *question)
{
    gw_ticket_find(question, on_found);
}

static void
handle(SigHttp *http, void *user_data)
{
    const GwTickets *tickets = user_data;
    const GwQuestionRow row = { .gateway = tickets->gateway, .subject = user_data, .run = show };
    g_autoptr(JsonObject) params = gw_object_with_text("ticket", sig_http_get_param(http, "ticket"));

    gw_question_on_http(http, &row, params, NULL);
}

const SigRoute gw_ticket_sheet_routes[] = {
    { "GET", "/api/v1/tickets/{ticket}/sheet", GW_TICKETS_SEES, 0, "A ticket as a page to print, sign and stamp.",
      handle },
    { NULL },
};
