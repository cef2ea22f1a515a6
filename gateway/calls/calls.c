#define G_LOG_DOMAIN "gateway.calls"

#include "gateway/calls/calls.h"

#include <string.h>

#include "gateway/calls/calls-priv.h"
#include "gateway/people/secret.h"

enum {
    TICK_MS = 500,
    GONE_MS = 30 * 1000, /* an answered call whose terminal is away for so long is over */
    MAX_OVER = 2000,     /* calls that are over and of which it is known why */
};

/* One call. */

static void
free_call(void *data)
{
    GwCall *self = data;

    g_free(self->id);
    g_free(self->terminal);
    g_free(self->session);
    g_free(self->party);
    g_free(self->from);
    g_free(self->from_unit);
    g_free(self->sentence);
    g_free(self);
}

const char *
gw_call_get_id(const GwCall *self)
{
    return self->id;
}

const char *
gw_call_get_terminal(const GwCall *self)
{
    return self->terminal;
}

void *
gw_call_get_data(const GwCall *self)
{
    return self->user_data;
}

const GwCallHandler *
gw_call_get_handler(const GwCall *self)
{
    return self->handler;
}

bool
gw_call_is_answered(const GwCall *self)
{
    return self->answered_ms != 0;
}

int64_t
gw_call_get_answered_ms(const GwCall *self)
{
    return self->answered_ms;
}

static GwParty *
find_party(const GwCall *self)
{
    GwSession *session = gw_sessions_find(self->calls->sessions, self->session);

    return session != NULL ? gw_session_find_party(session, self->party) : NULL;
}

static bool
is_here(const GwCall *self)
{
    const GwParty *party = find_party(self);

    return g_hash_table_contains(self->calls->clients, self->terminal) ||
           (party != NULL && gw_party_is_connected(party));
}

JsonObject *
gw_call_to_json(const GwCall *self)
{
    const GwPolicy policy = gw_policies_get(self->calls->policies, self->terminal, self->kind);
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "call", self->id);
    json_object_set_string_member(object, "kind", self->kind->name);
    json_object_set_string_member(object, "from", self->from);
    if (self->from_unit != NULL)
        json_object_set_string_member(object, "from_unit", self->from_unit);
    if (self->sentence != NULL)
        json_object_set_string_member(object, "sentence", self->sentence);
    if (self->until_ms != 0)
        json_object_set_int_member(object, "until_ms", self->until_ms);
    if (policy.automatic)
        json_object_set_int_member(object, "auto", policy.after_s);
    json_object_set_boolean_member(object, "answered", gw_call_is_answered(self));
    json_object_set_string_member(object, "session", self->session);
    json_object_set_string_member(object, "party", self->party);
    return object;
}

void
gw_call_notify(GwCall *self, const char *event, JsonObject *params)
{
    SigClient *client = g_hash_table_lookup(self->calls->clients, self->terminal);

    json_object_set_string_member(params, "call", self->id);
    if (client != NULL)
        sig_client_notify(client, event, json_object_ref(params));
    json_object_unref(params);
}

/* The registry. */

static GPtrArray *
calls_of(GwCalls *self, const char *terminal)
{
    return g_hash_table_lookup(self->by_terminal, terminal);
}

GwCall *
gw_calls_current_of_terminal(GwCalls *self, const char *terminal, bool answered)
{
    const GPtrArray *calls = calls_of(self, terminal);
    GwCall *best = NULL;

    for (guint i = 0; calls != NULL && i < calls->len; i++) {
        GwCall *call = calls->pdata[i];
        if (gw_call_is_answered(call) == answered && (best == NULL || call->kind->rank > best->kind->rank))
            best = call;
    }
    return best;
}

bool
gw_calls_find_answered(GwCalls *self, const char *terminal, const char **ret_session, const char **ret_party)
{
    const GwCall *call = gw_calls_current_of_terminal(self, terminal, true);

    if (call == NULL)
        return false;
    *ret_session = call->session;
    *ret_party = call->party;
    return true;
}

static void
remember(GwCalls *self, const char *id, const char *why)
{
    char *key = g_strdup(id);

    if (g_queue_get_length(&self->over_order) >= MAX_OVER)
        g_hash_table_remove(self->over, g_queue_pop_head(&self->over_order));
    g_hash_table_insert(self->over, key, (void *)why);
    g_queue_push_tail(&self->over_order, key);
}

/* Out of the tables; the page hears why (a literal). The caller frees it. */
static GwCall *
take_out(GwCall *call, const char *why)
{
    GwCalls *self = call->calls;
    GPtrArray *calls = calls_of(self, call->terminal);
    JsonObject *params = json_object_new();

    json_object_set_string_member(params, "why", why);
    gw_call_notify(call, "call.over", params);
    remember(self, call->id, why);
    g_ptr_array_remove(calls, call);
    if (calls->len == 0)
        g_hash_table_remove(self->by_terminal, call->terminal);
    g_hash_table_steal(self->by_id, call->id);
    return call;
}

static GwCall *
add_call(GwCalls *self, const char *id, const GwCallInfo *info, const GwCallHandler *handler, void *user_data)
{
    GwCall *call = g_new0(GwCall, 1);
    GPtrArray *calls = calls_of(self, info->terminal);

    call->calls = self;
    call->kind = gw_call_kind_find(info->kind);
    g_assert(call->kind != NULL);
    call->id = id != NULL ? g_strdup(id) : gw_secret_new_id("call");
    call->terminal = g_strdup(info->terminal);
    call->session = g_strdup(info->session);
    call->party = g_strdup(info->party);
    call->from = g_strdup(info->from);
    call->from_unit = g_strdup(info->from_unit);
    call->sentence = g_strdup(info->sentence);
    call->until_ms = info->until_ms;
    call->handler = handler;
    call->user_data = user_data;
    if (calls == NULL) {
        calls = g_ptr_array_new();
        g_hash_table_insert(self->by_terminal, g_strdup(call->terminal), calls);
    }
    g_ptr_array_add(calls, call);
    g_hash_table_insert(self->by_id, call->id, call);
    return call;
}

GwBusiness
gw_calls_get_business(GwCalls *self, const char *terminal, const char *kind)
{
    const GPtrArray *calls = calls_of(self, terminal);
    const GwCallKind *wanted = gw_call_kind_find(kind);

    if (self->visits != NULL && gw_visits_terminal_is_busy(self->visits, terminal))
        return (GwBusiness){ .what = "visit" };
    for (guint i = 0; calls != NULL && i < calls->len; i++) {
        const GwCall *call = calls->pdata[i];
        if (wanted == NULL || call->kind->rank >= wanted->rank)
            return (GwBusiness){ .what = call->kind->name, .from = call->from };
    }
    return (GwBusiness){ NULL, NULL };
}

GwCall *
gw_calls_ring(GwCalls *self, const GwCallInfo *info, const GwCallHandler *handler, void *user_data, GError **error)
{
    GwBusiness business = gw_calls_get_business(self, info->terminal, info->kind);

    if (gw_people_get_terminal(self->gateway->people, info->terminal) == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no such terminal.");
        return NULL;
    }
    if (business.what != NULL && business.from != NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "This terminal is busy: %s by %s.", business.what,
                    business.from);
        return NULL;
    }
    if (business.what != NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE,
                            "This terminal is busy with a visit: call it when that is over.");
        return NULL;
    }
    if (g_hash_table_size(self->by_id) >= GW_CALLS_MAX) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_LIMIT, "%d calls are going on already.", GW_CALLS_MAX);
        return NULL;
    }
    GwCall *call = add_call(self, NULL, info, handler, user_data);
    gw_call_notify(call, "terminal.call", gw_call_to_json(call));
    return call;
}

GwCall *
gw_calls_resume(GwCalls *self, const char *id, const GwCallInfo *info, const GwCallHandler *handler, void *user_data)
{
    GwCall *call = add_call(self, id, info, handler, user_data);

    call->answered_ms = gw_sessions_now_ms(self->sessions);
    return call;
}

void
gw_call_cancel(GwCall *self, const char *why)
{
    free_call(take_out(self, why));
}

GwCall *
gw_calls_find(GwCalls *self, const char *id)
{
    return g_hash_table_lookup(self->by_id, id);
}

/* What the page does. */

static GwCall *
find_of_terminal(GwCalls *self, const char *terminal, const char *id, GError **error)
{
    GwCall *call = gw_calls_find(self, id);
    const char *why = g_hash_table_lookup(self->over, id);

    if (call != NULL && strcmp(call->terminal, terminal) == 0)
        return call;
    if (call == NULL && why != NULL)
        g_set_error(error, SIG_ERROR, SIG_ERROR_STATE, "This call is over: %s.", why);
    else
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_NOT_FOUND, "There is no such call for this terminal.");
    return NULL;
}

/* The others of this terminal: whatever was going on ends, whatever rings has been refused. */
static void
give_way(GwCall *answered)
{
    const GPtrArray *calls = calls_of(answered->calls, answered->terminal);
    g_autoptr(GPtrArray) others = g_ptr_array_new();

    for (guint i = 0; i < calls->len; i++) {
        if (calls->pdata[i] != answered)
            g_ptr_array_add(others, calls->pdata[i]);
    }
    for (guint i = 0; i < others->len; i++) {
        GwCall *other = take_out(others->pdata[i], "interrupted");
        if (gw_call_is_answered(other))
            other->handler->gone(other, other->user_data);
        else
            other->handler->declined(other, "busy", other->user_data);
        free_call(other);
    }
}

static void
take_answer(GwCall *call)
{
    call->answered_ms = gw_sessions_now_ms(call->calls->sessions);
    give_way(call);
    call->handler->answered(call, call->user_data);
}

GwCall *
gw_calls_answer(GwCalls *self, const char *terminal, const char *id, GError **error)
{
    GwCall *call = find_of_terminal(self, terminal, id, error);

    if (call == NULL)
        return NULL;
    if (gw_call_is_answered(call)) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "This call has been answered already.");
        return NULL;
    }
    if (call->until_ms != 0 && gw_sessions_now_ms(self->sessions) >= call->until_ms) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "This answer comes too late: you may be called again.");
        return NULL;
    }
    if (find_party(call) == NULL) {
        g_set_error_literal(error, SIG_ERROR, SIG_ERROR_STATE, "This call is over: there is nobody any more.");
        return NULL;
    }
    take_answer(call);
    return gw_calls_find(self, id); /* a handler may have ended it */
}

bool
gw_calls_decline(GwCalls *self, const char *terminal, const char *id, const char *reason, GError **error)
{
    GwCall *call = find_of_terminal(self, terminal, id, error);

    if (call == NULL)
        return false;
    if (gw_call_is_answered(call)) {
        take_out(call, "left");
        call->handler->gone(call, call->user_data);
    } else {
        take_out(call, "declined");
        call->handler->declined(call, reason, call->user_data);
    }
    free_call(call);
    return true;
}

void
gw_call_on_media(GwCall *self)
{
    if (!gw_call_is_answered(self))
        take_answer(self);
}

/* Time. */

static bool
is_by_device(const GwCall *call)
{
    const GwParty *party = find_party(call);

    return party != NULL && gw_party_is_by_token(party) && gw_party_is_connected(party);
}

static void
tick_call(GwCalls *self, GwCall *call, int64_t now_ms)
{
    if (!gw_call_is_answered(call) && is_by_device(call)) {
        take_answer(call);
        return;
    }
    if (!gw_call_is_answered(call)) {
        if (call->until_ms == 0 || now_ms < call->until_ms)
            return;
        take_out(call, "missed");
        call->handler->missed(call, call->user_data);
        free_call(call);
        return;
    }
    if (self->is_here(call)) {
        call->away_since_ms = 0;
        return;
    }
    if (call->away_since_ms == 0)
        call->away_since_ms = now_ms;
    if (now_ms - call->away_since_ms < GONE_MS)
        return;
    take_out(call, "away");
    call->handler->gone(call, call->user_data);
    free_call(call);
}

void
gw_calls_tick(GwCalls *self)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
    int64_t now_ms = gw_sessions_now_ms(self->sessions);
    GHashTableIter iter;
    void *key = NULL;

    g_hash_table_iter_init(&iter, self->by_id);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_ptr_array_add(ids, g_strdup(key));
    /* Handlers may end other calls. */
    for (guint i = 0; i < ids->len; i++) {
        GwCall *call = gw_calls_find(self, ids->pdata[i]);
        if (call != NULL)
            tick_call(self, call, now_ms);
    }
}

static gboolean
on_tick(void *data)
{
    gw_calls_tick(data);
    return G_SOURCE_CONTINUE;
}

/* Connections. */

static void
on_client_opened(SigClient *client, const GwIdentity *identity, void *user_data)
{
    GwCalls *self = user_data;

    if (identity->seat != GW_SEAT_TERMINAL)
        return;
    g_hash_table_replace(self->clients, g_strdup(identity->id), client);
    const GPtrArray *calls = calls_of(self, identity->id);
    for (guint i = 0; calls != NULL && i < calls->len; i++)
        gw_call_notify(calls->pdata[i], "terminal.call", gw_call_to_json(calls->pdata[i]));
}

static void
on_client_closed(SigClient *client, const GwIdentity *identity, void *user_data)
{
    GwCalls *self = user_data;

    if (identity->seat == GW_SEAT_TERMINAL && g_hash_table_lookup(self->clients, identity->id) == client)
        g_hash_table_remove(self->clients, identity->id);
}

static const GwPeopleListener people_listener = {
    .client_opened = on_client_opened,
    .client_closed = on_client_closed,
};

/* An answered call comes before the visit that would be next. */
static GwParty *
on_party_of_client(SigClient *client, const char *id, void *user_data, GError **error)
{
    const GwIdentity *identity = gw_identity_of_client(client);
    GwCall *call = NULL;

    if (identity->seat == GW_SEAT_TERMINAL)
        call = gw_calls_current_of_terminal(user_data, identity->id, true);
    if (call == NULL)
        return NULL;
    GwParty *party = find_party(call);
    if (id != NULL || party == NULL) {
        g_set_error_literal(error, SIG_ERROR, id != NULL ? SIG_ERROR_BAD_PARAMS : SIG_ERROR_STATE,
                            id != NULL ? "\"visit\" is for the console: leave it out." : "This call is over.");
        return NULL;
    }
    return party;
}

GwCalls *
gw_calls_new(const Gateway *gateway, GwSessions *sessions, GwVisits *visits, GError **error)
{
    g_autoptr(GwCalls) self = g_new0(GwCalls, 1);

    self->gateway = gateway;
    self->sessions = sessions;
    self->visits = visits;
    self->is_here = is_here;
    self->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_call);
    self->by_terminal = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    self->clients = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->over = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_queue_init(&self->over_order);
    self->policies = gw_policies_new(gateway->store, error);
    if (self->policies == NULL)
        return NULL;
    self->tick_source = g_timeout_add(TICK_MS, on_tick, self);
    gw_sessions_add_party_lookup(sessions, on_party_of_client, self);
    gw_people_add_listener(gateway->people, &people_listener, self);
    if (gateway->server != NULL) {
        sig_server_add_methods(gateway->server, gw_call_methods, self);
        sig_server_add_events(gateway->server, gw_call_events);
        sig_server_add_routes(gateway->server, gw_call_routes, self);
    }
    return g_steal_pointer(&self);
}

void
gw_calls_free(GwCalls *self)
{
    if (self == NULL)
        return;
    g_clear_handle_id(&self->tick_source, g_source_remove);
    g_hash_table_unref(self->by_terminal);
    g_hash_table_unref(self->by_id);
    g_hash_table_unref(self->clients);
    g_queue_clear(&self->over_order);
    g_hash_table_unref(self->over);
    gw_policies_free(self->policies);
    g_free(self);
}
