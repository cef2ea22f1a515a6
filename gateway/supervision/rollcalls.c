#define G_LOG_DOMAIN "gateway.rollcall"

#include "gateway/supervision/rollcall.h"

#include "gateway/supervision/rollcall-priv.h"

/* All roll-calls: time, connections, and what sessions/ asks. */

enum {
    TICK_MS = 1000,
    TELL_MS = 200,                   /* changes of many offices are told together */
    LONGEST_MS = 4 * 60 * 60 * 1000, /* nobody has ended it */
    KEPT_MS = 60 * 60 * 1000,        /* in memory, after its end: it is being sealed */
};

int64_t
gw_rollcalls_now_ms(const GwRollcalls *self)
{
    return gw_sessions_now_ms(self->sessions);
}

bool
gw_rollcalls_may_see(GwRollcalls *self, const GwIdentity *identity, const char *unit, const char *person)
{
    if (identity == NULL || identity->seat != GW_SEAT_CONSOLE || (identity->access & GW_ACCESS_INSPECTOR) == 0)
        return false;
    return g_strcmp0(identity->id, person) == 0 ||
           gw_people_reaches(self->gateway->people, identity, GW_ACCESS_INSPECTOR, unit);
}

bool
gw_rollcall_is_seen_by(const GwRollcall *self, const GwIdentity *identity)
{
    GwPeople *people = self->rollcalls->gateway->people;

    if (!gw_rollcalls_may_see(self->rollcalls, identity, self->head.unit, self->head.person))
        return false;
    if (gw_people_reaches(people, identity, GW_ACCESS_INSPECTOR, self->head.unit))
        return true;
    for (guint i = 0; i < self->offices->len; i++) {
        const GwOffice *office = self->offices->pdata[i];
        if (!gw_people_reaches(people, identity, GW_ACCESS_INSPECTOR, office->unit))
            return false;
    }
    return true;
}

GwRollcall *
gw_rollcalls_find_for(GwRollcalls *self, const GwIdentity *identity, const char *id, GError **error)
{
    GwRollcall *rollcall = g_hash_table_lookup(self->by_id, id);

    if (rollcall != NULL && gw_rollcall_is_seen_by(rollcall, identity))
        return rollcall;
    g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no such roll-call.");
    return NULL;
}

const GwRollcall *
gw_rollcalls_holder_of(const GwRollcalls *self, const char *unit, const GwRollcall *except)
{
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const GwRollcall *rollcall = value;
        const GwOffice *office = g_hash_table_lookup(rollcall->by_unit, unit);
        if (rollcall == except || gw_rollcall_is_over(rollcall) || office == NULL)
            continue;
        if (office->state != GW_OFFICE_BUSY && office->state != GW_OFFICE_EXCUSED)
            return rollcall;
    }
    return NULL;
}

GwOffice *
gw_rollcalls_find_office_of_call(GwRollcalls *self, const GwIdentity *identity, const char *id, GError **error)
{
    GwCall *call = gw_calls_find(self->calls, id);

    if (call == NULL || identity == NULL || identity->seat != GW_SEAT_TERMINAL ||
        g_strcmp0(gw_call_get_terminal(call), identity->id) != 0 ||
        gw_call_get_handler(call) != &gw_rollcall_call_handler) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no such roll-call for this terminal.");
        return NULL;
    }
    if (!gw_call_is_answered(call)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "Answer first (call.answer).");
        return NULL;
    }
    return gw_call_get_data(call);
}

void
gw_rollcalls_adopt(GwRollcalls *self, GwRollcall *rollcall)
{
    g_hash_table_insert(self->by_id, rollcall->head.id, rollcall);
}

/* Telling. */

static JsonObject *
make_changes(GwRollcall *rollcall)
{
    JsonObject *params = json_object_new();
    JsonArray *offices = json_array_new();

    json_object_set_object_member(params, "rollcall", gw_rollcall_to_json(rollcall));
    for (guint i = 0; i < rollcall->offices->len; i++) {
        GwOffice *office = rollcall->offices->pdata[i];
        if (office->changed)
            json_array_add_object_element(offices, gw_office_to_json(office));
        office->changed = false;
    }
    json_object_set_array_member(params, "offices", offices);
    rollcall->changed = false;
    return params;
}

static void
tell(GwRollcalls *self, GwRollcall *rollcall)
{
    g_autoptr(JsonObject) params = make_changes(rollcall);

    for (guint i = 0; i < self->consoles->len; i++) {
        SigClient *client = self->consoles->pdata[i];
        if (gw_rollcall_is_seen_by(rollcall, gw_identity_of_client(client)))
            sig_client_notify(client, "rollcall.changed", json_object_ref(params));
    }
}

static gboolean
on_tell(void *data)
{
    GwRollcalls *self = data;
    GHashTableIter iter;
    void *value = NULL;

    self->tell_source = 0;
    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (((GwRollcall *)value)->changed)
            tell(self, value);
    }
    return G_SOURCE_REMOVE;
}

void
gw_rollcalls_tell_soon(GwRollcalls *self)
{
    if (self->tell_source == 0)
        self->tell_source = g_timeout_add(TELL_MS, on_tell, self);
}

/* What sessions/ asks and tells. */

static GwOffice *
find_office_of_party(const GwRollcall *self, const GwParty *party)
{
    for (guint i = 0; i < self->offices->len; i++) {
        GwOffice *office = self->offices->pdata[i];
        if (office->party == party)
            return office;
    }
    return NULL;
}

static void
on_party_changed(GwSession *session, GwParty *party, void *user_data)
{
    GwOffice *office = find_office_of_party(user_data, party);

    (void)session;
    if (office == NULL)
        return;
    if (office->call != NULL && gw_party_is_connected(party) && gw_party_is_by_token(party))
        gw_call_on_media(office->call);
    office->changed = true;
    gw_rollcall_set_changed(office->rollcall);
}

static void
on_recording_changed(GwSession *session, void *user_data)
{
    (void)session;
    gw_rollcall_set_changed(user_data);
}

static bool
on_end(GwSession *session, const GwActor *actor, const char *cause, void *user_data, GError **error)
{
    (void)session;
    (void)cause;
    return gw_rollcall_end(user_data, actor, error);
}

/* A terminal that rings or has answered; nobody else. */
static const char *
on_party_of_identity(GwSession *session, const GwIdentity *identity, void *user_data)
{
    const GwRollcall *self = user_data;

    (void)session;
    for (guint i = 0; identity->seat == GW_SEAT_TERMINAL && i < self->offices->len; i++) {
        const GwOffice *office = self->offices->pdata[i];
        if (office->call != NULL && g_strcmp0(office->terminal, identity->id) == 0)
            return gw_party_get_name(office->party);
    }
    return NULL;
}

const GwSessionHandler gw_rollcall_session_handler = {
    .party_changed = on_party_changed,
    .recording_changed = on_recording_changed,
    .end = on_end,
    .party_of_identity = on_party_of_identity,
};

static GwParty *
on_party_of_client(SigClient *client, const char *id, void *user_data, GError **error)
{
    GwRollcalls *self = user_data;
    GwRollcall *rollcall = id != NULL ? g_hash_table_lookup(self->by_id, id) : NULL;

    if (rollcall == NULL || gw_rollcalls_find_for(self, gw_identity_of_client(client), id, NULL) == NULL)
        return NULL;
    const GwObserver *observer = gw_observers_find(rollcall->observers, client);
    if (observer == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "Look on first (rollcall.watch).");
        return NULL;
    }
    return observer->party;
}

/* Connections. */

static void
on_client_opened(SigClient *client, const GwIdentity *identity, void *user_data)
{
    GwRollcalls *self = user_data;

    if (identity->seat == GW_SEAT_CONSOLE && (identity->access & GW_ACCESS_INSPECTOR) != 0)
        g_ptr_array_add(self->consoles, client);
}

static void
on_client_closed(SigClient *client, const GwIdentity *identity, void *user_data)
{
    GwRollcalls *self = user_data;
    GHashTableIter iter;
    void *value = NULL;

    if (identity->seat != GW_SEAT_CONSOLE)
        return;
    g_ptr_array_remove_fast(self->consoles, client);
    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        gw_rollcall_unwatch(value, client);
}

static void
set_office_changed(GwRollcall *rollcall, const char *terminal)
{
    for (guint i = 0; i < rollcall->offices->len; i++) {
        GwOffice *office = rollcall->offices->pdata[i];
        if (g_strcmp0(office->terminal, terminal) != 0)
            continue;
        office->changed = true;
        gw_rollcall_set_changed(rollcall);
    }
}

static void
on_terminal_changed(const GwTerminal *terminal, void *user_data)
{
    GwRollcalls *self = user_data;
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (!gw_rollcall_is_over(value))
            set_office_changed(value, terminal->id);
    }
}

/* Who may not look on any more does not. */
static void
on_rights_changed(const char *person, void *user_data)
{
    GwRollcalls *self = user_data;
    GHashTableIter iter;
    void *value = NULL;

    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        GwRollcall *rollcall = value;
        for (guint i = rollcall->observers->len; i > 0; i--) {
            const GwObserver *observer = rollcall->observers->pdata[i - 1];
            if (g_strcmp0(observer->person, person) == 0 &&
                !gw_rollcall_is_seen_by(rollcall, gw_identity_of_client(observer->client)))
                gw_rollcall_unwatch(rollcall, observer->client);
        }
    }
}

static const GwPeopleListener people_listener = {
    .rights_changed = on_rights_changed,
    .client_opened = on_client_opened,
    .client_closed = on_client_closed,
    .terminal_changed = on_terminal_changed,
};

/* Time. */

static bool
can_be_forgotten(const GwRollcall *rollcall, int64_t now_ms)
{
    return gw_rollcall_is_over(rollcall) && now_ms - rollcall->head.ended_ms >= KEPT_MS &&
           gw_session_get_recording(rollcall->live).state != GW_RECORDING_SEALING;
}

static void
forget(GwRollcalls *self, GwRollcall *rollcall)
{
    g_hash_table_steal(self->by_id, rollcall->head.id);
    gw_sessions_remove(self->sessions, rollcall->live);
    gw_rollcall_free(rollcall);
}

void
gw_rollcalls_tick(GwRollcalls *self)
{
    g_autoptr(GList) rollcalls = g_hash_table_get_values(self->by_id);
    int64_t now_ms = gw_rollcalls_now_ms(self);

    gw_call_pictures_tick(self->pictures, now_ms, g_get_monotonic_time());
    for (GList *item = rollcalls; item != NULL; item = item->next) {
        GwRollcall *rollcall = item->data;
        g_autoptr(GError) error = NULL;

        if (!gw_rollcall_is_over(rollcall) && now_ms - rollcall->head.started_ms >= LONGEST_MS &&
            !gw_rollcall_end(rollcall, &gw_actor_system, &error))
            g_warning("roll-call %s: %s", rollcall->head.id, error->message);
        if (can_be_forgotten(rollcall, now_ms))
            forget(self, rollcall);
    }
}

static gboolean
on_tick(void *data)
{
    gw_rollcalls_tick(data);
    return G_SOURCE_CONTINUE;
}

/* Building. */

GwRollcalls *
gw_rollcalls_new(const Gateway *gateway, GwSessions *sessions, GwCalls *calls, const char *pictures_dir, GError **error)
{
    const GwCallPicturesConfig pictures = {
        .dir = pictures_dir,
        .subject = "roll-call",
        .due = "SELECT id FROM rollcall WHERE state = 'ended' AND started_ms < ?1 AND pictures_gone = 0 LIMIT ?2",
        .removed = "UPDATE rollcall SET pictures_gone = 1 WHERE id = ?1",
    };
    g_autoptr(GwRollcalls) self = g_new0(GwRollcalls, 1);

    self->gateway = gateway;
    self->sessions = sessions;
    self->calls = calls;
    self->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    self->consoles = g_ptr_array_new();
    self->asking = g_ptr_array_new();
    self->pictures = gw_call_pictures_new(gateway, &pictures, error);
    if (self->pictures == NULL || !gw_rollcalls_load(self, error))
        return NULL;
    self->tick_source = g_timeout_add(TICK_MS, on_tick, self);
    gw_sessions_add_party_lookup(sessions, on_party_of_client, self);
    gw_people_add_listener(gateway->people, &people_listener, self);
    if (gateway->server != NULL) {
        sig_server_add_methods(gateway->server, gw_rollcall_methods, self);
        sig_server_add_events(gateway->server, gw_rollcall_events);
        sig_server_add_routes(gateway->server, gw_rollcall_routes, self);
    }
    return g_steal_pointer(&self);
}

void
gw_rollcalls_free(GwRollcalls *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id(&self->tick_source, g_source_remove);
    g_clear_handle_id(&self->tell_source, g_source_remove);
    g_autoptr(GList) rollcalls = g_hash_table_get_values(self->by_id);
    for (GList *item = rollcalls; item != NULL; item = item->next) {
        GwRollcall *rollcall = item->data;
        gw_observers_clear(rollcall->observers, rollcall->live);
        forget(self, rollcall);
    }
    for (guint i = 0; i < self->asking->len; i++)
        ((GwSheetAsking *)self->asking->pdata[i])->rollcalls = NULL;
    g_ptr_array_unref(self->asking);
    g_ptr_array_unref(self->consoles);
    g_hash_table_unref(self->by_id);
    gw_call_pictures_free(self->pictures);
    g_free(self);
}
