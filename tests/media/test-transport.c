#include "media/transport.h"

#include <string.h>

#include "loopback-peer.h"
#include "media/handshaker.h"

enum { SSRC = 0x11223344 };

/* One transport on a worker of its own; what it tells comes to the main thread. */
typedef struct {
    MediaWorker *worker, *face;
    MediaHandshaker *handshaker;
    MediaIceCredentials local;
    MediaTransport *transport; /* worker */
    GQueue packets;            /* GBytes: RTP and RTCP */
    MediaTransportState state;
    bool done;
} Fixture;

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

typedef void (*Step)(Fixture *fixture, void *data);

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
static void
run(Fixture *fixture, Step step, void *data)
{
    Call call = { fixture, step, data };

    fixture->done = false;
    media_worker_post(fixture->worker, on_call, &call, NULL);
    while (!fixture->done)
        g_main_context_iteration(NULL, TRUE);
}

static gboolean
on_timeout(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_REMOVE;
}

static void
wait_for_state(Fixture *fixture, MediaTransportState state)
{
    bool timed_out = false;
    guint timeout = g_timeout_add(LOOPBACK_WAIT_MS, on_timeout, &timed_out);

    while (fixture->state != state && !timed_out)
        g_main_context_iteration(NULL, TRUE);
    g_assert_cmpstr(media_transport_state_to_string(fixture->state), ==, media_transport_state_to_string(state));
    g_source_remove(timeout);
}

static GBytes *
wait_for_packet(Fixture *fixture)
{
    bool timed_out = false;
    guint timeout = g_timeout_add(LOOPBACK_WAIT_MS, on_timeout, &timed_out);

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

static void
destroy(Fixture *fixture, void *data G_GNUC_UNUSED)
{
    g_clear_pointer(&fixture->transport, media_transport_free);
}

static void
set_remote(Fixture *fixture, void *data)
{
    media_transport_set_remote(fixture->transport, data);
}

static void
restart(Fixture *fixture, void *data)
{
    media_transport_restart_ice(fixture->transport, data);
}

static void
get_stats(Fixture *fixture, void *data)
{
    media_transport_get_stats(fixture->transport, data);
}

static void
set_up(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
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
    run(fixture, create, NULL);
}

static void
tear_down(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    run(fixture, destroy, NULL);
    media_handshaker_free(fixture->handshaker);
    media_worker_free(fixture->worker);
    media_worker_free(fixture->face);
    g_queue_clear_full(&fixture->packets, (GDestroyNotify)g_bytes_unref);
}

static LoopbackPeer *
new_peer(Fixture *fixture, const char *profiles, bool tcp)
{
    const LoopbackConfig config = {
        .port = media_worker_get_port(fixture->worker), .tcp = tcp, .profiles = profiles, .server = &fixture->local
    };

    return loopback_peer_new(&config);
}

static void
introduce(Fixture *fixture, LoopbackPeer *peer)
{
    MediaTransportRemote remote;

    loopback_peer_get_remote(peer, &remote);
    run(fixture, set_remote, &remote);
}

static LoopbackPeer *
connect_peer(Fixture *fixture, const char *profiles, bool tcp)
{
    LoopbackPeer *peer = new_peer(fixture, profiles, tcp);

    introduce(fixture, peer);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    g_assert_true(loopback_peer_handshake(peer));
    wait_for_state(fixture, MEDIA_TRANSPORT_READY);
    return peer;
}

typedef struct {
    uint16_t sequence, n;
    size_t payload_size;
    uint8_t padding;
} Burst;

static void
send_burst(Fixture *fixture, void *data)
{
    const Burst *burst = data;
    uint8_t payload[MEDIA_MAX_PACKET];

    for (size_t i = 0; i < sizeof(payload); i++)
        payload[i] = (uint8_t)i;
    for (uint16_t i = 0; i < burst->n; i++) {
        uint16_t sequence = (uint16_t)(burst->sequence + i);
        const uint8_t header[12] = { 0x80, 96,         (uint8_t)(sequence >> 8), (uint8_t)sequence,  0,          0, 0,
                                     1,    SSRC >> 24, (SSRC >> 16) & 0xff,      (SSRC >> 8) & 0xff, SSRC & 0xff };

        media_transport_send_rtp(fixture->transport, header, sizeof(header), payload, burst->payload_size,
                                 burst->padding);
    }
    media_transport_flush(fixture->transport);
}

static void
send_report(Fixture *fixture, void *data G_GNUC_UNUSED)
{
    const uint8_t report[8] = { 0x80, 201, 0, 1, 0x11, 0x22, 0x33, 0x44 };

    media_transport_send_rtcp(fixture->transport, report, sizeof(report));
}

static void
exchange(Fixture *fixture, LoopbackPeer *peer)
{
    Burst burst = { .sequence = 65530, .n = 20, .payload_size = 1100, .padding = 7 };
    uint8_t bytes[LOOPBACK_BYTES];
    size_t size;
    g_autoptr(GBytes) rtp = NULL;
    g_autoptr(GBytes) rtcp = NULL;
    const uint8_t *packet;

    loopback_peer_send_rtp(peer, 1, "from the peer");
    rtp = wait_for_packet(fixture);
    packet = g_bytes_get_data(rtp, &size);
    g_assert_cmpmem(packet + 12, size - 12, "from the peer", 13);
    loopback_peer_send_rtcp(peer);
    rtcp = wait_for_packet(fixture);
    g_assert_cmpuint(g_bytes_get_size(rtcp), ==, 8);

    run(fixture, send_burst, &burst);
    for (uint16_t i = 0; i < burst.n; i++) {
        uint16_t sequence = (uint16_t)(burst.sequence + i);

        g_assert_true(loopback_peer_receive_media(peer, bytes, &size));
        g_assert_cmpuint(size, ==, 12 + 1100 + 7);
        g_assert_cmpuint((uint16_t)(bytes[2] << 8 | bytes[3]), ==, sequence);
        g_assert_cmpuint(bytes[0], ==, 0xa0);
        g_assert_cmpuint(bytes[12 + 1099], ==, 1099 % 256);
        g_assert_cmpuint(bytes[size - 1], ==, 7);
    }
    run(fixture, send_report, NULL);
    g_assert_true(loopback_peer_receive_media(peer, bytes, &size));
    g_assert_cmpuint(bytes[1], ==, 201);
}

static void
test_media_flows(Fixture *fixture, gconstpointer data)
{
    const char *profile = data;
    bool tcp = profile[0] == '+';
    g_autoptr(LoopbackPeer) peer = connect_peer(fixture, profile + tcp, tcp);
    MediaTransportStats stats;

    exchange(fixture, peer);
    run(fixture, get_stats, &stats);
    g_assert_cmpstr(stats.profile, ==, profile + tcp);
    g_assert_cmpuint(stats.packets_in, ==, 2);
    g_assert_cmpuint(stats.packets_out, ==, 21);
    g_assert_cmpuint(stats.dropped_in, ==, 0);
    g_assert_cmpuint(stats.dropped_out, ==, 0);
    g_assert_cmpint(stats.tcp, ==, tcp);
    g_assert_true(g_str_has_prefix(stats.remote, "127.0.0.1:"));
}

static void
test_gcm_is_chosen_first(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer =
        connect_peer(fixture, "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM", false);
    MediaTransportStats stats;

    g_assert_nonnull(peer);
    run(fixture, get_stats, &stats);
    g_assert_cmpstr(stats.profile, ==, "SRTP_AEAD_AES_128_GCM");
}

static void
test_wrong_fingerprint_fails(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = new_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    MediaTransportRemote remote;

    loopback_peer_get_remote(peer, &remote);
    remote.fingerprints[0].digest[31] ^= 1;
    run(fixture, set_remote, &remote);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    g_assert_true(loopback_peer_handshake(peer));
    wait_for_state(fixture, MEDIA_TRANSPORT_FAILED);
    g_assert_true(loopback_peer_wait_closed(peer));
    g_assert_true(g_queue_is_empty(&fixture->packets));
}

static void
test_one_of_several_fingerprints_is_enough(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = new_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    MediaTransportRemote remote;

    loopback_peer_get_remote(peer, &remote);
    remote.n_fingerprints = 3;
    remote.fingerprints[2] = remote.fingerprints[0];
    memset(remote.fingerprints[0].digest, 0, 32);
    g_strlcpy(remote.fingerprints[1].hash, "sha-1", sizeof(remote.fingerprints[1].hash));
    run(fixture, set_remote, &remote);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    g_assert_true(loopback_peer_handshake(peer));
    wait_for_state(fixture, MEDIA_TRANSPORT_READY);
}

static void
test_no_usable_profile_fails(Fixture *fixture, gconstpointer data)
{
    g_autoptr(LoopbackPeer) peer = new_peer(fixture, data, false);

    introduce(fixture, peer);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    loopback_peer_handshake(peer);
    wait_for_state(fixture, MEDIA_TRANSPORT_FAILED);
}

static void
test_remote_may_come_late(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = new_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);

    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    g_assert_true(loopback_peer_handshake(peer));
    wait_for_state(fixture, MEDIA_TRANSPORT_CONNECTING);
    loopback_peer_send_rtp(peer, 1, "too early");
    introduce(fixture, peer);
    wait_for_state(fixture, MEDIA_TRANSPORT_READY);
    introduce(fixture, peer);
    loopback_peer_send_rtp(peer, 2, "now");
    g_bytes_unref(wait_for_packet(fixture));
    g_assert_cmpint(fixture->state, ==, MEDIA_TRANSPORT_READY);
}

static void
test_another_fingerprint_later_fails(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    MediaTransportRemote remote;

    loopback_peer_get_remote(peer, &remote);
    remote.fingerprints[0].digest[0] ^= 0x80;
    run(fixture, set_remote, &remote);
    wait_for_state(fixture, MEDIA_TRANSPORT_FAILED);
}

static void
test_hello_without_check_is_ignored(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) stranger = new_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    g_autoptr(LoopbackPeer) peer = NULL;
    uint8_t bytes[LOOPBACK_BYTES];
    size_t size;

    loopback_peer_hello(stranger, 1000);
    peer = connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    loopback_peer_hello(stranger, 10);
    exchange(fixture, peer);
    g_assert_false(loopback_peer_receive(stranger, 0, 255, bytes, &size, 0));
}

static void
test_repeated_hello_does_no_harm(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = new_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);

    introduce(fixture, peer);
    g_assert_cmpint(loopback_peer_check(peer, 0, LOOPBACK_WAIT_MS), ==, 0);
    loopback_peer_hello(peer, 5);
    g_assert_true(loopback_peer_handshake(peer));
    wait_for_state(fixture, MEDIA_TRANSPORT_READY);
    exchange(fixture, peer);
}

static void
test_late_last_flight_is_answered(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    uint8_t bytes[LOOPBACK_BYTES];
    size_t size;

    loopback_peer_repeat_last_flight(peer);
    g_assert_true(loopback_peer_receive(peer, 20, 22, bytes, &size, LOOPBACK_WAIT_MS));
    g_assert_cmpuint(bytes[0], ==, 20); /* change cipher spec, with Finished behind it */
    exchange(fixture, peer);
}

static void
test_close_notify_ends_it(Fixture *fixture, gconstpointer data)
{
    g_autoptr(LoopbackPeer) peer = connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", data != NULL);

    loopback_peer_close_dtls(peer);
    wait_for_state(fixture, MEDIA_TRANSPORT_FAILED);
}

static void
test_freeing_says_close_notify(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);

    run(fixture, destroy, NULL);
    g_assert_true(loopback_peer_wait_closed(peer));
}

static void
test_forged_alert_is_ignored(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const uint8_t plain[] = { 21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40 };
    static const uint8_t epoch1[13 + 26] = { 21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 26, 1, 0 };
    static const uint8_t undersized[13 + 4] = { 21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 4, 1, 0 };
    g_autoptr(LoopbackPeer) peer = new_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);

    introduce(fixture, peer);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    loopback_peer_send(peer, plain, sizeof(plain));
    loopback_peer_hello(peer, 1);
    loopback_peer_send(peer, plain, sizeof(plain));
    loopback_peer_send(peer, epoch1, sizeof(epoch1));
    g_assert_true(loopback_peer_handshake(peer));
    wait_for_state(fixture, MEDIA_TRANSPORT_READY);
    loopback_peer_send(peer, plain, sizeof(plain));
    loopback_peer_send(peer, epoch1, sizeof(epoch1));
    loopback_peer_send(peer, undersized, sizeof(undersized));
    exchange(fixture, peer);
    g_assert_cmpint(fixture->state, ==, MEDIA_TRANSPORT_READY);
}

static void
test_new_address_takes_over_after_a_check(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    MediaTransportStats stats;

    loopback_peer_move(peer);
    loopback_peer_send_rtp(peer, 100, "from an address that nothing has proved");
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE | LOOPBACK_CHECK_WRONG_PASSWORD, 50), ==, -1);
    run(fixture, get_stats, &stats);
    g_assert_cmpuint(stats.address_changes, ==, 0);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    exchange(fixture, peer);
    run(fixture, get_stats, &stats);
    g_assert_cmpuint(stats.address_changes, ==, 1);
    g_assert_cmpuint(stats.packets_in, ==, 2);
}

static void
test_new_connection_takes_over(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", true);
    MediaTransportStats stats;

    loopback_peer_move(peer); /* a new connection; the old one is closed */
    g_assert_cmpint(loopback_peer_check(peer, 0, LOOPBACK_WAIT_MS), ==, 0);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    exchange(fixture, peer);
    run(fixture, get_stats, &stats);
    g_assert_true(stats.tcp);
}

static void
test_ice_restart_takes_both_until_the_new_one_is_used(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    MediaIceCredentials old = fixture->local, new;

    media_ice_credentials_generate(&new);
    run(fixture, restart, &new);
    g_assert_cmpint(loopback_peer_check(peer, 0, LOOPBACK_WAIT_MS), ==, 0);
    loopback_peer_set_server(peer, &new);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    loopback_peer_set_server(peer, &old);
    g_assert_cmpint(loopback_peer_check(peer, 0, 50), ==, -1);
    exchange(fixture, peer);
    g_assert_cmpint(fixture->state, ==, MEDIA_TRANSPORT_READY);
}

static void
test_checks_are_judged(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = new_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    MediaIceCredentials unknown;

    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_WRONG_PASSWORD, 50), ==, -1);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_CONTROLLED, LOOPBACK_WAIT_MS), ==, 487);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_UNKNOWN_ATTRIBUTE, LOOPBACK_WAIT_MS), ==, 420);
    g_assert_cmpint(fixture->state, ==, MEDIA_TRANSPORT_NEW);
    media_ice_credentials_generate(&unknown);
    loopback_peer_set_server(peer, &unknown);
    g_assert_cmpint(loopback_peer_check(peer, 0, 50), ==, -1);
    loopback_peer_set_server(peer, &fixture->local);
    g_assert_cmpint(loopback_peer_check(peer, 0, LOOPBACK_WAIT_MS), ==, 0);
    wait_for_state(fixture, MEDIA_TRANSPORT_CONNECTING);
}

static void
test_rubbish_is_dropped(Fixture *fixture, gconstpointer data)
{
    g_autoptr(LoopbackPeer) peer = connect_peer(fixture, data, false);
    g_autoptr(LoopbackPeer) stranger = new_peer(fixture, NULL, false);
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    uint8_t bytes[LOOPBACK_BYTES];
    static const size_t sizes[] = { 0, 1, 2, 3, 11, 12, 19, 20, 40, 200, 1500, 1501, 2048 };

    for (unsigned first = 0; first < 256; first++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
            for (size_t k = 0; k < sizes[i]; k++)
                bytes[k] = (uint8_t)g_rand_int(rand);
            bytes[0] = (uint8_t)first;
            loopback_peer_send(peer, bytes, sizes[i]);
            loopback_peer_send(stranger, bytes, sizes[i]);
        }
    }
    exchange(fixture, peer);
    g_assert_cmpint(fixture->state, ==, MEDIA_TRANSPORT_READY);
}

static void
test_nothing_is_sent_before_ready(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Burst burst = { .n = 3, .payload_size = 100 };
    MediaTransportStats stats;

    run(fixture, send_burst, &burst);
    run(fixture, send_report, NULL);
    run(fixture, get_stats, &stats);
    g_assert_cmpuint(stats.dropped_out, ==, 4);
    g_assert_cmpuint(stats.packets_out, ==, 0);
}

static void
test_larger_than_the_limit_is_dropped(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    Burst limit = { .sequence = 1, .n = 1, .payload_size = MEDIA_MAX_PACKET - 12 - 16 };
    Burst larger = { .sequence = 2, .n = 1, .payload_size = limit.payload_size + 1 };
    MediaTransportStats stats;
    uint8_t bytes[LOOPBACK_BYTES];
    size_t size;

    run(fixture, send_burst, &limit);
    run(fixture, send_burst, &larger);
    run(fixture, get_stats, &stats);
    g_assert_cmpuint(stats.packets_out, ==, 1);
    g_assert_cmpuint(stats.dropped_out, ==, 1);
    g_assert_true(loopback_peer_receive_media(peer, bytes, &size));
    g_assert_cmpuint(size, ==, MEDIA_MAX_PACKET - 16);
}

static void
test_same_sequence_number_is_not_sealed_twice(Fixture *fixture, gconstpointer data)
{
    g_autoptr(LoopbackPeer) peer = connect_peer(fixture, data, false);
    Burst burst = { .sequence = 65534, .n = 4, .payload_size = 10 };
    MediaTransportStats stats;

    g_assert_nonnull(peer);
    run(fixture, send_burst, &burst);
    run(fixture, send_burst, &burst);
    run(fixture, get_stats, &stats);
    g_assert_cmpuint(stats.packets_out, ==, 4);
    g_assert_cmpuint(stats.dropped_out, ==, 4);
}

static void
test_flood_is_policed(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    MediaTransportStats stats;

    for (unsigned i = 0; i < 30; i++) {
        for (unsigned k = 0; k < 400; k++)
            loopback_peer_send_rtp(peer, (uint16_t)(i * 400 + k), "x");
        run(fixture, get_stats, &stats);
    }
    g_assert_cmpuint(stats.packets_in, >=, 6000);
    g_assert_cmpuint(stats.packets_in + stats.dropped_in, <=, 12000);
    g_assert_cmpint(fixture->state, ==, MEDIA_TRANSPORT_READY);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, data, func) g_test_add("/media/transport/" path, Fixture, data, set_up, func, tear_down)
    ADD("media-flows-gcm-128", "SRTP_AEAD_AES_128_GCM", test_media_flows);
    ADD("media-flows-gcm-256", "SRTP_AEAD_AES_256_GCM", test_media_flows);
    ADD("media-flows-sha1-80", "SRTP_AES128_CM_SHA1_80", test_media_flows);
    ADD("media-flows-over-tcp", "+SRTP_AEAD_AES_128_GCM", test_media_flows);
    ADD("gcm-is-chosen-first", NULL, test_gcm_is_chosen_first);
    ADD("wrong-fingerprint-fails", NULL, test_wrong_fingerprint_fails);
    ADD("one-of-several-fingerprints-is-enough", NULL, test_one_of_several_fingerprints_is_enough);
    ADD("no-use-srtp-fails", NULL, test_no_usable_profile_fails);
    ADD("unknown-profile-fails", "SRTP_AES128_CM_SHA1_32", test_no_usable_profile_fails);
    ADD("remote-may-come-late", NULL, test_remote_may_come_late);
    ADD("another-fingerprint-later-fails", NULL, test_another_fingerprint_later_fails);
    ADD("hello-without-check-is-ignored", NULL, test_hello_without_check_is_ignored);
    ADD("repeated-hello-does-no-harm", NULL, test_repeated_hello_does_no_harm);
    ADD("late-last-flight-is-answered", NULL, test_late_last_flight_is_answered);
    ADD("close-notify-ends-it", NULL, test_close_notify_ends_it);
    ADD("close-notify-over-tcp-ends-it", "tcp", test_close_notify_ends_it);
    ADD("freeing-says-close-notify", NULL, test_freeing_says_close_notify);
    ADD("forged-alert-is-ignored", NULL, test_forged_alert_is_ignored);
    ADD("new-address-takes-over-after-a-check", NULL, test_new_address_takes_over_after_a_check);
    ADD("new-connection-takes-over", NULL, test_new_connection_takes_over);
    ADD("ice-restart-takes-both-until-the-new-one-is-used", NULL,
        test_ice_restart_takes_both_until_the_new_one_is_used);
    ADD("checks-are-judged", NULL, test_checks_are_judged);
    ADD("rubbish-is-dropped", "SRTP_AEAD_AES_128_GCM", test_rubbish_is_dropped);
    ADD("rubbish-is-dropped-sha1", "SRTP_AES128_CM_SHA1_80", test_rubbish_is_dropped);
    ADD("nothing-is-sent-before-ready", NULL, test_nothing_is_sent_before_ready);
    ADD("larger-than-the-limit-is-dropped", NULL, test_larger_than_the_limit_is_dropped);
    ADD("same-sequence-number-is-not-sealed-twice", "SRTP_AEAD_AES_128_GCM",
        test_same_sequence_number_is_not_sealed_twice);
    ADD("flood-is-policed", NULL, test_flood_is_policed);
#undef ADD
    return g_test_run();
}
