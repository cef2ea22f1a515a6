#include "gateway/sessions/routing.h"

/* One row of the table: the session, who watches, which slot, what comes through. */
typedef struct {
    const char *name;
    GwSessionState state;
    GwRecordingClass recording_class;
    const char *talk_to;
    const char *watcher;
    GwRole role;
    GwFeed feed;
    const char *party;
    MediaKind kind;
    GwRoute route;
} Row;

#define RECORDED    GW_CLASS_RECORDED
#define PRIVILEGED  GW_CLASS_PRIVILEGED
#define FAMILY      "family", GW_ROLE_PARTY
#define TERMINAL    "terminal", GW_ROLE_PARTY
#define OBSERVER    "officer-1", GW_ROLE_OBSERVER
#define VIEWER      "*", GW_ROLE_VIEWER
#define OF_FAMILY   GW_FEED_PARTY, "family"
#define OF_TERMINAL GW_FEED_PARTY, "terminal"
#define ANNOUNCER   GW_FEED_ANNOUNCER, NULL, MEDIA_KIND_AUDIO
#define OFFICER     GW_FEED_OFFICER, NULL, MEDIA_KIND_AUDIO
#define SOUND       MEDIA_KIND_AUDIO
#define PICTURE     MEDIA_KIND_VIDEO

static const Row rows[] = {
    /* before admission nobody sees anybody */
    { "scheduled", GW_SESSION_SCHEDULED, RECORDED, NULL, FAMILY, OF_TERMINAL, PICTURE, GW_ROUTE_NOTHING },
    { "waiting", GW_SESSION_OPEN, RECORDED, NULL, FAMILY, OF_TERMINAL, SOUND, GW_ROUTE_NOTHING },
    { "waiting, observer", GW_SESSION_OPEN, RECORDED, NULL, OBSERVER, OF_FAMILY, PICTURE, GW_ROUTE_NOTHING },
    { "waiting, talk", GW_SESSION_OPEN, RECORDED, "*", FAMILY, OFFICER, GW_ROUTE_NOTHING },
    /* live: each the other, nobody itself */
    { "live", GW_SESSION_LIVE, RECORDED, NULL, FAMILY, OF_TERMINAL, PICTURE, GW_ROUTE_PARTY },
    { "live, other way", GW_SESSION_LIVE, RECORDED, NULL, TERMINAL, OF_FAMILY, SOUND, GW_ROUTE_PARTY },
    { "live, oneself", GW_SESSION_LIVE, RECORDED, NULL, FAMILY, OF_FAMILY, PICTURE, GW_ROUTE_NOTHING },
    { "live, announcer", GW_SESSION_LIVE, RECORDED, NULL, FAMILY, ANNOUNCER, GW_ROUTE_ANNOUNCER },
    { "live, nobody talks", GW_SESSION_LIVE, RECORDED, NULL, FAMILY, OFFICER, GW_ROUTE_NOTHING },
    { "live, viewer", GW_SESSION_LIVE, RECORDED, NULL, VIEWER, OF_FAMILY, PICTURE, GW_ROUTE_PARTY },
    /* observers see both, and hear the notices */
    { "observer, family", GW_SESSION_LIVE, RECORDED, NULL, OBSERVER, OF_FAMILY, PICTURE, GW_ROUTE_PARTY },
    { "observer, terminal", GW_SESSION_LIVE, RECORDED, NULL, OBSERVER, OF_TERMINAL, SOUND, GW_ROUTE_PARTY },
    { "observer, announcer", GW_SESSION_LIVE, RECORDED, NULL, OBSERVER, ANNOUNCER, GW_ROUTE_ANNOUNCER },
    { "observer, suspended", GW_SESSION_SUSPENDED, RECORDED, NULL, OBSERVER, OF_FAMILY, SOUND, GW_ROUTE_PARTY },
    /* talk-in to both, to one side only */
    { "talk to both", GW_SESSION_LIVE, RECORDED, "*", TERMINAL, OFFICER, GW_ROUTE_OFFICER },
    { "talk to family", GW_SESSION_LIVE, RECORDED, "family", FAMILY, OFFICER, GW_ROUTE_OFFICER },
    { "talk to family, terminal", GW_SESSION_LIVE, RECORDED, "family", TERMINAL, OFFICER, GW_ROUTE_NOTHING },
    { "talk to family, observer", GW_SESSION_LIVE, RECORDED, "family", OBSERVER, OFFICER, GW_ROUTE_NOTHING },
    { "talk in a pause", GW_SESSION_PAUSED, RECORDED, "*", FAMILY, OFFICER, GW_ROUTE_OFFICER },
    /* pause: nobody; notices are still heard */
    { "pause", GW_SESSION_PAUSED, RECORDED, NULL, FAMILY, OF_TERMINAL, PICTURE, GW_ROUTE_NOTHING },
    { "pause, observer", GW_SESSION_PAUSED, RECORDED, NULL, OBSERVER, OF_TERMINAL, SOUND, GW_ROUTE_NOTHING },
    { "pause, announcer", GW_SESSION_PAUSED, RECORDED, NULL, TERMINAL, ANNOUNCER, GW_ROUTE_ANNOUNCER },
    /* somebody has dropped: who is left is shown to nobody but observers */
    { "suspended", GW_SESSION_SUSPENDED, RECORDED, NULL, FAMILY, OF_TERMINAL, PICTURE, GW_ROUTE_NOTHING },
    /* only looked at: as if it were recorded, but that nothing is kept */
    { "unkept, observer", GW_SESSION_LIVE, GW_CLASS_UNKEPT, NULL, OBSERVER, OF_FAMILY, PICTURE, GW_ROUTE_PARTY },
    { "unkept, talk", GW_SESSION_LIVE, GW_CLASS_UNKEPT, "family", FAMILY, OFFICER, GW_ROUTE_OFFICER },
    { "unkept, paused", GW_SESSION_PAUSED, GW_CLASS_UNKEPT, NULL, OBSERVER, OF_FAMILY, PICTURE, GW_ROUTE_NOTHING },
    /* privileged: never an observer */
    { "privileged", GW_SESSION_LIVE, PRIVILEGED, NULL, FAMILY, OF_TERMINAL, PICTURE, GW_ROUTE_PARTY },
    { "privileged, observer", GW_SESSION_LIVE, PRIVILEGED, NULL, OBSERVER, OF_FAMILY, SOUND, GW_ROUTE_NOTHING },
    { "privileged, announcer", GW_SESSION_LIVE, PRIVILEGED, NULL, OBSERVER, ANNOUNCER, GW_ROUTE_NOTHING },
    { "privileged, suspended", GW_SESSION_SUSPENDED, PRIVILEGED, NULL, OBSERVER, OF_FAMILY, PICTURE, GW_ROUTE_NOTHING },
    /* a class that cannot be read */
    { "unknown class", GW_SESSION_LIVE, GW_CLASS_UNKNOWN, NULL, FAMILY, OF_TERMINAL, PICTURE, GW_ROUTE_NOTHING },
    { "unknown, observer", GW_SESSION_LIVE, GW_CLASS_UNKNOWN, NULL, OBSERVER, OF_TERMINAL, SOUND, GW_ROUTE_NOTHING },
    /* over: only the notice that says so */
    { "ended", GW_SESSION_ENDED, RECORDED, NULL, FAMILY, OF_TERMINAL, PICTURE, GW_ROUTE_NOTHING },
    { "ended, observer", GW_SESSION_ENDED, RECORDED, NULL, OBSERVER, OF_FAMILY, SOUND, GW_ROUTE_NOTHING },
    { "ended, announcer", GW_SESSION_ENDED, RECORDED, NULL, FAMILY, ANNOUNCER, GW_ROUTE_ANNOUNCER },
    { "ended, talk", GW_SESSION_ENDED, RECORDED, "*", FAMILY, OFFICER, GW_ROUTE_NOTHING },
    { "sealed", GW_SESSION_SEALED, RECORDED, NULL, FAMILY, ANNOUNCER, GW_ROUTE_NOTHING },
    /* a slot of the wrong kind carries nothing */
    { "announcer has no picture", GW_SESSION_LIVE, RECORDED, NULL, FAMILY, GW_FEED_ANNOUNCER, NULL, PICTURE,
      GW_ROUTE_NOTHING },
    { "officer has no picture", GW_SESSION_LIVE, RECORDED, "*", FAMILY, GW_FEED_OFFICER, NULL, PICTURE,
      GW_ROUTE_NOTHING },
};

static void
test_who_sees_whom(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const Row *row = &rows[i];
        GwRoutingState state = {
            .state = row->state, .recording_class = row->recording_class, .talk_to = row->talk_to, .gate = GW_GATE_OPEN
        };
        GwRoutingWatcher watcher = { row->watcher, row->role };
        GwRoutingSlot slot = { row->feed, row->party, row->kind };
        g_test_message("%s", row->name);
        g_assert_cmpint(gw_routing_decide(&state, &watcher, &slot), ==, row->route);
    }
}

/* Offices that were called by an inspector: he watches all of them, they see only him, and whom he shows to all. */
static void
test_a_star(void)
{
    static const struct {
        const char *name, *watcher;
        GwRole role;
        const char *talk_to, *spot;
        bool for_all;
        GwFeed feed;
        const char *party;
        MediaKind kind;
        GwRoute route;
    } cases[] = {
        { "all offices", "i", GW_ROLE_OBSERVER, NULL, NULL, false, GW_FEED_PARTY, "a", PICTURE, GW_ROUTE_PARTY },
        { "not each other", "a", GW_ROLE_PARTY, NULL, NULL, false, GW_FEED_PARTY, "b", PICTURE, GW_ROUTE_NOTHING },
        { "nobody's turn", "i", GW_ROLE_OBSERVER, NULL, NULL, false, GW_FEED_SPOT, NULL, PICTURE, GW_ROUTE_NOTHING },
        { "its turn", "i", GW_ROLE_OBSERVER, NULL, "a", false, GW_FEED_SPOT, NULL, SOUND, GW_ROUTE_SPOT },
        { "its turn, others", "b", GW_ROLE_PARTY, NULL, "a", false, GW_FEED_SPOT, NULL, SOUND, GW_ROUTE_NOTHING },
        { "shown to all", "b", GW_ROLE_PARTY, NULL, "a", true, GW_FEED_SPOT, NULL, SOUND, GW_ROUTE_SPOT },
        { "shown, itself", "a", GW_ROLE_PARTY, NULL, "a", true, GW_FEED_SPOT, NULL, SOUND, GW_ROUTE_NOTHING },
        { "talk to one", "a", GW_ROLE_PARTY, "a", NULL, false, GW_FEED_OFFICER, NULL, SOUND, GW_ROUTE_OFFICER },
        { "with a picture", "a", GW_ROLE_PARTY, "a", NULL, false, GW_FEED_OFFICER, NULL, PICTURE, GW_ROUTE_OFFICER },
        { "silent to others", "b", GW_ROLE_PARTY, "a", NULL, false, GW_FEED_OFFICER, NULL, SOUND, GW_ROUTE_NOTHING },
    };
    static const GwRecordingClass classes[] = { GW_CLASS_RECORDED, GW_CLASS_PRIVILEGED, GW_CLASS_UNKNOWN };

    for (size_t i = 0; i < G_N_ELEMENTS(cases) * G_N_ELEMENTS(classes); i++) {
        const GwRecordingClass recording_class = classes[i % G_N_ELEMENTS(classes)];
        const size_t at = i / G_N_ELEMENTS(classes);
        GwRoutingState state = { .state = GW_SESSION_LIVE,
                                 .recording_class = recording_class,
                                 .talk_to = cases[at].talk_to,
                                 .star = true,
                                 .spot = cases[at].spot,
                                 .spot_for_all = cases[at].for_all };
        GwRoutingWatcher watcher = { cases[at].watcher, cases[at].role };
        GwRoutingSlot slot = { cases[at].feed, cases[at].party, cases[at].kind };
        bool nothing = recording_class == GW_CLASS_UNKNOWN && cases[at].route != GW_ROUTE_OFFICER;
        g_test_message("%s", cases[at].name);
        g_assert_cmpint(gw_routing_decide(&state, &watcher, &slot), ==, nothing ? GW_ROUTE_NOTHING : cases[at].route);
        state.state = GW_SESSION_ENDED;
        g_assert_cmpint(gw_routing_decide(&state, &watcher, &slot), ==, GW_ROUTE_NOTHING);
    }
}

static void
test_no_observer_ever_of_privileged(void)
{
    static const char *const talk_to[] = { NULL, "*", "family" };

    for (GwSessionState state = 0; state < GW_SESSION_N_STATES; state++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(talk_to) * 3 * 2; i++) {
            GwRoutingState routing = {
                .state = state, .recording_class = GW_CLASS_PRIVILEGED, .talk_to = talk_to[i / 6], .gate = GW_GATE_OPEN
            };
            GwRoutingWatcher watcher = { "officer-1", GW_ROLE_OBSERVER };
            GwRoutingSlot slot = { i % 3, "family", i / 3 % 2 };
            g_assert_cmpint(gw_routing_decide(&routing, &watcher, &slot), ==, GW_ROUTE_NOTHING);
        }
    }
}

static void
test_what_may_flow(void)
{
    static const struct {
        GwSessionState state;
        GwRecordingClass recording_class;
        const char *talk_to;
        GwRole role;
        bool has_floor, flows;
    } cases[] = {
        { GW_SESSION_OPEN, RECORDED, NULL, GW_ROLE_PARTY, false, false },
        { GW_SESSION_LIVE, RECORDED, NULL, GW_ROLE_PARTY, false, true },
        { GW_SESSION_LIVE, PRIVILEGED, NULL, GW_ROLE_PARTY, false, true },
        { GW_SESSION_LIVE, GW_CLASS_UNKNOWN, NULL, GW_ROLE_PARTY, false, false },
        { GW_SESSION_PAUSED, RECORDED, NULL, GW_ROLE_PARTY, false, false },
        { GW_SESSION_SUSPENDED, RECORDED, NULL, GW_ROLE_PARTY, false, true },
        { GW_SESSION_ENDED, RECORDED, NULL, GW_ROLE_PARTY, false, false },
        { GW_SESSION_LIVE, RECORDED, NULL, GW_ROLE_OBSERVER, true, false },
        { GW_SESSION_LIVE, RECORDED, "*", GW_ROLE_OBSERVER, false, false },
        { GW_SESSION_LIVE, RECORDED, "family", GW_ROLE_OBSERVER, true, true },
        { GW_SESSION_ENDED, RECORDED, "*", GW_ROLE_OBSERVER, true, false },
        { GW_SESSION_LIVE, RECORDED, NULL, GW_ROLE_VIEWER, false, false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GwRoutingState state = { .state = cases[i].state,
                                 .recording_class = cases[i].recording_class,
                                 .talk_to = cases[i].talk_to,
                                 .gate = GW_GATE_OPEN };
        g_test_message("case %zu", i);
        g_assert_cmpint(gw_routing_may_flow(&state, cases[i].role, cases[i].has_floor), ==, cases[i].flows);
    }
}

static void
test_states_follow(void)
{
    static const struct {
        GwSessionState from, to;
        bool may;
    } cases[] = {
        { GW_SESSION_SCHEDULED, GW_SESSION_OPEN, true },   { GW_SESSION_SCHEDULED, GW_SESSION_LIVE, false },
        { GW_SESSION_OPEN, GW_SESSION_LIVE, true },        { GW_SESSION_OPEN, GW_SESSION_PAUSED, false },
        { GW_SESSION_LIVE, GW_SESSION_LIVE, false },       { GW_SESSION_LIVE, GW_SESSION_PAUSED, true },
        { GW_SESSION_PAUSED, GW_SESSION_SUSPENDED, true }, { GW_SESSION_SUSPENDED, GW_SESSION_PAUSED, true },
        { GW_SESSION_LIVE, GW_SESSION_OPEN, false },       { GW_SESSION_LIVE, GW_SESSION_SEALED, false },
        { GW_SESSION_ENDED, GW_SESSION_LIVE, false },      { GW_SESSION_ENDED, GW_SESSION_SEALED, true },
        { GW_SESSION_SEALED, GW_SESSION_ENDED, false },    { GW_SESSION_N_STATES, GW_SESSION_LIVE, false },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("case %zu", i);
        g_assert_cmpint(gw_session_state_may_follow(cases[i].from, cases[i].to), ==, cases[i].may);
    }
    for (GwSessionState state = 0; state < GW_SESSION_N_STATES; state++)
        g_assert_cmpint(gw_session_state_from_string(gw_session_state_to_string(state)), ==, state);
    g_assert_cmpint(gw_session_state_from_string("on fire"), ==, GW_SESSION_N_STATES);
    g_assert_cmpint(gw_recording_class_from_string("Recorded"), ==, GW_CLASS_UNKNOWN);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sessions/routing/a-star-sees-only-its-middle", test_a_star);
    g_test_add_func("/sessions/routing/who-sees-whom", test_who_sees_whom);
    g_test_add_func("/sessions/routing/no-observer-ever-of-privileged", test_no_observer_ever_of_privileged);
    g_test_add_func("/sessions/routing/what-may-flow", test_what_may_flow);
    g_test_add_func("/sessions/state/what-may-follow", test_states_follow);
    return g_test_run();
}
