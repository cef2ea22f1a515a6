#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/derivative-index.h"

#include <string.h>

#include "gateway/archive/derivatives.h"
#include "gateway/evidence/leaf.h"
#include "recorder/track.h"

#define WHO "who" /* not of the record: added when it is read */

enum { MAX_RECORDS = 1000, MAX_RECORD_BYTES = 1024 * 1024 };

static const char *
get_text(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
               ? json_node_get_string(node)
               : NULL;
}

static JsonObject *
get_object(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

static int64_t
get_number(JsonObject *object, const char *name)
{
    JsonNode *node = json_object_get_member(object, name);

    return node != NULL && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64
               ? json_node_get_int(node)
               : 0;
}

static bool
has_file(const char *dir, const char *id)
{
    g_autofree char *plain = g_strconcat(dir, "/", id, ".webm", NULL);
    g_autofree char *encrypted = g_strconcat(plain, ".enc", NULL);

    return g_file_test(plain, G_FILE_TEST_EXISTS) || g_file_test(encrypted, G_FILE_TEST_EXISTS);
}

/* Who asked for it is in the log's entry of its making; NULL: that cannot be read (yet). */
static char *
find_who(RecLogReader *log, JsonObject *record)
{
    int64_t index = get_number(record, "log");
    g_autoptr(GBytes) entry = log != NULL && index > 0 ? rec_log_reader_get_entry(log, (uint64_t)index, NULL) : NULL;
    g_autoptr(JsonObject) leaf = entry != NULL ? gw_leaf_parse(entry) : NULL;
    JsonObject *detail = leaf != NULL ? get_object(leaf, "detail") : NULL;

    if (detail == NULL || g_strcmp0(gw_leaf_get(leaf, "action"), "archive.derivative-made") != 0 ||
        g_strcmp0(get_text(detail, "derivative"), get_text(record, "id")) != 0)
        return NULL;
    return g_strdup(gw_leaf_get(leaf, "who"));
}

/* NULL: it is no record of that session, or its file is not there. */
static JsonObject *
read_record(const char *dir, const char *session, const char *name)
{
    g_autofree char *path = g_build_filename(dir, name, NULL), *text = NULL;
    g_autofree char *id = g_strndup(name, strlen(name) - strlen(".json"));
    size_t size = 0;

    if (!rec_id_is_valid(id) || !g_file_get_contents(path, &text, &size, NULL) || size > MAX_RECORD_BYTES)
        return NULL;
    g_autoptr(JsonNode) node = json_from_string(text, NULL);
    JsonObject *record = node != NULL && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    const char *kind = record != NULL ? get_text(record, "kind") : NULL;
    if (record == NULL || g_strcmp0(get_text(record, "format"), "yuanjian-derivative/1") != 0 ||
        g_strcmp0(get_text(record, "id"), id) != 0 || g_strcmp0(get_text(record, "session"), session) != 0 ||
        (g_strcmp0(kind, "composite") != 0 && g_strcmp0(kind, "redaction") != 0) ||
        get_object(record, "file") == NULL || get_text(get_object(record, "file"), "sha256") == NULL ||
        !has_file(dir, id))
        return NULL;
    return json_object_ref(record);
}

void
gw_derivative_index_read(GPtrArray *records, const char *folder, const char *session, RecLogReader *log)
{
    g_autofree char *path = g_build_filename(folder, GW_DERIVATIVES_DIR, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name = NULL;

    for (unsigned n = 0; dir != NULL && n < MAX_RECORDS && (name = g_dir_read_name(dir)) != NULL;) {
        JsonObject *record = g_str_has_suffix(name, ".json") ? read_record(path, session, name) : NULL;
        if (record == NULL)
            continue;
        g_autofree char *who = find_who(log, record);
        json_object_set_string_member(record, WHO, who != NULL ? who : "");
        g_ptr_array_add(records, record);
        n++;
    }
}

const char *
gw_derivative_index_get_id(JsonObject *record)
{
    return get_text(record, "id");
}

static char *
get_edits(JsonObject *record)
{
    JsonNode *node = json_object_get_member(record, "edits");

    return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_to_string(node, FALSE) : NULL;
}

GwStatement *
gw_derivative_index_add_statement(JsonObject *record)
{
    static const char *const texts[] = { "id", "session", "kind", "layout" };
    static const char *const more[] = { "reason", "approved_by", "watermark", "export" };
    static const char *const numbers[] = { "duration_ms", "width", "height", "bytes" };
    GwStatement *statement = gw_statement_new(
        "INSERT OR IGNORE INTO derivative (id, session, kind, layout, reason, approver_display, watermark, export,"
        " duration_ms, width, height, bytes, sha256, sm3, parent, edits, at_ms, made_ms, display, who, state) VALUES"
        " (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, 'ready')");
    JsonObject *file = get_object(record, "file"), *parent = get_object(record, "parent");
    g_autofree char *edits = get_edits(record);
    const char *by = get_text(record, "by");

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        gw_statement_text(statement, get_text(record, texts[i]) != NULL ? get_text(record, texts[i]) : "side-by-side");
    for (unsigned i = 0; i < G_N_ELEMENTS(more); i++)
        gw_statement_text(statement, get_text(record, more[i]));
    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++)
        gw_statement_int(statement, get_number(file, numbers[i]));
    gw_statement_text(statement, get_text(file, "sha256"));
    gw_statement_text(statement, get_text(file, "sm3"));
    gw_statement_text(statement, parent != NULL ? get_text(parent, "manifest_sha256") : NULL);
    gw_statement_text(statement, edits);
    gw_statement_int(statement, get_number(record, "at_ms"));
    gw_statement_int(statement, get_number(record, "made_ms"));
    gw_statement_text(statement, by != NULL ? by : "");
    gw_statement_text(statement, get_text(record, WHO));
    return statement;
}
