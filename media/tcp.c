#include "media/tcp.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "media/error.h"
#include "media/framing.h"

enum {
    BACKLOG = 256,
    ACCEPTS_PER_PASS = 32,
    READ_BYTES = 16384,             /* per connection and pass */
    SEND_BUFFER_BYTES = 256 * 1024, /* of the kernel's: 0.5 s of a 4 Mbit/s picture, later ones are dropped */
    PENDING_MAX_BYTES = 128 * 1024, /* the unsent rest of one write */
    RETRY_ACCEPT_US = 100000,       /* when descriptors have run out */
};

struct MediaTcp {
    MediaWorker *worker; /* borrowed */
    const MediaTcpEvents *events;
    void *data;
    MediaWatch watch;
    MediaTimer retry;
    GPtrArray *connections; /* owned */
    uint8_t buffer[READ_BYTES];
};

struct MediaTcpConnection {
    MediaTcp *tcp; /* borrowed */
    MediaPath path;
    void *owner; /* opaque */
    MediaWatch watch;
    MediaTimer unclaimed;
    MediaDeferred closing;
    bool closed;
    MediaFraming framing;
    uint8_t *pending; /* owned; NULL: all that was sent has left */
    size_t pending_size, pending_sent;
};

static void
connection_free(void *data)
{
    MediaTcpConnection *self = data;

    media_worker_unwatch(self->tcp->worker, &self->watch);
    media_worker_stop_timer(self->tcp->worker, &self->unclaimed);
    media_worker_cancel_deferred(self->tcp->worker, &self->closing);
    close(self->watch.fd);
    g_free(self->pending);
    g_free(self);
}

static void
on_closing(void *data)
{
    MediaTcpConnection *self = data;
    MediaTcp *tcp = self->tcp;

    tcp->events->closed(tcp->data, self);
    g_ptr_array_remove_fast(tcp->connections, self);
}

void
media_tcp_connection_close(MediaTcpConnection *self)
{
    if (self->closed)
        return;
    self->closed = true;
    media_worker_rewatch(self->tcp->worker, &self->watch, 0);
    media_worker_defer(self->tcp->worker, &self->closing, on_closing, self);
}

static void
on_unclaimed(void *data)
{
    media_tcp_connection_close(data);
}

static bool
on_frame(void *data, uint8_t *packet, size_t size)
{
    MediaTcpConnection *self = data;

    self->tcp->events->received(self->tcp->data, &self->path, packet, size);
    return !self->closed;
}

static void
on_readable(MediaTcpConnection *self)
{
    ssize_t n = recv(self->watch.fd, self->tcp->buffer, READ_BYTES, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0 || !media_framing_push(&self->framing, self->tcp->buffer, (size_t)n, on_frame, self))
        media_tcp_connection_close(self);
}

static void
on_writable(MediaTcpConnection *self)
{
    ssize_t n;

    if (self->pending == NULL)
        return;
    n = send(self->watch.fd, self->pending + self->pending_sent, self->pending_size - self->pending_sent,
             MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0) {
        if (errno != EAGAIN && errno != EINTR)
            media_tcp_connection_close(self);
        return;
    }
    self->pending_sent += (size_t)n;
    if (self->pending_sent < self->pending_size)
        return;
    g_clear_pointer(&self->pending, g_free);
    media_worker_rewatch(self->tcp->worker, &self->watch, EPOLLIN);
}

static void
on_connection_ready(void *data, uint32_t events)
{
    MediaTcpConnection *self = data;

    if (!self->closed && (events & EPOLLOUT) != 0)
        on_writable(self);
    if (!self->closed && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0)
        on_readable(self);
}

static unsigned
count_from(const MediaTcp *self, const MediaAddress *address)
{
    unsigned n = 0;

    for (unsigned i = 0; i < self->connections->len; i++) {
        const MediaTcpConnection *connection = g_ptr_array_index(self->connections, i);

        n += memcmp(connection->path.remote.ip, address->ip, sizeof(address->ip)) == 0;
    }
    return n;
}

static void
add_connection(MediaTcp *self, int fd, const MediaAddress *remote)
{
    MediaTcpConnection *connection = g_new0(MediaTcpConnection, 1);
    const int one = 1, size = SEND_BUFFER_BYTES;

    (void)!setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    (void)!setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    connection->tcp = self;
    connection->path.remote = *remote;
    connection->path.connection = connection;
    connection->watch = (MediaWatch){ .on_ready = on_connection_ready, .data = connection, .fd = fd };
    g_ptr_array_add(self->connections, connection);
    if (!media_worker_watch(self->worker, &connection->watch, EPOLLIN)) {
        media_tcp_connection_close(connection);
        return;
    }
    media_worker_start_timer(self->worker, &connection->unclaimed,
                             media_worker_now_us(self->worker) + MEDIA_TCP_UNCLAIMED_US, on_unclaimed, connection);
}

static void
on_retry_accept(void *data)
{
    MediaTcp *self = data;

    media_worker_rewatch(self->worker, &self->watch, EPOLLIN);
}

static void
on_listener_ready(void *data, uint32_t events G_GNUC_UNUSED)
{
    MediaTcp *self = data;

    for (unsigned i = 0; i < ACCEPTS_PER_PASS; i++) {
        struct sockaddr_storage from;
        socklen_t size = sizeof(from);
        MediaAddress remote;
        int fd = accept4(self->watch.fd, (struct sockaddr *)&from, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);

        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
            /* the listener stays readable: waiting for descriptors must not spin */
            media_worker_rewatch(self->worker, &self->watch, 0);
            media_worker_start_timer(self->worker, &self->retry, media_worker_now_us(self->worker) + RETRY_ACCEPT_US,
                                     on_retry_accept, self);
            return;
        }
        if (fd < 0)
            return;
        if (!media_address_from_sockaddr(&from, &remote) || self->connections->len >= MEDIA_TCP_MAX_CONNECTIONS ||
            count_from(self, &remote) >= MEDIA_TCP_MAX_PER_ADDRESS)
            close(fd);
        else
            add_connection(self, fd, &remote);
    }
}

static int
open_listener(const MediaAddress *address, GError **error)
{
    struct sockaddr_storage name;
    int family = media_address_is_ipv4(address) ? AF_INET : AF_INET6;
    socklen_t size = media_address_to_sockaddr(address, family, &name);
    const int one = 1, zero = 0;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd >= 0) {
        (void)!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
        if (family == AF_INET6)
            (void)!setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
    }
    if (fd < 0 || bind(fd, (struct sockaddr *)&name, size) < 0 || listen(fd, BACKLOG) < 0) {
        int code = errno;
        char text[64];

        if (fd >= 0)
            close(fd);
        media_address_format(address, text, sizeof(text));
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_SYSTEM, "cannot open TCP %s: %s", text, g_strerror(code));
        return -1;
    }
    return fd;
}

MediaTcp *
media_tcp_new(MediaWorker *worker, const MediaAddress *bind_address, const MediaTcpEvents *events, void *data,
              GError **error)
{
    int fd = open_listener(bind_address, error);
    MediaTcp *self;

    if (fd < 0)
        return NULL;
    self = g_new0(MediaTcp, 1);
    self->worker = worker;
    self->events = events;
    self->data = data;
    self->connections = g_ptr_array_new_with_free_func(connection_free);
    self->watch = (MediaWatch){ .on_ready = on_listener_ready, .data = self, .fd = fd };
    if (!media_worker_watch(worker, &self->watch, EPOLLIN)) {
        g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_SYSTEM, "cannot watch a listener: %s", g_strerror(errno));
        media_tcp_free(self);
        return NULL;
    }
    return self;
}

void
media_tcp_free(MediaTcp *self)
{
    if (self == NULL)
        return;
    g_ptr_array_unref(self->connections);
    media_worker_stop_timer(self->worker, &self->retry);
    media_worker_unwatch(self->worker, &self->watch);
    close(self->watch.fd);
    g_free(self);
}

unsigned
media_tcp_get_n_connections(const MediaTcp *self)
{
    return self->connections->len;
}

void
media_tcp_connection_set_owner(MediaTcpConnection *self, void *owner)
{
    self->owner = owner;
    media_worker_stop_timer(self->tcp->worker, &self->unclaimed);
}

void *
media_tcp_connection_get_owner(const MediaTcpConnection *self)
{
    return self->owner;
}

const MediaAddress *
media_tcp_connection_get_remote(const MediaTcpConnection *self)
{
    return &self->path.remote;
}

bool
media_tcp_connection_send(MediaTcpConnection *self, const uint8_t *frames, size_t size)
{
    ssize_t n;

    if (self->closed || self->pending != NULL || size > PENDING_MAX_BYTES)
        return false;
    n = send(self->watch.fd, frames, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno != EAGAIN && errno != EINTR) {
        media_tcp_connection_close(self);
        return false;
    }
    if (n < 0)
        return false;
    if ((size_t)n == size)
        return true;
    /* a frame was cut: its rest has to follow, or the stream is lost */
    self->pending_size = size - (size_t)n;
    self->pending_sent = 0;
    self->pending = g_memdup2(frames + n, self->pending_size);
    media_worker_rewatch(self->tcp->worker, &self->watch, EPOLLIN | EPOLLOUT);
    return true;
}
