#define G_LOG_DOMAIN "gateway.meeting"

#include "gateway/sessions/session-priv.h"

#include <string.h>

/* The plainest kind: lives at once, everybody in it sees everybody, devices come by WHIP and WHEP. */

enum { IDLE_MS = 60 * 1000, GONE_MS = 60 * 1000, MAX_SLUG = 64 };

typedef struct {
    bool for_load;   /* made by a load test: goes when it has been empty for a while */
    int64_t busy_ms; /* when somebody was last there */
} Meeting;

static void
on_party_changed(GwSession *session, GwParty *party, void *user_data)
{
    (void)user_data;
    g_debug("meeting %s: %s is %s", session->id, party->name, party->connected ? "here" : "away");
}

static const GwSessionHandler meeting_handler = {
    .party_changed = on_party_changed,
    .removed = g_free,
};

static bool
is_meeting(const GwSession *session)
{
    return session->handler == &meeting_handler;
}

static bool
is_empty(const GwSession *session)
{
    for (guint i = 0; i < session->parties->len; i++) {
        const GwParty *party = session->parties->pdata[i];
        if (party->publish != NULL || party->watches->len > 0)
            return false;
    }
    return true;
}

static bool
has_peer(const GwParty *party)
{
    return party->publish != NULL || party->page_watch != NULL || party->watches->len > 0;
}

void
gw_meeting_forget_empty(GwSession *session, int64_t for_ms)
{
    int64_t now_ms = gw_sessions_now_ms(session->sessions);

    for (guint i = session->parties->len; i > 0; i--) {
        GwParty *party = session->parties->pdata[i - 1];

        if (has_peer(party)) {
            party->empty_since_ms = 0;
            continue;
        }
        if (party->empty_since_ms == 0)
            party->empty_since_ms = now_ms;
        if (now_ms - party->empty_since_ms >= for_ms)
            gw_session_remove_party(session, party);
    }
}

bool
gw_meeting_is_over(GwSession *session)
{
    Meeting *meeting = session->user_data;
    int64_t now_ms = gw_sessions_now_ms(session->sessions);

    if (!is_meeting(session))
        return false;
    if (session->state >= GW_SESSION_ENDED) {
        return session->room == NULL && session->recording.closed &&
               (session->recording.sealing != GW_RECORDING_SEALING || !session->recording.used);
    }
    gw_meeting_forget_empty(session, GONE_MS);
    if (!meeting->for_load)
        return false;
    if (!is_empty(session))
        meeting->busy_ms = now_ms;
    if (now_ms - meeting->busy_ms >= IDLE_MS && !gw_session_end(session, &gw_actor_system, "completed", NULL, NULL))
        g_debug("meeting %s had ended", session->id);
    return false;
}

static bool
is_slug(const char *slug)
{
    size_t length = strlen(slug);

    if (length == 0 || length > MAX_SLUG || slug[0] == '.' || slug[0] == '-')
        return false;
    return strspn(slug, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == length;
}

static void
count_meeting(void *session, void *count)
{
    *(unsigned *)count += is_meeting(session);
}

static GwSession *
create(GwSessions *self, const char *slug, GwRecordingClass recording_class, GError **error)
{
    GwSessionInfo info = { .kind = "meeting", .slug = slug, .recording_class = recording_class };
    unsigned n_meetings = 0;

    if (slug != NULL && !is_slug(slug)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_BAD_PARAMS,
                            "A name is 1 to 64 letters, digits, dots, '-' or '_' and begins with none of the signs.");
        return NULL;
    }
    gw_sessions_foreach(self, count_meeting, &n_meetings);
    if (n_meetings >= GW_SESSIONS_MAX_MEETINGS) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "There are %u meetings already: end some.", n_meetings);
        return NULL;
    }
    GwSession *session = gw_sessions_add(self, &info, &meeting_handler, NULL);
    if (session == NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "There is a session \"%s\" already.", slug);
        return NULL;
    }
    Meeting *meeting = g_new0(Meeting, 1);
    meeting->busy_ms = gw_sessions_now_ms(self);
    session->user_data = meeting;
    return session;
}

static bool
begin(GwSession *session, const GwActor *actor, GError **error)
{
    JsonObject *detail = json_object_new();

    gw_session_set_authority(session, actor->audit);
    if (!gw_session_set_state(session, GW_SESSION_OPEN, error)) {
        json_object_unref(detail);
        return false;
    }
    if (!gw_session_set_state(session, GW_SESSION_LIVE, error)) {
        json_object_unref(detail);
        return false;
    }
    json_object_set_string_member(detail, "recording_class", gw_recording_class_to_string(session->recording_class));
    if (session->slug != NULL)
        json_object_set_string_member(detail, "name", session->slug);
    gw_session_add_event(session, actor, "open", detail);
    return true;
}

GwSession *
gw_sessions_create_meeting(GwSessions *self, const char *slug, GwRecordingClass recording_class, const GwActor *actor,
                           GError **error)
{
    GwSession *session = create(self, slug, recording_class, error);

    if (session == NULL || begin(session, actor, error))
        return session;
    gw_sessions_remove(self, session);
    return NULL;
}

GwSession *
gw_meeting_make_for_load(GwSessions *self, const char *slug, const GwActor *actor, GError **error)
{
    /* Load is about relaying: nothing of it is kept. */
    GwSession *session = gw_sessions_create_meeting(self, slug, GW_CLASS_PRIVILEGED, actor, error);

    if (session != NULL)
        ((Meeting *)session->user_data)->for_load = true;
    return session;
}
