#include "archive-stage.h"
#include "gateway/store/statement.h"

static int64_t
count(ArchiveStage *stage, const char *person, const char *filters)
{
    archive_stage_ask(stage, person, "archive.list", filters);
    g_assert_cmpint(json_object_get_int_member(stage->result, "total"), >=, archive_stage_count(stage, "recordings"));
    return json_object_get_int_member(stage->result, "total");
}

static void
run(ArchiveStage *stage, const char *sql)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GwRows) rows = gw_store_query(stage->scratch.store, gw_statement_new(sql), &error);

    g_assert_no_error(error);
    g_assert_nonnull(rows);
}

static void
begin(ArchiveStage *stage)
{
    archive_stage_open(stage);
    archive_stage_furnish(stage);
    archive_stage_index(stage, "a1", "u", BEGAN_MS);
    archive_stage_index(stage, "a2", "u", BEGAN_MS + 1000);
    archive_stage_index(stage, "b1", "o", BEGAN_MS + 2000);
    run(stage,
        "UPDATE recording SET end_cause = 'technical', missing_ms = 65000, review = 'open' WHERE session = 'a2'");
    run(stage,
        "INSERT INTO note (session, at_ms, who, display, text) VALUES ('a1', 1, 'person:officer', 'O', '100% sure_')");
    run(stage, "INSERT INTO recording_person VALUES ('a1', 'officer', 'Watcher', 'officer')");
}

static void
test_every_filter(void)
{
    static const struct {
        const char *filters;
        int64_t n;
    } cases[] = {
        { "{}", 2 },
        { "{\"person\":\"Subject a1\"}", 1 },
        { "{\"person\":\"subject\"}", 2 },
        { "{\"person\":\"N-a2\"}", 1 },
        { "{\"person\":\"Visitor a2\"}", 1 },
        { "{\"person\":\"isitor\"}", 0 },
        { "{\"officer\":\"watch\"}", 1 },
        { "{\"officer\":\"officer\"}", 1 },
        { "{\"officer\":\"Subject\"}", 0 },
        { "{\"text\":\"isitor a2\"}", 1 },
        { "{\"note\":\"100%\"}", 1 },
        { "{\"note\":\"re_\"}", 1 },
        { "{\"note\":\"s_re\"}", 0 },
        { "{\"cause\":\"technical\"}", 1 },
        { "{\"min_missing_s\":60}", 1 },
        { "{\"min_missing_s\":66}", 0 },
        { "{\"held\":true}", 0 },
        { "{\"held\":false}", 2 },
        { "{\"review\":\"open\"}", 1 },
        { "{\"state\":\"sealed\"}", 2 },
        { "{\"state\":\"destroyed\"}", 0 },
        { "{\"kind\":\"visit\"}", 2 },
        { "{\"kind\":\"meeting\"}", 0 },
        { "{\"unit\":\"u\"}", 2 },
        { "{\"unit\":\"o\"}", 0 },
        { "{\"unit\":\"top\"}", 2 },
        { "{\"from_ms\":1790000000500}", 1 },
        { "{\"to_ms\":1790000000500}", 1 },
        { "{\"until_before_ms\":1790000000500}", 0 },
    };
    ArchiveStage stage = { 0 };

    begin(&stage);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].filters);
        g_assert_cmpint(count(&stage, "officer", cases[i].filters), ==, cases[i].n);
    }
    g_assert_cmpint(count(&stage, "chief", "{}"), ==, 3);
    g_assert_cmpint(count(&stage, "chief", "{\"unit\":\"o\"}"), ==, 1);
    g_assert_cmpint(count(&stage, "stranger", "{}"), ==, 1);
    g_assert_cmpint(count(&stage, NULL, "{}"), ==, 3);
    archive_stage_clear(&stage);
}

static void
test_what_is_typed_is_only_looked_for(void)
{
    static const char *const typed[] = { "%", "_", "\\\\", "'", "' OR 1=1 --", "\\\"", "*", "?1", "a%' ESCAPE '" };
    static const char *const filters[] = { "text", "person", "officer", "note", "unit",
                                           "kind", "cause",  "review",  "state" };
    ArchiveStage stage = { 0 };

    begin(&stage);
    for (unsigned f = 0; f < G_N_ELEMENTS(filters); f++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(typed); i++) {
            bool is_in_note = f == 3 && i < 2;
            g_autofree char *params = g_strdup_printf("{\"%s\":\"%s\"}", filters[f], typed[i]);
            g_assert_cmpint(count(&stage, "officer", params), ==, is_in_note ? 1 : 0);
        }
    }
    archive_stage_clear(&stage);
}

static void
test_sorted_and_paged(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    g_assert_cmpint(count(&stage, "officer", "{\"limit\":1}"), ==, 2);
    g_assert_cmpstr(json_object_get_string_member(archive_stage_get(&stage, "recordings"), "session"), ==, "a2");
    g_assert_cmpint(count(&stage, "officer", "{\"limit\":1,\"offset\":1}"), ==, 2);
    g_assert_cmpstr(json_object_get_string_member(archive_stage_get(&stage, "recordings"), "session"), ==, "a1");
    g_assert_cmpint(count(&stage, "officer", "{\"sort\":\"missing\",\"order\":\"up\"}"), ==, 2);
    g_assert_cmpstr(json_object_get_string_member(archive_stage_get(&stage, "recordings"), "session"), ==, "a1");
    g_assert_cmpint(count(&stage, "officer", "{\"offset\":5}"), ==, 2);
    g_assert_cmpuint(archive_stage_count(&stage, "recordings"), ==, 0);
    archive_stage_clear(&stage);
}

/* What SQLite says that it will do. */
static char *
explain(ArchiveStage *stage, const char *filters, bool counted)
{
    g_autoptr(JsonNode) node = json_from_string(filters, NULL);
    const GwSearch search = { "top", json_node_get_object(node) };
    g_autofree char *sql = g_strconcat("EXPLAIN QUERY PLAN ", gw_search_get_sql(&search, counted), NULL);
    GwStatement *statement = counted ? gw_search_to_count(&search) : gw_search_to_rows(&search);
    GString *plan = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    statement->sql = g_intern_string(sql);
    g_autoptr(GwRows) rows = gw_store_query(stage->scratch.store, statement, &error);
    g_assert_no_error(error);
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        g_string_append_printf(plan, "%s\n", gw_rows_text(rows, i, 3));
    return g_string_free(plan, FALSE);
}

static void
test_indexes_are_used(void)
{
    static const struct {
        const char *filters, *wanted, *unwanted;
        bool counted;
    } cases[] = {
        { "{}", "recording_find", "TEMP B-TREE FOR ORDER", false },
        { "{}", "COVERING INDEX recording_find", "SCAN recording\n", true },
        { "{\"from_ms\":1,\"to_ms\":5,\"cause\":\"technical\"}", "recording_find (began_ms>? AND began_ms<?)",
          "TEMP B-TREE FOR ORDER", false },
        { "{\"sort\":\"missing\"}", "recording_missing", "TEMP B-TREE FOR ORDER", false },
        { "{\"sort\":\"bytes\"}", "recording_bytes", "TEMP B-TREE FOR ORDER", false },
        { "{\"sort\":\"duration\"}", "recording_duration", "TEMP B-TREE FOR ORDER", false },
        { "{\"sort\":\"until\"}", "recording_until", "TEMP B-TREE FOR ORDER", false },
        { "{\"person\":\"x\"}", "recording_person_name (name>? AND name<?)", "SCAN p", false },
        { "{\"officer\":\"x\"}", "recording_person_ref (ref=? AND role=?)", "SCAN p", false },
    };
    ArchiveStage stage = { 0 };

    archive_stage_open(&stage);
    run(&stage, "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
                " INSERT INTO recording (session, unit, class, state, search, began_ms, duration_ms, recovered)"
                " SELECT 's' || i, 'u', 'recorded', 'sealed', 'x', i, i, 0 FROM n");
    run(&stage,
        "INSERT INTO recording_person (session, role, name, ref) SELECT session, 'subject', session, 'r' || session"
        " FROM recording");
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *plan = explain(&stage, cases[i].filters, cases[i].counted);
        g_test_message("%s: %s", cases[i].filters, plan);
        g_assert_nonnull(strstr(plan, cases[i].wanted));
        g_assert_null(strstr(plan, cases[i].unwanted));
    }
    g_assert_cmpint(count(&stage, NULL, "{\"person\":\"s99999\"}"), ==, 1);
    g_assert_cmpint(count(&stage, NULL, "{\"offset\":99990}"), ==, 100000);
    archive_stage_clear(&stage);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/search/every-filter", test_every_filter);
    g_test_add_func("/gateway/search/what-is-typed-is-only-looked-for", test_what_is_typed_is_only_looked_for);
    g_test_add_func("/gateway/search/sorted-and-paged", test_sorted_and_paged);
    g_test_add_func("/gateway/search/indexes-are-used", test_indexes_are_used);
    return g_test_run();
}
