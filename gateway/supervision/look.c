#define G_LOG_DOMAIN "gateway.look"

#include "gateway/supervision/look.h"

#include <string.h>

static const char prefix[] = "terminal";

struct GwLook {
    GwLooks *looks; /* borrowed */
    char *terminal, *source;
    GwSession *session; /* owned by sessions; NULL: refused, waits to be asked again */
    void *call;         /* the ringer's; NULL: none */
    const char *why;    /* a literal; NULL: on its way, or there */
    int64_t refused_ms;
};

struct GwLooks {
    const Gateway *gateway;  /* borrowed */
    GwSessions *sessions;    /* borrowed */
    GwSources *sources;      /* borrowed */
    GHashTable *by_terminal; /* id (the look's) -> GwLook, owned */
    const GwLookRinger *ringer;
    void *ringer_data;
    char *id; /* of the terminal that was described last */
};

/* What the session says. */

static void
on_party_changed(GwSession *session, GwParty *party, void *user_data)
{
    GwLook *self = user_data;

    (void)session;
    if (self->call != NULL && gw_party_is_connected(party))
        self->looks->ringer->media(self->call, self->looks->ringer_data);
    gw_sources_tell_changed(self->looks->sources, self->source);
}

/* A device of that terminal, without a page. */
static const char *
on_party_of_identity(GwSession *session, const GwIdentity *identity, void *user_data)
{
    const GwLook *self = user_data;

    (void)session;
    return identity->seat == GW_SEAT_TERMINAL && g_strcmp0(identity->id, self->terminal) == 0 ? GW_LOOK_PARTY : NULL;
}

static const GwSessionHandler session_handler = {
    .party_changed = on_party_changed,
    .party_of_identity = on_party_of_identity,
};

static bool
open_session(GwLook *self, const GwTerminal *terminal, const GwActor *actor)
{
    GwLooks *looks = self->looks;
    const GwSessionInfo info = {
        .kind = "inspection",
        .unit = terminal->unit,
        .object = self->source,
        .recording_class = GW_CLASS_UNKEPT,
    };
    g_autoptr(GError) error = NULL;
    GwSession *session = gw_sessions_add(looks->sessions, &info, &session_handler, self);
    JsonObject *detail = json_object_new();

    if (!gw_session_set_state(session, GW_SESSION_OPEN, &error) ||
        !gw_session_set_state(session, GW_SESSION_LIVE, &error)) {
        g_warning("look at %s: %s", self->source, error->message);
        json_object_unref(detail);
        gw_sessions_remove(looks->sessions, session);
        return false;
    }
    gw_session_add_party(session, GW_LOOK_PARTY, GW_ROLE_PARTY);
    json_object_set_string_member(detail, "session", gw_session_get_id(session));
    gw_session_add_event(session, actor, "begin", detail);
    self->session = session;
    return true;
}

static void
close_session(GwLook *self)
{
    GwSession *session = g_steal_pointer(&self->session);
    void *call = g_steal_pointer(&self->call);
    g_autoptr(GError) error = NULL;

    if (call != NULL)
        self->looks->ringer->cancel(call, self->looks->ringer_data);
    if (session == NULL)
        return;
    gw_sources_withdraw(self->looks->sources, self->source, gw_session_get_id(session), GW_LOOK_PARTY);
    if (gw_session_get_state(session) < GW_SESSION_ENDED &&
        !gw_session_end(session, &gw_actor_system, "completed", NULL, &error))
        g_debug("look at %s: %s", self->source, error->message);
    gw_sessions_remove(self->looks->sessions, session);
}

static void
look_free(void *data)
{
    GwLook *self = data;

    close_session(self);
    g_free(self->terminal);
    g_free(self->source);
    g_free(self);
}

const char *
gw_look_get_terminal(const GwLook *self)
{
    return self->terminal;
}

const char *
gw_look_get_session(const GwLook *self)
{
    return self->session != NULL ? gw_session_get_id(self->session) : NULL;
}

int64_t
gw_look_now_ms(const GwLook *self)
{
    return gw_sessions_now_ms(self->looks->sessions);
}

void
gw_look_refuse(GwLook *self, const char *why)
{
    self->call = NULL;
    self->why = why;
    self->refused_ms = gw_sessions_now_ms(self->looks->sessions);
    close_session(self);
    gw_sources_tell_changed(self->looks->sources, self->source);
}

/* What sources asks. */

static bool
describe(GwLooks *self, const GwTerminal *terminal, GwSourceInfo *ret_info)
{
    if (terminal == NULL)
        return false;
    g_free(self->id);
    self->id = g_strdup_printf("%s:%s", prefix, terminal->id);
    *ret_info = (GwSourceInfo){
        .id = self->id,
        .unit = terminal->unit,
        .name = terminal->name,
        .online = terminal->online,
    };
    return true;
}

static bool
on_find(const char *id, GwSourceInfo *ret_info, void *user_data)
{
    GwLooks *self = user_data;

    return describe(self, gw_people_get_terminal(self->gateway->people, id), ret_info);
}

typedef struct {
    GwLooks *looks;
    void (*func)(const GwSourceInfo *info, void *data);
    void *data;
} Walk;

static void
on_terminal(const GwTerminal *terminal, void *data)
{
    const Walk *walk = data;
    GwSourceInfo info;

    if (describe(walk->looks, terminal, &info))
        walk->func(&info, walk->data);
}

static void
on_foreach(void (*func)(const GwSourceInfo *info, void *data), void *data, void *user_data)
{
    GwLooks *self = user_data;
    Walk walk = { .looks = self, .func = func, .data = data };

    gw_people_foreach_terminal(self->gateway->people, on_terminal, &walk);
}

static void
ring(GwLook *self, const GwActor *actor)
{
    const GwLooks *looks = self->looks;
    const char *why = NULL;
    void *call = looks->ringer->ring(self, actor, &why, looks->ringer_data);

    if (call == NULL && self->session != NULL)
        gw_look_refuse(self, why != NULL ? why : "fault");
    else
        self->call = call;
}

/* In a roll-call, a talk: it is looked at there. */
static bool
provide_known(GwLooks *self, const char *id)
{
    g_autofree char *source = g_strdup_printf("%s:%s", prefix, id);
    const char *session = NULL, *party = NULL;

    if (!self->ringer->find(id, &session, &party, self->ringer_data))
        return false;
    gw_sources_provide(self->sources, source, session, party);
    return true;
}

static void
on_begin(const char *id, const GwActor *actor, void *user_data)
{
    GwLooks *self = user_data;
    const GwTerminal *terminal = gw_people_get_terminal(self->gateway->people, id);
    GwLook *look = g_hash_table_lookup(self->by_terminal, id);

    /* The owner has ended it from the command line. */
    if (look != NULL && look->session != NULL && gw_session_get_state(look->session) >= GW_SESSION_ENDED) {
        close_session(look); /* the call, too */
        gw_look_refuse(look, "declined");
    }
    if (terminal == NULL || self->ringer == NULL || (look != NULL && look->session != NULL) ||
        provide_known(self, id) || !terminal->online)
        return;
    if (look != NULL && gw_sessions_now_ms(self->sessions) - look->refused_ms < GW_LOOK_AGAIN_MS)
        return;
    if (look == NULL) {
        look = g_new0(GwLook, 1);
        look->looks = self;
        look->terminal = g_strdup(id);
        look->source = g_strdup_printf("%s:%s", prefix, id);
        g_hash_table_insert(self->by_terminal, look->terminal, look);
    }
    look->why = NULL;
    if (!open_session(look, terminal, actor))
        return;
    gw_sources_provide(self->sources, look->source, gw_session_get_id(look->session), GW_LOOK_PARTY);
    ring(look, actor);
}

static void
on_let_go(const char *id, void *user_data)
{
    g_hash_table_remove(((GwLooks *)user_data)->by_terminal, id);
}

static const char *
on_why(const char *id, void *user_data)
{
    GwLooks *self = user_data;
    const GwTerminal *terminal = gw_people_get_terminal(self->gateway->people, id);
    const GwLook *look = g_hash_table_lookup(self->by_terminal, id);

    if (terminal == NULL)
        return NULL;
    if (!terminal->online)
        return "offline";
    return look != NULL && look->why != NULL ? look->why : NULL;
}

static const GwSourceKind terminal_kind = {
    .prefix = prefix,
    .find = on_find,
    .foreach = on_foreach,
    .begin = on_begin,
    .end = on_let_go,
    .why = on_why,
};

static void
on_terminal_changed(const GwTerminal *terminal, void *user_data)
{
    GwLooks *self = user_data;
    g_autofree char *source = g_strdup_printf("%s:%s", prefix, terminal->id);

    gw_sources_tell_changed(self->sources, source);
}

static const GwPeopleListener people_listener = { .terminal_changed = on_terminal_changed };

GwLooks *
gw_looks_new(const Gateway *gateway, GwSessions *sessions, GwSources *sources)
{
    GwLooks *self = g_new0(GwLooks, 1);

    self->gateway = gateway;
    self->sessions = sessions;
    self->sources = sources;
    self->by_terminal = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, look_free);
    gw_sources_add_kind(sources, &terminal_kind, self);
    gw_people_add_listener(gateway->people, &people_listener, self);
    return self;
}

void
gw_looks_free(GwLooks *self)
{
    if (self == NULL)
        return;
    g_hash_table_unref(self->by_terminal);
    g_free(self->id);
    g_free(self);
}

void
gw_looks_set_ringer(GwLooks *self, const GwLookRinger *ringer, void *user_data)
{
    self->ringer = ringer;
    self->ringer_data = user_data;
}
