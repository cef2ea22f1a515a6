/* media/dtls.h - one DTLS 1.2 handshake, as the server (RFC 5764, RFC 8827 section 6.5)
 *
 * Datagrams in, datagrams out, time as a parameter; no socket and no timer of its own.
 * Ownership: the handshake thread creates and frees it.
 * Thread:    the handshake thread. */
#pragma once

#include "media/dtls-digests.h"
#include "media/dtls-record.h"
#include "media/srtp-keys.h"

G_BEGIN_DECLS

enum {
    MEDIA_DTLS_MTU = 1200,             /* of the datagrams that we send */
    MEDIA_DTLS_MAX_FLIGHT = 8 * 1200,  /* bytes; ours has about 1,000 */
    MEDIA_DTLS_MAX_DATAGRAMS_IN = 256, /* per handshake; a good one has 2 to 6, half of them lost a few dozen */
    MEDIA_DTLS_TIMEOUT_US = 10 * G_USEC_PER_SEC,
    MEDIA_DTLS_FIRST_RETRY_US = 60000, /* then doubled each time */
    MEDIA_DTLS_MAX_CERTIFICATE = 16 * 1024,
};

/* Datagrams, one after the other, each behind its length; a value. */
typedef struct {
    size_t size;
    uint8_t bytes[MEDIA_DTLS_MAX_FLIGHT];
} MediaDtlsFlight;

/* The next datagram from *offset on; false: that was the last. */
bool media_dtls_flight_next(const MediaDtlsFlight *self, size_t *offset, const uint8_t **ret_datagram,
                            size_t *ret_size);

/* What a finished handshake leaves. */
typedef struct {
    MediaSrtpMaster in, out;
    MediaDtlsRecord record;
    MediaDtlsDigests digests; /* of the peer's certificate */
} MediaDtlsResult;

typedef enum {
    MEDIA_DTLS_RUNNING,
    MEDIA_DTLS_DONE,
    MEDIA_DTLS_FAILED,
} MediaDtlsStatus;

typedef struct MediaDtls MediaDtls;

/* A context for all handshakes: our certificate and what we are willing to do. NULL and error when OpenSSL refuses. */
SSL_CTX *media_dtls_context_new(X509 *certificate, EVP_PKEY *key, GError **error) G_GNUC_WARN_UNUSED_RESULT;

MediaDtls *media_dtls_new(SSL_CTX *context, int64_t now_us);
void media_dtls_free(MediaDtls *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MediaDtls, media_dtls_free)

/* Takes a datagram from the peer. Forged alerts (in the clear) are left out. */
MediaDtlsStatus media_dtls_receive(MediaDtls *self, const uint8_t *bytes, size_t size, int64_t now_us);

/* When get_flight() is due again, or the end; the caller calls on_time then. */
int64_t media_dtls_get_next_us(const MediaDtls *self);
MediaDtlsStatus media_dtls_on_time(MediaDtls *self, int64_t now_us);

/* What is to be sent since the last call: a new flight, or the last one again. NULL: nothing. Borrowed. The last flight
 * of a finished handshake is what late retransmissions of the peer's are answered with. */
const MediaDtlsFlight *media_dtls_take_flight(MediaDtls *self);
const MediaDtlsFlight *media_dtls_get_last_flight(const MediaDtls *self);

/* Once, after MEDIA_DTLS_DONE. */
const MediaDtlsResult *media_dtls_get_result(const MediaDtls *self);

/* Why it failed, for a debug log. Borrowed. */
const char *media_dtls_get_failure(const MediaDtls *self);

G_END_DECLS
