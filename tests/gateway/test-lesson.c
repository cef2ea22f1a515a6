#include "gateway/lessons/lessons-priv.h"

#include "gathering-stage.h"

/* A county with three offices; the last has no terminal. Each test's terminals send when they are told to. */

enum { N = 3 };

typedef struct {
    GatheringStage base;
    GwLessons *lessons;
} Fixture;

static const GwActor teacher = { .audit = "person:1", .display = "Teacher" };
static const GwActor room = { .audit = "terminal:t1", .display = "o1" };
static bool sends[N + 1];

static bool
place_sends(const GwAttendee *place)
{
    return sends[place->base.number];
}

static void
open_lessons(Fixture *self)
{
    Stage *stage = &self->base.stage;
    g_autoptr(GError) error = NULL;

    stage->config.supervision.picture_days = 180;
    gathering_stage_open_calls(&self->base, "lessons");
    self->lessons = gw_lessons_new(&stage->gateway, stage->sessions, self->base.calls, self->base.pictures, &error);
    g_assert_no_error(error);
    self->lessons->sends = place_sends;
}

static void
open_fixture(Fixture *self)
{
    GatheringStage *base = &self->base;

    memset(sends, 0, sizeof sends);
    gathering_stage_open(base, "Teacher", "county");
    gathering_stage_add_unit(base, "county", "county", NULL);
    gathering_stage_add_unit(base, "beside", "county", NULL);
    gathering_stage_add_inspector(base, "1", "county");
    gathering_stage_add_offices(base, N, N - 1);
    open_lessons(self);
}

static void
restart(Fixture *self)
{
    gw_lessons_free(self->lessons);
    gathering_stage_restart(&self->base);
    open_lessons(self);
}

static void
close_fixture(Fixture *self)
{
    gw_lessons_free(self->lessons);
    gathering_stage_clear(&self->base);
}

static GwLesson *
plan(Fixture *self, unsigned n_checks)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) choices =
        gathering_stage_choose(&self->base, &self->base.identity, "{\"unit\": \"county\"}", &error);
    const GwLessonWish wish = {
        .title = "Traffic law",
        .teacher = "Teacher",
        .planned_ms = SLOT_MS,
        .minutes = 60,
        .n_checks = n_checks,
        .recording_class = GW_CLASS_RECORDED,
        .identity = &self->base.identity,
    };
    g_assert_no_error(error);
    GwLesson *lesson = gw_lessons_plan(self->lessons, &wish, choices, &teacher, &error);

    g_assert_no_error(error);
    return lesson;
}

static GwLesson *
begin(Fixture *self, unsigned n_checks)
{
    GwLesson *lesson = plan(self, n_checks);
    g_autoptr(GError) error = NULL;

    g_assert_true(gw_lesson_start(lesson, &teacher, &error));
    g_assert_no_error(error);
    return lesson;
}

static GwAttendee *
place_of(GwLesson *lesson, unsigned number)
{
    return gw_lesson_get_attendee(lesson, number);
}

static void
answer(Fixture *self, GwAttendee *place)
{
    gathering_stage_answer(&self->base, &place->base);
    sends[place->base.number] = true;
}

static bool
name(GwAttendee *place, const char *people, GError **error)
{
    g_autoptr(JsonNode) node = json_from_string(people, NULL);

    return gw_attendee_set_pupils(place, json_node_get_array(node), &room, error);
}

/* Second by second, as the service does it. */
static void
run_for(Fixture *self, unsigned seconds)
{
    for (unsigned i = 0; i < seconds; i++) {
        self->base.stage.now_ms += 1000;
        gw_calls_tick(self->base.calls);
        gw_lessons_tick(self->lessons);
    }
}

static void
test_minutes_count_who_is_there_and_named(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwLesson *lesson = begin(&self, 0);
    g_assert_cmpint(place_of(lesson, 1)->state, ==, GW_ATTENDEE_RINGING);
    g_assert_cmpint(place_of(lesson, 3)->state, ==, GW_ATTENDEE_NO_TERMINAL);
    answer(&self, place_of(lesson, 1));
    run_for(&self, 60);
    g_assert_cmpint(place_of(lesson, 1)->present_ms, ==, 0); /* nobody was named */
    g_assert_true(name(place_of(lesson, 1), "[{\"name\": \"Li\", \"number\": \"7\"}, {\"name\": \"Wu\"}]", &error));
    run_for(&self, 300);
    sends[1] = false;
    run_for(&self, 120); /* no picture comes: nothing counts */
    sends[1] = true;
    g_assert_true(name(place_of(lesson, 1), "[{\"name\": \"Wu\"}]", &error)); /* the other has gone */
    run_for(&self, 60);
    const GwPupil *li = place_of(lesson, 1)->pupils->pdata[0], *wu = place_of(lesson, 1)->pupils->pdata[1];
    g_assert_cmpuint(gw_attendance_minutes(place_of(lesson, 1)->present_ms), ==, 6);
    g_assert_cmpuint(gw_attendance_minutes(li->present_ms), ==, 5);
    g_assert_cmpuint(gw_attendance_minutes(wu->present_ms), ==, 6);
    close_fixture(&self);
}

static void
test_a_set_clock_counts_nothing(void)
{
    g_assert_cmpint(gw_attendance_elapsed_ms(10000, 11000), ==, 1000);
    g_assert_cmpint(gw_attendance_elapsed_ms(10000, 5000), ==, 0);
    g_assert_cmpint(gw_attendance_elapsed_ms(10000, 10000 + INT64_C(3600000)), ==, GW_ATTENDANCE_MAX_STEP_MS);
    g_assert_cmpuint(gw_attendance_minutes(59999), ==, 0);
    g_assert_cmpuint(gw_attendance_minutes(60000), ==, 1);
}

static void
test_checks_fall_into_their_parts(void)
{
    for (unsigned k = 0; k < 4; k++) {
        int64_t first = gw_attendance_check_ms(SLOT_MS, 62, k, 4, 0);
        int64_t last = gw_attendance_check_ms(SLOT_MS, 62, k, 4, G_MAXUINT32);
        g_assert_cmpint(first, ==, SLOT_MS + (1 + (int64_t)k * 15) * MINUTE_MS);
        g_assert_cmpint(last, >=, first);
        g_assert_cmpint(last, <, first + 15 * MINUTE_MS);
    }
    /* The shortest lesson with the most checks stays within itself. */
    g_assert_cmpint(
        gw_attendance_check_ms(0, GW_LESSON_MIN_MINUTES, GW_LESSON_MAX_CHECKS - 1, GW_LESSON_MAX_CHECKS, G_MAXUINT32),
        <, GW_LESSON_MIN_MINUTES * MINUTE_MS);
}

static void
test_only_a_person_passes_a_check(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwLesson *lesson = begin(&self, 0);
    answer(&self, place_of(lesson, 1));
    answer(&self, place_of(lesson, 2));
    g_assert_true(gw_lesson_ask(lesson, "Teacher", &teacher, &error));
    g_assert_false(gw_lesson_ask(lesson, "Teacher", &teacher, &error)); /* one at a time */
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_clear_error(&error);
    g_assert_false(gw_lesson_judge(lesson, 1, 1, GW_VERDICT_PASSED, &teacher, &error)); /* it may still answer */
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_clear_error(&error);
    g_assert_true(gw_attendee_answer_check(place_of(lesson, 1), &room, &error));
    g_assert_false(gw_attendee_answer_check(place_of(lesson, 1), &room, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_clear_error(&error);
    run_for(&self, GW_LESSON_CHECK_S);
    g_assert_false(gw_attendee_answer_check(place_of(lesson, 2), &room, &error)); /* too late */
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_clear_error(&error);
    g_assert_cmpuint(gw_attendee_count_verdicts(place_of(lesson, 1), GW_VERDICT_PASSED), ==, 0);
    g_assert_true(gw_lesson_judge(lesson, 1, 1, GW_VERDICT_PASSED, &teacher, &error));
    g_assert_false(gw_lesson_judge(lesson, 1, 3, GW_VERDICT_PASSED, &teacher, &error)); /* was not there */
    g_assert_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND);
    g_clear_error(&error);
    g_assert_true(gw_lesson_end(lesson, &teacher, &error));
    g_assert_true(gw_lesson_judge(lesson, 1, 2, GW_VERDICT_FAILED, &teacher, &error));
    g_assert_true(gw_lesson_sign(lesson, &teacher, &error));
    g_assert_nonnull(lesson->sha256);
    g_assert_false(gw_lesson_judge(lesson, 1, 2, GW_VERDICT_PASSED, &teacher, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    close_fixture(&self);
}

static void
test_checks_come_by_chance(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    GwLesson *lesson = begin(&self, 3);
    answer(&self, place_of(lesson, 1));
    run_for(&self, 60 * 60);
    g_assert_cmpuint(lesson->checks->len, ==, 3);
    for (guint i = 0; i < lesson->checks->len; i++) {
        const GwCheck *check = lesson->checks->pdata[i];
        const GwCheckRow *row = check->rows->pdata[0];
        g_assert_null(check->by);
        g_assert_cmpint(row->answer, ==, GW_CHECK_MISSED);
        g_assert_cmpint(row->verdict, ==, GW_VERDICT_OPEN); /* nothing is decided by the program */
    }
    close_fixture(&self);
}

static void
test_who_is_interrupted_rings_again(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwLesson *lesson = begin(&self, 0);
    answer(&self, place_of(lesson, 1));
    g_assert_true(gw_calls_decline(self.base.calls, "t1", gw_call_get_id(place_of(lesson, 1)->base.call), "", &error));
    g_assert_cmpint(place_of(lesson, 1)->state, ==, GW_ATTENDEE_LEFT);
    run_for(&self, 21);
    g_assert_cmpint(place_of(lesson, 1)->state, ==, GW_ATTENDEE_RINGING);
    /* Who refuses is left alone until somebody calls again. */
    g_assert_true(
        gw_calls_decline(self.base.calls, "t2", gw_call_get_id(place_of(lesson, 2)->base.call), "ill", &error));
    run_for(&self, 120);
    g_assert_cmpint(place_of(lesson, 2)->state, ==, GW_ATTENDEE_DECLINED);
    g_assert_true(gw_attendee_again(place_of(lesson, 2), &teacher, &error));
    g_assert_cmpint(place_of(lesson, 2)->state, ==, GW_ATTENDEE_RINGING);
    close_fixture(&self);
}

static void
test_a_restart_loses_no_minute(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwLesson *lesson = begin(&self, 0);
    g_autofree char *id = g_strdup(lesson->base.head.id);
    answer(&self, place_of(lesson, 1));
    g_assert_true(name(place_of(lesson, 1), "[{\"name\": \"Li\", \"number\": \"7\"}]", &error));
    g_assert_true(gw_lesson_ask(lesson, "Teacher", &teacher, &error));
    run_for(&self, 125);
    restart(&self);
    lesson = g_hash_table_lookup(self.lessons->base.by_id, id);
    g_assert_nonnull(lesson);
    g_assert_cmpint(lesson->state, ==, GW_LESSON_LIVE);
    g_assert_cmpint(place_of(lesson, 1)->state, ==, GW_ATTENDEE_HERE);
    g_assert_cmpint(place_of(lesson, 1)->present_ms, ==, 125000);
    g_assert_cmpuint(lesson->checks->len, ==, 1);
    run_for(&self, 60);
    const GwPupil *li = place_of(lesson, 1)->pupils->pdata[0];
    g_assert_cmpstr(li->number, ==, "7");
    g_assert_cmpuint(gw_attendance_minutes(li->present_ms), ==, 3);
    close_fixture(&self);
}

static void
test_names_are_bounded(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) people = g_string_new("[");

    open_fixture(&self);
    GwLesson *lesson = begin(&self, 0);
    answer(&self, place_of(lesson, 1));
    g_assert_false(name(place_of(lesson, 1), "[{\"name\": \"\"}]", &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS);
    g_clear_error(&error);
    g_assert_false(name(place_of(lesson, 1), "[7, {\"name\": 7}]", &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS);
    g_clear_error(&error);
    for (unsigned i = 0; i < GW_LESSON_MAX_PUPILS; i++)
        g_string_append_printf(people, "%s{\"name\": \"P%u\"}", i == 0 ? "" : ", ", i);
    g_string_append(people, "]");
    g_assert_true(name(place_of(lesson, 1), people->str, &error));
    g_assert_false(name(place_of(lesson, 1), "[{\"name\": \"One more\"}]", &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_LIMIT);
    close_fixture(&self);
}

static void
test_somebody_elses_lesson_is_not_there(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;
    const GwIdentity other = { .seat = GW_SEAT_CONSOLE,
                               .access = GW_ACCESS_INSPECTOR,
                               .id = "2",
                               .display = "Other",
                               .unit = "beside",
                               .audit = "person:2" };

    open_fixture(&self);
    GwLesson *lesson = plan(&self, 0);
    g_assert_nonnull(gw_gatherings_find_for(&self.lessons->base, &self.base.identity, lesson->base.head.id, &error));
    g_assert_null(gw_gatherings_find_for(&self.lessons->base, &other, lesson->base.head.id, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND);
    close_fixture(&self);
}

static void
test_steps_are_taken_in_their_order(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwLesson *lesson = plan(&self, 0);
    g_assert_false(gw_lesson_end(lesson, &teacher, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_clear_error(&error);
    g_assert_false(gw_lesson_sign(lesson, &teacher, &error));
    g_clear_error(&error);
    g_assert_true(gw_lesson_cancel(lesson, "no room", &teacher, &error));
    g_assert_false(gw_lesson_start(lesson, &teacher, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    close_fixture(&self);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/lessons/minutes-count-who-is-there-and-named", test_minutes_count_who_is_there_and_named);
    g_test_add_func("/gateway/lessons/a-set-clock-counts-nothing", test_a_set_clock_counts_nothing);
    g_test_add_func("/gateway/lessons/checks-fall-into-their-parts", test_checks_fall_into_their_parts);
    g_test_add_func("/gateway/lessons/only-a-person-passes-a-check", test_only_a_person_passes_a_check);
    g_test_add_func("/gateway/lessons/checks-come-by-chance", test_checks_come_by_chance);
    g_test_add_func("/gateway/lessons/who-is-interrupted-rings-again", test_who_is_interrupted_rings_again);
    g_test_add_func("/gateway/lessons/a-restart-loses-no-minute", test_a_restart_loses_no_minute);
    g_test_add_func("/gateway/lessons/names-are-bounded", test_names_are_bounded);
    g_test_add_func("/gateway/lessons/somebody-elses-lesson-is-not-there", test_somebody_elses_lesson_is_not_there);
    g_test_add_func("/gateway/lessons/steps-are-taken-in-their-order", test_steps_are_taken_in_their_order);
    return g_test_run();
}
