/* tests/media/loopback-peer.h - a small WebRTC client for tests: ICE checks, DTLS, SRTP over one loopback socket
 *
 * Blocking: every wait ends after LOOPBACK_WAIT_MS. Thread: the test's. */
#pragma once

#include <openssl/ssl.h>

#include "media/transport.h"
#include "reference-srtp.h"

enum { LOOPBACK_WAIT_MS = 5000, LOOPBACK_BYTES = 2048 };

typedef struct LoopbackPeer LoopbackPeer;

typedef struct {
    uint16_t port;
    bool tcp;
    const char *profiles; /* OpenSSL's names; NULL: no use_srtp at all */
    const MediaIceCredentials *server;
} LoopbackConfig;

LoopbackPeer *loopback_peer_new(const LoopbackConfig *config);
void loopback_peer_free(LoopbackPeer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LoopbackPeer, loopback_peer_free)

/* Its credentials and the fingerprint of its certificate, as an SDP would say them. */
void loopback_peer_get_remote(LoopbackPeer *self, MediaTransportRemote *ret_remote);

void loopback_peer_set_server(LoopbackPeer *self, const MediaIceCredentials *server);
/* Another local port, as after a NAT that forgot us; to 127.0.0.1 + server_offset, and nothing from elsewhere is taken. */
void loopback_peer_move(LoopbackPeer *self, unsigned server_offset);

/* A Binding request with what a browser has in it; edits are made before integrity is added. Its size. */
typedef enum {
    LOOPBACK_CHECK_NOMINATE = 1,
    LOOPBACK_CHECK_CONTROLLED = 2,
    LOOPBACK_CHECK_WRONG_PASSWORD = 4,
    LOOPBACK_CHECK_UNKNOWN_ATTRIBUTE = 8,
} LoopbackCheckFlags;
size_t loopback_peer_build_check(LoopbackPeer *self, unsigned flags, uint8_t bytes[LOOPBACK_BYTES]);

/* Sends it and waits for the answer: 0 success, else the error code; -1 no answer within wait_ms. */
int loopback_peer_check(LoopbackPeer *self, unsigned flags, int wait_ms);

void loopback_peer_send(LoopbackPeer *self, const uint8_t *bytes, size_t size);
/* The next datagram whose first byte is within; others are dropped. false: none within wait_ms. */
bool loopback_peer_receive(LoopbackPeer *self, uint8_t first, uint8_t last, uint8_t *bytes, size_t *ret_size,
                           int wait_ms);

/* Sends the ClientHello, n times. */
void loopback_peer_hello(LoopbackPeer *self, unsigned n);
/* The rest of the handshake; false: it failed, or nothing came. Then SRTP is set up. */
bool loopback_peer_handshake(LoopbackPeer *self);
/* What the peer sent last in the handshake, once more. */
void loopback_peer_repeat_last_flight(LoopbackPeer *self);
void loopback_peer_close_dtls(LoopbackPeer *self);
/* Whether an authentic alert that ends DTLS arrives. */
bool loopback_peer_wait_closed(LoopbackPeer *self);

void loopback_peer_send_rtp(LoopbackPeer *self, uint16_t sequence, const char *payload);
void loopback_peer_send_rtcp(LoopbackPeer *self);
/* Next RTP or RTCP packet in the clear; false: none, or it was not authentic. */
bool loopback_peer_receive_media(LoopbackPeer *self, uint8_t *bytes, size_t *ret_size);
