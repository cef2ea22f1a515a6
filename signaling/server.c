#include "signaling/server.h"

#include "signaling/openrpc.h"
#include "signaling/server-private.h"

/* A GSource that runs the crossing when something was posted. */
typedef struct {
    GSource source;
    SigServer *server;
} CrossingSource;

static gboolean
dispatch(GSource *source, GSourceFunc callback G_GNUC_UNUSED, gpointer user_data G_GNUC_UNUSED)
{
    SigServer *server = sig_server_ref(((CrossingSource *)source)->server);

    g_source_set_ready_time(source, -1);
    sig_crossing_run(server->to_main);
    sig_server_unref(server);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = { .dispatch = dispatch };

static void
wake_main(void *data)
{
    g_source_set_ready_time(data, 0);
}

static void
on_upgrade(SigUpgrade *upgrade, void *user_data)
{
    SigServer *self = user_data;
    SigClient *client;

    if (self->listener == NULL) {
        sig_upgrade_free(upgrade);
        return;
    }
    client = g_new0(SigClient, 1);
    client->server = self;
    client->upgrade = upgrade;
    g_hash_table_insert(self->clients, &upgrade->id, client);
    if (self->events.client_opened != NULL)
        self->events.client_opened(client, self->user_data);
}

static void
on_call(uint64_t id, SigCall *call, void *user_data)
{
    SigServer *self = user_data;
    SigClient *client = g_hash_table_lookup(self->clients, &id);

    if (client == NULL || client->closing || self->listener == NULL) {
        sig_call_free(call);
        return;
    }
    sig_request_begin(self, client, call);
}

static void
close_client(SigServer *self, SigClient *client)
{
    client->closing = true;
    if (self->events.client_closed != NULL)
        self->events.client_closed(client, self->user_data);
    g_hash_table_remove(self->clients, &client->upgrade->id);
}

static void
on_closed(uint64_t id, void *user_data)
{
    SigServer *self = user_data;
    SigClient *client = g_hash_table_lookup(self->clients, &id);

    if (client != NULL)
        close_client(self, client);
}

static void
on_http(SigHttp *http, void *user_data)
{
    SigServer *self = user_data;

    if (self->listener == NULL) {
        sig_http_free(http);
        return;
    }
    sig_http_begin(self, http);
}

static const SigListenerEvents listener_events = {
    .on_upgrade = on_upgrade,
    .on_call = on_call,
    .on_closed = on_closed,
    .on_http = on_http,
};

SigServer *
sig_server_new(const SigServerConfig *config, const SigServerEvents *events, void *user_data, GError **error)
{
    SigServer *self = g_new0(SigServer, 1);

    self->refs = 1;
    self->events = *events;
    self->user_data = user_data;
    self->methods = sig_methods_new();
    self->router = sig_router_new();
    self->clients = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)sig_client_free);
    self->source = g_source_new(&source_funcs, sizeof(CrossingSource));
    ((CrossingSource *)self->source)->server = self;
    g_source_set_ready_time(self->source, -1);
    g_source_attach(self->source, NULL);
    self->to_main = sig_crossing_new(wake_main, self->source);
    self->listener = sig_listener_new(config, self->router, self->to_main, &listener_events, self, error);
    if (self->listener == NULL)
        g_clear_pointer(&self, sig_server_unref);
    return self;
}

SigServer *
sig_server_ref(SigServer *self)
{
    self->refs++;
    return self;
}

void
sig_server_unref(SigServer *self)
{
    if (--self->refs > 0)
        return;
    g_source_destroy(self->source);
    g_source_unref(self->source);
    sig_crossing_free(self->to_main);
    g_hash_table_unref(self->clients);
    sig_router_free(self->router);
    sig_methods_free(self->methods);
    g_free(self);
}

static SigClient *
any_client(SigServer *self)
{
    GHashTableIter iter;
    void *client;

    g_hash_table_iter_init(&iter, self->clients);
    return g_hash_table_iter_next(&iter, NULL, &client) ? client : NULL;
}

void
sig_server_free(SigServer *self)
{
    SigListener *listener = g_steal_pointer(&self->listener);
    SigClient *client;

    while ((client = any_client(self)) != NULL)
        close_client(self, client);
    /* what is queued for main was said by clients that have been closed; it must not outlive the listener */
    sig_listener_free(listener);
    g_source_destroy(self->source);
    sig_crossing_run(self->to_main);
    sig_server_unref(self);
}

void
sig_server_start(SigServer *self)
{
    sig_listener_start(self->listener);
}

uint16_t
sig_server_get_port(const SigServer *self)
{
    return sig_listener_get_port(self->listener);
}

void
sig_server_add_methods(SigServer *self, const SigMethod *const *methods, void *user_data)
{
    for (unsigned i = 0; methods[i] != NULL; i++)
        sig_methods_add(self->methods, methods[i], user_data);
}

void
sig_server_add_events(SigServer *self, const SigEvent *events)
{
    for (const SigEvent *row = events; row->name != NULL; row++)
        sig_methods_add_event(self->methods, row);
}

void
sig_server_add_routes(SigServer *self, const SigRoute *routes, void *user_data)
{
    sig_router_add(self->router, routes, user_data);
}

JsonNode *
sig_server_get_openrpc(SigServer *self, const char *title, const char *version)
{
    JsonNode *document = sig_openrpc_new(self->methods, title, version);

    sig_openrpc_add_routes(document, self->router);
    return document;
}

void
sig_server_foreach_method(SigServer *self, void (*func)(const SigMethod *method, void *data), void *data)
{
    for (unsigned i = 0; i < sig_methods_get_length(self->methods); i++)
        func(sig_methods_get(self->methods, i), data);
}

void
sig_server_foreach_route(SigServer *self, void (*func)(const SigRoute *route, void *data), void *data)
{
    for (unsigned i = 0; i < sig_router_get_length(self->router); i++)
        func(sig_router_get(self->router, i)->row, data);
}

void
sig_server_get_stats(SigServer *self, SigServerStats *ret_stats)
{
    *ret_stats = (SigServerStats){ .clients = g_hash_table_size(self->clients), .requests = self->n_requests };
    sig_listener_get_counts(self->listener, &ret_stats->refused, &ret_stats->dropped_slow);
}
