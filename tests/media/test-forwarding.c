/* A publisher and its viewers over real sockets and SRTP: one peer that watches itself. */
#include <string.h>

#include "media/receiver.h"
#include "media/rtp.h"
#include "media/sender.h"
#include "media/wire.h"
#include "transport-fixture.h"

enum {
    N_PACKETS = 50,
    N_VIEWERS = 3,
    VIEW_SSRC = 0x5000,
    VIEW_TYPE = 100,
    PAYLOAD_SIZE = 100,
};

/* On the worker. */
typedef struct {
    MediaReceiver *receiver;
    MediaSender *sender;
    MediaTrack *track;
    MediaTrackStats stats;
} Forwarding;

static void
start(Fixture *fixture, void *data)
{
    Forwarding *forwarding = data;
    MediaStream in = { .kind = MEDIA_KIND_AUDIO, .mid = "0", .n_codecs = 1, .codecs = { { MEDIA_CODEC_OPUS, 96 } } };

    forwarding->receiver = media_receiver_new(fixture->transport);
    forwarding->sender = media_sender_new(fixture->transport, "somebody");
    forwarding->track = media_receiver_add_stream(forwarding->receiver, &in);
    for (uint32_t i = 0; i < N_VIEWERS; i++) {
        MediaStream out = { .kind = MEDIA_KIND_AUDIO,
                            .n_codecs = 1,
                            .codecs = { { MEDIA_CODEC_OPUS, VIEW_TYPE } },
                            .ext_transport_cc = 3,
                            .ssrc = VIEW_SSRC + i };
        media_viewer_set_track(media_sender_add_viewer(forwarding->sender, &out), forwarding->track);
    }
}

typedef struct {
    Forwarding *forwarding;
    GBytes *packet;
} Arrival;

static void
take(Fixture *fixture, void *data)
{
    Arrival *arrival = data;
    gsize size;
    const uint8_t *bytes = g_bytes_get_data(arrival->packet, &size);

    media_receiver_on_rtp(arrival->forwarding->receiver, bytes, size, media_worker_now_us(fixture->worker));
}

static void
finish(Fixture *fixture G_GNUC_UNUSED, void *data)
{
    Forwarding *forwarding = data;

    media_track_get_stats(forwarding->track, &forwarding->stats);
    media_receiver_free(forwarding->receiver);
    media_sender_free(forwarding->sender);
}

/* The next RTP packet; reports in between are passed over. */
static void
receive_rtp(LoopbackPeer *peer, uint8_t *bytes, MediaRtp *ret_rtp)
{
    size_t size = 0;

    do
        g_assert_true(loopback_peer_receive_media(peer, bytes, &size));
    while ((bytes[1] & 0x7f) >= 64 && (bytes[1] & 0x7f) < 96);
    g_assert_true(media_rtp_parse(bytes, size, ret_rtp));
}

static void
test_each_viewer_gets_every_packet(Fixture *fixture, gconstpointer data)
{
    g_autoptr(LoopbackPeer) peer = fixture_connect_peer(fixture, data, false);
    Forwarding forwarding = { 0 };
    uint16_t last[N_VIEWERS];

    fixture_run(fixture, start, &forwarding);
    for (unsigned i = 0; i < N_PACKETS; i++) {
        g_autofree char *payload = g_strnfill(PAYLOAD_SIZE, (char)('0' + i));
        uint8_t bytes[LOOPBACK_BYTES];
        MediaRtp rtp;

        loopback_peer_send_rtp(peer, (uint16_t)(1000 + i), payload);
        g_autoptr(GBytes) packet = fixture_wait_for_packet(fixture);
        fixture_run(fixture, take, &(Arrival){ &forwarding, packet });
        for (unsigned viewer = 0; viewer < N_VIEWERS; viewer++) {
            receive_rtp(peer, bytes, &rtp);
            g_assert_cmpuint(rtp.ssrc, ==, VIEW_SSRC + viewer);
            g_assert_cmpuint(rtp.payload_type, ==, VIEW_TYPE);
            g_assert_cmpmem(bytes + rtp.header_size, rtp.payload_size, payload, PAYLOAD_SIZE);
            g_assert_true(i == 0 || rtp.sequence == (uint16_t)(last[viewer] + 1));
            last[viewer] = rtp.sequence;
        }
    }
    fixture_run(fixture, finish, &forwarding);
    g_assert_cmpuint(forwarding.stats.packets, ==, N_PACKETS);
    g_assert_cmpuint(forwarding.stats.lost, ==, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/media/forwarding/each-viewer-gets-every-packet/gcm", Fixture, "SRTP_AEAD_AES_128_GCM", fixture_set_up,
               test_each_viewer_gets_every_packet, fixture_tear_down);
    g_test_add("/media/forwarding/each-viewer-gets-every-packet/sha1-80", Fixture, "SRTP_AES128_CM_SHA1_80",
               fixture_set_up, test_each_viewer_gets_every_packet, fixture_tear_down);
    return g_test_run();
}
