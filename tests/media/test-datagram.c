#include <string.h>

#include "datagram-fixture.h"
#include "media/ice.h"
#include "media/rtcp-writer.h"
#include "media/wire.h"

enum {
    STEP_US = 20 * 1000,
    STEPS_PER_S = G_USEC_PER_SEC / STEP_US,
    PEER_PACKETS_PER_S = 6000, /* what one peer may publish, as transport.c has it */
    PEER_BYTES_PER_S = 20 * 1000 * 1000 / 8,
    SEAL_BYTES = 16,
};

typedef void (*Step)(Datagrams *all, unsigned n);

/* Something happens n times in each step of some seconds; the speaker is heard in every one. */
static void
meanwhile(Datagrams *all, unsigned seconds, Step step, unsigned n)
{
    for (unsigned i = 0; i < seconds * STEPS_PER_S; i++) {
        for (unsigned k = 0; k < n; k++)
            step(all, i * n + k);
        g_assert_true(datagrams_speak(all));
        fake_net_advance(STEP_US);
    }
}

static MediaTransportStats
get_stats(Datagrams *all, unsigned party)
{
    MediaTransportStats stats;

    media_transport_get_stats(all->parties[party].transport, &stats);
    return stats;
}

static void
put_header(uint8_t *packet, uint8_t type, unsigned n, uint32_t ssrc)
{
    packet[0] = 0x80;
    packet[1] = type;
    media_wire_put_16(packet + 2, (uint16_t)n);
    media_wire_put_32(packet + 4, n);
    media_wire_put_32(packet + 8, ssrc);
}

/* RFC 8489: 100,000 a second from as many addresses: foreign names, wrong passwords, and a true one that was overheard. */
static void
check_of_a_stranger(Datagrams *all, unsigned n)
{
    MediaAddress from = datagrams_make_address(1000 + n);
    DatagramParty claimed = all->parties[SPEAKER];
    static uint8_t checks[3][DATAGRAM_BYTES];
    static size_t sizes[3];

    if (sizes[0] == 0) {
        sizes[0] = datagrams_build_check(&claimed, NULL, 0, checks[0]);
        claimed.local.pwd[0] ^= 1;
        sizes[1] = datagrams_build_check(&claimed, NULL, 0, checks[1]);
        g_strlcpy(claimed.local.ufrag, "nobody", sizeof claimed.local.ufrag);
        sizes[2] = datagrams_build_check(&claimed, NULL, 0, checks[2]);
    }
    datagrams_send_raw(&from, checks[n % 3], sizes[n % 3]);
}

static void
test_flood_of_checks(Datagrams *all, gconstpointer data G_GNUC_UNUSED)
{
    uint8_t check[DATAGRAM_BYTES];
    size_t size = datagrams_build_check(&all->parties[SPEAKER], NULL, 0, check);
    uint64_t before;

    meanwhile(all, 1, check_of_a_stranger, 100000 / STEPS_PER_S);
    g_assert_cmpuint(all->n_strange, >, 0);
    g_assert_cmpuint(all->n_strange, <=, 2 * 50); /* a second's, and a burst of one */
    g_assert_cmpuint(get_stats(all, SPEAKER).address_changes, ==, 0);
    before = all->n_sent;
    datagrams_send_raw(&all->parties[SPEAKER].address, check, size);
    g_assert_cmpuint(all->n_sent, ==, before + 1);
}

static void
small_packet(Datagrams *all, unsigned n)
{
    uint8_t packet[12 + 20] = { 0 };

    put_header(packet, OPUS_TYPE, n, SOUND_SSRC + HOSTILE);
    g_assert_true(datagrams_send_rtp(all, HOSTILE, packet, sizeof packet));
}

static void
large_packet(Datagrams *all, unsigned n)
{
    uint8_t packet[1200 - SEAL_BYTES] = { 0 };

    put_header(packet, VP8_TYPE, n, PICTURE_SSRC + 2 * HOSTILE);
    g_assert_true(datagrams_send_rtp(all, HOSTILE, packet, sizeof packet));
}

static void
report(Datagrams *all, unsigned n G_GNUC_UNUSED)
{
    MediaRtcpWriter writer = { 0 };
    const MediaRtcpReportBlock block = { .ssrc = VIEW_SSRC, .fraction_lost = 255, .lost = 0x7fffff };

    media_rtcp_write_receiver_report(&writer, SOUND_SSRC + HOSTILE, &block, 1);
    g_assert_true(datagrams_send_rtcp(all, HOSTILE, writer.bytes, writer.size));
}

static void
test_what_a_peer_may_send(Datagrams *all, gconstpointer data G_GNUC_UNUSED)
{
    meanwhile(all, 3, small_packet, PEER_PACKETS_PER_S / STEPS_PER_S);
    g_assert_cmpuint(get_stats(all, HOSTILE).policed_in, ==, 0);
    fake_net_advance(G_USEC_PER_SEC);
    meanwhile(all, 3, large_packet, PEER_BYTES_PER_S / 1200 / STEPS_PER_S);
    g_assert_cmpuint(get_stats(all, HOSTILE).policed_in, ==, 0);
}

static void
test_flood_of_packets(Datagrams *all, gconstpointer data)
{
    const unsigned seconds = 2;
    Step step = *(const Step *)data;
    MediaTransportStats stats;

    meanwhile(all, seconds, step, 50000 / STEPS_PER_S);
    stats = get_stats(all, HOSTILE);
    g_assert_cmpuint(stats.packets_in, >=, seconds * PEER_PACKETS_PER_S);
    g_assert_cmpuint(stats.packets_in, <=, (seconds + 1) * PEER_PACKETS_PER_S); /* with the burst of a second */
    g_assert_cmpuint(stats.packets_in + stats.policed_in, ==, seconds * 50000);
    g_assert_cmpuint(get_stats(all, SPEAKER).policed_in, ==, 0);
}

static void
test_flood_of_bytes(Datagrams *all, gconstpointer data G_GNUC_UNUSED)
{
    const unsigned seconds = 2;
    MediaTransportStats stats;

    meanwhile(all, seconds, large_packet, 50 * 1000 * 1000 / 8 / 1200 / STEPS_PER_S);
    stats = get_stats(all, HOSTILE);
    g_assert_cmpuint(stats.bytes_in, >=, seconds * PEER_BYTES_PER_S);
    g_assert_cmpuint(stats.bytes_in, <=, (seconds + 1) * PEER_BYTES_PER_S);
    g_assert_cmpuint(stats.policed_in, >, 0);
}

/* From the speaker's address, with its SSRC. */
static void
forgery(Datagrams *all, unsigned n)
{
    uint8_t packet[100] = { 0 };

    put_header(packet, OPUS_TYPE, 30000 + n, SOUND_SSRC + SPEAKER);
    datagrams_send_raw(&all->parties[SPEAKER].address, packet, sizeof packet);
}

static void
test_flood_of_forgeries(Datagrams *all, gconstpointer data G_GNUC_UNUSED)
{
    meanwhile(all, 1, forgery, 10000 / STEPS_PER_S);
    g_assert_cmpuint(get_stats(all, SPEAKER).dropped_in, ==, 10000);
    g_assert_cmpuint(get_stats(all, SPEAKER).policed_in, ==, 0);
}

static void
test_what_is_not_sealed(Datagrams *all, gconstpointer data G_GNUC_UNUSED)
{
    const DatagramParty *hostile = &all->parties[HOSTILE];
    uint8_t packet[60] = { 0 };

    small_packet(all, 1);
    all->keep = true;
    for (uint16_t i = 2; i < 100; i++) {
        put_header(packet, OPUS_TYPE, i, SOUND_SSRC + HOSTILE);
        datagrams_send_raw(&hostile->address, packet, sizeof packet);
    }
    fake_net_advance(STEP_US);
    g_assert_cmpuint(datagrams_take_rtp(all, WATCHER, VIEW_SSRC + 30, NULL), ==, 0);
    small_packet(all, 2);
    g_assert_cmpuint(datagrams_take_rtp(all, WATCHER, VIEW_SSRC + 30, NULL), ==, 1);
}

/* The watcher wants a key frame of the hostile one's picture, which never comes. */
static void
want_keyframe(Datagrams *all, unsigned n)
{
    MediaRtcpWriter writer = { 0 };

    media_rtcp_write_receiver_report(&writer, 1, NULL, 0);
    media_rtcp_write_pli(&writer, 1, VIEW_SSRC + 40);
    media_rtcp_write_fir(&writer, 1, VIEW_SSRC + 40, (uint8_t)n);
    g_assert_true(datagrams_send_rtcp(all, WATCHER, writer.bytes, writer.size));
}

static void
test_flood_of_keyframe_requests(Datagrams *all, gconstpointer data G_GNUC_UNUSED)
{
    unsigned n;

    large_packet(all, 1);
    all->keep = true;
    meanwhile(all, 3, want_keyframe, 1000 / STEPS_PER_S);
    n = datagrams_take_rtcp(all, HOSTILE, MEDIA_RTCP_PSFB, MEDIA_RTCP_FMT_PLI);
    g_assert_cmpuint(n, >=, 3);
    g_assert_cmpuint(n, <=, 2 * 3 + 1);
}

/* RFC 7675: the watcher says nothing any more. */
static void
test_silent_peer_gets_nothing(Datagrams *all, gconstpointer data G_GNUC_UNUSED)
{
    MediaTransport *watcher = all->parties[WATCHER].transport;
    uint8_t packet[12 + 20] = { 0 };
    uint64_t before = 0;

    for (unsigned second = 0; second < 30; second++) {
        if (second == 16)
            before = get_stats(all, WATCHER).packets_out;
        put_header(packet, OPUS_TYPE, second, SOUND_SSRC + SPEAKER);
        g_assert_true(datagrams_send_rtp(all, SPEAKER, packet, sizeof packet));
        fake_net_advance(G_USEC_PER_SEC);
        g_assert_cmpint(media_transport_get_state(watcher), ==,
                        second < 14 ? MEDIA_TRANSPORT_READY : MEDIA_TRANSPORT_LOST);
    }
    g_assert_cmpuint(before, >=, 14);
    g_assert_cmpuint(get_stats(all, WATCHER).packets_out, ==, before);
}

/* Another ClientHello, a close_notify and a Finished in the clear, a forged one under the keys. */
static void
handshake_again(Datagrams *all, unsigned n)
{
    static const uint8_t records[][13 + 26] = {
        { 22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0, 26, 1 },
        { 21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 2, 0, 26, 1, 0 },
        { 22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 3, 0, 26, 20 },
        { 22, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 4, 0, 26, 20 },
        { 21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 5, 0, 26, 2, 0 },
        { 22, 0xfe, 0xfd, 0xff, 0xff, 0, 0, 0, 0, 0, 6, 0, 26, 1 },
    };

    datagrams_send_raw(&all->parties[SPEAKER].address, records[n % G_N_ELEMENTS(records)], sizeof records[0]);
}

static void
test_handshake_on_a_live_session(Datagrams *all, gconstpointer data G_GNUC_UNUSED)
{
    all->keep = true;
    meanwhile(all, 1, handshake_again, 60);
    for (guint i = 0; i < all->parties[SPEAKER].got->len; i++)
        g_assert_cmpuint(((const uint8_t *)g_bytes_get_data(all->parties[SPEAKER].got->pdata[i], NULL))[0], >=, 128);
}

/* More than anybody has reason for; names and passwords of the last two count. */
static void
test_restarts_without_end(Datagrams *all, gconstpointer data G_GNUC_UNUSED)
{
    DatagramParty *hostile = &all->parties[HOSTILE];
    MediaIceCredentials generations[1000];
    uint8_t check[DATAGRAM_BYTES];

    for (unsigned i = 0; i < G_N_ELEMENTS(generations); i++) {
        media_ice_credentials_generate(&generations[i]);
        media_transport_restart_ice(hostile->transport, &generations[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(generations); i++) {
        uint64_t before = all->n_sent;

        hostile->local = generations[i];
        datagrams_send_raw(&hostile->address, check, datagrams_build_check(hostile, NULL, 0, check));
        g_assert_cmpuint(all->n_sent - before, ==, i >= G_N_ELEMENTS(generations) - 2);
    }
    small_packet(all, 1);
    g_assert_cmpuint(get_stats(all, HOSTILE).packets_in, ==, 1);
    g_assert_true(datagrams_speak(all));
}

/* RFC 5761 section 4: with the marker they look like RTCP. */
static void
test_payload_types_of_rtcp(Datagrams *all, gconstpointer data G_GNUC_UNUSED)
{
    uint8_t packet[12 + 20] = { 0 };
    MediaTransportStats stats;
    unsigned n = 0;

    all->keep = true;
    for (unsigned type = 64; type < 96; type++) {
        for (unsigned marker = 0; marker < 2; marker++) {
            put_header(packet, (uint8_t)(type | marker << 7), ++n, SOUND_SSRC + HOSTILE);
            g_assert_true(datagrams_send_rtp(all, HOSTILE, packet, sizeof packet));
        }
    }
    stats = get_stats(all, HOSTILE);
    g_assert_cmpuint(stats.dropped_in, ==, 32);
    fake_net_advance(STEP_US);
    g_assert_cmpuint(datagrams_take_rtp(all, WATCHER, VIEW_SSRC + 30, NULL), ==, 0);
    g_assert_true(datagrams_speak(all));
}

static void
test_ten_thousand_ssrcs(Datagrams *all, gconstpointer data G_GNUC_UNUSED)
{
    uint8_t packet[12 + 20] = { 0 };

    small_packet(all, 1);
    for (unsigned i = 0; i < 10000; i++) {
        put_header(packet, OPUS_TYPE, 1, 0x10000 + i);
        g_assert_true(datagrams_send_rtp(all, HOSTILE, packet, sizeof packet));
        if (i % 100 == 0)
            fake_net_advance(STEP_US);
    }
    g_assert_cmpuint(get_stats(all, HOSTILE).dropped_in, >=, 10000 - 128);
    all->keep = true;
    small_packet(all, 2);
    g_assert_cmpuint(datagrams_take_rtp(all, WATCHER, VIEW_SSRC + 30, NULL), ==, 1);
}

/* All that a watcher can say of its line, at its worst: no bandwidth or any, everything lost, everything again. */
static void
lie(Datagrams *all, unsigned n)
{
    static const uint32_t rates[] = { 0x00000000, 0xffffffff, 0x00000001 }; /* exponent and mantissa: 0, 2^81, 1 */
    MediaRtcpWriter writer = { 0 };
    uint16_t sequences[300];
    uint8_t *remb;

    for (unsigned i = 0; i < G_N_ELEMENTS(sequences); i++)
        sequences[i] = (uint16_t)(n * G_N_ELEMENTS(sequences) + i);
    media_rtcp_write_receiver_report(&writer, 1, NULL, 0);
    remb = media_rtcp_write_header(&writer, MEDIA_RTCP_PSFB, MEDIA_RTCP_FMT_REMB, 24);
    memset(remb, 0, 20);
    memcpy(remb + 8, "REMB", 4);
    media_wire_put_32(remb + 12, rates[n % 3]);
    remb[12] = 1; /* SSRCs */
    media_rtcp_write_nack(&writer, 1, VIEW_SSRC + 10, sequences, G_N_ELEMENTS(sequences));
    g_assert_true(datagrams_send_rtcp(all, HOSTILE, writer.bytes, writer.size));
    report(all, n);
    if (n % 20 == 0)
        datagrams_show(all);
}

static void
test_lies_hurt_the_liar_alone(Datagrams *all, gconstpointer data G_GNUC_UNUSED)
{
    MediaTransportStats stats;

    meanwhile(all, 3, lie, 20);
    all->keep = true;
    lie(all, 0); /* with a picture, after all of them */
    g_assert_cmpuint(datagrams_take_rtp(all, WATCHER, VIEW_SSRC + 10, NULL), ==, 1);
    stats = get_stats(all, WATCHER);
    g_assert_cmpuint(stats.packets_out, >=, 2 * 3 * STEPS_PER_S);         /* sound and picture */
    g_assert_cmpuint(stats.packets_out, <=, 2 * 3 * STEPS_PER_S + 3 * 8); /* and our reports */
    g_assert_cmpuint(get_stats(all, SPEAKER).policed_in, ==, 0);
}

static void
set_up(Datagrams *all, gconstpointer data G_GNUC_UNUSED)
{
    datagrams_set_up(all);
}

static void
tear_down(Datagrams *all, gconstpointer data G_GNUC_UNUSED)
{
    datagrams_tear_down(all);
}

int
main(int argc, char **argv)
{
    static const Step rtp = small_packet, rtcp = report;

    g_test_init(&argc, &argv, NULL);
#define ADD(name, data, func) g_test_add("/media/datagram/" name, Datagrams, data, set_up, func, tear_down)
    ADD("flood-of-checks-leaves-a-call-alone", NULL, test_flood_of_checks);
    ADD("what-a-peer-may-send-is-not-policed", NULL, test_what_a_peer_may_send);
    ADD("flood-of-rtp-is-policed", &rtp, test_flood_of_packets);
    ADD("flood-of-rtcp-is-policed", &rtcp, test_flood_of_packets);
    ADD("flood-of-bytes-is-policed", NULL, test_flood_of_bytes);
    ADD("flood-of-forgeries-is-dropped", NULL, test_flood_of_forgeries);
    ADD("what-is-not-sealed-is-not-forwarded", NULL, test_what_is_not_sealed);
    ADD("flood-of-key-frame-requests-is-merged", NULL, test_flood_of_keyframe_requests);
    ADD("lies-hurt-the-liar-alone", NULL, test_lies_hurt_the_liar_alone);
    ADD("silent-peer-gets-nothing", NULL, test_silent_peer_gets_nothing);
    ADD("handshake-on-a-live-session-is-ignored", NULL, test_handshake_on_a_live_session);
    ADD("restarts-without-end", NULL, test_restarts_without_end);
    ADD("payload-types-of-rtcp-are-dropped", NULL, test_payload_types_of_rtcp);
    ADD("ten-thousand-ssrcs", NULL, test_ten_thousand_ssrcs);
#undef ADD
    return g_test_run();
}
