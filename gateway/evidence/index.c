#define G_LOG_DOMAIN "gateway.evidence"

#include "gateway/evidence/index.h"

#include <string.h>

#include "gateway/evidence/leaf.h"

/* "session:ID" says it too. */
static const char *
get_session(JsonObject *leaf)
{
    const char *session = gw_leaf_get(leaf, "session"), *object = gw_leaf_get(leaf, "object");

    if (session == NULL && object != NULL && g_str_has_prefix(object, "session:"))
        return object + strlen("session:");
    return session;
}

static GwStatement *
make_row(uint64_t index, JsonObject *leaf)
{
    GwStatement *statement = gw_statement_new("INSERT OR IGNORE INTO evidence_leaf (idx, at_us, type, session, object)"
                                              " VALUES (?1, ?2, ?3, ?4, ?5)");

    gw_statement_int(statement, (int64_t)index);
    gw_statement_int(statement, gw_leaf_get_number(leaf, "at_us"));
    gw_statement_text(statement, gw_leaf_get(leaf, "type"));
    gw_statement_text(statement, get_session(leaf));
    gw_statement_text(statement, gw_leaf_get(leaf, "object"));
    return statement;
}

static GwStatement *
make_audit_row(uint64_t index, JsonObject *leaf)
{
    GwStatement *statement =
        gw_statement_new("INSERT INTO audit (leaf, at_ms, who, action, object, detail, address)"
                         " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE NOT EXISTS (SELECT 1 FROM audit WHERE leaf = ?1)");
    g_autofree char *detail = gw_leaf_get_text(leaf, "detail");
    const char *who = gw_leaf_get(leaf, "who"), *action = gw_leaf_get(leaf, "action");

    gw_statement_int(statement, (int64_t)index);
    gw_statement_int(statement, gw_leaf_get_number(leaf, "at_us") / 1000);
    gw_statement_text(statement, who != NULL ? who : "?");
    gw_statement_text(statement, action != NULL ? action : "?");
    gw_statement_text(statement, gw_leaf_get(leaf, "object"));
    gw_statement_text(statement, detail);
    gw_statement_text(statement, gw_leaf_get(leaf, "address"));
    return statement;
}

void
gw_index_add(GwStore *store, uint64_t index, GBytes *entry)
{
    g_autoptr(JsonObject) leaf = gw_leaf_parse(entry);
    GPtrArray *statements = NULL;

    if (leaf == NULL) {
        g_warning("entry %" G_GUINT64_FORMAT " of the log is not one of ours", index);
        return;
    }
    statements = g_ptr_array_new();
    g_ptr_array_add(statements, make_row(index, leaf));
    if (g_str_equal(gw_leaf_get(leaf, "type"), "audit"))
        g_ptr_array_add(statements, make_audit_row(index, leaf));
    gw_store_run_all(store, statements, NULL, NULL);
}

/* Where to begin: behind what is there without holes. */
static bool
find_start(GwStore *store, uint64_t *ret_start, GError **error)
{
    g_autoptr(GwRows) rows =
        gw_store_query(store, gw_statement_new("SELECT count(*), coalesce(max(idx) + 1, 0) FROM evidence_leaf"), error);
    g_autoptr(GwRows) hole = NULL;

    if (rows == NULL)
        return false;
    *ret_start = (uint64_t)gw_rows_int(rows, 0, 1);
    if (gw_rows_int(rows, 0, 0) == gw_rows_int(rows, 0, 1))
        return true;
    hole = gw_store_query(
        store,
        gw_statement_new("SELECT coalesce(min(idx), 0) FROM (SELECT 0 AS idx UNION SELECT idx + 1 FROM evidence_leaf)"
                         " WHERE idx NOT IN (SELECT idx FROM evidence_leaf)"),
        error);
    if (hole == NULL)
        return false;
    *ret_start = (uint64_t)gw_rows_int(hole, 0, 0);
    return true;
}

bool
gw_index_catch_up(GwStore *store, const char *log_dir, uint64_t *ret_added, GError **error)
{
    g_autofree char *checkpoint = g_build_filename(log_dir, "checkpoint", NULL);
    g_autoptr(RecLogReader) reader = NULL;
    uint64_t start = 0, added = 0;

    *ret_added = 0;
    if (!g_file_test(checkpoint, G_FILE_TEST_EXISTS))
        return true;
    reader = rec_log_reader_new(log_dir, error);
    if (reader == NULL || !find_start(store, &start, error))
        return false;
    for (uint64_t i = start; i < rec_log_reader_get_size(reader); i++, added++) {
        g_autoptr(GBytes) entry = rec_log_reader_get_entry(reader, i, error);

        if (entry == NULL)
            return false;
        gw_index_add(store, i, entry);
        if (added % 1000 == 999)
            gw_store_flush(store); /* its queue is bounded */
    }
    gw_store_flush(store);
    *ret_added = added;
    return true;
}

/* NULL and "" differ; no text can look like two. */
static char *
describe(int64_t at_ms, const char *const *texts, unsigned n)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "%" G_GINT64_FORMAT, at_ms);
    for (unsigned i = 0; i < n; i++) {
        g_string_append_c(text, '\n');
        if (texts[i] != NULL)
            g_string_append_printf(text, "%zu:%s", strlen(texts[i]), texts[i]);
    }
    return g_string_free(text, FALSE);
}

char *
gw_index_describe_entry(GBytes *entry)
{
    g_autoptr(JsonObject) leaf = gw_leaf_parse(entry);

    if (leaf == NULL || !g_str_equal(gw_leaf_get(leaf, "type"), "audit"))
        return NULL;
    g_autofree char *detail = gw_leaf_get_text(leaf, "detail");
    const char *const texts[] = {
        gw_leaf_get(leaf, "who"),     gw_leaf_get(leaf, "action"), gw_leaf_get(leaf, "object"), detail,
        gw_leaf_get(leaf, "address"),
    };
    return describe(gw_leaf_get_number(leaf, "at_us") / 1000, texts, G_N_ELEMENTS(texts));
}

char *
gw_index_describe_row(const GwRows *rows, unsigned row)
{
    const char *texts[5];

    for (unsigned i = 0; i < G_N_ELEMENTS(texts); i++)
        texts[i] = gw_rows_text(rows, row, 2 + i);
    return describe(gw_rows_int(rows, row, 1), texts, G_N_ELEMENTS(texts));
}

GwStatement *
gw_index_find_session(const char *session)
{
    GwStatement *statement =
        gw_statement_new("SELECT idx, at_us, type, session, object FROM evidence_leaf WHERE session = ?1 ORDER BY idx");

    gw_statement_text(statement, session);
    return statement;
}
