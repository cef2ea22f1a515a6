#include "stage.h"

static const GwActor owner = { .audit = "owner" };

/* What a page offers that publishes a microphone and a camera; nobody connects by it. */
static const char offer[] =
    "v=0\r\no=- 42 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\na=ice-ufrag:abcd\r\n"
    "a=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 "
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
    "a=setup:actpass\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendonly\r\na=rtcp-mux\r\n"
    "a=rtpmap:111 opus/48000/2\r\na=ssrc:1 cname:x\r\n"
    "m=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendonly\r\na=rtcp-mux\r\n"
    "a=rtpmap:96 VP8/90000\r\na=ssrc:2 cname:x\r\n";

static GwParty *
publish(Stage *stage, GwSession *session, const char *name)
{
    GwParty *party = gw_session_add_party(session, name, GW_ROLE_PARTY);
    g_autoptr(GError) error = NULL;
    g_autofree char *answer = gw_party_publish(party, offer, &error);

    (void)stage;
    g_assert_no_error(error);
    g_assert_nonnull(answer);
    while (party->publish->published->len < 2)
        g_main_context_iteration(NULL, TRUE);
    return party;
}

static GwSession *
meet(Stage *stage, GwRecordingClass recording_class)
{
    g_autoptr(GError) error = NULL;
    GwSession *session = NULL;

    stage->now_ms = SLOT_MS;
    stage_open(stage);
    session = gw_sessions_create_meeting(stage->sessions, "hall", recording_class, &owner, &error);
    g_assert_no_error(error);
    return session;
}

static bool
journal_knows(Stage *stage, const char *session)
{
    g_autoptr(GPtrArray) unsealed = rec_journal_list_unsealed(stage->journal);

    return g_ptr_array_find_with_equal_func(unsealed, session, g_str_equal, NULL);
}

static void
test_recorded_session_gets_every_track(void)
{
    Stage stage = { 0 };
    GwSession *session = meet(&stage, GW_CLASS_RECORDED);

    publish(&stage, session, "anna");
    g_assert_cmpuint(session->recording.taps->len, ==, 3); /* sound, picture, announcer */
    g_assert_true(journal_knows(&stage, session->id));
    stage_clear(&stage);
}

static void
test_privileged_session_gets_no_track_ever(void)
{
    Stage stage = { 0 };
    GwSession *session = meet(&stage, GW_CLASS_PRIVILEGED);
    g_autoptr(GError) error = NULL;

    publish(&stage, session, "anna");
    gw_session_add_event(session, &owner, "note", NULL);
    gw_session_apply(session);
    g_assert_cmpuint(session->recording.taps->len, ==, 0);
    g_assert_true(gw_session_end(session, &owner, "other", NULL, &error));
    g_assert_cmpuint(session->recording.taps->len, ==, 0);
    g_assert_false(session->recording.used);
    g_assert_false(journal_knows(&stage, session->id));
    g_assert_cmpint(gw_session_get_recording(session).state, ==, GW_RECORDING_NONE);
    stage_clear(&stage);
}

static void
test_class_only_becomes_more_protective(void)
{
    Stage stage = { 0 };
    GwSession *session = meet(&stage, GW_CLASS_RECORDED);
    GwParty *party = publish(&stage, session, "anna");

    gw_session_protect(session);
    g_assert_cmpint(gw_session_get_class(session), ==, GW_CLASS_PRIVILEGED);
    while (session->recording.taps->len > 0)
        g_main_context_iteration(NULL, TRUE);
    gw_session_apply(session);
    g_assert_cmpuint(session->recording.taps->len, ==, 0);
    g_assert_null(g_array_index(party->publish->published, GwPublished, 0).tap);
    stage_clear(&stage);
}

static void
test_waiting_room_is_not_recorded(void)
{
    static const GwSessionInfo info = { .kind = "visit", .recording_class = GW_CLASS_RECORDED };
    Stage stage = { .now_ms = SLOT_MS };
    g_autoptr(GError) error = NULL;

    stage_open(&stage);
    GwVisit visit = { .visits = stage.visits };
    GwSession *session = gw_sessions_add(stage.sessions, &info, &gw_visit_session_handler, &visit);
    g_assert_true(gw_session_set_state(session, GW_SESSION_OPEN, &error));
    publish(&stage, session, "anna");
    g_assert_cmpuint(session->recording.taps->len, ==, 0);
    g_assert_true(gw_session_set_state(session, GW_SESSION_LIVE, &error));
    g_assert_cmpuint(session->recording.taps->len, ==, 3);
    stage_clear(&stage);
}

static void
test_same_connection_or_a_new_one(void)
{
    Stage stage = { 0 };
    GwSession *session = meet(&stage, GW_CLASS_PRIVILEGED);
    GwParty *party = publish(&stage, session, "anna");
    const GwPeer *peer = party->publish;
    g_autoptr(GString) fresh = g_string_new(offer);
    g_autoptr(GError) error = NULL;
    g_autofree char *again = gw_party_publish(party, offer, &error);

    g_assert_no_error(error);
    g_assert_nonnull(again);
    g_assert_true(party->publish == peer);
    g_string_replace(fresh, "o=- 42 ", "o=- 43 ", 1);
    g_autofree char *other = gw_party_publish(party, fresh->str, &error);
    g_assert_no_error(error);
    g_assert_nonnull(other);
    g_assert_cmpuint(party->publish->ordinal, ==, 2);
    g_autofree char *bad = gw_party_publish(party, "v=0\r\nnonsense", &error);
    g_assert_error(error, SIG_ERROR, SIG_ERROR_MEDIA);
    g_assert_null(bad);
    g_assert_cmpuint(party->publish->ordinal, ==, 2);
    stage_clear(&stage);
}

static void
test_empty_meeting_of_a_load_test_goes(void)
{
    Stage stage = { .now_ms = SLOT_MS };
    g_autoptr(GError) error = NULL;

    stage_open(&stage);
    GwSession *session = gw_meeting_make_for_load(stage.sessions, "room-1", &owner, &error);
    g_assert_no_error(error);
    g_assert_cmpint(gw_session_get_class(session), ==, GW_CLASS_PRIVILEGED);
    publish(&stage, session, "anna");
    stage.now_ms += 10 * MINUTE_MS;
    gw_sessions_tick(stage.sessions);
    g_assert_cmpint(gw_session_get_state(session), ==, GW_SESSION_LIVE);
    gw_party_close_publish(gw_session_find_party(session, "anna"));
    stage.now_ms += 59 * 1000;
    gw_sessions_tick(stage.sessions);
    g_assert_cmpint(gw_session_get_state(session), ==, GW_SESSION_LIVE);
    stage.now_ms += 1000;
    gw_sessions_tick(stage.sessions);
    g_assert_cmpint(gw_session_get_state(session), ==, GW_SESSION_ENDED);
    stage.now_ms += 6000;
    gw_sessions_tick(stage.sessions);
    gw_sessions_tick(stage.sessions);
    g_assert_null(gw_sessions_find(stage.sessions, "room-1"));
    g_assert_null(gw_meeting_make_for_load(stage.sessions, "../room", &owner, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS);
    stage_clear(&stage);
}

static void
test_stall_is_noticed_after_two_seconds(void)
{
    GwStall stall = { 0 };

    g_assert_false(gw_stall_update(&stall, 100, 0, 1000000));
    g_assert_false(gw_stall_update(&stall, 200, 0, 2900000));
    g_assert_true(gw_stall_update(&stall, 300, 0, 3000000));
    /* The journal takes packets again. */
    g_assert_false(gw_stall_update(&stall, 400, 80, 4000000));
    /* Nothing flows, nothing is missed. */
    g_assert_false(gw_stall_update(&stall, 400, 80, 9000000));
    g_assert_false(gw_stall_update(&stall, 400, 80, 19000000));
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sessions/recording/every-track-of-a-recorded-session", test_recorded_session_gets_every_track);
    g_test_add_func("/sessions/recording/no-track-of-a-privileged-session", test_privileged_session_gets_no_track_ever);
    g_test_add_func("/sessions/recording/class-only-becomes-more-protective", test_class_only_becomes_more_protective);
    g_test_add_func("/sessions/recording/not-in-the-waiting-room", test_waiting_room_is_not_recorded);
    g_test_add_func("/sessions/recording/stall-is-noticed", test_stall_is_noticed_after_two_seconds);
    g_test_add_func("/sessions/meeting/empty-one-of-a-load-test-goes", test_empty_meeting_of_a_load_test_goes);
    g_test_add_func("/sessions/party/same-connection-or-a-new-one", test_same_connection_or_a_new_one);
    return g_test_run();
}
