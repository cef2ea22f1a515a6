#define G_LOG_DOMAIN "gateway.archive"

#include <string.h>

#include "gateway/archive/purge.h"
#include "gateway/print.h"

/* GET /api/v1/purges/{purge}/note: the destruction note, in both languages, a page to print and sign. */

static void
add_person(GString *page, const char *label, const GwRows *rows, unsigned who, unsigned at)
{
    g_autofree char *time = gw_print_format_time(NULL, gw_rows_int(rows, 0, at));
    g_autofree char *text = NULL;

    if (gw_rows_is_null(rows, 0, who))
        return;
    text = g_strdup_printf("%s, %s", gw_rows_text(rows, 0, who), time);
    gw_print_add_row(page, label, text);
}

static void
begin_page(GString *page, const GwRows *rows)
{
    g_autofree char *amount =
        g_strdup_printf("%" G_GINT64_FORMAT " / %" G_GINT64_FORMAT " B", gw_rows_int(rows, 0, GW_PURGE_RECORDINGS),
                        gw_rows_int(rows, 0, GW_PURGE_BYTES));
    g_autofree char *done = gw_print_format_time(NULL, gw_rows_int(rows, 0, GW_PURGE_DONE_MS));

    g_string_append(
        page, "<!doctype html>\n<html lang=\"zh\"><head><meta charset=\"utf-8\">"
              "<title>销毁记录 Destruction note</title>\n<style>body{font:14px/1.5 sans-serif;margin:2em}"
              "table{border-collapse:collapse;width:100%}th,td{border:1px solid #888;padding:.3em .6em;"
              "text-align:left;vertical-align:top}thead{display:table-header-group}tr{break-inside:avoid}"
              ".sign{margin-top:3em;display:flex;gap:4em}</style></head>\n<body><h1>录像销毁记录 · Destruction note"
              "</h1>\n<table>\n");
    gw_print_add_row(page, "编号 Number", gw_rows_text(rows, 0, GW_PURGE_ID));
    gw_print_add_row(page, "状态 State", gw_rows_text(rows, 0, GW_PURGE_STATE));
    gw_print_add_row(page, "规则 Rule", gw_rows_text(rows, 0, GW_PURGE_RULE));
    gw_print_add_row(page, "理由 Reason", gw_rows_text(rows, 0, GW_PURGE_REASON));
    gw_print_add_row(page, "录像数 / 大小 Recordings / size", amount);
    add_person(page, "提出人 Planned by", rows, GW_PURGE_DISPLAY, GW_PURGE_AT);
    add_person(page, "批准人 Approved by", rows, GW_PURGE_APPROVER_DISPLAY, GW_PURGE_APPROVED_MS);
    add_person(page, "撤销人 Undone by", rows, GW_PURGE_UNDONE_BY, GW_PURGE_UNDONE_MS);
    gw_print_add_row(page, "中止原因 Stopped because", gw_rows_text(rows, 0, GW_PURGE_STOPPED));
    gw_print_add_row(page, "完成时间 Done", done[0] != '\0' ? done : NULL);
    g_string_append(page, "</table>\n<h2>清单 List</h2>\n<table><thead><tr><th>会话 Session</th><th>单位 Unit</th>"
                          "<th>开始 Began</th><th>大小 Bytes</th><th>保存期至 Kept until</th><th>结果 Result</th>"
                          "<th>日志序号 Log</th></tr></thead>\n");
}

static void
add_item(GString *page, const GwAsk *ask, const GwRows *rows, unsigned row)
{
    const GwUnit *unit = gw_people_get_unit(ask->archive->gateway->people, gw_rows_text(rows, row, 1));
    g_autofree char *began = gw_print_format_time(NULL, gw_rows_int(rows, row, 3));
    g_autofree char *until = gw_print_format_time(NULL, gw_rows_int(rows, row, 6));

    g_string_append(page, "<tr><td>");
    gw_print_add_text(page, gw_rows_text(rows, row, 0));
    g_string_append(page, "</td><td>");
    gw_print_add_text(page, unit != NULL ? unit->name : NULL);
    g_string_append_printf(page, "</td><td>%s</td><td>%" G_GINT64_FORMAT "</td><td>%s</td><td>", began,
                           gw_rows_int(rows, row, 5), until);
    gw_print_add_text(page, gw_rows_text(rows, row, 7));
    if (!gw_rows_is_null(rows, row, 8)) {
        g_string_append(page, ": ");
        gw_print_add_text(page, gw_rows_text(rows, row, 8));
    }
    g_string_append(page, "</td><td>");
    if (!gw_rows_is_null(rows, row, 9))
        g_string_append_printf(page, "%" G_GINT64_FORMAT, gw_rows_int(rows, row, 9));
    g_string_append(page, "</td></tr>\n");
}

static void
on_items(GwAsk *ask, const GwRows *rows)
{
    g_autoptr(GString) page = g_string_new(gw_ask_get(ask, "page"));
    SigHttp *http = gw_ask_take_http(ask);

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        add_item(page, ask, rows, i);
    g_string_append(page, "</table>\n<div class=\"sign\"><p>提出人签字 Signed (planner): ____________</p>"
                          "<p>批准人签字 Signed (approver): ____________</p></div></body></html>\n");
    sig_http_add_header(http, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    sig_http_add_header(http, "Cache-Control", "no-store");
    sig_http_reply_text(http, 200, "text/html; charset=utf-8", page->str);
    gw_ask_reply(ask);
}

static void
on_purge(GwAsk *ask, const GwRows *rows)
{
    g_autoptr(GString) page = NULL;

    if (gw_rows_get_count(rows) == 0 ||
        !gw_asker_covers(&ask->asker, ask->archive->gateway->people, gw_rows_text(rows, 0, GW_PURGE_UNIT))) {
        gw_ask_fail(ask, SIG_ERROR_NOT_FOUND, "There is no such purge.");
        return;
    }
    page = g_string_new(NULL);
    begin_page(page, rows);
    json_object_set_string_member(ask->params, "page", page->str);
    gw_ask_query(ask, gw_purge_items_statement(gw_ask_get(ask, "purge")), on_items);
}

static void
show(GwAsk *ask)
{
    gw_ask_query(ask, gw_purge_find_statement(gw_ask_get(ask, "purge")), on_purge);
}

static void
handle(SigHttp *http, void *user_data)
{
    gw_ask_on_http_item(http, user_data, "purge", show);
}

const SigRoute gw_note_routes[] = {
    { "GET", "/api/v1/purges/{purge}/note", GW_ACCESS_OFFICER | GW_ACCESS_SECURITY | GW_ACCESS_AUDITOR, 0,
      "The note of a destruction, to print.", handle },
    { NULL },
};
