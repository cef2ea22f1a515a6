#include "gateway/supervision/look.h"

#include "stage.h"

static const GwActor inspector = { .audit = "person:1", .display = "Inspector", .address = "192.0.2.1" };

/* A terminal that is online, sources and looks over it, and a ringer that remembers. */
typedef struct {
    Stage stage;
    GwSources *sources;
    GwLooks *looks;
    const char *refusal;   /* NULL: it rings */
    const char *elsewhere; /* the session in which it takes part; NULL: none */
    GwLook *rung;
    unsigned n_rings, n_cancels, n_told;
} Fixture;

static void *
ring(GwLook *look, const GwActor *actor, const char **ret_why, void *user_data)
{
    Fixture *f = user_data;

    g_assert_cmpstr(actor->audit, ==, inspector.audit);
    g_assert_cmpstr(actor->address, ==, inspector.address);
    f->n_rings++;
    *ret_why = f->refusal;
    f->rung = f->refusal == NULL ? look : NULL;
    return f->refusal == NULL ? f : NULL;
}

static bool
find_answered(const char *terminal, const char **ret_session, const char **ret_party, void *user_data)
{
    const Fixture *f = user_data;

    g_assert_cmpstr(terminal, ==, "room");
    *ret_session = f->elsewhere;
    *ret_party = "device";
    return f->elsewhere != NULL;
}

static void
cancel(void *call, void *user_data)
{
    (void)call;
    ((Fixture *)user_data)->n_cancels++;
}

static void
ignore_media(void *call, void *user_data)
{
    (void)call;
    (void)user_data;
}

static const GwLookRinger ringer = { ring, find_answered, cancel, ignore_media };

static void
on_changed(const char *source, void *user_data)
{
    g_assert_cmpstr(source, ==, "terminal:room");
    ((Fixture *)user_data)->n_told++;
}

static void
set_online(Fixture *f, bool online)
{
    gw_directory_get_terminal(f->stage.gateway.people->directory, "room")->public.online = online;
}

static void
set_up(Fixture *f, const void *data)
{
    (void)data;
    f->stage.now_ms = SLOT_MS;
    stage_open(&f->stage);
    stage_furnish(&f->stage);
    f->sources = gw_sources_new(&f->stage.gateway, f->stage.sessions);
    f->looks = gw_looks_new(&f->stage.gateway, f->stage.sessions, f->sources);
    gw_looks_set_ringer(f->looks, &ringer, f);
    gw_sources_add_func(f->sources, on_changed, f);
    set_online(f, true);
}

static void
tear_down(Fixture *f, const void *data)
{
    (void)data;
    gw_sources_remove_func(f->sources, f);
    gw_looks_free(f->looks);
    gw_sources_free(f->sources);
    stage_clear(&f->stage);
}

static void
pass(Fixture *f, int64_t ms)
{
    f->stage.now_ms += ms;
    gw_sources_tick(f->sources);
}

static GwSession *
new_meeting(Fixture *f, GwRecordingClass recording_class)
{
    g_autoptr(GError) error = NULL;
    GwSession *session = gw_sessions_create_meeting(f->stage.sessions, NULL, recording_class, &inspector, &error);

    g_assert_no_error(error);
    g_assert_nonnull(gw_session_add_party(session, "device", GW_ROLE_PARTY));
    return session;
}

static void
test_nobody_is_rung_who_is_not_wanted(Fixture *f, const void *data)
{
    GwSourceInfo info;

    (void)data;
    g_assert_true(gw_sources_find(f->sources, "terminal:room", &info));
    g_assert_cmpstr(info.unit, ==, "u");
    g_assert_true(info.online);
    pass(f, 1000);
    g_assert_cmpuint(f->n_rings, ==, 0);
    g_assert_cmpstr(gw_sources_look(f->sources, "terminal:room").state, ==, "none");
}

static void
test_unknown_sources_are_none(Fixture *f, const void *data)
{
    static const char *const ids[] = { "terminal:other", "terminal:", "terminal", "camera:1", "", "terminals:room" };
    GwSourceInfo info;

    (void)data;
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_assert_false(gw_sources_find(f->sources, ids[i], &info));
        gw_sources_want(f->sources, ids[i], &inspector);
        g_assert_null(gw_sources_look(f->sources, ids[i]).session);
        gw_sources_unwant(f->sources, ids[i]);
    }
    g_assert_cmpuint(f->n_rings, ==, 0);
}

static void
test_two_who_want_it_ring_once_and_the_last_lets_go(Fixture *f, const void *data)
{
    (void)data;
    gw_sources_want(f->sources, "terminal:room", &inspector);
    gw_sources_want(f->sources, "terminal:room", &inspector);
    pass(f, 1000);
    g_assert_cmpuint(f->n_rings, ==, 1);
    g_autofree char *session = g_strdup(gw_look_get_session(f->rung));
    g_assert_nonnull(gw_sessions_find(f->stage.sessions, session));
    g_assert_cmpstr(gw_sources_look(f->sources, "terminal:room").state, ==, "connecting");
    g_assert_cmpuint(f->n_told, >=, 1);
    gw_sources_unwant(f->sources, "terminal:room");
    pass(f, GW_SOURCES_LINGER_MS + 1);
    g_assert_nonnull(gw_sessions_find(f->stage.sessions, session));
    gw_sources_unwant(f->sources, "terminal:room");
    pass(f, GW_SOURCES_LINGER_MS - 1);
    g_assert_nonnull(gw_sessions_find(f->stage.sessions, session));
    pass(f, 1);
    g_assert_null(gw_sessions_find(f->stage.sessions, session));
    g_assert_cmpuint(f->n_cancels, ==, 1);
}

static void
test_a_patrol_that_comes_round_finds_it_still_there(Fixture *f, const void *data)
{
    (void)data;
    gw_sources_want(f->sources, "terminal:room", &inspector);
    for (unsigned turn = 0; turn < 5; turn++) {
        gw_sources_unwant(f->sources, "terminal:room");
        pass(f, GW_SOURCES_LINGER_MS / 2);
        gw_sources_want(f->sources, "terminal:room", &inspector);
    }
    g_assert_cmpuint(f->n_rings, ==, 1);
    gw_sources_unwant(f->sources, "terminal:room");
}

static void
test_one_in_a_visit_is_left_in_it_and_asked_again(Fixture *f, const void *data)
{
    (void)data;
    f->refusal = "visit";
    gw_sources_want(f->sources, "terminal:room", &inspector);
    g_assert_cmpstr(gw_sources_look(f->sources, "terminal:room").state, ==, "visit");
    g_assert_null(gw_sources_look(f->sources, "terminal:room").session);
    pass(f, GW_LOOK_AGAIN_MS - 1);
    g_assert_cmpuint(f->n_rings, ==, 1);
    f->refusal = NULL;
    pass(f, 1);
    g_assert_cmpuint(f->n_rings, ==, 2);
    g_assert_cmpstr(gw_sources_look(f->sources, "terminal:room").state, ==, "connecting");
    gw_look_refuse(f->rung, "declined");
    g_assert_cmpstr(gw_sources_look(f->sources, "terminal:room").state, ==, "declined");
    gw_sources_unwant(f->sources, "terminal:room");
}

static void
test_one_that_is_away_is_rung_when_it_comes(Fixture *f, const void *data)
{
    (void)data;
    set_online(f, false);
    gw_sources_want(f->sources, "terminal:room", &inspector);
    g_assert_cmpstr(gw_sources_look(f->sources, "terminal:room").state, ==, "offline");
    pass(f, 1000);
    g_assert_cmpuint(f->n_rings, ==, 0);
    set_online(f, true);
    pass(f, 1000);
    g_assert_cmpuint(f->n_rings, ==, 1);
    gw_sources_unwant(f->sources, "terminal:room");
}

static void
test_one_in_a_roll_call_is_looked_at_there(Fixture *f, const void *data)
{
    GwSession *session = new_meeting(f, GW_CLASS_UNKEPT);

    (void)data;
    f->elsewhere = gw_session_get_id(session);
    gw_sources_want(f->sources, "terminal:room", &inspector);
    pass(f, 1000);
    g_assert_cmpuint(f->n_rings, ==, 0);
    g_assert_true(gw_sources_look(f->sources, "terminal:room").session == session);
    f->elsewhere = NULL;
    pass(f, 1000);
    g_assert_cmpuint(f->n_rings, ==, 1);
    gw_sources_unwant(f->sources, "terminal:room");
}

static void
test_a_device_that_sends_nothing_does_not_keep_it_from_being_rung(Fixture *f, const void *data)
{
    GwSession *session = new_meeting(f, GW_CLASS_UNKEPT);

    (void)data;
    gw_sources_provide(f->sources, "terminal:room", gw_session_get_id(session), "device");
    g_assert_true(gw_sources_look(f->sources, "terminal:room").session == session);
    gw_sources_want(f->sources, "terminal:room", &inspector);
    g_assert_cmpuint(f->n_rings, ==, 1);
    pass(f, 5000);
    g_assert_cmpuint(f->n_rings, ==, 1);
    gw_sources_withdraw(f->sources, "terminal:room", gw_session_get_id(session), "device");
    g_assert_cmpstr(gw_session_get_id(gw_sources_look(f->sources, "terminal:room").session), ==,
                    gw_look_get_session(f->rung));
    gw_sources_unwant(f->sources, "terminal:room");
}

static void
test_a_look_that_the_owner_ends_is_over(Fixture *f, const void *data)
{
    g_autoptr(GError) error = NULL;

    (void)data;
    gw_sources_want(f->sources, "terminal:room", &inspector);
    GwSession *session = gw_sessions_find(f->stage.sessions, gw_look_get_session(f->rung));
    g_assert_true(gw_session_end(session, &inspector, "other", NULL, &error));
    g_assert_no_error(error);
    pass(f, 1000);
    g_assert_null(gw_sources_look(f->sources, "terminal:room").session);
    g_assert_cmpstr(gw_sources_look(f->sources, "terminal:room").state, ==, "declined");
    g_assert_cmpuint(f->n_cancels, ==, 1);
    g_assert_cmpuint(f->n_rings, ==, 1);
    gw_sources_unwant(f->sources, "terminal:room");
}

static void
test_what_is_privileged_is_never_shown(Fixture *f, const void *data)
{
    GwSession *session = new_meeting(f, GW_CLASS_PRIVILEGED);
    MediaSource *source = NULL;

    (void)data;
    gw_sources_provide(f->sources, "terminal:room", gw_session_get_id(session), "device");
    g_assert_cmpstr(gw_sources_look(f->sources, "terminal:room").state, ==, "privileged");
    g_assert_null(gw_sources_look(f->sources, "terminal:room").picture);
    g_assert_cmpint(gw_outside_look(session, "device", MEDIA_KIND_AUDIO, &source), ==, GW_OUTSIDE_PRIVILEGED);
    g_assert_null(source);
}

static void
test_one_that_becomes_privileged_is_told_at_once(Fixture *f, const void *data)
{
    GwSession *session = new_meeting(f, GW_CLASS_UNKEPT);

    (void)data;
    gw_sources_provide(f->sources, "terminal:room", gw_session_get_id(session), "device");
    unsigned before = f->n_told;
    gw_session_protect(session);
    g_assert_cmpuint(f->n_told, >, before);
    g_assert_cmpstr(gw_sources_look(f->sources, "terminal:room").state, ==, "privileged");
}

/* Sessions that went leave nothing behind, and a source has no more providers than its limit. */
static void
test_providers_are_bounded_and_swept(Fixture *f, const void *data)
{
    (void)data;
    for (unsigned i = 0; i < 3 * GW_SOURCES_MAX_PROVIDERS; i++) {
        g_autofree char *session = g_strdup_printf("gone-%u", i);
        gw_sources_provide(f->sources, "terminal:room", session, "device");
    }
    g_assert_null(gw_sources_look(f->sources, "terminal:room").session);
    gw_sources_want(f->sources, "terminal:room", &inspector);
    g_assert_cmpuint(f->n_rings, ==, 1);
    gw_sources_unwant(f->sources, "terminal:room");
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, func) g_test_add("/supervision/sources/" name, Fixture, NULL, set_up, func, tear_down)
    TEST("nobody-is-rung-who-is-not-wanted", test_nobody_is_rung_who_is_not_wanted);
    TEST("unknown-sources-are-none", test_unknown_sources_are_none);
    TEST("two-who-want-it-ring-once-and-the-last-lets-go", test_two_who_want_it_ring_once_and_the_last_lets_go);
    TEST("a-patrol-that-comes-round-finds-it-still-there", test_a_patrol_that_comes_round_finds_it_still_there);
    TEST("one-in-a-visit-is-left-in-it-and-asked-again", test_one_in_a_visit_is_left_in_it_and_asked_again);
    TEST("one-that-is-away-is-rung-when-it-comes", test_one_that_is_away_is_rung_when_it_comes);
    TEST("one-in-a-roll-call-is-looked-at-there", test_one_in_a_roll_call_is_looked_at_there);
    TEST("a-device-that-sends-nothing-does-not-keep-it-from-being-rung",
         test_a_device_that_sends_nothing_does_not_keep_it_from_being_rung);
    TEST("a-look-that-the-owner-ends-is-over", test_a_look_that_the_owner_ends_is_over);
    TEST("what-is-privileged-is-never-shown", test_what_is_privileged_is_never_shown);
    TEST("one-that-becomes-privileged-is-told-at-once", test_one_that_becomes_privileged_is_told_at_once);
    TEST("providers-are-bounded-and-swept", test_providers_are_bounded_and_swept);
    return g_test_run();
}
