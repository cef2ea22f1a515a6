#include "archive-stage.h"
#include "gateway/archive/folder.h"

enum { N_RECORDINGS = 200, N_OLD = 4 };

/* Long ago enough that what it holds is past its time; newest: what the clock is measured by. */
static void
begin(ArchiveStage *stage)
{
    stage->now_ms = BEGAN_MS + 1100 * DAY_MS;
    archive_stage_open(stage);
    archive_stage_furnish(stage);
    for (int i = 0; i < N_RECORDINGS; i++) {
        g_autofree char *session = g_strdup_printf("s-%03d", i);
        if (i < N_OLD)
            archive_stage_add(stage, session, i % 2 == 0 ? "u" : "o", BEGAN_MS);
        else
            archive_stage_index(stage, session, i % 2 == 0 ? "u" : "o", stage->now_ms - 2 * DAY_MS);
    }
}

static char *
plan(ArchiveStage *stage, const char *person)
{
    archive_stage_ask(stage, person, "archive.purge-plan", "{\"reason\":\"over\"}");
    return archive_stage_id(stage, "purge");
}

static char *
make_params(const char *purge)
{
    return g_strdup_printf("{\"purge\":\"%s\",\"reason\":\"why\"}", purge);
}

static void
assert_state(ArchiveStage *stage, const char *purge, const char *state)
{
    g_autofree char *params = make_params(purge);

    archive_stage_ask(stage, "security", "archive.purge-get", params);
    g_assert_cmpstr(json_object_get_string_member(archive_stage_get(stage, "purge"), "state"), ==, state);
}

static bool
is_there(ArchiveStage *stage, const char *session)
{
    g_autofree char *folder = gw_archive_get_folder(stage->archive, session);

    g_assert_true(g_file_test(folder, G_FILE_TEST_IS_DIR) == rec_keyring_has(stage->keyring, session));
    return g_file_test(folder, G_FILE_TEST_IS_DIR);
}

static void
assert_item(ArchiveStage *stage, unsigned i, const char *state)
{
    JsonArray *items = json_object_get_array_member(archive_stage_get(stage, "purge"), "items");

    g_assert_cmpstr(json_object_get_string_member(json_array_get_object_element(items, i), "state"), ==, state);
}

static void
test_two_persons_and_a_week(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    g_autofree char *purge = plan(&stage, "officer");
    JsonObject *planned = archive_stage_get(&stage, "purge");
    g_assert_cmpstr(json_object_get_string_member(planned, "state"), ==, "planned");
    g_assert_cmpint(json_object_get_int_member(planned, "recordings"), ==, 2);
    g_assert_cmpint(json_object_get_int_member(planned, "bytes"), ==, 2000);
    g_assert_cmpint(json_object_get_int_member(planned, "archive_recordings"), ==, N_RECORDINGS);
    g_autofree char *decide = make_params(purge);
    archive_stage_refuse(&stage, "officer", "archive.purge-approve", decide, SIG_ERROR_FORBIDDEN);
    archive_stage_refuse(&stage, NULL, "archive.purge-approve", decide, SIG_ERROR_FORBIDDEN);
    archive_stage_refuse(&stage, "stranger", "archive.purge-approve", decide, SIG_ERROR_NOT_FOUND);
    archive_stage_ask(&stage, "security", "archive.purge-approve", decide);
    stage.now_ms += 7 * DAY_MS - 1000;
    archive_stage_tick(&stage);
    assert_state(&stage, purge, "approved");
    g_assert_true(is_there(&stage, "s-000"));
    stage.now_ms += 1000;
    archive_stage_tick(&stage);
    assert_state(&stage, purge, "done");
    assert_item(&stage, 0, "destroyed");
    g_assert_false(is_there(&stage, "s-000"));
    g_assert_false(is_there(&stage, "s-002"));
    g_assert_true(is_there(&stage, "s-001"));
    g_assert_true(is_there(&stage, "s-003"));
    g_assert_cmpint(scratch_count(&stage.scratch, "SELECT count(*) FROM audit WHERE action = 'archive.destroyed'"), ==,
                    2);
    archive_stage_ask(&stage, "officer", "archive.list", "{\"state\":\"destroyed\"}");
    g_assert_cmpint(json_object_get_int_member(stage.result, "total"), ==, 2);
    archive_stage_refuse(&stage, "officer", "archive.hold", "{\"session\":\"s-000\",\"reason\":\"late\"}",
                         SIG_ERROR_STATE);
    archive_stage_clear(&stage);
}

static void
test_hold_during_the_week_wins(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    g_autofree char *purge = plan(&stage, "officer");
    g_autofree char *decide = make_params(purge);
    archive_stage_ask(&stage, "second", "archive.purge-approve", decide);
    archive_stage_ask(&stage, "officer", "archive.hold", "{\"session\":\"s-000\",\"reason\":\"a case\"}");
    /* It is told at once, not only when it is over. */
    assert_state(&stage, purge, "approved");
    assert_item(&stage, 0, "planned");
    JsonArray *items = json_object_get_array_member(archive_stage_get(&stage, "purge"), "items");
    g_assert_cmpstr(json_object_get_string_member(json_array_get_object_element(items, 0), "why"), ==, "held");
    stage.now_ms += 8 * DAY_MS;
    archive_stage_tick(&stage);
    assert_state(&stage, purge, "done");
    assert_item(&stage, 0, "spared");
    assert_item(&stage, 1, "destroyed");
    g_assert_true(is_there(&stage, "s-000"));
    archive_stage_clear(&stage);
}

static void
test_kept_longer_during_the_week_wins(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    g_autofree char *purge = plan(&stage, "officer");
    g_autofree char *decide = make_params(purge);
    archive_stage_ask(&stage, "second", "archive.purge-approve", decide);
    archive_stage_ask(&stage, "officer", "archive.retention",
                      "{\"session\":\"s-002\",\"class\":\"case\",\"reason\":\"x\"}");
    stage.now_ms += 8 * DAY_MS;
    archive_stage_tick(&stage);
    g_assert_false(is_there(&stage, "s-000"));
    g_assert_true(is_there(&stage, "s-002"));
    archive_stage_clear(&stage);
}

static void
test_anybody_alone_undoes_it(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    g_autofree char *purge = plan(&stage, "officer");
    g_autofree char *decide = make_params(purge);
    archive_stage_ask(&stage, "security", "archive.purge-approve", decide);
    archive_stage_ask(&stage, "second", "archive.purge-undo", decide);
    stage.now_ms += 8 * DAY_MS;
    archive_stage_tick(&stage);
    assert_state(&stage, purge, "undone");
    g_assert_true(is_there(&stage, "s-000"));
    archive_stage_refuse(&stage, "security", "archive.purge-approve", decide, SIG_ERROR_STATE);
    archive_stage_clear(&stage);
}

static void
test_more_than_its_share_is_stopped(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    /* Of the whole tree: four of two hundred. */
    g_autofree char *purge = plan(&stage, "chief");
    g_assert_cmpstr(json_object_get_string_member(archive_stage_get(&stage, "purge"), "state"), ==, "stopped");
    g_autofree char *decide = make_params(purge);
    archive_stage_add_person(&stage, "deputy", "top", "officer");
    archive_stage_refuse(&stage, "deputy", "archive.purge-approve", decide, SIG_ERROR_STATE);
    /* Nor in two halves on one day. */
    g_autofree char *first = plan(&stage, "officer");
    g_autofree char *approve_first = make_params(first);
    archive_stage_ask(&stage, "second", "archive.purge-approve", approve_first);
    g_autofree char *other = plan(&stage, "stranger");
    assert_state(&stage, first, "approved");
    g_autofree char *get_other = make_params(other);
    archive_stage_ask(&stage, "stranger", "archive.purge-get", get_other);
    g_assert_cmpstr(json_object_get_string_member(archive_stage_get(&stage, "purge"), "state"), ==, "stopped");
    archive_stage_clear(&stage);
}

static void
test_nothing_is_not_planned(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    for (int i = 0; i < N_OLD; i += 2) {
        g_autofree char *hold = g_strdup_printf("{\"session\":\"s-%03d\",\"reason\":\"a complaint\"}", i);
        archive_stage_ask(&stage, "officer", "archive.hold", hold);
    }
    archive_stage_refuse(&stage, "officer", "archive.purge-plan", "{\"reason\":\"over\"}", SIG_ERROR_STATE);
    archive_stage_ask(&stage, "security", "archive.purges", "{}");
    g_assert_cmpuint(archive_stage_count(&stage, "purges"), ==, 0);
    archive_stage_clear(&stage);
}

static void
test_unsure_clock_stops_it(void)
{
    ArchiveStage stage = { 0 };
    int64_t now_ms = 0;

    begin(&stage);
    archive_stage_tick(&stage);
    g_autofree char *purge = plan(&stage, "officer");
    g_autofree char *decide = make_params(purge);
    /* 2099. */
    now_ms = stage.now_ms;
    stage.now_ms = INT64_C(4070908800) * 1000;
    archive_stage_apart_ms = stage.now_ms - now_ms;
    archive_stage_refuse(&stage, "second", "archive.purge-approve", decide, SIG_ERROR_STATE);
    g_autofree char *future = plan(&stage, "officer");
    assert_state(&stage, future, "stopped");
    stage.now_ms = now_ms;
    archive_stage_apart_ms = 0;
    /* Set by a day, and the old time again: for a day nothing is destroyed. */
    archive_stage_ask(&stage, "second", "archive.purge-approve", decide);
    stage.now_ms += 7 * DAY_MS;
    g_test_expect_message("gateway.archive", G_LOG_LEVEL_WARNING, "*clock*was set*");
    g_test_expect_message("gateway.archive", G_LOG_LEVEL_CRITICAL, "*has stopped*");
    archive_stage_apart_ms = DAY_MS;
    archive_stage_tick(&stage);
    g_test_assert_expected_messages();
    assert_state(&stage, purge, "stopped");
    g_assert_true(is_there(&stage, "s-000"));
    archive_stage_clear(&stage);
}

static void
test_clock_has_doubts(void)
{
    GwClock clock = { .newest_ms = BEGAN_MS, .last_run_ms = BEGAN_MS, .started_ms = BEGAN_MS + 1000 };
    GwClock set = { 0 };

    g_assert_null(gw_clock_get_doubt(&clock, BEGAN_MS + DAY_MS));
    g_assert_nonnull(gw_clock_get_doubt(&clock, BEGAN_MS - 1));
    g_assert_nonnull(gw_clock_get_doubt(&clock, 0));
    g_assert_nonnull(gw_clock_get_doubt(&clock, INT64_C(4070908800) * 1000));
    g_assert_nonnull(gw_clock_get_doubt(&clock, BEGAN_MS + 41 * DAY_MS));
    g_assert_false(gw_clock_tick(&set, BEGAN_MS, 0));
    g_assert_false(gw_clock_tick(&set, BEGAN_MS + 10000, 10 * G_USEC_PER_SEC));
    g_assert_true(gw_clock_tick(&set, BEGAN_MS + 10000, 20 * G_USEC_PER_SEC));
    g_assert_nonnull(gw_clock_get_doubt(&set, BEGAN_MS + 20000));
    g_assert_null(gw_clock_get_doubt(&set, BEGAN_MS + 2 * DAY_MS));
}

static void
test_goes_on_after_a_crash(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    g_autofree char *purge = plan(&stage, "officer");
    g_autofree char *decide = make_params(purge);
    archive_stage_ask(&stage, "second", "archive.purge-approve", decide);
    /* As if the program had ended between the tombstone and the folder. */
    g_autoptr(GwRows) rows =
        gw_store_query(stage.scratch.store,
                       gw_statement_new("UPDATE purge_item SET state = 'destroying' WHERE session = 's-000'"), NULL);
    g_autoptr(GwRows) running =
        gw_store_query(stage.scratch.store, gw_statement_new("UPDATE purge SET state = 'running'"), NULL);
    g_assert_nonnull(rows);
    g_assert_nonnull(running);
    stage.now_ms += 7 * DAY_MS;
    archive_stage_close(&stage);
    archive_stage_open(&stage);
    archive_stage_tick(&stage);
    assert_state(&stage, purge, "done");
    g_assert_false(is_there(&stage, "s-000"));
    g_assert_false(is_there(&stage, "s-002"));
    archive_stage_clear(&stage);
}

static void
test_nothing_but_a_recording_is_removed(void)
{
    static const char *const ids[] = { "", ".", "..", "../keys", "a/b", ".hidden" };
    ArchiveStage stage = { 0 };

    begin(&stage);
    for (unsigned i = 0; i < G_N_ELEMENTS(ids); i++) {
        GwFolder *folder = gw_folder_new(stage.archive, ids[i]);
        g_autoptr(GError) error = NULL;
        g_assert_false(gw_folder_destroy(folder, &error));
        gw_folder_free(folder);
    }
    archive_stage_clear(&stage);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/purge/two-persons-and-a-week", test_two_persons_and_a_week);
    g_test_add_func("/gateway/purge/hold-during-the-week-wins", test_hold_during_the_week_wins);
    g_test_add_func("/gateway/purge/kept-longer-during-the-week-wins", test_kept_longer_during_the_week_wins);
    g_test_add_func("/gateway/purge/anybody-alone-undoes-it", test_anybody_alone_undoes_it);
    g_test_add_func("/gateway/purge/nothing-is-not-planned", test_nothing_is_not_planned);
    g_test_add_func("/gateway/purge/more-than-its-share-is-stopped", test_more_than_its_share_is_stopped);
    g_test_add_func("/gateway/purge/unsure-clock-stops-it", test_unsure_clock_stops_it);
    g_test_add_func("/gateway/purge/clock-has-doubts", test_clock_has_doubts);
    g_test_add_func("/gateway/purge/goes-on-after-a-crash", test_goes_on_after_a_crash);
    g_test_add_func("/gateway/purge/nothing-but-a-recording-is-removed", test_nothing_but_a_recording_is_removed);
    return g_test_run();
}
