#include "media/net.h"

#include <string.h>
#include <sys/epoll.h>

#include "media/error.h"
#include "media/framing.h"
#include "media/routes.h"
#include "media/tcp.h"
#include "media/transport-priv.h"
#include "media/udp.h"

enum {
    ANY_PORT_TRIES = 32,          /* to find a number that is free for UDP and TCP */
    REPORTS_EVERY_US = 10 * 1000, /* longer no report waits for a pass that is made for media */
};

struct MediaNet {
    MediaWorker *worker; /* borrowed */
    MediaUdp *udp;       /* owned */
    MediaUdp *reports;   /* owned; NULL: they come to udp */
    MediaUdp *sending;   /* owned; NULL: udp sends too */
    MediaRoutes *routes; /* owned; NULL: every source is named */
    MediaTcp *tcp;       /* owned */
    MediaWatch udp_watch, reports_watch, routes_watch;
    MediaTimer reports_timer; /* runs while reports come: they wake nobody */
    GHashTable *ufrags;       /* owned string -> borrowed MediaTransport */
    GHashTable *paths; /* owned MediaAddress -> borrowed MediaTransport; UDP only, a connection knows its owner */
    MediaStun stun;
    MediaSendRun run;
    unsigned n_datagrams;
};

static void
on_stun(MediaNet *self, const MediaPath *path, const uint8_t *bytes, size_t size)
{
    char ufrag[MEDIA_UFRAG_MAX + 1];
    MediaStunCheck check;
    MediaTransport *transport;

    if (!media_stun_parse(bytes, size, &check) || check.local_size > MEDIA_UFRAG_MAX)
        return;
    memcpy(ufrag, check.local, check.local_size);
    ufrag[check.local_size] = '\0';
    transport = g_hash_table_lookup(self->ufrags, ufrag);
    if (transport != NULL)
        media_transport_on_check(transport, path, &check);
}

/* RFC 7983 section 7, without ZRTP and TURN channels */
static void
on_datagram(void *data, const MediaPath *path, uint8_t *bytes, size_t size)
{
    MediaNet *self = data;
    MediaTransport *transport;

    self->n_datagrams++;
    if (size == 0)
        return;
    if (bytes[0] <= 3) {
        on_stun(self, path, bytes, size);
        return;
    }
    if (path->connection != NULL)
        transport = media_tcp_connection_get_owner(path->connection);
    else
        transport = g_hash_table_lookup(self->paths, &path->remote);
    if (transport == NULL)
        return;
    if (bytes[0] >= 128 && bytes[0] <= 191)
        media_transport_on_media(transport, path, bytes, size);
    else if (bytes[0] >= 20 && bytes[0] <= 63)
        media_transport_on_dtls(transport, path, bytes, size);
}

static void
on_connection_closed(void *data G_GNUC_UNUSED, MediaTcpConnection *connection)
{
    MediaTransport *transport = media_tcp_connection_get_owner(connection);
    MediaPath path = { .connection = connection };

    if (transport == NULL)
        return;
    path.remote = *media_tcp_connection_get_remote(connection);
    media_transport_on_path_lost(transport, &path);
}

static const MediaTcpEvents tcp_events = {
    .received = on_datagram,
    .closed = on_connection_closed,
};

/* A hundred viewers report a thousand times a second, and a wake-up costs more than what it is for. So the first report wakes;
 * those that follow are read in passes that are made anyway, or every REPORTS_EVERY_US. */

static void read_reports(void *data);

static bool
drain_reports(MediaNet *self)
{
    unsigned n_datagrams = self->n_datagrams;
    bool any = media_udp_drain(self->reports, on_datagram, self);

    self->n_datagrams = n_datagrams;
    if (any)
        media_worker_start_timer(self->worker, &self->reports_timer,
                                 media_worker_now_us(self->worker) + REPORTS_EVERY_US, read_reports, self);
    return any;
}

static void
read_reports(void *data)
{
    MediaNet *self = data;

    if (!drain_reports(self))
        media_worker_rewatch(self->worker, &self->reports_watch, EPOLLIN | EPOLLONESHOT);
}

static void
on_reports_ready(void *data, uint32_t events G_GNUC_UNUSED)
{
    read_reports(data);
}

static bool
is_reading_reports(const MediaNet *self)
{
    return self->reports_timer.next != NULL;
}

static void
on_udp_ready(void *data, uint32_t events G_GNUC_UNUSED)
{
    MediaNet *self = data;

    media_udp_drain(self->udp, on_datagram, self);
    if (is_reading_reports(self))
        drain_reports(self);
}

static bool
watch_sockets(MediaNet *self)
{
    self->udp_watch = (MediaWatch){ .on_ready = on_udp_ready, .data = self, .fd = media_udp_get_fd(self->udp) };
    if (!media_worker_watch(self->worker, &self->udp_watch, EPOLLIN))
        return false;
    self->reports = media_udp_new_for_reports(self->udp);
    if (self->reports == NULL)
        return true;
    self->reports_watch =
        (MediaWatch){ .on_ready = on_reports_ready, .data = self, .fd = media_udp_get_fd(self->reports) };
    if (!media_worker_watch(self->worker, &self->reports_watch, EPOLLIN | EPOLLONESHOT))
        return false;
    self->sending = media_udp_new_for_sending(self->udp);
    return true;
}

static void
on_routes_ready(void *data, uint32_t events G_GNUC_UNUSED)
{
    media_routes_drain(((MediaNet *)data)->routes);
}

static bool
watch_routes(MediaNet *self, const MediaAddress *bind_address)
{
    self->routes = media_routes_new(media_address_is_ipv4(bind_address) ? AF_INET : AF_INET6);
    if (self->routes == NULL)
        return true;
    self->routes_watch =
        (MediaWatch){ .on_ready = on_routes_ready, .data = self, .fd = media_routes_get_fd(self->routes) };
    return media_worker_watch(self->worker, &self->routes_watch, EPOLLIN);
}

void
media_net_check_source(MediaNet *self, MediaSendTarget *target)
{
    if (self->routes == NULL || target->path.connection != NULL ||
        target->generation == media_routes_get_generation(self->routes))
        return;
    target->named = !media_routes_choose(self->routes, &target->path.remote, &target->path.local);
    target->generation = media_routes_get_generation(self->routes);
}

static const MediaAddress *
get_source(const MediaNet *self, const MediaSendTarget *target)
{
    bool known = self->routes != NULL && target->generation == media_routes_get_generation(self->routes);

    return known && !target->named ? NULL : &target->path.local;
}

static MediaUdp *
get_sending(MediaNet *self)
{
    return self->sending != NULL ? self->sending : self->udp;
}

static void
send_one_by_one(MediaNet *self, const MediaSendRun *run)
{
    MediaSendTarget *target = run->target;

    for (size_t offset = 0; offset < run->used; offset += run->segment_size) {
        size_t size = MIN(run->segment_size, run->used - offset);

        if (media_udp_send(get_sending(self), get_source(self, target), &target->path.remote, run->bytes + offset, size,
                           0) != MEDIA_SEND_OK) {
            target->dropped++;
            continue;
        }
        target->packets++;
        target->bytes += size;
    }
}

static void
send_run(void *data, const MediaSendRun *run)
{
    MediaNet *self = data;
    MediaSendTarget *target = run->target;
    MediaSendResult result;

    if (target->path.connection != NULL)
        result = media_tcp_connection_send(target->path.connection, run->bytes, run->used) ? MEDIA_SEND_OK
                                                                                           : MEDIA_SEND_DROPPED;
    else
        result = media_udp_send(get_sending(self), get_source(self, target), &target->path.remote, run->bytes,
                                run->used, (uint16_t)run->segment_size);

    switch (result) {
    case MEDIA_SEND_OK:
        target->packets += run->n_segments;
        target->bytes += run->used;
        break;
    case MEDIA_SEND_DROPPED:
        target->dropped += run->n_segments;
        break;
    case MEDIA_SEND_GSO_REFUSED:
        target->gso_refused = true;
        send_one_by_one(self, run);
        break;
    }
}

/* UDP first: the kernel chooses the number when it is 0, and TCP has to take the same. */
static bool
open_sockets(MediaNet *self, const MediaAddress *bind_address, GError **error)
{
    unsigned tries = bind_address->port == 0 ? ANY_PORT_TRIES : 1;

    for (unsigned i = 1;; i++) {
        g_autoptr(GError) tcp_error = NULL;
        MediaAddress address = *bind_address;

        self->udp = media_udp_new(&address, error);
        if (self->udp == NULL)
            return false;
        address.port = media_udp_get_port(self->udp);
        self->tcp = media_tcp_new(self->worker, &address, &tcp_events, self, &tcp_error);
        if (self->tcp != NULL)
            return true;
        g_clear_pointer(&self->udp, media_udp_free);
        if (i == tries) {
            g_propagate_error(error, g_steal_pointer(&tcp_error));
            return false;
        }
    }
}

MediaNet *
media_net_new(MediaWorker *worker, const MediaWorkerConfig *config, GError **error)
{
    MediaNet *self;
    MediaAddress address;

    if (!media_address_parse(config->bind_address, config->port, &address)) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_INVALID, "'%s' is not a numeric address", config->bind_address);
        return NULL;
    }
    self = g_new0(MediaNet, 1);
    self->worker = worker;
    self->ufrags = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    self->paths = g_hash_table_new_full(media_address_hash, media_address_equal_func, g_free, NULL);
    media_stun_init(&self->stun);
    media_send_run_init(&self->run, send_run, self);
    if (!open_sockets(self, &address, error)) {
        media_net_free(self);
        return NULL;
    }
    if (!watch_sockets(self) || !watch_routes(self, &address)) {
        g_set_error_literal(error, MEDIA_ERROR, MEDIA_ERROR_SYSTEM, "cannot watch the UDP sockets");
        media_net_free(self);
        return NULL;
    }
    return self;
}

void
media_net_free(MediaNet *self)
{
    if (self == NULL)
        return;
    g_assert(g_hash_table_size(self->ufrags) == 0); /* a transport has outlived its worker */
    if (self->udp_watch.on_ready != NULL)
        media_worker_unwatch(self->worker, &self->udp_watch);
    if (self->reports_watch.on_ready != NULL)
        media_worker_unwatch(self->worker, &self->reports_watch);
    if (self->routes_watch.on_ready != NULL)
        media_worker_unwatch(self->worker, &self->routes_watch);
    media_tcp_free(self->tcp);
    media_routes_free(self->routes);
    media_udp_free(self->sending);
    media_udp_free(self->reports);
    media_udp_free(self->udp);
    g_hash_table_unref(self->ufrags);
    g_hash_table_unref(self->paths);
    g_free(self);
}

unsigned
media_net_take_n_datagrams(MediaNet *self)
{
    unsigned n = self->n_datagrams;

    self->n_datagrams = 0;
    return n;
}

uint16_t
media_net_get_port(const MediaNet *self)
{
    return media_udp_get_port(self->udp);
}

void
media_net_add_ufrag(MediaNet *self, const char *ufrag, MediaTransport *transport)
{
    g_hash_table_replace(self->ufrags, g_strdup(ufrag), transport);
}

void
media_net_remove_ufrag(MediaNet *self, const char *ufrag, const MediaTransport *transport)
{
    if (g_hash_table_lookup(self->ufrags, ufrag) == transport)
        g_hash_table_remove(self->ufrags, ufrag);
}

static MediaTransport *
find_owner(const MediaNet *self, const MediaPath *path)
{
    if (path->connection != NULL)
        return media_tcp_connection_get_owner(path->connection);
    return g_hash_table_lookup(self->paths, &path->remote);
}

void
media_net_add_path(MediaNet *self, const MediaPath *path, MediaTransport *transport)
{
    MediaTransport *owner = find_owner(self, path);

    if (owner == transport)
        return;
    if (owner != NULL)
        media_transport_on_path_lost(owner, path);
    if (path->connection != NULL)
        media_tcp_connection_set_owner(path->connection, transport);
    else
        g_hash_table_replace(self->paths, g_memdup2(&path->remote, sizeof(path->remote)), transport);
}

void
media_net_remove_path(MediaNet *self, const MediaPath *path, const MediaTransport *transport)
{
    if (find_owner(self, path) != transport)
        return;
    if (path->connection != NULL) {
        media_tcp_connection_set_owner(path->connection, NULL);
        media_tcp_connection_close(path->connection);
        return;
    }
    g_hash_table_remove(self->paths, &path->remote);
}

bool
media_net_send(MediaNet *self, const MediaPath *path, const uint8_t *bytes, size_t size)
{
    uint8_t frame[MEDIA_FRAMING_HEADER + MEDIA_MAX_PACKET];

    media_send_run_flush(&self->run);
    if (path->connection == NULL)
        return media_udp_send(get_sending(self), &path->local, &path->remote, bytes, size, 0) == MEDIA_SEND_OK;
    if (size > MEDIA_MAX_PACKET)
        return false;
    frame[0] = (uint8_t)(size >> 8);
    frame[1] = (uint8_t)size;
    memcpy(frame + MEDIA_FRAMING_HEADER, bytes, size);
    return media_tcp_connection_send(path->connection, frame, MEDIA_FRAMING_HEADER + size);
}

MediaSendRun *
media_net_get_run(MediaNet *self)
{
    return &self->run;
}

MediaStun *
media_net_get_stun(MediaNet *self)
{
    return &self->stun;
}

void
media_net_flush(MediaNet *self)
{
    media_send_run_flush(&self->run);
}
