#define G_LOG_DOMAIN "gateway.rollcall"

#include "gateway/print.h"
#include "gateway/supervision/rollcall-priv.h"

#include <string.h>

/* The sheet of a roll-call: one JSON text. All its rows are events of the session, hence in the recording and in the node's log,
 * and its SHA-256 is an entry of that log of its own: so anybody can tell whether a printed sheet is the one that was made. */

enum { ROWS_OF_EVENT = 100, MAX_SHEET = 4 * 1024 * 1024 };

static JsonArray *
make_rows(const GwRollcall *self)
{
    JsonArray *rows = json_array_sized_new(self->base.callees->len);

    for (guint i = 0; i < self->base.callees->len; i++)
        json_array_add_object_element(rows, gw_office_to_row(self->base.callees->pdata[i]));
    return rows;
}

static char *
make_text(const GwRollcall *self)
{
    g_autoptr(JsonObject) sheet = json_object_new();
    g_autoptr(JsonNode) node = NULL;
    JsonObject *unit = gw_people_unit_to_json(self->base.all->gateway->people, self->base.head.unit);

    json_object_set_string_member(sheet, "rollcall", self->base.head.id);
    json_object_set_string_member(sheet, "session", self->base.head.session);
    json_object_set_string_member(sheet, "name", self->base.head.name);
    if (unit != NULL)
        json_object_set_object_member(sheet, "unit", unit);
    json_object_set_string_member(sheet, "by", self->base.head.display);
    json_object_set_string_member(sheet, "person", self->base.head.person);
    json_object_set_int_member(sheet, "started_ms", self->base.head.started_ms);
    json_object_set_int_member(sheet, "ended_ms", self->base.head.ended_ms);
    json_object_set_int_member(sheet, "clock_s", self->clock_s);
    json_object_set_boolean_member(sheet, "recorded", self->base.head.recording_class == GW_CLASS_RECORDED);
    gw_rollcall_add_figures(self, sheet);
    json_object_set_array_member(sheet, "offices", make_rows(self));
    node = json_node_init_object(json_node_alloc(), sheet);
    return json_to_string(node, FALSE);
}

/* Entries of the log are bounded. */
static void
add_row_events(GwRollcall *self)
{
    JsonArray *rows = NULL;

    for (guint i = 0; i < self->base.callees->len; i++) {
        if (rows == NULL)
            rows = json_array_new();
        json_array_add_object_element(rows, gw_office_to_row(self->base.callees->pdata[i]));
        if (json_array_get_length(rows) < ROWS_OF_EVENT && i + 1 < self->base.callees->len)
            continue;
        JsonObject *detail = json_object_new();
        json_object_set_array_member(detail, "offices", g_steal_pointer(&rows));
        gw_session_add_event(self->base.live, &gw_actor_system, "sheet-rows", detail);
    }
}

/* The log answers when it is synced; by then everything else may have gone. */

static void
on_logged(uint64_t index, const GError *error, void *user_data)
{
    g_autofree GwSheetAsking *asking = user_data;
    g_autofree char *id = g_steal_pointer(&asking->rollcall);
    GwRollcalls *rollcalls = asking->rollcalls;
    GwRollcall *rollcall = NULL;
    GwStatement *statement = NULL;

    if (rollcalls == NULL)
        return;
    g_ptr_array_remove_fast(rollcalls->asking, asking);
    if (error != NULL) {
        g_warning("the sheet of roll-call %s is not in the log: %s", id, error->message);
        return;
    }
    statement = gw_statement_new("UPDATE rollcall SET entry = ?1 WHERE id = ?2");
    gw_statement_int(statement, (int64_t)index);
    gw_statement_text(statement, id);
    gw_store_run(rollcalls->base.gateway->store, statement, NULL, NULL);
    rollcall = g_hash_table_lookup(rollcalls->base.by_id, id);
    if (rollcall == NULL)
        return;
    rollcall->sheet.entry = (int64_t)index;
    gw_gathering_set_changed(&rollcall->base, NULL);
}

static void
put_into_log(GwRollcall *self)
{
    const GwEvidenceEntry entry = { .type = "roll-call.sheet", .session = self->base.head.session };
    GwSheetAsking *asking = g_new0(GwSheetAsking, 1);
    JsonObject *fields = json_object_new();

    asking->rollcalls = (GwRollcalls *)self->base.all;
    asking->rollcall = g_strdup(self->base.head.id);
    g_ptr_array_add(((GwRollcalls *)self->base.all)->asking, asking);
    json_object_set_string_member(fields, "rollcall", self->base.head.id);
    json_object_set_string_member(fields, "sha256", self->sheet.sha256);
    json_object_set_int_member(fields, "bytes", (int64_t)strlen(self->sheet.text));
    gw_rollcall_add_figures(self, fields);
    gw_evidence_append(self->base.all->gateway->evidence, &entry, fields, on_logged, asking);
}

void
gw_rollcall_make_sheet(GwRollcall *self)
{
    JsonObject *detail = json_object_new();

    add_row_events(self);
    self->sheet.text = make_text(self);
    self->sheet.sha256 = g_compute_checksum_for_string(G_CHECKSUM_SHA256, self->sheet.text, -1);
    json_object_set_string_member(detail, "sha256", self->sheet.sha256);
    gw_rollcall_add_figures(self, detail);
    gw_session_add_event(self->base.live, &gw_actor_system, "sheet", detail);
    put_into_log(self);
}

/* The page to print. */

static const char *const state_words[GW_OFFICE_N_STATES] = {
    [GW_OFFICE_RINGING] = "未应答 not answered",
    [GW_OFFICE_ANSWERED] = "已应答 answered",
    [GW_OFFICE_ABSENT] = "缺席 absent",
    [GW_OFFICE_DECLINED] = "拒绝 declined",
    [GW_OFFICE_BUSY] = "占用 busy",
    [GW_OFFICE_NO_TERMINAL] = "无终端 no terminal",
    [GW_OFFICE_EXCUSED] = "已说明 excused",
};

static const char head_of_page[] =
    "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>点名单</title><style>"
    "body{font:14px/1.5 sans-serif;margin:2em auto;max-width:60em;color:#111}table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #999;padding:.25em "
    ".5em;text-align:left}th{background:#eee}thead{display:table-header-group}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1em "
    "1em}dt{color:#555}dd{margin:0}code{word-break:break-all}"
    ".absent,.declined{font-weight:bold}.sign{display:flex;gap:4em;margin-top:3em}.sign span{flex:1;border-top:1px "
    "solid #999}tr{break-inside:avoid}</style></head><body>";

static const char *
get_text(JsonObject *object, const char *name)
{
    JsonNode *member = json_object_get_member(object, name);

    return member != NULL && JSON_NODE_HOLDS_VALUE(member) && json_node_get_string(member) != NULL
               ? json_node_get_string(member)
               : "";
}

static int64_t
get_number(JsonObject *object, const char *name)
{
    JsonNode *member = json_object_get_member(object, name);

    return member != NULL && JSON_NODE_HOLDS_VALUE(member) ? json_node_get_int(member) : 0;
}

static void
add_escaped(GString *page, const char *before, const char *text, const char *after)
{
    g_string_append(page, before);
    gw_print_add_text(page, text);
    g_string_append(page, after);
}

static void
add_row(GString *page, JsonObject *row)
{
    GwOfficeState state = gw_office_state_from_string(get_text(row, "state"));
    g_autofree char *answered = gw_print_format_time(NULL, get_number(row, "answered_ms"));
    double seconds = json_object_get_double_member_with_default(row, "seconds", -1);

    g_string_append_printf(page, "<tr><td>%" G_GINT64_FORMAT "</td>", get_number(row, "number"));
    add_escaped(page, "<td>", get_text(row, "name"), "</td>");
    g_string_append_printf(page, "<td class=\"%s\">%s</td>",
                           state < GW_OFFICE_N_STATES ? gw_office_state_to_string(state) : "",
                           state < GW_OFFICE_N_STATES ? state_words[state] : "?");
    add_escaped(page, "<td>", answered, "</td>");
    if (seconds >= 0)
        g_string_append_printf(page, "<td>%.1f</td>", seconds);
    else
        g_string_append(page, "<td></td>");
    g_string_append_printf(page, "<td>%" G_GINT64_FORMAT "</td>", get_number(row, "calls"));
    add_escaped(page, "<td>", get_text(row, "signer"), "</td>");
    add_escaped(page, "<td>", get_text(row, "reason"), " ");
    add_escaped(page, "", get_text(row, "by"), "</td></tr>\n");
}

static void
add_head(GString *page, JsonObject *sheet)
{
    g_autofree char *started = gw_print_format_time(NULL, get_number(sheet, "started_ms"));
    g_autofree char *ended = gw_print_format_time(NULL, get_number(sheet, "ended_ms"));
    JsonNode *unit = json_object_get_member(sheet, "unit"), *figures = json_object_get_member(sheet, "figures");

    add_escaped(page, "<h1>点名单 Roll-call</h1><dl><dt>名称 name</dt><dd>", get_text(sheet, "name"), "</dd>");
    if (unit != NULL && JSON_NODE_HOLDS_OBJECT(unit))
        add_escaped(page, "<dt>范围 unit</dt><dd>", get_text(json_node_get_object(unit), "name"), "</dd>");
    add_escaped(page, "<dt>点名人 by</dt><dd>", get_text(sheet, "by"), "</dd>");
    add_escaped(page, "<dt>开始 began</dt><dd>", started, "</dd>");
    add_escaped(page, "<dt>结束 ended</dt><dd>", ended, "</dd>");
    g_string_append_printf(page, "<dt>应答时限 answer clock</dt><dd>%" G_GINT64_FORMAT " s</dd>",
                           get_number(sheet, "clock_s"));
    if (figures != NULL && JSON_NODE_HOLDS_OBJECT(figures))
        g_string_append_printf(
            page, "<dt>应答 answered</dt><dd><b>%" G_GINT64_FORMAT " / %" G_GINT64_FORMAT "</b></dd>",
            get_number(json_node_get_object(figures), "answered"), get_number(json_node_get_object(figures), "total"));
    g_string_append(page, "</dl>");
}

char *
gw_sheet_to_html(const char *text, const char *sha256, int64_t entry)
{
    g_autoptr(JsonNode) node = strlen(text) <= MAX_SHEET ? json_from_string(text, NULL) : NULL;
    g_autoptr(GString) page = g_string_new(head_of_page);

    if (node == NULL || !JSON_NODE_HOLDS_OBJECT(node))
        return NULL;
    JsonObject *sheet = json_node_get_object(node);
    JsonNode *offices = json_object_get_member(sheet, "offices");
    if (offices == NULL || !JSON_NODE_HOLDS_ARRAY(offices))
        return NULL;
    add_head(page, sheet);
    g_string_append(page,
                    "<table><thead><tr><th>#</th><th>单位 office</th><th>结果 result</th><th>应答时间 answered</th>"
                    "<th>用时 s</th><th>呼叫 calls</th><th>签到人 who</th><th>说明 remark</th></tr></thead><tbody>\n");
    for (guint i = 0; i < json_array_get_length(json_node_get_array(offices)); i++) {
        JsonNode *row = json_array_get_element(json_node_get_array(offices), i);
        if (JSON_NODE_HOLDS_OBJECT(row))
            add_row(page, json_node_get_object(row));
    }
    g_string_append(page, "</tbody></table>");
    add_escaped(page, "<p>SHA-256 <code>", sha256, "</code><br>");
    if (entry >= 0)
        g_string_append_printf(page, "节点日志条目 entry of the node's log: %" G_GINT64_FORMAT "</p>", entry);
    else
        g_string_append(page, "尚未写入节点日志 not in the node's log yet</p>");
    g_string_append(page,
                    "<p class=\"sign\"><span>点名人签字 signed by</span><span>日期 date</span></p></body></html>\n");
    return g_string_free(g_steal_pointer(&page), FALSE);
}
