/* media/transport.h - one ICE-lite, DTLS-SRTP path to one peer
 *
 * Ownership: the MediaPeer that created a transport frees it.
 * Thread:    everything here runs on the transport's worker, except where it says "any thread".
 * Re-entry:  state_changed is emitted from the loop, never from inside a call by the owner. rtp_received and
 *            rtcp_received come from the drain; the handler must not free the transport (post that).
 * RFC 8445 (ICE, lite), RFC 7983 (demultiplexing), RFC 5764 (DTLS-SRTP, we are the server), RFC 7714 (AEAD_AES_128_GCM
 * is chosen first), RFC 4571 and RFC 6544 (ICE-TCP, passive), RFC 7675 (consent), RFC 8489 (STUN). */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/worker.h"

G_BEGIN_DECLS

typedef struct MediaTransport MediaTransport;
typedef struct MediaHandshaker MediaHandshaker; /* the DTLS thread and its certificate, see handshaker.h */

enum {
    MEDIA_MAX_PACKET = 1500,    /* larger datagrams are dropped */
    MEDIA_MAX_RTP_HEADER = 128, /* of packets that we send, extensions included */
    MEDIA_UFRAG_MAX = 256,      /* RFC 8839 section 5.4 */
    MEDIA_PWD_MAX = 256,
    MEDIA_MAX_FINGERPRINTS = 4,
};

typedef enum {
    MEDIA_TRANSPORT_NEW,        /* nothing authenticated has arrived */
    MEDIA_TRANSPORT_CONNECTING, /* a valid check arrived; DTLS under way, or done and the fingerprint not known yet */
    MEDIA_TRANSPORT_READY,      /* keys exported, fingerprint verified: media flows */
    MEDIA_TRANSPORT_LOST,       /* no consent for 15 s (RFC 7675): no valid check, no authentic packet; nothing is sent
                                   until one comes */
    MEDIA_TRANSPORT_FAILED, /* fingerprint mismatch, handshake failed or timed out, authenticated close_notify; final */
} MediaTransportState;

const char *media_transport_state_to_string(MediaTransportState state);

typedef struct {
    char ufrag[MEDIA_UFRAG_MAX + 1];
    char pwd[MEDIA_PWD_MAX + 1];
} MediaIceCredentials;

/* Fresh random credentials: 8 + 24 characters of the ICE alphabet. Any thread. */
void media_ice_credentials_generate(MediaIceCredentials *ret_credentials);

typedef struct {
    MediaIceCredentials ice; /* ufrag "" while unknown */
    unsigned n_fingerprints; /* any one of them may match (RFC 8122); SHA-256 or stronger only */
    struct {
        char hash[16];      /* "sha-256", "sha-384", "sha-512" */
        uint8_t digest[64]; /* as many bytes as the hash has */
    } fingerprints[MEDIA_MAX_FINGERPRINTS];
} MediaTransportRemote;

typedef struct {
    /* The newest state: quick changes may be reported as one. */
    void (*state_changed)(MediaTransport *transport, MediaTransportState state, void *user_data);
    /* An authenticated, decrypted packet; at least a valid fixed header (RTP) or first header (RTCP). Borrowed. */
    void (*rtp_received)(MediaTransport *transport, const uint8_t *packet, size_t size, int64_t arrival_us,
                         void *user_data);
    void (*rtcp_received)(MediaTransport *transport, const uint8_t *packet, size_t size, int64_t arrival_us,
                          void *user_data);
} MediaTransportEvents;

/* worker, handshaker and events must outlive the transport. local is copied. Registers the ufrag with the worker. */
MediaTransport *media_transport_new(MediaWorker *worker, MediaHandshaker *handshaker, const MediaIceCredentials *local,
                                    const MediaTransportEvents *events, void *user_data);
void media_transport_free(MediaTransport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaTransport, media_transport_free)

/* What the peer's SDP said. May come after the first checks and the first ClientHello (our offer, its answer still on
 * the way): then DTLS goes ahead and the fingerprint is judged here. Called again with the same fingerprint is fine; a
 * different one after READY makes the transport FAILED. */
void media_transport_set_remote(MediaTransport *self, const MediaTransportRemote *remote);

/* ICE restart (RFC 8445 section 2.4): both pairs of credentials are accepted until the first valid check under the new
 * one; DTLS and SRTP go on. */
void media_transport_restart_ice(MediaTransport *self, const MediaIceCredentials *local);

MediaTransportState media_transport_get_state(const MediaTransport *self);
MediaWorker *media_transport_get_worker(const MediaTransport *self);

/* Seals one RTP packet (RFC 3711 or 7714) straight from header + payload into the worker's send buffer. header is a
 * complete RTP header with extensions; padding (0 ... 255) bytes of RTP padding are added and the P bit set. Packets
 * of equal final size for the same transport, sent one after the other, leave as one UDP GSO run; anything else
 * flushes what was gathered. Dropped and counted unless READY. */
void media_transport_send_rtp(MediaTransport *self, const uint8_t *header, size_t header_size, const uint8_t *payload,
                              size_t payload_size, uint8_t padding);

/* A packet of this stream will be sent in so many turns (4 ... 1), see prefetch.h. */
void media_transport_prefetch(const MediaTransport *self, uint32_t ssrc, unsigned ahead);

/* One compound (or reduced-size, RFC 5506) RTCP packet in the clear; sealed and sent at once. */
void media_transport_send_rtcp(MediaTransport *self, const uint8_t *packet, size_t size);

/* Sends what send_rtp gathered. Call after the last packet of a burst for this transport; the worker also flushes at
 * the end of each pass. */
void media_transport_flush(MediaTransport *self);

typedef struct {
    uint64_t packets_in, bytes_in, packets_out, bytes_out;
    uint64_t dropped_in;  /* failed authentication, replayed, malformed */
    uint64_t policed_in;  /* more than one peer may send */
    uint64_t dropped_out; /* the socket was full, or it did not fit */
    uint64_t unsent;      /* not READY */
    bool tcp;             /* the selected path is ICE-TCP */
    char remote[64];      /* "203.0.113.7:40000"; "" before the first check */
    char profile[32];     /* the SRTP profile's name in RFC 5764 / 7714 */
    uint32_t address_changes;
} MediaTransportStats;

void media_transport_get_stats(const MediaTransport *self, MediaTransportStats *ret_stats);

G_END_DECLS
