#include "recorder/evidence/paper.h"

#include <string.h>

enum { BAR_WIDTH = 600, MAX_GAPS = 2000, MAX_ROWS = 2000 };

/* Chinese, English: every sentence stands in both. */
typedef struct {
    const char *zh, *en;
} Words;

static const char HEAD[] =
    "<!doctype html>\n<html lang=\"zh\"><head><meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    "<title>录像证据报告 Recording report</title>\n<style>\n"
    "body{font:17px/1.6 'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif;max-width:60em;margin:1.5em "
    "auto;padding:0 1em;color:#111}\n"
    "h1{font-size:1.6em}h2{font-size:1.25em;border-bottom:2px solid #1f4e79;margin-top:1.6em}\n"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #999;padding:.3em "
    ".6em;text-align:left;vertical-align:top}\n"
    "th{background:#eef3f8;font-weight:600}small{color:#444}code{word-break:break-all;font-size:.85em}\n"
    ".note{background:#fff6d6;border-left:4px solid #b07d00;padding:.5em "
    "1em}svg{width:100%;height:28px;display:block}\n"
    ".wide{overflow-x:auto}\n</style></head><body>\n";

static void
add_escaped(GString *text, const char *value)
{
    g_autofree char *valid = g_utf8_make_valid(value, -1);
    g_autofree char *escaped = g_markup_escape_text(valid, -1);

    g_string_append(text, escaped);
}

static const char *
get_text(JsonObject *object, const char *name)
{
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;

    return node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : "";
}

static int64_t
get_number(JsonObject *object, const char *name)
{
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;

    return node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_int(node) : 0;
}

static JsonObject *
get_object(JsonObject *object, const char *name)
{
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;

    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static unsigned
count(JsonArray *array)
{
    return array ? MIN(json_array_get_length(array), MAX_ROWS) : 0;
}

static JsonArray *
get_array(JsonObject *object, const char *name)
{
    JsonNode *node = object ? json_object_get_member(object, name) : NULL;

    return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

static JsonObject *
get_element(JsonArray *array, unsigned i)
{
    JsonNode *node = json_array_get_element(array, i);

    return JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

/* Times of the world in UTC, so that no zone is guessed. */
static char *
format_time(int64_t us)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(us / G_USEC_PER_SEC);

    return time && us > 0 ? g_date_time_format(time, "%Y-%m-%d %H:%M:%S UTC") : g_strdup("–");
}

static char *
format_span(int64_t us)
{
    int64_t seconds = us / G_USEC_PER_SEC;

    return g_strdup_printf("%d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
}

static void
add_row(GString *text, Words label, const char *value)
{
    if (!value || value[0] == '\0')
        return;
    g_string_append_printf(text, "<tr><th>%s <small>%s</small></th><td>", label.zh, label.en);
    add_escaped(text, value);
    g_string_append(text, "</td></tr>\n");
}

static void
add_row_time(GString *text, Words label, int64_t us)
{
    g_autofree char *time = format_time(us);

    add_row(text, label, time);
}

static void
add_heading(GString *text, Words words)
{
    g_string_append_printf(text, "<h2>%s <small>%s</small></h2>\n", words.zh, words.en);
}

static void
add_session(GString *text, JsonObject *manifest)
{
    JsonObject *session = get_object(manifest, "session");
    g_autofree char *length = format_span(get_number(manifest, "duration_us"));

    add_heading(text, (Words){ "会话", "Session" });
    g_string_append(text, "<table>\n");
    add_row(text, (Words){ "编号", "number" }, get_text(session, "id"));
    add_row(text, (Words){ "名称", "name" }, get_text(session, "name"));
    add_row(text, (Words){ "种类", "kind" }, get_text(session, "kind"));
    add_row(text, (Words){ "单位", "unit" }, get_text(session, "unit_name"));
    add_row(text, (Words){ "录像依据", "recorded by authority of" }, get_text(session, "authority"));
    add_row_time(text, (Words){ "开始", "opened" }, get_number(session, "opened_us"));
    add_row_time(text, (Words){ "录像起点", "recording begins" }, get_number(manifest, "began_us"));
    add_row_time(text, (Words){ "结束", "ended" }, get_number(session, "ended_us"));
    add_row(text, (Words){ "结束原因", "why it ended" }, get_text(session, "cause"));
    add_row(text, (Words){ "录像时长", "length of the recording" }, length);
    g_string_append(text, "</table>\n");
    JsonNode *recovered = json_object_get_member(manifest, "recovered");
    if (recovered && JSON_NODE_HOLDS_VALUE(recovered) && json_node_get_boolean(recovered))
        g_string_append(text,
                        "<p class=\"note\">本录像是在故障后由日志恢复的。<br>This recording was recovered from the "
                        "journal after a fault.</p>\n");
}

static const struct {
    const char *cause;
    Words words;
    const char *colour;
} causes[] = {
    { "network", { "对方线路", "their line" }, "#c62828" }, { "node", { "本方线路", "our line" }, "#8e24aa" },
    { "recorder", { "录像设备", "recorder" }, "#4a148c" },  { "muted", { "已静音", "muted" }, "#9e9e9e" },
    { "paused", { "已暂停", "paused" }, "#f9a825" },        { "left", { "已离开", "left" }, "#616161" },
    { "terminal", { "终端故障", "terminal" }, "#d84315" },
};

static const char *
find_colour(const char *cause)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(causes); i++) {
        if (g_str_equal(causes[i].cause, cause))
            return causes[i].colour;
    }
    return "#000000";
}

static void
add_rect(GString *text, double from, double width, const char *colour)
{
    char x[G_ASCII_DTOSTR_BUF_SIZE], w[G_ASCII_DTOSTR_BUF_SIZE];

    g_ascii_formatd(x, sizeof x, "%.2f", CLAMP(from, 0, BAR_WIDTH));
    g_ascii_formatd(w, sizeof w, "%.2f", CLAMP(width, 0, BAR_WIDTH));
    g_string_append_printf(text, "<rect x=\"%s\" y=\"2\" width=\"%s\" height=\"24\" fill=\"%s\"/>", x, w, colour);
}

/* A party's time: light where it was not there, green where it is recorded, coloured by cause where something is missing. */
static void
add_bar(GString *text, JsonObject *party, int64_t duration_us)
{
    JsonArray *joined = get_array(party, "joined");
    JsonArray *gaps = get_array(get_object(party, "completeness"), "gaps");
    double scale = (double)BAR_WIDTH / (double)MAX(duration_us, 1);

    g_string_append_printf(text, "<svg viewBox=\"0 0 %d 28\" preserveAspectRatio=\"none\" role=\"img\">", BAR_WIDTH);
    add_rect(text, 0, BAR_WIDTH, "#eceff1");
    for (unsigned i = 0; i < count(joined); i++) {
        double from = (double)get_number(get_element(joined, i), "from_us");
        double to = (double)get_number(get_element(joined, i), "to_us");
        add_rect(text, from * scale, (to - from) * scale, "#2e7d32");
    }
    for (unsigned i = 0; i < MIN(count(gaps), MAX_GAPS); i++) {
        JsonObject *gap = get_element(gaps, i);
        double from = (double)get_number(gap, "from_us");
        double width = ((double)get_number(gap, "to_us") - from) * scale;
        add_rect(text, from * scale, MAX(width, 1), find_colour(get_text(gap, "cause")));
    }
    g_string_append(text, "</svg>\n");
}

static void
add_seconds(GString *text, int64_t us)
{
    char seconds[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append_printf(text, "%s s", g_ascii_formatd(seconds, sizeof seconds, "%.1f", (double)us / G_USEC_PER_SEC));
}

static void
add_party(GString *text, JsonObject *party, int64_t duration_us)
{
    JsonObject *completeness = get_object(party, "completeness");
    JsonNode *observer = party ? json_object_get_member(party, "observer") : NULL;
    bool observes = observer && JSON_NODE_HOLDS_VALUE(observer) && json_node_get_boolean(observer);

    g_string_append(text, "<h3>");
    add_escaped(text, get_text(party, "name"));
    g_string_append(text, " <small>");
    add_escaped(text, get_text(party, "role"));
    g_string_append(text, observes ? " · 观察 observer · " : " · ");
    g_string_append(text, "身份核验 identity: ");
    add_escaped(text, get_text(party, "proof"));
    g_string_append(text, "</small></h3>\n");
    add_bar(text, party, duration_us);
    g_string_append(text, "<p>应录 expected ");
    add_seconds(text, get_number(completeness, "expected_us"));
    g_string_append(text, "，缺失 missing ");
    add_seconds(text, get_number(completeness, "missing_us"));
    g_string_append(text, "</p>\n");
}

static void
add_parties(GString *text, JsonObject *manifest)
{
    JsonArray *parties = get_array(manifest, "parties");

    add_heading(text, (Words){ "人员与完整性", "People and completeness" });
    g_string_append(text, "<p><small>绿：有录像 recorded · 浅灰：不在场 not there");
    for (unsigned i = 0; i < G_N_ELEMENTS(causes); i++)
        g_string_append_printf(text, " · <span style=\"color:%s\">■</span> %s %s", causes[i].colour, causes[i].words.zh,
                               causes[i].words.en);
    g_string_append(text, "</small></p>\n");
    for (unsigned i = 0; i < count(parties); i++)
        add_party(text, get_element(parties, i), get_number(manifest, "duration_us"));
}

static void
add_files(GString *text, JsonObject *manifest)
{
    JsonArray *files = get_array(manifest, "files");

    add_heading(text, (Words){ "文件", "Files" });
    g_string_append(text, "<div class=\"wide\"><table><tr><th>文件 file</th><th>人员 party</th><th>格式 codec</th>"
                          "<th>字节 bytes</th><th>SHA-256 / SM3</th></tr>\n");
    for (unsigned i = 0; i < count(files); i++) {
        JsonObject *file = get_element(files, i);
        g_string_append(text, "<tr><td>media/");
        add_escaped(text, get_text(file, "file"));
        g_string_append(text, "</td><td>");
        add_escaped(text, get_text(file, "party"));
        g_string_append(text, "</td><td>");
        add_escaped(text, get_text(file, "codec"));
        g_string_append_printf(text, "</td><td>%" G_GINT64_FORMAT "</td><td><code>", get_number(file, "bytes"));
        add_escaped(text, get_text(file, "sha256"));
        g_string_append(text, "</code><br><code>");
        add_escaped(text, get_text(file, "sm3"));
        g_string_append(text, "</code></td></tr>\n");
    }
    g_string_append(text, "</table></div>\n");
}

static void
add_notes(GString *text, JsonObject *manifest)
{
    JsonArray *notes = get_array(manifest, "notes");

    if (count(notes) == 0)
        return;
    add_heading(text, (Words){ "备注", "Notes" });
    g_string_append(text, "<table><tr><th>时间 at</th><th>记录人 by</th><th>内容 text</th></tr>\n");
    for (unsigned i = 0; i < count(notes); i++) {
        JsonObject *note = get_element(notes, i);
        g_autofree char *at = format_span(get_number(note, "at_us"));
        g_string_append_printf(text, "<tr><td>%s</td><td>", at);
        add_escaped(text, get_text(note, "by"));
        g_string_append(text, "</td><td>");
        add_escaped(text, get_text(note, "text"));
        g_string_append(text, "</td></tr>\n");
    }
    g_string_append(text, "</table>\n");
}

static void
add_export(GString *text, const RecPackageExport *facts)
{
    add_heading(text, (Words){ "导出", "Export" });
    g_string_append(text, "<table>\n");
    add_row(text, (Words){ "编号", "number" }, facts->id);
    add_row_time(text, (Words){ "时间", "at" }, facts->at_us);
    add_row(text, (Words){ "导出人", "by" }, facts->by);
    add_row(text, (Words){ "批准人", "approved by" }, facts->approved_by);
    add_row(text, (Words){ "理由", "reason" }, facts->reason);
    add_row(text, (Words){ "水印", "watermark" }, facts->watermark);
    g_string_append(text, "</table>\n");
}

static void
add_signatures(GString *text, JsonObject *manifest)
{
    JsonObject *keys = get_object(manifest, "keys");
    JsonObject *leaves = get_object(manifest, "leaves");
    JsonObject *node = get_object(manifest, "node");

    add_heading(text, (Words){ "签名", "Signatures" });
    g_string_append(text, "<table>\n");
    add_row(text, (Words){ "节点", "node" }, get_text(node, "name"));
    add_row(text, (Words){ "软件", "software" }, get_text(node, "software"));
    add_row_time(text, (Words){ "清单生成", "manifest made" }, get_number(manifest, "made_us"));
    add_row(text, (Words){ "Ed25519 证书", "certificate, SHA-256" }, get_text(keys, "ed25519"));
    add_row(text, (Words){ "SM2 证书", "certificate, SHA-256" }, get_text(keys, "sm2"));
    add_row(text, (Words){ "SHA-256 树根", "root" }, get_text(leaves, "sha256_root"));
    add_row(text, (Words){ "SM3 树根", "root" }, get_text(leaves, "sm3_root"));
    g_string_append(text, "</table>\n");
    g_string_append(text,
                    "<p class=\"note\">本页只是说明，不是证据；是否真实须核验：运行 <code>yuanjian-verify</code>，或按 "
                    "VERIFY.txt 用 openssl 逐步核验。<br>This page explains; it proves nothing. To verify: "
                    "<code>yuanjian-verify FILE.evp</code>, or follow VERIFY.txt with openssl.</p>\n");
}

GBytes *
rec_paper_make(JsonObject *manifest, const RecPackageExport *facts)
{
    GString *text = g_string_new(HEAD);

    g_string_append(text, "<h1>录像证据报告 <small>Recording report</small></h1>\n");
    add_session(text, manifest);
    add_parties(text, manifest);
    add_files(text, manifest);
    if (facts->is_redacted)
        g_string_append(text, "<p class=\"note\">本包经遮盖，未附以上文件；derivatives/ 中是衍生件，不是原件。<br>"
                              "This package is redacted: these files were left out. What is in derivatives/ was made "
                              "of them and is not the original.</p>\n");
    add_notes(text, manifest);
    add_export(text, facts);
    add_signatures(text, manifest);
    g_string_append(text, "</body></html>\n");
    return g_string_free_to_bytes(text);
}
