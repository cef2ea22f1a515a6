#include "gateway/sessions/recorder.h"

#include "gateway/sessions/gate.h"
#include "stage.h"

enum { MB = 1 << 20, S = 1000 * 1000 };

static const GwActor owner = { .audit = "owner" };

static void
test_when_it_can_record(void)
{
    static const struct {
        GwRecorderInput input;
        GwRecorderState state;
    } cases[] = {
        { { false, false, false, 0, 10 * S, 1000 * MB, 500 * MB }, GW_RECORDER_MISSING },
        { { true, true, false, 0, 10 * S, 1000 * MB, 500 * MB }, GW_RECORDER_FAILED },
        { { true, false, true, 0, 10 * S, 1000 * MB, 500 * MB }, GW_RECORDER_NO_LOG },
        { { true, false, false, 10 * S + 1, 10 * S, 1000 * MB, 500 * MB }, GW_RECORDER_BEHIND },
        { { true, false, false, 10 * S, 10 * S, 500 * MB, 500 * MB }, GW_RECORDER_READY },
        { { true, false, false, 0, 10 * S, 500 * MB - 1, 500 * MB }, GW_RECORDER_NO_SPACE },
        { { true, false, false, 0, 10 * S, 0, 0 }, GW_RECORDER_READY },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("case %zu", i);
        g_assert_cmpint(gw_recorder_judge(&cases[i].input), ==, cases[i].state);
        g_assert_true((gw_recorder_state_explain(cases[i].state) == NULL) == (cases[i].state == GW_RECORDER_READY));
        g_assert_nonnull(gw_recorder_state_to_string(cases[i].state));
    }
}

static void
test_reserve_is_for_those_who_talk(void)
{
    Stage stage = { .now_ms = SLOT_MS };
    g_autoptr(GError) error = NULL;

    stage_open(&stage);
    gw_visits_free(stage.visits);
    gw_sessions_free(stage.sessions);
    stage.config.recorder.reserve_bytes = G_MAXUINT64 / 4; /* no disk has that */
    stage.sessions = gw_sessions_new(&stage.gateway);
    gw_sessions_set_journal(stage.sessions, stage.journal);
    stage.visits = gw_visits_new(&stage.gateway, stage.sessions, &error);
    g_assert_no_error(error);
    g_assert_null(gw_sessions_create_meeting(stage.sessions, "hall", GW_CLASS_RECORDED, &owner, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE);
    g_assert_nonnull(strstr(error->message, "nearly full"));
    g_clear_error(&error);
    g_assert_nonnull(gw_sessions_create_meeting(stage.sessions, "hall", GW_CLASS_PRIVILEGED, &owner, &error));
    stage_clear(&stage);
}

static void
test_gate_hides_all_but_the_notices(void)
{
    static const GwRoutingWatcher family = { "family", GW_ROLE_PARTY }, observer = { "officer-1", GW_ROLE_OBSERVER };
    static const GwRoutingSlot terminal = { GW_FEED_PARTY, "terminal", MEDIA_KIND_AUDIO };
    static const GwRoutingSlot notices = { GW_FEED_ANNOUNCER, NULL, MEDIA_KIND_AUDIO };
    GwRoutingState state = { GW_SESSION_LIVE, GW_CLASS_RECORDED, NULL, GW_GATE_CLOSED };

    g_assert_false(gw_routing_may_flow(&state, GW_ROLE_PARTY, false));
    g_assert_cmpint(gw_routing_decide(&state, &family, &notices), ==, GW_ROUTE_NOTHING);
    state.gate = GW_GATE_PROVING;
    g_assert_true(gw_routing_may_flow(&state, GW_ROLE_PARTY, false));
    g_assert_cmpint(gw_routing_decide(&state, &family, &terminal), ==, GW_ROUTE_NOTHING);
    g_assert_cmpint(gw_routing_decide(&state, &observer, &terminal), ==, GW_ROUTE_NOTHING);
    g_assert_cmpint(gw_routing_decide(&state, &family, &notices), ==, GW_ROUTE_ANNOUNCER);
    state.gate = GW_GATE_OPEN;
    g_assert_cmpint(gw_routing_decide(&state, &family, &terminal), ==, GW_ROUTE_PARTY);
}

static void
test_gate_opens_when_nobody_sends(void)
{
    Stage stage = { .now_ms = SLOT_MS };
    g_autoptr(GError) error = NULL;

    stage_open(&stage);
    GwSession *session = gw_sessions_create_meeting(stage.sessions, "hall", GW_CLASS_RECORDED, &owner, &error);
    g_assert_no_error(error);
    g_assert_cmpint(session->recording.gate.state, ==, GW_GATE_OPEN);
    g_assert_null(gw_gate_get_reason(session));
    g_assert_cmpint(gw_session_get_recording(session).state, ==, GW_RECORDING_RUNNING);
    stage_clear(&stage);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recorder/when-it-can-record", test_when_it_can_record);
    g_test_add_func("/recorder/reserve-is-for-those-who-talk", test_reserve_is_for_those_who_talk);
    g_test_add_func("/gate/hides-all-but-the-notices", test_gate_hides_all_but_the_notices);
    g_test_add_func("/gate/opens-when-nobody-sends", test_gate_opens_when_nobody_sends);
    return g_test_run();
}
