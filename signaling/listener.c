#include "signaling/listener.h"

#include <string.h>
#include <unistd.h>

#include "signaling/acceptor.h"
#include "signaling/address.h"
#include "signaling/connection.h"
#include "signaling/exchange.h"
#include "signaling/socket.h"
#include "signaling/tls.h"

enum {
    DEFAULT_MAX_CLIENTS = 10000,
    DEFAULT_MAX_PER_ADDRESS = 256,
    TICK_MS = 500,
    STOP_MS = 1000,
    TLS_HANDSHAKE_S = 10,
};

static void on_wake(uv_async_t *wake);
static void on_tick(uv_timer_t *ticker);

static void
forget(SigConnection *connection)
{
    SigListener *self = connection->listener;

    if (connection->in_quota)
        sig_quota_leave(self->quota, connection->peer);
    g_hash_table_remove(self->connections, &connection->id);
}

/* Every callback of every socket. */
static int
on_lws(struct lws *wsi, enum lws_callback_reasons reason, void *user G_GNUC_UNUSED, void *in, size_t size)
{
    SigConnection *connection;
    bool keep = true;

    if (reason != LWS_CALLBACK_RAW_ADOPT && reason != LWS_CALLBACK_RAW_RX && reason != LWS_CALLBACK_RAW_WRITEABLE &&
        reason != LWS_CALLBACK_RAW_CLOSE && reason != LWS_CALLBACK_WSI_DESTROY)
        return 0;
    connection = lws_get_opaque_user_data(wsi);
    if (connection == NULL)
        return 0;
    connection->listener->now_us = g_get_monotonic_time();
    switch ((int)reason) {
    case LWS_CALLBACK_RAW_ADOPT:
        connection->wsi = wsi;
        break;
    case LWS_CALLBACK_RAW_RX:
        /* its own, after a TLS handshake; deadlines are ours from here */
        if (connection->state == SIG_CONNECTION_HEAD)
            lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
        keep = sig_connection_on_bytes(connection, in, size);
        break;
    case LWS_CALLBACK_RAW_WRITEABLE:
        keep = sig_connection_on_writable(connection);
        break;
    default:
        lws_set_opaque_user_data(wsi, NULL);
        forget(connection);
        break;
    }
    return keep ? 0 : -1;
}

static const struct lws_protocols protocols[] = {
    { .name = "signaling", .callback = on_lws, .tx_packet_size = SIG_LISTENER_CHUNK },
    { NULL },
};

static void
on_lws_log(int level G_GNUC_UNUSED, const char *line)
{
    g_debug("%.*s", (int)strcspn(line, "\n"), line);
}

void
sig_listener_adopt(SigListener *self, int fd, const char *peer)
{
    SigConnection *connection;
    lws_adopt_desc_t adopt = { 0 };
    uint64_t id;

    self->now_us = g_get_monotonic_time();
    if (self->stopping || g_hash_table_size(self->connections) >= self->config.max_clients) {
        self->counts.refused++;
        close(fd);
        return;
    }
    id = ++self->last_id;
    connection = sig_connection_new(self, id, peer);
    if (!sig_address_is_in(peer, (const char *const *)self->config.trusted_proxies)) {
        connection->in_quota = sig_quota_enter(self->quota, peer);
        if (!connection->in_quota) {
            self->counts.refused++;
            sig_connection_free(connection);
            close(fd);
            return;
        }
    }
    g_hash_table_insert(self->connections, &connection->id, connection);
    adopt.vh = lws_get_vhost_by_name(self->context, "signaling");
    adopt.type = LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL;
    adopt.fd.sockfd = fd;
    adopt.vh_prot_name = protocols[0].name;
    adopt.opaque = connection;
    /* closes fd if it fails; the connection is forgotten by its callbacks, if it came that far */
    if (lws_adopt_descriptor_vhost_via_info(&adopt) == NULL) {
        connection = g_hash_table_lookup(self->connections, &id);
        if (connection != NULL)
            forget(connection);
    }
}

static void
on_tick(uv_timer_t *ticker)
{
    SigListener *self = ticker->data;
    GHashTableIter iter;
    void *value;

    self->now_us = g_get_monotonic_time();
    g_hash_table_iter_init(&iter, self->connections);
    while (g_hash_table_iter_next(&iter, NULL, &value))
        sig_connection_on_tick(value);
    sig_quota_prune(self->quota, self->now_us);
}

static void
on_wake(uv_async_t *wake)
{
    SigListener *self = wake->data;

    self->now_us = g_get_monotonic_time();
    sig_crossing_run(self->from_main);
}

/* libwebsockets' handles close through the loop, so it is destroyed in two halves around the last turns of it. */
static void
destroy_context(SigListener *self)
{
    sig_acceptor_stop(self->acceptor);
    uv_close((uv_handle_t *)&self->wake, NULL);
    uv_close((uv_handle_t *)&self->ticker, NULL);
    lws_context_destroy(self->context);
    uv_run(&self->loop, UV_RUN_DEFAULT);
    lws_context_destroy(self->context);
}

static void *
listener_main(void *data)
{
    SigListener *self = data;
    int64_t stop_us;

    sig_acceptor_start(self->acceptor, self);
    uv_run(&self->loop, UV_RUN_DEFAULT);

    stop_us = g_get_monotonic_time() + STOP_MS * 1000;
    uv_timer_start(&self->ticker, on_tick, 0, 50);
    while (g_hash_table_size(self->connections) > 0 && g_get_monotonic_time() < stop_us)
        uv_run(&self->loop, UV_RUN_ONCE);
    destroy_context(self);
    return NULL;
}

static void
wake_listener(void *data)
{
    SigListener *self = data;

    uv_async_send(&self->wake);
}

static bool
init_context(SigListener *self, const SigServerConfig *config, GError **error)
{
    void *loops[1] = { &self->loop };
    struct lws_context_creation_info info = { 0 };

    lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
    info.options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    info.foreign_loops = loops;
    info.pt_serv_buf_size = SIG_LISTENER_CHUNK;
    info.timeout_secs = TLS_HANDSHAKE_S;
    info.gid = info.uid = -1;
    if (config->certificate_path != NULL)
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    self->context = lws_create_context(&info);
    if (self->context == NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_INTERNAL,
                    "libwebsockets cannot start (is its libuv plugin, libwebsockets-evlib-uv, installed?)");
        return false;
    }
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.vhost_name = protocols[0].name;
    info.protocols = protocols;
    if (config->certificate_path != NULL)
        sig_tls_fill(&info, config->certificate_path, config->key_path);
    if (lws_create_vhost(self->context, &info) != NULL)
        return true;
    g_set_error(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE, "libwebsockets does not take the certificate '%s'",
                config->certificate_path != NULL ? config->certificate_path : "");
    return false;
}

static bool
copy_config(SigListener *self, const SigServerConfig *config, GError **error)
{
    for (unsigned i = 0; config->trusted_proxies != NULL && config->trusted_proxies[i] != NULL; i++) {
        if (sig_network_is_valid(config->trusted_proxies[i]))
            continue;
        g_set_error(error, SIG_ERROR, SIG_ERROR_INVALID, "'%s' is no address or network (CIDR) of a trusted proxy",
                    config->trusted_proxies[i]);
        return false;
    }
    self->config.tls = config->certificate_path != NULL;
    self->config.websocket_path = g_strdup(config->websocket_path);
    self->config.origins = g_strdupv((char **)config->origins);
    self->config.trusted_proxies = g_strdupv((char **)config->trusted_proxies);
    self->config.max_clients = config->max_clients > 0 ? config->max_clients : DEFAULT_MAX_CLIENTS;
    return true;
}

static bool
init(SigListener *self, const SigServerConfig *config, GError **error)
{
    if (!copy_config(self, config, error))
        return false;
    if (config->certificate_path != NULL && !sig_tls_check(config->certificate_path, config->key_path, error))
        return false;
    self->pages = sig_pages_new(config->static_root, config->static_pages, error);
    if (self->pages == NULL)
        return false;
    self->acceptor = sig_acceptor_new(config->address, config->port, error);
    return self->acceptor != NULL && init_context(self, config, error);
}

SigListener *
sig_listener_new(const SigServerConfig *config, const SigRouter *router, SigCrossing *to_main,
                 const SigListenerEvents *events, void *user_data, GError **error)
{
    g_autoptr(SigListener) self = g_new0(SigListener, 1);

    self->router = router;
    self->to_main = to_main;
    self->events = events;
    self->user_data = user_data;
    self->from_main = sig_crossing_new(wake_listener, self);
    self->quota = sig_quota_new(config->max_per_address > 0 ? config->max_per_address : DEFAULT_MAX_PER_ADDRESS);
    self->connections = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, (GDestroyNotify)sig_connection_free);
    self->write_buffer = g_malloc(LWS_PRE + SIG_LISTENER_CHUNK);
    uv_loop_init(&self->loop);
    uv_async_init(&self->loop, &self->wake, on_wake);
    self->wake.data = self;
    uv_timer_init(&self->loop, &self->ticker);
    self->ticker.data = self;
    uv_timer_start(&self->ticker, on_tick, TICK_MS, TICK_MS);
    return init(self, config, error) ? g_steal_pointer(&self) : NULL;
}

static void
stop(void *data)
{
    SigListener *self = data;

    self->stopping = true;
    uv_stop(&self->loop);
}

static void
free_unstarted(SigListener *self)
{
    uv_close((uv_handle_t *)&self->wake, NULL);
    uv_close((uv_handle_t *)&self->ticker, NULL);
    if (self->context != NULL)
        lws_context_destroy(self->context);
    uv_run(&self->loop, UV_RUN_DEFAULT);
    if (self->context != NULL)
        lws_context_destroy(self->context);
}

void
sig_listener_free(SigListener *self)
{
    if (self->thread != NULL) {
        sig_crossing_post(self->from_main, stop, self, NULL);
        g_thread_join(self->thread);
    } else {
        free_unstarted(self);
    }
    uv_loop_close(&self->loop);
    sig_crossing_free(self->from_main);
    g_hash_table_unref(self->connections);
    g_clear_pointer(&self->acceptor, sig_acceptor_free);
    g_clear_pointer(&self->pages, sig_pages_free);
    sig_quota_free(self->quota);
    g_free(self->write_buffer);
    g_free(self->config.websocket_path);
    g_strfreev(self->config.origins);
    g_strfreev(self->config.trusted_proxies);
    g_free(self);
}

void
sig_listener_start(SigListener *self)
{
    self->thread = g_thread_new("signaling", listener_main, self);
}

uint16_t
sig_listener_get_port(const SigListener *self)
{
    return sig_acceptor_get_port(self->acceptor);
}

void
sig_listener_get_counts(SigListener *self, uint64_t *ret_refused, uint64_t *ret_dropped_slow)
{
    *ret_refused = self->counts.refused;
    *ret_dropped_slow = self->counts.dropped_slow;
}
