#define G_LOG_DOMAIN "gateway.wall"

#include <string.h>

#include "gateway/sessions/session-priv.h"
#include "gateway/supervision/wall-priv.h"

/* Talkback (F61): the inspector's microphone goes to one place, as an observer's who has the floor. */

static GwActor
get_actor(const GwWallView *view)
{
    return (GwActor){ .audit = view->audit, .display = view->display, .address = view->address };
}

static GwParty *
find_own(const GwWallView *view, GwSession **ret_session)
{
    GwSession *session = view->talk.session != NULL ? gw_sessions_find(view->wall->sessions, view->talk.session) : NULL;

    *ret_session = session;
    return session != NULL ? gw_session_find_party(session, view->party) : NULL;
}

void
gw_wall_talk_end(GwWallView *view)
{
    GwSession *session = NULL;
    GwParty *party = find_own(view, &session);
    GwWallTalk talk = view->talk;

    view->talk = (GwWallTalk){ 0 };
    if (party != NULL) {
        GwActor actor = get_actor(view);
        if (gw_session_get_talker(session) == party)
            gw_session_add_event(session, &actor, "talk-end", NULL);
        gw_session_remove_party(session, party);
    }
    g_free(talk.source);
    g_free(talk.session);
    g_free(talk.party);
}

static void
take_floor(GwWallView *view, GwSession *session, GwParty *party)
{
    g_autoptr(GError) error = NULL;
    GwActor actor = get_actor(view);
    JsonObject *detail = NULL;

    /* First: what this sets in motion comes back here. */
    view->talk.pending = false;
    if (!gw_session_set_talk(session, party, view->talk.party, &error)) {
        view->talk.pending = true;
        return;
    }
    detail = json_object_new();
    json_object_set_string_member(detail, "to", view->talk.party);
    gw_session_add_event(session, &actor, "talk", detail);
}

void
gw_wall_talk_update(GwWallView *view)
{
    GwSession *session = NULL;
    GwSourceInfo info;

    if (view->talk.session == NULL)
        return;
    GwParty *party = find_own(view, &session);
    if (party == NULL || !gw_wall_reaches(view->wall, view->client, view->talk.source, &info)) {
        gw_wall_talk_end(view);
        return;
    }
    if (view->talk.pending && gw_peer_find_source(party->publish, MEDIA_KIND_AUDIO) != NULL)
        take_floor(view, session, party);
}

static bool
check_free(const GwSourceView *there, GError **error)
{
    if (there->session == NULL || there->picture == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE,
                            "Nobody can be talked to there now: wait until its picture has come.");
        return false;
    }
    if (gw_session_get_talker(there->session) != NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE,
                            "Somebody else is talking to this place: wait until it is free.");
        return false;
    }
    return true;
}

char *
gw_wall_talk_begin(GwWallView *view, const char *source, const char *offer, GError **error)
{
    GwSession *session = NULL;
    GwParty *own = NULL;
    char *answer = NULL;

    own = find_own(view, &session);
    if (own != NULL && g_strcmp0(view->talk.source, source) == 0) /* renegotiated, or a new connection */
        return gw_party_publish(own, offer, error);
    gw_wall_talk_end(view);
    GwSourceView there = gw_sources_look(view->wall->sources, source);
    if (!check_free(&there, error))
        return NULL;
    g_autofree char *to = g_strdup(there.party);
    own = gw_session_add_party(there.session, view->party, GW_ROLE_OBSERVER);
    if (own == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_LIMIT, "Too many take part there.");
        return NULL;
    }
    answer = gw_party_publish(own, offer, error);
    if (answer == NULL) {
        gw_session_remove_party(there.session, own);
        return NULL;
    }
    view->talk = (GwWallTalk){
        .source = g_strdup(source),
        .session = g_strdup(gw_session_get_id(there.session)),
        .party = g_steal_pointer(&to),
        .pending = true,
    };
    return answer;
}
