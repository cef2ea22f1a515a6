#include <string.h>

#include "gateway/cases/cases-priv.h"
#include "gateway/cases/post.h"
#include "gateway/people/people-priv.h"
#include "scratch.h"

/* A city with two counties and an office each; a platform of the first county. */

#define NOW_MS INT64_C(1774774800000) /* 2026-03-29T09:00:00Z */

typedef struct {
    Scratch scratch;
    GwConfig config;
    Gateway gateway;
    GwCases *cases;
    int64_t now_ms;
    char *platform;
    /* Of the last alarm. */
    JsonObject *answer;
    GError *error;
    unsigned answered;
} Fixture;

static char *hosts[] = { (char *)"platform.example:8443", (char *)"10.1.2.3", NULL };
static const GwActor officer = { .audit = "person:i-county", .display = "Inspector" };

static int64_t
now(void *data)
{
    return ((Fixture *)data)->now_ms;
}

static void
open_cases(Fixture *self)
{
    g_autoptr(GError) error = NULL;
    const GwCasesNeeds needs = { NULL };

    scratch_open(&self->scratch);
    scratch_open_people(&self->scratch);
    self->config = (GwConfig){ .data_dir = self->scratch.dir, .cases.callback_hosts = hosts };
    self->gateway = (Gateway){ .config = &self->config,
                               .store = self->scratch.store,
                               .audit = self->scratch.audit,
                               .people = self->scratch.people };
    self->cases = gw_cases_new(&self->gateway, &needs, &error);
    g_assert_no_error(error);
    self->cases->now = now;
    self->cases->clock_data = self;
}

static void
add_platform(Fixture *self)
{
    GwPlatform *platform = g_new0(GwPlatform, 1);

    platform->id = g_strdup("pf");
    platform->name = g_strdup("Bracelets");
    platform->unit = g_strdup("county");
    platform->token = g_strdup("0");
    g_hash_table_insert(self->cases->platforms, platform->id, platform);
    self->platform = g_strdup("pf");
}

static void
open_fixture(Fixture *self)
{
    const GwNewUnit units[] = {
        { .id = "city", .name = "City", .tier = "city" },
        { .id = "county", .name = "County", .tier = "county", .parent = "city" },
        { .id = "office", .name = "Office", .tier = "office", .parent = "county" },
        { .id = "county2", .name = "Other county", .tier = "county", .parent = "city" },
        { .id = "office2", .name = "Its office", .tier = "office", .parent = "county2" },
    };
    g_autoptr(GError) error = NULL;

    self->now_ms = NOW_MS;
    open_cases(self);
    for (unsigned i = 0; i < G_N_ELEMENTS(units); i++) {
        g_autofree char *id = g_strconcat("i-", units[i].id, NULL);
        bool office = strcmp(units[i].tier, "office") == 0;
        const GwNewPerson person = { id, id, id, units[i].id, office ? "office" : "inspector" };
        g_assert_nonnull(gw_directory_add_unit(self->gateway.people->directory, &units[i], &error));
        g_assert_nonnull(gw_directory_add_person(self->gateway.people->directory, &person, &error));
    }
    add_platform(self);
}

static void
close_cases(Fixture *self)
{
    gw_store_flush(self->scratch.store);
    gw_cases_free(self->cases);
    scratch_close(&self->scratch);
}

static void
restart(Fixture *self)
{
    close_cases(self);
    g_free(self->platform);
    open_cases(self);
    add_platform(self);
}

static void
close_fixture(Fixture *self)
{
    gw_store_flush(self->scratch.store);
    gw_cases_free(self->cases);
    g_clear_pointer(&self->answer, json_object_unref);
    g_clear_error(&self->error);
    g_free(self->platform);
    scratch_clear(&self->scratch);
}

static void
on_answer(JsonObject *answer, const GError *error, void *user_data)
{
    Fixture *self = user_data;

    self->answered++;
    g_clear_pointer(&self->answer, json_object_unref);
    g_clear_error(&self->error);
    self->answer = answer != NULL ? json_object_ref(answer) : NULL;
    self->error = error != NULL ? g_error_copy(error) : NULL;
}

static void
begin_post(Fixture *self, const char *id, const char *person, const char *unit, const char *occurred)
{
    g_autofree char *text =
        g_strdup_printf("{\"alarm_id\":\"%s\",\"person_ref\":\"%s\",\"unit_code\":\"%s\",\"kind\":\"lost\","
                        "\"occurred_at\":\"%s\",\"lat\":30.5,\"lon\":117.5,\"datum\":\"GCJ02\"}",
                        id, person, unit, occurred);
    GwAlarm alarm = { 0 };
    g_autoptr(GError) error = NULL;

    g_assert_true(gw_alarm_parse(text, strlen(text), &alarm, &error));
    gw_cases_take_alarm(self->cases, g_hash_table_lookup(self->cases->platforms, self->platform), &alarm, on_answer,
                        self);
}

static GwCase *
post(Fixture *self, const char *id, const char *person, const char *unit, const char *occurred)
{
    begin_post(self, id, person, unit, occurred);
    gw_store_flush(self->scratch.store);
    g_assert_no_error(self->error);
    return g_hash_table_lookup(self->cases->by_id, json_object_get_string_member(self->answer, "case_id"));
}

#define TIME "2026-03-29T08:59:00Z"

static GwCase *
find_as(Fixture *self, const char *person, const char *id)
{
    const GwPerson *who = gw_people_get_person(self->gateway.people, person);
    const GwIdentity identity = { .seat = GW_SEAT_CONSOLE, .access = who->access, .id = person, .unit = who->unit };
    g_autoptr(GError) error = NULL;
    GwCase *one = gw_cases_find_for(self->cases, &identity, id, &error);

    if (one == NULL)
        g_assert_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND);
    return one;
}

static const GwCaseActionInput called = { .action = "call", .result = "answered" };

static void
close_case(Fixture *self, GwCase *one)
{
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(gw_cases_act(self->cases, one, &called, &officer, &error));
    g_assert_true(gw_cases_close(self->cases, one, 1, "at home", &officer, &error));
    g_assert_no_error(error);
}

static void
test_the_same_alarm_twice_is_one_case(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    const GwCase *one = post(&self, "a-1", "p-1", "office", TIME);
    g_assert_false(json_object_get_boolean_member(self.answer, "known"));
    g_assert_true(post(&self, "a-1", "p-1", "office", TIME) == one);
    g_assert_true(json_object_get_boolean_member(self.answer, "known"));
    /* The first one counts, whatever else the second says. */
    g_assert_true(post(&self, "a-1", "p-2", "office", TIME) == one);
    g_assert_cmpuint(one->alarms->len, ==, 1);
    g_assert_cmpint(scratch_count(&self.scratch, "SELECT count(*) FROM location_alarm"), ==, 1);
    g_assert_cmpint(scratch_count(&self.scratch, "SELECT count(*) FROM location_case"), ==, 1);
    close_fixture(&self);
}

static void
test_the_same_alarm_twice_at_the_same_time(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    for (unsigned i = 0; i < 5; i++)
        begin_post(&self, "a-1", "p-1", "office", TIME);
    gw_store_flush(self.scratch.store);
    g_assert_cmpuint(self.answered, ==, 5);
    g_assert_no_error(self.error);
    g_assert_cmpint(scratch_count(&self.scratch, "SELECT count(*) FROM location_alarm"), ==, 1);
    g_assert_cmpint(scratch_count(&self.scratch, "SELECT count(*) FROM location_case"), ==, 1);
    g_assert_cmpuint(g_hash_table_size(self.cases->by_id), ==, 1);
    const GwCase *one = gw_cases_find_open(self.cases, "pf", "p-1");
    g_assert_cmpuint(one->alarms->len, ==, 1);
    close_fixture(&self);
}

static void
test_alarms_of_one_person_join_while_his_case_is_open(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    GwCase *one = post(&self, "a-1", "p-1", "office", TIME);
    g_assert_true(post(&self, "a-2", "p-1", "office", TIME) == one);
    g_assert_true(post(&self, "a-3", "p-2", "office", TIME) != one);
    g_assert_cmpuint(one->alarms->len, ==, 2);
    close_case(&self, one);
    g_assert_true(post(&self, "a-4", "p-1", "office", TIME) != one);
    /* And what was of the closed one stays known. */
    g_assert_true(post(&self, "a-2", "p-1", "office", TIME) == one);
    close_fixture(&self);
}

static void
test_what_counts_is_when_it_occurred(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    post(&self, "a-2", "p-1", "office", "2026-03-29T08:50:00Z");
    GwCase *one = post(&self, "a-1", "p-1", "office", "2026-03-29T08:10:00Z");
    g_assert_cmpuint(one->alarms->len, ==, 2);
    g_assert_cmpstr(gw_case_get_last(one)->alarm.id, ==, "a-2");
    g_assert_cmpstr(gw_case_get_last_seen(one)->alarm.id, ==, "a-2");
    close_fixture(&self);
}

static void
test_what_comes_from_the_future_is_kept_and_marked(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    GwCase *one = post(&self, "a-1", "p-1", "office", "2026-03-29T09:05:00Z");
    g_assert_false(gw_case_alarm_is_ahead(gw_case_get_last(one)));
    one = post(&self, "a-2", "p-1", "office", "2026-03-29T09:05:01Z");
    g_assert_true(gw_case_alarm_is_ahead(gw_case_get_last(one)));
    close_fixture(&self);
}

static void
test_a_unit_that_is_not_the_platforms_has_to_be_assigned(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwCase *nobodys = post(&self, "a-1", "p-1", "no-such-unit", TIME);
    GwCase *elsewhere = post(&self, "a-2", "p-2", "office2", TIME);
    g_assert_cmpstr(nobodys->unit, ==, "county");
    g_assert_false(nobodys->unit_known);
    g_assert_cmpstr(elsewhere->unit, ==, "county");
    g_assert_null(find_as(&self, "i-office", nobodys->id));
    g_assert_true(gw_cases_assign(self.cases, nobodys, "office", &officer, &error));
    g_assert_true(nobodys->unit_known);
    g_assert_nonnull(find_as(&self, "i-office", nobodys->id));
    g_assert_false(gw_cases_assign(self.cases, nobodys, "nowhere", &officer, &error));
    close_fixture(&self);
}

static void
test_whose_it_is_not_does_not_see_it(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    const GwCase *one = post(&self, "a-1", "p-1", "office", TIME);
    g_assert_nonnull(find_as(&self, "i-office", one->id));
    g_assert_nonnull(find_as(&self, "i-county", one->id));
    g_assert_nonnull(find_as(&self, "i-city", one->id));
    g_assert_null(find_as(&self, "i-county2", one->id));
    g_assert_null(find_as(&self, "i-office2", one->id));
    g_assert_null(find_as(&self, "i-city", "case-none"));
    close_fixture(&self);
}

static void
test_a_case_closes_by_an_action_with_its_result(void)
{
    Fixture self = { 0 };
    const GwCaseActionInput photo = { .action = "photo", .request = "photo-1" };
    const GwCaseActionInput none = { .result = "no-answer", .note = "two tries" }, other = { .result = "answered" };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwCase *one = post(&self, "a-1", "p-1", "office", TIME);
    g_assert_false(gw_cases_close(self.cases, one, 1, NULL, &officer, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_clear_error(&error);
    GwCaseAction *action = gw_cases_act(self.cases, one, &photo, &officer, &error);
    g_assert_false(gw_cases_close(self.cases, one, 1, NULL, &officer, &error));
    g_assert_nonnull(strstr(error->message, "photo"));
    g_clear_error(&error);
    self.now_ms += 60000;
    g_assert_true(gw_cases_set_result(self.cases, one, action, &none, &officer, &error));
    g_assert_cmpint(action->ended_ms - action->began_ms, ==, 60000);
    g_assert_false(gw_cases_set_result(self.cases, one, action, &other, &officer, &error));
    g_clear_error(&error);
    g_assert_true(gw_cases_close(self.cases, one, 1, NULL, &officer, &error));
    /* Closed for good. */
    g_assert_false(gw_cases_close(self.cases, one, 1, NULL, &officer, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_clear_error(&error);
    g_assert_null(gw_cases_act(self.cases, one, &called, &officer, &error));
    g_clear_error(&error);
    g_assert_false(gw_cases_assign(self.cases, one, "county", &officer, &error));
    close_fixture(&self);
}

static void
test_nothing_is_deleted_or_changed_behind_its_back(void)
{
    static const char *const harm[] = {
        "DELETE FROM location_case",   "UPDATE location_case SET note = 'x'",
        "DELETE FROM location_alarm",  "UPDATE location_alarm SET person = 'x'",
        "DELETE FROM location_action", "UPDATE location_action SET result = 'refused'",
    };
    Fixture self = { 0 };

    open_fixture(&self);
    close_case(&self, post(&self, "a-1", "p-1", "office", TIME));
    gw_store_flush(self.scratch.store);
    for (unsigned i = 0; i < G_N_ELEMENTS(harm); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GwRows) rows = gw_store_query(self.scratch.store, gw_statement_new(harm[i]), &error);
        g_assert_null(rows);
        g_assert_error(error, GW_STORE_ERROR, GW_STORE_ERROR_CONFLICT);
    }
    close_fixture(&self);
}

static void
test_all_of_it_is_there_after_a_restart(void)
{
    Fixture self = { 0 };
    g_autofree char *id = NULL;

    open_fixture(&self);
    GwCase *one = post(&self, "a-1", "p-1", "office", "2026-03-29T08:10:00Z");
    id = g_strdup(one->id);
    post(&self, "a-2", "p-1", "office", "2026-03-29T09:30:00Z");
    g_assert_nonnull(gw_cases_act(self.cases, one, &called, &officer, NULL));
    close_case(&self, post(&self, "b-1", "p-2", "office", TIME));
    restart(&self);
    one = g_hash_table_lookup(self.cases->by_id, id);
    g_assert_true(gw_case_is_open(one));
    g_assert_true(gw_cases_find_open(self.cases, "pf", "p-1") == one);
    g_assert_null(gw_cases_find_open(self.cases, "pf", "p-2"));
    g_assert_cmpuint(g_hash_table_size(self.cases->by_id), ==, 2);
    g_assert_cmpuint(one->alarms->len, ==, 2);
    g_assert_cmpuint(one->actions->len, ==, 1);
    g_assert_true(gw_case_alarm_is_ahead(gw_case_get_last(one)));
    g_assert_cmpfloat_with_epsilon(gw_case_get_last_seen(one)->alarm.sent.lat, 30.5, 1e-9);
    g_assert_cmpint(gw_case_get_last_seen(one)->alarm.datum, ==, GW_DATUM_GCJ02);
    g_assert_true(post(&self, "a-1", "p-1", "office", TIME) == one);
    close_fixture(&self);
}

static void
test_a_case_takes_so_many_alarms(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    GwCase *one = post(&self, "a", "p-1", "office", TIME);
    for (unsigned i = 1; i < GW_CASES_MAX_ALARMS; i++) {
        g_autofree char *id = g_strdup_printf("a-%u", i);
        begin_post(&self, id, "p-1", "office", TIME);
    }
    gw_store_flush(self.scratch.store);
    g_assert_cmpuint(one->alarms->len, ==, GW_CASES_MAX_ALARMS);
    begin_post(&self, "too-many", "p-1", "office", TIME);
    gw_store_flush(self.scratch.store);
    g_assert_error(self.error, SIG_ERROR, SIG_ERROR_LIMIT);
    g_assert_nonnull(post(&self, "another", "p-2", "office", TIME));
    close_fixture(&self);
}

static void
test_results_go_where_the_owner_allows(void)
{
    static const char *const bad[] = {
        "http://platform.example/result",
        "http://platform.example:8444/",
        "http://10.1.2.3.evil.example/",
        "http://10.1.2.3@evil.example/",
        "http://u:p@10.1.2.3/",
        "http://evil.example/?10.1.2.3",
        "http://evil.example#10.1.2.3",
        "http://10.1.2.3\\@evil.example/",
        "http://10.1.2.3 evil/",
        "ftp://10.1.2.3/",
        "file:///etc/passwd",
        "gopher://10.1.2.3/",
        "//10.1.2.3/",
        "10.1.2.3",
        "http://169.254.169.254/latest/",
        "http://127.0.0.1/",
        "",
    };
    static const char *const good[] = { "https://platform.example:8443/r?x=1", "http://10.1.2.3/result" };
    Fixture self = { 0 };

    open_fixture(&self);
    for (unsigned i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(gw_callback_check_url(self.cases, bad[i], NULL));
    for (unsigned i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(gw_callback_check_url(self.cases, good[i], NULL));
    self.config.cases.callback_hosts = NULL;
    g_assert_false(gw_callback_check_url(self.cases, good[0], NULL));
    close_fixture(&self);
}

static void
test_a_result_waits_for_its_platform(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    GwPlatform *platform = g_hash_table_lookup(self.cases->platforms, "pf");
    close_case(&self, post(&self, "a-1", "p-1", "office", TIME));
    g_assert_cmpuint(g_hash_table_size(self.cases->callbacks), ==, 0);
    platform->callback = g_strdup("http://10.1.2.3/result");
    GwCase *one = post(&self, "a-2", "p-2", "office", TIME);
    close_case(&self, one);
    const GwCallback *callback = g_hash_table_lookup(self.cases->callbacks, one->id);
    g_assert_false(callback->done);
    g_assert_cmpint(callback->next_ms, ==, self.now_ms);
    g_assert_cmpint(scratch_count(&self.scratch, "SELECT count(*) FROM location_callback WHERE state = 'pending'"), ==,
                    1);
    close_fixture(&self);
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cases/the-same-alarm-twice-is-one-case", test_the_same_alarm_twice_is_one_case);
    g_test_add_func("/cases/the-same-alarm-twice-at-the-same-time", test_the_same_alarm_twice_at_the_same_time);
    g_test_add_func("/cases/alarms-of-one-person-join-while-his-case-is-open",
                    test_alarms_of_one_person_join_while_his_case_is_open);
    g_test_add_func("/cases/what-counts-is-when-it-occurred", test_what_counts_is_when_it_occurred);
    g_test_add_func("/cases/what-comes-from-the-future-is-kept-and-marked",
                    test_what_comes_from_the_future_is_kept_and_marked);
    g_test_add_func("/cases/a-unit-that-is-not-the-platforms-has-to-be-assigned",
                    test_a_unit_that_is_not_the_platforms_has_to_be_assigned);
    g_test_add_func("/cases/whose-it-is-not-does-not-see-it", test_whose_it_is_not_does_not_see_it);
    g_test_add_func("/cases/a-case-closes-by-an-action-with-its-result",
                    test_a_case_closes_by_an_action_with_its_result);
    g_test_add_func("/cases/nothing-is-deleted-or-changed-behind-its-back",
                    test_nothing_is_deleted_or_changed_behind_its_back);
    g_test_add_func("/cases/all-of-it-is-there-after-a-restart", test_all_of_it_is_there_after_a_restart);
    g_test_add_func("/cases/a-case-takes-so-many-alarms", test_a_case_takes_so_many_alarms);
    g_test_add_func("/cases/results-go-where-the-owner-allows", test_results_go_where_the_owner_allows);
    g_test_add_func("/cases/a-result-waits-for-its-platform", test_a_result_waits_for_its_platform);
    return g_test_run();
}
