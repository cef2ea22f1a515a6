#include "media/transport.h"

#include <string.h>

#include "transport-fixture.h"

static void
test_media_flows(Fixture *fixture, gconstpointer data)
{
    const char *profile = data;
    bool tcp = profile[0] == '+';
    g_autoptr(LoopbackPeer) peer = fixture_connect_peer(fixture, profile + tcp, tcp);
    MediaTransportStats stats;

    fixture_exchange(fixture, peer);
    fixture_run(fixture, fixture_get_stats, &stats);
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
        fixture_connect_peer(fixture, "SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM", false);
    MediaTransportStats stats;

    g_assert_nonnull(peer);
    fixture_run(fixture, fixture_get_stats, &stats);
    g_assert_cmpstr(stats.profile, ==, "SRTP_AEAD_AES_128_GCM");
}

static void
test_wrong_fingerprint_fails(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_new_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    MediaTransportRemote remote;

    loopback_peer_get_remote(peer, &remote);
    remote.fingerprints[0].digest[31] ^= 1;
    fixture_run(fixture, fixture_set_remote, &remote);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    g_assert_true(loopback_peer_handshake(peer));
    fixture_wait_for_state(fixture, MEDIA_TRANSPORT_FAILED);
    g_assert_true(loopback_peer_wait_closed(peer));
    g_assert_true(g_queue_is_empty(&fixture->packets));
}

static void
test_one_of_several_fingerprints_is_enough(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_new_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    MediaTransportRemote remote;

    loopback_peer_get_remote(peer, &remote);
    remote.n_fingerprints = 3;
    remote.fingerprints[2] = remote.fingerprints[0];
    memset(remote.fingerprints[0].digest, 0, 32);
    g_strlcpy(remote.fingerprints[1].hash, "sha-1", sizeof(remote.fingerprints[1].hash));
    fixture_run(fixture, fixture_set_remote, &remote);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    g_assert_true(loopback_peer_handshake(peer));
    fixture_wait_for_state(fixture, MEDIA_TRANSPORT_READY);
}

static void
test_no_usable_profile_fails(Fixture *fixture, gconstpointer data)
{
    g_autoptr(LoopbackPeer) peer = fixture_new_peer(fixture, data, false);

    fixture_introduce(fixture, peer);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    loopback_peer_handshake(peer);
    fixture_wait_for_state(fixture, MEDIA_TRANSPORT_FAILED);
}

static void
test_remote_may_come_late(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_new_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);

    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    g_assert_true(loopback_peer_handshake(peer));
    fixture_wait_for_state(fixture, MEDIA_TRANSPORT_CONNECTING);
    loopback_peer_send_rtp(peer, 1, "too early");
    fixture_introduce(fixture, peer);
    fixture_wait_for_state(fixture, MEDIA_TRANSPORT_READY);
    fixture_introduce(fixture, peer);
    loopback_peer_send_rtp(peer, 2, "now");
    g_bytes_unref(fixture_wait_for_packet(fixture));
    g_assert_cmpint(fixture->state, ==, MEDIA_TRANSPORT_READY);
}

static void
test_another_fingerprint_later_fails(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    MediaTransportRemote remote;

    loopback_peer_get_remote(peer, &remote);
    remote.fingerprints[0].digest[0] ^= 0x80;
    fixture_run(fixture, fixture_set_remote, &remote);
    fixture_wait_for_state(fixture, MEDIA_TRANSPORT_FAILED);
}

static void
test_hello_without_check_is_ignored(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) stranger = fixture_new_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    g_autoptr(LoopbackPeer) peer = NULL;
    uint8_t bytes[LOOPBACK_BYTES];
    size_t size;

    loopback_peer_hello(stranger, 1000);
    peer = fixture_connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    loopback_peer_hello(stranger, 10);
    fixture_exchange(fixture, peer);
    g_assert_false(loopback_peer_receive(stranger, 0, 255, bytes, &size, 0));
}

static void
test_repeated_hello_does_no_harm(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_new_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);

    fixture_introduce(fixture, peer);
    g_assert_cmpint(loopback_peer_check(peer, 0, LOOPBACK_WAIT_MS), ==, 0);
    loopback_peer_hello(peer, 5);
    g_assert_true(loopback_peer_handshake(peer));
    fixture_wait_for_state(fixture, MEDIA_TRANSPORT_READY);
    fixture_exchange(fixture, peer);
}

static void
test_late_last_flight_is_answered(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    uint8_t bytes[LOOPBACK_BYTES];
    size_t size;

    loopback_peer_repeat_last_flight(peer);
    g_assert_true(loopback_peer_receive(peer, 20, 22, bytes, &size, LOOPBACK_WAIT_MS));
    g_assert_cmpuint(bytes[0], ==, 20); /* change cipher spec, with Finished behind it */
    fixture_exchange(fixture, peer);
}

static void
test_close_notify_ends_it(Fixture *fixture, gconstpointer data)
{
    g_autoptr(LoopbackPeer) peer = fixture_connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", data != NULL);

    loopback_peer_close_dtls(peer);
    fixture_wait_for_state(fixture, MEDIA_TRANSPORT_FAILED);
}

static void
test_freeing_says_close_notify(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);

    fixture_run(fixture, fixture_destroy, NULL);
    g_assert_true(loopback_peer_wait_closed(peer));
}

static void
test_forged_alert_is_ignored(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    static const uint8_t plain[] = { 21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40 };
    static const uint8_t epoch1[13 + 26] = { 21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 26, 1, 0 };
    static const uint8_t undersized[13 + 4] = { 21, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 4, 1, 0 };
    g_autoptr(LoopbackPeer) peer = fixture_new_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);

    fixture_introduce(fixture, peer);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    loopback_peer_send(peer, plain, sizeof(plain));
    loopback_peer_hello(peer, 1);
    loopback_peer_send(peer, plain, sizeof(plain));
    loopback_peer_send(peer, epoch1, sizeof(epoch1));
    g_assert_true(loopback_peer_handshake(peer));
    fixture_wait_for_state(fixture, MEDIA_TRANSPORT_READY);
    loopback_peer_send(peer, plain, sizeof(plain));
    loopback_peer_send(peer, epoch1, sizeof(epoch1));
    loopback_peer_send(peer, undersized, sizeof(undersized));
    fixture_exchange(fixture, peer);
    g_assert_cmpint(fixture->state, ==, MEDIA_TRANSPORT_READY);
}

static void
test_new_address_takes_over_after_a_check(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    MediaTransportStats stats;

    loopback_peer_move(peer, 0);
    loopback_peer_send_rtp(peer, 100, "from an address that nothing has proved");
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE | LOOPBACK_CHECK_WRONG_PASSWORD, 50), ==, -1);
    fixture_run(fixture, fixture_get_stats, &stats);
    g_assert_cmpuint(stats.address_changes, ==, 0);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    fixture_exchange(fixture, peer);
    fixture_run(fixture, fixture_get_stats, &stats);
    g_assert_cmpuint(stats.address_changes, ==, 1);
    g_assert_cmpuint(stats.packets_in, ==, 2);
}

/* The kernel would answer from 127.0.0.1: the peer takes nothing from there when it called another. */
static void
test_answers_leave_from_where_the_peer_called(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);

    loopback_peer_move(peer, 1);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    fixture_exchange(fixture, peer);
}

static void
test_new_connection_takes_over(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", true);
    MediaTransportStats stats;

    loopback_peer_move(peer, 0); /* a new connection; the old one is closed */
    g_assert_cmpint(loopback_peer_check(peer, 0, LOOPBACK_WAIT_MS), ==, 0);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    fixture_exchange(fixture, peer);
    fixture_run(fixture, fixture_get_stats, &stats);
    g_assert_true(stats.tcp);
}

static void
test_ice_restart_takes_both_until_the_new_one_is_used(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    MediaIceCredentials old = fixture->local, new;

    media_ice_credentials_generate(&new);
    fixture_run(fixture, fixture_restart, &new);
    g_assert_cmpint(loopback_peer_check(peer, 0, LOOPBACK_WAIT_MS), ==, 0);
    loopback_peer_set_server(peer, &new);
    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    loopback_peer_set_server(peer, &old);
    g_assert_cmpint(loopback_peer_check(peer, 0, 50), ==, -1);
    fixture_exchange(fixture, peer);
    g_assert_cmpint(fixture->state, ==, MEDIA_TRANSPORT_READY);
}

static void
test_checks_are_judged(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_new_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
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
    fixture_wait_for_state(fixture, MEDIA_TRANSPORT_CONNECTING);
}

static void
test_rubbish_is_dropped(Fixture *fixture, gconstpointer data)
{
    g_autoptr(LoopbackPeer) peer = fixture_connect_peer(fixture, data, false);
    g_autoptr(LoopbackPeer) stranger = fixture_new_peer(fixture, NULL, false);
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
    fixture_exchange(fixture, peer);
    g_assert_cmpint(fixture->state, ==, MEDIA_TRANSPORT_READY);
}

static void
test_nothing_is_sent_before_ready(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    Burst burst = { .n = 3, .payload_size = 100 };
    MediaTransportStats stats;

    fixture_run(fixture, fixture_send_burst, &burst);
    fixture_run(fixture, fixture_send_report, NULL);
    fixture_run(fixture, fixture_get_stats, &stats);
    g_assert_cmpuint(stats.unsent, ==, 4);
    g_assert_cmpuint(stats.packets_out, ==, 0);
}

static void
test_larger_than_the_limit_is_dropped(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    Burst limit = { .sequence = 1, .n = 1, .payload_size = MEDIA_MAX_PACKET - 12 - 16 };
    Burst larger = { .sequence = 2, .n = 1, .payload_size = limit.payload_size + 1 };
    MediaTransportStats stats;
    uint8_t bytes[LOOPBACK_BYTES];
    size_t size;

    fixture_run(fixture, fixture_send_burst, &limit);
    fixture_run(fixture, fixture_send_burst, &larger);
    fixture_run(fixture, fixture_get_stats, &stats);
    g_assert_cmpuint(stats.packets_out, ==, 1);
    g_assert_cmpuint(stats.dropped_out, ==, 1);
    g_assert_true(loopback_peer_receive_media(peer, bytes, &size));
    g_assert_cmpuint(size, ==, MEDIA_MAX_PACKET - 16);
}

static void
test_same_sequence_number_is_not_sealed_twice(Fixture *fixture, gconstpointer data)
{
    g_autoptr(LoopbackPeer) peer = fixture_connect_peer(fixture, data, false);
    Burst burst = { .sequence = 65534, .n = 4, .payload_size = 10 };
    MediaTransportStats stats;

    g_assert_nonnull(peer);
    fixture_run(fixture, fixture_send_burst, &burst);
    fixture_run(fixture, fixture_send_burst, &burst);
    fixture_run(fixture, fixture_get_stats, &stats);
    g_assert_cmpuint(stats.packets_out, ==, 4);
    g_assert_cmpuint(stats.dropped_out, ==, 4);
}

static void
test_going_in_the_middle_of_a_handshake(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_new_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);

    g_assert_cmpint(loopback_peer_check(peer, LOOPBACK_CHECK_NOMINATE, LOOPBACK_WAIT_MS), ==, 0);
    loopback_peer_hello(peer, 1);
    /* and then tear_down: the worker goes while the handshake thread is at it */
}

/* Only with -m slow: it takes the 15 s. */
static void
test_consent_is_lost_and_found(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    Burst burst = { .sequence = 1, .n = 3, .payload_size = 100 };
    MediaTransportStats stats;

    for (unsigned i = 0; i < 4 && fixture->state == MEDIA_TRANSPORT_READY; i++) {
        bool timed_out = false;

        g_timeout_add(LOOPBACK_WAIT_MS, fixture_on_timeout, &timed_out);
        while (!timed_out)
            g_main_context_iteration(NULL, TRUE);
    }
    g_assert_cmpint(fixture->state, ==, MEDIA_TRANSPORT_LOST);
    fixture_run(fixture, fixture_send_burst, &burst);
    fixture_run(fixture, fixture_get_stats, &stats);
    g_assert_cmpuint(stats.packets_out, ==, 0);
    g_assert_cmpint(loopback_peer_check(peer, 0, LOOPBACK_WAIT_MS), ==, 0);
    fixture_wait_for_state(fixture, MEDIA_TRANSPORT_READY);
    fixture_exchange(fixture, peer);
}

/* Only with -m slow, likewise. */
static void
test_media_is_consent(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);

    for (unsigned i = 0; i < 17; i++) {
        bool timed_out = false;

        loopback_peer_send_rtp(peer, (uint16_t)(100 + i), "x");
        g_timeout_add(1000, fixture_on_timeout, &timed_out);
        while (!timed_out)
            g_main_context_iteration(NULL, TRUE);
        g_assert_cmpint(fixture->state, ==, MEDIA_TRANSPORT_READY);
    }
}

/* Over a real socket, which may lose some itself; where the limit lies is shown in virtual time by test-datagram. */
static void
test_flood_is_policed(Fixture *fixture, gconstpointer data G_GNUC_UNUSED)
{
    g_autoptr(LoopbackPeer) peer = fixture_connect_peer(fixture, "SRTP_AEAD_AES_128_GCM", false);
    MediaTransportStats stats;

    for (unsigned i = 0; i < 30; i++) {
        for (unsigned k = 0; k < 400; k++)
            loopback_peer_send_rtp(peer, (uint16_t)(i * 400 + k), "x");
        fixture_run(fixture, fixture_get_stats, &stats);
    }
    g_assert_cmpuint(stats.packets_in, >=, 3000);
    g_assert_cmpuint(stats.packets_in + stats.policed_in, <=, 12000);
    g_assert_cmpint(fixture->state, ==, MEDIA_TRANSPORT_READY);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, data, func)                                                                                          \
    g_test_add("/media/transport/" path, Fixture, data, fixture_set_up, func, fixture_tear_down)
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
    ADD("answers-leave-from-where-the-peer-called", NULL, test_answers_leave_from_where_the_peer_called);
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
    ADD("going-in-the-middle-of-a-handshake", NULL, test_going_in_the_middle_of_a_handshake);
    ADD("flood-is-policed", NULL, test_flood_is_policed);
    if (g_test_slow()) {
        ADD("consent-is-lost-and-found", NULL, test_consent_is_lost_and_found);
        ADD("media-is-consent", NULL, test_media_is_consent);
    }
#undef ADD
    return g_test_run();
}
