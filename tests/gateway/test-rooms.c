#include <signal.h>

#include "gateway/calls/calls-priv.h"
#include "gateway/cases/plans.h"

#include "stage.h"

/* A county with three offices; the third has no terminal. */

typedef struct {
    Stage stage;
    GwConfig config;
    GwCalls *calls;
    GwCases *cases;
} Fixture;

static const GwActor officer = { .audit = "person:i", .display = "Inspector" };

static bool
is_always_here(const GwCall *call)
{
    (void)call;
    return true;
}

static void
furnish(Fixture *self)
{
    GwDirectory *directory = self->stage.gateway.people->directory;
    const GwNewUnit county = { .id = "county", .name = "County", .tier = "county" };
    const GwNewPerson person = { "i", "i", "Inspector", "county", "inspector" };
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(gw_directory_add_unit(directory, &county, &error));
    g_assert_nonnull(gw_directory_add_person(directory, &person, &error));
    for (unsigned i = 1; i <= 3; i++) {
        g_autofree char *unit = g_strdup_printf("o%u", i), *terminal = g_strdup_printf("t%u", i);
        const GwNewUnit office = { .id = unit, .name = unit, .tier = "office", .parent = "county" };
        const GwNewTerminal device = { .id = terminal, .name = terminal, .unit = unit };
        g_assert_nonnull(gw_directory_add_unit(directory, &office, &error));
        if (i < 3)
            g_assert_nonnull(gw_directory_add_terminal(directory, &device, &error));
    }
}

static void
open_cases(Fixture *self)
{
    g_autoptr(GError) error = NULL;

    self->config = self->stage.config;
    self->config.data_dir = self->stage.scratch.dir;
    self->stage.gateway.config = &self->config;
    self->calls = gw_calls_new(&self->stage.gateway, self->stage.sessions, self->stage.visits, &error);
    g_assert_no_error(error);
    self->calls->is_here = is_always_here;
    const GwCasesNeeds needs = { .sessions = self->stage.sessions, .calls = self->calls };
    self->cases = gw_cases_new(&self->stage.gateway, &needs, &error);
    g_assert_no_error(error);
    self->cases->now = stage_now;
    self->cases->clock_data = &self->stage;
}

static void
open_fixture(Fixture *self)
{
    self->stage.now_ms = SLOT_MS;
    stage_open(&self->stage);
    furnish(self);
    open_cases(self);
}

static void
restart(Fixture *self)
{
    gw_cases_free(self->cases);
    gw_calls_free(self->calls);
    stage_close(&self->stage);
    stage_open(&self->stage);
    open_cases(self);
}

static void
close_fixture(Fixture *self)
{
    gw_cases_free(self->cases);
    gw_calls_free(self->calls);
    stage_clear(&self->stage);
}

static GwIdentity
inspector(void)
{
    return (GwIdentity){ .seat = GW_SEAT_CONSOLE,
                         .access = GW_ACCESS_INSPECTOR,
                         .id = "i",
                         .display = "Inspector",
                         .unit = "county",
                         .audit = "person:i" };
}

static GwPlan *
add_plan(Fixture *self, const char *body)
{
    GwPlan *plan = g_new0(GwPlan, 1);
    g_autoptr(JsonNode) node = json_from_string(body, NULL);

    plan->id = g_strdup("plan-1");
    plan->name = g_strdup("Escape");
    plan->unit = g_strdup("county");
    plan->body = json_node_dup_object(node);
    g_hash_table_insert(self->cases->plans, plan->id, plan);
    return plan;
}

#define OFFICES "{\"tiers\":[\"office\"],\"units\":[],\"people\":[\"i\"],\"cameras\":[],\"sentence\":\"Report.\"}"

static GwRoom *
open_room(Fixture *self, const char *body)
{
    const GwIdentity identity = inspector();
    g_autoptr(GError) error = NULL;
    GwRoom *room = gw_plans_open(self->cases, add_plan(self, body), NULL, &identity, &officer, &error);

    g_assert_no_error(error);
    return room;
}

static void
answer(Fixture *self, GwRoom *room, unsigned number)
{
    const GwMember *member = gw_room_find_member(room, number);
    g_autoptr(GError) error = NULL;

    g_assert_nonnull(gw_calls_answer(self->calls, member->base.terminal, gw_call_get_id(member->base.call), &error));
    g_assert_no_error(error);
}

static void
test_one_act_rings_everybody(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    GwRoom *room = open_room(&self, OFFICES);
    g_assert_cmpuint(room->base.callees->len, ==, 3);
    g_assert_cmpint(gw_room_find_member(room, 1)->state, ==, GW_MEMBER_RINGING);
    g_assert_cmpint(gw_room_find_member(room, 3)->state, ==, GW_MEMBER_NO_TERMINAL);
    g_assert_cmpint(gw_session_get_state(room->base.live), ==, GW_SESSION_LIVE);
    g_assert_cmpint(gw_session_get_class(room->base.live), ==, GW_CLASS_RECORDED);
    answer(&self, room, 2);
    /* Who answers first is looked at. */
    g_assert_true(room->base.spot == &gw_room_find_member(room, 2)->base);
    g_autoptr(JsonObject) json = gw_room_to_json(room);
    g_assert_cmpint(json_object_get_int_member(json, "answered"), ==, 1);
    g_assert_cmpstr(json_object_get_string_member(json, "sentence"), ==, "Report.");
    close_fixture(&self);
}

static void
test_who_does_not_answer_is_absent_and_can_be_rung_again(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    GwRoom *room = open_room(&self, OFFICES);
    GwMember *member = gw_room_find_member(room, 1);
    self.stage.now_ms += 60001;
    gw_calls_tick(self.calls);
    g_assert_cmpint(member->state, ==, GW_MEMBER_ABSENT);
    gw_room_ring_again(room, member, &officer);
    g_assert_cmpint(member->state, ==, GW_MEMBER_RINGING);
    answer(&self, room, 1);
    g_assert_cmpint(member->state, ==, GW_MEMBER_ANSWERED);
    close_fixture(&self);
}

static void
test_the_end_lets_everybody_go(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwRoom *room = open_room(&self, OFFICES);
    answer(&self, room, 1);
    g_assert_true(gw_room_end(room, &officer, &error));
    g_assert_cmpint(gw_session_get_state(room->base.live), ==, GW_SESSION_ENDED);
    g_assert_null(gw_calls_current_of_terminal(self.calls, "t1", true));
    g_assert_null(gw_calls_current_of_terminal(self.calls, "t2", false));
    g_assert_false(gw_room_end(room, &officer, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    close_fixture(&self);
}

static void
test_a_plan_that_rings_nobody_does_not_begin(void)
{
    const GwIdentity identity = inspector();
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    const GwPlan *plan = add_plan(&self, "{\"tiers\":[\"ministry\"],\"units\":[],\"people\":[],\"cameras\":[]}");
    g_assert_null(gw_plans_open(self.cases, plan, NULL, &identity, &officer, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_assert_cmpuint(g_hash_table_size(self.cases->rooms.by_id), ==, 0);
    close_fixture(&self);
}

static void
test_who_is_neither_above_nor_invited_sees_nothing(void)
{
    GwIdentity other = inspector();
    Fixture self = { 0 };

    open_fixture(&self);
    GwRoom *room = open_room(&self, OFFICES);
    g_assert_true(gw_room_is_seen_by(room, &other));
    other.id = "somebody";
    g_assert_false(gw_room_is_seen_by(room, &other));
    other.access = GW_ACCESS_ADMINISTRATOR;
    other.id = "i";
    g_assert_false(gw_room_is_seen_by(room, &other));
    close_fixture(&self);
}

static void
test_a_restart_loses_nobody(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwRoom *room = open_room(&self, OFFICES);
    answer(&self, room, 2);
    g_autofree char *id = g_strdup(room->base.head.id), *session = g_strdup(gw_session_get_id(room->base.live));
    g_autofree char *call = g_strdup(gw_call_get_id(gw_room_find_member(room, 2)->base.call));
    self.stage.now_ms += 50000;
    restart(&self);
    room = gw_rooms_find(self.cases, id);
    g_assert_nonnull(room);
    g_assert_cmpstr(gw_session_get_id(room->base.live), ==, session);
    g_assert_cmpint(gw_session_get_state(room->base.live), ==, GW_SESSION_LIVE);
    g_assert_cmpstr(room->sentence, ==, "Report.");
    g_assert_true(room->base.spot == &gw_room_find_member(room, 2)->base);
    g_assert_cmpint(gw_room_find_member(room, 2)->state, ==, GW_MEMBER_ANSWERED);
    g_assert_cmpstr(gw_call_get_id(gw_room_find_member(room, 2)->base.call), ==, call);
    g_assert_cmpint(gw_room_find_member(room, 3)->state, ==, GW_MEMBER_NO_TERMINAL);
    /* Who was ringing has the whole clock again. */
    self.stage.now_ms += 50000;
    gw_calls_tick(self.calls);
    g_assert_cmpint(gw_room_find_member(room, 1)->state, ==, GW_MEMBER_RINGING);
    answer(&self, room, 1);
    g_assert_true(gw_room_end(room, &officer, &error));
    restart(&self);
    g_assert_cmpuint(g_hash_table_size(self.cases->rooms.by_id), ==, 0);
    close_fixture(&self);
}

static GwCase *
add_case(Fixture *self)
{
    GwCase *one = gw_case_new("case-1");

    one->platform = g_strdup("platform-1");
    one->person = g_strdup("p");
    one->unit = g_strdup("o1");
    one->opened_ms = self->stage.now_ms;
    gw_store_run(self->stage.gateway.store, gw_case_to_statement(one), NULL, NULL);
    gw_cases_adopt(self->cases, one);
    return one;
}

static void
test_a_call_about_a_case_has_its_result_after_a_restart(void)
{
    const GwCaseActionInput input = { .action = "office" };
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    g_autoptr(GPtrArray) units = g_ptr_array_new(), terminals = g_ptr_array_new();
    GwCase *one = add_case(&self);
    g_ptr_array_add(units, (char *)"o1");
    g_ptr_array_add(terminals, (char *)"t1");
    const GwRoomWish wish = {
        .kind = "case-call",
        .name = "p",
        .unit = "o1",
        .case_id = "case-1",
        .units = units,
        .terminals = terminals,
    };
    GwRoom *room = gw_rooms_open(self.cases, &wish, &officer, &error);
    g_assert_no_error(error);
    room->action = gw_cases_act(self.cases, one, &input, &officer, &error)->n;
    gw_room_write(room);
    restart(&self);
    self.stage.now_ms += 60001;
    gw_calls_tick(self.calls);
    one = g_hash_table_lookup(self.cases->by_id, "case-1");
    g_assert_cmpstr(gw_case_find_action(one, 1)->result, ==, "no-answer");
    close_fixture(&self);
}

/* Speech. */

static void
wait_a_little(GwSpeech *speech)
{
    int64_t until_us = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

    while (gw_speech_is_running(speech) && g_get_monotonic_time() < until_us)
        g_main_context_iteration(NULL, FALSE);
    g_assert_false(gw_speech_is_running(speech));
}

static void
test_a_program_that_fails_says_nothing(void)
{
    static const char *const programs[] = { "/nonexistent", "/bin/false", "/bin/cat" }; /* the last: no Opus */

    for (unsigned i = 0; i < G_N_ELEMENTS(programs); i++) {
        GwSpeech *speech = gw_speech_new(programs[i], "Report.");
        wait_a_little(speech);
        g_assert_null(gw_speech_get_clip(speech));
        gw_speech_free(speech);
    }
}

static void
test_nobody_has_to_wait_for_it(void)
{
    GwSpeech *speech = gw_speech_new("/bin/cat", "Report.");

    gw_speech_free(speech);
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

int
main(int argc, char *argv[])
{
    g_test_init(&argc, &argv, NULL);
    signal(SIGPIPE, SIG_IGN); /* as the service does */
    g_test_add_func("/cases/room/one-act-rings-everybody", test_one_act_rings_everybody);
    g_test_add_func("/cases/room/who-does-not-answer-is-absent-and-can-be-rung-again",
                    test_who_does_not_answer_is_absent_and_can_be_rung_again);
    g_test_add_func("/cases/room/the-end-lets-everybody-go", test_the_end_lets_everybody_go);
    g_test_add_func("/cases/room/a-plan-that-rings-nobody-does-not-begin",
                    test_a_plan_that_rings_nobody_does_not_begin);
    g_test_add_func("/cases/room/who-is-neither-above-nor-invited-sees-nothing",
                    test_who_is_neither_above_nor_invited_sees_nothing);
    g_test_add_func("/cases/room/a-restart-loses-nobody", test_a_restart_loses_nobody);
    g_test_add_func("/cases/room/a-call-about-a-case-has-its-result-after-a-restart",
                    test_a_call_about_a_case_has_its_result_after_a_restart);
    g_test_add_func("/cases/speech/a-program-that-fails-says-nothing", test_a_program_that_fails_says_nothing);
    g_test_add_func("/cases/speech/nobody-has-to-wait-for-it", test_nobody_has_to_wait_for_it);
    return g_test_run();
}
