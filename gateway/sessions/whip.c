#define G_LOG_DOMAIN "gateway.whip"

#include <string.h>

#include "gateway/ice.h"
#include "gateway/sessions/session-priv.h"

/* WHIP (RFC 9725) and WHEP: devices without a page. The address names a session (id or name) and a party: WHIP
 * publishes as that party, WHEP plays it. Who asks says the Bearer token, or for a paired terminal its own. Somebody
 * who is a party of a visit and asks for itself is given the other side. */

enum {
    MAX_BODY = 256 * 1024,
    MAX_PARTY_NAME = 64,
    MAX_WATCHES_OF_DEVICE = 4, /* a device that comes again before its old connection was noticed to be dead */
};

static const char anybody[] = "*"; /* the party of those who only watch a meeting */

/* Who asks, for what. */
typedef struct {
    GwSession *session;
    const char *acting; /* the party that it is; "*": any */
    const char *path;   /* the party of the address */
    GwActor actor;
} Caller;

static bool
fail(GError **error, SigError code, const char *message)
{
    g_set_error_literal(error, SIG_ERROR, code, message);
    return false;
}

static bool
is_meeting(const GwSession *session)
{
    return strcmp(session->kind, "meeting") == 0;
}

/* Whoever has a token for it may watch, as nobody in particular. */
static bool
takes_viewers(const GwSession *session)
{
    return is_meeting(session) || strcmp(session->kind, "camera") == 0;
}

static bool
is_asking_to_play(SigHttp *http)
{
    return g_strcmp0(sig_http_get_verb(http), "POST") == 0 && g_str_has_prefix(sig_http_get_path(http), "/whep/");
}

static bool
resolve_token(GwSessions *self, SigHttp *http, const GwMediaToken *token, Caller *caller, GError **error)
{
    const char *name = sig_http_get_param(http, "session");
    bool any = strcmp(token->session, anybody) == 0;

    caller->actor = (GwActor){ .audit = token->who, .address = sig_http_get_address(http) };
    caller->acting = token->party;
    caller->session = gw_sessions_find(self, name);
    if (caller->session == NULL && any && g_strcmp0(sig_http_get_verb(http), "POST") == 0 &&
        g_str_has_prefix(sig_http_get_path(http), "/whip/") && token->may_publish) {
        caller->session = gw_meeting_make_for_load(self, name, &caller->actor, error);
        return caller->session != NULL;
    }
    if (caller->session == NULL && is_asking_to_play(http) && (any || strcmp(token->session, name) == 0))
        caller->session = gw_sessions_open_by_name(self, name);
    if (caller->session == NULL || (!any && strcmp(token->session, caller->session->id) != 0 &&
                                    g_strcmp0(token->session, caller->session->slug) != 0))
        return fail(error, SIG_ERROR_NOT_FOUND, "There is no such session, or the token is not for it.");
    if (strcmp(caller->acting, anybody) == 0 && !takes_viewers(caller->session))
        return fail(error, SIG_ERROR_FORBIDDEN, "For a visit the token must name the party.");
    return true;
}

static bool
resolve_identity(GwSessions *self, SigHttp *http, Caller *caller, GError **error)
{
    const GwIdentity *identity = gw_identity_of_http(http);

    caller->session = gw_sessions_find(self, sig_http_get_param(http, "session"));
    if (identity != NULL && caller->session != NULL && caller->session->handler->party_of_identity != NULL)
        caller->acting =
            caller->session->handler->party_of_identity(caller->session, identity, caller->session->user_data);
    if (caller->acting == NULL)
        return fail(error, SIG_ERROR_NOT_FOUND, "There is no such session.");
    caller->actor = (GwActor){
        .audit = identity->audit,
        .display = identity->display,
        .address = sig_http_get_address(http),
    };
    return true;
}

static bool
resolve(GwSessions *self, SigHttp *http, bool publishes, Caller *caller, GError **error)
{
    const GwMediaToken *token = gw_people_get_media_token(gw_sessions_get_gateway(self)->people, http);

    *caller = (Caller){ .path = sig_http_get_param(http, "party") };
    if (strlen(caller->path) > MAX_PARTY_NAME ||
        strspn(caller->path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != strlen(caller->path))
        return fail(error, SIG_ERROR_NOT_FOUND, "A party's name is 1 to 64 letters, digits or '-'.");
    if (token == NULL)
        return resolve_identity(self, http, caller, error);
    if (publishes ? !token->may_publish : !token->may_play)
        return fail(error, SIG_ERROR_FORBIDDEN,
                    publishes ? "The token does not allow publishing." : "The token does not allow playing.");
    return resolve_token(self, http, token, caller, error);
}

static bool
acts_as(const Caller *caller, const char *party)
{
    return strcmp(caller->acting, anybody) == 0 || strcmp(caller->acting, party) == 0;
}

/* A party of a meeting exists as soon as somebody comes as it. */
static GwParty *
ensure_party(const Caller *caller, const char *name, GwRole role, GError **error)
{
    GwParty *party = gw_session_find_party(caller->session, name);

    if (party == NULL && is_meeting(caller->session)) {
        party = gw_session_add_party(caller->session, name, role);
        if (party == NULL) { /* some may have left a moment ago */
            gw_meeting_forget_empty(caller->session, 0);
            party = gw_session_add_party(caller->session, name, role);
        }
        if (party == NULL)
            fail(error, SIG_ERROR_LIMIT, "This session has too many parties.");
        return party;
    }
    if (party == NULL || party->role != role) {
        fail(error, SIG_ERROR_NOT_FOUND, "There is no such party in this session.");
        return NULL;
    }
    return party;
}

static GwParty *
find_publisher(const Caller *caller, GError **error)
{
    if (!acts_as(caller, caller->path)) {
        fail(error, SIG_ERROR_FORBIDDEN, "The token is for another party.");
        return NULL;
    }
    if (takes_viewers(caller->session) && !is_meeting(caller->session)) {
        fail(error, SIG_ERROR_FORBIDDEN, "This session is a camera's: it publishes for itself.");
        return NULL;
    }
    return ensure_party(caller, caller->path, GW_ROLE_PARTY, error);
}

static GwParty *
ensure_viewers(GwSession *session)
{
    GwParty *party = gw_session_find_party(session, anybody);

    return party != NULL ? party : gw_session_add_party(session, anybody, GW_ROLE_VIEWER);
}

static GwParty *
find_watcher(const Caller *caller, GError **error)
{
    if (!takes_viewers(caller->session))
        return ensure_party(caller, caller->acting, GW_ROLE_PARTY, error);
    if (!is_meeting(caller->session))
        return ensure_viewers(caller->session);
    if (acts_as(caller, caller->path))
        return ensure_party(caller, anybody, GW_ROLE_VIEWER, error);
    return ensure_party(caller, caller->acting, GW_ROLE_PARTY, error);
}

/* The party that is played: the one of the address; the other side for a party that asks for itself. */
static const char *
find_played(const Caller *caller, const GwParty *watcher)
{
    if (strcmp(caller->path, watcher->name) != 0)
        return caller->path;
    for (guint i = 0; i < caller->session->parties->len; i++) {
        const GwParty *party = caller->session->parties->pdata[i];
        if (party != watcher && party->role == GW_ROLE_PARTY)
            return party->name;
    }
    return caller->path;
}

/* Headers. */

static void
add_cors(SigHttp *http)
{
    sig_http_add_header(http, "Access-Control-Allow-Origin", "*");
    sig_http_add_header(http, "Access-Control-Expose-Headers", "Location, ETag, Link");
}

static void
fail_http(SigHttp *http, const GError *error)
{
    add_cors(http);
    sig_http_fail_error(http, error);
}

static void
add_etag(SigHttp *http, const GwPeer *peer)
{
    g_autofree char *etag = g_strdup_printf("\"%s\"", media_peer_get_ice_ufrag(peer->media));

    sig_http_add_header(http, "ETag", etag);
}

static void
add_ice_servers(SigHttp *http, const GwConfig *config, const char *user)
{
    g_auto(GStrv) links = gw_ice_list_links(&config->ice, user, g_get_real_time() / G_USEC_PER_SEC);

    for (char **link = links; *link != NULL; link++)
        sig_http_add_header(http, "Link", *link);
}

static bool
has_content_type(SigHttp *http, const char *wanted)
{
    const char *type = sig_http_get_header(http, "content-type");
    size_t length = strlen(wanted);

    if (type == NULL || g_ascii_strncasecmp(type, wanted, length) != 0)
        return false;
    return type[length] == '\0' || type[length] == ';' || type[length] == ' ';
}

/* RFC 9725 section 4.2; NULL: it was answered. */
static char *
take_body(SigHttp *http, const char *wanted)
{
    GBytes *body = sig_http_get_body(http);
    gsize size = 0;
    const char *text = body != NULL ? g_bytes_get_data(body, &size) : NULL;

    add_cors(http);
    if (has_content_type(http, wanted) && size > 0 && memchr(text, '\0', size) == NULL)
        return g_strndup(text, size);
    if (has_content_type(http, wanted))
        sig_http_fail(http, SIG_ERROR_MEDIA, "The body must be %s.", wanted);
    else
        sig_http_reply_text(http, 415, "text/plain; charset=utf-8", "Content-Type must be what Accept-Post says.\n");
    return NULL;
}

/* POST. */

static void
reply_created(GwSessions *self, SigHttp *http, GwPeer *peer, const char *answer)
{
    const Gateway *gateway = gw_sessions_get_gateway(self);
    g_autofree char *location =
        g_strdup_printf("/%s/%s/%s/%s", peer->publishes ? "whip" : "whep", sig_http_get_param(http, "session"),
                        sig_http_get_param(http, "party"), peer->resource);

    sig_http_add_header(http, "Location", location);
    add_etag(http, peer);
    add_ice_servers(http, gateway->config, peer->party->name);
    sig_http_reply_text(http, 201, "application/sdp", answer);
}

static void
audit(GwSessions *self, const Caller *caller, const char *action)
{
    GwAuditEntry entry = {
        .who = caller->actor.audit,
        .action = action,
        .object = caller->session->object,
        .address = caller->actor.address,
    };
    JsonObject *detail = json_object_new();

    json_object_set_string_member(detail, "party", caller->path);
    gw_audit_add(gw_sessions_get_gateway(self)->audit, &entry, detail);
}

static char *
negotiate(GwPeer *peer, const char *offer, GError **error)
{
    g_autoptr(GError) local = NULL;
    char *answer = media_peer_answer_offer(peer->media, offer, &local);

    if (answer == NULL)
        gw_peer_propagate(error, g_steal_pointer(&local));
    return answer;
}

static bool
check_open(const Caller *caller, GError **error)
{
    if (caller->session->state < GW_SESSION_ENDED)
        return true;
    return fail(error, SIG_ERROR_STATE, "This session is over.");
}

static void
handle_whip_post(SigHttp *http, void *user_data)
{
    GwSessions *self = user_data;
    g_autoptr(GError) error = NULL;
    g_autofree char *offer = take_body(http, "application/sdp");
    g_autofree char *answer = NULL;
    GwParty *party = NULL;
    Caller caller;

    if (offer == NULL)
        return;
    if (resolve(self, http, true, &caller, &error) && check_open(&caller, &error))
        party = find_publisher(&caller, &error);
    if (party == NULL) {
        fail_http(http, error);
        return;
    }
    GwPeer *peer = gw_peer_new(party, true);
    answer = negotiate(peer, offer, &error);
    if (answer == NULL) {
        gw_peer_free(peer);
        fail_http(http, error);
        return;
    }
    gw_party_drop_peer(party, party->publish);
    party->publish = peer;
    gw_sessions_add_resource(self, peer);
    gw_session_write_peers(party->session);
    audit(self, &caller, "media.publish");
    reply_created(self, http, peer, answer);
}

static void
add_watching_slots(GwPeer *peer, const char *played)
{
    gw_peer_add_slot(peer, GW_FEED_PARTY, played, MEDIA_KIND_AUDIO);
    gw_peer_add_slot(peer, GW_FEED_PARTY, played, MEDIA_KIND_VIDEO);
    gw_peer_add_slot(peer, GW_FEED_ANNOUNCER, NULL, MEDIA_KIND_AUDIO);
    if (peer->party->role == GW_ROLE_PARTY)
        gw_peer_add_slot(peer, GW_FEED_OFFICER, NULL, MEDIA_KIND_AUDIO);
}

static bool
make_room_for_watch(GwParty *watcher, GError **error)
{
    if (!takes_viewers(watcher->session)) {
        while (watcher->watches->len >= MAX_WATCHES_OF_DEVICE)
            gw_party_drop_peer(watcher, watcher->watches->pdata[0]);
        return true;
    }
    if (watcher->watches->len < GW_PARTY_MAX_WATCHES)
        return true;
    return fail(error, SIG_ERROR_LIMIT, "Too many already watch this session.");
}

static void
handle_whep_post(SigHttp *http, void *user_data)
{
    GwSessions *self = user_data;
    g_autoptr(GError) error = NULL;
    g_autofree char *offer = take_body(http, "application/sdp");
    g_autofree char *answer = NULL;
    GwParty *watcher = NULL;
    Caller caller;

    if (offer == NULL)
        return;
    if (resolve(self, http, false, &caller, &error) && check_open(&caller, &error))
        watcher = find_watcher(&caller, &error);
    if (watcher == NULL || !make_room_for_watch(watcher, &error)) {
        fail_http(http, error);
        return;
    }
    GwPeer *peer = gw_peer_new(watcher, false);
    add_watching_slots(peer, find_played(&caller, watcher));
    answer = negotiate(peer, offer, &error);
    if (answer == NULL) {
        gw_peer_free(peer);
        fail_http(http, error);
        return;
    }
    g_ptr_array_add(watcher->watches, peer);
    gw_peer_apply_slots(peer);
    gw_sessions_add_resource(self, peer);
    audit(self, &caller, "media.play");
    reply_created(self, http, peer, answer);
}

/* PATCH, DELETE, OPTIONS. */

static GwPeer *
find_peer(GwSessions *self, SigHttp *http, bool publishes, GError **error)
{
    GwPeer *peer = gw_sessions_find_resource(self, sig_http_get_param(http, "resource"));
    Caller caller;

    if (!resolve(self, http, publishes, &caller, error))
        return NULL;
    if (peer == NULL || peer->publishes != publishes || peer->party->session != caller.session ||
        (!acts_as(&caller, peer->party->name) && strcmp(peer->party->name, anybody) != 0)) {
        fail(error, SIG_ERROR_NOT_FOUND, "There is no such resource: it has ended.");
        return NULL;
    }
    return peer;
}

static void
handle_patch(GwSessions *self, SigHttp *http, bool publishes)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) media_error = NULL;
    g_autofree char *fragment = take_body(http, "application/trickle-ice-sdpfrag");
    g_autofree char *reply = NULL;

    if (fragment == NULL)
        return;
    GwPeer *peer = find_peer(self, http, publishes, &error);
    if (peer != NULL)
        reply = media_peer_patch(peer->media, fragment, &media_error);
    if (media_error != NULL)
        gw_peer_propagate(&error, g_steal_pointer(&media_error));
    if (error != NULL) {
        sig_http_fail_error(http, error);
        return;
    }
    if (reply[0] == '\0') {
        sig_http_reply(http, 204, NULL, NULL);
        return;
    }
    add_etag(http, peer);
    sig_http_reply_text(http, 200, "application/trickle-ice-sdpfrag", reply);
}

static void
handle_whip_patch(SigHttp *http, void *user_data)
{
    handle_patch(user_data, http, true);
}

static void
handle_whep_patch(SigHttp *http, void *user_data)
{
    handle_patch(user_data, http, false);
}

static void
handle_delete(GwSessions *self, SigHttp *http, bool publishes)
{
    g_autoptr(GError) error = NULL;
    GwPeer *peer = find_peer(self, http, publishes, &error);

    if (peer == NULL) {
        fail_http(http, error);
        return;
    }
    GwParty *party = peer->party;
    gw_party_drop_peer(party, peer);
    gw_party_tick(party, g_get_monotonic_time());
    add_cors(http);
    sig_http_reply(http, 200, NULL, NULL);
}

static void
handle_whip_delete(SigHttp *http, void *user_data)
{
    handle_delete(user_data, http, true);
}

static void
handle_whep_delete(SigHttp *http, void *user_data)
{
    handle_delete(user_data, http, false);
}

static void
handle_options(SigHttp *http, void *user_data)
{
    (void)user_data;
    add_cors(http);
    sig_http_add_header(http, "Access-Control-Allow-Methods", "OPTIONS, POST, PATCH, DELETE");
    sig_http_add_header(http, "Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match");
    sig_http_add_header(http, "Access-Control-Max-Age", "86400");
    sig_http_add_header(http, "Accept-Post", "application/sdp");
    sig_http_add_header(http, "Accept-Patch", "application/trickle-ice-sdpfrag");
    sig_http_reply(http, 204, NULL, NULL);
}

enum { DEVICES = GW_ACCESS_MEDIA_TOKEN | GW_ACCESS_TERMINAL };

const SigRoute gw_whip_routes[] = {
    { "POST", "/whip/{session}/{party}", DEVICES, MAX_BODY, "Publishes as a party (RFC 9725).", handle_whip_post },
    { "OPTIONS", "/whip/{session}/{party}", 0, 0, "CORS and Accept-Post.", handle_options },
    { "PATCH", "/whip/{session}/{party}/{resource}", DEVICES, MAX_BODY, "Trickle ICE, ICE restart.",
      handle_whip_patch },
    { "DELETE", "/whip/{session}/{party}/{resource}", DEVICES, 0, "Ends publishing.", handle_whip_delete },
    { "OPTIONS", "/whip/{session}/{party}/{resource}", 0, 0, "CORS.", handle_options },
    { "POST", "/whep/{session}/{party}", DEVICES, MAX_BODY, "Plays a party.", handle_whep_post },
    { "OPTIONS", "/whep/{session}/{party}", 0, 0, "CORS and Accept-Post.", handle_options },
    { "PATCH", "/whep/{session}/{party}/{resource}", DEVICES, MAX_BODY, "Trickle ICE, ICE restart.",
      handle_whep_patch },
    { "DELETE", "/whep/{session}/{party}/{resource}", DEVICES, 0, "Ends playing.", handle_whep_delete },
    { "OPTIONS", "/whep/{session}/{party}/{resource}", 0, 0, "CORS.", handle_options },
    { NULL },
};
