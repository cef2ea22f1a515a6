#include "fake-net.h"

#include <sys/epoll.h>

#include "media/handshake.h"
#include "media/routes.h"
#include "media/tcp.h"
#include "media/udp.h"

struct MediaUdp {
    MediaAddress from;
    const uint8_t *bytes;
    size_t size;
};

struct MediaHandshake {
    const MediaHandshakeEvents *events;
    void *data;
};

static struct {
    MediaNet *net;
    MediaWatch *watch;
    FakeNetFunc sent;
    void *data;
    MediaUdp udp;
    MediaHandshake *handshake; /* the newest */
} fake;

void
fake_net_set_up(int64_t now_us, FakeNetFunc sent, void *data)
{
    const MediaWorkerConfig config = { .bind_address = "::", .port = 1 };
    g_autoptr(GError) error = NULL;

    fake.sent = sent;
    fake.data = data;
    fake.net = media_net_new(fake_worker_reset(now_us), &config, &error);
    g_assert_no_error(error);
}

void
fake_net_tear_down(void)
{
    g_clear_pointer(&fake.net, media_net_free);
}

void
fake_net_receive(const MediaAddress *from, const uint8_t *bytes, size_t size)
{
    fake.udp = (MediaUdp){ *from, bytes, size };
    fake.watch->on_ready(fake.watch->data, EPOLLIN);
    fake_worker_end_pass();
    media_net_flush(fake.net);
}

void
fake_net_advance(int64_t us)
{
    fake_worker_advance(us);
    media_net_flush(fake.net);
}

void
fake_net_finish_handshake(const MediaDtlsResult *result)
{
    static const MediaDtlsFlight none;

    g_assert_nonnull(fake.handshake);
    fake.handshake->events->finished(fake.handshake->data, result, &none);
    fake_worker_end_pass();
}

MediaNet *
media_worker_get_net(const MediaWorker *self G_GNUC_UNUSED)
{
    return fake.net;
}

bool
media_worker_watch(MediaWorker *self G_GNUC_UNUSED, MediaWatch *watch, uint32_t events G_GNUC_UNUSED)
{
    fake.watch = watch;
    return true;
}

void
media_worker_rewatch(MediaWorker *self G_GNUC_UNUSED, MediaWatch *watch G_GNUC_UNUSED, uint32_t events G_GNUC_UNUSED)
{
}

void
media_worker_unwatch(MediaWorker *self G_GNUC_UNUSED, MediaWatch *watch G_GNUC_UNUSED)
{
    fake.watch = NULL;
}

MediaUdp *
media_udp_new(const MediaAddress *bind_address G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    return &fake.udp;
}

void
media_udp_free(MediaUdp *self G_GNUC_UNUSED)
{
}

int
media_udp_get_fd(const MediaUdp *self G_GNUC_UNUSED)
{
    return -1;
}

uint16_t
media_udp_get_port(const MediaUdp *self G_GNUC_UNUSED)
{
    return 1;
}

/* All comes to the one. */
MediaUdp *
media_udp_new_for_reports(MediaUdp *first G_GNUC_UNUSED)
{
    return NULL;
}

MediaUdp *
media_udp_new_for_sending(MediaUdp *first G_GNUC_UNUSED)
{
    return NULL;
}

/* Every source is named. */
MediaRoutes *
media_routes_new(int family G_GNUC_UNUSED)
{
    return NULL;
}

void
media_routes_free(MediaRoutes *self G_GNUC_UNUSED)
{
}

int
media_routes_get_fd(const MediaRoutes *self G_GNUC_UNUSED)
{
    return -1;
}

void
media_routes_drain(MediaRoutes *self G_GNUC_UNUSED)
{
}

uint32_t
media_routes_get_generation(const MediaRoutes *self G_GNUC_UNUSED)
{
    return 1;
}

bool
media_routes_choose(MediaRoutes *self G_GNUC_UNUSED, const MediaAddress *remote G_GNUC_UNUSED,
                    const MediaAddress *local G_GNUC_UNUSED)
{
    return false;
}

bool
media_udp_drain(MediaUdp *self, MediaUdpFunc func, void *data)
{
    MediaPath path = { .remote = self->from };

    if (self->size > MEDIA_MAX_PACKET)
        return true;
    /* of the right size, so that what reads past it is seen */
    g_autofree uint8_t *exact = g_memdup2(self->bytes, self->size);
    func(data, &path, exact, self->size);
    return true;
}

MediaSendResult
media_udp_send(MediaUdp *self G_GNUC_UNUSED, const MediaAddress *source G_GNUC_UNUSED, const MediaAddress *remote,
               const uint8_t *bytes, size_t size, uint16_t segment_size)
{
    size_t segment = segment_size > 0 ? segment_size : size;

    for (size_t at = 0; at < size; at += segment)
        fake.sent(fake.data, remote, bytes + at, MIN(segment, size - at));
    return MEDIA_SEND_OK;
}

MediaTcp *
media_tcp_new(MediaWorker *worker G_GNUC_UNUSED, const MediaAddress *bind_address G_GNUC_UNUSED,
              const MediaTcpEvents *events G_GNUC_UNUSED, void *data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
    return (MediaTcp *)&fake; /* never looked into */
}

void
media_tcp_free(MediaTcp *self G_GNUC_UNUSED)
{
}

void
media_tcp_connection_set_owner(MediaTcpConnection *self G_GNUC_UNUSED, void *owner G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

void *
media_tcp_connection_get_owner(const MediaTcpConnection *self G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

const MediaAddress *
media_tcp_connection_get_remote(const MediaTcpConnection *self G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

bool
media_tcp_connection_send(MediaTcpConnection *self G_GNUC_UNUSED, const uint8_t *frames G_GNUC_UNUSED,
                          size_t size G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

void
media_tcp_connection_close(MediaTcpConnection *self G_GNUC_UNUSED)
{
    g_assert_not_reached();
}

MediaHandshake *
media_handshake_new(MediaHandshaker *handshaker G_GNUC_UNUSED, MediaWorker *worker G_GNUC_UNUSED,
                    const uint8_t ip[16] G_GNUC_UNUSED, const MediaHandshakeEvents *events, void *data)
{
    MediaHandshake *self = g_new0(MediaHandshake, 1);

    self->events = events;
    self->data = data;
    fake.handshake = self;
    return self;
}

void
media_handshake_free(MediaHandshake *self)
{
    if (fake.handshake == self)
        fake.handshake = NULL;
    g_free(self);
}

void
media_handshake_receive(MediaHandshake *self G_GNUC_UNUSED, const uint8_t *bytes G_GNUC_UNUSED,
                        size_t size G_GNUC_UNUSED)
{
}
