#include "gateway/gatherings/gathering.h"

/* All gatherings of a kind: time, connections, who may see which. */

enum { TICK_MS = 1000, TELL_MS = 200 /* changes of many offices are told together */ };

int64_t
gw_gatherings_now_ms(const GwGatherings *self)
{
    return gw_sessions_now_ms(self->sessions);
}

bool
gw_gatherings_may_see(const GwGatherings *self, const GwIdentity *identity, const char *unit, const char *person)
{
    if (identity == NULL || identity->seat != GW_SEAT_CONSOLE || (identity->access & GW_ACCESS_INSPECTOR) == 0)
        return false;
    return g_strcmp0(identity->id, person) == 0 ||
           gw_people_reaches(self->gateway->people, identity, GW_ACCESS_INSPECTOR, unit);
}

GwGathering *
gw_gatherings_find_for(const GwGatherings *self, const GwIdentity *identity, const char *id, GError **error)
{
    GwGathering *gathering = g_hash_table_lookup(self->by_id, id);

    if (gathering != NULL && gw_gathering_is_seen_by(gathering, identity))
        return gathering;
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, self->kind->words.unknown);
    return NULL;
}

GwCallee *
gw_gatherings_find_callee_of_call(const GwGatherings *self, const GwIdentity *identity, const char *id, GError **error)
{
    GwCall *call = gw_calls_find(self->calls, id);

    if (call == NULL || identity == NULL || identity->seat != GW_SEAT_TERMINAL ||
        g_strcmp0(gw_call_get_terminal(call), identity->id) != 0 || gw_call_get_handler(call) != self->kind->calls) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no such %s for this terminal.",
                    self->kind->words.word);
        return NULL;
    }
    if (!gw_call_is_answered(call)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "Answer first (call.answer).");
        return NULL;
    }
    return gw_call_get_data(call);
}

void
gw_gatherings_adopt(GwGatherings *self, GwGathering *gathering)
{
    g_hash_table_insert(self->by_id, gathering->head.id, gathering);
}

/* Telling. */

typedef struct {
    const GwGathering *gathering;
    JsonObject *params;
} Telling;

static void
tell_client(SigClient *client, const GwIdentity *identity, void *user_data)
{
    const Telling *telling = user_data;

    if (gw_gathering_is_seen_by(telling->gathering, identity))
        sig_client_notify(client, telling->gathering->all->kind->words.changed_event, json_object_ref(telling->params));
}

static void
tell(GwGatherings *self, GwGathering *gathering)
{
    g_autoptr(JsonObject) params = self->kind->make_change(gathering);
    Telling telling = { gathering, params };

    gathering->changed = false;
    gw_people_foreach_client(self->gateway->people, tell_client, &telling);
}

static gboolean
on_tell(void *data)
{
    GwGatherings *self = data;
    GHashTableIter iter;
    void *value = NULL;

    self->tell_source = 0;
    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (((GwGathering *)value)->changed)
            tell(self, value);
    }
    return G_SOURCE_REMOVE;
}

void
gw_gatherings_tell_soon(GwGatherings *self)
{
    if (self->tell_source == 0)
        self->tell_source = g_timeout_add(TELL_MS, on_tell, self);
}

/* Connections. */

static GwParty *
on_party_of_client(SigClient *client, const char *id, void *user_data, GError **error)
{
    GwGatherings *self = user_data;
    GwGathering *gathering = id != NULL ? g_hash_table_lookup(self->by_id, id) : NULL;

    if (gathering == NULL || !gw_gathering_is_seen_by(gathering, gw_identity_of_client(client)))
        return NULL;
    const GwObserver *observer = gw_observers_find(gathering->observers, client);
    if (observer == NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "Look on first (%s).", self->kind->words.watch);
        return NULL;
    }
    return observer->party;
}

static void
on_client_closed(SigClient *client, const GwIdentity *identity, void *user_data)
{
    GwGatherings *self = user_data;
    GHashTableIter iter;
    void *value = NULL;

    if (identity->seat != GW_SEAT_CONSOLE)
        return;
    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        gw_gathering_unwatch(value, client);
}

/* Who may not look on any more does not. */
static void
on_rights_changed(const char *person, void *user_data)
{
    GwGatherings *self = user_data;
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        GwGathering *gathering = value;
        for (guint i = gathering->observers->len; i > 0; i--) {
            const GwObserver *observer = gathering->observers->pdata[i - 1];
            if (g_strcmp0(observer->person, person) == 0 &&
                !gw_gathering_is_seen_by(gathering, gw_identity_of_client(observer->client)))
                gw_gathering_unwatch(gathering, observer->client);
        }
    }
}

static const GwPeopleListener people_listener = {
    .rights_changed = on_rights_changed,
    .client_closed = on_client_closed,
};

/* Time. */

static bool
can_be_forgotten(const GwGatherings *self, const GwGathering *gathering, int64_t now_ms)
{
    return self->kind->is_done(gathering, now_ms) &&
           (gathering->live == NULL || gw_session_get_recording(gathering->live).state != GW_RECORDING_SEALING);
}

static void
forget(GwGatherings *self, GwGathering *gathering)
{
    g_hash_table_steal(self->by_id, gathering->head.id);
    if (gathering->live != NULL) {
        gw_observers_clear(gathering->observers, gathering->live);
        gw_sessions_remove(self->sessions, gathering->live);
    }
    self->kind->free(gathering);
}

void
gw_gatherings_tick(GwGatherings *self)
{
    g_autoptr(GList) gatherings = g_hash_table_get_values(self->by_id);
    int64_t now_ms = gw_gatherings_now_ms(self);

    if (self->pictures != NULL)
        gw_call_pictures_tick(self->pictures, now_ms, g_get_monotonic_time());
    for (GList *item = gatherings; item != NULL; item = item->next) {
        self->kind->tick(item->data, now_ms);
        if (can_be_forgotten(self, item->data, now_ms))
            forget(self, item->data);
    }
}

static gboolean
on_tick(void *data)
{
    gw_gatherings_tick(data);
    return G_SOURCE_CONTINUE;
}

/* Building. */

void
gw_gatherings_init(GwGatherings *self, const GwGatheringKind *kind, const Gateway *gateway, GwSessions *sessions,
                   GwCalls *calls)
{
    self->kind = kind;
    self->gateway = gateway;
    self->sessions = sessions;
    self->calls = calls;
    self->by_id = g_hash_table_new(g_str_hash, g_str_equal);
}

void
gw_gatherings_open(GwGatherings *self)
{
    self->tick_source = g_timeout_add(TICK_MS, on_tick, self);
    gw_sessions_add_party_lookup(self->sessions, on_party_of_client, self);
    gw_people_add_listener(self->gateway->people, &people_listener, self);
}

void
gw_gatherings_clear(GwGatherings *self)
{
    g_clear_handle_id(&self->tick_source, g_source_remove);
    g_clear_handle_id(&self->tell_source, g_source_remove);
    g_autoptr(GList) gatherings = g_hash_table_get_values(self->by_id);
    for (GList *item = gatherings; item != NULL; item = item->next)
        forget(self, item->data);
    g_hash_table_unref(self->by_id);
    gw_call_pictures_free(self->pictures);
}
