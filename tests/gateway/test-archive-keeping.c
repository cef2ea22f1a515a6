#include "archive-stage.h"

#define SESSION "{\"session\":\"a\",\"reason\":\"why\"}"

static void
begin(ArchiveStage *stage)
{
    archive_stage_open(stage);
    archive_stage_furnish(stage);
    archive_stage_add(stage, "a", "u", BEGAN_MS);
    archive_stage_add(stage, "b", "o", BEGAN_MS);
}

static char *
make_params(const char *name, const char *id)
{
    return g_strdup_printf("{\"%s\":\"%s\",\"reason\":\"why\"}", name, id);
}

static bool
is_held(ArchiveStage *stage, const char *session)
{
    g_autofree char *params = g_strdup_printf("{\"session\":\"%s\"}", session);

    archive_stage_ask(stage, NULL, "archive.get", params);
    return json_object_get_boolean_member(archive_stage_get(stage, "recording"), "held");
}

static void
test_hold_is_lifted_by_two(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    archive_stage_ask(&stage, "officer", "archive.hold", SESSION);
    g_autofree char *hold = archive_stage_id(&stage, "hold");
    g_autofree char *lift = make_params("hold", hold);
    archive_stage_ask(&stage, "officer", "archive.lift-hold", lift);
    g_autofree char *request = archive_stage_id(&stage, "request");
    g_assert_false(json_object_get_boolean_member(archive_stage_get(&stage, "request"), "may_decide"));
    g_autofree char *decide = make_params("request", request);
    archive_stage_refuse(&stage, "officer", "archive.approve", decide, SIG_ERROR_FORBIDDEN);
    archive_stage_refuse(&stage, NULL, "archive.approve", decide, SIG_ERROR_FORBIDDEN);
    archive_stage_refuse(&stage, "stranger", "archive.approve", decide, SIG_ERROR_NOT_FOUND);
    archive_stage_ask(&stage, "second", "archive.approve", decide);
    g_assert_cmpstr(json_object_get_string_member(archive_stage_get(&stage, "request"), "state"), ==, "approved");
    archive_stage_refuse(&stage, "second", "archive.approve", decide, SIG_ERROR_STATE);
    archive_stage_ask(&stage, "officer", "archive.holds", "{}");
    g_assert_cmpuint(archive_stage_count(&stage, "holds"), ==, 0);
    archive_stage_clear(&stage);
}

static void
test_refused_request_changes_nothing(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    archive_stage_ask(&stage, "officer", "archive.hold", SESSION);
    g_autofree char *hold = archive_stage_id(&stage, "hold");
    g_autofree char *lift = make_params("hold", hold);
    archive_stage_ask(&stage, "officer", "archive.lift-hold", lift);
    g_autofree char *request = archive_stage_id(&stage, "request");
    g_autofree char *decide = make_params("request", request);
    archive_stage_ask(&stage, "security", "archive.refuse", decide);
    g_assert_true(is_held(&stage, "a"));
    archive_stage_clear(&stage);
}

/* What somebody is told of the only request: whether to decide, and from when on to agree. */
static void
assert_second(ArchiveStage *stage, const char *person, bool may_decide, int64_t from_ms)
{
    archive_stage_ask(stage, person, "archive.requests", "{}");
    JsonObject *request = archive_stage_get(stage, "requests");

    g_assert_cmpint(json_object_get_boolean_member(request, "may_decide"), ==, may_decide);
    g_assert_cmpint(json_object_get_int_member_with_default(request, "approve_from_ms", 0), ==, from_ms);
}

static void
test_new_account_is_no_second_person(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    gw_directory_set_fresh(stage.gateway.people->directory,
                           gw_directory_get_person(stage.gateway.people->directory, "second"),
                           stage.now_ms - 3600 * 1000);
    archive_stage_ask(&stage, "officer", "archive.hold", SESSION);
    g_autofree char *hold = archive_stage_id(&stage, "hold");
    g_autofree char *lift = make_params("hold", hold);
    archive_stage_ask(&stage, "officer", "archive.lift-hold", lift);
    g_autofree char *request = archive_stage_id(&stage, "request");
    g_autofree char *decide = make_params("request", request);
    archive_stage_refuse(&stage, "second", "archive.approve", decide, SIG_ERROR_FORBIDDEN);
    g_assert_cmpint(scratch_count(&stage.scratch, "SELECT count(*) FROM audit WHERE action = 'archive.refused'"), ==,
                    1);
    assert_second(&stage, "officer", false, 0);
    assert_second(&stage, "security", true, 0);
    assert_second(&stage, "second", true, stage.now_ms + 71 * 3600 * 1000);
    stage.now_ms += 3 * DAY_MS;
    assert_second(&stage, "second", true, 0);
    archive_stage_ask(&stage, "second", "archive.approve", decide);
    archive_stage_clear(&stage);
}

static int64_t
get_until_ms(ArchiveStage *stage)
{
    archive_stage_ask(stage, "officer", "archive.get", "{\"session\":\"a\"}");
    return json_object_get_int_member(archive_stage_get(stage, "retention"), "until_ms");
}

static void
test_longest_wins_and_shorter_needs_two(void)
{
    ArchiveStage stage = { 0 };
    int64_t ended_ms = BEGAN_MS + 3600 * 1000;

    begin(&stage);
    g_assert_cmpint(get_until_ms(&stage), ==, ended_ms + 1095 * DAY_MS);
    archive_stage_ask(&stage, "officer", "archive.retention",
                      "{\"session\":\"a\",\"class\":\"case\",\"reason\":\"x\"}");
    archive_stage_refuse(&stage, "officer", "archive.retention",
                         "{\"session\":\"a\",\"class\":\"nothing\",\"until_ms\":1,\"reason\":\"x\"}",
                         SIG_ERROR_BAD_PARAMS);
    g_assert_cmpint(get_until_ms(&stage), ==, ended_ms + 7300 * DAY_MS);
    archive_stage_ask(&stage, "officer", "archive.retention",
                      "{\"session\":\"a\",\"class\":\"incident\",\"reason\":\"x\"}");
    g_autofree char *request = archive_stage_id(&stage, "request");
    g_assert_cmpint(get_until_ms(&stage), ==, ended_ms + 7300 * DAY_MS);
    g_autofree char *decide = make_params("request", request);
    archive_stage_refuse(&stage, "officer", "archive.approve", decide, SIG_ERROR_FORBIDDEN);
    archive_stage_ask(&stage, "security", "archive.approve", decide);
    g_assert_cmpint(get_until_ms(&stage), ==, ended_ms + 3650 * DAY_MS);
    archive_stage_clear(&stage);
}

static void
ask_until(ArchiveStage *stage, int64_t until_ms)
{
    g_autofree char *params =
        g_strdup_printf("{\"session\":\"a\",\"until_ms\":%" G_GINT64_FORMAT ",\"reason\":\"x\"}", until_ms);

    archive_stage_ask(stage, "officer", "archive.retention", params);
}

static bool
waits_for_a_second(const ArchiveStage *stage)
{
    return json_object_has_member(stage->result, "request");
}

/* One person, and nobody agrees: whatever is asked for, and in whatever order, it is never kept less long. */
static void
test_one_person_keeps_longer_and_never_shorter(void)
{
    static const int64_t steps_ms[] = { 1, 0, -1, 400 * DAY_MS, -DAY_MS, -1000 * DAY_MS, 1 };
    ArchiveStage stage = { 0 };

    begin(&stage);
    for (unsigned i = 0; i < G_N_ELEMENTS(steps_ms); i++) {
        int64_t was_ms = get_until_ms(&stage);
        ask_until(&stage, was_ms + steps_ms[i]);
        g_assert_true(waits_for_a_second(&stage) == (steps_ms[i] < 0));
        g_assert_cmpint(get_until_ms(&stage), ==, was_ms + MAX(steps_ms[i], 0));
    }
    archive_stage_clear(&stage);
}

static void
test_what_is_kept_for_good_is_never_given_an_end_by_one(void)
{
    ArchiveStage stage = { 0 };

    archive_stage_open(&stage);
    archive_stage_furnish(&stage);
    g_strfreev(stage.config->archive.keep);
    stage.config->archive.keep = g_strsplit("meeting:365", " ", -1); /* no word of visits */
    archive_stage_add(&stage, "a", "u", BEGAN_MS);
    g_assert_cmpint(get_until_ms(&stage), ==, 0);
    ask_until(&stage, stage.now_ms + 10000 * DAY_MS);
    g_assert_true(waits_for_a_second(&stage));
    g_assert_cmpint(get_until_ms(&stage), ==, 0);
    archive_stage_clear(&stage);
}

static void
test_never_shorter_than_its_kind(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    int64_t until_ms = get_until_ms(&stage);
    archive_stage_ask(&stage, "officer", "archive.retention", "{\"session\":\"a\",\"until_ms\":1000,\"reason\":\"x\"}");
    g_autofree char *request = archive_stage_id(&stage, "request");
    g_autofree char *decide = make_params("request", request);
    archive_stage_ask(&stage, "second", "archive.approve", decide);
    g_assert_cmpint(get_until_ms(&stage), ==, until_ms);
    archive_stage_clear(&stage);
}

static void
test_other_units_are_not_there(void)
{
    static const char *const asked[] = { "archive.get",    "archive.views",     "archive.hold",
                                         "archive.viewed", "archive.note",      "archive.verify",
                                         "archive.export", "archive.retention", "archive.remark" };
    ArchiveStage stage = { 0 };

    begin(&stage);
    for (unsigned i = 0; i < G_N_ELEMENTS(asked); i++)
        archive_stage_refuse(
            &stage, "officer", asked[i],
            "{\"session\":\"b\",\"reason\":\"x\",\"text\":\"x\",\"at_ms\":1,\"from_ms\":0,\"to_ms\":1}",
            SIG_ERROR_NOT_FOUND);
    g_assert_cmpint(scratch_count(&stage.scratch, "SELECT count(*) FROM audit WHERE action = 'archive.refused'"), ==,
                    G_N_ELEMENTS(asked));
    archive_stage_ask(&stage, "chief", "archive.get", "{\"session\":\"b\"}");
    archive_stage_clear(&stage);
}

static void
test_guessing_is_slowed_down(void)
{
    ArchiveStage stage = { 0 };
    unsigned n = 0;

    begin(&stage);
    while (archive_stage_try(&stage, "officer", "archive.get", "{\"session\":\"no\"}") ||
           g_error_matches(stage.error, SIG_ERROR, SIG_ERROR_NOT_FOUND))
        g_assert_cmpuint(n++, <, 100);
    g_assert_error(stage.error, SIG_ERROR, SIG_ERROR_LIMIT);
    g_assert_cmpuint(n, ==, 30);
    archive_stage_ask(&stage, "second", "archive.get", "{\"session\":\"a\"}");
    archive_stage_clear(&stage);
}

static void
test_views_are_joined_and_written(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    for (int i = 0; i < 6; i++) {
        g_autofree char *params =
            g_strdup_printf("{\"session\":\"a\",\"from_ms\":%d,\"to_ms\":%d}", i * 10000, (i + 1) * 10000);
        archive_stage_ask(&stage, "officer", "archive.viewed", params);
        stage.now_ms += 10000;
    }
    archive_stage_ask(&stage, "officer", "archive.viewed", "{\"session\":\"a\",\"from_ms\":1800000,\"to_ms\":1810000}");
    archive_stage_ask(&stage, "auditor", "archive.views", "{\"session\":\"a\"}");
    g_assert_cmpuint(archive_stage_count(&stage, "views"), ==, 2);
    JsonObject *first = json_array_get_object_element(json_object_get_array_member(stage.result, "views"), 1);
    g_assert_cmpint(json_object_get_int_member(first, "from_ms"), ==, 0);
    g_assert_cmpint(json_object_get_int_member(first, "to_ms"), ==, 60000);
    g_assert_cmpint(scratch_count(&stage.scratch, "SELECT count(*) FROM audit WHERE action = 'archive.view'"), ==, 2);
    archive_stage_clear(&stage);
}

static void
test_who_opens_is_written_once_an_hour(void)
{
    static const char opened[] = "SELECT count(*) FROM audit WHERE action = 'archive.open'";
    static const char again[] = "{\"session\":\"a\",\"refresh\":true}";
    ArchiveStage stage = { 0 };

    begin(&stage);
    archive_stage_ask(&stage, "officer", "archive.get", again); /* says so, but nothing stands in the log */
    g_assert_cmpint(scratch_count(&stage.scratch, opened), ==, 1);
    for (int i = 0; i < 5; i++)
        archive_stage_ask(&stage, "officer", "archive.get", again);
    g_assert_cmpint(scratch_count(&stage.scratch, opened), ==, 1);
    archive_stage_ask(&stage, "officer", "archive.get", "{\"session\":\"a\"}");
    g_assert_cmpint(scratch_count(&stage.scratch, opened), ==, 2);
    archive_stage_ask(&stage, "stranger", "archive.get", "{\"session\":\"b\",\"refresh\":true}");
    archive_stage_ask(&stage, "second", "archive.get", again);
    g_assert_cmpint(scratch_count(&stage.scratch, opened), ==, 4);
    stage.now_ms += 3600000 - 1;
    archive_stage_ask(&stage, "officer", "archive.get", again);
    g_assert_cmpint(scratch_count(&stage.scratch, opened), ==, 4);
    stage.now_ms += 1;
    archive_stage_ask(&stage, "officer", "archive.get", again);
    g_assert_cmpint(scratch_count(&stage.scratch, opened), ==, 5);
    archive_stage_clear(&stage);
}

static void
test_nobody_watches_faster_than_time(void)
{
    ArchiveStage stage = { 0 };

    begin(&stage);
    for (int i = 0; i < 50; i++)
        archive_stage_ask(&stage, "officer", "archive.viewed", "{\"session\":\"a\",\"from_ms\":0,\"to_ms\":3600000}");
    archive_stage_ask(&stage, "officer", "archive.views", "{\"session\":\"a\"}");
    g_assert_cmpuint(archive_stage_count(&stage, "views"), ==, 1);
    g_assert_cmpint(json_object_get_int_member(archive_stage_get(&stage, "views"), "to_ms"), ==, 60000);
    archive_stage_clear(&stage);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/archive/hold-is-lifted-by-two", test_hold_is_lifted_by_two);
    g_test_add_func("/gateway/archive/refused-request-changes-nothing", test_refused_request_changes_nothing);
    g_test_add_func("/gateway/archive/new-account-is-no-second-person", test_new_account_is_no_second_person);
    g_test_add_func("/gateway/archive/longest-wins-and-shorter-needs-two", test_longest_wins_and_shorter_needs_two);
    g_test_add_func("/gateway/archive/one-person-keeps-longer-and-never-shorter",
                    test_one_person_keeps_longer_and_never_shorter);
    g_test_add_func("/gateway/archive/what-is-kept-for-good-is-never-given-an-end-by-one",
                    test_what_is_kept_for_good_is_never_given_an_end_by_one);
    g_test_add_func("/gateway/archive/never-shorter-than-its-kind", test_never_shorter_than_its_kind);
    g_test_add_func("/gateway/archive/other-units-are-not-there", test_other_units_are_not_there);
    g_test_add_func("/gateway/archive/guessing-is-slowed-down", test_guessing_is_slowed_down);
    g_test_add_func("/gateway/archive/views-are-joined-and-written", test_views_are_joined_and_written);
    g_test_add_func("/gateway/archive/who-opens-is-written-once-an-hour", test_who_opens_is_written_once_an_hour);
    g_test_add_func("/gateway/archive/nobody-watches-faster-than-time", test_nobody_watches_faster_than_time);
    return g_test_run();
}
