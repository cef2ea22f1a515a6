#include "transport-fixture.h"

#include <string.h>

typedef struct {
    Fixture *fixture;
    MediaTransportState state;
    GBytes *packet;
} News;

static void
on_news(void *data)
{
    News *news = data;

    if (news->packet != NULL)
        g_queue_push_tail(&news->fixture->packets, g_bytes_ref(news->packet));
    else
        news->fixture->state = news->state;
}

static void
news_free(void *data)
{
    News *news = data;

    g_clear_pointer(&news->packet, g_bytes_unref);
    g_free(news);
}

static void
on_state_changed(MediaTransport *transport G_GNUC_UNUSED, MediaTransportState state, void *data)
{
    Fixture *fixture = data;
    News *news = g_new0(News, 1);

    news->fixture = fixture;
    news->state = state;
    media_worker_post(fixture->face, on_news, news, news_free);
}

static void
on_packet(MediaTransport *transport G_GNUC_UNUSED, const uint8_t *packet, size_t size, int64_t arrival_us, void *data)
{
    Fixture *fixture = data;
    News *news = g_new0(News, 1);

    g_assert_cmpint(arrival_us, >, 0);
    news->fixture = fixture;
    news->packet = g_bytes_new(packet, size);
    media_worker_post(fixture->face, on_news, news, news_free);
}

static const MediaTransportEvents events = {
    .state_changed = on_state_changed,
    .rtp_received = on_packet,
    .rtcp_received = on_packet,
};

typedef struct {
    Fixture *fixture;
    Step step;
    void *data;
} Call;

static void
on_done(void *data)
{
    ((Call *)data)->fixture->done = true;
}

static void
on_call(void *data)
{
    Call *call = data;

    call->step(call->fixture, call->data);
    media_worker_post(call->fixture->face, on_done, call, NULL);
}

/* Runs step on the worker and waits for it. */
void
fixture_run(Fixture *fixture, Step step, void *data)
{
    Call call = { fixture, step, data };

    fixture->done = false;
    media_worker_post(fixture->worker, on_call, &call, NULL);
    while (!fixture->done)
        g_main_context_iteration(NULL, TRUE);
}

gboolean
fixture_on_timeout(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_REMOVE;
}

void
fixture_wait_for_state(Fixture *fixture, MediaTransportState state)
{
    bool timed_out = false;
    guint timeout = g_timeout_add(LOOPBACK_WAIT_MS, fixture_on_timeout, &timed_out);

    while (fixture->state != state && !timed_out)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpstr(media_transport_state_to_string(fixture->state), ==, media_transport_state_to_string(state));
    g_source_remove(timeout);
}

GBytes *
fixture_wait_for_packet(Fixture *fixture)
{
    bool timed_out = false;
    guint timeout = g_timeout_add(LOOPBACK_WAIT_MS, fixture_on_timeout, &timed_out);

    while (g_queue_is_empty(&fixture->packets) && !timed_out)
        g_main_context_iteration(NULL, TRUE);
    g_assert_false(timed_out);
    g_source_remove(timeout);
    return g_queue_pop_head(&fixture->packets);
}

static void
create(Fixture *fixture, void *data G_GNUC_UNUSED)
{
    fixture->transport = media_transport_new(fixture->worker, fixture->handshaker, &fixture->local, &events, fixture);
}

void
fixture_destroy(Fixture *fixture, void *data G_GNUC_UNUSED)
{
    g_clear_pointer(&fixture->transport, media_transport_free);
}

void
fixture_set_remote(Fixture *fixture, void *data)
{
    media_transport_set_remote(fixture->transport, data);
}

void
fixture_restart(Fixture *fixture, void *data)
{
    media_transport_restart_ice(fixture->transport, data);
}

void
fixture_get_stats(Fixture *fixture, void *data)
{
    media_transport_get_stats(fixture->transport, data);
}

void
fixture_set_up(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    const MediaWorkerConfig config = { .bind_address = "::" };
    g_autoptr(GError) error = NULL;

    fixture->face = media_worker_new_for_context(NULL);
    fixture->worker = media_worker_new(&config, &error);
    g_assert_no_error(error);
    fixture->handshaker = media_handshaker_new(&error);
    g_assert_no_error(error);
    media_ice_credentials_generate(&fixture->local);
    g_queue_init(&fixture->packets);
    fixture_run(fixture, create, NULL);
}

void
fixture_tear_down(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    fixture_run(fixture, fixture_destroy, NULL);
    media_worker_free(fixture->worker);
    media_handshaker_free(fixture->handshaker);
    media_worker_free(fixture->face);
    g_queue_clear_full(&fixture->packets, (GDestroyNotify)g_bytes_unref);
}

LoopbackPeer *
fixture_new_peer(Fixture *fixture, const char *profiles, bool tcp)
{
    const LoopbackConfig config = {
        .port = media_worker_get_port(fixture->worker), .tcp = tcp, .profiles = profiles, .server = &fixture->local
    };

    return loopback_peer_new(&config);
}

void
fixture_introduce(Fixture *fixture, LoopbackPeer *peer)
{
    MediaTransportRemote remote;

    loopback_peer_get_remote(peer, &remote);
    fixture_run(fixture, fixture_set_remote, &remote);
}

LoopbackPeer *
fixture_connect_peer(Fixture *fixture, const char *profiles, bool tcp)
{
    LoopbackPeer *peer = fixture_new_peer(fixture, profiles, tcp);

    fixture_introduce(fixture, peer);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    g_assert_true(loopback_peer_handshake(peer));
    fixture_wait_for_state(fixture, MEDIA_TRANSPORT_READY);
    return peer;
}

void
fixture_send_burst(Fixture *fixture, void *data)
{
    const Burst *burst = data;
    uint8_t payload[MEDIA_MAX_PACKET];

    for (size_t i = 0; i < sizeof(payload); i++)
        payload[i] = (uint8_t)i;
    for (uint16_t i = 0; i < burst->n; i++) {
        uint16_t sequence = (uint16_t)(burst->sequence + i);
        const uint8_t header[12] = { 0x80,
                                     96,
                                     (uint8_t)(sequence >> 8),
                                     (uint8_t)sequence,
                                     0,
                                     0,
                                     0,
                                     1,
                                     FIXTURE_SSRC >> 24,
                                     (FIXTURE_SSRC >> 16) & 0xff,
                                     (FIXTURE_SSRC >> 8) & 0xff,
                                     FIXTURE_SSRC & 0xff };

        media_transport_send_rtp(fixture->transport, header, sizeof(header), payload, burst->payload_size,
                                 burst->padding);
    }
    media_transport_flush(fixture->transport);
}

void
fixture_send_report(Fixture *fixture, void *data G_GNUC_UNUSED)
{
    const uint8_t report[8] = { 0x80, 201, 0, 1, 0x11, 0x22, 0x33, 0x44 };

    media_transport_send_rtcp(fixture->transport, report, sizeof(report));
}

void
fixture_exchange(Fixture *fixture, LoopbackPeer *peer)
{
    Burst burst = { .sequence = 65530, .n = 20, .payload_size = 1100, .padding = 7 };
    uint8_t bytes[LOOPBACK_BYTES];
    size_t size;
    g_autoptr(GBytes) rtp = NULL;
    g_autoptr(GBytes) rtcp = NULL;
    const uint8_t *packet;

    loopback_peer_send_rtp(peer, 1, "from the peer");
    rtp = fixture_wait_for_packet(fixture);
    packet = g_bytes_get_data(rtp, &size);
    g_assert_cmpmem(packet + 12, size - 12, "from the peer", 13);
    loopback_peer_send_rtcp(peer);
    rtcp = fixture_wait_for_packet(fixture);
    g_assert_cmpuint(g_bytes_get_size(rtcp), ==, 8);

    fixture_run(fixture, fixture_send_burst, &burst);
    for (uint16_t i = 0; i < burst.n; i++) {
        uint16_t sequence = (uint16_t)(burst.sequence + i);

        g_assert_true(loopback_peer_receive_media(peer, bytes, &size));
        g_assert_cmpuint(size, ==, 12 + 1100 + 7);
        g_assert_cmpuint((uint16_t)(bytes[2] << 8 | bytes[3]), ==, sequence);
        g_assert_cmpuint(bytes[0], ==, 0xa0);
        g_assert_cmpuint(bytes[12 + 1099], ==, 1099 % 256);
        g_assert_cmpuint(bytes[size - 1], ==, 7);
    }
    fixture_run(fixture, fixture_send_report, NULL);
    g_assert_true(loopback_peer_receive_media(peer, bytes, &size));
    g_assert_cmpuint(bytes[1], ==, 201);
}
