#include "media/dtls.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <string.h>

#include "media/error.h"

/* AES-GCM only, so that dtls-record.c can take over. RFC 8827 section 6.5 makes every client know the first. */
#define CIPHERS "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
#define GROUPS  "X25519:P-256:P-384"
/* in the order of MediaSrtpProfile */
#define SRTP_PROFILES  "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80"
#define EXPORTER_LABEL "EXTRACTOR-dtls_srtp"

enum {
    MAX_RSA_BITS = 4096, /* a CertificateVerify takes 0.1 ms with these */
    DATAGRAM_OVERHEAD = 28,
    MAX_RETRY_US = 2 * G_USEC_PER_SEC,
};

struct MediaDtls {
    SSL *ssl; /* owned */
    MediaDtlsStatus status;
    int64_t end_us;
    int64_t retry_us; /* when the flight goes out again; INT64_MAX: there is none */
    int64_t retry_wait_us;
    unsigned n_in;
    uint64_t next_sequence;  /* of our records in the clear (epoch 0) */
    const uint8_t *incoming; /* of the call that runs */
    size_t incoming_size;
    bool collecting, unsent;
    MediaDtlsFlight flight;
    MediaDtlsResult result;
    char failure[128];
};

/* a BIO that keeps datagrams apart: reads the one of this call, appends to the flight */

static int
bio_read(BIO *bio, char *bytes, int size)
{
    MediaDtls *self = BIO_get_data(bio);
    int n;

    BIO_clear_retry_flags(bio);
    if (self->incoming == NULL) {
        BIO_set_retry_read(bio);
        return -1;
    }
    n = (int)MIN((size_t)size, self->incoming_size);
    memcpy(bytes, self->incoming, (size_t)n);
    self->incoming = NULL;
    return n;
}

/* Numbers the records of a datagram in the clear afresh, so that what is sent again is not taken for a replay by a peer
 * that saw it too early and dropped it. Records under the keys cannot be renumbered; of those there is only Finished,
 * and it travels with what has to come before it. */
static void
renumber(MediaDtls *self, uint8_t *bytes, size_t size)
{
    const uint8_t *rest = bytes;
    MediaDtlsRecordView record;

    while (media_dtls_record_next(&rest, &size, &record)) {
        uint8_t *sequence = bytes + (record.bytes - bytes) + 5;

        if (record.epoch != 0)
            continue;
        for (unsigned i = 0; i < 6; i++)
            sequence[i] = (uint8_t)(self->next_sequence >> (40 - 8 * i));
        self->next_sequence++;
    }
}

static int
bio_write(BIO *bio, const char *bytes, int size)
{
    MediaDtls *self = BIO_get_data(bio);
    MediaDtlsFlight *flight = &self->flight;

    if (!self->collecting) {
        flight->size = 0;
        self->collecting = true;
    }
    self->unsent = true;
    if (size > 0 && flight->size + 2 + (size_t)size <= sizeof(flight->bytes)) {
        flight->bytes[flight->size] = (uint8_t)(size >> 8);
        flight->bytes[flight->size + 1] = (uint8_t)size;
        memcpy(flight->bytes + flight->size + 2, bytes, (size_t)size);
        renumber(self, flight->bytes + flight->size + 2, (size_t)size);
        flight->size += 2 + (size_t)size;
    }
    return size;
}

static long
bio_ctrl(BIO *bio G_GNUC_UNUSED, int command, long value G_GNUC_UNUSED, void *pointer G_GNUC_UNUSED)
{
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
        return MEDIA_DTLS_MTU;
    case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD:
        return DATAGRAM_OVERHEAD;
    default:
        return 0;
    }
}

static BIO_METHOD *
get_bio_method(void)
{
    static BIO_METHOD *method;
    static gsize once;

    if (g_once_init_enter(&once)) {
        method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams");
        BIO_meth_set_read(method, bio_read);
        BIO_meth_set_write(method, bio_write);
        BIO_meth_set_ctrl(method, bio_ctrl);
        g_once_init_leave(&once, 1);
    }
    return method;
}

/* OpenSSL's own retransmission goes by the wall clock, which may jump; ours sends the same bytes again, which a peer
 * takes for duplicates made by the network (RFC 6347 section 4.1.2.6). */
static unsigned
never_time_out(SSL *ssl G_GNUC_UNUSED, unsigned timer_us G_GNUC_UNUSED)
{
    return UINT32_C(3600) * G_USEC_PER_SEC;
}

static bool
is_key_acceptable(EVP_PKEY *key)
{
    char group[32];
    size_t size;

    if (key == NULL)
        return false;
    if (EVP_PKEY_is_a(key, "RSA"))
        return EVP_PKEY_get_bits(key) <= MAX_RSA_BITS;
    /* a named curve: explicit parameters (CVE-2022-0778) have no group name */
    return EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof(group), &size) == 1 &&
           EVP_PKEY_get_bits(key) <= 521;
}

/* Self-signed, so there is no chain to verify: the fingerprint in the SDP is what vouches for it (RFC 8122). */
static int
verify_certificate(X509_STORE_CTX *store, void *data G_GNUC_UNUSED)
{
    X509 *certificate = X509_STORE_CTX_get0_cert(store);

    if (certificate != NULL && is_key_acceptable(X509_get0_pubkey(certificate)))
        return 1;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
    return 0;
}

SSL_CTX *
media_dtls_context_new(X509 *certificate, EVP_PKEY *key, GError **error)
{
    SSL_CTX *context = SSL_CTX_new(DTLS_server_method());

    if (context != NULL && SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
        SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1 &&
        SSL_CTX_set_cipher_list(context, CIPHERS) == 1 && SSL_CTX_set1_groups_list(context, GROUPS) == 1 &&
        SSL_CTX_use_certificate(context, certificate) == 1 && SSL_CTX_use_PrivateKey(context, key) == 1 &&
        SSL_CTX_set_tlsext_use_srtp(context, SRTP_PROFILES) == 0 /* this one returns 0 for success */) {
        SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_QUERY_MTU | SSL_OP_NO_RENEGOTIATION |
                                         SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_COMPRESSION);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        SSL_CTX_set_max_cert_list(context, MEDIA_DTLS_MAX_CERTIFICATE);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        SSL_CTX_set_cert_verify_callback(context, verify_certificate, NULL);
        return context;
    }
    g_set_error(error, MEDIA_ERROR, MEDIA_ERROR_SYSTEM, "cannot set up DTLS: %s",
                ERR_reason_error_string(ERR_get_error()));
    SSL_CTX_free(context);
    return NULL;
}

MediaDtls *
media_dtls_new(SSL_CTX *context, int64_t now_us)
{
    MediaDtls *self = g_new0(MediaDtls, 1);
    BIO *bio = BIO_new(get_bio_method());

    BIO_set_data(bio, self);
    BIO_set_init(bio, 1);
    self->ssl = SSL_new(context);
    g_assert(self->ssl != NULL);
    SSL_set_bio(self->ssl, bio, bio);
    DTLS_set_link_mtu(self->ssl, MEDIA_DTLS_MTU + DATAGRAM_OVERHEAD);
    DTLS_set_timer_cb(self->ssl, never_time_out);
    SSL_set_accept_state(self->ssl);
    self->end_us = now_us + MEDIA_DTLS_TIMEOUT_US;
    self->retry_us = INT64_MAX;
    return self;
}

void
media_dtls_free(MediaDtls *self)
{
    if (self == NULL)
        return;
    SSL_free(self->ssl);
    OPENSSL_cleanse(&self->result, sizeof(self->result));
    g_free(self);
}

static MediaDtlsStatus
fail(MediaDtls *self, const char *reason)
{
    g_strlcpy(self->failure, reason, sizeof(self->failure));
    self->status = MEDIA_DTLS_FAILED;
    return self->status;
}

/* RFC 5764 section 4.2: client key, server key, client salt, server salt */
static bool
export_keys(MediaDtls *self)
{
    const SRTP_PROTECTION_PROFILE *chosen = SSL_get_selected_srtp_profile(self->ssl);
    MediaDtlsResult *result = &self->result;
    const MediaSrtpProfileInfo *info;
    uint8_t block[2 * (MEDIA_SRTP_MAX_KEY + MEDIA_SRTP_MAX_SALT)];
    const uint8_t *part = block;

    if (chosen == NULL || !media_srtp_profile_from_id((uint16_t)chosen->id, &result->in.profile))
        return false;
    result->out.profile = result->in.profile;
    info = media_srtp_profile_get_info(result->in.profile);
    if (SSL_export_keying_material(self->ssl, block, 2 * ((size_t)info->key_size + info->salt_size), EXPORTER_LABEL,
                                   strlen(EXPORTER_LABEL), NULL, 0, 0) != 1)
        return false;
    memcpy(result->in.key, part, info->key_size);
    memcpy(result->out.key, part += info->key_size, info->key_size);
    memcpy(result->in.salt, part += info->key_size, info->salt_size);
    memcpy(result->out.salt, part + info->salt_size, info->salt_size);
    OPENSSL_cleanse(block, sizeof(block));
    return true;
}

static MediaDtlsStatus
finish(MediaDtls *self)
{
    X509 *certificate = SSL_get0_peer_certificate(self->ssl);
    MediaDtlsResult *result = &self->result;

    if (!export_keys(self))
        return fail(self, "no SRTP profile in common");
    if (!media_dtls_record_init(&result->record, self->ssl))
        return fail(self, "no record keys");
    if (certificate == NULL || X509_digest(certificate, EVP_sha256(), result->digests.sha256, NULL) != 1 ||
        X509_digest(certificate, EVP_sha384(), result->digests.sha384, NULL) != 1 ||
        X509_digest(certificate, EVP_sha512(), result->digests.sha512, NULL) != 1)
        return fail(self, "no certificate");
    self->retry_us = INT64_MAX; /* the last flight is sent again only when the peer asks for it */
    self->status = MEDIA_DTLS_DONE;
    return self->status;
}

static MediaDtlsStatus
step(MediaDtls *self, int64_t now_us)
{
    int result;

    ERR_clear_error();
    self->collecting = false;
    result = SSL_do_handshake(self->ssl);
    if (self->collecting) {
        self->retry_wait_us = MEDIA_DTLS_FIRST_RETRY_US;
        self->retry_us = now_us + self->retry_wait_us;
    }
    if (result == 1)
        return finish(self);
    if (SSL_get_error(self->ssl, result) != SSL_ERROR_WANT_READ) {
        const char *reason = ERR_reason_error_string(ERR_peek_last_error());

        return fail(self, reason != NULL ? reason : "handshake failed");
    }
    return self->status;
}

/* Copies the records of a datagram but for alerts in the clear: anybody could have sent those. */
static size_t
leave_out_forgeable(const uint8_t *bytes, size_t size, uint8_t *ret_bytes)
{
    MediaDtlsRecordView record;
    size_t n = 0;

    while (media_dtls_record_next(&bytes, &size, &record)) {
        if (record.type == MEDIA_DTLS_TYPE_ALERT && record.epoch == 0)
            continue;
        memcpy(ret_bytes + n, record.bytes, record.size);
        n += record.size;
    }
    return n;
}

MediaDtlsStatus
media_dtls_receive(MediaDtls *self, const uint8_t *bytes, size_t size, int64_t now_us)
{
    uint8_t datagram[2048];

    if (self->status != MEDIA_DTLS_RUNNING || size > sizeof(datagram))
        return self->status;
    if (self->n_in++ >= MEDIA_DTLS_MAX_DATAGRAMS_IN)
        return fail(self, "too many datagrams");
    size = leave_out_forgeable(bytes, size, datagram);
    if (size == 0)
        return self->status;
    self->incoming = datagram;
    self->incoming_size = size;
    step(self, now_us);
    self->incoming = NULL;
    return self->status;
}

int64_t
media_dtls_get_next_us(const MediaDtls *self)
{
    return MIN(self->end_us, self->retry_us);
}

static void
renumber_flight(MediaDtls *self)
{
    const uint8_t *datagram;
    size_t offset = 0, size;

    while (media_dtls_flight_next(&self->flight, &offset, &datagram, &size))
        renumber(self, self->flight.bytes + (datagram - self->flight.bytes), size);
}

MediaDtlsStatus
media_dtls_on_time(MediaDtls *self, int64_t now_us)
{
    if (self->status != MEDIA_DTLS_RUNNING)
        return self->status;
    if (now_us >= self->end_us)
        return fail(self, "timed out");
    if (now_us >= self->retry_us) {
        self->retry_wait_us = MIN(self->retry_wait_us * 2, MAX_RETRY_US);
        self->retry_us = now_us + self->retry_wait_us;
        self->unsent = true;
        renumber_flight(self);
    }
    return self->status;
}

const MediaDtlsFlight *
media_dtls_take_flight(MediaDtls *self)
{
    if (!self->unsent)
        return NULL;
    self->unsent = false;
    return &self->flight;
}

const MediaDtlsFlight *
media_dtls_get_last_flight(const MediaDtls *self)
{
    return &self->flight;
}

bool
media_dtls_flight_next(const MediaDtlsFlight *self, size_t *offset, const uint8_t **ret_datagram, size_t *ret_size)
{
    const uint8_t *length = self->bytes + *offset;

    if (*offset + 2 > self->size)
        return false;
    *ret_size = (size_t)length[0] << 8 | length[1];
    *ret_datagram = length + 2;
    *offset += 2 + *ret_size;
    return true;
}

const MediaDtlsResult *
media_dtls_get_result(const MediaDtls *self)
{
    return &self->result;
}

const char *
media_dtls_get_failure(const MediaDtls *self)
{
    return self->failure;
}
