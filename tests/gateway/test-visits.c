#include "stage.h"

#include <string.h>

static const GwActor first = { .audit = "person:1", .display = "Officer One" };
static const GwActor second = { .audit = "person:2", .display = "Officer Two" };
static const GwActor family = { .audit = "visit:x/family", .display = "family" };

static GwVisit *
begin(Stage *stage, GwRecordingClass recording_class)
{
    stage->now_ms = SLOT_MS - 60 * MINUTE_MS;
    stage_open(stage);
    stage_furnish(stage);
    return stage_book(stage, "visit-1", SLOT_MS, recording_class);
}

static void
come(GwVisit *visit)
{
    for (GwSide side = 0; side < GW_N_SIDES; side++) {
        stage_connect(side, true);
        gw_visit_enter(visit, side, &family);
    }
}

static GwVisit *
begin_live(Stage *stage)
{
    GwVisit *visit = begin(stage, GW_CLASS_RECORDED);
    g_autoptr(GError) error = NULL;

    stage_at(stage, SLOT_MS);
    come(visit);
    g_assert_true(gw_visit_admit(visit, &first, &error));
    g_assert_no_error(error);
    return visit;
}

static void
assert_state(GwVisit *visit, const char *state)
{
    g_assert_cmpstr(gw_visit_state_to_string(visit->state), ==, state);
    g_assert_cmpint(gw_session_get_state(visit->session), ==, visit->state);
}

static void
test_opens_before_its_slot(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin(&stage, GW_CLASS_RECORDED);

    stage_at(&stage, SLOT_MS - 15 * MINUTE_MS - 1);
    assert_state(visit, "scheduled");
    g_assert_cmpint(gw_visit_get_waiting(visit), ==, GW_WAITING_TOO_EARLY);
    g_assert_null(gw_visits_current_of_terminal(stage.visits, "room"));
    stage_at(&stage, SLOT_MS - 15 * MINUTE_MS);
    assert_state(visit, "waiting");
    g_assert_true(gw_visits_current_of_terminal(stage.visits, "room") == visit);
    stage_clear(&stage);
}

static void
test_admitted_when_both_are_ready(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin(&stage, GW_CLASS_RECORDED);
    g_autoptr(GError) error = NULL;

    g_assert_false(gw_visit_admit(visit, &first, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_clear_error(&error);
    stage_at(&stage, SLOT_MS);
    stage_connect(GW_SIDE_FAMILY, true);
    gw_visit_enter(visit, GW_SIDE_FAMILY, &family);
    g_assert_false(gw_visit_admit(visit, &first, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_clear_error(&error);
    come(visit);
    g_assert_true(gw_visit_admit(visit, &first, &error));
    assert_state(visit, "live");
    stage_clear(&stage);
}

static void
test_second_officer_is_told_who_was_first(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin_live(&stage);
    g_autoptr(GError) error = NULL;

    g_assert_false(gw_visit_admit(visit, &second, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_assert_nonnull(strstr(error->message, "Officer One"));
    g_clear_error(&error);
    g_assert_true(gw_visit_pause(visit, &first, &error));
    g_assert_false(gw_visit_pause(visit, &second, &error));
    g_assert_nonnull(strstr(error->message, "Officer One paused"));
    g_clear_error(&error);
    g_assert_true(gw_visit_end(visit, &second, "emergency", NULL, &error));
    g_assert_false(gw_visit_end(visit, &first, "other", NULL, &error));
    g_assert_nonnull(strstr(error->message, "Officer Two ended"));
    g_assert_cmpstr(visit->end.cause, ==, "emergency");
    stage_clear(&stage);
}

static void
test_ends_by_itself_and_pauses_do_not_count(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin_live(&stage);
    g_autoptr(GError) error = NULL;

    stage_at(&stage, SLOT_MS + 10 * MINUTE_MS);
    g_assert_true(gw_visit_pause(visit, &first, &error));
    stage_at(&stage, SLOT_MS + 60 * MINUTE_MS);
    assert_state(visit, "paused");
    g_assert_true(gw_visit_resume(visit, &first, &error));
    stage_at(&stage, SLOT_MS + 80 * MINUTE_MS - 1);
    assert_state(visit, "live");
    stage_at(&stage, SLOT_MS + 80 * MINUTE_MS);
    assert_state(visit, "ended");
    g_assert_cmpstr(visit->end.cause, ==, "completed");
    g_assert_null(visit->end.by);
    stage_clear(&stage);
}

static void
test_extension_is_bounded(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin_live(&stage);
    g_autoptr(GError) error = NULL;

    for (unsigned i = 0; i < 3; i++)
        g_assert_true(gw_visit_extend(visit, &first, 30, &error));
    g_assert_false(gw_visit_extend(visit, &first, 1, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_LIMIT);
    stage_clear(&stage);
}

static void
test_drop_and_return_is_the_same_visit(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin_live(&stage);
    g_autofree char *session = g_strdup(visit->booking.session);

    stage_at(&stage, SLOT_MS + 1 * MINUTE_MS);
    stage_line.connected[GW_SIDE_FAMILY] = false;
    stage_at(&stage, SLOT_MS + 1 * MINUTE_MS + 1000);
    stage_at(&stage, SLOT_MS + 1 * MINUTE_MS + 5999);
    assert_state(visit, "live");
    stage_at(&stage, SLOT_MS + 1 * MINUTE_MS + 6000);
    assert_state(visit, "suspended");
    g_assert_cmpint(visit->resumes_until_ms, ==, stage.now_ms + 120000);
    stage_at(&stage, SLOT_MS + 2 * MINUTE_MS);
    stage_line.connected[GW_SIDE_FAMILY] = true;
    stage_at(&stage, SLOT_MS + 2 * MINUTE_MS + 6000);
    assert_state(visit, "live");
    g_assert_cmpstr(gw_session_get_id(visit->session), ==, session);
    /* A minute was lost, a minute is given back. */
    g_assert_cmpint(gw_visit_clock_get_end_ms(&visit->clock, stage.now_ms), ==, SLOT_MS + 31 * MINUTE_MS);
    stage_clear(&stage);
}

static void
test_leaving_suspends_at_once(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin_live(&stage);
    g_autoptr(GError) error = NULL;

    stage_connect(GW_SIDE_TERMINAL, false);
    gw_visit_leave(visit, GW_SIDE_TERMINAL);
    assert_state(visit, "suspended");
    g_assert_false(gw_visit_pause(visit, &first, &error));
    /* Its picture is not enough: it has to enter again. */
    stage_connect(GW_SIDE_TERMINAL, true);
    stage_at(&stage, SLOT_MS + 1000);
    assert_state(visit, "suspended");
    gw_visit_enter(visit, GW_SIDE_TERMINAL, &family);
    stage_at(&stage, SLOT_MS + 2000);
    assert_state(visit, "live");
    stage_clear(&stage);
}

/* What was muted before the visit began is said again when its recording begins; who leaves is not muted any more. */
static void
test_muting_is_told(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin(&stage, GW_CLASS_RECORDED);
    g_autoptr(GError) error = NULL;

    stage_at(&stage, SLOT_MS);
    gw_visit_set_muted(visit, GW_SIDE_FAMILY, GW_MUTE_SOUND, true);
    gw_visit_set_muted(visit, GW_SIDE_FAMILY, GW_MUTE_SOUND, true);
    stage_connect(GW_SIDE_FAMILY, true);
    stage_connect(GW_SIDE_TERMINAL, true);
    gw_visit_enter(visit, GW_SIDE_FAMILY, &family);
    gw_visit_enter(visit, GW_SIDE_TERMINAL, &family);
    g_assert_true(gw_visit_admit(visit, &first, &error));
    g_assert_no_error(error);
    gw_visit_set_muted(visit, GW_SIDE_TERMINAL, GW_MUTE_PICTURE, true);
    gw_visit_set_muted(visit, GW_SIDE_TERMINAL, GW_MUTE_PICTURE, false);
    gw_visit_leave(visit, GW_SIDE_FAMILY);
    g_autoptr(GwRows) rows = gw_store_query(stage.gateway.store,
                                            gw_statement_new("SELECT type, detail FROM session_event WHERE type LIKE"
                                                             " '%mute' ORDER BY id"),
                                            &error);
    static const char *const expected[] = { "mute", "mute", "mute", "unmute", "unmute" };
    g_assert_cmpuint(gw_rows_get_count(rows), ==, G_N_ELEMENTS(expected));
    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_cmpstr(gw_rows_text(rows, i, 0), ==, expected[i]);
    g_assert_cmpstr(gw_rows_text(rows, 4, 1), ==, "{\"party\":\"family\",\"kind\":\"audio\"}");
    stage_clear(&stage);
}

static void
test_drop_in_a_pause_returns_to_the_pause(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin_live(&stage);
    g_autoptr(GError) error = NULL;

    g_assert_true(gw_visit_pause(visit, &first, &error));
    stage_connect(GW_SIDE_FAMILY, false);
    gw_visit_leave(visit, GW_SIDE_FAMILY);
    assert_state(visit, "suspended");
    stage_connect(GW_SIDE_FAMILY, true);
    gw_visit_enter(visit, GW_SIDE_FAMILY, &family);
    stage_at(&stage, SLOT_MS + 1000);
    assert_state(visit, "paused");
    stage_clear(&stage);
}

static void
test_grace_runs_out(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin_live(&stage);

    stage_connect(GW_SIDE_FAMILY, false);
    gw_visit_leave(visit, GW_SIDE_FAMILY);
    stage_at(&stage, SLOT_MS + 119999);
    assert_state(visit, "suspended");
    stage_at(&stage, SLOT_MS + 120000);
    assert_state(visit, "ended");
    g_assert_cmpstr(visit->end.cause, ==, "party-lost");
    stage_clear(&stage);
}

static void
test_no_show(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin(&stage, GW_CLASS_RECORDED);

    stage_at(&stage, SLOT_MS);
    stage_at(&stage, SLOT_MS + 30 * MINUTE_MS - 1);
    assert_state(visit, "waiting");
    stage_at(&stage, SLOT_MS + 30 * MINUTE_MS);
    assert_state(visit, "ended");
    g_assert_cmpstr(visit->end.cause, ==, "no-show");
    stage_clear(&stage);
}

static void
test_restart_goes_on_as_the_same_visit(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin_live(&stage);
    g_autofree char *session = g_strdup(visit->booking.session);

    stage_at(&stage, SLOT_MS + 10 * MINUTE_MS);
    stage_close(&stage);
    stage_line = (StageLine){ 0 };
    stage.now_ms = SLOT_MS + 12 * MINUTE_MS;
    stage_open(&stage);
    visit = gw_visits_find(stage.visits, "visit-1");
    g_assert_nonnull(visit);
    g_assert_cmpstr(visit->booking.session, ==, session);
    assert_state(visit, "suspended");
    g_assert_true(gw_sessions_find(stage.sessions, session) == visit->session);
    g_assert_cmpint(gw_session_get_live_since_ms(visit->session), ==, SLOT_MS);
    g_assert_cmpint(visit->resumes_until_ms, ==, stage.now_ms + 120000);
    come(visit);
    stage_at(&stage, SLOT_MS + 13 * MINUTE_MS);
    assert_state(visit, "live");
    /* What the service missed is given back: it was last seen alive at minute ten. */
    g_assert_cmpint(gw_visit_clock_get_end_ms(&visit->clock, stage.now_ms), ==, SLOT_MS + 33 * MINUTE_MS);
    stage_clear(&stage);
}

static void
test_restart_keeps_a_pause(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin_live(&stage);
    g_autoptr(GError) error = NULL;

    g_assert_true(gw_visit_pause(visit, &first, &error));
    stage_close(&stage);
    stage_line = (StageLine){ 0 };
    stage_open(&stage);
    visit = gw_visits_find(stage.visits, "visit-1");
    come(visit);
    stage_at(&stage, SLOT_MS + 1000);
    assert_state(visit, "paused");
    stage_clear(&stage);
}

static void
test_what_cannot_be_booked(void)
{
    static const char *const visitors[] = { "v", NULL };
    static const char *const strangers[] = { "nobody", NULL };
    static const char *const none[] = { NULL };
    const GwVisitImport good = { NULL, "s", visitors, "room", SLOT_MS + 31 * MINUTE_MS, 30, GW_CLASS_RECORDED, NULL };
    struct {
        GwVisitImport import;
        SigError code;
    } rows[] = {
        { good, SIG_ERROR_NOT_FOUND },  { good, SIG_ERROR_NOT_FOUND },  { good, SIG_ERROR_BAD_PARAMS },
        { good, SIG_ERROR_BAD_PARAMS }, { good, SIG_ERROR_BAD_PARAMS }, { good, SIG_ERROR_BAD_PARAMS },
        { good, SIG_ERROR_BAD_PARAMS }, { good, SIG_ERROR_STATE },      { good, SIG_ERROR_STATE },
    };
    Stage stage = { 0 };

    rows[0].import.subject = "x";
    rows[1].import.terminal = "x";
    rows[2].import.visitors = strangers;
    rows[3].import.visitors = none;
    rows[4].import.minutes = 31;
    rows[5].import.recording_class = GW_CLASS_PRIVILEGED;
    rows[6].import.recording_class = GW_CLASS_UNKNOWN;
    rows[7].import.starts_ms = SLOT_MS + 29 * MINUTE_MS;
    rows[8].import.id = "visit-1";
    begin(&stage, GW_CLASS_RECORDED);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_test_message("row %zu", i);
        g_assert_null(gw_visits_book(stage.visits, &rows[i].import, &error));
        g_assert_error(error, SIG_ERROR, (int)rows[i].code);
    }
    stage_clear(&stage);
}

static void
test_a_code_is_held_by_one_device(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin(&stage, GW_CLASS_RECORDED);
    const GwVisitLookup *lookup = stage.gateway.people->asked.visits;
    void *data = stage.gateway.people->asked.visits_data;
    g_autoptr(GError) error = NULL;

    g_assert_true(lookup->visit_is_open("visit-1", data));
    g_assert_false(lookup->visit_is_held("visit-1", data));
    g_assert_false(lookup->visit_is_open("visit-2", data));
    visit->family = (SigClient *)&stage; /* only looked at, never called */
    g_assert_true(lookup->visit_is_held("visit-1", data));
    visit->family = NULL;
    g_assert_true(gw_visit_end(visit, &first, "withdrawn", NULL, &error));
    g_assert_false(lookup->visit_is_open("visit-1", data));
    g_assert_null(lookup->terminal_visit("room", data));
    stage_clear(&stage);
}

static void
test_foreign_visits_are_not_found(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin(&stage, GW_CLASS_RECORDED);
    const GwNewPerson persons[] = { { "own", "own", "Own", "u", "officer" },
                                    { "other", "other", "Other", "o", "officer" } };
    GwIdentity own = { .seat = GW_SEAT_CONSOLE, .id = "own", .access = GW_ACCESS_OFFICER, .unit = "u" }, other = own;
    g_autoptr(GError) error = NULL;

    other.id = "other";
    for (size_t i = 0; i < G_N_ELEMENTS(persons); i++)
        g_assert_nonnull(gw_directory_add_person(stage.gateway.people->directory, &persons[i], NULL));
    g_assert_true(gw_visits_find_for(stage.visits, &own, "visit-1", &error) == visit);
    g_assert_null(gw_visits_find_for(stage.visits, &other, "visit-1", &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND);
    stage_clear(&stage);
}

static void
test_unreadable_class_waits(void)
{
    Stage stage = { 0 };
    g_autoptr(GError) error = NULL;

    begin(&stage, GW_CLASS_RECORDED);
    gw_store_run(stage.gateway.store, gw_statement_new("UPDATE visit SET class = 'recorde'"), NULL, NULL);
    stage_close(&stage);
    stage_open(&stage);
    GwVisit *visit = gw_visits_find(stage.visits, "visit-1");
    stage_at(&stage, SLOT_MS);
    come(visit);
    g_assert_false(gw_visit_admit(visit, &first, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE);
    assert_state(visit, "waiting");
    stage_clear(&stage);
}

static void
test_broken_recorder_admits_nobody(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin(&stage, GW_CLASS_RECORDED);
    g_autoptr(GError) error = NULL, full = g_error_new_literal(REC_ERROR, REC_ERROR_IO, "the disk is full");

    stage_at(&stage, SLOT_MS);
    come(visit);
    g_test_expect_message("gateway.recorder", G_LOG_LEVEL_CRITICAL, "*disk is full*");
    gw_sessions_get_journal_events()->failed(full, stage.sessions);
    g_test_assert_expected_messages();
    g_assert_false(gw_visit_admit(visit, &first, &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE);
    g_clear_error(&error);
    gw_sessions_get_journal_events()->recovered(stage.sessions);
    g_assert_true(gw_visit_admit(visit, &first, &error));
    g_assert_cmpint(gw_session_get_recording(visit->session).state, ==, GW_RECORDING_RUNNING);
    g_test_expect_message("gateway.recorder", G_LOG_LEVEL_CRITICAL, "*disk is full*");
    gw_sessions_get_journal_events()->failed(full, stage.sessions);
    g_test_assert_expected_messages();
    g_assert_cmpint(gw_session_get_recording(visit->session).state, ==, GW_RECORDING_FAILED);
    stage_clear(&stage);
}

static void
test_every_step_is_on_record(void)
{
    Stage stage = { 0 };
    GwVisit *visit = begin_live(&stage);
    g_autoptr(GError) error = NULL;

    g_assert_true(gw_visit_warn(visit, &first, gw_notices_find("behave"), "zh", &error));
    g_assert_true(gw_visit_end(visit, &first, "rule-broken", "twice warned", &error));
    g_assert_cmpint(scratch_count(&stage.scratch, "SELECT count(*) FROM audit WHERE object = 'visit:visit-1' AND action"
                                                  " IN ('visit.open', 'visit.enter', 'visit.admit', 'visit.warn',"
                                                  " 'visit.end')"),
                    ==, 6);
    g_assert_cmpint(scratch_count(&stage.scratch,
                                  "SELECT count(*) FROM session_event WHERE type = 'end' AND detail LIKE"
                                  " '%rule-broken%' AND detail LIKE '%twice warned%'"),
                    ==, 1);
    g_assert_cmpint(scratch_count(&stage.scratch, "SELECT count(*) FROM visit WHERE state = 'ended' AND end_cause ="
                                                  " 'rule-broken' AND end_by = 'Officer One'"),
                    ==, 1);
    stage_clear(&stage);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/visits/opens-before-its-slot", test_opens_before_its_slot);
    g_test_add_func("/visits/admitted-when-both-are-ready", test_admitted_when_both_are_ready);
    g_test_add_func("/visits/second-officer-is-told-who-was-first", test_second_officer_is_told_who_was_first);
    g_test_add_func("/visits/ends-by-itself-and-pauses-do-not-count", test_ends_by_itself_and_pauses_do_not_count);
    g_test_add_func("/visits/extension-is-bounded", test_extension_is_bounded);
    g_test_add_func("/visits/drop-and-return-is-the-same-visit", test_drop_and_return_is_the_same_visit);
    g_test_add_func("/visits/leaving-suspends-at-once", test_leaving_suspends_at_once);
    g_test_add_func("/visits/muting-is-told", test_muting_is_told);
    g_test_add_func("/visits/drop-in-a-pause-returns-to-the-pause", test_drop_in_a_pause_returns_to_the_pause);
    g_test_add_func("/visits/grace-runs-out", test_grace_runs_out);
    g_test_add_func("/visits/no-show", test_no_show);
    g_test_add_func("/visits/restart-goes-on-as-the-same-visit", test_restart_goes_on_as_the_same_visit);
    g_test_add_func("/visits/restart-keeps-a-pause", test_restart_keeps_a_pause);
    g_test_add_func("/visits/what-cannot-be-booked", test_what_cannot_be_booked);
    g_test_add_func("/visits/a-code-is-held-by-one-device", test_a_code_is_held_by_one_device);
    g_test_add_func("/visits/foreign-visits-are-not-found", test_foreign_visits_are_not_found);
    g_test_add_func("/visits/unreadable-class-waits", test_unreadable_class_waits);
    g_test_add_func("/visits/broken-recorder-admits-nobody", test_broken_recorder_admits_nobody);
    g_test_add_func("/visits/every-step-is-on-record", test_every_step_is_on_record);
    return g_test_run();
}
