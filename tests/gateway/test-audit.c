#include "scratch.h"

static void
add(Scratch *scratch, const char *action)
{
    const GwAuditEntry entry = { .who = "person:p-1", .action = action, .object = "visit:v-1", .address = "192.0.2.1" };
    JsonObject *detail = json_object_new();

    json_object_set_string_member(detail, "cause", "a \"quoted\" one");
    gw_audit_add(scratch->audit, &entry, detail);
}

static void
on_listed(GwRows *rows, const GError *error, void *user_data)
{
    GString *seen = user_data;

    g_assert_no_error(error);
    for (unsigned i = 0; i < gw_rows_get_count(rows); i++)
        g_string_append_printf(seen, "%s ", gw_rows_text(rows, i, 3));
}

static void
test_newest_first_and_by_page(void)
{
    Scratch scratch = { 0 };
    g_autoptr(GString) seen = g_string_new(NULL);

    scratch_open(&scratch);
    add(&scratch, "one");
    add(&scratch, "two");
    add(&scratch, "three");
    gw_audit_list(scratch.audit, 0, 2, on_listed, seen);
    gw_audit_list(scratch.audit, 2, 2, on_listed, seen);
    gw_store_flush(scratch.store);
    g_assert_cmpstr(seen->str, ==, "three two one ");
    g_assert_cmpint(scratch_count(&scratch,
                                  "SELECT count(*) FROM audit WHERE who = 'person:p-1' AND object = 'visit:v-1'"
                                  " AND address = '192.0.2.1' AND detail LIKE '%quoted%' AND at_ms > 0"),
                    ==, 3);
    scratch_clear(&scratch);
}

static void
test_cannot_be_changed(void)
{
    static const char *const attempts[] = {
        "UPDATE audit SET who = 'somebody else'",
        "UPDATE audit SET id = 99 WHERE id = 1",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE id = 1",
        "REPLACE INTO audit (id, at_ms, who, action) VALUES (1, 0, 'x', 'x')",
        "INSERT INTO audit (id, at_ms, who, action) VALUES (1, 0, 'x', 'x') ON CONFLICT (id) DO UPDATE SET who = 'x'",
    };
    Scratch scratch = { 0 };

    scratch_open(&scratch);
    add(&scratch, "one");
    gw_store_flush(scratch.store);
    for (size_t i = 0; i < G_N_ELEMENTS(attempts); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GwRows) rows = gw_store_query(scratch.store, gw_statement_new(attempts[i]), &error);

        g_assert_null(rows);
        g_assert_error(error, GW_STORE_ERROR, GW_STORE_ERROR_CONFLICT);
    }
    g_assert_cmpint(scratch_count(&scratch, "SELECT count(*) FROM audit WHERE action = 'one' AND who = 'person:p-1'"),
                    ==, 1);
    scratch_clear(&scratch);
}

static void
test_entries_wait_for_the_disk(void)
{
    Scratch scratch = { 0 };
    g_autofree char *long_action = g_strnfill(20000, 'x');

    scratch_open(&scratch);
    scratch_count(&scratch, "PRAGMA max_page_count = 1"); /* no page more than there are */
    g_test_expect_message("gateway.audit", G_LOG_LEVEL_MESSAGE, "audit entries wait*");
    add(&scratch, long_action);
    gw_store_flush(scratch.store);
    g_test_assert_expected_messages();
    g_assert_cmpuint(gw_audit_get_n_kept(scratch.audit), ==, 1);

    scratch_count(&scratch, "PRAGMA max_page_count = 100000");
    gw_audit_retry(scratch.audit);
    gw_store_flush(scratch.store);
    g_assert_cmpuint(gw_audit_get_n_kept(scratch.audit), ==, 0);
    g_assert_cmpint(scratch_count(&scratch, "SELECT count(*) FROM audit"), ==, 1);
    scratch_clear(&scratch);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/audit/newest-first-and-by-page", test_newest_first_and_by_page);
    g_test_add_func("/gateway/audit/cannot-be-changed", test_cannot_be_changed);
    g_test_add_func("/gateway/audit/entries-wait-for-the-disk", test_entries_wait_for_the_disk);
    return g_test_run();
}
