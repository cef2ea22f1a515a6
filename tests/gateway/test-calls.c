#include "gateway/calls/calls-priv.h"

#include "stage.h"

#define NOW_MS SLOT_MS

typedef struct {
    unsigned answered, declined, missed, gone;
    char *reason;
    GwCall *cancel_in_answered; /* a handler that ends its own call */
} Heard;

typedef struct {
    Stage stage;
    GwCalls *calls;
    GwSession *session;
    Heard heard;
} Fixture;

static bool here = true;

static bool
is_here(const GwCall *call)
{
    (void)call;
    return here;
}

static void
on_answered(GwCall *call, void *user_data)
{
    Heard *heard = user_data;

    heard->answered++;
    if (heard->cancel_in_answered != NULL)
        gw_call_cancel(call, "ended");
}

static void
on_declined(GwCall *call, const char *reason, void *user_data)
{
    Heard *heard = user_data;

    (void)call;
    heard->declined++;
    g_free(heard->reason);
    heard->reason = g_strdup(reason);
}

static void
on_missed(GwCall *call, void *user_data)
{
    (void)call;
    ((Heard *)user_data)->missed++;
}

static void
on_gone(GwCall *call, void *user_data)
{
    (void)call;
    ((Heard *)user_data)->gone++;
}

static const GwCallHandler handler = { on_answered, on_declined, on_missed, on_gone };

static bool
end_session(GwSession *session, const GwActor *actor, const char *cause, void *user_data, GError **error)
{
    (void)user_data;
    return gw_session_end(session, actor, cause, NULL, error);
}

static void
ignore_party(GwSession *session, GwParty *party, void *user_data)
{
    (void)session;
    (void)party;
    (void)user_data;
}

static void
ignore_recording(GwSession *session, void *user_data)
{
    (void)session;
    (void)user_data;
}

static const GwSessionHandler session_handler = {
    .party_changed = ignore_party,
    .recording_changed = ignore_recording,
    .end = end_session,
};

static void
open_fixture(Fixture *self)
{
    const GwSessionInfo info = { .kind = "roll-call", .recording_class = GW_CLASS_PRIVILEGED, .star = true };
    const GwNewTerminal other = { .id = "other", .name = "Room 2", .unit = "u" };
    g_autoptr(GError) error = NULL;

    self->stage.now_ms = NOW_MS;
    stage_open(&self->stage);
    stage_furnish(&self->stage);
    g_assert_nonnull(gw_directory_add_terminal(self->stage.gateway.people->directory, &other, &error));
    self->calls = gw_calls_new(&self->stage.gateway, self->stage.sessions, self->stage.visits, &error);
    g_assert_no_error(error);
    self->calls->is_here = is_here;
    here = true;
    self->session = gw_sessions_add(self->stage.sessions, &info, &session_handler, NULL);
    g_assert_nonnull(gw_session_add_party(self->session, "office-1", GW_ROLE_PARTY));
}

static void
close_fixture(Fixture *self)
{
    gw_calls_free(self->calls);
    g_free(self->heard.reason);
    stage_clear(&self->stage);
}

static GwCall *
ring_as(Fixture *self, const char *kind, GError **error)
{
    const GwCallInfo info = {
        .terminal = "room",
        .kind = kind,
        .session = gw_session_get_id(self->session),
        .party = "office-1",
        .from = "Inspector",
        .until_ms = NOW_MS + 60000,
    };

    return gw_calls_ring(self->calls, &info, &handler, &self->heard, error);
}

static GwCall *
ring(Fixture *self)
{
    g_autoptr(GError) error = NULL;
    GwCall *call = ring_as(self, "roll-call", &error);

    g_assert_no_error(error);
    return call;
}

static void
assert_refused(Fixture *self, const char *terminal, const char *call, SigError code)
{
    g_autoptr(GError) error = NULL;
    const Heard before = self->heard;

    g_assert_null(gw_calls_answer(self->calls, terminal, call, &error));
    g_assert_error(error, SIG_ERROR, (int)code);
    g_assert_cmpint(memcmp(&before, &self->heard, sizeof before), ==, 0);
}

static void
test_answered_once(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    g_autofree char *id = g_strdup(gw_call_get_id(ring(&self)));
    self.stage.now_ms += 7000;
    GwCall *call = gw_calls_answer(self.calls, "room", id, &error);
    g_assert_no_error(error);
    g_assert_cmpint(gw_call_get_answered_ms(call), ==, NOW_MS + 7000);
    g_assert_cmpuint(self.heard.answered, ==, 1);
    assert_refused(&self, "room", id, SIG_ERROR_STATE);
    g_assert_true(gw_call_is_answered(call));
    /* Its clock counts no more. */
    self.stage.now_ms += 120000;
    gw_calls_tick(self.calls);
    g_assert_cmpuint(self.heard.missed, ==, 0);
    g_assert_true(gw_calls_find(self.calls, id) == call);
    close_fixture(&self);
}

static void
test_wrong_terminal_finds_nothing(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwCall *call = ring(&self);
    assert_refused(&self, "other", gw_call_get_id(call), SIG_ERROR_NOT_FOUND);
    assert_refused(&self, "room", "call-nobody", SIG_ERROR_NOT_FOUND);
    assert_refused(&self, "", gw_call_get_id(call), SIG_ERROR_NOT_FOUND);
    g_assert_false(gw_calls_decline(self.calls, "other", gw_call_get_id(call), "no", &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND);
    g_assert_false(gw_call_is_answered(call));
    close_fixture(&self);
}

static void
test_too_late(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    g_autofree char *id = g_strdup(gw_call_get_id(ring(&self)));
    self.stage.now_ms += 59999;
    gw_calls_tick(self.calls);
    g_assert_cmpuint(self.heard.missed, ==, 0);
    self.stage.now_ms += 1; /* the clock is over, nobody has looked yet */
    assert_refused(&self, "room", id, SIG_ERROR_STATE);
    gw_calls_tick(self.calls);
    g_assert_cmpuint(self.heard.missed, ==, 1);
    assert_refused(&self, "room", id, SIG_ERROR_STATE);
    g_assert_null(gw_calls_find(self.calls, id));
    /* It can be called again. */
    g_assert_nonnull(ring(&self));
    close_fixture(&self);
}

static void
test_declined_and_cancelled(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    g_autofree char *declined = g_strdup(gw_call_get_id(ring(&self)));
    g_assert_true(gw_calls_decline(self.calls, "room", declined, "alone", &error));
    g_assert_cmpstr(self.heard.reason, ==, "alone");
    g_assert_false(gw_calls_decline(self.calls, "room", declined, "alone", &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_assert_cmpuint(self.heard.declined, ==, 1);
    GwCall *call = ring(&self);
    g_autofree char *cancelled = g_strdup(gw_call_get_id(call));
    gw_call_cancel(call, "cancelled");
    assert_refused(&self, "room", cancelled, SIG_ERROR_STATE);
    g_assert_cmpuint(self.heard.gone + self.heard.missed, ==, 0);
    close_fixture(&self);
}

static void
test_a_handler_may_end_it(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwCall *call = self.heard.cancel_in_answered = ring(&self);
    g_autofree char *id = g_strdup(gw_call_get_id(call));
    g_assert_null(gw_calls_answer(self.calls, "room", id, &error));
    g_assert_no_error(error);
    g_assert_null(gw_calls_find(self.calls, id));
    close_fixture(&self);
}

static void
test_leaving_and_being_away(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    g_autofree char *left = g_strdup(gw_call_get_id(ring(&self)));
    g_assert_nonnull(gw_calls_answer(self.calls, "room", left, &error));
    g_assert_true(gw_calls_decline(self.calls, "room", left, "", &error));
    g_assert_cmpuint(self.heard.gone, ==, 1);
    g_autofree char *away = g_strdup(gw_call_get_id(ring(&self)));
    g_assert_nonnull(gw_calls_answer(self.calls, "room", away, &error));
    here = false;
    gw_calls_tick(self.calls);
    self.stage.now_ms += 29999;
    gw_calls_tick(self.calls);
    g_assert_cmpuint(self.heard.gone, ==, 1);
    here = true; /* back in time: the half minute begins anew */
    gw_calls_tick(self.calls);
    here = false;
    gw_calls_tick(self.calls);
    self.stage.now_ms += 30000;
    gw_calls_tick(self.calls);
    g_assert_cmpuint(self.heard.gone, ==, 2);
    assert_refused(&self, "room", away, SIG_ERROR_STATE);
    close_fixture(&self);
}

static void
test_a_visit_is_never_interrupted(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    self.stage.now_ms = SLOT_MS - 60 * MINUTE_MS;
    stage_book(&self.stage, "visit-1", SLOT_MS, GW_CLASS_RECORDED);
    g_assert_null(gw_calls_get_business(self.calls, "room", "emergency").what);
    stage_at(&self.stage, SLOT_MS - 10 * MINUTE_MS);
    g_assert_cmpstr(gw_calls_get_business(self.calls, "room", "emergency").what, ==, "visit");
    g_assert_null(ring_as(&self, "emergency", &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    close_fixture(&self);
}

static void
test_higher_rank_interrupts(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;

    open_fixture(&self);
    GwCall *look = ring_as(&self, "inspection", &error);
    g_assert_nonnull(gw_calls_answer(self.calls, "room", gw_call_get_id(look), &error));
    g_assert_null(ring_as(&self, "inspection", &error));
    g_assert_error(error, SIG_ERROR, SIG_ERROR_STATE);
    g_clear_error(&error);
    GwCall *call = ring(&self);
    g_assert_true(gw_call_is_answered(look)); /* it goes on while the other rings */
    g_assert_null(ring_as(&self, "roll-call", &error));
    g_assert_nonnull(strstr(error->message, "roll-call by Inspector"));
    g_clear_error(&error);
    g_assert_null(ring_as(&self, "talk", &error));
    g_clear_error(&error);
    g_assert_nonnull(gw_calls_answer(self.calls, "room", gw_call_get_id(call), &error));
    g_assert_cmpuint(self.heard.gone, ==, 1);
    g_assert_true(gw_calls_current_of_terminal(self.calls, "room", true) == call);
    close_fixture(&self);
}

static void
test_its_session_has_gone(void)
{
    Fixture self = { 0 };

    open_fixture(&self);
    GwCall *call = ring(&self);
    gw_sessions_remove(self.stage.sessions, self.session);
    assert_refused(&self, "room", gw_call_get_id(call), SIG_ERROR_STATE);
    close_fixture(&self);
}

static void
test_policies_are_kept(void)
{
    Fixture self = { 0 };
    g_autoptr(GError) error = NULL;
    const GwCallKind *look = gw_call_kind_find("inspection"), *roll = gw_call_kind_find("roll-call");

    open_fixture(&self);
    g_assert_true(gw_policies_get(self.calls->policies, "room", look).automatic);
    g_assert_false(gw_policies_get(self.calls->policies, "room", roll).automatic);
    gw_policies_set(self.calls->policies, "room", roll, (GwPolicy){ true, 5 });
    gw_policies_set(self.calls->policies, "room", look, (GwPolicy){ false, 0 });
    g_assert_false(gw_policies_get(self.calls->policies, "other", roll).automatic);
    g_autoptr(GwPolicies) again = gw_policies_new(self.stage.gateway.store, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(gw_policies_get(again, "room", roll).after_s, ==, 5);
    g_assert_true(gw_policies_get(again, "room", roll).automatic);
    g_assert_false(gw_policies_get(again, "room", look).automatic);
    g_autoptr(JsonObject) shown = gw_call_to_json(ring(&self));
    g_assert_cmpint(json_object_get_int_member(shown, "auto"), ==, 5);
    close_fixture(&self);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/gateway/calls/answered-once", test_answered_once);
    g_test_add_func("/gateway/calls/wrong-terminal-finds-nothing", test_wrong_terminal_finds_nothing);
    g_test_add_func("/gateway/calls/too-late-changes-nothing", test_too_late);
    g_test_add_func("/gateway/calls/declined-and-cancelled", test_declined_and_cancelled);
    g_test_add_func("/gateway/calls/a-handler-may-end-it", test_a_handler_may_end_it);
    g_test_add_func("/gateway/calls/leaving-and-being-away", test_leaving_and_being_away);
    g_test_add_func("/gateway/calls/a-visit-is-never-interrupted", test_a_visit_is_never_interrupted);
    g_test_add_func("/gateway/calls/a-higher-rank-interrupts", test_higher_rank_interrupts);
    g_test_add_func("/gateway/calls/its-session-has-gone", test_its_session_has_gone);
    g_test_add_func("/gateway/calls/policies-are-kept", test_policies_are_kept);
    return g_test_run();
}
