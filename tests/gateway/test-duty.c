#include "report-stage.h"

#define HOUR_MS (INT64_C(3600) * 1000)

/* BEGAN_MS is 2026-03-25 15:00 in the zone. */
static void
plan(ReportStage *stage, const char *from, const char *until, const char *leader, unsigned repeat)
{
    g_autofree char *params = g_strdup_printf("{\"unit\":\"city\",\"from\":\"%s\",\"until\":\"%s\",\"leader\":\"%s\","
                                              "\"members\":[],\"repeat\":%u}",
                                              from, until, leader, repeat);

    report_stage_ask(stage, "i-city", "duty.add", params);
}

static JsonObject *
read_roster(ReportStage *stage)
{
    return report_stage_ask(stage, "i-city", "duty.roster",
                            "{\"unit\":\"city\",\"from_ms\":0,\"until_ms\":4000000000000}");
}

static char *
get_id(ReportStage *stage, unsigned i)
{
    return g_strdup(json_object_get_string_member(report_stage_nth(read_roster(stage), "shifts", i), "id"));
}

static const char *
get_state(ReportStage *stage, unsigned i)
{
    return json_object_get_string_member(report_stage_nth(read_roster(stage), "shifts", i), "state");
}

static void
publish(ReportStage *stage)
{
    report_stage_ask(stage, "i-city", "duty.publish", "{\"unit\":\"city\"}");
}

/* A day and a night; the first has begun. */
static void
open_with_two(ReportStage *stage, char **ret_day, char **ret_night)
{
    report_stage_begin(stage);
    plan(stage, "2026-03-25T08:00", "2026-03-25T20:00", "i-city", 0);
    plan(stage, "2026-03-25T20:00", "2026-03-26T08:00", "second-i-city", 0);
    publish(stage);
    *ret_day = get_id(stage, 0);
    *ret_night = get_id(stage, 1);
}

static void
test_a_roster_is_made_and_published(void)
{
    ReportStage stage = { 0 };

    report_stage_begin(&stage);
    plan(&stage, "2026-03-25T08:00", "2026-03-25T20:00", "i-city", 2);
    g_assert_cmpuint(report_stage_count(read_roster(&stage), "shifts"), ==, 3);
    g_assert_cmpstr(get_state(&stage, 0), ==, "draft");
    g_assert_cmpuint(report_stage_count(report_stage_ask(&stage, "i-city", "duty.now", "{}"), "shifts"), ==, 0);
    publish(&stage);
    g_assert_cmpstr(get_state(&stage, 0), ==, "on-duty");
    g_assert_cmpstr(get_state(&stage, 1), ==, "to-come");
    g_assert_cmpuint(report_stage_count(report_stage_ask(&stage, "i-province", "duty.now", "{}"), "shifts"), ==, 1);
    g_assert_cmpuint(report_stage_count(report_stage_ask(&stage, "i-county", "duty.now", "{}"), "shifts"), ==, 0);
    /* A published one stays; it may get other people before it begins. */
    g_autofree char *first = get_id(&stage, 0), *second = get_id(&stage, 1);
    report_stage_refuse_act(&stage, "i-city", "duty.remove", second, "", SIG_ERROR_STATE);
    report_stage_act(&stage, "i-city", "duty.assign", second, ",\"leader\":\"second-i-city\",\"members\":[\"i-city\"]");
    report_stage_refuse_act(&stage, "i-city", "duty.assign", first, ",\"leader\":\"second-i-city\",\"members\":[]",
                            SIG_ERROR_STATE);
    report_stage_refuse_act(&stage, "i-county", "duty.get", first, "", SIG_ERROR_NOT_FOUND);
    report_stage_refuse_act(&stage, "i-city2", "duty.get", first, "", SIG_ERROR_NOT_FOUND);
    report_stage_end(&stage);
}

static void
test_bad_shifts_are_refused_whole(void)
{
    static const struct {
        const char *from, *until, *leader, *members;
        SigError code;
    } cases[] = {
        { "2026-03-25T08:00", "2026-03-25T08:00", "i-city", "[]", SIG_ERROR_BAD_PARAMS },
        { "2026-03-25T08:00", "2026-04-25T08:00", "i-city", "[]", SIG_ERROR_BAD_PARAMS },
        { "2026-02-30T08:00", "2026-02-30T09:00", "i-city", "[]", SIG_ERROR_BAD_PARAMS },
        { "2026-03-25 08:00", "2026-03-25T20:00", "i-city", "[]", SIG_ERROR_BAD_PARAMS },
        { "aaaa-bb-ccT08:00", "2026-03-25T20:00", "i-city", "[]", SIG_ERROR_BAD_PARAMS },
        { "2026-03-25T08:00", "2026-03-25T20:00", "i-county", "[]", SIG_ERROR_BAD_PARAMS },
        { "2026-03-25T08:00", "2026-03-25T20:00", "nobody", "[]", SIG_ERROR_BAD_PARAMS },
        { "2026-03-25T08:00", "2026-03-25T20:00", "i-city", "[\"i-city\"]", SIG_ERROR_BAD_PARAMS },
        { "2026-03-25T08:00", "2026-03-25T20:00", "i-city", "[7,null]", SIG_ERROR_BAD_PARAMS },
        { "2026-03-26T19:59", "2026-03-26T23:00", "i-city", "[]", SIG_ERROR_STATE }, /* overlaps */
    };
    ReportStage stage = { 0 };

    report_stage_begin(&stage);
    plan(&stage, "2026-03-26T08:00", "2026-03-26T20:00", "i-city", 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *params =
            g_strdup_printf("{\"unit\":\"city\",\"from\":\"%s\",\"until\":\"%s\",\"leader\":\"%s\","
                            "\"members\":%s,\"repeat\":2}",
                            cases[i].from, cases[i].until, cases[i].leader, cases[i].members);
        report_stage_refuse(&stage, "i-city", "duty.add", params, cases[i].code);
    }
    g_assert_cmpuint(report_stage_count(read_roster(&stage), "shifts"), ==, 1);
    report_stage_refuse(&stage, "i-county", "duty.publish", "{\"unit\":\"city\"}", SIG_ERROR_NOT_FOUND);
    report_stage_end(&stage);
}

/* In the night of the 29th summer time begins: eleven hours; on October 25 it ends: thirteen. */
static void
test_a_night_is_as_long_as_it_is(void)
{
    ReportStage stage = { 0 };
    static const int64_t hours[] = { 12, 11, 12 };

    report_stage_begin(&stage);
    plan(&stage, "2026-03-27T20:00", "2026-03-28T08:00", "i-city", 2);
    for (unsigned i = 0; i < G_N_ELEMENTS(hours); i++) {
        JsonObject *shift = report_stage_nth(read_roster(&stage), "shifts", i);
        g_assert_cmpint(json_object_get_int_member(shift, "until_ms") - json_object_get_int_member(shift, "from_ms"),
                        ==, hours[i] * HOUR_MS);
    }
    plan(&stage, "2026-10-24T20:00", "2026-10-25T08:00", "i-city", 0);
    JsonObject *shift = report_stage_nth(read_roster(&stage), "shifts", 3);
    g_assert_cmpint(json_object_get_int_member(shift, "until_ms") - json_object_get_int_member(shift, "from_ms"), ==,
                    13 * HOUR_MS);
    report_stage_end(&stage);
}

static void
test_the_log_writes_itself(void)
{
    ReportStage stage = { 0 };
    g_autofree char *day = NULL, *night = NULL;

    open_with_two(&stage, &day, &night);
    report_stage_record(&stage, "terminal:t1", "roll-call.answer", "roll-call:1", "{\"unit\":\"office\"}");
    report_stage_record(&stage, "terminal:t2", "roll-call.answer", "roll-call:1", "{\"unit\":\"office2\"}");
    report_stage_record(&stage, "person:i-city", "look", "terminal:t1",
                        "{\"unit\":\"office\",\"from_ms\":1000,\"until_ms\":31000,\"goes_on\":false}");
    report_stage_record(&stage, "person:i-city2", "look", "terminal:t9",
                        "{\"unit\":\"office3\",\"from_ms\":1000,\"until_ms\":2000,\"goes_on\":false}");
    report_stage_record(&stage, "person:i-city", "sign-in", NULL, NULL);
    report_stage_record(&stage, "person:i-city", "look", "terminal:t1", "[]");
    report_stage_record(&stage, "person:i-city", "look", "terminal:t1", "{\"unit\":7,\"from_ms\":\"x\"}");
    JsonObject *answer = report_stage_act(&stage, "i-city", "duty.get", day, "");
    g_assert_cmpuint(report_stage_count(answer, "log"), ==, 2);
    g_assert_cmpint(json_object_get_int_member(report_stage_nth(answer, "log", 0), "count"), ==, 2);
    g_assert_cmpint(json_object_get_int_member(report_stage_nth(answer, "log", 1), "value"), ==, 30000);
    /* The night has not begun: nothing is its yet. */
    g_assert_cmpuint(report_stage_count(report_stage_act(&stage, "i-city", "duty.get", night, ""), "log"), ==, 0);
    report_stage_end(&stage);
}

static void
test_an_edit_keeps_the_old_text(void)
{
    ReportStage stage = { 0 };
    g_autofree char *day = NULL, *night = NULL;

    open_with_two(&stage, &day, &night);
    JsonObject *answer =
        report_stage_act(&stage, "i-city", "duty.line", day, ",\"text\":\"The line to the county failed\"");
    g_autofree char *line = g_strdup(json_object_get_string_member(report_stage_nth(answer, "lines", 0), "id"));
    g_autofree char *more = g_strdup_printf(",\"line\":\"%s\",\"text\":\"The line to the county failed twice\"", line);
    answer = report_stage_act(&stage, "i-city", "duty.edit", day, more);
    g_assert_cmpuint(report_stage_count(answer, "lines"), ==, 1);
    JsonObject *shown = report_stage_nth(answer, "lines", 0);
    g_assert_cmpstr(json_object_get_string_member(shown, "text"), ==, "The line to the county failed twice");
    g_assert_cmpstr(json_object_get_string_member(report_stage_nth(shown, "was", 0), "text"), ==,
                    "The line to the county failed");
    report_stage_refuse_act(&stage, "i-city", "duty.edit", day, ",\"line\":\"none\",\"text\":\"x\"",
                            SIG_ERROR_NOT_FOUND);
    report_stage_refuse_act(&stage, "second-i-city", "duty.line", day, ",\"text\":\"x\"", SIG_ERROR_FORBIDDEN);
    report_stage_refuse_act(&stage, "second-i-city", "duty.line", night, ",\"text\":\"x\"", SIG_ERROR_STATE);
    report_stage_act(&stage, "i-city", "duty.hand-over", day, "");
    report_stage_refuse_act(&stage, "i-city", "duty.edit", day, more, SIG_ERROR_STATE);
    report_stage_end(&stage);
}

static void
test_what_is_open_is_carried_over(void)
{
    ReportStage stage = { 0 };
    g_autofree char *day = NULL, *night = NULL;

    open_with_two(&stage, &day, &night);
    report_stage_record(&stage, "person:i-city", "ticket.create", "ticket:1", "{\"unit\":\"office\"}");
    report_stage_record(&stage, "person:i-city", "ticket.create", "ticket:2", "{\"unit\":\"office\"}");
    report_stage_record(&stage, "person:i-city", "ticket.create", "ticket:3", "{\"unit\":\"office\",\"draft\":true}");
    report_stage_record(&stage, "person:i-city", "ticket.close", "ticket:2", "{\"unit\":\"office\"}");
    report_stage_record(&stage, "system", "roll-call.absent", "roll-call:1", "{\"unit\":\"office\"}");
    report_stage_record(&stage, "system", "roll-call.absent", "roll-call:1", "{\"unit\":\"office2\"}");
    report_stage_record(&stage, "terminal:t", "roll-call.answer", "roll-call:1", "{\"unit\":\"office2\"}");
    report_stage_act(&stage, "i-city", "duty.note", day, ",\"text\":\"Ask the county for its list\"");
    report_stage_refuse_act(&stage, "second-i-city", "duty.hand-over", day, "", SIG_ERROR_FORBIDDEN);
    report_stage_refuse_act(&stage, "second-i-city", "duty.sign", night, "", SIG_ERROR_STATE);
    JsonObject *answer = report_stage_act(&stage, "i-city", "duty.hand-over", day, ",\"text\":\"Quiet\"");
    g_assert_cmpuint(report_stage_count(answer, "items"), ==, 3);
    g_assert_cmpstr(get_state(&stage, 0), ==, "handing-over");
    report_stage_refuse_act(&stage, "i-city", "duty.hand-over", day, "", SIG_ERROR_STATE);
    /* What happens between the two is the next shift's. */
    report_stage_record(&stage, "person:i-city", "ticket.create", "ticket:4", "{\"unit\":\"office\"}");
    report_stage_refuse_act(&stage, "i-city", "duty.sign", night, "", SIG_ERROR_FORBIDDEN);
    answer = report_stage_act(&stage, "second-i-city", "duty.sign", night, "");
    g_assert_cmpstr(get_state(&stage, 0), ==, "done");
    g_assert_cmpstr(get_state(&stage, 1), ==, "on-duty");
    answer = report_stage_act(&stage, "second-i-city", "duty.get", night, "");
    g_assert_cmpuint(report_stage_count(answer, "log"), ==, 1);
    g_assert_cmpuint(report_stage_count(answer, "items"), ==, 4);
    g_assert_cmpuint(report_stage_count(report_stage_act(&stage, "i-city", "duty.get", day, ""), "items"), ==, 3);
    answer = report_stage_act(&stage, "second-i-city", "duty.settle", night,
                              ",\"item\":\"roll-call:1/office\",\"reason\":\"The room is being rebuilt\"");
    g_assert_cmpuint(report_stage_count(answer, "items"), ==, 3);
    report_stage_refuse_act(&stage, "second-i-city", "duty.settle", night, ",\"item\":\"ticket:2\",\"reason\":\"x\"",
                            SIG_ERROR_NOT_FOUND);
    report_stage_end(&stage);
}

static void
test_a_shift_that_nobody_hands_over_is_taken_with_a_reason(void)
{
    ReportStage stage = { 0 };
    g_autofree char *day = NULL, *night = NULL;

    open_with_two(&stage, &day, &night);
    report_stage_refuse_act(&stage, "second-i-city", "duty.sign", night, ",\"reason\":\"He is away\"", SIG_ERROR_STATE);
    stage.base.now_ms = BEGAN_MS + 6 * HOUR_MS;
    g_assert_cmpstr(get_state(&stage, 0), ==, "on-duty");
    g_assert_cmpstr(get_state(&stage, 1), ==, "to-come");
    g_assert_true(json_object_get_boolean_member(report_stage_nth(read_roster(&stage), "shifts", 0), "late"));
    report_stage_refuse_act(&stage, "second-i-city", "duty.sign", night, "", SIG_ERROR_STATE);
    report_stage_act(&stage, "second-i-city", "duty.sign", night, ",\"reason\":\"He is away\"");
    g_assert_cmpstr(get_state(&stage, 0), ==, "done");
    g_assert_cmpstr(get_state(&stage, 1), ==, "on-duty");
    report_stage_refuse_act(&stage, "i-city", "duty.hand-over", day, "", SIG_ERROR_STATE);
    report_stage_end(&stage);
}

static void
test_a_restart_changes_nothing(void)
{
    ReportStage stage = { 0 };
    g_autofree char *day = NULL, *night = NULL;

    open_with_two(&stage, &day, &night);
    report_stage_record(&stage, "person:i-city", "ticket.create", "ticket:1", "{\"unit\":\"office\"}");
    report_stage_act(&stage, "i-city", "duty.hand-over", day, "");
    report_stage_drop(&stage);
    ticket_stage_close(&stage.base);
    report_stage_begin(&stage);
    JsonObject *answer = report_stage_act(&stage, "i-city", "duty.get", day, "");
    g_assert_cmpuint(report_stage_count(answer, "log"), ==, 1);
    g_assert_cmpuint(report_stage_count(answer, "items"), ==, 1);
    g_assert_cmpint(scratch_count(&stage.base.scratch, "SELECT count(*) FROM fact"), ==, 1);
    report_stage_end(&stage);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/duty/a-roster-is-made-and-published", test_a_roster_is_made_and_published);
    g_test_add_func("/gateway/duty/bad-shifts-are-refused-whole", test_bad_shifts_are_refused_whole);
    g_test_add_func("/gateway/duty/a-night-is-as-long-as-it-is", test_a_night_is_as_long_as_it_is);
    g_test_add_func("/gateway/duty/the-log-writes-itself", test_the_log_writes_itself);
    g_test_add_func("/gateway/duty/an-edit-keeps-the-old-text", test_an_edit_keeps_the_old_text);
    g_test_add_func("/gateway/duty/what-is-open-is-carried-over", test_what_is_open_is_carried_over);
    g_test_add_func("/gateway/duty/a-shift-that-nobody-hands-over-is-taken-with-a-reason",
                    test_a_shift_that_nobody_hands_over_is_taken_with_a_reason);
    g_test_add_func("/gateway/duty/a-restart-changes-nothing", test_a_restart_changes_nothing);
    return g_test_run();
}
