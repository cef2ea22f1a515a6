#include "media/transport.h"

#include <string.h>

#include "media/net.h"
#include "media/transport-priv.h"

struct MediaTransport {
    MediaWorker *worker;
};

const char *
media_transport_state_to_string(MediaTransportState state)
{
    static const char *const names[] = {
        [MEDIA_TRANSPORT_NEW] = "new",   [MEDIA_TRANSPORT_CONNECTING] = "connecting", [MEDIA_TRANSPORT_READY] = "ready",
        [MEDIA_TRANSPORT_LOST] = "lost", [MEDIA_TRANSPORT_FAILED] = "failed",
    };

    return names[state];
}

void
media_ice_credentials_generate(MediaIceCredentials *ret_credentials)
{
    memset(ret_credentials, 0, sizeof(*ret_credentials));
}

MediaTransport *
media_transport_new(MediaWorker *worker, MediaHandshaker *handshaker G_GNUC_UNUSED,
                    const MediaIceCredentials *local G_GNUC_UNUSED, const MediaTransportEvents *events G_GNUC_UNUSED,
                    void *user_data G_GNUC_UNUSED)
{
    MediaTransport *self = g_new0(MediaTransport, 1);

    self->worker = worker;
    return self;
}

void
media_transport_free(MediaTransport *self)
{
    g_free(self);
}

void
media_transport_set_remote(MediaTransport *self G_GNUC_UNUSED, const MediaTransportRemote *remote G_GNUC_UNUSED)
{
}

void
media_transport_restart_ice(MediaTransport *self G_GNUC_UNUSED, const MediaIceCredentials *local G_GNUC_UNUSED)
{
}

MediaTransportState
media_transport_get_state(const MediaTransport *self G_GNUC_UNUSED)
{
    return MEDIA_TRANSPORT_NEW;
}

MediaWorker *
media_transport_get_worker(const MediaTransport *self)
{
    return self->worker;
}

void
media_transport_send_rtp(MediaTransport *self G_GNUC_UNUSED, const uint8_t *header G_GNUC_UNUSED,
                         size_t header_size G_GNUC_UNUSED, const uint8_t *payload G_GNUC_UNUSED,
                         size_t payload_size G_GNUC_UNUSED, uint8_t padding G_GNUC_UNUSED)
{
}

void
media_transport_send_rtcp(MediaTransport *self G_GNUC_UNUSED, const uint8_t *packet G_GNUC_UNUSED,
                          size_t size G_GNUC_UNUSED)
{
}

void
media_transport_flush(MediaTransport *self G_GNUC_UNUSED)
{
}

void
media_transport_get_stats(const MediaTransport *self G_GNUC_UNUSED, MediaTransportStats *ret_stats)
{
    memset(ret_stats, 0, sizeof(*ret_stats));
}

void
media_transport_on_check(MediaTransport *self G_GNUC_UNUSED, const MediaPath *path G_GNUC_UNUSED,
                         const MediaStunCheck *check G_GNUC_UNUSED)
{
}

void
media_transport_on_dtls(MediaTransport *self G_GNUC_UNUSED, const MediaPath *path G_GNUC_UNUSED,
                        const uint8_t *bytes G_GNUC_UNUSED, size_t size G_GNUC_UNUSED)
{
}

void
media_transport_on_media(MediaTransport *self G_GNUC_UNUSED, const MediaPath *path G_GNUC_UNUSED,
                         uint8_t *bytes G_GNUC_UNUSED, size_t size G_GNUC_UNUSED)
{
}

void
media_transport_on_path_lost(MediaTransport *self G_GNUC_UNUSED, const MediaPath *path G_GNUC_UNUSED)
{
}
