/* tests/media/transport-fixture.h - one transport on a worker of its own, told about on the main thread
 *
 * Thread: the test's (main). Steps run on the worker. */
#pragma once

#include "loopback-peer.h"
#include "media/handshaker.h"

enum { FIXTURE_SSRC = 0x11223344 };

typedef struct {
    MediaWorker *worker, *face;
    MediaHandshaker *handshaker;
    MediaIceCredentials local;
    MediaTransport *transport; /* worker */
    GQueue packets;            /* GBytes: RTP and RTCP */
    MediaTransportState state;
    bool done;
} Fixture;

typedef void (*Step)(Fixture *fixture, void *data);

typedef struct {
    uint16_t sequence, n;
    size_t payload_size;
    uint8_t padding;
} Burst;

/* Waits end after LOOPBACK_WAIT_MS, and the test with them. */
void fixture_run(Fixture *fixture, Step step, void *data);
void fixture_wait_for_state(Fixture *fixture, MediaTransportState state);
GBytes *fixture_wait_for_packet(Fixture *fixture);
void fixture_set_up(Fixture *fixture, gconstpointer data);
void fixture_tear_down(Fixture *fixture, gconstpointer data);
LoopbackPeer *fixture_new_peer(Fixture *fixture, const char *profiles, bool tcp);
void fixture_introduce(Fixture *fixture, LoopbackPeer *peer);
LoopbackPeer *fixture_connect_peer(Fixture *fixture, const char *profiles, bool tcp);
void fixture_send_burst(Fixture *fixture, void *data);
void fixture_send_report(Fixture *fixture, void *data);
void fixture_exchange(Fixture *fixture, LoopbackPeer *peer);
void fixture_destroy(Fixture *fixture, void *data);
void fixture_set_remote(Fixture *fixture, void *data);
void fixture_restart(Fixture *fixture, void *data);
void fixture_get_stats(Fixture *fixture, void *data);
gboolean fixture_on_timeout(gpointer data);
