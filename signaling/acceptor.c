#include "signaling/acceptor.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#include "signaling/address.h"
#include "signaling/error.h"

enum {
    MAX_SOCKETS = 2, /* "localhost" is two */
    BACKLOG = 1024,
    ACCEPTS_PER_PASS = 64, /* others are served in between */
};

typedef struct {
    SigAcceptor *acceptor;
    int fd;
    uv_poll_t poll;
} Socket;

struct SigAcceptor {
    SigListener *listener;
    Socket sockets[MAX_SOCKETS];
    unsigned n_sockets;
    uint16_t port;
    int reserve_fd; /* given up for a moment when there are no more */
};

static int
open_socket(GInetAddress *inet, uint16_t port)
{
    g_autoptr(GSocketAddress) address = g_inet_socket_address_new(inet, port);
    struct sockaddr_storage native;
    bool six = g_inet_address_get_family(inet) == G_SOCKET_FAMILY_IPV6;
    int fd, on = 1, off = 0;

    if (!g_socket_address_to_native(address, &native, sizeof native, NULL))
        return -1;
    fd = socket(six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    /* "::" takes IPv4 too, "::1" cannot anyway */
    if (six)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, (struct sockaddr *)&native, (socklen_t)g_socket_address_get_native_size(address)) != 0 ||
        listen(fd, BACKLOG) != 0) {
        int saved = errno;

        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static uint16_t
port_of(int fd)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;

    if (getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return 0;
    if (address.ss_family == AF_INET6)
        return ntohs(((struct sockaddr_in6 *)(void *)&address)->sin6_port);
    return ntohs(((struct sockaddr_in *)(void *)&address)->sin_port);
}

static bool
add_socket(SigAcceptor *self, const char *text, GError **error)
{
    g_autoptr(GInetAddress) inet = g_inet_address_new_from_string(text);
    int fd;

    if (inet == NULL) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_INVALID, "'%s' is not a numeric address (nor \"localhost\")", text);
        return false;
    }
    fd = open_socket(inet, self->port);
    if (fd < 0) {
        g_set_error(error, SIG_ERROR, SIG_ERROR_UNAVAILABLE, "cannot listen on %s port %u: %s", text, self->port,
                    g_strerror(errno));
        return false;
    }
    self->sockets[self->n_sockets++] = (Socket){ .acceptor = self, .fd = fd };
    self->port = port_of(fd);
    return true;
}

SigAcceptor *
sig_acceptor_new(const char *address, uint16_t port, GError **error)
{
    SigAcceptor *self = g_new0(SigAcceptor, 1);
    bool localhost = strcmp(address, "localhost") == 0;

    self->port = port;
    self->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (!add_socket(self, localhost ? "127.0.0.1" : address, error)) {
        sig_acceptor_free(self);
        return NULL;
    }
    if (localhost) {
        g_autoptr(GError) ignored = NULL;

        /* a machine without IPv6, or with something else there, still has 127.0.0.1 */
        if (!add_socket(self, "::1", &ignored))
            g_debug("%s", ignored->message);
    }
    return self;
}

void
sig_acceptor_free(SigAcceptor *self)
{
    for (unsigned i = 0; i < self->n_sockets; i++)
        close(self->sockets[i].fd);
    if (self->reserve_fd >= 0)
        close(self->reserve_fd);
    g_free(self);
}

uint16_t
sig_acceptor_get_port(const SigAcceptor *self)
{
    return self->port;
}

static void
refuse_one(SigAcceptor *self, int listen_fd)
{
    int fd;

    close(self->reserve_fd);
    fd = accept(listen_fd, NULL, NULL);
    if (fd >= 0)
        close(fd);
    self->reserve_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    self->listener->counts.refused++;
}

static void
on_readable(uv_poll_t *poll, int status, int events G_GNUC_UNUSED)
{
    Socket *self = poll->data;

    for (unsigned i = 0; status == 0 && i < ACCEPTS_PER_PASS; i++) {
        struct sockaddr_storage address;
        socklen_t size = sizeof address;
        int on = 1, fd = accept4(self->fd, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        g_autofree char *peer = NULL;

        if (fd < 0 && (errno == EMFILE || errno == ENFILE)) {
            refuse_one(self->acceptor, self->fd);
            return;
        }
        if (fd < 0)
            return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        peer = sig_address_from_sockaddr((struct sockaddr *)&address);
        sig_listener_adopt(self->acceptor->listener, fd, peer);
    }
}

void
sig_acceptor_start(SigAcceptor *self, SigListener *listener)
{
    self->listener = listener;
    for (unsigned i = 0; i < self->n_sockets; i++) {
        uv_poll_init(&listener->loop, &self->sockets[i].poll, self->sockets[i].fd);
        self->sockets[i].poll.data = &self->sockets[i];
        uv_poll_start(&self->sockets[i].poll, UV_READABLE, on_readable);
    }
}

void
sig_acceptor_stop(SigAcceptor *self)
{
    for (unsigned i = 0; i < self->n_sockets; i++)
        uv_close((uv_handle_t *)&self->sockets[i].poll, NULL);
}
