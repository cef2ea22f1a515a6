#define G_LOG_DOMAIN "gateway.archive"

#include "gateway/archive/archive-priv.h"

/* Backslash is the escape of LIKE. */
static char *
make_pattern(const char *text)
{
    GString *pattern = g_string_new("%");

    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '%' || *c == '_' || *c == '\\')
            g_string_append_c(pattern, '\\');
        g_string_append_c(pattern, *c);
    }
    g_string_append_c(pattern, '%');
    return g_string_free(pattern, FALSE);
}

GwStatement *
gw_archive_query_to_statement(const GwArchiveQuery *query)
{
    g_autofree char *pattern = query->text != NULL && *query->text != '\0' ? make_pattern(query->text) : NULL;
    GwStatement *statement = gw_statement_new(
        "WITH RECURSIVE below (id) AS (SELECT ?1 UNION SELECT unit.id FROM unit JOIN below ON unit.parent = below.id)"
        " SELECT " GW_ENTRY_COLUMNS ", count(*) OVER () FROM recording"
        " WHERE (?1 IS NULL OR unit IN (SELECT id FROM below)) AND (?2 IS NULL OR search LIKE ?2 ESCAPE '\\')"
        " AND (?3 = 0 OR began_ms >= ?3) AND (?4 = 0 OR began_ms < ?4) ORDER BY began_ms DESC, session"
        " LIMIT ?5 OFFSET ?6");

    gw_statement_text(statement, query->unit);
    gw_statement_text(statement, pattern);
    gw_statement_int(statement, query->from_ms);
    gw_statement_int(statement, query->to_ms);
    gw_statement_int(statement, query->limit);
    gw_statement_int(statement, query->offset);
    return statement;
}

JsonObject *
gw_archive_rows_to_json(GwArchive *self, const GwRows *rows)
{
    JsonObject *result = json_object_new();
    JsonArray *recordings = json_array_new();
    int64_t total = 0;

    for (unsigned i = 0; i < gw_rows_get_count(rows); i++) {
        g_autoptr(GwEntry) stored = gw_entry_from_row(rows, i);
        const GwEntry *known = gw_archive_find(self, stored->session);
        json_array_add_object_element(recordings, gw_entry_to_json(known != NULL ? known : stored));
        total = gw_rows_int(rows, i, 9);
    }
    json_object_set_array_member(result, "recordings", recordings);
    json_object_set_int_member(result, "total", total);
    return result;
}

GwStatement *
gw_archive_find_statement(const char *session)
{
    GwStatement *statement = gw_statement_new("SELECT " GW_ENTRY_COLUMNS " FROM recording WHERE session = ?1");

    gw_statement_text(statement, session);
    return statement;
}
