#define G_LOG_DOMAIN "gateway.gathering"

#include "gateway/gatherings/gathering.h"

#include <string.h>

#include "gateway/gatherings/offices.h"
#include "gateway/people/secret.h"

/* One gathering, whatever its kind. */

void
gw_gathering_init(GwGathering *self, GwGatherings *all, GDestroyNotify free_callee)
{
    self->all = all;
    self->callees = g_ptr_array_new_with_free_func(free_callee);
    self->by_unit = g_hash_table_new(g_str_hash, g_str_equal);
    self->observers = gw_observers_new();
}

void
gw_gathering_clear(GwGathering *self)
{
    g_ptr_array_unref(self->observers);
    g_hash_table_unref(self->by_unit);
    g_ptr_array_unref(self->callees);
    g_free(self->head.id);
    g_free(self->head.session);
    g_free(self->head.name);
    g_free(self->head.unit);
    g_free(self->head.kind);
    g_free(self->head.person);
    g_free(self->head.display);
    g_free(self->head.audit);
}

void
gw_gathering_name(GwGathering *self, const char *prefix, const char *name, const GwIdentity *identity,
                  const GwActor *actor, const GArray *choices)
{
    self->head.id = gw_secret_new_id(prefix);
    self->head.session = g_uuid_string_random();
    self->head.name = g_strdup(name);
    self->head.unit = gw_offices_common_unit(self->all->gateway->people, choices);
    self->head.person = g_strdup(identity->id);
    self->head.display = g_strdup(actor->display);
    self->head.audit = g_strdup(actor->audit);
}

bool
gw_gathering_is_seen_by(const GwGathering *self, const GwIdentity *identity)
{
    GwPeople *people = self->all->gateway->people;

    if (self->all->kind->is_seen_by != NULL)
        return self->all->kind->is_seen_by(self, identity);
    if (!gw_gatherings_may_see(self->all, identity, self->head.unit, self->head.person))
        return false;
    if (gw_people_reaches(people, identity, GW_ACCESS_INSPECTOR, self->head.unit))
        return true;
    for (guint i = 0; i < self->callees->len; i++) {
        const GwCallee *callee = self->callees->pdata[i];
        if (!gw_people_reaches(people, identity, GW_ACCESS_INSPECTOR, callee->unit))
            return false;
    }
    return true;
}

GwCallee *
gw_gathering_find_callee(const GwGathering *self, const char *unit, GError **error)
{
    GwCallee *callee = g_hash_table_lookup(self->by_unit, unit);

    if (callee == NULL)
        g_set_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "'%s' is no office of this %s.", unit,
                    self->all->kind->words.word);
    return callee;
}

GwCallee *
gw_gathering_find_party(const GwGathering *self, const char *name)
{
    for (guint i = 0; name != NULL && i < self->callees->len; i++) {
        GwCallee *callee = self->callees->pdata[i];
        if (callee->party != NULL && strcmp(gw_party_get_name(callee->party), name) == 0)
            return callee;
    }
    return NULL;
}

void
gw_gathering_note(GwGathering *self, const GwCallee *callee, const char *type, const GwActor *actor, JsonObject *detail)
{
    JsonObject *own = detail != NULL ? detail : json_object_new();

    if (callee != NULL) {
        json_object_set_string_member(own, "unit", callee->unit);
        json_object_set_string_member(own, "office", callee->name);
    }
    gw_session_add_event(self->live, actor, type, own);
}

void
gw_gathering_set_changed(GwGathering *self, GwCallee *callee)
{
    self->all->kind->changed(self, callee);
    self->changed = true;
    gw_gatherings_tell_soon(self->all);
}

/* What sessions/ asks and tells. */

static GwCallee *
find_callee_of_party(const GwGathering *self, const GwParty *party)
{
    for (guint i = 0; i < self->callees->len; i++) {
        GwCallee *callee = self->callees->pdata[i];
        if (callee->party == party)
            return callee;
    }
    return NULL;
}

static void
on_party_changed(GwSession *session, GwParty *party, void *user_data)
{
    GwCallee *callee = find_callee_of_party(user_data, party);

    (void)session;
    if (callee == NULL)
        return;
    if (callee->call != NULL && gw_party_is_connected(party) && gw_party_is_by_token(party))
        gw_call_on_media(callee->call);
    gw_gathering_set_changed(callee->gathering, callee);
}

static void
on_recording_changed(GwSession *session, void *user_data)
{
    (void)session;
    gw_gathering_set_changed(user_data, NULL);
}

static bool
on_end(GwSession *session, const GwActor *actor, const char *cause, void *user_data, GError **error)
{
    GwGathering *self = user_data;

    (void)session;
    (void)cause;
    return self->all->kind->end(self, actor, error);
}

/* A terminal that rings or has answered; nobody else. */
static const char *
on_party_of_identity(GwSession *session, const GwIdentity *identity, void *user_data)
{
    const GwGathering *self = user_data;

    (void)session;
    for (guint i = 0; identity->seat == GW_SEAT_TERMINAL && i < self->callees->len; i++) {
        const GwCallee *callee = self->callees->pdata[i];
        if (callee->call != NULL && g_strcmp0(callee->terminal, identity->id) == 0)
            return gw_party_get_name(callee->party);
    }
    return NULL;
}

static const GwSessionHandler session_handler = {
    .party_changed = on_party_changed,
    .recording_changed = on_recording_changed,
    .end = on_end,
    .party_of_identity = on_party_of_identity,
};

/* Its session. */

static JsonObject *
make_card(const GwGathering *self)
{
    const GwGatheringKind *kind = self->all->kind;
    JsonObject *card = json_object_new();
    JsonObject *unit = gw_people_unit_to_json(self->all->gateway->people, self->head.unit);

    json_object_set_string_member(card, kind->words.param, self->head.id);
    json_object_set_string_member(card, "name", self->head.name);
    json_object_set_string_member(card, "by", self->head.display);
    json_object_set_int_member(card, "offices", self->callees->len);
    if (unit != NULL)
        json_object_set_object_member(card, "unit", unit);
    if (kind->add_to_card != NULL)
        kind->add_to_card(self, card);
    return card;
}

bool
gw_gathering_attach(GwGathering *self, GwSessionState state)
{
    const char *word = self->all->kind->words.word;
    g_autoptr(JsonObject) card = make_card(self);
    g_autofree char *object = g_strconcat(word, ":", self->head.id, NULL);
    const GwSessionInfo info = {
        .id = self->head.session,
        .kind = self->head.kind != NULL ? self->head.kind : word,
        .unit = self->head.unit,
        .object = object,
        .recording_class = self->head.recording_class,
        .state = state,
        .live_since_ms = state == GW_SESSION_LIVE ? self->head.started_ms : 0,
        .card = card,
        .star = true,
    };

    self->live = gw_sessions_add(self->all->sessions, &info, &session_handler, self);
    if (self->live == NULL)
        return false;
    gw_session_set_authority(self->live, self->head.audit);
    for (guint i = 0; i < self->callees->len; i++) {
        GwCallee *callee = self->callees->pdata[i];
        g_autofree char *name = g_strdup_printf("%s-%u", self->all->kind->words.party, callee->number);
        callee->party = gw_session_add_party(self->live, name, GW_ROLE_PARTY);
    }
    return true;
}

static void
detach(GwGathering *self)
{
    for (guint i = 0; i < self->callees->len; i++)
        ((GwCallee *)self->callees->pdata[i])->party = NULL;
    gw_sessions_remove(self->all->sessions, g_steal_pointer(&self->live));
}

bool
gw_gathering_begin(GwGathering *self, GError **error)
{
    if (!gw_gathering_attach(self, GW_SESSION_SCHEDULED)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_INTERNAL, "The session could not be made.");
        return false;
    }
    if (gw_session_set_state(self->live, GW_SESSION_OPEN, error) &&
        gw_session_set_state(self->live, GW_SESSION_LIVE, error))
        return true;
    detach(self);
    return false;
}

/* Who looks on. */

static void
tell_of_observers(GwGathering *self)
{
    if (self->all->kind->shows_observers)
        gw_gathering_set_changed(self, NULL);
}

bool
gw_gathering_watch(GwGathering *self, SigClient *client, GError **error)
{
    GwObserver *observer = NULL;

    if (gw_observers_find(self->observers, client) != NULL)
        return true;
    if (!self->all->kind->check_runs(self, error))
        return false;
    observer = gw_observers_add(self->observers, self->live, client, gw_identity_of_client(client), error);
    if (observer == NULL)
        return false;
    GwActor actor = gw_observer_get_actor(observer);
    gw_gathering_note(self, NULL, "observe", &actor, NULL);
    tell_of_observers(self);
    return true;
}

void
gw_gathering_unwatch(GwGathering *self, SigClient *client)
{
    GwObserver *observer = gw_observers_find(self->observers, client);

    if (observer == NULL)
        return;
    if (gw_session_get_talker(self->live) == observer->party && !gw_gathering_talk(self, client, NULL, NULL))
        g_debug("%s: the floor was free", self->head.id);
    GwActor actor = gw_observer_get_actor(observer);
    gw_gathering_note(self, NULL, "unobserve", &actor, NULL);
    gw_observers_remove(self->observers, self->live, observer);
    tell_of_observers(self);
}

static void
tell_callees(const GwGathering *self)
{
    for (guint i = 0; i < self->callees->len; i++)
        gw_callee_tell(self->callees->pdata[i]);
}

bool
gw_gathering_talk(GwGathering *self, SigClient *client, const char *to, GError **error)
{
    GwObserver *observer = gw_observers_find(self->observers, client);

    if (observer == NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "Look on first (%s).", self->all->kind->words.watch);
        return false;
    }
    if (!gw_observers_check_floor(self->observers, self->live, observer, error) ||
        !gw_session_set_talk(self->live, observer->party, to, error))
        return false;
    GwActor actor = gw_observer_get_actor(observer);
    self->all->kind->note_talk(self, to, &actor);
    tell_callees(self);
    gw_gathering_set_changed(self, NULL);
    return true;
}

bool
gw_gathering_set_spot(GwGathering *self, GwCallee *callee, bool for_all)
{
    bool shown = callee != NULL && for_all;

    if (self->spot == callee && self->spot_for_all == shown)
        return false;
    self->spot = callee;
    self->spot_for_all = shown;
    gw_session_set_spot(self->live, callee != NULL ? gw_party_get_name(callee->party) : NULL, shown);
    tell_callees(self);
    gw_gathering_set_changed(self, NULL);
    return true;
}
